"""Training with nothing lost: the parameters of every pass are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine.arithmetic import Floating
from derive.engine.graph import Run
from derive.engine.layout import Layout
from derive.engine.networks.mlp import Network
from derive.engine.optimizers import optimizer_of
from derive.engine.tape import Tape, plain
from derive.engine.trace import Trace
from derive.errors import DeriveError, HistoryTooLargeError
from derive.formula import ArrayArithmetic, compiled
from derive.problem.fields import Array, Problem

SPAN = 1000
"""Updates between two looks at the clock of progress and at whether all is still finite."""


class Trainer:
    """One state of parameters and optimizer, moved on update by update, in any arithmetic.

    With a `tape`, the arrays of the state are watched: the first update is noted on it.

    Attributes:
        parameters: the flat vector, changed in place by each update.
        state: the optimizer's, by name, flat likewise.
        updates: how many were made.
    """

    def __init__(
        self, problem: Problem, arithmetic: ArrayArithmetic, tape: Tape | None = None
    ) -> None:
        def watched(numbers: Any) -> Any:
            array = arithmetic.array(numbers)
            return tape.watch(array) if tape is not None else array

        self.problem = problem
        self.network = Network(problem, arithmetic)
        self.layout = Layout(problem)
        self.inputs = arithmetic.array(problem.inputs)
        self.targets = arithmetic.array(problem.targets)
        self.one_by_one = problem.samples == "one-by-one"
        rows = slice(0, 1) if self.one_by_one else slice(None)
        self.leaves = {"out0": self.inputs[rows], "target": self.targets[rows]}
        if self.one_by_one:
            self.leaves = {name: watched(leaf.copy()) for name, leaf in self.leaves.items()}
        start = np.concatenate([problem.start[name].ravel() for name in self.layout.slices])
        self.parameters = watched(start)
        self.views = self.layout.views(self.parameters)
        zeros = np.zeros(self.layout.size)
        self.gradient = watched(zeros.copy())
        optimizer = optimizer_of(problem.optimizer)
        self.state = {name: watched(zeros.copy()) for name in optimizer.state}
        self.assignments = [
            (name, compiled(formula, arithmetic)) for name, formula in optimizer.assignments
        ]
        numbers = {**problem.optimizer.numbers, "eta": problem.optimizer.learning_rate}
        self.numbers = {
            name: arithmetic.constant(Fraction(repr(value))) for name, value in numbers.items()
        }
        self.numbers["k"] = watched(0.0)
        self.updates = 0

    def start_from(self, updates: int, parameters: Any, state: Mapping[str, Any]) -> None:
        """Take the state of parameters and optimizer after so many updates, flat, as it is."""
        self.parameters[:] = parameters
        for name, values in state.items():
            self.state[name][:] = values
        np.copyto(self.numbers["k"], self.network.arithmetic.array(float(updates)))
        self.updates = updates

    def turn(self) -> None:
        """Put the sample whose turn it is in the place of the data, where they go one by one."""
        if self.one_by_one:
            one = self.updates % len(self.inputs)
            for name, data in (("out0", self.inputs), ("target", self.targets)):
                np.copyto(plain(self.leaves[name]), data[one])

    def run(self) -> Run:
        """The graph at the present parameters, with the loss computed."""
        one = self.network.arithmetic.constant(Fraction(1))
        run = Run(self.network.graph, {**self.leaves, **self.views}, {"loss": one})
        run.value("loss")
        return run

    def update(self) -> Run:
        """One update in place; the run that made it, with every gradient computed."""
        self.turn()
        np.add(self.numbers["k"], 1, out=self.numbers["k"])
        run = self.run()
        after = self.problem.hidden_deltas == "after-update"
        for name in self.network.backwards:
            gradient = np.ravel(np.asanyarray(run.gradient(name)))
            place = self.layout.slices[name]
            if place.stop > self.layout.trained:
                continue
            if after:
                self._apply(place, gradient)
            else:
                np.positive(gradient, out=self.gradient[place])
        if not after:
            trained = slice(0, self.layout.trained)
            self._apply(trained, self.gradient[trained])
        self.updates += 1
        return run

    def _apply(self, place: slice, gradient: Any) -> None:
        """The optimizer's assignments on part of the flat vector, in place."""
        terms = {**self.numbers, "w": self.parameters[place], "g": gradient}
        terms |= {name: state[place] for name, state in self.state.items()}
        for name, function in self.assignments:
            terms[name] = function(terms)
        np.positive(terms["w"], out=self.parameters[place])
        for name, state in self.state.items():
            np.positive(terms[name], out=state[place])


