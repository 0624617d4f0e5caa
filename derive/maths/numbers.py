"""Numbers as they are printed: correctly rounded decimals, each determined by its enclosure.

A value is an exact rational, or a ball (`flint.arb`) that holds the true value. A figure is given
only where every number in the ball would print alike. The rule of rounding is the school's: half
away from zero (四舍五入). A value that needs no rounding is printed as it is, so 0.3775 stays
0.3775; trailing zeros say that rounding took place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, fmpq

from derive.errors import UncertainError

SCIENTIFIC_BELOW = -5
SCIENTIFIC_FROM = 10
"""Powers of ten from which every number is written with ×10ⁿ: under 10⁻⁵, and from 10¹⁰. Below
that, a number is that has more figures before its point than `Rounding` keeps."""

LEAST_GAP = -15
"""The power of ten, relative to two numbers, of the least gap that they are written out for."""

NEAR_ONE = 20_000
"""A binary exponent beyond this is split off before a number becomes a fraction."""

GUARD = 10
"""A decimal in a ball may be the value only if it is so many places shorter than the ball is
narrow: what is longer lies there by chance."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How results are rounded.

    `decimals` places after the point, but never fewer than `digits` significant figures;
    with `decimals` None, `digits` significant figures.
    """

    digits: int = 6
    decimals: int | None = None

    def places(self, value: Fraction) -> int:
        """Decimal places kept for `value`; negative where tens or hundreds are rounded."""
        if value == 0:
            return self.decimals if self.decimals is not None else self.digits
        significant = self.digits - 1 - magnitude(value)
        if self.decimals is None:
            return significant
        return max(self.decimals, significant) if self.digits else self.decimals

    def apart(self, value: Any, other: Any, figures: int = 0) -> Rounding:
        """The rounding of a number that may lie so near to another that little of the gap is left.

        What is computed from the gap could not be followed: 0.99999989 and 0.15000002, rounded to
        1.00000 and 0.150000, leave nothing of 1 − out and of out − 0.15. The gap keeps more than a
        third as many figures as other numbers have, unless it is under 10⁻¹⁵ of the two, too small
        for a person to write.

        Args:
            value: the number that is rounded.
            other: what it may lie near to.
            figures: how many figures of the gap are kept, where not so many as said.

        Raises:
            UncertainError: the enclosures do not tell how large the gap is.
        """
        if not (_moderate(value) and _moderate(other)):
            return self
        (lower, upper), (low, high) = bounds(value), bounds(other)
        if lower <= 0 <= upper:
            return self
        ends = sorted((lower - high, upper - low), key=abs)
        size = magnitude(max(map(abs, (lower, upper, low, high))))
        near, far = (abs(end) for end in ends)
        if far < Fraction(10) ** (LEAST_GAP + size):
            return self
        gap = _common_magnitude(near, far) if ends[0] * ends[1] > 0 else None
        if gap is None:
            raise UncertainError("how far two numbers are apart is not known")
        least = figures or self.digits // 3 + 1
        if self.places(lower) + gap + 1 >= least:
            return self
        return Rounding(least + magnitude(lower) - gap, self.decimals)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A printed number.

    Attributes:
        digits: what is printed before any power of ten, with `-` for minus: "-1.234"; "∞", "-∞"
            or "NaN" where there is no number.
        exponent: the power of ten written after it, 0 for none.
        rounded: whether printing changed the value.
        short: whether fewer figures are given than were asked for, since no more are certain.
    """

    digits: str
    exponent: int = 0
    rounded: bool = False
    short: bool = False

    @property
    def negative(self) -> bool:
        """Whether a minus sign is printed."""
        return self.digits.startswith("-")

    @property
    def finite(self) -> bool:
        """Whether it is a number at all."""
        return self.digits[-1].isdigit()

    @property
    def printed(self) -> Any:
        """The number that the printed digits say.

        A rational, a ball where its exponent is far from 0, an infinity or NaN as a float.
        """
        if not self.finite:
            return math.nan if self.digits == "NaN" else -math.inf if self.negative else math.inf
        if abs(self.exponent) > NEAR_ONE:
            return arb(rational(Fraction(self.digits))) * arb(10) ** self.exponent
        return Fraction(self.digits) * Fraction(10) ** self.exponent

    def plain(self) -> str:
        """The number as plain text: 1.5e-12 for 1.5 × 10⁻¹²."""
        return f"{self.digits}e{self.exponent}" if self.exponent else self.digits


