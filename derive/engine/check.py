"""The gradients against an independent judge: the complex step.

Im E(w + ih) / h is the derivative to float64's full precision for a small h, with no difference
taken (Squire and Trapp, SIAM Review 40, 1998). It runs the graph forwards alone, so no backward
rule takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.engine.arithmetic import Floating
from derive.engine.training import Trainer
from derive.problem.fields import Problem

STEP = 1e-30


@dataclass(frozen=True)
class GradientCheck:
    """What the comparison of all gradients found.

    Attributes:
        count: how many gradients were compared.
        largest: the largest difference |g - c|, relative to the largest |c| of all.
        name: the parameter where it was found.
        index: and its index.
    """

    count: int
    largest: float
    name: str
    index: tuple[int, ...]


def complex_step(problem: Problem) -> dict[str, Any]:
    """Every ∂E/∂parameter at the start, by a complex step each."""
    trainer = Trainer(problem, Floating())
    trainer.parameters = trainer.parameters.astype(complex)
    trainer.views = trainer.layout.views(trainer.parameters)
    trainer.turn()
    found = np.empty(trainer.layout.size)
    with np.errstate(all="ignore"):
        for n in range(trainer.layout.size):
            trainer.parameters[n] += 1j * STEP
            values: dict[str, Any] = {**trainer.leaves, **trainer.views}
            trainer.network.graph.forward(values)
            found[n] = np.imag(values["loss"]) / STEP
            trainer.parameters[n] = trainer.parameters[n].real
    return trainer.layout.views(found)


def check_gradients(problem: Problem) -> GradientCheck:
    """The rules' gradients at the start compared with complex steps, one for each parameter."""
    trainer = Trainer(problem, Floating())
    with np.errstate(all="ignore"):
        if problem.hidden_deltas == "after-update":
            _, gradients = trainer.update()
        else:
            trainer.turn()
            _, gradients = trainer.run()
        steps = complex_step(problem)
        scale = max(float(np.max(np.abs(step))) for step in steps.values()) or 1.0
        worst: tuple[float, str, tuple[int, ...]] = (-1.0, "", ())
        for name, step in steps.items():
            relative = np.abs(np.asarray(gradients[name]) - step) / scale
            at = np.unravel_index(int(np.argmax(relative)), relative.shape)
            worst = max(worst, (float(relative[at]), name, tuple(int(i) for i in at)))
    return GradientCheck(trainer.layout.size, *worst)
