"""The catalogues: the same keys and gaps in each, none missing, none unused, all well written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from derive.derivation import proof
from derive.document import Document, Message
from derive.engine import certified, check
from derive.errors import MissingWordError
from derive.language.catalogues import Catalogue, catalogue
from derive.language.languages import LANGUAGES
from derive.maths.numbers import Rounding
from derive.notation import TEXTBOOKS
from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, Problem, example, example_names
from derive.writers.html import PALETTE, Script, paint
from derive.writers.page import Page
from derive.writers.templating import rendered
from tests.derivation import comparisons
from tests.documents import chaotic, cubic_map, drawn, messages, numbers, solution

GAP = re.compile(r"\{(\w+)(?::\w+)?\}")
FORMULAS = [
    "arctan(x)", "erf(x) + abs(x)", "erfc(x) * x^3", "sin(x) * cos(x)", "sinh(x) / cosh(x)", "2^x",
    "sqrt(1 + x^2)", "where(x >= 0, x, tanh(x))", "max(0.5 * x, min(x, 2))", "ln(2 + exp(x)) - 1",
    "2", "expm1(x)", "log1p(x^2)",
]  # fmt: skip
TWO = {"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[1.0, 0.0], [0.0, 1.0]]}


def everything() -> Iterator[tuple[Problem, dict[str, Any]]]:
    """Problems that between them say every word that there is."""
    for name in example_names():
        found = example(name)
        yield found.problem, {"example": found, "show": (1, found.problem.iterations)}
    for activation in ACTIVATIONS:
        bias = "layer" if activation == "softmax" else "neuron"
        yield drawn([2, 2], network={"activation": activation, "bias": bias}, data=TWO), {}
    for loss in LOSSES:
        yield drawn([2, 2], loss={"name": loss, "over_samples": "mean"}, data=TWO), {}
        yield (
            drawn(
                [2, 3, 2],
                network={"activation": ["tanh", "softmax"]},
                loss={"name": loss},
                data=TWO,
            ),
            {"full": False},
        )
    for optimizer in OPTIMIZERS:
        yield drawn([2, 2], optimizer={"name": optimizer, "l2": 0.1}), {}
    yield drawn([2, 2], optimizer={"name": "momentum", "form": "average"}), {}
    for formula in FORMULAS:
        yield drawn([2, 2], network={"activation": {"formula": formula}}), {}
    yield drawn([2, 2], loss={"formula": "abs(t - o)"}), {}
    yield drawn([2, 2, 2, 2], training={"hidden_deltas": "after-update", "iterations": 0}), {}
    yield (
        drawn([2, 2, 2], training={"samples": "one-by-one", "iterations": 3}, data=TWO),
        {"show": (3,)},
    )
    for bias in ("neuron", "layer"):
        # Gradients alone are asked for.
        alone = {"samples": "one-by-one", "iterations": 0}
        yield drawn([2, 2], training=alone, network={"bias": bias}, data=TWO), {}
    yield drawn([2, 2], training={"samples": "one-by-one", "iterations": 1}, data=TWO), {}
    yield drawn([2, 2], training={"train_biases": False}, network={"bias": "none"}), {}
    yield (
        drawn([2, 2, 2], training={"train_biases": False}, network={"bias": "layer"}),
        {"full": False},
    )
    yield drawn([2, 2, 2], training={"train_biases": False}, optimizer={"l2": 0.1}), {}
    for bias in ("neuron", "layer", "none"):
        yield (
            drawn(
                [2, 3, 2],
                network={"activation": ["tanh", "softmax"], "bias": bias},
                loss={"name": "cross-entropy", "over_samples": "mean"},
                optimizer={"name": "adam" if bias == "none" else "gradient-descent", "l2": 0.1},
                data=TWO,
            ),
            {"views": ("matrices", "gates")},
        )
    yield drawn([2, 2, 2]), {"views": ("scalars", "matrices")}
    for notation in TEXTBOOKS:
        for bias in ("neuron", "layer", "none"):
            yield (
                drawn(
                    [2, 3, 2],
                    network={"activation": ["tanh", "softmax"], "bias": bias},
                    loss={"name": "half-squared-error", "over_samples": "mean"},
                    optimizer={"l2": 0.1 if bias == "neuron" else 0.0},
                    data=TWO,
                ),
                {"views": ("scalars", "matrices", "gates"), "notation": notation},
            )
        yield (
            drawn([2, 2, 2], optimizer={"name": "momentum"}),
            {"notation": notation, "views": ("matrices", "gates")},
        )
        yield drawn([2, 2], optimizer={"name": "adam"}, data=TWO), {"notation": notation}
    mean = {"loss": {"over_samples": "mean"}, "data": TWO}
    yield drawn([2, 2, 2], **mean), {"notation": "nndl"}
    entropy = {"activation": "softmax"}
    yield (
        drawn([2, 2], network=entropy, loss={"name": "cross-entropy"}, data=TWO),
        {"notation": "pdp"},
    )
    later = {"hidden_deltas": "after-update", "iterations": 1}
    yield drawn([2, 2, 2], training=later), {"views": ("matrices",)}
    yield chaotic(), {}
    yield (
        drawn(
            [1, 1],
            start={"W1": [[12.0]], "b1": [0.0]},
            data={"inputs": [[1.0]], "targets": [[0.5]]},
        ),
        {},
    )
    for targets, rate, kinds in (([[0.5]], -0.1, ("softmax", "cross-entropy")), ([[2]], 0, None)):
        activation, loss = kinds or ("sigmoid", "squared-error")
        yield (
            drawn(
                [1, 1],
                network={"activation": activation},
                loss={"name": loss},
                optimizer={"learning_rate": rate},
                data={"inputs": [[1]], "targets": targets},
            ),
            {},
        )
    yield drawn([2, 2]), {"rounding": Rounding(0, 4)}
    yield drawn([2, 2]), {"rounding": Rounding(3, 5)}
    yield (
        drawn(
            [1, 2],
            network={"activation": "relu"},
            loss={"name": "cross-entropy"},
            data={"inputs": [[0.0]], "targets": [[1.0, 0.0]]},
        ),
        {},
    )
    yield drawn([2, 30, 20, 2], data={k: v * 20 for k, v in TWO.items()}, optimizer={"l2": 0.1}), {}
    yield (
        drawn(
            [1, 1],
            network={"activation": "identity"},
            optimizer={"learning_rate": 1e200},
            training={"iterations": 9},
        ),
        {},
    )
    yield (
        drawn(
            [2, 2],
            network={"activation": "softmax"},
            loss={"name": "cross-entropy"},
            data={"inputs": [[900.0, -900.0]], "targets": [[1.0, 0.0]]},
        ),
        {},
    )
    # What is too large at the start is so at any rate.
    huge = {"inputs": [[1e200]], "targets": [[1.0]]}
    yield drawn([1, 1], network={"activation": "identity"}, data=huge), {}
    # All gradients are 0, and so are their differences.
    dead = {"activation": "relu", "bias": "none"}
    yield drawn([1, 1], network=dead, data={"inputs": [[0.0]], "targets": [[1.0]]}), {}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """A document of each of `everything`."""
    found = [solution(problem, **more) for problem, more in everything()]
    with pytest.MonkeyPatch.context() as patch:
        # No network is known whose gradients fail the check: say what would be said if one did.
        patch.setattr(proof, "NOISE", 0.0)
        patch.setattr(check, "MOST_CHECKED", 3)
        found.append(solution(example("han-kamber-9-1").problem))
    with pytest.MonkeyPatch.context() as patch:
        # Of a chaotic training few figures are known where no more digits may be had.
        patch.setattr(certified, "MOST_BITS", 300)
        found.append(solution(cubic_map(200), rounding=Rounding(30)))
    with pytest.MonkeyPatch.context() as patch:
        # Late in a training too long to be certified an iteration starts from float64.
        patch.setattr(certified, "EFFORT", 1)
        patch.setattr(certified, "EARLY", 0)
        found.append(solution(drawn([2, 2], training={"iterations": 9}), show=(1, 8)))
    # More net inputs on a kink than are told one by one.
    still = {"inputs": [[0.0]], "targets": [[0.5] * 8]}
    dead = {"activation": "relu", "bias": "none"}
    found.append(solution(drawn([1, 8], network=dead, data=still), views=("matrices",)))
    # A table that is wider than paper.
    wide = {"inputs": [[0.5] * 30] * 2, "targets": [[0.5]] * 2}
    found.append(solution(drawn([30, 2, 1], data=wide)))
    return [*found, *comparisons.documents()]


def test_every_catalogue_has_the_same_keys_with_the_same_gaps() -> None:
    """No language knows more than another."""
    gaps = {
        tag: {key: sorted(GAP.findall(text)) for key, text in catalogue(tag).words.items()}
        for tag in LANGUAGES
    }
    for tag, found in gaps.items():
        assert found == gaps["en"], tag


def test_no_key_is_missing_and_none_is_unused(
    documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that documents say, and how pages and speech say it, is all that there is."""
    used: set[str] = set()
    phrase = Catalogue.phrase

    def recording(self: Catalogue, key: str, case: str = "") -> str:
        used.add(key)
        return phrase(self, key, case)

    monkeypatch.setattr(Catalogue, "phrase", recording)
    for document in documents:
        page = Page(document, paint, PALETTE)
        body = rendered("html/body.html", page, interactive=True)
        rendered("html/page.html", page, body=body, faces="", script=Script(""))
    paper = Page(documents[0], paint, PALETTE, tagged=False)
    rendered("html/body.html", paper, interactive=False, listed=True)
    known = set(catalogue("en").words)
    assert used <= known
    assert " ".join(sorted(known - used)) == ""


