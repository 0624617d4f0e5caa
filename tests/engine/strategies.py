"""Random problems over the whole format, with numbers a person might write."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, Problem, problem_from_fields

HIDDEN = tuple(name for name in ACTIVATIONS if name != "softmax")
PROBABLE = {"binary-cross-entropy": ("sigmoid",), "cross-entropy": ("sigmoid", "softmax")}
"""Outputs that a loss can take the logarithm of."""


def decimals(least: int, most: int) -> st.SearchStrategy[float]:
    """Numbers of hundredths from `least` to `most` hundredths."""
    return st.integers(least, most).map(lambda n: n / 100)


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    optimizers: tuple[str, ...] = tuple(OPTIMIZERS),
    hidden_deltas: tuple[str, ...] = ("before-update", "after-update"),
    most_iterations: int = 3,
) -> Problem:
    """A network of depth 1 to 4, sizes 1 to 6, with 1 to 5 samples and any other field."""
    layers = draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    loss = draw(st.sampled_from(LOSSES))
    activations = [draw(st.sampled_from(HIDDEN)) for _ in layers[2:]]
    activations.append(draw(st.sampled_from(PROBABLE.get(loss, ACTIVATIONS))))
    bias = draw(st.sampled_from(("neuron", "layer", "none")))
    samples = draw(st.integers(1, 5))
    weight = decimals(-150, 150)

    def rows(height: int, width: int, number: st.SearchStrategy[float]) -> list[list[float]]:
        row = st.lists(number, min_size=width, max_size=width)
        return draw(st.lists(row, min_size=height, max_size=height))

    start: dict[str, Any] = {}
    for layer in range(1, len(layers)):
        start[f"W{layer}"] = rows(layers[layer], layers[layer - 1], weight)
        if bias == "layer":
            start[f"b{layer}"] = draw(weight)
        elif bias == "neuron":
            start[f"b{layer}"] = rows(1, layers[layer], weight)[0]
    optimizer: dict[str, Any] = {
        "name": draw(st.sampled_from(optimizers)),
        "learning_rate": draw(decimals(1, 50)),
        "l2": draw(st.sampled_from((0.0, 0.01, 0.3))),
    }
    if optimizer["name"] == "momentum":
        optimizer["form"] = draw(st.sampled_from(("classic", "average")))
    fields = {
        "network": {"layers": layers, "activation": activations, "bias": bias},
        "loss": {"name": loss, "over_samples": draw(st.sampled_from(("sum", "mean")))},
        "optimizer": optimizer,
        "training": {
            "iterations": draw(st.integers(0, most_iterations)),
            "samples": draw(st.sampled_from(("together", "one-by-one"))),
            "train_biases": draw(st.booleans()),
            "hidden_deltas": draw(st.sampled_from(hidden_deltas)),
        },
        "data": {
            "inputs": rows(samples, layers[0], decimals(-200, 200)),
            "targets": rows(samples, layers[-1], decimals(0, 100)),
        },
        "start": start,
    }
    return problem_from_fields(fields, "random problem")
