"""`derive report`: the worked solution of a problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from derive import __version__
from derive.cli.asked import Asked, asked
from derive.cli.documents import (
    MOST_DIGITS,
    DocumentOptions,
    command_line,
    document_options,
    notation_option,
)
from derive.cli.progress import every_option, trained
from derive.cli.shorthands import field_options, problem_source
from derive.errors import ProblemError

MOST_SHOWN = 200
"""Iterations worked out in one document; each takes pages."""


@click.command()
@problem_source
@field_options
@click.option(
    "--show",
    metavar="1,2,last",
    help="Iterations to work out, 5-8 and all as well.  [default: 1]",
)
@click.option(
    "--detail",
    type=click.Choice(["full", "brief"], case_sensitive=False),
    help="Every step in full, or one of each kind.  [default: each kind by its number]",
)
@click.option(
    "--view",
    default="scalars",
    metavar="scalars,matrices,gates",
    show_default=True,
    help="How an iteration is worked out: number by number, in matrices, through gates.",
)
@notation_option
@every_option("Keep each K-th pass, to save memory.")
@document_options
@click.pass_context
def report(
    context: click.Context,
    /,
    problem_file: Path | None,
    example_name: str | None,
    *,
    show: str | None,
    detail: str | None,
    view: str,
    notation: str,
    every: int,
    wanted: DocumentOptions,
    **fields: Any,
) -> None:
    """Write a worked solution as HTML and PDF.

    The problem is a file (`derive new` writes one), a published example, or --net alone. Every
    option up to --seed is the shorthand of a field of the file, and goes before it.

    \b
    Examples:
      derive report --net 2-2-2
      derive report --net 2-3-1 --activation tanh,sigmoid --learning-rate 0.1 --iterations 100
      derive report homework.toml --lang zh --to pdf --decimals 4 -o answers.pdf
      derive report --example mazur-2015 --show 1,2,last --open
    """  # noqa: D301
    question = asked(problem_file, example_name, fields)
    languages = wanted.languages()
    places = wanted.places(question.name, problem_file)
    rounding = wanted.rounding(question.example)
    shown = _shown(show, question)

    from derive.derivation import VIEWS, passes_needed, worked_solution

    views = _views(view, VIEWS)
    problem, published = question.problem, question.example
    needed = passes_needed(problem.iterations, shown)
    if published:
        needed |= {misprint.iteration for misprint in published.misprints}
    document = worked_solution(
        problem,
        trained(problem, every, needed, quiet=wanted.quiet),
        languages=languages,
        show=shown,
        rounding=rounding,
        full=None if detail is None else detail == "full",
        views=views,
        notation=notation,
        example=published,
        command=command_line(context),
        version=__version__,
    )
    wanted.write(document, places, problem_file)


def _views(text: str, known: Sequence[str]) -> list[str]:
    """The views asked for, in the order in which they are shown."""
    asked_for = {part.strip().lower() for part in text.split(",")}
    for part in sorted(asked_for - set(known)):
        raise ProblemError([f"--view: {', '.join(known)} expected, not {part!r}"])
    return [view for view in known if view in asked_for]


def _shown(text: str | None, question: Asked) -> tuple[int, ...]:
    """The iterations to work out, ascending.

    Raises:
        ProblemError: what was asked is none, or beyond the training, or more than a document holds.
    """
    last = question.problem.iterations
    if text is None:
        usual = question.example.show if question.example else "1"
        return tuple(
            sorted({k for part in usual.split(",") for k in _run(part, last) if k <= last})
        )
    found: set[int] = set()
    for part in text.split(","):
        run = _run(part, last)
        for k in (run.start, run.stop - 1):
            if not 1 <= k <= last:
                raise ProblemError([f"--show: {_range(last)}, not {k}"])
        if len(run) > MOST_SHOWN or len(found | {*run}) > MOST_SHOWN:
            fault = f"--show: a document works out at most {MOST_SHOWN} iterations; ask for fewer"
            raise ProblemError([fault])
        found |= {*run}
    return tuple(sorted(found))


def _run(text: str, last: int) -> range:
    """The iterations that a part of --show says: 3, last, all, 5-8, 5-last."""
    word = text.strip().lower()
    first, dash, end = (
        part.strip() for part in ("1-last" if word == "all" else word).partition("-")
    )
    ends = [first, end] if dash else [first]
    for one in ends:
        if one != "last" and not (one.isascii() and one.isdecimal()):
            expected = "numbers of iterations, 5-8, last or all expected"
            raise ProblemError([f"--show: {expected}, not {word!r}"])
        if len(one) > MOST_DIGITS:
            raise ProblemError([f"--show: {_range(last)}, not {one[:9]}…"])
    numbers = [last if one == "last" else int(one) for one in ends]
    if numbers[-1] < numbers[0]:
        raise ProblemError([f"--show: {word} ends before it begins; {end}-{first} is the same"])
    return range(numbers[0], numbers[-1] + 1)


def _range(last: int) -> str:
    """Which iterations can be worked out."""
    if not last:
        return "a training without updates has no iteration to work out"
    return f"iterations 1 to {last} expected" if last > 1 else "iteration 1 alone can be worked out"
