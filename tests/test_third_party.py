"""A third party's backend: a distribution of its own, installed into a fresh environment, found by its entry point."""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import apitensor
from apitensor.testing import check_backend

EXAMPLE = Path(__file__).parent / "third_party"
ROOT = Path(__file__).parent.parent

PROGRAM = """
import apitensor as xp
from apitensor.testing import check_backend

x = xp.asarray([1.0, 2.0, 3.0], device="strict", requires_grad=True)
xp.sum(x**3).backward()
assert x.grad.device == "strict" and x.grad.tolist() == [3.0, 12.0, 27.0]
assert "strict" in {str(device) for device in xp.__array_namespace_info__().devices()}
assert check_backend("strict").ok
"""


def test_a_third_partys_backend_is_installed_found_and_meets_the_contract(tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment)
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    # What the backend builds on comes from the environment of the tests, so nothing is fetched; the backend itself, and
    # what says where its entry point is, come from the installation alone.
    (library,) = environment.rglob("site-packages")
    folders = [*site.getsitepackages(), str(Path(apitensor.__file__).parents[1]), str(ROOT / "backends")]
    (library / "tests.pth").write_text("".join(f"import site; site.addsitedir({folder!r})\n" for folder in folders))
    source = shutil.copytree(EXAMPLE, tmp_path / "source")
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", str(source)]
    done = subprocess.run([python, *install], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([python, "-c", PROGRAM], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "strict: " in done.stdout and "0 wrong" in done.stdout


def test_without_its_installation_it_is_not_there():
    # Else the other test would prove nothing.
    with pytest.raises(ValueError, match="no backend serves device 'strict'"):
        check_backend("strict")


def test_the_page_shows_the_example():
    page = (ROOT / "docs" / "backends.md").read_text(encoding="utf-8")
    for name in ("pyproject.toml", "src/apitensor_strict/__init__.py"):
        assert (EXAMPLE / name).read_text(encoding="utf-8").strip() in page, f"docs/backends.md shows another {name}"
