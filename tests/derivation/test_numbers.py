"""Every number that a document prints, and every equals sign, against independent arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from derive.document import Document
from derive.maths.mathml import mathml
from derive.maths.numbers import Rounding
from derive.maths.tree import Number
from derive.problem import Problem, example, example_names
from derive.reference import Ref, State
from tests.derivation.mathml_value import NotNumericError, mp, text, value
from tests.documents import drawn, equations, inside, messages, numbers, solution
from tests.engine.oracle import Oracle, true
from tests.engine.strategies import problems

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def rounded(number: Any, digits: int) -> tuple[int, int]:
    """A number of many digits to `digits` significant figures, half up, by mpmath's integers."""
    if not number:
        return 0, 0
    # Of 10^(-10^70) the power alone has more digits than the arithmetic.
    with mp.workprec(mp.prec + int(mp.mag(number)).bit_length()):
        power = int(mp.floor(mp.log10(abs(number)))) - digits + 1
        scaled = abs(number) / mp.mpf(10) ** power
    # Digits that only the arithmetic's error tells from an exact tie are none.
    near = mp.nint(2 * scaled) / 2
    scaled = near if abs(near - scaled) <= scaled * mp.mpf("1e-40") else scaled
    whole = int(mp.floor(scaled + mp.mpf("0.5"))) * (1 if number > 0 else -1)
    return decimal(f"{whole}e{power}")


def decimal(printed: str) -> tuple[int, int]:
    """A printed number as a whole one and the power of ten it is multiplied by, however large."""
    mantissa, _, exponent = printed.partition("e")
    whole, _, places = mantissa.partition(".")
    power, digits = int(exponent or 0) - len(places), int(whole + places)
    while digits and digits % 10 == 0:
        digits, power = digits // 10, power + 1
    return digits, power if digits else 0


def oracle_value(problem: Problem, ref: Ref, passes: dict[int, dict[str, Any]]) -> Any:
    """The true value of a scalar, by the oracle's plain loops."""
    found = passes[ref.iteration or 0]
    name = "loss_terms" if ref.quantity == "loss_terms" else ref.name
    if ref.quantity in ("learning_rate", "l2"):
        return true(getattr(problem.optimizer, ref.quantity, problem.l2))
    if ref.quantity == "target" or ref.name == "out0":
        data = problem.targets if ref.quantity == "target" else problem.inputs
        return true(data[ref.sample or 0][ref.index])
    if ref.quantity == "product":
        row = found[f"net{ref.layer}"][ref.sample if len(found[f"net{ref.layer}"]) > 1 else 0]
        bias = found[f"b{ref.layer}"]
        return row[ref.index[0]] - (bias[ref.index[0]] if isinstance(bias, list) else bias)
    if ref.quantity == "sample_loss":
        row = ref.sample if len(found["loss_terms"]) > 1 else 0
        return sum(found["loss_terms"][row or 0])
    if ref.quantity == "squares":
        return sum(weight**2 for layer in ref.index for row in found[f"W{layer}"] for weight in row)
    if ref.quantity == "data_loss":
        rows = found["loss_terms"]
        share = len(rows) if problem.over_samples == "mean" else 1
        return sum(sum(row) for row in rows) / share
    corrected = re.fullmatch(r"(m|v)_hat(\w+)", ref.name)
    if corrected:
        # Adam's averages, divided by what their first terms lack (Kingma and Ba, algorithm 1).
        power = problem.optimizer.numbers["beta1" if corrected[1] == "m" else "beta2"]
        state = oracle_value(problem, ref.seen_as(State(corrected[1])), passes)
        return state / (1 - true(power) ** (ref.iteration or 0))
    if ref.aspect == State("d"):
        # Adadelta's step (Zeiler, algorithm 1), which is added.
        before = replace(ref, iteration=(ref.iteration or 0) - 1)
        s, u, gradient = (
            oracle_value(problem, at, passes)
            for at in (ref.seen_as(State("s")), before.seen_as(State("u")), before.gradient)
        )
        epsilon = true(problem.optimizer.numbers["epsilon"])
        return -mp.sqrt((u + epsilon) / (s + epsilon)) * gradient
    if ref.quantity in problem.optimizer.numbers:
        return true(problem.optimizer.numbers[ref.quantity])
    result = found[name]
    if ref.sample is not None:
        result = result[ref.sample if len(result) > 1 else 0]
    for n in ref.index:
        result = result[n]
    return result[0] if isinstance(result, list) else result


def figures(
    problem: Problem, ref: Ref, exactly: Any, digits: int, passes: dict[int, dict[str, Any]]
) -> int:
    """How many figures a value has: more, where it is told from another that it nearly equals."""
    near = beside(problem, ref, digits, passes)
    return max([digits, *(more(exactly, other, least, digits) for other, least in near)])


