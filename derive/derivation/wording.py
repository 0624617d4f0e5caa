"""Words that turn with a book's signs (gradient or negative gradient, bias or threshold); lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from derive.derivation.workbook import Workbook
from derive.document import Inline, Message
from derive.maths.tree import Tree
from derive.notation import count, minus
from derive.reference import Aspect, Ref


def gradient_words(book: Workbook) -> dict[str, Inline]:
    """What error term times output is: the gradient, or minus it."""
    return {"gradient": _signed("gradient", opposed=book.notation.book.minus_gradient)}


def derivative_words(book: Workbook) -> dict[str, Inline]:
    """What an error term is: the derivative of the error by the net input, or minus it."""
    return {"derivative": _signed("derivative", opposed=book.notation.book.minus_gradient)}


def parameter_words(book: Workbook) -> dict[str, Inline]:
    """Biases, or thresholds."""
    return {"parameters": Message("sign.thresholds" if book.thresholds else "sign.biases")}


def bias_words(book: Workbook) -> dict[str, Inline]:
    """A bias's factor in what the activation is taken of, and what error terms add up to for it."""
    one: Tree = count(1)
    opposed = book.gradient_by(Ref("b")).aspect is Aspect.DESCENT
    return {
        "parameter": Message("sign.threshold" if book.thresholds else "sign.bias"),
        "factor": minus(one) if book.thresholds else one,
        "gradient": _signed("gradient", opposed=opposed),
    }


def net_words(book: Workbook) -> dict[str, Inline]:
    """What a neuron receives: its net input; with thresholds, the weighted sum alone."""
    return {"net": Message("sign.sum" if book.thresholds else "sign.net")}


def nets_words(book: Workbook) -> dict[str, Inline]:
    """The same of a layer."""
    return {"nets": Message("sign.sums" if book.thresholds else "sign.nets")}


def listed(items: Sequence[Inline]) -> Inline:
    """One or more items, joined as each language joins a list."""
    return reduce(lambda left, right: Message("list.and", {"left": left, "right": right}), items)


def _signed(word: str, *, opposed: bool) -> Message:
    return Message(f"sign.minus_{word}" if opposed else f"sign.{word}")
