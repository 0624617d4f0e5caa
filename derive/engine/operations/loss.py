"""The terms of a loss, one for each output of each sample."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.graph import Read
from derive.engine.losses import Loss
from derive.engine.operations.softmax import others
from derive.engine.pairs import Pair
from derive.equations import Equation, equation
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


def _scaled(gradient: Any, slope: Any) -> Any:
    """The product, without the work where the gradient is the number 1."""
    if not isinstance(gradient, np.ndarray) and gradient == 1:
        return slope
    return np.multiply(gradient, slope)


class LossTerms:
    """One term for each output of each sample, from out and target."""

    operands: tuple[str, ...] = ("out", "target")

    def __init__(self, loss: Loss, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.loss = loss
        self.outputs = outputs
        self.function = compiled(loss.stable_formula, arithmetic)
        self.derivative = compiled(loss.guarded_slope, arithmetic)
        self.constant = {"o", "t"}.isdisjoint(symbols(loss.guarded_slope))

    @cached_property
    def equation(self) -> Equation:
        """A term of each output, and its slope by it as the textbook writes it."""
        definitions = {
            "term": (("t", "o", "n"), self.loss.formula),
            "slope": (("t", "o", "n"), self.loss.slope),
        }
        values = "target[s, i], out[s, i], size(out, 1)"
        slopes = {"out[s, i]": f"slope({values})"}
        return equation(f"terms[s, i] = term({values})", definitions, slopes)

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

    operands = ("out", "target", "net")

    def __init__(self, loss: Loss, pair: Pair, outputs: int, arithmetic: ArrayArithmetic) -> None:
        self.loss = loss
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
    """Cross-entropy after softmax, straight from net: δ = out ∑t − t.

    The gradient that comes back to the terms is one number, the same for all.
    """

    operands = ("out", "target", "net")

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
