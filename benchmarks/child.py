"""One workload in a process of its own, which writes its rows as JSON.

`python -m benchmarks.child WORKLOAD THREADS quick|whole PEER...`
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
import warnings
from collections.abc import Callable


def environment(threads: int) -> dict[str, str]:
    """The variables that libraries read, when they are loaded, for how many threads to use."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(threads)), "JAX_PLATFORMS": "cpu"}


def pin(threads: int) -> None:
    """Stay on as many cores: JAX counts those to size its pool, and obeys no variable."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def clock(threads: int) -> Callable[[], float]:
    """Processor time on one core, where others on the machine do not disturb it; on several, the clock on the wall."""
    return time.process_time if threads == 1 and hasattr(os, "sched_setaffinity") else time.perf_counter


def main(name: str, threads: str, quick: str, *names: str) -> None:
    pin(int(threads))
    from . import calls, corrections, costs, derivatives, growth, models, processes  # noqa: F401
    from .harness import WORKLOADS, Row, describe, run
    from .peers import PEERS

    warnings.simplefilter("ignore")
    work = WORKLOADS[name]
    peers, failed = [], {}
    for peer in names:
        try:
            # What is measured in processes of their own is not loaded here.
            peers.append(PEERS[peer]() if work.measure is None else object.__new__(PEERS[peer]))
        except Exception as error:
            failed[peer] = {"error": describe(error)}
    rows: list[Row] = run(work, peers, quick == "quick", clock(int(threads)))
    for row in rows:
        row.cells |= failed
    print(json.dumps([dataclasses.asdict(row) for row in rows]))


if __name__ == "__main__":
    main(*sys.argv[1:])
