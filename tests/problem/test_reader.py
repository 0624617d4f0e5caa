"""Reading problem files: every table and key, what is taken for granted, and every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.errors import ProblemError
from derive.problem import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    TABLES,
    ActivationSpec,
    LossSpec,
    example,
    problem_from_fields,
    read_problem,
    to_toml,
)

WHOLE = """\
[network]
layers = [2, 3, 1]
activation = ["tanh", { formula = "x / (1 + exp(-x))" }]
bias = "layer"

[loss]
formula = "(t - o)^2"
over_samples = "mean"

[optimizer]
name = "momentum"
learning_rate = 1e-1
l2 = 0.25
beta = 0.5
form = "average"

[training]
iterations = 7
samples = "one-by-one"
train_biases = false
hidden_deltas = "after-update"

[data]
inputs = [[0.05, 0.10], [1, -2.5e-3]]
targets = [[0.01], [1]]

[start]
W1 = [[0.15, 0.20], [0.25, 0.30], [0, 1]]
b1 = 0.35
W2 = [[0.40, 0.45, 0.5]]
b2 = -1
"""
LEAST: dict[str, Any] = {
    "network": {"layers": [2, 2]},
    "data": {"inputs": [[1, 2]], "targets": [[3, 4]]},
    "start": {"seed": 1},
}


def faults(fields: dict[str, Any]) -> list[str]:
    """The faults of `fields`, which must have some."""
    with pytest.raises(ProblemError) as caught:
        problem_from_fields(fields, "here")
    return caught.value.faults


def read(tmp_path: Path, content: bytes) -> Any:
    """The problem of a file with that content."""
    path = tmp_path / "problem.toml"
    path.write_bytes(content)
    return read_problem(path)


def test_every_field_is_read(tmp_path: Path) -> None:
    """A file that says everything, nothing of it as it would be without."""
    problem = read(tmp_path, WHOLE.encode())
    assert problem.layers == (2, 3, 1)
    assert problem.activations == (
        ActivationSpec("tanh"),
        ActivationSpec(None, "x / (1 + exp(-x))"),
    )
    assert problem.bias == "layer"
    assert problem.loss == LossSpec(None, "(t - o)^2")
    assert problem.over_samples == "mean"
    assert problem.optimizer.name == "momentum"
    assert problem.optimizer.learning_rate == 0.1
    assert dict(problem.optimizer.numbers) == {"beta": 0.5}
    assert problem.optimizer.form == "average"
    assert problem.l2 == 0.25
    assert problem.iterations == 7
    assert problem.samples == "one-by-one"
    assert problem.train_biases is False
    assert problem.hidden_deltas == "after-update"
    assert problem.inputs.tolist() == [[0.05, 0.1], [1.0, -0.0025]]
    assert problem.targets.tolist() == [[0.01], [1.0]]
    assert {name: value.tolist() for name, value in problem.start.items()} == {
        "W1": [[0.15, 0.2], [0.25, 0.3], [0.0, 1.0]], "b1": 0.35, "W2": [[0.4, 0.45, 0.5]],
        "b2": -1.0,
    }  # fmt: skip
    assert problem.seed is None


def test_what_is_not_said_is_as_the_format_says() -> None:
    """Sigmoid, a bias a neuron, half the squared error, summed, 0.5, one update, together."""
    problem = problem_from_fields(LEAST, "here")
    assert problem.activations == (ActivationSpec("sigmoid"),)
    assert (problem.bias, problem.over_samples) == ("neuron", "sum")
    assert problem.loss == LossSpec("half-squared-error")
    assert (problem.optimizer.name, problem.optimizer.learning_rate) == ("gradient-descent", 0.5)
    assert (problem.l2, problem.iterations, problem.samples) == (0.0, 1, "together")
    assert (problem.train_biases, problem.hidden_deltas) == (True, "before-update")
    assert problem.seed == 1
    assert sorted(problem.start) == ["W1", "b1"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_its_fields_and_no_others(name: str) -> None:
    """Defaults where nothing is said, the file's numbers where they are, a fault for a stranger."""
    plain = problem_from_fields({**LEAST, "optimizer": {"name": name}}, "here")
    assert plain.optimizer.numbers == OPTIMIZERS[name]
    given = dict.fromkeys(OPTIMIZERS[name], 0.25)
    said = problem_from_fields({**LEAST, "optimizer": {"name": name, **given}}, "here")
    assert dict(said.optimizer.numbers) == given
    others = set(TABLES["optimizer"]) - {"name", "learning_rate", "l2", "form", *given}
    for key in others:
        (fault,) = faults({**LEAST, "optimizer": {"name": name, key: 0.25}})
        assert fault.startswith(f"here: optimizer.{key}: belongs to ")
        assert fault.endswith(f", not to {name}; remove it")
    if name != "momentum":
        (fault,) = faults({**LEAST, "optimizer": {"name": name, "form": "classic"}})
        assert fault == f"here: optimizer.form: belongs to momentum, not to {name}; remove it"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_read(name: str) -> None:
    """Alone, on the only layer."""
    network = {"layers": [2, 2], "activation": name}
    problem = problem_from_fields({**LEAST, "network": network}, "here")
    assert problem.activations == (ActivationSpec(name),)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_read(name: str) -> None:
    """With targets that fit it."""
    data = {"inputs": [[1, 2]], "targets": [[0, 1]]}
    problem = problem_from_fields({**LEAST, "data": data, "loss": {"name": name}}, "here")
    assert problem.loss == LossSpec(name)


