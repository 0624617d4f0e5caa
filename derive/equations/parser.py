"""Text to an equation in index notation, by the grammar of formulas with four things more.

To `derive.formula.parser`'s grammar come::

    equation = tensor "=" sum
    atom     = tensor | "sum" "(" letter { "," letter } "," sum ")"
             | "size" "(" name "," whole ")" | "[" index "=" index "]"
    tensor   = name [ "[" index { "," index } "]" ]
    index    = [ "-" ] term { ("+" | "-") term }
    term     = [ whole "*" ] part | whole
    part     = ( letter | "(" index ")" ) [ ("//" | "%") whole ]

`size(X, 0)` is how many numbers X has along its first axis, and `[i = j]` is 1 where i is j and 0
elsewhere. A letter runs over the axis at which it stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from derive.equations.index import Index, Part
from derive.equations.tree import Axis, Indexed, Inside, Sigma, accesses
from derive.errors import FormulaError
from derive.formula import Constant, Expression, Symbol, substitute
from derive.formula.parser import Parser

Definitions = Mapping[str, tuple[tuple[str, ...], Expression]]
"""Functions that a text may call besides: the names of their arguments, and their formula."""


class Reader(Parser):
    """Recursive descent over the grammar in the module's docstring."""

    token = re.compile(
        r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)|(?P<name>[A-Za-z_]\w*)"
        r"|(?P<sign>\*\*|//|<=|>=|[-+*/%^(),<>=\[\]]))"
    )
    longest = 100_000

    def __init__(self, text: str, definitions: Definitions) -> None:
        super().__init__(text, ())
        self.definitions = definitions
        self.scope: list[str] = []

    def equation(self) -> tuple[Indexed, Expression]:
        """The result and what it equals.

        Raises:
            FormulaError: outside the grammar.
        """
        result = self.result()
        self.expect("=")
        return result, self.whole()

    def result(self) -> Indexed:
        """The left side, a tensor with a letter for each axis."""
        position = self.here()
        tensor, letters = self.name(), []
        if self.accept("["):
            letters = self.letters(until="]")
        self.scope = list(letters)
        if len(set(letters)) < len(letters):
            raise FormulaError("each axis of the result takes a letter of its own", position)
        return Indexed(tensor, tuple(map(Index.of, letters)))

    def letters(self, until: str) -> list[str]:
        """Names with commas between them, and the sign after them."""
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        self.expect(until)
        return found

    def here(self) -> int:
        """Where the next token stands."""
        return self.tokens[self.at][2]

    def name(self) -> str:
        """A name."""
        kind, token, position = self.tokens[self.at]
        if kind != "name":
            raise FormulaError(f"a name expected, not {token or 'the end'!r}", position)
        self.at += 1
        return token

    def whole_number(self) -> int:
        """A number without a fraction."""
        kind, token, position = self.tokens[self.at]
        if kind != "number" or not token.isdigit():
            raise FormulaError(f"a whole number expected, not {token or 'the end'!r}", position)
        self.at += 1
        return int(token)

    def atom(self) -> Expression:
        """One more than a formula has: Iverson's bracket."""
        if not self.accept("["):
            return super().atom()
        left = self.index()
        self.expect("=")
        difference = left - self.index()
        self.expect("]")
        return Symbol(Sigma((), Constant(Fraction(1)), (Inside(difference, 1),)))

    def named(self, word: str, position: int) -> Expression:
        """A function of a formula or of the definitions, a sum, a size, or a tensor."""
        called = self.tokens[self.at][:2] == ("sign", "(")
        if called or word in ("pi", "e"):
            return super().named(word, position)
        if not self.accept("["):
            return Symbol(Indexed(word))
        index = [self.index()]
        while self.accept(","):
            index.append(self.index())
        self.expect("]")
        return Symbol(Indexed(word, tuple(index)))

    def call(self, function: str, position: int) -> Expression:
        """A call after its parenthesis."""
        if function == "sum":
            return self.sigma(position)
        if function == "size":
            tensor = self.name()
            self.expect(",")
            axis = self.whole_number()
            self.expect(")")
            return Symbol(Axis(tensor, axis))
        if function not in self.definitions:
            return super().call(function, position)
        names, formula = self.definitions[function]
        arguments = [self.sum()] if names else []
        while self.accept(","):
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) != len(names):
            message = f"{function} takes {len(names)}, not {len(arguments)} arguments"
            raise FormulaError(message, position)
        values = dict(zip(names, arguments, strict=True))
        return substitute(formula, lambda name: values[name])

    def sigma(self, position: int) -> Expression:
        """A sum after its parenthesis: as many letters as a comma follows."""
        letters = [self.name()]
        self.expect(",")
        while self.tokens[self.at][0] == "name" and self.tokens[self.at + 1][1] == ",":
            letters.append(self.name())
            self.expect(",")
        for letter in letters:
            if letter in self.scope or letters.count(letter) > 1:
                raise FormulaError(f"{letter!r} already runs over something else", position)
        self.scope += letters
        body = self.sum()
        self.expect(")")
        del self.scope[-len(letters) :]
        homes = home_axes(name for name, _ in accesses(body))
        for letter in letters:
            if letter not in homes:
                message = f"{letter!r} stands nowhere alone, and so has no range"
                raise FormulaError(message, position)
        return Symbol(Sigma(tuple((letter, homes[letter]) for letter in letters), body))

    def index(self) -> Index:
        """An index expression."""
        self.deeper()
        found = self.index_term().times(-1) if self.accept("-") else self.index_term()
        while sign := self.accept("+", "-"):
            term = self.index_term()
            found = found - term if sign == "-" else found + term
        self.depth -= 1
        return found

    def index_term(self) -> Index:
        """A whole number, a part, or both multiplied."""
        if self.tokens[self.at][0] != "number":
            return self.index_part()
        number = self.whole_number()
        return self.index_part().times(number) if self.accept("*") else Index((), number)

    def index_part(self) -> Index:
        """A letter or an expression in parentheses, or what a division makes of it."""
        if self.accept("("):
            inside = self.index()
            self.expect(")")
        else:
            position, letter = self.here(), self.name()
            if letter not in self.scope:
                known = ", ".join(self.scope) or "none"
                raise FormulaError(f"unknown letter {letter!r}; known: {known}", position)
            inside = Index.of(letter)
        sign = self.accept("//", "%")
        if sign is None:
            return inside
        position, by = self.here(), self.whole_number()
        if not by:
            raise FormulaError("an index is not divided by 0", position)
        return Index.of(Part(inside, by, sign == "%"))


def home_axes(tensors: Iterable[Indexed]) -> dict[str, Axis]:
    """For each letter the first axis at which it stands alone."""
    found: dict[str, Axis] = {}
    for name in tensors:
        for axis, index in enumerate(name.index):
            if index.letter is not None:
                found.setdefault(index.letter, Axis(name.tensor, axis))
    return found
