"""Words that turn with a book's signs, words of what tables name, and lists.

What an entry of a table is called in the catalogues follows from its name. For each such family of
keys one function here makes the key; every other key stands in the code as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from derive.derivation.setting.workbook import Workbook
from derive.document import Equation, Inline, Message
from derive.maths.tree import Tree
from derive.notation import count, minus
from derive.reference import Aspect, Ref


def gradient_words(book: Workbook) -> dict[str, Inline]:
    """What error term times output is: the gradient, or minus it."""
    return {"gradient": _gradient(opposed=book.notation.book.minus_gradient)}


def derivative_words(book: Workbook) -> dict[str, Inline]:
    """What an error term is: the derivative of the error by the net input, or minus it."""
    opposed = book.notation.book.minus_gradient
    return {"derivative": Message("sign.minus_derivative" if opposed else "sign.derivative")}


def parameter_words(book: Workbook) -> dict[str, Inline]:
    """Biases, or thresholds."""
    return {"parameters": Message("sign.thresholds" if book.thresholds else "sign.biases")}


def bias_words(book: Workbook) -> dict[str, Inline]:
    """A bias's factor in what the activation is taken of, and what error terms add up to for it."""
    unit: Tree = count(1)
    opposed = book.gradient_by(Ref("b")).aspect is Aspect.DESCENT
    return {
        "parameter": Message("sign.threshold" if book.thresholds else "sign.bias"),
        "factor": minus(unit) if book.thresholds else unit,
        "gradient": _gradient(opposed=opposed),
    }


def neuron_words(book: Workbook, equation: Equation) -> dict[str, Inline]:
    """The neuron of which an equation finds a scalar, read from what it states."""
    result = equation.steps[0].result
    return {"neuron": book.notation.neuron(result.layer or 0, result.index[0])}


def net_words(book: Workbook) -> dict[str, Inline]:
    """What a neuron receives: its net input; with thresholds, the weighted sum alone."""
    return {"net": Message("sign.sum" if book.thresholds else "sign.net")}


def nets_words(book: Workbook) -> dict[str, Inline]:
    """The same of a layer."""
    return {"nets": Message("sign.sums" if book.thresholds else "sign.nets")}


def _gradient(*, opposed: bool) -> Message:
    return Message("sign.minus_gradient" if opposed else "sign.gradient")


def listed(items: Sequence[Inline]) -> Inline:
    """One or more items, joined as each language joins a list."""
    return reduce(lambda left, right: Message("list.and", {"left": left, "right": right}), items)


def activation_words(name: str) -> Message:
    """An activation's name in words; `formula` is one that was given."""
    return Message(f"activation.{name}")


def loss_words(name: str) -> Message:
    """A loss's name in words; `formula` is one that was given."""
    return Message(f"loss.{name}")


def optimizer_name(name: str) -> Message:
    """An optimizer's name in words."""
    return Message(f"optimizer.{name}")


def optimizer_explained(name: str, gaps: Mapping[str, Inline]) -> Message:
    """What an optimizer remembers of a parameter, and to what end."""
    return Message(f"update.{name}", gaps)


def first_step_words(name: str, gaps: Mapping[str, Inline]) -> Message:
    """How the first step of an optimizer, or of gradient descent, comes about."""
    return Message(f"compare.first_step.{name}", gaps)


def rule_words(name: str) -> Message:
    """A rule of differentiation."""
    return Message(f"rule.{name}")


def book_words(key: str) -> Message:
    """The book whose letters a notation has."""
    return Message(f"notation.{key}")


def optimizer_source(key: str) -> Message:
    """Where a notation's letters of optimizers were read."""
    return Message(f"letters.optimizer.{key}")


def note_words(name: str) -> Message:
    """What a notation's notes say to its reader."""
    return Message(f"letters.note.{name}")


def misprint_words(cause: str) -> Message:
    """The cause of a published figure that is wrong, as a table names it."""
    return Message(f"published.short.{cause}")


def misprint_explained(cause: str, gaps: Mapping[str, Inline]) -> Message:
    """The same in a paragraph."""
    return Message(f"published.cause.{cause}", gaps)
