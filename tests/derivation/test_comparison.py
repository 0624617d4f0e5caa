"""Comparisons: which quantity differs first, every number of both, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from derive.document import Document, Equation, Paragraph, Section, Table, blocks
from derive.engine import train
from derive.language.catalogues import catalogue
from derive.language.languages import LANGUAGES
from derive.maths.numbers import Rounding
from derive.maths.speech import speech
from derive.maths.tree import Number
from derive.notation import TEXTBOOKS
from derive.problem import (
    OPTIMIZERS,
    ActivationSpec,
    LossSpec,
    OptimizerSpec,
    Problem,
    example,
)
from derive.reference import Aspect, Ref, State
from tests.derivation.comparisons import MAZUR, TWO, compared, nearly, pairs, two
from tests.derivation.test_numbers import (
    checked_equalities,
    decimal,
    mp,
    oracle_value,
    rounded,
)
from tests.documents import messages, numbers
from tests.engine.oracle import Oracle
from tests.engine.strategies import problems
from tests.published import FOLDER, read_case

AFTER = replace(MAZUR, hidden_deltas="after-update")
PAIRS = {name: (a, b) for name, a, b in pairs()}
PLAIN = {
    name: pair
    for name, pair in PAIRS.items()
    if not any(problem.loss.formula or name == "activation" for problem in pair)
    and "divergence" not in name
    and name not in ("saturation", "parameters", "one of many weights")
}
"""Those that the oracle knows."""


@cache
def between(name: str) -> Document:
    """The comparison of one of `PAIRS`, made once."""
    return compared(*PAIRS[name], rounding=Rounding(6))


def table(document: Document, key: str) -> Table:
    """The table with that caption."""
    (found,) = (b for b in blocks(document) if isinstance(b, Table) and _key(b) == key)
    return found


def _key(block: Table) -> str:
    return block.caption.key if block.caption else ""


def rows(document: Document) -> Iterator[tuple[Number, Number, Any]]:
    """The cells of A and B and their difference, of every row that has all three."""
    for block in blocks(document):
        if isinstance(block, Table) and len(block.header) >= 4:
            for row in block.rows:
                a, b, gap = row[-3:]
                if isinstance(a, Number) and isinstance(b, Number):
                    yield a, b, gap


def first_parting(document: Document) -> list[Ref]:
    """What the equations of the section on the parting end in."""
    (section,) = (b for b in document.sections if b.anchor == "part")
    found = []
    for block in section.blocks:
        results = [
            n.ref for n in numbers(Document(block, None, (), (), (), ""))  # type: ignore[arg-type]
        ]  # fmt: skip
        if results and not isinstance(block, Paragraph):
            found.append(results[-1])
    return found


# Every number


def printed_places(number: Number) -> int:
    """The decimal place of the last digit that is printed."""
    digits = number.numeral.digits.partition(".")[2]
    return len(digits) - number.numeral.exponent


def rounds_to(value: Any, number: Number) -> bool:
    """Whether a printed number is a true value, rounded half up where its digits end."""
    printed = number.numeral.plain()
    shown = decimal(printed)
    if not shown[0] or not number.numeral.rounded:
        return bool(abs(mp.mpf(printed) - value) <= abs(value) * mp.mpf("1e-40"))
    return shown == rounded(value, int(mp.floor(mp.log10(abs(value)))) + 1 + printed_places(number))


def passes_of(problem: Problem, refs: list[Any]) -> dict[int, Any]:
    """The oracle's passes that `refs` speak of."""
    return dict(Oracle(problem).passes({ref.iteration or 0 for ref in refs if ref} | {0}))


