"""What is imported when, what it costs, and which walls stand."""

import ast
import importlib.metadata
import importlib.util
import pathlib

import pytest

import apitensor
from tests.fresh import run

PACKAGE = pathlib.Path(apitensor.__file__).parent


PLUG_INS = ("apitensor_numpy", "apitensor_cupy", "apitensor_dask")
FOREIGN = ("numpy", "cupy", "dask", "scipy", "torch", "jax", "array_api_compat", *PLUG_INS)


def test_importing_apitensor_loads_no_array_library():
    loaded = run("import sys, apitensor; print(*sorted({name.partition('.')[0] for name in sys.modules}))")
    assert "apitensor" in loaded and not set(FOREIGN) & set(loaded)


@pytest.mark.parametrize(
    "module", ["autograd", "ext", "fft", "lib", "linalg", "random", "scipy_fft", "special", "testing"]
)
def test_neither_do_its_parts(module):
    loaded = run(f"import sys, apitensor.{module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))")
    assert not set(FOREIGN) & set(loaded)


@pytest.mark.parametrize(
    "module", ["autograd", "ext", "fft", "lib", "linalg", "random", "scipy_fft", "special", "testing"]
)
def test_completion_shows_public_names_alone(module):
    shown = run(f"import apitensor.{module} as m; print(*[n for n in dir(m) if n[0] != '_'], '|', *m.__all__)")
    at = shown.index("|")
    assert sorted(shown[:at]) == sorted(shown[at + 1 :])


def test_the_first_array_loads_its_backend_and_no_other():
    code = "import sys, apitensor as xp; xp.zeros(3); print('numpy' in sys.modules, 'cupy' in sys.modules)"
    assert run(code, APITENSOR_DEVICE="cpu") == ["True", "False"]


def test_nothing_is_imported_that_a_call_does_not_need():
    """importlib.metadata alone costs more than the rest of the import, and is only needed to find a backend."""
    loaded = run("import sys, apitensor; print(*sorted(sys.modules))")
    assert not {"importlib.metadata", "asyncio", "unittest", "multiprocessing"} & set(loaded)


def test_the_default_device_comes_from_the_environment_when_first_needed():
    code = "import apitensor as xp; print(xp.zeros(1).device)"
    assert run(code, APITENSOR_DEVICE="cpu") == run(code, APITENSOR_DEVICE="") == ["cpu"]
    code = (
        "import apitensor as xp\n"
        "try: xp.zeros(1)\n"
        "except ValueError as error: print(\"APITENSOR_DEVICE is 'tpu'\" in str(error), 'cpu' in str(error))"
    )
    assert run(code, APITENSOR_DEVICE="tpu") == ["True", "True"]


def imports_of(path):
    """The absolute names that a file imports at run time (not under TYPE_CHECKING)."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_file_imports_an_array_library(path):
    assert not [name for name in imports_of(path) if name.partition(".")[0] in FOREIGN]


def test_the_core_names_no_backend():
    """A derivative in a backend or a backend's name in the core would end the independence of the two."""
    for path in (PACKAGE / "_core").glob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"numpy", "np", "cupy", "cp"}, path


@pytest.mark.parametrize("plug_in", PLUG_INS)
def test_plug_ins_import_the_backend_record_and_nothing_else_of_apitensor(plug_in):
    paths = list(pathlib.Path(importlib.util.find_spec(plug_in).origin).parent.rglob("*.py"))
    assert len(paths) > 3
    for path in paths:
        ours = {name for name in imports_of(path) if name.partition(".")[0] == "apitensor"}
        assert ours <= {"apitensor._core.backend"}, path


def test_entry_points():
    found = {e.name: e.value for e in importlib.metadata.entry_points(group="apitensor.backends")}
    assert {found[name] for name in ("cpu", "cuda", "dask")} == {f"{plug_in}:load" for plug_in in PLUG_INS}
    (namespace,) = [e for e in importlib.metadata.entry_points(group="array_api") if e.name == "apitensor"]
    assert namespace.load() is apitensor


def test_public_names_are_listed_and_exist():
    assert len(set(apitensor.__all__)) == len(apitensor.__all__)
    assert [name for name in apitensor.__all__ if not hasattr(apitensor, name)] == []
    public = {name for name in vars(apitensor) if not name.startswith("_")}
    assert public == {name for name in apitensor.__all__ if not name.startswith("_")}, "what is importable is listed"


def test_versions_agree():
    assert apitensor.__version__ == importlib.metadata.version("apitensor")
    assert apitensor.__array_api_version__ == "2025.12"


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()
