"""Drawings measured: the box of each label, by the widths of the font that it is set in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from fontTools.ttLib import TTFont

from derive.writers.fonts import FACES

SVG = "{http://www.w3.org/2000/svg}"
PALETTE = {name: name for name in ("ink", "soft", "line", "edge", "paper")} | {
    f"path{n}": f"path{n}" for n in range(6)
}
"""Colours that say what they are."""


@dataclass(frozen=True)
class Box:
    """A rectangle of a drawing."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.2 and down > 0.2

    def within(self, other: Box) -> bool:
        """Whether no part of it is outside of the other."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


@cache
def advances() -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    """The Latin face's characters, the widths of its glyphs, and its units per em."""
    font = TTFont(FACES[0].carrier.file())
    return font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm


def width(text: str, size: float) -> float:
    """How wide a text is at a size; a Chinese letter is one em, a joiner nothing."""
    characters, metrics, em = advances()
    total = 0.0
    for letter in text:
        if letter == "\u200b":
            continue
        glyph = characters.get(ord(letter))
        total += size if glyph is None else metrics[glyph][0] * size / em
    return total


def read(svg: str) -> Element:
    """The drawing as a tree; it must be well formed."""
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def shown(element: Element) -> str:
    """A label's text as a reader sees it."""
    text = "".join(element.itertext()).replace("\u200b", "")
    return " ".join(text.split())


def labels(root: Element) -> list[Box]:
    """Every label with its box."""
    found: list[Box] = []

    def go(element: Element, size: float) -> None:
        size = font_size(element, size)
        if element.tag == f"{SVG}text":
            found.append(box(element, size))
            return
        for child in element:
            go(child, size)

    go(root, 16.0)
    return found


def font_size(element: Element, around: float) -> float:
    """The size of an element's text, in user units."""
    size = element.get("font-size", "")
    if size.endswith("%"):
        return around * float(size[:-1]) / 100
    return float(size) if size else around


def box(element: Element, size: float) -> Box:
    """The box of one label: digits stand 0.7 em high, scripts hang down a little."""
    ends: list[tuple[float, float]] = []

    def go(part: Element, around: float, down: float) -> tuple[float, float]:
        """The part's width, and how far below the line its end stands."""
        own = font_size(part, around) if part is not element else around
        dy = part.get("dy", "")
        down += float(dy.removesuffix("em")) * own if dy else 0.0
        dx = part.get("dx", "")
        total = width(part.text or "", own) + (float(dx.removesuffix("em")) * own if dx else 0.0)
        ends.append((down - 0.7 * own, down + 0.05 * own))
        for child in part:
            more, down = go(child, own, down)
            total += more + width(child.tail or "", own)
        return total, down

    wide, _ = go(element, size, 0.0)
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
    top, bottom = min(high for high, _ in ends), max(low for _, low in ends)
    return Box(left, y + top, left + wide, y + bottom, shown(element))


def canvas(root: Element) -> Box:
    """What is visible of the drawing."""
    left, top, wide, high = map(float, root.get("viewBox", "").split())
    return Box(left, top, left + wide, top + high)


def shapes(root: Element) -> list[Box]:
    """The boxes of all that is not text."""
    found = []
    for element in root.iter():
        number = {key: float(value) for key, value in element.attrib.items() if _numeric(value)}
        if element.tag == f"{SVG}circle":
            x, y, r = number["cx"], number["cy"], number["r"]
            found.append(Box(x - r, y - r, x + r, y + r, "circle"))
        if element.tag == f"{SVG}line":
            xs, ys = sorted((number["x1"], number["x2"])), sorted((number["y1"], number["y2"]))
            found.append(Box(xs[0], ys[0], xs[1], ys[1], "line"))
        if element.tag == f"{SVG}rect":
            x, y = number["x"], number["y"]
            found.append(Box(x, y, x + number["width"], y + number["height"], "rect"))
        if element.tag == f"{SVG}polyline":
            for point in element.get("points", "").split():
                x, y = map(float, point.split(","))
                found.append(Box(x, y, x, y, "point"))
    return found


def _numeric(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
