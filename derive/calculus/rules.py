"""Differentiation by the rules of the calculus book, one round of rules at a time.

sympy finds a derivative but not the way to it, and it reorders what it touches. Here each round
applies one rule to every derivative that still stands, keeps the order of terms, and names the
rule; `derive.calculus.proof` then shows that every line is the derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.errors import DifferentiationError
from derive.formula import (
    FUNCTIONS,
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
    meaning,
    measured,
    outer_slope,
    rebuilt,
    substitute,
    symbols,
)

ZERO, ONE, TWO = (Constant(Fraction(n)) for n in range(3))

MOST_NODES = 1500
"""Of all lines of a differentiation: some pages of working, more than anybody follows."""
MOST_LEVELS = 60
"""How deep the parts of a line may stand in one another."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """The name of a derivative that is still to be found, as a symbol of an expression."""

    of: Expression


@dataclass(frozen=True)
class Line:
    """One line of a differentiation: the expression, and the rules that led to it."""

    expression: Expression
    rules: tuple[str, ...]


def differentiate(formula: Expression, by: Hashable, most: float = math.inf) -> Iterator[Line]:
    """The derivative of `formula` by the symbol `by`, round by round.

    The first step is the derivative as it is asked for; the last holds no derivative any more.

    Args:
        formula: what is differentiated.
        by: the name of the variable.
        most: how many nodes all lines together may have; each is measured before it is written
            out.

    Raises:
        DifferentiationError: they would have more.
    """
    current: Expression = Symbol(Derivative(formula))
    left = _fitting(current, most)
    yield Line(current, ())
    while _pending(current):  # ends, for every rule goes inwards
        rules: list[str] = []
        line = substitute(current, _round(by, rules))
        left = _fitting(line, left)
        current = tidy(line)
        yield Line(current, tuple(dict.fromkeys(rules)))
    final = normal(current)
    if final != current:
        _fitting(final, left)
        yield Line(final, ("simplify",))


def worked(formula: Expression, by: Hashable) -> Iterator[Line]:
    """The derivative round by round, where it can be followed on paper and computed.

    Raises:
        DifferentiationError: its lines together are too large, one is too deep, or a constant is
            beyond float64's range.
    """
    return differentiate(formula, by, MOST_NODES)


def _fitting(line: Expression, left: float) -> float:
    """How many nodes are left for the lines that follow, after `line`."""
    if left == math.inf:
        return left
    nodes, levels, beyond = measured(line, left, _held)
    if beyond is not None:
        raise DifferentiationError(
            "a constant of its derivative is beyond 1.8e308, the largest number; "
            "make its numbers smaller"
        )
    if nodes > left:
        raise DifferentiationError(
            f"its differentiation would take more than {MOST_NODES} signs and numbers; "
            "write it shorter, such as x^3 for x*x*x"
        )
    if levels > MOST_LEVELS:
        raise DifferentiationError(
            f"its derivative would be nested more than {MOST_LEVELS} levels deep; "
            "nest fewer parts in one another"
        )
    return left - nodes


def _held(name: Hashable) -> Expression | None:
    return name.of if isinstance(name, Derivative) else None


def _pending(expression: Expression) -> bool:
    return any(isinstance(name, Derivative) for name in symbols(expression))


def _round(by: Hashable, rules: list[str]) -> Callable[[Hashable], Expression]:
    def replacement(name: Hashable) -> Expression:
        if not isinstance(name, Derivative):
            return Symbol(name)
        rule, result = _apply(name.of, by)
        if rule:
            rules.append(rule)
        return result

    return replacement


def free_of(expression: Expression, by: Hashable) -> bool:
    """Whether `by` does not occur in `expression`."""
    return by not in set(symbols(expression))


def _linear(expression: Expression, by: Hashable) -> Expression | None:
    """The derivative where it is seen at once: a constant, the variable, a multiple of it."""
    if free_of(expression, by):
        return ZERO
    match expression:
        case Symbol():
            return ONE
        case Negative(operand):
            inner = _linear(operand, by)
            return Negative(inner) if inner is not None else None
        case Product((factor, Symbol())) if free_of(factor, by):
            return factor
        case Sum(terms):
            found = [_linear(part, by) for part in terms]
            known = [term for term in found if term is not None]
            return tidy(Sum(tuple(known))) if len(known) == len(terms) else None
    return None


def _later(expression: Expression, by: Hashable) -> Expression:
    """The derivative of an inner part: at once where it is linear, else left standing."""
    seen = _linear(expression, by)
    return Symbol(Derivative(expression)) if seen is None else seen


def _apply(of: Expression, by: Hashable) -> tuple[str, Expression]:
    """One rule on the derivative of `of`: the rule's key and what becomes of it."""
    seen = _linear(of, by)
    if seen is not None:
        return "linear", seen
    match of:
        case Negative(operand):
            return "factor", Negative(_later(operand, by))
        case Sum(terms):
            return "sum", Sum(tuple(_later(term, by) for term in terms))
        case Product(factors):
            return _product(factors, by)
        case Quotient(above, below):
            return _quotient(above, below, by)
        case Power(base, exponent) if free_of(exponent, by):
            lower = Sum((exponent, Negative(ONE)))
            if isinstance(exponent, Constant):
                lower_constant = exponent.value - 1
                power = Power(base, Constant(lower_constant)) if lower_constant != 1 else base
                return "power", Product((exponent, power, _later(base, by)))
            return "power", Product((exponent, Power(base, lower), _later(base, by)))
        case Power(base, exponent):
            as_exponential = Call("exp", (Product((exponent, Call("ln", (base,)))),))
            return "exponential_form", Symbol(Derivative(as_exponential))
        case Where(left, relation, right, yes, no):
            return "cases", Where(left, relation, right, _later(yes, by), _later(no, by))
        case Call() as call:
            return _call(call, by)
    raise AssertionError(of)


