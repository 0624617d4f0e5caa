"""A formula's tree of meaning turned into a tree of signs, as a textbook writes it.

Multiplication is set by what it joins: letters stand side by side, numbers take ×, derivatives
take a dot.

Signs of numbers follow one rule. What stands first, in an expression or in parentheses, shows its
sign bare. After any sign, be it of a sum, of a product or a minus before all, a negative number has
parentheses: −0.2 × 0.5 + (−0.3) × 0.4, and so has it always under a power: (−0.2)². Numerators,
denominators, roots, exponents and arguments are expressions of their own. A minus before a 0, or
before a product that starts with 0, is left out: 0 × ln 0.3, never −0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction as Rational
from typing import Any

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
    spelled_out,
)
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import (
    Aligned,
    Braced,
    Cases,
    Fenced,
    Fraction,
    Identifier,
    Limits,
    Matrix,
    Named,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Styled,
    Text,
    Tree,
    parts,
    row,
    unnamed,
)

EXACTLY = Rounding(digits=30)
"""Prints a constant of a formula without rounding it."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)

MINUS = Operator("−", "prefix")
THIN = Text("\N{THIN SPACE}")
ONE = Constant(Rational(1))
ZERO = Number(numeral(0, EXACTLY))
E = Identifier("e")
OPPOSITE = {"<": "≥", "<=": ">", ">": "≤", ">=": "<"}
SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def express(expression: Expression, leaf: Callable[[Any], Tree]) -> Tree:
    """`expression` as signs, `leaf(name)` setting each symbol."""
    return _Setter(leaf).set(expression)


def is_negative(tree: Tree) -> bool:
    """Whether `tree` starts with a minus sign."""
    match tree:
        case Number(shown):
            return shown.negative
        case Styled(inside):
            return is_negative(inside)
        case Row(inside):
            return inside[0] == MINUS or is_negative(inside[0])
        case Braced(inside) | Named(inside):
            return is_negative(inside)
    return False


def negated(tree: Tree) -> Tree:
    """A minus and `tree`; no minus before a 0 that is printed, or a product that starts with it."""
    return tree if _starts_with_zero(tree) else row(MINUS, tree)


def _starts_with_zero(tree: Tree) -> bool:
    match tree:
        case Number(shown, ref):
            return ref is not None and shown.printed == 0
        case Styled(inside) | Braced(inside) | Named(inside):
            return _starts_with_zero(inside)
        case Row(inside):
            return _starts_with_zero(inside[0])
    return False


def fenced(tree: Tree) -> Tree:
    """`tree` in parentheses: ones that grow where it is tall."""
    if _tall(tree):
        return Fenced(tree)
    return row(Operator("(", "prefix"), tree, Operator(")", "postfix"))


def _tall(tree: Tree) -> bool:
    if isinstance(tree, (Fraction, Matrix, Cases, Aligned, Limits, Root, Braced)):
        return True
    if isinstance(tree, Script):
        return _tall(tree.base)
    return any(_tall(part) for part in parts(tree))


def multiplied(factors: list[Tree]) -> Tree:
    """Factors side by side, with the sign between them that their kinds ask for."""
    result: list[Tree] = [factors[0]]
    for left, right in itertools.pairwise(factors):
        sign = _times(left, right)
        if sign is not None:
            result.append(sign)
        result.append(right)
    return row(*result)


def _times(left: Tree, right: Tree) -> Operator | Text | None:
    if _named(right):
        return Operator("×") if _kind(left) == "number" else THIN
    first, second = _kind(left), _kind(right)
    if second == "letter" and first != "fraction" and _starts_with_a_number(right):
        return Operator("×")
    if first == second == "letter" and (_is_a_word(_base(right)) or _is_a_word(left)):
        return THIN
    if first in ("constant", "constant fraction") and second == "letter":
        return Operator("·") if left == ZERO else None
    if "fraction" in (first, second):
        return Operator("·")
    if first == "constant fraction" and _opens(right):
        return None
    if first != "letter" or second != "letter":
        return Operator("×")
    return None


