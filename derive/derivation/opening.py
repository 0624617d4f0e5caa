"""What stands before the solution: the network drawn, the conventions, the givens."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from derive.derivation.letters import letters_conventions, letters_table
from derive.derivation.lines import EQUALS, SUM
from derive.derivation.scalars.formulas import in_loss_terms
from derive.derivation.tables import cut_note, layer_name, limited
from derive.derivation.wording import bias_words, listed, parameter_words
from derive.derivation.workbook import Workbook
from derive.document import (
    Aside,
    Block,
    Figure,
    Inline,
    Message,
    NetworkBias,
    NetworkEdge,
    NetworkFigure,
    NetworkNode,
    Paragraph,
    Table,
)
from derive.engine import activation_of, loss_of
from derive.formula import Expression, Negative, Sum
from derive.maths.expression import express, fenced, is_negative
from derive.maths.tree import Identifier, Limits, Number, Tree, row
from derive.notation import minus
from derive.problem import Problem
from derive.reference import Ref

MOST_LISTED = 120
"""Of a longer list of given numbers only the start is shown."""


def title(problem: Problem) -> Message:
    """The document's title: the network's shape."""
    return Message("title", {"net": shape(problem)})


def shape(problem: Problem) -> str:
    """The network's layers as they are spoken of: 2-2-2."""
    return "-".join(map(str, problem.layers))


def opening(book: Workbook, *, full: bool) -> Iterator[Block]:
    """Figure, conventions and the table of what is given."""
    yield Figure(
        network(book),
        Message("figure.network.paths" if _has_paths(book) else "figure.network.plain"),
        Message("figure.network.description", _description(book)),
    )
    yield Aside(Message("conventions.title"), tuple(_conventions(book, full=full)))
    yield from _givens(book)
    yield from letters_table(book)


def _has_paths(book: Workbook) -> bool:
    return len(book.problem.layers) > 2 and book.problem.layers[-1] > 1


def _description(book: Workbook) -> dict[str, Inline]:
    layers = book.problem.layers
    return {
        "net": shape(book.problem),
        "weights": str(sum(a * b for a, b in itertools.pairwise(layers))),
    }


def network(book: Workbook) -> NetworkFigure:
    """The network as drawn, the paths of the error to the first hidden neuron in colour."""
    problem, notation = book.problem, book.notation
    sizes, last = problem.layers, notation.last
    one = len(problem.inputs) == 1
    layers = []
    for layer, size in enumerate(sizes):
        nodes = []
        for n in range(size):
            given = Ref("out", 0, (n,), 0) if layer == 0 and one else None
            nodes.append(
                NetworkNode(notation.neuron(layer, n), book.number(given) if given else None)
            )
        layers.append(tuple(nodes))
    edges, biases = [], []
    for layer in range(1, len(sizes)):
        for end in range(sizes[layer]):
            for start in range(sizes[layer - 1]):
                ref = Ref("W", layer, (end, start), iteration=0)
                coloured = _has_paths(book) and layer == last and start == 0
                path = end % 6 if coloured else None
                edges.append(
                    NetworkEdge(layer, start, end, book.symbol(ref), book.number(ref), path)
                )
            if problem.bias == "neuron":
                ref = Ref("b", layer, (end,), iteration=0)
                biases.append(NetworkBias(layer, end, book.symbol(ref), book.number(ref)))
        if problem.bias == "layer":
            ref = Ref("b", layer, (), iteration=0)
            biases.append(NetworkBias(layer, None, book.symbol(ref), book.number(ref)))
    targets = tuple(book.number(Ref("target", last, (n,), 0)) for n in range(sizes[-1]))
    names = tuple(layer_name(book, layer) for layer in range(len(sizes)))
    return NetworkFigure(tuple(layers), tuple(edges), tuple(biases), names, targets if one else ())


