"""The scalars of one iteration, pair by pair: which of them differ, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.derivation.setting.agreement import exact_value
from derive.derivation.setting.numerals import determined
from derive.derivation.setting.workbook import Workbook
from derive.document import Inline, Message
from derive.engine import balls, optimizer_of
from derive.formula import Symbol
from derive.maths.numbers import Numeral, Rounding, exact, size
from derive.maths.tree import Fraction as Over
from derive.maths.tree import Named, Number, Row, Text, Tree, row
from derive.reference import Ref, State

GROUPS = ("forward", "error", "backward", "update")
"""The parts of an iteration, in their order."""
ALIKE = 1e-9
"""Values that go back to float64 are the same where they are nearer than this, relatively."""
GAP_FIGURES = 3
"""Two values are printed with so many figures of their difference at the least."""


@dataclass(frozen=True)
class Pair:
    """One scalar of both trainings.

    Attributes:
        group: of `GROUPS`.
        books: A's and B's.
        refs: its names in A and in B.
        alike: how near, relatively, values are that are not told apart; 0 where both are enclosed.
    """

    group: str
    books: tuple[Workbook, Workbook]
    refs: tuple[Ref, Ref]
    alike: float = 0.0

    @cached_property
    def values(self) -> tuple[Any, Any]:
        """Its values in A and in B: a rational or a ball each, an infinity or NaN as a float."""
        a, b = (self._value(side) for side in (0, 1))
        return a, b

    def _value(self, side: int) -> Any:
        return exact(exact_value(Symbol(self.refs[side]), self.books[side].value))

    @cached_property
    def differs(self) -> bool:
        """Whether A and B have two values: their enclosures lie apart."""
        a, b = self.values
        if isinstance(a, float) or isinstance(b, float):
            # An infinity, or what is no number, is like nothing else.
            return not (a == b or (a != a and b != b))
        if isinstance(a, Fraction) and isinstance(b, Fraction) and not self.alike:
            return a != b
        a, b = (balls.ball(_number(value)) for value in (a, b))
        if a.overlaps(b):
            return False
        return not self.alike or bool(abs(a - b) > abs(a).max(abs(b)) * self.alike)

    @property
    def gap(self) -> Any:
        """B − A where both are finite, a rational or a ball; None where one is not."""
        a, b = (self._value(side) for side in (0, 1))
        if isinstance(a, float) or isinstance(b, float):
            return None
        return exact(_number(b) - _number(a))

    def _refine(self) -> bool:
        pairs = zip(self.books, self.refs, strict=True)
        # Both are refined, not just the first that can be.
        refined = [book.refine(ref.iteration or 0) for book, ref in pairs]
        return any(refined)

    def numerals(self, rounding: Rounding) -> tuple[Numeral, Numeral]:
        """A's and B's value as printed: rounded as usual, yet not so far that they look alike."""
        a, b = (self._numeral(side, rounding) for side in (0, 1))
        return a, b

    def _numeral(self, side: int, rounding: Rounding) -> Numeral:
        known, gap = self.values[side], self.gap
        if self.differs and gap is not None and not isinstance(known, float) and known:
            places = GAP_FIGURES - 1 - size(gap)
            if places > rounding.digits - 1 - size(known):
                rounding = Rounding(0, places)
        return self.books[side].certain(lambda: self._value(side), lambda: rounding)

    def figures(self, rounding: Rounding) -> int:
        """The significant figures that tell the two values apart, no fewer than the usual."""
        figures = [rounding.digits]
        if self.differs and self.gap is not None:
            figures += [size(v) - size(self.gap) + GAP_FIGURES for v in self.values if v]
        return max(figures)

    def cells(self, rounding: Rounding) -> tuple[Inline, Inline, Inline]:
        """A's value, B's, and their difference, for a table."""
        a, b = (
            Number(shown, ref)
            for shown, ref in zip(self.numerals(rounding), self.refs, strict=True)
        )
        return a, b, self.difference()

    def difference(self) -> Inline:
        """B − A as printed; words where nothing is to be told apart."""
        if not self.differs:
            return Message("compare.alike" if self.alike else "compare.equal")
        if self.gap is None:
            return "—"
        figures = Rounding(GAP_FIGURES)
        return Number(determined(lambda: self.gap, lambda: figures, self._refine))


def _number(value: Any) -> Any:
    """A finite value for ball arithmetic."""
    return balls.number(value) if isinstance(value, Fraction) else value


def inline(tree: Tree) -> Tree:
    """Letters to stand in a line: a derivative with a slash, as in ∂E/∂w."""
    match tree:
        case Over(above, below):
            return row(above, Text("/"), below)
        case Row(inside):
            return row(*map(inline, inside))
        case Named(inside, ref):
            return Named(inline(inside), ref)
    return tree


@dataclass(frozen=True)
class Both:
    """The workbooks of A and B, open at the same pass.

    Attributes:
        a: A's.
        b: B's.
    """

    a: Workbook
    b: Workbook

    @property
    def same_shape(self) -> bool:
        """Whether each weight of A has its counterpart in B."""
        return self.a.problem.layers == self.b.problem.layers

    @property
    def has_updates(self) -> bool:
        """Whether one of them asks for an update, or both for gradients alone."""
        return bool(self.a.problem.iterations or self.b.problem.iterations)

    @property
    def last_update(self) -> int:
        """The last update that both trainings made."""
        return min(self.a.table[-1], self.b.table[-1])

    def turn_to(self, iteration: int) -> None:
        """Open both at a pass."""
        self.a.iteration = self.b.iteration = iteration

    def pair(self, group: str, ref_a: Ref, ref_b: Ref) -> Pair:
        """The scalar that has these names."""
        books = (self.a, self.b)
        iterations = [ref_a.iteration or 0, ref_b.iteration or 0]
        known = [book.passes[k].exact for book, k in zip(books, iterations, strict=True)]
        return Pair(group, books, (ref_a, ref_b), 0.0 if all(known) else ALIKE)

    def name(self, pair: Pair) -> Tree:
        """The letters of a scalar, to stand in a line: a derivative with a slash."""
        return inline(self._letters(pair))

    def _letters(self, pair: Pair) -> Tree:
        """From whichever of the two says more with its letters."""
        (ref_a, ref_b), a, b = pair.refs, self.a, self.b
        if len(ref_a.index) != len(ref_b.index):
            return a.symbol(ref_a) if len(ref_a.index) > len(ref_b.index) else b.symbol(ref_b)
        more = len(b.problem.inputs) > len(a.problem.inputs)
        return b.symbol(ref_b) if more else a.symbol(ref_a)

    # What can be compared, in the order in which it is computed

    def pairs(self) -> Iterator[Pair]:
        """Every scalar of the pass that A and B both have, and what its update makes of it."""
        names = self._all() if self.same_shape else self._ends()
        for group, ref_a, ref_b in names:
            yield self.pair(group, ref_a, ref_b)

    @property
    def samples(self) -> list[int]:
        """The samples that both use in this pass."""
        return [sample for sample in self.a.samples if sample in self.b.samples]

    def _ends(self) -> Iterator[tuple[str, Ref, Ref]]:
        """Outputs and error, which networks of two shapes may share."""
        a, b = self.a, self.b
        outputs = range(a.problem.layers[-1])
        if a.problem.layers[-1] == b.problem.layers[-1]:
            for group, quantity in (("forward", "out"), ("error", "loss_terms")):
                for sample in self.samples:
                    for n in outputs:
                        yield (
                            group,
                            a.ref(quantity, a.notation.last, n, sample=sample),
                            b.ref(quantity, b.notation.last, n, sample=sample),
                        )
        yield "error", a.ref("loss"), b.ref("loss")

    def _all(self) -> Iterator[tuple[str, Ref, Ref]]:
        for ref in self._forward():
            yield "forward", ref, ref
        last = self.a.notation.last
        for sample in self.samples:
            for n in range(self.a.problem.layers[-1]):
                ref = self.a.ref("loss_terms", last, n, sample=sample)
                yield "error", ref, ref
        yield "error", self.a.ref("loss"), self.a.ref("loss")
        for layer in range(last, 0, -1):
            for ref in self._deltas(layer):
                yield "backward", ref, ref
            for _, ref_a, ref_b in self.parameters(layer):
                aspect = self.a.gradient_by(ref_a).aspect
                yield "backward", ref_a.seen_as(aspect), ref_b.seen_as(aspect)
        if self.a.iteration < self.last_update:
            yield from self._update()

    def _forward(self) -> Iterator[Ref]:
        layers = self.a.problem.layers
        for sample in self.samples:
            for layer in range(1, len(layers)):
                for quantity in ("net", "out"):
                    for n in range(layers[layer]):
                        yield self.a.ref(quantity, layer, n, sample=sample)

    def _deltas(self, layer: int) -> Iterator[Ref]:
        """∂E/∂out, ∂out/∂net and δ; a softmax layer's slopes are too many to stand in a table."""
        softmax = "softmax" in (
            self.a.activation_key(layer),
            self.b.activation_key(layer),
        )
        net, out = self.a.ref("net", layer), self.a.ref("out", layer)
        slopes = () if softmax else (out.slope,)
        for sample in self.samples:
            for array in (self.a.towards_error(out), *slopes, net.error_term):
                for n in range(self.a.problem.layers[layer]):
                    yield array.cell(n, sample=sample)

    def parameters(self, layer: int) -> Iterator[tuple[str, Ref, Ref]]:
        """A layer's weights and those biases that both have; a shared one stands for each."""
        a, b = self.a, self.b
        for to in range(a.problem.layers[layer]):
            for source in range(a.problem.layers[layer - 1]):
                ref = a.ref("W", layer, to, source)
                yield "W", ref, ref
        kinds = {a.problem.bias, b.problem.bias}
        if "none" in kinds:
            return
        for neuron in range(1 if kinds == {"layer"} else a.problem.layers[layer]):
            yield (
                "b",
                a.ref("b", layer, *a.bias_index(neuron)),
                b.ref("b", layer, *b.bias_index(neuron)),
            )

    def _update(self) -> Iterator[tuple[str, Ref, Ref]]:
        """The optimizer's memory, where both keep the same, and the new parameters."""
        specs = [book.problem.optimizer for book in (self.a, self.b)]
        same = (specs[0].name, specs[0].form) == (specs[1].name, specs[1].form)
        states = optimizer_of(specs[0]).state if same else ()
        trained = self.a.problem.train_biases and self.b.problem.train_biases
        after = self.a.iteration + 1
        for layer in range(1, len(self.a.problem.layers)):
            for kind, ref_a, ref_b in self.parameters(layer):
                next_a, next_b = ref_a.at(after), ref_b.at(after)
                for state in states if kind == "W" or trained else ():
                    memory = State(state)
                    yield "update", next_a.seen_as(memory), next_b.seen_as(memory)
                yield "update", next_a, next_b
