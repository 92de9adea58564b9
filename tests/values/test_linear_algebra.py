"""Products against exact sums; solutions, decompositions and norms against mpmath's matrices."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import mpmath
import pytest

import apitensor as xp
from tests.reference import (
    COMPLEX,
    FLOATING,
    FORMATS,
    INF,
    INTEGERS,
    REAL,
    UNSIGNED,
    Grid,
    broadcast_shape,
    determinant,
    grid,
    kind_of,
    matrices,
    matrix,
    places,
    product,
    wrap,
)
from tests.values.checks import DEVICES, check, check_norm, covers, function, on_devices, tensor, values

# In eps times the largest element of the result. The matrices below have condition numbers below 100, which multiply
# the rounding errors of a stable algorithm; products of at most 5 terms lose less.
PRODUCT, STABLE = 8.0, 1000.0

on_floating = pytest.mark.parametrize(("device", "dtype"), on_devices(FLOATING))


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Grid:
    rng = random.Random(f"{shape}{seed}")
    kind = kind_of(dtype)
    if kind in "iu":
        low, high = bounds_of_small(dtype)
        return Grid.build(shape, lambda i: rng.randint(low, high))
    draw = lambda: rng.randint(-16, 16) / 8  # noqa: E731 - exact in both formats
    return Grid.build(shape, lambda i: complex(draw(), draw()) if kind == "c" else draw())


def bounds_of_small(dtype: str) -> tuple[int, int]:
    return (0, 100) if dtype in UNSIGNED else (-100, 100)


def dominant(shape: tuple[int, ...], dtype: str) -> Grid:
    """Matrices far from singular."""
    x = numbers(shape, dtype)
    return Grid.build(shape, lambda i: x[i] + (6 if i[-1] == i[-2] else 0))


def hermitian(shape: tuple[int, ...], dtype: str, definite: bool = False) -> Grid:
    x = dominant(shape, dtype) if definite else numbers(shape, dtype)
    return Grid.build(
        shape, lambda i: (x[i] + x[(*i[:-2], i[-1], i[-2])].conjugate()) / 2 + (4 if definite and i[-1] == i[-2] else 0)
    )


def real_of(dtype: str) -> str:
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def complex_of(dtype: str) -> str:
    return {"float32": "complex64", "float64": "complex128"}.get(dtype, dtype)


def stacked(stack: Grid, f: Any) -> Grid:
    """What `f` makes of every matrix of a stack, itself a stack."""
    found = matrices(stack).map(f)
    if not isinstance(found.flat[0], Grid):
        return found
    return Grid(found.shape + found.flat[0].shape, [v for g in found.flat for v in g.flat])


# ---- products


def matmul_model(a: Grid, b: Grid) -> Grid:
    left = Grid((1, *a.shape), a.flat) if a.ndim == 1 else a
    right = Grid((*b.shape, 1), b.flat) if b.ndim == 1 else b
    lead = broadcast_shape(left.shape[:-2], right.shape[:-2])
    left, right = left.broadcast((*lead, *left.shape[-2:])), right.broadcast((*lead, *right.shape[-2:]))
    m, k, n = *left.shape[-2:], right.shape[-1]
    out = Grid.build(
        (*lead, m, n), lambda i: sum(left[(*i[:-2], i[-2], j)] * right[(*i[:-2], j, i[-1])] for j in range(k))
    )
    shape = lead + (() if a.ndim == 1 else (m,)) + (() if b.ndim == 1 else (n,))
    return Grid(shape, out.flat)


def check_product(what: str, got: Any, wanted: Grid, dtype: str, device: str) -> None:
    if dtype in INTEGERS:
        check(what, got, wanted.map(lambda v: wrap(v, dtype)), dtype, device)
    else:
        number = complex if dtype in COMPLEX else float
        check_norm(what, got, wanted.map(number), dtype, device, PRODUCT)


@covers(
    "matmul",
    "linalg.matmul",
    "vecdot",
    "linalg.vecdot",
    "tensordot",
    "linalg.tensordot",
    "linalg.outer",
    "linalg.cross",
)
@pytest.mark.parametrize(("device", "dtype"), on_devices((*INTEGERS, *FLOATING)))
def test_products(device, dtype):
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 1, 2, 3), (5, 3, 2))]
    shapes += [((2, 0), (0, 3)), ((4, 2, 3), (3,)), ((0, 3), (3, 2))]
    for first, second in shapes:
        a, b = numbers(first, dtype), numbers(second, dtype, 1)
        for name in ("matmul", "linalg.matmul"):
            got = function(name)(tensor(a, dtype, device), tensor(b, dtype, device))
            check_product(f"matmul{first, second}", got, matmul_model(a, b), dtype, device)
    conj = (lambda v: v.conjugate()) if dtype in COMPLEX else (lambda v: v)
    for first, second, axis in [((3,), (3,), -1), ((2, 3), (2, 3), -2), ((4, 1, 3), (2, 3), -1)]:
        a, b = numbers(first, dtype), numbers(second, dtype, 1)
        common = broadcast_shape(first, second)
        u, v = a.broadcast(common), b.broadcast(common)
        terms = Grid.build(common, lambda i, u=u, v=v: conj(u[i]) * v[i])
        for name in ("vecdot", "linalg.vecdot"):
            got = function(name)(tensor(a, dtype, device), tensor(b, dtype, device), axis=axis)
            check_product("vecdot", got, terms.reduce([axis], sum), dtype, device)
    a, b = numbers((2, 3, 4), dtype), numbers((4, 3, 2), dtype, 1)
    t, u = tensor(a, dtype, device), tensor(b, dtype, device)
    for axes, left, right in [
        (0, [], []),
        (1, [2], [0]),
        (((2, 1), (0, 1)), [2, 1], [0, 1]),
        (((0,), (-1,)), [0], [2]),
    ]:
        frees = [[k for k in range(3) if k not in taken] for taken in (left, right)]
        sizes = [a.shape[k] for k in left]

        def element(i: Any, frees: Any = frees, left: Any = left, right: Any = right, sizes: Any = sizes) -> Any:
            total: Any = 0
            for j in places(sizes):
                p, q = [0] * 3, [0] * 3
                for k, v in zip(frees[0], i[: len(frees[0])], strict=True):
                    p[k] = v
                for k, v in zip(frees[1], i[len(frees[0]) :], strict=True):
                    q[k] = v
                for v, k, m in zip(j, left, right, strict=True):
                    p[k] = q[m] = v
                total += a[p] * b[q]
            return total

        wanted = Grid.build([a.shape[k] for k in frees[0]] + [b.shape[k] for k in frees[1]], element)
        for name in ("tensordot", "linalg.tensordot"):
            check_product(f"tensordot{axes}", function(name)(t, u, axes=axes), wanted, dtype, device)
    a, b = numbers((3,), dtype), numbers((4,), dtype, 1)
    got = xp.linalg.outer(tensor(a, dtype, device), tensor(b, dtype, device))
    check_product("outer", got, Grid.build((3, 4), lambda i: a.flat[i[0]] * b.flat[i[1]]), dtype, device)
    for first, second, axis in [((3,), (3,), -1), ((2, 3), (2, 3), -1), ((3, 4), (3, 4), -2)]:
        a, b = numbers(first, dtype), numbers(second, dtype, 1)
        k = axis % len(first)

        def component(i: Any, k: int = k, a: Grid = a, b: Grid = b) -> Any:
            p, q = ((*i[:k], (i[k] + s) % 3, *i[k + 1 :]) for s in (1, 2))
            return a[p] * b[q] - a[q] * b[p]

        got = xp.linalg.cross(tensor(a, dtype, device), tensor(b, dtype, device), axis=axis)
        check_product("cross", got, Grid.build(first, component), dtype, device)


@covers("linalg.trace")
@pytest.mark.parametrize(("device", "dtype"), on_devices((*INTEGERS, *FLOATING)))
def test_trace(device, dtype):
    x = numbers((2, 3, 4), dtype)
    wide = dtype if dtype in FLOATING else "uint64" if dtype in UNSIGNED else "int64"
    for offset in (-4, -1, 0, 2, 9):
        wanted = Grid.build(
            (2,), lambda i, k=offset: sum((x[(*i, r, r + k)] for r in range(3) if 0 <= r + k < 4), start=x.flat[0] * 0)
        )
        check_product("trace", xp.linalg.trace(tensor(x, dtype, device), offset=offset), wanted, wide, device)
    got = xp.linalg.trace(tensor(x, dtype, device), dtype=dtype)
    wanted = Grid.build((2,), lambda i: sum(x[(*i, r, r)] for r in range(3)))
    check_product("trace", got, wanted, dtype, device)


# ---- solutions


@covers("linalg.det", "linalg.slogdet", "linalg.inv", "linalg.solve", "linalg.matrix_power", "linalg.cholesky")
@on_floating
def test_solutions(device, dtype):
    for shape in [(1, 1), (2, 2), (4, 4), (2, 3, 3)]:
        x = dominant(shape, dtype)
        t = tensor(x, dtype, device)
        det = stacked(x, lambda m: determinant(m.map(mpmath.mpmathify)))
        check_norm("det", xp.linalg.det(t), det, dtype, device, STABLE)
        sign, logabs = xp.linalg.slogdet(t)
        check_norm("slogdet", sign, det.map(lambda v: v / abs(v)), dtype, device, STABLE)
        check_norm("slogdet", logabs, det.map(lambda v: mpmath.log(abs(v))), real_of(dtype), device, STABLE)
        inverse = stacked(x, lambda m: grid(matrix(m) ** -1))
        check_norm("inv", xp.linalg.inv(t), inverse, dtype, device, STABLE)
        n = shape[-1]
        b = numbers((*shape[:-1], 2), dtype, 1)
        wanted = Grid.build(
            b.shape, lambda i, v=inverse, b=b, n=n: sum(v[(*i[:-1], j)] * b[(*i[:-2], j, i[-1])] for j in range(n))
        )
        check_norm("solve", xp.linalg.solve(t, tensor(b, dtype, device)), wanted, dtype, device, STABLE)
        v = numbers((n,), dtype, 2)
        wanted = Grid.build(shape[:-1], lambda i, m=inverse, v=v, n=n: sum(m[(*i, j)] * v.flat[j] for j in range(n)))
        check_norm("solve", xp.linalg.solve(t, tensor(v, dtype, device)), wanted, dtype, device, STABLE)
        for power in (-2, -1, 0, 1, 2, 3, 5):
            wanted = stacked(x, lambda m, p=power: grid(matrix(m) ** p if p else mpmath.eye(m.shape[0])))
            check_norm("matrix_power", xp.linalg.matrix_power(t, power), wanted, dtype, device, STABLE)
        p = hermitian(shape, dtype, definite=True)
        lower = stacked(p, lambda m: grid(mpmath.cholesky(matrix(m))))
        check_norm("cholesky", xp.linalg.cholesky(tensor(p, dtype, device)), lower, dtype, device, STABLE)
        upper = Grid.build(shape, lambda i, v=lower: mpmath.conj(v[(*i[:-2], i[-1], i[-2])]))
        check_norm("cholesky", xp.linalg.cholesky(tensor(p, dtype, device), upper=True), upper, dtype, device, STABLE)
    singular = tensor([[1.0, 2.0], [2.0, 4.0]], dtype, device)
    assert xp.linalg.det(singular).tolist() == 0
    sign, logabs = xp.linalg.slogdet(singular)
    assert sign.tolist() == 0 and logabs.tolist() == -INF
    empty = tensor(Grid((0, 0), []), dtype, device)
    assert xp.linalg.det(empty).tolist() == 1 and xp.linalg.inv(empty).shape == (0, 0)


# ---- decompositions, by what defines them


def close_to(what: str, got: Grid, wanted: Grid, dtype: str) -> None:
    size = max([abs(v) for v in wanted.flat], default=0) or 1
    worst = max([abs(a - b) for a, b in zip(got.flat, wanted.flat, strict=True)], default=0)
    assert got.shape == wanted.shape and worst <= STABLE * FORMATS[dtype].eps * size, (
        f"{what}: off by {float(worst):.3g}"
    )


def eye(n: int) -> Grid:
    return Grid.build((n, n), lambda i: 1.0 if i[0] == i[1] else 0.0)


def adjoint(m: Grid) -> Grid:
    return Grid.build(m.shape[::-1], lambda i: m[i[::-1]].conjugate())


def diagonal(v: list[Any], m: int, n: int) -> Grid:
    return Grid.build((m, n), lambda i: v[i[0]] if i[0] == i[1] else 0.0)


def checked(t: Any, dtype: str, device: str) -> list[Grid]:
    """The matrices or vectors of a stack as exact numbers, once data type and device are right."""
    assert t.dtype == dtype and t.device == device
    g = values(t).map(mpmath.mpmathify)
    return g


@covers("linalg.qr", "linalg.svd", "linalg.svdvals")
@on_floating
def test_factors(device, dtype):
    for shape in [(3, 3), (4, 2), (2, 4), (2, 3, 2)]:
        x = numbers(shape, dtype)
        t = tensor(x, dtype, device)
        m, n = shape[-2:]
        singular = stacked(x, lambda a: Grid((min(a.shape),), sorted(singular_values(a), reverse=True)))
        check_norm("svdvals", xp.linalg.svdvals(t), singular, real_of(dtype), device, STABLE)
        for full in (False, True):
            q, r = (
                matrices(checked(v, dtype, device)) for v in xp.linalg.qr(t, mode="complete" if full else "reduced")
            )
            u, s, vh = xp.linalg.svd(t, full_matrices=full)
            check_norm("svd", s, singular, real_of(dtype), device, STABLE)
            u, vh = matrices(checked(u, dtype, device)), matrices(checked(vh, dtype, device))
            width = m if full else min(m, n)
            for i in places(shape[:-2]):
                original = matrices(x)[i]
                assert q[i].shape == (m, width) and r[i].shape == (width, n)
                close_to("q r", product(q[i], r[i]), original, dtype)
                close_to("q* q", product(adjoint(q[i]), q[i]), eye(width), dtype)
                assert all(r[i][k] == 0 for k in places(r[i].shape) if k[0] > k[1])
                assert u[i].shape == (m, width) and vh[i].shape == (n if full else min(m, n), n)
                middle = diagonal([singular[(*i, k)] for k in range(min(m, n))], u[i].shape[1], vh[i].shape[0])
                close_to("u s v*", product(product(u[i], middle), vh[i]), original, dtype)
                close_to("u* u", product(adjoint(u[i]), u[i]), eye(width), dtype)
                close_to("v* v", product(vh[i], adjoint(vh[i])), eye(vh[i].shape[0]), dtype)


def singular_values(a: Grid) -> list[Any]:
    return list(
        (mpmath.svd_c if any(isinstance(v, complex) for v in a.flat) else mpmath.svd_r)(matrix(a), compute_uv=False)
    )


@covers("linalg.eigh", "linalg.eigvalsh", "linalg.eig", "linalg.eigvals")
@on_floating
def test_eigenvalues(device, dtype):
    for shape in [(1, 1), (3, 3), (2, 4, 4)]:
        x = hermitian(shape, dtype)
        t = tensor(x, dtype, device)
        n = shape[-1]
        solver = mpmath.eighe if dtype in COMPLEX else mpmath.eigsy
        wanted = stacked(x, lambda a, f=solver: Grid((a.shape[0],), sorted(f(matrix(a), eigvals_only=True))))
        check_norm("eigvalsh", xp.linalg.eigvalsh(t), wanted, real_of(dtype), device, STABLE)
        w, v = xp.linalg.eigh(t)
        check_norm("eigh", w, wanted, real_of(dtype), device, STABLE)
        v = matrices(checked(v, dtype, device))
        for i in places(shape[:-2]):
            scaled = product(v[i], diagonal([wanted[(*i, k)] for k in range(n)], n, n))
            close_to("v w v*", product(scaled, adjoint(v[i])), matrices(x)[i], dtype)
            close_to("v* v", product(adjoint(v[i]), v[i]), eye(n), dtype)
        y = numbers(shape, dtype, 3)
        t = tensor(y, dtype, device)
        result = complex_of(dtype)
        w, v = xp.linalg.eig(t)
        w, v = checked(w, result, device), matrices(checked(v, result, device))
        only = checked(xp.linalg.eigvals(t), result, device)
        for i in places(shape[:-2]):
            a = matrices(y)[i].map(mpmath.mpmathify)
            exact = mpmath.eig(matrix(a), left=False, right=False) if n > 1 else a.flat
            for found in (w, only):
                mine = [found[(*i, k)] for k in range(n)]
                # In some order: the one that fits best.
                error = min(
                    max(abs(p - q) for p, q in zip(order, exact, strict=True)) for order in itertools.permutations(mine)
                )
                assert error <= 10 * STABLE * FORMATS[dtype].eps * max(map(abs, exact))
            scaled = product(v[i], diagonal([w[(*i, k)] for k in range(n)], n, n))
            close_to("a v", product(a, v[i]), scaled, dtype)
            assert all(
                abs(sum(abs(v[i][r, k]) ** 2 for r in range(n)) - 1) < STABLE * FORMATS[dtype].eps for k in range(n)
            )


@covers("linalg.pinv", "linalg.matrix_rank")
@on_floating
def test_pseudo_inverses(device, dtype):
    for shape in [(3, 3), (4, 2), (2, 4), (2, 3, 2)]:
        x = numbers(shape, dtype)

        def pseudo(a: Grid) -> Grid:
            m = matrix(a)
            h = m.transpose_conj()
            return grid((h * m) ** -1 * h if m.rows >= m.cols else h * (m * h) ** -1)

        check_norm("pinv", xp.linalg.pinv(tensor(x, dtype, device)), stacked(x, pseudo), dtype, device, 10 * STABLE)
        ranks = xp.linalg.matrix_rank(tensor(x, dtype, device))
        assert set(values(ranks).flat) == {min(shape[-2:])} and ranks.shape == shape[:-2]
    one = tensor([[1.0, 2.0], [2.0, 4.0]], dtype, device)  # rank 1: its pseudo-inverse is itself divided by 25
    wanted = Grid((2, 2), [mpmath.mpf(k) / 25 for k in (1, 2, 2, 4)])
    check_norm("pinv", xp.linalg.pinv(one), wanted, dtype, device, STABLE)
    assert xp.linalg.matrix_rank(one).tolist() == 1
    assert xp.linalg.matrix_rank(tensor([[0.0, 0.0]], dtype, device)).tolist() == 0
    scaled = tensor([[1.0, 0.0], [0.0, 0.01]], dtype, device)
    assert [xp.linalg.matrix_rank(scaled, rtol=r).tolist() for r in (0.001, 0.1)] == [2, 1]
    cut = Grid((2, 2), [1.0, 0.0, 0.0, 0.0])
    check_norm("pinv", xp.linalg.pinv(scaled, rtol=0.1), cut, dtype, device, STABLE)


# ---- norms


def vector_norm(line: list[Any], order: Any) -> Any:
    sizes = [abs(mpmath.mpmathify(v)) for v in line]
    if order == 0:
        return mpmath.mpf(sum(v != 0 for v in sizes))
    if math.isinf(order):
        return max(sizes) if order > 0 else min(sizes)
    if order < 0 and 0 in sizes:
        return mpmath.mpf(0)
    return mpmath.fsum(v**order for v in sizes) ** (mpmath.mpf(1) / order)


def matrix_norm(a: Grid, order: Any) -> Any:
    sizes = a.map(lambda v: abs(mpmath.mpmathify(v)))
    if order == "fro":
        return mpmath.sqrt(mpmath.fsum(v**2 for v in sizes.flat))
    if order in ("nuc", 2, -2):
        s = singular_values(a)
        return mpmath.fsum(s) if order == "nuc" else max(s) if order == 2 else min(s)
    sums = sizes.reduce([0 if abs(order) == 1 else 1], mpmath.fsum).flat
    return max(sums) if order > 0 else min(sums)


@covers("linalg.vector_norm", "linalg.matrix_norm")
@on_floating
def test_norms(device, dtype):
    x = numbers((2, 3, 4), dtype)
    x.flat[5] = x.flat[5] * 0
    t = tensor(x, dtype, device)
    real = real_of(dtype)
    for order in (2, 1, 0, 3, 2.5, 0.5, -1, -2, INF, -INF):
        for axis in (None, 0, -1, (0, 2), (1, 2)):
            for keepdims in (False, True):
                axes = range(3) if axis is None else axis if isinstance(axis, tuple) else [axis]
                wanted = x.reduce(axes, lambda v, p=order: vector_norm(v, p), keepdims)
                got = xp.linalg.vector_norm(t, axis=axis, ord=order, keepdims=keepdims)
                check_norm(f"vector_norm{order, axis}", got, wanted, real, device, 64)
    assert xp.linalg.vector_norm(tensor([0.0, 0.0], dtype, device)).tolist() == 0.0
    for shape in [(3, 4), (2, 3, 3), (1, 1)]:
        x = numbers(shape, dtype)
        for order in ("fro", "nuc", 1, -1, 2, -2, INF, -INF):
            wanted = matrices(x).map(lambda m, p=order: matrix_norm(m, p))
            got = xp.linalg.matrix_norm(tensor(x, dtype, device), ord=order)
            check_norm(f"matrix_norm{order}", got, wanted, real, device, STABLE)
            got = xp.linalg.matrix_norm(tensor(x, dtype, device), ord=order, keepdims=True)
            assert got.shape == (*shape[:-2], 1, 1) and got.dtype == real


def test_the_references_agree():
    """Expansion and elimination give the same determinant, to 50 digits."""
    x = numbers((4, 4), "complex128").map(mpmath.mpmathify)
    assert abs(determinant(x) - mpmath.det(matrix(x))) < 1e-40
    assert set(REAL) < set(FLOATING) and DEVICES
