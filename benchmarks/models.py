"""A loss and its gradient: networks, likelihoods, and a program that is bound by memory."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .harness import Bar, workload
from .peers import Peer, Unsupported


def one_hot(classes: Any, count: int) -> Any:
    return np.eye(count, dtype=np.float32)[classes]


def mlp_step(peer: Peer, batch: int, widths: tuple[int, ...]) -> Callable[[], list[Any]]:
    """Cross entropy of a network with two hidden layers of rectified units, in float32."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, widths[0])).astype(np.float32)
    target = one_hot(rng.integers(widths[-1], size=batch), widths[-1])
    parameters = []
    for n, m in itertools.pairwise(widths):
        parameters += [rng.normal(scale=(2 / n) ** 0.5, size=(n, m)).astype(np.float32), np.zeros(m, np.float32)]
    if peer.name == "numpy":
        return lambda: mlp_by_hand(x, target, *parameters)
    xp, x, target = peer.xp, peer.array(x), peer.array(target)

    def loss(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        h = peer.relu(xp.matmul(x, w1) + b1)
        h = peer.relu(xp.matmul(h, w2) + b2)
        scores = xp.matmul(h, w3) + b3
        return xp.mean(peer.logsumexp(scores) - xp.sum(scores * target, axis=1))

    return peer.step(loss, *parameters)


def mlp_by_hand(x: Any, target: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> list[Any]:
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    scores = h2 @ w3 + b3
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    total = e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) + scores.max(axis=1) - np.sum(scores * target, axis=1))
    g = (e / total - target) / len(x)
    g2 = (g @ w3.T) * (h2 > 0)
    g1 = (g2 @ w2.T) * (h1 > 0)
    return [loss, x.T @ g1, g1.sum(axis=0), h1.T @ g2, g2.sum(axis=0), h2.T @ g, g.sum(axis=0)]


@workload(
    "mlp",
    "MLP step: 64-256-256-10, batch 128, float32",
    bars=(Bar("torch", 1.0),),
    threaded=True,
    tolerance=1e-4,
)
def mlp(peer: Peer, _: str) -> Callable[[], list[Any]]:
    return mlp_step(peer, 128, (64, 256, 256, 10))


@workload("logistic", "Logistic regression, 569 x 30, through scipy.optimize.minimize", tolerance=1e-5)
def logistic(peer: Peer, _: str) -> Callable[[], list[Any]]:
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise Unsupported("SciPy is not installed") from None
    rng = np.random.default_rng(0)
    data = rng.normal(size=(569, 30))
    signs = np.sign(data @ rng.normal(size=30) + rng.normal(size=569))
    xp, x, y = peer.xp, peer.array(data), peer.array(signs)
    strength = 1e-2

    def by_hand(w: Any) -> tuple[Any, Any]:
        margin = -signs * (data @ w)
        g = data.T @ (-signs / (1 + np.exp(-margin))) / len(signs) + 2 * strength * w
        return np.mean(np.logaddexp(0, margin)) + strength * w @ w, g

    def loss(w: Any) -> Any:
        return xp.mean(peer.logaddexp_zero(-y * xp.matmul(x, w))) + strength * xp.sum(w * w)

    def with_leaf(w: Any) -> tuple[Any, Any]:
        leaf = peer.leaf(w)
        value = loss(leaf)
        value.backward()
        return value.item(), peer.numpy(leaf.grad)

    if peer.name == "numpy":
        objective: Any = by_hand
    elif peer.name == "autograd":
        objective = peer.autograd.value_and_grad(loss)  # type: ignore[attr-defined]
    elif peer.name.startswith("jax"):
        objective = peer.compiled(peer.jax.value_and_grad(loss))  # type: ignore[attr-defined]
    else:
        objective = with_leaf

    def step() -> list[Any]:
        found = minimize(objective, np.zeros(30), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10})
        return [found.fun, found.x]

    return step


@workload(
    "gp",
    "Gaussian process, marginal likelihood of {} points",
    cases=(400,),
    quick=(40,),
    label="Gaussian process, marginal likelihood of {} points",
    bars=(Bar("torch", 1.0),),
    threaded=True,
    tolerance=1e-6,
)
def gp(peer: Peer, n: int) -> Callable[[], list[Any]]:
    if peer.name == "mygrad":
        raise Unsupported("has no Cholesky decomposition")
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 10, size=(n, 3))
    square = np.sum((points[:, None] - points) ** 2, axis=-1)
    seen, identity = np.sin(points[:, 0]) + 0.1 * rng.normal(size=n), np.eye(n)
    theta = np.log(np.asarray([1.5, 1.0, 0.1]))  # length, amplitude, noise
    if peer.name == "numpy":
        return lambda: gp_by_hand(square, seen, theta)
    xp, r2, y, eye = peer.xp, peer.array(square), peer.array(seen), peer.array(identity)
    diagonal = functools.partial(xp.diagonal, axis1=-1, axis2=-2) if peer.name == "autograd" else xp.linalg.diagonal

    def loss(theta: Any) -> Any:
        length, amplitude, noise = (xp.exp(theta[i]) for i in range(3))
        k = amplitude * xp.exp(r2 * (-0.5 / length**2)) + noise * eye
        chol = xp.linalg.cholesky(k)
        return 0.5 * xp.sum(y * xp.linalg.solve(k, y)) + xp.sum(xp.log(diagonal(chol)))

    return peer.step(loss, theta)


