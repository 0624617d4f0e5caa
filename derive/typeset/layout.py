"""MathML Core to boxes, by the rules of the OpenType MATH table: tokens, rows and operators.

Each method `_mi`, `_mrow`, … lays out the element of that name; section numbers are those of
MathML Core, https://www.w3.org/TR/mathml-core/. An element that is not known is set as a row, and
logged once by the layout that met it.
"""

from __future__ import annotations

import itertools
import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from derive.typeset.box import Box, Place, Rule, Stroke
from derive.typeset.font import MathFont
from derive.typeset.letters import bold, italic, variant
from derive.typeset.operators import Form, Properties, properties, stretches_upright
from derive.typeset.shaping import written
from derive.typeset.stretching import Stretching
from derive.typeset.style import PRINT, Conventions, Style, boolean, length, padded

MOST_DEEP = 80
"""Elements nested deeper than this are left out: no formula that is read is so deep."""
MOST_ELEMENTS = 20_000
"""What a formula has beyond this many elements is left out."""
SHORT = 40
"""Text of as many characters is likely to come again."""
MOST_CHARACTERS = 100_000
"""A token is cut after this many."""

_LOG = logging.getLogger("derive.typeset")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"})
_FIRST = frozenset({"mfrac", "semantics", "maction"}) | _SCRIPTED
_GROUPS = frozenset({"mrow", "mstyle", "mphantom", "mpadded", "merror"})
_MAY_BE_SPACE = frozenset({"mtext", "mspace", "maction", "mrow", "mstyle", "mphantom", "mpadded"})
_HIDDEN = frozenset({"annotation", "annotation-xml", "none", "mprescripts"})
_NAMES = frozenset({"mi", "mn", "mo", "mtext", "mspace", "mtable", "mtr", "mtd", "msqrt", "mroot"})
_NAMES |= _SCRIPTED | _GROUPS | {"mfrac"}
"""Names that are met often, and are never hidden."""
_SET_AS_ROWS = frozenset({"math", "mrow", "mstyle", "mprescripts", "none", "mtr", "mtd"})
_MIRRORED = str.maketrans("()[]{}⟨⟩⌈⌉⌊⌋⟦⟧⟪⟫<>≤≥", ")(][}{⟩⟨⌉⌈⌋⌊⟧⟦⟫⟪><≥≤")
_ACCENTS = {"^": "ˆ", "~": "˜"}
"""Keys of the keyboard, and the accents that the font draws for them."""
_BRACKETS = (("open", "("), ("close", ")"))
_FRAMES = {
    "box": "trbl", "roundedbox": "trbl", "circle": "trbl", "top": "t", "bottom": "b", "left": "l",
    "right": "r", "actuarial": "tr", "madruwb": "br", "longdiv": "tl",
    "horizontalstrike": "-", "verticalstrike": "|", "updiagonalstrike": "/",
    "downdiagonalstrike": "\\",
}  # fmt: skip
"""Sides of the frame that each notation of `menclose` draws, and strokes through the middle."""


def name(element: Element) -> str:
    """An element's name without its namespace; none for a comment."""
    tag = element.tag
    if tag in _NAMES:
        return tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def content(element: Element) -> list[Element]:
    """An element's children that are set: no comments, no annotations, no more than are read."""
    found = list(itertools.islice(element, MOST_ELEMENTS + 1))
    if all(one.tag in _NAMES for one in found):
        return found
    return [one for one in found if isinstance(one.tag, str) and name(one) not in _HIDDEN]


