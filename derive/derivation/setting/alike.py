"""Equations of one kind that follow one another are set alike: all on one line, or all on more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from derive.derivation.setting.lines import ABOUT, EQUALS, LINE, UNDER, arranged
from derive.document import Block, Document, Equation, Section
from derive.maths.expression import width
from derive.maths.tree import Aligned, Operator, Row, Tree, row

Segment = tuple[Operator, Tree]
_OPENING, _CLOSING = Operator("(", "prefix"), Operator(")", "postfix")


def alike(document: Document) -> Document:
    """The document with its runs of equations set alike."""
    sections = tuple(_within(section) for section in document.sections)
    return replace(document, opening=tuple(_set(document.opening)), sections=sections)


def _within(section: Section) -> Section:
    return replace(section, blocks=tuple(_set(section.blocks)))


def _set(blocks: Sequence[Block]) -> Iterator[Block]:
    for _, run in groupby(blocks, key=_kind):
        same = list(run)
        equations = [one for one in same if isinstance(one, Equation)]
        if len(equations) > 1:
            yield from _run(equations)
            continue
        for block in same:
            yield _within(block) if isinstance(block, Section) else block


def _kind(block: Block) -> object:
    """What equations have in common that are worked out alike; other blocks have nothing."""
    if not isinstance(block, Equation) or len(block.steps) != 1:
        return id(block)
    result = block.steps[0].result
    parted = _parted(block.tree)
    return result.quantity, result.aspect, len(parted[1]) if parted else 0


def _run(run: list[Equation]) -> Iterator[Equation]:
    counts = {len(one.tree.lines) if isinstance(one.tree, Aligned) else 1 for one in run}
    found = [_parted(one.tree) for one in run]
    if len(counts) == 1 or not all(found):
        yield from run
        return
    known = [parted for parted in found if parted is not None]
    wholes = [row(left, *(part for pair in pairs for part in pair)) for left, pairs in known]
    if max(map(width, wholes)) <= LINE:
        yield from (replace(one, tree=whole) for one, whole in zip(run, wholes, strict=True))
        return
    for one, (left, segments) in zip(run, known, strict=True):
        whole = not isinstance(one.tree, Aligned)
        yield replace(one, tree=arranged(left, segments, one_line=0.0)) if whole else one


def _parted(tree: Tree) -> tuple[Tree, list[Segment]] | None:
    """The left side of an equation, and each relation with what follows it; None of no equation."""
    if isinstance(tree, Aligned):
        flat = [part for _, right in tree.lines for part in _parts(right) if part != UNDER]
        lefts = [tree.lines[0][0]]
    else:
        flat, lefts = list(_parts(tree)), []
    segments: list[tuple[Operator, list[Tree]]] = []
    depth = 0
    for part in flat:
        depth += (part == _OPENING) - (part == _CLOSING)
        if isinstance(part, Operator) and part in (EQUALS, ABOUT) and depth == 0:
            segments.append((part, []))
        elif segments:
            segments[-1][1].append(part)
        else:
            lefts.append(part)
    return (row(*lefts), [(sign, row(*parts)) for sign, parts in segments]) if segments else None


def _parts(tree: Tree) -> tuple[Tree, ...]:
    return tree.parts if isinstance(tree, Row) else (tree,)
