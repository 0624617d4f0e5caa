"""The trace by plain loops in 400-digit arithmetic: written from the textbook, not from derive.

Nothing here is shared with the engine but the `Problem` that both read; activations, losses,
slopes and optimizers are written out by hand a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import mpmath

from derive.problem import Problem

mp = mpmath.MPContext()
mp.dps = 400
"""Enough for 1 - o of a sigmoid at a net input of 700, and 100 more."""

Numbers = Any
"""A number, or lists of them."""


def true(number: float) -> Any:
    """The decimal that a float64 stands for."""
    return mp.mpf(repr(float(number)))


def _true_all(array: Any) -> Numbers:
    return [_true_all(part) for part in array] if array.ndim else true(array)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _normal_density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _normal_share(x: Any) -> Any:
    return mp.ncdf(x)


ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "identity": (lambda x: x, lambda x: mp.mpf(1)),
    "sigmoid": (_sigmoid, lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "relu": (lambda x: x if x > 0 else mp.mpf(0), lambda x: mp.mpf(x > 0)),
    "leaky-relu": (
        lambda x: x if x > 0 else x / 100,
        lambda x: mp.mpf(1) if x > 0 else mp.mpf(1) / 100,
    ),
    "elu": (
        lambda x: x if x > 0 else mp.expm1(x),
        lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
    ),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), _sigmoid),
    "silu": (
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
    ),
    "gelu": (
        lambda x: x * _normal_share(x),
        lambda x: _normal_share(x) + x * _normal_density(x),
    ),
}
"""Each function and its slope, both of the net input."""


def _x_log_y(x: Any, y: Any) -> Any:
    return x * mp.log(y) if x else mp.mpf(0)


def _over(x: Any, y: Any) -> Any:
    """A quotient with its limit where an output is so near 0 or 1 that no digit tells."""
    return x / y if y else mp.inf * mp.sign(x)


LOSSES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "half-squared-error": (lambda t, o, n: (t - o) ** 2 / 2, lambda t, o, n: o - t),
    "squared-error": (lambda t, o, n: (t - o) ** 2, lambda t, o, n: 2 * (o - t)),
    "mean-squared-error": (lambda t, o, n: (t - o) ** 2 / n, lambda t, o, n: 2 * (o - t) / n),
    "binary-cross-entropy": (
        lambda t, o, n: -_x_log_y(t, o) - _x_log_y(1 - t, 1 - o),
        lambda t, o, n: (_over(1 - t, 1 - o) if t != 1 else 0) - (_over(t, o) if t else 0),
    ),
    "cross-entropy": (
        lambda t, o, n: -_x_log_y(t, o),
        lambda t, o, n: -_over(t, o) if t else mp.mpf(0),
    ),
}
"""One output's term and its slope by the output."""


class _Rule:
    """One parameter's optimizer, a scalar at a time."""

    def __init__(self, problem: Problem) -> None:
        spec = problem.optimizer
        self.name, self.form = spec.name, spec.form
        self.eta = true(spec.learning_rate)
        self.c = {key: true(number) for key, number in spec.numbers.items()}

    def states(self) -> tuple[str, ...]:
        return {
            "gradient-descent": (), "momentum": ("v",), "nesterov": ("v",), "adagrad": ("s",),
            "rmsprop": ("s",), "adadelta": ("s", "u"), "adam": ("m", "v"), "adamw": ("m", "v"),
        }[self.name]  # fmt: skip

    def step(self, w: Any, g: Any, state: dict[str, Any], k: int) -> Any:
        c, eta = self.c, self.eta
        match self.name:
            case "gradient-descent":
                return w - eta * g
            case "momentum":
                share = 1 - c["beta"] if self.form == "average" else 1
                state["v"] = c["beta"] * state["v"] + share * g
                return w - eta * state["v"]
            case "nesterov":
                state["v"] = c["beta"] * state["v"] + g
                return w - eta * (g + c["beta"] * state["v"])
            case "adagrad":
                state["s"] += g * g
                return w - eta * g / (mp.sqrt(state["s"]) + c["epsilon"])
            case "rmsprop":
                state["s"] = c["rho"] * state["s"] + (1 - c["rho"]) * g * g
                return w - eta * g / (mp.sqrt(state["s"]) + c["epsilon"])
            case "adadelta":
                state["s"] = c["rho"] * state["s"] + (1 - c["rho"]) * g * g
                d = mp.sqrt((state["u"] + c["epsilon"]) / (state["s"] + c["epsilon"])) * g
                state["u"] = c["rho"] * state["u"] + (1 - c["rho"]) * d * d
                return w - eta * d
        state["m"] = c["beta1"] * state["m"] + (1 - c["beta1"]) * g
        state["v"] = c["beta2"] * state["v"] + (1 - c["beta2"]) * g * g
        m_hat = state["m"] / (1 - c["beta1"] ** k)
        v_hat = state["v"] / (1 - c["beta2"] ** k)
        decay = eta * c["weight_decay"] * w if self.name == "adamw" else 0
        return w - decay - eta * m_hat / (mp.sqrt(v_hat) + c["epsilon"])


