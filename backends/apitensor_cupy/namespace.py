"""The standard's namespace, version 2025.12, over CuPy arrays.

What CuPy does as the standard says is CuPy's own function. The functions defined here are the rest; each says what
CuPy does otherwise. None tests a value, since a test would wait for the device.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cupy
import cupy.lib.stride_tricks
import numpy as np
from array_api_compat import cupy as compat

from . import bounds
from . import fft as fft
from . import linalg as linalg
from . import special as special

__array_api_version__ = "2025.12"

# Data types, as arrays carry them
bool = np.dtype("bool")
int8 = np.dtype("int8")
int16 = np.dtype("int16")
int32 = np.dtype("int32")
int64 = np.dtype("int64")
uint8 = np.dtype("uint8")
uint16 = np.dtype("uint16")
uint32 = np.dtype("uint32")
uint64 = np.dtype("uint64")
float16 = np.dtype("float16")
float32 = np.dtype("float32")
float64 = np.dtype("float64")
complex64 = np.dtype("complex64")
complex128 = np.dtype("complex128")

# Constants and functions that conform
abs = cupy.abs
acos = cupy.acos
add = cupy.add
all = cupy.all
any = cupy.any
argmax = cupy.argmax
argmin = cupy.argmin
asin = cupy.asin
asinh = cupy.asinh
atan = cupy.atan
atanh = cupy.atanh
bitwise_and = cupy.bitwise_and
bitwise_invert = cupy.bitwise_invert
bitwise_or = cupy.bitwise_or
bitwise_xor = cupy.bitwise_xor
broadcast_shapes = np.broadcast_shapes
broadcast_to = cupy.broadcast_to
can_cast = cupy.can_cast
ceil = cupy.ceil
concat = cupy.concat
conj = cupy.conj
cos = cupy.cos
cosh = cupy.cosh
cumulative_prod = compat.cumulative_prod
cumulative_sum = compat.cumulative_sum
divide = cupy.divide
e = np.e
equal = cupy.equal
exp = cupy.exp
flip = cupy.flip
floor = cupy.floor
greater = cupy.greater
greater_equal = cupy.greater_equal
hypot = cupy.hypot
imag = cupy.imag
inf = np.inf
isdtype = lru_cache(maxsize=256)(np.isdtype)  # which rules ask, call by call
isfinite = cupy.isfinite
isinf = cupy.isinf
isnan = cupy.isnan
less = cupy.less
less_equal = cupy.less_equal
logaddexp = cupy.logaddexp
logical_and = cupy.logical_and
logical_not = cupy.logical_not
logical_or = cupy.logical_or
logical_xor = cupy.logical_xor
matmul = cupy.matmul
matrix_transpose = compat.matrix_transpose
max = cupy.max
maximum = cupy.maximum
min = cupy.min
minimum = cupy.minimum
moveaxis = cupy.moveaxis
multiply = cupy.multiply
nan = np.nan
negative = cupy.negative
newaxis = None
nextafter = cupy.nextafter
not_equal = cupy.not_equal
permute_dims = cupy.permute_dims
pi = np.pi
positive = cupy.positive
prod = cupy.prod
real = cupy.real
result_type = cupy.result_type
roll = cupy.roll
signbit = cupy.signbit
sin = cupy.sin
sinh = cupy.sinh
sqrt = cupy.sqrt
square = cupy.square
squeeze = cupy.squeeze
stack = cupy.stack
subtract = cupy.subtract
tensordot = cupy.tensordot
tile = cupy.tile
tril = cupy.tril
triu = cupy.triu
trunc = cupy.trunc
unique_all = compat.unique_all
unique_counts = compat.unique_counts
unique_inverse = compat.unique_inverse
unique_values = compat.unique_values
vecdot = compat.vecdot


# ---- inspection


class __array_namespace_info__:
    """What there is. Devices are their numbers."""

    def capabilities(self) -> dict[str, Any]:
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 32}

    def default_device(self) -> int:
        return 0

    def default_dtypes(self, *, device: Any = None) -> Any:
        return np.__array_namespace_info__().default_dtypes()

    def devices(self) -> tuple[int, ...]:
        return tuple(range(cupy.cuda.runtime.getDeviceCount()))

    def dtypes(self, *, device: Any = None, kind: Any = None) -> Any:
        return np.__array_namespace_info__().dtypes(kind=kind)


# ---- creation: CuPy puts everything onto the current device


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    """Evenly spaced values."""
    with cupy.cuda.Device(device):
        return cupy.arange(start, stop, step, dtype=dtype)


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: builtins.bool | None = None) -> Any:
    """An array of numbers, of host memory, or of another array, which stays on its device if none is named."""
    if device is None and isinstance(obj, cupy.ndarray):
        device = obj.device
    here = cupy.cuda.Device(device)
    with here:
        if isinstance(obj, cupy.ndarray) and obj.device.id != here.id:
            if copy is False:
                raise ValueError(f"an array of cuda:{obj.device.id} is copied to cuda:{here.id}, and copy=False")
            copy = True
        if _is_negative_zero(obj):
            return full((), obj, dtype=dtype, device=device)
        return cupy.asarray(obj, dtype=dtype, copy=copy)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array whose elements are whatever was there."""
    with cupy.cuda.Device(device):
        return cupy.empty(shape, dtype=dtype or float64)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    """Ones on a diagonal."""
    with cupy.cuda.Device(device):
        return cupy.eye(n_rows, n_cols, k=k, dtype=dtype or float64)


