"""The palettes: every colour of text stands out from what lies under it (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

import pytest

from derive.writers.pdf import PALETTE
from derive.writers.templating import environment

LEAST = 4.5
INKS = ("ink", "soft", *(f"path{n}" for n in range(6)))
VARIABLE = re.compile(r"--(\w+): (#[0-9a-f]{3,6});")


def sheet(name: str) -> str:
    """The text of a style sheet."""
    source, _, _ = environment().loader.get_source(environment(), name)  # type: ignore[union-attr]
    return source


def palettes() -> dict[str, dict[str, str]]:
    """Light, dark and printed, as the page's style sheet has them, and the PDF's."""
    roots = [block.split("}")[0] for block in sheet("html/page.css").split(":root {")[1:]]
    light, dark, printed = (dict(VARIABLE.findall(root)) for root in roots)
    paper = {**PALETTE, "wash": "#f6f1e6"}
    return {"light": light, "dark": dark, "print": printed, "pdf": paper}


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` or `#rgb`, as WCAG defines it."""
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_specification() -> None:
    """Black on white is 21 to 1, and the grey #767676 the darkest that passes on white."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") > LEAST > contrast("#777777", "#fff")


@pytest.mark.parametrize("scheme", ["light", "dark", "print", "pdf"])
def test_every_ink_stands_out(scheme: str) -> None:
    """Text, softer text and every path's colour have 4.5 to 1 on the paper and on the wash."""
    palette = palettes()[scheme]
    for ink in INKS:
        for under in ("paper", "wash"):
            ratio = contrast(palette[ink], palette[under])
            assert ratio >= LEAST, f"{ink} on {under}: {ratio:.2f}"


@pytest.mark.parametrize("scheme", ["light", "dark", "print", "pdf"])
def test_the_paths_are_told_apart(scheme: str) -> None:
    """No two paths share a colour, and none is the colour of text."""
    palette = palettes()[scheme]
    assert len({palette[ink] for ink in INKS}) == len(INKS)


def test_the_pdf_uses_its_palette_alone() -> None:
    """The style sheet of the PDF names no colour but those of the palette and the wash."""
    used = set(re.findall(r"#[0-9a-f]{6}", sheet("pdf/page.css")))
    assert used <= {*PALETTE.values(), "#f6f1e6"}
