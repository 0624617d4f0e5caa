"""Equations that follow one another and are of one kind break alike."""

from __future__ import annotations

from itertools import pairwise

import pytest

from derive.document import Block, Document, Equation
from derive.maths.expression import width
from derive.maths.numbers import Rounding
from derive.maths.tree import Aligned
from derive.problem import example
from tests.documents import drawn, sections, solution

NINE = Rounding(9)
CLASSIC = example("mazur-2015").problem


def lines(equation: Equation) -> int:
    """On how many lines an equation stands."""
    return len(equation.tree.lines) if isinstance(equation.tree, Aligned) else 1


def runs(document: Document) -> list[list[Equation]]:
    """Equations of one quantity, in as many forms, with nothing between them."""
    found: list[list[Equation]] = []
    for within in [document.opening, *sections(document.sections)]:
        before: Block | None = None
        for block in within:
            if isinstance(block, Equation) and len(block.steps) == 1:
                if found and isinstance(before, Equation) and kind(before) == kind(block):
                    found[-1].append(block)
                else:
                    found.append([block])
            before = block
    return [run for run in found if len(run) > 1]


def kind(equation: Equation) -> object:
    """What an equation is about."""
    if len(equation.steps) != 1:
        return id(equation)
    step = equation.steps[0]
    return step.result.quantity, step.result.aspect, len(step.forms)


@pytest.mark.parametrize("optimizer", ["gradient-descent", "adam"])
@pytest.mark.parametrize("layers", [(2, 2, 2), (3, 4, 2)])
def test_equations_of_a_run_break_alike(layers: tuple[int, ...], optimizer: str) -> None:
    """A minus that needs a bracket puts no update on two lines among others on one."""
    problem = CLASSIC if layers == (2, 2, 2) else drawn(list(layers))
    problem = drawn(list(layers), optimizer={"name": optimizer}) if optimizer == "adam" else problem
    found = runs(solution(problem, full=True, rounding=NINE))
    assert sum(map(len, found)) > 8
    for run in found:
        for first, second in pairwise(run):
            assert (lines(first) == 1) == (lines(second) == 1), [lines(one) for one in run]


def test_nothing_of_an_equation_is_lost() -> None:
    """An update that is wider than others by a bracket is whole on its one line, as they are."""
    found = [
        one for run in runs(solution(CLASSIC, rounding=NINE)) for one in run if lines(one) == 1
    ]
    updates = [one for one in found if one.steps[0].result.quantity == "W"]
    assert any(width(one.tree) > 54 for one in updates)
