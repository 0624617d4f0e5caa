"""Weighted sums of what the layer below puts out."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.graph import Read
from derive.engine.operations.sums import over_all, over_samples, transposed
from derive.equations import Equation, equation


class Affine:
    """net = out Wᵀ + b, for inputs W, out and, where there is one, b between them.

    `bias` is `neuron`, `layer` (one number) or `none`.
    """

    def __init__(self, bias: str) -> None:
        self.bias = bias
        self.operands = ("W", "out") if bias == "none" else ("W", "b", "out")

    @cached_property
    def equation(self) -> Equation:
        """The weighted sums."""
        added = {"neuron": " + b[i]", "layer": " + b", "none": ""}[self.bias]
        return equation(f"net[s, i] = sum(j, W[i, j] * out[s, j]){added}")

    def forward(self, weights: Any, *rest: Any) -> Any:
        """Weighted sums, and the bias added."""
        net = np.matmul(rest[-1], transposed(weights))
        if self.bias == "neuron":
            net = net + np.asanyarray(rest[0])[..., None, :]
        elif self.bias == "layer":
            bias = np.asanyarray(rest[0])
            net = net + (bias[..., None, None] if bias.ndim else bias)
        return net

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """∂E/∂W = δᵀ out, ∂E/∂b = the sum of δ, ∂E/∂out = δ W."""
        last = 1 if self.bias == "none" else 2
        if which == 0:
            return np.matmul(transposed(gradient), read(last))
        if which == last:
            return np.matmul(gradient, read(0))
        if self.bias == "layer":
            return over_all(gradient)
        return over_samples(gradient)
