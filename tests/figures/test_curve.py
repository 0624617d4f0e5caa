"""The curve of the error: its axes, and the series that have no ordinary one."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element

import pytest

from derive.document import CurveFigure, Message
from derive.figures import curve_svg
from derive.maths.tree import Identifier
from tests.figures.drawing import PALETTE, SVG, canvas, labels, read, shapes, shown

INF, NAN = math.inf, math.nan


def curve(points: Sequence[tuple[int, float]], marked: tuple[int, ...] = ()) -> Element:
    """The drawing of a series."""
    words = {"zh-Hans": "更新次数", "en": "updates & more"}
    figure = CurveFigure((tuple(points),), Message("axis"), Identifier("E"), marked)
    return read(curve_svg(figure, PALETTE, words, {"en": "E < 1"}))


def line(root: Element) -> list[tuple[float, float]]:
    """The points of the curve as drawn."""
    (polyline,) = root.iter(f"{SVG}polyline")
    pairs = (point.split(",") for point in polyline.get("points", "").split())
    return [(float(x), float(y)) for x, y in pairs]


def heights(root: Element) -> dict[str, float]:
    """The vertical axis' ticks: what is written and how high it stands."""
    return {
        shown(text): float(text.get("y", "0"))
        for text in root.iter(f"{SVG}text")
        if text.get("text-anchor") == "end" and re.match(r"[−\d]", shown(text))
    }


SERIES = {
    "falling": [(k, 0.3 / (1 + k)) for k in range(11)],
    "long": [(k, 0.3 * 0.999**k) for k in (0, 1, 2, 5, 10, 100, 1000, 10000)],
    "one point": [(0, 0.5)],
    "one of zero": [(0, 0.0)],
    "constant": [(k, 2.0) for k in range(5)],
    "zeros": [(k, 0.0) for k in range(5)],
    "tiny": [(k, 1e-12 * 10.0**-k) for k in range(5)],
    "huge": [(k, 1e12 * 3.0**k) for k in range(9)],
    "negative": [(k, -1.0 - k) for k in range(5)],
    "around zero": [(k, k - 2.0) for k in range(5)],
    "into infinity": [(0, 1.0), (1, 5.0), (2, INF), (3, NAN)],
    "nothing finite": [(0, NAN), (1, INF)],
    "empty": [],
    "thinned": [(0, 1.0), (500, 0.5), (1000, 0.25)],
    "denormal": [(0, 1.0), (1, 5e-324)],
    "whole range": [(0, 1e308), (1, -1e308)],
}


@pytest.mark.parametrize("name", SERIES)
def test_any_series_is_drawn(name: str) -> None:
    """Well formed, in whole numbers of places, within its frame, whatever the values are."""
    root = curve(SERIES[name], marked=(0, 1))
    whole = canvas(root)
    for box in [*labels(root), *shapes(root)]:
        assert box.within(whole), box
        assert "nan" not in box.text
        assert "inf" not in box.text
    assert root.findtext(f"{SVG}title") == "E < 1"


@pytest.mark.parametrize("name", SERIES)
def test_labels_do_not_overlap(name: str) -> None:
    """Ticks and names of axes stand apart."""
    for one, other in itertools.combinations(labels(curve(SERIES[name])), 2):
        assert not one.overlaps(other), (one, other)


