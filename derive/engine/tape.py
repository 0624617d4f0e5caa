"""A tape of NumPy calls: one run of the rules is recorded, the others replay it.

A small network's update is some thirty calls on arrays of a few numbers; finding out again each
time which calls they are, and making new arrays for their results, costs more than the
arithmetic. So the rules run once on `Recorded` arrays, which note every call and the array that
took its result. Replaying the same calls into the same arrays is the next update, bit for bit.

What does not depend on a recorded array is computed once and never noted; what nothing needs
(the loss itself, while training) is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

_VIEWS = frozenset({
    np.broadcast_to, np.imag, np.iscomplexobj, np.ndim, np.ravel, np.real, np.reshape, np.shape,
    np.swapaxes,
})  # fmt: skip
"""Functions that compute nothing: what they return shows the recorded memory, or its shape."""


@dataclass(frozen=True)
class _Call:
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    options: Mapping[str, Any]
    result: np.ndarray[Any, Any]

    def bound(self) -> Callable[[], Any]:
        """The call with everything in its place, the result's array included."""
        if self.function is np.where:
            return partial(_choose, self.result, *self.inputs)
        by_name = self.options or self.function in (np.maximum, np.minimum)
        if isinstance(self.function, np.ufunc) and not by_name:
            return partial(self.function, *self.inputs, self.result)
        return partial(self.function, *self.inputs, out=self.result, **self.options)


def _choose(result: Any, condition: Any, yes: Any, no: Any) -> None:
    np.copyto(result, no)
    np.copyto(result, yes, where=condition)


class Tape:
    """The calls of one run, in order."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []

    def watch(self, array: np.ndarray[Any, Any]) -> Recorded:
        """`array` such that every call it takes part in is noted here."""
        recorded = array.view(Recorded)
        recorded.tape = self
        return recorded

    def note(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Any],
        options: Mapping[str, Any],
        out: Any = None,
    ) -> Recorded:
        """Make the call, note it, and give its result."""
        plain = tuple(map(_plain, inputs))
        if out is None:
            result = np.asarray(function(*plain, **options))
        else:
            result = _plain(out)
            function(*plain, out=result, **options)
        self.calls.append(_Call(function, plain, options, result))
        return self.watch(result)

    def needed(self, kept: Iterable[np.ndarray[Any, Any]]) -> list[Callable[[], Any]]:
        """The calls that what is written to the arrays in `kept` depends on, ready to replay."""
        needed = {id(_memory(array)) for array in kept}
        calls = []
        for call in reversed(self.calls):
            if id(_memory(call.result)) in needed:
                needed.update(id(_memory(x)) for x in call.inputs if isinstance(x, np.ndarray))
                calls.append(call.bound())
        return calls[::-1]


class Recorded(np.ndarray[Any, Any]):
    """An array that notes on a tape each call it takes part in."""

    tape: Tape

    def __array_finalize__(self, parent: Any) -> None:
        if isinstance(parent, Recorded) and hasattr(parent, "tape"):
            self.tape = parent.tape

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return _tape_of(*inputs, *(out or ())).note(function, inputs, options, out and out[0])

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function is np.where:
            return _tape_of(*arguments).note(function, arguments, options)
        if function is np.zeros_like:
            return np.zeros_like(_plain(arguments[0]))
        if function in _VIEWS:
            result = super().__array_function__(function, types, arguments, options)
            if function in (np.ravel, np.reshape) and _memory(result) is not _memory(arguments[0]):
                raise TypeError(f"{function.__name__} copies here; a tape needs a view")
            return result
        raise TypeError(f"{function.__name__} cannot be recorded on a tape")

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("write to a recorded array by a ufunc with out=")

    def astype(self, *_: Any, **__: Any) -> Any:
        """Refused: the copy would not follow the array."""
        raise TypeError("astype cannot be recorded on a tape")


def _tape_of(*operands: Any) -> Tape:
    return next(x.tape for x in operands if isinstance(x, Recorded))


def _plain(operand: Any) -> Any:
    return operand.view(np.ndarray) if isinstance(operand, Recorded) else operand


def _memory(array: np.ndarray[Any, Any]) -> Any:
    """The array that owns the memory that `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
