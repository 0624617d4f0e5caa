"""A maths tree printed as MathML Core, for the page and for the PDF.

The element names and attributes are those of the MathML Core specification. How a role or a path
looks is the caller's business: a `Paint` turns them into attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from derive.maths.decimals import BROWSER, Advances, Padding, padded, paddings
from derive.maths.tree import (
    Aligned,
    Braced,
    Cases,
    Fenced,
    Fraction,
    Identifier,
    Limits,
    Matrix,
    Named,
    Number,
    Operator,
    Role,
    Root,
    Row,
    Script,
    Styled,
    Text,
    Tree,
    unknown,
    unnamed,
)

Paint = Callable[[Role | None, int | None], str]
"""Attributes, with a space before them, for a role and a path."""
Tag = Callable[[Number | Named], str]
"""Attributes, with a space before them, for a number or for letters; asked in reading order."""
Figures = Callable[[str], str]
"""Digits with a point to markup: each language has its sign before decimals."""

_LEADING_SIGN = re.compile(r"^((?:<mtext>\s</mtext>)?(?:<mrow[^>]*>)*)<mo>(?=[+−])")
_ELEMENT = re.compile("^<[a-z]+")
MEDIUM = "0.2222em"
"""TeX's space beside a sign between two terms or factors."""
_PRODUCTS = {"×", "·", "⊙"}
_PREFIXED = {"(", "[", "{", "|"}


def italic(letter: str) -> str:
    """The mathematical italic letter of Unicode; h has its own place as Planck's constant."""
    if letter == "h":
        return "ℎ"
    for first, last, start in _ITALICS:
        if first <= letter <= last:
            return chr(start + ord(letter) - ord(first))
    return "𝜕" if letter == "∂" else letter


_ITALICS = (("a", "z", 0x1D44E), ("A", "Z", 0x1D434), ("α", "ω", 0x1D6FC))


def bold(letter: str, *, slanted: bool = False) -> str:
    """The bold letter of Unicode, upright or italic; what has none stays."""
    if letter.isascii() and letter.isdigit():
        return chr(0x1D7CE + int(letter))
    for first, last, upright, italics in _BOLD:
        if first <= letter <= last:
            return chr((italics if slanted else upright) + ord(letter) - ord(first))
    return letter


_BOLD = (
    ("A", "Z", 0x1D400, 0x1D468), ("a", "z", 0x1D41A, 0x1D482),
    ("Α", "Ω", 0x1D6A8, 0x1D71C), ("α", "ω", 0x1D6C2, 0x1D736),
)  # fmt: skip


def mathml(
    tree: Tree,
    *,
    paint: Paint,
    tag: Tag = lambda _: "",
    figures: Figures = str,
    display: bool = False,
    alttext: str = "",
    spoken: Mapping[str, str] | None = None,
    name: str = "",
    labelled: bool = False,
    advances: Advances = BROWSER,
    padding: Padding | None = None,
) -> str:
    """The element `math` that sets `tree`.

    Args:
        tree: what is set.
        paint: how roles and paths look.
        tag: attributes of numbers and of letters, on their outermost element.
        figures: the digits of a number, with a point, as they are to be written.
        display: whether it is a block.
        alttext: what it says to those who listen.
        spoken: the same in several languages, in place of `alttext`: an annotation, of which a
            style sheet may hide what is not read (MathML Core, 5.1; HTML may stand in it).
        name: an identifier for that.
        labelled: whether `alttext` is ARIA's label too: not every browser takes it for the name.
        advances: how wide numbers are set, so that those of a matrix are aligned.
        padding: space on either side of the whole.
    """
    attributes = ' display="block"' if display else ""
    if alttext:
        attributes += f' alttext="{escape(alttext)}"'
        attributes += f' aria-label="{escape(alttext)}"' if labelled else ""
    inside = padded(_Printer(paint, tag, figures, advances).print(tree), padding)
    if spoken:
        attributes += f' aria-labelledby="{name}"'
        spans = (f'<span lang="{tag}">{escape(text)}</span>' for tag, text in spoken.items())
        words = f'<span class="spoken" id="{name}">{" ".join(spans)}</span>'
        note = f'<annotation-xml encoding="text/html">{words}</annotation-xml>'
        inside = f"<semantics><mrow>{inside}</mrow>{note}</semantics>"
    return f"<math{attributes}>{inside}</math>"


