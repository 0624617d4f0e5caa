"""The views by matrices and gates: shapes fit, printed products give what is printed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from derive.document import Equation, GateEdge, GateFigure, Message, Paragraph, blocks
from derive.errors import DeriveError
from derive.maths.numbers import Rounding, numeral
from derive.maths.tree import (
    Aligned,
    Braced,
    Matrix,
    Number,
    Operator,
    Row,
    Script,
    Styled,
    Text,
    Tree,
    numbers,
    parts,
)
from derive.maths.tree import Fraction as FractionTree
from derive.problem import Problem
from tests.documents import drawn, equations, inside, solution
from tests.engine.strategies import problems

Grid = list[list[Fraction]]
DIGITS = 6


def printed(number: Number) -> Fraction:
    """The value of the digits that are printed."""
    value = number.numeral.printed
    assert isinstance(value, Fraction)
    return value


def grid(matrix: Matrix) -> Grid:
    """The printed numbers of a matrix."""
    return [[printed(next(iter(numbers(cell)))) for cell in line] for line in matrix.rows]


def flat(tree: Tree) -> list[Tree]:
    """Rows and colours opened up."""
    if isinstance(tree, Row):
        return [piece for part in tree.parts for piece in flat(part)]
    if isinstance(tree, Styled):
        return flat(tree.inside)
    return [tree]


def times(left: Grid, right: Grid) -> Grid:
    """The product of two matrices."""
    columns = list(zip(*right, strict=True))
    return [
        [sum((a * b for a, b in zip(line, column, strict=True)), Fraction(0)) for column in columns]
        for line in left
    ]


def scalar(pieces: list[Tree]) -> Fraction:
    """A factor in front of a matrix: a product of numbers and a fraction of two."""
    result = Fraction(1)
    for piece in pieces:
        if isinstance(piece, Number):
            result *= printed(piece)
        elif isinstance(piece, FractionTree):
            result *= scalar(flat(piece.numerator)) / scalar(flat(piece.denominator))
        else:
            assert piece in (Operator("·"), Operator("×")), piece
    return result


def computed(pieces: list[Tree]) -> Grid:
    """What a printed sum of products of matrices gives, in exact arithmetic."""
    total: Grid | None = None
    product: Grid | None = None
    factor: list[Tree] = []
    sign, elementwise = 1, False

    def done() -> None:
        nonlocal total, product
        if product is None:
            return
        share = sign * scalar(factor)
        scaled = [[share * x for x in line] for line in product]
        total = (
            scaled
            if total is None
            else [
                [a + b for a, b in zip(*two, strict=True)]
                for two in zip(total, scaled, strict=True)
            ]
        )
        product = None

    for piece in pieces:
        match piece:
            case Matrix():
                found = grid(piece)
                if product is None:
                    product = found
                elif elementwise:
                    product = [
                        [a * b for a, b in zip(*two, strict=True)]
                        for two in zip(product, found, strict=True)
                    ]
                else:
                    product = times(product, found)
                elementwise = False
            case Operator("+" | "−"):
                done()
                factor, sign = [], 1 if piece.text == "+" else -1
            case Operator("⊙"):
                elementwise = True
            case Text():
                pass
            case _:
                factor.append(piece)
    done()
    assert total is not None
    return total


def braces(tree: Tree) -> list[tuple[int, int]]:
    """The shapes under the factors, in order."""
    found = []
    if isinstance(tree, Braced):
        rows, columns = numbers(tree.label)
        return [(int(printed(rows)), int(printed(columns)))]
    for part in parts(tree):
        found += braces(part)
    return found


def checked(equation: Equation) -> bool:
    """Check an equation of matrices: shapes, sizes, and the sign before its value."""
    tree = equation.tree
    if not isinstance(tree, Aligned) or not braces(tree):
        return False
    if any(piece in (Text("⋯"), Text("⋮")) for piece in inside(tree)):
        return False
    (left, _), *rest = tree.lines
    *middle, (_, last) = rest
    pieces = [piece for _, line in middle for piece in flat(line)]
    assert pieces[0] == Operator("=")
    sign, value = flat(last)
    assert isinstance(sign, Operator)
    assert isinstance(value, Matrix)
    result, shown = computed(pieces[1:]), grid(value)
    assert braces(left) == [(len(shown), len(shown[0]))]
    shapes = [
        (len(piece.rows), len(piece.rows[0])) for piece in pieces if isinstance(piece, Matrix)
    ]
    assert braces(tree.lines[0][1]) == shapes
    same = all(
        numeral(a, Rounding(DIGITS)).printed == numeral(b, Rounding(DIGITS)).printed
        for line in zip(result, shown, strict=True)
        for a, b in zip(*line, strict=True)
    )
    assert sign.text == ("=" if same else "≈")
    return True


@settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(problem=problems(most_iterations=1))
def test_printed_matrices_multiply_to_the_printed_result(problem: Problem) -> None:
    """Each product, read back from its tree, gives the value, or the sign is ≈."""
    for view in ("matrices", "gates"):
        document = solution(problem, views=(view,))
        found = [checked(equation) for equation in equations(document)]
        assert sum(found) >= len(problem.layers) - 1


def batch(**tables: Any) -> Problem:
    """The [2, 3, 1] network with a batch of four."""
    data = {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]}
    return drawn([2, 3, 1], data=data, **tables)


def test_a_batch_of_four_goes_through_in_matrices() -> None:
    """4×2 times 2×3, and back: 3×4 times 4×2."""
    document = solution(batch(loss={"over_samples": "mean"}), views=("matrices",))
    shapes = [braces(e.tree) for e in equations(document) if isinstance(e.tree, Aligned)]
    assert [(4, 3), (4, 2), (2, 3), (4, 1), (1, 3)] in shapes
    assert [(3, 2), (3, 4), (4, 2)] in shapes
    assert [(4, 3), (4, 1), (1, 3)] in shapes
    keys = {b.message.key for b in blocks(document) if isinstance(b, Paragraph)}
    assert {
        "matrices.mean",
        "matrices.ones",
        "matrices.through.transposed_forwards",
        "matrices.bias",
    } <= keys


def test_a_sum_over_samples_says_no_mean() -> None:
    """The factor 1/n is spoken of only where there is one."""
    document = solution(batch(), views=("matrices",))
    assert not [m for m in inside(document) if isinstance(m, Message) and m.key == "matrices.mean"]


@pytest.mark.parametrize(
    "views", [("scalars",), ("matrices",), ("gates",), ("scalars", "matrices", "gates")]
)
def test_a_view_shows_what_was_asked(views: tuple[str, ...]) -> None:
    """One, the other, or both, each with its own anchors."""
    document = solution(batch(), views=views)
    anchors = [section.anchor for section in document.sections]
    assert ("forward" in anchors) == ("scalars" in views)
    assert ("matrices" in anchors) == ("matrices" in views)
    assert ("gates" in anchors) == ("gates" in views)
    assert len(set(anchors)) == len(anchors)


def test_a_view_that_there_is_not_is_an_error() -> None:
    """Never another one in its place."""
    with pytest.raises(DeriveError, match=r"a view of scalars, matrices, gates .* not 'gate'"):
        solution(batch(), views=("scalars", "gate"))


def test_both_views_hold_the_same_numbers() -> None:
    """Each number of the matrices stands in the scalars too."""
    problem = batch(training={"iterations": 1})
    shown = {
        view: {
            (n.ref, n.numeral.plain())
            for e in equations(solution(problem, views=(view,), full=True))
            for n in numbers(e.tree)
            if n.ref is not None
        }
        for view in ("scalars", "matrices")
    }
    given = {pair for pair in shown["matrices"] if pair[0].name == "out0"}
    assert shown["matrices"] <= shown["scalars"] | given


def test_a_large_matrix_is_shown_by_its_ends() -> None:
    """Four first rows and columns, dots, the last."""
    document = solution(drawn([20, 12, 2]), views=("matrices",))
    largest = [part for part in inside(document) if isinstance(part, Matrix)]
    assert max(len(m.rows) for m in largest) <= 8
    assert max(len(m.rows[0]) for m in largest) <= 8
    assert any(Text("⋯") in m.rows[0] for m in largest)


def test_letters_of_matrices_are_marked_as_transposed_once() -> None:
    """Wᵀ, not Wᵀᵀ."""
    document = solution(batch(), views=("matrices",))
    marked = [part for part in inside(document) if isinstance(part, Script)]
    assert not [s for s in marked if isinstance(s.base, Script)]


def test_the_graph_of_gates_shows_every_value_and_gradient() -> None:
    """Multiply, add, activation a layer; nothing comes back to the input."""
    document = solution(batch(), views=("gates",))
    (figure,) = (part for part in inside(document) if isinstance(part, GateFigure))
    assert [layer.bias is not None for layer in figure.layers] == [True, True]
    assert figure.layers[0].entering.gradient is None
    assert figure.layers[1].entering.gradient is not None
    edges = [part for part in inside(figure) if isinstance(part, GateEdge)]
    assert len(edges) == 12
    unbiased = solution(batch(network={"bias": "none"}), views=("gates",))
    (figure,) = (part for part in inside(unbiased) if isinstance(part, GateFigure))
    assert all(layer.bias is None for layer in figure.layers)
