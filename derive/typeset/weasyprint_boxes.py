"""The one module that touches WeasyPrint's private parts.

They are: `weasyprint.html.HTML_HANDLERS` and `make_replaced_box` (an element that draws itself),
`weasyprint.layout.make_margin_boxes` (pages of a part numbered as
those of the whole), the protocol of images (`get_intrinsic_size`, `draw`), `Stream._fonts`, and
`weasyprint.pdf.fonts.Font` (a document font), all of WeasyPrint 70. A test fails first when one
of them moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import md5
from typing import Any

import pydyf
import uharfbuzz as hb
from tinycss2.color5 import parse_color
from weasyprint import html as weasyprint_html
from weasyprint import layout as weasyprint_layout
from weasyprint.pdf import fonts as weasyprint_fonts

from derive.typeset.box import Box, Glyphs
from derive.typeset.font import Font

ATTRIBUTE = "data-formula"
"""On an `img` element: which of the document's formulas stands there."""


class DocumentFont(weasyprint_fonts.Font):  # type: ignore[misc]
    """A font of the PDF that Pango does not know: its glyphs come from our own layout."""

    def __init__(self, font: Font, family: str) -> None:
        digest = md5(font.data, usedforsecurity=False).digest()
        self.hash = "".join(chr(65 + byte % 26) for byte in digest[:6])
        self.name = f"/{self.hash}+{family.replace(' ', '-')}".encode()
        self.family = family
        self.file_content = font.data
        self.face = font.face
        self.index = 0
        self.style = self.italic_angle = 0
        self.ascent, self.descent = 800, -200
        self.stemv = self.stemh = 80
        self.flags = 4
        self.bitmap = self.used_in_forms = False
        self.widths: dict[int, int] = {}
        self.to_unicode: dict[int, str] = {}
        self.missing: dict[int, int] = {}

    def clean(self, to_unicode: dict[int, str], hinting: bool) -> None:  # noqa: FBT001
        """Cut the font down to the glyphs that were drawn, their numbers kept."""
        del hinting
        plan = hb.SubsetInput()
        plan.glyph_set.update(to_unicode)
        plan.flags = (
            hb.SubsetFlags.RETAIN_GIDS
            | hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.DOWNGRADE_CFF2
            | hb.SubsetFlags.NOTDEF_OUTLINE
        )
        plan.drop_table_tag_set.update(
            int.from_bytes(tag, "big") for tag in (b"MATH", b"GSUB", b"GPOS", b"BASE", b"DSIG")
        )
        self.file_content = bytes(hb.subset(self.face, plan).blob.data)


