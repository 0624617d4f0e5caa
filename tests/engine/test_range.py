"""Float64 over its whole range: every activation with every loss against ball arithmetic.

The plain definitions are written out once more as power series of balls, in as many bits as it
takes; the balls' own derivatives, not derive's, give slopes, δ and the condition of each value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import flint
import numpy as np
import pytest

from derive.engine import train
from derive.problem import ACTIVATIONS, LOSSES, problem_from_fields

SIZES = (
    1e-320, 1e-300, 1e-160, 1e-20, 1e-9, 1e-4, 0.01, 0.3, 0.9, 1.1, 2.5, 6.0, 15.0, 19.0, 30.0,
    36.5, 38.0, 60.0, 177.0, 300.0, 353.0, 356.0, 371.0, 600.0, 708.0, 709.5, 710.5, 730.0, 744.0,
    746.0, 800.0, 1500.0, 1e4, 1e5,
)  # fmt: skip
NETS = [sign * size for size in SIZES for sign in (1, -1)]
RELATIVE = 1e-12
ULPS = 16 * 2**-53
"""For each time that a relative change of net is enlarged, some ulps."""
DENORMAL = 2.0**-1074

Series = Any
Balls = dict[str, Any]


@contextmanager
def bits(precision: int) -> Iterator[None]:
    """Ball arithmetic of so many bits, with series to the second power."""
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = precision, 3
    try:
        yield
    finally:
        flint.ctx.prec, flint.ctx.cap = before


def number(value: str) -> Any:
    """A decimal as a ball."""
    return flint.arb(flint.fmpq(*map(int, value.split("/")))) if "/" in value else flint.arb(value)


def positive(x: Series) -> bool:
    """Whether a net input is above 0."""
    return bool(x[0] > 0)


def sigmoid(x: Series) -> Series:
    """The logistic function."""
    return 1 / (1 + (-x).exp())


def tanh(x: Series) -> Series:
    """As a quotient of exponentials."""
    return (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())


def zero(x: Series) -> Series:
    """0 as a series."""
    return x - x


NAMED: dict[str, Callable[[Series], Series]] = {
    "identity": lambda x: x,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": lambda x: x if positive(x) else zero(x),
    "leaky-relu": lambda x: x if positive(x) else x * number("1/100"),
    "elu": lambda x: x if positive(x) else x.exp() - 1,
    "softplus": lambda x: (1 + x.exp()).log(),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x / 2 * (1 + (x / flint.arb(2).sqrt()).erf()),
}
OWN: dict[str, Callable[[Series], Series]] = {
    "1/(1 + exp(-x))": sigmoid,
    "1 - 1/(1 + exp(x))": sigmoid,
    "exp(x)/(1 + exp(x))": sigmoid,
    "x/(1 + exp(-x))": lambda x: x * sigmoid(x),
    "(exp(x) - exp(-x))/(exp(x) + exp(-x))": tanh,
    "2/(1 + exp(-2*x)) - 1": tanh,
    "ln(1 + exp(x))": NAMED["softplus"],
    "x*tanh(ln(1 + exp(x)))": lambda x: x * tanh((1 + x.exp()).log()),
    "x/(1 + abs(x))": lambda x: x / (1 + x) if positive(x) else x / (1 - x),
    "exp(-x^2)": lambda x: (-x * x).exp(),
    "1 - exp(-exp(x))": lambda x: 1 - (-x.exp()).exp(),
    "x/sqrt(1 + x^2)": lambda x: x / (1 + x * x).sqrt(),
    "1/cosh(x)": lambda x: 2 / (x.exp() + (-x).exp()),
    "ln(1 + 2*exp(x))": lambda x: (1 + 2 * x.exp()).log(),
    "x/2*(1 + tanh(0.8*(x + 0.045*x^3)))": lambda x: (
        x / 2 * (1 + tanh(number("8/10") * (x + number("45/1000") * x * x * x)))
    ),
    "where(x > 0, x, exp(x) - 1)": NAMED["elu"],
    "2^x/(1 + 2^x)": lambda x: sigmoid(x * flint.arb(2).log()),
}


ALGEBRAIC = {"x/(1 + abs(x))", "x/sqrt(1 + x^2)"}
"""They near their limits so slowly that at 100,000 a difference still has six figures."""
STATIONARY = {"exp(-x^2)", "1/cosh(x)"}
"""1 - out is about x², beyond float64's range while net is not."""
DOUBLE = {"1 - exp(-exp(x))", "ln(1 + 2*exp(x))"}
"""Of these a logarithm is not taken at outputs below float64's range."""


