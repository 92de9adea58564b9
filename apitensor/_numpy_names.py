"""NumPy's spelling: the namespace's functions with the names, the parameters and the defaults that NumPy gives them.

Written once for two uses: they are methods of `Tensor`, and what NumPy's own functions do with tensors, together with
those of `_numpy_functions`, which are no methods. What a tensor cannot do as NumPy does it raises `Unsupported`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._core import op as core
from ._core.declare import linear
from ._core.dtypes import as_dtype
from ._core.op import SCALARS, Handle
from ._standard.elementwise import complex_of
from ._standard.manipulation import as_axes, as_axis, as_tensor

if TYPE_CHECKING:
    from ._tensor import Tensor


class Unsupported(TypeError):
    """A parameter of NumPy's that has no meaning for tensors."""


def ours() -> Any:
    """The namespace of tensors."""
    return core.namespace


def given(value: Any, default: Any = None) -> Any:
    """A parameter, or the default where NumPy hands on that it was left out."""
    return default if value is None or type(value).__name__ == "_NoValueType" else value


def refuse(name: str, **parameters: Any) -> None:
    """Raise for parameters that were given, and are not False."""
    for parameter, value in parameters.items():
        if value is not False and given(value) is not None:
            raise Unsupported(f"{name}: {parameter}={value!r} is not supported for tensors")


def as_operands(*xs: Any) -> list[Any]:
    """Tensors, and Python's numbers as they are, which leave the data type to the others."""
    return [x if isinstance(x, SCALARS) else as_tensor(x) for x in xs]


def inexact(x: Any) -> Tensor:
    """A tensor, of floats where it holds integers: as NumPy has it where these have no loop, or would wrap around."""
    x = as_tensor(x)
    return x if x.dtype.kind in "fc" else ours().astype(x, ours().float64)


_KINDS = "buifc"  # of data types, each of which holds those before it, but for signs


def into(out: Any, y: Any) -> Any:
    """`y`, written into `out` if there is one.

    Raises
    ------
    TypeError : `out` has a data type of a lower kind. NumPy's ufuncs say so; some of its reductions cut digits off.
    """
    if isinstance(out, tuple):
        (out,) = out
    if given(out) is None:
        return y
    if _KINDS.find(y.dtype.kind) > _KINDS.find(out.dtype.kind) >= 0:
        raise TypeError(f"out=: a result of {y.dtype} cannot be cast to {out.dtype} according to the rule 'same_kind'")
    if isinstance(out, Handle):
        out[...] = y  # type: ignore[index]
    else:
        out[...] = on_numpy(y)
    return out


def on_numpy(y: Any) -> Any:
    """A NumPy array where it is a tensor."""
    return y.numpy() if isinstance(y, Handle) else y  # type: ignore[attr-defined]


def flattened(a: Any, axis: Any) -> tuple[Any, int]:
    """What NumPy takes where an axis may be left out: the flattened tensor."""
    a = as_tensor(a)
    return (ours().reshape(a, -1), 0) if given(axis) is None else (a, axis)


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
            "safe": ours().can_cast(a.dtype, dtype),
            "same_kind": _KINDS.index(a.dtype.kind) <= _KINDS.index(dtype.kind),
        }
        if casting not in allowed:
            raise ValueError(f"casting is one of {', '.join(allowed)} and unsafe, not {casting!r}")
        if not allowed[casting]:
            raise TypeError(f"{a.dtype} cannot be cast to {dtype} according to the rule {casting!r}")
    return ours().astype(a, dtype, copy=copy)


def _masked(name: str, a: Any, where: Any, instead: Any) -> Any:
    """`a` with the neutral element where it is left out of a reduction."""
    if where is True or given(where) is None:
        return as_tensor(a)
    if instead is None:
        raise Unsupported(f"{name}: where=... needs initial=... with tensors")
    return ours().where(where, a, instead)


# ---- the bytes of complex numbers read as real ones, and back


def _pairs(xp: Any, z: Any, /) -> Any:
    return xp.reshape(xp.stack([xp.real(z), xp.imag(z)], axis=-1), (*z.shape[:-1], 2 * z.shape[-1]))


