"""The one module that touches WeasyPrint's private parts.

They are: `formatting_structure.build.element_to_box` and `html.HTML_HANDLERS` (an element becomes
a box), `AnonymousStyle` (the style of a box without an element), `draw.draw_replacedbox` (a box
draws itself), what a `Stream` knows of its state, `pdf.fonts.Font` (a document's font),
`pdf.add_tags` and `pydyf.PDF.page_references` (the structure tree), `document.gather_anchors` and
what it and `add_tags` ask of a box (links), and `layout.make_margin_boxes` (pages of a part
numbered as those of the whole), all of WeasyPrint 70.
A test fails first when one of them moves.

A formula costs what WeasyPrint does for an element: parsing, matching every selector, a style of
its own and six of its pseudo-elements. So it is no element while that goes on, but a mark in the
text. Marks become elements when boxes are made, with the style of the text around them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from hashlib import md5
from math import ceil, floor
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import pydyf
from tinycss2.color5 import parse_color
from weasyprint import document as weasyprint_document
from weasyprint import draw as weasyprint_draw
from weasyprint import html as weasyprint_html
from weasyprint import layout as weasyprint_layout
from weasyprint import pdf as weasyprint_pdf
from weasyprint.formatting_structure import boxes, build
from weasyprint.pdf import fonts as weasyprint_fonts
from weasyprint.urls import iri_to_uri

from derive.typeset.box import Box, Place
from derive.typeset.content import UNIT, Content, content, number
from derive.typeset.embedding import EmbeddedFont, embedded
from derive.typeset.font import Font
from derive.typeset.parallel import ELSEWHERE

ATTRIBUTE = "data-formula"
"""On an `img` element: which of the document's formulas stands there."""
_MARK = re.compile("\ufdd0(\\d+)\ufdd1")
FORM_USES, FORM_BYTES = 3, 100
"""A formula that stands this often in a document, and takes as many bytes, is written once."""
_PLACED = f"{UNIT} 0 0 -{UNIT}"
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Around the number of a formula in text; no document has these, they are no characters."""
_OUTSIDE = re.compile(f"https?:|mailto:|{ELSEWHERE}#", re.IGNORECASE)
"""Where a formula may lead, beside places of its own document."""
_LIKE_MARKS = re.compile(r"[\ufdd0\ufdd1]|&#(?:x0*fdd[01]|0*6497[67])(?![0-9a-f]);?", re.IGNORECASE)


class Spoken(str):
    """What is said instead of a formula; by its type a formula's structure element is known."""

    __slots__ = ()


class DocumentFont(weasyprint_fonts.Font):  # type: ignore[misc]
    """A font of the PDF that Pango does not know, cut down before anything is drawn."""

    def __init__(self, font: EmbeddedFont) -> None:
        digest = md5(font.data, usedforsecurity=False).digest()
        self.hash = "".join(chr(65 + byte % 26) for byte in digest[:6])
        self.name = f"/{self.hash}+{font.family.replace(' ', '-')}".encode()
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


class Drawing:
    """What a document's formulas share: their fonts, and what was drawn before."""

    def __init__(
        self, drawn: Sequence[Box], fonts: Sequence[Font], families: Sequence[str]
    ) -> None:
        self.embedded = embedded({id(box): box for box in drawn}.values(), fonts, families)
        self.fonts = [DocumentFont(one) if one else None for one in self.embedded]
        self.names = [one.hash if one else "" for one in self.fonts]
        self.uses = Counter(map(id, drawn))
        self._contents: dict[tuple[int, float], Content] = {}
        self._forms: dict[tuple[int, float, int], str | None] = {}
        self._places: dict[int, list[tuple[float, float, Place]]] = {}

    def content(self, box: Box, size: float) -> Content:
        """What draws a box at a size; the same is made once."""
        key = (id(box), size)
        found = self._contents.get(key)
        if found is None:
            found = self._contents[key] = content(box, size, self.embedded, self.names)
        return found

    def places(self, box: Box) -> list[tuple[float, float, Place]]:
        """What within a box leads elsewhere, or is led to."""
        found = self._places.get(id(box))
        if found is None:
            found = self._places[id(box)] = [
                (x, y, item) for x, y, item in box.flat() if isinstance(item, Place)
            ]
        return found

    def form(self, stream: Any, box: Box, size: float) -> str | None:
        """The name of the form XObject that draws a box at a size, where one pays."""
        key = (id(box), size, id(stream._resources))
        if self.uses[id(box)] < FORM_USES:
            return None
        if key not in self._forms:
            operators = self.content(box, size).alone()
            if operators is None or len(operators) < FORM_BYTES:
                self._forms[key] = None
                return None
            name = self._forms[key] = f"formula{len(self._forms)}"
            em = ceil(size / UNIT)
            extent = ceil(box.width * em), ceil((box.height + box.depth) * em)
            # Ink may reach beyond the box, and a form is clipped.
            place = pydyf.Array((-em, -extent[1] - em, extent[0] + em, em))
            extra = pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Form", "BBox": place})
            # WeasyPrint fills in the fonts of the document.
            extra["Resources"] = pydyf.Dictionary({"Font": None})
            stream._resources["XObject"][name] = pydyf.Stream(
                [operators], extra, compress=stream.compress
            )
        return self._forms[key]

    def join(self, known: dict[Any, Any]) -> None:
        """Be among the fonts of the document."""
        for font in self.fonts:
            if font:
                known["formula", font.hash] = font


