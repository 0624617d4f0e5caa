"""Ball arithmetic: that it encloses, what it leaves open, and that it knows equal numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine import certified_passes, train
from derive.engine.balls import FUNCTIONS, Balls, UndecidedError, holds, precision, sign
from derive.engine.program import Program, Wires
from derive.engine.twins import Twin
from derive.formula import compiled, parse
from derive.problem import problem_from_fields
from tests.engine.enclosures import encloses
from tests.engine.oracle import mp

BEYOND = [
    "exp(exp(exp(x)))",
    "exp(-exp(exp(x)))",
    "x^x^x^x",
    "(x^x)^(x^x)",
    "cosh(sinh(sinh(x)))",
    "2^(2^(2^(2^x)))",
    "sin(exp(exp(x)))",
]
JUDGES: dict[str, Callable[[Any], Any]] = {
    "abs": abs, "arctan": mp.atan, "cos": mp.cos, "cosh": mp.cosh, "erf": mp.erf, "erfc": mp.erfc,
    "exp": mp.exp, "expm1": mp.expm1, "ln": mp.log, "log1p": mp.log1p, "sin": mp.sin,
    "sinh": mp.sinh, "sqrt": mp.sqrt, "tanh": mp.tanh,
}  # fmt: skip


def value(text: str, *, twins: bool = False, **given: float) -> Any:
    """A formula in x and t, in balls."""
    arithmetic = Balls(twins=twins)
    numbers = {name: arithmetic.array(number)[()] for name, number in given.items()}
    return compiled(parse(text, {"x", "t"}), arithmetic)(numbers)


@pytest.mark.parametrize("formula", BEYOND)
def test_numbers_beyond_all_writing_cost_no_time(formula: str) -> None:
    """A number with too many digits for its exponential is infinite; nothing waits for it."""
    fields = {
        "network": {"layers": [1, 1, 1], "activation": [{"formula": formula}] * 2},
        "data": {"inputs": [[1e300]], "targets": [[0.5]]},
        "start": {"W1": [[3.7]], "b1": [0.0], "W2": [[2.0]], "b2": [0.0]},
    }
    with certified_passes(train(problem_from_fields(fields, "test")), [0]) as passes:
        assert len(passes) <= 1


@pytest.mark.parametrize("function", sorted(JUDGES))
@settings(deadline=None)
@given(number=st.floats(1e-12, 700), minus=st.booleans())
def test_a_function_of_a_ball_holds_its_true_value(
    function: str,
    number: float,
    minus: bool,  # noqa: FBT001
) -> None:
    """Against mpmath in 400 digits; of a wide ball the values at its ends, too."""
    if minus and function not in ("ln", "sqrt", "log1p"):
        number = -number
    with precision(200):
        assert encloses(value(f"{function}(x)", x=number), JUDGES[function](mp.mpf(repr(number))))
        wide = FUNCTIONS[function](arb(number, abs(number) / 1024))
    for end in (mp.mpf(number) * (1 - mp.mpf(2) ** -10), mp.mpf(number) * (1 + mp.mpf(2) ** -10)):
        assert encloses(wide, JUDGES[function](end))


def test_a_branch_that_a_ball_leaves_open_is_enclosed_from_both_sides() -> None:
    """Around 0 the slope of ReLU lies between 0 and 1, and a comparison is not decided."""
    around = arb(0, 1e-30)
    with pytest.raises(UndecidedError):
        sign(around)
    with pytest.raises(UndecidedError):
        holds(around, ">", fmpq(0))
    arithmetic = Balls()
    x = np.array([around], dtype=object)
    (slope,) = compiled(parse("where(x > 0, 1, 0)", {"x"}), arithmetic)({"x": x})
    assert slope.contains(0)
    assert slope.contains(1)
    (relu,) = compiled(parse("max(0, x)", {"x"}), arithmetic)({"x": x})
    assert relu.contains(0)
    assert not relu.contains(1e-29)


def test_rationals_stay_what_they_are() -> None:
    """0.1 + 0.2 − 0.3 is 0, a half is a half, e⁰ is 1, and the root of 9/16 is 3/4."""
    assert value("x + 0.2 - 0.3", x=0.1) == fmpq(0)
    assert value("exp(x) / 2", x=0.0) == fmpq(1, 2)
    assert value("sqrt(x)", x=0.5625) == fmpq(3, 4)
    assert isinstance(value("exp(x)", x=0.5), arb)


EQUAL = [
    ("1 / (1 + exp(-x))", "exp(x) / (exp(x) + 1)"),
    ("tanh(x)", "(exp(2 * x) - 1) / (exp(2 * x) + 1)"),
    ("1 / cosh(x)^2", "1 - tanh(x)^2"),
    ("erfc(x)", "1 - erf(x)"),
    ("sin(x)^2 + cos(x)^2", "1"),
    ("exp(x) * t + exp(x)", "(t + 1) * exp(x)"),
    ("erf(-x)", "-erf(x)"),
    ("expm1(x) + 1", "exp(x)"),
]


@pytest.mark.parametrize(("one", "other"), [*EQUAL[:1], *EQUAL[2:]])
def test_twins_know_that_two_ways_lead_to_one_number(one: str, other: str) -> None:
    """Balls leave it open; the images are the same."""
    gap = value(f"({one}) - ({other})", x=0.3, t=0.7, twins=True)
    assert isinstance(gap, Twin)
    assert sign(gap) == 0
    with pytest.raises(UndecidedError):
        sign(value(f"({one}) - ({other})", x=0.3, t=0.7))


@pytest.mark.parametrize("text", ["exp(x) - 1.3498588075760031", "sin(x) - 0.2955202066613396"])
def test_twins_take_no_near_miss_for_an_equal(text: str) -> None:
    """A number that is a hair from another is not the other."""
    with precision(200):
        assert sign(value(text, x=0.3, twins=True)) in (-1, 1)


@settings(max_examples=40, deadline=None)
@given(
    text=st.sampled_from([
        "x * t + exp(-x)", "where(x > t, x - t, ln(2 + t^2))", "max(x, t) / (1 + abs(x))",
        "sqrt(1 + x^2) - min(x, 0.5)", "(x + t)^3 / (2 + tanh(x))",
    ]),
    x=st.floats(-3, 3), t=st.floats(-3, 3),
)  # fmt: skip
def test_a_recorded_program_computes_what_the_formula_does(text: str, x: float, t: float) -> None:
    """The same operations on the same numbers, ball for ball."""
    arithmetic, program = Balls(), Program()
    wires = Wires(program, arithmetic)
    places = {"x": wires.array(0.0), "t": wires.array(0.0)}
    formula = parse(text, {"x", "t"})
    result = compiled(formula, wires)({name: place[()] for name, place in places.items()})
    program.keep([result])
    registers = {places["x"].item().register: arithmetic.array(x).item()}
    registers[places["t"].item().register] = arithmetic.array(t).item()
    registers |= {at: arithmetic.constant(number) for at, number in program.constants.items()}
    for function, used, into in program.steps:
        registers[into] = function(*(registers[at] for at in used))
    again = compiled(formula, arithmetic)(
        {name: arithmetic.array(number)[()] for name, number in (("x", x), ("t", t))}
    )
    assert str(registers[result.register]) == str(again)


def test_arrays_take_numbers_in_front() -> None:
    """A constant before an array is added, taken off, multiplied and divided element by element."""
    x = Balls().array(np.array([1.0, 2.0, 4.0]))
    for text, expected in (
        ("3 + x", [4, 5, 7]),
        ("3 - x", [2, 1, -1]),
        ("3 * x", [3, 6, 12]),
        ("8 / x", [8, 4, 2]),
        ("-x", [-1, -2, -4]),
        ("1^x", [1, 1, 1]),
    ):
        assert compiled(parse(text, {"x"}), Balls())({"x": x}).tolist() == expected
