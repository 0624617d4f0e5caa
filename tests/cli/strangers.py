"""What strangers may send: problem files and command lines with anything in them.

    python -m tests.cli.strangers 20000 500

solves so many files in this process and gives so many command lines to processes of their own, and
prints what was wrong and how long the longest took. Each is drawn from its number alone, so that
what went wrong can be had again: `python -m tests.cli.strangers 1 0 --from 1234`.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import click

from derive.cli import cli
from derive.cli.program import run as run_here
from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, TABLES, example_names
from derive.problem.examples import problem_text
from tests.cli.program import CLASSIC, PROGRAM
from tests.cli.test_options import GIVEN

STATUSES = {0, 1, 2}
"""Documented, and not of signals; 1, the machine's fault, is none here but for what is a device."""
MOST_SECONDS = 2.0
"""Of processor time."""
MOST_KILOBYTES = 1_000_000
LONGEST_LINE = 640

FORMULAS = (
    "x", "x / (1 + exp(-x))", "max(0, x)", "where(x > 0, x, 0.1 * x)", "ln(1 + e^x)", "x^x^x",
    "1/0", "ln(0)", "sqrt(-1)", "(t - o)^2", "-t * ln o", "abs(t - o)", "exp(exp(exp(x)))", "",
    "x" * 300, "(" * 60 + "x", "x^" * 50 + "x", "sin(x)*" * 30 + "x", "1e999*x", "x.real", "pi",
    "__import__('os')", "x;y", "e^x", "erf(x) / erfc(x)", "arctan(t) + o", "min(t, o) - max(o, t)",
)  # fmt: skip
NUMBERS = (
    "0", "1", "-1", "2", "3", "0.5", "-0.0", "1e308", "-1e308", "5e-324", "1e-320", "nan", "inf",
    "-inf", "true", "false", "1_000", "0x10", "1e400", "9" * 30, "9" * 400, "0.1", "1.5", "100",
    '"0.5"', "[]", "[1]", "{}", "[[1]]", "[[[[1]]]]", "2020-02-20", "''", "''''''", "07", "+1",
)  # fmt: skip
FINITE = ("0", "1", "-1", "0.5", "-0.0", "1e308", "-1e308", "5e-324", "1e-9", "123456.789", "40")
ODD = (
    "\0", "\ufeff", "\u200f", "\u202e", "\x1b[31m", "\ud83d", "😀", "，", "“", "【", "−", "\r",
    "\t", "\u2028", "é", "e\u0301", "=", "[", "]", "{", "}", '"', "'", '"""', "#", ".", ",", "\\",
    "\n", "k" * 5000, "a.b.c.d.e", "[" * 300, "\xff",
)  # fmt: skip
WORDS = (
    *ACTIVATIONS, *LOSSES, *OPTIMIZERS, "neuron", "layer", "none", "sum", "mean", "together",
    "one-by-one", "before-update", "after-update", "classic", "average", "Sigmoid", "MSE", "",
    *TABLES, *(key for keys in TABLES.values() for key in keys), "W1", "b1", "W3", "b0", "W99",
)  # fmt: skip

GROUND = (
    CLASSIC,
    *map(problem_text, example_names()),
    '[network]\nlayers = [2, 3, 1]\nactivation = [{ formula = "x / (1 + exp(-x))" }, "tanh"]\n'
    '[loss]\nformula = "(t - o)^2"\n[optimizer]\nname = "adamw"\nlearning_rate = 0.01\nl2 = 0.1\n'
    '[training]\niterations = 3\nsamples = "one-by-one"\n[data]\ninputs = [[1, 2], [3, 4]]\n'
    "targets = [[0], [1]]\n[start]\nseed = 7\n",
)
"""Files that fit, from which the others are made."""


def problem_file(number: int) -> bytes:
    """The file of a number: one that fits, changed in a few places."""
    draw = random.Random(number)  # noqa: S311
    text = draw.choice(GROUND)
    change = draw.choice((_changed, _fitting))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        text = change(text, draw)
    data = text.encode("utf-8", "surrogatepass")
    if draw.random() < 0.03:
        at = draw.randrange(len(data) + 1)
        data = data[:at] + draw.randbytes(draw.choice((1, 3, 50))) + data[at:]
    return data


