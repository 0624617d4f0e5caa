"""Gradients along the graph's scalars, against the vectorised rules and complex steps."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from derive.engine.arithmetic import Floating
from derive.engine.balls import Balls, ball
from derive.engine.graph import Graph, Run
from derive.engine.training import Trainer
from derive.engine.walk import Walk
from derive.equations import Cell
from derive.formula import Plain, evaluate, symbols
from derive.problem import example, example_names
from tests.engine.networks import NETWORKS, Network, convolution, recurrence, tied_skip

STEP = 1e-30
FLOATING = Floating()


def _value(run: Run, cell: Cell) -> float:
    return float(np.asarray(run.value(cell.tensor))[cell.index])


def _by_paths(walk: Walk, run: Run) -> Any:
    """The gradient of a cell as the sum over its paths, back from the loss."""

    @cache
    def gradient(cell: Cell) -> float:
        if cell.tensor == "loss":
            return 1.0
        found = 0.0
        for reader, local in walk.paths(cell):
            found += gradient(reader) * evaluate(local, lambda one: _value(run, one), Plain())
        return found

    return gradient


def _complex_step(graph: Graph, leaves: dict[str, Any], name: str, index: tuple[int, ...]) -> float:
    moved = leaves[name].astype(complex)
    moved[index] += 1j * STEP
    return float(np.imag(Run(graph, {**leaves, name: moved}, {}).value("loss")) / STEP)


def _walk(net: Network) -> tuple[Walk, Run]:
    run = Run(net.graph, net.leaves, {"loss": 1.0})
    return Walk(net.graph, net.shapes, "loss"), run


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_complex_steps_and_sums_over_paths(name: str) -> None:
    """By every leaf but targets: the rules', the complex step's and the paths' are one number."""
    net = NETWORKS[name](FLOATING)
    walk, run = _walk(net)
    by_paths = _by_paths(walk, run)
    for leaf, numbers in net.leaves.items():
        if leaf.startswith("target"):
            continue
        gradient = np.asarray(run.gradient(leaf))
        assert gradient.shape == numbers.shape
        for index in np.ndindex(numbers.shape):
            step = _complex_step(net.graph, net.leaves, leaf, index)
            assert gradient[index] == pytest.approx(step, rel=1e-12, abs=1e-12), (leaf, index)
            assert by_paths(Cell(leaf, index)) == pytest.approx(step, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_cells_have_the_values_of_their_formulas(name: str) -> None:
    """Each node's scalars, of the scalars that their formulas name."""
    net = NETWORKS[name](FLOATING)
    walk, run = _walk(net)
    for node in net.nodes:
        for index in np.ndindex(net.shapes[node.name]):
            formula = walk.formula(Cell(node.name, index))
            found = evaluate(formula, lambda one: _value(run, one), Plain())
            assert found == pytest.approx(_value(run, Cell(node.name, index)), rel=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_equation_runs_in_balls(name: str) -> None:
    """The loss and all gradients, enclosed, are where float64 has them."""
    net, enclosed = NETWORKS[name](FLOATING), NETWORKS[name](Balls())
    run = Run(net.graph, net.leaves, {"loss": 1.0})
    exactly = Run(enclosed.graph, enclosed.leaves, {"loss": Balls().number(1.0)})
    asked: list[tuple[Any, Any]] = [(run.value("loss"), exactly.value("loss"))]
    for leaf in net.leaves:
        if not leaf.startswith("target"):
            asked.append((run.gradient(leaf), exactly.gradient(leaf)))
    for found, balls in asked:
        for one, enclosure in zip(np.ravel(found), np.ravel(balls), strict=True):
            assert float(ball(enclosure)) == pytest.approx(one, rel=1e-12, abs=1e-14)


def test_three_ways_lead_to_a_state() -> None:
    """h₁ at the first step goes into its own output and both units of the next step."""
    walk, _ = _walk(recurrence(FLOATING))
    readers = [reader for reader, _ in walk.paths(Cell("h1", (0, 0)))]
    assert sorted(readers, key=str) == [
        Cell("net2", (0, 0)),
        Cell("net2", (0, 1)),
        Cell("y1", (0, 0)),
    ]


def test_a_cell_of_the_image_is_read_where_the_kernel_lay() -> None:
    """The middle by all four places, a corner by one, by the kernel turned round."""
    walk, _ = _walk(convolution(FLOATING))
    middle = walk.paths(Cell("X", (0, 1, 1)))
    assert [(reader.index, next(symbols(local))) for reader, local in middle] == [
        ((0, 0, 0), Cell("K", (1, 1))),
        ((0, 0, 1), Cell("K", (1, 0))),
        ((0, 1, 0), Cell("K", (0, 1))),
        ((0, 1, 1), Cell("K", (0, 0))),
    ]
    assert [reader.index for reader, _ in walk.paths(Cell("X", (1, 0, 2)))] == [(1, 0, 1)]


def test_tied_weights_are_read_twice() -> None:
    """By the decoder and by the encoder, once a sample each."""
    walk, _ = _walk(tied_skip(FLOATING))
    readers = [(reader.tensor, reader.index) for reader, _ in walk.paths(Cell("W", (2, 1)))]
    assert readers == [("out", (0, 1)), ("out", (1, 1)), ("net", (0, 2)), ("net", (1, 2))]


@pytest.mark.parametrize("name", example_names())
def test_a_perceptrons_gradients_are_the_sums_over_its_paths(name: str) -> None:
    """Of every parameter of the examples, at the start."""
    trainer = Trainer(example(name).problem, FLOATING)
    trainer.turn()
    run, graph = trainer.run(), trainer.network.graph
    names = {*graph.nodes, *graph.uses}
    shapes = {name: np.shape(run.value(name)) for name in names}
    by_paths = _by_paths(Walk(graph, shapes, "loss"), run)
    for parameter in trainer.network.parameters:
        gradient = np.asarray(run.gradient(parameter.name))
        assert gradient.shape == parameter.shape
        for index in np.ndindex(parameter.shape):
            found = by_paths(Cell(parameter.name, index))
            assert found == pytest.approx(gradient[index], rel=1e-10, abs=1e-13)


def test_what_does_not_count_is_no_path() -> None:
    """A cell that a bracket leaves out is read, and its local derivative is 0."""
    net = Network({"x": np.array([1.0, 2.0])}, FLOATING)
    net.say("y[i] = sum(j, [i = j] * x[j])", {"x": "x"}, (2,))
    net.say("loss = sum(i, y[i] * y[i])", {"y": "y"}, ())
    walk, run = _walk(net)
    assert [reader for reader, _ in walk.paths(Cell("x", (1,)))] == [Cell("y", (1,))]
    assert run.gradient("x").tolist() == [2.0, 4.0]
