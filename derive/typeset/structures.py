"""Fractions, scripts, limits and roots: the elements that stack boxes.

Sections are those of MathML Core; the constants' names say which rule of the MATH table each
distance comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from derive.typeset.box import Box, Rule
from derive.typeset.elements import content, name
from derive.typeset.rows import Rows
from derive.typeset.style import Style, boolean, length

BESIDE_FRACTION = 1 / 16
"""Space on either side of a fraction, in ems: the browsers' pixel."""
NULL_DELIMITER = 0.12
"""The same in print, in ems of the formula whatever the style: TeX's null delimiter space."""
ACCENT_CLEARANCE = 0.1
"""A mark that the font draws within this of `AccentBaseHeight`, in ems, is drawn as an accent."""

_FRACTION = {
    False: (
        "FRACTION_NUMERATOR_SHIFT_UP",
        "FRACTION_DENOMINATOR_SHIFT_DOWN",
        "FRACTION_NUMERATOR_GAP_MIN",
        "FRACTION_DENOMINATOR_GAP_MIN",
    ),
    True: (
        "FRACTION_NUMERATOR_DISPLAY_STYLE_SHIFT_UP",
        "FRACTION_DENOMINATOR_DISPLAY_STYLE_SHIFT_DOWN",
        "FRACTION_NUM_DISPLAY_STYLE_GAP_MIN",
        "FRACTION_DENOM_DISPLAY_STYLE_GAP_MIN",
    ),
}
"""By display style: shifts of numerator and denominator, and their least gaps to the rule."""
_STACK = {
    False: ("STACK_TOP_SHIFT_UP", "STACK_BOTTOM_SHIFT_DOWN", "STACK_GAP_MIN"),
    True: (
        "STACK_TOP_DISPLAY_STYLE_SHIFT_UP",
        "STACK_BOTTOM_DISPLAY_STYLE_SHIFT_DOWN",
        "STACK_DISPLAY_STYLE_GAP_MIN",
    ),
}
"""The same without a rule: shifts, and the least gap between the two."""

_Pair = tuple[Box | None, Box | None]


