"""Element-wise functions, each beside its derivative.

A partial derivative is a formula over the namespace `xp` alone and is exact to rounding wherever that costs nothing: no
difference of nearly equal numbers, no square that overflows. An operand other than the one it belongs to may be a
Python scalar.

Source: array API standard 2025.12, chapter "Element-wise Functions".
"""

from __future__ import annotations

import builtins
import math
from math import inf, nan
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import constant, elementwise, first_operand, linear, op, second_operand, within
from apitensor._core.op import SCALARS, Handle, convert_operand

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def _by_kind(real_op: Any, complex_op: Any, x: Any) -> Tensor:
    """Call the one of two ops that is meant for the kind of data of `x`."""
    if not isinstance(x, Handle):
        x = convert_operand(real_op.op, x, None)
    return (complex_op if x._backend.dtype(x._array.dtype).kind == "c" else real_op)(x)


def _nonzero(xp: Any, size: Any) -> Any:
    """A divisor `size` with infinity for zero: what is divided by it is zero there, and so are all its derivatives."""
    return xp.where(size == 0, inf, size)


_real_abs = elementwise("abs", lambda xp, y, x: xp.sign(x), doc="The magnitude of real elements.")


@op(
    vjps=(lambda xp, g, y, x: xp.safe_multiply(g, xp.sign(x)),),
    jvp=lambda xp, tangents, y, x: xp.real(xp.safe_multiply(tangents[0], xp.conj(xp.sign(x)))),
)
def _abs(xp: Any, x: Any, /) -> Tensor:
    """The magnitude of complex elements."""
    return xp.abs(x)


def abs(x: Any, /) -> Tensor:
    """Give the magnitude of each element.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The shape of `x`; its data type, or for a complex one the real type of the same precision.

    Derivative: `sign(x)`, 0 at 0. The gradient of a complex `x` points along `x`.

    Source: array API standard 2025.12, abs.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.abs(xp.asarray([-2.0, 3.0]))
    Tensor([2., 3.])
    """
    return _by_kind(_real_abs, _abs, x)


def _one_minus_square_root(xp: Any, x: Any) -> Any:
    """`sqrt(1 - x**2)`, accurate near 1 and -1; on a branch cut, on the side that the sign of a zero says."""
    if xp.isdtype(x.dtype, "complex floating"):
        # 1 - x and 1 + x would turn an imaginary part of -0 into +0.
        return xp.sqrt(-(x - 1)) * xp.sqrt(x - -1)
    return xp.sqrt((1 - x) * (1 + x))


# The slopes of the inverse functions are ops of their own, since their derivatives follow from their values `y` without
# the differences and the quotients of infinities that those of their parts end in.


def _power(xp: Any, y: Any, x: Any, exponent: int) -> Any:
    """`x * y**exponent`, 0 where `y` is: at infinity."""
    power = xp.safe_multiply(y, x) * y
    return power * y if exponent == 3 else power


_asin_slope = elementwise(
    "asin_slope",
    lambda xp, y, x: _power(xp, y, x, 3),
    forward=lambda xp, x: 1 / _one_minus_square_root(xp, x),
    doc="1 / sqrt(1 - x**2)",
)

acos = elementwise(
    "acos",
    lambda xp, y, x: -within(xp, _asin_slope, x),
    doc="""Give the principal inverse cosine of each element, in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `-1 / sqrt(1 - x**2)`; infinite at 1 and -1.

    Source: array API standard 2025.12, acos.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.acos(xp.asarray([1.0]))
    Tensor([0.])
    """,
)

_acosh_slope = elementwise(
    "acosh_slope",
    lambda xp, y, x: -_power(xp, y, x, 3),
    # x - -1, as x + 1 loses the sign of an imaginary zero
    forward=lambda xp, x: 1 / (xp.sqrt(x - 1) * xp.sqrt(x - -1)),
    doc="1 / sqrt(x**2 - 1)",
)

acosh = elementwise(
    "acosh",
    lambda xp, y, x: within(xp, _acosh_slope, x),
    doc="""Give the principal inverse hyperbolic cosine of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / sqrt(x**2 - 1)`; infinite at 1.

    Source: array API standard 2025.12, acosh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.acosh(xp.asarray([1.0]))
    Tensor([0.])
    """,
)

add = elementwise(
    "add",
    1,
    1,
    doc="""Add two arrays.

    Parameters
    ----------
    x1, x2 : numeric data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 for both.

    Source: array API standard 2025.12, add.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.add(xp.asarray([1.0, 2.0]), 1)
    Tensor([2., 3.])
    """,
)