def from_dlpack(x: Any, /, *, device: Any = None, copy: builtins.bool | None = None) -> Any:
    """An array that shares another library's memory."""
    array = cupy.from_dlpack(x, copy=copy)
    return array if device is None else asarray(array, device=device)


def from_numpy(array: Any, device: Any) -> Any:
    """A NumPy array copied to a device."""
    return asarray(array, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """One value throughout; CuPy makes 0 of -0."""
    with cupy.cuda.Device(device):
        if _is_negative_zero(fill_value):
            host = np.asarray(fill_value, dtype)
            return _fill(host[()], cupy.empty(shape, host.dtype))
        return cupy.full(shape, fill_value, dtype=dtype)


def _is_negative_zero(value: Any) -> builtins.bool:
    """Whether a number on the host is zero with a minus somewhere, which CuPy forgets where it fills with zeros."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    return isinstance(value, float | complex | np.inexact) and value == 0 and "-" in str(value)


_fill = cupy.ElementwiseKernel("T x", "T y", "y = x", "apitensor_fill")


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: builtins.bool = True
) -> Any:
    """Evenly spaced values between bounds; CuPy takes no complex ones."""
    with cupy.cuda.Device(device):
        if not isinstance(start, complex) and not isinstance(stop, complex):
            return cupy.linspace(start, stop, num, endpoint=endpoint, dtype=dtype)
        re = cupy.linspace(start.real, stop.real, num, endpoint=endpoint)
        im = cupy.linspace(start.imag, stop.imag, num, endpoint=endpoint)
        return _complex(re, im, dtype or complex128)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones."""
    with cupy.cuda.Device(device):
        return cupy.ones(shape, dtype=dtype or float64)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros."""
    with cupy.cuda.Device(device):
        return cupy.zeros(shape, dtype=dtype or float64)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x`; CuPy keeps the order of its memory as well."""
    return empty(x.shape, dtype=dtype or x.dtype, device=x.device if device is None else device)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """One value in the shape of `x`."""
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=x.device if device is None else device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones in the shape of `x`."""
    return ones(x.shape, dtype=dtype or x.dtype, device=x.device if device is None else device)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros in the shape of `x`."""
    return zeros(x.shape, dtype=dtype or x.dtype, device=x.device if device is None else device)


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """Coordinates of a grid; CuPy gives a list."""
    return tuple([x.copy() for x in cupy.meshgrid(*arrays, indexing=indexing)])


# ---- data types


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Any:
    """Another data type; CuPy drops imaginary parts where the standard forbids the conversion."""
    dtype = np.dtype(dtype)
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        raise TypeError(f"{x.dtype} does not convert to {dtype}: take real(x), imag(x) or abs(x) first")
    moved = x if device is None else asarray(x, device=device)
    with moved.device:
        return moved.astype(dtype, copy=copy and moved is x)


def finfo(type: Any, /) -> Any:
    """Limits of a floating-point type; NumPy takes no array."""
    return np.finfo(type.dtype if isinstance(type, cupy.ndarray) else type)


def iinfo(type: Any, /) -> Any:
    """Limits of an integer type; NumPy takes no array."""
    return np.iinfo(type.dtype if isinstance(type, cupy.ndarray) else type)


# ---- elementwise


def _complex_kernel(name: str, code: str) -> Any:
    """A kernel that computes `y` from complex `x` with the parts `re` and `im`, real numbers of the type `V`."""
    parts = "using V = typename T::value_type; V re = x.real(), im = x.imag();"
    return cupy.ElementwiseKernel("T x", "T y", f"{parts} {code}", f"apitensor_{name}")


_acosh = _complex_kernel("acosh", "y = re == 0 && isnan(im) ? T(V(CUDART_NAN), V(M_PI / 2)) : acosh(x);")
_log = _complex_kernel("log", "y = isinf(re) || isinf(im) ? T(V(CUDART_INF), atan2(im, re)) : log(x);")
_sign = _complex_kernel(
    "sign",
    """
    V size = hypot(re, im);
    if (isnan(re) || isnan(im) || (isinf(re) && isinf(im))) y = T(V(CUDART_NAN), V(CUDART_NAN));
    else if (isinf(size)) y = T(isinf(re) ? copysign(V(1), re) : V(0), isinf(im) ? copysign(V(1), im) : V(0));
    else y = size == 0 ? T(0) : T(re / size, im / size);
    """,
)
_sign_of_real = cupy.ElementwiseKernel(
    "T x", "T y", "y = isnan(x) ? x : T((x > T(0)) - (x < T(0)))", "apitensor_sign_of_real"
)
_tan = _complex_kernel(
    "tan",
    """
    if (isinf(im)) y = T(copysign(V(0), re), copysign(V(1), im));
    else if (im == 0 && !isfinite(re)) y = T(V(CUDART_NAN), im);
    else y = tan(x);
    """,
)
_tanh = _complex_kernel(
    "tanh",
    """
    if (isinf(re)) y = T(copysign(V(1), re), copysign(V(0), im));
    else if (re == 0 && !isfinite(im)) y = T(re, V(CUDART_NAN));
    else y = tanh(x);
    """,
)
_log2 = _complex_kernel("log2", "y = T(re / V(0.69314718055994531), im / V(0.69314718055994531));")
_log10 = _complex_kernel("log10", "y = T(re / V(2.302585092994046), im / V(2.302585092994046));")


def acosh(x: Any, /) -> Any:
    """The inverse of cosh; CuPy gives no imaginary part for 0 + NaN j."""
    return _acosh(x) if x.dtype.kind == "c" else cupy.acosh(x)


def log(x: Any, /) -> Any:
    """The logarithm; CuPy gives NaN where one part is infinite and the other is NaN."""
    return _log(x) if x.dtype.kind == "c" else cupy.log(x)


def log2(x: Any, /) -> Any:
    """The logarithm to base 2; CuPy divides by a complex number, which makes NaN of infinities."""
    return _log2(_log(x)) if x.dtype.kind == "c" else cupy.log2(x)


def log10(x: Any, /) -> Any:
    """The logarithm to base 10, with the special values of `log`."""
    return _log10(_log(x)) if x.dtype.kind == "c" else cupy.log10(x)


def sign(x: Any, /) -> Any:
    """x / |x|; CuPy gives NaN where one part is infinite, and not every CuPy 14 gives NaN for NaN."""
    return _sign(x) if x.dtype.kind == "c" else _sign_of_real(x) if x.dtype.kind == "f" else cupy.sign(x)


def tan(x: Any, /) -> Any:
    """The tangent; CuPy gives NaN on the real axis, and zeros of either sign, where a part is not finite."""
    return _tan(x) if x.dtype.kind == "c" else cupy.tan(x)


def tanh(x: Any, /) -> Any:
    """The hyperbolic tangent; where a part is not finite CuPy differs as in `tan`."""
    return _tanh(x) if x.dtype.kind == "c" else cupy.tanh(x)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Elements brought into [min, max], in the data type of `x`; CuPy wants both bounds."""
    result = x if min is None else cupy.maximum(x, min)
    result = result if max is None else cupy.minimum(result, max)
    return result.astype(x.dtype, copy=result is x)


def atan2(x1: Any, x2: Any, /) -> Any:
    """The angle of a point."""
    return cupy.atan2(*_real_numbers(x1, x2))


def copysign(x1: Any, x2: Any, /) -> Any:
    """The size of one number with the sign of another."""
    return cupy.copysign(*_real_numbers(x1, x2))


def _real_numbers(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Operands for a kernel that CuPy compiles for complex numbers in vain, and says so in a hundred lines."""
    if cupy.result_type(x1, x2).kind == "c":
        raise TypeError("it takes no complex numbers")
    return x1, x2


def bitwise_left_shift(x1: Any, x2: Any, /) -> Any:
    """x1 * 2**x2; CuPy leaves shifts by all the bits and more to the compiler."""
    dtype = cupy.result_type(x1, x2)
    if dtype.kind not in "iu":
        return cupy.left_shift(x1, x2)  # which says what it does not take
    return _left_shift(_of_dtype(x1, dtype), _of_dtype(x2, dtype))


def bitwise_right_shift(x1: Any, x2: Any, /) -> Any:
    """floor(x1 / 2**x2), with `bitwise_left_shift`'s care."""
    dtype = cupy.result_type(x1, x2)
    if dtype.kind not in "iu":
        return cupy.right_shift(x1, x2)
    return _right_shift(_of_dtype(x1, dtype), _of_dtype(x2, dtype))


_left_shift = cupy.ElementwiseKernel("T x, T n", "T y", "y = n < T(8 * sizeof(T)) ? x << n : T(0)", "apitensor_shl")
_right_shift = cupy.ElementwiseKernel(
    "T x, T n", "T y", "y = n < T(8 * sizeof(T)) ? x >> n : T(x < T(0) ? -1 : 0)", "apitensor_shr"
)


def expm1(x: Any, /) -> Any:
    """exp(x) - 1; of complex numbers from real functions that keep the digits of small operands."""
    if x.dtype.kind != "c":
        return cupy.expm1(x)
    re, im = x.real, x.imag
    half = cupy.sin(im / 2)
    near = _complex(cupy.expm1(re) * cupy.cos(im) - 2 * half * half, cupy.exp(re) * cupy.sin(im), x.dtype)
    far = cupy.exp(x) - 1
    result = cupy.where(cupy.isfinite(near), near, far)
    return _complex(result.real + 0.0, cupy.where(im == 0, im, result.imag), x.dtype)


def floor_divide(x1: Any, x2: Any, /) -> Any:
    """floor(x1 / x2); CuPy rounds the quotient of floats twice, so that 1 // 0.1 is 10."""
    dtype = cupy.result_type(x1, x2)
    if dtype.kind != "f":
        return cupy.floor_divide(x1, x2)
    return _floor_divide(_of_dtype(x1, dtype), _of_dtype(x2, dtype))


def remainder(x1: Any, x2: Any, /) -> Any:
    """The remainder with the sign of the divisor, exactly; CuPy computes it from the rounded quotient."""
    dtype = cupy.result_type(x1, x2)
    if dtype.kind != "f":
        return cupy.remainder(x1, x2)
    return _remainder(_of_dtype(x1, dtype), _of_dtype(x2, dtype))


def _division_kernel(name: str, code: str) -> Any:
    """A kernel that computes `y` from `a` and `b` and from what fmod leaves of `a`, `rest`, in single precision at
    least; `differ` where the signs of `rest` and `b` do."""
    start = """
    using V = typename apitensor_wide<T>::type;
    const V a = x1, b = x2, rest = fmod(a, b);
    const bool differ = rest != 0 && signbit(rest) != signbit(b);
    """
    preamble = """
template <typename T> struct apitensor_wide { using type = T; };
template <> struct apitensor_wide<float16> { using type = float; };
"""
    return cupy.ElementwiseKernel("T x1, T x2", "T y", start + code, f"apitensor_{name}", preamble=preamble)


_floor_divide = _division_kernel(
    "floor_divide",
    """
    const V quotient = a / b;
    // What fmod leaves has the sign of a, so the quotient beside it is cut towards zero.
    const V exact = rint((a - rest) / b) - differ;
    const bool ordinary = isfinite(quotient) && isfinite(b) && isfinite(exact);
    y = T(ordinary ? copysign(exact, quotient) : floor(quotient));
    """,
)
_remainder = _division_kernel(
    "remainder",
    """
    const V result = differ ? rest + b : rest;
    y = T(result == 0 ? copysign(result, b) : result);
    """,
)


def _of_dtype(x: Any, dtype: Any) -> Any:
    """An operand in a data type; a number stays on the host, from where a kernel takes it without a copy."""
    return x.astype(dtype, copy=False) if isinstance(x, cupy.ndarray) else dtype.type(x)


def log1p(x: Any, /) -> Any:
    """log(1 + x); of complex numbers with the digits of small operands."""
    if x.dtype.kind != "c":
        return cupy.log1p(x)
    re, im = x.real, x.imag
    # |1 + x|^2 - 1 without the 1, where neither term can overflow
    near = cupy.log1p(re * (2 + re) + im * im) / 2
    far = _log(_complex(1 + re, im, x.dtype))
    return _complex(cupy.where(cupy.hypot(re, im) < 0.5, near, far.real), far.imag, x.dtype)


def _complex(re: Any, im: Any, dtype: Any) -> Any:
    result = cupy.empty(re.shape, dtype)
    result.real, result.imag = re, im
    return result


def pow(x1: Any, x2: Any, /) -> Any:
    """x1 to the power x2; CuPy takes logarithms for squares and reciprocals too, which is slow, and rough for complex
    numbers."""
    if type(x2) in (int, float) and x1.dtype.kind in "fc":
        if x2 == 2:
            return cupy.square(x1)
        if x2 == -1:
            return reciprocal(x1)
    return cupy.pow(x1, x2)


def reciprocal(x: Any, /) -> Any:
    """1 / x; CuPy gives integers of integers."""
    return cupy.reciprocal(x) if x.dtype.kind == "f" else cupy.divide(1, x)


def round(x: Any, /) -> Any:
    """The nearest integer, the even one of two."""
    return cupy.rint(x) if x.dtype.kind in "fc" else x.copy()


# ---- manipulation


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in their common shape, each in memory of its own."""
    return tuple([x.copy() for x in cupy.broadcast_arrays(*arrays)])


def expand_dims(x: Any, /, axis: Any) -> Any:
    """New axes of size one; IndexError where there is no such place."""
    try:
        return cupy.expand_dims(x, axis)
    except ValueError as error:
        raise IndexError(str(error)) from None


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Elements repeated. The host has to know counts of their own, so these are waited for."""
    if isinstance(repeats, cupy.ndarray):
        repeats = repeats.reshape(-1).tolist()
        repeats = repeats[0] if len(repeats) == 1 else repeats
    return cupy.repeat(x, repeats, axis=axis)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: builtins.bool | None = None) -> Any:
    """The same elements in another shape; not every CuPy 14 knows `copy`."""
    if copy:
        return cupy.reshape(x.copy(), shape)
    result = cupy.reshape(x, shape)
    if copy is False and x.size and not cupy.may_share_memory(result, x):
        raise ValueError(f"an array of shape {x.shape} and strides {x.strides} is copied to take the shape {shape}")
    return result


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The pieces along an axis, as windows onto `x`."""
    if x.ndim == 0:
        raise ValueError("an array without dimensions has no pieces")
    return tuple(cupy.moveaxis(x, axis, 0))


# ---- searching, sorting, sets


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """Where elements are not zero; how many there are is waited for."""
    if x.ndim == 0:
        raise ValueError("an array without dimensions has no positions")
    return tuple(cupy.nonzero(x))


def argsort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Where the sorted elements are; CuPy has no descending order, and is always stable."""
    if not descending:
        return cupy.argsort(x, axis=axis)
    # Sorting the reversed elements and reversing the result keeps the order of ties.
    return x.shape[axis] - 1 - cupy.flip(cupy.argsort(cupy.flip(x, axis), axis=axis), axis)


