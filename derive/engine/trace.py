"""Training with nothing lost: the parameters of every pass are kept, the rest is read from them.

A pass is a state of the parameters; pass k has been updated k times. What a trace does not hold
it recomputes for all passes in one vectorised run of the same graph on the same numbers, so
that what is read is bit for bit what training used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine.arithmetic import Exact, Floating
from derive.engine.graph import Values
from derive.engine.network import Network
from derive.engine.optimizers import optimizer_of
from derive.errors import HistoryTooLargeError
from derive.formula import compiled
from derive.problem.fields import Array, Problem, parameter_shape

CHUNK_NUMBERS = 4_000_000
"""About how many numbers of one quantity are recomputed at a time."""


class Layout:
    """Where each parameter lies in one flat vector: the weights of all layers, then the biases.

    Parameters that are not trained (biases, where so asked) come last, after `trained`.
    """

    def __init__(self, problem: Problem) -> None:
        names = sorted(problem.parameter_names(), key=lambda name: (name[0] == "b", int(name[1:])))
        self.slices: dict[str, slice] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        start = self.trained = 0
        for name in names:
            shape = parameter_shape(problem.layers, problem.bias, name)
            size = int(np.prod(shape, dtype=int))
            self.slices[name], self.shapes[name] = slice(start, start + size), shape
            start += size
            if name[0] == "W" or problem.train_biases:
                self.trained = start
        self.size = start

    def views(self, flat: Any) -> dict[str, Any]:
        """Each parameter as a view of `flat`, whose last axis is the flat one."""
        lead = flat.shape[:-1]
        return {
            name: flat[..., place].reshape(lead + self.shapes[name])
            for name, place in self.slices.items()
        }


class Trainer:
    """One state of parameters and optimizer, moved on update by update, in any arithmetic."""

    def __init__(self, problem: Problem, arithmetic: Floating | Exact) -> None:
        self.problem = problem
        self.network = Network(problem, arithmetic)
        self.layout = Layout(problem)
        self.inputs = arithmetic.array(problem.inputs)
        self.targets = arithmetic.array(problem.targets)
        start = np.concatenate([problem.start[name].ravel() for name in self.layout.slices])
        self.parameters = arithmetic.array(start)
        self.views = self.layout.views(self.parameters)
        optimizer = optimizer_of(problem.optimizer)
        self.state = {
            name: arithmetic.array(np.zeros(self.layout.size)) for name in optimizer.state
        }
        self.assignments = [
            (name, compiled(formula, arithmetic)) for name, formula in optimizer.assignments
        ]
        exact = isinstance(arithmetic, Exact)

        def number(value: float) -> Any:
            return arithmetic.array(value).item() if exact else value

        self.numbers = {name: number(value) for name, value in problem.optimizer.numbers.items()}
        self.numbers["eta"] = number(problem.optimizer.learning_rate)
        self.updates = 0

    def run(self, values: Values, gradients: Values, settled: Any = None) -> None:
        """The graph forwards and backwards at the present parameters."""
        problem = self.problem
        if problem.samples == "one-by-one":
            one = slice(self.updates % len(self.inputs), self.updates % len(self.inputs) + 1)
            values["out0"], values["target"] = self.inputs[one], self.targets[one]
        else:
            values["out0"], values["target"] = self.inputs, self.targets
        values.update(self.views)
        gradients["loss"] = self.network.arithmetic.constant(Fraction(1))
        self.network.graph.forward(values)
        self.network.graph.backward(values, gradients, settled)

    def update(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """One update; the values and gradients that made it."""
        values: dict[str, Any] = {}
        gradients: dict[str, Any] = {}
        if self.problem.hidden_deltas == "after-update":
            self.run(values, gradients, self._settled)
        else:
            self.run(values, gradients)
            flat = np.concatenate([np.ravel(gradients[name]) for name in self.layout.slices])
            self._apply(slice(0, self.layout.trained), flat[: self.layout.trained])
        self.updates += 1
        return values, gradients

    def _settled(self, name: str, gradient: Any) -> None:
        place = self.layout.slices.get(name)
        if place is not None and place.stop <= self.layout.trained:
            self._apply(place, np.ravel(gradient))

    def _apply(self, place: slice, gradient: Any) -> None:
        """The optimizer's assignments on part of the flat vector, in place."""
        env: dict[str, Any] = {
            **self.numbers, "w": self.parameters[place], "g": gradient, "k": self.updates + 1,
        }  # fmt: skip
        for name, state in self.state.items():
            env[name] = state[place]
        for name, function in self.assignments:
            env[name] = function(env)
        self.parameters[place] = env["w"]
        for name, state in self.state.items():
            state[place] = env[name]


