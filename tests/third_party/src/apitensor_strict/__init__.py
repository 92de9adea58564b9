"""A complete backend: array-api-strict, the standard's reference implementation."""

from types import SimpleNamespace

import array_api_strict as strict
import numpy as np

from apitensor._core.backend import Backend

HOST = strict.Device("CPU_DEVICE")


def load() -> Backend:
    """Called once, when a tensor is first put on the device "strict"."""
    # The library's own namespace, but for what `check_backend` finds wrong in it
    namespace = SimpleNamespace(**{name: getattr(strict, name) for name in strict.__all__})
    namespace.isin = isin
    namespace.round = round
    namespace.linalg = SimpleNamespace(**{**vars(strict.linalg), "diagonal": diagonal})
    return Backend(
        name="array_api_strict",
        namespace=namespace,
        array_type=type(strict.zeros(())),
        devices={"strict": HOST},
        as_array=strict.asarray,
        to_numpy=to_numpy,
        from_numpy=from_numpy,
        aliases=aliases,
    )


def isin(x1, x2, /, *, invert=False):
    # array-api-strict 2.6 leaves `invert` out.
    found = strict.isin(x1, x2)
    return ~found if invert else found


def diagonal(x, /, *, offset=0):
    # It gives a window onto x, which only view operations may do.
    return strict.asarray(strict.linalg.diagonal(x, offset=offset), copy=True)


def round(x, /):
    # Of integers it gives x itself, as NumPy 2.1 below it does.
    return strict.asarray(strict.round(x), copy=True)


def to_numpy(array):
    return np.from_dlpack(array)


def from_numpy(array, device):
    return strict.asarray(np.array(array), device=device)


def aliases(view, base):
    # It does not tell which arrays share memory. No is always right: it costs a copy where a view is written to.
    return False
