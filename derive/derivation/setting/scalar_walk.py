"""The graph of a problem scalar by scalar, in the `Ref`s of one pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from derive.calculus import ZERO
from derive.engine.arithmetic import Floating
from derive.engine.networks.mlp import Network
from derive.engine.walk import Walk
from derive.equations import Cell, Equation
from derive.formula import Expression, Sum, Symbol, substitute
from derive.problem import Problem
from derive.reference import Ref

ROLES = {"weights": "W", "bias": "b"}


class ScalarWalk:
    """What each scalar of a pass is made of, and the ways on which the error comes back to it.

    All of it is read from the equations of the graph's nodes.

    Args:
        problem: whose graph it is.
        samples: those of the pass, each by its number in the problem.
    """

    def __init__(self, problem: Problem, samples: Sequence[int]) -> None:
        network, rows, sizes = Network(problem, Floating()), len(samples), problem.layers
        self.rows = {sample: row for row, sample in enumerate(samples)}
        self.samples = list(samples)
        self.named: dict[str, tuple[str, int | None]] = {"loss": ("loss", None)}
        shapes: dict[str, tuple[int, ...]] = {"loss": ()}
        for parameter in network.parameters:
            self.named[parameter.name] = (ROLES[parameter.role], parameter.layer)
            shapes[parameter.name] = parameter.shape
        for layer, size in enumerate(sizes):
            for quantity in ("net", "out") if layer else ("out",):
                self.named[f"{quantity}{layer}"] = (quantity, layer)
                shapes[f"{quantity}{layer}"] = (rows, size)
        for quantity in ("target", "loss_terms"):
            self.named[quantity] = (quantity, network.last)
            shapes[quantity] = (rows, sizes[-1])
        self.walk = Walk(network.graph, shapes, "loss")
        self._locals = cache(lambda by: dict(self.paths(by)))

    def equation(self, name: str) -> Equation:
        """The equation of a node, its tensors called as in `named`.

        Raises:
            KeyError: no node has the name.
        """
        return self.walk.graph.nodes[name].equation

    def formula(self, ref: Ref) -> Expression:
        """What a scalar is, by its node's equation.

        Raises:
            KeyError: it is given, and no node finds it.
        """
        return self._of_pass(self.walk.formula(self._cell(ref)), ref.iteration)

    def paths(self, ref: Ref) -> list[tuple[Ref, Expression]]:
        """Each scalar that this one goes into, with its local derivative by it."""
        return [
            (self._ref(cell, ref.iteration), self._of_pass(local, ref.iteration))
            for cell, local in self.walk.paths(self._cell(ref))
        ]

    def local(self, of: Ref, by: Ref) -> Expression:
        """The local derivative of one scalar by another that goes into it."""
        return self._locals(by).get(of, ZERO)

    def _cell(self, ref: Ref) -> Cell:
        row = () if ref.sample is None else (self.rows[ref.sample],)
        return Cell(ref.name, (*row, *ref.index))

    def _ref(self, cell: Cell, iteration: int | None) -> Ref:
        quantity, layer = self.named[cell.tensor]
        if quantity in ROLES.values() or quantity == "loss":
            return Ref(quantity, layer, cell.index, iteration=iteration)
        row, *index = cell.index
        return Ref(quantity, layer, tuple(index), self.samples[row], iteration)

    def _of_pass(self, formula: Expression, iteration: int | None) -> Expression:
        named = substitute(formula, lambda cell: Symbol(self._ref(cell, iteration)))
        return _flat(named)


def _flat(formula: Expression) -> Expression:
    """A sum whose terms are no sums."""
    if not isinstance(formula, Sum):
        return formula
    terms = [_flat(term) for term in formula.terms]
    parts = [term.terms if isinstance(term, Sum) else (term,) for term in terms]
    return Sum(tuple(term for part in parts for term in part))
