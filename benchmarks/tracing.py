"""Seconds to trace a training, beside a plain NumPy loop of the same network that keeps nothing.

Where PyTorch is installed its eager mode is measured too, over a tenth of the iterations.

Run by `make bench`, or alone: `python benchmarks/tracing.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from derive.derivation.iterations import milestones
from derive.engine import Trace, certified_passes, train
from derive.problem import Problem, draw_data, example, problem_from_fields
from derive.problem.fields import Array

ROUNDS = 7


def plain_loop(problem: Problem) -> list[Array]:
    """Sigmoid layers, half squared error, gradient descent: as a person writes it; the weights."""
    weights = [np.array(problem.start[f"W{n}"]) for n in range(1, len(problem.layers))]
    biases = [np.array(problem.start[f"b{n}"]) for n in range(1, len(problem.layers))]
    inputs, targets = problem.inputs, problem.targets
    rate = problem.optimizer.learning_rate
    for _ in range(problem.iterations):
        outs = [inputs]
        for weight, bias in zip(weights, biases, strict=True):
            outs.append(1 / (1 + np.exp(-(outs[-1] @ weight.T + bias))))
        delta = (outs[-1] - targets) * outs[-1] * (1 - outs[-1])
        if problem.over_samples == "mean":
            delta /= len(inputs)
        for n in range(len(weights) - 1, -1, -1):
            gradient = delta.T @ outs[n]
            shift = delta.sum(axis=0)
            if n:
                delta = delta @ weights[n] * outs[n] * (1 - outs[n])
            weights[n] -= rate * gradient
            if problem.train_biases:
                biases[n] -= rate * shift
    return weights


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


def torch_loop(problem: Problem, iterations: int) -> Callable[[], list[Any]] | None:
    """The same in eager PyTorch, float64 on one thread; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    inputs, targets = torch.tensor(problem.inputs), torch.tensor(problem.targets)
    share = 1 / len(inputs) if problem.over_samples == "mean" else 1.0

    def parameters(kind: str) -> list[Any]:
        """Leaves at the start, the biases as far as they are trained."""
        return [
            torch.tensor(problem.start[f"{kind}{n}"], requires_grad=kind == "W" or trains)
            for n in range(1, len(problem.layers))
        ]

    trains = problem.train_biases

    def loop() -> list[Any]:
        weights, biases = parameters("W"), parameters("b")
        trained = [leaf for leaf in weights + biases if leaf.requires_grad]
        optimizer = torch.optim.SGD(trained, problem.optimizer.learning_rate)
        for _ in range(iterations):
            out = inputs
            for weight, bias in zip(weights, biases, strict=True):
                out = torch.sigmoid(out @ weight.T + bias)
            loss = share / 2 * (out - targets).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return weights

    return loop


def blocks(trace: Trace) -> None:
    """Every value of every pass, a block of passes after the other."""
    for block in trace.blocks():
        for _ in block.values():
            pass


def whole(trace: Trace) -> None:
    """Every value of every pass, all in memory at once."""
    list(trace.passes(slice(None)).values())


def certified(trace: Trace) -> None:
    """The passes that a report prints, certified; all updates between them are made in balls."""
    with certified_passes(trace, milestones(int(trace.iterations[-1]))):
        pass


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
    """Print what tracing and reading cost, a few lines a network.

    Reading is measured against the training itself. A value that is not a parameter is computed
    again, so all values of a network cost about what a pass forwards and backwards does.
    """
    cases = {
        "2-2-2, 10,000 iterations": example("mazur-2015").problem,
        "2-2-2 with trained biases, 10,000 iterations": drawn([2, 2, 2], 1, 10_000),
        "64-32-10, 32 samples, 1,000 iterations": drawn([64, 32, 10], 32, 1_000),
    }
    for name, problem in cases.items():
        trace = train(problem)
        size = len(trace) * trace.history.shape[1]
        fewer = problem.iterations // 10
        actions: list[Callable[[], object]] = [
            partial(plain_loop, problem),
            partial(train, problem),
            partial(blocks, trace),
            partial(whole, trace),
            partial(trace.__getitem__, "net1"),
            partial(trace.__getitem__, "loss"),
            partial(certified, trace),
        ]
        torch = torch_loop(problem, fewer)
        plain, traced, by_blocks, at_once, net, loss, balls, *others = seconds(
            *actions, *([torch] if torch else [])
        )
        print(
            f"{name}: plain loop {plain:.3f} s, traced {traced:.3f} s ({traced / plain:.2f}), "
            f"history {trace.history.nbytes / (8 * size):.2f} of its parameters"
        )
        print(f"  the passes of a report in balls {balls:.3f} s")
        for eager in others:
            took = eager * problem.iterations / fewer
            print(f"  PyTorch eager {took:.3f} s ({took / plain:.1f}), from {fewer:,} iterations")
        print(
            f"  read: all values {by_blocks:.4f} s ({by_blocks / traced:.1%} of the training), "
            f"held in memory at once {at_once:.4f} s ({at_once / traced:.1%}); "
            f"net1 alone {net / traced:.1%}, the loss alone {loss / traced:.1%}"
        )


if __name__ == "__main__":
    main()
