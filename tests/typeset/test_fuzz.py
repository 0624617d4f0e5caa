"""Any tree of MathML, sensible or not: never an exception, always a finite box."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.typeset.breaking import display_lines
from derive.typeset.layout import MathLayout
from derive.typeset.style import BROWSER, PRINT
from tests.typeset.compare import font

CASES = 5_500
"""In each of four tests: more than 20,000 trees in a run."""

TOKENS = ("mi", "mn", "mo", "mtext", "ms", "mspace")
CONTAINERS = (
    "mrow", "mfrac", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts",
    "mprescripts", "none", "msqrt", "mroot", "mtable", "mtr", "mtd", "mlabeledtr", "mstyle",
    "mpadded", "mphantom", "menclose", "merror", "semantics", "annotation", "annotation-xml",
    "maction", "math", "{http://www.w3.org/1998/Math/MathML}mrow", "cores", "limits", "script",
)  # fmt: skip
LETTERS = (
    *"+-−=()[]{}|‖∑∏∫√→⏟^~¯‾,;∂∇!′/⌈⟨", "lim", "≠", "a\u0338", "", " ", "x", "net", "𝑛𝑒𝑡", "学习率",
    "שלום", "12.5", "α", "\u2061", "\u200d", "👩‍👧", "\x00", "\ufffd", "e\u0301", "𝔤", "ab cd\n",
)  # fmt: skip
SCRIPTS = ((0x20, 0x7F), (0xA0, 0x2000), (0x2000, 0x2C00), (0x1D400, 0x1D800), (0x10000, 0x110000))
NUMBERS = (
    "0",
    "1",
    "0.5",
    ".3",
    "7",
    "100",
    "9999999",
    "1e9",
    "12345678901234",
    "",
    "-",
    "x",
    "nan",
)
UNITS = ("em", "ex", "px", "pt", "%", "", "height", "width", " depth", "furlong", "mu", "cm")
NAMED = ("thinmathspace", "negativethinmathspace", "inf", "small", "big", "normal")
TRUTHS = ("true", "false", "TRUE", "1", "")
WORDS = {
    "columnalign": ("right left", "center", "left", "", "decimalpoint", "right right right"),
    "form": ("prefix", "infix", "postfix", "Prefix", "outfix"),
    "scriptlevel": ("0", "+1", "-2", "99", "1.5", "+999", "-999"),
    "dir": ("rtl", "ltr", "RTL", "up"),
    "display": ("block", "inline"),
    "mathvariant": ("normal", "bold", "fraktur", "double-struck", "stretched", "?"),
    "mathcolor": ("red", "#12", "rgb(1,2,3)", "nonsense"),
    "mathbackground": ("yellow", ""),
    "style": ("color: red", "font-weight:bold", "font-weight: 700; color:", ";"),
    "notation": ("box", "actuarial circle", "updiagonalstrike", "top bottom", ""),
    "rowspan": ("2", "0", "-1", "99999999", "x"),
    "columnspan": ("2", "3", "99999999", ""),
    "lquote": ("“", ""),
    **dict.fromkeys(
        ("stretchy", "symmetric", "largeop", "movablelimits", "displaystyle", "accent",
         "accentunder", "fence"), TRUTHS,
    ),
}  # fmt: skip
LENGTHS = (
    "lspace", "rspace", "minsize", "maxsize", "width", "height", "depth", "voffset",
    "linethickness", "mathsize", "columnspacing", "rowspacing",
)  # fmt: skip
ATTRIBUTES = (*WORDS, *LENGTHS)


class Choices:
    """Bytes read as a row of choices, the first of each where they have run out."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def below(self, count: int) -> int:
        """A number from zero up."""
        self.at += 1
        if self.at > len(self.data):
            return 0
        return self.data[self.at - 1] % count

    def one(self, things: Sequence[str]) -> str:
        """One of several."""
        return things[self.below(len(things))]

    def text(self) -> str:
        """Letters and signs of formulas, or of anywhere in Unicode."""
        if self.below(4):
            return self.one(LETTERS)
        first, last = SCRIPTS[self.below(len(SCRIPTS))]
        code = first + (self.below(256) * 65536 + self.below(256) * 256 + self.below(256)) % (
            last - first
        )
        return "x" if 0xD800 <= code < 0xE000 else chr(code)

    def value(self, attribute: str) -> str:
        """Something that an attribute may say."""
        if attribute in WORDS:
            return self.one(WORDS[attribute])
        if not self.below(8):
            return self.one(NAMED)
        return self.one(("", "+", "-")) + self.one(NUMBERS) + self.one(UNITS)

    def attributes(self, element: Element, names: Sequence[str] = ATTRIBUTES) -> None:
        """A few of `names` on an element."""
        for _ in range(max(0, self.below(5) - 2)):
            name = self.one(names)
            element.set(name, self.value(name))

    def tree(self, depth: int) -> Element:
        """An element with attributes, and children of any number and kind."""
        if depth == 0 or self.at > len(self.data) or not self.below(3):
            element = Element(self.one(TOKENS))
            element.text = self.text()
        else:
            element = Element(self.one(CONTAINERS))
            element.extend(self.tree(depth - 1) for _ in range(self.below(5)))
        self.attributes(element)
        return element

    def trees(self, depth: int) -> list[Element]:
        """Some trees."""
        return [self.tree(depth) for _ in range(1 + self.below(4))]


