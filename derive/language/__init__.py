"""The languages: one catalogue of words a language, found by key; all are equals.

A catalogue is a TOML file beside this module, named by its short tag. Its strings hold gaps in
braces, `{net}`, which a `Message` fills. A key that is missing, or a gap that is not filled, is
an error, never a blank.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from derive.document import Inline, Message
from derive.errors import MissingWordError

LANGUAGES: Mapping[str, str] = {"zh": "zh-Hans", "en": "en"}
"""Short tags, as the command line takes them, to BCP 47 tags, as HTML and PDF want them."""

_GAP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Catalogue:
    """The words of one language by dotted key: `forward.title`."""

    tag: str
    words: Mapping[str, str]

    @property
    def bcp47(self) -> str:
        """The tag that HTML and PDF want: `zh-Hans`."""
        return LANGUAGES[self.tag]

    def phrase(self, key: str) -> str:
        """The words under `key`, gaps unfilled.

        Raises:
            MissingWordError: the language has no such key.
        """
        try:
            return self.words[key]
        except KeyError:
            raise MissingWordError(f"{self.tag}.toml has no words for {key!r}") from None

    def inlines(self, message: Message) -> Iterator[Inline]:
        """The message as text and mathematics in reading order, inner messages resolved.

        Raises:
            MissingWordError: no such key, or its gaps are not those of the message.
        """
        phrase = self.phrase(message.key)
        pieces = _GAP.split(phrase)
        wanted = set(pieces[1::2])
        if wanted != set(message.gaps):
            has, needs = sorted(message.gaps), sorted(wanted)
            raise MissingWordError(f"{self.tag}.toml: {message.key!r} has gaps {needs}, not {has}")
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                if piece:
                    yield piece
                continue
            filling = message.gaps[piece]
            if isinstance(filling, Message):
                yield from self.inlines(filling)
            else:
                yield filling


@cache
def catalogue(tag: str) -> Catalogue:
    """The catalogue of the language with the short tag `zh` or `en`."""
    text = resources.files(__package__).joinpath(f"{tag}.toml").read_text("utf-8")
    return Catalogue(tag, dict(_flat(tomllib.loads(text))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
