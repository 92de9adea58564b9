"""NumPy as a backend of apitensor: arrays in the memory of the host, device "cpu"."""

from __future__ import annotations

from functools import partial
from typing import Any

from apitensor._core.backend import Backend

__all__ = ["load"]


def load() -> Backend:
    """Give the record that the entry point "cpu" of the group `apitensor.backends` promises."""
    import numpy as np

    from . import namespace

    # glibc's malloc hands the memory of large arrays back to the system when they are freed, and the next ones are paid
    # for page by page again: a backward pass over arrays of 100,000 elements took three times as long. It keeps as much
    # as the largest array, of 32 MiB at most, that was ever freed; so one is, which nobody touches.
    np.empty((32 << 20) - (1 << 16), np.uint8)

    return Backend(
        name="numpy",
        namespace=namespace,
        array_type=np.ndarray,
        devices={"cpu": "cpu"},
        as_array=np.asarray,
        to_numpy=np.asarray,
        from_numpy=_from_numpy,
        # What a view operation gives is a window onto its operand or fresh memory: overlapping bounds settle which.
        aliases=np.may_share_memory,
        host=True,
        real_kernels=namespace.REAL_KERNELS,
        quiet=partial(np.errstate, all="ignore"),
        to_text=_to_text,
        default_rng=_default_rng,
        scalar_types=(np.number, np.bool_),
    )


def _from_numpy(array: Any, device: Any) -> Any:
    return array


def _to_text(array: Any) -> str:
    import numpy as np

    return np.array2string(array, separator=", ", prefix="Tensor(")


def _default_rng(seed: Any, device: Any) -> Any:
    import numpy as np

    return np.random.default_rng(seed)
