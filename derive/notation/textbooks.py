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

from derive.maths.tree import Identifier
from derive.notation.book import (
    Letter,
    Letters,
    Memory,
    OptimizerLetters,
    Textbook,
    everywhere,
    indexed,
)
from derive.notation.indices import (
    by_letter,
    by_name,
    numbered_through,
    parenthesized,
    plain,
    sample_first,
    squared,
)


def _moments(first: str, second: str) -> Mapping[str, Memory]:
    """Adam's averages of the gradients and of their squares, and both corrected."""
    return {
        "m": Memory(first), "m_hat": Memory(first, hat=True),
        "v": Memory(second), "v_hat": Memory(second, hat=True),
    }  # fmt: skip


_WEIGHTS = everywhere("w", one="W", batch="W")
_TARGET = Letter("y", layered=False)
_PREDICTION = Letter("y", hat=True, layered=False)

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
        data_loss=indexed("E", "0"),
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
        data_loss=indexed("J", "0"),
        rate="α",
        optimizers={
            "momentum": OptimizerLetters(),
            "rmsprop": OptimizerLetters({"rho": indexed("β", "2")}),
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
        data_loss=indexed("C", "0"),
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
                {"beta1": indexed("ρ", "1"), "beta2": indexed("ρ", "2")}, _moments("s", "r")
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
        data_loss=indexed("E", "D"),
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
        data_loss=indexed("R", "0"),
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
        data_loss=indexed("E", "0"),
        numbers={
            "beta": Identifier("ρ"),
            "beta1": indexed("ρ", "1"),
            "beta2": indexed("ρ", "2"),
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
        data_loss=indexed("E", "0"),
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
