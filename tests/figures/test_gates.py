"""The graph of gates, as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

from derive.document import GateFigure
from derive.figures import gates_svg
from derive.writers.pdf import PALETTE
from tests.documents import drawn, inside, solution


def svg(layers: list[int], bias: str = "neuron", title: str = "") -> ElementTree.Element:
    """The drawing of a network."""
    data = {"inputs": [[0.1] * layers[0]] * 2, "targets": [[0.5] * layers[-1]] * 2}
    document = solution(drawn(layers, network={"bias": bias}, data=data), views=("gates",))
    (figure,) = (part for part in inside(document) if isinstance(part, GateFigure))
    return ElementTree.fromstring(gates_svg(figure, PALETTE, {"en": title} if title else {}))  # noqa: S314


def words(root: ElementTree.Element) -> list[str]:
    """The labels."""
    texts = [node for node in root.iter() if node.tag.endswith("}text")]
    return ["".join(node.itertext()).replace("\N{ZERO WIDTH SPACE}", "") for node in texts]


def test_each_layer_has_its_gates_and_the_last_one_the_loss() -> None:
    """Multiply, add, activation, twice; E once."""
    labels = words(svg([2, 3, 1]))
    assert [labels.count(sign) for sign in ("×", "+", "f", "E")] == [2, 2, 2, 1]
    assert {"X", "W1", "b2", "Net1", "Out2", "Δ1", "∂E/∂W2", "∂E/∂b1", "3×2"} <= set(labels)
    assert "∂E/∂X" not in labels


def test_without_biases_nothing_is_added() -> None:
    """No add gate, and no product apart from net."""
    labels = words(svg([2, 3, 1], bias="none"))
    assert "+" not in labels
    assert "P1" not in labels


def test_everything_lies_within_the_drawing() -> None:
    """Places of texts, lines and circles, for a deep network too."""
    root = svg([1, 2, 3, 4, 5, 1], title="<&>")
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for node in root.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert 0 <= float(node.get(key, 1)) <= width
        for key in ("y", "y1", "y2", "cy"):
            assert 0 <= float(node.get(key, 1)) <= height
