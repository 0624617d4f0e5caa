"""The drawing of a network: everything on it, nothing on top of anything else."""

from __future__ import annotations

import itertools
import random
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from derive.document import Document, Figure, NetworkFigure
from derive.figures import network_svg
from derive.problem import example
from tests.documents import drawn, solution
from tests.figures.drawing import PALETTE, SVG, Box, canvas, labels, read, shapes, shown

SMALL = ([2, 2, 2], [3, 4, 2], [2, 3, 3, 1], [1, 1], [2, 1], [4, 3, 4], [2, 2, 2, 2, 2])
CROWDED = [4, 4, 4]
LARGE = ([20, 16, 10], [12, 9, 8], [8, 8])


def figure_of(document: Document) -> NetworkFigure:
    """A document's first figure, the network."""
    (figure,) = (block for block in document.opening if isinstance(block, Figure))
    assert isinstance(figure.drawing, NetworkFigure)
    return figure.drawing


@cache
def net(*layers: int, bias: str = "neuron") -> tuple[NetworkFigure, Element]:
    """A network's figure and its drawing."""
    tables: dict[str, Any] = {"network": {"bias": bias}}
    figure = figure_of(solution(drawn(list(layers), **tables)))
    return figure, read(network_svg(figure, PALETTE, {"en": "a < b & c"}))


@cache
def classic() -> tuple[NetworkFigure, Element]:
    """The classic example's figure and its drawing."""
    figure = figure_of(solution(example("mazur-2015").problem))
    return figure, read(network_svg(figure, PALETTE, {}))


def test_the_title_is_read_out() -> None:
    """The drawing is one image with a title, whatever letters that has."""
    _, root = net(2, 2, 2)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "a < b & c"


@pytest.mark.parametrize("bias", ["neuron", "layer", "none"])
@pytest.mark.parametrize("layers", SMALL)
def test_a_small_network_is_drawn_whole(layers: list[int], bias: str) -> None:
    """Every neuron, weight and bias of a small network is drawn with its name and its value."""
    figure, root = net(*layers, bias=bias)
    texts = [box.text for box in labels(root)]
    circles = [e for e in root.iter(f"{SVG}circle") if float(e.get("r", "0")) > 10]
    lines = list(root.iter(f"{SVG}line"))
    assert len(circles) == sum(layers)
    assert len(lines) == len(figure.edges) == sum(a * b for a, b in itertools.pairwise(layers))
    for letter, count in (("i", layers[0]), ("o", layers[-1])):
        assert sum(text.startswith(letter) for text in texts) == count
    assert sum(text.startswith("h") for text in texts) == sum(layers[1:-1])
    assert sum(text.startswith("w") for text in texts) == len(lines)
    assert sum(text.startswith("b") for text in texts) == len(figure.biases)
    assert sum(text.startswith("→") for text in texts) == layers[-1]
    assert len(texts) == len(set(texts)) or layers == [1, 1] or len(set(texts)) > 0.8 * len(texts)


def test_the_classic_numbers_are_on_it() -> None:
    """The classic example's drawing says what its authors gave."""
    _, root = classic()
    texts = {box.text for box in labels(root)}
    weights = {f"w{n} {value}" for n, value in enumerate(
        ("0.15", "0.20", "0.25", "0.30", "0.40", "0.45", "0.50", "0.55"), 1
    )}  # fmt: skip
    assert weights | {"0.05", "0.10", "→ 0.01", "→ 0.99", "b1 0.35", "b2 0.60"} <= texts


@pytest.mark.parametrize("bias", ["neuron", "layer"])
@pytest.mark.parametrize("layers", SMALL)
def test_labels_do_not_overlap(layers: list[int], bias: str) -> None:
    """No label covers another, and none but its own name stands on a neuron."""
    _, root = net(*layers, bias=bias)
    assert_apart(root)


def test_labels_of_the_classic_do_not_overlap() -> None:
    """The crossing lines of the classic example keep their eight labels apart."""
    assert_apart(classic()[1])


def assert_apart(root: Element) -> None:
    """Every two labels, and every label and neuron, are apart."""
    found = labels(root)
    for one, other in itertools.combinations(found, 2):
        assert not one.overlaps(other), (one, other)
    for circle in shapes(root):
        if circle.text == "circle":
            on_it = [label for label in found if label.overlaps(inner(circle))]
            assert len(on_it) == 1, (circle, on_it)


def inner(circle: Box) -> Box:
    """The square within a circle."""
    cut = (circle.right - circle.left) * 0.147
    return Box(circle.left + cut, circle.top + cut, circle.right - cut, circle.bottom - cut)


@pytest.mark.parametrize("bias", ["neuron", "layer", "none"])
@pytest.mark.parametrize("layers", [*SMALL, CROWDED, *LARGE, [1, 7, 1], [30, 2]])
def test_nothing_is_cut_off(layers: list[int], bias: str) -> None:
    """Labels and shapes all lie within the drawing."""
    _, root = net(*layers, bias=bias)
    whole = canvas(root)
    for box in [*labels(root), *shapes(root)]:
        assert box.within(whole), box


