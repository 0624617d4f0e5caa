"""Values that are read from a page: numbers and matrices, and the letters of MathML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from xml.etree.ElementTree import Element

from tests.engine.oracle import mp

LEFT_OUT = "a matrix with cells left out, in a line of arithmetic"
TERMS_LEFT_OUT = "a sum with terms left out"
OTHER_SAMPLES = "a sum over samples that the page does not name one by one"
UNREADABLE = {
    LEFT_OUT: "the product needs all cells; those shown are held against its letters",
    TERMS_LEFT_OUT: "the sum needs all terms",
    OTHER_SAMPLES: "letters of one sample tell nothing of another's where a page is in brief",
}
"""The only kinds of sides that cannot be read back, and why."""


class UnreadableError(ValueError):
    """A piece that has no one value: its message is the kind."""


def text(element: Element) -> str:
    """An element's whole text, in plain letters."""
    return normalize("NFKC", "".join(element.itertext()))


def spelt(element: Element, instead: dict[str, str] | None = None) -> str:
    """What tells letters with their marks from any others; `instead` of a mark another."""
    letters = (element.text or "").strip()
    inner = "".join(spelt(part, instead) for part in element)
    if element.tag == "mrow" and len(element) == 1:
        return inner
    letters = (instead or {}).get(letters, letters)
    tag = "m" if element.tag in ("mi", "mn", "mo") else element.tag
    return f"<{tag}>{normalize('NFKC', letters)}{inner}</>"


def named_in(elements: Sequence[Element]) -> Iterator[Element]:
    """The letters and numbers in elements that say what of the trace they are."""
    for element in elements:
        yield from (e for e in element.iter() if "data-ref" in e.attrib)


# Values: numbers, and matrices as rows of them


@dataclass(frozen=True)
class Grid:
    """A matrix; None stands for cells that are left out."""

    rows: tuple[tuple[Any, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def transposed(self) -> Grid:
        """Rows as columns."""
        return Grid(tuple(zip(*self.rows, strict=True)))

    @property
    def elided(self) -> bool:
        """Whether cells are left out."""
        return any(cell is None for row in self.rows for cell in row)

    def each(self, function: Callable[[Any], Any]) -> Grid:
        """A function of each cell."""
        return Grid(tuple(tuple(map(function, row)) for row in self.rows))


def whole(value: Any) -> Any:
    """`value`, which arithmetic can be done with.

    Raises:
        UnreadableError: cells of it are left out.
    """
    if isinstance(value, Grid) and value.elided:
        raise UnreadableError(LEFT_OUT)
    return value


def cellwise(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    """A function of two numbers, or of two matrices of one shape cell by cell."""
    if not isinstance(left, Grid) and not isinstance(right, Grid):
        return function(left, right)
    left, right = whole(left), whole(right)
    assert isinstance(left, Grid), "a number beside a matrix"
    assert isinstance(right, Grid), "a number beside a matrix"
    assert left.shape == right.shape, f"{left.shape} beside {right.shape}"
    rows = zip(left.rows, right.rows, strict=True)
    return Grid(tuple(tuple(map(function, a, b)) for a, b in rows))


def each_by_itself(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    """The same where a number beside a matrix stands for as many: in quotients and under roots."""
    if isinstance(left, Grid) and not isinstance(right, Grid):
        return whole(left).each(lambda cell: function(cell, right))
    if isinstance(right, Grid) and not isinstance(left, Grid):
        return whole(right).each(lambda cell: function(left, cell))
    return cellwise(left, right, function)


def times(left: Any, right: Any) -> Any:
    """A product of numbers, of a number and a matrix, or of matrices."""
    left, right = whole(left), whole(right)
    if isinstance(left, Grid) and isinstance(right, Grid):
        assert left.shape[1] == right.shape[0], f"{left.shape} times {right.shape}"
        columns = right.transposed.rows
        return Grid(
            tuple(
                tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
                for row in left.rows
            )
        )
    if isinstance(left, Grid):
        return left.each(lambda cell: cell * right)
    if isinstance(right, Grid):
        return right.each(lambda cell: left * cell)
    return left * right


def agree(left: Any, right: Any, near: Any = None) -> bool:
    """Whether two values are the same: to 12 figures, or as near as is said; or both not finite.

    Of a matrix of which cells are left out those that are shown count, from both ends.
    """
    if isinstance(left, Grid) != isinstance(right, Grid):
        return False
    if isinstance(left, Grid):
        if left.elided:
            left, right = right, left
        if not right.elided and left.shape != right.shape:
            return False
        return all(
            agree(a, b, near)
            for row, shown in ends(left.rows, right.rows, _left_out)
            for a, b in ends(row, shown, lambda cell: cell is None)
        )
    if not (mp.isfinite(left) and mp.isfinite(right)):
        # Where a logarithm of 0 comes in, no arithmetic tells the kinds of what is not finite.
        return not mp.isfinite(left) and not mp.isfinite(right)
    if near is None:
        near = mp.mpf("1e-12") * max(abs(left), abs(right)) + mp.mpf("1e-60")
    return bool(abs(left - right) <= near)


def _left_out(row: Any) -> bool:
    return all(cell is None for cell in row)


def ends(
    full: Sequence[Any], shown: Sequence[Any], gap: Callable[[Any], bool]
) -> Iterator[tuple[Any, Any]]:
    """What is shown beside what it should be: counted from the start, after a gap from the end."""
    gaps = [n for n, part in enumerate(shown) if gap(part)]
    assert len(gaps) <= 1, "two gaps"
    for n, part in enumerate(shown):
        if n not in gaps:
            yield full[n - len(shown) if gaps and n > gaps[0] else n], part
