"""A formula in a form that keeps its figures in floating point, found by rules.

What has exponentials becomes a `Ratio`, in which complements and common factors cancel exactly,
and is written scaled by its largest exponential (`scaled.py`). A logarithm of such a ratio is
taken term by term: ln(1 + e^x) is max(x, 0) + ln(1 + e^-|x|). ln(1 + u) is log1p, e^u - 1 is
expm1, 1 - erf(u) is erfc(u). A part in pieces is looked at piece by piece. What no rule mends
stays as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache, reduce

from derive.formula.assembly import NOTHING, UNITY, negated, product, tidied, total
from derive.formula.logarithm import MINUS, term_by_term
from derive.formula.ratio import (
    ONE,
    Ratio,
    UnfitError,
    add,
    expanded,
    is_positive,
    multiply,
    power,
    quantity,
)
from derive.formula.scaled import formula_of
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
    children,
    rebuilt,
    symbols,
)

MOST_PARTS = 400
"""A larger formula stays as it is: the search for its form would take longer than a training."""
MOST_PIECES = 3
HIGHEST = 8
"""Powers up to this are taken apart."""

_EXPONENTIAL = frozenset({"cosh", "exp", "expm1", "sinh", "tanh"})


@cache
def stable(formula: Expression, *, guarded: bool = False) -> Expression:
    """A form of the same function that neither overflows nor cancels where a rule knows one.

    `guarded` where 0 times what grows beyond all range, or over what vanishes, is 0.
    """
    if _size(formula) > MOST_PARTS:
        return formula
    return _stable(formula, MOST_PIECES, guarded=guarded)


def _size(node: Expression) -> int:
    return 1 + sum(map(_size, children(node)))


@cache
def _stable(node: Expression, pieces: int, *, guarded: bool = False) -> Expression:
    if next(symbols(node), None) is None:
        return node
    match node:
        case Sum() | Product() | Quotient() | Power():
            return _combination(node, pieces, guarded=guarded)
        case Negative(operand):
            return negated(_stable(operand, pieces, guarded=guarded))
        case Call("ln", (argument,)):
            return _Reader().logarithm(argument, plain=node)
        case Call("log1p", (argument,)):
            return _Reader().logarithm(Sum((UNITY, argument)), plain=node)
        case Call("xlny", (factor, argument)):
            logarithm = _Reader().finite_logarithm(argument)
            if logarithm is not None:
                return product([_stable(factor, pieces), logarithm])
            plain = rebuilt(node, lambda part: _stable(part, pieces))
            return _nearing_one(argument, plain, _stable(factor, pieces))
        case Call("xovery"):
            return _combination(node, pieces, guarded=True)
    return rebuilt(node, lambda part: _stable(part, pieces))


def _combination(node: Expression, pieces: int, *, guarded: bool) -> Expression:
    """A sum, product, quotient or power."""
    plain = rebuilt(node, lambda part: _stable(part, pieces, guarded=guarded))
    if guarded and isinstance(plain, Quotient):
        plain = Call("xovery", (plain.numerator, plain.denominator))
    if isinstance(node, Sum):
        complement = _error_complement(node)
        if complement is not None:
            return _stable(complement, pieces)
    reader = _Reader()
    reader.guarded = guarded
    try:
        ratio = reader.ratio(node)
        if not reader.exponentials:
            # Without exponentials only what cancels is worth another form.
            found = formula_of(ratio, guarded=reader.guarded)
            return (
                found
                if _size(found) < _size(plain) and isinstance(node, Sum | Quotient)
                else (_in_pieces(node, plain, pieces, guarded=guarded))
            )
        if reader.only_one(node):
            return plain
        return formula_of(ratio, guarded=reader.guarded)
    except UnfitError:
        return _in_pieces(node, plain, pieces, guarded=guarded)


def _in_pieces(node: Expression, plain: Expression, pieces: int, *, guarded: bool) -> Expression:
    """Each piece of a function in pieces by itself, where that mends one of them."""
    first = next(_cases(node), None)
    if first is None or not pieces:
        return plain
    split, where = first
    branches = []
    mended = False
    for number in range(2):
        branch = tidied(_chosen(node, where, yes=number == 0))
        found = _stable(branch, pieces - 1, guarded=guarded)
        mended = mended or found != branch
        branches.append(found)
    if not mended:
        return plain
    left, right = (_stable(part, 0) for part in (split.left, split.right))
    return Where(left, split.relation, right, *branches)


def _as_cases(node: Expression) -> Where | None:
    match node:
        case Where():
            return node
        case Call("abs", (u,)):
            return Where(u, ">", NOTHING, u, negated(u))
        case Call("max", (a, b)):
            return Where(a, ">", b, a, b)
        case Call("min", (a, b)):
            return Where(a, "<", b, a, b)
    return None


def _cases(node: Expression) -> Iterator[tuple[Where, Expression]]:
    """Functions in pieces within a formula, from the outermost, as cases."""
    found = _as_cases(node)
    if found is not None:
        yield found, node
        return
    for child in children(node):
        yield from _cases(child)


def _chosen(node: Expression, where: Expression, *, yes: bool) -> Expression:
    """A formula where a condition holds, or where it does not."""
    wanted = _as_cases(where)
    own = _as_cases(node)
    if wanted is not None and own is not None and _side(own) == _side(wanted):
        return own.yes if yes else own.no
    return rebuilt(node, lambda part: _chosen(part, where, yes=yes))


def _side(cases: Where) -> tuple[Expression, str, Expression]:
    return cases.left, cases.relation, cases.right


def _error_complement(node: Sum) -> Expression | None:
    """1 - erf(u) is erfc(u), which does not cancel; likewise the other way round."""
    other = {"erf": "erfc", "erfc": "erf"}
    if len(node.terms) != 2 or UNITY not in node.terms:
        return None
    second = node.terms[1] if node.terms[0] == UNITY else node.terms[0]
    match second:
        case Negative(Call(("erf" | "erfc") as function, (u,))):
            return Call(other[function], (u,))
        case Call("erf", (u,)):
            return Call("erfc", (negated(u),))
    return None


class _Reader:
    """Formulas to ratios.

    Attributes:
        exponentials: how many exponentials were taken apart.
        guarded: whether a quotient stands among them that is 0 where its numerator is.
    """

    def __init__(self) -> None:
        self.exponentials = 0
        self.guarded = False
        self.logarithms: dict[Expression, Ratio] = {}

    def ratio(self, node: Expression) -> Ratio:
        """The normal form.

        Raises:
            UnfitError: there is none.
        """
        match node:
            case Constant(value):
                return Ratio(value)
            case Negative(operand):
                return multiply(MINUS, self.ratio(operand))
            case Product(factors):
                return reduce(multiply, map(self.ratio, factors))
            case Quotient(above, below) | Call("xovery", (above, below)):
                self.guarded = self.guarded or isinstance(node, Call)
                return multiply(self.ratio(above), power(self.ratio(below), -1))
            case Sum(terms):
                complement = _error_complement(node)
                return self.ratio(complement) if complement else add(map(self.ratio, terms))
            case Power(base, exponent):
                return self.power(node, base, exponent)
            case Call(function, (u,)) if function in _EXPONENTIAL:
                return self.exponential(function, u)
            case Call("xlny", (factor, argument)):
                logarithm = self.finite_logarithm(argument)
                if logarithm is None:
                    return quantity(_stable(node, MOST_PIECES))
                return multiply(self.ratio(factor), quantity(logarithm))
            case Call("ln", (argument,)):
                return self.of_logarithm(node, argument)
            case Call("log1p", (argument,)):
                return self.of_logarithm(node, Sum((UNITY, argument)))
            case Call("sqrt", (u,)):
                return self.root(node, u)
            case Symbol():
                return quantity(node)
        return quantity(_stable(node, MOST_PIECES))

    def power(self, node: Expression, base: Expression, exponent: Expression) -> Ratio:
        """A base to a power that is a whole number, or what is not taken apart."""
        number = exponent
        sign = 1
        if isinstance(number, Negative):
            sign, number = -1, number.operand
        if isinstance(number, Constant):
            if number.value.denominator == 1 and number.value <= HIGHEST:
                return power(self.ratio(base), sign * int(number.value))
            if number.value.denominator == 2 and number.value <= HIGHEST:
                return self.root(node, base, sign * number.value.numerator)
        elif isinstance(base, Constant) and base.value > 0:
            return self.exp(Product((exponent, Call("ln", (base,)))))
        return quantity(rebuilt(node, lambda part: _stable(part, MOST_PIECES)))

    def root(self, node: Expression, u: Expression, times: int = 1) -> Ratio:
        """A square root of what is positive as a power of a half."""
        inside = self.ratio(u)
        if inside.constant == 1 and is_positive(inside):
            return power(inside, Fraction(times, 2))
        return quantity(rebuilt(node, lambda part: _stable(part, MOST_PIECES)))

    def exponential(self, function: str, u: Expression) -> Ratio:
        """A function made of exponentials."""
        up = self.exp(u)
        down = power(up, -1)
        match function:
            case "exp":
                return up
            case "expm1":
                return add([up, MINUS])
        half = Ratio(Fraction(1, 2))
        minus, plus = add([up, multiply(MINUS, down)]), add([up, down])
        if function == "tanh":
            return multiply(minus, power(plus, -1))
        return multiply(half, minus if function == "sinh" else plus)

    def exp(self, u: Expression) -> Ratio:
        """e^u, with e^(n ln v) as vⁿ for a v that is positive."""
        self.exponentials += 1
        try:
            terms = expanded(self.inner(u))
        except UnfitError:
            return self.whole(u)
        result, left = ONE, []
        for (powers, exponent), value in terms.items():
            if exponent:
                return self.whole(u)
            part = powers[0][0] if len(powers) == 1 and powers[0][1] == 1 else None
            known = self.logarithms.get(part) if part is not None else None
            if known is not None and value.denominator == 1 and abs(value) <= HIGHEST:
                result = multiply(result, power(known, int(value)))
            else:
                left.append((powers, value))
        return multiply(result, Ratio(Fraction(1), exponent=tuple(sorted(left, key=repr))))

    @staticmethod
    def whole(u: Expression) -> Ratio:
        """e^u for an exponent that is not taken apart."""
        return Ratio(
            Fraction(1), exponent=((((_stable(u, MOST_PIECES), Fraction(1)),), Fraction(1)),)
        )

    def inner(self, u: Expression) -> Ratio:
        """An exponent, in which exponentials are not counted as taken apart."""
        before = self.exponentials
        found = self.ratio(u)
        self.exponentials = before
        return found

    def of_logarithm(self, node: Expression, argument: Expression) -> Ratio:
        """A logarithm as a quantity; what it is of is kept, for an exponential around it."""
        found = _stable(node, MOST_PIECES)
        inside = self.inner(argument)
        if is_positive(inside):
            self.logarithms[found] = inside
        return quantity(found)

    def only_one(self, node: Expression) -> bool:
        """Whether a product or power has one exponential function, which is best left whole."""
        return (
            self.exponentials == 1
            and isinstance(node, Product | Power)
            and not any(
                isinstance(part, Sum | Quotient) and _has_exponential(part)
                for part in _inside(node)
            )
        )

    def finite_logarithm(self, argument: Expression) -> Expression | None:
        """Ln of a product of exponentials and positive sums of them, term by term."""
        try:
            ratio = self.inner(argument)
        except UnfitError:
            return None
        return term_by_term(ratio)

    def logarithm(self, argument: Expression, plain: Expression) -> Expression:
        """Ln of anything."""
        found = self.finite_logarithm(argument)
        if found is not None:
            return found
        whole = rebuilt(plain, lambda part: _stable(part, MOST_PIECES))
        nearing = _nearing_one(argument, whole)
        if nearing != whole:
            return nearing
        if isinstance(argument, Sum) and UNITY in argument.terms:
            return Call("log1p", (_rest(argument),))
        return whole


def _nearing_one(argument: Expression, plain: Expression, factor: Expression = UNITY) -> Expression:
    """A factor times ln, from the argument's distance from 1 where that is known more exactly."""
    reader = _Reader()
    try:
        ratio = reader.ratio(argument)
        if not reader.exponentials:
            if factor == UNITY or not isinstance(argument, Sum) or UNITY not in argument.terms:
                return plain
            return _chosen_near(_stable(argument, MOST_PIECES), _rest(argument), factor, plain)
        whole, distance = formula_of(ratio), formula_of(add([ratio, MINUS]))
    except UnfitError:
        return plain
    return _chosen_near(whole, distance, factor, plain)


def _chosen_near(
    whole: Expression, distance: Expression, factor: Expression, plain: Expression
) -> Expression:
    near = product([factor, Call("log1p", (distance,))])
    return Where(whole, ">", Constant(Fraction(1, 2)), near, plain)


def _rest(whole: Sum) -> Expression:
    """A sum with one 1 taken off."""
    at = whole.terms.index(UNITY)
    rest = total(whole.terms[:at] + whole.terms[at + 1 :])
    return _stable(rest, MOST_PIECES)


def _has_exponential(node: Expression) -> bool:
    return any(isinstance(part, Call) and part.function in _EXPONENTIAL for part in _inside(node))


def _inside(node: Expression) -> Iterator[Expression]:
    yield node
    for child in children(node):
        yield from _inside(child)
