"""Arrays that hand every call to a tape, and cannot be read behind its back.

A `Recorded` array is an array of the right shape in which each number is one object that cannot
be computed with; the numbers themselves stand beside it, for the tape alone. So what NumPy does
without asking (a copy, an assignment to another array, a conversion) raises TypeError instead of
freezing the numbers of one run; as an index of a plain array, or written to, it is NumPy's own
error, since the stand-in is no integer and is read-only. Out of reach is only who takes a plain
copy's bytes for numbers of another kind: they are addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np


class Notes(Protocol):
    """What notes calls."""

    def note(
        self, function: Any, inputs: Sequence[Any], options: Mapping[str, Any], out: Any = None
    ) -> Any:
        """Make the call, which can write into the array `out`, and note it."""

    def follow(self, function: Any, inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Make the call, and note it where it does not just show the memory of an input."""


class _PastTheTape:
    """What stands in the place of every number of a `Recorded` array."""

    def _refused(self, *_: Any) -> Any:
        raise TypeError("the numbers of a recorded array can be read by the tape alone")

    __bool__ = __eq__ = __ne__ = __str__ = _refused
    __hash__ = None  # type: ignore[assignment]


_NOTHING = np.empty((), dtype=object)
_NOTHING[()] = _PastTheTape()

_FOLLOWED: Mapping[Callable[..., Any], int] = {
    np.broadcast_to: 3, np.copy: 3, np.einsum: 99, np.iscomplexobj: 1, np.ndim: 1,
    np.ravel: 2, np.real: 1, np.reshape: 3, np.shape: 1, np.swapaxes: 3, np.take: 3,
}  # fmt: skip
"""Functions of arrays that give a view, a new array or a fact of the shape, each with the number
of its arguments in front of `out`."""

_JOINING = (np.concatenate, np.stack)


class Recorded(np.ndarray[Any, Any]):
    """An array that notes on a tape each call it takes part in.

    Attributes:
        tape: where calls are noted.
        numbers: the plain array, for the tape.
        single: whether NumPy would give a number here, which nothing can change, not an array.
    """

    tape: Notes
    numbers: np.ndarray[Any, Any]
    single: bool

    def __new__(cls, tape: Notes, numbers: Any, *, single: bool = False) -> Recorded:
        """An array that stands for `numbers`."""
        recorded = np.broadcast_to(_NOTHING, numbers.shape).view(cls)
        recorded.tape, recorded.numbers, recorded.single = tape, numbers, single
        return recorded

    @property
    def dtype(self) -> Any:
        """The kind of its numbers."""
        return self.numbers.dtype

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if method not in ("__call__", "reduce") or ufunc.nout != 1:
            _refuse(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
        if options.pop("where", True) is not True or _any_recorded(options.values()):
            _refuse(f"{ufunc.__name__} with recorded options, or with where=")
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        into = _place(ufunc, out[0], inputs) if out else None
        return _tape_of(*inputs, *(out or ())).note(function, inputs, options, into)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        name = function.__name__
        if function is np.zeros_like and len(arguments) == 1 and not options:
            return np.zeros_like(self.numbers)
        if function is np.where and len(arguments) == 3:
            return _tape_of(*arguments).note(function, arguments, options)
        out = options.get("out") is not None or _any_recorded(options.values())
        if function in _JOINING and 0 < len(arguments) <= 2 and not out:
            arrays = tuple(arguments[0])
            options = {**options, **dict(zip(("axis",), arguments[1:], strict=False))}
            return _tape_of(*arrays).follow(partial(_joined, function), arrays, options)
        if len(arguments) > _FOLLOWED.get(function, 0) or out:
            _refuse(f"{name} with these arguments" if function in _FOLLOWED else name)
        return _tape_of(*arguments).follow(function, arguments, options)

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, Recorded) and part.dtype == bool for part in parts):
            raise TypeError("a shape that depends on recorded numbers cannot be replayed")
        return self.tape.follow(_item, (self, *parts), {})

    def __iter__(self) -> Any:
        return (self[at] for at in range(len(self)))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("write to a recorded array by a ufunc with out=")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in Recorded.__annotations__:
            _refuse(f"setting {name}")
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name in Recorded.__annotations__:
            raise TypeError("a copy of a recorded array that was made past the tape")
        raise AttributeError(name)

    def __pow__(self, exponent: Any, *_: Any) -> Any:
        if self.single:
            return self.tape.follow(_power, (self, exponent), {})
        # An array's ** is another ufunc for some exponents.
        return self.numbers.view(_Operand).power(self, exponent)

    def __rpow__(self, base: Any, *_: Any) -> Any:
        return self.tape.follow(_power, (base, self), {}) if self.single else np.power(base, self)

    def __repr__(self) -> str:
        return f"<recorded array of shape {self.shape}>"


