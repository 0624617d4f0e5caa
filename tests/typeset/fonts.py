"""The fonts that the layout's tests set in: those that the package depends on."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def _inside(package: str, pattern: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    return next(Path(found.origin).parent.rglob(pattern))


MATH = _inside("ziamath", "STIXTwoMath-Regular.ttf")
HAN = _inside("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf")
DEJAVU = _inside("ziafont", "DejaVuSans.ttf")
"""Has Arabic and Hebrew letters; comes with what brings the maths font."""
