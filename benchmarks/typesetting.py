"""What mathematics costs in a PDF: seconds, size and memory, beside the same text without any.

The document has N displayed and 2N inline equations among Chinese and English prose. Each way of
making it runs in a process of its own; seconds are those from the HTML to the PDF's bytes, memory
is the peak of the process, its workers' peaks added. Medians.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from derive.writers.fonts import FACES, MATH, cut_faces

ROUNDS = 3
SIZES = (50, 500, 2000)
WAYS = ("without", "one process", "parallel")
CHAPTERS = 10

DISPLAYS = (
    "<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>{n}</mn></msub>"
    "</mrow></mfrac><mo>=</mo><mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><mi>𝑜𝑢𝑡</mi>"
    "</mrow></mfrac><mo>·</mo><mfrac><mrow><mo>∂</mo><mi>𝑜𝑢𝑡</mi></mrow><mrow><mo>∂</mo><mi>𝑛𝑒𝑡</mi>"
    "</mrow></mfrac><mo>=</mo><mn>0.74136507</mn><mo>×</mo><mn>0.186815602</mn><mo>=</mo>"
    "<mn>0.1384985{n}</mn>",
    "<mi>E</mi><mo>=</mo><munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow>"
    "<mi>n</mi></munderover><mfrac><mn>1</mn><mn>2</mn></mfrac><msup><mrow><mo>(</mo><msub><mi>t</mi>"
    "<mi>k</mi></msub><mo>−</mo><msub><mi>o</mi><mi>k</mi></msub><mo>)</mo></mrow><mn>2</mn></msup>",
    "<msub><mi>𝑜𝑢𝑡</mi><mn>{n}</mn></msub><mo>=</mo><mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><msup>"
    "<mi>e</mi><mrow><mo>−</mo><mi>𝑛𝑒𝑡</mi></mrow></msup></mrow></mfrac><mo>=</mo><mn>0.59326999{n}</mn>",
    "<mi>σ</mi><mo>=</mo><msqrt><mrow><mfrac><mn>1</mn><mi>n</mi></mfrac><munder><mo>∑</mo><mi>i</mi>"
    "</munder><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></mrow></msqrt>",
    "<mrow><mo>[</mo><mtable><mtr><mtd><mn>0.15</mn></mtd><mtd><mn>0.20</mn></mtd></mtr><mtr><mtd>"
    "<mn>0.25</mn></mtd><mtd><mn>0.{n}</mn></mtd></mtr></mtable><mo>]</mo></mrow>",
)
INLINES = (
    "<msub><mi>w</mi><mn>{n}</mn></msub>",
    "<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><mi>𝑛𝑒𝑡</mi></mrow></mfrac>",
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


def document(count: int, *, maths: bool) -> tuple[str, dict[str, bytes]]:
    """HTML of `count` displayed and twice as many inline equations, and the fonts of its text."""

    def formula(template: str, n: int, *, display: bool) -> str:
        inside = template.replace("{n}", str(n))
        if maths:
            kind = ' display="block"' if display else ""
            return f'<math{kind} alttext="{n}">{inside}</math>'
        plain = "".join(piece.partition(">")[2] for piece in inside.split("<"))
        return f"<div>{plain}</div>" if display else plain

    parts = []
    for chapter in range(CHAPTERS):
        lines = [f"<!--part--><section><h2>第 {chapter + 1} 章 Chapter {chapter + 1}</h2>"]
        for n in range(chapter * count // CHAPTERS, (chapter + 1) * count // CHAPTERS):
            first, second = (
                formula(template, 2 * n + k, display=False) for k, template in enumerate(INLINES)
            )
            lines.append(f"<p lang='zh-Hans'>{CHINESE.format(first)}</p>")
            lines.append(f"<p lang='en'>{ENGLISH.format(second)}</p>")
            lines.append(formula(DISPLAYS[n % len(DISPLAYS)], n, display=True))
        parts.append("".join(lines) + "</section>")
    body = "".join(parts) + "<!--part-->"
    files, faces = {}, ""
    for number, (face, font) in enumerate(cut_faces(body)):
        files[f"memory:{number}"] = font
        faces += (
            f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
            f"font-style:{face.style};src:url(memory:{number})}}"
        )
    head = f"<html lang='zh'><title>Benchmark</title><style>{faces}{STYLE}</style><body>"
    return f"<!DOCTYPE html>{head}{body}</body></html>", files


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
        processes=2 if way == "parallel" else 1,
    )
    took = time.perf_counter() - start
    place.write_bytes(data)
    own, workers = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    result = {"seconds": took, "bytes": len(data), "memory": (own + 2 * workers) * 1024}
    print(json.dumps(result))


def printed_by_chromium(count: int, folder: Path) -> dict[str, float] | None:
    """The same HTML printed by headless Chromium, start included; None where there is none."""
    browser = shutil.which("chromium")
    if browser is None:
        return None
    html, _ = document(count, maths=True)
    source, place = folder / "chromium.html", folder / "chromium.pdf"
    source.write_text(html, "utf-8")
    start = time.perf_counter()
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={place}", source.as_uri(),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {"seconds": time.perf_counter() - start, "bytes": place.stat().st_size, "memory": 0}


def main() -> None:
    """Print a table for each size; the ratios are to the same document without maths."""
    print(f"{'displays':>8}  {'way':<12}{'seconds':>9}{'MB':>7}{'peak MB':>9}   ratios")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in SIZES:
            measured: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way in WAYS:
                    command = [sys.executable, "-m", "benchmarks.typesetting", way, str(count)]
                    out = subprocess.run(
                        [*command, str(folder / "out.pdf")], check=True, capture_output=True
                    )
                    measured[way].append(json.loads(out.stdout))
            base: dict[str, float] = {}
            for way, rounds in measured.items():
                one = {key: median(r[key] for r in rounds) for key in rounds[0]}
                base = base or one
                _print(count, way, one, base)
            chromium = printed_by_chromium(count, folder)
            if chromium:
                _print(count, "Chromium", chromium, base)


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
