"""`derive trace`: every value of every iteration, as JSON or as a short list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.cli.asked import asked
from derive.cli.output import STANDARD_OUTPUT, not_the_problem, printable, whole_file
from derive.cli.progress import every_option, trained
from derive.cli.shorthands import field_options, problem_source
from derive.errors import ProblemError
from derive.problem import Problem

MOST_CERTIFIED = 1000
"""No one compares more digits of a number."""


@click.command(short_help="Trace a training: every value of every pass.")
@problem_source
@field_options
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write every value; - is the standard output.",
)
@click.option(
    "--certified", is_flag=True, help="Decimal strings with certain digits, in ball arithmetic."
)
@click.option("--digits", type=int, metavar="N", help="How many, with --certified.  [default: 17]")
@every_option("Keep each K-th pass and the last.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def trace(
    problem_file: Path | None,
    example_name: str | None,
    *,
    json_file: Path | None,
    certified: bool,
    digits: int | None,
    every: int,
    quiet: bool,
    **fields: Any,
) -> None:
    """Trace a training: every net, out, δ, gradient and parameter of every pass.

    Without --json it prints the error as training goes on.

    \b
    Examples:
      derive trace --net 2-2-2 --json trace.json
      derive trace homework.toml --json - --every 100
      derive trace --net 2-2-2 --iterations 5 --certified --digits 40 --json -
    """  # noqa: D301
    question = asked(problem_file, example_name, fields)
    if json_file is not None:
        not_the_problem("--json", json_file, problem_file)
    if digits is not None and not certified:
        raise ProblemError(["--digits: goes with --certified; float64 has its own digits"])
    if certified:
        _certified(question.problem, json_file, digits, every)
        if not quiet and json_file != STANDARD_OUTPUT:
            click.echo(printable(str(json_file)))
        return
    found = trained(question.problem, every, (), quiet=quiet)

    from derive.engine import export_json

    if json_file is None:
        losses = found["loss"]
        click.echo("updates\terror")
        for row in _few(len(found)):
            click.echo(f"{int(found.iterations[row])}\t{float(losses[row])!r}")
        return
    with whole_file(json_file) as file:
        for piece in export_json(found):
            file.write(piece.encode("utf-8"))
    if not quiet and json_file != STANDARD_OUTPUT:
        click.echo(printable(json_file))


def _certified(problem: Problem, json_file: Path | None, digits: int | None, every: int) -> None:
    """Write every value as a decimal that is certain in each of its digits."""
    from derive.engine import export_certified
    from derive.maths.numbers import Rounding, numeral

    if json_file is None:
        raise ProblemError(["--certified: goes with --json FILE; - is the standard output"])
    figures = 17 if digits is None else digits
    if not 1 <= figures <= MOST_CERTIFIED:
        raise ProblemError([f"--digits: 1 to {MOST_CERTIFIED} expected, not {figures}"])
    rounding = Rounding(figures)

    def number(value: Any) -> str:
        return numeral(value, rounding).plain().replace("∞", "Infinity")

    with whole_file(json_file) as file:
        for piece in export_certified(problem, figures, number, every=every):
            file.write(piece.encode("utf-8"))


def _few(count: int) -> list[int]:
    """Rows of a long table: the first ten, and then ever fewer, and the last."""
    found, step = set(range(min(count, 10))), 10
    while step < count:
        found.update(n for n in (step, 2 * step, 5 * step) if n < count)
        step *= 10
    return sorted({*found, count - 1})
