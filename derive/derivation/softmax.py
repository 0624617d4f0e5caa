"""Softmax's slopes and the error term behind it: every output depends on every net."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.derivation.lines import EQUALS, added
from derive.derivation.terms import times, total
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Message, Paragraph
from derive.formula import Constant, Negative, Sum
from derive.maths.numbers import numeral
from derive.maths.tree import Cases, Fenced, Identifier, Matrix, Number, Operator, row
from derive.notation import partial
from derive.reference import Ref

ONE = Constant(Fraction(1))


def softmax_slopes(book: Workbook, layer: int) -> Iterator[Block]:
    """The rule for all pairs of outputs and nets, by the quotient rule."""
    j, k = Identifier("j"), Identifier("k")
    out_j, out_k = (book.notation.any_neuron("out", layer, index) for index in "jk")
    net_k = book.notation.any_neuron("net", layer, "k")
    one = Number(numeral(1, book.rounding))
    same = row(out_j, Operator("(", "prefix"), one, Operator("−"), out_j, Operator(")", "postfix"))
    other = row(Operator("−", "prefix"), out_j, out_k)
    yield Paragraph(Message("softmax.slope", {"out": out_j, "net": net_k}))
    cases = Cases(
        (
            (same, row(j, EQUALS, k)),
            (other, row(j, Operator("≠"), k)),
        )
    )
    yield book.displayed(row(partial(out_j, net_k), EQUALS, cases), key=True)
    for sample in book.worked(book.samples):
        yield _jacobian(book, layer, sample)


def _jacobian(book: Workbook, layer: int, sample: int) -> Equation:
    """All slopes of one sample, as a matrix."""
    neurons = range(book.problem.layers[layer])
    rows = tuple(
        tuple(
            book.number(Ref("dout/dnet", layer, (of, by), sample, book.iteration)) for by in neurons
        )
        for of in neurons
    )
    notation = book.notation
    head = partial(
        notation.any_neuron("out", layer, "j", sample),
        notation.any_neuron("net", layer, "k", sample),
    )
    return book.displayed(row(Fenced(head), EQUALS, Matrix(rows)))


def softmax_delta(book: Workbook, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
    """δ of one output: the sum over all outputs that its net moves; o − t with cross-entropy."""
    last = book.notation.last
    outputs = range(book.problem.layers[last])
    result = book.ref("delta", last, neuron, sample=sample)
    if first:
        net = book.symbol(book.ref("net", last, neuron, sample=sample))
        yield Paragraph(Message("softmax.delta", {"net": net}))
    terms = [
        times(
            book.term(book.towards_error("dE/dout"), last, of, sample=sample),
            book.term("dout/dnet", last, of, neuron, sample=sample),
        )
        for of in outputs
    ]
    letters = added(book.path_terms(terms, book.symbol))
    numbers = added(book.path_terms(terms, book.number))
    yield book.beats(result, [(EQUALS, letters)], numbers, total(terms), result, key=first)
    if book.problem.loss.name == "cross-entropy" and _sums_to_one(book, sample):
        if first:
            opposed = book.notation.book.minus_gradient
            key = "softmax.cross_entropy_minus" if opposed else "softmax.cross_entropy"
            yield Paragraph(Message(key))
        out = book.term("out", last, neuron, sample=sample)
        target = book.term("target", last, neuron, sample=sample)
        form = times(*book.error_factor(), book.signed(Sum((out, Negative(target)))))
        yield book.equation(result, form, result=result)


def _sums_to_one(book: Workbook, sample: int) -> bool:
    return bool(abs(float(book.problem.targets[sample].sum()) - 1) < 1e-12)
