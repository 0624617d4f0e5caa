"""What mathematics costs in a PDF: seconds, size and memory, beside the same text without any.

The document has N displayed and 2N inline equations among Chinese and English prose. Each way of
making it runs in a process of its own; seconds are those from the HTML to the PDF's bytes, memory
is the peak of the process. Medians.

Where they are installed, other programs make the same pages in the same fonts: Typst, XeLaTeX
(twice, as the number of pages takes) and Chromium. Theirs are the seconds of the whole command,
and the memory of its largest process.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

from derive.writers.fonts import FACES, MATH, cut_faces

ROUNDS = 3
SIZES = (50, 500, 2000)
WAYS = ("without", "with")
CHAPTERS = 10


class Equation(NamedTuple):
    """One equation in the language of each program; `{n}` is a number that differs."""

    mathml: str
    tex: str
    typst: str


DISPLAYS = (
    Equation(
        "<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>{n}</mn>"
        "</msub></mrow></mfrac><mo>=</mo><mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo>"
        "<mi>𝑜𝑢𝑡</mi></mrow></mfrac><mo>·</mo><mfrac><mrow><mo>∂</mo><mi>𝑜𝑢𝑡</mi></mrow><mrow>"
        "<mo>∂</mo><mi>𝑛𝑒𝑡</mi></mrow></mfrac><mo>=</mo><mn>0.74136507</mn><mo>×</mo>"
        "<mn>0.186815602</mn><mo>=</mo><mn>0.1384985{n}</mn>",
        r"\frac{\partial E}{\partial w_{{n}}}=\frac{\partial E}{\partial\mathit{out}}\cdot"
        r"\frac{\partial\mathit{out}}{\partial\mathit{net}}=0.74136507\times 0.186815602"
        "=0.1384985{n}",
        '(partial E)/(partial w_{n}) = (partial E)/(partial italic("out")) dot '
        '(partial italic("out"))/(partial italic("net")) = 0.74136507 times 0.186815602 '
        "= 0.1384985{n}",
    ),
    Equation(
        "<mi>E</mi><mo>=</mo><munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow>"
        "<mi>n</mi></munderover><mfrac><mn>1</mn><mn>2</mn></mfrac><msup><mrow><mo>(</mo><msub>"
        "<mi>t</mi><mi>k</mi></msub><mo>−</mo><msub><mi>o</mi><mi>k</mi></msub><mo>)</mo></mrow>"
        "<mn>2</mn></msup>",
        r"E=\sum_{k=1}^n\frac12\left(t_k-o_k\right)^2",
        "E = sum_(k=1)^n 1/2 (t_k - o_k)^2",
    ),
    Equation(
        "<msub><mi>𝑜𝑢𝑡</mi><mn>{n}</mn></msub><mo>=</mo><mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo>"
        "<msup><mi>e</mi><mrow><mo>−</mo><mi>𝑛𝑒𝑡</mi></mrow></msup></mrow></mfrac><mo>=</mo>"
        "<mn>0.59326999{n}</mn>",
        r"\mathit{out}_{{n}}=\frac{1}{1+e^{-\mathit{net}}}=0.59326999{n}",
        'italic("out")_{n} = 1/(1 + e^(-italic("net"))) = 0.59326999{n}',
    ),
    Equation(
        "<mi>σ</mi><mo>=</mo><msqrt><mrow><mfrac><mn>1</mn><mi>n</mi></mfrac><munder><mo>∑</mo>"
        "<mi>i</mi></munder><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></mrow></msqrt>",
        r"\sigma=\sqrt{\frac1n\sum_i x_i^2}",
        "sigma = sqrt(1/n sum_i x_i^2)",
    ),
    Equation(
        "<mrow><mo>[</mo><mtable><mtr><mtd><mn>0.15</mn></mtd><mtd><mn>0.20</mn></mtd></mtr><mtr>"
        "<mtd><mn>0.25</mn></mtd><mtd><mn>0.{n}</mn></mtd></mtr></mtable><mo>]</mo></mrow>",
        r"\begin{bmatrix}0.15&0.20\\0.25&0.{n}\end{bmatrix}",
        'mat(delim: "[", 0.15, 0.20; 0.25, 0.{n})',
    ),
)
INLINES = (
    Equation("<msub><mi>w</mi><mn>{n}</mn></msub>", "w_{{n}}", "w_{n}"),
    Equation(
        "<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><mi>𝑛𝑒𝑡</mi></mrow></mfrac>",
        r"\frac{\partial E}{\partial\mathit{net}}",
        '(partial E)/(partial italic("net"))',
    ),
)
CHINESE = (
    "误差先对 {} 求导，再乘以前一层的输出，就得到这个权重的梯度；前面求得的误差项在这里直接使用，"
    "不必重新计算。各条路径传回的误差相加，便是该神经元的总误差："
)
ENGLISH = (
    "The error is differentiated with respect to {}, then multiplied by the output of the layer "
    "before, which gives the gradient of this weight. The error terms found before are used again "
    "here, and what comes back along every path adds up:"
)
STYLE = """
@page { size: A4; margin: 22mm; @bottom-right { content: counter(page) " / " counter(pages) } }
html { font: 10pt/1.6 "Derive Latin", "Derive Han" } h2 { bookmark-level: 1 }
.formula img { break-inside: avoid }
"""


TEX = r"""
\documentclass[10pt]{article}
\usepackage[a4paper,margin=22mm]{geometry}
\usepackage{amsmath,fontspec,unicode-math,fancyhdr}
\setmainfont{latin.otf}[Path=./,BoldFont=latin-bold.otf]
\setmathfont{math.ttf}[Path=./]
\newfontfamily\han{han.otf}[Path=./]
\newfontfamily\hanbold{han-bold.otf}[Path=./]
\pagestyle{fancy}\fancyhf{}\renewcommand\headrulewidth{0pt}\rfoot{\thepage\ / \pageref{last}}
\linespread{1.33}\setlength\parindent{0pt}\setlength\parskip{10pt}\raggedright
\XeTeXlinebreaklocale "zh" \XeTeXlinebreakskip=0pt plus 1pt
\begin{document}
"""
TYPST = """
#set page(paper: "a4", margin: 22mm, numbering: "1 / 1", number-align: right)
#set text(font: ("Source Serif 4", "Noto Serif SC"), size: 10pt)
#set par(leading: 0.9em, spacing: 1.2em)
#show math.equation: set text(font: "STIX Two Math")
#show math.equation.where(block: true): set align(left)
"""


def chapters(count: int) -> Iterator[list[tuple[int, Equation, Equation, Equation]]]:
    """What each chapter has: (number, the two inline equations, the displayed one)."""
    for chapter in range(CHAPTERS):
        first, last = chapter * count // CHAPTERS, (chapter + 1) * count // CHAPTERS
        yield [(n, *INLINES, DISPLAYS[n % len(DISPLAYS)]) for n in range(first, last)]


def document(count: int, *, maths: bool) -> tuple[str, dict[str, bytes]]:
    """HTML of `count` displayed and twice as many inline equations, and the fonts of its text."""

    def formula(equation: Equation, n: int, *, display: bool) -> str:
        inside = equation.mathml.replace("{n}", str(n))
        if maths:
            kind = ' display="block"' if display else ""
            return f'<math{kind} alttext="{n}">{inside}</math>'
        plain = "".join(piece.partition(">")[2] for piece in inside.split("<"))
        return f"<div>{plain}</div>" if display else plain

    parts = []
    for number, chapter in enumerate(chapters(count), 1):
        lines = [f"<section><h2>第 {number} 章 Chapter {number}</h2>"]
        for n, first, second, display in chapter:
            one = formula(first, 2 * n, display=False)
            other = formula(second, 2 * n + 1, display=False)
            lines.append(f"<p lang='zh-Hans'>{CHINESE.format(one)}</p>")
            lines.append(f"<p lang='en'>{ENGLISH.format(other)}</p>")
            lines.append(formula(display, n, display=True))
        parts.append("".join(lines) + "</section>")
    body = "".join(parts)
    files, faces = {}, ""
    for number, (face, font) in enumerate(cut_faces(body)):
        files[f"memory:{number}"] = font
        faces += (
            f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
            f"font-style:{face.style};src:url(memory:{number})}}"
        )
    head = f"<html lang='zh'><title>Benchmark</title><style>{faces}{STYLE}</style><body>"
    return f"<!DOCTYPE html>{head}{body}</body></html>", files


def in_tex(count: int) -> str:
    """The same document for XeLaTeX."""
    lines = [TEX]
    for number, chapter in enumerate(chapters(count), 1):
        lines.append(rf"\section*{{{{\hanbold 第}} {number} {{\hanbold 章}} Chapter {number}}}")
        for n, first, second, display in chapter:
            one, other = (f"${equation.tex}$" for equation in (first, second))
            lines.append(rf"{{\han {CHINESE.format(one.replace('{n}', str(2 * n)))}\par}}")
            lines.append(rf"{ENGLISH.format(other)}\par")
            lines.append(rf"$\displaystyle {display.tex.replace('{n}', str(n))}$\par")
    return "\n".join([*lines, r"\label{last}\end{document}"])


def in_typst(count: int) -> str:
    """The same document for Typst."""
    lines = [TYPST]
    for number, chapter in enumerate(chapters(count), 1):
        lines.append(f"== 第 {number} 章 Chapter {number}")
        for n, first, second, display in chapter:
            one, other = (f"${equation.typst}$" for equation in (first, second))
            lines.append(f'#text(lang: "zh")[{CHINESE.format(one.replace("{n}", str(2 * n)))}]')
            lines.append(f'#text(lang: "en")[{ENGLISH.format(other)}]')
            lines.append(f"$ {display.typst.replace('{n}', str(n))} $")
    return "\n\n".join(lines)


def make(way: str, count: int, place: Path) -> None:
    """Make the document one way, and print what it took as JSON."""
    from derive.typeset import write_pdf

    html, files = document(count, maths=way != "without")
    han = next(face for face in FACES if face.family == "Derive Han")
    start = time.perf_counter()
    data = write_pdf(
        html,
        math_font=MATH.file(),
        family="Derive Math",
        measure=40,
        fallback_fonts={han.family: han.carrier.file()},
        files=files,
    )
    took = time.perf_counter() - start
    place.write_bytes(data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = {"seconds": took, "bytes": len(data), "memory": peak * 1024}
    print(json.dumps(result))


def by_typst(count: int, folder: Path) -> list[list[str]] | None:
    """Commands that make the document with Typst; None where there is none."""
    if find_spec("typst") is None:
        return None
    (folder / "typst.typ").write_text(in_typst(count), "utf-8")
    call = "import typst; typst.compile('typst.typ', output='typst.pdf', font_paths=['.'])"
    return [[sys.executable, "-c", call]]


def by_xelatex(count: int, folder: Path) -> list[list[str]] | None:
    """The same with XeLaTeX."""
    if shutil.which("xelatex") is None:
        return None
    (folder / "xelatex.tex").write_text(in_tex(count), "utf-8")
    return [["xelatex", "-interaction=batchmode", "-halt-on-error", "xelatex.tex"]] * 2


def by_chromium(count: int, folder: Path) -> list[list[str]] | None:
    """The same with headless Chromium."""
    browser = shutil.which("chromium")
    if browser is None:
        return None
    html, files = document(count, maths=True)
    for url, font in files.items():
        html = html.replace(url, f"data:font/otf;base64,{base64.b64encode(font).decode()}")
    (folder / "chromium.html").write_text(html, "utf-8")
    return [[
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={folder / 'chromium.pdf'}",
        (folder / "chromium.html").as_uri(),
    ]]  # fmt: skip


OTHERS = {"Typst": by_typst, "XeLaTeX": by_xelatex, "Chromium": by_chromium}


def made_by(way: str, count: int, folder: Path) -> dict[str, float] | None:
    """What another program took; None where it is not installed."""
    commands = OTHERS[way](count, folder)
    if commands is None:
        return None
    start, peak = time.perf_counter(), 0
    for command in commands:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        peak = max(peak, used.ru_maxrss * 1024)
    took = time.perf_counter() - start
    return {
        "seconds": took, "bytes": (folder / f"{way.lower()}.pdf").stat().st_size, "memory": peak,
    }  # fmt: skip


def put_fonts(folder: Path) -> None:
    """The fonts of the document where other programs find them."""
    _, files = document(len(DISPLAYS), maths=True)
    names = ("latin", "latin-bold", "latin-italic", "han", "han-bold")
    for name, font in zip(names, files.values(), strict=True):
        (folder / f"{name}.otf").write_bytes(font)
    shutil.copy(MATH.file(), folder / "math.ttf")


def made_here(way: str, count: int, folder: Path) -> dict[str, float]:
    """What one of our own ways took, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.typesetting", way, str(count)]
    out = subprocess.run([*command, str(folder / "out.pdf")], check=True, capture_output=True)
    found: dict[str, float] = json.loads(out.stdout)
    return found


def main() -> None:
    """Print a table for each size; the ratios are to the same document without maths."""
    print(f"{'displays':>8}  {'way':<12}{'seconds':>9}{'MB':>7}{'peak MB':>9}   ratios")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        put_fonts(folder)
        for count in SIZES:
            measured: dict[str, list[dict[str, float]]] = {}
            for _ in range(ROUNDS):
                for way in (*WAYS, *OTHERS):
                    made = made_by if way in OTHERS else made_here
                    one = made(way, count, folder)
                    if one is not None:
                        measured.setdefault(way, []).append(one)
            base: dict[str, float] = {}
            for way, rounds in measured.items():
                middle = {key: median(r[key] for r in rounds) for key in rounds[0]}
                base = base or middle
                _print(count, way, middle, base)


def _print(count: int, way: str, one: dict[str, float], base: dict[str, float]) -> None:
    ratios = " ".join(f"{one[key] / base[key]:.2f}" for key in ("seconds", "bytes", "memory"))
    print(
        f"{count:>8}  {way:<12}{one['seconds']:>9.2f}{one['bytes'] / 1e6:>7.2f}"
        f"{one['memory'] / 1e6:>9.0f}   {ratios}"
    )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        make(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
