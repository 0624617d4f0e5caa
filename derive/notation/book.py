"""What the entry of a textbook says: its letters, where its indices stand, its conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from derive.maths.tree import Identifier, Limits, Operator, Script, Style, Tree, row
from derive.notation.indices import (
    PLUS,
    Marks,
)


@dataclass(frozen=True)
class Letter:
    """One quantity's letter.

    Attributes:
        text: of one scalar.
        hat: whether a hat stands over it.
        layered: whether it carries its layer's number.
        one: the letter of a whole layer for one sample; `text` where it is "".
        batch: that for all samples, a row or a column each; the capital where it is "".
    """

    text: str
    hat: bool = False
    layered: bool = True
    one: str = ""
    batch: str = ""

    @property
    def tree(self) -> Tree:
        """The letter of a scalar."""
        return self._hatted(Identifier(self.text))

    def whole(self, style: Style, *, batch: bool) -> Tree:
        """The letter of a whole layer, for one sample or for all."""
        one = self.one or self.text
        text = (self.batch or self.text.capitalize()) if batch else one
        return self._hatted(Identifier(text, style))

    def _hatted(self, tree: Tree) -> Tree:
        return Limits(tree, over=Operator("^")) if self.hat else tree


@dataclass(frozen=True)
class Letters:
    """The letters of a quantity in the hidden layers and in the output layer."""

    hidden: Letter
    output: Letter


def everywhere(text: str, *, one: str = "", batch: str = "") -> Letters:
    """One letter for all layers."""
    letter = Letter(text, one=one, batch=batch)
    return Letters(letter, letter)


def indexed(letter: str, index: str) -> Tree:
    """A letter with an upright index."""
    return Script(Identifier(letter), sub=Identifier(index, "upright"))


_NUMBERS: Mapping[str, Tree] = {
    "beta": Identifier("β"),
    "beta1": indexed("β", "1"),
    "beta2": indexed("β", "2"),
    "rho": Identifier("ρ"),
    "epsilon": Identifier("ε"),
    "weight_decay": Script(Identifier("λ"), sub=Identifier("w")),
}
"""The letters of the optimizers' numbers."""

PRIME = Operator("′", "postfix")


@dataclass(frozen=True)
class Memory:
    """The letter of what an optimizer remembers of a parameter, or computes on its way.

    Attributes:
        text: of one parameter; of a matrix of them its capital.
        hat: whether a hat stands over it.
        prime: whether a prime follows it.
        before: whether it stands before the parameter, as in Δw; else the parameter stands below.
        marked: whether + tells a new one from the old one; a step has no old one.
        added: whether it is added to the parameter: minus what training subtracts.
    """

    text: str
    hat: bool = False
    prime: bool = False
    before: bool = False
    marked: bool = True
    added: bool = False

    def alone(self, parameter: Tree, *, updated: bool = False) -> Tree:
        """The letter by itself; one that stands before a parameter with the letter of that."""
        letter = self._hatted(Identifier(self.text))
        marks = self._marks(updated=updated)
        if self.before:
            return row(letter, Script(parameter, sup=marks) if marks else parameter)
        return Script(letter, sup=marks) if marks else letter

    def of(self, parameter: Tree, *, updated: bool = False) -> Tree:
        """The letters for one parameter, which has the + of an `updated` one that stands before."""
        return self._joined(Identifier(self.text), parameter, updated=updated)

    def whole(self, parameters: Tree, style: Style, *, matrix: bool, updated: bool = False) -> Tree:
        """The letters for a matrix of parameters, or for a vector."""
        text = self.text.capitalize() if matrix else self.text
        letter = Identifier(text, "italic" if self.before else style)
        return self._joined(letter, parameters, updated=updated)

    def _joined(self, letter: Tree, parameter: Tree, *, updated: bool) -> Tree:
        if self.before:
            return row(letter, parameter)
        return Script(self._hatted(letter), sub=parameter, sup=self._marks(updated=updated))

    def _marks(self, *, updated: bool) -> Tree | None:
        marks = [*([PRIME] if self.prime else []), *([PLUS] if updated and self.marked else [])]
        return row(*marks) if marks else None

    def _hatted(self, letter: Tree) -> Tree:
        return Limits(letter, over=Operator("^")) if self.hat else letter


@dataclass(frozen=True)
class OptimizerLetters:
    """The letters of one optimizer: of its numbers, and of its memories."""

    numbers: Mapping[str, Tree] = field(default_factory=dict)
    states: Mapping[str, Memory] = field(default_factory=dict)


