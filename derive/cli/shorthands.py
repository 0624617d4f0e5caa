"""The command line's shorthands: one option for each field of a problem file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from derive.errors import ProblemError
from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, example_names
from derive.problem.reader import MOST_NEURONS

MOST_DIGITS = 20
"""Of a layer's size; longer numbers are not even read."""
NAMES = re.compile(r"[A-Za-z]{2,}([_-][A-Za-z]+)*")
"""A name as a field takes it, however spelt; what is none is a formula, x as well."""


@dataclass(frozen=True)
class Shorthand:
    """An option that sets a field.

    Attributes:
        option: as click takes it.
        field: `table.key`.
        help: what it says, where the names that a field may take are put in.
        kind: click's type of the value.
        metavar: how the value is called.
        many: whether the option may be repeated.
        choices: the values that a shell may complete.
        read: from the option's value to the field's.
    """

    option: str
    field: str
    help: str
    kind: Any = str
    metavar: str | None = None
    many: bool = False
    choices: Sequence[str] = ()
    read: Callable[[Any], Any] = lambda value: value

    @property
    def parameter(self) -> str:
        """The name of click's parameter."""
        return self.option.split("/")[0].lstrip("-").replace("-", "_")

    @property
    def shown(self) -> str:
        """The option as faults name it."""
        return self.option.split("/")[0]


def _fault(option: str, reason: str) -> ProblemError:
    return ProblemError([f"{option}: {reason}"])


def _layers(text: str) -> list[int]:
    sizes = text.replace(",", "-").split("-")
    if not all(size.strip().isdecimal() for size in sizes) or len(sizes) < 2:
        raise _fault("--net", f"neurons per layer expected, as in 2-2-2 or 3-4-2, not {text!r}")
    if any(len(size) > MOST_DIGITS for size in sizes):
        raise _fault("--net", f"at most {MOST_NEURONS} neurons a layer can be traced")
    return [int(size) for size in sizes]


def _activations(texts: Sequence[str]) -> Any:
    parts = [part.strip() for text in texts for part in _between_commas(text)]
    found = [part if NAMES.fullmatch(part) else {"formula": part} for part in parts]
    return found[0] if len(found) == 1 else found


def _between_commas(text: str) -> list[str]:
    """The parts of a list; commas in parentheses are a formula's."""
    parts, depth = [""], 0
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _rows(option: str) -> Callable[[Sequence[str]], list[list[float]]]:
    def read(texts: Sequence[str]) -> list[list[float]]:
        lines = [line for text in texts for line in text.split(";") if line.strip()]
        try:
            return [
                [float(number) for number in re.split(r"[,\s]+", line.strip())] for line in lines
            ]
        except ValueError:
            shown = " ".join(texts)
            raise _fault(
                option, f"numbers expected, as in '0.05,0.10; 0.2,0.3', not {shown!r}"
            ) from None

    return read


def _start(texts: Sequence[str]) -> dict[str, Any]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        try:
            if not equals:
                raise ValueError
            found[name.strip()] = tomllib.loads(f"value = {value.strip()}")["value"]
        except (ValueError, RecursionError):
            raise _fault(
                "--start", f"W1=[[0.15, 0.20], [0.25, 0.30]] expected, not {text!r}"
            ) from None
    return found


