"""Numbers as they are printed: correctly rounded decimals of exact values.

The rule of rounding is the school's: half away from zero (四舍五入). A value that needs no
rounding is printed as it is, so 0.3775 stays 0.3775; trailing zeros say that rounding took place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

SCIENTIFIC_BELOW = -5
SCIENTIFIC_FROM = 10
"""Powers of ten from which a number is written with ×10ⁿ: under 10⁻⁵, and from 10¹⁰."""

LEAST_GAP = -15
"""The power of ten of the least distance from 1 that a number is written out for."""

MOST_BITS = 40_000
"""Numbers above 2 to this power count as infinite, under its inverse as 0: no one writes them."""

EXACT = Fraction(1, 10**44)
"""Values nearer than this, relatively, are the same: 60-digit arithmetic's noise is far below.

A saturated GELU comes as near to 1 as 10⁻³⁸ without being 1."""


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

    def from_one(self, value: Fraction | float) -> Rounding:
        """The rounding of an output that may lie so near to 1 or −1 that little of the gap is left.

        Slopes such as out (1 − out) are computed from the gap: 0.99999989 rounded to 1.00000 would
        leave nothing to compute with. The gap keeps more than a third as many figures as other
        numbers have, unless it is under 10⁻¹⁵, too small for a person to write.
        """
        if isinstance(value, float) or abs(value) >= 1:
            return self
        gap, least = magnitude(Fraction(1 - abs(value))), self.digits // 3 + 1
        if gap < LEAST_GAP or self.places(value) + gap + 1 >= least:
            return self
        return Rounding(least - 1 - gap, self.decimals)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A printed number.

    Attributes:
        value: the exact value that is shown, a rational, or an infinity or NaN as a float.
        digits: what is printed before any power of ten, with `-` for minus: "-1.234".
        exponent: the power of ten written after it, 0 for none.
        rounded: whether printing changed the value.
    """

    value: Fraction | float
    digits: str
    exponent: int = 0
    rounded: bool = False

    @property
    def negative(self) -> bool:
        """Whether a minus sign is printed."""
        return self.digits.startswith("-")

    @property
    def printed(self) -> Fraction | float:
        """The number that the printed digits say."""
        if isinstance(self.value, float):
            return self.value
        return Fraction(self.digits) * Fraction(10) ** self.exponent

    def plain(self) -> str:
        """The number as plain text: 1.5e-12 for 1.5 × 10⁻¹²."""
        return f"{self.digits}e{self.exponent}" if self.exponent else self.digits


def exact(value: Any) -> Fraction | float:
    """The rational that `value` is: an int, a Fraction, a float's shortest decimal, an mpf.

    A 60-digit result that lies within its own noise of a short decimal is that decimal.
    """
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(repr(value)) if math.isfinite(value) else value
    if not hasattr(value, "_mpf_"):
        return exact(value.item())
    sign, mantissa, power, _ = value._mpf_
    if not mantissa:
        # mpmath keeps zero, the infinities and NaN with an empty mantissa.
        return Fraction(0) if not power else float(value)
    if abs(power) > MOST_BITS:
        return Fraction(0) if power < 0 else -math.inf if sign else math.inf
    rational = Fraction(int(mantissa)) * Fraction(2) ** int(power)
    rational = -rational if sign else rational
    near = round_half_up(rational, 30 - magnitude(rational))
    return near if abs(near - rational) <= abs(rational) * EXACT else rational


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


@lru_cache(maxsize=1 << 14, typed=True)
def numeral(value: Any, rounding: Rounding, minimum_places: int = 0) -> Numeral:
    """`value` as it is printed under `rounding`.

    A value that is exact in fewer places is printed with as few, yet with at least
    `minimum_places` (a table of givens lines up: 0.05, 0.10) unless it is whole.
    """
    known = exact(value)
    if isinstance(known, float):
        return Numeral(known, "NaN" if math.isnan(known) else "∞" if known > 0 else "-∞")
    places = rounding.places(known)
    result = round_half_up(known, places)
    # Rounding 9.9996 up to 10.000 adds a digit; significant figures are counted again.
    if result:
        places = min(places, rounding.places(result))
        result = round_half_up(known, places)
    if result == known:
        return _exact_numeral(known, minimum_places)
    power = magnitude(result) if result else 0
    if power < SCIENTIFIC_BELOW or power >= SCIENTIFIC_FROM or places < 0:
        shown = result / Fraction(10) ** power
        return Numeral(known, _digits(shown, places + power), power, rounded=True)
    return Numeral(known, _digits(result, places), rounded=True)


def _exact_numeral(value: Fraction, minimum_places: int) -> Numeral:
    power = magnitude(value) if value else 0
    if power < SCIENTIFIC_BELOW or power >= SCIENTIFIC_FROM:
        shown = value / Fraction(10) ** power
        return Numeral(value, _digits(shown, decimal_places(shown)), power)
    least = minimum_places if value.denominator > 1 else 0
    return Numeral(value, _digits(value, max(least, decimal_places(value))))


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
