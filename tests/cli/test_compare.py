"""`derive compare`: what it takes for A and B, and what it makes of them."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.cli.program import CLASSIC, faults, files, good, run

AFTER = CLASSIC.replace("[training]\n", '[training]\nhidden_deltas = "after-update"\n')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two problem files."""
    (tmp_path / "right.toml").write_text(CLASSIC)
    (tmp_path / "wrong.toml").write_text(AFTER)
    return tmp_path


def test_two_files_become_a_page_and_a_pdf(folder: Path) -> None:
    """Both named by both problems; in the PDF the published wrong error beside the right one."""
    done = good("compare", "right.toml", "wrong.toml", at=folder)
    names = ["output/right-wrong.html", "output/right-wrong.pdf"]
    assert done.stdout.decode().splitlines() == names
    text = "".join(page.extract_text() for page in PdfReader(folder / names[1]).pages)
    assert "0.291027774" in text
    assert "0.291027924" in text
    page = (folder / names[0]).read_text("utf-8")
    assert "为什么不同" in page
    assert "Why they differ" in page


def test_an_example_can_be_compared_with_itself_changed(folder: Path) -> None:
    """--with says what B says otherwise; a field's option sets it in both."""
    words = ["compare", "mazur-2015", "--with", "hidden_deltas=after-update", "--iterations", "1"]
    done = good(*words, "--to", "html", "--lang", "en", "-o", "-", at=folder)
    page = done.stdout.decode()
    assert "B is A with hidden_deltas=after-update." in page
    assert "0.291027924" in page
    assert "为什么" not in page
    assert files(folder) == ["right.toml", "wrong.toml"]


@pytest.mark.parametrize(
    "changes",
    [
        ["loss=squared-error"],
        ["training.train_biases=true"],
        ["optimizer=adam", "learning-rate=0.01", "beta1=0.5"],
        ["W1=[[0.1, 0.2], [0.3, 0.4]]", "b1=0.5"],
        ["bias=neuron"],
        ["bias=none"],
        ["inputs=0.1,0.2"],
        ["activation=tanh,sigmoid"],
        ["activation=x/(1+exp(-x))"],
        ["loss=(t-o)^2"],
    ],
    ids=" ".join,
)
def test_any_field_may_be_changed(changes: list[str], folder: Path) -> None:
    """By the name of its option or by its own."""
    options = [word for change in changes for word in ("--with", change)]
    good("compare", "right.toml", *options, "--to", "html", "-o", "page.html", at=folder)
    assert (folder / "page.html").stat().st_size > 10_000


def test_names_of_files_are_shown_in_letters_that_are_seen(folder: Path) -> None:
    """Bytes that are no text, and marks that turn the writing round, stand by their codes."""
    name = os.fsdecode(b"b\xff\xe2\x80\x8f\xe2\x80\xae.toml")
    (folder / name).write_text(AFTER)
    done = good("compare", "right.toml", name, "--to", "html", "-o", "-", at=folder)
    page = done.stdout.decode("utf-8")
    assert r"b\udcff\u200f\u202e" in page
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)


def test_the_command_that_is_printed_makes_the_page_again(folder: Path) -> None:
    """Arguments in their order, each change, the options."""
    words = ["compare", "right.toml", "--with", "learning_rate=0.25", "--decimals", "4"]
    first = good(*words, "--to", "html", "-o", "-", at=folder).stdout.decode()
    (command,) = re.findall(r'<pre class="command"><code>(.*?)</code>', first)
    assert command.startswith("derive compare right.toml --with learning_rate=0.25")
    again = good(*shlex.split(command)[1:], "-o", "-", at=folder).stdout.decode()
    assert again == first
    two = good("compare", "right.toml", "wrong.toml", "--to", "html", "-o", "-", at=folder)
    assert b"derive compare right.toml wrong.toml --to html" in two.stdout


BAD = {
    "compare": r"Missing argument 'A'\..*",
    "compare right.toml": r"name a second problem, or say with --with what is different in it .*",
    "compare right.toml wrong.toml --with l2=1": r"name a second problem, or say with --with .*",
    "compare right.toml nosuch.toml": r"nosuch\.toml: no such file; .*",
    "compare mazur right.toml": (
        r"mazur: no such file, and no example of that name; did you mean mazur-2015\?"
    ),
    "compare zzz right.toml": (
        r"zzz: no such file, and no example of that name; `derive examples` lists the examples"
    ),
    "compare right.toml --with l2": r"--with: FIELD=VALUE expected, .*, not 'l2'; known: net, .*",
    "compare right.toml --with iteration=1": (
        r"--with: FIELD=VALUE expected, .*, not 'iteration=1'; did you mean iterations\?"
    ),
    "compare right.toml --with colour=1": (
        r"--with: FIELD=VALUE expected, as in learning_rate=0\.1, not 'colour=1'; known: net, .*"
    ),
    "compare right.toml --with l2=much": r"--with l2=much: 'much' is not a valid float\.",
    "compare right.toml --with l2=-1": (
        r"--with l2: a finite number of at least 0 expected, not -1\.0"
    ),
    "compare right.toml --with loss=half": r"--with loss.*",
    "compare right.toml wrong.toml -o right.toml": (
        r"right\.toml: is a file, not a folder; name another place"
    ),
    "compare right.toml wrong.toml --lang fr": r"--lang: languages of zh, en expected, .*",
}


@pytest.mark.parametrize("command", BAD)
def test_what_cannot_be_compared_is_told_in_a_line(command: str, folder: Path) -> None:
    """Status 2, one line, nothing written."""
    (found,) = faults(run(*command.split(), at=folder))
    assert re.fullmatch(BAD[command], found), found
    assert files(folder) == ["right.toml", "wrong.toml"]


def test_neither_problem_is_written_over(folder: Path) -> None:
    """Whichever of the two the result would replace."""
    (folder / "page.html").write_text(AFTER)
    for words in (["page.html", "right.toml"], ["right.toml", "page.html"]):
        (found,) = faults(run("compare", *words, "-o", "page.html", at=folder))
        assert found == "-o: page.html is the problem file; name another"
    assert (folder / "page.html").read_text() == AFTER


def test_a_file_goes_before_an_example_of_its_name(folder: Path) -> None:
    """What stands in the folder is meant."""
    (folder / "mazur-2015").write_text(AFTER)
    done = good(
        "compare", "mazur-2015", "right.toml", "--to", "html", "--lang", "en", "-o", "-", at=folder
    )
    assert "already updated" in done.stdout.decode()