def sort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """Sorted elements; CuPy has no descending order."""
    if not descending:
        return cupy.sort(x, axis=axis)
    return cupy.flip(cupy.sort(cupy.flip(x, axis), axis=axis), axis).copy()


def searchsorted(x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
    """Where to insert; CuPy takes arrays only."""
    if not isinstance(x2, cupy.ndarray):
        x2 = asarray(x2, dtype=x1.dtype, device=x1.device)
    return cupy.searchsorted(x1, x2, side, sorter)


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """Elements of `x1` where the condition holds, else of `x2`; CuPy takes no number for a condition."""
    return cupy.where(condition if isinstance(condition, cupy.ndarray) else cupy.asarray(condition), x1, x2)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Elements along an axis; CuPy flattens `x` if no axis is given."""
    if axis is None and x.ndim > 1:
        raise ValueError(f"an axis is needed to take from an array of {x.ndim} dimensions")
    bounds.watch(x.shape[axis or 0 :], indices)
    return cupy.take(x, indices, axis=axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Elements along an axis, by indices of the same number of dimensions; CuPy has no default axis."""
    bounds.watch(x.shape[axis:], indices)
    return cupy.take_along_axis(x, indices, axis)


def isin(x1: Any, x2: Any, /, *, invert: builtins.bool = False) -> Any:
    """Whether elements are among others; CuPy takes arrays only."""
    there = next(x.device for x in (x1, x2) if isinstance(x, cupy.ndarray))
    x1, x2 = (x if isinstance(x, cupy.ndarray) else asarray(x, device=there) for x in (x1, x2))
    return cupy.isin(x1, x2, invert=invert)


# ---- statistics


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """How many elements are not zero; CuPy lacks `keepdims`."""
    return cupy.sum(cupy.not_equal(x, 0), axis=axis, keepdims=keepdims, dtype=int64)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Differences; for n = 0 CuPy gives the operand itself, with nothing added to it."""
    pieces = [piece for piece in (prepend, x, append) if piece is not None]
    if len(pieces) > 1:
        x = cupy.concat(pieces, axis=axis)
    return cupy.diff(x, n, axis) if n else x.copy()


def mean(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """The mean, NaN where there is nothing to average; a NaN of one part stays out of the other."""
    # Neither the sum nor the count of many elements is a number of half precision.
    total = cupy.sum(x, axis=axis, keepdims=keepdims, dtype=float32 if x.dtype == float16 else None)
    count = _count(x, axis)
    if x.dtype.kind != "c":
        result = cupy.divide(total, count) if count else cupy.full(total.shape, nan, x.dtype)
        return result.astype(x.dtype, copy=False)
    if not count:
        return cupy.full(total.shape, complex(nan, nan), x.dtype)
    return _complex(total.real / count, total.imag / count, x.dtype)


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Any:
    """The standard deviation, see `var`."""
    return _spread(cupy.std, x, axis, correction, keepdims)


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: builtins.bool = False) -> Any:
    """The sum; CuPy adds numbers of half precision in half precision."""
    if x.dtype != float16 or dtype is not None:
        return cupy.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)
    return cupy.sum(x, axis=axis, dtype=float32, keepdims=keepdims).astype(float16)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Any:
    """The variance, NaN without degrees of freedom."""
    return _spread(cupy.var, x, axis, correction, keepdims)


def _spread(function: Callable[..., Any], x: Any, axis: Any, correction: float, keepdims: builtins.bool) -> Any:
    if _count(x, axis) > correction:
        return function(x, axis=axis, ddof=correction, keepdims=keepdims)
    return cupy.full(cupy.sum(x, axis=axis, keepdims=keepdims).shape, nan, x.real.dtype)


def _count(x: Any, axis: Any) -> int:
    if axis is None:
        return int(x.size)
    return math.prod(x.shape[i] for i in axis) if isinstance(axis, tuple) else int(x.shape[axis])


# ---- writes


def write(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`. Of several values for one position the last one counts; CuPy leaves it to the threads.

    One value for all that a mask chooses is written without waiting for how many these are, as CuPy would.
    """
    bounds.watch(x.shape, key)
    parts = key if isinstance(key, tuple) else (key,)
    mask = parts[0] if len(parts) == 1 or (len(parts) == 2 and parts[1] is Ellipsis) else None
    if isinstance(mask, cupy.ndarray) and mask.dtype.kind == "b" and _is_one(value):
        if mask.shape != x.shape[: mask.ndim]:
            raise IndexError(f"a mask of shape {mask.shape} does not fit an array of shape {x.shape}")
        x[...] = cupy.where(mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)), value, x)
        return x
    if _is_negative_zero(value):
        value = full((), value, dtype=x.dtype)
    repeats = builtins.any(isinstance(part, cupy.ndarray) and part.dtype.kind in "iu" for part in parts)
    if repeats and isinstance(value, cupy.ndarray) and value.size > 1:
        value = _last_at(x, key, value)
    x[key] = value
    return x


