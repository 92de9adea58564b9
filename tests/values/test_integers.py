"""Integer arithmetic of every data type, against Python's integers wrapped around, and the operators of tensors."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

import apitensor as xp
from tests.reference import INTEGERS, SIGNED, Grid, bounds, promote, width, wrap
from tests.values.checks import DEVICES, check, covers, function, tensor


def numbers(dtype: str) -> list[int]:
    low, high = bounds(dtype)
    found = [0, 1, 2, 3, 5, 7, 10, 100, high, high - 1, high // 2, high // 2 + 1, high // 3]
    return found + ([-1, -2, -3, -5, -7, -10, -100, low, low + 1, low // 2] if low else [])


UNARY: dict[str, Callable[[int], int]] = {
    "abs": abs,  # of the smallest integer the standard leaves open; it wraps around, as in C
    "bitwise_invert": operator.invert,
    "ceil": operator.pos,
    "conj": operator.pos,
    "floor": operator.pos,
    "negative": operator.neg,
    "positive": operator.pos,
    "real": operator.pos,
    "round": operator.pos,
    "sign": lambda n: (n > 0) - (n < 0),
    "square": lambda n: n * n,
    "trunc": operator.pos,
}
BINARY: dict[str, Callable[[int, int], int]] = {
    "add": operator.add,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "floor_divide": operator.floordiv,
    "maximum": max,
    "minimum": min,
    "multiply": operator.mul,
    "remainder": operator.mod,
    "subtract": operator.sub,
}
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


@covers(*UNARY)
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_unary(device, dtype):
    n = numbers(dtype)
    x = tensor(n, dtype, device)
    for name, f in UNARY.items():
        wanted = Grid((len(n),), [wrap(f(v), dtype) for v in n])
        check(name, function(name)(x), wanted, dtype, device, operands=n)
    for name, wanted in (("isfinite", True), ("isinf", False), ("isnan", False)):
        check(name, function(name)(x), Grid((len(n),), [wanted] * len(n)), "bool", device)


@covers(*BINARY, *COMPARISONS)
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_binary(device, dtype):
    n = numbers(dtype)
    x = tensor(n, dtype, device)
    for name, f in {**BINARY, **COMPARISONS}.items():
        # Division by zero is unspecified.
        divisors = [v for v in n if v] if name in ("floor_divide", "remainder") else n
        pairs = [(a, b) for a in n for b in divisors]
        result = "bool" if name in COMPARISONS else dtype
        wanted = [f(a, b) if result == "bool" else wrap(f(a, b), dtype) for a, b in pairs]
        got = function(name)(xp.expand_dims(x, 1), tensor(divisors, dtype, device))
        check(name, got, Grid((len(n), len(divisors)), wanted), result, device, operands=pairs)
        for scalar in (3, 100, divisors[-1]):
            wanted = [f(a, scalar) if result == "bool" else wrap(f(a, scalar), dtype) for a in n]
            check(name, function(name)(x, scalar), Grid((len(n),), wanted), result, device, operands=n)
            wanted = [f(scalar, a) if result == "bool" else wrap(f(scalar, a), dtype) for a in divisors]
            got = function(name)(scalar, tensor(divisors, dtype, device))
            check(name, got, Grid((len(divisors),), wanted), result, device, operands=divisors)


@covers("bitwise_left_shift", "bitwise_right_shift", "pow")
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_shifts_and_powers(device, dtype):
    n = numbers(dtype)
    x = xp.expand_dims(tensor(n, dtype, device), 1)
    # Shifts by all bits and more: what is pushed out is gone; to the right the sign remains, as with floor division.
    bits = [0, 1, 2, 3, width(dtype) - 1, width(dtype), width(dtype) + 5]
    exponents = [0, 1, 2, 3, 4, 7, 13, 64]
    tables = {
        "bitwise_left_shift": (bits, lambda a, b: a << b),
        "bitwise_right_shift": (bits, lambda a, b: a >> b),
        "pow": (exponents, lambda a, b: a**b),
    }
    for name, (seconds, f) in tables.items():
        pairs = [(a, b) for a in n for b in seconds]
        wanted = Grid((len(n), len(seconds)), [wrap(f(a, b), dtype) for a, b in pairs])
        check(name, function(name)(x, tensor(seconds, dtype, device)), wanted, dtype, device, operands=pairs)
        for k in (1, 2, 3):  # one exponent for many elements
            column = Grid((len(n), 1), wanted.flat[k :: len(seconds)])
            check(name, function(name)(x, seconds[k]), column, dtype, device, operands=n)


@covers("clip")
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_clip(device, dtype):
    n = numbers(dtype)
    x = tensor(n, dtype, device)
    for low, high in ((2, 50), (None, 5), (3, None), (None, None), (0, bounds(dtype)[1])):
        raised = [v if low is None else max(v, low) for v in n]
        wanted = [v if high is None else min(v, high) for v in raised]
        check("clip", xp.clip(x, low, high), Grid((len(n),), wanted), dtype, device, operands=n)
    low, high = tensor([1] * len(n), dtype, device), tensor([9] * len(n), dtype, device)
    check("clip", xp.clip(x, low, high), Grid((len(n),), [min(max(v, 1), 9) for v in n]), dtype, device)


@covers("add", "subtract", "multiply")
@pytest.mark.parametrize("first", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_mixed_integers(device, first):
    for second in INTEGERS:
        if (first == "uint64" and second in SIGNED) or (second == "uint64" and first in SIGNED):
            continue  # the standard leaves the result open
        common = promote(first, second)
        a, b = numbers(first), numbers(second)
        x, y = xp.expand_dims(tensor(a, first, device), 1), tensor(b, second, device)
        for name in ("add", "subtract", "multiply"):
            wanted = [wrap(BINARY[name](p, q), common) for p in a for q in b]
            check(name, function(name)(x, y), Grid((len(a), len(b)), wanted), common, device)


# ---- operators

OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
}
BIT_OPERATORS = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
}
PYTHONS_COMPARISONS = {k: getattr(operator, k) for k in ("eq", "ne", "lt", "le", "gt", "ge")}


def dunders(names: Any, *prefixes: str) -> list[str]:
    return [f"Tensor.__{p}{n}__" for n in names for p in prefixes]


@covers(*dunders([*OPERATORS, *BIT_OPERATORS], "", "r", "i"), *dunders(PYTHONS_COMPARISONS, ""))
@pytest.mark.parametrize(("dtype", "names"), [("float32", OPERATORS), ("int16", BIT_OPERATORS), ("int32", OPERATORS)])
@pytest.mark.parametrize("device", DEVICES)
def test_operators(device, dtype, names):
    a, b = ([4, 3, -7, 6], [2, 1, 3, 5]) if dtype[0] == "i" else ([4.0, 0.5, -7.0, 6.0], [2.0, 0.25, 3.0, -1.0])
    for name, f in {**names, **PYTHONS_COMPARISONS}.items():
        if name == "truediv" and dtype[0] == "i":
            continue  # a mixture of kinds, which the standard leaves open
        x, y = tensor(a, dtype, device), tensor(b, dtype, device)
        result = "bool" if name in PYTHONS_COMPARISONS else dtype
        one = b[0]
        wanted = Grid((4,), [f(p, q) for p, q in zip(a, b, strict=True)])
        check(name, f(x, y), wanted, result, device, 4)
        check(name, f(x, one), Grid((4,), [f(p, one) for p in a]), result, device, 4)
        check(name, f(one, y), Grid((4,), [f(one, q) for q in b]), result, device, 4)
        if name not in PYTHONS_COMPARISONS:
            changed = x
            changed = getattr(operator, f"i{name}")(changed, y)
            assert changed is x
            check(f"{name}=", x, wanted, result, device, 4)


@covers("Tensor.__abs__", "Tensor.__invert__", "Tensor.__neg__", "Tensor.__pos__")
@covers(*dunders(["matmul"], "", "r", "i"))
@pytest.mark.parametrize("device", DEVICES)
def test_other_operators(device):
    x = tensor([3, -4, 0], "int8", device)
    for f in (operator.abs, operator.invert, operator.neg, operator.pos):
        check(f.__name__, f(x), Grid((3,), [f(v) for v in (3, -4, 0)]), "int8", device)
    flags = tensor([True, False], "bool", device)
    check("invert", ~flags, Grid((2,), [False, True]), "bool", device)
    check("and", flags & True, Grid((2,), [True, False]), "bool", device)
    a, b = tensor([[1, 2], [3, 4]], "int32", device), tensor([[5, 6], [7, 8]], "int32", device)
    wanted = Grid((2, 2), [19, 22, 43, 50])
    check("matmul", a @ b, wanted, "int32", device)
    check("rmatmul", b.__rmatmul__(a), wanted, "int32", device)
    a @= b
    check("imatmul", a, wanted, "int32", device)


@covers(*[f"Tensor.__{name}__" for name in ("bool", "int", "float", "complex", "index")])
@pytest.mark.parametrize("device", DEVICES)
def test_conversions_to_python(device):
    assert bool(tensor(True, "bool", device)) is True and bool(tensor(0, "int8", device)) is False
    for dtype in INTEGERS:
        for n in numbers(dtype):
            t = tensor(n, dtype, device)
            assert int(t) == operator.index(t) == n and type(int(t)) is int and bool(t) is bool(n)
    for x in (0.5, -0.0, float("inf"), -1.5e5):
        t = tensor(x, "float32", device)
        assert float(t) == x and type(float(t)) is float and complex(t) == x and bool(t) is bool(x)
    assert str(float(tensor(-0.0, "float32", device))) == "-0.0" and int(tensor(-2.75, "float32", device)) == -2
    assert complex(tensor(1.5 - 2j, "complex64", device)) == 1.5 - 2j
