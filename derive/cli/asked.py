"""The problem that a command line asks: its source, with the options laid over it."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from derive.cli.shorthands import NAMES, SHORTHANDS, Shorthand
from derive.errors import ProblemError
from derive.problem import (
    Example,
    Problem,
    draw_data,
    draw_labels,
    example,
    example_names,
    problem_from_fields,
    read_fields,
)
from derive.problem.examples import example_fields
from derive.problem.reader import MOST_NEURONS

CLASSIC = "mazur-2015"
CLASSIC_LAYERS = (2, 2, 2)
DEFAULT_SEED = 1

Value = str | float | int | bool | tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A problem, and where it came from.

    Attributes:
        problem: what is asked.
        name: for the files that are written.
        example: the published example that it is, with those of its misprints that lie within
            the training, or None where the numbers differ from it.
        fields: the tables that it was read from, the options' values in them.
    """

    problem: Problem
    name: str
    example: Example | None
    fields: Mapping[str, Any]


def asked(
    problem_file: Path | None, example_name: str | None, options: Mapping[str, Value]
) -> Asked:
    """The problem that the command line asks.

    Raises:
        ProblemError: what is asked does not fit the format; options are named as options.
        click.UsageError: nothing is asked, or two sources at once.
    """
    if problem_file is not None and example_name is not None:
        raise click.UsageError("name a problem file or --example, not both")
    given = {
        shorthand: shorthand.read(options[shorthand.parameter])
        for shorthand in SHORTHANDS
        if options.get(shorthand.parameter) not in (None, ())
    }
    name = ""
    if problem_file is not None:
        fields, source = read_fields(problem_file), str(problem_file)
        name = problem_file.stem
    elif example_name is not None:
        fields, source = copy.deepcopy(example_fields(example_name)), f"{example_name}.toml"
        name = example_name
    else:
        net = next((value for key, value in given.items() if key.field == "network.layers"), None)
        if net is None:
            raise click.UsageError(
                "what shall be solved? Name a problem file, --net 2-2-2 or --example NAME"
            )
        name, source = "-".join(map(str, net)), "the command line"
        by_field = {key.field: value for key, value in given.items()}
        drawn = {"start.seed", "data.inputs", "data.targets"} & set(by_field)
        # With all weights of its own it is another problem; with some it is the classic changed.
        whole = {"W1", "W2"} <= set(by_field.get("start", ()))
        classic = tuple(net) == CLASSIC_LAYERS and not drawn and not whole
        example_name = CLASSIC if classic else None
        fields = copy.deepcopy(example_fields(CLASSIC)) if classic else {}
    _lay_over(fields, given)
    missing = _draw_what_is_missing(fields) if source == "the command line" else []
    try:
        _draw_the_rest(fields, source, given)
        problem = _read(fields, source, given)
    except ProblemError as error:
        raise ProblemError([*missing, *error.faults]) from None
    if missing:
        raise ProblemError(missing)
    return Asked(problem, name, _as_published(problem, example_name), fields)


def file_named(name: str) -> Path | None:
    """The problem file of that name; None where it is an example's name."""
    return None if name in example_names() and not os.path.isfile(name) else Path(name)


