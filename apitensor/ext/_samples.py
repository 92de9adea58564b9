"""Samples of a function of one variable: where they are taken, slopes, values in between, convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._standard import elementwise as ew
from apitensor._standard.creation import asarray, linspace, ones
from apitensor._standard.data_types import astype, result_type
from apitensor._standard.elementwise import clip, complex_of, isnan
from apitensor._standard.indexing import take
from apitensor._standard.linear_algebra import matmul
from apitensor._standard.manipulation import as_axes, as_tensor, concat, flip, reshape
from apitensor._standard.searching import searchsorted, where
from apitensor._standard.sorting import argsort
from apitensor.fft import fft, ifft

from ._common import inexact
from ._shapes import pad, sliding_window_view

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


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
    x = inexact(x)
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
    TypeError : a place is complex.
    ValueError : there is no sample, or the lengths of `xp` and `fp` differ.

    Derivative: the slope for `x`, its weights for the values, and what follows for the places; at a place the slope to
    its right. Beside an infinite value the result is infinite, and between infinities of both signs NaN.

    Source: numpy, interp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.interp(xp.asarray([0.5, 5.0]), xp.asarray([0.0, 1.0]), xp.asarray([10.0, 20.0]))
    Tensor([15., 20.])
    """
    first: Any = next((z for z in (x, xp, fp) if isinstance(z, core.Handle)), None)
    device = None if first is None else first.device
    x, places, values = (inexact(asarray(z, device=device)) for z in (x, xp, fp))
    if "c" in (x.dtype.kind, places.dtype.kind):
        raise TypeError("interp: places are real; only the values may be complex")
    if places.ndim != 1 or places.shape != values.shape or not places.size:
        raise ValueError(f"interp: places of shape {places.shape} and values of shape {values.shape}")
    if period is not None:
        x, places = ew.remainder(x, period), ew.remainder(places, period)
        order = argsort(places)
        places, values = take(places, order), take(values, order)
        places = concat([places[-1:] - period, places, places[:1] + period])
        values = concat([values[-1:], values, values[:1]])
    values = astype(values, result_type(x, places, values), copy=False)  # their differences are rounded as the result
    low = values[0] if left is None else left
    high = values[-1] if right is None else right
    below, above = x < places[0], x > places[-1]
    inner = where(below | above, places[0], x)
    n = places.shape[0]
    if n == 1:
        y: Any = values[0] + 0 * inner
    else:
        at = clip(searchsorted(places, inner, side="right") - 1, 0, n - 2)
        # The line of an interval starts at its left end, and for the last place there: every place gives its value.
        start = at + astype(inner == places[-1], at.dtype)
        gap = places[at + 1] - places[at]
        way = (inner - places[start]) / where(gap == 0, 1, gap)

        def line(values: Any) -> Any:
            first, second = values[at], values[at + 1]
            same = (first == second) & ew.isinf(first)
            rise = where(same, 0, second) - where(same, 0, first)
            rise = where((way == 0) & ~ew.isfinite(rise), 0, rise)
            # From an infinite value there is no way to another: that one starts at the right end.
            back = ew.isinf(values[start]) & (way != 0)
            return where(back, second, values[start]) + rise * where(back, way - 1, way)

        y = complex_of(line(ew.real(values)), line(ew.imag(values))) if values.dtype.kind == "c" else line(values)
    y = where(below, low, where(above, high, y))
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
    dtype = result_type(a, v)
    if dtype.kind in "fc" and m > 500:
        # Windows would take n times m elements; transforms are quicker from here on.
        product = ifft(
            fft(astype(a, _complex(a), copy=False), n=n + m - 1) * fft(astype(v, _complex(v), copy=False), n=n + m - 1)
        )
        y: Any = product if dtype.kind == "c" else ew.real(product)
        y = astype(y, dtype, copy=False)
    else:
        y = matmul(sliding_window_view(pad(a, m - 1), m), flip(v))
    if mode == "full":
        return y
    start = (m - 1) // 2 if mode == "same" else m - 1
    return y[start : start + (n if mode == "same" else n - m + 1)]


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
        return full_y[start : start + v.size]
    return y
