"""What the table of functions says in formulas, of a call's own arguments."""

from __future__ import annotations

from functools import cache

from derive.formula.functions import FUNCTIONS
from derive.formula.parser import parse
from derive.formula.tree import Call, Expression, substitute


def meaning(call: Call) -> Expression | None:
    """The same by other functions; None of one that has only its name."""
    return _of(call, FUNCTIONS[call.function].meaning)


def spelled_out(call: Call) -> Expression | None:
    """What is set in place of a call; None of one that is set by its own name or sign."""
    return meaning(call) if FUNCTIONS[call.function].spelled_out else None


def outer_slope(call: Call) -> Expression | None:
    """The derivative of a function by its one argument, at the argument; None where there is none.

    That of a function in pieces, or of two arguments, is the derivative of its meaning.
    """
    return _of(call, FUNCTIONS[call.function].slope)


def _of(call: Call, text: str) -> Expression | None:
    if not text:
        return None
    arguments = dict(zip("uv", call.arguments, strict=False))
    return substitute(_parsed(text), arguments.__getitem__)


@cache
def _parsed(text: str) -> Expression:
    return parse(text, {"u", "v"})
