"""The standard's namespace, version 2025.12, over Dask arrays.

Element by element it is the NumPy plug-in's functions, chunk by chunk, so that special values are right here too;
otherwise it is array-api-compat's and Dask's own functions, and what these lack or do otherwise is defined here.
"""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from array_api_compat.dask import array as compat

from apitensor_numpy import namespace as numpy_namespace

from . import fft as fft
from . import linalg as linalg
from .array import Array, elementwise, is_array, lazy, limited, places, reshaped, write

__array_api_version__ = "2025.12"

bool = np.dtype("bool")
int8 = np.dtype("int8")
int16 = np.dtype("int16")
int32 = np.dtype("int32")
int64 = np.dtype("int64")
uint8 = np.dtype("uint8")
uint16 = np.dtype("uint16")
uint32 = np.dtype("uint32")
uint64 = np.dtype("uint64")
float16 = np.dtype("float16")  # beyond the standard
float32 = np.dtype("float32")
float64 = np.dtype("float64")
complex64 = np.dtype("complex64")
complex128 = np.dtype("complex128")

e = np.e
inf = np.inf
nan = np.nan
newaxis = None
pi = np.pi

broadcast_shapes = np.broadcast_shapes
can_cast = np.can_cast
finfo = numpy_namespace.finfo
iinfo = numpy_namespace.iinfo
isdtype = np.isdtype

# ---- element by element

abs = elementwise("abs")
acos = elementwise("acos")
acosh = elementwise("acosh")
add = elementwise("add")
asin = elementwise("asin")
asinh = elementwise("asinh")
atan = elementwise("atan")
atan2 = elementwise("atan2")
atanh = elementwise("atanh")
bitwise_and = elementwise("bitwise_and")
bitwise_invert = elementwise("bitwise_invert")
bitwise_left_shift = elementwise("bitwise_left_shift")
bitwise_or = elementwise("bitwise_or")
bitwise_right_shift = elementwise("bitwise_right_shift")
bitwise_xor = elementwise("bitwise_xor")
ceil = elementwise("ceil")
conj = elementwise("conj")
copysign = elementwise("copysign")
cos = elementwise("cos")
cosh = elementwise("cosh")
divide = elementwise("divide")
equal = elementwise("equal")
exp = elementwise("exp")
expm1 = elementwise("expm1")
floor = elementwise("floor")
floor_divide = elementwise("floor_divide")
greater = elementwise("greater")
greater_equal = elementwise("greater_equal")
hypot = elementwise("hypot")
imag = elementwise("imag")
isfinite = elementwise("isfinite")
isinf = elementwise("isinf")
isnan = elementwise("isnan")
less = elementwise("less")
less_equal = elementwise("less_equal")
log = elementwise("log")
log10 = elementwise("log10")
log1p = elementwise("log1p")
log2 = elementwise("log2")
logaddexp = elementwise("logaddexp")
logical_and = elementwise("logical_and")
logical_not = elementwise("logical_not")
logical_or = elementwise("logical_or")
logical_xor = elementwise("logical_xor")
maximum = elementwise("maximum")
minimum = elementwise("minimum")
multiply = elementwise("multiply")
negative = elementwise("negative")
nextafter = elementwise("nextafter")
not_equal = elementwise("not_equal")
positive = elementwise("positive")
pow = elementwise("pow")
real = elementwise("real")
reciprocal = elementwise("reciprocal")
remainder = elementwise("remainder")
round = elementwise("round")
sign = elementwise("sign")
signbit = elementwise("signbit")
sin = elementwise("sin")
sinh = elementwise("sinh")
sqrt = elementwise("sqrt")
square = elementwise("square")
subtract = elementwise("subtract")
tan = elementwise("tan")
tanh = elementwise("tanh")
trunc = elementwise("trunc")
where = elementwise("where")

# ---- functions that conform

all = limited(da.all)
any = limited(da.any)
broadcast_arrays = limited(da.broadcast_arrays)
concat = limited(da.concatenate)
empty = limited(compat.empty)
flip = limited(da.flip)
full = limited(compat.full)
isin = limited(da.isin)
matmul = linalg.matmul
matrix_transpose = linalg.matrix_transpose
max = limited(da.max)
min = limited(da.min)
moveaxis = limited(da.moveaxis)
nonzero = limited(compat.nonzero)
ones = limited(compat.ones)
permute_dims = limited(compat.permute_dims)
prod = limited(da.prod)
squeeze = limited(da.squeeze)
stack = limited(da.stack)
std = limited(compat.std)
sum = limited(da.sum)
tensordot = linalg.tensordot
tile = limited(da.tile)
tril = limited(da.tril)
triu = limited(da.triu)
unique_all = limited(compat.unique_all)
unique_counts = limited(compat.unique_counts)
unique_inverse = limited(compat.unique_inverse)
unique_values = limited(compat.unique_values)
unstack = limited(compat.unstack)
var = limited(compat.var)
vecdot = linalg.vecdot
zeros = limited(compat.zeros)


