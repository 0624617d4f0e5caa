"""Whatever is done to recorded arrays is replayed as it would run, or refused."""

from __future__ import annotations

import copy
import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.engine.tape import Tape

Operation = Callable[..., Any]
PYTHONS = np.frompyfunc(lambda x: x * 0.5 + 1, 1, 1)

UNARY: dict[str, Operation] = {
    "negative": np.negative,
    "exp": np.exp,
    "abs": abs,
    "greater": lambda a: a > 0.5,
    "index of": lambda a: np.multiply(a > 0.5, 1),
    "first": lambda a: a[0],
    "last of the last axis": lambda a: a[..., -1],
    "slice": lambda a: a[1:],
    "backwards": lambda a: a[::-1],
    "new axis": lambda a: a[None],
    "list": lambda a: a[[0, -1, 0]],
    "list and slice": lambda a: a[[1, 0], :1],
    "no index": lambda a: a[[]],
    "two lists": lambda a: a[[0, 1], [1, 0]],
    "list of bools": lambda a: a[[True, False]],
    "mask of itself": lambda a: a[a > 0.5],
    "copy": lambda a: a.copy(),
    "copy in Fortran's order": lambda a: a.copy(order="F"),
    "np.copy": np.copy,
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "np.array": np.array,
    "np.asarray": np.asarray,
    "asanyarray": np.asanyarray,
    "contiguous": np.ascontiguousarray,
    "array of an array": lambda a: np.array([a, a]),
    "into a plain array": lambda a: _assigned(np.zeros(np.shape(a)), a),
    "as an index": lambda a: np.arange(5.0)[a],
    "out= a plain array": lambda a: _out_plain(a),
    "out= for a function of Python's": lambda a: PYTHONS(
        a, out=np.empty(np.shape(a)), casting="unsafe"
    ),
    "take": lambda a: a.take([1, 0], axis=0),
    "take flat": lambda a: a.take([[0], [1]], mode="wrap"),
    "np.take": lambda a: np.take(a, [0, 0], axis=-1),
    "einsum trace": lambda a: np.einsum("ii", a),
    "einsum diagonal": lambda a: np.einsum("ii->i", a),
    "einsum transposed": lambda a: np.einsum("ij->ji", a),
    "where, one form": np.where,
    "sum": lambda a: a.sum(axis=-1),
    "sum of all": lambda a: a.sum(),
    "np.sum": np.sum,
    "mean": lambda a: a.mean(axis=0),
    "max": lambda a: a.max(axis=-1, keepdims=True),
    "argmax": lambda a: a.argmax(),
    "clip": lambda a: a.clip(-0.5, 0.5),
    "round": lambda a: a.round(1),
    "fill": lambda a: _in_place(a, "fill", 0.25),
    "sort": lambda a: _in_place(a, "sort"),
    "tolist": lambda a: np.array(a.tolist()),
    "item": lambda a: np.array(a.item(0)),
    "float": lambda a: float(a) * np.ones(2),
    "bool": lambda a: np.ones(2) if bool(a) else np.zeros(2),
    "truth of the first": lambda a: a * (2.0 if a[0] > 0 else 3.0),
    "math": lambda a: np.full(2, math.exp(a[0])),
    "largest by Python": lambda a: max(a[0], a[1]) * np.ones(2),
    "iteration": lambda a: sum(a),
    "unpacked": lambda a: np.stack([*a]),
    "in": lambda a: a + (0.5 in a),
    "format": lambda a: np.array(float(f"{a[0]:.3f}")),
    "str": lambda a: np.full(2, len(str(a))),
    "T": lambda a: a.T,
    "mT": lambda a: a.mT,
    "ravel": lambda a: a.ravel(),
    "ravel transposed": lambda a: np.ravel(a.T),
    "reshape": lambda a: a.T.reshape(-1),
    "flatten": lambda a: a.flatten(),
    "real": np.real,
    "imag": lambda a: a.imag,
    "flat": lambda a: np.array(list(a.flat)),
    "flat in place": lambda a: _set_flat(a),
    "view": lambda a: a.view(np.int64),
    "bytes": lambda a: np.frombuffer(a.tobytes(), dtype=a.dtype),
    "buffer": lambda a: np.array(memoryview(a)),
    "astype": lambda a: a.astype(np.float32),
    "square": lambda a: a**2,
    "root": lambda a: abs(a) ** 0.5,
    "cube": lambda a: a**3,
    "base": lambda a: 2.0**a,
    "cumsum": lambda a: a.cumsum(),
    "accumulate": np.add.accumulate,
    "reduceat": lambda a: np.add.reduceat(a, [0, 1]),
    "nonzero": lambda a: a.nonzero()[0],
    "diagonal": lambda a: a.diagonal(),
    "set item": lambda a: _assigned(a, 0.5),
    "in place": lambda a: _in_place_operator(operator.iadd, a, 1.0),
    "part in place": lambda a: np.multiply(a[:1], 2.0, out=a[:1]),
    "in place from itself": lambda a: np.add(a[1:], a[:-1], out=a[1:]),
    "power in place": lambda a: operator.ipow(a, 2),
    "where= a mask": lambda a: np.add(a, 1.0, out=a, where=a > 0),
    "two results": lambda a: np.modf(a)[0],
    "shape set": lambda a: _set_shape(a),
    "float32": lambda a: _in_float32(a),
    "broadcast": lambda a: np.broadcast_to(a, (2, *np.shape(a))),
    "changed constant": lambda a: _with_a_changed_constant(a),
    "changed list": lambda a: _with_a_changed_list(a),
}  # fmt: skip
BINARY: dict[str, Operation] = {
    "add": operator.add,
    "multiply": np.multiply,
    "divide": operator.truediv,
    "maximum": np.maximum,
    "matmul": operator.matmul,
    "dot": lambda a, b: a.dot(b),
    "np.dot": np.dot,
    "power": operator.pow,
    "outer": np.add.outer,
    "einsum": lambda a, b: np.einsum("...i,...i->...", a, b),
    "einsum product": lambda a, b: np.einsum("ij,jk", a, b),
    "einsum out=": lambda a, b: np.einsum("i,i->i", a, b, out=a),
    "concatenate": lambda a, b: np.concatenate([a, b]),
    "concatenate flat": lambda a, b: np.concatenate((a, b), axis=None),
    "concatenate out=": lambda a, b: np.concatenate([a, b], out=np.zeros(len(a) + len(b))),
    "stack": lambda a, b: np.stack([a, b, a], axis=-1),
    "vstack": lambda a, b: np.vstack([a, b]),
    "where": lambda a, b: np.where(a > b, a, b),
    "where and number": lambda a, b: np.where(b > 0, a, 0.25),
    "mask": lambda a, b: a[b > 0],
    "recorded index": lambda a, b: a[np.multiply(b > 0.5, 1)],
    "recorded take": lambda a, b: np.take(a, np.multiply(b > 0.5, 1)),
    "in place": lambda a, b: _in_place_operator(operator.iadd, a, b),
    "product in place": lambda a, b: _in_place_operator(operator.imul, a, b),
    "matmul in place": lambda a, b: operator.imatmul(a, b),
    "out= the first": lambda a, b: np.subtract(b, a, out=a),
    "out= turned round": lambda a, b: np.add(a, b, out=a[::-1]),
    "copy into": lambda a, b: np.positive(b, out=a),
    "copy of a new one": lambda a, b: np.positive(b * 2.0, out=a),
    "copy of a part": lambda a, b: np.positive((b * 2.0)[:1], out=a[:1]),
    "copyto": lambda a, b: _copied(a, b),
    "at": lambda a, b: _at(a, b),
    "initial": lambda a, b: np.add.reduce(a, initial=b),
    "plain and recorded": lambda a, b: _in_place_operator(operator.iadd, np.ones(np.shape(a)), b),
    "comparison": lambda a, b: a * (a == b),
}  # fmt: skip
OPERATIONS = [*((name, 1) for name in UNARY), *((name, 2) for name in BINARY)]
MUST_REPLAY = {
    "list", "list and slice", "two lists", "list of bools", "copy", "np.copy", "take", "np.take",
    "einsum", "einsum trace", "concatenate", "stack", "where", "recorded index", "first", "T",
    "in place", "square", "ravel transposed", "iteration", "out= for a function of Python's",
}  # fmt: skip


