"""What fits the format and is hardly meant is told, and nothing else is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from derive.engine import train
from derive.problem import doubts, example, example_names, problem_from_fields
from derive.problem.fields import ACTIVATIONS

TWO: dict[str, Any] = {"inputs": [[0.1, 0.2]], "targets": [[0.0, 1.0]]}
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "a negative rate": ({"rate": -0.1}, r"optimizer\.learning_rate: -0\.1 is negative: .*"),
    "a rate of nothing": ({"rate": 0}, r"optimizer\.learning_rate: 0 changes nothing .*"),
    "sigmoid under cross-entropy": (
        {"loss": "cross-entropy"},
        r"loss\.name: cross-entropy looks at outputs .* binary-cross-entropy with sigmoid",
    ),
    "softmax under binary cross-entropy": (
        {"loss": "binary-cross-entropy", "activation": "softmax"},
        r"loss\.name: .*; cross-entropy goes with softmax",
    ),
    "outputs that are no probabilities": (
        {"loss": "binary-cross-entropy", "activation": "relu"},
        r"loss\.name: .* and relu's may leave 0 to 1; .*",
    ),
    "softmax of one": (
        {"layers": [2, 1], "activation": "softmax", "targets": [[1]]},
        r"network\.activation: softmax of a single output is always 1, .*",
    ),
    "a target above sigmoid": (
        {"targets": [[0.5, 2]]},
        r"data\.targets\[0\]\[1\]: 2\.0 is out of reach: sigmoid's outputs are from 0 to 1; .*",
    ),
    "a target below ReLU": (
        {"activation": "relu", "targets": [[-1, 2]]},
        r"data\.targets\[0\]\[0\]: -1\.0 is out of reach: relu's outputs are of at least 0; .*",
    ),
    "targets that are no shares": (
        {"loss": "cross-entropy", "activation": "softmax", "targets": [[1, 1]]},
        r"data\.targets\[0\]: the sum is 2: .*",
    ),
    "nothing": ({}, ""),
    "softmax under cross-entropy": ({"loss": "cross-entropy", "activation": "softmax"}, ""),
    "sigmoid under binary cross-entropy": ({"loss": "binary-cross-entropy"}, ""),
    "far targets of identity": ({"activation": "identity", "targets": [[-9, 9]]}, ""),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_hardly_meant_is_told_by_its_field(name: str) -> None:
    """One line with what is usual, or none."""
    given, expected = ASKED[name]
    problem = problem_from_fields(
        {
            "network": {
                "layers": given.get("layers", [2, 2]),
                "activation": given.get("activation", "sigmoid"),
            },
            "loss": {"name": given.get("loss", "squared-error")},
            "optimizer": {"learning_rate": given.get("rate", 0.5)},
            "data": {**TWO, "targets": given.get("targets", TWO["targets"])},
            "start": {"seed": 1},
        },
        "here",
    )
    assert re.fullmatch(expected, "\n".join(doubt.line for doubt in doubts(problem)))


@pytest.mark.parametrize("name", example_names())
def test_a_published_example_is_beyond_doubt(name: str) -> None:
    """They are worked out in books."""
    assert doubts(example(name).problem) == []


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_what_ends_below_a_bound_is_known_to(name: str) -> None:
    """An activation that hardly rises between a thousand and a million reaches no target above."""
    fields: dict[str, Any] = {
        "network": {"layers": [1, 1], "activation": name, "bias": "none"},
        "data": {"inputs": [[1e3], [1e6]], "targets": [[0.5], [2.0]]},
        "start": {"W1": [[1.0]]},
        "training": {"iterations": 0},
    }
    problem = problem_from_fields(fields, "asked")
    thousand, million = train(problem)["out1"][0, :, 0]
    ends = million - thousand < 0.01
    assert bool(ends and million < 2) == any(d.kind == "out-of-reach" for d in doubts(problem))