asin = elementwise(
    "asin",
    lambda xp, y, x: within(xp, _asin_slope, x),
    doc="""Give the principal inverse sine of each element, in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / sqrt(1 - x**2)`; infinite at 1 and -1.

    Source: array API standard 2025.12, asin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.asin(xp.asarray([0.0]))
    Tensor([0.])
    """,
)


def _one_plus_square_root(xp: Any, x: Any) -> Any:
    """`sqrt(1 + x**2)` without the square, which overflows."""
    if xp.isdtype(x.dtype, "complex floating"):
        # An even function of x. In the right half-plane the product of the roots is the root of the product.
        x = xp.where(xp.signbit(xp.real(x)), -x, x)
        return xp.sqrt(x - 1j) * xp.sqrt(x + 1j)
    return xp.hypot(1.0, x)


_asinh_slope = elementwise(
    "asinh_slope",
    lambda xp, y, x: -_power(xp, y, x, 3),
    forward=lambda xp, x: 1 / _one_plus_square_root(xp, x),
    doc="1 / sqrt(1 + x**2)",
)

asinh = elementwise(
    "asinh",
    lambda xp, y, x: within(xp, _asinh_slope, x),
    doc="""Give the principal inverse hyperbolic sine of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / sqrt(1 + x**2)`.

    Source: array API standard 2025.12, asinh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.asinh(xp.asarray([0.0]))
    Tensor([0.])
    """,
)


def _atan_slope_of(xp: Any, x: Any) -> Any:
    if xp.isdtype(x.dtype, "complex floating"):
        return 1 / (x - 1j) / (x + 1j)  # a square that overflows is NaN here, not infinity
    return 1 / (1 + x * x)


_atan_slope = elementwise(
    "atan_slope", lambda xp, y, x: -2 * _power(xp, y, x, 2), forward=_atan_slope_of, doc="1 / (1 + x**2)"
)

atan = elementwise(
    "atan",
    lambda xp, y, x: within(xp, _atan_slope, x),
    doc="""Give the principal inverse tangent of each element, in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / (1 + x**2)`.

    Source: array API standard 2025.12, atan.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.atan(xp.asarray([0.0]))
    Tensor([0.])
    """,
)


def _within_one(xp: Any, x1: Any, x2: Any) -> tuple[Any, Any, Any, Any]:
    """Both operands over the greater magnitude, that one, and where it is infinite: hypot takes several times as long.

    It is 1 where it would be 0 or infinite.
    """
    scale = xp.maximum(builtins.abs(x1), builtins.abs(x2))
    infinite = xp.isinf(scale)
    scale = xp.where((scale == 0) | infinite, 1.0, scale)
    return x1 / scale, x2 / scale, scale, infinite


def _over_square_radius_of(xp: Any, x1: Any, x2: Any) -> Any:
    a, b, scale, infinite = _within_one(xp, x1, x2)
    return xp.where(infinite, 0.0, a / _nonzero(xp, a * a + b * b) / scale)


def _over_fourth_power(xp: Any, numerator: Any, x1: Any, x2: Any) -> Any:
    """`numerator(x1, x2) / (x1**2 + x2**2)**2`, where the numerator is a homogeneous polynomial of degree 2."""
    a, b, scale, infinite = _within_one(xp, x1, x2)
    square = _nonzero(xp, a * a + b * b)
    return xp.where(infinite, 0.0, numerator(a, b) / square / square / scale / scale)


# Squares do not overflow in it, and it has its own derivatives since infinite parts of these would meet.
_over_square_radius = elementwise(
    "over_square_radius",
    lambda xp, y, x1, x2: _over_fourth_power(xp, lambda a, b: (b - a) * (b + a), x1, x2),
    lambda xp, y, x1, x2: _over_fourth_power(xp, lambda a, b: -2 * a * b, x1, x2),
    forward=_over_square_radius_of,
    doc="x1 / (x1**2 + x2**2), 0 at the origin and at infinity",
)


atan2 = elementwise(
    "atan2",
    lambda xp, y, x1, x2: within(xp, _over_square_radius, x2, x1),
    lambda xp, y, x1, x2: -within(xp, _over_square_radius, x1, x2),
    doc="""Give the angle of each point `(x2, x1)`, in radians from -pi to pi.

    Parameters
    ----------
    x1 : the second coordinates, real floating-point data type
    x2 : the first coordinates; the shapes broadcast, and either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: `x2 / (x1**2 + x2**2)` and `-x1 / (x1**2 + x2**2)`; 0 at the origin and at infinity.

    Source: array API standard 2025.12, atan2.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.atan2(xp.asarray([0.0]), xp.asarray([1.0]))
    Tensor([0.])
    """,
)

