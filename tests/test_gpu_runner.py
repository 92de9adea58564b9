"""The program behind `make test-gpu`, tried on the CPU: it shall not spend time on a device on errors of its own."""

import json
import re
import subprocess
import sys

import pytest

from tests.gpu import __main__ as runner


@pytest.fixture
def call(tmp_path, monkeypatch):
    """The program with small stages in the place of its own, which writes into a folder of this test."""
    code = (
        "import os, sys; print('a line'); print('| a | table |'); print(os.environ['APITENSOR_DEVICE']); sys.exit(%d)"
    )
    slow = tmp_path / "test_slow.py"
    slow.write_text("import time\ndef test_short(): pass\ndef test_long(): time.sleep(60)\n")
    monkeypatch.setattr(
        runner,
        "STAGES",
        {
            "good": ("What passes", lambda options: ["-c", code % 0]),
            "bad": ("What fails", lambda options: ["-c", code % 3]),
            "long": ("What takes long", lambda options: ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(slow)]),
        },
    )

    def call(*arguments):
        page, results = tmp_path / "page.md", tmp_path / "results"
        status = runner.main([*arguments, "--device", "cpu", "--output", str(page), "--results", str(results)])
        return status, page.read_text(encoding="utf-8") if page.exists() else None

    return call


def test_a_stage_leaves_its_section(call):
    status, page = call("good")
    assert status == 0
    assert "## What passes" in page and "passed" in page and "| a | table |" in page and "\ncpu\n" in page
    assert "This stage has not run." in page.partition("## What fails")[2]


def test_stages_that_ran_before_stay_on_the_page(call, tmp_path):
    assert call("bad")[0] == 1
    status, page = call("good")
    assert status == 0, "a stage that failed on another day is no failure of this run"
    assert "FAILED, exit status 3" in page and page.count("not run") == 1
    assert page.count("- no GPU: cpu") == 1, "the machine is told once"
    (tmp_path / "page.md").unlink()
    assert call("--page") == (0, page)


def test_a_stage_that_takes_too_long_tells_what_it_found(call):
    status, page = call("long", "--seconds", "8")
    assert status == 1
    assert re.search(r"`: cut off\n", page) and "1 passed in" in page


def test_the_time_is_that_of_all_stages_together(call, capsys):
    status, page = call("long", "good", "--seconds", "6")
    assert status == 1 and "`: cut off\n" in page
    assert "This stage has not run." in page.partition("## What passes")[2].partition("## What fails")[0]
    assert "== What passes: no time is left" in capsys.readouterr().out


def test_a_stage_that_does_not_end_is_killed(call, monkeypatch):
    monkeypatch.setattr(runner, "GRACE", 1.0)
    deaf = (
        "import signal, subprocess, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); print('begun', flush=True); "
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    monkeypatch.setitem(runner.STAGES, "deaf", ("What does not hear", lambda options: ["-c", deaf]))
    status, page = call("deaf", "--seconds", "3")
    assert status == 1 and "`: cut off\n" in page and "begun" in page


def test_a_suite_that_takes_too_long_tells_what_it_found(call, tmp_path, monkeypatch):
    """The official suite runs in a process of its own below that of its stage."""
    (tmp_path / "array_api_tests").mkdir()
    (tmp_path / "test_slow.py").rename(tmp_path / "array_api_tests" / "test_slow.py")
    (tmp_path / "conftest.py").write_text(
        "from hypothesis import settings\n"
        "settings.register_profile('array-api-tests')\n"
        "def pytest_addoption(parser):\n"
        "    for name in ('max-examples', 'skips-file', 'xfails-file'): parser.addoption(f'--{name}')\n"
        "    parser.addoption('--disable-deadline', action='store_true')\n"
    )
    code = (
        "from argparse import Namespace; from pathlib import Path; from tests.conformance.__main__ import report, run; "
        "options = Namespace(max_examples=1, seed=0, workers='0'); "
        f"report('plain', *run(Path({str(tmp_path)!r}), 'plain', 'apitensor', options, []), [])"
    )
    monkeypatch.setitem(runner.STAGES, "suite", ("The suite", lambda options: ["-c", code]))
    _, page = call("suite", "--seconds", "10")
    assert re.search(r"`: cut off\n", page) and "plain: 1 passed, 0 failed" in page


def test_without_stages_all_run(call, tmp_path, monkeypatch):
    monkeypatch.delitem(runner.STAGES, "long")
    assert call()[0] == 1
    found = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "results").iterdir()}
    assert {name: stage["status"] for name, stage in found.items()} == {"good": 0, "bad": 3}


def test_without_a_device_nothing_is_run(call, tmp_path, capsys):
    options = ["--output", str(tmp_path / "page.md"), "--results", str(tmp_path / "results")]
    assert runner.main(["good", "--device", "cpu:7", *options]) == 1
    assert "nothing was run" in capsys.readouterr().out and not (tmp_path / "page.md").exists()


def test_the_page_makes_no_other_revision(tmp_path, monkeypatch):
    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a", *arguments], cwd=tmp_path, check=True)

    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "PAGE", tmp_path / "page.md")
    assert runner.revision() == "unknown"
    git("init", "-q")
    for name in ("page.md", "code.py"):
        (tmp_path / name).write_text("")
    git("add", ".")
    git("commit", "-q", "-m", "all")
    committed = runner.revision()
    (tmp_path / "page.md").write_text("results")
    assert runner.revision() == committed
    (tmp_path / "code.py").write_text("changed")
    assert runner.revision() == f"{committed}-dirty"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert runner.revision() == "unknown", "where there is no git"


def test_what_is_tested_can_be_told(call):
    assert " UTC, revision v1.2, 0 s, `python" in call("good", "--revision", "v1.2")[1]


def test_a_stage_that_there_is_none_of(call, capsys):
    with pytest.raises(SystemExit):
        call("nothing")
    assert "good, bad" in capsys.readouterr().err


def test_the_commands_of_the_stages_can_be_called():
    options = type("Options", (), {"workers": "1", "max_examples": 2, "device": "cpu", "scale": 1024})
    for name, (_, command_of) in runner.STAGES.items():
        command = command_of(options)
        assert command[0] == "-m" and all(isinstance(part, str) for part in command), name


def test_the_timings_run(capsys, monkeypatch):
    from tests.gpu import timings

    monkeypatch.setattr(sys, "argv", ["timings", "--device", "cpu", "--scale", "4096"])
    assert timings.main() == 0
    assert capsys.readouterr().out.count("\n|") == 6
    monkeypatch.setattr(timings, "torch", None)
    assert timings.main() == 0
    assert capsys.readouterr().out.endswith("has no reference.\n")
