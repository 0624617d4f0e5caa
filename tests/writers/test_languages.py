"""The languages of a page in headless Chromium: all that is seen or heard follows the switch."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from derive import language
from derive.writers.templating import environment
from tests.writers.browser import Opener, boxes, emulate, run
from tests.writers.pages import BOTH, html_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"\b(the|of|and|with|equals|times|plus|minus|sub|equation|Table|Skip|Fig)\b")


NUMBERS = """
const w = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
const text = [];
while (w.nextNode()) {
  const e = w.currentNode.parentElement;
  if (e.closest('.sheet mn, table mn, svg') && !e.closest('.spoken') && e.checkVisibility())
    text.push(w.currentNode.data);
}
const lines = [...document.querySelectorAll('.sheet .value mn')]
  .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height);
return [/[0-9][.][0-9]/, /[0-9],[0-9]/].map(p => text.filter(t => p.test(t)).length)
  .concat([lines]);
"""
"""How many numbers that are seen have a point, how many a comma, and how high they stand."""


def choose(browser: webdriver.Chrome, which: str) -> None:
    """Turn the switch."""
    run(browser, "document.querySelector(`label[for=show-${arguments[0]}]`).click()", which)


def told(browser: webdriver.Chrome) -> list[tuple[str, str]]:
    """The role and the name of all that the browser tells to a screen reader."""
    nodes: list[dict[str, Any]] = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})[
        "nodes"
    ]
    return [
        (node["role"]["value"], node["name"]["value"])
        for node in nodes
        if not node["ignored"] and node.get("name", {}).get("value")
    ]


@pytest.mark.parametrize("name", ["mazur-2015 in three views", "three views", "deep-ml-105"])
@pytest.mark.parametrize(("chosen", "other"), [("en", HAN), ("zh-Hans", ENGLISH)])
def test_all_that_is_told_follows_the_switch(
    opened: Opener, name: str, chosen: str, other: re.Pattern[str]
) -> None:
    """In one language nothing is told in the other, but for the switch itself and the title."""
    browser = opened(name, width=800)
    choose(browser, chosen)
    found = told(browser)
    roles = {role for role, _ in found}
    assert {"link", "group", "image", "MathMLMath", "radio"} <= roles
    wrong = [(role, text) for role, text in found if other.search(text)]
    switch = {"中", "中文", "中 + En"}
    assert [one for one in wrong if one[1] not in switch and one[0] != "RootWebArea"] == []


@pytest.mark.parametrize("chosen", ["all", "en", "zh-Hans"])
def test_an_equation_is_read_as_one(opened: Opener, chosen: str) -> None:
    """Each displayed formula is one to a screen reader, named once, in words."""
    browser = opened("mazur-2015", width=360)
    choose(browser, chosen)
    named = [text for role, text in told(browser) if role == "MathMLMath"]
    assert sum(1 for text in named if text) >= len(boxes(browser, ".sheet > math")) > 40
    first = next(text for text in named if text.startswith("net h 1"))
    assert ("等于" in first) is (chosen != "en")
    assert ("equals" in first) is (chosen == "en")


def test_the_choice_is_kept_in_the_address(opened: Opener) -> None:
    """A chosen language is in the address, survives links and loading, and can be linked to."""
    browser = opened("mazur-2015")
    plain = browser.current_url
    choose(browser, "en")
    assert browser.current_url == f"{plain}?lang=en"
    run(browser, "document.querySelector('a.number').click()")
    assert browser.current_url == f"{plain}?lang=en#eq-1"
    browser.refresh()
    assert boxes(browser, "main [lang=zh-Hans]") == []
    assert run(browser, "return document.documentElement.lang") == "en"
    for address, shown in (("?lang=zh", "zh-Hans"), ("?lang=zh-Hans", "zh-Hans"), ("?lang=x", "")):
        browser.get(plain + address)
        assert bool(boxes(browser, "main p[lang=en]")) is not bool(shown), address
        assert boxes(browser, "main p[lang=zh-Hans]")
    choose(browser, "en")
    choose(browser, "all")
    assert browser.current_url == plain


def test_the_switch_works_without_a_script(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    """A page whose script is taken away still changes its language."""
    text, taken = re.subn(r"(?s)<script>.*?</script>", "", html_of("mazur-2015"))
    assert taken == 1
    (tmp_path / "page.html").write_text(text, "utf-8")
    emulate(chromium, width=1200, scheme="light")
    chromium.get((tmp_path / "page.html").as_uri())
    for chosen, other in (("en", "zh-Hans"), ("zh-Hans", "en")):
        choose(chromium, chosen)
        assert boxes(chromium, f"main [lang={chosen}]")
        assert boxes(chromium, f"main [lang={other}]") == []


@pytest.mark.parametrize("languages", [BOTH, BOTH[::-1]])
def test_chinese_says_that_it_is_chinese(opened: Opener, languages: tuple[str, ...]) -> None:
    """Each Chinese letter of the page stands in an element whose language is Chinese."""
    browser = opened("mazur-2015 in three views", languages)
    wrong = run(
        browser,
        "const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];"
        "while (w.nextNode()) { const e = w.currentNode.parentElement;"
        " if (/[\\u3400-\\u9fff]/.test(w.currentNode.data) && !e.matches(':lang(zh)'))"
        " found.push(w.currentNode.data) } return found",
    )
    assert wrong == []


def test_a_third_language_is_a_catalogue_and_an_entry(
    chromium: webdriver.Chrome, tmp_path: Path
) -> None:
    """With a new catalogue and its tag in one table a page switches three languages.

    Numbers follow, in formulas and in drawings: each has the decimal sign of what is shown.
    """
    package = Path(language.__file__).parent.parent
    shutil.copytree(package, tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    templates = Path(environment().loader.searchpath[0])  # type: ignore[union-attr]
    shutil.copytree(templates, tmp_path / "templates", dirs_exist_ok=True)
    folder = tmp_path / "derive" / "language"
    words = (folder / "en.toml").read_text("utf-8")
    words = words.replace('name = "English"', 'name = "Deutsch"').replace('"En"', '"De"')
    (folder / "de.toml").write_text(words, "utf-8")
    table = (folder / "languages.py").read_text("utf-8")
    entry = '    "en": Language("en", cases=("bare", "definite")),\n'
    assert table.count(entry) == 1
    table = table.replace(
        entry, entry + entry.replace('"en"', '"de"').replace("))", '), decimal=",")')
    )
    (folder / "languages.py").write_text(table, "utf-8")
    asked = ("--lang", "zh+en+de", "--to", "html", "--quiet", "-o", tmp_path / "page.html")
    command = (sys.executable, "-m", "derive", "report", "--net", "2-2-2", *asked)
    subprocess.run(command, cwd=tmp_path, check=True, env={"PYTHONPATH": str(tmp_path)})
    emulate(chromium, width=1200, scheme="light")
    chromium.get((tmp_path / "page.html").as_uri() + "?lang=de")
    labels = "return [...document.querySelectorAll('.switch label')].map(e => e.innerText)"
    assert run(chromium, labels) == ["中 + En + De", "中文", "English", "Deutsch"]
    for chosen in ("de", "en", "zh-Hans"):
        choose(chromium, chosen)
        shown = run(
            chromium,
            "return [...new Set([...document.querySelectorAll('main [lang]')]"
            ".filter(e => e.checkVisibility()).map(e => e.getAttribute('lang')))]",
        )
        assert shown == [chosen]
        points, commas, heights = run(chromium, NUMBERS)
        assert (points == 0) is (chosen == "de")
        assert (commas == 0) is (chosen != "de")
        assert points + commas > 200
        assert max(heights) < 32  # a line, not one under the other
    choose(chromium, "all")
    points, commas, _ = run(chromium, NUMBERS)
    assert points > 200
    assert commas == 0
