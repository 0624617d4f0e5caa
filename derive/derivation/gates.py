"""One iteration as a graph of gates: multiply, add, activation, loss.

Values go forward through the gates, gradients come back through the same gates; each gate needs
only its own rule. Add distributes what comes back, multiply swaps its factors, an activation
works element by element.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derive.derivation.grids import Grid, Grids, Term, applied
from derive.derivation.loss import loss_chapter
from derive.derivation.tables import layer_name
from derive.derivation.workbook import Workbook, times
from derive.document import (
    Block,
    Figure,
    GateEdge,
    GateFigure,
    GateLayer,
    Inline,
    Message,
    Paragraph,
    Section,
)
from derive.formula import Expression, Symbol
from derive.maths.numbers import exact
from derive.maths.tree import Identifier, Operator, row
from derive.notation import LOSS, PARTIAL, count
from derive.reference import Ref


def gates_chapter(book: Workbook, anchor: str) -> Section:
    """The pass and its update through gates."""
    return Section(anchor, Message("gates.title"), tuple(_Gates(book, anchor).blocks()))


class _Gates(Grids):
    """The chapter of one iteration."""

    def blocks(self) -> Iterator[Block]:
        yield Paragraph(Message("gates.intro"))
        yield self.figure()
        forward = tuple(self.forward())
        yield Section(f"{self.anchor}-forward", Message("forward.title"), forward)
        if self.book.views == ("gates",):
            yield loss_chapter(self.book, f"{self.anchor}-error", explained=True)
        backward = tuple(self.backward())
        yield Section(f"{self.anchor}-backward", Message("matrices.backward"), backward)
        if self.book.problem.iterations and "matrices" not in self.book.views:
            update = tuple(self.update())
            yield Section(f"{self.anchor}-update", Message("update.title"), update)

    @property
    def biased(self) -> bool:
        """Whether there are add gates."""
        return self.book.problem.bias != "none"

    def product(self, layer: int) -> Grid:
        """What a layer's multiply gate gives; with no bias that is net itself."""
        if not self.biased:
            return self.of_samples("net", layer)
        below, weights = self.of_samples("out", layer - 1), self.weights(layer)
        term = Term((below, weights.transposed))
        rows, columns = term.shape
        biases = self.biases(layer).cells
        cells = []
        for i, sample in zip(range(rows), self.samples, strict=True):
            line = []
            for j in range(columns):
                ref = self.book.ref("product", layer, j, sample=sample)
                if ref not in self.book.defined:
                    net, bias = self.of_samples("net", layer).cells[i][j], biases[j][0]
                    self.book.defined[ref] = self.exact(net) - self.exact(bias)
                line.append(Symbol(ref))
            cells.append(tuple(line))
        return Grid(self.notation.matrix("product", layer), tuple(cells))

    def exact(self, cell: Expression) -> Any:
        """The exact value of a cell."""
        if not isinstance(cell, Symbol) or not isinstance(cell.name, Ref):
            raise TypeError(cell)
        return exact(self.book.value(cell.name))

    # The drawing

    def figure(self) -> Figure:
        """The graph, a row a layer."""
        layers = tuple(self._layer(layer) for layer in range(1, self.last + 1))
        drawing = GateFigure(layers, loss=LOSS)
        return Figure(drawing, Message("figure.gates.caption"), Message("figure.gates.description"))

    def _layer(self, layer: int) -> GateLayer:
        below = self.of_samples("out", layer - 1)
        bias = self.biases(layer) if self.biased else None
        return GateLayer(
            entering=_edge(below, back=layer > 1),
            weights=_edge(self.weights(layer)),
            product=_edge(self.product(layer), delta=self.of_samples("delta", layer)),
            bias=None if bias is None else _edge(bias),
            net=_edge(self.of_samples("net", layer), delta=self.of_samples("delta", layer)),
            out=_edge(self.of_samples("out", layer)),
            activation=Identifier("f"),
        )

    # The two ways

    def forward(self) -> Iterator[Block]:
        book = self.book
        for layer in range(1, self.last + 1):
            below, net = self.of_samples("out", layer - 1), self.of_samples("net", layer)
            out, product = self.of_samples("out", layer), self.product(layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            yield Paragraph(Message("gates.multiply", name))
            term = Term((below, self.weights(layer).transposed))
            yield self.equation(product, [term], key=layer == 1)
            if self.biased:
                gaps: dict[str, Inline] = {"ones": self.ones.name}
                yield Paragraph(Message("gates.add", gaps))
                spread = Term((self.ones, self.biases(layer).transposed))
                yield self.equation(net, [Term((product,)), spread], key=layer == 1)
            activation = Message(f"activation.{book.activation_key(layer)}")
            yield Paragraph(Message("gates.activation", {"activation": activation}))
            yield self.values(out, applied(net.letters))

    def backward(self) -> Iterator[Block]:
        book = self.book
        upstream = self.of_samples("dE/dout", self.last)
        if book.sample_factor():
            yield Paragraph(Message("matrices.mean", {"count": str(len(self.samples))}))
        loss = Message(f"loss.{book.loss_key}")
        yield Paragraph(Message("gates.loss_back", {"loss": loss}))
        yield self.values(upstream)
        for layer in range(self.last, 0, -1):
            upstream, delta = self.of_samples("dE/dout", layer), self.of_samples("delta", layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            yield Paragraph(Message("gates.activation_back", name))
            yield from self.delta(layer, upstream, delta, name)
            if self.biased:
                gaps: dict[str, Inline] = {"delta": delta.name}
                yield Paragraph(Message("gates.add_back", gaps))
                yield from self.bias_gradient(layer, delta)
            yield Paragraph(Message("gates.multiply_back", {"delta": delta.name}))
            terms = [Term((delta.transposed, self.of_samples("out", layer - 1)))]
            if book.problem.l2:
                if layer == self.last:
                    yield Paragraph(Message("matrices.penalty"))
                terms.append(Term((self.weights(layer),), factor=times(*book.penalty_factor())))
            yield self.equation(self.weights(layer, quantity="dE/dW"), terms)
            if layer > 1:
                after = book.problem.hidden_deltas == "after-update"
                if after:
                    yield Paragraph(Message("backward.hidden.after_update"), role="warning")
                back = Term((delta, self.weights(layer, later=after)))
                yield self.equation(self.of_samples("dE/dout", layer - 1), [back])


def _edge(grid: Grid, *, back: bool = True, delta: Grid | None = None) -> GateEdge:
    """What goes over an edge: the value forward; the gradient back, unless nothing asks for it."""
    rows, columns = grid.shape
    shape = row(count(rows), Operator("×"), count(columns))
    gradient = row(PARTIAL, LOSS, Operator("/"), PARTIAL, grid.name) if back else None
    return GateEdge(grid.name, shape, delta.name if delta is not None else gradient)
