"""Counts, covariances, and classes as vectors."""

from __future__ import annotations

import math
from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._core.dtypes import as_dtype
from apitensor._standard import elementwise as ew
from apitensor._standard import statistical as stats
from apitensor._standard.creation import arange, asarray, ones
from apitensor._standard.data_types import astype
from apitensor._standard.elementwise import clip, sqrt
from apitensor._standard.indexing import scatter_add
from apitensor._standard.inspection import default_dtypes_of
from apitensor._standard.linear_algebra import matmul, matrix_transpose
from apitensor._standard.manipulation import as_tensor, concat, moveaxis, reshape
from apitensor._standard.searching import where
from apitensor.linalg import diagonal

from ._common import inexact

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


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

    Raises
    ------
    ValueError : there are more than 2 dimensions, or not one weight for each observation.

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
        z = inexact(z)
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
            if given.shape != x.shape[1:]:
                raise ValueError(f"cov: weights of shape {given.shape} do not fit {x.shape[1]} observations")
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
        centre = stats.sum(x * weights, axis=1, keepdims=True) / total
        factor = total - ddof
        if aweights is not None:
            factor = total - ddof * stats.sum(weights * asarray(aweights, dtype=weights.dtype, device=x.device)) / total
        weighted = (x - centre) * weights
    product: Any = matmul(weighted, matrix_transpose(ew.conj(x - centre) if x.dtype.kind == "c" else x - centre))
    # Without degrees of freedom it is unknown.
    if isinstance(factor, (int, float)):
        factor = factor if factor > 0 else math.nan
    else:
        factor = where(factor > 0, factor, math.nan)
    product = product / factor
    return product[0, 0] if product.shape == (1, 1) else product


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
        return c / c
    scale = sqrt(ew.real(diagonal(c)))
    c = c / scale[:, None] / scale[None, :]
    # What rounding adds beyond 1 is taken away, and the derivative stays that of the quotient.
    values = c.detach()
    beyond = clip(ew.real(values), -1, 1) - ew.real(values)
    if c.dtype.kind == "c":
        beyond = beyond + 1j * (clip(ew.imag(values), -1, 1) - ew.imag(values))
    return c + beyond


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
