"""Mathematical letters of Unicode and back: how letters are set, and how they are copied.

The letters of each `mathvariant` are found by their Unicode names, so that the tables are those
of Python's own Unicode database.
"""

from __future__ import annotations

import unicodedata

BOLD_FIGURE = 0.56
"""The width of a bold figure in ems, where all have the same: the widest one's ink and a little."""
_STYLES = {
    "bold": "MATHEMATICAL BOLD",
    "italic": "MATHEMATICAL ITALIC",
    "bold-italic": "MATHEMATICAL BOLD ITALIC",
    "script": "MATHEMATICAL SCRIPT",
    "bold-script": "MATHEMATICAL BOLD SCRIPT",
    "fraktur": "MATHEMATICAL FRAKTUR",
    "double-struck": "MATHEMATICAL DOUBLE-STRUCK",
    "bold-fraktur": "MATHEMATICAL BOLD FRAKTUR",
    "sans-serif": "MATHEMATICAL SANS-SERIF",
    "bold-sans-serif": "MATHEMATICAL SANS-SERIF BOLD",
    "sans-serif-italic": "MATHEMATICAL SANS-SERIF ITALIC",
    "sans-serif-bold-italic": "MATHEMATICAL SANS-SERIF BOLD ITALIC",
    "monospace": "MATHEMATICAL MONOSPACE",
    "initial": "ARABIC MATHEMATICAL INITIAL",
    "tailed": "ARABIC MATHEMATICAL TAILED",
    "looped": "ARABIC MATHEMATICAL LOOPED",
    "stretched": "ARABIC MATHEMATICAL STRETCHED",
}
_OLDER = {
    "italic": {"h": "ℎ"},
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
}
"""Letters that Unicode had before it had the rest of their alphabet."""


def _alphabets() -> dict[str, dict[str, str]]:
    names = {prefix: variant for variant, prefix in _STYLES.items()}
    found: dict[str, dict[str, str]] = {name: dict(_OLDER.get(name, {})) for name in _STYLES}
    for code in (*range(0x1D400, 0x1D800), *range(0x1EE00, 0x1EEF0)):
        character = chr(code)
        source = unicodedata.normalize("NFKC", character)
        name = unicodedata.name(character, "")
        for mark in (" CAPITAL ", " SMALL ", " DIGIT ", " NABLA", " PARTIAL ", " DOTLESS "):
            name = name.partition(mark)[0]
        for symbol in ("EPSILON", "THETA", "KAPPA", "PHI", "RHO", "PI"):
            name = name.removesuffix(f" {symbol} SYMBOL")
        if name.startswith("ARABIC"):
            name = " ".join(name.split()[:3])
        if name in names and len(source) == 1:
            found[names[name]].setdefault(source, character)
    return found


_ALPHABETS = _alphabets()
_DISTINCT = {"script", "bold-script", "fraktur", "bold-fraktur", "double-struck"}
_PLAIN = {
    character: letter
    for name, alphabet in _ALPHABETS.items()
    if name not in _DISTINCT
    for letter, character in alphabet.items()
} | {"−": "-"}
_UPRIGHT = {character: letter for letter, character in _ALPHABETS["italic"].items()}


def variant(text: str, which: str) -> str:
    """Letters and figures in the alphabet of a `mathvariant`; what it has not stays as it is."""
    alphabet = _ALPHABETS.get(which)
    return "".join(alphabet.get(one, one) for one in text) if alphabet else text


def italic(text: str) -> str:
    """Letters as mathematical italic ones."""
    return variant(text, "italic")


def bold(text: str) -> str:
    """Letters and figures as mathematical bold ones; italic letters lose their slant."""
    return variant("".join(_UPRIGHT.get(one, one) for one in text), "bold")


def plain(character: str) -> str:
    """What a reader copies for a set character: the letter itself, a hyphen for a minus.

    Letters that are signs of their own (ℝ, ℒ) stay what they are.
    """
    return _PLAIN.get(character, character)
