"""One sample's pass as scalar gates: every number forwards, and every one that comes back."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.derivation.setting.terms import times
from derive.derivation.setting.workbook import Workbook
from derive.document import Carried, GateNeuron, ScalarGateFigure, ScalarGateLayer
from derive.formula import Constant, Symbol
from derive.maths.expression import express
from derive.maths.tree import Tree
from derive.reference import Ref


class ScalarGates:
    """The drawing's content; `function` is the letter of a layer's activation."""

    def __init__(self, book: Workbook, function: Callable[[int], Tree]) -> None:
        self.book = book
        self.function = function
        (self.sample,) = book.samples

    def figure(self) -> ScalarGateFigure:
        """The graph of the pass."""
        book = self.book
        layers = tuple(self._layer(layer) for layer in range(1, book.notation.last + 1))
        one = express(book.signed(Constant(Fraction(1))), book.symbol)
        loss = Carried(book.number(book.ref("loss")), one)
        return ScalarGateFigure(layers, book.notation.loss, loss)

    def _of_sample(self, quantity: str, layer: int, neuron: int) -> Ref:
        return self.book.ref(quantity, layer, neuron, sample=self.sample)

    def _layer(self, layer: int) -> ScalarGateLayer:
        problem = self.book.problem
        below = [self._of_sample("out", layer - 1, n) for n in range(problem.layers[layer - 1])]
        entering = tuple(
            self._named(ref, back=self._back(ref) if layer > 1 else None) for ref in below
        )
        neurons = tuple(self._neuron(layer, n) for n in range(problem.layers[layer]))
        joint = self.function(layer) if problem.activations[layer - 1].name == "softmax" else None
        return ScalarGateLayer(entering, neurons, joint)

    def _below(self, layer: int) -> list[Ref]:
        """What the layer below puts out."""
        sources = range(self.book.problem.layers[layer - 1])
        return [self._of_sample("out", layer - 1, source) for source in sources]

    def _neuron(self, layer: int, neuron: int) -> GateNeuron:
        book = self.book
        net, out = (self._of_sample(one, layer, neuron) for one in ("net", "out"))
        delta = book.number(net.error_term)
        weights, products = [], []
        for source in range(book.problem.layers[layer - 1]):
            weight, taken = (
                book.ref("W", layer, neuron, source),
                self._of_sample("out", layer - 1, source),
            )
            weights.append(self._named(weight, back=self._back(weight)))
            product = times(Symbol(weight), Symbol(taken))
            products.append(Carried(book.result_of(product), delta))
        bias = None
        if book.problem.bias != "none":
            ref = book.ref("b", layer, *book.bias_index(neuron))
            bias = self._named(ref, back=self._back(ref))
        argument = self._of_sample("argument", layer, neuron) if book.thresholds else net
        return GateNeuron(
            tuple(weights),
            tuple(products),
            bias,
            self._named(argument, back=delta),
            self._named(out, back=self._back(out)),
            self.function(layer),
            subtracts=book.thresholds,
        )

    def _named(self, ref: Ref, *, back: Tree | None) -> Carried:
        return Carried(self.book.number(ref), back, self.book.symbol(ref))

    def _back(self, ref: Ref) -> Tree:
        return self.book.number(self.book.towards_error(ref))
