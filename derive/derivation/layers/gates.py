"""One iteration as a graph of gates: multiply, add, activation, loss.

Values go forward through the gates, gradients come back through the same gates; each gate needs
only its own rule. Add distributes what comes back, multiply swaps its factors, an activation
works element by element.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.layers.grid import Grid, Term
from derive.derivation.layers.layerwise import Layerwise
from derive.derivation.layers.scalar_drawing import ScalarGates
from derive.derivation.loss import loss_chapter
from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.wording import (
    activation_words,
    bias_words,
    derivative_words,
    loss_words,
)
from derive.derivation.setting.workbook import Workbook
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
from derive.figures import fits
from derive.maths.tree import Fraction, Named, Operator, Row, Tree, row

MOST_SCALARS = 40
"""Of more parameters no drawing shows each."""


def gates_chapter(book: Workbook, anchor: str, *, explained: bool, update: bool) -> Section:
    """The pass, and its update if it has one, through gates."""
    blocks = tuple(_Gates(book, anchor, explained=explained).blocks(update=update))
    return Section(anchor, Message("gates.title"), blocks)


class _Gates(Layerwise):
    """The chapter of one iteration."""

    view = "gates"

    def blocks(self, *, update: bool) -> Iterator[Block]:
        yield Paragraph(Message("gates.intro"))
        yield Paragraph(Message("gates.multiply_rule"))
        if self.biased:
            yield Paragraph(
                Message("gates.subtract_rule" if self.book.thresholds else "gates.add_rule")
            )
        yield Paragraph(Message("gates.activation_rule"))
        if self.softmax(self.last):
            yield Paragraph(Message("gates.softmax_rule"))
        yield self.figure()
        if self.defines:
            yield from self.functions()
        forward = tuple(self.forward())
        yield Section(f"{self.anchor}-forward", Message("forward.title"), forward)
        if self.book.views == ("gates",):
            yield loss_chapter(self.book, f"{self.anchor}-error", explained=True)
        backward = tuple(self.backward())
        yield Section(f"{self.anchor}-backward", Message("matrices.backward"), backward)
        if update and "matrices" not in self.book.views:
            yield Section(f"{self.anchor}-update", Message("update.title"), tuple(self.update()))

    @property
    def biased(self) -> bool:
        """Whether there are add gates."""
        return self.book.problem.bias != "none"

    def multiplied(self, layer: int) -> Grid:
        """What a layer's multiply gate gives; with no bias that is net itself."""
        if not self.biased or self.book.thresholds:
            return self.of_samples(self.book.ref("net", layer))
        return self.of_samples(self.book.ref("product", layer))

    def added(self, layer: int) -> Grid:
        """What a layer's activation gate takes: the product and the bias, or less the threshold."""
        quantity = "argument" if self.book.thresholds else "net"
        return self.of_samples(self.book.ref(quantity, layer))

    # The drawing

    def figure(self) -> Figure:
        """The graph with every number, where that fits; else with whole matrices, a row a layer."""
        description = Message("figure.gates.description")
        # A penalty reaches the weights by other gates than these.
        if len(self.samples) == 1 and not self.book.problem.l2 and self.few:
            scalars = ScalarGates(self.book, self.function).figure()
            if fits(scalars):
                gaps: dict[str, Inline] = {
                    "error": self.notation.loss, **derivative_words(self.book),
                }  # fmt: skip
                return Figure(scalars, Message("figure.gates.numbers", gaps), description)
        layers = tuple(self._layer(layer) for layer in range(1, self.last + 1))
        drawing = GateFigure(layers, loss=self.notation.loss)
        return Figure(drawing, Message("figure.gates.caption"), description)

    @property
    def few(self) -> bool:
        """Whether there are no more scalars than a drawing could hold."""
        return self.book.problem.scalars() <= MOST_SCALARS

    def _layer(self, layer: int) -> GateLayer:
        book = self.book
        below, out = book.ref("out", layer - 1), book.ref("out", layer)
        weights, biases = book.ref("W", layer), book.ref("b", layer)
        came = self.towards(layer - 1) if layer > 1 else None
        delta = self.of_samples(book.ref("net", layer).error_term)
        return GateLayer(
            entering=_edge(self.of_samples(below), came),
            weights=_edge(self.weights(weights), self.weights(book.gradient_by(weights))),
            product=_edge(self.multiplied(layer), delta),
            bias=_edge(self.biases(biases), self.biases(book.gradient_by(biases)))
            if self.biased
            else None,
            net=_edge(self.added(layer), delta),
            out=_edge(self.of_samples(out), self.towards(layer)),
            joining=Operator("−" if book.thresholds else "+"),
            activation=self.function(layer),
        )

    # The two ways

    def forward(self) -> Iterator[Block]:
        book, several = self.book, len(self.samples) > 1
        for layer in range(1, self.last + 1):
            added, product = self.added(layer), self.multiplied(layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            yield Paragraph(Message("gates.multiply", name))
            yield self.equation(product, [self.weighted(layer)], key=layer == 1)
            if self.biased:
                ones: dict[str, Inline] = {"ones": self.ones.name} if several else {}
                if book.thresholds:
                    gate = "gates.subtract" if several else "gates.subtract_one"
                else:
                    gate = "gates.add" if several else "gates.add_one"
                yield Paragraph(Message(gate, ones))
                terms = [Term((product,)), *(self.threshold(layer) or [self.spread(layer)])]
                yield self.equation(added, terms, key=layer == 1)
            activation = activation_words(book.activation_key(layer))
            yield Paragraph(Message("gates.activation", {"activation": activation}))
            yield self.activated(layer, [Term((added,))])

    def backward(self) -> Iterator[Block]:
        book = self.book
        if book.error_factor():
            yield Paragraph(Message("matrices.mean", {"count": str(len(self.samples))}))
        loss = loss_words(book.loss_key)
        yield Paragraph(Message("gates.loss_back", {"loss": loss, **derivative_words(book)}))
        yield from self.of_loss()
        for layer in range(self.last, 0, -1):
            delta = self.of_samples(book.ref("net", layer).error_term)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            rule = "gates.softmax_back" if self.softmax(layer) else "gates.activation_back"
            yield Paragraph(Message(rule, name))
            yield from self.delta(layer)
            if self.biased:
                gate = "gates.subtract_back" if book.thresholds else "gates.add_back"
                gaps: dict[str, Inline] = {"parameter": bias_words(book)["parameter"]}
                yield Paragraph(Message(gate, {"delta": delta.name, **gaps}))
                if layer == self.last:
                    yield Paragraph(self.bias_gradient_words())
                yield from self.bias_gradient(layer)
            yield Paragraph(Message("gates.multiply_back", {"delta": delta.name}))
            yield from self.weight_gradient(layer)
            if layer > 1:
                after = book.problem.hidden_deltas == "after-update"
                if after:
                    yield Paragraph(Message("backward.hidden.after_update"), role="warning")
                yield self.equation(self.towards(layer - 1), self.back(layer - 1, later=after))


def _edge(grid: Grid, back: Grid | None) -> GateEdge:
    """What goes over an edge: the value forward; what comes back, unless nothing asks for it."""
    shown = grid.upright
    return GateEdge(shown.name, shown.size, None if back is None else _in_line(back.name))


def _in_line(tree: Tree) -> Tree:
    """A derivative with a stroke for its bar, for a drawing."""
    match tree:
        case Fraction(above, below):
            return row(above, Operator("/"), below)
        case Row(inside):
            return row(*map(_in_line, inside))
        case Named(inside, ref):
            return Named(_in_line(inside), ref)
    return tree
