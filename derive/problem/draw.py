"""Drawing what is not given from a seed: numbers short enough to work with by hand."""

from __future__ import annotations

import numpy as np

from derive.problem.fields import Array, frozen, parameter_shape

PLACES = 2
"""Drawn numbers have two decimals, so that a person can follow with pen and paper."""


def draw_start(layers: tuple[int, ...], bias: str, seed: int) -> dict[str, Array]:
    """Every parameter from numpy's `default_rng(seed)`.

    Weights are uniform within ±1/√(inputs of the neuron) (the range of LeCun et al., Efficient
    BackProp, 1998, section 4.6) yet never narrower than ±0.05, biases likewise; both are
    rounded to two decimals. What would be rounded to 0 is ±0.01: a weight of 0 hides a whole path
    of the error, and a letter times 0 shows nothing.
    """
    generator = np.random.default_rng(seed)
    start = {}
    for layer in range(1, len(layers)):
        bound = max(layers[layer - 1] ** -0.5, 0.05)
        for kind in "W" if bias == "none" else "Wb":
            shape = parameter_shape(layers, bias, f"{kind}{layer}")
            drawn = generator.uniform(-bound, bound, shape)
            rounded = np.round(drawn, PLACES)
            least = np.copysign(10.0**-PLACES, drawn)
            start[f"{kind}{layer}"] = frozen(np.where(rounded == 0, least, rounded))
    return start


def draw_data(layers: tuple[int, ...], seed: int) -> dict[str, list[list[float]]]:
    """One sample: inputs from 0.05 to 0.95, targets from 0.01 to 0.99, two decimals each."""
    generator = np.random.default_rng([seed, 1])
    inputs = np.round(generator.uniform(0.05, 0.95, (1, layers[0])), PLACES)
    targets = np.round(generator.uniform(0.01, 0.99, (1, layers[-1])), PLACES)
    return {"inputs": inputs.tolist(), "targets": targets.tolist()}


def draw_labels(layers: tuple[int, ...], seed: int) -> dict[str, list[list[float]]]:
    """One sample for cross-entropy: inputs as above, the target a 1 among zeros."""
    data = draw_data(layers, seed)
    one = int(np.random.default_rng([seed, 2]).integers(layers[-1]))
    data["targets"] = [[float(n == one) for n in range(layers[-1])]]
    return data
