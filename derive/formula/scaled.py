"""A `Ratio` as a formula for floating point: scaled by its largest exponential.

e^a is E/Q, for E = e^min(a, 0) and Q = e^min(-a, 0): neither is above 1, and one of them is 1. A
sum of powers of e^a is E's and Q's homogeneous polynomial times e^max(a, 0) to the degree; all
such scales go into one exponent, in which they cancel. Where a sum reads the same with E and Q
exchanged both are e^-|a| and 1. Where it may be nearly 0 at a = 0, e^a - 1 is computed as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import comb
from typing import Any

from derive.formula.assembly import NOTHING, UNITY, negated, product, quotient, ramp, total
from derive.formula.evaluation import Plain, evaluate
from derive.formula.ratio import (
    Exponent,
    Ladder,
    Monomial,
    Powers,
    Ratio,
    Terms,
    UnfitError,
    expanded,
    ladder,
    merged,
    multiple,
    never_zero,
    positive,
    summed,
)
from derive.formula.tree import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Where,
    symbols,
)


def _constant(value: Fraction) -> Expression:
    return Negative(Constant(-value)) if value < 0 else Constant(value)


def _raised(part: Expression, exponent: int | Fraction) -> Expression:
    if Fraction(exponent).denominator == 2:
        return _raised(Call("sqrt", (part,)), 2 * exponent)
    return part if exponent == 1 else Power(part, Constant(Fraction(exponent)))


def _simple(value: Fraction, powers: Powers) -> Expression:
    """A coefficient times quantities."""
    above = [_raised(part, n) for part, n in powers if n > 0]
    below = [_raised(part, -n) for part, n in powers if n < 0]
    # A decimal fraction stays one constant; in 1/3 x the constant would have been rounded.
    bottom = 1
    if value.denominator != 1 and (above or below):
        value, bottom = Fraction(value.numerator), value.denominator
    top = product([_constant(value), *above])
    return quotient(top, product([Constant(Fraction(bottom)), *below]))


def polynomial(terms: Terms) -> Expression:
    """A sum without exponentials."""
    return total(_simple(value, powers) for (powers, _), value in terms)


def exponent_of(exponent: Exponent, times: Fraction | int = 1) -> Expression:
    """What stands above e, so many times."""
    return total(_simple(value * times, powers) for powers, value in exponent)


def _exp(argument: Expression) -> Expression:
    return UNITY if argument == NOTHING else Call("exp", (argument,))


def _below(base: Exponent, times: Fraction | int) -> Expression:
    """e^min(times · base, 0)."""
    return Call("rise", (exponent_of(base, times),))


def _beyond(base: Exponent, times: Fraction | int) -> Expression:
    """e^max(times · base, 0)."""
    return _exp(ramp(exponent_of(base, times)))


def _decay(base: Exponent, times: Fraction | int = 1) -> Expression:
    """e^-|times · base|."""
    return Call("decay", (exponent_of(base, times if times > 0 else -times),))


def scale(base: Exponent, low: Fraction, high: Fraction) -> tuple[list[Expression], Expression]:
    """e^(low min(base, 0) + high max(base, 0)): factors that are at most 1, and one at least 1."""
    if low == high:
        if not low:
            return [], UNITY
        return [], _exp(exponent_of(base, low))
    small = []
    if low > 0 > high:
        both: Fraction = min(low, -high)
        small.append(_decay(base, both))
        low, high = low - both, high + both
    growth: list[Expression] = []
    if low:
        (small if low > 0 else growth).append(_below(base, low) if low > 0 else _beyond(base, low))
    if high:
        (small if high < 0 else growth).append(
            _below(base, high) if high < 0 else _beyond(base, high)
        )
    return small, product(growth)


def _rung(base: Exponent, up: int, down: int) -> Expression:
    """E^up Q^down, whose product E Q is e^-|base|."""
    both = min(up, down)
    parts: list[Expression] = [_raised(_decay(base), both)] if both else []
    if up > down:
        parts.append(_raised(_below(base, 1), up - both))
    if down > up:
        parts.append(_raised(_below(base, -1), down - both))
    return product(parts)


def _may_vanish(terms: Terms) -> bool:
    """Whether a sum of coefficients may be nearly 0 where x is 0."""
    formula = polynomial(terms)
    if any(name != "x" for name in symbols(formula)):
        return True
    try:
        return bool(evaluate(formula, lambda _: 0.0, Plain()) == 0)
    except (ArithmeticError, ValueError, TypeError):
        return True


def homogeneous(rungs: Ladder) -> Expression:
    """The polynomial in E and Q."""
    base, degree, coefficients = rungs.base, rungs.degree, rungs.coefficients
    if degree == 0:
        return polynomial(coefficients[0])
    if coefficients == coefficients[::-1] and all(map(positive, filter(None, coefficients))):
        powers = [product([_raised(_decay(base), n)]) if n else UNITY for n in range(degree + 1)]
        return total(product([polynomial(c), powers[n]]) for n, c in enumerate(coefficients) if c)
    direct = total(
        product([polynomial(c), _rung(base, n, degree - n)])
        for n, c in enumerate(coefficients)
        if c
    )
    everything = [term for coefficient in coefficients for term in coefficient]
    if _same_sign(everything):
        return direct
    # About e^a = 1 it is a polynomial in e^a - 1, the difference of E - 1 and Q - 1.
    a = exponent_of(base)
    above = Call("expm1", (Negative(ramp(exponent_of(base, -1))),))
    below = Call("expm1", (Negative(ramp(a)),))
    difference = total([above, Negative(below)])
    shifted = [
        summed(_multiplied(c, comb(n, k)) for n, c in enumerate(coefficients))
        for k in range(degree + 1)
    ]
    if degree == 1 and not shifted[0]:
        return product([polynomial(shifted[1]), difference])
    if not _may_vanish(shifted[0]):
        return direct
    near = total(
        product(
            [
                polynomial(c),
                *([_raised(difference, k)] if k else []),
                _rung(base, 0, degree - k),
            ]
        )
        for k, c in enumerate(shifted)
        if c
    )
    return Where(Call("abs", (a,)), "<", UNITY, near, direct)


def _multiplied(terms: Terms, times: int) -> Terms:
    return tuple((key, value * times) for key, value in terms) if times else ()


def _same_sign(terms: Iterable[tuple[Monomial, Fraction]]) -> bool:
    terms = list(terms)
    numbers = [value for (powers, _), value in terms if not powers]
    return len(numbers) == len(terms) and (min(numbers) > 0 or max(numbers) < 0)


def _apart(ratio: Ratio, *, guarded: bool) -> Expression | None:
    """A sum of exponentials as it is, where nothing is divided by one and no terms cancel."""
    try:
        grouped: dict[Exponent, Terms] = {}
        for (powers, exponent), value in expanded(ratio).items():
            one: Terms = (((powers, ()), value),)
            grouped[exponent] = merged(grouped.get(exponent, ()), one)
    except UnfitError:
        return None
    spread = guarded and len(ratio.factors) > 1 and all(n == 1 for _, n in ratio.factors)
    if not spread and not _sum_of_one_sign(ratio):
        return None
    groups = [(exponent, terms) for exponent, terms in grouped.items() if terms]
    if len(groups) == 2 and not spread:
        (first, a), (second, b) = groups
        opposite = not summed((a, b))
        if opposite and () in (first, second):
            exponent, terms = (first, a) if first else (second, b)
            return product([polynomial(terms), Call("expm1", (exponent_of(exponent),))])
        if not _same_sign([*a, *b]) and (opposite or _may_vanish(summed((a, b)))):
            return None
    return total(_one_apart(*group, guarded=guarded) for group in groups)


def _sum_of_one_sign(ratio: Ratio) -> bool:
    """Whether nothing more cancels where all is multiplied out."""
    return sum(n for _, n in ratio.factors) <= 1 or all(positive(one) for one, _ in ratio.factors)


def _one_apart(exponent: Exponent, terms: Terms, *, guarded: bool) -> Expression:
    coefficient = polynomial(terms)
    if guarded and exponent and any(powers for (powers, _), _ in terms):
        below = _exp(exponent_of(exponent, -1))
        if isinstance(coefficient, Negative):
            return Negative(Call("xovery", (coefficient.operand, below)))
        return Call("xovery", (coefficient, below))
    return product([coefficient, _exp(exponent_of(exponent))])


def formula_of(ratio: Ratio, *, guarded: bool = False) -> Expression:
    """The formula; `guarded` where a product with 0 is 0, whatever the other factor.

    Raises:
        UnfitError: there would be too many terms.
    """
    if not ratio.constant:
        return NOTHING
    ratio = _without_small_divisors(ratio)
    if not any(times < 0 and _climbs(terms) for terms, times in ratio.factors):
        apart = _apart(ratio, guarded=guarded)
        if apart is not None:
            return apart
    above, below = _parts(ratio)
    small, growth = _scales(ratio)
    above = [*above, *small]
    lasting = all(n > 0 or never_zero(part) for part, n in ratio.powers) and all(
        n > 0 or positive(terms) for terms, n in ratio.factors
    )
    if guarded and not (lasting and growth == UNITY):
        inverse = [Call("exp", (negated_argument(growth),))] if growth != UNITY else []
        top, bottom = product(above), product([*below, *inverse])
        if bottom == UNITY:
            return top
        if isinstance(top, Negative):
            return Negative(Call("xovery", (top.operand, bottom)))
        return Call("xovery", (top, bottom))
    result = quotient(product(above), product(below))
    return result if growth == UNITY else product([result, growth])


def negated_argument(growth: Expression) -> Expression:
    """Minus the exponent of what grows."""
    factors = growth.factors if isinstance(growth, Product) else (growth,)
    return negated(total(f.arguments[0] for f in factors if isinstance(f, Call)))


def _climbs(terms: Terms) -> bool:
    return any(exponent for (_, exponent), _ in terms)


def _parts(ratio: Ratio) -> tuple[list[Expression], list[Expression]]:
    """What stands above and below but for scales."""
    above: list[Expression] = [_constant(Fraction(ratio.constant.numerator))]
    below: list[Expression] = [Constant(Fraction(ratio.constant.denominator))]
    for part, n in ratio.powers:
        (above if n > 0 else below).append(_raised(part, abs(n)))
    taken = _tangents(ratio)
    for terms, n in ratio.factors:
        rungs = ladder(terms)
        if rungs is not None and rungs.base in taken:
            continue
        sum_of = _by_largest(terms) if rungs is None else homogeneous(rungs)
        (above if n > 0 else below).append(_raised(sum_of, abs(n)))
    # (1 - e^a)/(1 + e^a) is -tanh(a/2).
    for base in taken:
        half = Call("tanh", (exponent_of(base, Fraction(1, 2)),))
        above.append(Negative(half))
    return above, below


def _largest(terms: Terms) -> Expression:
    """The largest exponent of a sum of unlike exponentials."""
    exponents = dict.fromkeys(exponent for (_, exponent), _ in terms)
    return reduce(lambda a, b: Call("max", (a, b)), map(exponent_of, exponents))


def _by_largest(terms: Terms) -> Expression:
    """A sum of unlike exponentials over the largest of them."""
    largest = _largest(terms)
    parts = []
    for (powers, exponent), value in terms:
        shifted = total([exponent_of(exponent), Negative(largest)])
        parts.append(product([_simple(value, powers), _exp(shifted)]))
    return total(parts)


def _tangents(ratio: Ratio) -> list[Exponent]:
    found: dict[Exponent, list[Any]] = {}
    for terms, n in ratio.factors:
        rungs = ladder(terms)
        if rungs is not None and rungs.degree:
            numbers = [c[0][1] if len(c) == 1 and not c[0][0][0] else None
                       for c in rungs.coefficients]  # fmt: skip
            found.setdefault(rungs.base, []).append((numbers, n))
    return [
        base
        for base, parts in found.items()
        if sorted(parts, key=repr) == sorted([([1, -1], 1), ([1, 1], -1)], key=repr)
    ]


def _scales(ratio: Ratio) -> tuple[list[Expression], Expression]:
    """The exponential, with the scales of all sums in it."""
    climbs: list[tuple[Exponent, Fraction]] = []
    exponent = ratio.exponent
    for terms, n in ratio.factors:
        rungs = ladder(terms)
        if rungs is None:
            exponent = merged(exponent, ((((_largest(terms), Fraction(1)),), n),))
        elif rungs.degree:
            climbs.append((rungs.base, rungs.degree * n))
    if not climbs:
        return [], _exp(exponent_of(exponent))
    direction = min((base for base, _ in climbs), key=lambda base: abs(base[0][1]))
    lower = ((ramp(exponent_of(direction, -1)), Fraction(1)),)
    low = -dict(exponent).get(lower, Fraction(0))
    exponent = merged(exponent, ((lower, low),))
    own, high = multiple(exponent, direction), Fraction(0)
    small: list[Expression] = []
    if own is None:
        small, own = [_exp(exponent_of(exponent))], Fraction(0)
    for base, n in climbs:
        times = multiple(base, direction)
        if times is None:
            own_scale = _beyond(base, n) if n > 0 else _below(base, n)
            small.append(own_scale)
        else:
            high += times * n
    more, growth = scale(direction, low + own, own + high)
    return [*small, *more], growth


SMALLEST = Constant(Fraction(1, 10**300))


def softplus(a: Expression) -> Expression:
    """ln(1 + e^a)."""
    return Sum((ramp(a), Call("log1p", (Call("decay", (a,)),))))


def softplus_base(part: Expression) -> Expression | None:
    """A of max(a, 0) + ln(1 + e^-|a|)."""
    match part:
        case Sum((Call("ramp", (a,)), Call("log1p", (Call("decay", (b,)),)))):
            return a if a == b else None
    return None


def softplus_share(a: Expression) -> Expression:
    """ln(1 + e^a) over e^min(a, 0): 1 where both would be 0."""
    small = Call("log1p", (Call("max", (Call("decay", (a,)), SMALLEST)),))
    return Quotient(Sum((ramp(a), small)), Call("max", (Call("rise", (a,)), SMALLEST)))


def below_zero(a: Expression) -> Expression:
    """min(a, 0)."""
    return Negative(ramp(negated(a)))


def _without_small_divisors(ratio: Ratio) -> Ratio:
    """ln(1 + e^a) below a fraction as e^min(a, 0) and what is left, which is never small."""
    for part, n in ratio.powers:
        a = softplus_base(part) if n < 0 else None
        if a is not None:
            low = (((ramp(negated(a)), Fraction(1)),), -n)
            ratio = replace(
                ratio,
                powers=merged(ratio.powers, ((part, -n), (softplus_share(a), n))),
                exponent=merged(ratio.exponent, (low,)),
            )
    return ratio
