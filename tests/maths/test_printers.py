"""Trees as MathML and as speech."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from unicodedata import normalize
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.formula import (
    Call,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parse,
)
from derive.language.catalogues import catalogue
from derive.maths.expression import express
from derive.maths.mathml import mathml
from derive.maths.numbers import Rounding, numeral
from derive.maths.speech import speech
from derive.maths.tree import Aligned, Identifier, Number, Operator, Row, Script, Tree, row
from derive.notation import Notation
from derive.problem import example
from derive.reference import Ref
from tests.derivation.mathml_value import mp, value
from tests.documents import drawn, equations, solution
from tests.maths.signs import assert_magnitudes, assert_signs


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


def substituted(expression: Expression, values: Mapping[str, Fraction]) -> Element:
    """The MathML of an expression with numbers for its letters, rounded to six figures."""

    def leaf(name: object) -> Tree:
        return Number(numeral(values[str(name)], Rounding(6)), Ref(str(name)))

    tree = express(expression, leaf)
    return ElementTree.fromstring(mathml(tree, paint=lambda *_: "", tag=lambda _: ""))  # noqa: S314


SIGNS = {"x": Fraction(1, 2), "y": Fraction(-1, 5), "z": Fraction(0), "n": Fraction(-3 * 10**6)}


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("x * y", "0.5×(−0.2)"), ("y * x", "−0.2×0.5"), ("x + y * x", "0.5+(−0.2)×0.5"),
        ("y * x + y * y", "−0.2×0.5+(−0.2)×(−0.2)"), ("x - y", "0.5−(−0.2)"),
        ("x - y * x", "0.5−(−0.2)×0.5"), ("-y", "−(−0.2)"), ("-(y * x)", "−(−0.2)×0.5"),
        ("-(x - y)", "−(0.5−(−0.2))"), ("x + (y - x)", "0.5+(−0.2−0.5)"),
        ("y^2", "(−0.2)2"), ("x - y^2", "0.5−(−0.2)2"), ("x * y^2", "0.5×(−0.2)2"),
        ("y / x", "−0.20.5"), ("exp(-y)", "e−(−0.2)"), ("sqrt(x - y)", "0.5−(−0.2)"),
        ("-z", "0"), ("-(z * x)", "0×0.5"), ("x - z * y", "0.5−0×(−0.2)"),
        ("-(z - x)", "−(0−0.5)"), ("exp(-z)", "e0"), ("-(x * z)", "−0.5×0"),
        ("n * x", "−3×106×0.5"), ("x * n", "0.5×(−3×106)"), ("n^2", "(−3×106)2"),
    ],
)  # fmt: skip
def test_signs_of_numbers_follow_one_rule(formula: str, text: str) -> None:
    """The first one bare, after a sign in parentheses, as under a power; and no minus before 0."""
    root = substituted(parse(formula, set(SIGNS)), SIGNS)
    assert normalize("NFKC", "".join(root.itertext())) == text


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Larger expressions."""
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(Sum), several.map(Product), inner.map(Negative),
        st.builds(Quotient, inner, inner),
        st.builds(Power, inner, st.just(Constant(Fraction(2)))),
        inner.map(lambda one: Call("sqrt", (Power(one, Constant(Fraction(2))),))),
    )  # fmt: skip


EXPRESSIONS = st.recursive(
    st.sampled_from([*map(Symbol, "wxyz"), Constant(Fraction(2)), Constant(Fraction(1, 3))]),
    grown, max_leaves=9,
)  # fmt: skip
NUMBERS = st.sampled_from(
    [Fraction(n) for n in ("0", "-0.2", "0.5", "-3", "1000000", "-1234567.8", "1e-7", "-2e-9")]
)


def worth(node: Expression, values: Mapping[str, Any]) -> Any:
    """The value of an expression."""
    match node:
        case Constant(number):
            return mp.mpf(number.numerator) / number.denominator
        case Symbol(name):
            return values[str(name)]
        case Sum(terms):
            return sum(worth(term, values) for term in terms)
        case Product(factors):
            return mp.fprod(worth(factor, values) for factor in factors)
        case Negative(operand):
            return -worth(operand, values)
        case Quotient(above, below):
            return worth(above, values) / worth(below, values)
        case Power(base, exponent):
            return worth(base, values) ** worth(exponent, values)
        case Call("sqrt", (inside,)):
            return mp.sqrt(worth(inside, values))
    raise AssertionError(node)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(expression=EXPRESSIONS, numbers=st.lists(NUMBERS, min_size=4, max_size=4))
def test_no_sign_meets_another_and_no_zero_is_negative(
    expression: Expression, numbers: list[Fraction]
) -> None:
    """Whatever is put in, a page can be read but one way, and says what it means."""
    values = dict(zip("wxyz", numbers, strict=True))
    root = substituted(expression, values)
    assert_signs(root)
    assert_magnitudes(root, 6)
    shown = {name: mp.mpf(numeral(number, Rounding(6)).plain()) for name, number in values.items()}
    try:
        expected = worth(expression, shown)
    except ZeroDivisionError:
        return
    found = value(list(root))
    assert abs(found - expected) <= mp.mpf("1e-40") * max(1, abs(expected))


@pytest.mark.parametrize("notation", ["net-out", "watermelon", "pdp", "bishop"])
def test_every_equation_of_a_document_keeps_to_these_rules(notation: str) -> None:
    """Of zeros, negative numbers and millions, in letters that turn signs, in every view."""
    data = {"inputs": [[0.0, -1e6], [2.5e6, -3.0]], "targets": [[-1.0, 0.0], [0.25, -0.75]]}
    problem = drawn(
        [2, 2, 2],
        data=data,
        network={"activation": ["relu", "identity"]},
        optimizer={"learning_rate": 1e-7, "l2": 0.1},
    )
    views = ("scalars", "matrices", "gates")
    found = equations(solution(problem, notation=notation, views=views, full=True))
    for equation in found:
        markup = mathml(equation.tree, paint=lambda *_: "", tag=lambda _: "")
        root = ElementTree.fromstring(markup)  # noqa: S314
        assert_signs(root)
        assert_magnitudes(root, 6)
    assert len(found) > 60


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
