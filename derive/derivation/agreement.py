"""What printed operands give: the check behind each = and ≈."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath

from derive.formula import Expression, evaluate
from derive.maths.numbers import Numeral
from derive.reference import Ref

_CONTEXT = mpmath.MPContext()
_CONTEXT.dps = 60
_FUNCTIONS = {
    "abs": abs,
    "arctan": _CONTEXT.atan,
    "expm1": _CONTEXT.expm1,
    "ln": _CONTEXT.log,
    "log1p": _CONTEXT.log1p,
    "max": max,
    "min": min,
    "pi": lambda: +_CONTEXT.pi,
    "xlny": lambda x, y: x and x * _CONTEXT.log(y) if y else x and x * -_CONTEXT.inf,
    "xovery": lambda x, y: x and x / y,
}


LARGEST_POWER = 100


class _Printed:
    """Arithmetic on printed numbers, to 60 digits."""

    @staticmethod
    def constant(value: Fraction) -> Any:
        return _CONTEXT.mpf(value.numerator) / value.denominator

    @staticmethod
    def call(function: str, *arguments: Any) -> Any:
        if function == "ln" and arguments[0] == 0:
            return -_CONTEXT.inf
        found = _FUNCTIONS.get(function) or getattr(_CONTEXT, function)
        return found(*arguments)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        return base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return yes if holds[relation] else no


class _IrrationalError(Exception):
    """The value is not found by rational operations alone."""


class _Rational:
    """Arithmetic on printed numbers, exact; it knows no functions and no roots."""

    @staticmethod
    def constant(value: Fraction) -> Any:
        return value

    @staticmethod
    def call(function: str, *_arguments: Any) -> Any:
        raise _IrrationalError(function)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        if exponent.denominator != 1 or abs(exponent) > LARGEST_POWER:
            raise _IrrationalError
        return base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        return _Printed.where(left, relation, right, yes, no)


def printed_value(meaning: Expression, numeral: Callable[[Ref], Numeral]) -> Any:
    """The value of `meaning` with the printed number of each scalar put in; NaN where none."""

    def operand(ref: Ref) -> Any:
        shown = numeral(ref).printed
        return _CONTEXT.mpf(shown) if isinstance(shown, float) else _Printed.constant(shown)

    def rational(ref: Ref) -> Any:
        shown = numeral(ref).printed
        if isinstance(shown, float):
            raise _IrrationalError
        return shown

    try:
        return evaluate(meaning, rational, _Rational())
    except (_IrrationalError, ZeroDivisionError):
        # Infinities, functions and roots are left to many digits.
        pass
    try:
        result = evaluate(meaning, operand, _Printed())
    except (ZeroDivisionError, ValueError, TypeError):
        return _CONTEXT.nan
    # A root or a logarithm of a negative number is none.
    return result if isinstance(result, _CONTEXT.mpf) else _CONTEXT.nan


def exact_value(meaning: Expression, value: Callable[[Ref], Any]) -> Any:
    """The value of `meaning` with the exact value of each scalar put in."""

    def operand(ref: Ref) -> Any:
        found = value(ref)
        if isinstance(found, Fraction):
            return _Printed.constant(found)
        return _CONTEXT.mpf(repr(found)) if isinstance(found, float) else _CONTEXT.mpf(found)

    return evaluate(meaning, operand, _Printed())
