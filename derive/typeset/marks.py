"""Marks in a document's text where its formulas stand, until they become elements.

A formula costs what WeasyPrint does for an element: parsing, matching every selector, a style of
its own and six of its pseudo-elements. So it is no element while that goes on, but a mark in the
text. Marks become elements when boxes are made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from derive.typeset.drawing import Formula

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Around the number of a formula in text; no document has these, they are no characters."""
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LIKE_MARKS = re.compile(r"[\ufdd0\ufdd1]|&#(?:x0*fdd[01]|0*6497[67])(?![0-9a-f]);?", re.IGNORECASE)
_TEXT_ONLY = frozenset(("title", "style", "script", "textarea", "option"))
"""Elements that hold no others."""


class Planted(NamedTuple):
    """A formula that has become an element.

    Attributes:
        formula: which one.
        parent: the element whose text had its mark; None where the mark was an `img` from the
            start, its `alt`, for style sheets to see.
        beside: whether it stands on the line of a `span class="number"` right before it.
    """

    formula: Formula
    parent: Element | None
    beside: bool = False


def mark(which: int) -> str:
    """What stands in a document for the formula of a number: in text, or as an `alt`."""
    return f"{_OPEN}{which}{_CLOSE}"


def unmarked(html: str) -> str:
    """A document without anything that looks like a mark, or that a parser takes for one."""
    return _LIKE_MARKS.sub("\ufffd", html)


def _is_number(element: Element) -> bool:
    return element.tag == "span" and element.get("class") == "number"


def plant(root: Element, formulas: Sequence[Formula]) -> dict[Element, Planted]:
    """Turn every mark below an element into an `img`, and find those that are one."""
    planted: dict[Element, Planted] = {}

    def parted(parent: Element, at: int, text: str) -> str:
        """Put the formulas of a text among the parent's children; what comes before the first."""
        first, *pieces = _MARK.split(text)
        found = [formulas[int(which)] for which in pieces[::2]]
        if not isinstance(parent.tag, str) or parent.tag in _TEXT_ONLY or parent.tag[:1] == "{":
            return first + "".join(
                f"{formula.spoken}{tail}" for formula, tail in zip(found, pieces[1::2], strict=True)
            )
        for n, (formula, tail) in enumerate(zip(found, pieces[1::2], strict=True)):
            element = Element("img")
            element.tail = tail
            parent.insert(at + n, element)
            numbered = at + n > 0 and not first.strip() and _is_number(parent[at + n - 1])
            planted[element] = Planted(formula, parent, numbered)
        return first

    beside: set[Element] = set()
    for parent in list(root.iter()):
        beside.update(
            inner[0] for number, inner in pairwise(parent) if _is_number(number) and len(inner)
        )
        marked = _MARK.fullmatch(parent.get("alt", "")) if parent.tag == "img" else None
        if marked:
            planted[parent] = Planted(formulas[int(marked[1])], None, parent in beside)
        if parent.text and _OPEN in parent.text:
            parent.text = parted(parent, 0, parent.text)
        n = 0
        while n < len(parent):
            child = parent[n]
            n += 1
            if child.tail and _OPEN in child.tail:
                before = len(parent)
                child.tail = parted(parent, n, child.tail)
                n += len(parent) - before
    return planted