def rational(value: Fraction) -> fmpq:
    """The same for ball arithmetic."""
    return fmpq(value.numerator, value.denominator)


def exact(value: Any) -> Any:
    """The rational that `value` is, where it is one; a ball of some width itself.

    Rationals are an int, a Fraction, a float as its shortest decimal, an `fmpq`, and a ball of no
    width. An infinity or NaN is a float.
    """
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(repr(float(value))) if math.isfinite(value) else float(value)
    if isinstance(value, fmpq):
        return Fraction(int(value.p), int(value.q))
    ball = getattr(value, "ball", value)
    if isinstance(ball, fmpq):
        return Fraction(int(ball.p), int(ball.q))
    if not isinstance(ball, arb):
        raise TypeError(f"{type(value).__name__} is no number")
    if not ball.is_finite():
        return math.nan if ball.is_nan() else math.inf if ball > 0 else -math.inf
    if ball.is_exact() and _moderate(ball):
        return bounds(ball)[0]
    return value


def _moderate(value: Any) -> bool:
    """Whether a number's ends are fractions of no more than some thousand digits."""
    ball = getattr(value, "ball", value)
    if isinstance(ball, float):
        return math.isfinite(ball)
    if not isinstance(ball, arb):
        return True
    if not ball.is_finite():
        return False
    return abs(_height(ball.mid())) < NEAR_ONE and _height(ball.rad()) < NEAR_ONE


def _height(number: arb) -> int:
    """The power of 2 of an exact number's first bit; 0 of 0."""
    mantissa, power = (int(part) for part in number.man_exp())
    return power + mantissa.bit_length() if mantissa else 0


def bounds(value: Any) -> tuple[Fraction, Fraction]:
    """The ends of a finite number's enclosure."""
    ball = getattr(value, "ball", value)
    if not isinstance(ball, arb):
        known = exact(ball)
        return known, known
    middle, radius = _dyadic(ball.mid()), _dyadic(ball.rad())
    return middle - radius, middle + radius


def _dyadic(number: arb) -> Fraction:
    mantissa, power = (int(part) for part in number.man_exp())
    if power < -10 * NEAR_ONE:
        # The radius of a narrow ball around a long number; a wider one holds it.
        return Fraction(1, 2 ** (10 * NEAR_ONE)) if mantissa else Fraction(0)
    return Fraction(mantissa) * Fraction(2) ** power


def magnitude(value: Fraction) -> int:
    """The power of ten of the first significant digit: 0 for 1 to 9.99…, -1 for 0.1; not for 0."""
    # In whole numbers: a Fraction is brought to lowest terms after each step, which takes longer.
    above, below = abs(value.numerator), value.denominator
    guess = math.floor((above.bit_length() - below.bit_length() - 1) * math.log10(2))
    if guess < 0:
        above *= 10**-guess
    else:
        below *= 10**guess
    while above >= 10 * below:
        below *= 10
        guess += 1
    return guess


def size(value: Any) -> int:
    """The power of ten of the first figure of a finite value's midpoint; not for 0."""
    lower, upper = bounds(value)
    return magnitude((lower + upper) / 2 or upper)


def _common_magnitude(near: Fraction, far: Fraction) -> int | None:
    """The magnitude of all that lies between two ends, or of the decimal that it may be."""
    if magnitude(near) == magnitude(far):
        return magnitude(near)
    decimal = shortest_decimal(near, far)
    return None if decimal is None else magnitude(decimal)


def round_half_up(value: Fraction, places: int) -> Fraction:
    """`value` to `places` decimals, half away from zero; negative places round tens, hundreds."""
    above, below = abs(value.numerator), value.denominator
    if places < 0:
        below *= 10**-places
    else:
        above *= 10**places
    whole = (2 * above + below) // (2 * below)
    signed = whole if value >= 0 else -whole
    return Fraction(signed, 10**places) if places > 0 else Fraction(signed * 10**-places)


def numeral(
    value: Any, rounding: Rounding, minimum_places: int = 0, among: Rounding | None = None
) -> Numeral:
    """`value` as it is printed under `rounding`.

    A value that is exact in fewer places is printed with as few, yet with at least
    `minimum_places` (a table of givens lines up: 0.05, 0.10) unless it is whole. Exact or not, a
    number with more figures before its point than results have is written with a power of ten.

    Args:
        value: a number as `exact` takes it.
        rounding: how it is rounded.
        minimum_places: how many decimals it has at least where it is exact.
        among: the rounding of the results that it stands among, where that is another one.

    Raises:
        UncertainError: the enclosure does not determine what is printed.
    """
    known = exact(value)
    if isinstance(known, float):
        return Numeral("NaN" if math.isnan(known) else "∞" if known > 0 else "-∞")
    if isinstance(known, Fraction):
        return _of_rational(known, rounding, minimum_places, among or rounding)
    return _of_ball(known, rounding, minimum_places, among or rounding)


