"""δ of a neuron: what comes back to its output, times the slope of its activation."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.formulas import loss_slope, path_terms, slope_formula
from derive.derivation.kinks import kink_notes
from derive.derivation.scalars.chain import product_of_factors, third_factor
from derive.derivation.scalars.layer import Layer
from derive.derivation.setting.lines import EQUALS, added, labelled
from derive.derivation.setting.terms import total
from derive.derivation.setting.wording import derivative_words, net_words
from derive.derivation.slopes import loss_steps
from derive.derivation.softmax import softmax_delta
from derive.document import Block, Equation, Message, Paragraph
from derive.formula import Expression, Product, Symbol, substitute
from derive.reference import Local, Ref
from derive.steps import Step


def what_comes_back(layer: Layer, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
    """∂E/∂out: from the loss for an output, along every path for a hidden neuron."""
    book = layer.book
    out = layer.out.cell(neuron, sample=sample)
    if not layer.is_output:
        yield _along_paths(layer, out, first=first)
        return
    if first:
        key = "backward.from_loss" if layer.is_softmax else "backward.first_factor"
        yield Paragraph(Message(key, {"out": book.symbol(out)}))
        yield from loss_steps(book, neuron, sample)
        return
    result = book.towards_error(out)
    yield book.equation(result, loss_slope(book, neuron, sample), result=result)


def _along_paths(layer: Layer, out: Ref, *, first: bool) -> Equation:
    book = layer.book
    later = book.problem.hidden_deltas == "after-update"
    result = book.towards_error(out)
    paths = path_terms(book, out, book.samples)
    terms = [_after_update(term) if later else term for _, term in paths]
    numbers = book.path_terms(terms, book.number)
    letters = book.path_terms(terms, book.symbol)
    if len(terms) > 1 and first:
        letters = [
            labelled(letter, book.result_of(term))
            for letter, term in zip(letters, terms, strict=True)
        ]
    lines = [(EQUALS, added(letters))]
    forms = [total(terms)]
    if first:
        chains = [_chain_along(layer, net, out) for net, _ in paths]
        lines.insert(0, (EQUALS, added(book.path_terms(chains, book.symbol))))
        # By the chain rule the weights are those of the forward pass.
        forms[:0] = [] if later else [total(chains)]
    return book.beats(result, lines, added(numbers), Step(result, tuple(forms)), key=first)


def _after_update(term: Expression) -> Expression:
    """A term with each weight as the update leaves it."""
    return substitute(
        term, lambda ref: Symbol(ref.at(ref.iteration + 1) if ref.quantity == "W" else ref)
    )


def _chain_along(layer: Layer, net: Ref, out: Ref) -> Expression:
    """The two factors of the chain rule for one path."""
    error = layer.book.signed(Symbol(net.gradient))
    return Product((error, Symbol(Local(net, out))))


def error_term(layer: Layer, neuron: int, sample: int, *, first: bool) -> Iterator[Block]:
    """The slope of a neuron, and δ from it; of the first output the chain rule's other factors."""
    book = layer.book
    if layer.is_softmax:
        yield from softmax_delta(book, neuron, sample, first=first)
        return
    net, out = layer.net.cell(neuron, sample=sample), layer.out.cell(neuron, sample=sample)
    result, slope = net.error_term, out.slope
    if first:
        yield Paragraph(Message("backward.second_factor" if layer.is_output else "backward.slope"))
    yield book.equation(slope, slope_formula(book, layer.number, neuron, sample), result=slope)
    yield from kink_notes(book, layer.number, [(neuron, sample)])
    if first and layer.is_output:
        yield from third_factor(layer, neuron, sample)
        if not layer.several:
            yield from product_of_factors(layer, neuron, sample)
    if first:
        key = "backward.delta" if layer.is_output else "backward.hidden.delta"
        delta = book.notation.heading(layer.net.error_term)
        gaps = {"delta": delta, **derivative_words(book), **net_words(book)}
        yield Paragraph(Message(key, gaps))
    form = Product((Symbol(book.towards_error(out)), Symbol(slope)))
    derivative = Symbol(book.towards_error(net))
    spelt_out = first and book.notation.book.delta is not None
    forms = (derivative, form) if spelt_out else (form,)
    yield book.equation(result, *forms, result=result, key=first)