def gp_by_hand(r2: Any, y: Any, theta: Any) -> list[Any]:
    length, amplitude, noise = np.exp(theta)
    signal = amplitude * np.exp(r2 * (-0.5 / length**2))
    k = signal + noise * np.eye(len(y))
    inverse = np.linalg.inv(k)
    alpha = inverse @ y
    loss = 0.5 * y @ alpha + np.sum(np.log(np.diagonal(np.linalg.cholesky(k))))
    g = 0.5 * (inverse - np.outer(alpha, alpha))
    gs = g * signal
    return [loss, np.asarray([np.sum(gs * r2) / length**2, np.sum(gs), noise * np.trace(g)])]


HEADS = 4


@workload(
    "attention",
    "Attention block: batch 8, {} positions, width 128, 4 heads, float32",
    cases=(256,),
    quick=(16,),
    label="Attention block: batch 8, {} positions, width 128, 4 heads, float32",
    bars=(Bar("torch", 1.1),),
    threaded=True,
    tolerance=1e-4,
)
def attention(peer: Peer, length: int, batch: int = 8, width: int = 128) -> Callable[[], list[Any]]:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(batch, length, width)).astype(np.float32)
    weights = [rng.normal(scale=width**-0.5, size=(width, width)).astype(np.float32) for _ in range(4)]
    size = width // HEADS
    if peer.name == "numpy":
        return lambda: attention_by_hand(data, *weights)
    xp, x = peer.xp, peer.array(data)
    permute = getattr(
        xp, {"torch": "permute", "autograd": "transpose", "mygrad": "transpose"}.get(peer.name, "permute_dims")
    )

    def heads(x: Any) -> Any:
        return permute(xp.reshape(x, (batch, length, HEADS, size)), (0, 2, 1, 3))

    def loss(wq: Any, wk: Any, wv: Any, wo: Any) -> Any:
        q, k, v = (heads(xp.matmul(x, w)) for w in (wq, wk, wv))
        p = peer.softmax(xp.matmul(q, permute(k, (0, 1, 3, 2))) * size**-0.5)
        mixed = xp.reshape(permute(xp.matmul(p, v), (0, 2, 1, 3)), (batch, length, width))
        y = xp.matmul(mixed, wo)
        return xp.mean(y * y)

    return peer.step(loss, *weights)


def attention_by_hand(x: Any, wq: Any, wk: Any, wv: Any, wo: Any) -> list[Any]:
    batch, length, width = x.shape
    size = width // HEADS
    flat = x.reshape(-1, width)

    def heads(x: Any) -> Any:
        return x.reshape(batch, length, HEADS, size).transpose(0, 2, 1, 3)

    def joined(x: Any) -> Any:
        return x.transpose(0, 2, 1, 3).reshape(-1, width)

    q, k, v = (heads(flat @ w) for w in (wq, wk, wv))
    p = q @ k.mT
    p *= size**-0.5
    p -= p.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    mixed = joined(p @ v)
    y = mixed @ wo
    g = y * np.float32(2 / y.size)
    gm = heads(g @ wo.T)
    gp = gm @ v.mT
    gv = p.mT @ gm
    gp -= np.sum(gp * p, axis=-1, keepdims=True)
    gp *= p
    gp *= size**-0.5
    return [np.mean(y * y), *(flat.T @ joined(g) for g in (gp @ k, gp.mT @ q, gv)), mixed.T @ g]


@workload(
    "elementwise",
    "sum(tanh(x*y) + y*exp(-x*x)), {} float32",
    cases=(4_000_000,),
    quick=(40_000,),
    label="sum(tanh(x*y) + y*exp(-x*x)), {} float32",
    bars=(Bar("numpy", 1.2, threads=1), Bar("torch", 1.3, threads=1)),
    threaded=True,
    seconds=12,
    tolerance=1e-3,
)
def elementwise(peer: Peer, n: int) -> Callable[[], list[Any]]:
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(0.5, 1.5, n).astype(np.float32) for _ in range(2))
    if peer.name == "numpy":
        return lambda: elementwise_by_hand(x, y)
    xp = peer.xp

    def loss(x: Any, y: Any) -> Any:
        return xp.sum(xp.tanh(x * y) + y * xp.exp(-x * x))

    return peer.step(loss, x, y)


def elementwise_by_hand(x: Any, y: Any) -> list[Any]:
    t = np.tanh(x * y)
    e = np.exp(-x * x)
    loss = np.sum(t + y * e)
    d = 1 - t * t
    return [loss, d * y - 2 * x * y * e, d * x + e]
