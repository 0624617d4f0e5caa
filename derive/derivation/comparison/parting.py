"""Where two trainings part: the first scalar that differs, worked out in A and in B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from derive.derivation.comparison.values import Both, Pair
from derive.derivation.loss import loss_chapter
from derive.derivation.scalars.backward import backward_chapters
from derive.derivation.scalars.forward import forward_chapter
from derive.derivation.scalars.update import update_chapter
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Equation, Message, Paragraph, Section
from derive.engine import Trace
from derive.formula import Symbol
from derive.maths.numbers import Rounding
from derive.maths.tree import Number, Styled, Tree, parts
from derive.reference import Ref, State

LOOKED_AT = 3
"""The first passes that are looked at in any case."""


@dataclass(frozen=True)
class Parting:
    """The first iteration in which anything differs.

    Attributes:
        iteration: the pass, from 0.
        pairs: all its scalars, in the order in which they are computed.
    """

    iteration: int
    pairs: Sequence[Pair]

    @property
    def differing(self) -> list[Pair]:
        """Those that differ."""
        return [pair for pair in self.pairs if pair.differs]

    def first(self, *groups: str) -> Pair | None:
        """The first that differs, of `groups` where any are named."""
        return next((p for p in self.differing if not groups or p.group in groups), None)


def passes_to_search(a: Trace, b: Trace) -> set[int]:
    """The passes among which the first difference is looked for; the same are in both traces."""
    last = int(min(a.iterations[-1], b.iterations[-1]))
    passes = set(range(min(LOOKED_AT, last + 1)))
    if a.history.shape[1:] == b.history.shape[1:] and a.problem.layers == b.problem.layers:
        common, rows_a, rows_b = np.intersect1d(a.iterations, b.iterations, return_indices=True)
        other = (a.history[rows_a] != b.history[rows_b]).any(axis=1)
        other |= a["loss"][rows_a] != b["loss"][rows_b]
        if other.any():
            k = int(common[int(np.argmax(other))])
            passes |= {max(k - 1, 0), k}
    return passes


def parting(both: Both, passes: Sequence[int]) -> Parting | None:
    """The first of `passes` in which anything differs, or None."""
    for iteration in passes:
        both.turn_to(iteration)
        parted = Parting(iteration, tuple(both.pairs()))
        if parted.first():
            return parted
    return None


def parting_section(both: Both, where: Parting | None, anchor: str) -> Section:
    """Which scalar differs first, and what it is in A and in B."""
    blocks: tuple[Block, ...] = (Paragraph(Message("compare.part.nowhere")),)
    if where is not None:
        both.turn_to(where.iteration)
        blocks = tuple(_blocks(both, where))
    return Section(anchor, Message("compare.part.title"), blocks)


def _blocks(both: Both, where: Parting) -> Iterator[Block]:
    first = where.first()
    if first is None:
        return
    quantity = both.name(first)
    if not both.same_shape:
        yield Paragraph(Message("compare.part.shapes", {"quantity": quantity}))
    elif where.iteration:
        gaps = {"count": str(where.iteration), "next": str(where.iteration + 1)}
        yield Paragraph(Message("compare.part.later", {**gaps, "quantity": quantity}))
    else:
        key = "compare.part.start" if where.pairs[0] == first else "compare.part.first"
        yield Paragraph(Message(key, {"quantity": quantity}))
    yield from _worked(both, first)
    if first.group != "error":
        return
    # Another error need not have other derivatives, and where it has, they are what counts.
    back = where.first("backward")
    if back is not None:
        yield Paragraph(Message("compare.part.derivative", {"quantity": both.name(back)}))
        yield from _worked(both, back)
    elif both.same_shape:
        yield Paragraph(Message("compare.part.error_alone"))


def _worked(both: Both, pair: Pair) -> Iterator[Block]:
    """The scalar in A and in B, each by its own equation."""
    done = True
    sides = ("compare.part.a", "compare.part.b")
    for key, book, ref in zip(sides, (both.a, both.b), pair.refs, strict=True):
        equations = worked(book, ref, pair.figures(book.rounding))
        done = done and bool(equations)
        if equations:
            yield Paragraph(Message(key))
            yield from equations
    a, b, gap = pair.cells(both.a.rounding)
    if not done:
        gaps = {"a": a, "b": b, "quantity": both.name(pair)}
        yield Paragraph(Message("compare.part.values", gaps))
    elif pair.gap is not None:
        yield Paragraph(Message("compare.part.gap", {"gap": gap}))


def worked(book: Workbook, ref: Ref, digits: int) -> list[Equation]:
    """The equation that computes a scalar, to `digits` figures, as a worked solution sets it.

    Before a parameter's stand those of what the optimizer remembers of it.
    """
    exactly = replace(book, rounding=Rounding(digits, book.rounding.decimals))
    exactly.iteration = book.iteration
    equations: list[Equation] = []
    for section in _chapters(exactly, ref):
        for equation in _equations(section):
            result = _result(equation.tree)
            if result == ref or _remembered(result, ref):
                equations.append(replace(equation, key=False))
            if result == ref:
                return equations
    if ref.is_value and ref.quantity in ("W", "b") and ref.iteration:
        # A parameter that is not trained has no update: it is what it was.
        return [exactly.equation(ref, Symbol(ref.at(ref.iteration - 1)), result=ref)]
    return []


def _remembered(result: Any, parameter: Ref) -> bool:
    """Whether an equation's result is the optimizer's memory of a parameter."""
    return (
        isinstance(result, Ref)
        and parameter.is_value
        and isinstance(result.aspect, State)
        and result.quantity == parameter.quantity
        and (result.layer, result.index) == (parameter.layer, parameter.index)
    )


def _chapters(book: Workbook, ref: Ref) -> Iterator[Section]:
    if ref.iteration == book.iteration + 1:
        yield update_chapter(book, "", explained=False)
    elif ref.is_value and ref.quantity in ("net", "out"):
        yield forward_chapter(book, "", explained=False)
    elif ref.quantity.startswith("loss"):
        yield loss_chapter(book, "", explained=False)
    else:
        yield from backward_chapters(book, "", explained=False)


def _equations(section: Section) -> Iterator[Equation]:
    for block in section.blocks:
        if isinstance(block, Equation):
            yield block
        elif isinstance(block, Section):
            yield from _equations(block)


def _result(tree: Tree) -> Any:
    """The scalar that an equation ends in."""
    if isinstance(tree, Styled) and tree.role == "value" and isinstance(tree.inside, Number):
        return tree.inside.ref
    for part in reversed(parts(tree)):
        result = _result(part)
        if result is not None:
            return result
    return None
