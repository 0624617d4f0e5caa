"""The judge of a differentiation: is each of its lines the derivative?

No rule of `derive.calculus.rules` takes part: sympy differentiates by itself, and where it comes to
no end the lines are compared with difference quotients in ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
from flint import arb, fmpq

from derive.calculus.rules import Derivative
from derive.engine import balls
from derive.formula import (
    FUNCTIONS,
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Quotient,
    Sum,
    Symbol,
    Where,
    children,
    evaluate,
    parse,
    symbols,
)

_POINTS = [Fraction(n, 7) + Fraction(1, 1_000_003) for n in range(-29, 30, 3)]
"""Where a slope is compared by numbers: no kink that a person writes lies there."""
_CONSTANTS = [Fraction(n, 11) + Fraction(1, 999_983) for n in range(-25, 25, 3)]
"""What the constants of a formula are then."""
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


class Algebra:
    """Formulas as sympy expressions, for `derive.formula.evaluate`."""

    @staticmethod
    def constant(value: Fraction) -> Any:
        """The rational itself."""
        return sympy.Rational(value.numerator, value.denominator)

    @staticmethod
    def call(function: str, *arguments: Any) -> Any:
        """One of the formulas' functions."""
        row = FUNCTIONS[function]
        if row.sympy is not None:
            return row.sympy(sympy)(*arguments)
        values = dict(zip("uv", arguments, strict=False))
        return evaluate(parse(row.meaning, values), values.__getitem__, Algebra())

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        """`base` to the `exponent`."""
        return base**exponent

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds."""
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return sympy.Piecewise((yes, holds[relation]), (no, True))


@cache
def prove(formula: Expression, lines: tuple[Expression, ...]) -> Proof | int:
    """Show that each of `lines` is the derivative of `formula` by its symbol `x`.

    Args:
        formula: of `x`, and perhaps of constants that have a name.
        lines: of the same symbols, of `out`, which is the formula itself, and of `Derivative`s
            by `x`.

    Returns:
        That computer algebra proved every line; or at how many points all of them agree to 40
        digits, of those at which each has a finite value.

    Raises:
        AssertionError: a line is not the derivative; it is named.
    """
    if all(map(_short, (formula, *lines))) and _proved(formula, lines):
        return Proof.SYMBOLIC
    return _agreed(formula, lines)


def _short(formula: Expression) -> bool:
    """Whether computer algebra can be expected to come to an end with a formula."""
    waiting, nodes = [formula], 0
    while waiting and nodes <= MOST_NODES:
        node = waiting.pop()
        nodes += 1
        match node:
            case Where() | Call("abs" | "erf" | "erfc" | "max" | "min"):
                return False
            case Symbol(Derivative(of)):
                waiting.append(of)
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


def _proved(formula: Expression, lines: tuple[Expression, ...]) -> bool:
    """Whether computer algebra finds that each line is the derivative of `formula`."""
    x = sympy.Symbol("x", real=True)

    def value(name: Hashable) -> Any:
        if isinstance(name, Derivative):
            return sympy.diff(read(name.of), x)
        return function if name == "out" else sympy.Symbol(str(name), real=True)

    def read(expression: Expression) -> Any:
        return evaluate(expression, value, Algebra())

    try:
        function = read(formula)
        slope = sympy.diff(function, x)
        return all(_vanishes(slope - read(line)) for line in lines)
    except (ArithmeticError, ValueError, TypeError, NotImplementedError, RecursionError):
        # What algebra stumbles over is compared by numbers.
        return False


def _vanishes(difference: Any) -> bool:
    """Whether computer algebra finds that a difference is 0."""
    if difference == 0:
        return True
    if difference.count_ops() > MOST_OPERATIONS:
        return False
    difference = difference.rewrite(sympy.exp)
    # What is rational in exponentials vanishes when it is multiplied out, which costs least.
    multiplied_out = sympy.expand(sympy.numer(sympy.together(difference)))
    return bool(multiplied_out == 0 or sympy.simplify(difference) == 0)


def _compared(formula: Expression) -> Iterator[Expression]:
    """The parts of a formula whose values decide what it is."""
    match formula:
        case Where(left, _, right):
            yield from (left, right)
        case Call("max" | "min", arguments):
            yield from arguments
    for child in children(formula):
        yield from _compared(child)


def _agreed(formula: Expression, lines: tuple[Expression, ...]) -> int:
    """At how many points each line is the limit of difference quotients of `formula`, in balls."""
    compared = list(_compared(formula))
    constants = sorted({name for name in symbols(formula) if name != "x"})
    agreed = 0
    for n, point in enumerate(_POINTS):
        place = {"x": _rational(point)}
        for m, name in enumerate(constants, 1):
            place[name] = _rational(_CONSTANTS[(3 * n + 7 * m) % len(_CONSTANTS)])
        with balls.precision(_WORKING):
            try:
                gaps = list(_gaps(formula, lines, compared, place))
            except balls.UndecidedError:
                continue
            for number, (gap, allowed) in enumerate(gaps, 1):
                if gap > allowed:
                    raise AssertionError(
                        f"line {number} is wrong by {gap.str(5)} at {point}: "
                        f"{lines[number - 1]} is not the derivative of {formula}"
                    )
            agreed += bool(gaps) and all(gap < allowed for gap, allowed in gaps)
    return agreed


def _rational(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _gaps(
    formula: Expression,
    lines: tuple[Expression, ...],
    compared: list[Expression],
    place: Mapping[str, Any],
) -> Iterator[tuple[arb, arb]]:
    """How far each line is from the derivative at a place, and how far it may be.

    Nothing where the formula or its derivative has no value there that can be compared.

    Raises:
        UndecidedError: a line has none.
    """
    scalars = balls.Scalars()

    def beside(expression: Expression, side: int) -> Any:
        moved = {**place, "x": place["x"] + side * _STEP}
        return evaluate(expression, moved.__getitem__, scalars)

    @cache
    def quotient(expression: Expression) -> Any:
        found = balls.ball((beside(expression, 1) - beside(expression, -1)) / (2 * _STEP))
        return _mild(found)

    def value(name: Any) -> Any:
        if isinstance(name, Derivative):
            return quotient(name.of)
        return out if name == "out" else place[name]

    if any(balls.sign(evaluate(one, value, scalars)) is None for one in compared):
        # The larger of a number and of none is neither.
        return
    out = evaluate(formula, value, scalars)
    _mild(balls.ball(out))
    slope = quotient(formula)
    for line in lines:
        said = _mild(balls.ball(evaluate(line, value, scalars)))
        yield abs(slope - said), abs(said).max(arb(1)) * _NEAR


def _mild(value: arb) -> arb:
    """A value for which difference quotients are good.

    Raises:
        UndecidedError: it is too large, or none.
    """
    if not abs(value) < _STEEPEST:
        raise balls.UndecidedError("too steep for difference quotients")
    return value