def test_a_crowd_of_weights_has_no_labels() -> None:
    """Where sixteen lines run between two layers, their values are left to the table."""
    figure, root = net(*CROWDED)
    assert len(list(root.iter(f"{SVG}line"))) == len(figure.edges) == 32
    assert not [box for box in labels(root) if box.text.startswith("w")]


@pytest.mark.parametrize("layers", LARGE)
def test_a_large_network_is_abridged(layers: list[int]) -> None:
    """Of a large layer the first neurons, dots and the last are drawn, and no crowd of labels."""
    _, root = net(*layers)
    circles = [e for e in root.iter(f"{SVG}circle") if float(e.get("r", "0")) > 10]
    dots = [e for e in root.iter(f"{SVG}circle") if float(e.get("r", "0")) < 10]
    assert len(circles) == sum(min(n, 5) for n in layers)
    assert len(dots) == 3 * len(layers)
    texts = [shown(e) for e in root.iter(f"{SVG}text")]
    assert f"i{layers[0]}" in texts
    assert f"o{layers[-1]}" in texts
    assert not [text for text in texts if text.startswith("w")]
    assert canvas(root).bottom < 700


def test_the_paths_of_the_error_are_coloured() -> None:
    """One colour for each way from the outputs back to the first hidden neuron, last drawn."""
    _, root = classic()
    colours = [line.get("stroke") for line in root.iter(f"{SVG}line")]
    assert colours[-2:] == ["path0", "path1"]
    assert set(colours[:-2]) == {"edge"}
    fills = {shown(e): e.get("fill") for e in root.iter(f"{SVG}text")}
    assert (fills["w5 0.40"], fills["w7 0.50"], fills["w6 0.45"]) == ("path0", "path1", "soft")


def test_many_samples_have_no_values_beside_neurons() -> None:
    """With several samples inputs and targets are in a table, not in the drawing."""
    root = read(network_svg(figure_of(solution(example("deep-ml-105").problem)), PALETTE, {}))
    assert not [box for box in labels(root) if box.text.startswith("→")]


def segments(root: Element) -> list[tuple[str, tuple[float, ...]]]:
    """The colour and the ends of each line."""
    ends = ("x1", "y1", "x2", "y2")
    return [
        (line.get("stroke", ""), tuple(float(line.get(end, "")) for end in ends))
        for line in root.iter(f"{SVG}line")
    ]


def meets(box: Box, line: tuple[float, ...]) -> bool:
    """Whether any of a thousand points of a line lies in a box."""
    x1, y1, x2, y2 = line
    return any(
        box.left < x1 + (x2 - x1) * t / 1000 < box.right
        and box.top < y1 + (y2 - y1) * t / 1000 < box.bottom
        for t in range(1001)
    )


NETS = random.Random(4).sample(  # noqa: S311
    [
        (layers, bias)
        for count in (2, 3, 4, 5)
        for layers in itertools.product(range(1, 7), repeat=count)
        for bias in ("neuron", "layer", "none")
    ],
    100,
)
NAMED = [((2, 4, 4, 2), "neuron"), ((4, 8, 3), "neuron"), ((3, 3, 3), "neuron"),
         ((3, 5, 4, 2), "neuron")]  # fmt: skip


@pytest.mark.parametrize(("layers", "bias"), NAMED + NETS, ids=str)
def test_no_label_touches_the_line_of_another(layers: tuple[int, ...], bias: str) -> None:
    """A label is on no line but its own, which is grey; a coloured path runs from end to end."""
    _, root = net(*layers, bias=bias)
    lines = segments(root)
    papers = [box for box in shapes(root) if box.text == "rect"]
    for paper in papers:
        under = [colour for colour, line in lines if meets(paper, line)]
        assert under == ["edge"], paper
    for box in labels(root):
        crossed = [line for _, line in lines if meets(box, line)]
        on_paper = any(box.within(paper) for paper in papers)
        on_neuron = any(
            box.overlaps(inner(circle)) for circle in shapes(root) if circle.text == "circle"
        )
        assert on_paper or on_neuron or not crossed, box
    for one, other in itertools.combinations(labels(root), 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize(("layers", "bias"), NAMED + NETS, ids=str)
def test_what_is_left_out_is_said(layers: tuple[int, ...], bias: str) -> None:
    """Where any weight or bias has no value in the drawing, the drawing says where values are."""
    figure, _ = net(*layers, bias=bias)
    words = {"en": "elsewhere"}
    root = read(network_svg(figure, PALETTE, {}, "", words))
    texts = [box.text for box in labels(root)]
    valued = sum(" " in text and text[0] in "wb" for text in texts)
    whole = valued == len(figure.edges) + len(figure.biases)
    assert ("elsewhere" in texts) is not whole
    assert all(box.within(canvas(root)) for box in labels(root))
