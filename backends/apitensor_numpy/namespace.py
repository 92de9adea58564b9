"""The standard's namespace, version 2025.12, over NumPy arrays.

What NumPy does as the standard says is NumPy's own function, so that it costs nothing; or the method or ufunc behind
it, where NumPy's function takes several times as long as the work on a few elements. The other functions defined here
say what NumPy does otherwise. Operands may be NumPy scalars, which NumPy gives where a result has no dimension.

No result shares memory with an operand but those of basic indexing, `asarray`, `astype(copy=False)`, `broadcast_to`,
`expand_dims`, `flip`, `from_dlpack`, `imag`, `matrix_transpose`, `moveaxis`, `permute_dims`, `real`, `reshape`,
`squeeze` and `unstack`.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from . import fft as fft
from . import linalg as linalg
from . import special as special

__array_api_version__ = "2025.12"

# ---- data types, as arrays carry them
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

# ---- constants and functions that conform
abs = np.abs
acos = np.acos
add = np.add
arange = np.arange
asarray = np.asarray
asin = np.asin
asinh = np.asinh
atan = np.atan
atan2 = np.atan2
atanh = np.atanh
bitwise_and = np.bitwise_and
bitwise_invert = np.bitwise_invert
bitwise_left_shift = np.bitwise_left_shift
bitwise_or = np.bitwise_or
bitwise_right_shift = np.bitwise_right_shift
bitwise_xor = np.bitwise_xor
broadcast_shapes = np.broadcast_shapes
can_cast = np.can_cast
ceil = np.ceil
concat = np.concat
conj = np.conj
copysign = np.copysign
cos = np.cos
cosh = np.cosh
cumulative_prod = np.cumulative_prod
cumulative_sum = np.cumulative_sum
divide = np.divide
e = np.e
empty = np.empty
empty_like = np.empty_like
equal = np.equal
exp = np.exp
eye = np.eye
floor = np.floor
from_dlpack = np.from_dlpack
full = np.full
full_like = np.full_like
greater = np.greater
greater_equal = np.greater_equal
hypot = np.hypot
imag = np.imag
inf = np.inf
isdtype = lru_cache(maxsize=256)(np.isdtype)  # which rules ask, call by call
isfinite = np.isfinite
isin = np.isin
isinf = np.isinf
isnan = np.isnan
less = np.less
less_equal = np.less_equal
linspace = np.linspace
log = np.log
log10 = np.log10
log2 = np.log2
logaddexp = np.logaddexp
logical_and = np.logical_and
logical_not = np.logical_not
logical_or = np.logical_or
logical_xor = np.logical_xor
matmul = np.matmul
maximum = np.maximum
meshgrid = np.meshgrid
minimum = np.minimum
moveaxis = np.moveaxis
multiply = np.multiply
nan = np.nan
negative = np.negative
newaxis = np.newaxis
nextafter = np.nextafter
nonzero = np.nonzero
not_equal = np.not_equal
ones = np.ones
ones_like = np.ones_like
pi = np.pi
positive = np.positive
real = np.real
remainder = np.remainder
result_type = np.result_type
signbit = np.signbit
sin = np.sin
sinh = np.sinh
sqrt = np.sqrt
square = np.square
subtract = np.subtract
tensordot = np.tensordot
tile = np.tile
tril = np.tril
triu = np.triu
trunc = np.trunc
unique_all = np.unique_all
unique_counts = np.unique_counts
unique_inverse = np.unique_inverse
unstack = np.unstack
vecdot = np.vecdot
where = np.where
zeros = np.zeros
zeros_like = np.zeros_like


# ---- inspection


class __array_namespace_info__:
    """What there is: NumPy's answers, but devices are a tuple."""

    def capabilities(self) -> dict[str, Any]:
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        return "cpu"

    def default_dtypes(self, *, device: Any = None) -> Any:
        return np.__array_namespace_info__().default_dtypes(device=device)

    def devices(self) -> tuple[str, ...]:
        return ("cpu",)

    def dtypes(self, *, device: Any = None, kind: Any = None) -> Any:
        return np.__array_namespace_info__().dtypes(device=device, kind=kind)


# ---- data types


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Any:
    """Another data type; NumPy drops imaginary parts where the standard forbids the conversion."""
    dtype = np.dtype(dtype)
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        raise TypeError(f"{x.dtype} does not convert to {dtype}: take real(x), imag(x) or abs(x) first")
    return np.asarray(x, device=device).astype(dtype, copy=copy)


