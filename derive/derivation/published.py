"""What was published wrong: each misprint of an example, the right value and the cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.derivation.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Section, Table
from derive.engine import Pass, exact_passes, train
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Number, Styled
from derive.problem import Example
from derive.reference import Ref

_QUANTITY = re.compile(r"(?P<name>[A-Za-z]+)(?P<layer>\d*)(?P<index>(?:\[\d+\])*)")


def published_chapter(book: Workbook, example: Example, anchor: str) -> Section:
    """The misprints of a published example, in the letters and with the signs of its source."""
    book = replace(book, notation=book.default_notation)
    return Section(anchor, Message("published.title"), tuple(_blocks(book, example)))


def _ref(quantity: str, iteration: int, sample: int) -> Ref:
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise KeyError(quantity)
    name, layer = match["name"], int(match["layer"]) if match["layer"] else None
    index = tuple(int(n) for n in re.findall(r"\d+", match["index"]))
    of_sample = sample if name in ("net", "out", "delta") else None
    return Ref(name, layer, index, of_sample, iteration)


def _digits(printed: str) -> Rounding:
    """As many figures as make the difference plain: three more than were printed."""
    return Rounding(digits=0, decimals=len(printed.partition(".")[2]) + 3)


def _blocks(book: Workbook, example: Example) -> Iterator[Block]:
    gaps: dict[str, Inline] = {"title": example.title, "source": example.source}
    yield Paragraph(Message("published.intro", gaps))
    wrong = _wrong_rule(example)
    rows: list[tuple[Inline, ...]] = []
    for misprint in example.misprints:
        ref = _ref(misprint.quantity, misprint.iteration, misprint.sample)
        rounding = _digits(misprint.printed)
        right = Number(numeral(book.value(ref), rounding), ref)
        rows.append(
            (
                book.notation.symbol(ref, updated=ref.quantity == "W"),
                str(misprint.iteration),
                misprint.printed,
                Styled(right, role="value"),
                Message(f"published.short.{misprint.cause}"),
            )
        )
    header = (
        Message("table.quantity"), Message("table.after_updates"), Message("table.published"),
        Message("table.right"), Message("table.cause"),
    )  # fmt: skip
    yield Table(Message("table.misprints"), header, tuple(rows), strong=3)
    for cause in dict.fromkeys(misprint.cause for misprint in example.misprints):
        more: dict[str, Inline] = {}
        if cause == "updated_weights" and 1 in wrong:
            ref = Ref("loss", iteration=1)
            more = {
                "wrong": Number(numeral(wrong[1].value(ref), Rounding(9, 9))),
                "right": Number(numeral(book.value(ref), Rounding(9, 9)), ref),
            }
        yield Paragraph(Message(f"published.cause.{cause}", more))


def _wrong_rule(example: Example) -> Mapping[int, Pass]:
    """The first two passes by the rule that the misprints come from, where that is known."""
    if all(misprint.cause != "updated_weights" for misprint in example.misprints):
        return {}
    problem = replace(example.problem, hidden_deltas="after-update", iterations=1)
    return exact_passes(train(problem), [0, 1])
