"""Quantiles and medians, by a sort whose derivative is found without one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import elementwise, op
from apitensor._standard import statistical as stats
from apitensor._standard import utility
from apitensor._standard.creation import asarray
from apitensor._standard.data_types import astype
from apitensor._standard.elementwise import isnan
from apitensor._standard.indexing import add_along_axis
from apitensor._standard.manipulation import (
    as_axes,
    as_tensor,
    broadcast_to,
    expand_dims,
    moveaxis,
    permute_dims,
    reshape,
)
from apitensor._standard.searching import count_nonzero, where

from ._common import inexact, untracked

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def _last(name: str, x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`x` with the axes to reduce joined into the last one, and the axes."""
    axes = tuple(range(x.ndim)) if axis is None else as_axes(name, axis, x.ndim)
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
_STEPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "lower": lambda xp, at, f: xp.zeros_like(f),
    "higher": lambda xp, at, f: xp.astype(f > 0, f.dtype),
    "midpoint": lambda xp, at, f: xp.where(f > 0, 0.5, 0 * f),
    "nearest": lambda xp, at, f: xp.round(at + f) - at,
}
_JUMPS = ("inverted_cdf", "averaged_inverted_cdf", "closest_observation")
_METHODS = (*_CONTINUOUS, *_STEPS, *_JUMPS)


def _place(xp: Any, method: str, n: Any, q: Any) -> tuple[Any, Any]:
    """The index of the element below a quantile, and the fraction of the way to the next one."""
    if method in _CONTINUOUS:
        a, b = _CONTINUOUS[method]
        at = n * q + (a + q * (1 - a - b)) - 1
        low = xp.floor(at)
        return low, at - low
    if method in _STEPS:
        at = q * (n - 1)
        low = xp.floor(at)
        return low, _STEPS[method](xp, low, at - low)
    at = n * q - (1.5 if method == "closest_observation" else 1)
    low = xp.floor(at)
    if method == "closest_observation":
        return low, 1 - xp.astype((at == low) & (xp.remainder(low, 2) == 1), at.dtype)
    beyond = xp.astype(at > low, at.dtype)
    return low, beyond if method == "inverted_cdf" else 0.5 + 0.5 * beyond


def _inside(xp: Any, low: Any, n: Any) -> Any:
    """Below the first element and beyond the last there is none to go to."""
    return (low >= 0) & (low < n - 1)


def _fraction_by_q(xp: Any, g: Any, y: Any, count: Any, q: Any, /, method: str) -> Any:
    if method not in _CONTINUOUS:
        return xp.zeros_like(g[1])
    low, _ = _place(xp, method, count, q)
    return xp.where(_inside(xp, low, count), g[1] * (count + (1 - sum(_CONTINUOUS[method]))), 0)


@op(vjps=(None, _fraction_by_q))
def _places(xp: Any, count: Any, q: Any, /, method: str) -> Any:
    """Where quantiles of `count` sorted elements stand: the elements below and then those above, and the fractions."""
    low, fraction = _place(xp, method, count, q)
    fraction = xp.where(_inside(xp, low, count), fraction, 0)
    top = xp.maximum(count - 1, 0)
    low = xp.clip(low, 0, top)
    return xp.astype(xp.concat([low, xp.minimum(low + 1, top)], axis=-1), xp.int64), fraction


def _on_the_way(xp: Any, below: Any, above: Any, fraction: Any) -> Any:
    # The way starts at the nearer element, which is met exactly; an infinite one is the end of every way to it.
    infinite = xp.isinf(below) | xp.isinf(above)
    up = xp.where(infinite, (fraction == 1) | ((fraction > 0) & (above == math.inf)), fraction >= 0.5)
    way = xp.where(up, fraction - 1, fraction)
    still = infinite & ((way == 0) | (below == above) | xp.isfinite(below) | xp.isfinite(above))
    return xp.where(up, above, below) + way * (xp.where(still, 0, above) - xp.where(still, 0, below))


def _finite(xp: Any, x: Any, other: Any) -> Any:
    return xp.where(xp.isfinite(x) & xp.isfinite(other), x, 0)


_between = elementwise(
    "between",
    lambda xp, y, below, above, fraction: 1 - fraction,
    lambda xp, y, below, above, fraction: fraction,
    lambda xp, y, below, above, fraction: _finite(xp, above, below) - _finite(xp, below, above),
    forward=_on_the_way,
    doc="What stands between two elements.",
)


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
    return xp.take_along_axis(xp.sort(xp.where(xp.isnan(x), math.inf, x), axis=-1), places, axis=-1)


def _of_sorted(x: Any, count: Any, q: Any, method: str) -> Any:
    """Quantiles of the `count` elements that are not NaN, along the last axis: an axis of `q` behind the others."""
    places, fraction = _places(expand_dims(count, -1), reshape(q, (-1,)), method=method)
    found: Any = _sorted_at(x, places)
    m = fraction.shape[-1]
    return _between(found[..., :m], found[..., m:], astype(fraction, x.dtype, copy=False))


def _quantile(name: str, x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip: bool) -> Any:
    if method not in _METHODS:
        raise ValueError(f"{name}: there is no method {method!r}; there are {', '.join(_METHODS)}")
    x = inexact(x)
    q = inexact(asarray(q, device=x.device))
    if "c" in (x.dtype.kind, q.dtype.kind):
        raise TypeError(f"{name}: complex numbers have no order; take real(x), imag(x) or abs(x)")
    if q.ndim > 1:
        raise ValueError(f"{name}: q is a number or has one dimension, not {q.ndim}")
    # Where a test would have to wait for the device nothing is tested.
    if q._backend.host and not untracked(lambda: bool(utility.all((q >= 0) & (q <= 1)))):
        raise ValueError(f"{name}: every q must lie in [0, 1]")
    flat, axes = _last(name, x, axis)
    n = flat.shape[-1]
    if not n:
        raise ValueError(f"{name}: there is no element")
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
    TypeError : `x` or `q` is complex.
    ValueError : there is no element, no such method, or `q` is out of range (tested where the device need not be
        waited for).

    Derivative: the cotangent goes to the two elements by their weights; for `q`, the slope between them.

    Source: numpy, quantile.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.quantile(xp.asarray([4.0, 1.0, 3.0]), 0.25)
    Tensor(2.)
    """
    return _quantile("quantile", x, q, axis, method, keepdims, False)


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
    return _quantile("nanquantile", x, q, axis, method, keepdims, True)


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
    return _median("median", x, axis, keepdims, False)


def _median(name: str, x: Any, axis: Any, keepdims: bool, skip: bool) -> Any:
    x = as_tensor(x)
    if x.size == 0:
        return stats.mean(inexact(x), axis=axis, keepdims=keepdims)
    if skip:
        return _quantile(name, x, 0.5, axis, "linear", keepdims, skip)
    flat, axes = _last(name, inexact(x), axis)
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
    return _median("nanmedian", x, axis, keepdims, True)
