"""What a numeric piece of MathML is worth: read from the page, not from what made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

import mpmath

mp = mpmath.MPContext()
mp.dps = 50

FUNCTIONS = {
    "ln": mp.log, "tanh": mp.tanh, "exp": mp.exp, "erf": mp.erf, "max": max, "min": min,
    "cosh": mp.cosh, "sinh": mp.sinh, "sin": mp.sin, "cos": mp.cos, "arctan": mp.atan,
}  # fmt: skip


class NotNumericError(ValueError):
    """The piece holds letters."""


def text(element: Element) -> str:
    """An element's whole text."""
    return "".join(element.itertext())


def tokens(elements: Sequence[Element]) -> list[Any]:
    """Elements with rows opened up: operators as text, the rest as values or function names."""
    found: list[Any] = []
    for element in elements:
        match element.tag:
            case "mo":
                found.append(text(element))
            case "mn":
                found.append(mp.mpf(text(element)))
            case "mi":
                name = text(element)
                if name == "π":
                    found.append(+mp.pi)
                elif name == "∞":
                    found.append(mp.inf)
                elif name in FUNCTIONS:
                    found.append(("function", name))
                else:
                    raise NotNumericError(name)
            case "mtext":
                if text(element).strip():
                    raise NotNumericError(text(element))
            case "mrow" | "mstyle":
                found += tokens(list(element))
            case "mfrac":
                found.append(value([element[0]]) / value([element[1]]))
            case "msqrt":
                found.append(mp.sqrt(value(list(element))))
            case "msup":
                base, power = element
                if text(base) == "e":
                    found.append(mp.exp(value([power])))
                elif text(base) == ")":
                    raise NotNumericError("a power of a bracket")
                else:
                    found.append(("power", value([base]), value([power])))
            case _:
                raise NotNumericError(element.tag)
    return found


def value(elements: Sequence[Element]) -> Any:
    """The number that the elements write.

    Raises:
        NotNumericError: they hold letters, or more than arithmetic.
    """
    parser = _Parser(tokens(elements))
    result = parser.sum()
    if parser.rest:
        raise NotNumericError(parser.rest)
    return result


class _Parser:
    """Sums of products, as school reads them: a product without a sign binds like one with."""

    def __init__(self, rest: list[Any]) -> None:
        self.rest = rest

    def next_is(self, *signs: str) -> bool:
        return bool(self.rest) and isinstance(self.rest[0], str) and self.rest[0] in signs

    def sum(self) -> Any:
        total = mp.mpf(0)
        sign = 1
        if self.next_is("−"):
            self.rest.pop(0)
            sign = -1
        total += sign * self.product()
        while self.next_is("+", "−"):
            sign = 1 if self.rest.pop(0) == "+" else -1
            total += sign * self.product()
        return total

    def product(self) -> Any:
        result = self.atom()
        while self.rest and not self.next_is("+", "−", ")", ",", "|", "="):
            if self.next_is("×", "·"):
                self.rest.pop(0)
            result *= self.atom()
        return result

    def atom(self) -> Any:
        if not self.rest:
            raise NotNumericError("nothing")
        head = self.rest.pop(0)
        if head == "−":
            return -self.atom()
        if head == "(":
            inner = self.sum()
            self.expect(")")
            return inner
        if head == "|":
            inner = self.sum()
            self.expect("|")
            return abs(inner)
        if isinstance(head, tuple) and head[0] == "power":
            return head[1] ** head[2]
        if isinstance(head, tuple):
            return self.call(head[1])
        if isinstance(head, str):
            raise NotNumericError(head)
        return head

    def call(self, name: str) -> Any:
        if not self.next_is("("):
            return FUNCTIONS[name](self.atom())
        self.expect("(")
        arguments = [self.sum()]
        while self.next_is(","):
            self.rest.pop(0)
            arguments.append(self.sum())
        self.expect(")")
        return FUNCTIONS[name](*arguments)

    def expect(self, sign: str) -> None:
        if not self.next_is(sign):
            raise NotNumericError(self.rest[:1])
        self.rest.pop(0)
