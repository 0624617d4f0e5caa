"""One document on its way to HTML: what templates call, in every writer of pages.

Templates lay out; words are found by `texts`, mathematics is printed by `mathematics`, figures are
drawn by `drawings`, links between views are known to `links`, and `templating` has the templates
themselves. All text is escaped there or by the template engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from markupsafe import Markup

from derive.document import Document, Equation, Figure, Inline, Message
from derive.language.catalogues import catalogue
from derive.language.languages import tag_of
from derive.maths.mathml import Paint
from derive.maths.tree import Named, Number
from derive.writers import drawings
from derive.writers.links import Links
from derive.writers.mathematics import Mathematics
from derive.writers.texts import Texts


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

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.texts.phrase(key, language, **gaps)

    def cell(self, inline: Inline) -> Markup:
        """A cell of a table in every language of the document."""
        return Markup(self.texts.everywhere(inline))  # noqa: S704

    # Equations, and what they lead to

    def display(self, equation: Equation) -> Markup:
        """A displayed equation with its spoken text."""
        links = self.links.attributes(equation)

        def link(part: Number | Named) -> str:
            return next(links) if isinstance(part, Number) else ""

        tag = None if self.maths.tagged else link
        return Markup(self.maths.shared(equation.tree, display=True, tag=tag))  # noqa: S704

    def elsewhere(self, equation: Equation) -> Markup:
        """Links to the equations that come to the same numbers in the other views."""
        return _listed(self.links.elsewhere(equation))

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


def _listed(runs: list[list[Equation]]) -> Markup:
    """Links to equations by their numbers; of a long run to the first and the last."""
    links = []
    for run in runs:
        ends = run if len(run) < 3 else [run[0], run[-1]]
        each = [f'<a href="#{one.anchor}">({one.number})</a>' for one in ends]
        links.append((" " if ends is run else "–").join(each))
    return Markup(" ".join(links))  # noqa: S704
