"""Training with nothing lost: the parameters of every pass are kept, the rest is read from them.

A pass is a state of the parameters; pass k has been updated k times. What a trace does not hold
it recomputes for many passes at once by a run of the same graph on the same numbers, so that what
is read is bit for bit what training used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.arithmetic import Floating
from derive.engine.graph import Run
from derive.engine.layout import Layout
from derive.engine.networks.mlp import Network, count_of_neurons
from derive.problem.fields import Array, Problem

BLOCK_NUMBERS = 1 << 17
"""About how many numbers a block of passes has: a megabyte."""
LEAST, MOST_NUMBERS = 64, 1 << 21
"""How many passes it has at least, as long as they have no more numbers than that."""


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

    def passes(self, rows: slice) -> Passes:
        """Every quantity of the kept passes in `rows`."""
        return Passes(self, rows)

    def blocks(self) -> Iterator[Passes]:
        """All kept passes in order, so many at a time that their values stay in the cache."""
        for start in range(0, len(self), self._block):
            yield self.passes(slice(start, min(start + self._block, len(self))))

    def __getitem__(self, name: str) -> Any:
        """One quantity of every kept pass by its name in the trace export.

        Raises:
            KeyError: no such quantity.
        """
        if name in self.layout.slices:
            return self.layout.views(self.history)[name]
        whole = None
        for block in self.blocks():
            part = block[name]
            if len(part) == len(self):
                return part
            if whole is None:
                whole = np.empty((len(self), *part.shape[1:]))
            whole[block.rows] = part
        return whole

    @cached_property
    def network(self) -> Network:
        """The graph that was trained."""
        return Network(self.problem, Floating())

    @cached_property
    def layout(self) -> Layout:
        """Where each parameter lies in a row of the history."""
        return Layout(self.problem)

    @property
    def _block(self) -> int:
        samples = 1 if self.problem.samples == "one-by-one" else len(self.problem.inputs)
        numbers = self.layout.size + 5 * samples * count_of_neurons(self.problem)
        return max(1, BLOCK_NUMBERS // numbers, min(LEAST, MOST_NUMBERS // numbers))


class Passes(Mapping[str, Any]):
    """Every quantity of some kept passes by its name in the trace export, the pass as first axis.

    Each is computed when it is first asked for, with what it depends on and nothing else.

    Attributes:
        rows: which of the kept passes.
    """

    def __init__(self, trace: Trace, rows: slice) -> None:
        self.trace = trace
        self.rows = rows
        problem, layout, history = trace.problem, trace.layout, trace.history[rows]
        self.leaves = layout.views(history)
        if problem.samples == "one-by-one":
            sample = trace.iterations[rows].astype(int) % len(problem.inputs)
            self.leaves["out0"] = problem.inputs[sample][:, None, :]
            self.leaves["target"] = problem.targets[sample][:, None, :]
        else:
            inputs, targets = problem.inputs, problem.targets
            self.leaves["out0"] = np.broadcast_to(inputs, (len(history), *inputs.shape))
            # Taken number by number, which is faster where they lie one after the other.
            self.leaves["target"] = np.tile(targets, (len(history), 1, 1))
        self.run = Run(trace.network.graph, self.leaves, {"loss": 1.0})
        if trace.following is not None:
            self._go_back_through(layout.views(trace.following[rows]))
        for name, states in trace.states.items():
            for parameter, view in layout.views(states[rows]).items():
                self.leaves[f"{name}{parameter}"] = view

    def _go_back_through(self, updated: Mapping[str, Any]) -> None:
        """The gradients, each parameter read as it was updated once it has its own."""
        with np.errstate(all="ignore"):
            self.run.value("loss")
            for name in self.trace.network.backwards:
                self.run.gradient(name)
                self.run.values[name] = updated[name]

    def __getitem__(self, name: str) -> Any:
        if name in self.leaves:
            return self.leaves[name]
        with np.errstate(all="ignore"):
            return self.trace.network.quantity(name, self.run)

    def __iter__(self) -> Iterator[str]:
        yield from self.trace.network.names
        yield from self.leaves

    def __len__(self) -> int:
        return len(self.trace.network.names) + len(self.leaves)
