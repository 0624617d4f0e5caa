"""The one module that touches WeasyPrint's private parts, and pydyf's that it stands on.

They are WeasyPrint 70's: how an element becomes a box (`element_to_box`, the kinds of boxes, a
style without an element), a block is laid out (`block_box_layout`) and a box is drawn
(`draw_replacedbox`, what a `Stream` knows of its state), a document's fonts (`Font`), links
(`gather_anchors`), the structure tree (`add_tags`, `_build_box_tree`, `page_references`), and the
margins of pages (`draw_stacking_context`). A test lists them one by one, and fails first when one
of them moves.

All else is said elsewhere: `marks` finds where formulas stand, `drawing` what draws them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, floor
from typing import Any, NamedTuple
from unittest.mock import patch

import pydyf
import weasyprint
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import block

from derive.typeset.box import Place
from derive.typeset.drawing import Area, Drawing, Formula
from derive.typeset.embedding import EmbeddedFont
from derive.typeset.links import target
from derive.typeset.marks import Planted, plant

HOLE = 0.15
"""A formula that should stay whole does where no more of the page, from its top edge to the end of
its text, stays empty for it; what leads to the formula leaves its own place empty besides."""
LABEL = 0.82
"""The size of what stands beside a formula that goes on, against that of the formula."""


class Spoken(str):
    """What is said instead of a formula; by its type a formula's structure element is known."""

    __slots__ = ()


class DocumentFont(weasyprint.pdf.fonts.Font):  # type: ignore[misc]
    """A font of the PDF that Pango does not know, cut down before anything is drawn."""

    def __init__(self, font: EmbeddedFont) -> None:
        self.hash = font.name
        self.name = f"/{font.name}+{font.family.replace(' ', '-')}".encode()
        self.family = font.family
        self.file_content = font.data
        self.index = 0
        self.style = self.italic_angle = 0
        self.ascent, self.descent = 800, -200
        self.stemv = self.stemh = 80
        self.flags = 4
        self.bitmap = self.used_in_forms = False
        self.widths = font.widths
        self.to_unicode = font.text
        self.missing: dict[int, int] = {}

    def clean(self, to_unicode: dict[int, str], hinting: bool) -> None:  # noqa: FBT001
        """Nothing: it is cut down already."""


class FormulaImage(NamedTuple):
    """A formula as WeasyPrint sees an image."""

    formula: Formula

    def get_intrinsic_size(self, _resolution: float, font_size: float) -> tuple[float, float, None]:
        """Width and height in px at the font size of the place; they have no ratio to keep."""
        return *self.formula.extent(font_size), None


class PlaceBox(boxes.Box):  # type: ignore[misc]
    """What an element of a formula covers, as WeasyPrint sees a box with a link or an anchor."""

    def __init__(self, element: Any, place: Place, area: Area, lang: str | None = None) -> None:
        style = {
            "anchor": place.anchor, "appearance": "none", "bookmark_level": "none",
            "bookmark_state": "open", "lang": lang, "transform": (),
        }  # fmt: skip
        super().__init__("a", style, element)
        self.area = area
        self.text = place.text
        leads = target(place.href)
        self.link = ("url", leads) if leads else None

    def hit_area(self) -> Area:
        """What is covered on the page."""
        return self.area


