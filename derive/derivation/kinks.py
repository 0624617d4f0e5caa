"""Net inputs that lie exactly on a kink of their activation, where it has no derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from derive.calculus import derivative
from derive.derivation.setting.agreement import exact_value
from derive.derivation.setting.workbook import Workbook
from derive.document import Inline, Message, Paragraph
from derive.engine import activation_of, balls
from derive.errors import UncertainError
from derive.formula import Expression, Negative, Sum, Where, children, rebuilt
from derive.maths.numbers import Numeral
from derive.maths.tree import Number
from derive.reference import Ref

MOST_TOLD = 6
"""More kinks than this of one layer are counted, not told one by one."""


@dataclass(frozen=True)
class Kink:
    """A net input on a kink, and the slopes on its two sides.

    Attributes:
        net: the net input.
        left: the slope just below it.
        right: and just above.
    """

    net: Ref
    left: Numeral
    right: Numeral


def branches(expression: Expression) -> Iterator[Where]:
    """The parts of a formula that ask which of two numbers is larger."""
    if isinstance(expression, Where):
        yield expression
    for child in children(expression):
        yield from branches(child)


def kinks(book: Workbook, layer: int, places: Iterable[tuple[int, int]]) -> Iterator[Kink]:
    """Those of a layer's (neuron, sample)s whose net inputs lie on a kink in this pass."""
    spec = book.problem.activations[layer - 1]
    if spec.name == "softmax":
        return
    slope = derivative(activation_of(spec).formula, "x")
    limits = {branch: _gap(branch) for branch in branches(slope)}
    for neuron, sample in places if limits else ():
        kink = _kink(book, layer, neuron, sample, slope, limits)
        if kink is not None:
            yield kink


def _kink(
    book: Workbook,
    layer: int,
    neuron: int,
    sample: int,
    slope: Expression,
    limits: Mapping[Where, Expression],
) -> Kink | None:
    argument = book.ref("argument", layer, neuron, sample=sample)

    def at(expression: Expression) -> Any:
        return exact_value(expression, lambda _name: book.value(argument))

    on = {branch for branch, gap in limits.items() if _sign(partial(at, gap)) == 0}
    if not on:
        return None
    left, right = (
        book.certain(partial(at, _on_side(slope, on, limits, side)), lambda: book.rounding)
        for side in (-1, 1)
    )
    net = book.ref("net", layer, neuron, sample=sample)
    return None if left.printed == right.printed else Kink(net, left, right)


def _gap(branch: Where) -> Expression:
    return Sum((branch.left, Negative(branch.right)))


def _sign(value: Callable[[], Any]) -> int | None:
    """The sign of a value; None where it is not known."""
    try:
        return balls.sign(value())
    except (UncertainError, balls.UndecidedError):
        return None


def _on_side(
    slope: Expression, on: Set[Where], limits: Mapping[Where, Expression], side: int
) -> Expression:
    """The slope as it is just beside a kink: below it for side −1, above it for 1."""

    def go(node: Expression) -> Expression:
        if isinstance(node, Where) and node in on:
            rises = derivative(limits[node], "x")
            direction = _sign(partial(exact_value, rises, lambda _name: 0)) or 1
            larger = side * direction > 0
            return go(node.yes if larger == node.relation.startswith(">") else node.no)
        return rebuilt(node, go)

    return go(slope)


def kink_notes(
    book: Workbook, layer: int, places: Iterable[tuple[int, int]]
) -> Iterator[Paragraph]:
    """What is to be said of the net inputs on a kink: no derivative, two slopes, a convention."""
    there = list(kinks(book, layer, places))
    for kink in there[:MOST_TOLD]:
        gaps: dict[str, Inline] = {
            "net": book.symbol(kink.net),
            "value": book.number(kink.net),
            "left": Number(kink.left),
            "right": Number(kink.right),
            "slope": book.number(replace(kink.net, quantity="out").slope),
        }
        yield Paragraph(Message("slope.kink", gaps), role="warning")
    if len(there) > MOST_TOLD:
        more = {"count": str(len(there) - MOST_TOLD)}
        yield Paragraph(Message("slope.kink_more", more), role="warning")