class FormulaImage:
    """A formula, or a line of one, as WeasyPrint sees an image.

    Attributes:
        box: what is drawn.
        spoken: what is said instead.
        display: whether it is a block; otherwise it stands on the baseline of a line.
        scale: how much it is scaled down.
        drawing: set when all formulas of the document are known.
    """

    drawing: Drawing

    def __init__(self, box: Box, spoken: str, *, display: bool, scale: float = 1.0) -> None:
        self.box = box
        self.spoken = Spoken(spoken)
        self.display = display
        self.scale = scale

    def place(self, style: Any) -> Any:
        """The style of its place, made from that of the text around: CSS is not asked."""
        found = style.anonymous_style.copy()
        if self.display:
            found["display"] = ("block", "flow")
        else:
            found["vertical_align"] = -self.box.depth * self.scale * style["font_size"]
        return found

    def boxed(self, element: Any, style: Any) -> Any:
        """The box of an element in text of a style."""
        kind = boxes.BlockReplacedBox if self.display else boxes.InlineReplacedBox
        return kind(element.tag, self.place(style), element, self)

    def get_intrinsic_size(self, _resolution: float, font_size: float) -> tuple[float, float, None]:
        """Width and height in px at the font size of the place."""
        size = font_size * self.scale
        return self.box.width * size, (self.box.height + self.box.depth) * size, None

    def draw(self, stream: Any, width: float, _height: float, style: Any) -> None:
        """Draw at the origin."""
        self.draw_at(stream, 0.0, 0.0, width, style)

    def draw_at(self, stream: Any, x: float, y: float, width: float, style: Any) -> None:
        """Draw rules, then glyphs as text, with the upper left corner at (x, y)."""
        size = width / self.box.width if self.box.width else style["font_size"] * self.scale
        ink = style["color"]
        out = stream.stream
        self.drawing.join(stream._fonts)
        form = self.drawing.form(stream, self.box, size)
        if form:
            stream.set_color(ink)
            out.append(f"q\n{_PLACED} {number(x)} {number(y)} cm\n/{form} Do\nQ".encode())
            return
        found = self.drawing.content(self.box, size)
        state = None
        if found.shapes:
            # Within it all lengths are the formula's own, wherever it stands.
            stream.set_color(ink)
            state = stream._current_color, stream._current_alpha
            out.append(f"q\n{_PLACED} {number(x)} {number(y)} cm".encode())
            for color, operators in found.shapes:
                stream.set_color(_color(color, ink))
                out.append(operators)
        if found.text:
            if state:
                at = f"{found.x} {found.y} Td"
            else:
                x, y = x + found.x * UNIT, y - found.y * UNIT
                at = f"{_PLACED} {number(x)} {number(y)} Tm"
            start = b"BT\n" + found.font + b"\n" + at.encode() + b"\n"
            for color, operators in found.text:
                stream.set_color(_color(color, ink))
                out.append(start + operators)
                start = b""
            # In one piece with the operators: a stream goes on with text that ends alone.
            out[-1] += b"\nET"
        if state:
            out.append(b"Q")
            stream._current_color, stream._current_alpha = state


