"""The gradients of a layer's weights and biases, from its error terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation.formulas import path_terms
from derive.derivation.scalars.layer import Layer
from derive.derivation.setting.tables import layer_name, limited_table, strong
from derive.derivation.setting.wording import bias_words, gradient_words
from derive.document import Block, Equation, Inline, Message, Paragraph
from derive.formula import Expression
from derive.reference import Ref


def gradients_of_neuron(layer: Layer, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
    """The gradients of a neuron's weights and of its own bias, from the one sample there is."""
    book = layer.book
    if first:
        yield Paragraph(_leading_words(layer))
    yield from _of_weights(layer, neuron, (sample,), first=first)
    if book.problem.bias == "neuron":
        if first:
            yield Paragraph(Message("backward.bias", bias_words(book)))
        yield _of_bias(layer, neuron, (sample,))


def _leading_words(layer: Layer) -> Message:
    """How a weight's gradient follows from the error term of its neuron."""
    book = layer.book
    words = gradient_words(book)
    penalized = bool(book.problem.l2)
    if not layer.is_output:
        key = "backward.gradient_penalized" if penalized else "backward.gradient"
        return Message(key, words)
    words["delta"] = book.notation.heading(layer.net.error_term)
    return Message("backward.shorter_penalized" if penalized else "backward.shorter", words)


def gathered_gradients(layer: Layer, worked: Sequence[int]) -> Iterator[Block]:
    """With several samples, each gradient gathers a term from each of them."""
    book = layer.book
    if layer.explained:
        words, penalized = gradient_words(book), bool(book.problem.l2)
        if book.gathering_factor():
            words["count"] = str(len(book.samples))
            key = "backward.gathered_mean_penalized" if penalized else "backward.gathered_mean"
        else:
            key = "backward.gathered_penalized" if penalized else "backward.gathered"
        yield Paragraph(Message(key, words))
    for neuron in worked:
        first = layer.explained and neuron == worked[0]
        yield from _of_weights(layer, neuron, book.samples, first=first)
        if book.problem.bias == "neuron":
            yield _of_bias(layer, neuron, book.samples)


def _of_weights(
    layer: Layer, neuron: int, samples: Sequence[int], *, first: bool
) -> Iterator[Block]:
    book = layer.book
    for source in book.worked("gradients", layer.sources):
        result = book.towards_error(layer.weight(neuron, source))
        form = weight_gradient(layer, neuron, source, samples)
        yield book.equation(result, form, result=result, key=first and source == 0)


def weight_gradient(layer: Layer, neuron: int, source: int, samples: Sequence[int]) -> Expression:
    """The gradient of a weight, or minus it, with what a penalty adds."""
    book = layer.book
    terms = [term for _, term in path_terms(book, layer.weight(neuron, source), samples)]
    return book.gathered(terms, *book.penalty_terms(layer.number, neuron, source))


def _of_bias(layer: Layer, neuron: int, samples: Sequence[int]) -> Equation:
    book = layer.book
    bias = book.ref("b", layer.number, neuron)
    result = book.gradient_by(bias)
    deltas = [term for _, term in path_terms(book, bias, samples)]
    return book.equation(result, book.gathered(deltas), result=result)


def shared_bias_gradient(layer: Layer) -> Iterator[Block]:
    """The gradient of the bias that a layer's neurons share; nothing where each has its own."""
    book = layer.book
    if book.problem.bias != "layer":
        return
    shared = book.ref("b", layer.number)
    if layer.explained:
        key = "backward.shared_bias_mean" if book.gathering_factor() else "backward.shared_bias"
        yield Paragraph(Message(key, {"bias": book.symbol(shared), **bias_words(book)}))
    result = book.gradient_by(shared)
    deltas = [term for _, term in path_terms(book, shared, book.samples)]
    yield book.equation(result, book.gathered(deltas), result=result)


def gradient_table(layer: Layer) -> Iterator[Block]:
    """All gradients of a layer; from one sample, with the factors of each."""
    book = layer.book
    factors = [] if layer.several else [layer.net.error_term, book.ref("out", layer.number - 1)]
    refs: list[Ref] = []
    for neuron in layer.neurons:
        refs += [layer.weight(neuron, source) for source in layer.sources]
        if book.problem.bias == "neuron":
            refs.append(book.ref("b", layer.number, neuron))

    def row(ref: Ref) -> tuple[Inline, ...]:
        # Of a bias the second index, of what it is multiplied by, is missing: it stands alone.
        cells = [
            book.number(array.cell(index, sample=book.samples[0]))
            for array, index in zip(factors, ref.index, strict=False)
        ]
        alone: list[Inline] = [""] * (len(factors) - len(cells))
        # In books with thresholds one letter over the column would not fit all of it.
        by = book.gradient_by(ref)
        return book.symbol(by), *cells, *alone, strong(book.number(by))

    heads = [book.notation.heading(array) for array in factors]
    header = (Message("table.quantity"), *heads, Message("table.value"))
    caption = Message("table.gradients", {"layer": layer_name(book, layer.number)})
    yield from limited_table(caption, header, refs, row, strong=len(header) - 1)
