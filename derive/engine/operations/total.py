"""The loss of all samples together."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from derive.engine.graph import Read
from derive.engine.operations.sums import over_all
from derive.equations import Equation, equation
from derive.formula import ArrayArithmetic, Constant


class Total:
    """E: the terms summed over outputs and summed or averaged over samples, and the penalty.

    Inputs are the terms and, where there is a penalty, every weight; `l2` is λ, and `mean`
    divides by the samples.
    """

    def __init__(
        self, l2: Fraction, weights: int, arithmetic: ArrayArithmetic, *, mean: bool
    ) -> None:
        self.rate = l2
        self.l2 = arithmetic.constant(l2)
        self.mean = mean
        self.operands = ("terms", *(f"W{n}" for n in range(1, weights + 1)))

    @cached_property
    def equation(self) -> Equation:
        """The whole sum, or the mean."""
        text = "sum(s, i, terms[s, i])"
        if self.rate:
            squares = (f"sum(i, j, {name}[i, j]^2)" for name in self.operands[1:])
            text = f"{text} + rate() / 2 * ({' + '.join(squares)})"
        if self.mean:
            text = f"({text}) / size(terms, 0)"
        return equation(f"loss = {text}", {"rate": ((), Constant(self.rate))})

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
