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
from derive.formula import Expression, Sum, Symbol, symbols
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Identifier, Number, row
from derive.reference import Ref
from derive.steps import Step

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


def test_an_equation_is_told_of_those_whose_results_it_uses() -> None:
    """Of its own view, before it, of the numbers that are put in; not of the last alone.

    What is found twice is that of the first, and what has no number yet is not found.
    """
    a, b, c, d = (Ref("net", 1, (n,), 0, 0) for n in range(4))
    A, B, C, D = map(Symbol, (a, b, c, d))

    def found(result: Ref, *forms: Expression) -> Equation:
        put_in = [ref for form in forms[-1:] for ref in symbols(form)]
        numbers = (Number(numeral(1.0, Rounding()), ref) for ref in (*put_in, result))
        return Equation(row(*numbers), steps=(Step(result, forms),))

    letters = Equation(Identifier("x"), steps=(Step(b, (A,)),))
    blocks_ = (
        found(a), letters, found(b, A), found(c, Sum((A, B))), found(d, Sum((A, B)), Sum((C, A))),
        found(a, D), found(b, A),
    )  # fmt: skip
    other = Section("other", WORDS, (found(d, A), found(a, D)), view="gates")
    sections = (Section("first", WORDS, (*blocks_, found(d, B)), view="scalars"), other)
    document = numbered(Document(WORDS, None, (), sections, ("en",), ""))
    uses = [block.uses for block in blocks(document) if isinstance(block, Equation)]
    assert uses == [(), (), (1,), (1, 3), (1, 4), (), (1,), (3,), (), ()]


def test_words_lead_to_the_table_right_after_them() -> None:
    """By its number; notes do not, nor words before anything else."""
    table, words = Table(WORDS, (), (("a", "b"),)), Paragraph(WORDS)
    held = (words, words, table, Paragraph(WORDS, role="note"), table, words, table)
    document = numbered(Document(WORDS, None, held, (), ("en",), ""))
    leading = [block.leads_to for block in document.opening if isinstance(block, Paragraph)]
    assert leading == [None, 1, None, 3]
