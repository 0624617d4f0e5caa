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

from derive.derivation.elision import elided, narrowed, shown_of
from derive.derivation.formulas import activated, loss_slope, path_terms
from derive.derivation.kinks import kink_notes
from derive.derivation.layers.elementwise import elements, pieces
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.lines import ABOUT, EQUALS, LINE, UNDER
from derive.derivation.optimizer import (
    assigned,
    descent,
    optimizer_equations,
    optimizer_words,
)
from derive.derivation.terms import times, total
from derive.derivation.wording import bias_words
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Inline, Message, Paragraph
from derive.engine import optimizer_of
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
from derive.reference import Ref
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

    def of_samples(self, quantity: str, layer: int) -> Grid:
        """Samples x neurons: net, out, dE/dout, dout/dnet, delta."""
        if len(self.samples) == 1:
            return self.of_sample(quantity, layer, self.samples[0])
        cells = tuple(self._line(quantity, layer, sample) for sample in self.samples)
        return Grid(self.letters(quantity, layer), cells, turned=self.layout == "columns")

    def of_sample(self, quantity: str, layer: int, sample: int) -> Grid:
        """The same for one sample, a row."""
        name = self.letters(quantity, layer, sample=sample)
        cells = (self._line(quantity, layer, sample),)
        return Grid(name, cells, turned=self.layout == "columns")

    def _line(self, quantity: str, layer: int, sample: int) -> tuple[Expression, ...]:
        neurons = range(self.book.problem.layers[layer])
        return tuple(self.book.term(quantity, layer, n, sample=sample) for n in neurons)

    def letters(
        self, quantity: str, layer: int, *, sample: int | None = None, later: bool = False
    ) -> Tree:
        """The letters of a whole layer, which know what they name: f′(net) of slopes."""
        if quantity.startswith("-"):
            return minus(self.letters(quantity[1:], layer, sample=sample, later=later))
        slope = quantity == "dout/dnet" and not self.softmax(layer) and not self.book.thresholds
        shown = self.notation.matrix(
            "net" if slope else quantity, layer, sample=sample, updated=later
        )
        if slope:
            shown = row(Script(self.notation.activation, sup=PRIME), in_brackets(shown))
        return Named(shown, Ref(quantity, layer, (), sample, self.book.iteration + later))

    def weights(self, layer: int, *, quantity: str = "W", later: bool = False) -> Grid:
        """Neurons x neurons of the layer before: W or dE/dW."""
        sizes = self.book.problem.layers
        at = self.book.iteration + later
        cells = tuple(
            tuple(
                Symbol(Ref(quantity, layer, (to, source), iteration=at))
                for source in range(sizes[layer - 1])
            )
            for to in range(sizes[layer])
        )
        name = self.letters(quantity, layer, later=later)
        return Grid(name, cells, turned=self.notation.from_first)

    def biases(self, layer: int, *, quantity: str = "b", later: bool = False) -> Grid:
        """A column with a bias, or its gradient, for each neuron; of a layer's own, one number."""
        at = self.book.iteration + later
        shared = self.book.problem.bias == "layer"
        neurons = range(1 if shared and quantity != "b" else self.book.problem.layers[layer])
        cells = tuple(
            (Symbol(Ref(quantity, layer, () if shared else (n,), iteration=at)),) for n in neurons
        )
        name = self.letters(quantity, layer, later=later)
        # Beside XW biases are a row.
        return Grid(name, cells, turned=self.layout == "rows" and self.notation.from_first)

    # What the graph's equations say, in grids

    def node(self, quantity: str, layer: int) -> NodeEquation:
        """The equation of a layer's node, `net` or `out`."""
        return self.book.walk.equation(f"{quantity}{layer}")

    def terms(
        self, equation: NodeEquation | None, grid: Callable[[str], Grid] | None = None
    ) -> list[Term]:
        """An equation of tensors as a sum of products of grids.

        Args:
            equation: of the graph, or of what follows from it.
            grid: the grid of a tensor, where it is not that of the pass.

        Raises:
            TypeError: it is no such sum.
        """
        products = None if equation is None else equation.matrices
        if products is None:
            raise TypeError(f"no matrices are multiplied in {equation}")
        return [self._term(product, grid or self.grid) for product in products]

    def _term(self, product: Factors, grid: Callable[[str], Grid]) -> Term:
        grids = []
        for factor in product.factors:
            if factor.tensor == ONES and len(self.samples) == 1:
                continue
            found = self.ones if factor.tensor == ONES else grid(factor.tensor)
            grids.append(found.transposed if factor.transposed else found)
        return Term(tuple(grids), elementwise=product.elementwise)

    def grid(self, tensor: str, *, later: bool = False) -> Grid:
        """The grid of a tensor of the graph, or of the gradient by it; `later` of new weights."""
        named = self.book.walk.named
        gradient = tensor not in named
        quantity, layer = named[tensor.removeprefix("d") if gradient else tensor]
        match quantity:
            case "W":
                return self.weights(layer or 0, later=later)
            case "b":
                return self.biases(layer or 0)
            case "net" if gradient:
                return self.of_samples("delta", layer or 0)
            case "out" if gradient:
                return self.of_samples(self.book.towards_error("dE/dout"), layer or 0)
        return self.of_samples(quantity, layer or 0)

    def weighted(self, layer: int) -> Term:
        """The product of the weights with what the layer below puts out."""
        return self.terms(self.node("net", layer))[0]

    def spread(self, layer: int) -> Term:
        """The biases of a layer for every sample."""
        return self.terms(self.node("net", layer))[1]

    def back(self, layer: int, *, later: bool) -> list[Term]:
        """What comes back to the outputs of a layer from the next; `later` through new weights."""
        gradient = self.node("net", layer + 1).gradient(f"out{layer}")
        return self.terms(gradient, partial(self.grid, later=later))

    def contributions(self, layer: int, parameter: str) -> list[Term]:
        """What the samples contribute to a gradient of weights or of biases."""
        factor = self.book.gathering_factor()
        found = self.terms(self.node("net", layer).gradient(f"{parameter}{layer}"))
        return [replace(term, factor=times(*factor) if factor else None) for term in found]

    # Steps that every view takes

    def delta(self, layer: int) -> Iterator[Block]:
        """δ of all samples from what came back: by elements, or each sample by its matrix."""
        activation = self.node("out", layer)
        (slope,) = activation.slopes
        chain = activation.chain(slope, "slope")
        delta = self.of_samples("delta", layer)
        if chain.matrices is not None:
            terms = self.terms(chain, partial(self._by_slope, layer, None))
            yield self.equation(delta, terms, key=layer == self.last)
            neurons = range(self.book.problem.layers[layer])
            yield from kink_notes(self.book, layer, product(neurons, self.samples))
            return
        for sample in self.samples:
            terms = self.terms(chain.of_one, partial(self._by_slope, layer, sample))
            yield self.equation(self.of_sample("delta", layer, sample).transposed, terms)

    def _by_slope(self, layer: int, sample: int | None, tensor: str) -> Grid:
        """The grids of a chain: the slopes, and what came back; of one sample as a column."""
        if tensor != "slope":
            if sample is None:
                return self.grid(tensor)
            came = self.book.towards_error("dE/dout")
            return self.of_sample(came, layer, sample).transposed
        if sample is None:
            return self.of_samples("dout/dnet", layer)
        neurons = range(self.book.problem.layers[layer])
        cells = tuple(
            tuple(self.book.term("dout/dnet", layer, of, by, sample=sample) for by in neurons)
            for of in neurons
        )
        return Grid(self.letters("dout/dnet", layer, sample=sample), cells)

    def bias_gradient(self, layer: int) -> Iterator[Block]:
        """The gradient of a layer's biases, or of the one that it shares."""
        book = self.book
        if book.problem.bias == "none":
            return
        if book.problem.bias == "layer":
            result = book.ref(book.gradient_by("b"), layer)
            paths = path_terms(book, book.ref("b", layer), self.samples)
            yield book.equation(result, book.gathered([term for _, term in paths]), result=result)
            return
        gradient = self.biases(layer, quantity=book.gradient_by("b"))
        yield self.equation(gradient, self.contributions(layer, "b"))

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
        book = self.book
        if layer == self.last and book.gathering_factor():
            count = {"count": str(len(self.samples))}
            yield Paragraph(Message("matrices.gathered_mean", count))
        terms = self.contributions(layer, "W")
        if book.problem.l2:
            sign = -1 if book.notation.book.minus_gradient else 1
            factor = times(*book.penalty_factor())
            terms.append(Term((self.weights(layer),), sign=sign, factor=factor))
        result = self.weights(layer, quantity=book.gradient_by("W"))
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
        shared = book.problem.bias == "layer" and book.problem.train_biases
        for layer in range(1, self.last + 1):
            for parameter in self.trained():
                if plain:
                    yield self.descent(parameter, layer)
                else:
                    yield from self.assignments(parameter, layer)
            if shared:
                bias = book.ref("b", layer)
                yield from [descent(book, bias)] if plain else optimizer_equations(book, bias)

    def trained(self) -> list[str]:
        """The parameters that are matrices or vectors, and are trained."""
        problem = self.book.problem
        return ["W", "b"] if problem.bias == "neuron" and problem.train_biases else ["W"]

    def parameters(
        self, parameter: str, layer: int, quantity: str = "", *, later: bool = False
    ) -> Grid:
        """A layer's weights or biases, or what is known of each of them."""
        grid = self.weights if parameter == "W" else self.biases
        return grid(layer, quantity=quantity or parameter, later=later)

    def descent(self, parameter: str, layer: int) -> Equation:
        """The step against the gradient."""
        old, new = (self.parameters(parameter, layer, later=later) for later in (False, True))
        quantity = self.book.gradient_by(parameter)
        sign = 1 if quantity.startswith("-") else -1
        gradient = self.parameters(parameter, layer, quantity)
        step = Term((gradient.enclosed,), sign=sign, factor=Symbol(Ref("learning_rate")))
        return self.equation(new, [Term((old,)), step])

    def optimizer_words(self) -> Iterator[Block]:
        """What an optimizer does and remembers, and that it does so element by element."""
        book, spec = self.book, self.book.problem.optimizer
        state = optimizer_of(spec).state[0]
        gaps: dict[str, Inline] = {
            "name": Message(f"optimizer.{spec.name}"),
            "parameter": self.letters("W", self.last),
            "state": self.letters(f"{state}W", self.last),
            "letter": book.notation.book.number(state),
        }
        yield Paragraph(Message("matrices.update_optimizer", gaps))
        yield Paragraph(optimizer_words(book))
        if "epsilon" in spec.numbers:
            epsilon = book.notation.book.number("epsilon")
            yield Paragraph(Message("matrices.update_roots", {"epsilon": epsilon}))

    def assignments(self, parameter: str, layer: int) -> Iterator[Equation]:
        """The optimizer's assignments for a matrix: each state after the update, then itself."""
        cells = self.parameters(parameter, layer).upright.cells
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
        grids = {ref: self._of_element(ref) for ref in (result, *elements(form))}
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

    def _of_element(self, ref: Ref) -> Grid:
        """The grid whose element a scalar is: of parameters, their gradients, or states."""
        later = (ref.iteration or 0) > self.book.iteration
        found = self.parameters(ref.quantity[-1], ref.layer or 0, ref.quantity, later=later)
        return found.upright

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
            (_ref(cell).sample, _ref(cell).index): total([term.entry(i, j) for term in terms])
            for i, line in enumerate(out.cells)
            for j, cell in enumerate(line)
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
