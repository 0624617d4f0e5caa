"""The equations that are set both here and in Chromium: name to MathML, of every kind."""

from __future__ import annotations

from derive.typeset.letters import variant

MATRIX = (
    "<mtable><mtr><mtd><mi>𝑎</mi></mtd><mtd><mn>0.25</mn></mtd></mtr>"
    "<mtr><mtd><mn>17</mn></mtd><mtd><mi>𝑓</mi></mtd></mtr></mtable>"
)
TALL = "<mfrac><mrow><mi>𝑎</mi><mo>+</mo><mi>𝑏</mi></mrow><mi>𝑐</mi></mfrac>"
TALLER = f"<mfrac>{TALL}<mfrac><mi>𝑥</mi><mi>𝑦</mi></mfrac></mfrac>"


def display(inner: str) -> str:
    """The same in display style."""
    return f'<math display="block">{inner}</math>'


def inline(inner: str) -> str:
    """The same in a line of text."""
    return f"<math>{inner}</math>"


def row(*parts: str) -> str:
    """Elements in an `mrow`."""
    return f"<mrow>{''.join(parts)}</mrow>"


def mi(*letters: str) -> str:
    """Identifiers side by side.

    Single letters are written as the italic letters that they become: Chromium measures the ink
    of the upright letter where it makes one italic itself (`identifier-slanted-by-mi`).
    """
    return "".join(
        f"<mi>{variant(one, 'italic') if len(one) == 1 else one}</mi>" for one in letters
    )


def mn(number: str) -> str:
    """A number."""
    return f"<mn>{number}</mn>"


def mo(sign: str, attributes: str = "") -> str:
    """An operator."""
    return f"<mo {attributes}>{sign}</mo>" if attributes else f"<mo>{sign}</mo>"


def fenced(left: str, inner: str, right: str) -> str:
    """Something in brackets that grow."""
    return row(mo(left), inner, mo(right))


SUM_KEPT = mo("∑", 'movablelimits="false"')
LIM = mo("lim", 'movablelimits="true"')
BAR = mo("|", 'form="postfix"')
EM = '<mspace width="1em"/>'


def _tokens() -> dict[str, str]:
    x, y = mi("x"), mi("y")
    return {
        "identifier": inline("<mi>x</mi>"),
        "identifier-slanted-by-mi": inline("<mi>f</mi>"),
        "identifier-word": inline(mi("net")),
        "identifier-greek": inline(mi("α", "Γ", "δ", "∂")),
        "identifier-normal": inline('<mi mathvariant="normal">x</mi>'),
        "identifier-alphabets": inline(mi("𝐱", "ℝ", "ℒ", "𝔤", "𝖠", "𝚝")),
        "identifier-italic-word": inline("<mi>𝑛𝑒𝑡</mi>"),
        "number": inline(mn("3.14159")),
        "sum-of-terms": inline(mi("a") + mo("+") + mi("b") + mo("−") + mi("c")),
        "relation-chain": inline(mi("a") + mo("=") + mi("b") + mo("≤") + mi("c") + mo("≈") + y),
        "products": inline(mi("a") + mo("×") + mi("b") + mo("⋅") + mi("c") + mo("∗") + y),
        "hyphen-as-minus": inline(mi("a") + mo("-") + mi("b")),
        "prefix-minus": inline(mo("−") + x),
        "explicit-prefix": inline(x + mo("=") + mo("−", 'form="prefix"') + mn("5")),
        "postfix-factorial": inline(mi("n") + mo("!")),
        "separators": inline(mi("f") + mo("(", 'stretchy="false"') + x + mo(",") + y + mo(";") + x
                             + mo(")", 'stretchy="false"')),
        "differential": inline(mo("∂") + mi("E")),
        "gradient": inline(mo("∇") + mi("f")),
        "arrows": inline(mi("A") + mo("→") + mi("B") + mo("⇒") + mi("C") + mo("↦") + mi("D")),
        "unlisted-operator": inline(x + mo("lim") + y),
        "slash-and-bar": inline(x + mo("/") + y + mo("|", 'stretchy="false"') + x),
        "lspace-rspace": inline(x + mo("+", 'lspace="1em" rspace="0.5em"') + y),
        "zero-spaces": inline(x + mo("=", 'lspace="0" rspace="0"') + y),
        "pixel-spaces": inline(x + mo("=", 'lspace="8px" rspace="4px"') + y),
        "invisible-times": inline(mn("2") + mo("\u2062") + x),
        "apply-function": inline(mi("sin") + mo("\u2061") + x),
        "text": inline("<mtext>for all  words</mtext>" + x),
        "text-no-break-space": inline("<mtext>\u00a0if\u00a0</mtext>" + x),
        "text-chinese": inline("<mtext>学习率</mtext>" + mo("=") + mn("0.5")),
        "string": inline("<ms>abc</ms>"),
        "lone-operator": inline(mo("+")),
        "lone-operator-in-row": inline(x + row(mo("+")) + y),
    }  # fmt: skip


