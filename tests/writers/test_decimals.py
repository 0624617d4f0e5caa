"""Numbers of a column: their decimal points stand under one another, on paper and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from derive.document import Document
from derive.maths.decimals import PRINT
from derive.maths.mathml import mathml
from derive.maths.numbers import Numeral
from derive.maths.tree import Matrix, Number, Styled
from derive.typeset.box import Box, Glyphs
from derive.typeset.layout import MathLayout
from derive.writers import WRITERS, Options, pdf
from derive.writers.page import Page
from tests.documents import drawn, solution, tables
from tests.typeset.compare import font
from tests.writers.browser import Opener, run

NEAR_PAPER, NEAR_SCREEN = 0.003, 0.35
"""In ems on paper, and in px on a screen, which places glyphs by parts of them."""


@cache
def document(language: str) -> Document:
    """Numbers of every kind: negative, long, short, and in powers of ten."""
    data = {"inputs": [[0.5, -1.25], [0.00001, 12.5]], "targets": [[1, 0], [0.25, -0.5]]}
    problem = drawn([2, 3, 2], network={"activation": "tanh"}, data=data)
    return solution(problem, views=("matrices",), languages=[language])


def points(box: Box) -> Iterator[tuple[float, float]]:
    """Where the decimal points of a formula stand."""
    for x, y, item in box.flat():
        if isinstance(item, Glyphs):
            for glyph, text in zip(item.glyphs, item.text, strict=True):
                if text == ".":
                    yield x, y
                x += font().metrics(glyph).advance * item.scale


def laid_out(math: str) -> Box:
    """A formula as it is set on paper."""
    start = math.index("<math")
    source = math[start : math.index("</math>") + len("</math>")]
    return MathLayout(font()).formula(ElementTree.fromstring(source))  # noqa: S314


def test_points_of_a_table_on_paper() -> None:
    """In every column each number reaches as far to the right of its point."""
    page = Page(document("en"), pdf.paint, pdf.PALETTE, tagged=False)
    seen = set()
    for table in tables(document("en")):
        if not table.header:
            continue
        for column in zip(*page.rows(table), strict=True):
            boxes = [laid_out(cell) for cell in column if "<mn" in cell and "<mi" not in cell]
            ends = [box.width - x for box in boxes for x, _ in list(points(box))[:1]]
            if ends:
                assert max(ends) - min(ends) < NEAR_PAPER, table.caption
                seen.add(len({round(box.width, 3) for box in boxes}))
    assert seen == {1}, "numbers of a column are equally wide"


@pytest.mark.parametrize("strong", [False, True])
def test_points_of_a_matrix_on_paper(*, strong: bool) -> None:
    """Whatever the numbers are, strong or not, the points of a column have one place."""
    column = ["0.5", "-12.25", "1.123456789", "-0.04", "100.7"]
    numerals = [*map(Numeral, column), Numeral("-8.48937", -8), Numeral("3.1", 12)]
    cells = tuple((Number(one), Number(Numeral("7.41111"))) for one in numerals)
    tree = Styled(Matrix(cells), "value" if strong else "substituted")
    box = laid_out(mathml(tree, paint=pdf.paint, advances=PRINT))
    found = sorted(points(box))
    left, right = found[: len(column) + 2], found[len(column) + 2 :]
    assert len(left) == len(right) == len(numerals)
    for some in (left, right):
        places = [x for x, _ in some]
        assert max(places) - min(places) < NEAR_PAPER


def test_bold_figures_are_all_of_one_width() -> None:
    """What is strong stands in columns as other numbers do."""
    wide = {
        laid_out(f'<math><mn style="font-weight:bold">{figure}</mn></math>').width
        for figure in "0123456789"
    }
    assert wide == {PRINT.strong}


POINTS = """
const spot = mn => {
  const walk = document.createTreeWalker(mn, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.data.search(/[.,]/);
    if (at < 0 || !walk.currentNode.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.setStart(walk.currentNode, at); range.setEnd(walk.currentNode, at + 1);
    return range.getBoundingClientRect().left;
  }
  return null;
};
const found = [];
for (const table of document.querySelectorAll('table:not(.givens), mtable:not([displaystyle])')) {
  const columns = {};
  for (const row of table.querySelectorAll('tr, mtr')) [...row.children].forEach((cell, n) => {
    const inside = cell.querySelector('mn');
    const letters = cell.querySelector('mi, msub, msubsup');
    if (inside && !letters) (columns[n] ??= []).push(spot(inside));
  });
  for (const places of Object.values(columns)) {
    const known = places.filter(x => x !== null);
    if (known.length > 1) found.push(Math.max(...known) - Math.min(...known));
  }
}
return found;
"""


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_points_on_the_page(opened: Opener, tmp_path: Path, language: str) -> None:
    """In Chromium the points of each column of a table or a matrix have one place."""
    browser = opened("mazur-2015", (language,))
    place = tmp_path / "decimals.html"
    place.write_bytes(WRITERS["html"].render(document(language), Options())[".html"])
    browser.get(place.as_uri())
    run(browser, "return document.fonts.ready.then(() => 1)")
    spread = run(browser, POINTS)
    assert len(spread) > 30
    assert max(spread) < NEAR_SCREEN