def asked_by_name(name: str, options: Mapping[str, Value]) -> Asked:
    """The problem of a file or of an example, whichever has that name, with options over it.

    Raises:
        ProblemError: nothing has that name, or what is asked does not fit the format.
    """
    file = file_named(name)
    if file is None:
        return asked(None, name, options)
    if not os.path.exists(file) and not file.suffix:
        near = get_close_matches(name, example_names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `derive examples` lists the examples"
        raise ProblemError([f"{name}: no such file, and no example of that name{hint}"])
    return asked(file, None, options)


def changed(question: Asked, given: Mapping[Shorthand, Any]) -> Asked:
    """The same with other values in some fields.

    Raises:
        ProblemError: the values do not fit.
    """
    fields = copy.deepcopy(dict(question.fields))
    _lay_over(fields, given)
    if any(shorthand.field == "network.bias" for shorthand in given):
        _fit_biases(fields, question.problem)
    try:
        _draw_the_rest(fields, "--with", given)
        problem = _read(fields, "--with", given)
    except ProblemError as error:
        told = [
            f"--with {fault.removeprefix('--with: ').removeprefix('--')}" for fault in error.faults
        ]
        raise ProblemError(told) from None
    return Asked(problem, question.name, None, fields)


def _fit_biases(fields: dict[str, Any], problem: Problem) -> None:
    """Share, part or drop the starting biases, as the field now says, where that is plain."""
    bias, start = fields["network"].get("bias"), fields.get("start", {})
    for layer, size in enumerate(problem.layers[1:], 1):
        name = f"b{layer}"
        given = start.get(name)
        if bias == "none":
            start.pop(name, None)
        elif bias == "neuron" and isinstance(given, (int, float)):
            start[name] = [given] * size
        elif bias == "layer" and isinstance(given, list) and len({*given}) == 1:
            start[name] = given[0]


def _lay_over(fields: dict[str, Any], given: Mapping[Shorthand, Any]) -> None:
    """Put the options' values over a file's fields."""
    by_field = {shorthand.field: value for shorthand, value in given.items()}
    for field, value in by_field.items():
        table, _, key = field.partition(".")
        content = fields.setdefault(table, {})
        if not isinstance(content, dict):
            continue
        if field == "start":
            # Of two seeds the later one counts, of a seed and parameters both.
            content.update(value)
        elif field == "start.seed":
            fields["start"] = {"seed": value, **by_field.get("start", {})}
        elif field == "loss.name" and not NAMES.fullmatch(value.strip()):
            content.pop("name", None)
            content["formula"] = value
        else:
            if field == "loss.name":
                content.pop("formula", None)
            if field == "optimizer.name" and content.get("name") != value:
                for other in ("beta", "form", "epsilon", "rho", "beta1", "beta2", "weight_decay"):
                    content.pop(other, None)
            content[key] = value


def _draw_the_rest(fields: dict[str, Any], source: str, given: Mapping[Shorthand, Any]) -> None:
    """Where options give some parameters over a seed, draw the others from it.

    Raises:
        ProblemError: the problem does not fit without them.
    """
    start = fields.get("start")
    own: Mapping[str, Any] = next(
        (value for key, value in given.items() if key.field == "start"), {}
    )
    parameters = {name: value for name, value in own.items() if name != "seed"}
    if not parameters or not isinstance(start, dict) or "seed" not in start:
        return
    drawn = _read({**fields, "start": {"seed": start["seed"]}}, source, given)
    numbers = {name: values.tolist() for name, values in drawn.start.items()}
    fields["start"] = {**numbers, **parameters}


def _draw_what_is_missing(fields: dict[str, Any]) -> list[str]:
    """Fill in a start and data where none are given; the faults of half of the data."""
    layers = fields["network"]["layers"]
    start, data = fields.setdefault("start", {}), fields.setdefault("data", {})
    kinds = "W" if fields["network"].get("bias") == "none" else "Wb"
    if any(f"{kind}{layer}" not in start for layer in range(1, len(layers)) for kind in kinds):
        start.setdefault("seed", DEFAULT_SEED)
    if not all(0 < size <= MOST_NEURONS for size in layers):
        # The sizes are at fault, not the data that is not there.
        for name in ("inputs", "targets"):
            data.setdefault(name, [[0.5]])
        return []
    seed = start.get("seed", DEFAULT_SEED)
    seed = seed if isinstance(seed, int) and seed >= 0 else DEFAULT_SEED
    labels = fields.get("loss", {}).get("name") in ("cross-entropy", "binary-cross-entropy")
    drawn = (draw_labels if labels else draw_data)(tuple(layers), seed)
    if not data:
        data.update(drawn)
    faults = []
    for name, other in (("inputs", "targets"), ("targets", "inputs")):
        if name not in data:
            faults.append(f"--{name}: missing; --{other} goes with it, a sample for each")
            # What else is at fault is told too, and these harmless values are not.
            data[name] = drawn[name] * len(data[other])
    return faults


_LOSS_FORMULA = ("loss.name", "loss.formula")
"""The field of --loss, and where a formula given by it goes."""


def _read(fields: Mapping[str, Any], source: str, given: Mapping[Shorthand, Any]) -> Problem:
    try:
        return problem_from_fields(fields, source)
    except ProblemError as error:
        raise ProblemError([_by_option(fault, source, given) for fault in error.faults]) from None


def _by_option(fault: str, source: str, given: Mapping[Shorthand, Any]) -> str:
    """A fault under the name of the option that gave the field."""
    place, _, reason = fault.removeprefix(f"{source}: ").partition(": ")
    for shorthand in given:
        field = "loss.formula" if (shorthand.field, place) == _LOSS_FORMULA else shorthand.field
        inner = place.removeprefix(field)
        if place.startswith(field) and inner[:1] in ("", ".", "["):
            inner = inner.removesuffix(".formula").replace(".", " ")
            return f"{shorthand.shown}{inner}: {reason}"
    return fault


def _as_published(problem: Problem, name: str | None) -> Example | None:
    """The example, if nothing but the number of iterations differs from it."""
    if name is None:
        return None
    found = example(name)
    same = replace(found.problem, iterations=problem.iterations)
    if same != problem:
        return None
    within = tuple(m for m in found.misprints if m.iteration <= problem.iterations)
    return replace(found, misprints=within)
