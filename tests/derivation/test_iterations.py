"""The chapter of a training: what it warns of."""

from __future__ import annotations

from dataclasses import replace

from derive.engine import exact_passes, train
from derive.problem import example
from tests.documents import chaotic, messages, solution


def test_a_training_that_magnifies_rounding_says_from_where_on() -> None:
    """The figures of a chaotic training hang on the arithmetic; those of the classic do not."""
    said = [m for m in messages(solution(chaotic())) if m.key == "iterations.sensitive"]
    assert len(said) == 1
    assert 50 <= int(str(said[0].gaps["iteration"])) <= 1000
    classic = messages(solution(example("mazur-2015").problem))
    assert not [m for m in classic if m.key == "iterations.sensitive"]


def test_the_first_passes_of_a_long_training_are_exact_all_the_same() -> None:
    """Twenty figures of a weight after one update of ten thousand."""
    problem = example("mazur-2015").problem
    assert problem.iterations == 10_000
    passes = exact_passes(train(problem), [0, 1, 10_000])
    assert [passes[k].exact for k in (0, 1, 10_000)] == [True, True, False]
    short = exact_passes(train(replace(problem, iterations=1)), [1])[1]
    assert passes[1].quantities["W1"][0, 0] == short.quantities["W1"][0, 0]
