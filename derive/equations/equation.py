"""An equation in index notation, and what follows from it in letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.calculus import derivative
from derive.equations.index import Index, Solution, solved
from derive.equations.parser import Definitions, Reader, home_axes
from derive.equations.products import Factors, sum_of_products
from derive.equations.tree import (
    Axis,
    Indexed,
    Inside,
    Sigma,
    accesses,
    fresh,
    names_in,
    relettered,
    renamed,
    without_first_axis,
)
from derive.errors import ShapeError
from derive.formula import Expression, Product, Symbol, product, symbols, total


@dataclass(frozen=True)
class Slope:
    """A local derivative as the textbook writes it.

    Attributes:
        access: the tensor by whose cell it is, with letters; those of the result are its own.
        formula: of what the equation reads, and of the result.
    """

    access: Indexed
    formula: Expression


@dataclass(frozen=True)
class Reading:
    """An access of a tensor, and where it is found.

    Attributes:
        access: the tensor with its index expressions.
        letters: those of the result and of the sums around it, each with its axis.
        conditions: those of the sums around it.
        solution: the letters for a cell of the tensor, whose indices are the letters `cell(n)`.
    """

    access: Indexed
    letters: Mapping[str, Axis]
    conditions: tuple[Inside, ...]
    solution: Solution


def cell_letter(axis: int) -> str:
    """Stands for an index of the cell that is asked for; no text can write it."""
    return f"#{axis}"


@dataclass(frozen=True)
class Equation:
    """A tensor's cells as one formula of the cells of others.

    Attributes:
        result: the tensor, with a letter for each axis.
        formula: a `derive.formula` tree whose symbols are `Indexed`, `Sigma` and `Axis`.
        slopes: local derivatives as a textbook writes them; the first that fits is taken.
    """

    result: Indexed
    formula: Expression
    slopes: tuple[Slope, ...] = ()

    @property
    def letters(self) -> dict[str, Axis]:
        """The result's letters and the axes that they run over."""
        return home_axes([self.result])

    def readings(self, tensor: str) -> list[Reading]:
        """Where a tensor is read, the index expressions solved for the letters."""
        found = []
        for access, around in accesses(self.formula):
            if access.tensor == tensor:
                own = {letter: axis for sigma in around for letter, axis in sigma.letters}
                conditions = tuple(one for sigma in around for one in sigma.conditions)
                found.append(self._reading(access, own, conditions))
        return found

    def _reading(
        self, access: Indexed, own: Mapping[str, Axis], conditions: tuple[Inside, ...]
    ) -> Reading:
        letters = {**self.letters, **own}
        cell = (Index.of(cell_letter(axis)) for axis in range(len(access.index)))
        solution = solved(zip(access.index, cell, strict=True), letters)
        return Reading(access, letters, conditions, solution)

    def gradient(self, tensor: str) -> Equation | None:
        """The gradient of a loss by `tensor` from that by the result, in index notation.

        The gradient by X has the name dX. Each access gives a term: the gradient by the result
        times the local derivative there, its letters those at which it reads the cell, and summed
        over the letters that this leaves open. What cannot be solved for is a condition. It is
        None where the tensor is not read.
        """
        terms = list(self._terms(self.formula, tensor, {}, ()))
        if not terms:
            return None
        letters = self._letters(terms[0][0])
        index = tuple(map(Index.of, letters))
        upstream = Indexed(f"d{self.result.tensor}", self.result.index)
        parts = []
        for access, own, conditions, local in terms:
            reading = self._reading(access, {**home_axes([upstream]), **own}, conditions)
            parts.append(_read_back(reading, product([Symbol(upstream), local]), letters))
        return Equation(Indexed(f"d{tensor}", index), total(parts))

    def _letters(self, access: Indexed) -> list[str]:
        """The letters of an access where each index is one; else others."""
        alone = [index.letter for index in access.index if index.letter is not None]
        if len(set(alone)) == len(access.index):
            return alone
        taken = names_in(self.formula) | set(self.letters)
        return [fresh(taken) for _ in access.index]

    def _terms(
        self,
        formula: Expression,
        tensor: str,
        own: Mapping[str, Axis],
        conditions: tuple[Inside, ...],
    ) -> Iterator[tuple[Indexed, Mapping[str, Axis], tuple[Inside, ...], Expression]]:
        """Each access with the letters and conditions of its sums, and the derivative by it."""
        for name in dict.fromkeys(symbols(formula)):
            if isinstance(name, Indexed) and name.tensor == tensor:
                yield name, own, conditions, derivative(formula, name)
            elif isinstance(name, Sigma):
                inner = {**own, **dict(name.letters)}
                both = (*conditions, *name.conditions)
                for access, letters, where, local in self._terms(name.body, tensor, inner, both):
                    yield access, letters, where, product([derivative(formula, name), local])

    def chain(self, slope: Slope, local: str) -> Equation:
        """The gradient by the tensor of a slope, the slope itself a tensor, `local`.

        `local` has the letters of the result, and after them those of the slope's access that the
        result has not. The sum runs over those of the result that the access has not.
        """
        letters, access = self.result.index, slope.access
        own = tuple(index for index in access.index if index not in letters)
        upstream = Indexed(f"d{self.result.tensor}", letters)
        product = Product((Symbol(upstream), Symbol(Indexed(local, (*letters, *own)))))
        summed = tuple(
            (letter, axis)
            for letter, axis in home_axes([upstream]).items()
            if Index.of(letter) not in access.index
        )
        body = Symbol(Sigma(summed, product)) if summed else product
        return Equation(Indexed(f"d{access.tensor}", access.index), body)

    @cached_property
    def matrices(self) -> tuple[Factors, ...] | None:
        """The formula as a sum of products of matrices, in order; None where it is none."""
        return sum_of_products(self.result.index, self.formula)

    @property
    def of_one(self) -> Equation:
        """The same for one place along the first axis, which all its tensors share: one sample.

        Raises:
            ShapeError: a tensor has another first letter.
        """
        first = self.result.index[:1]
        found = [access for access, _ in accesses(self.formula)]
        if not first or any(access.index[:1] != first for access in found):
            raise ShapeError(f"{self.result} does not share its first axis with all that it reads")
        result = Indexed(self.result.tensor, self.result.index[1:])
        return Equation(result, without_first_axis(self.formula))

    def renamed(self, tensors: Mapping[str, str]) -> Equation:
        """The same equation of other tensors.

        Where two of its tensors become one, textbook slopes no longer hold and are left out.
        """
        one_to_one = len(set(tensors.values())) == len(tensors)
        result = Indexed(tensors.get(self.result.tensor, self.result.tensor), self.result.index)
        slopes = tuple(
            Slope(
                Indexed(tensors.get(one.access.tensor, one.access.tensor), one.access.index),
                renamed(one.formula, tensors),
            )
            for one in self.slopes
        )
        return Equation(result, renamed(self.formula, tensors), slopes if one_to_one else ())


