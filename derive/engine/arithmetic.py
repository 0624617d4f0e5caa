"""NumPy's numbers behind the formulas: float64 traces, complex128 checks gradients.

Comparisons look at the real part, so a complex step passes through them. What is printed is
computed in `derive.engine.balls`.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derive.formula import FUNCTIONS

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def near_real(function: Callable[[float], float], sign: float) -> Callable[[Any], Any]:
    """Erf or erfc of floats; of x + ih to first order in h, all that a complex step reads."""
    of_floats = np.frompyfunc(function, 1, 1)

    def result(x: Any) -> Any:
        real = of_floats(np.real(x), out=np.empty(np.shape(x)), casting="unsafe")
        if not np.iscomplexobj(x):
            return real
        slope = sign * 2 / math.sqrt(math.pi) * np.exp(-(np.real(x) ** 2))
        return real + 1j * np.imag(x) * slope

    return result


def absolute(x: Any) -> Any:
    """The size of a number; of x + ih, x or -x moved along."""
    return np.where(np.real(x) > 0, x, -x) if np.iscomplexobj(x) else np.abs(x)


def _is_positive(x: Any) -> Any:
    """Whether x > 0; at a real part of 0, whether a complex step goes there."""
    return (np.real(x) > 0) | ((np.real(x) == 0) & (np.imag(x) > 0))


def ramp(x: Any) -> Any:
    """max(x, 0)."""
    return np.where(_is_positive(x), x, 0) if np.iscomplexobj(x) else np.maximum(x, 0.0)


def decay(x: Any) -> Any:
    """e^-|x|."""
    if np.iscomplexobj(x):
        return np.exp(np.where(_is_positive(x), -x, x))
    return np.exp(np.copysign(x, -1.0))


def rise(x: Any) -> Any:
    """e^min(x, 0)."""
    if np.iscomplexobj(x):
        return np.exp(np.where(_is_positive(x), 0, x))
    # What it stands with is NaN where x is, and minimum takes its array by name, which costs more.
    return np.exp(np.fmin(x, 0.0))


def larger(a: Any, b: Any) -> Any:
    """The larger of two."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return np.where(_taken(a, np.real(a) > np.real(b), b), a, b)
    return np.maximum(a, b)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return np.where(_taken(a, np.real(a) < np.real(b), b), a, b)
    return np.minimum(a, b)


def _taken(a: Any, wins: Any, b: Any) -> Any:
    """Where they are equal the one that does not move is taken, as the rules do."""
    return wins | ((np.real(a) == np.real(b)) & (np.imag(a) == 0))


class Floating:
    """float64 and complex128 arrays."""

    add, subtract, multiply = np.add, np.subtract, np.multiply
    functions: Mapping[str, Callable[..., Any]] = {
        name: row.floats(sys.modules[__name__]) for name, row in FUNCTIONS.items()
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
        if isinstance(exponent, float) and exponent == 2:
            return np.square(base)
        # Of Python's own numbers the power would raise an error where it is infinite.
        return np.float64(base) ** exponent if isinstance(base, float) else base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds between the real parts."""
        return np.where(COMPARISONS[relation](np.real(left), np.real(right)), yes, no)

    @staticmethod
    def array(numbers: Any) -> Any:
        """Numbers as this arithmetic's array."""
        return np.asarray(numbers, dtype=np.float64)
