"""A tape of NumPy calls: one run of the rules is recorded, the others replay it.

A small network's update is some thirty calls on arrays of a few numbers; finding out again each
time which calls they are, and making new arrays for their results, costs more than the
arithmetic. So the rules run once on `Recorded` arrays, which note every call and the array that
took its result. Replaying the same calls into the same arrays is the next update, bit for bit.

What does not depend on a recorded array is computed once and never noted; what nothing needs
(the loss itself, while training) is dropped; a call on the same numbers as one before it is not
made again (an activation and its slope have the same exponential); a result that is then copied is
put where the copy goes at once. What could not be replayed is refused with a TypeError when it is
to be noted.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from derive.engine.recorded import Recorded


@dataclass(frozen=True, eq=False)
class _Call:
    """A call and the array of its result; `constants` are its other arrays, with a sum each.

    `copied` says that the function has no `out=`.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    options: Mapping[str, Any]
    result: np.ndarray[Any, Any]
    constants: Sequence[tuple[np.ndarray[Any, Any], int]] = ()
    copied: bool = False

    def bound(self) -> Callable[[], Any]:
        """The call with everything in its place, the result's array included."""
        if any(_sum(array) != at_first for array, at_first in self.constants):
            raise TypeError("an array that is not recorded was changed; a replay would not do so")
        if self.copied:
            return partial(_copy, self.result, partial(self.function, *self.inputs, **self.options))
        inputs = list(self.inputs)
        # A number as an array is taken at once; Python's own is looked at anew in each call, but
        # does not make float64 of smaller numbers.
        if all(x.dtype == np.float64 for x in inputs if isinstance(x, np.ndarray)):
            inputs = [np.asarray(x) if isinstance(x, float) else x for x in inputs]
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


def _copy(result: Any, make: Callable[[], Any]) -> None:
    made = make()
    if made.shape != result.shape:
        raise TypeError("a shape that depends on recorded numbers cannot be replayed")
    np.copyto(result, made)


def _sum(array: Any) -> int:
    """A check sum of an array's numbers."""
    return zlib.crc32(array.tobytes())


class Tape:
    """The calls of one run, in order."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []

    def watch(self, array: np.ndarray[Any, Any]) -> Recorded:
        """`array` such that every call it takes part in is noted here."""
        return Recorded(self, array)

    def note(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Any],
        options: Mapping[str, Any],
        out: Any = None,
    ) -> Recorded:
        """Make the call, into the array `out` where there is one, note it, and give its result."""
        operands = tuple(map(_operand, inputs))
        result = function(*operands, **options) if out is None else out
        if out is not None:
            function(*operands, out=out, **options)
        return self._noted(_Call(function, operands, options, np.asarray(result)), inputs, result)

    def follow(
        self, function: Callable[..., Any], inputs: Sequence[Any], options: Mapping[str, Any]
    ) -> Any:
        """Make the call of a function that has no `out=`, and give its result.

        It is noted if it is a new array, and otherwise shows the memory of an input, or says
        something of its shape, which stays as it is.
        """
        operands = tuple(map(_operand, inputs))
        singles = (isinstance(x, Recorded) and x.single for x in inputs)
        given = [x[()] if single else x for x, single in zip(operands, singles, strict=True)]
        result = function(*given, **options)
        if not isinstance(result, (np.ndarray, np.generic)):
            return result
        call = _Call(function, operands, options, np.asarray(result), copied=True)
        shown = [x for x in given if isinstance(x, np.ndarray) and np.may_share_memory(result, x)]
        if shown:
            recorded = [x.numbers for x in inputs if isinstance(x, Recorded)]
            if len(recorded) > 1 or recorded[0] is not shown[0]:
                raise TypeError("a place that depends on recorded numbers cannot be replayed")
            return self.watch(call.result)
        if not call.result.flags.writeable:
            raise TypeError("one number shown in many places cannot be recorded on a tape")
        return self._noted(call, inputs, result)

    def _noted(self, call: _Call, inputs: Sequence[Any], result: Any) -> Recorded:
        arrays = [x for x in inputs if isinstance(x, np.ndarray) and not isinstance(x, Recorded)]
        self.calls.append(replace(call, constants=[(array, _sum(array)) for array in arrays]))
        return Recorded(self, call.result, single=isinstance(result, np.generic))

    def needed(self, kept: Sequence[np.ndarray[Any, Any]]) -> list[Callable[[], Any]]:
        """The calls that what is written to the arrays in `kept` depends on, ready to replay.

        Raises:
            TypeError: an array that is not recorded was changed after a call had read it.
        """
        needed = {id(_memory(array)) for array in kept}
        calls: list[_Call] = []
        found = -1
        # What a call leaves behind may be read at its next replay by one that stands before it.
        while found < len(calls):
            found = len(calls)
            calls = [call for call in self.calls if id(_memory(call.result)) in needed]
            inputs = (x for call in calls for x in call.inputs)
            needed.update(id(_memory(x)) for x in inputs if isinstance(x, np.ndarray))
        return [call.bound() for call in _without_copies(_without_repeats(calls, kept), kept)]


def _without_repeats(calls: list[_Call], kept: Sequence[np.ndarray[Any, Any]]) -> list[_Call]:
    """The calls, each made once where it would be made again on the same numbers.

    A result that is kept, or written to more than once or in part, is left alone.
    """
    written: dict[int, int] = {}
    for call in calls:
        memory = id(_memory(call.result))
        written[memory] = written.get(memory, 0) + 1
    version: dict[int, int] = {}
    first: dict[Any, Any] = {}
    instead: dict[Any, Any] = {}
    shown: dict[int, list[Any]] = {}
    for call in calls:
        for x in call.inputs:
            if isinstance(x, np.ndarray):
                shown.setdefault(id(_memory(x)), []).append(x)
    left = []
    asked = {id(_memory(array)) for array in kept}
    for call in calls:
        inputs = tuple(instead.get(_place(x), x) for x in call.inputs)
        call = replace(call, inputs=inputs)
        memory = id(_memory(call.result))
        key = call.function, repr(call.options), tuple(_named(x, version) for x in inputs)
        once = written[memory] == 1 and call.result.base is None and memory not in asked
        whole = all(_same(x, call.result) for x in shown.get(memory, ()))
        if once and key in first and whole:
            instead[_place(call.result)] = first[key]
            continue
        if once:
            first.setdefault(key, call.result)
        version[memory] = version.get(memory, 0) + 1
        left.append(call)
    return left


def _named(x: Any, version: Mapping[int, int]) -> Any:
    """What tells an input from all others: its place, and how often it was written to."""
    if not isinstance(x, np.ndarray):
        return type(x), repr(x)
    memory = id(_memory(x))
    return _place(x), x.dtype.str, memory, version.get(memory, 0)


def _place(x: Any) -> Any:
    """Where an array's numbers lie, and how; None of what is no array."""
    if not isinstance(x, np.ndarray):
        return None
    return x.__array_interface__["data"], x.shape, x.strides


