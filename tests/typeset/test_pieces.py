"""Tall formulas at the end of a page: when they part, where, and what is said of it."""

from __future__ import annotations

import re
from functools import cache

import pypdfium2
import pytest

from derive.typeset import write_pdf
from tests.typeset.fonts import MATH

STYLE = """
@page { size: 148mm 210mm; margin: 15mm } html { font: 10pt/1.5 serif } p { margin: 0 }
.equation { break-inside: avoid } .equation:has(img + img) { break-inside: auto }
.formula img { break-inside: avoid }
"""
MATRIX = "<mtable>" + "<mtr><mtd><mn>1</mn></mtd></mtr>" * 4 + "</mtable>"
TALL = f"<mrow><mo>[</mo>{MATRIX}<mo>]</mo></mrow>"


def row(left: str, right: str) -> str:
    """A line of an equation."""
    return f"<mtr><mtd>{left}</mtd><mtd>{right}</mtd></mtr>"


def step(n: int) -> str:
    """One step of a derivation, its number in it."""
    return row("", f"<mo>=</mo><mfrac><mn>{100 + n}</mn><mi>x</mi></mfrac>")


@cache
def pages(above: int, *rows: str) -> list[str]:
    """The text of each page of a document with so many lines above a formula."""
    table = (
        '<mtable displaystyle="true" columnalign="right left">'
        f"{row('<mi>y</mi>', '<mo>=</mo><mn>100</mn>')}{''.join(rows)}</mtable>"
    )
    html = (
        f"<!DOCTYPE html><html lang='en'><head><title>Pieces</title><style>{STYLE}</style></head>"
        f"<body>{'<p>Above</p>' * above}<div class='equation'>"
        f'<math display="block" data-continued="(13, continued)" alttext="y">{table}</math></div>'
        "<p>Below</p></body></html>"
    )
    data = write_pdf(html, math_font=MATH, family="Test Math", measure=30)
    document = pypdfium2.PdfDocument(data)
    return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def steps(page: str) -> list[int]:
    """Which steps of a derivation are on a page."""
    return [int(number) - 100 for number in re.findall(r"1\d\d", page)]


@pytest.mark.parametrize("above", [29, 31, 33])
def test_ten_lines_stay_whole_where_little_room_is_left(above: int) -> None:
    """They go to the next page together, and nothing is said of going on."""
    first, second = pages(above, *map(step, range(1, 10)))
    assert steps(first) == []
    assert "continued)" not in second


@pytest.mark.parametrize("above", [18, 20])
def test_ten_lines_part_rather_than_leave_a_large_hole(above: int) -> None:
    """Where a quarter of the page would stay empty, some stand there, and the rest goes on."""
    first, second = pages(above, *map(step, range(1, 10)))
    assert len(steps(first)) >= 2
    assert "continued)" in second


@pytest.mark.parametrize("above", [18, 22, 26, 29])
def test_what_goes_on_says_so_beside_its_first_line(above: int) -> None:
    """Once on each page that it goes on on, and not where it begins."""
    first, *others = pages(above, *map(step, range(1, 24)))
    begun = steps(first)
    assert begun == list(range(len(begun)))
    assert "continued)" not in first
    rest = [page for page in others if steps(page)]
    assert rest
    for page in rest:
        assert page.count("continued)") == (1 if begun else 0)
        begun = begun or steps(page)
    assert sorted(n for page in (first, *others) for n in steps(page)) == list(range(24))


@pytest.mark.parametrize("above", range(0, 34, 3))
def test_a_product_is_not_parted_from_its_result(above: int) -> None:
    """The last two steps are on one page, and at least two lines are where the formula begins."""
    product = row("", f"<mo>=</mo>{TALL}<mo>·</mo>{TALL}<mi>p</mi>")
    result = row("", f"<mo>=</mo>{TALL}<mi>r</mi>")
    found = pages(above, *map(step, range(1, 4)), product, result)
    (with_product,) = [n for n, page in enumerate(found) if "p" in page]
    (with_result,) = [n for n, page in enumerate(found) if "r" in page]
    assert with_product == with_result
    (begins,) = [page for page in found if "y" in page]
    assert steps(begins)[:2] == [0, 1]
