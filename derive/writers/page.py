"""What every page writer shares: a document's words and mathematics as HTML, for a template.

Templates lay out; words come from the catalogues, mathematics from the printers, drawings from
`figures`. All text is escaped here or by the template engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any, NoReturn

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
    Table,
)
from derive.figures import curve_svg, gates_svg, network_svg
from derive.language.catalogues import Catalogue, catalogue
from derive.language.languages import tag_of
from derive.maths.breaking import breakable
from derive.maths.decimals import BROWSER, PRINT, Padding, paddings
from derive.maths.mathml import Figures, Paint, Tag, mathml
from derive.maths.speech import speech
from derive.maths.tree import Named, Number, Operator, Tree
from derive.writers.links import Links


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
        self.catalogues = {tag: catalogue(tag_of(tag)) for tag in self.document.languages}
        self.links = Links(self.document)
        self.tag: Tag = data_ref if self.tagged else _untagged
        self.advances = BROWSER if self.tagged else PRINT
        self.told = 0

    # Called by templates

    @property
    def spaced(self) -> list[str]:
        """The languages that are written with spaces between words: their lines stand closer."""
        return [tag for tag, found in self.catalogues.items() if not found.language.ideographic]

    @property
    def decimals(self) -> dict[str, list[str]]:
        """The signs before decimals, each with its languages."""
        found: dict[str, list[str]] = {}
        for tag, words in self.catalogues.items():
            found.setdefault(words.decimal, []).append(tag)
        return found

    def words(self, message: Message, language: str) -> Markup:
        """A message in one language, its mathematics inline."""
        found = self.catalogues[language]
        return Markup(self._joined(message, found))  # noqa: S704

    def plain(self, message: Message, language: str) -> str:
        """A message as plain text, its mathematics spoken: for titles and descriptions."""
        found = self.catalogues[language]
        return "".join(
            piece if isinstance(piece, str) else speech(piece, found)
            for piece in found.inlines(message)
        )

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.catalogues[language].phrase(f"page.{key}").format(**gaps)

    def rows(self, table: Table) -> list[list[Markup]]:
        """The cells of a table, row by row; numbers of a column stand under one another."""
        if not table.header:
            return [[self.cell(cell) for cell in line] for line in table.rows]
        columns = [paddings(column, self.advances) for column in zip(*table.rows, strict=True)]
        spaces = zip(*columns, strict=True)
        return [
            [self.cell(cell, space) for cell, space in zip(line, beside, strict=True)]
            for line, beside in zip(table.rows, spaces, strict=True)
        ]

    def cell(self, inline: Inline, padding: Padding | None = None) -> Markup:
        """A cell of a table in every language of the document."""
        if isinstance(inline, Message):
            each = [(tag, str(self.words(inline, tag))) for tag in self.document.languages]
            if len({words for _, words in each}) == 1:
                return Markup(each[0][1])  # noqa: S704
            spans = [f'<span lang="{tag}">{words}</span>' for tag, words in each]
            return Markup(" ".join(spans))  # noqa: S704
        if isinstance(inline, str | Operator):
            return Markup(self._piece(inline, next(iter(self.catalogues.values()))))  # noqa: S704
        return Markup(self._shared(inline, self.tag, display=False, padding=padding))  # noqa: S704

    def display(self, equation: Equation) -> Markup:
        """A displayed equation with its spoken text."""
        links = self.links.attributes(equation)

        def link(part: Number | Named) -> str:
            return next(links) if isinstance(part, Number) else ""

        tag: Tag = self.tag if self.tagged else link
        return Markup(self._shared(equation.tree, tag, display=True))  # noqa: S704

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
        figures = self._figures("tspan")
        match figure.drawing:
            case NetworkFigure():
                left_out = Message("figure.network.crowded")
                crowded = {tag: self.plain(left_out, tag) for tag in self.document.languages}
                draw = partial(network_svg, figure.drawing, self.palette)
                svg = draw(title, name, crowded, figures)
                if self.tagged:
                    # A screen shows one of the two, and only what is shown is told.
                    small = draw(title, f"{name}-narrow", crowded, figures, narrow=True)
                    svg += _ACROSS.format(small)
            case GateFigure():
                svg = gates_svg(figure.drawing, self.palette, title, name, figures)
                svg = _ACROSS.format(svg) if self.tagged else svg
            case CurveFigure():
                named = figure.drawing.horizontal
                across = {tag: self.plain(named, tag) for tag in self.document.languages}
                svg = curve_svg(figure.drawing, self.palette, across, title, name, figures)
            case _:
                self.refuse(figure.drawing)
        return Markup(svg)  # noqa: S704

    @staticmethod
    def kind(block: Any) -> str:
        """A block's kind, by which the template chooses its layout."""
        return type(block).__name__.lower()

    @staticmethod
    def refuse(thing: object) -> NoReturn:
        """What becomes of a block or a drawing that there is no layout for.

        Raises:
            TypeError: always, with the kind.
        """
        raise TypeError(f"no layout for a {type(thing).__name__}")

    # How pieces are printed

    def _joined(self, message: Message, found: Catalogue) -> str:
        """A message's pieces; a gap parts Chinese, or Japanese, from mathematics and Latin letters.

        A formula and the punctuation after it stay on one line.
        """
        ideographic = found.language.ideographic
        pieces: list[str] = []
        before: str | Tree = ""
        for inline in _unspaced(found.inlines(message)) if ideographic else found.inlines(message):
            piece = self._piece(inline, found)
            after = _PUNCTUATION.match(piece) if pieces and pieces[-1].startswith("<math") else None
            if after:
                pieces[-1] = f'<span class="whole">{pieces[-1]}{after[0]}</span>'
                piece = piece[after.end() :]
            elif ideographic and {_edge(before, -1), _edge(inline, 0)} == _MEETING:
                pieces.append(_GAP)
            before = inline
            pieces.append(piece)
        return "".join(pieces if self.tagged else _last_line(pieces, found))

    def _piece(self, piece: str | Tree, found: Catalogue) -> str:
        if isinstance(piece, str):
            text = escape(piece)
            if found.language.ideographic:
                text = _BETWEEN.sub(_GAP, text)
            return text if self.tagged else _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', text)
        if isinstance(piece, Operator):
            # A sign that is spoken of, with no terms beside it to keep away from.
            return escape(piece.text)
        return self._maths(piece, found)

    def _maths(self, tree: Tree, found: Catalogue) -> str:
        """Mathematics within words of one language."""
        told, figures = speech(tree, found), _with(found.decimal)
        return mathml(
            tree, paint=self.paint, tag=self.tag, figures=figures, alttext=told,
            advances=self.advances,
        )  # fmt: skip

    def _figures(self, element: str) -> Figures:
        """How digits are written in what stands once for all languages.

        As in the first language; or where signs before decimals differ and a page is to show what
        is chosen, with each sign in an `element`. A token of MathML would set such elements one
        under the other, so they hold whole numbers.
        """
        signs = self.decimals
        if len(signs) == 1 or not self.tagged:
            return _with(next(iter(signs)))
        classes = {sign: " ".join(f"of-{tag}" for tag in tags) for sign, tags in signs.items()}

        def each(digits: str) -> str:
            return "".join(
                f'<{element} class="decimal {names}">{_with(sign)(digits)}</{element}>'
                for sign, names in classes.items()
            )

        return lambda digits: each(digits) if "." in digits else digits

    def _shared(
        self, tree: Tree, tag: Tag, *, display: bool, padding: Padding | None = None
    ) -> str:
        """Mathematics that stands once for all languages."""
        told = {language: speech(tree, found) for language, found in self.catalogues.items()}
        first = next(iter(told.values()))
        figures = self._figures("span")
        # Paper is wide enough, and `typeset` breaks what is not.
        tree = breakable(tree) if display and self.tagged else tree
        draw = partial(
            mathml, tree, paint=self.paint, tag=tag, figures=figures, display=display,
            advances=self.advances, padding=padding,
        )  # fmt: skip
        if not self.tagged:
            return draw(alttext=first)
        if len(set(told.values())) == 1:
            return draw(alttext=first, labelled=True)
        self.told += 1
        return draw(spoken=told, name=f"told-{self.told}")


