"""A document's words in each of its languages, with the mathematics that stands within them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

from derive.document import Code, Inline, Message
from derive.language.catalogues import Catalogue
from derive.maths.decimals import Padding
from derive.maths.speech import speech
from derive.maths.tree import Operator, Tree
from derive.writers.mathematics import Mathematics

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
        ideographic = found.language.ideographic
        pieces: list[str] = []
        before: str | Code | Tree = ""
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
        return "".join(pieces if self.maths.tagged else _last_line(pieces, found))

    def plain(self, message: Message, language: str) -> str:
        """A message as plain text, its mathematics spoken: for titles and descriptions."""
        found = self.catalogues[language]
        return "".join(
            _written(piece) if isinstance(piece, str | Code) else speech(piece, found)
            for piece in found.inlines(message)
        )

    def leads(self, message: Message) -> bool:
        """Whether a message ends with a colon, and so leads to what stands after it."""
        ends = ([*found.inlines(message)][-1] for found in self.catalogues.values())
        return any(isinstance(end, str) and end.endswith((":", "：")) for end in ends)

    def phrase(self, key: str, language: str, **gaps: object) -> str:
        """Words of the page itself."""
        return self.catalogues[language].phrase(f"page.{key}").format(**gaps)

    def everywhere(self, inline: Inline, padding: Padding | None = None) -> str:
        """What stands once for all languages, such as a cell of a table; words once a language."""
        if isinstance(inline, Message):
            each = {tag: self.html(inline, tag) for tag in self.catalogues}
            if len({*each.values()}) == 1:
                return next(iter(each.values()))
            return " ".join(f'<span lang="{tag}">{words}</span>' for tag, words in each.items())
        if isinstance(inline, str | Code | Operator):
            return self._piece(inline, next(iter(self.catalogues.values())))
        return self.maths.shared(inline, display=False, padding=padding)

    def _piece(self, piece: str | Code | Tree, found: Catalogue) -> str:
        if isinstance(piece, Code):
            return f"<code>{escape(piece.text)}</code>"
        if isinstance(piece, str):
            text = escape(piece)
            if found.language.ideographic:
                text = _BETWEEN.sub(_GAP, text)
            return _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', text)
        if isinstance(piece, Operator):
            # A sign that is spoken of, with no terms beside it to keep away from.
            return escape(piece.text)
        return self.maths.within(piece, found)


def _written(piece: str | Code) -> str:
    return piece.text if isinstance(piece, Code) else piece


def _unspaced(inlines: Iterable[str | Code | Tree]) -> list[str | Code | Tree]:
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


def _edge(piece: str | Code | Tree, at: int) -> str:
    """What a piece begins (`at` 0) or ends (-1) with: an ideograph, a letter, or nothing of both.

    Mathematics and code are as letters are.
    """
    if not isinstance(piece, str | Operator):
        return "letter"
    text = piece if isinstance(piece, str) else piece.text
    if not text:
        return ""
    if unicodedata.east_asian_width(text[at]) == "W" and text[at].isalpha():
        return "ideograph"
    return "letter" if text[at].isalnum() or text[at] in "=≈" else ""
