"""Passes in many-digit arithmetic: where every printed number comes from.

The same graph and the same optimizer run on mpmath numbers, starting from the decimals that the
problem gives. Digits beyond the printed ones tell an exact value from a rounded one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from derive.engine.arithmetic import Exact
from derive.engine.graph import Run
from derive.engine.trace import Trace
from derive.engine.training import Trainer, train
from derive.problem.fields import Problem
from derive.reference import Ref

DIGITS = 60
WORK = 1_500_000
"""Multiplications that an exact replay of all passes may take (a few seconds)."""
EARLY_WORK = 50_000
"""And, where it would take more, those for which the first passes are replayed all the same."""
DOUBTFUL = 1e-40
"""A value smaller than this may be what is left of a difference that is 0 in truth, or have lost
digits in one: it is computed again in twice as many."""
SATURATING = ("sigmoid", "tanh", "softmax", "elu")
"""Those with a limit other than 0, from which what is left may count; a formula may have one."""
SHARPEST = 0.87
"""The digits, for each 1 of a net input, that a saturated function's distance from its limit has
in front of it: tanh's is 2 e^-2x, and log₁₀ e² = 0.869. A sum with the limit loses as many."""
SPARE = 20
"""Digits that may be lost so without a second run in as many more."""
FARTHEST = 1200.0
"""Net inputs beyond this, 1,000 digits from a limit, are taken as being there."""
HAIR = 1e-14
STEADY = 1e-20
"""In twice as many digits what is left of a 0 is smaller by far more than this factor."""


class Pass:
    """Every quantity at one state of the parameters, as many-digit numbers.

    Attributes:
        iteration: updates made before.
        exact: whether the state was reached in this arithmetic, or taken over from float64.
    """

    def __init__(self, iteration: int, quantities: Mapping[str, Any], *, exact: bool) -> None:
        self.iteration = iteration
        self.quantities = quantities
        self.exact = exact

    def value(self, ref: Ref) -> Any:
        """The scalar that `ref` names.

        Raises:
            KeyError: no such quantity.
        """
        found = self.quantities[ref.name]
        if ref.sample is not None:
            found = found[ref.sample if len(found) > 1 else 0]
        if not isinstance(found, np.ndarray):
            return found
        return found[ref.index] if ref.index else found.reshape(-1)[0]


def exact_passes(trace: Trace, iterations: Sequence[int]) -> dict[int, Pass]:
    """The passes after the given numbers of updates.

    All updates up to the last are replayed while that takes no more than `WORK`; otherwise the
    first passes are, and each later one starts from the float64 parameters of the trace's nearest
    pass before it.
    """
    digits, wanted = DIGITS, set(iterations)
    early = _early(trace.problem, wanted, digits)
    passes = _passes(trace, wanted, early, digits)
    lost = max(_saturation(trace.problem, found.quantities) for found in passes.values())
    if lost > SPARE:
        digits += lost
        early = _early(trace.problem, wanted, digits)
        passes = _passes(trace, wanted, early, digits)
    if any(_doubtful(found.quantities) for found in passes.values()):
        finer = _passes(trace, wanted, early, digits + DIGITS)
        for iteration, found in passes.items():
            found.quantities = _without_noise(found.quantities, finer[iteration].quantities)
    return passes


def sensitivity(trace: Trace, iterations: Sequence[int]) -> dict[int, float]:
    """How much the loss of each pass moves, relatively, when the start moves by a hair.

    The hair, `HAIR` of each parameter, is more than all of float64's rounding takes away.
    """
    start = {name: value * (1 + HAIR) for name, value in trace.problem.start.items()}
    moved = replace(trace.problem, start=start)
    other = train(moved, every=max(1, moved.iterations), also=iterations)
    losses = dict(zip(trace.iterations.tolist(), trace["loss"].tolist(), strict=True))
    others = dict(zip(other.iterations.tolist(), other["loss"].tolist(), strict=True))
    found = {}
    for k in iterations:
        if k in losses and k in others:
            size = max(abs(losses[k]), abs(others[k]))
            found[k] = abs(losses[k] - others[k]) / size if size else 0.0
    return found


