"""A maths tree read aloud: the alternative text of an equation, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from derive.maths.tree import (
    Aligned,
    Braced,
    Cases,
    Fenced,
    Fraction,
    Identifier,
    Limits,
    Matrix,
    Named,
    Number,
    Operator,
    Root,
    Row,
    Script,
    Styled,
    Text,
    Tree,
    unknown,
)

_SIGNS: Mapping[str, str] = {
    "∑": "sum",
    "=": "equals",
    "≈": "about",
    "+": "plus",
    "×": "times",
    "·": "times",
    "⊙": "elementwise",
    ">": "greater",
    "<": "less",
    "≥": "greater_equal",
    "≤": "less_equal",
    "≠": "not_equal",
    "(": "open",
    ")": "close",
}


class Words(Protocol):
    """Where the spoken words come from: a catalogue."""

    @property
    def decimal(self) -> str:
        """The sign before decimals."""

    def phrase(self, key: str) -> str:
        """The words under a key, gaps in braces."""


def speech(tree: Tree, words: Words) -> str:
    """`tree` as a sentence without a full stop."""
    return " ".join(_Reader(words).read(tree).split())


class _Reader:
    """One walk over a tree, in reading order."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def say(self, key: str, **gaps: str) -> str:
        return self.words.phrase(f"speech.{key}").format(**gaps)

    def read(self, tree: Tree) -> str:
        match tree:
            case Identifier(text) | Text(text):
                return text
            case Operator(text, form):
                return self.operator(text, form)
            case Number():
                return self.number(tree)
            case Row(inside):
                return " ".join(map(self.read, inside))
            case Fraction(above, below):
                return self.fraction(above, below)
            case Script():
                return self.script(tree)
            case Limits(base, under, over):
                return self.limits(base, under, over)
            case Root(radicand):
                return self.say("root", inside=self.read(radicand))
            case Fenced(inside, "|"):
                return self.say("absolute", inside=self.read(inside))
            case Fenced(inside):
                return f"{self.say('open')} {self.read(inside)} {self.say('close')}"
            case Matrix(lines):
                rows = [
                    self.say("row", number=str(n), cells=", ".join(map(self.read, line)))
                    for n, line in enumerate(lines, 1)
                ]
                return self.say("matrix", count=str(len(lines)), rows="; ".join(rows))
            case Cases(lines):
                cases = [
                    self.say("case", value=self.read(value), condition=self.read(condition))
                    for value, condition in lines
                ]
                return self.say("cases", cases="; ".join(cases))
            case Aligned(lines):
                return " ".join(
                    self.say("line", left=self.read(left), right=self.read(right))
                    for left, right in lines
                )
            case Braced(inside, label):
                return self.say("braced", inside=self.read(inside), label=self.read(label))
            case Styled(inside, "layer" | "sample" as role):
                return self.say(role, number=self.read(inside))
            case Styled(inside) | Named(inside):
                return self.read(inside)
            case _:
                raise unknown(tree)

    def operator(self, text: str, form: str) -> str:
        if text == "−":
            return self.say("negative" if form == "prefix" else "minus")
        return self.say(_SIGNS[text]) if text in _SIGNS else text

    def number(self, number: Number) -> str:
        shown = number.numeral
        digits = shown.digits.removeprefix("-")
        spoken = digits.replace(".", self.words.decimal)
        spoken = self.say("infinity") if digits == "∞" else spoken
        if shown.negative:
            spoken = f"{self.say('negative')} {spoken}"
        if shown.exponent:
            power = str(shown.exponent)
            if shown.exponent < 0:
                power = f"{self.say('negative')} {power[1:]}"
            spoken += " " + self.say("power_of_ten", exponent=power)
        return spoken

    def fraction(self, above: Tree, below: Tree) -> str:
        """A derivative where both parts, or the lower one, start with its sign; else a fraction."""
        top, bottom = _derived(above), _derived(below)
        if bottom is not None:
            by = self.read(bottom)
            if top is not None:
                partial = (
                    above.parts[0] == Operator("∂", "prefix") if isinstance(above, Row) else False
                )
                key = "derivative" if partial else "ordinary_derivative"
                return self.say(key, of=self.read(top), by=by)
            return self.say("derivative_operator", by=by)
        return self.say("fraction", above=self.read(above), below=self.read(below))

    def script(self, tree: Script) -> str:
        base = self.read(tree.base)
        if tree.sub is not None:
            base = self.say("sub", base=base, sub=self.read(tree.sub))
        if tree.sup is None:
            return base
        marks = _marks(tree.sup)
        if marks is None:
            return self.say("sup", base=base, sup=self.read(tree.sup))
        for mark in marks:
            match mark:
                case Operator("+"):
                    base = self.say("marked", base=base)
                case Operator("⊤"):
                    base = self.say("transposed", base=base)
                case Styled():
                    base = self.say("marked_by", base=base, mark=self.read(mark))
        return base

    def limits(self, base: Tree, under: Tree | None, over: Tree | None) -> str:
        if over == Operator("^"):
            return self.say("hat", base=self.read(base))
        if under is not None:
            return self.say("sum_over", under=self.read(under))
        return self.read(base)


def _marks(tree: Tree) -> list[Tree] | None:
    """Layer, sample and signs above a letter, without brackets; None where a power stands there."""
    match tree:
        case Operator("+" | "⊤", "postfix") | Styled(_, "layer" | "sample"):
            return [tree]
        case Script(Identifier("x"), Styled(_, "sample") as sample, None):
            return [sample]
        case Operator("(" | ")" | "[" | "]" | ","):
            return []
        case Row(parts):
            found = [_marks(part) for part in parts]
            known = [marks for marks in found if marks is not None]
            return [mark for marks in known for mark in marks] if len(known) == len(found) else None
    return None


def _derived(tree: Tree) -> Tree | None:
    """What stands after a derivative's sign, ∂ or d; None where there is no such sign."""
    signs = (Operator("∂", "prefix"), Identifier("d", "upright"))
    if isinstance(tree, Row) and tree.parts[0] in signs:
        return Row(tree.parts[1:])
    return None
