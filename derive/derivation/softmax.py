"""Softmax's slopes and the error term behind it: every output depends on every net."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.calculus import Derivative, derivative
from derive.calculus.softmax import (
    ENTROPY,
    MINUS_ENTROPY,
    OTHERS,
    OUT_J,
    OUT_K,
    OWN,
    POWERS,
    SHARE,
    SUM_OF_POWERS,
    Of,
    Over,
    cross_entropy,
    prove_softmax,
    renamed,
)
from derive.derivation.formulas import activation_formula
from derive.derivation.setting.elision import elided, narrowed, shown_of
from derive.derivation.setting.lines import EQUALS, SUM, added
from derive.derivation.setting.terms import times, total
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Equation, Inline, Message, Paragraph
from derive.engine import balls, loss_of
from derive.formula import Expression, Negative, Sum, Symbol
from derive.maths.expression import E, express, width
from derive.maths.tree import (
    Aligned,
    Cases,
    Fenced,
    Identifier,
    Limits,
    Operator,
    Row,
    Script,
    Text,
    Tree,
    row,
)
from derive.notation import minus, partial
from derive.reference import Ref
from derive.steps import Step

MINUS, UNEQUAL = Operator("−"), Operator("≠")
WIDE = Text("\N{EM SPACE}")


def softmax_slopes(book: Workbook, layer: int) -> Iterator[Block]:
    """The rule for all pairs of outputs and nets, by the quotient rule; then the slopes."""
    yield from softmax_rule(book, layer)
    for sample in book.worked_samples("error terms"):
        yield jacobian(book, layer, sample)


def softmax_rule(book: Workbook, layer: int) -> Iterator[Block]:
    """Softmax in letters, and its slope for all pairs of outputs and nets."""
    j, k = Identifier("j"), Identifier("k")
    net_k = book.notation.any_neuron("net", layer, "k")

    def letter(name: object) -> Tree:
        match name:
            case Of("power", index):
                return _power(book, layer, index)
            case Of(quantity, index):
                return book.notation.any_neuron(quantity, layer, index)
        return _sum_or_slope(name, letter, net_k)

    def set_(expression: Expression) -> Tree:
        return express(expression, letter)

    total = letter(SUM_OF_POWERS)
    head = partial(set_(OUT_J), net_k)
    gaps: dict[str, Inline] = {"sum": total, "net": net_k}
    yield Paragraph(Message("softmax.sum", gaps))
    definitions = set_(SHARE), Operator(","), WIDE, total, EQUALS, set_(POWERS)
    yield book.displayed(row(set_(OUT_J), EQUALS, *definitions))
    yield Paragraph(Message("softmax.own"))
    yield book.displayed(in_lines(partial(set_(OUT_K), net_k), *map(set_, OWN)))
    yield Paragraph(Message("softmax.others", {"net": net_k, "case": row(j, UNEQUAL, k)}))
    yield book.displayed(in_lines(head, *map(set_, OTHERS)))
    yield Paragraph(Message("softmax.slope"))
    # For j = k the case is written with the letter of the head.
    same = set_(renamed(OWN[-1], "k", "j"))
    cases = Cases(((same, row(j, EQUALS, k)), (set_(OTHERS[-1]), row(j, UNEQUAL, k))))
    yield book.displayed(row(head, EQUALS, cases), key=True)
    prove_softmax(OUT_K, OWN)
    prove_softmax(OUT_J, OTHERS)
    yield Paragraph(Message("slope.proved"), role="note")


def _sum_or_slope(name: object, letter: Callable[[object], Tree], net: Tree) -> Tree:
    """What both derivations set alike: S, a sum over outputs, a slope by a net input."""
    match name:
        case Over(term, index, others):
            bound = Identifier(index)
            under = row(bound, UNEQUAL, Identifier("k")) if others else bound
            return row(Limits(SUM, under=under), express(term, letter))
        case Derivative(of):
            return partial(express(of, letter), net)
    return Identifier(str(name))


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
    net_k = notation.any_neuron("net", last, "k", 0)

    def letter(name: object) -> Tree:
        if isinstance(name, Of):
            return notation.any_neuron(name.quantity, last, name.index, 0)
        return _sum_or_slope(name, letter, net_k)

    head = partial(notation.symbol(Ref("sample_loss", sample=0)), net_k)
    loss = cross_entropy(loss_of(book.problem.loss).formula)
    lines = ENTROPY
    if notation.book.minus_gradient:
        head, loss, lines = minus(head), Negative(loss), MINUS_ENTROPY
    prove_softmax(loss, lines)
    yield book.displayed(in_lines(head, *(express(line, letter) for line in lines)), key=True)
    yield Paragraph(Message("slope.proved"), role="note")


def in_lines(left: Tree, *forms: Tree) -> Tree:
    """One form a line, each after its sign."""
    head: list[Tree] = [left, *[Row(())] * (len(forms) - 1)]
    return Aligned(
        tuple((begin, row(EQUALS, form)) for begin, form in zip(head, forms, strict=True))
    )


def jacobian(book: Workbook, layer: int, sample: int) -> Equation:
    """All slopes of one sample, as a matrix."""
    size = book.problem.layers[layer]
    shown, slopes = shown_of(size), book.ref("out", layer).slope
    cells = {
        (of, by): book.number(slopes.cell(of, by, sample=sample)) for of in shown for by in shown
    }
    columns = narrowed(shown, lambda by: max(width(cells[of, by]) for of in shown))
    cells = {place: number for place, number in cells.items() if place[1] in columns}
    notation = book.notation
    head = partial(
        notation.any_neuron("out", layer, "j", sample),
        notation.any_neuron("net", layer, "k", sample),
    )
    steps = [
        Step(slopes.cell(*place, sample=sample), (_slope(book, layer, *place, sample),))
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
    out = book.ref("out", last)
    net = book.ref("net", last, neuron, sample=sample)
    result = net.error_term
    if first:
        yield Paragraph(Message("softmax.delta", {"net": book.symbol(net)}))
    terms = [
        times(
            Symbol(book.towards_error(out.cell(of, sample=sample))),
            Symbol(out.slope.cell(of, neuron, sample=sample)),
        )
        for of in range(book.problem.layers[last])
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
        output = Symbol(out.cell(neuron, sample=sample))
        target = book.term("target", last, neuron, sample=sample)
        form = times(*book.error_factor(), book.signed(Sum((output, Negative(target)))))
        yield book.equation(result, form, result=result)


def _sums_to_one(book: Workbook, sample: int) -> bool:
    return bool(sum(balls.number(float(t)) for t in book.problem.targets[sample]) == 1)
