"""What the entries of activations and losses say besides their formulas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derive.engine import activation_of, loss_of
from derive.engine.activations import saturates
from derive.engine.arithmetic import Floating
from derive.formula import evaluate
from derive.problem import ACTIVATIONS, LOSSES, ActivationSpec, LossSpec

NAMED = sorted(set(ACTIVATIONS) - {"softmax"})


@pytest.mark.parametrize("name", NAMED)
def test_a_corner_is_where_two_difference_quotients_differ(name: str) -> None:
    """To the left and to the right of 0."""
    activation = activation_of(ActivationSpec(name))
    at = [
        float(evaluate(activation.formula, lambda _, x=x: np.float64(x), Floating()))
        for x in (-1e-7, 0.0, 1e-7)
    ]
    left, right = (at[1] - at[0]) / 1e-7, (at[2] - at[1]) / 1e-7
    assert activation.has_corner == (abs(left - right) > 1e-3)


def test_what_saturates_is_named() -> None:
    """A formula of one's own is taken for one that does not."""
    named = {name for name in ACTIVATIONS if saturates(ActivationSpec(name))}
    assert named == {"sigmoid", "softmax", "tanh"}
    assert not saturates(ActivationSpec(formula="tanh(x)"))


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("loss", [*LOSSES, "0.3*(t - o)^2", "2/(3*n)*(t - o)^2"])
def test_a_loss_is_a_multiple_of_the_square_or_none(loss: str, outputs: int) -> None:
    """The multiple is what it is at one place divided by the square there."""
    entry = loss_of(LossSpec(loss) if loss in LOSSES else LossSpec(formula=loss))
    places = [{"t": 0.25, "o": 0.5, "n": outputs}, {"t": 0.75, "o": 0.125, "n": outputs}]
    ratios = [
        float(evaluate(entry.formula, place.__getitem__, Floating()))
        / (place["t"] - place["o"]) ** 2
        for place in places
    ]
    found = entry.over_square(outputs)
    if found is None:
        assert ratios[0] != pytest.approx(ratios[1])
    else:
        assert [float(found)] * 2 == pytest.approx(ratios)


@pytest.mark.parametrize("loss", ["t*(t - o)^2", "0*(t - o)^2", "exp(1)*(t - o)^2", "(o - t)^3"])
def test_another_loss_is_no_multiple_of_the_square(loss: str) -> None:
    """By what is no rational, no constant, or nothing."""
    assert loss_of(LossSpec(formula=loss)).over_square(2) is None


def test_the_multiple_is_exact() -> None:
    """A tenth is a tenth."""
    assert loss_of(LossSpec(formula="0.1*(t - o)^2")).over_square(2) == Fraction(1, 10)
