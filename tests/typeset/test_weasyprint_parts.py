"""WeasyPrint's private parts are where `weasyprint_boxes` looks for them: these fail first."""

from __future__ import annotations

import ast
import inspect
import re
from types import SimpleNamespace
from typing import Any

import pydyf
import pytest
import weasyprint
from weasyprint import anchors as page_anchors
from weasyprint import css, draw, html, images, layout, pdf
from weasyprint import document as page_document
from weasyprint.formatting_structure import boxes, build
from weasyprint.pdf import anchors, fonts, stream, tags

from derive.typeset import weasyprint_boxes
from derive.typeset.box import Box, Place
from derive.typeset.embedding import EmbeddedFont
from derive.typeset.font import Font
from derive.typeset.weasyprint_boxes import DocumentFont, FormulaImage, PlaceBox, Spoken
from tests.typeset.fonts import MATH


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def test_version_is_the_one_that_is_known() -> None:
    """The private parts are those of WeasyPrint 70.0."""
    assert weasyprint.__version__.split(".")[:2] == ["70", "0"]


def test_handlers_of_elements() -> None:
    """`img` has a handler that is told the element, its box, how to get an image, and a base."""
    asked = ["element", "box", "get_image_from_uri", "base_url"]
    assert parameters(html.HTML_HANDLERS["img"]) == asked
    assert parameters(html.make_replaced_box) == ["element", "box", "image"]


@pytest.mark.parametrize("method", ["get_intrinsic_size", "draw"])
@pytest.mark.parametrize("image", [images.SVGImage, images.RasterImage])
def test_formula_is_drawn_as_an_image_is(image: type, method: str) -> None:
    """What WeasyPrint asks of an image, a formula answers, with as many arguments in order."""
    theirs = parameters(getattr(image, method))
    assert len(parameters(getattr(FormulaImage, method))) == len(theirs)
    order = {"get_intrinsic_size": "resolution font_size", "draw": "stream width height style"}
    for name, known in zip(theirs[1:], order[method].split(), strict=True):
        assert name.endswith(known)


def test_elements_become_boxes_one_by_one() -> None:
    """`element_to_box` calls itself by its name, and gives a list of boxes of a style."""
    assert parameters(build.element_to_box)[:2] == ["element", "style_for"]
    source = inspect.getsource(build.element_to_box)
    assert "child_boxes = element_to_box(" in source
    assert "box.first_letter_style = style_for(" in source
    for kind in (boxes.BlockReplacedBox, boxes.InlineReplacedBox):
        assert parameters(kind) == ["element_tag", "style", "element", "replacement"]


def test_styles_without_an_element_can_be_copied_and_set() -> None:
    """A style has an anonymous one, whose copy takes properties of its own."""
    style = css.ComputedStyle(None, {}, None, None, None, None, {}).anonymous_style.copy()
    assert style["display"] == ("inline", "flow")
    assert style["overflow"] == "visible"
    style["vertical_align"] = -2.5
    assert style["vertical_align"] == -2.5


def test_replaced_boxes_are_drawn_by_name() -> None:
    """`draw_replacedbox` is looked up where it is called, and draws nothing but the image."""
    assert parameters(draw.draw_replacedbox) == ["stream", "box"]
    for function in (draw.draw_inline_level, draw.draw_block_level):
        assert "draw_replacedbox(stream, b" in inspect.getsource(function)


def test_structure_tree_is_built_by_name_when_all_pages_are_known() -> None:
    """`add_tags` is called once with the PDF first, and asks it for its pages' references."""
    assert parameters(pdf.add_tags)[0] == "pdf"
    assert "add_tags(pdf, document, options['pdf_version'], page_streams)" in inspect.getsource(
        pdf.generate_pdf
    )
    assert isinstance(pydyf.PDF.page_references, property)


def test_stream_keeps_fonts_and_what_state_it_is_in() -> None:
    """A stream has the document's fonts and resources, and the colour that text goes on in."""
    source = inspect.getsource(stream.Stream.__init__)
    for known in ("_fonts = fonts", "_resources = resources", "_current_color", "_current_alpha"):
        assert f"self.{known}" in source, known
    assert parameters(stream.Stream.set_color) == ["self", "color", "stroke"]
    assert "'XObject': pydyf.Dictionary()" in inspect.getsource(pdf.generate_pdf)
    # A form's own resources are completed with the fonts.
    assert "resources['Font'] = fonts" in inspect.getsource(pdf._reference_resources)


def read_of(function: Any, *names: str) -> set[str]:
    """The attributes that a function reads of what it calls by one of the names."""
    tree = ast.parse(inspect.getsource(function))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    }


