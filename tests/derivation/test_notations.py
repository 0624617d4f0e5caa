"""Every textbook's letters: the printed equations, read back, say the same of the same trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unicodedata import normalize
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from derive.document import Document, GateFigure, NetworkFigure, Table, blocks
from derive.figures.label import label
from derive.language.catalogues import catalogue
from derive.maths.mathml import mathml
from derive.maths.numbers import Rounding
from derive.maths.speech import speech
from derive.maths.tree import Fraction, Identifier, Limits, Number, Row, Script, Tree
from derive.notation import TEXTBOOKS, Notation
from derive.problem import Problem, example, example_names
from derive.reference import Aspect, Ref, State
from tests.derivation.mathml_value import NotNumericError, mp, text, value
from tests.derivation.test_numbers import (
    checked_equalities,
    decimal,
    figures,
    oracle_value,
    rounded,
    segments,
)
from tests.derivation.test_views import checked
from tests.derivation.world import COLUMNS, MEAN_IN_ERROR_TERMS, MINUS_GRADIENT, THRESHOLD
from tests.documents import drawn, equations, inside, numbers, solution
from tests.engine.oracle import Oracle
from tests.engine.strategies import problems

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
DIGITS = 30
OUTPUT_FIRST = {"watermelon", "bishop"}
"""What `../notation` must agree with, from the books, beside what is said in `world`."""
TWO = {"inputs": [[0.1, 0.2], [0.3, -0.4]], "targets": [[1.0, 0.2], [0.0, 1.0]]}


def test_the_table_has_the_books_that_the_command_line_names() -> None:
    """Nine of them, with the signs and places that the books have."""
    assert list(TEXTBOOKS) == [
        "net-out", "z-a", "nielsen", "goodfellow", "bishop", "nndl", "watermelon", "pdp", "d2l",
    ]  # fmt: skip
    by_sign = {
        "minus_gradient": MINUS_GRADIENT, "threshold": THRESHOLD, "output_first": OUTPUT_FIRST,
    }  # fmt: skip
    for sign, books in by_sign.items():
        assert {key for key, book in TEXTBOOKS.items() if getattr(book, sign)} == books
    assert {key for key, book in TEXTBOOKS.items() if not book.own_loss} == MEAN_IN_ERROR_TERMS
    assert {key for key, book in TEXTBOOKS.items() if book.layout == "columns"} == COLUMNS


@pytest.mark.parametrize(
    ("key", "one", "several"),
    [
        ("net-out", "𝐧𝐞𝐭", "𝐍𝐞𝐭"), ("z-a", "z", "Z"), ("nielsen", "z", "Z"),
        ("goodfellow", "𝒂", "𝑨"), ("bishop", "𝐚", "𝐀"), ("nndl", "𝒛", "𝒁"),
        ("watermelon", "𝜶", "𝛂"), ("pdp", "𝐧𝐞𝐭", "𝐍𝐞𝐭"), ("d2l", "𝐳", "𝐙"),
    ],
)  # fmt: skip
def test_vectors_and_matrices_are_set_as_the_book_sets_them(
    key: str, one: str, several: str
) -> None:
    """In bold, in bold italics (周志华: vectors only), or in italics like any letter."""
    letters = Notation((2, 2, 1), samples=3, key=key, together=True)
    for sample, expected in ((1, one), (None, several)):
        assert next(xml(letters.matrix(Ref("net", 1, sample=sample))).iter("mi")).text == expected


OPTIMIZERS = {
    "momentum": ("v", ["beta"]), "nesterov": ("v", ["beta"]), "adagrad": ("s", ["epsilon"]),
    "rmsprop": ("s", ["rho", "epsilon"]), "adadelta": ("sud", ["rho", "epsilon"]),
    "adam": (("m", "v", "m_hat", "v_hat"), ["beta1", "beta2", "epsilon"]),
    "adamw": (
        ("m", "v", "m_hat", "v_hat"), ["beta1", "beta2", "epsilon", "weight_decay"],
    ),
}  # fmt: skip
"""What each remembers or computes of a parameter, and the numbers of its own."""


@pytest.mark.parametrize(
    ("key", "optimizer", "memories", "numbers"),
    [
        ("net-out", "adam", "m v m^ v^", "β1 β2 ε"),
        ("net-out", "adadelta", "s u Δw", "ρ ε"),
        ("z-a", "adam", "v s v^ s^", "β1 β2 ε"), ("z-a", "rmsprop", "s", "β2 ε"),
        ("nielsen", "momentum", "v", "μ"),
        ("goodfellow", "momentum", "v", "α"), ("goodfellow", "adagrad", "r", "δ"),
        ("goodfellow", "rmsprop", "r", "ρ δ"), ("goodfellow", "adam", "s r s^ r^", "ρ1 ρ2 δ"),
        ("goodfellow", "adamw", "s r s^ r^", "ρ1 ρ2 δ λw"), ("goodfellow", "nesterov", "v", "α"),
        ("nndl", "momentum", "M", "ρ"), ("nndl", "adagrad", "G", "ε"),
        ("nndl", "rmsprop", "G", "β ε"), ("nndl", "adadelta", "G U Δw", "β ε"),
        ("nndl", "adam", "M G M^ G^", "β1 β2 ε"),
        ("d2l", "momentum", "v", "β"), ("d2l", "adagrad", "s", "ε"),
        ("d2l", "rmsprop", "s", "γ ε"), ("d2l", "adadelta", "s Δw g′", "ρ ε"),
        ("d2l", "adam", "v s v^ s^", "β1 β2 ε"),
        ("watermelon", "momentum", "r", "ρ"), ("watermelon", "adam", "m r m^ r^", "ρ1 ρ2 ε"),
    ],
)  # fmt: skip
def test_optimizers_have_the_letters_of_the_book(
    key: str, optimizer: str, memories: str, numbers: str
) -> None:
    """As its chapter on optimization has them, with w for its θ or x."""
    states, own = OPTIMIZERS[optimizer]
    book = Notation((2, 2, 1), key=key, optimizer=optimizer).book
    assert [spelt(book.number(state)) for state in states] == memories.split()
    assert [spelt(book.number(number)) for number in own] == numbers.split()


@pytest.mark.parametrize("key", TEXTBOOKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_letters_of_an_optimizer_clash_with_no_others(key: str, optimizer: str) -> None:
    """Of one parameter, of a whole layer, and of a number: each is the letter of one thing."""
    states, own = OPTIMIZERS[optimizer]
    letters = Notation((2, 2, 1), samples=3, key=key, together=True, optimizer=optimizer)
    quantities = ("net", "out", "W", "b", "target")
    scalars = [letters.symbol(Ref(quantity, 1, (0,), 0)) for quantity in quantities[:2]]
    scalars += [letters.symbol(Ref("W", 1, (0, 0))), letters.symbol(Ref("b", 1, (0,)))]
    scalars += [letters.symbol(Ref("out", 0, (0,), 0)), letters.symbol(Ref("target", 2, (0,), 0))]
    scalars += [letters.symbol(Ref("net", layer, (0,), 0).error_term) for layer in (1, 2)]
    scalars += [letters.learning_rate, letters.penalty_rate, letters.activation, letters.loss]
    others = {base(tree) for tree in scalars}
    mine = [letters.book.number(name) for name in (*states, *own)]
    assert len(set(map(spelt, mine))) == len(mine)
    assert others & set(map(base, mine)) <= {"λ"}, "λ is the penalty's, and weight decay λ with w"
    wholes = [Ref(quantity, 1) for quantity in quantities]
    wholes += [Ref("out", 0), Ref("net", 1).error_term, Ref("net", 2).error_term]
    whole = {base(letters.matrix(ref)) for ref in wholes}
    for quantity in ("W", "b"):
        kept = [letters.matrix(Ref(quantity, 1, aspect=State(state))) for state in states]
        found = [base(tree) for tree in kept]
        assert len(set(found)) == len(found)
        assert not whole & set(found)


@pytest.mark.parametrize("key", TEXTBOOKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_remembered_of_a_matrix_has_a_capital(key: str, optimizer: str) -> None:
    """Set as the book sets matrices, its parameters' letters beside it, with + for a new one."""
    letters = Notation((2, 2, 1), key=key, optimizer=optimizer)
    weights = text(xml(letters.matrix(Ref("W", 2))))
    for state in OPTIMIZERS[optimizer][0]:
        of = Ref("W", 2, aspect=State(state))
        shown = xml(letters.matrix(of))
        assert weights in text(shown)
        letter = next(shown.iter("mi")).text or ""
        book = letters.book
        plain = normalize("NFKC", letter)
        assert plain == plain.upper(), plain
        if not book.memory(state).before and book.matrices != "italic":
            assert letter != plain, "no bold"
        one = text(xml(letters.matrix(of, updated=True)))
        assert ("+" in one) == (state != "d"), one
    vector = letters.matrix(Ref("b", 2, aspect=State(OPTIMIZERS[optimizer][0][0])))
    assert text(xml(letters.matrix(Ref("b", 2)))) in text(xml(vector))


