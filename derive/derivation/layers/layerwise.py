"""Whole layers and all samples as matrices, and the equations between them.

Which matrices are multiplied is read from the equations of the graph's nodes, with a sample a row
and the weights of a neuron a row of W. A book that keeps its matrices the other way round gives
grids that are turned; an equation whose result would be turned is transposed as a whole. Under each
factor stands its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product

from derive.derivation.formulas import activated, loss_slope, path_terms, slope_formula
from derive.derivation.kinks import kink_notes
from derive.derivation.layers.elementwise import elements, pieces
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.optimizer import (
    assigned,
    descent,
    optimizer_equations,
    optimizer_words,
)
from derive.derivation.setting.elision import elided, narrowed, shown_of
from derive.derivation.setting.lines import ABOUT, EQUALS, LINE, UNDER
from derive.derivation.setting.terms import times, total
from derive.derivation.setting.wording import activation_words, bias_words, optimizer_name
from derive.derivation.setting.workbook import Workbook
from derive.derivation.slopes import any_output, function, loss_steps, slope_steps
from derive.derivation.softmax import jacobian, softmax_rule
from derive.document import Block, Equation, Inline, Message, Paragraph, Section
from derive.engine import activation_of, optimizer_of
from derive.equations import ONES, Factors
from derive.equations import Equation as NodeEquation
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
from derive.reference import Aspect, Ref, State
from derive.steps import Step

PLUS = Operator("+")
WIDE = Text("\N{EN SPACE}")
"""Between two factors, so that the shapes under them do not touch."""
ELEMENTWISE = Operator("⊙")
PRIME = Operator("′", "postfix")
SLOPE = "slope"
"""What the slopes of an activation are called in the equation of the way back through it."""


class Layerwise:
    """The grids of one pass, and the equations between them: for every view by matrices.

    Attributes:
        view: which of them it is.
        alone: whether no view shows the pass number by number.
        defines: whether what others would have said before is to be said here.
    """

    view = ""

    def __init__(self, book: Workbook, anchor: str, *, explained: bool = True) -> None:
        self.book = book
        self.alone = "scalars" not in book.views
        self.defines = explained and self.alone and book.views[0] == self.view
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

    def function(self, layer: int) -> Tree:
        """The letter of a layer's activation."""
        return function(self.book, layer)

    # Activations

    def functions(self) -> Iterator[Section]:
        """A section for each activation: its formula, and its slope worked out from that."""
        activations = self.book.problem.activations
        for activation in dict.fromkeys(activations):
            layer = activations.index(activation) + 1
            gaps: dict[str, Inline] = {
                "activation": activation_words(self.book.activation_key(layer))
            }
            steps = self._softmax_steps if self.softmax(layer) else self._function_steps
            title = Message("matrices.function", gaps)
            yield Section(f"{self.anchor}-function-{layer}", title, tuple(steps(layer)))

    def _softmax_steps(self, layer: int) -> Iterator[Block]:
        yield Paragraph(Message("matrices.softmax", {"function": self.function(layer)}))
        yield from softmax_rule(self.book, layer)

    def _function_steps(self, layer: int) -> Iterator[Block]:
        net, out = self.notation.bare("net", layer), any_output(self.book, layer)
        applied = row(self.function(layer), in_brackets(net))
        formula = activation_of(self.book.problem.activations[layer - 1]).formula
        defined = row(EQUALS, express(formula, lambda _: net))
        yield self.book.displayed(
            row(applied, defined) if out == applied else row(out, EQUALS, applied, defined)
        )
        yield from slope_steps(self.book, layer)
        if not self.book.thresholds:
            slope = row(_primed(self.function(layer)), in_brackets(net))
            yield Paragraph(Message("matrices.slope", {"slope": slope}))

    def slopes(self, layer: int) -> Iterator[Block]:
        """The slopes of a layer's activation at this pass, in a view that stands alone."""
        if not self.alone:
            return
        if self.softmax(layer):
            yield from (jacobian(self.book, layer, sample) for sample in self.samples)
            return

        def form(ref: Ref) -> Expression:
            return slope_formula(self.book, layer, ref.index[0], ref.sample or 0)

        yield self.values(self.of_samples(self.book.ref("out", layer).slope), form)

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
        return Named(row(_primed(self.function(array.layer or 0)), in_brackets(net)), array)

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

    def given(self, array: Ref) -> Tree:
        """A matrix or vector of parameters, its letters and its numbers."""
        grid = self.grid(array).upright
        return row(grid.name, EQUALS, self.matrix(grid))

    # What the graph's equations say, in grids

    def node(self, quantity: str, layer: int) -> NodeEquation:
        """The equation of a layer's node, `net` or `out`."""
        return self.book.walk.equation(f"{quantity}{layer}")

    def terms(
        self, equation: NodeEquation | None, array: Callable[[str], Ref] | None = None
    ) -> list[Term]:
        """An equation of tensors as a sum of products of grids.

        Args:
            equation: of the graph, or of what follows from it.
            array: what a tensor of it is, where that is not as `named`.

        Raises:
            TypeError: it is no such sum.
        """
        products = None if equation is None else equation.matrices
        if products is None:
            raise TypeError(f"no matrices are multiplied in {equation}")
        named = array or self.named
        return [
            self._term(product, lambda tensor: self.grid(named(tensor))) for product in products
        ]

    def _term(self, product: Factors, grid: Callable[[str], Grid]) -> Term:
        grids = []
        for factor in product.factors:
            if factor.tensor == ONES and len(self.samples) == 1:
                continue
            found = self.ones if factor.tensor == ONES else grid(factor.tensor)
            grids.append(found.transposed if factor.transposed else found)
        return Term(tuple(grids), elementwise=product.elementwise)

    def grid(self, array: Ref) -> Grid:
        """The grid of a layer's array, or of an aspect of it."""
        match array.quantity:
            case "W":
                return self.weights(array)
            case "b":
                return self.biases(array)
        return self.of_samples(array)

    def named(self, tensor: str) -> Ref:
        """The array that a tensor of the graph is, or the gradient by it in the book's sign."""
        named = self.book.walk.named
        gradient = tensor not in named
        array = self.book.ref(*named[tensor.removeprefix("d") if gradient else tensor])
        if not gradient:
            return array
        return array.error_term if array.quantity == "net" else self.book.towards_error(array)

    def weighted(self, layer: int) -> Term:
        """The product of the weights with what the layer below puts out."""
        return self.terms(self.node("net", layer))[0]

    def spread(self, layer: int) -> Term:
        """The biases of a layer for every sample."""
        return self.terms(self.node("net", layer))[1]

    def back(self, layer: int, *, later: bool) -> list[Term]:
        """What comes back to the outputs of a layer from the next; `later` through new weights."""

        def array(tensor: str) -> Ref:
            found = self.named(tensor)
            return found.at(self.book.iteration + later) if found.quantity == "W" else found

        return self.terms(self.node("net", layer + 1).gradient(f"out{layer}"), array)

    def contributions(self, layer: int, parameter: str) -> list[Term]:
        """What the samples contribute to a gradient of weights or of biases."""
        factor = self.book.gathering_factor()
        found = self.terms(self.node("net", layer).gradient(f"{parameter}{layer}"))
        return [replace(term, factor=times(*factor) if factor else None) for term in found]

    # Steps that every view takes

    def delta(self, layer: int) -> Iterator[Block]:
        """δ of all samples from what came back: by elements, or each sample by its matrix."""
        book, activation = self.book, self.node("out", layer)
        yield from self.slopes(layer)
        (slope,) = activation.slopes
        chain = activation.chain(slope, SLOPE)
        net, out = book.ref("net", layer), book.ref("out", layer)
        if chain.matrices is not None:
            terms = self.terms(chain, lambda tensor: self._of_chain(out, tensor))
            yield self.equation(self.of_samples(net.error_term), terms, key=layer == self.last)
            neurons = range(book.problem.layers[layer])
            yield from kink_notes(book, layer, product(neurons, self.samples))
            return
        (factors,) = chain.of_one.matrices or ()
        for sample in self.samples:
            term = self._term(factors, partial(self._of_sample, out, sample))
            yield self.equation(self.of_sample(net.error_term, sample).transposed, [term])

    def _of_chain(self, out: Ref, tensor: str) -> Ref:
        """An array of the way back through an activation: its slopes, or what came back."""
        return out.slope if tensor == SLOPE else self.book.towards_error(out)

    def _of_sample(self, out: Ref, sample: int, tensor: str) -> Grid:
        """The same of one sample: the matrix of its slopes, or a column."""
        array = self._of_chain(out, tensor)
        if tensor != SLOPE:
            return self.of_sample(array, sample).transposed
        neurons = range(self.book.problem.layers[out.layer or 0])
        cells = tuple(
            tuple(Symbol(array.cell(of, by, sample=sample)) for by in neurons) for of in neurons
        )
        return Grid(self.letters(array.cell(sample=sample)), cells)

    def bias_gradient(self, layer: int) -> Iterator[Block]:
        """The gradient of a layer's biases, or of the one that it shares."""
        book, biases = self.book, self.book.ref("b", layer)
        result = book.gradient_by(biases)
        if book.problem.bias == "neuron":
            yield self.equation(self.biases(result), self.contributions(layer, "b"))
        elif book.problem.bias == "layer":
            terms = [term for _, term in path_terms(book, biases, self.samples)]
            yield book.equation(result, book.gathered(terms), result=result)

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

    def weight_gradient(self, layer: int) -> Iterator[Block]:
        """The gradient of a layer's weights, with what a penalty adds."""
        book, weights = self.book, self.book.ref("W", layer)
        if layer == self.last and book.gathering_factor():
            count = {"count": str(len(self.samples))}
            yield Paragraph(Message("matrices.gathered_mean", count))
        terms = self.contributions(layer, "W")
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
        scalars = [[list(assigned(self.book, _ref(cell))) for cell in line] for line in cells]
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
        substituted = [Styled(part, role="substituted") for part in _in_lines(numbers)]
        lines: list[tuple[Tree, Tree]] = []
        for trees in (_in_lines(letters), substituted):
            signs: list[Tree] = [EQUALS, *[UNDER] * (len(trees) - 1)]
            lines += [(Row(()), row(sign, tree)) for sign, tree in zip(signs, trees, strict=True)]
        lines[0] = grids[result].name, lines[0][1]
        lines.append((Row(()), row(ABOUT if ABOUT in relations else EQUALS, value)))
        return book.displayed(Aligned(tuple(lines)), steps=steps)

    def _kept_of(self, grids: Sequence[Grid]) -> tuple[list[int], list[int]]:
        """Which rows and columns are shown of grids of one shape: those that all have room for."""
        found = [self.kept(grid) for grid in grids]
        return min(found, key=lambda kept: len(kept[1]))

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
        return [(place, _ref(cell)) for place, cell in cells]

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

    def activated(self, layer: int, terms: Sequence[Term]) -> Equation:
        """The outputs of a layer: its activation of a sum."""
        out = self.of_samples(self.book.ref("out", layer))
        arguments = {
            (_ref(cell).sample, _ref(cell).index): total([term.entry(i, j) for term in terms])
            for i, line in enumerate(out.cells)
            for j, cell in enumerate(line)
        }

        def form(ref: Ref) -> Expression:
            size = self.book.problem.layers[layer]
            of_sample = [arguments[ref.sample, (n,)] for n in range(size)]
            return activated(self.book, layer, ref.index[0], of_sample)

        return self.values(out, form, terms, self.function(layer))

    def of_loss(self) -> Iterator[Block]:
        """The derivatives of the error by the outputs; that by one of them worked out."""
        upstream = self.towards(self.last)
        if self.defines:
            out = self.book.ref("out", self.last, 0, sample=self.samples[0])
            yield Paragraph(Message("backward.from_loss", {"out": self.book.symbol(out)}))
            yield from loss_steps(self.book, 0, self.samples[0])
            if upstream.shape != (1, 1):
                yield Paragraph(Message("matrices.likewise"))
        yield self.values(
            upstream,
            lambda ref: loss_slope(self.book, ref.index[0], ref.sample or 0),
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


def _primed(function: Tree) -> Tree:
    """F′, or f₁′."""
    if isinstance(function, Script):
        return Script(function.base, sub=function.sub, sup=PRIME)
    return Script(function, sup=PRIME)


def _ref(cell: Expression) -> Ref:
    """The scalar that a cell of a grid is, where it is one.

    Raises:
        TypeError: it is a number, or an expression of several.
    """
    if isinstance(cell, Symbol) and isinstance(cell.name, Ref):
        return cell.name
    raise TypeError(f"no scalar of the trace: {cell}")


def _in_lines(summands: Sequence[Tree]) -> list[Tree]:
    """A sum on one line, or on several where that would be too wide."""
    lines: list[list[Tree]] = [[]]
    for part in summands:
        if lines[-1] and width(row(*lines[-1], part)) > LINE:
            lines.append([])
        lines[-1].append(part)
    return [row(*line) for line in lines]
