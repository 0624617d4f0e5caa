"""Ball arithmetic: every number is enclosed, and what an enclosure cannot decide is not decided.

A number is an exact rational (`fmpq`) as long as it can be one, else a ball of Arb (`arb`): a
midpoint and a radius around the true value (Johansson, "Arb: efficient arbitrary-precision
midpoint-radius interval arithmetic", IEEE Transactions on Computers 66, 2017). The same functions
take `Twin` numbers (`derive.engine.twins`), which know besides when two of them are equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq

from derive import formula
from derive.engine.twins import Twin, image, of_rational

TALLEST = 4096
"""A rational of more bits above or below its line goes on as a ball."""
BEYOND = 256
"""The power of e, or of another base, of a number with so many bits before the point is infinite,
or 0: its own power of ten would have 77 digits."""
LARGEST_POWER = 1000
"""A rational is raised to no higher whole power as a rational."""
ZERO, ONE = fmpq(0), fmpq(1)
INFINITY, NAN = arb.pos_inf(), arb.nan()


class UndecidedError(ArithmeticError):
    """An enclosure is too wide to tell which of two ways a computation goes."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """So many bits at least for the balls made within."""
    before = flint.ctx.prec
    flint.ctx.prec = max(bits, before)
    try:
        yield
    finally:
        flint.ctx.prec = before


def ball(x: Any) -> arb:
    """A number as a ball."""
    inside = x.ball if isinstance(x, Twin) else x
    return inside if isinstance(inside, arb) else arb(inside)


def number(value: Any) -> Any:
    """A float as the decimal that names it, a fraction or an integer as the rational it is."""
    if isinstance(value, (arb, fmpq, Twin)):
        return value
    exactly = Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
    return fmpq(exactly.numerator, exactly.denominator)


def settled(x: Any) -> Any:
    """A rational that has grown too tall as a ball."""
    if isinstance(x, Twin):
        return Twin(settled(x.ball), x.residue)
    return arb(x) if isinstance(x, fmpq) and x.height_bits() > TALLEST else x


# Signs and comparisons


def sign(x: Any) -> int | None:
    """1, 0 or −1; None of what is no number.

    Raises:
        UndecidedError: the ball holds 0 and more.
    """
    if x > 0:
        return 1
    if x < 0:
        return -1
    if x == 0:
        return 0
    inside = getattr(x, "ball", x)
    if isinstance(inside, arb) and inside.is_nan():
        return None
    raise UndecidedError("a sign is not known")


def holds(left: Any, relation: str, right: Any) -> bool:
    """Whether `left` stands in `relation` to `right`; nothing that is no number does.

    Raises:
        UndecidedError: the balls overlap.
    """
    if left is right:
        return "=" in relation
    if _finite(left) and _finite(right):
        found = sign(left - right)
    else:
        found = 1 if left > right else -1 if left < right else 0 if left == right else None
    if found is None:
        return False
    return (
        found > 0
        if relation == ">"
        else found < 0
        if relation == "<"
        else (found >= 0 if relation == ">=" else found <= 0)
    )


def _finite(x: Any) -> bool:
    inside = getattr(x, "ball", x)
    return not isinstance(inside, arb) or bool(inside.is_finite())


# Functions. Those of one argument that need no branch are given a ball and give a ball.


def smooth(
    name: str, of_ball: Callable[[arb], arb], at_zero: fmpq, below: Any = None, above: Any = None
) -> Callable[[Any], Any]:
    """A function of a ball, exact at 0, and at its limits beyond what can be written."""

    def result(x: Any) -> Any:
        if isinstance(x, arb):
            found = of_ball(x)
            return found if found.is_finite() and not found.contains(0) else special(x, found)
        if isinstance(x, Twin):
            return Twin(result(x.ball), image(name, x.residue))
        return at_zero if x == 0 else result(arb(x))

    def special(x: arb, found: arb) -> arb:
        if not x.is_finite() or (below is not None and abs(x) > _FARTHEST):
            return found if below is None else above if x > 0 else below if x < 0 else NAN
        if not found.is_finite():
            raise UndecidedError(f"{name} of a wide ball")
        return found

    return result


_FARTHEST = arb(2) ** BEYOND


exponential = smooth("exp", arb.exp, ONE, arb(0), INFINITY)


def ln(x: Any) -> Any:
    """The natural logarithm."""
    at = sign(x)
    if at is None or at < 0:
        return NAN
    if at == 0:
        return -INFINITY
    if x == 1:
        return ZERO
    if isinstance(x, Twin):
        return Twin(ball(x.ball).log(), image("ln", x.residue))
    return ball(x).log()


def sqrt(x: Any) -> Any:
    """The square root; exact of a square."""
    at = sign(x)
    if at is None or at < 0:
        return NAN
    if at == 0:
        return ZERO
    if isinstance(x, Twin):
        root = sqrt(x.ball)
        if isinstance(root, fmpq):
            return Twin(root, of_rational(root))
        return Twin(root, image("sqrt", x.residue))
    if isinstance(x, fmpq) and x.p.is_square() and x.q.is_square():
        return fmpq(x.p.sqrt(), x.q.sqrt())
    return ball(x).sqrt()


def quotient(x: Any, y: Any) -> Any:
    """The quotient; over 0 it is infinite, and NaN for 0 over 0."""
    if isinstance(y, arb):
        found = x / y
        if isinstance(found, arb) and found.is_finite():
            return found
    below = sign(y)
    if below == 0:
        above = sign(x)
        return NAN if not above else above * INFINITY
    return settled(x / y)


def power(base: Any, exponent: Any) -> Any:
    """`base` to the `exponent`; NaN where that is not a real number."""
    raised = getattr(exponent, "ball", exponent)
    whole = int(raised.p) if isinstance(raised, fmpq) and raised.q == 1 else None
    if whole == 2:
        return base * base
    if whole is not None and abs(whole) <= LARGEST_POWER and not isinstance(base, Twin):
        if whole < 0 and sign(base) == 0:
            return INFINITY
        return settled(base**whole) if _finite(base) else base**whole
    if whole is not None and isinstance(base, Twin) and abs(whole) <= LARGEST_POWER:
        found = power(base.ball, raised)
        return Twin(found, None if base.residue is None else base.residue**whole)
    at = sign(base)
    if at == 0:
        towards = sign(exponent)
        return ONE if towards == 0 else ZERO if towards == 1 else INFINITY
    if whole is not None and at == -1:
        size = power(-base, exponent)
        return -size if whole % 2 else size
    if at != 1:
        return NAN
    half = isinstance(raised, fmpq) and raised == fmpq(1, 2)
    return sqrt(base) if half else exponential(exponent * ln(base))


def chosen(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
    """`yes` where the relation holds, `no` elsewhere; a ball around both where that is open."""
    try:
        return yes if holds(left, relation, right) else no
    except UndecidedError:
        return _without_image(arb.union, yes, no)


CHOICES: Mapping[str, Callable[..., Any]] = {
    relation: lambda left, right, yes, no, relation=relation: chosen(left, relation, right, yes, no)
    for relation in ("<", "<=", ">", ">=")
}
"""The same with the relation fixed."""


def _without_image(enclose: Callable[..., arb], *numbers: Any) -> Any:
    """A ball around what is one of several numbers, of which it is not known."""
    inside = [getattr(x, "ball", x) for x in numbers]
    found = enclose(*map(ball, inside))
    return Twin(found, None) if any(isinstance(x, Twin) for x in numbers) else found


def absolute(x: Any) -> Any:
    """The size of a number."""
    try:
        return -x if sign(x) == -1 else x
    except UndecidedError:
        return _without_image(abs, x)


def larger(a: Any, b: Any) -> Any:
    """The larger of two; where that is open, a ball around both."""
    try:
        return a if holds(a, ">", b) else b
    except UndecidedError:
        return _without_image(arb.max, a, b)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two, likewise."""
    try:
        return a if holds(a, "<", b) else b
    except UndecidedError:
        return _without_image(arb.min, a, b)


