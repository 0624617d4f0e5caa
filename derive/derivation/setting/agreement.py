"""What printed operands give: the check behind each = and ≈."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
from flint import arb

from derive.engine import balls
from derive.engine.twins import Twin, twin
from derive.errors import UncertainError
from derive.formula import Expression, evaluate
from derive.maths.numbers import Numeral, Rounding, exact, numeral, rational
from derive.reference import Ref

MOST_BITS = 1 << 16
"""Printed operands are computed with up to so many bits; what is open then is not borne out."""
TOLD_APART = arb(10) ** -30
"""Two sides are the same where they are as near as this to each other: relatively, or, where they
are small and may be 0, absolutely."""
ONE = arb(1)
_SCALARS = balls.Scalars()


def exact_value(meaning: Expression, value: Callable[[Ref], Any]) -> Any:
    """The value of `meaning` with the value of each scalar put in, at the present precision.

    Raises:
        UncertainError: the balls are too wide for an operation.
    """
    try:
        return evaluate(meaning, lambda ref: balls.number(value(ref)), _SCALARS)
    except balls.UndecidedError as error:
        raise UncertainError(str(error)) from error


def bears_out(
    meaning: Expression, printed: Callable[[Ref], Numeral], shown: Numeral, rounding: Rounding
) -> bool:
    """Whether the printed operands give the printed result.

    A result that was rounded is borne out where theirs, rounded likewise, is printed alike; one
    that is printed in full, where theirs is that very number.
    """

    def operand(ref: Ref) -> Any:
        known = printed(ref).printed
        if isinstance(known, arb):
            return known
        return (
            arb(known)
            if isinstance(known, float)
            else twin(rational(known))
            if twins
            else (rational(known))
        )

    bits, twins = flint.ctx.prec, False
    while bits <= MOST_BITS:
        with balls.precision(bits):
            try:
                return _alike(evaluate(meaning, operand, _SCALARS), shown, rounding)
            except (balls.UndecidedError, UncertainError):
                bits, twins = 2 * bits, True
    return False


def differs(form: Expression, result: Any, value: Callable[[Ref], Any]) -> bool:
    """Whether a form certainly has another value than `result`, before anything is rounded.

    Raises:
        UncertainError: the enclosures are too wide to be told apart to `TOLD_APART`.
    """
    computed, known = exact(exact_value(form, value)), exact(balls.number(result))
    if isinstance(computed, float) or isinstance(known, float):
        # NaN is not equal to itself.
        return not (computed == known or (computed != computed and known != known))
    if isinstance(computed, Fraction) and isinstance(known, Fraction):
        return computed != known
    left, right = (
        balls.ball(rational(value) if isinstance(value, Fraction) else value)
        for value in (computed, known)
    )
    if not left.overlaps(right):
        return True
    if (left - right).abs_upper() > max(
        ONE, abs(left).abs_upper(), abs(right).abs_upper()
    ) * TOLD_APART:
        raise UncertainError("the two sides are not known well enough to be compared")
    return False


def _alike(computed: Any, shown: Numeral, rounding: Rounding) -> bool:
    known = exact(computed)
    if isinstance(known, float):
        # NaN is not equal to itself.
        return bool(known == shown.printed)
    if shown.rounded:
        again = numeral(known, rounding)
        return again.finite and bool(again.printed == shown.printed)
    if isinstance(known, Fraction):
        return bool(known == shown.printed)
    if not shown.finite or not balls.ball(known).overlaps(balls.ball(rational(shown.printed))):
        return False
    if isinstance(known, Twin) and known.is_exactly(shown.printed):
        return True
    raise UncertainError("the value may be the decimal")
