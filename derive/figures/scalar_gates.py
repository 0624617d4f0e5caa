"""Scalar gates of one sample, as SVG: each value above its edge, what comes back beneath it.

A layer is a row of drawings, a neuron a block in it: a gate for each weight, one that adds, one
that activates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from derive.document import Carried, GateNeuron, ScalarGateFigure, ScalarGateLayer
from derive.figures.label import data_ref, drawing, label, length
from derive.maths.mathml import Figures
from derive.maths.tree import Operator, Tree, row

WIDTH, SIZE = 730.0, 12.0
SMALL, LARGE = 9.0, 13.0
"""Radii: of the gates that multiply, of all others."""
ENTERS, WIRES, MULTIPLY, JOINS = (4.0, 108.0), 108.0, 170.0, 276.0
"""Where inputs start and end, their wires start, gates multiply, and edges begin to join."""
ADD, ACTIVATE, LEAVES, LOSS = 318.0, 454.0, 580.0, 608.0
NET_ENDS, OUT_ENDS = (ADD + LARGE, ACTIVATE - LARGE), (ACTIVATE + LARGE, LEAVES)
LOSS_ENDS = (LOSS + LARGE, WIDTH - 2)
TOP, PITCH, BIAS, FOOT = 60.0, 73.0, 46.0, 24.0
"""From a neuron's upper end to its first gate, between gates, to the bias, to its lower end."""
APART = 12.0
"""Between two layers."""
STUB = 38.0
"""How far above its gate a weight starts."""
MARGIN = 6.0
"""What a label with letters leaves free of its edge."""
SPACE = Operator("\N{NO-BREAK SPACE}")
TALLEST = 920.0
"""A taller drawing does not stand on a page of paper."""

Point = tuple[float, float]


def fits(figure: ScalarGateFigure) -> bool:
    """Whether the drawing stands on a page, and each label on its edge."""
    if sum(map(_height, figure.layers)) > TALLEST:
        return False
    return all(
        SIZE * length(tree) <= room
        for room, edge in _edges(figure)
        for tree in (edge.value, edge.back)
        if tree is not None
    )


def _edges(figure: ScalarGateFigure) -> Iterator[tuple[float, Carried]]:
    """Every edge that carries labels, and how long it is."""
    yield LOSS_ENDS[1] - LOSS_ENDS[0], figure.loss
    for layer in figure.layers:
        yield from ((ENTERS[1] - ENTERS[0], one) for one in layer.entering)
        for neuron in layer.neurons:
            for one in (*neuron.weights, *neuron.products, neuron.bias):
                if one is not None:
                    yield JOINS - MULTIPLY - SMALL, one
            yield NET_ENDS[1] - NET_ENDS[0], neuron.net
            yield OUT_ENDS[1] - OUT_ENDS[0], neuron.out


def _height(layer: ScalarGateLayer) -> float:
    return sum(map(_tall, layer.neurons)) + APART


def _tall(neuron: GateNeuron) -> float:
    bias = BIAS if neuron.bias is not None else 0.0
    return TOP + PITCH * (len(neuron.products) - 1) + bias + FOOT