@contextmanager
def formulas(drawing: Drawing, *, places: bool = False) -> Iterator[None]:
    """While this lasts, marks in a document become its formulas.

    Args:
        drawing: the formulas of the document.
        places: whether anything within them leads elsewhere, or is led to.
    """
    fonts = {("formula", one.name): DocumentFont(one) for one in drawing.embedded if one}
    planted: dict[Any, Planted] | None = None
    placed: list[tuple[Any, list[PlaceBox]]] = []
    to_box = build.element_to_box
    lay_out = block.block_box_layout
    draw_box = weasyprint.draw.draw_replacedbox
    draw_context = weasyprint.draw.draw_stacking_context
    gather = weasyprint.anchors.gather_anchors
    build_tree = weasyprint.pdf.tags._build_box_tree
    add_tags = weasyprint.pdf.add_tags

    def boxed(element: Any, style_for: Any, *others: Any, **named: Any) -> Any:
        nonlocal planted
        if planted is None:
            planted = plant(element, drawing.formulas)
        found = planted.get(element)
        if found is None:
            return to_box(element, style_for, *others, **named)
        formula, parent, beside = found
        element.set("alt", Spoken(formula.spoken))
        style = style_for(element if parent is None else parent)
        if parent is not None:
            # CSS is not asked what an element looks like that it has not seen.
            style = style.anonymous_style
        style = style.copy()
        # What is clipped is painted, and read, after all the text of the page.
        style["overflow"] = "visible"
        if formula.display and not beside:
            kind, style["display"] = boxes.BlockReplacedBox, ("block", "flow")
        else:
            kind = boxes.InlineReplacedBox
            style["vertical_align"] = -formula.box.depth * formula.scale * style["font_size"]
        return [kind("img", style, element, FormulaImage(formula))]

    def laid_out(context: Any, box: Any, bottom: Any, skip: Any, *others: Any, **named: Any) -> Any:
        kinds = box.element.get("class", "").split() if box.element_tag == "span" else ()
        if "formula" not in kinds:
            return lay_out(context, box, bottom, skip, *others, **named)
        if "whole" in kinds and skip is None:
            room = context.page_bottom - bottom - box.position_y
            box.style = box.style.copy()
            box.style["break_inside"] = "avoid" if room < HOLE * context.page_bottom else "auto"
        found = lay_out(context, box, bottom, skip, *others, **named)
        if skip is not None and found[0] is not None:
            first = found[0].children[0]
            first.continues = found[0].width
        return found

    def at(box: Any) -> tuple[Any, float, float, float]:
        formula = box.replacement.formula
        size = formula.size(box.width, box.style["font_size"])
        return formula.box, box.content_box_x(), box.content_box_y(), size

    def draw(stream: Any, box: Any) -> None:
        if not isinstance(box.replacement, FormulaImage):
            draw_box(stream, box)
        elif box.style["visibility"] == "visible":
            parts, nested, form = drawing.drawn(*at(box))
            ink = box.style["color"]
            stream._fonts.update(fonts)
            forms = stream._resources["XObject"]
            if form and form.name not in forms:
                forms[form.name] = form.stream()
            if nested:
                stream.set_color(ink)
            before = stream._current_color, stream._current_alpha
            for color, operators in parts:
                stream.set_color(ink if color is None else color)
                stream.stream.append(operators)
            if nested:
                stream._current_color, stream._current_alpha = before
            if hasattr(box, "continues"):
                draw_label(stream, box)

    def draw_label(stream: Any, box: Any) -> None:
        """What stands at the right of a formula's first piece on a page that it goes on on."""
        formula = box.replacement.formula
        if formula.label is None:
            return
        size = LABEL * box.style["font_size"]
        width, height = formula.label.width * size, formula.label.height * size
        x, y = box.content_box_x() + box.continues - width, box.content_box_y()
        base = y + formula.box.height * formula.size(box.width, box.style["font_size"])
        beside = box.width + width < box.continues
        parts, _, _ = drawing.drawn(formula.label, x, (base if beside else y) - height, size)
        for _, operators in parts:
            stream.set_color(box.style["color"])
            stream.stream.append(operators)

    def draw_margins(stream: Any, context: Any) -> None:
        if not isinstance(context.box, boxes.MarginBox) or stream._tags is None:
            draw_context(stream, context)
            return
        # What is on every page is no part of what is read; nothing in it is tagged.
        stream.begin_marked_content("Artifact", pydyf.Dictionary({"Type": "/Pagination"}))
        tags, stream._tags = stream._tags, None
        draw_context(stream, context)
        stream._tags = tags
        stream.end_marked_content()

    def elements(box: Any, parent: Any, *others: Any) -> Iterator[Any]:
        if isinstance(box, boxes.MarginBox):
            return
        for tag in build_tree(box, parent, *others):
            if tag["S"] == "/Span" and not tag["K"]:
                continue
            if "Lang" not in tag and box.style["lang"]:
                tag["Lang"] = pydyf.String(box.style["lang"])
            match box:
                case PlaceBox(text=shown) if shown:
                    # Its ink belongs to the formula.
                    tag["Alt"] = pydyf.String(shown)
            if tag["S"] == "/TH" and "A" in tag:
                scope = box.element.get("scope", "col")
                tag["A"]["Scope"] = "/Row" if scope == "row" else "/Column"
            yield tag

    def gathered(box: Any, *others: Any) -> None:
        if not isinstance(getattr(box, "replacement", None), FormulaImage):
            gather(box, *others)
            return
        lang = box.style["lang"]
        box.children = [PlaceBox(box.element, *one, lang) for one in drawing.areas(*at(box))]
        gather(box, *others)
        placed.append((box, box.children))
        # To what draws, a formula has no children.
        box.children = []

    def tagged(pdf: Any, *others: Any) -> None:
        for box, children in placed:
            # What leads nowhere is no link.
            box.children = [child for child in children if child.link_annotation]
            for child in box.children:
                note = child.link_annotation
                if child.text:
                    # Otherwise it says where it leads.
                    note["Contents"] = pydyf.String(child.text)
                note["Rect"] = pydyf.Array(round(place, 2) for place in note["Rect"])
        # All pages are known: to list them anew for each structure element takes long.
        with patch("pydyf.PDF.page_references", pdf.page_references):
            add_tags(pdf, *others)
        tag_as_formulas(pdf)
        complete_tags(pdf)

    with (
        patch("weasyprint.formatting_structure.build.element_to_box", boxed),
        patch("weasyprint.layout.block.block_box_layout", laid_out),
        patch("weasyprint.draw.draw_replacedbox", draw),
        patch("weasyprint.draw.draw_stacking_context", draw_margins),
        patch("weasyprint.anchors.gather_anchors", gathered if places else gather),
        patch("weasyprint.pdf.tags._build_box_tree", elements),
        patch("weasyprint.pdf.add_tags", tagged),
    ):
        yield