def fewer_figures(value: Any, rounding: Rounding) -> Numeral:
    """`value` with as many figures as are certain, less than `rounding` asks for.

    Raises:
        UncertainError: not even one is.
    """
    for digits in range(max(rounding.digits, rounding.decimals or 0) + GUARD, 0, -1):
        try:
            return replace(numeral(value, Rounding(digits)), short=True)
        except UncertainError:
            continue
    raise UncertainError("no figure of the value is certain")


@lru_cache(maxsize=1 << 14)
def _of_rational(
    value: Fraction, rounding: Rounding, minimum_places: int, among: Rounding
) -> Numeral:
    shown = _rounded(value, rounding)
    if shown.printed == value:
        return _exact_numeral(value, minimum_places, among)
    return shown


def _of_ball(value: Any, rounding: Rounding, minimum_places: int, among: Rounding) -> Numeral:
    """The numeral of every number in a ball, if there is one."""
    ball = getattr(value, "ball", value)
    if not _moderate(ball):
        return _far_from_one(ball, rounding)
    lower, upper = bounds(ball)
    decimal = shortest_decimal(lower, upper)
    if decimal is not None:
        is_exactly = getattr(value, "is_exactly", None)
        if is_exactly is None:
            raise UncertainError("the value may be exact")
        if is_exactly(decimal):
            return _of_rational(decimal, rounding, minimum_places, among)
    if lower <= 0 <= upper:
        raise UncertainError("the value may be 0")
    shown = _rounded(lower, rounding)
    if shown != _rounded(upper, rounding):
        raise UncertainError("the figures are not determined")
    return shown


def shortest_decimal(lower: Fraction, upper: Fraction) -> Fraction | None:
    """The one decimal between two ends near to each other that is much shorter than they tell."""
    radius, middle = (upper - lower) / 2, (upper + lower) / 2
    if not radius:
        return None
    found = round_half_up(middle, -magnitude(radius) - GUARD)
    return found if lower <= found <= upper else None


def _far_from_one(ball: arb, rounding: Rounding) -> Numeral:
    """A number whose power of ten is itself long: the power is split off first."""
    if not (ball > 0 or ball < 0):
        raise UncertainError("the value may be 0")
    power = (abs(ball).log() / arb.const_log10()).floor().unique_fmpz()
    if power is None:
        raise UncertainError("the size of the value is not known")
    figures = Rounding(max(rounding.digits, 1))
    shown = _of_ball(ball * arb(10) ** -power, figures, 0, figures)
    return replace(shown, exponent=shown.exponent + int(power))


def _rounded(value: Fraction, rounding: Rounding) -> Numeral:
    """A rational to so many places, whether that changes it or not."""
    places = rounding.places(value)
    result = round_half_up(value, places)
    # Rounding 9.9996 up to 10.000 adds a digit; significant figures are counted again.
    if result:
        places = min(places, rounding.places(result))
        result = round_half_up(value, places)
    power = magnitude(result) if result else 0
    if power < SCIENTIFIC_BELOW or power >= SCIENTIFIC_FROM or places < 0:
        shown = result / Fraction(10) ** power
        return Numeral(_digits(shown, places + power), power, rounded=True)
    return Numeral(_digits(result, places), rounded=True)


def _exact_numeral(value: Fraction, minimum_places: int, among: Rounding) -> Numeral:
    power = magnitude(value) if value else 0
    if power < SCIENTIFIC_BELOW or power >= SCIENTIFIC_FROM or among.places(value) < 0:
        shown = value / Fraction(10) ** power
        return Numeral(_digits(shown, decimal_places(shown)), power)
    least = minimum_places if value.denominator > 1 else 0
    return Numeral(_digits(value, max(least, decimal_places(value))))


def decimal_places(value: Fraction) -> int:
    """Places after the point that write `value` exactly; the value must be a finite decimal."""
    twos = fives = 0
    denominator = value.denominator
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives)


def _digits(value: Fraction, places: int) -> str:
    places = max(places, 0)
    scaled = abs(value) * 10**places
    text = str(scaled.numerator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else sign + text
