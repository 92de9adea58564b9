"""What NumPy's own functions do with tensors, which NumPy hands to `__array_function__`: tables by their names.

What a tensor cannot do as NumPy does it raises `Unsupported`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import index
from typing import TYPE_CHECKING, Any

from . import _numpy_names as spelled
from ._core.op import SCALARS, Handle
from ._numpy_names import (
    Unsupported,
    as_operands,
    axes_last,
    cast,
    flattened,
    given,
    inexact,
    inside,
    into,
    on_numpy,
    ours,
    refuse,
    std_or_var,
)
from ._standard.linear_algebra import adjoint
from ._standard.manipulation import as_axes, as_axis, as_tensor

if TYPE_CHECKING:
    from ._tensor import Tensor


# ---- reductions

_nanstd, _nanvar = std_or_var("nanstd"), std_or_var("nanvar")


def _reduction(name: str, *parameters: str) -> Callable[..., Any]:
    """A reduction whose parameters NumPy takes by position too, with `dtype` and `out` where they stand among these."""

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(parameters):
            raise TypeError(f"{name}: too many arguments")
        kwargs.update(zip(parameters, args, strict=False))
        kwargs = {k: v for k, v in kwargs.items() if given(v) is not None}
        out = kwargs.pop("out", None)
        refuse(name, **{k: kwargs.pop(k, None) for k in ("where", "initial", "weights")})
        kwargs.pop("overwrite_input", None)
        return into(out, getattr(ours(), name)(a, **kwargs))

    return call


def _quantile(name: str, scale: float) -> Callable[..., Any]:
    def call(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        refuse(name, weights=weights, interpolation=interpolation)
        q = q if isinstance(q, SCALARS) else as_tensor(q)
        y = getattr(ours(), name)(a, q / scale, axis=axis, method=method, keepdims=given(keepdims, False))
        return into(out, y)

    return call


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """The weighted mean."""
    xp, a = ours(), as_tensor(a)
    keepdims = given(keepdims, False)
    if weights is None:
        y = xp.mean(a, axis=axis, keepdims=keepdims)
        axes = range(a.ndim) if axis is None else as_axes("average", axis, a.ndim)
        total = float(math.prod([a.shape[i] for i in axes]))
    else:
        weights = as_tensor(weights)
        if weights.shape != a.shape:
            if weights.ndim != 1 or not isinstance(axis, int):
                raise Unsupported("average: weights of another shape need one axis")
            weights = xp.reshape(weights, [-1 if i == axis % a.ndim else 1 for i in range(a.ndim)])
        a = inexact(a)
        weights = xp.broadcast_to(xp.astype(weights, xp.result_type(a, weights), copy=False), a.shape)
        total = xp.sum(weights, axis=axis, keepdims=keepdims)
        y = xp.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (y, xp.zeros_like(y) + total) if returned else y


# ---- making


def _filled(name: str) -> Callable[..., Any]:
    def call(shape: Any, dtype: Any = None, order: Any = "C", *, device: Any) -> Any:
        return getattr(ours(), name)(shape, dtype=dtype, device=device)

    return call


def _array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: Any = False,
    ndmin: int = 0,
    device: Any,
) -> Any:
    y = ours().asarray(object, dtype=dtype, copy=copy, device=device)
    return y[(None,) * (ndmin - y.ndim)] if y.ndim < ndmin else y


def _asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, device: Any) -> Any:
    return ours().asarray(a, dtype=dtype, copy=copy, device=device)


def _arange(start: Any = None, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Any) -> Any:
    start, stop = (0, start) if stop is None else (start or 0, stop)
    return ours().arange(start, stop, step, dtype=dtype, device=device)


def _eye(N: int, M: Any = None, k: int = 0, dtype: Any = None, order: Any = "C", *, device: Any) -> Any:
    return ours().eye(N, M, k=k, dtype=dtype, device=device)


def _tri(N: int, M: Any = None, k: int = 0, dtype: Any = None, *, device: Any) -> Any:
    return ours().tril(ours().ones((N, N if M is None else M), dtype=dtype, device=device), k=k)


def _like(name: str) -> Callable[..., Any]:
    def call(
        a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *, device: Any = None
    ) -> Any:
        a = as_tensor(a)
        make = getattr(ours(), name)
        return make(a.shape if shape is None else shape, dtype=dtype or a.dtype, device=device or a.device)

    return call


def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: Any = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    a = as_tensor(a)
    return ours().full(
        a.shape if shape is None else shape, fill_value, dtype=dtype or a.dtype, device=device or a.device
    )


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    y = ours().moveaxis(ours().linspace(start, stop, num, endpoint=endpoint, dtype=dtype), 0, axis)
    return (y, (stop - start) / (num - bool(endpoint))) if retstep else y


def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    y = ours().logspace(start, stop, num, endpoint=endpoint, base=base, dtype=dtype)
    return ours().moveaxis(y, 0, axis)


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    xp, start = ours(), as_tensor(start)
    sign = xp.sign(start.detach())
    y = sign * _logspace(xp.log2(start / sign), xp.log2(as_tensor(stop) / sign), num, endpoint, 2.0)
    return cast(xp.moveaxis(y, 0, axis), dtype)


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    x = as_tensor(x)
    if x.dtype.kind in "biu":  # powers of small integers are large
        x = ours().astype(x, ours().result_type(x.dtype, ours().int64), copy=False)
    n = x.shape[0] if N is None else N
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return ours().stack([x**k for k in powers], axis=1) if n else x[:, None][:, :0]


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    xp = ours()
    if not sparse or indexing not in ("xy", "ij"):
        return xp.meshgrid(*xi, indexing=indexing)
    n = len(xi)
    axes = [*range(n)[1::-1], *range(2, n)] if indexing == "xy" else range(n)
    columns = [(1,) * axis + (-1,) + (1,) * (n - axis - 1) for axis in axes]
    grids = [xp.reshape(as_tensor(x), column) for x, column in zip(xi, columns, strict=True)]
    return tuple([grid.copy() if copy else grid for grid in grids])


# ---- shapes


def _at_least(ndim: int) -> Callable[..., Any]:
    def call(*arrays: Any) -> Any:
        def raised(a: Any) -> Any:
            a = as_tensor(a)
            if a.ndim >= ndim:
                return a
            if ndim == 3:  # NumPy puts one axis in front of a vector, and the others behind
                return ours().reshape(a, ((1,) if a.ndim < 2 else ()) + (a.shape or (1,)) + (1,))
            return ours().reshape(a, (1,) * (ndim - a.ndim) + a.shape)

        found = tuple(raised(a) for a in arrays)
        return found[0] if len(found) == 1 else found

    return call


_1d, _2d, _3d = _at_least(1), _at_least(2), _at_least(3)


def _size(a: Any, axis: Any = None) -> int:
    a = as_tensor(a)
    return a.size if axis is None else math.prod([a.shape[i] for i in as_axes("size", axis, a.ndim)])


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    start += a.ndim if start < 0 else 0
    return ours().moveaxis(a, axis, start - (axis % a.ndim < start))


def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    i, j = as_axes("rot90", axes, m.ndim)
    k %= 4
    if k == 2:
        return ours().flip(m, axis=(i, j))
    turned = spelled.swapaxes(m, i, j) if k else m
    return ours().flip(turned, axis=i if k == 1 else j) if k else m


def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    if any(x is None or isinstance(x, str) for x in args):
        raise Unsupported("broadcast_arrays: None and strings are no elements of tensors")
    return ours().broadcast_arrays(*args)


def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    if writeable:
        raise Unsupported("sliding_window_view: windows of a tensor show elements several times and refuse writes")
    return ours().ext.sliding_window_view(x, window_shape, axis)


def _pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0, **kwargs: Any) -> Tensor:
    refuse("pad", **{k: v for k, v in kwargs.items() if (k, v) != ("reflect_type", "even")})
    if not isinstance(mode, str) or mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise Unsupported(f"pad: mode {mode!r} is not supported for tensors")
    if isinstance(constant_values, tuple) and constant_values in ((0,), (0, 0)):  # as scipy.signal has it
        constant_values = 0
    if as_tensor(constant_values).ndim:
        raise Unsupported("pad: only one constant_values is supported for tensors")
    return ours().pad(array, pad_width, mode, constant_values=constant_values)


# ---- joining and cutting


def _concatenate(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays one after the other."""
    return into(out, cast(ours().concat(list(arrays), axis=axis), dtype, casting))


