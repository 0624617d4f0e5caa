"""Formulas written twice: as TeX writes them, and in MathML."""

from __future__ import annotations


def _mi(letters: str) -> str:
    return "".join(f"<mi>{letter}</mi>" for letter in letters)


def _frac(above: str, below: str) -> str:
    return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"


def _sub(base: str, index: str) -> str:
    return f"<msub><mi>{base}</mi>{index}</msub>"


def _words(base: str, index: str = "") -> str:
    return _sub(base, f"<mrow>{index}</mrow>") if index else f"<mi>{base}</mi>"


OUT, NET = "𝑜𝑢𝑡", "𝑛𝑒𝑡"
O1, H1 = "<mi>o</mi><mn>1</mn>", "<mi>h</mi><mn>1</mn>"
DE = '<mo form="prefix">∂</mo><mi>E</mi>'
MINUS = '<mo form="prefix">−</mo>'


def _d(what: str) -> str:
    return f'<mo form="prefix">∂</mo>{what}'


def _bracket(inside: str, *, grows: bool = False) -> str:
    said = "true" if grows else "false"
    return (
        f'<mrow><mo form="prefix" stretchy="{said}">(</mo>{inside}'
        f'<mo form="postfix" stretchy="{said}">)</mo></mrow>'
    )


def _squared(what: str) -> str:
    return f"<msup>{what}<mn>2</mn></msup>"


FORMULAS: dict[str, tuple[str, str]] = {
    "half-square": (
        r"E_{o1}=\frac{1}{2}(t_{o1}-\symit{out}_{o1})^2",
        _words("E", O1) + "<mo>=</mo>" + _frac("<mn>1</mn>", "<mn>2</mn>")
        + _squared(_bracket(_words("t", O1) + "<mo>−</mo>" + _words(OUT, O1))),
    ),
    "chain": (
        r"\frac{\partial E}{\partial w_5}=\frac{\partial E}{\partial \symit{out}_{o1}}"
        r"\cdot\frac{\partial \symit{out}_{o1}}{\partial \symit{net}_{o1}}\times x",
        _frac(DE, _d(_sub("w", "<mn>5</mn>"))) + "<mo>=</mo>" + _frac(DE, _d(_words(OUT, O1)))
        + "<mo>⋅</mo>" + _frac(_d(_words(OUT, O1)), _d(_words(NET, O1)))
        + "<mo>×</mo><mi>x</mi>",
    ),
    "numbers": (
        r"0.15\times0.05+0.20\cdot(-0.10)=8.5\times10^{-8}",
        "<mn>0.15</mn><mo>×</mo><mn>0.05</mn><mo>+</mo><mn>0.20</mn><mo>⋅</mo>"
        + _bracket(f"{MINUS}<mn>0.10</mn>")
        + f"<mo>=</mo><mn>8.5</mn><mo>×</mo><msup><mn>10</mn><mrow>{MINUS}<mn>8</mn></mrow></msup>",
    ),
    "index-and-power": (
        r"1-\symit{out}_{h1}^2+\beta_2^t-w_7^2",
        "<mn>1</mn><mo>−</mo>" + _squared(_words(OUT, H1)) + "<mo>+</mo><msup>"
        + _sub("β", "<mn>2</mn>") + "<mi>t</mi></msup><mo>−</mo>"
        + _squared(_sub("w", "<mn>7</mn>")),
    ),
    "update": (
        r"w_7-\eta\cdot\frac{\partial E}{\partial w_7}",
        _sub("w", "<mn>7</mn>") + "<mo>−</mo><mi>η</mi><mo>⋅</mo>"
        + _frac(DE, _d(_sub("w", "<mn>7</mn>"))),
    ),
    "sigmoid": (
        r"\frac{1}{1+e^{-\symit{net}}}=-\frac{a}{b}x\frac{c}{d}\frac{a}{d}",
        _frac("<mn>1</mn>", f"<mn>1</mn><mo>+</mo><msup><mi>e</mi><mrow>{MINUS}<mi>{NET}</mi>"
        "</mrow></msup>") + f"<mo>=</mo>{MINUS}" + _frac(_mi("a"), _mi("b")) + _mi("x")
        + _frac(_mi("c"), _mi("d")) + _frac(_mi("a"), _mi("d")),
    ),
    "grown-bracket": (
        r"2\left(\frac{a}{b}\right)^2+y\left(\frac{a}{b}\right)(c)",
        "<mn>2</mn>" + _squared(_bracket(_frac(_mi("a"), _mi("b")), grows=True))
        + "<mo>+</mo><mi>y</mi>" + _bracket(_frac(_mi("a"), _mi("b")), grows=True)
        + _bracket(_mi("c")),
    ),
    "sum": (
        r"E=\sum_k a_k(b,c)+\sum_k d",
        "<mi>E</mi><mo>=</mo><munder><mo>∑</mo><mi>k</mi></munder>" + _sub("a", _mi("k"))
        + _bracket("<mi>b</mi><mo>,</mo><mi>c</mi>")
        + "<mo>+</mo><munder><mo>∑</mo><mi>k</mi></munder><mi>d</mi>",
    ),
    "in-scripts": (
        r"x^{a+b=c}+y_{i,j}+x^{\frac{a}{b}}",
        "<msup><mi>x</mi><mrow><mi>a</mi><mo>+</mo><mi>b</mi><mo>=</mo><mi>c</mi></mrow></msup>"
        "<mo>+</mo>" + _sub("y", "<mrow><mi>i</mi><mo>,</mo><mi>j</mi></mrow>")
        + "<mo>+</mo><msup><mi>x</mi>" + _frac(_mi("a"), _mi("b")) + "</msup>",
    ),
    "root": (
        r"\sqrt{x}+\sqrt{\frac{a}{b}}",
        "<msqrt><mi>x</mi></msqrt><mo>+</mo><msqrt>" + _frac(_mi("a"), _mi("b")) + "</msqrt>",
    ),
    "samples": (
        r"\delta_{o1}^{(1)}\symit{out}_{h1}^{(1)}+w_7^+",
        "<msubsup><mi>δ</mi><mrow>" + O1 + "</mrow>" + _bracket("<mn>1</mn>")
        + f"</msubsup><msubsup><mi>{OUT}</mi><mrow>" + H1 + "</mrow>" + _bracket("<mn>1</mn>")
        + '</msubsup><mo>+</mo><msubsup><mi>w</mi><mn>7</mn><mo form="postfix">+</mo></msubsup>',
    ),
}  # fmt: skip
"""By name: in TeX with unicode-math, and what stands in the element `math`."""

ALIGNED = (
    r"\begin{aligned}w_7&=a\\&=b+c\end{aligned}",
    '<mtable displaystyle="true" columnalign="right left"><mtr><mtd>' + _sub("w", "<mn>7</mn>")
    + "</mtd><mtd><mo>=</mo><mi>a</mi></mtd></mtr><mtr><mtd></mtd><mtd><mo>=</mo><mi>b</mi>"
    "<mo>+</mo><mi>c</mi></mtd></mtr></mtable>",
)  # fmt: skip
"""Lines that are aligned; their distance is the document's, and not TeX's."""
