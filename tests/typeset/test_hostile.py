"""Trees, lengths and fonts that mean harm, or nobody would write: bounded work, no traceback."""

from __future__ import annotations

import logging
import math
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pypdf
import pytest

from derive.typeset import write_pdf
from derive.typeset.box import Box, Glyphs
from derive.typeset.breaking import display_lines
from derive.typeset.elements import MOST_ELEMENTS
from derive.typeset.font import MathFont
from derive.typeset.layout import MathLayout
from derive.typeset.rows import MOST_CHARACTERS
from derive.typeset.tables import MOST_CELLS
from tests.typeset.compare import font
from tests.typeset.fonts import HAN, MATH

SECONDS = 20.0
MEGABYTES = 400
DEEP = 10_000


def parsed(source: str) -> Element:
    """The tree of a formula."""
    return ElementTree.fromstring(source)  # noqa: S314


def set_box(source: str) -> Box:
    """A formula laid out on one line."""
    return MathLayout(font()).formula(parsed(source))


def is_sane(box: Box) -> bool:
    """Whether a box has finite sides and all in it has a finite place."""
    sides = (box.width, box.height, box.depth)
    places = ((x, y) for x, y, _ in box.flat())
    return all(map(math.isfinite, sides)) and all(
        math.isfinite(x) and math.isfinite(y) for x, y in places
    )


@contextmanager
def bounded() -> Iterator[None]:
    """What happens within takes no longer, and no more memory, than a page can afford."""
    tracemalloc.start()
    start = time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - start
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert took < SECONDS
    assert peak < MEGABYTES * 2**20


NESTED = {
    "mrow": ("<mrow>", "</mrow>"),
    "mrow with siblings": ("<mrow><mi>a</mi>", "<mo>+</mo></mrow>"),
    "mfrac": ("<mfrac><mn>1</mn>", "</mfrac>"),
    "msup": ("<msup><mi>x</mi>", "</msup>"),
    "msup base": ("<msup>", "<mn>2</mn></msup>"),
    "munder": ("<munder><mo>→</mo>", "</munder>"),
    "mover base": ("<mover>", "<mo>^</mo></mover>"),
    "msqrt": ("<msqrt>", "</msqrt>"),
    "fences": ("<mrow><mo>(</mo>", "<mo>)</mo></mrow>"),
    "mtable": ("<mtable><mtr><mtd>", "</mtd></mtr></mtable>"),
    "mstyle": ('<mstyle scriptlevel="+1" mathsize="0.5">', "</mstyle>"),
    "mphantom of spaces": ("<mphantom><mspace/>", "<mtext> </mtext></mphantom>"),
    "mpadded": ('<mpadded width="+2em">', "</mpadded>"),
    "mmultiscripts": ("<mmultiscripts>", "<mi>a</mi><mi>b</mi></mmultiscripts>"),
    "unknown": ("<thing>", "</thing>"),
}


@pytest.mark.parametrize("kind", NESTED)
def test_ten_thousand_levels(kind: str) -> None:
    """A tree of any depth gives a box, on one line and broken, without recursing as deep."""
    opening, closing = NESTED[kind]
    source = f"<math>{opening * DEEP}<mi>x</mi>{closing * DEEP}</math>"
    with bounded():
        tree = parsed(source)
        assert is_sane(MathLayout(font()).formula(tree))
        assert all(map(is_sane, display_lines(MathLayout(font()), tree, 40.0)))


def test_ten_thousand_levels_as_a_document() -> None:
    """A document with such a formula becomes a PDF, and says once what was left out."""
    source = f"{'<mrow><mi>a</mi>' * DEEP}{'</mrow>' * DEEP}"
    page = f'<html lang="en"><title>Deep</title><p><math>{source}</math></p></html>'
    assert write_pdf(page, math_font=MATH, family="M", measure=30).startswith(b"%PDF")


def test_table_of_a_million_cells(caplog: pytest.LogCaptureFixture) -> None:
    """A table is elided where nobody reads on, which is logged."""
    line = f"<mtr>{'<mtd/>' * 1000}</mtr>"
    tree = parsed(f"<math><mtable>{line * 1000}</mtable></math>")
    with bounded(), caplog.at_level(logging.WARNING, "derive.typeset"):
        assert is_sane(MathLayout(font()).formula(tree))
    (record,) = caplog.records
    assert record.message == f"a table is elided after {MOST_CELLS} cells"


