"""`derive trace`: every value of every iteration, as JSON or as a short list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.cli.asked import asked
from derive.cli.fields import field_options, problem_source
from derive.cli.output import STANDARD_OUTPUT, not_the_problem, printable, whole_file
from derive.cli.training import every_option, trained


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
@every_option("Keep each K-th pass and the last.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def trace(
    problem_file: Path | None,
    example_name: str | None,
    *,
    json_file: Path | None,
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
    """  # noqa: D301
    question = asked(problem_file, example_name, fields)
    if json_file is not None:
        not_the_problem("--json", json_file, problem_file)
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


def _few(count: int) -> list[int]:
    """Rows of a long table: the first ten, and then ever fewer, and the last."""
    found, step = set(range(min(count, 10))), 10
    while step < count:
        found.update(n for n in (step, 2 * step, 5 * step) if n < count)
        step *= 10
    return sorted({*found, count - 1})
