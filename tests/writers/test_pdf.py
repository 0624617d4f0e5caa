"""The PDF: its paper, fonts, text, bookmarks, tags and page breaks."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from derive.document import Section
from derive.typeset import write_pdf
from derive.writers import WRITERS, Options
from derive.writers.fonts import MATH
from derive.writers.html import paint
from derive.writers.page import Page
from tests.conftest import needs
from tests.documents import drawn, solution
from tests.writers.pages import (
    BOTH,
    EN,
    HOSTILE,
    ZH,
    document_of,
    elements,
    pdf_of,
    tree_of,
    words,
)

NAMES = ("mazur-2015", "3-4-2", "deep-ml-105", "2-2-2-1", "hostile")
FONTS = {
    "Derive-Latin", "Derive-Latin-Bold", "Derive-Latin-Italic",
    "Derive-Han", "Derive-Han-Bold", "Derive-Math", "Derive-Code",
}  # fmt: skip
HAN = re.compile(r"[\u3400-\u9fff]")
FOOT = 22 / 25.4 * 72
"""The lower margin, in points: under it stands only the page's number."""


@cache
def opened(name: str, languages: tuple[str, ...] = BOTH) -> pikepdf.Pdf:
    """A PDF to look into, kept open while its objects are."""
    return pikepdf.open(BytesIO(pdf_of(name, languages)))


@cache
def page_texts(name: str, languages: tuple[str, ...] = BOTH) -> list[str]:
    """The text of each page, as pdfium reads it."""
    document = pypdfium2.PdfDocument(pdf_of(name, languages))
    return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def single(text: str) -> str:
    """The text without white space, which every reader places otherwise."""
    return re.sub(r"\s+", "", text)


def resources(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, Any]]:
    """Each content stream of the pages, and of what they draw, with its resources."""

    def go(stream: Any, own: Any) -> Iterator[tuple[Any, Any]]:
        yield stream, own
        for thing in (own.get("/XObject") or {}).values():
            if thing.get("/Subtype") == "/Form":
                yield from go(thing, thing.get("/Resources", own))

    for page in pdf.pages:
        yield from go(page, page.resources)


