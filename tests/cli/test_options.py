"""Every option of a field does what the field does in a file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derive.cli import cli
from derive.cli.asked import asked
from derive.cli.shorthands import SHORTHANDS
from derive.problem import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    TABLES,
    Problem,
    example,
    problem_from_fields,
    read_problem,
    to_toml,
)

BASE: dict[str, Any] = {
    "network": {"layers": [2, 3, 1], "activation": ["tanh", "sigmoid"], "bias": "neuron"},
    "data": {"inputs": [[0.1, 0.2]], "targets": [[0.7]]},
    "start": {"seed": 5},
}
"""The file that the options are laid over."""

START = {"W1": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], "b1": [1, 2, 3], "W2": [[7, 8, 9]], "b2": [0]}
GIVEN: dict[str, tuple[list[str], dict[str, Any]]] = {
    "--net": (["--net", "2-4-1"], {"network.layers": [2, 4, 1]}),
    "--activation": (
        ["--activation", "relu,identity"],
        {"network.activation": ["relu", "identity"]},
    ),
    "--bias": (["--bias", "layer"], {"network.bias": "layer"}),
    "--loss": (["--loss", "squared-error"], {"loss.name": "squared-error"}),
    "--over-samples": (["--over-samples", "mean"], {"loss.over_samples": "mean"}),
    "--optimizer": (["--optimizer", "adam"], {"optimizer.name": "adam"}),
    "--learning-rate": (["--learning-rate", "0.125"], {"optimizer.learning_rate": 0.125}),
    "--l2": (["--l2", "1e-3"], {"optimizer.l2": 0.001}),
    "--beta": (
        ["--optimizer", "momentum", "--beta", "0.5"],
        {"optimizer.name": "momentum", "optimizer.beta": 0.5},
    ),
    "--form": (
        ["--optimizer", "momentum", "--form", "average"],
        {"optimizer.name": "momentum", "optimizer.form": "average"},
    ),
    "--epsilon": (
        ["--optimizer", "adagrad", "--epsilon", "1e-4"],
        {"optimizer.name": "adagrad", "optimizer.epsilon": 1e-4},
    ),
    "--rho": (
        ["--optimizer", "rmsprop", "--rho", "0.75"],
        {"optimizer.name": "rmsprop", "optimizer.rho": 0.75},
    ),
    "--beta1": (
        ["--optimizer", "adam", "--beta1", "0.75"],
        {"optimizer.name": "adam", "optimizer.beta1": 0.75},
    ),
    "--beta2": (
        ["--optimizer", "adam", "--beta2", "0.75"],
        {"optimizer.name": "adam", "optimizer.beta2": 0.75},
    ),
    "--weight-decay": (
        ["--optimizer", "adamw", "--weight-decay", "0.5"],
        {"optimizer.name": "adamw", "optimizer.weight_decay": 0.5},
    ),
    "--iterations": (["--iterations", "12"], {"training.iterations": 12}),
    "--samples": (["--samples", "one-by-one"], {"training.samples": "one-by-one"}),
    "--train-biases": (["--no-train-biases"], {"training.train_biases": False}),
    "--hidden-deltas": (
        ["--hidden-deltas", "after-update"],
        {"training.hidden_deltas": "after-update"},
    ),
    "--inputs": (
        ["--inputs", "1,2; -3,4e-1", "--targets", "0; 1"],
        {"data.inputs": [[1, 2], [-3, 0.4]], "data.targets": [[0], [1]]},
    ),
    "--targets": (["--targets", "-0.5"], {"data.targets": [[-0.5]]}),
    "--start": (
        [word for name, value in START.items() for word in ("--start", f"{name}={value}")],
        {"start": START},
    ),
    "--seed": (["--seed", "99"], {"start.seed": 99}),
}
"""An example of each option with the fields that say the same."""


def with_fields(**changes: Any) -> Problem:
    """The base problem with the fields `table.key` changed, or a whole table."""
    fields = {table: dict(content) for table, content in BASE.items()}
    for field, value in changes.items():
        table, _, key = field.partition(".")
        if key:
            fields.setdefault(table, {})[key] = value
        else:
            fields[table] = value
    return problem_from_fields(fields, "fields")


@pytest.fixture
def by_options(tmp_path: Path) -> Callable[[list[str]], str]:
    """From options over the base file to the problem they ask, as a problem file."""
    path = tmp_path / "base.toml"
    path.write_text(to_toml(with_fields()))

    def new(options: list[str]) -> str:
        made = tmp_path / "made.toml"
        done = CliRunner().invoke(cli, ["new", str(made), "--force", *options, str(path)])
        assert done.exception is None, done.exception
        return made.read_text("utf-8")

    return new


def test_every_field_of_a_file_has_its_option() -> None:
    """No field without its shorthand; --loss takes a formula, --start takes the parameters."""
    fields = {f"{table}.{key}" for table, keys in TABLES.items() for key in keys}
    assert {shorthand.field for shorthand in SHORTHANDS} == fields - {"loss.formula"} | {"start"}


def test_every_option_is_tried_below() -> None:
    """The table of this module forgets none."""
    assert sorted(GIVEN) == sorted(shorthand.shown for shorthand in SHORTHANDS)


@pytest.mark.parametrize("option", GIVEN)
def test_an_option_equals_its_field(option: str, by_options: Callable[[list[str]], str]) -> None:
    """The option over a file gives the problem of the file with the field; and it matters."""
    words, fields = GIVEN[option]
    found = by_options(words)
    assert found == to_toml(with_fields(**fields))
    assert found != by_options([])


CHOICES = [
    (shorthand.shown, shorthand.field, choice)
    for shorthand in SHORTHANDS
    for choice in shorthand.choices
    if shorthand.field in ("network.bias", "loss.name", "loss.over_samples", "optimizer.name")
]


@pytest.mark.parametrize(("option", "field", "choice"), CHOICES)
def test_every_name_is_taken(
    option: str, field: str, choice: str, by_options: Callable[[list[str]], str]
) -> None:
    """Each of the names that an option offers is one that its field takes."""
    table, key = field.split(".")
    assert tomllib.loads(by_options([option, choice]))[table][key] == choice


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_taken(name: str, by_options: Callable[[list[str]], str]) -> None:
    """On the output layer, where every one may stand."""
    found = tomllib.loads(by_options(["--activation", "tanh", "--activation", name]))
    assert found["network"]["activation"] == ["tanh", name]


def test_the_names_offered_are_the_tables(by_options: Callable[[list[str]], str]) -> None:
    """Completion knows every loss and optimizer."""
    offered = {shorthand.shown: tuple(shorthand.choices) for shorthand in SHORTHANDS}
    assert offered["--loss"] == LOSSES
    assert offered["--optimizer"] == tuple(OPTIMIZERS)
    assert offered["--activation"] == ACTIVATIONS


def test_a_formula_is_an_activation_or_a_loss(by_options: Callable[[list[str]], str]) -> None:
    """What is no name is a formula."""
    formula = "x / (1 + exp(-x))"
    found = by_options(["--activation", formula, "--loss", "(t - o)^2"])
    expected = with_fields(
        **{"network.activation": {"formula": formula}, "loss": {"formula": "(t - o)^2"}}
    )
    assert found == to_toml(expected)


def test_a_layer_among_others_may_have_a_formula(by_options: Callable[[list[str]], str]) -> None:
    """Commas part the layers, those of a formula's own functions do not; or one option a layer."""
    formula = "where(x > 0, x, 0.1*x)"
    expected = to_toml(with_fields(**{"network.activation": [{"formula": formula}, "Tanh"]}))
    assert by_options(["--activation", f"{formula}, Tanh"]) == expected
    assert by_options(["--activation", formula, "--activation", "tanh"]) == expected


