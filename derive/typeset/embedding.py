"""The glyphs that a document's formulas use, cut out of their font and numbered anew.

A PDF's text is made of character codes; here a code is the number of a glyph in the font that is
embedded, whatever kind of font it is (ISO 32000-2, 9.7.4.2), and numbers are as small as can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import md5
from io import BytesIO
from typing import Any

import uharfbuzz as hb
from fontTools.ttLib import TTFont

from derive.typeset.box import Box, Glyphs
from derive.typeset.font import Font
from derive.typeset.stretching import SILENT

MOST_ALIKE = 4
"""So many sizes of a sign say the same; more would look as if a font had lost its characters."""
_NEEDED = ("glyf", "loca", "head", "hhea", "hmtx", "maxp", "CFF ", "cmap", "OS/2")
"""Tables that a PDF's reader looks at (ISO 32000-2, 9.9)."""


class EmbeddedFont:
    """A font cut down to some of its glyphs.

    Attributes:
        font: the whole font.
        family: the name under which it is embedded.
        data: the font file to embed.
        name: six letters made of that file, by which a PDF tells subsets apart.
        codes: the new number of each glyph.
        widths: by new number, in thousandths of an em.
        text: by new number, what the glyph stands for.
    """

    def __init__(self, font: Font, family: str, text: dict[int, str]) -> None:
        self.font = font
        self.family = family
        plan = hb.SubsetInput()
        plan.glyph_set.update(text)
        plan.flags = (
            hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.DOWNGRADE_CFF2
            | hb.SubsetFlags.NOTDEF_OUTLINE
        )
        others = set(font.face.table_tags).difference(_NEEDED)
        plan.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in others)
        cut = hb.SubsetPlan(font.face, plan)
        self.codes: dict[int, int] = dict(cut.old_to_new_glyph_mapping)
        self.data = _counted(bytes(cut.execute().blob.data))
        digest = md5(self.data, usedforsecurity=False).digest()
        self.name = "".join(chr(65 + byte % 26) for byte in digest[:6])
        sizes: Counter[str] = Counter()
        self.text = {}
        for glyph in sorted(text):
            said = text[glyph]
            self.text[self.codes[glyph]] = said + SILENT * (sizes[said] // MOST_ALIKE)
            sizes[said] += 1
        self.widths = {
            self.codes[glyph]: round(font.metrics(glyph).advance * 1000) for glyph in sorted(text)
        }


def embedded(
    boxes: Iterable[Box], fonts: Iterable[Font], families: Iterable[str]
) -> list[EmbeddedFont | None]:
    """Each font, cut down to the glyphs that the boxes draw of it; None where they draw none."""
    used: dict[int, dict[int, str]] = {}
    for box in boxes:
        for _, _, item in box.flat():
            if isinstance(item, Glyphs):
                known = used.setdefault(item.font, {})
                for glyph, text in zip(item.glyphs, item.text, strict=True):
                    if text or glyph not in known:
                        known[glyph] = text
    return [
        EmbeddedFont(font, family, used[n]) if n in used else None
        for n, (font, family) in enumerate(zip(fonts, families, strict=True))
    ]


def _counted(data: bytes) -> bytes:
    """The font with the CIDs of its CFF, where it has any, made the numbers of its glyphs.

    Where a font has CIDs, those are what a PDF's text is made of. Some readers forgive the
    difference, others draw nothing.
    """
    if data[:4] != b"OTTO":
        return data
    font: Any = TTFont(BytesIO(data), recalcTimestamp=False)
    top = font["CFF "].cff.topDictIndex[0]
    if not hasattr(top, "ROS"):
        return data
    top.charset = [".notdef", *(f"cid{n:05d}" for n in range(1, len(top.charset)))]
    top.CharStrings.charStrings = {name: n for n, name in enumerate(top.charset)}
    font.setGlyphOrder(top.charset)
    out = BytesIO()
    font.save(out)
    return out.getvalue()
