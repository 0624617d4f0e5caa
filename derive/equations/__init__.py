"""Equations in index notation, from which numbers, letters and derivatives of each cell follow.

`net[s, i] = sum(j, W[i, j] * out[s, j]) + b[i]` says what every cell of net is, which cells read
a weight, how much it counts there, what the gradient by it is, and which matrices are multiplied.
"""

from derive.equations.cells import Cells
from derive.equations.equation import Equation, Reading, Slope, equation
from derive.equations.index import Index, Part, Solution, solved
from derive.equations.parser import Definitions
from derive.equations.products import ONES, Factor, Factors
from derive.equations.tree import Axis, Cell, Indexed, Inside, Sigma

__all__ = [
    "ONES",
    "Axis",
    "Cell",
    "Cells",
    "Definitions",
    "Equation",
    "Factor",
    "Factors",
    "Index",
    "Indexed",
    "Inside",
    "Part",
    "Reading",
    "Sigma",
    "Slope",
    "Solution",
    "equation",
    "solved",
]
