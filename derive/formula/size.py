"""How large a formula is on paper: its nodes, and how deep they stand in one another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from derive.formula.tree import (
    Call,
    Constant,
    Expression,
    Power,
    Quotient,
    Symbol,
    Where,
    children,
)

_LEVELS: dict[type, int] = {Where: 5, Quotient: 2, Power: 2, Call: 2}
"""How many boxes in one another a node is set in, where it is more than its own."""


def measured(
    expression: Expression, most: float, within: Callable[[Any], Expression | None]
) -> tuple[int, int, Constant | None]:
    """The nodes, the levels, and a constant beyond float64's range if there is one.

    Args:
        expression: the formula; parts that it has several times count as often.
        most: counting stops beyond so many nodes, so what is too large is never walked through.
        within: the formula that the name of a symbol holds, if it does.
    """
    nodes = deepest = 0
    beyond = None
    waiting = [(expression, 0)]
    while waiting and nodes <= most:
        node, level = waiting.pop()
        level += _LEVELS.get(type(node), 1)
        nodes += 1
        deepest = max(deepest, level)
        if isinstance(node, Constant) and abs(node.value) > sys.float_info.max:
            beyond = node
        held = within(node.name) if isinstance(node, Symbol) else None
        if held is not None:
            waiting.append((held, level))
        waiting += [(one, level) for one in children(node)]
        if isinstance(node, Where):
            # Both cases say their condition.
            waiting += [(node.left, level), (node.right, level)]
    return nodes, deepest, beyond
