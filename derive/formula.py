"""Formulas as ordered trees: parsed by a small grammar, evaluated in any arithmetic.

An activation, a loss, an optimizer's step and every equation of a worked solution is one of
these trees. The order of terms and factors is kept as it was written, because the order is
part of what a reader follows. Nothing is ever evaluated as Python.

Grammar (input from strangers, so bounded in length and depth)::

    sum        = ["-"] product { ("+" | "-") product }
    product    = power { ("*" | "/") power }
    power      = "-" power | atom [ ("^" | "**") power ]
    atom       = number | name | function "(" sum { "," sum } ")" | "(" sum ")"
               | "where" "(" sum ("<" | "<=" | ">" | ">=") sum "," sum "," sum ")"
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from derive.errors import FormulaError

MAX_LENGTH = 500
MAX_DEPTH = 40

FUNCTIONS: Mapping[str, int] = {
    "abs": 1,
    "arctan": 1,
    "cosh": 1,
    "erf": 1,
    "erfc": 1,
    "exp": 1,
    "expm1": 1,
    "ln": 1,
    "log1p": 1,
    "max": 2,
    "min": 2,
    "pi": 0,
    "sin": 1,
    "cos": 1,
    "sinh": 1,
    "sqrt": 1,
    "tanh": 1,
    "xlny": 2,
    "xovery": 2,
}
"""The functions a formula may call, with their number of arguments.

`xlny(x, y)` is x ln y and `xovery(x, y)` is x / y, both 0 where x is 0 whatever y is: the limit
by which cross-entropy reads 0 ln 0.
"""

_ALIASES = {"log": "ln", "atan": "arctan"}


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
    """One of `FUNCTIONS` applied to its arguments."""

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


class Arithmetic(Protocol):
    """A kind of number: float64 arrays, complex arrays, 50-digit numbers, sympy's."""

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

    def divide(self, numerator: Any, denominator: Any) -> Any:
        """`numerator` over `denominator`, infinite or NaN over 0."""


def evaluate(expression: Expression, values: Callable[[Any], Any], arithmetic: Arithmetic) -> Any:
    """The value of `expression` with `values(name)` put in for each symbol."""

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
                return go(numerator) / go(denominator)
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
                result = _binary(operator.mul, result, factor)
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
            result = _binary(operator.sub, result, compiled(term.operand, arithmetic))
        else:
            result = _binary(operator.add, result, compiled(term, arithmetic))
    return result


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


def substitute(expression: Expression, replacement: Callable[[Any], Expression]) -> Expression:
    """`expression` with `replacement(name)` in place of each symbol."""

    def go(node: Expression) -> Expression:
        match node:
            case Symbol(name):
                return replacement(name)
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

    return go(expression)


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|<=|>=|[-+*/^(),<>]))"
)


def parse(text: str, names: Collection[str]) -> Expression:
    """The formula that `text` writes, its symbols among `names`.

    Raises:
        FormulaError: outside the grammar, too long, or too deep; `position` says where.
    """
    return _Parser(text, names).whole()


