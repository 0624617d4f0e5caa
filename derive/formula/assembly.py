"""Formulas put together by their parts, without zeros, ones and double signs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.formula.tree import (
    Call,
    Constant,
    Expression,
    Negative,
    Product,
    Quotient,
    Sum,
    rebuilt,
)

NOTHING, UNITY = Constant(Fraction(0)), Constant(Fraction(1))


def product(parts: Iterable[Expression]) -> Expression:
    """The factors multiplied, the sign in a difference or in front, without ones."""
    negative = False
    kept: list[Expression] = []
    for part in parts:
        bare = part
        if isinstance(bare, Negative):
            negative, bare = not negative, bare.operand
        if bare != UNITY:
            kept.extend(bare.factors if isinstance(bare, Product) else (bare,))
    if negative:
        for n, part in enumerate(kept):
            if _is_difference(part):
                kept[n], negative = negated(part), False
                break
    result = UNITY if not kept else kept[0] if len(kept) == 1 else Product(tuple(kept))
    return Negative(result) if negative else result


def _is_difference(part: Expression) -> bool:
    return isinstance(part, Sum) and any(isinstance(term, Negative) for term in part.terms)


def quotient(above: Expression, below: Expression) -> Expression:
    """The fraction, where there is something below."""
    if below == UNITY:
        return above
    if isinstance(above, Negative):
        return Negative(Quotient(above.operand, below))
    return Quotient(above, below)


def negated(part: Expression) -> Expression:
    """Minus the part; a difference is turned round, so that 0 - 0 is not -0."""
    match part:
        case Negative(operand):
            return operand
        case Sum(terms) if _is_difference(part):
            return total(map(negated, terms))
        case Product(factors) if any(map(_is_difference, factors)):
            return product([Negative(UNITY), *factors])
    return part if part == NOTHING else Negative(part)


def total(parts: Iterable[Expression]) -> Expression:
    """The terms added, positive ones first, without zeros."""
    kept = [part for part in parts if part != NOTHING]
    kept.sort(key=lambda part: isinstance(part, Negative))
    return NOTHING if not kept else kept[0] if len(kept) == 1 else Sum(tuple(kept))


def ramp(a: Expression) -> Expression:
    """max(a, 0)."""
    return Call("ramp", (a,))


def tidied(node: Expression) -> Expression:
    """Without ones among factors and zeros among terms."""
    node = rebuilt(node, tidied)
    match node:
        case Sum(terms):
            return total(terms)
        case Product(factors):
            return NOTHING if NOTHING in factors else product(factors)
        case Negative(operand):
            return negated(operand)
        case Quotient(above, below):
            return quotient(above, below)
    return node
