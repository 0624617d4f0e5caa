"""The functions that a formula may call: one table, a row a function.

A row says all that is known of a function. The libraries that compute with it are not imported
here: a row is given the library, or the module that puts one to use, and answers with the function.
Texts are formulas of the arguments, `u` or `u` and `v`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Column = Callable[[Any], Callable[..., Any]]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function of formulas.

    Attributes:
        arguments: how many it takes.
        plain: its value in Python's floats; what is no finite real number raises an error.
        floats: that of NumPy's arrays, float64 and complex128, from `derive.engine.arithmetic`.
        balls: that of rationals, balls and twins, from `derive.engine.balls`.
        sympy: that of sympy's expressions, from sympy; None where `meaning` says it.
        rule: the name of the rule by which it is differentiated.
        slope: its derivative by `u`; of a function with a `meaning` perhaps none, for then that is
            differentiated.
        meaning: the same function by others.
        spelled_out: whether it is set as its meaning.
        written_in: where it may stand: in any text, in the texts of derive's own tables, or only
            in forms that are computed and never printed.
    """

    arguments: int = 1
    plain: Callable[..., float]
    floats: Column
    balls: Column
    sympy: Column | None = None
    rule: str = ""
    slope: str = ""
    meaning: str = ""
    spelled_out: bool = False
    written_in: Literal["any text", "tables", "forms"] = "any text"


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(
        plain=abs,
        floats=lambda own: own.absolute,
        balls=lambda own: own.absolute,
        sympy=lambda sympy: sympy.Abs,
        rule="cases",
        meaning="where(u > 0, u, -u)",
    ),
    "arctan": Function(
        plain=math.atan,
        floats=lambda own: own.np.arctan,
        balls=lambda own: own.smooth("arctan", own.arb.atan, own.ZERO),
        sympy=lambda sympy: sympy.atan,
        rule="arctan",
        slope="1 / (1 + u^2)",
    ),
    "cos": Function(
        plain=math.cos,
        floats=lambda own: own.np.cos,
        balls=lambda own: own.smooth("cos", own.arb.cos, own.ONE, own.NAN, own.NAN),
        sympy=lambda sympy: sympy.cos,
        rule="trigonometric",
        slope="-sin(u)",
    ),
    "cosh": Function(
        plain=math.cosh,
        floats=lambda own: own.np.cosh,
        balls=lambda own: own.smooth("cosh", own.arb.cosh, own.ONE, own.INFINITY, own.INFINITY),
        sympy=lambda sympy: sympy.cosh,
        rule="trigonometric",
        slope="sinh(u)",
    ),
    "decay": Function(
        plain=lambda u: math.exp(-abs(u)),
        floats=lambda own: own.decay,
        balls=lambda own: lambda u: own.exponential(-own.absolute(u)),
        meaning="exp(-abs(u))",
        written_in="forms",
    ),
    "erf": Function(
        plain=math.erf,
        floats=lambda own: own.near_real(math.erf, 1.0),
        balls=lambda own: own.smooth("erf", own.arb.erf, own.ZERO, own.arb(-1), own.arb(1)),
        sympy=lambda sympy: sympy.erf,
        rule="erf",
        slope="2 / sqrt(pi) * exp(-u^2)",
    ),
    "erfc": Function(
        plain=math.erfc,
        floats=lambda own: own.near_real(math.erfc, -1.0),
        balls=lambda own: own.smooth("erfc", own.erfc_of_ball, own.ONE, own.arb(2), own.arb(0)),
        sympy=lambda sympy: sympy.erfc,
        rule="erf",
        slope="-2 / sqrt(pi) * exp(-u^2)",
    ),
    "exp": Function(
        plain=math.exp,
        floats=lambda own: own.np.exp,
        balls=lambda own: own.exponential,
        sympy=lambda sympy: sympy.exp,
        rule="exp",
        slope="exp(u)",
    ),
    "expm1": Function(
        plain=math.expm1,
        floats=lambda own: own.np.expm1,
        balls=lambda own: own.expm1,
        rule="exp",
        slope="exp(u)",
        meaning="exp(u) - 1",
        spelled_out=True,
    ),
    "ln": Function(
        plain=math.log,
        floats=lambda own: own.np.log,
        balls=lambda own: own.ln,
        sympy=lambda sympy: sympy.log,
        rule="ln",
        slope="1 / u",
    ),
    "log1p": Function(
        plain=math.log1p,
        floats=lambda own: own.np.log1p,
        balls=lambda own: own.log1p,
        rule="ln",
        slope="1 / (1 + u)",
        meaning="ln(1 + u)",
        spelled_out=True,
    ),
    "max": Function(
        arguments=2,
        plain=max,
        floats=lambda own: own.larger,
        balls=lambda own: own.larger,
        rule="cases",
        meaning="where(u > v, u, v)",
    ),
    "min": Function(
        arguments=2,
        plain=min,
        floats=lambda own: own.smaller,
        balls=lambda own: own.smaller,
        rule="cases",
        meaning="where(u < v, u, v)",
    ),
    "pi": Function(
        arguments=0,
        plain=lambda: math.pi,
        floats=lambda _: lambda: math.pi,
        balls=lambda own: own.arb.pi,
        sympy=lambda sympy: lambda: sympy.pi,
    ),
    "ramp": Function(
        plain=lambda u: max(u, 0.0),
        floats=lambda own: own.ramp,
        balls=lambda own: lambda u: own.larger(u, own.ZERO),
        meaning="max(u, 0)",
        written_in="forms",
    ),
    "rise": Function(
        plain=lambda u: math.exp(min(u, 0.0)),
        floats=lambda own: own.rise,
        balls=lambda own: lambda u: own.exponential(own.smaller(u, own.ZERO)),
        meaning="exp(min(u, 0))",
        written_in="forms",
    ),
    "sin": Function(
        plain=math.sin,
        floats=lambda own: own.np.sin,
        balls=lambda own: own.smooth("sin", own.arb.sin, own.ZERO, own.NAN, own.NAN),
        sympy=lambda sympy: sympy.sin,
        rule="trigonometric",
        slope="cos(u)",
    ),
    "sinh": Function(
        plain=math.sinh,
        floats=lambda own: own.np.sinh,
        balls=lambda own: own.smooth("sinh", own.arb.sinh, own.ZERO, -own.INFINITY, own.INFINITY),
        sympy=lambda sympy: sympy.sinh,
        rule="trigonometric",
        slope="cosh(u)",
    ),
    "sqrt": Function(
        plain=math.sqrt,
        floats=lambda own: own.np.sqrt,
        balls=lambda own: own.sqrt,
        sympy=lambda sympy: sympy.sqrt,
        rule="power",
        slope="1 / (2 * sqrt(u))",
    ),
    "tanh": Function(
        plain=math.tanh,
        floats=lambda own: own.np.tanh,
        balls=lambda own: own.smooth("tanh", own.arb.tanh, own.ZERO, own.arb(-1), own.arb(1)),
        sympy=lambda sympy: sympy.tanh,
        rule="tanh",
        slope="1 - tanh(u)^2",
    ),
    "xlny": Function(
        arguments=2,
        plain=lambda u, v: u * math.log(v) if u else 0.0,
        floats=lambda own: lambda u, v: own.np.where(u == 0, 0.0, u * own.np.log(v)),
        balls=lambda own: lambda u, v: own.ZERO if own.sign(u) == 0 else u * own.ln(v),
        meaning="u * ln(v)",
        spelled_out=True,
        written_in="tables",
    ),
    "xovery": Function(
        arguments=2,
        plain=lambda u, v: u / v if u else 0.0,
        floats=lambda own: lambda u, v: own.np.where(u == 0, 0.0, u / v),
        balls=lambda own: lambda u, v: own.ZERO if own.sign(u) == 0 else own.quotient(u, v),
        meaning="u / v",
        spelled_out=True,
        written_in="tables",
    ),
}
"""By name.

`xlny(u, v)` is u ln v and `xovery(u, v)` is u / v, both 0 where u is 0 whatever v is: the limit
by which cross-entropy reads 0 ln 0. Forms for floating point are made of `decay(u)`, which is
e^-|u|, `rise(u)`, e^min(u, 0), and `ramp(u)`, max(u, 0). Together they are smooth at 0, and so a
complex step takes the same side of 0 in all three.
"""
