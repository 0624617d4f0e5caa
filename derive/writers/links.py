"""What leads to the same numbers in the other views of a solution: equations, and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.document import Block, Document, Equation, Section
from derive.maths.tree import Number, Styled, Tree, parts
from derive.reference import Ref


class Links:
    """The numbers of a document that stand in more than one of its views.

    In each view a scalar has one place: where it is the result, or else where it stands first. An
    equation leads to the places of its results in all other views; on paper, a number to the place
    of its scalar in the next view, from the last one to the first.
    """

    def __init__(self, document: Document) -> None:
        self.views: dict[str | None, str] = {}
        self.equations: dict[str | None, Equation] = {}
        self.homes: dict[Ref, dict[str, tuple[str | None, int]]] = {}
        results: set[tuple[Ref, str]] = set()
        for view, equation in _equations(document.sections, ""):
            self.views[equation.anchor] = view
            self.equations[equation.anchor] = equation
            for n, (number, result) in enumerate(_numbers(equation.tree)):
                if number.ref is None:
                    continue
                found = self.homes.setdefault(number.ref, {})
                if view not in found or (result and (number.ref, view) not in results):
                    found[view] = (equation.anchor, n)
                    if result:
                        results.add((number.ref, view))

    def elsewhere(self, equation: Equation) -> list[list[Equation]]:
        """The equations of the other views with the results of this one, in runs that follow on."""
        view = self.views.get(equation.anchor)
        if not view:
            return []
        found = {
            anchor
            for number, result in _numbers(equation.tree)
            if result and number.ref
            for other, (anchor, _) in self.homes[number.ref].items()
            if other != view
        }
        runs: list[list[Equation]] = []
        before = None
        for anchor, one in self.equations.items():
            if anchor in found:
                runs += [] if runs and before == runs[-1][-1] else [[]]
                runs[-1].append(one)
            before = one
        return runs

    def attributes(self, equation: Equation) -> Iterator[str]:
        """MathML's links (MathML 3, 2.1.6) of each number of the equation, in reading order.

        The place that it can be led to, and the place that it leads to, where it has such.
        """
        view = self.views.get(equation.anchor, "")
        for n, (number, _) in enumerate(_numbers(equation.tree)):
            places = self.homes[number.ref] if view and number.ref else {}
            if number.ref is None or len(places) < 2:
                yield ""
                continue
            order = list(places)
            following = order[(order.index(view) + 1) % len(order)]
            at_home = places[view] == (equation.anchor, n)
            anchor = f' id="{_identifier(view, number.ref)}"' if at_home else ""
            yield f'{anchor} href="#{_identifier(following, number.ref)}"'


def _equations(blocks: tuple[Block, ...], view: str) -> Iterator[tuple[str, Equation]]:
    """Equations that belong to a view."""
    for block in blocks:
        if isinstance(block, Section):
            yield from _equations(block.blocks, block.view or view)
        elif isinstance(block, Equation) and view and block.anchor:
            yield view, block


def _numbers(tree: Tree, *, result: bool = False) -> Iterator[tuple[Number, bool]]:
    """Every number in reading order, and whether it is the result."""
    if isinstance(tree, Number):
        yield tree, result
    inside = result or (isinstance(tree, Styled) and tree.role == "value")
    for part in parts(tree):
        yield from _numbers(part, result=inside)


def _identifier(view: str, ref: Ref) -> str:
    numbers = (*([] if ref.sample is None else [f"s{ref.sample}"]), *map(str, ref.index))
    words = (view, ref.name, *numbers, f"at{ref.iteration}")
    return re.sub(r"[^A-Za-z0-9-]", "_", "-".join(words))
