"""Data type functions.

Source: array API standard 2025.12, chapter "Data Type Functions"; the promotion of mixed kinds, which it leaves open,
is NumPy 2's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apitensor._core import dtypes
from apitensor._core.declare import linear
from apitensor._core.dtypes import BY_NAME, DType, as_dtype
from apitensor._core.op import SCALARS

from .manipulation import as_tensor, to_device
from .manipulation import copy as _copy

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


# A float keeps its cotangent through any conversion to floats; the engine brings it back to the operand's data type. To
# integers and booleans nothing is recorded.
@linear(transpose=lambda xp, g, y, x, /, dtype: g)
def _astype(xp: Any, x: Any, /, dtype: Any) -> Tensor:
    return xp.astype(x, dtype)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """Convert to another data type.

    Parameters
    ----------
    x : any data type
    dtype : the data type
    copy : whether to copy even if `x` has that data type already (and is on that device); if not, the result is `x`
    device : the device of the result; None stands for that of `x`

    Returns
    -------
    The given data type; the shape of `x`.

    Raises
    ------
    TypeError : `x` is complex and `dtype` is not: take `real(x)`, `imag(x)` or `abs(x)`.

    Derivative: the cotangent converted back. Integers and booleans carry none, so a conversion to them stops it.

    Source: array API standard 2025.12, astype.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.astype(xp.asarray([0.5, 2.0]), xp.int64)
    Tensor([0, 2])
    """
    x = as_tensor(x)
    dtype = as_dtype(dtype)
    have = x.dtype
    if have.kind == "c" and dtype.kind not in "cb":
        raise TypeError(f"astype: {have} does not convert to {dtype}; take real(x), imag(x) or abs(x) first")
    out = x if have is dtype else _astype(x, dtype)
    if device is not None:
        out = to_device(out, device)
    return _copy(x) if copy and out is x else out


# ---- promotion


def dtype_of(x: Any) -> DType:
    """The data type that an array has, or that something names."""
    if isinstance(x, (DType, str, type)):
        return as_dtype(x)
    return as_dtype(getattr(x, "dtype", x))


def _join(found: set[DType]) -> DType:
    """The data type that several promote to, in whatever order they come.

    Booleans yield to anything. Integers of different signs need a signed type that holds both, and float64 where there
    is none. With floats among them integers count as floats: as the smallest that holds them exactly, or else float64.
    """
    found = found - {dtypes.bool} or {dtypes.bool}
    if len(found) == 1:
        return next(iter(found))
    kinds = {d.kind for d in found}
    if kinds <= {"i", "u"}:
        signed = max([d.itemsize for d in found if d.kind == "i"], default=0)
        unsigned = max([d.itemsize for d in found if d.kind == "u"], default=0)
        size = max(signed, 2 * unsigned) if signed else unsigned
        return BY_NAME[f"{'int' if signed else 'uint'}{8 * size}"] if size <= 8 else dtypes.float64
    size = max(_float_size(d) for d in found)
    return BY_NAME[f"complex{16 * size}" if "c" in kinds else f"float{8 * size}"]


def _float_size(dtype: DType) -> int:
    """The bytes of the real floating-point type that a data type counts as among floats."""
    if dtype.kind == "c":
        return dtype.itemsize // 2
    return dtype.itemsize if dtype.kind == "f" else min(2 * dtype.itemsize, 8)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """Give the data type that arrays, data types and Python scalars promote to.

    Parameters
    ----------
    arrays_and_dtypes : at least one; a Python scalar only says of which kind the result is at least, not its precision

    Returns
    -------
    A data type. Mixed kinds promote as in NumPy 2.

    Raises
    ------
    TypeError : an argument has no data type of the standard.
    ValueError : there is no argument.

    Source: array API standard 2025.12, result_type.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.result_type(xp.int8, xp.uint8)
    apitensor.int16
    >>> xp.result_type(xp.float32, 1.0)
    apitensor.float32
    """
    if not arrays_and_dtypes:
        raise ValueError("result_type: at least one array or data type is needed")
    scalars = {type(x) for x in arrays_and_dtypes if type(x) in SCALARS}
    found = {dtype_of(x) for x in arrays_and_dtypes if type(x) not in SCALARS}
    if not found:
        return as_dtype(next(kind for kind in (complex, float, int, bool) if kind in scalars))
    joined = _join(found)
    if complex in scalars and joined.kind != "c":
        return _join({joined, dtypes.complex64}) if joined.kind == "f" else dtypes.complex128
    if float in scalars and joined.kind not in "fc":
        return dtypes.float64
    return dtypes.int64 if int in scalars and joined is dtypes.bool else joined


def can_cast(from_: Any, to: Any, /) -> bool:
    """Say whether a data type converts to another one by promotion alone.

    Parameters
    ----------
    from_ : a data type or an array
    to : a data type

    Returns
    -------
    True or False.

    Source: array API standard 2025.12, can_cast.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.can_cast(xp.int8, xp.int16), xp.can_cast(xp.int16, xp.int8)
    (True, False)
    """
    target = as_dtype(to)
    return _join({dtype_of(from_), target}) is target


# ---- what data types are


_KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}


def isdtype(dtype: Any, kind: Any) -> bool:
    """Say whether a data type is of a kind.

    Parameters
    ----------
    dtype : the data type
    kind : "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating" or "numeric"; a
        data type; or a tuple of these, of which one must hold

    Returns
    -------
    True or False.

    Raises
    ------
    TypeError : `dtype` is no data type, or `kind` is none of these.

    Source: array API standard 2025.12, isdtype.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.isdtype(xp.float32, ("integral", "real floating"))
    True
    """
    dtype = as_dtype(dtype)
    if isinstance(kind, str) and kind in _KINDS:
        return dtype.kind in _KINDS[kind]
    if isinstance(kind, (tuple, list)):
        return any(isdtype(dtype, one) for one in kind)
    if isinstance(kind, str) and kind not in BY_NAME:
        raise TypeError(f"isdtype: {kind!r} is no kind of data types; there are {', '.join(_KINDS)}")
    return dtype is as_dtype(kind)


@dataclass(frozen=True)
class FloatInfo:
    """Limits of a real floating-point data type, as Python numbers."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass(frozen=True)
