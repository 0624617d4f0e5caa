"""The numbers that are given: inputs, targets, and the parameters at the start."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from derive.derivation.layers.layerwise import Layerwise
from derive.derivation.setting.lines import EQUALS
from derive.derivation.setting.tables import TRACE, layer_name, limited_table
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Table
from derive.maths.tree import row
from derive.reference import Ref

MOST_LISTED = 120
"""Of a longer list of given numbers only the start is shown."""


def givens(book: Workbook) -> Iterator[Block]:
    """Lists of them; several samples in a table of their own."""
    problem, notation = book.problem, book.notation
    rows: list[tuple[Inline, ...]] = []
    counts: list[int] = []

    def add(name: Message, refs: list[Ref]) -> None:
        listed = [row(book.symbol(ref), EQUALS, book.number(ref)) for ref in refs[:MOST_LISTED]]
        counts.append(len(refs))
        rows.append((name, *listed, *(["…"] if len(refs) > MOST_LISTED else [])))

    if len(problem.inputs) == 1:
        add(Message("given.input"), [Ref("out", 0, (n,), 0, 0) for n in range(problem.layers[0])])
        add(
            Message("given.target"),
            [Ref("target", notation.last, (n,), 0, 0) for n in range(problem.layers[-1])],
        )
    else:
        yield from _samples_table(book)
    if "scalars" in book.views:
        for name, refs in _parameters(book):
            add(name, refs)
    else:
        rows += _matrices(book)
    yield Table(Message("table.givens"), (), tuple(rows))
    if max(counts, default=0) > MOST_LISTED:
        yield Paragraph(
            Message("table.list_cut", {"shown": str(MOST_LISTED), "command": TRACE}), role="note"
        )


def _parameters(book: Workbook) -> Iterator[tuple[Message, list[Ref]]]:
    """The weights and biases of each layer, one by one."""
    problem = book.problem
    for layer in range(1, len(problem.layers)):
        weights = product(range(problem.layers[layer]), range(problem.layers[layer - 1]))
        words = {"layer": layer_name(book, layer)}
        yield (
            Message("given.weight", words),
            [Ref("W", layer, index, iteration=0) for index in weights],
        )
        bias = _bias_words(book, layer)
        if problem.bias == "layer":
            yield bias, [Ref("b", layer, (), iteration=0)]
        elif problem.bias == "neuron":
            neurons = range(problem.layers[layer])
            yield bias, [Ref("b", layer, (n,), iteration=0) for n in neurons]


def _matrices(book: Workbook) -> Iterator[tuple[Inline, ...]]:
    """The same as matrices and vectors, for views that speak of nothing else."""
    whole = Layerwise(book, "")
    for layer in range(1, len(book.problem.layers)):
        weights, bias = (Ref(quantity, layer, iteration=0) for quantity in ("W", "b"))
        yield Message("given.weight", {"layer": layer_name(book, layer)}), whole.given(weights)
        if book.problem.bias == "neuron":
            yield _bias_words(book, layer), whole.given(bias)
        elif book.problem.bias == "layer":
            number = row(book.symbol(bias), EQUALS, book.number(bias))
            yield _bias_words(book, layer), number


def _bias_words(book: Workbook, layer: int) -> Message:
    kind = "given.threshold" if book.thresholds else "given.bias"
    return Message(kind, {"layer": layer_name(book, layer)})


def _samples_table(book: Workbook) -> Iterator[Block]:
    """Inputs and targets, a row a sample."""
    problem, notation = book.problem, book.notation
    inputs, outputs = range(problem.layers[0]), range(problem.layers[-1])
    plain = notation.without_samples()
    header: list[Inline] = [Message("table.sample")]
    header += [plain.symbol(Ref("out", 0, (n,))) for n in inputs]
    header += [plain.symbol(Ref("target", notation.last, (n,))) for n in outputs]

    def row(sample: int) -> Iterator[Inline]:
        yield str(sample + 1)
        yield from (book.number(Ref("out", 0, (n,), sample)) for n in inputs)
        yield from (book.number(Ref("target", notation.last, (n,), sample)) for n in outputs)

    samples = range(len(problem.inputs))
    yield from limited_table(Message("table.samples"), header, samples, row)
