"""Formulas as ordered trees: parsed by a small grammar, evaluated in any arithmetic.

An activation, a loss, an optimizer's step and every equation of a worked solution is one of
these trees.
"""

from derive.formula.assembly import negated, product, tidied, total
from derive.formula.evaluation import Arithmetic, ArrayArithmetic, Plain, compiled, evaluate
from derive.formula.functions import FUNCTIONS, Function
from derive.formula.meaning import meaning, outer_slope, spelled_out
from derive.formula.parser import MAX_DEPTH, MAX_LENGTH, parse
from derive.formula.size import measured
from derive.formula.stable import stable
from derive.formula.tree import (
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
    rebuilt,
    substitute,
    symbols,
)

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "Arithmetic",
    "ArrayArithmetic",
    "Call",
    "Constant",
    "Expression",
    "Function",
    "Negative",
    "Plain",
    "Power",
    "Product",
    "Quotient",
    "Sum",
    "Symbol",
    "Where",
    "children",
    "compiled",
    "evaluate",
    "meaning",
    "measured",
    "negated",
    "outer_slope",
    "parse",
    "product",
    "rebuilt",
    "spelled_out",
    "stable",
    "substitute",
    "symbols",
    "tidied",
    "total",
]
