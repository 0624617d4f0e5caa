"""A `Ref` names one scalar of a trace; the engine, the maths and the document all speak it."""

from __future__ import annotations

from dataclasses import dataclass, replace

_OF_THE_LAST = ("target", "loss_terms")
"""Quantities of the last layer, whose number the export does not give."""
_EXPORTED = {"argument": "net", "dE/dnet": "delta"}
"""What the export calls otherwise than the equations do."""


@dataclass(frozen=True, slots=True)
class Ref:
    """One scalar: which quantity, of which layer, at which indices, for which sample and pass.

    Attributes:
        quantity: as in the trace export without the layer's number: `net`, `out`, `W`, `b`,
            `target`, `loss_terms`, `loss`, `dE/dout`, `dout/dnet`, `delta`, `dE/dW`, `dE/db`, or an
            optimizer's state (`mW`, `vb`, …). `out` of layer 0 is the input.
        layer: counted from the input, which is 0; None where the quantity has none.
        index: neuron; for a weight (to, from); for a softmax layer's `dout/dnet` (of out, of net);
            () for a bias shared by a layer.
        sample: counted from 0; None where the quantity belongs to no single sample.
        iteration: number of updates made before; None while a formula speaks of any pass.
    """

    quantity: str
    layer: int | None = None
    index: tuple[int, ...] = ()
    sample: int | None = None
    iteration: int | None = None

    @property
    def name(self) -> str:
        """The key of the trace export that holds this scalar: `W1`, `dout2/dnet2`, `loss`."""
        if self.layer is None or self.quantity in _OF_THE_LAST:
            return self.quantity
        if self.quantity == "dout/dnet":
            return f"dout{self.layer}/dnet{self.layer}"
        return f"{_EXPORTED.get(self.quantity, self.quantity)}{self.layer}"

    @property
    def place(self) -> str:
        """The scalar, or the array, within the trace export: `delta2[0][1]@0`, `W2@0`."""
        sample = "" if self.sample is None else f"[{self.sample}]"
        index = "".join(f"[{n}]" for n in self.index)
        at = "" if self.iteration is None else f"@{self.iteration}"
        # The export has no name for minus a derivative.
        return f"{self.name.removeprefix('-')}{sample}{index}{at}"

    def at(self, iteration: int) -> Ref:
        """The same scalar at pass `iteration`."""
        return replace(self, iteration=iteration)


@dataclass(frozen=True, slots=True)
class Local:
    """The name of a local derivative: of one scalar by another that goes into it, ∂net/∂w."""

    of: Ref
    by: Ref
