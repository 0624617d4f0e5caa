"""A box as operators of a PDF's content stream (ISO 32000-2, 8.5 and 9.4).

Half of what mathematics adds to a PDF's size is where each piece of a formula stands. So pieces are
placed by steps from the one before, in whole units: the same formula is the same bytes wherever it
stands, which compression finds. Places are those of the box's upper left corner, y grows upwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from derive.typeset.box import Box, Glyphs, Place, Rule, Stroke
from derive.typeset.embedding import EmbeddedFont

UNIT = 0.02
"""The px of a unit in which a formula's lengths are written: too small to be seen in print."""

_Run = tuple[float, float, Glyphs]


@dataclass(slots=True)
class Content:
    """The operators of a box, parted where the colour changes.

    Attributes:
        shapes: (colour, operators) of what is filled.
        text: (colour, operators) of what is written; the first comes after the start.
        font: the operator that chooses the first font.
        x: where the first piece of text starts, in units.
        y: and its baseline.
    """

    shapes: list[tuple[str | None, bytes]] = field(default_factory=list)
    text: list[tuple[str | None, bytes]] = field(default_factory=list)
    font: bytes = b""
    x: int = 0
    y: int = 0

    def alone(self) -> bytes | None:
        """All of it in one piece; None where it has colours of its own."""
        parts = self.shapes + self.text
        if any(color for color, _ in parts):
            return None
        shapes = [operators for _, operators in self.shapes]
        if not self.text:
            return b"\n".join(shapes)
        start = b"BT\n%s\n%d %d Td" % (self.font, self.x, self.y)
        return b"\n".join([*shapes, start, *(operators for _, operators in self.text), b"ET"])


def content(box: Box, size: float, fonts: Sequence[EmbeddedFont | None]) -> Content:
    """What draws a box.

    Args:
        box: the box.
        size: the px of an em.
        fonts: what its glyphs are embedded in.
    """
    found = Content()
    em = size / UNIT
    top = box.height
    runs: list[_Run] = []
    shapes: list[tuple[str | None, bytes]] = []
    for x, y, item in box.flat():
        if isinstance(item, Glyphs):
            runs.append((x, y, item))
        elif not isinstance(item, Place):
            shapes.append((item.color, _shape(item, x * em, (y - top) * em, em)))
    found.shapes = [(color, part + b"\nf") for color, part in _by_color(shapes)]
    pieces: list[tuple[str | None, bytes]] = []
    chosen = b""
    x = y = 0
    for line in _joined(runs):
        at, up, first = line[0]
        font = fonts[first.font]
        if font is None:
            continue
        choice = f"/{font.name} {number(em * first.scale, 1)} Tf".encode()
        left, low = round(at * em), round((up - top) * em)
        parts = []
        if not pieces:
            found.font, found.x, found.y = choice, left, low
        else:
            if choice != chosen:
                parts.append(choice)
            parts.append(b"%d %d Td" % (left - x, low - y))
        chosen, x, y = choice, left, low
        parts.append(_shown(line, font))
        pieces.append((first.color, b"\n".join(parts)))
    found.text = list(_by_color(pieces))
    return found


def number(value: float, places: int = 2) -> str:
    """A number with as few characters as it needs."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _by_color(parts: Sequence[tuple[str | None, bytes]]) -> Iterator[tuple[str | None, bytes]]:
    """Parts that follow one another in the same colour, together."""
    for color, same in groupby(parts, key=itemgetter(0)):
        yield color, b"\n".join(part for _, part in same)


def _shape(item: Rule | Stroke, x: float, y: float, em: float) -> bytes:
    """The path of a rule or a stroke whose lower left corner is at (x, y)."""
    width, height = item.width * em, item.height * em
    if isinstance(item, Rule):
        return b"%d %d %d %d re" % (round(x), round(y), round(width), round(height))
    from_y, to_y = (y, y + height) if item.rising else (y + height, y)
    half = item.thickness * em / 2 / (math.hypot(width, height) or 1.0)
    dx, dy = half * (to_y - from_y), half * width
    corners = (
        (x - dx, from_y + dy), (x + width - dx, to_y + dy),
        (x + width + dx, to_y - dy), (x + dx, from_y - dy),
    )  # fmt: skip
    path = " l ".join(f"{round(left)} {round(low)}" for left, low in corners)
    return f"{path} l".replace("l", "m", 1).encode()


def _joined(runs: Sequence[_Run]) -> Iterator[list[_Run]]:
    """Runs that follow one another on a baseline in the same font, size and colour, together."""
    line: list[_Run] = []
    for x, y, run in runs:
        if line:
            before_x, before_y, before = line[-1]
            same = (run.font, run.scale, run.color) == (before.font, before.scale, before.color)
            if not (same and y == before_y and x >= before_x):
                yield line
                line = []
        line.append((x, y, run))
    if line:
        yield line


def _shown(line: Sequence[_Run], font: EmbeddedFont) -> bytes:
    """Runs on one baseline that look alike, as one piece of text with gaps."""
    codes, widths = font.codes, font.widths
    shown: list[str] = []
    gaps = False
    end = line[0][0]
    for at, _, run in line:
        gap = round((end - at) / run.scale * 1000)
        if gap:
            shown.append(f">{gap}<")
            gaps = True
        end = at
        wide = 0
        for glyph in run.glyphs:
            code = codes[glyph]
            wide += widths[code]
            shown.append(f"{code:04x}")
        end += wide / 1000 * run.scale
    text = "".join(shown).encode()
    return b"[<%s>] TJ" % text if gaps else b"<%s> Tj" % text
