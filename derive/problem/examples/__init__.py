"""The worked examples that come with the package, each a problem file and what was published.

Beside `NAME.toml`, the problem, stands `NAME.published.toml`: where the example was published,
how its figures are rounded, which iterations are worked out, and each published figure that is
wrong with the cause. The causes' words are in the language catalogues.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from derive.errors import ProblemError
from derive.problem.fields import Problem
from derive.problem.reader import problem_from_fields


@dataclass(frozen=True)
class Misprint:
    """A published figure that is wrong.

    Attributes:
        quantity: the trace's name and indices: `loss`, `out2[0]`, `W2[1][0]`.
        iteration: the pass it speaks of.
        printed: as published.
        cause: a key of the catalogues' `published.cause` table.
        sample: the sample it belongs to.
    """

    quantity: str
    iteration: int
    printed: str
    cause: str
    sample: int = 0


@dataclass(frozen=True)
class Example:
    """A published worked example.

    Attributes:
        name: as the command line takes it.
        problem: what it solves.
        title: of the publication.
        source: where it was published.
        digits: significant figures that its document shows at the least.
        decimals: decimal places, or None.
        show: the iterations that its document works out.
        misprints: its figures that are wrong.
    """

    name: str
    problem: Problem
    title: str
    source: str
    digits: int
    decimals: int | None
    show: str
    misprints: tuple[Misprint, ...]


def example_names() -> list[str]:
    """The names of all examples, the classic first."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    names = sorted(
        name.removesuffix(".toml")
        for name in files
        if name.endswith(".toml") and not name.endswith(".published.toml")
    )
    return sorted(names, key=lambda name: name != "mazur-2015")


def example_fields(name: str) -> dict[str, Any]:
    """The tables of an example's problem file.

    Raises:
        ProblemError: no example has that name.
    """
    if name not in example_names():
        known = ", ".join(example_names())
        raise ProblemError([f"--example: no example {name!r}; known: {known}"])
    return tomllib.loads(problem_text(name))


def problem_text(name: str) -> str:
    """An example's problem file as text."""
    return resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8")


def example(name: str) -> Example:
    """The example called `name`.

    Raises:
        ProblemError: no example has that name.
    """
    problem = problem_from_fields(example_fields(name), f"{name}.toml")
    text = resources.files(__package__).joinpath(f"{name}.published.toml").read_text("utf-8")
    published = tomllib.loads(text)
    misprints = tuple(Misprint(**entry) for entry in published.pop("misprint", []))
    return Example(
        name=name,
        problem=problem,
        misprints=misprints,
        title=published["title"],
        source=published["source"],
        digits=published.get("digits", 6),
        decimals=published.get("decimals"),
        show=published.get("show", "1"),
    )
