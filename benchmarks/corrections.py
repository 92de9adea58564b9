"""What the NumPy plug-in's corrections cost real numbers.

A call is compared with the same call on a backend that differs in one thing only: these functions are NumPy's own,
which leave the standard at infinities, for complex numbers or where there is nothing to average.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from .child import clock
from .harness import WORKLOADS, Bar, Row, Workload, check, interleave

SIZES = (10, 1_000, 100_000)

# A name, and what follows the first operand, given the second one.
CALLS: dict[str, tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
    **{name: (name, lambda y: ()) for name in ("acosh", "expm1", "log1p", "reciprocal", "sign", "tan", "tanh")},
    **{name: (name, lambda y: ()) for name in ("round", "mean", "var", "std", "diff", "count_nonzero")},
    "clip(x, 1, 2)": ("clip", lambda y: (1.0, 2.0)),
    "floor_divide(x, y)": ("floor_divide", lambda y: (y,)),
    "floor_divide(x, 2)": ("floor_divide", lambda y: (2.0,)),
    "pow(x, y)": ("pow", lambda y: (y,)),
    "pow(x, 2)": ("pow", lambda y: (2.0,)),
    "pow(x, 2.5)": ("pow", lambda y: (2.5,)),
}


def backends() -> list[Any]:
    """The plug-in's backend and the one without corrections, made alike so that they run alike."""
    from apitensor_numpy import load

    backend = load()
    numpys_own = {name: getattr(np, name) for name, _ in CALLS.values()}
    uncorrected = SimpleNamespace(**{**vars(backend.namespace), **numpys_own})
    return [
        dataclasses.replace(backend, devices={"corrected:0": "cpu"}),
        dataclasses.replace(backend, devices={"uncorrected:0": "cpu"}, namespace=uncorrected, real_kernels={}),
    ]


def step(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    return lambda: function(*args)


def measure(peers: Sequence[str], quick: bool) -> list[Row]:
    if "apitensor" not in peers:
        return []
    import apitensor
    from apitensor._core.backend import register_backend

    for backend in backends():
        register_backend(backend.default_device.type, lambda backend=backend: backend)
    rng = np.random.default_rng(0)
    rows = []
    for label, (name, others) in CALLS.items():
        for size in SIZES[: 1 if quick else None]:
            x, y = rng.uniform(1, 3, size), rng.uniform(0.5, 2, size)
            steps = {}
            for where in ("corrected:0", "uncorrected:0"):
                a, b = (apitensor.asarray(z, device=where) for z in (x, y))
                steps[where] = step(getattr(apitensor, name), a, *others(b))
            check(*([np.asarray(call())] for call in steps.values()), tolerance=0)
            # Short samples, so that both calls meet the machine's fast spells.
            corrected, uncorrected = interleave(steps, 0.02 if quick else 1.0, clock(1), sample=2e-4).values()
            ratios = {key: corrected[key] / uncorrected[key] for key in ("min", "median")}
            rows.append(Row(f"{label}, {size:,} elements", {"apitensor": {**ratios, "runs": corrected["runs"]}}, "x"))
    return rows


WORKLOADS["corrections"] = Workload(
    "corrections",
    "A call with the NumPy plug-in's corrections, over the same call without",
    measure=measure,
    bars=(Bar("", 1.05, threads=1, worst=True),),
)
