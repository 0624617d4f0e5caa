"""Options that cannot be: one line each, status 2, and nothing written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.program import CLASSIC, faults, files, good, run

NET = ["report", "--net", "2-2-2"]
ASKED: dict[str, tuple[list[str], list[str]]] = {
    "a command with a slip": (
        ["reprot"],
        [r"No such command 'reprot'\. Did you mean 'report'\?.*"],
    ),
    "an option with a slip": (
        [*NET, "--iteration", "3"],
        [r"No such option '--iteration'\. .*--iterations.*"],
    ),
    "no problem": (["report"], [r"what shall be solved\? Name a problem file, --net 2-2-2 or .*"]),
    "two problems": (
        ["report", "problem.toml", "--example", "mazur-2015"],
        [r"name a problem file or --example, not both .*"],
    ),
    "three files": (["trace", "problem.toml", "b.toml"], [r"Got unexpected extra argument .*"]),
    "an option without its value": (
        [*NET, "--lang"],
        [r"Option '--lang' requires an argument\.  \(`derive report --help` .*"],
    ),
    "an unknown example": (
        ["report", "--example", "mazur"],
        [r"--example: no example 'mazur'; known: mazur-2015, .*"],
    ),
    "an unknown example to print": (["examples", "mazur"], [r"--example: no example 'mazur'; .*"]),
    "an unknown language": (
        [*NET, "--lang", "fr"],
        [r"--lang: languages of zh, en expected, joined by \+, not 'fr'"],
    ),
    "a language twice": ([*NET, "--lang", "en+en"], [r"--lang: .* not 'en\+en'; each once"]),
    "an unknown format": ([*NET, "--to", "docx"], [r"--to: one of html, pdf expected, not 'docx'"]),
    "an unknown format beside a known": (
        [*NET, "--to", "html,docx"],
        [r"--to: one of html, pdf expected, not 'docx'"],
    ),
    "no format": ([*NET, "--to", ""], [r"--to: one of html, pdf expected, not ''"]),
    "an unknown paper": ([*NET, "--paper", "b5"], [r"Invalid value for '--paper': .*"]),
    "an unknown detail": ([*NET, "--detail", "all"], [r"Invalid value for '--detail': .*"]),
    "an iteration beyond the training": (
        [*NET, "--iterations", "3", "--show", "1,4"],
        [r"--show: iterations 1 to 3 expected, not 4"],
    ),
    "an iteration of the example beyond the training": (
        ["report", "--example", "mazur-2015", "--iterations", "3", "--show", "10000"],
        [r"--show: iterations 1 to 3 expected, not 10000"],
    ),
    "iteration 0": ([*NET, "--show", "0"], [r"--show: iterations 1 to 10000 expected, not 0"]),
    "an iteration beside the only one": (
        ["report", "--net", "3-2", "--show", "2"],
        [r"--show: iteration 1 alone can be worked out, not 2"],
    ),
    "an iteration of none": (
        ["report", "--net", "3-2", "--iterations", "0", "--show", "1"],
        [r"--show: a training without updates has no iteration to work out, not 1"],
    ),
    "inputs without targets": (
        ["report", "--net", "2-1", "--inputs", "1,2"],
        [r"--targets: missing; --inputs goes with it, a sample for each"],
    ),
    "inputs without targets, and another fault": (
        ["report", "--net", "2-1", "--inputs", "1,2; 3,4", "--optimizer", "foo"],
        [
            r"--targets: missing; --inputs goes with it, a sample for each",
            r"--optimizer: one of .* expected, not 'foo'",
        ],
    ),
    "targets without inputs": (
        ["report", "--net", "2-1", "--targets", "1"],
        [r"--inputs: missing; --targets goes with it, a sample for each"],
    ),
    "a file of a format that is not written": (
        [*NET, "-o", "answers.docx"],
        [
            r"-o: a file that ends in \.html or \.pdf expected, or a folder, not answers\.docx; "
            r"a folder of that name has to be there first"
        ],
    ),
    "no iterations that a person would count": (
        [*NET, "--show", "first"],
        [r"--show: numbers of iterations, 5-8, last or all expected, not 'first'"],
    ),
    "a run of iterations that ends before it begins": (
        [*NET, "--show", "8-5"],
        [r"--show: 8-5 ends before it begins; 5-8 is the same"],
    ),
    "more iterations than a document holds": (
        [*NET, "--show", "all"],
        [r"--show: a document works out at most 200 iterations; ask for fewer"],
    ),
    "a run of iterations beyond the training": (
        [*NET, "--iterations", "3", "--show", "2-4"],
        [r"--show: iterations 1 to 3 expected, not 4"],
    ),
    "an iteration of too many digits": (
        [*NET, "--show", "9" * 5000],
        [r"--show: iterations 1 to 10000 expected, not 999999999…"],
    ),
    "no digits": ([*NET, "--digits", "0"], [r"--digits: 1 to 30 expected, not 0"]),
    "more digits than are computed": ([*NET, "--digits", "31"], [r"--digits: 1 to 30 expected.*"]),
    "fewer than no decimals": ([*NET, "--decimals", "-1"], [r"--decimals: 0 to 30 expected.*"]),
    "digits in words": ([*NET, "--digits", "six"], [r"Invalid value for '--digits': 'six' is.*"]),
    "every no pass": ([*NET, "--every", "0"], [r"Invalid value for '--every': 0 is not in .*"]),
    "a net of one layer": (
        ["report", "--net", "2"],
        [r"--net: neurons per layer expected, as in 2-2-2 or 3-4-2, not '2'"],
    ),
    "a net of words": (["report", "--net", "two-two"], [r"--net: neurons per layer expected, .*"]),
    "a layer of no neurons": (
        ["report", "--net", "2-0-2"],
        [r"--net\[1\]: a whole number from 1 to 100000 expected, not 0"],
    ),
    "more layers than can be worked out": (
        ["report", "--net", "-".join(["2"] * 101)],
        [r"--net: at most 100 layers can be worked out, these are 101; leave some out"],
    ),
    "a formula of too many factors": (
        [*NET, "--activation", "*".join("x" * 250)],
        [r"--activation: its differentiation would take more than \d+ .*; write it.*"],
    ),
    "one layer's and the loss's formulas too large": (
        [*NET, "--activation", "tanh", "--activation", "1.7e308*x*10", "--loss", "o/" * 40 + "o"],
        [
            r"--activation\[1\]: a constant of its derivative is beyond .*; make .* smaller",
            r"--loss: .*nested more than 40 deep.*",
        ],
    ),
    "layers too large in every way": (
        ["report", "--net", "2-" + "9" * 5000],
        [r"--net: at most 100000 neurons a layer can be traced"],
    ),
    "a loss in another book's word, spelt in capitals": (
        [*NET, "--loss", "MSE"],
        [r"--loss: one of .* expected, not 'MSE'; did you mean mean-squared-error\?"],
    ),
    "a formula among names, with a fault": (
        [*NET, "--activation", "tanh, max(0, y)"],
        [r"--activation\[1\]: at character 8: unknown name 'y'.*"],
    ),
    "data that are no numbers": (
        [*NET, "--inputs", "a,b"],
        [r"--inputs: numbers expected, as in '0\.05,0\.10; 0\.2,0\.3', not 'a,b'"],
    ),
    "data that are not finite": (
        [*NET, "--inputs", "nan,1", "--targets", "1,inf"],
        [
            r"--inputs\[0\]\[0\]: one finite number expected, not nan",
            r"--targets\[0\]\[1\]: one finite number expected, not inf",
        ],
    ),
    "a rate that is not finite": (
        [*NET, "--learning-rate", "inf"],
        [r"--learning-rate: a finite number expected, not inf"],
    ),
    "a start without a name": (
        [*NET, "--start", "[[1]]"],
        [r"--start: W1=\[\[0\.15, 0\.20\], \[0\.25, 0\.30\]\] expected, not '\[\[1\]\]'"],
    ),
    "a start that is not whole": (
        ["report", "--net", "2-1", "--start", "W1=[[1]]"],
        [r"--start W1\[0\]: 2 numbers expected, one a neuron of layer 0, not 1"],
    ),
    "a start of a parameter that is not there": (
        ["report", "--net", "1-1", "--start", "W1=[[1]]", "--start", "b1=[1]", "--start", "W2=2"],
        [r"--start W2: unknown key; known: .*"],
    ),
    "a seed below nothing": (
        [*NET, "--seed", "-1"],
        [r"--seed: a whole number of at least 0 expected, not -1"],
    ),
    "faults of several options, the data not among them": (
        [*NET, "--activation", "sigmod", "--loss", "(t-", "--optimizer", "adam", "--beta1", "2"],
        [
            r"--activation: one of .* expected, not 'sigmod'; did you mean sigmoid\?",
            r"--loss: at character 4: a number or a name expected, not 'the end'",
            r"--beta1: a finite number of at least 0 and at most 1 expected, not 2\.0",
        ],
    ),
    "an option of one optimizer for another": (
        [*NET, "--optimizer", "adam", "--beta", "0.5", "--beta1", "7"],
        [
            r"--beta: belongs to momentum and nesterov, not to adam; remove it",
            r"--beta1: a finite number of at least 0 and at most 1 expected, not 7\.0",
        ],
    ),
    "Python for a formula": (
        [*NET, "--activation", "__import__('os')"],
        [r"--activation: at character 12: \"'\" is not part of a formula"],
    ),
    "a formula without a value at the start": (
        [*NET, "--activation", "x / (3 - 3)"],
        [
            r"the error after 0 updates is no finite number: out1\[0\]\[0\] is 0\.38/0, "
            r"for net1\[0\]\[0\] = 0\.38; change the formula of layer 1, or the start"
        ],
    ),
    "a loss without a value at the start": (
        ["trace", "--net", "2-2-2", "--loss", "ln(o - 5)"],
        [
            r"the error after 0 updates is no finite number: the loss is ln\(-4\.2\), "
            r"for out2\[0\]\[0\] is 0\.75 where its target is 0\.01; change the loss, .*"
        ],
    ),
    "a file of another format": (
        [*NET, "-o", "x.html", "--to", "pdf"],
        [r"-o: x\.html is not a file of --to pdf"],
    ),
    "two formats for the standard output": (
        [*NET, "-o", "-"],
        [r"-o: the standard output takes one format; add --to html"],
    ),
    "an unknown shell": (["completion", "csh"], [r"Invalid value for .*'csh' is not one of.*"]),
    "a new file without a name": (["new"], [r"Missing argument 'FILE'\. .*"]),
    "a new file that is there": (
        ["new", "problem.toml"],
        [r"problem\.toml: is there already; name another file, or add --force"],
    ),
    "a trace over its own problem": (
        ["trace", "problem.toml", "--json", "problem.toml"],
        [r"--json: problem\.toml is the problem file; name another"],
    ),
    "a trace over its own problem by another name": (
        ["trace", "problem.toml", "--json", "../" + "{folder}" + "/problem.toml"],
        [r"--json: .*/problem\.toml is the problem file; name another"],
    ),
    "a trace in the place of a folder": (
        ["trace", "--net", "2-2-2", "--iterations", "1", "--json", "."],
        [r"\.: is a folder; name a file"],
    ),
    "a page in a file as if it were a folder": (
        [*NET, "--iterations", "1", "--to", "html", "-o", "problem.toml"],
        [r"problem\.toml: is a file, not a folder; name another place"],
    ),
    "a page in a folder below a file": (
        [*NET, "--iterations", "1", "--to", "html", "-o", "problem.toml/deep/x.html"],
        [r"problem\.toml/deep: is a file, not a folder; name another place"],
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_cannot_be_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    """The option and what it takes, status 2; nothing is written and the problem is untouched."""
    words, expected = ASKED[name]
    (tmp_path / "problem.toml").write_text(CLASSIC)
    words = [word.format(folder=tmp_path.name) if "{folder}" in word else word for word in words]
    done = run(*words, at=tmp_path)
    found = faults(done)
    for line, pattern in zip(found, expected, strict=False):
        assert re.fullmatch(pattern, line), (line, pattern)
    assert len(found) == len(expected), found
    assert done.stdout == b""
    assert files(tmp_path) == ["problem.toml"]
    assert (tmp_path / "problem.toml").read_text() == CLASSIC


def test_a_page_is_not_written_over_its_own_problem(tmp_path: Path) -> None:
    """A problem file may have any name; the result must have another."""
    (tmp_path / "problem.html").write_text(CLASSIC)
    found = faults(run("report", "problem.html", "-o", "problem.html", at=tmp_path))
    assert found == ["-o: problem.html is the problem file; name another"]
    assert (tmp_path / "problem.html").read_text() == CLASSIC


def test_no_command_is_answered_with_the_help(tmp_path: Path) -> None:
    """`derive` alone tells what there is, with status 2."""
    done = run(at=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"Usage: derive ")


def test_a_new_file_replaces_another_only_with_force(tmp_path: Path) -> None:
    """`derive new --force` writes over a file; without it nothing is lost (see above)."""
    path = tmp_path / "problem.toml"
    path.write_text("mine")
    good("new", "problem.toml", "--force", at=tmp_path)
    assert path.read_text().startswith("[network]\n")


def test_training_that_leaves_the_numbers_says_so(tmp_path: Path) -> None:
    """The trace ends before the update that overflows, and one line says which."""
    words = ["--net", "2-2-2", "--activation", "identity", "--learning-rate", "1e308"]
    done = run("trace", *words, "--json", "trace.json", at=tmp_path)
    assert faults(done, status=0) == [
        "training left the range of numbers at update 2: net2[0][0] = 3.5e613 after 1 update "
        "is beyond float64's 1.797e308; the trace ends before it; a smaller --learning-rate helps"
    ]
    assert (tmp_path / "trace.json").read_text().count('"iteration"') == 2