def base(tree: Tree) -> str:
    """What of a letter stands on the line, in its style, with its hat and its prime."""
    root = xml(tree)
    letter, *more = root.iter("mi")
    if letter.text == "Δ" and more:
        return "Δ of a parameter"
    hat = "^" if any(e.tag == "mover" for e in root.iter()) else ""
    return (letter.text or "") + "′" * ("′" in text(root)) + hat


def spelt(tree: Tree) -> str:
    """A letter as plain text: m^ with a hat."""
    return normalize("NFKC", text(xml(tree)))


# Reading back: letters get their values from givens and heads; then all forms are computed.


def key(elements: list[Element]) -> str:
    """What tells a letter with its marks from any other."""
    return "".join(_spelt(element) for element in elements)


def _spelt(element: Element) -> str:
    if element.tag == "mrow" and len(element) == 1:
        return _spelt(element[0])
    inner = (element.text or "").strip() + "".join(map(_spelt, element))
    # A letter and a figure that look the same are the same to a reader.
    tag = "m" if element.tag in ("mi", "mn", "mo") else element.tag
    return f"<{tag}>{inner}</>"


LETTERED = {"mi", "msub", "msup", "msubsup", "mover", "mfrac"}


class Letters:
    """The values of letters, each of which has just one."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def learn(self, elements: list[Element], number: Any) -> None:
        """A head and its value; a minus before the head turns it."""
        if elements and elements[0].tag == "mo" and text(elements[0]) == "−":
            elements, number = elements[1:], -number
        spelt = key(elements)
        if spelt in self.known:
            assert close(self.known[spelt], number), spelt
        self.known[spelt] = number

    def put_in(self, elements: list[Element]) -> list[Element]:
        """The elements with numbers for the letters that are known."""
        return [self._number(element) for element in elements]

    def _number(self, element: Element) -> Element:
        found = self.known.get(_spelt(element)) if element.tag in LETTERED else None
        if found is not None:
            number = Element("mn")
            number.text = mp.nstr(abs(found), 45)
            if found >= 0:
                return number
            row, sign, opening, closing = (Element(tag) for tag in ("mrow", "mo", "mo", "mo"))
            opening.text, sign.text, closing.text = "(", "−", ")"
            row.extend([opening, sign, number, closing])
            return row
        if element.tag in ("mi", "mn", "mo", "mtext"):
            return element
        copy = Element(element.tag, element.attrib)
        copy.text = element.text
        copy.extend(self.put_in(list(element)))
        return copy


def close(left: Any, right: Any) -> bool:
    """Equal but for the rounding of what is printed."""
    return bool(abs(left - right) <= mp.mpf(10) ** (5 - DIGITS) * (1 + abs(left)))


def xml(tree: Tree) -> Element:
    """The MathML of a tree without colours."""
    return ElementTree.fromstring(mathml(tree, paint=lambda *_: "", tag=lambda _: ""))  # noqa: S314


def givens(document: Document) -> Iterator[tuple[list[Element], Any]]:
    """X = 0.05 of the table of givens; the columns of the table of samples."""
    for table in (block for block in blocks(document) if isinstance(block, Table)):
        caption = table.caption.key if table.caption else ""
        if caption != "table.givens":
            continue
        for cell in (c for line in table.rows for c in line[1:] if not isinstance(c, str)):
            parts = list(xml(cell))  # type: ignore[arg-type]
            sign = next(n for n, part in enumerate(parts) if text(part) == "=")
            yield parts[:sign], value(parts[sign + 1 :])


def read_back(document: Document) -> int:
    """Compute each form of letters of each equation; how many there were."""
    letters = Letters()
    for head, number in givens(document):
        letters.learn(head, number)
    found = [segments(equation.tree) for equation in equations(document)]
    values = []
    for parts in found:
        (_, head), *_, (_, last) = parts
        known = len(last) == 1 and "data-value" in last[0].attrib
        number = value(last) if known and "NaN" not in text(last[0]) else None
        if number is not None and head:
            letters.learn(head, number)
        values.append(number)
    count = 0
    for parts, printed in zip(found, values, strict=True):
        number = letters.known.get(key(parts[0][1])) if printed is None else printed
        if number is None:
            continue
        for _, form in parts[1:-1] if printed is not None else parts[1:]:
            if not any(element.tag in LETTERED for element in form):
                continue
            try:
                computed = value(letters.put_in(form))
            except NotNumericError:
                continue
            assert close(computed, number), (key(form), computed, number)
            count += 1
    return count


PLAIN: dict[str, dict[str, Any]] = {
    "one sample": {},
    "shared bias": {"network": {"bias": "layer"}},
    "without bias": {"network": {"bias": "none"}},
    "a penalty": {"optimizer": {"l2": 0.1}},
    "cross-entropy": {
        "network": {"activation": ["tanh", "softmax"]},
        "loss": {"name": "cross-entropy"},
    },
    "momentum": {"optimizer": {"name": "momentum"}},
    "adam": {"optimizer": {"name": "adam"}},
    "adadelta": {"optimizer": {"name": "adadelta"}},
}


@pytest.mark.parametrize("notation", TEXTBOOKS)
@pytest.mark.parametrize("case", PLAIN)
def test_equations_read_back_from_their_letters_give_their_values(notation: str, case: str) -> None:
    """Each letter has one value, and each line of letters comes to the value printed after it."""
    for layers in ([2, 2, 2], [2, 3, 2, 2], [3, 2]):
        tables = {name: dict(table) for name, table in PLAIN[case].items()}
        if "activation" in tables.get("network", {}):
            tables["network"]["activation"] = ["tanh"] * (len(layers) - 2) + ["softmax"]
        document = solution(
            drawn(layers, **tables), notation=notation, rounding=Rounding(DIGITS), full=True
        )
        assert read_back(document) > 15, layers


@pytest.mark.parametrize("notation", TEXTBOOKS)
@pytest.mark.parametrize("over_samples", ["sum", "mean"])
def test_letters_of_several_samples_are_told_apart(notation: str, over_samples: str) -> None:
    """Two samples, in every book's way of numbering them."""
    problem = drawn([2, 2, 2], data=TWO, loss={"over_samples": over_samples})
    document = solution(problem, notation=notation, rounding=Rounding(DIGITS), full=True)
    assert read_back(document) > 30