class IntegerInfo:
    """Limits of an integer data type, as Python numbers."""

    bits: int
    max: int
    min: int
    dtype: DType


def _binary_format(dtype: DType, precision: int, exponent: int) -> FloatInfo:
    """The limits of an IEEE 754 format from the digits of its significand and its largest exponent."""
    eps = 2.0 ** (1 - precision)
    largest = (2.0 - eps) * 2.0**exponent
    return FloatInfo(8 * dtype.itemsize, eps, largest, -largest, 2.0 ** (1 - exponent), dtype)


_FLOATS = {
    2: _binary_format(dtypes.float16, 11, 15),
    4: _binary_format(dtypes.float32, 24, 127),
    8: _binary_format(dtypes.float64, 53, 1023),
}


def finfo(type: Any, /) -> FloatInfo:
    """Give the limits of a floating-point data type.

    Parameters
    ----------
    type : a floating-point or complex data type, or an array that has it

    Returns
    -------
    An object with the attributes `bits`, `eps`, `max`, `min`, `smallest_normal` (Python numbers) and `dtype`; for a
    complex data type those of its parts.

    Raises
    ------
    TypeError : the data type is not floating-point.

    Source: array API standard 2025.12, finfo.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.finfo(xp.float32).eps == 2.0**-23
    True
    """
    dtype = dtype_of(type)
    if dtype.kind not in "fc":
        raise TypeError(f"finfo: {dtype} is not a floating-point data type; ask iinfo about integers")
    return _FLOATS[dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize]


def iinfo(type: Any, /) -> IntegerInfo:
    """Give the limits of an integer data type.

    Parameters
    ----------
    type : an integer data type, or an array that has it

    Returns
    -------
    An object with the attributes `bits`, `max`, `min` (Python integers) and `dtype`.

    Raises
    ------
    TypeError : the data type is not integer.

    Source: array API standard 2025.12, iinfo.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.iinfo(xp.uint8).max
    255
    """
    dtype = dtype_of(type)
    if dtype.kind not in "iu":
        raise TypeError(f"iinfo: {dtype} is not an integer data type")
    bits = 8 * dtype.itemsize
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dtype.kind == "i" else (0, 2**bits - 1)
    return IntegerInfo(bits, high, low, dtype)
