"""Rows and their operators (MathML Core, sections 3.2.4 and 3.3.1): what every element stands in.

Each method `_mi`, `_mrow`, … of a class here or built on it lays out the element of that name;
section numbers are those of MathML Core, https://www.w3.org/TR/mathml-core/. An element that is
not known is set as a row, and logged once by the layout that met it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal
from xml.etree.ElementTree import Element

from derive.typeset.atoms import Kind, space
from derive.typeset.box import Box, Place, Rule
from derive.typeset.elements import (
    ELLIPSIS,
    GROUPS,
    MOST_ELEMENTS,
    SCRIPTED,
    content,
    name,
    operator_text,
    token,
)
from derive.typeset.font import MathFont
from derive.typeset.operators import Form, Properties, properties, stretches_upright
from derive.typeset.shaping import written
from derive.typeset.stretching import Stretching
from derive.typeset.style import PRINT, Conventions, Style, boolean, length

MOST_DEEP = 80
"""Elements nested deeper than this are elided: no formula that is read is so deep."""
SHORT = 40
"""Text of as many characters is likely to come again."""
MOST_CHARACTERS = 100_000
"""A token is elided after this many."""

_LOG = logging.getLogger("derive.typeset")
_FIRST = frozenset({"mfrac", "semantics", "maction"}) | SCRIPTED
_MAY_BE_SPACE = frozenset({"mtext", "mspace", "maction", "mrow", "mstyle", "mphantom", "mpadded"})
_WITH_SCRIPTS = frozenset({"msub", "msup", "msubsup", "mmultiscripts"})
_SET_AS_ROWS = frozenset({"math", "mprescripts", "none", "mtr", "mtd"})


class Rows(Stretching):
    """Rows in one font: their children in order, operators stretched and spaced.

    Args:
        font: the maths font and its fallbacks.
        conventions: where print departs from what browsers do.
    """

    elements = frozenset(("mrow", "mstyle"))
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

    @property
    def complete(self) -> bool:
        """Whether nothing of the formula has been left out so far for being too much."""
        return self._count <= MOST_ELEMENTS

    def elide_next(self) -> None:
        """Let an ellipsis stand for the next element and all that follow it."""
        self._count = MOST_ELEMENTS

    # Elements

    def node(self, element: Element, style: Style) -> Box:
        """One element."""
        if self._deep >= MOST_DEEP:
            self.note(f"elements deeper than {MOST_DEEP} levels are elided")
            return self.text(ELLIPSIS, style)
        self._count += 1
        if not self.complete:
            self.note(f"a formula is elided after {MOST_ELEMENTS} elements")
            # Once: all that follows is what it stands for.
            first = self._count == MOST_ELEMENTS + 1
            return self.text(ELLIPSIS, style) if first else Box()
        self._deep += 1
        try:
            tag = name(element)
            style = style.of(element)
            if tag not in self.elements:
                if tag not in _SET_AS_ROWS:
                    self.note(f"<{tag[:40]}> is not known and set as a row")
                known = content(element) or not (element.text or "").strip()
                tag = "mrow" if known else "mtext"
            method: Callable[[Element, Style], Box] = getattr(self, f"_{tag}")
            box = method(element, style)
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

    def text(self, text: str, style: Style) -> Box:
        """Characters on a line, each from the first font that has it."""
        level = style.level if self.conventions.script_forms else 0
        key = (text, self.scale(style), level, style.color, style.rtl)
        known = self._texts.get(key)
        if known is None:
            shown = text
            if len(text) > MOST_CHARACTERS:
                self.note(f"text is elided after {MOST_CHARACTERS} characters")
                shown = text[:MOST_CHARACTERS] + ELLIPSIS
            known = written(
                self.font, shown, level, key[1], style.color, rtl=style.rtl,
                tabular=self.conventions.tabular_figures,
            )  # fmt: skip
            if len(text) <= SHORT:
                self._texts[key] = known
        return known.copy()

    # Rows (3.3.1)

    def _mrow(self, element: Element, style: Style) -> Box:
        return self.group(content(element), style)

    _mstyle = _mrow

    def group(self, children: Sequence[Element], style: Style) -> Box:
        """A row; an operator alone keeps its spaces for the row in which this one stands."""
        solid = [one for one in children if not self.is_space(one)]
        lone = len(solid) == 1 and self.core(solid[0]) is not None
        return self.row(children, style, spaces=not lone)

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
            box.italic = boxes[-1].italic - boxes[-1].kept
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
            if self.conventions.atoms:
                self._space_apart(children, boxes, style)
        return boxes

    def _space_apart(self, children: Sequence[Element], boxes: Sequence[Box], style: Style) -> None:
        """Space boxes by what they and their neighbours are, but where one asks for its own."""
        em, script = self.scale(style), style.level > 0
        last: Kind = ""
        kept = False
        for child, box in zip(children, boxes, strict=True):
            left, right = self.edge(child, 0), self.edge(child, -1)
            core = self.core(child)
            if core is None or core.get("lspace") is None:
                box.lspace = 0.0 if kept else space(last, left, script=script) * em
            if core is None or core.get("rspace") is None:
                box.rspace = 0.0
            if right:
                last = right
                kept = core is not None and core.get("rspace") is not None

    def edge(self, element: Element, at: Literal[0, -1], deep: int = 0) -> Kind:
        """What an element that is laid out is to its neighbour on the left (0), or the right (-1).

        A row shows what is at its end, as TeX's groups of colour do; one in brackets that grow is
        whole, as what TeX writes between left and right.
        """
        core = self.core(element)
        if core is not None:
            return self.properties_of(core).kind
        tag, inner = name(element), content(element)
        if tag == "mfenced":
            return "inner"
        if tag == "mspace" or (tag == "mtext" and not token(element).strip("\N{NO-BREAK SPACE} ")):
            return ""
        if deep >= MOST_DEEP or not inner:
            return "" if tag in ("mrow", "mstyle") else "ord"
        if tag in _WITH_SCRIPTS:
            return self.edge(inner[0], at, deep + 1)
        if tag not in ("mrow", "mstyle"):
            return "ord"
        ends = [self.core(inner[end]) for end in (0, -1)]
        if any(end is not None and self.stretches(end, upright=True) for end in ends):
            return "inner"
        found = (self.edge(one, at, deep + 1) for one in (inner if at == 0 else reversed(inner)))
        return next((kind for kind in found if kind), "")

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
        em, ex = self.scale(style), self.ex(style)
        left, right = (said.lspace * em, said.rspace * em)
        if core.get("lspace") is not None:
            left = length(core.get("lspace"), em=em, ex=ex, default=left)
        if core.get("rspace") is not None:
            right = length(core.get("rspace"), em=em, ex=ex, default=right)
        box.lspace, box.rspace = left, right
        box.operator = operator_text(core)

    # Operators (3.2.4)

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
        found = replace(found, **said) if said else found
        self._found[element] = found
        return found

    def stretches(self, core: Element, *, upright: bool) -> bool:
        """Whether an operator grows with what stands beside it, or else above and below it."""
        found = self.properties_of(core)
        return found.stretchy and stretches_upright(operator_text(core)) == upright

    def core(self, element: Element) -> Element | None:
        """The operator at an element's core, where it is an embellished operator (3.2.4.1)."""
        tag = name(element)
        if tag == "mo":
            return element
        if tag not in _FIRST and tag not in GROUPS:
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
            elif tag in GROUPS:
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
