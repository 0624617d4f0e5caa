"""The graph on its own: chains longer than Python's stack is deep."""

from __future__ import annotations

from typing import Any

from derive.engine.graph import Graph, Node, Read, Run

LONG = 20_000


class Doubled:
    """Twice its input."""

    @staticmethod
    def forward(value: Any) -> Any:
        """2x."""
        return value * 2

    @staticmethod
    def backward(_which: int, gradient: Any, _value: Any, _read: Read) -> Any:
        """Twice the gradient."""
        return gradient * 2


def test_a_chain_of_any_length_is_run_both_ways() -> None:
    """2 to the power of its length, forwards and backwards, in whole numbers."""
    nodes = tuple(Node(f"n{n + 1}", Doubled(), (f"n{n}",)) for n in range(LONG))
    run = Run(Graph(nodes), {"n0": 1}, {f"n{LONG}": 1})
    assert run.value(f"n{LONG}") == 1 << LONG
    assert run.gradient("n0") == 1 << LONG


def test_a_value_used_twice_gathers_both_gradients() -> None:
    """And one that leads nowhere has none."""
    nodes = (Node("a", Doubled(), ("x",)), Node("b", Doubled(), ("x",)))
    run = Run(Graph(nodes), {"x": 3, "y": 5}, {"a": 1, "b": 10})
    assert run.gradient("x") == 22
    assert run.gradient("y") is None
