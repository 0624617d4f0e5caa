"""Long display equations: broken at operators, the rest hanging under the first relation.

What is wider than a line is opened, so that it can be broken within: a row, one in brackets (which
keep the size that they have around all of it), and at last a fraction, written with a slash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from derive.typeset.box import Box
from derive.typeset.elements import content, name
from derive.typeset.layout import MathLayout
from derive.typeset.rows import MOST_DEEP
from derive.typeset.style import Style
from derive.typeset.tables import LINE_COLUMN_GAP, ROW_GAP, STRUT

RELATIONS = set("=≈≤≥<>≠≡→←")
ADDITIVE = set("+−±∓")
PRODUCTS = set("×·⋅∗⊙/")
MOST_OPENED = 10
"""So many levels are opened at most; each of them is laid out again for itself."""
OPENING, CLOSING = set("([{"), set(")]}")
LITTLE = 0.3
"""This share of a line is little to be left on it."""
NARROW = 0.6
"""What is wider than this share of a line is opened where the line must be broken."""


def display_lines(layout: MathLayout, math: Element, width: float) -> list[Box]:
    """A display formula as lines no wider than `width` ems where that can be had.

    A table that is the whole formula gives a line a row, or several for a row of equations that
    is too wide; its lines share one left edge. The `operator` of a line is that with which it, or
    the right side of its equation, begins.
    """
    style = Style(display=True).of(math)
    children = content(math)
    while len(children) == 1 and name(children[0]) in ("mrow", "mstyle", "semantics"):
        style = style.of(children[0])
        semantic = name(children[0]) == "semantics"
        children = content(children[0])[:1] if semantic else content(children[0])
    if len(children) == 1 and name(children[0]) == "mtable":
        lines, gaps = layout.table_lines(children[0], style.of(children[0]))
        for line, table_row in zip(lines, content(children[0]), strict=False):
            line.operator = _first(content(table_row)[-1:])
        if max((line.width for line in lines), default=0.0) > width and _equations(children[0]):
            lines, gaps = _rows(layout, children[0], style.of(children[0]), gaps, width)
        for n, gap in enumerate(gaps):
            lines[n].depth += gap / 2
            lines[n + 1].height += gap / 2
    else:
        boxes = _boxes(layout, _opened(layout, children), style, width)
        lines = _lines(boxes[::-1], width) if style.rtl else _lines(boxes, width)
    layout.forget()
    return lines or [Box()]


def _first(elements: Sequence[Element]) -> str | None:
    """The sign with which a cell begins; nothing where it begins with none."""
    while elements and name(elements[0]) != "mo":
        elements = content(elements[0])
    return (elements[0].text or "").strip() if elements else None


def _equations(table: Element) -> bool:
    """Whether each row of a table is the left of an equation, and its right with the sign."""
    rows = content(table)
    return all(name(line) == "mtr" and len(content(line)) == 2 for line in rows)


def _rows(
    layout: MathLayout, table: Element, style: Style, gaps: Sequence[float], width: float
) -> tuple[list[Box], list[float]]:
    """The rows of equations, those that are too wide in several lines, and the spaces between."""
    inner = replace(style.free(), display=True)
    found: list[tuple[Box, Element, Style]] = []
    for row in content(table):
        own = inner.of(row)
        left, right = content(row)
        found.append((layout.group(content(left), own.of(left)), right, own.of(right)))
    between = LINE_COLUMN_GAP
    edge = max(head.width for head, *_ in found) + between
    lines: list[Box] = []
    spaces: list[float] = []
    for n, (head, right, own) in enumerate(found):
        room = width - edge
        parts = _lines(_boxes(layout, content(right), own, room), room)
        for m, part in enumerate(parts):
            line = Box(edge + part.width)
            line.put(edge, 0.0, part)
            if m == 0:
                line.put(edge - between - head.width, 0.0, head)
            line.height, line.depth = max(line.height, STRUT[0]), max(line.depth, STRUT[1])
            line.operator = part.operator
            lines.append(line)
            spaces.append(ROW_GAP)
        spaces[-1] = gaps[n] if n < len(gaps) else 0.0
    return lines, spaces[:-1]


def _boxes(
    layout: MathLayout, children: Sequence[Element], style: Style, width: float, deep: int = 0
) -> list[Box]:
    """The boxes of a row; where it is too wide for a line, those of what is wide in it."""
    boxes = layout.spaced(children, style)
    wide = sum(box.lspace + box.width + box.rspace for box in boxes) > width
    if not wide or deep == MOST_OPENED:
        return boxes
    found: list[Box] = []
    for child, box in zip(children, boxes, strict=True):
        parts = (
            _within(layout, child, style, width, deep + 1) if box.width > NARROW * width else [box]
        )
        parts = parts or [box]
        if parts[0] is not box:
            parts[0].lspace, parts[-1].rspace = box.lspace, box.rspace
        found.extend(parts)
    return found


def _within(
    layout: MathLayout, element: Element, style: Style, width: float, deep: int
) -> list[Box]:
    """The boxes of what is in an element that can be opened; none where it cannot."""
    inner, own = content(element), style.of(element)
    if element.get("href") or element.get("id") or not inner:
        return []
    if any(name(one) == "mtable" for one in inner):
        # Brackets stay with their matrix.
        return []
    if name(element) in ("mrow", "mstyle"):
        return _boxes(layout, inner, own, NARROW * width, deep)
    if name(element) != "mfrac" or len(inner) != 2:
        return []
    found: list[Box] = []
    for n, part in enumerate(inner):
        slash = layout.text("/", own).copy()
        slash.operator = "/"
        parts = [one.copy() for one in _boxes(layout, [part], own, NARROW * width, deep)]
        bare = len(content(part)) <= 1
        opening, closing = (layout.text(sign, own).copy() for sign in "()")
        opening.operator, closing.operator = "(", ")"
        found += [slash] if n else []
        found += parts if bare else [opening, *parts, closing]
    return found


def _opened(layout: MathLayout, children: list[Element], deep: int = 0) -> list[Element]:
    """Children with plain rows opened up, so that their operators can be broken at too.

    Operators keep the forms that they have in their own rows.
    """
    found: list[Element] = []
    layout.settle(children)
    for child in children:
        inner = content(child) if name(child) == "mrow" and not child.attrib else []
        if len(inner) > 1 and deep < MOST_DEEP and not _fenced(layout, inner):
            found.extend(_opened(layout, inner, deep + 1))
        else:
            found.append(child)
    return found


def _fenced(layout: MathLayout, row: list[Element]) -> bool:
    """Whether a row has a bracket that must see all of it to grow, and nothing else."""
    cores = layout.settle(row)
    return any(core is not None and layout.stretches(core, upright=True) for core in cores)


def _lines(boxes: list[Box], width: float) -> list[Box]:
    lines: list[Box] = []
    hang = 0.0
    start = 0
    while start < len(boxes):
        room = width - (hang if lines else 0.0)
        end = _end(boxes, start, room)
        line = Box()
        x = hang if lines else 0.0
        for n, box in enumerate(boxes[start:end]):
            x += box.lspace if n else 0.0
            line.put(x, 0.0, box)
            x += box.width + (box.rspace if start + n + 1 < end else 0.0)
        line.width = x
        line.operator = boxes[start].operator
        if not lines:
            hang = _hang(boxes[:end], width)
        lines.append(line)
        start = end
    return lines


def _hang(boxes: list[Box], width: float) -> float:
    """Where the lines after the first begin: under the first relation, if that is not too far."""
    x = 0.0
    for box in boxes:
        if box.operator in RELATIONS:
            return min(x + box.lspace, width / 3)
        x += box.lspace + box.width + box.rspace
    return min(1.5, width / 3)


def _end(boxes: list[Box], start: int, room: float) -> int:
    """Where a line that starts at `start` ends: before the best operator that still fits.

    The fewer brackets are open at it the better, unless little would be left on the line; then
    relations are better than sums, and these than products.
    """
    x, deep = 0.0, 0
    best: dict[int, dict[int, tuple[int, float]]] = {}
    for n in range(start, len(boxes)):
        box = boxes[n]
        deep -= box.operator in CLOSING
        if n > start and boxes[n - 1].operator not in OPENING:
            for rank, signs in enumerate((RELATIONS, ADDITIVE, PRODUCTS)):
                if box.operator in signs and x > (LITTLE * room if rank == 0 else 0.0):
                    best.setdefault(deep, {})[rank] = n, x
        deep += box.operator in OPENING
        x += box.lspace + box.width
        if x > room + 1e-6 and n > start:
            levels = sorted(best)
            enough = (one for one in levels if max(best[one].values())[1] > LITTLE * room)
            level = next(enough, levels[0] if levels else None)
            if level is not None:
                return best[level][min(best[level])][0]
            # At least not right after a bracket that opens.
            return n - 1 if n - 1 > start and boxes[n - 1].operator in OPENING else n
        x += box.rspace
    return len(boxes)
