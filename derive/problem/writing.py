"""A `Problem` back to a problem file, with a comment on every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from derive.problem.fields import ACTIVATIONS, LOSSES, OPTIMIZERS, Problem


def to_toml(problem: Problem) -> str:
    """A commented problem file that reads back as the same problem, number for number."""
    return "\n".join(_lines(problem)) + "\n"


def _text(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_numbers, value)) + "]"
    return repr(value)


def _lines(problem: Problem) -> Iterator[str]:
    optimizer, loss = problem.optimizer, problem.loss
    activations = [
        _text(spec.name) if spec.name else f"{{ formula = {_text(spec.formula or '')} }}"
        for spec in problem.activations
    ]
    yield "[network]"
    yield f"layers = {list(problem.layers)}  # neurons per layer, the input first"
    yield f"# one for every layer after the input, of: {', '.join(ACTIVATIONS)};"
    yield '# or a formula of x: { formula = "x / (1 + exp(-x))" }'
    yield f"activation = [{', '.join(activations)}]"
    yield f'bias = "{problem.bias}"  # "neuron", "layer" (one shared by a layer) or "none"'
    yield ""
    yield "[loss]"
    if loss.name:
        yield f"# one of: {', '.join(LOSSES)};"
        yield '# or, in place of the name, a formula of t and o: formula = "(t - o)^2"'
        yield f'name = "{loss.name}"'
    else:
        yield "# a formula of t and o, summed over the outputs"
        yield f"formula = {_text(loss.formula or '')}"
    yield f'over_samples = "{problem.over_samples}"  # "sum" or "mean" of the samples\' losses'
    yield ""
    yield "[optimizer]"
    yield f"# one of: {', '.join(OPTIMIZERS)}"
    yield f'name = "{optimizer.name}"'
    yield f"learning_rate = {optimizer.learning_rate!r}"
    for key, number in optimizer.numbers.items():
        yield f"{key} = {number!r}"
    if optimizer.name == "momentum":
        yield f'form = "{optimizer.form}"  # "classic": v = beta v + g; "average": (1 - beta) g'
    yield f"l2 = {problem.l2!r}  # lambda of the penalty (lambda / 2) * sum of squared weights"
    yield ""
    yield "[training]"
    yield f"iterations = {problem.iterations}  # number of parameter updates"
    yield f'samples = "{problem.samples}"  # "together" or "one-by-one"'
    yield f"train_biases = {'true' if problem.train_biases else 'false'}"
    yield "# the deltas of hidden layers use the weights from before the update;"
    yield '# "after-update" is a known mistake, offered to reproduce and explain it'
    yield f'hidden_deltas = "{problem.hidden_deltas}"'
    yield ""
    yield "[data]"
    yield f"inputs = {_numbers(problem.inputs.tolist())}  # one list a sample"
    yield f"targets = {_numbers(problem.targets.tolist())}"
    yield ""
    yield "[start]"
    if problem.seed is not None:
        yield f"seed = {problem.seed}  # or every parameter: W1, b1, W2, …"
        return
    yield "# W<l>[i][j]: from neuron j of layer l-1 to neuron i of layer l; or seed = 7 alone"
    for name in problem.parameter_names():
        yield f"{name} = {_numbers(problem.start[name].tolist())}"
