"""The chain rule for one weight of the output layer: its three factors, found one by one."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.scalars.layer import Layer
from derive.derivation.setting.lines import EQUALS, SUM, added, arranged
from derive.derivation.setting.terms import total
from derive.derivation.setting.wording import net_words
from derive.document import Block, Inline, Message, Paragraph
from derive.formula import Expression, Product, Symbol
from derive.maths.expression import express, fenced, is_negative
from derive.maths.tree import Identifier, Limits, row
from derive.reference import Local
from derive.steps import Step


def chain_rule(layer: Layer) -> Iterator[Block]:
    """The rule in letters, its three factors named."""
    book = layer.book
    weight = layer.weight(0)
    gaps: dict[str, Inline] = {"weight": book.symbol(weight), **net_words(book)}
    key = "backward.chain"
    if layer.several:
        key = "backward.chain_mean" if book.gathering_factor() else "backward.chain_samples"
        gaps["sample"] = Identifier(book.notation.book.any_sample)
    yield Paragraph(Message(key, gaps))
    chains = [_factors(layer, 0, sample) for sample in book.samples]
    chain = express(chains[0], book.symbol)
    if layer.several:
        factor = [express(part, book.symbol) for part in book.gathering_factor()]
        over_samples = Limits(SUM, under=Identifier(book.notation.book.any_sample))
        chain = express(chains[0], book.notation.of_any_sample().symbol)
        inside = fenced(chain) if is_negative(chain) or book.problem.l2 else chain
        chain = row(*factor, over_samples, inside)
    penalty = book.penalty_terms(layer.number, 0, 0)
    result = book.towards_error(weight)
    letters = added([chain, *(express(term, book.symbol) for term in penalty)])
    tree = arranged(book.symbol(result), [(EQUALS, letters)])
    step = Step(result, (book.gathered(chains, *penalty),))
    yield book.displayed(tree, key=True, steps=(step,))
    if penalty:
        yield Paragraph(Message("backward.penalty"))


def _factors(layer: Layer, neuron: int, sample: int) -> Expression:
    """The three factors for a neuron's first weight."""
    net, out = layer.net.cell(neuron, sample=sample), layer.out.cell(neuron, sample=sample)
    return Product(
        (
            Symbol(layer.book.towards_error(out)),
            Symbol(out.slope),
            Symbol(Local(net, layer.weight(neuron))),
        )
    )


def third_factor(layer: Layer, neuron: int, sample: int) -> Iterator[Block]:
    """∂net/∂w, for the weight that the rule was written for."""
    book = layer.book
    below = book.ref("out", layer.number - 1, 0, sample=sample)
    net, weight = layer.net.cell(neuron, sample=sample), layer.weight(neuron)
    gaps: dict[str, Inline] = {"net": book.symbol(net), "weight": book.symbol(weight)}
    yield Paragraph(Message("backward.third_factor", gaps))
    local = Symbol(Local(net, weight))
    step = Step(below, (local, Symbol(below)))
    head = express(local, book.symbol)
    yield book.beats(head, [(EQUALS, book.symbol(below))], book.number(below), step)


def product_of_factors(layer: Layer, neuron: int, sample: int) -> Iterator[Block]:
    """The three factors multiplied, for the same weight."""
    book = layer.book
    penalized = bool(book.problem.l2)
    yield Paragraph(Message("backward.product_penalized" if penalized else "backward.product"))
    result = book.towards_error(layer.weight(neuron))
    out = layer.out.cell(neuron, sample=sample)
    form = Product(
        (
            Symbol(book.towards_error(out)),
            Symbol(out.slope),
            book.term("out", layer.number - 1, 0, sample=sample),
        )
    )
    penalty = book.penalty_terms(layer.number, neuron, 0)
    meaning = total([form, *penalty])
    chain = total([_factors(layer, neuron, sample), *penalty])
    letters = express(chain, book.symbol)
    step = Step(result, (chain, meaning))
    yield book.beats(result, [(EQUALS, letters)], express(meaning, book.number), step)