def finfo(type: Any, /) -> Any:
    """Limits of a floating-point type; NumPy takes no array."""
    return np.finfo(type.dtype if isinstance(type, np.ndarray | np.generic) else type)


def iinfo(type: Any, /) -> Any:
    """Limits of an integer type; NumPy takes no array."""
    return np.iinfo(type.dtype if isinstance(type, np.ndarray | np.generic) else type)


# ---- elementwise

# Data types that corrections look at first, so that real numbers pay little for them. What functions below then do
# themselves is what NumPy would do, to the last bit (but for two powers), in less time.
_REAL = (float64, float32)
# A name found here takes 40 ns less than one in NumPy, a tenth of what a ufunc takes for ten elements.
_ndarray, _isfinite = np.ndarray, math.isfinite
_floor_divide, _pow, _square, _vdot = np.floor_divide, np.pow, np.square, np.vdot


def acosh(x: Any, /) -> Any:
    """The inverse of cosh; some NumPy gives no imaginary part for 0 + NaN j."""
    result = np.acosh(x)
    if result.dtype.kind == "c" and np.any(half := (np.real(x) == 0) & np.isnan(np.imag(x))):
        result = np.where(half, result.dtype.type(complex(nan, pi / 2)), result)
    return result


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Elements brought into [min, max]; NumPy names the bounds otherwise."""
    return np.array(x) if min is None and max is None else np.clip(x, min, max)


def expm1(x: Any, /) -> Any:
    """exp(x) - 1; NumPy's complex loop ignores the special values of exp."""
    result = np.expm1(x)
    if result.dtype.kind == "c":
        with np.errstate(all="ignore"):
            result = np.where(np.isfinite(result) & np.isfinite(np.real(x)), result, np.exp(x) - 1)
        result.real += 0.0  # makes -0 to +0
    return result


def floor_divide(x1: Any, x2: Any, /) -> Any:
    """floor(x1 / x2); NumPy pairs it with the remainder, which gives other results where an operand is infinite."""
    if _surely_finite(x1, x2) or not (_any_infinite(x1) or _any_infinite(x2)):
        return _floor_divide(x1, x2)
    with np.errstate(all="ignore"):
        return np.where(np.isinf(x1) | np.isinf(x2), np.floor(np.divide(x1, x2)), np.floor_divide(x1, x2))


def _surely_finite(x1: Any, x2: Any) -> builtins.bool:
    """Whether a sum of products of all elements is finite, which it is not if any of them is infinite or NaN.

    Large numbers may make it infinite too; but it takes a sixth of the time of a look at every element. And vdot warns
    of nothing, as dot does.
    """
    if type(x1) is not _ndarray or x1.dtype not in _REAL:
        return False
    if type(x2) is not _ndarray:
        return _isfinite(x2) and _isfinite(_vdot(x1, x1))
    if x1.size == x2.size:
        return _isfinite(_vdot(x1, x2))
    return _isfinite(_vdot(x1, x1)) and _isfinite(_vdot(x2, x2))


def _any_infinite(x: Any) -> builtins.bool:
    if isinstance(x, float):
        return math.isinf(x)
    return not isinstance(x, (int, complex)) and x.dtype.kind == "f" and builtins.bool(np.isinf(x).any())


def log1p(x: Any, /) -> Any:
    """log(1 + x); NumPy's complex loop loses the digits of small operands."""
    result = np.log1p(x)
    if result.dtype.kind == "c":
        re, im = np.real(x), np.imag(x)
        with np.errstate(all="ignore"):
            # |1 + x|^2 - 1 without the 1, where neither term can overflow
            near = np.log1p(re * (2 + re) + im * im) / 2
            result = np.where(np.hypot(re, im) < 0.5, _complex(near, np.imag(result)), result)
    return result


def _complex(re: Any, im: Any) -> Any:
    result = np.empty(np.shape(re), np.result_type(re, np.complex64))
    result.real, result.imag = re, im
    return result


def _cube(x: Any) -> Any:
    result = _square(x)
    result *= x
    return result


# Powers that are taken as products, in up to a fiftieth of the time. The square and the reciprocal are exact to half a
# unit in the last place, as NumPy's powers are; the third power to 1.3 units, the fourth to 1.9, and further ones would
# lose more. None overflows or underflows where the power does not.
_PRODUCTS: dict[Any, Callable[[Any], Any]] = {
    -1: lambda x: np.divide(1, x),
    2: np.square,
    3: _cube,
    4: lambda x: _square(_square(x)),
}