class PlaceBox(boxes.Box):  # type: ignore[misc]
    """What an element of a formula covers, as WeasyPrint sees a box with a link or an anchor."""

    def __init__(self, formula: Any, x: float, y: float, place: Place) -> None:
        style = {
            "anchor": place.anchor, "appearance": "none", "bookmark_level": "none",
            "bookmark_state": "open", "transform": (),
        }  # fmt: skip
        super().__init__("a", style, formula.element)
        image = formula.replacement
        em = formula.width / image.box.width if image.box.width else 0.0
        self.area = (
            formula.content_box_x() + x * em,
            formula.content_box_y() + (image.box.height - y - place.height) * em,
            place.width * em,
            place.height * em,
        )
        self.text = place.text
        if place.href[:1] == "#" and place.href != "#":
            self.link = "url", ("internal", unquote(place.href[1:]))
        elif _OUTSIDE.match(place.href):
            self.link = "url", ("external", iri_to_uri(place.href))

    def hit_area(self) -> tuple[float, float, float, float]:
        """Left, top, width and height on the page, in px."""
        return self.area


@cache
def _parsed(text: str) -> Any:
    return parse_color(text)


def _color(text: str | None, ink: Any) -> Any:
    parsed = _parsed(text) if text else None
    return ink if parsed is None or isinstance(parsed, str) else parsed


def mark(which: int) -> str:
    """What stands in a document's text for the formula of a number."""
    return f"{_OPEN}{which}{_CLOSE}"


def unmarked(html: str) -> str:
    """A document without anything that looks like a mark, or that a parser takes for one."""
    return _LIKE_MARKS.sub("\ufffd", html)


class _Planting:
    """Marks in a document's tree become elements, when its styles are known."""

    def __init__(self, images: Sequence[FormulaImage]) -> None:
        self.images = images
        self.planted: dict[Any, tuple[FormulaImage, Any]] = {}
        self.done = False

    def plant(self, root: Any) -> None:
        """Turn every mark below an element into an element."""
        self.done = True
        for parent in list(root.iter()):
            if parent.text and _OPEN in parent.text:
                parent.text = self._parted(parent, 0, parent.text)
            n = 0
            while n < len(parent):
                child = parent[n]
                n += 1
                if child.tail and _OPEN in child.tail:
                    before = len(parent)
                    child.tail = self._parted(parent, n, child.tail)
                    n += len(parent) - before

    def _parted(self, parent: Any, at: int, text: str) -> str:
        """Put the formulas of a text among the parent's children; what comes before the first."""
        first, *pieces = _MARK.split(text)
        if not isinstance(parent.tag, str) or parent.tag in _TEXT_ONLY or parent.tag[:1] == "{":
            words = [self.images[int(which)].spoken for which in pieces[::2]]
            return first + "".join(f"{a}{b}" for a, b in zip(words, pieces[1::2], strict=True))
        for n, (which, tail) in enumerate(zip(pieces[::2], pieces[1::2], strict=True)):
            image = self.images[int(which)]
            element = Element("img", alt=image.spoken)
            element.tail = tail
            parent.insert(at + n, element)
            self.planted[element] = image, parent
        return first


_TEXT_ONLY = frozenset(("title", "style", "script", "textarea", "option"))
"""Elements that hold no others."""


class _Numbered(pydyf.PDF):  # type: ignore[misc]
    """A PDF whose pages are all known: to list them anew for each structure element takes long."""

    @property
    def page_references(self) -> Any:
        """The references of all pages."""
        found = self.__dict__.get("_references")
        if found is None:
            found = self.__dict__["_references"] = super().page_references
        return found