def _fractions() -> dict[str, str]:
    simple = f"<mfrac>{mi('a')}{mi('b')}</mfrac>"
    return {
        "fraction-inline": inline(simple),
        "fraction-display": display(simple),
        "fraction-in-row": display(mi("y") + mo("=") + simple + mo("+") + mn("1")),
        "fraction-long": display(
            f"<mfrac>{row(mi('a'), mo('+'), mi('b'))}{row(mi('x'), mo('−'), mi('y'))}</mfrac>"
        ),
        "fraction-nested-above": display(f"<mfrac>{simple}{mi('c')}</mfrac>"),
        "fraction-nested-below": display(f"<mfrac>{mi('c')}{simple}</mfrac>"),
        "fraction-nested-three": display(f"<mfrac>{TALL}<mfrac>{simple}{mi('q')}</mfrac></mfrac>"),
        "fraction-nested-inline": inline(f"<mfrac>{simple}{simple}</mfrac>"),
        "fraction-continued": display(
            f"<mfrac>{mn('1')}{row(mn('1'), mo('+'), '<mfrac>', mn('1'), mi('x'), '</mfrac>')}"
            "</mfrac>"
        ),
        "fraction-of-deltas": display(
            f"<mfrac>{row(mo('∂'), mi('E'))}{row(mo('∂'), mi('w'))}</mfrac>"
        ),
        "fraction-no-line": display(f'<mfrac linethickness="0">{mi("n")}{mi("k")}</mfrac>'),
        "fraction-no-line-inline": inline(f'<mfrac linethickness="0">{mi("n")}{mi("k")}</mfrac>'),
        "fraction-thick": display(f'<mfrac linethickness="0.2em">{mi("a")}{mi("b")}</mfrac>'),
        "fraction-thick-percent": display(
            f'<mfrac linethickness="300%">{mi("a")}{mi("b")}</mfrac>'
        ),
        "fraction-thick-pixels": display(f'<mfrac linethickness="4px">{mi("a")}{mi("b")}</mfrac>'),
        "fraction-displaystyle": inline(f'<mfrac displaystyle="true">{mi("a")}{mi("b")}</mfrac>'),
        "fraction-squared": display(f"<msup>{simple}{mn('2')}</msup>"),
        "fraction-with-scripts": display(
            f"<mfrac><msup>{mi('x')}{mn('2')}</msup><msub>{mi('y')}{mi('i')}</msub></mfrac>"
        ),
    }


