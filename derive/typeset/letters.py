"""Mathematical letters of Unicode and back: how letters are set, and how they are copied."""

from __future__ import annotations

_ITALIC = {chr(ord("A") + n): chr(0x1D434 + n) for n in range(26)}
_ITALIC |= {chr(ord("a") + n): chr(0x1D44E + n) for n in range(26)} | {"h": "ℎ"}
_ITALIC |= {chr(ord("α") + n): chr(0x1D6FC + n) for n in range(25)} | {"∂": "𝜕", "ϵ": "𝜖"}
_BOLD = {chr(ord("A") + n): chr(0x1D400 + n) for n in range(26)}
_BOLD |= {chr(ord("a") + n): chr(0x1D41A + n) for n in range(26)}
_BOLD |= {chr(ord("α") + n): chr(0x1D6C2 + n) for n in range(25)}
_BOLD |= {chr(ord("0") + n): chr(0x1D7CE + n) for n in range(10)}
_FROM_ITALIC = {value: key for key, value in _ITALIC.items()}
_PLAIN = _FROM_ITALIC | {value: key for key, value in _BOLD.items()} | {"−": "-"}


def italic(text: str) -> str:
    """Letters as mathematical italic ones."""
    return "".join(_ITALIC.get(character, character) for character in text)


def bold(text: str) -> str:
    """Letters and figures as mathematical bold ones; italic letters lose their slant."""
    upright = (_FROM_ITALIC.get(character, character) for character in text)
    return "".join(_BOLD.get(character, character) for character in upright)


def plain(character: str) -> str:
    """What a reader copies for a set character: the letter itself, a hyphen for a minus."""
    return _PLAIN.get(character, character)