_atanh_slope = elementwise(
    "atanh_slope",
    lambda xp, y, x: 2 * _power(xp, y, x, 2),
    forward=lambda xp, x: 1 / (1 - x) / (1 + x),
    doc="1 / (1 - x**2)",
)

atanh = elementwise(
    "atanh",
    lambda xp, y, x: within(xp, _atanh_slope, x),
    doc="""Give the principal inverse hyperbolic tangent of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / (1 - x**2)`; infinite at 1 and -1.

    Source: array API standard 2025.12, atanh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.atanh(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

bitwise_and = constant(
    "bitwise_and",
    2,
    doc="""Give the bitwise AND of two arrays.

    Parameters
    ----------
    x1, x2 : integer or boolean data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_and.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_and(xp.asarray([6, 3]), 2)
    Tensor([2, 2])
    """,
)

bitwise_invert = constant(
    "bitwise_invert",
    doc="""Flip every bit of each element.

    Parameters
    ----------
    x : integer or boolean data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_invert.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_invert(xp.asarray([0, 1]))
    Tensor([-1, -2])
    """,
)

bitwise_left_shift = constant(
    "bitwise_left_shift",
    2,
    doc="""Shift the bits of `x1` to the left by `x2` places.

    Parameters
    ----------
    x1, x2 : integer data types, shapes that broadcast, with `x2` not negative; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_left_shift.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_left_shift(xp.asarray([1, 3]), 2)
    Tensor([ 4, 12])
    """,
)

bitwise_or = constant(
    "bitwise_or",
    2,
    doc="""Give the bitwise OR of two arrays.

    Parameters
    ----------
    x1, x2 : integer or boolean data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_or.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_or(xp.asarray([4, 1]), 1)
    Tensor([5, 1])
    """,
)

bitwise_right_shift = constant(
    "bitwise_right_shift",
    2,
    doc="""Shift the bits of `x1` to the right by `x2` places, keeping its sign.

    Parameters
    ----------
    x1, x2 : integer data types, shapes that broadcast, with `x2` not negative; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_right_shift.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_right_shift(xp.asarray([8, 5]), 2)
    Tensor([2, 1])
    """,
)

bitwise_xor = constant(
    "bitwise_xor",
    2,
    doc="""Give the bitwise exclusive OR of two arrays.

    Parameters
    ----------
    x1, x2 : integer or boolean data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, bitwise_xor.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bitwise_xor(xp.asarray([6, 3]), 2)
    Tensor([4, 1])
    """,
)

ceil = constant(
    "ceil",
    doc="""Round each element up to an integer.

    Parameters
    ----------
    x : real-valued data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: zero wherever it exists; the result tracks nothing.

    Source: array API standard 2025.12, ceil.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ceil(xp.asarray([1.2, 2.0]))
    Tensor([2., 2.])
    """,
)


def _clip_weights(xp: Any, y: Any, operands: Any) -> list[Any]:
    """Which share of the result each operand has: those that are equal to it, or NaN, share evenly."""
    chosen = [None if x is None else xp.astype((x == y) | (x != x), y.dtype) for x in operands]
    count: Any = sum(c for c in chosen if c is not None)
    return [None if c is None else c / count for c in chosen]


def _clip_joint(xp: Any, needs: Any, g: Any, y: Any, x: Any, low: Any, high: Any, /) -> list[Any]:
    weights = _clip_weights(xp, y, (x, low, high))
    return [g * weight if need else None for need, weight in zip(needs, weights, strict=True)]


def _clip_jvp(xp: Any, tangents: Any, y: Any, x: Any, low: Any, high: Any, /) -> Any:
    weights = _clip_weights(xp, y, (x, low, high))
    return sum(t * weight for t, weight in zip(tangents, weights, strict=True) if t is not None)


@op(joint=_clip_joint, jvp=_clip_jvp)
def _clip(xp: Any, x: Any, low: Any, high: Any, /) -> Tensor:
    """`clip` with its bounds as operands."""
    return xp.clip(x, low, high)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Tensor:
    """Bring each element into the range from `min` to `max`.

    Parameters
    ----------
    x : real-valued data type
    min, max : the bounds, of the data type of `x`, with shapes that broadcast, or Python scalars; None is no bound

    Returns
    -------
    The data type of `x`; the broadcast shape.

    Derivative: for `x`, `min` and `max`: 1 for the one that is the result, 0 for the others. Those of the same
    value share evenly, and so do those that are NaN.

    Source: array API standard 2025.12, clip.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.clip(xp.asarray([-1.0, 0.5, 2.0]), 0, 1)
    Tensor([0. , 0.5, 1. ])
    """
    return _clip(x, min, max)


@linear(transpose=lambda xp, g, y, x, /: xp.conj(g))
def conj(xp: Any, x: Any, /) -> Tensor:
    """Give the complex conjugate of each element.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: linear; the conjugate of the cotangent.

    Source: array API standard 2025.12, conj.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.conj(xp.asarray([1.0 + 2.0j]))
    Tensor([1.-2.j])
    """
    # NumPy's function makes integers of booleans, its method does not.
    return xp.asarray(x, copy=True) if x.dtype == xp.bool else xp.conj(x)


def _copysign_partial(xp: Any, y: Any, x1: Any, x2: Any) -> Any:
    one = xp.ones_like(x1)
    return xp.copysign(one, x1) * xp.copysign(one, x2)


copysign = elementwise(
    "copysign",
    _copysign_partial,
    0,
    doc="""Give the magnitude of `x1` with the sign of `x2`.

    Parameters
    ----------
    x1, x2 : real floating-point data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 for `x1` where the signs agree and -1 where they differ, zeros having signs; 0 for `x2`.

    Source: array API standard 2025.12, copysign.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.copysign(xp.asarray([1.0, -2.0]), -1.0)
    Tensor([-1., -2.])
    """,
)

cos = elementwise(
    "cos",
    lambda xp, y, x: -xp.sin(x),
    doc="""Give the cosine of each element, an angle in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `-sin(x)`.

    Source: array API standard 2025.12, cos.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cos(xp.asarray([0.0]))
    Tensor([1.])
    """,
)

cosh = elementwise(
    "cosh",
    lambda xp, y, x: xp.sinh(x),
    doc="""Give the hyperbolic cosine of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `sinh(x)`.

    Source: array API standard 2025.12, cosh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cosh(xp.asarray([0.0]))
    Tensor([1.])
    """,
)


def _divide_partial(xp: Any, y: Any, x1: Any, x2: Any) -> Any:
    if x2.__class__ in SCALARS and x2 == 0:
        return math.copysign(inf, x2.real)  # where Python would raise
    return 1 / x2


divide = elementwise(
    "divide",
    _divide_partial,
    lambda xp, y, x1, x2: -y / x2,
    doc="""Divide two arrays.

    Parameters
    ----------
    x1, x2 : numeric data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted floating-point data type; the broadcast shape.

    Derivative: `1 / x2` and `-x1 / x2**2`.

    Source: array API standard 2025.12, divide.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.divide(xp.asarray([1.0, 3.0]), 2)
    Tensor([0.5, 1.5])
    """,
)

equal = constant(
    "equal",
    2,
    doc="""Tell where two arrays are equal.

    Parameters
    ----------
    x1, x2 : any data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, equal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.equal(xp.asarray(1.0), 1)
    Tensor(True)
    """,
)

exp = elementwise(
    "exp",
    lambda xp, y, x: y,
    doc="""Give the exponential of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `exp(x)`.

    Source: array API standard 2025.12, exp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.exp(xp.asarray([0.0]))
    Tensor([1.])
    """,
)

expm1 = elementwise(
    "expm1",
    lambda xp, y, x: xp.exp(x),  # y + 1 has no digits left where x is far below zero
    doc="""Give `exp(x) - 1` of each element, accurate near zero.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `exp(x)`.

    Source: array API standard 2025.12, expm1.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.expm1(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

floor = constant(
    "floor",
    doc="""Round each element down to an integer.

    Parameters
    ----------
    x : real-valued data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: zero wherever it exists; the result tracks nothing.

    Source: array API standard 2025.12, floor.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.floor(xp.asarray([1.8, 2.0]))
    Tensor([1., 2.])
    """,
)

floor_divide = constant(
    "floor_divide",
    2,
    doc="""Divide two arrays and round down to an integer.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: zero wherever it exists; the result tracks nothing.

    Source: array API standard 2025.12, floor_divide.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.floor_divide(xp.asarray([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """,
)

greater = constant(
    "greater",
    2,
    doc="""Tell where `x1` is greater than `x2`.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, greater.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.greater(xp.asarray(2.0), 1)
    Tensor(True)
    """,
)

greater_equal = constant(
    "greater_equal",
    2,
    doc="""Tell where `x1` is greater than `x2` or equal to it.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, greater_equal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.greater_equal(xp.asarray(1.0), 1)
    Tensor(True)
    """,
)


def _over_radius_of(xp: Any, x1: Any, x2: Any, radius: Any) -> Any:
    y = x1 / _nonzero(xp, radius)
    return y if x1.__class__ in SCALARS else xp.where(xp.isinf(x1), xp.sign(x1), y)


# What it depends on by way of the radius is in its derivatives: 1 - y**2 would be a difference of nearly equal numbers.
_over_radius: Any = elementwise(
    "over_radius",
    lambda xp, y, x1, x2, radius: within(xp, _over_radius, x2, x1, radius) ** 2 / _nonzero(xp, radius),
    lambda xp, y, x1, x2, radius: -y * within(xp, _over_radius, x2, x1, radius) / _nonzero(xp, radius),
    None,
    forward=_over_radius_of,
    doc="x1 / radius, where radius = hypot(x1, x2)",
)

hypot = elementwise(
    "hypot",
    lambda xp, y, x1, x2: within(xp, _over_radius, x1, x2, y),
    lambda xp, y, x1, x2: within(xp, _over_radius, x2, x1, y),
    doc="""Give `sqrt(x1**2 + x2**2)`, without overflow.

    Parameters
    ----------
    x1, x2 : real floating-point data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: `x1 / y` and `x2 / y` for the result `y`; 0 at the origin, and the sign of an infinite operand.

    Source: array API standard 2025.12, hypot.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.hypot(xp.asarray([3.0]), 4.0)
    Tensor([5.])
    """,
)


@linear(transpose=(lambda xp, g, y, re, im, /: xp.real(g), lambda xp, g, y, re, im, /: xp.imag(g)))
def complex_of(xp: Any, re: Any, im: Any, /) -> Tensor:
    """The complex array of two parts; an infinite or NaN imaginary part leaves the real one alone."""
    z = 1j * xp.where(xp.isfinite(im), im, 0.0)
    for value, place in ((inf, im == inf), (-inf, im == -inf), (nan, xp.isnan(im))):
        z = xp.where(place, complex(0.0, value), z)
    return re + z


def _write_imag(xp: Any, fresh: Any, base: Any, /) -> Any:
    if not xp.isdtype(base.dtype, "complex floating"):
        raise TypeError("imag: the imaginary part of a real tensor is zero and cannot be written to")
    return within(xp, complex_of, xp.real(base), fresh)


@linear(transpose=lambda xp, g, y, x, /: xp.multiply(g, 1j), view=True, inverse=_write_imag)
def imag(xp: Any, x: Any, /) -> Tensor:
    """Give the imaginary part of each element, as a view: writing to it writes to `x`.

    Parameters
    ----------
    x : complex data type, any shape; a real one gives zeros

    Returns
    -------
    The real data type of the same precision; the shape of `x`.

    Derivative: linear; the cotangent as an imaginary part.

    Source: array API standard 2025.12, imag.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.imag(xp.asarray([1.0 + 2.0j]))
    Tensor([2.])
    """
    return xp.imag(x) if xp.isdtype(x.dtype, "complex floating") else xp.zeros_like(x)


isfinite = constant(
    "isfinite",
    doc="""Tell which elements are finite.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    `bool`; the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, isfinite.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.isfinite(xp.asarray(1.0))
    Tensor(True)
    """,
)

isinf = constant(
    "isinf",
    doc="""Tell which elements are infinite.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    `bool`; the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, isinf.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.isinf(xp.asarray(xp.inf))
    Tensor(True)
    """,
)

isnan = constant(
    "isnan",
    doc="""Tell which elements are NaN.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    `bool`; the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, isnan.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.isnan(xp.asarray(xp.nan))
    Tensor(True)
    """,
)

less = constant(
    "less",
    2,
    doc="""Tell where `x1` is less than `x2`.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, less.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.less(xp.asarray(1.0), 2)
    Tensor(True)
    """,
)

less_equal = constant(
    "less_equal",
    2,
    doc="""Tell where `x1` is less than `x2` or equal to it.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, less_equal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.less_equal(xp.asarray(1.0), 1)
    Tensor(True)
    """,
)

log = elementwise(
    "log",
    lambda xp, y, x: 1 / x,
    doc="""Give the natural logarithm of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / x`.

    Source: array API standard 2025.12, log.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.log(xp.asarray([1.0]))
    Tensor([0.])
    """,
)

log10 = elementwise(
    "log10",
    lambda xp, y, x: math.log10(math.e) / x,
    doc="""Give the logarithm to base 10 of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `log10(e) / x`.

    Source: array API standard 2025.12, log10.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.log10(xp.asarray([100.0]))
    Tensor([2.])
    """,
)

log1p = elementwise(
    "log1p",
    lambda xp, y, x: 1 / (1 + x),
    doc="""Give `log(1 + x)` of each element, accurate near zero.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / (1 + x)`.

    Source: array API standard 2025.12, log1p.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.log1p(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

log2 = elementwise(
    "log2",
    lambda xp, y, x: math.log2(math.e) / x,
    doc="""Give the logarithm to base 2 of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `log2(e) / x`.

    Source: array API standard 2025.12, log2.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.log2(xp.asarray([8.0]))
    Tensor([3.])
    """,
)


def _sigmoid_of_difference(xp: Any, x1: Any, x2: Any) -> Any:
    """`exp(x1) / (exp(x1) + exp(x2))`, finite with all its derivatives, infinite operands included."""
    difference = xp.where((x1 == x2) & xp.isinf(x1), 0.0, x2 - x1)
    # Only the exponential of minus the distance is taken, which does not overflow. Zeros and ones choose: they leave a
    # smooth function of the difference at zero, as `abs` would not, and take a fifth of the time of `where`.
    above = xp.astype(difference > 0, difference.dtype)
    below = 1 - above
    smaller = xp.exp(difference * (below - above))
    return (above * smaller + below) / (1 + smaller)


logaddexp = elementwise(
    "logaddexp",
    lambda xp, y, x1, x2: _sigmoid_of_difference(xp, x1, x2),
    lambda xp, y, x1, x2: _sigmoid_of_difference(xp, x2, x1),
    doc="""Give `log(exp(x1) + exp(x2))`, without overflow.

    Parameters
    ----------
    x1, x2 : real floating-point data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: `exp(x1 - y)` and `exp(x2 - y)` for the result `y`; 1/2 each where both are the same infinity.

    Source: array API standard 2025.12, logaddexp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logaddexp(xp.asarray([-xp.inf]), 1.0)
    Tensor([1.])
    """,
)

logical_and = constant(
    "logical_and",
    2,
    doc="""Tell where both elements are true.

    Parameters
    ----------
    x1, x2 : boolean data types (zeros of others count as False), shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, logical_and.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logical_and(xp.asarray(True), True)
    Tensor(True)
    """,
)

logical_not = constant(
    "logical_not",
    doc="""Tell where elements are false.

    Parameters
    ----------
    x : boolean data type (zeros of another one count as False), any shape

    Returns
    -------
    `bool`; the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, logical_not.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logical_not(xp.asarray(False))
    Tensor(True)
    """,
)

logical_or = constant(
    "logical_or",
    2,
    doc="""Tell where at least one element is true.

    Parameters
    ----------
    x1, x2 : boolean data types (zeros of others count as False), shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, logical_or.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logical_or(xp.asarray(False), True)
    Tensor(True)
    """,
)

logical_xor = constant(
    "logical_xor",
    2,
    doc="""Tell where exactly one element is true.

    Parameters
    ----------
    x1, x2 : boolean data types (zeros of others count as False), shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, logical_xor.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logical_xor(xp.asarray(True), True)
    Tensor(False)
    """,
)


@op()
def _above(xp: Any, x: Any, other: Any, /) -> Any:
    return xp.share(xp.greater, x, other)


@op()
def _below(xp: Any, x: Any, other: Any, /) -> Any:
    return xp.share(xp.less, x, other)


maximum = elementwise(
    "maximum",
    lambda xp, y, x1, x2: within(xp, _above, x1, x2),
    lambda xp, y, x1, x2: within(xp, _above, x2, x1),
    doc="""Give the greater of two elements, NaN where one is NaN.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 for the greater operand and 0 for the other; equal ones share evenly (1/2 each), and a NaN counts
    as the greater.

    Source: array API standard 2025.12, maximum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.maximum(xp.asarray([-1.0, 2.0]), 0)
    Tensor([0., 2.])
    """,
)

minimum = elementwise(
    "minimum",
    lambda xp, y, x1, x2: within(xp, _below, x1, x2),
    lambda xp, y, x1, x2: within(xp, _below, x2, x1),
    doc="""Give the smaller of two elements, NaN where one is NaN.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 for the smaller operand and 0 for the other; equal ones share evenly (1/2 each), and a NaN counts
    as the smaller.

    Source: array API standard 2025.12, minimum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.minimum(xp.asarray([1.0, 2.0]), 1.5)
    Tensor([1. , 1.5])
    """,
)

multiply = elementwise(
    "multiply",
    second_operand,
    first_operand,
    doc="""Multiply two arrays.

    Parameters
    ----------
    x1, x2 : numeric data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: `x2` and `x1`.

    Source: array API standard 2025.12, multiply.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.multiply(xp.asarray([1.0, 2.0]), 3)
    Tensor([3., 6.])
    """,
)

negative = elementwise(
    "negative",
    -1,
    doc="""Give the negative of each element.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: -1.

    Source: array API standard 2025.12, negative.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.negative(xp.asarray([1.0, 2.0]))
    Tensor([-1., -2.])
    """,
)

nextafter = constant(
    "nextafter",
    2,
    doc="""Give the next representable number after `x1` in the direction of `x2`.

    Parameters
    ----------
    x1, x2 : real floating-point data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: not defined between representable numbers; the result tracks nothing.

    Source: array API standard 2025.12, nextafter.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nextafter(xp.asarray(1.0), 2.0) > 1
    Tensor(True)
    """,
)

not_equal = constant(
    "not_equal",
    2,
    doc="""Tell where two arrays differ.

    Parameters
    ----------
    x1, x2 : any data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    `bool`; the broadcast shape.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, not_equal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.not_equal(xp.asarray(1.0), 2)
    Tensor(True)
    """,
)

positive = elementwise(
    "positive",
    1,
    doc="""Give each element as it is, in a new array.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: 1.

    Source: array API standard 2025.12, positive.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.positive(xp.asarray([1.0, -2.0]))
    Tensor([ 1., -2.])
    """,
)


def _pow_base(xp: Any, y: Any, x1: Any, x2: Any) -> Any:
    """`x2 * x1**(x2 - 1)`, which is 0 for the exponent 0 whatever the base."""
    if x2.__class__ in SCALARS:
        # A root and a reciprocal take a tenth of the time of another power.
        if x2 == 0.5:
            return 0.5 / xp.pow(x1, 0.5)
        if x2 == -1:
            return -(xp.pow(x1, -1) ** 2)
        return x2 if x2 in (0, 1) else 2 * x1 if x2 == 2 else x2 * xp.pow(x1, x2 - 1)
    power = xp.pow(x1, x2 - 1.0)  # the float keeps an unsigned exponent from wrapping around
    return xp.safe_multiply(xp.where(xp.isinf(x2) & (power == 0), 0, x2), power)


def _pow_exponent(xp: Any, y: Any, x1: Any, x2: Any) -> Any:
    """`y * log(x1)`, 0 where the power is, and for the base 0 unless the power is infinite there."""
    if x1.__class__ in SCALARS:
        x1 = xp.asarray(x1, dtype=y.dtype, device=y.device)
    elif x1.dtype != y.dtype:
        x1 = xp.astype(x1, y.dtype)  # the logarithm of a small integer type would be of low precision
    exponent = xp.real(x2) if xp.isdtype(x2.dtype, "complex floating") else x2
    return xp.safe_multiply(y, xp.log(xp.where((x1 == 0) & (exponent >= 0), 1.0, x1)))


pow = elementwise(
    "pow",
    _pow_base,
    _pow_exponent,
    doc="""Raise `x1` to the power `x2`.

    Parameters
    ----------
    x1, x2 : numeric data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: `x2 * x1**(x2 - 1)`, 0 for the exponent 0; and `y * log(x1)` for the result `y`, 0 for the base 0
    with an exponent that is not negative, and NaN for a negative base, where no neighbouring exponent has a real
    power.

    Source: array API standard 2025.12, pow.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.pow(xp.asarray([2.0, 3.0]), 2)
    Tensor([4., 9.])
    """,
)


def _write_real(xp: Any, fresh: Any, base: Any, /) -> Any:
    return within(xp, complex_of, fresh, xp.imag(base)) if xp.isdtype(base.dtype, "complex floating") else fresh


@linear(transpose=lambda xp, g, y, x, /: g, view=True, inverse=_write_real)
def real(xp: Any, x: Any, /) -> Tensor:
    """Give the real part of each element, as a view: writing to it writes to `x`.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The real data type of the same precision (that of `x` if it is real); the shape of `x`.

    Derivative: linear; the cotangent as a real part.

    Source: array API standard 2025.12, real.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.asarray([1.0 + 2.0j]))
    Tensor([1.])
    """
    return xp.real(x) if xp.isdtype(x.dtype, "complex floating") else x


reciprocal = elementwise(
    "reciprocal",
    lambda xp, y, x: -y * y,
    doc="""Give `1 / x` of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `-1 / x**2`.

    Source: array API standard 2025.12, reciprocal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.reciprocal(xp.asarray([2.0, 4.0]))
    Tensor([0.5 , 0.25])
    """,
)


def _minus_whole_quotient(xp: Any, y: Any, x1: Any, x2: Any) -> Any:
    """`-floor(x1 / x2)`, which rounding of the quotient might raise to the next integer, from the remainder `y`."""
    # Only an infinite x2 gives an infinite remainder: that of -1 divided by infinity.
    return xp.round(xp.where(xp.isinf(y), 0.0, (y - x1) / x2))


remainder = elementwise(
    "remainder",
    1,
    _minus_whole_quotient,
    doc="""Give the remainder of division, with the sign of `x2`.

    Parameters
    ----------
    x1, x2 : real-valued data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 and `-floor(x1 / x2)`, wherever it exists.

    Source: array API standard 2025.12, remainder.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.remainder(xp.asarray([7.0, -7.0]), 4)
    Tensor([3., 1.])
    """,
)

round = constant(
    "round",
    doc="""Round each element to the nearest integer, and halves to an even one.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: zero wherever it exists; the result tracks nothing.

    Source: array API standard 2025.12, round.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.round(xp.asarray([0.5, 1.5]))
    Tensor([0., 2.])
    """,
)


def _across(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    """The part of `g` at right angles to `x`, over the magnitude of `x`: a map that is its own adjoint."""
    turn = xp.imag(xp.safe_multiply(g, xp.conj(y)))
    return xp.safe_multiply(turn, 1j * y / _nonzero(xp, xp.abs(x)))


_real_sign = constant("sign", doc="The sign of real elements.")


@op(vjps=(_across,), jvp=lambda xp, tangents, y, x, /: _across(xp, tangents[0], y, x))
def _sign(xp: Any, x: Any, /) -> Tensor:
    """The direction of complex elements."""
    return xp.sign(x)


def sign(x: Any, /) -> Tensor:
    """Give the sign of each element: -1, 0 or 1, and `x / abs(x)` of a complex one.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: zero for real `x`, and the result tracks nothing. For complex `x` the direction turns as `x` moves
    at right angles to it: `i * y * imag(conj(y) * t) / abs(x)` for the result `y` and a tangent `t`; 0 at 0.

    Source: array API standard 2025.12, sign.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sign(xp.asarray([-2.0, 3.0]))
    Tensor([-1.,  1.])
    """
    return _by_kind(_real_sign, _sign, x)


signbit = constant(
    "signbit",
    doc="""Tell where the sign bit is set, that of -0 included.

    Parameters
    ----------
    x : real floating-point data type, any shape

    Returns
    -------
    `bool`; the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, signbit.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.signbit(xp.asarray(-0.0))
    Tensor(True)
    """,
)

sin = elementwise(
    "sin",
    lambda xp, y, x: xp.cos(x),
    doc="""Give the sine of each element, an angle in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `cos(x)`.

    Source: array API standard 2025.12, sin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sin(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

sinh = elementwise(
    "sinh",
    lambda xp, y, x: xp.cosh(x),
    doc="""Give the hyperbolic sine of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `cosh(x)`.

    Source: array API standard 2025.12, sinh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sinh(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

sqrt = elementwise(
    "sqrt",
    lambda xp, y, x: 0.5 / y,
    doc="""Give the principal square root of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 / (2 * sqrt(x))`; infinite at 0.

    Source: array API standard 2025.12, sqrt.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sqrt(xp.asarray([4.0, 9.0]))
    Tensor([2., 3.])
    """,
)

square = elementwise(
    "square",
    lambda xp, y, x: 2 * x,
    doc="""Give the square of each element.

    Parameters
    ----------
    x : numeric data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: `2 * x`.

    Source: array API standard 2025.12, square.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.square(xp.asarray([2.0, 3.0]))
    Tensor([4., 9.])
    """,
)

subtract = elementwise(
    "subtract",
    1,
    -1,
    doc="""Subtract `x2` from `x1`.

    Parameters
    ----------
    x1, x2 : numeric data types, shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The promoted data type; the broadcast shape.

    Derivative: 1 and -1.

    Source: array API standard 2025.12, subtract.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.subtract(xp.asarray([3.0, 2.0]), 1)
    Tensor([2., 1.])
    """,
)

tan = elementwise(
    "tan",
    lambda xp, y, x: 1 + y * y,
    doc="""Give the tangent of each element, an angle in radians.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 + tan(x)**2`.

    Source: array API standard 2025.12, tan.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.tan(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

tanh = elementwise(
    "tanh",
    lambda xp, y, x: 1 - y * y,
    doc="""Give the hyperbolic tangent of each element.

    Parameters
    ----------
    x : floating-point data type (integers are promoted), any shape

    Returns
    -------
    The data type of `x`, or the floating-point type that an integer type promotes to; the shape of `x`.

    Derivative: `1 - tanh(x)**2`.

    Source: array API standard 2025.12, tanh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.tanh(xp.asarray([0.0]))
    Tensor([0.])
    """,
)

trunc = constant(
    "trunc",
    doc="""Round each element towards zero to an integer.

    Parameters
    ----------
    x : real-valued data type, any shape

    Returns
    -------
    The data type and shape of `x`.

    Derivative: zero wherever it exists; the result tracks nothing.

    Source: array API standard 2025.12, trunc.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.trunc(xp.asarray([1.8, -1.8]))
    Tensor([ 1., -1.])
    """,
)
