"""What stands at a drawing's edges, read back: its letters, numbers, colours and places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest

from derive.derivation import VIEWS
from derive.engine import train
from derive.notation import TEXTBOOKS
from derive.problem import Problem
from derive.writers import WRITERS, Options
from derive.writers.pdf import PALETTE
from tests.documents import drawn, solution

PROBLEMS = {
    "2-2-2": drawn([2, 2, 2], training={"iterations": 1}),
    "2-3-2-2": drawn([2, 3, 2, 2], network={"bias": "layer"}, training={"iterations": 1}),
    "two samples": drawn(
        [2, 2, 2],
        network={"bias": "none"},
        data={"inputs": [[0.1, 0.2], [0.3, 0.4]], "targets": [[0, 1], [1, 0]]},
        training={"iterations": 1},
    ),
}
CASES = [(name, notation) for name in PROBLEMS for notation in ("net-out", "nielsen", "watermelon")]


def page(problem: Problem, notation: str) -> Element:
    """The body of a page with all views, as XML."""
    document = solution(problem, notation=notation, views=VIEWS, full=True)
    (file, *_) = WRITERS["html"].render(document, Options()).values()
    body = re.search(r"<main.*</main>", file.decode(), re.DOTALL)
    assert body
    return fromstring(  # noqa: S314 (our own page)
        re.sub(r"&\w+;", " ", body[0])
    )


def said(element: Element) -> str:
    """An element's letters, all styles of a letter alike, without marks of space."""
    text = unicodedata.normalize("NFKD", "".join(element.itertext()))
    return re.sub(r"[\s\u200b]", "", text.replace("\N{COMBINING CIRCUMFLEX ACCENT}", "^"))


def drawings(root: Element, kind: str) -> Element:
    """The drawing of a kind."""
    (found,) = (e for e in root.iter() if e.tag.endswith("svg") and e.get("class") == kind)
    return found


def labels(svg: Element) -> Iterator[Element]:
    """The labels of a drawing that are about something of the trace."""
    return (e for e in svg.iter() if e.tag.endswith("text") and e.get("data-ref"))


def value(problem: Problem, place: str) -> Any:
    """What stands at a place of the trace."""
    name, index = re.fullmatch(r"([^\[@]+)((?:\[\d+\])*)(?:@0)?", place).groups()  # type: ignore[union-attr]
    trace = train(problem)
    known = {"out0": problem.inputs, "target": problem.targets}
    array = known[name] if name in known else np.asarray(trace[name][0])
    for n in re.findall(r"\d+", index):
        array = array[int(n)]
    return float(np.asarray(array).reshape(-1)[0])


@pytest.mark.parametrize(("name", "notation"), CASES)
def test_an_edge_of_the_network_shows_its_weight(name: str, notation: str) -> None:
    """Letters as in the equations, the number of the trace, on the line of the two neurons."""
    problem, root = PROBLEMS[name], page(PROBLEMS[name], notation)
    letters = {
        e.get("data-ref"): said(e)
        for e in root.iter()
        if e.get("data-ref") and e.tag.rpartition("}")[2] not in ("mn", "text")
    }
    sign = -1 if TEXTBOOKS[notation].threshold else 1
    seen = set()
    for label in labels(drawings(root, "network")):
        place = label.get("data-ref") or ""
        seen.add(place)
        text = said(label)
        given = place.removesuffix("@0")
        if not place.startswith(("out0", "target")):
            assert text.startswith(letters[place]), (text, letters[place])
            text = text.removeprefix(letters[place])
        expected = value(problem, given) * (sign if place.startswith("b") else 1)
        number = re.search(r"[−-]?[\d.]+$", text)
        assert number, label
        assert float(number[0].replace("−", "-")) == pytest.approx(expected, rel=1e-12), place
    sizes = problem.layers
    weights = {
        f"W{layer}[{end}][{start}]@0"
        for layer in range(1, len(sizes))
        for end in range(sizes[layer])
        for start in range(sizes[layer - 1])
    }
    assert weights <= seen


def test_a_path_has_one_colour_in_the_figure_and_in_the_sum() -> None:
    """The weight whose edge is of a path stands in the term of that path."""
    root = page(PROBLEMS["2-2-2"], "net-out")
    paths = {PALETTE[f"path{n}"]: str(n) for n in range(6)}
    colours = {
        label.get("data-ref"): paths[label.get("fill", "")]
        for label in labels(drawings(root, "network"))
        if label.get("fill") in paths
    }
    assert set(colours) == {"W2[0][0]@0", "W2[1][0]@0"}
    found = {
        (letter.get("data-ref"), path[1])
        for term in root.iter()
        if (path := re.search(r"\bpath(\d)", term.get("class") or ""))
        for letter in term.iter()
        if (letter.get("data-ref") or "") in colours
    }
    assert found == set(colours.items())


