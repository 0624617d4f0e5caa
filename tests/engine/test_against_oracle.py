"""Every value of a trace against an independent implementation in many digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from derive.engine import certified_passes, train
from derive.problem import Problem, problem_from_fields
from tests.engine.enclosures import middle, middles, passes_of
from tests.engine.oracle import Oracle, mp
from tests.engine.strategies import problems

SETTINGS = settings(
    max_examples=120,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def close(found: Any, true: Any, tolerance: float) -> bool:
    """Whether each number is the true one to `tolerance`, relative above 1 and absolute below."""
    if isinstance(true, list):
        return len(found) == len(true) and all(
            close(*pair, tolerance) for pair in zip(found, true, strict=True)
        )
    number = mp.mpf(float(found)) if isinstance(found, float) else mp.mpf(found)
    return bool(abs(number - true) <= tolerance * max(abs(true), 1))


def flat(true: Any) -> list[Any]:
    """Nested numbers in one list."""
    return [x for part in true for x in flat(part)] if isinstance(true, list) else [true]


def cancels(problem: Problem, quantities: Mapping[str, Any]) -> bool:
    """Whether some gradient is so near 0 that an adaptive optimizer magnifies its rounding.

    A first step, η g / (|g| + ε), has the slope η ε / (|g| + ε)²: with ε = 10⁻⁸ it is 10⁸ η
    at 0, and still 100 η at 10⁻⁵.
    """
    if problem.optimizer.name in ("gradient-descent", "momentum", "nesterov"):
        return False
    gradients = [quantities[f"dE/d{name}"] for name in problem.parameter_names()]
    return any(0 < abs(g) < 1e-5 for gradient in gradients for g in np.ravel(gradient))


def quantities(problem: Problem, true: dict[str, Any]) -> list[str]:
    """The names of the trace, without the state of biases that are not trained."""
    names = problem.parameter_names()
    idle = {name for name in names if name.startswith("b") and not problem.train_biases}
    states = {name for name in true if name[1:] in idle and name not in names}
    return [name for name in true if name not in states]


@SETTINGS
@given(problem=problems())
def test_a_trace_is_the_true_one_to_twelve_digits(problem: Problem) -> None:
    """Every quantity of every pass of a random problem is within 1e-12 of the true value.

    A diverging training magnifies each rounding without end, so it is followed up to 1000; and
    none is followed beyond a gradient that only rounding tells from 0.
    """
    trace = train(problem)
    wanted = range(problem.iterations + 1)
    for iteration, true in Oracle(problem).passes(wanted):
        small = cancels(problem, trace.passes(slice(iteration, iteration + 1)))
        if small and problem.hidden_deltas == "after-update":
            break
        if max(map(abs, flat(list(true.values())))) > 1000:
            break
        for name in quantities(problem, true):
            found = trace[name][iteration]
            assert close(np.asarray(found).tolist(), true[name], 1e-12), (iteration, name)
        if small:
            break


@SETTINGS
@given(problem=problems())
def test_exact_passes_are_true_to_forty_digits(problem: Problem) -> None:
    """What documents print is right to 40 digits, for every field of the format.

    A training that diverges is followed up to net inputs of 700.
    """
    wanted = range(problem.iterations + 1)
    names = {"target": "target"}
    passes = passes_of(train(problem), wanted)
    for iteration, true in Oracle(problem).passes(wanted):
        nets = [true[f"net{layer}"] for layer in range(1, len(problem.layers))]
        if max(map(abs, flat(nets))) > 700:
            break
        assert passes[iteration].exact
        for name in quantities(problem, true):
            found = middles(passes[iteration].quantities[names.get(name, name)])
            assert close(found, true[name], 1e-40), (iteration, name)


@pytest.mark.parametrize("net", [30, 150, 600, 1000])
@pytest.mark.parametrize(
    ("activation", "loss"), [("sigmoid", "binary-cross-entropy"), ("tanh", "half-squared-error")]
)
def test_a_saturated_output_is_true_to_forty_digits(activation: str, loss: str, net: float) -> None:
    """What is left of 1 - o is printed right, however far o is saturated."""
    fields = {
        "network": {"layers": [1, 1], "activation": activation, "bias": "none"},
        "loss": {"name": loss},
        "training": {"iterations": 0},
        "data": {"inputs": [[1.0], [-1.0], [1.0]], "targets": [[1.0], [0.25], [0.25]]},
        "start": {"W1": [[net]]},
    }
    problem = problem_from_fields(fields, "test")
    with certified_passes(train(problem), [0]) as passes:
        while passes.digits(0) < 2 * net + 100:
            assert passes.refine(0)
        found = passes[0].quantities
    with mp.workdps(1200):
        (_, true) = next(Oracle(problem).passes([0]))
        for name in ("out1", "dout1/dnet1", "dE/dout1", "delta1", "loss_terms"):
            for ball, expected in zip(np.ravel(found[name]), flat(true[name]), strict=True):
                number = middle(ball)
                assert abs(number - expected) <= abs(expected) * mp.mpf(10) ** -40, name


def test_a_sum_that_cancels_is_nothing() -> None:
    """Softmax's errors add up to 0, so a bias that its layer shares has no gradient at all."""
    fields = {
        "network": {"layers": [2, 3], "activation": "softmax", "bias": "layer"},
        "loss": {"name": "cross-entropy"},
        "data": {"inputs": [[0.5, 0.2], [0.1, 0.9]], "targets": [[0, 1, 0], [1, 0, 0]]},
        "start": {"seed": 1},
    }
    problem = problem_from_fields(fields, "test")
    with certified_passes(train(problem), [0]) as passes:
        assert passes.refine(0)
        assert passes[0].quantities["dE/db1"] == 0
