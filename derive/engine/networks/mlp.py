"""A multilayer perceptron as a graph: one builder, for any arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from derive.engine.activations import activation_of
from derive.engine.graph import Graph, Node, Operation, Run
from derive.engine.losses import loss_of
from derive.engine.operations import (
    Activate,
    Affine,
    Jacobian,
    LossTerms,
    PairedLossTerms,
    Slope,
    Softmax,
    SoftmaxCrossEntropy,
    SoftmaxLossTerms,
    Total,
)
from derive.engine.pairs import pair_of
from derive.formula import ArrayArithmetic
from derive.problem.fields import Problem

Aspect = Literal["value", "gradient"]
"""What a quantity of the trace is of a node: itself, or the gradient of the error by it."""


@dataclass(frozen=True)
class Parameter:
    """What is known of a parameter besides its numbers.

    Attributes:
        name: in the trace export.
        role: what it does in its layer.
        layer: counted from 1, the first after the inputs.
        shape: neurons x neurons of the layer below for weights; neurons, or none where a layer
            has one bias.
        trained: whether updates change it.
    """

    name: str
    role: Literal["weights", "bias"]
    layer: int
    shape: tuple[int, ...]
    trained: bool


def parameters_of(problem: Problem) -> tuple[Parameter, ...]:
    """The parameters of all layers in their order, weights before biases."""
    found = []
    for layer, (below, size) in enumerate(pairwise(problem.layers), 1):
        found.append(Parameter(f"W{layer}", "weights", layer, (size, below), trained=True))
        if problem.bias != "none":
            shape = () if problem.bias == "layer" else (size,)
            found.append(Parameter(f"b{layer}", "bias", layer, shape, problem.train_biases))
    return tuple(found)


def count_of_weights(problem: Problem) -> int:
    """How many weights all layers have."""
    return sum(below * size for below, size in pairwise(problem.layers))


def count_of_neurons(problem: Problem) -> int:
    """How many neurons all layers have, inputs not counted."""
    return sum(problem.layers[1:])


class Network:
    """The graph of a problem, and the trace's quantities read from a run of it.

    Leaves are `out0` (the inputs), `target`, and the parameters `W1`, `b1`, …

    Attributes:
        graph: the nodes.
        parameters: the facts of each, in the order of the layers.
        names: what the trace export names but for leaves.
        backwards: the parameters in the order in which the error reaches them.
    """

    def __init__(self, problem: Problem, arithmetic: ArrayArithmetic) -> None:
        self.problem = problem
        self.arithmetic = arithmetic
        self.last = len(problem.layers) - 1
        self.parameters = parameters_of(problem)
        self.graph = Graph(tuple(self._nodes()))
        self._named = dict(self._quantities())
        self.names = tuple(self._named)
        backwards = sorted(self.parameters, key=lambda one: -one.layer)
        self.backwards = [one.name for one in backwards]

    def _nodes(self) -> list[Node]:
        problem, last = self.problem, self.last
        nodes = []
        for layer in range(1, last + 1):
            own = [one.name for one in self.parameters if one.layer == layer]
            inputs = (*own, f"out{layer - 1}")
            nodes.append(Node(f"net{layer}", Affine(problem.bias), inputs))
            spec = problem.activations[layer - 1]
            activation: Operation = Softmax(self.arithmetic)
            local: Operation = Jacobian()
            if spec.name != "softmax":
                activation = Activate(activation_of(spec), self.arithmetic)
                local = Slope(activation_of(spec), self.arithmetic)
            net, out, slope = f"net{layer}", f"out{layer}", f"dout{layer}/dnet{layer}"
            nodes.append(Node(out, activation, (net,), reads=(slope,)))
            nodes.append(Node(slope, local, (net, out)))
        self.terms = self._loss_terms()
        read = {"out": f"out{last}", "target": "target", "net": f"net{last}"}
        inputs = tuple(read[name] for name in self.terms.operands)
        nodes.append(Node("loss_terms", self.terms, inputs))
        rate = Fraction(repr(problem.l2))
        weights = tuple(one.name for one in self.parameters if rate and one.role == "weights")
        mean = problem.over_samples == "mean" and problem.samples == "together"
        total: Operation = Total(rate, len(weights), self.arithmetic, mean=mean)
        nodes.append(Node("loss", total, ("loss_terms", *weights)))
        return nodes

    def _loss_terms(self) -> LossTerms:
        problem, arithmetic = self.problem, self.arithmetic
        loss, outputs, spec = loss_of(problem.loss), problem.layers[-1], problem.activations[-1]
        if spec.name == "softmax":
            fused = problem.loss.name == "cross-entropy"
            terms = SoftmaxCrossEntropy if fused else SoftmaxLossTerms
            return terms(loss, outputs, arithmetic)
        pair = pair_of(loss, activation_of(spec), problem.targets)
        if pair is None:
            return LossTerms(loss, outputs, arithmetic)
        return PairedLossTerms(loss, pair, outputs, arithmetic)

    def quantity(self, name: str, run: Run) -> Any:
        """What the trace export calls `name`, of a run; only what it depends on is computed.

        Raises:
            KeyError: no such quantity.
        """
        aspect, node = self._named[name]
        if aspect == "value":
            return run.value(node)
        found = run.gradient(node)
        if found is None and node == f"out{self.last}":
            values = [run.value(one) for one in (node, "target", f"net{self.last}")]
            return self.terms.slope(run.gradient("loss_terms"), *values)
        return found

    def quantities(self, run: Run) -> dict[str, Any]:
        """Everything that the trace export names, of a run."""
        return {name: self.quantity(name, run) for name in self.names}

    def _quantities(self) -> Iterator[tuple[str, tuple[Aspect, str]]]:
        for layer in range(1, self.last + 1):
            net, out, slope = f"net{layer}", f"out{layer}", f"dout{layer}/dnet{layer}"
            for name in (net, out, slope):
                yield name, ("value", name)
            yield f"dE/d{out}", ("gradient", out)
            yield f"delta{layer}", ("gradient", net)
        for one in self.parameters:
            yield f"dE/d{one.name}", ("gradient", one.name)
        yield "loss_terms", ("value", "loss_terms")
        yield "loss", ("value", "loss")
