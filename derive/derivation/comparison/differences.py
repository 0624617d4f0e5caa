"""The fields in which two problems differ, as a table says them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.derivation.comparison.values import Both
from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.wording import activation_words, loss_words, optimizer_name
from derive.derivation.setting.workbook import Workbook
from derive.document import Inline, Message
from derive.engine import activation_of, loss_of, optimizer_of
from derive.maths.expression import express
from derive.maths.tree import Identifier, Number, Tree, row
from derive.maths.tree import Operator as Sign
from derive.problem import ActivationSpec, Problem
from derive.reference import Ref

MOST_NUMBERS = 8
"""So many given numbers that differ stand in the table, one a row."""
NONE = "—"


@dataclass(frozen=True)
class Difference:
    """A field in which A and B differ.

    Attributes:
        kind: what the difference is called under `compare.cause` in the catalogues.
        field: its words.
        cells: what A says and what B says.
        layer: the layer whose activation it is.
    """

    kind: str
    field: Inline
    cells: tuple[Inline, Inline]
    layer: int | None = None


def differences(both: Both) -> list[Difference]:
    """Every field in which A and B differ, in the order of a problem file."""
    return [*_network(both), *_loss(both), *_optimizer(both), *_training(both), *_given(both)]


def _network(both: Both) -> Iterator[Difference]:
    a, b = both.a.problem, both.b.problem
    if a.layers != b.layers:
        shapes = ["-".join(map(str, problem.layers)) for problem in (a, b)]
        yield Difference("layers", Message("compare.field.layers"), (shapes[0], shapes[1]))
    if len(a.layers) == len(b.layers):
        for layer, specs in enumerate(zip(a.activations, b.activations, strict=True), 1):
            if specs[0] != specs[1]:
                name = Message("compare.field.activation", {"layer": layer_name(both.a, layer)})
                cells = (_activation(specs[0]), _activation(specs[1]))
                yield Difference("activation", name, cells, layer)
    elif a.activations != b.activations:
        yield Difference("activations", Message("compare.field.activations"), (_list(a), _list(b)))
    if a.bias != b.bias:
        kind = "bias_none" if "none" in (a.bias, b.bias) else "bias"
        cells = (Message(_BIAS[a.bias]), Message(_BIAS[b.bias]))
        yield Difference(kind, Message("compare.field.bias"), cells)


_BIAS = {
    "neuron": "compare.value.bias.neuron",
    "layer": "compare.value.bias.layer",
    "none": "compare.value.bias.none",
}


def _activation(spec: ActivationSpec) -> Inline:
    if spec.name:
        return activation_words(spec.name)
    return express(activation_of(spec).formula, lambda name: Identifier(str(name)))


def _list(problem: Problem) -> Inline:
    words: Inline = _activation(problem.activations[0])
    for spec in problem.activations[1:]:
        words = Message("list.and", {"left": words, "right": _activation(spec)})
    return words


def _loss(both: Both) -> Iterator[Difference]:
    a, b = both.a.problem, both.b.problem
    if a.loss != b.loss:
        yield Difference("loss", Message("compare.field.loss"), (_loss_of(a), _loss_of(b)))
    if a.over_samples != b.over_samples:
        cells = (Message(_OVER_SAMPLES[a.over_samples]), Message(_OVER_SAMPLES[b.over_samples]))
        yield Difference("over_samples", Message("compare.field.over_samples"), cells)


_OVER_SAMPLES = {
    "sum": "compare.value.over_samples.sum",
    "mean": "compare.value.over_samples.mean",
}


def _loss_of(problem: Problem) -> Inline:
    if problem.loss.name:
        return loss_words(problem.loss.name)
    return express(loss_of(problem.loss).formula, lambda name: Identifier(str(name)))


def _optimizer(both: Both) -> Iterator[Difference]:
    a, b = both.a.problem.optimizer, both.b.problem.optimizer

    def plain(number: float) -> Tree:
        return Number(both.a.given(number))

    if a.name != b.name:
        yield Difference(
            "optimizer", Message("compare.field.optimizer"), (_name(both.a), _name(both.b))
        )
    elif a.form != b.form:
        cells = (_velocity(both.a), _velocity(both.b))
        yield Difference("optimizer", Message("compare.field.form"), cells)
    if a.learning_rate != b.learning_rate:
        name = Message("compare.field.learning_rate", {"rate": both.a.symbol(Ref("learning_rate"))})
        cells = (plain(a.learning_rate), plain(b.learning_rate))
        yield Difference("learning_rate", name, cells)
    for key in dict.fromkeys([*a.numbers, *b.numbers]):
        values = [plain(spec.numbers[key]) if key in spec.numbers else NONE for spec in (a, b)]
        if a.numbers.get(key) != b.numbers.get(key):
            owner = both.a if key in a.numbers else both.b
            kind = "optimizer" if a.name != b.name else "optimizer_numbers"
            name = Message("compare.field.optimizer_number", {"symbol": owner.symbol(Ref(key))})
            yield Difference(kind, name, (values[0], values[1]))
    l2 = [book.problem.l2 for book in (both.a, both.b)]
    if l2[0] != l2[1]:
        name = Message("compare.field.l2", {"rate": both.a.symbol(Ref("l2"))})
        yield Difference("l2", name, (plain(l2[0]), plain(l2[1])))


def _name(book: Workbook) -> Inline:
    name = book.problem.optimizer.name
    if name == "gradient-descent":
        return Message("compare.value.gradient_descent")
    return optimizer_name(name)


def _velocity(book: Workbook) -> Tree:
    """What momentum's form means: the assignment of the velocity."""
    name, formula = optimizer_of(book.problem.optimizer).assignments[0]
    letters = {"beta": book.symbol(Ref("beta"))}
    tree = express(formula, lambda name: letters.get(str(name)) or Identifier(str(name)))
    return row(Identifier(name), Sign("="), tree)


