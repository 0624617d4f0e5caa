"""Replaying NumPy's calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derive.engine.tape import Tape


def replayed(step: Callable[..., None], *states: list[float], times: int = 3) -> tuple[Any, int]:
    """The states after the step was noted once and replayed, and how many calls a replay has."""
    tape = Tape()
    arrays = [np.array(state) for state in states]
    step(*map(tape.watch, arrays))
    calls = tape.needed(arrays)
    for _ in range(times - 1):
        for call in calls:
            call()
    return [array.tolist() for array in arrays], len(calls)


def plainly(step: Callable[..., None], *states: list[float], times: int = 3) -> Any:
    """The states after the step was taken as often."""
    arrays = [np.array(state) for state in states]
    for _ in range(times):
        step(*arrays)
    return [array.tolist() for array in arrays]


def halve(a: Any) -> None:
    """One call and a copy."""
    np.positive(a * 0.5, out=a)


def exchange(a: Any, b: Any) -> None:
    """Each is needed after the other is made."""
    first, second = b + 1.0, a * 3.0
    np.positive(first, out=a)
    np.positive(second, out=b)


def mix(a: Any) -> None:
    """A product of matrices cannot be made where its factor lies."""
    square = a.reshape(2, 2)
    np.positive(np.ravel(np.matmul(square, square)), out=a)


def shift(a: Any) -> None:
    """Nor can what is read from other places than it is written to."""
    np.positive(a[:3] + a[1:], out=a[:3])


def half(a: Any) -> None:
    """The result is copied in part, and used whole."""
    double = a * 2.0
    np.positive(double[:2], out=a[:2])
    np.positive(double[2:] + double[:2], out=a[2:])


def use_later(a: Any, b: Any) -> None:
    """The result is used again after it was copied."""
    double = a * 2.0
    np.positive(double, out=a)
    np.positive(b + double, out=b)


def use_after_overwriting(a: Any, b: Any) -> None:
    """The result is used again after its copy's place has something else."""
    double = a * 2.0
    np.positive(double, out=a)
    np.positive(a - 1.0, out=a)
    np.positive(b + double, out=b)


def keep_both(a: Any, b: Any) -> None:
    """What is copied is itself kept."""
    np.add(a, 1.0, out=b)
    np.positive(b, out=a)


def copy_a_part(a: Any) -> None:
    """The one use of the result is a copy of a part of it."""
    np.positive((a * 2.0)[:2], out=a[:2])


def broadcast(a: Any) -> None:
    """The copy has more numbers than the result."""
    np.positive(a[:1] * 2.0, out=a)


def widen(a: Any) -> None:
    """The copy has another kind of number."""
    np.positive(np.add(a, 0.1, dtype=np.float32, casting="same_kind"), out=a)


def leave_for_the_next(a: Any, b: Any) -> None:
    """What is written after it was read, each update reads from the one before."""
    np.add(a, b, out=a)
    np.add(b, 1.0, out=b)


def repeat(a: Any) -> None:
    """The same exponential is taken twice of the same numbers."""
    first, again = np.exp(a) + 1.0, np.exp(a) * 2.0
    np.positive(first - again, out=a)


def repeat_on_others(a: Any) -> None:
    """The same call, but the numbers have changed in between."""
    first = np.sin(a)
    np.positive(a + first, out=a)
    np.positive(np.sin(a), out=a)


def repeat_in_part(a: Any) -> None:
    """A part of the second result is used by itself."""
    first, again = np.sin(a), np.sin(a)
    np.positive(first[:2] + again[2:], out=a[:2])


@pytest.mark.parametrize(
    ("step", "states", "calls"),
    [
        (halve, 1, 1),
        (exchange, 2, 3),
        (mix, 1, 2),
        (shift, 1, 2),
        (half, 1, 3),
        (use_later, 2, 2),
        (use_after_overwriting, 2, 4),
        (keep_both, 2, 2),
        (copy_a_part, 1, 2),
        (broadcast, 1, 2),
        (widen, 1, 2),
        (leave_for_the_next, 2, 2),
        (repeat, 1, 4),
        (repeat_on_others, 1, 3),
        (repeat_in_part, 1, 3),
    ],
)
def test_a_replay_is_what_the_calls_make(
    step: Callable[..., None], states: int, calls: int
) -> None:
    """Also where results are put in their places at once, which they are where that is safe."""
    start = [[1.0, 2.0, 3.0, 5.0], [7.0, 11.0, 13.0, 17.0]][:states]
    found, made = replayed(step, *start)
    assert found == plainly(step, *start)
    assert made == calls


def test_what_nothing_needs_is_not_replayed() -> None:
    """A result that does not reach what is kept is dropped."""

    def step(a: Any) -> None:
        np.exp(a).sum(axis=-1)
        np.positive(a + 1.0, out=a)

    assert replayed(step, [1.0, 2.0]) == ([[4.0, 5.0]], 1)


def test_what_cannot_be_replayed_is_refused() -> None:
    """It is an error when it is noted, and says what was asked."""
    array = Tape().watch(np.ones((2, 3)))
    with pytest.raises(TypeError, match="astype"):
        array.astype(complex)
    with pytest.raises(TypeError, match="out="):
        array[0] = 1
    with pytest.raises(TypeError, match="mean cannot be recorded"):
        np.mean(array)
    with pytest.raises(TypeError, match="depends on recorded numbers"):
        array[array > 0]
    with pytest.raises(TypeError, match="place that depends"):
        array[np.multiply(array[0, 0], 1, dtype=int, casting="unsafe")]
    with pytest.raises(TypeError, match="past the tape"):
        np.array(array, subok=True).sum()
    with pytest.raises(TypeError):
        np.asarray(array) + 1


def test_a_state_that_is_not_kept_goes_on_all_the_same() -> None:
    """Where what is kept depends on what an update before left in it."""
    kept, other = np.array([1.0]), np.array([2.0])
    tape = Tape()
    leave_for_the_next(tape.watch(kept), tape.watch(other))
    for _ in range(2):
        for call in tape.needed([kept]):
            call()
    assert kept.tolist() == [1.0 + 2.0 + 3.0 + 4.0]


def test_a_scratch_array_that_changes_is_refused() -> None:
    """Its replay would read what was in it last."""
    tape, kept, scratch = Tape(), np.ones(2), np.ones(2)
    recorded = tape.watch(kept)
    np.multiply(recorded, scratch, out=recorded)
    scratch += 1.0
    with pytest.raises(TypeError, match="was changed"):
        tape.needed([kept])