class _Kept:
    """The passes kept of a training, row by row."""

    def __init__(self, trainer: Trainer, count: int, *, following: bool) -> None:
        shape = (count, trainer.layout.size)
        self.parameters = plain(trainer.parameters)
        self.state = {name: plain(state) for name, state in trainer.state.items()}
        self.history = np.empty(shape)
        self.states: Mapping[str, Array] = {name: np.empty(shape) for name in self.state}
        self.following = np.empty(shape) if following else None

    def keep(self, row: int) -> None:
        """The state of parameters and optimizer as it is, as `row`."""
        self.history[row] = self.parameters
        for name, state in self.state.items():
            self.states[name][row] = state

    def keep_following(self, row: int) -> None:
        """The parameters as the update of `row` left them."""
        if self.following is not None:
            self.following[row] = self.parameters


def available_memory() -> int:
    """Bytes of memory that are free, or 2 GiB where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2 * 1024**3


def train(
    problem: Problem,
    *,
    every: int = 1,
    also: Iterable[int] = (),
    progress: Callable[[int], None] | None = None,
    memory: int | None = None,
) -> Trace:
    """Train, keeping each `every`-th pass, the last, and those of `also`.

    Training stops at the update that leaves the range of float64; what was kept until then is
    the trace, and its `diverged_at` names the pass.

    Args:
        problem: what to train.
        every: which passes are kept.
        also: the numbers of further passes to keep; those beyond the last are left out.
        progress: called with the number of updates made, now and then.
        memory: bytes that the history may take; by default three quarters of what is free.

    Raises:
        HistoryTooLargeError: the history would not fit.
        DeriveError: `every` is less than 1.
    """
    if every < 1:
        raise DeriveError(f"every: a whole number of at least 1 expected, not {every}")
    last = problem.iterations
    after = problem.hidden_deltas == "after-update"
    arrays = 1 + len(optimizer_of(problem.optimizer).state) + after
    _fits((last // every + 2) * problem.scalars() * arrays * 8, every, memory)
    more = [k for k in also if k <= last]
    iterations = np.union1d(np.arange(0, last + 1, every), [last, *more]).astype(int)
    count = len(iterations)
    tape = Tape()
    trainer = Trainer(problem, Floating(), tape)
    kept = _Kept(trainer, count, following=after)
    diverged = None
    with np.errstate(all="ignore"):
        kept.keep(0)
        if last or after:
            trainer.update()
            kept.keep_following(0)
        updates = tape.needed([kept.parameters, *kept.state.values()])
        diverged = _replay(trainer, updates, kept, iterations, progress)
        if after and last and diverged is None:
            _step(trainer, updates)
            kept.keep_following(count - 1)
    rows = count if diverged is None else int(np.searchsorted(iterations, diverged))
    return Trace(
        problem,
        iterations[:rows],
        kept.history[:rows],
        {name: state[:rows] for name, state in kept.states.items()},
        None if kept.following is None else kept.following[:rows],
        diverged,
    )


def _fits(needed: int, every: int, memory: int | None) -> None:
    allowed = available_memory() * 3 // 4 if memory is None else memory
    if needed > allowed:
        factor = -(-needed // max(allowed, 1)) * every
        raise HistoryTooLargeError(
            f"the trace would take {needed / 1e9:.1f} GB and {allowed / 1e9:.1f} GB are free; "
            f"keep fewer passes with --every {factor}, or ask for fewer iterations"
        )


def _step(trainer: Trainer, updates: list[Callable[[], Any]]) -> None:
    """One update, replayed."""
    trainer.turn()
    trainer.updates += 1
    for call in updates:
        call()


def _replay(
    trainer: Trainer,
    updates: list[Callable[[], Any]],
    kept: _Kept,
    iterations: Array,
    progress: Callable[[int], None] | None,
) -> int | None:
    """Passes 1 to the last, the first of which is there; the pass that is not finite, if one is."""
    last, every_pass = int(iterations[-1]), len(iterations) > iterations[-1]
    plain = not trainer.one_by_one and kept.following is None and not kept.states and every_pass
    history, parameters, row = kept.history, kept.parameters, 0
    zeros = np.zeros(parameters.size)
    marks = [] if plain else iterations.tolist()
    for start in range(1, last + 1, SPAN):
        stop = min(start + SPAN, last + 1)
        if progress is not None:
            progress(start - 1)
        if plain:
            for row in range(start, stop):
                history[row] = parameters
                if row < last:
                    for call in updates:
                        call()
            if not np.isfinite(history[start:stop]).all():
                return start + int(np.argmin(np.isfinite(history[start:stop]).all(axis=1)))
            continue
        for k in range(start, stop):
            if parameters.dot(zeros) != 0:
                return k
            here = k == marks[row + 1]
            if here:
                row += 1
                kept.keep(row)
            if k < last:
                _step(trainer, updates)
                if here:
                    kept.keep_following(row)
    if progress is not None:
        progress(last)
    return None
