"""A `Ref` names one scalar of a trace; the engine, the maths and the document all speak it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

_OF_THE_LAST = ("target", "loss_terms")
"""Quantities of the last layer, whose number the export does not give."""


class Aspect(Enum):
    """What a `Ref` is of its quantity.

    Attributes:
        VALUE: the quantity itself.
        GRADIENT: the derivative of the error by it.
        DESCENT: minus that, which some books take for the error term: the way downhill.
        ERROR_TERM: δ of a net input, a derivative with the sign and the divisor of the book.
        SLOPE: of an output by a net input of its layer.
    """

    VALUE = "value"
    GRADIENT = "gradient"
    DESCENT = "descent"
    ERROR_TERM = "error term"
    SLOPE = "slope"


@dataclass(frozen=True, slots=True)
class State:
    """The aspect of a parameter that an optimizer remembers or computes on its way: m, v, v_hat."""

    letter: str


@dataclass(frozen=True, slots=True)
class Ref:
    """One scalar: which quantity, of which layer, at which indices, for which sample and pass.

    Without its indices it names the array that they lead into.

    Attributes:
        quantity: as the trace export calls its value, without the layer's number: `net`, `out`,
            `W`, `b`, `target`, `loss_terms`, `loss`; a number of the problem such as
            `learning_rate`; or one that the document alone computes, such as `sample_loss`. `out`
            of layer 0 is the input.
        layer: counted from the input, which is 0; None where the quantity has none.
        index: neuron; for a weight (to, from); for a softmax layer's slope (of out, of net);
            () for a bias shared by a layer.
        sample: counted from 0; None where the quantity belongs to no single sample.
        iteration: number of updates made before; None while a formula speaks of any pass.
        aspect: what it is of the quantity.
    """

    quantity: str
    layer: int | None = None
    index: tuple[int, ...] = ()
    sample: int | None = None
    iteration: int | None = None
    aspect: Aspect | State = Aspect.VALUE

    @property
    def name(self) -> str:
        """The key of the trace export that holds this scalar: `W1`, `dout2/dnet2`, `loss`.

        The export has no name for minus a derivative, which goes by that of the derivative.
        """
        if self.layer is None or self.quantity in _OF_THE_LAST:
            return self.quantity
        # Only books with thresholds tell the argument of an activation from the net input.
        quantity = "net" if self.quantity == "argument" else self.quantity
        match self.aspect:
            case Aspect.VALUE:
                return f"{quantity}{self.layer}"
            case Aspect.SLOPE:
                return f"dout{self.layer}/dnet{self.layer}"
            case State(letter):
                return f"{letter}{quantity}{self.layer}"
        return f"delta{self.layer}" if quantity == "net" else f"dE/d{quantity}{self.layer}"

    @property
    def place(self) -> str:
        """The scalar, or the array, within the trace export: `delta2[0][1]@0`, `W2@0`."""
        sample = "" if self.sample is None else f"[{self.sample}]"
        index = "".join(f"[{n}]" for n in self.index)
        at = "" if self.iteration is None else f"@{self.iteration}"
        return f"{self.name}{sample}{index}{at}"

    def at(self, iteration: int) -> Ref:
        """The same scalar at pass `iteration`."""
        return replace(self, iteration=iteration)

    def cell(self, *index: int, sample: int | None = None) -> Ref:
        """The scalar at `index` of this array, for a sample where it has one for each."""
        return replace(self, index=index, sample=sample)

    def seen_as(self, aspect: Aspect | State) -> Ref:
        """Another aspect of the same quantity."""
        return replace(self, aspect=aspect)

    @property
    def itself(self) -> Ref:
        """The quantity of which this is an aspect."""
        return self.seen_as(Aspect.VALUE)

    @property
    def gradient(self) -> Ref:
        """The derivative of the error by this quantity."""
        return self.seen_as(Aspect.GRADIENT)

    @property
    def error_term(self) -> Ref:
        """δ of this net input."""
        return self.seen_as(Aspect.ERROR_TERM)

    @property
    def slope(self) -> Ref:
        """Its slope: ∂out/∂net of this output."""
        return self.seen_as(Aspect.SLOPE)

    @property
    def is_value(self) -> bool:
        """Whether it is the quantity itself."""
        return self.aspect is Aspect.VALUE


@dataclass(frozen=True, slots=True)
class Local:
    """The name of a local derivative: of one scalar by another that goes into it, ∂net/∂w."""

    of: Ref
    by: Ref
