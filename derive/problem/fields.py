"""What a problem is made of, and the names its fields may take."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky-relu", "elu", "softplus", "silu", "gelu",
    "softmax",
)  # fmt: skip
LOSSES = (
    "half-squared-error", "squared-error", "mean-squared-error", "binary-cross-entropy",
    "cross-entropy",
)  # fmt: skip
OPTIMIZERS: Mapping[str, Mapping[str, float]] = {
    "gradient-descent": {},
    "momentum": {"beta": 0.9},
    "nesterov": {"beta": 0.9},
    "adagrad": {"epsilon": 1e-8},
    "rmsprop": {"rho": 0.9, "epsilon": 1e-8},
    "adadelta": {"rho": 0.95, "epsilon": 1e-6},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
}
"""Each optimizer's own numbers with their defaults; every one has a learning rate besides."""


class _ByValue:
    """Dataclasses that are equal, and have one hash, where all their fields have one value."""

    def __eq__(self, other: object) -> bool:
        return self._value() == other._value() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value())

    def _value(self) -> Hashable:
        own = (one for one in fields(self) if one.compare)  # type: ignore[arg-type]
        return tuple(_value(getattr(self, one.name)) for one in own)


def _value(of: Any) -> Hashable:
    """What tells values apart: of an array its kind of number, shape and bytes."""
    if isinstance(of, Mapping):
        return frozenset((name, _value(value)) for name, value in of.items())
    if isinstance(of, np.ndarray):
        return of.dtype.str, of.shape, of.tobytes()
    return tuple(map(_value, of)) if isinstance(of, tuple) else cast("Hashable", of)


@dataclass(frozen=True)
class ActivationSpec:
    """An activation by name, or by a formula in x; exactly one of the two is set."""

    name: str | None = None
    formula: str | None = None


@dataclass(frozen=True)
class LossSpec:
    """A loss by name, or by a formula in t and o that is summed over the outputs."""

    name: str | None = "half-squared-error"
    formula: str | None = None


@dataclass(frozen=True, eq=False)
class OptimizerSpec(_ByValue):
    """An optimizer by name, its learning rate, and the numbers of its own."""

    name: str = "gradient-descent"
    learning_rate: float = 0.5
    numbers: Mapping[str, float] = field(default_factory=dict)
    form: Literal["classic", "average"] = "classic"


@dataclass(frozen=True, eq=False)
class Problem(_ByValue):
    """What is asked: a network, a loss, an optimizer, data and a start.

    Equal is what has equal fields, arrays to the last bit: −0.0 is not 0.0.

    Attributes:
        layers: neurons per layer, the input first.
        activations: one for each layer after the input.
        bias: one per `neuron`, one shared by a `layer`'s neurons, or `none`.
        loss: the loss of one sample.
        over_samples: `sum` or `mean` of the samples' losses.
        optimizer: how parameters follow their gradients.
        l2: λ of the penalty (λ/2)·∑w² (over the weights, not the biases).
        iterations: number of parameter updates.
        samples: `together`, or `one-by-one` in turn.
        train_biases: whether updates change the biases.
        hidden_deltas: `before-update`, or `after-update`: the known mistake of going back
            through weights that this same iteration has already updated.
        inputs: samples x input neurons.
        targets: samples x output neurons.
        start: `W1`, `b1`, …; W<l> is neurons of layer l x neurons of layer l - 1, b<l> has one
            number a neuron, or none of an axis (shape ()) where the layer shares it.
        seed: the seed that drew the start, None where it was given.
        assumed: the fields that decide on numbers and were left to their defaults, as
            `optimizer.learning_rate`; a problem that says them is equal to one that does not.

    Every number is the shortest decimal that names its float64: 0.1 is one tenth.
    """

    layers: tuple[int, ...]
    activations: tuple[ActivationSpec, ...]
    bias: Literal["neuron", "layer", "none"]
    loss: LossSpec
    over_samples: Literal["sum", "mean"]
    optimizer: OptimizerSpec
    l2: float
    iterations: int
    samples: Literal["together", "one-by-one"]
    train_biases: bool
    hidden_deltas: Literal["before-update", "after-update"]
    inputs: Array
    targets: Array
    start: Mapping[str, Array]
    seed: int | None = None
    assumed: tuple[str, ...] = field(default=(), compare=False)

    def parameter_names(self) -> list[str]:
        """`W1`, `b1`, `W2`, …, in the order of the layers."""
        kinds = "W" if self.bias == "none" else "Wb"
        return [f"{kind}{layer}" for layer in range(1, len(self.layers)) for kind in kinds]

    def scalars(self) -> int:
        """How many single numbers the parameters are."""
        return sum(self.start[name].size for name in self.parameter_names())


def parameter_shape(layers: tuple[int, ...], bias: str, name: str) -> tuple[int, ...]:
    """The shape of `W<l>` or `b<l>`."""
    layer = int(name[1:])
    if name[0] == "W":
        return (layers[layer], layers[layer - 1])
    return () if bias == "layer" else (layers[layer],)


def frozen(numbers: Any) -> Array:
    """A read-only float64 array."""
    array = np.array(numbers, dtype=np.float64)
    array.setflags(write=False)
    return array