def test_messages_fill_the_gaps_of_both_languages(documents: list[Document]) -> None:
    """Each message resolves in each language; a gap that is not filled raises."""
    for document in documents:
        for message in messages(document):
            for tag in LANGUAGES:
                assert list(catalogue(tag).inlines(message)) or not catalogue(tag).phrase(
                    message.key
                )


def test_a_missing_key_or_gap_is_an_error() -> None:
    """Never a blank."""
    with pytest.raises(MissingWordError, match=r"en\.toml has no words for 'no\.such'"):
        list(catalogue("en").inlines(Message("no.such")))
    with pytest.raises(MissingWordError, match="has gaps"):
        list(catalogue("en").inlines(Message("title")))


def test_documents_in_any_language_hold_the_same_numbers(documents: list[Document]) -> None:
    """zh, en and zh+en differ in words alone."""
    for name in ("mazur-2015", "deep-ml-105", "hmkcode-2019"):
        problem = example(name).problem
        if problem.iterations > 10:
            problem = Problem(**{**vars(problem), "iterations": 2})
        shown = [
            [(n.ref, n.numeral) for n in numbers(solution(problem, languages=languages))]
            for languages in (["zh-Hans"], ["en"], ["zh-Hans", "en"])
        ]
        assert shown[0] == shown[1] == shown[2]
        assert len(shown[0]) > 100


