"""Trees side by side and one below the other: sums, paths in colour, equations cut into lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from derive.maths.expression import MINUS, fenced, is_negative, width
from derive.maths.tree import (
    Aligned,
    Braced,
    Fenced,
    Number,
    Operator,
    Row,
    Styled,
    Text,
    Tree,
    row,
)

EQUALS, ABOUT = Operator("="), Operator("≈")
SUM = Operator("∑", "prefix")
UNDER = Text("\N{EM SPACE}")
"""What the rest of a sum that was cut starts with, to stand under what follows the sign."""
ONE_LINE = 54.0
"""An equation no wider than this many figures stays on one line."""
LINE = 62.0
"""A longer one is cut into lines of about this width."""
MOST_TERMS = 500
"""A sum of more terms is elided, on the page and on paper alike: nobody reads as many."""
ELLIPSIS = Text("⋯")
PATHS = 6
"""How many colours tell paths apart before they come round again."""


def added(terms: Sequence[Tree]) -> Tree:
    """Terms with plus signs between; one that starts with a minus gets parentheses."""
    pieces: list[Tree] = [terms[0]]
    for term in terms[1:]:
        if isinstance(term, Row) and term.parts[0] == MINUS:
            pieces += [Operator("−"), *term.parts[1:]]
            continue
        pieces.append(Operator("+"))
        pieces.append(_fenced_inside(term) if is_negative(term) else term)
    return row(*pieces)


def _fenced_inside(term: Tree) -> Tree:
    match term:
        case Styled(inside, role, path):
            return Styled(_fenced_inside(inside), role, path)
        case Row(inside) if isinstance(inside[0], Number):
            return row(fenced(inside[0]), *inside[1:])
    return fenced(term)


def labelled(term: Tree, label: Tree) -> Tree:
    """A term with its value braced under it, both in the term's colour."""
    path = term.path if isinstance(term, Styled) else None
    return Styled(Braced(term, label), path=path)


def arranged(
    left: Tree, segments: Sequence[tuple[Operator, Tree]], *, one_line: float = ONE_LINE
) -> Tree:
    """One line while it is short; else one line a segment, the value joining the one before."""
    segments = [(relation, elided(tree)) for relation, tree in segments]
    whole = row(left, *(part for segment in segments for part in segment))
    if width(whole) <= one_line:
        return whole
    lines: list[list[Tree]] = []
    for index, (relation, tree) in enumerate(segments):
        last = index == len(segments) - 1
        if last and lines and width(row(*lines[-1])) + width(tree) + 2 <= LINE:
            lines[-1] += [relation, tree]
        else:
            pieces = _cut(tree, LINE)
            lines.append([relation, pieces[0]])
            lines += [[UNDER, piece] for piece in pieces[1:]]
    return Aligned(tuple((left if n == 0 else Row(()), row(*line)) for n, line in enumerate(lines)))


def elided(tree: Tree) -> Tree:
    """`tree` with an ellipsis between the first terms and the last of a sum of too many."""
    match tree:
        case Styled(inside, role, path):
            return Styled(elided(inside), role, path)
        case Fenced(inside, opening, closing):
            return Fenced(elided(inside), opening, closing)
        case Row(inside):
            for signs in _sums(inside):
                if len(signs) > MOST_TERMS:
                    start, end = signs[MOST_TERMS - 2] + 1, signs[-1]
                    return elided(Row((*inside[:start], ELLIPSIS, *inside[end:])))
            return Row(tuple(map(elided, inside)))
    return tree


def _sums(inside: Sequence[Tree]) -> list[list[int]]:
    """Where the signs of each sum of a row stand: of the row itself, and of each in parentheses."""
    groups: list[list[int]] = [[]]
    open_ones = [groups[0]]
    for n, part in enumerate(inside):
        if part in (Operator("+"), Operator("−")):
            open_ones[-1].append(n)
        elif part == Operator("(", "prefix"):
            groups.append([])
            open_ones.append(groups[-1])
        elif part == Operator(")", "postfix") and len(open_ones) > 1:
            open_ones.pop()
    return groups


def _cut(tree: Tree, limit: float) -> list[Tree]:
    """A long sum in pieces no wider than `limit`, each but the first starting with its sign."""
    match tree:
        case Styled(inside, role, path):
            return [Styled(piece, role, path) for piece in _cut(inside, limit)]
        case Row(inside) if width(tree) > limit:
            pass
        case _:
            return [tree]
    signs = [n for n, part in enumerate(inside) if part in (Operator("+"), Operator("−"))]
    pieces: list[Tree] = []
    start = 0
    for at, following in pairwise([*signs, len(inside)]):
        if at > start and width(Row(inside[start:following])) > limit:
            pieces.append(Row(inside[start:at]))
            start = at
    return [*pieces, Row(inside[start:])]
