"""A network drawn from left to right, as SVG."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from derive.document import NetworkBias, NetworkEdge, NetworkFigure
from derive.figures.label import data_ref, drawing, label, length
from derive.maths.mathml import Figures
from derive.maths.tree import Operator, Tree, row

WIDTH, RADIUS, MARGIN = 700.0, 21.0, 100.0
ROW = 84.0
"""Distance between neurons of a layer, in user units."""
MOST_DRAWN = 7
"""A larger layer is drawn by its first neurons, dots, and its last."""
MOST_LABELLED = 12
"""More edges than this between two layers carry no labels."""
SIZE = 13.0
CLEAR = 6.0
"""Free space that a label wants around it."""
HIGH = 0.62
"""Half of how high a label with an index and an exponent is, in ems."""
TOUCH = 1.5
"""How near a label may come to the line of another weight."""
UNDER = 15.0
"""How far under its neuron the bias' label stands."""
BEFORE, BEHIND = 9.0, 8.0
"""How far from a neuron its value stands, and its target."""
PLACES, SWEEPS = 41, 12
"""How many places along its line a label may take, and how often all labels are moved."""
NARROW_GAP, NARROW_ROW = 118.0, 108.0
"""From layer to layer and from neuron to neuron, where the drawing is to be narrow."""
NOTE_SIZE, NOTE_LINE, LETTER = 12.0, 1.5, 0.5
"""Of words under a drawing: their size; how far lines are apart and a letter is wide, in ems."""
SEEN = 340.0
"""What a telephone shows of a narrow drawing without being scrolled."""
LEAST = 11.0
"""The px that the text of a narrow drawing is never smaller than; indices are less by a third."""
EDGE = 6.0
"""What is left free at the sides of a narrow drawing."""

Point = tuple[float, float]


@dataclass(frozen=True)
class _Box:
    """A label's place: centre and half sizes."""

    x: float
    y: float
    w: float
    h: float

    def grown(self, by: float) -> _Box:
        return _Box(self.x, self.y, self.w + by, self.h + by)

    def overlaps(self, other: _Box) -> bool:
        return abs(self.x - other.x) < self.w + other.w and abs(self.y - other.y) < self.h + other.h

    def crossed(self, a: Point, b: Point) -> bool:
        """Whether the segment from a to b runs through the box, by its slabs."""
        first, last = 0.0, 1.0
        for start, end, centre, half in (
            (a[0], b[0], self.x, self.w),
            (a[1], b[1], self.y, self.h),
        ):
            way = end - start
            if way == 0:
                if abs(start - centre) >= half:
                    return False
                continue
            enters, leaves = sorted(((centre - half - start) / way, (centre + half - start) / way))
            first, last = max(first, enters), min(last, leaves)
        return first < last