def _fitting(text: str, draw: random.Random) -> str:
    """A text with a value of a field otherwise, of a kind that the field takes."""
    activation = rf'"(?:{"|".join(ACTIVATIONS)})"'
    loss, optimizer = (rf'name = "(?:{"|".join(names)})"' for names in (LOSSES, OPTIMIZERS))
    formula = draw.choice(FORMULAS).replace('"', "")
    kinds = (
        (r"(?<=[\[ ])-?\d+\.?\d*(?=[],])|(?<=rate = )[\d.]+", draw.choice(FINITE)),
        (
            activation,
            draw.choice((f'"{draw.choice(ACTIVATIONS)}"', f'{{ formula = "{formula}" }}')),
        ),
        (loss, draw.choice((f'name = "{draw.choice(LOSSES)}"', f'formula = "{formula}"'))),
        (optimizer, f'name = "{draw.choice(tuple(OPTIMIZERS))}"'),
    )
    pattern, new = draw.choice(kinds)
    places = list(re.finditer(pattern, text))
    return _put(text, draw.choice(places), new) if places else text


def _changed(text: str, draw: random.Random) -> str:
    """A text with a number, a word, a sign, a line or a stretch of it otherwise."""
    numbers = list(re.finditer(r"-?\d[\d.e_-]*", text))
    words = list(re.finditer(r"[A-Za-z][\w-]+", text))
    quoted = list(re.finditer(r'"[^"\n]*"', text))
    lines = text.split("\n")
    at = draw.randrange(len(text) + 1)
    match draw.randrange(9):
        case 0 | 1 if numbers:
            return _put(text, draw.choice(numbers), draw.choice(NUMBERS))
        case 2 if words:
            return _put(text, draw.choice(words), draw.choice(WORDS))
        case 3 if quoted:
            new = draw.choice((*WORDS, *FORMULAS)).replace('"', "")
            table = draw.random() < 0.3
            return _put(
                text, draw.choice(quoted), f'{{ formula = "{new}" }}' if table else f'"{new}"'
            )
        case 4:
            return text[:at] + draw.choice(ODD) + text[at:]
        case 5:
            return text[:at] + text[at + draw.choice((1, 1, 5, 80)) :]
        case 6:
            draw.shuffle(lines)
            return "\n".join(lines)
        case 7:
            lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
            return "\n".join(lines)
        case _:
            key, value = draw.choice(WORDS), draw.choice((*NUMBERS, *(f'"{w}"' for w in FORMULAS)))
            lines.insert(draw.randrange(len(lines) + 1), f"{key} = {value}")
            return "\n".join(lines)


def _put(text: str, place: re.Match[str], new: str) -> str:
    return text[: place.start()] + new + text[place.end() :]


PLACES = ("good.toml", "odd.toml", "none.toml", ".", "", "good.toml/x", "-", "a" * 300,
          "\u200f.toml", "/dev/null", "mazur-2015", "good.html")  # fmt: skip
VALUES = (
    *NUMBERS, *FORMULAS, *WORDS, *PLACES, "2-2-2", "3-2", "1-1-1-1", "2", "2-0-2",
    "2-" * 150 + "2", "9" * 5000, "zh", "en", "en+zh", "zh-CN", "html", "pdf,docx", "1,2,last",
    "all", "1-20", "first", "W1=[[1, 2], [3, 4]]", "W1=1", "W1=[[", "b1=0.1", "1,2; 3,4", "a,b",
    "seed=7", "0.05,0.1", "learning_rate=0.1", "l2=-1", "net=3-3", "scalars,gates", "a4", "brief",
    "x" * 5000, "\udcff", "--", "-h", "💥", "\x1b[2J", "1e309", "out.html", "deep/er/", "x.json",
)  # fmt: skip


def command_line(number: int) -> list[str]:
    """The words of a number: a command, options with values that fit or do not, and files."""
    draw = random.Random(number)  # noqa: S311
    name = draw.choice((*cli.commands, *cli.commands, "reprot", "--version", ""))
    words = [name]
    command = cli.commands.get(name)
    options = [one for one in (command.params if command else []) if isinstance(one, click.Option)]
    small = {"report": "--to html --lang en --iterations 1", "trace": "--iterations 3",
             "compare": "--to html --lang en --iterations 1"}  # fmt: skip
    words += small.get(name, "").split()
    for option in draw.sample(options, min(len(options), draw.choice((0, 0, 1, 1, 2, 5)))):
        if option.name == "open_it" or "pdf" in words:
            continue
        words.append(draw.choice(option.opts))
        if not option.is_flag or draw.random() < 0.05:
            choices = option.type.choices if isinstance(option.type, click.Choice) else VALUES
            words.append(str(draw.choice(choices if draw.random() < 0.6 else VALUES)))
    fitting = draw.sample(list(GIVEN.values()), draw.choice((0, 0, 1, 2)))
    if command and any(one.name == "net" for one in options):
        words += [word for given, _ in fitting for word in given]
    if draw.random() < 0.5:
        words += {"new": ["fresh.toml"], "compare": ["good.toml", "mazur-2015"]}.get(
            name, ["good.toml"]
        )
    else:
        for _ in range(draw.choice((0, 1, 1, 1, 2))):
            words.append(draw.choice(PLACES if draw.random() < 0.8 else VALUES))
    return [word.replace("\0", "\\0") for word in words]


