"""Problems to files and back: the same problem, number for number."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.problem import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    TABLES,
    ActivationSpec,
    LossSpec,
    Problem,
    draw_data,
    example,
    example_names,
    problem_from_fields,
    to_toml,
)
from derive.problem.fields import frozen
from tests.engine.strategies import problems


def read_back(problem: Problem) -> Problem:
    """The problem that the file of `problem` asks."""
    return problem_from_fields(tomllib.loads(to_toml(problem)), "written")


def assert_same(one: Problem, other: Problem) -> None:
    """Field for field, arrays bit for bit."""
    for field in (one for one in fields(Problem) if one.compare):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "start":
            assert list(ours) == list(theirs)
            pairs = [(ours[name], theirs[name]) for name in ours]
        elif isinstance(ours, np.ndarray):
            pairs = [(ours, theirs)]
        else:
            assert ours == theirs, field.name
            continue
        for left, right in pairs:
            assert left.shape == right.shape
            assert left.tobytes() == right.tobytes(), field.name


@settings(max_examples=150, deadline=None)
@given(problems())
def test_a_problem_written_reads_back_as_the_same(problem: Problem) -> None:
    """Whatever its fields are."""
    assert_same(read_back(problem), problem)
    assert to_toml(read_back(problem)) == to_toml(problem)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=150, deadline=None)
@given(st.lists(NUMBERS, min_size=4, max_size=4), NUMBERS)
def test_every_float64_is_kept_to_the_last_bit(weights: list[float], rate: float) -> None:
    """The smallest, the largest, and the zero with a sign."""
    base = problem_from_fields(
        {
            "network": {"layers": [2, 2]},
            "data": {"inputs": [weights[:2]], "targets": [weights[2:]]},
            "optimizer": {"learning_rate": rate},
            "start": {"W1": [weights[:2], weights[2:]], "b1": weights[:2]},
        },
        "numbers",
    )
    assert_same(read_back(base), base)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from(" \t\"\\x+*()'#\x7f"), max_size=12))
def test_a_formulas_text_is_kept(padding: str) -> None:
    """Whatever would have a meaning in TOML is escaped; the reader judges it as a formula."""
    text = to_toml(
        replace(
            example("mazur-2015").problem,
            activations=(ActivationSpec(None, "x" + padding),) * 2,
            loss=LossSpec(None, padding),
        )
    )
    tables = tomllib.loads(text)
    assert tables["network"]["activation"] == [{"formula": "x" + padding}] * 2
    assert tables["loss"]["formula"] == padding


def test_a_seed_is_written_in_place_of_what_it_drew() -> None:
    """And draws the same numbers again."""
    fields_ = {
        "network": {"layers": [3, 4, 2]},
        "data": draw_data((3, 4, 2), 7),
        "start": {"seed": 7},
    }
    problem = problem_from_fields(fields_, "seed")
    text = to_toml(problem)
    assert "seed = 7" in text
    assert "W1 =" not in text
    assert_same(read_back(problem), problem)


def test_a_sign_of_zero_is_kept() -> None:
    """-0.0 is written as such."""
    problem = replace(example("mazur-2015").problem, inputs=frozen([[-0.0, 0.0]]))
    assert "inputs = [[-0.0, 0.0]]" in to_toml(problem)


@pytest.mark.parametrize("name", example_names())
def test_every_example_is_written_and_read_back(name: str) -> None:
    """The published ones too."""
    assert_same(read_back(example(name).problem), example(name).problem)


def test_the_file_says_what_every_field_may_be() -> None:
    """All names stand in the comments, and every field of the format in the file."""
    text = to_toml(example("mazur-2015").problem)
    comments = " ".join(line.partition("#")[2] for line in text.splitlines())
    for name in (*ACTIVATIONS, *LOSSES, *OPTIMIZERS, "neuron", "layer", "none", "one-by-one"):
        assert name in comments
    tables = tomllib.loads(text)
    for table, keys in TABLES.items():
        own = {"seed", "formula"} | {key for numbers in OPTIMIZERS.values() for key in numbers}
        assert set(keys) - own - {"form"} <= set(tables[table]) | {"seed"}
