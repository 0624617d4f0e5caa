"""Walking through documents, for the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from derive.derivation import worked_solution
from derive.document import Block, Document, Equation, Message, Section, Table, blocks
from derive.engine import train
from derive.maths.numbers import Rounding
from derive.maths.tree import Number, Text
from derive.problem import Problem, draw_data, problem_from_fields


def inside(thing: Any) -> Iterator[Any]:
    """`thing` and all that it holds, however deep."""
    yield thing
    if isinstance(thing, Number):
        return
    if isinstance(thing, (tuple, list)):
        for part in thing:
            yield from inside(part)
    elif isinstance(thing, Mapping):
        yield from inside(tuple(thing.values()))
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from inside(getattr(thing, field.name))


def numbers(document: Document) -> list[Number]:
    """Every printed number of a document."""
    return [part for part in inside(document) if isinstance(part, Number)]


def messages(document: Document) -> list[Message]:
    """Every message of a document."""
    return [part for part in inside(document) if isinstance(part, Message)]


def equations(document: Document) -> list[Equation]:
    """Every displayed equation."""
    return [block for block in blocks(document) if isinstance(block, Equation)]


def tables(document: Document) -> list[Table]:
    """Every table of a document."""
    return [block for block in blocks(document) if isinstance(block, Table)]


def sections(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, ...]]:
    """What stands directly under each heading."""
    yield blocks
    for block in blocks:
        if isinstance(block, Section):
            yield from sections(block.blocks)


def solution(problem: Problem, **more: Any) -> Document:
    """The worked solution of a problem, in both languages unless said otherwise."""
    more.setdefault("languages", ["zh-Hans", "en"])
    more.setdefault("rounding", Rounding(6))
    more.setdefault("command", "derive report")
    return worked_solution(problem, train(problem), **more)


def drawn(layers: list[int], **tables: Any) -> Problem:
    """A problem with drawn numbers; `tables` as in a problem file."""
    network = {"layers": layers, **tables.pop("network", {})}
    fields_: dict[str, Any] = {
        "network": network,
        "data": tables.pop("data", None) or draw_data(tuple(layers), 1),
        "start": {"seed": 1},
    }
    return problem_from_fields({**fields_, **tables}, "test")


def chaotic() -> Problem:
    """A training whose rate is so large that it magnifies every rounding."""
    fields_ = {
        "network": {"layers": [2, 2, 2], "activation": {"formula": "sin(x)"}},
        "optimizer": {"learning_rate": 1.5},
        "training": {"iterations": 1000},
        "data": {
            "inputs": [[0.5, 0.1], [0.9, -0.7], [0.2, 0.8]],
            "targets": [[0.1, 0.9], [0.8, 0.2], [0.3, 0.1]],
        },
        "start": {"seed": 1},
    }
    return problem_from_fields(fields_, "test")


def cubic_map(updates: int) -> Problem:
    """Two weights of 1/2 that each update takes to 3w − 2w³: chaotic, with a closed form."""
    fields_ = {
        "network": {"layers": [1, 1, 1], "activation": "identity", "bias": "none"},
        "optimizer": {"learning_rate": 2},
        "training": {"iterations": updates},
        "data": {"inputs": [[1]], "targets": [[1]]},
        "start": {"W1": [[0.5]], "W2": [[0.5]]},
    }
    return problem_from_fields(fields_, "test")


def plain(cell: Any) -> str:
    """What a cell of a table says, its numbers as plain text."""
    shown = [part for part in inside(cell) if isinstance(part, (Number, Text, str))]
    (only,) = [part for part in shown if not isinstance(part, str)] or shown
    return only.numeral.plain() if isinstance(only, Number) else getattr(only, "text", only)
