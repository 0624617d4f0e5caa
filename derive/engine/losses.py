"""Losses as data: one output's term, and its slope as the textbook writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property

from flint import fmpq

from derive.calculus import derivative
from derive.engine import balls
from derive.formula import Expression, Product, evaluate, parse, stable, symbols
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

    def over_square(self, outputs: int) -> Fraction | None:
        """The loss over (t − o)², with so many outputs; None where that is no constant but 0."""
        match self.formula:
            case Product((factor, square)) if square == _SQUARE and {*symbols(factor)} <= {"n"}:
                found = evaluate(factor, lambda _: fmpq(outputs), balls.Scalars())
            case square if square == _SQUARE:
                found = fmpq(1)
            case _:
                return None
        rational = isinstance(found, fmpq) and found != 0
        return Fraction(int(found.p), int(found.q)) if rational else None

    @cached_property
    def stable_formula(self) -> Expression:
        """The term as it is computed."""
        return stable(self.formula)


@dataclass(frozen=True)
class _Entry:
    """A loss as text; what the fields mean `Loss` says."""

    formula: str
    slope: str
    guarded_slope: str | None = None

    def parsed(self) -> Loss:
        guarded = self.slope if self.guarded_slope is None else self.guarded_slope
        return Loss(*(parse(text, _NAMES) for text in (self.formula, self.slope, guarded)))


_NAMES = {"t", "o", "n"}
_SQUARE = parse("(t - o)^2", _NAMES)
_TABLE: Mapping[str, _Entry] = {
    "half-squared-error": _Entry("1 / 2 * (t - o)^2", "o - t"),
    "squared-error": _Entry("(t - o)^2", "2 * (o - t)"),
    "mean-squared-error": _Entry("1 / n * (t - o)^2", "2 / n * (o - t)"),
    "binary-cross-entropy": _Entry(
        "-(xlny(t, o) + xlny(1 - t, 1 - o))",
        "(o - t) / (o * (1 - o))",
        guarded_slope="xovery(1 - t, 1 - o) - xovery(t, o)",
    ),
    "cross-entropy": _Entry("-xlny(t, o)", "-(t / o)", guarded_slope="-xovery(t, o)"),
}


@cache
def loss_of(spec: LossSpec) -> Loss:
    """The loss of a problem, from the table or from its own formula."""
    if spec.formula is not None:
        formula = parse(spec.formula, _NAMES)
        slope = derivative(formula, "o")
        return Loss(formula, slope, slope)
    return _TABLE[str(spec.name)].parsed()
