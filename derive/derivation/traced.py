"""Where the trace, which is float64, differs in a printed figure from what a document prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from derive.derivation.setting.tables import TRACE
from derive.derivation.setting.workbook import Workbook
from derive.document import Inline, Message, Paragraph
from derive.engine import Pass, PassTable, Trace
from derive.errors import UncertainError
from derive.maths.numbers import Numeral
from derive.maths.tree import Number
from derive.reference import Ref

GROWN = Fraction(1, 10**9)
"""A value of float64 that is off by more than this, relatively, has been magnified."""


SMALLEST = Fraction(1, 2**1022)
"""A value of float64 that is smaller has fewer figures, or none."""


class _Traced(PassTable):
    """The passes of a trace, as certified ones are read."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._pass = lru_cache(maxsize=8)(self._read)

    def _read(self, iteration: int) -> Pass:
        row = int(np.searchsorted(self.trace.iterations, iteration))
        if row == len(self.trace) or self.trace.iterations[row] != iteration:
            raise KeyError(iteration)
        passes = self.trace.passes(slice(row, row + 1))
        quantities = {name: np.asarray(passes[name])[0] for name in passes}
        return Pass(iteration, quantities, exact=False)

    def __getitem__(self, iteration: int) -> Pass:
        return self._pass(iteration)

    def __iter__(self) -> Iterator[int]:
        return iter(self.trace.iterations.tolist())

    def __len__(self) -> int:
        return len(self.trace)


def trace_differences(book: Workbook, trace: Trace) -> Iterator[Paragraph]:
    """What is to be said of the numbers printed since this was last asked, if any differ."""
    floating = replace(book, passes=_Traced(trace))
    floating.iteration = book.iteration
    differing: list[tuple[Ref, Numeral, Numeral]] = []
    for ref, right in islice(book.numerals.items(), book.compared, None):
        traced = _in_trace(floating, book, ref, right)
        if traced is not None:
            differing.append((ref, right, traced))
    book.compared = len(book.numerals)
    if not differing:
        return
    ref, right, traced = differing[0]
    gaps: dict[str, Inline] = {
        "quantity": book.notation.symbol(ref),
        "command": TRACE,
        "when": _when(ref.iteration or 0),
        "right": Number(right, ref),
        "found": Number(traced),
        "why": _why(ref, right, traced),
    }
    if len(differing) > 1:
        gaps["count"] = str(len(differing))
    key = "iterations.differs" if len(differing) > 1 else "iterations.differs_one"
    yield Paragraph(Message(key, gaps), role="warning")


def _why(ref: Ref, right: Numeral, traced: Numeral) -> Message:
    """What has made float64 differ."""
    true = right.printed
    # What is too large or too small for a rational to be written out is so for float64 as well.
    if not traced.finite or not isinstance(true, Fraction) or 0 < abs(true) < SMALLEST:
        return Message("iterations.why_range")
    if _grown(ref, right, traced):
        return Message("iterations.why_grown")
    return Message("iterations.why_rounded")


def _grown(ref: Ref, right: Numeral, traced: Numeral) -> bool:
    """Whether updates have magnified what rounding took away."""
    if not ref.iteration:
        return False
    true, floating = right.printed, traced.printed
    if not isinstance(true, Fraction) or not isinstance(floating, Fraction):
        return True
    return abs(floating - true) > GROWN * abs(true)


def _when(updates: int) -> Message:
    if updates > 1:
        return Message("iterations.after", {"iteration": str(updates)})
    return Message("iterations.after_one" if updates else "iterations.at_start")


def _in_trace(floating: Workbook, book: Workbook, ref: Ref, right: Numeral) -> Numeral | None:
    """A scalar as its float64 would be printed, where that is another number."""
    if ref.iteration is None or ref in book.defined or book.is_given(ref) or right.short:
        return None
    try:
        value: Any = floating.value(ref)
        traced = book.printed(ref, float(value))
    except (KeyError, UncertainError):
        return None
    same = traced.printed == right.printed or traced.digits == right.digits
    return None if same else traced
