"""A formula in index notation as a sum of products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.equations.index import Index
from derive.equations.tree import Indexed, Sigma
from derive.formula import Expression, Product, Sum, Symbol

ONES = "1"
"""The name of a column of ones, as a factor; no tensor of a text is called so."""


@dataclass(frozen=True)
class Factor:
    """A tensor in a product of matrices; a vector is a column.

    Attributes:
        tensor: its name, or `ONES`.
        transposed: whether it is transposed.
    """

    tensor: str
    transposed: bool


@dataclass(frozen=True)
class Factors:
    """One matrix, a product of two, or with `elementwise` a product element by element."""

    factors: tuple[Factor, ...]
    elementwise: bool = False


def sum_of_products(letters: Sequence[Index], formula: Expression) -> tuple[Factors, ...] | None:
    """Each term as matrices, in order; None where one is no such product.

    A sum over one letter of two tensors is a product. What has not all of the result's letters is
    the same along the others, and what is summed alone has the factor 1 each time: both are
    products with ones. A number counts as a vector along the last axis.

    Args:
        letters: of the result, whose cells the formula gives: none of a number, one of a column.
        formula: what a cell is.
    """
    result = [index.letter for index in letters]
    if None in result or len(result) > 2:
        return None
    terms = formula.terms if isinstance(formula, Sum) else (formula,)
    found = [_factors([letter for letter in result if letter], term) for term in terms]
    return None if None in found else tuple(term for term in found if term)


def _factors(result: list[str], term: Expression) -> Factors | None:
    inner, body = None, term
    if isinstance(term, Symbol) and isinstance(term.name, Sigma):
        sigma = term.name
        if len(sigma.letters) != 1 or sigma.conditions:
            return None
        (inner, _), body = sigma.letters[0], sigma.body
    operands = _operands(body)
    if operands is None:
        return None
    rows, columns = _padded(result)
    if inner is None:
        operands = [_of_the_last(one, result) for one in operands]
        whole = [_factor(one, rows, columns) for one in operands]
        if None not in whole:
            kept = tuple(factor for factor in whole if factor)
            return Factors(kept, elementwise=len(kept) > 1)
    if len(operands) == 1:
        operands = _with_ones(operands[0], result, inner)
    if len(operands) != 2:
        return None
    for left, right in (operands, operands[::-1]):
        pair = _factor(left, rows, inner), _factor(right, inner, columns)
        if pair[0] is not None and pair[1] is not None:
            return Factors((pair[0], pair[1]))
    return None


def _operands(body: Expression) -> list[Indexed] | None:
    """The tensors of a product of nothing else."""
    factors = body.factors if isinstance(body, Product) else (body,)
    names = [factor.name for factor in factors if isinstance(factor, Symbol)]
    found = [name for name in names if isinstance(name, Indexed)]
    return found if len(found) == len(factors) else None


def _of_the_last(access: Indexed, result: list[str]) -> Indexed:
    """A number as a vector along the last axis; anything else as it is."""
    return access if access.index else Indexed(access.tensor, tuple(map(Index.of, result[-1:])))


def _with_ones(alone: Indexed, result: list[str], inner: str | None) -> list[Indexed]:
    """A tensor and the ones that it is multiplied by: over what is summed, or what it has not."""
    if inner is not None:
        return [alone, Indexed(ONES, (Index.of(inner),))]
    missing = [letter for letter in result if Index.of(letter) not in alone.index]
    return [alone, *(Indexed(ONES, (Index.of(letter),)) for letter in missing)]


def _factor(access: Indexed, rows: str | None, columns: str | None) -> Factor | None:
    """A tensor that has these letters, transposed if need be; None where it has others."""
    own = [index.letter for index in access.index]
    if None in own or len(own) > 2 or len(set(own)) < len(own):
        return None
    shape = _padded([letter for letter in own if letter])
    if shape == (rows, columns):
        return Factor(access.tensor, transposed=False)
    return Factor(access.tensor, transposed=True) if shape == (columns, rows) else None


def _padded(letters: Sequence[str]) -> tuple[str | None, str | None]:
    """The letters of rows and columns: a vector is a column, a number has neither."""
    first, second, *_ = (*letters, None, None)
    return first, second
