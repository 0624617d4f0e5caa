"""Derivatives, rule by rule: against sympy, against complex steps, and as a person writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.calculus import Derivative, derivative, differentiate, free_of, normal, tidy
from derive.engine.arithmetic import Floating
from derive.engine.balls import Balls, precision
from derive.formula import (
    FUNCTIONS,
    Call,
    Expression,
    Product,
    Sum,
    compiled,
    parse,
    symbols,
)
from tests.engine.enclosures import middle

NAMES = {"x", "t"}
SMOOTH = sorted(name for name, row in FUNCTIONS.items() if row.slope)
"""Functions of one argument with a slope wherever they have a value."""


def written(text: str) -> sympy.Expr:
    """The formula as sympy reads it, which is not by our parser."""
    own = {"ln": sympy.log, "arctan": sympy.atan, "expm1": lambda u: sympy.exp(u) - 1}
    own |= {"log1p": lambda u: sympy.log(1 + u), "max": sympy.Max, "min": sympy.Min}
    own |= {"xlny": lambda u, v: u * sympy.log(v), "xovery": lambda u, v: u / v}
    real = {name: sympy.Symbol(name, real=True) for name in NAMES}
    return sympy.sympify(text.replace("^", "**"), locals={**own, **real}, rational=True)


def value(tree: Expression, x: float, t: float) -> Any:
    """A tree's value in 60 digits."""
    exact = Balls()
    with precision(200):
        found = compiled(tree, exact)({"x": exact.array([x]), "t": exact.array([t])})
    return middle(np.asarray(found, dtype=object).ravel()[0])


def assert_derivative(text: str, x: float, t: float) -> None:
    """Our derivative of `text` by x equals sympy's in 40 digits."""
    found = value(derivative(parse(text, NAMES), "x"), x, t)
    true = sympy.diff(written(text), sympy.Symbol("x", real=True))
    at = {"x": sympy.Rational(str(x)), "t": sympy.Rational(str(t))}
    places = {sympy.Symbol(name, real=True): number for name, number in at.items()}
    expected = sympy.N(true.subs(places), 50)
    assert expected.is_Float or expected.is_Integer or expected == 0, (text, expected)
    with mpmath.workdps(50):
        gap = abs(mpmath.mpf(found) - mpmath.mpf(str(expected)))
        assert gap <= mpmath.mpf("1e-40") * max(1, abs(mpmath.mpf(str(expected)))), text


CASES = [
    "3", "t", "x", "-x", "2*x", "x*2", "x + t", "t - x", "x*t", "x*x", "x*x*x", "x*t*x",
    "x/t", "t/x", "1/x", "(x + 1)/(x - 5)", "x/2", "x^2", "x^3", "x^-1", "x^0.5", "x^(1/3)",
    "x^t", "2^x", "t^x", "x^x", "(x^2)^3", "-x^2", "(2*x + 1)^5", "sqrt(x)", "1/(1 + exp(-x))",
    "x/(1 + exp(-x))", "ln(1 + exp(x))", "exp(x)/(exp(x) + exp(t))", "exp(-x^2)", "exp(x*t)",
    "sin(x)*cos(x)", "sin(cos(x))", "x*(1 + erf(x/sqrt(2)))/2", "(t - x)^2", "1/2*(t - x)^2",
    "-(t*ln(x) + (1 - t)*ln(1 + x))", "-t*ln(x)", "xlny(t, x)", "xlny(x, t)", "xovery(x, t)",
    "xovery(t, x)", "x*tanh(ln(1 + exp(x)))", "log1p(exp(-x))", "expm1(x)*x", "x - x", "0*x",
]  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_a_derivative_is_the_one_of_the_calculus_book(text: str) -> None:
    """At two places, to 40 digits, against sympy."""
    assert_derivative(text, 0.75, 0.3)
    assert_derivative(text, 2.5, 1.25)


