"""Problems that nobody would set, and that someone will: each still gives a whole document."""

from __future__ import annotations

from typing import Any

import pytest

from derive.problem import problem_from_fields
from derive.writers import WRITERS, Options
from tests.documents import drawn, equations, solution

DEEP = "sin(" * 10 + "x" + ")" * 10


@pytest.mark.parametrize("formula", [DEEP, "where(1 < 2, x, 0)", "2", "x^x^2 + 3", "abs(x)^0.5"])
def test_a_formula_of_any_shape_is_derived(formula: str) -> None:
    """Nested deep, comparing constants, constant itself, a power of a power."""
    data = {"inputs": [[0.3, 0.4]], "targets": [[0.1, 0.2]]}
    problem = drawn([2, 2], network={"activation": {"formula": formula}}, data=data)
    assert len(equations(solution(problem))) > 10


@pytest.mark.parametrize(
    "tables",
    [
        {"layers": [1] * 31},
        {"layers": [200, 1]},
        {"layers": [1, 200]},
        {"layers": [2, 2], "training": {"iterations": 0}},
        {"layers": [2, 2], "optimizer": {"learning_rate": 0.0}},
        {"layers": [2, 2], "data": {"inputs": [[1e308, 1e308]], "targets": [[0, 0]]}},
        {"layers": [2, 2], "data": {"inputs": [[1e-300, 0]], "targets": [[0, 0]]}},
        {"layers": [2, 3, 2], "training": {"hidden_deltas": "after-update", "iterations": 0}},
    ],
    ids=str,
)
def test_a_network_of_any_shape_is_solved(tables: dict[str, Any]) -> None:
    """Very deep, very wide, without updates, with numbers at the ends of the range."""
    tables = dict(tables)
    document = solution(drawn(tables.pop("layers"), **tables), views=("scalars", "gates"))
    assert WRITERS["html"].render(document, Options())


def test_two_samples_one_by_one_with_a_stateful_optimizer() -> None:
    """Each update sees one sample; the state goes on."""
    fields = {
        "network": {"layers": [2, 2, 1]},
        "optimizer": {"name": "adam", "learning_rate": 0.1, "l2": 0.1},
        "training": {"iterations": 4, "samples": "one-by-one"},
        "data": {"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[1.0], [0.0]]},
        "start": {"seed": 3},
    }
    document = solution(problem_from_fields(fields, "test"), show=(1, 2, 4))
    assert {section.anchor for section in document.sections} >= {"iteration-2", "iteration-4"}
