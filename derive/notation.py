"""The letters of a textbook: a `Ref` to a maths tree.

The letters are those of the small worked examples, net and out with neurons named i1, h1, o1
and weights numbered through; a larger network gets indices instead of running numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Fraction, Identifier, Limits, Number, Operator, Script, Tree, row
from derive.reference import Ref

NUMBERED_WEIGHTS = 30
"""Up to so many weights are numbered through, w1, w2, …; more get their two neurons as indices."""

PARTIAL = Operator("∂", "prefix")
LOSS = Identifier("E")
LEARNING_RATE = Identifier("η")
PENALTY_RATE = Identifier("λ")
DELTA = Identifier("δ")

OPTIMIZER_NUMBERS: Mapping[str, Tree] = {
    "beta": Identifier("β"),
    "beta1": Script(Identifier("β"), sub=Identifier("1", "upright")),
    "beta2": Script(Identifier("β"), sub=Identifier("2", "upright")),
    "rho": Identifier("ρ"),
    "epsilon": Identifier("ε"),
    "weight_decay": Script(Identifier("λ"), sub=Identifier("w")),
}
STATES: Mapping[str, Tree] = {
    "m": Identifier("m"),
    "v": Identifier("v"),
    "s": Identifier("s"),
    "u": Identifier("u"),
    "d": Identifier("Δ"),
    "m_hat": Limits(Identifier("m"), over=Operator("^")),
    "v_hat": Limits(Identifier("v"), over=Operator("^")),
}
"""The letters of the optimizers' numbers and of what they remember of a parameter."""

_MATRICES: Mapping[str, tuple[str, str]] = {
    "in": ("X", "x"),
    "net": ("Net", "net"),
    "product": ("P", "p"),
    "out": ("Out", "out"),
    "target": ("T", "t"),
    "delta": ("Δ", "δ"),
    "W": ("W", "W"),
    "b": ("b", "b"),
}
"""The letters of a layer's quantities, of all samples and of one."""

_COUNT = Rounding(digits=20)


def count(number: int) -> Tree:
    """A whole number, as an index or a coefficient."""
    return Number(numeral(number, _COUNT))


def partial(of: Tree, by: Tree) -> Tree:
    """The partial derivative ∂of/∂by."""
    return Fraction(row(PARTIAL, of), row(PARTIAL, by))


