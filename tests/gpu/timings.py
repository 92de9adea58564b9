"""Timings on a CUDA device beside torch's and CuPy's own: `python -m tests.gpu.timings`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import apitensor as xp

try:
    import torch
except ImportError:
    torch = None  # the bars that compare with it are then left open, as by a torch that was built without CUDA


class Clock:
    """Times of calls on a device."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.cuda = device.startswith("cuda")
        self.torch_device = "cuda" if self.cuda else "cpu"

    def alternating(self, *calls: Callable[[], Any] | None, repeats: int = 15, loops: int = 1) -> list[float | None]:
        """The median time of each call, the work on the device included. They take turns, so that a slow moment of the
        machine hits all of them. Between two waits for the device are `loops` calls, many where one takes no longer
        than waiting."""
        times: list[list[float]] = [[] for _ in calls]
        for turn in range(repeats + 3):
            for call, found in zip(calls, times, strict=True):
                if call is None:
                    continue
                xp.synchronize(self.device)  # everything on the device, torch's work too
                start = perf_counter()
                for _ in range(loops):
                    call()
                xp.synchronize(self.device)
                if turn >= 3:  # the first ones compile kernels and fill the memory pools
                    found.append((perf_counter() - start) / loops)
        return [median(found) if found else None for found in times]


def chain(lib: Any, x: Any) -> Any:
    return lib.sum(lib.exp(lib.sin(x) * 0.5) * x + lib.tanh(x))


def _step(lib: Any, x: Any) -> Callable[[], None]:
    def step() -> None:
        x.grad = None
        chain(lib, x).backward()

    return step


Row = tuple[str, float | None, float | None, float]


def _chain(clock: Clock, what: str, size: int, bar: float, loops: int = 1) -> Row:
    ours = _step(xp, xp.ones(size, dtype="float32", device=clock.device).requires_grad_())
    theirs = None if torch is None else _step(torch, torch.ones(size, device=clock.torch_device, requires_grad=True))
    return what, *clock.alternating(ours, theirs, loops=loops), bar


def _matmul(clock: Clock, n: int) -> Row:
    host = np.random.default_rng(0).random((n, n), dtype="float32")  # of ones a device makes less heat and more haste
    a = xp.asarray(host, device=clock.device)
    ours, theirs = lambda: a @ a, None
    if torch is not None:
        b = torch.asarray(host, device=clock.torch_device)
        theirs = lambda: b @ b  # noqa: E731
    return "matmul of 8192, float32, beside torch", *clock.alternating(ours, theirs), 1.05


def _transfers(clock: Clock, size: int) -> list[Row]:
    """To the device and from it, beside CuPy's own."""
    host = np.ones(size, dtype="float32")
    if clock.cuda:
        import cupy

        upload, download = cupy.asarray, cupy.asnumpy
    else:
        upload = download = np.array
    x, raw = xp.asarray(host, device=clock.device), upload(host)
    there = clock.alternating(lambda: xp.asarray(host, device=clock.device), lambda: upload(host))
    back = clock.alternating(lambda: x.to_device("cpu"), lambda: download(raw))
    return [
        ("256 MiB to the device, beside CuPy", *there, 1 / 0.9),
        ("256 MiB from the device, beside CuPy", *back, 1 / 0.9),
    ]


def rows(device: str, scale: int) -> Iterator[Row]:
    """What is timed, ours, the reference's, and the bar for the ratio. `scale` divides the sizes."""
    clock = Clock(device)
    yield _chain(clock, "chain of 64M float32, forward and backward, beside torch", 2**26 // scale, 1.3)
    yield _chain(clock, "the same of 10 elements", 10, 1.5, loops=100)
    yield _matmul(clock, 8192 // scale)
    yield from _transfers(clock, 2**26 // scale)


def table(found: Iterable[Row]) -> Iterator[str]:
    """The rows in Markdown, each as soon as it is found; "missed" where a bar is."""
    yield "| | apitensor, ms | reference, ms | ratio | bar | |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for what, ours, reference, bar in found:
        assert ours is not None
        other = ratio = verdict = "-"
        if reference is not None:
            other, ratio = f"{1e3 * reference:.3f}", f"{ours / reference:.2f}"
            verdict = "met" if ours <= bar * reference else "missed"
        yield f"| {what} | {1e3 * ours:.3f} | {other} | {ratio} | {bar:.2f} | {verdict} |"


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.gpu.timings", allow_abbrev=False)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--scale", type=int, default=1, help="divide the sizes, to try this program itself")
    options = parser.parse_args()
    global torch
    if torch is not None and options.device.startswith("cuda") and not torch.cuda.is_available():
        torch = None
    if torch is not None:
        # Both multiply in full single precision, as CuPy does by itself.
        torch.backends.cuda.matmul.allow_tf32 = False
    for line in table(rows(options.device, options.scale)):
        print(line, flush=True)
    if torch is None:
        print("PyTorch is not installed, or not for this device: what stands beside it has no reference.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
