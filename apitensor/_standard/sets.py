"""Set functions.

Source: array API standard 2025.12, chapter "Set Functions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from apitensor._core.declare import op

from .indexing import take
from .manipulation import as_tensor, reshape

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Tensor
    inverse_indices: Tensor


@op()
def isin(xp: Any, x1: Any, x2: Any, /, *, invert: bool = False) -> Tensor:
    """Tell for each element of `x1` whether it is one of the elements of `x2`.

    Parameters
    ----------
    x1, x2 : one of them may be a Python scalar
    invert : whether to tell the opposite

    Returns
    -------
    Boolean, the shape of `x1`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, isin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.isin(xp.asarray([1, 2, 3]), xp.asarray([3, 1]))
    Tensor([ True, False,  True])
    """
    return xp.isin(x1, x2, invert=invert)


@op()
def _unique_all(xp: Any, x: Any, /) -> tuple[Tensor, ...]:
    return tuple(xp.unique_all(x))


@op()
def _unique_values(xp: Any, x: Any, /) -> Tensor:
    return xp.unique_values(x)


def unique_all(x: Any, /) -> UniqueAll:
    """Give the distinct elements of `x`, where they are, how they make up `x`, and how often each occurs.

    Parameters
    ----------
    x : any data type; several dimensions are flattened

    Returns
    -------
    values : the data type of `x`, one dimension; every NaN is distinct, zeros of both signs are one
    indices : where each value occurs first in the flattened `x`
    inverse_indices : the shape of `x`; `take(values, inverse_indices)` is `x`
    counts : how often each value occurs

    Derivative: the values are elements of `x`, so their cotangents go to the first occurrences; the rest tracks
    nothing.

    Source: array API standard 2025.12, unique_all.

    Examples
    --------
    >>> import apitensor as xp
    >>> values, indices, inverse_indices, counts = xp.unique_all(xp.asarray([3, 1, 3]))
    >>> values, indices, inverse_indices, counts
    (Tensor([1, 3]), Tensor([1, 0]), Tensor([1, 0, 1]), Tensor([1, 2]))
    """
    x = as_tensor(x)
    _, indices, inverse_indices, counts = _unique_all(x)
    return UniqueAll(take(reshape(x, (-1,)), indices), indices, inverse_indices, counts)


def unique_counts(x: Any, /) -> UniqueCounts:
    """Give the distinct elements of `x`, and how often each occurs.

    Parameters
    ----------
    x : any data type; several dimensions are flattened

    Returns
    -------
    values : the data type of `x`, one dimension; every NaN is distinct, zeros of both signs are one
    counts : how often each value occurs

    Derivative: the values are elements of `x`, so their cotangents go to the first occurrences; the counts
    track nothing.

    Source: array API standard 2025.12, unique_counts.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.unique_counts(xp.asarray([3, 1, 3])).counts
    Tensor([1, 2])
    """
    result = unique_all(x)
    return UniqueCounts(result.values, result.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """Give the distinct elements of `x`, and how they make up `x`.

    Parameters
    ----------
    x : any data type; several dimensions are flattened

    Returns
    -------
    values : the data type of `x`, one dimension; every NaN is distinct, zeros of both signs are one
    inverse_indices : the shape of `x`; `take(values, inverse_indices)` is `x`

    Derivative: the values are elements of `x`, so their cotangents go to the first occurrences; the indices
    track nothing.

    Source: array API standard 2025.12, unique_inverse.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.unique_inverse(xp.asarray([3, 1, 3])).inverse_indices
    Tensor([1, 0, 1])
    """
    result = unique_all(x)
    return UniqueInverse(result.values, result.inverse_indices)


def unique_values(x: Any, /) -> Tensor:
    """Give the distinct elements of `x`.

    Parameters
    ----------
    x : any data type; several dimensions are flattened

    Returns
    -------
    The data type of `x`, one dimension; every NaN is distinct, zeros of both signs are one.

    Derivative: the values are elements of `x`, so their cotangents go to the first occurrences.

    Source: array API standard 2025.12, unique_values.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.unique_values(xp.asarray([3.0, 1.0, 3.0]))
    Tensor([1., 3.])
    """
    x = as_tensor(x)
    if x.dtype.kind not in "fc":  # nothing to differentiate: the backend's own function, which needs no indices
        return _unique_values(x)
    return unique_all(x).values
