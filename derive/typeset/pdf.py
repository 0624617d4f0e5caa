"""A whole HTML document with `<math>` in it to a PDF.

Each formula is laid out first and kept aside; WeasyPrint sees a mark in the text in its place, so
that nothing of a formula goes through the CSS cascade. It is placed as the text around it, a
display formula (`display="block"`) as a block; right after a `span class="number"` the baseline of
its first line is that of the number. One that is tall enough to part across pages becomes an `img`
a piece within a `span class="formula"`, which style sheets may heed.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
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
from derive.typeset.parallel import Numbering, in_parts, rendered_in_parallel
from derive.typeset.weasyprint_parts import formulas, numbered

TALLEST_WHOLE = 12.0
"""A display formula taller than this, in ems, may break across pages between its lines."""

STRUT = (0.82, 0.3)
"""The least height and depth of a display formula's line, in ems."""

_FORMULA = re.compile(r"<math[\s>].*?</math>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)(\w+;)")
_ALTTEXT = re.compile(r"""\salttext="([^"]*)"(?=[^<]*>)""")
_STYLES = ".formula { display: block } .number + .formula { display: inline }"
_ONE_AT_A_TIME = Lock()
"""While a document is made, some of WeasyPrint's functions are ours, and know its formulas."""


class _Formulas:
    """The formulas of a document, laid out as they are met."""

    def __init__(self, font: MathFont, measure: float) -> None:
        self.layout = MathLayout(font)
        self.measure = measure
        self.known: dict[str, tuple[str, list[Box], bool]] = {}
        self.found: list[Formula] = []

    def placeholder(self, match: re.Match[str]) -> str:
        """What stands in the document for a formula; the same one is laid out once."""
        said = _ALTTEXT.search(match[0])
        source = _ALTTEXT.sub("", match[0], count=1) if said else match[0]
        if source not in self.known:
            self.known[source] = self.laid_out(source)
        plain, parts, display = self.known[source]
        spoken = unescape(said[1]) if said else plain
        if len(parts) == 1:
            return mark(self.number(parts[0], spoken, display=display))
        pieces = [
            self.number(part, f"{spoken} ({n}/{len(parts)})", display=display)
            for n, part in enumerate(parts, 1)
        ]
        inside = "".join(f'<img alt="{mark(which)}">' for which in pieces)
        return f'<span class="formula">{inside}</span>'

    def laid_out(self, source: str) -> tuple[str, list[Box], bool]:
        """A formula's text, its boxes that pages may part, and whether it is displayed."""
        source = _ENTITY.sub(lambda entity: html5.get(entity[1], ""), source)
        try:
            # Without a document type there are no entities to expand.
            math = ElementTree.fromstring(source)  # noqa: S314
        except ElementTree.ParseError as error:
            raise ValueError(f"not well-formed MathML: {error}: {source[:80]}") from None
        plain = " ".join("".join(math.itertext()).split())
        if math.get("display") != "block":
            return plain, [self.layout.formula(math)], False
        lines = display_lines(self.layout, math, self.measure)
        for line in lines:
            line.height, line.depth = max(line.height, STRUT[0]), max(line.depth, STRUT[1])
        whole = sum(line.height + line.depth for line in lines)
        if whole <= TALLEST_WHOLE or len(lines) == 1:
            return plain, [stacked(lines)], True
        # Two lines stay together at either end: none is left alone on a page.
        rest = lines[2:]
        parts = [stacked(lines[:2]), *rest[:-2], *([stacked(rest[-2:])] if rest else [])]
        return plain, parts, True

    def number(self, box: Box, spoken: str, *, display: bool) -> int:
        """That of a formula among the document's; one that is too wide is scaled down."""
        scale = min(1.0, self.measure / box.width) if box.width else 1.0
        self.found.append(Formula(box, spoken, display, scale))
        return len(self.found) - 1


def stacked(lines: Sequence[Box]) -> Box:
    """Lines under one another, sharing their left edge; the baseline is the first line's."""
    if len(lines) == 1:
        return lines[0]
    box = Box(max(line.width for line in lines))
    y = 0.0
    for n, line in enumerate(lines):
        y -= line.height if n else 0.0
        box.put(0.0, y, line)
        y -= line.depth
    return box


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
    processes: int = 2,
) -> bytes:
    """The PDF of an HTML document whose formulas are set as real text.

    Threads that call it wait for one another; none may use WeasyPrint otherwise meanwhile.

    Args:
        html: the document. Where it has marks `<!--part-->` (before each part and after the last)
            and many formulas, its parts are laid out in parallel; see `derive.typeset.parallel`.
        math_font: an OpenType font with a MATH table.
        family: the name under which that font is embedded.
        measure: the width of the text in ems, for the breaking of display formulas.
        fallback_fonts: fonts for characters that the maths font has not, by family.
        files: what the document's `memory:` URLs stand for; nothing else is fetched.
        pdf_variant: as WeasyPrint names them.
        processes: in how many a long document is laid out. Each starts a page of its own, so the
            number is not that of the machine's processors: pages break alike everywhere but where
            no process can be started, on Windows or in the worker of a pool.

    Raises:
        EOFError: one of these processes was ended from outside.
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

    def render(part: str, numbering: Numbering | None = None) -> bytes:
        found = _Formulas(font, measure)
        body = _FORMULA.sub(found.placeholder, unmarked(part))
        with (
            _fewer_collections(),
            formulas(
                Drawing(found.found, font.fonts, [family, *others]), places=found.layout.places
            ),
            numbered(numbering) if numbering else nullcontext(),
        ):
            page = weasyprint.HTML(string=body, url_fetcher=Fetcher(), base_url="memory:")
            document = page.render(stylesheets=[weasyprint.CSS(string=_STYLES)])
            return bytes(document.write_pdf(pdf_variant=pdf_variant))

    if not hasattr(os, "fork") or multiprocessing.current_process().daemon:
        # Where there is no other process to be had: a pool's worker may not start any.
        processes = 1
    parts = in_parts(html, processes)
    with _ONE_AT_A_TIME:
        return render(html) if len(parts) == 1 else rendered_in_parallel(parts, render)
