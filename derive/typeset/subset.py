"""Fonts cut down to the characters that a document uses, before anything else sees them."""

from __future__ import annotations

from pathlib import Path

import uharfbuzz as hb


def subset_font(
    path: Path, text: str, *, index: int = 0, axes: dict[str, float] | None = None
) -> bytes:
    """The glyphs of `text` from a font file, as an OpenType font.

    Args:
        path: a font or a collection.
        text: the characters to keep.
        index: which font of a collection.
        axes: positions at which to pin the axes of a variable font, by tag; `wght=700` makes a
            true bold. Axes that are not named are pinned at their defaults.
    """
    face = hb.Face(hb.Blob.from_file_path(str(path)), index)
    plan = hb.SubsetInput()
    plan.unicode_set.update(map(ord, set(text)))
    plan.flags = (
        hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.DOWNGRADE_CFF2
    )
    for info in face.axis_infos:
        plan.pin_axis_location(face, info.tag, (axes or {}).get(info.tag, info.default_value))
    return bytes(hb.subset(face, plan).blob.data)


def subset_math_font(path: Path, text: str) -> bytes:
    """The glyphs of `text` and all that grows or shrinks from them, MATH table and ssty kept."""
    face = hb.Face(hb.Blob.from_file_path(str(path)), 0)
    plan = hb.SubsetInput()
    plan.unicode_set.update(map(ord, set(text)))
    plan.layout_feature_tag_set.add(int.from_bytes(b"ssty", "big"))
    plan.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    return bytes(hb.subset(face, plan).blob.data)
