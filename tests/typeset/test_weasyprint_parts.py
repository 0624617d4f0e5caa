"""WeasyPrint's private parts are where `weasyprint_boxes` looks for them: these fail first."""

from __future__ import annotations

import ast
import inspect
from types import SimpleNamespace
from typing import Any

import pydyf
import pytest
import weasyprint
from weasyprint import html, images, layout
from weasyprint.pdf import fonts, stream

from derive.typeset import weasyprint_boxes
from derive.typeset.font import Font
from derive.typeset.weasyprint_boxes import DocumentFont, FormulaImage
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


def test_stream_keeps_fonts_by_key() -> None:
    """A stream has the document's fonts under `_fonts`, and takes text as it is sent."""
    assert "self._fonts = fonts" in inspect.getsource(stream.Stream.__init__)
    for method, expected in {
        "set_color": ["self", "color", "stroke"],
        "set_font_size": ["self", "font", "size"],
        "set_text_matrix": ["self", "a", "b", "c", "d", "e", "f"],
        "begin_text": ["self"],
        "end_text": ["self"],
        "rectangle": ["self", "x", "y", "width", "height"],
    }.items():
        assert parameters(getattr(stream.Stream, method)) == expected, method


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
    font = DocumentFont(Font(MATH), "Some Maths")
    # `upem` is only read where fonts are embedded whole.
    assert [one for one in sorted(read - {"upem"}) if not hasattr(font, one)] == []
    assert parameters(fonts.Font.clean) == parameters(DocumentFont.clean)


def test_margin_boxes_are_made_from_a_state_with_counters() -> None:
    """Pages are numbered through `make_margin_boxes`, whose state holds the counters second."""
    assert parameters(layout.make_margin_boxes) == ["context", "page", "state"]
    assert "make_margin_boxes(context, page, state)" in inspect.getsource(layout)


def test_structure_elements_are_dictionaries() -> None:
    """A figure's structure element becomes a formula's by its alternative text."""
    figure = pydyf.Dictionary({"S": "/Figure", "Alt": pydyf.String("x squared")})
    other = pydyf.Dictionary({"S": "/Figure", "Alt": pydyf.String("a drawing")})
    weasyprint_boxes.tag_as_formulas(SimpleNamespace(objects=[figure, other]), {"x squared"})
    assert (figure["S"], other["S"]) == ("/Formula", "/Figure")
