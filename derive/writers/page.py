"""One document on its way to HTML: what templates call, in every writer of pages.

Templates lay out; words are found by `texts`, mathematics is printed by `mathematics`, figures are
drawn by `drawings`, links between views are known to `links`, and `templating` has the templates
themselves. All text is escaped there or by the template engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple, NoReturn

from markupsafe import Markup

from derive.document import (
    Document,
    Equation,
    Figure,
    Inline,
    Message,
    Paragraph,
    Section,
    Table,
)
from derive.language.catalogues import catalogue
from derive.language.languages import tag_of
from derive.maths.decimals import Padding, paddings
from derive.maths.expression import width
from derive.maths.mathml import Paint
from derive.maths.tree import Aligned, Named, Number, Row
from derive.writers import drawings
from derive.writers.links import Links
from derive.writers.mathematics import Mathematics
from derive.writers.texts import Texts

LINE = 66.0
"""The width of a line on paper up to the equation's number, in figures."""
PER_USE = 4.5
"""How wide the number of an equation is that another one uses, in figures."""
MOST_RUNS = 4
"""Of more runs of equations only the first two and the last are named."""
MOST_ENTRIES = 60
"""A longer list of contents names chapters alone."""


class Entry(NamedTuple):
    """A line of the contents: how deep the section is, 1 for a chapter, and its number."""

    level: int
    number: str
    section: Section


class Page:
    """A document as templates see it.

    Args:
        document: what is written.
        paint: how roles and paths look in MathML.
        palette: the colours of drawings.
        tagged: whether numbers carry the scalar they show, and what is shown once is told in every
            language; otherwise numbers are links, MathML's, and the first language tells.
    """

    def __init__(
        self, document: Document, paint: Paint, palette: Mapping[str, str], *, tagged: bool = True
    ) -> None:
        self.document = document
        self.palette = palette
        catalogues = {tag: catalogue(tag_of(tag)) for tag in document.languages}
        self.maths = Mathematics(catalogues, paint, tagged=tagged)
        self.texts = Texts(self.maths)
        self.links = Links(document)

    # Words and the languages that they are in

    @property
    def spaced(self) -> list[str]:
        """The languages that are written with spaces between words: their lines stand closer."""
        found = self.texts.catalogues.items()
        return [tag for tag, words in found if not words.language.ideographic]

    @property
    def decimals(self) -> dict[str, list[str]]:
        """The signs before decimals, each with its languages."""
        return self.maths.decimals

    def words(self, message: Message, language: str) -> Markup:
        """A message in one language, its mathematics inline."""
        return Markup(self.texts.html(message, language))  # noqa: S704

    def plain(self, message: Message, language: str) -> str:
        """A message as plain text, its mathematics spoken: for titles and descriptions."""
        return self.texts.plain(message, language)

    def leading(self, paragraph: Paragraph, language: str) -> Markup:
        """A paragraph in one language, with the table that it leads to before its last sign."""
        words = self.texts.html(paragraph.message, language)
        if paragraph.leads_to is not None:
            name = self.phrase("table", language, number=paragraph.leads_to)
            link = f'<a href="#table-{paragraph.leads_to}">{name}</a>'
            end = words[-1:] if words[-1:] in ".:。：" else ""
            words = words.removesuffix(end) + self.phrase("refer", language, to=link) + end
        return Markup(words)  # noqa: S704

    def leads(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph may not be parted from what stands after it."""
        return self.texts.leads(paragraph.message)

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.texts.phrase(key, language, **gaps)

    def lanes(self, table: Table) -> int:
        """How many rows of a table stand side by side: several of a long, narrow one on paper."""
        return 1 if self.maths.tagged else table.lanes

    def rows(self, table: Table) -> list[list[Markup]]:
        """The cells of a table, row by row; numbers of a column stand under one another."""
        if not table.header:
            return [[self.cell(cell) for cell in line] for line in table.rows]
        advances = self.maths.advances
        columns = [paddings(column, advances) for column in zip(*table.rows, strict=True)]
        spaces = zip(*columns, strict=True)
        return [
            [self.cell(cell, space) for cell, space in zip(line, beside, strict=True)]
            for line, beside in zip(table.rows, spaces, strict=True)
        ]

    def cell(self, inline: Inline, padding: Padding | None = None) -> Markup:
        """A cell of a table in every language of the document."""
        return Markup(self.texts.everywhere(inline, padding))  # noqa: S704

    # Equations, and what they lead to

    def display(self, equation: Equation) -> Markup:
        """A displayed equation with its spoken text."""
        links = self.links.attributes(equation)

        def link(part: Number | Named) -> str:
            return next(links) if isinstance(part, Number) else ""

        tag = None if self.maths.tagged else link
        math = self.maths.shared(equation.tree, display=True, tag=tag)
        if equation.number and not self.maths.tagged:
            # Paper may part a formula; the page's own is never.
            first = self.document.languages[0]
            again = escape(self.phrase("continued", first, number=equation.number))
            math = math.replace("<math", f'<math data-continued="{again}"', 1)
        return Markup(math)  # noqa: S704

    def elsewhere(self, equation: Equation) -> Markup:
        """Links to the equations that come to the same numbers in the other views."""
        return _listed([[one.number or 0 for one in run] for run in self.links.elsewhere(equation)])

    @staticmethod
    def uses(equation: Equation) -> Markup:
        """Links to the equations whose results are put into this one."""
        runs: list[list[int]] = []
        for number in equation.uses:
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return _listed(runs)

    @staticmethod
    def has_room(equation: Equation) -> bool:
        """Whether the first line of an equation leaves room, on paper, for what it uses."""
        tree = equation.tree
        first = Row(tree.lines[0]) if isinstance(tree, Aligned) else tree
        return width(first) + PER_USE * (min(len(equation.uses), MOST_RUNS) + 1) <= LINE

    @property
    def entries(self) -> list[Entry]:
        """What a list of contents with page numbers names: sections, and those within them."""
        found = []
        for n, section in enumerate(self.document.sections, 1):
            found.append(Entry(1, str(n), section))
            inner = [block for block in section.blocks if isinstance(block, Section)]
            found += [Entry(2, f"{n}.{m}", one) for m, one in enumerate(inner, 1)]
        return found if len(found) <= MOST_ENTRIES else [one for one in found if one.level == 1]

    # Figures, and blocks of all kinds

    def drawing(self, figure: Figure) -> Markup:
        """A figure's SVG, described in the languages that may be shown."""
        return Markup(drawings.svg(figure, self.texts, self.palette))  # noqa: S704

    @staticmethod
    def kind(block: Any) -> str:
        """A block's kind, by which the template chooses its layout."""
        return type(block).__name__.lower()

    @staticmethod
    def refuse(block: object) -> NoReturn:
        """What becomes of a block that there is no layout for.

        Raises:
            TypeError: always, with the kind.
        """
        raise TypeError(f"no layout for a {type(block).__name__}")


def _listed(runs: list[list[int]]) -> Markup:
    """Links to equations by their numbers; of a long run, or many, to the first and the last."""
    links = []
    if len(runs) > MOST_RUNS:
        runs = [*runs[:2], [], runs[-1]]
    for run in runs:
        ends = run if len(run) < 3 else [run[0], run[-1]]
        each = [f'<a href="#eq-{number}">({number})</a>' for number in ends]
        links.append((", " if ends is run else "–").join(each) or "…")
    return Markup(", ".join(links))  # noqa: S704
