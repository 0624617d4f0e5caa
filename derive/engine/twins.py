"""Numbers that know when they are equal: a ball, and its image in a finite field.

No ball shows that the outputs of two equal neurons differ by exactly 0. The same computation in
the field of 2¹²⁷ − 1 elements does, each value of exp, ln, … at an argument an element drawn by a
hash: two results of rational operations on such values that are the same expression have the same
image, and two that are not have the same one with a chance of about their degree over 2¹²⁷
(Schwartz, "Fast probabilistic algorithms for verification of polynomial identities", JACM 27,
1980; Zippel 1979). An image is asked only where the balls of two numbers overlap, so what is taken
for equal is so but for a chance under 10⁻³⁰; what has different images is not thereby different:
some identities of functions are not known here, and such a figure counts as not certain.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from typing import Any

from flint import arb, fmpq, fmpz_mod_ctx

PRIME = 2**127 - 1
FIELD = fmpz_mod_ctx(PRIME)


def of_rational(value: fmpq) -> Any:
    """The image of a rational; None where its denominator has none."""
    below = int(value.q) % PRIME
    return FIELD(int(value.p) % PRIME) / FIELD(below) if below else None


def _drawn(name: str, argument: Any) -> Any:
    return FIELD(int.from_bytes(sha256(f"{name} {int(argument)}".encode()).digest()) % PRIME)


def _exp(x: Any) -> Any:
    """Such that exp(−x) is 1 / exp(x)."""
    if x == 0:
        return FIELD(1)
    return 1 / _drawn("exp", -x) if int(x) > PRIME // 2 else _drawn("exp", x)


def _odd(name: str) -> Callable[[Any], Any]:
    def result(x: Any) -> Any:
        if x == 0:
            return FIELD(0)
        return -_drawn(name, -x) if int(x) > PRIME // 2 else _drawn(name, x)

    return result


_erf, _half_tangent = _odd("erf"), _odd("tangent")
_IMAGES: dict[str, Callable[[Any], Any]] = {
    "arctan": _odd("arctan"),
    "cos": lambda x: (1 - _half_tangent(x) ** 2) / (1 + _half_tangent(x) ** 2),
    "cosh": lambda x: (_exp(x) + 1 / _exp(x)) / 2,
    "erf": _erf,
    "erfc": lambda x: 1 - _erf(x),
    "exp": _exp,
    "expm1": lambda x: _exp(x) - 1,
    "sin": lambda x: 2 * _half_tangent(x) / (1 + _half_tangent(x) ** 2),
    "sinh": lambda x: (_exp(x) - 1 / _exp(x)) / 2,
    "tanh": lambda x: (_exp(x) ** 2 - 1) / (_exp(x) ** 2 + 1),
}


def image(name: str, argument: Any) -> Any:
    """The image of a function's value; None where the argument has none."""
    if argument is None:
        return None
    known = _IMAGES.get(name)
    return known(argument) if known else _drawn(name, argument)


def _lifted(operate: Callable[[Any, Any], Any]) -> Callable[[Twin, Any], Any]:
    """An operation on both parts; what is infinite or no number has no image."""

    def result(left: Twin, right: Any) -> Any:
        if not isinstance(right, (Twin, arb, fmpq, int)):
            return NotImplemented
        other = right if isinstance(right, Twin) else twin(right)
        known = left.residue is not None and other.residue is not None
        found = operate(left.ball, other.ball)
        if isinstance(found, arb) and not found.is_finite():
            known = False
        return Twin(found, operate(left.residue, other.residue) if known else None)

    return result


def twin(value: Any) -> Twin:
    """A number with its image; a ball of which no more is known has none."""
    if isinstance(value, arb):
        return Twin(value, None)
    plain = value if isinstance(value, fmpq) else fmpq(value)
    return Twin(plain, of_rational(plain))


def _over(left: Any, right: Any) -> Any:
    return left / right


class Twin:
    """A number's ball, or its rational, and its image; None where it has none."""

    __slots__ = ("ball", "residue")

    def __init__(self, ball: Any, residue: Any) -> None:
        self.ball = ball
        self.residue = residue

    __add__ = __radd__ = _lifted(lambda a, b: a + b)
    __mul__ = __rmul__ = _lifted(lambda a, b: a * b)
    __sub__ = _lifted(lambda a, b: a - b)
    __rsub__ = _lifted(lambda a, b: b - a)
    __truediv__ = _lifted(_over)
    __rtruediv__ = _lifted(lambda a, b: b / a)

    def __neg__(self) -> Twin:
        return Twin(-self.ball, None if self.residue is None else -self.residue)

    def __pos__(self) -> Twin:
        return self

    def is_exactly(self, value: Fraction) -> bool:
        """Whether the number is this rational, which its ball must hold."""
        if isinstance(self.ball, fmpq):
            return bool(self.ball == fmpq(value.numerator, value.denominator))
        image_of_value = of_rational(fmpq(value.numerator, value.denominator))
        return self.residue is not None and bool(self.residue == image_of_value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Twin, arb, fmpq, int)):
            return NotImplemented
        known = other if isinstance(other, Twin) else twin(other)
        rationals = isinstance(self.ball, fmpq) and isinstance(known.ball, fmpq)
        if rationals or self.residue is None or self.residue != known.residue:
            return bool(self.ball == known.ball)
        return bool(arb(self.ball).overlaps(arb(known.ball)))

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> bool:
        return self != other and bool(self.ball < getattr(other, "ball", other))

    def __gt__(self, other: Any) -> bool:
        return self != other and bool(self.ball > getattr(other, "ball", other))
