"""Run everything on a CUDA device and write docs/gpu-results.md: `python -m tests.gpu`, which `make test-gpu` calls.

The page is what the runs print. Where there is no device nothing is run and the page stays as it is. Options go to the
official suite's runner.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from apitensor._core.backend import get_backend

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gpu-results.md"


def run(title: str, *command: str) -> tuple[bool, list[str]]:
    """Run a command with the default device cuda:0, show what it prints, and give its section of the page."""
    print(f"\n== {title}", flush=True)
    environment = {**os.environ, "APITENSOR_DEVICE": "cuda:0"}
    lines = []
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    told = [line for line in lines if line.startswith(("FAILED", "ERROR", "plain", "tracked", "|"))]
    told += [line for line in lines[-3:] if line not in told]
    table = bool(told) and told[0].startswith("|")
    body = told if table and not process.returncode else ["```text", *told, "```"]
    outcome = "passed" if not process.returncode else f"FAILED, exit status {process.returncode}"
    return not process.returncode, [f"## {title}", "", f"`python {' '.join(command)}`: {outcome}", "", *body, ""]


def versions() -> list[str]:
    """The versions that matter, as a list of the page."""
    found = [f"- Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    for name in ("apitensor", "cupy-cuda12x", "cupy-cuda13x", "numpy", "torch"):
        try:
            found.append(f"- {name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def main() -> int:
    try:
        get_backend("cuda")
    except (ImportError, RuntimeError) as error:
        print(f"test-gpu: nothing was run, and docs/gpu-results.md stays as it is: {error}")
        return 1
    import cupy

    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    results = [
        run("The tests of the CuPy backend", "-m", "pytest", "-q", "tests/gpu"),
        run("All tests", "-m", "pytest", "-q", "tests"),
        run("The official suite", "-m", "tests.conformance", "--require", "-n", "4", *sys.argv[1:]),
        run("Timings", "-m", "tests.gpu.timings"),
    ]
    driver = cupy.cuda.runtime.driverGetVersion()
    head = [
        "# Results on a GPU",
        "",
        "Written by `make test-gpu` and not edited.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- {name}, driver for CUDA {driver // 1000}.{driver % 1000 // 10}",
        *versions(),
        "",
    ]
    PAGE.write_text(
        "\n".join([*head, *[line for _, lines in results for line in lines]]).rstrip() + "\n", encoding="utf-8"
    )
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
