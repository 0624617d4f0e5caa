"""The trace as JSON: the contract of `derive trace`.

Every float64 stands in its shortest exact form. An infinity is written 1e999, which is valid
JSON and reads back as an infinity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.engine.optimizers import optimizer_of
from derive.engine.trace import Trace

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
    problem = trace.problem
    last = len(problem.layers) - 1
    yield f'{{"format": {FORMAT},\n "layers": {json.dumps(list(problem.layers))},\n "passes": ['
    names = problem.parameter_names()
    states = optimizer_of(problem.optimizer).state
    step = 256
    for start in range(0, len(trace), step):
        found = trace.passes(slice(start, start + step))
        for row in range(len(found["loss"])):
            iteration = int(trace.iterations[start + row])
            one = problem.samples == "one-by-one"
            sample = iteration % len(problem.inputs) if one else None

            def at(name: str, found: Any = found, row: int = row) -> Any:
                return np.asarray(found[name][row]).tolist()

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
            lead = ",\n  " if start + row else "\n  "
            body = ", ".join(
                f"{json.dumps(key)}: {_json(value)}"
                if key not in ("parameters", "optimizer")
                else f"{json.dumps(key)}: {_nested(value)}"
                for key, value in fields.items()
            )
            yield f"{lead}{{{body}}}"
    yield "\n ]}\n"


def _nested(table: dict[str, Any]) -> str:
    return (
        "{" + ", ".join(f"{json.dumps(key)}: {_json(value)}" for key, value in table.items()) + "}"
    )
