"""The logarithm of a `Ratio` term by term: of a constant, a power of e, and sums."""

from __future__ import annotations

from fractions import Fraction

from derive.formula.assembly import NOTHING, UNITY, product, ramp, total
from derive.formula.ratio import (
    Exponent,
    Ladder,
    Ratio,
    UnfitError,
    add,
    ladder,
    multiple,
    positive,
    summed,
)
from derive.formula.scaled import (
    below_zero,
    exponent_of,
    formula_of,
    homogeneous,
    softplus_base,
    softplus_share,
)
from derive.formula.tree import Call, Constant, Expression, Negative, Sum, Where

MINUS = Ratio(Fraction(-1))


def term_by_term(ratio: Ratio) -> Expression | None:
    """The logarithm of constant · e^s · powers of sums of exponentials, all positive."""
    rungs = [(ladder(terms), n) for terms, n in ratio.factors]
    if ratio.constant <= 0 or not (ratio.exponent or rungs or ratio.powers):
        return None
    smooth: list[Expression] = []
    for part, n in ratio.powers:
        a = softplus_base(part)
        if a is None:
            return None
        share = Call("ln", (softplus_share(a),))
        smooth += [product([_whole(n), end]) for end in (below_zero(a), share)]
    if not all(positive(terms) for terms, _ in ratio.factors):
        return None
    known = [(one, n) for one, n in rungs if one is not None and one.degree]
    if len(known) < len(rungs):
        return None
    constant = Constant(ratio.constant)
    parts = smooth if constant == UNITY else [*smooth, Call("ln", (constant,))]
    if not known:
        return total([*parts, exponent_of(ratio.exponent)])
    direction = min((one.base for one, _ in known), key=lambda base: abs(base[0][1]))
    times = [multiple(one.base, direction) for one, _ in known]
    own = multiple(ratio.exponent, direction)
    if own is None or any(n is None for n in times):
        return None
    high = own
    for (one, n), step in zip(known, times, strict=True):
        high += (step or 0) * one.degree * n
        remainder = _remainder(one)
        parts.append(product([_whole(n), remainder]))
    if own == high:
        parts.insert(0, exponent_of(direction, own))
    else:
        for value, end in (
            (own, below_zero(exponent_of(direction))),
            (high, ramp(exponent_of(direction))),
        ):
            if value:
                parts.insert(0, product([_whole(value), end]))
    found = total(parts)
    at_zero = ratio.constant
    for one, n in known:
        whole = summed(one.coefficients)
        if len(whole) != 1 or whole[0][0][0] or n.denominator != 1:
            return found
        at_zero *= whole[0][1] ** int(n)
    return _near_one(ratio, direction, found) if at_zero == 1 and not ratio.powers else found


def _near_one(ratio: Ratio, base: Exponent, far: Expression) -> Expression:
    """The logarithm of a ratio that is 1 where its exponent is 0, there by its distance from 1."""
    try:
        distance = formula_of(add([ratio, MINUS]))
    except UnfitError:
        return far
    condition = Call("abs", (exponent_of(base),))
    return Where(condition, "<", UNITY, Call("log1p", (distance,)), far)


def _whole(value: Fraction | int) -> Expression:
    return Negative(Constant(Fraction(-value))) if value < 0 else Constant(Fraction(value))


def _remainder(rungs: Ladder) -> Expression:
    """Ln of a positive sum without its scale: near 0 where one exponential outweighs all."""
    left = _plus_one(homogeneous(rungs))
    if rungs.coefficients == rungs.coefficients[::-1]:
        return left
    # The first coefficient is 1, and so is Q where the exponent is negative.
    one = Ladder(rungs.base, ((), *rungs.coefficients[1:]))
    left = Call("log1p", (homogeneous(one),))
    return Where(exponent_of(rungs.base), "<", NOTHING, left, _plus_one(homogeneous(rungs)))


def _plus_one(whole: Expression) -> Expression:
    if isinstance(whole, Sum) and UNITY in whole.terms:
        at = whole.terms.index(UNITY)
        return Call("log1p", (total(whole.terms[:at] + whole.terms[at + 1 :]),))
    return Call("ln", (whole,))