class _Drawing:
    def __init__(
        self,
        figure: NetworkFigure,
        palette: Mapping[str, str],
        figures: Figures,
        *,
        narrow: bool = False,
    ) -> None:
        self.figure = figure
        self.figures = figures
        self.palette = palette
        self.narrow = narrow
        self.row = NARROW_ROW if narrow else ROW
        self.sides = self._sides() if narrow else (MARGIN, MARGIN)
        gaps = len(figure.layers) - 1
        self.width = sum(self.sides) + gaps * NARROW_GAP if narrow else WIDTH
        self.shown = [_drawn(len(layer)) for layer in figure.layers]
        self.rows = max(len(shown) + (len(shown) < len(layer)) for shown, layer in self._sized())
        self.bottom = 20 + self.rows * self.row
        self.height = self.bottom + (52 if any(b.node is None for b in figure.biases) else 30)
        self.places = self._places()
        self.ways = [way for edge in figure.edges if (way := self._ends(edge)) is not None]
        self.complete = True

    def _sized(self) -> list[tuple[list[int], tuple[object, ...]]]:
        return list(zip(self.shown, self.figure.layers, strict=True))

    def _sides(self) -> tuple[float, float]:
        """Room for the values beside the first layer, and for the targets beside the last."""
        values = [node.value for node in self.figure.layers[0] if node.value is not None]
        targets = [_target(one) for one in self.figure.targets]
        left, right = (
            SIZE * max(map(length, some), default=0.0) + beside * bool(some)
            for some, beside in ((values, BEFORE), (targets, BEHIND))
        )
        return RADIUS + EDGE + left, RADIUS + EDGE + right

    def _places(self) -> dict[tuple[int, int], Point]:
        last = len(self.figure.layers) - 1
        places = {}
        for layer, shown in enumerate(self.shown):
            elided = len(shown) < len(self.figure.layers[layer])
            count = len(shown) + elided
            x = self.sides[0] + (self.width - sum(self.sides)) * layer / last
            top = 20 + (self.rows - count) * self.row / 2 + self.row / 2
            for position, neuron in enumerate(shown):
                slot = position + (elided and position == len(shown) - 1)
                places[layer, neuron] = (x, top + slot * self.row)
        return places

    def svg(self, titles: Mapping[str, str], name: str, crowded: Mapping[str, str]) -> str:
        pieces = [*self._edges(), *self._dots(), *self._nodes(), *self._biases()]
        if not self.complete and crowded:
            pieces.append(self._note(crowded))
            self.height += 24
        kind = "network narrow" if self.narrow else "network"
        least = round(self.width * LEAST / SIZE) if self.narrow else 0
        start = drawing(kind, self.width, self.height, SIZE, titles, name, least=least)
        return f"{start}{''.join(pieces)}</svg>"

    def _note(self, words: Mapping[str, str]) -> str:
        """Where that which is not drawn is to be found, under the drawing."""
        x, y, anchor = self.width / 2, self.height + 8, "middle"
        if self.narrow:
            lines = {tag: self._lines(text) for tag, text in words.items()}
            x, y, anchor = EDGE, y - NOTE_LINE * NOTE_SIZE, "start"
            self.height += (sum(map(len, lines.values())) - 1) * NOTE_LINE * NOTE_SIZE
        else:
            lines = {tag: [escape(text)] for tag, text in words.items()}
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        spans = " ".join(
            f'<tspan lang="{tag}">{"".join(some)}</tspan>' for tag, some in lines.items()
        )
        soft = self.palette["soft"]
        return f'<text {place} font-size="{NOTE_SIZE:g}" fill="{soft}">{spans}</text>'

    def _lines(self, text: str) -> list[str]:
        """Words in lines as wide as a telephone; those that are hidden take no room."""
        room = (min(SEEN, self.width) - 2 * EDGE) / NOTE_SIZE
        lines, filled = [""], 0.0
        for word in re.findall(r"[\u2e80-\uffff]|[^\u2e80-\uffff\s]+\s*|\s+", text):
            ideograph = word >= "\u2e80"
            wide = 1.0 if ideograph else LETTER * len(word)
            # Nothing that closes begins a line.
            if filled + wide > room and unicodedata.category(word[0]) not in ("Po", "Pe", "Pf"):
                lines.append("")
                filled = 0.0
            lines[-1] += word
            filled += wide
        down = f'x="{EDGE:g}" dy="{NOTE_LINE:g}em"'
        return [f"<tspan {down}>{escape(line.strip())}</tspan>" for line in lines]

    def text(self, point: Point, tree: Tree, colour: str, anchor: str = "middle") -> str:
        x, y = point
        fill = self.palette[colour]
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"'
        return f"<text {place}{data_ref(tree)}>{label(tree, self.figures)}</text>"

    # Parts, from back to front

    def _edges(self) -> list[str]:
        edges = [e for e in self.figure.edges if self._ends(e) is not None]
        edges.sort(key=lambda edge: edge.path is not None)
        lines = []
        for edge in edges:
            a, b = self._ends(edge) or ((0, 0), (0, 0))
            colour = self.palette["edge" if edge.path is None else f"path{edge.path}"]
            width = 1.3 if edge.path is None else 2.2
            lines.append(
                f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
                f'stroke="{colour}" stroke-width="{width}"/>'
            )
        for layer in range(1, len(self.figure.layers)):
            between = [edge for edge in edges if edge.layer == layer]
            whole = all(
                len(self.shown[n]) == len(self.figure.layers[n]) for n in (layer - 1, layer)
            )
            if len(between) <= MOST_LABELLED and whole:
                lines += self._edge_labels(between)
            else:
                self.complete = False
        return lines

    def _ends(self, edge: NetworkEdge) -> tuple[Point, Point] | None:
        a = self.places.get((edge.layer - 1, edge.start))
        b = self.places.get((edge.layer, edge.end))
        return None if a is None or b is None else (a, b)

    def _edge_labels(self, edges: list[NetworkEdge]) -> list[str]:
        """Each weight's name and value on its line; the names alone where that is too crowded."""
        for text_of in (_name_and_value, _name):
            texts = [text_of(edge) for edge in edges]
            places = self._settled(edges, texts)
            if places is not None:
                return [
                    self._edge_label(edge, text, box)
                    for edge, text, box in zip(edges, texts, places, strict=True)
                ]
            self.complete = False
        return []

    def _settled(self, edges: list[NetworkEdge], texts: list[Tree]) -> list[_Box] | None:
        """A place for each label, moved along its line until none covers another, or None."""
        ways = [self._ends(edge) or ((0.0, 0.0), (0.0, 0.0)) for edge in edges]
        choices = []
        for edge, way, text in zip(edges, ways, texts, strict=True):
            strange = [other for other in self.ways if other != way]
            half = 0.5 * SIZE * length(text) + 2
            choices.append(_places_along(way, half, strange, beside=edge.path is not None))
        if not all(choices):
            return None
        fixed = self._fixed()
        chosen = [min(some, key=lambda choice: choice[0])[1] for some in choices]
        for _ in range(SWEEPS):
            before = list(chosen)
            for n, some in enumerate(choices):
                others = [*fixed, *chosen[:n], *chosen[n + 1 :]]

                def cost(choice: tuple[float, _Box], others: list[_Box] = others) -> float:
                    clear = choice[1].grown(CLEAR)
                    covered = sum(20 for other in others if clear.overlaps(other))
                    covered += sum(200 for other in others if choice[1].overlaps(other))
                    return covered + choice[0]

                chosen[n] = min(some, key=cost)[1]
            if chosen == before:
                break
        for n, box in enumerate(chosen):
            if any(box.overlaps(other) for other in [*fixed, *chosen[:n]]):
                return None
        return chosen

    def _fixed(self) -> list[_Box]:
        """What stands where it is: neurons, and the biases under them."""
        boxes = [_Box(x, y, RADIUS, RADIUS) for x, y in self.places.values()]
        for bias in self.figure.biases:
            if bias.node is not None and (bias.layer, bias.node) in self.places:
                boxes += filter(None, [self._bias_place(bias)])
        return boxes

    def _bias_place(self, bias: NetworkBias) -> _Box | None:
        """Under its neuron or over it, wherever no line runs; None where there is no such place."""
        neuron = self.places[bias.layer, bias.node or 0]
        for place in _places_at(neuron, _bias(bias)):
            inside = place.y - place.h > 0 and place.y + place.h < self.height
            apart = not any(
                place.overlaps(_Box(x, y, RADIUS, RADIUS)) for x, y in self.places.values()
            )
            if inside and apart and not any(place.grown(2).crossed(*way) for way in self.ways):
                return place
        return None

    def _edge_label(self, edge: NetworkEdge, text: Tree, box: _Box) -> str:
        colour = "soft" if edge.path is None else f"path{edge.path}"
        back = self._back(box) if edge.path is None else ""
        return back + self.text((box.x, box.y + 0.295 * SIZE), text, colour)

    def _back(self, box: _Box) -> str:
        """Paper behind a label, so that its line does not run through it."""
        return (
            f'<rect x="{box.x - box.w:.1f}" y="{box.y - box.h:.1f}" width="{2 * box.w:.1f}" '
            f'height="{2 * box.h:.1f}" fill="{self.palette["paper"]}"/>'
        )

    def _dots(self) -> list[str]:
        dots = []
        for layer, (shown, all_of) in enumerate(self._sized()):
            if len(shown) == len(all_of):
                continue
            x, above = self.places[layer, shown[-2]]
            _, below = self.places[layer, shown[-1]]
            for shift in (-9, 0, 9):
                y = (above + below) / 2 + shift
                dots.append(
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{self.palette["soft"]}"/>'
                )
        return dots

    def _nodes(self) -> list[str]:
        pieces = []
        last = len(self.figure.layers) - 1
        for (layer, neuron), (x, y) in self.places.items():
            node = self.figure.layers[layer][neuron]
            pieces.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:g}" fill="{self.palette["paper"]}" '
                f'stroke="{self.palette["ink"]}" stroke-width="1.4"/>'
            )
            pieces.append(f'<g font-size="16">{self.text((x, y + 5), node.name, "ink")}</g>')
            if layer == 0 and node.value is not None:
                pieces.append(self.text((x - RADIUS - BEFORE, y + 4.5), node.value, "ink", "end"))
            if layer == last and self.figure.targets:
                arrow = _target(self.figure.targets[neuron])
                pieces.append(self.text((x + RADIUS + BEHIND, y + 4.5), arrow, "ink", "start"))
        return pieces

    def _biases(self) -> list[str]:
        pieces = []
        for bias in self.figure.biases:
            text = _bias(bias)
            if bias.node is None:
                x = self.places[bias.layer, 0][0]
                pieces.append(self.text((x, self.bottom + 8), text, "soft"))
            elif (bias.layer, bias.node) in self.places:
                place = self._bias_place(bias)
                if place is None:
                    self.complete = False
                else:
                    pieces.append(self.text((place.x, place.y + 0.3 * SIZE), text, "soft"))
        return pieces


