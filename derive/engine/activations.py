"""Activations as data: a formula, its slope as the textbook writes it, and stable forms.

One formula feeds the numbers, the printed equations, the worked differentiation and the proof.
Adding an activation is one entry here and its words in the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from derive.calculus import derivative
from derive.formula import Expression, parse
from derive.problem.fields import ActivationSpec


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes:
        formula: of `x`, the net input.
        slope: its derivative as the textbook writes it, of `x` or of `out`.
        stable_formula: the same function where `formula` would overflow or cancel in float64.
        stable_slope: likewise for the slope.
    """

    formula: Expression
    slope: Expression
    stable_formula: Expression
    stable_slope: Expression


@dataclass(frozen=True)
class _Entry:
    formula: str
    slope: str
    stable_formula: str = ""
    stable_slope: str = ""


_TABLE: Mapping[str, _Entry] = {
    "identity": _Entry("x", "1"),
    "sigmoid": _Entry(
        "1 / (1 + exp(-x))", "out * (1 - out)", "", "out * (1 / (1 + exp(x)))"
    ),
    # (e^x - e^-x) / (e^x + e^-x) is tanh; its slope cancels at 1 - out^2 once out is near ±1.
    "tanh": _Entry("tanh(x)", "1 - out^2", "", "1 / cosh(x)^2"),
    "relu": _Entry("max(0, x)", "where(x > 0, 1, 0)"),
    "leaky-relu": _Entry("where(x > 0, x, 0.01 * x)", "where(x > 0, 1, 0.01)"),
    "elu": _Entry(
        "where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))",
        "where(x > 0, x, expm1(where(x > 0, 0, x)))", "exp(min(x, 0))",
    ),
    "softplus": _Entry(
        "ln(1 + exp(x))", "1 / (1 + exp(-x))", "max(x, 0) + log1p(exp(-abs(x)))"
    ),
    "silu": _Entry(
        "x / (1 + exp(-x))", "1 / (1 + exp(-x)) + out * (1 - 1 / (1 + exp(-x)))", "",
        "1 / (1 + exp(-x)) + out * (1 / (1 + exp(x)))",
    ),
    "gelu": _Entry(
        "x / 2 * (1 + erf(x / sqrt(2)))",
        "1 / 2 * (1 + erf(x / sqrt(2))) + x / sqrt(2 * pi) * exp(-x^2 / 2)",
        "x / 2 * erfc(-x / sqrt(2))",
        "1 / 2 * erfc(-x / sqrt(2)) + x / sqrt(2 * pi) * exp(-x^2 / 2)",
    ),
}  # fmt: skip


@cache
def activation_of(spec: ActivationSpec) -> Activation:
    """The activation of a layer, from the table or from its own formula (softmax has none)."""
    if spec.formula is not None:
        formula = parse(spec.formula, {"x"})
        slope = derivative(formula, "x")
        return Activation(formula, slope, formula, slope)
    entry = _TABLE[str(spec.name)]
    formula, slope = parse(entry.formula, {"x"}), parse(entry.slope, {"x", "out"})
    return Activation(
        formula,
        slope,
        parse(entry.stable_formula, {"x"}) if entry.stable_formula else formula,
        parse(entry.stable_slope, {"x", "out"}) if entry.stable_slope else slope,
    )