def _conventions(book: Workbook, *, full: bool) -> Iterator[Message]:
    problem, notation = book.problem, book.notation
    yield Message("conventions.loss", {"loss": _loss_tree(book)})
    for layer in range(1, len(problem.layers)):
        gaps = {"layer": layer_name(book, layer), "activation": _activation(book, layer)}
        yield Message("conventions.activation", gaps)
    if len(problem.inputs) > 1:
        if problem.samples == "together":
            yield Message(f"conventions.over_samples.{problem.over_samples}")
        else:
            yield Message("conventions.one_by_one")
    trained = "none" if problem.bias == "none" else "trained" if problem.train_biases else "fixed"
    if trained == "none":
        yield Message("conventions.bias.none")
    else:
        key = f"conventions.bias.{problem.bias}.{trained}"
        yield Message(key, {"parameter": bias_words(book)["parameter"]})
    if len(problem.layers) > 2:
        yield Message(f"conventions.hidden_deltas.{problem.hidden_deltas.replace('-', '_')}")
    rate = Number(book.given(problem.optimizer.learning_rate))
    yield Message("conventions.learning_rate", {"rate": row(notation.learning_rate, EQUALS, rate)})
    if problem.optimizer.name != "gradient-descent":
        name = Message(f"optimizer.{problem.optimizer.name}")
        numbers = [
            row(notation.book.number(symbol), EQUALS, Number(book.given(value)))
            for symbol, value in problem.optimizer.numbers.items()
        ]
        yield Message("conventions.optimizer", {"name": name, "numbers": listed(numbers)})
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
    yield _rounding(book)
    if book.roundings:
        yield Message("conventions.nearly_equal")
    yield Message("conventions.equals", {"equals": "=", "about": "≈"})
    if problem.seed is not None:
        yield Message("conventions.seed", {"seed": str(problem.seed)})
    if not full:
        yield Message("conventions.brief")


def _activation(book: Workbook, layer: int) -> Inline:
    """A layer's activation by its name, or as the formula that was given."""
    spec = book.problem.activations[layer - 1]
    if spec.name:
        return Message(f"activation.{spec.name}")
    net, out = book.notation.bare("net", layer), book.notation.bare("out", layer)
    return row(out, EQUALS, express(activation_of(spec).formula, lambda _: net))


def _rounding(book: Workbook) -> Message:
    rounding = book.rounding
    digits = str(rounding.digits)
    if rounding.decimals is None:
        return Message("conventions.rounding.digits", {"digits": digits})
    decimals = str(rounding.decimals)
    if rounding.digits:
        gaps: dict[str, Inline] = {"decimals": decimals, "digits": digits}
        return Message("conventions.rounding.both", gaps)
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


def _givens(book: Workbook) -> Iterator[Block]:
    problem, notation = book.problem, book.notation
    rows: list[tuple[Inline, ...]] = []
    counts: list[int] = []

    def add(name: Message, refs: list[Ref]) -> None:
        listed = [row(book.symbol(ref), EQUALS, book.number(ref)) for ref in refs[:MOST_LISTED]]
        counts.append(len(refs))
        rows.append((name, *listed, *(["…"] if len(refs) > MOST_LISTED else [])))

    if len(problem.inputs) == 1:
        add(Message("given.input"), [Ref("out", 0, (n,), 0, 0) for n in range(problem.layers[0])])
        add(
            Message("given.target"),
            [Ref("target", notation.last, (n,), 0, 0) for n in range(problem.layers[-1])],
        )
    else:
        yield from _samples_table(book)
    for layer in range(1, len(problem.layers)):
        add(
            Message("given.weight", {"layer": layer_name(book, layer)}),
            [
                Ref("W", layer, (to, source), iteration=0)
                for to in range(problem.layers[layer])
                for source in range(problem.layers[layer - 1])
            ],
        )
        kind = "given.threshold" if book.thresholds else "given.bias"
        bias = Message(kind, {"layer": layer_name(book, layer)})
        if problem.bias == "layer":
            add(bias, [Ref("b", layer, (), iteration=0)])
        elif problem.bias == "neuron":
            neurons = range(problem.layers[layer])
            add(bias, [Ref("b", layer, (n,), iteration=0) for n in neurons])
    yield Table(Message("table.givens"), (), tuple(rows))
    if max(counts, default=0) > MOST_LISTED:
        yield Paragraph(Message("table.list_cut", {"shown": str(MOST_LISTED)}), role="note")


def _samples_table(book: Workbook) -> Iterator[Block]:
    """Inputs and targets, a row a sample."""
    problem, notation = book.problem, book.notation
    inputs, outputs = range(problem.layers[0]), range(problem.layers[-1])
    plain = notation.without_samples()
    header: list[Inline] = [Message("table.sample")]
    header += [plain.symbol(Ref("out", 0, (n,))) for n in inputs]
    header += [plain.symbol(Ref("target", notation.last, (n,))) for n in outputs]
    rows: list[tuple[Inline, ...]] = []
    for sample in range(len(problem.inputs)):
        cells: list[Inline] = [str(sample + 1)]
        cells += [book.number(Ref("out", 0, (n,), sample)) for n in inputs]
        cells += [book.number(Ref("target", notation.last, (n,), sample)) for n in outputs]
        rows.append(tuple(cells))
    yield Table(Message("table.samples"), tuple(header), limited(rows))
    yield from cut_note(rows)
