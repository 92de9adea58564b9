"""Run the clients' tests and write docs/clients.md: `python -m tests.clients`, or `make test-clients`.

Where torch is installed it runs too, for comparison. The command fails where a test fails on apitensor that
explanations.toml does not explain, where a test that it explains passes, or where a bar of suites.py is missed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

from . import suites
from .suites import CLIENTS, REPOSITORY, SUBJECT, Client

EXPLANATIONS = Path(__file__).with_name("explanations.toml")
TABLE = REPOSITORY / "docs" / "clients.md"
PEER = "torch"
COLUMNS = ("passed", "failed", "skipped", "xfailed")

# The outcome of each test, and the reason for it, by the id of the test.
Outcomes = dict[str, tuple[str, str]]


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.clients", description=__doc__, allow_abbrev=False)
    parser.add_argument("parts", nargs="*", help="what to run, as in scipy/stats or einops (default: everything)")
    parser.add_argument("-n", dest="workers", type=int, default=2, help="worker processes (default: %(default)s)")
    parser.add_argument("--no-peer", action="store_true", help=f"leave {PEER} out where it is installed")
    parser.add_argument("--results", type=Path, help="a folder to keep the outcomes in; what is there is not run again")
    options = parser.parse_args()

    wanted = [(client, part) for client in CLIENTS for part in client.parts if chosen(client, part, options.parts)]
    if missing := sorted({client.name for client, _ in wanted if suites.folder(client.package) is None}):
        print(f"clients: not installed: {', '.join(missing)}; `make test-clients` installs them")
        return 2
    subjects = [SUBJECT]
    if not options.no_peer and importlib.util.find_spec(PEER):
        subjects.append(PEER)
    explained = explanations()
    found: dict[str, dict[tuple[str, str], Outcomes]] = {subject: {} for subject in subjects}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.results or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for subject in subjects:
            for client, part in wanted:
                outcomes = outcomes_of(client, part, subject, folder.resolve(), options.workers, Path(scratch))
                if outcomes is None:
                    print(f"clients: the tests of {client.name} {part} did not run to their end on {subject}")
                    return 2
                found[subject][client.name, part] = outcomes
    complete = len(wanted) == sum(len(client.parts) for client in CLIENTS)
    if complete:
        TABLE.write_text(document(found, explained), encoding="utf-8")
        print(f"\nwrote {TABLE.relative_to(REPOSITORY)}")
    return 0 if judge(found[SUBJECT], explained, complete) else 1


def chosen(client: Client, part: str, parts: list[str]) -> bool:
    return not parts or any(client.package == p or f"{client.package}/{part}" == p for p in parts)


def explanations() -> dict[str, str]:
    """Read why tests fail, by their ids."""
    with EXPLANATIONS.open("rb") as file:
        groups = tomllib.load(file).get("why", [])
    return {nodeid: group["because"].strip() for group in groups for nodeid in group["tests"]}


def outcomes_of(client: Client, part: str, subject: str, folder: Path, workers: int, scratch: Path) -> Outcomes | None:
    """What came of one part, which is run unless `folder` holds it; None where pytest came to no end of it."""
    file = folder / f"{client.package}-{part.replace('/', '-') or 'all'}-{subject}.json"
    if not file.exists():
        print(f"\n{client.name} {part} on {subject}", flush=True)
        start = time.monotonic()
        status = suites.run(client, [part], subject, file, workers, scratch)
        print(f"{client.name} {part} on {subject}: {time.monotonic() - start:.0f} s", flush=True)
        if status not in (0, 1) or not file.exists():
            return None
    return read(file)


def read(file: Path) -> Outcomes:
    return {nodeid: (outcome, reason) for nodeid, (outcome, reason) in json.loads(file.read_text("utf-8")).items()}


def count(outcomes: Outcomes) -> Counter[str]:
    """How many tests came to what: an error is a failure, and one that passes against its mark passes."""
    same = {"error": "failed", "xpassed": "passed"}
    return Counter(same.get(outcome, outcome) for outcome, _ in outcomes.values())


def failures(outcomes: Outcomes) -> dict[str, str]:
    """The first line of what each failing test raised."""
    found = {nodeid: reason for nodeid, (outcome, reason) in outcomes.items() if outcome in ("failed", "error")}
    return {nodeid: next(iter(reason.strip().splitlines()), "").strip() for nodeid, reason in sorted(found.items())}


def judge(found: dict[tuple[str, str], Outcomes], explained: dict[str, str], complete: bool) -> bool:
    """Print what is wrong with a run on apitensor, and its counts; whether nothing is."""
    everything = {nodeid: result for outcomes in found.values() for nodeid, result in outcomes.items()}
    failed = failures(everything)
    print()
    for nodeid, line in failed.items():
        known = f"explained: {explained[nodeid]}" if nodeid in explained else "NOT EXPLAINED"
        print(f"failed: {nodeid}\n    {line}\n    {known}")
    fine = all(nodeid in explained for nodeid in failed)
    for nodeid in explained:
        if nodeid not in failed and (nodeid in everything or complete):
            state = everything[nodeid][0] if nodeid in everything else "is not there"
            print(f"{EXPLANATIONS.name} is out of date: {nodeid} {state}")
            fine = False
    for client in CLIENTS:
        parts = {part: outcomes for (name, part), outcomes in found.items() if name == client.name}
        if not parts:
            continue
        counts = sum((count(outcomes) for outcomes in parts.values()), Counter())
        print(f"{client.name}: " + ", ".join(f"{counts[column]} {column}" for column in COLUMNS))
        if len(parts) == len(client.parts) and counts["passed"] < client.least:
            print(f"{client.name}: fewer than {client.least} tests passed")
            fine = False
        if client.most_failed is not None and counts["failed"] > client.most_failed:
            print(f"{client.name}: more than {client.most_failed} tests failed")
            fine = False
    total = sum((count(outcomes) for outcomes in found.values()), Counter())
    print(f"clients: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return fine and bool(total["passed"])


def document(found: dict[str, dict[tuple[str, str], Outcomes]], explained: dict[str, str]) -> str:
    """The page docs/clients.md."""
    subjects = list(found)
    versions = {name: importlib.metadata.version(name) for name in ["numpy", *(s for s in subjects if s != SUBJECT)]}
    lines = [
        "# Client libraries",
        "",
        "Other people's tests, as they install them with their libraries, run with apitensor as a namespace that these "
        "libraries have never heard of. This page is written by `make test-clients`; do not edit it.",
        "",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ". A skipped test is one that its own library skips; one that passes although its library expects it to fail "
        "counts as passed."
        + " Where libraries mark tests as failing on torch, or skip them for it, they count so; apitensor has no marks."
        * (PEER in subjects),
        "",
    ]
    heads = [f"{subject}: {column}" for subject in subjects for column in COLUMNS]
    lines += ["| client | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    for client in CLIENTS:
        name = f"{client.name} {importlib.metadata.version(client.name.lower())}"
        totals = [
            sum((count(found[subject][client.name, part]) for part in client.parts), Counter()) for subject in subjects
        ]
        lines.append(row(f"**{name}**", totals))
        if len(client.parts) > 1:
            lines += [
                row(f"{client.package}/{part}", [count(found[subject][client.name, part]) for subject in subjects])
                for part in client.parts
            ]
    lines += ["", "## How they come to run on apitensor", ""]
    lines += [f"- **{client.name}**: {client.how}" for client in CLIENTS]
    lines += ["", "## What fails, and why", ""]
    failed = failures({nodeid: r for outcomes in found[SUBJECT].values() for nodeid, r in outcomes.items()})
    if not failed:
        lines.append("Nothing.")
    for why in dict.fromkeys(explained.get(nodeid, "**Not explained.**") for nodeid in failed):
        lines += [f"{why}", ""]
        same = [nodeid for nodeid in failed if explained.get(nodeid, "**Not explained.**") == why]
        lines += [f"- `{nodeid}`: `{failed[nodeid]}`" for nodeid in same]
        lines.append("")
    for subject in subjects[1:]:
        reasons = Counter(line for outcomes in found[subject].values() for line in failures(outcomes).values())
        lines += [
            "",
            f"## What fails on {subject}",
            "",
            "The first line of what the failing tests raise, and how often.",
            "",
        ]
        lines += [f"- {times} x `{line[:160]}`" for line, times in reasons.most_common()]
    return "\n".join(lines).rstrip() + "\n"


def row(name: str, counts: list[Counter[str]]) -> str:
    cells = [f"{counter[column]:,}" for counter in counts for column in COLUMNS]
    return f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
