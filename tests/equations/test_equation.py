"""Equations read from text, and what follows from them in letters and for cells."""

from __future__ import annotations

import pytest

from derive.equations import Axis, Cell, Cells, Equation, Indexed, Inside, Sigma, equation
from derive.errors import FormulaError, ShapeError
from derive.formula import Constant, Expression, Negative, Product, Quotient, Sum, Symbol, parse

SHAPES = {"Z": (2, 2), "K": (2, 2), "X": (3, 3), "b": ()}
CONVOLUTION = "Z[i, j] = sum(m, n, K[m, n] * X[i + m, j + n]) + b"


def _written(formula: Expression) -> str:
    """A formula on one line; the conditions of a sum after a bar."""
    match formula:
        case Symbol(Sigma(letters, body, conditions)):
            names = "".join(f"{letter}, " for letter, _ in letters)
            where = [f"{one.index} < {_size(one)}" for one in conditions]
            bar = f" | {', '.join(where)}" if where else ""
            return f"sum({names}{_written(body)}{bar})"
        case Symbol(Axis(tensor, axis)):
            return f"size({tensor}, {axis})"
        case Symbol(Cell(tensor, index)):
            return f"{tensor}{list(index)}"
        case Symbol(name):
            return str(name)
        case Constant(value):
            return str(value)
        case Sum(terms):
            return " + ".join(map(_written, terms))
        case Product(factors):
            return " * ".join(
                f"({_written(one)})" if isinstance(one, Sum) else _written(one) for one in factors
            )
        case Negative(operand):
            return f"-{_written(operand)}"
        case Quotient(above, below):
            return f"{_written(above)} / {_written(below)}"
    raise AssertionError(formula)


def _size(one: Inside) -> str:
    return str(one.size) if isinstance(one.size, int) else f"{one.size.tensor}.{one.size.axis}"


@pytest.mark.parametrize(
    ("text", "tensor", "gradient"),
    [
        ("net[s, i] = sum(j, W[i, j] * out[s, j]) + b[i]", "W",
         "dW[i, j] = sum(s, dnet[s, i] * out[s, j])"),
        ("net[s, i] = sum(j, W[i, j] * out[s, j]) + b[i]", "out",
         "dout[s, j] = sum(i, dnet[s, i] * W[i, j])"),
        ("net[s, i] = sum(j, W[i, j] * out[s, j]) + b[i]", "b", "db[i] = sum(s, dnet[s, i])"),
        ("net[s, i] = W[i] * out[s] + b", "b", "db = sum(s, i, dnet[s, i])"),
        (CONVOLUTION, "K", "dK[m, n] = sum(i, j, dZ[i, j] * X[i + m, j + n])"),
        (CONVOLUTION, "X", "dX[a, c] = sum(m, n, dZ[a - m, c - n] * K[m, n] "
                           "| a - m < dZ.0, c - n < dZ.1)"),
        ("V[k] = A[k // 2, k % 2]", "A", "dA[a, b] = sum(dV[2 * a + b] | b < 2, 2 * a + b < dV.0)"),
        ("y[i] = x[2 * i]", "x", "dx[a] = sum(i, dy[i] | 2 * i - a < 1)"),
        ("y = sum(i, x[i] * x[i])", "x", "dx[i] = dy * (x[i] + x[i])"),
        ("y[i] = sum(j, M[i, j]) / sum(k, x[k])", "M", "dM[i, j] = dy[i] * 1 / sum(k, x[k])"),
        ("y[i] = x[i] - sum(j, x[j]) / size(x, 0)", "x",
         "dx[i] = dy[i] + sum(a, -dy[a] * 1 / size(x, 0))"),
    ],
)  # fmt: skip
def test_a_gradient_is_an_equation_too(text: str, tensor: str, gradient: str) -> None:
    """Each access read backwards; what cannot be solved for is a condition."""
    found = equation(text).gradient(tensor)
    assert found is not None
    assert f"{found.result} = {_written(found.formula)}" == gradient


def test_what_is_not_read_has_no_gradient() -> None:
    """None rather than zeros, as of a rule of the engine."""
    assert equation("y[i] = x[i]").gradient("W") is None


