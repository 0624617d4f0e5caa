"""The chapter of a training: what it warns of."""

from __future__ import annotations

from decimal import Decimal

import mpmath
import pytest

from derive.document import Document
from derive.engine import certified, train
from derive.errors import UncertainError
from derive.maths.numbers import Rounding
from derive.problem import example
from tests.documents import cubic_map, messages, plain, solution, tables
from tests.engine.enclosures import passes_of


def closed_form(updates: int) -> mpmath.mpf:
    """E of the cubic map w ← 3w − 2w³ from 1/2: w = √2 (−1)ⁿ cos(3ⁿ arccos(1/(2√2)))."""
    with mpmath.workdps(60 + updates):
        angle = mpmath.acos(1 / (2 * mpmath.sqrt(2)))
        w = mpmath.sqrt(2) * (-1) ** updates * mpmath.cos(mpmath.mpf(3) ** updates * angle)
        return (1 - w * w) ** 2 / 2


def errors(document: Document) -> dict[int, str]:
    """The table of a training: E as printed, by the number of updates."""
    table = next(
        t for t in tables(document) if t.caption is not None and t.caption.key == "table.iterations"
    )
    return {int(row[0]): plain(row[1]) for row in table.rows}


def test_every_figure_of_a_chaotic_training_is_right() -> None:
    """The precision is doubled until it is; against the closed form."""
    for updates, printed in errors(solution(cubic_map(400))).items():
        true = mpmath.nstr(closed_form(updates), 30)
        assert abs(Decimal(true) - Decimal(printed)) <= Decimal(printed).scaleb(-5) / 2, updates


def test_what_cannot_be_known_at_the_effort_allowed_is_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A question mark, fewer figures before it, and the update from which on nothing is known."""
    monkeypatch.setattr(certified, "EFFORT", 1_000_000)
    document = solution(cubic_map(5_000))
    found = errors(document)
    said = {m.key: m for m in messages(document)}
    unknown = int(str(said["iterations.unknown"].gaps["iteration"]))
    assert found[unknown] == "?"
    for updates, printed in found.items():
        assert (printed == "?") == (updates >= unknown), updates
        if printed != "?" and updates <= 2000:
            true = Decimal(mpmath.nstr(closed_form(updates), 30))
            last = Decimal(1).scaleb(Decimal(printed).as_tuple().exponent)
            assert abs(true - Decimal(printed)) <= last / 2


def test_fewer_figures_than_asked_for_are_right_and_said_to_be_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty are asked for, and no more than sixty digits may be computed."""
    monkeypatch.setattr(certified, "MOST_BITS", 300)
    document = solution(cubic_map(200), rounding=Rounding(30))
    said = {m.key: m for m in messages(document)}
    from_here = int(str(said["iterations.fewer"].gaps["iteration"]))
    for updates, printed in errors(document).items():
        if printed == "?":
            assert updates > from_here
            continue
        figures = len(printed.replace(".", "").lstrip("0"))
        exact = updates < 4
        assert exact or (figures < 30) == (updates >= from_here), updates
        true, shown = Decimal(mpmath.nstr(closed_form(updates), 50)), Decimal(printed)
        assert abs(true - shown) <= Decimal(1).scaleb(shown.as_tuple().exponent) / 2, updates


def test_all_passes_of_the_classic_training_are_certified() -> None:
    """Ten thousand updates in balls; nothing is taken over from float64."""
    problem = example("mazur-2015").problem
    assert problem.iterations == 10_000
    passes = passes_of(train(problem), [0, 1, 10_000])
    assert all(found.exact for found in passes.values())
    assert not [m for m in messages(solution(problem)) if m.key.startswith("iterations.float64")]


def test_an_iteration_of_which_nothing_is_known_is_not_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is refused in one line, with what to do."""
    monkeypatch.setattr(certified, "EFFORT", 1_000_000)
    with pytest.raises(UncertainError, match=r"iteration 5000 .* show an earlier one"):
        solution(cubic_map(5_000), show=(5_000,))