CHOICES = st.binary(min_size=8, max_size=240).map(Choices)


def formula(*children: Element, display: bool = False) -> Element:
    """The children as a formula."""
    whole = Element("math", {"display": "block"} if display else {})
    whole.extend(children)
    return whole


def is_finite(tree: Element, layout: MathLayout) -> bool:
    """Whether a tree becomes a box with finite sides, and all in it a finite place."""
    box = layout.formula(tree)
    places = [place for x, y, _ in box.flat() for place in (x, y)]
    return all(map(math.isfinite, (box.width, box.height, box.depth, *places)))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is not known is logged by every layout; here that is no news."""
    caplog.set_level(logging.ERROR, "derive.typeset")


many = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@many
@given(CHOICES)
def test_any_tree_has_a_box(choices: Choices) -> None:
    """Any tree in a line of text is set, by the conventions of print."""
    assert is_finite(formula(*choices.trees(5)), MathLayout(font(), PRINT))


@many
@given(CHOICES)
def test_any_tree_has_a_box_as_in_a_browser(choices: Choices) -> None:
    """Any tree in display style is set, by the conventions of browsers."""
    assert is_finite(formula(*choices.trees(5), display=True), MathLayout(font(), BROWSER))


@many
@given(CHOICES, st.floats(0.0, 60.0))
def test_any_tree_is_broken_into_lines(choices: Choices, width: float) -> None:
    """Any tree is broken into lines of any width."""
    lines = display_lines(MathLayout(font()), formula(*choices.trees(4), display=True), width)
    assert lines
    for line in lines:
        assert all(map(math.isfinite, (line.width, line.height, line.depth)))


@many
@given(CHOICES)
def test_any_table_has_a_box(choices: Choices) -> None:
    """Any grid of cells, with any spans, is set."""
    table = Element("mtable")
    choices.attributes(table, ("columnspacing", "columnalign", "rowspacing", "displaystyle"))
    for _ in range(choices.below(6)):
        line = SubElement(table, choices.one(("mtr", "mtr", "mlabeledtr", "mi")))
        for _ in range(choices.below(5)):
            cell = SubElement(line, "mtd")
            choices.attributes(cell, ("rowspan", "columnspan", "columnalign", "mathbackground"))
            cell.extend(choices.trees(2))
    assert is_finite(formula(table), MathLayout(font()))
