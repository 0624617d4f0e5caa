"""The general derivation behind softmax: every line of letters holds for numbers put in."""

from __future__ import annotations

import pytest

from derive.notation import TEXTBOOKS
from tests.derivation.reading import Read, chains, is_named, page_maths, read_document
from tests.derivation.world import World
from tests.documents import drawn, equations, solution

ENTROPY = {
    "loss": {"name": "cross-entropy"},
    "data": {"inputs": [[0.1, 0.2]], "targets": [[0.5, 0.2, 0.3]]},
}


@pytest.mark.parametrize("notation", TEXTBOOKS)
@pytest.mark.parametrize("bias", ["neuron", "layer"])
def test_each_line_of_the_general_derivation_holds(notation: str, bias: str) -> None:
    """For j = 1, k = 2 of three outputs, and for a loss of theirs, computed by themselves."""
    problem = drawn([2, 3], network={"activation": "softmax", "bias": bias}, **ENTROPY)
    document = solution(problem, notation=notation, full=True)
    read = Read()
    read_document(document, World(problem, notation, 1), read)
    assert not read.unread
    found = [chains(page_maths(equation.tree)) for equation in equations(document)]
    general = [parts for parts in found if not is_named(parts[0][0])]
    # out and S; the two slopes, in one with cases; all as a matrix; the loss by any net input.
    sizes = [[len(sides) for sides in parts] for parts in general]
    assert sizes == [[2, 2], [4], [3], [2], [2], [5]]
