"""Functions that run where their operands live, for machines with several CUDA devices.

CuPy launches kernels on the current device, whatever its operands are on. With a single device there is nothing to do.
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


def on_its_device(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, run on the device of its operands."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        device = _device_of((*args, *kwargs.values()))
        if device is None:
            return function(*args, **kwargs)
        with device:
            return function(*args, **kwargs)

    return call


# These are told a device, or move an array from one to another.
_ELSEWHERE = ("asarray", "astype", "from_dlpack")


def bound_to_devices(namespace: ModuleType) -> SimpleNamespace:
    """A namespace whose functions run on the device of their operands."""
    bound = SimpleNamespace()
    for name, value in vars(namespace).items():
        if isinstance(value, ModuleType) and name in ("linalg", "fft"):
            value = bound_to_devices(value)
        elif callable(value) and not isinstance(value, type) and name not in _ELSEWHERE:
            value = on_its_device(value)
        setattr(bound, name, value)
    return bound
