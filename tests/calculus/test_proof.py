"""A proof proves: whichever line of a differentiation is wrong, it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from derive.calculus import Derivative, Line, softmax, worked
from derive.calculus.proof import Proof, prove
from derive.calculus.softmax import prove_softmax
from derive.derivation import slopes
from derive.derivation import softmax as softmax_pages
from derive.engine import activation_of, activations
from derive.formula import Expression, Negative, Sum, Symbol, parse
from derive.problem import ACTIVATIONS, ActivationSpec
from tests.documents import drawn, messages, solution

NAMED = sorted(set(ACTIVATIONS) - {"softmax"})
CROSS_ENTROPY = softmax.cross_entropy(parse("-xlny(t, o)", {"t", "o"}))
SOFTMAX = {
    "own": (softmax.OUT_K, softmax.OWN),
    "others": (softmax.OUT_J, softmax.OTHERS),
    "entropy": (CROSS_ENTROPY, softmax.ENTROPY),
    "minus entropy": (Negative(CROSS_ENTROPY), softmax.MINUS_ENTROPY),
}


def lines_of(name: str) -> tuple[Expression, tuple[Expression, ...]]:
    """The formula of an activation and the lines of its differentiation."""
    activation = activation_of(ActivationSpec(name))
    steps = (step.expression for step in worked(activation.formula, "x"))
    return activation.formula, (*steps, *activation.bridges, activation.slope)


def off(line: Expression) -> Expression:
    """A line that is wrong in its twentieth figure."""
    return Sum((line, parse("1e-20", {"x"})))


@pytest.mark.parametrize("name", NAMED)
def test_each_line_of_a_differentiation_is_proved(name: str) -> None:
    """Right as they are; with any one of them wrong, that one is named."""
    formula, lines = lines_of(name)
    assert prove(formula, lines)
    for n, line in enumerate(lines):
        with pytest.raises(AssertionError, match=f"line {n + 1} is wrong by"):
            prove(formula, (*lines[:n], off(line), *lines[n + 1 :]))


def test_a_standing_derivative_is_taken_for_what_it_is() -> None:
    """d(x³)/dx is 3x², in algebra and at points; of another function it is not."""
    pending = {text: Symbol(Derivative(parse(text, {"x"}))) for text in ("x^3", "x^2", "x^40")}
    cube, high = parse("x^3", {"x"}), parse("x^40", {"x"})
    assert prove(cube, (pending["x^3"],)) is Proof.SYMBOLIC
    assert isinstance(prove(high, (pending["x^40"],)), int)
    for formula in (cube, high):
        with pytest.raises(AssertionError, match="line 1 is wrong"):
            prove(formula, (pending["x^2"],))


def test_one_line_beyond_algebra_leaves_the_comparison_at_points() -> None:
    """Nothing is called proved of which one line was only compared."""
    square = parse("x^2", {"x"})
    lines = parse("2*x", {"x"}), parse("2*max(x, -x)*where(x > 0, 1, -1)", {"x"})
    assert prove(square, lines[:1]) is Proof.SYMBOLIC
    assert prove(square, lines) == 20


def test_a_constant_of_a_loss_is_any_number() -> None:
    """A slope that is right for one target alone is none."""
    loss = parse("abs(t - x)", {"t", "x"})
    right = parse("where(t > x, -1, 1)", {"t", "x"})
    assert prove(loss, (right,)) == 20
    with pytest.raises(AssertionError, match="line 1 is wrong"):
        prove(loss, (parse("where(0.3 > x, -1, 1)", {"x"}),))


@pytest.mark.parametrize("name", SOFTMAX)
def test_each_line_of_softmax_is_proved(name: str) -> None:
    """With any one of them wrong, that one is named."""
    of, lines = SOFTMAX[name]
    prove_softmax(of, lines)
    for n, line in enumerate(lines):
        for wrong in (off(line), Negative(line), softmax.renamed(line, "k", "j")):
            if wrong == line:
                continue
            with pytest.raises(AssertionError, match=f"line {n + 1}"):
                prove_softmax(of, (*lines[:n], wrong, *lines[n + 1 :]))


def test_the_targets_of_all_outputs_add_up_to_one() -> None:
    """Those of the others to 1 − t_k."""
    others = Symbol(softmax.Over(softmax.TARGET_J, others=True))
    line = Sum((softmax.OUT_K, others, parse("-1", set())))
    prove_softmax(CROSS_ENTROPY, (line,))
    with pytest.raises(AssertionError, match="line 1"):
        prove_softmax(CROSS_ENTROPY, (Sum((softmax.OUT_K, others)),))


def wrong_middle(formula: Expression, by: Any) -> Iterator[Line]:
    """A differentiation with its second line wrong, and right again after it."""
    for n, step in enumerate(worked(formula, by)):
        yield replace(step, expression=off(step.expression)) if n == 1 else step


def test_a_wrong_line_of_an_activation_or_loss_is_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The document is not made."""
    problem = drawn([2, 2])
    solution(problem)
    for place in ("x", "out"):
        monkeypatch.setattr(
            slopes,
            "worked",
            lambda formula, by, place=place: (
                wrong_middle(formula, by) if (by == "x") == (place == "x") else worked(formula, by)
            ),
        )
        with pytest.raises(AssertionError, match="line 2 is wrong"):
            solution(problem)


def test_a_wrong_bridge_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line between the last rule and the textbook's form."""
    entry = activations.Activation(
        *(parse(text, {"x", "out"}) for text in ("1 / (1 + exp(-x))", "out * (1 - out)")),
        bridges=(parse("1 / (1 + exp(-x)) * (exp(x) / (1 + exp(-x)))", {"x"}),),
    )
    monkeypatch.setattr(slopes, "activation_of", lambda _: entry)
    with pytest.raises(AssertionError, match="is wrong"):
        solution(drawn([2, 2]))


@pytest.mark.parametrize("lines", ["OWN", "OTHERS", "ENTROPY"])
def test_a_wrong_line_of_softmax_is_not_printed(
    lines: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set on the page is what is proved."""
    problem = drawn(
        [2, 3],
        network={"activation": "softmax"},
        loss={"name": "cross-entropy"},
        data={"inputs": [[0.1, 0.2]], "targets": [[0.5, 0.2, 0.3]]},
    )
    assert [m.key for m in messages(solution(problem))].count("slope.proved") == 3
    first, *rest = getattr(softmax, lines)
    monkeypatch.setattr(softmax_pages, lines, (Negative(first), *rest))
    with pytest.raises(AssertionError, match="line 1"):
        solution(problem)