# ---- inspection


class __array_namespace_info__:
    """What there is. Shapes that depend on data are Dask's limit."""

    def capabilities(self) -> dict[str, Any]:
        return {"boolean indexing": False, "data-dependent shapes": False, "max dimensions": 64}

    def default_device(self) -> str:
        return "cpu"

    def default_dtypes(self, *, device: Any = None) -> Any:
        return numpy_namespace.__array_namespace_info__().default_dtypes()

    def devices(self) -> tuple[str, ...]:
        return ("cpu",)

    def dtypes(self, *, device: Any = None, kind: Any = None) -> Any:
        return numpy_namespace.__array_namespace_info__().dtypes(kind=kind)


# ---- creation and data types


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: builtins.bool | None = None) -> Any:
    """A lazy array of a Dask array, whose chunks stay as they are, or of anything NumPy takes."""
    if not isinstance(obj, da.Array):
        if copy is False:
            raise ValueError("what Dask does not have yet is copied into it")
        return lazy(np.array(obj, dtype=dtype))
    x = lazy(obj)
    if dtype is not None and dtype != x.dtype:
        if copy is False:
            raise ValueError("another data type needs a copy")
        return lazy(x.astype(dtype))
    return lazy(Array(x.dask, x.name, x.chunks, meta=x._meta)) if copy else x


def from_dlpack(x: Any, /, *, device: Any = None, copy: builtins.bool | None = None) -> Any:
    """A lazy array of what is in the memory of the host."""
    return asarray(x if isinstance(x, da.Array) else np.from_dlpack(x))


@limited
def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    """Evenly spaced values; Dask has no empty range in the wrong direction."""
    first, last = (0, start) if stop is None else (start, stop)
    if math.ceil((last - first) / step) <= 0:
        return lazy(np.arange(first, last, step, dtype=dtype))
    return compat.arange(first, last, step, dtype=dtype)


@limited
def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: builtins.bool = True
) -> Any:
    """Evenly spaced values; Dask divides by zero for one of them, and takes no complex bounds."""
    if num < 2 or isinstance(start, complex) or isinstance(stop, complex):
        return lazy(np.linspace(start, stop, num, dtype=dtype, endpoint=endpoint))
    return compat.linspace(start, stop, num, dtype=dtype, endpoint=endpoint)


@limited
def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    """Ones on a diagonal; some Dask loses chunks of a matrix that is not square."""
    rows, columns = da.arange(n_rows), da.arange(n_rows if n_cols is None else n_cols)
    return (rows[:, None] + k == columns[None, :]).astype(dtype or float64)