def _from_pairs(xp: Any, x: Any, /) -> Any:
    return complex_of.op.forward(xp, x[..., 0::2], x[..., 1::2])  # type: ignore[attr-defined]


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
        return a[...]
    read = _VIEWS.get((a.dtype.name, dtype.name))
    if read is None:
        raise TypeError(f"view: the bytes of a tensor of {a.dtype} cannot be read as {dtype}; astype() converts")
    if not a.ndim or (read is _complex_view and a.shape[-1] % 2):
        raise ValueError(f"view: a shape of {a.shape} has no pairs of elements along its last axis")
    return read(a)


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
    y = ours().sum(_masked("sum", a, where, 0), axis=axis, dtype=given(dtype), keepdims=given(keepdims, False))
    return into(out, y if given(initial) is None else y + initial)


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
    y = ours().prod(_masked("prod", a, where, 1), axis=axis, dtype=given(dtype), keepdims=given(keepdims, False))
    return into(out, y if given(initial) is None else y * initial)


def _extreme(name: str, of_two: str, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any) -> Tensor:
    xp, a = ours(), _masked(name, a, where, initial)
    if initial is not None and not a.size:  # the sum has the shape of the result
        y = xp.full_like(xp.sum(a, axis=axis, keepdims=keepdims), initial, dtype=a.dtype)
    else:
        y = getattr(xp, name)(a, axis=axis, keepdims=keepdims)
        y = y if initial is None else getattr(xp, of_two)(y, initial)
    return into(out, y)


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
    return into(out, ours().all(_masked("all", a, where, True), axis=axis, keepdims=given(keepdims, False)))


def any(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Tensor:
    """Whether any element along axes is true."""
    return into(out, ours().any(_masked("any", a, where, False), axis=axis, keepdims=given(keepdims, False)))


def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = None
) -> Tensor:
    """The mean of the elements along axes."""
    refuse("mean", where=where if where is not True else None)
    return into(out, ours().mean(cast(a, dtype), axis=axis, keepdims=given(keepdims, False)))


def std_or_var(name: str) -> Callable[..., Tensor]:
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
        refuse(name, where=where if where is not True else None, mean=mean)
        y = getattr(ours(), name)(
            cast(a, dtype), axis=axis, correction=given(correction, ddof), keepdims=given(keepdims, False)
        )
        return into(out, y)

    spread.__name__ = spread.__qualname__ = name
    return spread


std = std_or_var("std")
std.__doc__ = """The standard deviation of the elements along axes; `ddof` and `correction` are the same."""
var = std_or_var("var")
var.__doc__ = """The variance of the elements along axes; `ddof` and `correction` are the same."""


def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Tensor:
    """The index of the largest element."""
    return into(out, ours().argmax(a, axis=axis, keepdims=given(keepdims, False)))


def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Tensor:
    """The index of the smallest element."""
    return into(out, ours().argmin(a, axis=axis, keepdims=given(keepdims, False)))


def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums up to each element; of all elements in row-major order where no axis is given."""
    a, axis = flattened(a, axis)
    return into(out, ours().cumulative_sum(a, axis=axis, dtype=given(dtype)))


def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The products up to each element; of all elements in row-major order where no axis is given."""
    a, axis = flattened(a, axis)
    return into(out, ours().cumulative_prod(a, axis=axis, dtype=given(dtype)))


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Tensor:
    """The largest element minus the smallest, along axes."""
    return into(out, max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims))


# ---- shapes


def ravel(a: Any, order: str = "C") -> Tensor:
    """The elements in one dimension: a view."""
    _check_order("ravel", order)
    return ours().reshape(a, -1)


def _check_order(name: str, order: Any) -> None:
    if order not in ("C", "A", "K", None):
        raise Unsupported(f"{name}: order={order!r}; the elements of a tensor are in row-major order")


