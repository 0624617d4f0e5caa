"""Softmax's slopes and the error term behind it, line by line, for any number of outputs.

The lines are expressions over `Of` and `Over` symbols: those that are proved are those that are
printed. j and k are two different outputs, or, where a sum runs over j, j is any of them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from derive.calculus.proof import Algebra
from derive.calculus.rules import ONE, TWO, ZERO, Derivative
from derive.formula import (
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    evaluate,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Of:
    """The name of a quantity of one output: its `power` (e to its net input), `out` or `target`."""

    quantity: str
    index: str


@dataclass(frozen=True, slots=True)
class Over:
    """The name of a sum of `term` over all values of `index`, or over all but k."""

    term: Expression
    index: str = "j"
    others: bool = False


SUM_OF_POWERS = "S"
_S = Symbol(SUM_OF_POWERS)
_POWER_J, _POWER_K = (Symbol(Of("power", index)) for index in "jk")
OUT_J, OUT_K = (Symbol(Of("out", index)) for index in "jk")
TARGET_J, TARGET_K = (Symbol(Of("target", index)) for index in "jk")

SHARE: Expression = Quotient(_POWER_J, _S)
"""What out_j is."""
POWERS: Expression = Symbol(Over(Symbol(Of("power", "i")), "i"))
"""What S is."""


def _by_quotient_rule(moved: Expression, power: Expression) -> Expression:
    """The derivative of a power over S by net_k: `moved` is that of the power."""
    above = Sum((Product((moved, _S)), Negative(Product((power, _POWER_K)))))
    return Quotient(above, Power(_S, TWO))


_REST_K = Sum((ONE, Negative(OUT_K)))
OWN: tuple[Expression, ...] = (
    _by_quotient_rule(_POWER_K, _POWER_K),
    Sum((OUT_K, Negative(Product((OUT_K, OUT_K))))),
    Product((OUT_K, _REST_K)),
)
"""The derivative of out_k by net_k."""
OTHERS: tuple[Expression, ...] = (
    _by_quotient_rule(ZERO, _POWER_J),
    Negative(Product((OUT_J, OUT_K))),
)
"""The derivative of out_j by net_k."""


def cross_entropy(loss: Expression) -> Expression:
    """The loss of a sample from one output's term in `t` and `o`."""
    terms = {"t": TARGET_J, "o": OUT_J}
    return Symbol(Over(substitute(loss, terms.__getitem__)))


_SLOPE = Symbol(Derivative(OUT_J))
_RATIO_J, _RATIO_K = Quotient(TARGET_J, OUT_J), Quotient(TARGET_K, OUT_K)
_OWN_TERM = Product((_RATIO_K, OUT_K, _REST_K))
_OTHER_TERMS = Symbol(Over(Product((_RATIO_J, OUT_J, OUT_K)), others=True))
_ALL_TARGETS = Product((OUT_K, Symbol(Over(TARGET_J))))

ENTROPY: tuple[Expression, ...] = (
    Symbol(Over(Product((Negative(_RATIO_J), _SLOPE)))),
    Sum((Negative(_OWN_TERM), _OTHER_TERMS)),
    Sum((Negative(TARGET_K), _ALL_TARGETS)),
    Sum((OUT_K, Negative(TARGET_K))),
)
"""The derivative of the cross-entropy by net_k, where the targets add up to 1."""
MINUS_ENTROPY: tuple[Expression, ...] = (
    Symbol(Over(Product((_RATIO_J, _SLOPE)))),
    Sum((_OWN_TERM, Negative(_OTHER_TERMS))),
    Sum((TARGET_K, Negative(_ALL_TARGETS))),
    Sum((TARGET_K, Negative(OUT_K))),
)
"""Minus that derivative."""


def renamed(expression: Expression, index: str, to: str) -> Expression:
    """`expression` for another output: `to` in place of a free `index`."""

    def replacement(name: Hashable) -> Expression:
        match name:
            case Of(quantity, at) if at == index:
                return Symbol(Of(quantity, to))
            case Derivative(of):
                return Symbol(Derivative(renamed(of, index, to)))
            case Over(term, bound, others) if bound != index:
                return Symbol(Over(renamed(term, index, to), bound, others))
        return Symbol(name)

    return substitute(expression, replacement)


_X_J, _X_K, _T_J, _T_K, _TOTAL = sympy.symbols("x_j x_k t_j t_k S", positive=True)
_LETTERS = {
    Of("power", "j"): _X_J,
    Of("power", "k"): _X_K,
    Of("target", "j"): _T_J,
    Of("target", "k"): _T_K,
    SUM_OF_POWERS: _TOTAL,
}
_OVER_OTHERS = {(1, 0): 1 - _T_K, (0, 1): _TOTAL - _X_K}
"""Known sums over all outputs but k: of t_j, for targets add up to 1, and of the powers x_j."""


@cache
def prove_softmax(of: Expression, lines: tuple[Expression, ...]) -> None:
    """Show that each of `lines` is the derivative of `of` by net_k, for any number of outputs.

    With x = exp(net) the derivative by a net input is x times that by x. A sum over all outputs
    but k is taken of a polynomial in t_j and x_j whose coefficients have no j.

    Raises:
        AssertionError: a line is not; it is named.
    """
    if _value(POWERS) != _TOTAL:
        raise AssertionError(f"{POWERS} is not the sum of the powers")
    derivative = _slope(of)
    for number, line in enumerate(lines, 1):
        if sympy.cancel(derivative - _value(line)) != 0:
            raise AssertionError(f"line {number}: {line} is not the derivative of {of}")


def _value(expression: Expression) -> Any:
    return evaluate(expression, _of_symbol, Algebra())


def _of_symbol(name: Hashable) -> Any:
    match name:
        case Of("out", index):
            return _value(renamed(SHARE, "j", index))
        case Derivative(of):
            return _slope(of)
        case Over(term, index, others):
            rest = _over_others(_value(renamed(term, index, "j")))
            return rest if others else _value(renamed(term, index, "k")) + rest
    return _LETTERS[name]


def _slope(of: Expression) -> Any:
    """The derivative by net_k: of a sum, term by term; S moves as the power of k in it does."""
    match of:
        case Negative(operand):
            return -_slope(operand)
        case Symbol(Over(term, index, others)):
            return _of_symbol(Over(Symbol(Derivative(term)), index, others))
    value = _value(of)
    return _X_K * (sympy.diff(value, _X_K) + sympy.diff(value, _TOTAL))


def _over_others(term: Any) -> Any:
    """The sum over all outputs but k: each product of powers of t_j and x_j by itself."""
    polynomial = sympy.Poly(sympy.cancel(term), _T_J, _X_J)
    return sum(
        factor * _OVER_OTHERS.get(powers, sympy.Symbol(f"sum{powers}"))
        for powers, factor in polynomial.terms()
    )
