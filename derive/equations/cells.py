"""The scalars of an equation, once the shapes of its tensors are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from derive.calculus import ZERO, derivative, normal
from derive.equations.equation import Equation, Reading, cell_letter
from derive.equations.tree import Axis, Cell, Indexed, Inside, Sigma, accesses
from derive.errors import ShapeError
from derive.formula import Constant, Expression, Sum, Symbol, rebuilt, substitute


class Cells:
    """One equation over tensors of given shapes.

    Args:
        equation: in index notation.
        shapes: of the result and of all that it reads, and of whatever else, by name.

    Raises:
        ShapeError: a tensor has no shape or another number of axes, a letter runs over two
            sizes, or an index leaves its tensor.
    """

    def __init__(self, equation: Equation, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.equation = equation
        self.shapes = shapes
        self.sizes = {letter: self.size(axis) for letter, axis in equation.letters.items()}
        self._check(equation.result, self.sizes)
        for access, around in accesses(equation.formula):
            inner = dict(self.sizes)
            for sigma in around:
                inner |= {letter: self.size(axis) for letter, axis in sigma.letters}
            guarded = any(sigma.conditions for sigma in around)
            self._check(access, inner, guarded=guarded)
        self._readings: dict[str, list[Reading]] = {}

    def size(self, axis: int | Axis) -> int:
        """The size of an axis, or the number itself."""
        if isinstance(axis, int):
            return axis
        shape = self.shapes.get(axis.tensor, ())
        if axis.axis >= len(shape):
            raise ShapeError(f"{axis.tensor} has no axis {axis.axis}: its shape is {shape}")
        return shape[axis.axis]

    def _check(self, access: Indexed, sizes: Mapping[str, int], *, guarded: bool = False) -> None:
        shape = self.shapes.get(access.tensor)
        if shape is None or len(shape) != len(access.index):
            raise ShapeError(f"{access} is read of a tensor of the shape {shape}")
        for index, size in zip(access.index, shape, strict=True):
            if index.letter is not None and sizes[index.letter] != size:
                message = f"{index} runs over {sizes[index.letter]} numbers and over {size}"
                raise ShapeError(f"{message} in {access}")
            ranges = [range(sizes[letter]) for letter in dict.fromkeys(index.letters)]
            if guarded or index.letter is not None:
                continue
            names = list(dict.fromkeys(index.letters))
            values = [index.at(dict(zip(names, at, strict=True))) for at in product(*ranges)]
            if values and not 0 <= min(values) <= max(values) < size:
                raise ShapeError(f"{access} leaves its tensor, whose shape is {shape}")

    def every(self) -> Iterator[tuple[int, ...]]:
        """The indices of all cells of the result."""
        return product(*(range(size) for size in self.sizes.values()))

    def cell(self, index: tuple[int, ...]) -> Expression:
        """The formula of one cell of the result; its symbols are `Cell`s."""
        return self._grounded(self.equation.formula, self._at(index))

    def _at(self, index: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(self.sizes, index, strict=True))

    def _grounded(self, formula: Expression, at: Mapping[str, int]) -> Expression:
        def replacement(name: object) -> Expression:
            match name:
                case Indexed(tensor, index):
                    return Symbol(Cell(tensor, tuple(one.at(at) for one in index)))
                case Axis():
                    return Constant(Fraction(self.size(name)))
                case Sigma():
                    return self._summed(name, at)
            raise AssertionError(name)

        return _flat(substitute(formula, replacement))

    def _summed(self, sigma: Sigma, at: Mapping[str, int]) -> Expression:
        terms = []
        letters = [letter for letter, _ in sigma.letters]
        for values in product(*(range(self.size(axis)) for _, axis in sigma.letters)):
            inner = {**at, **dict(zip(letters, values, strict=True))}
            if self._hold(sigma.conditions, inner):
                terms.append(self._grounded(sigma.body, inner))
        return ZERO if not terms else terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _hold(self, conditions: tuple[Inside, ...], at: Mapping[str, int]) -> bool:
        return all(0 <= one.index.at(at) < self.size(one.size) for one in conditions)

    def readers(self, cell: Cell) -> list[tuple[int, ...]]:
        """The indices of the result's cells that read a cell, in order.

        They come of the index expressions, solved for the letters; only letters that these leave
        open are tried.
        """
        if cell.tensor not in self._readings:
            self._readings[cell.tensor] = self.equation.readings(cell.tensor)
        found: set[tuple[int, ...]] = set()
        for reading in self._readings[cell.tensor]:
            found.update(self._solutions(reading, cell.index))
        return sorted(found)

    def _solutions(self, reading: Reading, index: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        solution = reading.solution
        given = {cell_letter(axis): number for axis, number in enumerate(index)}
        tied = [*solution.found.values(), *solution.zero, *(one for one, _ in solution.below)]
        tied += [one.index for one in reading.conditions]
        needed = {letter for one in tied for letter in one.letters} | set(self.sizes)
        left = [one for one in reading.letters if one not in solution.found and one in needed]
        for values in product(*(range(self.size(reading.letters[one])) for one in left)):
            at = given | dict(zip(left, values, strict=True))
            at |= {letter: one.at(at) for letter, one in solution.found.items()}
            if (
                all(not one.at(at) for one in solution.zero)
                and all(0 <= one.at(at) < size for one, size in solution.below)
                and all(0 <= at[one] < self.size(reading.letters[one]) for one in solution.found)
                and self._hold(reading.conditions, at)
            ):
                yield tuple(at[letter] for letter in self.sizes)

    def local(self, index: tuple[int, ...], cell: Cell) -> Expression:
        """The derivative of one cell of the result by a cell that it reads.

        It is the textbook's slope where there is one, which may name the result's cell itself.
        """
        for slope in self.equation.slopes:
            at = self._at(index)
            if slope.access.tensor == cell.tensor:
                fits = True
                for one, number in zip(slope.access.index, cell.index, strict=True):
                    fits = fits and at.setdefault(str(one), number) == number
                if fits:
                    return normal(self._grounded(slope.formula, at))
        return self.derivative(index, cell)

    def derivative(self, index: tuple[int, ...], cell: Cell) -> Expression:
        """The same, by the rules of differentiation alone."""
        return normal(derivative(self.cell(index), cell))


def _flat(node: Expression) -> Expression:
    """A formula whose sums hold no sums as terms."""
    node = rebuilt(node, _flat)
    if not isinstance(node, Sum):
        return node
    terms: list[Expression] = []
    for term in node.terms:
        terms.extend(term.terms if isinstance(term, Sum) else (term,))
    return Sum(tuple(terms))
