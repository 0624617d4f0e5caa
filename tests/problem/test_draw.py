"""Numbers drawn from a seed: numpy's, documented, short, and always the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.problem import draw_data, draw_labels
from derive.problem.draw import draw_start

SIZES = st.lists(st.integers(1, 30), min_size=2, max_size=4).map(tuple)
SEEDS = st.integers(0, 2**40)


def test_the_start_is_what_numpy_draws() -> None:
    """`default_rng(seed)`, layer by layer, weights before biases, uniform within ±1/√inputs."""
    generator = np.random.default_rng(7)
    first, second = 1 / math.sqrt(3), 1 / math.sqrt(4)
    expected = {
        "W1": generator.uniform(-first, first, (4, 3)),
        "b1": generator.uniform(-first, first, 4),
        "W2": generator.uniform(-second, second, (2, 4)),
        "b2": generator.uniform(-second, second, 2),
    }
    found = draw_start((3, 4, 2), "neuron", 7)
    assert list(found) == list(expected)
    for name, value in found.items():
        np.testing.assert_array_equal(value, np.round(expected[name], 2))


def test_what_rounds_to_zero_is_the_least_number_of_its_sign() -> None:
    """Of a hundred inputs some weights are within 0.005 of zero, on both sides of it."""
    drawn = np.random.default_rng(7).uniform(-0.1, 0.1, (5, 100))
    found = draw_start((100, 5), "neuron", 7)["W1"]
    small = np.abs(drawn) < 0.005
    assert small.sum() > 10
    np.testing.assert_array_equal(found[small], np.copysign(0.01, drawn[small]))
    np.testing.assert_array_equal(found[~small], np.round(drawn[~small], 2))


def test_seed_7_of_3_4_2_has_these_numbers() -> None:
    """A document of yesterday is made again tomorrow, whatever numpy is installed."""
    found = draw_start((3, 4, 2), "neuron", 7)
    assert found["W1"].tolist() == [
        [0.14, 0.46, 0.32], [-0.32, -0.23, 0.43], [-0.57, 0.37, 0.34], [-0.04, -0.23, -0.26],
    ]  # fmt: skip
    assert found["b2"].tolist() == [-0.46, 0.01]
    assert draw_data((3, 4, 2), 7) == {"inputs": [[0.74, 0.15, 0.22]], "targets": [[0.17, 0.43]]}


@settings(max_examples=60, deadline=None)
@given(SIZES, SEEDS, st.sampled_from(("neuron", "layer", "none")))
def test_a_start_is_short_bounded_and_repeatable(
    layers: tuple[int, ...], seed: int, bias: str
) -> None:
    """Two decimals, within the bound, never zero, the same each time."""
    found = draw_start(layers, bias, seed)
    again = draw_start(layers, bias, seed)
    kinds = "W" if bias == "none" else "Wb"
    assert list(found) == [f"{k}{n}" for n in range(1, len(layers)) for k in kinds]
    for name, value in found.items():
        layer = int(name[1:])
        bound = max(1 / math.sqrt(layers[layer - 1]), 0.05)
        np.testing.assert_array_equal(value, again[name])
        assert np.all(np.abs(value) <= bound + 0.005)
        for number in value.ravel().tolist():
            assert number
            assert repr(number) == repr(round(number, 2))


@settings(max_examples=60, deadline=None)
@given(SIZES, SEEDS)
def test_data_are_short_and_within_their_range(layers: tuple[int, ...], seed: int) -> None:
    """One sample; inputs from 0.05 to 0.95, targets from 0.01 to 0.99, two decimals."""
    data = draw_data(layers, seed)
    (inputs,), (targets,) = data["inputs"], data["targets"]
    assert (len(inputs), len(targets)) == (layers[0], layers[-1])
    assert all(0.05 <= number <= 0.95 for number in inputs)
    assert all(0.01 <= number <= 0.99 for number in targets)
    assert all(repr(number) == repr(round(number, 2)) for number in inputs + targets)
    assert draw_data(layers, seed) == data


@settings(max_examples=60, deadline=None)
@given(SIZES, SEEDS)
def test_labels_are_a_one_among_zeros(layers: tuple[int, ...], seed: int) -> None:
    """With the inputs of the other data."""
    labels = draw_labels(layers, seed)
    assert labels["inputs"] == draw_data(layers, seed)["inputs"]
    (targets,) = labels["targets"]
    assert sorted(targets) == [0.0] * (layers[-1] - 1) + [1.0]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_data_and_start_are_drawn_apart(seed: int) -> None:
    """The inputs do not repeat the weights' numbers: another stream of the same seed."""
    start = draw_start((8, 8), "none", seed)["W1"].ravel()
    inputs = np.array(draw_data((8, 8), seed)["inputs"][0])
    correlation = abs(np.corrcoef(start[:8], inputs)[0, 1])
    assert correlation < 0.99
