"""Where the pages of a PDF end: no equation stands without its number, nor without its words."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from derive.derivation import VIEWS
from derive.document import Document
from derive.problem import example
from derive.writers import WRITERS, Options
from tests.conftest import needs
from tests.derivation.comparisons import MAZUR, compared, optimized
from tests.documents import drawn, solution

MARGIN = 480.0
"""Numbers of equations stand to the right of this, in points."""
BESIDE = 8.0
"""The first line of an equation begins no further from its number than this."""


def pages(document: Document, folder: Path) -> list[str]:
    """The pages of a document, as poppler describes them."""
    place = folder / "solution.pdf"
    place.write_bytes(WRITERS["pdf"].render(document, Options())[".pdf"])
    run = subprocess.run(
        [needs("pdftotext"), "-bbox", place, "-"], capture_output=True, text=True, check=True
    )
    return re.findall(r"<page .*?</page>", run.stdout, re.DOTALL)


def words(page: str) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom and text of the words of a page, as poppler finds them."""
    found = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', page
    )
    return [(float(a), float(b), float(c), float(d), text) for a, b, c, d, text in found]


@pytest.mark.parametrize("layers", [[12, 9, 8], [5, 4, 3], [2, 2, 2]])
def test_a_number_is_on_the_page_of_its_equation(layers: list[int], tmp_path: Path) -> None:
    """A formula whose first line goes to the next page takes its number along."""
    document = solution(drawn(layers), views=VIEWS[1:], notation="nielsen", languages=["en"])
    count = 0
    for page in pages(document, tmp_path):
        found = words(page)
        for left, top, _, bottom, text in found:
            if not re.fullmatch(r"\(\d+\)", text) or left < MARGIN:
                continue
            count += 1
            assert [
                word for word in found
                if word[2] < left and word[1] < bottom + BESIDE and word[3] > top - BESIDE
            ], text  # fmt: skip
    assert count > 10


@pytest.mark.parametrize("notation", ["net-out", "bishop"])
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_words_that_lead_to_an_equation_are_on_its_page(
    notation: str, l2: float, tmp_path: Path
) -> None:
    """No page ends with a colon or with rules, nor begins with what is said of the page before.

    The rules are those by which the equation after them differentiates.
    """
    problem = replace(example("mazur-2015").problem, iterations=1, l2=l2)
    document = solution(problem, notation=notation)
    for page in pages(document, tmp_path):
        lines: dict[int, list[str]] = {}
        for _, top, _, bottom, text in words(page):
            lines.setdefault(round((top + bottom) / 2), []).append(text)
        first, last = (" ".join(lines[sorted(lines)[n]]) for n in (1, -2))
        assert not last.endswith((":", "："))
        assert not last.startswith(("Rules used", "所用法则"))
        assert not first.startswith(("That the last form", "最后一式"))


def test_an_explanation_begins_on_the_page_that_has_room_for_some_of_it(tmp_path: Path) -> None:
    """Its paragraphs are not bound to one another as words are to their equation."""
    b = replace(MAZUR, optimizer=optimized("adam", learning_rate=0.01).optimizer)
    found = pages(compared(MAZUR, b), tmp_path)
    at = next(n for n, page in enumerate(found) if ">Why<" in page)
    top = min(top for _, top, _, _, text in words(found[at]) if text == "Why")
    filled = sorted(bottom for *_, bottom, _ in words(found[at - 1]))[-4]
    assert top > 120 or filled > 650, "points from the top of the page"
