"""Why a training left the range of numbers: the first quantity that did, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb, fmpq

from derive.formula import (
    Call,
    Expression,
    Plain,
    Power,
    Quotient,
    Where,
    children,
    evaluate,
)
from derive.maths.numbers import Rounding, numeral

if TYPE_CHECKING:
    from derive.engine import Trace

BEYOND = "beyond float64's 1.797e308"
LARGEST = fmpq(2) ** 1024
MOST_PRODUCTS = 200_000
"""A pass with more multiplications is not computed once more in many digits."""


def of_divergence(trace: Trace) -> str:
    """At which update a training left the range, by which quantity, and the remedy; one line.

    What is too large for float64 is computed with more digits and a wider exponent.
    """
    update = trace.diverged_at or len(trace)
    left = f"training left the range of numbers at update {update}"
    found = _too_large(trace, update)
    if found is None:
        helps = "a smaller --learning-rate helps"
        if trace.problem.optimizer.numbers.get("epsilon") == 0:
            helps = (
                "with optimizer.epsilon = 0 a gradient of 0 gives 0/0; write a small one, as 1e-8"
            )
        return f"{left}; the trace ends before it; {helps}"
    name, value, updates = found
    made = f"after {updates} update{'s' if updates != 1 else ''}" if updates else "at the start"
    # Before the first update the learning rate has had no part in it.
    helps = "a smaller --learning-rate helps" if updates else "smaller inputs or weights help"
    return f"{left}: {name} = {value} {made} is {BEYOND}; the trace ends before it; {helps}"


def _too_large(trace: Trace, update: int) -> tuple[str, str, int] | None:
    """The first quantity beyond the range: its name, its value, and the updates before it."""
    from derive.engine import certified_passes

    problem = trace.problem
    samples = 1 if problem.samples == "one-by-one" else len(problem.inputs)
    if samples * problem.scalars() > MOST_PRODUCTS:
        return None
    with certified_passes(trace, [update - 1, update]) as passes:
        for updates in sorted(passes):
            quantities = passes[updates].quantities
            for name in _in_order(trace, first=updates < update):
                for index, value in np.ndenumerate(np.asarray(quantities[name], dtype=object)):
                    # One that knows its equals holds its ball.
                    inside = getattr(value, "ball", value)
                    if abs(inside) > LARGEST:
                        return _label(name, index), _shown(inside), updates
    return None


def _in_order(trace: Trace, *, first: bool) -> Iterator[str]:
    """What an update is made of in the order of its computation, or what it makes."""
    names = trace.problem.parameter_names()
    if not first:
        yield from (f"{state}{name}" for state in trace.states for name in names)
        yield from names
        return
    layers = range(1, len(trace.problem.layers))
    for layer in layers:
        yield from (f"net{layer}", f"out{layer}", f"dout{layer}/dnet{layer}")
    yield from (f"delta{layer}" for layer in reversed(layers))
    yield from (f"dE/d{name}" for name in names)


def _label(name: str, index: tuple[int, ...]) -> str:
    return name + "".join(f"[{n}]" for n in index)


def _shown(value: Any) -> str:
    size = abs(arb(value))
    near = size > LARGEST / 2 and size < LARGEST * 2
    return numeral(value, Rounding(digits=4 if near else 2)).plain()


def of_error(trace: Trace, row: int) -> str:
    """Why the error of a kept pass is no finite number, and the remedy; one line."""
    from derive.engine import activation_of, loss_of

    problem, last = trace.problem, len(trace.problem.layers) - 1
    found = trace.passes(slice(row, row + 1))
    for layer, spec in enumerate(problem.activations, 1):
        nets, outs = found[f"net{layer}"][0], found[f"out{layer}"][0]
        for index in zip(*np.nonzero(~np.isfinite(nets)), strict=True):
            return f"{_label(f'net{layer}', index)} is {BEYOND}; smaller inputs or weights help"
        for index in zip(*np.nonzero(~np.isfinite(outs)), strict=True):
            reason = "it has no value"
            if spec.name != "softmax":
                reason = _failing(activation_of(spec).formula, {"x": nets[index]})
            where = f"{_label(f'out{layer}', index)} is {reason}"
            net = f"{_label(f'net{layer}', index)} = {_shown(float(nets[index]))}"
            return f"{where}, for {net}; change the formula of layer {layer}, or the start"
    terms, outs, targets = (found[name][0] for name in ("loss_terms", f"out{last}", "target"))
    for index in zip(*np.nonzero(~np.isfinite(terms)), strict=True):
        out, target = float(outs[index]), float(targets[index])
        values = {"o": out, "t": target, "n": float(problem.layers[-1])}
        reason = _failing(loss_of(problem.loss).formula, values)
        return (
            f"the loss is {reason}, for {_label(f'out{last}', index)} is {_shown(out)} "
            f"where its target is {_shown(target)}; "
            "change the loss, the output's activation, the data or the start"
        )
    return f"the sum is {BEYOND}; smaller inputs or weights help"


def _failing(formula: Expression, values: Mapping[str, float]) -> str:
    """The innermost part of a formula that has no value, with its numbers."""

    def value(node: Expression) -> float | None:
        try:
            found = evaluate(node, lambda name: float(values[name]), Plain())
        except (ArithmeticError, ValueError, TypeError):
            return None
        return found if isinstance(found, float | int) and abs(found) < np.inf else None

    def go(node: Expression) -> str | None:
        if value(node) is not None:
            return None
        for part in _taken(node, value):
            found = go(part)
            if found:
                return found
        return _described(node, [value(part) for part in children(node)])

    return go(formula) or f"a value {BEYOND}"


def _taken(node: Expression, value: Callable[[Expression], float | None]) -> list[Expression]:
    """The parts that a value is made of; of a function in pieces, those of the piece that holds."""
    match node:
        case Where(left, relation, right, yes, no):
            a, b = value(left), value(right)
            if a is not None and b is not None:
                return [yes if Plain.where(a, relation, b, 1.0, 0.0) else no]
    return list(children(node))


def _described(node: Expression, parts: list[float | None]) -> str:
    shown = [_shown(part) if part is not None else "?" for part in parts]
    last = parts[-1] if parts else None
    match node:
        case Call("ln" | "xlny") if last is not None and last <= 0:
            return f"ln {shown[-1]}" if last == 0 else f"ln({shown[-1]})"
        case Call("log1p") if last is not None and last <= -1:
            return f"ln({_shown(1 + last)})"
        case Call("sqrt") if last is not None and last < 0:
            return f"the square root of {shown[-1]}"
        case Quotient() | Call("xovery") if last == 0:
            return f"{shown[0]}/0"
        case Power() if parts[0] is not None and parts[0] < 0:
            return f"({shown[0]})^{shown[1]}"
        case Power() if parts[0] == 0:
            return f"0^{shown[1]}"
        case Call(function):
            return f"{function}({', '.join(shown)}), {BEYOND}"
    return f"a value {BEYOND}"
