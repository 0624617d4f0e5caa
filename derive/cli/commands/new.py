"""`derive new`: a commented problem file to start from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from derive.cli.asked import CLASSIC, asked, asked_by_name
from derive.cli.output import STANDARD_OUTPUT, printable, write_whole
from derive.cli.shorthands import field_options, problem_source
from derive.errors import ProblemError
from derive.problem import to_toml


@click.command(short_help="Write a commented problem file to start from.")
@click.argument("file", type=click.Path(path_type=Path))
@problem_source
@field_options
@click.option(
    "--from",
    "original",
    metavar="FILE|EXAMPLE",
    help="A problem to write out with all its numbers, those drawn from a seed as well.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def new(
    file: Path,
    problem_file: Path | None,
    example_name: str | None,
    *,
    original: str | None,
    force: bool,
    **fields: Any,
) -> None:
    """Write a commented problem file to start from: the classic example, or what the options say.

    \b
    Examples:
      derive new homework.toml
      derive new homework.toml --net 3-4-2 --seed 7 --optimizer adam
      derive new mine.toml --from mazur-2015 --learning-rate 0.1
    """  # noqa: D301
    if original is not None:
        if problem_file is not None or example_name is not None:
            raise click.UsageError("name one problem to start from")
        question = asked_by_name(original, fields)
    else:
        if problem_file is None and example_name is None and fields.get("net") is None:
            example_name = CLASSIC
        question = asked(problem_file, example_name, fields)
    problem = question.problem if original is None else replace(question.problem, seed=None)
    if file.exists() and not force:
        raise ProblemError([f"{file}: is there already; name another file, or add --force"])
    write_whole({file: to_toml(problem).encode("utf-8")})
    if file != STANDARD_OUTPUT:
        click.echo(printable(file))
