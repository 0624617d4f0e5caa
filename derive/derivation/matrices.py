"""One iteration in matrices: all samples and all neurons of a layer at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.derivation.grids import Grid, Grids, Term
from derive.derivation.loss import loss_chapter
from derive.derivation.tables import layer_name
from derive.derivation.wording import bias_words, derivative_words, gradient_words
from derive.derivation.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Section


def matrices_chapter(book: Workbook, anchor: str) -> Section:
    """The pass and its update by matrices."""
    return Section(anchor, Message("matrices.title"), tuple(_Matrices(book, anchor).blocks()))


class _Matrices(Grids):
    """The chapter of one iteration."""

    def blocks(self) -> Iterator[Block]:
        several = len(self.samples) > 1
        count: dict[str, Inline] = {"count": str(len(self.samples))} if several else {}
        yield Paragraph(self.words("intro" if several else "intro_one", count))
        forward = tuple(self.forward())
        yield Section(f"{self.anchor}-forward", Message("forward.title"), forward)
        if "scalars" not in self.book.views:
            yield loss_chapter(self.book, f"{self.anchor}-error", explained=True)
        backward = tuple(self.backward())
        yield Section(f"{self.anchor}-backward", Message("matrices.backward"), backward)
        if self.book.problem.iterations:
            update = tuple(self.update())
            yield Section(f"{self.anchor}-update", Message("update.title"), update)

    def words(self, key: str, gaps: Mapping[str, Inline]) -> Message:
        """Words that speak of rows or columns, by the layout of the matrices."""
        return Message(f"matrices.{self.layout.replace('-', '_')}.{key}", gaps)

    def forward(self) -> Iterator[Block]:
        book = self.book
        added = book.problem.bias != "none" and not book.thresholds
        for layer in range(1, self.last + 1):
            net, out = self.of_samples("net", layer), self.of_samples("out", layer)
            below = self.of_samples("out", layer - 1)
            terms = [Term((below, self.weights(layer).transposed))]
            if added:
                terms.append(self.spread(layer))
            gaps: dict[str, Inline] = {
                "layer": layer_name(book, layer), "weights": self.weights(layer).name,
            }  # fmt: skip
            if layer == 1:
                if book.problem.bias != "none" and len(self.samples) > 1:
                    yield Paragraph(
                        Message(
                            "matrices.ones",
                            {"ones": self.ones.name, "parameter": bias_words(book)["parameter"]},
                        )
                    )
                yield Paragraph(self.words("net", gaps))
            else:
                yield Paragraph(Message("matrices.net_again", {"layer": gaps["layer"]}))
            yield self.equation(net, terms, key=layer == 1)
            activation: dict[str, Inline] = {
                "activation": Message(f"activation.{book.activation_key(layer)}")
            }
            if book.problem.activations[layer - 1].name == "softmax":
                yield Paragraph(self.words("out_softmax", activation))
            else:
                yield Paragraph(Message("matrices.out", activation))
            yield self.values(out, [Term((net,)), *self.threshold(layer)])

    def backward(self) -> Iterator[Block]:
        book = self.book
        towards = book.towards_error("dE/dout")
        for layer in range(self.last, 0, -1):
            upstream = self.of_samples(towards, layer)
            delta = self.of_samples("delta", layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            if layer == self.last:
                if book.error_factor():
                    yield Paragraph(Message("matrices.mean", {"count": str(len(self.samples))}))
                loss = Message(f"loss.{book.loss_key}")
                yield Paragraph(Message("matrices.error", {"loss": loss, **derivative_words(book)}))
                yield self.values(upstream)
            else:
                after = book.problem.hidden_deltas == "after-update"
                weights = self.weights(layer + 1, later=after)
                following = self.of_samples("delta", layer + 1)
                gaps: dict[str, Inline] = {**name, "weights": self.weights(layer + 1).name}
                yield Paragraph(self.words("through", gaps))
                if after:
                    yield Paragraph(Message("backward.hidden.after_update"), role="warning")
                yield self.equation(upstream, [Term((following, weights))])
            if book.problem.activations[layer - 1].name == "softmax":
                yield Paragraph(self.words("delta_softmax", name))
            else:
                yield Paragraph(Message("matrices.delta", name))
            yield from self.delta(layer, upstream, delta)
            if layer == self.last:
                yield from self.gathering(layer, delta)
            yield self.weight_gradient(layer, delta)
            yield from self.bias_gradient(layer, delta)

    def gathering(self, layer: int, delta: Grid) -> Iterator[Block]:
        """How the samples' contributions to a gradient become one product."""
        book = self.book
        if book.problem.l2:
            yield Paragraph(Message("matrices.penalty"))
        term = Term((delta.transposed, self.of_samples("out", layer - 1)))
        gaps: dict[str, Inline] = {"product": self.product(term, self.weights(layer))}
        key = "matrices.gradient" if len(self.samples) > 1 else "matrices.gradient_one"
        yield Paragraph(Message(key, {**gaps, **gradient_words(book)}))
        if book.gathering_factor():
            yield Paragraph(Message("matrices.gathered_mean", {"count": str(len(self.samples))}))