def _target(value: Tree) -> Tree:
    return row(Operator("→\N{NO-BREAK SPACE}"), value)


def _name(edge: NetworkEdge) -> Tree:
    return edge.name


def _name_and_value(edge: NetworkEdge) -> Tree:
    return row(edge.name, Operator("\N{NO-BREAK SPACE}"), edge.value)


def _bias(bias: NetworkBias) -> Tree:
    return row(bias.name, Operator("\N{NO-BREAK SPACE}"), bias.value)


def _places_at(neuron: Point, text: Tree) -> list[_Box]:
    """The places of a label under a neuron and over it."""
    x, y = neuron
    away = RADIUS + UNDER - 0.3 * SIZE
    return [_Box(x, y + side * away, 0.5 * SIZE * length(text), 0.5 * SIZE) for side in (1, -1)]


def _places_along(
    way: tuple[Point, Point], half: float, others: list[tuple[Point, Point]], *, beside: bool
) -> list[tuple[float, _Box]]:
    """Where on a line, or beside it, a label may stand, each place with what speaks against it.

    It touches no other line.
    """
    a, b = way
    free = math.hypot(b[0] - a[0], b[1] - a[1])
    margin = min(0.5, (RADIUS + half * abs(b[0] - a[0]) / free + 2) / free)
    high = HIGH * SIZE
    aside = high + half * abs(b[1] - a[1]) / (b[0] - a[0]) + 2 if beside else 0.0
    places = []
    for n in range(PLACES):
        t = margin + (1 - 2 * margin) * n / (PLACES - 1)
        for shift in (-aside, aside) if beside else (0.0,):
            box = _Box(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t + shift, half, high)
            if any(box.grown(TOUCH).crossed(*other) for other in others):
                continue
            near = sum(1 for other in others if box.grown(CLEAR).crossed(*other))
            places.append((near + abs(t - 0.5), box))
    return places


def _drawn(size: int) -> list[int]:
    """The neurons of a layer that are drawn."""
    return list(range(size)) if size <= MOST_DRAWN else [0, 1, 2, 3, size - 1]


def network_svg(
    figure: NetworkFigure,
    palette: Mapping[str, str],
    titles: Mapping[str, str],
    name: str = "",
    crowded: Mapping[str, str] | None = None,
    figures: Figures = str,
    *,
    narrow: bool = False,
) -> str:
    """The figure as an SVG element; `palette` names ink, soft, edge, paper and path0 to path5.

    `titles` describe it, by language; `name` is an identifier for them. `crowded` says, by
    language, where the values are that were left out because lines are too close. `figures`
    writes the digits of numbers. One that is `narrow` has its layers nearer to one another and its
    neurons farther apart, so that its text is as large on a telephone.
    """
    return _Drawing(figure, palette, figures, narrow=narrow).svg(titles, name, crowded or {})
