"""Many-digit arithmetic at its edges."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from derive.engine import exact_passes, train
from derive.engine.arithmetic import Exact
from derive.formula import compiled, parse
from derive.problem import problem_from_fields

BEYOND = [
    "exp(exp(exp(x)))",
    "exp(-exp(exp(x)))",
    "x^x^x^x",
    "(x^x)^(x^x)",
    "cosh(sinh(sinh(x)))",
    "2^(2^(2^(2^x)))",
    "sin(exp(exp(x)))",
]


@pytest.mark.parametrize("formula", BEYOND)
def test_numbers_beyond_all_writing_cost_no_time(formula: str) -> None:
    """A number with too many digits for its exponential is infinite; nothing waits for it."""
    fields = {
        "network": {"layers": [1, 1, 1], "activation": [{"formula": formula}] * 2},
        "data": {"inputs": [[1e300]], "targets": [[0.5]]},
        "start": {"W1": [[3.7]], "b1": [0.0], "W2": [[2.0]], "b2": [0.0]},
    }
    passes = exact_passes(train(problem_from_fields(fields, "test")), [0])
    assert len(passes[0].quantities["net1"]) == 1


@pytest.mark.parametrize("x", [29.5, 2.0**66, 2.0**102, 2.0**103, 2.0**133, 2.0**465])
def test_what_erfc_leaves_far_out_is_right_to_fifty_digits(x: float) -> None:
    """On both sides of where its series takes over, against twice as many digits."""
    arithmetic = Exact(60)
    found = compiled(parse("erfc(x)", {"x"}), arithmetic)({"x": arithmetic.context.mpf(x)})
    judge = mpmath.MPContext()
    judge.dps = 120
    true = judge.erfc(judge.mpf(x))
    assert abs(found / true - 1) < judge.mpf(10) ** -50


def test_arrays_take_numbers_in_front() -> None:
    """A constant before an array is added, taken off, multiplied and divided element by element."""
    arithmetic = Exact(60)
    x = arithmetic.array(np.array([1.0, 2.0, 4.0]))
    for text, expected in (
        ("3 + x", [4, 5, 7]),
        ("3 - x", [2, 1, -1]),
        ("3 * x", [3, 6, 12]),
        ("8 / x", [8, 4, 2]),
        ("-x", [-1, -2, -4]),
        ("1^x", [1, 1, 1]),
    ):
        assert compiled(parse(text, {"x"}), arithmetic)({"x": x}).tolist() == expected
