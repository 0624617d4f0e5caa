"""How numbers must stand in a formula: their signs, and their powers of ten."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element

from tests.derivation.mathml_value import text

OWN = {"math", "mtd", "mfrac", "msqrt", "msup", "msub", "msubsup"}
"""Elements whose insides, or each of them, are expressions of their own."""


def assert_signs(root: Element) -> None:
    """No minus follows a sign, stands before a 0, or under a power without parentheses."""
    for part in root.iter():
        if part.tag == "msup":
            assert not text(part[0]).startswith("−"), text(part)
        if part.tag not in OWN:
            continue
        together = part.tag in ("math", "mtd", "msqrt")
        for inside in [list(part)] if together else [[one] for one in part]:
            pieces = ["(", *map(text, opened(inside))]
            for n, (left, right) in enumerate(pairwise(pieces)):
                if right == "−":
                    assert left not in {*"+−×·"}, pieces
                    assert left not in {*"(|,=≈"} or pieces[n + 2 : n + 3] != ["0"], pieces


def assert_magnitudes(root: Element, digits: int) -> None:
    """What has more figures before its point than results keep has a power of ten."""
    for part in root.iter("mn"):
        assert len(text(part).partition(".")[0]) <= digits, text(root)


def opened(elements: list[Element]) -> list[Element]:
    """Elements with rows opened up."""
    return [
        inner
        for element in elements
        for inner in (opened(list(element)) if element.tag == "mrow" else [element])
    ]
