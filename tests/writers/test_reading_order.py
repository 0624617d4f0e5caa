"""What a PDF says, in the order in which it says it: to four readers, and to who copies a page."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from derive.document import Equation, Message, Paragraph, Section, Table, blocks
from derive.language.catalogues import Catalogue, catalogue
from derive.maths.tree import Number
from tests.conftest import needs
from tests.documents import inside
from tests.writers.pages import BOTH, EN, document_of, pdf_of

TAGS = {"zh-Hans": "zh", "en": "en"}


def single(text: str) -> str:
    """Text without white space, signs and kinds of letters, which readers give otherwise."""
    return re.sub(r"[\s\ufffe−-]+", "", unicodedata.normalize("NFKC", text))


def by_poppler(data: bytes, place: Path) -> str:
    """The text as Poppler, which reads a page line by line, gives it."""
    place.write_bytes(data)
    command = [needs("pdftotext"), "-layout", place, "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def by_mupdf(data: bytes, place: Path) -> str:
    """The text as MuPDF gives it."""
    place.write_bytes(data)
    command = [needs("mutool"), "draw", "-F", "txt", place]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def by_pdfium(data: bytes, _place: Path) -> str:
    """The text as PDFium, as browsers have it, gives it."""
    document = pypdfium2.PdfDocument(data)
    return "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))


def by_pypdf(data: bytes, _place: Path) -> str:
    """The text as pypdf gives it."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)


def longest(message: Message, words: Catalogue) -> str:
    """The longest stretch of a message that has no mathematics in it; its ends may be shared.

    Before its last sign a table may be named.
    """
    inlines = (one for one in words.inlines(message) if isinstance(one, str))
    texts = [single(one).rstrip(".:。") for one in inlines]
    found = max(texts, key=len, default="")
    return found if len(found) > 8 else ""


def figures(within: object) -> list[str]:
    """The digits of all numbers but short ones, such as exponents, which stand everywhere."""
    found = (single(one.numeral.digits) for one in inside(within) if isinstance(one, Number))
    return [digits for digits in found if len(digits) > 3]


def said(name: str, languages: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What stands in each heading, paragraph, equation and row, block by block.

    What is given together may be read in any order: a number beside its equation.
    """
    document = document_of(name, languages)
    catalogues = [catalogue(TAGS[language]) for language in languages]
    for block in blocks(document):
        match block:
            case Section():
                yield from ((longest(block.title, words),) for words in catalogues)
            case Paragraph():
                yield from ((longest(block.message, words),) for words in catalogues)
            case Equation():
                value = figures(block.tree)[-1:]
                yield (f"({block.number})" if block.number else "", *value)
            case Table():
                yield from ((one,) for one in figures(block.rows))


@pytest.mark.parametrize("name", ["mazur-2015", "3-4-2"])
@pytest.mark.parametrize("languages", [BOTH, EN])
@pytest.mark.parametrize("reader", [by_poppler, by_pdfium, by_mupdf, by_pypdf])
def test_text_is_read_in_the_order_of_the_document(
    reader: Callable[[bytes, Path], str], languages: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    """Paragraphs, equations with their numbers, and rows of tables follow as they were written."""
    text = single(reader(pdf_of(name, languages), tmp_path / "solution.pdf"))
    at, count = 0, 0
    for together in said(name, languages):
        ends = [at]
        for one in filter(None, together):
            place = text.find(one, at)
            assert place >= 0, f"{one} is not after {text[max(0, at - 60) : at]}"
            # Nothing is skipped but what this list does not name.
            assert place - at < 3000, f"{one} is far after {text[max(0, at - 60) : at]}"
            ends.append(place + len(one))
            count += 1
        at = max(ends)
    assert count > 100
