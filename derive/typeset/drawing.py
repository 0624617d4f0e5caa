"""What draws a document's formulas: the fonts and forms that they share, and operators for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any, NamedTuple

import pydyf
from tinycss2.color5 import parse_color

from derive.typeset.box import Box, Place
from derive.typeset.content import UNIT, Content, content, number
from derive.typeset.embedding import embedded
from derive.typeset.font import Font

FORM_USES, FORM_BYTES = 3, 100
"""A formula that stands this often in a document, and takes as many bytes, is written once."""

Area = tuple[float, float, float, float]
"""Left, top, width and height on the page, in px."""
_PLACED = f"{UNIT} 0 0 -{UNIT}"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, or a line of one, as it stands in a document.

    Attributes:
        box: what is drawn.
        spoken: what is said instead.
        display: whether it is a block; otherwise it stands on the baseline of a line.
        scale: how much it is scaled down.
        label: what stands beside it where it is the first on its page of a formula that began on
            another one; None for nothing.
    """

    box: Box
    spoken: str
    display: bool
    scale: float = 1.0
    label: Box | None = None

    def extent(self, font_size: float) -> tuple[float, float]:
        """Width and height in px where the text's font has a size in px."""
        size = font_size * self.scale
        return self.box.width * size, (self.box.height + self.box.depth) * size

    def size(self, width: float, font_size: float) -> float:
        """The px of an em where the formula is set as wide as this, in px."""
        return width / self.box.width if self.box.width else font_size * self.scale


class Form(NamedTuple):
    """What is drawn more than once: a form XObject (ISO 32000-2, 8.10).

    Attributes:
        name: among the page's resources.
        operators: what it is drawn by.
        clip: left, bottom, right and top of what is seen of it, in units.
    """

    name: str
    operators: bytes
    clip: tuple[int, int, int, int]

    def stream(self) -> pydyf.Stream:
        """The object to put among the resources; WeasyPrint adds the fonts of the document."""
        extra = pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Form"})
        extra["BBox"] = pydyf.Array(self.clip)
        extra["Resources"] = pydyf.Dictionary({"Font": None})
        return pydyf.Stream([self.operators], extra, compress=True)


class Drawn(NamedTuple):
    """What draws a formula in its place.

    Attributes:
        parts: (colour, operators) in order; None is the colour of the text around.
        nested: whether the parts save the state, whose colour is that of the text, and restore it.
        form: the form that they draw.
    """

    parts: list[tuple[Any, bytes]]
    nested: bool = False
    form: Form | None = None


class Drawing:
    """What a document's formulas share: their fonts, and what was drawn before.

    Args:
        formulas: all of the document, by their numbers.
        fonts: the fonts that their glyphs are of.
        families: and under which names those are embedded.
    """

    def __init__(
        self, formulas: Sequence[Formula], fonts: Sequence[Font], families: Sequence[str]
    ) -> None:
        self.formulas = formulas
        boxes = [formula.box for formula in formulas]
        labels = [formula.label for formula in formulas if formula.label]
        every = {id(box): box for box in (*boxes, *labels)}
        self.embedded = embedded(every.values(), fonts, families)
        self._uses = Counter(map(id, boxes))
        self._contents: dict[tuple[int, float], Content] = {}
        self._forms: dict[tuple[int, float], Form | None] = {}
        self._places: dict[int, list[tuple[float, float, Place]]] = {}

    def drawn(self, box: Box, x: float, y: float, size: float) -> Drawn:
        """What draws a box with its upper left corner at (x, y), all in px.

        Rules come before glyphs, which are text.
        """
        at = f"{_PLACED} {number(x)} {number(y)} cm"
        form = self._form(box, size)
        if form:
            return Drawn([(None, f"q\n{at}\n/{form.name} Do\nQ".encode())], form=form)
        found = self._content(box, size)
        shapes, text = (
            [(_color(color), operators) for color, operators in parts]
            for parts in (found.shapes, found.text)
        )
        start, end = f"{found.x} {found.y} Td", b"\nQ"
        if not shapes:
            x, y = x + found.x * UNIT, y - found.y * UNIT
            start, end = f"{_PLACED} {number(x)} {number(y)} Tm", b""
        if text:
            color, operators = text[0]
            text[0] = color, b"BT\n%s\n%s\n%s" % (found.font, start.encode(), operators)
            end = b"\nET" + end
        # Within the saved state all lengths are the formula's own, wherever it stands.
        parts = [*([(None, f"q\n{at}".encode())] if shapes else []), *shapes, *text]
        if parts:
            color, operators = parts[-1]
            # In one piece with the operators: a stream goes on with text that ends alone.
            parts[-1] = color, operators + end
        return Drawn(parts, nested=bool(shapes))

    def areas(self, box: Box, x: float, y: float, size: float) -> list[tuple[Place, Area]]:
        """What leads elsewhere or is led to within a box that is drawn so, and what it covers."""
        found = self._places.get(id(box))
        if found is None:
            found = self._places[id(box)] = [
                (left, up, item) for left, up, item in box.flat() if isinstance(item, Place)
            ]
        return [
            (place, (
                x + left * size, y + (box.height - up - place.height) * size,
                place.width * size, place.height * size,
            ))
            for left, up, place in found
        ]  # fmt: skip

    def _content(self, box: Box, size: float) -> Content:
        """What draws a box at a size; the same is made once."""
        key = (id(box), size)
        found = self._contents.get(key)
        if found is None:
            found = self._contents[key] = content(box, size, self.embedded)
        return found

    def _form(self, box: Box, size: float) -> Form | None:
        """The form that draws a box at a size, where one pays."""
        if self._uses[id(box)] < FORM_USES:
            return None
        key = (id(box), size)
        if key not in self._forms:
            operators = self._content(box, size).alone()
            if operators is None or len(operators) < FORM_BYTES:
                self._forms[key] = None
            else:
                em = ceil(size / UNIT)
                wide, tall = ceil(box.width * em), ceil((box.height + box.depth) * em)
                # Ink may reach beyond the box, and a form is clipped.
                clip = (-em, -tall - em, wide + em, em)
                self._forms[key] = Form(f"formula{len(self._forms)}", operators, clip)
        return self._forms[key]


@cache
def _color(text: str | None) -> Any:
    """A colour by its name in CSS; None where it is that of the text around."""
    parsed = parse_color(text) if text else None
    return None if isinstance(parsed, str) else parsed
