"""An activation element by element, and its slope."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.activations import Activation
from derive.engine.graph import Read
from derive.equations import Equation, equation
from derive.formula import ArrayArithmetic, compiled, symbols


class Activate:
    """out = f(net), element by element; besides net its rules read the slope."""

    operands = ("net",)

    def __init__(self, activation: Activation, arithmetic: ArrayArithmetic) -> None:
        self.activation = activation
        self.function = compiled(activation.stable_formula, arithmetic)
        self.constant = not any(symbols(activation.stable_formula))

    @cached_property
    def equation(self) -> Equation:
        """The activation of each element, and its slope as the textbook writes it."""
        definitions = {
            "f": (("x",), self.activation.formula),
            "slope": (("x", "out"), self.activation.slope),
        }
        slopes = {"net[s, i]": "slope(net[s, i], out[s, i])"}
        return equation("out[s, i] = f(net[s, i])", definitions, slopes)

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

    operands = ("net", "out")

    def __init__(self, activation: Activation, arithmetic: ArrayArithmetic) -> None:
        self.activation = activation
        self.derivative = compiled(activation.stable_slope, arithmetic)
        self.constant = not any(symbols(activation.stable_slope))

    @cached_property
    def equation(self) -> Equation:
        """The slope of each element."""
        definitions = {"slope": (("x", "out"), self.activation.slope)}
        return equation("slope[s, i] = slope(net[s, i], out[s, i])", definitions)

    def forward(self, net: Any, out: Any) -> Any:
        """f′(net)."""
        slope = self.derivative({"x": net, "out": out})
        return slope + np.zeros_like(net) if self.constant else slope

    def backward(self, *_: Any) -> None:
        """None: the slope is not part of the error."""
