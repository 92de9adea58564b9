"""The command: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import calls, corrections, costs, derivatives, growth, models, processes, report  # noqa: F401
from .child import environment
from .harness import WORKLOADS, Row
from .peers import PEERS

DOCS = Path(__file__).parent.parent / "docs"
LIMIT = 1800.0  # seconds that one workload may take


def among(known: Sequence[str], what: str) -> object:
    """An argparse type: names separated by commas, each among the known ones."""

    def names(text: str) -> list[str]:
        wanted = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in known]
        if unknown or not wanted:
            given = f"unknown {what} {', '.join(unknown)}" if unknown else f"no {what} named"
            raise argparse.ArgumentTypeError(f"{given}; known are {', '.join(known)}")
        return [name for name in known if name in wanted]

    return names


def counts(text: str) -> list[int]:
    try:
        threads = sorted({int(part) for part in text.split(",")})
    except ValueError:
        threads = [0]
    if threads[0] < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of positive numbers, such as 1,2")
    return threads


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times the same work in every library; a whole run writes docs/benchmarks.md and its plot.",
    )
    parser.add_argument(
        "--only", metavar="WORKLOAD,...", type=among(list(WORKLOADS), "workload"), help=f"of {', '.join(WORKLOADS)}"
    )
    parser.add_argument("--peers", metavar="PEER,...", type=among(list(PEERS), "peer"), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--threads", metavar="N,...", type=counts, default=[1, 2], help="thread counts; 1,2 by default")
    parser.add_argument("--quick", action="store_true", help="small sizes and few repetitions, to see that all runs")
    parser.add_argument("--no-write", action="store_true", help="write no page")
    return parser.parse_args(argv)


def run_child(name: str, threads: int, quick: bool, peers: Sequence[str]) -> list[Row]:
    """The rows of one workload; if its process dies, a row that says so."""
    command = [sys.executable, "-m", "benchmarks.child", name, str(threads), "quick" if quick else "whole", *peers]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment(threads), timeout=LIMIT, cwd=DOCS.parent
        )
        if done.returncode == 0:
            return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]
        last = (done.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        error = f"the process ended with status {done.returncode}: {last}"
    except subprocess.TimeoutExpired:
        error = f"not done after {LIMIT:.0f} s"
    return [Row(WORKLOADS[name].title, {peer: {"error": error} for peer in peers})]


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    asked = options.peers or list(PEERS)
    peers = [name for name in asked if importlib.util.find_spec(PEERS[name].module) is not None]
    left_out = [f"{PEERS[name].title} is left out: it is not installed" for name in asked if name not in peers]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    left_out += [f"{n} threads are left out: there are {cores} cores" for n in options.threads if n > cores]
    for line in left_out:
        print(line)
    results: list[report.Result] = []
    try:
        for threads in options.threads:
            for name in options.only or WORKLOADS:
                # More threads matter only where the work is large enough to be shared out.
                if threads <= cores and (threads == options.threads[0] or WORKLOADS[name].threaded):
                    result = report.Result(WORKLOADS[name], threads, run_child(name, threads, options.quick, peers))
                    print(report.lines(result), flush=True)
                    results.append(result)
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is written", file=sys.stderr)
        return 130
    print(report.verdict_lines(results))
    if options.no_write or options.quick or options.only or options.peers:
        print("No page is written: that is for a whole run.")
    else:
        for path in report.write(results, left_out, peers, DOCS):
            print(f"written: {path}")
    return 1 if any("error" in row.cells.get("apitensor", {}) for result in results for row in result.rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
