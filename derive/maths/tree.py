"""Mathematics as a tree: what is to be set, never how it is spelt in one format.

The printers beside this module (`mathml`, `speech`) each turn the same tree into text.
A `Number` keeps its exact value, how it is rounded, and where in a trace it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Never

from derive.maths.numbers import Numeral
from derive.reference import Ref

Style = Literal["italic", "upright", "bold", "bold-italic"]
Role = Literal["substituted", "value", "layer", "sample", "left", "over", "line", "term"]
"""`substituted`: a number put in for a letter; `value`: the result.

`layer` and `sample` say what a number at a letter counts; they look like any other. `left`, or
`over` where it is long, `line` and `term` say where an equation may be broken.
"""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A letter or a word that names something: w, net, E. Words are set in italics.

    `style` is `italic` (a quantity), `upright` (a function such as ln), or `bold` or `bold-italic`
    (a vector or a matrix).
    """

    text: str
    style: Style = "italic"


@dataclass(frozen=True, slots=True)
class Operator:
    """A sign: + − × · = ≈ ∂ ∑ ( ) ⊙ ⊤. Parentheses here do not stretch."""

    text: str
    form: Literal["prefix", "infix", "postfix"] = "infix"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is printed, with the scalar that it shows where it shows one."""

    numeral: Numeral
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Words inside mathematics."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Parts side by side."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A numerator over a denominator."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True, slots=True)
class Script:
    """A base with an index below, an exponent above, or both."""

    base: Tree
    sub: Tree | None = None
    sup: Tree | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """A large operator with what stands under and over it: ∑ over k."""

    base: Tree
    under: Tree | None = None
    over: Tree | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    radicand: Tree


@dataclass(frozen=True, slots=True)
class Fenced:
    """A part between brackets that grow with it."""

    inside: Tree
    opening: str = "("
    closing: str = ")"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of cells between square brackets; `below` is set under it (its shape)."""

    rows: tuple[tuple[Tree, ...], ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A brace before lines of (value, condition)."""

    lines: tuple[tuple[Tree, Tree], ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """Lines aligned at the relation between their left and right parts."""

    lines: tuple[tuple[Tree, Tree], ...]


@dataclass(frozen=True, slots=True)
class Braced:
    """A part with a brace under it and a label under the brace."""

    inside: Tree
    label: Tree


@dataclass(frozen=True, slots=True)
class Styled:
    """A part in a role, on a path, or both.

    `path` counts the ways by which the error comes back, from 0; each has its own colour in
    the figure, the terms and the numbers.
    """

    inside: Tree
    role: Role | None = None
    path: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The letters of a quantity, with the scalar or the array that they name (a `Ref`)."""

    inside: Tree
    ref: Ref


Tree = (
    Identifier
    | Operator
    | Number
    | Text
    | Row
    | Fraction
    | Script
    | Limits
    | Root
    | Fenced
    | Matrix
    | Cases
    | Aligned
    | Braced
    | Styled
    | Named
)


def row(*parts: Tree) -> Tree:
    """The parts side by side, rows within them opened up; one part alone is itself."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Row) else (part,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def unnamed(tree: Tree) -> Tree:
    """The letters themselves, of letters that name a quantity; any other tree as it is."""
    return tree.inside if isinstance(tree, Named) else tree


def parts(tree: Tree) -> tuple[Tree, ...]:
    """The trees directly below `tree`, in reading order."""
    match tree:
        case Row(inside):
            return inside
        case Fraction(first, second) | Braced(first, second):
            return (first, second)
        case Script(first, second, third) | Limits(first, second, third):
            return tuple(part for part in (first, second, third) if part is not None)
        case Root(inside) | Fenced(inside) | Styled(inside) | Named(inside):
            return (inside,)
        case Matrix(lines) | Cases(lines) | Aligned(lines):
            return tuple(cell for line in lines for cell in line)
        case Identifier() | Operator() | Number() | Text():
            return ()
        case _:
            raise unknown(tree)


def unknown(tree: Never) -> TypeError:
    """The error of a walk that meets a kind of tree it has no rule for; mypy finds it before."""
    return TypeError(f"no rule for a tree of the kind {type(tree).__name__}")


def numbers(tree: Tree) -> Iterator[Number]:
    """Every number of `tree`, in reading order."""
    if isinstance(tree, Number):
        yield tree
    for part in parts(tree):
        yield from numbers(part)
