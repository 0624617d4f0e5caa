"""A further writer: the formats made unasked stay, and its files are written all or none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derive.cli import cli
from derive.document import Document
from derive.writers import WRITERS, Files, Options, Writer
from tests.cli.program import CLASSIC, files

PARTS = {".notes": b"title\n" * 5, "-key.notes": b"answers", ".toml": b"[network]"}


def notes(document: Document, options: Options) -> Files:
    """Three files, and nothing much in them."""
    assert document.sections
    assert options.paper == "letter"
    return PARTS


@pytest.fixture(autouse=True)
def notes_writer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The table with one entry more, and a folder to work in."""
    monkeypatch.setitem(WRITERS, "notes", Writer(".notes", notes))  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)


def report(*words: str) -> Result:
    """`derive report` of the classic example, its faults as they come."""
    asked = ["report", "--net", "2-2-2", "--lang", "en", "--paper", "letter", *words]
    return CliRunner().invoke(cli, asked)


def test_a_further_writer_changes_nothing_that_is_made_unasked(tmp_path: Path) -> None:
    """The page and the PDF, as before."""
    assert report().exception is None
    assert files(tmp_path) == ["output/2-2-2.html", "output/2-2-2.pdf"]


@pytest.mark.parametrize("words", [("--to", "notes", "-o", "."), ("-o", "2-2-2.notes")])
def test_all_files_of_a_format_stand_side_by_side(words: tuple[str, ...], tmp_path: Path) -> None:
    """Asked for by name or by the place; each is told, the format's own first."""
    done = report(*words)
    assert done.output.split() == [f"2-2-2{ending}" for ending in PARTS]
    assert {ending: (tmp_path / f"2-2-2{ending}").read_bytes() for ending in PARTS} == PARTS
    assert len(files(tmp_path)) == len(PARTS)


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    """Neither a new one nor one in place of an older."""
    (tmp_path / "2-2-2.notes").write_text("older")
    (tmp_path / "2-2-2-key.notes").mkdir()
    done = report("-o", "2-2-2.notes")
    assert "is a folder" in str(done.exception)
    assert files(tmp_path) == ["2-2-2.notes"]
    assert (tmp_path / "2-2-2.notes").read_text() == "older"


@pytest.mark.parametrize("full", PARTS)
def test_where_the_disk_is_full_none_is_written(
    full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the files it is that the system refuses, at the last moment that it can."""
    sizes = [len(data) for data in PARTS.values()]
    assert len(set(sizes)) == len(sizes)

    def settle(handle: int) -> None:
        if os.fstat(handle).st_size == len(PARTS[full]):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", settle)
    done = report("-o", "2-2-2.notes")
    assert f"2-2-2{full}: cannot be written: No space left" in str(done.exception)
    assert files(tmp_path) == []


def test_the_standard_output_takes_one_file() -> None:
    """Several would run into one another."""
    assert "takes one file, not .notes, -key.notes" in str(
        report("--to", "notes", "-o", "-").exception
    )


def test_no_file_of_a_format_takes_the_place_of_the_problem(tmp_path: Path) -> None:
    """Not one that the command line does not name either."""
    (tmp_path / "mine.toml").write_text(CLASSIC)
    asked = ["report", "mine.toml", "--lang", "en", "--paper", "letter", "-o", "mine.notes"]
    done = CliRunner().invoke(cli, asked)
    assert "mine.toml is the problem file" in str(done.exception)
    assert (tmp_path / "mine.toml").read_text() == CLASSIC
    assert files(tmp_path) == ["mine.toml"]
