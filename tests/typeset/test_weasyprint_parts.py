"""WeasyPrint's private parts are where `weasyprint_parts` looks for them: these fail first."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from pydoc import locate
from types import SimpleNamespace
from typing import Any

import pydyf
import pytest
import weasyprint
from weasyprint import anchors as page_anchors
from weasyprint import css, draw, images, layout, pdf
from weasyprint import document as page_document
from weasyprint.formatting_structure import boxes, build
from weasyprint.pdf import anchors, fonts, stream, tags

import derive
from derive.typeset import weasyprint_parts
from derive.typeset.box import Place
from derive.typeset.embedding import EmbeddedFont
from derive.typeset.font import Font
from derive.typeset.weasyprint_parts import DocumentFont, FormulaImage, PlaceBox, Spoken
from tests.typeset.fonts import MATH

PRIVATE = {
    "pydyf.PDF.page_references",
    "weasyprint.anchors.gather_anchors",
    "weasyprint.draw.draw_replacedbox",
    "weasyprint.draw.draw_stacking_context",
    "weasyprint.formatting_structure.boxes.BlockReplacedBox",
    "weasyprint.formatting_structure.boxes.Box",
    "weasyprint.formatting_structure.boxes.InlineReplacedBox",
    "weasyprint.formatting_structure.boxes.MarginBox",
    "weasyprint.formatting_structure.build.element_to_box",
    "weasyprint.layout.block.block_box_layout",
    "weasyprint.pdf.add_tags",
    "weasyprint.pdf.fonts.Font",
    "weasyprint.pdf.tags._build_box_tree",
}
"""All that is touched by its name."""
OF_OBJECTS = {
    "box": {"children", "content_box_x", "content_box_y", "element", "element_tag"}
    | {"continues", "position_y", "replacement", "style", "width"},
    "child": {"link_annotation", "text"},
    "stream": {"_current_alpha", "_current_color", "_fonts", "_resources", "_tags"}
    | {"begin_marked_content", "end_marked_content", "set_color", "stream"},
    "style": {"anonymous_style", "copy"},
    "pdf": {"objects", "page_references"},
    "said": {"string"},
    "context": {"box", "page_bottom"},
}
"""What is asked of the objects that WeasyPrint hands over."""
PUBLIC = {
    "weasyprint.CSS", "weasyprint.HTML",
    "weasyprint.urls.URLFetcher", "weasyprint.urls.URLFetcherResponse",
    "pydyf.Array", "pydyf.Dictionary", "pydyf.Stream", "pydyf.String",
}  # fmt: skip
"""What the documentation of WeasyPrint and pydyf offers, as far as it is used."""
INSIDE = r"(?:weasyprint|pydyf)(?:\.\w+)+"
PACKAGE = Path(derive.__file__).parent
PARTS = Path(weasyprint_parts.__file__)


def named(tree: ast.AST) -> Iterator[str]:
    """Every name of WeasyPrint's or pydyf's in a module, in full."""
    known = {"weasyprint": "weasyprint", "pydyf": "pydyf"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in known:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                known[name.asname or name.name] = whole
                if not inspect.ismodule(locate(whole)):
                    yield whole
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name in ("weasyprint", "pydyf"):
                    known[name.asname or name.name] = name.name
                elif re.match(INSIDE, name.name):
                    yield name.name
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in inner:
            first, *rest = ast.unparse(node).split(".")
            if first in known and all(part.isidentifier() for part in rest):
                yield ".".join((known[first], *rest))
        elif isinstance(node, ast.Constant) and re.fullmatch(INSIDE, str(node.value)):
            yield str(node.value)


def test_all_that_is_touched_is_listed() -> None:
    """The one module names no part, and asks nothing of an object, but those listed above."""
    tree = ast.parse(PARTS.read_text("utf-8"))
    assert set(named(tree)) - PUBLIC == PRIVATE
    for name, known in OF_OBJECTS.items():
        assert read_of(tree, name) == known, name


@pytest.mark.parametrize("name", sorted(PRIVATE | PUBLIC))
def test_what_is_touched_is_there(name: str) -> None:
    """WeasyPrint and pydyf have it under that name."""
    assert locate(name) is not None, f"{name} is gone: weasyprint_parts and its like need it"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_else_touches_private_parts(path: Path) -> None:
    """All other modules name what WeasyPrint and pydyf document, and read no `other._name`."""
    if path == PARTS:
        return
    tree = ast.parse(path.read_text("utf-8"))
    found = set(named(tree))
    assert found <= PUBLIC
    if found:
        private = {
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr)
        }
        assert {one for one in private if not one.startswith("self.")} == set()


def read_of(tree: ast.AST, *names: str) -> set[str]:
    """The attributes that are read of what is called by one of the names."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    }


