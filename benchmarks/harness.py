"""What a workload is, and how it is checked and timed."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .peers import Peer, Unsupported

# A cell is {"min": ..., "median": ..., "runs": ...}, {"error": what happened} or {"without": why there is nothing}.
Cell = dict[str, Any]


@dataclass
class Row:
    """One line of the results: a cell for each peer, in seconds or bytes."""

    label: str
    cells: dict[str, Cell]
    unit: str = "s"


@dataclass(frozen=True)
class Bar:
    """What apitensor must reach: `limit` times the least value of the peer `against`, the median over the rows.

    Against "growth", the last row, the largest, is compared with the least cost in any row; against "" the limit is
    absolute. With `threads` the bar is for that number of them only, with `worst` for the row of the largest value,
    with `each` for every row by itself.
    """

    against: str
    limit: float
    threads: int | None = None
    worst: bool = False
    each: bool = False


@dataclass(frozen=True)
class Workload:
    """The same work for every library: `build(peer, case)` gives a step that does it once and returns the results.

    Every case is a row; `quick` are the cases of a quick run. `per(case)` says what a step's time is
    divided by. A `measure` takes the place of all that where the work cannot be a step in this process.
    """

    name: str
    title: str
    build: Callable[[Peer, Any], Callable[[], list[Any]]] | None = None
    measure: Callable[[Sequence[str], bool], list[Row]] | None = None
    cases: tuple[Any, ...] = ("",)
    quick: tuple[Any, ...] | None = None
    label: str = "{}"
    per: Callable[[Any], float] = lambda case: 1
    bars: tuple[Bar, ...] = ()
    threaded: bool = False
    seconds: float = 6.0
    tolerance: float = 1e-8


WORKLOADS: dict[str, Workload] = {}


def workload(name: str, title: str, **options: Any) -> Callable[[Any], Any]:
    """Register the function below as the `build` of a workload."""

    def register(build: Any) -> Any:
        WORKLOADS[name] = Workload(name, title, build, **options)
        return build

    return register


def describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:120]


Clock = Callable[[], float]


def run(work: Workload, peers: Sequence[Peer], quick: bool, clock: Clock = time.perf_counter) -> list[Row]:
    """The rows of a workload in this process."""
    if work.measure is not None:
        return work.measure([peer.name for peer in peers], quick)
    rows = []
    cases = work.quick if quick and work.quick is not None else work.cases
    for case in cases:
        cells: dict[str, Cell] = {}
        steps = {}
        for peer in peers:
            try:
                steps[peer.name] = work.build(peer, case)
            except Unsupported as reason:
                cells[peer.name] = {"without": str(reason)}
            except Exception as error:
                cells[peer.name] = {"error": describe(error)}
        convert = {peer.name: peer.numpy for peer in peers}
        cells |= compare(steps, convert, work.tolerance, (0.05 if quick else work.seconds) / len(cases), clock)
        for cell in cells.values():
            for key in cell.keys() & {"min", "median"}:
                cell[key] /= work.per(case)
        label = work.label.format(f"{case:,}" if isinstance(case, int) else case)
        rows.append(Row(label or work.title, {peer.name: cells[peer.name] for peer in peers}))
    return rows


def compare(
    steps: dict[str, Callable[[], list[Any]]],
    convert: dict[str, Callable[[Any], Any]],
    tolerance: float,
    seconds: float,
    clock: Clock = time.perf_counter,
) -> dict[str, Cell]:
    """Check every step's results against the first one's, then time those that agree, in turns."""
    cells: dict[str, Cell] = {}
    reference: list[Any] = []
    right = {}
    for name, step in steps.items():
        try:
            results = [np.asarray(convert[name](x)) for x in step()]
            check(results, reference or results, tolerance)
            reference = reference or results
            right[name] = step
        except Unsupported as reason:
            cells[name] = {"without": str(reason)}
        except Exception as error:
            cells[name] = {"error": describe(error)}
    return cells | interleave(right, seconds, clock)


def check(results: list[Any], reference: list[Any], tolerance: float) -> None:
    """Raise ValueError where results differ from the reference by more than the tolerance times its largest element."""
    if len(results) != len(reference):
        raise ValueError(f"wrong result: {len(results)} arrays, not {len(reference)}")
    for i, (got, wanted) in enumerate(zip(results, reference, strict=True)):
        if got.shape != wanted.shape:
            raise ValueError(f"wrong result: array {i} has shape {got.shape}, not {wanted.shape}")
        off = np.max(np.abs(got - 1.0 * wanted), initial=0.0)  # 1.0: truth values cannot be subtracted
        if not off <= tolerance * max(np.max(np.abs(wanted), initial=0.0), 1e-30):
            raise ValueError(f"wrong result: array {i} is off by {off:.2g}")


def interleave(
    steps: dict[str, Callable[[], Any]], seconds: float, clock: Clock, least: int = 3, sample: float = 2e-3
) -> dict[str, Cell]:
    """Time the steps in turns, in an order that changes, so that a slow spell of the machine meets all alike.

    A sample repeats a step until it takes about `sample` seconds. A step that takes more than its share of the time
    stops after the `least` number of rounds; one that takes all of it is called twice.
    """
    cells: dict[str, Cell] = {}
    repeats: dict[str, int] = {}
    samples: dict[str, list[float]] = {name: [] for name in steps}
    gc.collect()
    gc.freeze()  # what the libraries made when they were imported is none of the collector's business while it is timed
    order = list(steps)
    shuffle = random.Random(0).shuffle
    end = time.perf_counter() + seconds
    rounds = 0
    try:
        while order and (rounds < least or time.perf_counter() < end):
            shuffle(order)
            for name in order[:]:
                step = steps[name]
                number = repeats.get(name, 1)
                try:
                    start = clock()
                    for _ in range(number):
                        step()
                    spent = (clock() - start) / number
                except Exception as error:
                    cells[name] = {"error": describe(error)}
                    order.remove(name)
                    continue
                first = name not in repeats
                # Every sample may raise how often to repeat: the first call warms up, and says too little.
                repeats[name] = max(number, int(sample / max(spent, 1e-9)))
                if first and spent < seconds:
                    continue  # of first calls only a long one counts
                samples[name].append(spent)
                if len(samples[name]) >= (2 if spent > seconds else least) and spent > seconds / 50:
                    order.remove(name)
            rounds += 1
    finally:
        gc.unfreeze()
    for name in steps:
        if name not in cells:
            cells[name] = summary(samples[name])
    return cells


def summary(values: Sequence[float]) -> Cell:
    return {"min": min(values), "median": float(np.median(values)), "runs": len(values)}


def ratio(row: Row, a: str, b: str) -> float | None:
    """The least value of one peer over that of another, where both have one; of memory the median."""
    which = "median" if row.unit == "B" else "min"
    x, y = row.cells.get(a, {}).get(which), row.cells.get(b, {}).get(which)
    return None if x is None or not y else x / y


def measured(bar: Bar, rows: Sequence[Row], who: str = "apitensor") -> float | None:
    """What a bar is compared with."""
    values = [row.cells.get(who, {}).get("min") for row in rows]
    if bar.against == "growth":
        return None if None in values or not values else values[-1] / min(values)  # type: ignore[type-var, operator]
    found = values if not bar.against else [ratio(row, who, bar.against) for row in rows]
    known = [x for x in found if x is not None]
    return float((np.max if bar.worst else np.median)(known)) if known else None
