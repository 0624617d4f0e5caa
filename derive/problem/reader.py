"""Fields to a `Problem`: every fault of a file is found and told at once."""

from __future__ import annotations

import itertools
import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from derive.calculus import worked
from derive.errors import DifferentiationError, FormulaError, ProblemError
from derive.formula import parse
from derive.problem.checking import MISSING, Checker, finite, hint, kind, near, plain, short, shown
from derive.problem.draw import draw_start
from derive.problem.fields import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    ActivationSpec,
    LossSpec,
    OptimizerSpec,
    Problem,
    parameter_shape,
)

MOST_NEURONS = 100_000
MOST_LAYERS = 100
"""The input with them: a report of so many has been made in every view and format."""
MOST_PARAMETERS = 10_000_000
MOST_ITERATIONS = 10**9
DEFAULT_RATE = 0.5
_RATE = "optimizer.learning_rate"
MOST_BYTES = 2**27
"""Of a problem file; one with all the weights that can be traced has fewer."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "network": ("layers", "activation", "bias"),
    "loss": ("name", "formula", "over_samples"),
    "optimizer": (
        "name", "learning_rate", "l2", "beta", "form", "epsilon", "rho", "beta1", "beta2",
        "weight_decay",
    ),
    "training": ("iterations", "samples", "train_biases", "hidden_deltas"),
    "data": ("inputs", "targets"),
    "start": ("seed",),
}  # fmt: skip
"""The tables of a problem file and their fields; `start` also holds W1, b1, …"""


def read_problem(path: str | PathLike[str]) -> Problem:
    """The problem that a file asks.

    Raises:
        ProblemError: the file cannot be read, is not TOML, or does not fit the format.
    """
    return problem_from_fields(read_fields(path), str(path))


def read_fields(path: str | PathLike[str]) -> dict[str, Any]:
    """The tables of a problem file, unchecked.

    Raises:
        ProblemError: the file cannot be read or is not TOML in UTF-8.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            fault = f"{path}: more than {MOST_BYTES >> 20} MiB, which no problem file needs"
            raise ProblemError([fault])
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = f"{path}: not UTF-8 text at byte {error.start}; save the file as UTF-8"
        raise ProblemError([fault]) from None
    except FileNotFoundError:
        fault = f"{path}: no such file; `derive new {path}` writes one to fill in"
        raise ProblemError([fault]) from None
    except IsADirectoryError:
        raise ProblemError([f"{path}: is a folder; name a problem file in it"]) from None
    except OSError as error:
        raise ProblemError([f"{path}: cannot be read: {error.strerror}"]) from None
    if _DEEP_KEY.search(text):
        raise ProblemError([f"{path}: not a problem file: nested too deep"])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProblemError([f"{path}: {_not_toml(str(error), text, path)}"]) from None
    except RecursionError:
        raise ProblemError([f"{path}: not a problem file: nested too deep"]) from None
    except ValueError:
        # tomllib leaves a number of thousands of digits to int(), which refuses it.
        fault = f"{path}: not a problem file: a number has more digits than can be read"
        raise ProblemError([fault]) from None


_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{32}}")
"""A key of so many parts (a.b.c. …), for each of which tomllib copies all before it."""
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_ASCII = str.maketrans("“”„‘’、；。：【】（）−–", '"""\'\',,.=[][]--')
"""The signs of a Chinese keyboard, or of print, whose meaning in TOML is not NFKC's or has none."""


def _not_toml(reason: str, text: str, path: Path) -> str:
    """Why a file is not TOML, and what to do: most often another format, or another keyboard."""
    lines = text.splitlines()
    if found := _AT.search(reason):
        line, column = map(int, found.groups())
        sign = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
        meant = unicodedata.normalize("NFKC", sign.translate(_ASCII))
        if sign and meant != sign and meant.isascii():
            where, look = f"line {line}, column {column}", "long" if meant == "-" else "full-width"
            return f"not TOML: {where}: write {meant} in place of the {look} {sign}"
    told = f"not TOML: {reason[:1].lower()}{reason[1:]}"
    if path.suffix.lower() in (".toml", ""):
        return told
    return f"{told}; a problem is a TOML file, and `derive new {path.stem}.toml` writes one"


