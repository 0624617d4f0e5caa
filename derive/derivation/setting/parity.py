"""What of an optimizer's memory changes its sign with its parameter.

A threshold is a bias with its sign changed, and so is its gradient. An average of gradients then
changes its sign too, an average of their squares does not; which is which follows from the
assignments.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from derive.engine import Optimizer
from derive.formula import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Where,
)


class _NeitherError(Exception):
    """An expression is neither odd nor even."""


def odd_states(optimizer: Optimizer) -> frozenset[str]:
    """The states that change their sign when parameter and gradient do.

    Raises:
        ValueError: an assignment keeps to neither, so that a threshold would train differently.
    """
    for odd in product((False, True), repeat=len(optimizer.state)):
        known = dict(zip(optimizer.state, odd, strict=True)) | {"w": True, "g": True}
        assumed = dict(known)
        try:
            for name, formula in optimizer.assignments:
                known[name] = _odd(formula, known)
        except _NeitherError:
            continue
        if all(known[name] == assumed[name] for name in assumed):
            return frozenset(name for name in optimizer.state if assumed[name])
    raise ValueError(optimizer)


def _odd(expression: Expression, known: Mapping[str, bool]) -> bool:
    """Whether an expression changes its sign with the names that are odd."""
    match expression:
        case Constant():
            return False
        case Symbol(name):
            return known.get(str(name), False)
        case Sum(terms):
            return _same([_odd(term, known) for term in terms])
        case Product(factors):
            return sum(_odd(factor, known) for factor in factors) % 2 == 1
        case Negative(operand):
            return _odd(operand, known)
        case Quotient(numerator, denominator):
            return _odd(numerator, known) != _odd(denominator, known)
        case Power(base, Constant(exponent)) if exponent.denominator == 1:
            return _odd(base, known) and exponent % 2 == Fraction(1)
        case Power(base, exponent):
            return _even([_odd(base, known), _odd(exponent, known)])
        case Call(_, arguments):
            return _even([_odd(argument, known) for argument in arguments])
        case Where(left, _, right, yes, no):
            _even([_odd(left, known), _odd(right, known)])
            return _same([_odd(yes, known), _odd(no, known)])


def _same(parities: list[bool]) -> bool:
    if len(set(parities)) > 1:
        raise _NeitherError
    return parities[0]


def _even(parities: list[bool]) -> bool:
    if any(parities):
        raise _NeitherError
    return False
