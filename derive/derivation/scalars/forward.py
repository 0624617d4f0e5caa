"""The forward pass: for every neuron its net input and its output."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.formulas import activation_formula, net_expression
from derive.derivation.tables import neuron_table
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Message, Paragraph, Section


def forward_chapter(book: Workbook, anchor: str, *, explained: bool) -> Section:
    """Every `net` and `out` of the pass, layer by layer, for one sample after the other."""
    samples, worked = book.samples, book.worked_samples("values")
    if len(samples) == 1:
        blocks = tuple(_sample(book, samples[0], explained=explained))
    else:
        blocks = tuple(
            Section(
                f"{anchor}-sample-{sample + 1}",
                Message("sample.title", {"number": str(sample + 1)}),
                tuple(_sample(book, sample, explained=explained and sample == samples[0])),
            )
            for sample in worked
        )
        if len(worked) < len(samples):
            blocks += tuple(
                block
                for layer in range(1, len(book.problem.layers))
                for block in neuron_table(
                    book, [book.ref(q, layer) for q in ("net", "out")], samples
                )
            )
    return Section(anchor, Message("forward.title"), blocks)


def _sample(book: Workbook, sample: int, *, explained: bool) -> Iterator[Block]:
    for layer in range(1, len(book.problem.layers)):
        softmax = book.problem.activations[layer - 1].name == "softmax"
        net, out = book.ref("net", layer), book.ref("out", layer)
        neurons = range(book.problem.layers[layer])
        worked = book.worked("values", neurons)
        if softmax:
            # Each output takes the net inputs of the whole layer, so all of these come first.
            for neuron in worked:
                yield from _net(book, layer, neuron, sample, explained=explained)
            if len(worked) < len(neurons):
                yield from neuron_table(book, [net], (sample,))
        for neuron in worked:
            if not softmax:
                yield from _net(book, layer, neuron, sample, explained=explained)
            elif explained and neuron == 1:
                yield Paragraph(Message("forward.likewise"))
            if explained and neuron == 0:
                yield _activation_words(book, layer)
            yield out_equation(book, layer, neuron, sample)
        # The next layer takes them; of the last, tables of all samples follow.
        taken = layer < book.notation.last or len(book.samples) == 1
        if len(worked) < len(neurons) and taken:
            yield from neuron_table(book, [out] if softmax else [net, out], (sample,))


def _net(
    book: Workbook, layer: int, neuron: int, sample: int, *, explained: bool
) -> Iterator[Block]:
    if explained and neuron == 0:
        kind = "output" if layer == book.notation.last > 1 else "first"
        if book.problem.bias != "none":
            kind += "_threshold" if book.thresholds else "_biased"
        name = book.notation.neuron(layer, neuron)
        yield Paragraph(Message(f"forward.net.{kind}", {"neuron": name}))
    elif explained and neuron == 1:
        yield Paragraph(Message("forward.likewise"))
    yield net_equation(book, layer, neuron, sample)


def _activation_words(book: Workbook, layer: int) -> Paragraph:
    name = book.activation_key(layer)
    key = "forward.softmax" if name == "softmax" else "forward.out"
    key += "_threshold" if book.thresholds else ""
    gaps = {"activation": Message(f"activation.{name}"), "neuron": book.notation.neuron(layer, 0)}
    return Paragraph(Message(key, gaps))


def net_equation(book: Workbook, layer: int, neuron: int, sample: int) -> Equation:
    """Net = the weighted inputs and the bias = numbers = value."""
    result = book.ref("net", layer, neuron, sample=sample)
    return book.equation(result, net_expression(book, layer, neuron, sample), result=result)


def out_equation(book: Workbook, layer: int, neuron: int, sample: int) -> Equation:
    """Out = the activation of net = numbers = value."""
    result = book.ref("out", layer, neuron, sample=sample)
    formula = activation_formula(book, layer, neuron, sample)
    return book.equation(result, formula, result=result)