def _is_one(value: Any) -> builtins.bool:
    return not isinstance(value, cupy.ndarray) or value.ndim == 0


def _last_at(x: Any, key: Any, value: Any) -> Any:
    """The values for `x[key]`, each replaced by the last one for its position: so it does not matter who wins."""
    places = cupy.arange(x.size).reshape(x.shape)[key]
    value = cupy.broadcast_to(value, places.shape).reshape(-1)
    turns = cupy.arange(places.size, dtype=uint64)
    last = cupy.zeros(x.size, dtype=uint64)
    cupy.maximum.at(last, places.reshape(-1), turns)
    return value[last[places].astype(int64)]


# ---- extras: apitensor's own kernels


def get_item(x: Any, key: Any, /) -> Any:
    """`x[key]`; CuPy wraps around what is out of bounds."""
    bounds.watch(x.shape, key)
    return x[key]


_safe_multiply = cupy.ElementwiseKernel("T g, T p", "T y", "y = g == T(0) ? T(0) : T(g * p)", "apitensor_safe_multiply")


def safe_multiply(g: Any, p: Any) -> Any:
    """`g * p`, but exactly zero where `g` is zero, even if `p` is infinite or NaN there: in one kernel."""
    if not isinstance(p, cupy.ndarray) and builtins.abs(p) < inf:  # a finite number, which needs no guard
        return cupy.multiply(g, p)
    if not isinstance(p, cupy.ndarray) or p.dtype != g.dtype:
        dtype = cupy.result_type(g, p)
        g, p = _of_dtype(g, dtype), _of_dtype(p, dtype)
    return _safe_multiply(g, p)


