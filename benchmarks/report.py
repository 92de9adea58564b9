"""What a run says: lines for the terminal, and the page with its plot."""

from __future__ import annotations

import importlib.metadata
import io
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .harness import Cell, Row, Workload, measured, ratio
from .peers import PEERS

SCALES = {
    "s": [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
    "B": [(2.0**20, "MiB"), (2.0**10, "KiB"), (1, "B")],
}


@dataclass
class Result:
    """The rows of a workload at a number of threads."""

    work: Workload
    threads: int
    rows: list[Row]

    @property
    def pinned(self) -> str:
        return f"{self.threads} thread{'s' * (self.threads > 1)}"


def amount(value: float, unit: str) -> str:
    if unit == "x":
        return times(value)
    scale, name = next((s for s in SCALES[unit] if abs(value) >= s[0]), SCALES[unit][-1])
    return f"{value / scale:.3g} {name}"


def cell_text(cell: Cell, unit: str) -> str:
    if "min" in cell:
        return f"{amount(cell['min'], unit)} / {amount(cell['median'], unit)}"
    return f"fails: {cell['error']}" if "error" in cell else f"- ({cell.get('without', 'not measured')})"


def times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def lines(result: Result) -> str:
    """One workload for the terminal: each peer's least and median, and apitensor's least as a multiple of its least."""
    text = [f"\n{result.work.name}: {heading(result)} ({result.pinned})"]
    for row in result.rows:
        if len(result.rows) > 1:
            text.append(f"  {row.label}")
        for name, cell in row.cells.items():
            if "min" in cell:
                least, median = (amount(cell[key], row.unit) for key in ("min", "median"))
                against = times(ratio(row, "apitensor", name)) if name != "apitensor" else ""
                text.append(f"    {PEERS[name].title:14} {least:>10} {median:>10} median {against:>9}")
            else:
                text.append(f"    {PEERS[name].title:14} {cell_text(cell, row.unit)}")
    return "\n".join(text)


def heading(result: Result) -> str:
    return result.rows[0].label if len(result.rows) == 1 else result.work.title


def verdicts(results: Sequence[Result]) -> Iterator[tuple[str, str, str, str, str]]:
    """For every bar: the work, against what, what was measured and what is wanted, and whether it is met."""
    for result in results:
        for bar in result.work.bars:
            if bar.threads not in (None, result.threads):
                continue
            against = {"growth": "its own least", "": "-"}.get(bar.against) or PEERS[bar.against].title
            for rows in [[row] for row in result.rows] if bar.each else [result.rows]:
                value = measured(bar, rows)
                unit = rows[0].unit if bar.against == "" and rows else "x"
                got = "-" if value is None else amount(value, unit)
                met = "not measured" if value is None else "met" if value <= bar.limit else "missed"
                title = f"{heading(result)} ({result.pinned})"
                if bar.worst and value is not None:
                    title += f"; the worst: {next(row.label for row in rows if measured(bar, [row]) == value)}"
                elif bar.each:
                    title += f": {rows[0].label}"
                yield title, against, got, amount(bar.limit, unit), met


def verdict_lines(results: Sequence[Result]) -> str:
    text = ["\nBars: apitensor against a peer, by the least times of each"]
    for title, against, got, wanted, met in verdicts(results):
        text.append(f"  {met:12} {got:>9}  at most {wanted:>7}  against {against:14} {title}")
    return "\n".join(text)


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    busy = f", load average {os.getloadavg()[0]:.1f} while it ran" if hasattr(os, "getloadavg") else ""
    return f"{platform.system()}, {model}, {os.cpu_count()} cores{busy}, Python {platform.python_version()}"


def page(results: Sequence[Result], left_out: Sequence[str], peers: Sequence[str], plot: bool) -> str:
    """The page docs/benchmarks.md."""
    versions = {}
    for name in dict.fromkeys(["numpy", *(PEERS[name].module for name in peers)]):
        versions[name] = importlib.metadata.version(name)
    text = [
        "# Benchmarks",
        "",
        "Written by `make bench`. The same work, once per library, in one process per workload: the results (losses",
        "and gradients) are compared first, then the libraries are timed in turns, pinned to as many cores as threads.",
        "A cell gives the least time / the median, and below it apitensor's least time over that one's: under 1.00x",
        "apitensor is faster.",
        "",
        f"{machine()}; {', '.join(f'{name} {version}' for name, version in versions.items())}.",
        "",
        *(f"{line}." for line in left_out),
        "",
    ]
    if plot:
        text += ["![How many times apitensor's time each library takes](benchmarks.png)", ""]
    text += ["## Bars", "", "| work | against | measured | at most | |", "| --- | --- | ---: | ---: | --- |"]
    text += [f"| {plain(' | '.join(line))} |" for line in verdicts(results)]
    text += [
        "",
        "Where there are several rows, the bar is for the median of their ratios, or for the row that is named.",
        "",
    ]
    for threads in dict.fromkeys(result.threads for result in results):
        chosen = [result for result in results if result.threads == threads]
        text += [f"## {chosen[0].pinned}", ""]
        single = [result for result in chosen if len(result.rows) == 1]
        text += table([result.rows[0] for result in single], peers)
        for result in chosen:
            if len(result.rows) > 1:
                text += [f"### {plain(result.work.title)}", "", *table(result.rows, peers)]
    text += [
        "## What is measured",
        "",
        "- An untracked call, and the chain, include all that a user pays: the chain also makes its leaves. Elsewhere",
        "  parameters live on from step to step, as in training.",
        "- NumPy by hand is the derivative that a careful person writes, in plain expressions.",
        "- Every library is used as its users would: PyTorch's and JAX's fused softmax, logsumexp and softplus; JAX's",
        "  `lax.scan`; a list that is stacked where there is no item assignment. PyTorch's Hessian and",
        "  Jacobian are those of `torch.autograd.functional`, without its experimental batching of passes.",
        "- With one thread the time is the process's own on its core, which others on the machine disturb least; with",
        "  more it is the clock's. Import time is the process's, with all files in the cache.",
        "- Compilation (JAX jit) happens before the clock starts.",
        "- What the plug-in's corrections cost is a ratio of two calls of apitensor: of least times / of medians.",
        "- Value and gradient over the function alone: the least / the median time of both, over that of the function",
        "  of an array that tracks nothing. NumPy by hand shows how little that could be.",
        "- Peak memory is how far the process grows beyond inputs and parameters, each library in its own process; the",
        "  medians of five processes are compared.",
        "- The bars for growth compare the largest case with the cheapest, per node or element (caches count).",
        "- Thread counts above the first are measured only where the work is large enough to be shared out.",
        "",
    ]
    return "\n".join(text)


def plain(text: str) -> str:
    """Markdown in which a product is no emphasis: of `x*y + y*z` two signs would be lost."""
    return text.replace("*", "\\*")


def table(rows: Sequence[Row], peers: Sequence[str]) -> list[str]:
    shown = [
        name
        for name in peers
        if any("min" in row.cells.get(name, {}) or "error" in row.cells.get(name, {}) for row in rows)
    ]
    text = [f"| | {' | '.join(PEERS[name].title for name in shown)} |", f"| --- |{' --- |' * len(shown)}"]
    for row in rows:
        cells = []
        for name in shown:
            cell = cell_text(row.cells.get(name, {}), row.unit).replace("|", "\\|")
            against = times(ratio(row, "apitensor", name)) if name != "apitensor" else ""
            cells.append(f"{cell}<br>{against}" if against else cell)
        text.append(f"| {plain(row.label)} | {' | '.join(cells)} |")
    return [*text, ""]


def picture(results: Sequence[Result], peers: Sequence[str]) -> bytes | None:
    """The plot, or None where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    first = results[0].threads
    colors = {name: f"C{i}" for i, name in enumerate(PEERS)}
    single = [
        r for r in results if r.threads == first and len(r.rows) == 1 and "min" in r.rows[0].cells.get("apitensor", {})
    ]
    figure, axes = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained", width_ratios=(3, 2))
    left, right = axes
    for name in peers:
        if name != "apitensor":
            found = [(ratio(r.rows[0], name, "apitensor"), i) for i, r in enumerate(single)]
            known = [(x, i) for x, i in found if x is not None]
            left.plot([x for x, _ in known], [i for _, i in known], "o", color=colors[name], label=PEERS[name].title)
    left.axvline(1, color=colors["apitensor"], label="apitensor")
    left.set_xscale("log")
    left.set_yticks(range(len(single)), [r.work.name for r in single])
    left.invert_yaxis()
    left.grid(axis="x", alpha=0.3)
    left.set_xlabel(f"times apitensor's time or memory, {results[0].pinned}; to the right apitensor is better")
    left.legend(fontsize="small")
    for result in results:
        if result.threads == first and result.work.name in ("nodes", "elements"):
            for name in peers:
                points: list[tuple[Any, float]] = [
                    (case, row.cells[name]["min"] * 1e9)
                    for case, row in zip(result.work.cases, result.rows, strict=False)
                    if "min" in row.cells.get(name, {})
                ]
                style = "-o" if result.work.name == "nodes" else ":s"
                right.loglog([x for x, _ in points], [y for _, y in points], style, color=colors[name], markersize=4)
    right.set(xlabel="nodes (solid), elements (dotted)", ylabel="ns per node or element, forward and backward")
    right.grid(alpha=0.3)
    out = io.BytesIO()
    figure.savefig(out, dpi=110, format="png", metadata={"Software": None})
    plt.close(figure)
    return out.getvalue()


def write(results: Sequence[Result], left_out: Sequence[str], peers: Sequence[str], folder: Path) -> list[Path]:
    """Write page and plot, each at one stroke and only when all of it is there."""
    plot = picture(results, peers)
    if plot is None:
        left_out = [*left_out, "The plot is left out: matplotlib is not installed"]
    written = []
    if plot is not None:
        written.append(replace(folder / "benchmarks.png", plot))
    text = page(results, left_out, peers, plot is not None)
    written.append(replace(folder / "benchmarks.md", text.encode()))
    return written


def replace(path: Path, content: bytes) -> Path:
    """Put a file in its place whole: a run that is cut short leaves what was there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return path
