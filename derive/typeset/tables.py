"""Tables: `mtable` with its rows and cells (MathML Core, section 3.5).

A table is a grid: cells are placed first, with their spans; then columns and rows are made as
wide and high as they must be. Columns and rows are spaced and aligned by MathML 3's attributes,
which MathML Core leaves to style sheets; without them the spaces are those of MathML Core's own
style sheet (0.4 em on either side of a cell, 0.5 ex above and below).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from derive.typeset.box import Box
from derive.typeset.elements import ELLIPSIS, content, name
from derive.typeset.rows import Rows
from derive.typeset.style import Style, length

MOST_CELLS = 20_000
"""A table is elided after this many cells and spans."""
MOST_SPAN = 1_000
"""HTML's own bound on `colspan`, which is that of `columnspan` too."""
CELL_SIDE, CELL_END = 0.4, 0.5
"""Padding of a cell: left and right in ems, above and below in exes."""
STRUT = (0.7, 0.25)
"""The least height and depth of a row in print, in ems."""
ROW_GAP, LINE_GAP, LINE_COLUMN_GAP = 0.28, 0.56, 5 / 18
"""In print, in ems: between rows; between lines that are aligned at a sign; before that sign."""


@dataclass(slots=True)
class _Cell:
    """A cell in its place in the grid."""

    box: Box
    row: int
    column: int
    rows: int
    columns: int
    align: str


