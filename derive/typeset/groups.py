"""Groups (MathML Core, section 3.3): rows padded, hidden, framed or chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from derive.typeset.box import Box, Rule, Stroke
from derive.typeset.elements import content
from derive.typeset.operators import Form
from derive.typeset.rows import Rows
from derive.typeset.style import Style, padded

_BRACKETS = (("open", "("), ("close", ")"))
_FRAMES = {
    "box": "trbl", "roundedbox": "trbl", "circle": "trbl", "top": "t", "bottom": "b", "left": "l",
    "right": "r", "actuarial": "tr", "madruwb": "br", "longdiv": "tl",
    "horizontalstrike": "-", "verticalstrike": "|", "updiagonalstrike": "/",
    "downdiagonalstrike": "\\",
}  # fmt: skip
"""Sides of the frame that each notation of `menclose` draws, and strokes through the middle."""


class Groups(Rows):
    """Elements that are a row with something around it."""

    elements = Rows.elements | {
        "mphantom", "mpadded", "merror", "menclose", "mfenced", "semantics", "maction",
        "annotation",
    }  # fmt: skip

    def _mphantom(self, element: Element, style: Style) -> Box:
        whole = self.complete
        found = replace(self._mrow(element, style), items=[])
        if whole and not self.complete:
            # The sign of what is left out must not be hidden.
            self.elide_next()
        return found

    def _mpadded(self, element: Element, style: Style) -> Box:
        inner = self._mrow(element, style)
        sizes = {"width": inner.width, "height": inner.height, "depth": inner.depth}
        em, ex = self.scale(style), self.ex(style)

        def side(which: str, own: float) -> float:
            return padded(element.get(which), own, sizes, em=em, ex=ex)

        width, height, depth = (max(0.0, side(which, own)) for which, own in sizes.items())
        box = Box(width, height, depth, italic=inner.italic, operator=inner.operator)
        x, y = side("lspace", 0.0), side("voffset", 0.0)
        box.items.append((width - inner.width - x if style.rtl else x, y, inner))
        return box

    def _semantics(self, element: Element, style: Style) -> Box:
        """The first child, or the first annotation that is itself MathML where there is none."""
        shown = content(element)
        return self.node(shown[0], style) if shown else Box()

    _maction = _semantics

    def _annotation(self, _element: Element, _style: Style) -> Box:
        return Box()

    def _merror(self, element: Element, style: Style) -> Box:
        box = self.framed(self._mrow(element, style), "trbl", 1 / 16, 0.0, "#ff0000")
        return self.backed(box, "#ffffe0")

    def _mfenced(self, element: Element, style: Style) -> Box:
        """What MathML 3 (3.3.8) says that it is short for: a row with brackets and separators."""
        children = content(element)
        between = "".join((element.get("separators", ",")).split())
        inside = _row([])
        for n, child in enumerate(children):
            if n and between:
                inside.append(_operator(between[min(n, len(between)) - 1], "infix"))
            inside.append(child)
        opening, closing = (element.get(side, own).strip() for side, own in _BRACKETS)
        whole = _row([
            *([_operator(opening, "prefix")] if opening else []),
            *([inside] if children else []),
            *([_operator(closing, "postfix")] if closing else []),
        ])  # fmt: skip
        return self._mrow(whole, style)

    def _menclose(self, element: Element, style: Style) -> Box:
        inner = self._mrow(element, style)
        sides = ""
        for notation in (element.get("notation") or "longdiv").split():
            if notation == "radical":
                root = Element("msqrt")
                root.extend(content(element))
                inner = self.node(root, style)
            elif notation not in _FRAMES:
                self.note(f"menclose notation {notation[:40]!r} is not drawn")
            sides += _FRAMES.get(notation, "")
        if not sides:
            return inner
        scale = self.scale(style)
        return self.framed(inner, sides, 0.05 * scale, 0.35 * scale, style.color)

    @staticmethod
    def framed(inner: Box, sides: str, line: float, pad: float, color: str | None) -> Box:
        """A box within rules on some of its sides (t, r, b, l), or strokes through it."""
        left, right, top, bottom = (pad + line if side in sides else 0.0 for side in "lrtb")
        box = Box(
            inner.width + left + right, inner.height + top, inner.depth + bottom,
            operator=inner.operator,
        )  # fmt: skip
        tall = max(0.0, box.height + box.depth)
        wide = max(0.0, box.width)
        places = {
            "t": (0.0, box.height - line, wide, line),
            "b": (0.0, -box.depth, wide, line),
            "l": (0.0, -box.depth, line, tall),
            "r": (box.width - line, -box.depth, line, tall),
            "-": (0.0, (box.height - box.depth - line) / 2, wide, line),
            "|": ((box.width - line) / 2, -box.depth, line, tall),
        }
        box.items.append((left, 0.0, inner))
        for side in dict.fromkeys(sides):
            if side not in places:
                box.items.append((0.0, -box.depth, Stroke(wide, tall, line, side == "/", color)))
                continue
            x, y, width, height = places[side]
            box.items.append((x, y, Rule(width, height, color)))
        return box


def _row(children: Sequence[Element]) -> Element:
    row = Element("mrow")
    row.extend(children)
    return row


def _operator(text: str, form: Form) -> Element:
    operator = Element("mo", form=form)
    operator.text = text
    return operator