def problem_from_fields(fields: Mapping[str, Any], source: str) -> Problem:
    """The problem that nested `fields` ask, named `source` in faults.

    Raises:
        ProblemError: with one line for every fault.
    """
    return _Reader(fields, source).problem()


class _Reader(Checker):
    """What the tables of a problem file hold, and the rules that cross them."""

    def problem(self) -> Problem:
        self._unknown_keys()
        layers = self._layers()
        activations = self._activations(layers)
        loss = self._loss()
        bias = self.choice("network.bias", ("neuron", "layer", "none"), "neuron")
        optimizer = self._optimizer()
        fields: dict[str, Any] = {
            "bias": bias,
            "loss": loss,
            "optimizer": optimizer,
            "over_samples": self.choice("loss.over_samples", ("sum", "mean"), "sum"),
            "l2": self.number("optimizer.l2", 0.0, least=0.0),
            "iterations": self.integer("training.iterations", 1, 0, MOST_ITERATIONS),
            "samples": self.choice("training.samples", ("together", "one-by-one"), "together"),
            "train_biases": self.boolean("training.train_biases", default=True),
            "hidden_deltas": self.choice(
                "training.hidden_deltas", ("before-update", "after-update"), "before-update"
            ),
        }
        inputs = self._samples("data.inputs", layers[0] if layers else None, "an input neuron")
        targets = self._samples("data.targets", layers[-1] if layers else None, "an output neuron")
        if inputs is not None and targets is not None and len(inputs) != len(targets):
            lists = f"{len(inputs)} list{'s' if len(inputs) > 1 else ''} of targets expected"
            self.fault("data.targets", f"{lists}, one a sample of data.inputs, not {len(targets)}")
        start, seed = self._start(layers, bias)
        if targets is not None:
            self._targets_fit(targets, loss, activations)
        if self.faults or inputs is None or targets is None or layers is None:
            raise ProblemError(self.faults)
        assumed = () if self.get(_RATE) is not MISSING else (_RATE,)
        return Problem(
            layers=layers, activations=activations, inputs=inputs, targets=targets, start=start,
            seed=seed, assumed=assumed, **fields,
        )  # fmt: skip

    # Keys

    def _unknown_keys(self) -> None:
        for table, content in self.fields.items():
            if table not in TABLES:
                self.fault(short(table), f"unknown table{hint(table, TABLES)}")
            elif not isinstance(content, Mapping):
                self.fault(table, f"a table [{table}] expected, not {kind(content)}")
            elif table != "start":
                for key in content:
                    if key not in TABLES[table]:
                        field = f"{table}.{short(key)}"
                        self.fault(field, f"unknown key{hint(key, TABLES[table])}")

    # The network

    def _layers(self) -> tuple[int, ...] | None:
        value = self.get("network.layers")
        example = "write the neurons per layer, the input first, such as [2, 2, 2]"
        if value is MISSING:
            self.fault("network.layers", f"missing; {example}")
            return None
        if not isinstance(value, list) or len(value) < 2:
            self.fault("network.layers", f"a list of two or more numbers expected; {example}")
            return None
        if len(value) > MOST_LAYERS:
            expected = f"at most {MOST_LAYERS} layers can be worked out, these are {len(value)}"
            self.fault("network.layers", f"{expected}; leave some out")
            return None
        before = len(self.faults)
        for n, size in enumerate(value):
            if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_NEURONS:
                expected = f"a whole number from 1 to {MOST_NEURONS} expected, not {shown(size)}"
                self.fault(f"network.layers[{n}]", expected)
        if len(self.faults) > before:
            return None
        parameters = sum(a * b for a, b in itertools.pairwise(value))
        if parameters > MOST_PARAMETERS:
            expected = f"at most {MOST_PARAMETERS} weights can be traced, these are {parameters}"
            self.fault("network.layers", f"{expected}; make the layers smaller")
            return None
        return tuple(value)

    def _activations(self, layers: tuple[int, ...] | None) -> tuple[ActivationSpec, ...]:
        field = "network.activation"
        value = self.get(field)
        count = len(layers) - 1 if layers else 1
        if value is MISSING:
            return (ActivationSpec("sigmoid"),) * count
        if not isinstance(value, list):
            spec = self._activation(field, value)
            if spec.name == "softmax" and count > 1:
                expected = (
                    "softmax stands on the output layer alone; "
                    'write a list such as ["sigmoid", "softmax"]'
                )
                self.fault(field, expected)
            return (spec,) * count
        if layers and len(value) != count:
            expected = (
                f"{count} activations expected, one a layer after the input, not {len(value)}"
            )
            self.fault(field, expected)
        specs = tuple(self._activation(f"{field}[{n}]", one) for n, one in enumerate(value))
        for n, spec in enumerate(specs[:-1]):
            if spec.name == "softmax":
                expected = "softmax stands on the output layer alone; choose another for this layer"
                self.fault(f"{field}[{n}]", expected)
        return specs

    def _activation(self, field: str, value: Any) -> ActivationSpec:
        if isinstance(value, Mapping):
            return ActivationSpec(None, self._formula(field, value, {"x"}, "x"))
        if plain(value) in ACTIVATIONS:
            return ActivationSpec(plain(value))
        known = ", ".join(ACTIVATIONS)
        expected = f"one of {known} expected, not {shown(value)}{near(value, ACTIVATIONS)}"
        self.fault(field, expected)
        return ActivationSpec("identity")

    def _formula(self, field: str, value: Mapping[str, Any], names: set[str], by: str) -> str:
        text = value.get("formula")
        if set(value) != {"formula"} or not isinstance(text, str):
            self.fault(field, 'a table such as { formula = "x / (1 + exp(-x))" } expected')
            return "x"
        return self._checked(f"{field}.formula", text, names, by)

    def _checked(self, field: str, text: str, names: set[str], by: str) -> str:
        """A formula that can be read, and be differentiated on a page."""
        try:
            for _ in worked(parse(text, names), by):
                pass
        except FormulaError as error:
            self.fault(field, f"at character {error.position + 1}: {error}")
        except DifferentiationError as error:
            self.fault(field, str(error))
        return text

    def _loss(self) -> LossSpec:
        formula = self.get("loss.formula")
        name = self.get("loss.name")
        if formula is MISSING and isinstance(name, Mapping):
            written = name.get("formula")
            meant = short(written) if isinstance(written, str) else "(t - o)^2"
            expected = (
                f'a name expected; a formula goes into a field of its own: formula = "{meant}"'
            )
            self.fault("loss.name", f"{expected} in place of name")
            return LossSpec()
        if formula is MISSING:
            return LossSpec(self.choice("loss.name", LOSSES, "half-squared-error"))
        if name is not MISSING:
            self.fault("loss.formula", "a name or a formula expected, not both; remove one")
        if not isinstance(formula, str):
            self.fault("loss.formula", f"text in t and o expected, not {shown(formula)}")
            return LossSpec()
        return LossSpec(None, self._checked("loss.formula", formula, {"t", "o"}, "o"))

    def _optimizer(self) -> OptimizerSpec:
        name = self.choice("optimizer.name", OPTIMIZERS, "gradient-descent")
        defaults = OPTIMIZERS[name]
        numbers = {}
        for key in ("beta", "epsilon", "rho", "beta1", "beta2", "weight_decay"):
            field = f"optimizer.{key}"
            if key in defaults:
                numbers[key] = self._optimizer_number(field, defaults[key])
            elif self.get(field) is not MISSING and "optimizer.name" not in self.at_fault:
                users = " and ".join(one for one, own in OPTIMIZERS.items() if key in own)
                self.fault(field, f"belongs to {users}, not to {name}; remove it")
        form = self.choice("optimizer.form", ("classic", "average"), "classic")
        stray = self.get("optimizer.form") is not MISSING and name != "momentum"
        if stray and "optimizer.name" not in self.at_fault:
            self.fault("optimizer.form", f"belongs to momentum, not to {name}; remove it")
        rate = self.number(_RATE, DEFAULT_RATE)
        self._divides_by_something(name, numbers)
        return OptimizerSpec(name, rate, numbers, form)

    def _optimizer_number(self, field: str, default: float) -> float:
        """One of an optimizer's own numbers."""
        key = field.partition(".")[2]
        if key in ("beta1", "beta2"):
            # The correction of the bias divides by 1 - beta^k.
            value = finite(self.get(field))
            if value == 1:
                expected = (
                    f"a number below 1 expected, as 1 - {key}^k divides; {default:g} is usual"
                )
                self.fault(field, expected)
                return default
        most = 1.0 if key in ("beta", "rho", "beta1", "beta2") else math.inf
        return self.number(field, default, least=0.0, most=most)

    def _divides_by_something(self, name: str, numbers: Mapping[str, float]) -> None:
        """Refuse an epsilon of 0 where without it no step is ever made, or each is infinite.

        Elsewhere 0 is what a person leaves out who works by hand, and only a gradient of 0 would
        be divided by 0.
        """
        if numbers.get("epsilon") != 0:
            return
        usual = f"a number above 0 expected; {OPTIMIZERS[name]['epsilon']:g} is usual"
        if name == "adadelta":
            self.fault("optimizer.epsilon", f"{usual}: adadelta's first step grows out of it")
        elif name == "rmsprop" and numbers["rho"] == 1:
            reason = "with rho = 1 it is all that the gradient is divided by"
            self.fault("optimizer.epsilon", f"{usual}: {reason}")

    # Numbers by the table

    def _samples(self, field: str, width: int | None, per: str) -> np.ndarray[Any, Any] | None:
        value = self.get(field)
        if value is MISSING:
            self.fault(field, "missing; write one list of numbers a sample, such as [[0.05, 0.10]]")
            return None
        if not isinstance(value, list) or not value:
            self.fault(field, "a list of samples expected, such as [[0.05, 0.10]]")
            return None
        shape = (
            len(value),
            width if width is not None else len(value[0]) if isinstance(value[0], list) else 1,
        )
        return self.array(field, value, shape, "a sample", per)

    def _start(
        self, layers: tuple[int, ...] | None, bias: str
    ) -> tuple[dict[str, np.ndarray[Any, Any]], int | None]:
        table = self.fields.get("start", {})
        if not isinstance(table, Mapping):
            return {}, None
        seed = table.get("seed", MISSING)
        given = {key: value for key, value in table.items() if key != "seed"}
        if layers is None:
            return {}, None
        kinds = "W" if bias == "none" else "Wb"
        names = [f"{kind}{layer}" for layer in range(1, len(layers)) for kind in kinds]
        for key in given:
            if key not in names:
                self.fault(f"start.{short(key)}", f"unknown key{hint(key, [*names, 'seed'])}")
        if seed is not MISSING:
            return self._drawn(layers, bias, names, seed, given)
        start = {}
        for name in names:
            if name[0] == "b" and "network.bias" in self.at_fault:
                continue
            if name not in given:
                self.fault(f"start.{name}", "missing; give every parameter, or a seed alone")
                continue
            layer = int(name[1:])
            per = (f"a neuron of layer {layer}", f"a neuron of layer {layer - 1}")
            shape = parameter_shape(layers, bias, name)
            array = self.array(f"start.{name}", given[name], shape, *per)
            if array is not None:
                start[name] = array
        return start, None

    def _drawn(
        self,
        layers: tuple[int, ...],
        bias: str,
        names: list[str],
        seed: Any,
        given: Mapping[str, Any],
    ) -> tuple[dict[str, np.ndarray[Any, Any]], int | None]:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            self.fault("start.seed", f"a whole number of at least 0 expected, not {shown(seed)}")
            return {}, None
        if set(given) & set(names):
            self.fault("start.seed", "either every parameter or a seed expected; remove one")
            return {}, None
        return draw_start(layers, bias, seed), seed

    def _targets_fit(
        self, targets: np.ndarray[Any, Any], loss: LossSpec, activations: tuple[ActivationSpec, ...]
    ) -> None:
        cross_entropy = loss.name in ("binary-cross-entropy", "cross-entropy")
        if cross_entropy and not ((targets >= 0) & (targets <= 1)).all():
            self.fault("data.targets", f"numbers from 0 to 1 expected, as {loss.name} needs them")
        last = activations[-1].name if activations else None
        if cross_entropy and last == "tanh":
            expected = f"{loss.name} takes the logarithm of the outputs, and tanh's can be negative"
            self.fault("loss.name", f"{expected}; choose sigmoid or softmax for the output layer")
