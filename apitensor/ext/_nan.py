"""Reductions that skip NaN, and NumPy's names of the cumulative ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from apitensor._standard import elementwise as ew
from apitensor._standard import statistical as stats
from apitensor._standard import utility
from apitensor._standard.creation import zeros
from apitensor._standard.data_types import astype
from apitensor._standard.elementwise import isnan, sqrt
from apitensor._standard.manipulation import as_tensor, reshape
from apitensor._standard.searching import argmax, argmin, where

from ._common import inexact

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


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
    x, gone = _without(inexact(x, dtype), 0.0)
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
    x = inexact(x, dtype)
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
    return _extreme(stats.max, x, -math.inf, axis, keepdims)


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
    return _extreme(stats.min, x, math.inf, axis, keepdims)


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
