"""What was published wrong: each misprint of an example, the right value and the cause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from derive.derivation.setting.wording import misprint_explained, misprint_words
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Section, Table
from derive.engine import certified_passes, train
from derive.maths.numbers import Numeral, Rounding
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
    if name == "delta":
        return Ref("net", layer, index, of_sample, iteration).error_term
    return Ref(name, layer, index, of_sample, iteration)


def _digits(printed: str) -> Rounding:
    """As many figures as make the difference plain: three more than were printed."""
    return Rounding(digits=0, decimals=len(printed.partition(".")[2]) + 3)


def _blocks(book: Workbook, example: Example) -> Iterator[Block]:
    gaps: dict[str, Inline] = {"title": example.title, "source": example.source}
    yield Paragraph(Message("published.intro", gaps))
    wrong = _wrong_loss(book, example)
    rows: list[tuple[Inline, ...]] = []
    for misprint in example.misprints:
        ref = _ref(misprint.quantity, misprint.iteration, misprint.sample)
        rounding = _digits(misprint.printed)
        right = Number(_certain(book, ref, rounding), ref)
        rows.append(
            (
                book.notation.symbol(ref, updated=ref.quantity == "W"),
                str(misprint.iteration),
                misprint.printed,
                Styled(right, role="value"),
                misprint_words(misprint.cause),
            )
        )
    header = (
        Message("table.quantity"), Message("table.after_updates"), Message("table.published"),
        Message("table.right"), Message("table.cause"),
    )  # fmt: skip
    yield Table(Message("table.misprints"), header, tuple(rows), strong=3)
    for cause in dict.fromkeys(misprint.cause for misprint in example.misprints):
        more: dict[str, Inline] = {}
        if cause == "updated_weights" and wrong is not None:
            right = Number(_certain(book, LOSS, NINE), LOSS)
            more = {"wrong": Number(wrong), "right": right}
        yield Paragraph(misprint_explained(cause, more))


def _certain(book: Workbook, ref: Ref, rounding: Rounding) -> Numeral:
    return book.certain(lambda: book.value(ref), lambda: rounding)


LOSS = Ref("loss", iteration=1)
NINE = Rounding(9, 9)


def _wrong_loss(book: Workbook, example: Example) -> Numeral | None:
    """The error after one update by the rule that the misprints come from, where that is known."""
    if all(misprint.cause != "updated_weights" for misprint in example.misprints):
        return None
    problem = replace(example.problem, hidden_deltas="after-update", iterations=1)
    with certified_passes(train(problem), [0, 1]) as passes:
        return _certain(replace(book, problem=problem, passes=passes), LOSS, NINE)