def _without_copies(calls: list[_Call], kept: Sequence[np.ndarray[Any, Any]]) -> list[_Call]:
    """The calls, a result written at once to where it would be copied to."""
    at = 0
    while at < len(calls):
        if calls[at].function is np.positive and _made_in_place(calls, at, kept):
            del calls[at]
        else:
            at += 1
    return calls


def _made_in_place(calls: list[_Call], at: int, kept: Iterable[np.ndarray[Any, Any]]) -> bool:
    """Put the result that `calls[at]` copies where the copy goes; whether that may be done.

    It may where nothing else touches that place from the making of the result to its last use,
    and where all that use the result take it whole; what is `kept` stays where it is.
    """
    (source,), place = calls[at].inputs, calls[at].result
    if not isinstance(source, np.ndarray) or calls[at].options:
        return False
    makers = [n for n, call in enumerate(calls) if np.may_share_memory(call.result, source)]
    users = [n for n, call in enumerate(calls) if call.reads(source)]
    if len(makers) != 1 or makers[0] >= users[0]:
        return False
    made = makers[0]
    maker = calls[made]
    between = [calls[n] for n in range(made + 1, users[-1] + 1) if n != at]
    if (
        not _whole(maker.result, source, place)
        or any(np.may_share_memory(source, array) for array in kept)
        or any(call.touches(place) for call in between)
        or (maker.reads(place) and not maker.elementwise_on(place))
        or not all(_same(x, source) for n in users for x in calls[n].sharing(source))
    ):
        return False
    calls[made] = replace(maker, result=place.reshape(maker.result.shape))
    for n in users:
        moved = place.reshape(source.shape)
        inputs = tuple(moved if _same(x, source) else x for x in calls[n].inputs)
        calls[n] = replace(calls[n], inputs=inputs)
    return True


def _whole(made: Any, source: Any, place: Any) -> bool:
    """Whether `source` shows all that was made, number by number as it is to lie in `place`."""
    arrays = (made, source, place)
    return (
        all(array.flags.c_contiguous for array in arrays)
        and len({(array.size, array.dtype) for array in arrays}) == 1
        and made.__array_interface__["data"] == source.__array_interface__["data"]
    )


def _same(x: Any, array: Any) -> bool:
    """Whether `x` is a view of the same numbers in the same order."""
    return (
        isinstance(x, np.ndarray)
        and x.__array_interface__["data"] == array.__array_interface__["data"]
        and (x.shape, x.strides) == (array.shape, array.strides)
    )


def plain(operand: Any) -> Any:
    """The numbers of a recorded array, at whose memory replays work; anything else as it is."""
    return operand.numbers if isinstance(operand, Recorded) else operand


def _operand(operand: Any) -> Any:
    """What a call is made with at each replay: a list as it is now, whoever changes it later."""
    return copy.deepcopy(operand) if isinstance(operand, (list, tuple)) else plain(operand)


def _memory(array: np.ndarray[Any, Any]) -> Any:
    """The array that owns the memory that `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
