"""The network drawn, with what is given at its neurons and edges."""

from __future__ import annotations

import itertools

from derive.derivation.setting.tables import layer_name
from derive.derivation.setting.workbook import Workbook
from derive.document import (
    Figure,
    Message,
    NetworkBias,
    NetworkEdge,
    NetworkFigure,
    NetworkNode,
)
from derive.problem import Problem
from derive.reference import Ref


def shape(problem: Problem) -> str:
    """The network's layers as they are spoken of: 2-2-2."""
    return "-".join(map(str, problem.layers))


def network_figure(book: Workbook, caption: Message) -> Figure:
    """The drawing with its caption, and its description for who cannot see it."""
    weights = sum(a * b for a, b in itertools.pairwise(book.problem.layers))
    gaps = {"net": shape(book.problem), "weights": str(weights)}
    return Figure(network(book), caption, Message("figure.network.description", gaps))


def has_paths(book: Workbook) -> bool:
    """Whether the error comes back to a hidden neuron on several paths."""
    return len(book.problem.layers) > 2 and book.problem.layers[-1] > 1


def network(book: Workbook) -> NetworkFigure:
    """The network as drawn, the paths of the error to the first hidden neuron in colour."""
    problem, notation = book.problem, book.notation
    sizes, last = problem.layers, notation.last
    single = len(problem.inputs) == 1
    layers = []
    for layer, size in enumerate(sizes):
        nodes = []
        for n in range(size):
            given = Ref("out", 0, (n,), 0) if layer == 0 and single else None
            nodes.append(
                NetworkNode(notation.neuron(layer, n), book.number(given) if given else None)
            )
        layers.append(tuple(nodes))
    edges, biases = [], []
    for layer in range(1, len(sizes)):
        for end in range(sizes[layer]):
            for start in range(sizes[layer - 1]):
                ref = Ref("W", layer, (end, start), iteration=0)
                coloured = has_paths(book) and layer == last and start == 0
                path = end % 6 if coloured else None
                edges.append(
                    NetworkEdge(layer, start, end, book.symbol(ref), book.number(ref), path)
                )
            if problem.bias == "neuron":
                ref = Ref("b", layer, (end,), iteration=0)
                biases.append(NetworkBias(layer, end, book.symbol(ref), book.number(ref)))
        if problem.bias == "layer":
            ref = Ref("b", layer, (), iteration=0)
            biases.append(NetworkBias(layer, None, book.symbol(ref), book.number(ref)))
    targets = tuple(book.number(Ref("target", last, (n,), 0)) for n in range(sizes[-1]))
    names = tuple(layer_name(book, layer) for layer in range(len(sizes)))
    return NetworkFigure(
        tuple(layers), tuple(edges), tuple(biases), names, targets if single else ()
    )
