"""The general derivation behind softmax: every line of letters holds for numbers put in."""

from __future__ import annotations

import pytest

from derive.derivation import letters_of
from derive.formula import Sum, symbols
from derive.maths.tree import Fenced, Row
from derive.notation import TEXTBOOKS, partial
from derive.reference import Aspect
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


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_an_error_term_goes_through_each_output_by_its_own_net_input(notation: str) -> None:
    """∂out_j/∂net_k and ∂out_k/∂net_j are one number, and not one statement."""
    problem = drawn([2, 3], network={"activation": "softmax"}, **ENTROPY)
    sums = [
        (step.result, form)
        for equation in equations(solution(problem, notation=notation, full=True))
        for step in equation.steps
        for form in step.forms
        if step.result.aspect is Aspect.ERROR_TERM
        and isinstance(form, Sum)
        and len(form.terms) == 3
    ]
    assert len(sums) == 3
    for delta, form in sums:
        for output, term in enumerate(form.terms):
            upstream, slope = symbols(term)
            assert upstream.index == (output,)
            assert (slope.aspect, slope.index) == (Aspect.SLOPE, (output, *delta.index))


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_the_matrix_of_slopes_is_headed_by_what_its_cells_are(notation: str) -> None:
    """∂out_j/∂net_k for any two neurons."""
    problem = drawn([2, 3], network={"activation": "softmax"}, **ENTROPY)
    letters = letters_of(problem, notation)
    head = partial(letters.any_neuron("out", 1, "j", 0), letters.any_neuron("net", 1, "k", 0))
    (matrix,) = (
        equation.tree
        for equation in equations(solution(problem, notation=notation, full=True))
        if len(equation.steps) == 9 and equation.steps[0].result.aspect is Aspect.SLOPE
    )
    assert isinstance(matrix, Row)
    assert matrix.parts[0] == Fenced(head)