class Tables(Rows):
    """Tables, whole or a row at a time."""

    elements = Rows.elements | {"mtable"}

    def _mtable(self, element: Element, style: Style) -> Box:
        lines, gaps, edge = self._set(element, style)
        whole = sum(line.height + line.depth for line in lines) + sum(gaps) + 2 * edge
        axis = self.constant("AXIS_HEIGHT", style)
        box = Box(max((line.width for line in lines), default=0.0))
        y = whole / 2 + axis
        box.height, box.depth = y, whole / 2 - axis
        y -= edge
        for line, gap in zip(lines, (*gaps, 0.0), strict=False):
            box.items.append((0.0, y - line.height, line))
            y -= line.height + line.depth + gap
        return box

    def table_lines(self, element: Element, style: Style) -> tuple[list[Box], list[float]]:
        """A table's rows, equally wide, and the spaces between them."""
        lines, gaps, _ = self._set(element, style)
        return lines, gaps

    def _set(self, element: Element, style: Style) -> tuple[list[Box], list[float], float]:
        """Rows, the spaces between them, and the space above the first and below the last."""
        shown = element.get("displaystyle", "").lower() == "true"
        inner = replace(style.free(), display=shown)
        cells, rows, columns = self._cells(element, inner)
        aligns = _words(element.get("columnalign"), "center")
        equations = shown and aligns[:2] == ["right", "left"]
        between, side = self._column_gaps(element, style, columns, equations=equations)
        gaps, edge = self._row_gaps(element, style, rows, equations=equations)
        widths = _widths(cells, columns, between)
        lefts = [side]
        for width, gap in zip(widths, (*between, 0.0), strict=False):
            lefts.append(lefts[-1] + width + gap)
        total = side + sum(widths) + sum(between) + side if columns else 0.0
        heights, depths = self._extents(cells, rows, gaps, style)
        lines = [Box(total, height, depth) for height, depth in zip(heights, depths, strict=True)]
        for cell in cells:
            last = cell.column + cell.columns - 1
            room = lefts[last] + widths[last] - lefts[cell.column]
            free = room - cell.box.width
            shift = {"right": free, "left": 0.0}.get(cell.align, free / 2)
            x = lefts[cell.column] + shift
            y = 0.0
            if cell.rows > 1:
                under = range(cell.row + 1, cell.row + cell.rows)
                below = sum(gaps[n - 1] + heights[n] + depths[n] for n in under)
                spare = heights[cell.row] + depths[cell.row] + below
                spare -= cell.box.height + cell.box.depth
                y = heights[cell.row] - spare / 2 - cell.box.height
            if style.rtl:
                x = total - x - cell.box.width
            lines[cell.row].items.append((x, y, cell.box))
        return lines, gaps, edge

    def _cells(self, element: Element, style: Style) -> tuple[list[_Cell], int, int]:
        """Every cell in its place, and how many rows and columns the grid has."""
        aligns = _words(element.get("columnalign"), "center")
        cells: list[_Cell] = []
        busy: dict[int, int] = {}
        columns = spent = 0
        lines = content(element)
        row = -1
        for row, line in enumerate(lines):
            own = style.of(line) if name(line) in ("mtr", "mlabeledtr") else style
            row_aligns = _words(line.get("columnalign"), "") or aligns
            column = 0
            within = content(line) if name(line) in ("mtr", "mlabeledtr") else [line]
            for cell in within[1:] if name(line) == "mlabeledtr" else within:
                while busy.get(column, 0) > row:
                    column += 1
                wide = _span(cell.get("columnspan") or cell.get("colspan"), MOST_SPAN)
                tall = _span(cell.get("rowspan"), len(lines) - row)
                spent += wide + tall - 1
                if spent > MOST_CELLS:
                    self.note(f"a table is elided after {MOST_CELLS} cells")
                    rest = self.text(ELLIPSIS, own)
                    cells.append(_Cell(rest, row, column, 1, 1, "left"))
                    return _ended(cells, row), row + 1, max(columns, column + 1)
                if tall > 1:
                    busy.update(dict.fromkeys(range(column, column + wide), row + tall))
                align = cell.get("columnalign") or row_aligns[min(column, len(row_aligns) - 1)]
                cells.append(
                    _Cell(self._cell(cell, own), row, column, tall, wide, align.strip().lower())
                )
                column += wide
                columns = max(columns, column)
                if not self.complete:
                    # Its last cell ends with an ellipsis; no empty lines follow.
                    return _ended(cells, row), row + 1, columns
        return cells, row + 1, columns

    def _cell(self, cell: Element, style: Style) -> Box:
        if name(cell) != "mtd":
            return self.row([cell], style)
        box = self.group(content(cell), style.of(cell))
        background = cell.get("mathbackground")
        return self.backed(box, background) if background else box

    def _column_gaps(
        self, element: Element, style: Style, columns: int, *, equations: bool
    ) -> tuple[list[float], float]:
        scale = self.scale(style)
        said = element.get("columnspacing")
        if said is not None:
            return self._gaps(said, columns, style, 2 * CELL_SIDE * scale), 0.0
        if self.conventions.struts:
            gap = LINE_COLUMN_GAP if equations else 2 * CELL_SIDE
            return [gap * scale] * max(0, columns - 1), 0.0
        return [2 * CELL_SIDE * scale] * max(0, columns - 1), CELL_SIDE * scale

    def _row_gaps(
        self, element: Element, style: Style, rows: int, *, equations: bool
    ) -> tuple[list[float], float]:
        said = element.get("rowspacing")
        end = CELL_END * self.ex(style)
        if said is not None:
            return self._gaps(said, rows, style, 2 * end), 0.0
        if self.conventions.struts:
            gap = (LINE_GAP if equations else ROW_GAP) * self.scale(style)
            return [gap] * max(0, rows - 1), 0.0
        return [2 * end] * max(0, rows - 1), end

    def _gaps(self, said: str, count: int, style: Style, default: float) -> list[float]:
        em, ex = self.scale(style), self.ex(style)
        known = [
            max(0.0, length(word, em=em, ex=ex, default=default)) for word in said.split()
        ] or [default]
        return [known[min(n, len(known) - 1)] for n in range(count - 1)]

    def _extents(
        self, cells: Sequence[_Cell], rows: int, gaps: Sequence[float], style: Style
    ) -> tuple[list[float], list[float]]:
        """Height and depth of each row; a cell over several rows adds to the last what it lacks."""
        scale = self.scale(style)
        least = STRUT if self.conventions.struts else (0.0, 0.0)
        heights, depths = [least[0] * scale] * rows, [least[1] * scale] * rows
        for cell in cells:
            if cell.rows == 1:
                heights[cell.row] = max(heights[cell.row], cell.box.height)
                depths[cell.row] = max(depths[cell.row], cell.box.depth)
        for cell in cells:
            if cell.rows > 1:
                under = range(cell.row, cell.row + cell.rows)
                has = sum(heights[n] + depths[n] for n in under)
                has += sum(gaps[cell.row : cell.row + cell.rows - 1])
                lacks = cell.box.height + cell.box.depth - has
                if lacks > 0:
                    for n in under:
                        heights[n] += lacks / cell.rows / 2
                        depths[n] += lacks / cell.rows / 2
        return heights, depths


def _ended(cells: list[_Cell], row: int) -> list[_Cell]:
    """Cells of a table that ends with a row."""
    for one in cells:
        one.rows = min(one.rows, row + 1 - one.row)
    return cells


def _words(text: str | None, default: str) -> list[str]:
    return (text or "").lower().split() or ([default] if default else [])


def _span(text: str | None, most: int) -> int:
    """How many columns or rows a cell covers: at least one."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()):
        return 1
    return max(1, min(most, int(text[:9])))


def _widths(cells: Sequence[_Cell], columns: int, between: Sequence[float]) -> list[float]:
    """The columns' widths; a cell over several shares what it lacks among them."""
    widths = [0.0] * columns
    for cell in cells:
        if cell.columns == 1:
            widths[cell.column] = max(widths[cell.column], cell.box.width)
    for cell in cells:
        if cell.columns > 1:
            last = cell.column + cell.columns
            has = sum(widths[cell.column : last]) + sum(between[cell.column : last - 1])
            lacks = cell.box.width - has
            if lacks > 0:
                for n in range(cell.column, last):
                    widths[n] += lacks / cell.columns
    return widths
