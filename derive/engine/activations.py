"""Activations as data: a formula, and its slope as the textbook writes it.

One formula feeds the numbers, the printed equations, the worked differentiation and the proof;
`derive.formula.stable` finds the form in which float64 keeps its figures.
Adding an activation is one entry here and its words in the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from derive.calculus import derivative
from derive.formula import Expression, Symbol, parse, stable, substitute
from derive.problem.fields import ActivationSpec


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes:
        formula: of `x`, the net input.
        slope: its derivative as the textbook writes it, of `x` or of `out`.
        stable_formula: the same function in a form that keeps its figures in float64.
        stable_slope: likewise the slope, of `x` alone.
    """

    formula: Expression
    slope: Expression

    @property
    def slope_of_net(self) -> Expression:
        """The slope of `x` alone."""
        return substitute(self.slope, lambda name: self.formula if name == "out" else Symbol(name))

    @cached_property
    def stable_formula(self) -> Expression:
        """The function as it is computed."""
        return stable(self.formula)

    @cached_property
    def stable_slope(self) -> Expression:
        """The slope as it is computed."""
        return stable(self.slope_of_net)


_TABLE: Mapping[str, tuple[str, str]] = {
    "identity": ("x", "1"),
    "sigmoid": ("1 / (1 + exp(-x))", "out * (1 - out)"),
    "tanh": ("tanh(x)", "1 - out^2"),
    "relu": ("max(0, x)", "where(x > 0, 1, 0)"),
    "leaky-relu": ("where(x > 0, x, 0.01 * x)", "where(x > 0, 1, 0.01)"),
    "elu": ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))"),
    "softplus": ("ln(1 + exp(x))", "1 / (1 + exp(-x))"),
    "silu": ("x / (1 + exp(-x))", "1 / (1 + exp(-x)) + out * (1 - 1 / (1 + exp(-x)))"),
    "gelu": (
        "x / 2 * (1 + erf(x / sqrt(2)))",
        "1 / 2 * (1 + erf(x / sqrt(2))) + x / sqrt(2 * pi) * exp(-x^2 / 2)",
    ),
}


@cache
def activation_of(spec: ActivationSpec) -> Activation:
    """The activation of a layer, from the table or from its own formula (softmax has none)."""
    if spec.formula is not None:
        formula = parse(spec.formula, {"x"})
        return Activation(formula, derivative(formula, "x"))
    formula_text, slope_text = _TABLE[str(spec.name)]
    return Activation(parse(formula_text, {"x"}), parse(slope_text, {"x", "out"}))
