"""Why two trainings differ: a paragraph for each kind of difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from derive.derivation.comparison.differences import Difference
from derive.derivation.comparison.values import Both, inline
from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.wording import activation_words, first_step_words
from derive.document import Block, Inline, Message, Paragraph, Section
from derive.engine import loss_of
from derive.maths.tree import Fraction as Over
from derive.maths.tree import Number, Tree
from derive.notation import count
from derive.problem import Problem
from derive.reference import Ref

MATCHED = {
    ("sigmoid", "binary-cross-entropy"): "compare.cause.loss_sigmoid",
    ("softmax", "cross-entropy"): "compare.cause.loss_softmax",
}
"""Output activations and losses of which δ is output minus target, and what is said of them."""


_CAUSES = {
    "layers": "compare.cause.layers",
    "activations": "compare.cause.activations",
    "bias": "compare.cause.bias",
    "bias_none": "compare.cause.bias_none",
    "over_samples": "compare.cause.over_samples",
    "optimizer_numbers": "compare.cause.optimizer_numbers",
    "learning_rate": "compare.cause.learning_rate",
    "l2": "compare.cause.l2",
    "iterations": "compare.cause.iterations",
    "samples": "compare.cause.samples",
    "train_biases": "compare.cause.train_biases",
    "hidden_deltas": "compare.cause.hidden_deltas",
    "sample_count": "compare.cause.sample_count",
    "inputs": "compare.cause.inputs",
    "targets": "compare.cause.targets",
}
"""The paragraph of each kind of difference that has one and the same for all its cases."""


def causes_section(both: Both, different: Sequence[Difference], anchor: str) -> Section:
    """What each kind of difference does, one by one."""
    return Section(anchor, Message("compare.cause.title"), tuple(_blocks(both, different)))


def _blocks(both: Both, different: Sequence[Difference]) -> Iterator[Block]:
    kinds = list(dict.fromkeys(difference.kind for difference in different))
    if len(kinds) > 1:
        yield Paragraph(Message("compare.cause.several"))
    for kind in kinds:
        reason = idle(both, kind)
        if reason:
            yield Paragraph(Message(reason))
            continue
        match kind:
            case "activation":
                yield from _activations(both, different)
            case "loss":
                yield from _loss(both)
            case "optimizer":
                yield from _optimizer(both)
            case "start":
                yield Paragraph(
                    Message(
                        "compare.cause.start_alone" if len(kinds) == 1 else "compare.cause.start"
                    )
                )
            case _:
                own = kind == "over_samples" and both.a.notation.book.own_loss
                key = "compare.cause.over_samples_own_loss" if own else _CAUSES[kind]
                yield Paragraph(Message(key, _gaps(both, kind)))
    stepping = {"learning_rate", "optimizer", "optimizer_numbers"} & set(kinds)
    deltas = [book.problem.hidden_deltas for book in (both.a, both.b)]
    if stepping and "after-update" in deltas and len(both.a.problem.layers) > 2:
        yield Paragraph(Message("compare.cause.exception"))


def idle(both: Both, kind: str) -> str:
    """The words for why a difference changes no number here; "" where it may."""
    problems = (both.a.problem, both.b.problem)
    one_sample = all(len(problem.inputs) == 1 for problem in problems)
    one_by_one = all(problem.samples == "one-by-one" for problem in problems)
    match kind:
        case "over_samples" if one_sample:
            return "compare.idle.over_samples_one"
        case "samples" if one_sample:
            return "compare.idle.samples_one"
        case "over_samples" if one_by_one:
            return "compare.idle.over_samples_one_by_one"
        case "hidden_deltas" if all(len(problem.layers) == 2 for problem in problems):
            return "compare.idle.hidden_deltas"
        case "train_biases" if all(problem.bias == "none" for problem in problems):
            return "compare.idle.train_biases"
        case "bias" if not any(problem.train_biases for problem in problems):
            return "compare.idle.bias"
        case "loss" if _ratio(problems[0], problems[1]) == 1:
            return "compare.idle.loss"
    return ""


def _gaps(both: Both, kind: str) -> dict[str, Inline]:
    a, b = both.a.problem, both.b.problem
    match kind:
        case "learning_rate":
            rates = [Number(both.a.given(p.optimizer.learning_rate)) for p in (a, b)]
            return {"a": rates[0], "b": rates[1]}
        case "over_samples":
            mean = a if a.over_samples == "mean" else b
            return {"count": str(len(mean.inputs))}
        case "hidden_deltas":
            wrong, right = ("A", "B") if a.hidden_deltas == "after-update" else ("B", "A")
            book = both.a if len(a.layers) > 2 else both.b
            hidden = book.notation.last - 1
            derivative = book.notation.heading(book.towards_error(Ref("out", hidden)))
            return {"wrong": wrong, "right": right, "derivative": inline(derivative)}
        case "train_biases":
            trained, fixed = ("A", "B") if a.train_biases else ("B", "A")
            return {"trained": trained, "fixed": fixed}
        case "bias":
            shared, own = ("A", "B") if a.bias == "layer" else ("B", "A")
            return {"shared": shared, "own": own}
        case "bias_none":
            return {"side": "A" if a.bias == "none" else "B"}
        case "iterations":
            return {"side": "A" if a.iterations > b.iterations else "B"}
        case "layers":
            return {"a": str(a.scalars()), "b": str(b.scalars())}
        case "l2":
            return {"rate": both.a.symbol(Ref("l2"))}
    return {}


# Activations


def _activations(both: Both, different: Sequence[Difference]) -> Iterator[Block]:
    for difference in different:
        if difference.kind == "activation" and difference.layer is not None:
            a, b = (
                # The table has shown a formula that was given.
                cell if isinstance(cell, Message) else activation_words("formula")
                for cell in difference.cells
            )
            gaps: dict[str, Inline] = {
                "layer": layer_name(both.a, difference.layer), "a": a, "b": b,
            }  # fmt: skip
            yield Paragraph(Message("compare.cause.activation", gaps))


# Losses


def _ratio(a: Problem, b: Problem) -> Fraction | None:
    """B's loss over A's where the two are one function but for a factor."""
    scales = [_over_square(problem) for problem in (a, b)]
    if scales[0] is None or scales[1] is None or a.layers[-1] != b.layers[-1]:
        return None
    return scales[1] / scales[0]


def _over_square(problem: Problem) -> Fraction | None:
    return loss_of(problem.loss).over_square(problem.layers[-1])


def _loss(both: Both) -> Iterator[Block]:
    a, b = both.a.problem, both.b.problem
    yield Paragraph(Message("compare.cause.loss"))
    ratio = _ratio(a, b)
    if ratio is not None:
        plain = a.optimizer.name == b.optimizer.name == "gradient-descent" and not (a.l2 or b.l2)
        key = "compare.cause.loss_scaled_descent" if plain else "compare.cause.loss_scaled"
        yield Paragraph(Message(key, {"factor": _factor(ratio)}))
    for side, problem, other in (("A", a, b), ("B", b, a)):
        pair = (problem.activations[-1].name or "", problem.loss.name or "")
        same = problem.activations[-1] == other.activations[-1]
        if pair in MATCHED and same and _over_square(other) is not None:
            gaps = {"side": side, "other": "B" if side == "A" else "A"}
            yield Paragraph(Message(MATCHED[pair], gaps))


def _factor(ratio: Fraction) -> Tree:
    if ratio.denominator == 1:
        return count(ratio.numerator)
    return Over(count(ratio.numerator), count(ratio.denominator))


# Optimizers


def _optimizer(both: Both) -> Iterator[Block]:
    yield Paragraph(Message("compare.cause.optimizer"))
    for side, book in (("A", both.a), ("B", both.b)):
        spec = book.problem.optimizer
        name = spec.name.replace("-", "_")
        if spec.name == "momentum" and spec.form == "average":
            name = "momentum_average"
        symbols = {"rate": book.symbol(Ref("learning_rate"))}
        symbols |= {key: book.symbol(Ref(key)) for key in spec.numbers}
        wanted = _SAID.get(name, ())
        gaps: dict[str, Inline] = {"side": side, **{key: symbols[key] for key in wanted}}
        yield Paragraph(first_step_words(name, gaps))


_SAID = {
    "gradient_descent": ("rate",),
    "momentum_average": ("beta",),
    "nesterov": ("beta",),
    "adagrad": ("rate", "epsilon"),
    "rmsprop": ("rate", "rho", "epsilon"),
    "adadelta": ("epsilon",),
    "adam": ("rate", "epsilon"),
    "adamw": ("rate", "weight_decay"),
}
"""The letters that the words on an optimizer's first step use."""
