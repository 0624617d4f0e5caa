"""Names of files that no file system would take are shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import CLASSIC, files, good


@pytest.mark.parametrize("letter", ["n", "题"])
def test_two_long_names_make_one_that_is_short_enough(letter: str, tmp_path: Path) -> None:
    """A comparison is named after both problems, its middle elided."""
    names = [f"{letter * (200 // len(letter.encode()))}{n}.toml" for n in (1, 2)]
    for name in names:
        (tmp_path / name).write_text(CLASSIC, encoding="utf-8")
    good("compare", *names, "--to", "html", "--lang", "en", "-o", "out", at=tmp_path)
    (found,) = files(tmp_path / "out")
    assert found.endswith("2.html")
    assert "…" in found
    assert found.startswith(letter * 30)
    assert len(found.encode()) <= 255