def expm1(x: Any) -> Any:
    """e^x - 1."""
    if isinstance(x, Twin):
        return Twin(expm1(x.ball), exponential(x).residue - 1 if x.residue is not None else None)
    return _SMALL_EXP(x)


def log1p(x: Any) -> Any:
    """ln(1 + x)."""
    if isinstance(x, Twin) or sign(x + 1) != 1:
        return ln(x + 1)
    return ZERO if x == 0 else ball(x).log1p()


def erfc_of_ball(x: arb) -> arb:
    """Far out by Tricomi's function: e^(−x²) U(1/2, 1/2, x²) / √π (DLMF 7.11.5).

    Arb's own erfc loses all its figures there.
    """
    if not x > _FAR_OUT:
        return x.erfc()
    square = x * x
    return (-square).exp() * square.hypgeom_u(_HALF, _HALF) / arb.pi().sqrt()


_FAR_OUT, _HALF = arb(100), arb(1) / 2
_SMALL_EXP = smooth("expm1", arb.expm1, ZERO, arb(-1), INFINITY)

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: row.balls(sys.modules[__name__]) for name, row in formula.FUNCTIONS.items()
}


def call(function: str, *arguments: Any) -> Any:
    """One of the formulas' functions, of numbers."""
    return FUNCTIONS[function](*arguments)


class Scalars:
    """The arithmetic of single numbers, for `derive.formula.evaluate`."""

    @staticmethod
    def constant(value: Fraction) -> Any:
        """The rational itself."""
        return fmpq(value.numerator, value.denominator)

    call = staticmethod(call)
    divide = staticmethod(quotient)
    power = staticmethod(power)
    where = staticmethod(chosen)


class Balls:
    """Arrays of such numbers, for the engine; with `twins`, of numbers that know their equals."""

    # By NumPy's functions: a number in front of an array would not know what to do with it.
    add, subtract, multiply = np.add, np.subtract, np.multiply

    def __init__(self, *, twins: bool = False) -> None:
        self.twins = twins
        self.functions = {
            name: np.frompyfunc(FUNCTIONS[name], row.arguments, 1)
            for name, row in formula.FUNCTIONS.items()
            if row.arguments
        }

    def number(self, value: Any) -> Any:
        """One number: a float as the decimal that names it, a rational as it is."""
        plain = number(value)
        return Twin(plain, of_rational(plain)) if self.twins and isinstance(plain, fmpq) else plain

    def constant(self, value: Fraction) -> Any:
        """The rational itself."""
        return self.number(value)

    def call(self, function: str, *arguments: Any) -> Any:
        """One of the formulas' functions, element by element."""
        if function == "pi":
            return Twin(arb.pi(), image("pi", of_rational(ONE))) if self.twins else arb.pi()
        return self.functions[function](*arguments)

    divide = staticmethod(np.frompyfunc(quotient, 2, 1))
    power = staticmethod(np.frompyfunc(power, 2, 1))

    @staticmethod
    def where(left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds."""
        return _WHERE(left, relation, right, yes, no)

    def array(self, numbers: Any) -> Any:
        """Each number as the decimal that names it."""
        numbers = np.asarray(numbers)
        result = np.empty(numbers.shape, dtype=object)
        for index in np.ndindex(numbers.shape):
            value = numbers[index]
            result[index] = self.number(value if numbers.dtype == object else float(value))
        return result


_WHERE = np.frompyfunc(chosen, 5, 1)
