"""Measures the equations in headless Chromium, the independent judge of the layout.

`python -m tests.typeset.measure_chromium` writes `chromium.json` again, beside this file: for
every equation the width, height and depth of its element `math` in px at a font size of 16 px,
with the fonts that the tests give the layout. A device scale of 10 makes Chromium's rounding to
whole device pixels a tenth of what it is on a screen.

The page asks for two things that browsers leave to it: `ssty` alternates by script level
(`font-feature-settings`), and the spaces that MathML 3's `columnspacing` and `rowspacing` name
(the padding of cells).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.typeset.equations import EQUATIONS
from tests.typeset.fonts import HAN, MATH

NUMBERS = Path(__file__).with_name("chromium.json")
FONT_SIZE = 16
DEVICE_SCALE = 10

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
@font-face {{ font-family: "The Maths"; src: url({math}); }}
@font-face {{ font-family: "The Han"; src: url({han}); }}
math {{ font-family: "The Maths", "The Han"; font-size: {size}px; }}
p {{ width: 8000px; }}
math {{ width: max-content; }}
i {{ display: inline-block; width: 0; height: 0; }}
</style><body>{body}</body></html>"""

_IN_LINE = ('display="block"', 'displaystyle="true"')
_PREPARE = """
const done = arguments[0];
for (const one of document.querySelectorAll("math *")) {
  const level = parseInt(getComputedStyle(one).mathDepth);
  if (level > 0) one.style.fontFeatureSettings = `"ssty" ${Math.min(level, 2)}`;
}
for (const table of document.querySelectorAll("mtable")) {
  const rows = [...table.children];
  const words = name => table.getAttribute(name)?.split(" ");
  const columns = words("columnspacing"), lines = words("rowspacing");
  const gap = (list, n) => `calc(${list[Math.min(n, list.length - 1)]} / 2)`;
  rows.forEach((row, r) => [...row.children].forEach((cell, c) => {
    if (columns) {
      cell.style.paddingLeft = c ? gap(columns, c - 1) : "0";
      cell.style.paddingRight = c < row.children.length - 1 ? gap(columns, c) : "0";
    }
    if (lines) {
      cell.style.paddingTop = r ? gap(lines, r - 1) : "0";
      cell.style.paddingBottom = r < rows.length - 1 ? gap(lines, r) : "0";
    }
  }));
}
document.fonts.load('16px "The Maths"').then(() => document.fonts.load('16px "The Han"', "学"))
  .then(() => document.fonts.ready).then(() => done(document.fonts.size));
"""
_MEASURE = """
return [...document.querySelectorAll("p")].map(line => {
  const box = line.querySelector("math").getBoundingClientRect();
  const baseline = line.querySelector("i").getBoundingClientRect().bottom;
  return [box.width, baseline - box.top, box.bottom - baseline];
});
"""


def browser() -> Any:
    """Headless Chromium; the caller quits it.

    Raises:
        LookupError: Chromium or its driver is not installed.
    """
    from selenium import webdriver

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        raise LookupError("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
        f"--force-device-scale-factor={DEVICE_SCALE}",
    ):  # fmt: skip
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


def measured(equations: dict[str, str]) -> tuple[str, dict[str, list[float]]]:
    """Chromium's version, and (width, height, depth) in px of each equation."""
    # A display formula is measured as a box in a line: its baseline is the line's.
    lines = "".join(
        "<p><i></i>" + one.replace(*_IN_LINE, 1) + "</p>\n" for one in equations.values()
    )
    page = _PAGE.format(math=MATH.as_uri(), han=HAN.as_uri(), size=FONT_SIZE, body=lines)
    found = browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "equations.html"
            file.write_text(page, encoding="utf-8")
            found.get(file.as_uri())
            if found.execute_async_script(_PREPARE) != 2:
                raise RuntimeError("the fonts were not loaded")
            boxes = found.execute_script(_MEASURE)
        version = found.capabilities["browserVersion"]
    finally:
        found.quit()
    sizes = {
        name: [round(side, 3) for side in box] for name, box in zip(equations, boxes, strict=True)
    }
    return version, sizes


def main() -> None:
    """Write the numbers."""
    version, sizes = measured(EQUATIONS)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(box)}" for name, box in sizes.items())
    NUMBERS.write_text(
        f'{{"chromium": "{version}", "font": "{MATH.name}", "sizes": {{\n{lines}\n}}}}\n',
        encoding="utf-8",
    )
    print(f"{len(sizes)} equations measured in Chromium {version}")


if __name__ == "__main__":
    main()
