"""A multilayer perceptron as a graph: one builder, for any arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

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


class Network:
    """The graph of a problem, and the trace's quantities read from a run of it.

    Leaves are `out0` (the inputs), `target`, and the parameters `W1`, `b1`, …

    Attributes:
        graph: the nodes.
        names: what the trace export names but for leaves.
        backwards: the parameters in the order in which the error reaches them.
    """

    def __init__(self, problem: Problem, arithmetic: ArrayArithmetic) -> None:
        self.problem = problem
        self.arithmetic = arithmetic
        self.last = len(problem.layers) - 1
        self.graph = Graph(tuple(self._nodes()))
        self.names = tuple(self._names())
        self.backwards = sorted(problem.parameter_names(), key=lambda name: -int(name[1:]))

    def _nodes(self) -> list[Node]:
        problem, last = self.problem, self.last
        nodes = []
        for layer in range(1, last + 1):
            leaves = [f"W{layer}", f"b{layer}", f"out{layer - 1}"]
            if problem.bias == "none":
                del leaves[1]
            nodes.append(Node(f"net{layer}", Affine(problem.bias), tuple(leaves)))
            spec = problem.activations[layer - 1]
            activation: Operation = Softmax(self.arithmetic)
            local: Operation = Jacobian()
            if spec.name != "softmax":
                activation = Activate(activation_of(spec), self.arithmetic)
                local = Slope(activation_of(spec), self.arithmetic)
            net, out, slope = f"net{layer}", f"out{layer}", f"dout{layer}/dnet{layer}"
            nodes.append(Node(out, activation, (net,), reads=(slope,)))
            nodes.append(Node(slope, local, (net, out)))
        inputs = [f"out{last}", "target"]
        self.terms = self._loss_terms()
        if type(self.terms) not in (LossTerms, SoftmaxLossTerms):
            inputs.append(f"net{last}")
        nodes.append(Node("loss_terms", self.terms, tuple(inputs)))
        weights = tuple(f"W{layer}" for layer in range(1, last + 1)) if problem.l2 else ()
        rate = self.arithmetic.constant(Fraction(repr(problem.l2)))
        mean = problem.over_samples == "mean" and problem.samples == "together"
        total: Operation = Total(rate, mean=mean)
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
        return PairedLossTerms(pair, outputs, arithmetic)

    def quantity(self, name: str, run: Run) -> Any:
        """What the trace export calls `name`, of a run; only what it depends on is computed.

        Raises:
            KeyError: no such quantity.
        """
        if name not in self.names:
            raise KeyError(name)
        if name.startswith("delta"):
            return run.gradient(f"net{name[5:]}")
        if not name.startswith("dE/d"):
            return run.value(name)
        found = run.gradient(name[4:])
        if found is None and name == f"dE/dout{self.last}":
            values = [run.value(one) for one in (name[4:], "target", f"net{self.last}")]
            return self.terms.slope(run.gradient("loss_terms"), *values)
        return found

    def quantities(self, run: Run) -> dict[str, Any]:
        """Everything that the trace export names, of a run."""
        return {name: self.quantity(name, run) for name in self.names}

    def _names(self) -> Iterator[str]:
        for layer in range(1, self.last + 1):
            yield from (f"net{layer}", f"out{layer}", f"dout{layer}/dnet{layer}")
            yield from (f"dE/dout{layer}", f"delta{layer}")
        yield from (f"dE/d{name}" for name in self.problem.parameter_names())
        yield from ("loss_terms", "loss")
