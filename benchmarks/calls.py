"""Where the cost of a call is all there is: arrays of ten elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .harness import Bar, workload
from .peers import PEERS, Peer, Unsupported

rng = np.random.default_rng(0)
A, B, M = rng.uniform(0.5, 2, 10), rng.uniform(0.5, 2, 10), rng.uniform(0.5, 2, (2, 5))
INDEX = np.asarray([3, 1, 4, 1, 5])

# Functions of the standard, under its names.
CALLS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    **dict.fromkeys(["add", "multiply", "divide", "pow", "maximum", "less"], lambda p: (p.array(A), p.array(B))),
    **dict.fromkeys(["exp", "log", "tanh", "sqrt", "negative", "isfinite"], lambda p: (p.array(A),)),
    **dict.fromkeys(["sum", "argmax"], lambda p: (p.array(A),)),
    "reshape": lambda p: (p.array(A), (2, 5)),
    "permute_dims": lambda p: (p.array(M), (1, 0)),
    "matmul": lambda p: (
        p.array(M),
        p.array(A).reshape(5, 2) if p.name == "mygrad" else p.xp.reshape(p.array(A), (5, 2)),
    ),
    "concat": lambda p: ((p.array(A), p.array(B)),),
    "where": lambda p: (p.array(A > 1), p.array(A), p.array(B)),
    "take": lambda p: (p.array(A), p.array(INDEX)),
}
# What libraries call them otherwise.
NAMES = {
    "torch": {"permute_dims": "permute"},
    "autograd": {"pow": "power", "concat": "concatenate", "permute_dims": "transpose"},
    "mygrad": {"pow": "power", "concat": "concatenate", "permute_dims": "transpose"},
}


def _function(peer: Peer, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] | None = getattr(peer.xp, NAMES.get(peer.name, {}).get(name, name), None)
    if function is None:
        raise Unsupported(f"has no {name}")
    return function


@workload(
    "untracked",
    "Call of a function of the standard on 10 elements, untracked",
    cases=tuple(CALLS),
    quick=("less", "exp", "where"),
    bars=(Bar("numpy", 2.0),),
    seconds=12,
)
def untracked(peer: Peer, name: str) -> Callable[[], list[Any]]:
    if peer.name == "jax-jit":
        raise Unsupported("nothing to compile in one call")
    function = _function(peer, name)
    args = CALLS[name](peer)
    return lambda: peer.finish([function(*args)])


@workload("add", "add(x, y), 10 elements, untracked", bars=(Bar("numpy", 2.5),), seconds=3)
def add(peer: Peer, _: str) -> Callable[[], list[Any]]:
    return untracked(peer, "add")


def _scattered(g: Any, x: Any, at: Any) -> Any:
    total = np.zeros_like(x)
    np.add.at(total, at, g)
    return total


# Differentiable ones: how they are called, on which arrays, and their derivatives by hand, of a cotangent.
TRACKED: dict[str, tuple[Callable[..., Any], tuple[Any, ...], Callable[..., list[Any]]]] = {
    "add": (lambda p, f, x, y: f(x, y), (A, B), lambda g, x, y: [g, g]),
    "multiply": (lambda p, f, x, y: f(x, y), (A, B), lambda g, x, y: [g * y, g * x]),
    "exp": (lambda p, f, x: f(x), (A,), lambda g, x: [g * np.exp(x)]),
    "tanh": (lambda p, f, x: f(x), (A,), lambda g, x: [g * (1 - np.tanh(x) ** 2)]),
    "sum": (lambda p, f, x: f(x), (A,), lambda g, x: [np.full_like(x, g)]),
    "reshape": (lambda p, f, x: f(x, (2, 5)), (A,), lambda g, x: [g.reshape(x.shape)]),
    "permute_dims": (lambda p, f, x: f(x, (1, 0)), (M,), lambda g, x: [g.T]),
    "x[2:5]": (lambda p, f, x: x[2:5], (A,), lambda g, x: [_scattered(g, x, slice(2, 5))]),
    "matmul": (lambda p, f, x, y: f(x, y), (M, A.reshape(5, 2)), lambda g, x, y: [g @ y.T, x.T @ g]),
    "concat": (lambda p, f, x, y: f((x, y)), (A, B), lambda g, x, y: [g[:10], g[10:]]),
    "where": (
        lambda p, f, x, y: f(p.array(A > 1), x, y),
        (A, B),
        lambda g, x, y: [np.where(A > 1, g, 0), np.where(A > 1, 0, g)],
    ),
    "take": (lambda p, f, x: f(x, p.array(INDEX)), (A,), lambda g, x: [_scattered(g, x, INDEX)]),
}


@workload(
    "tracked",
    "Call of a function of the standard on 10 elements, and its backward pass",
    cases=tuple(TRACKED),
    quick=("add", "x[2:5]"),
    bars=(Bar("torch", 1.0),),
    seconds=12,
)
def tracked(peer: Peer, name: str) -> Callable[[], list[Any]]:
    call, arrays, by_hand = TRACKED[name]
    numpy = PEERS["numpy"]()
    function, numpys = (None if name == "x[2:5]" else _function(p, name) for p in (peer, numpy))
    cotangent = np.ones_like(call(numpy, numpys, *arrays))
    if peer.name == "numpy":
        return lambda: [call(peer, function, *arrays), *by_hand(cotangent, *arrays)]
    return peer.pull(lambda *xs: call(peer, function, *xs), cotangent, *arrays)


STEPS = 100


def chain_by_hand(a: Any, b: Any, steps: int) -> list[Any]:
    z, before = a, []
    for _ in range(steps):
        before.append(z)
        z = z * b + b
    g, gb = np.ones_like(z), np.zeros_like(b)
    for z_before in reversed(before):
        gb += g * z_before
        gb += g
        g = g * b
    return [np.sum(z), g, gb]


def chain_step(peer: Peer, steps: int) -> Callable[[], list[Any]]:
    """`steps` times z = z * y + y and its gradient, the making of the leaves included."""
    a, b = A, 1 - B / steps  # so that nothing overflows or vanishes, however long the chain
    if peer.name == "numpy":
        return lambda: chain_by_hand(a, b, steps)

    def loss(z: Any, y: Any) -> Any:
        for _ in range(steps):
            z = z * y + y
        return peer.xp.sum(z)

    if peer.name in ("jax", "jax-jit", "autograd"):
        return peer.step(loss, a, b)

    def step() -> list[Any]:
        z, y = peer.leaf(a), peer.leaf(b)
        value = loss(z, y)
        value.backward()
        return [peer.constant(value), z.grad, y.grad]

    return step


@workload(
    "chain",
    "Chain of 100 times z = z*y + y on 10 elements, forward and backward",
    bars=(Bar("torch", 0.45), Bar("autograd", 0.25), Bar("numpy", 4.0)),
)
def chain(peer: Peer, _: str) -> Callable[[], list[Any]]:
    return chain_step(peer, STEPS)
