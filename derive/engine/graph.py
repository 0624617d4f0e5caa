"""A static graph of vector equations, and a run of it that computes what is asked for.

Nodes have the textbook's grain: a layer's `net`, its `out`, its slope, the loss. Every array may
carry further axes in front (the passes of a trace), so one run serves one pass or ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from derive.equations import Equation

Read = Callable[[int], Any]
"""`read(n)` is the value of a node's n-th input at the moment it is asked for."""


class Operation(Protocol):
    """What a node does; its equation and its rules stand side by side in one class."""

    @property
    def operands(self) -> tuple[str, ...]:
        """The names that the equation gives to the inputs, in their order."""

    @property
    def equation(self) -> Equation:
        """What a node is, in index notation; the rules compute it and its gradients."""

    def forward(self, *inputs: Any) -> Any:
        """The node's value from its inputs' values."""

    def backward(self, which: int, gradient: Any, value: Any, read: Read) -> Any:
        """The gradient of one input from that of the value; None where none flows."""


@dataclass(frozen=True)
class Node:
    """A named value, the operation that makes it and the names of its inputs.

    `reads` names what the rules of the backward pass read besides, after the inputs.
    """

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    reads: tuple[str, ...] = ()

    @property
    def equation(self) -> Equation:
        """The operation's equation with the graph's names."""
        equation = self.operation.equation
        names = dict(zip(self.operation.operands, self.inputs, strict=True))
        return equation.renamed({equation.result.tensor: self.name, **names})


class Graph:
    """Nodes in an order in which each comes after its inputs.

    Attributes:
        nodes: by name.
        uses: by the name of a value, the nodes it goes into, the last one first, and as which
            input. In this order the parts of its gradient are added.
    """

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes: Mapping[str, Node] = {node.name: node for node in nodes}
        self.uses: dict[str, list[tuple[Node, int]]] = {}
        for node in reversed(nodes):
            for which, name in enumerate(node.inputs):
                self.uses.setdefault(name, []).append((node, which))


class Run:
    """Values and gradients of a graph, each computed when it is first asked for, then kept.

    A leaf that is changed between two questions is read as it is at the second: so a gradient
    goes back through weights that were updated before it was asked for.
    """

    def __init__(self, graph: Graph, leaves: Mapping[str, Any], gradients: Mapping[str, Any]):
        self.graph = graph
        self.values = dict(leaves)
        self.gradients = dict(gradients)

    def value(self, name: str) -> Any:
        """A leaf, or a node's value from those of its inputs.

        Raises:
            KeyError: there is none of that name.
        """
        waiting = [name]
        while waiting:  # a list rather than calls: a network may be deeper than Python's stack
            one = waiting[-1]
            if self.values.get(one) is None:
                node = self.graph.nodes[one]
                first = [other for other in node.inputs if self.values.get(other) is None]
                if first:
                    waiting.extend(reversed(first))
                    continue
                inputs = [self.values[other] for other in node.inputs]
                self.values[one] = node.operation.forward(*inputs)
            waiting.pop()
        return self.values[name]

    def gradient(self, name: str) -> Any:
        """The gradient of a value, from those of all that it goes into; None where none flows."""
        waiting = [name]
        while waiting:
            one = waiting[-1]
            if one not in self.gradients:
                uses = self.graph.uses.get(one, ())
                first = [node.name for node, _ in uses if node.name not in self.gradients]
                if first:
                    waiting.extend(reversed(first))
                    continue
                total = None
                for node, which in uses:
                    part = self._part(node, which)
                    total = part if total is None else total if part is None else total + part
                self.gradients[one] = total
            waiting.pop()
        return self.gradients[name]

    def _part(self, node: Node, which: int) -> Any:
        gradient = self.gradients[node.name]
        if gradient is None:
            return None
        read = partial(self._read, (*node.inputs, *node.reads))
        return node.operation.backward(which, gradient, self.value(node.name), read)

    def _read(self, names: tuple[str, ...], which: int) -> Any:
        return self.value(names[which])
