"""A pass by whole layers: for every view by matrices.

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
from derive.derivation.layers.arrays import primed
from derive.derivation.layers.grid import Grid, Term
from derive.derivation.layers.matrix_equations import scalar_of
from derive.derivation.layers.matrix_update import MatrixUpdate
from derive.derivation.setting.lines import EQUALS
from derive.derivation.setting.terms import times, total
from derive.derivation.setting.wording import activation_words, bias_words
from derive.derivation.setting.workbook import Workbook
from derive.derivation.slopes import any_output, loss_steps, slope_steps
from derive.derivation.softmax import jacobian, softmax_rule
from derive.document import Block, Equation, Inline, Message, Paragraph, Section
from derive.engine import activation_of
from derive.equations import ONES, Factors
from derive.equations import Equation as NodeEquation
from derive.formula import Constant, Expression, Symbol
from derive.maths.expression import THIN, express
from derive.maths.tree import (
    Identifier,
    Tree,
    row,
)
from derive.notation import in_brackets
from derive.reference import Ref

SLOPE = "slope"
"""What the slopes of an activation are called in the equation of the way back through it."""


class Layerwise(MatrixUpdate):
    """What the graph says of a pass, in grids.

    Attributes:
        view: which of them it is.
        alone: whether no view shows the pass number by number.
        defines: whether what others would have said before is to be said here.
    """

    view = ""

    def __init__(self, book: Workbook, anchor: str, *, explained: bool = True) -> None:
        super().__init__(book)
        self.alone = "scalars" not in book.views
        self.defines = explained and self.alone and book.views[0] == self.view
        self.anchor = anchor
        self.ones = Grid(
            Identifier("1", "bold"), tuple((Constant(Fraction(1)),) for _ in self.samples)
        )

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
            slope = row(primed(self.function(layer)), in_brackets(net))
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

    def activated(self, layer: int, terms: Sequence[Term]) -> Equation:
        """The outputs of a layer: its activation of a sum."""
        out = self.of_samples(self.book.ref("out", layer))
        arguments = {
            (scalar_of(cell).sample, scalar_of(cell).index): total(
                [term.entry(i, j) for term in terms]
            )
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
