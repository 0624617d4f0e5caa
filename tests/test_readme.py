"""The README, taken at its word."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib import util
from pathlib import Path

import pytest

from derive.cli import cli
from derive.engine import train
from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, TABLES, problem_from_fields
from tests.cli.program import PROGRAM, good

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
COMMANDS = list(dict.fromkeys(re.findall(r"^    (derive .*)$", TEXT, re.MULTILINE)))
"""What stands in the indented blocks, each once, in order."""


def fenced(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def words(command: str) -> list[str]:
    """A command's words without its comment and the program's name."""
    return shlex.split(command, comments=True)[1:]


def test_there_are_commands() -> None:
    """The blocks were found."""
    assert "derive report --net 2-2-2" in COMMANDS
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("command", COMMANDS, ids=lambda line: line.partition("  #")[0].strip())
def test_a_command_runs(command: str, tmp_path: Path) -> None:
    """After the commands above it that make the file it reads; it writes what it says."""
    for earlier in COMMANDS[: COMMANDS.index(command)]:
        if words(earlier)[0] == "new":
            good(*words(earlier), at=tmp_path)
    before = set(tmp_path.rglob("*"))
    done = good(*words(command), at=tmp_path)
    printed = done.stdout.decode().splitlines()
    assert printed
    if words(command)[0] in ("report", "trace", "new"):
        made = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
        assert made == {tmp_path / line for line in printed}
    for option in ("-o", "--json"):
        if option in words(command):
            place = words(command)[words(command).index(option) + 1]
            assert (tmp_path / place).stat().st_size > 1000


@pytest.mark.parametrize("block", fenced("python"), ids=["derive", "derive.typeset"])
def test_a_python_block_runs(block: str, tmp_path: Path) -> None:
    """As it stands, in a folder with nothing but the font that it names."""
    found = util.find_spec("ziamath")
    assert found is not None
    assert found.submodule_search_locations
    font = Path(found.submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf"
    shutil.copy(font, tmp_path)
    subprocess.run([sys.executable, "-c", block], cwd=tmp_path, check=True, capture_output=True)
    (name,) = re.findall(r'Path\("([^"]+)"\)\.write_bytes', block)
    start = (tmp_path / name).read_bytes()[:5]
    assert start == (b"%PDF-" if name.endswith(".pdf") else b"<!DOC")


def test_the_problem_file_reads_and_gives_the_classic_numbers() -> None:
    """Its comments are true of it, and it has every table of the format."""
    (block,) = fenced("toml")
    fields = tomllib.loads(block)
    assert set(fields) == set(TABLES)
    problem = problem_from_fields(fields, "README.md")
    assert problem.iterations == 2
    assert problem.start["b1"].shape == ()
    losses = train(problem)["loss"]
    assert f"{losses[0]:.9f}" == "0.298371109"
    assert f"{losses[1]:.9f}" == "0.291027774"


def test_every_name_that_a_field_may_take_is_listed() -> None:
    """Activations, losses, and optimizers with the fields of their own."""
    listed = TEXT[TEXT.index("- Activations:") : TEXT.index("Formulas are read by a grammar")]
    for name in (*ACTIVATIONS, *LOSSES):
        assert f"`{name}`" in listed
    flat = " ".join(listed.split())
    for name, own in OPTIMIZERS.items():
        (mentioned,) = re.findall(rf"`{name}`(?: \(([^)]*)\))?", flat)
        expected = {"weight_decay"} if name == "adamw" else set(own)
        expected |= {"form"} if name == "momentum" else set()
        assert set(re.findall(r"`(\w+)`", mentioned)) == expected


def test_every_option_named_is_one() -> None:
    """Of any command."""
    known = {
        option
        for command in cli.commands.values()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    known |= {"--help"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", TEXT))
    assert named
    assert named <= known


def test_every_target_of_make_is_one() -> None:
    """What the README tells to make, the Makefile makes."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z]+)", TEXT, re.MULTILINE))
    assert {"report", "test"} <= named <= targets


def test_every_page_that_is_linked_is_there() -> None:
    """Within the repository."""
    linked = set(re.findall(r"(?<!!)\[[^\]]*\]\(([^):]+)\)", TEXT))
    assert {"ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= linked
    assert [name for name in linked if not (ROOT / name).is_file()] == []


def test_the_exit_statuses_are_those_of_the_table(tmp_path: Path) -> None:
    """0, 1, 2, 130 and 141 are explained; a good run and a bad one have them."""
    section = TEXT[TEXT.index("## Exit status") :]
    rows = dict(re.findall(r"^\| (\d+) \| (.*) \|$", section, re.MULTILINE))
    assert set(rows) == {"0", "1", "2", "130", "141"}
    for given, status in ((["--version"], 0), (["report"], 2)):
        done = subprocess.run([*PROGRAM, *given], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == status
