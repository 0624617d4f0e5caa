"""Every operation: its kernel, equation, slopes, gradients and matrix form against one another.

Nothing is said here of what an operation computes. Its equation gives each cell's formula; the
kernel, the gradients in index notation, the local derivatives and the product of matrices are
compared with it and with complex steps of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine import operations
from derive.engine.activations import activation_of
from derive.engine.arithmetic import Floating
from derive.engine.graph import Operation
from derive.engine.losses import loss_of
from derive.engine.operations import (
    Activate,
    Affine,
    General,
    Jacobian,
    LossTerms,
    PairedLossTerms,
    Slope,
    Softmax,
    SoftmaxCrossEntropy,
    SoftmaxLossTerms,
    Total,
)
from derive.engine.pairs import pair_of
from derive.equations import ONES, Cell, Cells, Equation, Factors
from derive.equations.tree import accesses
from derive.formula import Plain, evaluate, symbols
from derive.problem import ACTIVATIONS, LOSSES, ActivationSpec, LossSpec
from tests.engine.strategies import PROBABLE

STEP = 1e-30
FLOATING = Floating()
ACTIVATION_NAMES = [name for name in ACTIVATIONS if name != "softmax"]


@dataclass
class Case:
    """How an operation is tried.

    Attributes:
        make: it, for so many outputs.
        under: what makes its `out` of a `net`, where it relies on that.
        slope: the slope of the activation, where one takes part.
        common: whether it counts on one gradient for all of its cells.
    """

    make: Callable[[int], Operation]
    under: Operation | None = None
    slope: Operation | None = None
    common: bool = False


def _cases() -> Iterator[tuple[str, Case]]:
    softmax = Softmax(FLOATING)
    for bias in ("neuron", "layer", "none"):
        yield f"affine, {bias}", Case(lambda _n, bias=bias: Affine(bias))
    for name in ACTIVATION_NAMES:
        activation = activation_of(ActivationSpec(name))
        function, slope = Activate(activation, FLOATING), Slope(activation, FLOATING)
        yield name, Case(lambda _n, it=function: it, slope=slope)
        yield f"slope of {name}", Case(lambda _n, it=slope: it, function)
        for loss_name in LOSSES:
            loss = loss_of(LossSpec(loss_name))
            pair = pair_of(loss, activation, np.array([[0.0, 1.0]]))
            if pair is None or name not in PROBABLE.get(loss_name, ACTIVATION_NAMES):
                continue
            yield (
                f"{loss_name} after {name}",
                Case(lambda n, a=loss, b=pair: PairedLossTerms(a, b, n, FLOATING), function, slope),
            )
    yield "softmax", Case(lambda _n: softmax)
    yield "slope of softmax", Case(lambda _n: Jacobian(), softmax)
    for name in LOSSES:
        loss = loss_of(LossSpec(name))
        yield name, Case(lambda n, it=loss: LossTerms(it, n, FLOATING))
        yield (
            f"{name} after softmax",
            Case(lambda n, it=loss: SoftmaxLossTerms(it, n, FLOATING), softmax),
        )
    entropy = loss_of(LossSpec("cross-entropy"))
    yield (
        "cross-entropy from the net of softmax",
        Case(lambda n: SoftmaxCrossEntropy(entropy, n, FLOATING), softmax, common=True),
    )
    for mean, weights in product((False, True), (0, 1, 3)):
        rate = Fraction(3, 10) if weights else Fraction(0)
        yield (
            f"total, mean {mean}, {weights} penalties",
            Case(lambda _n, a=rate, b=weights, c=mean: Total(a, b, FLOATING, mean=c)),
        )


CASES = dict(_cases())


def test_the_table_has_every_operation() -> None:
    """None goes without the comparison; `General` is what the others are compared with."""
    made = {type(case.make(2)).__name__ for case in CASES.values()}
    assert made | {"General"} == set(operations.__all__)


def _shapes(equation: Equation, sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """A shape for the result and what it reads; letters at one axis run over one size."""
    every = [*(access for access, _ in accesses(equation.formula)), equation.result]
    same: dict[str, str] = {}
    homes: dict[tuple[str, int], str] = {}
    for access in every:
        for axis, index in enumerate(access.index):
            first = homes.setdefault((access.tensor, axis), str(index.letter))
            same.setdefault(str(index.letter), same.get(first, first))
    return {
        access.tensor: tuple(sizes[same[str(index.letter)]] for index in access.index)
        for access in every
    }


class Trial:
    """One operation at random numbers of random shapes."""

    def __init__(self, case: Case, seed: int, sizes: dict[str, int]) -> None:
        self.random = np.random.default_rng(seed)
        outputs = sizes["i"]
        self.operation, self.under, self.slope = case.make(outputs), case.under, case.slope
        self.equation = self.operation.equation
        self.result = self.equation.result.tensor
        self.shapes = _shapes(self.equation, sizes)
        if self.under is not None:
            shape = self.shapes.get("net", self.shapes.get("out", self.shapes[self.result]))
            self.shapes |= {"net": shape, "out": shape}
        names = {*self.operation.operands, *(("net",) if self.under else ())}
        self.values = self._consistent({name: self._numbers(name) for name in sorted(names)})
        every = () if case.common else self.shapes[self.result]
        self.gradient = self.random.uniform(-1, 1, every) + np.zeros(self.shapes[self.result])
        self.general = General(
            self.equation,
            {name: self.shapes[name] for name in (self.result, *self.operation.operands)},
            FLOATING,
        )
        self.cells = Cells(self.equation, self.shapes)

    def _numbers(self, name: str) -> Any:
        if name in ("out", "target"):
            return self.random.uniform(0.1, 0.9, self.shapes[name])
        return self.random.uniform(-1.5, 1.5, self.shapes[name])

    def _consistent(self, values: dict[str, Any]) -> dict[str, Any]:
        """`out` as the activation makes it of `net`, where both are read."""
        if self.under is None:
            return values
        return {**values, "out": self.under.forward(values["net"])}

    def forward(self, values: dict[str, Any]) -> Any:
        """The kernel's value."""
        return self.operation.forward(*(values[name] for name in self.operation.operands))

    def backward(self, of: Operation, name: str) -> Any:
        """A gradient by the rules of the kernel, or of the equation."""
        which = self.operation.operands.index(name)
        read = [self.values[one] for one in self.operation.operands]
        if self.slope is not None and self.under is None:
            read.append(self.slope.forward(self.values["net"], self.forward(self.values)))
        return of.backward(which, self.gradient, self.forward(self.values), read.__getitem__)

    def to_net(self, by: dict[str, Any]) -> dict[str, Any]:
        """Gradients with that of `out` taken on to `net`, where `net` makes it."""
        if self.under is None:
            return by
        found = np.zeros(self.shapes["net"])
        if by.get("net") is not None:
            found = found + by["net"]
        if by["out"] is not None:
            out = self.values["out"]
            local = None if self.slope is None else self.slope.forward(self.values["net"], out)
            read = [self.values["net"], local].__getitem__
            found = found + self.under.backward(0, by["out"], out, read)
        return {name: part for name, part in by.items() if name != "out"} | {"net": found}

    def number(self, cell: Cell) -> float:
        """A cell's value; the result's, too, which slopes may name."""
        tensor = self.forward(self.values) if cell.tensor == self.result else None
        return float(np.asarray(self.values[cell.tensor] if tensor is None else tensor)[cell.index])


