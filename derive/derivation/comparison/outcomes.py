"""How both trainings go on: the error after each number of updates, and the last outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial

from derive.derivation.comparison.values import Both
from derive.derivation.iterations import iterations_chapter
from derive.document import Block, CurveFigure, Figure, Inline, Message, Paragraph, Section, Table
from derive.engine import Trace
from derive.maths.numbers import Rounding
from derive.maths.tree import Number
from derive.problem import Example
from derive.problem.examples import Misprint
from derive.reference import Ref

MOST_OUTPUTS = 20
"""More outputs than this, over all samples, are not listed."""
CURVED = 5
"""Fewer updates than this are no curve."""
NONE = "—"
OTHER_SCALE = {"loss", "over_samples", "l2", "samples", "sample_count"}
"""Differences by which one and the same network has two errors."""


def training_section(
    both: Both,
    traces: tuple[Trace, Trace],
    examples: Sequence[Example | None],
    kinds: Set[str],
    anchor: str,
) -> Section:
    """Errors, what was published of them, outputs and curves of both."""
    blocks = tuple(_blocks(both, traces, examples, kinds))
    trained = both.has_updates
    title = Message("compare.training.title" if trained else "compare.training.title_start")
    return Section(anchor, title, blocks)


def _blocks(
    both: Both,
    traces: tuple[Trace, Trace],
    examples: Sequence[Example | None],
    kinds: Set[str],
) -> Iterator[Block]:
    loss = both.a.symbol(Ref("loss"))
    intro = "compare.training.intro" if both.has_updates else "compare.training.intro_start"
    yield Paragraph(Message(intro, {"error": loss}))
    chapters = [
        iterations_chapter(book, trace, "", shown=()).blocks
        for book, trace in zip((both.a, both.b), traces, strict=True)
    ]
    sides = ("compare.training.of_a", "compare.training.of_b")
    for key, chapter in zip(sides, chapters, strict=True):
        for block in chapter:
            if isinstance(block, Paragraph) and block.role == "warning":
                words = Message(key, {"warning": block.message})
                yield replace(block, message=words)
    yield _errors(both)
    if kinds & OTHER_SCALE:
        yield Paragraph(Message("compare.training.scales"), role="note")
    yield from published(both, examples)
    yield from _outputs(both)
    updates = max(both.a.table[-1], both.b.table[-1])
    if updates < CURVED:
        return
    curves = [
        block.drawing
        for chapter in chapters
        for block in chapter
        if isinstance(block, Figure) and isinstance(block.drawing, CurveFigure)
    ]
    if len(curves) == len(chapters):
        lines = tuple(line for curve in curves for line in curve.lines)
        yield Figure(
            replace(curves[0], lines=lines, names=("A", "B")),
            Message("compare.training.curves", {"error": loss}),
            Message("figure.curve.description", {"count": str(updates)}),
        )


def _errors(both: Both) -> Table:
    rows: list[tuple[Inline, ...]] = []
    for k in sorted({*both.a.table, *both.b.table}):
        has = [k <= book.table[-1] for book in (both.a, both.b)]
        ref = Ref("loss", iteration=k)
        if all(has):
            cells = both.pair("error", ref, ref).cells(both.a.rounding)
        else:
            cells = (
                both.a.number(ref) if has[0] else NONE,
                both.b.number(ref) if has[1] else NONE,
                NONE,
            )
        rows.append((str(k) if both.has_updates else both.a.symbol(Ref("loss")), *cells))
    header: tuple[Inline, ...] = (
        Message("table.iteration" if both.has_updates else "table.quantity"),
        "A",
        "B",
        Message("compare.difference"),
    )
    caption = "table.iterations" if both.has_updates else "compare.training.title_start"
    return Table(Message(caption), header, tuple(rows))


def _outputs(both: Both) -> Iterator[Table]:
    """What the outputs are after the last update that both made."""
    a, b = both.a.problem, both.b.problem
    samples = range(min(len(a.inputs), len(b.inputs)))
    outputs = range(a.layers[-1])
    one_by_one = "one-by-one" in (a.samples, b.samples)
    alone = len(a.inputs) == len(b.inputs) == 1
    if a.layers[-1] != b.layers[-1] or (one_by_one and not alone):
        return
    if not 0 < len(samples) * len(outputs) <= MOST_OUTPUTS:
        return
    updates = both.last_update
    rows: list[tuple[Inline, ...]] = []
    for sample in samples:
        for n in outputs:
            refs = [Ref("out", book.notation.last, (n,), sample) for book in (both.a, both.b)]
            pair = both.pair("forward", *(ref.at(updates) for ref in refs))
            output = both.name(replace(pair, refs=(refs[0], refs[1])))
            targets = [
                book.number(Ref("target", book.notation.last, (n,), sample))
                for book in (both.a, both.b)
            ]
            same = a.targets[sample][n] == b.targets[sample][n]
            goal = (
                targets[0]
                if same
                else Message("list.and", {"left": targets[0], "right": targets[1]})
            )
            rows.append((output, goal, *pair.cells(both.a.rounding)))
    header: tuple[Inline, ...] = (
        Message("table.output"), Message("table.target"), "A", "B", Message("compare.difference"),
    )  # fmt: skip
    caption = Message("compare.training.outputs_start")
    if both.has_updates:
        caption = Message("compare.training.outputs", {"count": str(updates)})
    yield Table(caption, header, tuple(rows))


# What was published


def published(both: Both, examples: Sequence[Example | None]) -> Iterator[Paragraph]:
    """Each wrong figure of an example that the other side gives, to its last digit."""
    for side, example in zip("ab", examples, strict=True):
        for misprint in example.misprints if example else ():
            yield from _published(both, side, example, misprint)


def _published(
    both: Both, side: str, example: Example | None, misprint: Misprint
) -> Iterator[Paragraph]:
    books = {"a": both.a, "b": both.b}
    own, other = books[side], books["b" if side == "a" else "a"]
    k = misprint.iteration
    if example is None or misprint.quantity != "loss" or k > both.last_update:
        return
    ref = Ref("loss", iteration=k)
    places = len(misprint.printed.partition(".")[2])
    wrong, right = (
        book.certain(partial(book.value, ref), lambda: Rounding(0, places)) for book in (other, own)
    )
    if wrong.digits != misprint.printed or right.digits == misprint.printed:
        return
    gaps: Mapping[str, Inline] = {
        "title": example.title,
        "count": str(k),
        "error": own.symbol(Ref("loss")),
        "wrong": Number(wrong, ref),
        "right": Number(right, ref),
    }
    yield Paragraph(Message("compare.published_a" if side == "a" else "compare.published_b", gaps))
