"""Timings on a CUDA device beside torch's and CuPy's own: `python -m tests.gpu.timings`."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import cupy
import numpy as np

import apitensor as xp

try:
    import torch
except ImportError:
    torch = None  # the bars that compare with it are then left open


def seconds(call: Callable[[], Any], repeats: int = 10) -> float:
    """The median time of a call, the work on the device included."""
    times = []
    for turn in range(repeats + 2):
        cupy.cuda.Device().synchronize()
        if torch is not None:
            torch.cuda.synchronize()
        start = perf_counter()
        call()
        cupy.cuda.Device().synchronize()
        if torch is not None:
            torch.cuda.synchronize()
        if turn >= 2:  # the first ones compile kernels
            times.append(perf_counter() - start)
    return median(times)


def chain(lib: Any, x: Any) -> Any:
    return lib.sum(lib.exp(lib.sin(x) * 0.5) * x + lib.tanh(x))


def _ours(size: int) -> float:
    x = xp.ones(size, dtype="float32", device="cuda").requires_grad_()

    def step() -> None:
        x.grad = None
        chain(xp, x).backward()

    return seconds(step)


def _theirs(size: int) -> float:
    x = torch.ones(size, device="cuda", requires_grad=True)

    def step() -> None:
        x.grad = None
        chain(torch, x).backward()

    return seconds(step)


def main() -> None:
    rows: list[tuple[str, float, float | None, float]] = []
    for what, size, bar in (("chain of 64M float32, forward and backward", 2**26, 1.3), ("the same of 10", 10, 1.5)):
        rows.append((what, _ours(size), None if torch is None else _theirs(size), bar))
    a = xp.ones((8192, 8192), dtype="float32", device="cuda")
    theirs = None
    if torch is not None:
        b = torch.ones((8192, 8192), device="cuda")
        theirs = seconds(lambda: b @ b)
    rows.append(("matmul of 8192, float32", seconds(lambda: a @ a), theirs, 1.05))
    host = np.ones(2**26, dtype="float32")
    plain = seconds(lambda: cupy.asarray(host))
    rows.append(("transfer of 256 MiB, CuPy's own", seconds(lambda: xp.asarray(host, device="cuda")), plain, 1 / 0.9))
    print("| | apitensor, ms | reference, ms | ratio | bar |\n| --- | --- | --- | --- | --- |")
    for what, ours, reference, bar in rows:
        other = "-" if reference is None else f"{1e3 * reference:.3f}"
        ratio = "-" if reference is None else f"{ours / reference:.2f}"
        print(f"| {what} | {1e3 * ours:.3f} | {other} | {ratio} | {bar:.2f} |")


if __name__ == "__main__":
    main()