def in_range(activation: str, loss: str, t: float, net: float) -> bool:
    """Whether a value's own steps stay within float64's figures and range."""
    logarithmic = "entropy" in loss or "ln" in loss
    if activation in ALGEBRAIC:
        return t != 1 and not logarithmic
    if activation in STATIONARY and logarithmic:
        return abs(net) > 1e-150
    if activation in DOUBLE and logarithmic:
        return abs(net) < 700
    return not (logarithmic and abs(net) < 1e-310)


def logarithm(factor: Any, of: Series) -> Series:
    """Factor · ln, with 0 for 0 ln 0."""
    return factor * of.log() if factor != 0 else of - of


def over(factor: Any, by: Series) -> Series:
    """Factor / by, with 0 for 0 over anything."""
    return factor / by if factor != 0 else by - by


TERMS: dict[str, tuple[Callable[..., Series], Callable[..., Series]]] = {
    "half-squared-error": (lambda t, o: (t - o) * (t - o) / 2, lambda t, o: o - t),
    "squared-error": (lambda t, o: (t - o) * (t - o), lambda t, o: 2 * (o - t)),
    "mean-squared-error": (lambda t, o: (t - o) * (t - o), lambda t, o: 2 * (o - t)),
    "binary-cross-entropy": (
        lambda t, o: -logarithm(t, o) - logarithm(1 - t, 1 - o),
        lambda t, o: over(1 - t, 1 - o) - over(t, o),
    ),
    "cross-entropy": (lambda t, o: -logarithm(t, o), lambda t, o: -over(t, o)),
}
OWN_TERMS: dict[str, tuple[Callable[..., Series], Callable[..., Series]]] = {
    "-t*ln(o)": TERMS["cross-entropy"],
    "(t - o)^2/2": TERMS["half-squared-error"],
}


def balls(activation: str, loss: str, t: float, net: float, precision: int) -> Balls | None:
    """Each quantity and its derivative by the net input; None outside a logarithm's domain."""
    with bits(precision):
        x = flint.arb_series([flint.arb(net), 1])
        out = output(activation, net, precision)
        above, below = bool(out[0] > 0), bool(out[0] < 1)
        if ("entropy" in loss or "ln" in loss) and not above:
            return None
        if loss.startswith("binary") and not below:
            return None
        term, slope = (TERMS | OWN_TERMS)[loss]
        target = flint.arb(t)
        error, by_out = term(target, out), slope(target, out)
        return {
            "net1": (x[0], x[1]),
            "out1": (out[0], out[1]),
            "dout1/dnet1": (out[1], 2 * out[2]),
            "loss_terms": (error[0], error[1]),
            "dE/dout1": (by_out[0], by_out[1]),
            "delta1": (error[1], 2 * error[2]),
        }


@cache
def output(activation: str, net: float, precision: int) -> Series:
    """An activation's series at a net input."""
    with bits(precision):
        return (NAMED | OWN)[activation](flint.arb_series([flint.arb(net), 1]))


def settled(ball: Any) -> bool:
    """Whether a ball says what its float64 is: to 60 bits, or beyond the range."""
    return bool(
        ball.rel_accuracy_bits() > 60
        or ball.abs_upper() < flint.arb(2) ** -1200
        or ball.abs_lower() > flint.arb(2) ** 1200
    )


def true_values(activation: str, loss: str, t: float, net: float) -> Balls | None:
    """The quantities in as many bits as they need; None where the error has no value."""
    precision = 256
    while True:
        found = balls(activation, loss, t, net, precision)
        if found is not None and all(settled(value) for value, _ in found.values()):
            return found
        if precision > 8192:
            return None if found is None else found
        precision *= 4


def assert_right(found: float, true: Any, rate: Any, net: float, what: str) -> None:
    """Compare a float64 with a ball, in the float64's range and beyond."""
    with bits(256):
        if true.abs_lower() > flint.arb(2) ** 1024 * (1 - flint.arb(2) ** -40):
            assert math.isinf(found) or abs(found) > 1.7e308, what
            assert (found > 0) == bool(true > 0), what
            return
        assert math.isfinite(found), (what, found, true)
        enlarged = abs(float((rate * net).abs_upper())) if rate.is_finite() else math.inf
        size = float(true.abs_upper())
        allowed = RELATIVE * size + (ULPS * enlarged if math.isfinite(enlarged) else 0.0)
        allowed += DENORMAL * (8 + abs(net))
        gap = float((flint.arb(found) - true).abs_upper())
        assert gap <= allowed, (what, found, true)


