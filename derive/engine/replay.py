"""A training in ball arithmetic from a problem's start, pass by pass.

Between two passes that are wanted many updates run as a recorded program.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from flint import fmpq

from derive.engine.balls import Balls, ball, settled
from derive.engine.graph import Run
from derive.engine.program import Program, Wires
from derive.engine.trace import Trace
from derive.engine.training import Trainer
from derive.engine.twins import Twin
from derive.problem.fields import Problem
from derive.reference import Ref

LONG = 8
"""A run of more updates than this is made by a recorded program."""
MOST_STEPS = 50_000
"""A program of more steps would take longer to record, and memory to hold, than it saves."""


class Pass:
    """Every quantity at one state of the parameters, enclosed.

    Attributes:
        iteration: updates made before.
        exact: whether the state was reached in this arithmetic, or taken over from float64.
    """

    def __init__(self, iteration: int, quantities: Mapping[str, Any], *, exact: bool) -> None:
        self.iteration = iteration
        self.quantities = quantities
        self.exact = exact

    def value(self, ref: Ref) -> Any:
        """The scalar that `ref` names, a rational or a ball.

        Raises:
            KeyError: no such quantity.
        """
        found = self.quantities[ref.name]
        if ref.sample is not None:
            found = found[ref.sample if len(found) > 1 else 0]
        if not isinstance(found, np.ndarray):
            return found
        return found[ref.index] if ref.index else found.reshape(-1)[0]


@dataclass
class _State:
    """Parameters and an optimizer's state after some updates, flat."""

    updates: int
    parameters: Any
    state: Mapping[str, Any]


class Replay:
    """A training in ball arithmetic from the problem's start."""

    def __init__(self, problem: Problem, *, twins: bool) -> None:
        self.problem = problem
        self.arithmetic = Balls(twins=twins)
        self.trainer = Trainer(problem, self.arithmetic)
        self._program: _Program | None = None

    def passes(self, wanted: Collection[int]) -> Iterator[Pass]:
        """The passes after these numbers of updates, ascending.

        Raises:
            UndecidedError: an update of one of them cannot be made at this precision.
        """
        for k in wanted:
            self._go_to(k)
            yield next_pass(self.trainer, exact=True)

    def _go_to(self, updates: int) -> None:
        trainer = self.trainer
        if updates - trainer.updates > LONG and self._recorded():
            state = _State(trainer.updates, trainer.parameters.copy(), dict(trainer.state))
            found = self._recorded().run(state, updates)
            trainer.start_from(updates, found.parameters, found.state)
        while trainer.updates < updates:
            trainer.update()
            _settle(trainer)

    def _recorded(self) -> Any:
        """The program of an update; None where it would be too long."""
        if self._program is None:
            problem = self.problem
            samples = 1 if problem.samples == "one-by-one" else len(problem.inputs)
            steps = 6 * samples * sum(a * b for a, b in pairwise(problem.layers))
            if steps > MOST_STEPS:
                return None
            self._program = _Program(self.trainer, self.arithmetic)
        return self._program