def pow(x1: Any, x2: Any, /) -> Any:
    """x1 to the power x2; for an exponent of 0.5 NumPy may take the root, which differs at -0 and -infinity."""
    kind = type(x2)
    if kind is float or kind is int:
        product = _PRODUCTS.get(x2)
        real = x1.dtype in _REAL
        if product is not None and (real or (x2 > 0 and x1.dtype.kind in ("fc" if kind is float else "fciu"))):
            return product(x1)
        if x2 != 0.5:
            return _pow(x1, x2)
        if real and np.greater(x1, 0).all():
            return np.sqrt(x1)
    result = _pow(x1, x2)
    if kind is _ndarray and x2.size == result.size > 1 and 0 not in x2.strides:
        return result  # NumPy looks for the exponents that it treats apart only where one serves several numbers
    half = x2 == 0.5
    if half is False or result.dtype.kind != "f" or not np.any(half) or np.all(np.greater(x1, 0)):
        return result
    number = result.dtype.type
    result = np.where(half & np.equal(x1, 0), number(0), result)
    return np.where(half & np.equal(x1, -inf), number(inf), result)


def reciprocal(x: Any, /) -> Any:
    """1 / x; NumPy's complex loop gives NaN for 0, and its integer loop integers."""
    return np.reciprocal(x) if x.dtype.kind == "f" else np.divide(1, x)


def round(x: Any, /) -> Any:
    """The nearest integer; some NumPy gives the operand itself where it holds integers."""
    return np.rint(x) if x.dtype.kind in "fc" else np.array(x)


def sign(x: Any, /) -> Any:
    """x / |x|; NumPy's complex loop gives a number where one part is infinite and the other is NaN."""
    result = np.sign(x)
    if result.dtype.kind == "c" and np.any(unknown := np.isnan(x)):
        result = np.where(unknown, result.dtype.type(complex(nan, nan)), result)
    return result


def tan(x: Any, /) -> Any:
    """The tangent; for infinite imaginary parts NumPy's real part is a zero of either sign."""
    result = np.tan(x)
    if result.dtype.kind == "c" and np.any(infinite := np.isinf(np.imag(x))):
        result = _complex(np.where(infinite, np.copysign(0.0, np.real(x)), np.real(result)), np.imag(result))
    return result


def tanh(x: Any, /) -> Any:
    """The hyperbolic tangent; for infinite real parts NumPy's imaginary part is a zero of either sign."""
    result = np.tanh(x)
    if result.dtype.kind == "c" and np.any(infinite := np.isinf(np.real(x))):
        result = _complex(np.real(result), np.where(infinite, np.copysign(0.0, np.imag(x)), np.imag(result)))
    return result


# Of the corrected functions, NumPy's own, which are right for real floating-point numbers.
REAL_KERNELS: dict[str, Callable[[Any], Any]] = {
    "acosh": np.acosh,
    "expm1": np.expm1,
    "log1p": np.log1p,
    "reciprocal": np.reciprocal,
    "sign": np.sign,
    "tan": np.tan,
    "tanh": np.tanh,
}


# ---- manipulation


def matrix_transpose(x: Any, /) -> Any:
    """`x` with its last two axes exchanged."""
    return x.mT


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """`x` with its axes in another order."""
    return x.transpose(axes)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: builtins.bool | None = None) -> Any:
    """The same elements in another shape."""
    return x.reshape(shape) if copy is None else x.reshape(shape, copy=copy)


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    """Arrays of one shape along a new axis; NumPy's own function takes half as long again for small ones."""
    shape = arrays[0].shape
    for x in arrays:
        if x.shape != shape:
            raise ValueError("the arrays must have the same shape")
    at = axis % (len(shape) + 1)
    new = (slice(None),) * at + (None,)
    return np.concatenate([x[new] for x in arrays], axis=at)


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """`x` without axes of size one."""
    return x.squeeze(axis)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in their common shape, each in memory of its own: NumPy gives windows whose elements overlap."""
    return tuple(np.array(x) for x in np.broadcast_arrays(*arrays))


_ALL, _REVERSED = slice(None), slice(None, None, -1)


def flip(x: Any, /, *, axis: Any = None) -> Any:
    """A window onto `x` with axes reversed."""
    key = [_ALL] * x.ndim
    for at in range(x.ndim) if axis is None else axis if type(axis) is tuple else (axis,):
        key[at] = _REVERSED
    return x[tuple(key)]


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Elements shifted round along one axis, or along several by NumPy's function."""
    if axis is None:
        return roll(x.reshape(-1), shift, axis=0).reshape(x.shape)
    if type(axis) is not int or type(shift) is not int or not x.size:
        return np.roll(x, shift, axis)
    cut = -shift % x.shape[axis]
    lead = (_ALL,) * (axis % x.ndim)
    return np.concatenate([x[(*lead, slice(cut, None))], x[(*lead, slice(cut))]], axis=axis)


