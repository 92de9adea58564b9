"""Index arrays out of bounds: CuPy wraps them around silently, and here they end in an IndexError without waiting.

A kernel compares the indices with the bounds and leaves a report in the host's memory, which is looked at whenever the
host waits for the device anyway: where elements are read, and in `synchronize`. So the error comes late, but before
anybody has seen a wrong number.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import cupy
import numpy as np


class _Report:
    """What the kernels leave behind: one report for all, since what matters is that there was one.

    Page-locked memory has one address for the host and all devices. It is taken when it is first needed, as taking it
    sets up the current device, which must not be one that the program never uses.
    """

    words: Any = None  # whether there is a report, the index, the size of the axis
    address = 0

    def begin(self) -> None:
        with _beginning:
            if self.words is None:
                memory = cupy.cuda.alloc_pinned_memory(24)
                words = np.frombuffer(memory, np.int64, 3)
                words[:] = 0
                self.address, self.words = memory.ptr, words  # which keep the memory


_report = _Report()
_beginning = Lock()

_compare = cupy.ElementwiseKernel(
    "T index, int64 size, uint64 address",
    "",
    """
    long long at = static_cast<long long>(index);
    if (at < -size || at >= size) {
        long long* report = reinterpret_cast<long long*>(address);
        report[1] = at;
        report[2] = size;
        report[0] = 1;
    }
    """,
    "apitensor_compare_with_bounds",
)


def watch(shape: tuple[int, ...], key: Any) -> None:
    """Have the index arrays of a key to an array of that shape compared with the bounds.

    Raises
    ------
    IndexError : the axis has no elements, so that every index is out of bounds.
    """
    parts = key if isinstance(key, tuple) else (key,)
    axis = 0
    for number, part in enumerate(parts):
        if part is Ellipsis:
            axis = len(shape) - sum(_axes(rest) for rest in parts[number + 1 :])
            continue
        if isinstance(part, cupy.ndarray) and part.dtype.kind != "b" and part.size and axis < len(shape):
            if not shape[axis]:
                raise IndexError(f"index array for axis {axis} of an array of shape {shape}: it has no elements")
            if _report.words is None:
                _report.begin()
            _compare(part, shape[axis], _report.address)
        axis += _axes(part)


def _axes(part: Any) -> int:
    """How many axes a part of a key takes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, cupy.ndarray) and part.dtype.kind == "b" else 1


def raise_reported() -> None:
    """Raise what was found, once; the host has just waited for the device.

    Raises
    ------
    IndexError : an index array was out of bounds in something queued before.
    """
    words = _report.words
    if words is not None and words[0]:
        words[0] = 0
        raise IndexError(
            f"an index array held {words[1]} for an axis of {words[2]} elements, in an operation queued before: "
            "call synchronize() after the suspected ones to find it"
        )
