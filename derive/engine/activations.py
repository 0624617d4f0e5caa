"""Activations as data: a formula, and its slope as the textbook writes it.

One formula feeds the numbers, the printed equations, the worked differentiation and the proof;
`derive.formula.stable` finds the form in which float64 keeps its figures.
Adding an activation is one entry here and its words in the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property

from derive.calculus import derivative
from derive.formula import (
    Constant,
    Expression,
    Plain,
    Symbol,
    Where,
    evaluate,
    parse,
    stable,
    substitute,
)
from derive.problem.fields import ActivationSpec


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes:
        formula: of `x`, the net input.
        slope: its derivative as the textbook writes it, of `x` or of `out`.
        bridges: further forms of the derivative, which stand before `slope` for the reader's eye.
        saturates: whether outputs end at 1 or −1, so that slopes and losses are taken from what is
            left.
        has_corner: whether a function of the table has no derivative at 0, where the last case of
            its slope is used.
    """

    formula: Expression
    slope: Expression
    bridges: tuple[Expression, ...] = ()
    saturates: bool = False
    has_corner: bool = False

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


@dataclass(frozen=True)
class _Entry:
    """An activation as text; what the fields mean `Activation` says."""

    formula: str
    slope: str
    bridges: tuple[str, ...] = ()
    saturates: bool = False

    def parsed(self) -> Activation:
        slope, *bridges = (parse(text, {"x", "out"}) for text in (self.slope, *self.bridges))
        return Activation(
            parse(self.formula, {"x"}), slope, tuple(bridges), self.saturates, _has_corner(slope)
        )


def _has_corner(slope: Expression) -> bool:
    """Whether the slopes on both sides of 0 differ."""
    match slope:
        case Where(Symbol("x"), ">", Constant(Fraction(numerator=0)), yes, no):
            right, left = (evaluate(part, lambda _: 0.0, Plain()) for part in (yes, no))
            return bool(right != left)
    return False


_TABLE: Mapping[str, _Entry] = {
    "identity": _Entry("x", "1"),
    "sigmoid": _Entry(
        "1 / (1 + exp(-x))",
        "out * (1 - out)",
        bridges=("1 / (1 + exp(-x)) * (exp(-x) / (1 + exp(-x)))",),
        saturates=True,
    ),
    "tanh": _Entry("tanh(x)", "1 - out^2", saturates=True),
    "relu": _Entry("max(0, x)", "where(x > 0, 1, 0)"),
    "leaky-relu": _Entry("where(x > 0, x, 0.01 * x)", "where(x > 0, 1, 0.01)"),
    "elu": _Entry("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))"),
    "softplus": _Entry("ln(1 + exp(x))", "1 / (1 + exp(-x))"),
    "silu": _Entry("x / (1 + exp(-x))", "1 / (1 + exp(-x)) + out * (1 - 1 / (1 + exp(-x)))"),
    "gelu": _Entry(
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
    return _TABLE[str(spec.name)].parsed()


def saturates(spec: ActivationSpec) -> bool:
    """Whether a layer's outputs end at 1 or −1; those of softmax do."""
    return spec.name == "softmax" or activation_of(spec).saturates