def _assigned(array: Any, value: Any) -> Any:
    array[...] = value
    return array


def _out_plain(a: Any) -> Any:
    result = np.empty(np.shape(a))
    np.add(a, 1.0, out=result)
    return result * 2.0


def _in_place(a: Any, method: str, *arguments: Any) -> Any:
    getattr(a, method)(*arguments)
    return a


def _in_place_operator(function: Operation, a: Any, b: Any) -> Any:
    other = a
    a = function(a, b)
    return a + other


def _set_flat(a: Any) -> Any:
    a.flat[0] = 0.5
    return a


def _set_shape(a: Any) -> Any:
    a.shape = (-1,)
    return a


def _copied(a: Any, b: Any) -> Any:
    np.copyto(a, b)
    return a


def _at(a: Any, b: Any) -> Any:
    np.add.at(a, [0, 0], b)
    return a


def _in_float32(a: Any) -> Any:
    narrow = np.add(a, 0, dtype=np.float32, casting="same_kind")
    return np.add(narrow * 0.1, 0, dtype=np.float64)


def _with_a_changed_constant(a: Any) -> Any:
    constant = np.ones(np.shape(a))
    first = a + constant
    constant *= 3.0
    return first * constant


def _with_a_changed_list(a: Any) -> Any:
    index = [0, 1]
    first = a[index]
    index[0] = 1
    return first + a[index]