def traced(activation: str, loss: str, t: float) -> Any:
    """The trace of one weight at each net input, a sample each."""
    named = activation in ACTIVATIONS
    fields = {
        "network": {
            "layers": [1, 1],
            "activation": [activation if named else {"formula": activation}],
            "bias": "none",
        },
        "loss": {"name": loss} if loss in LOSSES else {"formula": loss},
        "training": {"iterations": 0},
        "data": {"inputs": [[net] for net in NETS], "targets": [[t] for _ in NETS]},
        "start": {"W1": [[1.0]]},
    }
    return train(problem_from_fields(fields, "test"))


PAIRS = [
    (activation, loss)
    for activation in (*NAMED, *OWN)
    for loss in (*TERMS, *OWN_TERMS)
    if not (activation == "tanh" and "entropy" in loss)
]


def test_every_activation_and_loss_is_in_the_sweep() -> None:
    """But for softmax, which has its own below."""
    assert set(NAMED) == set(ACTIVATIONS) - {"softmax"}
    assert set(TERMS) == set(LOSSES)


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_a_value_is_right_wherever_float64_has_one(activation: str, loss: str) -> None:
    """From the smallest net input to 100,000, of both signs; infinite or 0 where that is true."""
    for t in (0.0, 1.0, 0.3):
        trace = traced(activation, loss, t)
        values = {name: np.ravel(trace[name]) for name in (
            "net1", "out1", "dout1/dnet1", "loss_terms", "dE/dout1", "delta1",
        )}  # fmt: skip
        for n, net in enumerate(NETS):
            if not in_range(activation, loss, t, net):
                continue
            true = true_values(activation, loss, t, net)
            if true is None:
                continue
            for name, (value, rate) in true.items():
                what = f"{activation} with {loss}, t = {t}, net = {net}: {name}"
                assert_right(float(values[name][n]), value, rate, net, what)


SHARES = [
    [0.0, 0.0, 0.0], [1e-320, -1e-20, 0.3], [0.0, -23.0, -24.0], [40.0, 0.0, 1.0],
    [-40.0, 3.0, -41.0], [800.0, 0.0, 60.0], [-1e5, 1e5, 99990.0], [0.0, -700.0, -745.0],
    [5.0, 5.0, -36.0], [-800.0, -800.0, -840.0],
]  # fmt: skip
ANSWERS = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4], [0.0, 0.0, 0.0]]


def shares(nets: list[float]) -> list[Any]:
    """Softmax, in balls."""
    powers = [flint.arb(net).exp() for net in nets]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "binary-cross-entropy"])
@pytest.mark.parametrize("targets", ANSWERS)
def test_softmax_is_right_wherever_float64_has_a_value(loss: str, targets: list[float]) -> None:
    """The slopes, the terms and δ as well, however near 1 an output is."""
    fields = {
        "network": {"layers": [3, 3], "activation": ["softmax"], "bias": "none"},
        "loss": {"name": loss},
        "training": {"iterations": 0},
        "data": {"inputs": SHARES, "targets": [targets for _ in SHARES]},
        "start": {"W1": np.eye(3).tolist()},
    }
    trace = train(problem_from_fields(fields, "test"))
    size = range(3)
    divisor = {"half-squared-error": 2, "mean-squared-error": 3}.get(loss, 1)
    for n, nets in enumerate(SHARES):
        with bits(8192):
            outs, t = shares(nets), [flint.arb(target) for target in targets]
            slopes = [[o * ((i == j) - p) for j, p in enumerate(outs)] for i, o in enumerate(outs)]
            if loss == "cross-entropy":
                terms = [logarithm(-a, o) for a, o in zip(t, outs, strict=True)]
                by_out = [over(-a, o) for a, o in zip(t, outs, strict=True)]
            else:
                terms = [(a - o) ** 2 / divisor for a, o in zip(t, outs, strict=True)]
                by_out = [2 * (o - a) / divisor for a, o in zip(t, outs, strict=True)]
            deltas = [sum(by_out[i] * slopes[i][j] for i in size) for j in size]
        still = flint.arb(0)
        for i in size:
            what = f"{loss}, {targets}, {nets}[{i}]"
            net = max(map(abs, nets))
            assert_right(trace["out1"][0, n, i], outs[i], outs[i], net, what)
            assert_right(trace["loss_terms"][0, n, i], terms[i], terms[i], 1.0, what)
            assert_right(trace["dE/dout1"][0, n, i], by_out[i], by_out[i], net, what)
            scale = (
                sum(abs(by_out[k] * slopes[k][i]) for k in size)
                if loss != "cross-entropy"
                else still
            )
            assert_right(trace["delta1"][0, n, i], deltas[i], scale + deltas[i], net, what)
            for j in size:
                assert_right(
                    trace["dout1/dnet1"][0, n, i, j], slopes[i][j], slopes[i][j], net, what
                )