@pytest.mark.parametrize("name", PLAIN)
def test_every_row_is_true_to_its_last_digit(name: str) -> None:
    """A's value, B's and their difference, by plain loops of each problem."""
    a, b = PLAIN[name]
    found = list(rows(between(name)))
    assert found or a.layers != b.layers
    sides = [
        (problem, passes_of(problem, [row[n].ref for row in found]))
        for n, problem in enumerate((a, b))
    ]
    for row in found:
        true = [
            oracle_value(problem, number.ref, passes)
            for number, (problem, passes) in zip(row, sides, strict=False)
            if isinstance(number.ref, Ref)
        ]
        assert rounds_to(true[0], row[0]), row
        assert rounds_to(true[1], row[1]), row
        if isinstance(row[2], Number):
            assert rounds_to(true[1] - true[0], row[2]), row
            assert row[0].numeral.plain() != row[1].numeral.plain()
        else:
            assert abs(true[1] - true[0]) <= abs(true[0]) * mp.mpf("1e-30")


@pytest.mark.parametrize("name", PAIRS)
def test_equals_signs_are_borne_out(name: str) -> None:
    """As in a worked solution; AdamW's first step differs from Adam's beyond six figures only."""
    if "divergence" not in name and name not in ("AdamW", "saturation"):
        checked_equalities(between(name))


# Where they part

PARTED: dict[str, list[str]] = {
    "loss, scaled": ["loss_terms[0]", "dE/dout2[0]"],
    "loss, by a constant": ["loss_terms[0]"],
    "over samples": ["loss", "dE/dout2[0]"],
    "samples": ["loss", "dE/dW2[0][0]"],
    "learning rate": ["W1[0][0]+"],
    "learning rate, after the update": ["dE/dout1[0]"],
    "beta1": ["mW1[0][0]+"],
    "l2": ["loss", "dE/dW2[0][0]"],
    "training of biases": ["b1[0]+"],
    "shared biases": ["dE/db2[0]"],
    "hidden deltas": ["dE/dout1[0]"],
    "activation": ["out1[0]"],
    "data": ["net1[0]"],
    "start": ["net1[0]"],
    "biases": ["net1[0]"],
    "outputs": ["loss"],
    "layers": ["out2[0]"],
}
"""The first quantity that differs, as a textbook would say it, and where the error's value is the
first, the first on the way back."""


def spelt(ref: Ref) -> str:
    """A scalar's name and index."""
    kept = ref.is_value or isinstance(ref.aspect, State)
    plus = "+" if ref.iteration and ref.quantity in "Wb" and kept else ""
    return ref.name + "".join(f"[{n}]" for n in ref.index) + plus


@pytest.mark.parametrize("name", PARTED)
def test_the_first_quantity_that_differs_is_worked_out_on_both_sides(name: str) -> None:
    """In the order: A, B, and the same for the way back."""
    found = first_parting(between(name))
    a, b = found[::2], found[1::2]
    assert [spelt(ref) for ref in a] == [
        "dE/db2" if name == "shared biases" else quantity for quantity in PARTED[name]
    ]
    last = PAIRS[name][1].layers
    expected = [q.replace("out2", f"out{len(last) - 1}") for q in PARTED[name]]
    assert [spelt(ref) for ref in b] == expected


def test_momentum_parts_from_gradient_descent_in_the_second_update() -> None:
    """Its velocity starts from 0, so the first step is the same."""
    document = between("momentum")
    (said,) = (m for m in messages(document) if m.key == "compare.part.later")
    assert (said.gaps["count"], said.gaps["next"]) == ("1", "2")
    errors = table(document, "table.iterations").rows
    gaps = [row[3] for row in errors]
    assert [isinstance(gap, Number) for gap in gaps[:3]] == [False, False, True]
    # In B the velocity is worked out before the weight.
    assert [spelt(ref) for ref in first_parting(document)] == [
        "W1[0][0]+",
        "vW1[0][0]+",
        "W1[0][0]+",
    ]


