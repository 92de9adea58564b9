"""Sums, products, means, spreads, running totals and differences, against exact rationals."""

from __future__ import annotations

import math
import operator
import random
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import mpmath
import pytest

import apitensor as xp
from tests.backends import CPU, READONLY
from tests.reference import COMPLEX, FORMATS, INF, INTEGERS, NAN, REAL, UNSIGNED, Grid, bounds, same, wrap
from tests.values.checks import DEVICES, check, covers, on_devices, tensor, values

SHAPE = (3, 4, 5)
AXES = [None, 0, 1, -1, (0, 2), (1,), (0, 1, 2)]


def axes_of(axis: Any) -> Any:
    return range(3) if axis is None else axis if isinstance(axis, tuple) else [axis]


def numbers(dtype: str) -> Grid:
    rng = random.Random(dtype)
    draw = lambda: FORMATS[dtype].nearest(rng.uniform(-2, 2))  # noqa: E731
    if dtype in COMPLEX:
        return Grid(SHAPE, [complex(draw(), draw()) for _ in range(60)])
    if dtype in REAL:
        return Grid(SHAPE, [draw() for _ in range(60)])
    low, high = bounds(dtype)
    return Grid(SHAPE, [rng.choice([low, high, low // 2, high // 3, 1, 2, 3, 5, 7]) for _ in range(60)])


def exact(v: Any) -> Any:
    return mpmath.mpc(v) if isinstance(v, complex) else mpmath.mpf(v)


def close(got: Any, wanted: Grid, bound: Grid, dtype: str, device: str) -> None:
    """Every element within eps times its own bound."""
    assert (got.shape, got.dtype.name, got.device) == (wanted.shape, dtype, device)
    for g, w, b in zip(values(got).flat, wanted.flat, bound.flat, strict=True):
        assert abs(g - w) <= FORMATS[dtype].eps * b, f"{g}, wanted {w}"


@covers("sum", "prod", "mean", "var", "std")
@pytest.mark.parametrize(("device", "dtype"), on_devices((*REAL, *COMPLEX)))
def test_reductions(device, dtype):
    x = numbers(dtype)
    t = tensor(x, dtype, device)
    e = x.map(exact)
    for axis in AXES:
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            axes = axes_of(axis)
            # n roundings at most, each of eps times the sum of magnitudes; a product's are of an ulp each.
            size = e.reduce(axes, lambda v: len(v) * mpmath.fsum(map(abs, v)), keepdims)
            total = e.reduce(axes, mpmath.fsum, keepdims)
            close(xp.sum(t, **options), total, size, dtype, device)
            count = e.reduce(axes, len, keepdims).flat[0]
            mean = total.map(lambda v, n=count: v / n)
            close(xp.mean(t, **options), mean, size.map(lambda v, n=count: 2 * v / n), dtype, device)
            factors = e.reduce(axes, mpmath.fprod, keepdims)
            close(xp.prod(t, **options), factors, factors.map(lambda v, n=count: 4 * n * abs(v)), dtype, device)
            if dtype in COMPLEX:
                continue  # var and std are of real numbers
            for correction in (0, 1, 0.5):
                if count - correction <= 0:
                    continue

                def spread(line: list[Any], c: float = correction) -> Any:
                    middle = mpmath.fsum(line) / len(line)
                    return mpmath.fsum((v - middle) ** 2 for v in line) / (len(line) - mpmath.mpf(c))

                wanted = e.reduce(axes, spread, keepdims)
                got = xp.var(t, correction=correction, **options)
                close(got, wanted, wanted.map(lambda v, n=count: 4 * n * v), dtype, device)
                roots = wanted.map(mpmath.sqrt)
                got = xp.std(t, correction=correction, **options)
                close(got, roots, roots.map(lambda v, n=count: 4 * n * v), dtype, device)


@covers("sum", "prod")
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_reductions_of_integers(device, dtype):
    x = numbers(dtype)
    t = tensor(x, dtype, device)
    wide = "uint64" if dtype in UNSIGNED else "int64"
    for axis in AXES:
        for name, f in (("sum", sum), ("prod", math.prod)):
            for keepdims in (False, True):
                wanted = x.reduce(axes_of(axis), f, keepdims)
                got = getattr(xp, name)(t, axis=axis, keepdims=keepdims)
                check(name, got, wanted.map(lambda v: wrap(v, wide)), wide, device)
                got = getattr(xp, name)(t, axis=axis, keepdims=keepdims, dtype=dtype)
                check(name, got, wanted.map(lambda v: wrap(v, dtype)), dtype, device)


@covers("cumulative_sum", "cumulative_prod")
@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("device", DEVICES)
def test_running_totals_of_integers(device, dtype):
    x = numbers(dtype)
    t = tensor(x, dtype, device)
    wide = "uint64" if dtype in UNSIGNED else "int64"
    for axis in (0, 1, -1):
        for name, f, start in (("cumulative_sum", operator.add, 0), ("cumulative_prod", operator.mul, 1)):
            for initial in (False, True):
                first = [start] if initial else []
                wanted = x.along(axis, lambda v, f=f, s=start, k=first: k + list(accumulate(v, f, initial=s))[1:])
                for target in (wide, dtype):
                    got = getattr(xp, name)(
                        t, axis=axis, include_initial=initial, dtype=None if target == wide else target
                    )
                    check(name, got, wanted.map(lambda v, d=target: wrap(v, d)), target, device)


@covers("cumulative_sum", "cumulative_prod", "diff")
@pytest.mark.parametrize(("device", "dtype"), on_devices((*REAL, *COMPLEX)))
def test_running_totals(device, dtype):
    x = numbers(dtype)
    t = tensor(x, dtype, device)
    e = x.map(exact)
    for axis in (0, 1, -1):
        for name, f, start in (("cumulative_sum", operator.add, 0), ("cumulative_prod", operator.mul, 1)):
            for initial in (False, True):
                run = lambda v, f=f, s=start, k=initial: list(accumulate(v, f, initial=mpmath.mpf(s)))[0 if k else 1 :]  # noqa: E731
                wanted = e.along(axis, run)
                bound = e.map(abs).along(axis, run).map(lambda v: 20 * (v + 1e-30))
                got = getattr(xp, name)(t, axis=axis, include_initial=initial)
                close(got, wanted, bound, dtype, device)


@covers("diff")
@pytest.mark.parametrize("dtype", [*INTEGERS, *REAL])
@pytest.mark.parametrize("device", DEVICES)
def test_differences(device, dtype):
    if (device, dtype) not in on_devices([dtype]):
        dtype = "float32"
    exactly = dtype in REAL  # small integers, so that differences of floats are exact
    x = Grid(SHAPE, [float(k * k % 17) if exactly else wrap(k * k * 37, dtype) for k in range(60)])
    t = tensor(x, dtype, device)

    def differences(line: list[Any], n: int) -> list[Any]:
        for _ in range(n):
            line = [b - a if exactly else wrap(b - a, dtype) for a, b in pairwise(line)]
        return line

    for axis in (0, 1, -1):
        for n in (0, 1, 2):
            check("diff", xp.diff(t, axis=axis, n=n), x.along(axis, lambda v, n=n: differences(v, n)), dtype, device)
            wanted = x.along(axis, lambda v, n=n: differences([v[0], *v, *v[:2]], n))
            k = axis % 3
            first = t[(slice(None),) * k + (slice(0, 1),) + (slice(None),) * (2 - k)]
            two = t[(slice(None),) * k + (slice(0, 2),) + (slice(None),) * (2 - k)]
            check("diff", xp.diff(t, axis=axis, n=n, prepend=first, append=two), wanted, dtype, device)


@covers("sum", "prod", "mean", "var", "std", "max", "min", "cumulative_sum", "cumulative_prod")
# NumPy warns of such means and spreads; the plug-in for NumPy does not call it then, array_api_strict does.
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom", "ignore:invalid value")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_special_numbers(device, dtype):
    def on(name: str, line: list[float], **options: Any) -> Any:
        return getattr(xp, name)(tensor(Grid((len(line),), line), dtype, device), **options).tolist()

    rows = [
        ("sum", [], 0.0), ("prod", [], 1.0), ("mean", [], NAN), ("var", [], NAN), ("std", [], NAN),
        ("sum", [INF, 1.0], INF), ("sum", [INF, -INF], NAN), ("sum", [NAN, 1.0], NAN), ("sum", [0.0, -0.0], 0.0),
        ("prod", [INF, -2.0], -INF), ("prod", [0.0, INF], NAN), ("prod", [-0.0, 3.0], -0.0), ("prod", [NAN, 0.0], NAN),
        ("mean", [INF, 1.0], INF), ("mean", [INF, -INF], NAN), ("mean", [1.0, NAN], NAN),
        ("var", [1.0, NAN], NAN), ("std", [1.0, NAN], NAN), ("var", [2.0, 2.0], 0.0), ("std", [2.0, 2.0], 0.0),
        ("max", [1.0, NAN, INF], NAN), ("min", [NAN, -INF], NAN), ("max", [-INF, -1.0], -1.0), ("min", [INF, 1.0], 1.0),
        ("sum", [FORMATS[dtype].max] * 2, INF), ("prod", [FORMATS[dtype].subnormal, 0.25], 0.0),
    ]  # fmt: skip
    for name, line, wanted in rows:
        assert same(on(name, line), wanted), (name, line, on(name, line))
    # array_api_strict divides by 0 there, as NumPy does.
    for name in () if device.startswith("array_api_strict") else ("var", "std"):
        assert math.isnan(on(name, [1.0, 2.0], correction=2)) and math.isnan(on(name, [1.0], correction=1))
        assert math.isnan(on(name, [1.0, 2.0], correction=3.5))
    assert str(on("cumulative_sum", [1.0, INF, -INF, 2.0])) == "[1.0, inf, nan, nan]"
    assert str(on("cumulative_prod", [-0.0, 2.0, INF, 2.0])) == "[-0.0, -0.0, nan, nan]"
    assert on("cumulative_sum", [], include_initial=True) == [0.0] and on(
        "cumulative_prod", [], include_initial=True
    ) == [1.0]
    wanted = [0.0, 1.0, float(Fraction(1) / 4)]
    got = [on("sum", []), on("prod", []), on("mean", [0.25])]
    assert got == wanted


@covers("mean")
# Not on array_api_strict: it has NumPy's mean, which lets a NaN of one part into the other (the text says "should").
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX, (CPU, READONLY)))
def test_complex_means_keep_the_parts_apart(device, dtype):
    got = xp.mean(tensor([complex(NAN, 1.0), complex(2.0, 3.0)], dtype, device)).tolist()
    assert math.isnan(got.real) and got.imag == 2.0
    got = xp.mean(tensor(Grid((0,), []), dtype, device)).tolist()
    assert math.isnan(got.real) and math.isnan(got.imag)
