"""The layout in print against XeLaTeX's in the same font, by numbers measured once."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from derive.typeset.box import Glyphs
from derive.typeset.layout import MathLayout
from derive.typeset.style import PRINT
from tests.typeset.compare import font
from tests.typeset.formulas_of_tex import ALIGNED, FORMULAS
from tests.typeset.measure_xetex import NUMBERS, Glyph, placed

NEAR = 0.004
"""What places may differ by, in ems: of TeX's rounding and the file's."""
UNLIKE = {
    # XeTeX looks cut-ins up by the height of the letter that `ssty` has not exchanged yet.
    "half-square": (0.012, 0.0),
    "samples": (0.026, 0.0),
    # XeTeX takes `SuperscriptBaselineDropMax` at the size of the script, LuaTeX at the base's.
    "grown-bracket": (0.0, 0.069),
}
"""The formulas that are set otherwise, with the widest gaps in ems, and why."""


def ours(inner: str) -> list[Glyph]:
    """Each glyph of a formula, as the layout places it."""
    math = ElementTree.fromstring(f'<math display="block">{inner}</math>')  # noqa: S314
    layout = MathLayout(font(), PRINT)
    found: list[Glyph] = []
    for x, y, item in layout.formula(math).flat():
        if isinstance(item, Glyphs):
            for glyph in item.glyphs:
                found.append((glyph, x, y, item.scale))
                x += layout.font.metrics(glyph).advance * item.scale
    return placed(found)


def theirs(name: str) -> list[Glyph]:
    """Each glyph of a formula, as XeTeX placed it."""
    found = json.loads(NUMBERS.read_text("utf-8"))["glyphs"][name]
    return [(glyph, x, y, size) for glyph, x, y, size in found]


def gaps(name: str) -> tuple[float, float]:
    """By how many ems glyphs stand apart from TeX's, at most; they must be the same glyphs."""
    mine, others = ours((FORMULAS | {"aligned": ALIGNED})[name][1]), theirs(name)
    assert [(one[0], one[3]) for one in mine] == [(one[0], one[3]) for one in others]
    pairs = list(zip(mine, others, strict=True))
    far = tuple(max(abs(one[axis] - other[axis]) for one, other in pairs) for axis in (1, 2))
    return far[0], far[1]


@pytest.mark.parametrize("name", [one for one in FORMULAS if one not in UNLIKE])
def test_glyphs_stand_where_xetex_places_them(name: str) -> None:
    """Every glyph is TeX's, of its size, and where TeX has it."""
    assert max(gaps(name)) <= NEAR


@pytest.mark.parametrize("name", UNLIKE)
def test_known_gaps_are_no_wider(name: str) -> None:
    """What is set otherwise is listed with its gap, and stands no farther apart."""
    found = gaps(name)
    assert max(found) > NEAR, f"{name} agrees: take it off the list"
    assert all(gap <= listed + NEAR for gap, listed in zip(found, UNLIKE[name], strict=True))


def test_lines_are_aligned_as_xetex_aligns_them() -> None:
    """Between a left side and its sign there is the space of a relation, once."""
    assert gaps("aligned")[0] <= NEAR
