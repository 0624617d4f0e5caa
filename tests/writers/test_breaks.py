"""Where the pages of a PDF end: no number of an equation stands without its equation."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from derive.derivation import VIEWS
from derive.writers import WRITERS, Options
from tests.conftest import needs
from tests.documents import drawn, solution

MARGIN = 480.0
"""Numbers of equations stand to the right of this, in points."""
BESIDE = 8.0
"""The first line of an equation begins no further from its number than this."""


def words(page: str) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom and text of the words of a page, as poppler finds them."""
    found = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', page
    )
    return [(float(a), float(b), float(c), float(d), text) for a, b, c, d, text in found]


@pytest.mark.parametrize("layers", [[12, 9, 8], [5, 4, 3], [2, 2, 2]])
def test_a_number_is_on_the_page_of_its_equation(layers: list[int], tmp_path: Path) -> None:
    """A formula whose first line goes to the next page takes its number along."""
    place = tmp_path / "solution.pdf"
    document = solution(drawn(layers), views=VIEWS[1:], notation="nielsen", languages=["en"])
    place.write_bytes(WRITERS["pdf"].render(document, Options()))
    run = subprocess.run(
        [needs("pdftotext"), "-bbox", place, "-"], capture_output=True, text=True, check=True
    )
    count = 0
    for page in re.findall(r"<page .*?</page>", run.stdout, re.DOTALL):
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
