"""The special functions over NumPy arrays: those of scipy.special, which is imported when the first is looked up."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # asked for by whoever inspects a module; not worth an import
        raise AttributeError(name)
    try:
        scipy_special = importlib.import_module("scipy.special")
    except ImportError as error:
        raise ImportError("apitensor.special needs SciPy: pip install 'apitensor[special]'") from error
    return getattr(scipy_special, name)
