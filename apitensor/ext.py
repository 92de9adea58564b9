"""The rest of an array program's vocabulary: functions that NumPy and SciPy users know and the standard lacks.

Those that NumPy has are at the top level too, because client libraries look for them there. All are differentiable in
what is real or complex, and nearly all are compositions of the standard's functions: they run on every backend and
have derivatives of every order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import index, mul
from typing import TYPE_CHECKING, Any

from ._core import op as core
from ._core.declare import linear, op, within
from ._core.dtypes import as_dtype
from ._core.modes import no_grad
from ._standard import elementwise as ew
from ._standard import statistical as stats
from ._standard import utility
from ._standard.creation import arange, asarray, eye, full, linspace, ones, zeros, zeros_like
from ._standard.data_types import astype, isdtype, result_type
from ._standard.elementwise import clip, floor, isnan, log, maximum, sqrt
from ._standard.indexing import add_along_axis, scatter_add, set_item, take
from ._standard.inspection import default_dtypes_of
from ._standard.linear_algebra import matmul, matrix_transpose
from ._standard.manipulation import (
    as_axes,
    as_axis,
    as_shape,
    as_tensor,
    broadcast_to,
    concat,
    expand_dims,
    flip,
    moveaxis,
    permute_dims,
    reshape,
)
from ._standard.searching import argmax, argmin, count_nonzero, searchsorted, where
from .fft import fft, ifft
from .linalg import careful_matrix, diagonal, eigvalsh, solve, unless_unused

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "bincount",
    "convolve",
    "corrcoef",
    "correlate",
    "cov",
    "cumprod",
    "cumsum",
    "diag",
    "einsum",
    "expm",
    "gradient",
    "interp",
    "kron",
    "log_softmax",
    "logm",
    "logspace",
    "logsumexp",
    "median",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "one_hot",
    "pad",
    "quantile",
    "sliding_window_view",
    "softmax",
    "sqrtm",
    "transpose",
]


def _inexact(x: Any, dtype: Any = None) -> Any:
    """A tensor with a floating-point or complex data type: the one asked for; integers become the default one."""
    x = as_tensor(x) if dtype is None else astype(x, dtype, copy=False)
    return x if x.dtype.kind in "fc" else astype(x, default_dtypes_of(x.device)["real floating"])


def _untracked(function: Callable[[], Any]) -> Any:
    """What a decision is made on: computed without being recorded, from the values alone."""
    with no_grad():
        return function()


# ---- softmax and its kin


def _kept(xp: Any, y: Any, axis: Any, keepdims: bool) -> Any:
    return y if keepdims or axis is None else xp.expand_dims(y, axis=axis)


def _deviation_pulled(xp: Any, g: Any, y: Any, x: Any, w: Any, /, axis: Any) -> Any:
    return within(xp, _weighted_deviation, g, w, axis)  # its matrix is symmetric


@op(
    vjps=(
        _deviation_pulled,
        lambda xp, g, y, x, w, /, axis: (
            xp.safe_multiply(g, x - xp.sum(xp.safe_multiply(x, w), axis=axis, keepdims=True))
            - xp.safe_multiply(xp.sum(xp.safe_multiply(g, w), axis=axis, keepdims=True), x)
        ),
    )
)
def _weighted_deviation(xp: Any, x: Any, w: Any, /, axis: Any) -> Tensor:
    return xp.weighted_deviation(x, w, axis)  # type: ignore[no-any-return]


@op(
    vjps=(lambda xp, g, y, x, /, axis: within(xp, _weighted_deviation, g, y, axis),),
    jvp=lambda xp, tangents, y, x, /, axis: within(xp, _weighted_deviation, tangents[0], y, axis),
)
def _softmax(xp: Any, x: Any, /, axis: Any) -> Tensor:
    _, x = xp.minus_max(x, axis)
    y = xp.overwrite(x, xp.exp, x)
    return xp.overwrite(y, xp.divide, y, xp.sum(y, axis=axis, keepdims=True))  # type: ignore[no-any-return]


@op(vjps=(lambda xp, g, y, x, /, axis: g - xp.safe_multiply(xp.sum(g, axis=axis, keepdims=True), xp.exp(y)),))
def _log_softmax(xp: Any, x: Any, /, axis: Any) -> Tensor:
    _, x = xp.minus_max(x, axis)
    total = xp.sum(xp.exp(x), axis=axis, keepdims=True)
    return xp.overwrite(x, xp.subtract, x, xp.log(total))  # type: ignore[no-any-return]


@op(
    vjps=(
        lambda xp, g, y, x, /, axis, keepdims: xp.safe_multiply(
            _kept(xp, g, axis, keepdims), within(xp, _softmax, x, axis)
        ),
    )
)
def _logsumexp(xp: Any, x: Any, /, axis: Any, keepdims: bool) -> Tensor:
    top, x = xp.minus_max(x, axis)
    y = top + xp.log(xp.sum(xp.overwrite(x, xp.exp, x), axis=axis, keepdims=True))
    if keepdims:
        return y  # type: ignore[no-any-return]
    return xp.reshape(y, ()) if axis is None else xp.squeeze(y, axis=axis)  # type: ignore[no-any-return]


def _axes(name: str, axis: Any, ndim: int) -> tuple[int, ...] | None:
    return None if axis is None else as_axes(name, axis, ndim)


def softmax(x: Any, /, axis: Any = -1) -> Tensor:
    """Give `exp(x)`, scaled so that its sum along an axis is one.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements

    Returns
    -------
    The floating-point data type and the shape of `x`. Of infinite elements, those that are the largest share evenly.

    Derivative: y (g - sum(g y)).

    Source: scipy.special, softmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.softmax(xp.asarray([0.0, 0.0, -xp.inf]))
    Tensor([0.5, 0.5, 0. ])
    """
    x = _inexact(x)
    return _softmax(x, _axes("softmax", axis, x.ndim))


def log_softmax(x: Any, /, axis: Any = -1) -> Tensor:
    """Give the logarithm of `softmax(x)`, without forming it.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements

    Returns
    -------
    The floating-point data type and the shape of `x`.

    Derivative: g - exp(y) sum(g).

    Source: scipy.special, log_softmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.log_softmax(xp.asarray([1000.0, 0.0]))
    Tensor([    0., -1000.])
    """
    x = _inexact(x)
    return _log_softmax(x, _axes("log_softmax", axis, x.ndim))


def logsumexp(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the logarithm of the sum of `exp(x)`, without overflow.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The floating-point data type of `x`; -inf where all elements are.

    Derivative: the cotangent times `softmax(x)`, which is finite also for infinite elements.

    Source: scipy.special, logsumexp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.logsumexp(xp.asarray([[1000.0, 1000.0], [-xp.inf, -xp.inf]]), axis=1)
    Tensor([1000.69314718,          -inf])
    """
    x = _inexact(x)
    return _logsumexp(x, axis=_axes("logsumexp", axis, x.ndim), keepdims=keepdims)


# ---- order statistics


