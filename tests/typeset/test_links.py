"""Tokens that lead elsewhere: their links, destinations and tags in the PDF."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest

from derive.typeset import write_pdf
from tests.typeset.fonts import MATH

TARGET = '<p style="break-before:page">Here: <math><mn id="there">0.25</mn></math></p>'
NUMBER = '<mn href="#there">0.3775</mn>'
LINE = "".join(f"<mo>+</mo><mi>a</mi><mo>·</mo><mn>{n}</mn>" for n in range(10, 22))
ROW = f"<mtr><mtd><mi>a</mi><mo>=</mo></mtd><mtd>{NUMBER}<mo>+</mo>{NUMBER}</mtd></mtr>"
WIDE = "<mtext>much too wide to stand here</mtext>"
PLACES = {
    "inline": f"<p>Text <math><mi>x</mi><mo>=</mo>{NUMBER}</math>.</p>",
    "display": f'<math display="block"><mi>x</mi><mo>=</mo>{NUMBER}</math>',
    "script and fraction": (
        f"<p>Text <math><mfrac><mn>1</mn><msup><mi>e</mi>{NUMBER}</msup></mfrac></math>.</p>"
    ),
    "scaled": f'<math display="block"><mrow href="">{WIDE}{NUMBER}{WIDE}</mrow></math>',
    "broken": (
        f'<math display="block"><mi>x</mi><mo>=</mo>{NUMBER}{LINE}<mo>+</mo>{NUMBER}{LINE}</math>'
    ),
    "table": f'<math display="block"><mtable>{ROW * 3}</mtable></math>',
    "over pages": f'<math display="block"><mtable>{ROW * 40}</mtable></math>',
    "cell": f"<table><tr><th>a</th><td><math>{NUMBER}</math></td></tr></table>",
    "moved": f'<div style="transform:translate(40px,9px)"><math>{NUMBER}</math></div>',
    "coloured": (
        f'<math><mstyle mathcolor="red" style="font-weight:bold">{NUMBER}</mstyle></math>'
    ),
    "repeated": f"<p>As <math><mi>w</mi><msqrt><mi>s</mi></msqrt>{NUMBER}</math></p>" * 5,
}
COUNTS = {"broken": 2, "table": 6, "over pages": 80, "repeated": 5}


def made(body: str, **more: Any) -> bytes:
    """The PDF of a document with what it links to."""
    html = (
        '<html lang="en"><title>T</title><style>@page { size: A5 } body { font-size: 16px }'
        f"</style><body>{body}</html>"
    )
    return write_pdf(html, math_font=MATH, family="Test Math", measure=24, **more)


def notes(pdf: pikepdf.Pdf) -> list[tuple[int, Any]]:
    """Every annotation with the number of its page."""
    return [(n, one) for n, page in enumerate(pdf.pages) for one in page.obj.get("/Annots", [])]


def inked(page: Any, area: list[float]) -> tuple[str, list[float]]:
    """The characters whose middles lie within an area, by pdfium, and what their boxes cover."""
    text = page.get_textpage()
    read, boxes = "", []
    for n in range(text.count_chars()):
        left, low, right, top = text.get_charbox(n)
        if left == right:
            # A space that pdfium reads between two words.
            continue
        if area[0] < (left + right) / 2 < area[2] and area[1] < (low + top) / 2 < area[3]:
            read += text.get_text_range(n, 1)
            boxes.append((left, low, right, top))
    lefts, lows, rights, tops = zip(*boxes, strict=True)
    return read, [min(lefts), min(lows), max(rights), max(tops)]


def area_of(note: Any) -> list[float]:
    """Left, bottom, right and top of an annotation."""
    x1, y1, x2, y2 = map(float, note.Rect)
    return [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]


@pytest.mark.parametrize("name", PLACES)
def test_a_link_covers_the_ink_of_its_token(name: str) -> None:
    """Neither more nor less than its digits, wherever the formula stands and however it is set."""
    data = made(PLACES[name] + TARGET)
    pdf = pikepdf.open(BytesIO(data))
    found = notes(pdf)
    assert len(found) == COUNTS.get(name, 1)
    document = pypdfium2.PdfDocument(data)
    for n, note in found:
        area = area_of(note)
        read, ink = inked(document[n], area)
        assert read in ("0.3775", "𝟎.𝟑𝟕𝟕𝟓")
        # Half a point at the sides is the space that a digit has of its own.
        assert area == pytest.approx(ink, abs=0.9)
        assert str(note.Dest) == "there"


def test_a_formula_repeated_as_a_form_has_a_link_wherever_it_stands() -> None:
    """And a formula that leads elsewhere is another formula."""
    other = PLACES["repeated"].replace("#there", "#here") + '<p id="here">Here</p>'
    data = made(PLACES["repeated"] + other + TARGET)
    pdf = pikepdf.open(BytesIO(data))
    assert pdf.pages[0].Contents.read_bytes().count(b" Do") == 10
    assert [str(note.Dest) for _, note in notes(pdf)] == ["there"] * 5 + ["here"] * 5
    lows = [area_of(note)[1] for _, note in notes(pdf)]
    assert lows == sorted(lows, reverse=True)
    assert len(set(lows)) == 10


def test_a_token_is_led_to_where_it_stands() -> None:
    """Its name leads to its upper left corner, once; other elements may lead there too."""
    again = TARGET.replace("Here", "Again")
    data = made(f'<p><a href="#there">text</a> {PLACES["inline"]}</p>{TARGET}{again}')
    pdf = pikepdf.open(BytesIO(data))
    assert [str(note.Dest) for _, note in notes(pdf)] == ["there", "there"]
    name, (page, kind, x, y, _) = pdf.Root.Names.Dests.Names
    assert (str(name), page.objgen, str(kind)) == ("there", pdf.pages[1].obj.objgen, "/XYZ")
    document = pypdfium2.PdfDocument(data)
    text = document[1].get_textpage()
    left, _, _, top = text.get_charbox(text.get_text_range().index("0.25"))
    assert [float(x), float(y)] == pytest.approx([left, top], abs=0.9)


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://example.org/a?b=1&amp;c=ü#d", "https://example.org/a?b=1&c=%C3%BC#d"),
        (" HTTP://example.org/ ", "HTTP://example.org/"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_addresses(href: str, address: str) -> None:
    """Sites and mail are led to."""
    pdf = pikepdf.open(BytesIO(made(f'<p><math><mi href="{href}">x</mi></math></p>')))
    ((_, note),) = notes(pdf)
    assert (str(note.A.S), str(note.A.URI)) == ("/URI", address)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "relative", "//host/",
        "#", "", "#nowhere", "ftp://example.org", "\x0ajavascript:x", "part:x", "httpx://a",
    ],
)  # fmt: skip
def test_other_links_are_ignored(href: str) -> None:
    """Neither an annotation nor a tag is made of them."""
    pdf = pikepdf.open(BytesIO(made(f'<p><math><mn href="{href}">1</mn></math></p>')))
    assert notes(pdf) == []
    kinds = [one.get("/S") for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
    assert "/Formula" in kinds
    assert "/Link" not in kinds


def check_tags(pdf: pikepdf.Pdf) -> None:
    """Every annotation is in the structure tree, within a link (ISO 14289-1, 7.18.5)."""
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    elements = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
    keys = [int(note.StructParent) for _, note in notes(pdf)]
    keys += [int(page.obj.StructParents) for page in pdf.pages]
    assert len(set(keys)) == len(keys)
    for n, note in notes(pdf):
        element = elements[int(note.StructParent)]
        (reference,) = [one for one in element.K if isinstance(one, pikepdf.Dictionary)]
        assert (element.S, reference.Type) == ("/Link", "/OBJR")
        assert reference.Obj.objgen == note.objgen
        assert reference.Pg.objgen == element.Pg.objgen == pdf.pages[n].obj.objgen
        assert element.objgen in [
            one.objgen for one in element.P.K if isinstance(one, pikepdf.Dictionary)
        ]
        assert str(note.Contents)


def test_links_are_tagged_within_their_formulas() -> None:
    """With what they read in their stead, and no border to be seen."""
    pdf = pikepdf.open(BytesIO(made("".join(PLACES.values()) + TARGET)))
    check_tags(pdf)
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    elements = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
    for _, note in notes(pdf):
        assert str(note.Contents) == "0.3775"
        assert note.BS.W == 0
        formula = elements[int(note.StructParent)].P
        assert formula.S == "/Formula"
        assert "0.3775" in str(formula.Alt)


def test_a_link_over_a_space_says_where_it_leads() -> None:
    """No annotation is without words."""
    pdf = pikepdf.open(BytesIO(made('<p><math><mspace width="1em" href="http://a/"/></math></p>')))
    check_tags(pdf)
    assert [str(note.Contents) for _, note in notes(pdf)] == ["http://a/"]


def test_nothing_is_seen_of_a_link() -> None:
    """The pages are the same, pixel by pixel."""
    body = "".join(PLACES.values()) + TARGET
    linked, plain = (
        pypdfium2.PdfDocument(made(one)) for one in (body, body.replace(' href="#there"', ""))
    )
    assert len(linked) == len(plain) > 2
    for n in range(len(linked)):
        pictures = [one[n].render(scale=1).to_pil().tobytes() for one in (linked, plain)]
        assert pictures[0] == pictures[1]


def test_a_document_without_links_has_none() -> None:
    """No annotation, no destination."""
    pdf = pikepdf.open(BytesIO(made("<p>A number: <math><mn>1</mn></math></p>")))
    assert notes(pdf) == []
    assert "/Names" not in pdf.Root


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """But a link to nowhere, as WeasyPrint does for its own."""
    with caplog.at_level(logging.WARNING):
        made("".join(PLACES.values()) + TARGET)
        assert caplog.records == []
        made(PLACES["inline"])
    assert [record.getMessage() for record in caplog.records] == [
        "No anchor #there for internal URI reference"
    ]
