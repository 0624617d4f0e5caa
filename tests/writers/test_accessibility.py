"""The page by the rules of axe-core, in headless Chromium, and what these cannot see."""

from __future__ import annotations

import re

import pytest

from tests.conftest import needs_script
from tests.writers.browser import Opener, run
from tests.writers.pages import BOTH, EN, ZH
from tests.writers.test_colours import contrast

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("name", "languages", "width", "scheme"),
    [
        ("mazur-2015 in three views", BOTH, 1200, "light"),
        ("mazur-2015 in three views", BOTH, 360, "dark"),
        ("mazur-2015", ZH, 360, "light"),
        ("mazur-2015", EN, 1200, "dark"),
        ("three views", BOTH, 360, "light"),
        ("3-4-2", BOTH, 1200, "light"),
    ],
)
def test_no_rule_is_broken(
    opened: Opener, name: str, languages: tuple[str, ...], width: int, scheme: str
) -> None:
    """No violation of any rule, best practices and the size of targets (WCAG 2.2) included."""
    axe = needs_script("axe-core", "axe.min.js")
    browser = opened(name, languages, width=width, scheme=scheme)
    run(browser, axe)
    found = browser.execute_async_script(  # type: ignore[no-untyped-call]
        "const tell = arguments[0], size = {'target-size': {enabled: true}};"
        "axe.run(document, {resultTypes: ['violations'], rules: size}).then(r => tell("
        "r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)])))"
    )
    assert found == []


PAINT = """
const paint = (e, what) => getComputedStyle(e)[what];
return [getComputedStyle(document.body).backgroundColor,
  [...document.querySelectorAll('svg.network line')].map(e => paint(e, 'stroke')),
  [...document.querySelectorAll('.substituted, .note, .number, figcaption, .elsewhere')]
    .map(e => paint(e, 'color'))];
"""


def hexadecimal(colour: str) -> str:
    """`rgb(1, 2, 3)` as #010203."""
    return "#" + bytes(int(part) for part in re.findall(r"\d+", colour)[:3]).hex()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_and_soft_text_stand_out(opened: Opener, scheme: str) -> None:
    """Each edge of the network has 3 to 1 (WCAG 2.2, 1.4.11), each soft text 7 to 1 (1.4.6)."""
    paper, edges, texts = run(opened("mazur-2015 in three views", scheme=scheme), PAINT)
    assert len(edges) == 2 * 8, "one drawing for each width"
    assert min(contrast(hexadecimal(edge), hexadecimal(paper)) for edge in edges) >= 3
    assert len(texts) > 40
    assert min(contrast(hexadecimal(text), hexadecimal(paper)) for text in texts) >= 7


def test_a_drawing_needs_no_style_sheet(opened: Opener) -> None:
    """Without one neurons are rings with letters in them, and lines have their colours."""
    browser = opened("mazur-2015")
    run(browser, "document.querySelectorAll('style').forEach(e => e.remove())")
    paint = "return [...document.querySelectorAll(arguments[0])].map(e => getComputedStyle(e))"
    rings = run(browser, paint + ".map(s => [s.fill, s.stroke])", "svg.network circle")
    assert len(rings) == 2 * 6, "one drawing for each width"
    for inside, around in rings:
        assert contrast(hexadecimal(inside), "#ffffff") < 1.1
        assert contrast(hexadecimal(around), hexadecimal(inside)) > 7
    boxes = run(browser, paint + ".map(s => s.fill)", "svg.network rect")
    assert {hexadecimal(fill) for fill in boxes} == {"#ffffff"}
    lines = run(browser, paint + ".map(s => s.stroke)", "svg.network line")
    assert len(set(lines)) == 3
    assert "none" not in lines
