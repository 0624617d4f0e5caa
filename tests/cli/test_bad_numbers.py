"""Numbers by which a training would divide 0 by 0: refused, or told of where it happens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import CLASSIC, faults, good, run


def problem(tmp_path: Path, optimizer: str) -> Path:
    """The classic problem with a table of its optimizer."""
    file = tmp_path / "problem.toml"
    file.write_text(f"{CLASSIC}\n[optimizer]\n{optimizer}\n")
    return file


REFUSED = {
    'name = "adam"\nbeta1 = 1': (
        "beta1: a number below 1 expected, as 1 - beta1^k divides; 0.9 is usual"
    ),
    'name = "adam"\nbeta2 = 1.0': (
        "beta2: a number below 1 expected, as 1 - beta2^k divides; 0.999 is usual"
    ),
    'name = "adamw"\nbeta2 = 1': (
        "beta2: a number below 1 expected, as 1 - beta2^k divides; 0.999 is usual"
    ),
    'name = "adadelta"\nepsilon = 0': (
        "epsilon: a number above 0 expected; 1e-06 is usual: adadelta's first step grows out of it"
    ),
    'name = "rmsprop"\nrho = 1\nepsilon = 0.0': (
        "epsilon: a number above 0 expected; 1e-08 is usual: "
        "with rho = 1 it is all that the gradient is divided by"
    ),
}


@pytest.mark.parametrize("optimizer", REFUSED)
def test_a_number_that_always_divides_0_by_0_is_refused(optimizer: str, tmp_path: Path) -> None:
    """In one line: the file, the field, and what would be right."""
    file = problem(tmp_path, optimizer)
    found = faults(run("trace", file.name, at=tmp_path))
    assert found == [f"problem.toml: optimizer.{REFUSED[optimizer]}"]


def test_an_option_is_refused_under_its_own_name(tmp_path: Path) -> None:
    """As every field's option is."""
    (found,) = faults(
        run("trace", "--net", "2-2-2", "--optimizer", "adam", "--beta1", "1", at=tmp_path)
    )
    assert found.startswith("--beta1: a number below 1 expected")


@pytest.mark.parametrize(
    "optimizer",
    [
        'name = "momentum"\nbeta = 1',
        'name = "nesterov"\nbeta = 1',
        'name = "adagrad"\nepsilon = 0',
        'name = "rmsprop"\nepsilon = 0',
        'name = "rmsprop"\nrho = 1',
        'name = "adam"\nepsilon = 0',
        'name = "adam"\nbeta1 = 0\nbeta2 = 0',
    ],
)
def test_a_limit_that_divides_by_nothing_is_taken(optimizer: str, tmp_path: Path) -> None:
    """By hand one leaves epsilon out; a momentum of 1 forgets nothing."""
    done = good("trace", problem(tmp_path, optimizer).name, at=tmp_path)
    assert len(done.stdout.decode().splitlines()) == 4


def test_where_a_gradient_is_0_the_fault_is_epsilons(tmp_path: Path) -> None:
    """An input of 0 makes its weights' gradients 0, and 0/0 is not what a smaller rate mends."""
    words = ["trace", "--net", "2-2-1", "--inputs", "0,0.5", "--targets", "0.5"]
    done = run(*words, "--optimizer", "adagrad", "--epsilon", "0", at=tmp_path)
    assert done.returncode == 0
    assert done.stderr.decode() == (
        "derive: training left the range of numbers at update 1; the trace ends before it; "
        "with optimizer.epsilon = 0 a gradient of 0 gives 0/0; write a small one, as 1e-8\n"
    )


ONE_WEIGHT = """
[network]
layers = [1, 1]
activation = "{activation}"
bias = "none"
[loss]
{loss}
[optimizer]
learning_rate = {rate}
[training]
iterations = 400
[data]
inputs = [[{given}]]
targets = [[{target}]]
[start]
W1 = [[1.0]]
"""


def one_weight(tmp_path: Path, **fields: object) -> str:
    """What a training of one weight says on the standard error."""
    usual = {"activation": "identity", "loss": "", "rate": 1, "given": 1.0, "target": 0.0}
    (tmp_path / "one.toml").write_text(ONE_WEIGHT.format(**usual | fields))
    return run("trace", "one.toml", at=tmp_path).stderr.decode()


def test_a_divergence_names_the_quantity_its_value_and_the_update(tmp_path: Path) -> None:
    """The weight is multiplied by 1 - 20 in each update: the power of -19 is known exactly."""
    updates = next(k for k in range(1000) if 19**k >= 2**1024)
    digits = str((-19) ** updates)
    value = f"{round(int(digits[:5]) / 10**4, 1)}e{len(digits) - 1}"
    assert one_weight(tmp_path, rate=20) == (
        f"derive: training left the range of numbers at update {updates}: "
        f"W1[0][0] = {value} after {updates} updates is beyond float64's 1.797e308; "
        "the trace ends before it; a smaller --learning-rate helps\n"
    )


def test_what_no_learning_rate_mends_is_said_to_be_of_the_data(tmp_path: Path) -> None:
    """An input of 1e200 gives a gradient of 1e400 before any update."""
    assert one_weight(tmp_path, given=1e200) == (
        "derive: training left the range of numbers at update 1: "
        "dE/dW1[0][0] = 1e400 at the start is beyond float64's 1.797e308; "
        "the trace ends before it; smaller inputs or weights help\n"
    )


def test_a_loss_without_a_value_says_of_which_output(tmp_path: Path) -> None:
    """The logarithm, its argument, the output and the target."""
    loss = 'formula = "-t*ln(o)"'
    said = one_weight(tmp_path, activation="relu", loss=loss, given=-1.0, target=1.0)
    assert said == (
        "derive: the error after 0 updates is no finite number: the loss is ln 0, "
        "for out1[0][0] is 0 where its target is 1; "
        "change the loss, the output's activation, the data or the start\n"
    )


def test_a_saturated_sigmoid_has_its_cross_entropy(tmp_path: Path) -> None:
    """A net input of -800 is no fault: the loss is 800 and δ is -1."""
    loss = 'name = "binary-cross-entropy"'
    fields = {"activation": "sigmoid", "loss": loss, "given": -800.0, "target": 1.0}
    assert one_weight(tmp_path, **fields) == ""
    good("trace", "one.toml", "--json", "trace.json", at=tmp_path)
    first = json.loads((tmp_path / "trace.json").read_text())["passes"][0]
    assert (first["loss"], first["delta1"]) == (800.0, [[-1.0]])
