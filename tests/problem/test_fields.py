"""Problems as values."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.problem import OptimizerSpec, Problem, example, problem_from_fields, to_toml
from derive.problem.examples import example_fields
from tests.engine.strategies import problems

MAZUR = example("mazur-2015").problem


@settings(max_examples=60, deadline=None)
@given(problems())
def test_a_problem_and_its_copies_are_one_key(problem: Problem) -> None:
    """Pickled, copied, replaced by nothing, or made of copied arrays in another order."""
    start = {name: problem.start[name].copy() for name in reversed(problem.start)}
    copies = [
        pickle.loads(pickle.dumps(problem)),  # noqa: S301
        copy.deepcopy(problem),
        replace(problem),
        replace(problem, inputs=np.asfortranarray(problem.inputs), start=start),
    ]
    for other in copies:
        assert other == problem
        assert {problem: "found"}[other] == "found"
    assert len({problem, *copies}) == 1


@settings(max_examples=60, deadline=None)
@given(problems(), problems())
def test_problems_are_equal_where_their_files_are(one: Problem, other: Problem) -> None:
    """The file names every field, and each number to the last bit."""
    assert (one == other) == (to_toml(one) == to_toml(other))


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_one_bit_of_one_array_makes_another_problem(problem: Problem, data: st.DataObject) -> None:
    """Wherever it lies."""
    name = data.draw(st.sampled_from(["inputs", "targets", *problem.start]))
    array = (problem.start[name] if name in problem.start else getattr(problem, name)).copy()
    at = data.draw(st.integers(0, array.size - 1))
    array.reshape(-1).view(np.uint64)[at] ^= np.uint64(1)
    change: Any = {name: array}
    if name in problem.start:
        change = {"start": {**problem.start, name: array}}
    assert replace(problem, **change) != problem


OTHER: dict[str, Any] = {
    "layers": (2, 2, 3),
    "activations": MAZUR.activations[:1],
    "bias": "neuron",
    "loss": replace(MAZUR.loss, name="squared-error"),
    "over_samples": "mean",
    "optimizer": replace(MAZUR.optimizer, numbers={"beta": 0.9}),
    "l2": 0.25,
    "iterations": 7,
    "samples": "one-by-one",
    "train_biases": True,
    "hidden_deltas": "after-update",
    "inputs": MAZUR.inputs.reshape(2, 1),
    "targets": -MAZUR.targets,
    "start": {"W1": MAZUR.start["W1"]},
    "seed": 3,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Problem) if field.compare])
def test_every_field_tells_problems_apart(name: str) -> None:
    """Also the shape alone of an array, and one number of the optimizer's own."""
    assert replace(MAZUR, **{name: OTHER[name]}) != MAZUR


def test_a_default_is_equal_to_the_same_value_said() -> None:
    """What was assumed is known of a problem, and makes it no other."""
    said = {"name": "gradient-descent", "learning_rate": 0.5}
    problems = [
        problem_from_fields(
            {
                "network": {"layers": [1, 1]},
                "optimizer": optimizer,
                "data": {"inputs": [[1]], "targets": [[0]]},
                "start": {"seed": 3},
            },
            "here",
        )
        for optimizer in (said, {})
    ]
    assert [problem.assumed for problem in problems] == [(), ("optimizer.learning_rate",)]
    assert problems[0] == problems[1]
    assert hash(problems[0]) == hash(problems[1])


def test_minus_zero_is_another_number() -> None:
    """Its bytes are others, and what is printed of it too."""
    zero, minus = (replace(MAZUR, inputs=np.array([[x, 1.0]])) for x in (0.0, -0.0))
    assert zero != minus


def test_nothing_else_equals_a_problem() -> None:
    """Neither its fields nor another kind of object."""
    assert vars(MAZUR) != MAZUR
    assert OptimizerSpec() != None  # noqa: E711
    assert problem_from_fields(example_fields("mazur-2015"), "fields") == MAZUR
