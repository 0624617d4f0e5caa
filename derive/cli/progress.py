"""Training as the commands run it: with a bar, and with words for what goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from derive.cli.output import say
from derive.errors import DeriveError
from derive.problem import Problem, doubts

if TYPE_CHECKING:
    from derive.engine import Trace

LONG = 20_000
"""Trainings of so many updates show a bar."""


def every_option(words: str) -> Callable[[Any], Any]:
    """The option --every."""
    return click.option("--every", type=click.IntRange(min=1), default=1, metavar="K", help=words)


def trained(problem: Problem, every: int, also: Collection[int], *, quiet: bool) -> Trace:
    """The trace of a problem, where it has an error at all; what is hardly meant is told first.

    Raises:
        DeriveError: the error is not a number.
        HistoryTooLargeError: the trace would not fit in memory.
    """
    from derive.engine import train

    if not quiet:
        say([doubt.line for doubt in doubts(problem)])
    with _progress(problem.iterations, quiet=quiet) as told:
        found = train(problem, every=every, also=also, progress=told)
    _refuse_what_has_no_error(problem, found)
    if found.diverged_at is not None:
        from derive.cli.divergence import of_divergence

        say([of_divergence(found)])
    return found


def _refuse_what_has_no_error(problem: Problem, found: Trace) -> None:
    """An error that is infinite is shown, as with ln 0; one that is not a number cannot be."""
    import numpy as np

    from derive.cli.divergence import of_error

    own = problem.loss.name is None or any(spec.name is None for spec in problem.activations)
    losses = found["loss"]
    bad = np.isnan(losses)
    if own:
        bad[0] |= np.isinf(losses[0])
    if bad.any():
        row = int(np.argmax(bad))
        raise DeriveError(
            f"the error after {int(found.iterations[row])} updates is no finite number: "
            f"{of_error(found, row)}"
        )


@contextmanager
def _progress(updates: int, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal's standard error, for long trainings."""
    if quiet or updates < LONG or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=updates, label="training", file=sys.stderr) as bar:
        yield lambda made: bar.update(made - bar.pos)
