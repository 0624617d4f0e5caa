"""Text as it is set: gaps in Chinese, its punctuation, the last lines of paragraphs."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from derive.document import Paragraph, blocks
from derive.typeset import write_pdf
from derive.writers import pdf
from derive.writers.fonts import MATH, cut_faces, renamed
from derive.writers.page import Page
from tests.writers.browser import Opener, run
from tests.writers.pages import ZH, document_of, pdf_of

HAN, LATIN = re.compile("[\u3400-\u9fff]"), re.compile("[A-Za-z0-9=]")
GAP, NEAR = 0.17, 0.05
"""The space between Chinese and all else, in ems, and what it may differ by: kerning, bearings."""
WIDE = 0.5
"""What is farther apart than this are two columns or two lines."""


class Sign(NamedTuple):
    """A character on a page: its place and the end of its advance, in points."""

    text: str
    x: float
    y: float
    left: float
    right: float


def signs(data: bytes) -> Iterator[list[Sign]]:
    """The characters of each page, in the order of reading; no spaces."""
    for page in pypdfium2.PdfDocument(data):
        text, found = page.get_textpage(), []
        for n in range(text.count_chars()):
            x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
            pdfium.FPDFText_GetCharOrigin(text, n, x, y)
            pdfium.FPDFText_GetLooseCharBox(text, n, box)
            letter = chr(pdfium.FPDFText_GetUnicode(text, n))
            if letter.strip():
                found.append(Sign(letter, x.value, y.value, box.left, box.right))
        yield found


def test_gaps_on_paper_are_all_equal() -> None:
    """Between Chinese and Latin letters, figures or formulas there is a sixth of an em."""
    gaps = []
    for page in signs(pdf_of("mazur-2015", ZH)):
        for before, after in pairwise(page):
            kinds = [bool(HAN.match(one.text)) for one in (before, after)]
            other = after if kinds[0] else before
            if sum(kinds) != 1 or not LATIN.match(other.text) or abs(before.y - after.y) > 0.1:
                continue
            han = before if kinds[0] else after
            gap = (after.x - before.right) / (han.right - han.left)
            if 0 <= gap < WIDE and before.text not in "图表":
                gaps.append((round(gap, 3), before.text + after.text))
    assert len(gaps) > 30
    assert [gap for gap in gaps if abs(gap[0] - GAP) > NEAR] == []


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_gaps_on_the_page_are_all_equal(opened: Opener) -> None:
    """Words leave no space of their own where a gap stands."""
    browser = opened("mazur-2015", ZH)
    gaps = run(
        browser,
        """
        return [...document.querySelectorAll('p .gap')].map(e => {
          const ends = [e.previousSibling, e.nextSibling].map((one, n) => {
            if (one.nodeType !== 3) return one.getBoundingClientRect();
            const range = document.createRange();
            range.setStart(one, n ? 0 : one.length - 1);
            range.setEnd(one, n ? 1 : one.length);
            return range.getBoundingClientRect();
          });
          return ends[0].bottom < ends[1].top ? null
            : (ends[1].left - ends[0].right) / parseFloat(getComputedStyle(e).fontSize);
        }).filter(gap => gap !== null && gap >= 0);
        """,
    )
    assert len(gaps) > 30
    assert [gap for gap in gaps if abs(gap - GAP) > NEAR] == []


@cache
def written(body: str, languages: tuple[str, ...]) -> bytes:
    """The PDF of some text in the fonts of a page."""
    files, faces = {}, ""
    for n, (face, font) in enumerate(cut_faces(body)):
        files[f"memory:font-{n}"] = renamed(font, f"{face.family} {face.weight} {face.style}")
        faces += (
            f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight};'
            f"font-style: {face.style}; src: url(memory:font-{n}) }}\n"
        )
    style = f'{faces} @page {{ size: 400mm 4000mm }} html {{ font: 10pt "Derive Latin", '
    style += '"Derive Han" } .whole { white-space: nowrap } .gap { margin-left: .17em }'
    html = f'<html lang="{languages[0]}"><title>T</title><style>{style}</style>{body}</html>'
    return write_pdf(html, math_font=MATH.file(), family="M", measure=40, files=files)


@pytest.mark.parametrize("bold", [False, True])
def test_punctuation_that_meets_is_set_tight(*, bold: bool) -> None:
    """Of two signs that meet the one gives up its empty half; one by itself keeps its square."""
    weight = "font-weight: bold" if bold else ""
    text = "甲》（乙），丙）。丁（（戊）））：己，庚"
    (page,) = signs(written(f'<p style="{weight}">{text}</p>', ZH))
    assert "".join(sign.text for sign in page) == text
    steps = [round((after.x - before.x) / 10, 2) for before, after in pairwise(page)]
    tight = {"》（", "），", "）。", "（（", "））", "）："}
    assert steps == [0.5 if a + b in tight else 1.0 for a, b in pairwise(text)]


@pytest.mark.parametrize(("language", "least"), [("zh-Hans", r".{4,}"), ("en", r"\S+ \S.*|.{16,}")])
def test_last_lines_hold_more_than_a_word(language: str, least: str) -> None:
    """However wide a paragraph is, no word and no character is alone at its end."""
    document = document_of("2-2-2-1")
    page = Page(document, pdf.paint, pdf.PALETTE, tagged=False)
    found = [block.message for block in blocks(document) if isinstance(block, Paragraph)]
    texts = {str(page.words(message, language)) for message in found}
    texts = {text for text in texts if "<math" not in text and len(text) > 40}
    assert len(texts) > 5
    short = []
    for text in sorted(texts)[:6]:
        widths = range(150, 330, 9)
        body = "".join(f'<p style="width: {width}pt">{text}</p><p>§</p>' for width in widths)
        (sheet,) = pypdfium2.PdfDocument(written(body, (language,)))
        lines = sheet.get_textpage().get_text_range().splitlines()
        ends = [line for line, after in pairwise(lines) if after.strip() == "§"]
        assert len(ends) == len(widths)
        short += [end for end in ends if not re.fullmatch(least, end.strip())]
    assert short == []
