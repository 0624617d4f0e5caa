"""MathML Core to boxes, by the rules of the OpenType MATH table.

Each method `_mfrac`, `_msub`, … lays out the element of that name; section numbers are those of
MathML Core, https://www.w3.org/TR/mathml-core/. An element that is not known is set as a row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

from derive.typeset.box import Box, Glyphs, Rule
from derive.typeset.font import Direction, MathFont
from derive.typeset.letters import bold, italic, plain
from derive.typeset.operators import ACCENTS, Properties, properties

MOST_DEEP = 60
"""Elements nested deeper than this are left out: no formula that is read is so deep."""
MOST_PARTS = 400

_COLOR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]+)")
_LENGTH = re.compile(r"\s*(-?\d*\.?\d+)\s*(em|ex|px|pt|%)?\s*")
_EM = {"em": 1.0, "ex": 0.45, "px": 1 / 16, "pt": 1 / 12, None: 1.0}
_EMBELLISHED = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}


@dataclass(frozen=True, slots=True)
class Style:
    """What an element inherits: script level, display style, cramping, colour and weight."""

    level: int = 0
    display: bool = False
    cramped: bool = False
    color: str | None = None
    bold: bool = False
    depth: int = 0

    def script(self, *, cramped: bool = False) -> Style:
        """The style of a script below this one."""
        return replace(self, level=self.level + 1, display=False, cramped=cramped or self.cramped)


def name(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def length(text: str | None, default: float = 0.0) -> float:
    """A length attribute in ems; `default` where it is none, or has no finite sense."""
    match = _LENGTH.fullmatch(text or "")
    if match is None or match[2] == "%":
        return default
    return max(-100.0, min(100.0, float(match[1]) * _EM[match[2]]))


class Layout:
    """Lays out formulas in one font."""

    def __init__(self, font: MathFont) -> None:
        self.font = font

    def formula(self, math: Element) -> Box:
        """The whole of an element `math` on one line."""
        return self.row(
            list(math), self.style_of(math, Style(display=math.get("display") == "block"))
        )

    # Elements

    def node(self, element: Element, style: Style) -> Box:
        """One element."""
        if style.depth > MOST_DEEP:
            return Box()
        style = self.style_of(element, replace(style, depth=style.depth + 1))
        method: Callable[[Element, Style], Box] | None = getattr(self, f"_{name(element)}", None)
        box = method(element, style) if method else self.row(list(element), style)
        background = element.get("mathbackground")
        if background and box.width:
            backed = Box(box.width, box.height, box.depth, italic=box.italic)
            backed.items.append(
                (0.0, -box.depth, Rule(box.width, box.height + box.depth, background))
            )
            backed.put(0.0, 0.0, box)
            return backed
        return box

    def style_of(self, element: Element, style: Style) -> Style:
        """The style within an element, by its attributes (section 2.1.3)."""
        css = element.get("style") or ""
        color = element.get("mathcolor")
        found = _COLOR.search(css)
        if color is None and found:
            color = found[1].strip()
        if color is not None:
            style = replace(style, color=color)
        if "font-weight:bold" in css.replace(" ", "") or "font-weight:700" in css.replace(" ", ""):
            style = replace(style, bold=True)
        shown = element.get("displaystyle")
        if shown in ("true", "false"):
            style = replace(style, display=shown == "true")
        level = element.get("scriptlevel")
        if level is not None and re.fullmatch(r"[+-]?\d{1,3}", level):
            relative = level[0] in "+-"
            style = replace(style, level=max(0, int(level) + (style.level if relative else 0)))
        return style

    def _mi(self, element: Element, style: Style) -> Box:
        text = "".join(element.itertext()).strip()
        variant = element.get("mathvariant")
        if variant in ("bold", "bold-italic") or style.bold:
            text = bold(text)
        elif variant == "italic" or (len(text) == 1 and variant != "normal"):
            text = italic(text)
        return self.text(text, style)

    def _mn(self, element: Element, style: Style) -> Box:
        text = "".join(element.itertext()).strip().replace("-", "−")
        return self.text(
            bold(text) if style.bold or element.get("mathvariant") == "bold" else text, style
        )

    def _mtext(self, element: Element, style: Style) -> Box:
        return self.text(" ".join("".join(element.itertext()).split("\n")), style)

    _ms = _mtext

    def _mspace(self, element: Element, style: Style) -> Box:
        scale = self.font.scale(style.level)
        return Box(
            length(element.get("width")) * scale,
            length(element.get("height")) * scale,
            length(element.get("depth")) * scale,
        )

    def _mo(self, element: Element, style: Style) -> Box:
        text = operator_text(element)
        found = self.properties_of(element, text, element.get("form") or "infix")
        return self.operator(text, found, style)

    def _mrow(self, element: Element, style: Style) -> Box:
        return self.row(list(element), style)

    def _mphantom(self, element: Element, style: Style) -> Box:
        box = self.row(list(element), style)
        return Box(box.width, box.height, box.depth)

    def _mpadded(self, element: Element, style: Style) -> Box:
        inner = self.row(list(element), style)
        box = Box(
            length(element.get("width"), inner.width),
            length(element.get("height"), inner.height),
            length(element.get("depth"), inner.depth),
        )
        box.items.append((length(element.get("lspace")), length(element.get("voffset")), inner))
        return box

    def _semantics(self, element: Element, style: Style) -> Box:
        return self.node(element[0], style) if len(element) else Box()

    def _annotation(self, _element: Element, _style: Style) -> Box:
        return Box()

    def _menclose(self, element: Element, style: Style) -> Box:
        inner = self.row(list(element), style)
        if "box" not in (element.get("notation") or ""):
            return inner
        pad, line = 0.4, 0.05
        box = Box(inner.width + 2 * pad, inner.height + pad, inner.depth + pad)
        low, tall = -box.depth, box.height + box.depth
        for x, y, width, height in (
            (0.0, low, box.width, line),
            (0.0, box.height - line, box.width, line),
            (0.0, low, line, tall),
            (box.width - line, low, line, tall),
        ):
            box.items.append((x, y, Rule(width, height, style.color)))
        box.items.append((pad, 0.0, inner))
        return box

    # Rows and operators (3.3.1, 3.2.4)

    def row(self, children: list[Element], style: Style) -> Box:
        """Children side by side, operators spaced and stretched."""
        box = Box()
        x = 0.0
        for child in self.spaced(children, style):
            x += child.lspace
            box.put(x, 0.0, child)
            x += child.width + child.rspace
            box.italic = child.italic
        box.width = x
        if len(box.items) == 1 and isinstance(box.items[0][2], Box):
            box.operator = box.items[0][2].operator
        return box

    def spaced(self, children: list[Element], style: Style) -> list[Box]:
        """The boxes of a row, each with the space that its operator asks for."""
        children = [child for child in children if isinstance(child.tag, str)]
        boxes: list[Box | None] = []
        waiting: list[tuple[int, str, Properties, Element]] = []
        last = len(children) - 1
        for n, child in enumerate(children):
            core = core_operator(child)
            if core is None:
                boxes.append(self.node(child, style))
                continue
            text = operator_text(core)
            form = core.get("form") or (
                "prefix" if n == 0 and last else "postfix" if n == last and last else "infix"
            )
            found = self.properties_of(core, text, form)
            if found.stretchy and child is core and text not in ACCENTS:
                waiting.append((n, text, found, child))
                boxes.append(None)
                continue
            if child is core:
                own = self.style_of(child, replace(style, depth=style.depth + 1))
                box = self.operator(text, found, own)
            else:
                box = self.node(child, style)
            space = self.font.scale(style.level)
            # Within scripts only explicit spaces stay, as in TeX; a lone operator takes none.
            if style.level == 0 and last:
                box.lspace, box.rspace = found.lspace * space, found.rspace * space
            boxes.append(box)
        known = [box for box in boxes if box is not None]
        for n, text, _, child in waiting:
            own = self.style_of(child, replace(style, depth=style.depth + 1))
            boxes[n] = self.fence(text, known, own, child)
        return [box for box in boxes if box is not None]

    @staticmethod
    def properties_of(element: Element, text: str, form: str) -> Properties:
        """The dictionary's properties, and what the element says otherwise."""
        found = properties(text, form if form in ("prefix", "infix", "postfix") else "infix")
        said: dict[str, Any] = {}
        for key in ("stretchy", "symmetric", "largeop", "movablelimits"):
            if element.get(key) in ("true", "false"):
                said[key] = element.get(key) == "true"
        for key in ("lspace", "rspace"):
            if element.get(key) is not None:
                said[key] = length(element.get(key))
        return replace(found, **said)

    def operator(self, text: str, found: Properties, style: Style) -> Box:
        """An operator at its size: large ones grow in display style, centred on the axis."""
        if found.largeop and style.display:
            index, glyph = self.font.find(text)
            least = self.font.constant("DISPLAY_OPERATOR_MIN_HEIGHT")
            if index == 0:
                larger = [one for one, size in self.font.variants(glyph, "ttb") if size >= least]
                box = self.centred(
                    self.glyph_box(larger[0] if larger else glyph, text, style), style
                )
                box.operator = text
                return box
        box = self.text(italic(text) if text == "∂" else text, style)
        box.operator = text
        return box

    def fence(self, text: str, others: list[Box], style: Style, element: Element) -> Box:
        """A bracket as tall as what it holds, symmetric about the axis."""
        axis = self.font.constant("AXIS_HEIGHT") * self.font.scale(style.level)
        up = max((box.height for box in others), default=0.0) - axis
        down = max((box.depth for box in others), default=0.0) + axis
        wanted = 2 * max(up, down, 0.0)
        small = self.text(text, style)
        if element.get("maxsize") is not None:
            wanted = min(wanted, length(element.get("maxsize"), wanted))
        if small.height + small.depth >= wanted * 0.99 or not text:
            small.operator = text
            return small
        box = self.stretched(text, wanted, style, "ttb")
        box = self.centred(box, style)
        box.operator = text
        return box

    def centred(self, box: Box, style: Style) -> Box:
        """A box moved so that its middle lies on the mathematical axis."""
        axis = self.font.constant("AXIS_HEIGHT") * self.font.scale(style.level)
        shift = axis - (box.height - box.depth) / 2
        moved = Box(box.width, italic=box.italic)
        moved.put(0.0, shift, box)
        moved.height, moved.depth = box.height + shift, box.depth - shift
        return moved

    def stretched(self, text: str, size: float, style: Style, direction: Direction) -> Box:
        """A glyph at least `size` long: itself, a larger variant, or an assembly of parts."""
        scale = self.font.scale(style.level)
        index, glyph = self.font.find(text)
        if index:
            return self.text(text, style)
        variants = self.font.variants(glyph, direction)
        for larger, reach in variants:
            if reach * scale >= size:
                return self.glyph_box(larger, text, style)
        if self.font.assembly(glyph, direction):
            return self.assembled(glyph, text, size, style, direction)
        return self.glyph_box(variants[-1][0] if variants else glyph, text, style)

    def assembled(
        self, glyph: int, text: str, size: float, style: Style, direction: Direction
    ) -> Box:
        """The parts of an assembly, extenders repeated, overlaps evened out to reach `size`."""
        scale = self.font.scale(style.level)
        pieces = self.font.assembly(glyph, direction)
        least = self.font.min_connector_overlap
        fixed = sum(part.full - least for part in pieces if not part.extender) + least
        step = sum(part.full - least for part in pieces if part.extender)
        repeat = 0
        if step > 0:
            repeat = max(0, min(MOST_PARTS, -int(-(size / scale - fixed) // step)))
        parts = [p for p in pieces for _ in range(repeat if p.extender else 1)]
        overlaps = [min(left.end, right.start) for left, right in itertools.pairwise(parts)]
        whole = sum(part.full for part in parts)
        joint = (whole - size / scale) / len(overlaps) if overlaps else 0.0
        joint = max(least, min([joint, *overlaps]))
        box = Box()
        at = 0.0
        for n, part in enumerate(parts):
            metrics = self.font.metrics(part.glyph)
            run = Glyphs(0, [part.glyph], [text if n == 0 else ""], scale, style.color)
            if direction == "ttb":
                box.items.append((0.0, at + metrics.depth * scale, run))
                box.width = max(box.width, metrics.advance * scale)
            else:
                box.items.append((at, 0.0, run))
                box.height = max(box.height, metrics.height * scale)
                box.depth = max(box.depth, metrics.depth * scale)
            at += (part.full - joint) * scale
        reach = at + joint * scale
        if direction == "ttb":
            box.height, box.depth = reach, 0.0
        else:
            box.width = reach
        return box

    # Text

    def text(self, text: str, style: Style) -> Box:
        """Characters on a line, each from the first font that has it."""
        scale = self.font.scale(style.level)
        box = Box(height=-9.0, depth=-9.0)
        run: Glyphs | None = None
        for character in text:
            index, glyph = self.font.find(character, style.level)
            metrics = self.font.fonts[index].metrics(glyph)
            if run is None or run.font != index:
                run = Glyphs(index, [], [], scale, style.color)
                box.items.append((box.width, 0.0, run))
            run.glyphs.append(glyph)
            run.text.append(plain(character))
            box.width += metrics.advance * scale
            if not character.isspace():
                box.height = max(box.height, metrics.height * scale)
                box.depth = max(box.depth, metrics.depth * scale)
            box.italic = metrics.italic * scale
        if box.height < -8:
            box.height = box.depth = 0.0
        return box

    def glyph_box(self, glyph: int, text: str, style: Style) -> Box:
        """One glyph of the maths font."""
        scale = self.font.scale(style.level)
        metrics = self.font.metrics(glyph)
        run = Glyphs(0, [glyph], [text], scale, style.color)
        return Box(
            metrics.advance * scale, metrics.height * scale, metrics.depth * scale,
            [(0.0, 0.0, run)], metrics.italic * scale,
        )  # fmt: skip


def operator_text(element: Element) -> str:
    """An operator's text, by the characters that the dictionary lists."""
    text = "".join(element.itertext()).strip()
    return {"-": "−", "*": "∗", "'": "′"}.get(text, text)


def core_operator(element: Element) -> Element | None:
    """The operator at an element's core, where it is an embellished operator (3.2.4.1)."""
    for _ in range(MOST_DEEP):
        tag = name(element)
        if tag == "mo":
            return element
        if (tag in _EMBELLISHED and len(element)) or (
            tag in ("mrow", "mstyle", "mpadded") and len(element) == 1
        ):
            element = element[0]
        else:
            return None
    return None
