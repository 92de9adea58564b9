"""No function of the standard without a test of its values."""

import importlib
import pkgutil
from typing import Any

import array_api_strict

import apitensor as xp
from tests import values
from tests.values.checks import COVERED

# No values to compare: inspection.
BEYOND = {"__array_namespace_info__"}
OPERATORS = [
    "abs",
    "add",
    "and",
    "eq",
    "floordiv",
    "ge",
    "getitem",
    "gt",
    "invert",
    "le",
    "lshift",
    "lt",
    "matmul",
    "mod",
    "mul",
    "ne",
    "neg",
    "or",
    "pos",
    "pow",
    "rshift",
    "setitem",
    "sub",
    "truediv",
    "xor",
    "radd",
    "rand",
    "rfloordiv",
    "rlshift",
    "rmatmul",
    "rmod",
    "rmul",
    "ror",
    "rpow",
    "rrshift",
    "rsub",
    "rtruediv",
    "rxor",
    "iadd",
    "iand",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imod",
    "imul",
    "ior",
    "ipow",
    "irshift",
    "isub",
    "itruediv",
    "ixor",
    "bool",
    "complex",
    "float",
    "index",
    "int",
]


def names_in(module: Any, standard: Any) -> set[str]:
    """The functions of a namespace that the standard has too; array_api_strict has nothing else."""
    found = {name for name in module.__all__ if callable(getattr(module, name)) and hasattr(standard, name)}
    return {name for name in found if not isinstance(getattr(module, name), (type, xp.DType))}


def public() -> set[str]:
    """Every function that the namespaces and the array object of the standard have."""
    found = names_in(xp, array_api_strict) - BEYOND
    for extension in ("linalg", "fft"):
        names = names_in(getattr(xp, extension), getattr(array_api_strict, extension))
        found |= {f"{extension}.{name}" for name in names}
    assert all(hasattr(xp.Tensor, f"__{name}__") for name in OPERATORS)
    return found | {f"Tensor.__{name}__" for name in OPERATORS}


def test_every_function_has_a_test_of_its_values():
    for module in pkgutil.iter_modules(values.__path__):
        if module.name.startswith("test_"):
            importlib.import_module(f"{values.__name__}.{module.name}")
    names = public()
    assert len(names) > 220  # the walk itself
    assert not names - COVERED, f"no test of values: {sorted(names - COVERED)}"
    assert not COVERED - names - {"Tensor.T", "Tensor.mT"}, "claimed, but not public"
