"""A third language of a few words, put into the table, and a document that says them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from derive.document import (
    CurveFigure,
    Document,
    Equation,
    Figure,
    Message,
    NetworkBias,
    NetworkEdge,
    NetworkFigure,
    NetworkNode,
    Paragraph,
    Section,
    Table,
    numbered,
)
from derive.language import catalogues
from derive.language.catalogues import catalogue
from derive.language.languages import LANGUAGES, Language
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Identifier, Number, Operator, Script, Styled, Tree, row

CASES = ("nom", "gen", "dat", "acc")
THREE = ("zh-Hans", "en", "de")
HIDDEN, OUTPUT = Message("layer.hidden"), Message("layer.output")
SIGMOID, LOSS = Message("activation.sigmoid"), Message("loss.half-squared-error")


@contextmanager
def german() -> Iterator[None]:
    """German is in the table, and its catalogue where the others are."""
    words, known = Path(__file__).with_name("de.toml").read_text("utf-8"), catalogues._text
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LANGUAGES, "de", Language("de", decimal=",", cases=CASES))  # type: ignore[arg-type]
        patch.setattr(catalogues, "_text", lambda tag: words if tag == "de" else known(tag))
        yield
    catalogue.cache_clear()


def number(text: str) -> Number:
    """A number with six figures."""
    return Number(numeral(Fraction(text), Rounding(6)))


def letter(text: str, index: int) -> Tree:
    """A letter with an index."""
    return Script(Identifier(text), sub=number(str(index)))


def document(*languages: str) -> Document:
    """Equations, a table, a network and a curve."""
    w, out = letter("w", 1), letter("o", 1)
    equation = row(
        out, Operator("="),
        Styled(row(number("0.35"), Operator("×"), number("-1.5")), role="substituted"),
        Operator("+"), number("0.000000125"), Operator("="),
        Styled(number("-0.524999875"), role="value"),
    )  # fmt: skip
    network = NetworkFigure(
        (
            (NetworkNode(letter("x", 1), number("0.05")),),
            (NetworkNode(out),),
        ),
        (NetworkEdge(1, 0, 0, w, number("0.15")),),
        (NetworkBias(1, 0, letter("b", 1), number("-0.35")),),
        (),
        (number("0.01"),),
    )
    curve = CurveFigure(
        (((0, 0.75), (1, 0.5), (2, 0.25)),), Message("figure.curve.horizontal"), Identifier("E")
    )
    compared = Message("proof.all", {"total": "8"})
    both = Message("list.and", {"left": HIDDEN, "right": OUTPUT})
    blocks = (
        Paragraph(Message("conventions.activation", {"layer": both, "activation": SIGMOID})),
        Paragraph(Message("slope.intro", {"activation": SIGMOID})),
        Paragraph(Message("loss.intro", {"loss": LOSS})),
        Paragraph(Message("forward.out", {"activation": SIGMOID, "neuron": out})),
        Equation(equation),
        Paragraph(
            Message(
                "update.intro_optimizer",
                {"each": Message("update.parameter"), "name": Message("optimizer.adam")},
            )
        ),
        Table(
            Message("table.neurons", {"layer": OUTPUT}),
            (Message("table.neuron"), Message("table.output")),
            ((out, number("0.75136507")),),
        ),
        Paragraph(
            Message(
                "proof.largest",
                {"compared": compared, "difference": number("0.0000000025"), "parameter": w},
            )
        ),
        Figure(
            curve,
            Message("figure.curve.caption", {"error": Identifier("E")}),
            Message("figure.curve.description", {"count": "2"}),
        ),
    )
    opening = Figure(
        network,
        Message("figure.network.plain"),
        Message("figure.network.description", {"net": "1-1", "weights": "1"}),
    )
    section = Section("backward", Message("backward.title", {"layer": HIDDEN}), blocks)
    title = Message("title", {"net": "1-1"})
    return numbered(
        Document(title, Message("subtitle.training"), (opening,), (section,), languages, "derive")
    )