def _saturation(problem: Problem, quantities: Mapping[str, Any]) -> int:
    """How many digits the outputs nearest to their limits differ from them by."""
    nets = [
        abs(number)
        for layer, spec in enumerate(problem.activations, 1)
        if spec.name in (None, *SATURATING)
        for number in np.ravel(quantities[f"net{layer}"])
        if abs(number) < FARTHEST
    ]
    return int(SHARPEST * max(nets, default=0))


def _doubtful(quantities: Mapping[str, Any]) -> bool:
    return any(
        0 < abs(number) < DOUBTFUL
        for value in quantities.values()
        for number in np.asarray(value, dtype=object).flat
    )


def _without_noise(coarse: Mapping[str, Any], fine: Mapping[str, Any]) -> dict[str, Any]:
    """The quantities, with 0 for each that is 0 but for the error of the arithmetic."""
    steady = np.frompyfunc(lambda x, y: y if x and abs(y) >= abs(x) * STEADY else 0 * y, 2, 1)
    return {name: steady(value, fine[name]) for name, value in coarse.items()}


def _early(problem: Problem, wanted: set[int], digits: int) -> set[int]:
    """Those of the passes up to which all updates are replayed."""
    samples = 1 if problem.samples == "one-by-one" else len(problem.inputs)
    weights = sum(a * b for a, b in pairwise(problem.layers))
    # Twice the digits of 60 take no longer to speak of; from there on they do.
    slower = max(1.0, digits / (2 * DIGITS))
    per_pass = (3 * samples * weights + 40 * sum(problem.layers)) * slower
    whole = per_pass * (max(wanted) + 1) <= WORK
    return {k for k in wanted if whole or per_pass * (k + 1) <= EARLY_WORK}


def _passes(trace: Trace, wanted: set[int], early: set[int], digits: int) -> dict[int, Pass]:
    passes = _replayed(trace, early, digits) if early else {}
    for iteration in sorted(wanted - early):
        passes[iteration] = _from_trace(trace, iteration, digits)
    return passes


def _replayed(trace: Trace, wanted: set[int], digits: int) -> dict[int, Pass]:
    trainer = Trainer(trace.problem, Exact(digits))
    passes = {}
    for iteration in range(max(wanted) + 1):
        before = _state(trainer) if iteration in wanted else {}
        run = trainer.update()
        if iteration in wanted:
            passes[iteration] = _pass(trainer, iteration, before, run, exact=True)
    return passes


def _from_trace(trace: Trace, iteration: int, digits: int) -> Pass:
    trainer = Trainer(trace.problem, Exact(digits))
    row = int(np.searchsorted(trace.iterations, iteration, side="right")) - 1
    start = int(trace.iterations[row])
    trainer.parameters[:] = trainer.network.arithmetic.array(trace.history[row])
    for name, state in trainer.state.items():
        state[:] = trainer.network.arithmetic.array(trace.states[name][row])
    trainer.updates = start
    np.add(trainer.numbers["k"], start, out=trainer.numbers["k"])
    for _ in range(start, iteration):
        trainer.update()
    before = _state(trainer)
    run = trainer.update()
    return _pass(trainer, iteration, before, run, exact=start == 0)


def _state(trainer: Trainer) -> dict[str, Any]:
    found = dict(trainer.layout.views(trainer.parameters.copy()))
    for name, state in trainer.state.items():
        for parameter, view in trainer.layout.views(state.copy()).items():
            found[f"{name}{parameter}"] = view
    return found


def _pass(
    trainer: Trainer,
    iteration: int,
    before: Mapping[str, Any],
    run: Run,
    *,
    exact: bool,
) -> Pass:
    quantities = trainer.network.quantities(run)
    quantities.update(before)
    quantities["out0"] = run.value("out0").copy()
    quantities[f"target{trainer.network.last}"] = run.value("target").copy()
    quantities[f"loss_terms{trainer.network.last}"] = quantities["loss_terms"]
    return Pass(iteration, quantities, exact=exact)
