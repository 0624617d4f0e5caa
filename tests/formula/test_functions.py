"""The table of functions: what its columns say of a function is one function."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.calculus import derivative
from derive.calculus.proof import Algebra, prove
from derive.engine import balls
from derive.engine.arithmetic import Floating
from derive.engine.twins import Twin, twin
from derive.formula import FUNCTIONS, Call, Plain, Symbol, evaluate, meaning

NAMES = sorted(FUNCTIONS)
BITS = 200
POINTS = st.integers(1, 3000).map(lambda n: Fraction(n, 1000))
"""Where every function has a value; those of one argument are tried on both sides of 0."""
POSITIVE = frozenset({"ln", "log1p", "sqrt"})


def call(name: str) -> Call:
    """A function of symbols."""
    return Call(name, tuple(map(Symbol, "uv"[: FUNCTIONS[name].arguments])))


def arguments(name: str, u: Fraction, v: Fraction, *, minus: bool) -> list[Fraction]:
    """Those of a function, u below 0 where it may be."""
    return [-u if minus and name not in POSITIVE else u, v][: FUNCTIONS[name].arguments]


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25)
@given(u=POINTS, v=POINTS, minus=st.booleans())
def test_a_function_has_one_value_in_every_arithmetic(
    name: str,
    u: Fraction,
    v: Fraction,
    minus: bool,  # noqa: FBT001
) -> None:
    """Python's floats, NumPy's real and complex, balls, twins, sympy, and its meaning in balls."""
    numbers = arguments(name, u, v, minus=minus)
    floats = [float(number) for number in numbers]
    exact = [balls.number(number) for number in numbers]
    with balls.precision(BITS):
        found = balls.call(name, *exact)
        middle = float(balls.ball(found).mid())
        likewise = balls.call(name, *map(twin, exact)) if exact else found
        inside = likewise.ball if isinstance(likewise, Twin) else likewise
        assert balls.ball(inside).overlaps(balls.ball(found))
        words = meaning(call(name))
        if words is not None:
            values = dict(zip("uv", exact, strict=False))
            other = evaluate(words, values.__getitem__, balls.Scalars())
            assert balls.ball(other).overlaps(balls.ball(found))
    close = pytest.approx(middle, rel=1e-14, abs=1e-300)
    assert Plain.call(name, *floats) == close
    assert float(Floating().call(name, *map(np.array, floats))) == close
    complexes = [np.array(number, dtype=complex) for number in floats]
    # NumPy's own log1p of complex numbers keeps fewer figures near 0.
    near = pytest.approx(middle, rel=1e-11, abs=1e-300)
    assert complex(Floating().call(name, *complexes)).real == near
    algebra = Algebra.call(name, *(sympy.Rational(*n.as_integer_ratio()) for n in numbers))
    assert float(sympy.N(algebra, 30)) == close


@pytest.mark.parametrize(
    ("name", "by"), [(name, by) for name in NAMES for by in "uv"[: FUNCTIONS[name].arguments]]
)
@settings(deadline=None, max_examples=25)
@given(u=POINTS, v=POINTS, minus=st.booleans())
def test_a_functions_rule_is_its_derivative(
    name: str,
    by: str,
    u: Fraction,
    v: Fraction,
    minus: bool,  # noqa: FBT001
) -> None:
    """Im f(x + ih)/h, in which no rule takes part."""
    assume(u != v)
    values: dict[str, Any] = dict(
        zip("uv", map(float, arguments(name, u, v, minus=minus)), strict=False)
    )
    moved = {**values, by: values[by] + 1e-30j}
    expected = Floating().call(name, *map(np.array, moved.values())).imag / 1e-30
    found = evaluate(derivative(call(name), by), values.__getitem__, Floating())
    assert float(found) == pytest.approx(float(expected), rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("name", [name for name in NAMES if FUNCTIONS[name].arguments])
def test_a_functions_rule_is_proved(name: str) -> None:
    """By the judge of every differentiation."""
    formula = Call(name, (Symbol("x"), Symbol("t"))[: FUNCTIONS[name].arguments])
    assert prove(formula, (derivative(formula, "x"),))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_set_or_differentiated_as_its_meaning_has_one(name: str) -> None:
    """A row leaves nothing out that another column counts on."""
    row = FUNCTIONS[name]
    assert row.sympy is not None or row.meaning
    assert row.slope or row.meaning or not row.arguments
    assert row.meaning or not row.spelled_out
    assert row.rule or row.written_in != "any text" or not row.arguments
