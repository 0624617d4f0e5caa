"""The operations of a network, each with its equation and its rules side by side.

Those of a perceptron take arrays of (…, samples, neurons); the axes in front are the passes of a
trace, or none.
"""

from derive.engine.operations.activation import Activate, Slope
from derive.engine.operations.affine import Affine
from derive.engine.operations.general import General
from derive.engine.operations.loss import (
    LossTerms,
    PairedLossTerms,
    SoftmaxCrossEntropy,
    SoftmaxLossTerms,
)
from derive.engine.operations.softmax import Jacobian, Softmax
from derive.engine.operations.total import Total

__all__ = [
    "Activate",
    "Affine",
    "General",
    "Jacobian",
    "LossTerms",
    "PairedLossTerms",
    "Slope",
    "Softmax",
    "SoftmaxCrossEntropy",
    "SoftmaxLossTerms",
    "Total",
]
