"""What derivatives cost: those of linalg and fft beside other libraries', `value_and_grad` beside the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .child import clock
from .harness import WORKLOADS, Bar, Cell, Row, Workload, compare, describe, workload
from .peers import PEERS, Peer, Step, Unsupported


def normal(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def lower(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return np.tril(x) - 0.5 * np.diag(np.diagonal(x))


def symmetric(x: Any) -> Any:
    return 0.5 * (x + x.T)


def gaps(w: Any) -> Any:
    """1 / (w[j] - w[i]), and 0 on the diagonal."""
    difference = w - w[:, None] + np.eye(len(w))
    return 1 / difference - np.eye(len(w))


# Each returns a peer's step, for matrices n x n. No loss depends on the signs of singular vectors and eigenvectors.


def solve(peer: Peer, n: int, columns: tuple[int, ...]) -> Step:
    a, b, g = normal(n, n) + 2 * n**0.5 * np.eye(n), normal(n, *columns), normal(n, *columns)

    def by_hand() -> list[Any]:
        y, gb = np.linalg.solve(a, b), np.linalg.solve(a.T, g)
        return [y, -np.outer(gb, y) if gb.ndim == 1 else -gb @ y.T, gb]

    return by_hand if peer.name == "numpy" else peer.pull(peer.xp.linalg.solve, g, a, b)


def cholesky(peer: Peer, n: int) -> Step:
    k, g = normal(n, n) @ normal(n, n).T + n * np.eye(n), np.tril(normal(n, n))

    def by_hand() -> list[Any]:
        y = np.linalg.cholesky(k)
        half = np.linalg.solve(y.T, lower(y.T @ g))
        return [y, symmetric(np.linalg.solve(y.T, half.T).T)]

    return by_hand if peer.name == "numpy" else peer.pull(peer.xp.linalg.cholesky, g, k)


def eigh(peer: Peer, n: int) -> Step:
    xp, a = peer.xp, symmetric(normal(n, n))
    gw, gv = normal(n), normal(n, n)
    if peer.name == "numpy":

        def by_hand() -> list[Any]:
            w, v = np.linalg.eigh(a)
            inner = np.diag(gw) + (v.T @ (2 * v * gv)) * gaps(w)
            return [np.sum(w * gw) + np.sum(v * v * gv), symmetric(v @ inner @ v.T)]

        return by_hand
    for_values, for_vectors = peer.array(gw), peer.array(gv)

    def loss(a: Any) -> Any:
        w, v = xp.linalg.eigh(0.5 * (a + a.T))  # libraries differ in which triangle the derivative belongs to
        return xp.sum(w * for_values) + xp.sum(v * v * for_vectors)

    return peer.step(loss, a)


def svd(peer: Peer, n: int) -> Step:
    xp, a = peer.xp, normal(n, n)
    gs, gu, gv = normal(n), normal(n, n), normal(n, n).T
    if peer.name == "numpy":

        def by_hand() -> list[Any]:
            u, s, vt = np.linalg.svd(a)
            f = gaps(s * s)
            left, right = u.T @ (2 * u * gu) * f, (2 * vt * gv) @ vt.T * f.T
            inner = np.diag(gs) + (left + left.T) * s + s[:, None] * (right + right.T)
            return [np.sum(s * gs) + np.sum(u * u * gu) + np.sum(vt * vt * gv), u @ inner @ vt]

        return by_hand
    for_values, for_left, for_right = peer.array(gs), peer.array(gu), peer.array(gv)

    def loss(a: Any) -> Any:
        u, s, vt = xp.linalg.svd(a, full_matrices=False)
        return xp.sum(s * for_values) + xp.sum(u * u * for_left) + xp.sum(vt * vt * for_right)

    return peer.step(loss, a)


def complex_normal(*shape: int) -> Any:
    parts = normal(2, *shape)
    return parts[0] + 1j * parts[1]


def fft(peer: Peer, n: int, axis: int) -> Step:
    z, g = complex_normal(n, n), complex_normal(n, n)
    if peer.name == "numpy":
        return lambda: [np.fft.fft(z, axis=axis), n * np.fft.ifft(g, axis=axis)]
    named = {"dim" if peer.name == "torch" else "axis": axis}
    return peer.pull(lambda z: peer.xp.fft.fft(z, **named), g, z)


def fftn(peer: Peer, n: int) -> Step:
    z, g = complex_normal(n, n), complex_normal(n, n)
    if peer.name == "numpy":
        return lambda: [np.fft.fftn(z), n * n * np.fft.ifftn(g)]
    return peer.pull(peer.xp.fft.fftn, g, z)


def rfft(peer: Peer, n: int) -> Step:
    x, g = normal(n, n), complex_normal(n, n // 2 + 1)

    def by_hand() -> list[Any]:
        half = g.copy()
        half[:, 1:-1] /= 2
        return [np.fft.rfft(x), n * np.fft.irfft(half, n)]

    return by_hand if peer.name == "numpy" else peer.pull(peer.xp.fft.rfft, g, x)


def irfft(peer: Peer, n: int) -> Step:
    z, g = complex_normal(n, n // 2 + 1), normal(n, n)

    def by_hand() -> list[Any]:
        gz = np.fft.rfft(g) / n
        gz[:, 1:-1] *= 2
        return [np.fft.irfft(z, n), gz]

    return by_hand if peer.name == "numpy" else peer.pull(peer.xp.fft.irfft, g, z)


MATRICES: dict[str, Callable[[Peer, int], Step]] = {
    "solve, a matrix": lambda peer, n: solve(peer, n, (n,)),
    "solve, a vector": lambda peer, n: solve(peer, n, ()),
    "cholesky": cholesky,
    "eigh": eigh,
    "svd": svd,
    "fft, last axis": lambda peer, n: fft(peer, n, -1),
    "fft, first axis": lambda peer, n: fft(peer, n, 0),
    "rfft": rfft,
    "irfft": irfft,
    "fftn": fftn,
}


@workload(
    "matrices",
    "Result and derivative of linalg and fft, 256 x 256",
    cases=tuple((name, 256) for name in MATRICES),
    quick=tuple((name, 8) for name in MATRICES),
    label="{0[0]}",
    bars=(Bar("torch", 1.2, threads=1, each=True),),
    seconds=30,
    tolerance=1e-6,
)
def matrices(peer: Peer, case: tuple[str, int]) -> Step:
    if peer.name == "mygrad":
        raise Unsupported("has no such functions")
    name, n = case
    return MATRICES[name](peer, n)


CHAIN = 40


def chain_by_hand(x: Any) -> list[Any]:
    before, y = [], x
    for _ in range(CHAIN // 2):
        before.append(y)
        y = y * x + x
    g, gx = np.ones_like(y), np.zeros_like(x)
    for y_before in reversed(before):
        gx += g
        gx += g * y_before
        g *= x
    return [np.sum(y), g + gx]


def waves_by_hand(x: Any) -> list[Any]:
    s, e = np.sin(x), np.exp(-x * x)
    t = np.tanh(s + e)
    return [np.sum(t * x), t + x * (1 - t * t) * (np.cos(x) - 2 * x * e)]


def chain(xp: Any, x: Any) -> Any:
    y = x
    for _ in range(CHAIN // 2):
        y = y * x + x
    return xp.sum(y)


def waves(xp: Any, x: Any) -> Any:
    return xp.sum(xp.tanh(xp.sin(x) + xp.exp(-x * x)) * x)


FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], list[Any]]]] = {
    f"chain of {CHAIN} ops y * x, y + x": (chain, chain_by_hand),
    "tanh(sin(x) + exp(-x*x)) * x": (waves, waves_by_hand),
}
SIZES = (1, 1_000, 10_000, 100_000, 1_000_000)


def pair(peer: Peer, name: str, size: int) -> dict[str, Step]:
    """A step that computes the function of an array that tracks nothing, and one that computes the gradient too."""
    function, by_hand = FUNCTIONS[name]
    x = np.linspace(0.1, 0.9, size)
    at = peer.array(x)
    if peer.name == "numpy":
        return {"alone": lambda: [function(np, x)], "gradient": lambda: by_hand(x)}
    if peer.name == "apitensor":
        transformed = peer.xp.autograd.value_and_grad(lambda x: function(peer.xp, x))
        return {"alone": lambda: [function(peer.xp, at)], "gradient": lambda: list(transformed(at))}
    alone = peer.compiled(lambda x: function(peer.xp, x))
    return {
        "alone": lambda: peer.finish([alone(at)]),
        "gradient": peer.step(lambda x: function(peer.xp, x), x),
    }


def value_and_grad(peers: Sequence[str], quick: bool) -> list[Row]:
    rows = []
    for name in FUNCTIONS:
        for size in SIZES[: 1 if quick else None]:
            cells: dict[str, Cell] = {}
            for which in peers:
                try:
                    peer = PEERS[which]()
                    cells[which] = times_function(peer, pair(peer, name, size), 0.02 if quick else 1.5)
                except Exception as error:
                    cells[which] = {"error": describe(error)}
            rows.append(Row(f"{name}, {size:,} element{'s' * (size > 1)}", cells, "x"))
    return rows


def times_function(peer: Peer, steps: dict[str, Step], seconds: float) -> Cell:
    """How many times the function's time its value and gradient take: of the least times, and of the medians."""
    values = {what: lambda step=step: step()[:1] for what, step in steps.items()}
    cells = compare(values, dict.fromkeys(values, peer.numpy), 1e-8, seconds, clock(1))
    alone, gradient = cells["alone"], cells["gradient"]
    if "error" in alone or "error" in gradient:
        return alone if "error" in alone else gradient
    return {key: gradient[key] / alone[key] for key in ("min", "median")} | {"runs": gradient["runs"]}


WORKLOADS["value-and-grad"] = Workload(
    "value-and-grad",
    "Value and gradient, over the function alone",
    measure=value_and_grad,
    bars=(Bar("", 4.0, threads=1, each=True),),
)
