"""Whole layers and all samples as matrices, and the equations between them.

The equations are written once, with a sample a row and the weights of a neuron a row of W. A book
that keeps its matrices the other way round gives grids that are turned; an equation whose result
would be turned is transposed as a whole. Under each factor stands its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product

from derive.derivation.elision import elided, narrowed, shown_of
from derive.derivation.kinks import kink_notes
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.lines import ABOUT, EQUALS, LINE, UNDER
from derive.derivation.scalars.formulas import activated, loss_slope
from derive.derivation.scalars.optimizer import optimizer_formulas, optimizer_words, updated
from derive.derivation.scalars.update import descent
from derive.derivation.terms import times, total
from derive.derivation.wording import bias_words
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Message, Paragraph
from derive.formula import Constant, Expression, Symbol
from derive.maths.expression import MINUS, THIN, express, width
from derive.maths.tree import (
    Aligned,
    Identifier,
    Named,
    Operator,
    Row,
    Script,
    Styled,
    Text,
    Tree,
    row,
)
from derive.notation import in_brackets, minus
from derive.reference import Aspect, Ref
from derive.steps import Step

PLUS = Operator("+")
WIDE = Text("\N{EN SPACE}")
"""Between two factors, so that the shapes under them do not touch."""
ELEMENTWISE = Operator("⊙")
PRIME = Operator("′", "postfix")


class Layerwise:
    """The grids of one pass, and the equations between them: for every view by matrices."""

    def __init__(self, book: Workbook, anchor: str) -> None:
        self.book = book
        self.anchor = anchor
        self.notation = book.notation
        self.last = book.notation.last
        self.samples = list(book.samples)
        self.layout = book.notation.layout
        self.ones = Grid(
            Identifier("1", "bold"), tuple((Constant(Fraction(1)),) for _ in self.samples)
        )

    def softmax(self, layer: int) -> bool:
        """Whether a layer's outputs hang on all its net inputs."""
        return self.book.problem.activations[layer - 1].name == "softmax"

    # Grids

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
        return Named(row(Script(self.notation.activation, sup=PRIME), in_brackets(net)), array)

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

    # Steps that every view takes

    def delta(self, layer: int, upstream: Grid, delta: Grid) -> Iterator[Block]:
        """δ of all samples from what came back."""
        net, out = self.book.ref("net", layer), self.book.ref("out", layer)
        if not self.softmax(layer):
            slope = self.of_samples(out.slope)
            term = Term((upstream, slope), elementwise=True)
            yield self.equation(delta, [term], key=layer == self.last)
            neurons = range(self.book.problem.layers[layer])
            yield from kink_notes(self.book, layer, product(neurons, self.samples))
            return
        for sample in self.samples:
            slopes, neurons = out.slope.cell(sample=sample), range(self.book.problem.layers[layer])
            cells = tuple(
                tuple(Symbol(slopes.cell(of, by, sample=sample)) for by in neurons)
                for of in neurons
            )
            jacobian = Grid(self.letters(slopes), cells)
            came = self.of_sample(self.book.towards_error(out), sample)
            result = self.of_sample(net.error_term, sample)
            yield self.equation(result, [Term((came, jacobian))])

    def bias_gradient(self, layer: int, delta: Grid) -> Iterator[Block]:
        """The gradient of a layer's biases, or of the one that it shares."""
        book = self.book
        if book.problem.bias == "none":
            return
        if book.problem.bias == "layer":
            result = book.gradient_by(book.ref("b", layer))
            meaning = book.gathered([cell for line in delta.cells for cell in line])
            yield book.equation(result, meaning, result=result)
            return
        gradient = self.biases(book.gradient_by(book.ref("b", layer)))
        if len(self.samples) == 1:
            yield self.equation(gradient, [Term((delta.transposed,))])
        else:
            yield self.equation(gradient, [self.gathered(delta.transposed, self.ones)])

    def bias_gradient_words(self) -> Message:
        """How a bias's gradient follows from the error terms."""
        book = self.book
        if book.problem.bias == "layer":
            key = "matrices.bias_shared_mean" if book.gathering_factor() else "matrices.bias_shared"
            return Message(key, bias_words(book))
        if len(self.samples) == 1:
            return Message("backward.bias", bias_words(book))
        key = "matrices.bias_mean" if book.gathering_factor() else "matrices.bias"
        return Message(key, {"ones": self.ones.name, **bias_words(book)})

    def product(self, term: Term, like: Grid) -> Tree:
        """The letters of a product alone, the way round in which `like` is written."""
        grids = (term.transposed if like.turned else term).grids
        return row(grids[0].marked, *(part for grid in grids[1:] for part in (THIN, grid.marked)))

    def threshold(self, layer: int) -> list[Term]:
        """What is taken from the net inputs before the activation; nothing with biases."""
        if not self.book.thresholds:
            return []
        return [replace(self.spread(layer), sign=-1)]

    def spread(self, layer: int) -> Term:
        """The biases of a layer for every sample."""
        row_of_biases = self.biases(self.book.ref("b", layer)).transposed
        return Term((row_of_biases,) if len(self.samples) == 1 else (self.ones, row_of_biases))

    def gathered(self, *grids: Grid) -> Term:
        """A product that adds up what the samples contribute to a gradient."""
        factor = self.book.gathering_factor()
        return Term(grids, factor=times(*factor) if factor else None)

    def weight_gradient(self, layer: int, delta: Grid) -> Iterator[Block]:
        """The gradient of a layer's weights, with what a penalty adds."""
        book = self.book
        if layer == self.last and book.gathering_factor():
            count = {"count": str(len(self.samples))}
            yield Paragraph(Message("matrices.gathered_mean", count))
        below, weights = book.ref("out", layer - 1), book.ref("W", layer)
        terms = [self.gathered(delta.transposed, self.of_samples(below))]
        if book.problem.l2:
            sign = -1 if book.notation.book.minus_gradient else 1
            factor = times(*book.penalty_factor())
            terms.append(Term((self.weights(weights),), sign=sign, factor=factor))
        result = self.weights(book.gradient_by(weights))
        yield self.equation(result, terms, key=layer == self.last)
        if layer == self.last and book.problem.l2:
            yield Paragraph(Message("backward.penalty"))

    def update(self) -> Iterator[Block]:
        """Every matrix of parameters after the update."""
        book = self.book
        plain = book.problem.optimizer.name == "gradient-descent"
        yield Paragraph(Message("matrices.update" if plain else "matrices.update_elementwise"))
        if not plain:
            yield Paragraph(optimizer_words(book))
            yield from optimizer_formulas(book)
        for layer in range(1, self.last + 1):
            parameters: list[tuple[Ref, Callable[[Ref], Grid]]] = [
                (book.ref("W", layer), self.weights)
            ]
            if book.problem.bias == "neuron" and book.problem.train_biases:
                parameters.append((book.ref("b", layer), self.biases))
            for array, grid in parameters:
                new = grid(array.at(book.iteration + 1))
                if not plain:
                    yield self.values(new, partial(updated, book))
                    continue
                by = book.gradient_by(array)
                sign = 1 if by.aspect is Aspect.DESCENT else -1
                rate = Symbol(Ref("learning_rate"))
                step = Term((grid(by).enclosed,), sign=sign, factor=rate)
                yield self.equation(new, [Term((grid(array),)), step])
            if book.problem.bias == "layer" and book.problem.train_biases:
                shared = book.ref("b", layer)
                if plain:
                    yield descent(book, shared)
                else:
                    later = shared.at(book.iteration + 1)
                    value = Styled(book.number(later), role="value")
                    tree = row(book.symbol(later), EQUALS, value)
                    found = Step(later, (updated(book, later),))
                    yield book.displayed(tree, steps=(found,))

    # Equations

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
        for part in _in_lines(self.summands(terms, self.matrix, self.book.number, THIN)):
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
        return [
            (place, cell.name)
            for place, cell in cells
            if isinstance(cell, Symbol) and isinstance(cell.name, Ref)
        ]

    def values(
        self, result: Grid, form: Callable[[Ref], Expression], terms: Sequence[Term] = ()
    ) -> Equation:
        """The letters of a matrix and its value; between them, if given, f of a sum.

        Args:
            result: the matrix.
            form: what each of its scalars is.
            terms: the sum.
        """
        if result.turned:
            result, terms = result.transposed, [term.transposed for term in terms]
        steps = [Step(ref, (form(ref),)) for _, ref in self.shown(result)]
        value = row(EQUALS, Styled(self.matrix(result), role="value"))
        summands = self.summands(terms, lambda grid: grid.letters, self.book.symbol, WIDE)
        applied = row(self.notation.activation, in_brackets(row(*summands))) if terms else None
        parts = (EQUALS, applied) if applied else ()
        return self.book.displayed(row(result.letters, *parts, value), steps=steps)

    def activated(self, out: Grid, terms: Sequence[Term]) -> Equation:
        """The outputs of a layer: its activation of a sum."""
        arguments = {
            (cell.name.sample, cell.name.index): total([term.entry(i, j) for term in terms])
            for i, line in enumerate(out.cells)
            for j, cell in enumerate(line)
            if isinstance(cell, Symbol) and isinstance(cell.name, Ref)
        }

        def form(ref: Ref) -> Expression:
            size = self.book.problem.layers[ref.layer or 0]
            of_sample = [arguments[ref.sample, (n,)] for n in range(size)]
            return activated(self.book, ref.layer or 0, ref.index[0], of_sample)

        return self.values(out, form, terms)

    def of_loss(self, upstream: Grid) -> Equation:
        """The derivatives of the error by the outputs."""
        return self.values(
            upstream, lambda ref: loss_slope(self.book, ref.index[0], ref.sample or 0)
        )

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

    def matrix(self, grid: Grid) -> Tree:
        """The numbers of a grid, a large one by its first and last."""
        rows, columns = self.kept(grid)
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


def _in_lines(summands: Sequence[Tree]) -> list[Tree]:
    """A sum on one line, or on several where that would be too wide."""
    lines: list[list[Tree]] = [[]]
    for part in summands:
        if lines[-1] and width(row(*lines[-1], part)) > LINE:
            lines.append([])
        lines[-1].append(part)
    return [row(*line) for line in lines]
