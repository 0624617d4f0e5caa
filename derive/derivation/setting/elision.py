"""Large matrices, shown by their first rows and columns, dots, and the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from derive.derivation.setting.lines import LINE
from derive.maths.tree import Matrix, Text, Tree

MOST_SHOWN = 8
"""A matrix with more rows or columns is not shown whole."""
FIRST = 4
"""How many of its first ones are shown at most."""
BETWEEN = 1.7
"""What parts two columns, in figures."""


def shown_of(size: int) -> list[int]:
    """Which of so many rows or columns are shown."""
    return list(range(size)) if size <= MOST_SHOWN else [*range(FIRST), size - 1]


def narrowed(columns: Sequence[int], wide: Callable[[int], float]) -> list[int]:
    """As many of the first of some columns, and the last, as stand on a line.

    `wide` says how wide a column is, in figures.
    """
    widths = [wide(column) + BETWEEN for column in columns]
    if sum(widths) <= LINE:
        return list(columns)
    kept = len(columns) - 1
    while kept > 1 and sum(widths[:kept]) + BETWEEN + 2 + widths[-1] > LINE:
        kept -= 1
    return [*columns[:kept], columns[-1]]


def elided(cells: Mapping[tuple[int, int], Tree], shape: tuple[int, int]) -> Tree:
    """The matrix of the cells that are shown of a larger one, with dots where others are left out.

    Args:
        cells: by row and column, the last of both among them.
        shape: rows and columns of the whole.
    """
    rows, columns = (sorted({place[axis] for place in cells}) for axis in (0, 1))
    lines: list[tuple[Tree, ...]] = []
    for i, below in pairwise([*rows, shape[0]]):
        line: list[Tree] = []
        for j, beside in pairwise([*columns, shape[1]]):
            line.append(cells[i, j])
            if beside > j + 1:
                line.append(Text("⋯"))
        lines.append(tuple(line))
        if below > i + 1:
            lines.append(tuple(Text("⋮") for _ in line))
    return Matrix(tuple(lines))
