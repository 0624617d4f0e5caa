"""A matrix with a scalar in each cell, and the terms of a sum of matrices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from derive.derivation.setting.terms import times, total
from derive.formula import Constant, Expression, Negative
from derive.maths.expression import fenced, is_negative
from derive.maths.tree import (
    Braced,
    Fenced,
    Identifier,
    Limits,
    Named,
    Operator,
    Script,
    Tree,
    row,
    unnamed,
)
from derive.notation import count

TRANSPOSED = Operator("⊤", "postfix")

Cells = tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A matrix: its letters, and the scalar in each cell.

    `turned` says that the letters name the transpose of these cells.
    """

    name: Tree
    cells: Cells
    turned: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.cells), len(self.cells[0])

    @property
    def transposed(self) -> Grid:
        """Rows as columns."""
        return Grid(self.name, tuple(zip(*self.cells, strict=True)), not self.turned)

    @property
    def marked(self) -> Tree:
        """The letters, with ⊤ where they are turned."""
        return _transposed(self.name) if self.turned else self.name

    @property
    def upright(self) -> Grid:
        """The grid that the letters name."""
        return self.transposed if self.turned else self

    @property
    def enclosed(self) -> Grid:
        """The same with its letters in parentheses where these start with a minus."""
        return replace(self, name=fenced(self.name)) if is_negative(self.name) else self

    @property
    def letters(self) -> Tree:
        """The letters with the shape under them."""
        return Braced(self.marked, self.size)

    @property
    def size(self) -> Tree:
        """Rows × columns."""
        rows, columns = self.shape
        return row(count(rows), Operator("×"), count(columns))


@dataclass(frozen=True)
class Term:
    """One term of a sum of matrices: a factor in front, and one grid or a product of two."""

    grids: tuple[Grid, ...]
    sign: int = 1
    factor: Expression | None = None
    elementwise: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the product."""
        return self.grids[0].shape[0], self.grids[-1].shape[1]

    @property
    def transposed(self) -> Term:
        """(AB)ᵀ = BᵀAᵀ; element by element each factor keeps its place."""
        turned = [grid.transposed for grid in self.grids]
        return replace(self, grids=tuple(turned if self.elementwise else reversed(turned)))

    def entry(self, i: int, j: int) -> Expression:
        """What the cell (i, j) of the term is."""
        first = self.grids[0].cells
        if len(self.grids) == 1:
            found = first[i][j]
        elif self.elementwise:
            found = _product(first[i][j], self.grids[1].cells[i][j])
        else:
            second = self.grids[1].cells
            found = total([_product(first[i][k], second[k][j]) for k in range(len(second))])
        found = found if self.factor is None else _product(self.factor, found)
        return found if self.sign > 0 else Negative(found)


def _transposed(name: Tree) -> Tree:
    match name:
        case Named(Script(base, sub, None), ref):
            # One element names the matrix, and ⊤ stands at it.
            return Named(Script(base, sub, TRANSPOSED), ref)
        case Script(base, sub, None):
            return Script(base, sub, TRANSPOSED)
    bare = isinstance(unnamed(name), (Identifier, Fenced, Limits))
    return Script(name if bare else fenced(name), sup=TRANSPOSED)


def _product(*factors: Expression) -> Expression:
    kept = [factor for factor in factors if factor != Constant(Fraction(1))]
    return times(*kept) if kept else factors[0]