# The trace behind them is the same


def as_written(problem: Problem, notation: str, ref: Ref, passes: dict[int, dict[str, Any]]) -> Any:
    """The oracle's value, by the signs and scalings of the book."""
    if ref.aspect is Aspect.DESCENT:
        return -as_written(problem, notation, ref.gradient, passes)
    threshold = notation in THRESHOLD and problem.bias != "none"
    if ref.is_value and (ref.quantity == "argument" or (ref.quantity == "net" and threshold)):
        name = "net" if ref.quantity == "argument" else "product"
        return oracle_value(problem, replace(ref, quantity=name), passes)
    found = oracle_value(problem, ref, passes)
    together = len(problem.inputs) > 1 and problem.samples == "together"
    mean = problem.over_samples == "mean" and together and notation not in MEAN_IN_ERROR_TERMS
    towards_error = ref.aspect in (Aspect.ERROR_TERM, Aspect.GRADIENT)
    if towards_error and ref.quantity in ("net", "out") and mean:
        found = found * len(problem.inputs)
    if ref.aspect is Aspect.ERROR_TERM and notation in MINUS_GRADIENT:
        found = -found
    if threshold and ref.quantity == "b" and ref.aspect in (Aspect.VALUE, Aspect.GRADIENT):
        found = -found
    return found