def test_a_parameter_alone_stands_over_what_the_seed_draws(
    by_options: Callable[[list[str]], str],
) -> None:
    """Of the file, or of the command line; the others are as they were drawn."""
    for words, seed in ([], 5), (["--seed", "99"], 99):
        drawn = with_fields(**{"start.seed": seed}).start
        numbers = {name: value.tolist() for name, value in drawn.items()}
        found = by_options([*words, "--start", "W2=[[7, 8, 9]]"])
        assert found == to_toml(with_fields(start={**numbers, "W2": [[7, 8, 9]]}))


def test_a_parameter_alone_stands_over_the_start_of_a_net() -> None:
    """Of 2-2-2 that is the classic's, of others one that is drawn."""
    none: dict[str, Any] = {
        shorthand.parameter: () if shorthand.many else None for shorthand in SHORTHANDS
    }
    for net in ("2-2-2", "3-2-2"):
        plain = asked(None, None, {**none, "net": net}).problem
        changed = asked(None, None, {**none, "net": net, "start": ("W2=[[1, 2], [3, 4]]",)}).problem
        assert changed.start["W2"].tolist() == [[1, 2], [3, 4]]
        for name in ("W1", "b1", "b2"):
            assert changed.start[name].tolist() == plain.start[name].tolist()
        assert changed.inputs.tolist() == plain.inputs.tolist()


