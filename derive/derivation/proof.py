"""The proof: every gradient against an independent check, and how to make the document again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from derive.derivation.kinks import kinks
from derive.derivation.setting.workbook import Workbook
from derive.derivation.traced import trace_differences
from derive.document import Block, Command, Inline, Message, Paragraph, Section
from derive.engine import GradientCheck, Trace, check_gradients
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Number
from derive.reference import Ref

NOISE = 1e-9
"""A difference up to this, relative to the largest gradient, is float64's rounding."""


def proof_chapter(
    book: Workbook, trace: Trace, anchor: str, *, command: str, version: str
) -> Section:
    """The gradients of the start against complex steps, and how certain the numbers are."""
    blocks = tuple(_blocks(book, trace, command, version))
    return Section(anchor, Message("proof.title"), blocks)


def _blocks(book: Workbook, trace: Trace, command: str, version: str) -> Iterator[Block]:
    yield Paragraph(Message("proof.complex_step"))
    count = _on_kinks(book)
    yield _comparison(book, judged=not count)
    if count:
        yield Paragraph(Message("proof.kink", {"count": str(count)}), role="warning")
    yield Paragraph(Message("proof.digits"))
    yield from trace_differences(book, trace)
    if command:
        yield Paragraph(Message("proof.reproduce", {"version": version}))
        yield Command(command)


def _on_kinks(book: Workbook) -> int:
    """How many net inputs of the start have no slope, so that the comparison cannot judge them."""
    start = replace(book, iteration=0)
    return sum(
        1
        for layer in range(1, len(book.problem.layers))
        for _ in kinks(start, layer, product(range(book.problem.layers[layer]), start.samples))
    )


def _compared(check: GradientCheck) -> Message:
    """How many gradients were compared."""
    if check.count == check.total:
        return Message("proof.all", {"total": str(check.total)})
    return Message("proof.some", {"count": str(check.count), "total": str(check.total)})


def _comparison(book: Workbook, *, judged: bool) -> Paragraph:
    """What the comparison found, and no more than it bears: nothing of what lies on a kink."""
    check = check_gradients(book.problem)
    if not math.isfinite(check.largest):
        return Paragraph(Message("proof.infinite"), role="warning")
    where = Ref(*book.walk.named[check.name], check.index)
    gaps: dict[str, Inline] = {
        "compared": _compared(check),
        "difference": Number(numeral(check.largest, Rounding(digits=2))),
        "parameter": book.notation.symbol(where),
    }
    if not judged:
        return Paragraph(Message("proof.largest", gaps))
    if not check.largest:
        return Paragraph(Message("proof.equal", {"compared": _compared(check)}))
    if check.largest <= NOISE:
        return Paragraph(Message("proof.agreement", gaps))
    if book.problem.hidden_deltas == "after-update" and len(book.problem.layers) > 2:
        return Paragraph(Message("proof.disagreement", gaps), role="warning")
    return Paragraph(Message("proof.difference", gaps), role="warning")
