"""The worker of a solution: it sets an equation in three beats and never computes by itself.

Symbols, the same with numbers put in, the value. The relation before a value is = where the printed
operands bear the printed value out, and ≈ where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from derive.derivation.setting.agreement import bears_out, differs, exact_value
from derive.derivation.setting.lines import ABOUT, EQUALS, PATHS, arranged
from derive.derivation.setting.numerals import Numerals
from derive.document import Equation
from derive.errors import UncertainError, UnsoundStepError
from derive.formula import Expression
from derive.maths.expression import express
from derive.maths.tree import (
    Number,
    Operator,
    Styled,
    Tree,
)
from derive.reference import Local, Ref
from derive.steps import Step


@dataclass(kw_only=True)
class Workbook(Numerals):
    """What every chapter of a solution shares: letters, numbers, and equations of them.

    Attributes:
        table: the passes that the table of iterations names.
        views: how passes are worked out: `scalars`, `matrices`, `gates`.
    """

    table: tuple[int, ...] = ()
    views: tuple[str, ...] = ("scalars",)

    def symbol(self, ref: Ref | Local) -> Tree:
        """The letters for a scalar; a parameter of the next pass is marked as updated."""
        later = isinstance(ref, Ref) and (ref.iteration or 0) > self.iteration
        return self.notation.symbol(ref, updated=later)

    def number(self, ref: Ref) -> Tree:
        """The printed number of a scalar."""
        return Number(self.numeral(ref), ref)

    def result_of(self, term: Expression) -> Tree:
        """The printed value of a term of a sum, to stand under its brace."""
        return Number(self.certain(lambda: exact_value(term, self.value), lambda: self.rounding))

    # Equations

    def equation(
        self,
        left: Ref | Tree,
        *forms: Expression,
        result: Ref,
        key: bool = False,
    ) -> Equation:
        """Symbols in each of `forms`, the last with numbers in, and the value of `result`."""
        lines = [(EQUALS, express(form, self.symbol)) for form in forms]
        numbers = express(forms[-1], self.number)
        return self.beats(left, lines, numbers, Step(result, forms), key=key)

    def beats(
        self,
        left: Ref | Tree,
        symbolic: Iterable[tuple[Operator, Tree]],
        numbers: Tree,
        step: Step,
        *,
        key: bool = False,
    ) -> Equation:
        """An equation whose trees are given; the numbers are put into the step's last form."""
        result, meaning = step.result, step.forms[-1]
        shown = self.numeral(result)
        value: Tree = Styled(Number(shown, result), role="value")
        segments = list(symbolic)
        if segments and isinstance(segments[-1][1], Number) and segments[-1][1].numeral == shown:
            # A slope of 1 is said once.
            segments.pop()
        if not (isinstance(numbers, Number) and numbers.numeral == shown):
            segments.append((EQUALS, Styled(numbers, role="substituted")))
        segments.append((self.relation(meaning, result), value))
        head = self.symbol(left) if isinstance(left, Ref) else left
        return self.displayed(arranged(head, segments), key=key, steps=(step,))

    def relation(self, meaning: Expression, result: Ref) -> Operator:
        """= where the printed operands give the printed value, ≈ where they do not."""
        shown = self.numeral(result)
        borne_out = bears_out(meaning, self.numeral, shown, self.rounding_of(result))
        return EQUALS if borne_out else ABOUT

    def displayed(self, tree: Tree, *, key: bool = False, steps: Sequence[Step] = ()) -> Equation:
        """`tree` as an equation of its own; what it states must hold.

        Raises:
            UnsoundStepError: a form of a step is not its result.
        """
        for step in steps:
            self._hold(step)
        return Equation(tree, key, tuple(steps))

    def _hold(self, step: Step) -> None:
        """See that each form of a step has the value of its result, before anything is rounded."""
        for number, form in enumerate(step.forms, 1):
            if self._differs(form, step.result):
                place = step.result.place
                raise UnsoundStepError(
                    f"internal error: form {number} of what is said of {place} is not its value"
                )

    def _differs(self, form: Expression, result: Ref) -> bool:
        at = self.iteration if result.iteration is None else result.iteration
        while True:
            try:
                return differs(form, self.value(result), self.value)
            except UncertainError:
                # What even the most effort leaves open, nothing contradicts.
                if not self.refine(at):
                    return False

    # Sums along the paths of the error

    def path_terms(self, terms: Sequence[Expression], leaf: Callable[[Ref], Tree]) -> list[Tree]:
        """Each term in the colour of its path."""
        trees = [express(term, leaf) for term in terms]
        if len(trees) == 1:
            return trees
        return [Styled(tree, path=n % PATHS) for n, tree in enumerate(trees)]
