"""The gradients against complex steps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from derive.engine import check_gradients
from derive.problem import ACTIVATIONS, Problem, problem_from_fields
from tests.engine.strategies import HIDDEN, problems


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_take_the_same_side_of_a_kink(activation: str, zero: float) -> None:
    """At a net input of exactly 0, hidden and at the output."""
    hidden = activation if activation in HIDDEN else "identity"
    fields = {
        "network": {"layers": [1, 2, 2], "activation": [hidden, activation], "bias": "neuron"},
        "data": {"inputs": [[1.0]], "targets": [[0.2, 0.9]]},
        "start": {
            "W1": [[zero], [zero]],
            "b1": [zero, zero],
            "W2": [[0.5, -0.25], [-0.5, 0.75]],
            "b2": [0.0, 0.0],
        },
    }
    assert check_gradients(problem_from_fields(fields, "test")).largest < 1e-14


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(most_iterations=0, hidden_deltas=("before-update",)))
def test_gradients_are_what_complex_steps_find(problem: Problem) -> None:
    """Every gradient of a random problem, relative to the largest."""
    check = check_gradients(problem)
    assert check.count == check.total
    assert check.largest < 1e-10
