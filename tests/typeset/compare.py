"""The layout beside Chromium's numbers; `python -m tests.typeset.compare` prints the gaps."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from derive.typeset.font import MathFont
from derive.typeset.layout import MathLayout
from derive.typeset.style import BROWSER, PRINT, Conventions
from tests.typeset.equations import EQUATIONS
from tests.typeset.fonts import HAN, MATH

NUMBERS = Path(__file__).with_name("chromium.json")
FONT_SIZE = 16
SHARE, PIXELS = 0.02, 0.5
"""What widths and heights may differ by: the larger of a share and of px at 16 px."""


@cache
def font() -> MathFont:
    """The maths font of all tests, read once."""
    return MathFont(MATH, (HAN,))


def size(equation: str, conventions: Conventions = BROWSER) -> tuple[float, float]:
    """Width and height in px at 16 px of an equation, as the layout sets it."""
    box = MathLayout(font(), conventions).formula(ElementTree.fromstring(equation))  # noqa: S314
    return box.width * FONT_SIZE, (box.height + box.depth) * FONT_SIZE


def chromium() -> dict[str, tuple[float, float]]:
    """Width and height in px of each equation, as Chromium set it."""
    sizes = json.loads(NUMBERS.read_text(encoding="utf-8"))["sizes"]
    return {name: (box[0], box[1] + box[2]) for name, box in sizes.items()}


def apart(ours: tuple[float, float], theirs: tuple[float, float]) -> tuple[float, float]:
    """By how many px two sizes differ, where that is too much; else nothing."""
    gaps = [
        abs(mine - other) if abs(mine - other) > max(SHARE * other, PIXELS) else 0.0
        for mine, other in zip(ours, theirs, strict=True)
    ]
    return gaps[0], gaps[1]


def main() -> None:
    """Print every equation that differs, by conventions."""
    judge = chromium()
    for label, conventions in (("browser", BROWSER), ("print", PRINT)):
        ours = {name: size(EQUATIONS[name], conventions) for name in judge}
        far = {name: apart(ours[name], judge[name]) for name in judge}
        parted = {name: gap for name, gap in far.items() if any(gap)}
        print(f"{label}: {len(judge) - len(parted)} of {len(judge)} agree")
        for name, gap in parted.items():
            mine, other = ours[name], judge[name]
            print(
                f"  {name:32} width {mine[0]:8.2f} {other[0]:8.2f}  "
                f"height {mine[1]:8.2f} {other[1]:8.2f}  apart by {gap[0]:.2f}, {gap[1]:.2f}"
            )


if __name__ == "__main__":
    main()