@SETTINGS
@given(
    problem=problems(optimizers=("gradient-descent",), most_iterations=1),
    notation=st.sampled_from(sorted(TEXTBOOKS)),
)
def test_numbers_of_every_notation_are_those_of_the_trace(problem: Problem, notation: str) -> None:
    """Each printed number against plain loops, but for the signs and scalings of the book."""
    views = ("scalars", "matrices", "gates")
    document = solution(problem, full=True, views=views, notation=notation)
    checked_equalities(document)
    shown = [number for number in numbers(document) if isinstance(number.ref, Ref)]
    wanted = {number.ref.iteration or 0 for number in shown if isinstance(number.ref, Ref)}
    passes = dict(Oracle(problem).passes(wanted))
    for number in shown:
        assert isinstance(number.ref, Ref)
        exactly = as_written(problem, notation, number.ref, passes)
        assert_prints(number, exactly, figures(problem, number.ref, exactly, 6, passes))


def assert_prints(number: Number, exactly: Any, digits: int) -> None:
    """The number is what is printed, rounded half up."""
    if mp.isinf(exactly) or mp.isnan(exactly):
        assert number.numeral.digits in ("∞", "-∞", "NaN")
    elif number.numeral.printed == 0:
        assert abs(exactly) < mp.mpf("1e-50"), number.ref
    elif number.numeral.rounded:
        assert decimal(number.numeral.plain()) == rounded(exactly, digits), number.ref
    else:
        printed = mp.mpf(number.numeral.plain())
        assert abs(printed - exactly) <= abs(exactly) * mp.mpf("1e-40"), number.ref


