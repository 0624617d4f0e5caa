"""The page in headless Chromium: set, coloured and switched as it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import tinycss2
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.writers.browser import NAMES, Opener, boxes, emulate, run
from tests.writers.pages import BOTH
from tests.writers.test_colours import contrast, sheet

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("name", NAMES)
def test_the_console_is_silent(opened: Opener, name: str) -> None:
    """Nothing is wrong enough for the browser to say so, and nothing was asked for."""
    browser = opened(name)
    told = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in told if entry["level"] in ("SEVERE", "WARNING")] == []
    assert run(browser, "return document.title") not in ("", None)
    fetched = run(browser, "return performance.getEntriesByType('resource').map(e => e.name)")
    assert [url for url in fetched if not url.startswith("data:font/woff")] == []


@pytest.mark.parametrize("name", ["mazur-2015", "deep-ml-105", "2-2-2-1"])
def test_maths_is_laid_out(opened: Opener, name: str) -> None:
    """Fractions, tables and braces have size; a numerator is above its denominator."""
    browser = opened(name)
    for element in ("mfrac", "mtable", "msub", "munder"):
        found = boxes(browser, element)
        assert found, element
        assert all(width > 0 and height > 0 for _, _, width, height in found), element
    parts = run(
        browser,
        "return [...document.querySelectorAll('mfrac')].filter(e => e.checkVisibility())"
        ".map(e => [...e.children].map(c => c.getBoundingClientRect()))"
        ".map(([a, b]) => [a.bottom, b.top])",
    )
    assert all(above <= below + 0.5 for above, below in parts)


def test_display_fractions_are_of_full_size(opened: Opener) -> None:
    """A fraction in an aligned equation is as tall as one outside a table would be."""
    browser = opened("mazur-2015")
    heights = [h for _, _, _, h in boxes(browser, "math[display=block] mtable .term > mfrac")]
    assert min(heights) > 2.0 * 17


def test_maths_and_text_use_the_fonts_of_the_page(opened: Opener) -> None:
    """The page's faces are loaded, and formulas are set in the one for mathematics."""
    browser = opened("mazur-2015")
    faces = run(browser, "return [...document.fonts].map(f => [f.family, f.weight, f.status])")
    assert {status for _, _, status in faces} <= {"loaded", "unloaded"}
    loaded = {(family.strip('"'), weight) for family, weight, status in faces if status == "loaded"}
    assert loaded >= {
        ("Derive Math", "400"), ("Derive Latin", "400"), ("Derive Latin", "700"),
        ("Derive Han", "400"), ("Derive Han", "700"),
    }  # fmt: skip
    assert used_fonts(browser, "math mn") == {"STIX Two Math": True}
    assert used_fonts(browser, "p[lang=en]") == {"Source Serif 4": True}
    assert "Noto Serif SC" in used_fonts(browser, "p[lang=zh-Hans]")


