"""Losses as data: one output's term, and its slope as the textbook writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from derive.calculus import derivative
from derive.formula import Expression, parse, stable
from derive.problem.fields import LossSpec


@dataclass(frozen=True)
class Loss:
    """The loss of one sample, a sum of one term for each output.

    Attributes:
        formula: a term, of the target `t`, the output `o` and the number of outputs `n`.
        slope: the term's derivative by `o` as the textbook writes it.
        guarded_slope: the same, with 0 for what a target of 0 makes 0, whatever the output.
    """

    formula: Expression
    slope: Expression
    guarded_slope: Expression

    @cached_property
    def stable_formula(self) -> Expression:
        """The term as it is computed."""
        return stable(self.formula)


_NAMES = {"t", "o", "n"}
_TABLE: Mapping[str, tuple[str, str, str]] = {
    "half-squared-error": ("1 / 2 * (t - o)^2", "o - t", ""),
    "squared-error": ("(t - o)^2", "2 * (o - t)", ""),
    "mean-squared-error": ("1 / n * (t - o)^2", "2 / n * (o - t)", ""),
    "binary-cross-entropy": (
        "-(xlny(t, o) + xlny(1 - t, 1 - o))",
        "(o - t) / (o * (1 - o))",
        "xovery(1 - t, 1 - o) - xovery(t, o)",
    ),
    "cross-entropy": ("-xlny(t, o)", "-(t / o)", "-xovery(t, o)"),
}


@cache
def loss_of(spec: LossSpec) -> Loss:
    """The loss of a problem, from the table or from its own formula."""
    if spec.formula is not None:
        formula = parse(spec.formula, _NAMES)
        slope = derivative(formula, "o")
        return Loss(formula, slope, slope)
    formula_text, slope_text, guarded = _TABLE[str(spec.name)]
    slope = parse(slope_text, _NAMES)
    guarded_slope = parse(guarded, _NAMES) if guarded else slope
    return Loss(parse(formula_text, _NAMES), slope, guarded_slope)