def _named(tree: Tree) -> bool:
    """Whether `tree` starts with the name of a function, as in ln x."""
    match tree:
        case Row(inside):
            return _named(inside[0])
        case Named(inside):
            return _named(inside)
        case Identifier(text, "upright"):
            return len(text) > 1
    return False


def _is_a_word(tree: Tree) -> bool:
    """Whether `tree` is a name of several letters, which needs air beside another letter."""
    tree = unnamed(tree)
    return isinstance(tree, Identifier) and len(tree.text) > 1


def _base(tree: Tree) -> Tree:
    """The letter of a tree without what stands below and above it."""
    tree = unnamed(tree)
    return tree.base if isinstance(tree, Script) else tree


def _starts_with_a_number(tree: Tree) -> bool:
    """Whether `tree` starts with digits, which must not meet a fraction or a letter: ¼ 2(t − o)."""
    match tree:
        case Row(inside):
            return _starts_with_a_number(inside[0])
        case Script(base) | Styled(base) | Braced(base) | Named(base):
            return _starts_with_a_number(base)
    return isinstance(tree, Number)


def _opens(tree: Tree) -> bool:
    """Whether `tree` starts with a parenthesis."""
    match tree:
        case Row(inside):
            return _opens(inside[0])
        case Script(base) | Named(base):
            return _opens(base)
        case Operator("("):
            return True
    return isinstance(tree, Fenced)


def _kind(tree: Tree) -> str:
    match tree:
        case Number(_, ref):
            return "constant" if ref is None else "number"
        case Fraction(Number(_, None), Number(_, None)):
            return "constant fraction"
        case Fraction():
            return "fraction"
        case Styled(inside) | Braced(inside) | Fenced(inside) | Named(inside):
            return _kind(inside)
        case Row(inside):
            kinds = {_kind(part) for part in inside if not isinstance(part, Operator)}
            return "number" if "number" in kinds else "letter"
        case Script(base):
            return _kind(base)
    return "letter"


