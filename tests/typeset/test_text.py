"""The text of formulas in a PDF: selectable, in order, searchable, and told to those who listen."""

from __future__ import annotations

import ctypes
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from derive.typeset import write_pdf
from tests.conftest import needs
from tests.typeset.fonts import DEJAVU, HAN, MATH

ITALIC_OUT = "<msub><mi>𝑜𝑢𝑡</mi><mi>𝑜</mi></msub>"
FORMULAS = {
    "net equals w times i plus b": (
        "<mi>𝑛𝑒𝑡</mi><mo>=</mo><mi>𝑤</mi><mo>⋅</mo><mi>𝑖</mi><mo>+</mo><mi>b</mi>"
    ),
    "a number less than zero": "<mo>−</mo><mn>0.0425</mn>",
    "out squared": "<msup><mrow><mo>(</mo><mi>𝑜𝑢𝑡</mi><mo>)</mo></mrow><mn>2</mn></msup>",
    "the learning rate": "<mtext>学习率</mtext><mo>=</mo><mn>0.5</mn>",
    "a long fence": (
        "<mrow><mo>[</mo><mtable><mtr><mtd><mi>p</mi></mtd></mtr><mtr><mtd><mi>q</mi></mtd></mtr>"
        "<mtr><mtd><mi>r</mi></mtd></mtr><mtr><mtd><mi>s</mi></mtd></mtr></mtable><mo>]</mo></mrow>"
    ),
}
WORDS = ["net=w⋅i+b", "-0.0425", "(out)2", "学习率=0.5"]
"""What is searched for, as one types it."""


def document() -> str:
    """A page of text with one formula a paragraph, and one in a line of its own."""
    lines = "".join(
        f'<p>Before {n}, <math alttext="{spoken}">{formula}</math> after {n}.</p>'
        for n, (spoken, formula) in enumerate(FORMULAS.items())
    )
    display = (
        '<math display="block" alttext="the error of an output">'
        f"<mi>𝐸</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac>{ITALIC_OUT}</math>"
    )
    return (
        '<!doctype html><html lang="en"><head><title>Formulas as text</title></head>'
        f"<body><h1>Formulas</h1>{lines}{display}</body></html>"
    )


@cache
def pdf() -> bytes:
    """The document's PDF, made once."""
    return write_pdf(
        document(),
        math_font=MATH,
        family="Test Math",
        measure=36,
        fallback_fonts={"Test Han": HAN},
    )