@dataclass
class Found:
    """What came of some runs.

    Attributes:
        runs: how many there were.
        wrong: a line for each that was not in order.
        statuses: how often each exit status came.
        seconds: the most processor time of one.
        kilobytes: the most memory of a process.
    """

    runs: int = 0
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    kilobytes: int = 0

    def add(self, what: str, status: int, told: str, seconds: float, kilobytes: int = 0) -> None:
        """Note a run, and what is not in order with it."""
        self.runs += 1
        self.statuses[status] += 1
        self.seconds = max(self.seconds, seconds)
        self.kilobytes = max(self.kilobytes, kilobytes)
        faults = []
        if status not in STATUSES:
            faults.append(f"status {status}")
        if "Traceback" in told:
            faults.append(told.strip().splitlines()[-1])
        lines = told.splitlines()
        if status and not lines:
            faults.append("nothing said")
        usage = "Usage: derive" in told
        if not usage and not all(
            line.startswith("derive: ") and line.isprintable() for line in lines
        ):
            faults.append(f"not a line for a person: {told[:200]!r}")
        if any(len(line) > LONGEST_LINE for line in lines) or len(lines) > 60:
            faults.append(f"{len(lines)} lines, of up to {max(map(len, lines))} letters")
        if seconds > MOST_SECONDS:
            faults.append(f"{seconds:.1f} s")
        if kilobytes > MOST_KILOBYTES:
            faults.append(f"{kilobytes >> 10} MB")
        if faults:
            self.wrong.append(f"{what}: {'; '.join(faults)}")

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        most = f"at most {self.seconds:.2f} s and {self.kilobytes >> 10} MB"
        return "\n".join([f"{self.runs} runs; status {statuses}; {most}", *self.wrong])


def solved_here(numbers: range, folder: Path) -> Found:
    """Each number's file written again by `new`, or trained by `trace`, in this process."""
    import resource

    found = Found()
    path = folder / "odd.toml"
    for number in numbers:
        path.write_bytes(problem_file(number))
        words = ["new", str(folder / "copy.toml"), "--force", str(path)]
        if number % 2:
            words = ["trace", "--json", "-", "--iterations", str(number % 5), str(path)]
        told = io.StringIO()
        before = time.process_time()
        try:
            with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")), redirect_stderr(told):
                status = run_here(words)
        except BaseException as error:  # noqa: BLE001, RUF100
            status, said = -1, f"Traceback\n{type(error).__name__}: {error}"
        else:
            said = told.getvalue()
        seconds = time.process_time() - before
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found.add(f"file {number}", status, said, seconds, kilobytes)
    return found


def run_apart(numbers: range, folder: Path) -> Found:
    """Each number's command line in a process of its own, in a folder with a few files."""
    found = Found()
    for number in numbers:
        with tempfile.TemporaryDirectory(dir=folder) as at:
            place = Path(at)
            (place / "good.toml").write_text(CLASSIC)
            (place / "odd.toml").write_bytes(problem_file(number))
            words = command_line(number)
            process = subprocess.Popen(
                [*PROGRAM, *(word.encode("utf-8", "surrogateescape") for word in words)],
                cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=(place / "told").open("wb"),
            )  # fmt: skip
            _, state, usage = os.wait4(process.pid, 0)
            process.returncode = status = os.waitstatus_to_exitcode(state)
            told = (place / "told").read_bytes().decode("utf-8", "replace")
            shown = " ".join(ascii(word[:40])[1:-1] for word in words)
            seconds = usage.ru_utime + usage.ru_stime
            found.add(f"command {number} ({shown})", status, told, seconds, usage.ru_maxrss)
            left = [path.name for path in place.rglob("*.part")]
            if left:
                found.wrong.append(f"command {number} left {left}")
    return found


def main() -> None:
    """Try as many as were asked for, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=int)
    parser.add_argument("commands", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="NUMBER")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for tried, count in ((solved_here, given.files), (run_apart, given.commands)):
            found = tried(range(given.first, given.first + count), Path(folder))
            sys.stdout.write(f"{tried.__name__}: {found}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