def _training(both: Both) -> Iterator[Difference]:
    a, b = both.a.problem, both.b.problem
    if a.iterations != b.iterations:
        cells = (str(a.iterations), str(b.iterations))
        yield Difference("iterations", Message("compare.field.iterations"), cells)
    if a.samples != b.samples:
        words = (Message(_SAMPLES[a.samples]), Message(_SAMPLES[b.samples]))
        yield Difference("samples", Message("compare.field.samples"), words)
    if a.train_biases != b.train_biases and (a.bias == "none") == (b.bias == "none"):
        words = (Message(_YES[a.train_biases]), Message(_YES[b.train_biases]))
        yield Difference("train_biases", Message("compare.field.train_biases"), words)
    if a.hidden_deltas != b.hidden_deltas:
        words = (Message(_HIDDEN_DELTAS[a.hidden_deltas]), Message(_HIDDEN_DELTAS[b.hidden_deltas]))
        yield Difference("hidden_deltas", Message("compare.field.hidden_deltas"), words)


_YES = {True: "compare.value.yes", False: "compare.value.no"}
_SAMPLES = {
    "together": "compare.value.samples.together",
    "one-by-one": "compare.value.samples.one_by_one",
}
_HIDDEN_DELTAS = {
    "before-update": "compare.value.hidden_deltas.before_update",
    "after-update": "compare.value.hidden_deltas.after_update",
}


def _given(both: Both) -> Iterator[Difference]:
    """Data and start, number by number as far as they have counterparts."""
    a, b = both.a.problem, both.b.problem
    if len(a.inputs) != len(b.inputs):
        cells = (str(len(a.inputs)), str(len(b.inputs)))
        yield Difference("sample_count", Message("compare.field.sample_count"), cells)
    samples = range(min(len(a.inputs), len(b.inputs)))
    last = both.a.notation.last
    ends = (
        ("inputs", "out", 0, a.layers[0] == b.layers[0]),
        ("targets", "target", last, a.layers[-1] == b.layers[-1]),
    )
    for kind, quantity, layer, same in ends:
        if same:
            refs = [
                Ref(quantity, layer, (n,), sample)
                for sample in samples
                for n in range(a.layers[0 if quantity == "out" else -1])
            ]
            yield from _numbers(both, kind, [(ref, ref) for ref in refs])
    if None not in (a.seed, b.seed) and a.seed != b.seed:
        yield Difference("start", Message("compare.field.seed"), (str(a.seed), str(b.seed)))
    if both.same_shape:
        yield from _numbers(both, "start", list(_start(both)))


def _start(both: Both) -> Iterator[tuple[Ref, Ref]]:
    """The names of each starting value in A and in B."""
    both.turn_to(0)
    for layer in range(1, len(both.a.problem.layers)):
        for _, ref_a, ref_b in both.parameters(layer):
            yield ref_a, ref_b


_GIVEN = {
    "inputs": "compare.field.inputs",
    "targets": "compare.field.targets",
    "start": "compare.field.start",
}
_FURTHER = {
    "inputs": "compare.field.more_inputs",
    "targets": "compare.field.more_targets",
    "start": "compare.field.more_start",
}


def _numbers(both: Both, kind: str, refs: list[tuple[Ref, Ref]]) -> Iterator[Difference]:
    pairs = [both.pair("forward", ref_a, ref_b) for ref_a, ref_b in refs]
    differing = [pair for pair in pairs if pair.differs]
    for pair in differing[:MOST_NUMBERS]:
        cells = (both.a.number(pair.refs[0]), both.b.number(pair.refs[1]))
        yield Difference(kind, Message(_GIVEN[kind], {"symbol": both.name(pair)}), cells)
    more = len(differing) - MOST_NUMBERS
    if more > 0:
        yield Difference(kind, Message(_FURTHER[kind], {"count": str(more)}), ("…", "…"))
