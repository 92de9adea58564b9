"""Statistical functions.

Source: array API standard 2025.12, chapter "Statistical Functions".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import linear, op
from apitensor._core.dtypes import as_dtype

from .linear_algebra import conjugate
from .manipulation import given_axes

if TYPE_CHECKING:
    from apitensor._tensor import Tensor

Axis = int | Sequence[int] | None


def reduced_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes along, counted from the front; of a number none, though NumPy takes axis 0."""
    if axis is None or ndim == 0:
        return tuple(range(ndim))
    return tuple([i % ndim for i in axis]) if isinstance(axis, (tuple, list)) else (axis % ndim,)  # type: ignore[operator]


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape with axes of size one where it is reduced."""
    axes = reduced_axes(axis, len(shape))
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def _kept(xp: Any, y: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """What stands for a reduced array of that shape, with axes of size one where it was reduced."""
    return y if keepdims or axis is None else xp.reshape(y, kept_shape(shape, axis))


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements are reduced to one."""
    return math.prod([shape[i] for i in reduced_axes(axis, len(shape))])


def _cast(xp: Any, x: Any, dtype: Any) -> Any:
    """`x` in the data type that a sum or product is asked for in."""
    return x if dtype is None or x.dtype == dtype else xp.astype(x, dtype)


def _dtype(dtype: Any) -> Any:
    return None if dtype is None else as_dtype(dtype)


# ---- sums


@linear(transpose=lambda xp, g, y, x, /, axis, dtype, keepdims: _kept(xp, g, x.shape, axis, keepdims))
def _sum(xp: Any, x: Any, /, axis: Axis, dtype: Any, keepdims: bool) -> Tensor:
    return xp.sum(_cast(xp, x, dtype), axis=axis, dtype=dtype, keepdims=keepdims)


