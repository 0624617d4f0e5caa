"""The backward pass by scalars: from the loss to every weight and bias, layer by layer.

The output layer starts from the loss; a hidden layer gathers what comes back along every path
and reuses the deltas already found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation.formulas import loss_slope, slope_formula
from derive.derivation.slopes import loss_steps, slope_steps
from derive.derivation.softmax import softmax_delta, softmax_slopes
from derive.derivation.tables import cut_note, layer_name, limited, neuron_table
from derive.derivation.workbook import (
    EQUALS,
    Workbook,
    added,
    arranged,
    coloured,
    labelled,
    times,
    total,
)
from derive.document import Block, Equation, Inline, Message, Paragraph, Section, Table
from derive.formula import Expression, Product, Symbol
from derive.maths.expression import express
from derive.maths.tree import Number, Operator, Tree, row
from derive.reference import Ref


def backward_chapters(book: Workbook, anchor: str, *, explained: bool) -> Iterator[Section]:
    """One chapter a layer, the output layer first."""
    for layer in range(book.notation.last, 0, -1):
        title = Message("backward.title", {"layer": layer_name(book, layer)})
        blocks = tuple(_Layer(book, layer, explained=explained).blocks())
        yield Section(f"{anchor}-{layer}", title, blocks)


class _Layer:
    """The chapter of one layer."""

    def __init__(self, book: Workbook, layer: int, *, explained: bool) -> None:
        self.book = book
        self.layer = layer
        self.explained = explained
        self.output = layer == book.notation.last
        self.softmax = book.problem.activations[layer - 1].name == "softmax"
        self.neurons = range(book.problem.layers[layer])
        self.sources = range(book.problem.layers[layer - 1])
        self.several = len(book.samples) > 1

    def blocks(self) -> Iterator[Block]:
        book = self.book
        if self.explained:
            yield from self._opening()
            yield from self._slope_once()
        worked = book.worked(self.neurons)
        for sample in book.worked(book.samples):
            for neuron in worked:
                first = neuron == worked[0] and sample == book.worked(book.samples)[0]
                yield from self._neuron(neuron, sample, first=first and self.explained)
        if len(worked) < len(self.neurons) or len(book.worked(book.samples)) < len(book.samples):
            quantities = ["dE/dout", "delta"] if self.softmax else ["dE/dout", "dout/dnet", "delta"]
            table = neuron_table(book, self.layer, quantities, book.samples)
            yield table
            yield from cut_note([None] * (len(self.neurons) * len(book.samples)))
        if self.several:
            yield from self._gathered_gradients(worked)
        yield from self._shared_bias()
        if len(worked) < len(self.neurons):
            yield from self._gradient_table()

    # What opens the chapter

    def _opening(self) -> Iterator[Block]:
        book = self.book
        if self.output:
            yield Paragraph(Message("backward.output.intro"))
            if not self.several and not self.softmax:
                yield from self._chain()
            return
        name = book.notation.neuron(self.layer, 0)
        following = layer_name(book, self.layer + 1)
        yield Paragraph(Message("backward.hidden.intro", {"neuron": name, "next": following}))
        if book.problem.hidden_deltas == "after-update":
            yield Paragraph(Message("backward.hidden.after_update"), role="warning")

    def _chain(self) -> Iterator[Block]:
        """The chain rule for one weight of the output layer, its three factors named."""
        book, sample = self.book, self.book.samples[0]
        weight = book.ref("W", self.layer, 0, 0)
        gaps: dict[str, Inline] = {"weight": book.symbol(weight)}
        yield Paragraph(Message("backward.chain", gaps))
        tree = arranged(
            book.symbol(book.ref("dE/dW", self.layer, 0, 0)),
            [(EQUALS, self._chain_of(0, 0, sample))],
        )
        yield book.displayed(tree, key=True)

    def _chain_of(self, neuron: int, source: int, sample: int) -> Tree:
        book = self.book
        net = Symbol(book.ref("net", self.layer, neuron, sample=sample))
        weight = Symbol(book.ref("W", self.layer, neuron, source))
        links: list[Tree] = [
            book.symbol(book.ref("dE/dout", self.layer, neuron, sample=sample)),
            book.symbol(book.ref("dout/dnet", self.layer, neuron, sample=sample)),
            book.partial(net, weight),
        ]
        pieces: list[Tree] = []
        for link in links:
            pieces += [Operator("·"), link]
        return row(*pieces[1:])

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

    def _neuron(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        book = self.book
        name = book.notation.neuron(self.layer, neuron)
        if not first:
            gaps: dict[str, Inline] = {"neuron": name}
            key = "backward.next"
            if self.several:
                gaps["sample"] = str(sample + 1)
                key = "backward.next_sample"
            yield Paragraph(Message(key, gaps))
        yield from self._from_above(neuron, sample, first=first)
        yield from self._delta(neuron, sample, first=first)
        if not self.several:
            yield from self._gradients(neuron, sample, first=first)

    def _from_above(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        """∂E/∂out: from the loss for an output, along every path for a hidden neuron."""
        book = self.book
        result = book.ref("dE/dout", self.layer, neuron, sample=sample)
        if not self.output:
            yield self._along_paths(neuron, sample, result, first=first)
            return
        if first:
            out = book.symbol(book.ref("out", self.layer, neuron, sample=sample))
            yield Paragraph(Message("backward.from_loss", {"out": out}))
            yield from loss_steps(book, neuron, sample)
            return
        yield book.equation(result, loss_slope(book, neuron, sample), result=result)

    def _along_paths(self, neuron: int, sample: int, result: Ref, *, first: bool) -> Equation:
        book, above = self.book, self.layer + 1
        later = book.problem.hidden_deltas == "after-update"
        ends = range(book.problem.layers[above])
        terms = [
            times(
                book.term("delta", above, end, sample=sample),
                Symbol(
                    Ref("W", above, (end, neuron), iteration=book.iteration + (1 if later else 0))
                ),
            )
            for end in ends
        ]
        letters = book.path_terms(terms, book.symbol)
        numbers = book.path_terms(terms, book.number)
        lines: list[tuple[Operator, Tree]] = []
        if first:
            chains = [
                coloured(self._path_chain(neuron, end, sample), number)
                for end, number in zip(ends, numbers, strict=True)
            ]
            lines.append((EQUALS, added(chains)))
            if len(terms) > 1:
                braced = [
                    labelled(letter, book.result_of(term))
                    for letter, term in zip(letters, terms, strict=True)
                ]
                lines.append((EQUALS, added(braced)))
            else:
                lines.append((EQUALS, added(letters)))
        else:
            lines.append((EQUALS, added(letters)))
        return book.beats(result, lines, added(numbers), total(terms), result, key=first)

    def _path_chain(self, neuron: int, end: int, sample: int) -> Tree:
        book, above = self.book, self.layer + 1
        net = book.symbol(book.ref("net", above, end, sample=sample))
        out = book.symbol(book.ref("out", self.layer, neuron, sample=sample))
        loss = book.symbol(Ref("loss"))
        return row(book.fraction(loss, net), Operator("·"), book.fraction(net, out))

    def _delta(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        book = self.book
        result = book.ref("delta", self.layer, neuron, sample=sample)
        if self.softmax:
            yield from softmax_delta(book, neuron, sample, first=first)
            return
        slope = book.ref("dout/dnet", self.layer, neuron, sample=sample)
        if first:
            yield Paragraph(Message("backward.slope_here"))
        yield book.equation(slope, slope_formula(book, self.layer, neuron, sample), result=slope)
        if first and self.output and not self.several:
            yield from self._product(neuron, sample)
        if first:
            yield Paragraph(Message("backward.delta"))
        factors = (
            book.term("dE/dout", self.layer, neuron, sample=sample),
            Symbol(slope),
        )
        net = book.symbol(book.ref("net", self.layer, neuron, sample=sample))
        middle = book.fraction(book.symbol(Ref("loss")), net)
        form = Product(factors)
        yield book.beats(
            result,
            [(EQUALS, middle), (EQUALS, express(form, book.symbol))]
            if first
            else [(EQUALS, express(form, book.symbol))],
            express(form, book.number),
            form,
            result,
            key=first,
        )

    def _product(self, neuron: int, sample: int) -> Iterator[Block]:
        """The third factor, and the three multiplied, for the weight the chapter opened with."""
        book = self.book
        out = book.ref("out", self.layer - 1, 0, sample=sample)
        weight = book.ref("W", self.layer, neuron, 0)
        net_ref = book.ref("net", self.layer, neuron, sample=sample)
        net = Symbol(net_ref)
        gaps: dict[str, Inline] = {
            "net": book.symbol(net_ref),
            "weight": book.symbol(weight),
        }
        yield Paragraph(Message("backward.third_factor", gaps))
        head = book.partial(net, Symbol(weight))
        yield book.beats(head, [(EQUALS, book.symbol(out))], book.number(out), Symbol(out), out)
        yield Paragraph(Message("backward.product"))
        result = book.ref("dE/dW", self.layer, neuron, 0)
        form = Product(
            (
                book.term("dE/dout", self.layer, neuron, sample=sample),
                book.term("dout/dnet", self.layer, neuron, sample=sample),
                Symbol(out),
            )
        )
        penalty = book.penalty_terms(self.layer, neuron, 0)
        meaning = total([form, *penalty])
        numbers = express(meaning, book.number)
        letters: Tree = self._chain_of(neuron, 0, sample)
        if penalty:
            letters = row(letters, Operator("+"), express(penalty[0], book.symbol))
        yield book.beats(result, [(EQUALS, letters)], numbers, meaning, result)

    # Gradients

    def _gradient_form(self, neuron: int, source: int, samples: Sequence[int]) -> Expression:
        book = self.book
        terms = [
            times(
                book.term("delta", self.layer, neuron, sample=sample),
                book.term("out", self.layer - 1, source, sample=sample),
            )
            for sample in samples
        ]
        return total([*terms, *book.penalty_terms(self.layer, neuron, source)])

    def _gradients(self, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
        book = self.book
        if first:
            key = "backward.shorter" if self.output else "backward.gradient"
            key += "_penalized" if book.problem.l2 else ""
            yield Paragraph(Message(key))
        yield from self._weight_gradients(neuron, (sample,), first=first)
        if book.problem.bias == "neuron":
            if first:
                yield Paragraph(Message("backward.bias"))
            yield self._bias_gradient(neuron, (sample,))

    def _weight_gradients(
        self, neuron: int, samples: Sequence[int], *, first: bool
    ) -> Iterator[Block]:
        book = self.book
        for source in book.worked(self.sources):
            result = book.ref("dE/dW", self.layer, neuron, source)
            form = self._gradient_form(neuron, source, samples)
            yield book.equation(result, form, result=result, key=first and source == 0)

    def _bias_gradient(self, neuron: int, samples: Sequence[int]) -> Equation:
        book = self.book
        result = book.ref("dE/db", self.layer, neuron)
        deltas = [book.term("delta", self.layer, neuron, sample=sample) for sample in samples]
        return book.equation(result, total(deltas), result=result)

    def _gathered_gradients(self, worked: Sequence[int]) -> Iterator[Block]:
        """With several samples, each gradient gathers a term from each of them."""
        book = self.book
        if self.explained:
            key = "backward.gathered_penalized" if book.problem.l2 else "backward.gathered"
            yield Paragraph(Message(key))
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
            yield Paragraph(Message("backward.shared_bias", {"bias": bias}))
        result = book.ref("dE/db", self.layer)
        deltas = [
            book.term("delta", self.layer, neuron, sample=sample)
            for sample in book.samples
            for neuron in self.neurons
        ]
        yield book.equation(result, total(deltas), result=result)

    def _gradient_table(self) -> Iterator[Block]:
        book = self.book
        rows: list[tuple[Inline, ...]] = []
        for neuron in self.neurons:
            refs = [book.ref("dE/dW", self.layer, neuron, source) for source in self.sources]
            if book.problem.bias == "neuron":
                refs.append(book.ref("dE/db", self.layer, neuron))
            for ref in refs:
                owner = Ref(ref.quantity[-1], self.layer, ref.index, iteration=book.iteration)
                rows.append((book.symbol(owner), Number(book.numeral(ref), ref)))
        caption = Message("table.gradients", {"layer": layer_name(book, self.layer)})
        header = (Message("table.parameter"), Message("table.gradient"))
        yield Table(caption, header, limited(rows))
        yield from cut_note(rows)
