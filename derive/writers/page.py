"""What every page writer shares: a document's words and mathematics as HTML, for a template.

Templates lay out; words come from the catalogues, mathematics from the printers, drawings from
`figures`. All text is escaped here or by the template engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from derive.document import (
    CurveFigure,
    Document,
    Equation,
    Figure,
    GateFigure,
    Inline,
    Message,
    NetworkFigure,
    Section,
)
from derive.figures import curve_svg, gates_svg, network_svg
from derive.language import LANGUAGES, Catalogue, catalogue
from derive.maths.breaking import breakable
from derive.maths.mathml import Paint, mathml
from derive.maths.speech import speech
from derive.maths.tree import Operator, Tree
from derive.reference import Ref
from derive.writers.links import Linked, Links

TAGS = {bcp47: tag for tag, bcp47 in LANGUAGES.items()}


def _templates() -> Path:
    """The folder of templates: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def environment() -> Environment:
    """The templates that the package carries."""
    return Environment(
        loader=FileSystemLoader(_templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass
class Page:
    """One document on its way to HTML.

    Attributes:
        document: what is written.
        paint: how roles and paths look in MathML.
        palette: the colours of drawings.
        tagged: whether numbers carry the scalar they show, and what is shown once is told in every
            language; otherwise numbers are links, MathML's, and the first language tells.
    """

    document: Document
    paint: Paint
    palette: Mapping[str, str]
    tagged: bool = True

    def __post_init__(self) -> None:
        self.catalogues = {tag: catalogue(TAGS[tag]) for tag in self.document.languages}
        self.links = Links(self.document)
        self.figures = 0
        self.tables = 0
        self.told = 0

    # Called by templates

    def words(self, message: Message, language: str) -> Markup:
        """A message in one language, its mathematics inline."""
        found = self.catalogues[language]
        return Markup(self._joined(message, found))  # noqa: S704

    def plain(self, message: Message, language: str) -> str:
        """A message as plain text, its mathematics spoken: for titles and descriptions."""
        found = self.catalogues[language]
        return "".join(
            piece if isinstance(piece, str) else speech(piece, found)  # type: ignore[arg-type]
            for piece in found.inlines(message)
        )

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.catalogues[language].phrase(f"page.{key}").format(**gaps)

    def cell(self, inline: Inline) -> Markup:
        """A cell of a table in every language of the document."""
        if isinstance(inline, Message):
            each = [(tag, str(self.words(inline, tag))) for tag in self.document.languages]
            if len({words for _, words in each}) == 1:
                return Markup(each[0][1])  # noqa: S704
            spans = [f'<span lang="{tag}">{words}</span>' for tag, words in each]
            return Markup(" ".join(spans))  # noqa: S704
        if isinstance(inline, str | Operator):
            return Markup(self._piece(inline, next(iter(self.catalogues.values()))))  # noqa: S704
        return Markup(self._shared(inline, display=False))  # noqa: S704

    def display(self, equation: Equation) -> Markup:
        """A displayed equation with its spoken text."""
        tree = equation.tree if self.tagged else self.links.within(equation)
        return Markup(self._shared(tree, display=True))  # noqa: S704

    def elsewhere(self, equation: Equation) -> Markup:
        """Links to the equations that come to the same numbers in the other views."""
        links = []
        for run in self.links.elsewhere(equation):
            ends = run if len(run) < 3 else [run[0], run[-1]]
            each = [f'<a href="#{one.anchor}">({one.number})</a>' for one in ends]
            links.append((" " if ends is run else "–").join(each))
        return Markup(" ".join(links))  # noqa: S704

    def drawing(self, figure: Figure) -> Markup:
        """A figure's SVG, described in the languages that may be shown."""
        told = self.document.languages if self.tagged else self.document.languages[:1]
        title = {tag: self.plain(figure.description, tag) for tag in told}
        self.told += 1
        name = f"told-{self.told}"
        match figure.drawing:
            case NetworkFigure():
                left_out = Message("figure.network.crowded")
                crowded = {tag: self.plain(left_out, tag) for tag in self.document.languages}
                svg = network_svg(figure.drawing, self.palette, title, name, crowded)
            case GateFigure():
                svg = gates_svg(figure.drawing, self.palette, title, name)
            case CurveFigure():
                named = figure.drawing.horizontal
                across = {tag: self.plain(named, tag) for tag in self.document.languages}
                svg = curve_svg(figure.drawing, self.palette, across, title, name)
        return Markup(svg)  # noqa: S704

    def next_figure(self) -> int:
        """The number of the next figure, from 1."""
        self.figures += 1
        return self.figures

    def next_table(self) -> int:
        """The number of the next table, from 1."""
        self.tables += 1
        return self.tables

    @staticmethod
    def kind(block: Any) -> str:
        """A block's kind, by which the template chooses its layout."""
        return type(block).__name__.lower()

    # How pieces are printed

    def _joined(self, message: Message, found: Catalogue) -> str:
        """A message's pieces; a gap parts Chinese from mathematics and Latin letters.

        A formula and the punctuation after it stay on one line.
        """
        result, last = "", ""
        for inline in found.inlines(message):
            piece = self._piece(inline, found)
            after = _PUNCTUATION.match(piece) if last else None
            if after:
                result = f'{result.removesuffix(last)}<span class="whole">{last}{after[0]}</span>'
                piece = piece[after.end() :]
            elif _MEETING.search(_edge(result) + _EDGE + _edge(piece, start=True)):
                result += _GAP
            result += piece
            last = piece if piece.startswith("<math") else ""
        return result

    def _piece(self, piece: Inline, found: Catalogue) -> str:
        if isinstance(piece, str):
            text = escape(piece)
            return text if self.tagged else _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', text)
        if isinstance(piece, Message):
            return self._joined(piece, found)
        if isinstance(piece, Operator):
            # A sign that is spoken of, with no terms beside it to keep away from.
            return escape(piece.text)
        return self._maths(piece, found)

    def _maths(self, tree: Tree, found: Catalogue) -> str:
        """Mathematics within words of one language."""
        tag = data_ref if self.tagged else _href
        return mathml(tree, paint=self.paint, tag=tag, alttext=speech(tree, found))

    def _shared(self, tree: Tree, *, display: bool) -> str:
        """Mathematics that stands once for all languages."""
        told = {tag: speech(tree, found) for tag, found in self.catalogues.items()}
        first = next(iter(told.values()))
        if not self.tagged:
            return mathml(tree, paint=self.paint, tag=_href, display=display, alttext=first)
        # Paper is wide enough, and `typeset` breaks what is not.
        tree = breakable(tree) if display else tree
        draw = partial(mathml, tree, paint=self.paint, tag=data_ref, display=display)
        if len(set(told.values())) == 1:
            return draw(alttext=first, labelled=True)
        self.told += 1
        return draw(spoken=told, name=f"told-{self.told}")


_GAP = '<span class="gap"></span>'
_EDGE = "|"
_HAN, _LATIN = r"[\u3400-\u9fff]", r"[A-Za-z0-9<=≈]"
_MEETING = re.compile(f"{_HAN}[|]{_LATIN}|[A-Za-z0-9>=≈][|]{_HAN}")
_ADDRESS = re.compile(r"https?://[^\s<>&]*[^\s<>&.,;:!?)]")
_PUNCTUATION = re.compile(r"[,.;:!?)，。；：！？、）]+")


def _edge(text: str, *, start: bool = False) -> str:
    return text[:1] if start else text[-1:]


def data_ref(ref: object) -> str:
    """The attribute that says which scalar of the trace a number shows: `W1[0][1]@0`."""
    if not isinstance(ref, Ref):
        return ""
    sample = "" if ref.sample is None else f"[{ref.sample}]"
    index = "".join(f"[{n}]" for n in ref.index)
    at = "" if ref.iteration is None else f"@{ref.iteration}"
    # The export has no name for minus a derivative, as it has none for −b.
    name = ref.name.removeprefix("-")
    return f' data-ref="{escape(name + sample + index + at)}"'


def _href(ref: object) -> str:
    """The attributes that make a number a link, where it leads somewhere (MathML 3, 2.1.6)."""
    if not isinstance(ref, Linked):
        return ""
    anchor = f' id="{ref.anchor}"' if ref.anchor else ""
    return anchor + (f' href="#{ref.target}"' if ref.target else "")


def rendered(template: str, page: Page, **more: object) -> str:
    """A template filled with a page."""
    return environment().get_template(template).render(page=page, document=page.document, **more)


def source(template: str) -> str:
    """A template as it is."""
    return (_templates() / template).read_text("utf-8")


def contents(document: Document) -> list[Section]:
    """The sections that a table of contents lists."""
    return list(document.sections)