class _Program:
    """A recorded update of a trainer, and what goes into and comes out of its registers."""

    def __init__(self, trainer: Trainer, arithmetic: Balls) -> None:
        self.trainer = trainer
        self.arithmetic = arithmetic
        program = Program()
        wires = Trainer(trainer.problem, Wires(program, arithmetic))
        self.parameters = [wire.register for wire in wires.parameters]
        self.state = {name: [w.register for w in state] for name, state in wires.state.items()}
        self.count = wires.numbers["k"].item().register
        self.data = {
            name: [wire.register for wire in leaf.flat] for name, leaf in wires.leaves.items()
        }
        wires.update()
        results = [*wires.parameters, *(w for state in wires.state.values() for w in state)]
        program.keep(results)
        self.results = [wire.register for wire in results]
        self.program = program

    def run(self, start: _State, updates: int) -> _State:
        """The state after so many updates in all."""
        places = [*self.parameters, *(r for state in self.state.values() for r in state)]
        values = [*start.parameters, *(x for state in start.state.values() for x in state)]
        trained = range(self.trainer.layout.trained)
        while start.updates < updates and any(isinstance(values[n], fmpq) for n in trained):
            # Rationals stay what they are for as long as they do; what they meet, too.
            values = self._run(places, values, start.updates, start.updates + 1, _as_it_is)
            start.updates += 1
        # Balls compute faster among themselves.
        values = self._run(places, values, start.updates, updates, _as_ball)
        size = len(self.parameters)
        states = {
            name: np.array(values[size * (n + 1) : size * (n + 2)], dtype=object)
            for n, name in enumerate(self.state)
        }
        return _State(updates, np.array(values[:size], dtype=object), states)

    def _run(
        self, places: Sequence[int], values: list[Any], k: int, last: int, kind: Callable[..., Any]
    ) -> list[Any]:
        trainer = self.trainer
        number = self.arithmetic.number
        registers: list[Any] = [None] * self.program.size
        for register, value in self.program.constants.items():
            registers[register] = kind(number(value))
        samples = [self._data(sample, kind) for sample in range(len(trainer.inputs))]
        self._load(registers, samples[0])
        # Untrained parameters are left alone, so that a pass finds them as they were given.
        fixed = {n for n, (r, s) in enumerate(zip(places, self.results, strict=True)) if r == s}
        kept = list(values)
        values = [kind(value) for value in values]
        steps = [(function, result, *_two(used)) for function, used, result in self.program.steps]
        for update in range(k, last):
            registers[self.count] = number(update)
            if trainer.one_by_one:
                self._load(registers, samples[update % len(samples)])
            for register, value in zip(places, values, strict=True):
                registers[register] = value
            for function, result, a, b, more in steps:
                if b is None:
                    registers[result] = function(registers[a])
                elif more is None:
                    registers[result] = function(registers[a], registers[b])
                else:
                    registers[result] = function(*[registers[r] for r in more])
            values = [registers[r] for r in self.results]
            if self.arithmetic.twins:
                # Of these the rational ones are not yet balls.
                values = [settled(value) for value in values]
        return [kept[n] if n in fixed else settled(value) for n, value in enumerate(values)]

    def _data(self, sample: int, kind: Callable[..., Any]) -> list[tuple[int, Any]]:
        """The registers of the data with what they hold: one sample's, or all at once."""
        trainer, found = self.trainer, []
        for name, places in self.data.items():
            data = trainer.inputs if name == "out0" else trainer.targets
            used = data[sample] if trainer.one_by_one else data
            found += list(zip(places, map(kind, used.flat), strict=True))
        return found

    @staticmethod
    def _load(registers: list[Any], data: Sequence[tuple[int, Any]]) -> None:
        for register, value in data:
            registers[register] = value


def _as_it_is(value: Any) -> Any:
    return value


def _as_ball(value: Any) -> Any:
    return value if isinstance(value, Twin) else ball(value)


def _two(used: tuple[int, ...]) -> tuple[int, int | None, tuple[int, ...] | None]:
    """The first two registers of a step, and all of them where there are more."""
    if len(used) > 2:
        return used[0], used[1], used
    return used[0], used[1] if len(used) == 2 else None, None


def _settle(trainer: Trainer) -> None:
    """Rationals that grew too tall as balls."""
    for values in (trainer.parameters, *trainer.state.values()):
        values[:] = [settled(value) for value in values]


def resumed(trace: Trace, iteration: int, *, twins: bool) -> Trainer:
    """A trainer after so many updates, from the float64 parameters of the nearest pass before."""
    trainer = Trainer(trace.problem, Balls(twins=twins))
    row = int(np.searchsorted(trace.iterations, iteration, side="right")) - 1
    array = trainer.network.arithmetic.array
    states = {name: array(state[row]) for name, state in trace.states.items()}
    trainer.start_from(int(trace.iterations[row]), array(trace.history[row]), states)
    while trainer.updates < iteration:
        trainer.update()
        _settle(trainer)
    return trainer


def next_pass(trainer: Trainer, *, exact: bool) -> Pass:
    """The pass that a trainer is at, which it leaves by the update."""
    iteration, before = trainer.updates, _state(trainer)
    run = trainer.update()
    _settle(trainer)
    return _pass(trainer, iteration, before, run, exact=exact)


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
    quantities["target"] = run.value("target").copy()
    return Pass(iteration, quantities, exact=exact)