class _Parser:
    """Recursive descent over the grammar in the module's docstring."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        if len(text) > MAX_LENGTH:
            message = f"the formula has {len(text)} characters, at most {MAX_LENGTH} are read"
            raise FormulaError(message, MAX_LENGTH)
        self.names = names
        self.tokens = list(self._tokens(text))
        self.at = 0
        self.depth = 0

    @staticmethod
    def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                where = position + len(text[position:]) - len(text[position:].lstrip())
                raise FormulaError(f"{text[where]!r} is not part of a formula", where)
            kind = str(match.lastgroup)
            yield kind, match[kind], match.start(kind)
            position = match.end()
        yield "end", "", end

    def whole(self) -> Expression:
        result = self.sum()
        kind, token, position = self.tokens[self.at]
        if kind != "end":
            raise FormulaError(f"{token!r} is not expected here", position)
        return result

    def accept(self, *signs: str) -> str | None:
        kind, token, _ = self.tokens[self.at]
        if kind == "sign" and token in signs:
            self.at += 1
            return token
        return None

    def expect(self, *signs: str) -> str:
        found = self.accept(*signs)
        if found is None:
            _, token, position = self.tokens[self.at]
            wanted = " or ".join(repr(sign) for sign in signs)
            raise FormulaError(f"{wanted} expected, not {token or 'the end'!r}", position)
        return found

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"the formula is nested more than {MAX_DEPTH} deep"
            raise FormulaError(message, self.tokens[self.at][2])

    def sum(self) -> Expression:
        self.deeper()
        terms = [self.product()]
        while sign := self.accept("+", "-"):
            term = self.product()
            terms.append(Negative(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Expression:
        factors: list[Expression] = []
        start, depth = self.tokens[self.at][2], self.depth
        result = self.power()
        while sign := self.accept("*", "/"):
            if sign == "/":
                self.deeper()
            right = self.power()
            if sign == "/":
                result = self.with_value(Quotient(result, right), start)
            else:
                left = result.factors if isinstance(result, Product) else (result,)
                factors = [*left, right]
                result = Product(tuple(factors))
        self.depth = depth
        return result

    def power(self) -> Expression:
        self.deeper()
        result: Expression
        start = self.tokens[self.at][2]
        if self.accept("-"):
            result = Negative(self.power())
        else:
            result = self.atom()
            if self.accept("^", "**"):
                result = self.with_value(Power(result, self.power()), start)
        self.depth -= 1
        return result

    def atom(self) -> Expression:
        kind, token, position = self.tokens[self.at]
        if self.accept("("):
            inside = self.sum()
            self.expect(")")
            return inside
        self.at += kind != "end"
        if kind == "number":
            return self.with_value(Constant(Fraction(token)), position)
        if kind == "name":
            name = _ALIASES.get(token, token)
            if self.accept("("):
                return self.call(name, position)
            if token in self.names:
                return Symbol(token)
            if token == "pi":  # noqa: S105
                return Call("pi", ())
            known = ", ".join(sorted(self.names))
            raise FormulaError(f"unknown name {token!r}; known: {known}", position)
        raise FormulaError(f"a number or a name expected, not {token or 'the end'!r}", position)

    def call(self, function: str, position: int) -> Expression:
        if function == "where":
            left = self.sum()
            relation = self.expect("<", "<=", ">", ">=")
            right = self.sum()
            self.expect(",")
            yes = self.sum()
            self.expect(",")
            no = self.sum()
            self.expect(")")
            return Where(left, relation, right, yes, no)
        if function not in FUNCTIONS:
            known = ", ".join(sorted({*FUNCTIONS, "where"}))
            raise FormulaError(f"unknown function {function!r}; known: {known}", position)
        arguments = [self.sum()]
        while self.accept(","):
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) != FUNCTIONS[function]:
            message = f"{function} takes {FUNCTIONS[function]}, not {len(arguments)} arguments"
            raise FormulaError(message, position)
        return self.with_value(Call(function, tuple(arguments)), position)

    def with_value(self, part: Expression, position: int) -> Expression:
        """`part`, unless it is a number that there is not, such as 1/0 or (-1)^0.5."""
        if next(symbols(part), None) is None:
            try:
                value = evaluate(part, values=str, arithmetic=_Plain())
                known = math.isfinite(value)
            except (ArithmeticError, ValueError, TypeError):
                known = False
            if not known:
                raise FormulaError("this part has no finite real value", position)
        return part


class _Plain:
    """Python's own floats: what is not a finite real number raises an error."""

    @staticmethod
    def constant(value: Fraction) -> float:
        return float(value)

    @staticmethod
    def call(function: str, *arguments: float) -> Any:
        own: Mapping[str, Callable[..., float]] = {
            "abs": abs,
            "arctan": math.atan,
            "ln": math.log,
            "max": max,
            "min": min,
            "pi": lambda: math.pi,
            "xlny": lambda x, y: x * math.log(y) if x else 0.0,
            "xovery": lambda x, y: x / y if x else 0.0,
        }
        return own.get(function, getattr(math, function, None))(*arguments)  # type: ignore[misc]

    @staticmethod
    def power(base: float, exponent: float) -> float:
        return math.pow(base, exponent)

    @staticmethod
    def where(left: float, relation: str, right: float, yes: float, no: float) -> float:
        holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
        return yes if holds[relation] else no
