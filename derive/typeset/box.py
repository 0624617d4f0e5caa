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
class Box:
    """A piece of mathematics; x grows to the right and y upwards from the baseline.

    Attributes:
        width: how far the next box stands.
        height: above the baseline.
        depth: below it.
        items: (x, y, what) of everything inside.
        italic: correction that a superscript keeps to the right.
        operator: the operator's text, where the box is one.
        lspace: space before it in ems, where it is an operator in a row.
        rspace: and after it.
        accent_at: x of the middle of the top, for an accent.
    """

    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    items: list[tuple[float, float, Box | Glyphs | Rule]] = field(default_factory=list)
    italic: float = 0.0
    operator: str | None = None
    lspace: float = 0.0
    rspace: float = 0.0

    def put(self, x: float, y: float, item: Box | Glyphs | Rule) -> None:
        """Place `item`, and grow above and below to hold a box."""
        self.items.append((x, y, item))
        if isinstance(item, Box):
            self.height = max(self.height, y + item.height)
            self.depth = max(self.depth, item.depth - y)

    def flat(self, x: float = 0.0, y: float = 0.0) -> Iterator[tuple[float, float, Glyphs | Rule]]:
        """Every run of glyphs and every rule, with its place from this box's origin."""
        for dx, dy, item in self.items:
            if isinstance(item, Box):
                yield from item.flat(x + dx, y + dy)
            else:
                yield x + dx, y + dy, item
