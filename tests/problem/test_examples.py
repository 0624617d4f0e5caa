"""The worked examples that come with the package."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from importlib import resources
from typing import Any

import numpy as np
import pytest

from derive.engine import train
from derive.errors import ProblemError
from derive.language.catalogues import catalogue
from derive.language.languages import LANGUAGES
from derive.problem import example, example_names
from derive.problem.examples import example_fields
from tests.published import agrees

NAMES = example_names()
MISPRINTS = [(name, misprint) for name in NAMES for misprint in example(name).misprints]


def quantity(trace: Any, misprint: Any) -> float:
    """The true value of a misprint's quantity."""
    name = misprint.quantity.partition("[")[0]
    indices = [int(n) for n in re.findall(r"\[(\d+)\]", misprint.quantity)]
    value = trace[name][misprint.iteration]
    if not re.fullmatch(r"loss|(dE/d)?[Wb]\d+", name):  # samples x neurons
        value = value[misprint.sample]
    for index in indices:
        value = value[index]
    assert np.shape(value) == ()
    return float(value)


def test_the_classic_comes_first() -> None:
    """And there is more than one."""
    assert NAMES[0] == "mazur-2015"
    assert len(NAMES) >= 10
    assert NAMES[1:] == sorted(NAMES[1:])


@pytest.mark.parametrize("name", NAMES)
def test_every_example_loads_and_trains(name: str) -> None:
    """Its problem fits the format, its source is named, and its training does not diverge."""
    found = example(name)
    assert found.name == name
    assert found.title
    assert found.source
    assert 1 <= found.digits <= 30
    assert found.decimals is None or 0 <= found.decimals <= 30
    trace = train(found.problem)
    assert trace.diverged_at is None
    assert np.isfinite(trace["loss"]).all()
    for part in found.show.split(","):
        assert part == "last" or 1 <= int(part) <= found.problem.iterations


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_publication_has_no_stray_field(name: str) -> None:
    """A slip in it would otherwise be read as nothing."""
    folder = resources.files("derive.problem.examples")
    published = tomllib.loads(folder.joinpath(f"{name}.published.toml").read_text("utf-8"))
    assert set(published) <= {"title", "source", "digits", "decimals", "show", "misprint"}


@pytest.mark.parametrize(
    ("name", "misprint"), MISPRINTS, ids=lambda part: getattr(part, "quantity", part)
)
def test_a_misprint_is_one(name: str, misprint: Any) -> None:
    """Its quantity is in the trace, its iteration within the training, its value not the true one.

    Its cause has words in every language.
    """
    problem = example(name).problem
    assert 0 <= misprint.iteration <= problem.iterations
    assert 0 <= misprint.sample < len(problem.inputs)
    true = quantity(train(problem), misprint)
    assert not agrees(misprint.printed, Fraction(true))
    assert float(misprint.printed) == pytest.approx(true, rel=0.5)
    for tag in LANGUAGES:
        assert catalogue(tag).phrase(f"published.cause.{misprint.cause}")


def test_an_unknown_example_is_a_fault_that_names_the_known() -> None:
    """In one line."""
    with pytest.raises(ProblemError) as caught:
        example_fields("mazur")
    (fault,) = caught.value.faults
    assert fault.startswith("--example: no example 'mazur'; known: mazur-2015, ")
    with pytest.raises(ProblemError):
        example("../mazur-2015")
