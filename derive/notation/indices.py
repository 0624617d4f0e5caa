"""Where a book writes the numbers of neuron, layer and sample: below, above, in which brackets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import Identifier, Number, Operator, Script, Styled, Tree, row

NUMBERED_WEIGHTS = 30
"""Up to so many weights are numbered through, w1, w2, …; more get their two neurons as indices."""

COMMA = Operator(",")
PLUS = Operator("+", "postfix")
"""Marks a parameter after the update."""
_COUNT = Rounding(digits=20)


def count(number: int) -> Tree:
    """A whole number, as an index or a coefficient."""
    return Number(numeral(number, _COUNT))


@dataclass(frozen=True)
class Place:
    """What the marks of a letter say.

    Attributes:
        layers: neurons per layer, the input first.
        layer: counted from the input, which is 0; None where the quantity has none.
        index: of a neuron, counted from 1, or a letter that stands for any; of a weight (to,
            from); () for a whole layer.
        sample: counted from 1, or a letter; None where it needs no mark.
        layered: whether the letter carries its layer's number; one such as ŷ says it by itself.
        lent: whether the letter is none of the book's, but one lent to it for all layers.
        updated: whether it is a parameter after the update, which + marks.
    """

    layers: Sequence[int]
    layer: int | None
    index: tuple[int | Tree, ...] = ()
    sample: int | Tree | None = None
    layered: bool = True
    lent: bool = False
    updated: bool = False

    @property
    def last(self) -> int:
        """The output layer's number."""
        return len(self.layers) - 1


Marks = Callable[[Place], tuple[Tree | None, Tree | None]]
"""What stands below and above a letter; None for nothing."""


def in_brackets(inside: Tree, opening: str = "(", closing: str = ")") -> Tree:
    """`inside` between brackets that do not grow."""
    return row(Operator(opening, "prefix"), inside, Operator(closing, "postfix"))


def _listed(parts: Sequence[Tree]) -> Tree | None:
    pieces: list[Tree] = []
    for part in parts:
        pieces += [COMMA, part]
    return row(*pieces[1:]) if pieces else None


def _shown(number: int | Tree) -> Tree:
    return count(number) if isinstance(number, int) else number


def _indices(place: Place) -> list[Tree]:
    return list(map(_shown, place.index))


def _layer(place: Place, first: int = 0) -> list[Tree]:
    """The layer's number, the input's being `first`; nothing where the letter carries none."""
    if place.layer is None or not place.layered:
        return []
    return [Styled(count(place.layer + first), role="layer")]


def _sample(place: Place) -> list[Tree]:
    return [] if place.sample is None else [Styled(_shown(place.sample), role="sample")]


def _plus(place: Place) -> list[Tree]:
    return [PLUS] if place.updated else []


def _above(
    place: Place, *groups: Sequence[Tree], opening: str = "(", closing: str = ")"
) -> Tree | None:
    """Each group that is not empty in its brackets, then the mark of an updated value."""
    listed = [part for part in map(_listed, groups) if part is not None]
    pieces = [*(in_brackets(part, opening, closing) for part in listed), *_plus(place)]
    return row(*pieces) if pieces else None


def by_name(place: Place) -> tuple[Tree | None, Tree | None]:
    """Neurons named h1, o1, with several hidden layers h2,1; weights numbered through; (sample)."""
    sample = _above(place, _sample(place))
    if place.layer is None or not place.layered:
        return _listed(_indices(place)), sample
    match place.index:
        case ():
            return count(place.layer), sample
        case (int() as to, int() as source):
            return _numbered(place, to, source)
        case (int() as neuron,):
            letter = Identifier("o" if place.layer == place.last else "h")
            return row(letter, position(place, neuron)), sample
    return _listed(_indices(place)), sample


def position(place: Place, neuron: int) -> Tree:
    """A neuron's number in its layer, the layer's number before it where there are several."""
    if place.layer is not None and 0 < place.layer < place.last and place.last > 2:
        return row(count(place.layer), COMMA, count(neuron))
    return count(neuron)


def _numbered(place: Place, to: int, source: int) -> tuple[Tree | None, Tree | None]:
    layer = place.layer or 0
    sizes = [a * b for a, b in pairwise(place.layers)]
    if sum(sizes) <= NUMBERED_WEIGHTS:
        number = sum(sizes[: layer - 1]) + (to - 1) * place.layers[layer - 1] + source
        return count(number), _above(place)
    return _listed(_indices(place)), _above(place, _layer(place), opening="[", closing="]")


def squared(place: Place) -> tuple[Tree | None, Tree | None]:
    """The layer in square brackets, the sample in round ones after it."""
    layer = [in_brackets(part, "[", "]") for part in _layer(place)]
    sample = [in_brackets(part) for part in _sample(place)]
    over = [*layer, *sample, *_plus(place)]
    return _listed(_indices(place)), row(*over) if over else None


def parenthesized(place: Place) -> tuple[Tree | None, Tree | None]:
    """Layer and sample in one pair of parentheses."""
    return _listed(_indices(place)), _above(place, [*_layer(place), *_sample(place)])


def plain(place: Place) -> tuple[Tree | None, Tree | None]:
    """The layer without brackets, the input being layer 1; before it the sample, as x with index.

    Of a loss, which has no layer, the sample stands below.
    """
    named: list[Tree] = [Script(Identifier("x"), sub=part) for part in _sample(place)]
    if place.layer is None:
        return _listed([*named, *_indices(place)]), None
    return _listed(_indices(place)), _listed([*named, *_layer(place, first=1), *_plus(place)])


def sample_first(place: Place) -> tuple[Tree | None, Tree | None]:
    """The sample before the neuron below, the layer in parentheses above."""
    return _listed([*_sample(place), *_indices(place)]), _above(place, _layer(place))


def numbered_through(place: Place) -> tuple[Tree | None, Tree | None]:
    """Units numbered through the whole network, inputs first; before them the sample.

    What belongs to a whole layer has the layer's number above, in parentheses.
    """
    before = [0, *accumulate(place.layers)]
    indices = _indices(place)
    if place.layer is not None and all(isinstance(n, int) for n in place.index):
        # A weight leads to its layer from the one before.
        layers = (place.layer, place.layer - 1)
        units = zip(place.index, layers, strict=False)
        indices = [count(n + before[layer]) for n, layer in units if isinstance(n, int)]
    whole = [] if place.index else _layer(place)
    return _listed([*_sample(place), *indices]), _above(place, whole)


def by_letter(place: Place) -> tuple[Tree | None, Tree | None]:
    """As `parenthesized`, the layer only where the letter alone does not tell it."""
    alone = not place.lent and (place.last <= 2 or place.layer == place.last)
    return _listed(_indices(place)), _above(
        place, [*([] if alone else _layer(place)), *_sample(place)]
    )
