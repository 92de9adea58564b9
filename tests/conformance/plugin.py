"""A pytest plugin that the runner loads into the official suite: Hypothesis' settings, expected failures, results."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

CONTRADICTIONS = Path(__file__).with_name("contradictions.txt")
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance-result", help="the file that the outcomes are written to, for the runner")


@pytest.hookimpl(trylast=True)  # after the suite has registered its own profile
def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile(
        "conformance",
        parent=settings.get_profile("array-api-tests"),
        # Shrinking turns a failing run of minutes into hours, and the ids of the failing tests are what is asked for.
        phases=(Phase.explicit, Phase.generate),
        # Every run draws afresh from the seed that the runner prints; what a run finds depends on nothing else.
        derandomize=False,
        database=None,
        # How fast arrays are drawn depends on the machine and its load, and says nothing about conformance.
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("conformance")
    # The suite reads its special cases out of the specification's text, and says at length which ones it cannot read.
    for message in ("case for .* not machine-readable", "Special cases found for .* but none were parsed"):
        config.addinivalue_line("filterwarnings", f"ignore:{message}:UserWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    expected = contradictions()
    for item in items:
        if reason := expected.get(item.nodeid):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
            # It must not pass because the values that it fails with were not drawn. The suite sets examples likewise.
            item.obj._hypothesis_internal_use_settings = settings(max_examples=1000)


def pytest_runtest_setup(item: pytest.Item) -> None:
    # Some of the suite's values are picked by the `random` module, which Hypothesis' seed does not reach.
    random.seed(f"{item.config.getoption('--hypothesis-seed')} {item.nodeid}")


def contradictions() -> dict[str, str]:
    """Read the expected failures on the device that APITENSOR_DEVICE says: the reason of each by the id of its test."""
    here = os.environ.get("APITENSOR_DEVICE", "cpu").partition(":")[0]
    found: dict[str, str] = {}
    elsewhere = set()
    nodeid = ""
    for line in CONTRADICTIONS.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace() and nodeid:
            found[nodeid] = f"{found[nodeid]} {line.strip()}".strip()
        else:
            device, nodeid = re.fullmatch(r"(?:(\w+): )?(.*)", line.strip()).groups()
            if device not in (None, here):
                elsewhere.add(nodeid)
            found[nodeid] = ""
    for nodeid, reason in found.items():
        if not reason:
            raise ValueError(f"{CONTRADICTIONS.name}: {nodeid!r} does not say what it contradicts")
    return {nodeid: reason for nodeid, reason in found.items() if nodeid not in elsewhere}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    result = config.getoption("--conformance-result")
    if result and not hasattr(config, "workerinput"):
        ids = {outcome: [r.nodeid for r in terminalreporter.stats.get(outcome, [])] for outcome in OUTCOMES}
        Path(result).write_text(json.dumps(ids), encoding="utf-8")
