"""The trace as JSON: the contract of `derive trace`.

Every float64 stands in its shortest exact form. An infinity is written 1e999, which is valid
JSON and reads back as an infinity. The certified export has strings: decimals with as many
certain digits as were asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from derive.engine.certified import certified_texts
from derive.engine.optimizers import optimizer_of
from derive.engine.replay import Pass
from derive.engine.trace import Trace
from derive.problem.fields import Problem

FORMAT = 1


def _json(value: Any) -> str:
    """One value as JSON; infinities as numbers too large, NaN (which no trace holds) as null."""
    text = json.dumps(value, separators=(", ", ": "))
    if "Infinity" in text or "NaN" in text:
        text = json.dumps(_without_nan(value), separators=(", ", ": "))
        text = text.replace("Infinity", "1e999")
    return text


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def export_json(trace: Trace) -> Iterator[str]:
    """The trace export in pieces, ready to be written one after the other."""
    problem, step = trace.problem, 256

    def passes() -> Iterator[str]:
        for start in range(0, len(trace), step):
            found = trace.passes(slice(start, start + step))
            for row in range(len(found["loss"])):

                def at(name: str, found: Any = found, row: int = row) -> Any:
                    return np.asarray(found[name][row]).tolist()

                yield _pass(problem, int(trace.iterations[start + row]), at)

    yield from _file(problem, passes(), {})


def export_certified(
    problem: Problem, digits: int, number: Callable[[Any], str], *, every: int = 1
) -> Iterator[str]:
    """The same in ball arithmetic, each number a string as `number` writes an enclosure.

    Raises:
        UncertainError: `number` cannot write one that is enclosed as narrowly as the effort
            allowed admits.
    """
    wanted = sorted({*range(0, problem.iterations + 1, every), problem.iterations})

    def text(found: Pass) -> str:
        written = np.frompyfunc(number, 1, 1)

        def at(name: str) -> Any:
            values = np.asarray(found.quantities[name], dtype=object)
            return written(values).tolist() if values.shape else number(values.item())

        return _pass(problem, found.iteration, at)

    yield from _file(problem, certified_texts(problem, wanted, text), {"digits": digits})


def _file(problem: Problem, passes: Iterable[str], more: Mapping[str, int]) -> Iterator[str]:
    head = {"format": FORMAT, **more, "layers": list(problem.layers)}
    yield "{" + ",\n ".join(
        f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()
    )
    yield ',\n "passes": ['
    lead = "\n  "
    for text in passes:
        yield f"{lead}{text}"
        lead = ",\n  "
    yield "\n ]}\n"


def _pass(problem: Problem, iteration: int, at: Callable[[str], Any]) -> str:
    """One pass as an object of the export; `at` gives a quantity as nested lists."""
    last = len(problem.layers) - 1
    names = problem.parameter_names()
    states = optimizer_of(problem.optimizer).state
    sample = iteration % len(problem.inputs) if problem.samples == "one-by-one" else None
    fields: dict[str, Any] = {
        "iteration": iteration,
        "sample": sample,
        "parameters": {name: at(name) for name in names},
    }
    for layer in range(1, last + 1):
        fields[f"net{layer}"], fields[f"out{layer}"] = at(f"net{layer}"), at(f"out{layer}")
    fields["loss_terms"], fields["loss"] = at("loss_terms"), at("loss")
    for layer in range(last, 0, -1):
        for name in (f"dE/dout{layer}", f"dout{layer}/dnet{layer}", f"delta{layer}"):
            fields[name] = at(name)
    for name in names:
        fields[f"dE/d{name}"] = at(f"dE/d{name}")
    fields["optimizer"] = {
        f"{state}{name}": at(f"{state}{name}") for state in states for name in names
    }
    body = ", ".join(
        f"{json.dumps(key)}: {_json(value)}"
        if key not in ("parameters", "optimizer")
        else f"{json.dumps(key)}: {_nested(value)}"
        for key, value in fields.items()
    )
    return f"{{{body}}}"


def _nested(table: dict[str, Any]) -> str:
    return (
        "{" + ", ".join(f"{json.dumps(key)}: {_json(value)}" for key, value in table.items()) + "}"
    )
