"""The backward pass by scalars: from the loss to every weight and bias, layer by layer.

The output layer starts from the loss; a hidden layer gathers what comes back along every path
and reuses the deltas already found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from derive.derivation.formulas import (
    loss_slope,
    path_terms,
    slope_formula,
)
from derive.derivation.kinks import kink_notes
from derive.derivation.lines import EQUALS, SUM, added, arranged, labelled
from derive.derivation.slopes import loss_steps, slope_steps
from derive.derivation.softmax import softmax_delta, softmax_slopes
from derive.derivation.tables import cut_note, layer_name, limited, neuron_table
from derive.derivation.terms import total
from derive.derivation.wording import bias_words, derivative_words, gradient_words, net_words
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Inline, Message, Paragraph, Section, Table
from derive.formula import Expression, Product, Symbol, substitute
from derive.maths.expression import express, fenced, is_negative
from derive.maths.tree import Identifier, Limits, row
from derive.reference import Local, Ref
from derive.steps import Step


def backward_chapters(book: Workbook, anchor: str, *, explained: bool) -> Iterator[Section]:
    """One chapter a layer, the output layer first."""
    for layer in range(book.notation.last, 0, -1):
        title = Message("backward.title", {"layer": layer_name(book, layer)})
        blocks = tuple(_Layer(book, layer, explained=explained).blocks())
        yield Section(f"{anchor}-{layer}", title, blocks)


def _after_update(term: Expression) -> Expression:
    """A term with each weight as the update leaves it."""
    return substitute(
        term, lambda ref: Symbol(ref.at(ref.iteration + 1) if ref.quantity == "W" else ref)
    )


class _Layer:
    """The chapter of one layer."""

    def __init__(self, book: Workbook, layer: int, *, explained: bool) -> None:
        self.book = book
        self.layer = layer
        self.net, self.out = book.ref("net", layer), book.ref("out", layer)
        self.explained = explained
        self.output = layer == book.notation.last
        self.softmax = book.problem.activations[layer - 1].name == "softmax"
        self.neurons = range(book.problem.layers[layer])
        self.sources = range(book.problem.layers[layer - 1])
        self.several = len(book.samples) > 1

    def blocks(self) -> Iterator[Block]:
        book = self.book
        if self.explained:
            steps = [self._opening, self._slope_once]
            # A hidden layer's opening leads to the equation that comes first.
            for step in steps if self.output else reversed(steps):
                yield from step()
        worked = book.worked(self.neurons)
        for sample in book.worked(book.samples):
            yield from self._of_sample(sample, worked)
        if len(worked) < len(self.neurons) or len(book.worked(book.samples)) < len(book.samples):
            slopes = [] if self.softmax else [self.out.slope]
            columns = [book.towards_error(self.out), *slopes, self.net.error_term]
            yield from neuron_table(book, columns, book.samples)
            pairs = set(product(self.neurons, book.samples))
            pairs -= set(product(worked, book.worked(book.samples)))
            yield from kink_notes(book, self.layer, sorted(pairs))
        if self.several:
            yield from self._gathered_gradients(worked)
        yield from self._shared_bias()
        if len(worked) < len(self.neurons):
            yield from self._gradient_table()

    def _towards(self, ref: Ref) -> Ref:
        """A derivative of the error by a scalar, with the sign of the book's error terms."""
        return self.book.towards_error(ref)

    # What opens the chapter

    def _opening(self) -> Iterator[Block]:
        book = self.book
        if self.output:
            yield Paragraph(Message("backward.output.intro"))
            if not self.softmax:
                yield from self._chain()
            return
        words: dict[str, Inline] = {"neuron": book.notation.neuron(self.layer, 0)}
        if book.problem.layers[self.layer + 1] == 1:
            words["next"] = book.notation.neuron(self.layer + 1, 0)
            yield Paragraph(Message("backward.hidden.intro_one", words))
        else:
            words["next"] = layer_name(book, self.layer + 1)
            yield Paragraph(Message("backward.hidden.intro", words))
        if book.problem.hidden_deltas == "after-update":
            yield Paragraph(Message("backward.hidden.after_update"), role="warning")

    def _chain(self) -> Iterator[Block]:
        """The chain rule for one weight of the output layer, its three factors named."""
        book = self.book
        weight = book.symbol(book.ref("W", self.layer, 0, 0))
        gaps: dict[str, Inline] = {"weight": weight, **net_words(book)}
        key = "backward.chain"
        if self.several:
            key = "backward.chain_mean" if book.gathering_factor() else "backward.chain_samples"
            gaps["sample"] = Identifier(book.notation.book.any_sample)
        yield Paragraph(Message(key, gaps))
        chains = [self._chain_of(0, sample) for sample in book.samples]
        chain = express(chains[0], book.symbol)
        if self.several:
            factor = [express(one, book.symbol) for one in book.gathering_factor()]
            over_samples = Limits(SUM, under=Identifier(book.notation.book.any_sample))
            chain = express(chains[0], book.notation.of_any_sample().symbol)
            inside = fenced(chain) if is_negative(chain) or book.problem.l2 else chain
            chain = row(*factor, over_samples, inside)
        penalty = book.penalty_terms(self.layer, 0, 0)
        result = self._towards(self._first_weight(0))
        letters = added([chain, *(express(term, book.symbol) for term in penalty)])
        tree = arranged(book.symbol(result), [(EQUALS, letters)])
        step = Step(result, (book.gathered(chains, *penalty),))
        yield book.displayed(tree, key=True, steps=(step,))
        if penalty:
            yield Paragraph(Message("backward.penalty"))

    def _chain_of(self, neuron: int, sample: int) -> Expression:
        """The three factors of the chain rule for a neuron's first weight."""
        net, out = self.net.cell(neuron, sample=sample), self.out.cell(neuron, sample=sample)
        return Product(
            (
                Symbol(self._towards(out)),
                Symbol(out.slope),
                Symbol(Local(net, self._first_weight(neuron))),
            )
        )

    def _slope_once(self) -> Iterator[Block]:
        """How the slope of this layer's activation is found, unless a later layer has shown it."""
        activations = self.book.problem.activations
        spec = activations[self.layer - 1]
        if spec in activations[self.layer :]:
            return
        if self.softmax:
            yield from softmax_slopes(self.book, self.layer)
        else:
            yield from slope_steps(self.book, self.layer)

    # One neuron

    def _of_sample(self, sample: int, worked: Sequence[int]) -> Iterator[Block]:
        opens = self.explained and sample == self.book.worked(self.book.samples)[0]
        if self.softmax:
            # Each error term takes ∂E/∂out of the whole layer, so all of these come first.
            for neuron in worked:
                first = opens and neuron == worked[0]
                yield from self._heading(neuron, sample, first=first)
                yield from self._from_above(neuron, sample, first=first)
            if len(worked) < len(self.neurons):
                columns = [self._towards(self.out)]
                yield from neuron_table(self.book, columns, (sample,))
        for neuron in worked:
            first = opens and neuron == worked[0]
            yield from self._heading(neuron, sample, first=first)
            if not self.softmax:
                yield from self._from_above(neuron, sample, first=first)
            yield from self._delta(neuron, sample, first=first)
            if not self.several:
                yield from self._gradients(neuron, sample, first=first)

    def _heading(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        if first:
            return
        gaps: dict[str, Inline] = {"neuron": self.book.notation.neuron(self.layer, neuron)}
        key = "backward.next" if neuron else "backward.one"
        if self.several:
            gaps["sample"] = str(sample + 1)
            key = "backward.next_sample"
        yield Paragraph(Message(key, gaps))

    def _from_above(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        """∂E/∂out: from the loss for an output, along every path for a hidden neuron."""
        book = self.book
        out = self.out.cell(neuron, sample=sample)
        result = self._towards(out)
        if not self.output:
            yield self._along_paths(out, first=first)
            return
        if first:
            key = "backward.from_loss" if self.softmax else "backward.first_factor"
            yield Paragraph(Message(key, {"out": book.symbol(out)}))
            yield from loss_steps(book, neuron, sample)
            return
        yield book.equation(result, loss_slope(book, neuron, sample), result=result)

    def _along_paths(self, out: Ref, *, first: bool) -> Equation:
        book = self.book
        later = book.problem.hidden_deltas == "after-update"
        result = self._towards(out)
        paths = path_terms(book, out, book.samples)
        terms = [_after_update(term) if later else term for _, term in paths]
        numbers = book.path_terms(terms, book.number)
        letters = book.path_terms(terms, book.symbol)
        if len(terms) > 1 and first:
            letters = [
                labelled(letter, book.result_of(term))
                for letter, term in zip(letters, terms, strict=True)
            ]
        lines = [(EQUALS, added(letters))]
        forms = [total(terms)]
        if first:
            chains = [self._chain_along(net, out) for net, _ in paths]
            lines.insert(0, (EQUALS, added(book.path_terms(chains, book.symbol))))
            # By the chain rule the weights are those of the forward pass.
            forms[:0] = [] if later else [total(chains)]
        return book.beats(result, lines, added(numbers), Step(result, tuple(forms)), key=first)

    def _chain_along(self, net: Ref, out: Ref) -> Expression:
        """The two factors of the chain rule for one path."""
        error = self.book.signed(Symbol(net.gradient))
        return Product((error, Symbol(Local(net, out))))

    def _delta(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        book = self.book
        net, out = self.net.cell(neuron, sample=sample), self.out.cell(neuron, sample=sample)
        result, slope = net.error_term, out.slope
        if self.softmax:
            yield from softmax_delta(book, neuron, sample, first=first)
            return
        if first:
            key = "second_factor" if self.output else "slope"
            yield Paragraph(Message(f"backward.{key}"))
        yield book.equation(slope, slope_formula(book, self.layer, neuron, sample), result=slope)
        yield from kink_notes(book, self.layer, [(neuron, sample)])
        if first and self.output:
            yield from self._third_factor(neuron, sample)
            if not self.several:
                yield from self._product(neuron, sample)
        if first:
            key = "backward.delta" if self.output else "backward.hidden.delta"
            delta = book.notation.heading(self.net.error_term)
            gaps = {"delta": delta, **derivative_words(book), **net_words(book)}
            yield Paragraph(Message(key, gaps))
        form = Product((Symbol(self._towards(out)), Symbol(slope)))
        derivative = Symbol(self._towards(net))
        spelt_out = first and book.notation.book.delta is not None
        forms = (derivative, form) if spelt_out else (form,)
        yield book.equation(result, *forms, result=result, key=first)

    def _third_factor(self, neuron: int, sample: int) -> Iterator[Block]:
        """∂net/∂w, for the weight the chapter opened with."""
        book = self.book
        below = book.ref("out", self.layer - 1, 0, sample=sample)
        net, weight = self.net.cell(neuron, sample=sample), self._first_weight(neuron)
        gaps: dict[str, Inline] = {"net": book.symbol(net), "weight": book.symbol(weight)}
        yield Paragraph(Message("backward.third_factor", gaps))
        local = Symbol(Local(net, weight))
        step = Step(below, (local, Symbol(below)))
        head = express(local, book.symbol)
        yield book.beats(head, [(EQUALS, book.symbol(below))], book.number(below), step)

    def _first_weight(self, neuron: int) -> Ref:
        return self.book.ref("W", self.layer, neuron, 0)

    def _product(self, neuron: int, sample: int) -> Iterator[Block]:
        """The three factors multiplied, for the same weight."""
        book = self.book
        yield Paragraph(Message("backward.product"))
        result = self._towards(self._first_weight(neuron))
        out = self.out.cell(neuron, sample=sample)
        form = Product(
            (
                Symbol(self._towards(out)),
                Symbol(out.slope),
                book.term("out", self.layer - 1, 0, sample=sample),
            )
        )
        penalty = book.penalty_terms(self.layer, neuron, 0)
        meaning = total([form, *penalty])
        numbers = express(meaning, book.number)
        chain = total([self._chain_of(neuron, sample), *penalty])
        step = Step(result, (chain, meaning))
        yield book.beats(result, [(EQUALS, express(chain, book.symbol))], numbers, step)

    # Gradients

    def _gradient_form(self, neuron: int, source: int, samples: Sequence[int]) -> Expression:
        book = self.book
        weight = book.ref("W", self.layer, neuron, source)
        terms = [term for _, term in path_terms(book, weight, samples)]
        return book.gathered(terms, *book.penalty_terms(self.layer, neuron, source))

    def _gradients(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        book = self.book
        if first:
            key = "backward.shorter" if self.output else "backward.gradient"
            key += "_penalized" if book.problem.l2 else ""
            words = gradient_words(book)
            if self.output:
                words["delta"] = book.notation.heading(self.net.error_term)
            yield Paragraph(Message(key, words))
        yield from self._weight_gradients(neuron, (sample,), first=first)
        if book.problem.bias == "neuron":
            if first:
                yield Paragraph(Message("backward.bias", bias_words(book)))
            yield self._bias_gradient(neuron, (sample,))

    def _weight_gradients(
        self, neuron: int, samples: Sequence[int], *, first: bool
    ) -> Iterator[Block]:
        book = self.book
        for source in book.worked(self.sources):
            result = self._towards(book.ref("W", self.layer, neuron, source))
            form = self._gradient_form(neuron, source, samples)
            yield book.equation(result, form, result=result, key=first and source == 0)

    def _bias_gradient(self, neuron: int, samples: Sequence[int]) -> Equation:
        book = self.book
        bias = book.ref("b", self.layer, neuron)
        result = book.gradient_by(bias)
        deltas = [term for _, term in path_terms(book, bias, samples)]
        return book.equation(result, book.gathered(deltas), result=result)

    def _gathered_gradients(self, worked: Sequence[int]) -> Iterator[Block]:
        """With several samples, each gradient gathers a term from each of them."""
        book = self.book
        if self.explained:
            key = "backward.gathered_mean" if book.gathering_factor() else "backward.gathered"
            key += "_penalized" if book.problem.l2 else ""
            words = gradient_words(book)
            if book.gathering_factor():
                words["count"] = str(len(book.samples))
            yield Paragraph(Message(key, words))
        for neuron in worked:
            yield from self._weight_gradients(
                neuron, book.samples, first=self.explained and neuron == worked[0]
            )
            if book.problem.bias == "neuron":
                yield self._bias_gradient(neuron, book.samples)

    def _shared_bias(self) -> Iterator[Block]:
        book = self.book
        if book.problem.bias != "layer":
            return
        if self.explained:
            bias = book.symbol(book.ref("b", self.layer))
            key = "backward.shared_bias_mean" if book.gathering_factor() else "backward.shared_bias"
            yield Paragraph(Message(key, {"bias": bias, **bias_words(book)}))
        shared = book.ref("b", self.layer)
        result = book.gradient_by(shared)
        deltas = [term for _, term in path_terms(book, shared, book.samples)]
        yield book.equation(result, book.gathered(deltas), result=result)

    def _gradient_table(self) -> Iterator[Block]:
        book = self.book
        rows: list[tuple[Inline, ...]] = []
        for neuron in self.neurons:
            refs = [book.ref("W", self.layer, neuron, source) for source in self.sources]
            if book.problem.bias == "neuron":
                refs.append(book.ref("b", self.layer, neuron))
            rows += [(book.symbol(ref), book.number(ref.gradient)) for ref in refs]
        caption = Message("table.gradients", {"layer": layer_name(book, self.layer)})
        header = (Message("table.parameter"), Message("table.gradient"))
        yield Table(caption, header, limited(rows))
        yield from cut_note(rows)
