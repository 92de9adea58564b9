"""Arrays and functions that compute where the elements are, for machines with several CUDA devices.

CuPy launches kernels on the current device, whatever its operands are on. With a single device there is nothing to do,
and nothing of this file is used.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import cupy


def _device_of(arguments: Any) -> Any:
    """The device of the first array among arguments, or in a sequence among them.

    Raises
    ------
    ValueError : the arrays are on several devices.
    """
    found = None
    for x in arguments:
        here = x.device if isinstance(x, cupy.ndarray) else _device_of(x) if isinstance(x, list | tuple) else None
        if here is not None and found is not None and here.id != found.id:
            raise ValueError(f"the operands are on cuda:{found.id} and cuda:{here.id}: move one with to_device()")
        found = found or here
    return found


def located(result: Any) -> Any:
    """What a function returned, with its arrays as ones that know where to compute."""
    if isinstance(result, cupy.ndarray):
        return result if type(result) is LocatedArray else _view(result)
    if isinstance(result, tuple):
        parts = [located(part) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return [located(part) for part in result] if isinstance(result, list) else result


def _view(array: Any) -> Any:
    with array.device:
        return array.view(type=LocatedArray)


def on_its_device(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, run on the device of its operands."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        device = _device_of((*args, *kwargs.values()))
        if device is None:
            return located(function(*args, **kwargs))
        with device:
            return located(function(*args, **kwargs))

    return call


class LocatedArray(cupy.ndarray):  # type: ignore[misc]
    """An array whose operators run on its own device."""


_OPERATORS = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"),
    *("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow", "rmatmul", "rand", "ror", "rxor"),
    *("rlshift", "rrshift", "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "iand", "ior", "ixor"),
    *("ilshift", "irshift", "eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert"),
    *("getitem", "setitem", "bool", "int", "float", "complex"),
)
for _name in _OPERATORS:
    setattr(LocatedArray, f"__{_name}__", on_its_device(getattr(cupy.ndarray, f"__{_name}__")))


# These are told a device, or move an array from one to another.
_ELSEWHERE = ("asarray", "astype", "from_dlpack", "from_numpy")


def bound_to_devices(namespace: Any) -> SimpleNamespace:
    """A namespace whose functions run on the device of their operands."""
    bound = SimpleNamespace()
    for name, value in vars(namespace).items():
        if isinstance(value, ModuleType) and name in ("linalg", "fft"):
            value = bound_to_devices(value)
        elif name == "special":
            value = _BoundSpecial(value)
        elif callable(value) and not isinstance(value, type):
            value = _locating(value) if name in _ELSEWHERE else on_its_device(value)
        setattr(bound, name, value)
    return bound


def _locating(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is told a device, giving arrays that know where to compute."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return located(function(*args, **kwargs))

    return call


class _BoundSpecial:
    """The special functions, each bound when it is looked up."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return on_its_device(getattr(self._module, name))
