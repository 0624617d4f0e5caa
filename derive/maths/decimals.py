"""How numbers of one column stand with their decimal points under one another.

Neither MathML nor CSS aligns at a point. So each number gets as much space on either side as makes
its parts as wide as the widest of the column: it is then aligned however it is set, flush or
centred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.maths.numbers import Numeral
from derive.maths.tree import Named, Number, Row, Styled

Padding = tuple[float, float]
"""Space before and behind a number, in ems."""


@dataclass(frozen=True)
class Advances:
    """How wide the parts of a number are set, in ems of its text; a strong number's figures alone.

    Attributes:
        figure: each figure; they are tabular.
        strong: each figure of a strong number.
        point: the sign before decimals, be it a point or a comma.
        minus: before a number.
        times: with the spaces beside it.
        exponent: what is in an exponent, by character, with the space after it under "".
    """

    figure: float = 0.495
    strong: float = 0.56
    point: float = 0.245
    minus: float = 0.72
    times: float = 0.655 + 8 / 18
    exponent: Mapping[str, float] = field(default_factory=dict)


_SHRUNK = 0.7
_BY_SIZE = {
    "0": 0.58, "1": 0.509, "2": 0.524, "3": 0.524, "4": 0.564, "5": 0.502, "6": 0.544, "7": 0.513,
    "8": 0.525, "9": 0.544, "-": 0.772,
}  # fmt: skip
"""The figures that STIX Two Math draws for exponents (`ssty`), which browsers do not ask it for."""
BROWSER = Advances(
    exponent={"": 0.04, "-": _SHRUNK * 0.72}
    | dict.fromkeys("0123456789", _SHRUNK * 0.495)
)  # fmt: skip
"""STIX Two Math as browsers set it."""
PRINT = Advances(exponent={"": 0.04} | {key: _SHRUNK * wide for key, wide in _BY_SIZE.items()})
"""The same as `derive.typeset` does."""


def paddings(
    column: Sequence[object], advances: Advances, *, strong: bool = False
) -> list[Padding | None]:
    """What each cell of a column needs on either side; None for what is no number.

    Args:
        column: its cells, of any kind.
        advances: how wide numbers are set.
        strong: whether all of them are strong.
    """
    found = [_extent(cell, advances, strong=strong) for cell in column]
    known = [one for one in found if one is not None]
    before, behind = (max((one[side] for one in known), default=0.0) for side in (0, 1))
    return [None if one is None else (before - one[0], behind - one[1]) for one in found]


def _extent(cell: object, advances: Advances, *, strong: bool) -> Padding | None:
    """How far a number reaches to the left of its decimal point, and to the right."""
    match cell:
        case Number(numeral):
            return _reach(numeral, advances, strong=strong)
        case Styled(inside, role):
            return _extent(inside, advances, strong=strong or role == "value")
        case Named(inside) | Row((inside,)):
            return _extent(inside, advances, strong=strong)
        case _:
            return None


def _reach(numeral: Numeral, advances: Advances, *, strong: bool) -> Padding | None:
    if not numeral.finite:
        return None
    figure = advances.strong if strong else advances.figure
    whole, _, decimals = numeral.digits.removeprefix("-").partition(".")
    before = figure * len(whole) + (advances.minus if numeral.negative else 0.0)
    behind = advances.point + figure * len(decimals) if decimals else 0.0
    if numeral.exponent:
        behind += advances.times + 2 * figure
        for one in ("", *str(numeral.exponent)):
            small = strong and one.isdigit()
            behind += _SHRUNK * advances.strong if small else advances.exponent[one]
    return before, behind


def padded(text: str, padding: Padding | None) -> str:
    """MathML with space on either side of it."""
    before, behind = padding or (0.0, 0.0)
    return _space(before) + text + _space(behind)


def _space(width: float) -> str:
    return f'<mspace width="{width:.3f}em"/>' if width > 0.0005 else ""