def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays along a new axis."""
    return into(out, cast(ours().stack(list(arrays), axis=axis), dtype, casting))


def _column_stack(tup: Any) -> Any:
    return ours().concat([t if t.ndim > 1 else ours().reshape(t, (-1, 1)) for t in map(as_tensor, tup)], axis=1)


def _hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    parts = [_1d(t) for t in tup]
    return cast(ours().concat(parts, axis=0 if parts[0].ndim == 1 else 1), dtype, casting)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    parts = [as_tensor(arr), as_tensor(values)]
    return ours().concat([ours().reshape(p, -1) for p in parts] if axis is None else parts, axis=axis or 0)


def _block(arrays: Any) -> Any:
    def depth(a: Any) -> int:
        return 1 + max([depth(part) for part in a]) if isinstance(a, list) else 0

    def leaves(a: Any) -> list[Any]:
        return [leaf for part in a for leaf in leaves(part)] if isinstance(a, list) else [as_tensor(a)]

    deep = depth(arrays)
    ndim = max(deep, *[leaf.ndim for leaf in leaves(arrays)], 0)

    def join(a: Any, level: int) -> Any:
        if isinstance(a, list):
            return ours().concat([join(part, level + 1) for part in a], axis=ndim - deep + level)
        a = as_tensor(a)
        return ours().reshape(a, (1,) * (ndim - a.ndim) + a.shape)

    return join(arrays, 0)


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    a = as_tensor(ary)
    n = a.shape[axis]
    if hasattr(indices_or_sections, "__len__"):
        ends = [0, *[int(i) for i in indices_or_sections], n]
    else:
        each, more = divmod(n, int(indices_or_sections))
        ends = [k * each + min(k, more) for k in range(int(indices_or_sections) + 1)]
    key: tuple[Any, ...] = (slice(None),) * (axis % a.ndim)
    return [a[(*key, slice(i, j))] for i, j in pairwise(ends)]


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if not hasattr(indices_or_sections, "__len__") and as_tensor(ary).shape[axis] % int(indices_or_sections):
        raise ValueError("split: the parts would not be equally long")
    return _array_split(ary, indices_or_sections, axis)


def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The bin that each element falls into, of bins that rise or fall."""
    xp, x, bins = ours(), as_tensor(x), as_tensor(bins)
    side = "left" if right else "right"
    if not xp.any(bins[1:] < bins[:-1]):
        return spelled.searchsorted(bins, x, side)
    if xp.any(bins[1:] > bins[:-1]):
        raise ValueError("digitize: the bins neither rise nor fall all along")
    return bins.shape[0] - spelled.searchsorted(xp.flip(bins), x, side)