@pytest.mark.parametrize(("table", "key"), [(t, k) for t, keys in TABLES.items() for k in keys])
def test_no_field_takes_just_anything(table: str, key: str) -> None:
    """A table in the place of any value is a fault that names the field."""
    fields = {**LEAST, table: {**LEAST.get(table, {}), key: {"strange": []}}}
    assert any(fault.startswith(f"here: {table}.{key}: ") for fault in faults(fields))


@pytest.mark.parametrize(
    ("table", "word", "meant"),
    [
        ("network.activation", "linear", "identity"),
        ("network.activation", "Logistic", "sigmoid"),
        ("loss.name", "MSE", "mean-squared-error"),
        ("optimizer.name", "SGD", "gradient-descent"),
        ("optimizer.name", "adagard", "adagrad"),
    ],
)
def test_a_word_of_other_books_is_understood(table: str, word: str, meant: str) -> None:
    """It is refused with the name that it has here."""
    name, key = table.split(".")
    (fault,) = faults({**LEAST, name: {**LEAST.get(name, {}), key: word}})
    assert fault.endswith(f"not {word!r}; did you mean {meant}?")


def test_names_are_taken_however_they_are_spelt() -> None:
    """In capitals, or joined as libraries join them."""
    fields = {
        **LEAST,
        "network": {"layers": [1, 1], "activation": " Leaky_ReLU", "bias": "Layer"},
        "loss": {"name": "Half_Squared_Error", "over_samples": "MEAN"},
        "optimizer": {"name": "AdamW"},
    }
    fields["start"] = {"seed": 1}
    fields["data"] = {"inputs": [[1]], "targets": [[1]]}
    problem = problem_from_fields(fields, "here")
    assert problem.activations[0].name == "leaky-relu"
    assert (problem.bias, problem.loss.name) == ("layer", "half-squared-error")
    assert (problem.over_samples, problem.optimizer.name) == ("mean", "adamw")


def test_a_loss_formula_in_the_place_of_a_name_is_answered_with_its_own() -> None:
    """The line can be copied into the file."""
    (fault,) = faults({**LEAST, "loss": {"name": {"formula": "(t - o)^4"}}})
    assert fault == (
        "here: loss.name: a name expected; a formula goes into a field of its own: "
        'formula = "(t - o)^4" in place of name'
    )


def test_a_file_may_be_named_by_text(tmp_path: Path) -> None:
    """As everywhere in Python."""
    path = tmp_path / "problem.toml"
    path.write_text(to_toml(example("mazur-2015").problem), encoding="utf-8")
    assert read_problem(str(path)) == read_problem(path)


