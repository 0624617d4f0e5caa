"""sympy as the judge: whether a textbook's slope is the derivative of its formula."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
from flint import arb, fmpq

from derive.engine import balls
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
_NEAR = fmpq(1, 10**40)
"""How near they must be to each other, relatively, or, where they are small, absolutely."""
_STEP, _WORKING = fmpq(1, 10**100), 1100
"""The step of a difference quotient, and in how many bits it is taken: its error is of the step's
square, its rounding 10 to the −220."""
_STEEPEST = 10**20
"""The largest value and slope that are compared: the quotient is good for them."""

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
    """At how many points `slope` is the limit of difference quotients of `formula`, in balls."""
    scalars, compared = balls.Scalars(), list(_compared(formula))

    def value(expression: Expression, **given: Any) -> Any:
        return evaluate(expression, given.__getitem__, scalars)

    agreed = 0
    for point in _POINTS:
        x = fmpq(point.numerator, point.denominator)
        with balls.precision(_WORKING):
            try:
                if any(balls.sign(value(one, x=x)) is None for one in compared):
                    # The larger of a number and of none is neither.
                    continue
                out = value(formula, x=x)
                said = balls.ball(value(slope, x=x, out=out))
                ahead, behind = (value(formula, x=x + side * _STEP) for side in (1, -1))
            except balls.UndecidedError:
                continue
            found = balls.ball((ahead - behind) / (2 * _STEP))
            if not all(abs(one) < _STEEPEST for one in (balls.ball(out), said, found)):
                continue
            gap, allowed = abs(found - said), abs(said).max(arb(1)) * _NEAR
            if gap > allowed:
                raise AssertionError(f"the slope is wrong by {gap.str(5)} at {point}")
            agreed += bool(gap < allowed)
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
