"""The forward pass: for every neuron its net input and its output."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.formulas import activation_formula, net_expression
from derive.derivation.setting.tables import neuron_table
from derive.derivation.setting.wording import activation_words, neuron_words
from derive.derivation.setting.workbook import Workbook
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
            equation = out_equation(book, layer, neuron, sample)
            if explained and neuron == 0:
                yield _activated_words(book, layer, equation)
            yield equation
        # The next layer takes them; of the last, tables of all samples follow.
        taken = layer < book.notation.last or len(book.samples) == 1
        if len(worked) < len(neurons) and taken:
            yield from neuron_table(book, [out] if softmax else [net, out], (sample,))


def _net(
    book: Workbook, layer: int, neuron: int, sample: int, *, explained: bool
) -> Iterator[Block]:
    equation = net_equation(book, layer, neuron, sample)
    if explained and neuron == 0:
        yield Paragraph(Message(_net_key(book, layer), neuron_words(book, equation)))
    elif explained and neuron == 1:
        yield Paragraph(Message("forward.likewise"))
    yield equation


def _net_key(book: Workbook, layer: int) -> str:
    """The words before a layer's first net input: of a first layer, or of one that follows it."""
    if layer == book.notation.last > 1:
        return "forward.net.output"
    if book.thresholds:
        return "forward.net.first_threshold"
    return "forward.net.first" if book.problem.bias == "none" else "forward.net.first_biased"


def _activated_words(book: Workbook, layer: int, equation: Equation) -> Paragraph:
    name = book.activation_key(layer)
    if name == "softmax":
        key = "forward.softmax_threshold" if book.thresholds else "forward.softmax"
    else:
        key = "forward.out_threshold" if book.thresholds else "forward.out"
    gaps = {"activation": activation_words(name), **neuron_words(book, equation)}
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
