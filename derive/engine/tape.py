"""A tape of NumPy calls: one run of the rules is recorded, the others replay it.

A small network's update is some thirty calls on arrays of a few numbers; finding out again each
time which calls they are, and making new arrays for their results, costs more than the
arithmetic. So the rules run once on `Recorded` arrays, which note every call and the array that
took its result. Replaying the same calls into the same arrays is the next update, bit for bit.

What does not depend on a recorded array is computed once and never noted; what nothing needs
(the loss itself, while training) is dropped; a call on the same numbers as one before it is not
made again (an activation and its slope have the same exponential); a result that is then copied is put where the copy
goes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

_VIEWS = frozenset({
    np.broadcast_to, np.imag, np.iscomplexobj, np.ndim, np.ravel, np.real, np.reshape, np.shape,
    np.swapaxes,
})  # fmt: skip
"""Functions that compute nothing: what they return shows the recorded memory, or its shape."""


@dataclass(frozen=True, eq=False)
class _Call:
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    options: Mapping[str, Any]
    result: np.ndarray[Any, Any]

    def bound(self) -> Callable[[], Any]:
        """The call with everything in its place, the result's array included."""
        # A number as an array is taken at once; Python's own is looked at anew in each call.
        inputs = [np.asarray(x) if isinstance(x, float) else x for x in self.inputs]
        if self.function is np.where:
            return partial(_choose, self.result, *inputs)
        by_name = self.options or self.function in (np.maximum, np.minimum)
        if isinstance(self.function, np.ufunc) and not by_name:
            return partial(self.function, *inputs, self.result)
        return partial(self.function, *inputs, out=self.result, **self.options)

    def sharing(self, array: Any) -> list[Any]:
        """The inputs that show memory of `array`."""
        arrays = [x for x in self.inputs if isinstance(x, np.ndarray)]
        return [x for x in arrays if np.may_share_memory(x, array)]

    def reads(self, array: Any) -> bool:
        """Whether an input shows memory of `array`."""
        return bool(self.sharing(array))

    def elementwise_on(self, array: Any) -> bool:
        """Whether the call goes number by number over `array`, and so can be done in it."""
        elementwise = isinstance(self.function, np.ufunc) and self.function.signature is None
        return (
            elementwise and not self.options and all(_same(x, array) for x in self.sharing(array))
        )

    def touches(self, array: Any) -> bool:
        """Whether an input or the result shows memory of `array`."""
        return np.may_share_memory(self.result, array) or self.reads(array)


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
                calls.append(call)
        return [call.bound() for call in _without_copies(_without_repeats(calls[::-1]))]


def _without_repeats(calls: list[_Call]) -> list[_Call]:
    """The calls, each made once where it would be made again on the same numbers.

    A result that is written to more than once, or in part, is left alone.
    """
    written: dict[int, int] = {}
    for call in calls:
        memory = id(_memory(call.result))
        written[memory] = written.get(memory, 0) + 1
    version: dict[int, int] = {}
    first: dict[Any, Any] = {}
    instead: list[tuple[Any, Any]] = []
    kept = []
    for call in calls:
        inputs = tuple(_instead(x, instead) for x in call.inputs)
        call = replace(call, inputs=inputs)
        memory = id(_memory(call.result))
        key = call.function, repr(call.options), tuple(_named(x, version) for x in inputs)
        once = written[memory] == 1 and call.result.base is None
        if once and key in first and not _seen_in_part(calls, call.result):
            instead.append((call.result, first[key]))
            continue
        if once:
            first.setdefault(key, call.result)
        version[memory] = version.get(memory, 0) + 1
        kept.append(call)
    return kept


def _named(x: Any, version: Mapping[int, int]) -> Any:
    """What tells an input from all others: its place, and how often it was written to."""
    if not isinstance(x, np.ndarray):
        return type(x), repr(x)
    interface = x.__array_interface__
    memory = id(_memory(x))
    return interface["data"], x.shape, x.strides, x.dtype.str, memory, version.get(memory, 0)


def _instead(x: Any, instead: list[tuple[Any, Any]]) -> Any:
    if isinstance(x, np.ndarray):
        for old, new in instead:
            if _same(x, old):
                return new
    return x


def _seen_in_part(calls: list[_Call], array: Any) -> bool:
    return any(not _same(x, array) for call in calls for x in call.sharing(array))


def _without_copies(calls: list[_Call]) -> list[_Call]:
    """The calls, a result written at once to where it would be copied to."""
    at = 0
    while at < len(calls):
        if calls[at].function is np.positive and _made_in_place(calls, at):
            del calls[at]
        else:
            at += 1
    return calls


def _made_in_place(calls: list[_Call], at: int) -> bool:
    """Put the result that `calls[at]` copies where the copy goes; whether that may be done.

    It may where nothing else touches that place from the making of the result to its last use,
    and where all that use the result take it whole.
    """
    (source,), place = calls[at].inputs, calls[at].result
    makers = [n for n, call in enumerate(calls) if np.may_share_memory(call.result, source)]
    users = [n for n, call in enumerate(calls) if call.reads(source)]
    if len(makers) != 1 or makers[0] >= users[0]:
        return False
    made = makers[0]
    maker = calls[made]
    between = [calls[n] for n in range(made + 1, users[-1] + 1) if n != at]
    if (
        not (maker.result.flags.c_contiguous and place.flags.c_contiguous)
        or any(call.touches(place) for call in between)
        or (maker.reads(place) and not maker.elementwise_on(place))
        or not all(_same(x, source) for n in users for x in calls[n].sharing(source))
    ):
        return False
    calls[made] = replace(maker, result=place.reshape(maker.result.shape))
    for n in users:
        inputs = tuple(place if _same(x, source) else x for x in calls[n].inputs)
        calls[n] = replace(calls[n], inputs=inputs)
    return True


def _same(x: Any, array: Any) -> bool:
    """Whether `x` is a view of the same numbers in the same order."""
    return (
        isinstance(x, np.ndarray)
        and x.__array_interface__["data"] == array.__array_interface__["data"]
        and (x.shape, x.strides) == (array.shape, array.strides)
    )


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
