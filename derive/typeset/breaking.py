"""Long display equations: broken at operators, the rest hanging under the first relation."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from derive.typeset.box import Box
from derive.typeset.elements import content, name
from derive.typeset.layout import MathLayout
from derive.typeset.rows import MOST_DEEP
from derive.typeset.style import Style

RELATIONS = set("=≈≤≥<>≠≡→←")
ADDITIVE = set("+−±∓")
PRODUCTS = set("×·⋅∗⊙")


def display_lines(layout: MathLayout, math: Element, width: float) -> list[Box]:
    """A display formula as lines no wider than `width` ems where that can be had.

    A table that is the whole formula gives a line a row; its lines share one left edge.
    """
    style = Style(display=True).of(math)
    children = content(math)
    while len(children) == 1 and name(children[0]) in ("mrow", "mstyle", "semantics"):
        style = style.of(children[0])
        semantic = name(children[0]) == "semantics"
        children = content(children[0])[:1] if semantic else content(children[0])
    if len(children) == 1 and name(children[0]) == "mtable":
        lines, gaps = layout.table_lines(children[0], style.of(children[0]))
        for n, gap in enumerate(gaps):
            lines[n].depth += gap / 2
            lines[n + 1].height += gap / 2
    else:
        boxes = layout.spaced(_opened(layout, children), style)
        lines = _lines(boxes[::-1], width) if style.rtl else _lines(boxes, width)
    layout.forget()
    return lines or [Box()]


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
    """Where a line that starts at `start` ends: before the best operator that still fits."""
    x = 0.0
    best: dict[int, int] = {}
    for n in range(start, len(boxes)):
        box = boxes[n]
        if n > start:
            for rank, signs in enumerate((RELATIONS, ADDITIVE, PRODUCTS)):
                if box.operator in signs and x > (0.3 * room if rank == 0 else 0.0):
                    best[rank] = n
        x += box.lspace + box.width
        if x > room + 1e-6 and n > start:
            return next((best[rank] for rank in range(3) if rank in best), n)
        x += box.rspace
    return len(boxes)
