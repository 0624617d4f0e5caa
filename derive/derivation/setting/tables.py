"""Tables of neurons and samples that are not worked out; a long one shows its first rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TypeVar

from derive.derivation.setting.workbook import Workbook
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


Item = TypeVar("Item")


def limited_table(
    caption: Message,
    header: Sequence[Inline],
    items: Sequence[Item],
    row: Callable[[Item], Iterable[Inline]],
    *,
    strong: int | None = None,
) -> Iterator[Block]:
    """A table of a row an item; of many the first `MOST_ROWS`, and a note of how many there are."""
    rows = tuple(tuple(row(item)) for item in items[:MOST_ROWS])
    yield Table(caption, tuple(header), rows, strong=strong)
    if len(items) > MOST_ROWS:
        gaps: dict[str, Inline] = {
            "shown": str(MOST_ROWS), "all": str(len(items)), "command": TRACE,
        }  # fmt: skip
        yield Paragraph(Message("table.cut", gaps), role="note")


def neuron_table(book: Workbook, columns: Sequence[Ref], samples: Sequence[int]) -> Iterator[Block]:
    """A row a neuron and sample, with its scalar of each of a layer's arrays in `columns`."""
    layer = columns[0].layer or 0
    several = len(book.samples) > 1
    header: list[Inline] = [Message("table.sample")] if several else []
    header += [Message("table.neuron"), *(_heading(book, array) for array in columns)]

    def row(place: tuple[int, int]) -> Iterator[Inline]:
        sample, neuron = place
        if several:
            yield str(sample + 1)
        yield book.notation.neuron(layer, neuron)
        yield from (book.number(array.cell(neuron, sample=sample)) for array in columns)

    caption = Message("table.neurons", {"layer": layer_name(book, layer)})
    places = list(product(samples, range(book.problem.layers[layer])))
    yield from limited_table(caption, header, places, row)


def sample_table(book: Workbook, quantity: str, caption: Message) -> Iterator[Block]:
    """The value of a quantity for each sample."""
    header = (Message("table.sample"), book.notation.heading(book.ref(quantity)))

    def row(sample: int) -> tuple[Inline, ...]:
        return str(sample + 1), book.number(book.ref(quantity, sample=sample))

    yield from limited_table(caption, header, book.samples, row)


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
