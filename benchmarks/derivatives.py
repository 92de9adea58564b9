"""Whole matrices of derivatives, item assignment, Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .harness import Bar, workload
from .peers import Peer, Unsupported


def matrix_step(peer: Peer, kind: str, f: Callable[[Any], Any], x: Any) -> Callable[[], list[Any]]:
    """A step that gives the Jacobian or Hessian of `f` at x."""
    if peer.name == "mygrad":
        raise Unsupported("has no such function, and no higher orders")
    at = peer.array(x)
    if peer.name == "torch":
        matrix = getattr(peer.xp.autograd.functional, kind)
        return lambda: [matrix(f, at)]
    home = {"apitensor": lambda: peer.xp.autograd, "autograd": lambda: peer.autograd}.get(peer.name, lambda: peer.jax)()  # type: ignore[attr-defined]
    matrix = peer.compiled(getattr(home, kind)(f))
    return lambda: peer.finish([matrix(at)])


@workload("hessian", "Dense Hessian of Rosenbrock's function in 20 dimensions", bars=(Bar("torch", 0.5),))
def hessian(peer: Peer, _: str) -> Callable[[], list[Any]]:
    x = np.random.default_rng(0).uniform(-1, 1, 20)
    if peer.name == "numpy":
        return lambda: [hessian_by_hand(x)]
    return matrix_step(peer, "hessian", lambda x: peer.xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), x)


def hessian_by_hand(x: Any) -> Any:
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    beside = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


@workload("jacobian", "Jacobian of tanh(A x) * x, 100 -> 100")
def jacobian(peer: Peer, _: str) -> Callable[[], list[Any]]:
    rng = np.random.default_rng(0)
    a, x = rng.normal(size=(100, 100)) / 10, rng.normal(size=100)
    if peer.name == "numpy":
        return lambda: [jacobian_by_hand(a, x)]
    matrix = peer.array(a)
    return matrix_step(peer, "jacobian", lambda x: peer.xp.tanh(peer.xp.matmul(matrix, x)) * x, x)


def jacobian_by_hand(a: Any, x: Any) -> Any:
    t = np.tanh(a @ x)
    return ((1 - t * t) * x)[:, None] * a + np.diag(t)


@workload(
    "scan",
    "Scan x[i] = a*x[i-1] + b by item assignment, {} steps of 10 elements",
    cases=(1000,),
    quick=(20,),
    label="Scan x[i] = a*x[i-1] + b by item assignment, {} steps of 10 elements",
)
def scan(peer: Peer, steps: int) -> Callable[[], list[Any]]:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 0.99, 10), rng.normal(size=10)
    if peer.name == "numpy":
        return lambda: scan_by_hand(a, b, steps)
    xp = peer.xp

    def assigned(a: Any, b: Any) -> Any:
        x = xp.zeros((steps, 10), dtype=np.float64 if peer.name == "mygrad" else xp.float64)
        for i in range(1, steps):
            # PyTorch keeps the row for the gradient of the product and refuses to have it overwritten: it needs a copy.
            x[i] = a * (x[i - 1].clone() if peer.name == "torch" else x[i - 1]) + b
        return xp.sum(x * x)

    def rolled(a: Any, b: Any) -> Any:
        def one(x: Any, _: Any) -> Any:
            x = a * x + b
            return x, x

        _, x = peer.jax.lax.scan(one, xp.zeros(10), None, length=steps - 1)  # type: ignore[attr-defined]
        return xp.sum(x * x)

    def stacked(a: Any, b: Any) -> Any:
        rows = [np.zeros(10)]
        for _ in range(1, steps):
            rows.append(a * rows[-1] + b)
        x = xp.stack(rows)
        return xp.sum(x * x)

    program = {"jax": rolled, "jax-jit": rolled, "autograd": stacked}.get(peer.name, assigned)
    return peer.step(program, a, b)


def scan_by_hand(a: Any, b: Any, steps: int) -> list[Any]:
    x = np.zeros((steps, 10))
    for i in range(1, steps):
        x[i] = a * x[i - 1] + b
    g, ga, gb = np.zeros(10), np.zeros(10), np.zeros(10)
    for i in range(steps - 1, 0, -1):
        g += 2 * x[i]
        ga += g * x[i - 1]
        gb += g
        g *= a
    return [np.sum(x * x), ga, gb]


@workload(
    "deconvolution",
    "Deconvolution of {} samples by fft, loss and gradient",
    cases=(4096,),
    quick=(64,),
    label="Deconvolution of {} samples by fft, loss and gradient",
)
def deconvolution(peer: Peer, n: int) -> Callable[[], list[Any]]:
    if peer.name == "mygrad":
        raise Unsupported("has no Fourier transforms")
    rng = np.random.default_rng(0)
    kernel = np.fft.rfft(np.exp(-np.linspace(0, 30, n)))
    seen, start = rng.normal(size=n), rng.normal(size=n)
    if peer.name == "numpy":
        return lambda: deconvolution_by_hand(kernel, seen, start)
    xp, k, y = peer.xp, peer.array(kernel), peer.array(seen)

    def loss(x: Any) -> Any:
        rest = xp.fft.irfft(xp.fft.rfft(x) * k, n=n) - y
        steps = x[1:] - x[:-1]
        return xp.sum(rest * rest) + 0.1 * xp.sum(steps * steps)

    return peer.step(loss, start)


def deconvolution_by_hand(kernel: Any, seen: Any, x: Any) -> list[Any]:
    rest = np.fft.irfft(np.fft.rfft(x) * kernel, x.size) - seen
    steps = x[1:] - x[:-1]
    g = 2 * np.fft.irfft(np.fft.rfft(rest) * np.conj(kernel), x.size)
    g[1:] += 0.2 * steps
    g[:-1] -= 0.2 * steps
    return [np.sum(rest * rest) + 0.1 * np.sum(steps * steps), g]
