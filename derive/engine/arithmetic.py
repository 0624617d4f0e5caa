"""Two kinds of number behind the same formulas: numpy's, and 60 digits and more.

float64 traces, complex128 checks gradients by a complex step, object arrays of mpmath numbers
give what is printed. Comparisons look at the real part, so a complex step passes through them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

MOST_BITS = 3000
"""A number with more in front of the point is taken as infinite where its exponential is asked
for: that would need as many bits of ln 2, and grow from one to the next without bound."""

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _near_real(function: Callable[[float], float], sign: float) -> Callable[[Any], Any]:
    """Erf or erfc of floats; of x + ih to first order in h, all that a complex step reads."""
    of_floats = np.frompyfunc(function, 1, 1)

    def result(x: Any) -> Any:
        real = of_floats(np.real(x), out=np.empty(np.shape(x)), casting="unsafe")
        if not np.iscomplexobj(x):
            return real
        slope = sign * 2 / math.sqrt(math.pi) * np.exp(-(np.real(x) ** 2))
        return real + 1j * np.imag(x) * slope

    return result


def _absolute(x: Any) -> Any:
    return np.where(np.real(x) > 0, x, -x) if np.iscomplexobj(x) else np.abs(x)


def _is_positive(x: Any) -> Any:
    """Whether x > 0; at a real part of 0, whether a complex step goes there."""
    return (np.real(x) > 0) | ((np.real(x) == 0) & (np.imag(x) > 0))


def _ramp(x: Any) -> Any:
    return np.where(_is_positive(x), x, 0) if np.iscomplexobj(x) else np.maximum(x, 0.0)


def _decay(x: Any) -> Any:
    if np.iscomplexobj(x):
        return np.exp(np.where(_is_positive(x), -x, x))
    return np.exp(np.copysign(x, -1.0))


def _rise(x: Any) -> Any:
    if np.iscomplexobj(x):
        return np.exp(np.where(_is_positive(x), 0, x))
    # What it stands with is NaN where x is, and minimum takes its array by name, which costs more.
    return np.exp(np.fmin(x, 0.0))


def _chosen(a: Any, b: Any, *, larger: bool) -> Any:
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        first = np.real(a) > np.real(b) if larger else np.real(a) < np.real(b)
        # Where they are equal the one that does not move is taken, as the rules do.
        first = first | ((np.real(a) == np.real(b)) & (np.imag(a) == 0))
        return np.where(first, a, b)
    return np.maximum(a, b) if larger else np.minimum(a, b)


class Floating:
    """float64 and complex128 arrays."""

    add, subtract, multiply = np.add, np.subtract, np.multiply
    functions: Mapping[str, Callable[..., Any]] = {
        "abs": _absolute,
        "arctan": np.arctan,
        "cos": np.cos,
        "cosh": np.cosh,
        "decay": _decay,
        "erf": _near_real(math.erf, 1.0),
        "erfc": _near_real(math.erfc, -1.0),
        "exp": np.exp,
        "expm1": np.expm1,
        "ln": np.log,
        "log1p": np.log1p,
        "max": lambda a, b: _chosen(a, b, larger=True),
        "min": lambda a, b: _chosen(a, b, larger=False),
        "pi": lambda: math.pi,
        "ramp": _ramp,
        "rise": _rise,
        "sin": np.sin,
        "sinh": np.sinh,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
        "xlny": lambda x, y: np.where(x == 0, 0.0, x * np.log(y)),
        "xovery": lambda x, y: np.where(x == 0, 0.0, x / y),
    }

    @staticmethod
    def constant(value: Fraction) -> Any:
        """The nearest float64."""
        return float(value)

    def call(self, function: str, *arguments: Any) -> Any:
        """One of the formulas' functions."""
        return self.functions[function](*arguments)

    @staticmethod
    def divide(numerator: Any, denominator: Any) -> Any:
        """The quotient; over 0 it is infinite, and NaN for 0 over 0."""
        return np.divide(numerator, denominator)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        """`base` to the `exponent`; a square is a product, as it is by hand."""
        return np.square(base) if isinstance(exponent, float) and exponent == 2 else base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds between the real parts."""
        return np.where(COMPARISONS[relation](np.real(left), np.real(right)), yes, no)

    @staticmethod
    def array(numbers: Any) -> Any:
        """Numbers as this arithmetic's array."""
        return np.asarray(numbers, dtype=np.float64)


