"""sympy as the judge: whether a textbook's slope is the derivative of its formula."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from derive.formula import Expression, evaluate

_FUNCTIONS = {
    "abs": sympy.Abs,
    "arctan": sympy.atan,
    "expm1": lambda x: sympy.exp(x) - 1,
    "ln": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "max": lambda a, b: sympy.Piecewise((a, a > b), (b, True)),
    "pi": lambda: sympy.pi,
    "xlny": lambda x, y: x * sympy.log(y),
    "xovery": lambda x, y: x / y,
    "min": lambda a, b: sympy.Piecewise((a, a < b), (b, True)),
}
_POINTS = [Fraction(n, 7) + Fraction(1, 1_000_003) for n in range(-29, 30, 3)]
"""Where a slope is compared by numbers: no kink that a person writes lies there."""
_DIGITS = 50


MOST_OPERATIONS = 300
"""A longer difference is compared at points alone: simplifying it could take for ever."""


class Proof(Enum):
    """How a slope was shown to be right."""

    SYMBOLIC = "symbolic"


class _Sympy:
    """Formulas as sympy expressions."""

    @staticmethod
    def constant(value: Fraction) -> Any:
        return sympy.Rational(value.numerator, value.denominator)

    @staticmethod
    def call(function: str, *arguments: Any) -> Any:
        return (_FUNCTIONS.get(function) or getattr(sympy, function))(*arguments)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        return base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return sympy.Piecewise((yes, holds[relation]), (no, True))


def to_sympy(expression: Expression, values: dict[str, Any]) -> Any:
    """A parsed formula as a sympy expression, `values` for its symbols."""
    return evaluate(expression, values.__getitem__, _Sympy())


def prove_slope(formula: Expression, slope: Expression) -> Proof | int:
    """Show that `slope` (in x, or in out) is the derivative of `formula` (in x).

    Returns:
        That computer algebra proved it; or at how many points they agree to 40 digits, of those
        at which both have a finite value.

    Raises:
        AssertionError: it is not.
    """
    x = sympy.Symbol("x", real=True)
    function = to_sympy(formula, {"x": x})
    claimed = to_sympy(slope, {"x": x, "out": function})
    difference = sympy.diff(function, x) - claimed
    hard = difference.has(sympy.Piecewise, sympy.Abs, sympy.erf, sympy.erfc)
    if not hard and difference.count_ops() <= MOST_OPERATIONS:
        exponentials = difference.rewrite(sympy.exp)
        if sympy.simplify(exponentials) == 0:
            return Proof.SYMBOLIC
    agreed = 0
    for point in _POINTS:
        at = sympy.Rational(point.numerator, point.denominator).evalf(2 * _DIGITS)
        try:
            gap = difference.subs(x, at).evalf(_DIGITS, maxn=500)
            # Where the function has no real value the difference is complex, and 0 all the same.
            parts = [sympy.Float(part, _DIGITS) for part in gap.as_real_imag()]
        except (TypeError, ValueError, ArithmeticError):
            continue
        if not all(part.is_finite for part in parts):
            continue
        if max(map(abs, parts)) > sympy.Float(10, _DIGITS) ** (10 - _DIGITS):
            raise AssertionError(f"the slope is wrong by {gap} at {point}")
        agreed += 1
    return agreed


@cache
def prove_softmax() -> None:
    """Show softmax's slopes, and output minus target behind it, for any number of outputs.

    With x = exp(net) the derivative by a net input is x times that by x. All outputs but the two
    of a slope enter through the sum of their powers alone, one symbol.

    Raises:
        AssertionError: one of them is wrong.
    """
    own, other, rest, target = sympy.symbols("x_k x_j r t_k", positive=True)
    total = own + other + rest

    def by_net(value: Any) -> Any:
        return own * sympy.diff(value, own)

    out, another = own / total, other / total
    # The other targets add up to 1 - t_k; the logarithms of the other powers are constant.
    loss = -target * sympy.log(out) + (1 - target) * sympy.log(total)
    claims = (
        (by_net(out), out * (1 - out)),
        (by_net(another), -another * out),
        (by_net(loss), out - target),
    )
    for derivative, claimed in claims:
        if sympy.simplify(derivative - claimed) != 0:
            raise AssertionError(f"{derivative} is not {claimed}")
