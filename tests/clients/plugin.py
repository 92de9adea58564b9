"""A pytest plugin that is loaded into the clients' tests: it puts apitensor where they choose a namespace.

Nothing of a client is edited, and nothing is skipped here. What a client no longer has raises, instead of leaving its
tests to run on something else.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("clients")
    group.addoption("--client", help="the package whose tests are run")
    group.addoption("--subject", help="the namespace that they are to compute with")
    group.addoption("--outcomes", help="the file that the outcomes are written to, for the runner")


def pytest_configure(config: pytest.Config) -> None:
    subject = config.getoption("--subject")
    if config.getoption("--client") == "sklearn":
        _scikit_learn(subject)
    elif config.getoption("--client") == "scipy" and subject == "apitensor":
        sys.modules["scipy.conftest"].xp_known_backends.add(subject)
    elif config.getoption("--client") == "einops":
        _einops(subject)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the namespace of one test function, before pytest asks how the function is parametrised."""
    subject = metafunc.config.getoption("--subject")
    module = metafunc.module
    match metafunc.config.getoption("--client"):
        case "scipy" if "xp" in metafunc.fixturenames and subject == "apitensor":
            param = pytest.param(importlib.import_module(subject), id=subject, marks=pytest.mark.array_api_backends)
            # a mark on the test takes precedence over the fixture's own parameters
            metafunc.definition.add_marker(pytest.mark.parametrize("xp", [param], indirect=True))
        case "array_api_extra" if "library" in metafunc.fixturenames:
            param = pytest.param(_library(subject), id=subject)
            metafunc.definition.add_marker(pytest.mark.parametrize("library", [param], indirect=True))
        case "marray":
            name = subject if subject == "apitensor" else f"array_api_compat.{subject}"
            module.xps[:] = [importlib.import_module(name)]  # the list that the marks on the tests hold
        case "xarray" if hasattr(module, "NAMESPACES"):
            module.NAMESPACE_ARRAYS[subject] = {"attrs": {"array": "Tensor", "constructor": "asarray"}, "xfails": {}}
            module.NAMESPACES[:] = [subject]  # the list that the marks on the classes hold
        case "xarray":
            module.xp = importlib.import_module(subject)
            module.Array = module.xp.Tensor


def _scikit_learn(subject: str) -> None:
    from sklearn.utils import _array_api as chosen

    place = chosen.NamespaceAndDevice

    def namespaces(include_numpy_namespaces: bool = True) -> list[str]:
        return [subject]

    def combinations(include_numpy_namespaces: bool = True) -> list[tuple[str, str, str]]:
        return [(subject, "cpu", "float64"), (subject, "cpu", "float32")]

    def mixed() -> list[tuple[Any, Any, str]]:
        ours, numpy, strict = place(subject, "cpu"), place("numpy", None), place("array_api_strict", "device1")
        return [
            (numpy, ours, f"numpy to {subject}"),
            (ours, numpy, f"{subject} to numpy"),
            (strict, ours, f"array_api_strict to {subject}"),
        ]

    # the test modules import these by name, which happens later
    for name, replacement in {
        "yield_namespaces": namespaces,
        "yield_namespace_device_dtype_combinations": combinations,
        "yield_mixed_namespace_input_permutations": mixed,
    }.items():
        assert callable(getattr(chosen, name))
        setattr(chosen, name, replacement)


def _library(subject: str) -> Any:
    """What array-api-extra's tests ask of the library that they run with."""
    from array_api_extra._lib._backends import Backend

    if subject != "apitensor":
        return Backend(subject)

    class Library:
        modname = subject

        def like(self, *others: Backend) -> bool:
            return False

    return Library()


def _einops(subject: str) -> None:
    """Let einops' tests compute with `einops.array_api`, on arrays of a namespace that einops has no backend for."""
    import einops
    import einops.array_api
    import einops.tests

    if subject != "apitensor":
        return
    namespace = importlib.import_module(subject)

    def as_numpy(x: Any) -> Any:
        return einops.array_api.asnumpy(x.detach() if isinstance(x, namespace.Tensor) else x)

    class Backend:
        framework_name = subject
        to_numpy = staticmethod(as_numpy)
        tile = staticmethod(namespace.tile)

        @staticmethod
        def from_numpy(x: Any) -> Any:
            y = namespace.asarray(x)
            return y.requires_grad_() if namespace.isdtype(y.dtype, "real floating") else y

    functions = {name: getattr(einops.array_api, name) for name in ("rearrange", "reduce", "repeat", "pack", "unpack")}
    for module in (einops, einops.einops, einops.packing):  # the test modules import them from here
        for name, function in {**functions, "asnumpy": as_numpy}.items():
            if hasattr(module, name):
                setattr(module, name, function)
    assert callable(einops.tests.collect_test_backends)
    einops.tests.collect_test_backends = lambda symbolic=False, layers=False: [] if symbolic or layers else [Backend]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    path = config.getoption("--outcomes")
    if path and not hasattr(config, "workerinput"):
        found = {}
        for outcome in OUTCOMES:
            for report in terminalreporter.stats.get(outcome, []):
                crash = getattr(report.longrepr, "reprcrash", None)
                reason = crash.message if crash else str(report.longrepr or "")
                # a test that fails and then fails again when it is torn down is one failure
                if found.get(report.nodeid, ("passed",))[0] not in ("failed", "error"):
                    found[report.nodeid] = (outcome, reason)
        Path(path).write_text(json.dumps(found), encoding="utf-8")
