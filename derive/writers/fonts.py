"""The fonts that come with the package, found in the packages that carry them.

Text is set in Source Serif 4 and Noto Serif SC; strong Chinese in Noto Sans SC, as Chinese books
set 宋体 for text and 黑体 for emphasis; mathematics in STIX Two Math; commands in Source Code Pro.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from importlib import util
from io import BytesIO
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont

from derive.errors import SystemFaultError
from derive.typeset import BOLD_FIGURE, subset_font, subset_math_font


@dataclass(frozen=True)
class Carrier:
    """Where a font lies: a package, a path in it, and which cut of it."""

    package: str
    path: str
    index: int = 0
    axes: Mapping[str, float] = field(default_factory=dict)

    def file(self) -> Path:
        """The font's file.

        Raises:
            SystemFaultError: the package is not installed, or has no such file.
        """
        found = util.find_spec(self.package)
        if found is None or found.submodule_search_locations is None:
            name = self.package.replace("_", "-")
            raise SystemFaultError(f"the fonts of {name} are missing; pip install {name}")
        path = Path(next(iter(found.submodule_search_locations))) / self.path
        if not path.is_file():
            raise SystemFaultError(f"{path}: the font is missing; reinstall {self.package}")
        return path


_LATIN = "files/SourceSerif4[opsz,wght].ttf"
_LATIN_ITALIC = "files/SourceSerif4-Italic[opsz,wght].ttf"
_TYPEWRITER = "files/SourceCodePro[wght].ttf"
MATH = Carrier("ziamath", "fonts/STIXTwoMath-Regular.ttf")


@dataclass(frozen=True)
class Face:
    """One @font-face of a page: family, weight, style and where the font lies."""

    family: str
    weight: int
    style: str
    carrier: Carrier


_SOURCE, _SOURCE_CODE, _NOTO_SERIF, _NOTO_SANS = (
    "fontpkg_source_serif_4",
    "fontpkg_source_code_pro",
    "pylopdf_fonts_zh_cn",
    "manimgx_fonts_cjk",
)
_REGULAR, _STRONG = {"wght": 400.0}, {"wght": 650.0}
FACES = (
    Face("Derive Latin", 400, "normal", Carrier(_SOURCE, _LATIN, axes=_REGULAR)),
    Face("Derive Latin", 700, "normal", Carrier(_SOURCE, _LATIN, axes=_STRONG)),
    Face("Derive Latin", 400, "italic", Carrier(_SOURCE, _LATIN_ITALIC, axes=_REGULAR)),
    Face("Derive Han", 400, "normal", Carrier(_NOTO_SERIF, "NotoSerifSC-Regular.otf")),
    Face(
        "Derive Han",
        700,
        "normal",
        Carrier(_NOTO_SANS, "NotoSansCJK-VF.otf.ttc", index=2, axes={"wght": 700.0}),
    ),
    Face("Derive Code", 400, "normal", Carrier(_SOURCE_CODE, _TYPEWRITER, axes=_REGULAR)),
)

_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_CODE = re.compile(r"<code>.*?</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
ALWAYS = "0123456789 .,()[]{}|+−×·=≈∂√∑⏟^/-"
"""Kept of every font, whatever a page says."""
_HAN_FROM = 0x2E80
_CLOSING, _OPENING = "、。，．：；！？）」』】〕〉》", "（「『【〔〈《"
_ADJOINING = re.compile(f"[{_CLOSING}{_OPENING}](?:<[^>]*>)*[{_CLOSING}{_OPENING}]")
_FIGURES = "0123456789"
_BOLD_FIGURES = {ord(figure): ord(figure) - ord("0") + 0x1D7CE for figure in _FIGURES}
_BESIDE_FIGURES = ".,-−×()[]{}|∞"


def math_characters(body: str) -> str:
    """The characters of a page's formulas."""
    return "".join(unescape(_TAG.sub("", part)) for part in _MATH.findall(body)) + ALWAYS


def strong_math_font() -> bytes:
    """Strong numbers: the math font cut down to them, its bold figures as the figures.

    The font has one weight and its bold figures are characters of their own; a browser that is
    asked for bold would smear the others, and text made of bold characters would be read out and
    copied as such. Nor are these tabular, by any feature: each gets the same width here.
    """
    wanted = _FIGURES + _FIGURES.translate(_BOLD_FIGURES) + _BESIDE_FIGURES
    loaded = TTFont(
        BytesIO(subset_math_font(MATH.file(), wanted)), recalcTimestamp=False, recalcBBoxes=False
    )
    bold = loaded.getBestCmap()
    for strong in _BOLD_FIGURES.values():
        _widen(loaded, bold[strong], round(BOLD_FIGURE * loaded["head"].unitsPerEm))
    for table in loaded["cmap"].tables:
        for figure, strong in _BOLD_FIGURES.items():
            if figure in table.cmap:
                table.cmap[figure] = bold[strong]
    return _saved(loaded)


