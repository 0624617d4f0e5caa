"""Index expressions, solved against trying all letters."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.equations import Index, Part, solved

LETTERS = "ijk"


def _letter(letter: str) -> Index:
    return Index.of(letter)


@st.composite
def expressions(draw: st.DrawFn) -> Index:
    """A sum of letters with small factors, at times with a division or a remainder."""
    found = Index((), draw(st.integers(-2, 2)))
    for letter in draw(st.lists(st.sampled_from(LETTERS), max_size=2)):
        found += _letter(letter).times(draw(st.sampled_from((-2, -1, 1, 2))))
    if draw(st.booleans()):
        inside = _letter(draw(st.sampled_from(LETTERS))) + Index((), draw(st.integers(0, 2)))
        found += Index.of(Part(inside, draw(st.integers(1, 3)), draw(st.booleans())))
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(expressions(), min_size=1, max_size=3), st.lists(st.integers(-3, 4), min_size=3))
def test_the_solutions_are_those_found_by_trying(left: list[Index], right: list[int]) -> None:
    """Over letters from 0 to 3: neither one too few nor one too many."""
    pairs = [(one, Index((), value)) for one, value in zip(left, right, strict=False)]
    solution = solved(pairs, LETTERS)
    free = [letter for letter in LETTERS if letter not in solution.found]
    found = set()
    for values in product(range(4), repeat=len(free)):
        at = dict(zip(free, values, strict=True))
        at |= {letter: index.at(at) for letter, index in solution.found.items()}
        if (
            all(0 <= number < 4 for number in at.values())
            and all(index.at(at) == 0 for index in solution.zero)
            and all(0 <= index.at(at) < size for index, size in solution.below)
        ):
            found.add(tuple(at[letter] for letter in LETTERS))
    tried = {
        values
        for values in product(range(4), repeat=3)
        if all(
            one.at(dict(zip(LETTERS, values, strict=True))) == value.constant
            for one, value in pairs
        )
    }
    assert found == tried


def test_a_flattening_is_undone() -> None:
    """From k // 2 and k % 2 follows k, of which nothing is left to be tried."""
    row, column = (
        Index.of(Part(_letter("k"), 2, rest=False)),
        Index.of(Part(_letter("k"), 2, rest=True)),
    )
    solution = solved([(row, _letter("p")), (column, _letter("q"))], "k")
    assert {letter: str(index) for letter, index in solution.found.items()} == {"k": "2 * p + q"}
    assert [(str(index), size) for index, size in solution.below] == [("q", 2)]
    assert solution.zero == ()


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (_letter("p") - _letter("m"), "p - m"),
        (_letter("i").times(2) + Index((), -1), "2 * i - 1"),
        (Index.of(Part(_letter("i") + _letter("j"), 3, rest=True)), "(i + j) % 3"),
        (_letter("i") - _letter("i"), "0"),
    ],
)
def test_an_expression_is_written_as_it_is_read(index: Index, text: str) -> None:
    """With its signs between its terms, positive ones first."""
    assert str(index) == text
