"""`derive examples`: the published examples that come with the package."""

from __future__ import annotations

import click

from derive.problem import example, example_names
from derive.problem.examples import problem_text


@click.command(short_help="List the published examples, or print one as a file.")
@click.argument("name", required=False)
def examples(name: str | None) -> None:
    """List the published worked examples, or print the problem file of one.

    \b
    Examples:
      derive examples
      derive examples mazur-2015 > mine.toml
    """  # noqa: D301
    if name is not None:
        example(name)
        click.echo(problem_text(name).encode("utf-8"), nl=False)
        return
    names = example_names()
    width = max(map(len, names))
    for known in names:
        found = example(known)
        net = "-".join(map(str, found.problem.layers))
        click.echo(f"{known:<{width}}  {net:<7}  {found.title}")