@pytest.mark.parametrize(
    "name",
    ["over one sample", "one sample", "over samples in turn", "no hidden deltas", "loss, the same",
     "training of no biases", "iterations"],
)  # fmt: skip
def test_a_difference_without_effect_is_called_so(name: str) -> None:
    """No number differs, and the page says why."""
    document = between(name)
    keys = {message.key for message in messages(document)}
    assert "compare.part.nowhere" in keys
    assert any(key.startswith(("compare.idle.", "compare.cause.iterations")) for key in keys)
    assert not any(isinstance(gap, Number) for _, _, gap in rows(document))


def test_a_shared_bias_that_is_not_trained_changes_its_gradient_alone() -> None:
    """And the page says that no update uses it."""
    document = between("shared biases, fixed")
    assert "compare.idle.bias" in {message.key for message in messages(document)}
    differing = [a.ref for a, _, gap in rows(document) if isinstance(gap, Number)]
    assert {spelt(ref).partition("[")[0] for ref in differing} == {"dE/db1", "dE/db2"}


def test_the_same_problem_twice_is_the_same() -> None:
    """It says so, and has nothing to explain."""
    document = between("nothing")
    keys = {message.key for message in messages(document)}
    assert "compare.same" in keys
    assert not any(key.startswith(("compare.cause", "compare.part")) for key in keys)


def test_a_start_alone_is_named_so() -> None:
    """Other weights, the same rules; with another difference beside it, it is not alone."""
    alone = {message.key for message in messages(between("start"))}
    assert "compare.cause.start_alone" in alone
    beside = {message.key for message in messages(between("seed"))}
    assert {"compare.cause.start", "compare.cause.l2", "compare.cause.several"} <= beside


# Published figures


def shown(document: Document, caption: str, column: int) -> dict[str, str]:
    """The printed numbers of a table's column, by the table's first column."""
    return {
        str(row[0]): row[column].numeral.plain()
        for row in table(document, caption).rows
        if isinstance(row[column], Number)
    }  # type: ignore[union-attr]


def test_the_published_error_is_that_of_weights_already_updated() -> None:
    """0.291027924 was printed for the right rule, which gives 0.291027774."""
    published = replace(example("mazur-2015"), misprints=example("mazur-2015").misprints[:1])
    document = compared(MAZUR, AFTER, examples=(published, None))
    errors = shown(document, "table.iterations", 1), shown(document, "table.iterations", 2)
    assert (errors[0]["1"], errors[1]["1"]) == ("0.291027774", "0.291027924")
    (said,) = (m for m in messages(document) if m.key == "compare.published_a")
    assert said.gaps["wrong"].numeral.digits == "0.291027924"  # type: ignore[union-attr]
    assert said.gaps["right"].numeral.digits == "0.291027774"  # type: ignore[union-attr]
    other = compared(AFTER, MAZUR, examples=(None, published))
    assert [m.key for m in messages(other) if "published" in m.key] == ["compare.published_b"]
    same = compared(MAZUR, replace(MAZUR, over_samples="mean"), examples=(published, None))
    assert not [m for m in messages(same) if "published" in m.key]


def test_the_wrong_rule_gives_its_known_figures() -> None:
    """From the list of wrong rules and what each gives on the classic example: row H1."""
    document = compared(MAZUR, AFTER, rounding=Rounding(9))
    back, update = (
        {spelt(row[1].ref): (row[1].numeral.digits, row[2].numeral.digits) for row in found.rows}
        for found in (table(document, "matrices.backward"), table(document, "update.title"))
    )
    assert back["delta1[0]"] == ("0.00877135469", "0.00729445755")
    assert back["dE/dW1[0][0]"] == ("0.000438567734", "0.000364722878")
    assert update["W1[0][0]+"] == ("0.149780716", "0.149817639")
    assert all(name.startswith(("dE/dout1", "delta1", "dE/dW1", "dE/db1")) for name in back)
    assert all(name.startswith("W1") for name in update)


