"""The worker of a solution: it sets an equation in three beats and never computes by itself.

Symbols, the same with numbers put in, the value. The numbers come from passes in ball arithmetic,
which are refined until each printed figure is determined; the relation before a value is = where
the printed operands bear the printed value out, and ≈ where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.derivation.agreement import bears_out, differs, exact_value
from derive.derivation.lines import ABOUT, EQUALS, PATHS, arranged
from derive.derivation.parity import odd_states
from derive.derivation.terms import opposite, ratio, times, total
from derive.derivation.walk import ScalarWalk
from derive.document import Equation
from derive.engine import Pass, PassTable, optimizer_of
from derive.engine.activations import saturates
from derive.errors import UncertainError, UnsoundStepError
from derive.formula import Constant, Expression, Negative, Quotient, Sum, Symbol
from derive.maths.expression import express
from derive.maths.numbers import (
    Numeral,
    Rounding,
    decimal_places,
    exact,
    fewer_figures,
    numeral,
)
from derive.maths.tree import (
    Number,
    Operator,
    Styled,
    Tree,
)
from derive.notation import DEFAULT, Notation
from derive.problem import Problem
from derive.reference import Local, Ref
from derive.steps import Step

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


@dataclass
class Workbook:
    """What every chapter of a solution shares.

    Attributes:
        problem: what is solved.
        passes: states of the parameters by number of updates, enclosed.
        notation: the letters.
        rounding: how results are printed; what is given is printed as given.
        full: whether every neuron is worked out, or one a layer.
        iteration: the pass that is being worked out.
        table: the passes that the table of iterations names.
        views: how passes are worked out: `scalars`, `matrices`, `gates`.
    """

    problem: Problem
    passes: PassTable
    notation: Notation
    rounding: Rounding
    full: bool = True
    iteration: int = 0
    table: tuple[int, ...] = ()
    views: tuple[str, ...] = ("scalars",)
    defined: dict[Ref, Expression] = field(default_factory=dict, init=False)
    places: dict[str, int] = field(default_factory=dict, init=False)
    numerals: dict[Ref, Numeral] = field(default_factory=dict, init=False)
    compared: int = field(default=0, init=False)
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

    def worked(self, these: Sequence[int]) -> Sequence[int]:
        """Those of `these` that are worked out: all, or the first alone."""
        return these if self.full else these[:1]

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

    def towards_error(self, quantity: str) -> str:
        """`dE/dout` or `dE/dW`, with a minus where error terms are minus a derivative."""
        return f"-{quantity}" if self.notation.book.minus_gradient else quantity

    def signed(self, expression: Expression) -> Expression:
        """`expression`, or its opposite where the book's error terms are minus a derivative."""
        return opposite(expression) if self.notation.book.minus_gradient else expression

    def gradient_by(self, parameter: str) -> str:
        """The derivative by `W` or `b` that error terms add up to, its sign included."""
        book = self.notation.book
        opposed = parameter == "b" and book.threshold
        return f"-dE/d{parameter}" if book.minus_gradient != opposed else f"dE/d{parameter}"

    def argument(self, layer: int, neuron: int, sample: int) -> Expression:
        """What the activation is taken of: the net input, less the threshold where there is one."""
        net = self.term("net", layer, neuron, sample=sample)
        if not self.thresholds:
            return net
        return Sum((net, Negative(self.term("b", layer, *self.bias_index(neuron)))))

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

    # What a scalar is, and how it is set

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
        match ref.quantity:
            case "learning_rate":
                return problem.optimizer.learning_rate
            case "l2":
                return problem.l2
            case number if number in problem.optimizer.numbers:
                return problem.optimizer.numbers[number]
            case "target":
                return float(problem.targets[ref.sample or 0][ref.index])
            case "out" if ref.layer == 0:
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
        if ref.quantity.startswith("-"):
            return -self.value(replace(ref, quantity=ref.quantity[1:]))
        if ref.quantity == "argument":
            return state.value(replace(ref, quantity="net"))
        if ref.quantity == "product" or (ref.quantity == "net" and self.thresholds):
            net = state.value(replace(ref, quantity="net"))
            return net - state.value(self._bias_of(ref))
        found = state.value(ref)
        if ref.quantity in ("delta", "dE/dout", "dE/dnet") and self.gathering_factor():
            found = found * len(self.samples)
        if ref.quantity == "delta" and book.minus_gradient:
            return -found
        if book.threshold and ref.quantity in self._odd_in_biases:
            return -found
        return found

    def _bias_of(self, net: Ref) -> Ref:
        index = self.bias_index(net.index[0])
        return Ref("b", net.layer, index, iteration=net.iteration)

    @cached_property
    def _odd_in_biases(self) -> frozenset[str]:
        """What of a bias changes its sign with it: its gradient, and some states."""
        states = odd_states(optimizer_of(self.problem.optimizer))
        return frozenset({"b", "dE/db", *(f"{state}b" for state in states)})

    def _loss_of(self, state: Pass, samples: Sequence[int]) -> Any:
        last = self.notation.last
        outputs = range(self.problem.layers[-1])
        terms = [Ref("loss_terms", last, (n,), sample) for sample in samples for n in outputs]
        return sum(state.value(term) for term in terms)

    @staticmethod
    def _sum_of_squares(state: Pass, layers: Sequence[int]) -> Any:
        weights = (state.quantities[f"W{layer}"].ravel() for layer in layers)
        return sum(weight * weight for group in weights for weight in group)

    def define(self, result: Ref, meaning: Expression) -> None:
        """Keep how a scalar that the trace does not hold is computed."""
        self.defined[result] = meaning

    @property
    def default_notation(self) -> Notation:
        """The same network in the default letters."""
        return replace(self.notation, key=DEFAULT)

    def symbol(self, ref: Ref | Local) -> Tree:
        """The letters for a scalar; a parameter of the next pass is marked as updated."""
        if isinstance(ref, Local):
            return self.notation.symbol(ref)
        later = ref.iteration is not None and ref.iteration > self.iteration
        return self.notation.symbol(ref, updated=later)

    def numeral(self, ref: Ref) -> Numeral:
        """How the scalar is printed: with fewer figures where no more can be known.

        Raises:
            UncertainError: not even one figure of it can be known.
        """
        if ref.iteration is None and ref.quantity not in self.problem.optimizer.numbers:
            ref = ref.at(self.iteration)
        if ref not in self.numerals:
            if self.is_given(ref):
                found = numeral(self.value(ref), GIVEN, self._places(ref.quantity))
            else:
                found = self.certain(
                    lambda: self.value(ref), lambda: self._rounding(ref), ref.iteration
                )
            self.numerals[ref] = found
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
        if ref.quantity == "out" and saturates(self.problem.activations[(ref.layer or 0) - 1]):
            return self.rounding.from_one(value)
        return self.rounding

    def saturated(self) -> bool:
        """Whether an output of any pass has more figures for being near to 1 or −1."""
        layers = range(1, len(self.problem.layers))
        outputs = [
            found.quantities[f"out{layer}"].ravel()
            for found in self.passes.values()
            for layer in layers
            if saturates(self.problem.activations[layer - 1])
        ]
        return any(self._near_one(value) for values in outputs for value in values)

    def _near_one(self, value: Any) -> bool:
        try:
            return self.rounding.from_one(value) != self.rounding
        except UncertainError:
            return True

    def number(self, ref: Ref) -> Tree:
        """The printed number of a scalar."""
        return Number(self.numeral(ref), ref)

    def is_given(self, ref: Ref) -> bool:
        """Whether a scalar stands in the problem, and is printed as it stands there."""
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

    def result_of(self, term: Expression) -> Tree:
        """The printed value of a term of a sum, to stand under its brace."""
        return Number(self.certain(lambda: exact_value(term, self.value), lambda: self.rounding))

    def penalty_terms(self, layer: int, to: int, source: int) -> tuple[Expression, ...]:
        """What the penalty adds to a weight's gradient; nothing without one."""
        if not self.problem.l2:
            return ()
        return (self.signed(times(*self.penalty_factor(), self.term("W", layer, to, source))),)

    # Equations

    def equation(
        self,
        left: Ref | Tree,
        *forms: Expression,
        result: Ref,
        key: bool = False,
    ) -> Equation:
        """Symbols in each of `forms`, the last with numbers in, and the value of `result`."""
        lines = [(EQUALS, express(form, self.symbol)) for form in forms]
        numbers = express(forms[-1], self.number)
        return self.beats(left, lines, numbers, Step(result, forms), key=key)

    def beats(
        self,
        left: Ref | Tree,
        symbolic: Iterable[tuple[Operator, Tree]],
        numbers: Tree,
        step: Step,
        *,
        key: bool = False,
    ) -> Equation:
        """An equation whose trees are given; the numbers are put into the step's last form."""
        result, meaning = step.result, step.forms[-1]
        shown = self.numeral(result)
        value: Tree = Styled(Number(shown, result), role="value")
        segments = list(symbolic)
        if segments and isinstance(segments[-1][1], Number) and segments[-1][1].numeral == shown:
            # A slope of 1 is said once.
            segments.pop()
        if not (isinstance(numbers, Number) and numbers.numeral == shown):
            segments.append((EQUALS, Styled(numbers, role="substituted")))
        segments.append((self.relation(meaning, result), value))
        head = self.symbol(left) if isinstance(left, Ref) else left
        return self.displayed(arranged(head, segments), key=key, steps=(step,))

    def relation(self, meaning: Expression, result: Ref) -> Operator:
        """= where the printed operands give the printed value, ≈ where they do not."""
        shown = self.numeral(result)
        rounding = self.rounding if shown.short else self._rounding(result)
        borne_out = bears_out(meaning, self.numeral, shown, rounding)
        return EQUALS if borne_out else ABOUT

    def displayed(self, tree: Tree, *, key: bool = False, steps: Sequence[Step] = ()) -> Equation:
        """`tree` as an equation of its own; what it states must hold.

        Raises:
            UnsoundStepError: a form of a step is not its result.
        """
        for step in steps:
            self._hold(step)
        return Equation(tree, key, tuple(steps))

    def _hold(self, step: Step) -> None:
        """See that each form of a step has the value of its result, before anything is rounded."""
        for number, form in enumerate(step.forms, 1):
            if self._differs(form, step.result):
                place = step.result.place
                raise UnsoundStepError(
                    f"internal error: form {number} of what is said of {place} is not its value"
                )

    def _differs(self, form: Expression, result: Ref) -> bool:
        at = self.iteration if result.iteration is None else result.iteration
        while True:
            try:
                return differs(form, self.value(result), self.value)
            except UncertainError:
                # What even the most effort leaves open, nothing contradicts.
                if not self.refine(at):
                    return False

    # Sums along the paths of the error

    def path_terms(self, terms: Sequence[Expression], leaf: Callable[[Ref], Tree]) -> list[Tree]:
        """Each term in the colour of its path."""
        trees = [express(term, leaf) for term in terms]
        if len(trees) == 1:
            return trees
        return [Styled(tree, path=n % PATHS) for n, tree in enumerate(trees)]
