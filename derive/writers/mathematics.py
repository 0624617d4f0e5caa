"""A document's mathematics as MathML, spoken and written as each of its languages does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from itertools import count

from derive.language.catalogues import Catalogue
from derive.maths.breaking import breakable
from derive.maths.decimals import BROWSER, PRINT, Padding
from derive.maths.mathml import Figures, Paint, Tag, mathml
from derive.maths.speech import speech
from derive.maths.tree import Named, Number, Tree


class Mathematics:
    """The formulas of one document.

    Args:
        catalogues: the document's languages, by tag, in their order.
        paint: how roles and paths look in MathML.
        tagged: whether numbers carry the scalar they show, and what is shown once is told in every
            language; otherwise the first language tells.
    """

    def __init__(
        self, catalogues: Mapping[str, Catalogue], paint: Paint, *, tagged: bool = True
    ) -> None:
        self.catalogues = catalogues
        self.paint = paint
        self.tagged = tagged
        self.tag: Tag = data_ref if tagged else _untagged
        self.advances = BROWSER if tagged else PRINT
        self._names = count(1)

    def name(self) -> str:
        """An identifier for what tells of a formula or a drawing, unique in the document."""
        return f"told-{next(self._names)}"

    @property
    def decimals(self) -> dict[str, list[str]]:
        """The signs before decimals, each with its languages."""
        found: dict[str, list[str]] = {}
        for tag, words in self.catalogues.items():
            found.setdefault(words.decimal, []).append(tag)
        return found

    def figures(self, element: str) -> Figures:
        """How digits are written in what stands once for all languages.

        As in the first language; or where signs before decimals differ and a page is to show what
        is chosen, with each sign in an `element`. A token of MathML would set such elements one
        under the other, so they hold whole numbers.
        """
        signs = self.decimals
        if len(signs) == 1 or not self.tagged:
            return _with(next(iter(signs)))
        classes = {sign: " ".join(f"of-{tag}" for tag in tags) for sign, tags in signs.items()}

        def each(digits: str) -> str:
            return "".join(
                f'<{element} class="decimal {names}">{_with(sign)(digits)}</{element}>'
                for sign, names in classes.items()
            )

        return lambda digits: each(digits) if "." in digits else digits

    def within(self, tree: Tree, found: Catalogue) -> str:
        """Mathematics within words of one language."""
        told, figures = speech(tree, found), _with(found.decimal)
        return mathml(
            tree, paint=self.paint, tag=self.tag, figures=figures, alttext=told,
            advances=self.advances,
        )  # fmt: skip

    def shared(
        self,
        tree: Tree,
        *,
        display: bool,
        tag: Callable[[Number | Named], str] | None = None,
        padding: Padding | None = None,
    ) -> str:
        """Mathematics that stands once for all languages.

        Args:
            tree: what is set.
            display: whether it stands on lines of its own.
            tag: attributes of numbers and letters, other than the usual.
            padding: what a number of a column needs beside it.
        """
        told = {language: speech(tree, found) for language, found in self.catalogues.items()}
        first = next(iter(told.values()))
        # Paper is wide enough, and `typeset` breaks what is not.
        tree = breakable(tree) if display and self.tagged else tree
        draw = partial(
            mathml, tree, paint=self.paint, tag=tag or self.tag, figures=self.figures("span"),
            display=display, advances=self.advances, padding=padding,
        )  # fmt: skip
        if not self.tagged:
            return draw(alttext=first)
        if len(set(told.values())) == 1:
            return draw(alttext=first, labelled=True)
        return draw(spoken=told, name=self.name())


def _with(decimal: str) -> Figures:
    """Digits with another sign in place of the point."""
    return lambda digits: digits.replace(".", escape(decimal))


def data_ref(part: Number | Named) -> str:
    """The attribute that says what of the trace a number shows, or letters name: `W1[0][1]@0`."""
    return "" if part.ref is None else f' data-ref="{escape(part.ref.place)}"'


def _untagged(_part: Number | Named) -> str:
    return ""
