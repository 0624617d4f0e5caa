"""Values of a file's fields, checked one by one; every fault is noted in one line.

A general validator would tell less (it knows neither what a network's shapes follow from nor what
to do) and would cost more to import than the rest of the program.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from derive.errors import ProblemError
from derive.problem.fields import frozen

_SYNONYMS: Mapping[str, str] = {
    "bce": "binary-cross-entropy",
    "categorical-cross-entropy": "cross-entropy",
    "gd": "gradient-descent",
    "linear": "identity",
    "log-loss": "binary-cross-entropy",
    "logistic": "sigmoid",
    "mse": "mean-squared-error",
    "nag": "nesterov",
    "sgd": "gradient-descent",
    "sse": "squared-error",
    "swish": "silu",
}
"""Other books' and libraries' words for what a field takes."""
MOST_FAULTS = 50
"""Nobody mends more at once; those that follow from one may be as many as a file has numbers."""
MISSING = object()
"""What a field holds that is not there."""


class Checker:
    """Looks up field after field; at a fault it goes on with a harmless value.

    Attributes:
        fields: the tables of a file.
        source: the file's name.
        faults: a line for each fault: file, field, what was expected; at most `MOST_FAULTS`.
        at_fault: fields that have a harmless value instead; what depends on them is not a fault.
    """

    def __init__(self, fields: Mapping[str, Any], source: str) -> None:
        self.fields = fields
        self.source = source
        self.faults: list[str] = []
        self.at_fault: set[str] = set()

    def fault(self, field: str, expected: str) -> None:
        """Note what was expected of a field such as `network.layers[1]`.

        Raises:
            ProblemError: there are too many faults to look for more.
        """
        self.at_fault.add(field)
        self.faults.append(" ".join(f"{self.source}: {field}: {expected}".split()))
        if len(self.faults) == MOST_FAULTS:
            more = "there may be more faults than these; mend them first"
            raise ProblemError([*self.faults, f"{self.source}: {more}"])

    def get(self, field: str) -> Any:
        """What a field such as `network.bias` holds, `MISSING` where it is not there."""
        table, key = field.split(".", 1)
        content = self.fields.get(table)
        return content.get(key, MISSING) if isinstance(content, Mapping) else MISSING

    def choice(self, field: str, choices: Iterable[str], default: str) -> Any:
        """One of some words, however its letters and dashes are written."""
        value = self.get(field)
        if value is MISSING:
            return default
        word = plain(value)
        if word is not None and word in choices:
            return word
        known = ", ".join(f'"{choice}"' for choice in choices)
        expected = f"one of {known} expected, not {shown(value)}{near(value, choices)}"
        self.fault(field, expected)
        return default

    def boolean(self, field: str, *, default: bool) -> bool:
        """True or false."""
        value = self.get(field)
        if isinstance(value, bool):
            return value
        if value is MISSING:
            return default
        self.fault(field, f"true or false expected, not {shown(value)}")
        return default

    def integer(self, field: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds, both allowed."""
        value = self.get(field)
        if value is MISSING:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(field, f"a whole number from {least} to {most} expected, not {shown(value)}")
        return default

    def number(
        self, field: str, default: float, *, least: float = -math.inf, most: float = math.inf
    ) -> float:
        """A finite number within bounds, both allowed."""
        value = self.get(field)
        if value is MISSING:
            return default
        number = finite(value)
        if number is not None and least <= number <= most:
            return number
        bounds = f" of at least {least:g}" if least > -math.inf else ""
        bounds += f"{' and' if bounds else ''} at most {most:g}" if most < math.inf else ""
        self.fault(field, f"a finite number{bounds} expected, not {shown(value)}")
        return default

    def array(
        self, field: str, value: Any, shape: tuple[int, ...], *per: str
    ) -> np.ndarray[Any, Any] | None:
        """Nested lists of finite numbers, of a shape, as a read-only array; None at a fault.

        Each of `per` says what there is one of along an axis: `an input neuron`.
        """
        before = len(self.faults)
        self._check_array(field, value, shape, per)
        return None if len(self.faults) > before else frozen(value)

    def _check_array(
        self, field: str, value: Any, shape: tuple[int, ...], per: Sequence[str]
    ) -> None:
        if not shape:
            if finite(value) is None:
                self.fault(field, f"one finite number expected, not {shown(value)}")
            return
        if not isinstance(value, list):
            expected = f"a list of {_several(shape)} expected, one {per[0]}, not {shown(value)}"
            self.fault(field, expected)
            return
        if len(value) != shape[0]:
            self.fault(field, f"{_several(shape)} expected, one {per[0]}, not {len(value)}")
            return
        for n, part in enumerate(value):
            self._check_array(f"{field}[{n}]", part, shape[1:], per[1:])


def _several(shape: tuple[int, ...]) -> str:
    """How many of what stand in a list of a shape: 2 lists of 3 numbers."""
    count = f"{shape[0]} {'number' if len(shape) == 1 else 'list'}{'s' if shape[0] != 1 else ''}"
    return count if len(shape) == 1 else f"{count} of {_several(shape[1:])}"


def finite(value: Any) -> float | None:
    """The float64 that a number is; None where it is none, or infinite, or NaN."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def kind(value: Any) -> str:
    """What sort of value it is, as an error says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {dict: "a table", list: "a list", str: "text", int: "a number", float: "a number"}
    return names.get(type(value), "a date or time")


def shown(value: Any) -> str:
    """A value as an error shows it: short, on one line, without control characters."""
    if isinstance(value, (dict, list)):
        return kind(value)
    return short(repr(value) if isinstance(value, str) else str(value).lower())


def short(text: str) -> str:
    """A key or a value without what goes on after the first words."""
    return text if len(text) <= 40 else text[:37] + "…"


def plain(word: Any) -> str | None:
    """A word as fields take it, in small letters joined by dashes: `Leaky_ReLU`; None of others."""
    return word.strip().lower().replace("_", "-") if isinstance(word, str) else None


def hint(word: str, known: Iterable[str]) -> str:
    """The known word that an unknown one is near to, or all of them."""
    return near(word, known) or f"; known: {', '.join(known)}"


def near(word: Any, known: Iterable[str]) -> str:
    """The known word that an unknown one is near to, or means elsewhere, if any."""
    spelt = plain(word)
    if spelt is None or len(spelt) > 40:
        return ""
    same = _SYNONYMS.get(spelt, spelt)
    found = [same] if same in known else get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
