"""NumPy's spelling: the namespace's functions with the names, the parameters and the defaults that NumPy gives them.

Written once for two uses: methods of `Tensor` are some of these, and NumPy calls them through `__array_function__`.
What a tensor cannot do as NumPy does it raises `Unsupported`.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ._core import op as core
from ._core.declare import linear
from ._core.dtypes import as_dtype
from ._core.op import SCALARS, Handle
from ._standard.elementwise import _join
from ._standard.manipulation import as_axes, as_axis, as_tensor

if TYPE_CHECKING:
    from ._tensor import Tensor


class Unsupported(TypeError):
    """A parameter of NumPy's that has no meaning for tensors."""


def _xp() -> Any:
    return core.namespace


def _refuse(name: str, **given: Any) -> None:
    """Raise for parameters that were given, and are not False or what NumPy takes for nothing."""
    for parameter, value in given.items():
        if value is not None and value is not False and type(value).__name__ != "_NoValueType":
            raise Unsupported(f"{name}: {parameter}={value!r} is not supported for tensors")


def given(value: Any, default: Any = None) -> Any:
    """A parameter, or the default where NumPy hands on that it was left out."""
    return default if value is None or type(value).__name__ == "_NoValueType" else value


def as_operands(*xs: Any) -> list[Any]:
    """Tensors, and Python's numbers as they are, which leave the data type to the others."""
    return [x if isinstance(x, SCALARS) else as_tensor(x) for x in xs]


def inexact(x: Any) -> Tensor:
    """A tensor, of floats where it holds integers: as NumPy has it where these have no loop, or would wrap around."""
    x = as_tensor(x)
    return x if x.dtype.kind in "fc" else _xp().astype(x, _xp().float64)  # type: ignore[no-any-return]


KINDS = "buifc"  # of data types, each of which holds those before it, but for signs


def into(out: Any, y: Any) -> Any:
    """`y`, written into `out` if there is one.

    Raises
    ------
    TypeError : `out` has a data type of a lower kind. NumPy's ufuncs say so; some of its reductions cut digits off.
    """
    if isinstance(out, tuple):
        (out,) = out
    if out is None or type(out).__name__ == "_NoValueType":
        return y
    if KINDS.find(y.dtype.kind) > KINDS.find(out.dtype.kind) >= 0:
        raise TypeError(f"out=: a result of {y.dtype} cannot be cast to {out.dtype} according to the rule 'same_kind'")
    if isinstance(out, Handle):
        out[...] = y  # type: ignore[index]
    else:
        out[...] = _numpy(y)
    return out


def _numpy(y: Any) -> Any:
    return y.numpy() if isinstance(y, Handle) else y  # type: ignore[attr-defined]


def _flat(a: Any, axis: Any) -> tuple[Any, int]:
    """What NumPy takes where an axis may be left out: the flattened tensor."""
    a = as_tensor(a)
    return (_xp().reshape(a, -1), 0) if given(axis) is None else (a, axis)


def cast(a: Any, dtype: Any, casting: str = "unsafe", copy: bool = False) -> Any:
    """`a` in another data type, if there is one and NumPy's rule `casting` allows it.

    Raises
    ------
    TypeError : it does not.
    """
    a = as_tensor(a)
    dtype = a.dtype if given(dtype) is None else as_dtype(dtype)
    if casting != "unsafe":
        allowed = {
            "no": dtype is a.dtype,
            "equiv": dtype is a.dtype,
            "safe": _xp().can_cast(a.dtype, dtype),
            "same_kind": KINDS.index(a.dtype.kind) <= KINDS.index(dtype.kind),
        }
        if casting not in allowed:
            raise ValueError(f"casting is one of {', '.join(allowed)} and unsafe, not {casting!r}")
        if not allowed[casting]:
            raise TypeError(f"{a.dtype} cannot be cast to {dtype} according to the rule {casting!r}")
    return _xp().astype(a, dtype, copy=copy)


def _masked(name: str, a: Any, where: Any, instead: Any) -> Any:
    """`a` with the neutral element where it is left out of a reduction."""
    if where is True or given(where) is None:
        return as_tensor(a)
    if instead is None:
        raise Unsupported(f"{name}: where=... needs initial=... with tensors")
    return _xp().where(where, a, instead)


# ---- the bytes of complex numbers read as real ones, and back


def _pairs(xp: Any, z: Any, /) -> Any:
    return xp.reshape(xp.stack([xp.real(z), xp.imag(z)], axis=-1), (*z.shape[:-1], 2 * z.shape[-1]))


def _from_pairs(xp: Any, x: Any, /) -> Any:
    return _join.op.forward(xp, x[..., 0::2], x[..., 1::2])  # type: ignore[attr-defined]


# Each is the other's transpose as well as its inverse.
@linear(
    transpose=lambda xp, g, y, z, /: _from_pairs(xp, g), view=True, inverse=lambda xp, new, z, /: _from_pairs(xp, new)
)
def _real_view(xp: Any, z: Any, /) -> Any:
    return _pairs(xp, z)


@linear(transpose=lambda xp, g, y, x, /: _pairs(xp, g), view=True, inverse=lambda xp, new, x, /: _pairs(xp, new))
def _complex_view(xp: Any, x: Any, /) -> Any:
    return _from_pairs(xp, x)


_VIEWS = {
    ("complex64", "float32"): _real_view,
    ("complex128", "float64"): _real_view,
    ("float32", "complex64"): _complex_view,
    ("float64", "complex128"): _complex_view,
}


def view(a: Any, dtype: Any = None) -> Tensor:
    """The same elements under another name, or complex ones as pairs of real ones along the last axis, and back."""
    dtype = a.dtype if given(dtype) is None else as_dtype(dtype)
    if dtype is a.dtype:
        return a[...]  # type: ignore[no-any-return]
    read = _VIEWS.get((a.dtype.name, dtype.name))
    if read is None:
        raise TypeError(f"view: the bytes of a tensor of {a.dtype} cannot be read as {dtype}; astype() converts")
    if not a.ndim or (read is _complex_view and a.shape[-1] % 2):
        raise ValueError(f"view: a shape of {a.shape} has no pairs of elements along its last axis")
    return read(a)  # type: ignore[no-any-return]