def _product(factors: tuple[Expression, ...], by: Hashable) -> tuple[str, Expression]:
    fixed = tuple(factor for factor in factors if free_of(factor, by))
    moving = tuple(factor for factor in factors if not free_of(factor, by))
    rest = moving[0] if len(moving) == 1 else Product(moving)
    if fixed:
        return "factor", Product((*fixed, _later(rest, by)))
    terms = []
    for n, factor in enumerate(factors):
        others = (*factors[:n], *factors[n + 1 :])
        terms.append(Product((_later(factor, by), *others)))
    return "product", Sum(tuple(terms))


def _quotient(above: Expression, below: Expression, by: Hashable) -> tuple[str, Expression]:
    if free_of(below, by):
        return "factor", Quotient(_later(above, by), below)
    square = Power(below, TWO)
    if free_of(above, by):
        inner = _later(below, by)
        top = inner if above == ONE else Product((above, inner))
        return "reciprocal", Negative(Quotient(top, square))
    first = Product((_later(above, by), below))
    second = Product((above, _later(below, by)))
    return "quotient", Quotient(Sum((first, Negative(second))), square)


def _call(call: Call, by: Hashable) -> tuple[str, Expression]:
    rule, outer = FUNCTIONS[call.function].rule, outer_slope(call)
    if outer is not None:
        inner = _later(call.arguments[0], by)
        if isinstance(outer, Negative):
            return rule, Negative(_chained(outer.operand, inner))
        return rule, _chained(outer, inner)
    match meaning(call):
        case Where(left, relation, right, yes, no):
            if free_of(yes, by):
                left, right, yes, no = right, left, no, yes
            slopes = (_signed_later(piece, by) for piece in (yes, no))
            return rule, Where(left, relation, right, *slopes)
        case None:
            raise AssertionError(call)
        case plain:
            return _apply(plain, by)


def _chained(outer: Expression, inner: Expression) -> Expression:
    factors = outer.factors if isinstance(outer, Product) else (outer,)
    return Product((*factors, inner))


def _signed_later(piece: Expression, by: Hashable) -> Expression:
    """`_later` with a sign in front taken out at once."""
    return Negative(_later(piece.operand, by)) if isinstance(piece, Negative) else _later(piece, by)


# Tidying: what a person drops while writing the next line


def tidy(node: Expression) -> Expression:
    """`node` without terms that are 0 and factors that are 1."""
    node = rebuilt(node, tidy)
    match node:
        case Sum(terms):
            kept = [term for term in terms if term not in (ZERO, Negative(ZERO))]
            return _joined(Sum, kept, ZERO)
        case Product(factors):
            if ZERO in factors or Negative(ZERO) in factors:
                return ZERO
            flat: list[Expression] = []
            for factor in factors:
                flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
            return _joined(Product, [factor for factor in flat if factor != ONE], ONE)
        case Negative(operand) if operand == ZERO:
            return ZERO
        case Quotient(above, below) if above == ZERO or below == ONE:
            return above
        case Power(base, exponent) if exponent == ONE:
            return base
    return node


def _joined(
    kind: type[Sum] | type[Product], parts: list[Expression], empty: Expression
) -> Expression:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def normal(node: Expression) -> Expression:
    """`node` with signs gathered in front and constant factors multiplied out."""
    node = tidy(rebuilt(node, normal))
    match node:
        case Negative(Negative(inner)):
            return inner
        case Negative(Product((Constant(value), *rest))) if value < 0:
            return normal(Product((Constant(-value), *rest)))
        case Quotient(Negative(above), below):
            return Negative(Quotient(above, below))
        case Product(factors):
            return _normal_product(factors)
    return node


def _normal_product(factors: tuple[Expression, ...]) -> Expression:
    sign, constant = 1, Fraction(1)
    rest: list[Expression] = []
    for factor in factors:
        bare = factor
        if isinstance(bare, Negative):
            sign, bare = -sign, bare.operand
        if isinstance(bare, Constant):
            constant *= bare.value
        elif (
            isinstance(bare, Quotient)
            and isinstance(bare.numerator, Constant)
            and isinstance(bare.denominator, Constant)
            and bare.denominator != ZERO
        ):
            constant *= bare.numerator.value / bare.denominator.value
        else:
            rest.append(bare)
    over = [factor for factor in rest if isinstance(factor, Quotient)]
    if len(over) == 1 and over[0].numerator == ONE and constant == 1 and len(rest) > 1:
        others = [factor for factor in rest if factor is not over[0]]
        rest = [Quotient(_joined(Product, others, ONE), over[0].denominator)]
    kept: list[Expression] = [] if constant == 1 else [Constant(constant)]
    result = _joined(Product, [*kept, *rest], ONE)
    return Negative(result) if sign < 0 else result


def derivative(formula: Expression, by: Hashable) -> Expression:
    """The derivative of `formula` by the symbol `by`, as the last round leaves it."""
    *_, last = differentiate(formula, by)
    return last.expression