def test_without_the_half_every_delta_is_doubled() -> None:
    """Rows OK and D5 of the same list."""
    document = compared(MAZUR, replace(MAZUR, loss=LossSpec("squared-error")), rounding=Rounding(9))
    back = {spelt(row[1].ref): row for row in table(document, "matrices.backward").rows}  # type: ignore[union-attr]
    a, b = (back["delta2[0]"][n].numeral.digits for n in (1, 2))  # type: ignore[union-attr]
    assert (a, b) == ("0.138498562", "0.276997123")
    update = {spelt(row[1].ref): row for row in table(document, "update.title").rows}  # type: ignore[union-attr]
    a, b = (update["W2[0][0]+"][n].numeral.digits for n in (1, 2))  # type: ignore[union-attr]
    assert (a, b) == ("0.358916480", "0.317832959")
    (said,) = (m for m in messages(document) if m.key == "compare.cause.loss_scaled_descent")
    assert said.gaps["factor"].numeral.digits == "2"  # type: ignore[union-attr]


def test_after_ten_thousand_updates_the_published_outputs_are_those_of_the_wrong_rule() -> None:
    """As the case's annotations say: 0.015912196 and 0.984065734 were printed."""
    published = read_case(FOLDER / "mazur_2015.json")["published"]
    problem = example("mazur-2015").problem
    document = compared(
        problem, replace(problem, hidden_deltas="after-update"), rounding=Rounding(9, 9)
    )
    outputs = table(document, "compare.training.outputs").rows
    right, wrong = (
        [row[n].numeral.digits for row in outputs]  # type: ignore[union-attr]
        for n in (2, 3)
    )
    assert [text[:11] for text in right] == ["0.015913620", "0.984064274"]
    assert [float(f"{float(text):.9f}") for text in wrong] == [
        float(published["after10000:out[2][0]"]),
        float(published["after10000:out[2][1]"]),
    ]
    errors = (
        shown(document, "table.iterations", 1)["10000"],
        shown(document, "table.iterations", 2)["10000"],
    )
    assert [round(float(text), 10) for text in errors] == [0.0000351019, 0.0000350848]


# Whatever is compared


def test_a_and_b_change_places() -> None:
    """Their columns do, and every difference changes its sign."""
    forth, back = compared(MAZUR, AFTER), compared(AFTER, MAZUR)
    for (a, b, gap), (other_a, other_b, other_gap) in zip(rows(forth), rows(back), strict=True):
        assert (a.numeral, b.numeral) == (other_b.numeral, other_a.numeral)
        if isinstance(gap, Number):
            assert gap.numeral.printed == -other_gap.numeral.printed


@pytest.mark.parametrize("notation", TEXTBOOKS)
@pytest.mark.parametrize("name", ["hidden deltas", "shared biases", "l2", "momentum"])
def test_letters_may_be_those_of_any_textbook(name: str, notation: str) -> None:
    """The same values but for their signs, the same scalars worked out, equals signs borne out."""
    usual, here = between(name), compared(*PAIRS[name], notation=notation, rounding=Rounding(6))
    checked_equalities(here)
    assert len(first_parting(here)) == len(first_parting(usual))
    for (a, b, _), (usual_a, usual_b, _) in zip(rows(here), rows(usual), strict=True):
        for number, other in ((a, usual_a), (b, usual_b)):
            assert abs(number.numeral.printed) == abs(other.numeral.printed)


