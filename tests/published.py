"""Published worked examples as problems: `cases/README.md` says how one is written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from derive.problem import Problem, problem_from_fields

FOLDER = Path(__file__).resolve().parent / "cases"

LOSSES = {
    "half_sse": "half-squared-error",
    "mse_mean": "mean-squared-error",
    "softmax_ce_sum": "cross-entropy",
}
_INDEX = re.compile(r"\[(\d+)\]")


def case_files() -> list[Path]:
    """The files of the cases that name their network, in order of name."""
    return sorted(FOLDER.glob("*.json"))


def wild_files() -> list[Path]:
    """The problem files of the other cases; where one has figures, they stand beside it."""
    return sorted((FOLDER / "wild").glob("*.toml"))


def read_case(path: Path) -> dict[str, Any]:
    """One case."""
    case: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return case


def case_problem(case: dict[str, Any], iterations: int) -> Problem:
    """The problem of a multilayer perceptron's case."""
    network, start = case["network"], case["initial_parameters"]
    shared = network["bias"] == "one value per layer"
    bias = {"one value per layer": "layer", "per-unit": "neuron", "none": "none"}[network["bias"]]
    parameters: dict[str, Any] = {f"W{n}": w for n, w in enumerate(start["W"], 1)}
    if bias != "none":
        parameters |= {f"b{n}": b[0] if shared else b for n, b in enumerate(start["b"], 1)}
    return problem_from_fields(
        {
            "network": {
                "layers": network["layers"], "activation": network["activations"], "bias": bias,
            },
            "loss": {
                "name": LOSSES[network["loss"]],
                "over_samples": case["conventions"].get("reduction", "sum"),
            },
            "optimizer": {"learning_rate": network["learning_rate"], "l2": network["l2"]},
            "training": {"iterations": iterations, "train_biases": network["update_bias"]},
            "data": {"inputs": case["data"]["X"], "targets": case["data"]["T"]},
            "start": parameters,
        },
        case["name"],
    )  # fmt: skip


def variant_problem(case: dict[str, Any], problem: Problem) -> Problem:
    """The problem whose rule gives the numbers that were printed wrong."""
    variant = case["published_variant"] or {}
    if variant.get("hidden_uses") == "updated_output_weights":
        return replace(problem, hidden_deltas="after-update")
    return problem


def updates_of(key: str) -> int:
    """How many updates lie before the state a published number speaks of."""
    match = re.match(r"(?:s\d+:)?after(\d+):", key)
    return int(match[1]) if match else 0


def published_value(key: str, quantities: Any, rate: Any, sample: int | None = None) -> Any:
    """The value that a published number stands for, from one pass's quantities by trace name."""
    prefix = re.match(r"(?:s(\d+):)?(?:after\d+:)?", key)
    assert prefix
    key, sample = key[prefix.end() :], int(prefix[1] or 0) if sample is None else sample
    sign = -1 if key.startswith("-") else 1
    key = key.removeprefix("-")
    if key.startswith("lr*"):
        return sign * rate * published_value(key.removeprefix("lr*"), quantities, rate, sample)
    index = [int(n) for n in _INDEX.findall(key)]
    if key == "E.total":
        return quantities["loss"]
    if key.startswith("E.unit"):
        return sign * quantities["loss_terms"][sample][index[0]]
    if part := re.match(r"part\(dE_o(\d+)/dout\[1\]\[(\d+)\]\)", key):
        output, neuron = int(part[1]) - 1, int(part[2])
        return quantities["delta2"][sample][output] * quantities["W2"][output][neuron]
    layer, *rest = index
    if key.startswith(("grad.", "W[", "b[")):
        name = f"dE/d{key[5]}{layer}" if key.startswith("grad.") else f"{key[0]}{layer}"
        value = quantities[name]
        for n in rest if isinstance(value, list) else []:
            value = value[n]
        return sign * value
    name = key.partition("[")[0]
    trace_name = f"dout{layer}/dnet{layer}" if name == "dout/dnet" else f"{name}{layer}"
    return sign * quantities[trace_name][sample][rest[0]]


def agrees(printed: str, true: Fraction) -> bool:
    """Whether `printed` is `true` rounded to its last digit, or cut there, or is its float64.

    A whole number is not taken for one whose figures after the point were cut.
    """
    mantissa, _, exponent = printed.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    unit = Fraction(10) ** (int(exponent or 0) - places)
    shown = Fraction(printed)
    cut = Fraction(int(abs(true) / unit)) * unit * (1 if true >= 0 else -1)
    return (
        abs(true - shown) <= unit / 2
        or (places > 0 and shown == cut)
        or float(printed) == float(true)
    )
