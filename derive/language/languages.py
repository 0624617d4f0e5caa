"""The table of languages: what pages have to know of each beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.errors import DeriveError


@dataclass(frozen=True)
class Language:
    """What pages have to know of a language beside its words.

    Attributes:
        bcp47: the tag that HTML and PDF want: `zh-Hans`.
        script: of ISO 15924: `Hans`, `Latn`.
        decimal: the sign before decimals in mathematics.
        cases: what its catalogue calls the grammatical cases; none where it does not decline.
        otherwise: subtags by which a tag means it as it is written elsewhere, of which there is
            no catalogue.
    """

    bcp47: str
    script: str = "Latn"
    decimal: str = "."
    cases: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()

    @property
    def ideographic(self) -> bool:
        """Whether it is written without spaces, in characters as wide as high."""
        return self.script in ("Hans", "Hant", "Jpan")


LANGUAGES: Mapping[str, Language] = {
    "zh": Language("zh-Hans", script="Hans", otherwise=("hant", "tw", "hk", "mo")),
    "en": Language("en", cases=("bare", "definite")),
}
"""The languages by their short tags, as the command line takes them."""


def bcp47_of(name: str) -> str:
    """The tag that pages have of a language by any of its tags: `zh`, `zh-CN`, `ZH_hans`, `en-GB`.

    Raises:
        DeriveError: there is no catalogue of it.
    """
    tag, *subtags = name.strip().lower().replace("_", "-").split("-")
    language = LANGUAGES.get(tag)
    if language is None or set(subtags) & set(language.otherwise):
        raise DeriveError(f"a language of {', '.join(LANGUAGES)} expected, not {name!r}")
    return language.bcp47


def tag_of(bcp47: str) -> str:
    """The short tag of a language."""
    return next(tag for tag, language in LANGUAGES.items() if language.bcp47 == bcp47)