def by_poppler(file: Path) -> str:
    """What pdftotext reads."""
    command = [needs("pdftotext"), "-raw", str(file), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def by_mupdf(file: Path) -> str:
    """What mutool reads."""
    command = [needs("mutool"), "draw", "-F", "txt", str(file)]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def by_pdfium(file: Path) -> str:
    """What pdfium reads, as Chromium's viewer does."""
    pages = pypdfium2.PdfDocument(file)
    return "".join(page.get_textpage().get_text_range() for page in pages)


def by_pypdf(file: Path) -> str:
    """What pypdf reads."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)


READERS = {"poppler": by_poppler, "mupdf": by_mupdf, "pdfium": by_pdfium, "pypdf": by_pypdf}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The PDF as a file."""
    path = tmp_path / "text.pdf"
    path.write_bytes(pdf())
    return path


def letters(text: str) -> str:
    """Text without the white space, which every reader places otherwise."""
    return "".join(text.replace("\u200b", "").split())


@pytest.mark.parametrize("reader", READERS)
def test_formulas_are_found_as_one_types_them(reader: str, file: Path) -> None:
    """Italic words come out as plain letters, a minus as a hyphen, Chinese as it is."""
    text = letters(READERS[reader](file))
    assert [word for word in WORDS if word not in text] == []
    assert "𝑛" not in text
    assert "−" not in text


@pytest.mark.parametrize("reader", READERS)
def test_formulas_stand_in_the_order_of_reading(reader: str, file: Path) -> None:
    """Each formula is read between the words that stand before and after it."""
    text = letters(READERS[reader](file))
    for n, word in enumerate(WORDS):
        start = text.index(f"Before{n},")
        assert start < text.index(word, start) < text.index(f"after{n}.", start)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_built_of_parts_is_read_once(reader: str, file: Path) -> None:
    """A bracket assembled of several glyphs is one character; its cells come in order."""
    text = letters(READERS[reader](file))
    start = text.index("Before4,")
    inside = text[start + len("Before4,") : text.index("after4.", start)]
    assert inside.count("[") == inside.count("]") == 1
    assert [one for one in inside if one in "pqrs"] == ["p", "q", "r", "s"]


@pytest.mark.parametrize(
    ("before", "letter"), [("Before 0", "n"), ("Before 1", "0"), ("Before 2", "u")]
)
def test_formulas_stand_on_the_baseline_of_their_line(before: str, letter: str) -> None:
    """The ink of a formula's letters ends where that of the words beside it does."""
    page = pypdfium2.PdfDocument(pdf())[0].get_textpage()
    text = page.get_text_range()
    word = text.index(before)
    (_, words_end, _, _) = page.get_charbox(word)
    (_, formula_ends, _, _) = page.get_charbox(text.index(letter, word + len(before)))
    assert formula_ends == pytest.approx(words_end, abs=0.5)


def test_formulas_of_other_depths_do_not_move_one_another() -> None:
    """Lines with flat formulas are as far apart with a deep one on the page as without."""

    def gap(more: str) -> float:
        flat = "<p>Line <math><mi>x</mi></math></p>" * 2
        data = write_pdf(
            f'<html lang="en"><title>T</title>{flat}{more}</html>',
            math_font=MATH, family="M", measure=30,
        )  # fmt: skip
        page = pypdfium2.PdfDocument(data)[0].get_textpage()
        text = page.get_text_range()
        first = text.index("x")
        ends = [page.get_charbox(at)[1] for at in (first, text.index("x", first + 1))]
        return ends[0] - ends[1]

    deep = "<p>Deep <math><mfrac><mi>a</mi><mfrac><mi>b</mi><mi>c</mi></mfrac></mfrac></math></p>"
    assert gap(deep) == pytest.approx(gap(""), abs=0.01)


@cache
def opened() -> pikepdf.Pdf:
    """The PDF's objects."""
    return pikepdf.open(BytesIO(pdf()))


def tags(pdf: pikepdf.Pdf | None = None) -> list[Any]:
    """The structure elements, in order."""
    found: list[Any] = []
    waiting = [(pdf or opened()).Root.StructTreeRoot]
    while waiting:
        one = waiting.pop()
        if "/S" in one:
            found.append(one)
        kids = one.get("/K")
        below = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        waiting.extend(kid for kid in reversed(below) if isinstance(kid, pikepdf.Dictionary))
    return found


def test_formulas_are_tagged_with_their_alternatives() -> None:
    """Each formula is a Formula in the structure, with what is said instead of it, in order."""
    spoken = [str(one.Alt) for one in tags() if one.S == "/Formula"]
    assert spoken == [*FORMULAS, "the error of an output"]
    assert not [one for one in tags() if one.S == "/Figure"]


PLACES = {
    "a flexible box": '<div style="display:flex"><div>q</div>{} tail {}<i>w</i></div>',
    "a grid": '<div style="display:grid;grid-template-columns:1fr 1fr">{}{}<p>z</p></div>',
    "cells": "<table><tr><td>{}</td><td>{}</td></tr></table>",
    "a table": "<table>{}<tr><td>t</td></tr>{}</table>",
    "an inline block": '<p>a <span style="display:inline-block">{}{}</span> b</p>',
    "a float": '<div style="float:right">{}</div>text {} after',
    "an absolute place": '<div style="position:absolute;left:3em">{}{}</div>',
    "columns": '<div style="columns:2">{} words {}</div>',
    "see-through text": '<p style="opacity:.5">{} {}</p>',
    "turned text": '<p style="transform:rotate(10deg)">{} {}</p>',
    "clipped text": '<p style="overflow:hidden">{} {}</p>',
    "a footnote": '<p>see<span style="float:footnote">note {}</span> {}</p>',
    "a list": "<ul><li>{}</li><li>{}</li></ul>",
    "a link": '<p><a href="#k">{}</a></p><h2 id="k">Head {}</h2>',
    "as it is typed": "<pre>a {}\n {}</pre>",
    "the narrowest box": '<div style="width:min-content">{} word {}</div>',
    "a page's head": (
        "<style>@page{{@top-left{{content:element(r)}}}}.r{{position:running(r)}}</style>"
        '<div class="r">{}</div>{}'
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_formulas_stand_wherever_text_does(place: str) -> None:
    """Whatever boxes a style sheet makes of the text around, both formulas are there, in order."""
    inline = "<math><mi>x</mi><mo>=</mo><mn>3</mn></math>"
    display = '<math display="block"><mi>y</mi><mo>=</mo><mn>7</mn></math>'
    data = write_pdf(
        f'<html lang="en"><title>T</title>{PLACES[place].format(inline, display)}</html>',
        math_font=MATH, family="M", measure=30,
    )  # fmt: skip
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    text = letters(page.get_text_range())
    assert text.count("x=3") == text.count("y=7") == 1
    with pikepdf.open(BytesIO(data)) as opened_again:
        spoken = [str(one.Alt) for one in tags(opened_again) if one.S == "/Formula"]
    assert set(spoken) == {"x=3", "y=7"} or place == "a page's head"


def test_a_repeated_formula_is_read_each_time(tmp_path: Path) -> None:
    """What is written once in the file is found as often as it stands on the page."""
    formula = "<math><mfrac><mi>𝑛𝑒𝑡</mi><mi>𝑜𝑢𝑡</mi></mfrac><mo>=</mo><mn>0.25</mn></math>"
    lines = "".join(f"<p>Before {n}, {formula} after {n}.</p>" for n in range(5))
    place = tmp_path / "repeated.pdf"
    place.write_bytes(
        write_pdf(
            f'<html lang="en"><title>T</title>{lines}</html>',
            math_font=MATH, family="M", measure=30,
        )
    )  # fmt: skip
    for reader in READERS.values():
        text = letters(reader(place))
        for n in range(5):
            inside = text[text.index(f"Before{n},") : text.index(f"after{n}.")]
            assert inside.endswith("netout=0.25"), reader.__name__


def test_arabic_in_a_formula_is_read_in_its_own_order(tmp_path: Path) -> None:
    """Letters that are drawn joined, from right to left, are copied as they are typed.

    MuPDF and pypdf give what stands on the line from the left, as they do with any text.
    """
    place = tmp_path / "arabic.pdf"
    place.write_bytes(
        write_pdf(
            '<html lang="ar"><title>T</title><math><mtext>مرحبا بالعالم</mtext></math></html>',
            math_font=MATH, family="M", measure=30, fallback_fonts={"Test Arabic": DEJAVU},
        )
    )  # fmt: skip
    for reader in (by_poppler, by_pdfium):
        text = reader(place)
        assert "مرحبا" in text, reader.__name__
        assert "بالعالم" in text, reader.__name__


def test_pictures_stay_figures_whatever_they_are_called() -> None:
    """An image whose alternative text is that of a formula is a figure still."""
    data = write_pdf(
        '<html lang="en"><title>T <math><mi>x</mi></math></title>'
        '<p><img src="memory:dot" alt="x"> <math><mi>x</mi></math> \ufdd00\ufdd1</p></html>',
        math_font=MATH, family="M", measure=30,
        files={"memory:dot": DOT},
    )  # fmt: skip
    pdf = pikepdf.open(BytesIO(data))
    kinds = [str(one.S) for one in tags(pdf) if "/Alt" in one]
    assert kinds == ["/Figure", "/Formula"]
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "T x"


DOT = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4" cx="4" cy="4"/>'
    b"</svg>"
)


def test_places_of_formulas_are_told_in_points() -> None:
    """The structure says where a formula stands, from the page's lower left corner."""
    page = pypdfium2.PdfDocument(pdf())[0].get_textpage()
    words = page.get_text_range()
    first = words.index("n", words.index("Before 0") + len("Before 0"))
    left, bottom, _, top = page.get_charbox(first)
    formula = next(one for one in tags() if one.S == "/Formula")
    x1, y1, x2, y2 = map(float, formula.A.BBox)
    assert x1 <= left <= x2
    assert y1 <= bottom < top <= y2
    assert y2 - y1 < 20


def test_document_says_what_it_is() -> None:
    """Tagged, PDF/UA-1, with a language and a title that viewers show."""
    root = opened().Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.ViewerPreferences.DisplayDocTitle
    with opened().open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Formulas as text"


def fonts() -> dict[str, Any]:
    """The fonts of the document, by name without the mark of a subset."""
    found = {}
    for page in opened().pages:
        for font in page.resources.Font.values():
            found[str(font.BaseFont).partition("+")[2]] = font
    return found


@pytest.mark.parametrize("family", ["Test-Math", "Test-Han"])
def test_maths_fonts_are_embedded_under_their_fixed_names(family: str) -> None:
    """The fonts of formulas are cut down, embedded, and say what each glyph stands for."""
    font = fonts()[family]
    descriptor = font.DescendantFonts[0].FontDescriptor
    embedded = descriptor.get("/FontFile2") or descriptor.get("/FontFile3")
    assert 500 < len(embedded.read_bytes()) < 300_000
    assert "beginbfchar" in font.ToUnicode.read_bytes().decode()


def test_no_font_is_left_out() -> None:
    """Every font of the document is embedded, those of the text too."""
    for font in fonts().values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_same_document_same_bytes_of_text() -> None:
    """Two runs draw the same pages."""
    again = write_pdf(
        document(), math_font=MATH, family="Test Math", measure=36,
        fallback_fonts={"Test Han": HAN},
    )  # fmt: skip
    pages = [pikepdf.open(BytesIO(one)).pages for one in (pdf(), again)]
    for first, second in zip(*pages, strict=True):
        assert first.Contents.read_bytes() == second.Contents.read_bytes()


TALL = "<mtr><mtd><mi>p</mi></mtd><mtd><mo>=</mo><mfrac><mi>q</mi><mi>r</mi></mfrac></mtd></mtr>"


@pytest.mark.parametrize(
    "formula",
    [
        "<mi>p</mi><mo>=</mo><mfrac><mi>q</mi><mi>r</mi></mfrac>",
        f'<mtable displaystyle="true" columnalign="right left">{TALL * 3}</mtable>',
        f'<mtable displaystyle="true" columnalign="right left">{TALL * 12}</mtable>',
    ],
)
def test_a_number_stands_on_the_baseline_of_its_first_line(formula: str) -> None:
    """Be the formula one line, several, or so many that pages may part it."""
    style = ".number { display: inline-block; width: 100%; margin-right: -100% }"
    body = f'<div><span class="number">(7)</span><math display="block">{formula}</math></div>'
    data = write_pdf(
        f'<html lang="en"><title>T</title><style>{style}</style>{body}</html>',
        math_font=MATH, family="M", measure=30,
    )  # fmt: skip
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    text = page.get_text_range()
    lines = {}
    for sign in "7p":
        place = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(page, text.index(sign), *place)
        lines[sign] = place[1].value
    assert lines["7"] == pytest.approx(lines["p"], abs=0.05)


def test_threads_make_their_own_documents() -> None:
    """Documents that are asked for at the same time have each its own formulas."""

    def text(n: int) -> str:
        lines = "".join(f"<p>Line <math><mn>{n}{k:03}</mn></math></p>" for k in range(50))
        html = f"<html lang='en'><title>T</title><body>{lines}</body></html>"
        data = write_pdf(html, math_font=MATH, family="M", measure=30)
        return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)

    with ThreadPoolExecutor(3) as pool:
        for n, found in enumerate(pool.map(text, range(1, 4)), 1):
            assert re.findall(r"\d{4}", found) == [f"{n}{k:03}" for k in range(50)]