def _like(function: Callable[..., Any], x: Any, *args: Any, dtype: Any) -> Any:
    """A new array in the shape and the chunks of another."""
    return lazy(function(x.shape, *args, dtype=x.dtype if dtype is None else dtype, chunks=x.chunks))


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x`."""
    return _like(da.empty, x, dtype=dtype)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x` of one value."""
    return _like(da.full, x, fill_value, dtype=dtype)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x` of ones."""
    return _like(da.ones, x, dtype=dtype)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x` of zeros."""
    return _like(da.zeros, x, dtype=dtype)


@limited
def meshgrid(*arrays: Any, indexing: str = "xy") -> Any:
    """Coordinates of a grid."""
    return tuple(da.meshgrid(*arrays, indexing=indexing))


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Any:
    """Another data type."""
    if x.dtype.kind == "c" and np.dtype(dtype).kind not in "cb":
        raise TypeError(f"{x.dtype} does not convert to {dtype}: take real(x), imag(x) or abs(x) first")
    return asarray(x, dtype=dtype, copy=copy or None)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The data type that operands have in common."""
    return np.result_type(*[x.dtype if isinstance(x, da.Array) else x for x in arrays_and_dtypes])


# ---- element by element, with bounds


@limited
def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Elements brought into [min, max]."""
    if min is not None:
        x = _bounded("maximum", x, min)
    if max is not None:
        x = _bounded("minimum", x, max)
    return lazy(x) if min is not None or max is not None else asarray(x, copy=True)


def _bounded(name: str, x: Any, bound: Any) -> Any:
    result = elementwise(name)(x, bound)
    return result if result.dtype == x.dtype else result.astype(x.dtype)


# ---- manipulation


@limited
def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """`x` repeated to `shape`, in chunks of Dask's usual size where it is repeated."""
    if 0 in shape and np.broadcast_shapes(x.shape, shape) == tuple(shape):  # there is no usual size of no elements
        return da.zeros(shape, dtype=x.dtype)
    extra = len(shape) - x.ndim
    repeated = [n if i < extra or x.shape[i - extra] != n else None for i, n in enumerate(shape)]
    sizes = tuple(["auto" if n is not None else x.chunks[i - extra] for i, n in enumerate(repeated)])
    chunks = da.core.normalize_chunks(sizes, shape, dtype=x.dtype)
    return da.broadcast_to(x, shape, chunks=chunks)


@limited
def expand_dims(x: Any, /, axis: Any) -> Any:
    """New axes of size one; IndexError where there is no such place."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    ndim = x.ndim + len(axes)
    places = [a + ndim if a < 0 else a for a in axes]
    if len(set(places)) < len(places) or not builtins.all(0 <= a < ndim for a in places):
        raise IndexError(f"axes {axes} are not {len(axes)} different ones of {ndim}")
    return da.Array.__getitem__(x, tuple([None if i in places else slice(None) for i in range(ndim)]))


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: builtins.bool | None = None) -> Any:
    """The same elements in another shape."""
    return asarray(limited(reshaped)(x, shape), copy=copy or None)


@limited
def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Elements repeated, each as often; counts of their own would make a shape that depends on data."""
    if is_array(repeats):
        if repeats.size != 1:
            raise NotImplementedError("repeat takes one number of repeats for all elements")
        repeats = int(repeats.reshape(()))
    if not x.size:  # Dask fails
        return lazy(np.repeat(np.empty(x.shape, x.dtype), repeats, axis=axis))
    return da.repeat(da.ravel(x), repeats, axis=0) if axis is None else da.repeat(x, repeats, axis=axis)


@limited
def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Elements moved along axes, round the ends; Dask fails where there are none."""
    return da.roll(x, shift, axis=axis) if x.size else asarray(x, copy=True)


@limited
def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Elements along an axis."""
    if axis is None and x.ndim > 1:
        raise ValueError(f"an axis is needed to take from an array of {x.ndim} dimensions")
    axis = 0 if axis is None else axis % x.ndim
    return x[(*[slice(None)] * axis, indices)]


def _take_along(x: Any, indices: Any) -> Any:
    return np.take_along_axis(x, indices, -1)


@limited
def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Elements along an axis by indices of the same number of dimensions; the axis is brought into one chunk."""
    x, indices = da.moveaxis(x, axis, -1), da.moveaxis(indices, axis, -1)
    rest = np.broadcast_shapes(x.shape[:-1], indices.shape[:-1])
    x, indices = da.broadcast_to(x, (*rest, x.shape[-1])), da.broadcast_to(indices, (*rest, indices.shape[-1]))
    if not indices.size:  # Dask fails
        return asarray(da.moveaxis(da.zeros(indices.shape, dtype=x.dtype), -1, axis))
    x, indices = _in_one_chunk(x, x.ndim - 1), _in_one_chunk(indices, x.ndim - 1)
    taken = da.apply_gufunc(_take_along, "(n),(k)->(k)", x, indices, output_dtypes=x.dtype, allow_rechunk=True)
    return da.moveaxis(taken, -1, axis)


# ---- searching and sorting, along an axis that is brought into one chunk


def _in_one_chunk(x: Any, axis: int) -> Any:
    """`x` with an axis in one chunk, and others in smaller ones: the chunks shall not become larger for it."""
    if x.numblocks[axis] == 1:
        return x
    limit = math.prod(x.chunksize) * x.dtype.itemsize
    return x.rechunk({i: -1 if i == axis else "auto" for i in range(x.ndim)}, block_size_limit=limit)


def _along(name: str, x: Any, axis: int, parameters: dict[str, Any], dtype: Any) -> Any:
    axis %= x.ndim
    x = _in_one_chunk(x, axis)
    function = functools.partial(getattr(numpy_namespace, name), axis=axis, **parameters)
    return da.map_blocks(function, x, dtype=dtype, chunks=x.chunks)


@limited
def sort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Sorted elements."""
    return _along("sort", x, axis, {"descending": descending, "stable": stable}, x.dtype)


@limited
def argsort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Where the sorted elements are."""
    return _along("argsort", x, axis, {"descending": descending, "stable": stable}, int64)


@limited
def searchsorted(x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
    """Where to insert."""
    x1 = x1 if sorter is None else x1[sorter]
    x2 = x2 if isinstance(x2, da.Array) else lazy(np.asarray(x2, x1.dtype))
    found = da.searchsorted(x1, reshaped(x2, (-1,)), side=side)
    return reshaped(found, x2.shape)


@limited
def argmax(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """Where the largest element is."""
    return _where_extreme(da.argmax, x, axis, keepdims)


@limited
def argmin(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """Where the smallest element is."""
    return _where_extreme(da.argmin, x, axis, keepdims)


def _where_extreme(function: Callable[..., Any], x: Any, axis: int | None, keepdims: builtins.bool) -> Any:
    if axis is None:
        found = function(da.ravel(x), axis=0)
        return reshaped(found, (1,) * x.ndim) if keepdims else found
    return function(x, axis=axis, keepdims=keepdims)


# ---- statistics


@limited
def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """How many elements are not zero."""
    return da.sum(elementwise("not_equal")(x, 0), axis=axis, keepdims=keepdims, dtype=int64)


@limited
def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: builtins.bool = False
) -> Any:
    """Sums up to each element."""
    return _cumulative(da.cumsum, da.zeros, x, axis, dtype, include_initial)


@limited
def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: builtins.bool = False
) -> Any:
    """Products up to each element."""
    return _cumulative(da.cumprod, da.ones, x, axis, dtype, include_initial)


def _cumulative(
    function: Callable[..., Any],
    start: Callable[..., Any],
    x: Any,
    axis: int | None,
    dtype: Any,
    include_initial: builtins.bool,
) -> Any:
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"an axis is needed for an array of {x.ndim} dimensions")
        axis = 0
    axis %= x.ndim
    if dtype is None and x.dtype.kind in "bi" and x.dtype.itemsize < 8:
        dtype = int64
    elif dtype is None and x.dtype.kind == "u":
        dtype = uint64
    result = function(x, axis=axis, dtype=dtype)
    if not include_initial:
        return result
    shape = tuple([1 if i == axis else n for i, n in enumerate(x.shape)])
    return da.concatenate([start(shape, dtype=result.dtype), result], axis=axis)


@limited
def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Differences."""
    pieces = [piece for piece in (prepend, x, append) if piece is not None]
    x = da.concatenate(pieces, axis=axis) if len(pieces) > 1 else x
    return da.diff(x, n=n, axis=axis) if n else asarray(x, copy=True)


@limited
def mean(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """The mean, in the data type of `x`."""
    return da.mean(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


# ---- extras


def _add_at(at: Any, values: Any, *, size: int) -> Any:
    total = np.zeros((1, size), values.dtype)
    np.add.at(total[0], at, values)
    return total


def _add_along(at: Any, values: Any, *, axis: int, size: int) -> Any:
    total = np.zeros((*values.shape[:axis], size, *values.shape[axis + 1 :]), values.dtype)
    np.add.at(total, (*[slice(None)] * axis, at), values)
    return total


def scatter_add(values: Any, key: tuple[Any, ...], shape: tuple[int, ...], /, *, out: Any = None) -> Any:
    """Zeros of `shape` (or `out`) with `values` added at `key`; repeated positions add up.

    A list of indices for one axis brings that axis into one chunk. With other index arrays each chunk of values is
    added up in a result of its own, of the full shape, and these are added.
    """
    arrays = [part for part in key if is_array(part)]
    if not arrays:
        total = zeros(shape, dtype=values.dtype) if out is None else asarray(out, copy=True)
        key = tuple([part for part in key if part is not None])  # Dask writes to no new axes
        old = total[key]
        return write(total, key, old + (reshape(values, old.shape) if values.ndim else values))
    axis = len(key) - 1
    whole = builtins.all(isinstance(part, slice) and part == slice(None) for part in key[:-1])
    listed = arrays[0] is key[-1] and arrays[0].ndim == 1 and arrays[0].dtype.kind != "b"
    if whole and listed and values.ndim == len(shape):
        labels = tuple(range(len(shape)))
        total = lazy(
            da.blockwise(
                functools.partial(_add_along, axis=axis, size=shape[axis]),
                tuple([-1 if i == axis else i for i in labels]),
                lazy(arrays[0]).rechunk(-1),
                (axis,),
                values.rechunk({axis: -1}),
                labels,
                new_axes={-1: shape[axis]},
                concatenate=True,
                dtype=values.dtype,
            )
        )
        return total if out is None else out + total
    if len(arrays) == len(key) and builtins.all(part.dtype.kind != "b" for part in arrays):
        width = math.prod(shape[len(key) :])
        at = reshaped(places(key, shape[: len(key)]), (-1, 1)) * width + da.arange(width)[None, :]
    else:
        at = reshaped(da.arange(math.prod(shape)), shape)
        at = lazy(at)[key]
    at = reshaped(at, (-1,))
    flat = reshaped(da.broadcast_to(values, at.shape), (-1,)) if values.ndim == 0 else reshaped(values, (-1,))
    at = at.rechunk(flat.chunks)
    size = math.prod(shape)
    parts = da.map_blocks(
        functools.partial(_add_at, size=size),
        at,
        flat,
        dtype=values.dtype,
        new_axis=1,
        chunks=((1,) * flat.numblocks[0], (size,)),
    )
    total = reshape(lazy(da.sum(parts, axis=0, dtype=values.dtype)), shape)
    return total if out is None else out + total
