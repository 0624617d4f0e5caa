"""The problem: what is asked. Reading a file, checking it, drawing what is not given."""

from derive.problem.doubts import Doubt, doubts
from derive.problem.draw import draw_data, draw_labels
from derive.problem.examples import Example, example, example_names
from derive.problem.fields import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    ActivationSpec,
    LossSpec,
    OptimizerSpec,
    Problem,
)
from derive.problem.reader import TABLES, problem_from_fields, read_fields, read_problem
from derive.problem.writing import to_toml

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "TABLES",
    "ActivationSpec",
    "Doubt",
    "Example",
    "LossSpec",
    "OptimizerSpec",
    "Problem",
    "doubts",
    "draw_data",
    "draw_labels",
    "example",
    "example_names",
    "problem_from_fields",
    "read_fields",
    "read_problem",
    "to_toml",
]
