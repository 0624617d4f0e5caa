"""An optimizer's steps for one parameter, from the same assignments that training runs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from derive.derivation.setting.terms import opposite, times, total
from derive.derivation.setting.wording import optimizer_explained
from derive.derivation.setting.workbook import Workbook
from derive.document import Equation, Message
from derive.engine import optimizer_of
from derive.formula import (
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Sum,
    Symbol,
    substitute,
)
from derive.reference import Aspect, Ref, State


def descent(book: Workbook, ref: Ref) -> Equation:
    """w⁺ = w − η · ∂E/∂w = numbers = value; where error terms are minus a derivative, by these."""
    by = book.gradient_by(ref)
    gradient: Expression = Symbol(by)
    if book.notation.book.minus_gradient and len(book.samples) == 1 and not _penalized(book, ref):
        gradient = _of_error_terms(book, ref)
    step = times(Symbol(Ref("learning_rate")), gradient)
    new = ref.at(book.iteration + 1)
    downhill = step if by.aspect is Aspect.DESCENT else Negative(step)
    return book.equation(new, Sum((Symbol(ref), downhill)), result=new)


def _penalized(book: Workbook, ref: Ref) -> bool:
    return ref.quantity == "W" and bool(book.problem.l2)


def _of_error_terms(book: Workbook, ref: Ref) -> Expression:
    """A gradient from the one sample, or minus one, as the error terms that it is made of."""
    layer, (sample,) = ref.layer or 0, book.samples
    if ref.quantity == "W":
        to, source = ref.index
        return times(
            Symbol(book.ref("net", layer, to, sample=sample).error_term),
            book.term("out", layer - 1, source, sample=sample),
        )
    neurons = ref.index or range(book.problem.layers[layer])
    return total([Symbol(book.ref("net", layer, n, sample=sample).error_term) for n in neurons])


def optimizer_words(book: Workbook) -> Message:
    """What the optimizer remembers of a parameter, and to what end."""
    spec = book.problem.optimizer
    averaged = spec.name == "momentum" and spec.form == "average"
    name = "momentum_average" if averaged else spec.name
    computed = (letter for letter, _ in optimizer_of(spec).assignments if letter != "w")
    letters = {letter: book.notation.book.number(letter) for letter in (*computed, *spec.numbers)}
    return optimizer_explained(name, letters)


def optimizer_equations(book: Workbook, ref: Ref) -> Iterator[Equation]:
    """Each assignment in three beats: the state after the update, then the parameter."""
    for result, form in assigned(book, ref):
        yield book.equation(result, form, result=result)


def assigned(book: Workbook, ref: Ref) -> Iterator[tuple[Ref, Expression]]:
    """The assignments for one parameter, in order.

    Yields:
        The scalar that is assigned to, and what it becomes; `book` knows from then on what of it
        is not in the trace.
    """
    optimizer = optimizer_of(book.problem.optimizer)
    now, later = book.iteration, book.iteration + 1
    done: set[str] = set()

    def scalar(name: str) -> Ref:
        """The `Ref` that a name of the assignments stands for, for this parameter."""
        match name:
            case "w":
                return ref
            case "g":
                return ref.gradient
            case "eta":
                return Ref("learning_rate")
            case number if number in book.problem.optimizer.numbers:
                return Ref(number)
        iteration = later if name in done or name not in optimizer.state else now
        return ref.seen_as(State(name)).at(iteration)

    def term(name: Any) -> Expression:
        return Constant(Fraction(later)) if name == "k" else Symbol(scalar(str(name)))

    for name, formula in _assignments(book):
        form = substitute(formula, term)
        done.add(name)
        result = ref.at(later) if name == "w" else scalar(name)
        if name not in optimizer.state and name != "w":
            book.define(result, form)
        yield result, form


def _assignments(book: Workbook) -> Iterator[tuple[str, Expression]]:
    """The optimizer's assignments, of steps as the book has them: added, or subtracted."""
    turned: set[str] = set()
    for name, formula in optimizer_of(book.problem.optimizer).assignments:
        form = _of_opposites(formula, turned) if turned else formula
        if name != "w" and book.notation.book.memory(name).added:
            turned.add(name)
            form = opposite(form)
        yield name, form


def _of_opposites(formula: Expression, names: set[str]) -> Expression:
    """`formula` where `names` stand for minus what they did, its signs drawn together."""
    match formula:
        case Symbol(name) if name in names:
            return Negative(formula)
        case Negative(operand):
            return opposite(_of_opposites(operand, names))
        case Sum(terms):
            return Sum(tuple(_of_opposites(term, names) for term in terms))
        case Product(factors):
            changed = [_of_opposites(factor, names) for factor in factors]
            bare = [one.operand if isinstance(one, Negative) else one for one in changed]
            signs = sum(isinstance(one, Negative) for one in changed)
            return Negative(Product(tuple(bare))) if signs % 2 else Product(tuple(bare))
        case Power(Symbol(name), Constant(exponent)) if name in names and exponent % 2 == 0:
            return formula
    return substitute(
        formula, lambda name: Negative(Symbol(name)) if name in names else Symbol(name)
    )
