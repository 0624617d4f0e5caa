"""The graph of scalar gates, measured and worked through: each gate's rule, forwards and back."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import Any

import pytest

from derive.document import Carried, GateFigure, ScalarGateFigure
from derive.figures import scalar_gates_svg
from derive.maths.expression import is_negative
from derive.maths.numbers import Rounding
from derive.maths.tree import Number, numbers
from derive.notation import TEXTBOOKS
from derive.problem import Problem
from tests.documents import drawn, inside, solution
from tests.figures.drawing import PALETTE, SVG, canvas, labels, read, shapes

SOFTMAX = {"activation": ["tanh", "softmax"]}
PROBLEMS: dict[str, Problem] = {
    "2-2-2": drawn([2, 2, 2]),
    "2-3-1": drawn([2, 3, 1], network={"bias": "layer", "activation": ["relu", "sigmoid"]}),
    "1-1-1-1": drawn([1, 1, 1, 1], network={"bias": "none"}),
    "softmax": drawn([2, 2, 2], network=SOFTMAX, loss={"name": "cross-entropy"}),
}


CASES = [(name, notation) for name in PROBLEMS for notation in ("net-out", "watermelon")]


@cache
def figure(name: str, notation: str) -> ScalarGateFigure:
    """The drawing's content."""
    problem = PROBLEMS[name]
    document = solution(problem, views=("gates",), notation=notation, rounding=Rounding(9))
    (found,) = (part for part in inside(document) if isinstance(part, ScalarGateFigure))
    return found


def number(tree: Any) -> float:
    """The one number of a label."""
    (only,) = numbers(tree)
    return float(only.numeral.plain())


def both(edge: Carried) -> tuple[float, float]:
    """What goes forward, and what comes back."""
    assert edge.back is not None
    return number(edge.value), number(edge.back)


@pytest.mark.parametrize(("name", "notation"), CASES)
def test_each_gate_keeps_its_rule(name: str, notation: str) -> None:
    """Products, sums and what comes back through them, from the printed numbers alone."""
    drawing = figure(name, notation)
    for layer in drawing.layers:
        shares = [0.0] * len(layer.entering)
        for neuron in layer.neurons:
            total, came = 0.0, both(neuron.net)[1]
            pairs = zip(neuron.weights, neuron.products, strict=True)
            for n, (weight, product) in enumerate(pairs):
                taken, (value, back) = number(layer.entering[n].value), both(weight)
                total += value * taken
                shares[n] += came * value
                assert both(product) == pytest.approx((value * taken, came), rel=1e-6, abs=1e-9)
                assert back == pytest.approx(came * taken, rel=1e-6, abs=1e-9)
            if neuron.bias is not None:
                sign = -1 if neuron.subtracts else 1
                bias, back = both(neuron.bias)
                total += sign * bias
                if PROBLEMS[name].bias == "neuron":
                    assert back == pytest.approx(sign * came, rel=1e-6, abs=1e-9)
            assert both(neuron.net)[0] == pytest.approx(total, rel=1e-6, abs=1e-9)
        for entering, share in zip(layer.entering, shares, strict=True):
            if entering.back is not None:
                assert number(entering.back) == pytest.approx(share, rel=1e-6, abs=1e-9)
    back = drawing.loss.back
    assert back is not None
    assert number(back) == 1
    assert is_negative(back) == TEXTBOOKS[notation].minus_gradient


@pytest.mark.parametrize(
    ("name", "notation"), [*CASES, *(("2-2-2", book) for book in TEXTBOOKS if book != "net-out")]
)
def test_nothing_lies_on_anything_else(name: str, notation: str) -> None:
    """No label on another, on an edge or on a gate, and nothing beyond the edge."""
    root = read(scalar_gates_svg(figure(name, notation), PALETTE, {"en": "<&>"}))
    whole, boxes = canvas(root), labels(root)
    gates = [one for one in shapes(root) if one.text in ("circle", "rect")]
    assert len(boxes) > 20
    for box in boxes:
        assert box.within(whole), box
        assert sum(box.overlaps(gate) for gate in gates) == any(map(box.within, gates)), box
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other), (one, other)
    for line in root.iter(f"{SVG}line"):
        x1, y1, x2, y2 = (float(line.get(key, "")) for key in ("x1", "y1", "x2", "y2"))
        for box in boxes:
            if any(map(box.within, gates)):
                continue
            for step in range(101):
                x, y = x1 + (x2 - x1) * step / 100, y1 + (y2 - y1) * step / 100
                inside_it = box.left < x < box.right and box.top < y < box.bottom
                assert not inside_it, (box, (x1, y1, x2, y2))


@pytest.mark.parametrize(
    "problem",
    [
        drawn([2, 5, 2]),
        drawn([2, 2, 2], optimizer={"l2": 0.1}),
        drawn([2, 2], data={"inputs": [[0.1, 0.2]] * 2, "targets": [[0.1, 0.2]] * 2}),
    ],
    ids=["large", "a penalty", "two samples"],
)
def test_what_numbers_cannot_show_stands_in_matrices(problem: Problem) -> None:
    """Too many gates, a penalty that goes other ways, several samples."""
    document = solution(problem, views=("gates",))
    assert [part for part in inside(document) if isinstance(part, GateFigure)]
    assert not [part for part in inside(document) if isinstance(part, ScalarGateFigure)]


def test_numbers_too_long_for_their_edges_stand_in_matrices() -> None:
    """Seventeen figures do not stand on an edge."""
    document = solution(drawn([2, 2, 2]), views=("gates",), rounding=Rounding(17))
    assert [part for part in inside(document) if isinstance(part, GateFigure)]


def test_every_number_of_the_trace_says_what_it_is() -> None:
    """Only products, which the trace does not hold, and the last 1 have no name."""
    root = read(scalar_gates_svg(figure("2-2-2", "net-out"), PALETTE, {}))
    unnamed = [
        "".join(text.itertext())
        for text in root.iter(f"{SVG}text")
        if text.get("data-ref") is None and re.search(r"\d", "".join(text.itertext()))
    ]
    assert len(unnamed) == 8 + 1
    drawing = figure("2-2-2", "net-out")
    carried = [part for part in inside(drawing) if isinstance(part, Carried)]
    named = [n for edge in carried for n in numbers(edge.value) if isinstance(n, Number) and n.ref]
    assert len(named) == 8 + 4 + 4 * 2 + 4 + 1
