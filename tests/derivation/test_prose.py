"""What a document says, and in what order: an equation follows the sentence that leads to it."""

from __future__ import annotations

import itertools

import pytest

from derive.document import Document, Equation, Message, Paragraph
from derive.engine import check
from derive.language.catalogues import catalogue
from derive.language.languages import LANGUAGES
from derive.maths.tree import Number
from derive.problem import OPTIMIZERS
from tests.documents import drawn, inside, messages, sections, solution


def said(document: Document, key: str) -> Message:
    """The one message of a document with this key."""
    (found,) = {
        message.key: message for message in messages(document) if message.key == key
    }.values()
    return found


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("train_biases", [True, False])
def test_a_sentence_with_a_colon_leads_to_what_follows(
    optimizer: str, *, train_biases: bool
) -> None:
    """Between a colon and its equation stands nothing but a note on how it was found."""
    problem = drawn(
        [2, 2, 2], training={"train_biases": train_biases}, optimizer={"name": optimizer}
    )
    document = solution(problem, views=("scalars", "matrices", "gates"))
    for blocks in sections(document.sections):
        bodies = [b for b in blocks if not isinstance(b, Paragraph) or b.role == "body"]
        for block, after in itertools.pairwise(bodies):
            if isinstance(block, Paragraph) and isinstance(after, Paragraph):
                for tag in LANGUAGES:
                    assert not catalogue(tag).phrase(block.message.key).endswith((":", "："))


@pytest.mark.parametrize(
    ("train_biases", "each"), [(True, "update.parameter"), (False, "update.weight")]
)
def test_the_update_speaks_of_what_it_changes(each: str, *, train_biases: bool) -> None:
    """Where biases keep their values, it is the weights that take a step."""
    document = solution(drawn([2, 2], training={"train_biases": train_biases}))
    assert said(document, "update.intro").gaps["each"] == Message(each)


def test_the_numbers_of_an_optimizer_stand_beside_its_name() -> None:
    """Not beside the learning rate, of which they are no part."""
    problem = drawn([2, 2], optimizer={"name": "adam"})
    optimizer = said(solution(problem), "conventions.optimizer")
    shown = [part.numeral.printed for part in inside(optimizer) if isinstance(part, Number)]
    assert list(map(float, shown)) == [*problem.optimizer.numbers.values()]


@pytest.mark.parametrize(("most", "key"), [(10, "proof.all"), (6, "proof.all"), (5, "proof.some")])
def test_the_check_says_whether_it_left_any_gradient_out(
    most: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All six gradients of a 2-2 network, or as many as were drawn."""
    monkeypatch.setattr(check, "MOST_CHECKED", most)
    document = solution(drawn([2, 2]))
    found = said(document, key)
    assert found.gaps["total"] == "6"
    assert found.gaps.get("count", "6") == str(min(most, 6))


def test_the_way_back_is_told_where_it_is_taken() -> None:
    """How a hidden layer's slope is found stands before, not between the words and the sum."""
    document = solution(drawn([2, 3, 2], network={"activation": ["relu", "sigmoid"]}))
    followed = [
        after
        for blocks in sections(document.sections)
        for block, after in itertools.pairwise(blocks)
        if isinstance(block, Paragraph) and block.message.key == "backward.hidden.intro"
    ]
    assert [type(after) for after in followed] == [Equation]