@dataclass(frozen=True)
class Trace:
    """Every kept pass of a training.

    Attributes:
        problem: what was trained.
        iterations: the number of updates before each kept pass, ascending.
        history: passes x parameters, flat.
        states: the optimizer's state likewise, by its name.
        following: the parameters after each pass's update, kept where the backward pass uses
            them (`hidden_deltas = "after-update"`).
        diverged_at: the update whose result left the range of float64, or None.
    """

    problem: Problem
    iterations: Array
    history: Array
    states: Mapping[str, Array]
    following: Array | None
    diverged_at: int | None = None

    def __len__(self) -> int:
        return len(self.iterations)

    def passes(self, rows: slice) -> dict[str, Any]:
        """Every quantity of the kept passes in `rows`, the pass as first axis, in one run."""
        network = Network(self.problem, Floating())
        layout = Layout(self.problem)
        history = self.history[rows]
        parameters = layout.views(history)
        values: dict[str, Any] = dict(parameters)
        problem = self.problem
        if problem.samples == "one-by-one":
            sample = self.iterations[rows].astype(int) % len(problem.inputs)
            values["out0"] = problem.inputs[sample][:, None, :]
            values["target"] = problem.targets[sample][:, None, :]
        else:
            lead = (len(history), *problem.inputs.shape)
            values["out0"] = np.broadcast_to(problem.inputs, lead)
            lead = (len(history), *problem.targets.shape)
            values["target"] = np.broadcast_to(problem.targets, lead)
        gradients: dict[str, Any] = {"loss": 1.0}
        settled = None
        if self.following is not None:
            updated = layout.views(self.following[rows])

            def settled(name: str, _gradient: Any) -> None:
                if name in updated:
                    values[name] = updated[name]

        with np.errstate(all="ignore"):
            network.graph.forward(values)
            network.graph.backward(values, gradients, settled)
            found = network.quantities(values, gradients)
        found.update(parameters)
        found["out0"], found["target"] = values["out0"], values["target"]
        for name, history_of in self.states.items():
            for parameter, view in layout.views(history_of[rows]).items():
                found[f"{name}{parameter}"] = view
        return found

    def __getitem__(self, name: str) -> Any:
        """One quantity of every kept pass by its name in the trace export.

        Raises:
            KeyError: no such quantity.
        """
        layout = Layout(self.problem)
        if name in layout.slices:
            return layout.views(self.history)[name]
        widest = max(self.problem.layers) * max(len(self.problem.inputs), max(self.problem.layers))
        step = max(1, CHUNK_NUMBERS // widest)
        chunks = [
            self.passes(slice(start, start + step))[name] for start in range(0, len(self), step)
        ]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def available_memory() -> int:
    """Bytes of memory that are free, or 2 GiB where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2 * 1024**3


def kept_iterations(iterations: int, every: int) -> list[int]:
    """Each `every`-th pass from 0, and the last."""
    kept = list(range(0, iterations + 1, every))
    return kept if kept[-1] == iterations else [*kept, iterations]


def train(
    problem: Problem,
    *,
    every: int = 1,
    progress: Callable[[int], None] | None = None,
    memory: int | None = None,
) -> Trace:
    """Train, keeping each `every`-th pass and the last.

    `progress` is called with the number of updates made, now and then. `memory` bounds the
    history in bytes; by default three quarters of what is free.

    Raises:
        HistoryTooLargeError: the history would not fit.
    """
    trainer = Trainer(problem, Floating())
    kept = kept_iterations(problem.iterations, every) if problem.iterations // every < 10**8 else []
    size = trainer.layout.size
    after = problem.hidden_deltas == "after-update"
    arrays = 1 + len(trainer.state) + after
    count = problem.iterations // every + 2
    needed = count * size * arrays * 8
    allowed = available_memory() * 3 // 4 if memory is None else memory
    if needed > allowed or not kept:
        factor = -(-needed // max(allowed, 1)) * every
        message = (
            f"the trace would take {needed / 1e9:.1f} GB and {allowed / 1e9:.1f} GB are free; "
            f"keep fewer passes with --every {factor}, or ask for fewer iterations"
        )
        raise HistoryTooLargeError(message)
    history = np.empty((len(kept), size))
    states = {name: np.empty((len(kept), size)) for name in trainer.state}
    following = np.empty((len(kept), size)) if after else None
    row = 0
    last = problem.iterations
    with np.errstate(all="ignore"):
        for k in range(last + 1):
            keep = k % every == 0 or k == last
            if keep:
                history[row] = trainer.parameters
                for name, state in trainer.state.items():
                    states[name][row] = state
            if k < last or after:
                trainer.update()
            if keep:
                if following is not None:
                    following[row] = trainer.parameters
                row += 1
            if progress is not None and k % 1000 == 0:
                progress(k)
    return _until_divergence(
        Trace(problem, np.array(kept), history, states, following)
    )


def _until_divergence(trace: Trace) -> Trace:
    """The trace up to the first pass whose parameters are not all finite."""
    finite = np.isfinite(trace.history).all(axis=1)
    if finite.all():
        return trace
    end = int(np.argmin(finite))
    return Trace(
        trace.problem,
        trace.iterations[:end],
        trace.history[:end],
        {name: state[:end] for name, state in trace.states.items()},
        None if trace.following is None else trace.following[:end],
        diverged_at=int(trace.iterations[end]),
    )
