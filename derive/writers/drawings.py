"""A document's figures as SVG, described in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from derive.document import (
    CurveFigure,
    Figure,
    GateFigure,
    Message,
    NetworkFigure,
    ScalarGateFigure,
)
from derive.figures import curve_svg, gates_svg, network_svg, scalar_gates_svg
from derive.writers.texts import Texts

_ACROSS = '<div class="across" tabindex="0" role="group" aria-labelledby="figure-{}">{}</div>'
"""A drawing that may be wider than the screen."""


def svg(figure: Figure, texts: Texts, palette: Mapping[str, str]) -> str:
    """A figure's SVG in colours of `palette`, described in the languages that may be shown.

    Raises:
        TypeError: nothing draws such a figure.
    """
    maths = texts.maths
    languages = tuple(texts.catalogues)

    def in_each(message: Message, tags: tuple[str, ...] = languages) -> dict[str, str]:
        return {tag: texts.plain(message, tag) for tag in tags}

    title = in_each(figure.description, languages if maths.tagged else languages[:1])
    name, figures = maths.name(), maths.figures("tspan")
    match figure.drawing:
        case NetworkFigure() as drawing:
            crowded = in_each(Message("figure.network.crowded"))
            draw = partial(network_svg, drawing, palette)
            whole = draw(title, name, crowded, figures)
            if not maths.tagged:
                return whole
            # A screen shows one of the two, and only what is shown is told.
            narrow = draw(title, f"{name}-narrow", crowded, figures, narrow=True)
            return whole + _ACROSS.format(figure.number, narrow)
        case GateFigure() as drawing:
            gates = gates_svg(drawing, palette, title, name, figures)
            return _ACROSS.format(figure.number, gates) if maths.tagged else gates
        case ScalarGateFigure() as drawing:
            parted = not maths.tagged
            gates = scalar_gates_svg(drawing, palette, title, name, figures, parted=parted)
            if parted:
                return gates
            return _ACROSS.format(figure.number, gates)
        case CurveFigure() as drawing:
            return curve_svg(drawing, palette, in_each(drawing.horizontal), title, name, figures)
        case unknown:
            raise TypeError(f"no layout for a {type(unknown).__name__}")