def test_a_problem_is_written_out_with_its_drawn_numbers(tmp_path: Path) -> None:
    """From a file or an example, the options over it; it asks for the same training."""
    (tmp_path / "base.toml").write_text(to_toml(with_fields()))
    words = ["new", str(tmp_path / "made.toml"), "--from"]
    done = CliRunner().invoke(cli, [*words, str(tmp_path / "base.toml"), "--iterations", "9"])
    assert done.exception is None, done.exception
    made = read_problem(tmp_path / "made.toml")
    drawn = with_fields(training={"iterations": 9})
    assert made == replace(drawn, seed=None)
    assert "seed" not in tomllib.loads((tmp_path / "made.toml").read_text())["start"]
    done = CliRunner().invoke(cli, [*words, "mazur-2015", "--force"])
    assert read_problem(tmp_path / "made.toml") == example("mazur-2015").problem
    done = CliRunner().invoke(cli, [*words, "mazur-2015", "--force", str(tmp_path / "base.toml")])
    assert isinstance(done.exception, SystemExit)
    assert "name one problem to start from" in done.output


def test_names_are_taken_in_capitals(tmp_path: Path) -> None:
    """Languages by any tag of theirs, papers, letters, activations."""
    words = ["report", "--net", "1-1", "--iterations", "0", "--lang", "zh-CN+EN", "--paper", "A4"]
    words += ["--activation", "Tanh", "--notation", "Z-A", "--to", "HTML", "--detail", "Brief"]
    done = CliRunner().invoke(cli, [*words, "-o", str(tmp_path / "x.html")])
    assert done.exception is None, done.exception
    page = (tmp_path / "x.html").read_text("utf-8")
    assert '<html lang="zh-Hans"' in page
    assert 'lang="en"' in page


def test_another_optimizer_drops_the_fields_of_the_first(tmp_path: Path) -> None:
    """A file's momentum has a beta; asked for adam it has none, and that is no fault."""
    path = tmp_path / "base.toml"
    path.write_text(to_toml(with_fields(optimizer={"name": "momentum", "beta": 0.5})))
    done = CliRunner().invoke(cli, ["trace", "--optimizer", "adam", "--json", "-", str(path)])
    assert done.exception is None
    assert "mW1" in json.loads(done.output)["passes"][0]["optimizer"]


def test_a_start_over_a_files_seed_takes_its_place(by_options: Callable[[list[str]], str]) -> None:
    """And a seed the place of a file's start; `--start seed=3` is `--seed 3`."""
    assert by_options(["--start", "seed=3"]) == by_options(["--seed", "3"])


def test_a_net_alone_is_drawn_from_a_seed() -> None:
    """Sizes without data: one drawn sample, and a start from seed 1."""
    none: dict[str, Any] = {
        shorthand.parameter: () if shorthand.many else None for shorthand in SHORTHANDS
    }
    found = asked(None, None, {**none, "net": "3-4-2"})
    assert found.name == "3-4-2"
    assert found.example is None
    assert found.problem.seed == 1
    assert found.problem.inputs.shape == (1, 3)
    labels = asked(None, None, {**none, "net": "3-4-2", "loss": "cross-entropy"}).problem.targets
    assert sorted(labels[0].tolist()) == [0.0, 1.0]


def test_the_largest_layer_is_drawn_too() -> None:
    """Every size that the format allows can be asked for by --net alone."""
    none: dict[str, Any] = {
        shorthand.parameter: () if shorthand.many else None for shorthand in SHORTHANDS
    }
    found = asked(None, None, {**none, "net": "20000-2"})
    assert found.problem.inputs.shape == (1, 20_000)