@dataclass(frozen=True)
class Notation:
    """The letters for one network.

    Attributes:
        layers: neurons per layer, the input first.
        shared_bias: whether a layer's neurons share one bias.
        samples: how many samples there are; with one, no letter carries its number.
    """

    layers: Sequence[int]
    shared_bias: bool = False
    samples: int = 1

    @property
    def last(self) -> int:
        """The output layer's number."""
        return len(self.layers) - 1

    def neuron(self, layer: int, index: int) -> Tree:
        """A neuron's name: i₁, h₁, o₁; with several hidden layers h₂,₁ is the first of layer 2."""
        letter = "i" if layer == 0 else "o" if layer == self.last else "h"
        return Script(Identifier(letter), sub=self._place(layer, index))

    def _place(self, layer: int, index: int) -> Tree:
        if 0 < layer < self.last and self.last > 2:
            return row(count(layer), Operator(","), count(index + 1))
        return count(index + 1)

    def _label(self, layer: int, index: int) -> Tree:
        letter = "o" if layer == self.last else "h"
        return row(Identifier(letter), self._place(layer, index))

    def without_samples(self) -> Notation:
        """The same letters for a table whose rows are the samples."""
        return replace(self, samples=1)

    def sample_mark(self, sample: int | None) -> Tree | None:
        """The sample's number in parentheses, set as an exponent; None where there is only one."""
        if sample is None or self.samples == 1:
            return None
        return row(Operator("(", "prefix"), count(sample + 1), Operator(")", "postfix"))

    def symbol(self, ref: Ref, *, updated: bool = False) -> Tree:
        """The letters for the scalar `ref`; `updated` marks a parameter's value after the update.

        Raises:
            KeyError: a quantity that has no letters.
        """
        sample = self.sample_mark(ref.sample)
        match ref.quantity:
            case "out" if ref.layer == 0:
                return Script(Identifier("i"), sub=count(ref.index[0] + 1), sup=sample)
            case "net" | "out":
                return Script(Identifier(ref.quantity), sub=self._of(ref), sup=sample)
            case "target":
                return Script(Identifier("t"), sub=self._of(ref), sup=sample)
            case "delta":
                return Script(DELTA, sub=self._of(ref), sup=sample)
            case "loss_terms":
                return Script(LOSS, sub=self._of(ref), sup=sample)
            case "loss":
                return LOSS
            case "sample_loss":
                return Script(LOSS, sup=sample) if sample else LOSS
            case "data_loss":
                return Script(LOSS, sub=count(0))
            case "learning_rate":
                return LEARNING_RATE
            case "l2":
                return PENALTY_RATE
            case "W":
                return self._weight(ref, updated=updated)
            case "b":
                return self._bias(ref, updated=updated)
        if ref.quantity in OPTIMIZER_NUMBERS:
            return OPTIMIZER_NUMBERS[ref.quantity]
        return self._derivative(ref, updated=updated)

    def matrix(
        self, quantity: str, layer: int, *, sample: int | None = None, updated: bool = False
    ) -> Tree:
        """The letters for a quantity of a whole layer, bold: of all samples, or of one, its row.

        Raises:
            KeyError: a quantity that has no letters.
        """
        if quantity.startswith("dE/d"):
            of = quantity.removeprefix("dE/d")
            return partial(LOSS, self.matrix(of, layer, sample=sample))
        if quantity == "dout/dnet":
            out, net = (self.matrix(one, layer, sample=sample) for one in ("out", "net"))
            return partial(out, net)
        batch, one = _MATRICES["in" if quantity == "out" and not layer else quantity]
        mark = self.sample_mark(sample)
        plus = Operator("+", "postfix") if updated else None
        letters = Identifier(batch if sample is None else one, "bold")
        number = None if quantity == "target" or (quantity == "out" and not layer) else count(layer)
        return Script(letters, sub=number, sup=plus or mark)

    def _of(self, ref: Ref) -> Tree:
        return self._label(ref.layer or self.last, ref.index[0])

    def _derivative(self, ref: Ref, *, updated: bool) -> Tree:
        layer = ref.layer
        match ref.quantity:
            case "dE/dout":
                return partial(LOSS, self.symbol(Ref("out", layer, ref.index, ref.sample)))
            case "dout/dnet":
                of, by = ref.index[0], ref.index[-1]
                out = self.symbol(Ref("out", layer, (of,), ref.sample))
                return partial(out, self.symbol(Ref("net", layer, (by,), ref.sample)))
            case "dE/dW":
                return partial(LOSS, self.symbol(Ref("W", layer, ref.index)))
            case "dE/db":
                return partial(LOSS, self.symbol(Ref("b", layer, ref.index)))
        return self._state(ref, updated=updated)

    def _state(self, ref: Ref, *, updated: bool) -> Tree:
        """An optimizer's memory of a parameter: m with the parameter as its index."""
        letter, owner = ref.quantity[:-1], ref.quantity[-1]
        parameter = self.symbol(Ref(owner, ref.layer, ref.index))
        plus = Operator("+", "postfix") if updated else None
        return Script(STATES[letter], sub=parameter, sup=plus)

    def _weight(self, ref: Ref, *, updated: bool) -> Tree:
        plus = Operator("+", "postfix") if updated else None
        to, source = ref.index
        layer = ref.layer or 0
        sizes = list(pairwise(self.layers))
        if sum(a * b for a, b in sizes) <= NUMBERED_WEIGHTS:
            before = sum(a * b for a, b in sizes[: layer - 1])
            number = before + to * self.layers[layer - 1] + source + 1
            return Script(Identifier("w"), sub=count(number), sup=plus)
        place = row(count(to + 1), Operator(","), count(source + 1))
        over: Tree = row(Operator("[", "prefix"), count(layer), Operator("]", "postfix"))
        return Script(Identifier("w"), sub=place, sup=row(over, plus) if plus else over)

    def _bias(self, ref: Ref, *, updated: bool) -> Tree:
        plus = Operator("+", "postfix") if updated else None
        if self.shared_bias:
            return Script(Identifier("b"), sub=count(ref.layer or 0), sup=plus)
        return Script(Identifier("b"), sub=self._of(ref), sup=plus)
