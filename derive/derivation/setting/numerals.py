"""What a scalar is worth, and how it is printed.

The values come from passes in ball arithmetic, which are refined until each printed figure is
determined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from derive.derivation.setting.agreement import exact_value
from derive.derivation.setting.conventions import Conventions
from derive.derivation.setting.parity import odd_states
from derive.engine import Pass, PassTable, optimizer_of
from derive.engine.activations import saturates
from derive.errors import UncertainError
from derive.formula import Expression
from derive.maths.numbers import (
    Numeral,
    Rounding,
    decimal_places,
    exact,
    fewer_figures,
    numeral,
)
from derive.reference import Aspect, Local, Ref, State

GIVEN = Rounding(digits=17)


def determined(
    value: Callable[[], Any], rounding: Callable[[], Rounding], refine: Callable[[], bool]
) -> Numeral:
    """A value as it is printed, `refine`d until its figures are determined or it says False.

    Raises:
        UncertainError: not even one figure of it can be known.
    """
    while True:
        try:
            return numeral(value(), rounding())
        except UncertainError:
            if not refine():
                break
    return fewer_figures(value(), rounding())


@dataclass(kw_only=True)
class Numerals(Conventions):
    """The values of a training by the book's conventions, and the figures that are certain of them.

    Attributes:
        passes: states of the parameters by number of updates, enclosed.
        rounding: how results are printed; what is given is printed as given.
        defined: how scalars that the trace does not hold are computed.
        numerals: everything that was printed.
        roundings: what of it has more figures than others, for being near to another number.
        compared: how many of these were compared with the trace.
    """

    passes: PassTable
    rounding: Rounding
    defined: dict[Ref, Expression] = field(default_factory=dict, init=False)
    places: dict[str, int] = field(default_factory=dict, init=False)
    numerals: dict[Ref, Numeral] = field(default_factory=dict, init=False)
    roundings: dict[Ref, Rounding] = field(default_factory=dict, init=False)
    compared: int = field(default=0, init=False)

    def define(self, result: Ref, meaning: Expression) -> None:
        """Keep how a scalar that the trace does not hold is computed."""
        self.defined[result] = meaning

    def value(self, ref: Ref | Local) -> Any:
        """The value of a scalar: a given number, or a result as far as it is enclosed.

        Raises:
            UncertainError: its pass could not be reached.
        """
        problem = self.problem
        if isinstance(ref, Local):
            return exact_value(self.walk.local(ref.of, ref.by), self.value)
        if ref in self.defined:
            return exact_value(self.defined[ref], self.value)
        if ref.aspect is Aspect.DESCENT:
            return -self.value(ref.gradient)
        match ref.quantity:
            case "learning_rate":
                return problem.optimizer.learning_rate
            case "l2":
                return problem.l2
            case number if number in problem.optimizer.numbers:
                return problem.optimizer.numbers[number]
            case "target":
                return float(problem.targets[ref.sample or 0][ref.index])
            case "out" if ref.layer == 0 and ref.is_value:
                return float(problem.inputs[ref.sample or 0][ref.index])
        iteration = self.iteration if ref.iteration is None else ref.iteration
        state = self.passes.get(iteration)
        if state is None:
            raise UncertainError(f"nothing is known of the values after {iteration} updates")
        match ref.quantity:
            case "sample_loss":
                return self._loss_of(state, [ref.sample or 0])
            case "squares":
                return self._sum_of_squares(state, ref.index)
            case "data_loss":
                divisor = len(self.samples) if self.sample_factor() else 1
                return self._loss_of(state, self.samples) / divisor
        return self._as_written(ref, state)

    def _as_written(self, ref: Ref, state: Pass) -> Any:
        """A value of the trace by the book's conventions: its signs, and where it divides by n."""
        book = self.notation.book
        without_bias = ref.quantity == "product" or (ref.quantity == "net" and self.thresholds)
        if without_bias and ref.is_value:
            net = state.value(replace(ref, quantity="net"))
            return net - state.value(self._bias_of(ref))
        value = state.value(ref)
        towards_error = ref.aspect in (Aspect.GRADIENT, Aspect.ERROR_TERM)
        if towards_error and ref.sample is not None and self.gathering_factor():
            value = value * len(self.samples)
        if ref.aspect is Aspect.ERROR_TERM and book.minus_gradient:
            return -value
        if book.threshold and ref.quantity == "b" and ref.aspect in self._odd_in_biases:
            return -value
        return value

    def _bias_of(self, net: Ref) -> Ref:
        index = self.bias_index(net.index[0])
        return Ref("b", net.layer, index, iteration=net.iteration)

    @cached_property
    def _odd_in_biases(self) -> frozenset[Aspect | State]:
        """What of a bias changes its sign with it: its gradient, and some states."""
        states = odd_states(optimizer_of(self.problem.optimizer))
        return frozenset({Aspect.VALUE, Aspect.GRADIENT, *map(State, states)})

    def _loss_of(self, state: Pass, samples: Sequence[int]) -> Any:
        last = self.notation.last
        outputs = range(self.problem.layers[-1])
        terms = [Ref("loss_terms", last, (n,), sample) for sample in samples for n in outputs]
        return sum(state.value(term) for term in terms)

    @staticmethod
    def _sum_of_squares(state: Pass, layers: Sequence[int]) -> Any:
        weights = (state.quantities[f"W{layer}"].ravel() for layer in layers)
        return sum(weight * weight for group in weights for weight in group)

    def numeral(self, ref: Ref) -> Numeral:
        """How the scalar is printed: with fewer figures where no more can be known.

        Raises:
            UncertainError: not even one figure of it can be known.
        """
        ref = self._of_pass(ref)
        if ref not in self.numerals:
            self.numerals[ref] = self._found(ref)
        return self.numerals[ref]

    def rounding_of(self, ref: Ref) -> Rounding:
        """How a scalar is rounded that has been printed."""
        return self.roundings.get(self._of_pass(ref), self.rounding)

    def _of_pass(self, ref: Ref) -> Ref:
        """The scalar of the pass that is worked out, where a formula speaks of any."""
        if ref.iteration is None and ref.quantity not in self.problem.optimizer.numbers:
            return ref.at(self.iteration)
        return ref

    def given(self, value: float, places: int = 0) -> Numeral:
        """A number as the problem gives it, in at least so many decimal places."""
        return numeral(value, GIVEN, places, self.rounding)

    def _found(self, ref: Ref) -> Numeral:
        if self.is_given(ref):
            return self.given(self.value(ref), self._places(ref.quantity))
        value = partial(self.value, ref)
        try:
            found = self.certain(value, lambda: self._rounding(ref, value()), ref.iteration)
        except UncertainError:
            # How near it is to another number cannot be known: it has the figures of any.
            return self.certain(value, lambda: self.rounding, ref.iteration)
        if found.rounded and not found.short:
            rounding = self._rounding(ref, value())
            if rounding != self.rounding:
                self.roundings[ref] = rounding
        return found

    def certain(
        self,
        value: Callable[[], Any],
        rounding: Callable[[], Rounding],
        iteration: int | None = None,
    ) -> Numeral:
        """A value as it is printed, its pass refined until its figures are determined.

        Raises:
            UncertainError: not even one figure of it can be known.
        """
        at = self.iteration if iteration is None else iteration
        return determined(value, rounding, lambda: self.refine(at))

    def refine(self, iteration: int) -> bool:
        """Compute a pass, and the parameters that its update makes, more finely.

        False where that is not to be had at the effort allowed.
        """
        passes = {iteration, iteration + 1} & set(self.passes.wanted)
        refined = [self.passes.refine(k) for k in sorted(passes, reverse=True)]
        return any(refined)

    def printed(self, ref: Ref, value: Any) -> Numeral:
        """How a scalar that has been printed would be if it had this value: in as many figures."""
        return numeral(value, self.rounding_of(ref))

    def _rounding(self, ref: Ref, value: Any) -> Rounding:
        """The rounding of a value of a scalar, with more figures where it nearly equals another."""
        found = [self.rounding.apart(value, other, least) for other, least in self._beside(ref)]
        return max([self.rounding, *found], key=lambda rounding: rounding.digits)

    def _beside(self, ref: Ref) -> Iterator[tuple[Any, int]]:
        """What a scalar is told from, and how many figures of the gap are needed; 0 for the usual.

        An output is subtracted from 1, and from its target. A parameter is told from itself before
        and after an update, if only by one figure: nothing is computed from that gap.
        """
        if not ref.is_value:
            return
        layer = ref.layer or 0
        match ref.quantity:
            case "out" if layer:
                if saturates(self.problem.activations[layer - 1]):
                    yield from ((Fraction(1), 0), (Fraction(-1), 0))
                if layer == self.notation.last:
                    yield self.value(replace(ref, quantity="target")), 0
            case "W" | "b" if ref.iteration is not None:
                for iteration in (ref.iteration - 1, ref.iteration + 1):
                    if iteration in self.passes:
                        yield self.value(ref.at(iteration)), 1

    def is_given(self, ref: Ref) -> bool:
        """Whether a scalar stands in the problem, and is printed as it stands there."""
        if not ref.is_value:
            return False
        match ref.quantity:
            case "target" | "learning_rate" | "l2":
                return True
            case "out":
                return ref.layer == 0
            case "b" if not self.problem.train_biases:
                return True
            case "W" | "b":
                return ref.iteration == 0
        return ref.quantity in self.problem.optimizer.numbers

    def _places(self, quantity: str) -> int:
        """Decimals that line the given numbers of one kind up, when they are few."""
        if quantity not in self.places:
            self.places[quantity] = self._places_of(quantity)
        return self.places[quantity]

    def _places_of(self, quantity: str) -> int:
        problem = self.problem
        match quantity:
            case "out":
                tensors = [problem.inputs]
            case "target":
                tensors = [problem.targets]
            case "W" | "b":
                names = problem.parameter_names()
                tensors = [problem.start[name] for name in names if name[0] == quantity]
            case _:
                return 0
        known = [exact(float(n)) for tensor in tensors for n in tensor.ravel()[:1000]]
        places = max(decimal_places(number) for number in known if isinstance(number, Fraction))
        return places if places <= 6 else 0
