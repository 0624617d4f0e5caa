"""The gradients against an independent judge: the complex step.

Im E(w + ih) / h is the derivative to float64's full precision for a small h, with no difference
taken (Squire and Trapp, SIAM Review 40, 1998). It runs the graph forwards alone, so no backward
rule takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.engine.arithmetic import Floating
from derive.engine.graph import Run
from derive.engine.training import Trainer
from derive.problem.fields import Problem

Indices = NDArray[np.intp]

STEP = 1e-30
MOST_CHECKED = 2000
MOST_NUMBERS = 200_000
"""About how many moved parameters are held at a time."""


@dataclass(frozen=True)
class GradientCheck:
    """What the comparison of all gradients found.

    Attributes:
        count: how many gradients were compared.
        total: of how many.
        largest: the largest difference |g - c|, relative to the largest |c| of all; infinite
            where one of them is not finite.
        name: the parameter where it was found.
        index: and its index.
    """

    count: int
    total: int
    largest: float
    name: str
    index: tuple[int, ...]


def complex_step(problem: Problem, moved: Indices | None = None) -> dict[str, Any]:
    """∂E/∂parameter at the start by a complex step each; of all, or of those `moved` (flat)."""
    trainer = Trainer(problem, Floating())
    trainer.turn()
    layout = trainer.layout
    start = np.asarray(trainer.parameters).astype(complex)
    moved = np.arange(layout.size) if moved is None else moved
    found = np.zeros(layout.size)
    step = max(1, MOST_NUMBERS // layout.size)
    with np.errstate(all="ignore"):
        for first in range(0, len(moved), step):
            some = moved[first : first + step]
            parameters = np.tile(start, (len(some), 1))
            parameters[np.arange(len(some)), some] += 1j * STEP
            run = Run(trainer.network.graph, {**trainer.leaves, **layout.views(parameters)}, {})
            found[some] = np.imag(run.value("loss")) / STEP
    return layout.views(found)


def check_gradients(problem: Problem) -> GradientCheck:
    """The rules' gradients at the start compared with complex steps, one for each parameter.

    Of a network with more than `MOST_CHECKED` parameters as many are drawn.
    """
    trainer = Trainer(problem, Floating())
    size = trainer.layout.size
    moved: Indices = np.arange(size)
    if size > MOST_CHECKED:
        moved = np.sort(np.random.default_rng(0).choice(size, MOST_CHECKED, replace=False))
    chosen = np.zeros(size, dtype=bool)
    chosen[moved] = True
    with np.errstate(all="ignore"):
        if problem.hidden_deltas == "after-update":
            run = trainer.update()
        else:
            trainer.turn()
            run = trainer.run()
        steps = complex_step(problem, moved)
        scale = max(float(np.max(np.abs(step))) for step in steps.values()) or 1.0
        worst: tuple[float, str, tuple[int, ...]] = (-1.0, "", ())
        for name, step in steps.items():
            relative = np.abs(np.asarray(run.gradient(name)) - step) / scale
            relative = np.where(np.isfinite(relative), relative, np.inf)
            relative = np.where(trainer.layout.views(chosen)[name], relative, -1.0)
            at = np.unravel_index(int(np.argmax(relative)), relative.shape)
            worst = max(worst, (float(relative[at]), name, tuple(int(i) for i in at)))
    return GradientCheck(len(moved), size, *worst)
