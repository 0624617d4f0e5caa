"""Documents before they are written."""

from __future__ import annotations

from derive.document import (
    CurveFigure,
    Document,
    Equation,
    Figure,
    Message,
    Paragraph,
    Section,
    Table,
    blocks,
    numbered,
)
from derive.maths.tree import Identifier

WORDS = Message("title")


def test_what_is_counted_is_counted_in_reading_order_each_kind_for_itself() -> None:
    """Through the opening, the sections, and the sections in them; twice is the same as once."""
    equation, table = Equation(Identifier("x"), key=True), Table(WORDS, (), (("a", "b"),))
    figure = Figure(CurveFigure((), WORDS, Identifier("E")), WORDS, WORDS)
    inner = Section("inner", WORDS, (equation, figure, equation))
    sections = (
        Section("first", WORDS, (Paragraph(WORDS), equation, inner, table)),
        Section("last", WORDS, (figure, equation)),
    )
    document = numbered(Document(WORDS, None, (figure, table), sections, ("en",), ""))
    found = list(blocks(document))
    equations = [block for block in found if isinstance(block, Equation)]
    assert [block.number for block in equations] == [1, 2, 3, 4]
    assert [block.anchor for block in equations] == ["eq-1", "eq-2", "eq-3", "eq-4"]
    assert all(block.key for block in equations)
    assert [block.number for block in found if isinstance(block, Table)] == [1, 2]
    assert [block.number for block in found if isinstance(block, Figure)] == [1, 2, 3]
    assert [block.anchor for block in found if isinstance(block, Section)] == [
        "first", "inner", "last",
    ]  # fmt: skip
    assert numbered(document) == document
