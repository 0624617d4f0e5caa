"""A static graph of vector equations, run forwards and backwards in any arithmetic.

Nodes have the textbook's grain: a layer's `net`, its `out`, the loss. Every array may carry
further axes in front (the passes of a trace), so one run serves one pass or ten thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

Values = MutableMapping[str, Any]


def _read(values: Values, names: Sequence[str], which: int) -> Any:
    return values[names[which]]


class Operation(Protocol):
    """What a node does; its rules stand side by side in one class."""

    def forward(self, *inputs: Any) -> Any:
        """The node's value from its inputs' values."""

    def backward(self, gradient: Any, value: Any, read: Callable[[int], Any]) -> Iterator[Any]:
        """The gradient of each input, in order, from that of the value; None for no gradient.

        `read(n)` is the n-th input's value at the moment it is asked for: a parameter that has
        its gradient may be updated before the next input's turn comes.
        """


@dataclass(frozen=True)
class Node:
    """A named value, the operation that makes it and the names of its inputs."""

    name: str
    operation: Operation
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each comes after its inputs."""

    nodes: tuple[Node, ...]

    def forward(self, values: Values) -> None:
        """Every node's value, from the leaves (data and parameters) already in `values`."""
        for node in self.nodes:
            values[node.name] = node.operation.forward(*[values[name] for name in node.inputs])

    def backward(
        self,
        values: Values,
        gradients: Values,
        settled: Callable[[str, Any], Any] | None = None,
    ) -> None:
        """Every gradient, from those already in `gradients` back to the leaves.

        `settled(name, gradient)` is called as soon as a gradient is whole, which for a parameter
        is before the error goes further back through it.
        """
        awaited = Counter(name for node in self.nodes for name in node.inputs)
        for node in reversed(self.nodes):
            gradient = gradients.get(node.name)
            rules: Iterator[Any] = iter(())
            if gradient is not None:
                read = partial(_read, values, node.inputs)
                rules = node.operation.backward(gradient, values[node.name], read)
            for name in node.inputs:
                part = next(rules, None)
                awaited[name] -= 1
                if part is not None:
                    before = gradients.get(name)
                    gradients[name] = part if before is None else before + part
                if settled is not None and not awaited[name] and name in gradients:
                    settled(name, gradients[name])
