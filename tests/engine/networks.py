"""Networks that are not perceptrons, on the same graph: equations where there is no kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine.activations import activation_of
from derive.engine.graph import Graph, Node, Operation, Run
from derive.engine.losses import loss_of
from derive.engine.operations import (
    Activate,
    Affine,
    General,
    LossTerms,
    Slope,
    Softmax,
    Total,
)
from derive.equations import equation
from derive.formula import ArrayArithmetic
from derive.problem.fields import ActivationSpec, LossSpec

TANH = activation_of(ActivationSpec("tanh"))
HALF_SQUARED_ERROR = loss_of(LossSpec("half-squared-error"))


@dataclass
class Network:
    """A graph that ends in `loss`, being built, with numbers for its leaves."""

    leaves: dict[str, Any]
    arithmetic: ArrayArithmetic
    nodes: list[Node] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.leaves = {name: self.arithmetic.array(leaf) for name, leaf in self.leaves.items()}
        self.shapes.update({name: leaf.shape for name, leaf in self.leaves.items()})

    @property
    def graph(self) -> Graph:
        """Of the nodes so far."""
        return Graph(tuple(self.nodes))

    def add(
        self, name: str, operation: Operation, *inputs: str, reads: tuple[str, ...] = ()
    ) -> str:
        """A node with a kernel of its own."""
        self.nodes.append(Node(name, operation, inputs, reads))
        self.shapes[name] = np.shape(Run(self.graph, self.leaves, {}).value(name))
        return name

    def say(
        self,
        text: str,
        inputs: Mapping[str, str],
        shape: tuple[int, ...],
        name: str = "",
    ) -> str:
        """A node by its equation alone; `inputs` says which node is which tensor of it."""
        known = equation(text)
        shapes = {tensor: self.shapes[node] for tensor, node in inputs.items()}
        operation = General(known, {**shapes, known.result.tensor: shape}, self.arithmetic)
        return self.add(name or known.result.tensor, operation, *inputs.values())

    def activate(self, name: str, net: str) -> str:
        """The hyperbolic tangent by its kernel."""
        slope = f"d{name}/d{net}"
        self.nodes.append(Node(name, Activate(TANH, self.arithmetic), (net,), (slope,)))
        self.add(slope, Slope(TANH, self.arithmetic), net, name)
        self.shapes[name] = self.shapes[net]
        return name

    def error(self, name: str, out: str, target: str) -> str:
        """Half the squared error of each output."""
        outputs = self.shapes[out][-1]
        return self.add(name, LossTerms(HALF_SQUARED_ERROR, outputs, self.arithmetic), out, target)

    def total(self, terms: str, *, mean: bool = False) -> None:
        """The loss."""
        self.add("loss", Total(Fraction(0), 0, self.arithmetic, mean=mean), terms)


def _numbers(seed: int, **shapes: tuple[int, ...]) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {name: random.uniform(-1, 1, shape) for name, shape in shapes.items()}


def convolution(arithmetic: ArrayArithmetic) -> Network:
    """A 2x2 kernel over 3x3, ReLU, flattened into a dense layer; two samples."""
    leaves = _numbers(1, X=(2, 3, 3), K=(2, 2), c=(), W=(2, 4), b=(2,), target=(2, 2))
    net = Network(leaves, arithmetic)
    kernel = "Z[s, i, j] = sum(m, n, K[m, n] * X[s, i + m, j + n]) + c"
    net.say(kernel, {"K": "K", "X": "X", "c": "c"}, (2, 2, 2))
    net.say("A[s, i, j] = max(0, Z[s, i, j])", {"Z": "Z"}, (2, 2, 2))
    net.say("V[s, k] = A[s, k // 2, k % 2]", {"A": "A"}, (2, 4))
    net.add("net", Affine("neuron"), "W", "b", "V")
    net.activate("out", "net")
    net.error("terms", "out", "target")
    net.total("terms", mean=True)
    return net


def recurrence(arithmetic: ArrayArithmetic) -> Network:
    """Two hidden units over two steps, an output at each step."""
    leaves = _numbers(2, x1=(1, 2), x2=(1, 2), h0=(1, 2), U=(2, 2), W=(2, 2), b=(2,), v=(1, 2))
    net = Network(leaves | _numbers(5, target1=(1, 1), target2=(1, 1)), arithmetic)
    state = "net[s, i] = sum(j, U[i, j] * x[s, j]) + sum(k, W[i, k] * h[s, k]) + b[i]"
    for step in (1, 2):
        inputs = {"U": "U", "x": f"x{step}", "W": "W", "h": f"h{step - 1}", "b": "b"}
        net.say(state, inputs, (1, 2), f"net{step}")
        net.activate(f"h{step}", f"net{step}")
        net.add(f"y{step}", Affine("none"), "v", f"h{step}")
        net.error(f"terms{step}", f"y{step}", f"target{step}")
    whole = "loss = sum(s, i, first[s, i]) + sum(s, i, second[s, i])"
    net.say(whole, {"first": "terms1", "second": "terms2"}, ())
    return net


def tied_skip(arithmetic: ArrayArithmetic) -> Network:
    """An encoder, its weights again as the decoder, and the input added to what comes out."""
    net = Network(_numbers(3, x=(2, 2), W=(3, 2), target=(2, 2)), arithmetic)
    net.add("net", Affine("none"), "W", "x")
    net.activate("h", "net")
    decoder = "out[s, j] = x[s, j] + sum(i, W[i, j] * h[s, i])"
    net.say(decoder, {"x": "x", "W": "W", "h": "h"}, (2, 2))
    net.error("terms", "out", "target")
    net.total("terms")
    return net


def attention(arithmetic: ArrayArithmetic) -> Network:
    """One head over two tokens."""
    net = Network(_numbers(4, X=(2, 2), WQ=(2, 2), WK=(2, 2), WV=(2, 2), target=(2, 2)), arithmetic)
    for name in "QKV":
        text = f"{name}[i, d] = sum(c, X[i, c] * W[c, d])"
        net.say(text, {"X": "X", "W": f"W{name}"}, (2, 2))
    net.say("S[i, j] = sum(d, Q[i, d] * K[j, d]) / sqrt(2)", {"Q": "Q", "K": "K"}, (2, 2))
    net.add("P", Softmax(arithmetic), "S")
    net.say("O[i, d] = sum(j, P[i, j] * V[j, d])", {"P": "P", "V": "V"}, (2, 2))
    net.error("terms", "O", "target")
    net.total("terms")
    return net


NETWORKS = {
    "convolution": convolution,
    "recurrence": recurrence,
    "tied skip": tied_skip,
    "attention": attention,
}
