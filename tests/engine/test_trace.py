"""Training and what is read from its trace."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from derive.engine import train
from derive.engine.arithmetic import Floating
from derive.engine.training import Trainer
from derive.errors import HistoryTooLargeError
from derive.problem import Problem, example, problem_from_fields
from tests.engine.strategies import problems


def bits(array: Any) -> Any:
    """The bits of each float64."""
    return np.ascontiguousarray(array, dtype=np.float64).view(np.uint64)


def assert_traced_bit_for_bit(problem: Problem) -> None:
    """Compare a trace with a training that notes everything while it computes it."""
    trace = train(problem)
    trainer = Trainer(problem, Floating())
    with np.errstate(all="ignore"):
        for row, iteration in enumerate(trace.iterations):
            assert iteration == trainer.updates
            used = {name: np.array(view) for name, view in trainer.views.items()}
            for state, flat in trainer.state.items():
                for name, view in trainer.layout.views(flat).items():
                    used[f"{state}{name}"] = np.array(view)
            used |= trainer.network.quantities(trainer.update())
            for name, value in used.items():
                assert np.array_equal(bits(trace[name][row]), bits(value)), (iteration, name)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(most_iterations=6))
def test_what_is_read_is_bit_for_bit_what_training_used(problem: Problem) -> None:
    """Quantities recomputed for all passes at once have the bits that training had."""
    assert_traced_bit_for_bit(problem)


@pytest.mark.parametrize("optimizer", ["gradient-descent", "adam"])
def test_a_larger_network_is_read_bit_for_bit(optimizer: str) -> None:
    """The same holds where matrix products go through the blocked routines of BLAS."""
    generator = np.random.default_rng(5)
    fields = {
        "network": {"layers": [64, 32, 10], "activation": ["tanh", "softmax"]},
        "loss": {"name": "cross-entropy", "over_samples": "mean"},
        "optimizer": {"name": optimizer, "learning_rate": 0.01},
        "training": {"iterations": 20},
        "data": {
            "inputs": generator.uniform(-1, 1, (32, 64)).tolist(),
            "targets": np.eye(10)[generator.integers(10, size=32)].tolist(),
        },
        "start": {"seed": 1},
    }
    assert_traced_bit_for_bit(problem_from_fields(fields, "test"))


def test_every_keeps_each_third_pass_and_the_last() -> None:
    """`every=3` of 10 updates keeps passes 0, 3, 6, 9 and 10, the same as the whole trace has."""
    problem = replace(example("mazur-2015").problem, iterations=10)
    whole, thinned = train(problem), train(problem, every=3)
    assert thinned.iterations.tolist() == [0, 3, 6, 9, 10]
    for name in ("loss", "W1", "dE/dW2"):
        assert np.array_equal(thinned[name], whole[name][thinned.iterations])


def test_passes_asked_for_besides_are_kept_too() -> None:
    """`also` adds single passes to those that `every` keeps."""
    problem = replace(example("mazur-2015").problem, iterations=10)
    whole, thinned = train(problem), train(problem, every=4, also=(0, 1, 9, 12))
    assert thinned.iterations.tolist() == [0, 1, 4, 8, 9, 10]
    assert np.array_equal(thinned["W2"], whole["W2"][thinned.iterations])


def test_every_keeps_the_state_of_the_optimizer_that_belongs_to_a_pass() -> None:
    """A thinned trace of Adam has the states of the passes it keeps."""
    problem = replace(example("mazur-2015").problem, iterations=7)
    adam = replace(problem.optimizer, name="adam", numbers={
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
    })  # fmt: skip
    problem = replace(problem, optimizer=adam)
    whole, thinned = train(problem), train(problem, every=4)
    assert thinned.iterations.tolist() == [0, 4, 7]
    assert np.array_equal(thinned["mW1"], whole["mW1"][[0, 4, 7]])
    assert np.array_equal(thinned["vW2"], whole["vW2"][[0, 4, 7]])


def diverging(**training: Any) -> Problem:
    """One weight under squared error with a rate far too large: it grows by -19 an update."""
    return problem_from_fields(
        {
            "network": {"layers": [1, 1], "activation": "identity", "bias": "none"},
            "optimizer": {"learning_rate": 20.0},
            "training": {"iterations": 5000, **training},
            "data": {"inputs": [[1.0]], "targets": [[0.0]]},
            "start": {"W1": [[1.0]]},
        },
        "test",
    )


@pytest.mark.parametrize("every", [1, 100])
def test_a_diverging_training_stops_and_names_the_iteration(every: int) -> None:
    """What was traced is kept, and no warning of NumPy's escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = train(diverging(), every=every)
        losses = trace["loss"]
    beyond = next(k for k in range(1, 1000) if 20 * 19 ** (k - 1) >= 2**1024)
    assert trace.diverged_at == beyond
    assert len(trace) == -(-beyond // every)
    assert np.isfinite(trace.history).all()
    assert losses[0] == 0.5


def test_a_history_too_large_says_its_size_and_what_to_do() -> None:
    """The refusal comes before any memory is taken."""
    problem = replace(example("mazur-2015").problem, iterations=10**9)
    with pytest.raises(HistoryTooLargeError) as caught:
        train(problem, memory=10**9)
    assert str(caught.value) == (
        "the trace would take 80.0 GB and 1.0 GB are free; "
        "keep fewer passes with --every 81, or ask for fewer iterations"
    )


def test_progress_is_told_from_the_first_update_to_the_last() -> None:
    """The numbers of updates told rise from 0 to all."""
    told: list[int] = []
    train(replace(example("mazur-2015").problem, iterations=2500), progress=told.append)
    assert told[0] == 0
    assert told[-1] == 2500
    assert told == sorted(told)


def test_samples_one_by_one_take_turns() -> None:
    """Pass k shows sample k modulo the number of samples, alone."""
    problem = replace(example("deep-ml-25").problem, samples="one-by-one", iterations=4)
    trace = train(problem)
    assert trace["out0"].shape == (5, 1, 2)
    assert np.array_equal(trace["out0"][:, 0], problem.inputs[[0, 1, 2, 0, 1]])


def test_biases_that_are_not_trained_stay_and_still_have_a_gradient() -> None:
    """`train_biases = false` leaves the biases alone; their gradients are there to be read."""
    trace = train(replace(example("mazur-2015").problem, iterations=3))
    assert np.all(trace["b1"] == 0.35)
    assert np.all(trace["dE/db1"] != 0)
    assert trace["dE/db1"].shape == (4,)
