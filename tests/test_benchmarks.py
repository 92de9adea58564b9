"""The benchmarks' machinery at small sizes: what they say and do when something is wrong. No times are asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import costs, harness, report
from benchmarks.harness import WORKLOADS, Bar, Row, Workload
from benchmarks.peers import PEERS, Unsupported

ROOT = Path(__file__).parent.parent


def run(*args):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *args], capture_output=True, text=True, cwd=ROOT, timeout=300
    )


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (["--only", "chain,nonsense"], ["unknown workload nonsense", "chain", "memory-mlp"]),
        (["--peers", "numpy,tensorflow"], ["unknown peer tensorflow", "apitensor", "mygrad"]),
        (["--only", ","], ["no workload named", "chain"]),
        (["--threads", "0"], ["no list of positive numbers"]),
        (["--threads", "two"], ["no list of positive numbers"]),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(args, names):
    done = run(*args)
    assert done.returncode == 2
    assert all(name in done.stderr for name in names)


def test_small_run_reports_and_writes_no_page():
    page = ROOT / "docs" / "benchmarks.md"
    before = page.read_bytes() if page.exists() else None
    done = run(
        "--quick", "--threads", "1", "--only", "add,chain,scan,corrections,value-and-grad", "--peers", "numpy,apitensor"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NumPy by hand" in done.stdout and "fails" not in done.stdout
    assert "No page is written" in done.stdout
    assert (page.read_bytes() if page.exists() else None) == before


SMALL = [(n, case) for n, work in WORKLOADS.items() if work.build is not None for case in work.quick or work.cases]


@pytest.mark.parametrize(("name", "case"), SMALL)
def test_apitensor_agrees_with_the_derivatives_written_by_hand(name, case):
    work = WORKLOADS[name]
    peers = [PEERS["numpy"](), PEERS["apitensor"]()]
    wanted, got = ([np.asarray(peer.numpy(x)) for x in work.build(peer, case)()] for peer in peers)
    harness.check(got, wanted, work.tolerance)
    if len(wanted) > 1:
        with pytest.raises(ValueError, match="wrong result: array 1 is off by"):
            harness.check([wanted[0], wanted[1] * 1.01, *wanted[2:]], wanted, work.tolerance)


@pytest.mark.parametrize("name", costs.FUNCTIONS)
def test_functions_whose_gradients_are_timed_agree_with_the_derivatives_written_by_hand(name):
    function, by_hand = costs.FUNCTIONS[name]
    x = np.linspace(0.1, 0.9, 7)
    peer = PEERS["apitensor"]()
    got = [peer.numpy(z) for z in peer.step(lambda x: function(peer.xp, x), x)()]
    harness.check(got, by_hand(x), 1e-12)
    harness.check(got[:1], [function(np, x)], 1e-12)


def test_a_gradient_that_is_wrong_or_fails_is_not_timed():
    right, wrong = (lambda: [np.ones(())]), (lambda: [np.zeros(())])
    peer = PEERS["numpy"]()
    assert costs.times_function(peer, {"alone": right, "gradient": right}, 0.01)["min"] > 0
    assert "off by 1" in costs.times_function(peer, {"alone": right, "gradient": wrong}, 0.01)["error"]
    assert "memory" in costs.times_function(peer, {"alone": right, "gradient": failing_after(0)}, 0.01)["error"]


def failing_after(calls):
    left = [calls]

    def step():
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("out of memory")
        return [np.ones(2)]

    return step


def test_a_peer_that_fails_or_is_wrong_has_it_in_its_cell_and_the_rest_goes_on():
    def unsupported():
        raise Unsupported("has no such thing")

    steps = {
        "right": lambda: [np.ones(2)],
        "at once": failing_after(0),
        "in the middle": failing_after(2),
        "wrong": lambda: [np.full(2, 1.1)],
        "wrong shape": lambda: [np.ones(3)],
        "not a number": lambda: [np.full(2, np.nan)],
        "unsupported": unsupported,
        "right too": lambda: [np.ones(2)],
    }
    cells = harness.compare(steps, dict.fromkeys(steps, np.asarray), 1e-8, 0.02)
    assert cells["right"]["runs"] and cells["right too"]["runs"]
    assert cells["at once"] == cells["in the middle"] == {"error": "RuntimeError: out of memory"}
    assert "array 0 is off by 0.1" in cells["wrong"]["error"]
    assert "has shape (3,), not (2,)" in cells["wrong shape"]["error"]
    assert "off by nan" in cells["not a number"]["error"]
    assert cells["unsupported"] == {"without": "has no such thing"}


def test_a_process_that_dies_fills_the_cells_with_that(monkeypatch):
    monkeypatch.setitem(WORKLOADS, "lost", Workload("lost", "known to this process only"))
    (row,) = command.run_child("lost", 1, True, ["numpy", "apitensor"])
    assert all("the process ended with status 1: KeyError: 'lost'" in cell["error"] for cell in row.cells.values())


def test_a_failing_peer_in_the_measurement_of_processes(monkeypatch):
    from benchmarks import processes

    monkeypatch.setattr(processes.PEERS["mygrad"], "module", "no_such_module_at_all")
    (row,) = processes.imports(["numpy", "mygrad"], True)
    assert "min" in row.cells["numpy"] and "no_such_module_at_all" in row.cells["mygrad"]["error"]


def test_a_peer_that_is_not_installed_is_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setattr(PEERS["torch"], "module", "no_such_module_at_all")
    monkeypatch.setattr(
        command, "run_child", lambda name, threads, quick, peers: [Row(name, {p: timed(1) for p in peers})]
    )
    assert command.main(["--only", "add", "--peers", "numpy,apitensor,torch", "--threads", "1,1000"]) == 0
    said = capsys.readouterr().out
    assert "torch is left out: it is not installed" in said
    assert "1000 threads are left out: there are" in said


def test_an_interrupted_run_writes_nothing(monkeypatch, capsys, tmp_path):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_child", interrupted)
    monkeypatch.setattr(command, "DOCS", tmp_path)
    assert command.main([]) == 130
    assert "nothing is written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def timed(seconds):
    return {"min": seconds, "median": seconds, "runs": 3}


def test_bars():
    def rows(apitensor, numpy):
        return [Row("", {"apitensor": timed(a), "numpy": timed(n)}) for a, n in zip(apitensor, numpy, strict=True)]

    assert harness.measured(Bar("numpy", 2), rows([2, 6, 4], [2, 2, 2])) == 2  # the median of 1, 3, 2
    assert harness.measured(Bar("growth", 2), rows([2, 1, 3], [1, 1, 1])) == 3
    assert harness.measured(Bar("", 2), rows([0.5], [1])) == 0.5
    assert harness.measured(Bar("torch", 2), rows([1], [1])) is None
    peaks = {"apitensor": {"min": 1, "median": 6, "runs": 5}, "numpy": {"min": 1, "median": 2, "runs": 5}}
    assert [harness.measured(Bar("numpy", 2), [Row("", peaks, unit)]) for unit in "sB"] == [1, 3]
    assert harness.measured(Bar("", 2, worst=True), rows([2, 6, 4], [1, 1, 1])) == 6
    cheap, dear = (Row(name, {"apitensor": timed(cost)}, "x") for name, cost in (("cheap", 1.01), ("dear", 1.2)))
    work = Workload("w", "Work", bars=(Bar("", 1.05, worst=True),))
    assert list(report.verdicts([report.Result(work, 1, [cheap, dear])])) == [
        ("Work (1 thread); the worst: dear", "-", "1.20x", "1.05x", "missed")
    ]
    work = Workload("w", "Work", bars=(Bar("", 1.05, each=True),))
    assert list(report.verdicts([report.Result(work, 1, [cheap, dear])])) == [
        ("Work (1 thread): cheap", "-", "1.01x", "1.05x", "met"),
        ("Work (1 thread): dear", "-", "1.20x", "1.05x", "missed"),
    ]
    work = Workload("w", "Work", bars=(Bar("numpy", 2.0), Bar("torch", 1.0), Bar("numpy", 1.0, threads=2)))
    said = list(report.verdicts([report.Result(work, 1, [Row("Work", rows([3], [1])[0].cells)])]))
    assert [line[2:] for line in said] == [("3.00x", "2.00x", "missed"), ("-", "1.00x", "not measured")]


def test_the_page_is_written_whole_or_not_at_all(monkeypatch, tmp_path):
    cells = {"numpy": timed(1e-3), "apitensor": timed(2e-3), "torch": {"error": "RuntimeError: a|b"}}
    result = report.Result(Workload("w", "Work", bars=(Bar("numpy", 2.5),)), 1, [Row("x*y + y*z", cells)])
    written = report.write([result], ["MyGrad is left out: it is not installed"], ["numpy", "apitensor"], tmp_path)
    page = (tmp_path / "benchmarks.md").read_text()
    assert r"| x\*y + y\*z (1 thread) | NumPy by hand | 2.00x | 2.50x | met |" in page
    assert r"| x\*y + y\*z | 1 ms / 1 ms" in page
    assert "MyGrad is left out" in page
    assert "2 ms / 2 ms" in page
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written}

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        report.replace(tmp_path / "benchmarks.md", b"half")
    assert (tmp_path / "benchmarks.md").read_text() == page
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written}


def test_rows_survive_the_way_between_processes():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", "add", "1", "quick", "numpy"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    (row,) = json.loads(done.stdout.splitlines()[-1])
    assert row["cells"]["numpy"]["min"] > 0
