"""Tables: the givens, the neurons that are not worked out, parameters before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Table
from derive.maths.tree import Fraction, Styled, Tree

MOST_ROWS = 120
"""A longer table is cut, and says where the rest can be had."""


def limited(rows: list[tuple[Inline, ...]]) -> tuple[tuple[Inline, ...], ...]:
    """The first `MOST_ROWS` of `rows`."""
    return tuple(rows[:MOST_ROWS])


def cut_note(rows: Sequence[object]) -> tuple[Paragraph, ...]:
    """A note under a table that was cut; nothing where it was not."""
    if len(rows) <= MOST_ROWS:
        return ()
    gaps = {"shown": str(MOST_ROWS), "all": str(len(rows))}
    return (Paragraph(Message("table.cut", gaps), role="note"),)


def neuron_table(
    book: Workbook, layer: int, quantities: Sequence[str], samples: Sequence[int]
) -> Iterator[Block]:
    """The values of `quantities` for each neuron of a layer and each of `samples`."""
    several = len(book.samples) > 1
    header: list[Inline] = [Message("table.sample")] if several else []
    header += [Message("table.neuron"), *(_heading(book, layer, name) for name in quantities)]
    rows: list[tuple[Inline, ...]] = []
    for sample in samples:
        for neuron in range(book.problem.layers[layer]):
            cells: list[Inline] = [str(sample + 1)] if several else []
            cells.append(book.notation.neuron(layer, neuron))
            cells += [
                book.number(book.ref(quantity, layer, neuron, sample=sample))
                for quantity in quantities
            ]
            rows.append(tuple(cells))
    caption = Message("table.neurons", {"layer": layer_name(book, layer)})
    yield Table(caption, tuple(header), limited(rows))
    yield from cut_note(rows)


def sample_table(book: Workbook, quantity: str, caption: Message) -> Iterator[Block]:
    """The value of a quantity for each sample."""
    header = (Message("table.sample"), book.notation.heading(quantity, book.notation.last))
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


def _heading(book: Workbook, layer: int, quantity: str) -> Inline:
    letters = book.notation.heading(quantity, layer)
    if quantity in ("net", "out", "delta") and not isinstance(letters, Fraction):
        return Message(f"quantity.{quantity}", {"letter": letters})
    return letters


def strong(tree: Tree) -> Tree:
    """A number set as a result."""
    return Styled(tree, role="value")
