"""Measures formulas in XeLaTeX, which sets them in the same font by the same MATH table.

`python -m tests.typeset.measure_xetex` writes `xetex.json` again, beside this file: of every
formula its glyphs, each by its number in the font, with its place and its size in ems. It needs
XeLaTeX with unicode-math (Debian's `texlive-xetex` and `texlive-latex-recommended`) and `mutool`.
XeTeX's own space after scripts is set to the font's, which LuaTeX takes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.typeset.compare import font
from tests.typeset.fonts import MATH
from tests.typeset.formulas_of_tex import ALIGNED, FORMULAS

NUMBERS = Path(__file__).with_name("xetex.json")
SIZE = 10.0
"""The size of the text in TeX's points."""
_PAGE = r"""\documentclass[10pt]{{article}}
\usepackage{{amsmath}}\usepackage[math-style=TeX]{{unicode-math}}
\setmathfont{{{name}}}[Path={folder}/]
\pagestyle{{empty}}\parindent0pt\newsavebox\one
\newcommand\formula[1]{{\sbox\one{{$\displaystyle #1$}}%
  \pdfpagewidth=20cm\pdfpageheight=10cm
  \shipout\vbox to 0pt{{\kern5cm\hbox{{\rlap{{\usebox\one}}}}\vss}}}}
\begin{{document}}
\scriptspace={script}em
{shown}
\end{{document}}
"""
Glyph = tuple[int, float, float, float]
"""A glyph's number, its place from the first one's on the line, and its size, in ems."""
_SPAN = re.compile(
    r'trm="([-\d.]+) [^"]*"|<g [^>]*?glyph="(\d+)"[^>]*? x="([-\d.]+)" y="([-\d.]+)"'
)
_POINT = 72 / 72.27


def measured() -> dict[str, list[Glyph]]:
    """XeTeX's glyphs of each formula.

    Raises:
        LookupError: XeLaTeX or mutool is not installed.
        subprocess.CalledProcessError: XeLaTeX refuses the formulas.
    """
    if shutil.which("xelatex") is None or shutil.which("mutool") is None:
        raise LookupError("needs xelatex and mutool")
    formulas = {**{name: tex for name, (tex, _) in FORMULAS.items()}, "aligned": ALIGNED[0]}
    shown = "\n".join(f"\\formula{{{tex}}}" for tex in formulas.values())
    script = font().constant("SPACE_AFTER_SCRIPT")
    page = _PAGE.format(script=script, name=MATH.name, folder=MATH.parent, shown=shown)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "one.tex").write_text(page, encoding="utf-8")
        command = ["xelatex", "-interaction=batchmode", "-halt-on-error", "one.tex"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        traced = subprocess.run(
            ["mutool", "trace", "one.pdf"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
    pages = traced.split("<page ")[1:]
    return {name: _glyphs(page) for name, page in zip(formulas, pages, strict=True)}


def _glyphs(page: str) -> list[Glyph]:
    found: list[Glyph] = []
    em = SIZE * _POINT
    scale = 1.0
    for match in _SPAN.finditer(page):
        if match[1]:
            scale = float(match[1]) / em
        else:
            found.append((int(match[2]), float(match[3]) / em, float(match[4]) / em, scale))
    return placed(found)


def placed(glyphs: Iterable[Glyph]) -> list[Glyph]:
    """Glyphs by their numbers and places, which are told from the leftmost one's."""
    found = list(glyphs)
    _, left, low, _ = min(found, key=lambda one: (round(one[1], 2), one[2]))
    return sorted((g, round(x - left, 3), round(y - low, 3), round(s, 2)) for g, x, y, s in found)


def main() -> None:
    """Write the numbers."""
    found = measured()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    NUMBERS.write_text(f'{{"font": "{MATH.name}", "glyphs": {{\n{lines}\n}}}}\n', "utf-8")
    print(f"{len(found)} formulas measured in XeLaTeX")


if __name__ == "__main__":
    main()
