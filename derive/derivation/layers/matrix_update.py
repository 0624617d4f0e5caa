"""The update in matrices: a step against the gradient, or an optimizer's assignments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from derive.derivation.layers.elementwise import elements, pieces
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.layers.matrix_equations import MatrixEquations, in_lines, scalar_of
from derive.derivation.optimizer import (
    assigned,
    descent,
    optimizer_equations,
    optimizer_words,
)
from derive.derivation.setting.lines import ABOUT, EQUALS, UNDER
from derive.derivation.setting.wording import optimizer_name
from derive.document import Block, Equation, Inline, Message, Paragraph
from derive.engine import optimizer_of
from derive.formula import Expression, Symbol
from derive.maths.tree import (
    Aligned,
    Row,
    Styled,
    Tree,
    row,
)
from derive.reference import Aspect, Ref, State
from derive.steps import Step


class MatrixUpdate(MatrixEquations):
    """Every matrix of parameters after the update."""

    def update(self) -> Iterator[Block]:
        """Every matrix of parameters after the update."""
        book = self.book
        plain = book.problem.optimizer.name == "gradient-descent"
        if plain:
            yield Paragraph(Message("matrices.update"))
        else:
            yield from self.optimizer_words()
        problem = book.problem
        trained = ["W", *(["b"] if problem.bias != "none" and problem.train_biases else [])]
        for layer in range(1, self.last + 1):
            for array in (book.ref(parameter, layer) for parameter in trained):
                if array.quantity == "b" and problem.bias == "layer":
                    yield from [descent(book, array)] if plain else optimizer_equations(book, array)
                elif plain:
                    yield self.descent(array)
                else:
                    yield from self.assignments(array)

    def descent(self, array: Ref) -> Equation:
        """The step of a matrix of parameters against the gradient."""
        new, by = array.at(self.book.iteration + 1), self.book.gradient_by(array)
        sign = 1 if by.aspect is Aspect.DESCENT else -1
        rate = Symbol(Ref("learning_rate"))
        step = Term((self.grid(by).enclosed,), sign=sign, factor=rate)
        return self.equation(self.grid(new), [Term((self.grid(array),)), step])

    def optimizer_words(self) -> Iterator[Block]:
        """What an optimizer does and remembers, and that it does so element by element."""
        book, spec = self.book, self.book.problem.optimizer
        state, weights = optimizer_of(spec).state[0], book.ref("W", self.last)
        gaps: dict[str, Inline] = {
            "name": optimizer_name(spec.name),
            "parameter": self.letters(weights),
            "state": self.letters(weights.seen_as(State(state))),
            "letter": book.notation.book.number(state),
        }
        yield Paragraph(Message("matrices.update_optimizer", gaps))
        yield Paragraph(optimizer_words(book))
        if "epsilon" in spec.numbers:
            epsilon = book.notation.book.number("epsilon")
            yield Paragraph(Message("matrices.update_roots", {"epsilon": epsilon}))

    def assignments(self, array: Ref) -> Iterator[Equation]:
        """The optimizer's assignments for a matrix: each state after the update, then itself."""
        cells = self.grid(array).upright.cells
        scalars = [[list(assigned(self.book, scalar_of(cell))) for cell in line] for line in cells]
        for n in range(len(scalars[0][0])):
            yield self.assignment([[assigned[n] for assigned in line] for line in scalars])

    def assignment(self, cells: Sequence[Sequence[tuple[Ref, Expression]]]) -> Equation:
        """One assignment: letters, the same with numbers in, and the value.

        Args:
            cells: each element of the result, and what it is.
        """
        book = self.book
        (result, form), *_ = cells[0]
        grids = {ref: self.grid(ref.cell()).upright for ref in (result, *elements(form))}
        kept = self._kept_of(list(grids.values()))
        steps = [Step(cells[i][j][0], (cells[i][j][1],)) for i, j in product(*kept)]
        relations = {book.relation(step.forms[-1], step.result) for step in steps}
        letters = pieces(form, lambda ref: grids[ref].name, book.symbol)
        numbers = pieces(form, lambda ref: self.matrix(grids[ref], kept), book.number)
        value = Styled(self.matrix(grids[result], kept), role="value")
        substituted = [Styled(part, role="substituted") for part in in_lines(numbers)]
        lines: list[tuple[Tree, Tree]] = []
        for trees in (in_lines(letters), substituted):
            signs: list[Tree] = [EQUALS, *[UNDER] * (len(trees) - 1)]
            lines += [(Row(()), row(sign, tree)) for sign, tree in zip(signs, trees, strict=True)]
        lines[0] = grids[result].name, lines[0][1]
        lines.append((Row(()), row(ABOUT if ABOUT in relations else EQUALS, value)))
        return book.displayed(Aligned(tuple(lines)), steps=steps)

    def _kept_of(self, grids: Sequence[Grid]) -> tuple[list[int], list[int]]:
        """Which rows and columns are shown of grids of one shape: those that all have room for."""
        found = [self.kept(grid) for grid in grids]
        return min(found, key=lambda kept: len(kept[1]))
