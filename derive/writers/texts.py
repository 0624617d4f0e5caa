"""A document's words in each of its languages, with the mathematics that stands within them."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from derive.document import Inline, Message
from derive.language.catalogues import Catalogue
from derive.maths.speech import speech
from derive.maths.tree import Operator, Tree
from derive.writers.mathematics import Mathematics

_GAP = '<span class="gap"></span>'
_MEETING = {"ideograph", "letter"}
_ADDRESS = re.compile(r"https?://(?:[!-%'-;=?-~]|&amp;)*[\w/=#~%-]", re.ASCII)
"""An address in escaped text; punctuation after it is not its own."""
_PUNCTUATION = re.compile(r"[,.;:!?)，。；：！？、）]+")


class Texts:
    """The words of one document, as HTML and as plain text."""

    def __init__(self, maths: Mathematics) -> None:
        self.maths = maths
        self.catalogues = maths.catalogues

    def html(self, message: Message, language: str) -> str:
        """A message in one language, its mathematics inline.

        A gap parts Chinese, or Japanese, from mathematics and Latin letters. A formula and the
        punctuation after it stay on one line.
        """
        found = self.catalogues[language]
        result, last = "", ""
        before: str | Tree = ""
        for inline in found.inlines(message):
            piece = self._piece(inline, found)
            after = _PUNCTUATION.match(piece) if last else None
            if after:
                result = f'{result.removesuffix(last)}<span class="whole">{last}{after[0]}</span>'
                piece = piece[after.end() :]
            elif found.language.ideographic and {_edge(before, -1), _edge(inline, 0)} == _MEETING:
                result += _GAP
            before = inline
            result += piece
            last = piece if piece.startswith("<math") else ""
        return result

    def plain(self, message: Message, language: str) -> str:
        """A message as plain text, its mathematics spoken: for titles and descriptions."""
        found = self.catalogues[language]
        return "".join(
            piece if isinstance(piece, str) else speech(piece, found)
            for piece in found.inlines(message)
        )

    def leads(self, message: Message) -> bool:
        """Whether a message ends with a colon, and so leads to what stands after it."""
        ends = ([*found.inlines(message)][-1] for found in self.catalogues.values())
        return any(isinstance(end, str) and end.endswith((":", "：")) for end in ends)

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.catalogues[language].phrase(f"page.{key}").format(**gaps)

    def everywhere(self, inline: Inline) -> str:
        """What stands once for all languages, such as a cell of a table; words once a language."""
        if isinstance(inline, Message):
            each = {tag: self.html(inline, tag) for tag in self.catalogues}
            if len({*each.values()}) == 1:
                return next(iter(each.values()))
            return " ".join(f'<span lang="{tag}">{words}</span>' for tag, words in each.items())
        if isinstance(inline, str | Operator):
            return self._piece(inline, next(iter(self.catalogues.values())))
        return self.maths.shared(inline, display=False)

    def _piece(self, piece: str | Tree, found: Catalogue) -> str:
        if isinstance(piece, str):
            return _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', escape(piece))
        if isinstance(piece, Operator):
            # A sign that is spoken of, with no terms beside it to keep away from.
            return escape(piece.text)
        return self.maths.within(piece, found)


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