def source_of(function: Any) -> ast.AST:
    """A function's source as a tree."""
    return ast.parse(inspect.getsource(function))


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def test_version_is_the_one_that_is_known() -> None:
    """The private parts are those of WeasyPrint 70.0."""
    assert weasyprint.__version__.split(".")[:2] == ["70", "0"]


@pytest.mark.parametrize("image", [images.SVGImage, images.RasterImage])
def test_formula_has_its_size_as_an_image_has(image: type) -> None:
    """What WeasyPrint asks of an image before it draws one, a formula answers."""
    theirs = parameters(image.get_intrinsic_size)
    assert len(theirs) == len(parameters(FormulaImage.get_intrinsic_size))
    for name, known in zip(theirs[1:], ("resolution", "font_size"), strict=True):
        assert name.endswith(known)


def test_elements_become_boxes_one_by_one() -> None:
    """`element_to_box` calls itself by its name, and gives a list of boxes of a style."""
    assert parameters(build.element_to_box)[:2] == ["element", "style_for"]
    source = inspect.getsource(build.element_to_box)
    assert "child_boxes = element_to_box(" in source
    assert "box.first_letter_style = style_for(" in source
    for kind in (boxes.BlockReplacedBox, boxes.InlineReplacedBox):
        assert parameters(kind) == ["element_tag", "style", "element", "replacement"]
        assert {
            *vars(kind("img", {}, None, None)),
            *dir(kind),
            "width",
            "position_y",
            "continues",
        } >= OF_OBJECTS["box"]


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
    assert set(dir(pydyf.PDF())) >= OF_OBJECTS["pdf"]


def test_stream_keeps_fonts_and_what_state_it_is_in() -> None:
    """A stream has the document's fonts and resources, and the colour that text goes on in."""
    source = inspect.getsource(stream.Stream.__init__)
    for known in ("_fonts = fonts", "_resources = resources", "_current_color", "_current_alpha"):
        assert f"self.{known}" in source, known
    assert parameters(stream.Stream.set_color) == ["self", "color", "stroke"]
    assert "'XObject': pydyf.Dictionary()" in inspect.getsource(pdf.generate_pdf)
    # A form's own resources are completed with the fonts.
    assert "resources['Font'] = fonts" in inspect.getsource(pdf._reference_resources)


def test_document_font_has_all_that_is_asked_of_a_font() -> None:
    """Whatever the writing of fonts reads from a font, ours has, and `clean` is called alike."""
    asked = ("font", "file_font")
    read = read_of(source_of(fonts.build_fonts_dictionary), *asked)
    read |= read_of(source_of(fonts._build_vector_font_dictionary), *asked)
    assert {"hash", "name", "widths", "to_unicode", "bitmap", "file_content"} <= read
    whole = Font(MATH)
    font = DocumentFont(EmbeddedFont(whole, "Some Maths", {whole.glyph("x"): "x"}))
    # `upem` is only read where fonts are embedded whole.
    assert [one for one in sorted(read - {"upem"}) if not hasattr(font, one)] == []
    assert parameters(fonts.Font.clean) == parameters(DocumentFont.clean)


def test_links_are_gathered_box_by_box() -> None:
    """`gather_anchors` is told the page's box, and calls itself by its name for each child."""
    assert "gather_anchors(page_box, self." in inspect.getsource(page_document.Page.__init__)
    assert parameters(page_anchors.gather_anchors)[0] == "box"
    source = inspect.getsource(page_anchors.gather_anchors)
    assert "for child in box.all_children():\n        gather_anchors(\n            child," in source
    assert "all_children" not in boxes.ReplacedBox.__dict__


