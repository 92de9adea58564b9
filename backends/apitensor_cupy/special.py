"""The special functions over CuPy arrays: those of cupyx.scipy.special, which is imported when the first is looked up.

CuPy has fewer than SciPy. The others are not computed on the host instead, which would wait for the device.
"""

from __future__ import annotations

import importlib
from typing import Any

import cupy


def polygamma(n: Any, x: Any) -> Any:
    """The derivatives of digamma; CuPy takes no number for their order."""
    from cupyx.scipy.special import polygamma

    return polygamma(n if isinstance(n, cupy.ndarray) else cupy.asarray(float(n)), x)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # asked for by whoever inspects a module; not worth an import
        raise AttributeError(name)
    try:
        return getattr(importlib.import_module("cupyx.scipy.special"), name)
    except AttributeError:
        pass

    def missing(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"CuPy's special functions lack {name}; move the operands with to_device('cpu')")

    missing.__name__ = missing.__qualname__ = name
    return missing
