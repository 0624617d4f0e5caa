"""Tables that paper is too narrow for, cut into blocks of columns; or too wide: set in lanes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

from derive.document import Block, Code, Document, Inline, Message, Section, Table
from derive.maths.expression import width

ROOM = 102.0
"""How many figures of a table's size stand side by side on A4, the narrower paper."""
BETWEEN = 2.7
"""What parts two columns, in figures."""
LONG = 24
"""A table of more rows is set in lanes, where there is room for several."""
MOST_LANES = 3
WORD = 8.0
"""A word that a line does not part, in figures."""


def fitted(document: Document) -> Document:
    """The document with every table that is too wide as several, each headed alike."""
    opening = tuple(_fitting(document.opening))
    sections = tuple(_within(section) for section in document.sections)
    return replace(document, opening=opening, sections=sections)


def _within(section: Section) -> Section:
    return replace(section, blocks=tuple(_fitting(section.blocks)))


def _fitting(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Section):
            yield _within(block)
        elif isinstance(block, Table):
            yield from _parts(block)
        else:
            yield block


def _parts(table: Table) -> Iterator[Table]:
    """The table itself, or blocks of its columns after the first, which stands in each.

    All but the first column are taken to be as wide as the widest of them: they hold numbers.
    """
    lines = [table.header, *table.rows]
    widths = [max(map(_wide, column)) + BETWEEN for column in zip(*lines, strict=False)]
    if table.header and len(table.rows) > LONG and sum(widths) * 2 <= ROOM:
        yield replace(table, lanes=min(MOST_LANES, int(ROOM / sum(widths))))
        return
    if not table.header or len(widths) < 3 or sum(widths) <= ROOM:
        yield table
        return
    columns = len(widths) - 1
    most = max(1, int((ROOM - widths[0]) / max(widths[1:])))
    count = ceil(columns / most)
    step = ceil(columns / count)
    for n, start in enumerate(range(1, columns + 1, step), 1):
        kept = [0, *range(start, min(start + step, columns + 1))]
        gaps: dict[str, Inline] = {"part": str(n), "parts": str(count)}
        yield Table(
            Message("table.part", {"caption": table.caption, **gaps}) if table.caption else None,
            tuple(table.header[column] for column in kept),
            tuple(tuple(line[column] for column in kept) for line in table.rows),
            strong=kept.index(table.strong) if table.strong in kept else None,
        )


def _wide(cell: Inline) -> float:
    """How wide a cell is at least, in figures: words go to the next line."""
    if isinstance(cell, str | Code):
        words = cell.text if isinstance(cell, Code) else cell
        return max((float(len(word)) for word in words.split()), default=0.0)
    if isinstance(cell, Message):
        return max([WORD, *map(_wide, cell.gaps.values())])
    return width(cell)