def equation(
    text: str,
    definitions: Definitions | None = None,
    slopes: Mapping[str, str] | None = None,
) -> Equation:
    """The equation that a text writes, such as `net[i] = sum(j, W[i, j] * out[j]) + b[i]`.

    Args:
        text: the equation, in `derive.equations.parser`'s grammar.
        definitions: functions that it may call besides.
        slopes: for accesses, such as `net[j]`, the local derivative as the textbook writes it.

    Raises:
        FormulaError: a text outside the grammar; `position` says where.
    """
    known = definitions or {}
    result, formula = Reader(text, known).equation()
    found = []
    for access_text, slope in (slopes or {}).items():
        access = Reader(access_text, known).result()
        reader = Reader(slope, known)
        scope = [index.letter for index in (*result.index, *access.index)]
        reader.scope = [letter for letter in scope if letter is not None]
        found.append(Slope(access, reader.whole()))
    return Equation(result, formula, tuple(found))


def _read_back(reading: Reading, body: Expression, letters: list[str]) -> Expression:
    """What one access gives: `body` where it reads the cell at `letters`, summed over the rest."""
    solution = reading.solution
    cell = {cell_letter(axis): Index.of(letter) for axis, letter in enumerate(letters)}
    taken = {*letters, *reading.letters, *names_in(body)}
    left = [letter for letter in reading.letters if letter not in solution.found]
    other = {letter: fresh(taken) if letter in letters else letter for letter in left}
    final = {letter: Index.of(name) for letter, name in other.items()}
    put = dict(final)
    for letter, index in solution.found.items():
        put[letter] = index.replaced({**cell, **final})
    conditions = [Inside(one.index.replaced(put), one.size) for one in reading.conditions]
    conditions += [Inside(one.replaced({**cell, **final}), 1) for one in solution.zero]
    for index, size in solution.below:
        conditions.append(Inside(index.replaced({**cell, **final}), size))
    for letter in solution.found:
        if put[letter].letter is None:
            conditions.append(Inside(put[letter], reading.letters[letter]))
    body = relettered(body, put)
    sizes = tuple((other[letter], reading.letters[letter]) for letter in left)
    return Symbol(Sigma(sizes, body, tuple(conditions))) if sizes or conditions else body
