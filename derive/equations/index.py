"""Index expressions, such as `i + m` or `k // 2`, and how they are solved for their letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """`index // by`, or with `rest` the remainder `index % by`: what a flattening reads."""

    index: Index
    by: int
    rest: bool


@dataclass(frozen=True, slots=True)
class Index:
    """A sum of letters and parts, each times an integer, and a constant.

    Attributes:
        terms: each letter or part with its factor, none twice and none with 0.
        constant: what is added.
    """

    terms: tuple[tuple[str | Part, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(atom: str | Part) -> Index:
        """The expression that is a letter, or a part, alone."""
        return Index(((atom, 1),))

    def __add__(self, other: Index) -> Index:
        factors = dict(self.terms)
        for atom, factor in other.terms:
            factors[atom] = factors.get(atom, 0) + factor
        kept = tuple((atom, factor) for atom, factor in factors.items() if factor)
        return Index(kept, self.constant + other.constant)

    def __sub__(self, other: Index) -> Index:
        return self + other.times(-1)

    def times(self, factor: int) -> Index:
        """The expression multiplied by an integer."""
        if not factor:
            return Index()
        return Index(tuple((a, f * factor) for a, f in self.terms), self.constant * factor)

    @property
    def letter(self) -> str | None:
        """The letter that the expression is; None where it is more than one."""
        match self:
            case Index(((str() as letter, 1),), 0):
                return letter
        return None

    @property
    def letters(self) -> Iterator[str]:
        """All letters in it, as often as they stand there."""
        for atom, _ in self.terms:
            if isinstance(atom, Part):
                yield from atom.index.letters
            else:
                yield atom

    def at(self, values: Mapping[str, Any]) -> Any:
        """Its value, of integers or of arrays of them.

        Raises:
            KeyError: a letter has no value.
        """
        found: Any = self.constant
        for atom, factor in self.terms:
            if isinstance(atom, Part):
                inside = atom.index.at(values)
                value = inside % atom.by if atom.rest else inside // atom.by
            else:
                value = values[atom]
            found = found + factor * value
        return found

    def replaced(self, letters: Mapping[str, Index]) -> Index:
        """The expression with others in place of some letters."""
        found = Index((), self.constant)
        for atom, factor in self.terms:
            if isinstance(atom, Part):
                inside = atom.index.replaced(letters)
                found += Index.of(Part(inside, atom.by, atom.rest)).times(factor)
            else:
                found += letters.get(atom, Index.of(atom)).times(factor)
        return found

    def __str__(self) -> str:
        text = ""
        for atom, factor in sorted(self.terms, key=lambda term: term[1] < 0):
            size = "" if abs(factor) == 1 else f"{abs(factor)} * "
            text += _signed(f"{size}{_written(atom)}", text, negative=factor < 0)
        if self.constant or not text:
            text += _signed(str(abs(self.constant)), text, negative=self.constant < 0)
        return text


def _signed(text: str, before: str, *, negative: bool) -> str:
    if before:
        return f" {'-' if negative else '+'} {text}"
    return f"-{text}" if negative else text


def _written(atom: str | Part) -> str:
    if isinstance(atom, str):
        return atom
    inside = str(atom.index) if atom.index.letter else f"({atom.index})"
    return f"{inside} {'%' if atom.rest else '//'} {atom.by}"


@dataclass(frozen=True, slots=True)
class Solution:
    """What follows for letters from expressions that have given values.

    Attributes:
        found: the letters that the others determine.
        zero: expressions that must be 0 for there to be any solution.
        below: expressions that must be at least 0 and below a number.
    """

    found: Mapping[str, Index]
    zero: tuple[Index, ...]
    below: tuple[tuple[Index, int], ...]


def solved(equations: Iterable[tuple[Index, Index]], letters: Iterable[str]) -> Solution:
    """The letters for which each left side is its right side, which has none of them.

    Those named first are found first.
    A letter is found where it stands with the factor 1 or -1, and `u // n` together with `u % n`
    give u. What cannot be solved so is left as a condition.
    """
    pending = list(equations)
    unknown = list(letters)
    found: dict[str, Index] = {}
    below: list[tuple[Index, int]] = []
    while True:
        whole = _whole(pending)
        if whole is not None:
            first, second, part = whole
            rest = pending[second][1]
            below.append((rest, part.by))
            joined = pending[first][1].times(part.by) + rest
            pending = [one for n, one in enumerate(pending) if n not in (first, second)]
            pending.append((part.index, joined))
            continue
        step = _determined(pending, unknown)
        if step is None:
            return Solution(found, tuple(a - b for a, b in pending), tuple(below))
        which, letter, value = step
        unknown.remove(letter)
        del pending[which]
        put = {letter: value}
        pending = [(a.replaced(put), b) for a, b in pending]
        found = {name: index.replaced(put) for name, index in found.items()} | put


def _whole(pending: list[tuple[Index, Index]]) -> tuple[int, int, Part] | None:
    """The places of `u // n` and `u % n`, and the first of them."""
    places = {left: n for n, (left, _) in enumerate(pending)}
    for n, (left, _) in enumerate(pending):
        match left:
            case Index(((Part(index, by, False) as part, 1),), 0):
                rest = Index.of(Part(index, by, rest=True))
                if rest in places:
                    return n, places[rest], part
    return None


def _determined(
    pending: list[tuple[Index, Index]], unknown: list[str]
) -> tuple[int, str, Index] | None:
    """An equation that gives a letter, the letter, and its value; a letter alone comes first."""
    alone = sorted(range(len(pending)), key=lambda n: pending[n][0].letter is None)
    for n in alone:
        left, right = pending[n]
        difference = left - right
        factors = dict(difference.terms)
        every = list(difference.letters)
        for letter in unknown:
            factor = factors.get(letter, 0)
            if abs(factor) == 1 and every.count(letter) == 1:
                rest = difference - Index(((letter, factor),))
                return n, letter, rest.times(-factor)
    return None
