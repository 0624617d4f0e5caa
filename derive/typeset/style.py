"""What an element inherits, its attributes of style and of length, and the house's conventions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

FARTHEST = 1000.0
"""No length is longer than this, in ems."""

SMALLEST = 0.001
"""No size of text is smaller than this, in ems."""
DEEPEST = 20
"""Script levels deeper than this are as small as this one."""

_COLOR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]+)")
_BOLD = re.compile(r"(?:^|;)\s*font-weight\s*:\s*(?:bold|[6-9]00)\b")
_LENGTH = re.compile(r"\s*([+-]?)(\d{0,12}(?:\.\d{0,30})?)\s*([a-z%]*)\s*")
_ABSOLUTE = {
    "px": 1 / 16, "pt": 1 / 12, "pc": 1.0, "in": 6.0, "cm": 6 / 2.54, "mm": 6 / 25.4,
    "q": 6 / 101.6,
}  # fmt: skip
_NAMED = {
    f"{sign}{name}mathspace": factor * width / 18
    for sign, factor in (("", 1), ("negative", -1))
    for width, name in enumerate(
        ("veryverythin", "verythin", "thin", "medium", "thick", "verythick", "veryverythick"), 1
    )
}
_SIZES = {"small": 0.75, "normal": 1.0, "big": 1.5}
_LEVEL = re.compile(r"\s*([+-]?)(\d{1,3})\s*")
SCALE_DOWN = 0.71
"""What each script level after the second shrinks by (CSS `math-depth`)."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """Where print departs from what browsers do with MathML Core.

    Attributes:
        atoms: spaces follow from the kinds of two neighbours (`atoms`), but where an operator asks
            for its own; in scripts there are but few.
        bare_fractions: a fraction's rule is as wide as what it parts, and stands away from what is
            beside it by what TeX calls its null delimiter space.
        centred_roots: what a root sign has to spare stands half above and half below.
        italic_space: a slanted letter stands away from what follows by its italic correction.
        short_fences: brackets may fall a little short of what they hold.
        tight_fences: a stretched sign is as wide as it is, not as its widest variant.
        even_scripts: the scripts of single letters stand at one height, whatever the letters';
            those of numbers and behind a bracket do too.
        stacked_scripts: an exponent of a letter with an index stands over the index.
        kerning: scripts follow the slant and the cut-ins of their base, by the MATH table.
        raised_accents: an accent is the font's own, at the height at which the font draws it.
        tabular_figures: bold figures are all of one width, which the font's are not.
        script_forms: scripts have the letters that the font draws for their size (`ssty`).
        struts: a table's rows are at least as high as a line, and its edges have no padding.
    """

    atoms: bool = True
    bare_fractions: bool = True
    centred_roots: bool = True
    italic_space: bool = True
    short_fences: bool = True
    tight_fences: bool = True
    even_scripts: bool = True
    stacked_scripts: bool = True
    kerning: bool = True
    raised_accents: bool = True
    tabular_figures: bool = True
    script_forms: bool = True
    struts: bool = True


PRINT = Conventions()
"""As TeX does it."""
BROWSER = Conventions(
    atoms=False, bare_fractions=False, centred_roots=False,
    italic_space=False, short_fences=False, tight_fences=False,
    even_scripts=False, stacked_scripts=False, kerning=False, raised_accents=False,
    tabular_figures=False, script_forms=False, struts=False,
)  # fmt: skip
"""As Chromium does it, with what it says of itself that it still does otherwise than MathML Core
(https://crbug.com/1124301)."""


@dataclass(frozen=True, slots=True)
class Style:
    """What an element inherits.

    Attributes:
        level: the script level.
        display: whether it is set in display style.
        cramped: whether superscripts stay low.
        color: as CSS writes it; None is the colour of the text around.
        bold: whether letters are bold.
        size: of level 0, in ems of the formula (`mathsize`).
        rtl: whether rows run from right to left.
        stretch: ink above and below the baseline that an operator here stretches to.
        reach: width that an operator here stretches to.
    """

    level: int = 0
    display: bool = False
    cramped: bool = False
    color: str | None = None
    bold: bool = False
    size: float = 1.0
    rtl: bool = False
    stretch: tuple[float, float] | None = None
    reach: float | None = None

    def script(self, *, cramped: bool = False, levels: int = 1) -> Style:
        """The style of a script below this one."""
        return replace(
            self,
            level=min(DEEPEST, self.level + levels),
            display=False,
            cramped=cramped or self.cramped,
            stretch=None,
            reach=None,
        )

    def free(self) -> Style:
        """The same with nothing to stretch to."""
        if self.stretch is None and self.reach is None:
            return self
        return replace(self, stretch=None, reach=None)

    def of(self, element: Element) -> Style:
        """The style within an element, by its attributes (MathML Core, section 2.1.3)."""
        if not element.attrib:
            return self
        said: dict[str, object] = {}
        css = element.get("style")
        if css:
            found = _COLOR.search(css)
            if found:
                said["color"] = found[1].strip()
            if _BOLD.search(css):
                said["bold"] = True
        color = element.get("mathcolor")
        if color is not None:
            said["color"] = color
        shown = element.get("displaystyle", "").lower()
        if shown in ("true", "false"):
            said["display"] = shown == "true"
        level = _LEVEL.fullmatch(element.get("scriptlevel", ""))
        if level:
            step = -int(level[2]) if level[1] == "-" else int(level[2])
            said["level"] = max(0, min(DEEPEST, step + (self.level if level[1] else 0)))
        size = element.get("mathsize")
        if size is not None:
            one = _SIZES.get(size.strip())
            if one is None:
                one = length(size, em=1.0, percent=1.0, default=1.0)
            said["size"] = max(SMALLEST, min(FARTHEST, self.size * one))
        direction = element.get("dir", "").lower()
        if direction in ("ltr", "rtl"):
            said["rtl"] = direction == "rtl"
        return replace(self, **said) if said else self  # type: ignore[arg-type]


def boolean(element: Element, attribute: str) -> bool | None:
    """A boolean attribute's value; None where it is neither true nor false."""
    return {"true": True, "false": False}.get((element.get(attribute) or "").strip().lower())


def length(
    text: str | None,
    *,
    em: float = 1.0,
    ex: float = 0.5,
    percent: float | None = None,
    default: float = 0.0,
) -> float:
    """A length attribute in ems of the formula; `default` where it is none.

    Args:
        text: a number and its unit, or a named space; a number without a unit is a multiple of
            `percent`, as MathML 3 had it.
        em: the size of an em at the place.
        ex: and of an ex.
        percent: what a percentage is of, where it is of something.
        default: the value of what is no length.
    """
    lowered = (text or "").strip().lower()
    if lowered in _NAMED:
        return _NAMED[lowered] * em
    match = _LENGTH.fullmatch(lowered)
    if match is None or not match[2].strip("."):
        return default
    number = float(match[2]) * (-1 if match[1] == "-" else 1)
    unit = match[3]
    if unit == "em":
        found = number * em
    elif unit == "ex":
        found = number * ex
    elif unit in _ABSOLUTE:
        found = number * _ABSOLUTE[unit]
    elif unit == "%" and percent is not None:
        found = number * percent / 100
    elif not unit and percent is not None:
        found = number * percent
    elif not unit and number == 0:
        found = 0.0
    else:
        return default
    return max(-FARTHEST, min(FARTHEST, found))


def padded(text: str | None, own: float, sizes: dict[str, float], *, em: float, ex: float) -> float:
    """A dimension of `mpadded`: a length, a change by one (`+`, `-`), or a share of the content.

    Args:
        text: the attribute.
        own: the content's own dimension.
        sizes: its width, height and depth, for what is written after a number or a percentage.
        em: the size of an em at the place.
        ex: and of an ex.
    """
    lowered = (text or "").strip().lower()
    if not lowered:
        return own
    percent = own
    for name, size in sizes.items():
        if lowered.endswith(name):
            lowered, percent = lowered.removesuffix(name).strip(), size
            lowered = lowered if lowered.strip("+-") else f"{lowered}1"
            break
    none = float("inf")
    found = length(lowered, em=em, ex=ex, percent=percent, default=none)
    if found == none:
        return own
    return own + found if lowered[0] in "+-" else found