def test_mazurs_example_in_the_letters_of_the_watermelon_book() -> None:
    """Published: the new weight w5 = 0.35891648, δ of o1 = 0.13849856, here with the other sign."""
    problem = Problem(**{**vars(example("mazur-2015").problem), "iterations": 1})
    document = solution(problem, notation="watermelon", rounding=Rounding(8))
    shown = {number.ref: number.numeral.plain() for number in numbers(document)}
    assert shown[Ref("net", 2, (0,), 0, 0).error_term] == "-0.13849856"
    assert shown[Ref("W", 2, (0, 0), None, 1)] == "0.35891648"
    assert shown[Ref("b", 1, (), None, 0)] == "-0.35"


def test_published_figures_keep_the_signs_of_their_source() -> None:
    """What was printed as 0.74 is compared with 0.74, whatever sign the document's letters have."""
    for name in example_names():
        found = example(name)
        if not found.misprints:
            continue
        tables = [
            [block for block in blocks(document) if isinstance(block, Table)]
            for document in (
                solution(found.problem, example=found, notation=notation)
                for notation in ("net-out", "watermelon")
            )
        ]
        first, second = (
            [
                # A book of other letters has a table of them, which is counted before.
                replace(table, number=None)
                for table in some
                if table.caption and table.caption.key == "table.misprints"
            ]
            for some in tables
        )
        assert first == second


def test_letters_are_spoken_with_layer_and_sample() -> None:
    """Not as powers."""
    words = {tag: catalogue(tag) for tag in ("zh", "en")}
    letters = Notation([2, 2, 2], samples=3, key="nndl")
    out = letters.symbol(Ref("out", 1, (0,), 1))
    assert speech(out, words["en"]) == "a 1 of layer 1 of sample 2"
    assert speech(out, words["zh"]) == "第 2 个样本的 第 1 层的 a 1"
    weight = Notation([2, 2, 2], key="nielsen").symbol(Ref("W", 2, (0, 1)), updated=True)
    assert speech(weight, words["en"]) == "w 1 , 2 of layer 3 new"


@SETTINGS
@given(
    problem=problems(most_iterations=1),
    notation=st.sampled_from(sorted(set(TEXTBOOKS) - {"net-out"})),
)
def test_matrices_of_every_notation_multiply_to_what_is_printed(
    problem: Problem, notation: str
) -> None:
    """Shapes under the factors, sizes, and each printed product, whichever way round they lie."""
    for view in ("matrices", "gates"):
        document = solution(problem, views=(view,), notation=notation)
        found = [checked(equation) for equation in equations(document)]
        assert sum(found) >= len(problem.layers) - 1


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_every_letter_can_be_drawn(notation: str) -> None:
    """No letter of a figure is lost in its labels."""
    document = solution(drawn([2, 2, 2], data=TWO), notation=notation, views=("gates",))
    figures = [part for part in inside(document) if isinstance(part, (GateFigure, NetworkFigure))]
    assert len(figures) == 2
    for tree in (part for figure in figures for part in inside(figure) if _letters(part)):
        assert label(tree), tree


def _letters(part: Any) -> bool:
    return isinstance(part, (Identifier, Script, Limits, Row, Fraction))
