"""How a slope is found: the formula differentiated rule by rule, and proved to be the book's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from derive.calculus import Derivative, Line, derivative, worked
from derive.calculus.proof import Proof, prove
from derive.derivation.formulas import in_loss_terms, loss_slope
from derive.derivation.setting.lines import EQUALS
from derive.derivation.setting.terms import times
from derive.derivation.setting.wording import activation_words, listed, rule_words
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph
from derive.engine import activation_of, loss_of
from derive.formula import Expression, Negative, Symbol, substitute
from derive.maths.expression import express, fenced
from derive.maths.tree import Aligned, Fraction, Identifier, Row, Script, Tree, row
from derive.notation import PARTIAL, count, in_brackets
from derive.reference import Ref
from derive.steps import Step

D = Identifier("d", "upright")


def function(book: Workbook, layer: int) -> Tree:
    """The letter of a layer's activation: f, or f with a number where there are several."""
    different = list(dict.fromkeys(book.problem.activations))
    if len(different) == 1:
        return book.notation.activation
    number = different.index(book.problem.activations[layer - 1]) + 1
    return Script(book.notation.activation, sub=count(number))


def any_output(book: Workbook, layer: int) -> Tree:
    """The letters of any output: out, or in a book with thresholds f(x)."""
    if book.notation.book.threshold:
        return row(function(book, layer), in_brackets(book.notation.bare("net", layer)))
    return book.notation.bare("out", layer)


def slope_steps(book: Workbook, layer: int) -> Iterator[Block]:
    """The slope of a layer's activation, worked out once, from its formula."""
    spec = book.problem.activations[layer - 1]
    activation = activation_of(spec)
    steps = list(worked(activation.formula, "x"))
    expressions = [*(step.expression for step in steps), *activation.bridges, activation.slope]
    proof = prove(activation.formula, tuple(expressions))
    net, out = book.notation.bare("net", layer), any_output(book, layer)

    def letter(name: object) -> Tree:
        match name:
            case "x":
                return net
            case "out":
                return out
            case Derivative(inner):
                return row(Fraction(D, row(D, net)), fenced(express(inner, letter)))
        return Identifier(str(name))

    letters = [express(expression, letter) for expression in expressions]
    lines = [tree for n, tree in enumerate(letters) if n == 0 or tree != letters[n - 1]]
    yield Paragraph(
        Message("slope.intro", {"activation": activation_words(spec.name)})
        if spec.name
        else Message("slope.intro_formula")
    )
    if any(step.rules for step in steps):
        yield Paragraph(Message("slope.rules", {"rules": rule_names(steps)}), role="note")
    head = Fraction(row(D, out), row(D, net))
    yield book.displayed(
        Aligned(
            tuple((head if n == 0 else Row(()), row(EQUALS, tree)) for n, tree in enumerate(lines))
        ),
        key=True,
    )
    yield from _judged(proof)
    if activation.has_corner:
        yield Paragraph(Message("slope.corner", {"net": net}), role="note")


def _judged(proof: Proof | int) -> Iterator[Paragraph]:
    """How the lines of a differentiation were shown to be right."""
    if proof is Proof.SYMBOLIC:
        yield Paragraph(Message("slope.proved"), role="note")
    elif proof:
        yield Paragraph(Message("slope.checked", {"count": str(proof)}), role="note")


def rule_names(steps: Iterable[Line]) -> Inline:
    """The names of the rules used, each once, joined as the language joins a list."""
    keys = dict.fromkeys(rule for step in steps for rule in step.rules if rule != "simplify")
    return listed([rule_words(key) for key in keys])


def loss_steps(book: Workbook, output: int, sample: int) -> Iterator[Block]:
    """∂E/∂out of one output, from the one term of the loss in which it stands."""
    last = book.notation.last
    out = book.ref("out", last, output, sample=sample)
    result = book.towards_error(out)
    formula = in_loss_terms(book, loss_of(book.problem.loss).formula, output, sample)
    steps = list(worked(formula, out))

    def letter(name: object) -> Tree:
        if isinstance(name, Derivative):
            by = row(PARTIAL, book.symbol(out))
            return row(Fraction(PARTIAL, by), fenced(express(name.of, letter)))
        if not isinstance(name, Ref):
            raise TypeError(name)
        return book.symbol(name)

    def differentiated(form: Expression) -> Expression:
        """A line of the differentiation with what is still to be found in it, found."""
        return substitute(
            form,
            lambda name: derivative(name.of, out) if isinstance(name, Derivative) else Symbol(name),
        )

    factor = book.error_factor()
    forms: list[Expression] = [times(*factor, step.expression) for step in steps]
    whole = times(*factor, formula)
    if book.notation.book.minus_gradient:
        forms = [Negative(form) for form in forms]
        whole = Negative(whole)
    forms.append(loss_slope(book, output, sample))
    proof = prove(_by_quantity(whole, out), tuple(_by_quantity(form, out) for form in forms))
    letters = [express(form, letter) for form in forms]
    lines = [tree for n, tree in enumerate(letters) if n == 0 or tree != letters[n - 1]]
    yield Paragraph(Message("slope.rules", {"rules": rule_names(steps)}), role="note")
    yield book.beats(
        result,
        [(EQUALS, tree) for tree in lines],
        express(forms[-1], book.number),
        Step(result, tuple(differentiated(form) for form in forms)),
    )
    yield from _judged(proof)


def _by_quantity(expression: Expression, variable: Ref) -> Expression:
    """`expression` for any output of any sample, so that it is proved once: x is the variable."""

    def replacement(name: Any) -> Expression:
        if isinstance(name, Derivative):
            return Symbol(Derivative(_by_quantity(name.of, variable)))
        return Symbol("x" if name == variable else name.quantity)

    return substitute(expression, replacement)