def expand_dims(x: Any, /, axis: Any) -> Any:
    """New axes of size one; NumPy raises no IndexError for an axis named twice."""
    try:
        return np.expand_dims(x, axis)
    except ValueError as error:
        raise IndexError(str(error)) from None


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Elements repeated; NumPy takes no uint64 counts."""
    return np.repeat(x, np.asarray(repeats).astype(np.intp, copy=False), axis=axis)


# ---- searching, sorting, sets


def argmax(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """Where the greatest element is."""
    return x.argmax(axis, keepdims=keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """Where the least element is."""
    return x.argmin(axis, keepdims=keepdims)


def argsort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Where the sorted elements are; NumPy has no descending order."""
    if not descending:
        return np.argsort(x, axis=axis, stable=stable)
    # Sorting the reversed elements and reversing the result keeps the order of ties.
    return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis=axis), axis=axis, stable=stable), axis=axis)


def sort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Sorted elements; NumPy has no descending order.

    Of elements that are equal only zeros can be told apart, by their signs. So NumPy's sort that keeps their order,
    which takes up to ten times as long, is for data types that it is no slower for and for zeros of both signs.
    """
    if descending:
        return np.flip(sort(np.flip(x, axis=axis), axis=axis, stable=stable), axis=axis)
    if stable and (x.dtype.itemsize < 4 or x.dtype.kind == "c"):
        return np.sort(x, axis=axis, stable=True)
    result = np.sort(x, axis=axis)
    if stable and x.dtype.kind == "f" and (zero := np.equal(result, 0)).any():
        negative = np.signbit(result[zero])
        if negative.any() and not negative.all():
            return np.sort(x, axis=axis, stable=True)
    return result


def searchsorted(x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
    """Where to insert; NumPy compares a Python number in double precision and takes no uint64 sorter."""
    if isinstance(x2, int | float) and not isinstance(x2, np.generic) and x1.dtype.kind == "f":
        x2 = x1.dtype.type(x2)
    return np.searchsorted(x1, x2, side, sorter if sorter is None else sorter.astype(np.intp, copy=False))


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Elements along an axis; NumPy flattens `x` if no axis is given."""
    if axis is None and x.ndim > 1:
        raise ValueError(f"an axis is needed to take from an array of {x.ndim} dimensions")
    return x.take(indices, axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Elements along an axis, by indices of the same shape; some NumPy has no default axis."""
    return np.take_along_axis(x, indices, axis)


def unique_values(x: Any, /) -> Any:
    """Distinct elements in order; some NumPy leaves the order open, and the other functions of sets do not."""
    return np.unique(x, equal_nan=False)


# ---- statistics; for NumPy's annotations from 2.5 on `keepdims` is a literal True or False, not a bool


def all(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """Whether all elements are true."""
    return np.logical_and.reduce(x, axis=axis, keepdims=keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """Whether any element is true."""
    return np.logical_or.reduce(x, axis=axis, keepdims=keepdims)


# So many elements, at least, make up for the calls that a reduction over a short axis is taken apart into.
_MANY = 1024
_SHORT = {np.add: 7, np.multiply: 7, np.maximum: 4, np.minimum: 4}


def _reduced(function: Any, x: Any, axis: Any, keepdims: Any, dtype: Any = None) -> Any:
    """`function.reduce`; for a short last axis in a tenth of the time.

    NumPy goes through such an axis for one result after the other; it is faster to combine whole slices. The order is
    the same: up to 7 elements are added from the first to the last, and of up to 4 zeros the extreme is the same one.
    """
    if x.size >= _MANY and axis is not None and x.ndim > 1 and 2 <= x.shape[-1] <= _SHORT[function]:
        at = axis[0] if type(axis) is tuple and len(axis) == 1 else axis
        if at in (-1, x.ndim - 1) and x.dtype in _REAL and (dtype is None or dtype == x.dtype):
            result = function(x[..., 0], x[..., 1])
            for i in range(2, x.shape[-1]):
                function(result, x[..., i], out=result)
            if function is np.add:
                result += 0.0  # NumPy's sum of negative zeros is zero
            return np.expand_dims(result, -1) if keepdims else result
    if dtype is None:
        return function.reduce(x, axis=axis, keepdims=keepdims)
    return function.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims)


def max(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """The greatest element."""
    return _reduced(np.maximum, x, axis, keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """The least element."""
    return _reduced(np.minimum, x, axis, keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Any:
    """The product of the elements."""
    return _reduced(np.multiply, x, axis, keepdims, dtype)


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Any:
    """The sum of the elements."""
    return _reduced(np.add, x, axis, keepdims, dtype)


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """How many elements are not zero; some NumPy gives a Python int."""
    if axis is None and not keepdims:
        return np.asarray(np.count_nonzero(x))
    return np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims))


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Differences; for n = 0 NumPy gives the operand itself, with nothing added to it."""
    if prepend is not None or append is not None:
        x = np.concat([piece for piece in (prepend, x, append) if piece is not None], axis=axis)
    return np.diff(x, n, axis) if n else np.array(x)


def mean(x: Any, /, *, axis: Any = None, keepdims: Any = False) -> Any:
    """The mean; NumPy lets a NaN of one part into the other, and warns where there is nothing to average."""
    if x.size == 0:
        return _unknown(x.dtype, x, axis, keepdims)
    if x.dtype in _REAL:
        return _divided(_reduced(np.add, x, axis, keepdims), _count(x, axis))
    if x.dtype.kind != "c":
        return np.mean(x, axis=axis, keepdims=keepdims)
    total = np.asarray(sum(x, axis=axis, keepdims=keepdims))
    count = _count(x, axis)
    return _complex(np.divide(total.real, count), np.divide(total.imag, count))


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: Any = False) -> Any:
    """The standard deviation, see `var`."""
    return np.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: Any = False) -> Any:
    """The variance, NaN without degrees of freedom, where NumPy divides by zero."""
    count = _count(x, axis)
    if not count > correction:
        return _unknown(np.real(x).dtype, x, axis, keepdims)
    if x.dtype not in _REAL:
        return np.var(x, axis=axis, ddof=correction, keepdims=keepdims)
    deviation = x - _divided(_reduced(np.add, x, axis, True), count)
    deviation *= deviation
    return _divided(_reduced(np.add, deviation, axis, keepdims), count - correction)


