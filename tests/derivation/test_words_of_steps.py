"""What prose names is what the equation after it is about: neuron, layer, sample, count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from derive.derivation import VIEWS, letters_of
from derive.document import Document, Equation, Message, Paragraph, blocks
from derive.formula import symbols
from derive.maths.tree import Named
from derive.notation import TEXTBOOKS
from derive.problem import Problem
from derive.reference import Aspect, Ref
from tests.documents import drawn, inside, sections, solution

PROBLEMS = {
    "one sample": drawn([2, 3, 2], training={"iterations": 2}),
    "three layers": drawn(
        [2, 2, 3, 2],
        network={"activation": ["tanh", "relu", "sigmoid"], "bias": "layer"},
        training={"iterations": 1},
    ),
    "samples and a penalty": drawn(
        [2, 2, 2],
        data={"inputs": [[0.1, 0.2], [0.3, 0.5]], "targets": [[0.2, 0.8], [1, 0]]},
        loss={"over_samples": "mean"},
        optimizer={"l2": 0.1},
        training={"iterations": 1},
    ),
    "softmax": drawn(
        [2, 2, 3],
        network={"activation": ["relu", "softmax"], "bias": "none"},
        loss={"name": "cross-entropy"},
        data={"inputs": [[0.1, 0.2], [0.3, 0.5]], "targets": [[0, 1, 0], [1, 0, 0]]},
        training={"samples": "one-by-one", "iterations": 2},
    ),
}


def led_to(document: Document) -> Iterator[tuple[Message, Equation]]:
    """Each sentence of the text with the equation right after it."""
    for group in sections(document.sections):
        bodies = [block for block in group if getattr(block, "role", "body") == "body"]
        for words, equation in pairwise(bodies):
            if isinstance(words, Paragraph) and isinstance(equation, Equation) and equation.steps:
                yield words.message, equation


def spoken_of(equation: Equation) -> set[Ref]:
    """Every scalar, and every whole vector or matrix, that an equation names."""
    named = {part.ref for part in inside(equation.tree) if isinstance(part, Named)}
    stated = {step.result for step in equation.steps}
    used = {ref for step in equation.steps for form in step.forms for ref in symbols(form)}
    scalars = {plain(ref) for ref in named | stated | used if isinstance(ref, Ref)}
    # An error term is the derivative by its own net input, and a part of its layer's.
    by = {ref.itself for ref in scalars if ref.aspect is Aspect.ERROR_TERM}
    return scalars | by | {replace(ref, index=()) for ref in scalars}


def plain(ref: Ref) -> Ref:
    """A scalar without the sign that may stand before its letters."""
    return ref.gradient if ref.aspect is Aspect.DESCENT else ref


def layer_words(problem: Problem, layer: int) -> Message:
    """The words for a layer after the input."""
    last = len(problem.layers) - 1
    if layer == last:
        return Message("layer.output")
    return Message("layer.hidden" if last == 2 else "layer.hidden_numbered", numbered(layer, last))


def numbered(layer: int, last: int) -> dict[str, Any]:
    """A hidden layer's number where there are several."""
    return {} if last == 2 else {"number": str(layer)}


@pytest.mark.parametrize("notation", sorted(TEXTBOOKS))
@pytest.mark.parametrize("name", PROBLEMS)
def test_gaps_name_what_the_next_equation_is_about(name: str, notation: str) -> None:
    """Filled from one place and the equation from another, they would part unseen."""
    problem = PROBLEMS[name]
    letters, book = letters_of(problem, notation), TEXTBOOKS[notation]
    checked: set[str] = set()
    for message, equation in led_to(
        solution(problem, notation=notation, views=VIEWS, full=True, show=(1,))
    ):
        about = equation.steps[0].result
        for gap, filled in message.gaps.items():
            where = (message.key, gap, equation.number)
            for part in inside(filled):
                if isinstance(part, Named) and isinstance(part.ref, Ref):
                    assert plain(part.ref) in spoken_of(equation), where
                    checked.add("letters")
            match gap:
                case "neuron":
                    assert filled == letters.neuron(about.layer or 0, about.index[0]), where
                case "layer" if about.layer:
                    of_weights = message.key.startswith("backward.title")
                    assert of_weights or filled == layer_words(problem, about.layer), where
                case "activation":
                    key = problem.activations[(about.layer or 1) - 1].name
                    assert filled == Message(f"activation.{key}"), where
                case "sample" if isinstance(filled, str):
                    assert filled == str((about.sample or 0) + 1), where
                case "count":
                    assert filled == str(len(problem.inputs)), where
                case "net":
                    sums = book.threshold and problem.bias != "none"
                    word = Message("sign.sum" if sums else "sign.net")
                    assert not isinstance(filled, Message) or filled == word, where
                case "nets":
                    sums = book.threshold and problem.bias != "none"
                    assert filled == Message("sign.sums" if sums else "sign.nets"), where
                case "derivative":
                    minus = "minus_" if book.minus_gradient else ""
                    assert filled == Message(f"sign.{minus}derivative"), where
                case _:
                    continue
            checked.add(gap)
    assert {"letters", "neuron", "layer", "activation"} <= checked


def test_a_sign_word_says_what_the_gradient_of_a_bias_is() -> None:
    """Minus the gradient where the letters before the equation carry a minus."""
    for notation, book in TEXTBOOKS.items():
        document = solution(PROBLEMS["one sample"], notation=notation)
        for message, equation in led_to(document):
            if message.key == "backward.bias":
                descent = equation.steps[0].result.aspect is Aspect.DESCENT
                minus = "minus_" if descent else ""
                assert message.gaps["gradient"] == Message(f"sign.{minus}gradient"), notation
                word = "threshold" if book.threshold else "bias"
                assert message.gaps["parameter"] == Message(f"sign.{word}")


def test_every_block_with_letters_is_looked_at() -> None:
    """The sentences that name letters but lead to no equation are few, and known."""
    document = solution(PROBLEMS["one sample"], views=VIEWS, full=True)
    leading = {message.key for message, _ in led_to(document)}
    other = {
        block.message.key
        for block in blocks(document)
        if isinstance(block, Paragraph)
        and block.role == "body"
        and any(isinstance(part, Named) for part in inside(block.message))
    }
    assert other - leading <= {"backward.output.intro", "gates.add_back", "backward.chain"}