def test_values_that_span_more_than_twenty_are_logarithmic() -> None:
    """Equal factors are equal heights where values span much, equal differences where not."""
    wide = line(curve([(k, 10.0**-k) for k in range(4)]))
    steps = [b[1] - a[1] for a, b in itertools.pairwise(wide)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    narrow = line(curve([(k, 20.0 - 4 * k) for k in range(4)]))
    steps = [b[1] - a[1] for a, b in itertools.pairwise(narrow)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)


def test_a_linear_axis_starts_at_zero() -> None:
    """An error that falls by half is drawn half as high, not down to the foot."""
    root = curve([(0, 0.4), (1, 0.2)])
    (_, high), (_, low) = line(root)
    zero = heights(root)["0"] - 4.5
    assert (zero - low) / (zero - high) == pytest.approx(0.5, abs=0.01)


def test_ticks_stand_at_their_values() -> None:
    """A point at a tick's value is drawn at the tick's height."""
    for values in ([1.0, 0.1, 0.01, 0.001], [4.0, 2.0, 3.0, 1.0]):
        root = curve(list(enumerate(values)))
        known = heights(root)
        for (_, y), value in zip(line(root), values, strict=True):
            assert known[f"{value:g}"] - 4.5 == pytest.approx(y, abs=0.2)


def test_the_line_never_runs_backwards() -> None:
    """Later updates are further right."""
    for series in SERIES.values():
        root = curve(series)
        if list(root.iter(f"{SVG}polyline")):
            xs = [x for x, _ in line(root)]
            assert xs == sorted(xs)


def test_what_is_not_finite_is_left_out() -> None:
    """The finite values of a training that diverges are drawn."""
    assert len(line(curve(SERIES["into infinity"]))) == 2


def test_passes_that_are_worked_out_are_marked() -> None:
    """A dot on the curve for each, and none where there is no finite value."""
    root = curve(SERIES["into infinity"], marked=(1, 2, 7))
    dots = [
        (float(c.get("cx", "")), float(c.get("cy", "")))
        for c in root.iter(f"{SVG}circle")
        if c.get("fill") == PALETTE["path0"]
    ]
    assert dots == [line(root)[1]]


def test_a_single_point_is_seen() -> None:
    """One value makes no line, so it is a dot."""
    assert len(list(curve([(0, 0.5)]).iter(f"{SVG}circle"))) == 1


def test_powers_of_ten_are_raised() -> None:
    """A small tick is written as a power with a true minus sign, smaller and higher."""
    root = curve(SERIES["tiny"])
    texts = [box.text for box in labels(root)]
    assert "10−12" in texts
    raised = [t for t in root.iter(f"{SVG}tspan") if t.get("font-size") == "70%"]
    assert raised
    assert all(t.get("dy") == "-0.42em" for t in raised)


def test_the_axis_is_named_in_each_language() -> None:
    """The page hides the words of the language that a reader does not want."""
    names = {t.get("lang"): t.text for t in curve(SERIES["falling"]).iter(f"{SVG}tspan")
             if t.get("lang")}  # fmt: skip
    assert names == {"zh-Hans": "更新次数", "en": "updates & more"}


@pytest.mark.parametrize("first", SERIES)
@pytest.mark.parametrize("second", ["falling", "long", "constant", "empty", "into infinity"])
def test_two_trainings_share_their_axes(first: str, second: str) -> None:
    """Within the frame, told apart without colour, their names at their ends and apart."""
    lines = (tuple(SERIES[first]), tuple(SERIES[second]))
    figure = CurveFigure(lines, Message("axis"), Identifier("E"), names=("A", "B"))
    root = read(curve_svg(figure, PALETTE, {"en": "updates"}, {"en": "E"}))
    whole = canvas(root)
    assert all(box.within(whole) for box in [*labels(root), *shapes(root)])
    for one, other in itertools.combinations(labels(root), 2):
        assert not one.overlaps(other), (one, other)
    # A logarithmic axis has no place for the start.
    first_seen = 1 if "long" in (first, second) or first == "thinned" else 0
    finite = [any(math.isfinite(v) and k >= first_seen for k, v in line) for line in lines]
    drawn = [polyline.get("stroke-dasharray") for polyline in root.iter(f"{SVG}polyline")]
    assert len(set(drawn)) == len(drawn)
    names = [shown(text) for text in root.iter(f"{SVG}text") if shown(text) in ("A", "B")]
    assert sorted(names) == [name for name, any_of in zip("AB", finite, strict=True) if any_of]


NEARLY = {
    "one update": [(0, 0.298371), (1, 0.291028)],
    "three updates": [(0, 0.5), (1, 0.499), (2, 0.498), (3, 0.4975)],
    "far from zero": [(0, 2.0e8), (1, 1.99e8)],
    "small": [(0, 3.1e-7), (1, 3.0e-7), (2, 2.9e-7)],
}


@pytest.mark.parametrize("name", NEARLY)
def test_a_small_change_is_seen(name: str) -> None:
    """A flat line is no use: the line takes a third of the height, and each point is a dot."""
    root = curve(NEARLY[name])
    ys = [y for _, y in line(root)]
    assert max(ys) - min(ys) > 80
    assert len(list(root.iter(f"{SVG}circle"))) == len(NEARLY[name])
    assert len(heights(root)) >= 3


def test_what_does_not_change_is_a_line_in_the_middle() -> None:
    """Neither its rounding nor nothing is drawn large, and zero is in sight."""
    for values in ([2.0] * 4, [2.0, 2.0 + 1e-12, 2.0 - 1e-12, 2.0]):
        root = curve(list(enumerate(values)))
        ys = [y for _, y in line(root)]
        assert max(ys) - min(ys) < 0.2
        assert "0" in heights(root)


@pytest.mark.parametrize("name", {**SERIES, **NEARLY})
def test_ticks_are_written_in_one_form(name: str) -> None:
    """All with decimals, or all but 0 by powers of ten; none twice; updates in whole numbers."""
    root = curve({**SERIES, **NEARLY}[name])
    for anchor in ("end", "middle"):
        ticks = {
            shown(text): any(t.get("font-size") == "70%" for t in text.iter(f"{SVG}tspan"))
            for text in root.iter(f"{SVG}text")
            if text.get("text-anchor") == anchor and re.match(r"[−\d]", shown(text))
        }
        assert len({raised for words, raised in ticks.items() if words != "0"}) <= 1, ticks
        places = [t.get("y" if anchor == "end" else "x") for t in root.iter(f"{SVG}text")
                  if t.get("text-anchor") == anchor and re.match(r"[−\d]", shown(t))]  # fmt: skip
        assert len(places) == len(ticks), "no number stands twice"
        assert anchor == "end" or not any("." in words for words in ticks)
