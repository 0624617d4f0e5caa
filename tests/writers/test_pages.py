"""What stands on the pages of a PDF, and what does not: measured over their ink and their text."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import pypdf
import pypdfium2
import pytest

from tests.writers.survey import DOCUMENTS, FOOT, TOP, ink, pdf

pytestmark = pytest.mark.no_cover
"""A sweep: coverage learns nothing of it, and would double its time."""
FEW = (
    "4-8-3", "softmax, Letter", "Adam, gates", "five samples, in matrices", "12-9-8", "one neuron",
)  # fmt: skip
NAMES = tuple(DOCUMENTS) if os.environ.get("DERIVE_NOTHING_LEFT_OUT") else FEW
QUARTER, WITH_FIGURES = 0.3, 0.34
"""What may be empty at a page's foot: a quarter and two lines, or what a figure wants whole."""
LONG = 12
SAME_LINE = 4.0
"""Points between the middles of two texts of one line."""


@cache
def opened(name: str) -> pypdfium2.PdfDocument:
    """A document of the survey."""
    return pypdfium2.PdfDocument(pdf(name))


def lines(name: str, page: int) -> list[tuple[float, str]]:
    """The lines of a page with their distance from its foot, from the top down."""
    text = opened(name)[page].get_textpage()
    rows: list[tuple[float, list[tuple[float, str]]]] = []
    rects = [text.get_rect(n) for n in range(text.count_rects())]
    for left, bottom, right, top in sorted(rects, key=lambda rect: -(rect[1] + rect[3])):
        centre = (bottom + top) / 2
        # Letters with tails have their middle lower than figures of the same line.
        if not rows or rows[-1][0] - centre > SAME_LINE:
            rows.append((centre, []))
        rows[-1][1].append((left, text.get_text_bounded(left, bottom, right, top).strip()))
    return [
        (at, unicodedata.normalize("NFKC", " ".join(words for _, words in sorted(row))))
        for at, row in rows
    ]


def texts(name: str) -> list[str]:
    """The text of each page, as PDFium reads it."""
    document = opened(name)
    return [f"{document[n].get_textpage().get_text_range()}\n" for n in range(len(document))]


def single(text: str) -> str:
    """Text without white space, and signs that are written in several ways in one."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def marks(name: str) -> list[tuple[str, int, float]]:
    """Title, page from 0 and height on it of each bookmark in reading order."""
    reader = pypdf.PdfReader(BytesIO(pdf(name)))

    def go(entries: Any) -> Iterator[tuple[str, int, float]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from go(entry)
            else:
                page = reader.get_destination_page_number(entry)
                assert page is not None
                yield str(entry.title), page, float(entry.top or 0)

    return list(go(reader.outline))


def begins_with_a_figure(name: str, page: int) -> bool:
    """Whether a drawing is the first thing on a page: ink before the first words of the text."""
    if page >= len(opened(name)):
        return False
    return any(re.match(r"(图|Fig\.) \d", words) for _, words in lines(name, page)[1:40])


@pytest.mark.parametrize("name", NAMES)
def test_no_page_has_a_hole(name: str) -> None:
    """Pages are full to their last quarter, but the last one, and one before a figure."""
    *pages, _ = ink(name)
    for n, page in enumerate(pages):
        most = WITH_FIGURES if begins_with_a_figure(name, n + 1) else QUARTER
        assert page.hole <= most, f"page {n + 1}"


@pytest.mark.parametrize("name", NAMES)
def test_the_last_page_has_more_than_two_lines(name: str) -> None:
    """What is left over takes something along."""
    assert len(ink(name)[-1].lines) > 2


@pytest.mark.parametrize("name", NAMES)
def test_contents_are_listed_from_twelve_pages_on(name: str) -> None:
    """With the page on which each section begins, dots before it; shorter documents have none."""
    first = "".join(text for text in texts(name)[:5]).replace("\r", "")
    listed = re.findall(r"^(\d+(?:\.\d+)?) [^\n]*?[. ]{9,} ?(\d+)$", first, re.MULTILINE)
    assert bool(listed) is (len(opened(name)) >= LONG)
    begins = {title.partition(" ")[0]: page + 1 for title, page, _ in marks(name)}
    assert all(begins[number] == int(page) for number, page in listed)
    chapters = {number for number in begins if "." not in number}
    assert not listed or chapters <= {number for number, _ in listed}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_headed_by_its_section(name: str) -> None:
    """By the first chapter that begins on the page, or else by the last one before."""
    chapters = [(title, page) for title, page, _ in marks(name) if re.match(r"\d+ ", title)]
    for n in range(1, len(opened(name))):
        begun = [words for words, page in chapters if page == n]
        before = [words for words, page in chapters if page < n]
        section = (begun[:1] or before[-1:] or [" "])[0].partition(" ")[2]
        at, words = lines(name, n)[0]
        head = single(words) if at > opened(name)[n].get_height() - TOP else ""
        assert single(section).startswith(head), head
        assert bool(head) is bool(section)


@pytest.mark.parametrize("name", NAMES)
def test_a_bookmark_has_a_space_after_its_number(name: str) -> None:
    """And no second one."""
    for title, _, _ in marks(name):
        assert re.match(r"\d+(\.\d+)* \S", title), title


@pytest.mark.parametrize("name", NAMES)
def test_no_heading_ends_a_page(name: str) -> None:
    """Under each stands more than a line of what it heads."""
    for title, page, top in marks(name):
        under = [words for at, words in lines(name, page) if FOOT < at < top - 20]
        assert len(under) >= 2, title


@pytest.mark.parametrize("name", NAMES)
def test_no_row_of_a_table_stands_alone(name: str) -> None:
    """A table that goes on on another page has three rows on each, its head not counted."""
    for n in range(1, len(opened(name))):
        table = [
            words for at, words in lines(name, n - 1)
            if at > FOOT and re.search(r"(Old value|旧值)", words)
        ]  # fmt: skip
        again = [words for _, words in lines(name, n)[1:3] if re.search(r"(Old value|旧值)", words)]
        if not (table and again):
            continue
        for page, wanted in ((n - 1, table[-1]), (n, again[0])):
            found = lines(name, page)
            at = next(k for k, (_, words) in enumerate(found) if words == wanted)
            rows = [w for _, w in found[at + 1 :] if len(re.findall(r"\d\.\d|\b0\b", w)) >= 3]
            assert len(rows) >= 3, f"page {page + 1}"


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_counted_in_their_captions(name: str) -> None:
    """Table 1, Table 2, and so on in order, and words that lead to one name it."""
    every = [words for n in range(len(opened(name))) for _, words in lines(name, n)]
    found = (re.match(r"(?:表|Table) (\d+)\b", words) for words in every)
    numbers = list(dict.fromkeys(int(one[1]) for one in found if one))
    assert numbers == list(range(1, len(numbers) + 1))
    named = {int(n) for n in re.findall(r"\((?:表|Table)(\d+)\)", single("".join(texts(name))))}
    assert named
    assert named <= set(numbers)
