"""Whatever walks over blocks and trees refuses a kind that it has no rule for: nothing vanishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from derive.document import Document, Figure, Message, Section, numbered
from derive.figures.label import label, length
from derive.language.catalogues import catalogue
from derive.maths.breaking import breakable
from derive.maths.expression import width
from derive.maths.mathml import mathml
from derive.maths.speech import speech
from derive.maths.tree import Fenced, Fraction, Identifier, Row, Tree, numbers, parts
from derive.writers import WRITERS, Options

X = Identifier("x")


@dataclass(frozen=True)
class Binomial:
    """A kind of tree that there is not."""

    above: Tree = X
    below: Tree = X


@dataclass(frozen=True)
class Poem:
    """A kind of block, and of drawing, that there is not."""

    text: str = "…"


WALKS: dict[str, Callable[[Any], object]] = {
    "parts": lambda tree: [parts(part) for part in (tree, *parts(tree))],
    "numbers": lambda tree: list(numbers(tree)),
    "width": width,
    "speech": lambda tree: speech(tree, catalogue("en")),
    "mathml": lambda tree: mathml(tree, paint=lambda *_: ""),
    "breakable": breakable,
    "label": label,
    "length": length,
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
@pytest.mark.parametrize("around", [lambda tree: tree, lambda tree: Row((X, tree))])
def test_an_unknown_kind_of_tree_is_refused(
    walk: Callable[[Any], object], around: Callable[[Any], Any]
) -> None:
    """By its name, alone and inside another."""
    with pytest.raises(TypeError, match=r"of the kind Binomial$"):
        walk(around(Binomial()))


@pytest.mark.parametrize("tree", [Fraction(X, X), Fenced(X)])
def test_a_drawing_refuses_what_svg_text_cannot_set(tree: Tree) -> None:
    """A fraction in a label was nothing at all."""
    for walk in (label, length):
        with pytest.raises(TypeError, match=rf"of the kind {type(tree).__name__}$"):
            walk(tree)


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("within", ["opening", "section", "figure"])
def test_an_unknown_kind_of_block_or_drawing_is_refused(format_: str, within: str) -> None:
    """Wherever it stands."""
    words, poem = Message("proof.title"), Poem()
    block: Any = Figure(poem, words, words) if within == "figure" else poem  # type: ignore[arg-type]
    section = Section("one", words, (block,) if within == "section" else ())
    opening = () if within == "section" else (block,)
    document = numbered(Document(words, None, opening, (section,), ("en",), ""))
    with pytest.raises(TypeError, match=r"^no layout for a Poem$"):
        WRITERS[format_].render(document, Options())
