"""Equations between grids: letters with shapes, the same with numbers in, and the value.

An equation whose result is written turned is transposed as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.derivation.layers.arrays import Arrays
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.setting.elision import elided, narrowed, shown_of
from derive.derivation.setting.lines import ABOUT, EQUALS, LINE, UNDER
from derive.derivation.setting.terms import total
from derive.document import Equation
from derive.formula import Expression, Symbol
from derive.maths.expression import MINUS, THIN, express, width
from derive.maths.tree import (
    Aligned,
    Operator,
    Row,
    Styled,
    Text,
    Tree,
    row,
)
from derive.notation import in_brackets
from derive.reference import Ref
from derive.steps import Step

PLUS = Operator("+")
WIDE = Text("\N{EN SPACE}")
"""Between two factors, so that the shapes under them do not touch."""
ELEMENTWISE = Operator("⊙")


class MatrixEquations(Arrays):
    """Grids, and how equations of them are set."""

    def given(self, array: Ref) -> Tree:
        """A matrix or vector of parameters, its letters and its numbers."""
        grid = self.grid(array).upright
        return row(grid.name, EQUALS, self.matrix(grid))

    def equation(self, result: Grid, terms: Sequence[Term], *, key: bool = False) -> Equation:
        """Letters with shapes, the same with numbers in, and the value."""
        if result.turned:
            result, terms = result.transposed, [term.transposed for term in terms]
        if len(terms) == 1 and terms[0] == Term(terms[0].grids) and len(terms[0].grids) == 1:
            value = Styled(self.matrix(result), role="value")
            letters = terms[0].grids[0].letters
            tree = row(result.letters, EQUALS, letters, EQUALS, value)
            return self.book.displayed(tree, key=key, steps=self.steps(result, terms))
        steps = self.steps(result, terms)
        relations = {self.book.relation(step.forms[-1], step.result) for step in steps}
        sign = ABOUT if ABOUT in relations else EQUALS
        letters = row(*self.summands(terms, lambda grid: grid.letters, self.book.symbol, WIDE))
        value = Styled(self.matrix(result), role="value")
        lines: list[tuple[Tree, Tree]] = [(result.letters, row(EQUALS, letters))]
        head: Tree = EQUALS
        for part in in_lines(self.summands(terms, self.matrix, self.book.number, THIN)):
            lines.append((Row(()), row(head, Styled(part, role="substituted"))))
            head = UNDER
        lines.append((Row(()), row(sign, value)))
        return self.book.displayed(Aligned(tuple(lines)), key=key, steps=steps)

    def steps(self, result: Grid, terms: Sequence[Term]) -> list[Step]:
        """What a sum of matrices states of each cell that is shown."""
        return [
            Step(ref, (total([term.entry(i, j) for term in terms]),))
            for (i, j), ref in self.shown(result)
        ]

    def shown(self, result: Grid) -> list[tuple[tuple[int, int], Ref]]:
        """The cells that are shown of a result, with the scalar in each."""
        rows, columns = self.kept(result)
        cells = [((i, j), result.cells[i][j]) for i in rows for j in columns]
        return [(place, scalar_of(cell)) for place, cell in cells]

    def values(
        self,
        result: Grid,
        form: Callable[[Ref], Expression],
        terms: Sequence[Term] = (),
        function: Tree | None = None,
    ) -> Equation:
        """The letters of a matrix and its value; between them, if given, a function of a sum.

        Args:
            result: the matrix.
            form: what each of its scalars is.
            terms: the sum.
            function: its letter.
        """
        if result.turned:
            result, terms = result.transposed, [term.transposed for term in terms]
        steps = [Step(ref, (form(ref),)) for _, ref in self.shown(result)]
        value = row(EQUALS, Styled(self.matrix(result), role="value"))
        summands = self.summands(terms, lambda grid: grid.letters, self.book.symbol, WIDE)
        parts = (EQUALS, function, in_brackets(row(*summands))) if function else ()
        return self.book.displayed(row(result.letters, *parts, value), steps=steps)

    @staticmethod
    def summands(
        terms: Sequence[Term], of: Callable[[Grid], Tree], leaf: Callable[[Ref], Tree], space: Tree
    ) -> list[Tree]:
        """The terms with their signs, each grid as `of` sets it and each scalar as `leaf` does."""
        found: list[Tree] = []
        for n, term in enumerate(terms):
            pieces: list[Tree] = []
            if term.sign < 0:
                pieces.append(Operator("−") if n else MINUS)
            elif n:
                pieces.append(PLUS)
            if term.factor is not None:
                pieces += [express(term.factor, leaf), Operator("·")]
            first, *rest = term.grids
            pieces.append(of(first))
            for grid in rest:
                pieces += [ELEMENTWISE if term.elementwise else space, of(grid.enclosed)]
            found.append(row(*pieces))
        return found

    def matrix(self, grid: Grid, kept: tuple[list[int], list[int]] | None = None) -> Tree:
        """The numbers of a grid, a large one by its first and last, or those that are `kept`."""
        rows, columns = kept or self.kept(grid)
        return elided(
            {(i, j): express(grid.cells[i][j], self.book.number) for i in rows for j in columns},
            grid.shape,
        )

    def kept(self, grid: Grid) -> tuple[list[int], list[int]]:
        """Which rows and columns of a grid are shown: as many as a line of print has room for."""
        rows, columns = map(shown_of, grid.shape)
        return rows, narrowed(
            columns, lambda j: max(width(express(grid.cells[i][j], self.book.number)) for i in rows)
        )


def scalar_of(cell: Expression) -> Ref:
    """The scalar that a cell of a grid is, where it is one.

    Raises:
        TypeError: it is a number, or an expression of several.
    """
    if isinstance(cell, Symbol) and isinstance(cell.name, Ref):
        return cell.name
    raise TypeError(f"no scalar of the trace: {cell}")


def in_lines(summands: Sequence[Tree]) -> list[Tree]:
    """A sum on one line, or on several where that would be too wide."""
    lines: list[list[Tree]] = [[]]
    for part in summands:
        if lines[-1] and width(row(*lines[-1], part)) > LINE:
            lines.append([])
        lines[-1].append(part)
    return [row(*line) for line in lines]
