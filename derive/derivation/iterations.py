"""The iterations: how the error fell, what the outputs became."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from derive.derivation.setting.tables import limited_table, strong
from derive.derivation.setting.workbook import Workbook
from derive.derivation.traced import trace_differences
from derive.document import (
    Block,
    CurveFigure,
    Figure,
    Inline,
    Message,
    Paragraph,
    Section,
    Table,
)
from derive.engine import Trace
from derive.errors import UncertainError
from derive.maths.numbers import Numeral
from derive.maths.tree import Number, Styled, Text, Tree
from derive.reference import Ref

MOST_OUTPUTS = 4
"""More outputs than this, over all samples, get no column each."""
CURVE_POINTS = 400


def milestones(updates: int) -> list[int]:
    """The passes that a table of a training names: 0, 1, 2, 5, 10, 20, 50, … and the last."""
    named = {0, updates}
    step = 1
    while step <= updates:
        named.update(n for n in (step, 2 * step, 5 * step) if n <= updates)
        step *= 10
    return sorted(named)


def iterations_chapter(
    book: Workbook, trace: Trace, anchor: str, *, shown: Sequence[int]
) -> Section:
    """The table of passes and the curve of the error."""
    return Section(anchor, Message("iterations.title"), tuple(_blocks(book, trace, shown)))


def _blocks(book: Workbook, trace: Trace, shown: Sequence[int]) -> Iterator[Block]:
    updates = int(trace.iterations[-1])
    one_by_one = book.problem.samples == "one-by-one"
    if updates:
        yield Paragraph(_intro(book, updates))
    if trace.diverged_at is not None:
        key = "iterations.diverged" if _of_the_rate(trace) else "iterations.out_of_range"
        yield Paragraph(Message(key, {"iteration": str(trace.diverged_at)}), role="warning")
    if not updates:
        return
    yield _table(book)
    yield from _how_certain(book)
    yield from trace_differences(book, trace)
    if updates >= 2:
        yield Figure(
            CurveFigure(
                (_points(trace),),
                Message("figure.curve.horizontal"),
                book.notation.loss,
                tuple(shown),
            ),
            Message("figure.curve.caption", {"error": book.notation.loss}),
            Message("figure.curve.description", {"count": str(updates)}),
        )
    if not one_by_one:
        yield from _outputs(book, updates)


def _intro(book: Workbook, updates: int) -> Message:
    """How many updates are made, and of what the error is that the table lists."""
    gaps: dict[str, Inline] = {"error": book.notation.loss}
    if updates > 1:
        gaps["count"] = str(updates)
    if book.problem.samples == "one-by-one":
        once = "iterations.intro_one_by_one_once"
        return Message("iterations.intro_one_by_one" if updates > 1 else once, gaps)
    return Message("iterations.intro" if updates > 1 else "iterations.intro_once", gaps)


def _of_the_rate(trace: Trace) -> bool:
    """Whether a smaller learning rate keeps a training within the range that it has left.

    It does where all is finite at the start and stays so if parameters hardly move: but for a 0/0
    of the optimizer's own, any number of updates does then, each small enough.
    """
    start = trace.passes(slice(0, 1))
    finite = all(np.isfinite(np.asarray(start[name])).all() for name in start)
    return finite and trace.problem.optimizer.numbers.get("epsilon") != 0


def _how_certain(book: Workbook) -> Iterator[Paragraph]:
    """From which update on the table's figures are float64's, fewer than asked for, or none."""
    for key, applies in (
        ("iterations.float64", _from_float64),
        ("iterations.fewer", _short),
        ("iterations.unknown", _unknown),
    ):
        first = next((k for k in book.table if applies(book, Ref("loss", iteration=k))), None)
        if first is not None:
            yield Paragraph(Message(key, {"iteration": str(first)}), role="warning")


def _from_float64(book: Workbook, loss: Ref) -> bool:
    state = book.passes.get(loss.iteration or 0)
    return state is not None and not state.exact


def _short(book: Workbook, loss: Ref) -> bool:
    shown = known(book, loss)
    return shown is not None and shown.short


def _unknown(book: Workbook, loss: Ref) -> bool:
    return known(book, loss) is None


def known(book: Workbook, ref: Ref) -> Numeral | None:
    """How a scalar is printed; None where nothing is known of it."""
    try:
        return book.numeral(ref)
    except UncertainError:
        return None


def cell(book: Workbook, ref: Ref) -> Tree:
    """The number of a scalar, or a question mark."""
    shown = known(book, ref)
    return Text("?") if shown is None else Number(shown, ref)


def _points(trace: Trace) -> tuple[tuple[int, float], ...]:
    """A few hundred passes, denser at the start where the error moves fastest."""
    count = len(trace)
    rows: Sequence[int] = range(count)
    if count > CURVE_POINTS:
        ratio = (count - 1) ** (1 / (CURVE_POINTS - 1))
        rows = sorted({0, *(round(ratio**n) for n in range(CURVE_POINTS)), count - 1})
    loss = trace["loss"]
    return tuple((int(trace.iterations[row]), float(loss[row])) for row in rows if row < count)


def _table(book: Workbook) -> Table:
    problem, last = book.problem, book.notation.last
    outputs = range(problem.layers[-1])
    columns = [(sample, n) for sample in range(len(problem.inputs)) for n in outputs]
    if len(columns) > MOST_OUTPUTS or problem.samples == "one-by-one":
        columns = []
    header: list[Inline] = [Message("table.iteration"), book.notation.loss]
    header += [book.notation.symbol(Ref("out", last, (n,), sample)) for sample, n in columns]
    rows: list[tuple[Inline, ...]] = []
    for iteration in book.table:
        cells: list[Inline] = [
            str(iteration),
            strong(cell(book, Ref("loss", iteration=iteration))),
        ]
        cells += [cell(book, Ref("out", last, (n,), sample, iteration)) for sample, n in columns]
        rows.append(tuple(cells))
    return Table(Message("table.iterations"), tuple(header), tuple(rows), strong=1)


def _outputs(book: Workbook, updates: int) -> Iterator[Block]:
    """What the outputs were, what they became, what they should be."""
    problem, last = book.problem, book.notation.last
    outputs = [
        Ref("out", last, (n,), sample)
        for sample in range(len(problem.inputs))
        for n in range(problem.layers[-1])
    ]

    def row(out: Ref) -> tuple[Inline, ...]:
        return (
            book.notation.symbol(out),
            book.number(Ref("target", last, out.index, out.sample)),
            cell(book, out.at(0)),
            Styled(cell(book, out.at(updates)), role="value"),
        )

    header = (
        Message("table.output"), Message("table.target"), Message("table.before"),
        Message("table.after", {"count": str(updates)}),
    )  # fmt: skip
    yield from limited_table(Message("table.outputs"), header, outputs, row, strong=3)
