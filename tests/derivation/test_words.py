"""What a solution says of its problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from derive.document import CurveFigure, Document, Figure, Inline, Message, Section, blocks
from derive.language.catalogues import catalogue
from derive.maths.mathml import mathml
from derive.maths.tree import Operator, Script, Styled
from derive.notation import TEXTBOOKS
from tests.documents import drawn, equations, inside, messages, solution


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


TWO = {"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[1.0, 0.0], [0.0, 1.0]]}


def english(document: Document) -> str:
    """All that a document says in English, its mathematics left out."""
    return " ".join(
        "".join(piece if isinstance(piece, str) else "…" for piece in catalogue("en").inlines(said))
        for said in messages(document)
    )


@pytest.mark.parametrize("samples", ["together", "one-by-one"])
@pytest.mark.parametrize("optimizer", ["gradient-descent", "adam"])
@pytest.mark.parametrize("notation", ["net-out", "watermelon", "pdp", "goodfellow"])
def test_gradients_alone_speak_of_no_update(samples: str, optimizer: str, notation: str) -> None:
    """No update, training, learning rate or optimizer in title, conventions, tables or proof."""
    document = solution(
        drawn(
            [2, 2, 2],
            training={"iterations": 0, "samples": samples},
            optimizer={"name": optimizer},
            data=TWO,
        ),
        notation=notation,
        views=("scalars", "matrices", "gates"),
    )
    text = english(document).lower()
    for word in ("updat", "train", "learning rate", "optimizer", "iteration"):
        assert word not in text, word
    assert not [part for part in inside(document) if isinstance(part, CurveFigure)]
    drawing, *_ = [block for block in blocks(document) if isinstance(block, Figure)]
    assert drawing.number == 1


def test_error_terms_of_updated_weights_need_the_rate() -> None:
    """Even where gradients alone are asked for, these hang on what an update would leave."""
    later = {"hidden_deltas": "after-update", "iterations": 0}
    for layers, told in (([2, 2, 2], 1), ([2, 2], 0)):
        problem = drawn(layers, training=later, optimizer={"learning_rate": 0.25})
        assert len(list(said(solution(problem), "conventions.learning_rate"))) == told


@pytest.mark.parametrize("notation", sorted(TEXTBOOKS))
@pytest.mark.parametrize("optimizer", ["gradient-descent", "momentum"])
@pytest.mark.parametrize("bias", ["neuron", "none"])
def test_the_sign_of_an_update_is_the_one_that_is_told(
    notation: str, optimizer: str, bias: str
) -> None:
    """Where error terms are minus a derivative, by the signs in the updates themselves."""
    problem = drawn([2, 2], optimizer={"name": optimizer}, network={"bias": bias})
    document = solution(problem, notation=notation)
    signs: dict[str, set[str]] = {"W": set(), "b": set()}
    for equation in equations(document):
        new = equation.steps[0].result if equation.steps else None
        if new is not None and new.is_value and new.iteration == 1:
            operators = [part.text for part in inside(equation.tree) if isinstance(part, Operator)]
            signs[new.quantity].add(next(o for o in operators[operators.index("=") :] if o in "+−"))
    told = {
        "letters.updates_add": {"W": {"+"}, "b": {"+"}},
        "letters.updates_threshold": {"W": {"+"}, "b": {"−"}},
        "letters.updates_of_optimizer": {"W": {"−"}, "b": {"−"}},
    }
    keys = [message.key for message in messages(document) if message.key in told]
    expected = told[keys[0]] if keys else {"W": {"−"}, "b": {"−"}}
    assert signs == ({**expected, "b": set()} if bias == "none" else expected)
    assert len(keys) == TEXTBOOKS[notation].minus_gradient


@pytest.mark.parametrize(
    ("training", "intro"),
    [
        ({"iterations": 1}, "iterations.intro_once"),
        ({"iterations": 2}, "iterations.intro"),
        ({"iterations": 1, "samples": "one-by-one"}, "iterations.intro_one_by_one_once"),
        ({"iterations": 2, "samples": "one-by-one"}, "iterations.intro_one_by_one"),
    ],
)
def test_one_update_is_not_called_a_repetition(training: dict[str, object], intro: str) -> None:
    """And the error before and after it is not called one of many."""
    document = solution(drawn([2, 2], training=training, data=TWO))
    keys = {message.key for message in messages(document)}
    assert {key for key in keys if key.startswith("iterations.intro")} == {intro}


@pytest.mark.parametrize(("show", "named"), [((1,), []), ((1, 2), ["1", "2"]), ((2,), ["2"])])
def test_each_iteration_has_its_name_where_there_are_others(
    show: tuple[int, ...], named: list[str]
) -> None:
    """The first as well, and its anchors stay."""
    document = solution(drawn([2, 2], training={"iterations": 3}), show=show)
    assert [gaps["number"] for gaps in said(document, "iterations.one")] == named
    anchors = {block.anchor for block in blocks(document) if isinstance(block, Section)}
    assert ("forward" in anchors) == (1 in show)


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"optimizer": {"learning_rate": 1e200}}, "iterations.diverged"),
        ({"data": {"inputs": [[1e200]], "targets": [[1.0]]}}, "iterations.out_of_range"),
        (
            {
                "network": {"activation": "relu", "bias": "none"},
                "optimizer": {"name": "adam", "epsilon": 0},
                "data": {"inputs": [[0.0]], "targets": [[1.0]]},
            },
            "iterations.out_of_range",
        ),
    ],
)
def test_a_smaller_rate_is_advised_where_it_helps(tables: dict[str, object], key: str) -> None:
    """Not where the start is too large, nor where an optimizer divides 0 by 0."""
    tables = {"network": {"activation": "identity"}, **tables}
    document = solution(drawn([1, 1], training={"iterations": 9}, **tables))
    keys = {message.key for message in messages(document)}
    assert keys & {"iterations.diverged", "iterations.out_of_range"} == {key}


def test_hidden_layers_that_are_numbered_take_no_article() -> None:
    """Of hidden layer 1, but of the hidden layer."""
    numbered = english(solution(drawn([2, 2, 2, 2]), views=("scalars", "matrices", "gates")))
    assert "of hidden layer 1" in numbered
    assert not re.search(r"the hidden layer \d", numbered)
    assert "of the hidden layer" in english(solution(drawn([2, 2, 2])))


@pytest.mark.parametrize("notation", ["watermelon", "nndl", "goodfellow", "d2l"])
@pytest.mark.parametrize("layers", [[2, 2], [2, 2, 2], [2, 2, 2, 2]])
def test_a_layer_and_a_sample_above_a_letter_are_told_where_one_has_both(
    notation: str, layers: list[int]
) -> None:
    """By the letters that the equations are set in."""
    document = solution(drawn(layers, data=TWO), notation=notation)
    keys = {message.key for message in messages(document)}
    roles = [
        {part.role for part in inside(letter.sup) if isinstance(part, Styled)}
        for equation in equations(document)
        for letter in inside(equation.tree)
        if isinstance(letter, Script)
    ]
    assert ("letters.layer_and_sample" in keys) == ({"layer", "sample"} in roles)
    assert ("letters.sample_above" in keys) == ({"layer", "sample"} not in roles)
