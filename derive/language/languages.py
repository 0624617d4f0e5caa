"""The table of languages: what pages have to know of each beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """What pages have to know of a language beside its words.

    Attributes:
        bcp47: the tag that HTML and PDF want: `zh-Hans`.
        script: of ISO 15924: `Hans`, `Latn`.
        decimal: the sign before decimals in mathematics.
        cases: what its catalogue calls the grammatical cases; none where it does not decline.
    """

    bcp47: str
    script: str = "Latn"
    decimal: str = "."
    cases: tuple[str, ...] = ()

    @property
    def ideographic(self) -> bool:
        """Whether it is written without spaces, in characters as wide as high."""
        return self.script in ("Hans", "Hant", "Jpan")


LANGUAGES: Mapping[str, Language] = {
    "zh": Language("zh-Hans", script="Hans"),
    "en": Language("en", cases=("bare", "definite")),
}
"""The languages by their short tags, as the command line takes them."""


def tag_of(bcp47: str) -> str:
    """The short tag of a language."""
    return next(tag for tag, language in LANGUAGES.items() if language.bcp47 == bcp47)