_ACROSS = '<div class="across" tabindex="0" role="group">{}</div>'
"""A drawing that may be wider than the screen."""
_GAP = '<span class="gap"></span>'
_HAN = "\u3400-\u9fff\u3040-\u30ff"
_BETWEEN = re.compile(rf"(?<=[{_HAN}]) ?(?=[A-Za-z0-9½−+=≈])|(?<=[A-Za-z0-9½=≈]) ?(?=[{_HAN}])")
"""Where Chinese, or Japanese, meets Latin letters within words, with a space or without one."""
_AT_EDGE = re.compile(rf"^ (?=[{_HAN}])|(?<=[{_HAN}]) $")
_LAST_WORDS = re.compile(r"\S+\s+\S+\s*$")
_LAST_CHARACTERS = re.compile(r"[^\s<>&;]{1,5}$")
_FEW = 4
"""How many characters stand on the last line of a Chinese paragraph at least."""
_MEETING = {"ideograph", "letter"}
_ADDRESS = re.compile(r"https?://[^\s<>&]*[^\s<>&.,;:!?)]")
_PUNCTUATION = re.compile(r"[,.;:!?)，。；：！？、）]+")


def _with(decimal: str) -> Figures:
    """Digits with another sign in place of the point."""
    return lambda digits: digits.replace(".", escape(decimal))