SHORTHANDS = (
    Shorthand(
        "--net",
        "network.layers",
        "Neurons per layer, the input first.",
        metavar="2-2-2",
        read=_layers,
    ),
    Shorthand(
        "--activation",
        "network.activation",
        f"One for all layers, or one a layer: {', '.join(ACTIVATIONS)}; or a formula of x, "
        "as in 'tanh, x/(1+exp(-x))'.",
        metavar="NAME,…",
        many=True,
        choices=ACTIVATIONS,
        read=_activations,
    ),
    Shorthand(
        "--bias",
        "network.bias",
        "One per neuron, one per layer, or none.",
        metavar="neuron|layer|none",
        choices=("neuron", "layer", "none"),
    ),
    Shorthand(
        "--loss",
        "loss.name",
        f"One of {', '.join(LOSSES)}; or a formula of t and o.",
        metavar="NAME",
        choices=LOSSES,
    ),
    Shorthand(
        "--over-samples",
        "loss.over_samples",
        "Sum or mean of the samples' losses.",
        metavar="sum|mean",
        choices=("sum", "mean"),
    ),
    Shorthand(
        "--optimizer",
        "optimizer.name",
        f"One of {', '.join(OPTIMIZERS)}.",
        metavar="NAME",
        choices=tuple(OPTIMIZERS),
    ),
    Shorthand("--learning-rate", "optimizer.learning_rate", "The step η.", float, "NUMBER"),
    Shorthand("--l2", "optimizer.l2", "λ of the penalty on squared weights.", float, "NUMBER"),
    Shorthand("--beta", "optimizer.beta", "Of momentum and nesterov.", float, "NUMBER"),
    Shorthand(
        "--form",
        "optimizer.form",
        "Of momentum: v = βv + g, or with (1 − β)g.",
        metavar="classic|average",
        choices=("classic", "average"),
    ),
    Shorthand(
        "--epsilon",
        "optimizer.epsilon",
        "Of adagrad, rmsprop, adadelta, adam, adamw.",
        float,
        "NUMBER",
    ),
    Shorthand("--rho", "optimizer.rho", "Of rmsprop and adadelta.", float, "NUMBER"),
    Shorthand("--beta1", "optimizer.beta1", "Of adam and adamw.", float, "NUMBER"),
    Shorthand("--beta2", "optimizer.beta2", "Of adam and adamw.", float, "NUMBER"),
    Shorthand("--weight-decay", "optimizer.weight_decay", "Of adamw.", float, "NUMBER"),
    Shorthand("--iterations", "training.iterations", "Number of parameter updates.", int, "N"),
    Shorthand(
        "--samples",
        "training.samples",
        "Each update from all samples, or from one in turn.",
        metavar="together|one-by-one",
        choices=("together", "one-by-one"),
    ),
    Shorthand(
        "--train-biases/--no-train-biases",
        "training.train_biases",
        "Whether updates change the biases.",
        bool,
    ),
    Shorthand(
        "--hidden-deltas",
        "training.hidden_deltas",
        "Which weights the hidden deltas use; after-update is a known mistake.",
        metavar="before-update|after-update",
        choices=("before-update", "after-update"),
    ),
    Shorthand(
        "--inputs",
        "data.inputs",
        "One sample, or several parted by semicolons.",
        metavar="0.05,0.10",
        many=True,
        read=_rows("--inputs"),
    ),
    Shorthand(
        "--targets",
        "data.targets",
        "Likewise.",
        metavar="0.01,0.99",
        many=True,
        read=_rows("--targets"),
    ),
    Shorthand(
        "--start",
        "start",
        "A parameter, such as W1=[[0.15, 0.20], [0.25, 0.30]]; the others stay as they are.",
        metavar="NAME=VALUE",
        many=True,
        read=_start,
    ),
    Shorthand("--seed", "start.seed", "Draw the start from this seed.", int, "N"),
)
"""Every field of a problem file has its option here; help and completion follow."""


def _completer(choices: Sequence[str]) -> Callable[..., list[str]]:
    return lambda _context, _parameter, begun: [one for one in choices if one.startswith(begun)]


def field_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all shorthands, each under its `parameter`."""
    for shorthand in reversed(SHORTHANDS):
        command = click.option(
            shorthand.option,
            shorthand.parameter,
            type=shorthand.kind,
            metavar=shorthand.metavar,
            multiple=shorthand.many,
            default=() if shorthand.many else None,
            help=shorthand.help,
            shell_complete=_completer(shorthand.choices),
        )(command)
    return command


def problem_source(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the source of its problem: a file as argument, or --example."""
    command = click.option(
        "--example",
        "example_name",
        metavar="NAME",
        help="A published example; `derive examples` lists them.",
        shell_complete=_completer(example_names()),
    )(command)
    return click.argument(
        "problem_file", metavar="[PROBLEM.toml]", required=False, type=click.Path(path_type=Path)
    )(command)