def beside(
    problem: Problem, ref: Ref, digits: int, passes: dict[int, dict[str, Any]]
) -> Iterator[tuple[Any, int]]:
    """What a value is told from, as an oracle knows it, and by how many figures."""
    if ref.quantity == "out" and ref.is_value and ref.layer:
        if problem.activations[ref.layer - 1].name in ("sigmoid", "tanh", "softmax"):
            yield from ((mp.mpf(sign), digits // 3 + 1) for sign in (1, -1))
        if ref.layer == len(problem.layers) - 1:
            yield true(problem.targets[ref.sample or 0][ref.index]), digits // 3 + 1
    if ref.quantity in ("W", "b") and ref.is_value and ref.iteration is not None:
        for at in (ref.iteration - 1, ref.iteration + 1):
            if at in passes:
                yield oracle_value(problem, replace(ref, iteration=at), passes), 1


def more(exactly: Any, other: Any, least: int, digits: int) -> int:
    """As many figures of a value as show `least` of its distance from another."""
    gap = abs(abs(exactly) - abs(other)) if exactly * other > 0 else mp.inf
    if not exactly or gap < mp.mpf(10) ** (size(max(abs(exactly), abs(other))) - 15):
        return digits
    return digits if mp.isinf(gap) else least + size(exactly) - size(gap)


def size(number: Any) -> int:
    """The power of ten of the first figure."""
    return int(mp.floor(mp.log10(abs(number))))


def assert_numbers_true(problem: Problem, document: Document, digits: int) -> int:
    """Compare every number that says what it shows; how many there were."""
    shown = [number for number in numbers(document) if isinstance(number.ref, Ref)]
    wanted = {number.ref.iteration or 0 for number in shown if isinstance(number.ref, Ref)}
    passes = dict(Oracle(problem).passes(wanted))
    for number in shown:
        ref = number.ref
        assert isinstance(ref, Ref)
        exactly = oracle_value(problem, ref, passes)
        if mp.isinf(exactly) or mp.isnan(exactly):
            assert number.numeral.digits in ("∞", "-∞", "NaN")
            continue
        printed = decimal(number.numeral.plain())
        if not printed[0]:
            # In 60 digits a difference that is 0 leaves an error of the last digits.
            assert abs(exactly) < mp.mpf("1e-50"), (ref, mp.nstr(exactly, 20))
        elif not number.numeral.rounded:
            # What is given, or needs no rounding, is printed as it is.
            assert abs(mp.mpf(number.numeral.plain()) - exactly) <= abs(exactly) * mp.mpf(
                "1e-40"
            ), ref
        else:
            kept = figures(problem, ref, exactly, digits, passes)
            assert printed == rounded(exactly, kept), (ref, printed, mp.nstr(exactly, 20))
    return len(shown)


@SETTINGS
@given(problem=problems(optimizers=("gradient-descent",), most_iterations=2))
def test_every_printed_number_of_a_random_network_is_correctly_rounded(problem: Problem) -> None:
    """Compared with plain loops in 60 digits, rounded by the decimal module."""
    views = ("scalars", "matrices", "gates")
    document = solution(problem, show=(1, 2), full=True, views=views)
    assert assert_numbers_true(problem, document, 6) > 0


@pytest.mark.parametrize("name", ["mazur-2015", "deep-ml-105", "matthews-xor-2001"])
@pytest.mark.parametrize("digits", [1, 4, 12])
def test_numbers_of_the_examples_are_right_at_any_number_of_digits(name: str, digits: int) -> None:
    """One figure, four, and twelve."""
    problem = example(name).problem
    if problem.iterations > 100:
        problem = Problem(**{**vars(problem), "iterations": 20})
    document = solution(problem, rounding=Rounding(digits))
    assert assert_numbers_true(problem, document, digits) > 50


@pytest.mark.parametrize(("notation", "sums"), [("net-out", 1), ("watermelon", 2)])
def test_a_penalty_in_brief_takes_the_sum_of_the_squares(notation: str, sums: int) -> None:
    """Not thousands of weights one by one; one sum for all whose letter is the same."""
    problem = drawn([3, 4, 2], optimizer={"l2": 0.1}, training={"iterations": 2})
    document = solution(problem, notation=notation, full=False, show=(2,))
    shown = [number for number in numbers(document) if number.ref and number.ref.name == "squares"]
    assert len({number.ref for number in shown}) == sums
    assert_numbers_true(problem, solution(problem, full=False, show=(2,)), 6)
    penalized = [e for e in equations(document) if "squares" in str(e.tree)]
    assert len(penalized) == 1


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("weight", [3, 6, 9, -9, 12, 16, 30])
@pytest.mark.parametrize("digits", [3, 6, 10])
def test_a_saturated_slope_follows_from_the_printed_output(
    activation: str, weight: float, digits: int
) -> None:
    """As far as the output can be written down, its slope is had from what is printed of it."""
    problem = drawn(
        [1, 1, 1],
        network={"activation": activation, "bias": "none"},
        data={"inputs": [[1.0]], "targets": [[0.5]]},
        start={"W1": [[weight]], "W2": [[0.5]]},
    )
    document = solution(problem, rounding=Rounding(digits))
    assert_numbers_true(problem, document, digits)
    known = {n.ref.name: n for n in numbers(document) if isinstance(n.ref, Ref)}
    out, slope = (mp.mpf(known[name].numeral.plain()) for name in ("out1", "dout1/dnet1"))
    by_hand = out * (1 - out) if activation == "sigmoid" else 1 - out**2
    if 1 - abs(mp.tanh(weight) if activation == "tanh" else 1 / (1 + mp.exp(-weight))) < 1e-15:
        assert abs(out) == 1
    else:
        assert abs(by_hand - slope) < mp.mpf(10) ** -(digits // 3) * slope
    assert_longer_numbers_are_explained(document, digits)


def assert_longer_numbers_are_explained(document: Document, digits: int) -> None:
    """The conventions say so where a number has more figures than was asked, and only there."""
    said = [message.key for message in messages(document)]
    rounded_ones = [n.numeral for n in numbers(document) if n.ref is not None and n.numeral.rounded]
    assert ("conventions.nearly_equal" in said) == any(
        len(one.digits.replace(".", "").lstrip("-0")) > digits for one in rounded_ones
    )


NEAR = {
    "its target": ({"data": {"inputs": [[0.5]], "targets": [[0.15]]}}, 600),
    "almost there": ({"data": {"inputs": [[0.5]], "targets": [[0.15]]}}, 200),
    "nothing to write down": ({"data": {"inputs": [[0.5]], "targets": [[0.15]]}}, 1500),
    "0": ({"data": {"inputs": [[0.5]], "targets": [[0.0]]}}, 900),
    "a linear one": (
        {
            "network": {"activation": "identity"}, "optimizer": {"learning_rate": 0.1},
            "data": {"inputs": [[0.5, 1.5]], "targets": [[-2.5]]},
        },
        30,
    ),
    "small steps": ({"optimizer": {"learning_rate": 1e-9}}, 2),
    "small steps of Adam": ({"optimizer": {"name": "adam", "learning_rate": 1e-7}}, 2),
}  # fmt: skip
"""Trainings of which the last update hardly moves anything."""


@pytest.mark.parametrize("near", NEAR)
@pytest.mark.parametrize("digits", [3, 6, 10])
def test_differences_of_numbers_that_nearly_agree_follow_from_what_is_printed(
    near: str, digits: int
) -> None:
    """The error from output and target, the new weight from the old one and its step."""
    tables, updates = NEAR[near]
    tables = {name: dict(table) for name, table in tables.items()}
    optimizer = {"learning_rate": 2.0, **tables.pop("optimizer", {})}
    layers = [len(tables.get("data", {"inputs": [[0, 0]]})["inputs"][0]), 1]
    problem = drawn(
        layers, optimizer=optimizer, training={"iterations": updates}, **tables
    )  # fmt: skip
    document = solution(
        problem, show=(updates,), rounding=Rounding(digits), views=("scalars", "matrices")
    )
    assert_numbers_true(problem, document, digits)
    printed = {
        n.ref: mp.mpf(n.numeral.plain()) for n in numbers(document) if isinstance(n.ref, Ref)
    }
    out = Ref("out", 1, (0,), 0, updates - 1)
    target, slope = true(problem.targets[0, 0]), printed[out.gradient]
    close = abs(slope) < mp.mpf("1e-15") * max(abs(target), abs(printed[out]))
    if not close:
        missing = printed[out] - target - slope
        assert abs(missing) < mp.mpf(10) ** -(digits // 3) * abs(slope)
    moved = 0
    passes = dict(Oracle(problem).passes([updates - 1, updates]))
    for ref, new in printed.items():
        if ref.quantity not in ("W", "b") or not ref.is_value or ref.iteration != updates:
            continue
        old = replace(ref, iteration=updates - 1)
        before, after = (oracle_value(problem, one, passes) for one in (old, ref))
        if abs(after - before) < mp.mpf("1e-15") * abs(after):
            assert printed[old] == new
            continue
        # Of the step one figure is seen, which rounding may double or halve.
        assert mp.mpf("0.4") < (new - printed[old]) / (after - before) < mp.mpf("2.1")
        moved += 1
    assert moved or near == "nothing to write down"
    for message in messages(document):
        if message.key.startswith("iterations.differs"):
            # What the trace has instead is told in as many figures.
            true_one, traced = (message.gaps[gap].numeral.digits for gap in ("right", "found"))  # type: ignore[union-attr]
            assert len(true_one.strip("-")) == len(traced.strip("-"))
    assert_longer_numbers_are_explained(document, digits)


# Equals signs


def lines(math: Element) -> list[list[Element]]:
    """The rows of an equation, each as its elements; rows in colour are opened up."""

    def opened(elements: list[Element]) -> list[Element]:
        found = []
        for element in elements:
            rows = element.tag in ("mrow", "mtd") and "data-value" not in element.attrib
            found += opened(list(element)) if rows else [element]
        return found

    if len(math) == 1 and math[0].tag == "mtable":
        return [[part for cell in row for part in opened(list(cell))] for row in math[0]]
    return [opened(list(math))]


def paint(role: str | None, _path: int | None) -> str:
    """Only the value is marked."""
    return ' data-value="1"' if role == "value" else ""


def segments(tree: Any) -> list[tuple[str, list[Element]]]:
    """(relation, elements) of an equation's parts, its rows read one after the other."""
    math = ElementTree.fromstring(mathml(tree, paint=paint, tag=lambda _ref: ""))  # noqa: S314
    found: list[tuple[str, list[Element]]] = [("", [])]
    for row in lines(math):
        for element in row:
            if element.tag == "mo" and text(element) in "=≈":
                found.append((text(element), []))
            else:
                found[-1][1].append(element)
    return found


def result(tree: Any) -> Number:
    """The value that an equation ends in."""
    *_, last = (part for part in inside(tree) if isinstance(part, Number))
    return last


def text_of(equation: Any) -> str:
    """An equation as its page shows it, on one line."""
    return text(ElementTree.fromstring(mathml(equation.tree, paint=paint, tag=lambda _ref: "")))  # noqa: S314


def checked_equalities(document: Document) -> int:
    """Check each sign before a value against the numbers printed before it; how many there were."""
    count = 0
    for equation in equations(document):
        parts = segments(equation.tree)
        for (_, before), (sign, after) in pairwise(parts):
            if len(after) != 1 or "data-value" not in after[0].attrib:
                continue
            try:
                left, right = value(before), value(after)
            except NotNumericError:
                continue
            except ZeroDivisionError:
                assert sign == "≈"
                continue
            printed = text(after[0]).replace("−", "-")
            if "×" in printed or "∞" in printed:
                continue
            count += 1
            if abs(left) < mp.mpf("1e-45"):
                # What printed operands leave that cancel is this arithmetic's own noise.
                left = mp.mpf(0)
            if "NaN" in printed or mp.isnan(left) or mp.isinf(left):
                continue
            # What nearly equals another number has more figures than others.
            kept = len(printed.lstrip("-0.").replace(".", ""))
            # Exactly so, but for the noise of the test's own arithmetic.
            same = abs(left - right) <= mp.mpf("1e-45") * max(1, abs(right))
            if result(equation.tree).numeral.rounded:
                same = same or rounded(left, max(6, kept)) == decimal(printed)
            assert same == (sign == "="), (text_of(equation), sign, mp.nstr(left, 20), printed)
    return count


@SETTINGS
@given(problem=problems(optimizers=("gradient-descent",), most_iterations=1))
def test_equals_stands_just_where_the_printed_operands_give_the_result(problem: Problem) -> None:
    """Each equation is read back from its MathML and computed in 50 digits."""
    checked_equalities(solution(problem, full=True))


@pytest.mark.parametrize("name", example_names())
def test_equals_signs_of_the_examples_are_borne_out(name: str) -> None:
    """Where the printed operands do not give the printed value, the sign is ≈."""
    problem = example(name).problem
    if problem.iterations > 100:
        problem = Problem(**{**vars(problem), "iterations": 3})
    assert checked_equalities(solution(problem)) >= 10


def test_numbers_know_what_they_show() -> None:
    """A result of the trace carries its reference, so that each can be checked."""
    document = solution(Problem(**{**vars(example("mazur-2015").problem), "iterations": 1}))
    for equation in equations(document):
        for _, after in segments(equation.tree)[1:]:
            assert after
    named = [n for n in numbers(document) if n.ref is not None]
    anonymous = [n for n in numbers(document) if n.ref is None and n.numeral.rounded]
    assert len(named) > 200
    # The two path terms under their braces, and the largest difference of the proof.
    assert len(anonymous) == 3
    assert all(isinstance(n, Number) for n in anonymous)
