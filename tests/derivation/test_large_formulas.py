"""Formulas that become large: refused before they do, or on the page to the last sign."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

import derive
from derive.calculus.proof import Proof, prove
from derive.document import Block, Equation, Section
from derive.errors import ProblemError
from derive.formula import Sum, parse
from derive.maths.mathml import mathml
from derive.problem import problem_from_fields
from derive.typeset.elements import MOST_ELEMENTS
from derive.typeset.rows import MOST_DEEP

SECONDS = 5.0
MEGABYTES = 20


def fields(
    activation: str = "x", loss: str = "", layers: tuple[int, ...] = (1, 1), **more: Any
) -> dict[str, Any]:
    """A small problem with a formula, its numbers long to print."""
    return {
        "network": {"layers": list(layers), "activation": {"formula": activation}},
        "loss": {"formula": loss} if loss else {},
        "data": {"inputs": [[1.23456e-7] * layers[0]], "targets": [[0.3] * layers[-1]]},
        "start": {"seed": 1},
        **more,
    }


def nested(before: str, after: str, times: int) -> str:
    """X within parts of a formula within one another."""
    return before * times + "x" + after * times


TOO_LARGE = {
    "factors": "*".join(["x"] * 250),
    "quotients": "/".join(["x"] * 30),
    "quotients in quotients": nested("1/(1+", ")", 12),
    "a tower": "^".join(["x"] * 30),
    "products of sums": "*".join(f"(x+{n})" for n in range(60)),
    "products of functions": "*".join(["sin(x)"] * 60),
    "cases in cases": nested("where(x>0,x*", ",x^2)", 15),
    "cases in conditions": nested("where(", ">0,x,1)", 15),
    "roots in roots": nested("sqrt(x^2+", ")", 15),
    "exponents in exponents": nested("exp(x*", ")", 15),
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_a_formula_whose_working_explodes_is_refused_as_it_is_read(kind: str) -> None:
    """One line names the field and the remedy, at once and with little memory."""
    text = TOO_LARGE[kind]
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ProblemError) as refused:
        problem_from_fields(fields(text, text.replace("x", "o").replace("eop", "exp")), "f.toml")
    took = time.perf_counter() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < SECONDS
    assert peak < MEGABYTES * 2**20
    first, second = refused.value.faults
    assert first.startswith("f.toml: network.activation.formula: ")
    assert second.startswith("f.toml: loss.formula: ")
    assert all("; write it shorter" in one or "; nest fewer" in one for one in (first, second))


def test_a_formula_of_one_layer_is_named_by_its_place() -> None:
    """As any field of a list is."""
    problem = fields(layers=(1, 1, 1))
    problem["network"]["activation"] = ["tanh", {"formula": "*".join(["x"] * 250)}]
    with pytest.raises(ProblemError, match=r"^f: network\.activation\[1\]\.formula: its diff"):
        problem_from_fields(problem, "f")


@pytest.mark.parametrize("text", ["1.7e308*x*10", "x^3*1e308"])
def test_constants_that_overflow_when_multiplied_are_a_fault_of_the_field(text: str) -> None:
    """The derivative's constant has no float64."""
    with pytest.raises(ProblemError, match=r"network\.activation\.formula: a constant .* smaller"):
        problem_from_fields(fields(text), "f")


READABLE = {
    "swish": "x/(1+exp(-x))",
    "mish": "x*tanh(ln(1+exp(x)))",
    "gelu": "x/2*(1+tanh(sqrt(2/pi)*(x+0.044715*x^3)))",
    "softplus": "ln(1+exp(x))",
    "rational": "(1+2*x+3*x^2+4*x^3+5*x^4)/(1+x+x^2+x^3+x^4)",
    "polynomial": "+".join(f"{n}*x^{n}" for n in range(2, 20)),
    "factors": "*".join(["x"] * 36),
    "products of sums": "*".join(f"(x+{n})" for n in range(18)),
    "quotients in quotients": nested("1/(1+", ")", 6),
    "cases in cases": nested("where(x>0,x*", ",x^2)", 5),
    "cases in conditions": nested("where(", ">0,x,1)", 3),
    "a tower": "^".join(["x"] * 6),
    "functions in functions": nested("tanh(", ")", 12),
}
"""As a person would write them, and near to the bound of each kind."""


def equations(block: Block | Section) -> Iterator[Equation]:
    """The equations of a section and of those in it."""
    if isinstance(block, Equation):
        yield block
    for inside in getattr(block, "blocks", ()):
        yield from equations(inside)


