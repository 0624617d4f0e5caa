"""The arrays of a pass, layer by layer, as grids: their letters, and a scalar in each cell."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation.layers.grid import Grid
from derive.derivation.setting.workbook import Workbook
from derive.derivation.slopes import function
from derive.formula import Expression, Symbol
from derive.maths.tree import (
    Named,
    Operator,
    Script,
    Tree,
    row,
)
from derive.notation import in_brackets, minus
from derive.reference import Aspect, Ref

PRIME = Operator("′", "postfix")


class Arrays:
    """The grids of one pass, each the way round in which the book writes it."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.notation = book.notation
        self.last = book.notation.last
        self.samples = list(book.samples)
        self.layout = book.notation.layout

    def softmax(self, layer: int) -> bool:
        """Whether a layer's outputs hang on all its net inputs."""
        return self.book.problem.activations[layer - 1].name == "softmax"

    def function(self, layer: int) -> Tree:
        """The letter of a layer's activation."""
        return function(self.book, layer)

    def of_samples(self, array: Ref) -> Grid:
        """Samples x neurons of a layer's array: net, out, or an aspect of them."""
        if len(self.samples) == 1:
            return self.of_sample(array, self.samples[0])
        cells = tuple(self._line(array, sample) for sample in self.samples)
        return Grid(self.letters(array), cells, turned=self.layout == "columns")

    def of_sample(self, array: Ref, sample: int) -> Grid:
        """The same for one sample, a row."""
        name = self.letters(array.cell(sample=sample))
        return Grid(name, (self._line(array, sample),), turned=self.layout == "columns")

    def _line(self, array: Ref, sample: int) -> tuple[Expression, ...]:
        neurons = range(self.book.problem.layers[array.layer or 0])
        return tuple(Symbol(array.cell(n, sample=sample)) for n in neurons)

    def letters(self, array: Ref) -> Tree:
        """The letters of a whole layer, which know what they name: f′(net) of slopes."""
        if array.aspect is Aspect.DESCENT:
            return minus(self.letters(array.gradient))
        later = (array.iteration or 0) > self.book.iteration
        softmax, thresholds = self.softmax(array.layer or 0), self.book.thresholds
        if array.aspect is not Aspect.SLOPE or softmax or thresholds:
            return Named(self.notation.matrix(array, updated=later), array)
        net = self.notation.matrix(replace(array.itself, quantity="net"))
        return Named(row(primed(self.function(array.layer or 0)), in_brackets(net)), array)

    def towards(self, layer: int) -> Grid:
        """The derivatives of the error by a layer's outputs, with the sign of the book."""
        return self.of_samples(self.book.towards_error(self.book.ref("out", layer)))

    def weights(self, array: Ref) -> Grid:
        """Neurons x neurons of the layer before: a layer's W, or an aspect of it."""
        sizes, layer = self.book.problem.layers, array.layer or 0
        cells = tuple(
            tuple(Symbol(array.cell(to, source)) for source in range(sizes[layer - 1]))
            for to in range(sizes[layer])
        )
        return Grid(self.letters(array), cells, turned=self.notation.from_first)

    def biases(self, array: Ref) -> Grid:
        """A column with a bias, or an aspect of it, for each neuron; of a layer's own, one number.

        A bias itself stands there for each neuron, whether it is its own or not.
        """
        shared = self.book.problem.bias == "layer"
        one = shared and not array.is_value
        neurons = range(1 if one else self.book.problem.layers[array.layer or 0])
        cells = tuple((Symbol(array if shared else array.cell(n)),) for n in neurons)
        name = self.letters(array)
        # Beside XW biases are a row.
        return Grid(name, cells, turned=self.layout == "rows" and self.notation.from_first)

    def grid(self, array: Ref) -> Grid:
        """The grid of a layer's array, or of an aspect of it."""
        match array.quantity:
            case "W":
                return self.weights(array)
            case "b":
                return self.biases(array)
        return self.of_samples(array)


def primed(function: Tree) -> Tree:
    """F′, or f₁′."""
    if isinstance(function, Script):
        return Script(function.base, sub=function.sub, sup=PRIME)
    return Script(function, sup=PRIME)
