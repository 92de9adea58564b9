"""Run everything on a CUDA device and write docs/gpu-results.md: `python -m tests.gpu`, which `make test-gpu` calls.

The page is what the runs print. Where there is no device nothing is run and the page stays as it is.

Time on a device may be scarce and come in pieces, so the stages can be run one by one, on different days: each leaves
what it found in a folder (build/gpu), and the page shows the last result of every stage, with the revision and device
it was found on:

    python -m tests.gpu                        all stages
    python -m tests.gpu plugin timings         these two
    python -m tests.gpu --page                 none: the page is written again from what was found
    python -m tests.gpu --results DIR tests    leave the results in DIR, and take earlier ones from there
    python -m tests.gpu --seconds 540 tests    end after this time, and show what was found until then

No network is needed where everything is installed: wheels of what is missing, and of apitensor itself for its entry
points, can be brought along (pip install --no-index). Nor is git, if `--revision` says what is tested.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import Any

from apitensor._core.backend import as_device

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gpu-results.md"
PACKAGES = ("apitensor", "cupy-cuda12x", "cupy-cuda13x", "numpy", "torch")
# Lines of an output that go onto the page, beside its last three
TOLD = ("FAILED", "ERROR", "plain", "tracked", "|")
# Seconds that a stage has to tell what it found when its time is over
GRACE = 30.0


def _pytest(*paths: str) -> Callable[[argparse.Namespace], list[str]]:
    return lambda options: ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", options.workers, *paths]


def _suite(mode: str) -> Callable[[argparse.Namespace], list[str]]:
    return lambda options: [
        *("-m", "tests.conformance", "--require", "--mode", mode, "-n", options.workers),
        *("--max-examples", str(options.max_examples)),
    ]


# By name: the title of its section, and the command. The shortest stage, which answers most, is the first.
STAGES: dict[str, tuple[str, Callable[[argparse.Namespace], list[str]]]] = {
    "timings": (
        "Timings",
        lambda options: ["-m", "tests.gpu.timings", "--device", options.device, "--scale", str(options.scale)],
    ),
    "plugin": ("The tests of the CuPy backend", _pytest("tests/gpu")),
    "values": ("The tests of values", _pytest("tests/values")),
    "tests": ("All other tests", _pytest("tests", "--ignore=tests/gpu", "--ignore=tests/values")),
    "suite-plain": ("The official suite, plain", _suite("plain")),
    "suite-tracked": ("The official suite, tracked", _suite("tracked")),
}


def run(name: str, options: argparse.Namespace, limit: float) -> dict[str, Any]:
    """Run a stage with the chosen default device, show what it prints, and give what is to be known of it. After
    `limit` seconds it is ended."""
    title, command_of = STAGES[name]
    command = command_of(options)
    print(f"\n== {title}", flush=True)
    environment = {
        **os.environ,
        "APITENSOR_DEVICE": options.device,
        "PYTHONUNBUFFERED": "1",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # else JAX, where a test loads it, takes three quarters of the memory
    }
    lines = []
    start = perf_counter()
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,  # which all that the stage starts belongs to
        # Where a shell runs this in the background, Ctrl-C is ignored, which the stage would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        # As by Ctrl-C, after which pytest still tells what has passed and failed.
        ends = [
            Timer(limit, process.send_signal, [signal.SIGINT]),
            Timer(limit + GRACE, os.killpg, [process.pid, signal.SIGKILL]),
        ]
        for end in ends:
            end.start()
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line.rstrip())
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            for end in ends:
                end.cancel()
    seconds = perf_counter() - start
    told = [line for line in lines[:-3] if line.startswith(TOLD)] + lines[-3:]
    return {
        "command": f"python {' '.join(command)}",
        "status": process.returncode,
        "seconds": seconds,
        "cut_off": seconds >= limit,
        "lines": told,
        "machine": machine(options),
    }


def machine(options: argparse.Namespace) -> list[str]:
    """When, on what and with which versions a stage ran, as a list of the page."""
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {options.revision or revision()}",
        gpu(options.device),
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        *[f"{name} {found}" for name in PACKAGES if (found := _version(name))],
    ]


def gpu(device: str) -> str:
    """The name of the device, and the driver."""
    if not device.startswith("cuda"):
        return f"no GPU: {device}"
    import cupy

    number = as_device(device).raw
    driver = cupy.cuda.runtime.driverGetVersion()
    name = cupy.cuda.runtime.getDeviceProperties(number)["name"].decode()
    return f"{name}, driver for CUDA {driver // 1000}.{driver % 1000 // 10}"


def revision() -> str:
    """What was tested: git's name of it; unknown where the files came without git. That the page itself has changed,
    which every stage writes, makes it no other."""
    try:
        name = _git("describe", "--always").stdout.strip()
        changed = _git("diff", "--quiet", "HEAD", "--", ".", f":!{PAGE.relative_to(ROOT)}").returncode
    except FileNotFoundError:
        return "unknown"
    return f"{name}{'-dirty' if changed else ''}" if name else "unknown"


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def page(found: dict[str, dict[str, Any]]) -> str:
    """The page: the machine, once for all stages that ran on it in the same versions, and a section for each."""
    lines = ["# Results on a GPU", "", "Written by `make test-gpu` and not edited.", ""]
    shown: list[str] = []
    for name, (title, _) in STAGES.items():
        lines += [f"## {title}", ""]
        if name not in found:
            lines += ["This stage has not run.", ""]
            continue
        stage = found[name]
        outcome = "passed" if not stage["status"] else f"FAILED, exit status {stage['status']}"
        if stage["cut_off"]:
            outcome = "cut off"
        when, *where = stage["machine"]
        if where != shown:
            lines += [*[f"- {line}" for line in where], ""]
            shown = where
        lines += [f"{when}, {stage['seconds']:.0f} s, `{stage['command']}`: {outcome}", ""]
        lines += _body(stage["lines"])
    return "\n".join(lines).rstrip() + "\n"


def _body(told: Iterable[str]) -> list[str]:
    """Printed lines in Markdown: tables as they are, other lines as code."""
    rows = [line for line in told if line.startswith("|")]
    rest = [line for line in told if line and not line.startswith("|")]
    return [*rows, *[""] * bool(rows), *(["```text", *rest, "```", ""] if rest else [])]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.gpu", allow_abbrev=False)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of {', '.join(STAGES)} (default: all)")
    parser.add_argument("--page", action="store_true", help="run nothing, write the page again")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "gpu", help="the folder of the results")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page")
    parser.add_argument("--device", default="cuda:0", help="the default device of all runs")
    parser.add_argument("--workers", default="4", help="processes that the tests run in (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=86_400.0, help="end after this time, all stages together (default: a day)"
    )
    parser.add_argument("--revision", help="what is tested (default: git's name of it)")
    parser.add_argument("--max-examples", type=int, default=100, help="examples per test of the official suite")
    parser.add_argument("--scale", type=int, default=1, help="divide the sizes of the timings, to try this program")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.stages if name not in STAGES]:
        parser.error(f"there is no stage {', '.join(unknown)}; there are {', '.join(STAGES)}")
    stages = [] if options.page else options.stages or list(STAGES)
    if stages:
        try:
            as_device(options.device)
        except (ImportError, RuntimeError, ValueError) as error:
            print(f"test-gpu: nothing was run, and {options.output.name} stays as it is: {error}")
            return 1
    options.results.mkdir(parents=True, exist_ok=True)
    end = perf_counter() + options.seconds
    failed = False
    for name in stages:
        left = end - perf_counter()
        if left <= 0:
            print(f"\n== {STAGES[name][0]}: no time is left", flush=True)
            failed = True
            continue
        found = run(name, options, left)
        failed |= found["status"] != 0
        # Written at once: what was found stays found if a later stage is cut off.
        (options.results / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        write_page(options)
    if options.page:
        write_page(options)
    return int(failed)


def write_page(options: argparse.Namespace) -> None:
    """Write the page from all results there are; without any it stays as it is."""
    files = [options.results / f"{name}.json" for name in STAGES]
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files if path.exists()}
    if found:
        options.output.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
