"""The problem's activation and loss as terms of an equation: one table feeds them all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.derivation.setting.terms import times, total
from derive.derivation.setting.workbook import Workbook
from derive.engine import activation_of, loss_of
from derive.formula import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    substitute,
)
from derive.reference import Ref

ONE = Constant(Fraction(1))


def net_expression(book: Workbook, layer: int, neuron: int, sample: int) -> Expression:
    """The weighted sum of a neuron's inputs, and its bias unless that is set as a threshold."""
    whole = book.walk.formula(book.ref("net", layer, neuron, sample=sample))
    if not book.thresholds:
        return whole
    bias = book.term("b", layer, *book.bias_index(neuron))
    terms = whole.terms if isinstance(whole, Sum) else (whole,)
    return total([term for term in terms if term != bias])


def path_terms(book: Workbook, of: Ref, samples: Sequence[int]) -> list[tuple[Ref, Expression]]:
    """What comes back to a scalar over each path through a net input.

    Returns:
        Each net input, with its error term times its local derivative by the scalar.
    """
    return [
        (net, times(Symbol(net.error_term), *(() if local == ONE else (local,))))
        for net, local in book.walk.paths(of)
        if net.quantity == "net" and net.sample in samples
    ]


def activation_formula(book: Workbook, layer: int, neuron: int, sample: int) -> Expression:
    """`out` of a neuron as a formula in its `net` (softmax: in every `net` of the layer)."""
    neurons = range(book.problem.layers[layer])
    return activated(book, layer, neuron, [book.argument(layer, n, sample) for n in neurons])


def activated(
    book: Workbook, layer: int, neuron: int, arguments: Sequence[Expression]
) -> Expression:
    """A layer's activation at a neuron, of what each neuron of the layer takes it of."""
    spec = book.problem.activations[layer - 1]
    if spec.name == "softmax":
        powers = [Call("exp", (argument,)) for argument in arguments]
        return Quotient(powers[neuron], total(powers))
    return substitute(activation_of(spec).formula, lambda _: arguments[neuron])


def slope_formula(book: Workbook, layer: int, neuron: int, sample: int) -> Expression:
    """The activation's slope at a neuron, in `net` or `out` as the textbook writes it."""
    activation = activation_of(book.problem.activations[layer - 1])
    terms = {
        "x": book.argument(layer, neuron, sample),
        "out": book.term("out", layer, neuron, sample=sample),
    }
    return substitute(activation.slope, lambda name: terms[name])


def loss_formula(book: Workbook, output: int, sample: int) -> Expression:
    """One output's term of the loss."""
    return in_loss_terms(book, loss_of(book.problem.loss).formula, output, sample)


def loss_slope(book: Workbook, output: int, sample: int) -> Expression:
    """The loss's derivative by one output, or minus that, with 1/n where the book has it there."""
    slope = in_loss_terms(book, loss_of(book.problem.loss).slope, output, sample)
    return times(*book.error_factor(), book.signed(slope))


def in_loss_terms(book: Workbook, formula: Expression, output: int, sample: int) -> Expression:
    """A formula in t, o and n (the number of outputs) for one output of one sample."""
    last = book.notation.last
    terms: dict[str, Expression] = {
        "t": book.term("target", last, output, sample=sample),
        "o": book.term("out", last, output, sample=sample),
        "n": Constant(Fraction(book.problem.layers[-1])),
    }
    turned = _output_first(formula) if book.notation.book.output_first else formula
    return substitute(turned, lambda name: terms[name])


def _output_first(formula: Expression) -> Expression:
    """(o − t)² for (t − o)²."""
    match formula:
        case Product((*before, Power() as last)):
            return Product((*before, _output_first(last)))
        case Power(Sum((Symbol("t"), Negative(Symbol("o")))), exponent):
            return Power(Sum((Symbol("o"), Negative(Symbol("t")))), exponent)
    return formula