def _scripts() -> dict[str, str]:
    x = mi("x")
    prime = mo("′")
    return {
        "superscript": inline(f"<msup>{x}{mn('2')}</msup>"),
        "subscript": inline(f"<msub>{x}{mi('i')}</msub>"),
        "both-scripts": inline(f"<msubsup>{x}{mi('i')}{mn('2')}</msubsup>"),
        "superscript-display": display(f"<msup>{x}{mn('2')}</msup>"),
        "number-of-bold-figures": inline("<mn>𝟏𝟎</mn>"),
        "superscript-over-index": inline(
            f"<msup><msub>{mi('w')}{mn('7')}</msub>{mn('2')}</msup>"
        ),
        "superscript-slanted": inline(f"<msup>{mi('f')}{mn('2')}</msup>"),
        "scripts-on-slanted": inline(f"<msubsup>{mi('V')}{mi('i')}{mi('j')}</msubsup>"),
        "superscript-nested": inline(f"<msup>{mi('e')}<msup>{x}{mn('2')}</msup></msup>"),
        "subscript-nested": inline(f"<msub>{mi('w')}<msub>{mi('i')}{mn('1')}</msub></msub>"),
        "scripts-three-deep": inline(
            f"<msup>{mi('a')}<msup>{mi('b')}<msup>{mi('c')}{mi('d')}</msup></msup></msup>"
        ),
        "script-row": inline(f"<msup>{x}{row(mi('n'), mo('+'), mn('1'))}</msup>"),
        "script-relation": inline(f"<msub>{mi('a')}{row(mi('i'), mo('='), mn('0'))}</msub>"),
        "script-minus": inline(f"<msup>{mn('10')}{row(mo('−'), mn('3'))}</msup>"),
        "prime": inline(f"<msup>{mi('f')}{prime}</msup>"),
        "prime-with-subscript": inline(f"<msubsup>{mi('f')}{mi('i')}{prime}</msubsup>"),
        "prime-double": inline(f"<msup>{mi('y')}{mo('″')}</msup>"),
        "prime-of-function": inline(
            f"<msup>{mi('σ')}{prime}</msup>"
            + mo("(", 'stretchy="false"') + x + mo(")", 'stretchy="false"')
        ),
        "star": inline(f"<msup>{x}{mo('∗')}</msup>"),
        "plus-as-script": inline(f"<msup>{x}{mo('+')}</msup>"),
        "script-word": inline(f"<msub>{mi('E')}<mtext>total</mtext></msub>"),
        "script-fraction": inline(f"<msup>{x}<mfrac>{mn('1')}{mn('2')}</mfrac></msup>"),
        "script-in-denominator": display(
            f"<mfrac>{mn('1')}<msup>{x}{mn('2')}</msup></mfrac>"
        ),
        "script-on-bracket": inline(
            row(mo("(", 'stretchy="false"'), x, "<msup>", mo(")", 'stretchy="false"'), mn("2"),
                "</msup>")
        ),
        "script-on-fence": display(f"<msup>{fenced('(', TALL, ')')}{mn('2')}</msup>"),
        "script-base-tall": display(f"<msubsup>{TALL}{mi('i')}{mi('j')}</msubsup>"),
        "script-tall": inline(f"<msub>{x}<mfrac>{mi('a')}{mi('b')}</mfrac></msub>"),
        "scripts-pushed-apart": inline(
            f"<msubsup>{x}<mfrac>{mi('a')}{mi('b')}</mfrac><mfrac>{mi('a')}{mi('b')}</mfrac>"
            "</msubsup>"
        ),
        "multiscripts-after": inline(
            f"<mmultiscripts>{mi('R')}{mi('i')}{mi('j')}{mi('k')}{mi('l')}</mmultiscripts>"
        ),
        "multiscripts-before": inline(
            f"<mmultiscripts>{mi('C')}<mprescripts/>{mn('6')}{mn('12')}</mmultiscripts>"
        ),
        "multiscripts-both": inline(
            f"<mmultiscripts>{mi('F')}{mi('a')}{mi('b')}<mprescripts/>{mi('c')}{mi('d')}"
            "</mmultiscripts>"
        ),
        "multiscripts-gaps": inline(
            f"<mmultiscripts>{mi('T')}{mi('i')}<mrow/><mrow/>{mi('j')}</mmultiscripts>"
        ),
    }  # fmt: skip