def test_a_sums_letter_gives_way_to_what_is_put_in() -> None:
    """A sum over i is one over another letter where i is put in."""
    found = equation("y[i] = sum(k, A[i, k]) * sum(j, x[j])").gradient("A")
    assert found is not None
    assert _written(found.formula) == "dy[i] * sum(j, x[j])"
    twice = equation("y[k] = sum(i, x[i]) + x[k] * sum(i, M[k, i])").gradient("x")
    assert twice is not None
    assert f"{twice.result} = {_written(twice.formula)}" == (
        "dx[i] = sum(k, dy[k]) + dy[i] * sum(a, M[i, a])"
    )
    shares = equation("y[j] = x[j] * sum(i, x[i])").gradient("x")
    assert shares is not None
    assert _written(shares.formula) == "dy[j] * sum(i, x[i]) + sum(a, dy[a] * x[a])"


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("y[i] = sum(j, W[i, j] * x[j])", "W x"),
        ("y[j] = sum(i, x[i] * W[i, j])", "Wᵀ x"),
        ("y = sum(i, a[i] * b[i])", "aᵀ b"),
        ("S[i, j] = sum(d, Q[i, d] * K[j, d])", "Q Kᵀ"),
        ("S[j, i] = sum(d, Q[i, d] * K[j, d]) + b", "K Qᵀ + 1 bᵀ"),
        ("y[i, k] = sum(j, A[j, i] * B[k, j])", "Aᵀ Bᵀ"),
        ("y[s, i] = sum(j, W[i, j] * x[s, j]) + b[i]", "x Wᵀ + 1 bᵀ"),
        ("y[i, s] = b[i]", "b 1ᵀ"),
        ("y[i] = b", "b"),
        ("y[i, j] = a[i] * b[j]", "a bᵀ"),
        ("y[i] = sum(j, W[i, j])", "W 1"),
        ("y[j] = sum(i, W[i, j])", "Wᵀ 1"),
        ("y = sum(i, a[i])", "aᵀ 1"),
        ("y[i, j] = a[j, i]", "aᵀ"),
        ("y[i, j] = a[i, j] * b[j, i] * c[i, j]", "a ⊙ bᵀ ⊙ c"),
        ("y[i] = sum(j, A[i, j] * x[j]) + sum(j, B[i, j] * x[j])", "A x + B x"),
        ("y[i] = sum(j, W[i, j] * x[j] * x[j])", ""),
        ("y[i] = sum(j, W[i, j] * x[j + 1])", ""),
        ("y[i] = sum(j, W[j, j] * x[i])", ""),
        ("y[i, k] = sum(j, A[i, j] * x[j])", ""),
        ("y[i] = sum(j, A[i, j] * x[j]) + exp(x[i])", ""),
        ("y[i] = sum(j, k, A[i, j, k])", ""),
        ("y[s, i, k] = sum(j, A[s, j] * B[j, k])", ""),
    ],
)
def test_a_sum_of_products_of_matrices_is_found(text: str, factors: str) -> None:
    """Which factors in which order and which of them transposed, or that there is none."""
    assert _in_matrices(equation(text)) == factors


def _in_matrices(of: Equation) -> str:
    return " + ".join(
        (" ⊙ " if term.elementwise else " ").join(
            f"{one.tensor}{'ᵀ' if one.transposed else ''}" for one in term.factors
        )
        for term in of.matrices or ()
    )


def test_a_chain_has_the_slope_as_a_tensor() -> None:
    """Element by element where the slope has the result's letters; else a matrix a sample."""
    one = equation("y[s, i] = tanh(x[s, i])", slopes={"x[s, i]": "1 - y[s, i]^2"})
    assert _in_matrices(one.chain(one.slopes[0], "D")) == "dy ⊙ D"
    all_of = equation("y[s, i] = x[s, i] / sum(j, x[s, j])", slopes={"x[s, j]": "y[s, i]"})
    chain = all_of.chain(all_of.slopes[0], "D")
    assert f"{chain.result} = {_written(chain.formula)}" == (
        "dx[s, j] = sum(i, dy[s, i] * D[s, i, j])"
    )
    assert chain.matrices is None
    assert _in_matrices(chain.of_one) == "Dᵀ dy"


def test_one_place_of_an_axis_needs_one_that_all_share() -> None:
    """A weight belongs to no sample."""
    with pytest.raises(ShapeError, match=r"y\[s, i\] does not share"):
        _ = equation("y[s, i] = sum(j, W[i, j] * x[s, j])").of_one