class Layout(Stretching):
    """Lays out formulas in one font: tokens, rows, operators and what encloses a row.

    Args:
        font: the maths font and its fallbacks.
        conventions: where print departs from what browsers do.
    """

    elements = frozenset(
        ("mi", "mn", "mo", "mtext", "ms", "mspace", "mrow", "mstyle", "mphantom", "mpadded",
         "merror", "menclose", "mfenced", "semantics", "maction", "annotation")
    )  # fmt: skip
    """Elements that have a method of their own."""
    places: bool
    """Whether any element so far leads elsewhere or is led to."""

    def __init__(self, font: MathFont, conventions: Conventions = PRINT) -> None:
        super().__init__(font, conventions)
        self.places = False
        self._deep = self._count = 0
        self._logged: set[str] = set()
        self._cores: dict[Element, Element | None] = {}
        self._found: dict[Element, Properties] = {}
        self._accents: set[Element] = set()
        self._texts: dict[tuple[object, ...], Box] = {}

    def formula(self, math: Element) -> Box:
        """The whole of an element `math` on one line."""
        style = Style(display=math.get("display") == "block").of(math)
        box = self.row(content(math), style)
        self.forget()
        return box

    def forget(self) -> None:
        """Let go of what is known about the elements of the last formula."""
        self._count = 0
        self._cores.clear()
        self._found.clear()
        self._accents.clear()

    def note(self, what: str) -> None:
        """Log something that is not set as it asks, once."""
        if what not in self._logged:
            self._logged.add(what)
            _LOG.warning("%s", what)

    # Elements

    def node(self, element: Element, style: Style) -> Box:
        """One element."""
        if self._deep >= MOST_DEEP:
            self.note(f"elements deeper than {MOST_DEEP} levels are left out")
            return Box()
        self._count += 1
        if self._count > MOST_ELEMENTS:
            self.note(f"a formula is cut after {MOST_ELEMENTS} elements")
            return Box()
        self._deep += 1
        try:
            tag = name(element)
            style = style.of(element)
            if tag in self.elements:
                method: Callable[[Element, Style], Box] = getattr(self, f"_{tag}")
                box = method(element, style)
            else:
                if tag not in _SET_AS_ROWS:
                    self.note(f"<{tag[:40]}> is not known and set as a row")
                known = content(element) or not (element.text or "").strip()
                box = self._mrow(element, style) if known else self._mtext(element, style)
        finally:
            self._deep -= 1
        if not element.attrib:
            return box
        background = element.get("mathbackground")
        if background:
            box = self.backed(box, background)
        href, anchor = element.get("href", "").strip(), element.get("id", "")
        return self.placed(box, element, href, anchor) if href or anchor else box

    def placed(self, box: Box, element: Element, href: str, anchor: str) -> Box:
        """A box that leads elsewhere, or is led to."""
        self.places = True
        tall = max(0.0, box.height + box.depth)
        place = Place(max(0.0, box.width), tall, href, anchor, token(element))
        return replace(box, items=[*box.items, (0.0, -box.depth, place)])

    @staticmethod
    def backed(box: Box, color: str) -> Box:
        """A box with a colour behind it."""
        found = replace(box, items=[])
        tall = max(0.0, box.height + box.depth)
        found.items.append((0.0, -box.depth, Rule(max(0.0, box.width), tall, color)))
        found.items.append((0.0, 0.0, box))
        return found

    # Tokens (3.2)

    def _mi(self, element: Element, style: Style) -> Box:
        text = token(element)
        which = element.get("mathvariant")
        if style.bold:
            slanted = "italic" in (which or "")
            text = variant(text, "bold-italic") if slanted else bold(text)
        elif which and which != "normal":
            text = variant(text, which)
        elif which is None and len(text) == 1:
            text = italic(text)
        return self.text(text, style)

    def _mn(self, element: Element, style: Style) -> Box:
        text = token(element).replace("-", "−")
        return self.text(self._varied(text, element, style), style)

    def _mtext(self, element: Element, style: Style) -> Box:
        return self.text(self._varied(token(element), element, style), style)

    def _ms(self, element: Element, style: Style) -> Box:
        text = token(element)
        opening, closing = element.get("lquote", ""), element.get("rquote", "")
        return self.text(self._varied(f"{opening}{text}{closing}", element, style), style)

    @staticmethod
    def _varied(text: str, element: Element, style: Style) -> str:
        which = element.get("mathvariant") or ("bold" if style.bold else "")
        return variant(text, which) if which else text

    def _mspace(self, element: Element, style: Style) -> Box:
        width, height, depth = (
            max(0.0, self.length(element.get(side), style)) for side in ("width", "height", "depth")
        )
        return Box(width, height, depth)

    # Groups (3.3)

    def _mrow(self, element: Element, style: Style) -> Box:
        return self.group(content(element), style)

    def group(self, children: Sequence[Element], style: Style) -> Box:
        """A row; an operator alone keeps its spaces for the row in which this one stands."""
        solid = [one for one in children if not self.is_space(one)]
        lone = len(solid) == 1 and self.core(solid[0]) is not None
        return self.row(children, style, spaces=not lone)

    _mstyle = _mrow

    def _mphantom(self, element: Element, style: Style) -> Box:
        return replace(self._mrow(element, style), items=[])

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

    # Rows and operators (3.3.1, 3.2.4)

    def row(self, children: Sequence[Element], style: Style, *, spaces: bool = True) -> Box:
        """Children side by side, operators stretched and, unless told otherwise, spaced."""
        boxes = self.spaced(children, style, spaces=spaces)
        if len(boxes) == 1 and not (boxes[0].lspace or boxes[0].rspace):
            box = boxes[0]
            box.height, box.depth = max(0.0, box.height), max(0.0, box.depth)
            return box
        box = Box()
        x = 0.0
        for child in reversed(boxes) if style.rtl else boxes:
            x += child.rspace if style.rtl else child.lspace
            box.put(x, 0.0, child)
            x += child.width + (child.lspace if style.rtl else child.rspace)
        box.width = max(0.0, x)
        box.height, box.depth = max(0.0, box.height), max(0.0, box.depth)
        if boxes:
            box.italic = boxes[-1].italic
        return box

    def spaced(
        self, children: Sequence[Element], style: Style, *, spaces: bool = True
    ) -> list[Box]:
        """The boxes of a row, each with the space that its operator asks for."""
        cores = self.settle(children)
        found: list[Box | None] = []
        waiting: list[int] = []
        free = style.free()
        for n, (child, core) in enumerate(zip(children, cores, strict=True)):
            if core is None:
                found.append(self.node(child, free))
                continue
            if self.stretches(core, upright=True):
                waiting.append(n)
                found.append(None)
            else:
                found.append(self.node(child, style))
        if waiting:
            own = style
            if style.stretch is None:
                rest = [box for box in found if box is not None]
                if not rest:
                    rest = [self.text(operator_text(cores[n]), style) for n in waiting]  # type: ignore[arg-type]
                up, down = max(box.height for box in rest), max(box.depth for box in rest)
                own = replace(style, stretch=(max(0.0, up), max(0.0, down)), reach=None)
            for n in waiting:
                found[n] = self.node(children[n], own)
        boxes = [box for box in found if box is not None]
        if spaces:
            for core, box in zip(cores, boxes, strict=True):
                if core is not None:
                    self._space(box, core, style)
        return boxes

    def settle(self, children: Sequence[Element]) -> list[Element | None]:
        """The operator at the core of each child of a row, its form settled by where it stands."""
        cores = [self.core(child) for child in children]
        solid = [n for n, child in enumerate(children) if not self.is_space(child)]
        first, last = (solid[0], solid[-1]) if len(solid) > 1 else (-1, -1)
        for n, core in enumerate(cores):
            if core is not None:
                form: Form = "prefix" if n == first else "postfix" if n == last else "infix"
                self.properties_of(core, form)
        return cores

    def _space(self, box: Box, core: Element, style: Style) -> None:
        said = self._found[core]
        if style.level and self.conventions.tight_scripts and not said.spaced:
            return
        em, ex = self.scale(style), self.ex(style)
        left, right = (said.lspace * em, said.rspace * em)
        if core.get("lspace") is not None:
            left = length(core.get("lspace"), em=em, ex=ex, default=left)
        if core.get("rspace") is not None:
            right = length(core.get("rspace"), em=em, ex=ex, default=right)
        box.lspace, box.rspace = left, right
        box.operator = operator_text(core)

    def properties_of(self, element: Element, form: Form = "infix") -> Properties:
        """The dictionary's properties in a form, and what the element says otherwise."""
        known = self._found.get(element)
        if known is not None:
            return known
        asked = (element.get("form") or "").strip().lower()
        said_form = asked in ("prefix", "infix", "postfix")
        if said_form:
            form = asked  # type: ignore[assignment]
        found = properties(operator_text(element), form, said=said_form)
        said: dict[str, Any] = {}
        if element.attrib:
            for key in ("stretchy", "symmetric", "largeop", "movablelimits"):
                value = boolean(element, key)
                if value is not None:
                    said[key] = value
            if "lspace" in element.attrib or "rspace" in element.attrib:
                said["spaced"] = True
        found = replace(found, **said) if said else found
        self._found[element] = found
        return found

    def stretches(self, core: Element, *, upright: bool) -> bool:
        """Whether an operator grows with what stands beside it, or else above and below it."""
        found = self.properties_of(core)
        return found.stretchy and stretches_upright(operator_text(core)) == upright

    def _mo(self, element: Element, style: Style) -> Box:
        text = operator_text(element)
        found = self.properties_of(element)
        shown = text.translate(_MIRRORED) if style.rtl else text
        if element in self._accents:
            shown = _ACCENTS.get(shown, shown)
        if style.bold or element.get("mathvariant"):
            shown = self._varied(shown, element, style)
        box: Box | None = None
        if len(shown) == 1 and found.stretchy:
            if style.stretch is not None and stretches_upright(text):
                box = self.fence(shown, self._target(element, shown, found, style), style)
            elif style.reach is not None and not stretches_upright(text):
                box = self.stretched(shown, style.reach, style, "ltr")
        elif len(shown) == 1 and found.largeop and style.display:
            box = self.large(shown, style)
        if box is None:
            box = self.text(italic(shown) if shown == "∂" else shown, style)
        box.large = found.largeop
        box.operator = text
        return box

    def _target(
        self, element: Element, text: str, found: Properties, style: Style
    ) -> tuple[float, float]:
        """Ink above and below the baseline that an operator shall cover (3.2.4.3)."""
        up, down = style.stretch or (0.0, 0.0)
        axis = self.constant("AXIS_HEIGHT", style)
        if found.symmetric:
            half = max(up - axis, down + axis)
            up, down = half + axis, half - axis
        plain_box = self.text(text, style)
        own = plain_box.height + plain_box.depth
        em, ex = self.scale(style), self.ex(style)
        least = max(0.0, length(element.get("minsize"), em=em, ex=ex, percent=own, default=own))
        most = length(element.get("maxsize"), em=em, ex=ex, percent=own, default=math.inf)
        most = max(least, most)
        whole = up + down
        if whole <= 0:
            up = least / 2 + axis
            down = least - up
        elif not least <= whole <= most:
            wanted = least if whole < least else most
            up = max(0.0, up - axis) * wanted / whole + axis
            down = wanted - up
        return up, down

    def core(self, element: Element) -> Element | None:
        """The operator at an element's core, where it is an embellished operator (3.2.4.1)."""
        tag = name(element)
        if tag == "mo":
            return element
        if tag not in _FIRST and tag not in _GROUPS:
            return None
        if element in self._cores:
            return self._cores[element]
        passed: list[Element] = []
        at: Element | None = element
        found: Element | None = None
        for _ in range(MOST_DEEP):
            if at is None:
                break
            passed.append(at)
            tag = name(at)
            if tag == "mo":
                found = at
                break
            children = content(at)
            if tag in _FIRST:
                at = children[0] if children else None
            elif tag in _GROUPS:
                solid = [one for one in children if not self.is_space(one)]
                at = solid[0] if len(solid) == 1 else None
            else:
                at = None
        for one in passed:
            self._cores[one] = found
        return found

    def is_space(self, element: Element) -> bool:
        """Whether an element is space-like (3.2.5.1): its presence does not change a form."""
        if name(element) not in _MAY_BE_SPACE:
            return False
        waiting = [(element, 0)]
        looked = 0
        while waiting:
            one, deep = waiting.pop()
            looked += 1
            tag = name(one)
            if tag in ("mtext", "mspace"):
                continue
            children = content(one)
            if tag == "maction" and children:
                children = children[:1]
            elif tag not in _MAY_BE_SPACE:
                return False
            if deep >= MOST_DEEP or looked > MOST_DEEP:
                return False
            waiting.extend((child, deep + 1) for child in children)
        return True

    # Text

    def text(self, text: str, style: Style) -> Box:
        """Characters on a line, each from the first font that has it."""
        level = style.level if self.conventions.script_forms else 0
        key = (text, self.scale(style), level, style.color, style.rtl)
        known = self._texts.get(key)
        if known is None:
            known = written(
                self.font, text[:MOST_CHARACTERS], level, key[1], style.color, rtl=style.rtl
            )
            if len(text) <= SHORT:
                self._texts[key] = known
        return known.copy()


def _row(children: Sequence[Element]) -> Element:
    row = Element("mrow")
    row.extend(children)
    return row


def _operator(text: str, form: Form) -> Element:
    operator = Element("mo", form=form)
    operator.text = text
    return operator


def token(element: Element) -> str:
    """A token's text as CSS collapses it; no-break spaces stay."""
    return _SPACES.sub(" ", "".join(element.itertext())).strip(" ")


def operator_text(element: Element) -> str:
    """An operator's text, by the characters that the dictionary lists."""
    text = token(element)
    return "−" if text == "-" else text
