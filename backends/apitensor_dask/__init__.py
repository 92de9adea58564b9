"""Dask as a backend of apitensor: arrays in chunks, computed when they are read, device "dask".

Nothing is computed before a value is asked for (`x.numpy()`, `x.item()`, `print(x)`): operations and derivatives build
up Dask's graph, and Dask's scheduler, threaded or distributed as `dask.config` or a client says, then works through it
chunk by chunk. So a program, and its gradient, may run over an array that does not fit into memory.

    x = apitensor.asarray(dask_array, device="dask")  # lazy, chunked as dask_array is

What Dask cannot do raises NotImplementedError and says that it is Dask's limit. In particular a shape that depends on
data (`x[mask]`, `nonzero`, `unique_values`) is not known before Dask computes, and a tensor knows its shape.
"""

from __future__ import annotations

from typing import Any

from apitensor._core.backend import Backend

__all__ = ["load"]


def load() -> Backend:
    """Give the record that the entry point "dask" of the group `apitensor.backends` promises.

    Raises
    ------
    ImportError : Dask is not installed.
    """
    try:
        from . import namespace
        from .array import Array, lazy, write
    except ImportError as error:
        raise ImportError(f"device 'dask' needs Dask ({error}): pip install 'apitensor[dask]'") from error

    return Backend(
        name="dask",
        namespace=namespace,
        array_type=Array,
        devices={"dask": "cpu"},
        as_array=lazy,
        to_numpy=_to_numpy,
        from_numpy=_from_numpy,
        aliases=_aliases,
        write=write,
        to_text=_to_text,
    )


def _to_numpy(array: Any) -> Any:
    import numpy as np

    return np.asarray(array.compute())


def _from_numpy(array: Any, device: Any) -> Any:
    from .array import lazy

    return lazy(array)


def _aliases(view: Any, base: Any) -> bool:
    # A write binds the written array to a new graph, and nobody else's.
    return False


def _to_text(array: Any) -> str:
    chunks = "x".join(map(str, array.numblocks)) or "1"
    return f"<lazy, shape={array.shape}, {chunks} chunk{'s' * (array.npartitions != 1)}>"
