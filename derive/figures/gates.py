"""A network as a graph of gates, as SVG: values forward above the edges, gradients back beneath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.document import GateEdge, GateFigure, GateLayer
from derive.figures.label import data_ref, drawing, label
from derive.maths.mathml import Figures
from derive.maths.tree import Operator, Tree

WIDTH, ROW, TOP = 700.0, 150.0, 44.0
RADIUS = 17.0
LEFT, RIGHT = 14.0, 640.0
GATES = (175.0, 335.0, 495.0)
"""Where the gates of a layer stand: multiply, add, activation."""
BELOW = 62.0
"""How far beneath its gate a parameter starts."""
SIZE, SMALL = 13.0, 10.0


class _Drawing:
    def __init__(self, figure: GateFigure, palette: Mapping[str, str], figures: Figures) -> None:
        self.figure = figure
        self.figures = figures
        self.palette = palette

    def svg(self, titles: Mapping[str, str], name: str) -> str:
        height = TOP + ROW * len(self.figure.layers) - 24
        pieces = "".join(
            piece
            for n, layer in enumerate(self.figure.layers)
            for piece in self.layer(layer, TOP + ROW * n, last=n == len(self.figure.layers) - 1)
        )
        return f"{drawing('gates', WIDTH, height, SIZE, titles, name)}{pieces}</svg>"

    def layer(self, layer: GateLayer, y: float, *, last: bool) -> Iterator[str]:
        """One row: the product with the weights, the sum with the bias, the activation."""
        multiply, add, activate = GATES
        if layer.bias is None:
            multiply, activate = (multiply + add) / 2, (add + activate) / 2
        yield from self.edge(LEFT, multiply - RADIUS, y, layer.entering)
        yield from self.parameter(multiply, y, layer.weights)
        yield from self.gate(multiply, y, Operator("×"))
        before = multiply
        if layer.bias is not None:
            yield from self.edge(multiply + RADIUS, add - RADIUS, y, layer.product)
            yield from self.parameter(add, y, layer.bias)
            yield from self.gate(add, y, layer.joining)
            before = add
        yield from self.edge(before + RADIUS, activate - RADIUS, y, layer.net)
        yield from self.gate(activate, y, layer.activation)
        yield from self.edge(activate + RADIUS, RIGHT, y, layer.out)
        if last:
            yield from self.gate(RIGHT + RADIUS, y, self.figure.loss)

    def edge(self, start: float, end: float, y: float, edge: GateEdge) -> Iterator[str]:
        """An arrow with what goes over it."""
        yield self.arrow(start, y, end, y)
        middle = (start + end) / 2 - 3
        yield self.text(middle, y - 24, edge.value, "ink")
        yield self.text(middle, y - 8, edge.shape, "soft", size=SMALL)
        if edge.gradient is not None:
            yield self.text(middle, y + 18, edge.gradient, "path0")

    def parameter(self, x: float, y: float, edge: GateEdge) -> Iterator[str]:
        """A parameter enters its gate from beneath."""
        yield self.arrow(x, y + BELOW, x, y + RADIUS)
        yield self.text(x - 10, y + BELOW - 14, edge.value, "ink", "end")
        yield self.text(x - 10, y + BELOW + 2, edge.shape, "soft", "end", size=SMALL)
        if edge.gradient is not None:
            yield self.text(x + 10, y + BELOW - 6, edge.gradient, "path0", "start")

    def gate(self, x: float, y: float, sign: Tree) -> Iterator[str]:
        """A circle with the gate's sign in it."""
        paper, ink = self.palette["paper"], self.palette["ink"]
        yield (
            f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS:g}" fill="{paper}" stroke="{ink}" '
            'stroke-width="1.4"/>'
        )
        yield self.text(x, y + 5.5, sign, "ink", size=16)

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> str:
        """To the right, or upwards."""
        soft = self.palette["soft"]
        head = "l-7 -3.5v7z" if y1 == y2 else "l-3.5 7h7z"
        return (
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{soft}" '
            f'stroke-width="1.1"/><path d="M{x2:g} {y2:g}{head}" fill="{soft}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        tree: Tree,
        colour: str,
        anchor: str = "middle",
        size: float = SIZE,
    ) -> str:
        scale = "" if size == SIZE else f' font-size="{size:g}"'
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        attributes = f'fill="{self.palette[colour]}"{scale}{data_ref(tree)}'
        return f"<text {place} {attributes}>{label(tree, self.figures)}</text>"


def gates_svg(
    figure: GateFigure,
    palette: Mapping[str, str],
    titles: Mapping[str, str],
    name: str = "",
    figures: Figures = str,
) -> str:
    """The figure as an SVG element; `palette` names ink, soft, paper and path0.

    `titles` describe it, by language; `name` is an identifier for them. `figures` writes the
    digits of numbers.
    """
    return _Drawing(figure, palette, figures).svg(titles, name)
