"""What the official suite tests in tracked mode: apitensor, but what it creates requires a gradient if it can.

All that the suite checks is thereby checked on tensors that are part of a graph, item assignment and in-place operators
included. A leaf that requires a gradient refuses these by design, so the suite is handed results computed from a leaf.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import apitensor


def _tracked(create: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(create)  # the suite looks at signatures
    def tracked(*args: Any, **kwargs: Any) -> Any:
        x = create(*args, **kwargs)
        if x.requires_grad or not apitensor.isdtype(x.dtype, ("real floating", "complex floating")):
            return x
        return +x.requires_grad_()

    return tracked


arange = _tracked(apitensor.arange)
asarray = _tracked(apitensor.asarray)
empty = _tracked(apitensor.empty)
empty_like = _tracked(apitensor.empty_like)
eye = _tracked(apitensor.eye)
from_dlpack = _tracked(apitensor.from_dlpack)
full = _tracked(apitensor.full)
full_like = _tracked(apitensor.full_like)
linspace = _tracked(apitensor.linspace)
ones = _tracked(apitensor.ones)
ones_like = _tracked(apitensor.ones_like)
zeros = _tracked(apitensor.zeros)
zeros_like = _tracked(apitensor.zeros_like)


def __getattr__(name: str) -> Any:
    return getattr(apitensor, name)
