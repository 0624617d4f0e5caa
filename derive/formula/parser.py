"""Text to a formula, by a small grammar; nothing is ever evaluated as Python.

Input from strangers, so bounded in length and depth::

    sum        = ["-"] product { ("+" | "-") product }
    product    = power { ("*" | "/") power }
    power      = "-" power | atom [ ("^" | "**") power ]
    atom       = number | name | "pi" | "e" [ ("^" | "**") power ]
               | function "(" sum { "," sum } ")" | "(" sum ")"
               | "where" "(" sum ("<" | "<=" | ">" | ">=") sum "," sum "," sum ")"
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from fractions import Fraction

from derive.errors import FormulaError
from derive.formula.evaluation import Plain, evaluate
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
    symbols,
)

MAX_LENGTH = 500
MAX_DEPTH = 40

_ALIASES = {"log": "ln", "atan": "arctan"}
_KNOWN = sorted(
    {"where"}
    | {name for name, row in FUNCTIONS.items() if row.arguments and row.written_in == "any text"}
)
"""What a person is told of."""
_ARGUMENTS = {"max": "(0, {})", "min": "(0, {})", "where": "({0} > 0, {0}, 0)"}
"""Those of a function that takes several, as an example of a call."""
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|<=|>=|[-+*/^(),<>]))"
)


def parse(text: str, names: Collection[str]) -> Expression:
    """The formula that `text` writes, its symbols among `names`.

    Raises:
        FormulaError: outside the grammar, too long, or too deep; `position` says where.
    """
    return Parser(text, names).whole()


class Parser:
    """Recursive descent over the grammar in the module's docstring.

    Attributes:
        token: what matches the next word, number or sign.
        longest: how many characters are read.
    """

    token = _TOKEN
    longest = MAX_LENGTH

    def __init__(self, text: str, names: Collection[str]) -> None:
        if len(text) > self.longest:
            message = f"the formula has {len(text)} characters, at most {self.longest} are read"
            raise FormulaError(message, self.longest)
        self.names = names
        self.tokens = list(self._tokens(text))
        self.at = 0
        self.depth = 0

    def _tokens(self, text: str) -> Iterator[tuple[str, str, int]]:
        position, end = 0, len(text.rstrip())
        while position < end:
            match = self.token.match(text, position)
            if match is None:
                where = position + len(text[position:]) - len(text[position:].lstrip())
                raise FormulaError(f"{text[where]!r} is not part of a formula", where)
            kind = str(match.lastgroup)
            yield kind, match[kind], match.start(kind)
            position = match.end()
        yield "end", "", end

    def whole(self) -> Expression:
        """The formula that is all of the text."""
        result = self.sum()
        kind, token, position = self.tokens[self.at]
        if kind != "end":
            raise FormulaError(f"{token!r} is not expected here", position)
        return result

    def accept(self, *signs: str) -> str | None:
        """The next token where it is one of these signs; it is then read."""
        kind, token, _ = self.tokens[self.at]
        if kind == "sign" and token in signs:
            self.at += 1
            return token
        return None

    def expect(self, *signs: str) -> str:
        """The next token, which must be one of these signs."""
        found = self.accept(*signs)
        if found is None:
            _, token, position = self.tokens[self.at]
            wanted = " or ".join(repr(sign) for sign in signs)
            raise FormulaError(f"{wanted} expected, not {token or 'the end'!r}", position)
        return found

    def deeper(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"the formula is nested more than {MAX_DEPTH} deep"
            raise FormulaError(message, self.tokens[self.at][2])

    def sum(self) -> Expression:
        """Terms with signs between them."""
        self.deeper()
        terms = [self.product()]
        while sign := self.accept("+", "-"):
            term = self.product()
            terms.append(Negative(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Expression:
        """Factors and divisors."""
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
        """A power, or an atom alone, with its sign."""
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
        """A number, what a name stands for, or a sum in parentheses."""
        kind, token, position = self.tokens[self.at]
        if self.accept("("):
            inside = self.sum()
            self.expect(")")
            return inside
        self.at += kind != "end"
        if kind == "number":
            return self.with_value(Constant(Fraction(token)), position)
        if kind == "name":
            return self.named(token, position)
        raise FormulaError(f"a number or a name expected, not {token or 'the end'!r}", position)

    def named(self, word: str, position: int) -> Expression:
        """What a name stands for, which is read."""
        function = _ALIASES.get(word, word)
        if self.accept("("):
            return self.call(function, position)
        if word in self.names:
            return Symbol(word)
        match word:
            case "pi":
                return Call("pi", ())
            case "e":
                exponent = self.power() if self.accept("^", "**") else Constant(Fraction(1))
                return self.with_value(Call("exp", (exponent,)), position)
        if function in _KNOWN:
            call = f"{word}{_ARGUMENTS.get(function, '({})').format(min(self.names))}"
            what = f"its argument{'s' if function in _ARGUMENTS else ''}"
            raise FormulaError(f"{word} takes {what} in parentheses: {call}", position)
        known = ", ".join(sorted({*self.names, "e", "pi"}))
        raise FormulaError(f"unknown name {word!r}; known: {known}", position)

    def call(self, function: str, position: int) -> Expression:
        """A call whose name and opening parenthesis are read."""
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
        row = FUNCTIONS.get(function)
        if row is None or row.written_in == "forms":
            known = ", ".join(_KNOWN)
            raise FormulaError(f"unknown function {function!r}; known: {known}", position)
        arguments = [self.sum()]
        while self.accept(","):
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) != row.arguments:
            message = f"{function} takes {row.arguments}, not {len(arguments)} arguments"
            raise FormulaError(message, position)
        return self.with_value(Call(function, tuple(arguments)), position)

    def with_value(self, part: Expression, position: int) -> Expression:
        """`part`, unless it is a number that there is not, such as 1/0 or (-1)^0.5."""
        if next(symbols(part), None) is None:
            try:
                value = evaluate(part, values=str, arithmetic=Plain())
                known = math.isfinite(value)
            except (ArithmeticError, ValueError, TypeError):
                known = False
            if not known:
                raise FormulaError("this part has no finite real value", position)
        return part