def _limits() -> dict[str, str]:
    lower = row(mi("i"), mo("="), mn("1"))
    total = f"<munderover>{mo('∑')}{lower}{mi('n')}</munderover>"
    term = f"<msub>{mi('x')}{mi('i')}</msub>"
    return {
        "sum-display": display(total),
        "sum-inline": inline(total),
        "sum-display-of-terms": display(total + term),
        "sum-inline-of-terms": inline(total + term),
        "sum-under": display(f"<munder>{mo('∑')}{mi('k')}</munder>" + term),
        "sum-over": display(f"<mover>{mo('∑')}{mi('n')}</mover>" + term),
        "sum-alone": display(mo("∑") + term),
        "sum-alone-inline": inline(mo("∑") + term),
        "sum-limits-kept": inline(f"<munderover>{SUM_KEPT}{mi('k')}{mi('n')}</munderover>"),
        "sum-with-scripts": display(f"<msubsup>{mo('∑')}{mi('k')}{mi('n')}</msubsup>"),
        "product": display(f"<munderover>{mo('∏')}{lower}{mi('n')}</munderover>" + term),
        "union": display(f"<munder>{mo('⋃')}{mi('i')}</munder>" + mi("A")),
        "integral-display": display(
            f"<msubsup>{mo('∫')}{mn('0')}{mn('1')}</msubsup>" + mi("f", "x")
        ),
        "integral-inline": inline(f"<msubsup>{mo('∫')}{mn('0')}{mn('1')}</msubsup>" + mi("f", "x")),
        "integral-alone": display(mo("∫") + mi("f")),
        "integral-under": display(f"<munder>{mo('∮')}{mi('C')}</munder>"),
        "limit": display(f"<munder>{mi('lim')}{row(mi('n'), mo('→'), mi('∞'))}</munder>" + mi("a")),
        "limit-operator-inline": inline(f"<munder>{LIM}{mi('n')}</munder>" + mi("a")),
        "largeop-off": display(mo("∑", 'largeop="false"') + term),
    }


def _accents() -> dict[str, str]:
    x = mi("x")
    wide = row(mi("a"), mo("+"), mi("b"), mo("+"), mi("c"))
    over = '<mover accent="true">{}{}</mover>'
    return {
        "accent-hat": inline(over.format(x, mo("ˆ", 'stretchy="false"'))),
        "accent-hat-ascii": inline(over.format(x, mo("^", 'stretchy="false"'))),
        "accent-on-capital": inline(over.format(mi("A"), mo("ˆ", 'stretchy="false"'))),
        "accent-tilde": inline(over.format(mi("n"), mo("˜", 'stretchy="false"'))),
        "accent-dot": inline(over.format(x, mo("˙"))),
        "accent-dots": inline(over.format(mi("q"), mo("¨"))),
        "accent-macron": inline(over.format(x, mo("¯", 'stretchy="false"'))),
        "accent-arrow": inline(over.format(mi("v"), mo("→", 'stretchy="false"'))),
        "accent-in-row": display(over.format(mi("y"), mo("ˆ")) + mo("=") + mi("y")),
        "accent-not": inline(f"<mover>{x}{mo('^')}</mover>"),
        "over-text": inline(f"<mover>{x}<mtext>def</mtext></mover>"),
        "over-relation": display(mi("a") + f"<mover>{mo('=')}<mtext>def</mtext></mover>" + mi("b")),
        "under-text": inline(f"<munder>{wide}{mi('n')}</munder>"),
        "under-and-over-letters": inline(f"<munderover>{mi('X')}{mi('a')}{mi('b')}</munderover>"),
        "overbar-stretched": inline(over.format(wide, mo("‾"))),
        "overbar-not-accent": inline(f"<mover>{wide}{mo('‾')}</mover>"),
        "underbar-accent": inline(f'<munder accentunder="true">{wide}{mo("_")}</munder>'),
        "overbrace": display(f"<mover>{wide}{mo('⏞')}</mover>"),
        "underbrace": display(f"<munder>{wide}{mo('⏟')}</munder>"),
        "underbrace-labelled": display(
            f"<munder><munder>{wide}{mo('⏟')}</munder><mtext>three</mtext></munder>"
        ),
        "overbrace-labelled": display(f"<mover><mover>{wide}{mo('⏞')}</mover><mi>n</mi></mover>"),
        "overbracket": display(f"<mover>{wide}{mo('⎴')}</mover>"),
        "over-arrow-stretched": inline(f"<mover>{row(mi('A'), mi('B'))}{mo('→')}</mover>"),
        "arrow-with-text": display(
            mi("A") + f"<mover>{mo('→')}<mtext>long label</mtext></mover>" + mi("B")
        ),
        "arrow-with-two-texts": display(
            mi("A")
            + f"<munderover>{mo('→')}<mtext>below</mtext><mtext>above it</mtext></munderover>"
            + mi("B")
        ),
    }


