"""A multilayer perceptron as a graph: one builder, for any arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derive.engine.activations import activation_of
from derive.engine.arithmetic import Exact, Floating
from derive.engine.graph import Graph, Node, Operation, Values
from derive.engine.losses import FUSED, loss_of
from derive.engine.operations import Activate, Affine, FusedLossTerms, LossTerms, Softmax, Total
from derive.formula import parse
from derive.problem.fields import Problem


class Network:
    """The graph of a problem, and the trace's quantities read from a run of it.

    Leaves are `out0` (the inputs), `target`, and the parameters `W1`, `b1`, …
    """

    def __init__(self, problem: Problem, arithmetic: Floating | Exact) -> None:
        self.problem = problem
        self.arithmetic = arithmetic
        self.last = len(problem.layers) - 1
        self.activations: dict[int, Activate | Softmax] = {}
        self.graph = Graph(tuple(self._nodes()))

    def _nodes(self) -> list[Node]:
        problem, last = self.problem, self.last
        nodes = []
        for layer in range(1, last + 1):
            leaves = [f"W{layer}", f"b{layer}", f"out{layer - 1}"]
            if problem.bias == "none":
                del leaves[1]
            nodes.append(Node(f"net{layer}", Affine(problem.bias), tuple(leaves)))
            spec = problem.activations[layer - 1]
            activation: Activate | Softmax = (
                Softmax(self.arithmetic)
                if spec.name == "softmax"
                else Activate(activation_of(spec), self.arithmetic)
            )
            self.activations[layer] = activation
            nodes.append(Node(f"out{layer}", activation, (f"net{layer}",)))
        inputs = [f"out{last}", "target"]
        self.terms = self._loss_terms()
        if isinstance(self.terms, FusedLossTerms):
            inputs.append(f"net{last}")
        nodes.append(Node("loss_terms", self.terms, tuple(inputs)))
        weights = tuple(f"W{layer}" for layer in range(1, last + 1)) if problem.l2 else ()
        rate = self.arithmetic.constant(Fraction(repr(problem.l2)))
        mean = problem.over_samples == "mean" and problem.samples == "together"
        total: Operation = Total(rate, mean=mean)
        nodes.append(Node("loss", total, ("loss_terms", *weights)))
        return nodes

    def _loss_terms(self) -> LossTerms:
        problem = self.problem
        loss, outputs = loss_of(problem.loss), problem.layers[-1]
        pair = (problem.activations[-1].name or "", problem.loss.name or "")
        if pair in FUSED:
            term, slope = (parse(text, {"x", "t"}) for text in FUSED[pair])
            return FusedLossTerms(loss, outputs, self.arithmetic, (term, slope))
        if pair == ("softmax", "cross-entropy"):
            return FusedLossTerms(loss, outputs, self.arithmetic, None)
        return LossTerms(loss, outputs, self.arithmetic)

    def quantities(self, values: Values, gradients: Values) -> dict[str, Any]:
        """Everything that the trace export names, of a run that went forwards and backwards."""
        found: dict[str, Any] = {}
        for layer in range(1, self.last + 1):
            net, out = values[f"net{layer}"], values[f"out{layer}"]
            found[f"net{layer}"], found[f"out{layer}"] = net, out
            found[f"dout{layer}/dnet{layer}"] = self.activations[layer].local(net, out)
            found[f"delta{layer}"] = gradients[f"net{layer}"]
            if f"out{layer}" in gradients:
                found[f"dE/dout{layer}"] = gradients[f"out{layer}"]
            elif isinstance(self.terms, FusedLossTerms):
                share = gradients["loss_terms"]
                found[f"dE/dout{layer}"] = self.terms.slope(share, out, values["target"], net)
        for name in self.problem.parameter_names():
            found[f"dE/d{name}"] = gradients[name]
        found["loss_terms"], found["loss"] = values["loss_terms"], values["loss"]
        return found