def test_a_cell_is_a_formula_of_cells() -> None:
    """With every sum written out."""
    assert _written(Cells(equation(CONVOLUTION), SHAPES).cell((0, 1))) == (
        "K[0, 0] * X[0, 1] + K[0, 1] * X[0, 2] + K[1, 0] * X[1, 1] + K[1, 1] * X[1, 2] + b[]"
    )


def test_a_bracket_chooses() -> None:
    """[i = j] is 1 where they are equal; a constant index reads one place."""
    cells = Cells(equation("y[i] = sum(j, [i = j] * x[j]) + x[1]"), {"y": (2,), "x": (2,)})
    assert _written(cells.cell((1,))) == "0 * x[0] + 1 * x[1] + x[1]"
    assert cells.readers(Cell("x", (1,))) == [(0,), (1,)]
    assert _written(cells.local((1,), Cell("x", (1,)))) == "1 + 1"


def test_what_no_letter_gives_is_not_read() -> None:
    """Every second number is, and of a matrix the diagonal."""
    cells = Cells(equation("y[i] = x[2 * i] * M[i, i]"), {"y": (2,), "x": (4,), "M": (2, 2)})
    assert [cells.readers(Cell("x", (n,))) for n in range(4)] == [[(0,)], [], [(1,)], []]
    assert cells.readers(Cell("M", (1, 1))) == [(1,)]
    assert cells.readers(Cell("M", (0, 1))) == []
    constant = Cells(equation("y[i] = x[0 * i]"), {"y": (2,), "x": (2,)})
    assert [constant.readers(Cell("x", (n,))) for n in range(2)] == [[(0,), (1,)], []]


def test_the_first_slope_that_fits_is_taken() -> None:
    """The textbook's, with its own letters; elsewhere the rules'."""
    said = equation("y[i] = x[i] * x[i] * w[i]", slopes={"x[i]": "2 * y[i] / x[i]"})
    cells = Cells(said, {"y": (2,), "x": (2,), "w": (2,)})
    assert _written(cells.local((1,), Cell("x", (1,)))) == "2 * y[1] / x[1]"
    assert _written(cells.local((1,), Cell("w", (1,)))) == "x[1] * x[1]"
    tied = said.renamed({"x": "v", "w": "v"})
    assert tied.slopes == ()
    assert tied.result == Indexed("y", equation("y[i] = v[i]").result.index)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("y[i] = x[k]", 9),
        ("y[i, i] = x[i]", 0),
        ("y[i] = sum(i, x[i])", 7),
        ("y[i] = sum(j, x[i])", 7),
        ("y[i] = sum(j, x[j + 1])", 7),
        ("y[i] = x[i // 0]", 14),
        ("y[i] = x[i", 10),
        ("y[i] = x[1.5]", 9),
        ("y[i + 1] = x[i]", 4),
        ("y[i] = __import__(x)", 7),
        ("y[i] = x[i] y", 12),
        ("y[i]", 4),
    ],
)
def test_what_is_outside_the_grammar_is_refused(text: str, position: int) -> None:
    """With the place."""
    with pytest.raises(FormulaError) as caught:
        equation(text)
    assert caught.value.position == position


def test_a_function_of_the_definitions_is_put_in() -> None:
    """With its arguments, as many as it has."""
    known = {"f": (("t", "o"), parse("t - o", {"t", "o"}))}
    assert _written(equation("E = f(a, 2)", known).formula) == "a + -2"
    with pytest.raises(FormulaError, match="f takes 2, not 1 arguments"):
        equation("E = f(a)", known)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"X": (3, 2)}, "leaves its tensor"),
        ({"K": (2,)}, "has no axis 1"),
        ({"b": (1,)}, "read of a tensor of the shape"),
        ({"Z": (2, 2, 1)}, "read of a tensor of the shape"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    change: dict[str, tuple[int, ...]], reason: str
) -> None:
    """One line says which tensor."""
    with pytest.raises(ShapeError, match=reason):
        Cells(equation(CONVOLUTION), SHAPES | change)


def test_a_letter_runs_over_one_size() -> None:
    """W has three columns and x four numbers."""
    shapes = {"y": (2,), "W": (2, 3), "x": (4,)}
    with pytest.raises(ShapeError, match="j runs over 3 numbers and over 4"):
        Cells(equation("y[i] = sum(j, W[i, j] * x[j])"), shapes)