class Structures(Rows):
    """Elements that set their children over one another, or above and below the line."""

    elements = Rows.elements | {
        "mfrac", "msub", "msup", "msubsup", "mmultiscripts", "munder", "mover", "munderover",
        "msqrt", "mroot",
    }  # fmt: skip

    # Fractions (3.3.2)

    def _mfrac(self, element: Element, style: Style) -> Box:
        children = content(element)
        if len(children) != 2:
            return self._mrow(element, style)
        inner = replace(style.free(), display=False)
        if not style.display:
            inner = replace(inner, level=style.level + 1)
        # An operator that grows does so with what stands beside the fraction.
        lead = replace(inner, stretch=style.stretch) if style.stretch else inner
        above = self.node(children[0], lead)
        below = self.node(children[1], replace(inner, cramped=True))
        axis = self.constant("AXIS_HEIGHT", style)
        thickness = self.constant("FRACTION_RULE_THICKNESS", style)
        thickness = max(0.0, length(
            element.get("linethickness"), em=self.scale(style), ex=self.ex(style),
            percent=thickness, default=thickness,
        ))  # fmt: skip
        if thickness:
            up, down, gap_above, gap_below = (
                self.constant(which, style) for which in _FRACTION[style.display]
            )
            up = max(up, axis + thickness / 2 + gap_above + above.depth)
            down = max(down, gap_below + thickness / 2 - axis + below.height)
        else:
            up, down, least = (self.constant(which, style) for which in _STACK[style.display])
            missing = least - (up - above.depth + down - below.height)
            if missing > 0:
                up, down = up + missing / 2, down + missing / 2
        inside = max(above.width, below.width)
        bare = self.conventions.bare_fractions
        side, over = (
            (NULL_DELIMITER * style.size, 0.0) if bare else (BESIDE_FRACTION, BESIDE_FRACTION / 2)
        )
        box = Box(inside + 2 * side)
        box.put(side + (inside - above.width) / 2, up, above)
        if thickness:
            line = Rule(inside + 2 * over, thickness, style.color)
            box.items.append((side - over, axis - thickness / 2, line))
        box.put(side + (inside - below.width) / 2, -down, below)
        return box

    # Scripts (3.4.1, 3.4.3)

    def _msub(self, element: Element, style: Style) -> Box:
        return self._scripted(element, style, sub=1)

    def _msup(self, element: Element, style: Style) -> Box:
        return self._scripted(element, style, sup=1)

    def _msubsup(self, element: Element, style: Style) -> Box:
        return self._scripted(element, style, sub=1, sup=2)

    def _scripted(self, element: Element, style: Style, sub: int = 0, sup: int = 0) -> Box:
        children = content(element)
        if len(children) != 1 + bool(sub) + bool(sup):
            return self._mrow(element, style)
        index = self._index(children[0]) if sup and not sub else None
        if index is not None:
            children, sub, sup = [*index, children[1]], 1, 2
        base = self.node(children[0], style)
        base.letter = base.letter or self._as_letter(children[0])
        low = self._script(children[sub], style, cramped=True) if sub else None
        high = self._script(children[sup], style) if sup else None
        return self.with_scripts(base, [(low, high)], [], style)

    def _index(self, element: Element) -> list[Element] | None:
        """Letter and index of a letter with an index, where what stands over it shall stack."""
        inner = content(element)
        if name(element) in ("mrow", "mstyle") and len(inner) == 1 and not element.attrib:
            return self._index(inner[0])
        plain = name(element) == "msub" and len(inner) == 2 and not element.attrib
        return inner if plain and self.conventions.stacked_scripts else None

    def _as_letter(self, element: Element) -> bool:
        """Whether scripts stand as at a single sign: TeX hangs them on a figure, or a bracket."""
        if not self.conventions.even_scripts:
            return False
        if name(element) in ("mrow", "mstyle") and (inner := content(element)):
            return self._as_letter(inner[-1])
        if name(element) == "mn":
            return True
        if name(element) != "mo":
            return False
        found = self.properties_of(element)
        return found.kind == "close" and not found.stretchy

    def _script(self, element: Element, style: Style, *, cramped: bool = False) -> Box | None:
        if name(element) in ("none", "mprescripts"):
            return None
        core = self.core(element)
        if core is not None:
            self.properties_of(core, "postfix")
        return self.node(element, style.script(cramped=cramped))

    def _mmultiscripts(self, element: Element, style: Style) -> Box:
        children = [one for one in element if isinstance(one.tag, str)]
        split = [n for n, child in enumerate(children) if name(child) == "mprescripts"]
        at = split[0] if split else len(children)
        after, before = children[1:at], children[at + 1 :]
        if not at or len(split) > 1 or len(after) % 2 or len(before) % 2:
            return self._mrow(element, style)
        base = self.node(children[0], style)
        pairs = [
            [
                (self._script(low, style, cramped=True), self._script(high, style))
                for low, high in zip(scripts[::2], scripts[1::2], strict=True)
            ]
            for scripts in (after, before)
        ]
        return self.with_scripts(base, pairs[0], pairs[1], style)

    def with_scripts(
        self, base: Box, after: Sequence[_Pair], before: Sequence[_Pair], style: Style
    ) -> Box:
        """Scripts on either side of a base, shifted by the MATH table and kept apart."""
        up = down = 0.0
        for low, high in (*after, *before):
            raised, dropped = self._shifts(base, low, high, style)
            up, down = max(up, raised), max(down, dropped)
        space = self.constant("SPACE_AFTER_SCRIPT", style)
        box = Box(operator=base.operator)
        # The space that a slant takes before what follows is none before an index.
        edge = base.width - base.kept
        inner = Box(edge)
        inner.put(0.0, 0.0, base)
        x = edge
        for n, (low, high) in enumerate(after):
            slant = base.italic if n == 0 and (base.large or self.conventions.kerning) else 0.0
            end = x
            if low is not None:
                left = x - slant if base.large else x
                left += 0.0 if n else self._kern(base, low, -down, style, above=False)
                inner.put(left, -down, low)
                end = max(end, left + low.width)
            if high is not None:
                left = x if base.large else x + slant
                left += 0.0 if n else self._kern(base, high, up, style, above=True)
                inner.put(left, up, high)
                end = max(end, left + high.width)
            x = end + space
        wide = [max((one.width for one in pair if one), default=0.0) for pair in before]
        start = -sum(wide) - space * len(wide)
        at = start
        # The first pair stands nearest to the base.
        for (low, high), width in zip(reversed(before), reversed(wide), strict=True):
            at += space
            for one, y in ((low, -down), (high, up)):
                if one is not None:
                    inner.put(at + width - one.width, y, one)
            at += width
        box.width = max(0.0, x - start)
        box.height, box.depth = inner.height, inner.depth
        if style.rtl:
            inner.items = [
                (x - start - (left - start) - (one.width if isinstance(one, Box) else 0.0), y, one)
                for left, y, one in inner.items
            ]
            start = 0.0
        box.items.append((-start, 0.0, inner))
        return box

    def _shifts(
        self, base: Box, low: Box | None, high: Box | None, style: Style
    ) -> tuple[float, float]:
        up = down = 0.0
        # Else the subscripts of y and t would stand at two heights side by side.
        even = base.letter and not base.large and self.conventions.even_scripts
        tall, deep = (0.0, 0.0) if even else (base.height, base.depth)
        if high is not None:
            shift = "SUPERSCRIPT_SHIFT_UP_CRAMPED" if style.cramped else "SUPERSCRIPT_SHIFT_UP"
            up = max(
                self.constant(shift, style),
                tall - self.constant("SUPERSCRIPT_BASELINE_DROP_MAX", style),
                high.depth + self.constant("SUPERSCRIPT_BOTTOM_MIN", style),
            )
        if low is not None:
            down = max(
                self.constant("SUBSCRIPT_SHIFT_DOWN", style),
                deep + self.constant("SUBSCRIPT_BASELINE_DROP_MIN", style),
                low.height - self.constant("SUBSCRIPT_TOP_MAX", style),
            )
        if high is not None and low is not None:
            between = (up - high.depth) - (low.height - down)
            gap = self.constant("SUB_SUPERSCRIPT_GAP_MIN", style) - between
            if gap > 0:
                most = self.constant("SUPERSCRIPT_BOTTOM_MAX_WITH_SUBSCRIPT", style)
                lift = max(0.0, min(gap, most - (up - high.depth)))
                up, down = up + lift, down + gap - lift
        return up, down

    def _kern(self, base: Box, script: Box, shift: float, style: Style, *, above: bool) -> float:
        """Cut-ins of base and script, at the two heights where they might touch (MathKernInfo)."""
        if not self.conventions.kerning or style.rtl or (base.last is None and not script.first):
            return 0.0
        scale = self.scale(style)
        small = self.scale(style.script())
        if not scale or not small:
            return 0.0
        heights = (
            (shift - script.depth, base.height) if above else (shift + script.height, -base.depth)
        )
        kern = self.font.kern
        found = [
            kern(base.last, "TOP_RIGHT" if above else "BOTTOM_RIGHT", at / scale) * scale
            + kern(
                script.first, "BOTTOM_LEFT" if above else "TOP_LEFT", (at - shift) / small
            ) * small
            for at in heights
        ]  # fmt: skip
        return max(found)

    # Limits and accents (3.4.2)

    def _munder(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, under=1)

    def _mover(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, over=1)

    def _munderover(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, under=1, over=2)

    def _limits(self, element: Element, style: Style, under: int = 0, over: int = 0) -> Box:
        children = content(element)
        if len(children) != 1 + bool(under) + bool(over):
            return self._mrow(element, style)
        core = self.core(children[0])
        if core is not None and not style.display and self.properties_of(core).movablelimits:
            return self._scripted(element, style, sub=under, sup=over)
        accents = {
            over: over > 0 and boolean(element, "accent") is True,
            under: under > 0 and boolean(element, "accentunder") is True,
        }
        boxes = self._levels(children, style, over, accents)
        base = boxes[0]
        width = max(box.width for box in boxes)
        box = Box(width, operator=base.operator, italic=base.italic, kept=base.kept)
        box.put((width - base.width) / 2, 0.0, base)
        grows = core is not None and self.stretches(core, upright=False)
        large = core is not None and self.properties_of(core).largeop
        slant = base.italic / 2 if base.large else 0.0
        if over:
            above = boxes[over]
            y = base.height + self._over_gap(base, above, style, (large, grows, accents[over]))
            x = (width - above.width) / 2 + slant
            core_over = self.core(children[over])
            if accents[over] and base.last is not None and core_over is children[over]:
                box.letter = base.letter
                x = (width - base.width) / 2 + self._middle(base, style) - above.width / 2
            box.put(x, y + above.depth, above)
            if not (large or grows):
                box.height += self.constant("OVERBAR_EXTRA_ASCENDER", style)
        if under:
            below = boxes[under]
            y = base.depth + self._under_gap(below, style, (large, grows, accents[under]))
            box.put((width - below.width) / 2 - slant, -y - below.height, below)
            if not (large or grows):
                box.depth += self.constant("UNDERBAR_EXTRA_DESCENDER", style)
        return box

    def _levels(
        self, children: Sequence[Element], style: Style, over: int, accents: dict[int, bool]
    ) -> list[Box]:
        """Base and scripts; those that grow along the line are set last, as wide as the rest."""
        styles = [style.free()]
        for n in range(1, len(children)):
            core = self.core(children[n])
            if core is not None:
                self.properties_of(core, "postfix")
                if accents.get(n) and self.conventions.raised_accents:
                    self._accents.add(core)
            if accents.get(n):
                styles.append(replace(style.free(), cramped=True))
            else:
                styles.append(style.script(cramped=n != over))
        if style.stretch:
            styles[0] = replace(styles[0], stretch=style.stretch)
        cores = [self.core(child) for child in children]
        growing = [core is not None and self.stretches(core, upright=False) for core in cores]
        found: list[Box | None] = [
            None if grows else self.node(child, own)
            for child, own, grows in zip(children, styles, growing, strict=True)
        ]
        reach = max((box.width for box in found if box is not None), default=0.0)
        if style.reach is not None:
            reach = max(reach, style.reach)
        for n, box in enumerate(found):
            if box is None:
                found[n] = self.node(children[n], replace(styles[n], reach=reach))
        return [box for box in found if box is not None]

    def _middle(self, base: Box, style: Style) -> float:
        """Where an accent stands on a letter, by the MATH table, from the letter's left."""
        if base.first is None or base.first != base.last:
            return base.width / 2
        return self.font.accent_at(base.first) * self.scale(style) or base.width / 2

    def _over_gap(
        self, base: Box, above: Box, style: Style, kind: tuple[bool, bool, bool]
    ) -> float:
        """From the base's top to the bottom of what stands over it."""
        large, grows, accent = kind
        if large or grows:
            gap = "UPPER_LIMIT_GAP_MIN" if large else "STRETCH_STACK_GAP_ABOVE_MIN"
            rise = "UPPER_LIMIT_BASELINE_RISE_MIN" if large else "STRETCH_STACK_TOP_SHIFT_UP"
            return max(self.constant(gap, style), self.constant(rise, style) - above.depth)
        if not accent:
            return self.constant("OVERBAR_VERTICAL_GAP", style)
        least = self.constant("ACCENT_BASE_HEIGHT", style)
        drawn = -above.depth - least
        room = max(0.0, least - base.height)
        if self.conventions.raised_accents and 0 <= drawn <= ACCENT_CLEARANCE * self.scale(style):
            room += drawn
        return room

    def _under_gap(self, below: Box, style: Style, kind: tuple[bool, bool, bool]) -> float:
        """From the base's bottom to the top of what stands under it."""
        large, grows, accent = kind
        if large or grows:
            gap = "LOWER_LIMIT_GAP_MIN" if large else "STRETCH_STACK_GAP_BELOW_MIN"
            drop = "LOWER_LIMIT_BASELINE_DROP_MIN" if large else "STRETCH_STACK_BOTTOM_SHIFT_DOWN"
            return max(self.constant(gap, style), self.constant(drop, style) - below.height)
        return 0.0 if accent else self.constant("UNDERBAR_VERTICAL_GAP", style)

    # Roots (3.3.3)

    def _msqrt(self, element: Element, style: Style) -> Box:
        inner = self.row(content(element), replace(style.free(), cramped=True))
        return self.radical(inner, None, style)

    def _mroot(self, element: Element, style: Style) -> Box:
        children = content(element)
        if len(children) != 2:
            return self._mrow(element, style)
        degree = self.node(children[1], style.script(cramped=True, levels=2))
        inner = self.node(children[0], replace(style.free(), cramped=True))
        return self.radical(inner, degree, style)

    def radical(self, inner: Box, degree: Box | None, style: Style) -> Box:
        """A root sign as tall as its content, a rule over it, and its degree."""
        gap_name = "RADICAL_DISPLAY_STYLE_VERTICAL_GAP" if style.display else "RADICAL_VERTICAL_GAP"
        gap = self.constant(gap_name, style)
        line = self.constant("RADICAL_RULE_THICKNESS", style)
        wanted = inner.height + inner.depth + gap + line
        sign = self.stretched("√", wanted, style, "ttb")
        reach = sign.height + sign.depth
        if self.conventions.centred_roots:
            gap += max(0.0, reach - wanted) / 2
        top = inner.height + gap + line
        box = Box()
        x = 0.0
        if degree is not None:
            before = max(0.0, self.constant("RADICAL_KERN_BEFORE_DEGREE", style))
            after = max(-degree.width, self.constant("RADICAL_KERN_AFTER_DEGREE", style))
            raised = self.font.constant("RADICAL_DEGREE_BOTTOM_RAISE_PERCENT") * reach
            box.put(before, top - reach + raised + degree.depth, degree)
            x = max(0.0, before + degree.width + after)
        box.put(x, top - sign.height, sign)
        x += sign.width
        box.items.append((x, top - line, Rule(max(0.0, inner.width), line, style.color)))
        box.put(x, 0.0, inner)
        box.width = x + inner.width
        box.height = max(box.height, top + self.constant("RADICAL_EXTRA_ASCENDER", style))
        return box
