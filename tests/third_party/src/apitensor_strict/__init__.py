"""A complete backend: array-api-strict, the standard's reference implementation."""

import array_api_strict as strict
import numpy as np

from apitensor._core.backend import Backend

HOST = strict.Device("CPU_DEVICE")


def load() -> Backend:
    """Called once, when a tensor is first put on the device "strict"."""
    return Backend(
        name="array_api_strict",
        namespace=strict,
        array_type=type(strict.zeros(())),
        devices={"strict": HOST},
        as_array=strict.asarray,
        to_numpy=to_numpy,
        from_numpy=from_numpy,
        aliases=aliases,
    )


def to_numpy(array):
    return np.from_dlpack(array)


def from_numpy(array, device):
    return strict.asarray(np.array(array), device=device)


def aliases(view, base):
    # It does not tell which arrays share memory. No is always right: it costs a copy where a view is written to.
    return False