def _places(name: str, obj: Any, n: int) -> list[int]:
    """Where an index of NumPy's insert and delete points along an axis of `n` elements."""
    if isinstance(obj, slice):
        return list(range(*obj.indices(n)))
    listed = obj.tolist() if hasattr(obj, "tolist") else obj
    if isinstance(listed, bool) or not isinstance(listed, (int, list, tuple)):
        raise Unsupported(f"{name}: {obj!r} is no integer, slice or sequence of integers")
    places = [listed] if isinstance(listed, int) else list(listed)
    if places and all(isinstance(place, bool) for place in places):
        if name == "delete" and len(places) != n:
            raise ValueError(f"delete: a mask of {len(places)} elements for {n}")
        return [i for i, chosen in enumerate(places) if chosen]
    if any(isinstance(place, list) for place in places):
        raise ValueError(f"{name}: {obj} has more than one dimension")
    if any(not -n <= index(place) <= n for place in places):
        raise IndexError(f"{name}: {obj} is out of bounds for {n} elements")
    return [place + n if place < 0 else place for place in places]


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    xp, x = ours(), as_tensor(arr)
    if axis is None:
        x, axis = xp.reshape(x, -1), 0
    axis = as_axis("insert", axis, x.ndim)
    n = x.shape[axis]
    places = _places("insert", obj, n)
    new = xp.asarray(values, dtype=x.dtype, device=x.device)
    if len(places) == 1:  # all of the values at one place
        new = xp.reshape(new, (1,) * (x.ndim - new.ndim) + new.shape)
        if not (getattr(obj, "ndim", 0) or isinstance(obj, (slice, list, tuple))):
            new = xp.moveaxis(new, 0, axis)
        places = places * new.shape[axis]
    new = xp.broadcast_to(new, (*x.shape[:axis], len(places), *x.shape[axis + 1 :]))
    order: list[int] = [-1] * (n + len(places))
    for rank, j in enumerate(sorted(range(len(places)), key=places.__getitem__)):
        order[places[j] + rank] = n + j
    rest = iter(range(n))
    order = [next(rest) if i < 0 else i for i in order]
    return xp.take(xp.concat([x, new], axis=axis), xp.asarray(order, dtype="int64", device=x.device), axis=axis)


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    arr, axis = flattened(arr, axis)
    return ours().take_along_axis(arr, indices, axis=axis)


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    xp, x = ours(), as_tensor(arr)
    if axis is None:
        x, axis = xp.reshape(x, -1), 0
    n = x.shape[axis]
    if isinstance(obj, (list, tuple)) or getattr(obj, "ndim", 0) > 1:
        obj = xp.reshape(as_tensor(obj), -1)  # NumPy takes an index of any shape here, as it does not in insert
    gone = set(_places("delete", obj, n))
    if n in gone:
        raise IndexError(f"delete: {obj} is out of bounds for {n} elements")
    left = [i for i in range(n) if i not in gone]
    return xp.take(x, xp.asarray(left, dtype="int64", device=x.device), axis=axis)


# ---- selecting and comparing


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """The slices at which a condition holds."""
    a, axis = flattened(a, axis)
    return spelled.take(a, ours().nonzero(as_tensor(condition))[0], axis, out)