def _divided(total: Any, number: float) -> Any:
    """`total / number`, in double precision."""
    return total / number if total.dtype == float64 else total.dtype.type(total / float64.type(number))


def _unknown(dtype: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    shape = np.shape(sum(x, axis=axis, keepdims=keepdims))
    return np.full(shape, complex(nan, nan) if dtype.kind == "c" else nan, dtype if dtype.kind in "fc" else float64)


def _count(x: Any, axis: Any) -> Any:
    """How many elements go into a result; a number has one along the axis 0 that NumPy lets it have."""
    if axis is None or not x.ndim:
        return x.size
    return math.prod(x.shape[i] for i in axis) if isinstance(axis, tuple) else x.shape[axis]


# Up to this many elements a filled array costs less than the 4 microseconds that NumPy takes for a window.
_SMALL = 8192


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """`x` repeated to `shape`: a read-only window, or a filled array where that is cheaper."""
    if x.ndim <= len(shape) and math.prod(shape) <= _SMALL:
        out = np.empty(shape, x.dtype)
        out[...] = x
        return out
    return np.broadcast_to(x, shape)


# ---- extras: apitensor's own kernels, here at NumPy's speed


def has_nan(x: Any) -> Any:
    """Whether any element of `x` is NaN, for the price of a sum of squares; complex infinities count as NaN there."""
    total = _sum_of_squares(x)
    return total != total


def _sum_of_squares(x: Any) -> Any:
    flat = x if x.ndim == 1 else x.ravel(order="K")  # without a copy wherever there are no gaps
    return flat.dot(flat)


def is_ones(x: Any, /) -> Any:
    """Whether all elements are known to be one: where they are all the same in memory, as in the cotangent of a sum."""
    return x.size > 0 and not builtins.any(x.strides) and x.item(0) == 1


def minus_max(x: Any, axis: Any, /) -> tuple[Any, Any]:
    """The maximum along axes, which stay with size one, and `x` minus it; equal infinities differ by zero."""
    top = max(x, axis=axis, keepdims=True)
    if np.isfinite(top).all():
        return top, np.subtract(x, top)
    with np.errstate(invalid="ignore"):
        return top, np.where(np.equal(x, top), x.dtype.type(0), np.subtract(x, top))


def share(beats: Callable[..., Any], x: Any, other: Any, /) -> Any:
    """1 where `x` `beats` the other one or is NaN, 1/2 where they are equal, else 0: looks first whether any are."""
    part = np.asarray(beats(x, other)).astype(x.dtype)
    equal = np.equal(x, other)
    if equal.any():
        np.copyto(part, 0.5, where=equal)
    if has_nan(x):
        np.copyto(part, 1.0, where=np.isnan(x))
    return part


def overwrite(x: Any, function: Callable[..., Any], /, *operands: Any) -> Any:
    """`function(*operands)`, which has the shape and data type of `x`, in the memory of that if it is a ufunc."""
    return function(*operands, out=x) if type(function) is np.ufunc and type(x) is np.ndarray else function(*operands)


def safe_multiply(g: Any, p: Any) -> Any:
    """`g * p`, but exactly zero where `g` is zero, even if `p` is infinite or NaN there."""
    with np.errstate(all="ignore"):
        product = np.multiply(g, p)
    # A sum of squares is finite where all elements are, unless they are large, for a sixth of the time.
    if _isfinite(_sum_of_squares(product).real) or np.isfinite(product).all():
        return product
    return np.where(np.equal(g, 0), product.dtype.type(0), product)


def scatter_add(values: Any, key: tuple[Any, ...], shape: tuple[int, ...], /, *, out: Any = None) -> Any:
    """Zeros of `shape` (or `out`, which is written to) with `values` added at `key`; repeated positions add up."""
    total = np.zeros(shape, values.dtype) if out is None else out
    for part in key:
        if isinstance(part, np.ndarray) and part.ndim and part.dtype.kind != "b":
            break
    else:  # no position occurs twice
        if out is None:
            total[key] = values
        else:
            total[key] += values
        return total
    if total.ndim > 1 and total.flags.c_contiguous and (found := _places(key, total.shape)) is not None:
        # NumPy adds at positions in a flat array several times as fast as at others, and in the same order.
        places, of = found
        np.add.at(total.reshape(-1), places.reshape(-1), np.broadcast_to(values, of).reshape(-1))
    else:
        np.add.at(total, key, values)
    return total


def _places(key: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]] | None:
    """Where in the flat array the elements at a key are, and their shape; None if it is not whole axes, then arrays."""
    if key[-1] is Ellipsis:
        key = key[:-1]
    if len(key) > len(shape):
        return None  # there are new axes behind the arrays
    first = 0
    while isinstance(key[first], slice) and key[first] == slice(None):
        first += 1
    behind = len(key)
    at: Any = 0
    for part, n in zip(key[first:], shape[first:behind], strict=True):
        if not isinstance(part, np.ndarray) or not part.ndim or part.dtype.kind == "b":
            return None
        low, high = (part.min(), part.max()) if part.size else (0, -1)
        if low < -n or high >= n:
            raise IndexError(f"an index of {low if low < -n else high} is out of bounds for an axis of {n} elements")
        part = part.astype(np.intp, copy=False)
        at = at * n + (np.where(part < 0, part + n, part) if low < 0 else part)
    sizes = math.prod(shape[:first]), math.prod(shape[first:behind]), math.prod(shape[behind:])
    places = at.reshape(-1)
    if sizes[2] != 1:
        places = np.add.outer(places * sizes[2], np.arange(sizes[2]))
    if sizes[0] != 1:
        places = np.add.outer(np.arange(sizes[0]) * (sizes[1] * sizes[2]), places)
    return places, (*shape[:first], *at.shape, *shape[behind:])


def sliding_windows(x: Any, length: int, axis: int, /) -> Any:
    """Every window of a length along an axis, its elements in an axis behind the others: read-only, no copy."""
    return np.lib.stride_tricks.sliding_window_view(x, length, axis)


def weighted_deviation(x: Any, weights: Any, axis: Any, /) -> Any:
    """`weights * (x - sum(weights * x))` along axes, of real numbers; zero for an `x` of zeros and any weights."""
    with np.errstate(all="ignore"):
        if axis == (x.ndim - 1,):
            mean = np.expand_dims(np.vecdot(x, weights), -1)  # makes no products in memory
        else:
            mean = sum(np.multiply(x, weights), axis=axis, keepdims=True)
        if np.isfinite(mean).all():
            return overwrite(y := np.subtract(x, mean), np.multiply, y, weights)
        mean = sum(safe_multiply(x, weights), axis=axis, keepdims=True)
    return safe_multiply(np.subtract(x, mean), weights)
