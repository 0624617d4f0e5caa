"""The value of a formula in any arithmetic, by walking its tree or through functions made once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import truediv
from typing import Any, Protocol

from derive.formula.functions import FUNCTIONS
from derive.formula.tree import (
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


class Arithmetic(Protocol):
    """A kind of number: float64 arrays, complex arrays, many-digit numbers, sympy's."""

    def constant(self, value: Fraction) -> Any:
        """The number for an exact constant."""

    def call(self, function: str, *arguments: Any) -> Any:
        """The value of one of `FUNCTIONS`."""

    def power(self, base: Any, exponent: Any) -> Any:
        """`base` raised to `exponent`."""

    def where(self, left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """`yes` where the relation holds, `no` elsewhere, element by element."""


class ArrayArithmetic(Arithmetic, Protocol):
    """One for arrays, in which a division by zero has a value."""

    def add(self, left: Any, right: Any, /) -> Any:
        """The sum, element by element."""

    def subtract(self, left: Any, right: Any, /) -> Any:
        """The difference."""

    def multiply(self, left: Any, right: Any, /) -> Any:
        """The product."""

    def divide(self, numerator: Any, denominator: Any, /) -> Any:
        """`numerator` over `denominator`, infinite or NaN over 0."""

    def array(self, numbers: Any) -> Any:
        """Numbers as an array of this arithmetic's."""


def evaluate(expression: Expression, values: Callable[[Any], Any], arithmetic: Arithmetic) -> Any:
    """The value of `expression` with `values(name)` put in for each symbol.

    An arithmetic in which a division by 0 has a value says so by a `divide` of its own.
    """
    divide = getattr(arithmetic, "divide", truediv)

    def go(node: Expression) -> Any:
        match node:
            case Constant(value):
                return arithmetic.constant(value)
            case Symbol(name):
                return values(name)
            case Sum(terms):
                total = go(terms[0])
                for term in terms[1:]:
                    if isinstance(term, Negative):
                        total = total - go(term.operand)
                    else:
                        total = total + go(term)
                return total
            case Product(factors):
                product = go(factors[0])
                for factor in factors[1:]:
                    product = product * go(factor)
                return product
            case Negative(operand):
                return -go(operand)
            case Quotient(numerator, denominator):
                return divide(go(numerator), go(denominator))
            case Power(base, exponent):
                return arithmetic.power(go(base), go(exponent))
            case Call(function, arguments):
                return arithmetic.call(function, *map(go, arguments))
            case Where(left, relation, right, yes, no):
                return arithmetic.where(go(left), relation, go(right), go(yes), go(no))

    return go(expression)


def compiled(
    expression: Expression, arithmetic: ArrayArithmetic
) -> Callable[[Mapping[str, Any]], Any]:
    """`expression` as nested functions of the values by name, in the order `evaluate` takes.

    A formula that is run thousands of times pays for walking its tree once.
    """
    match expression:
        case Constant(value):
            number = arithmetic.constant(value)
            return lambda values: number
        case Symbol(name):
            return lambda values: values[str(name)]
        case Sum(terms):
            return _compiled_sum(terms, arithmetic)
        case Negative(operand):
            inner = compiled(operand, arithmetic)
            return lambda values: -inner(values)
        case Product(factors):
            first, *rest = (compiled(factor, arithmetic) for factor in factors)
            result = first
            for factor in rest:
                result = _binary(arithmetic.multiply, result, factor)
            return result
        case Quotient(above, below):
            parts = compiled(above, arithmetic), compiled(below, arithmetic)
            return _binary(arithmetic.divide, *parts)
        case Power(base, exponent):
            parts = compiled(base, arithmetic), compiled(exponent, arithmetic)
            return _binary(arithmetic.power, *parts)
        case Call(function, arguments):
            inside = [compiled(argument, arithmetic) for argument in arguments]
            call = arithmetic.call
            if not inside:
                fixed = call(function)
                return lambda values: fixed
            if len(inside) == 1:
                only = inside[0]
                return lambda values: call(function, only(values))
            left, right = inside
            return lambda values: call(function, left(values), right(values))
        case Where(a, relation, b, yes, no):
            left, right, then, other = (compiled(part, arithmetic) for part in (a, b, yes, no))
            return lambda values: arithmetic.where(
                left(values), relation, right(values), then(values), other(values)
            )


def _binary(
    function: Callable[[Any, Any], Any],
    left: Callable[[Mapping[str, Any]], Any],
    right: Callable[[Mapping[str, Any]], Any],
) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: function(left(values), right(values))


def _compiled_sum(
    terms: tuple[Expression, ...], arithmetic: ArrayArithmetic
) -> Callable[[Mapping[str, Any]], Any]:
    result = compiled(terms[0], arithmetic)
    for term in terms[1:]:
        if isinstance(term, Negative):
            result = _binary(arithmetic.subtract, result, compiled(term.operand, arithmetic))
        else:
            result = _binary(arithmetic.add, result, compiled(term, arithmetic))
    return result


class Plain:
    """Python's own floats: what is not a finite real number raises an error."""

    @staticmethod
    def constant(value: Fraction) -> float:
        """The nearest float."""
        return float(value)

    @staticmethod
    def call(function: str, *arguments: float) -> Any:
        """One of the formulas' functions."""
        return FUNCTIONS[function].plain(*arguments)

    @staticmethod
    def power(base: float, exponent: float) -> float:
        """`base` to the `exponent`."""
        return math.pow(base, exponent)

    @staticmethod
    def where(left: float, relation: str, right: float, yes: float, no: float) -> float:
        """`yes` where the relation holds."""
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return yes if holds[relation] else no
