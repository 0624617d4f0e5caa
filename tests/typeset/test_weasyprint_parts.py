"""WeasyPrint's private parts are where `weasyprint_boxes` looks for them: these fail first."""

from __future__ import annotations

import ast
import inspect
from types import SimpleNamespace
from typing import Any

import pydyf
import pytest
import weasyprint
from weasyprint import css, draw, html, images, layout, pdf
from weasyprint.formatting_structure import boxes, build
from weasyprint.pdf import fonts, stream

from derive.typeset import weasyprint_boxes
from derive.typeset.embedding import EmbeddedFont
from derive.typeset.font import Font
from derive.typeset.weasyprint_boxes import DocumentFont, FormulaImage, Spoken
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


def read_of_a_font(function: Any) -> set[str]:
    """The attributes that a function reads of what it calls a font."""
    tree = ast.parse(inspect.getsource(function))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("font", "file_font")
    }


def test_document_font_has_all_that_is_asked_of_a_font() -> None:
    """Whatever the writing of fonts reads from a font, ours has, and `clean` is called alike."""
    read = read_of_a_font(fonts.build_fonts_dictionary)
    read |= read_of_a_font(fonts._build_vector_font_dictionary)
    assert {"hash", "name", "widths", "to_unicode", "bitmap", "file_content"} <= read
    whole = Font(MATH)
    font = DocumentFont(EmbeddedFont(whole, "Some Maths", {whole.glyph("x"): "x"}))
    # `upem` is only read where fonts are embedded whole.
    assert [one for one in sorted(read - {"upem"}) if not hasattr(font, one)] == []
    assert parameters(fonts.Font.clean) == parameters(DocumentFont.clean)


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