def shown(box: Box) -> str:
    """All characters of a box, in order."""
    return "".join("".join(item.text) for _, _, item in box.flat() if isinstance(item, Glyphs))


_LINE = f"<mtr><mtd>{'<mi>a</mi>' * 100}</mtd></mtr>"
TOO_MUCH = {
    "siblings": f"<mrow>{'<mi>a</mi>' * (MOST_ELEMENTS + 9)}</mrow>",
    "siblings after a hidden half": (
        f"<mphantom>{'<mi>a</mi>' * (MOST_ELEMENTS + 9)}</mphantom><mi>b</mi>"
    ),
    "siblings after as many comments": (
        f"<mrow>{'<!-- -->' * MOST_ELEMENTS}{'<mi>a</mi>' * (MOST_ELEMENTS + 9)}</mrow>"
    ),
    "lines": f"<mtable>{'<mtr><mtd><mi>a</mi></mtd></mtr>' * (MOST_CELLS + 1)}</mtable>",
    "long lines": f"<mtable>{_LINE * 1000}</mtable>",
    "levels": f"{'<mrow><mi>a</mi>' * 300}{'</mrow>' * 300}",
    "letters": f"<mtext>{'a' * (MOST_CHARACTERS + 1)}</mtext>",
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_an_ellipsis_stands_for_what_is_left_out(kind: str) -> None:
    """Whatever is too much is missed on the page: it ends with ⋯, on a line and broken."""
    tree = parsed(f"<math>{TOO_MUCH[kind]}</math>")
    box = MathLayout(font()).formula(tree)
    assert shown(box).count("⋯") == (2 if kind == "levels" else 1)
    assert shown(box).endswith("⋯")
    lines = display_lines(MathLayout(font()), tree, 40.0)
    assert "".join(map(shown, lines)).endswith("⋯")
    assert len(lines) <= MOST_CELLS + 1


@pytest.mark.parametrize("span", ["1000000000", "-3", "0", "two", "1" * 5000, "٣"])
def test_spans_of_any_size(span: str) -> None:
    """Spans beyond the table, or of no number, are cut to what there is."""
    cell = f'<mtd rowspan="{span}" columnspan="{span}"><mi>x</mi></mtd>'
    with bounded():
        assert is_sane(set_box(f"<math><mtable>{f'<mtr>{cell * 5}</mtr>' * 5}</mtable></math>"))


@pytest.mark.parametrize("kind", ["mi", "mspace", "mo"])
def test_a_million_siblings(kind: str) -> None:
    """A row is elided where nobody reads on."""
    tree = Element("math")
    row = ElementTree.SubElement(tree, "mrow")
    for _ in range(1_000_000):
        ElementTree.SubElement(row, kind).text = "x"
    with bounded():
        assert is_sane(MathLayout(font()).formula(tree))


def test_token_of_a_million_letters() -> None:
    """A token is elided where nobody reads on."""
    with bounded():
        assert is_sane(set_box(f"<math><mtext>{'ab ' * 400_000}</mtext></math>"))


LENGTHS = [
    "NaN", "nan", "inf", "-inf", "Infinity", "1e999", "-1e999em", "9" * 4000, "9" * 12 + "em",
    "-9999999em", "-1em", "-50%", "1e3em", "0x10px", "1.2.3em", ".", "-", "+", "em", "%", "١em",
    "calc(1em)", "1em 2em", "", " ", "1em;color:red", "--1em", "1E5PX", "-0.0em",
]  # fmt: skip


@pytest.mark.parametrize("text", LENGTHS)
def test_lengths_that_are_none(text: str) -> None:
    """Whatever a length says, the box is finite and no wider than a limit."""
    said = f'"{text}"'
    box = set_box(
        f"<math><mspace width={said} height={said} depth={said}/>"
        f"<mpadded width={said} height={said} depth={said} lspace={said} voffset={said}>"
        f"<mi mathsize={said}>x</mi></mpadded><mo lspace={said} rspace={said}>+</mo>"
        f"<mo minsize={said} maxsize={said}>(</mo>"
        f"<mfrac linethickness={said}><mi>a</mi><mi>b</mi></mfrac>"
        f"<mtable columnspacing={said} rowspacing={said}><mtr><mtd/><mtd/></mtr><mtr/></mtable>"
        f"<mstyle scriptlevel={said}><mi>y</mi></mstyle></math>"
    )
    assert is_sane(box)
    assert 0 <= box.width < 10_000
    assert box.height >= 0
    assert box.depth >= 0


@pytest.mark.parametrize(
    "text",
    ["𝒳𝟘🧮𐀀", "\u202e\u202d\u2066", "שלום", "مرحبا بالعالم", "e\u0301\u0323", "\ufffd",
     "\u200d\ufe0f", "👩‍👩‍👧", "\x85\x9f", "中文。", "\U0010fffd", "a\u0338", "ﬁ"],
)  # fmt: skip
@pytest.mark.parametrize("element", ["mi", "mn", "mo", "mtext", "ms"])
def test_text_of_any_script(element: str, text: str) -> None:
    """Astral letters, right-to-left words, marks and what is no character at all are set."""
    attributes = 'stretchy="true" largeop="true"' if element == "mo" else 'mathvariant="bold"'
    source = f"<{element} {attributes}>{text}</{element}>"
    assert is_sane(set_box(f'<math display="block">{source}<mfrac>{source}{source}</mfrac></math>'))


def test_right_to_left_words_are_drawn_from_the_right() -> None:
    """The first letter of a Hebrew word stands furthest to the right."""
    box = set_box("<math><mtext>אבג</mtext></math>")
    (run,) = [item for _, _, item in box.flat()]
    assert "".join(run.text) == "גבא"


def test_right_to_left_row_is_the_mirror_of_the_row() -> None:
    """`dir` turns a row round: same width, the other order, brackets mirrored."""
    inside = "<mo>(</mo><mi>a</mi><mo>+</mo><mn>1</mn><mo>)</mo>"
    ltr, rtl = set_box(f"<math>{inside}</math>"), set_box(f'<math dir="rtl">{inside}</math>')
    assert rtl.width == pytest.approx(ltr.width)
    read = ["".join(item.text) for box in (ltr, rtl) for _, _, item in box.flat()]
    assert "".join(read[:5]) == "(a+1)"
    assert "".join(read[5:]) == "(1+a)"


def test_font_without_a_math_table() -> None:
    """A text font is refused as a maths font, by its name."""
    with pytest.raises(ValueError, match=f"{HAN.name} has no MATH table"):
        MathFont(HAN)


def test_font_that_is_not_there(tmp_path: Path) -> None:
    """It is missed as any file is."""
    with pytest.raises(FileNotFoundError, match=r"gone\.ttf"):
        MathFont(tmp_path / "gone.ttf")


def test_file_that_is_no_font(tmp_path: Path) -> None:
    """A file of something else is refused likewise."""
    path = tmp_path / "not.ttf"
    path.write_bytes(b"no font" * 100)
    with pytest.raises(ValueError, match="no MATH table"):
        MathFont(path)


def test_formula_that_is_not_well_formed() -> None:
    """What is no XML is refused with the place."""
    with pytest.raises(ValueError, match=r"not well-formed MathML: .*column"):
        write_pdf("<p><math><mi>x</math></p>", math_font=MATH, family="M", measure=30)


@pytest.mark.parametrize(
    "like",
    ["\ufdd00\ufdd1", "&#xfdd0;7&#xFDD1;", "&#64976;0&#064977;", "&#xfd&#xfdd0;d0;0&#xfdd1;",
     "<img alt='\ufdd00\ufdd1'>", "<img alt='&#xfdd0;7&#xfdd1;'>",
     "<title>&#xfdd0;9&#xfdd1;</title>"],
)  # fmt: skip
def test_nothing_stands_for_a_formula_but_a_formula(like: str) -> None:
    """What looks like the mark of a formula, written out or as a reference, is not one."""
    formula = '<math alttext="spoken"><mi>q</mi></math>'
    data = write_pdf(
        f'<html lang="en"><title>T</title><p>{like} {formula} {like}</p></html>',
        math_font=MATH, family="M", measure=30,
    )  # fmt: skip
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)
    assert text.count("q") == 1
