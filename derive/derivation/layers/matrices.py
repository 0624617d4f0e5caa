"""One iteration in matrices: all samples and all neurons of a layer at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.derivation.layers.grid import Term
from derive.derivation.layers.layerwise import Layerwise
from derive.derivation.loss import loss_chapter
from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.wording import (
    activation_words,
    derivative_words,
    gradient_words,
    loss_words,
    nets_words,
    parameter_words,
)
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Section


def matrices_chapter(book: Workbook, anchor: str, *, explained: bool, update: bool) -> Section:
    """The pass, and its update if it has one, by matrices."""
    blocks = tuple(_Matrices(book, anchor, explained=explained).blocks(update=update))
    return Section(anchor, Message("matrices.title"), blocks)


class _Matrices(Layerwise):
    """The chapter of one iteration."""

    view = "matrices"

    def blocks(self, *, update: bool) -> Iterator[Block]:
        if len(self.samples) > 1:
            gaps: dict[str, Inline] = {"count": str(len(self.samples))}
            words = self.words("matrices.rows.intro", "matrices.columns.intro", gaps)
        else:
            words = self.words("matrices.rows.intro_one", "matrices.columns.intro_one", {})
        yield Paragraph(words)
        if self.defines:
            yield from self.functions()
        forward = tuple(self.forward())
        yield Section(f"{self.anchor}-forward", Message("forward.title"), forward)
        if self.alone:
            yield loss_chapter(self.book, f"{self.anchor}-error", explained=True)
        backward = tuple(self.backward())
        yield Section(f"{self.anchor}-backward", Message("matrices.backward"), backward)
        if update:
            yield Section(f"{self.anchor}-update", Message("update.title"), tuple(self.update()))

    def words(self, rows: str, columns: str, gaps: Mapping[str, Inline]) -> Message:
        """Words that speak of rows or of columns, by the layout of the matrices."""
        return Message(rows if self.layout == "rows" else columns, gaps)

    @property
    def transposed_forwards(self) -> bool:
        """Whether the weights are transposed on the way forward, and not on the way back."""
        return (self.layout == "rows") != self.notation.from_first

    def forward(self) -> Iterator[Block]:
        book = self.book
        added = book.problem.bias != "none" and not book.thresholds
        for layer in range(1, self.last + 1):
            net = self.of_samples(book.ref("net", layer))
            terms = [self.weighted(layer), *([self.spread(layer)] if added else [])]
            gaps: dict[str, Inline] = {
                "layer": layer_name(book, layer), "weights": self.letters(book.ref("W", layer)),
            }  # fmt: skip
            nets = nets_words(book)
            if layer == 1:
                if book.problem.bias != "none" and len(self.samples) > 1:
                    yield Paragraph(
                        Message(
                            "matrices.ones",
                            {"ones": self.ones.name, **parameter_words(book)},
                        )
                    )
                keys = ("matrices.rows.net.to_first", "matrices.columns.net.to_first")
                if self.notation.from_first:
                    keys = ("matrices.rows.net.from_first", "matrices.columns.net.from_first")
                yield Paragraph(self.words(*keys, {**gaps, **nets}))
            else:
                yield Paragraph(Message("matrices.net_again", {"layer": gaps["layer"], **nets}))
            yield self.equation(net, terms, key=layer == 1)
            activation: dict[str, Inline] = {
                "activation": activation_words(book.activation_key(layer))
            }
            if self.softmax(layer):
                keys = ("matrices.rows.out_softmax", "matrices.columns.out_softmax")
                yield Paragraph(self.words(*keys, activation))
            else:
                yield Paragraph(Message("matrices.out", activation))
            yield self.activated(layer, [Term((net,)), *self.threshold(layer)])

    def backward(self) -> Iterator[Block]:
        book = self.book
        for layer in range(self.last, 0, -1):
            upstream = self.towards(layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            if layer == self.last:
                if book.error_factor():
                    yield Paragraph(Message("matrices.mean", {"count": str(len(self.samples))}))
                loss = loss_words(book.loss_key)
                yield Paragraph(Message("matrices.error", {"loss": loss, **derivative_words(book)}))
                yield from self.of_loss()
            else:
                after = book.problem.hidden_deltas == "after-update"
                gaps: dict[str, Inline] = {
                    **name,
                    "weights": self.letters(book.ref("W", layer + 1)),
                }
                key = "matrices.through.transposed_backwards"
                if after:
                    key = "matrices.through.updated"
                elif self.transposed_forwards:
                    key = "matrices.through.transposed_forwards"
                yield Paragraph(Message(key, gaps))
                if after:
                    yield Paragraph(Message("backward.hidden.after_update"), role="warning")
                yield self.equation(upstream, self.back(layer, later=after))
            if self.softmax(layer):
                keys = ("matrices.rows.delta_softmax", "matrices.columns.delta_softmax")
                yield Paragraph(self.words(*keys, name))
            else:
                yield Paragraph(Message("matrices.delta", name))
            yield from self.delta(layer)
            if layer == self.last:
                (term,) = self.contributions(layer, "W")
                product: dict[str, Inline] = {
                    "product": self.product(term, self.weights(book.ref("W", layer)))
                }
                key = "matrices.gradient" if len(self.samples) > 1 else "matrices.gradient_one"
                yield Paragraph(Message(key, {**product, **gradient_words(book)}))
            yield from self.weight_gradient(layer)
            if layer == self.last and book.problem.bias != "none":
                yield Paragraph(self.bias_gradient_words())
            yield from self.bias_gradient(layer)
