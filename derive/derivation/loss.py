"""The error: each output's term, each sample's sum, and the whole with its penalty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from derive.derivation.formulas import loss_formula
from derive.derivation.setting.tables import neuron_table, sample_table
from derive.derivation.setting.terms import ratio, times, total
from derive.derivation.setting.wording import loss_words
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Message, Paragraph, Section
from derive.formula import Constant, Expression, Power
from derive.maths.tree import Tree
from derive.reference import Ref


def loss_chapter(book: Workbook, anchor: str, *, explained: bool) -> Section:
    """The loss of the pass, term by term."""
    return Section(anchor, Message("loss.title"), tuple(_blocks(book, explained=explained)))


def _blocks(book: Workbook, *, explained: bool) -> Iterator[Block]:
    problem = book.problem
    last, outputs = book.notation.last, range(problem.layers[-1])
    several = len(book.samples) > 1
    if explained:
        yield Paragraph(Message("loss.intro", {"loss": loss_words(book.loss_key)}))
    for sample in book.worked_samples("values"):
        worked = _worked(book, sample)
        for output in worked:
            result = book.ref("loss_terms", last, output, sample=sample)
            yield book.equation(result, loss_formula(book, output, sample), result=result)
        if len(worked) < len(outputs):
            yield from neuron_table(book, [book.ref("loss_terms", last)], (sample,))
        if several or (problem.l2 == 0 and len(outputs) > 1):
            result = book.ref("sample_loss", sample=sample)
            if not several:
                result = book.ref("loss")
            yield book.equation(
                result,
                total([book.term("loss_terms", last, output, sample=sample) for output in outputs]),
                result=result,
                key=not several,
            )
    if len(book.worked_samples("values")) < len(book.samples):
        yield from sample_table(book, "sample_loss", Message("table.sample_losses"))
    yield from _whole(book, explained=explained)
    if not book.numeral(book.ref("loss")).finite:
        yield Paragraph(Message("loss.infinite"), role="warning")


def _worked(book: Workbook, sample: int) -> Sequence[int]:
    """The outputs whose terms are worked out; in brief the first, of a cross-entropy the class's.

    The terms of a cross-entropy's other classes are 0, and show nothing.
    """
    outputs = range(book.problem.layers[-1])
    worked = book.worked("values", outputs)
    if len(worked) == len(outputs) or book.problem.loss.name != "cross-entropy":
        return worked
    return (int(np.argmax(book.problem.targets[sample])),)


def _whole(book: Workbook, *, explained: bool) -> Iterator[Block]:
    """The reduction over samples and the penalty, where there is either."""
    problem = book.problem
    several = len(book.samples) > 1
    outputs = problem.layers[-1]
    if not several and problem.l2 == 0:
        if outputs == 1:
            result = book.ref("loss")
            term = book.term("loss_terms", book.notation.last, 0, sample=book.samples[0])
            yield book.equation(result, term, result=result, key=True)
        return
    if several and explained:
        mean = problem.over_samples == "mean"
        yield Paragraph(Message("loss.over_samples.mean" if mean else "loss.over_samples.sum"))
    result = book.ref("loss")
    data = book.ref("data_loss") if problem.l2 else result
    if several:
        parts = total([book.term("sample_loss", sample=sample) for sample in book.samples])
        mean = problem.over_samples == "mean"
        whole = times(ratio(1, len(book.samples)), parts) if mean else parts
        yield book.equation(data, whole, result=data, key=not problem.l2)
    elif problem.l2:
        terms = [
            book.term("loss_terms", book.notation.last, output, sample=book.samples[0])
            for output in range(outputs)
        ]
        yield book.equation(data, total(terms), result=data)
    if problem.l2:
        if explained:
            yield Paragraph(Message("loss.penalty"))
        yield book.equation(result, _penalized(book), result=result, key=True)


def _penalized(book: Workbook) -> Expression:
    rate = book.penalty_factor(half=True)
    return total([book.term("data_loss"), times(*rate, total(_squares(book)))])


def _squares(book: Workbook) -> list[Expression]:
    """The square of each weight; in brief their sum, of all layers whose weights share a letter."""
    layers = range(1, len(book.problem.layers))
    if "penalty" not in book.detail.scalars:
        groups: dict[Tree, tuple[int, ...]] = {}
        for layer in layers:
            letter = book.notation.heading(Ref("W", layer))
            groups[letter] = (*groups.get(letter, ()), layer)
        return [book.term("squares", None, *group) for group in groups.values()]
    return [
        Power(book.term("W", layer, to, source), Constant(Fraction(2)))
        for layer in layers
        for to in range(book.problem.layers[layer])
        for source in range(book.problem.layers[layer - 1])
    ]
