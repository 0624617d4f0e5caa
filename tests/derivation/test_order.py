"""A solution can be followed with pen and paper: each value is there before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from derive.document import Equation, Table, blocks
from derive.maths.tree import Number, Styled
from derive.problem import Problem, example, example_names
from derive.reference import Aspect, Ref
from tests.documents import drawn, inside, solution

COMPUTED = {"net", "out", "loss_terms", "sample_loss"}
ENTROPY = {"name": "cross-entropy", "over_samples": "mean"}
MEAN = {"name": "half-squared-error", "over_samples": "mean"}
SOFTMAX = {"activation": ["tanh", "softmax"]}
TWO = {"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]}


def refs(thing: Any) -> Iterator[Ref]:
    """What the numbers in `thing` show, as far as a pass computes it."""
    for part in inside(thing):
        if isinstance(part, Number) and isinstance(part.ref, Ref):
            given = part.ref.name == "out0"
            slope = part.ref.aspect is Aspect.SLOPE
            if part.ref.quantity in COMPUTED and not given and not slope:
                yield part.ref


def used_too_early(problem: Problem, **more: Any) -> list[Ref]:
    """The values that an equation takes before any equation or table has shown them."""
    shown: set[Ref] = set()
    found = []
    for block in blocks(solution(problem, languages=["en"], **more)):
        if isinstance(block, Equation):
            parts = inside(block.tree)
            values = {
                ref
                for part in parts
                if isinstance(part, Styled) and part.role == "value"
                for ref in refs(part)
            }
            found += [ref for ref in refs(block.tree) if ref not in shown | values]
            shown |= values
        elif isinstance(block, Table):
            shown |= set(refs(block))
    return found


@pytest.mark.parametrize("name", example_names())
def test_an_example_uses_nothing_before_it_is_there(name: str) -> None:
    """Neither in the first iteration nor in the last."""
    problem = example(name).problem
    show = (1, problem.iterations) if problem.iterations <= 100 else (1,)
    assert used_too_early(problem, show=show, full=True) == []


@pytest.mark.parametrize("loss", [ENTROPY, {"name": "half-squared-error"}])
def test_softmax_has_the_whole_layer_first(loss: dict[str, Any]) -> None:
    """Its outputs take all net inputs, its error terms all derivatives by an output."""
    problem = drawn([2, 2, 3], network=SOFTMAX, loss=loss, data=TWO)
    assert used_too_early(problem, full=True) == []


@pytest.mark.parametrize("samples", ["together", "one-by-one"])
@pytest.mark.parametrize("view", ["scalars", "matrices", "gates"])
@pytest.mark.parametrize(
    ("output", "loss"),
    [("softmax", ENTROPY), ("softmax", MEAN), ("sigmoid", MEAN), ("sigmoid", {})],
)
def test_in_brief_a_table_has_what_is_not_worked_out(
    output: str, loss: dict[str, Any], view: str, samples: str
) -> None:
    """The neurons, outputs and samples that are left out stand in tables before their use."""
    for layers in ([2, 3, 3], [2, 2, 3, 3]):
        network = {"activation": ["tanh"] * (len(layers) - 2) + [output]}
        problem = drawn(layers, network=network, loss=loss, data=TWO, training={"samples": samples})
        assert used_too_early(problem, full=False, views=(view,)) == []
