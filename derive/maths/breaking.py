"""Where a displayed equation may be broken on a narrow screen: at relations, then at signs.

No browser breaks MathML by itself. What is found here are parts in the roles `left`, `over`, `line`
and `term`: where there is room they change nothing; where there is not, a style sheet can make a
block of each line and let its terms flow like words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from derive.maths.expression import width
from derive.maths.tree import (
    Aligned,
    Braced,
    Fenced,
    Matrix,
    Named,
    Operator,
    Row,
    Script,
    Styled,
    Tree,
    parts,
    row,
)

TERM = 20.0
"""A term wider than this many figures is broken further, where it can be."""
LEFT = 13.0
"""A left side wider than this takes lines of its own."""
BESIDE = 26.0
"""So does one that is wider than this together with what cannot be broken on its right."""

Parts = tuple[Tree, ...]
Break = Callable[[Tree, Tree, int], bool]
"""Whether a line may end before a part: the one before it, the part, in how many parentheses."""


def breakable(tree: Tree) -> Tree:
    """`tree` with its left sides, lines and terms marked; all else is as it was."""
    if isinstance(tree, Aligned):
        pairs = [(left, _lines(_cut(_parts(right), _at_relation))) for left, right in tree.lines]
        room = BESIDE - max(_widest(lines) for _, lines in pairs)
        return Aligned(tuple((_left(left, room), row(*lines)) for left, lines in pairs))
    left, *right = _cut(_parts(tree), _at_relation)
    if not right:
        return row(*_lines([left]))
    lines = _lines(right)
    return row(_left(row(*left), BESIDE - _widest(lines)), *lines)


def _left(tree: Tree, room: float) -> Tree:
    if tree == Row(()):
        return tree
    if width(tree) <= min(room, LEFT):
        return Styled(tree, "left")
    return Styled(_flowing(_parts(tree)), "over")


def _lines(lines: Sequence[Parts]) -> list[Styled]:
    return [Styled(_flowing(parts), "line") for parts in lines]


def _flowing(parts: Parts) -> Tree:
    return Row(tuple(Styled(term, "term") for term in _terms(row(*parts))))


def _widest(lines: Sequence[Styled]) -> float:
    """How wide the widest term is."""
    return max(width(term) for line in lines for term in parts(line.inside))


def _terms(tree: Tree) -> list[Tree]:
    """What must stay together: `tree`, or where it is too wide its terms, or their factors."""
    if width(tree) <= TERM:
        return [tree]
    if isinstance(tree, Styled):
        return [Styled(term, tree.role, tree.path) for term in _terms(tree.inside)]
    whole = _parts(tree)
    for rule in (_at_sum, _at_factor, _at_any_sign):
        pieces = _cut(whole, rule)
        if len(pieces) > 1:
            return [term for piece in pieces for term in _terms(row(*piece))]
    if len(whole) == 1:
        return [tree]
    # A sign before a term that can be broken stays with the first piece of it.
    first, *others = _terms(whole[-1])
    return [row(*whole[:-1], first), *others]


def _parts(tree: Tree) -> Parts:
    return tree.parts if isinstance(tree, Row) else (tree,)


def _cut(whole: Parts, rule: Break) -> list[Parts]:
    starts, depth = [0], 0
    for at, part in enumerate(whole):
        if at and rule(whole[at - 1], part, depth):
            starts.append(at)
        depth += (part in _OPENING) - (part in _CLOSING)
    return [whole[start:end] for start, end in pairwise([*starts, len(whole)])]


_OPENING = Operator("(", "prefix"), Operator("[", "prefix")
_CLOSING = Operator(")", "postfix"), Operator("]", "postfix")
_RELATIONS = Operator("="), Operator("≈")
_SUMS = Operator("+"), Operator("−")
_PRODUCTS = Operator("×"), Operator("·"), Operator("⊙")


def _at_relation(_before: Tree, part: Tree, depth: int) -> bool:
    return depth == 0 and part in _RELATIONS


def _at_sum(_before: Tree, part: Tree, depth: int) -> bool:
    return depth == 0 and part in _SUMS


def _at_factor(before: Tree, part: Tree, depth: int) -> bool:
    beside = _tall(part) and not isinstance(before, Operator)
    return depth == 0 and (beside or part in _PRODUCTS)


def _at_any_sign(_before: Tree, part: Tree, _depth: int) -> bool:
    return part in _SUMS or part in _PRODUCTS


def _tall(tree: Tree) -> bool:
    """Whether a factor is told from the one before it by its own brackets."""
    match tree:
        case Matrix() | Fenced():
            return True
        case Styled(inside) | Braced(inside) | Script(inside) | Named(inside):
            return _tall(inside)
    return False
