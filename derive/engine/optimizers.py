"""Optimizers as ordered assignments: the same lines are run and printed.

Each assignment is (name, formula) of the gradient `g`, the parameter `w`, the rate `eta`, the
update's number `k` from 1, the optimizer's own numbers, its state and what came before in the
list. State starts at 0.

Sources: momentum, Polyak 1964 and Sutskever et al. 2013; Adagrad, Duchi et al. 2011; RMSProp,
Tieleman and Hinton 2012; Adadelta, Zeiler 2012; Adam, Kingma and Ba 2015; AdamW, Loshchilov and
Hutter 2019. Where a small epsilon stands, it stands outside the root, but for Adadelta's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from derive.formula import Expression, parse
from derive.problem.fields import OptimizerSpec


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's state, by name, and its assignments in order; the last one sets `w`."""

    state: tuple[str, ...]
    assignments: tuple[tuple[str, Expression], ...]


_ADAM = (
    ("m", "beta1 * m + (1 - beta1) * g"),
    ("v", "beta2 * v + (1 - beta2) * g^2"),
    ("m_hat", "m / (1 - beta1^k)"),
    ("v_hat", "v / (1 - beta2^k)"),
)
_ADAM_STEP = "eta * m_hat / (sqrt(v_hat) + epsilon)"
_TABLE: Mapping[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "gradient-descent": ((), (("w", "w - eta * g"),)),
    "momentum": (("v",), (("v", "beta * v + g"), ("w", "w - eta * v"))),
    "momentum, average": (
        ("v",), (("v", "beta * v + (1 - beta) * g"), ("w", "w - eta * v")),
    ),
    "nesterov": (("v",), (("v", "beta * v + g"), ("w", "w - eta * (g + beta * v)"))),
    "adagrad": (("s",), (("s", "s + g^2"), ("w", "w - eta * g / (sqrt(s) + epsilon)"))),
    "rmsprop": (
        ("s",), (("s", "rho * s + (1 - rho) * g^2"), ("w", "w - eta * g / (sqrt(s) + epsilon)")),
    ),
    "adadelta": (
        ("s", "u"),
        (
            ("s", "rho * s + (1 - rho) * g^2"),
            ("d", "sqrt(u + epsilon) / sqrt(s + epsilon) * g"),
            ("u", "rho * u + (1 - rho) * d^2"),
            ("w", "w - eta * d"),
        ),
    ),
    "adam": (("m", "v"), (*_ADAM, ("w", f"w - {_ADAM_STEP}"))),
    "adamw": (
        ("m", "v"), (*_ADAM, ("w", f"w - eta * weight_decay * w - {_ADAM_STEP}")),
    ),
}  # fmt: skip


@cache
def _optimizer(name: str) -> Optimizer:
    state, assignments = _TABLE[name]
    known = {
        "w", "g", "k", "eta", "beta", "beta1", "beta2", "rho", "epsilon", "weight_decay",
        *state, *(target for target, _ in assignments),
    }  # fmt: skip
    parsed = tuple((target, parse(text, known)) for target, text in assignments)
    return Optimizer(state, parsed)


def optimizer_of(spec: OptimizerSpec) -> Optimizer:
    """The optimizer of a problem."""
    averaged = spec.name == "momentum" and spec.form == "average"
    return _optimizer("momentum, average" if averaged else spec.name)