def test_an_edge_runs_between_the_neurons_of_its_weight() -> None:
    """The label stands near the line from the one to the other, not merely somewhere."""
    problem = PROBLEMS["2-2-2"]
    svg = drawings(page(problem, "net-out"), "network")
    circles = [e for e in svg.iter() if e.tag.endswith("circle") and float(e.get("r", 0)) > 5]
    across = sorted({float(e.get("cx", 0)) for e in circles})
    layers = [
        sorted(float(e.get("cy", 0)) for e in circles if float(e.get("cx", 0)) == x) for x in across
    ]
    assert [len(layer) for layer in layers] == list(problem.layers)
    for label in labels(svg):
        match = re.fullmatch(r"W(\d)\[(\d)\]\[(\d)\]@0", label.get("data-ref") or "")
        if match is None:
            continue
        layer, end, start = map(int, match.groups())
        begin, ending = across[layer - 1], across[layer]
        part = (float(label.get("x", 0)) - begin) / (ending - begin)
        gaps = {
            (e, s): abs(
                layers[layer - 1][s] * (1 - part) + layers[layer][e] * part
                - float(label.get("y", 0))
            )
            for e in range(2)
            for s in range(2)
        }  # fmt: skip
        assert min(gaps, key=lambda pair: gaps[pair]) == (end, start), label.get("data-ref")


@pytest.mark.parametrize("notation", ["net-out", "nielsen"])
def test_scalar_gates_carry_the_trace(notation: str) -> None:
    """Every number forwards and back says what it is, and is that; letters are the equations'."""
    problem, root = PROBLEMS["2-2-2"], page(PROBLEMS["2-2-2"], notation)
    letters = {
        e.get("data-ref"): said(e)
        for e in root.iter()
        if e.get("data-ref") and e.tag.rpartition("}")[2] not in ("mn", "text", "mfrac")
    }
    seen = set()
    for label in labels(drawings(root, "scalar-gates")):
        place = label.get("data-ref") or ""
        # Letters stand before a value where there is room, and then those of the equations.
        written = float(said(label).removeprefix(letters.get(place, "")).replace("−", "-"))
        assert written == pytest.approx(value(problem, place), rel=1e-5), place
        seen.add(place)
    each = range(2)
    for layer in (1, 2):
        for n in each:
            one = f"{layer}[0][{n}]@0"
            assert {f"net{one}", f"delta{one}", f"out{one}", f"dE/dout{one}"} <= seen
            assert {f"b{layer}[{n}]@0", f"dE/db{layer}[{n}]@0"} <= seen
            weights = {f"{layer}[{n}][{source}]@0" for source in each}
            assert {f"{kind}{w}" for w in weights for kind in ("W", "dE/dW")} <= seen
    assert "loss@0" in seen


@pytest.mark.parametrize(("name", "notation"), [case for case in CASES if case[0] != "2-2-2"])
def test_the_gates_carry_what_the_equations_say(name: str, notation: str) -> None:
    """Row by row: what comes in, the weights, their product, the bias, net and out; and back."""
    problem, root = PROBLEMS[name], page(PROBLEMS[name], notation)
    book = TEXTBOOKS[notation]
    letters: dict[str | None, set[str]] = {}
    for e in root.iter():
        if e.get("data-ref") and e.tag.rpartition("}")[2] not in ("mn", "text"):
            letters.setdefault(e.get("data-ref"), set()).add(said(e))
    row = "@0" if len(problem.inputs) > 1 else "[0]@0"
    found = list(labels(drawings(root, "gates")))
    expected: list[str] = []
    for layer in range(1, len(problem.layers)):
        delta = f"delta{layer}{row}"
        added = f"net{layer}{row}"
        expected += [f"out{layer - 1}{row}"]
        expected += [f"dE/dout{layer - 1}{row}"] if layer > 1 else []
        expected += [f"W{layer}@0", f"dE/dW{layer}@0"]
        if problem.bias != "none":
            product = added if book.threshold else f"product{layer}{row}"
            expected += [product, delta, f"b{layer}@0", f"dE/db{layer}@0"]
        expected += [added, delta, f"out{layer}{row}", f"dE/dout{layer}{row}"]
    assert [label.get("data-ref") for label in found] == expected
    for label in found:
        text = said(label).removeprefix("−").replace("/", "")
        options = {words.replace("⊤", "") for words in letters.get(label.get("data-ref"), ())}
        assert not options or text in options, (label.get("data-ref"), text, options)
