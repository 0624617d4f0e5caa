"""What fits the format and is hardly meant: what sort it is of, and a line with what is usual."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from derive.problem.fields import Problem

_RANGES: Mapping[str, tuple[float, float]] = {
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, math.inf),
    "softplus": (0, math.inf),
    "elu": (-1, math.inf),
}
"""Between which values the outputs of an activation lie, or come as near as one likes."""


@dataclass(frozen=True)
class Doubt:
    """Something about a problem that its author may not have meant.

    Attributes:
        kind: what it is.
        line: field, what is so, and what is usual, for a terminal.
    """

    kind: Literal[
        "negative-rate", "no-rate", "softmax-of-one", "sigmoid-classes", "softmax-questions",
        "no-probabilities", "out-of-reach", "no-shares",
    ]  # fmt: skip
    line: str


def doubts(problem: Problem) -> list[Doubt]:
    """Each thing about a problem that its author may not have meant."""
    return [*_rate(problem), *_loss(problem), *_targets(problem)]


def _rate(problem: Problem) -> Iterator[Doubt]:
    rate = problem.optimizer.learning_rate
    if rate < 0 and problem.iterations:
        yield Doubt(
            "negative-rate",
            f"optimizer.learning_rate: {rate!r} is negative: updates go where the error rises; "
            "a positive rate is usual",
        )
    if rate == 0 and problem.iterations:
        yield Doubt(
            "no-rate",
            "optimizer.learning_rate: 0 changes nothing in any update; a positive rate is usual",
        )


def _loss(problem: Problem) -> Iterator[Doubt]:
    last, outputs, loss = problem.activations[-1].name, problem.layers[-1], problem.loss.name
    if last is None or loss is None:
        return
    if last == "softmax" and outputs == 1:
        yield Doubt(
            "softmax-of-one",
            "network.activation: softmax of a single output is always 1, and nothing is learned; "
            "sigmoid is usual",
        )
    elif loss == "cross-entropy" and last == "sigmoid":
        yield Doubt(
            "sigmoid-classes",
            "loss.name: cross-entropy looks at outputs with a target above 0 alone, so sigmoid's "
            "others may be anything; softmax goes with it, or binary-cross-entropy with sigmoid",
        )
    elif loss == "binary-cross-entropy" and last == "softmax":
        yield Doubt(
            "softmax-questions",
            "loss.name: binary-cross-entropy takes each output for a question of its own, and "
            "softmax's are shares of one; cross-entropy goes with softmax",
        )
    elif loss.endswith("cross-entropy") and last not in ("sigmoid", "softmax"):
        yield Doubt(
            "no-probabilities",
            f"loss.name: {loss} takes outputs for probabilities, and {last}'s may leave 0 to 1; "
            "softmax or sigmoid is usual for the output layer",
        )


def _targets(problem: Problem) -> Iterator[Doubt]:
    last, loss = problem.activations[-1].name, problem.loss.name
    least, most = _RANGES.get(last or "", (-math.inf, math.inf))
    for sample, row in enumerate(problem.targets):
        for n, target in enumerate(row):
            if not least <= target <= most:
                bounds = f"from {least} to {most}" if most < math.inf else f"of at least {least}"
                yield Doubt(
                    "out-of-reach",
                    f"data.targets[{sample}][{n}]: {float(target)!r} is out of reach: {last}'s "
                    f"outputs are {bounds}; scale the targets, or choose another activation",
                )
                return
    if last == "softmax" and loss == "cross-entropy":
        for sample, row in enumerate(problem.targets):
            if abs(float(row.sum()) - 1) > 1e-6:
                yield Doubt(
                    "no-shares",
                    f"data.targets[{sample}]: the sum is {float(row.sum()):.6g}: softmax's outputs "
                    "are shares of 1, and so should be the targets of cross-entropy",
                )
                return
