"""The letters of a textbook: a `Ref` to a maths tree.

`textbooks` holds the letters, one entry a book; `indices` where the numbers of neuron, layer and
sample stand; here they come together for one network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from derive.maths.tree import Fraction, Identifier, Named, Operator, Script, Tree, row
from derive.notation.book import Letter, Letters, Textbook
from derive.notation.indices import PLUS, Place, count, in_brackets, position
from derive.notation.textbooks import DEFAULT, TEXTBOOKS
from derive.reference import Aspect, Local, Ref, State

__all__ = [
    "DEFAULT", "PARTIAL", "PLUS", "TEXTBOOKS", "Notation", "Textbook", "count", "in_brackets",
    "minus", "partial",
]  # fmt: skip

PARTIAL = Operator("∂", "prefix")
MINUS = Operator("−", "prefix")
ARGUMENT = Letter("u", batch="U")
"""Where a book takes the activation of a sum minus a threshold and names no such difference."""
PRODUCT = Letter("p")
"""What a gate that multiplies gives; no book has a letter for it."""


def partial(of: Tree, by: Tree) -> Tree:
    """The partial derivative ∂of/∂by."""
    return Fraction(row(PARTIAL, of), row(PARTIAL, by))


def minus(tree: Tree) -> Tree:
    """−tree."""
    return row(MINUS, tree)


@cache
def _book(key: str, optimizer: str) -> Textbook:
    return TEXTBOOKS[key].with_optimizer(optimizer)


@dataclass(frozen=True)
class Notation:
    """The letters for one network.

    Attributes:
        layers: neurons per layer, the input first.
        samples: how many samples there are; with one, no letter carries its number.
        key: whose letters they are, of `TEXTBOOKS`.
        together: whether one pass takes several samples, so that each has a loss of its own.
        whole: whether the loss is more than one sample's: of several, or with a penalty.
        any_sample: whether a letter stands for the number of any sample.
        optimizer: whose letters the numbers and memories of an optimizer have, by its name.
    """

    layers: Sequence[int]
    samples: int = 1
    key: str = DEFAULT
    together: bool = False
    whole: bool = False
    any_sample: bool = False
    optimizer: str = ""

    @property
    def book(self) -> Textbook:
        """The entry of the table, with the letters that it has for the optimizer."""
        return _book(self.key, self.optimizer)

    @property
    def last(self) -> int:
        """The output layer's number."""
        return len(self.layers) - 1

    @property
    def loss(self) -> Tree:
        """The letter of the whole loss."""
        return Identifier(self.book.loss if self.whole else self.book.sample_loss)

    @property
    def layout(self) -> Literal["rows", "columns"]:
        """Whether a row or a column of a matrix is a sample."""
        if self.book.layout == "rows-of-several":
            return "rows" if self.together else "columns"
        return self.book.layout

    @property
    def from_first(self) -> bool:
        """Whether a weight's first index, and the row of its matrix, is where it comes from."""
        of_several = self.book.layout == "rows-of-several" and self.together
        return self.book.from_first or of_several

    @property
    def activation(self) -> Tree:
        """The letter of an activation function."""
        return Identifier(self.book.activation)

    @property
    def learning_rate(self) -> Tree:
        """The letter of the learning rate."""
        return Identifier(self.book.rate)

    @property
    def penalty_rate(self) -> Tree:
        """The letter of the penalty's weight."""
        return Identifier("λ")

    def neuron(self, layer: int, index: int) -> Tree:
        """A neuron's name: i₁, h₁, o₁; in a book that names none, the letters of its output."""
        if not self.book.named_neurons:
            return self.without_samples().symbol(Ref("out", layer, (index,)))
        letter = "i" if layer == 0 else "o" if layer == self.last else "h"
        place = Place(self.layers, layer, (index + 1,))
        return Script(Identifier(letter), sub=position(place, index + 1))

    def without_samples(self) -> Notation:
        """The same letters for a table whose rows are the samples."""
        return replace(self, samples=1)

    def of_any_sample(self) -> Notation:
        """The same letters with n for the sample, where what is said holds for each."""
        return replace(self, any_sample=True)

    # One scalar

    def symbol(self, ref: Ref | Local, *, updated: bool = False) -> Tree:
        """The letters for a scalar, or for the local derivative of one by another.

        `updated` marks a parameter's value after the update.

        Those of one pass know what they name.

        Raises:
            KeyError: a quantity that has no letters.
        """
        if isinstance(ref, Local):
            return partial(self.symbol(ref.of), self.symbol(ref.by))
        if ref.aspect is Aspect.DESCENT:
            return minus(self.symbol(ref.gradient))
        letters = self._scalar(ref, updated=updated)
        return Named(letters, ref) if self._names(ref) else letters

    def _names(self, ref: Ref) -> bool:
        """Whether letters are those of one scalar: of one pass, and not of any sample."""
        running = self.any_sample and self.samples > 1 and ref.sample is not None
        return ref.iteration is not None and not running and ref.quantity != "squares"

    def _scalar(self, ref: Ref, *, updated: bool = False) -> Tree:
        match ref.quantity:
            case "loss":
                return self.loss
            case "sample_loss" | "loss_terms":
                return self._loss_part(ref)
            case "data_loss":
                return self.book.data_loss
            case "learning_rate":
                return self.learning_rate
            case "l2":
                return self.penalty_rate
            case "squares":
                weight = self._letter(Ref("W", ref.index[0])).tree
                return row(Operator("∑", "prefix"), Script(weight, sup=count(2)))
            case "target":
                ref = replace(ref, layer=self.last)
        if ref.layer is None:
            return self.book.number(ref.quantity)
        match self._written(ref.aspect):
            case Aspect.SLOPE:
                out = replace(ref.itself, index=ref.index[:1])
                net = replace(ref.itself, quantity="net", index=ref.index[-1:])
                return partial(self._scalar(out), self._scalar(net))
            case Aspect.GRADIENT:
                return partial(self._error(ref.sample), self.symbol(ref.itself))
            case State(letter):
                memory = self.book.memory(letter)
                parameter = Ref(ref.quantity, ref.layer, ref.index)
                marked = updated and memory.before and memory.marked
                return memory.of(self.symbol(parameter, updated=marked), updated=updated)
        index = self._shown(ref.quantity, ref.index)
        return self._marked(self._letter(ref), ref.layer, index, ref.sample, updated=updated)

    def _written(self, aspect: Aspect | State) -> Aspect | State:
        """As which aspect the book writes one: error terms as derivatives, where it has no δ."""
        no_delta = aspect is Aspect.ERROR_TERM and self.book.delta is None
        return Aspect.GRADIENT if no_delta else aspect

    def any_neuron(self, quantity: str, layer: int, letter: str, sample: int | None = None) -> Tree:
        """The letters of a quantity for the neuron `letter`, which stands for any."""
        value = Ref(quantity, layer)
        return self._marked(self._letter(value), layer, (Identifier(letter),), sample)

    def bare(self, quantity: str, layer: int) -> Tree:
        """The letter alone, where a formula speaks of any neuron; with thresholds x and f(x)."""
        if self.book.threshold:
            x = Identifier("x")
            return x if quantity == "net" else row(Identifier("f"), in_brackets(x))
        return self._letter(Ref(quantity, layer)).tree

    def heading(self, ref: Ref) -> Tree:
        """The letters over a column of a whole layer's scalars, without their numbers."""
        if ref.quantity in ("loss_terms", "sample_loss"):
            return Identifier(self.book.sample_loss)
        match self._written(ref.aspect):
            case Aspect.DESCENT:
                return minus(self.heading(ref.gradient))
            case Aspect.SLOPE:
                net = replace(ref.itself, quantity="net")
                return partial(self.heading(ref.itself), self.heading(net))
            case Aspect.GRADIENT:
                return partial(self.of_any_sample()._error(0), self.heading(ref.itself))
        return self._letter(ref).tree

    def _letter(self, ref: Ref) -> Letter:
        book = self.book
        if ref.quantity == "out" and ref.layer == 0:
            return book.input
        values: Mapping[str, Letter | Letters] = {
            "net": book.net, "out": book.out, "target": book.target,
            "W": book.weight, "b": book.bias, "argument": ARGUMENT, "product": PRODUCT,
        }  # fmt: skip
        letters = book.delta if ref.aspect is Aspect.ERROR_TERM else values[ref.quantity]
        if isinstance(letters, Letters):
            return letters.output if ref.layer == self.last else letters.hidden
        if letters is None:
            raise KeyError(ref)
        return letters

    def _shown(self, quantity: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index as printed: from 1, in the order of the book."""
        shown = tuple(n + 1 for n in index)
        if quantity == "W" and self.from_first:
            return shown[::-1]
        if quantity == "b" and self.book.bias_of_unit_0:
            return (*shown, 0)
        return shown

    def _marked(
        self,
        letter: Letter,
        layer: int | None,
        index: tuple[int | Tree, ...],
        sample: int | None,
        *,
        updated: bool = False,
    ) -> Tree:
        below, above = self._marks(letter, layer, index, sample, updated=updated)
        if below is None and above is None:
            return letter.tree
        return Script(letter.tree, sub=below, sup=above)

    def _marks(
        self,
        letter: Letter,
        layer: int | None,
        index: tuple[int | Tree, ...],
        sample: int | None,
        *,
        updated: bool,
    ) -> tuple[Tree | None, Tree | None]:
        lent = letter in (ARGUMENT, PRODUCT)
        place = Place(
            self.layers, layer, index, self._number(sample), letter.layered, lent, updated
        )
        return self.book.marks(place)

    def _number(self, sample: int | None) -> int | Tree | None:
        if sample is None or self.samples == 1:
            return None
        return Identifier(self.book.any_sample) if self.any_sample else sample + 1

    def _loss_part(self, ref: Ref) -> Tree:
        """The loss of one sample, or its part from one output."""
        if ref.quantity == "sample_loss" and self.samples == 1:
            return self.loss
        told = self.book.named_neurons or self.book.numbered_units
        layer = (ref.layer or self.last) if told and ref.index else None
        index = tuple(n + 1 for n in ref.index)
        return self._marked(Letter(self.book.sample_loss), layer, index, ref.sample)

    def _error(self, sample: int | None) -> Tree:
        """The loss whose derivative a quantity of `sample` is: the whole, or the sample's own."""
        if sample is not None and self.book.own_loss and self.together:
            return self.symbol(Ref("sample_loss", sample=sample))
        return self.loss

    # A whole layer

    def matrix(self, ref: Ref, *, updated: bool = False) -> Tree:
        """The letters for a quantity of a whole layer: of all samples, or of one.

        Raises:
            KeyError: a quantity that has no letters.
        """
        match self._written(ref.aspect):
            case Aspect.DESCENT:
                return minus(self.matrix(ref.gradient))
            case Aspect.GRADIENT:
                loss = self._error(ref.sample)
                if ref.quantity in ("out", "net") and ref.sample is None:
                    # Each row or column is of its own sample's loss, where samples have their own.
                    loss = self.of_any_sample()._error(0)
                return partial(loss, self.matrix(ref.itself))
            case Aspect.SLOPE:
                net = replace(ref.itself, quantity="net")
                return partial(self.matrix(ref.itself), self.matrix(net))
            case State(name):
                return self._memories(name, ref.itself, updated=updated)
        letter = self._letter(ref)
        if ref.quantity == "target":
            letter = replace(letter, layered=False)
        index = self._shown(ref.quantity, ())
        below, above = self._marks(letter, ref.layer, index, ref.sample, updated=updated)
        batch = ref.sample is None
        is_matrix = ref.quantity == "W" or (batch and ref.quantity != "b")
        style = self.book.matrices if is_matrix else self.book.vectors
        whole = letter.whole(style, batch=batch)
        return whole if below is None and above is None else Script(whole, sub=below, sup=above)

    def _memories(self, name: str, parameters: Ref, *, updated: bool) -> Tree:
        """What an optimizer remembers of a whole layer's weights or biases."""
        memory, matrix = self.book.memory(name), parameters.quantity == "W"
        style = self.book.matrices if matrix else self.book.vectors
        marked = updated and memory.before and memory.marked
        letters = self.matrix(parameters, updated=marked)
        return memory.whole(letters, style, matrix=matrix, updated=updated)