class _Drawing:
    def __init__(
        self, figure: ScalarGateFigure, palette: Mapping[str, str], figures: Figures
    ) -> None:
        self.figure = figure
        self.figures = figures
        self.palette = palette

    def svg(self, titles: Mapping[str, str], name: str, *, parted: bool) -> str:
        layers = self.figure.layers
        last = len(layers) - 1
        y = 0.0
        pieces: list[str] = []
        parts: list[str] = []
        for n, layer in enumerate(layers):
            pieces += self.layer(layer, y, last=n == last)
            y += _height(layer)
            if parted or n == last:
                start = drawing("scalar-gates", WIDTH, y - APART, SIZE, titles, name)
                parts.append(f"{start}{''.join(pieces)}</svg>")
                y, pieces = 0.0, []
        return "\n".join(parts)

    def layer(self, layer: ScalarGateLayer, top: float, *, last: bool) -> Iterator[str]:
        """Its inputs at the left, a block a neuron, its outputs at the right."""
        high = _height(layer) - APART
        starts = []
        for n, entering in enumerate(layer.entering):
            y = top + high * (n + 0.5) / len(layer.entering)
            starts.append((WIRES, y))
            yield from self.carried(ENTERS, y, entering)
        centres = []
        for neuron in layer.neurons:
            centres.append(self.centre(neuron, top))
            yield from self.neuron(neuron, top, starts, joint=layer.joint is not None)
            top += _tall(neuron)
        if layer.joint is not None:
            yield self.box(centres, layer.joint)
        if last:
            yield from self.loss(centres)

    @staticmethod
    def rows(neuron: GateNeuron, top: float) -> list[float]:
        """How high the gates that multiply stand, and the bias under them."""
        found = [top + TOP + PITCH * n for n in range(len(neuron.products))]
        return found if neuron.bias is None else [*found, found[-1] + BIAS]

    def centre(self, neuron: GateNeuron, top: float) -> float:
        """How high the gate that adds stands."""
        rows = self.rows(neuron, top)
        return (rows[0] + rows[-1]) / 2

    def neuron(
        self, neuron: GateNeuron, top: float, starts: Sequence[Point], *, joint: bool
    ) -> Iterator[str]:
        """Gates that multiply, one that adds, one that activates."""
        rows, y = self.rows(neuron, top), self.centre(neuron, top)
        for height, start, weight, product in zip(
            rows, starts, neuron.weights, neuron.products, strict=False
        ):
            yield self.line(start, (MULTIPLY - SMALL, height))
            yield from self.weight(height, weight)
            yield self.joined(MULTIPLY, height, (ADD, y))
            yield from self.over(MULTIPLY + SMALL, JOINS, height, product)
            yield self.gate(MULTIPLY, height, SMALL, Operator("×"))
        if neuron.bias is not None:
            yield self.joined(MULTIPLY + SMALL, rows[-1], (ADD, y))
            yield from self.over(MULTIPLY + SMALL, JOINS, rows[-1], neuron.bias)
            if neuron.subtracts:
                yield self.text(JOINS + 6, rows[-1] + 14, Operator("−"), "ink")
        yield self.gate(ADD, y, LARGE, Operator("+"))
        yield from self.carried(NET_ENDS, y, neuron.net)
        yield from self.carried(OUT_ENDS, y, neuron.out)
        if not joint:
            yield self.gate(ACTIVATE, y, LARGE, neuron.activation)

    def weight(self, y: float, weight: Carried) -> Iterator[str]:
        """A weight enters its gate from above, its numbers beside it."""
        yield self.line((MULTIPLY, y - STUB), (MULTIPLY, y))
        x, top = MULTIPLY + 6, y - STUB
        yield from self.texts((x, top - 4), (x, top + 13), weight, JOINS - x, "start")

    def loss(self, heights: Sequence[float]) -> Iterator[str]:
        """All outputs go into the loss."""
        y = sum(heights) / len(heights)
        for height in heights:
            yield self.line((LEAVES, height), (LOSS, y))
        yield self.gate(LOSS, y, LARGE, self.figure.name)
        yield from self.carried(LOSS_ENDS, y, self.figure.loss)

    # Parts

    def carried(self, ends: tuple[float, float], y: float, edge: Carried) -> Iterator[str]:
        """A level edge with what it carries both ways."""
        yield self.line((ends[0], y), (ends[1], y))
        yield from self.over(*ends, y, edge)

    def over(self, start: float, end: float, y: float, edge: Carried) -> Iterator[str]:
        """What an edge carries, above it and beneath it."""
        middle = (start + end) / 2
        return self.texts((middle, y - 6), (middle, y + 14), edge, end - start, "middle")

    def texts(
        self, above: Point, beneath: Point, edge: Carried, room: float, anchor: str
    ) -> Iterator[str]:
        """The value, with its letters where there is room for both, and what comes back."""
        value = edge.value
        if edge.letters is not None:
            whole = row(edge.letters, SPACE, edge.value)
            value = whole if SIZE * length(whole) <= room - MARGIN else value
        yield self.text(*above, value, "ink", anchor)
        if edge.back is not None:
            yield self.text(*beneath, edge.back, "path0", anchor)

    def joined(self, start: float, y: float, end: Point) -> str:
        """An edge that is level as long as it is labelled."""
        return self.line((start, y), (JOINS, y)) + self.line((JOINS, y), end)

    def line(self, start: Point, end: Point) -> str:
        (x1, y1), (x2, y2) = start, end
        return (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{self.palette["soft"]}" stroke-width="1"/>'
        )

    def gate(self, x: float, y: float, radius: float, sign: Tree) -> str:
        """A circle with the gate's sign in it."""
        paper, ink = self.palette["paper"], self.palette["ink"]
        circle = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{paper}" stroke="{ink}" '
            'stroke-width="1.2"/>'
        )
        return circle + self.text(x, y + 4.2, sign, "ink")

    def box(self, heights: Sequence[float], sign: Tree) -> str:
        """A gate that takes all net inputs of a layer."""
        paper, ink = self.palette["paper"], self.palette["ink"]
        top, bottom = heights[0] - LARGE, heights[-1] + LARGE
        rectangle = (
            f'<rect x="{ACTIVATE - LARGE:.1f}" y="{top:.1f}" width="{2 * LARGE:g}" '
            f'height="{bottom - top:.1f}" rx="{LARGE:g}" fill="{paper}" stroke="{ink}" '
            'stroke-width="1.2"/>'
        )
        return rectangle + self.text(ACTIVATE, (top + bottom) / 2 + 4.2, sign, "ink")

    def text(self, x: float, y: float, tree: Tree, colour: str, anchor: str = "middle") -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        attributes = f'fill="{self.palette[colour]}"{data_ref(tree)}'
        return f"<text {place} {attributes}>{label(tree, self.figures)}</text>"


def scalar_gates_svg(
    figure: ScalarGateFigure,
    palette: Mapping[str, str],
    titles: Mapping[str, str],
    name: str = "",
    figures: Figures = str,
    *,
    parted: bool = False,
) -> str:
    """The figure as an SVG element; `palette` names ink, soft, paper and path0.

    `titles` describe it, by language; `name` is an identifier for them. `figures` writes the
    digits of numbers. It is `parted` into an element a layer where pages may come between them.
    """
    return _Drawing(figure, palette, figures).svg(titles, name, parted=parted)