Program = list[tuple[str, tuple[int, ...]]]


def run(program: Program, arrays: list[Any]) -> list[Any]:
    """All values, those of the program's calls after the arrays it starts with."""
    values = list(arrays)
    for name, which in program:
        operation = (UNARY if len(which) == 1 else BINARY)[name]
        values.append(operation(*(values[n] for n in which)))
    return values


def step(program: Program, arrays: list[Any], results: list[Any]) -> None:
    """The program, its last values copied to where they are kept."""
    for value, result in zip(reversed(run(program, arrays)), results, strict=False):
        np.positive(value * 1.0, out=result)


def arrays(draw: st.DrawFn, shapes: list[tuple[int, ...]]) -> list[Any]:
    """Numbers that have roundings, of both signs, some of them equal."""
    numbers = st.integers(-12, 12).map(lambda n: n / 7)
    return [
        np.array(draw(st.lists(numbers, min_size=n, max_size=n))).reshape(shape)
        for shape in shapes
        for n in [math.prod(shape)]
    ]


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, list[list[Any]]]:
    """Calls that NumPy can make, one on the values of others, and three sets of arrays to read."""
    shapes = draw(
        st.lists(st.sampled_from([(2,), (3,), (2, 2), (2, 3), ()]), min_size=2, max_size=3)
    )
    sets = [arrays(draw, shapes) for _ in range(3)]
    program: Program = []
    for _ in range(draw(st.integers(1, 6))):
        name, count = draw(st.sampled_from(OPERATIONS))
        known = len(shapes) + len(program)
        which = tuple(draw(st.integers(0, known - 1)) for _ in range(count))
        longer = [*program, (name, which)]
        if all(possible(longer, values) for values in sets):
            program = longer
    assume(program)
    return program, sets


def possible(program: Program, values: list[Any]) -> bool:
    """Whether NumPy can run the program and copy what it gives, without recording."""
    try:
        found = run(program, [array.copy() for array in values])[-1]
        return isinstance(found, (np.ndarray, np.generic)) and (found * 1.0).dtype == np.float64
    except (AttributeError, IndexError, TypeError, ValueError):
        return False


def outcome(program: Program, sets: list[list[Any]]) -> str:
    """What came of recording and replaying; fails where a replay is not what the program makes."""
    with np.errstate(all="ignore"):
        shapes = [np.shape(value) for value in run(program, [a.copy() for a in sets[0]])]
        results, state = [np.zeros(s) for s in shapes[:-3:-1]], [a.copy() for a in sets[0]]
        tape = Tape()
        try:
            step(program, [*map(tape.watch, state)], [*map(tape.watch, results)])
            calls = tape.needed([*state, *results])
        except TypeError:
            return "refused"
        except (IndexError, ValueError) as error:
            assert re.search("arrays used as indices|read-only|OBJECT array", str(error)), error  # noqa: PT017
            return "refused"
        for turn, values in enumerate(sets[1:] * 2):
            expected, wanted = [a.copy() for a in values], [np.zeros(s) for s in shapes[:-3:-1]]
            if turn:
                # As in training the state goes on from where it was, in part.
                expected[1:] = [a.copy() for a in state[1:]]
            for array, value in zip(state, expected, strict=True):
                array[...] = value
            try:
                step(program, expected, wanted)
            except (IndexError, ValueError):
                return "not possible"
            if [np.shape(value) for value in wanted] != shapes[:-3:-1]:
                return "not possible"
            for call in calls:
                call()
            for found, right in zip([*state, *results], [*expected, *wanted], strict=True):
                assert found.tobytes() == right.tobytes(), (turn, found, right)
    return "replayed"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=400, deadline=None)
@given(programs())
def test_a_program_is_replayed_bit_for_bit_or_refused(case: tuple[Program, Any]) -> None:
    """Recorded once and replayed with other numbers, beside the program run plainly."""
    outcome(*case)


@pytest.mark.parametrize(("name", "count"), OPERATIONS)
def test_each_call_is_replayed_bit_for_bit_or_refused(name: str, count: int) -> None:
    """On a vector and on a matrix, and by its own result again; what is said to be is replayed."""
    found = set()
    random = np.random.default_rng(5)
    for shape in ((2,), (2, 2), (3, 3)):
        sets = [[random.normal(size=shape).round(1) + 0.25 for _ in range(2)] for _ in range(3)]
        for program in (
            [(name, (0, 1)[:count])],
            [("negative", (0,)), (name, (2, 1)[:count]), ("add", (2, 2))],
            [("slice", (0,)), (name, (0, 1)[:count]), ("add", (2, 2))],
        ):
            with np.errstate(all="ignore"):
                fits = all(possible(program, values) for values in sets)
            if fits:
                found.add(outcome(program, sets))
    if name in MUST_REPLAY:
        assert found == {"replayed"}
