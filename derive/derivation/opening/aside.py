"""The conventions: everything that one must know to get the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.formulas import in_loss_terms
from derive.derivation.opening.letters import letters_conventions, update_signs
from derive.derivation.setting.lines import EQUALS, SUM
from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.wording import (
    activation_words,
    bias_words,
    listed,
    optimizer_name,
    parameter_words,
)
from derive.derivation.setting.workbook import Workbook
from derive.derivation.slopes import any_output
from derive.document import Inline, Message
from derive.engine import activation_of, loss_of
from derive.formula import Expression, Negative, Sum
from derive.maths.expression import express, fenced, is_negative
from derive.maths.numbers import Rounding
from derive.maths.tree import Identifier, Limits, Number, Tree, row
from derive.notation import minus
from derive.reference import Ref


def conventions(book: Workbook) -> Iterator[Message]:
    """A line each: the loss, the activations, what trains and how, letters, rounding."""
    problem, notation = book.problem, book.notation
    yield Message("conventions.loss", {"loss": _loss_tree(book)})
    for layer in range(1, len(problem.layers)):
        gaps = {"layer": layer_name(book, layer), "activation": _activation(book, layer)}
        yield Message("conventions.activation", gaps)
    if len(problem.inputs) > 1:
        if problem.samples == "together":
            mean = problem.over_samples == "mean"
            yield Message(
                "conventions.over_samples.mean" if mean else "conventions.over_samples.sum"
            )
        elif problem.iterations:
            yield Message("conventions.one_by_one")
        else:
            yield Message("conventions.first_sample")
    yield _biases(book)
    if book.has_updates:
        yield from _updates(book)
    if problem.l2:
        penalty = Number(book.given(problem.l2))
        weight = row(notation.penalty_rate, EQUALS, penalty)
        (factor,) = book.penalty_factor(half=True)
        gaps = {"rate": weight, "factor": express(factor, book.symbol)}
        if problem.bias == "none":
            yield Message("conventions.l2", gaps)
        else:
            yield Message("conventions.l2_biased", {**gaps, **parameter_words(book)})
    yield from letters_conventions(book)
    yield from update_signs(book)
    yield rounding_words(book.rounding)
    if book.roundings:
        yield Message("conventions.nearly_equal")
    yield Message("conventions.equals", {"equals": "=", "about": "≈"})
    if problem.seed is not None:
        yield Message("conventions.seed", {"seed": str(problem.seed)})
    if not book.detail.whole:
        yield Message("conventions.brief")


def _biases(book: Workbook) -> Message:
    """Whether there are biases, whose they are, and whether updates change them."""
    problem = book.problem
    if problem.bias == "none":
        return Message("conventions.bias.none")
    gaps = {"parameter": bias_words(book)["parameter"]}
    shared = problem.bias == "layer"
    if not book.has_updates:
        return Message(
            "conventions.bias.layer.given" if shared else "conventions.bias.neuron.given", gaps
        )
    if problem.train_biases:
        return Message(
            "conventions.bias.layer.trained" if shared else "conventions.bias.neuron.trained", gaps
        )
    return Message(
        "conventions.bias.layer.fixed" if shared else "conventions.bias.neuron.fixed", gaps
    )


def _updates(book: Workbook) -> Iterator[Message]:
    """How parameters are updated, and whether error terms take them as they were before."""
    problem, notation = book.problem, book.notation
    if len(problem.layers) > 2:
        after = problem.hidden_deltas == "after-update"
        yield Message(
            "conventions.hidden_deltas.after_update"
            if after
            else "conventions.hidden_deltas.before_update"
        )
    rate = Number(book.given(problem.optimizer.learning_rate))
    rate_given = {"rate": row(notation.learning_rate, EQUALS, rate)}
    if "optimizer.learning_rate" in problem.assumed:
        yield Message("conventions.learning_rate_assumed", rate_given)
    else:
        yield Message("conventions.learning_rate", rate_given)
    if problem.optimizer.name != "gradient-descent":
        numbers = [
            row(notation.book.number(symbol), EQUALS, Number(book.given(value)))
            for symbol, value in problem.optimizer.numbers.items()
        ]
        gaps = {"name": optimizer_name(problem.optimizer.name), "numbers": listed(numbers)}
        yield Message("conventions.optimizer", gaps)


def _activation(book: Workbook, layer: int) -> Inline:
    """A layer's activation by its name, or as the formula that was given."""
    spec = book.problem.activations[layer - 1]
    if spec.name:
        return activation_words(spec.name)
    net, out = book.notation.bare("net", layer), any_output(book, layer)
    return row(out, EQUALS, express(activation_of(spec).formula, lambda _: net))


def rounding_words(rounding: Rounding) -> Message:
    """To how many figures, decimals, or both, results are printed."""
    digits, decimals = str(rounding.digits), str(rounding.decimals)
    if rounding.decimals is None:
        return Message("conventions.rounding.digits", {"digits": digits})
    if rounding.digits:
        return Message("conventions.rounding.both", {"decimals": decimals, "digits": digits})
    return Message("conventions.rounding.decimals", {"decimals": decimals})


def _loss_tree(book: Workbook) -> Tree:
    """E = ∑ₖ of the loss's formula, for one sample."""
    notation = book.notation.of_any_sample()
    several = book.problem.layers[-1] > 1
    output = notation.book.any_output

    def letters(ref: Ref) -> Tree:
        if several:
            return notation.any_neuron(ref.quantity, notation.last, output, 0)
        return notation.symbol(Ref(ref.quantity, notation.last, (0,), 0))

    formula: Expression = in_loss_terms(book, loss_of(book.problem.loss).formula, 0, 0)
    if several:
        # As books have it, a sign that all terms share stands before their sum.
        summand = formula.operand if isinstance(formula, Negative) else formula
        term = express(summand, letters)
        inside = fenced(term) if isinstance(summand, Sum) or is_negative(term) else term
        term = row(Limits(SUM, under=Identifier(output)), inside)
        term = minus(term) if isinstance(formula, Negative) else term
    else:
        term = express(formula, letters)
    part = "data_loss" if book.problem.l2 and len(book.problem.inputs) == 1 else "sample_loss"
    return row(notation.symbol(Ref(part, sample=0)), EQUALS, term)