def tag_as_formulas(pdf: Any) -> None:
    """Turn the structure elements of formulas, which WeasyPrint tags as figures, into formulas.

    Their places are given in points from the page's lower left corner (ISO 32000-2, 14.8.5.4.3).
    """
    for item in pdf.objects:
        if not isinstance(item, pydyf.Dictionary) or item.get("S") != "/Figure":
            continue
        said = item.get("Alt")
        if said is None or not isinstance(said.string, Spoken):
            continue
        item["S"] = "/Formula"
        _, low, _, high = pdf.objects[int(item["Pg"].split()[0])]["MediaBox"]
        top = low + high
        x1, y1, x2, y2 = (0.75 * place for place in item["A"]["BBox"])
        item["A"]["BBox"] = pydyf.Array((floor(x1), floor(top - y2), ceil(x2), ceil(top - y1)))


def complete_tags(pdf: Any) -> None:
    """Say the language of runs of text, which have no box, and that links are to be printed.

    The language is that of the element around (ISO 32000-2, 14.9.2); the flag is Print (12.5.3).
    """
    for item in pdf.objects:
        if not isinstance(item, pydyf.Dictionary):
            continue
        if item.get("S") == "/Span" and "Lang" not in item:
            around = pdf.objects[int(item["P"].split()[0])]
            if "Lang" in around:
                item["Lang"] = around["Lang"]
        elif item.get("Subtype") == "/Link":
            item["F"] = 4
