"""Every value of a trace against an independent 60-digit implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from derive.engine import Trace, exact_passes, train
from derive.problem import Problem, problem_from_fields
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


def cancels(trace: Trace, iteration: int) -> bool:
    """Whether some gradient is so near 0 that an adaptive optimizer magnifies its rounding.

    A first step, η g / (|g| + ε), has the slope η ε / (|g| + ε)²: with ε = 10⁻⁸ it is 10⁸ η
    at 0, and still 100 η at 10⁻⁵.
    """
    if trace.problem.optimizer.name in ("gradient-descent", "momentum", "nesterov"):
        return False
    gradients = [trace[f"dE/d{name}"][iteration] for name in trace.problem.parameter_names()]
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
        small = cancels(trace, iteration)
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
    """What documents print is right to 40 digits, for every field of the format."""
    wanted = range(problem.iterations + 1)
    names = {"target": f"target{len(problem.layers) - 1}"}
    passes = exact_passes(train(problem), list(wanted))
    for iteration, true in Oracle(problem).passes(wanted):
        assert passes[iteration].exact
        for name in quantities(problem, true):
            found = np.asarray(passes[iteration].quantities[names.get(name, name)]).tolist()
            assert close(found, true[name], 1e-40), (iteration, name)


def test_a_sum_that_cancels_is_nothing() -> None:
    """Softmax's errors add up to 0, so a bias that its layer shares has no gradient at all."""
    fields = {
        "network": {"layers": [2, 3], "activation": "softmax", "bias": "layer"},
        "loss": {"name": "cross-entropy"},
        "data": {"inputs": [[0.5, 0.2], [0.1, 0.9]], "targets": [[0, 1, 0], [1, 0, 0]]},
        "start": {"seed": 1},
    }
    problem = problem_from_fields(fields, "test")
    assert exact_passes(train(problem), [0])[0].quantities["dE/db1"] == 0