_minus = cupy.ElementwiseKernel("T x, T top", "T y", "y = x == top ? T(0) : T(x - top)", "apitensor_minus")


def minus_max(x: Any, axis: Any, /) -> tuple[Any, Any]:
    """The maximum along axes, which stay with size one, and `x` minus it; equal infinities differ by zero."""
    top = cupy.max(x, axis=axis, keepdims=True)
    return top, _minus(x, top)


_share = cupy.ElementwiseKernel(
    "T x, bool beats, bool equals", "T y", "y = T(equals ? 0.5 : beats || isnan(x) ? 1.0 : 0.0)", "apitensor_share"
)


def share(beats: Callable[..., Any], x: Any, other: Any, /) -> Any:
    """1 where `x` `beats` the other one or is NaN, 1/2 where they are equal, else 0."""
    return _share(x, beats(x, other), cupy.equal(x, other))


def has_nan(x: Any) -> Any:
    """Whether any element of `x` is NaN, or infinities of both signs cancel in the sum, which costs one read."""
    total = cupy.sum(x)
    return total != total


def scatter_add(values: Any, key: tuple[Any, ...], shape: tuple[int, ...], /, *, out: Any = None) -> Any:
    """Zeros of `shape` (or `out`, which is written to) with `values` added at `key`; repeated positions add up.

    CuPy adds by atomic operations, so repeated positions are added in an order that is not fixed.
    """
    bounds.watch(shape, key)
    total = cupy.zeros(shape, values.dtype) if out is None else out
    arrays = [part for part in key if isinstance(part, cupy.ndarray) and part.ndim and part.dtype.kind != "b"]
    if not arrays:  # no position occurs twice
        total[key] += values
    elif total.dtype.kind == "c":  # there are atomic additions of real numbers
        cupy.add.at(total.real, key, values.real)
        cupy.add.at(total.imag, key, values.imag)
    elif total.dtype == int64:  # the same bits; not every CuPy 14 adds signed ones
        cupy.add.at(total.view(uint64), key, values.astype(int64, copy=False).view(uint64))
    elif total.dtype.kind in "iu" and total.dtype.itemsize < 4:
        wide = cupy.zeros(shape, int32)
        cupy.add.at(wide, key, values.astype(int32))
        total += wide.astype(total.dtype)  # wraps around as the narrow integers would
    else:
        cupy.add.at(total, key, values)
    return total


def sliding_windows(x: Any, length: int, axis: int, /) -> Any:
    """Every window of a length along an axis, its elements in an axis behind the others: no copy.

    CuPy's `sliding_window_view` would test on the device whether the length is negative, and wait for the answer.
    """
    shape = [*x.shape, length]
    shape[axis if axis >= 0 else axis - 1] -= length - 1
    return cupy.lib.stride_tricks.as_strided(x, shape, (*x.strides, x.strides[axis]))
