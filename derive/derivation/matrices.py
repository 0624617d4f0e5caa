"""One iteration in matrices: all samples and all neurons of a layer at once."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.grids import Grids, Term, applied
from derive.derivation.loss import loss_chapter
from derive.derivation.tables import layer_name
from derive.derivation.workbook import Workbook, times
from derive.document import Block, Inline, Message, Paragraph, Section


def matrices_chapter(book: Workbook, anchor: str) -> Section:
    """The pass and its update by matrices."""
    return Section(anchor, Message("matrices.title"), tuple(_Matrices(book, anchor).blocks()))


class _Matrices(Grids):
    """The chapter of one iteration."""

    def blocks(self) -> Iterator[Block]:
        yield Paragraph(Message("matrices.intro", {"count": str(len(self.samples))}))
        forward = tuple(self.forward())
        yield Section(f"{self.anchor}-forward", Message("forward.title"), forward)
        if "scalars" not in self.book.views:
            yield loss_chapter(self.book, f"{self.anchor}-error", explained=True)
        backward = tuple(self.backward())
        yield Section(f"{self.anchor}-backward", Message("matrices.backward"), backward)
        if self.book.problem.iterations:
            update = tuple(self.update())
            yield Section(f"{self.anchor}-update", Message("update.title"), update)

    def forward(self) -> Iterator[Block]:
        book = self.book
        biased = book.problem.bias != "none"
        for layer in range(1, self.last + 1):
            net, out = self.of_samples("net", layer), self.of_samples("out", layer)
            below = self.of_samples("out", layer - 1)
            terms = [Term((below, self.weights(layer).transposed))]
            if biased:
                terms.append(Term((self.ones, self.biases(layer).transposed)))
            gaps: dict[str, Inline] = {
                "layer": layer_name(book, layer), "weights": self.weights(layer).name,
            }  # fmt: skip
            if layer == 1:
                if biased:
                    yield Paragraph(Message("matrices.ones", {"ones": self.ones.name}))
                yield Paragraph(Message("matrices.net", gaps))
            else:
                yield Paragraph(Message("matrices.net_again", {"layer": gaps["layer"]}))
            yield self.equation(net, terms, key=layer == 1)
            softmax = book.problem.activations[layer - 1].name == "softmax"
            key = "matrices.out_softmax" if softmax else "matrices.out"
            activation = Message(f"activation.{book.activation_key(layer)}")
            yield Paragraph(Message(key, {"activation": activation}))
            yield self.values(out, applied(net.letters))

    def backward(self) -> Iterator[Block]:
        book = self.book
        for layer in range(self.last, 0, -1):
            upstream = self.of_samples("dE/dout", layer)
            delta = self.of_samples("delta", layer)
            name: dict[str, Inline] = {"layer": layer_name(book, layer)}
            if layer == self.last:
                if book.sample_factor():
                    yield Paragraph(Message("matrices.mean", {"count": str(len(self.samples))}))
                loss = Message(f"loss.{book.loss_key}")
                yield Paragraph(Message("matrices.error", {"loss": loss}))
                yield self.values(upstream)
            else:
                after = book.problem.hidden_deltas == "after-update"
                weights = self.weights(layer + 1, later=after)
                following = self.of_samples("delta", layer + 1)
                gaps: dict[str, Inline] = {**name, "weights": self.weights(layer + 1).name}
                yield Paragraph(Message("matrices.through", gaps))
                if after:
                    yield Paragraph(Message("backward.hidden.after_update"), role="warning")
                yield self.equation(upstream, [Term((following, weights))])
            yield from self.delta(layer, upstream, delta, name)
            below = self.of_samples("out", layer - 1)
            terms = [Term((delta.transposed, below))]
            if book.problem.l2:
                terms.append(Term((self.weights(layer),), factor=times(*book.penalty_factor())))
            if layer == self.last:
                if book.problem.l2:
                    yield Paragraph(Message("matrices.penalty"))
                gaps = {"delta": delta.name, "out": below.name}
                yield Paragraph(Message("matrices.gradient", gaps))
            yield self.equation(
                self.weights(layer, quantity="dE/dW"), terms, key=layer == self.last
            )
            yield from self.bias_gradient(layer, delta)
