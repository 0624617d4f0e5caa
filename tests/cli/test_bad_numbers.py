"""Numbers by which a training would divide 0 by 0: refused, or told of where it happens."""

from __future__ import annotations

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
