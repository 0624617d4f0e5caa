"""The page on a telephone and a tablet: whatever is asked for is in sight."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageStat
from selenium import webdriver

from tests.writers.browser import NAMES, Opener, boxes, run
from tests.writers.pages import BOTH, EN, ZH

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDTHS = (360, 390, 768)
VALUES = """
return [...document.querySelectorAll('.sheet .value')].map(e => {
  const box = e.getBoundingClientRect(), sheet = e.closest('.sheet');
  const around = sheet.getBoundingClientRect();
  return {
    equation: sheet.parentElement.id, width: box.width, room: sheet.clientWidth,
    matrix: !!e.querySelector('mtable'),
    seen: box.width > 0 && around.left <= box.left && box.right <= around.right
      && 0 <= box.left && box.right <= innerWidth,
  };
});
"""


@pytest.mark.parametrize("languages", [ZH, EN])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_value_is_in_sight(opened: Opener, width: int, languages: tuple[str, ...]) -> None:
    """Nothing has to be scrolled sideways to see what any equation of the classic comes to."""
    browser = opened("mazur-2015 in three views", languages, width=width)
    values = run(browser, VALUES)
    assert len(values) > 60
    assert [value for value in values if not value["seen"]] == []


@pytest.mark.parametrize("name", ["3-4-2 in three views", "three views", "deep-ml-105", "2-2-2-1"])
@pytest.mark.parametrize("width", WIDTHS)
def test_only_a_matrix_wider_than_the_page_is_cut(opened: Opener, width: int, name: str) -> None:
    """A value that has room behind its sign is seen whole; numbers always are."""
    values = run(opened(name, width=width), VALUES)
    sign = 22
    hidden = [value for value in values if not value["seen"]]
    assert [v for v in hidden if not v["matrix"] or v["width"] + sign <= v["room"]] == []


@pytest.mark.parametrize("name", ["mazur-2015 in three views", "three views"])
def test_each_relation_begins_a_line(opened: Opener, name: str) -> None:
    """On a telephone what follows an = is under what stands before it, and begins at its left."""
    lines = run(
        opened(name, width=360),
        "return [...document.querySelectorAll('.sheet > math')].map(e => "
        "[...e.querySelectorAll('.line')].map(l => l.getBoundingClientRect())"
        ".map(r => [r.left, r.top, r.bottom]))",
    )
    assert sum(len(each) > 2 for each in lines) > 30
    for each in lines:
        assert len({round(left) for left, _, _ in each}) <= 1, each
        for (_, _, bottom), (_, top, _) in pairwise(each):
            assert bottom <= top + 0.5, each


@pytest.mark.parametrize("name", ["mazur-2015 in three views", "three views"])
def test_a_wide_page_is_set_as_without_breaks(opened: Opener, name: str) -> None:
    """Where there is room an equation is as large as with all marks for breaks removed."""
    browser = opened(name, width=1200)
    marked = boxes(browser, ".sheet > math")
    run(
        browser,
        "document.querySelectorAll('.term > mo[form=infix]').forEach(e => {"
        " if (e.closest('.line').firstElementChild.firstElementChild != e)"
        " e.removeAttribute('form') });"
        "document.querySelectorAll('.left, .over, .line, .term')"
        ".forEach(e => e.replaceWith(...e.childNodes))",
    )
    bare = boxes(browser, ".sheet > math")
    assert not run(browser, "return document.querySelector('.line, .term')")
    assert [size[2:] for size in marked] == [pytest.approx(size[2:], abs=0.5) for size in bare]


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_as_wide_as_the_page(opened: Opener, name: str) -> None:
    """A telephone shows all of a curve, and a box in which what is wider can be moved."""
    browser = opened(name, width=360)
    (_, _, room, _), *_ = boxes(browser, "main > header")
    for left, _, width, _ in boxes(browser, "figure > svg, .across"):
        assert left >= 0
        assert width == pytest.approx(room, abs=0.5)
    assert all(width >= room - 0.5 for _, _, width, _ in boxes(browser, ".across > svg"))


@pytest.mark.parametrize("name", NAMES)
def test_a_telephone_scrolls_down_alone(opened: Opener, name: str) -> None:
    """At 360 px the page never scrolls sideways, in no language and no scheme."""
    for languages in (BOTH, ZH, EN):
        for scheme in ("light", "dark") if languages == BOTH else ("light",):
            browser = opened(name, languages, width=360, scheme=scheme)
            choices = ("all", *languages) if languages == BOTH else ("",)
            for choice in choices:
                if choice:
                    run(browser, "document.getElementById(`show-${arguments[0]}`).click()", choice)
                wide, seen = run(
                    browser,
                    "const e = document.documentElement;"
                    "return [Math.max(e.scrollWidth, document.body.scrollWidth), e.clientWidth]",
                )
                assert seen == 360
                assert wide <= seen, (languages, scheme, choice)


@pytest.mark.parametrize(
    ("name", "selector"), [("3-4-2 in three views", ".sheet"), ("mazur-2015", ".table")]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_hidden_fades_at_its_edge(
    opened: Opener, name: str, selector: str, scheme: str
) -> None:
    """What scrolls sideways ends in paper on the side where more of it lies, and only there."""
    browser = opened(name, width=360, scheme=scheme)
    wide = "return [...document.querySelectorAll(arguments[0])].filter(e => e.scrollWidth > "
    wide += "e.clientWidth + 40)"
    scrolling = run(browser, wide, selector)
    assert scrolling
    for box in scrolling[:3]:
        for where, left, right in ((0, False, True), (10_000, True, False)):
            run(browser, "arguments[0].scrollLeft = arguments[1]", box, where)
            faded = ink(browser, box)
            mask = "arguments[0].style.setProperty('mask-image', arguments[1], 'important')"
            run(browser, mask, box, "none")
            whole = ink(browser, box)
            run(browser, mask, box, "")
            for n, hides in enumerate((left, right)):
                assert 0.2 * whole[n] < faded[n] < 0.8 * whole[n] if hides else faded[n] == whole[n]
            assert sum(whole) > 0


def ink(browser: webdriver.Chrome, box: webdriver.remote.webelement.WebElement) -> list[int]:
    """How much the picture differs from paper within 30 px of a box's left and right edge."""
    run(browser, "arguments[0].scrollIntoView({block: 'center'})", box)
    # An edge follows the scrolling a few frames later.
    script = "setTimeout(() => requestAnimationFrame(arguments[0]), 200)"
    browser.execute_async_script(script)  # type: ignore[no-untyped-call]
    picture = Image.open(BytesIO(b64decode(box.screenshot_as_base64))).convert("L")
    wide, high = picture.size
    paper = Image.new("L", (30, high - 10), picture.getpixel((wide // 2, 0)))
    strips = ((0, 0, 30, high - 10), (wide - 30, 0, wide, high - 10))
    return [
        sum(ImageStat.Stat(ImageChops.difference(picture.crop(strip), paper)).sum)
        for strip in strips
    ]


LETTERS = """
return [...document.querySelectorAll('svg:is(.network, .gates) text:not(.spoken)')]
  .filter(e => e.checkVisibility())
  .map(e => e.getScreenCTM().a * parseFloat(getComputedStyle(e).fontSize));
"""
LEGIBLE = 9.0
"""The px that text in a drawing has at least; its indices are smaller by a third."""


@pytest.mark.parametrize("name", ["mazur-2015 in three views", "3-4-2", "wide", "2-2-2-1"])
@pytest.mark.parametrize("width", [360, 543, 545, 768])
def test_text_in_drawings_is_legible(opened: Opener, width: int, name: str) -> None:
    """Of networks and gates, however many layers they have; one drawing of each is shown."""
    browser = opened(name, width=width)
    sizes = run(browser, LETTERS)
    assert len(sizes) > 10
    assert min(sizes) >= LEGIBLE
    assert len(boxes(browser, "svg.network")) == 1
    edges = boxes(browser, ".across")
    assert all(left >= 0 and left + wide <= width for left, _, wide, _ in edges if wide)