def _where(condition: Any, *choices: Any) -> Any:
    """Elements of one or the other."""
    condition = as_tensor(condition)
    if not choices:
        return ours().nonzero(condition)
    if len(choices) == 1:
        raise ValueError("where: either both of x and y are given, or neither")
    return ours().where(condition if condition.dtype.kind == "b" else condition != 0, *choices)


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    xp = ours()
    *choices, y = as_operands(*choicelist, default)
    first: Any = next((x for x in (*choices, y) if isinstance(x, Handle)), None)
    if first is not None:
        dtype = xp.result_type(*choices, y)  # of all at once: a step might promote to what cannot hold the next one
        *choices, y = [cast(xp.asarray(x, device=first.device), dtype) for x in (*choices, y)]
    for condition, choice in reversed(list(zip(condlist, choices, strict=True))):
        y = xp.where(as_tensor(condition), choice, y)
    return y


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    xp, a = ours(), as_tensor(a)
    a = inside(a, a, len(choices), mode)
    parts = xp.broadcast_arrays(*[as_tensor(choice) for choice in choices])
    if a.size and not 0 <= int(xp.min(a)) <= int(xp.max(a)) < len(parts):
        raise ValueError(f"choose: an index is none of {len(parts)} choices")
    y = parts[-1]
    for i, part in enumerate(parts[:-1]):
        y = xp.where(a == i, part, y)
    return into(out, y)


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    xp, x = ours(), as_tensor(x)
    first = condlist[0]
    if getattr(condlist, "ndim", 2) < 2 or isinstance(first, (bool, int)):  # one condition, not in a list
        condlist = [condlist]
    conditions = [xp.asarray(condition, dtype="bool", device=x.device) for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        other = conditions[0]
        for condition in conditions[1:]:
            other = xp.logical_or(other, condition)
        conditions.append(xp.logical_not(other))
    if len(funclist) != len(conditions):
        raise ValueError(f"piecewise: {len(funclist)} functions for {len(conditions)} conditions")
    y = xp.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        y[condition] = function(x[condition], *args, **kwargs) if callable(function) else function
    return y


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    xp, x = ours(), as_tensor(arr)
    axis = as_axis("apply_along_axis", axis, x.ndim)
    outer = (*x.shape[:axis], *x.shape[axis + 1 :])
    rows = xp.reshape(xp.moveaxis(x, axis, -1), (-1, x.shape[axis]))
    if not rows.shape[0]:
        raise ValueError("apply_along_axis: there is no row to apply a function to")
    found = xp.stack([as_tensor(func1d(rows[i, :], *args, **kwargs)) for i in range(rows.shape[0])])
    inner = found.shape[1:]
    y = xp.reshape(found, (*outer, *inner))
    return xp.moveaxis(y, tuple(range(len(outer), y.ndim)), tuple(range(axis, axis + len(inner))))


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not isinstance(src, Handle):
        # Python's numbers take a data type that holds their kind. NumPy's are of their own, though one is a float.
        weak = dst.dtype.kind in {int: "iufc", float: "fc", complex: "c"}.get(type(src), "")
        src = ours().asarray(src, dtype=dst.dtype if weak else None, device=dst.device)
    src = cast(src, dst.dtype, casting)
    if not isinstance(dst, Handle):
        src, where = on_numpy(src), on_numpy(where)
        dst[...] = src if where is True else on_numpy(ours().where(as_tensor(where), as_tensor(src), as_tensor(dst)))
    elif where is True:
        dst[...] = src  # type: ignore[index]
    else:
        dst[...] = ours().where(where, src, dst)  # type: ignore[index]


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    refuse("unique", axis=axis)
    xp = ours()
    values, indices, inverse, counts = xp.unique_all(ar)
    if equal_nan and values.dtype.kind in "fc":
        # The standard's NaNs are all distinct, and they come last.
        first = int(xp.count_nonzero(values == values))
        if first < values.size:
            values, indices, inverse = values[: first + 1], indices[: first + 1], xp.minimum(inverse, first)
            counts = xp.concat([counts[:first], xp.sum(counts[first:], keepdims=True)])
    parts = [values]
    for wanted, part in ((return_index, indices), (return_inverse, inverse), (return_counts, counts)):
        if wanted:
            parts.append(part)
    return parts[0] if len(parts) == 1 else tuple(parts)


def _isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    xp, a, b = ours(), as_tensor(a), inexact(b)
    close = xp.isfinite(b) & (xp.abs(a - b) <= atol + rtol * xp.abs(b)) | (a == b)
    return close | (xp.isnan(a) & xp.isnan(b)) if equal_nan else close


def _allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    return bool(ours().all(_isclose(a, b, rtol, atol, equal_nan)))


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    a, b = as_tensor(a1), as_tensor(a2)
    if a.shape != b.shape:
        return False
    same = a == b
    return bool(ours().all(same | ((a != a) & (b != b)) if equal_nan else same))


def _result_type(*args: Any) -> Any:
    return ours().result_type(*args).__numpy_dtype__


# ---- arithmetic


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    xp = ours()
    y = xp.diff(xp.reshape(as_tensor(ary), -1))

    def edge(x: Any) -> Any:
        return y[:0] if x is None else xp.reshape(cast(xp.asarray(x, device=y.device), y.dtype, "same_kind"), -1)

    return xp.concat([edge(to_begin), y, edge(to_end)])


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = as_tensor(a)

    def edge(x: Any) -> Any:
        x = given(x)
        if x is None:
            return None
        x = ours().asarray(x, device=a.device)
        shape = [1 if i == axis % a.ndim else n for i, n in enumerate(a.shape)]
        return x if x.ndim else ours().broadcast_to(x, shape)

    return ours().diff(a, n=n, axis=axis, prepend=edge(prepend), append=edge(append))


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_tensor(y)
    if x is not None:
        x = as_tensor(x)
        dx = ours().diff(x, axis=axis if x.ndim > 1 else 0)
        if x.ndim == 1:
            dx = ours().reshape(dx, [-1 if i == axis % y.ndim else 1 for i in range(y.ndim)])
    key: tuple[Any, ...] = (slice(None),) * (axis % y.ndim)
    return ours().sum((y[(*key, slice(1, None))] + y[(*key, slice(None, -1))]) * (0.5 * dx), axis=axis)


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    xp, p = ours(), as_tensor(p)
    p = p if p.dtype.kind == "f" else xp.astype(p, xp.float64)
    jump = xp.diff(p.detach(), axis=axis)
    step = xp.remainder(jump + period / 2, period) - period / 2
    step = xp.where((step == -period / 2) & (jump > 0), period / 2, step)
    # Whole periods: what is added has no derivative.
    added = xp.where(xp.abs(jump) < given(discont, period / 2), 0.0, step - jump)
    return p + xp.cumulative_sum(added, axis=axis, include_initial=True)


def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if not copy:
        raise Unsupported("nan_to_num: copy=False is not supported for tensors")
    xp, x = ours(), as_tensor(x)
    if x.dtype.kind == "c":
        raise Unsupported("nan_to_num: complex tensors are not supported")
    if x.dtype.kind != "f":
        return xp.asarray(x, copy=True)
    limits = xp.finfo(x.dtype)
    y = xp.where(xp.isnan(x), nan, x)
    y = xp.where(x == math.inf, limits.max if posinf is None else posinf, y)
    return xp.where(x == -math.inf, limits.min if neginf is None else neginf, y)


def _angle(z: Any, deg: bool = False) -> Any:
    xp, z = ours(), inexact(z)
    phase = xp.atan2(xp.imag(z), xp.real(z))
    return phase * (180 / math.pi) if deg else phase


# sin(y) / y in powers of y squared, right to double precision below 1.
_SINC = [(-1) ** k / math.factorial(2 * k + 1) for k in range(10)]


def _sinc(x: Any) -> Any:
    xp = ours()
    y = math.pi * as_tensor(x)
    # The quotient's derivatives lose ever more digits towards zero, where the series is right with all of its own.
    near = xp.abs(y) < 1
    square, series = xp.where(near, y, 0.0) ** 2, 0.0
    for coefficient in reversed(_SINC):
        series = series * square + coefficient
    z = xp.where(near, 1.0, y)
    return xp.where(near, series, xp.sin(z) / z)


def _infinite(negative: bool) -> Callable[..., Any]:
    def call(x: Any, out: Any = None) -> Any:
        xp, x = ours(), inexact(x)
        return into(out, xp.isinf(x) & (xp.signbit(x) == negative))

    return call


def _cov(m: Any, y: Any = None, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    return ours().cov(cast(m, dtype), None if y is None else cast(y, dtype), *args, **kwargs)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    return ours().corrcoef(cast(x, dtype), None if y is None else cast(y, dtype), rowvar)


def _einsum(
    *operands: Any, out: Any = None, dtype: Any = None, order: str = "K", casting: str = "safe", optimize: Any = True
) -> Any:
    given = list(operands)
    if dtype is not None:
        # The subscripts come first, or labels behind each operand and those of the output at the end.
        arrays = slice(1, None) if isinstance(given[0], str) else slice(0, len(given) // 2 * 2, 2)
        given[arrays] = [cast(x, dtype, casting) for x in given[arrays]]
    return into(out, ours().einsum(*given, optimize=optimize is not False))


def _polyval(p: Any, x: Any) -> Any:
    p, x = as_tensor(p), as_tensor(x)
    y = ours().zeros_like(x)
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


def _polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    refuse("polyfit", full=full, cov=cov)
    xp, x, y = ours(), as_tensor(x), as_tensor(y)
    powers = _vander(x + 0.0, deg + 1)
    if w is not None:
        w = as_tensor(w)
        powers, y = powers * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    scale = xp.sqrt(xp.sum(powers * powers, axis=0))
    tolerance = x.shape[0] * float(xp.finfo(powers.dtype).eps) if rcond is None else rcond
    found = xp.linalg.pinv(powers / scale, rtol=tolerance) @ y
    return found / (scale[:, None] if y.ndim == 2 else scale)


# ---- linear algebra


def _inner(a: Any, b: Any) -> Any:
    a, b = as_tensor(a), as_tensor(b)
    return a * b if not a.ndim or not b.ndim else ours().tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def _vdot(a: Any, b: Any) -> Any:
    return ours().vecdot(ours().reshape(as_tensor(a), -1), ours().reshape(as_tensor(b), -1))


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return into(out, ours().linalg.outer(ours().reshape(as_tensor(a), -1), ours().reshape(as_tensor(b), -1)))


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    xp = ours()
    if axis is not None:
        axisa = axisb = axisc = axis
    return xp.moveaxis(xp.linalg.cross(xp.moveaxis(a, axisa, -1), xp.moveaxis(b, axisb, -1)), -1, axisc)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """What NumPy gives: the solution, the residuals where there are any, the rank and the singular values."""
    xp, a, b = ours(), inexact(a), inexact(b)
    m, n = a.shape
    rtol = float(xp.finfo(a.dtype).eps) * max(m, n) if rcond is None else rcond
    s = xp.linalg.svdvals(a)
    rank = int(xp.count_nonzero(s > rtol * s[:1]))
    x = xp.linalg.pinv(a, rtol=rtol) @ b
    rest = xp.sum(xp.abs(b - a @ x) ** 2, axis=0, keepdims=b.ndim == 1)
    return x, rest if rank == n < m else rest[:0], rank, s


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    xp, x = ours(), as_tensor(x)
    if axis is None and ord is None:
        return xp.linalg.vector_norm(x, keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else as_axes("norm", axis, x.ndim)
    if len(axes) == 1:
        return xp.linalg.vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError(f"norm: one axis or two, not {len(axes)}")
    y = xp.linalg.matrix_norm(axes_last(x, *axes), ord="fro" if ord is None else ord)
    return xp.expand_dims(y, axis=axes) if keepdims else y


def _triangle(UPLO: str, x: Any) -> Any:
    """The Hermitian matrix with the triangle that NumPy reads."""
    xp, x = ours(), as_tensor(x)
    low = xp.tril(x) if UPLO.upper() == "L" else adjoint(xp, xp.triu(x))
    return low + adjoint(xp, xp.tril(low, k=-1))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    return ours().linalg.svd(a, full_matrices=full_matrices) if compute_uv else ours().linalg.svdvals(a)


def _qr(a: Any, mode: str = "reduced") -> Any:
    found = ours().linalg.qr(a, mode="reduced" if mode == "r" else mode)
    return found.R if mode == "r" else found


def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    factors = [as_tensor(a) for a in arrays]
    if len(factors) < 2:
        raise ValueError(f"multi_dot: at least two arrays are multiplied, not {len(factors)}")
    if len(factors) == 2:
        return spelled.dot(factors[0], factors[1], out)
    ends, inner = (factors[0], factors[-1]), factors[1:-1]
    if any(a.ndim not in (1, 2) for a in ends) or any(a.ndim != 2 for a in inner):
        shapes = ", ".join(str(a.shape) for a in factors)
        raise ValueError(f"multi_dot: {shapes}: the factors are matrices; the first and the last may be vectors")
    y = factors[0]
    for a in factors[1:]:
        y = y @ a
    return into(out, y)


def _cond(x: Any, p: Any = None) -> Any:
    """The condition number; infinite where the matrix is singular, or infinite itself."""
    xp, x, linalg = ours(), inexact(x), ours().linalg
    if not x.size:
        raise ValueError(f"cond: a matrix of shape {x.shape} has no element")
    unknown = xp.any(xp.isnan(x), axis=(-2, -1))
    infinite = xp.any(~xp.isfinite(x), axis=(-2, -1))
    one = xp.eye(*x.shape[-2:], dtype=x.dtype, device=x.device)
    x = xp.where(infinite[..., None, None], one, x)
    if p in (None, 2, -2):
        s = linalg.svdvals(x)
        over, under = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
        infinite = infinite | (under == 0)
        y = over / xp.where(infinite, 1.0, under)
    else:
        infinite = infinite | (linalg.slogdet(x.detach()).sign == 0)
        inverse = linalg.inv(xp.where(infinite[..., None, None], one, x))
        y = linalg.matrix_norm(x, ord=p) * linalg.matrix_norm(inverse, ord=p)
    return xp.where(unknown, math.nan, xp.where(infinite, math.inf, y))


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    # NumPy's default is its own, and larger than the standard's.
    return ours().linalg.pinv(a, rtol=given(rtol, given(rcond, 1e-15)))


# ---- the namespace's own functions, called as NumPy calls them


def _same(path: str, *operands: str) -> Callable[..., Any]:
    """The namespace's own function, found when it is called; its parameters are NumPy's.

    `operands` are NumPy's names of what ours takes by position alone.
    """
    module, _, name = path.rpartition(".")

    def call(*args: Any, **kwargs: Any) -> Any:
        named = [kwargs.pop(n) for n in operands[len(args) :] if n in kwargs]
        kwargs = {k: v for k, v in kwargs.items() if given(v) is not None}
        out = kwargs.pop("out", None)
        return into(out, getattr(getattr(ours(), module) if module else ours(), name)(*args, *named, **kwargs))

    return call


def _positional(path: str, operands: Sequence[str], *parameters: str) -> Callable[..., Any]:
    """The namespace's own function, whose parameters NumPy takes by position too and the standard by name."""
    function = _same(path, *operands)
    first = len(operands)

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > first + len(parameters):
            raise TypeError(f"{path}: too many arguments")
        kwargs.update(zip(parameters, args[first:], strict=False))
        return function(*args[:first], **kwargs)

    return call


def _transform(name: str, *parameters: str) -> Callable[..., Any]:
    return _positional(f"fft.{name}", ("a",), *parameters)


def _two(name: str) -> Callable[..., Any]:
    def call(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
        return into(out, getattr(ours().fft, name)(a, s=s, axes=axes, norm=norm or "backward"))

    return call


# ---- the tables

# What NumPy asks of a tensor that it is told to make others like: `np.zeros(3, like=x)`. They are made on its device.
MAKERS: dict[str, Callable[..., Any]] = {
    "arange": _arange, "array": _array, "asanyarray": _asarray, "asarray": _asarray, "empty": _filled("empty"),
    "eye": _eye,
    "full": lambda shape, fill_value, dtype=None, order="C", *, device: ours().full(
        shape, fill_value, dtype=dtype, device=device
    ),
    "identity": lambda n, dtype=None, *, device: _eye(n, dtype=dtype, device=device),
    "ones": _filled("ones"), "tri": _tri, "zeros": _filled("zeros"),
}  # fmt: skip


NUMPY: dict[str, Callable[..., Any]] = {
    "all": spelled.all, "allclose": _allclose, "amax": spelled.max, "amin": spelled.min, "angle": _angle,
    "any": spelled.any, "append": _append, "apply_along_axis": _apply_along_axis, "argmax": spelled.argmax,
    "argmin": spelled.argmin,
    "argpartition": lambda a, kth, axis=-1, kind="introselect", order=None: spelled.argsort(a, axis),
    "argsort": spelled.argsort,
    "argwhere": lambda a: ours().stack(ours().nonzero(_1d(a)), axis=1)[:, : as_tensor(a).ndim],
    "around": spelled.round,
    "array2string": lambda a, *args, **kwargs: str(a),
    "array_equal": _array_equal,
    "array_repr": lambda arr, *args, **kwargs: repr(arr),
    "array_split": _array_split,
    "array_str": lambda a, *args, **kwargs: str(a),
    "astype": lambda x, dtype, /, *, copy=True, device=None: ours().astype(x, dtype, copy=copy, device=device),
    "atleast_1d": _1d, "atleast_2d": _2d, "atleast_3d": _3d, "average": _average, "bincount": _same("bincount"),
    "block": _block, "broadcast_arrays": _broadcast_arrays,
    "broadcast_to": lambda array, shape, subok=False: ours().broadcast_to(array, shape),
    "choose": _choose, "clip": spelled.clip, "column_stack": _column_stack, "compress": _compress,
    "concat": _concatenate, "concatenate": _concatenate, "convolve": _same("convolve", "a", "v"),
    "copy": lambda a, order="K", subok=False: ours().asarray(a, copy=True),
    "copyto": _copyto, "corrcoef": _corrcoef,
    "correlate": _same("correlate", "a", "v"), "count_nonzero": _positional("count_nonzero", ("a",), "axis"),
    "cov": _cov, "cross": _cross, "cumprod": spelled.cumprod, "cumsum": spelled.cumsum,
    "cumulative_prod": _same("cumulative_prod"), "cumulative_sum": _same("cumulative_sum"), "delete": _delete,
    "diag": _same("diag", "v"), "diagonal": spelled.diagonal, "diff": _diff,
    "digitize": _digitize,
    "dot": spelled.dot,
    "dsplit": lambda ary, indices_or_sections: _split(ary, indices_or_sections, 2),
    "dstack": lambda tup: ours().concat([_3d(t) for t in tup], axis=2),
    "ediff1d": _ediff1d,
    "einsum": _einsum,
    "empty_like": _like("empty"),
    "expand_dims": lambda a, axis: ours().expand_dims(a, axis),
    "fix": lambda x, out=None: into(out, ours().trunc(x)),
    "flatnonzero": lambda a: ours().nonzero(ours().reshape(a, -1))[0],
    "flip": _positional("flip", ("m",), "axis"),
    "fliplr": lambda m: ours().flip(m, axis=1),
    "flipud": lambda m: ours().flip(m, axis=0),
    "full_like": _full_like, "geomspace": _geomspace, "gradient": _same("gradient", "f"),
    "hsplit": lambda ary, indices_or_sections: _split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0),
    "hstack": _hstack,
    "i0": lambda x: ours().special.i0(x),
    "imag": _same("imag", "val"), "inner": _inner, "insert": _insert, "interp": _same("interp", "x", "xp", "fp"),
    "isclose": _isclose,
    "iscomplex": lambda x: ours().imag(x) != 0 if x.dtype.kind == "c" else ours().zeros_like(x, dtype="bool"),
    "iscomplexobj": lambda x: as_tensor(x).dtype.kind == "c",
    "isin": lambda element, test_elements, assume_unique=False, invert=False, *, kind=None: ours().isin(
        as_tensor(element), as_tensor(test_elements), invert=invert
    ),
    "isneginf": _infinite(True), "isposinf": _infinite(False),
    "isreal": lambda x: ours().imag(x) == 0 if x.dtype.kind == "c" else ours().ones_like(x, dtype="bool"),
    "isrealobj": lambda x: as_tensor(x).dtype.kind != "c",
    "kron": _same("kron", "a", "b"), "linspace": _linspace, "logspace": _logspace,
    "matrix_transpose": _same("matrix_transpose"), "max": spelled.max, "mean": spelled.mean,
    "median": _reduction("median", "axis", "out", "overwrite_input", "keepdims"), "meshgrid": _meshgrid,
    "min": spelled.min, "moveaxis": _same("moveaxis", "a", "source", "destination"), "nan_to_num": _nan_to_num,
    "nanargmax": _reduction("nanargmax", "axis", "out"), "nanargmin": _reduction("nanargmin", "axis", "out"),
    "nancumprod": _reduction("nancumprod", "axis", "dtype", "out"),
    "nancumsum": _reduction("nancumsum", "axis", "dtype", "out"),
    "nanmax": _reduction("nanmax", "axis", "out", "keepdims"),
    "nanmean": _reduction("nanmean", "axis", "dtype", "out", "keepdims"),
    "nanmedian": _reduction("nanmedian", "axis", "out", "overwrite_input", "keepdims"),
    "nanmin": _reduction("nanmin", "axis", "out", "keepdims"), "nanpercentile": _quantile("nanquantile", 100.0),
    "nanprod": _reduction("nanprod", "axis", "dtype", "out", "keepdims"), "nanquantile": _quantile("nanquantile", 1.0),
    "nanstd": _nanstd, "nansum": _reduction("nansum", "axis", "dtype", "out", "keepdims"), "nanvar": _nanvar,
    "ndim": lambda a: as_tensor(a).ndim,
    "nonzero": lambda a: ours().nonzero(a),
    "ones_like": _like("ones"), "outer": _outer, "pad": _pad,
    "partition": lambda a, kth, axis=-1, kind="introselect", order=None: spelled.sort(a, axis),
    "percentile": _quantile("quantile", 100.0), "permute_dims": _same("transpose", "a"), "piecewise": _piecewise,
    "polyfit": _polyfit, "polyval": _polyval, "prod": spelled.prod, "ptp": spelled.ptp,
    "quantile": _quantile("quantile", 1.0), "ravel": spelled.ravel, "real": _same("real", "val"),
    "repeat": spelled.repeat, "reshape": spelled.reshape, "result_type": _result_type,
    "roll": _positional("roll", ("a", "shift"), "axis"), "rollaxis": _rollaxis, "rot90": _rot90,
    "round": spelled.round, "searchsorted": spelled.searchsorted,
    "select": _select,
    "shape": lambda a: as_tensor(a).shape,
    "sinc": _sinc,
    "size": _size,
    "sliding_window_view": _sliding_window_view, "sort": spelled.sort, "split": _split, "squeeze": spelled.squeeze,
    "stack": _stack, "std": spelled.std, "sum": spelled.sum, "swapaxes": spelled.swapaxes, "take": spelled.take,
    "take_along_axis": _take_along_axis,
    "tensordot": _same("tensordot", "a", "b"), "tile": _same("tile", "A", "reps"), "trace": spelled.trace,
    "transpose": _same("transpose", "a"),
    "trapezoid": _trapezoid, "trapz": _trapezoid,
    "tril": lambda m, k=0: ours().tril(m, k=k),
    "tril_indices_from": lambda arr, k=0: ours().nonzero(ours().tril(ours().ones_like(arr, dtype="bool"), k=k)),
    "triu": lambda m, k=0: ours().triu(m, k=k),
    "triu_indices_from": lambda arr, k=0: ours().nonzero(ours().triu(ours().ones_like(arr, dtype="bool"), k=k)),
    "unique": _unique, "unique_all": _same("unique_all"), "unique_counts": _same("unique_counts"),
    "unique_inverse": _same("unique_inverse"), "unique_values": _same("unique_values"), "unstack": _same("unstack"),
    "unwrap": _unwrap, "vander": _vander, "var": spelled.var, "vdot": _vdot,
    "vsplit": lambda ary, indices_or_sections: _split(ary, indices_or_sections, 0),
    "vstack": lambda tup, *, dtype=None, casting="same_kind": _concatenate(map(_2d, tup), dtype=dtype, casting=casting),
    "where": _where, "zeros_like": _like("zeros"),
}  # fmt: skip


LINALG: dict[str, Callable[..., Any]] = {
    **{
        name: _same(f"linalg.{name}", "a")
        for name in (
            "cholesky", "cross", "det", "diagonal", "eig", "eigvals", "inv", "matmul", "matrix_norm",
            "matrix_transpose", "outer", "slogdet", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
        )
    },
    "matrix_power": _same("linalg.matrix_power", "a", "n"), "solve": _same("linalg.solve", "a", "b"),
    "cond": _cond, "lstsq": _lstsq, "multi_dot": _multi_dot, "norm": _norm, "pinv": _pinv, "qr": _qr, "svd": _svd,
    "eigh": lambda a, UPLO="L": ours().linalg.eigh(_triangle(UPLO, a)),
    "eigvalsh": lambda a, UPLO="L": ours().linalg.eigvalsh(_triangle(UPLO, a)),
    "matrix_rank": lambda A, tol=None, hermitian=False, *, rtol=None: (
        ours().linalg.matrix_rank(A, rtol=rtol)
        if tol is None
        else ours().count_nonzero(ours().linalg.svdvals(A) > tol, axis=-1)
    ),
}  # fmt: skip


FFT: dict[str, Callable[..., Any]] = {
    **{name: _transform(name, "n", "axis", "norm") for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{name: _transform(name, "s", "axes", "norm") for name in ("fftn", "ifftn", "rfftn", "irfftn")},
    **{f"{name}2": _two(f"{name}n") for name in ("fft", "ifft", "rfft", "irfft")},
    "fftshift": _positional("fft.fftshift", ("x",), "axes"),
    "ifftshift": _positional("fft.ifftshift", ("x",), "axes"),
}


MODULES = {"numpy": NUMPY, "numpy.linalg": LINALG, "numpy.fft": FFT, "numpy.lib.stride_tricks": NUMPY}
