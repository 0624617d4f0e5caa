"""The layout against headless Chromium's, by numbers measured once (`measure_chromium`)."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from derive.typeset.style import BROWSER, PRINT
from tests.conftest import needs
from tests.typeset.compare import apart, chromium, size
from tests.typeset.equations import EQUATIONS
from tests.typeset.measure_chromium import measured

UNLIKE = {
    # Chromium measures the ink of an upright letter where `mi` makes one italic.
    "identifier-slanted-by-mi": (0.0, 3.6),
    # Chromium leaves the hyphen that MathML Core says is to be set as a minus.
    "hyphen-as-minus": (6.6, 0.0),
    # Chromium does not stretch an operator that carries scripts.
    "fence-evaluated": (0.0, 5.5),
    # Chromium takes an operator behind a space for one that stands between two terms.
    "row-with-space-first": (7.2, 0.0),
}
"""The equations that do not agree, with the widest gaps in px of width and height, and why."""

IN_SCRIPTS = r"scriptlevel|<msu[bp]|<mroot|mmultiscripts|<munder|<mover|<mfrac|<mo>∑"
SCOPES = {
    "atoms": r"<mo|<mfrac|<mfenced",
    "bare_fractions": r"<mfrac",
    "italic_space": r"<mi|∂",
    "short_fences": r"<mo|<mfenced",
    "centred_roots": r"<msqrt|<mroot",
    "tight_fences": r"<msqrt|<mroot|<mo",
    "even_scripts": r"<msu[bp]|<mmultiscripts|<munder|<mover",
    "stacked_scripts": r"<msup><msub",
    "kerning": r"<msu[bp]|<mmultiscripts|<munder|<mover",
    "raised_accents": r'accent="true"',
    "tabular_figures": r"bold|𝟏",
    "script_forms": IN_SCRIPTS,
    "struts": r"<mtable",
}
"""Which equations each convention of print may change, by what is in them."""


def test_every_equation_is_measured() -> None:
    """The committed numbers are those of the equations, at least 120."""
    assert set(chromium()) == set(EQUATIONS)
    assert len(EQUATIONS) >= 120


@pytest.mark.parametrize("name", [one for one in EQUATIONS if one not in UNLIKE])
def test_agrees_with_chromium(name: str) -> None:
    """Width and height are Chromium's within 2 % or half a pixel."""
    ours, theirs = size(EQUATIONS[name]), chromium()[name]
    assert apart(ours, theirs) == (0, 0), f"{ours} is not {theirs}"


@pytest.mark.parametrize("name", UNLIKE)
def test_known_gaps_are_no_wider(name: str) -> None:
    """What does not agree is listed with its gap, and agrees no less than that."""
    gaps = apart(size(EQUATIONS[name]), chromium()[name])
    assert any(gaps), f"{name} agrees: take it off the list"
    assert all(gap <= listed for gap, listed in zip(gaps, UNLIKE[name], strict=True))


@pytest.mark.parametrize("convention", [one.name for one in fields(PRINT)])
def test_conventions_of_print_change_only_their_own(convention: str) -> None:
    """Each convention of print moves something, and nothing that is not its business."""
    one = replace(BROWSER, **{convention: True})
    moved = {name for name in EQUATIONS if size(EQUATIONS[name], one) != size(EQUATIONS[name])}
    assert moved
    assert [name for name in moved if not re.search(SCOPES[convention], EQUATIONS[name])] == []


@pytest.mark.browser
def test_chromium_still_measures_the_same() -> None:
    """A Chromium at hand gives the committed numbers, within the same tolerance."""
    some = dict(list(EQUATIONS.items())[::4])
    needs("chromium")
    needs("chromedriver")
    _, sizes = measured(some)
    committed = chromium()
    now = {name: (box[0], box[1] + box[2]) for name, box in sizes.items()}
    assert {name: gaps for name in some if any(gaps := apart(now[name], committed[name]))} == {}
