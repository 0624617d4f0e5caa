"""What is worked out in full, kind of step by kind of step."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pypdf
import pytest

from derive.document import Document, Section, Table
from derive.maths.tree import Number
from derive.problem import Problem
from derive.reference import Aspect, Ref
from derive.writers import WRITERS, Options
from tests.documents import drawn, equations, solution, tables

ADAM = drawn([2, 3, 2], optimizer={"name": "adam"}, training={"iterations": 2})


def found(document: Document) -> list[Ref]:
    """The scalars that worked equations end in."""
    return [step.result for e in equations(document) for step in e.steps]


def updated(document: Document) -> set[Ref]:
    """The parameters whose new value is worked out."""
    return {ref for ref in found(document) if ref.is_value and ref.quantity in "Wb"}


def test_a_kind_that_recurs_often_is_worked_out_once_and_the_others_are_not_cut() -> None:
    """Adam's 85 equations of an update against 17 gradients."""
    document = solution(ADAM)
    assert len(updated(document)) == 2, "a weight and a bias"
    gradients = {ref for ref in found(document) if ref.aspect is Aspect.GRADIENT}
    assert len({ref for ref in gradients if ref.quantity in "Wb"}) == 17
    assert len(updated(solution(ADAM, full=True))) == 17
    assert len(updated(solution(drawn([2, 3, 2])))) == 17, "a plain step each"


@pytest.mark.parametrize("optimizer", ["momentum", "adadelta", "adam", "adamw"])
def test_the_table_has_all_that_an_optimizer_computes_of_every_parameter(optimizer: str) -> None:
    """Whatever a full solution finds of a parameter stands in the brief one's table."""
    problem = drawn([2, 3, 2], optimizer={"name": optimizer}, training={"iterations": 1})
    whole = {ref for ref in found(solution(problem, full=True)) if ref.iteration == 1}
    rows = [row for table in tables(solution(problem, full=False)) for row in table.rows]
    shown = {part.ref for row in rows for cell in row for part in _numbers(cell)}
    assert whole
    assert whole <= shown


def _numbers(cell: object) -> list[Number]:
    inside = getattr(cell, "inside", cell)
    return [inside] if isinstance(inside, Number) else []


@pytest.mark.parametrize("samples", [1, 3, 20])
def test_samples_are_many_or_few(samples: int) -> None:
    """Of twenty the first is worked out, of three each."""
    problem = drawn(
        [2, 2, 1],
        data={"inputs": [[0.1, n / 20] for n in range(samples)], "targets": [[0.5]] * samples},
    )
    worked = {ref.sample for ref in found(solution(problem)) if ref.name == "net1"}
    assert worked == set(range(samples if samples == 3 else 1))


def test_a_gradient_in_a_table_stands_beside_its_factors() -> None:
    """δ · out = the gradient, in every row of a weight, as far as it was rounded."""
    problem: Problem = drawn([5, 9, 2])
    checked = 0
    for table in tables(solution(problem)):
        if table.caption is not None and table.caption.key == "table.gradients":
            for _, delta, out, gradient in table.rows:
                numbers = [
                    float(n.numeral.plain()) for c in (delta, out, gradient) for n in _numbers(c)
                ]
                if len(numbers) == 3:
                    assert numbers[0] * numbers[1] == pytest.approx(numbers[2], rel=2e-5)
                    checked += 1
    assert checked == 5 * 9 + 9 * 2


def test_a_long_table_goes_across_paper_in_lanes_and_is_told_row_by_row() -> None:
    """Fewer pages than one row a line takes, and the numbers are read in the same order."""
    document = solution(drawn([2, 16, 1]), languages=["en"])
    longest = max(tables(document), key=lambda table: len(table.rows))
    assert longest.lanes > 1

    def one_lane(section: Section) -> Section:
        return replace(section, blocks=tuple(
            replace(block, lanes=1) if isinstance(block, Table)
            else one_lane(block) if isinstance(block, Section) else block
            for block in section.blocks
        ))  # fmt: skip

    plain = replace(document, sections=tuple(map(one_lane, document.sections)))
    across, down = (
        pypdf.PdfReader(BytesIO(WRITERS["pdf"].render(one, Options())[".pdf"])).pages
        for one in (document, plain)
    )
    assert len(across) < len(down)
    shown = [number.numeral.plain() for row in longest.rows[:6] for number in _numbers(row[-1])]
    text = "".join(page.extract_text() for page in across).replace("−", "-")
    # Between two results stand a parameter and the factors of its gradient.
    assert re.search(r"[^*]{1,80}?".join(map(re.escape, shown)), text)