def fonts(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Every font that a page can draw with, by the name under which it is embedded."""
    found = {}
    for _, own in resources(pdf):
        for font in (own.get("/Font") or {}).values():
            found[str(font.BaseFont).lstrip("/").partition("+")[2]] = font
    return found


@pytest.mark.parametrize(("paper", "size"), [("a4", (595.28, 841.89)), ("letter", (612, 792))])
def test_paper(paper: str, size: tuple[float, float]) -> None:
    """Every page has the size that was asked for."""
    pdf = pikepdf.open(BytesIO(pdf_of("3-4-2", BOTH, paper)))
    assert len(pdf.pages) > 3
    for page in pdf.pages:
        assert [float(n) for n in page.mediabox[2:]] == pytest.approx(size, abs=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_fonts_are_those_of_the_package(name: str) -> None:
    """Only fonts that the package carries are used, and each is embedded as a subset."""
    found = fonts(opened(name))
    assert set(found) <= FONTS
    assert {*FONTS} - set(found) <= {"Derive-Latin-Italic"}
    for font in found.values():
        (descendant,) = font.DescendantFonts
        descriptor = descendant.FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_english_alone_embeds_no_chinese_font() -> None:
    """A document in English has neither the Chinese letters nor their fonts."""
    assert set(fonts(opened("mazur-2015", EN))) <= {n for n in FONTS if "Han" not in n}


@pytest.mark.parametrize("name", ["mazur-2015", "deep-ml-105", "hostile"])
def test_every_glyph_is_a_character(name: str) -> None:
    """No empty box is drawn: no glyph 0, and every glyph maps to what it says."""
    drawn_glyphs = 0
    for stream, own in resources(opened(name)):
        maps = {key: to_unicode(font) for key, font in (own.get("/Font") or {}).items()}
        font = ""
        for operands, operator in pikepdf.parse_content_stream(stream):
            if str(operator) == "Tf":
                font = str(operands[0])
            if str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                for part in parts:
                    for code in codes(part):
                        assert code != 0, font
                        assert code in maps[font], (font, code)
                        drawn_glyphs += 1
    assert drawn_glyphs > 2000
    for text in page_texts(name):
        assert "\ufffd" not in text
        assert "\x00" not in text


def codes(part: Any) -> list[int]:
    """The two-byte glyph numbers of a shown string; none of a shift between two."""
    if not isinstance(part, pikepdf.String):
        return []
    data = bytes(part)
    return [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]


def to_unicode(font: Any) -> set[int]:
    """The glyph numbers for which a font says what characters they are."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found = set()
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(code, 16) for code in re.findall(r"^\s*<(\w+)>", block, re.MULTILINE)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high in re.findall(r"^\s*<(\w+)>\s*<(\w+)>", block, re.MULTILINE):
            found |= set(range(int(low, 16), int(high, 16) + 1))
    return found


@pytest.mark.parametrize("name", ["mazur-2015", "hostile"])
def test_glyph_numbers_are_those_of_the_embedded_fonts(name: str) -> None:
    """A CFF font's own numbers, its CIDs, are what the text is made of: no reader draws nothing."""
    checked = 0
    for font in fonts(opened(name)).values():
        (descendant,) = font.DescendantFonts
        if descendant.Subtype != "/CIDFontType0":
            continue
        file = TTFont(BytesIO(descendant.FontDescriptor.FontFile3.read_bytes()))
        charset = file["CFF "].cff.topDictIndex[0].charset
        for code in to_unicode(font):
            assert charset[code] == f"cid{code:05d}"
        checked += 1
    assert checked == 2, "Chinese, regular and bold"


def test_a_strict_reader_draws_every_glyph(tmp_path: Path) -> None:
    """MuPDF, which forgives no wrong glyph number, has nothing to warn of."""
    place = tmp_path / "page.pdf"
    place.write_bytes(pdf_of("2-2-2-1"))
    out = tmp_path / "%d.png"
    command = [needs("mutool"), "draw", "-r", "30", "-o", out, place]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "glyph" not in run.stderr
    assert "error" not in run.stderr


SOUGHT = (
    "前向传播", "Forward pass", "反向传播：隐藏层", "Backward pass: hidden layer", "0.593269992",
    "0.291027774", "0.082167041", "net", "更新", "Conventions",
)  # fmt: skip


def test_text_is_found_by_pdfium_and_pypdf() -> None:
    """Chinese, English and numbers can be searched for and copied."""
    reader = pypdf.PdfReader(BytesIO(pdf_of("mazur-2015")))
    by_pypdf = single("".join(page.extract_text() for page in reader.pages))
    by_pdfium = single("".join(page_texts("mazur-2015")))
    for text in SOUGHT:
        assert single(text) in by_pdfium
        assert single(text) in by_pypdf


@pytest.mark.parametrize("tool", ["pdftotext", "mutool"])
def test_text_is_found_by_other_readers(tool: str, tmp_path: Path) -> None:
    """Poppler and MuPDF find the same words and numbers, and read minus signs as signs."""
    program = needs(tool)
    place = tmp_path / "page.pdf"
    place.write_bytes(pdf_of("mazur-2015"))
    before = [program, place, "-"] if tool == "pdftotext" else [program, "draw", "-F", "txt", place]
    text = subprocess.run(before, capture_output=True, check=True).stdout.decode("utf-8")
    # The parts of a brace that grows are no characters; MuPDF says so in its own way.
    assert "\ufffd" not in re.sub("⏟\ufffd+", "⏟", text)
    for sought in SOUGHT:
        assert single(sought) in single(text)
    assert re.search(r"[-−]0\.022602540", single(text))


def titles(name: str, languages: tuple[str, ...]) -> list[str]:
    """The headings of all sections in reading order, without spaces."""
    document = document_of(name, languages)
    page = Page(document, paint, {})

    def go(sections: Any) -> Iterator[str]:
        for section in sections:
            if isinstance(section, Section):
                yield single("".join(page.plain(section.title, tag) for tag in languages))
                yield from go(section.blocks)

    return list(go(document.sections))


def outline(entries: Any) -> Iterator[Any]:
    """The bookmarks in reading order, however deep."""
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry)
        else:
            yield entry


