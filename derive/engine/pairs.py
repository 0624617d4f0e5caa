"""A loss and the activation under it as one function of the net input.

Where the output saturates, what the loss takes of it is lost: its logarithm, what it divides by,
its distance from a target that it nears. Put together, the two formulas keep them all: cross-
entropy after the sigmoid has the terms t ln(1 + e^-x), and δ = -t/(1 + e^x).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.engine.activations import Activation
from derive.engine.arithmetic import Floating
from derive.engine.losses import Loss
from derive.formula import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Where,
    children,
    compiled,
    negated,
    product,
    rebuilt,
    stable,
    substitute,
    symbols,
    tidied,
    total,
)

FAR = 1e6
"""A net input at which an activation that has a limit is there."""
NEAR = 1e-4
"""A target nearer than this to such a value may leave a difference from it fewer than twelve
figures."""
ONE = Constant(Fraction(1))
_EXPONENTIAL = frozenset({"cosh", "exp", "expm1", "sinh", "tanh"})


@dataclass(frozen=True)
class Pair:
    """One output's term, its slope by the output and δ, of `x`, `o`, `t` and `n`.

    `delta` is None where the slope times the activation's has all figures.
    """

    term: Expression
    slope: Expression
    delta: Expression | None


def pair_of(loss: Loss, activation: Activation, targets: Any) -> Pair | None:
    """What a loss is put together with its activation to; None where that saves no figure."""
    if not any(_is_exponential(part) for part in _parts(activation.formula)):
        return None
    saturated = any(map(_loses, _parts(loss.formula))) or any(
        map(_loses, _parts(loss.guarded_slope))
    )
    at_limit, at_zero = _met(activation, targets)
    if not (saturated or at_limit or at_zero):
        return None

    def together(formula: Expression) -> Expression:
        whole = substitute(
            _with_limits(formula),
            lambda name: activation.formula if name == "o" else Symbol(name),
        )
        found = stable(whole, guarded=True)
        return found if at_zero else _without_meeting(found)

    def by_terms(factor: Expression) -> Expression:
        return total(together(tidied(Product((t, factor)))) for t in _terms(loss.guarded_slope))

    term, slope = together(loss.formula), by_terms(ONE)
    if not saturated:
        return Pair(term, slope, None)
    return Pair(term, slope, by_terms(activation.slope_of_net))


def _met(activation: Activation, targets: Any) -> tuple[bool, bool]:
    """Whether a target is about a limit of the activation, or where it levels off at 0.

    Where the activation passes a target at a slope, a net input near there is itself what is
    left of a sum, and the difference is as good as it is. An output of 0 loses nothing.
    """
    at = {"x": np.array([-FAR, FAR, 0.0])}
    with np.errstate(all="ignore"):
        function = compiled(activation.stable_formula, Floating())
        values = np.broadcast_to(function(at), (3,)) + 0.0
        slopes = np.broadcast_to(compiled(activation.stable_slope, Floating())(at), (3,))
    values[(values == 0) | (slopes != 0)] = np.inf
    near: Any = np.abs(np.asarray(targets)[..., None] - values) < NEAR * np.maximum(
        1, np.abs(values)
    )
    met = (near & np.isfinite(values)).reshape(-1, 3).any(axis=0)
    return bool(met[0] or met[1]), bool(met[2])


def _parts(node: Expression) -> list[Expression]:
    return [node, *(part for child in children(node) for part in _parts(child))]


def _is_exponential(part: Expression) -> bool:
    match part:
        case Call(function):
            return function in _EXPONENTIAL
        case Power(_, exponent):
            return any(symbols(exponent))
    return False


def _terms(slope: Expression) -> list[Expression]:
    """The terms of a slope, of which each that divides is taken by itself.

    Over a common denominator they would be 0/0 where a term alone has a value.
    """
    match slope:
        case Sum(terms):
            flat = [part for term in terms for part in _terms(term)]
        case Negative(operand):
            flat = [negated(part) for part in _terms(operand)]
        case _:
            return [slope]
    apart = [part for part in flat if any(map(_loses, _parts(part)))]
    rest = [part for part in flat if part not in apart]
    return [*apart, total(rest)] if rest else apart


def _with_limits(node: Expression) -> Expression:
    """0 ln 0 read as 0: here only an underflow makes an output 0."""
    node = rebuilt(node, _with_limits)
    if isinstance(node, Product):
        for n, part in enumerate(node.factors):
            if isinstance(part, Call) and part.function == "ln" and "o" in symbols(part):
                others = product(node.factors[:n] + node.factors[n + 1 :])
                return Call("xlny", (others, part.arguments[0]))
    return node


def _loses(part: Expression) -> bool:
    """Whether a logarithm, a root or a quotient is taken of what has the output in it."""
    match part:
        case Call("ln" | "log1p" | "sqrt", (of,)) | Call("xlny" | "xovery", (_, of)):
            return "o" in symbols(of)
        case Quotient(_, of) | Power(of, Negative()):
            return "o" in symbols(of)
    return False


def _without_meeting(node: Expression) -> Expression:
    """The form for targets that are not the output at a net input of 0."""
    match node:
        case Where(Call("abs"), "<", _, near, far) if "t" in symbols(near) and "t" in symbols(far):
            return _without_meeting(far)
    return rebuilt(node, _without_meeting)
