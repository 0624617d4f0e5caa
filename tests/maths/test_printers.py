"""Trees as MathML and as speech."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest

from derive.formula import parse
from derive.language.catalogues import catalogue
from derive.maths.expression import express
from derive.maths.mathml import mathml
from derive.maths.numbers import Rounding, numeral
from derive.maths.speech import speech
from derive.maths.tree import Aligned, Identifier, Number, Operator, Row, Script, Tree, row
from derive.notation import Notation
from derive.problem import example
from derive.reference import Ref
from tests.documents import equations, solution


def letters(name: object) -> Tree:
    """A formula's own names as letters."""
    return Identifier(str(name))


def printed(formula: str) -> str:
    """The MathML of a formula of x, without its outermost tags."""
    tree = express(parse(formula, {"x", "y"}), letters)
    text = mathml(tree, paint=lambda *_: "", tag=lambda _: "")
    return text.removeprefix("<math>").removesuffix("</math>")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + y", "<mi>x</mi><mo>+</mo><mi>y</mi>"),
        ("x / y", "<mfrac><mi>x</mi><mi>y</mi></mfrac>"),
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("sqrt(x)", "<msqrt><mi>x</mi></msqrt>"),
        ("exp(x)", "<msup><mi>e</mi><mi>x</mi></msup>"),
        ("e * x", "<mi>e</mi><mi>x</mi>"),
        ("x^e", "<msup><mi>x</mi><mi>e</mi></msup>"),
        ("(e)^x", "<msup><mi>e</mi><mi>x</mi></msup>"),
        ("2 * x", "<mn>2</mn><mi>x</mi>"),
    ],
)
def test_formulas_print_as_textbooks_set_them(formula: str, expected: str) -> None:
    """Fractions as fractions, products side by side."""
    assert printed(formula) == expected


def characters(markup: str) -> str:
    """What MathML without its outermost tags shows."""
    root = ElementTree.fromstring(f"<math>{markup}</math>")  # noqa: S314
    return "".join(root.itertext())


@pytest.mark.parametrize("formula", ["(1 / 3) * (2 * (x + y))", "x * (2 * y)"])
def test_digits_never_meet_a_fraction_or_a_letter_before_them(formula: str) -> None:
    """⅓ × 2(x + y), as ⅓ 2(x + y) would be read as two and a third."""
    assert "×2" in characters(printed(formula))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("net * net", "𝑛𝑒𝑡\N{THIN SPACE}𝑛𝑒𝑡"),
        ("w * out", "w1\N{THIN SPACE}𝑜𝑢𝑡1"),
        ("out * w", "𝑜𝑢𝑡1w1"),
        ("w * t", "w1t1"),
    ],
)
def test_words_stand_apart(formula: str, expected: str) -> None:
    """A name of several letters is a word; after a subscript there is air already."""

    def letter(name: object) -> Tree:
        base = Identifier(str(name))
        return base if name == "net" else Script(base, sub=Number(numeral(1, Rounding())))

    tree = express(parse(formula, {"net", "w", "out", "t"}), letter)
    assert characters(mathml(tree, paint=lambda *_: "")) == expected


def test_a_sum_under_a_product_keeps_its_parentheses() -> None:
    """(x + y) x is not x + y x."""
    root = ElementTree.fromstring(f"<math>{printed('(x + y) * x')}</math>")  # noqa: S314
    assert "".join(root.itertext()) == "(x+y)x"


def test_a_negative_number_after_a_sign_is_in_parentheses() -> None:
    """0.5 × (−0.2), never 0.5 × −0.2."""

    def leaf(name: object) -> Tree:
        value = Fraction(1, 2) if name == "x" else Fraction(-1, 5)
        return Number(numeral(value, Rounding(6)), "ref")

    for formula, text in (("x * y", "0.5×(−0.2)"), ("x - y", "0.5−(−0.2)"), ("y * x", "−0.2×0.5")):
        tree = express(parse(formula, {"x", "y"}), leaf)
        root = ElementTree.fromstring(mathml(tree, paint=lambda *_: "", tag=lambda _: ""))  # noqa: S314
        assert "".join(root.itertext()) == text


def test_a_sum_of_squares_is_spoken() -> None:
    """Its sign is no word."""
    tree = Notation((2, 2)).symbol(Ref("squares", None, (1,)))
    assert speech(tree, catalogue("en")) == "the sum of all w to the power 2"
    assert speech(tree, catalogue("zh")) == "求和： w 的 2 次方"


def test_a_sign_that_opens_a_line_is_still_between_two_terms() -> None:
    """A sum cut before its plus sign keeps the space after it."""
    tree = Aligned(
        ((Identifier("x"), row(Operator("+"), Identifier("y"))), (Row(()), Operator("=")))
    )
    assert '<mo form="infix">+</mo>' in mathml(tree, paint=lambda *_: "", tag=lambda _: "")


def test_text_is_escaped() -> None:
    """Letters from a stranger never become tags."""
    text = mathml(Identifier("<b>&"), paint=lambda *_: "", tag=lambda _: "", alttext='"<')
    root = ElementTree.fromstring(text)  # noqa: S314
    assert root.get("alttext") == '"<'
    assert len(root[0]) == 0


@pytest.mark.parametrize(
    ("formula", "english", "chinese"),
    [
        ("x + y", "x plus y", "x 加 y"),
        ("x / y", "the fraction x over y", "y 分之 x"),
        ("sqrt(x)", "the square root of x", "x 的平方根"),
    ],
)
def test_formulas_are_spoken_in_both_languages(formula: str, english: str, chinese: str) -> None:
    """Alternative text is words."""
    tree = express(parse(formula, {"x", "y"}), letters)
    assert speech(tree, catalogue("en")) == english
    assert speech(tree, catalogue("zh")) == chinese


def test_every_equation_of_an_example_is_well_formed_and_spoken() -> None:
    """MathML parses, and speech has no gap left and no sign unspoken."""
    for name in ("han-kamber-9-1", "deep-ml-105"):
        for equation in equations(solution(example(name).problem)):
            ElementTree.fromstring(mathml(equation.tree, paint=lambda *_: "", tag=lambda _: ""))  # noqa: S314
            for tag in ("en", "zh"):
                words = speech(equation.tree, catalogue(tag))
                assert words.strip()
                assert not set(words) & set("{}=≈×+∂√∑"), words
