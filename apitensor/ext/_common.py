"""What several chapters share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apitensor._core.modes import no_grad
from apitensor._standard.data_types import astype
from apitensor._standard.inspection import default_dtypes_of
from apitensor._standard.manipulation import as_tensor


def inexact(x: Any, dtype: Any = None) -> Any:
    """A tensor with a floating-point or complex data type: the one asked for; integers become the default one."""
    x = as_tensor(x) if dtype is None else astype(x, dtype, copy=False)
    return x if x.dtype.kind in "fc" else astype(x, default_dtypes_of(x.device)["real floating"])


def untracked(function: Callable[[], Any]) -> Any:
    """What a decision is made on: computed without being recorded, from the values alone."""
    with no_grad():
        return function()