def _widen(font: TTFont, glyph: str, width: int) -> None:
    """Give a glyph another width, its ink in the middle of what it had."""
    advance, left = font["hmtx"][glyph]
    shift = (width - advance) // 2
    outline = font["glyf"][glyph]
    outline.coordinates.translate((shift, 0))
    outline.recalcBounds(font["glyf"])
    font["hmtx"][glyph] = width, left + shift


def cut_faces(body: str) -> Iterator[tuple[Face, bytes]]:
    """Each face that the text of a page needs, cut down to the characters it needs."""
    text = set(unescape(_TAG.sub("", _MATH.sub("", body))) + ALWAYS)
    typed = set(unescape(_TAG.sub("", "".join(_CODE.findall(body)))))
    for face in FACES:
        han = face.family == "Derive Han"
        needed = typed if face.family == "Derive Code" else text
        wanted = "".join(sorted(c for c in needed if (ord(c) >= _HAN_FROM) == han))
        if wanted:
            carrier = face.carrier
            # Pango draws what is invisible with the space of the font at hand.
            cut = subset_font(
                carrier.file(), wanted + " ", index=carrier.index, axes=dict(carrier.axes)
            )
            yield face, _tightened(cut) if han and _ADJOINING.search(body) else cut


def _tightened(font: bytes) -> bytes:
    """Chinese punctuation set tight where two signs meet, by kerning.

    Each takes the square of an ideograph and is drawn in one half of it. Of two that meet the one
    gives up the half that is empty between them (CLREQ, section 3.1.6.1; OpenType's `chws` asks
    for the same, which these fonts have not).
    """
    loaded = TTFont(BytesIO(font), recalcTimestamp=False, recalcBBoxes=False)
    glyphs = loaded.getBestCmap()
    closing, opening = (
        " ".join(glyphs[ord(sign)] for sign in signs if ord(sign) in glyphs)
        for signs in (_CLOSING, _OPENING)
    )
    half = loaded["head"].unitsPerEm // 2
    pairs = [
        f"pos [{first}] [{second}] -{half};"
        for first, second in ((closing, f"{closing} {opening}"), (opening, opening))
        if first and second.strip()
    ]
    kerning = "\n".join(f"lookup L{n} {{ {pair} }} L{n};" for n, pair in enumerate(pairs))
    addOpenTypeFeaturesFromString(loaded, f"feature kern {{ {kerning} }} kern;", {"GPOS"})
    return _saved(loaded)


def woff(font: bytes) -> bytes:
    """The font compressed for a page, without the time of its making."""
    loaded = TTFont(BytesIO(font), recalcTimestamp=False, recalcBBoxes=False)
    loaded.flavor = "woff"
    return _saved(loaded)


def renamed(font: bytes, family: str) -> bytes:
    """The font under another family name, so that no installed font takes its place."""
    loaded = TTFont(BytesIO(font), recalcTimestamp=False, recalcBBoxes=False)
    names = {1: family, 4: family, 6: family.replace(" ", "-"), 16: family}
    table = loaded["name"]
    table.names = [record for record in table.names if record.nameID not in names]
    for name_id, name in names.items():
        table.setName(name, name_id, 3, 1, 0x409)
    _count_characters(loaded)
    return _saved(loaded)


def _count_characters(font: TTFont) -> None:
    """Make the CIDs of a CFF font the numbers of its glyphs.

    WeasyPrint writes glyph numbers; where a font has CIDs, those are what a PDF's text is made of
    (ISO 32000-2, 9.7.4.2). Some readers forgive the difference, others draw nothing.
    """
    if "CFF " not in font:
        return
    top = font["CFF "].cff.topDictIndex[0]
    if not hasattr(top, "ROS"):
        return
    count = len(top.charset)
    top.charset = [".notdef", *(f"cid{n:05d}" for n in range(1, count))]
    top.CharStrings.charStrings = {name: n for n, name in enumerate(top.charset)}
    font.setGlyphOrder(top.charset)


def _saved(font: TTFont) -> bytes:
    out = BytesIO()
    font.save(out)
    return out.getvalue()
