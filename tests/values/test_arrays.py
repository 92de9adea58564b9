"""Functions that move, pick, order and count elements, against models over Python lists."""

from __future__ import annotations

import bisect
import itertools
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import apitensor as xp
from apitensor._core.backend import default_device
from tests.backends import has_double
from tests.reference import (
    DTYPES,
    FORMATS,
    INF,
    INTEGERS,
    NAN,
    REAL,
    Grid,
    bounds,
    broadcast_shape,
    index,
    kind_of,
    promote,
    same,
    true_places,
    wrap,
)
from tests.values.checks import DEVICES, check, covers, on_devices, tensor, values

# One data type of every kind and size of element: what moves elements does not look at them.
KINDS = ("bool", "int8", "uint16", "float32", "int64", "complex64", "float64", "complex128")
on_kinds = pytest.mark.parametrize(("device", "dtype"), on_devices(KINDS))


def sample(shape: tuple[int, ...], dtype: str) -> Grid:
    """Elements that are all different, as far as the data type lets them."""
    kind = kind_of(dtype)
    make = {"b": lambda k: k % 3 == 0, "c": lambda k: complex(k, 0.5 - k), "f": lambda k: k - 1.5}.get(
        kind, lambda k: k
    )
    return Grid.count(shape).map(make)


def picked(x: Grid, shape: Any, source: Any) -> Grid:
    """The array whose element at `i` is the one of `x` at `source(i)`."""
    return Grid.build(shape, lambda i: x[source(i)])


# ---- manipulation

SHAPES = [(2, 3, 4), (3, 1), (5,), (), (0,), (2, 0, 3)]


@covers("broadcast_to", "broadcast_arrays", "broadcast_shapes")
@on_kinds
def test_broadcasting(device, dtype):
    for shape, target in [((3, 1), (2, 3, 4)), ((), (2, 2)), ((4,), (4,)), ((1,), (0,)), ((2, 1, 3), (2, 5, 3))]:
        x = sample(shape, dtype)
        check("broadcast_to", xp.broadcast_to(tensor(x, dtype, device), target), x.broadcast(target), dtype, device)
    for shapes in [((3, 1), (4,), ()), ((0, 1), (1, 3)), ((2, 3),)]:
        grids = [sample(s, dtype) for s in shapes]
        common = broadcast_shape(*shapes)
        assert xp.broadcast_shapes(*shapes) == common
        for got, g in zip(xp.broadcast_arrays(*[tensor(g, dtype, device) for g in grids]), grids, strict=True):
            check("broadcast_arrays", got, g.broadcast(common), dtype, device)
    assert xp.broadcast_shapes() == ()


@covers("concat", "stack", "unstack")
@on_kinds
def test_joining(device, dtype):
    a, b, c = sample((2, 3), dtype), sample((4, 3), dtype), sample((0, 3), dtype)
    t = [tensor(g, dtype, device) for g in (a, b, c)]
    check("concat", xp.concat(t), Grid((6, 3), a.flat + b.flat), dtype, device)
    check("concat", xp.concat(t, axis=None), Grid((18,), a.flat + b.flat), dtype, device)
    wide = picked(a, (2, 6), lambda i: (i[0], i[1] % 3))
    check("concat", xp.concat([t[0], t[0]], axis=-1), wide, dtype, device)
    d = a.map(lambda v: not v if dtype == "bool" else v + v)
    u = [t[0], tensor(d, dtype, device)]
    for axis in (0, 1, 2, -1):
        place = axis % 3
        wanted = Grid.build(
            (*a.shape[:place], 2, *a.shape[place:]), lambda i, p=place: (a, d)[i[p]][(*i[:p], *i[p + 1 :])]
        )
        got = xp.stack(u, axis=axis)
        check("stack", got, wanted, dtype, device)
        parts = xp.unstack(got, axis=axis)
        assert isinstance(parts, tuple) and len(parts) == 2
        check("unstack", parts[0], a, dtype, device)
        check("unstack", parts[1], d, dtype, device)


