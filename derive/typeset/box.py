"""What layout makes: boxes of glyphs and rules, measured in ems of the equation's font size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Glyphs:
    """Glyphs of one font on a line: `scale` is their size, `text` what each stands for."""

    font: int
    glyphs: list[int]
    text: list[str]
    scale: float
    color: str | None


@dataclass(slots=True)
class Rule:
    """A filled rectangle, its lower left corner at the place where it stands."""

    width: float
    height: float
    color: str | None


@dataclass(slots=True)
class Stroke:
    """A straight line between opposite corners of a rectangle that stands as a rule does."""

    width: float
    height: float
    thickness: float
    rising: bool
    color: str | None


@dataclass(slots=True)
class Place:
    """A rectangle that stands as a rule does, not drawn: what an element covers.

    Attributes:
        width: of the rectangle.
        height: of it.
        href: where the element leads, as it says (MathML 3, section 2.1.6); "" if nowhere.
        anchor: the name under which it is led to; "" if none.
        text: what it reads.
    """

    width: float
    height: float
    href: str
    anchor: str
    text: str


Item = Glyphs | Rule | Stroke | Place


@dataclass(slots=True)
class Box:
    """A piece of mathematics; x grows to the right and y upwards from the baseline.

    Attributes:
        width: how far the next box stands.
        height: of the ink above the baseline.
        depth: of the ink below it.
        items: (x, y, what) of everything inside.
        italic: correction that a superscript keeps to the right.
        kept: how much of that its width holds, for whatever else follows.
        operator: the operator's text, where the box is one.
        lspace: space before it, where it is an operator in a row.
        rspace: and after it.
        large: whether it is a large operator, whose subscript slides under its slant.
        first: the first glyph of the maths font, where the box is letters alone, for kerning.
        last: and the last one.
        letter: whether it is one letter, or one with an accent.
    """

    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    items: list[tuple[float, float, Box | Item]] = field(default_factory=list)
    italic: float = 0.0
    kept: float = 0.0
    operator: str | None = None
    lspace: float = 0.0
    rspace: float = 0.0
    large: bool = False
    first: int | None = None
    last: int | None = None
    letter: bool = False

    def copy(self) -> Box:
        """The same, to be placed and spaced elsewhere."""
        return Box(
            self.width, self.height, self.depth, self.items.copy(), self.italic, self.kept,
            self.operator, self.lspace, self.rspace, self.large, self.first, self.last,
            self.letter,
        )  # fmt: skip

    def put(self, x: float, y: float, item: Box | Item) -> None:
        """Place `item`, and grow above and below to hold a box.

        The first box alone says how high and deep the ink is: that may be all below the baseline.
        """
        if isinstance(item, Box):
            top, bottom = y + item.height, item.depth - y
            if self.items or self.height or self.depth:
                top, bottom = max(self.height, top), max(self.depth, bottom)
            self.height, self.depth = top, bottom
        self.items.append((x, y, item))

    def flat(self, x: float = 0.0, y: float = 0.0) -> Iterator[tuple[float, float, Item]]:
        """Every run of glyphs and every rule in order, with its place from this box's origin."""
        waiting: list[tuple[float, float, Box | Item]] = [(x, y, self)]
        while waiting:
            left, up, item = waiting.pop()
            if isinstance(item, Box):
                waiting.extend((left + dx, up + dy, one) for dx, dy, one in reversed(item.items))
            else:
                yield left, up, item
