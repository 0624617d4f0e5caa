"""What the chapters of a solution ask of the problem and of the book's conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derive.derivation.setting.detail import EVERYTHING, Detail, Kind
from derive.derivation.setting.scalar_walk import ScalarWalk
from derive.derivation.setting.terms import opposite, ratio, times, total
from derive.formula import Constant, Expression, Negative, Quotient, Sum, Symbol
from derive.notation import DEFAULT, Notation
from derive.problem import Problem
from derive.reference import Aspect, Ref


@dataclass(kw_only=True)
class Conventions:
    """A problem in the letters of a book, at the pass that is being worked out.

    Attributes:
        problem: what is solved.
        notation: the letters.
        detail: what is worked out in full.
        iteration: the pass.
    """

    problem: Problem
    notation: Notation
    detail: Detail = EVERYTHING
    iteration: int = 0
    walks: dict[tuple[int, ...], ScalarWalk] = field(default_factory=dict, init=False)

    def ref(self, quantity: str, layer: int | None = None, *index: int, **more: int) -> Ref:
        """A scalar of the pass that is being worked out."""
        return Ref(quantity, layer, index, more.get("sample"), self.iteration)

    def term(self, quantity: str, layer: int | None = None, *index: int, **more: int) -> Expression:
        """The same as a term of an equation."""
        return Symbol(self.ref(quantity, layer, *index, **more))

    # What of the problem the chapters ask again and again

    @property
    def samples(self) -> Sequence[int]:
        """The samples that this pass uses: all, or the one whose turn it is."""
        inputs = len(self.problem.inputs)
        if self.problem.samples == "one-by-one":
            return [self.iteration % inputs]
        return range(inputs)

    def worked(self, kind: Kind, these: Sequence[int]) -> Sequence[int]:
        """Those neurons of a layer for which a kind of step is worked out: all, or the first."""
        return these if kind in self.detail.scalars else these[:1]

    def worked_samples(self, kind: Kind) -> Sequence[int]:
        """The samples of the pass for which a kind of step is worked out: all, or the first."""
        return self.samples if kind in self.detail.samples else self.samples[:1]

    def bias_index(self, neuron: int) -> tuple[int, ...]:
        """A neuron's index into its layer's bias; none where the layer shares one."""
        return () if self.problem.bias == "layer" else (neuron,)

    def activation_key(self, layer: int) -> str:
        """The catalogue's name of a layer's activation."""
        return self.problem.activations[layer - 1].name or "formula"

    @property
    def loss_key(self) -> str:
        """The catalogue's name of the loss."""
        return self.problem.loss.name or "formula"

    def sample_factor(self) -> tuple[Expression, ...]:
        """1/n where the loss is the mean of n samples' losses; nothing otherwise."""
        n = len(self.samples)
        return (ratio(1, n),) if self.problem.over_samples == "mean" and n > 1 else ()

    def error_factor(self) -> tuple[Expression, ...]:
        """That factor as part of each sample's error terms: of books that put it there."""
        return () if self.notation.book.own_loss else self.sample_factor()

    def gathering_factor(self) -> tuple[Expression, ...]:
        """That factor where gradients are gathered from the samples: of the other books."""
        return self.sample_factor() if self.notation.book.own_loss else ()

    def gathered(self, terms: Sequence[Expression], *more: Expression) -> Expression:
        """What the samples contribute to a gradient, and more."""
        factor = self.gathering_factor()
        return total([times(*factor, total(terms)), *more] if factor else [*terms, *more])

    def towards_error(self, ref: Ref) -> Ref:
        """The derivative of the error by a scalar; minus it where error terms are that."""
        return ref.seen_as(Aspect.DESCENT if self.notation.book.minus_gradient else Aspect.GRADIENT)

    def signed(self, expression: Expression) -> Expression:
        """`expression`, or its opposite where the book's error terms are minus a derivative."""
        return opposite(expression) if self.notation.book.minus_gradient else expression

    def gradient_by(self, parameter: Ref) -> Ref:
        """The derivative by a weight or a bias that error terms add up to, or minus it."""
        book = self.notation.book
        opposed = parameter.quantity == "b" and book.threshold
        return parameter.seen_as(
            Aspect.DESCENT if book.minus_gradient != opposed else Aspect.GRADIENT
        )

    def argument(self, layer: int, neuron: int, sample: int) -> Expression:
        """What the activation is taken of: the net input, less the threshold where there is one."""
        net = self.term("net", layer, neuron, sample=sample)
        if not self.thresholds:
            return net
        return Sum((net, Negative(self.term("b", layer, *self.bias_index(neuron)))))

    @property
    def has_updates(self) -> bool:
        """Whether parameters change: for their own sake, or for the error terms that take them."""
        problem = self.problem
        later = problem.hidden_deltas == "after-update" and len(problem.layers) > 2
        return problem.iterations > 0 or later

    @property
    def thresholds(self) -> bool:
        """Whether the biases are set as thresholds."""
        return self.notation.book.threshold and self.problem.bias != "none"

    def penalty_factor(self, *, half: bool = False) -> tuple[Expression, ...]:
        """λ, λ/n where the loss is a mean, each halved in the loss itself."""
        n = len(self.samples) if self.sample_factor() else 1
        rate = Symbol(Ref("l2"))
        divisor = n * (2 if half else 1)
        return (Quotient(rate, Constant(Fraction(divisor))),) if divisor > 1 else (rate,)

    @property
    def walk(self) -> ScalarWalk:
        """The graph of the problem for this pass's samples."""
        samples = tuple(self.samples)
        if samples not in self.walks:
            self.walks[samples] = ScalarWalk(self.problem, samples)
        return self.walks[samples]

    def penalty_terms(self, layer: int, to: int, source: int) -> tuple[Expression, ...]:
        """What the penalty adds to a weight's gradient; nothing without one."""
        if not self.problem.l2:
            return ()
        return (self.signed(times(*self.penalty_factor(), self.term("W", layer, to, source))),)

    @property
    def default_notation(self) -> Notation:
        """The same network in the default letters."""
        return replace(self.notation, key=DEFAULT)
