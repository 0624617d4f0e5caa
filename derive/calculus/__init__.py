"""Differentiation with every step kept; `derive.calculus.proof` is its judge.

The proof is not imported here: it takes sympy, which takes half a second to load.
"""

from derive.calculus.rules import (
    ZERO,
    Derivative,
    Line,
    derivative,
    differentiate,
    free_of,
    normal,
    tidy,
    worked,
)

__all__ = [
    "ZERO",
    "Derivative",
    "Line",
    "derivative",
    "differentiate",
    "free_of",
    "normal",
    "tidy",
    "worked",
]
