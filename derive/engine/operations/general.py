"""Any equation as an operation, computed from its index notation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine.graph import Read
from derive.equations import Axis, Cells, Equation, Indexed, Sigma
from derive.formula import ArrayArithmetic, Expression, compiled, symbols

Grid = Mapping[str, Any]
"""For each letter the numbers that it runs over, all of as many axes, each letter along one."""


class General:
    """What an equation says, for all cells at once; the gradients by its equations in letters.

    It needs nothing but the equation, and is slower than a kernel written for it: a sum over j of
    a product of matrices takes all products before it adds them.

    Args:
        equation: of the result.
        shapes: of the result and of every input, without the axes in front.
        arithmetic: for what it is computed.
    """

    def __init__(
        self,
        equation: Equation,
        shapes: Mapping[str, tuple[int, ...]],
        arithmetic: ArrayArithmetic,
    ) -> None:
        self.equation = equation
        self.operands = tuple(name for name in shapes if name != equation.result.tensor)
        self.arithmetic = arithmetic
        back = {f"d{name}": shape for name, shape in shapes.items()}
        self.shape = shapes[equation.result.tensor]
        self.value = Cells(equation, shapes)
        self.back = [
            None if one is None else Cells(one, {**shapes, **back})
            for one in map(equation.gradient, self.operands)
        ]

    def forward(self, *inputs: Any) -> Any:
        """The result, (…, its shape)."""
        values = dict(zip(self.operands, inputs, strict=True))
        return _Values(self.value, values, self.arithmetic).all()

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """The gradient of one input; None where the equation does not read it."""
        cells = self.back[which]
        if cells is None:
            return None
        values = {name: read(n) for n, name in enumerate(self.operands)}
        given = np.asanyarray(gradient)
        shape = given.shape[: given.ndim - len(self.shape)] + self.shape
        values[f"d{self.equation.result.tensor}"] = np.broadcast_to(given, shape)
        return _Values(cells, values, self.arithmetic).all()


class _Values:
    """The cells of one equation at given values of its tensors."""

    def __init__(
        self, cells: Cells, values: Mapping[str, Any], arithmetic: ArrayArithmetic
    ) -> None:
        self.cells = cells
        self.values = {name: np.asanyarray(value) for name, value in values.items()}
        self.arithmetic = arithmetic

    def all(self) -> Any:
        """Every cell of the result."""
        sizes = self.cells.sizes
        grid = _wider({}, sizes, depth=len(sizes))
        found = self._found(self.cells.equation.formula, grid, guarded=False)
        return self._full(found, tuple(sizes.values())) + 0

    @staticmethod
    def _full(found: Any, shape: tuple[int, ...]) -> Any:
        found = np.asanyarray(found)
        lead = found.shape[: max(found.ndim - len(shape), 0)]
        return np.broadcast_to(found, lead + shape)

    def _found(self, formula: Expression, grid: Grid, *, guarded: bool) -> Any:
        """A formula at every point of a grid."""

        def value(name: object) -> Any:
            match name:
                case Indexed():
                    return self._read(name, grid, guarded=guarded)
                case Axis():
                    return self.arithmetic.constant(Fraction(self.cells.size(name)))
                case Sigma():
                    return self._summed(name, grid, guarded=guarded)
            raise AssertionError(name)

        values = {str(name): value(name) for name in set(symbols(formula))}
        return compiled(formula, self.arithmetic)(values)

    def _read(self, access: Indexed, grid: Grid, *, guarded: bool) -> Any:
        tensor, depth = self.values[access.tensor], _depth(grid)
        if not access.index:
            return tensor[(..., *[None] * depth)]
        shape = tensor.shape[tensor.ndim - len(access.index) :]
        places = []
        for index, size in zip(access.index, shape, strict=True):
            place = np.asarray(index.at(grid))
            # Under a condition a place outside is read, too, and what is found there left out.
            place = np.clip(place, 0, size - 1) if guarded else place
            places.append(place.reshape(place.shape or (1,) * depth))
        return tensor[(..., *places)]

    def _summed(self, sigma: Sigma, grid: Grid, *, guarded: bool) -> Any:
        sizes = {letter: self.cells.size(axis) for letter, axis in sigma.letters}
        wide = _wider(grid, sizes, depth=_depth(grid) + len(sizes))
        guarded = guarded or bool(sigma.conditions)
        shape = np.broadcast_shapes(*(numbers.shape for numbers in wide.values()))
        found = self._full(self._found(sigma.body, wide, guarded=guarded), shape)
        for one in sigma.conditions:
            index = one.index.at(wide)
            holds = (index >= 0) & (index < self.cells.size(one.size))
            found = np.where(holds, found, self.arithmetic.constant(Fraction(0)))
        return found.sum(axis=tuple(range(-len(sizes), 0))) if sizes else found


def _depth(grid: Grid) -> int:
    return max((numbers.ndim for numbers in grid.values()), default=0)


def _wider(grid: Grid, sizes: Mapping[str, int], *, depth: int) -> dict[str, Any]:
    """A grid with an axis more for each further letter, behind the others."""
    wide = {name: numbers[(..., *[None] * len(sizes))] for name, numbers in grid.items()}
    for n, (letter, size) in enumerate(sizes.items()):
        shape = [1] * depth
        shape[depth - len(sizes) + n] = size
        wide[letter] = np.arange(size).reshape(shape)
    return wide
