"""An optimizer's steps for one parameter, from the same assignments that training runs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from derive.derivation.lines import EQUALS
from derive.derivation.terms import opposite
from derive.derivation.workbook import Workbook
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
from derive.maths.expression import express
from derive.maths.tree import Script, Tree, row
from derive.notation import PLUS, count, partial
from derive.reference import Ref, State

_NUMBERS = {"eta": "learning_rate"}


def optimizer_words(book: Workbook) -> Message:
    """What the optimizer remembers of a parameter, and to what end."""
    spec = book.problem.optimizer
    averaged = spec.name == "momentum" and spec.form == "average"
    name = "momentum_average" if averaged else spec.name
    computed = (letter for letter, _ in optimizer_of(spec).assignments if letter != "w")
    letters = {letter: book.notation.book.number(letter) for letter in (*computed, *spec.numbers)}
    return Message(f"update.{name}", letters)


def optimizer_formulas(book: Workbook) -> Iterator[Equation]:
    """The assignments in letters alone, for any parameter."""
    notation = book.notation
    parameter = notation.heading(Ref("W", notation.last))
    done: set[str] = set()

    def letter(name: object) -> Tree:
        match name:
            case "w":
                tree = parameter
            case "g":
                return partial(notation.loss, parameter)
            case "k":
                return count(book.iteration + 1)
            case "eta":
                return notation.learning_rate
            case _:
                tree = notation.book.number(str(name))
        return Script(tree, sup=PLUS) if name in done else tree

    for name, formula in _assignments(book):
        right = express(formula, letter)
        if name == "w" or notation.book.memory(name).marked:
            done.add(name)
        yield book.displayed(row(letter(name), EQUALS, right))


def optimizer_equations(book: Workbook, ref: Ref) -> Iterator[Equation]:
    """Each assignment in three beats: the state after the update, then the parameter."""
    state = optimizer_of(book.problem.optimizer).state
    for name, result, form in _assigned(book, ref):
        if name not in state and name != "w":
            book.define(result, form)
        yield book.equation(result, form, result=result)


def updated(book: Workbook, new: Ref) -> Expression:
    """A parameter after the update, of the optimizer's state after it."""
    known: dict[Ref, Expression] = {}
    state = optimizer_of(book.problem.optimizer).state
    for name, result, assigned in _assigned(book, new.at(book.iteration)):
        form = substitute(assigned, lambda one: known.get(one, Symbol(one)))
        if name == "w":
            return form
        if name not in state:
            known[result] = form
    raise AssertionError(new)


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


def _assigned(book: Workbook, ref: Ref) -> Iterator[tuple[str, Ref, Expression]]:
    """The assignments for one parameter: each name, its scalar, and what it becomes."""
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
            case "eta" | "beta" | "beta1" | "beta2" | "rho" | "epsilon" | "weight_decay":
                return Ref(_NUMBERS.get(name, name))
        iteration = later if name in done or name not in optimizer.state else now
        return ref.seen_as(State(name)).at(iteration)

    def term(name: Any) -> Expression:
        return Constant(Fraction(later)) if name == "k" else Symbol(scalar(str(name)))

    for name, formula in _assignments(book):
        form = substitute(formula, term)
        done.add(name)
        yield name, ref.at(later) if name == "w" else scalar(name), form
