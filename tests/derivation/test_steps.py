"""Steps: what an equation states of its scalars holds, or the program stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.derivation import VIEWS, optimizer, softmax
from derive.derivation.layers.layerwise import Layerwise
from derive.derivation.scalars import error_terms, forward, gradients
from derive.derivation.setting.scalar_walk import ScalarWalk
from derive.derivation.setting.workbook import Workbook
from derive.errors import UnsoundStepError
from derive.formula import Expression, Negative, Product, Sum, Symbol, substitute
from derive.maths.tree import Number, Styled, Tree, numbers, parts
from derive.notation import TEXTBOOKS
from derive.problem import Problem
from derive.reference import Aspect, Ref, State
from tests.documents import drawn, equations, solution
from tests.engine.strategies import problems


def results(tree: Tree) -> list[Number]:
    """The numbers that an equation gives as its value."""
    if isinstance(tree, Styled) and tree.role == "value":
        return list(numbers(tree))
    return [number for part in parts(tree) for number in results(part)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    problem=problems(most_iterations=2),
    notation=st.sampled_from(sorted(TEXTBOOKS)),
    full=st.booleans(),
)
def test_each_value_on_a_page_is_the_result_of_a_step(
    *, problem: Problem, notation: str, full: bool
) -> None:
    """None is set beside a step that speaks of another scalar, or of none."""
    document = solution(problem, notation=notation, full=full, views=VIEWS, show=(1, 2))
    seen = 0
    for equation in equations(document):
        stated = {step.result for step in equation.steps}
        assert all(step.forms for step in equation.steps)
        for number in results(equation.tree):
            assert number.ref in stated, (equation.number, number.ref)
            seen += 1
    assert seen


def another(form: Expression, quantity: str, aspect: Aspect | State) -> Expression:
    """A form with the next neuron's scalar for the first one of a quantity."""
    done = []

    def change(name: Any) -> Expression:
        if (
            isinstance(name, Ref)
            and (name.quantity, name.aspect) == (quantity, aspect)
            and name.index
            and not done
        ):
            done.append(name)
            index = (*name.index[:-1], 1 - name.index[-1])
            return Symbol(replace(name, index=index))
        return Symbol(name)

    return substitute(form, change)


def wrong_neuron(quantity: str, aspect: Aspect | State = Aspect.VALUE) -> Callable[..., Any]:
    """Makes a function that gives a form give it with another neuron's scalar."""
    return lambda right: lambda *args: another(right(*args), quantity, aspect)


def opposite(right: Callable[..., Expression]) -> Callable[..., Expression]:
    """Makes a function that gives a form give its opposite."""
    return lambda *args: Negative(right(*args))


NET = drawn([2, 2, 2], training={"iterations": 1})
SOFTMAX = drawn(
    [2, 2, 2],
    network={"activation": ["sigmoid", "softmax"]},
    loss={"name": "cross-entropy"},
    data={"inputs": [[0.1, 0.4]], "targets": [[0, 1]]},
    training={"iterations": 1},
)
ADAM = drawn([2, 2, 1], optimizer={"name": "adam"}, training={"iterations": 1})
CHANGES = {
    "a net input with another weight": (NET, forward, "net_expression", wrong_neuron("W")),
    "an output of another net input": (NET, forward, "activation_formula", wrong_neuron("net")),
    "a slope of another output": (NET, error_terms, "slope_formula", wrong_neuron("out")),
    "the loss with the wrong sign": (NET, error_terms, "loss_slope", opposite),
    "the third factor of another neuron": (NET, ScalarWalk, "local", wrong_neuron("out")),
    "a path through another weight": (NET, ScalarWalk, "local", wrong_neuron("W")),
    "a gradient with another output": (
        NET, gradients, "weight_gradient", wrong_neuron("out"),
    ),
    "softmax's slope of another net input": (SOFTMAX, softmax, "_slope", wrong_neuron("net")),
    "an optimizer's memory of another weight": (
        ADAM, optimizer, "substitute", wrong_neuron("W", State("m")),
    ),
    "a step uphill": (NET, optimizer, "Negative", lambda right: lambda operand: operand),
    "a loss matrix with the wrong sign": (
        NET, Layerwise, "of_loss",
        lambda right: lambda self: [
            self.values(self.towards(self.last), lambda ref: Negative(Symbol(ref)))
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_statement_that_does_not_hold_stops_the_program(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is printed of what is not so, not even with a sign that says about."""
    problem, where, name, changed = CHANGES[change]
    solution(problem, views=VIEWS)
    monkeypatch.setattr(where, name, changed(getattr(where, name)))
    with pytest.raises(UnsoundStepError, match=r"internal error: form \d of what is said of"):
        solution(problem, views=VIEWS)


def test_forms_are_compared_before_anything_is_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference far behind the last printed figure is one."""
    right = forward.net_expression

    def nearly(book: Workbook, layer: int, neuron: int, sample: int) -> Expression:
        form = right(book, layer, neuron, sample)
        tiny = Symbol(Ref("out", 0, (0,), 0, 0))
        power = Product((tiny,) * 60)
        return Sum((form, power))

    problem = drawn(
        [1, 1, 1], data={"inputs": [[0.4]], "targets": [[0.5]]}, training={"iterations": 1}
    )
    monkeypatch.setattr(forward, "net_expression", nearly)
    with pytest.raises(UnsoundStepError):
        solution(problem)
