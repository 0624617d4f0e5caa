"""The iterations: how the error fell, what the outputs became."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation.tables import cut_note, limited, strong
from derive.derivation.workbook import Workbook
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
from derive.engine import DIGITS, Trace, sensitivity
from derive.maths.tree import Styled
from derive.reference import Ref

MOST_OUTPUTS = 4
"""More outputs than this, over all samples, get no column each."""
SHORT = 50
"""Trainings shorter than this do not magnify rounding enough to be looked at."""
CHAOS = 0.01
"""A hair at the start, of 1e-14, has grown to this share of the loss: by a factor of 10^12."""
HAIR_FIGURES = 12
FLOAT64_FIGURES = 13
CURVE_POINTS = 400


def milestones(updates: int) -> list[int]:
    """The passes that a table of a training names: 0, 1, 2, 5, 10, 20, 50, … and the last."""
    found = {0, updates}
    step = 1
    while step <= updates:
        found.update(n for n in (step, 2 * step, 5 * step) if n <= updates)
        step *= 10
    return sorted(found)


def iterations_chapter(
    book: Workbook, trace: Trace, anchor: str, *, shown: Sequence[int]
) -> Section:
    """The table of passes and the curve of the error."""
    return Section(anchor, Message("iterations.title"), tuple(_blocks(book, trace, shown)))


def _blocks(book: Workbook, trace: Trace, shown: Sequence[int]) -> Iterator[Block]:
    updates = int(trace.iterations[-1])
    gaps: dict[str, Inline] = {"count": str(updates), "error": book.notation.loss}
    one_by_one = book.problem.samples == "one-by-one"
    yield Paragraph(
        Message("iterations.intro_one_by_one" if one_by_one else "iterations.intro", gaps)
    )
    uncertain = _uncertain_from(book, trace)
    if uncertain is not None:
        yield Paragraph(
            Message("iterations.sensitive", {"iteration": str(uncertain)}), role="warning"
        )
    if trace.diverged_at is not None:
        yield Paragraph(
            Message("iterations.diverged", {"iteration": str(trace.diverged_at)}), role="warning"
        )
    yield _table(book)
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


def _uncertain_from(book: Workbook, trace: Trace) -> int | None:
    """The first pass of the table whose last figures hang on how the machine rounds."""
    if book.table[-1] < SHORT:
        return None
    figures = max(book.rounding.digits, book.rounding.decimals or 0)
    lost: float | None = None
    for k, moved in sensitivity(trace, book.table).items():
        if moved > CHAOS and lost is None:
            # By here twelve figures are gone; a pass of many digits loses its own at that pace.
            lost = k * (DIGITS - figures) / HAIR_FIGURES
        if book.passes[k].exact:
            if lost is not None and k > lost:
                return k
        elif moved > 10.0 ** -(figures + 1) or figures > FLOAT64_FIGURES:
            return k
    return None


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
            strong(book.number(Ref("loss", iteration=iteration))),
        ]
        cells += [book.number(Ref("out", last, (n,), sample, iteration)) for sample, n in columns]
        rows.append(tuple(cells))
    return Table(Message("table.iterations"), tuple(header), tuple(rows), strong=1)


def _outputs(book: Workbook, updates: int) -> Iterator[Block]:
    """What the outputs were, what they became, what they should be."""
    problem, last = book.problem, book.notation.last
    rows: list[tuple[Inline, ...]] = []
    for sample in range(len(problem.inputs)):
        for n in range(problem.layers[-1]):
            out = Ref("out", last, (n,), sample)
            rows.append(
                (
                    book.notation.symbol(out),
                    book.number(Ref("target", last, (n,), sample)),
                    book.number(out.at(0)),
                    Styled(book.number(out.at(updates)), role="value"),
                )
            )
    header = (
        Message("table.output"), Message("table.target"), Message("table.before"),
        Message("table.after", {"count": str(updates)}),
    )  # fmt: skip
    yield Table(Message("table.outputs"), header, limited(rows), strong=3)
    yield from cut_note(rows)
