"""Softmax's slopes and the error term behind it: every output depends on every net."""

from __future__ import annotations

from collections.abc import Iterator

from derive.calculus import derivative
from derive.derivation.elision import elided, narrowed, shown_of
from derive.derivation.lines import EQUALS, SUM, added
from derive.derivation.scalars.formulas import activation_formula
from derive.derivation.scalars.symbolic import prove_softmax
from derive.derivation.terms import times, total
from derive.derivation.workbook import Workbook
from derive.document import Block, Equation, Inline, Message, Paragraph
from derive.engine import balls
from derive.formula import Expression, Negative, Sum
from derive.maths.expression import E, fenced, width
from derive.maths.tree import (
    Aligned,
    Cases,
    Fenced,
    Fraction,
    Identifier,
    Limits,
    Operator,
    Row,
    Script,
    Text,
    Tree,
    row,
)
from derive.notation import count, in_brackets, minus, partial
from derive.reference import Ref
from derive.steps import Step

MINUS, UNEQUAL = Operator("−"), Operator("≠")
WIDE = Text("\N{EM SPACE}")


def softmax_slopes(book: Workbook, layer: int) -> Iterator[Block]:
    """The rule for all pairs of outputs and nets, by the quotient rule; then the slopes."""
    j, k, total = Identifier("j"), Identifier("k"), Identifier("S")
    out_j, out_k = (book.notation.any_neuron("out", layer, index) for index in "jk")
    net_k = book.notation.any_neuron("net", layer, "k")
    power_i, power_j, power_k = (_power(book, layer, index) for index in "ijk")
    squared = Script(total, sup=count(2))
    same = row(out_k, in_brackets(row(count(1), MINUS, out_k)))
    other = minus(row(out_j, out_k))
    gaps: dict[str, Inline] = {"sum": total, "net": net_k}
    yield Paragraph(Message("softmax.sum", gaps))
    summed = row(Limits(SUM, under=Identifier("i")), power_i)
    yield book.displayed(
        row(out_j, EQUALS, Fraction(power_j, total), Operator(","), WIDE, total, EQUALS, summed)
    )
    yield Paragraph(Message("softmax.own"))
    own = Fraction(row(power_k, total, MINUS, power_k, power_k), squared)
    yield book.displayed(
        in_lines(partial(out_k, net_k), own, row(out_k, MINUS, out_k, out_k), same)
    )
    yield Paragraph(Message("softmax.others", {"net": net_k, "case": row(j, UNEQUAL, k)}))
    others = Fraction(row(count(0), Operator("·"), total, MINUS, power_j, power_k), squared)
    yield book.displayed(in_lines(partial(out_j, net_k), others, other))
    yield Paragraph(Message("softmax.slope"))
    # For j = k the case is written with the letter of the head.
    same = row(out_j, in_brackets(row(count(1), MINUS, out_j)))
    cases = Cases(((same, row(j, EQUALS, k)), (other, row(j, UNEQUAL, k))))
    yield book.displayed(row(partial(out_j, net_k), EQUALS, cases), key=True)
    prove_softmax()
    yield Paragraph(Message("slope.proved"), role="note")
    for sample in book.worked(book.samples):
        yield _jacobian(book, layer, sample)


def _power(book: Workbook, layer: int, index: str) -> Tree:
    """E to the net input of any neuron, less its threshold where it has one."""
    argument = book.notation.any_neuron("net", layer, index)
    if book.thresholds and book.problem.bias == "neuron":
        argument = row(argument, MINUS, book.notation.any_neuron("b", layer, index))
    elif book.thresholds:
        argument = row(argument, MINUS, book.symbol(book.ref("b", layer)))
    return Script(E, sup=argument)