def _near(found: Any, expected: Any, scale: float = 1.0) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-10, atol=1e-12 * scale))


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 3),
    st.fixed_dictionaries({letter: st.integers(1, 3) for letter in "sj"}),
)
def test_all_that_is_said_of_an_operation_is_the_same(
    name: str, seed: int, outputs: int, sizes: dict[str, int]
) -> None:
    """Values, gradients, local derivatives and matrices."""
    trial = Trial(CASES[name], seed, {**sizes, "i": outputs})
    value = np.asarray(trial.forward(trial.values))
    assert value.shape == trial.shapes[trial.result]
    inputs = [trial.values[one] for one in trial.operation.operands]
    assert _near(value, trial.general.forward(*inputs))
    for index in trial.cells.every():
        assert _near(value[index], evaluate(trial.cells.cell(index), trial.number, Plain()))
    _check_matrices(trial.equation, trial.shapes, trial.values)
    if isinstance(trial.operation, (Slope, Jacobian)):
        assert trial.operation.backward(0, trial.gradient, value, trial.values.get) is None
        return
    _check_gradients(trial)
    _check_locals(trial)
    _check_chains(trial)


def _check_gradients(trial: Trial) -> None:
    """The kernel's, those of the equation in letters, and complex steps of the kernel."""
    moving = [one for one in trial.operation.operands if one != "target"]
    by_kernel = trial.to_net({one: trial.backward(trial.operation, one) for one in moving})
    by_letters = trial.to_net({one: trial.backward(trial.general, one) for one in moving})
    for name, expected in by_letters.items():
        shape = trial.shapes[name]
        steps = np.zeros(shape)
        for index in np.ndindex(shape):
            moved = {one: numbers.astype(complex) for one, numbers in trial.values.items()}
            moved[name][index] += 1j * STEP
            found = trial.forward(trial._consistent(moved))
            steps[index] = np.sum(np.imag(found) * trial.gradient) / STEP
        assert _near(expected, steps), name
        assert _near(np.broadcast_to(by_kernel[name], shape), steps), name
        back = trial.equation.gradient(name)
        shapes = {**trial.shapes, **{f"d{one}": size for one, size in trial.shapes.items()}}
        values = {**trial.values, f"d{trial.result}": trial.gradient}
        if back is not None:
            _check_matrices(back, shapes, values)
    if trial.operation.operands.count("target"):
        assert trial.backward(trial.operation, "target") is None


