"""`derive compare`: two problems side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from derive import __version__
from derive.cli.asked import asked_by_name, changed, file_named
from derive.cli.documents import (
    DocumentOptions,
    command_line,
    document_options,
    notation_option,
)
from derive.cli.output import printable
from derive.cli.progress import every_option, trained
from derive.cli.shorthands import SHORTHANDS, Shorthand, field_options
from derive.errors import ProblemError

_PARAMETER = re.compile(r"[Wb]\d+")
"""W1, b1, …: a starting value by its own name."""


@click.command(short_help="Set two problems side by side: where they part, and why.")
@click.argument("a")
@click.argument("b", required=False)
@click.option(
    "--with",
    "changes",
    multiple=True,
    metavar="FIELD=VALUE",
    help="In place of B: what B says otherwise than A; may be repeated.",
)
@field_options
@notation_option
@every_option("Keep each K-th pass, to save memory.")
@document_options
@click.pass_context
def compare(
    context: click.Context,
    /,
    a: str,
    b: str | None,
    changes: Sequence[str],
    *,
    notation: str,
    every: int,
    wanted: DocumentOptions,
    **fields: Any,
) -> None:
    """Set two problems side by side: where their trainings part, and why.

    A and B are problem files, or names of published examples. In place of B, --with says in which
    fields it differs from A. An option of a field, up to --seed, sets it in both.

    \b
    Examples:
      derive compare homework.toml answer.toml --lang en
      derive compare mazur-2015 --with hidden_deltas=after-update --iterations 1
      derive compare homework.toml --with optimizer=adam --with learning_rate=0.01
    """  # noqa: D301
    if (b is None) == (not changes):
        raise click.UsageError("name a second problem, or say with --with what is different in it")
    first = asked_by_name(a, fields)
    second = first if b is None else asked_by_name(b, fields)
    said = ", ".join(changes)
    if changes:
        second = changed(first, _changes(changes))
    languages = wanted.languages()
    title = f"{first.name}-{second.name}" if b else f"{first.name}-compared"
    problem_files = [file_named(one) for one in (a, b) if one]
    places = wanted.places(title, *problem_files)

    from derive.derivation.comparison import Side, comparison, passes_compared

    updates = [question.problem.iterations for question in (first, second)]
    sides = []
    for question, changes_said in ((first, ""), (second, said)):
        needed = passes_compared(updates, [first.example, second.example])
        trace = trained(question.problem, every, needed, quiet=wanted.quiet)
        name = printable(changes_said or question.name)
        sides.append(Side(name, trace, question.example, printable(changes_said)))
    document = comparison(
        *sides,
        languages=languages,
        rounding=wanted.rounding(),
        notation=notation,
        command=command_line(context),
        version=__version__,
    )
    wanted.write(document, places, *problem_files)


def _changes(texts: Sequence[str]) -> dict[Shorthand, Any]:
    """The fields that --with sets, each by its shorthand's name or the field's own."""
    found: dict[Shorthand, list[Any]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        shorthand = _named(name.strip()) if equals else None
        if shorthand is None:
            raise ProblemError([_unknown(text, name.strip() if equals else "")])
        parameter = _PARAMETER.fullmatch(name.strip())
        found.setdefault(shorthand, []).append(
            text if parameter else _value(shorthand, value.strip(), text)
        )
    return {
        one: one.read(tuple(values) if one.many else values[-1]) for one, values in found.items()
    }


def _named(name: str) -> Shorthand | None:
    """The shorthand of a field: `optimizer`, `hidden_deltas`, `training.hidden_deltas`, `W1`."""
    plain = "start" if _PARAMETER.fullmatch(name) else name.replace("-", "_")
    for shorthand in SHORTHANDS:
        if plain in (shorthand.parameter, shorthand.field):
            return shorthand
        if "." in shorthand.field and name == shorthand.field.partition(".")[2] != "name":
            return shorthand
    return None


def _unknown(text: str, name: str) -> str:
    known = [shorthand.parameter for shorthand in SHORTHANDS]
    near = get_close_matches(name.replace("-", "_"), known, n=1, cutoff=0.7)
    hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
    return f"--with: FIELD=VALUE expected, as in learning_rate=0.1, not {text!r}{hint}"


def _value(shorthand: Shorthand, value: str, text: str) -> Any:
    try:
        return click.types.convert_type(shorthand.kind)(value)
    except click.BadParameter as error:
        raise ProblemError([f"--with {text}: {error.message}"]) from None