def extent(source: str) -> tuple[int, int]:
    """How many elements a formula of MathML has, and how deep they are nested."""
    waiting = [(ElementTree.fromstring(source), 1)]  # noqa: S314
    count = deepest = 0
    while waiting:
        element, level = waiting.pop()
        count, deepest = count + 1, max(deepest, level)
        waiting += [(one, level + 1) for one in element]
    return count, deepest


def printed(tree: Any) -> str:
    """A tree as MathML with an attribute wherever there may be one."""
    return mathml(tree, paint=lambda _role, _path: ' class="a"', tag=lambda _ref: "", display=True)


@pytest.mark.parametrize("notation", ["net-out", "watermelon"])
@pytest.mark.parametrize("kind", READABLE)
def test_a_formula_that_is_read_is_on_the_page_to_the_last_sign(kind: str, notation: str) -> None:
    """No equation of it has as many elements, or as deep ones, as typesetting has bounds."""
    problem = problem_from_fields(fields(READABLE[kind]), "f")
    document = derive.worked_solution(
        problem, derive.train(problem), languages=["en"], notation=notation
    )
    found = [extent(printed(one.tree)) for part in document.sections for one in equations(part)]
    assert max(count for count, _ in found) < MOST_ELEMENTS
    assert max(deep for _, deep in found) < MOST_DEEP


@pytest.mark.parametrize("layers", [(2000, 2), (1, 2, 2000)])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_a_sum_of_thousands_of_terms_is_elided_with_a_sign(
    layers: tuple[int, ...], l2: float
) -> None:
    """In letters and in numbers; its last term and its value stand on the page."""
    problem = problem_from_fields(fields(layers=layers, optimizer={"l2": l2}), "f")
    document = derive.worked_solution(problem, derive.train(problem), languages=["en"])
    texts = [printed(one.tree) for part in document.sections for one in equations(part)]
    assert max(extent(text)[0] for text in texts) < MOST_ELEMENTS
    elided = [text for text in texts if "⋯" in text]
    assert elided
    assert all(text.count("⋯") >= 2 for text in elided)
    assert all(text.rpartition("⋯")[2].count("<mn") > 1 for text in elided)


def test_a_tower_is_checked_where_its_value_can_be_printed() -> None:
    """Beyond, it has more digits than any memory."""
    tower = parse("x^x^x^x^x^x", {"x"})
    count = prove(tower, (derive.calculus.derivative(tower, "x"),))
    assert isinstance(count, int)
    assert count > 0


@pytest.mark.parametrize("text", ["x^40", "abs(x)*erf(x)", "x^x"])
def test_a_wrong_slope_is_found_by_numbers_alone(text: str) -> None:
    """Wrong in its twentieth figure."""
    formula = parse(text, {"x"})
    slope = derive.calculus.derivative(formula, "x")
    assert isinstance(prove(formula, (slope,)), int)
    wrong = Sum((slope, parse("1e-20", {"x"})))
    with pytest.raises(AssertionError, match="line 2 is wrong by"):
        prove(formula, (slope, wrong))


def test_where_a_formula_compares_with_what_has_no_value_no_slope_is_compared() -> None:
    """The larger of sin x and ln x is neither where there is no ln x."""
    formula = parse("max(sin(x), ln(x))", {"x"})
    count = prove(formula, (derive.calculus.derivative(formula, "x"),))
    assert count == 10


def test_a_short_slope_is_proved_by_algebra() -> None:
    """A polynomial in a quotient."""
    formula = parse("x^3/(1+x^2)", {"x"})
    assert prove(formula, (derive.calculus.derivative(formula, "x"),)) is Proof.SYMBOLIC


@pytest.mark.parametrize("deltas", ["before-update", "after-update"])
def test_a_training_that_ends_at_once_is_worked_out_in_every_view(deltas: str) -> None:
    """Its pass has no update, in none of the views."""
    problem = problem_from_fields(
        fields(
            loss="1e308*o",
            training={"hidden_deltas": deltas},
            layers=(1, 1, 1),
            optimizer={"learning_rate": 1e10},
        ),
        "f",
    )
    trace = derive.train(problem)
    if trace.diverged_at is None:
        pytest.fail("the training was meant to leave the range of numbers")
    views = ["scalars", "matrices", "gates"]
    document = derive.worked_solution(problem, trace, languages=["en"], views=views)
    assert not [part for part in document.sections if part.anchor.endswith("update")]