def test_shapes_are_told_in_singular_and_plural() -> None:
    """One list of one number, two lists of two numbers."""
    fields = {**LEAST, "network": {"layers": [1, 1, 2]}, "data": {"inputs": [], "targets": [[]]}}
    fields["start"] = {"W1": [[1], [2]], "b1": [], "W2": [[1, 2]], "b2": [1, 2]}
    told = [fault.partition(" expected")[0] for fault in faults(fields)]
    assert "here: start.W1: 1 list of 1 number" in told
    assert "here: start.b1: 1 number" in told
    assert "here: start.W2: 2 lists of 1 number" in told
    assert "here: data.targets[0]: 2 numbers" in told


def test_faults_of_every_table_are_told_together() -> None:
    """One line each, in the order of the format, each with what was expected."""
    found = faults(
        {
            "network": {"layers": [2, 2], "bias": "some", "width": 3},
            "loss": {"name": "squared"},
            "optimizer": {"learning_rate": "fast"},
            "training": {"iterations": 0.5, "train_biases": 1},
            "data": {"inputs": [[1, 2], [3]], "targets": [[float("inf"), 0]]},
            "start": {"W1": [[1, 2]], "W9": 0},
            "stuff": {},
        }
    )
    assert all(fault.startswith("here: ") and "\n" not in fault for fault in found)
    assert {fault.split(": ")[1] for fault in found} == {
        "network.width", "stuff", "network.bias", "loss.name", "optimizer.learning_rate",
        "training.iterations", "training.train_biases", "data.inputs[1]", "data.targets[0][0]",
        "start.W1", "start.W9",
    }  # fmt: skip


def test_what_follows_from_a_fault_is_not_another() -> None:
    """With a bias or an optimizer that is not known, nothing is said of what would belong to it."""
    fields = {**LEAST, "network": {"layers": [2, 2], "bias": "neurn"}}
    fields["start"] = {"W1": [[1, 2], [3, 4]], "b1": 0.5}
    assert len(faults(fields)) == 1
    assert len(faults({**LEAST, "optimizer": {"name": "adm", "beta1": 0.5}})) == 1


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """As Windows' editors write one."""
    assert to_toml(read(tmp_path, b"\xef\xbb\xbf" + WHOLE.encode())) == to_toml(
        read(tmp_path, WHOLE.encode())
    )


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    """Carriage return and line feed."""
    assert to_toml(read(tmp_path, WHOLE.replace("\n", "\r\n").encode())) == to_toml(
        read(tmp_path, WHOLE.encode())
    )


def test_whole_numbers_are_numbers() -> None:
    """1 is 1.0 wherever a number stands."""
    problem = problem_from_fields({**LEAST, "optimizer": {"learning_rate": 1}}, "here")
    assert problem.optimizer.learning_rate == 1.0
    assert problem.inputs.dtype == np.float64


def test_a_problem_cannot_be_changed() -> None:
    """Its arrays are read-only: what is printed is what was asked."""
    problem = problem_from_fields(LEAST, "here")
    with pytest.raises(ValueError, match="read-only"):
        problem.inputs[0, 0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        problem.start["W1"][0, 0] = 5.0


@pytest.mark.parametrize("seed", [-1, 1.5, True, "7", 2**63])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    """Of at least 0, and such as a shell's number may be."""
    (fault,) = faults({**LEAST, "start": {"seed": seed}})
    assert fault.startswith("here: start.seed: a whole number of at least 0 expected, not ")


def test_a_tanh_output_has_no_logarithm() -> None:
    """Cross-entropy after tanh is refused, as its logarithm would often not exist."""
    data = {"inputs": [[1, 2]], "targets": [[0, 1]]}
    fields = {**LEAST, "data": data, "loss": {"name": "binary-cross-entropy"}}
    fields["network"] = {"layers": [2, 2], "activation": "tanh"}
    (fault,) = faults(fields)
    assert fault.startswith("here: loss.name: binary-cross-entropy takes the logarithm")
