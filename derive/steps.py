"""A `Step` is one statement of a solution: the scalar that it finds, and what that is equal to."""

from __future__ import annotations

from dataclasses import dataclass

from derive.formula import Expression
from derive.reference import Ref


@dataclass(frozen=True)
class Step:
    """One statement about a traced scalar.

    Attributes:
        result: what it finds.
        forms: what the result is equal to, over `Ref`s, from the first line to the one that the
            numbers are put into; () where the value alone is told.
    """

    result: Ref
    forms: tuple[Expression, ...] = ()
