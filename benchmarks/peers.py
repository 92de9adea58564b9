"""The libraries that are compared, each with the little that a workload asks of it.

A workload is written once over the names that all share (`peer.xp`); where a library has an idiom of its own that its
users would reach for, such as a fused softmax, it is used.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], list[Any]]


class Unsupported(Exception):
    """The library has no way to do this work; the reason goes into its cell."""


class Peer:
    """A library. `xp` is its namespace, `fused` its normalising functions where it has them."""

    name = "numpy"
    title = "NumPy by hand"
    module = "numpy"

    def __init__(self) -> None:
        self.xp: Any = np

    def array(self, a: Any) -> Any:
        """A constant, sharing memory where the library can."""
        return a

    def numpy(self, x: Any) -> Any:
        return np.asarray(x)

    def leaf(self, a: Any) -> Any:
        """A new array of the library, made of NumPy's, that a gradient is wanted for."""
        return self.array(a)

    def step(self, loss: Callable[..., Any], *parameters: Any) -> Step:
        """The loss and its gradients with respect to parameters that live on from call to call, as in training."""
        raise Unsupported("NumPy has no gradients; the workload has them written by hand")

    def pull(self, f: Callable[..., Any], cotangent: Any, *parameters: Any) -> Step:
        """A function's result and, for a cotangent of that, the cotangents of its parameters."""
        raise Unsupported("NumPy has no gradients; the workload has them written by hand")

    def checkpoint(self, f: Callable[..., Any], *args: Any) -> Any:
        """`f(*args)`, which is computed again for the backward pass and kept nothing of."""
        raise Unsupported("has no checkpoints")

    def compiled(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """The function as the library compiles it, where it does."""
        return f

    def finish(self, results: list[Any]) -> list[Any]:
        """Wait for results that are computed asynchronously."""
        return results

    def relu(self, x: Any) -> Any:
        return self.xp.maximum(x, 0.0)

    def constant(self, x: Any) -> Any:
        """The value, without its history."""
        return x

    def softmax(self, x: Any) -> Any:
        e = self.xp.exp(x - self.xp.max(self.constant(x), axis=-1, keepdims=True))
        return e / self.xp.sum(e, axis=-1, keepdims=True)

    def logsumexp(self, x: Any) -> Any:
        top = self.xp.max(self.constant(x), axis=-1, keepdims=True)
        return self.xp.log(self.xp.sum(self.xp.exp(x - top), axis=-1)) + top[..., 0]

    def logaddexp_zero(self, x: Any) -> Any:
        """log(1 + exp(x))"""
        return self.xp.logaddexp(0.0, x)


class Apitensor(Peer):
    name = title = module = "apitensor"

    def __init__(self) -> None:
        import apitensor

        self.xp = apitensor

    def array(self, a: Any) -> Any:
        return self.xp.asarray(a)

    def leaf(self, a: Any) -> Any:
        return self.xp.asarray(a, requires_grad=True)

    def constant(self, x: Any) -> Any:
        return x.detach()

    def softmax(self, x: Any) -> Any:
        return self.xp.ext.softmax(x)

    def logsumexp(self, x: Any) -> Any:
        return self.xp.ext.logsumexp(x, axis=-1)

    def step(self, loss: Callable[..., Any], *parameters: Any) -> Step:
        return self.backward(loss, (), parameters)

    def pull(self, f: Callable[..., Any], cotangent: Any, *parameters: Any) -> Step:
        return self.backward(f, (self.array(cotangent),), parameters)

    def checkpoint(self, f: Callable[..., Any], *args: Any) -> Any:
        return self.xp.autograd.checkpoint(f)(*args)

    def backward(self, f: Callable[..., Any], cotangent: tuple[Any, ...], parameters: tuple[Any, ...]) -> Step:
        leaves = [self.leaf(p) for p in parameters]

        def step() -> list[Any]:
            for x in leaves:
                x.grad = None
            value = f(*leaves)
            value.backward(*cotangent)
            return [value.detach(), *(x.grad for x in leaves)]

        return step


class Torch(Apitensor):
    name = title = module = "torch"

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        self.xp = torch
        self.relu, self.logaddexp_zero = torch.relu, torch.nn.functional.softplus

    def array(self, a: Any) -> Any:
        return self.xp.from_numpy(np.asarray(a))

    def leaf(self, a: Any) -> Any:
        return self.xp.tensor(a, requires_grad=True)

    def checkpoint(self, f: Callable[..., Any], *args: Any) -> Any:
        from torch.utils.checkpoint import checkpoint

        return checkpoint(f, *args, use_reentrant=False)

    def softmax(self, x: Any) -> Any:
        return self.xp.softmax(x, -1)

    def logsumexp(self, x: Any) -> Any:
        return self.xp.logsumexp(x, -1)


class Jax(Peer):
    name = "jax"
    title = "JAX eager"
    module = "jax"

    def __init__(self) -> None:
        import jax
        import jax.numpy

        jax.config.update("jax_enable_x64", True)
        self.jax, self.xp = jax, jax.numpy
        self.relu, self.logsumexp = jax.nn.relu, lambda x: jax.nn.logsumexp(x, -1)
        self.softmax = jax.nn.softmax

    def array(self, a: Any) -> Any:
        return self.xp.asarray(a)

    def checkpoint(self, f: Callable[..., Any], *args: Any) -> Any:
        return self.jax.checkpoint(f)(*args)

    def finish(self, results: list[Any]) -> list[Any]:
        return self.jax.block_until_ready(results)

    def step(self, loss: Callable[..., Any], *parameters: Any) -> Step:
        f = self.compiled(self.jax.value_and_grad(loss, tuple(range(len(parameters)))))
        arrays = [self.array(p) for p in parameters]

        def step() -> list[Any]:
            value, grads = f(*arrays)
            return self.finish([value, *grads])

        return step

    def pull(self, f: Callable[..., Any], cotangent: Any, *parameters: Any) -> Step:
        def both(cotangent: Any, *arrays: Any) -> Any:
            value, back = self.jax.vjp(f, *arrays)
            return [
                value,
                *(self.xp.conj(g) for g in back(self.xp.conj(cotangent))),
            ]  # JAX's are those of Re(f)'s conjugate

        compiled, arrays = self.compiled(both), [self.array(p) for p in (cotangent, *parameters)]
        return lambda: self.finish(compiled(*arrays))


class JaxJit(Jax):
    name = "jax-jit"
    title = "JAX jit"

    def compiled(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return self.jax.jit(f)


class Autograd(Peer):
    name = title = module = "autograd"

    def __init__(self) -> None:
        import autograd
        import autograd.numpy

        self.autograd, self.xp = autograd, autograd.numpy

    def constant(self, x: Any) -> Any:
        from autograd.tracer import getval

        return getval(x)

    def step(self, loss: Callable[..., Any], *parameters: Any) -> Step:
        f = self.autograd.value_and_grad(lambda p: loss(*p))

        def step() -> list[Any]:
            value, grads = f(parameters)
            return [value, *grads]

        return step

    def pull(self, f: Callable[..., Any], cotangent: Any, *parameters: Any) -> Step:
        record = self.autograd.make_vjp(lambda p: f(*p))

        def step() -> list[Any]:
            back, value = record(parameters)
            return [value, *map(np.conj, back(np.conj(cotangent)))]

        return step


class MyGrad(Apitensor):
    name = module = "mygrad"
    title = "MyGrad"

    def __init__(self) -> None:
        import mygrad

        self.xp = mygrad
        self.softmax = mygrad.nnet.softmax
        self.logsumexp = functools.partial(Peer.logsumexp, self)
        self.checkpoint = functools.partial(Peer.checkpoint, self)

    def array(self, a: Any) -> Any:
        return a

    def leaf(self, a: Any) -> Any:
        return self.xp.tensor(a)

    def numpy(self, x: Any) -> Any:
        return np.asarray(getattr(x, "data", x))

    def constant(self, x: Any) -> Any:
        return x.data

    def backward(self, f: Callable[..., Any], cotangent: tuple[Any, ...], parameters: tuple[Any, ...]) -> Step:
        leaves = [self.leaf(p) for p in parameters]

        def step() -> list[Any]:
            value = f(*leaves)
            value.backward(*cotangent)
            results = [value.data, *(x.grad for x in leaves)]
            for x in leaves:
                x.null_grad()
            return results

        return step


PEERS: dict[str, type[Peer]] = {p.name: p for p in (Peer, Apitensor, Torch, Jax, JaxJit, Autograd, MyGrad)}
