"""Fractions, scripts, limits, roots and tables: the elements that stack boxes.

Sections are those of MathML Core; the constants' names say which rule of the MATH table each
distance comes from.
"""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from derive.typeset.box import Box, Rule
from derive.typeset.layout import Layout, Style, core_operator, length, name, operator_text
from derive.typeset.operators import ACCENTS

ROW_SPACING, COLUMN_SPACING = 0.56, 0.8
ALIGNED_SPACING = 0.24
MOST_CELLS = 20_000

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


class MathLayout(Layout):
    """The whole of the layout: rows and operators from `Layout`, stacks here."""

    # Fractions (3.3.2)

    def _mfrac(self, element: Element, style: Style) -> Box:
        if len(element) != 2:
            return self.row(list(element), style)
        font = self.font
        inner = replace(style, display=False)
        if not style.display:
            inner = replace(inner, level=style.level + 1)
        above = self.node(element[0], inner)
        below = self.node(element[1], replace(inner, cramped=True))
        scale = font.scale(style.level)
        axis = font.constant("AXIS_HEIGHT") * scale
        thickness = font.constant("FRACTION_RULE_THICKNESS") * scale
        if element.get("linethickness") is not None:
            thickness = max(0.0, length(element.get("linethickness"), thickness))
        up, down, gap_above, gap_below = (
            font.constant(which) * scale for which in (_FRACTION[style.display])
        )
        up = max(up, axis + thickness / 2 + gap_above + above.depth)
        down = max(down, gap_below + thickness / 2 - axis + below.height)
        side = 0.06 * scale
        width = max(above.width, below.width) + 2 * side
        box = Box(width)
        box.put((width - above.width) / 2, up, above)
        if thickness:
            line = Rule(width - side, thickness, style.color)
            box.items.append((side / 2, axis - thickness / 2, line))
        box.put((width - below.width) / 2, -down, below)
        return box

    # Scripts (3.4.1, 3.4.3)

    def _msub(self, element: Element, style: Style) -> Box:
        return self._scripts(element, style, sub=1)

    def _msup(self, element: Element, style: Style) -> Box:
        return self._scripts(element, style, sup=1)

    def _msubsup(self, element: Element, style: Style) -> Box:
        return self._scripts(element, style, sub=1, sup=2)

    def _scripts(self, element: Element, style: Style, sub: int = 0, sup: int = 0) -> Box:
        if len(element) != 1 + bool(sub) + bool(sup):
            return self.row(list(element), style)
        base = self.node(element[0], style)
        low = self.node(element[sub], style.script(cramped=True)) if sub else None
        high = self.node(element[sup], style.script()) if sup else None
        return self.with_scripts(base, low, high, style)

    def with_scripts(self, base: Box, low: Box | None, high: Box | None, style: Style) -> Box:
        """Scripts shifted by the MATH table's rules and kept apart from each other."""
        font, scale = self.font, self.font.scale(style.level)

        def constant(which: str) -> float:
            return font.constant(which) * scale

        up = down = 0.0
        if high is not None:
            shift = "SUPERSCRIPT_SHIFT_UP_CRAMPED" if style.cramped else "SUPERSCRIPT_SHIFT_UP"
            up = max(
                constant(shift),
                base.height - constant("SUPERSCRIPT_BASELINE_DROP_MAX"),
                high.depth + constant("SUPERSCRIPT_BOTTOM_MIN"),
            )
        if low is not None:
            down = max(
                constant("SUBSCRIPT_SHIFT_DOWN"),
                base.depth + constant("SUBSCRIPT_BASELINE_DROP_MIN"),
                low.height - constant("SUBSCRIPT_TOP_MAX"),
            )
        if high is not None and low is not None:
            gap = constant("SUB_SUPERSCRIPT_GAP_MIN") - ((up - high.depth) - (low.height - down))
            if gap > 0:
                room = constant("SUPERSCRIPT_BOTTOM_MAX_WITH_SUBSCRIPT") - (up - high.depth)
                lift = max(0.0, min(gap, room))
                up, down = up + lift, down + gap - lift
        box = Box(base.width, operator=base.operator)
        box.put(0.0, 0.0, base)
        end = base.width
        if high is not None:
            box.put(base.width + base.italic, up, high)
            end = base.width + base.italic + high.width
        if low is not None:
            box.put(base.width, -down, low)
            end = max(end, base.width + low.width)
        box.width = end + constant("SPACE_AFTER_SCRIPT")
        return box

    def _mmultiscripts(self, element: Element, style: Style) -> Box:
        children = list(element)
        split = [n for n, child in enumerate(children) if name(child) == "mprescripts"]
        at = split[0] if split else len(children)
        base = self.node(children[0], style) if children and at else Box()
        after, before = children[1:at], children[at + 1 :]
        for low, high in zip(after[::2], after[1::2], strict=False):
            base = self.with_scripts(
                base, self._script(low, style), self._script(high, style), style
            )
        if not before:
            return base
        box = Box()
        for low, high in zip(before[::2], before[1::2], strict=False):
            empty = Box(height=base.height, depth=base.depth)
            scripts = self.with_scripts(
                empty, self._script(low, style), self._script(high, style), style
            )
            box.put(box.width, 0.0, scripts)
            box.width += scripts.width
        box.put(box.width, 0.0, base)
        box.width += base.width
        return box

    def _script(self, element: Element, style: Style) -> Box | None:
        if name(element) in ("none", "mprescripts"):
            return None
        return self.node(element, style.script())

    # Limits and accents (3.4.2)

    def _munder(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, under=1)

    def _mover(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, over=1)

    def _munderover(self, element: Element, style: Style) -> Box:
        return self._limits(element, style, under=1, over=2)

    def _limits(self, element: Element, style: Style, under: int = 0, over: int = 0) -> Box:
        if len(element) != 1 + bool(under) + bool(over):
            return self.row(list(element), style)
        core = core_operator(element[0])
        if core is not None and not style.display:
            found = self.properties_of(core, operator_text(core), core.get("form") or "prefix")
            if found.movablelimits:
                return self._scripts(element, style, sub=under, sup=over)
        font, scale = self.font, self.font.scale(style.level)
        large = core is not None and name(element[0]) == "mo"
        base = self._large(element[0], style) if large else self.node(element[0], style)
        parts = []
        for position, above in ((over, True), (under, False)):
            if position:
                child = element[position]
                mark = operator_text(child) if name(child) == "mo" else ""
                if mark in ACCENTS and child.get("stretchy") != "false":
                    marked = self.stretched(mark, base.width, self.style_of(child, style), "ltr")
                    parts.append((marked, above, True))
                elif mark in ACCENTS:
                    parts.append((self.text(mark, self.style_of(child, style)), above, True))
                else:
                    scripted = self.node(child, style.script(cramped=not above))
                    parts.append((scripted, above, False))
        width = max([base.width, *(part.width for part, _, _ in parts)])
        box = Box(width, operator=base.operator)
        left = (width - base.width) / 2
        box.put(left, 0.0, base)
        for part, above, mark_only in parts:
            x = (width - part.width) / 2
            if above and mark_only:
                lift = max(0.0, base.height - font.constant("ACCENT_BASE_HEIGHT") * scale)
                if part.width > base.width or part.height - part.depth > 0.9:
                    lift = (
                        base.height
                        + font.constant("STRETCH_STACK_GAP_BELOW_MIN") * scale
                        + part.depth
                    )
                box.put(x, lift, part)
            elif above:
                gap = font.constant("UPPER_LIMIT_GAP_MIN") * scale + part.depth
                rise = font.constant("UPPER_LIMIT_BASELINE_RISE_MIN") * scale
                box.put(x, base.height + max(gap, rise), part)
            elif mark_only:
                gap = font.constant("STRETCH_STACK_GAP_ABOVE_MIN") * scale
                box.put(x, -(base.depth + gap + part.height), part)
            else:
                gap = font.constant("LOWER_LIMIT_GAP_MIN") * scale + part.height
                drop = font.constant("LOWER_LIMIT_BASELINE_DROP_MIN") * scale
                box.put(x, -(base.depth + (gap if not large else max(gap, drop))), part)
        return box

    def _large(self, element: Element, style: Style) -> Box:
        text = operator_text(element)
        found = self.properties_of(element, text, element.get("form") or "prefix")
        return self.operator(text, found, self.style_of(element, style))

    # Roots (3.3.3)

    def _msqrt(self, element: Element, style: Style) -> Box:
        return self.radical(self.row(list(element), replace(style, cramped=True)), None, style)

    def _mroot(self, element: Element, style: Style) -> Box:
        if len(element) != 2:
            return self.row(list(element), style)
        degree = self.node(element[1], replace(style, level=style.level + 2, display=False))
        return self.radical(self.node(element[0], replace(style, cramped=True)), degree, style)

    def radical(self, inner: Box, degree: Box | None, style: Style) -> Box:
        """A root sign as tall as its content, a rule over it, and its degree."""
        font, scale = self.font, self.font.scale(style.level)
        gap_name = "RADICAL_DISPLAY_STYLE_VERTICAL_GAP" if style.display else "RADICAL_VERTICAL_GAP"
        gap = font.constant(gap_name) * scale
        line = font.constant("RADICAL_RULE_THICKNESS") * scale
        wanted = inner.height + inner.depth + gap + line
        sign = self.stretched("√", wanted, style, "ttb")
        reach = sign.height + sign.depth
        gap += max(0.0, reach - wanted) / 2
        top = inner.height + gap + line
        box = Box()
        x = 0.0
        if degree is not None:
            before = font.constant("RADICAL_KERN_BEFORE_DEGREE") * scale
            after = font.constant("RADICAL_KERN_AFTER_DEGREE") * scale
            raised = font.constant("RADICAL_DEGREE_BOTTOM_RAISE_PERCENT") * reach
            box.put(before, top - reach + raised + degree.depth, degree)
            x = max(0.0, before + degree.width + after)
        box.put(x, top - sign.height, sign)
        x += sign.width
        box.items.append((x, top - line, Rule(inner.width, line, style.color)))
        box.put(x, 0.0, inner)
        box.width = x + inner.width
        box.height = top + font.constant("RADICAL_EXTRA_ASCENDER") * scale
        return box

    # Tables (3.5)

    def _mtable(self, element: Element, style: Style) -> Box:
        lines, gap = self.table_lines(element, style)
        whole = sum(line.height + line.depth for line in lines) + gap * (len(lines) - 1)
        axis = self.font.constant("AXIS_HEIGHT") * self.font.scale(style.level)
        box = Box(max((line.width for line in lines), default=0.0))
        y = whole / 2 + axis
        for line in lines:
            box.put(0.0, y - line.height, line)
            y -= line.height + line.depth + gap
        return box

    def table_lines(self, element: Element, style: Style) -> tuple[list[Box], float]:
        """A table's rows, equally wide, and the space between them."""
        shown = element.get("displaystyle") == "true"
        inner = replace(style, display=shown)
        scale = self.font.scale(style.level)
        aligns = (element.get("columnalign") or "center").split() or ["center"]
        rows: list[list[tuple[Box, str]]] = []
        cells = 0
        for line in element:
            own = self.style_of(line, inner)
            row = []
            for n, cell in enumerate(line):
                cells += 1
                if cells > MOST_CELLS:
                    break
                align = cell.get("columnalign") or aligns[min(n, len(aligns) - 1)]
                row.append((self.row(list(cell), self.style_of(cell, own)), align))
            rows.append(row)
        count = max(map(len, rows), default=0)
        widths = [
            max((row[n][0].width for row in rows if n < len(row)), default=0.0)
            for n in range(count)
        ]
        equations = shown and aligns[:2] == ["right", "left"]
        space = ALIGNED_SPACING * scale if equations else COLUMN_SPACING * scale
        lines = []
        for row in rows:
            line_box = Box(height=0.7 * scale, depth=0.25 * scale)
            x = 0.0
            for n, (box, align) in enumerate(row):
                free = widths[n] - box.width
                shift = {"right": free, "left": 0.0}.get(align, free / 2)
                line_box.put(x + shift, 0.0, box)
                x += widths[n] + space
            line_box.width = sum(widths) + space * (count - 1)
            lines.append(line_box)
        return lines, (ROW_SPACING if equations else ROW_SPACING / 2) * scale
