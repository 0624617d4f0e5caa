"""Formulas: what the grammar takes, what it refuses and where, and the values it gives."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from derive.engine.arithmetic import Floating
from derive.engine.balls import Balls, precision
from derive.errors import FormulaError
from derive.formula import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Where,
    children,
    compiled,
    evaluate,
    parse,
    substitute,
    symbols,
)
from tests.engine.enclosures import encloses, middle
from tests.engine.oracle import mp

x, t = Symbol("x"), Symbol("t")


def number(value: int | str) -> Constant:
    """A constant."""
    return Constant(Fraction(value))


TREES: dict[str, Expression] = {
    "1": number(1),
    "0.1": number("1/10"),
    ".5": number("1/2"),
    "5.": number(5),
    "1e-3": number("1/1000"),
    "2.5E+2": number(250),
    "x": x,
    " \tx\n": x,
    "(((x)))": x,
    "x + t - 1": Sum((x, t, Negative(number(1)))),
    "x - (t - 1)": Sum((x, Negative(Sum((t, Negative(number(1))))))),
    "x - t + 1": Sum((x, Negative(t), number(1))),
    "-x": Negative(x),
    "-x + t": Sum((Negative(x), t)),
    "--x": Negative(Negative(x)),
    "-x^2": Negative(Power(x, number(2))),
    "x^-2": Power(x, Negative(number(2))),
    "2^x^t": Power(number(2), Power(x, t)),
    "2**x": Power(number(2), x),
    "(x^2)^3": Power(Power(x, number(2)), number(3)),
    "2*x*t": Product((number(2), x, t)),
    "x/t/2": Quotient(Quotient(x, t), number(2)),
    "x/t*2": Product((Quotient(x, t), number(2))),
    "2*x/t": Quotient(Product((number(2), x)), t),
    "x/(t*2)": Quotient(x, Product((t, number(2)))),
    "x*-t": Product((x, Negative(t))),
    "1 + 2*x^2": Sum((number(1), Product((number(2), Power(x, number(2)))))),
    "exp(-x)": Call("exp", (Negative(x),)),
    "1/(1 + e^-x)": Quotient(number(1), Sum((number(1), Call("exp", (Negative(x),))))),
    "e**x^2*t": Product((Call("exp", (Power(x, number(2)),)), t)),
    "e*x": Product((Call("exp", (number(1),)), x)),
    "log(x)": Call("ln", (x,)),
    "atan(x)": Call("arctan", (x,)),
    "max(x, t + 1)": Call("max", (x, Sum((t, number(1))))),
    "pi*x": Product((Call("pi", ()), x)),
    "where(x < 0, -x, x)": Where(x, "<", number(0), Negative(x), x),
    "where(x>=t,1,where(x<=0,2,3))": Where(
        x, ">=", t, number(1), Where(x, "<=", number(0), number(2), number(3))
    ),
}


@pytest.mark.parametrize("text", TREES)
def test_a_formula_is_read_as_it_is_written(text: str) -> None:
    """Precedence and order as in a textbook; terms and factors stay where they stand."""
    assert parse(text, {"x", "t"}) == TREES[text]


REFUSED: dict[str, tuple[int, str]] = {
    "": (0, "a number or a name expected, not 'the end'"),
    "  ": (0, "a number or a name expected, not 'the end'"),
    "x +": (3, "a number or a name expected, not 'the end'"),
    "x + * 2": (4, "a number or a name expected, not '*'"),
    "+x": (0, "a number or a name expected, not '+'"),
    "x x": (2, "'x' is not expected here"),
    "2x": (1, "'x' is not expected here"),
    "2(x)": (1, "'(' is not expected here"),
    "(x": (2, "')' expected, not 'the end'"),
    "x)": (1, "')' is not expected here"),
    "()": (1, "a number or a name expected, not ')'"),
    "y": (0, "unknown name 'y'; known: e, pi, x"),
    "1 + exp": (4, "exp takes its argument in parentheses: exp(x)"),
    "1 - log x": (4, "log takes its argument in parentheses: log(x)"),
    "1 + max": (4, "max takes its arguments in parentheses: max(0, x)"),
    "where * x": (0, "where takes its arguments in parentheses: where(x > 0, x, 0)"),
    "e^": (2, "a number or a name expected, not 'the end'"),
    "e(x)": (0, "unknown function 'e'; known: abs, arctan, cos, "),
    "e^9999": (0, "this part has no finite real value"),
    "1 + foo(x)": (4, "unknown function 'foo'; known: "),
    "exp()": (4, "a number or a name expected, not ')'"),
    "exp(x, x)": (0, "exp takes 1, not 2 arguments"),
    "1 + max(x)": (4, "max takes 2, not 1 arguments"),
    "pi(1)": (0, "pi takes 0, not 1 arguments"),
    "x(1)": (0, "unknown function 'x'; known: "),
    "where(x, 1, 2)": (7, "'<' or '<=' or '>' or '>=' expected, not ','"),
    "where(x < 0 < 1, 1, 2)": (12, "',' expected, not '<'"),
    "x < 1": (2, "'<' is not expected here"),
    "x = 1": (2, "'=' is not part of a formula"),
    "x == 1": (2, "'=' is not part of a formula"),
    "x.real": (1, "'.' is not part of a formula"),
    "x[0]": (1, "'[' is not part of a formula"),
    "x; 1": (1, "';' is not part of a formula"),
    "x ? 1": (2, "'?' is not part of a formula"),
    '"x"': (0, "'\"' is not part of a formula"),
    "'x'": (0, '"\'" is not part of a formula'),
    "{x}": (0, "'{' is not part of a formula"),
    "x // 2": (3, "a number or a name expected, not '/'"),
    "x % 2": (2, "'%' is not part of a formula"),
    "x @ x": (2, "'@' is not part of a formula"),
    "x\\": (1, "'\\\\' is not part of a formula"),
    "x and x": (2, "'and' is not expected here"),
    "lambda: x": (6, "':' is not part of a formula"),
    "x if x else x": (2, "'if' is not expected here"),
    "__import__('os').system('true')": (11, '"\'" is not part of a formula'),
    "__import__(x)": (0, "unknown function '__import__'; known: "),
    "eval(x)": (0, "unknown function 'eval'; known: "),
    "open(x)": (0, "unknown function 'open'; known: "),
    "1e9999": (0, "this part has no finite real value"),
    "x + 1e999": (4, "this part has no finite real value"),
    "1/0 + x": (0, "this part has no finite real value"),
    "x + 2/(1 - 1)*x": (4, "this part has no finite real value"),
    "x*0^-1": (2, "this part has no finite real value"),
    "x*(-1)^0.5": (2, "this part has no finite real value"),
    "x + 10^400": (4, "this part has no finite real value"),
    "ln(0)": (0, "this part has no finite real value"),
    "sqrt(-1)*x": (0, "this part has no finite real value"),
    "exp(1000)": (0, "this part has no finite real value"),
    "x·2": (1, "'·' is not part of a formula"),
    "2−x": (1, "'−' is not part of a formula"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_formula_is_refused_at_its_place(text: str) -> None:
    """The fault says what was expected or found, and at which character."""
    position, message = REFUSED[text]
    with pytest.raises(FormulaError) as caught:
        parse(text, {"x"})
    assert str(caught.value).startswith(message), str(caught.value)
    assert caught.value.position == position
    assert "\n" not in str(caught.value)


def test_a_formula_has_so_many_characters() -> None:
    """One more is refused before anything is read."""
    longest = "x" + " " * (MAX_LENGTH - 1)
    assert parse(longest, {"x"}) == x
    with pytest.raises(FormulaError, match=f"has {MAX_LENGTH + 1} characters") as caught:
        parse(longest + " ", {"x"})
    assert caught.value.position == MAX_LENGTH
    with pytest.raises(FormulaError):
        parse("x" * 10_000_000, {"x"})


@pytest.mark.parametrize("opening", ["(", "-", "exp(", "x^", "2**", "max(x,", "where(x<1,2,"])
def test_a_formula_is_nested_so_deep(opening: str) -> None:
    """Whatever it is that nests: some depth is read, and more is refused, not overflowed."""
    for depth in (3, MAX_DEPTH * 3):
        closing = ")" if "(" in opening else ""
        text = opening * depth + "x" + closing * depth
        if depth == 3:
            assert parse(text, {"x"})
            continue
        with pytest.raises(FormulaError, match=r"nested more than 40 deep|has \d+ characters"):
            parse(text, {"x"})


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="x01.e+-*/^(),<>= exp", max_size=60))
@example("x" + "+x" * 249)
@example("__class__.__mro__")
def test_any_text_is_a_formula_or_a_fault(text: str) -> None:
    """No other error, and a position within the text."""
    fault = None
    try:
        parse(text, {"x"})
    except FormulaError as error:
        fault = error
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert str(fault)


PYTHON: dict[str, Callable[..., float]] = {
    "abs": abs, "arctan": math.atan, "cosh": math.cosh, "erf": math.erf, "erfc": math.erfc,
    "exp": math.exp, "expm1": math.expm1, "ln": math.log, "log1p": math.log1p, "max": max,
    "min": min, "pi": lambda: math.pi, "decay": lambda a: math.exp(-abs(a)),
    "ramp": lambda a: max(a, 0.0), "rise": lambda a: math.exp(min(a, 0.0)), "sin": math.sin,
    "cos": math.cos, "sinh": math.sinh,
    "sqrt": math.sqrt, "tanh": math.tanh,
    "xlny": lambda a, b: a * math.log(b) if a else 0.0,
    "xovery": lambda a, b: a / b if a else 0.0,
}  # fmt: skip
EXACT: dict[str, Callable[..., Any]] = {
    "abs": abs, "arctan": mpmath.atan, "cosh": mpmath.cosh, "erf": mpmath.erf,
    "erfc": mpmath.erfc, "exp": mpmath.exp, "expm1": mpmath.expm1, "ln": mpmath.log,
    "log1p": mpmath.log1p, "max": max, "min": min, "pi": lambda: mpmath.pi, "sin": mpmath.sin,
    "decay": lambda a: mpmath.exp(-abs(a)), "rise": lambda a: mpmath.exp(min(a, 0)),
    "ramp": lambda a: max(a, mpmath.mpf(0)),
    "cos": mpmath.cos, "sinh": mpmath.sinh, "sqrt": mpmath.sqrt, "tanh": mpmath.tanh,
    "xlny": lambda a, b: a * mpmath.log(b) if a else mpmath.mpf(0),
    "xovery": lambda a, b: a / b if a else mpmath.mpf(0),
}  # fmt: skip
"""Every function a second time, from other libraries."""


def test_every_function_is_known_to_the_tests() -> None:
    """The tables above forget none, and none stands in them that is not."""
    assert set(PYTHON) == set(EXACT) == set(FUNCTIONS)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_has_its_value(function: str) -> None:
    """In float64 within a few units of the last place, and in 50 digits."""
    names = ("x", "t")[: FUNCTIONS[function].arguments]
    formula: Expression = Call(function, tuple(map(Symbol, names)))
    if FUNCTIONS[function].written_in != "forms":
        assert formula == parse(f"{function}({', '.join(names)})" if names else function, names)
    for first, second in ((0.3, 0.7), (1.5, 0.25), (0.05, 0.05), (2.0, 3.0)):
        values = dict(zip(("x", "t"), (first, second), strict=True))
        arguments = [values[name] for name in names]
        with np.errstate(all="ignore"):
            floating = compiled(formula, Floating())({k: np.float64(v) for k, v in values.items()})
        assert float(floating) == pytest.approx(PYTHON[function](*arguments), rel=4e-16, abs=1e-300)
        exact = Balls()
        with precision(200), mpmath.workdps(70):
            found = compiled(formula, exact)({k: exact.array(v)[()] for k, v in values.items()})
            expected = EXACT[function](*(mpmath.mpf(repr(v)) for v in arguments))
            gap = abs(mpmath.mpf(middle(found)) - expected)
            assert gap <= abs(expected) * mpmath.mpf("1e-48")
            assert encloses(found, mp.mpf(expected), "1e-65")


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("xlny(x, t)", (0.0, 0.0), 0.0),
        ("xovery(x, t)", (0.0, 0.0), 0.0),
        ("where(x < t, 1, 2)", (1.0, 1.0), 2.0),
        ("where(x <= t, 1, 2)", (1.0, 1.0), 1.0),
        ("where(x > t, 1, 2)", (1.0, 1.0), 2.0),
        ("where(x >= t, 1, 2)", (1.0, 1.0), 1.0),
        ("where(x > 0, sqrt(x), 0)", (-4.0, 0.0), 0.0),
        ("max(x, t)", (-1.0, -2.0), -1.0),
        ("-x^2", (3.0, 0.0), -9.0),
        ("2^x^t", (3.0, 2.0), 512.0),
        ("x/t/2", (12.0, 3.0), 2.0),
        ("x - t - 1", (5.0, 3.0), 1.0),
    ],
)
def test_edges_have_the_values_that_the_book_gives(
    text: str, values: tuple[float, float], expected: float
) -> None:
    """0 ln 0 is 0; relations are strict or not as written; signs and powers bind as by hand."""
    formula = parse(text, {"x", "t"})
    with np.errstate(all="ignore"):
        found = compiled(formula, Floating())(
            {"x": np.array([values[0]]), "t": np.array([values[1]])}
        )
    assert np.asarray(found).ravel()[0] == expected
    exact = Balls()
    many = compiled(formula, exact)({"x": exact.array([values[0]]), "t": exact.array([values[1]])})
    assert middle(np.asarray(many, dtype=object).ravel()[0]) == expected


def texts() -> st.SearchStrategy[tuple[str, Callable[[Any, Any, Any], Any]]]:
    """Random formulas as text, each with the function of (x, t, library) that it writes."""
    leaves = st.one_of(
        st.just(("x", lambda x, t, m: x)),
        st.just(("t", lambda x, t, m: t)),
        st.just(("pi", lambda x, t, m: m["pi"]())),
        st.sampled_from(("2", "0.5", "3.25", "10")).map(
            lambda text: (text, lambda x, t, m: m["number"](text))
        ),
    )

    def joined(parts: Any) -> Any:
        def binary(pair: Any) -> Any:
            (sign, how), (a, left), (b, right) = pair
            text = f"({a}) {sign} ({b})"
            return text, lambda x, t, m: how(left(x, t, m), right(x, t, m))

        def unary(pair: Any) -> Any:
            name, (a, inner) = pair
            if name == "-":
                return f"-({a})", lambda x, t, m: -inner(x, t, m)
            return f"{name}({a})", lambda x, t, m: m[name](inner(x, t, m))

        signs = st.sampled_from((("+", operator.add), ("-", operator.sub), ("*", operator.mul)))
        names = st.sampled_from(("-", "abs", "arctan", "sin", "cos", "tanh", "erf"))
        return st.tuples(signs, parts, parts).map(binary) | st.tuples(names, parts).map(unary)

    return st.recursive(leaves, joined, max_leaves=10)


@settings(max_examples=150, deadline=None)
@given(texts(), st.integers(-300, 300), st.integers(-300, 300))
def test_a_random_formula_has_the_value_of_plain_python(
    formula: tuple[str, Callable[[Any, Any, Any], Any]], first: int, second: int
) -> None:
    """Python's floats and mpmath's numbers, worked out beside the parser, agree with it."""
    text, plain = formula
    tree = parse(text, {"x", "t"})
    a, b = first / 100, second / 100
    found = compiled(tree, Floating())({"x": np.float64(a), "t": np.float64(b)})
    exact = Balls()
    values = {"x": exact.array(a)[()], "t": exact.array(b)[()]}
    with precision(200), mpmath.workdps(60):
        many = compiled(tree, exact)(values)
        assert middle(evaluate(tree, values.__getitem__, exact)) == middle(many)
        library = {**EXACT, "number": mpmath.mpf}
        true = plain(mpmath.mpf(repr(a)), mpmath.mpf(repr(b)), library)
        scale = max(abs(true), 1)
        assert abs(mpmath.mpf(middle(many)) - true) <= scale * mpmath.mpf("1e-45")
    ours = plain(a, b, {**PYTHON, "number": float})
    assert float(found) == pytest.approx(ours, rel=1e-9, abs=1e-9)


def walked(tree: Expression) -> Iterator[Expression]:
    """Every part of a formula."""
    yield tree
    for child in children(tree):
        yield from walked(child)


@settings(max_examples=60, deadline=None)
@given(texts())
def test_symbols_can_be_listed_and_replaced(formula: tuple[str, Any]) -> None:
    """Each as often as it stands there; replacing each by itself changes nothing."""
    tree = parse(formula[0], {"x", "t"})
    found = list(symbols(tree))
    assert found == [part.name for part in walked(tree) if isinstance(part, Symbol)]
    assert substitute(tree, Symbol) == tree
    assert set(symbols(substitute(tree, lambda _name: Symbol("z")))) <= {"z"}
