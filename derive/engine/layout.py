"""Where each parameter lies in one flat vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.engine.networks.mlp import parameters_of
from derive.problem.fields import Problem


class Layout:
    """The flat vector of all parameters: the weights of all layers, then the biases.

    Attributes:
        slices: each parameter's place, by name.
        shapes: and its shape.
        trained: how many numbers from the front are trained; biases that are not come after.
        size: how many numbers there are.
    """

    def __init__(self, problem: Problem) -> None:
        parameters = sorted(parameters_of(problem), key=lambda one: one.role == "bias")
        self.slices: dict[str, slice] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        start = self.trained = 0
        for one in parameters:
            size = int(np.prod(one.shape, dtype=int))
            self.slices[one.name], self.shapes[one.name] = slice(start, start + size), one.shape
            start += size
            if one.trained:
                self.trained = start
        self.size = start

    def views(self, flat: Any) -> dict[str, Any]:
        """Each parameter as a view of `flat`, whose last axis is the flat one."""
        lead = flat.shape[:-1]
        return {
            name: flat[..., place].reshape(lead + self.shapes[name])
            for name, place in self.slices.items()
        }