class Exact:
    """mpmath numbers in object arrays, each float64 taken as its shortest decimal."""

    # By NumPy's functions: a number of mpmath's in front of an array would first write all of the
    # array into an error message, and only then leave the sum to NumPy.
    add, subtract, multiply = np.add, np.subtract, np.multiply

    def __init__(self, digits: int) -> None:
        import mpmath

        self.context = mpmath.MPContext()
        self.context.dps = digits

    @cached_property
    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        mp = self.context
        zero = mp.mpf(0)

        def logarithm(x: Any) -> Any:
            return mp.log(x) if x > 0 else mp.nan if x else -mp.inf

        def complement(x: Any) -> Any:
            # From here on the first term of the series has all digits; mpmath takes long, and
            # overflows from 1e154 on.
            if x < min(mp.mpf(10) ** (mp.dps // 2 + 1), 1e150):
                return mp.erfc(x)
            return mp.exp(mp.fmul(-x, x, exact=True)) / (x * mp.sqrt(mp.pi))

        def within(function: Callable[..., Any], below: Any, above: Any) -> Callable[..., Any]:
            def result(x: Any) -> Any:
                if mp.mag(x) > MOST_BITS:
                    return mp.mpf(above if x > 0 else below)
                return function(x)

            return result

        own: dict[str, tuple[Callable[..., Any], int]] = {
            "abs": (abs, 1),
            "decay": (lambda x: zero if mp.mag(x) > MOST_BITS else mp.exp(-abs(x)), 1),
            "arctan": (mp.atan, 1),
            "ln": (logarithm, 1),
            "max": (max, 2),
            "min": (min, 2),
            "xlny": (lambda x, y: x * logarithm(y) if x else zero, 2),
            "log1p": (lambda x: mp.log1p(x) if x > -1 else logarithm(1 + x), 1),
            "ramp": (lambda x: max(x, zero), 1),
            "rise": (
                lambda x: mp.exp(x) if x < 0 and mp.mag(x) <= MOST_BITS else mp.mpf(x >= 0),
                1,
            ),
            "sqrt": (lambda x: mp.nan if x < 0 else mp.sqrt(x), 1),
            "xovery": (lambda x, y: self._quotient(x, y) if x else zero, 2),
        }
        for name, below, above in (
            ("cos", "nan", "nan"),
            ("cosh", "inf", "inf"),
            ("erf", "-1", "1"),
            ("exp", "0", "inf"),
            ("expm1", "-1", "inf"),
            ("sin", "nan", "nan"),
            ("sinh", "-inf", "inf"),
            ("tanh", "-1", "1"),
        ):
            own[name] = (within(getattr(mp, name), below, above), 1)
        own["erfc"] = (within(complement, "2", "0"), 1)
        return {name: np.frompyfunc(function, n, 1) for name, (function, n) in own.items()}

    def constant(self, value: Fraction) -> Any:
        """The constant to full precision."""
        return self.context.mpf(value.numerator) / value.denominator

    def call(self, function: str, *arguments: Any) -> Any:
        """One of the formulas' functions, element by element."""
        if function == "pi":
            return +self.context.pi
        return self._functions[function](*arguments)

    def _quotient(self, x: Any, y: Any) -> Any:
        return x / y if y else x * self.context.inf if x else self.context.nan

    def _digits(self, number: Any) -> int:
        """How many bits the number's exponent has."""
        magnitude = self.context.mag(number)
        return int(magnitude).bit_length() if abs(magnitude) < self.context.inf else 0

    def _real_power(self, base: Any, exponent: Any) -> Any:
        if not base and exponent < 0:
            return self.context.inf
        bits = self.context.mag(exponent) + self._digits(base)
        if base and abs(base) != 1 and bits > MOST_BITS:
            return self.context.inf if (abs(base) > 1) == (exponent > 0) else self.context.zero
        result = base**exponent
        return result if isinstance(result, self.context.mpf) else self.context.nan

    def divide(self, numerator: Any, denominator: Any) -> Any:
        """The quotient; over 0 it is infinite, and NaN for 0 over 0, as in float64."""
        return np.frompyfunc(self._quotient, 2, 1)(numerator, denominator)

    def power(self, base: Any, exponent: Any) -> Any:
        """`base` to the `exponent`; NaN where that is not a real number."""
        if isinstance(exponent, self.context.mpf) and exponent == 2:
            return base * base
        return np.frompyfunc(self._real_power, 2, 1)(base, exponent)

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds."""
        return np.where(np.asarray(COMPARISONS[relation](left, right), dtype=bool), yes, no)

    def array(self, numbers: Any) -> Any:
        """Each number as the decimal that names it."""
        numbers = np.asarray(numbers)
        result = np.empty(numbers.shape, dtype=object)
        for index in np.ndindex(numbers.shape):
            number = numbers[index]
            result[index] = (
                number if numbers.dtype == object else self.context.mpf(repr(float(number)))
            )
        return result
