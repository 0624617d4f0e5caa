"""What index notation adds to a formula: names of symbols that a formula's tree can hold.

An indexed tensor, a sum over letters and the size of an axis are each the name of a `Symbol`, so
that differentiation and substitution work on them as on any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase

from derive.equations.index import Index
from derive.formula import Expression, Symbol, substitute, symbols


@dataclass(frozen=True, slots=True)
class Axis:
    """How many numbers a tensor has along one of its axes; as a symbol, that number."""

    tensor: str
    axis: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """A tensor with an index expression for each axis."""

    tensor: str
    index: tuple[Index, ...] = ()

    def __str__(self) -> str:
        return f"{self.tensor}[{', '.join(map(str, self.index))}]" if self.index else self.tensor


@dataclass(frozen=True, slots=True)
class Cell:
    """One scalar of a tensor."""

    tensor: str
    index: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """That an index expression is at least 0 and below a size; below 1 it is 0."""

    index: Index
    size: int | Axis


@dataclass(frozen=True, slots=True)
class Sigma:
    """The sum of `body` over letters, each from 0 below the size of its axis.

    Only where all conditions hold is anything added. Without letters it is the body where they
    hold and 0 elsewhere: Iverson's bracket.
    """

    letters: tuple[tuple[str, Axis], ...]
    body: Expression
    conditions: tuple[Inside, ...] = ()


def accesses(
    expression: Expression, around: tuple[Sigma, ...] = ()
) -> Iterator[tuple[Indexed, tuple[Sigma, ...]]]:
    """The indexed tensors of an expression, each with the sums that it stands in."""
    for name in dict.fromkeys(symbols(expression)):
        if isinstance(name, Indexed):
            yield name, around
        elif isinstance(name, Sigma):
            yield from accesses(name.body, (*around, name))


def names_in(expression: Expression) -> set[str]:
    """All letters in an expression, of sums as well, and its tensors."""
    found: set[str] = set()
    for name in symbols(expression):
        if isinstance(name, Indexed):
            found.add(name.tensor)
            found.update(letter for index in name.index for letter in index.letters)
        elif isinstance(name, Sigma):
            found.update(letter for letter, _ in name.letters)
            found.update(letter for one in name.conditions for letter in one.index.letters)
            found |= names_in(name.body)
    return found


def fresh(taken: set[str]) -> str:
    """A letter that is not taken; it is from now on."""
    letters = (f"{letter}{mark}" for mark in ("", *range(1, 1000)) for letter in ascii_lowercase)
    found = next(letter for letter in letters if letter not in taken and letter != "e")
    taken.add(found)
    return found


def relettered(expression: Expression, letters: Mapping[str, Index]) -> Expression:
    """An expression with index expressions put in for free letters.

    The letter of a sum that stands in what is put in gives way to another.
    """

    def replacement(name: object) -> Expression:
        if isinstance(name, Indexed):
            index = tuple(one.replaced(letters) for one in name.index)
            return Symbol(Indexed(name.tensor, index))
        if not isinstance(name, Sigma):
            return Symbol(name)
        own = [letter for letter, _ in name.letters]
        inner = {letter: index for letter, index in letters.items() if letter not in own}
        put = {letter for index in inner.values() for letter in index.letters}
        taken = put | names_in(Symbol(name))
        renamed = {letter: fresh(taken) for letter in own if letter in put}
        inner.update({letter: Index.of(other) for letter, other in renamed.items()})
        return Symbol(
            Sigma(
                tuple((renamed.get(letter, letter), axis) for letter, axis in name.letters),
                relettered(name.body, inner),
                tuple(Inside(one.index.replaced(inner), one.size) for one in name.conditions),
            )
        )

    return substitute(expression, replacement)


def renamed(expression: Expression, tensors: Mapping[str, str]) -> Expression:
    """An expression with other names for its tensors."""

    def axis(one: Axis) -> Axis:
        return Axis(tensors.get(one.tensor, one.tensor), one.axis)

    def replacement(name: object) -> Expression:
        match name:
            case Indexed(tensor, index):
                return Symbol(Indexed(tensors.get(tensor, tensor), index))
            case Axis():
                return Symbol(axis(name))
            case Sigma(letters, body, conditions):
                kept = tuple(
                    Inside(one.index, axis(one.size) if isinstance(one.size, Axis) else one.size)
                    for one in conditions
                )
                own = tuple((letter, axis(size)) for letter, size in letters)
                return Symbol(Sigma(own, renamed(body, tensors), kept))
        return Symbol(name)

    return substitute(expression, replacement)


def without_first_axis(expression: Expression) -> Expression:
    """An expression of tensors that have lost their first axis, and its index."""

    def replacement(name: object) -> Expression:
        match name:
            case Indexed(tensor, index):
                return Symbol(Indexed(tensor, index[1:]))
            case Axis(tensor, axis):
                return Symbol(Axis(tensor, axis - 1))
            case Sigma(letters, body, conditions):
                own = tuple((letter, Axis(axis.tensor, axis.axis - 1)) for letter, axis in letters)
                return Symbol(Sigma(own, without_first_axis(body), conditions))
        return Symbol(name)

    return substitute(expression, replacement)