def used_fonts(browser: webdriver.Chrome, selector: str) -> dict[str, bool]:
    """The fonts that the text of some elements is set in, and whether the page brought them."""
    browser.execute_cdp_cmd("DOM.enable", {})
    browser.execute_cdp_cmd("CSS.enable", {})
    root = browser.execute_cdp_cmd("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    wanted = {"nodeId": root, "selector": selector}
    found = {}
    for node in browser.execute_cdp_cmd("DOM.querySelectorAll", wanted)["nodeIds"]:
        fonts = browser.execute_cdp_cmd("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        found.update({font["familyName"]: font["isCustomFont"] for font in fonts})
    return found


@pytest.mark.parametrize("name", ["deep-ml-105", "hostile"])
def test_no_glyph_comes_from_elsewhere(opened: Opener, name: str) -> None:
    """Nothing is drawn with a font of the machine, but the command in its typewriter face."""
    browser = opened(name)
    run(browser, "document.querySelectorAll('.spoken').forEach(e => e.remove())")
    used = used_fonts(browser, "body :not(pre, code)")
    # Latin, Chinese in two styles, mathematics; and commands within words, where there are any.
    assert len(used) == (5 if name == "hostile" else 4)
    assert [family for family, brought in used.items() if not brought] == []


def test_languages_switch(opened: Opener) -> None:
    """A reader sees both languages, or Chinese alone, or English alone; formulas stay."""
    browser = opened("mazur-2015")
    formulas = len(boxes(browser, ".sheet > math"))
    for which, chinese, english in (
        ("all", True, True), ("zh-Hans", True, False), ("en", False, True), ("all", True, True),
    ):  # fmt: skip
        run(browser, "document.querySelector(`label[for=show-${arguments[0]}]`).click()", which)
        assert bool(boxes(browser, "main [lang=zh-Hans]")) is chinese, which
        assert bool(boxes(browser, "main [lang=en]")) is english, which
        assert len(boxes(browser, ".sheet > math")) == formulas
        assert len(boxes(browser, ".switch label")) == 3
        shown = run(browser, "return document.querySelector('main').innerText")
        assert bool(re.search(r"[\u3400-\u9fff]", shown)) is chinese, which


def test_the_switch_is_reached_by_keyboard(opened: Opener) -> None:
    """Tab goes to the link past the opening, then to the switch, and arrows turn it."""
    browser = opened("mazur-2015")
    seen = []
    for _ in range(2):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(run(browser, "return document.activeElement.outerHTML.slice(0, 60)"))
    assert 'class="skip"' in seen[0]
    assert 'id="show-all"' in seen[1]
    outline = run(
        browser,
        "return getComputedStyle(document.activeElement.nextElementSibling).outlineStyle",
    )
    assert outline == "solid"
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert boxes(browser, "main p[lang=en]") == []
    assert boxes(browser, "main p[lang=zh-Hans]")


def test_only_what_can_be_used_takes_the_focus(opened: Opener) -> None:
    """A box that scrolls can be reached by keyboard and says what it is."""
    browser = opened("mazur-2015", width=360)
    named = run(
        browser,
        "return [...document.querySelectorAll('[tabindex]')]"
        ".map(e => [e.getAttribute('role'),"
        " document.getElementById(e.getAttribute('aria-labelledby')).textContent])",
    )
    assert named
    assert all(role == "group" and label for role, label in named)


def colours(browser: webdriver.Chrome, selector: str) -> tuple[str, str]:
    """The colour of an element's text and that of the page, as #rrggbb."""
    found = run(
        browser,
        "return [getComputedStyle(document.querySelector(arguments[0])).color,"
        "getComputedStyle(document.body).backgroundColor]",
        selector,
    )
    text, paper = (re.findall(r"\d+", colour)[:3] for colour in found)
    return "#" + bytes(map(int, text)).hex(), "#" + bytes(map(int, paper)).hex()


def test_the_dark_scheme_follows_the_reader(opened: Opener) -> None:
    """A reader who prefers dark gets light text on dark paper, in figures too."""
    places = ("main", ".substituted", ".path0", ".path1", "figcaption", ".number", "figure text")
    light = [colours(opened("mazur-2015", scheme="light"), place) for place in places]
    browser = opened("mazur-2015", scheme="dark")
    dark = [colours(browser, place) for place in places]
    for (text, paper), (dark_text, dark_paper) in zip(light, dark, strict=True):
        assert text != dark_text
        assert contrast(paper, "#000000") > 10 > contrast(dark_paper, "#000000")
        assert contrast(text, paper) >= 4.5
        assert contrast(dark_text, dark_paper) >= 4.5
    lines = run(
        browser,
        "return [...document.querySelectorAll('figure svg circle')]"
        ".map(e => getComputedStyle(e).fill)",
    )
    assert "rgb(255, 253, 248)" not in lines


def test_print_leaves_out_what_paper_cannot_do(opened: Opener) -> None:
    """Printed, the switch, the contents and the skip link are gone and the paper is white."""
    browser = opened("mazur-2015", scheme="dark")
    assert boxes(browser, ".switch")
    assert boxes(browser, ".contents")
    emulate(browser, width=1200, scheme="dark", media="print")
    assert boxes(browser, ".switch, .contents, .skip") == []
    assert colours(browser, "main") == ("#000000", "#ffffff")


def test_the_browser_knows_every_rule(opened: Opener) -> None:
    """No declaration and no selector of the style sheet is one that the browser drops."""
    browser = opened("mazur-2015")
    unknown = []
    for selector, declarations in rules(tinycss2.parse_stylesheet(sheet("html/page.css"))):
        if not run(browser, "return CSS.supports(`selector(${arguments[0]})`)", selector):
            unknown.append(selector)
        for name, value in declarations:
            if not name.startswith("--") and not run(
                browser, "return CSS.supports(arguments[0], arguments[1])", name, value
            ):
                unknown.append(f"{name}: {value}")
    # Named for Safari beside the standard's own name.
    assert set(unknown) <= {"text-size-adjust: 100%"}


def rules(nodes: list[Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each selector of a style sheet with its declarations, those within @media included.

    The steps of an animation have percentages for selectors, all of which are known.
    """
    for node in nodes:
        if node.type == "at-rule" and node.content is not None:
            yield from rules(tinycss2.parse_rule_list(node.content))
        if node.type == "qualified-rule":
            inside = tinycss2.parse_blocks_contents(
                node.content, skip_comments=True, skip_whitespace=True
            )
            pairs = [(one.name, tinycss2.serialize(one.value).strip()) for one in inside]
            for selector in tinycss2.serialize(node.prelude).split(", "):
                yield re.sub(r"^\d+%$", "to", selector.strip()), pairs


def test_an_equation_leads_to_the_same_value_in_another_view(opened: Opener) -> None:
    """A click under it leads to an equation with its value, marks it, and shows it."""
    browser = opened("three views")
    run(
        browser,
        "document.querySelector('[data-ref=\"net1[0][0]@0\"]').closest('.equation')"
        ".querySelector('.elsewhere a').click()",
    )
    found = run(
        browser,
        "const t = document.querySelector(':target'), box = t.getBoundingClientRect();"
        "return [!!t.querySelector('.value [data-ref=\"net1[0][0]@0\"]'), box.top, box.bottom,"
        " getComputedStyle(t).outlineStyle, t.closest('section').getAttribute('aria-labelledby')]",
    )
    assert found[0]
    assert 0 <= found[1] < found[2] <= 900
    assert found[3] == "solid"
    assert found[4].startswith("matrices")


@pytest.mark.parametrize("languages", [BOTH, BOTH[::-1]])
def test_the_second_language_is_soft_beside_the_first(
    opened: Opener, languages: tuple[str, ...]
) -> None:
    """One look in all columns and under every paragraph; alone, each has the look of its place."""
    first, second = languages
    browser = opened("mazur-2015", languages)
    look = (
        "return [...new Set([...document.querySelectorAll(arguments[0])]"
        ".filter(e => e.matches(`[lang=${arguments[1]}]`)).map(e => getComputedStyle(e))"
        ".map(s => `${s.fontWeight} ${s.color} ${s.fontSize}`))]"
    )
    for place in (
        "th > [lang], td > [lang]",
        ".para:not(.note) > p",
        "section > h2 > .words > [lang]",
    ):
        assert len(run(browser, look, place, second)) == 1, place
    for place in (".para:not(.note) > p", "thead th > [lang]", "h1 > [lang]", ".note > p"):
        found = []
        for language in languages:
            run(browser, "document.querySelector(`#show-${arguments[0]}`).click()", language)
            found += run(browser, look, place, language)
        assert len({*found}) == 1, place
        run(browser, "document.querySelector('#show-all').click()")
        assert run(browser, look, place, first) == found[:1]


def test_no_number_is_smeared(opened: Opener) -> None:
    """Strong numbers are set in bold figures of the font, and their text stays that of figures."""
    browser = opened("mazur-2015")
    weights = (
        "return [...new Set([...document.querySelectorAll('math')]"
        ".map(e => getComputedStyle(e).fontWeight))]"
    )
    assert run(browser, weights) == ["400"]
    assert used_fonts(browser, "math .value mn") == {"STIX Two Math": True}
    assert "Derive Math Strong" in run(
        browser, "return [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert run(browser, "return document.querySelector('math .value').textContent") == "0.3775"


def test_mathematics_is_spaced_as_on_paper(opened: Opener) -> None:
    """Beside a sign between factors, beside a fraction, and before = in aligned lines, in ems."""
    found = run(
        opened("mazur-2015"),
        """
        const em = e => parseFloat(getComputedStyle(e).fontSize);
        const edge = e => e.getBoundingClientRect();
        const signs = [...document.querySelectorAll('.sheet mo')]
          .filter(e => e.textContent === '×' && e.previousElementSibling?.localName === 'mn')
          .map(e => [edge(e).left - edge(e.previousElementSibling).right, em(e), edge(e).width]);
        const halves = [...document.querySelectorAll('.sheet mfrac')]
          .filter(e => e.textContent === '12')
          .map(e => (edge(e).width - edge(e.firstElementChild).width) / 2 / em(e));
        const aligned = [...document.querySelectorAll('.sheet mtr')]
          .filter(e => e.children[0].children.length)
          .map(e => [...e.children].map(cell => cell.querySelector('mo, mi, msub, msubsup, mfrac')))
          .map(([left, sign]) => [edge(left.closest('mtd')).right, edge(sign).left, em(sign)])
          .map(([left, sign, size]) => (sign - left) / size);
        return {signs: signs.map(([gap, size]) => gap / size), halves, aligned};
        """,
    )
    wanted = {"signs": 4 / 18, "halves": 0.12, "aligned": 5 / 18}
    for name, gap in wanted.items():
        assert len(found[name]) > 1, name
        assert [one for one in found[name] if abs(one - gap) > 0.03] == [], name
