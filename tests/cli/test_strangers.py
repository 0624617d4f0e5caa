"""Whatever strangers send, each command answers with a line and a documented status.

A share of it; `python -m tests.cli.strangers 20000 500` does the whole.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.strangers import Found, run_apart, solved_here

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what a process took, by POSIX")


def test_files_of_any_kind_are_solved_or_refused(tmp_path: Path) -> None:
    """No traceback, no other status, no long wait; and both happen."""
    found = solved_here(range(300), tmp_path)
    assert found.wrong == []
    assert min(found.statuses[0], found.statuses[2]) > 50


def test_command_lines_of_any_kind_are_answered(tmp_path: Path) -> None:
    """Likewise, in processes of their own; no draft is left behind."""
    found = run_apart(range(8), tmp_path)
    assert found.wrong == []
    assert found.runs == 8


@pytest.mark.parametrize(
    ("status", "told", "seconds", "kilobytes"),
    [
        (3, "derive: no", 0, 0),
        (2, "Traceback (most recent call last):\nValueError: x", 0, 0),
        (2, "derive: \x1b[31m", 0, 0),
        (2, "derive: " + "k" * 5000, 0, 0),
        (2, "", 0, 0),
        (0, "", 3, 0),
        (0, "", 0, 2_000_000),
    ],
)
def test_what_is_not_in_order_is_noticed(
    status: int, told: str, seconds: float, kilobytes: int
) -> None:
    """Each kind of it, and nothing where all is well."""
    found = Found()
    found.add("good", 2, "derive: file: field: remedy\n", 0.5, 50_000)
    assert found.wrong == []
    found.add("bad", status, told, seconds, kilobytes)
    assert len(found.wrong) == 1