def _roots() -> dict[str, str]:
    x = mi("x")
    return {
        "root": inline(f"<msqrt>{x}</msqrt>"),
        "root-display": display(f"<msqrt>{x}</msqrt>"),
        "root-of-row": display(f"<msqrt>{x}{mo('+')}{mn('1')}</msqrt>"),
        "root-of-fraction": display(f"<msqrt>{TALL}</msqrt>"),
        "root-of-tall": display(f"<msqrt>{TALLER}{TALLER}</msqrt>"),
        "root-of-root": inline(f"<msqrt>{mn('1')}{mo('+')}<msqrt>{x}</msqrt></msqrt>"),
        "root-of-power": inline(f"<msqrt><msup>{x}{mn('2')}</msup></msqrt>"),
        "root-cubic": inline(f"<mroot>{x}{mn('3')}</mroot>"),
        "root-cubic-display": display(f"<mroot>{TALL}{mn('3')}</mroot>"),
        "root-wide-degree": inline(f"<mroot>{x}{row(mi('n'), mo('+'), mn('1'))}</mroot>"),
        "root-in-denominator": display(f"<mfrac>{mn('1')}<msqrt>{mi('n')}</msqrt></mfrac>"),
        "root-beside": display(mi("y") + mo("=") + f"<msqrt>{x}</msqrt>"),
        "root-beside-tall": display(TALLER + mo("=") + f"<msqrt>{x}</msqrt>"),
        "root-empty": inline("<msqrt></msqrt>"),
    }


def _fences() -> dict[str, str]:
    pairs = {
        "parentheses": "()", "brackets": "[]", "braces": "{}", "bars": "||", "double-bars": "‖‖",
        "angles": "⟨⟩", "ceiling": "⌈⌉", "floor": "⌊⌋", "double-brackets": "⟦⟧",
    }  # fmt: skip
    found = {}
    for kind, (left, right) in pairs.items():
        found[f"fence-{kind}"] = inline(fenced(left, mi("x"), right))
        found[f"fence-{kind}-tall"] = display(fenced(left, TALL, right))
    found |= {
        "fence-parentheses-assembled": display(fenced("(", TALLER + MATRIX + TALLER, ")")),
        "fence-huge": display(fenced("[", f"<mfrac>{TALLER}{TALLER}</mfrac>", "]")),
        "fence-brace-left-only": display(row(mo("{"), MATRIX)),
        "fence-deep": display(fenced("(", f"<msub>{mi('x')}{TALLER}</msub>", ")")),
        "fence-nested": display(fenced("[", fenced("(", TALL, ")") + mo("+") + mi("y"), "]")),
        "fence-bar-between": display(
            row(mo("{"), mi("x"), mo("|", 'stretchy="true"'), TALL, mo("}"))
        ),
        "fence-evaluated": display(
            row(TALL, f"<msub>{BAR}{mn('0')}</msub>")
        ),
        "fence-not-symmetric": display(
            row(mo("(", 'symmetric="false"'), f"<msub>{mi('x')}{TALLER}</msub>",
                mo(")", 'symmetric="false"'))
        ),
        "fence-minsize": inline(
            row(mo("(", 'minsize="3em"'), mi("x"), mo(")", 'minsize="3em"'))
        ),
        "fence-maxsize": display(
            row(mo("(", 'maxsize="1.5em"'), TALLER, mo(")", 'maxsize="1.5em"'))
        ),
        "fence-minsize-percent": inline(
            row(mo("[", 'minsize="200%"'), mi("x"), mo("]", 'minsize="200%"'))
        ),
        "fence-maxsize-percent": display(
            row(mo("[", 'maxsize="150%"'), TALLER, mo("]", 'maxsize="150%"'))
        ),
        "fence-unstretched": display(
            row(mo("(", 'stretchy="false"'), TALL, mo(")", 'stretchy="false"'))
        ),
        "fence-arrow-upright": display(row(mo("↑"), TALL)),
        "fence-slash-stretched": display(row(TALL, mo("/", 'stretchy="true"'), TALL)),
    }  # fmt: skip
    return found