@pytest.mark.parametrize("function", SMOOTH)
def test_every_function_has_its_derivative(function: str) -> None:
    """Alone, and with an inner derivative."""
    for inner in ("x", "x^2 + t", "t*x"):
        assert_derivative(f"{function}({inner})", 0.75, 0.3)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("abs(x)", 2.0, 1.0), ("abs(x)", -2.0, -1.0), ("abs(3 - 2*x)", 2.0, 2.0),
        ("max(x, t)", 2.0, 1.0), ("max(x, t)", -2.0, 0.0), ("max(t, x)", 2.0, 1.0),
        ("max(0, x)", 0.0, 0.0), ("max(x, 0)", 0.0, 0.0), ("min(x, t)", -2.0, 1.0),
        ("min(t, x)", 2.0, 0.0), ("where(x > 0, x, 0.01*x)", 3.0, 1.0),
        ("where(x > 0, x, 0.01*x)", -3.0, 0.01), ("where(x > 0, x, 0)", 0.0, 0.0),
        ("where(x >= 0, x^2, exp(x) - 1)", 3.0, 6.0),
    ],
)  # fmt: skip
def test_a_function_in_pieces_has_the_slope_of_its_piece(
    text: str, x: float, expected: float
) -> None:
    """At a kink the slope is the one of the other piece: ReLU's at 0 is 0."""
    assert float(value(derivative(parse(text, NAMES), "x"), x, 0.5)) == expected


LEAVES = st.sampled_from(("x", "t", "2", "0.5", "3", "x", "x"))


def grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas that have a value wherever x and t are positive."""
    pair = st.tuples(parts, parts)
    return st.one_of(
        pair.map(lambda p: f"({p[0]} + {p[1]})"),
        pair.map(lambda p: f"({p[0]} - {p[1]})"),
        pair.map(lambda p: f"{p[0]}*{p[1]}"),
        pair.map(lambda p: f"({p[0]})/(1 + ({p[1]})^2)"),
        pair.map(lambda p: f"(1 + ({p[0]})^2)^(({p[1]})/4)"),
        st.tuples(parts, st.sampled_from(("2", "3"))).map(lambda p: f"({p[0]})^{p[1]}"),
        st.tuples(st.sampled_from(("sin", "cos", "tanh", "arctan", "erf")), parts).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        parts.map(lambda p: f"exp(-({p})^2)"),
        parts.map(lambda p: f"ln(2 + sin({p}))"),
        parts.map(lambda p: f"-({p})"),
    )


FORMULAS = st.recursive(LEAVES, grown, max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(FORMULAS, st.integers(5, 200), st.integers(5, 200))
def test_a_random_formulas_derivative_is_sympys(text: str, x: int, t: int) -> None:
    """Whatever the rules have to be put together to."""
    assume(len(text) < 300)
    assert_derivative(text, x / 100, t / 100)


@settings(max_examples=200, deadline=None)
@given(FORMULAS, st.integers(5, 200), st.integers(5, 200))
def test_a_random_formulas_derivative_is_its_complex_step(text: str, x: int, t: int) -> None:
    """Im f(x + ih)/h: no rule of differentiation takes part."""
    formula = parse(text, NAMES)
    at, step = x / 100, 1e-30
    numbers = Floating()
    with np.errstate(all="ignore"):
        moved = compiled(formula, numbers)(
            {"x": np.array([at + 1j * step]), "t": np.array([t / 100])}
        )
        expected = np.broadcast_to(np.imag(moved) / step, (1,))[0]
        slope = derivative(formula, "x")
        found = compiled(slope, numbers)({"x": np.array([at]), "t": np.array([t / 100])})
    assume(np.isfinite(expected))
    scale = float(abs(value(slope, at, t / 100)))
    assert float(np.ravel(found)[0]) == pytest.approx(expected, rel=1e-8, abs=1e-11 * (1 + scale))


def pending(tree: Expression) -> bool:
    """Whether a derivative still stands in a tree."""
    return any(isinstance(name, Derivative) for name in symbols(tree))


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_every_line_but_the_last_still_has_something_to_do(text: str) -> None:
    """From the derivative as asked to the one without any, each line by a rule that has a name."""
    steps = list(differentiate(parse(text, NAMES), "x"))
    assert pending(steps[0].expression)
    assert steps[0].rules == ()
    assert not pending(steps[-1].expression)
    for step in steps[1:]:
        assert step.rules
        assert len(set(step.rules)) == len(step.rules)
    worked = [step for step in steps if step.rules != ("simplify",)]
    assert all(pending(step.expression) for step in worked[:-1])


@settings(max_examples=60, deadline=None)
@given(FORMULAS, st.integers(5, 200), st.integers(5, 200))
def test_tidying_changes_no_value(text: str, x: int, t: int) -> None:
    """What is dropped is 0 added, 1 multiplied, or a sign moved to the front."""
    tree = parse(text, NAMES)
    before = value(tree, x / 100, t / 100)
    for change in (tidy, normal):
        after = value(change(tree), x / 100, t / 100)
        assert abs(after - before) <= abs(before) * 1e-50 + 1e-55


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", "0"),
        ("t", "0"),
        ("x", "1"),
        ("5*x", "5"),
        ("x^2", "2*x"),
        ("x^3", "3*x^2"),
        ("exp(x)", "exp(x)"),
        ("sin(x)", "cos(x)"),
        ("cos(x)", "-sin(x)"),
        ("ln(x)", "1/x"),
        ("tanh(x)", "1 - tanh(x)^2"),
        ("1/2*(t - x)^2", "-(t - x)"),
        ("(t - x)^2", "-(2*(t - x))"),
        ("1/(1 + exp(-x))", "exp(-x)/(1 + exp(-x))^2"),
    ],
)
def test_the_last_line_is_as_a_person_writes_it(text: str, expected: str) -> None:
    """No factor 1, no term 0, signs in front, constants multiplied."""
    assert derivative(parse(text, NAMES), "x") == parse(expected, NAMES)


def test_the_sigmoids_slope_is_found_by_named_rules() -> None:
    """The reciprocal, then the exponential."""
    steps = list(differentiate(parse("1/(1 + exp(-x))", {"x"}), "x"))
    rules = [rule for step in steps for rule in step.rules]
    assert rules[0] == "reciprocal"
    assert "exp" in rules


@pytest.mark.parametrize(
    "text",
    [
        "sin(" * 15 + "x" + ")" * 15,
        "x" + "^x" * 12,
        "/".join(["x"] * 30),
        "*".join(["x"] * 60),
        "*".join(["sin(x)"] * 20),
        "exp(" * 15 + "-x" + ")" * 15,
    ],
    ids=["nested", "a tower", "quotients", "factors", "sines", "exponentials"],
)
def test_a_long_formula_is_differentiated_to_the_end(text: str) -> None:
    """However many rounds it takes."""
    assert not pending(derivative(parse(text, {"x"}), "x"))


def test_another_variable_is_a_constant() -> None:
    """And a formula without the variable is free of it."""
    tree = parse("t^2*sin(t)", NAMES)
    assert free_of(tree, "x")
    assert not free_of(tree, "t")
    assert derivative(tree, "x") == parse("0", NAMES)
    by_t: Callable[[str], Expression] = lambda text: derivative(parse(text, NAMES), "t")  # noqa: E731
    assert by_t("x*t") == parse("x", NAMES)


def test_the_order_of_terms_and_factors_is_kept() -> None:
    """A reader follows the line above; nothing is sorted."""
    tree = derivative(parse("x*exp(x) + sin(x)*t", NAMES), "x")
    assert isinstance(tree, Sum)
    product, last = tree.terms[0], tree.terms[-1]
    assert isinstance(product, Sum | Call | Product)
    assert isinstance(last, Product)
    assert Call("cos", (parse("x", NAMES),)) in last.factors
