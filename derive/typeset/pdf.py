"""A whole HTML document with `<math>` in it to a PDF.

Each formula is laid out first and kept aside; WeasyPrint sees a mark in the text in its place, so
that nothing of a formula goes through the CSS cascade. It is placed as the text around it, a
display formula (`display="block"`) as a block; right after a `span class="number"` the baseline of
its first line is that of the number. One that is tall enough to part across pages becomes an `img`
a piece within a `span class="formula"`, which style sheets may heed; where it goes on on another
page, the words of its attribute `data-continued` stand beside it at the right.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from html.entities import html5
from pathlib import Path
from threading import Lock
from typing import Any
from xml.etree import ElementTree

import weasyprint

from derive.typeset.box import Box
from derive.typeset.breaking import display_lines
from derive.typeset.drawing import Drawing, Formula
from derive.typeset.font import MathFont
from derive.typeset.layout import MathLayout
from derive.typeset.marks import mark, unmarked
from derive.typeset.pieces import MOST_LINES, pieces
from derive.typeset.weasyprint_parts import formulas

STRUT = (0.82, 0.3)
"""The least height and depth of a display formula's line, in ems."""

_FORMULA = re.compile(r"<math[\s>].*?</math>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)(\w+;)")
_ALTTEXT = re.compile(r"""\salttext="([^"]*)"(?=[^<]*>)""")
_CONTINUED = re.compile(r"""\sdata-continued="([^"]*)"(?=[^<]*>)""")
_STYLES = ".formula { display: block } .number + .formula { display: inline }"
_ONE_AT_A_TIME = Lock()
"""While a document is made, some of WeasyPrint's functions are ours, and know its formulas."""


class _Formulas:
    """The formulas of a document, laid out as they are met."""

    def __init__(self, font: MathFont, measure: float) -> None:
        self.layout = MathLayout(font)
        self.measure = measure
        self.known: dict[str, tuple[str, list[Box], int]] = {}
        self.found: list[Formula] = []

    def placeholder(self, match: re.Match[str]) -> str:
        """What stands in the document for a formula; the same one is laid out once."""
        source, said = _without(_ALTTEXT, match[0])
        source, again = _without(_CONTINUED, source)
        if source not in self.known:
            self.known[source] = self.laid_out(source)
        plain, parts, lines = self.known[source]
        spoken = plain if said is None else said
        if len(parts) == 1:
            return mark(self.number(parts[0], spoken, display=lines > 0))
        label = self.layout.formula(_text(again)) if again else None
        numbers = [
            self.number(part, f"{spoken} ({n}/{len(parts)})", display=True, label=label)
            for n, part in enumerate(parts, 1)
        ]
        inside = "".join(f'<img alt="{mark(which)}">' for which in numbers)
        kind = "formula whole" if lines <= MOST_LINES else "formula"
        return f'<span class="{kind}">{inside}</span>'

    def laid_out(self, source: str) -> tuple[str, list[Box], int]:
        """A formula's text, its boxes that pages may part, and its lines; 0 within text."""
        source = _ENTITY.sub(lambda entity: html5.get(entity[1], ""), source)
        try:
            # Without a document type there are no entities to expand.
            math = ElementTree.fromstring(source)  # noqa: S314
        except ElementTree.ParseError as error:
            raise ValueError(f"not well-formed MathML: {error}: {source[:80]}") from None
        plain = " ".join("".join(math.itertext()).split())
        if math.get("display") != "block":
            return plain, [self.layout.formula(math)], 0
        lines = display_lines(self.layout, math, self.measure)
        for line in lines:
            line.height, line.depth = max(line.height, STRUT[0]), max(line.depth, STRUT[1])
        return plain, pieces(lines), len(lines)

    def number(self, box: Box, spoken: str, *, display: bool, label: Box | None = None) -> int:
        """That of a formula among the document's; one that is too wide is scaled down."""
        scale = min(1.0, self.measure / box.width) if box.width else 1.0
        self.found.append(Formula(box, spoken, display, scale, label))
        return len(self.found) - 1


def _without(attribute: re.Pattern[str], source: str) -> tuple[str, str | None]:
    """A formula without an attribute that it is not laid out by, and the attribute's value."""
    found = attribute.search(source)
    if found is None:
        return source, None
    return source[: found.start()] + source[found.end() :], unescape(found[1])


def _text(words: str) -> ElementTree.Element:
    """Words as a formula."""
    math = ElementTree.Element("math")
    ElementTree.SubElement(math, "mtext").text = words
    return math


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """While this lasts, garbage is looked for less often: a document in the making has little."""
    before = gc.get_threshold()
    gc.set_threshold(max(50_000, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class RefusedError(ValueError):
    """A document asked for something that it was not given."""


def write_pdf(
    html: str,
    *,
    math_font: Path,
    family: str,
    measure: float,
    fallback_fonts: Mapping[str, Path] | None = None,
    files: Mapping[str, bytes] | None = None,
    pdf_variant: str | None = "pdf/ua-1",
    again: Callable[[int], str | None] | None = None,
) -> bytes:
    """The PDF of an HTML document whose formulas are set as real text.

    Threads that call it wait for one another; none may use WeasyPrint otherwise meanwhile.

    Args:
        html: the document.
        math_font: an OpenType font with a MATH table.
        family: the name under which that font is embedded.
        measure: the width of the text in ems, for the breaking of display formulas.
        fallback_fonts: fonts for characters that the maths font has not, by family.
        files: what the document's `memory:` URLs stand for; nothing else is fetched.
        pdf_variant: as WeasyPrint names them.
        again: told on how many pages the document is, gives another one to be made in its place,
            or None.

    Raises:
        OSError: a font cannot be read.
        ValueError: a formula is not well-formed, or the font has no MATH table.
    """
    others = fallback_fonts or {}
    font = MathFont(math_font, tuple(others.values()))

    class Fetcher(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        """Gives what the caller gave, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            del headers
            data = (files or {}).get(url)
            if data is None:
                raise RefusedError(f"nothing is fetched: {url[:80]}")
            return weasyprint.urls.URLFetcherResponse(url, body=data)

    def made(html: str, again: Callable[[int], str | None] | None) -> bytes:
        found = _Formulas(font, measure)
        body = _FORMULA.sub(found.placeholder, unmarked(html))
        drawing = Drawing(found.found, font.fonts, [family, *others])
        with formulas(drawing, places=found.layout.places):
            page = weasyprint.HTML(string=body, url_fetcher=Fetcher(), base_url="memory:")
            document = page.render(stylesheets=[weasyprint.CSS(string=_STYLES)])
            other = again(len(document.pages)) if again else None
            if other is None:
                return bytes(document.write_pdf(pdf_variant=pdf_variant))
        return made(other, None)

    with _ONE_AT_A_TIME, _fewer_collections():
        return made(html, again)
