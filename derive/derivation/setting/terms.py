"""Sums, products and their opposites, as equations of a solution need them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.formula import Constant, Expression, Negative, Product, Quotient, Sum


def times(*factors: Expression) -> Expression:
    """A product of at least one factor."""
    return factors[0] if len(factors) == 1 else Product(factors)


def total(terms: Sequence[Expression]) -> Expression:
    """A sum of at least one term."""
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def opposite(expression: Expression) -> Expression:
    """−expression, without a minus before parentheses or before another minus."""
    match expression:
        case Negative(operand):
            return operand
        case Sum(terms):
            turned = [opposite(term) for term in terms]
            return Sum(tuple(sorted(turned, key=lambda term: isinstance(term, Negative))))
        case Product((*before, Sum() as last)):
            return Product((*before, opposite(last)))
        case Quotient(numerator, denominator) if isinstance(numerator, (Sum, Negative)):
            return Quotient(opposite(numerator), denominator)
    return Negative(expression)


def ratio(numerator: int, denominator: int) -> Expression:
    """A fraction of whole numbers, set as a fraction."""
    return Quotient(Constant(Fraction(numerator)), Constant(Fraction(denominator)))
