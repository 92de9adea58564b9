"""The memory of CUDA devices: how much there is, what is said when it is used up, and where the host waits for it."""

from __future__ import annotations

from typing import Any

import cupy
from cupy.cuda.memory import OutOfMemoryError

from . import bounds


def to_host(array: Any) -> Any:
    """The elements as a NumPy array, once they are computed.

    Raises
    ------
    IndexError : what was queued before had an index array out of bounds.
    """
    host = cupy.asnumpy(array)
    bounds.raise_reported()
    return host


def synchronize(device: int) -> None:
    """Wait for everything queued on a device; IndexError as in `to_host`."""
    cupy.cuda.Device(device).synchronize()
    bounds.raise_reported()


def info(device: int) -> dict[str, int]:
    """The bytes of a device, and of CuPy's pool on it."""
    with cupy.cuda.Device(device):
        free, total = cupy.cuda.runtime.memGetInfo()
        pool = cupy.get_default_memory_pool()
        return {"free": free, "total": total, "used": pool.used_bytes(), "held": pool.total_bytes()}


class Allocator:
    """An allocator of CuPy that says what was asked and what there is where the memory is used up.

    CuPy's pool gives back its unused blocks before it fails. What it does not know of are the caches that hold blocks
    in use: they are emptied, and the allocation is tried once more.
    """

    def __init__(self, allocate: Any) -> None:
        self.allocate = allocate

    def __call__(self, size: int) -> Any:
        try:
            return self.allocate(size)
        except OutOfMemoryError:
            pass
        cupy.fft.config.get_plan_cache().clear()
        cupy.get_default_memory_pool().free_all_blocks()
        cupy.get_default_pinned_memory_pool().free_all_blocks()
        try:
            return self.allocate(size)
        except OutOfMemoryError as error:
            device = cupy.cuda.Device().id
            there = info(device)
            raise MemoryError(
                f"cuda:{device} has no {_text(size)} left: {_text(there['used'])} used by arrays, "
                f"{_text(there['free'])} free of {_text(there['total'])}"
            ) from error


def _text(size: int) -> str:
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"


def explain_exhaustion() -> None:
    """Put an `Allocator` around the allocator in use, once."""
    current = cupy.cuda.get_allocator()
    if not isinstance(current, Allocator):
        cupy.cuda.set_allocator(Allocator(current))
