"""The package as Python sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import derive

MAZUR = derive.example("mazur-2015").problem


def test_the_public_names_are_all_that_is_shown() -> None:
    """Each can be had; nothing that was imported on the way is among them."""
    assert sorted(dir(derive)) == sorted(derive.__all__)
    assert all(getattr(derive, name) is not None for name in derive.__all__)


def test_a_language_may_be_named_by_any_of_its_tags() -> None:
    """The short one, or one with a region; the page has the tag of its script."""
    trace = derive.train(MAZUR, every=5000)
    document = derive.worked_solution(MAZUR, trace, languages=["zh", "en-GB"], show=())
    assert document.languages == ("zh-Hans", "en")


REFUSED: dict[str, Callable[[], Any]] = {
    "a file that is not there": lambda: derive.read_problem("none.toml"),
    "fields that do not fit": lambda: derive.problem_from_fields({}, "here"),
    "an unknown example": lambda: derive.example("none"),
    "an unknown language": lambda: solution(languages=["fr"]),
    "Chinese as it is not written here": lambda: solution(languages=["zh-TW"]),
    "unknown letters": lambda: solution(notation="none"),
    "each no-th pass": lambda: derive.train(MAZUR, every=0),
    "an unknown paper": lambda: derive.Options(paper="b5"),
    "an unknown view": lambda: solution(views=["none"]),
}


def solution(**options: Any) -> Any:
    """A worked solution with `options`."""
    trace = derive.train(MAZUR, every=5000)
    return derive.worked_solution(MAZUR, trace, **{"languages": ["en"], "show": (), **options})


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_a_derive_error_of_one_line_each(what: str) -> None:
    """It says what is expected."""
    with pytest.raises(derive.DeriveError) as refused:
        REFUSED[what]()
    assert all(line.strip() for line in str(refused.value).splitlines())
