"""Maths inside a drawing: letters with scripts and numbers, as SVG text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from derive.maths.mathml import Figures
from derive.maths.tree import (
    Identifier,
    Limits,
    Named,
    Number,
    Operator,
    Row,
    Script,
    Styled,
    Tree,
    parts,
)
from derive.reference import Ref

SCRIPT_SIZE = 0.7
FONTS = "Derive Latin, Derive Han, serif"
"""The families of a drawing's text; a page embeds them under these names."""
_DROP, _RISE = 0.25, 0.42
_APART = 0.1
"""How much further scripts are moved where one stands over the other."""


def drawing(
    kind: str,
    width: float,
    height: float,
    size: float,
    titles: Mapping[str, str],
    name: str,
    *,
    least: float = 0.0,
) -> str:
    """The start of a drawing's element `svg`, described.

    Args:
        kind: its class.
        width: of what is visible, in user units.
        height: likewise.
        size: of its text.
        titles: the description by language. Of several a style sheet may hide some: no `title`
            would follow it, so they are text that is not painted.
        name: an identifier for them, where there are several.
        least: the px that it is never narrower than on a screen.
    """
    attributes, heading = f' style="min-width:{least:g}px"' if least else "", ""
    if len(titles) == 1:
        heading = "".join(f"<title>{escape(text)}</title>" for text in titles.values())
    elif titles:
        attributes += f' aria-labelledby="{name}"'
        spans = (f'<tspan lang="{tag}">{escape(text)}</tspan>' for tag, text in titles.items())
        heading = f'<text class="spoken" id="{name}" fill="none">{" ".join(spans)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'class="{kind}" font-family="{FONTS}" font-size="{size:g}"{attributes}>{heading}'
    )


@dataclass
class _Span:
    """A run of letters: its size against the label's, and how far it moves, in its own ems."""

    text: str
    slanted: bool = False
    bold: bool = False
    size: float = 1.0
    down: float = 0.0
    right: float = 0.0
    number: bool = False

    def markup(self, figures: Figures) -> str:
        """The element."""
        down = f' dy="{self.down:g}em"' if self.down else ""
        down += f' dx="{self.right:g}em"' if self.right else ""
        size = f' font-size="{100 * self.size:g}%"' if self.size != 1 else ""
        slant = ' font-style="italic"' if self.slanted else ""
        weight = ' font-weight="700"' if self.bold else ""
        text = figures(self.text) if self.number else escape(self.text)
        return f"<tspan{down}{size}{slant}{weight}>{text}</tspan>"


def label(tree: Tree, figures: Figures = str) -> str:
    """`tree` as the inside of an SVG `text` element: letters in italics, scripts moved by dy.

    No tspan stands in another: WeasyPrint hands a size in per cent on and takes it again.

    Args:
        tree: what is set.
        figures: the digits of a number, with a point, as they are to be written.

    Raises:
        TypeError: SVG's text cannot set such a tree.
    """
    return "".join(span.markup(figures) for span in _spans(tree))


def data_ref(tree: Tree) -> str:
    """The attribute that says which one scalar, or array, of the trace a label is about."""
    refs = set(_refs(tree))
    return f' data-ref="{escape(refs.pop().place)}"' if len(refs) == 1 else ""


def _refs(tree: Tree) -> Iterator[Ref]:
    if isinstance(tree, (Named, Number)) and tree.ref is not None:
        yield tree.ref
        return
    for part in parts(tree):
        yield from _refs(part)


def _spans(tree: Tree) -> list[_Span]:
    match tree:
        case Identifier(text, style):
            return [_Span(text, slanted="italic" in style, bold="bold" in style)]
        case Operator(text):
            return [_Span(text)]
        case Number(shown):
            power = f"e{shown.exponent}" if shown.exponent else ""
            return [_Span(f"{shown.digits}{power}".replace("-", "−"), number=True)]
        case Row(parts):
            return [span for part in parts for span in _spans(part)]
        case Styled(inside) | Named(inside):
            return _spans(inside)
        case Limits(base, over=Operator("^")):
            spans = _spans(base)
            spans[-1].text = unicodedata.normalize(
                "NFC", spans[-1].text + "\N{COMBINING CIRCUMFLEX ACCENT}"
            )
            return spans
        case Script(base, sub, sup):
            spans = _spans(base)
            apart = _APART if sub is not None and sup is not None else 0.0
            for part, move in ((sub, _DROP + apart), (sup, -_RISE - apart)):
                if part is not None:
                    spans += _moved(part, move)
            if sub is not None and sup is not None:
                _stack(spans, sub, sup)
            return spans
        case _:
            raise TypeError(f"no drawing of a tree of the kind {type(tree).__name__}")


def _moved(tree: Tree, move: float) -> list[_Span]:
    """A script: smaller, moved, and a step back to the line after it."""
    spans = _spans(tree)
    for span in spans:
        span.size = round(span.size * SCRIPT_SIZE, 4)
    if spans:
        spans[0].down += move
        spans.append(_Span("\N{ZERO WIDTH SPACE}", down=-move * SCRIPT_SIZE))
    return spans


def _stack(spans: list[_Span], sub: Tree, sup: Tree) -> None:
    """Set the exponent over the index, and what follows behind the longer of the two."""
    first = spans[-len(_spans(sup)) - 1]
    first.right -= length(sub)
    spans[-1].right += max(0.0, length(sub) - length(sup)) * SCRIPT_SIZE


def length(tree: Tree) -> float:
    """About how wide the label is, in ems."""
    match tree:
        case Identifier(text) | Operator(text):
            return sum(map(_advance, text))
        case Number(shown):
            return sum(map(_advance, shown.digits)) + (1.0 if shown.exponent else 0.0)
        case Row(parts):
            return sum(map(length, parts))
        case Styled(inside) | Limits(inside) | Named(inside):
            return length(inside)
        case Script(base, sub, sup):
            scripts = [length(part) for part in (sub, sup) if part is not None]
            return length(base) + SCRIPT_SIZE * max(scripts, default=0.0)
        case _:
            raise TypeError(f"no drawing of a tree of the kind {type(tree).__name__}")


def _advance(character: str) -> float:
    return 0.25 if character in ",." else 0.33 if character in "()[]" else 0.5
