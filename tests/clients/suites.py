"""Which tests of which clients are run: the ones that they install with themselves, where they take a namespace."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SUBJECT = "apitensor"


@dataclass(frozen=True)
class Client:
    """A library whose tests are run.

    `package` is its import name, `parts` are the folders or files below it that have lines of their own in the table,
    `select` are pytest's options that choose the tests which take the namespace, and `how` says in one sentence how
    they come to take one that the library does not know. The bars: `least` tests pass, and at most `most_failed` fail.
    """

    name: str
    package: str
    how: str
    parts: tuple[str, ...]
    select: tuple[str, ...] = ()
    least: int = 1
    most_failed: int | None = None


CLIENTS = (
    Client(
        "SciPy",
        "scipy",
        "Every test that uses SciPy's fixture `xp`, with apitensor as its only parameter and among the backends that "
        "SciPy's marks for skipping know; what SciPy marks as for NumPy only is thereby skipped.",
        (
            "special", "stats", "signal", "ndimage", "fft", "cluster", "integrate", "interpolate", "optimize",
            "differentiate", "linalg", "spatial", "constants",
        ),
        ("-m", "array_api_backends", "-k", "{subject}"),
        least=19_450,
        most_failed=5,
    ),
    Client(
        "scikit-learn",
        "sklearn",
        "Every test for which scikit-learn's generators of namespaces ask, which yield apitensor (in double and in "
        "single precision, and mixed with NumPy and array-api-strict) and nothing else.",
        ("",),
        ("-k", "{subject}"),
        most_failed=4,
    ),
    Client(
        "array-api-extra",
        "array_api_extra",
        "Every test that uses its fixture `xp` or `library`, with apitensor as the only library.",
        ("tests/main",),
        ("-k", "{subject}", "--hypothesis-seed=0", "-W", "error::DeprecationWarning"),
    ),
    Client(
        "xarray",
        "xarray",
        "Its tests that a wrapped array stays what it is, whose table of namespaces holds apitensor alone, and its "
        "tests of array API arrays, which compute on apitensor instead of array-api-strict.",
        ("tests/test_duck_array_wrapping.py", "tests/test_array_api.py"),
    ),
    Client(
        "marray",
        "marray",
        "Its tests of masked arrays over any namespace, whose list of namespaces holds apitensor alone. Their arrays "
        "are random, and so is which tests skip themselves.",
        ("tests/test_marray.py",),
        ("-k", "{subject}"),
    ),
    Client(
        "einops",
        "einops",
        "Its tests that loop over backends, with the functions of `einops.array_api` in the place of einops' own.",
        ("tests/test_ops.py", "tests/test_packing.py", "tests/test_examples.py"),
        ("-k", "imperatives or ellipsis_ops_imperative or stacking or against_numpy or rearrange_examples"),
    ),
)  # fmt: skip


# Some hundred tests of SciPy's that take seconds, for `make test`. Without those of SciPy's fixture `devices`, which in
# SciPy 1.17, the last one for Python 3.11, adds a list to what `devices()` gives, a tuple since version 2025.12.
SELECTION = (
    "constants", "differentiate", "linalg/tests/test_procrustes.py", "special/tests/test_logsumexp.py",
    "spatial/transform/tests/test_rigid_transform.py",
)  # fmt: skip
SELECTED = ("-k", "not test_device")


def folder(package: str) -> Path | None:
    """Where an installed package is."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def run(
    client: Client,
    parts: Sequence[str],
    subject: str,
    outcomes: Path,
    workers: int,
    scratch: Path,
    more: Sequence[str] = (),
) -> int:
    """Run the tests of some parts of a client, and give pytest's exit status.

    What came of each test is written into the file `outcomes`; `scratch` is an empty folder.
    """
    root = folder(client.package)
    assert root is not None
    # what a developer's environment says to pytest must not decide what is tested, nor a pytest.ini further up
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]),
        "SCIPY_ARRAY_API": "1",
        "EINOPS_TEST_BACKENDS": "numpy" if subject == SUBJECT else f"numpy,{subject}",
        # two processes share the cores, and the tests' arrays are small
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    if client.package == "scipy" and subject != SUBJECT:
        environment["SCIPY_ARRAY_API"] = f'["{subject}"]'  # SciPy's own way to choose one that it knows
    command = [
        sys.executable,
        "-m",
        "pytest",
        *[str(root / part) for part in parts],
        f"--rootdir={root.parent}",
        "-c",
        os.devnull,
    ]
    command += ["-p", "tests.clients.plugin", "-p", "no:cacheprovider", "-q", "--tb=short", "-n", str(workers)]
    command += [f"--client={client.package}", f"--subject={subject}", f"--outcomes={outcomes}"]
    command += [option.format(subject=subject) for option in client.select]
    return subprocess.run([*command, *more], cwd=scratch, env=environment).returncode
