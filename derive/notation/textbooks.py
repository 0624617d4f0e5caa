"""The letters of the textbooks, one entry each.

Sources: Mazur, A Step by Step Backpropagation Example, 2015 (net-out); the letters z, a of the
deep learning courses (z-a); Nielsen, Neural Networks and Deep Learning, 2015, chapter 2;
Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.5; Bishop, Pattern Recognition and
Machine Learning, 2006, section 5.3; 邱锡鹏《神经网络与深度学习》第 4 章 (nndl); 周志华《机器学习》
第 5 章 (watermelon); Rumelhart, Hinton and Williams in Parallel Distributed Processing, 1986,
chapter 8 (pdp); Dive into Deep Learning, section 5.3 (d2l).

The letters of optimizers are from: the lectures on optimization of the deep learning courses, in
their transcripts (z-a); Goodfellow, Bengio and Courville, chapter 8, algorithms 8.2 to 8.7, in the
source of the Chinese translation of 2017; 邱锡鹏 section 7.2 of the first edition, in readers'
notes, not in the book; Nielsen, chapter 3, likewise in readers' notes; the chapter on optimization
algorithms of Dive into Deep Learning, in its source files. Of the other books no optimizer was
read; where 周志华's letters would clash with the usual ones of optimizers others are lent. A book's
θ or x is the network's w here. Where a book puts the rate into the velocity, or the small number
under the root, its letters stand in the formulas of `derive.engine.optimizers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from derive.maths.tree import Identifier, Limits, Operator, Script, Style, Tree, row
from derive.notation.indices import (
    PLUS,
    Marks,
    by_letter,
    by_name,
    numbered_through,
    parenthesized,
    plain,
    sample_first,
    squared,
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


def _indexed(letter: str, index: str) -> Tree:
    return Script(Identifier(letter), sub=Identifier(index, "upright"))


_NUMBERS: Mapping[str, Tree] = {
    "beta": Identifier("β"),
    "beta1": _indexed("β", "1"),
    "beta2": _indexed("β", "2"),
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


def _moments(first: str, second: str) -> Mapping[str, Memory]:
    """Adam's averages of the gradients and of their squares, and both corrected."""
    return {
        "m": Memory(first), "m_hat": Memory(first, hat=True),
        "v": Memory(second), "v_hat": Memory(second, hat=True),
    }  # fmt: skip


_WEIGHTS = everywhere("w", one="W", batch="W")
_TARGET = Letter("y", layered=False)
_PREDICTION = Letter("y", hat=True, layered=False)


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


DEFAULT = "net-out"
"""The letters of a document that asks for none."""

