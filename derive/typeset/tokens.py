"""Tokens (MathML Core, section 3.2): letters, numbers, operators, text and space."""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from derive.typeset.box import Box
from derive.typeset.elements import operator_text, token
from derive.typeset.letters import bold, italic, variant
from derive.typeset.operators import Properties, stretches_upright
from derive.typeset.rows import Rows
from derive.typeset.style import Style, length

_MIRRORED = str.maketrans("()[]{}⟨⟩⌈⌉⌊⌋⟦⟧⟪⟫<>≤≥", ")(][}{⟩⟨⌉⌈⌋⌊⟧⟦⟫⟪><≥≤")
_ACCENTS = {"^": "ˆ", "~": "˜"}
"""Keys of the keyboard, and the accents that the font draws for them."""

DELIMITER_FACTOR, DELIMITER_SHORTFALL = 0.901, 0.5
"""A bracket covers this share of what it holds, or lacks so many ems: TeX's parameters."""


class Tokens(Rows):
    """What stands in rows and holds no other elements."""

    elements = Rows.elements | {"mi", "mn", "mo", "mtext", "ms", "mspace"}

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
        return self._slanted(text, style)

    def _slanted(self, text: str, style: Style) -> Box:
        """A letter, or a sign like one, with the space that its slant takes on its right."""
        box = self.text(text, style)
        if self.conventions.italic_space and not style.rtl:
            box.kept = box.italic
            box.width += box.kept
        return box

    def _mn(self, element: Element, style: Style) -> Box:
        text = token(element).replace("-", "−")
        return self.text(self._varied(text, element, style), style)

    def _mtext(self, element: Element, style: Style) -> Box:
        return self.text(self._varied(token(element), element, style), style)

    def _ms(self, element: Element, style: Style) -> Box:
        text = token(element)
        opening, closing = element.get("lquote", ""), element.get("rquote", "")
        return self.text(self._varied(f"{opening}{text}{closing}", element, style), style)

    def _mspace(self, element: Element, style: Style) -> Box:
        width, height, depth = (
            max(0.0, self.length(element.get(side), style)) for side in ("width", "height", "depth")
        )
        return Box(width, height, depth)

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
            slanted = shown == "∂"
            box = self._slanted(italic(shown), style) if slanted else self.text(shown, style)
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
            if self.conventions.short_fences:
                least = DELIMITER_SHORTFALL * self.scale(style) / 2
                half = max(DELIMITER_FACTOR * half, half - least)
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

    @staticmethod
    def _varied(text: str, element: Element, style: Style) -> str:
        which = element.get("mathvariant") or ("bold" if style.bold else "")
        return variant(text, which) if which else text
