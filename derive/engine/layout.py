"""Where each parameter lies in one flat vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.problem.fields import Problem, parameter_shape


class Layout:
    """The flat vector of all parameters: the weights of all layers, then the biases.

    Attributes:
        slices: each parameter's place, by name.
        shapes: and its shape.
        trained: how many numbers from the front are trained; biases that are not come after.
        size: how many numbers there are.
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
