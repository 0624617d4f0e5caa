"""A graph scalar by scalar: what each is made of, and the ways on which the error comes back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from derive.calculus import ZERO
from derive.engine.graph import Graph
from derive.equations import Cell, Cells
from derive.formula import Expression


class Walk:
    """The cells of a graph, and how each counts for one of its values.

    Args:
        graph: nodes with their equations.
        shapes: of every leaf and node by name, without the axes in front.
        of: the value whose gradients are looked at; what does not lead there is no way back.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, tuple[int, ...]], of: str) -> None:
        self.graph = graph
        self.shapes = shapes
        self.counts = {of}
        for name in reversed(list(graph.nodes)):
            if name in self.counts:
                self.counts.update(graph.nodes[name].inputs)
        self._cells = cache(lambda name: Cells(graph.nodes[name].equation, shapes))

    def formula(self, cell: Cell) -> Expression:
        """What a node's cell is, of the cells of its inputs.

        Raises:
            KeyError: the cell is one of a leaf, or of nothing.
        """
        return self._cells(cell.tensor).cell(cell.index)

    def paths(self, cell: Cell) -> list[tuple[Cell, Expression]]:
        """Each cell that reads this one, with its local derivative by it, where that is not 0.

        The gradient of a cell is the sum, over its paths, of the reader's gradient times the
        local derivative.
        """
        found = []
        readers = dict.fromkeys(node.name for node, _ in self.graph.uses.get(cell.tensor, ()))
        for name in readers:
            if name in self.counts:
                cells = self._cells(name)
                for index in cells.readers(cell):
                    local = cells.local(index, cell)
                    if local != ZERO:
                        found.append((Cell(name, index), local))
        return found
