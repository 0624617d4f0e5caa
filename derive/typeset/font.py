"""An OpenType font with a MATH table, its measures in ems, read through HarfBuzz.

Names of constants are those of the OpenType specification, "MATH - The mathematical typesetting
table"; https://learn.microsoft.com/typography/opentype/spec/math
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import uharfbuzz as hb

Direction = Literal["ttb", "ltr"]
Corner = Literal["TOP_RIGHT", "TOP_LEFT", "BOTTOM_RIGHT", "BOTTOM_LEFT"]
_PERCENT = {
    "SCRIPT_PERCENT_SCALE_DOWN",
    "SCRIPT_SCRIPT_PERCENT_SCALE_DOWN",
    "RADICAL_DEGREE_BOTTOM_RAISE_PERCENT",
}


@dataclass(frozen=True, slots=True)
class Metrics:
    """A glyph in ems: advance width, ink above and below the baseline, and italic correction."""

    advance: float
    height: float
    depth: float
    italic: float


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a glyph assembly, lengths in ems along the direction of growth."""

    glyph: int
    start: float
    end: float
    full: float
    extender: bool


Shaped = tuple[int, str, float, float, float]
"""A glyph, what it stands for, how far it is moved to the right and up, and its advance, in ems."""


class Font:
    """One font file: characters to glyphs, and glyphs to metrics.

    Raises:
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb"):
            # HarfBuzz does not say why it cannot read a file.
            self.face = hb.Face(hb.Blob.from_file_path(str(path)), 0)
        self.font = hb.Font(self.face)
        self.upem = self.face.upem
        self._glyphs: dict[tuple[str, int], int] = {}
        self._metrics: dict[int, Metrics] = {}
        self.has_math = bool(self.face.has_math_data)

    def glyph(self, character: str, level: int = 0) -> int:
        """The glyph of a character, 0 where there is none; `ssty` alternates in scripts."""
        key = (character, level)
        found = self._glyphs.get(key)
        if found is None:
            found = self.font.get_nominal_glyph(ord(character)) or 0
            if found and level and self.has_math:
                buffer = hb.Buffer()
                buffer.add_str(character)
                buffer.guess_segment_properties()
                buffer.script = "Zmth"
                hb.shape(self.font, buffer, {"ssty": level, "kern": False})
                found = buffer.glyph_infos[0].codepoint
            self._glyphs[key] = found
        return found

    def metrics(self, glyph: int) -> Metrics:
        """A glyph's measures in ems."""
        found = self._metrics.get(glyph)
        if found is None:
            extents = self.font.get_glyph_extents(glyph)
            top = extents.y_bearing if extents else 0
            bottom = top + (extents.height if extents else 0)
            italic = 0
            if self.has_math:
                italic = self.font.get_math_glyph_italics_correction(glyph)
            em = self.upem
            advance = self.font.get_glyph_h_advance(glyph)
            found = Metrics(advance / em, top / em, -bottom / em, italic / em)
            self._metrics[glyph] = found
        return found

    def shaped(self, text: str, *, rtl: bool) -> list[Shaped]:
        """The glyphs of text of one script, from the left: letters joined, marks placed."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if rtl else "ltr"
        # Otherwise it would be that of the machine.
        buffer.language = "und"
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
        hb.shape(self.font, buffer)
        starts = sorted({info.cluster for info in buffer.glyph_infos})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        em = self.upem
        found: list[Shaped] = []
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            # Of several glyphs for the same characters, one stands for them.
            end = ends.pop(info.cluster, info.cluster)
            said = text[info.cluster : end] or "\u200b"
            moved = place.x_offset / em, place.y_offset / em
            found.append((info.codepoint, said, *moved, place.x_advance / em))
        return found


class MathFont(Font):
    """A font with a MATH table, and the fonts that stand in for characters it has not.

    Raises:
        OSError: a file cannot be read.
        ValueError: the font has no MATH table.
    """

    def __init__(self, path: Path, fallbacks: tuple[Path, ...] = ()) -> None:
        super().__init__(path)
        if not self.has_math:
            raise ValueError(f"{path.name} has no MATH table")
        self.fonts: tuple[Font, ...] = (self, *map(Font, fallbacks))
        self._constants: dict[str, float] = {}
        self._variants: dict[tuple[int, str], list[tuple[int, float]]] = {}
        self._assemblies: dict[tuple[int, str], list[Part]] = {}
        height = self.font.get_metric_position(hb.OTMetricsTag.X_HEIGHT)
        self.x_height: float = (
            height or self.metrics(self.glyph("x")).height * self.upem
        ) / self.upem
        overlap = self.font.get_math_min_connector_overlap("ltr")
        self.min_connector_overlap: float = overlap / self.upem

    def constant(self, name: str) -> float:
        """A MATH constant in ems, or as a share for a percentage."""
        found = self._constants.get(name)
        if found is None:
            raw = self.font.get_math_constant(getattr(hb.OTMathConstant, name))
            found = raw / (100 if name in _PERCENT else self.upem)
            self._constants[name] = found
        return found

    def scale(self, level: int) -> float:
        """The size of script level 0, 1, 2 and deeper, as a share of the text's size."""
        if level <= 0:
            return 1.0
        first = "SCRIPT_PERCENT_SCALE_DOWN" if level == 1 else "SCRIPT_SCRIPT_PERCENT_SCALE_DOWN"
        return self.constant(first)

    def kern(self, glyph: int | None, corner: Corner, height: float) -> float:
        """How far a script at a corner of a glyph moves, in ems, at a height in ems (MathKern)."""
        if glyph is None:
            return 0.0
        at = round(height * self.upem)
        corner_of = getattr(hb.OTMathKern, corner)
        found = self.font.get_math_glyph_kerning(glyph, corner_of, at)
        return float(found / self.upem)

    def accent_at(self, glyph: int) -> float:
        """Where an accent stands on a glyph, or meets its base: x in ems from the glyph's left."""
        found = self.font.get_math_glyph_top_accent_attachment(glyph)
        return float(found / self.upem)

    def find(self, character: str, level: int = 0) -> tuple[int, int]:
        """(which of `fonts`, glyph) for a character; glyph 0 of the first where none has it."""
        for index, font in enumerate(self.fonts):
            glyph = font.glyph(character, min(level, 2) if index == 0 else 0)
            if glyph:
                return index, glyph
        return 0, 0

    def variants(self, glyph: int, direction: Direction) -> list[tuple[int, float]]:
        """Larger glyphs with their lengths in ems, ascending."""
        key = (glyph, direction)
        if key not in self._variants:
            found = self.font.get_math_glyph_variants(glyph, direction)
            self._variants[key] = [(one.glyph, one.advance / self.upem) for one in found]
        return self._variants[key]

    def assembly(self, glyph: int, direction: Direction) -> list[Part]:
        """The pieces that a glyph is built of at any length; none for most."""
        key = (glyph, direction)
        if key not in self._assemblies:
            found, _ = self.font.get_math_glyph_assembly(glyph, direction)
            em = self.upem
            self._assemblies[key] = [
                Part(
                    one.glyph,
                    one.start_connector_length / em,
                    one.end_connector_length / em,
                    one.full_advance / em,
                    bool(one.flags & hb.OTMathGlyphPartFlags.EXTENDER),
                )
                for one in found
            ]
        return self._assemblies[key]