def test_where_a_book_gives_each_sample_its_own_delta_a_mean_leaves_it_alone() -> None:
    """As Nielsen does: the gradients differ, the error terms do not."""
    document = compared(*PAIRS["over samples"], notation="nielsen")
    differing = [a.ref for a, _, gap in rows(document) if isinstance(gap, Number)]
    assert ("W", Aspect.GRADIENT) in {(ref.quantity, ref.aspect) for ref in differing}
    assert Aspect.ERROR_TERM not in {ref.aspect for ref in differing}
    keys = {m.key for m in messages(document)}
    assert "compare.cause.over_samples_own_loss" in keys
    assert "compare.cause.over_samples" not in keys


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_says_what_its_first_step_is(name: str) -> None:
    """In both languages."""
    numbers_ = dict(OPTIMIZERS[name])
    other = replace(MAZUR, optimizer=OptimizerSpec(name, 0.1, numbers_))
    plain = "momentum" if name == "gradient-descent" else "gradient-descent"
    usual = replace(MAZUR, optimizer=OptimizerSpec(plain, 0.1, dict(OPTIMIZERS[plain])))
    said = [m for m in messages(compared(usual, other)) if m.key.startswith("compare.first_step")]
    assert [m.gaps["side"] for m in said] == ["A", "B"]
    assert said[1].key == f"compare.first_step.{name.replace('-', '_')}"
    for tag in LANGUAGES:
        assert list(catalogue(tag).inlines(said[1]))


FIRST_STEPS = {
    "gradient-descent": lambda g: 0.1 * g,
    "momentum": lambda g: 0.1 * g,
    "momentum, average": lambda g: 0.1 * (1 - 0.9) * g,
    "nesterov": lambda g: 0.1 * (1 + 0.9) * g,
    "adagrad": lambda g: 0.1 * math.copysign(1, g),
    "rmsprop": lambda g: 0.1 / math.sqrt(1 - 0.9) * math.copysign(1, g),
    "adam": lambda g: 0.1 * math.copysign(1, g),
}
"""What the words on the optimizers say of the first step, at the rate 0.1, of a gradient."""


