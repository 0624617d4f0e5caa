"""Text on a line: which font each character is of, which way it runs, how its letters join."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from derive.typeset.box import Box, Glyphs
from derive.typeset.font import MathFont, Shaped
from derive.typeset.letters import BOLD_FIGURE, plain

_IGNORED = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe00\ufe0e\ufe0f\u00ad")
_BOLD_FIGURES = frozenset(map(chr, range(0x1D7CE, 0x1D7D8)))
_JOINERS = frozenset("\u200c\u200d")


def written(
    fonts: MathFont,
    text: str,
    level: int,
    scale: float,
    color: str | None,
    *,
    rtl: bool,
    tabular: bool,
) -> Box:
    """Characters on a line, each from the first font that has it.

    Args:
        fonts: the maths font, and those that stand in.
        text: in the order of reading.
        level: the script level, whose letters are taken.
        scale: the size, in ems of the formula.
        color: as CSS writes it.
        rtl: whether the line runs from right to left.
        tabular: whether bold figures are all of one width, as the others are in the font.
    """
    box = Box()
    top = bottom = -math.inf
    for index, backwards, piece in _pieces(fonts, text, level, rtl=rtl):
        font = fonts.fonts[index]
        run: Glyphs | None = None
        # Scripts whose letters join do so by the fonts that stand in: no maths font has them.
        if index:
            shaped: Iterable[Shaped] = font.shaped(piece, rtl=backwards)
        else:
            shaped = _lone(fonts, piece, level, tabular=tabular)
        for glyph, said, left, up, advance in shaped:
            metrics = font.metrics(glyph)
            if run is None or left or up or advance != metrics.advance:
                run = Glyphs(index, [], [], scale, color)
                box.items.append((box.width + left * scale, up * scale, run))
            run.glyphs.append(glyph)
            run.text.append("".join(map(plain, said)))
            box.width += advance * scale
            if left or up or advance != metrics.advance:
                run = None
            if metrics.height > -metrics.depth:
                top = max(top, (metrics.height + up) * scale)
                bottom = max(bottom, (metrics.depth - up) * scale)
            box.italic = metrics.italic * scale
            box.last = glyph if index == 0 else None
            if index == 0 and len(box.items) == 1 and len(run.glyphs if run else "") == 1:
                box.first = glyph
    if top > -math.inf:
        box.height, box.depth = top, bottom
    box.letter = len(text) == 1 and box.first is not None
    return box


def _lone(font: MathFont, text: str, level: int, *, tabular: bool) -> Iterator[Shaped]:
    """Characters of the maths font, each by itself."""
    for character in text:
        glyph = font.glyph(character, min(level, 2))
        if tabular and glyph and character in _BOLD_FIGURES:
            room = BOLD_FIGURE - font.metrics(glyph).advance
            yield glyph, character, room / 2, 0.0, BOLD_FIGURE
            continue
        if glyph or (character not in _IGNORED and character.isprintable()):
            yield glyph, character, 0.0, 0.0, font.metrics(glyph).advance


def _pieces(fonts: MathFont, text: str, level: int, *, rtl: bool) -> list[tuple[int, bool, str]]:
    """Text as it stands on the line: (which font, whether it runs from right to left, what).

    What runs from right to left is in the order of reading, but for the maths font's.
    """
    if text.isascii() and not any(fonts.find(one, level)[0] for one in text):
        return [(0, False, text)]
    found: list[tuple[int, bool, str]] = []
    for backwards, run in in_order(text, rtl=rtl):
        chosen: list[int] = []
        for character in run:
            index, _ = fonts.find(character, level)
            at = chosen[-1] if chosen else 0
            joins = character in _JOINERS or unicodedata.combining(character)
            if at and (joins or character == " ") and fonts.fonts[at].glyph(character):
                index = at
            chosen.append(index)
        pieces = [
            (index, backwards, "".join(character for _, character in same))
            for index, same in groupby(zip(chosen, run, strict=True), key=itemgetter(0))
        ]
        if backwards:
            pieces = [(n, True, one if n else one[::-1]) for n, _, one in reversed(pieces)]
        found.extend(pieces)
    return found


def in_order(text: str, *, rtl: bool = False) -> list[tuple[bool, str]]:
    """Text as it stands on the line, from the left: (whether it runs from right to left, what).

    Args:
        text: in the order of reading.
        rtl: whether what comes first stands on the right.
    """
    if text.isascii() or not any(unicodedata.bidirectional(one) in ("R", "AL") for one in text):
        return [(False, text)]
    sides: list[bool] = []
    spaces = 0
    for one in (*text, ""):
        kind = unicodedata.bidirectional(one) if one else ""
        if kind == "WS":
            spaces += 1
            continue
        before = sides[-1] if sides else rtl
        side = before if kind in ("NSM", "BN") else kind in ("R", "AL") if one else rtl
        # Between one direction and the other, space runs as the whole does.
        sides += [side if side == before else rtl] * spaces + [side] * bool(one)
        spaces = 0
    found = [
        (backwards, "".join(one for _, one in same))
        for backwards, same in groupby(zip(sides, text, strict=True), key=itemgetter(0))
    ]
    return found[::-1] if rtl else found