def _last(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`x` with the axes to reduce joined into the last one, and the axes."""
    axes = tuple(range(x.ndim)) if axis is None else as_axes("quantile", axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    moved = permute_dims(x, (*rest, *axes))
    return reshape(moved, (*[x.shape[i] for i in rest], math.prod([x.shape[i] for i in axes]))), axes


# Plotting positions (a, b) of the continuous methods: quantile q of n elements stands at n q + a + q (1 - a - b) - 1.
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (0.375, 0.375),
    "interpolated_inverted_cdf": (0.0, 1.0),
}
# Those that take an element or the middle of two: how far to go to the next one, from the index and its fraction.
_STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "lower": lambda at, f: zeros_like(f),
    "higher": lambda at, f: astype(f > 0, f.dtype),
    "midpoint": lambda at, f: where(f > 0, 0.5, 0 * f),
    "nearest": lambda at, f: ew.round(at + f) - at,
}


def _place(method: str, n: Any, q: Any) -> tuple[Any, Any]:
    """The index of the element below a quantile, and the fraction of the way to the next one."""
    if method in _CONTINUOUS:
        a, b = _CONTINUOUS[method]
        at = n * q + (a + q * (1 - a - b)) - 1
        low = floor(at)
        return low, at - low
    if method in _STEPS:
        at = q * (n - 1)
        low = floor(at)
        return low, _STEPS[method](low, at - low)
    if method in ("inverted_cdf", "averaged_inverted_cdf"):
        at = n * q - 1
        low = floor(at)
        beyond = astype(at > low, at.dtype)
        return low, beyond if method == "inverted_cdf" else 0.5 + 0.5 * beyond
    if method == "closest_observation":
        at = n * q - 1.5
        low = floor(at)
        return low, 1 - astype((at == low) & (ew.remainder(low, 2) == 1), at.dtype)
    raise ValueError(f"quantile: there is no method {method!r}; there are {', '.join([*_CONTINUOUS, *_STEPS])}")


# Up to so many places along an axis the elements there are found one by one, and not by sorting indices.
_FEW = 16


def _sources(xp: Any, y: Any, x: Any, places: Any) -> Any:
    """Where along the last axis of `x` the elements `y` are that a sort would bring to `places`.

    Equal elements keep their order: how many smaller ones there are says which one of its value stands at a place.
    """
    m = places.shape[-1]
    if m > _FEW:
        return xp.take_along_axis(xp.argsort(x, axis=-1), places, axis=-1)
    found = []
    for j in range(m):
        value, place = y[..., j : j + 1], places[..., j : j + 1]
        equal = x == value
        rank = place - xp.astype(xp.count_nonzero(x < value, axis=-1, keepdims=True), place.dtype)
        turn = xp.cumulative_sum(xp.astype(equal, place.dtype), axis=-1)
        found.append(xp.argmax(xp.astype(equal & (turn == rank + 1), xp.int8), axis=-1, keepdims=True))
    return xp.concat(found, axis=-1)


@op(
    vjps=(lambda xp, g, y, x, places, /: add_along_axis(xp, g, x.shape, _sources(xp, y, x, places), -1), None),
    jvp=lambda xp, tangents, y, x, places, /: xp.take_along_axis(tangents[0], _sources(xp, y, x, places), axis=-1),
)
def _sorted_at(xp: Any, x: Any, places: Any, /) -> Tensor:
    """The elements that a sort along the last axis would bring to `places`, where NaN count as infinite."""
    return xp.take_along_axis(xp.sort(xp.where(xp.isnan(x), math.inf, x), axis=-1), places, axis=-1)  # type: ignore[no-any-return]


def _of_sorted(x: Any, count: Any, q: Any, method: str) -> Any:
    """Quantiles of the `count` elements that are not NaN, along the last axis: an axis of `q` behind the others."""
    count, q = expand_dims(count, -1), reshape(q, (-1,))
    low, fraction = _place(method, count, q)
    top = maximum(count - 1, 0)
    # Below the first element and beyond the last there is none to go to.
    fraction = where(low < 0, 0, where(low >= top, 0, fraction))
    low = clip(low, 0, top)
    places = astype(concat([low, ew.minimum(low + 1, top)], axis=-1), "int64")
    found: Any = _sorted_at(x, places)
    below, above = found[..., : q.shape[0]], found[..., q.shape[0] :]
    # The way starts at the nearer element, which is met exactly; an infinite one is the end of every way to it.
    fraction = astype(fraction, x.dtype)
    infinite = ew.isinf(below) | ew.isinf(above)
    up = where(infinite, (fraction == 1) | ((fraction > 0) & (above == math.inf)), fraction >= 0.5)
    way = where(up, fraction - 1, fraction)
    still = infinite & ((way == 0) | (below == above) | ew.isfinite(below) | ew.isfinite(above))
    return where(up, above, below) + way * (where(still, 0, above) - where(still, 0, below))


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip: bool) -> Any:
    x = _inexact(x)
    q = _inexact(asarray(q, device=x.device))
    if q.ndim > 1:
        raise ValueError(f"quantile: q is a number or has one dimension, not {q.ndim}")
    # Where a test would have to wait for the device nothing is tested.
    if q._backend.host and not _untracked(lambda: bool(utility.all((q >= 0) & (q <= 1)))):
        raise ValueError("quantile: every q must lie in [0, 1]")
    flat, axes = _last(x, axis)
    n = flat.shape[-1]
    if not n:
        raise ValueError("quantile: there is no element")
    missing = astype(count_nonzero(isnan(flat), axis=-1), q.dtype)
    bad = missing == n if skip else missing > 0
    y = where(expand_dims(bad, -1), math.nan, _of_sorted(flat, n - missing if skip else 0 * missing + n, q, method))
    y = moveaxis(y, -1, 0)
    if keepdims:
        y = reshape(y, (*y.shape[:1], *[1 if i in axes else k for i, k in enumerate(x.shape)]))
    return y if q.ndim else y[0, ...]


def quantile(x: Any, /, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """Give quantiles of the elements of `x`.

    Parameters
    ----------
    x : real
    q : the fraction of elements below, in [0, 1]: a number, or one dimension of them, the first one of the result
    axis : the axis or axes to reduce; None takes all elements
    method : how to choose between two elements, by NumPy's names
    keepdims : whether the reduced axes stay, with size one

    Returns
    -------
    The floating-point data type of `x`; NaN where an element is NaN.

    Raises
    ------
    ValueError : there is no element, no such method, or `q` is out of range.

    Derivative: the cotangent goes to the two elements by their weights; for `q`, the slope between them.

    Source: numpy, quantile.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.quantile(xp.asarray([4.0, 1.0, 3.0]), 0.25)
    Tensor(2.)
    """
    return _quantile(x, q, axis, method, keepdims, False)  # type: ignore[no-any-return]


def nanquantile(x: Any, /, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """Give quantiles of the elements of `x` that are not NaN; parameters and result as `quantile`.

    NaN where all elements are.

    Derivative: that of `quantile` among the elements that are not NaN; those that are get zero.

    Source: numpy, nanquantile.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanquantile(xp.asarray([4.0, xp.nan, 1.0, 3.0]), 0.25)
    Tensor(2.)
    """
    return _quantile(x, q, axis, method, keepdims, True)  # type: ignore[no-any-return]


def median(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the median, the middle of two where their number is even.

    Parameters
    ----------
    x : real
    axis : the axis or axes to reduce; None takes all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The floating-point data type of `x`; NaN where an element is NaN, or there is none.

    Derivative: the cotangent goes to the element in the middle, or evenly to the two.

    Source: numpy, median.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([5.0, 1.0, 2.0], requires_grad=True)
    >>> xp.median(x).backward()
    >>> x.grad
    Tensor([0., 0., 1.])
    """
    return _median(x, axis, keepdims, False)  # type: ignore[no-any-return]


def _median(x: Any, axis: Any, keepdims: bool, skip: bool) -> Any:
    x = as_tensor(x)
    if x.size == 0:
        return stats.mean(_inexact(x), axis=axis, keepdims=keepdims)
    if skip:
        return _quantile(x, 0.5, axis, "linear", keepdims, skip)
    flat, axes = _last(_inexact(x), axis)
    n = flat.shape[-1]
    middle = asarray([n // 2] if n % 2 else [n // 2 - 1, n // 2], dtype="int64", device=x.device)
    found: Any = _sorted_at(flat, broadcast_to(middle, (*flat.shape[:-1], middle.shape[0])))
    # Halves, since the sum may overflow and the difference of infinities is NaN.
    y = found[..., 0] if n % 2 else 0.5 * found[..., 0] + 0.5 * found[..., 1]
    y = where(utility.any(isnan(flat), axis=-1), math.nan, y)
    return reshape(y, [1 if i in axes else k for i, k in enumerate(x.shape)]) if keepdims else y


def nanmedian(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the median of the elements that are not NaN; parameters and result as `median`.

    Derivative: the cotangent goes to the element in the middle, or evenly to the two; zero for NaN.

    Source: numpy, nanmedian.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanmedian(xp.asarray([5.0, xp.nan, 2.0, 1.0]))
    Tensor(2.)
    """
    return _median(x, axis, keepdims, True)  # type: ignore[no-any-return]


# ---- reductions that skip NaN


def _without(x: Any, instead: float) -> tuple[Any, Any]:
    """`x` with something else in the place of NaN, and where that is."""
    x = as_tensor(x)
    if x.dtype.kind not in "fc":
        return x, zeros(x.shape, dtype="bool", device=x.device)
    gone = isnan(x)
    return where(gone, instead, x), gone


def nansum(x: Any, /, axis: Any = None, *, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Add up the elements that are not NaN; parameters and result as `sum`, zero where there is none.

    Derivative: the cotangent, and zero for an element that is NaN.

    Source: numpy, nansum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nansum(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor(3.)
    """
    return stats.sum(_without(x, 0.0)[0], axis=axis, dtype=dtype, keepdims=keepdims)


def nanprod(x: Any, /, axis: Any = None, *, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Multiply the elements that are not NaN; parameters and result as `prod`, one where there is none.

    Derivative: the product of the other elements, without a division; zero for an element that is NaN.

    Source: numpy, nanprod.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanprod(xp.asarray([3.0, xp.nan, 2.0]))
    Tensor(6.)
    """
    return stats.prod(_without(x, 1.0)[0], axis=axis, dtype=dtype, keepdims=keepdims)


def cumsum(x: Any, /, axis: int | None = None, *, dtype: Any = None) -> Tensor:
    """Give the cumulative sums; NumPy's name of `cumulative_sum`.

    Parameters
    ----------
    x : numeric
    axis : along which; None takes all elements in row-major order
    dtype : the data type of the result; None as in `sum`

    Returns
    -------
    The shape of `x`, or one dimension where `axis` is None.

    Derivative: the sum of the cotangents from the element on.

    Source: numpy, cumsum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cumsum(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([ 1.,  3.,  6., 10.])
    """
    return stats.cumulative_sum(reshape(x, -1) if axis is None else x, axis=axis or 0, dtype=dtype)


def cumprod(x: Any, /, axis: int | None = None, *, dtype: Any = None) -> Tensor:
    """Give the cumulative products; NumPy's name of `cumulative_prod`.

    Parameters
    ----------
    x : numeric
    axis : along which; None takes all elements in row-major order
    dtype : the data type of the result; None as in `prod`

    Returns
    -------
    The shape of `x`, or one dimension where `axis` is None.

    Derivative: that of `cumulative_prod`.

    Source: numpy, cumprod.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cumprod(xp.asarray([3.0, 4.0, 2.0]))
    Tensor([ 3., 12., 24.])
    """
    return stats.cumulative_prod(reshape(x, -1) if axis is None else x, axis=axis or 0, dtype=dtype)


def nancumsum(x: Any, /, axis: int | None = None, *, dtype: Any = None) -> Tensor:
    """Give the cumulative sums with NaN taken as zero; parameters and result as `cumsum`.

    Derivative: the sum of the cotangents from the element on; zero for an element that is NaN.

    Source: numpy, nancumsum.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nancumsum(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor([1., 1., 3.])
    """
    return cumsum(_without(x, 0.0)[0], axis=axis, dtype=dtype)


def nancumprod(x: Any, /, axis: int | None = None, *, dtype: Any = None) -> Tensor:
    """Give the cumulative products with NaN taken as one; parameters and result as `cumprod`.

    Derivative: that of `cumulative_prod` with one in the place of NaN; zero for an element that is NaN.

    Source: numpy, nancumprod.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nancumprod(xp.asarray([3.0, xp.nan, 2.0]))
    Tensor([3., 3., 6.])
    """
    return cumprod(_without(x, 1.0)[0], axis=axis, dtype=dtype)


def _count(gone: Any, dtype: Any, axis: Any, keepdims: bool) -> Any:
    return stats.sum(astype(~gone, dtype), axis=axis, keepdims=keepdims)


def nanmean(x: Any, /, axis: Any = None, *, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Give the mean of the elements that are not NaN; parameters and result as `mean`, NaN where there is none.

    With `dtype` it is taken in that data type, as NumPy does.

    Derivative: the cotangent over the number of elements that are not NaN; zero for those that are.

    Source: numpy, nanmean.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanmean(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor(1.5)
    """
    x, gone = _without(_inexact(x, dtype), 0.0)
    count = _count(gone, ew.real(x).dtype, axis, keepdims)
    total: Any = stats.sum(x, axis=axis, keepdims=keepdims)
    unknown = complex(math.nan, math.nan) if x.dtype.kind == "c" else math.nan
    # Divided by a number that is not zero, so that nothing warns.
    return where(count == 0, unknown, total / where(count == 0, 1, count))


def nanvar(
    x: Any,
    /,
    axis: Any = None,
    *,
    dtype: Any = None,
    correction: float = 0.0,
    keepdims: bool = False,
    ddof: Any = None,
) -> Tensor:
    """Give the variance of the elements that are not NaN; parameters and result as `var`, `dtype` as in `nanmean`.

    Derivative: that of `var` over the elements that are not NaN; zero for those that are.

    Source: numpy, nanvar.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanvar(xp.asarray([1.0, xp.nan, 3.0]), correction=1)
    Tensor(2.)
    """
    x = _inexact(x, dtype)
    centre: Any = nanmean(x, axis=axis, keepdims=True)
    filled, gone = _without(x, 0.0)
    deviation = where(gone, 0, filled - centre)
    square = ew.real(ew.conj(deviation) * deviation) if x.dtype.kind == "c" else deviation * deviation
    squares: Any = stats.sum(square, axis=axis, keepdims=keepdims)
    freedom = _count(gone, squares.dtype, axis, keepdims) - (correction if ddof is None else ddof)
    return where(freedom > 0, squares / where(freedom > 0, freedom, 1), math.nan)


def nanstd(
    x: Any,
    /,
    axis: Any = None,
    *,
    dtype: Any = None,
    correction: float = 0.0,
    keepdims: bool = False,
    ddof: Any = None,
) -> Tensor:
    """Give the standard deviation of the elements that are not NaN; parameters and result as `nanvar`.

    Derivative: that of `std`, zero where all elements are equal.

    Source: numpy, nanstd.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanstd(xp.asarray([1.0, xp.nan, 3.0]))
    Tensor(1.)
    """
    v: Any = nanvar(x, axis=axis, dtype=dtype, correction=correction, keepdims=keepdims, ddof=ddof)
    return where(v == 0, 0, sqrt(where(v == 0, 1, v)))


def _extreme(function: Any, x: Any, instead: float, axis: Any, keepdims: bool) -> Any:
    x, gone = _without(x, instead)
    y = function(x, axis=axis, keepdims=keepdims)
    if x.dtype.kind not in "fc":
        return y
    return where(utility.all(gone, axis=axis, keepdims=keepdims), math.nan, y)


def nanmax(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the largest element that is not NaN; parameters and result as `max`, NaN where all elements are.

    Derivative: the cotangent goes to the largest element, evenly where several are; zero for NaN.

    Source: numpy, nanmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanmax(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor(2.)
    """
    return _extreme(stats.max, x, -math.inf, axis, keepdims)  # type: ignore[no-any-return]


def nanmin(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the smallest element that is not NaN; parameters and result as `min`, NaN where all elements are.

    Derivative: the cotangent goes to the smallest element, evenly where several are; zero for NaN.

    Source: numpy, nanmin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanmin(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor(1.)
    """
    return _extreme(stats.min, x, math.inf, axis, keepdims)  # type: ignore[no-any-return]


def nanargmax(x: Any, /, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Give the index of the largest element that is not NaN; parameters and result as `argmax`, 0 where all are.

    Derivative: none; the result tracks nothing.

    Source: numpy, nanargmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanargmax(xp.asarray([1.0, xp.nan, 2.0]))
    Tensor(2)
    """
    return argmax(_without(x, -math.inf)[0], axis=axis, keepdims=keepdims)


def nanargmin(x: Any, /, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Give the index of the smallest element that is not NaN; parameters and result as `argmin`, 0 where all are.

    Derivative: none; the result tracks nothing.

    Source: numpy, nanargmin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.nanargmin(xp.asarray([xp.nan, 1.0, 2.0]))
    Tensor(1)
    """
    return argmin(_without(x, math.inf)[0], axis=axis, keepdims=keepdims)


# ---- counting, covariance


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Tensor:
    """Count how often each number from 0 to the largest occurs, or add up the weights that go with it.

    Parameters
    ----------
    x : integer, one dimension, not negative
    weights : of the shape of `x`; None counts
    minlength : the least length of the result

    Returns
    -------
    One dimension; the default integer data type, or that of the weights.

    Raises
    ------
    ValueError : an element is negative, or `x` has not one dimension.

    Derivative: for the weights, the cotangent where each was added.

    Source: numpy, bincount.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.bincount(xp.asarray([0, 2, 2]), weights=xp.asarray([1.0, 2.0, 3.0]))
    Tensor([1., 0., 5.])
    """
    x = as_tensor(x)
    if x.ndim != 1 or x.dtype.kind not in "iu":
        raise ValueError(f"bincount: x has one dimension of integers, not {core.describe(x)}")
    if x.size and int(stats.min(x)) < 0:
        raise ValueError("bincount: there are negative elements")
    length = max(index(minlength), int(stats.max(x)) + 1 if x.size else 0)
    if weights is None:
        weights = ones(x.shape, dtype=default_dtypes_of(x.device)["integral"], device=x.device)
    return scatter_add(asarray(weights, device=x.device), (x,), (length,))


def cov(
    x: Any,
    /,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Tensor:
    """Give the covariance matrix of variables that are observed together.

    Parameters
    ----------
    x : up to two dimensions: a row for each variable, a column for each observation
    y : more variables, in the same form
    rowvar : False: the variables are in columns
    bias, ddof : the divisor is n - ddof, by default n - 1, and n with `bias`
    fweights : how often each observation was made
    aweights : the relative weight of each observation

    Returns
    -------
    A matrix, Hermitian; without a dimension for one variable.

    Derivative: of the sums it is made of.

    Source: numpy, cov.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.cov(xp.asarray([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """

    def rows(z: Any) -> Any:
        z = _inexact(z)
        if z.ndim > 2:
            raise ValueError(f"cov: at most 2 dimensions, not {z.ndim}")
        if z.ndim < 2:
            return reshape(z, (1, -1))
        return z if rowvar else matrix_transpose(z)

    x = rows(x) if y is None else concat([rows(x), rows(y)])
    weights: Any = None
    for given in (fweights, aweights):
        if given is not None:
            given = asarray(given, dtype=ew.real(x).dtype, device=x.device)
            weights = given if weights is None else weights * given
    if ddof is None:
        ddof = 0 if bias else 1
    total: Any
    if weights is None:
        total = x.shape[1]
        factor = total - ddof
        centre: Any = stats.mean(x, axis=1, keepdims=True)
        weighted = x - centre
    else:
        total = stats.sum(weights)
        average = stats.sum(x * weights, axis=1, keepdims=True) / total
        factor = total - ddof
        if aweights is not None:
            factor = total - ddof * stats.sum(weights * asarray(aweights, dtype=weights.dtype, device=x.device)) / total
        weighted = (x - average) * weights
        centre = average
    product: Any = matmul(weighted, matrix_transpose(ew.conj(x - centre) if x.dtype.kind == "c" else x - centre))
    # Without degrees of freedom it is unknown.
    if isinstance(factor, (int, float)):
        factor = factor if factor > 0 else math.nan
    else:
        factor = where(factor > 0, factor, math.nan)
    product = product / factor
    return product[0, 0] if product.shape == (1, 1) else product  # type: ignore[no-any-return]


def corrcoef(x: Any, /, y: Any = None, rowvar: bool = True) -> Tensor:
    """Give the matrix of Pearson's correlation coefficients.

    Parameters
    ----------
    x : up to two dimensions: a row for each variable, a column for each observation
    y : more variables, in the same form
    rowvar : False: the variables are in columns

    Returns
    -------
    A matrix, Hermitian, with ones on its diagonal; without a dimension for one variable.

    Derivative: that of the covariances, divided; NaN where a variable does not vary, as the result is.

    Source: numpy, corrcoef.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.corrcoef(xp.asarray([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    c: Any = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c  # type: ignore[no-any-return]
    scale = sqrt(ew.real(diagonal(c)))
    c = c / scale[:, None] / scale[None, :]
    # What rounding adds beyond 1 is taken away, and the derivative stays that of the quotient.
    beyond = _untracked(lambda: clip(ew.real(c), -1, 1) - ew.real(c))
    if c.dtype.kind == "c":
        beyond = beyond + 1j * _untracked(lambda: clip(ew.imag(c), -1, 1) - ew.imag(c))
    return c + beyond  # type: ignore[no-any-return]


def one_hot(x: Any, /, num_classes: int, *, dtype: Any = None, axis: int = -1) -> Tensor:
    """Give vectors that are one at the index which `x` says and zero elsewhere.

    Parameters
    ----------
    x : integer; an index outside of [0, num_classes) gives zeros
    num_classes : the length of the new axis
    dtype : the data type; None stands for the default floating-point one
    axis : where the new axis stands in the result

    Returns
    -------
    One dimension more than `x`.

    Derivative: none; the result tracks nothing.

    Source: array_api_extra, one_hot.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.one_hot(xp.asarray([1, 0]), 3)
    Tensor([[0., 1., 0.],
            [1., 0., 0.]])
    """
    x = as_tensor(x)
    if x.dtype.kind not in "iu":
        raise TypeError(f"one_hot: x must be integer, not {x.dtype}")
    dtype = default_dtypes_of(x.device)["real floating"] if dtype is None else as_dtype(dtype)
    hot: Any = x[..., None] == arange(num_classes, dtype=x.dtype, device=x.device)
    return moveaxis(astype(hot, dtype), -1, axis)


# ---- shapes


def transpose(x: Any, /, axes: Any = None) -> Tensor:
    """Put the axes in another order, by default the reverse one.

    Parameters
    ----------
    x : any data type
    axes : for each axis of the result the axis of `x` it was

    Returns
    -------
    The data type of `x`; a view with its axes permuted.

    Derivative: the cotangent with its axes permuted back.

    Source: numpy, transpose.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.transpose(xp.ones((2, 3, 4))).shape
    (4, 3, 2)
    """
    x = as_tensor(x)
    return permute_dims(x, tuple(range(x.ndim))[::-1] if axes is None else axes)


def diag(x: Any, /, k: int = 0) -> Tensor:
    """Give the matrix with a diagonal, or the diagonal of a matrix.

    Parameters
    ----------
    x : one dimension, or two
    k : which diagonal; above the main one where it is positive

    Returns
    -------
    The data type of `x`; two dimensions, or one.

    Derivative: the diagonal of the cotangent, or the matrix with the cotangent on the diagonal.

    Source: numpy, diag.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.diag(xp.asarray([1.0, 2.0]), k=1)
    Tensor([[0., 1., 0.],
            [0., 0., 2.],
            [0., 0., 0.]])
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, offset=k)
    if x.ndim != 1:
        raise ValueError(f"diag: x has one dimension or two, not {x.ndim}")
    along = arange(x.shape[0], device=x.device)
    size = x.shape[0] + abs(k)
    return scatter_add(x, (along + max(-k, 0), along + max(k, 0)), (size, size))


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """How many elements to add before and behind every axis, from the forms that NumPy takes."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[as_axis("pad", axis, ndim)] = _widths(width, 1)[0]
        return pairs
    if hasattr(pad_width, "tolist"):
        pad_width = pad_width.tolist()
    if hasattr(pad_width, "__index__"):
        return [(index(pad_width),) * 2] * ndim
    try:
        flat = all(hasattr(width, "__index__") for width in pad_width)
        given = [[index(n) for n in width] for width in ([pad_width] if flat else pad_width)]
    except TypeError:
        raise TypeError(f"pad: widths are integers, pairs of them or a pair for each axis, not {pad_width!r}") from None
    if any(len(width) not in (1, 2) for width in given):
        raise ValueError(f"pad: the widths of an axis are a pair, (before, behind), and in {pad_width} they are not")
    pairs = [(width[0], width[-1]) for width in given]
    pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim:
        raise ValueError(f"pad: there are {len(pairs)} pairs of widths for {ndim} axes")
    return pairs


def pad(x: Any, pad_width: Any, /, mode: str = "constant", *, constant_values: Any = 0) -> Tensor:
    """Add elements before and behind along every axis.

    Parameters
    ----------
    x : any data type
    pad_width : how many: an integer, a pair (before, behind), a pair for each axis, or a dictionary of these by axis
    mode : "constant", "edge", "reflect", "symmetric" or "wrap"
    constant_values : the number (or tensor without dimensions) added in mode "constant"

    Returns
    -------
    The data type of `x`; the longer shape.

    Raises
    ------
    ValueError : there is no such mode, a width is negative, or an axis is empty and its elements are asked for.

    Derivative: elements that occur several times get the sum of their cotangents.

    Source: numpy, pad.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.pad(xp.asarray([1.0, 2.0, 3.0]), (1, 2))
    Tensor([0., 1., 2., 3., 0., 0.])
    >>> xp.pad(xp.asarray([1.0, 2.0, 3.0]), (1, 2), mode="reflect")
    Tensor([2., 1., 2., 3., 2., 1.])
    """
    x = as_tensor(x)
    widths = _widths(pad_width, x.ndim)
    if any(n < 0 for pair in widths for n in pair):
        raise ValueError(f"pad: widths are not negative, as in {pad_width}")
    if mode == "constant":
        shape = tuple([a + n + b for (a, b), n in zip(widths, x.shape, strict=True)])
        around = full(shape, constant_values, dtype=x.dtype, device=x.device)
        return set_item(around, tuple([slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True)]), x)
    if mode not in _FOLDS:
        raise ValueError(f"pad: there is no mode {mode!r}; there are 'constant', {', '.join(map(repr, _FOLDS))}")
    for axis, (before, behind) in enumerate(widths):
        n = x.shape[axis]
        if before or behind:
            if not n:
                raise ValueError(f"pad: mode {mode!r} has nothing to repeat along the empty axis {axis}")
            x = take(x, asarray([_FOLDS[mode](i, n) for i in range(-before, n + behind)], device=x.device), axis=axis)
    return x  # type: ignore[no-any-return]


# Which element stands at an index outside.
_FOLDS: dict[str, Callable[[int, int], int]] = {
    "edge": lambda i, n: min(max(i, 0), n - 1),
    "reflect": lambda i, n: abs((i + n - 1) % (2 * n - 2) - (n - 1)) if n > 1 else 0,
    "symmetric": lambda i, n: min(i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "wrap": lambda i, n: i % n,
}


def _windows_transpose(xp: Any, g: Any, y: Any, x: Any, /, length: int, axis: int) -> Any:
    return within(xp, _overlap_add, g, length, axis, x.shape)


@linear(transpose=_windows_transpose, view=True)
def _windows(xp: Any, x: Any, /, length: int, axis: int) -> Tensor:
    return xp.sliding_windows(x, length, axis)  # type: ignore[no-any-return]


@linear(transpose=lambda xp, g, y, windows, /, length, axis, shape: within(xp, _windows, g, length, axis))
def _overlap_add(xp: Any, windows: Any, /, length: int, axis: int, shape: tuple[int, ...]) -> Tensor:
    """The adjoint of `_windows`: as many additions of slices as a window, or the axis of positions, is long."""
    positions = shape[axis] - length + 1
    total: Any = None
    if length <= positions:
        for k in range(length):
            key = (slice(None),) * axis + (slice(k, k + positions), ...)
            total = xp.scatter_add(windows[..., k], key, shape, out=total)
    else:
        last = xp.moveaxis(windows, -1, axis + 1)
        for p in range(positions):
            key = (slice(None),) * axis + (slice(p, p + length), ...)
            total = xp.scatter_add(last[(slice(None),) * axis + (p, ...)], key, shape, out=total)
    return xp.zeros(shape, dtype=windows.dtype, device=windows.device) if total is None else total  # type: ignore[no-any-return]


def sliding_window_view(x: Any, /, window_shape: Any, axis: Any = None) -> Tensor:
    """Give every window of a shape, with the axes of the windows behind those of their positions.

    Parameters
    ----------
    x : any data type
    window_shape : the window's length along each of the axes
    axis : the axis or axes that the window goes along; None stands for all. An axis may be named repeatedly.

    Returns
    -------
    The data type of `x`; a view that shows elements several times and refuses writes.

    Raises
    ------
    ValueError : a window is longer than its axis, or the numbers of lengths and axes differ.

    Derivative: the cotangents of all windows that hold an element, added up.

    Source: numpy.lib.stride_tricks, sliding_window_view.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.sliding_window_view(xp.asarray([1.0, 2.0, 3.0]), 2)
    Tensor([[1., 2.],
            [2., 3.]])
    """
    x = as_tensor(x)
    lengths = as_shape(window_shape)
    axes = (
        tuple(range(x.ndim))
        if axis is None
        else tuple([as_axis("sliding_window_view", a, x.ndim) for a in as_shape(axis)])
    )
    if len(axes) != len(lengths):
        raise ValueError(f"sliding_window_view: {len(lengths)} lengths for {len(axes)} axes")
    for at, length in zip(axes, lengths, strict=True):
        if length < 0 or length > x.shape[at]:
            raise ValueError(f"sliding_window_view: no window of length {length} along an axis of length {x.shape[at]}")
        x = _windows(x, length, at)
    return x  # type: ignore[no-any-return]


def kron(a: Any, b: Any, /) -> Tensor:
    """Give the Kronecker product.

    Parameters
    ----------
    a, b : numeric

    Returns
    -------
    The promoted data type; for every axis the product of the lengths.

    Derivative: of the products it is made of.

    Source: numpy, kron.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.kron(xp.asarray([1.0, 10.0]), xp.asarray([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """
    a, b = as_tensor(a), as_tensor(b)
    ndim = max(a.ndim, b.ndim)
    shapes = [(1,) * (ndim - z.ndim) + z.shape for z in (a, b)]
    left = reshape(a, [n for size in shapes[0] for n in (size, 1)])
    right = reshape(b, [n for size in shapes[1] for n in (1, size)])
    return reshape(ew.multiply(left, right), [m * n for m, n in zip(*shapes, strict=True)])


# ---- einsum


def _parse_einsum(args: Sequence[Any]) -> tuple[list[list[Any]], list[Any] | None, list[Any]]:
    """The labels of the operands and of the output (None: left open), and the operands; `...` is a label of its own."""
    if isinstance(args[0], str):
        inputs, arrow, output = args[0].replace(" ", "").partition("->")
        tensors = [as_tensor(x) for x in args[1:]]

        def labels(text: str) -> list[Any]:
            parts = text.split("...")
            if len(parts) > 2 or not all(c.isalpha() for c in "".join(parts)):
                raise ValueError(f"einsum: {text!r} holds something else than letters and one '...'")
            return list(parts[0]) if len(parts) == 1 else [*parts[0], Ellipsis, *parts[1]]

        terms = [labels(text) for text in inputs.split(",")]
        out = labels(output) if arrow else None
    else:
        rest = list(args)
        out = list(rest.pop()) if len(rest) % 2 else None
        tensors = [as_tensor(x) for x in rest[::2]]
        terms = [list(term) for term in rest[1::2]]
    if len(terms) != len(tensors):
        raise ValueError(f"einsum: there are subscripts for {len(terms)} operands, and {len(tensors)} operands")
    return terms, out, tensors


def _expand_ellipsis(
    terms: list[list[Any]], out: list[Any] | None, tensors: list[Any]
) -> tuple[list[list[Any]], list[Any]]:
    """Labels for every axis: those that `...` stands for are (0, k), the k-th axis from behind."""
    full_terms, most = [], 0
    for term, x in zip(terms, tensors, strict=True):
        count = x.ndim - len(term) + (Ellipsis in term)
        if count < 0 or (count and Ellipsis not in term):
            raise ValueError(f"einsum: subscripts for {len(term)} axes of an operand of {x.ndim} dimensions")
        most = max(most, count)
        full_terms.append([y for c in term for y in ([(0, k) for k in range(count, 0, -1)] if c is Ellipsis else [c])])
    broadcast = [(0, k) for k in range(most, 0, -1)]
    if out is None:
        flat = [c for term in full_terms for c in term]
        out = [*broadcast, *sorted([c for c in set(flat) if flat.count(c) == 1 and not isinstance(c, tuple)])]
    else:
        out = [y for c in out for y in (broadcast if c is Ellipsis else [c])]
    unknown = [c for c in out if not any(c in term for term in full_terms)]
    if unknown or len(set(out)) < len(out):
        raise ValueError(f"einsum: output subscripts {unknown or out} occur in no operand, or twice")
    return full_terms, out


def _reduce_term(x: Any, term: list[Any], keep: set[Any], sizes: dict[Any, int]) -> tuple[Any, list[Any]]:
    """Take diagonals where a label occurs twice, and sum over labels that nobody else needs."""
    while len(set(term)) < len(term):
        label = next(c for c in term if term.count(c) > 1)
        i = term.index(label)
        j = term.index(label, i + 1)
        rest = [c for k, c in enumerate(term) if k not in (i, j)]
        x = diagonal(permute_dims(x, (*[k for k in range(len(term)) if k not in (i, j)], i, j)))
        term = [*rest, label]
    # An axis of length one stands for any length: it is left out, and what is left is broadcast.
    narrow = [k for k, c in enumerate(term) if x.shape[k] == 1 and sizes[c] != 1]
    if narrow:
        x = reshape(x, [n for k, n in enumerate(x.shape) if k not in narrow])
        term = [c for k, c in enumerate(term) if k not in narrow]
    alone = tuple([k for k, c in enumerate(term) if c not in keep])
    if alone:
        x = stats.sum(x, axis=alone, dtype=x.dtype)
        term = [c for c in term if c in keep]
    return x, term


def _contract(a: Any, a_term: list[Any], b: Any, b_term: list[Any], keep: set[Any]) -> tuple[Any, list[Any]]:
    """The product of two operands, summed over the labels that nobody keeps: one stack of matrix products."""
    shared = [c for c in a_term if c in b_term]
    batch = [c for c in shared if c in keep]
    summed = [c for c in shared if c not in keep]
    a_free = [c for c in a_term if c not in shared]
    b_free = [c for c in b_term if c not in shared]
    a_size = dict(zip(a_term, a.shape, strict=True))
    b_size = dict(zip(b_term, b.shape, strict=True))
    a = permute_dims(a, tuple([a_term.index(c) for c in (*batch, *a_free, *summed)]))
    b = permute_dims(b, tuple([b_term.index(c) for c in (*batch, *summed, *b_free)]))
    lengths = [a_size[c] for c in batch]
    shape = [*lengths, *[a_size[c] for c in a_free], *[b_size[c] for c in b_free]]
    term = [*batch, *a_free, *b_free]
    if not summed:
        left = reshape(a, [*a.shape, *[1] * len(b_free)])
        right = reshape(b, [*lengths, *[1] * len(a_free), *b.shape[len(batch) :]])
        return left * right, term
    m, k, n = (math.prod([s[c] for c in cs]) for s, cs in ((a_size, a_free), (a_size, summed), (b_size, b_free)))
    product = matmul(reshape(a, (*lengths, m, k)), reshape(b, (*lengths, k, n)))
    return reshape(product, shape), term


def _path(terms: list[list[Any]], out: list[Any], sizes: dict[Any, int]) -> list[tuple[int, ...]]:
    """Which operands to contract one after the other: opt_einsum's choice, or the cheapest next pair without it."""
    if len(terms) <= 2:
        return [(0, 1)] * (len(terms) - 1)
    try:
        from opt_einsum.paths import auto
    except ImportError:
        pass
    else:
        chosen = auto([frozenset(term) for term in terms], frozenset(out), sizes)
        return [tuple(pair) for pair in chosen]
    left = [set(term) for term in terms]
    path: list[tuple[int, ...]] = []
    while len(left) > 1:

        def cost(pair: tuple[int, int]) -> int:
            return math.prod([sizes[c] for c in left[pair[0]] | left[pair[1]]])

        i, j = min([(i, j) for j in range(len(left)) for i in range(j)], key=cost)
        path.append((i, j))
        second, first = left.pop(j), left.pop(i)
        left.append((first | second) & set(out).union(*left))
    return path


def einsum(*operands: Any, optimize: Any = True) -> Tensor:
    """Multiply tensors and sum over axes, as subscripts say.

    Two operands at a time become one stack of matrix products; for more than two, `opt_einsum` chooses the order if it
    is installed, and the cheapest next pair is taken if not.

    Parameters
    ----------
    operands : the subscripts, such as "ij,jk->ik" with "..." for further axes, and a tensor for each term; or tensors
        and sequences of labels in turns, and the labels of the output
    optimize : False takes the operands from left to right

    Returns
    -------
    The promoted data type; the axes of the output's labels, which are in alphabetical order if left out.

    Raises
    ------
    ValueError : the subscripts do not fit each other or the operands.

    Derivative: of the products and sums it is made of.

    Source: numpy, einsum.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> xp.einsum("ij,kj->ik", x, x)
    Tensor([[ 5., 11.],
            [11., 25.]])
    >>> xp.einsum("ii", x)
    Tensor(5.)
    """
    if not operands:
        raise ValueError("einsum: there are no operands")
    terms, output, tensors = _parse_einsum(operands)
    terms, out = _expand_ellipsis(terms, output, tensors)
    sizes: dict[Any, int] = {}
    for term, x in zip(terms, tensors, strict=True):
        for label, n in zip(term, x.shape, strict=True):
            if n != 1 and sizes.get(label, 1) not in (1, n):
                raise ValueError(f"einsum: {label!r} stands for {sizes[label]} and {n} elements")
            sizes[label] = n if n != 1 else sizes.get(label, 1)
        # One element stands for any number beside another operand; a diagonal takes it for itself.
        if len(set(zip(term, x.shape, strict=True))) > len(set(term)):
            raise ValueError(f"einsum: the axes of a diagonal differ in shape {x.shape}")
    dtype = result_type(*tensors)
    tensors = [astype(x, dtype, copy=False) for x in tensors]
    path = _path(terms, out, sizes) if optimize is not False else [(0, 1)] * (len(terms) - 1)
    for pair in path:
        picked = [(tensors.pop(i), terms.pop(i)) for i in sorted(pair, reverse=True)][::-1]
        x, term = picked[0]
        for number, (y, y_term) in enumerate(picked[1:], 2):
            keep = set(out).union(*terms, *[t for _, t in picked[number:]])
            x, term = _reduce_term(x, term, keep | set(y_term), sizes)
            y, y_term = _reduce_term(y, y_term, keep | set(term), sizes)
            x, term = _contract(x, term, y, y_term, keep)
        # What is left goes to the front when operands are taken in turn, and to the back on a path.
        tensors.insert(0 if optimize is False else len(tensors), x)
        terms.insert(0 if optimize is False else len(terms), term)
    x, term = _reduce_term(tensors[0], terms[0], set(out), sizes)
    x = permute_dims(x, tuple([term.index(c) for c in out if c in term]))
    if len(term) < len(out):  # labels of length one everywhere they occurred
        x = reshape(x, [1 if c not in term else sizes[c] for c in out])
    shape = tuple([sizes[c] for c in out])
    return x if x.shape == shape else broadcast_to(x, shape)


# ---- functions of a variable


def logspace(
    start: Any,
    stop: Any,
    /,
    num: int = 50,
    *,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Make values that are evenly spaced on a logarithmic scale, from `base**start` to `base**stop`.

    Parameters
    ----------
    start, stop : the exponents: numbers or tensors
    num : how many values
    endpoint : whether `base**stop` is the last value, or the one that would come next
    base : a number or a tensor
    dtype, device : as `linspace`

    Returns
    -------
    One dimension of length `num`, before those that `start` and `stop` have.

    Derivative: of `base**linspace(start, stop)` in whatever is a tensor.

    Source: numpy, logspace.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.logspace(0, 2, 3)
    Tensor([  1.,  10., 100.])
    """
    exponents: Any = linspace(start, stop, num, endpoint=endpoint, device=device)
    values = ew.pow(base, exponents)
    return values if dtype is None else astype(values, dtype)


def _slices(axis: int, ndim: int) -> Callable[..., Any]:
    """Makes keys that slice an axis."""
    return lambda *bounds: (slice(None),) * axis + (slice(*bounds),) + (slice(None),) * (ndim - axis - 1)


def _gradient_along(x: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    at = _slices(axis, x.ndim)
    n = x.shape[axis]
    if n < edge_order + 1:
        raise ValueError(f"gradient: axis {axis} needs at least {edge_order + 1} elements, not {n}")
    uniform = not getattr(spacing, "ndim", 0)
    if not uniform:
        if spacing.shape != (n,):
            raise ValueError(f"gradient: {spacing.shape} coordinates for axis {axis} of length {n}")
        steps = reshape(spacing[1:] - spacing[:-1], (1,) * axis + (-1,) + (1,) * (x.ndim - axis - 1))
    else:
        steps = spacing * ones((1,) * axis + (n - 1,) + (1,) * (x.ndim - axis - 1), dtype=x.dtype, device=x.device)
    slopes = (x[at(1, None)] - x[at(None, -1)]) / steps
    if n == 2:
        return concat([slopes, slopes], axis=axis)
    left, right = steps[at(None, -1)], steps[at(1, None)]
    if uniform:  # the element in the middle has no part in it
        inner = (x[at(2, None)] - x[at(None, -2)]) / (left + right)
    else:
        inner = (right * slopes[at(None, -1)] + left * slopes[at(1, None)]) / (left + right)
    first, last = slopes[at(None, 1)], slopes[at(-1, None)]
    if edge_order == 2:
        # The slope of the parabola through the last three points.
        h0, h1 = left[at(None, 1)], right[at(None, 1)]
        first = first + (first - slopes[at(1, 2)]) * (h0 / (h0 + h1))
        h0, h1 = right[at(-1, None)], left[at(-1, None)]
        last = last + (last - slopes[at(-2, -1)]) * (h0 / (h0 + h1))
    return concat([first, inner, last], axis=axis)


def gradient(x: Any, /, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Give the slope of sampled values: central differences inside, one-sided ones at the edges.

    Parameters
    ----------
    x : real or complex
    spacing : the distance of the samples for all axes, or for each; or their coordinates along each
    axis : the axis or axes; None stands for all
    edge_order : 1 takes two samples at the edges, 2 three

    Returns
    -------
    The data type and the shape of `x`; for several axes a tuple with one for each.

    Raises
    ------
    ValueError : an axis is too short, or the spacing does not fit.

    Derivative: of the differences it is made of, in the values and in the spacing.

    Source: numpy, gradient.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.gradient(xp.asarray([0.0, 1.0, 4.0, 9.0]))
    Tensor([1., 2., 4., 5.])
    """
    x = _inexact(x)
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order={edge_order} is neither 1 nor 2")
    axes = tuple(range(x.ndim)) if axis is None else as_axes("gradient", axis, x.ndim)
    given = list(spacing) or [1.0]
    given = given * len(axes) if len(given) == 1 else given
    if len(given) != len(axes):
        raise ValueError(f"gradient: {len(given)} spacings for {len(axes)} axes")
    given = [h if isinstance(h, (int, float)) else asarray(h, device=x.device) for h in given]
    parts = [_gradient_along(x, h, a, edge_order) for a, h in zip(axes, given, strict=True)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def interp(x: Any, xp: Any, fp: Any, /, left: Any = None, right: Any = None, period: Any = None) -> Tensor:
    """Interpolate linearly between samples.

    Parameters
    ----------
    x : where to
    xp : the samples' places, one dimension in ascending order (any order with `period`)
    fp : the values there, real or complex
    left, right : the values outside of the samples; None takes the first and the last one
    period : of the places, if they are periodic

    Returns
    -------
    The shape of `x`.

    Raises
    ------
    ValueError : there is no sample, or the lengths of `xp` and `fp` differ.

    Derivative: the slope for `x`, its weights for the values, and what follows for the places; at a place the slope to
    its right.

    Source: numpy, interp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.interp(xp.asarray([0.5, 5.0]), xp.asarray([0.0, 1.0]), xp.asarray([10.0, 20.0]))
    Tensor([15., 20.])
    """
    first: Any = next((z for z in (x, xp, fp) if isinstance(z, core.Handle)), None)
    device = None if first is None else first.device
    x, places, values = (_inexact(asarray(z, device=device)) for z in (x, xp, fp))
    if places.ndim != 1 or places.shape != values.shape or not places.size:
        raise ValueError(f"interp: places of shape {places.shape} and values of shape {values.shape}")
    if period is not None:
        x, places = ew.remainder(x, period), ew.remainder(places, period)
        order = core.namespace.argsort(places)
        places, values = take(places, order), take(values, order)
        places = concat([places[-1:] - period, places, places[:1] + period])
        values = concat([values[-1:], values, values[:1]])
    values = astype(values, result_type(x, places, values), copy=False)  # their differences are rounded as the result
    n = places.shape[0]
    if n == 1:
        y: Any = values[0] + 0 * x
    else:
        at = clip(searchsorted(places, x, side="right") - 1, 0, n - 2)
        # The line of an interval starts at its left end, and for the last place there: every place gives its value.
        start = at + astype(x == places[-1], at.dtype)
        gap = places[at + 1] - places[at]
        way = (x - places[start]) / where(gap == 0, 1, gap)
        rise = values[at + 1] - values[at]
        y = values[start] + where((way == 0) & ~ew.isfinite(rise), 0, rise) * way
    low = values[0] if left is None else left
    high = values[-1] if right is None else right
    y = where(x < places[0], low, where(x > places[-1], high, y))
    return where(isnan(x), x, y)


def convolve(a: Any, v: Any, /, mode: str = "full") -> Tensor:
    """Give the convolution of two sequences, `sum(a[k] * v[n - k])` over k.

    Where both have more than 500 floating-point elements it is computed by Fourier transforms: rounding errors are
    then relative to the largest sum of products, not to each, and NaN or an infinite element reaches all.

    Parameters
    ----------
    a, v : one dimension, not empty
    mode : "full" gives every n where they overlap, "same" the middle ones, as many as the longer has elements, "valid"
        those where they overlap completely

    Returns
    -------
    The promoted data type.

    Raises
    ------
    ValueError : a sequence is empty or has not one dimension; there is no such mode.

    Derivative: for each sequence the cotangent, correlated with the other one.

    Source: numpy, convolve.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.convolve(xp.asarray([1.0, 2.0, 3.0]), xp.asarray([1.0, 1.0]))
    Tensor([1., 3., 5., 3.])
    """
    a, v = as_tensor(a), as_tensor(v)
    if a.ndim > 1 or v.ndim > 1 or not a.size or not v.size:
        raise ValueError(f"convolve: two sequences that are not empty, not {a.shape} and {v.shape}")
    a, v = reshape(a, -1), reshape(v, -1)
    if v.shape[0] > a.shape[0]:
        a, v = v, a
    n, m = a.shape[0], v.shape[0]
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"convolve: there is no mode {mode!r}; there are 'full', 'same' and 'valid'")
    inexact = isdtype(result_type(a, v), ("real floating", "complex floating"))
    if inexact and m > 500:
        # Windows would take n times m elements; transforms are quicker from here on.
        dtype = result_type(a, v)
        product = ifft(
            fft(astype(a, _complex(a), copy=False), n=n + m - 1) * fft(astype(v, _complex(v), copy=False), n=n + m - 1)
        )
        y: Any = product if dtype.kind == "c" else ew.real(product)
        y = astype(y, dtype, copy=False)
    else:
        y = matmul(sliding_window_view(pad(a, m - 1), m), flip(v))
    if mode == "full":
        return y  # type: ignore[no-any-return]
    start = (m - 1) // 2 if mode == "same" else m - 1
    return y[start : start + (n if mode == "same" else n - m + 1)]  # type: ignore[no-any-return]


def _complex(x: Any) -> Any:
    return result_type(x.dtype, "complex64")


def correlate(a: Any, v: Any, /, mode: str = "valid") -> Tensor:
    """Give the cross-correlation of two sequences, `sum(a[n + k] * conj(v[k]))` over k.

    Parameters and result are those of `convolve`.

    Derivative: for `a` the cotangent convolved with `v`, for `v` the correlation of `a` with the cotangent.

    Source: numpy, correlate.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.correlate(xp.asarray([1.0, 2.0, 3.0]), xp.asarray([0.0, 1.0]))
    Tensor([2., 3.])
    """
    a, v = as_tensor(a), as_tensor(v)
    swapped = v.size > a.size
    v = flip(ew.conj(v))
    y: Any = convolve(a, v, mode)
    if mode == "same" and swapped and a.size % 2 == 0:
        full_y: Any = convolve(a, v, "full")
        start = a.size // 2
        return full_y[start : start + v.size]  # type: ignore[no-any-return]
    return y  # type: ignore[no-any-return]


# ---- functions of matrices


# The coefficients of the numerator of exp's diagonal Pade approximant of degree 13, from power 0 on.
_PADE = list(accumulate([(13 - k) / ((26 - k) * (k + 1)) for k in range(13)], mul, initial=1.0))
# Up to this 1-norm the approximant and its derivative are right to double precision.
_PADE_RADIUS = 4.74


def expm(x: Any, /) -> Tensor:
    """Give the matrix exponential.

    Parameters
    ----------
    x : square matrices, real or complex, of any kind

    Returns
    -------
    The shape of `x`.

    Derivative: that of the approximant which is computed, a rational function with scaling and squaring, which agrees
    with the exponential's to rounding.

    Source: scipy.linalg, expm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.expm(xp.asarray([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])
    """
    x = _square("expm", x)
    n = x.shape[-1]
    if not n:
        return x  # type: ignore[no-any-return]
    norms = _untracked(lambda: stats.max(stats.sum(ew.abs(x), axis=-2), axis=-1))
    halvings = _untracked(lambda: maximum(ew.ceil(ew.log2(maximum(norms, 1e-30) / _PADE_RADIUS)), 0.0))
    halvings = where(ew.isfinite(halvings), halvings, 0.0)
    a = x * ew.pow(2.0, -halvings)[..., None, None]
    square = a @ a
    even, odd = zeros_like(a), zeros_like(a)
    one = eye(n, dtype=x.dtype, device=x.device)
    for power in range(12, -1, -2):
        even = even @ square + _PADE[power] * one
        odd = odd @ square + _PADE[power + 1] * one
    odd = a @ odd
    y: Any = solve(even - odd, even + odd)
    for k in range(int(stats.max(halvings)) if norms.size else 0):
        y = where((halvings > k)[..., None, None], y @ y, y)
    return y  # type: ignore[no-any-return]


def _square(name: str, x: Any) -> Any:
    x = _inexact(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"{name}: square matrices are needed, not shape {x.shape}")
    return x


def _hermitian(x: Any) -> Any:
    return 0.5 * (x + matrix_transpose(ew.conj(x) if x.dtype.kind == "c" else x))


def _adjoint(xp: Any, x: Any) -> Any:
    return xp.matrix_transpose(xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x)


def _lyapunov_joint(xp: Any, needs: Sequence[bool], g: Any, y: Any, m: Any, c: Any, /) -> tuple[Any, Any]:
    s = within(xp, _lyapunov, m, g)
    t = _adjoint(xp, y)
    return -(s @ t + t @ s) if needs[0] else None, s


def _careful_lyapunov(
    rule: Any, needs: Any, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    return [None if c is None else unless_unused(xp, g, c) for c in rule(xp, needs, g, y, *operands)]


@op(joint=_lyapunov_joint, careful=_careful_lyapunov)
def _lyapunov(xp: Any, m: Any, c: Any, /) -> Tensor:
    """The solution x of `m x + x m = c` for a Hermitian m without opposite eigenvalues."""
    w, v = xp.linalg.eigh(m)
    inner = xp.safe_multiply(_adjoint(xp, v) @ c @ v, 1 / (w[..., :, None] + w[..., None, :]))
    return v @ inner @ _adjoint(xp, v)  # type: ignore[no-any-return]


@op(vjps=(lambda xp, g, y, x, /: within(xp, _lyapunov, y, g),), careful=careful_matrix)
def _sqrtm(xp: Any, x: Any, /) -> Tensor:
    if x.shape[-1] == 0:
        return xp.zeros_like(x)  # type: ignore[no-any-return]
    w, v = xp.linalg.eigh(x)
    # A semidefinite matrix has eigenvalues that rounding may have made negative.
    w = xp.where(xp.abs(w) <= 16 * xp.finfo(w.dtype).eps * xp.max(xp.abs(w), axis=-1, keepdims=True), xp.abs(w), w)
    root = xp.sqrt(xp.where(w < 0, xp.nan, w))
    return (v * xp.astype(root, v.dtype)[..., None, :]) @ _adjoint(xp, v)  # type: ignore[no-any-return]


def sqrtm(x: Any, /) -> Tensor:
    """Give the square root of symmetric or Hermitian matrices.

    Parameters
    ----------
    x : square matrices, positive semidefinite; of others the Hermitian part is taken

    Returns
    -------
    The shape of `x`; NaN where an eigenvalue is negative.

    Derivative: the solution s of `y s + s y = g`, which is right for equal eigenvalues too, in every order. It does not
    exist where an eigenvalue is zero.

    Source: scipy.linalg, sqrtm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.sqrtm(xp.asarray([[4.0, 0.0], [0.0, 9.0]]))
    Tensor([[2., 0.],
            [0., 3.]])
    """
    return _sqrtm(_hermitian(_square("sqrtm", x)))


# Nodes and weights of Gauss' rule with seven points on [0, 1], the first half of them: log(1 + z) is the integral of
# z / (1 + t z) over t, and the rule gives its diagonal Pade approximant, right to double precision for |z| < 0.25.
_GAUSS = (
    (0.025446043828620757, 0.06474248308443484),
    (0.12923440720030277, 0.13985269574463832),
    (0.2970774243113014, 0.19091502525255949),
    (0.5, 0.20897959183673470),
)


def logm(x: Any, /) -> Tensor:
    """Give the logarithm of symmetric or Hermitian matrices.

    Parameters
    ----------
    x : square matrices, positive definite; of others the Hermitian part is taken

    Returns
    -------
    The shape of `x`; NaN where an eigenvalue is not positive.

    Derivative: of the square roots and the rational function that are computed, right for equal eigenvalues too, in
    every order.

    Source: scipy.linalg, logm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.logm(xp.asarray([[1.0, 0.0], [0.0, xp.e]]))[1, 1].item()
    1.0
    """
    x = _hermitian(_square("logm", x))
    if not x.size:
        return x  # type: ignore[no-any-return]
    w = _untracked(lambda: eigvalsh(x))
    good: Any = (stats.min(w, axis=-1) > 0)[..., None, None]
    spread = _untracked(lambda: stats.max(ew.abs(log(where((w > 0) & ew.isfinite(w), w, 1)))).item())
    roots = max(0, math.ceil(math.log2(spread / 0.22))) if spread else 0
    one = eye(x.shape[-1], dtype=x.dtype, device=x.device)
    root: Any = where(good, x, one)
    for _ in range(roots):
        root = sqrtm(root)
    z = root - one
    pairs = [*_GAUSS, *[(1 - t, weight) for t, weight in _GAUSS[:-1]]]
    y: Any = sum(weight * solve(one + t * z, z) for t, weight in pairs)
    return where(good, _hermitian(2.0**roots * y), math.nan * x)
