"""A formula as an ordered tree.

The order of terms and factors is kept as it was written, because the order is part of what a
reader follows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Constant:
    """A number as written, exact."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Symbol:
    """A quantity by its name: a string in a parsed formula, a `Ref` in a worked equation."""

    name: Hashable


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added in their order; a subtracted term is a `Negative`."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors multiplied in their order."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """The operand with its sign changed."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Quotient:
    """A fraction."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True, slots=True)
class Power:
    """A base raised to an exponent."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """One of `derive.formula.functions.FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """`yes` where `left` stands in `relation` to `right`, `no` elsewhere."""

    left: Expression
    relation: str
    right: Expression
    yes: Expression
    no: Expression


Expression = Constant | Symbol | Sum | Product | Negative | Quotient | Power | Call | Where


def children(expression: Expression) -> tuple[Expression, ...]:
    """The parts directly below `expression`, in the order they are written."""
    match expression:
        case Sum(parts) | Product(parts) | Call(_, parts):
            return parts
        case Negative(operand):
            return (operand,)
        case Quotient(first, second) | Power(first, second):
            return (first, second)
        case Where(left, _, right, yes, no):
            return (left, right, yes, no)
    return ()


def symbols(expression: Expression) -> Iterator[Any]:
    """The names of the symbols of `expression`, in order, each as often as it stands there."""
    if isinstance(expression, Symbol):
        yield expression.name
    for child in children(expression):
        yield from symbols(child)


def rebuilt(node: Expression, go: Callable[[Expression], Expression]) -> Expression:
    """`node` with `go` applied to what it holds."""
    match node:
        case Sum(terms):
            return Sum(tuple(map(go, terms)))
        case Product(factors):
            return Product(tuple(map(go, factors)))
        case Negative(operand):
            return Negative(go(operand))
        case Quotient(numerator, denominator):
            return Quotient(go(numerator), go(denominator))
        case Power(base, exponent):
            return Power(go(base), go(exponent))
        case Call(function, arguments):
            return Call(function, tuple(map(go, arguments)))
        case Where(left, relation, right, yes, no):
            return Where(go(left), relation, go(right), go(yes), go(no))
    return node


def substitute(expression: Expression, replacement: Callable[[Any], Expression]) -> Expression:
    """`expression` with `replacement(name)` in place of each symbol."""

    def go(node: Expression) -> Expression:
        return replacement(node.name) if isinstance(node, Symbol) else rebuilt(node, go)

    return go(expression)
