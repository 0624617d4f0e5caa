"""Pairs of problems that differ in one thing, and pairs that differ in all, for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from derive.derivation.comparison import Side, comparison, passes_compared
from derive.document import Document
from derive.engine import train
from derive.maths.numbers import Rounding
from derive.problem import (
    ActivationSpec,
    Example,
    OptimizerSpec,
    Problem,
    example,
    problem_from_fields,
)
from tests.documents import drawn

MAZUR = replace(example("mazur-2015").problem, iterations=2)
TWO = {"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[1.0, 0.0], [0.0, 1.0]]}
OTHER = {"inputs": [[0.1, 0.25], [0.3, 0.4]], "targets": [[1.0, 0.0], [0.25, 0.75]]}


def compared(
    a: Problem, b: Problem, *, examples: tuple[Example | None, Example | None] = (None, None),
    **more: Any,
) -> Document:  # fmt: skip
    """The comparison of two problems, in both languages unless said otherwise."""
    needed = passes_compared([a.iterations, b.iterations], examples)
    sides = [
        Side(name, train(problem, also=needed), published, more.pop("changes", "") if n else "")
        for n, (name, problem, published) in enumerate(
            zip(("first", "second"), (a, b), examples, strict=True)
        )
    ]
    more.setdefault("languages", ["zh-Hans", "en"])
    return comparison(*sides, **{"command": "derive compare", **more})


def two(**tables: Any) -> Problem:
    """A 2-3-2 network on two samples, with `tables` as in a problem file."""
    tables.setdefault("data", TWO)
    tables["training"] = {"iterations": 3, **tables.get("training", {})}
    return drawn([2, 3, 2], **tables)


def optimized(name: str, **numbers: Any) -> Problem:
    """The same by an optimizer."""
    return two(optimizer={"name": name, "learning_rate": 0.1, **numbers})


def pairs() -> Iterator[tuple[str, Problem, Problem]]:
    """Two problems, named by what is different in them."""
    plain = two()
    after = {"hidden_deltas": "after-update"}
    yield "nothing", plain, plain
    yield "loss, scaled", plain, two(loss={"name": "squared-error"})
    penalized = {"optimizer": {"l2": 0.1}}
    yield "loss, scaled with l2", two(**penalized), two(loss={"name": "squared-error"}, **penalized)
    yield "loss, the same", plain, two(loss={"name": "mean-squared-error"})
    yield "loss, sigmoid", two(loss={"name": "binary-cross-entropy"}), plain
    soft = {"activation": ["tanh", "softmax"]}
    entropy = two(network=soft, loss={"name": "cross-entropy"})
    yield "loss, softmax", two(network=soft), entropy
    yield (
        "loss, by a constant",
        two(loss={"formula": "(t - o)^2"}),
        two(loss={"formula": "(t - o)^2 + 1"}),
    )
    yield "over samples", plain, two(loss={"over_samples": "mean"})
    yield "over one sample", MAZUR, replace(MAZUR, over_samples="mean")
    one_by_one = two(training={"samples": "one-by-one"})
    yield "over samples in turn", one_by_one, replace(one_by_one, over_samples="mean")
    yield "samples", plain, one_by_one
    yield "one sample", MAZUR, replace(MAZUR, samples="one-by-one")
    yield "learning rate", plain, two(optimizer={"learning_rate": 0.25})
    yield (
        "learning rate, after the update",
        two(training=after),
        two(training=after, optimizer={"learning_rate": 0.25}),
    )
    yield "momentum", optimized("gradient-descent"), optimized("momentum")
    yield "Nesterov", optimized("momentum", form="average"), optimized("nesterov")
    yield "form", optimized("momentum"), optimized("momentum", form="average")
    yield "RMSProp", optimized("adagrad"), optimized("rmsprop")
    yield "Adam", optimized("adadelta"), optimized("adam")
    yield "AdamW", optimized("adam"), optimized("adamw")
    yield "beta", optimized("momentum"), optimized("momentum", beta=0.5)
    yield "beta1", optimized("adam"), optimized("adam", beta1=0.8)
    yield "l2", plain, two(optimizer={"l2": 0.01})
    yield "iterations", plain, replace(plain, iterations=7)
    yield "training of biases", plain, replace(plain, train_biases=False)
    bare = two(network={"bias": "none"})
    yield "training of no biases", bare, replace(bare, train_biases=False)
    yield "biases", bare, two()
    shared = problem_of(b1=0.35, b2=0.6)
    own = problem_of(b1=[0.35, 0.35], b2=[0.6, 0.6])
    yield "shared biases", shared, own
    fixed = {"train_biases": False}
    yield "shared biases, fixed", replace(shared, **fixed), replace(own, **fixed)
    yield "hidden deltas", plain, two(training=after)
    flat = drawn([2, 2], data=TWO)
    yield "no hidden deltas", flat, replace(flat, hidden_deltas="after-update")
    yield "activation", plain, two(network={"activation": ["tanh", {"formula": "x / (1 + x^2)"}]})
    yield "data", plain, two(data=OTHER)
    yield (
        "all of the data",
        drawn([5, 9], data={"inputs": [[0.1] * 5] * 2, "targets": [[0.2] * 9] * 2}),
        drawn([5, 9], data={"inputs": [[0.3] * 5] * 2, "targets": [[0.4] * 9] * 2}),
    )
    alone = {"training": {"iterations": 0}}
    yield "gradients alone", two(**alone), two(loss={"over_samples": "mean"}, **alone)
    yield "samples' number", plain, two(data={k: v * 2 for k, v in TWO.items()})
    yield (
        "start",
        plain,
        replace(plain, seed=None, start={**plain.start, "W1": plain.start["W1"] + 1}),
    )
    yield "seed", plain, two(start={"seed": 2}, optimizer={"l2": 0.01})
    yield "layers", plain, drawn([2, 4, 3, 2], data=TWO, network={"activation": "tanh"})
    yield "outputs", plain, drawn([2, 3, 1])
    straight = 2 * (ActivationSpec("identity"),)
    slow = replace(MAZUR, activations=straight, iterations=9)
    fast = replace(slow, optimizer=OptimizerSpec(learning_rate=1e100))
    yield "divergence of one", fast, slow
    yield "divergence of both", fast, replace(fast, train_biases=True)
    yield "saturation", MAZUR, replace(MAZUR, optimizer=OptimizerSpec(learning_rate=1e200))
    large = drawn([30, 40, 20])
    yield "parameters", large, drawn([30, 40, 20], loss={"name": "squared-error"})
    one = large.start["W1"].copy()
    one[5, 3] += 0.5
    yield "one of many weights", large, replace(large, start={**large.start, "W1": one}, seed=None)


def problem_of(**biases: Any) -> Problem:
    """The classic problem, its biases trained."""
    bias = "neuron" if isinstance(biases["b1"], list) else "layer"
    start = {"W1": [[0.15, 0.2], [0.25, 0.3]], "W2": [[0.4, 0.45], [0.5, 0.55]], **biases}
    fields = {
        "network": {"layers": [2, 2, 2], "bias": bias},
        "training": {"iterations": 2},
        "data": {"inputs": [[0.05, 0.1]], "targets": [[0.01, 0.99]]},
        "start": start,
    }
    return problem_from_fields(fields, "test")


def nearly() -> tuple[Problem, Problem]:
    """Two long trainings from starts so near that float64 hardly tells their ends apart."""
    problem = replace(example("mazur-2015").problem, iterations=60_000)
    weights = problem.start["W1"].copy()
    weights[0, 1] += 1e-13
    return problem, replace(problem, start={**problem.start, "W1": weights})


def documents() -> Iterator[Document]:
    """Comparisons that between them say every word that there is."""
    for name, a, b in pairs():
        yield compared(a, b, changes="l2 = 0" if name == "l2" else "")
    published = example("mazur-2015")
    wrong = replace(MAZUR, hidden_deltas="after-update")
    first = replace(published, misprints=published.misprints[:1])
    yield compared(MAZUR, wrong, examples=(first, None), rounding=Rounding(3, 5))
    yield compared(wrong, MAZUR, examples=(None, first))
    yield compared(*nearly())
    yield compared(two(), two(loss={"over_samples": "mean"}), notation="nielsen")
