"""Signs that grow: larger variants of a glyph, assemblies of parts, and where they stand."""

from __future__ import annotations

import itertools

from derive.typeset.box import Box, Glyphs
from derive.typeset.font import Direction, MathFont
from derive.typeset.style import SCALE_DOWN, Conventions, Style, length

MOST_PARTS = 400
"""An assembly has no more parts than this."""

SILENT = "\u200b"
"""What a glyph stands for that is no character of its own: a space of no width."""


class Stretching:
    """A maths font at the sizes that styles ask for, and its glyphs stretched."""

    def __init__(self, font: MathFont, conventions: Conventions) -> None:
        self.font = font
        self.conventions = conventions
        self._x_height = font.x_height

    def scale(self, style: Style) -> float:
        """The font size of a style, in ems of the formula."""
        if style.level <= 0:
            return style.size
        shrunk: float = SCALE_DOWN ** max(0, style.level - 2)
        return self.font.scale(style.level) * shrunk * style.size

    def ex(self, style: Style) -> float:
        """The height of an x in a style."""
        return self._x_height * self.scale(style)

    def constant(self, which: str, style: Style) -> float:
        """A constant of the MATH table at the size of a style."""
        return self.font.constant(which) * self.scale(style)

    def length(self, text: str | None, style: Style, default: float = 0.0) -> float:
        """A length attribute in a style, in ems of the formula."""
        return length(text, em=self.scale(style), ex=self.ex(style), default=default)

    def text(self, text: str, style: Style) -> Box:
        """Characters on a line; `Rows` does it."""
        raise NotImplementedError

    def large(self, text: str, style: Style) -> Box | None:
        """A large operator in display style: the first variant that is tall enough, or the last."""
        index, glyph = self.font.find(text)
        variants = self.font.variants(glyph, "ttb") if index == 0 else []
        if not variants:
            return None
        least = self.font.constant("DISPLAY_OPERATOR_MIN_HEIGHT")
        tall = next((one for one, size in variants if size >= least), variants[-1][0])
        return self.glyph_box(tall, text, style)

    def fence(self, text: str, target: tuple[float, float], style: Style) -> Box:
        """A sign at least as tall as the target's ink, its middle at the target's middle."""
        up, down = target
        box = self.stretched(text, up + down, style, "ttb")
        shift = (up - down) / 2 - (box.height - box.depth) / 2
        moved = Box(box.width, italic=box.italic)
        moved.put(0.0, shift, box)
        return moved

    def stretched(self, text: str, size: float, style: Style, direction: Direction) -> Box:
        """A glyph at least `size` long: itself, a larger variant, or an assembly of parts."""
        scale = self.scale(style)
        index, glyph = self.font.find(text)
        if index or not glyph or not scale:
            return self.text(text, style)
        box = None
        variants = self.font.variants(glyph, direction)
        for larger, reach in variants:
            if reach * scale >= size - 1e-6:
                box = self.glyph_box(larger, text, style)
                break
        else:
            if self.font.assembly(glyph, direction):
                box = self.assembled(glyph, text, size, style, direction)
        if box is None:
            box = self.glyph_box(variants[-1][0] if variants else glyph, text, style)
        if not self.conventions.tight_fences:
            box.width = self.reserved(glyph, direction) * scale
        return box

    def reserved(self, glyph: int, direction: Direction) -> float:
        """The width in ems that a browser keeps for a sign before it knows how far it grows."""
        found = [self.font.metrics(glyph).advance]
        if direction == "ttb":
            found += [self.font.metrics(one).advance for one, _ in self.font.variants(glyph, "ttb")]
            parts = self.font.assembly(glyph, "ttb")
            found += [self.font.metrics(part.glyph).advance for part in parts]
        return max(found)

    def assembled(
        self, glyph: int, text: str, size: float, style: Style, direction: Direction
    ) -> Box:
        """The parts of an assembly, extenders repeated, overlaps evened out to reach `size`."""
        scale = self.scale(style)
        pieces = self.font.assembly(glyph, direction)
        least = self.font.min_connector_overlap
        fixed = sum(part.full - least for part in pieces if not part.extender) + least
        step = sum(part.full - least for part in pieces if part.extender)
        repeat = 0
        if step > 0:
            repeat = max(0, min(MOST_PARTS, -int(-(size / scale - fixed) // step)))
        parts = [p for p in pieces for _ in range(repeat if p.extender else 1)] or pieces
        overlaps = [min(left.end, right.start) for left, right in itertools.pairwise(parts)]
        whole = sum(part.full for part in parts)
        joint = (whole - size / scale) / len(overlaps) if overlaps else 0.0
        joint = max(least, min([joint, *overlaps]))
        glyphs = [part.glyph for part in parts]
        # The sign is read where a part stands that is there once; the others are read as nothing.
        named = next((n for n, one in enumerate(glyphs) if glyphs.count(one) == 1), 0)
        box = Box()
        at = 0.0
        for n, part in enumerate(parts):
            metrics = self.font.metrics(part.glyph)
            run = Glyphs(0, [part.glyph], [text if n == named else SILENT], scale, style.color)
            if direction == "ttb":
                box.items.append((0.0, at + metrics.depth * scale, run))
                box.width = max(box.width, metrics.advance * scale)
            else:
                box.items.append((at, 0.0, run))
                top, bottom = metrics.height * scale, metrics.depth * scale
                box.height = max(box.height, top) if n else top
                box.depth = max(box.depth, bottom) if n else bottom
            at += (part.full - joint) * scale
        reach = at + joint * scale
        if direction == "ttb":
            box.height, box.depth = reach, 0.0
        else:
            box.width = reach
        return box

    def glyph_box(self, glyph: int, text: str, style: Style) -> Box:
        """One glyph of the maths font."""
        scale = self.scale(style)
        metrics = self.font.metrics(glyph)
        run = Glyphs(0, [glyph], [text], scale, style.color)
        return Box(
            metrics.advance * scale, metrics.height * scale, metrics.depth * scale,
            [(0.0, 0.0, run)], metrics.italic * scale,
        )  # fmt: skip
