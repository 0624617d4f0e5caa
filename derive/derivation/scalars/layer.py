"""The layer whose chapter of the backward pass is written: what its modules ask again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.derivation.setting.workbook import Workbook
from derive.reference import Ref


@dataclass(frozen=True)
class Layer:
    """One layer of the pass that is being worked out.

    Attributes:
        book: letters and numbers.
        number: counted from the input, which is 0.
        explained: whether words lead through it, as on the first time.
    """

    book: Workbook
    number: int
    explained: bool

    @cached_property
    def net(self) -> Ref:
        """Its net inputs."""
        return self.book.ref("net", self.number)

    @cached_property
    def out(self) -> Ref:
        """Its outputs."""
        return self.book.ref("out", self.number)

    @property
    def is_output(self) -> bool:
        """Whether it is the output layer."""
        return self.number == self.book.notation.last

    @property
    def is_softmax(self) -> bool:
        """Whether each of its outputs hangs on all its net inputs."""
        return self.book.problem.activations[self.number - 1].name == "softmax"

    @property
    def neurons(self) -> Sequence[int]:
        """Its neurons."""
        return range(self.book.problem.layers[self.number])

    @property
    def sources(self) -> Sequence[int]:
        """The neurons of the layer before."""
        return range(self.book.problem.layers[self.number - 1])

    @property
    def several(self) -> bool:
        """Whether the pass takes several samples."""
        return len(self.book.samples) > 1

    def weight(self, neuron: int, source: int = 0) -> Ref:
        """The weight that leads from a neuron of the layer before; unasked, from its first."""
        return self.book.ref("W", self.number, neuron, source)
