"""Whether cost stays in proportion: per node of a graph, per element of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .calls import chain_step
from .harness import Bar, workload
from .models import elementwise
from .peers import Peer, Unsupported


@workload(
    "nodes",
    "Chain of n nodes, forward and backward: time per node",
    cases=(1_000, 10_000, 100_000, 1_000_000),
    quick=(1_000, 10_000),
    label="{} nodes, per node",
    per=lambda n: n,
    bars=(Bar("growth", 1.5),),
    tolerance=1e-8,
)
def nodes(peer: Peer, n: int) -> Callable[[], list[Any]]:
    if peer.name.startswith("jax"):
        raise Unsupported("builds no graph as it goes")
    if peer.name in ("autograd", "mygrad") and n > 100_000:
        raise Unsupported("would take minutes")
    return chain_step(peer, n // 2)


@workload(
    "elements",
    "sum(tanh(x*y) + y*exp(-x*x)), float32, forward and backward: time per element",
    cases=(100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    quick=(100, 1_000),
    label="{} elements, per element",
    per=lambda n: n,
    bars=(Bar("growth", 3.0),),
    seconds=12,
    tolerance=1e-3,
)
def elements(peer: Peer, n: int) -> Callable[[], list[Any]]:
    return elementwise(peer, n)
