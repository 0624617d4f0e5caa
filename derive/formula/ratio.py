"""The normal form in which formulas of exponentials cancel: products of powers, sums as factors.

1 - 1/(1 + e^x) and e^x/(1 + e^x) are one function. Written as a constant, powers of quantities,
one exponential and powers of sums, with exact coefficients, they are also one `Ratio`; what would
cancel in floating point has cancelled before a number is put in.

Only what is never 0 is cancelled, so that a ratio has a value where its formula has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import Any, TypeVar

from derive.formula.tree import Call, Expression, Symbol, symbols

MOST_TERMS = 40
"""A sum with more terms is not multiplied out."""

Powers = tuple[tuple[Expression, Fraction], ...]
"""Quantities with their powers, in a fixed order; a quantity is a part that is not taken apart."""
Exponent = tuple[tuple[Powers, Fraction], ...]
"""What stands above e: products of quantities with their coefficients."""
Monomial = tuple[Powers, Exponent]
Terms = tuple[tuple[Monomial, Fraction], ...]
"""A sum in a fixed order; as a factor, its first coefficient is 1 and its first exponent 0."""

Key = TypeVar("Key")

_POSITIVE = frozenset({"cosh", "erfc", "exp", "pi"})
_NOT_NEGATIVE = _POSITIVE | {"abs", "sqrt"}


class UnfitError(Exception):
    """A formula that has no such form, or too long a one."""


@dataclass(frozen=True)
class Ratio:
    """constant · quantities · e^exponent · powers of sums.

    Powers may be negative, and halves where what is raised is positive: a root.
    """

    constant: Fraction
    powers: Powers = ()
    exponent: Exponent = ()
    factors: tuple[tuple[Terms, Fraction], ...] = ()


ZERO, ONE = Ratio(Fraction(0)), Ratio(Fraction(1))


def merged(a: tuple[Any, ...], b: tuple[Any, ...], times: Any = 1) -> tuple[Any, ...]:
    """Keys with the sums of their values, `times` those of `b`; without zeros, in order."""
    found = dict(a)
    for key, value in b:
        found[key] = found.get(key, 0) + times * value
    return tuple(sorted(((k, v) for k, v in found.items() if v), key=repr))


def quantity(part: Expression) -> Ratio:
    """A part that is not taken apart."""
    return Ratio(Fraction(1), ((part, Fraction(1)),))


def _is_positive(part: Expression) -> bool:
    if isinstance(part, Symbol):
        return part.name == "n"
    return isinstance(part, Call) and part.function in _POSITIVE


def never_zero(part: Expression) -> bool:
    """Whether a quantity is seen to be other than 0 everywhere."""
    return _is_positive(part) or next(symbols(part), None) is None


def positive(terms: Terms) -> bool:
    """Whether a sum is seen to be positive: no term below 0, one above."""
    strict = False
    for (powers, _), coefficient in terms:
        if coefficient < 0:
            return False
        for part, power in powers:
            known = isinstance(part, Call) and part.function in _NOT_NEGATIVE
            if not (power % 2 == 0 or known or _is_positive(part)):
                return False
        strict = strict or all(_is_positive(part) for part, _ in powers)
    return strict


def is_positive(ratio: Ratio) -> bool:
    """Whether a ratio is seen to be positive."""
    return (
        ratio.constant > 0
        and all(_is_positive(part) for part, _ in ratio.powers)
        and all(positive(terms) for terms, _ in ratio.factors)
    )


def _refuse_cancelling(
    a: tuple[tuple[Key, Fraction], ...],
    b: tuple[tuple[Key, Fraction], ...],
    safe: Callable[[Key], bool],
) -> None:
    others = dict(b)
    for key, times in a:
        if times * others.get(key, 0) < 0 and not safe(key):
            raise UnfitError


def multiply(a: Ratio, b: Ratio) -> Ratio:
    """The product.

    Raises:
        UnfitError: something that may be 0 would be cancelled.
    """
    _refuse_cancelling(a.powers, b.powers, never_zero)
    _refuse_cancelling(a.factors, b.factors, positive)
    if not a.constant * b.constant:
        return ZERO
    return Ratio(
        a.constant * b.constant,
        merged(a.powers, b.powers),
        merged(a.exponent, b.exponent),
        merged(a.factors, b.factors),
    )


def power(base: Ratio, exponent: Fraction | int) -> Ratio:
    """The base to a whole power, or one that is positive to half of one.

    Raises:
        UnfitError: 0 to a power that is not positive, or no exact constant.
    """
    exponent = Fraction(exponent)
    whole = exponent.denominator == 1
    if (not base.constant and exponent <= 0) or not (whole or base.constant == 1):
        raise UnfitError
    return Ratio(
        base.constant ** int(exponent) if whole else base.constant,
        merged((), base.powers, exponent),
        merged((), base.exponent, exponent),
        merged((), base.factors, exponent),
    )


def _times(a: Mapping[Monomial, Fraction], b: Iterable[tuple[Monomial, Fraction]]) -> Any:
    found: dict[Monomial, Fraction] = {}
    for (powers, exponent), coefficient in b:
        for (more, further), other in a.items():
            key = merged(more, powers), merged(further, exponent)
            found[key] = found.get(key, Fraction(0)) + coefficient * other
    if len(found) > MOST_TERMS:
        raise UnfitError
    return {key: value for key, value in found.items() if value}


def expanded(ratio: Ratio) -> dict[Monomial, Fraction]:
    """All multiplied out.

    Raises:
        UnfitError: a sum stands below, or there would be too many terms.
    """
    found = {(ratio.powers, ratio.exponent): ratio.constant}
    for terms, times in ratio.factors:
        if times < 0 or times.denominator != 1:
            raise UnfitError
        for _ in range(int(times)):
            found = _times(found, terms)
    return found if ratio.constant else {}


def _least(tables: list[Mapping[Any, Fraction]]) -> tuple[Any, ...]:
    """The power of each key that all have in common, 0 where one has it not."""
    keys = {key for table in tables for key in table}
    least = {key: min(table.get(key, Fraction(0)) for table in tables) for key in keys}
    return tuple(sorted(((key, n) for key, n in least.items() if n), key=repr))


def add(ratios: Iterable[Ratio]) -> Ratio:
    """The sum over the common denominator, what terms have in common in front.

    Raises:
        UnfitError: too long.
    """
    terms = [ratio for ratio in ratios if ratio.constant]
    if len(terms) < 2:
        return terms[0] if terms else ZERO
    powers = _least([dict(ratio.powers) for ratio in terms])
    factors = _least([dict(ratio.factors) for ratio in terms])
    total: dict[Monomial, Fraction] = {}
    for ratio in terms:
        rest = replace(
            ratio,
            powers=merged(ratio.powers, powers, -1),
            factors=merged(ratio.factors, factors, -1),
        )
        for key, value in expanded(rest).items():
            total[key] = total.get(key, Fraction(0)) + value
    found = collected({key: value for key, value in total.items() if value})
    return multiply(found, Ratio(Fraction(1), powers, (), factors))


def collected(total: Mapping[Monomial, Fraction]) -> Ratio:
    """A sum of terms with all that they have in common in front."""
    if not total:
        return ZERO
    powers = _least([dict(powers) for powers, _ in total])
    order = sorted({key for _, exponent in total for key, _ in exponent}, key=repr)

    def place(exponent: Exponent) -> tuple[Fraction, ...]:
        found = dict(exponent)
        return tuple(found.get(key, Fraction(0)) for key in order)

    lowest = min((exponent for _, exponent in total), key=place)
    bare = {
        (merged(p, powers, -1), merged(exponent, lowest, -1)): value
        for (p, exponent), value in total.items()
    }
    if len(bare) == 1:
        return Ratio(next(iter(bare.values())), powers, lowest)
    terms = sorted(bare.items(), key=lambda item: (place(item[0][1]), repr(item[0][0])))
    first = terms[0][1]
    factor = tuple((key, value / first) for key, value in terms)
    return multiply(Ratio(first, powers, lowest), _without_root(factor))


@dataclass(frozen=True)
class Ladder:
    """A sum as a polynomial in e^base: the coefficient of each power, from 0 to the degree."""

    base: Exponent
    coefficients: tuple[Terms, ...]

    @property
    def degree(self) -> int:
        """The highest power."""
        return len(self.coefficients) - 1


def multiple(exponent: Exponent, of: Exponent) -> Fraction | None:
    """How many times `of` an exponent is, if it is a multiple of it."""
    if not exponent:
        return Fraction(0)
    times = dict(exponent).get(of[0][0], Fraction(0)) / of[0][1]
    return times if merged(exponent, of, -times) == () else None


def ladder(terms: Terms) -> Ladder | None:
    """A factor as a polynomial in one exponential, if it is one; of degree 0 without any."""
    exponents = [exponent for (_, exponent), _ in terms]
    some = next((exponent for exponent in exponents if exponent), None)
    if some is None:
        return Ladder((), (terms,))
    found = [multiple(exponent, some) for exponent in exponents]
    times = [n for n in found if n is not None]
    if len(times) < len(found) or min(times) < 0:
        return None
    denominator = reduce(lambda a, b: a * b // gcd(a, b), (n.denominator for n in times))
    step = Fraction(gcd(*(int(n * denominator) for n in times)), denominator)
    if max(times) / step > MOST_TERMS:
        return None
    steps: list[list[Any]] = [[] for _ in range(int(max(times) / step) + 1)]
    for ((powers, _), value), n in zip(terms, times, strict=True):
        steps[int(n / step)].append(((powers, ()), value))
    return Ladder(merged((), some, step), tuple(tuple(sorted(one, key=repr)) for one in steps))


def summed(parts: Iterable[Terms]) -> Terms:
    """The sum of sums."""
    return reduce(merged, parts, ())


def _without_root(terms: Terms) -> Ratio:
    """A factor that is 0 where its exponential is 1, with the power of e^base - 1 in front."""
    rungs = ladder(terms)
    if rungs is None or rungs.degree < 2 or summed(rungs.coefficients):
        return Ratio(Fraction(1), factors=((terms, Fraction(1)),))
    rest: list[Terms] = []
    for coefficient in rungs.coefficients[:-1]:
        rest.append(merged(rest[-1] if rest else (), coefficient))
    quotient = {
        (powers, merged((), rungs.base, n)): value
        for n, coefficient in enumerate(rest)
        for (powers, _), value in coefficient
    }
    root = (((), ()), Fraction(1)), (((), rungs.base), Fraction(-1))
    return multiply(collected(quotient), Ratio(Fraction(1), factors=((root, Fraction(1)),)))
