"""Seconds to trace a training, beside a plain NumPy loop of the same network that keeps nothing.

Run by `make bench`, or alone: `python benchmarks/tracing.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from derive.engine import train
from derive.problem import Problem, draw_data, example, problem_from_fields

ROUNDS = 7


def plain_loop(problem: Problem) -> None:
    """Sigmoid layers, half squared error, gradient descent: as a person writes it."""
    weights = [np.array(problem.start[f"W{n}"]) for n in range(1, len(problem.layers))]
    biases = [np.array(problem.start[f"b{n}"]) for n in range(1, len(problem.layers))]
    inputs, targets = problem.inputs, problem.targets
    rate = problem.optimizer.learning_rate
    for _ in range(problem.iterations):
        outs = [inputs]
        for weight, bias in zip(weights, biases, strict=True):
            outs.append(1 / (1 + np.exp(-(outs[-1] @ weight.T + bias))))
        delta = (outs[-1] - targets) * outs[-1] * (1 - outs[-1])
        for n in range(len(weights) - 1, -1, -1):
            gradient = delta.T @ outs[n]
            shift = delta.sum(axis=0)
            if n:
                delta = delta @ weights[n] * outs[n] * (1 - outs[n])
            weights[n] -= rate * gradient
            if problem.train_biases:
                biases[n] -= rate * shift


def drawn(layers: list[int], samples: int, iterations: int) -> Problem:
    """A network with all biases trained, on drawn data."""
    data: dict[str, list[list[float]]] = {"inputs": [], "targets": []}
    for seed in range(samples):
        for name, rows in draw_data(tuple(layers), seed).items():
            data[name] += rows
    fields = {
        "network": {"layers": layers},
        "loss": {"over_samples": "mean"},
        "training": {"iterations": iterations},
        "data": data,
        "start": {"seed": 1},
    }
    return problem_from_fields(fields, "benchmark")


def seconds(*actions: Callable[[], object]) -> list[float]:
    """The median time of each, the actions taken in turn so that noise meets them alike."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(ROUNDS):
        for action, own in zip(actions, times, strict=True):
            start = time.perf_counter()
            action()
            own.append(time.perf_counter() - start)
    return [median(own) for own in times]


def main() -> None:
    """Print one line a network."""
    classic = example("mazur-2015").problem
    cases = {
        "2-2-2, 10,000 iterations": classic,
        "2-2-2 with trained biases, 10,000 iterations": drawn([2, 2, 2], 1, 10_000),
        "64-32-10, 32 samples, 1,000 iterations": drawn([64, 32, 10], 32, 1_000),
    }
    for name, problem in cases.items():
        trace = train(problem)
        values = len(trace) * trace.history.shape[1]
        plain, traced, read = seconds(
            lambda problem=problem: plain_loop(problem),
            lambda problem=problem: train(problem),
            lambda trace=trace: trace.passes(slice(None)),
        )
        print(
            f"{name}: plain loop {plain:.3f} s, traced {traced:.3f} s ({traced / plain:.2f}), "
            f"all values read {read:.4f} s ({read / traced:.1%}), history "
            f"{trace.history.nbytes / (8 * values):.2f} of its parameters"
        )


if __name__ == "__main__":
    main()
