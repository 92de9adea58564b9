"""Run the official suite on apitensor: `python -m tests.conformance`.

It runs twice: plain, and tracked, where every floating or complex tensor that the suite creates requires a gradient.
No test is skipped by a list; the tests that contradict the specification's text are expected failures
(contradictions.txt). Without the suite and without a network the run counts as skipped, and says so; with --require it
fails. Options that are not listed here go to pytest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import suite
from .plugin import CONTRADICTIONS, OUTCOMES, contradictions

REPOSITORY = Path(__file__).resolve().parents[2]

INTERRUPTED = (2, -signal.SIGINT)  # the exit statuses of pytest, and of a Python that had not come so far

# Exporting a tensor that requires a gradient is an error by design (it would drop the gradient silently), so in tracked
# mode the tests whose subject is such an export do not apply. In plain mode they run.
EXPORTS = ["array_api_tests/test_dlpack.py::test_dunder_dlpack", "array_api_tests/test_dlpack.py::test_from_dlpack"]


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.conformance", description=__doc__, allow_abbrev=False)
    parser.add_argument("--mode", choices=["plain", "tracked", "both"], default="both")
    parser.add_argument("--max-examples", type=int, default=100, help="examples per test (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="repeat a run (default: a new one)")
    parser.add_argument("-n", dest="workers", default="auto", help="worker processes (default: one per core)")
    parser.add_argument("--require", action="store_true", help="fail where the suite cannot be had")
    parser.add_argument("--module", default="apitensor", help="the namespace to test in plain mode")
    options, pytest_args = parser.parse_known_args()

    try:
        expected = contradictions()
        folder = suite.find()
    except (ValueError, suite.Unusable) as error:
        print(f"conformance: {error}")
        return 2
    except suite.Unavailable as error:
        print("The official array API suite was SKIPPED: nothing was tested, so nothing is known.")
        print(f"Reason: {error}")
        print("Set ARRAY_API_TESTS_DIR to a checkout (with its submodule), or run again with a network.")
        print("conformance: 0 passed, 0 failed, 1 skipped")
        return 1 if options.require else 0

    modules = {"plain": options.module, "tracked": "tests.conformance.tracked"}
    modes = list(modules) if options.mode == "both" else [options.mode]
    results = {}
    for mode in modes:
        status, _ = results[mode] = run(folder, mode, modules[mode], options, pytest_args)
        if status in INTERRUPTED:
            break
    passes = []
    for mode, (status, ids) in results.items():
        # a run of all tests must have come across each contradiction, or the list is out of date
        whole = not pytest_args and status not in INTERRUPTED
        passes.append(report(mode, status, ids, [test for test in expected if whole and test not in left_out(mode)]))
    return 0 if all(passes) else 1


def left_out(mode: str) -> list[str]:
    """The tests that do not apply in a mode."""
    return EXPORTS if mode == "tracked" else []


def run(
    folder: Path, mode: str, module: str, options: argparse.Namespace, pytest_args: list[str]
) -> tuple[int, dict[str, list[str]] | None]:
    """Run the suite once, and give pytest's exit status and the ids of the tests by outcome."""
    print(f"\nThe official suite, {mode}: {options.max_examples} examples, seed {options.seed}", flush=True)
    # what a developer's environment says to pytest or to the suite must not decide what is tested
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ARRAY_API_TESTS_", "PYTEST_ADDOPTS"))}
    environment |= {
        "ARRAY_API_TESTS_MODULE": module,
        "ARRAY_API_TESTS_VERSION": suite.SPECIFICATION,
        "HYPOTHESIS_STORAGE_DIRECTORY": str(suite.CACHE / "hypothesis"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    deselected = left_out(mode)
    for nodeid in deselected:
        print(
            f"left out: {nodeid} (it exports tensors that require a gradient, which is an error by design)", flush=True
        )
    targets = [] if any(arg.startswith("array_api_tests") for arg in pytest_args) else ["array_api_tests"]
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch, "result.json")
        command = [sys.executable, "-m", "pytest", *targets, *pytest_args]
        command += ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "tests.conformance.plugin"]
        command += [f"--max-examples={options.max_examples}", "--disable-deadline", f"--hypothesis-seed={options.seed}"]
        command += [f"--skips-file={os.devnull}", f"--xfails-file={os.devnull}", f"--conformance-result={result}"]
        command += ["-n", options.workers, *(f"--deselect={nodeid}" for nodeid in deselected)]
        with subprocess.Popen(command, cwd=folder, env=environment) as process:
            try:
                status = process.wait()
            except KeyboardInterrupt:  # pytest, which may not have been told, still says what it has found
                process.send_signal(signal.SIGINT)
                status = process.wait()
        return status, json.loads(result.read_text(encoding="utf-8")) if result.exists() else None


def report(mode: str, status: int, ids: dict[str, list[str]] | None, expected: list[str]) -> bool:
    """Print what came of one run, and say whether it is a pass."""
    if ids is None:
        print(f"\n{mode}: the suite did not run to its end (pytest's exit status {status})")
        return False
    passed, failed, error, skipped, xfailed = (ids[outcome] for outcome in OUTCOMES)
    unknown = [nodeid for nodeid in expected if nodeid not in {*xfailed, *failed, *error}]
    failures = list(dict.fromkeys([*failed, *error, *unknown]))
    print()
    for nodeid in failures:
        print(f"{mode} failed: {nodeid}{' (an expected failure that the suite does not have)' * (nodeid in unknown)}")
    for nodeid in skipped:
        print(f"{mode} skipped by the suite itself: {nodeid}")
    for nodeid in xfailed:
        print(f"{mode} xfailed: {nodeid}")
    print(f"{mode}: {len(xfailed)} xfailed, by {CONTRADICTIONS.name}")
    print(f"{mode}: {len(passed)} passed, {len(failures)} failed, {len(skipped)} skipped")
    return status == 0 and bool(passed) and not failures


if __name__ == "__main__":
    sys.exit(main())