def test_place_within_a_formula_is_a_box_with_a_link() -> None:
    """Of its style, whatever is asked is there; its link becomes an annotation, and is tagged."""
    place = PlaceBox(None, Place(1.0, 0.7, "#a%20b", "here", "0.3775"), (105, 205, 10, 7))
    source = inspect.getsource(page_anchors.gather_anchors)
    asked = set(re.findall(r"box\.style\['(\w+)'\]", source))
    asked |= set(re.findall(r"self\.style\['(\w+)'\]", inspect.getsource(boxes.Box.is_input)))
    assert {"anchor", "transform"} <= asked
    # A place is not transformed but by what is around it.
    assert asked - {"transform_origin"} <= set(place.style)
    found: tuple[Any, ...] = ({}, [], [], {None: []})
    page_anchors.gather_anchors(place, *found)
    assert found[0] == {"here": (105, 205, 115, 212)}
    ((kind, target, area, box),) = found[1]
    assert (kind, target, area, box) == ("internal", "a b", (105, 205, 115, 212), place)
    assert found[2:] == ([], {None: []})
    source = inspect.getsource(anchors.add_links)
    for known in ("box.link_annotation = pydyf.Dictionary({", "'Rect':", "['Contents']"):
        assert known in source
    asked = read_of(source_of(tags._build_box_tree), "box")
    assert asked >= {"link_annotation", "children", "element_tag"}
    assert "for child in box.children:" in inspect.getsource(tags._build_box_tree)
    assert tags._get_pdf_tag(place.element_tag) == "Link"


def test_blocks_are_laid_out_by_name() -> None:
    """`block_box_layout` is told the room below and where to go on, and breaks as styles say."""
    assert parameters(layout.block.block_box_layout)[:4] == [
        "context", "box", "bottom_space", "skip_stack",
    ]  # fmt: skip
    source = inspect.getsource(layout.block.block_level_layout_switch)
    assert "return block_box_layout(" in source
    source = inspect.getsource(layout.block.block_container_layout)
    assert "avoid_page_break(box.style['break_inside'], context)" in source


def test_margins_are_drawn_by_name_from_a_context_of_their_own() -> None:
    """`draw_stacking_context` is told the stream and a context, whose box a margin's may be."""
    assert parameters(draw.draw_stacking_context) == ["stream", "stacking_context"]
    source = inspect.getsource(draw.draw_stacking_context)
    assert "draw_stacking_context(stream, child_context)" in source
    assert "box = stacking_context.box" in source
    source = inspect.getsource(stream.Stream)
    assert "self._tags = tags" in source
    for function in (stream.Stream.marked, stream.Stream.artifact):
        # Without tags nothing is marked.
        assert "if self._tags is not None:" in inspect.getsource(function)
    assert parameters(stream.Stream.begin_marked_content) == ["self", "tag", "property_list"]


def test_structure_elements_are_made_box_by_box() -> None:
    """`_build_box_tree` is told box and parent, calls itself by its name, and yields elements."""
    assert parameters(tags._build_box_tree)[:2] == ["box", "parent"]
    for function in (tags.add_tags, tags._build_box_tree):
        assert "_build_box_tree(\n" in inspect.getsource(function)
    source = inspect.getsource(tags._build_box_tree)
    assert "element['A'] = pydyf.Dictionary({'O': '/Table'})" in source
    assert source.rstrip().endswith("yield element")
    assert css.ComputedStyle(None, {}, None, None, None, None, {}).anonymous_style["lang"] is None


def test_what_has_no_box_is_completed() -> None:
    """Text is in the language around it, and a link is printed."""
    around = pydyf.Dictionary({"S": "/P", "Lang": pydyf.String("en")})
    text = pydyf.Dictionary({"S": "/Span", "P": b"0 0 R"})
    link = pydyf.Dictionary({"Subtype": "/Link"})
    weasyprint_parts.complete_tags(SimpleNamespace(objects=[around, text, link]))
    assert text["Lang"].string == "en"
    assert link["F"] == 4


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
    weasyprint_parts.tag_as_formulas(SimpleNamespace(objects=[page, formula, other]))
    assert (formula["S"], other["S"]) == ("/Formula", "/Figure")
    assert list(formula["A"]["BBox"]) == [7, 767, 24, 785]
