"""Optimizers as ordered assignments: the same lines are run and printed.

Each assignment is (name, formula) of the gradient `g`, the parameter `w`, the rate `eta`, the
update's number `k` from 1, the optimizer's own numbers, its state and what came before in the
list. State starts at 0.

Sources, and what is otherwise here:

- momentum: Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
  Computational Mathematics and Mathematical Physics 4(5), 1964; the rate outside the velocity,
  as in PyTorch. Averaged, it is the m of Adam without the correction.
- nesterov: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum
  in deep learning", ICML 2013, section 2; in the form of PyTorch, whose w is theirs looked ahead.
- adagrad: Duchi, Hazan, Singer, "Adaptive subgradient methods", JMLR 12, 2011: the diagonal
  form of figure 1 (δ there is ε here).
- rmsprop: Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.
- adadelta: Zeiler, "ADADELTA: an adaptive learning rate method", arXiv 1212.5701, 2012,
  algorithm 1, where eta is 1; d is there -Δx.
- adam: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
- adamw: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2;
  the decay is multiplied by eta, as in PyTorch (there by a schedule of its own).

Where a small epsilon stands, it stands outside the root, but for Adadelta's.
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