def sum(x: Any, /, *, axis: int | tuple[int, ...] | None = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Add up the elements of `x`.

    Parameters
    ----------
    x : numeric
    axis : the axis or axes to sum along; None sums all elements
    dtype : the data type to convert to before summing
    keepdims : whether the axes summed along stay, with size one

    Returns
    -------
    The data type asked for, or that of `x`, where integers become at least the default integer; the shape of `x`
    without the axes.

    Derivative: every element gets the cotangent of its sum.

    Source: array API standard 2025.12, sum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sum(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    Tensor([3., 7.])
    """
    return _sum(x, given_axes(axis), _dtype(dtype), keepdims)


@linear(
    transpose=lambda xp, g, y, x, /, axis=None, keepdims=False: (
        _kept(xp, g, x.shape, axis, keepdims) / _count(x.shape, axis)
    )
)
def mean(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Give the arithmetic mean of the elements of `x`.

    Parameters
    ----------
    x : floating-point or complex
    axis : the axis or axes to take the mean along; None takes all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The data type of `x`; the shape of `x` without the axes; NaN where there are no elements.

    Derivative: every element gets its equal part of the cotangent.

    Source: array API standard 2025.12, mean.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.mean(xp.asarray([1.0, 2.0, 6.0]))
    Tensor(3.)
    """
    return xp.mean(x, axis=given_axes(axis), keepdims=keepdims)


def _check_cumulative(ndim: int, axis: int | None) -> int:
    """The axis to accumulate along."""
    if ndim == 0:
        raise ValueError("an array without dimensions has no axis to accumulate along")
    if axis is None and ndim > 1:
        raise ValueError(f"axis must be given for an array of {ndim} dimensions")
    return 0 if axis is None else axis


def _after_initial(g: Any, axis: int, include_initial: bool) -> Any:
    """The cotangents but that of the initial value, which depends on nothing."""
    if not include_initial:
        return g
    return g[(*(slice(None),) * (axis % g.ndim), slice(1, None), ...)]


def _sums_from_behind(xp: Any, g: Any, axis: int, include_initial: bool) -> Any:
    g = _after_initial(g, axis, include_initial)
    return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)


@linear(
    transpose=lambda xp, g, y, x, /, axis, dtype, include_initial: _sums_from_behind(
        xp, g, 0 if axis is None else axis, include_initial
    )
)
def _cumulative_sum(xp: Any, x: Any, /, axis: int | None, dtype: Any, include_initial: bool) -> Tensor:
    axis = _check_cumulative(x.ndim, axis)
    x = _cast(xp, x, dtype)
    return xp.cumulative_sum(x, axis=axis, dtype=dtype, include_initial=include_initial)


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Tensor:
    """Give the sums of the elements up to each one along an axis.

    Parameters
    ----------
    x : numeric, at least one dimension
    axis : the axis to sum along; may be left out where `x` has one dimension
    dtype : the data type to convert to before summing
    include_initial : whether the sum of no elements, zero, comes first

    Returns
    -------
    The data type asked for, or that of `x`, where integers become at least the default integer; the shape of `x`, one
    longer along `axis` with `include_initial`.

    Raises
    ------
    ValueError : `axis` is left out for several dimensions, or `x` has none.

    Derivative: the cumulative sum of the cotangents from the last one backwards.

    Source: array API standard 2025.12, cumulative_sum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cumulative_sum(xp.asarray([1.0, 2.0, 3.0]), include_initial=True)
    Tensor([0., 1., 3., 6.])
    """
    return _cumulative_sum(x, axis=axis, dtype=_dtype(dtype), include_initial=include_initial)


# ---- products; their derivatives never divide by an element, so that zeros are right, in every order.


def _before(xp: Any, x: Any) -> Any:
    """The product of the elements before each one, along the last axis."""
    return xp.cumulative_prod(x, axis=-1, include_initial=True)[..., :-1]


def products_of_others(xp: Any, x: Any) -> Any:
    """The product of all the other elements along the last axis, for each element."""
    return _before(xp, x) * xp.flip(_before(xp, xp.flip(x, axis=-1)), axis=-1)


def _others(xp: Any, x: Any, axis: Axis) -> Any:
    """The product of all the other elements along the axes, for each element."""
    axes = reduced_axes(axis, x.ndim)
    order = (*[i for i in range(x.ndim) if i not in axes], *axes)
    moved = xp.permute_dims(x, order)
    kept = x.ndim - len(axes)
    flat = xp.reshape(moved, (*moved.shape[:kept], math.prod(moved.shape[kept:])))
    others = xp.reshape(products_of_others(xp, flat), moved.shape)
    return xp.permute_dims(others, tuple([order.index(i) for i in range(x.ndim)]))


def _prod_tangent(xp: Any, tangents: Sequence[Any], y: Any, x: Any, /, axis: Axis, dtype: Any, keepdims: bool) -> Any:
    others = _others(xp, _cast(xp, x, y.dtype), axis)
    return xp.sum(xp.safe_multiply(_cast(xp, tangents[0], y.dtype), others), axis=axis, keepdims=keepdims)


@op(
    vjps=(
        lambda xp, g, y, x, /, axis, dtype, keepdims: xp.safe_multiply(
            _kept(xp, g, x.shape, axis, keepdims), conjugate(xp, _others(xp, _cast(xp, x, y.dtype), axis))
        ),
    ),
    jvp=_prod_tangent,
)
def _prod(xp: Any, x: Any, /, axis: Axis, dtype: Any, keepdims: bool) -> Tensor:
    return xp.prod(_cast(xp, x, dtype), axis=axis, dtype=dtype, keepdims=keepdims)


def prod(x: Any, /, *, axis: int | tuple[int, ...] | None = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Multiply the elements of `x`.

    Parameters
    ----------
    x : numeric
    axis : the axis or axes to multiply along; None multiplies all elements
    dtype : the data type to convert to before multiplying
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The data type asked for, or that of `x`, where integers become at least the default integer; the shape of `x`
    without the axes; one where there are no elements.

    Derivative: the product of all the other elements, formed without a division and therefore right among zeros.

    Source: array API standard 2025.12, prod.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([2.0, 0.0, 5.0], requires_grad=True)
    >>> xp.prod(x).backward()
    >>> x.grad
    Tensor([ 0., 10.,  0.])
    """
    return _prod(x, axis=given_axes(axis), dtype=_dtype(dtype), keepdims=keepdims)


# Up to this length a recurrence is solved by doubling, in half the calls.
_SHORT = 32


def _recurrence(xp: Any, a: Any, b: Any) -> Any:
    """The solution of `s[i] = b[i] + a[i] * s[i + 1]` along the last axis, where `a` is one shorter than `b`.

    Two steps joined lead to `s[i + 2]`, so that every other element solves a recurrence of half the length, and the
    others follow from these: in all three times the work of one step over the whole array.
    """
    size = b.shape[-1]
    if size <= _SHORT:
        return _by_doubling(xp, a, b)
    if size % 2:
        rest = _recurrence(xp, a[..., 1:], b[..., 1:])
        return xp.concat([b[..., :1] + xp.safe_multiply(rest[..., :1], a[..., :1]), rest], axis=-1)
    even, odd, to_odd, to_even = b[..., ::2], b[..., 1::2], a[..., ::2], a[..., 1::2]
    s = _recurrence(xp, to_odd[..., :-1] * to_even, even + xp.safe_multiply(odd, to_odd))
    behind = xp.concat([odd[..., :-1] + xp.safe_multiply(s[..., 1:], to_even), odd[..., -1:]], axis=-1)
    return xp.reshape(xp.stack([s, behind], axis=-1), b.shape)


def _by_doubling(xp: Any, a: Any, b: Any) -> Any:
    """What `_recurrence` gives: after the step with stride h, `b` holds the sums over the next 2h terms and `a` the
    products over the next 2h factors."""
    size = b.shape[-1]
    stride = 1
    while stride < size:
        b = xp.concat([b[..., :-stride] + xp.safe_multiply(b[..., stride:], a), b[..., -stride:]], axis=-1)
        if 2 * stride < size:
            a = a[..., :-stride] * a[..., stride:]
        stride *= 2
    return b


def _products_before(xp: Any, y: Any, include_initial: bool) -> Any:
    """The product of the elements before each one, from the cumulative products, along the last axis."""
    if include_initial:
        return y[..., :-1]
    return xp.concat([xp.ones((*y.shape[:-1], 1), dtype=y.dtype, device=y.device), y[..., :-1]], axis=-1)


def _cumulative_prod_cotangent(
    xp: Any, g: Any, y: Any, x: Any, /, axis: int | None, dtype: Any, include_initial: bool
) -> Any:
    # The cotangent of x[i] is (x[0] ... x[i-1]) s[i], with s[i] = g[i] + x[i+1] g[i+1] + x[i+1] x[i+2] g[i+2] + ...
    if not x.size:
        return xp.zeros(x.shape, dtype=y.dtype, device=g.device)
    along = 0 if axis is None else axis
    before = _products_before(xp, xp.moveaxis(conjugate(xp, y), along, -1), include_initial)
    x = xp.moveaxis(conjugate(xp, _cast(xp, x, y.dtype)), along, -1)
    g = xp.moveaxis(_after_initial(g, along, include_initial), along, -1)
    return xp.moveaxis(xp.safe_multiply(_recurrence(xp, x[..., 1:], g), before), -1, along)


def _cumulative_prod_tangent(
    xp: Any, tangents: Sequence[Any], y: Any, x: Any, /, axis: int | None, dtype: Any, include_initial: bool
) -> Any:
    # The tangent r of the products satisfies r[k] = (x[0] ... x[k-1]) t[k] + x[k] r[k-1], the recurrence the other way.
    if not x.size:
        return xp.zeros(y.shape, dtype=y.dtype, device=y.device)
    along = 0 if axis is None else axis
    x = xp.moveaxis(_cast(xp, x, y.dtype), along, -1)
    t = xp.moveaxis(_cast(xp, tangents[0], y.dtype), along, -1)
    before = _products_before(xp, xp.moveaxis(y, along, -1), include_initial)
    pushed = xp.flip(
        _recurrence(xp, xp.flip(x, axis=-1)[..., :-1], xp.flip(xp.safe_multiply(t, before), axis=-1)), axis=-1
    )
    if include_initial:
        initial = xp.zeros((*x.shape[:-1], 1), dtype=y.dtype, device=y.device)
        pushed = xp.concat([initial, pushed], axis=-1)
    return xp.moveaxis(pushed, -1, along)


@op(vjps=(_cumulative_prod_cotangent,), jvp=_cumulative_prod_tangent)
def _cumulative_prod(xp: Any, x: Any, /, axis: int | None, dtype: Any, include_initial: bool) -> Tensor:
    axis = _check_cumulative(x.ndim, axis)
    x = _cast(xp, x, dtype)
    return xp.cumulative_prod(x, axis=axis, dtype=dtype, include_initial=include_initial)


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Tensor:
    """Give the products of the elements up to each one along an axis.

    Parameters
    ----------
    x : numeric, at least one dimension
    axis : the axis to multiply along; may be left out where `x` has one dimension
    dtype : the data type to convert to before multiplying
    include_initial : whether the product of no elements, one, comes first

    Returns
    -------
    The data type asked for, or that of `x`, where integers become at least the default integer; the shape of `x`, one
    longer along `axis` with `include_initial`.

    Raises
    ------
    ValueError : `axis` is left out for several dimensions, or `x` has none.

    Derivative: for each element of a product, the product of its others; formed without a division and therefore right
    among zeros.

    Source: array API standard 2025.12, cumulative_prod.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cumulative_prod(xp.asarray([2.0, 3.0, 4.0]))
    Tensor([ 2.,  6., 24.])
    """
    return _cumulative_prod(x, axis=axis, dtype=_dtype(dtype), include_initial=include_initial)


# ---- extremes


def _share(xp: Any, x: Any, y: Any, axis: Axis) -> tuple[Any, Any]:
    """Which elements equal the extreme `y`, and among how many the derivative is shared.

    If there is a NaN, the extreme is NaN too and equals nothing: then the NaNs are the elements that made it.
    """
    chosen = xp.logical_or(x == y, xp.isnan(x))
    return chosen, xp.sum(xp.astype(chosen, x.dtype), axis=given_axes(axis), keepdims=True)


def _extreme_cotangent(xp: Any, g: Any, y: Any, x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    chosen, count = _share(xp, x, _kept(xp, y, x.shape, axis, keepdims), axis)
    return xp.where(chosen, _kept(xp, g, x.shape, axis, keepdims) / count, 0)


def _extreme_tangent(
    xp: Any, tangents: Sequence[Any], y: Any, x: Any, /, axis: Axis = None, keepdims: bool = False
) -> Any:
    chosen, count = _share(xp, x, _kept(xp, y, x.shape, axis, keepdims), axis)
    total = xp.sum(xp.where(chosen, tangents[0], 0), axis=given_axes(axis), keepdims=True)
    return xp.reshape(total / count, y.shape)


@op(vjps=(_extreme_cotangent,), jvp=_extreme_tangent)
def max(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Give the largest element of `x`.

    Parameters
    ----------
    x : real
    axis : the axis or axes to search along; None searches all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The data type of `x`; the shape of `x` without the axes; NaN where an element is NaN.

    Raises
    ------
    ValueError : there is no element to choose from.

    Derivative: the cotangent goes to the largest element; equal ones (or several NaNs) share it evenly.

    Source: array API standard 2025.12, max.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([1.0, 7.0, 7.0], requires_grad=True)
    >>> xp.max(x).backward()
    >>> x.grad
    Tensor([0. , 0.5, 0.5])
    """
    return xp.max(x, axis=given_axes(axis), keepdims=keepdims)


@op(vjps=(_extreme_cotangent,), jvp=_extreme_tangent)
def min(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Give the smallest element of `x`.

    Parameters
    ----------
    x : real
    axis : the axis or axes to search along; None searches all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The data type of `x`; the shape of `x` without the axes; NaN where an element is NaN.

    Raises
    ------
    ValueError : there is no element to choose from.

    Derivative: the cotangent goes to the smallest element; equal ones (or several NaNs) share it evenly.

    Source: array API standard 2025.12, min.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.min(xp.asarray([[3.0, 1.0], [2.0, 5.0]]), axis=0)
    Tensor([2., 1.])
    """
    return xp.min(x, axis=given_axes(axis), keepdims=keepdims)


# ---- spread


def _per_freedom(shape: tuple[int, ...], axis: Axis, correction: float) -> float:
    """One over the degrees of freedom; NaN where there are none, as the variance is."""
    freedom = _count(shape, axis) - correction
    return 1 / freedom if freedom > 0 else math.nan


def _deviation(xp: Any, x: Any, axis: Axis) -> Any:
    """`x - mean(x)`, whose own mean is taken off besides: it is the rounding error of the first, large far from 0."""
    deviation = x - xp.mean(x, axis=axis, keepdims=True)
    return deviation - xp.mean(deviation, axis=axis, keepdims=True)


@op(
    vjps=(
        lambda xp, g, y, x, /, axis, correction, keepdims: xp.safe_multiply(
            _kept(xp, g, x.shape, axis, keepdims) * (2 * _per_freedom(x.shape, axis, correction)),
            _deviation(xp, x, axis),
        ),
    )
)
def _var(xp: Any, x: Any, /, axis: Axis, correction: float, keepdims: bool) -> Tensor:
    return xp.var(x, axis=axis, correction=correction, keepdims=keepdims)


def var(
    x: Any,
    /,
    *,
    axis: int | tuple[int, ...] | None = None,
    correction: int | float = 0.0,
    keepdims: bool = False,
    ddof: int | float | None = None,
) -> Tensor:
    """Give the variance of the elements of `x`.

    Parameters
    ----------
    x : floating-point; of complex elements, the mean of |x - mean(x)|^2
    axis : the axis or axes to take it along; None takes all elements
    correction : subtracted from the number of elements where it divides; 1 for an estimate from a sample
    keepdims : whether these axes stay, with size one
    ddof : NumPy's name for `correction`

    Returns
    -------
    The data type of `x`, real; the shape of `x` without the axes; NaN where no degree of freedom remains.

    Derivative: 2 (x - mean(x)) / (n - correction).

    Source: array API standard 2025.12, var.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.var(xp.asarray([1.0, 2.0, 3.0]), correction=1)
    Tensor(1.)
    """
    return _var(x, axis=given_axes(axis), correction=correction if ddof is None else ddof, keepdims=keepdims)


def _std_cotangent(xp: Any, g: Any, y: Any, x: Any, /, axis: Axis, correction: float, keepdims: bool) -> Any:
    deviation = _deviation(xp, x, axis)  # of equal elements, 0
    y = _kept(xp, y, x.shape, axis, keepdims)
    g = _kept(xp, g, x.shape, axis, keepdims) * _per_freedom(x.shape, axis, correction)
    return xp.safe_multiply(xp.where(y == 0, 0, g), deviation / xp.where(y == 0, 1, y))


@op(vjps=(_std_cotangent,))
def _std(xp: Any, x: Any, /, axis: Axis, correction: float, keepdims: bool) -> Tensor:
    return xp.std(x, axis=axis, correction=correction, keepdims=keepdims)


def std(
    x: Any,
    /,
    *,
    axis: int | tuple[int, ...] | None = None,
    correction: int | float = 0.0,
    keepdims: bool = False,
    ddof: int | float | None = None,
) -> Tensor:
    """Give the standard deviation of the elements of `x`.

    Parameters
    ----------
    x : floating-point; of complex elements, the root of the mean of |x - mean(x)|^2
    axis : the axis or axes to take it along; None takes all elements
    correction : subtracted from the number of elements where it divides; 1 for an estimate from a sample
    keepdims : whether these axes stay, with size one
    ddof : NumPy's name for `correction`

    Returns
    -------
    The data type of `x`, real; the shape of `x` without the axes; NaN where no degree of freedom remains.

    Derivative: (x - mean(x)) / ((n - correction) std(x)); zero where all elements are equal and there is none.

    Source: array API standard 2025.12, std.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.std(xp.asarray([1.0, 2.0, 3.0]), ddof=1)
    Tensor(1.)
    """
    return _std(x, axis=given_axes(axis), correction=correction if ddof is None else ddof, keepdims=keepdims)