STATES: Mapping[str, Memory] = {
    "m": Memory("m"),
    "v": Memory("v"),
    "s": Memory("s"),
    "u": Memory("u"),
    "d": Memory("Δ", before=True, marked=False, added=True),
    "m_hat": Memory("m", hat=True),
    "v_hat": Memory("v", hat=True),
}
"""The letters of what the optimizers remember of a parameter."""

_KIN = {"adamw": "adam", "adadelta": "rmsprop"}
"""Whose letters an optimizer has in a book that writes the one and not the other."""


@dataclass(frozen=True, kw_only=True)
class Textbook:
    """How one book writes a network down.

    Attributes:
        input: the letter of an input.
        net: of the weighted sum before the activation.
        out: of what the activation gives.
        target: of what an output should be.
        delta: of an error term; None where the book writes it as a derivative.
        weight: of a weight.
        bias: of a bias or a threshold.
        loss: of the whole loss.
        sample_loss: of one sample's.
        data_loss: of the loss without its penalty.
        rate: of the learning rate.
        optimizers: of the optimizers that the book writes, by name: where they are not the usual
            ones, of their numbers and of what they remember of a parameter.
        numbers: of optimizers' numbers that would clash with other letters of the book.
        states: of what they remember, likewise.
        activation: of an activation function.
        any_sample: the number of any sample.
        any_output: the number of any output.
        marks: where the numbers of neuron, layer and sample stand.
        named_neurons: whether neurons have names, i1, h1, o1, or go by their output's letters.
        numbered_units: whether neurons are numbered through the whole network.
        from_first: whether a weight's first index is where it comes from.
        bias_of_unit_0: whether a bias is the weight of a unit numbered 0 whose output is 1.
        minus_gradient: whether an error term is minus the derivative of the loss by the net input.
        threshold: whether the activation is taken of the sum minus a threshold.
        output_first: whether a squared error is of output minus target.
        own_loss: whether an error term is of its own sample's loss, a mean over the samples being
            taken where gradients are gathered.
        vectors: how the letter of a vector is set.
        matrices: how that of a matrix is.
        notes: what else a reader must know, by keys of the catalogues.
        layout: a row of a matrix is a sample, or a column is; `rows-of-several` is a row for each
            of several samples, with the inputs of a layer as the rows of its weights, and a column
            for one.
    """

    input: Letter
    net: Letters
    out: Letters
    target: Letter
    delta: Letters | None
    weight: Letters
    bias: Letters
    loss: str
    sample_loss: str
    data_loss: Tree
    rate: str = "η"
    optimizers: Mapping[str, OptimizerLetters] = field(default_factory=dict)
    numbers: Mapping[str, Tree] = field(default_factory=dict)
    states: Mapping[str, Memory] = field(default_factory=dict)
    activation: str = "f"
    any_sample: str = "n"
    any_output: str = "k"
    marks: Marks
    named_neurons: bool = False
    numbered_units: bool = False
    from_first: bool = False
    bias_of_unit_0: bool = False
    minus_gradient: bool = False
    threshold: bool = False
    output_first: bool = False
    own_loss: bool = True
    vectors: Style = "bold"
    matrices: Style = "bold"
    notes: tuple[str, ...] = ()
    layout: Literal["rows", "columns", "rows-of-several"] = "columns"

    def with_optimizer(self, name: str) -> Textbook:
        """The book with the letters that it has for an optimizer, or for the one most like it."""
        own = self.optimizers.get(name) or self.optimizers.get(_KIN.get(name, ""))
        if own is None:
            return self
        return replace(
            self, numbers={**self.numbers, **own.numbers}, states={**self.states, **own.states}
        )

    def number(self, name: str) -> Tree:
        """The letter of an optimizer's number, or of what it remembers of a parameter.

        Raises:
            KeyError: no optimizer has it.
        """
        known = self.numbers.get(name) or _NUMBERS.get(name)
        return known or self.memory(name).alone(self.weight.output.tree)

    def updated(self, name: str) -> Tree:
        """The letter of what an optimizer remembers, or computes, after an update.

        Raises:
            KeyError: no optimizer has it.
        """
        return self.memory(name).alone(self.weight.output.tree, updated=True)

    def memory(self, name: str) -> Memory:
        """The letter of what an optimizer remembers of a parameter, or computes on its way.

        Raises:
            KeyError: no optimizer has it.
        """
        return self.states.get(name) or STATES[name]
