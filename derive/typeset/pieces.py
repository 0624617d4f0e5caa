"""A tall display formula in the pieces between which a page may end."""

from __future__ import annotations

from collections.abc import Sequence

from derive.typeset.box import Box
from derive.typeset.breaking import RELATIONS

TALLEST_WHOLE = 12.0
"""A display formula no taller than this, in ems, stays on one page."""
MOST_LINES = 10
"""One of no more lines does so too, where no large hole would be left for it."""
TALLEST_PIECE = 40.0
"""What is taller, in ems, is parted between any lines: a page might not hold it."""


def pieces(lines: Sequence[Box]) -> list[Box]:
    """The lines of a formula stacked into pieces.

    Two lines stay together at the start. At the end two steps do: a result is not parted from what
    it comes of, such as a product of matrices from the matrix that it is.
    """
    if len(lines) == 1 or _height(lines) <= TALLEST_WHOLE:
        return [stacked(lines)]
    steps = [n for n, line in enumerate(lines) if n == 0 or line.operator in RELATIONS]
    end = steps[-2] if len(steps) > 1 else len(lines) - 2
    if _height(lines[end:]) > TALLEST_PIECE:
        end = len(lines) - 1
    start = min(2, end)
    if start < 2 and _height(lines) <= TALLEST_PIECE:
        # A first line that would stand alone.
        return [stacked(lines)]
    groups = [lines[:start], *([line] for line in lines[start:end]), lines[end:]]
    return [stacked(group) for group in groups if group]


def _height(lines: Sequence[Box]) -> float:
    return sum(line.height + line.depth for line in lines)


def stacked(lines: Sequence[Box]) -> Box:
    """Lines under one another, sharing their left edge; the baseline is the first line's."""
    if len(lines) == 1:
        return lines[0]
    box = Box(max(line.width for line in lines))
    y = 0.0
    for n, line in enumerate(lines):
        y -= line.height if n else 0.0
        box.put(0.0, y, line)
        y -= line.depth
    return box