@pytest.mark.parametrize("languages", [BOTH, ZH, EN])
@pytest.mark.parametrize("name", ["mazur-2015", "deep-ml-105"])
def test_bookmarks_are_the_sections(name: str, languages: tuple[str, ...]) -> None:
    """Every section, and nothing else, has its bookmark."""
    reader = pypdf.PdfReader(BytesIO(pdf_of(name, languages)))
    marks = [str(mark.title) for mark in outline(reader.outline)]
    without_numbers = [single(re.sub(r"^[\d.]+", "", single(mark))) for mark in marks]
    assert [strip_maths(mark) for mark in without_numbers] == [
        strip_maths(title) for title in titles(name, languages)
    ]
    assert all(re.match(r"\d", mark) for mark in marks), "numbered as on the page"


def strip_maths(text: str) -> str:
    """A title without its mathematics, which is spoken in the one and set in the other."""
    return re.sub(r"[^\u3400-\u9fffa-z]", "", text.lower())


@pytest.mark.parametrize("name", ["mazur-2015", "2-2-2-1"])
def test_pages_are_numbered_and_headed(name: str) -> None:
    """Page x of y at the foot of each; the title at the head of each but the first."""
    texts = page_texts(name)
    title = "网络的反向传播"
    for n, text in enumerate(texts, 1):
        assert f"{n} / {len(texts)}" in text
        assert (title in text.split("约定")[0]) is True or n > 1
        assert text.count(title) == 1
    assert "约定" in texts[0]
    assert "Conventions" in texts[0]
    assert re.search(r"Fig\. 1", texts[0])


@pytest.mark.parametrize("languages", [BOTH, ZH, EN])
def test_what_the_file_says_of_itself(languages: tuple[str, ...]) -> None:
    """Language, title, tags and PDF/UA-1, for readers that speak the page."""
    pdf = opened("mazur-2015", languages)
    assert str(pdf.Root.Lang) == languages[0]
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        title = metadata["dc:title"]
    assert "2-2-2" in title
    assert bool(HAN.search(title)) is ("zh-Hans" in languages)
    assert ("Backpropagation" in title) is ("en" in languages)
    assert title == str(pdf.docinfo.Title)


def formulas(pdf: pikepdf.Pdf) -> list[str]:
    """The alternative text of every formula that is tagged as one."""
    return [
        str(thing.get("/Alt", ""))
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/Formula"
    ]


@pytest.mark.parametrize("languages", [BOTH, ZH, EN])
def test_formulas_are_spoken_in_the_language_of_the_text(languages: tuple[str, ...]) -> None:
    """Each formula is tagged as one, with words in the document's language for it."""
    found = formulas(opened("mazur-2015", languages))
    assert len(found) > 100
    assert all(found)
    if languages == EN:
        assert not any(HAN.search(spoken) for spoken in found)
        return
    # In a document of both, what stands in an English paragraph is spoken in English.
    long_ones = [spoken for spoken in found if len(spoken) > 100]
    chinese = [spoken for spoken in long_ones if HAN.search(spoken)]
    assert len(chinese) > 20
    assert len(long_ones) - len(chinese) <= (1 if languages == BOTH else 0)


@pytest.mark.parametrize(
    ("name", "paper"), [*((name, "a4") for name in NAMES), ("3-4-2", "letter")]
)
def test_no_heading_ends_a_page(name: str, paper: str) -> None:
    """Under every heading stands at least a line of what it heads."""
    data = pdf_of(name, BOTH, paper)
    lowest = []
    document = pypdfium2.PdfDocument(data)
    for n in range(len(document)):
        page = document[n].get_textpage()
        bottoms = [page.get_charbox(c)[1] for c in range(page.count_chars())]
        lowest.append(min(y for y in bottoms if y > FOOT))
    reader = pypdf.PdfReader(BytesIO(data))
    marks = list(outline(reader.outline))
    assert marks
    for mark in marks:
        page_number = reader.get_destination_page_number(mark)
        assert page_number is not None
        assert lowest[page_number] < float(mark.top) - 30, mark.title


def test_nothing_is_fetched_and_nothing_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeasyPrint and fontTools have nothing to say, and no connection is made."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    for way in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, way, refuse)
    # One process, so that what it logs is seen here.
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with caplog.at_level(logging.WARNING):
        for name in ("deep-ml-105", "hostile"):
            WRITERS["pdf"].render(document_of(name), Options())
    assert [record.getMessage() for record in caplog.records] == []


