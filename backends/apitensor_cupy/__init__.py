"""CuPy as a backend of apitensor: arrays in the memory of CUDA devices, "cuda:0", "cuda:1" ...

Work is queued on CuPy's current stream and nothing waits for it behind the user's back: values are never tested by the
host, and index arrays out of bounds are told of when the host waits for the device next. Where a result cannot be had
without waiting, the function says so: shapes that depend on data (masks, `nonzero`, `unique_values`), and `linalg.eig`
where cuSOLVER lacks it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from apitensor._core.backend import Backend

__all__ = ["load"]


def load() -> Backend:
    """Give the record that the entry point "cuda" of the group `apitensor.backends` promises.

    Raises
    ------
    ImportError : CuPy is not installed, or is older than version 14.
    RuntimeError : no CUDA device works here, or CUDA's libraries are missing; the message says what the driver
        answered, or what was not found.
    """
    try:
        import cupy
    except ImportError as error:
        raise ImportError(
            f"device 'cuda' needs CuPy ({error}): pip install 'apitensor[cuda12]' or 'apitensor[cuda13]'"
        ) from error
    if int(cupy.__version__.partition(".")[0]) < 14:
        raise ImportError(f"device 'cuda' needs CuPy 14 or newer, and this is {cupy.__version__}")
    try:
        count = cupy.cuda.runtime.getDeviceCount()
        if count == 0:
            raise RuntimeError("the driver found no device")
        cupy.cuda.runtime.getDeviceProperties(0)
    except RuntimeError as error:
        raise RuntimeError(f"device 'cuda' does not work here: {error}") from error
    try:
        cupy.cuda.nvrtc.getVersion()  # CUDA's compiler, which a driver alone does not bring
    except RuntimeError as error:
        missing = str(error).partition("\n")[0]
        raise RuntimeError(
            f"device 'cuda' does not work here: {missing}; pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]' "
            "brings CUDA's libraries"
        ) from error

    from . import memory, namespace
    from .devices import LocatedArray, bound_to_devices, located
    from .random import Generator

    memory.explain_exhaustion()
    # CuPy launches on the current device, which on a machine with one is always right.
    functions: Any = namespace if count == 1 else bound_to_devices(namespace)
    return Backend(
        name="cupy",
        namespace=functions,
        array_type=cupy.ndarray if count == 1 else LocatedArray,
        devices={f"cuda:{number}": number for number in range(count)},
        as_array=functions.asarray,
        to_numpy=memory.to_host,
        from_numpy=functions.from_numpy,
        aliases=_aliases,
        apart=True,
        write=functions.write,
        to_text=_to_text,
        # Of several devices the arrays are of a class of ours, and others bring arrays of CuPy's.
        scalar_types=() if count == 1 else (cupy.ndarray,),
        default_rng=Generator if count == 1 else partial(Generator, finish=located),
        device_key=int,
        synchronize=memory.synchronize,
        memory=memory.info,
    )


def _aliases(view: Any, base: Any) -> bool:
    import cupy

    return bool(cupy.may_share_memory(view, base))


def _to_text(array: Any) -> str:
    import numpy as np

    from .memory import to_host

    return np.array2string(to_host(array), separator=", ", prefix="Tensor(")
