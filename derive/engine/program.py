"""An update as a straight line of operations on single numbers, recorded once and run many times.

In ball arithmetic a number takes as long as in NumPy a call does, so that a small network's update
spends most of its time between its numbers. Here the graph runs once on `Wire`s, which only note
what is done with them; the notes are the program.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, neg, sub
from typing import Any

import numpy as np

from derive.engine import balls
from derive.engine.balls import Balls


class Wire:
    """A number that is not there yet: a register of the program."""

    __slots__ = ("program", "register")

    def __init__(self, program: Program, register: int) -> None:
        self.program = program
        self.register = register

    def __add__(self, other: Any) -> Wire:
        return self.program.note(add, self, other)

    def __radd__(self, other: Any) -> Wire:
        return self.program.note(add, other, self)

    def __sub__(self, other: Any) -> Wire:
        return self.program.note(sub, self, other)

    def __rsub__(self, other: Any) -> Wire:
        return self.program.note(sub, other, self)

    def __mul__(self, other: Any) -> Wire:
        return self.program.note(mul, self, other)

    def __rmul__(self, other: Any) -> Wire:
        return self.program.note(mul, other, self)

    def __truediv__(self, other: Any) -> Wire:
        return self.program.note(balls.quotient, self, other)

    def __rtruediv__(self, other: Any) -> Wire:
        return self.program.note(balls.quotient, other, self)

    def __neg__(self) -> Wire:
        return self.program.note(neg, self)

    def __pos__(self) -> Wire:
        return self


class Program:
    """Operations in order, each on registers into a register.

    Attributes:
        steps: (function, registers of its arguments, register of its result).
        constants: the registers that hold a number from the start, with the number.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
        self.constants: dict[int, Any] = {}
        self.size = 0
        self._noted: dict[tuple[Callable[..., Any], tuple[int, ...]], Wire] = {}
        self._held: dict[tuple[type, str], int] = {}

    def wire(self) -> Wire:
        """A register of its own."""
        self.size += 1
        return Wire(self, self.size - 1)

    def note(self, function: Callable[..., Any], *arguments: Any) -> Wire:
        """The result of a call that will be made."""
        registers = tuple(self._register(argument) for argument in arguments)
        known = self._noted.get((function, registers))
        if known is None:
            known = self._noted[function, registers] = self.wire()
            self.steps.append((function, registers, known.register))
        return known

    def _register(self, argument: Any) -> int:
        if isinstance(argument, Wire):
            return argument.register
        key = (type(argument), str(argument))
        if key not in self._held:
            self._held[key] = self.wire().register
            self.constants[self._held[key]] = argument
        return self._held[key]

    def keep(self, results: list[Wire]) -> None:
        """Drop the steps that none of `results` depends on."""
        needed = {wire.register for wire in results}
        kept = []
        for step in reversed(self.steps):
            if step[2] in needed:
                needed.update(step[1])
                kept.append(step)
        self.steps = kept[::-1]


class Wires:
    """The arithmetic of arrays of wires; constants are numbers of `arithmetic`."""

    add, subtract, multiply = np.add, np.subtract, np.multiply

    def __init__(self, program: Program, arithmetic: Balls) -> None:
        self.program = program
        self.arithmetic = arithmetic

    def _noting(self, function: Callable[..., Any], count: int) -> Any:
        return np.frompyfunc(lambda *arguments: self.program.note(function, *arguments), count, 1)

    def constant(self, value: Fraction) -> Any:
        """The number itself."""
        return self.arithmetic.constant(value)

    def call(self, function: str, *arguments: Any) -> Any:
        """A call noted, element by element."""
        if not arguments:
            return self.arithmetic.call(function)
        return self._noting(balls.FUNCTIONS[function], len(arguments))(*arguments)

    def divide(self, numerator: Any, denominator: Any) -> Any:
        """A division noted."""
        return self._noting(balls.quotient, 2)(numerator, denominator)

    def power(self, base: Any, exponent: Any) -> Any:
        """A power noted."""
        return self._noting(balls.power, 2)(base, exponent)

    def where(self, left: Any, relation: str, right: Any, yes: Any, no: Any) -> Any:
        """A choice noted."""
        return self._noting(balls.CHOICES[relation], 4)(left, right, yes, no)

    def array(self, numbers: Any) -> Any:
        """A wire for each number."""
        shape = np.shape(numbers)
        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            result[index] = self.program.wire()
        return result