def test_the_fetcher_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """An image that a document asks for is refused, be it a file or a site."""
    for url in ("http://localhost/x.png", "file:///etc/hostname", "x.png"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            html = f'<html lang="en"><title>t</title><p><img alt="a" src="{url}"> text</p></html>'
            data = write_pdf(html, math_font=MATH.file(), family="Derive Math", measure=30)
        assert any("nothing is fetched" in record.getMessage() for record in caplog.records)
        assert b"/Subtype /Image" not in data


def test_markup_in_a_problem_is_text() -> None:
    """Tags and entities of a stranger's text stand on paper as they were given."""
    text = single("".join(page_texts("hostile")))
    assert text.count(single(HOSTILE)) >= 5


def test_the_same_problem_gives_the_same_bytes() -> None:
    """Two runs of the program, whatever the seed of its hashes, write the same PDF."""
    program = (
        "import sys; from tests.documents import drawn, solution;"
        "from derive.writers import WRITERS, Options;"
        "files = WRITERS['pdf'].render(solution(drawn([2, 2, 1])), Options());"
        "sys.stdout.buffer.write(files['.pdf'])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert runs[0].startswith(b"%PDF-")


def test_a_bug_is_not_taken_for_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only WeasyPrint's absence, or Pango's, is told as the machine's fault."""
    from derive.errors import SystemFaultError

    document = solution(drawn([2, 2, 1]))
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(SystemFaultError, match="a PDF needs Pango"):
        WRITERS["pdf"].render(document, Options())
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "derive.typeset.pdf", None)
    with pytest.raises(ImportError, match=r"derive\.typeset\.pdf"):
        WRITERS["pdf"].render(document, Options())


def test_numbers_lead_to_the_other_views() -> None:
    """Each number that the page has in several views is a link over its digits, to its like."""
    data = pdf_of("three views")
    pdf = pikepdf.open(BytesIO(data))
    standing: dict[str, set[str]] = {}
    digits_of: dict[str, list[str]] = {}
    seen: set[Element] = set()
    for section in elements(tree_of("three views"), "section"):
        chapter = section.get("aria-labelledby", "")
        view = chapter if chapter in ("matrices", "gates") else "scalars"
        sheets = [div for div in elements(section, "div") if div.get("class") == "sheet"]
        for sheet in sheets:
            for mn in elements(sheet, "mn", "mi") if sheet not in seen else []:
                # Letters are named likewise, and are no links.
                if (ref := mn.get("data-ref")) and not words(mn).isalpha():
                    standing.setdefault(ref, set()).add(view)
                    digits_of.setdefault(ref, []).append(words(mn))
        seen.update(sheets)
    wanted = [
        digits for ref, views in standing.items() if len(views) > 1 for digits in digits_of[ref]
    ]
    assert len(wanted) > 500
    names = [str(name) for name in list(pdf.Root.Names.Dests.Names)[::2]]
    document = pypdfium2.PdfDocument(data)
    found = []
    for n, page in enumerate(pdf.pages):
        text = document[n].get_textpage()
        for note in page.obj.get("/Annots", []):
            target = str(note.get("/Dest", ""))
            if "-at" in target:
                x1, y1, x2, y2 = map(float, note.Rect)
                read = text.get_text_bounded(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
                # Bold digits are letters of their own, which are the same to a search.
                digits = unicodedata.normalize("NFKC", read).strip()
                assert str(note.Contents) in digits
                found.append(str(note.Contents))
                assert target in names
    assert sorted(found) == sorted(wanted)


def test_one_view_alone_has_no_links_within_formulas() -> None:
    """Numbers lead nowhere where there is nowhere to lead."""
    for page in opened("2-2-2-1").pages:
        for note in page.obj.get("/Annots", []):
            assert "-at" not in str(note.get("/Dest", ""))


def test_no_caption_ends_a_page() -> None:
    """Under the caption of a table stands the table."""
    document = pypdfium2.PdfDocument(pdf_of("deep-ml-105"))
    captions = ("The samples", "The error as training goes on", "Every parameter before and after")
    found = 0
    for n in range(len(document)):
        page = document[n].get_textpage()
        bottoms = [page.get_charbox(c)[1] for c in range(page.count_chars())]
        lowest = min(y for y in bottoms if y > FOOT)
        for caption in captions:
            place = page.search(caption, match_case=True).get_next()
            if place is not None:
                found += 1
                assert lowest < page.get_charbox(place[0])[1] - 15, caption
    assert found == len(captions)
