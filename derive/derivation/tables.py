"""Tables: the givens, the neurons that are not worked out, parameters before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from derive.derivation.workbook import Workbook
from derive.document import Block, Code, Inline, Message, Paragraph, Table
from derive.maths.tree import Fraction, Styled, Tree
from derive.reference import Aspect, Ref, State

TRACE = Code("derive trace")
"""The command that writes every number."""
MOST_ROWS = 120
"""A longer table is cut, and says where the rest can be had."""
_WORDS: Mapping[tuple[str, Aspect | State], str] = {
    ("net", Aspect.VALUE): "quantity.net",
    ("out", Aspect.VALUE): "quantity.out",
    ("net", Aspect.ERROR_TERM): "quantity.delta",
}
"""What is said before the letters that head a column."""


def limited(rows: list[tuple[Inline, ...]]) -> tuple[tuple[Inline, ...], ...]:
    """The first `MOST_ROWS` of `rows`."""
    return tuple(rows[:MOST_ROWS])


def cut_note(rows: Sequence[object]) -> tuple[Paragraph, ...]:
    """A note under a table that was cut; nothing where it was not."""
    if len(rows) <= MOST_ROWS:
        return ()
    gaps: dict[str, Inline] = {"shown": str(MOST_ROWS), "all": str(len(rows)), "command": TRACE}
    return (Paragraph(Message("table.cut", gaps), role="note"),)


def neuron_table(book: Workbook, columns: Sequence[Ref], samples: Sequence[int]) -> Iterator[Block]:
    """A row a neuron and sample, with its scalar of each of a layer's arrays in `columns`."""
    layer = columns[0].layer or 0
    several = len(book.samples) > 1
    header: list[Inline] = [Message("table.sample")] if several else []
    header += [Message("table.neuron"), *(_heading(book, array) for array in columns)]
    rows: list[tuple[Inline, ...]] = []
    for sample in samples:
        for neuron in range(book.problem.layers[layer]):
            cells: list[Inline] = [str(sample + 1)] if several else []
            cells.append(book.notation.neuron(layer, neuron))
            cells += [book.number(array.cell(neuron, sample=sample)) for array in columns]
            rows.append(tuple(cells))
    caption = Message("table.neurons", {"layer": layer_name(book, layer)})
    yield Table(caption, tuple(header), limited(rows))
    yield from cut_note(rows)


def sample_table(book: Workbook, quantity: str, caption: Message) -> Iterator[Block]:
    """The value of a quantity for each sample."""
    header = (Message("table.sample"), book.notation.heading(book.ref(quantity)))
    rows: list[tuple[Inline, ...]] = [
        (str(sample + 1), book.number(book.ref(quantity, sample=sample))) for sample in book.samples
    ]
    yield Table(caption, header, limited(rows))
    yield from cut_note(rows)


def layer_name(book: Workbook, layer: int) -> Message:
    """Words for a layer after the input: hidden layer, hidden layer 2, output layer."""
    if layer == book.notation.last:
        return Message("layer.output")
    if book.notation.last == 2:
        return Message("layer.hidden")
    return Message("layer.hidden_numbered", {"number": str(layer)})


def _heading(book: Workbook, array: Ref) -> Inline:
    letters = book.notation.heading(array)
    key = _WORDS.get((array.quantity, array.aspect))
    if key is None or isinstance(letters, Fraction):
        return letters
    return Message(key, {"letter": letters})


def strong(tree: Tree) -> Tree:
    """A number set as a result."""
    return Styled(tree, role="value")