TEXTBOOKS: Mapping[str, Textbook] = {
    "net-out": Textbook(
        input=Letter("i", layered=False, one="x", batch="X"),
        net=everywhere("net", batch="Net"),
        out=everywhere("out", batch="Out"),
        target=Letter("t", batch="T"),
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="E",
        sample_loss="E",
        data_loss=_indexed("E", "0"),
        marks=by_name,
        named_neurons=True,
        own_loss=False,
        layout="rows",
    ),
    "z-a": Textbook(
        input=Letter("x", layered=False),
        net=everywhere("z"),
        out=everywhere("a"),
        target=_TARGET,
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="J",
        sample_loss="L",
        data_loss=_indexed("J", "0"),
        rate="α",
        optimizers={
            "momentum": OptimizerLetters(),
            "rmsprop": OptimizerLetters({"rho": _indexed("β", "2")}),
            "adam": OptimizerLetters(states=_moments("v", "s")),
        },
        marks=squared,
        vectors="italic",
        matrices="italic",
    ),
    "nielsen": Textbook(
        input=Letter("a"),
        net=everywhere("z"),
        out=everywhere("a"),
        target=_TARGET,
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="C",
        sample_loss="C",
        data_loss=_indexed("C", "0"),
        optimizers={"momentum": OptimizerLetters({"beta": Identifier("μ")})},
        numbers={"beta": Identifier("μ")},
        activation="σ",
        marks=plain,
        vectors="italic",
        matrices="italic",
        notes=("input_is_layer_1",),
    ),
    "goodfellow": Textbook(
        input=Letter("x", layered=False),
        net=everywhere("a"),
        out=Letters(Letter("h"), _PREDICTION),
        target=_TARGET,
        delta=everywhere("g"),
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="J",
        sample_loss="L",
        data_loss=Identifier("L"),
        rate="ε",
        optimizers={
            "momentum": OptimizerLetters(),
            "nesterov": OptimizerLetters(),
            "adagrad": OptimizerLetters(states={"s": Memory("r")}),
            "rmsprop": OptimizerLetters(states={"s": Memory("r")}),
            "adam": OptimizerLetters(
                {"beta1": _indexed("ρ", "1"), "beta2": _indexed("ρ", "2")}, _moments("s", "r")
            ),
        },
        # Its own of the optimizers that it has; ε, the rate, can be the small number of no other.
        numbers={"beta": Identifier("α"), "epsilon": Identifier("δ")},
        marks=parenthesized,
        vectors="bold-italic",
        matrices="bold-italic",
        layout="rows-of-several",
    ),
    "bishop": Textbook(
        input=Letter("x", layered=False),
        net=everywhere("a"),
        out=Letters(Letter("z"), Letter("y", layered=False)),
        target=Letter("t", layered=False),
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("w", one="w", batch="w"),
        loss="E",
        sample_loss="E",
        data_loss=_indexed("E", "D"),
        marks=sample_first,
        activation="h",
        bias_of_unit_0=True,
        notes=("unit_0",),
        output_first=True,
        layout="rows",
    ),
    "nndl": Textbook(
        input=Letter("x", layered=False),
        net=everywhere("z"),
        out=Letters(Letter("a"), _PREDICTION),
        target=_TARGET,
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="R",
        sample_loss="L",
        data_loss=_indexed("R", "0"),
        rate="α",
        optimizers={
            "momentum": OptimizerLetters({"beta": Identifier("ρ")}, {"v": Memory("M")}),
            "nesterov": OptimizerLetters({"beta": Identifier("ρ")}, {"v": Memory("M")}),
            "adagrad": OptimizerLetters(states={"s": Memory("G")}),
            "rmsprop": OptimizerLetters({"rho": Identifier("β")}, {"s": Memory("G")}),
            # ΔX² in the book, which would be a square of inputs.
            "adadelta": OptimizerLetters(
                {"rho": Identifier("β")}, {"s": Memory("G"), "u": Memory("U")}
            ),
            "adam": OptimizerLetters(states=_moments("M", "G")),
        },
        marks=parenthesized,
        vectors="bold-italic",
        matrices="bold-italic",
    ),
    "watermelon": Textbook(
        input=Letter("x", layered=False),
        net=Letters(Letter("α", batch="α"), Letter("β", batch="β")),
        out=Letters(Letter("b", batch="b"), _PREDICTION),
        target=_TARGET,
        delta=Letters(Letter("e", batch="e"), Letter("g", batch="g")),
        weight=Letters(Letter("v", one="V", batch="V"), Letter("w", one="W", batch="W")),
        bias=Letters(Letter("γ", batch="γ"), Letter("θ", batch="θ")),
        loss="E",
        sample_loss="E",
        data_loss=_indexed("E", "0"),
        numbers={
            "beta": Identifier("ρ"),
            "beta1": _indexed("ρ", "1"),
            "beta2": _indexed("ρ", "2"),
        },
        states={**_moments("m", "r"), "v": Memory("r"), "u": Memory("q")},
        any_sample="k",
        any_output="j",
        marks=by_letter,
        vectors="bold-italic",
        from_first=True,
        minus_gradient=True,
        threshold=True,
        output_first=True,
    ),
    "pdp": Textbook(
        input=Letter("i"),
        net=everywhere("net"),
        out=everywhere("o"),
        target=Letter("t"),
        delta=everywhere("δ", batch="Δ"),
        weight=_WEIGHTS,
        bias=everywhere("θ", batch="θ"),
        loss="E",
        sample_loss="E",
        data_loss=_indexed("E", "0"),
        marks=numbered_through,
        numbered_units=True,
        any_sample="p",
        any_output="j",
        notes=("numbered_through",),
        minus_gradient=True,
    ),
    "d2l": Textbook(
        input=Letter("x", layered=False),
        net=Letters(Letter("z"), Letter("o", layered=False)),
        out=Letters(Letter("h"), _PREDICTION),
        target=_TARGET,
        delta=None,
        weight=_WEIGHTS,
        bias=everywhere("b", batch="b"),
        loss="J",
        sample_loss="L",
        data_loss=Identifier("L"),
        optimizers={
            "momentum": OptimizerLetters(),
            "adagrad": OptimizerLetters(),
            "rmsprop": OptimizerLetters({"rho": Identifier("γ")}),
            "adadelta": OptimizerLetters(
                states={
                    "u": Memory("Δ", before=True),
                    "d": Memory("g", prime=True, marked=False),
                }
            ),
            "adam": OptimizerLetters(states=_moments("v", "s")),
        },
        marks=parenthesized,
        activation="φ",
        own_loss=False,
        layout="rows-of-several",
    ),
}
"""Every notation by its name on the command line."""
