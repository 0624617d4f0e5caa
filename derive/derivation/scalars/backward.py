"""The backward pass by scalars: from the loss to every weight and bias, layer by layer.

The output layer starts from the loss; a hidden layer gathers what comes back along every path
and reuses the deltas already found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from derive.derivation.kinks import kink_notes
from derive.derivation.scalars.chain import chain_rule
from derive.derivation.scalars.error_terms import error_term, what_comes_back
from derive.derivation.scalars.gradients import (
    gathered_gradients,
    gradient_table,
    gradients_of_neuron,
    shared_bias_gradient,
)
from derive.derivation.scalars.layer import Layer
from derive.derivation.setting.tables import layer_name, neuron_table
from derive.derivation.setting.workbook import Workbook
from derive.derivation.slopes import slope_steps
from derive.derivation.softmax import softmax_slopes
from derive.document import Block, Inline, Message, Paragraph, Section


def backward_chapters(book: Workbook, anchor: str, *, explained: bool) -> Iterator[Section]:
    """One chapter a layer, the output layer first."""
    for number in range(book.notation.last, 0, -1):
        title = Message("backward.title", {"layer": layer_name(book, number)})
        layer = Layer(book, number, explained)
        yield Section(f"{anchor}-{number}", title, tuple(_blocks(layer)))


def _blocks(layer: Layer) -> Iterator[Block]:
    book = layer.book
    if layer.explained:
        steps = (_opening, _slope_once)
        # A hidden layer's opening leads to the equation that comes first.
        for step in steps if layer.is_output else reversed(steps):
            yield from step(layer)
    worked = book.worked("error terms", layer.neurons)
    samples = book.worked_samples("error terms")
    for sample in samples:
        yield from _of_sample(layer, sample, worked)
    if len(worked) < len(layer.neurons) or len(samples) < len(book.samples):
        columns = [book.towards_error(layer.out), layer.out.slope, layer.net.error_term]
        if layer.is_softmax:
            # Its slopes are a matrix; of one sample the derivatives stand in a table already.
            columns = [columns[-1]] if not layer.several else [columns[0], columns[-1]]
        yield from neuron_table(book, columns, book.samples)
        pairs = set(product(layer.neurons, book.samples)) - set(product(worked, samples))
        yield from kink_notes(book, layer.number, sorted(pairs))
    with_gradients = book.worked("gradients", layer.neurons)
    if layer.several:
        yield from gathered_gradients(layer, with_gradients)
    else:
        for neuron in [neuron for neuron in with_gradients if neuron not in worked]:
            yield from gradients_of_neuron(layer, neuron, book.samples[0], first=False)
    yield from shared_bias_gradient(layer)
    if len(with_gradients) < len(layer.neurons) or len(
        book.worked("gradients", layer.sources)
    ) < len(layer.sources):
        yield from gradient_table(layer)


def _opening(layer: Layer) -> Iterator[Block]:
    """What the chapter is about."""
    book = layer.book
    if layer.is_output:
        yield Paragraph(Message("backward.output.intro"))
        if not layer.is_softmax:
            yield from chain_rule(layer)
        return
    words: dict[str, Inline] = {"neuron": book.notation.neuron(layer.number, 0)}
    if book.problem.layers[layer.number + 1] == 1:
        words["next"] = book.notation.neuron(layer.number + 1, 0)
        yield Paragraph(Message("backward.hidden.intro_one", words))
    else:
        words["next"] = layer_name(book, layer.number + 1)
        yield Paragraph(Message("backward.hidden.intro", words))
    if book.problem.hidden_deltas == "after-update":
        yield Paragraph(Message("backward.hidden.after_update"), role="warning")


def _slope_once(layer: Layer) -> Iterator[Block]:
    """How the slope of this layer's activation is found, unless a later layer has shown it."""
    activations = layer.book.problem.activations
    if activations[layer.number - 1] in activations[layer.number :]:
        return
    if layer.is_softmax:
        yield from softmax_slopes(layer.book, layer.number)
    else:
        yield from slope_steps(layer.book, layer.number)


def _of_sample(layer: Layer, sample: int, worked: Sequence[int]) -> Iterator[Block]:
    book = layer.book
    opens = layer.explained and sample == book.samples[0]
    if layer.is_softmax:
        # Each error term takes ∂E/∂out of the whole layer, so all of these come first.
        for neuron in worked:
            first = opens and neuron == worked[0]
            yield from _heading(layer, neuron, sample, first=first)
            yield from what_comes_back(layer, neuron, sample, first=first)
        if len(worked) < len(layer.neurons):
            yield from neuron_table(book, [book.towards_error(layer.out)], (sample,))
    for neuron in worked:
        first = opens and neuron == worked[0]
        yield from _heading(layer, neuron, sample, first=first)
        if not layer.is_softmax:
            yield from what_comes_back(layer, neuron, sample, first=first)
        yield from error_term(layer, neuron, sample, first=first)
        if not layer.several and neuron in book.worked("gradients", layer.neurons):
            yield from gradients_of_neuron(layer, neuron, sample, first=first)


def _heading(layer: Layer, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
    """Words before a neuron, but for the first, to which the chapter's opening leads."""
    if first:
        return
    gaps: dict[str, Inline] = {"neuron": layer.book.notation.neuron(layer.number, neuron)}
    key = "backward.next" if neuron else "backward.one"
    if layer.several:
        gaps["sample"] = str(sample + 1)
        key = "backward.next_sample"
    yield Paragraph(Message(key, gaps))
