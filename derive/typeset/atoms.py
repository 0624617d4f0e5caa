"""Kinds of what stands in a row, and the spaces between them: TeX's atoms (TeXbook, chapter 18).

TeX knows a sign that stands between two terms from one before a term by what is around it; MathML
says so by an operator's form. So a binary sign here is one in the form `infix`.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["ord", "op", "bin", "rel", "open", "close", "punct", "inner", ""]
"""What TeX calls a class of atom; "" is what takes no part, such as space."""
_KINDS: tuple[Kind, ...] = ("ord", "op", "bin", "rel", "open", "close", "punct", "inner")
_TABLE = """
    0 1 2 3 0 0 0 4
    1 1 0 3 0 0 0 4
    2 2 0 0 2 0 0 2
    3 3 0 0 3 0 0 3
    0 0 0 0 0 0 0 0
    0 1 2 3 0 0 0 4
    4 4 0 4 4 4 4 4
    4 1 2 3 4 0 4 4
"""
"""The table on page 170, row by row: which of `_MUS`."""
_MUS = (0, 3, 4, 5, 3)
"""Eighteenths of an em: none; thin, in scripts too; medium, thick and thin, not in scripts."""
_IN_SCRIPTS = 1

_SPACES = {
    (left, right): int(which)
    for left, line in zip(_KINDS, _TABLE.split("\n")[1:-1], strict=True)
    for right, which in zip(_KINDS, line.split(), strict=True)
}


def space(left: Kind, right: Kind, *, script: bool) -> float:
    """The space in ems between two neighbours; none beside what takes no part."""
    which = _SPACES.get((left, right), 0)
    return 0.0 if script and which != _IN_SCRIPTS else _MUS[which] / 18