@pytest.mark.parametrize("name", FIRST_STEPS)
def test_the_words_on_first_steps_are_true(name: str) -> None:
    """Of every weight of the classic example, whose gradients are large beside epsilon."""
    kind, _, form = name.partition(", ")
    spec = OptimizerSpec(kind, 0.1, dict(OPTIMIZERS[kind]), "average" if form else "classic")
    trace = train(replace(MAZUR, optimizer=spec))
    for parameter in ("W1", "W2"):
        steps = (trace[parameter][0] - trace[parameter][1]).ravel()
        for step, gradient in zip(steps, trace[f"dE/d{parameter}"][0].ravel(), strict=True):
            assert step == pytest.approx(FIRST_STEPS[name](gradient), rel=1e-3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(a=problems(most_iterations=2), b=problems(most_iterations=2))
def test_any_two_problems_can_be_compared(a: Problem, b: Problem) -> None:
    """Of whatever shapes; the fields that are listed are those that differ."""
    document = compared(a, b)
    listed = {m.key for m in messages(document) if m.key.startswith("compare.field.")}
    for key, differs in {
        "layers": a.layers != b.layers,
        "bias": a.bias != b.bias,
        "loss": a.loss != b.loss,
        "learning_rate": a.optimizer.learning_rate != b.optimizer.learning_rate,
        "l2": a.l2 != b.l2,
        "hidden_deltas": a.hidden_deltas != b.hidden_deltas,
        "sample_count": len(a.inputs) != len(b.inputs),
    }.items():
        assert (f"compare.field.{key}" in listed) == differs


@pytest.mark.parametrize("name", PAIRS)
def test_equations_are_counted_through(name: str) -> None:
    """Two workbooks, one count; each anchor is unique."""
    document = between(name)
    anchors = [b.anchor for b in blocks(document) if isinstance(b, Equation)]
    assert anchors == [f"eq-{n + 1}" for n in range(len(anchors))]
    sections = [b.anchor for b in blocks(document) if isinstance(b, Section)]
    assert len(set(sections)) == len(sections)


def test_outputs_carry_no_mark_of_an_update() -> None:
    """The mark is a parameter's; what the outputs are after which update, the caption says."""
    outputs = table(between("hidden deltas"), "compare.training.outputs").rows
    words = [speech(row[0], catalogue("en")) for row in outputs]  # type: ignore[arg-type]
    assert len(words) == 4
    assert not [word for word in words if "new" in word]


def test_biases_that_one_side_has_not_are_trained_or_not_on_the_other_alone() -> None:
    """Where one network has no biases, that they are trained in the other is no difference."""
    bare = replace(PAIRS["biases"][0], train_biases=False)
    said = {m.key for m in messages(compared(bare, PAIRS["biases"][1]))}
    assert "compare.field.bias" in said
    assert "compare.field.train_biases" not in said


def test_a_long_table_is_cut_and_says_so() -> None:
    """A network of 2,060 parameters."""
    document = between("parameters")
    assert [m for m in messages(document) if m.key == "table.cut"]
    assert max(len(b.rows) for b in blocks(document) if isinstance(b, Table)) == 120


def test_of_a_large_network_a_single_scalar_is_told_without_its_equation() -> None:
    """The one neuron of forty whose weight differs, at the end of its table's first row."""
    document = between("one of many weights")
    (said,) = (m for m in messages(document) if m.key == "compare.part.values")
    a, b = (said.gaps[side].ref for side in "ab")  # type: ignore[union-attr]
    assert spelt(a) == spelt(b) == "net1[5]"


def test_a_training_that_diverges_is_compared_as_far_as_it_went() -> None:
    """With the warning under the letter of its side."""

    def warned(name: str) -> set[str]:
        return {
            message.key
            for message in messages(between(name))
            if any(getattr(g, "key", "") == "iterations.diverged" for g in message.gaps.values())
        }

    assert warned("divergence of one") == {"compare.training.of_a"}
    assert warned("divergence of both") == {"compare.training.of_a", "compare.training.of_b"}


def test_what_float64_cannot_tell_apart_is_not_said_to_differ() -> None:
    """Starts 10^-13 apart: shown where balls tell it, not where float64 went on."""
    errors = table(compared(*nearly()), "table.iterations").rows
    assert isinstance(errors[0][3], Number)
    assert errors[0][1].numeral.digits != errors[0][2].numeral.digits  # type: ignore[union-attr]
    assert getattr(errors[-1][3], "key", "") == "compare.alike"


def test_other_optimizers_part_in_the_step_alone() -> None:
    """The first gradients are the same; Adam's first step is η whatever the gradient."""
    rate = 0.1
    adam = replace(
        MAZUR,
        optimizer=OptimizerSpec("adam", rate, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    )
    document = compared(MAZUR, adam)
    assert "matrices.backward" not in {_key(b) for b in blocks(document) if isinstance(b, Table)}
    for row in table(document, "update.title").rows:
        ref = row[2].ref  # type: ignore[union-attr]
        old = float(MAZUR.start[ref.name][ref.index])
        assert abs(abs(float(row[2].numeral.printed) - old) - rate) < 1e-4 * rate  # type: ignore[union-attr]


def test_another_activation_changes_outputs_but_not_their_net_inputs() -> None:
    """Of the layer that has it: σ(0.3775) and tanh(0.3775)."""
    tanh = replace(MAZUR, activations=(ActivationSpec("tanh"), ActivationSpec("sigmoid")))
    forward = {spelt(row[1].ref): row for row in table(compared(MAZUR, tanh), "forward.title").rows}  # type: ignore[union-attr]
    assert "net1[0]" not in forward
    assert [cell.numeral.digits for cell in forward["out1[0]"][1:3]] == ["0.593270", "0.360534"]  # type: ignore[union-attr]


def test_a_mean_divides_by_the_number_of_samples() -> None:
    """B's error and gradients are A's over 2."""
    document = compared(
        two(data=TWO), two(data=TWO, loss={"over_samples": "mean"}), rounding=Rounding(15)
    )
    for a, b, _ in rows(document):
        if isinstance(a.ref, Ref) and (a.ref.iteration or 0) == 0:
            assert float(b.numeral.printed) * 2 == pytest.approx(
                float(a.numeral.printed), rel=1e-14
            )