@contextmanager
def formulas(
    images: Sequence[FormulaImage],
    fonts: Sequence[Font],
    families: Sequence[str],
    *,
    places: bool = False,
) -> Iterator[None]:
    """While this lasts, marks and `<img data-formula="N">` draw the N-th of `images`.

    Args:
        images: the formulas of a document.
        fonts: the fonts that their glyphs are of.
        families: and under which names those are embedded.
        places: whether anything within the formulas leads elsewhere, or is led to.
    """
    planting = _Planting(images)
    shared = Drawing([image.box for image in images], fonts, families)
    for image in images:
        image.drawing = shared
    handle_img, to_box = weasyprint_html.HTML_HANDLERS["img"], build.element_to_box
    draw_box, add_tags = weasyprint_draw.draw_replacedbox, weasyprint_pdf.add_tags
    gather = weasyprint_document.gather_anchors
    placed: list[tuple[Any, list[Any]]] = []

    def handle(element: Any, box: Any, get_image: Any, base_url: Any) -> Any:
        which = element.get(ATTRIBUTE, "")
        if not (which.isdecimal() and int(which) < len(images)):
            return handle_img(element, box, get_image, base_url)
        image = images[int(which)]
        element.set("alt", image.spoken)
        # Elements that are styled alike share one style.
        box.style = box.style.copy()
        box.style.update(
            # What is clipped is painted, and read, after all the text of the page.
            overflow="visible",
            display=("block", "flow") if image.display else box.style["display"],
        )
        if not image.display:
            box.style["vertical_align"] = image.place(box.style)["vertical_align"]
        return [weasyprint_html.make_replaced_box(element, box, image)]

    def boxed(element: Any, style_for: Any, *others: Any, **named: Any) -> Any:
        if not planting.done:
            planting.plant(element)
        found = planting.planted.get(element)
        if found is None:
            return to_box(element, style_for, *others, **named)
        image, parent = found
        return [image.boxed(element, style_for(parent))]

    def draw(stream: Any, box: Any) -> None:
        image = box.replacement
        if not isinstance(image, FormulaImage):
            draw_box(stream, box)
        elif box.style["visibility"] == "visible":
            image.draw_at(stream, box.content_box_x(), box.content_box_y(), box.width, box.style)

    def gathered(page: Any, *others: Any) -> None:
        waiting, here = [page], []
        while waiting:
            box = waiting.pop()
            image = getattr(box, "replacement", None)
            if not isinstance(image, FormulaImage):
                waiting.extend(box.all_children())
            elif shared.places(image.box):
                box.children = [PlaceBox(box, *found) for found in shared.places(image.box)]
                here.append((box, box.children))
        gather(page, *others)
        # To what draws, a formula has no children.
        for box, _ in here:
            box.children = []
        placed.extend(here)

    def tagged(pdf: Any, *others: Any) -> None:
        pdf.__class__ = _Numbered
        for box, children in placed:
            # What leads nowhere is no link.
            box.children = [one for one in children if one.link_annotation]
            for one in box.children:
                note = one.link_annotation
                if one.text:
                    # Otherwise it says where it leads.
                    note["Contents"] = pydyf.String(one.text)
                note["Rect"] = pydyf.Array(round(place, 2) for place in note["Rect"])
        add_tags(pdf, *others)
        tag_as_formulas(pdf)

    with ExitStack() as stack:
        stack.enter_context(patch.dict(weasyprint_html.HTML_HANDLERS, img=handle))
        stack.enter_context(patch.object(build, "element_to_box", boxed))
        stack.enter_context(patch.object(weasyprint_draw, "draw_replacedbox", draw))
        stack.enter_context(patch.object(weasyprint_pdf, "add_tags", tagged))
        if places:
            stack.enter_context(patch.object(weasyprint_document, "gather_anchors", gathered))
        yield


def tag_as_formulas(pdf: Any) -> None:
    """Turn the structure elements of formulas, which WeasyPrint tags as figures, into formulas.

    Their places are given in points from the page's lower left corner (ISO 32000-2, 14.8.5.4.3).
    """
    tops: dict[bytes, float] = {}
    for item in pdf.objects:
        if not isinstance(item, pydyf.Dictionary) or item.get("S") != "/Figure":
            continue
        alternative = item.get("Alt")
        if alternative is None or not isinstance(alternative.string, Spoken):
            continue
        item["S"] = "/Formula"
        page = item["Pg"]
        if page not in tops:
            _, top, _, bottom = pdf.objects[int(page.split()[0])]["MediaBox"]
            tops[page] = top + bottom
        x1, y1, x2, y2 = (0.75 * place for place in item["A"]["BBox"])
        top = tops[page]
        item["A"]["BBox"] = pydyf.Array((floor(x1), floor(top - y2), ceil(x2), ceil(top - y1)))


@contextmanager
def numbered(numbering: Callable[[int], tuple[int, int]]) -> Iterator[None]:
    """While this lasts, pages are numbered as those of a part of a larger document.

    `numbering` is told, when all pages are laid out and before their margins are, how many they
    are, and gives what to add to each page's number and how many pages there are in all.
    """
    before = weasyprint_layout.make_margin_boxes
    placed: list[tuple[int, int]] = []

    def make(context: Any, page: Any, state: Any) -> Any:
        if not placed:
            placed.append(numbering(len(context.page_maker) - 1))
        quotes, counters, *rest = state
        offset, total = placed[0]
        known = {**counters, "page": [counters["page"][-1] + offset], "pages": [total]}
        return before(context, page, (quotes, known, *rest))

    weasyprint_layout.make_margin_boxes = make
    try:
        yield
    finally:
        weasyprint_layout.make_margin_boxes = before
