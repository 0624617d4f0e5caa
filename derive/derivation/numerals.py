"""What a scalar is worth, and how it is printed.

The values come from passes in ball arithmetic, which are refined until each printed figure is
determined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.derivation.agreement import exact_value
from derive.derivation.conventions import Conventions
from derive.derivation.parity import odd_states
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
        compared: how many of these were compared with the trace.
    """

    passes: PassTable
    rounding: Rounding
    defined: dict[Ref, Expression] = field(default_factory=dict, init=False)
    places: dict[str, int] = field(default_factory=dict, init=False)
    numerals: dict[Ref, Numeral] = field(default_factory=dict, init=False)
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
        if ref.iteration is None and ref.quantity not in self.problem.optimizer.numbers:
            ref = ref.at(self.iteration)
        if ref not in self.numerals:
            if self.is_given(ref):
                shown = numeral(self.value(ref), GIVEN, self._places(ref.quantity))
            else:
                shown = self.certain(
                    lambda: self.value(ref), lambda: self._rounding(ref), ref.iteration
                )
            self.numerals[ref] = shown
        return self.numerals[ref]

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
        """How the scalar would be printed if it had this value."""
        return numeral(value, self._rounding_of(ref, value))

    def _rounding(self, ref: Ref) -> Rounding:
        return self._rounding_of(ref, self.value(ref))

    def _rounding_of(self, ref: Ref, value: Any) -> Rounding:
        if (
            ref.quantity == "out"
            and ref.is_value
            and saturates(self.problem.activations[(ref.layer or 0) - 1])
        ):
            return self.rounding.from_one(value)
        return self.rounding

    def saturated(self) -> bool:
        """Whether an output of any pass has more figures for being near to 1 or −1."""
        layers = range(1, len(self.problem.layers))
        outputs = [
            state.quantities[f"out{layer}"].ravel()
            for state in self.passes.values()
            for layer in layers
            if saturates(self.problem.activations[layer - 1])
        ]
        return any(self._near_one(value) for values in outputs for value in values)

    def _near_one(self, value: Any) -> bool:
        try:
            return self.rounding.from_one(value) != self.rounding
        except UncertainError:
            return True

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
