"""The structure tree of a PDF: the language of each element, and what a checker says of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from derive.writers import WRITERS, Options
from tests.derivation.comparisons import MAZUR, compared
from tests.writers.pages import BOTH, EN, ZH, pdf_of

HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"\b(?:the|of|is|and|to|by|over|equals|with|minus|half|squared)\b")
SAID = re.compile(r"/(?:P|Span|Formula|H\d|Caption|T[HD])")
"""The kinds of elements that hold something to be said."""


def elements(element: Any, language: str = "") -> Iterator[tuple[Any, str]]:
    """Each structure element with the language that holds for it, in the order of reading."""
    own = str(element.get("/Lang", language))
    if "/S" in element:
        yield element, own
    children = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/Obj" not in child:
            yield from elements(child, own)


@cache
def marked(data: bytes) -> dict[tuple[int, int], str]:
    """What each piece of marked content shows, by page and number, as PDFium reads it."""
    found: dict[tuple[int, int], str] = {}
    document = pypdfium2.PdfDocument(data)
    for n in range(len(document)):
        page = document[n]
        text = page.get_textpage()
        for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            mark = n, pdfium.FPDFPageObj_GetMarkedContentID(thing.raw)
            buffer = (pdfium.FPDF_WCHAR * 2000)()
            size = pdfium.FPDFTextObj_GetText(thing.raw, text.raw, buffer, 2000)
            found[mark] = found.get(mark, "") + bytes(buffer)[: size - 2].decode("utf-16-le")
    return found


@pytest.mark.parametrize("name", ["mazur-2015", "three views", "3-4-2"])
@pytest.mark.parametrize("languages", [BOTH, ZH, EN])
def test_everything_says_its_language(name: str, languages: tuple[str, ...]) -> None:
    """What is in Chinese is tagged as Chinese, and what is in English as English."""
    data = pdf_of(name, languages)
    pdf = pikepdf.open(BytesIO(data))
    shown = marked(data)
    page_of = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
    seen = dict.fromkeys(languages, 0)
    for element, language in elements(pdf.Root.StructTreeRoot.K[0]):
        if SAID.fullmatch(str(element.S)):
            assert "/Lang" in element, element.S
        said = str(element.get("/Alt", ""))
        if not said and element.S == "/Span":
            page = page_of[element.Pg.objgen]
            said = "".join(shown.get((page, k), "") for k in element.K if isinstance(k, int))
        if HAN.search(said):
            assert language == "zh-Hans", said
        elif ENGLISH.search(said):
            assert language == "en", said
        else:
            continue
        seen[language] += 1
    assert all(count > 50 for count in seen.values())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: pdf_of("mazur-2015"), id="classic"),
        pytest.param(lambda: pdf_of("mazur-2015", ZH, "letter"), id="Chinese on Letter"),
        pytest.param(lambda: pdf_of("3-4-2", EN), id="English"),
        pytest.param(lambda: pdf_of("deep-ml-105"), id="samples"),
        pytest.param(lambda: pdf_of("three views"), id="three views"),
        pytest.param(
            lambda: WRITERS["pdf"].render(
                compared(MAZUR, replace(MAZUR, hidden_deltas="after-update")), Options()
            )[".pdf"],
            id="a comparison",
        ),
    ],
)
def test_a_checker_of_accessibility_has_nothing_to_say(data: Any, tmp_path: Path) -> None:
    """Neither an error nor a warning, by the rules of PDF/UA-1 and by sense."""
    place, report = tmp_path / "solution.pdf", tmp_path / "report.json"
    place.write_bytes(data())
    command = [Path(sys.executable).with_name("outloud"), "--json", report, "--fail-on", "never"]
    subprocess.run([*command, place], check=True, capture_output=True)
    (result,) = json.loads(report.read_text("utf-8"))["results"]
    assert result["findings"] == []
    assert result["stats"]["elements"] > 300
