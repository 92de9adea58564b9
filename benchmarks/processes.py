"""What must be measured from outside: import time, and memory. Each measurement is a process of its own.

How much memory a process already has at hand when a step begins is chance: of its peaks the median counts.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from .calls import chain_step
from .harness import WORKLOADS, Bar, Cell, Row, Workload, describe, summary
from .models import elementwise, mlp_step
from .peers import PEERS, Peer, Unsupported

IMPORT = """
import sys, time
if sys.argv[1] != "numpy":
    import numpy
start = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - start)
"""


def output(*command: str) -> str:
    """What a Python process writes last; RuntimeError if it fails."""
    # Compiled files are kept, as they are for users: otherwise what pip did not install would be compiled every time.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1])
    return done.stdout.splitlines()[-1]


def imports(peers: Sequence[str], quick: bool) -> list[Row]:
    seen: dict[str, list[float]] = {name: [] for name in peers}
    cells: dict[str, Cell] = {}
    for turn in range(3 if quick else 8):
        for name in peers:
            try:
                spent = float(output("-c", IMPORT, PEERS[name].module))
                if turn:  # the first one compiles
                    seen[name].append(spent)
            except RuntimeError as error:
                cells[name] = {"error": describe(error)}
    return [Row("Import, beyond what NumPy takes", {n: cells.get(n) or summary(seen[n]) for n in peers})]


def layers_step(peer: Peer, small: bool, checkpointed: bool) -> Callable[[], Any]:
    """64 layers tanh(x w); or in blocks of 16, and these in blocks of 4, of which nothing but the input is kept."""
    import numpy as np

    rng = np.random.default_rng(0)
    rows, width = (4, 4) if small else (16_384, 32)
    weights = [rng.normal(scale=width**-0.5, size=(width, width)) for _ in range(64)]
    x, xp = peer.array(rng.normal(size=(rows, width))), peer.xp

    def layers(x: Any, *weights: Any) -> Any:
        if checkpointed and len(weights) > 4:
            size = len(weights) // 4
            for i in range(0, len(weights), size):
                x = peer.checkpoint(layers, x, *weights[i : i + size])
        else:
            for w in weights:
                x = xp.tanh(xp.matmul(x, w))
        return x

    def loss(*weights: Any) -> Any:
        return xp.sum(layers(x, *weights))

    return peer.step(loss, *weights)


# name: the step, given a peer and whether it is small
PROGRAMS: dict[str, Callable[[Peer, bool], Any]] = {
    "mlp": lambda peer, small: (
        mlp_step(peer, 20, (8, 8, 8, 10)) if small else mlp_step(peer, 4096, (784, 512, 512, 10))
    ),
    "elementwise": lambda peer, small: elementwise(peer, 100 if small else 4_000_000),
    "layers": lambda peer, small: layers_step(peer, small, False),
    "checkpoint": lambda peer, small: layers_step(peer, small, True),
}


def peak_memory(program: str, peer: Peer) -> float:
    """How far the process grows beyond inputs and parameters while a step runs, in bytes."""
    PROGRAMS[program](peer, True)()  # loads what a library loads late
    step = PROGRAMS[program](peer, False)
    gc.collect()
    before = reset_peak()
    step()
    return high_water() - before


def high_water() -> int:
    """The most memory that this process has held at a time, in bytes."""
    import resource  # Windows has none: the import error goes into the cell

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def reset_peak() -> int:
    """Have Linux start anew with what the process holds now, and give that; elsewhere the peak so far must do."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass
    return high_water()


OPS = 20_000


def node_memory(kind: str, peer: Peer) -> float:
    """Bytes per recorded op that a graph of small ops holds: of Python objects, or of the process."""
    if peer.name.startswith("jax") or peer.name == "numpy":
        raise Unsupported("builds no graph that can be held")
    chain_step(peer, 10)()
    held: list[Any] = []

    def build(z: Any, y: Any) -> Any:
        for _ in range(OPS // 2):
            z = z * y + y
        held.append(z)
        if kind == "objects":
            only = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, 0)])
            held.append(sum(trace.size for trace in only.traces))
        else:
            held.append(high_water() - before)
        return z

    import numpy as np

    a, b = np.ones(10), np.full(10, 0.5)
    gc.collect()
    before = reset_peak()
    if kind == "objects":
        tracemalloc.start()
    if peer.name == "autograd":
        from autograd.core import make_vjp

        make_vjp(lambda p: build(*p), (a, b))
    else:
        build(peer.leaf(a), peer.leaf(b))
    return held[1] / OPS


def memory(kinds: dict[str, str]) -> Callable[[Sequence[str], bool], list[Row]]:
    """A measure whose rows are those kinds of memory; every cell is a process of its own."""

    def measure(peers: Sequence[str], quick: bool) -> list[Row]:
        rows = []
        for kind, label in kinds.items():
            cells: dict[str, Cell] = {}
            for name in peers:
                try:
                    found = [
                        json.loads(output("-m", "benchmarks.processes", kind, name)) for _ in range(1 if quick else 5)
                    ]
                    cells[name] = found[0] if "without" in found[0] else summary([x["bytes"] for x in found])
                except RuntimeError as error:
                    cells[name] = {"error": describe(error)}
            rows.append(Row(label, cells, "B"))
        return rows

    return measure


def checkpoint_memory(peers: Sequence[str], quick: bool) -> list[Row]:
    """How much of the memory of 64 layers remains with checkpoints."""
    rows = memory({"layers": "layers", "checkpoint": "checkpoint"})(peers, quick)
    cells: dict[str, Cell] = {}
    for name in peers:
        whole, rest = (row.cells[name] for row in rows)
        known = "min" in whole and "min" in rest
        cells[name] = summary([rest["median"] / whole["median"]]) if known else whole if "min" not in whole else rest
    return [
        Row("Peak of 64 layers tanh(x w), with checkpoints in blocks of 16 and of 4, over that without", cells, "x")
    ]


for _work in (
    Workload("import", "Import, beyond what NumPy takes", measure=imports, bars=(Bar("", 0.060),)),
    Workload(
        "memory-mlp",
        "Peak memory of an MLP step",
        measure=memory({"mlp": "Peak of an MLP step: 784-512-512-10, batch 4096, float32"}),
        bars=(Bar("torch", 1.1),),
    ),
    Workload(
        "memory-elementwise",
        "Peak memory of the elementwise program",
        measure=memory({"elementwise": "Peak of sum(tanh(x*y) + y*exp(-x*x)), 4,000,000 float32"}),
        bars=(Bar("torch", 1.1),),
    ),
    Workload(
        "memory-checkpoint",
        "Memory with checkpoints, over that without",
        measure=checkpoint_memory,
        bars=(Bar("", 0.25),),
    ),
    Workload(
        "memory-node",
        "Memory of a recorded op",
        measure=memory(
            {"objects": "Python objects per recorded op", "process": "Memory of the process per recorded op"}
        ),
    ),
):
    WORKLOADS[_work.name] = _work


def main(kind: str, name: str) -> None:
    peer = PEERS[name]()
    try:
        print(json.dumps({"bytes": peak_memory(kind, peer) if kind in PROGRAMS else node_memory(kind, peer)}))
    except Unsupported as reason:
        print(json.dumps({"without": str(reason)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
