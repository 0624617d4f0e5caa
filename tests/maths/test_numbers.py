"""Rounding and printing, against the decimal module."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from derive.engine.balls import precision
from derive.engine.twins import Twin, of_rational
from derive.errors import UncertainError
from derive.maths.numbers import (
    Rounding,
    decimal_places,
    exact,
    fewer_figures,
    magnitude,
    numeral,
    rational,
    round_half_up,
)

DECIMALS = st.decimals(
    allow_nan=False,
    allow_infinity=False,
    min_value=Decimal("-1e12"),
    max_value=Decimal("1e12"),
    places=20,
)


@given(value=DECIMALS, digits=st.integers(1, 15))
def test_significant_figures_are_those_of_the_decimal_module(value: Decimal, digits: int) -> None:
    """Half away from zero, to `digits` figures."""
    printed = Decimal(numeral(Fraction(value), Rounding(digits)).plain())
    if not value:
        assert printed == 0
        return
    with localcontext() as context:
        context.prec = 60
        step = Decimal(1).scaleb(value.adjusted() - digits + 1)
        assert printed == value.quantize(step, rounding=ROUND_HALF_UP)


@given(value=DECIMALS, decimals=st.integers(0, 12))
def test_decimal_places_are_those_of_the_decimal_module(value: Decimal, decimals: int) -> None:
    """With no demand for significant figures, so many places."""
    printed = Decimal(numeral(Fraction(value), Rounding(0, decimals)).plain())
    with localcontext() as context:
        context.prec = 60
        step = Decimal(1).scaleb(-decimals)
        assert printed == value.quantize(step, rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("value", "rounding", "text"),
    [
        (0.3775, Rounding(6), "0.3775"),
        (Fraction(1, 3), Rounding(6), "0.333333"),
        (Fraction(2, 3), Rounding(3), "0.667"),
        (Fraction("9.9996"), Rounding(4), "10.00"),
        (Fraction("0.0235600"), Rounding(6), "0.02356"),
        (Fraction("0.02356000001"), Rounding(6), "0.0235600"),
        (Fraction("-2.5"), Rounding(1), "-3"),
        (Fraction("1e-9") / 3, Rounding(3), "3.33e-10"),
        (10**12, Rounding(3), "1e12"),
        (Fraction(10**12, 3), Rounding(3), "3.33e11"),
        (0, Rounding(6), "0"),
        (math.inf, Rounding(6), "∞"),
        (-math.inf, Rounding(6), "-∞"),
        (math.nan, Rounding(6), "NaN"),
        (Fraction("0.000123456789"), Rounding(6, 4), "0.000123457"),
        (Fraction("0.0000123456789"), Rounding(0, 4), "0.0000"),
        (Fraction("12345.678901"), Rounding(4, 2), "12345.68"),
        (Fraction("0.99987"), Rounding(3, 2), "1.00"),
        (Fraction("0.99987"), Rounding(3, 4), "0.9999"),
    ],
)
def test_numbers_print_as_people_write_them(value: object, rounding: Rounding, text: str) -> None:
    """Exact values as they are, rounded ones with their zeros, powers of ten where it helps."""
    assert numeral(value, rounding).plain() == text


def test_givens_line_up() -> None:
    """0.05 and 0.10 stand under each other."""
    assert numeral(0.1, Rounding(17), 2).plain() == "0.10"
    assert numeral(0.125, Rounding(17), 2).plain() == "0.125"


def test_a_float_is_the_shortest_decimal_that_names_it() -> None:
    """0.1 is one tenth, not the binary fraction nearest to it."""
    assert exact(0.1) == Fraction(1, 10)


@given(
    value=st.fractions(min_value=-1000, max_value=1000).filter(bool),
    radius=st.integers(8, 40),
    digits=st.integers(1, 12),
)
def test_a_ball_prints_what_all_that_it_holds_do(value: Fraction, radius: int, digits: int) -> None:
    """Or nothing: its ends and its middle, rounded by themselves, have the same figures."""
    width = Fraction(1, 10**radius)
    with precision(400):
        ball = arb(rational(value), arb(10) ** -radius)
    try:
        shown = numeral(ball, Rounding(digits))
    except UncertainError:
        lower, upper = (numeral(value + side * width, Rounding(digits)) for side in (-2, 2))
        inside = round_half_up(value, radius - 10)
        assert lower.printed != upper.printed or abs(inside - value) <= 2 * width
        return
    for side in (-1, 0, 1):
        end = numeral(value + side * width, Rounding(digits))
        assert end.printed == shown.printed


@pytest.mark.parametrize(
    ("power", "text"), [(24206, "1.6e24206"), (-(10**9), "1.6e-1000000000"), (-1100, "1.6e-1100")]
)
def test_numbers_far_from_one_are_written_by_their_power_of_ten(power: int, text: str) -> None:
    """None is 0 or infinite."""
    with precision(300):
        number = (arb("1.6") + arb(1) / 3_000_000) * arb(10) ** power
        assert numeral(number, Rounding(2)).plain() == text


def test_a_ball_around_a_short_decimal_may_be_it_or_not() -> None:
    """0.25 and 0.250000 say different things, so neither is printed unless it is known."""
    with precision(200):
        around = arb(fmpq(1, 4), arb(10) ** -50)
        with pytest.raises(UncertainError):
            numeral(around, Rounding(6))
        quarter = Twin(around, of_rational(fmpq(1, 4)))
        assert numeral(quarter, Rounding(6)).plain() == "0.25"
        other = Twin(around, of_rational(fmpq(1, 3)))
        assert numeral(other, Rounding(6)).plain() == "0.250000"


def test_fewer_figures_are_printed_where_no_more_are_certain() -> None:
    """As many as the ball tells, and they say so."""
    shown = fewer_figures(arb("0.123456789", "1e-5"), Rounding(6))
    assert (shown.plain(), shown.short) == ("0.123", True)
    with pytest.raises(UncertainError):
        fewer_figures(arb(1, 3), Rounding(6))


@given(value=st.fractions().filter(bool))
def test_the_magnitude_is_the_power_of_the_first_figure(value: Fraction) -> None:
    """10^m ≤ |value| < 10^(m+1)."""
    power = magnitude(value)
    assert Fraction(10) ** power <= abs(value) < Fraction(10) ** (power + 1)


def test_the_magnitude_of_numbers_beyond_any_string_is_found() -> None:
    """Ten thousands of digits do no harm."""
    assert magnitude(Fraction(1, 7**20_000)) == -16902


@given(value=st.decimals(min_value=-1000, max_value=1000, places=8))
def test_decimal_places_write_a_value_exactly(value: Decimal) -> None:
    """No place too few, none too many."""
    fraction = Fraction(value)
    places = decimal_places(fraction)
    assert (fraction * 10**places).denominator == 1
    assert places == 0 or (fraction * 10 ** (places - 1)).denominator != 1


@pytest.mark.parametrize(
    ("value", "other", "digits", "text"),
    [
        ("0.150000003572401", "0.15", 6, "0.15000000357"),
        ("0.15123456789", "0.15", 6, "0.151235"),
        ("0.15000000357", "0.15", 3, "0.1500000036"),
        ("0.9999998765", "1", 6, "0.999999877"),
        ("-0.9999998765", "-1", 6, "-0.999999877"),
        ("1234567.0000491234", "1234567", 6, "1234567.0000491"),
        ("-0.15000000357", "0.15", 6, "-0.150000"),
        ("0.15000000000000000123", "0.15", 6, "0.150000"),
        ("1.000000012345e-9", "1e-9", 6, "1.0000000123e-9"),
        ("1e-9", "0", 6, "1e-9"),
    ],
)
def test_a_number_near_another_is_told_from_it(
    value: str, other: str, digits: int, text: str
) -> None:
    """With more than a third of the figures left of the gap, down to 10⁻¹⁵ of the two."""
    rounding = Rounding(digits).apart(Fraction(value), Fraction(other))
    assert numeral(Fraction(value), rounding).plain() == text


def test_how_far_apart_two_numbers_are_must_be_known() -> None:
    """A gap that may be 0 or 10⁻⁹ asks for more digits; one that is surely tiny does not."""
    with precision(200):
        with pytest.raises(UncertainError):
            Rounding(6).apart(arb("0.5", "1e-9"), Fraction(1, 2))
        assert Rounding(6).apart(arb("0.5", "1e-20"), Fraction(1, 2)) == Rounding(6)
        # An exact power of ten lies on the border of two magnitudes.
        thousandth = arb(fmpq(501, 1000), arb(10) ** -40)
        assert Rounding(6).apart(thousandth, Fraction(1, 2)) == Rounding(6)
        tiny = arb(fmpq(5000001, 10**7), arb(10) ** -40)
        assert Rounding(6).apart(tiny, Fraction(1, 2)).places(Fraction(1, 2)) == 9