# ---- reductions


def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """The sum of the elements along axes."""
    y = _xp().sum(_masked("sum", a, where, 0), axis=axis, dtype=given(dtype), keepdims=given(keepdims, False))
    return into(out, y if given(initial) is None else y + initial)  # type: ignore[no-any-return]


def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """The product of the elements along axes."""
    y = _xp().prod(_masked("prod", a, where, 1), axis=axis, dtype=given(dtype), keepdims=given(keepdims, False))
    return into(out, y if given(initial) is None else y * initial)  # type: ignore[no-any-return]


def _extreme(name: str, of_two: str, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any) -> Tensor:
    xp, a = _xp(), _masked(name, a, where, initial)
    if initial is not None and not a.size:  # the sum has the shape of the result
        y = xp.full_like(xp.sum(a, axis=axis, keepdims=keepdims), initial, dtype=a.dtype)
    else:
        y = getattr(xp, name)(a, axis=axis, keepdims=keepdims)
        y = y if initial is None else getattr(xp, of_two)(y, initial)
    return into(out, y)  # type: ignore[no-any-return]


def max(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Tensor:
    """The largest element along axes."""
    return _extreme("max", "maximum", a, axis, out, given(keepdims, False), given(initial), where)


def min(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Tensor:
    """The smallest element along axes."""
    return _extreme("min", "minimum", a, axis, out, given(keepdims, False), given(initial), where)


def all(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Tensor:
    """Whether all elements along axes are true."""
    return into(out, _xp().all(_masked("all", a, where, True), axis=axis, keepdims=given(keepdims, False)))  # type: ignore[no-any-return]


def any(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Tensor:
    """Whether any element along axes is true."""
    return into(out, _xp().any(_masked("any", a, where, False), axis=axis, keepdims=given(keepdims, False)))  # type: ignore[no-any-return]


def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = None
) -> Tensor:
    """The mean of the elements along axes."""
    _refuse("mean", where=where if where is not True else None)
    return into(out, _xp().mean(cast(a, dtype), axis=axis, keepdims=given(keepdims, False)))  # type: ignore[no-any-return]


def _spread(name: str) -> Callable[..., Any]:
    def spread(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: Any = False,
        *,
        where: Any = None,
        mean: Any = None,
        correction: Any = None,
    ) -> Tensor:
        _refuse(name, where=where if where is not True else None, mean=mean)
        y = getattr(_xp(), name)(
            cast(a, dtype), axis=axis, correction=given(correction, ddof), keepdims=given(keepdims, False)
        )
        return into(out, y)  # type: ignore[no-any-return]

    spread.__name__ = spread.__qualname__ = name
    return spread


std = _spread("std")
std.__doc__ = """The standard deviation of the elements along axes; `ddof` and `correction` are the same."""
var = _spread("var")
var.__doc__ = """The variance of the elements along axes; `ddof` and `correction` are the same."""
_nanstd, _nanvar = _spread("nanstd"), _spread("nanvar")


def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Tensor:
    """The index of the largest element."""
    return into(out, _xp().argmax(a, axis=axis, keepdims=given(keepdims, False)))  # type: ignore[no-any-return]


def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Tensor:
    """The index of the smallest element."""
    return into(out, _xp().argmin(a, axis=axis, keepdims=given(keepdims, False)))  # type: ignore[no-any-return]


def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums up to each element; of all elements in row-major order where no axis is given."""
    a, axis = _flat(a, axis)
    return into(out, _xp().cumulative_sum(a, axis=axis, dtype=given(dtype)))  # type: ignore[no-any-return]


def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The products up to each element; of all elements in row-major order where no axis is given."""
    a, axis = _flat(a, axis)
    return into(out, _xp().cumulative_prod(a, axis=axis, dtype=given(dtype)))  # type: ignore[no-any-return]


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Tensor:
    """The largest element minus the smallest, along axes."""
    return into(out, max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims))  # type: ignore[no-any-return]


def _reduction(name: str, *parameters: str) -> Callable[..., Any]:
    """A reduction whose parameters NumPy takes by position too, with `dtype` and `out` where they stand among these."""

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(parameters):
            raise TypeError(f"{name}: too many arguments")
        kwargs.update(zip(parameters, args, strict=False))
        kwargs = {k: v for k, v in kwargs.items() if given(v) is not None}
        out = kwargs.pop("out", None)
        _refuse(name, **{k: kwargs.pop(k, None) for k in ("where", "initial", "weights")})
        kwargs.pop("overwrite_input", None)
        return into(out, getattr(_xp(), name)(a, **kwargs))

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
        _refuse(name, weights=weights, interpolation=interpolation)
        q = q if isinstance(q, SCALARS) else as_tensor(q)
        y = getattr(_xp(), name)(a, q / scale, axis=axis, method=method, keepdims=given(keepdims, False))
        return into(out, y)

    return call


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """The weighted mean."""
    xp, a = _xp(), as_tensor(a)
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


# ---- shapes


def ravel(a: Any, order: str = "C") -> Tensor:
    """The elements in one dimension: a view."""
    _check_order("ravel", order)
    return _xp().reshape(a, -1)  # type: ignore[no-any-return]


def _check_order(name: str, order: Any) -> None:
    if order not in ("C", "A", "K", None):
        raise Unsupported(f"{name}: order={order!r}; the elements of a tensor are in row-major order")


def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Tensor:
    """The same elements in another shape: a view."""
    _check_order("reshape", order)
    return _xp().reshape(a, newshape if shape is None else shape, copy=copy)  # type: ignore[no-any-return]


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """A view without axes of size one: without all of them where none is named."""
    a = as_tensor(a)
    return _xp().squeeze(a, axis=tuple(i for i, n in enumerate(a.shape) if n == 1) if axis is None else axis)  # type: ignore[no-any-return]


def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """A view with two axes exchanged."""
    a = as_tensor(a)
    order = list(range(a.ndim))
    i, j = as_axis("swapaxes", axis1, a.ndim), as_axis("swapaxes", axis2, a.ndim)
    order[i], order[j] = order[j], order[i]
    return _xp().permute_dims(a, tuple(order))  # type: ignore[no-any-return]


def _axes_last(a: Any, axis1: int, axis2: int) -> Any:
    a = as_tensor(a)
    i, j = as_axes("diagonal", (axis1, axis2), a.ndim)
    return _xp().permute_dims(a, (*[k for k in range(a.ndim) if k not in (i, j)], i, j))


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonals of matrices in two of the axes."""
    return _xp().linalg.diagonal(_axes_last(a, axis1, axis2), offset=offset)  # type: ignore[no-any-return]


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums of the diagonals of matrices in two of the axes."""
    return into(out, _xp().linalg.trace(_axes_last(a, axis1, axis2), offset=offset, dtype=dtype))  # type: ignore[no-any-return]


def concatenate(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays one after the other."""
    return into(out, cast(_xp().concat(list(arrays), axis=axis), dtype, casting))


def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays along a new axis."""
    return into(out, cast(_xp().stack(list(arrays), axis=axis), dtype, casting))


def _at_least(ndim: int) -> Callable[..., Any]:
    def call(*arrays: Any) -> Any:
        def raised(a: Any) -> Any:
            a = as_tensor(a)
            if a.ndim >= ndim:
                return a
            if ndim == 3:  # NumPy puts one axis in front of a vector, and the others behind
                return _xp().reshape(a, ((1,) if a.ndim < 2 else ()) + (a.shape or (1,)) + (1,))
            return _xp().reshape(a, (1,) * (ndim - a.ndim) + a.shape)

        found = tuple(raised(a) for a in arrays)
        return found[0] if len(found) == 1 else found

    return call


_1d, _2d, _3d = _at_least(1), _at_least(2), _at_least(3)


def _column_stack(tup: Any) -> Any:
    return _xp().concat([t if t.ndim > 1 else _xp().reshape(t, (-1, 1)) for t in map(as_tensor, tup)], axis=1)


def _hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    parts = [_1d(t) for t in tup]
    return cast(_xp().concat(parts, axis=0 if parts[0].ndim == 1 else 1), dtype, casting)


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    a = as_tensor(ary)
    n = a.shape[axis]
    if hasattr(indices_or_sections, "__len__"):
        ends = [0, *[int(i) for i in indices_or_sections], n]
    else:
        each, more = divmod(n, int(indices_or_sections))
        ends = [k * each + builtins.min(k, more) for k in range(int(indices_or_sections) + 1)]
    key: tuple[Any, ...] = (slice(None),) * (axis % a.ndim)
    return [a[(*key, slice(i, j))] for i, j in pairwise(ends)]


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if not hasattr(indices_or_sections, "__len__") and as_tensor(ary).shape[axis] % int(indices_or_sections):
        raise ValueError("split: the parts would not be equally long")
    return _array_split(ary, indices_or_sections, axis)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    parts = [as_tensor(arr), as_tensor(values)]
    return _xp().concat([_xp().reshape(p, -1) for p in parts] if axis is None else parts, axis=axis or 0)


def _filled(name: str) -> Callable[..., Any]:
    def call(shape: Any, dtype: Any = None, order: Any = "C", *, device: Any) -> Any:
        return getattr(_xp(), name)(shape, dtype=dtype, device=device)

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
    y = _xp().asarray(object, dtype=dtype, copy=copy, device=device)
    return y[(None,) * (ndmin - y.ndim)] if y.ndim < ndmin else y


def _asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, device: Any) -> Any:
    return _xp().asarray(a, dtype=dtype, copy=copy, device=device)


def _arange(start: Any = None, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Any) -> Any:
    start, stop = (0, start) if stop is None else (start or 0, stop)
    return _xp().arange(start, stop, step, dtype=dtype, device=device)


def _eye(N: int, M: Any = None, k: int = 0, dtype: Any = None, order: Any = "C", *, device: Any) -> Any:
    return _xp().eye(N, M, k=k, dtype=dtype, device=device)


def _tri(N: int, M: Any = None, k: int = 0, dtype: Any = None, *, device: Any) -> Any:
    return _xp().tril(_xp().ones((N, N if M is None else M), dtype=dtype, device=device), k=k)


def _full_like(name: str) -> Callable[..., Any]:
    def call(
        a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *, device: Any = None
    ) -> Any:
        a = as_tensor(a)
        make = getattr(_xp(), name)
        return make(a.shape if shape is None else shape, dtype=dtype or a.dtype, device=device or a.device)

    return call


def _filled_like(
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
    return _xp().full(
        a.shape if shape is None else shape, fill_value, dtype=dtype or a.dtype, device=device or a.device
    )


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    start += a.ndim if start < 0 else 0
    return _xp().moveaxis(a, axis, start - (axis % a.ndim < start))


def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    i, j = as_axes("rot90", axes, m.ndim)
    k %= 4
    if k == 2:
        return _xp().flip(m, axis=(i, j))
    turned = swapaxes(m, i, j) if k else m
    return _xp().flip(turned, axis=i if k == 1 else j) if k else m


# ---- sorting, searching, selecting


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    """The elements in ascending order along an axis."""
    _refuse("sort", order=order)
    a, axis = _flat(a, axis)
    return _xp().sort(a, axis=axis)  # type: ignore[no-any-return]


def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    """The indices of the elements in ascending order along an axis."""
    _refuse("argsort", order=order)
    a, axis = _flat(a, axis)
    return _xp().argsort(a, axis=axis)  # type: ignore[no-any-return]


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Tensor:
    """The elements at indices; of the flattened tensor where no axis is given."""
    a, axis = _flat(a, axis)
    axis = as_axis("take", axis, a.ndim)
    indices = _inside(a, indices, a.shape[axis], mode)
    return into(out, a[(*(slice(None),) * axis, indices)])  # type: ignore[no-any-return]


def _inside(a: Any, indices: Any, size: int, mode: str) -> Any:
    """Indices, those out of bounds brought inside as NumPy's `mode` says."""
    if mode == "raise":
        return indices
    xp = _xp()
    indices = xp.asarray(indices, dtype=xp.int64, device=a.device)
    if mode == "clip":
        return xp.clip(indices, 0, size - 1)
    if mode == "wrap":
        return xp.remainder(indices, size)
    raise ValueError(f"mode is one of raise, clip and wrap, not {mode!r}")


def repeat(a: Any, repeats: Any, axis: Any = None) -> Tensor:
    """Every element repeated."""
    return _xp().repeat(a, repeats, axis=axis)  # type: ignore[no-any-return]


def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """The slices at which a condition holds."""
    a, axis = _flat(a, axis)
    return take(a, _xp().nonzero(as_tensor(condition))[0], axis, out)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    """Where to insert elements into the sorted tensor."""
    return _xp().searchsorted(a, v if isinstance(v, SCALARS) else as_tensor(v), side=side, sorter=sorter)  # type: ignore[no-any-return]


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Tensor:
    """The elements brought into an interval."""
    low, high = given(a_min, given(min)), given(a_max, given(max))
    return into(out, _xp().clip(as_tensor(a), low, high))  # type: ignore[no-any-return]


def round(a: Any, decimals: int = 0, out: Any = None) -> Tensor:
    """The elements rounded to a number of decimals; half-way cases to even."""
    xp, a = _xp(), as_tensor(a)
    if not decimals or a.dtype.kind == "b" or (a.dtype.kind in "iu" and decimals > 0):
        return into(out, xp.round(a))  # type: ignore[no-any-return]
    scale = 10.0 ** abs(decimals)
    rounded = xp.round(a * scale) / scale if decimals > 0 else xp.round(a / scale) * scale
    return into(out, cast(rounded, a.dtype))  # type: ignore[no-any-return]


def where(condition: Any, *choices: Any) -> Any:
    """Elements of one or the other."""
    condition = as_tensor(condition)
    if not choices:
        return _xp().nonzero(condition)
    return _xp().where(condition if condition.dtype.kind == "b" else condition != 0, *choices)


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
    _refuse("unique", axis=axis)
    xp = _xp()
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
    xp, a, b = _xp(), as_tensor(a), inexact(b)
    close = xp.isfinite(b) & (xp.abs(a - b) <= atol + rtol * xp.abs(b)) | (a == b)
    return close | (xp.isnan(a) & xp.isnan(b)) if equal_nan else close


def _allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    return bool(_xp().all(_isclose(a, b, rtol, atol, equal_nan)))


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    a, b = as_tensor(a1), as_tensor(a2)
    if a.shape != b.shape:
        return False
    same = a == b
    return bool(_xp().all(same | ((a != a) & (b != b)) if equal_nan else same))


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not isinstance(src, SCALARS):
        src = cast(src, dst.dtype, casting)
    if not isinstance(dst, Handle):
        src, where = _numpy(src), _numpy(where)
        dst[...] = src if where is True else _numpy(_xp().where(as_tensor(where), as_tensor(src), as_tensor(dst)))
    elif where is True:
        dst[...] = src  # type: ignore[index]
    else:
        dst[...] = _xp().where(where, src, dst)  # type: ignore[index]


# ---- arithmetic


def dot(a: Any, b: Any, out: Any = None) -> Tensor:
    """The product of matrices or vectors; of more dimensions, along the last axis and the one before the last."""
    xp, a, b = _xp(), as_tensor(a), as_tensor(b)
    if not a.ndim or not b.ndim:
        return into(out, a * b)  # type: ignore[no-any-return]
    return into(out, xp.tensordot(a, b, axes=((a.ndim - 1,), (builtins.max(b.ndim - 2, 0),))))  # type: ignore[no-any-return]


def _inner(a: Any, b: Any) -> Any:
    a, b = as_tensor(a), as_tensor(b)
    return a * b if not a.ndim or not b.ndim else _xp().tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def _vdot(a: Any, b: Any) -> Any:
    return _xp().vecdot(_xp().reshape(as_tensor(a), -1), _xp().reshape(as_tensor(b), -1))


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return into(out, _xp().linalg.outer(_xp().reshape(as_tensor(a), -1), _xp().reshape(as_tensor(b), -1)))


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    if axis is None and not axisa == axisb == axisc:
        raise Unsupported("cross: give one axis for all")
    return _xp().linalg.cross(as_tensor(a), as_tensor(b), axis=axisa if axis is None else axis)


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = as_tensor(a)

    def edge(x: Any) -> Any:
        x = given(x)
        if x is None:
            return None
        x = _xp().asarray(x, device=a.device)
        return (
            x if x.ndim else _xp().broadcast_to(x, tuple(1 if i == axis % a.ndim else m for i, m in enumerate(a.shape)))
        )

    return _xp().diff(a, n=n, axis=axis, prepend=edge(prepend), append=edge(append))


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_tensor(y)
    if x is not None:
        x = as_tensor(x)
        dx = _xp().diff(x, axis=axis if x.ndim > 1 else 0)
        if x.ndim == 1:
            dx = _xp().reshape(dx, [-1 if i == axis % y.ndim else 1 for i in range(y.ndim)])
    key: tuple[Any, ...] = (slice(None),) * (axis % y.ndim)
    return _xp().sum((y[(*key, slice(1, None))] + y[(*key, slice(None, -1))]) * (0.5 * dx), axis=axis)


def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if not copy:
        raise Unsupported("nan_to_num: copy=False is not supported for tensors")
    xp, x = _xp(), as_tensor(x)
    if x.dtype.kind == "c":
        raise Unsupported("nan_to_num: complex tensors are not supported")
    if x.dtype.kind != "f":
        return xp.asarray(x, copy=True)
    limits = xp.finfo(x.dtype)
    x = xp.where(xp.isnan(x), nan, x)
    x = xp.where(x == math.inf, limits.max if posinf is None else posinf, x)
    return xp.where(x == -math.inf, limits.min if neginf is None else neginf, x)


def _angle(z: Any, deg: bool = False) -> Any:
    xp, z = _xp(), inexact(z)
    phase = xp.atan2(xp.imag(z), xp.real(z))
    return phase * (180 / math.pi) if deg else phase


# sin(y) / y in powers of y squared, right to double precision below 1.
_SINC = [(-1) ** k / math.factorial(2 * k + 1) for k in range(10)]


def _sinc(x: Any) -> Any:
    xp = _xp()
    y = math.pi * as_tensor(x)
    # The quotient's derivatives lose ever more digits towards zero, where the series is right with all of its own.
    near = xp.abs(y) < 1
    square, series = xp.where(near, y, 0.0) ** 2, 0.0
    for coefficient in reversed(_SINC):
        series = series * square + coefficient
    z = xp.where(near, 1.0, y)
    return xp.where(near, series, xp.sin(z) / z)


def _polyval(p: Any, x: Any) -> Any:
    p, x = as_tensor(p), as_tensor(x)
    y = _xp().zeros_like(x)
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


def _result_type(*args: Any) -> Any:
    return _xp().result_type(*args).__numpy_dtype__


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
    y = _xp().moveaxis(_xp().linspace(start, stop, num, endpoint=endpoint, dtype=dtype), 0, axis)
    return (y, (stop - start) / (num - bool(endpoint))) if retstep else y


def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    y = _xp().logspace(start, stop, num, endpoint=endpoint, base=base, dtype=dtype)
    return _xp().moveaxis(y, 0, axis)


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    xp, start = _xp(), as_tensor(start)
    sign = xp.sign(start.detach())
    y = sign * _logspace(xp.log2(start / sign), xp.log2(as_tensor(stop) / sign), num, endpoint, 2.0)
    return cast(xp.moveaxis(y, 0, axis), dtype)


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    xp = _xp()
    *choices, y = as_operands(*choicelist, default)
    first: Any = next((x for x in (*choices, y) if isinstance(x, Handle)), None)
    if first is not None:
        dtype = xp.result_type(*choices, y)  # of all at once: a step might promote to what cannot hold the next one
        *choices, y = [cast(xp.asarray(x, device=first.device), dtype) for x in (*choices, y)]
    for condition, choice in reversed(list(zip(condlist, choices, strict=True))):
        y = xp.where(as_tensor(condition), choice, y)
    return y


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    x = as_tensor(x)
    if x.dtype.kind in "biu":  # powers of small integers are large
        x = _xp().astype(x, _xp().result_type(x.dtype, _xp().int64), copy=False)
    n = x.shape[0] if N is None else N
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return _xp().stack([x**k for k in powers], axis=1) if n else x[:, None][:, :0]


# ---- linear algebra


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """What NumPy gives: the solution, the residuals where there are any, the rank and the singular values."""
    xp, a, b = _xp(), as_tensor(a), as_tensor(b)
    m, n = a.shape
    rtol = float(xp.finfo(a.dtype).eps) * builtins.max(m, n) if rcond is None else rcond
    s = xp.linalg.svdvals(a)
    rank = int(xp.count_nonzero(s > rtol * xp.max(s)))
    x = xp.linalg.pinv(a, rtol=rtol) @ b
    rest = xp.sum(xp.abs(b - a @ x) ** 2, axis=0, keepdims=b.ndim == 1)
    return x, rest if rank == n < m else rest[:0], rank, s


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    xp, x = _xp(), as_tensor(x)
    if axis is None and ord is None:
        return xp.linalg.vector_norm(x, keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else as_axes("norm", axis, x.ndim)
    if len(axes) == 1:
        return xp.linalg.vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError(f"norm: one axis or two, not {len(axes)}")
    y = xp.linalg.matrix_norm(_axes_last(x, *axes), ord="fro" if ord is None else ord)
    return xp.expand_dims(y, axis=axes) if keepdims else y


def _triangle(UPLO: str, x: Any) -> Any:
    """The Hermitian matrix with the triangle that NumPy reads."""
    xp, x = _xp(), as_tensor(x)
    low = xp.tril(x) if UPLO.upper() == "L" else xp.conj(xp.matrix_transpose(xp.triu(x)))
    strict = xp.tril(low, k=-1)
    return low + (xp.conj(xp.matrix_transpose(strict)) if x.dtype.kind == "c" else xp.matrix_transpose(strict))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    return _xp().linalg.svd(a, full_matrices=full_matrices) if compute_uv else _xp().linalg.svdvals(a)


def _qr(a: Any, mode: str = "reduced") -> Any:
    found = _xp().linalg.qr(a, mode="reduced" if mode == "r" else mode)
    return found.R if mode == "r" else found


def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    first, *rest = [as_tensor(a) for a in arrays]
    for a in rest:
        first = first @ a
    return into(out, first)


def _cond(x: Any, p: Any = None) -> Any:
    linalg = _xp().linalg
    if p in (None, 2, -2):
        s = linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return linalg.matrix_norm(x, ord=p) * linalg.matrix_norm(linalg.inv(x), ord=p)


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    # NumPy's default is its own, and larger than the standard's.
    return _xp().linalg.pinv(a, rtol=given(rtol, 1e-15 if given(rcond) is None else rcond))


def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    if writeable:
        raise Unsupported("sliding_window_view: windows of a tensor show elements several times and refuse writes")
    return _xp().ext.sliding_window_view(x, window_shape, axis)


# ---- cutting, joining, piecewise


def _block(arrays: Any) -> Any:
    def depth(a: Any) -> int:
        return 1 + builtins.max([depth(part) for part in a]) if isinstance(a, list) else 0

    def leaves(a: Any) -> list[Any]:
        return [leaf for part in a for leaf in leaves(part)] if isinstance(a, list) else [as_tensor(a)]

    deep = depth(arrays)
    ndim = builtins.max(deep, *[leaf.ndim for leaf in leaves(arrays)], 0)

    def join(a: Any, level: int) -> Any:
        if isinstance(a, list):
            return _xp().concat([join(part, level + 1) for part in a], axis=ndim - deep + level)
        a = as_tensor(a)
        return _xp().reshape(a, (1,) * (ndim - a.ndim) + a.shape)

    return join(arrays, 0)


def _places(name: str, obj: Any, n: int) -> list[int]:
    """Where an index of NumPy's insert and delete points along an axis of `n` elements."""
    if isinstance(obj, slice):
        return list(range(*obj.indices(n)))
    listed = obj.tolist() if hasattr(obj, "tolist") else obj
    if isinstance(listed, builtins.bool) or not isinstance(listed, (int, list, tuple)):
        raise Unsupported(f"{name}: {obj!r} is no integer, slice or sequence of integers")
    places = [listed] if isinstance(listed, int) else list(listed)
    if places and builtins.all(isinstance(place, builtins.bool) for place in places):
        if name == "delete" and len(places) != n:
            raise ValueError(f"delete: a mask of {len(places)} elements for {n}")
        return [i for i, chosen in enumerate(places) if chosen]
    if builtins.any(not -n <= place <= n for place in places):
        raise IndexError(f"{name}: {obj} is out of bounds for {n} elements")
    return [place + n if place < 0 else place for place in places]


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    xp, x = _xp(), as_tensor(arr)
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


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    xp, x = _xp(), as_tensor(arr)
    if axis is None:
        x, axis = xp.reshape(x, -1), 0
    n = x.shape[axis]
    gone = set(_places("delete", obj, n))
    if n in gone:
        raise IndexError(f"delete: {obj} is out of bounds for {n} elements")
    left = [i for i in range(n) if i not in gone]
    return xp.take(x, xp.asarray(left, dtype="int64", device=x.device), axis=axis)


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    xp, x = _xp(), as_tensor(x)
    first = condlist[0]
    if getattr(condlist, "ndim", 2) < 2 or isinstance(first, (builtins.bool, int)):  # one condition, not in a list
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


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    xp, a = _xp(), as_tensor(a)
    a = _inside(a, a, len(choices), mode)
    parts = xp.broadcast_arrays(*[as_tensor(choice) for choice in choices])
    if a.size and not 0 <= int(xp.min(a)) <= int(xp.max(a)) < len(parts):
        raise ValueError(f"choose: an index is none of {len(parts)} choices")
    y = parts[-1]
    for i, part in enumerate(parts[:-1]):
        y = xp.where(a == i, part, y)
    return into(out, y)


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    xp, x = _xp(), as_tensor(arr)
    axis = as_axis("apply_along_axis", axis, x.ndim)
    outer = (*x.shape[:axis], *x.shape[axis + 1 :])
    rows = xp.reshape(xp.moveaxis(x, axis, -1), (-1, x.shape[axis]))
    if not rows.shape[0]:
        raise ValueError("apply_along_axis: there is no row to apply a function to")
    found = xp.stack([as_tensor(func1d(rows[i, :], *args, **kwargs)) for i in range(rows.shape[0])])
    inner = found.shape[1:]
    y = xp.reshape(found, (*outer, *inner))
    return xp.moveaxis(y, tuple(range(len(outer), y.ndim)), tuple(range(axis, axis + len(inner))))


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    xp, p = _xp(), as_tensor(p)
    p = p if p.dtype.kind == "f" else xp.astype(p, xp.float64)
    jump = xp.diff(p.detach(), axis=axis)
    step = xp.remainder(jump + period / 2, period) - period / 2
    step = xp.where((step == -period / 2) & (jump > 0), period / 2, step)
    # Whole periods: what is added has no derivative.
    added = xp.where(xp.abs(jump) < given(discont, period / 2), 0.0, step - jump)
    return p + xp.cumulative_sum(added, axis=axis, include_initial=True)


def _polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    _refuse("polyfit", full=full, cov=cov)
    xp, x, y = _xp(), as_tensor(x), as_tensor(y)
    powers = _vander(x + 0.0, deg + 1)
    if w is not None:
        w = as_tensor(w)
        powers, y = powers * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    scale = xp.sqrt(xp.sum(powers * powers, axis=0))
    tolerance = x.shape[0] * float(xp.finfo(powers.dtype).eps) if rcond is None else rcond
    found = xp.linalg.pinv(powers / scale, rtol=tolerance) @ y
    return found / (scale[:, None] if y.ndim == 2 else scale)


# ---- the tables that `__array_function__` goes by


def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    if builtins.any(x is None or isinstance(x, str) for x in args):
        raise Unsupported("broadcast_arrays: None and strings are no elements of tensors")
    return _xp().broadcast_arrays(*args)


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    xp = _xp()
    if not sparse or indexing not in ("xy", "ij"):
        return xp.meshgrid(*xi, indexing=indexing)
    n = len(xi)
    axes = [*range(n)[1::-1], *range(2, n)] if indexing == "xy" else range(n)
    columns = [(1,) * axis + (-1,) + (1,) * (n - axis - 1) for axis in axes]
    grids = [xp.reshape(as_tensor(x), column) for x, column in zip(xi, columns, strict=True)]
    return tuple([grid.copy() if copy else grid for grid in grids])


def _pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0, **kwargs: Any) -> Tensor:
    _refuse("pad", **{k: v for k, v in kwargs.items() if (k, v) != ("reflect_type", "even")})
    if not isinstance(mode, str) or mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise Unsupported(f"pad: mode {mode!r} is not supported for tensors")
    if isinstance(constant_values, tuple) and constant_values in ((0,), (0, 0)):  # as scipy.signal has it
        constant_values = 0
    if as_tensor(constant_values).ndim:
        raise Unsupported("pad: only one constant_values is supported for tensors")
    return _xp().pad(array, pad_width, mode, constant_values=constant_values)  # type: ignore[no-any-return]


def _ours(path: str) -> Callable[..., Any]:
    """The namespace's own function, found when it is called; its parameters are NumPy's."""
    module, _, name = path.rpartition(".")

    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if given(v) is not None}
        out = kwargs.pop("out", None)
        return into(out, getattr(getattr(_xp(), module) if module else _xp(), name)(*args, **kwargs))

    return call


def _positional(path: str, operands: int, *parameters: str) -> Callable[..., Any]:
    """The namespace's own function, whose parameters NumPy takes by position too and the standard by name."""
    function = _ours(path)

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > operands + len(parameters):
            raise TypeError(f"{path}: too many arguments")
        kwargs.update(zip(parameters, args[operands:], strict=False))
        return function(*args[:operands], **kwargs)

    return call


def _by_operand(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """Take operands that NumPy lets be named by position."""

    def call(*args: Any, **kwargs: Any) -> Any:
        named = [kwargs.pop(n) for n in names[len(args) :] if n in kwargs]
        return function(*args, *named, **kwargs)

    return call


# What NumPy asks of a tensor that it is told to make others like: `np.zeros(3, like=x)`. They are made on its device.
MAKERS: dict[str, Callable[..., Any]] = {
    "arange": _arange, "array": _array, "asanyarray": _asarray, "asarray": _asarray, "empty": _filled("empty"),
    "eye": _eye, "identity": lambda n, dtype=None, *, device: _eye(n, dtype=dtype, device=device),
    "full": lambda shape, fill_value, dtype=None, order="C", *, device: _xp().full(
        shape, fill_value, dtype=dtype, device=device
    ),
    "ones": _filled("ones"), "tri": _tri, "zeros": _filled("zeros"),
}  # fmt: skip

NUMPY: dict[str, Callable[..., Any]] = {
    "all": all, "amax": max, "amin": min, "any": any, "argmax": argmax, "argmin": argmin, "argsort": argsort,
    "around": round, "average": average, "clip": clip, "compress": compress, "concat": concatenate,
    "concatenate": concatenate, "cumprod": cumprod, "cumsum": cumsum, "diagonal": diagonal, "dot": dot, "max": max,
    "mean": mean, "min": min, "nanstd": _nanstd, "nanvar": _nanvar, "prod": prod, "ptp": ptp, "ravel": ravel,
    "repeat": repeat, "reshape": reshape, "round": round, "searchsorted": searchsorted, "sort": sort,
    "squeeze": squeeze,
    "stack": stack, "std": std, "sum": sum, "swapaxes": swapaxes, "take": take, "trace": trace, "var": var,
    "where": where,
    "apply_along_axis": _apply_along_axis, "block": _block, "choose": _choose, "delete": _delete, "insert": _insert,
    "argpartition": lambda a, kth, axis=-1, kind="introselect", order=None: argsort(a, axis),
    "i0": lambda x: _xp().special.i0(x),
    "partition": lambda a, kth, axis=-1, kind="introselect", order=None: sort(a, axis),
    "piecewise": _piecewise, "polyfit": _polyfit, "unwrap": _unwrap,
    "tril_indices_from": lambda arr, k=0: _xp().nonzero(_xp().tril(_xp().ones_like(arr, dtype="bool"), k=k)),
    "triu_indices_from": lambda arr, k=0: _xp().nonzero(_xp().triu(_xp().ones_like(arr, dtype="bool"), k=k)),
    "allclose": _allclose, "angle": _angle, "append": _append, "array_equal": _array_equal, "array_split": _array_split,
    "atleast_1d": _1d, "atleast_2d": _2d, "atleast_3d": _3d, "column_stack": _column_stack, "copyto": _copyto,
    "cross": _cross, "diff": _diff, "full_like": _filled_like, "hstack": _hstack, "inner": _inner, "isclose": _isclose,
    "linspace": _linspace, "nan_to_num": _nan_to_num, "outer": _outer, "polyval": _polyval, "result_type": _result_type,
    "geomspace": _geomspace, "logspace": _logspace, "select": _select, "vander": _vander,
    "rollaxis": _rollaxis,
    "rot90": _rot90, "sinc": _sinc, "split": _split, "trapezoid": _trapezoid, "trapz": _trapezoid, "unique": _unique,
    "vdot": _vdot,
    "empty_like": _full_like("empty"), "ones_like": _full_like("ones"), "zeros_like": _full_like("zeros"),
    "vstack": lambda tup, *, dtype=None, casting="same_kind": concatenate(map(_2d, tup), dtype=dtype, casting=casting),
    "dstack": lambda tup: _xp().concat([_3d(t) for t in tup], axis=2),
    "hsplit": lambda ary, n: _split(ary, n, 1 if ary.ndim > 1 else 0),
    "vsplit": lambda ary, n: _split(ary, n, 0),
    "dsplit": lambda ary, n: _split(ary, n, 2),
    "argwhere": lambda a: _xp().stack(_xp().nonzero(_1d(a)), axis=1)[:, : as_tensor(a).ndim],
    "flatnonzero": lambda a: _xp().nonzero(_xp().reshape(a, -1))[0],
    "nonzero": lambda a: _xp().nonzero(a),
    "fliplr": lambda m: _xp().flip(m, axis=1),
    "flipud": lambda m: _xp().flip(m, axis=0),
    "fix": lambda x, out=None: into(out, _xp().trunc(x)),
    "astype": lambda x, dtype, /, *, copy=True, device=None: _xp().astype(x, dtype, copy=copy, device=device),
    "copy": lambda a, order="K", subok=False: _xp().asarray(a, copy=True),
    "ndim": lambda a: as_tensor(a).ndim,
    "shape": lambda a: as_tensor(a).shape,
    "size": lambda a, axis=None: as_tensor(a).size if axis is None else as_tensor(a).shape[axis],
    "iscomplexobj": lambda x: as_tensor(x).dtype.kind == "c",
    "isrealobj": lambda x: as_tensor(x).dtype.kind != "c",
    "iscomplex": lambda x: _xp().imag(x) != 0 if x.dtype.kind == "c" else _xp().zeros_like(x, dtype="bool"),
    "isreal": lambda x: _xp().imag(x) == 0 if x.dtype.kind == "c" else _xp().ones_like(x, dtype="bool"),
    "digitize": lambda x, bins, right=False: searchsorted(bins, as_tensor(x), "left" if right else "right"),
    "ediff1d": lambda ary: _xp().diff(_xp().reshape(ary, -1)),
    "array_repr": lambda arr, *args, **kwargs: repr(arr),
    "array_str": lambda a, *args, **kwargs: str(a),
    "array2string": lambda a, *args, **kwargs: str(a),
    "percentile": _quantile("quantile", 100.0), "nanpercentile": _quantile("nanquantile", 100.0),
    "quantile": _quantile("quantile", 1.0), "nanquantile": _quantile("nanquantile", 1.0),
    "median": _reduction("median", "axis", "out", "overwrite_input", "keepdims"),
    "nanmedian": _reduction("nanmedian", "axis", "out", "overwrite_input", "keepdims"),
    "nanmean": _reduction("nanmean", "axis", "dtype", "out", "keepdims"),
    "nansum": _reduction("nansum", "axis", "dtype", "out", "keepdims"),
    "nanprod": _reduction("nanprod", "axis", "dtype", "out", "keepdims"),
    "nanmax": _reduction("nanmax", "axis", "out", "keepdims"),
    "nanmin": _reduction("nanmin", "axis", "out", "keepdims"),
    "nanargmax": _reduction("nanargmax", "axis", "out"),
    "nanargmin": _reduction("nanargmin", "axis", "out"),
    "nancumsum": _reduction("nancumsum", "axis", "dtype", "out"),
    "nancumprod": _reduction("nancumprod", "axis", "dtype", "out"),
    "count_nonzero": _positional("count_nonzero", 1, "axis"),
    "cumulative_prod": _ours("cumulative_prod"), "cumulative_sum": _ours("cumulative_sum"),
    "bincount": _ours("bincount"), "broadcast_arrays": _broadcast_arrays,
    "broadcast_to": lambda array, shape, subok=False: _xp().broadcast_to(array, shape),
    "convolve": _by_operand(_ours("convolve"), "a", "v"), "correlate": _by_operand(_ours("correlate"), "a", "v"),
    "corrcoef": _by_operand(_ours("corrcoef"), "x"), "cov": _by_operand(_ours("cov"), "m"),
    "diag": _by_operand(_ours("diag"), "v"),
    "einsum": lambda *operands, out=None, optimize=True: into(
        out, _xp().einsum(*operands, optimize=optimize is not False)
    ),
    "expand_dims": lambda a, axis: _xp().expand_dims(a, axis),
    "flip": _positional("flip", 1, "axis"), "gradient": _ours("gradient"),
    "imag": _ours("imag"), "real": _ours("real"), "interp": _by_operand(_ours("interp"), "x", "xp", "fp"),
    "isin": lambda element, test_elements, assume_unique=False, invert=False, *, kind=None: _xp().isin(
        as_tensor(element), as_tensor(test_elements), invert=invert
    ),
    "kron": _ours("kron"), "matrix_transpose": _ours("matrix_transpose"),
    "meshgrid": _meshgrid, "moveaxis": _ours("moveaxis"), "pad": _pad,
    "permute_dims": _ours("transpose"),
    "roll": _positional("roll", 2, "axis"), "sliding_window_view": _sliding_window_view,
    "take_along_axis": _positional("take_along_axis", 2, "axis"), "tensordot": _ours("tensordot"),
    "tile": _ours("tile"), "transpose": _by_operand(_ours("transpose"), "a"),
    "tril": lambda m, k=0: _xp().tril(m, k=k), "triu": lambda m, k=0: _xp().triu(m, k=k),
    "unique_all": _ours("unique_all"), "unique_counts": _ours("unique_counts"),
    "unique_inverse": _ours("unique_inverse"), "unique_values": _ours("unique_values"), "unstack": _ours("unstack"),
}  # fmt: skip

LINALG: dict[str, Callable[..., Any]] = {
    **{
        name: _ours(f"linalg.{name}")
        for name in (
            "cholesky", "cross", "det", "eig", "eigvals", "inv", "matmul", "matrix_norm", "matrix_power",
            "matrix_transpose",
            "outer", "slogdet", "solve", "svdvals", "tensordot", "vecdot", "vector_norm", "diagonal", "trace",
        )
    },
    "cond": _cond, "lstsq": _lstsq, "multi_dot": _multi_dot, "norm": _norm, "pinv": _pinv, "qr": _qr, "svd": _svd,
    "eigh": lambda a, UPLO="L": _xp().linalg.eigh(_triangle(UPLO, a)),
    "eigvalsh": lambda a, UPLO="L": _xp().linalg.eigvalsh(_triangle(UPLO, a)),
    "matrix_rank": lambda A, tol=None, hermitian=False, *, rtol=None: (
        _xp().linalg.matrix_rank(A, rtol=rtol)
        if tol is None
        else _xp().count_nonzero(_xp().linalg.svdvals(A) > tol, axis=-1)
    ),
}  # fmt: skip


def _transform(name: str, *parameters: str) -> Callable[..., Any]:
    call = _positional(f"fft.{name}", 1, *parameters)
    return _by_operand(call, "a")


def _two(name: str) -> Callable[..., Any]:
    def call(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
        return into(out, getattr(_xp().fft, name)(a, s=s, axes=axes, norm=norm or "backward"))

    return call


FFT: dict[str, Callable[..., Any]] = {
    **{name: _transform(name, "n", "axis", "norm") for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{name: _transform(name, "s", "axes", "norm") for name in ("fftn", "ifftn", "rfftn", "irfftn")},
    **{f"{name}2": _two(f"{name}n") for name in ("fft", "ifft", "rfft", "irfft")},
    "fftshift": _positional("fft.fftshift", 1, "axes"),
    "ifftshift": _positional("fft.ifftshift", 1, "axes"),
}

MODULES = {"numpy": NUMPY, "numpy.linalg": LINALG, "numpy.fft": FFT, "numpy.lib.stride_tricks": NUMPY}