class _Operand(np.ndarray[Any, Any]):
    """An array that tells which ufunc an operator calls."""

    def power(self, base: Recorded, exponent: Any) -> Any:
        ufunc, inputs = self**exponent
        return ufunc(*(base if isinstance(x, _Operand) else x for x in inputs))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **_: Any) -> Any:
        return ufunc, inputs


def _place(ufunc: np.ufunc, out: Any, inputs: Sequence[Any]) -> Any:
    """The array that `out=` names, None for a new one."""
    if isinstance(out, Recorded):
        if not out.single:
            return out.numbers
        if out is not inputs[0]:
            _refuse("out= a single number")
        return None  # x += 1 gives a new number and leaves the old
    if set(ufunc.types) != {f"{'O' * ufunc.nin}->O"} or out.dtype.kind != "f":
        raise TypeError("out= an array that is not recorded: what reads it could not be replayed")
    # A function of Python's gives floats by out= alone. Only what it returns can be replayed.
    out.fill(np.nan)
    return np.empty_like(out)


def _item(array: Any, *key: Any) -> Any:
    return array[key]


def _joined(function: Callable[..., Any], *arrays: Any, **options: Any) -> Any:
    return function(arrays, **options)


def _power(base: Any, exponent: Any) -> Any:
    """The power of single numbers, which an array's need not be to the last bit."""
    base, exponent = (x[()] if isinstance(x, np.ndarray) and not x.ndim else x
                      for x in (base, exponent))  # fmt: skip
    return base**exponent


def _tape_of(*operands: Any) -> Notes:
    for operand in operands:
        if isinstance(operand, Recorded):
            return operand.tape
    raise TypeError("a recorded array inside another argument cannot be recorded on a tape")


def _any_recorded(values: Any) -> bool:
    return any(isinstance(value, Recorded) for value in values)


def _refuse(name: str) -> None:
    raise TypeError(f"{name} cannot be recorded on a tape")


def _method(name: str, array: Any, *arguments: Any, **options: Any) -> Any:
    return getattr(array, name)(*arguments, **options)


def _followed_method(name: str) -> Callable[..., Any]:
    def method(self: Recorded, *arguments: Any, **options: Any) -> Any:
        if _any_recorded(options.values()) or options.get("out") is not None:
            _refuse(f"{name} with these options")
        return self.tape.follow(partial(_method, name), (self, *arguments), options)

    return method


def _followed_attribute(name: str) -> property:
    return property(lambda self: self.tape.follow(partial(_attribute, name), (self,), {}))


def _attribute(name: str, array: Any) -> Any:
    return getattr(array, name)


_OPERATORS = (
    "abs", "add", "and", "eq", "floordiv", "ge", "gt", "iadd", "iand", "ifloordiv", "imod",
    "imul", "invert", "ior", "isub", "itruediv", "ixor", "le", "lt", "matmul", "mod", "mul", "ne",
    "neg", "or", "pos", "radd", "rand", "rfloordiv", "rmatmul", "rmod", "rmul", "ror", "rsub",
    "rtruediv", "rxor", "sub", "truediv", "xor",
)  # fmt: skip
_BY_UFUNCS = {*(f"__{name}__" for name in _OPERATORS), "max", "min", "sum"}
"""What NumPy does by one ufunc of the array, which so is noted."""
_OF_THE_SHAPE = {"__len__", "ndim", "shape", "size"}
_OF_THE_CLASS = {
    "__array_finalize__", "__array_priority__", "__class_getitem__", "__doc__", "__hash__",
}  # fmt: skip
_METHODS = ("copy", "flatten", "ravel", "reshape", "squeeze", "swapaxes", "take", "transpose")
_ATTRIBUTES = ("T", "mT", "real")


def _refused(name: str) -> property:
    return property(lambda _self: _refuse(name))


for _name in vars(np.ndarray):
    if _name in _METHODS:
        setattr(Recorded, _name, _followed_method(_name))
    elif _name in _ATTRIBUTES:
        setattr(Recorded, _name, _followed_attribute(_name))
    elif _name not in {*vars(Recorded), *_BY_UFUNCS, *_OF_THE_SHAPE, *_OF_THE_CLASS}:
        setattr(Recorded, _name, _refused(_name))