def test_document_font_has_all_that_is_asked_of_a_font() -> None:
    """Whatever the writing of fonts reads from a font, ours has, and `clean` is called alike."""
    asked = ("font", "file_font")
    read = read_of(fonts.build_fonts_dictionary, *asked)
    read |= read_of(fonts._build_vector_font_dictionary, *asked)
    assert {"hash", "name", "widths", "to_unicode", "bitmap", "file_content"} <= read
    whole = Font(MATH)
    font = DocumentFont(EmbeddedFont(whole, "Some Maths", {whole.glyph("x"): "x"}))
    # `upem` is only read where fonts are embedded whole.
    assert [one for one in sorted(read - {"upem"}) if not hasattr(font, one)] == []
    assert parameters(fonts.Font.clean) == parameters(DocumentFont.clean)


def test_links_are_gathered_by_name_once_a_page() -> None:
    """`gather_anchors` is told the page's box, and asks each box for its children."""
    assert "gather_anchors(page_box, self." in inspect.getsource(page_document.Page.__init__)
    assert page_document.gather_anchors is page_anchors.gather_anchors
    assert "for child in box.all_children():" in inspect.getsource(page_anchors.gather_anchors)
    assert "all_children" not in boxes.ReplacedBox.__dict__


def test_place_within_a_formula_is_a_box_with_a_link() -> None:
    """Of its style, whatever is asked is there; its link becomes an annotation, and is tagged."""
    style = {"font_size": 16.0}
    formula = boxes.InlineReplacedBox("img", style, None, SimpleNamespace(box=Box(2.0, 1.0, 0.5)))
    formula.width, formula.position_x, formula.position_y = 20.0, 100.0, 200.0
    for kind in ("margin", "padding"):
        setattr(formula, f"{kind}_left", 0.0)
        setattr(formula, f"{kind}_top", 0.0)
    formula.border_left_width = formula.border_top_width = 0.0
    place = PlaceBox(formula, 0.5, -0.2, Place(1.0, 0.7, "#a%20b", "here", "0.3775"))
    source = inspect.getsource(page_anchors.gather_anchors)
    asked = set(re.findall(r"box\.style\['(\w+)'\]", source))
    asked |= set(re.findall(r"self\.style\['(\w+)'\]", inspect.getsource(boxes.Box.is_input)))
    assert {"anchor", "transform"} <= asked
    # A place is not transformed but by what is around it.
    assert asked - {"transform_origin"} <= set(place.style)
    found: tuple[Any, ...] = ({}, [], [], {None: []})
    page_anchors.gather_anchors(place, *found)
    assert found[0] == {"here": pytest.approx((105, 205, 115, 212))}
    ((kind, target, area, box),) = found[1]
    assert (kind, target, box) == ("internal", "a b", place)
    assert area == pytest.approx((105, 205, 115, 212))
    assert found[2:] == ([], {None: []})
    source = inspect.getsource(anchors.add_links)
    for known in ("box.link_annotation = pydyf.Dictionary({", "'Rect':", "['Contents']"):
        assert known in source
    source = inspect.getsource(tags._build_box_tree)
    assert read_of(tags._build_box_tree, "box") >= {"link_annotation", "children", "element_tag"}
    assert "for child in box.children:" in source
    assert tags._get_pdf_tag(place.element_tag) == "Link"


def test_margin_boxes_are_made_from_a_state_with_counters() -> None:
    """Pages are numbered through `make_margin_boxes`, whose state holds the counters second."""
    assert parameters(layout.make_margin_boxes) == ["context", "page", "state"]
    assert "make_margin_boxes(context, page, state)" in inspect.getsource(layout)


def test_structure_elements_are_dictionaries() -> None:
    """A figure's structure element becomes a formula's, and its place is told in points."""
    page = pydyf.Dictionary({"MediaBox": pydyf.Array((0, 0, 600, 800))})
    formula, other = (
        pydyf.Dictionary({
            "S": "/Figure", "Alt": pydyf.String(spoken), "Pg": b"0 0 R",
            "A": pydyf.Dictionary({"BBox": pydyf.Array((10, 20, 31, 44))}),
        })
        for spoken in (Spoken("x squared"), "x squared")
    )  # fmt: skip
    weasyprint_boxes.tag_as_formulas(SimpleNamespace(objects=[page, formula, other]))
    assert (formula["S"], other["S"]) == ("/Formula", "/Figure")
    assert list(formula["A"]["BBox"]) == [7, 767, 24, 785]