def _check_locals(trial: Trial) -> None:
    """Which cells read a cell, and the local derivatives, as a textbook and as rules give them."""
    every = list(trial.cells.every())
    inside = {index: set(symbols(trial.cells.cell(index))) for index in every}
    for name in trial.operation.operands:
        if name == "target":
            continue
        if trial.equation.gradient(name) is None:
            assert not any(cell.tensor == name for cells in inside.values() for cell in cells)
            continue
        expected = np.asarray(trial.backward(trial.general, name))
        for at in np.ndindex(trial.shapes[name]):
            cell, total = Cell(name, at), 0.0
            readers = trial.cells.readers(cell)
            assert readers == [index for index in every if cell in inside[index]]
            for index in readers:
                textbook = evaluate(trial.cells.local(index, cell), trial.number, Plain())
                rules = evaluate(trial.cells.derivative(index, cell), trial.number, Plain())
                assert _near(textbook, rules)
                total += textbook * float(trial.gradient[index])
            assert _near(total, expected[at])


def _check_chains(trial: Trial) -> None:
    """The gradient by way of a tensor of local derivatives is the gradient."""
    for slope in trial.equation.slopes:
        name = slope.access.tensor
        chain = trial.equation.chain(slope, "local")
        result = [str(index) for index in trial.equation.result.index]
        access = [str(index) for index in slope.access.index]
        letters = [*result, *(letter for letter in access if letter not in result)]
        sizes = dict(zip(access, trial.shapes[name], strict=True))
        sizes |= dict(zip(result, trial.shapes[trial.result], strict=True))
        local = np.zeros([sizes[letter] for letter in letters])
        for at in np.ndindex(local.shape):
            here = dict(zip(letters, at, strict=True))
            cell = Cell(name, tuple(here[letter] for letter in access))
            found = trial.cells.local(tuple(here[letter] for letter in result), cell)
            local[at] = evaluate(found, trial.number, Plain())
        upstream = f"d{trial.result}"
        shapes = {
            f"d{name}": trial.shapes[name], upstream: trial.shapes[trial.result],
            "local": local.shape,
        }  # fmt: skip
        whole = General(chain, shapes, FLOATING).forward(trial.gradient, local)
        assert _near(whole, trial.backward(trial.general, name))
        _check_matrices(chain, shapes, {upstream: trial.gradient, "local": local})


def _check_matrices(
    equation: Equation, shapes: dict[str, tuple[int, ...]], values: dict[str, Any]
) -> None:
    """The sum of products of matrices, where it is one, is what the equation says."""
    if equation.matrices is None:
        return
    read = {access.tensor for access, _ in accesses(equation.formula)}
    own = {one: shapes[one] for one in (equation.result.tensor, *sorted(read))}
    whole = General(equation, own, FLOATING)
    expected = whole.forward(*(values[one] for one in whole.operands))
    shape = (*np.shape(expected), 1, 1)[:2]
    found = sum(np.broadcast_to(_product(term, values), shape) for term in equation.matrices)
    assert _near(np.asarray(found).reshape(np.shape(expected)), expected)


def _product(term: Factors, values: dict[str, Any]) -> Any:
    """A product of matrices; with ones its rows are all alike, or it is the sum of its columns."""
    factors = []
    for one in term.factors:
        if one.tensor != ONES:
            column = np.reshape(values[one.tensor], (*np.shape(values[one.tensor]), 1, 1)[:2])
            factors.append(column.T if one.transposed else column)
    if len(factors) < len(term.factors):
        (alone,) = factors
        return alone if term.factors[0].tensor == ONES else alone.sum(axis=1, keepdims=True)
    return np.prod(factors, axis=0) if term.elementwise else reduce(np.matmul, factors)


def test_a_layer_is_a_product_of_matrices_and_so_are_its_gradients() -> None:
    """By out Wᵀ + 1 bᵀ; ∂E/∂W = δᵀ out, ∂E/∂out = δ W, ∂E/∂b = δᵀ 1."""
    layer = Affine("neuron").equation

    def written(equation: Equation | None) -> list[list[tuple[str, bool]]]:
        terms = None if equation is None else equation.matrices
        return [[(one.tensor, one.transposed) for one in term.factors] for term in terms or ()]

    assert written(layer) == [[("out", False), ("W", True)], [(ONES, False), ("b", True)]]
    assert written(layer.gradient("W")) == [[("dnet", True), ("out", False)]]
    assert written(layer.gradient("out")) == [[("dnet", False), ("W", False)]]
    assert written(layer.gradient("b")) == [[("dnet", True), (ONES, False)]]
