"""The engine: a problem's graph, its training, and every value of every pass."""

from derive.engine.activations import Activation, activation_of
from derive.engine.certified import Certified, PassTable, certified_passes
from derive.engine.check import GradientCheck, check_gradients, complex_step
from derive.engine.export import export_certified, export_json
from derive.engine.losses import Loss, loss_of
from derive.engine.optimizers import Optimizer, optimizer_of
from derive.engine.replay import Pass
from derive.engine.trace import Trace
from derive.engine.training import train

__all__ = [
    "Activation",
    "Certified",
    "GradientCheck",
    "Loss",
    "Optimizer",
    "Pass",
    "PassTable",
    "Trace",
    "activation_of",
    "certified_passes",
    "check_gradients",
    "complex_step",
    "export_certified",
    "export_json",
    "loss_of",
    "optimizer_of",
    "train",
]
