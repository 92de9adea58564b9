"""A selection of SciPy's own tests on apitensor, in seconds; `make test-clients` runs all of them."""

import pytest

from . import suites
from .__main__ import count, explanations, failures, read

SCIPY = next(client for client in suites.CLIENTS if client.package == "scipy")


def test_scipy(tmp_path):
    pytest.importorskip("scipy", minversion="1.17")  # its tests of rigid transforms take a namespace since then
    file, scratch = tmp_path / "outcomes.json", tmp_path / "scratch"
    scratch.mkdir()
    status = suites.run(SCIPY, suites.SELECTION, suites.SUBJECT, file, 0, scratch, suites.SELECTED)
    assert status in (0, 1), "SciPy's tests did not run to their end"
    outcomes = read(file)
    unexplained = {nodeid: line for nodeid, line in failures(outcomes).items() if nodeid not in explanations()}
    assert not unexplained
    assert count(outcomes)["passed"] > 400
    assert all(f"{suites.SUBJECT}]" in nodeid or f"{suites.SUBJECT}-" in nodeid for nodeid in outcomes)