@covers(
    "reshape",
    "expand_dims",
    "squeeze",
    "flip",
    "permute_dims",
    "moveaxis",
    "matrix_transpose",
    "linalg.matrix_transpose",
)
@covers("Tensor.T", "Tensor.mT")
@on_kinds
def test_rearranging(device, dtype):
    x = sample((2, 3, 4), dtype)
    t = tensor(x, dtype, device)
    for shape in [(6, 4), (24,), (4, 3, 2), (2, -1), (1, 24, 1)]:
        got = xp.reshape(t, shape)
        check("reshape", got, Grid(tuple(24 // 2 if n == -1 else n for n in shape), x.flat), dtype, device)
    check("reshape", xp.reshape(tensor(sample((2, 0), dtype), dtype, device), (0, 7)), Grid((0, 7), []), dtype, device)
    check("reshape", xp.reshape(tensor(sample((1, 1), dtype), dtype, device), ()), sample((), dtype), dtype, device)
    for axes in itertools.permutations(range(3)):
        wanted = picked(x, [x.shape[a] for a in axes], lambda i, axes=axes: [i[axes.index(k)] for k in range(3)])
        check("permute_dims", xp.permute_dims(t, axes), wanted, dtype, device)
    for f in (xp.matrix_transpose, xp.linalg.matrix_transpose, lambda t: t.mT):
        check("matrix_transpose", f(t), picked(x, (2, 4, 3), lambda i: (i[0], i[2], i[1])), dtype, device)
    check("T", xp.reshape(t, (6, 4)).T, picked(Grid((6, 4), x.flat), (4, 6), lambda i: (i[1], i[0])), dtype, device)
    check("moveaxis", xp.moveaxis(t, 0, -1), picked(x, (3, 4, 2), lambda i: (i[2], i[0], i[1])), dtype, device)
    check(
        "moveaxis", xp.moveaxis(t, (0, 1), (-1, 0)), picked(x, (3, 4, 2), lambda i: (i[2], i[0], i[1])), dtype, device
    )
    for axis, flipped in [(None, (0, 1, 2)), (0, (0,)), (-1, (2,)), ((0, 2), (0, 2)), ((), ())]:
        wanted = picked(x, x.shape, lambda i, f=flipped: [x.shape[k] - 1 - v if k in f else v for k, v in enumerate(i)])
        check("flip", xp.flip(t, axis=axis), wanted, dtype, device)
    for axis, shape in [(0, (1, 2, 3, 4)), (-1, (2, 3, 4, 1)), (1, (2, 1, 3, 4)), ((0, -1), (1, 2, 3, 4, 1))]:
        got = xp.expand_dims(t, axis=axis)
        check("expand_dims", got, Grid(shape, x.flat), dtype, device)
        check("squeeze", xp.squeeze(got, axis), x, dtype, device)


@covers("roll", "tile", "repeat")
@on_kinds
def test_repeating(device, dtype):
    x = sample((2, 3), dtype)
    t = tensor(x, dtype, device)
    for shift in (0, 1, -2, 7):
        wanted = Grid(x.shape, [x.flat[(k - shift) % 6] for k in range(6)])
        check("roll", xp.roll(t, shift), wanted, dtype, device)
    for shift, axis in [(1, 0), (-4, 1), ((1, 2), (0, 1)), ((1, 1), (1, 1)), (5, -1), ((2, 3), (-1, 0))]:
        moves = [0, 0]
        pairs = zip(shift, axis, strict=True) if isinstance(axis, tuple) else [(shift, axis)]
        for s, a in pairs:
            moves[a] += s
        wanted = picked(x, x.shape, lambda i, m=moves: [(i[k] - m[k]) % x.shape[k] for k in range(2)])
        check("roll", xp.roll(t, shift, axis=axis), wanted, dtype, device)
    for times, shape in [((2,), (2, 6)), ((3, 1), (6, 3)), ((2, 1, 2), (2, 2, 6)), ((0, 2), (0, 6)), ((), (2, 3))]:
        wanted = picked(x, shape, lambda i: (i[-2] % 2, i[-1] % 3))
        check("tile", xp.tile(t, times), wanted, dtype, device)
    check("repeat", xp.repeat(t, 2), Grid((12,), [v for v in x.flat for _ in range(2)]), dtype, device)
    check("repeat", xp.repeat(t, 0, axis=0), Grid((0, 3), []), dtype, device)
    for counts in ([2, 0, 3], [1, 1, 1]):
        source = [k for k, n in enumerate(counts) for _ in range(n)]
        wanted = picked(x, (2, len(source)), lambda i, s=source: (i[0], s[i[1]]))
        for kind in ("int64", "int8", "uint64"):
            if kind == "uint64" and device.startswith("array_api_strict"):
                continue  # NumPy takes no uint64 counts, and array_api_strict passes them on
            check("repeat", xp.repeat(t, tensor(counts, kind, device), axis=1), wanted, dtype, device)
    wanted = picked(x, (6, 3), lambda i: (i[0] // 3, i[1]))
    check("repeat", xp.repeat(t, tensor([3], "int64", device), axis=-2), wanted, dtype, device)


@covers("tril", "triu", "meshgrid", "linalg.diagonal")
@on_kinds
def test_triangles_and_grids(device, dtype):
    zero = {"b": False, "f": 0.0, "c": 0j}.get(kind_of(dtype), 0)
    for shape in [(3, 4), (2, 4, 3), (1, 1), (0, 2)]:
        x = sample(shape, dtype)
        t = tensor(x, dtype, device)
        for k in (-5, -2, -1, 0, 1, 3, 9):
            low = Grid.build(shape, lambda i, k=k, x=x: x[i] if i[-1] - i[-2] <= k else zero)
            high = Grid.build(shape, lambda i, k=k, x=x: x[i] if i[-1] - i[-2] >= k else zero)
            check("tril", xp.tril(t, k=k), low, dtype, device)
            check("triu", xp.triu(t, k=k), high, dtype, device)
            n = max(0, min(shape[-2] + min(k, 0), shape[-1] - max(k, 0)))
            wanted = picked(x, (*shape[:-2], n), lambda i, k=k: (*i[:-1], i[-1] - min(k, 0), i[-1] + max(k, 0)))
            check("diagonal", xp.linalg.diagonal(t, offset=k), wanted, dtype, device)
    if dtype == "bool":
        return  # meshgrid takes numbers
    vectors = [sample((n,), dtype) for n in (2, 3, 4)]
    t = [tensor(v, dtype, device) for v in vectors]
    for n in (1, 2, 3):
        for indexing in ("xy", "ij"):
            shape = [v.shape[0] for v in vectors[:n]]
            order = list(range(n))
            if indexing == "xy" and n > 1:
                shape[:2], order[:2] = shape[1::-1], [1, 0]
            got = xp.meshgrid(*t[:n], indexing=indexing)
            assert isinstance(got, tuple) and len(got) == n
            for k in range(n):
                wanted = picked(vectors[k], shape, lambda i, a=order[k]: (i[a],))
                check("meshgrid", got[k], wanted, dtype, device)


# ---- indexing

KEYS = [
    (), 0, -1, slice(None), slice(1, None), slice(None, None, -1), ..., None,
    (1, 2, 3), (slice(None), slice(2, 0, -1), slice(3, None, -2)), (slice(2, 1), ...), (0, slice(None), -1),
    (slice(None), slice(0, 2)), (..., 1), (1, ...), (None, 0, ..., None), (..., slice(None, None, 2)),
    (slice(-1, None), slice(-3, 3), slice(None, None, 3)), (0, None, slice(1, 1)),
]  # fmt: skip
ARRAY_KEYS = [
    (Grid((3,), [0, 1, 0]), Grid((3,), [2, -1, 0]), Grid((3,), [3, 0, -4])),
    (Grid((2, 1), [0, 1]), Grid((3,), [2, 1, 0]), Grid((), [1])),
    (1, Grid((2,), [0, -1]), Grid((2,), [3, 3])),
]
# Beyond the standard, as NumPy has them; array_api_strict refuses these.
NUMPYS_KEYS = [
    (slice(3, 0, -2), slice(5, 1), slice(-10, 10)),
    Grid((4,), [1, 0, 0, -1]),
    (slice(None), Grid((2, 2), [0, 1, 2, 0])),
    (Grid((2,), [0, 1]), slice(None), Grid((2,), [3, 0])),
    (0, slice(1, None), Grid((2,), [3, 3])),
    (..., Grid((3,), [1, 2, 3])),
]


SHORT_KEYS = [
    key for key in KEYS if key is not ... and (not isinstance(key, tuple) or (len(key) < 3 and ... not in key))
]


def key_of(key: Any, device: str) -> Any:
    parts = [
        tensor(p, "int64", device) if isinstance(p, Grid) else p for p in (key if isinstance(key, tuple) else (key,))
    ]
    return tuple(parts) if isinstance(key, tuple) else parts[0]


def keys_for(device: str) -> list[Any]:
    return KEYS + ARRAY_KEYS + ([] if device.startswith("array_api_strict") else NUMPYS_KEYS)


@covers("Tensor.__getitem__", "Tensor.__setitem__")
@on_kinds
def test_indexing(device, dtype):
    x = sample((2, 3, 4), dtype)
    place = Grid.count(x.shape)
    for key in keys_for(device):
        if device.startswith("array_api_strict") and key in SHORT_KEYS:
            # The letter of the standard: as many indices as dimensions, or an ellipsis.
            full = (*(key if isinstance(key, tuple) else (key,)), ...)
        else:
            full = key
        wanted = index(x, full)
        check(f"x[{key}]", tensor(x, dtype, device)[key_of(full, device)], wanted, dtype, device)
        if device.startswith("array_api_strict") and (full in ARRAY_KEYS or (isinstance(full, tuple) and None in full)):
            continue  # it assigns neither to new axes nor by integer arrays
        hit = index(place, full)
        # Assignment of one number, and of an array where no position occurs twice.
        new = {"b": True, "f": -99.0, "c": -99j}.get(kind_of(dtype), 99)
        t = tensor(x, dtype, device)
        t[key_of(full, device)] = new
        changed = Grid(x.shape, [new if k in hit.flat else v for k, v in enumerate(x.flat)])
        check(f"x[{key}] = number", t, changed, dtype, device)
        if len(set(hit.flat)) == len(hit.flat):
            fresh = sample(hit.shape, dtype)
            t = tensor(x, dtype, device)
            t[key_of(full, device)] = tensor(fresh, dtype, device)
            table = dict(zip(hit.flat, fresh.flat, strict=True))
            changed = Grid(x.shape, [table.get(k, v) for k, v in enumerate(x.flat)])
            check(f"x[{key}] = array", t, changed, dtype, device)


@covers("Tensor.__getitem__", "Tensor.__setitem__")
@on_kinds
def test_masks(device, dtype):
    x = sample((2, 3), dtype)
    new = {"b": True, "f": -99.0, "c": -99j}.get(kind_of(dtype), 99)
    for flags in ([True, False, False, True, True, False], [False] * 6, [True] * 6):
        mask = Grid(x.shape, flags)
        t, m = tensor(x, dtype, device), tensor(mask, "bool", device)
        wanted = [v for v, f in zip(x.flat, flags, strict=True) if f]
        check("x[mask]", t[m], Grid((len(wanted),), wanted), dtype, device)
        t[m] = new
        check(
            "x[mask] = number",
            t,
            Grid(x.shape, [new if f else v for v, f in zip(x.flat, flags, strict=True)]),
            dtype,
            device,
        )
    for flag in (True, False):
        t = tensor(2, "int8", device)[tensor(flag, "bool", device)]
        assert t.tolist() == [2] * flag


@covers("take", "take_along_axis")
@on_kinds
def test_take(device, dtype):
    x = sample((2, 3, 4), dtype)
    t = tensor(x, dtype, device)
    for axis in (0, 1, 2, -1):
        a = axis % 3
        n = x.shape[a]
        for where in ([0], [n - 1, 0, 0], []):
            i64 = tensor(Grid((len(where),), where), "int64", device)
            shape = (*x.shape[:a], len(where), *x.shape[a + 1 :])
            wanted = picked(x, shape, lambda i, a=a, w=where: (*i[:a], w[i[a]], *i[a + 1 :]))
            check("take", xp.take(t, i64, axis=axis), wanted, dtype, device)
        indices = Grid.build((*x.shape[:a], 2, *x.shape[a + 1 :]), lambda i, n=n: (sum(i) * 5) % n)
        wanted = Grid.build(indices.shape, lambda i, a=a, k=indices: x[(*i[:a], k[i], *i[a + 1 :])])
        got = xp.take_along_axis(t, tensor(indices, "int64", device), axis=axis)
        check("take_along_axis", got, wanted, dtype, device)
    v = sample((5,), dtype)
    got = xp.take(tensor(v, dtype, device), tensor([4, 1, 1], "int64", device))
    check("take", got, Grid((3,), [v.flat[k] for k in (4, 1, 1)]), dtype, device)


# ---- sorting, searching, sets


def numbers_with_ties(dtype: str, n: int, seed: int) -> list[Any]:
    rng = random.Random(seed)
    if dtype == "bool":
        return [rng.random() < 0.5 for _ in range(n)]
    if kind_of(dtype) in "iu":
        low, high = bounds(dtype)
        return [rng.choice([low, high, 0, 1, 2, 3, 4, 5, high - 1, low + 1]) for _ in range(n)]
    form = FORMATS[dtype]
    return [form.nearest(rng.choice([-INF, INF, 0.5, -0.5, 1.25, 1e-30, -1e30, 3.0, form.max])) for _ in range(n)]


ORDERED = (*INTEGERS, *REAL)


@covers("sort", "argsort")
@pytest.mark.parametrize(("device", "dtype"), on_devices(ORDERED))
def test_sorting(device, dtype):
    for shape in [(40,), (3, 17), (2, 5, 3), (0,), (2, 0), (1,)]:
        x = Grid(shape, numbers_with_ties(dtype, math.prod(shape), len(shape)))
        t = tensor(x, dtype, device)
        for axis in range(-1, len(shape)):
            for descending in (False, True):
                if not x.flat:
                    wanted = order = x
                else:
                    wanted = x.along(axis, lambda line, d=descending: sorted(line, reverse=d))
                    # Python's sort is stable in both directions.
                    order = x.along(
                        axis, lambda line, d=descending: sorted(range(len(line)), key=line.__getitem__, reverse=d)
                    )
                check("sort", xp.sort(t, axis=axis, descending=descending), wanted, dtype, device)
                got = xp.argsort(t, axis=axis, descending=descending)
                check("argsort", got, order, "int64", device)
                got = xp.argsort(t, axis=axis, descending=descending, stable=False)
                check("argsort", xp.take_along_axis(t, got, axis=axis), wanted, dtype, device)


@covers("argmax", "argmin", "max", "min")
@pytest.mark.parametrize(("device", "dtype"), on_devices(ORDERED))
def test_extremes(device, dtype):
    x = Grid((2, 3, 4), numbers_with_ties(dtype, 24, 7))
    t = tensor(x, dtype, device)
    for keepdims in (False, True):
        for axis in (None, 0, 1, -1):
            axes = range(3) if axis is None else [axis]
            for name, f in (("max", max), ("min", min)):
                got = getattr(xp, name)(t, axis=axis, keepdims=keepdims)
                check(name, got, x.reduce(axes, f, keepdims), dtype, device)
                got = getattr(xp, f"arg{name}")(t, axis=axis, keepdims=keepdims)
                wanted = x.reduce(axes, lambda line, f=f: line.index(f(line)), keepdims)
                check(f"arg{name}", got, wanted, "int64", device)
        got = xp.max(t, axis=(0, 2), keepdims=keepdims)
        check("max", got, x.reduce((0, 2), max, keepdims), dtype, device)
    if kind_of(dtype) == "f":
        t = tensor([[1.0, NAN], [2.0, 3.0]], dtype, device)
        check("max", xp.max(t, axis=1), Grid((2,), [NAN, 3.0]), dtype, device)
        check("min", xp.min(t, axis=1), Grid((2,), [NAN, 2.0]), dtype, device)


@covers("count_nonzero", "nonzero", "all", "any")
@pytest.mark.parametrize(("device", "dtype"), on_devices(DTYPES))
def test_truth(device, dtype):
    zero, one = {"b": (False, True), "f": (0.0, -0.5), "c": (0j, 2j)}.get(kind_of(dtype), (0, 3))
    x = Grid((2, 3, 2), [one if k in (0, 3, 4, 5, 7, 8) else zero for k in range(12)])
    if kind_of(dtype) == "f":
        x.flat[3], x.flat[1] = NAN, -0.0  # NaN is not zero, a negative zero is
    t = tensor(x, dtype, device)
    truth = x.map(bool)
    for axis in (None, 0, 1, -1, (0, 2)):
        axes = range(3) if axis is None else axis if isinstance(axis, tuple) else [axis]
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            check("all", xp.all(t, **options), truth.reduce(axes, all, keepdims), "bool", device)
            check("any", xp.any(t, **options), truth.reduce(axes, any, keepdims), "bool", device)
            check("count_nonzero", xp.count_nonzero(t, **options), truth.reduce(axes, sum, keepdims), "int64", device)
    hits = true_places(truth)
    for axis, got in enumerate(xp.nonzero(t)):
        check("nonzero", got, Grid((len(hits),), [h[axis] for h in hits]), "int64", device)
    empty = tensor(Grid((0, 2), []), dtype, device)
    check("all", xp.all(empty, axis=0), Grid((2,), [True, True]), "bool", device)
    check("any", xp.any(empty), Grid((), [False]), "bool", device)


@covers("searchsorted")
@pytest.mark.parametrize(("device", "dtype"), on_devices(ORDERED))
def test_searchsorted(device, dtype):
    x = numbers_with_ties(dtype, 25, 3)
    order = sorted(range(25), key=x.__getitem__)
    ascending = [x[k] for k in order]
    wanted_of = numbers_with_ties(dtype, 12, 4)
    v = tensor(Grid((3, 4), wanted_of), dtype, device)
    for side, f in (("left", bisect.bisect_left), ("right", bisect.bisect_right)):
        wanted = Grid((3, 4), [f(ascending, w) for w in wanted_of])
        check("searchsorted", xp.searchsorted(tensor(ascending, dtype, device), v, side=side), wanted, "int64", device)
        sorter = tensor(order, "int64", device)
        got = xp.searchsorted(tensor(x, dtype, device), v, side=side, sorter=sorter)
        check("searchsorted", got, wanted, "int64", device)
        got = xp.searchsorted(tensor(ascending, dtype, device), 3, side=side)
        check("searchsorted", got, Grid((), [f(ascending, 3)]), "int64", device)


@covers("where")
@on_kinds
def test_where(device, dtype):
    a, b = sample((3, 1), dtype), sample((4,), dtype)
    flags = Grid.build((3, 4), lambda i: sum(i) % 2 == 0)
    wide = [g.broadcast((3, 4)) for g in (a, b)]
    wanted = Grid.build((3, 4), lambda i: wide[0][i] if flags[i] else wide[1][i])
    condition = tensor(flags, "bool", device)
    check("where", xp.where(condition, tensor(a, dtype, device), tensor(b, dtype, device)), wanted, dtype, device)
    number = {"b": True, "f": 2.5, "c": 2.5j}.get(kind_of(dtype), 7)
    wanted = Grid.build((3, 4), lambda i: number if flags[i] else wide[1][i])
    check("where", xp.where(condition, number, tensor(b, dtype, device)), wanted, dtype, device)
    wanted = Grid.build((3, 4), lambda i: wide[1][i] if flags[i] else number)
    check("where", xp.where(condition, tensor(b, dtype, device), number), wanted, dtype, device)


@covers("unique_all", "unique_counts", "unique_inverse", "unique_values", "isin")
@pytest.mark.parametrize(("device", "dtype"), on_devices(("bool", *ORDERED)))
def test_sets(device, dtype):
    x = Grid((4, 5), numbers_with_ties(dtype, 20, 5))
    t = tensor(x, dtype, device)
    distinct = sorted(set(x.flat))
    n = (len(distinct),)
    found = xp.unique_all(t)
    check("values", found.values, Grid(n, distinct), dtype, device)
    check("indices", found.indices, Grid(n, [x.flat.index(v) for v in distinct]), "int64", device)
    check("inverse", found.inverse_indices, x.map(distinct.index), "int64", device)
    check("counts", found.counts, Grid(n, [x.flat.count(v) for v in distinct]), "int64", device)
    check("values", xp.unique_values(t), Grid(n, distinct), dtype, device)
    counted, inverse = xp.unique_counts(t), xp.unique_inverse(t)
    check("values", counted.values, Grid(n, distinct), dtype, device)
    check("counts", counted.counts, Grid(n, [x.flat.count(v) for v in distinct]), "int64", device)
    check("values", inverse.values, Grid(n, distinct), dtype, device)
    check("inverse", inverse.inverse_indices, x.map(distinct.index), "int64", device)
    some = distinct[::2]
    if device.startswith("array_api_strict") and (dtype == "bool" or kind_of(dtype) == "f"):
        with pytest.raises(
            TypeError, match="integer"
        ):  # it takes integers only, where the standard says "any data type"
            xp.isin(t, t)
        return
    check("isin", xp.isin(t, tensor(some, dtype, device)), x.map(lambda v: v in some), "bool", device)
    if not device.startswith("array_api_strict"):  # it forgets to pass `invert` on
        got = xp.isin(t, tensor(some, dtype, device), invert=True)
        check("isin", got, x.map(lambda v: v not in some), "bool", device)
    check("isin", xp.isin(t, tensor(Grid((0,), []), dtype, device)), x.map(lambda v: False), "bool", device)


@covers("unique_all", "unique_counts", "unique_inverse", "unique_values", "isin")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_sets_of_special_numbers(device, dtype):
    x = [NAN, 1.0, 0.0, NAN, -0.0, 1.0]
    t = tensor(x, dtype, device)
    found = xp.unique_all(t)
    assert values(found.values).flat[:2] == [0.0, 1.0] and all(math.isnan(v) for v in values(found.values).flat[2:])
    assert found.counts.tolist() == [2, 2, 1, 1] == xp.unique_counts(t).counts.tolist()
    back = xp.take(found.values, found.inverse_indices)
    assert all(a == b or (a != a and b != b) for a, b in zip(back.tolist(), x, strict=True))
    assert xp.unique_values(t).shape == xp.unique_inverse(t).values.shape == (4,)
    assert sorted(found.indices.tolist()) == [0, 1, 2, 3]
    if not device.startswith("array_api_strict"):  # integers only, see above
        assert xp.isin(t, tensor([NAN, 0.0], dtype, device)).tolist() == [False, False, True, False, True, False]


# ---- creation


@covers("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like", "eye", "asarray")
@pytest.mark.parametrize(("device", "dtype"), on_devices(DTYPES))
def test_constants(device, dtype):
    make = {"b": bool, "f": float, "c": complex}.get(kind_of(dtype), int)
    number = {"f": -2.5, "c": 1 - 2j}.get(kind_of(dtype), make(3))
    options = {"dtype": dtype, "device": device}
    for shape in [(), (3,), (2, 0), (2, 3)]:
        n = math.prod(shape)
        like = tensor(Grid(shape, [make(1)] * n), dtype, device)
        for name, v in (("zeros", make(0)), ("ones", make(1))):
            wanted = Grid(shape, [v] * n)
            check(name, getattr(xp, name)(shape, **options), wanted, dtype, device)
            check(name, getattr(xp, f"{name}_like")(like), wanted, dtype, device)
        check("full", xp.full(shape, number, **options), Grid(shape, [number] * n), dtype, device)
        check("full_like", xp.full_like(like, number), Grid(shape, [number] * n), dtype, device)
        for got in (xp.empty(shape, **options), xp.empty_like(like)):  # the elements are whatever they are
            assert (got.shape, got.dtype, got.device) == (shape, dtype, device)
        x = sample(shape, dtype)
        if n:
            check("asarray", xp.asarray(x.nested(), **options), x, dtype, device)
    assert xp.zeros(3, **options).shape == xp.full(3, number, **options).shape == (3,)
    for rows, columns, k in [(3, None, 0), (2, 4, 1), (4, 2, -1), (3, 3, 9), (3, 3, -9), (0, 2, 0)]:
        wanted = Grid.build((rows, columns or rows), lambda i, k=k: make(i[1] - i[0] == k))
        check("eye", xp.eye(rows, columns, k=k, **options), wanted, dtype, device)


@covers("arange", "linspace")
@pytest.mark.parametrize(("device", "dtype"), on_devices(("int8", "int64", "uint8", *REAL)))
def test_ranges(device, dtype):
    options = {"dtype": dtype, "device": device}
    make = float if kind_of(dtype) == "f" else int
    for args in [(5,), (0,), (2, 7), (7, 2), (1, 10, 3), (10, 1, -4), (0, 100, 33)]:
        if args[-1] < 0 and dtype[0] == "u":
            continue
        wanted = [make(v) for v in range(*args)]
        check(f"arange{args}", xp.arange(*args, **options), Grid((len(wanted),), wanted), dtype, device)
    if make is float:
        check(
            "arange",
            xp.arange(0.5, 2.5, 0.25, **options),
            Grid((8,), [0.5 + 0.25 * k for k in range(8)]),
            dtype,
            device,
        )
        for start, stop, n in [
            (0.0, 1.0, 11),
            (-3.0, 7.5, 5),
            (2.0, 2.0, 3),
            (1.0, 0.0, 4),
            (5.0, 9.0, 1),
            (0.0, 1.0, 0),
        ]:
            for endpoint in (True, False):
                steps = n - 1 if endpoint else n
                exact = [Fraction(start) + (Fraction(stop) - Fraction(start)) * k / max(steps, 1) for k in range(n)]
                got = xp.linspace(start, stop, n, endpoint=endpoint, **options)
                # start + k * step rounds twice; an absolute error of an ulp of the ends where a result is near zero
                far = max(abs(start), abs(stop))
                assert got.shape == (n,) and got.dtype == dtype
                for g, e in zip(got.tolist(), exact, strict=True):
                    assert abs(Fraction(g) - e) <= 2 * FORMATS[dtype].eps * far
                if n > 1 and endpoint:
                    assert got.tolist()[0] == start and got.tolist()[-1] == stop


@covers("linspace")
@pytest.mark.parametrize("device", [d for d in DEVICES if has_double(d)])
def test_complex_ranges(device):
    got = xp.linspace(0j, 4 + 8j, 5, dtype="complex128", device=device)
    check("linspace", got, Grid((5,), [k + 2j * k for k in range(5)]), "complex128", device)


@covers("from_dlpack")
@pytest.mark.parametrize("dtype", DTYPES)
def test_from_dlpack(dtype):
    x = sample((2, 3), dtype)
    for foreign in (np.asarray(x.nested(), dtype=dtype), tensor(x, dtype, "cpu")):
        check("from_dlpack", xp.from_dlpack(foreign), x, dtype, "cpu")
        check("from_dlpack", xp.from_dlpack(foreign, copy=True), x, dtype, "cpu")
    check(
        "asarray",
        xp.asarray(np.asarray(x.nested(), dtype=dtype)[:, ::-1]),
        picked(x, (2, 3), lambda i: (i[0], 2 - i[1])),
        dtype,
        str(default_device()),
    )


# ---- data types


def convert(v: Any, dtype: str) -> Any:
    kind = kind_of(dtype)
    if kind == "b":
        return bool(v)
    if kind in "iu":
        return wrap(int(v), dtype)
    if kind == "c":
        v = complex(v)
        return complex(FORMATS[dtype].nearest(v.real), FORMATS[dtype].nearest(v.imag))
    return FORMATS[dtype].nearest(v if isinstance(v, float) else float(v)) if not isinstance(v, int) or v else 0.0


@covers("astype")
@pytest.mark.parametrize(("device", "source"), on_devices(DTYPES))
def test_astype(device, source):
    kind = kind_of(source)
    if kind in "iu":
        low, high = bounds(source)
        x: list[Any] = [0, 1, 2, 100, high, high - 1, high // 3, low, low // 2]
    elif kind == "b":
        x = [True, False]
    elif kind == "f":
        x = [0.0, -0.0, 1.0, 2.75, 100.5, 0.5]
    else:
        x = [0j, 1j, 2.5 - 3j, complex(0.0, -0.0)]
    t = tensor(x, source, device)
    for target in DTYPES:
        if not has_double(device) and target in ("float64", "complex128"):
            continue
        # array_api_strict refuses the conversion to bool as well, whose values the standard states.
        if kind == "c" and (
            kind_of(target) not in "bc" or (target == "bool" and device.startswith("array_api_strict"))
        ):
            with pytest.raises((TypeError, ValueError)):
                xp.astype(t, target)
            continue
        if kind in "iu" and kind_of(target) in "fc":
            exact = [
                FORMATS[target].nearest(Fraction(v)) if v else 0.0 for v in x
            ]  # one rounding, from the integer itself
            wanted = exact if kind_of(target) == "f" else [complex(v) for v in exact]
        else:
            wanted = [convert(v, target) for v in x]
        check(f"astype({target})", xp.astype(t, target), Grid((len(x),), wanted), target, device, operands=x)
    if kind in "fc":
        special = [INF, -INF, NAN, FORMATS[source].max, FORMATS[source].subnormal]
        t = tensor(special if kind == "f" else [complex(v) for v in special], source, device)
        if kind == "f" or not device.startswith("array_api_strict"):
            assert xp.astype(t, "bool").tolist() == [True] * 5
        narrow = "float32" if kind == "f" else "complex64"
        for got, v in zip(xp.astype(t, narrow).tolist(), special, strict=True):
            assert same(got.real, FORMATS[narrow].nearest(v))


@covers("result_type", "can_cast", "isdtype")
def test_promotion():
    kinds = {
        "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu", "real floating": "f",
        "complex floating": "c", "numeric": "iufc",
    }  # fmt: skip
    for a in DTYPES:
        da = getattr(xp, a)
        for kind, letters in kinds.items():
            assert xp.isdtype(da, kind) is (kind_of(a) in letters)
        for b in DTYPES:
            db = getattr(xp, b)
            assert xp.isdtype(da, db) is (a == b) and xp.isdtype(da, (db, "bool")) is (a in (b, "bool"))
            try:
                common = promote(a, b)
            except TypeError:
                continue
            assert xp.result_type(da, db) == common == xp.result_type(tensor([1], a, "cpu"), db)
            # A cast is allowed where promotion gives the target.
            assert xp.can_cast(da, db) is (common == b) and xp.can_cast(tensor([1], a, "cpu"), db) is (common == b)
    assert xp.result_type(xp.int8, 1) == xp.int8 and xp.result_type(xp.float32, 2, 1.5) == xp.float32
    assert xp.result_type(xp.float32, 1j) == xp.complex64 and xp.result_type(xp.uint8, xp.int8, xp.int16) == xp.int16


@covers("finfo", "iinfo")
def test_limits():
    for dtype, form in FORMATS.items():
        info = xp.finfo(getattr(xp, dtype))
        assert (info.bits, info.eps, info.max, info.min, info.smallest_normal) == (
            64 if form.bits == 53 else 32, form.eps, form.max, -form.max, form.tiny,
        )  # fmt: skip
        assert info.dtype == ("float64" if form.bits == 53 else "float32")
        assert xp.finfo(tensor([1], dtype, "cpu")).eps == form.eps
    for dtype in INTEGERS:
        info = xp.iinfo(getattr(xp, dtype))
        assert (info.min, info.max) == bounds(dtype) and str(info.bits) in dtype and info.dtype == dtype
        assert xp.iinfo(tensor([1], dtype, "cpu")).max == info.max