class _Setter:
    """One walk over an expression; a method for each kind of node that needs more than a line."""

    def __init__(self, leaf: Callable[[Any], Tree]) -> None:
        self.leaf = leaf

    def set(self, node: Expression) -> Tree:
        match node:
            case Constant(value):
                return self.constant(value)
            case Symbol(name):
                return self.leaf(name)
            case Sum(terms):
                return self.sum(terms)
            case Negative(operand):
                return negated(self.within(operand, _PRODUCT, signed=True))
            case Product(factors):
                return self.product(factors)
            case Quotient(numerator, denominator):
                return Fraction(self.set(numerator), self.set(denominator))
            case Power(base, exponent):
                below = self.within(base, _ATOM, signed=True)
                letters = unnamed(below)
                marked = isinstance(letters, Script) and letters.sup is not None
                if marked or (isinstance(letters, Row) and not _opens(letters)):
                    below = fenced(below)
                return Script(below, sup=self.set(exponent))
            case Call() as call:
                return self.call(call)
            case Where(left, relation, right, yes, no):
                subject, limit = self.set(left), self.set(right)
                holds = row(subject, Operator(SIGNS[relation]), limit)
                fails = row(subject, Operator(OPPOSITE[relation]), limit)
                return Cases(((self.set(yes), holds), (self.set(no), fails)))

    @staticmethod
    def constant(value: Rational) -> Tree:
        shown = value
        while shown.denominator % 2 == 0:
            shown *= 2
        while shown.denominator % 5 == 0:
            shown *= 5
        if shown.denominator == 1:
            return Number(numeral(value, EXACTLY))
        over = Number(numeral(value.numerator, EXACTLY))
        return Fraction(over, Number(numeral(value.denominator, EXACTLY)))

    def sum(self, terms: tuple[Expression, ...]) -> Tree:
        result: list[Tree] = []
        for index, term in enumerate(terms):
            if isinstance(term, Negative):
                operand = self.within(term.operand, _PRODUCT, signed=True)
                result += [Operator("−"), operand] if index else [negated(operand)]
                continue
            if index:
                result.append(Operator("+"))
            result.append(self.within(term, _PRODUCT, signed=index > 0))
        return row(*result)

    def product(self, factors: tuple[Expression, ...], *, signed: bool = False) -> Tree:
        """Factors side by side; after a sign, the first one too has parentheses if negative."""
        first, *rest = factors
        trees = [self.within(first, _PRODUCT, signed=signed)]
        trees += [self.within(factor, _PRODUCT, signed=True) for factor in rest]
        return multiplied(trees)

    def within(self, node: Expression, least: int, *, signed: bool = False) -> Tree:
        """`node` in parentheses where it binds less than `least`, or its sign would meet one."""
        tree = (
            self.product(node.factors, signed=signed)
            if isinstance(node, Product)
            else (self.set(node))
        )
        if _binding(node) < least or (signed and is_negative(tree)):
            return fenced(tree)
        if least == _ATOM and (isinstance(unnamed(tree), Fraction) or _power_of_ten(tree)):
            return fenced(tree)
        return tree

    def call(self, call: Call) -> Tree:
        function, arguments = call.function, call.arguments
        words = spelled_out(call)
        if words is not None:
            return self.set(words)
        if function == "pi":
            return Identifier("π", "upright")
        first = arguments[0]
        match function:
            case "exp":
                return E if first == ONE else Script(E, sup=self.set(first))
            case "sqrt":
                return Root(self.set(first))
            case "abs":
                return Fenced(self.set(first), "|", "|")
            case "ln":
                tree = self.set(first)
                plain = isinstance(first, Symbol) and not is_negative(tree)
                plain = plain and not _power_of_ten(tree)
                rest = (THIN, tree) if plain else (fenced(tree),)
                return row(Identifier("ln", "upright"), *rest)
        listed: list[Tree] = [self.set(first)]
        for argument in arguments[1:]:
            listed += [Operator(","), self.set(argument)]
        return row(Identifier(function, "upright"), fenced(row(*listed)))


def _binding(node: Expression) -> int:
    match node:
        case Sum() | Negative() | Where():
            return _SUM
        case Product():
            return _PRODUCT
        case Call("exp", (first,)) if first == ONE:
            return _ATOM
        case Quotient() | Power() | Call("exp"):
            return _POWER
        case Call() as call:
            words = spelled_out(call)
            return _ATOM if words is None else _binding(words)
    return _ATOM


def _power_of_ten(tree: Tree) -> bool:
    match tree:
        case Number(shown):
            return shown.exponent != 0
        case Styled(inside):
            return _power_of_ten(inside)
    return False


def width(tree: Tree) -> float:
    """Roughly how wide `tree` is set, in figures of the text size."""
    match tree:
        case Identifier(text) | Text(text):
            return 1.1 * len(text)
        case Number(shown):
            return len(shown.digits) + (3.5 if shown.exponent else 0)
        case Operator(text):
            return 0.6 if text in "()|·," else 2.2
        case Fraction(above, below):
            return max(width(above), width(below)) + 0.4
        case Script(base, sub, sup):
            scripts = [width(part) for part in (sub, sup) if part is not None]
            return width(base) + 0.7 * max(scripts, default=0)
        case Limits(base, under, over):
            limits = [0.7 * width(part) for part in (under, over) if part is not None]
            return max(width(base), *limits)
        case Braced(inside, label):
            return max(width(inside), 0.7 * width(label))
        case Matrix(lines) | Cases(lines) | Aligned(lines):
            columns = zip(*lines, strict=True)
            return sum(max(map(width, column)) + 1.5 for column in columns) + 2
    return sum(width(part) for part in parts(tree))