class _Printer:
    """One method for each kind of node that needs more than a line."""

    def __init__(self, paint: Paint, tag: Tag, figures: Figures, advances: Advances) -> None:
        self.paint = paint
        self.tag = tag
        self.figures = figures
        self.advances = advances
        self.strong = False

    def print(self, tree: Tree) -> str:
        match tree:
            case Identifier(text, style):
                return self.identifier(text, style)
            case Operator(text, form):
                return self.operator(text, form)
            case Number():
                return self.number(tree)
            case Text(text):
                words = escape(text).replace(" ", "\N{NO-BREAK SPACE}")
                return f"<mtext>{words}</mtext>"
            case Row(parts):
                return "".join(map(self.print, parts))
            case Fraction(above, below):
                return f"<mfrac>{self.one(above)}{self.one(below)}</mfrac>"
            case Script():
                return self.script(tree)
            case Limits():
                return self.limits(tree)
            case Root(radicand):
                return f"<msqrt>{self.print(radicand)}</msqrt>"
            case Fenced(inside, opening, closing):
                left = f'<mo form="prefix" stretchy="true">{escape(opening)}</mo>'
                right = f'<mo form="postfix" stretchy="true">{escape(closing)}</mo>'
                return f"<mrow>{left}{self.print(inside)}{right}</mrow>"
            case Matrix(lines):
                left = '<mo form="prefix" stretchy="true">[</mo>'
                right = '<mo form="postfix" stretchy="true">]</mo>'
                columns = [
                    paddings(column, self.advances, strong=self.strong)
                    for column in zip(*lines, strict=True)
                ]
                spaces = tuple(zip(*columns, strict=True))
                table = self.table(lines, ("",) * len(lines[0]), "", spaces)
                return f"<mrow>{left}{table}{right}</mrow>"
            case Cases(lines):
                left = '<mo form="prefix" stretchy="true">{</mo>'
                return f"<mrow>{left}{self.table(lines, ('l', 'l'), '')}</mrow>"
            case Aligned(lines):
                return self.table(lines, ("r", "l"), ' displaystyle="true"')
            case Braced(inside, label):
                brace = '<mo stretchy="true">⏟</mo>'
                under = f"<munder>{self.one(inside)}{brace}</munder>"
                return f"<munder>{under}{self.one(label)}</munder>"
            case Styled(inside, role, path):
                attributes = self.paint(role, path)
                before, self.strong = self.strong, self.strong or role == "value"
                # A sign that begins a term still stands between it and the one before.
                text = self.cell(inside) if role == "term" else self.print(inside)
                self.strong = before
                return f"<mrow{attributes}>{text}</mrow>" if attributes else text
            case Named(inside):
                attributes = self.tag(tree)
                if not attributes:
                    return self.print(inside)
                return _ELEMENT.sub(lambda start: start[0] + attributes, self.one(inside), count=1)
            case _:
                raise unknown(tree)

    def one(self, tree: Tree) -> str:
        """`tree` as exactly one element."""
        text = self.print(tree)
        if isinstance(tree, Named) and self.tag(tree):
            return text
        tree = unnamed(tree)
        single = isinstance(tree, (Identifier, Operator, Text, Fraction, Script, Limits, Root))
        single = single or (
            isinstance(tree, Number) and not tree.numeral.negative and not tree.numeral.exponent
        )
        return text if single else f"<mrow>{text}</mrow>"

    @staticmethod
    def identifier(text: str, style: str) -> str:
        shown = escape(text)
        if style.startswith("bold"):
            # Browsers know no other way to a bold letter than the letter itself.
            letters = (bold(letter, slanted=style == "bold-italic") for letter in text)
            return f"<mi>{''.join(letters)}</mi>"
        if style == "upright":
            return (
                f'<mi mathvariant="normal">{shown}</mi>' if len(text) == 1 else f"<mi>{shown}</mi>"
            )
        return f"<mi>{shown if len(text) == 1 else escape(''.join(map(italic, text)))}</mi>"

    @staticmethod
    def operator(text: str, form: str) -> str:
        shown = escape(text)
        if text in _PREFIXED or text in ")]}":
            return f'<mo form="{form}" stretchy="false">{shown}</mo>'
        if form != "infix":
            return f'<mo form="{form}">{shown}</mo>'
        if text in _PRODUCTS:
            # As beside + and −; MathML Core has it a sixth of that less.
            return f'<mo lspace="{MEDIUM}" rspace="{MEDIUM}">{shown}</mo>'
        return f"<mo>{shown}</mo>"

    def number(self, number: Number) -> str:
        numeral = number.numeral
        digits = numeral.digits.removeprefix("-")
        attributes = self.tag(number)
        name = "mi" if digits == "∞" else "mn"
        element = f"<{name}{attributes}>{self.figures(digits)}</{name}>"
        if numeral.exponent:
            power = f"<mn>{abs(numeral.exponent)}</mn>"
            if numeral.exponent < 0:
                power = f'<mrow><mo form="prefix">−</mo>{power}</mrow>'
            element += f"{self.operator('×', 'infix')}<msup><mn>10</mn>{power}</msup>"
        return f'<mo form="prefix">−</mo>{element}' if numeral.negative else element

    def script(self, tree: Script) -> str:
        base = self.one(tree.base)
        if tree.sub is not None and tree.sup is not None:
            return f"<msubsup>{base}{self.one(tree.sub)}{self.one(tree.sup)}</msubsup>"
        if tree.sub is not None:
            return f"<msub>{base}{self.one(tree.sub)}</msub>"
        if tree.sup is not None:
            return f"<msup>{base}{self.one(tree.sup)}</msup>"
        return base

    def limits(self, tree: Limits) -> str:
        accent = tree.over == Operator("^")
        large = isinstance(tree.base, Operator)
        base = self.one(tree.base)
        if large and isinstance(tree.base, Operator):
            base = f"<mo>{escape(tree.base.text)}</mo>"
        if accent:
            return f'<mover accent="true">{base}<mo stretchy="false">^</mo></mover>'
        if tree.under is not None and tree.over is not None:
            return f"<munderover>{base}{self.one(tree.under)}{self.one(tree.over)}</munderover>"
        if tree.under is not None:
            return f"<munder>{base}{self.one(tree.under)}</munder>"
        if tree.over is not None:
            return f"<mover>{base}{self.one(tree.over)}</mover>"
        return base

    def cell(self, tree: Tree) -> str:
        """A cell; a sign of the line before that opens it is still one between two terms."""
        text = self.print(tree)
        return _LEADING_SIGN.sub(r'\1<mo form="infix">', text)

    def table(
        self,
        lines: tuple[tuple[Tree, ...], ...],
        columns: tuple[str, ...],
        attributes: str,
        spaces: Sequence[Sequence[Padding | None]] | None = None,
    ) -> str:
        names = {"r": "right", "l": "left", "": "center"}
        align = " ".join(names[column] for column in columns)
        rows = []
        for n, line in enumerate(lines):
            beside = spaces[n] if spaces else [None] * len(line)
            cells = "".join(
                f'<mtd class="{column}">{self.cell(cell)}</mtd>' if column
                else f"<mtd>{padded(self.cell(cell), space)}</mtd>"
                for column, cell, space in zip(columns, line, beside, strict=True)
            )  # fmt: skip
            rows.append(f"<mtr>{cells}</mtr>")
        return f'<mtable{attributes} columnalign="{align}">{"".join(rows)}</mtable>'
