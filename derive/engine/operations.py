"""The operations of a network, each with its rules side by side.

All take arrays of (…, samples, neurons); the axes in front are the passes of a trace, or none.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from derive.engine.activations import Activation
from derive.engine.graph import Read
from derive.engine.losses import Loss
from derive.formula import ArrayArithmetic, Expression, compiled, symbols


def transposed(matrix: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(matrix, -1, -2)


FEW = 4
"""Up to as many numbers are added one after the other: NumPy's sum of thousands of such small
sets takes ten times as long."""


def over_samples(array: Any) -> Any:
    """The sum over the samples."""
    samples = array.shape[-2]
    if samples > FEW:
        return array.sum(axis=-2)
    return reduce(np.add, [array[..., sample, :] for sample in range(samples)])


def over_all(array: Any) -> Any:
    """The sum over samples and neurons."""
    samples, neurons = array.shape[-2:]
    if samples * neurons > FEW:
        return array.sum(axis=(-2, -1))
    return reduce(np.add, [array[..., s, n] for s in range(samples) for n in range(neurons)])


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


class Activate:
    """out = f(net), element by element; besides net its rules read the slope."""

    def __init__(self, activation: Activation, arithmetic: ArrayArithmetic) -> None:
        self.function = compiled(activation.stable_formula, arithmetic)
        self.constant = not any(symbols(activation.stable_formula))

    def forward(self, net: Any) -> Any:
        """f(net)."""
        out = self.function({"x": net})
        return out + np.zeros_like(net) if self.constant else out

    @staticmethod
    def backward(_which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """δ = ∂E/∂out · f′(net)."""
        return gradient * read(1)


class Slope:
    """∂out/∂net of net and out, shaped as they are; nothing flows back through it."""

    def __init__(self, activation: Activation, arithmetic: ArrayArithmetic) -> None:
        self.derivative = compiled(activation.stable_slope, arithmetic)
        self.constant = not any(symbols(activation.stable_slope))

    def forward(self, net: Any, out: Any) -> Any:
        """f′(net)."""
        slope = self.derivative({"x": net, "out": out})
        return slope + np.zeros_like(net) if self.constant else slope

    def backward(self, *_: Any) -> None:
        """None: the slope is not part of the error."""


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
    def backward(_which: int, gradient: Any, value: Any, _read: Read) -> Any:
        """δ_j = out_j (∂E/∂out_j − ∑ ∂E/∂out_i out_i)."""
        return value * (gradient - (gradient * value).sum(axis=-1, keepdims=True))


class Jacobian:
    """Softmax's slope [s][i][j] = ∂out_i/∂net_j = out_i ([i = j] − out_j), of net and out."""

    @staticmethod
    def forward(_net: Any, out: Any) -> Any:
        """The matrices."""
        size = out.shape[-1]
        diagonal = (
            np.eye(size, dtype=int).astype(out.dtype) if out.dtype == object else np.eye(size)
        )
        return out[..., :, None] * (diagonal - out[..., None, :])

    def backward(self, *_: Any) -> None:
        """None: the slope is not part of the error."""


def _scaled(gradient: Any, slope: Any) -> Any:
    """The product, without the work where the gradient is the number 1."""
    if not isinstance(gradient, np.ndarray) and gradient == 1:
        return slope
    return np.multiply(gradient, slope)


class LossTerms:
    """One term for each output of each sample, from out and target."""

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.outputs = outputs
        self.function = compiled(loss.formula, arithmetic)
        self.derivative = compiled(loss.stable_slope, arithmetic)
        self.constant = {"o", "t"}.isdisjoint(symbols(loss.stable_slope))

    def forward(self, out: Any, target: Any) -> Any:
        """The terms."""
        return self.function({"o": out, "t": target, "n": self.outputs}) + np.zeros_like(out)

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """∂E/∂out."""
        if which:
            return None
        out = read(0)
        slope = self.derivative({"o": out, "t": read(1), "n": self.outputs})
        return _scaled(gradient, slope + np.zeros_like(out) if self.constant else slope)


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

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """Nothing to out; δ to net."""
        if which < 2:
            return None
        out, target = read(0), read(1)
        if self.stable is None:
            out = out * target.sum(axis=-1, keepdims=True)
        return _scaled(gradient, out - target)

    def slope(self, gradient: Any, out: Any, target: Any, net: Any) -> Any:
        """∂E/∂out as the loss has it; infinite where that is beyond the arithmetic's range."""
        if self.stable_slope is not None:
            return _scaled(gradient, self.stable_slope({"x": net, "t": target}))
        return _scaled(gradient, self.derivative({"o": out, "t": target, "n": self.outputs}))


class Total:
    """E: the terms summed over outputs and summed or averaged over samples, and the penalty.

    Inputs are the terms and every weight; `l2` is λ, and `mean` divides by the samples.
    """

    def __init__(self, l2: Any, *, mean: bool) -> None:
        self.l2 = l2
        self.mean = mean

    def forward(self, terms: Any, *weights: Any) -> Any:
        """The loss."""
        loss = over_all(terms)
        if self.l2:
            loss = loss + self.l2 * sum((w * w).sum(axis=(-2, -1)) for w in weights) / 2
        return loss / terms.shape[-2] if self.mean else loss

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """1 or 1/n, one number for all terms; λw or λw/n to every weight."""
        share = gradient / read(0).shape[-2] if self.mean else gradient
        if which == 0:
            return share
        return np.multiply(self.l2 * share, read(which)) if self.l2 else None