def _entropy_slope(book: Workbook) -> Iterator[Block]:
    """Why softmax and cross-entropy leave output minus target, for any output k."""
    notation, last = book.notation.of_any_sample(), book.notation.last
    out_j, out_k = (notation.any_neuron("out", last, index, 0) for index in "jk")
    target_j, target_k = (notation.any_neuron("target", last, index, 0) for index in "jk")
    net_k = notation.any_neuron("net", last, "k", 0)
    j, k = Identifier("j"), Identifier("k")
    over_all, over_others = (Limits(SUM, under=under) for under in (j, row(j, UNEQUAL, k)))
    slope = partial(out_j, net_k)
    head = partial(notation.symbol(Ref("sample_loss", sample=0)), net_k)
    ratio_j, ratio_k = Fraction(target_j, out_j), Fraction(target_k, out_k)
    dot, plus = Operator("·"), Operator("+")
    own = row(ratio_k, dot, out_k, in_brackets(row(count(1), MINUS, out_k)))
    others = row(over_others, ratio_j, dot, out_j, out_k)
    all_targets = row(out_k, over_all, target_j)
    if book.notation.book.minus_gradient:
        tree = in_lines(
            minus(head),
            row(over_all, ratio_j, dot, slope),
            row(own, MINUS, others),
            row(target_k, MINUS, all_targets),
            row(target_k, MINUS, out_k),
        )
    else:
        tree = in_lines(
            head,
            row(over_all, fenced(minus(ratio_j)), dot, slope),
            row(minus(own), plus, others),
            row(minus(target_k), plus, all_targets),
            row(out_k, MINUS, target_k),
        )
    prove_softmax()
    yield book.displayed(tree, key=True)
    yield Paragraph(Message("slope.proved"), role="note")


def in_lines(left: Tree, *forms: Tree) -> Tree:
    """One form a line, each after its sign."""
    head: list[Tree] = [left, *[Row(())] * (len(forms) - 1)]
    return Aligned(
        tuple((begin, row(EQUALS, form)) for begin, form in zip(head, forms, strict=True))
    )


def _jacobian(book: Workbook, layer: int, sample: int) -> Equation:
    """All slopes of one sample, as a matrix."""
    size = book.problem.layers[layer]
    shown = shown_of(size)
    cells = {
        (of, by): book.number(Ref("dout/dnet", layer, (of, by), sample, book.iteration))
        for of in shown
        for by in shown
    }
    columns = narrowed(shown, lambda by: max(width(cells[of, by]) for of in shown))
    cells = {place: number for place, number in cells.items() if place[1] in columns}
    notation = book.notation
    head = partial(
        notation.any_neuron("out", layer, "j", sample),
        notation.any_neuron("net", layer, "k", sample),
    )
    steps = [
        Step(
            Ref("dout/dnet", layer, place, sample, book.iteration),
            (_slope(book, layer, *place, sample),),
        )
        for place in cells
    ]
    return book.displayed(row(Fenced(head), EQUALS, elided(cells, (size, size))), steps=steps)


def _slope(book: Workbook, layer: int, of: int, by: int, sample: int) -> Expression:
    """∂out/∂net of two neurons, from what out is."""
    formula = activation_formula(book, layer, of, sample)
    return derivative(formula, book.ref("net", layer, by, sample=sample))


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
    step = Step(result, (total(terms),))
    yield book.beats(result, [(EQUALS, letters)], numbers, step, key=first)
    if book.problem.loss.name == "cross-entropy" and _sums_to_one(book, sample):
        if first:
            opposed = book.notation.book.minus_gradient
            key = "softmax.cross_entropy_minus" if opposed else "softmax.cross_entropy"
            yield Paragraph(Message(key))
            yield from _entropy_slope(book)
            yield Paragraph(Message("softmax.here"))
        out = book.term("out", last, neuron, sample=sample)
        target = book.term("target", last, neuron, sample=sample)
        form = times(*book.error_factor(), book.signed(Sum((out, Negative(target)))))
        yield book.equation(result, form, result=result)


def _sums_to_one(book: Workbook, sample: int) -> bool:
    return bool(sum(balls.number(float(t)) for t in book.problem.targets[sample]) == 1)
