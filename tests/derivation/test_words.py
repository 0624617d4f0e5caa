"""What a solution says of its problem."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from derive.document import Document, Inline, Message
from derive.maths.mathml import mathml
from tests.documents import drawn, messages, solution


def said(document: Document, key: str) -> Iterator[dict[str, str]]:
    """The gaps of each message of a key, mathematics as its bare characters."""
    for message in messages(document):
        if message.key == key:
            yield {name: bare(part) for name, part in message.gaps.items()}


def bare(part: Inline) -> str:
    """The characters of a formula, or the key of a message."""
    if isinstance(part, Message):
        return part.key
    markup = f"<a>{part}</a>" if isinstance(part, str) else mathml(part, paint=lambda *_: "")
    text = "".join(ElementTree.fromstring(markup).itertext())  # noqa: S314
    return unicodedata.normalize("NFKC", text)


def test_the_conventions_show_a_formula_that_was_given() -> None:
    """Two layers with a formula each are told apart before the first step."""
    formulas = [{"formula": "x^2"}, {"formula": "1 / x"}, "tanh"]
    document = solution(drawn([1, 1, 1, 1], network={"activation": formulas}))
    found = [gaps["activation"] for gaps in said(document, "conventions.activation")]
    assert found == ["out=net2", "out=1net", "activation.tanh"]


def test_one_path_back_is_not_called_many() -> None:
    """A hidden neuron before a layer of one neuron feeds that neuron alone."""
    document = solution(drawn([2, 3, 1, 2]))
    assert [gaps["next"] for gaps in said(document, "backward.hidden.intro_one")] == ["h2,1"]
    assert [gaps["next"] for gaps in said(document, "backward.hidden.intro")] == ["layer.output"]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ({"name": "cross-entropy"}, "E=−∑ktk ln outk"),
        ({"name": "binary-cross-entropy"}, "E=−∑k(tk ln outk+(1−tk) ln(1−outk))"),
        ({"name": "squared-error"}, "E=∑k(tk−outk)2"),
        ({"formula": "(t - o)^2 - o"}, "E=∑k((tk−outk)2−outk)"),
    ],
)
def test_the_loss_of_several_outputs_is_written_as_books_do(
    loss: dict[str, str], expected: str
) -> None:
    """A minus stands before the sum, and a sum under it in parentheses."""
    data = {"inputs": [[1.0]], "targets": [[0.2, 0.8]]}
    document = solution(drawn([1, 2], loss=loss, data=data))
    (gaps,) = said(document, "conventions.loss")
    assert gaps["loss"].replace("\N{THIN SPACE}", " ") == expected


def test_a_penalty_leaves_out_biases_only_where_there_are_any() -> None:
    """A network without biases is told nothing of them."""
    for bias, key in (("neuron", "conventions.l2_biased"), ("none", "conventions.l2")):
        document = solution(drawn([2, 2], network={"bias": bias}, optimizer={"l2": 0.1}))
        found = {message.key for message in messages(document)}
        assert found & {"conventions.l2", "conventions.l2_biased"} == {key}
