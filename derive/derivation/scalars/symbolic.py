"""sympy as the judge: whether a textbook's slope is the derivative of its formula."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy

from derive.engine.arithmetic import Exact
from derive.formula import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Quotient,
    Sum,
    Where,
    children,
    compiled,
    evaluate,
)

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
_DIGITS = 40
"""To how many digits they must agree."""
_STEP, _WORKING = -100, 320
"""Exponent of the step of a difference quotient, and with how many digits it is taken: its error
is of the step's square, its rounding 10 to the −220."""
_STEEPEST = 20
"""Exponent of the largest value and slope that are compared: the quotient is good for them."""

MOST_NODES = 150
"""A longer formula or slope is compared at points alone: proving it could take for ever."""
MOST_OPERATIONS = 300
"""Likewise a longer difference of the two."""
LARGEST_EXPONENT = 12
"""Likewise one with a larger exponent, which algebra multiplies out, or with x in one."""


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
    if _short(formula) and _short(slope) and _proved(formula, slope):
        return Proof.SYMBOLIC
    return _agreed(formula, slope)


def _short(formula: Expression) -> bool:
    """Whether computer algebra can be expected to come to an end with a formula."""
    waiting, nodes = [formula], 0
    while waiting and nodes <= MOST_NODES:
        node = waiting.pop()
        nodes += 1
        match node:
            case Where() | Call("abs" | "erf" | "erfc" | "max" | "min"):
                return False
            case Power(_, exponent) if not _small(exponent):
                return False
        waiting += children(node)
    return nodes <= MOST_NODES


def _small(exponent: Expression) -> bool:
    """Whether an exponent is a number of few units."""
    match exponent:
        case Constant(value):
            return abs(value) <= LARGEST_EXPONENT
        case Negative(operand):
            return _small(operand)
        case Quotient(above, below):
            return _small(above) and _small(below)
        case Sum(terms):
            return all(map(_small, terms))
    return False


def _proved(formula: Expression, slope: Expression) -> bool:
    """Whether computer algebra finds that `slope` is the derivative of `formula`."""
    x = sympy.Symbol("x", real=True)
    try:
        function = to_sympy(formula, {"x": x})
        claimed = to_sympy(slope, {"x": x, "out": function})
        difference = sympy.diff(function, x) - claimed
        if difference.count_ops() > MOST_OPERATIONS:
            return False
        return bool(sympy.simplify(difference.rewrite(sympy.exp)) == 0)
    except (ArithmeticError, ValueError, TypeError, NotImplementedError, RecursionError):
        # What algebra stumbles over is compared by numbers.
        return False


def _compared(formula: Expression) -> Iterator[Expression]:
    """The parts of a formula whose values decide what it is."""
    match formula:
        case Where(left, _, right):
            yield from (left, right)
        case Call("max" | "min", arguments):
            yield from arguments
    for child in children(formula):
        yield from _compared(child)


def _agreed(formula: Expression, slope: Expression) -> int:
    """At how many points `slope` is the limit of difference quotients of `formula`."""
    arithmetic = Exact(_WORKING)
    mp = arithmetic.context
    function, claimed = compiled(formula, arithmetic), compiled(slope, arithmetic)
    step, steepest = mp.mpf(10) ** _STEP, mp.mpf(10) ** _STEEPEST

    compared = [compiled(one, arithmetic) for one in _compared(formula)]

    def at(x: Any) -> Any:
        return np.asarray(function({"x": x})).item()

    agreed = 0
    for point in _POINTS:
        x = arithmetic.constant(point)
        if any(mp.isnan(np.asarray(one({"x": x})).item()) for one in compared):
            # The larger of a number and of none is neither.
            continue
        out = at(x)
        said = np.asarray(claimed({"x": x, "out": out})).item()
        found = (at(x + step) - at(x - step)) / (2 * step)
        if not all(mp.isfinite(one) and abs(one) < steepest for one in (out, said, found)):
            continue
        if abs(found - said) > mp.mpf(10) ** -_DIGITS * max(1, abs(said)):
            gap = mp.nstr(found - said, 5)
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