def test_chinese_is_written_with_chinese_punctuation() -> None:
    """No comma, colon, full stop or bracket of the Latin kind next to a Chinese character."""
    for key, text in catalogue("zh").words.items():
        if key.startswith("speech."):
            continue
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", text), (
            key,
            text,
        )
        assert not re.search(r"[\u4e00-\u9fff]\.(\s|$)", text), (key, text)


def test_a_space_parts_chinese_from_letters_digits_and_mathematics(
    documents: list[Document],
) -> None:
    """Always, and Chinese from Chinese never; where words meet words, the page sets the space."""
    for message in {message.key: message for d in documents for message in messages(d)}.values():
        words = catalogue("zh").phrase(message.key)
        pieces = catalogue("zh").inlines(message)
        text = "".join(piece if isinstance(piece, str) else "x" for piece in pieces)
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9½]|[A-Za-z0-9½][\u4e00-\u9fff]", words), (
            words
        )
        assert not re.search(r"[\u4e00-\u9fff，。：；、）」”] [\u4e00-\u9fff]", text), text
        if not any(isinstance(gap, Message) for gap in message.gaps.values()):
            assert not re.search(r"[\u4e00-\u9fff]x|x[\u4e00-\u9fff]", text), text


def test_english_is_set_with_curly_marks() -> None:
    """No apostrophe and no quotation mark of typewriters."""
    for key, text in catalogue("en").words.items():
        assert not re.search("['\"]", text), (key, text)


def test_english_has_no_chinese_and_chinese_is_chinese() -> None:
    """Both catalogues are whole."""
    for key, text in catalogue("en").words.items():
        han = [c for c in text if "CJK" in unicodedata.name(c, "")]
        assert not han or key == "page.both", (key, text)
    for key, text in catalogue("zh").words.items():
        words = GAP.sub("", text)
        latin = re.findall(r"[A-Za-z]{4,}", words)
        han = re.findall(r"[\u4e00-\u9fff]", words)
        assert han or not latin or key.startswith(("activation.", "optimizer.")), (key, text)
