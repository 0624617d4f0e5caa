"""The program itself: its help, its version, completion, and how light it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import derive
from derive.cli import cli
from derive.cli.shorthands import SHORTHANDS
from tests.cli.program import good, run

HEAVY = {"fontTools", "hypothesis", "jinja2", "mpmath", "sympy", "uharfbuzz", "weasyprint"}
"""What takes long to import and is not needed to say what there is."""


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    """`derive --version` and the package agree."""
    done = good("--version", at=tmp_path)
    assert done.stdout.decode() == f"derive {derive.__version__}\n"


@pytest.mark.parametrize("words", ["--help", "examples", "new problem.toml", "completion zsh"])
def test_what_computes_nothing_imports_nothing_heavy(words: str, tmp_path: Path) -> None:
    """Help, lists and files to fill in start at once."""
    script = (
        "import sys\n"
        "from derive.cli import main\n"
        "try:\n"
        f"    main({words.split()!r})\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=True
    )
    assert not HEAVY & set(done.stderr.decode().split())


@pytest.mark.parametrize("command", [None, *cli.commands])
def test_help_has_examples_each_on_its_line(command: str | None, tmp_path: Path) -> None:
    """The examples stand as they were written, not run together."""
    words = [command, "--help"] if command else ["--help"]
    text = good(*words, at=tmp_path).stdout.decode()
    assert "\\b" not in text
    lines = text.splitlines()
    start = lines.index("  Examples:")
    assert lines[start + 1].startswith(f"    derive {command or ''}".rstrip())
    short = good(*words[:-1], "-h", at=tmp_path).stdout.decode()
    assert short == text


def test_no_command_is_told_in_half_a_sentence(tmp_path: Path) -> None:
    """Each has its line in the list, whole."""
    text = good("--help", at=tmp_path).stdout.decode()
    listed = text.partition("Commands:")[2].strip().splitlines()
    assert len(listed) == len(cli.commands)
    assert all(line.endswith(".") and "..." not in line for line in listed), listed


def test_help_is_not_stopped_by_an_encoding(tmp_path: Path) -> None:
    """A terminal that knows no η shows something in its place."""
    for encoding in ("ascii", "cp1252"):
        done = good("report", "--help", at=tmp_path, env={"PYTHONIOENCODING": encoding})
        assert b"--learning-rate" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, tmp_path: Path) -> None:
    """For the shell that was asked."""
    text = good("completion", shell, at=tmp_path).stdout.decode()
    assert "_DERIVE_COMPLETE" in text
    assert f"{shell}_complete" in text


def test_completion_knows_commands_options_and_names(tmp_path: Path) -> None:
    """As bash asks for it."""

    def completed(line: str) -> list[str]:
        words = line.split(" ")
        env = {
            "_DERIVE_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        }
        lines = run(at=tmp_path, env=env).stdout.decode().splitlines()
        return [line.partition(",")[2] for line in lines]

    assert completed("derive re") == ["report"]
    assert completed("derive report --example maz") == ["mazur-2015"]
    assert completed("derive report --activation leaky") == ["leaky-relu"]
    options = completed("derive report --")
    assert {shorthand.shown for shorthand in SHORTHANDS} <= set(options)
