"""How much of a pass is worked out in full, kind of step by kind of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from derive.engine import optimizer_of
from derive.problem import Problem

Kind = Literal["values", "error terms", "gradients", "updates", "penalty"]
"""`values` are net inputs, outputs and terms of the loss."""
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_OF_A_KIND = 40
"""Up to so many equations of a kind are written out in a pass; of more one, and a table."""


@dataclass(frozen=True)
class Detail:
    """Of which kinds each step is worked out; of the others one is, and the rest tabled.

    Attributes:
        samples: the kinds that are worked out for each sample, and not for the first alone.
        scalars: those that are worked out for each neuron or parameter.
    """

    samples: frozenset[Kind]
    scalars: frozenset[Kind]

    @property
    def whole(self) -> bool:
        """Whether nothing is left to tables."""
        return len(self.samples) == len(self.scalars) == len(KINDS)


EVERYTHING = Detail(frozenset(KINDS), frozenset(KINDS))
ONE_OF_EACH = Detail(frozenset(), frozenset())


def detail_of(problem: Problem, *, full: bool | None) -> Detail:
    """What is worked out of a problem.

    Args:
        problem: what is solved.
        full: everything, or one of each kind; None decides for each kind by its number.
    """
    if full is not None:
        return EVERYTHING if full else ONE_OF_EACH
    samples = 1 if problem.samples == "one-by-one" else len(problem.inputs)
    counts = _of_a_sample(problem)
    for_each = ("values", "error terms")
    in_all = {kind: counts[kind] * (samples if kind in for_each else 1) for kind in KINDS}
    return Detail(
        frozenset(kind for kind in KINDS if in_all[kind] <= MOST_OF_A_KIND),
        frozenset(kind for kind in KINDS if counts[kind] <= MOST_OF_A_KIND),
    )


def _of_a_sample(problem: Problem) -> Mapping[Kind, int]:
    """How many equations of each kind one sample takes; a gradient gathers all samples in one."""
    neurons = sum(problem.layers[1:])
    parameters = problem.scalars()
    return {
        "values": 2 * neurons,
        "error terms": 3 * neurons,
        "gradients": parameters,
        "updates": parameters * len(optimizer_of(problem.optimizer).assignments),
        "penalty": parameters if problem.l2 else 0,
    }