def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Tensor:
    """The same elements in another shape: a view."""
    _check_order("reshape", order)
    return ours().reshape(a, newshape if shape is None else shape, copy=copy)


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """A view without axes of size one: without all of them where none is named."""
    a = as_tensor(a)
    return ours().squeeze(a, axis=tuple(i for i, n in enumerate(a.shape) if n == 1) if axis is None else axis)


def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """A view with two axes exchanged."""
    a = as_tensor(a)
    order = list(range(a.ndim))
    i, j = as_axis("swapaxes", axis1, a.ndim), as_axis("swapaxes", axis2, a.ndim)
    order[i], order[j] = order[j], order[i]
    return ours().permute_dims(a, tuple(order))


def axes_last(a: Any, axis1: int, axis2: int) -> Any:
    a = as_tensor(a)
    i, j = as_axes("diagonal", (axis1, axis2), a.ndim)
    return ours().permute_dims(a, (*[k for k in range(a.ndim) if k not in (i, j)], i, j))


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonals of matrices in two of the axes."""
    return ours().linalg.diagonal(axes_last(a, axis1, axis2), offset=offset)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums of the diagonals of matrices in two of the axes."""
    return into(out, ours().linalg.trace(axes_last(a, axis1, axis2), offset=offset, dtype=dtype))


# ---- sorting, searching, selecting


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    """The elements in ascending order along an axis."""
    refuse("sort", order=order)
    a, axis = flattened(a, axis)
    return ours().sort(a, axis=axis)


def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    """The indices of the elements in ascending order along an axis."""
    refuse("argsort", order=order)
    a, axis = flattened(a, axis)
    return ours().argsort(a, axis=axis)


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Tensor:
    """The elements at indices; of the flattened tensor where no axis is given."""
    a, axis = flattened(a, axis)
    axis = as_axis("take", axis, a.ndim)
    indices = inside(a, indices, a.shape[axis], mode)
    return into(out, a[(*(slice(None),) * axis, indices)])


def inside(a: Any, indices: Any, size: int, mode: str) -> Any:
    """Indices, those out of bounds brought inside as NumPy's `mode` says."""
    if mode == "raise":
        return indices
    xp = ours()
    indices = xp.asarray(indices, dtype=xp.int64, device=a.device)
    if mode == "clip":
        return xp.clip(indices, 0, size - 1)
    if mode == "wrap":
        return xp.remainder(indices, size)
    raise ValueError(f"mode is one of raise, clip and wrap, not {mode!r}")


def repeat(a: Any, repeats: Any, axis: Any = None) -> Tensor:
    """Every element repeated."""
    if axis is not None and as_tensor(a).ndim == 0:
        a = ours().reshape(a, 1)  # as NumPy has it, where the standard knows no axis of a number
    return ours().repeat(a, repeats, axis=axis)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    """Where to insert elements into the sorted tensor."""
    return ours().searchsorted(a, v if isinstance(v, SCALARS) else as_tensor(v), side=side, sorter=sorter)


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Tensor:
    """The elements brought into an interval."""
    low, high = given(a_min, given(min)), given(a_max, given(max))
    return into(out, ours().clip(as_tensor(a), low, high))


def round(a: Any, decimals: int = 0, out: Any = None) -> Tensor:
    """The elements rounded to a number of decimals; half-way cases to even."""
    xp, a = ours(), as_tensor(a)
    if not decimals or a.dtype.kind == "b" or (a.dtype.kind in "iu" and decimals > 0):
        return into(out, xp.round(a))
    scale = 10.0 ** abs(decimals)
    rounded = xp.round(a * scale) / scale if decimals > 0 else xp.round(a / scale) * scale
    return into(out, cast(rounded, a.dtype))


# ---- arithmetic


def dot(a: Any, b: Any, out: Any = None) -> Tensor:
    """The product of matrices or vectors; of more dimensions, along the last axis and the one before the last."""
    xp, a, b = ours(), as_tensor(a), as_tensor(b)
    if not a.ndim or not b.ndim:
        return into(out, a * b)
    return into(out, xp.tensordot(a, b, axes=((a.ndim - 1,), (builtins.max(b.ndim - 2, 0),))))