def _unspaced(inlines: Iterable[str | Tree]) -> list[str | Tree]:
    """Pieces without the spaces that words may have where a gap belongs: it is equally wide."""
    found = [_AT_EDGE.sub("", one) if isinstance(one, str) else one for one in inlines]
    ends = zip(["", *found], [*found[1:], ""], strict=False)
    meets = [{_edge(before, -1), _edge(after, 0)} == _MEETING for before, after in ends]
    return [one for one, gap in zip(found, meets, strict=True) if not (one == " " and gap)]


def _last_line(pieces: Sequence[str], found: Catalogue) -> list[str]:
    """Pieces of a paragraph with its last words bound: no word or character is alone on a line.

    Browsers see to it themselves (`text-wrap`), WeasyPrint does not.
    """
    rest, end, many = list(pieces), "", 0
    while rest and many < _FEW:
        piece = rest.pop()
        if "<" in piece:
            # A formula counts as two characters, or as a word.
            end, many = piece + end, many + (_FEW // 2 if "<math" in piece else 0)
            continue
        ending = _LAST_CHARACTERS if found.language.ideographic else _LAST_WORDS
        match = ending.search(piece)
        if match is None:
            end = piece + end
            many += len(piece) if found.language.ideographic else _FEW // 2 * len(piece.split())
            continue
        rest.append(piece[: match.start()])
        end, many = match[0] + end, many + max(_FEW, len(match[0]))
    return [*rest, f'<span class="whole">{end}</span>'] if rest and any(rest) else list(pieces)


def _edge(piece: str | Tree, at: int) -> str:
    """What a piece begins (`at` 0) or ends (-1) with: an ideograph, a letter, or nothing of both.

    Mathematics is as letters are.
    """
    if not isinstance(piece, str | Operator):
        return "letter"
    text = piece if isinstance(piece, str) else piece.text
    if not text:
        return ""
    if unicodedata.east_asian_width(text[at]) == "W" and text[at].isalpha():
        return "ideograph"
    return "letter" if text[at].isalnum() or text[at] in "=≈" else ""


def data_ref(part: Number | Named) -> str:
    """The attribute that says what of the trace a number shows, or letters name: `W1[0][1]@0`."""
    return "" if part.ref is None else f' data-ref="{escape(part.ref.place)}"'


def _untagged(_part: Number | Named) -> str:
    return ""


def rendered(template: str, page: Page, **more: object) -> str:
    """A template filled with a page."""
    return environment().get_template(template).render(page=page, document=page.document, **more)


def source(template: str) -> str:
    """A template as it is."""
    return (_templates() / template).read_text("utf-8")


def contents(document: Document) -> list[Section]:
    """The sections that a table of contents lists."""
    return list(document.sections)
