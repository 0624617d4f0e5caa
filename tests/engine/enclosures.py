"""Balls and rationals of the engine as numbers of mpmath, the tests' judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from flint import arb, fmpq

from derive.engine import Pass, Trace, certified_passes
from tests.engine.oracle import mp


def _mpf(number: arb) -> Any:
    if not number.is_finite():
        return mp.nan if number.is_nan() else mp.inf if number > 0 else -mp.inf
    mantissa, power = number.man_exp()
    return mp.ldexp(mp.mpf(int(mantissa)), int(power))


def middle(number: Any) -> Any:
    """The midpoint of an enclosure."""
    inside = getattr(number, "ball", number)
    if isinstance(inside, fmpq):
        return mp.mpf(int(inside.p)) / int(inside.q)
    return _mpf(inside.mid() if inside.is_finite() else inside)


def middles(values: Any) -> Any:
    """The midpoints of an array of enclosures, as nested lists."""
    array = np.asarray(values, dtype=object)
    return np.frompyfunc(middle, 1, 1)(array).tolist() if array.shape else middle(array.item())


def encloses(number: Any, true: Any, known: str = "1e-390") -> bool:
    """Whether an enclosure holds a value that mpmath knows to many more digits."""
    inside, slack = getattr(number, "ball", number), abs(true) * mp.mpf(known)
    if isinstance(inside, fmpq) or not inside.is_finite():
        return bool(
            middle(number) == true or abs(middle(number) - true) <= abs(true) * mp.mpf(known)
        )
    slack = abs(true) * mp.mpf(known)
    return bool(abs(_mpf(inside.mid()) - true) <= _mpf(inside.rad()) + slack)


def passes_of(trace: Trace, iterations: Collection[int]) -> Mapping[int, Pass]:
    """The certified passes of a trace."""
    with certified_passes(trace, iterations) as passes:
        return passes