def _tables() -> dict[str, str]:
    def table(cells: list[list[str]], attributes: str = "") -> str:
        lines = "".join(
            "<mtr>" + "".join(f"<mtd>{one}</mtd>" for one in line) + "</mtr>" for line in cells
        )
        return (
            f"<mtable {attributes}>{lines}</mtable>"
            if attributes
            else (f"<mtable>{lines}</mtable>")
        )

    a, b, c, d = (mi(one) for one in "abcd")
    sums = [
        [mi("y"), mo("=") + mi("a") + mo("+") + mi("b")],
        [row(mi("y"), mo("+"), mi("z")), mo("=") + TALL],
    ]
    wide = row(mi("a"), mo("+"), mi("b"), mo("+"), mi("c"), mo("+"), mi("d"))
    return {
        "table": inline(MATRIX),
        "table-one-cell": inline(table([[a]])),
        "table-in-brackets": display(fenced("[", MATRIX, "]")),
        "table-in-parentheses": display(fenced("(", MATRIX, ")") + mo("=") + mi("M")),
        "table-column-vector": display(fenced("[", table([[a], [b], [c]]), "]")),
        "table-row-vector": display(fenced("[", table([[a, b, c, d]]), "]")),
        "table-of-fractions": display(table([[TALL, a], [b, TALL]])),
        "table-of-fractions-displaystyle": display(
            table([[TALL, a], [b, TALL]], 'displaystyle="true"')
        ),
        "table-empty-cells": display(table([[a, ""], ["", b]])),
        "table-uneven-rows": display(table([[a, b, c], [d]])),
        "table-aligned": display(table(sums, 'columnalign="right left"')),
        "table-left": display(table(sums, 'columnalign="left"')),
        "table-spacing": display(
            table([[a, b], [c, d]], 'columnspacing="1em" rowspacing="0.5em"')
        ),
        "table-spacing-lists": display(
            table([[a, b, c], [d, a, b], [c, d, a]],
                  'columnspacing="1em 2em" rowspacing="0.5em 1em"')
        ),
        "table-colspan": display(
            f'<mtable><mtr><mtd columnspan="2">{wide}</mtd></mtr>'
            f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr></mtable>"
        ),
        "table-colspan-narrow": display(
            f'<mtable><mtr><mtd columnspan="2">{a}</mtd><mtd>{b}</mtd></mtr>'
            f"<mtr><mtd>{wide}</mtd><mtd>{b}</mtd><mtd>{c}</mtd></mtr></mtable>"
        ),
        "table-rowspan": display(
            f'<mtable><mtr><mtd rowspan="2">{a}</mtd><mtd>{b}</mtd></mtr>'
            f"<mtr><mtd>{c}</mtd></mtr></mtable>"
        ),
        "table-rowspan-tall": display(
            f'<mtable><mtr><mtd rowspan="2">{TALLER}</mtd><mtd>{b}</mtd></mtr>'
            f"<mtr><mtd>{c}</mtd></mtr></mtable>"
        ),
        "table-nested": display(table([[MATRIX, a], [b, c]])),
        "table-cases": display(
            mi("f") + mo("=")
            + row(mo("{"), table([[a, "<mtext>if</mtext>"], [b, "<mtext>else</mtext>"]],
                                 'columnalign="left left"'))
        ),
        "table-in-fraction": display(f"<mfrac>{MATRIX}{mi('x')}</mfrac>"),
        "table-as-script": inline(f"<msup>{mi('x')}{MATRIX}</msup>"),
        "table-operator-cell": display(table([[mo("+"), mo("=")], [a, b]])),
    }  # fmt: skip


