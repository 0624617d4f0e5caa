"""The operations of a network, each with its rules side by side.

All take arrays of (…, samples, neurons); the axes in front are the passes of a trace, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from derive.engine.activations import Activation
from derive.engine.losses import Loss
from derive.formula import ArrayArithmetic, Expression, compiled, symbols

Read = Callable[[int], Any]


def transposed(matrix: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(matrix, -1, -2)


class Affine:
    """net = out Wᵀ + b, for inputs W, out and, where there is one, b between them.

    `bias` is `neuron`, `layer` (one number) or `none`.
    """

    def __init__(self, bias: str) -> None:
        self.bias = bias

    def forward(self, weights: Any, *rest: Any) -> Any:
        """Weighted sums, and the bias added."""
        net = np.matmul(rest[-1], transposed(weights))
        if self.bias == "neuron":
            net = net + np.asanyarray(rest[0])[..., None, :]
        elif self.bias == "layer":
            net = net + np.asanyarray(rest[0])[..., None, None]
        return net

    def backward(self, gradient: Any, _value: Any, read: Read) -> Iterator[Any]:
        """∂E/∂W = δᵀ out, ∂E/∂b = the sum of δ, ∂E/∂out = δ W."""
        last = 1 if self.bias == "none" else 2
        yield np.matmul(transposed(gradient), read(last))
        if self.bias == "neuron":
            yield gradient.sum(axis=-2)
        elif self.bias == "layer":
            yield gradient.sum(axis=(-2, -1))
        yield np.matmul(gradient, read(0))


class Activate:
    """out = f(net), element by element."""

    def __init__(self, activation: Activation, arithmetic: ArrayArithmetic) -> None:
        self.function = compiled(activation.stable_formula, arithmetic)
        self.derivative = compiled(activation.stable_slope, arithmetic)
        self.constant = not any(symbols(activation.stable_formula))

    def forward(self, net: Any) -> Any:
        """f(net)."""
        out = self.function({"x": net})
        return out + np.zeros_like(net) if self.constant else out

    def local(self, net: Any, out: Any) -> Any:
        """∂out/∂net, shaped as net."""
        return self.derivative({"x": net, "out": out}) + np.zeros_like(net)

    def backward(self, gradient: Any, value: Any, read: Read) -> Iterator[Any]:
        """δ = ∂E/∂out · f′(net)."""
        yield gradient * self.derivative({"x": read(0), "out": value})


class Softmax:
    """out_j = e^net_j / ∑ e^net, the largest net taken off first so that nothing overflows."""

    def __init__(self, arithmetic: ArrayArithmetic) -> None:
        self.call = arithmetic.call

    def forward(self, net: Any) -> Any:
        """Shares that add up to 1 in each sample."""
        largest = np.real(net).max(axis=-1, keepdims=True) if net.dtype != object else 0
        powers = self.call("exp", net - largest)
        return powers / powers.sum(axis=-1, keepdims=True)

    @staticmethod
    def local(_net: Any, out: Any) -> Any:
        """The Jacobian [s][i][j] = ∂out_i/∂net_j = out_i ([i = j] − out_j)."""
        size = out.shape[-1]
        diagonal = (
            np.eye(size, dtype=int).astype(out.dtype) if out.dtype == object else np.eye(size)
        )
        return out[..., :, None] * (diagonal - out[..., None, :])

    @staticmethod
    def backward(gradient: Any, value: Any, _read: Read) -> Iterator[Any]:
        """δ_j = out_j (∂E/∂out_j − ∑ ∂E/∂out_i out_i)."""
        yield value * (gradient - (gradient * value).sum(axis=-1, keepdims=True))


class LossTerms:
    """One term for each output of each sample, from out and target."""

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.outputs = outputs
        self.function = compiled(loss.formula, arithmetic)
        self.derivative = compiled(loss.stable_slope, arithmetic)

    def forward(self, out: Any, target: Any) -> Any:
        """The terms."""
        return self.function({"o": out, "t": target, "n": self.outputs}) + np.zeros_like(out)

    def backward(self, gradient: Any, _value: Any, read: Read) -> Iterator[Any]:
        """∂E/∂out."""
        yield gradient * self.derivative({"o": read(0), "t": read(1), "n": self.outputs})


class FusedLossTerms(LossTerms):
    """The terms and their slope straight from net, where a saturated out would lose them.

    Sigmoid with binary cross-entropy, and softmax with cross-entropy: δ = out ∑t − t, where for
    the sigmoid ∑t counts as 1. Inputs are out, target and net.
    """

    def __init__(
        self,
        loss: Loss,
        outputs: int,
        arithmetic: ArrayArithmetic,
        stable: tuple[Expression, Expression] | None,
    ) -> None:
        super().__init__(loss, outputs, arithmetic)
        self.stable = None if stable is None else compiled(stable[0], arithmetic)
        self.stable_slope = None if stable is None else compiled(stable[1], arithmetic)
        self.call = arithmetic.call

    def forward(self, out: Any, target: Any, *rest: Any) -> Any:
        """The terms, finite for any net."""
        net = rest[0]
        if self.stable is not None:
            return self.stable({"x": net, "t": target})
        if net.dtype == object:
            return super().forward(out, target)
        shifted = net - np.real(net).max(axis=-1, keepdims=True)
        whole = self.call("ln", self.call("exp", shifted).sum(axis=-1, keepdims=True))
        return target * (whole - shifted)

    def backward(self, gradient: Any, _value: Any, read: Read) -> Iterator[Any]:
        """Nothing to out; δ to net."""
        out, target = read(0), read(1)
        yield None
        yield None
        share = 1 if self.stable is not None else target.sum(axis=-1, keepdims=True)
        yield gradient * (out * share - target)

    def slope(self, gradient: Any, out: Any, target: Any, net: Any) -> Any:
        """∂E/∂out as the loss has it; infinite where that is beyond the arithmetic's range."""
        if self.stable_slope is not None:
            return gradient * self.stable_slope({"x": net, "t": target})
        return gradient * self.derivative({"o": out, "t": target, "n": self.outputs})


class Total:
    """E: the terms summed over outputs and summed or averaged over samples, and the penalty.

    Inputs are the terms and every weight; `l2` is λ, and `mean` divides by the samples.
    """

    def __init__(self, l2: Any, *, mean: bool) -> None:
        self.l2 = l2
        self.mean = mean

    def forward(self, terms: Any, *weights: Any) -> Any:
        """The loss."""
        loss = terms.sum(axis=(-2, -1))
        if self.l2:
            loss = loss + self.l2 * sum((w * w).sum(axis=(-2, -1)) for w in weights) / 2
        return loss / terms.shape[-2] if self.mean else loss

    def backward(self, gradient: Any, _value: Any, read: Read) -> Iterator[Any]:
        """1 or 1/n to every term; λw or λw/n to every weight."""
        terms = read(0)
        share = gradient / terms.shape[-2] if self.mean else gradient
        yield np.zeros_like(terms) + share
        position = 1
        while True:
            yield self.l2 * share * read(position) if self.l2 else None
            position += 1
