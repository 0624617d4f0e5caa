"""The fonts that come with the package, found in the packages that carry them.

Text is set in Source Serif 4 and Noto Serif SC; strong Chinese in Noto Sans SC, as Chinese books
set 宋体 for text and 黑体 for emphasis; mathematics in STIX Two Math.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path

from derive.errors import SystemFaultError


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
MATH = Carrier("ziamath", "fonts/STIXTwoMath-Regular.ttf")


@dataclass(frozen=True)
class Face:
    """One @font-face of a page: family, weight, style and where the font lies."""

    family: str
    weight: int
    style: str
    carrier: Carrier


FACES = (
    Face("Derive Latin", 400, "normal", Carrier("fontpkg_source_serif_4", _LATIN, 0, {"wght": 400})),
    Face("Derive Latin", 700, "normal", Carrier("fontpkg_source_serif_4", _LATIN, 0, {"wght": 650})),
    Face("Derive Latin", 400, "italic", Carrier("fontpkg_source_serif_4", _LATIN_ITALIC, 0, {"wght": 400})),
    Face("Derive Han", 400, "normal", Carrier("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf")),
    Face("Derive Han", 700, "normal", Carrier("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", 2, {"wght": 700})),
)  # fmt: skip
