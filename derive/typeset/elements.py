"""What is read of MathML's elements: their names, their children that are set, and their text."""

from __future__ import annotations

import itertools
import re
from xml.etree.ElementTree import Element

MOST_ELEMENTS = 40_000
"""What a formula has beyond this many elements is elided: `ELLIPSIS` stands for it."""
ELLIPSIS = "⋯"
"""Stands on the page wherever anything is left out."""

SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"})
GROUPS = frozenset({"mrow", "mstyle", "mphantom", "mpadded", "merror"})
_HIDDEN = frozenset({"annotation", "annotation-xml", "none", "mprescripts"})
_NAMES = frozenset({"mi", "mn", "mo", "mtext", "mspace", "mtable", "mtr", "mtd", "msqrt", "mroot"})
_NAMES |= SCRIPTED | GROUPS | {"mfrac"}
"""Names that are met often, and are never hidden."""
_SPACES = re.compile(r"[ \t\n\r\f]+")


def name(element: Element) -> str:
    """An element's name without its namespace; none for a comment."""
    tag = element.tag
    if tag in _NAMES:
        return tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def content(element: Element) -> list[Element]:
    """An element's children that are set: no comments, no annotations.

    No more than are read, and one, at which whoever sets them sees that there are more.
    """
    found = list(itertools.islice(element, MOST_ELEMENTS + 1))
    if all(one.tag in _NAMES for one in found):
        return found
    shown = (one for one in element if isinstance(one.tag, str) and name(one) not in _HIDDEN)
    return list(itertools.islice(shown, MOST_ELEMENTS + 1))


def token(element: Element) -> str:
    """A token's text as CSS collapses it; no-break spaces stay."""
    return _SPACES.sub(" ", "".join(element.itertext())).strip(" ")


def operator_text(element: Element) -> str:
    """An operator's text, by the characters that the dictionary lists."""
    text = token(element)
    return "−" if text == "-" else text
