"""Maths inside a drawing: letters with scripts and numbers, as SVG text."""

from __future__ import annotations

from html import escape

from derive.maths.tree import Identifier, Number, Operator, Row, Script, Styled, Tree

SCRIPT_SIZE = 0.7
FONTS = "Derive Latin, Derive Han, serif"
"""The families of a drawing's text; a page embeds them under these names."""
_DROP, _RISE = 0.25, 0.42


def label(tree: Tree) -> str:
    """`tree` as the inside of an SVG `text` element: letters in italics, scripts moved by dy."""
    return "".join(_spans(tree, 0.0))


def _spans(tree: Tree, shift: float) -> list[str]:
    match tree:
        case Identifier(text, style):
            slant = ' font-style="italic"' if style == "italic" else ""
            return [f"<tspan{slant}>{escape(text)}</tspan>"]
        case Operator(text):
            return [f"<tspan>{escape(text)}</tspan>"]
        case Number(shown):
            digits = shown.digits.replace("-", "−")
            power = f"e{shown.exponent}".replace("-", "−") if shown.exponent else ""
            return [f"<tspan>{digits}{power}</tspan>"]
        case Row(parts):
            return [span for part in parts for span in _spans(part, shift)]
        case Styled(inside):
            return _spans(inside, shift)
        case Script(base, sub, sup):
            spans = _spans(base, shift)
            for part, move in ((sub, _DROP), (sup, -_RISE)):
                if part is not None:
                    spans.append(_moved(part, move))
            return spans
    return []


def _moved(tree: Tree, move: float) -> str:
    """A script: smaller, moved, and a step back to the line after it."""
    inside = "".join(_spans(tree, move))
    size = round(SCRIPT_SIZE * 100)
    down = f'<tspan dy="{move:g}em" font-size="{size}%">{inside}</tspan>'
    # dy is in ems of the tspan it stands on, so the way back is the scaled way.
    return f'{down}<tspan dy="{-move * SCRIPT_SIZE:g}em">&#8203;</tspan>'


def length(tree: Tree) -> float:
    """About how wide the label is, in ems."""
    match tree:
        case Identifier(text) | Operator(text):
            return 0.5 * len(text)
        case Number(shown):
            return 0.5 * len(shown.digits) + (1.0 if shown.exponent else 0.0)
        case Row(parts):
            return sum(map(length, parts))
        case Styled(inside):
            return length(inside)
        case Script(base, sub, sup):
            scripts = [length(part) for part in (sub, sup) if part is not None]
            return length(base) + SCRIPT_SIZE * max(scripts, default=0.0)
    return 0.0
