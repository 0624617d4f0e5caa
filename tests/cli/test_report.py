"""`derive report`: what it writes, where, and that the same words give the same bytes."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from derive.language.languages import LANGUAGES
from derive.problem import example_names
from tests.cli.program import CLASSIC, files, good, run
from tests.conftest import needs

SHORT = ["report", "--net", "2-2-2", "--iterations", "1"]
PAGE = [*SHORT, "--to", "html"]


def printed_command(page: str) -> str:
    """The command that a page says would make it again."""
    (found,) = re.findall(r'<pre class="command"><code>(.*?)</code>', page, re.DOTALL)
    return html.unescape(found)


def command_on_paper(file: Path) -> str:
    """The command that a PDF says would make it again, its lines as they are copied."""
    text = "\n".join(page.extract_text() for page in PdfReader(file).pages)
    lines = text[text.index("\nderive report") + 1 :].splitlines()
    last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: last + 1])


def by_shell(command: str, *more: str, at: Path) -> None:
    """Give a command to a shell as it was copied, with `more` after it."""
    script = f'derive() {{ "{sys.executable}" -m derive "$@"; }}\n{command} {shlex.join(more)}'
    done = subprocess.run(["bash", "-c", script], cwd=at, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done


def test_both_formats_go_to_the_output_folder(tmp_path: Path) -> None:
    """The classic example: a page and a PDF under output/, and their places printed."""
    done = good(*SHORT, at=tmp_path)
    assert done.stdout == b"output/2-2-2.html\noutput/2-2-2.pdf\n"
    assert files(tmp_path) == ["output/2-2-2.html", "output/2-2-2.pdf"]
    page = (tmp_path / "output" / "2-2-2.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "0.298371109" in page
    assert "0.291027774" in page
    reader = PdfReader(tmp_path / "output" / "2-2-2.pdf")
    assert len(reader.pages) > 5
    assert "0.298371109" in "".join(found.extract_text() for found in reader.pages)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["--to", "html"], ["output/2-2-2.html"]),
        (["-o", "page.html"], ["page.html"]),
        (["-o", "deep/er/page.HTML"], ["deep/er/page.html"]),
        (["--to", "html", "-o", "folder/"], ["folder/2-2-2.html"]),
        (["--to", "html", "-o", "folder.d"], ["folder.d/2-2-2.html"]),
        (["--to", "html", "-o", "."], ["2-2-2.html"]),
        (["--to", "html,html", "-o", "x.html"], ["x.html"]),
    ],
    ids=" ".join,
)
def test_o_names_a_file_or_a_folder(words: list[str], written: list[str], tmp_path: Path) -> None:
    """A place that ends as a format does is a file; any other is a folder."""
    done = good(*SHORT, "--lang", "en", *words, at=tmp_path)
    assert files(tmp_path) == written
    assert done.stdout.decode().split() == written


def test_o_dash_is_the_standard_output(tmp_path: Path) -> None:
    """The page alone, the same bytes as in a file, and no file."""
    words = [*PAGE, "--lang", "en", "-o"]
    good(*words, "page.html", at=tmp_path)
    expected = (tmp_path / "page.html").read_bytes()
    (tmp_path / "page.html").unlink()
    assert good(*words, "-", at=tmp_path).stdout == expected
    assert files(tmp_path) == []


def page_text(page: bytes) -> str:
    """A page without the fonts in it."""
    return re.sub(r"url\(data:font[^)]*\)", "url()", page.decode())


@pytest.mark.parametrize("lang", [*LANGUAGES, "zh+en", "en+zh", "en,zh"])
def test_the_languages_are_those_asked_for_in_their_order(lang: str, tmp_path: Path) -> None:
    """Every paragraph's language is one that was asked for; the page's is the first."""
    page = good(*PAGE, "--lang", lang, "-o", "-", at=tmp_path).stdout.decode()
    wanted = [LANGUAGES[part].bcp47 for part in re.split("[+,]", lang)]
    main = re.search(r'<html[^>]* lang="([^"]+)"', page)
    assert main is not None
    assert main[1] == wanted[0]
    assert set(re.findall(r' lang="([^"]+)"', page)) == set(wanted)
    assert bool(re.search("[一-鿿]", page)) == ("zh" in lang)


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    """Neither places nor progress."""
    done = good(*PAGE, "--lang", "en", "--quiet", at=tmp_path)
    assert done.stdout == b""
    assert files(tmp_path) == ["output/2-2-2.html"]
    done = good("trace", "--net", "2-2", "--quiet", "--json", "t.json", at=tmp_path)
    assert done.stdout == b""


def test_net_2_2_2_is_the_classic_example(tmp_path: Path) -> None:
    """The same document but for its own command: the same trace, and the misprints explained."""
    by_net = page_text(good(*PAGE, "-o", "-", at=tmp_path).stdout)
    words = ["report", "--example", "mazur-2015", "--iterations", "1", "--to", "html", "-o", "-"]
    by_name = page_text(good(*words, at=tmp_path).stdout)
    assert by_net.replace("--net 2-2-2", "--example mazur-2015") == by_name
    assert "0.291027924" in by_net
    with_data = good("trace", "--net", "2-2-2", "--json", "-", at=tmp_path).stdout
    with_name = good("trace", "--example", "mazur-2015", "--json", "-", at=tmp_path).stdout
    assert with_data == with_name
    assert with_data.count(b'"iteration"') == 10_001


@pytest.mark.parametrize("name", ["page.html", "page.pdf"])
def test_the_same_seed_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    """Two runs, two processes, two times: one file."""
    words = ["report", "--net", "3-2-1", "--seed", "7", "--lang", "en", "--iterations", "1", "-o"]
    good(*words, f"one/{name}", at=tmp_path)
    good(*words, f"two/{name}", at=tmp_path, env={"PYTHONHASHSEED": "3"})
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_other_numbers(tmp_path: Path) -> None:
    """The start of seed 7 is not that of seed 8; no seed is seed 1."""
    starts = []
    for words in (["--seed", "7"], ["--seed", "8"], ["--seed", "1"], []):
        done = good(
            "trace", "--net", "3-2-1", "--iterations", "0", *words, "--json", "-", at=tmp_path
        )
        starts.append(json.loads(done.stdout)["passes"][0]["parameters"])
    assert starts[0] != starts[1]
    assert starts[2] == starts[3]


ODD = "-it's\u200f 题目.toml"
"""The name of a file that a shell takes for an option, with a mark that is not seen."""
SWISH = "x / (1 + exp(-x)) + 0 * where(x > 1, x * x - 1, where(x < -1, 1 - x * x, tanh(x) * x))"
COMMANDS = {
    "a drawn net": ["--net", "3-2-1", "--seed", "7", "--iterations", "2", "--show", "2"],
    "a file and options": [
        "my problem.toml", "--learning-rate", "0.25", "--lang", "en+zh", "--detail", "brief",
        "--activation", SWISH, "--activation", "sigmoid", "--no-train-biases",
        "--start", "W2=[[0.15, 0.20], [0.25, 0.30]]",
    ],
    "a file of an odd name": ["--lang", "zh", "--iterations", "1", "--", ODD],
}  # fmt: skip


@pytest.mark.parametrize("what", COMMANDS)
def test_the_command_in_a_document_makes_it_again(what: str, tmp_path: Path) -> None:
    """Taken from the page and from paper as it stands, and given to a shell."""
    needs("bash")
    for name in ("my problem.toml", ODD):
        (tmp_path / name).write_text(CLASSIC)
    words = ["--to", "html,pdf"] if "options" in what else ["--to", "html"]
    good("report", "-o", "first.html", *words, *COMMANDS[what], at=tmp_path)
    page = (tmp_path / "first.html").read_bytes()
    command = printed_command(page.decode())
    assert all(len(line) <= 88 for line in command.splitlines())
    by_shell(command, "-o", "second.html", at=tmp_path)
    assert page_text((tmp_path / "second.html").read_bytes()) == page_text(page)
    paper = tmp_path / "first.pdf"
    if paper.exists():
        by_shell(command_on_paper(paper), "--to", "html", "-o", "third.html", at=tmp_path)
        third = page_text((tmp_path / "third.html").read_bytes())
        assert third.replace("--to html", "--to html,pdf") == page_text(page)


def test_show_and_digits_change_what_is_worked_out(tmp_path: Path) -> None:
    """`last` is the last update; four digits are four."""
    words = [*SHORT[:3], "--iterations", "3", "--show", "last", "--digits", "4", "--decimals", "4"]
    page = good(*words, "--to", "html", "-o", "-", at=tmp_path).stdout.decode()
    assert "0.2984" in page
    assert "0.298371109" not in page


def test_runs_of_iterations_are_shown(tmp_path: Path) -> None:
    """`all`, or from one to another, in any order and however often."""

    def shown(text: str) -> list[str]:
        words = ["report", "--net", "1-1", "--iterations", "4", "--show", text, "--lang", "en"]
        page = good(*words, "--to", "html", "-o", "-", at=tmp_path).stdout.decode()
        return re.findall(r'<h2[^>]* id="iteration-(\d)"|<section[^>]* id="iteration-(\d)"', page)

    assert len(shown("all")) == 4
    assert shown("3-Last,2") == shown("2,3,4")


def test_every_example_is_listed_and_printed(tmp_path: Path) -> None:
    """`derive examples` names each; `derive examples NAME` is a problem file that reads."""
    listed = good("examples", at=tmp_path).stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == example_names()
    text = good("examples", "mazur-2015", at=tmp_path).stdout
    (tmp_path / "mine.toml").write_bytes(text)
    ours = good("trace", "mine.toml", "--json", "-", at=tmp_path).stdout
    assert ours == good("trace", "--example", "mazur-2015", "--json", "-", at=tmp_path).stdout


def test_a_divergence_is_told_and_the_page_written(tmp_path: Path) -> None:
    """What was computed before it is shown."""
    words = ["--activation", "identity", "--learning-rate", "1e308", "--to", "html"]
    done = run(*SHORT[:3], "--iterations", "3", *words, at=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count(b"\n") == 1
    assert files(tmp_path) == ["output/2-2-2.html"]
