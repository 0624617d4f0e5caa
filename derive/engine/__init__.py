"""The engine: a problem's graph, its training, and every value of every pass."""

from derive.engine.activations import Activation, activation_of
from derive.engine.check import GradientCheck, check_gradients, complex_step
from derive.engine.exact import DIGITS, Pass, exact_passes, sensitivity
from derive.engine.export import export_json
from derive.engine.losses import Loss, loss_of
from derive.engine.optimizers import Optimizer, optimizer_of
from derive.engine.trace import Trace
from derive.engine.training import train

__all__ = [
    "DIGITS",
    "Activation",
    "GradientCheck",
    "Loss",
    "Optimizer",
    "Pass",
    "Trace",
    "activation_of",
    "check_gradients",
    "complex_step",
    "exact_passes",
    "export_json",
    "loss_of",
    "optimizer_of",
    "sensitivity",
    "train",
]
