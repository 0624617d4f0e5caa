"""Every numbered equation of the page, read back from its MathML and the trace alone."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from derive.notation import TEXTBOOKS
from derive.problem import Problem, example, example_names
from tests.derivation.matrices import LEFT_OUT, OTHER_SAMPLES, TERMS_LEFT_OUT, UNREADABLE, text
from tests.derivation.reading import Read, page_maths, read_document, read_equation
from tests.derivation.world import World
from tests.documents import drawn, equations, solution
from tests.engine.strategies import problems

pytestmark = pytest.mark.no_cover
"""A sweep: coverage learns nothing of it, and would double its time."""

VIEWS = ("scalars", "matrices", "gates")
TWO = {"inputs": [[0.1, 0.2], [0.3, -0.4]], "targets": [[1.0, 0.0], [0.25, 0.75]]}
SOFTMAX: dict[str, Any] = {
    "network": {"activation": ["tanh", "softmax"]}, "loss": {"name": "cross-entropy"},
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "one sample": {"network": {"activation": ["elu", "gelu"]}},
    "a shared bias": {"network": {"bias": "layer"}, "data": TWO, "optimizer": {"name": "adagrad"}},
    "without bias": {
        "network": {"bias": "none", "activation": ["leaky-relu", "silu"]},
        "optimizer": {"name": "nesterov"},
    },
    "a penalty": {"optimizer": {"l2": 0.1}, "data": TWO},
    "the mean": {"loss": {"over_samples": "mean"}, "optimizer": {"l2": 0.1}, "data": TWO},
    "one by one": {
        "training": {"samples": "one-by-one"}, "data": TWO, "optimizer": {"name": "adamw"},
    },
    "after the update": {"training": {"hidden_deltas": "after-update"}},
    "softmax": {**SOFTMAX, "data": TWO},
    "softmax and a shared bias": {
        "network": {**SOFTMAX["network"], "bias": "layer"}, "loss": SOFTMAX["loss"],
    },
    "binary": {"network": {"activation": ["relu", "sigmoid"]},
               "loss": {"name": "binary-cross-entropy"}, "optimizer": {"name": "rmsprop"}},
    "momentum": {"optimizer": {"name": "momentum"}},
    "adam": {"optimizer": {"name": "adam", "l2": 0.1}},
    "adadelta": {"optimizer": {"name": "adadelta"}},
}  # fmt: skip


def read_back(problem: Problem, notation: str, **more: Any) -> Read:
    """Read a solution of all views; two iterations, where there are so many."""
    updates = min(problem.iterations, 2)
    show = tuple(range(1, updates + 1))
    document = solution(problem, notation=notation, show=show or (1,), **{"views": VIEWS, **more})
    read = Read()
    read_document(document, World(problem, notation, updates + 1), read)
    assert read.equations == len(equations(document)) > 10
    assert set(read.unread) <= set(UNREADABLE), read.unread
    return read


def lasting(problem: Problem, iterations: int) -> Problem:
    """The same problem, trained for another number of iterations."""
    return Problem(**{**vars(problem), "iterations": iterations})


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_every_line_of_every_kind_of_problem_is_true(notation: str) -> None:
    """All letters of all books; nothing but three kinds of lines is left unread."""
    for n, (kind, tables) in enumerate(KINDS.items()):
        problem = lasting(drawn([2, 2, 2], **{k: dict(v) for k, v in tables.items()}), 2)
        # Some pages without the view by scalars, which then have to say all that it says.
        views = VIEWS if n % 3 else VIEWS[1:][:: -1 if n % 2 else 1]
        read = read_back(problem, notation, full=True, views=views)
        assert not read.unread, kind
        assert read.sides > 3 * read.equations, kind
        # Tables of parameters belong to the view by scalars; without it matrices are given.
        assert read.cells >= (4 * 12 if "scalars" in views else 4), kind


BOOKS = cycle(TEXTBOOKS)


@pytest.mark.parametrize(
    ("name", "notations"), [(name, tuple(islice(BOOKS, 2))) for name in example_names()]
)
def test_every_line_of_the_examples_is_true(name: str, notations: tuple[str, ...]) -> None:
    """Each in the letters of two books, in full and in brief."""
    problem = lasting(example(name).problem, 3)
    for notation, full in zip(notations, (True, False), strict=True):
        read = read_back(problem, notation, full=full)
        assert set(read.unread) <= (set() if full else {OTHER_SAMPLES})


@settings(
    max_examples=24,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(problem=problems(), notation=st.sampled_from(sorted(TEXTBOOKS)), full=st.booleans())
def test_every_line_of_a_random_problem_is_true(
    problem: Problem, notation: str, *, full: bool
) -> None:
    """The same ones each time; the larger ones in brief."""
    full = full and problem.scalars() * len(problem.inputs) < 200
    read_back(lasting(problem, 2), notation, full=full)


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_every_row_of_a_table_is_true_in_every_book(notation: str) -> None:
    """Gradients in a table have the sign that their letters say, of weights and of thresholds."""
    read = read_back(drawn([2, 3, 2]), notation, full=False, views=VIEWS[:1])
    # Of each gradient itself and, of a weight's, both factors, or, of a bias's, one.
    assert read.cells >= 3 * 12 + 2 * 5


def test_what_cannot_be_read_is_what_is_left_out() -> None:
    """Cells of large matrices, terms of long sums, samples that a page in brief does not name."""
    samples = {"inputs": [[0.1] * 12, [0.2] * 12], "targets": [[1.0], [0.0]]}
    wide = drawn([12, 3, 1], data=samples)
    assert set(read_back(wide, "net-out", full=False).unread) == {LEFT_OUT, OTHER_SAMPLES}
    long = drawn([600, 1, 1])
    read = read_back(long, "bishop", views=("scalars",), full=False)
    assert set(read.unread) == {TERMS_LEFT_OUT}
    for kind, reason in UNREADABLE.items():
        print(f"{kind}: {reason}")


# What is false is found


def first(math: Element, ref: str) -> Element:
    """The first element of a name."""
    return next(e for e in math.iter() if e.attrib.get("data-ref") == ref)


def another_index(math: Element) -> None:
    """The letters of w2 say that they are w1."""
    first(math, "W1[0][1]@0").set("data-ref", "W1[0][0]@0")


def another_number(math: Element) -> None:
    """A printed number says that it is another's."""
    numbers = [e for e in math.iter("mn") if e.attrib.get("data-ref") == "W1[0][1]@0"]
    numbers[0].set("data-ref", "W1[0][0]@0")


def another_sign(math: Element) -> None:
    """− for +."""
    next(e for e in math.iter("mo") if e.text == "+").text = "−"


def another_digit(math: Element) -> None:
    """The last digit of the value is one too many."""
    *_, value = (e for e in math.iter("mn") if e.attrib.get("data-ref"))
    digits = value.text or ""
    value.text = digits[:-1] + str((int(digits[-1]) + 1) % 10)


@pytest.mark.parametrize("wrong", [another_index, another_number, another_sign, another_digit])
def test_a_false_line_is_found(wrong: Any) -> None:
    """One change of an equation that was true."""
    problem = drawn([2, 2, 2])
    document = solution(problem, full=True)
    math = page_maths(equations(document)[0].tree)
    assert text(math).startswith("net")
    world = World(problem, "net-out", 2)
    read_equation(math, "forward", world, Read())
    wrong(math)
    with pytest.raises(AssertionError):
        read_equation(math, "forward", world, Read())