def _spaces() -> dict[str, str]:
    x, y = mi("x"), mi("y")
    return {
        "space-width": inline(x + '<mspace width="1em"/>' + y),
        "space-negative-is-none": inline(x + y + '<mspace width="-0.5em"/>' + x),
        "space-height": inline(x + '<mspace width="1ex" height="2em" depth="1em"/>'),
        "space-pixels": inline(x + '<mspace width="10px" height="20px"/>' + y),
        "space-in-script": inline(f"<msup>{x}{row(x, EM, y)}</msup>"),
        "space-centimetres": inline(x + '<mspace width="0.5cm"/>' + y),
        "space-points": inline(x + '<mspace width="12pt"/>' + y),
        "padded": inline(x + f"<mpadded>{y}</mpadded>"),
        "padded-width": inline(x + f'<mpadded width="2em">{y}</mpadded>' + x),
        "padded-all": inline(f'<mpadded width="2em" height="1em" depth="1em">{y}</mpadded>'),
        "padded-zero": inline(x + f'<mpadded width="0" height="0" depth="0">{TALL}</mpadded>'),
        "padded-lspace": inline(x + f'<mpadded lspace="1em" width="3em">{y}</mpadded>'),
        "padded-voffset": inline(
            x + f'<mpadded voffset="1em" height="2em" depth="0">{y}</mpadded>'
        ),
        "phantom": inline(x + f"<mphantom>{TALL}</mphantom>" + y),
        "phantom-operator": inline(x + f"<mphantom>{mo('=')}</mphantom>" + y),
        "style-display": inline(f'<mstyle displaystyle="true">{TALL}</mstyle>'),
        "style-text": display(f'<mstyle displaystyle="false">{TALL}</mstyle>'),
        "style-scriptlevel": inline(f'<mstyle scriptlevel="1">{x}{mo("+")}{y}</mstyle>'),
        "style-scriptlevel-two": inline(f'<mstyle scriptlevel="2">{x}</mstyle>'),
        "style-scriptlevel-plus": inline(
            f'<msup>{x}<mrow><mstyle scriptlevel="+1">{y}</mstyle></mrow></msup>'
        ),
        "style-scriptlevel-minus": inline(
            f'<msup>{x}<mrow><mstyle scriptlevel="-1">{y}</mstyle></mrow></msup>'
        ),
        "style-mathsize": inline(x + '<mstyle mathsize="1.5em"><mi>𝑦</mi></mstyle>'),
        "style-mathsize-percent": inline(x + '<mn mathsize="50%">7</mn>'),
        "semantics": inline(
            f"<semantics>{row(x, mo('+'), y)}<annotation>x + y</annotation></semantics>"
        ),
        "semantics-operator": inline(
            x + f"<semantics>{mo('=')}<annotation>=</annotation></semantics>" + y
        ),
        "action": inline(f"<maction>{x}{y}</maction>"),
        "error": inline(f"<merror>{x}{mo('+')}{y}</merror>"),
        "row-nested": inline(row(row(x), row(row(mo("+"))), row(y))),
        "row-with-space-first": inline(
            row('<mspace width="0.5em"/>', mo("−"), x)
        ),
        "invalid-script": inline(f"<msup>{x}</msup>"),
        "unknown-element": inline(f"<mother>{x}{mo('+')}{y}</mother>"),
        "right-to-left": f'<math dir="rtl">{x}{mo("+")}<msup>{y}{mn("2")}</msup></math>',
        "right-to-left-multiscripts": (
            f'<math dir="rtl"><mmultiscripts>{x}{mi("a")}{mi("b")}<mprescripts/>{mi("c")}'
            f"{mi('d')}</mmultiscripts></math>"
        ),
        "empty": inline(""),
        "quadratic": display(
            x + mo("=")
            + "<mfrac>"
            + row(mo("−"), mi("b"), mo("±"), "<msqrt>", f"<msup>{mi('b')}{mn('2')}</msup>",
                  mo("−"), mn("4"), mi("a", "c"), "</msqrt>")
            + row(mn("2"), mi("a")) + "</mfrac>"
        ),
        "sigmoid": display(
            mi("σ") + mo("(", 'stretchy="false"') + x + mo(")", 'stretchy="false"') + mo("=")
            + "<mfrac>" + mn("1")
            + row(mn("1"), mo("+"), "<msup>", mi("e"), row(mo("−"), x), "</msup>")
            + "</mfrac>"
        ),
        "chain-rule": display(
            "".join(
                f"<mfrac>{row(mo('∂'), above)}{row(mo('∂'), below)}</mfrac>{sign}"
                for above, below, sign in (
                    (mi("E"), f"<msub>{mi('w')}{mn('1')}</msub>", mo("=")),
                    (mi("E"), f"<msub>{mi('𝑜𝑢𝑡')}{mn('1')}</msub>", mo("⋅")),
                    (f"<msub>{mi('𝑜𝑢𝑡')}{mn('1')}</msub>",
                     f"<msub>{mi('𝑛𝑒𝑡')}{mn('1')}</msub>", ""),
                )
            )
        ),
    }  # fmt: skip


EQUATIONS: dict[str, str] = {
    **_tokens(),
    **_fractions(),
    **_scripts(),
    **_limits(),
    **_accents(),
    **_roots(),
    **_fences(),
    **_tables(),
    **_spaces(),
}
