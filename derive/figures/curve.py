"""A quantity over the iterations, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from derive.document import CurveFigure
from derive.figures.label import drawing, label
from derive.maths.mathml import Figures

WIDTH, HEIGHT = 700.0, 270.0
LEFT, RIGHT, TOP, BOTTOM = 84.0, 24.0, 22.0, 46.0
WIDE = 20.0
"""Values or iterations that span more than this factor get a logarithmic axis."""

FLAT = 0.2
"""Values whose spread, halved, is less than this share of the largest lie in a flat line."""
SAME = 0.0005
"""And with less than this they are all the same to who reads the figure."""
FEW = 12
"""So many points are each a dot on their line."""
LEAST_PLAIN, MOST_PLAIN = 1e-3, 1e5
"""Between these all numbers of an axis are written without powers of ten."""

Point = tuple[float, float]


class _Axis:
    """Numbers to user units, linear or logarithmic; of `whole` numbers where these are counted."""

    def __init__(
        self, low: float, high: float, start: float, end: float, *, log: bool, whole: bool = False
    ) -> None:
        if low == high:
            low, high = (low / 2, high * 2) if log and low > 0 else (low - 1, high + 1)
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log
        self.whole = whole

    def place(self, value: float) -> float:
        if self.log:
            value = max(value, self.low)
            low, high = math.log(self.low), math.log(self.high)
            share = (math.log(value) - low) / (high - low)
        else:
            # Halves, since the whole range of float64 is more than float64 holds.
            share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Powers of ten, with their doubles and halves where they are few; or round numbers."""
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.floor(math.log10(self.high))
            step = max(1, (last - first + 1) // 6)
            powers = [10.0**n for n in range(first + (10.0**first < self.low), last + 1, step)]
            if len(powers) > 2:
                return powers
            near = (m * 10.0**n for n in range(first, last + 1) for m in (1, 2, 5))
            return [value for value in near if self.low <= value <= self.high]
        gap = self.gap
        first = math.ceil(self.low / gap)
        return [gap * n for n in range(first, math.floor(self.high / gap) + 1)]

    @property
    def gap(self) -> float:
        """The distance of the ticks of a linear axis, of which there are about five."""
        rough = self.high / 5 - self.low / 5
        power = 10.0 ** math.floor(math.log10(rough))
        gap = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
        return max(1.0, gap) if self.whole else gap

    def written(self, figures: Figures) -> list[str]:
        """The ticks' numbers as SVG, all with decimals or all by powers of ten."""
        ticks = self.ticks()
        sizes = [abs(tick) for tick in ticks if tick]
        last = None if self.log else math.floor(math.log10(self.gap) + 1e-9)
        if not sizes or (min(sizes) >= LEAST_PLAIN and max(sizes) < MOST_PLAIN):
            places = None if last is None else max(0, -last)
            return [figures(_plain(tick, places)) if tick else "0" for tick in ticks]
        shared = math.floor(math.log10(max(sizes)) + 1e-9)
        found = []
        for tick in ticks:
            power = math.floor(math.log10(tick) + 0.1) if self.log else shared
            places = None if last is None else max(0, shared - last)
            # In two steps: a power of ten may be out of float64's range where its root is not.
            front = tick / 10.0 ** (power // 2) / 10.0 ** (power - power // 2)
            digits = f"{front:.0f}" if self.log else _plain(front, places)
            raised = f'<tspan dy="-0.42em" font-size="70%">{str(power).replace("-", "−")}</tspan>'
            times = "" if self.log and digits == "1" else f"{figures(digits)}×"
            found.append(f"{times}10{raised}" if tick else "0")
        return found


def _plain(value: float, places: int | None) -> str:
    """Digits with so many places after the point, or as few as the number has."""
    written = f"{value:g}" if places is None else f"{value:.{places}f}"
    return written.replace("-", "−")


def _vertical(values: Sequence[float]) -> _Axis:
    """The axis of the values: from zero, but closer where they would lie in a flat line.

    Values that differ by less than can be read off stand in the middle.
    """
    low, high = min(values), max(values)
    if low > 0 and high > WIDE * low:
        return _Axis(low, high, HEIGHT - BOTTOM, TOP, log=True)
    most = max(abs(low), abs(high))
    # Halves, since the whole range of float64 is more than float64 holds.
    spread = high / 2 - low / 2
    if spread < SAME * most:
        low, high = min(0.0, 2 * low), max(0.0, 2 * high)
    elif low > 0 and spread < FLAT * most:
        low, high = low - spread / 2, high + spread / 2
    else:
        low = min(0.0, low)
    return _Axis(low, high, HEIGHT - BOTTOM, TOP, log=False)


def curve_svg(
    figure: CurveFigure,
    palette: Mapping[str, str],
    horizontal: Mapping[str, str],
    titles: Mapping[str, str],
    name: str = "",
    figures: Figures = str,
) -> str:
    """The figure as an SVG element; `horizontal` names the horizontal axis, by language.

    `titles` describe it, by language; `name` is an identifier for them. `figures` writes the
    digits of numbers.
    """
    lines = [[(k, value) for k, value in line if math.isfinite(value)] for line in figure.lines]
    points = [point for line in lines for point in line]
    across = [float(k) for k, _ in points] or [0.0, 1.0]
    values = [value for _, value in points] or [0.0, 1.0]
    log_x = max(across) > WIDE * 5
    # Pass 0 has no logarithm: a logarithmic axis starts at pass 1 and shows it in its place.
    first = 1.0 if log_x else min(across)
    x = _Axis(first, max(across), LEFT, WIDTH - RIGHT, log=log_x, whole=True)
    y = _vertical(values)
    placed = [
        [(x.place(k), y.place(value)) for k, value in line if not log_x or k >= 1] for line in lines
    ]
    pieces = [
        *_grid(x, y, palette, figures),
        *(piece for n, line in enumerate(placed) for piece in _line(line, palette, n)),
        *_names(placed, figure.names, palette),
    ]
    known = dict(figure.lines[0])
    for k in figure.marked:
        if k in known and math.isfinite(known[k]) and (not log_x or k >= 1):
            place = f'cx="{x.place(k):.1f}" cy="{y.place(known[k]):.1f}"'
            pieces.append(f'<circle {place} r="4" fill="{palette["path0"]}"/>')
    across_in_words = " ".join(
        f'<tspan lang="{language}">{escape(words)}</tspan>'
        for language, words in horizontal.items()
    )
    middle = (LEFT + WIDTH - RIGHT) / 2
    pieces.append(
        f'<text x="{middle:.1f}" y="{HEIGHT - 8:.1f}" text-anchor="middle" '
        f'fill="{palette["soft"]}">{across_in_words}</text>'
    )
    pieces.append(
        f'<text x="{LEFT - 12:.1f}" y="{TOP - 7:.1f}" text-anchor="end" '
        f'fill="{palette["soft"]}">{label(figure.vertical, figures)}</text>'
    )
    return f"{drawing('curve', WIDTH, HEIGHT, 13, titles, name)}{''.join(pieces)}</svg>"


_STROKES = (("path1", ""), ("path0", ' stroke-dasharray="7 4"'))
"""The colour of each line, and what tells it from the others without colour."""
_LINE = 15.0
"""How far two names stand apart at least."""


def _names(
    lines: Sequence[Sequence[Point]], names: Sequence[str], palette: Mapping[str, str]
) -> Iterator[str]:
    """What stands at the end of each line, one above the other where they would meet."""
    ends = sorted(
        (line[-1][1], line[-1][0], n) for n, line in enumerate(lines) if line and n < len(names)
    )
    least, most = TOP, HEIGHT - BOTTOM - _LINE * (len(ends) - 1)
    for at, across, n in ends:
        height = min(max(at, least), most)
        least, most = height + _LINE, most + _LINE
        yield (
            f'<text x="{across + 6:.1f}" y="{height + 4.5:.1f}" '
            f'fill="{palette[_STROKES[n][0]]}">{escape(names[n])}</text>'
        )


def _line(points: Sequence[Point], palette: Mapping[str, str], which: int) -> Iterator[str]:
    name, dashes = _STROKES[which]
    colour = palette[name]
    if len(points) == 1:
        (x, y) = points[0]
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    elif points:
        if len(points) <= FEW:
            for x, y in points:
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"/>'
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield (
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
        )


def _grid(x: _Axis, y: _Axis, palette: Mapping[str, str], figures: Figures) -> list[str]:
    pieces = []
    for value, words in zip(y.ticks(), y.written(figures), strict=True):
        at = y.place(value)
        pieces.append(
            f'<line x1="{LEFT:g}" y1="{at:.1f}" x2="{WIDTH - RIGHT:g}" y2="{at:.1f}" '
            f'stroke="{palette["line"]}" stroke-width="1"/>'
            f'<text x="{LEFT - 8:g}" y="{at + 4.5:.1f}" text-anchor="end" '
            f'fill="{palette["soft"]}">{words}</text>'
        )
    for value, words in zip(x.ticks(), x.written(figures), strict=True):
        at = x.place(value)
        pieces.append(
            f'<line x1="{at:.1f}" y1="{HEIGHT - BOTTOM:g}" x2="{at:.1f}" '
            f'y2="{HEIGHT - BOTTOM + 5:g}" stroke="{palette["soft"]}" stroke-width="1"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 19:g}" text-anchor="middle" '
            f'fill="{palette["soft"]}">{words}</text>'
        )
    return pieces
