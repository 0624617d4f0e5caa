"""Training with nothing lost: the parameters of every pass are kept, the rest is read from them.

A pass is a state of the parameters; pass k has been updated k times. What a trace does not hold
it recomputes for all passes in one vectorised run of the same graph on the same numbers, so
that what is read is bit for bit what training used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.engine.arithmetic import Floating
from derive.engine.layout import Layout
from derive.engine.network import Network
from derive.problem.fields import Array, Problem

CHUNK_NUMBERS = 4_000_000
"""About how many numbers of one quantity are recomputed at a time."""


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
