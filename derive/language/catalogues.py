"""The words of a language, found by key.

A catalogue is a TOML file beside this module, named by its short tag. Its strings hold gaps in
braces, `{net}`, which a `Message` fills. A key that is missing, or a gap that is not filled, is
an error, never a blank.

In a language that declines, words that are said in several cases are a table of them,

    sigmoid = {nom = "die logistische Funktion", gen = "der logistischen Funktion"}

and a gap says in which case it wants what fills it: `"die Ableitung {activation:gen}"`. A gap that
does not say hands on the case in which its own message is said; the first case of a language is
that of whatever stands alone. Words that are no table are the same in every case.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from derive.document import Code, Message
from derive.errors import MissingWordError
from derive.language.languages import LANGUAGES, Language
from derive.maths.tree import Tree

_GAP = re.compile(r"\{(\w+)(?::(\w+))?\}")
"""A gap: its name, and the case that it wants."""
Forms = Mapping[str, str]
"""The same words by case."""


@dataclass(frozen=True)
class Catalogue:
    """The words of one language by dotted key: `forward.title`.

    Attributes:
        tag: the language's, in `LANGUAGES`.
        words: each key's words; of those that are declined the first case.
        declined: the words by case of each key that has several forms.
    """

    tag: str
    words: Mapping[str, str]
    declined: Mapping[str, Forms] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """What is to be known of the language beside its words."""
        return LANGUAGES[self.tag]

    @property
    def decimal(self) -> str:
        """The sign before decimals."""
        return self.language.decimal

    def phrase(self, key: str, case: str = "") -> str:
        """The words under `key`, gaps unfilled, in a case or in the first.

        Raises:
            MissingWordError: the language has no such key, or not in that case.
        """
        try:
            return self.declined[key][case] if case and key in self.declined else self.words[key]
        except KeyError:
            missing = f"{key!r} in the case {case!r}" if key in self.words else repr(key)
            raise MissingWordError(f"{self.tag}.toml has no words for {missing}") from None

    def inlines(self, message: Message, case: str = "") -> Iterator[str | Code | Tree]:
        """The message as text, code and mathematics in reading order, inner messages resolved.

        Raises:
            MissingWordError: no such key, not in a case that is asked for, or its gaps are not
                those of the message.
        """
        text, *gaps = _GAP.split(self.phrase(message.key, case))
        wanted = set(gaps[::3])
        if wanted != set(message.gaps):
            has, needs = sorted(message.gaps), sorted(wanted)
            raise MissingWordError(f"{self.tag}.toml: {message.key!r} has gaps {needs}, not {has}")
        if text:
            yield text
        for name, own, after in zip(gaps[::3], gaps[1::3], gaps[2::3], strict=True):
            filling = message.gaps[name]
            if isinstance(filling, Message):
                yield from self.inlines(filling, own or case)
            else:
                yield filling
            if after:
                yield after


@cache
def catalogue(tag: str) -> Catalogue:
    """The catalogue of the language with the short tag `zh` or `en`.

    Raises:
        MissingWordError: a gap asks for a case that the language has not.
    """
    cases = LANGUAGES[tag].cases
    entries = dict(_flat(tomllib.loads(_text(tag)), cases))
    for key, forms in entries.items():
        for _, case in (gap for form in forms.values() for gap in _GAP.findall(form)):
            if case and case not in cases:
                raise MissingWordError(f"{tag}.toml: {key!r} wants a case {case!r}")
    words = {key: next(iter(forms.values())) for key, forms in entries.items()}
    return Catalogue(tag, words, {key: forms for key, forms in entries.items() if len(forms) > 1})


def _text(tag: str) -> str:
    """A catalogue as it is written."""
    return resources.files(__package__).joinpath(f"{tag}.toml").read_text("utf-8")


def _flat(
    table: Mapping[str, Any], cases: Sequence[str], prefix: str = ""
) -> Iterator[tuple[str, Forms]]:
    """Each key with its words by case, in the order of the cases; under "" what has one form."""
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, {"": value}
        elif value and set(value) <= set(cases):
            yield prefix + key, {case: value[case] for case in cases if case in value}
        else:
            yield from _flat(value, cases, f"{prefix}{key}.")
