"""The operations of a network, each with its rules side by side.

All take arrays of (…, samples, neurons); the axes in front are the passes of a trace, or none.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from derive.engine.activations import Activation
from derive.engine.graph import Read
from derive.engine.losses import Loss
from derive.engine.pairs import Pair
from derive.formula import (
    ArrayArithmetic,
    Expression,
    Negative,
    Sum,
    Symbol,
    compiled,
    rebuilt,
    symbols,
)


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


def _scaled(gradient: Any, slope: Any) -> Any:
    """The product, without the work where the gradient is the number 1."""
    if not isinstance(gradient, np.ndarray) and gradient == 1:
        return slope
    return np.multiply(gradient, slope)


class LossTerms:
    """One term for each output of each sample, from out and target."""

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.outputs = outputs
        self.function = compiled(loss.stable_formula, arithmetic)
        self.derivative = compiled(loss.guarded_slope, arithmetic)
        self.constant = {"o", "t"}.isdisjoint(symbols(loss.guarded_slope))

    def forward(self, out: Any, target: Any, *_net: Any) -> Any:
        """The terms."""
        return self.function({"o": out, "t": target, "n": self.outputs}) + np.zeros_like(out)

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """∂E/∂out."""
        if which:
            return None
        out = read(0)
        slope = self.derivative({"o": out, "t": read(1), "n": self.outputs})
        return _scaled(gradient, slope + np.zeros_like(out) if self.constant else slope)

    def slope(self, gradient: Any, out: Any, target: Any, _net: Any) -> Any:
        """∂E/∂out where the error goes straight to net; infinite beyond the arithmetic's range."""
        return _scaled(gradient, self.derivative({"o": out, "t": target, "n": self.outputs}))


class PairedLossTerms(LossTerms):
    """The terms and their slope from net, where a saturated out would lose them.

    Inputs are out, target and net; the error goes to out, or straight to net.
    """

    def __init__(self, pair: Pair, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.outputs = outputs
        self.function = compiled(pair.term, arithmetic)
        self.derivative = compiled(pair.slope, arithmetic)
        self.delta = None if pair.delta is None else compiled(pair.delta, arithmetic)

    def _of(self, function: Any, out: Any, target: Any, net: Any) -> Any:
        found = function({"x": net, "o": out, "t": target, "n": self.outputs})
        # A formula without net has the target's shape, or none.
        return found if np.shape(found) == net.shape else found + np.zeros_like(net)

    def forward(self, out: Any, target: Any, *rest: Any) -> Any:
        """The terms."""
        return self._of(self.function, out, target, rest[0])

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """∂E/∂out, or nothing to out and δ to net."""
        if which != (0 if self.delta is None else 2):
            return None
        function = self.delta or self.derivative
        return _scaled(gradient, self._of(function, read(0), read(1), read(2)))

    def slope(self, gradient: Any, out: Any, target: Any, net: Any) -> Any:
        """∂E/∂out where the error goes straight to net; infinite beyond the arithmetic's range."""
        return _scaled(gradient, self._of(self.derivative, out, target, net))


class SoftmaxLossTerms(LossTerms):
    """The terms after softmax, in which 1 − out is the sum of the other outputs.

    out − t is (1 − t) out − t (1 − out), which has all figures where out nears a target of 1.
    """

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        super().__init__(loss, outputs, arithmetic)
        self.by_gap = [
            compiled(_by_gap(part), arithmetic) for part in (loss.formula, loss.guarded_slope)
        ]

    def _values(self, out: Any, target: Any) -> dict[str, Any]:
        gap = (1 - target) * out - target * others(out)
        return {"o": out, "t": target, "n": self.outputs, "gap": gap}

    def forward(self, out: Any, target: Any, *_net: Any) -> Any:
        """The terms."""
        return self.by_gap[0](self._values(out, target)) + np.zeros_like(out)

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """∂E/∂out."""
        if which:
            return None
        slope = self.by_gap[1](self._values(read(0), read(1)))
        return _scaled(gradient, slope + np.zeros_like(read(0)) if self.constant else slope)


class SoftmaxCrossEntropy(LossTerms):
    """Cross-entropy after softmax, straight from net: δ = out ∑t − t."""

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        super().__init__(loss, outputs, arithmetic)
        self.call, self.where = arithmetic.call, arithmetic.where
        self.half = arithmetic.constant(Fraction(1, 2))

    def forward(self, out: Any, target: Any, *rest: Any) -> Any:
        """The terms, finite for any net: t (ln ∑ e^net − net)."""
        net = rest[0]
        if net.dtype == object:
            # Near 1 the logarithm is taken of what the other outputs leave.
            left = self.call("min", others(out), self.half)
            near = target * self.call("log1p", -left)
            return -self.where(out, ">", self.half, near, self.call("xlny", target, out))
        shifted = net - np.real(net).max(axis=-1, keepdims=True)
        smaller = np.real(shifted) < 0
        # The largest is e^0 = 1, and ln(1 + what is left) keeps what is far below 1.
        apart = np.where(smaller, self.call("exp", shifted), self.call("expm1", shifted))
        equals = np.where(smaller, 0.0, 1.0).sum(axis=-1, keepdims=True) - 1.0
        left = apart.sum(axis=-1, keepdims=True) + equals
        return target * (self.call("log1p", left) - shifted)

    def backward(self, which: int, gradient: Any, _value: Any, read: Read) -> Any:
        """Nothing to out; δ to net, out_i ∑_j≠i t_j − t_i (1 − out_i)."""
        if which < 2:
            return None
        out, target = read(0), read(1)
        if out.dtype == object:
            return _scaled(gradient, out * target.sum(axis=-1, keepdims=True) - target)
        return _scaled(gradient, out * others(target) - target * others(out))


def _by_gap(node: Expression) -> Expression:
    """A formula with the name `gap` for out − t."""
    if isinstance(node, Sum) and len(node.terms) == 2:
        output, target = Symbol("o"), Symbol("t")
        if set(node.terms) == {output, Negative(target)}:
            return Symbol("gap")
        if set(node.terms) == {target, Negative(output)}:
            return Negative(Symbol("gap"))
    return rebuilt(node, _by_gap)


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