class Oracle:
    """The parameters of a problem, moved one update at a time."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sizes = problem.layers
        self.last = len(problem.layers) - 1
        self.parameters = {name: _true_all(problem.start[name]) for name in problem.start}
        self.rule = _Rule(problem)
        self.state = {
            f"{state}{name}": _zeros_like(self.parameters[name])
            for state in self.rule.states()
            for name in self.parameters
        }
        self.updates = 0

    def passes(self, wanted: Collection[int]) -> Iterator[tuple[int, dict[str, Numbers]]]:
        """(iteration, every quantity by its trace name) for each of `wanted`."""
        for _ in range(max(wanted) + 1):
            found = self.one_pass()
            if self.updates in wanted:
                yield self.updates, found
            self.parameters, self.state = self._next_parameters, self._next_state
            self.updates += 1

    def one_pass(self) -> dict[str, Numbers]:
        """Every quantity of this pass; the update is made ready, not yet taken."""
        problem = self.problem
        samples = list(range(len(problem.inputs)))
        if problem.samples == "one-by-one":
            samples = [self.updates % len(samples)]
        found: dict[str, Numbers] = dict(self.parameters.items())
        found.update(self.state)
        found["target"] = [[true(t) for t in problem.targets[s]] for s in samples]
        found["out0"] = [[true(x) for x in problem.inputs[s]] for s in samples]
        for layer in range(1, self.last + 1):
            nets = [self._net(layer, row) for row in found[f"out{layer - 1}"]]
            found[f"net{layer}"] = nets
            found[f"out{layer}"] = [self._out(layer, net) for net in nets]
            found[f"dout{layer}/dnet{layer}"] = [self._slope(layer, net) for net in nets]
        self._loss(found)
        self._backward(found)
        return found

    def _bias(self, layer: int, neuron: int) -> Any:
        match self.problem.bias:
            case "none":
                return mp.mpf(0)
            case "layer":
                return self.parameters[f"b{layer}"]
        return self.parameters[f"b{layer}"][neuron]

    def _net(self, layer: int, row: list[Any]) -> list[Any]:
        weights = self.parameters[f"W{layer}"]
        return [
            sum((weights[i][j] * row[j] for j in range(len(row))), self._bias(layer, i))
            for i in range(self.sizes[layer])
        ]

    def _out(self, layer: int, net: list[Any]) -> list[Any]:
        name = self.problem.activations[layer - 1].name
        if name == "softmax":
            whole = sum(mp.exp(x) for x in net)
            return [mp.exp(x) / whole for x in net]
        return [ACTIVATIONS[str(name)][0](x) for x in net]

    def _slope(self, layer: int, net: list[Any]) -> list[Any]:
        name = self.problem.activations[layer - 1].name
        if name == "softmax":
            out = self._out(layer, net)
            return [
                [out[i] * ((1 if i == j else 0) - out[j]) for j in range(len(net))]
                for i in range(len(net))
            ]
        return [ACTIVATIONS[str(name)][1](x) for x in net]

    def _loss(self, found: dict[str, Numbers]) -> None:
        term, _ = LOSSES[str(self.problem.loss.name)]
        n = self.sizes[-1]
        found["loss_terms"] = [
            [term(t, o, n) for t, o in zip(targets, outs, strict=True)]
            for targets, outs in zip(found["target"], found[f"out{self.last}"], strict=True)
        ]
        loss = sum(sum(row) for row in found["loss_terms"])
        squares = sum(
            w * w
            for layer in range(1, self.last + 1)
            for row in self.parameters[f"W{layer}"]
            for w in row
        )
        loss += true(self.problem.l2) / 2 * squares
        found["loss"] = loss * self._share(found)

    def _share(self, found: dict[str, Numbers]) -> Any:
        mean = self.problem.over_samples == "mean"
        return 1 / mp.mpf(len(found["target"])) if mean else mp.mpf(1)

    def _backward(self, found: dict[str, Numbers]) -> None:
        _, slope = LOSSES[str(self.problem.loss.name)]
        share, n = self._share(found), self.sizes[-1]
        upstream = [
            [share * slope(t, o, n) for t, o in zip(targets, outs, strict=True)]
            for targets, outs in zip(found["target"], found[f"out{self.last}"], strict=True)
        ]
        new = dict(self.parameters)
        self._next_state = dict(self.state)
        for layer in range(self.last, 0, -1):
            found[f"dE/dout{layer}"] = upstream
            slopes = found[f"dout{layer}/dnet{layer}"]
            deltas = [_delta(e, s) for e, s in zip(upstream, slopes, strict=True)]
            found[f"delta{layer}"] = deltas
            self._gradients(found, layer, share)
            for name in (f"W{layer}", f"b{layer}"):
                if name in new:
                    self._update(name, found[f"dE/d{name}"], new)
            through = (new if self.problem.hidden_deltas == "after-update" else self.parameters)[
                f"W{layer}"
            ]
            upstream = [
                [
                    sum(delta[i] * through[i][j] for i in range(self.sizes[layer]))
                    for j in range(self.sizes[layer - 1])
                ]
                for delta in deltas
            ]
        self._next_parameters = new

    def _gradients(self, found: dict[str, Numbers], layer: int, share: Any) -> None:
        deltas, below = found[f"delta{layer}"], found[f"out{layer - 1}"]
        penalty = true(self.problem.l2) * share
        weights = self.parameters[f"W{layer}"]
        found[f"dE/dW{layer}"] = [
            [
                sum(delta[i] * row[j] for delta, row in zip(deltas, below, strict=True))
                + penalty * weights[i][j]
                for j in range(self.sizes[layer - 1])
            ]
            for i in range(self.sizes[layer])
        ]
        each = [sum(delta[i] for delta in deltas) for i in range(self.sizes[layer])]
        if self.problem.bias == "neuron":
            found[f"dE/db{layer}"] = each
        elif self.problem.bias == "layer":
            found[f"dE/db{layer}"] = sum(each)

    def _update(self, name: str, gradient: Numbers, new: dict[str, Numbers]) -> None:
        if name.startswith("b") and not self.problem.train_biases:
            return
        names = self.rule.states()
        old = [self.state[f"{state}{name}"] for state in names]

        def go(w: Numbers, g: Numbers, states: list[Numbers]) -> Numbers:
            if isinstance(w, list):
                return [go(part, g[n], [state[n] for state in states]) for n, part in enumerate(w)]
            state = dict(zip(names, states, strict=True))
            moved = self.rule.step(w, g, state, self.updates + 1)
            return (moved, *(state[key] for key in names))

        result = go(self.parameters[name], gradient, old)
        new[name] = _part(result, 0)
        for n, state in enumerate(names, 1):
            self._next_state[f"{state}{name}"] = _part(result, n)


def _delta(upstream: list[Any], slopes: list[Any]) -> list[Any]:
    if slopes and isinstance(slopes[0], list):
        size = range(len(slopes))
        return [sum(upstream[i] * slopes[i][j] for i in size) for j in size]
    return [e * s for e, s in zip(upstream, slopes, strict=True)]


def _zeros_like(numbers: Numbers) -> Numbers:
    return [_zeros_like(part) for part in numbers] if isinstance(numbers, list) else mp.mpf(0)


def _part(numbers: Numbers, which: int) -> Numbers:
    return [_part(part, which) for part in numbers] if isinstance(numbers, list) else numbers[which]
