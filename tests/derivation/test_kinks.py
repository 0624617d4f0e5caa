"""Net inputs on a kink: decided exactly, and said."""

from __future__ import annotations

from typing import Any

import pytest

from derive.document import Document, Message
from derive.maths.tree import Number
from derive.reference import Ref
from tests.documents import drawn, messages, numbers, solution

ZERO = {"inputs": [[1, 2, 1]], "targets": [[1]]}
NOTHING = {"W1": [[0.5, -0.2, 0.3]], "b1": [-0.4]}
"""0.5 − 0.4 + 0.3 − 0.4, which float64 takes for −5.6 × 10⁻¹⁷."""


def at(activation: Any, bias: float = -0.4, **more: Any) -> Document:
    """One neuron whose weighted sum is 0.4, less `bias`."""
    problem = drawn(
        [3, 1],
        network={"activation": activation},
        data=ZERO,
        start={**NOTHING, "b1": [bias]},
        optimizer={"learning_rate": 0.1},
    )
    return solution(problem, **more)


def said(document: Document) -> list[Message]:
    """What is said of kinks."""
    return [message for message in messages(document) if message.key == "slope.kink"]


def printed(document: Document, ref: Ref) -> set[str]:
    """How a scalar is printed."""
    return {n.numeral.plain() for n in numbers(document) if n.ref == ref}


def test_a_net_input_of_exactly_0_moves_nothing() -> None:
    """ReLU's slope is 0 there by convention, so that no weight changes."""
    document = at("relu")
    assert printed(document, Ref("net", 1, (0,), 0, 0)) == {"0"}
    for n, weight in enumerate(("0.5", "-0.2", "0.3")):
        assert printed(document, Ref("W", 1, (0, n), None, 1)) == {weight}


@pytest.mark.parametrize(
    ("activation", "left", "right"),
    [
        ("relu", "0", "1"),
        ("leaky-relu", "0.01", "1"),
        ({"formula": "abs(x)"}, "-1", "1"),
        ({"formula": "max(2*x, x)"}, "1", "2"),
        ({"formula": "min(x, 0)"}, "1", "0"),
        ({"formula": "where(x < 0, -3*x, x^2)"}, "-3", "0"),
    ],
)
@pytest.mark.parametrize("view", ["scalars", "matrices", "gates"])
def test_the_two_slopes_of_a_kink_are_said(
    activation: Any, left: str, right: str, view: str
) -> None:
    """From the left and from the right, in each view."""
    (message,) = said(at(activation, views=(view,)))
    sides = [message.gaps[side] for side in ("left", "right")]
    assert [side.numeral.plain() for side in sides if isinstance(side, Number)] == [left, right]


@pytest.mark.parametrize("activation", ["elu", "sigmoid", {"formula": "x*abs(x)"}])
def test_nothing_is_said_where_a_derivative_exists(activation: Any) -> None:
    """Two pieces with one slope make no kink."""
    assert not said(at(activation))


def test_a_kink_elsewhere_than_at_0_is_found() -> None:
    """max(x, 0.4) at 0.4."""
    assert len(said(at({"formula": "max(x, 0.4)"}, bias=0.0))) == 1
    assert not said(at({"formula": "max(x, 0.5)"}, bias=0.0))


def test_the_check_does_not_judge_what_lies_on_a_kink() -> None:
    """It does not call the difference rounding noise."""
    keys = {message.key for message in messages(at("relu"))}
    assert {"proof.kink", "proof.largest"} <= keys
    judged = {"proof.equal", "proof.agreement", "proof.difference", "proof.disagreement"}
    assert not keys & judged
    beside = {message.key for message in messages(at("relu", bias=0.1))}
    assert beside & judged == {"proof.equal"}


def test_the_trace_s_rounding_is_told_where_it_shows() -> None:
    """float64 has −5.55 × 10⁻¹⁷ for 0."""
    (message,) = (m for m in messages(at("relu")) if m.key.startswith("iterations.differs"))
    found = message.gaps["found"]
    assert isinstance(found, Number)
    assert found.numeral.plain() == "-5.55112e-17"
    assert not [m for m in messages(at("relu", bias=0.1)) if m.key.startswith("iterations.diff")]
