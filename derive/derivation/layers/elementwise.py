"""Formulas of matrices of one shape, taken element by element, as a tree.

A product of two is written with ⊙, a square as M ⊙ M; quotients and roots look as they do of
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction as Rational

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
    symbols,
)
from derive.maths.expression import MINUS, express, fenced, is_negative
from derive.maths.tree import Fraction, Operator, Root, Tree, row
from derive.reference import Ref

DOT, TIMES = Operator("·"), Operator("⊙")
PLUS, LESS = Operator("+"), Operator("−")
TWO = Constant(Rational(2))


def has_elements(formula: Expression) -> bool:
    """Whether a formula speaks of scalars of a layer, each of which stands for its matrix."""
    return next(elements(formula), None) is not None


def elements(formula: Expression) -> Iterator[Ref]:
    """The scalars of a layer in a formula."""
    for name in symbols(formula):
        if isinstance(name, Ref) and name.layer is not None:
            yield name


def pieces(
    formula: Expression, matrix: Callable[[Ref], Tree], number: Callable[[Ref], Tree]
) -> list[Tree]:
    """The formula as trees side by side, cut where a line may begin.

    Args:
        formula: what one element is, over `Ref`s.
        matrix: the tree of the matrix whose element a `Ref` is.
        number: that of a scalar that is the same for all elements.

    Raises:
        TypeError: a kind of expression that has no form of whole matrices.
    """
    return _Setter(matrix, number).pieces(formula)


class _Setter:
    def __init__(self, matrix: Callable[[Ref], Tree], number: Callable[[Ref], Tree]) -> None:
        self.matrix = matrix
        self.number = number

    def pieces(self, node: Expression) -> list[Tree]:
        if not has_elements(node):
            return [express(node, self.number)]
        match node:
            case Symbol(Ref() as ref):
                return [self.matrix(ref)]
            case Sum(terms):
                return [piece for n, term in enumerate(terms) for piece in self.term(term, n)]
            case Negative():
                return self.term(node, 0)
            case Product(factors):
                return self.product(factors)
            case Quotient(above, below):
                return [Fraction(self.whole(above), self.whole(below))]
            case Power(base, exponent) if exponent == TWO:
                factor = self.factor(base)
                return [factor, row(TIMES, factor)]
            case Call("sqrt", (inside,)):
                return [Root(self.whole(inside))]
        raise TypeError(f"no form of whole matrices for {type(node).__name__}")

    def whole(self, node: Expression) -> Tree:
        return row(*self.pieces(node))

    def term(self, term: Expression, n: int) -> list[Tree]:
        """One term of a sum with the sign before it."""
        minus = isinstance(term, Negative)
        first, *rest = self.pieces(term.operand if isinstance(term, Negative) else term)
        if not n and not minus:
            return [first, *rest]
        sign = PLUS if not minus else LESS if n else MINUS
        return [row(sign, fenced(first) if is_negative(first) else first), *rest]

    def product(self, factors: tuple[Expression, ...]) -> list[Tree]:
        """Numbers, a dot, and matrices with ⊙ between."""
        numbers = [one for one in factors if not has_elements(one)]
        front = [part for one in numbers for part in (self.factor(one), DOT)]
        matrices = [one for one in factors if has_elements(one)]
        (first, *more), *rest = (self.factors(one) for one in matrices)
        later = (piece for of_one in rest for piece in (row(TIMES, of_one[0]), *of_one[1:]))
        return [row(*front, first), *more, *later]

    def factors(self, node: Expression) -> list[Tree]:
        """A factor that may be a product of matrices itself."""
        return self.pieces(node) if isinstance(node, Power) else [self.factor(node)]

    def factor(self, node: Expression) -> Tree:
        """A factor, in parentheses where it is a sum or starts with a minus."""
        tree = self.whole(node)
        return fenced(tree) if isinstance(node, Sum) or is_negative(tree) else tree
