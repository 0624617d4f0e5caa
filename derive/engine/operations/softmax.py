"""Softmax, and its slope."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.graph import Read
from derive.equations import Equation, equation
from derive.formula import ArrayArithmetic


class Softmax:
    """out_j = e^net_j / ∑ e^net, the largest net taken off first so that nothing overflows."""

    operands = ("net",)

    def __init__(self, arithmetic: ArrayArithmetic) -> None:
        self.call = arithmetic.call

    @cached_property
    def equation(self) -> Equation:
        """The shares, and their slopes as the textbook writes them."""
        return equation(
            "out[s, i] = exp(net[s, i]) / sum(j, exp(net[s, j]))",
            slopes={"net[s, j]": "out[s, i] * ([i = j] - out[s, j])"},
        )

    def forward(self, net: Any) -> Any:
        """Shares that add up to 1 in each sample."""
        largest = np.real(net).max(axis=-1, keepdims=True) if net.dtype != object else 0
        powers = self.call("exp", net - largest)
        return powers / powers.sum(axis=-1, keepdims=True)

    @staticmethod
    def backward(_which: int, gradient: Any, value: Any, _read: Read) -> Any:
        """δ_j = out_j (∂E/∂out_j − ∑ ∂E/∂out_i out_i).

        What all ∂E/∂out have in common does not count. That of the largest output is taken off:
        nearly all of the sum is it where an output is nearly 1.
        """
        if value.dtype != object:
            real = np.real(value)
            largest = np.equal(real, real.max(axis=-1, keepdims=True))
            count = largest.sum(axis=-1, keepdims=True)
            common = np.where(largest, gradient, 0.0).sum(axis=-1, keepdims=True) / count
            gradient = gradient - common
        return value * (gradient - (gradient * value).sum(axis=-1, keepdims=True))


def others(out: Any) -> Any:
    """1 − out of softmax as the sum of the other outputs, which does not cancel."""
    size = out.shape[-1]
    kind = object if out.dtype == object else float
    return np.matmul(out, 1 - np.eye(size, dtype=int).astype(kind))


class Jacobian:
    """Softmax's slope [s][i][j] = ∂out_i/∂net_j = out_i ([i = j] − out_j), of net and out."""

    operands = ("net", "out")

    @cached_property
    def equation(self) -> Equation:
        """All slopes of each sample."""
        return equation("slope[s, i, j] = out[s, i] * ([i = j] - out[s, j])")

    @staticmethod
    def forward(_net: Any, out: Any) -> Any:
        """The matrices."""
        size = out.shape[-1]
        if out.dtype == object:
            diagonal = np.eye(size, dtype=int).astype(out.dtype)
            return out[..., :, None] * (diagonal - out[..., None, :])
        factors = np.where(np.eye(size) > 0, others(out)[..., None, :], -out[..., None, :])
        return out[..., :, None] * factors

    def backward(self, *_: Any) -> None:
        """None: the slope is not part of the error."""