class FormulaImage:
    """A formula, or a line of one, as WeasyPrint draws an image.

    Attributes:
        box: what is drawn.
        fonts: the fonts that its glyphs are of.
        families: and under which names they are embedded.
        display: whether it is a block; otherwise it stands on the baseline of a line.
        scale: how much it is scaled down.
    """

    def __init__(
        self,
        box: Box,
        fonts: Sequence[Font],
        families: Sequence[str],
        *,
        display: bool,
        scale: float = 1.0,
    ) -> None:
        self.box = box
        self.fonts = fonts
        self.families = families
        self.display = display
        self.scale = scale

    def place(self, style: Any) -> None:
        """Set what the place needs in its computed style: CSS would have to be parsed for it."""
        # What is clipped is painted, and read, after all the text of the page.
        style["overflow"] = "visible"
        if self.display:
            style["display"] = ("block", "flow")
        else:
            style["vertical_align"] = -self.box.depth * self.scale * style["font_size"]

    def get_intrinsic_size(self, _resolution: float, font_size: float) -> tuple[float, float, None]:
        """Width and height in px at the font size of the place."""
        size = font_size * self.scale
        return self.box.width * size, (self.box.height + self.box.depth) * size, None

    def draw(self, stream: Any, width: float, _height: float, style: Any) -> None:
        """Draw rules, then glyphs as text."""
        size = width / self.box.width if self.box.width else style["font_size"] * self.scale
        top = self.box.height
        ink = style["color"]
        runs = []
        for x, y, item in self.box.flat():
            if isinstance(item, Glyphs):
                runs.append((x, y, item))
                continue
            stream.set_color(_color(item.color, ink))
            low = (top - y - item.height) * size
            stream.rectangle(x * size, low, item.width * size, item.height * size)
            stream.fill()
        stream.begin_text()
        for line in _joined(runs):
            self._show(stream, line, size, ink, top)
        stream.end_text()

    def _show(
        self,
        stream: Any,
        line: list[tuple[float, float, Glyphs]],
        size: float,
        ink: Any,
        top: float,
    ) -> None:
        """Runs on one baseline that look alike, as one piece of text with gaps."""
        x, y, first = line[0]
        font = self.fonts[first.font]
        key = ("formula", first.font, self.families[first.font])
        known = stream._fonts.get(key)
        if known is None:
            known = stream._fonts[key] = DocumentFont(font, self.families[first.font])
        stream.set_color(_color(first.color, ink))
        stream.set_font_size(known.hash, round(size * first.scale, 4))
        stream.set_text_matrix(1, 0, 0, -1, round(x * size, 3), round((top - y) * size, 3))
        shown: list[str] = []
        end = x
        for at, _, run in line:
            gap = round((end - at) / run.scale * 1000)
            if gap:
                shown.append(f">{gap}<")
            end = at
            for glyph, text in zip(run.glyphs, run.text, strict=True):
                width = known.widths.get(glyph)
                if width is None:
                    width = known.widths[glyph] = round(font.metrics(glyph).advance * 1000)
                if text or glyph not in known.to_unicode:
                    known.to_unicode[glyph] = text
                shown.append(f"{glyph:04x}")
                end += width / 1000 * run.scale
        stream.stream.append(f"[<{''.join(shown)}>] TJ".encode())


def _joined(
    runs: Sequence[tuple[float, float, Glyphs]],
) -> Iterator[list[tuple[float, float, Glyphs]]]:
    """Runs that follow one another on a baseline in the same font, size and colour, together."""
    line: list[tuple[float, float, Glyphs]] = []
    for x, y, run in runs:
        if line:
            before_x, before_y, before = line[-1]
            same = (run.font, run.scale, run.color) == (before.font, before.scale, before.color)
            if not (same and y == before_y and x >= before_x):
                yield line
                line = []
        line.append((x, y, run))
    if line:
        yield line


@cache
def _parsed(text: str) -> Any:
    return parse_color(text)


def _color(text: str | None, ink: Any) -> Any:
    parsed = _parsed(text) if text else None
    return ink if parsed is None or isinstance(parsed, str) else parsed


@contextmanager
def formulas(images: Sequence[FormulaImage]) -> Iterator[None]:
    """While this lasts, `<img data-formula="N">` draws the N-th of `images`."""
    before = weasyprint_html.HTML_HANDLERS["img"]

    def handle(element: Any, box: Any, get_image: Any, base_url: Any) -> Any:
        which = element.get(ATTRIBUTE)
        if which is None:
            return before(element, box, get_image, base_url)
        image = images[int(which)]
        # Elements that are styled alike share one style.
        box.style = box.style.copy()
        image.place(box.style)
        return [weasyprint_html.make_replaced_box(element, box, image)]

    weasyprint_html.HTML_HANDLERS["img"] = handle
    try:
        yield
    finally:
        weasyprint_html.HTML_HANDLERS["img"] = before


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


def tag_as_formulas(pdf: Any, alternatives: set[str]) -> None:
    """Turn the structure elements of formulas, which WeasyPrint tags as figures, into formulas."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/Figure":
            alternative = item.get("Alt")
            if alternative is not None and alternative.string in alternatives:
                item["S"] = "/Formula"
