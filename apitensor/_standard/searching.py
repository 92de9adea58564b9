"""Searching functions.

Source: array API standard 2025.12, chapter "Searching Functions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from apitensor._core.declare import linear, op

from .manipulation import given_axes

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


@op()
def argmax(xp: Any, x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Give the index of the largest element along an axis, of the first one among equals.

    Parameters
    ----------
    x : real
    axis : the axis to search along; None searches the flattened array
    keepdims : whether the axes searched stay, with size one

    Returns
    -------
    The default index data type; the shape of `x` without `axis`.

    Raises
    ------
    ValueError : there is no element to choose from.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, argmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.argmax(xp.asarray([[1.0, 5.0], [7.0, 3.0]]), axis=1)
    Tensor([1, 0])
    """
    return xp.argmax(x, axis=axis, keepdims=keepdims)


@op()
def argmin(xp: Any, x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Give the index of the smallest element along an axis, of the first one among equals.

    Parameters
    ----------
    x : real
    axis : the axis to search along; None searches the flattened array
    keepdims : whether the axes searched stay, with size one

    Returns
    -------
    The default index data type; the shape of `x` without `axis`.

    Raises
    ------
    ValueError : there is no element to choose from.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, argmin.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.argmin(xp.asarray([[1.0, 5.0], [7.0, 3.0]]), axis=1)
    Tensor([0, 1])
    """
    return xp.argmin(x, axis=axis, keepdims=keepdims)


@op()
def count_nonzero(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Count the elements that are not zero.

    Parameters
    ----------
    x : any data type
    axis : the axis or axes to count along; None counts all elements
    keepdims : whether the axes counted along stay, with size one

    Returns
    -------
    The default index data type; the shape of `x` without the axes.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, count_nonzero.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.count_nonzero(xp.asarray([[0.0, 1.0], [2.0, 3.0]]), axis=0)
    Tensor([1, 2])
    """
    return xp.count_nonzero(x, axis=given_axes(axis), keepdims=keepdims)


@op()
def nonzero(xp: Any, x: Any, /) -> tuple[Tensor, ...]:
    """Give the indices of the elements that are not zero, one array for each dimension, in row-major order.

    Parameters
    ----------
    x : any data type, at least one dimension

    Returns
    -------
    As many arrays as `x` has dimensions, of the default index data type, as long as there are such elements.

    Raises
    ------
    ValueError : `x` has no dimension.

    Derivative: none; the results track nothing.

    Source: array API standard 2025.12, nonzero.

    Examples
    --------
    >>> import apitensor as xp
    >>> rows, columns = xp.nonzero(xp.asarray([[0.0, 1.0], [2.0, 3.0]]))
    >>> rows, columns
    (Tensor([0, 1, 1]), Tensor([1, 0, 1]))
    """
    if x.ndim == 0:
        raise ValueError("an array without dimensions has no indices")
    return tuple(xp.nonzero(x))


@op()
def _searchsorted(xp: Any, x1: Any, x2: Any, sorter: Any, /, side: str) -> Tensor:
    ndim = getattr(x1, "ndim", 0)  # it may be a number
    if ndim != 1:
        raise ValueError(f"elements are looked for among those of one dimension, not of {ndim}")
    return xp.searchsorted(x1, x2, side=side, sorter=sorter)


def searchsorted(x1: Any, x2: Any, /, *, side: Literal["left", "right"] = "left", sorter: Any | None = None) -> Tensor:
    """Give the indices in the sorted `x1` before which the elements of `x2` would have to be inserted.

    Parameters
    ----------
    x1 : real, one dimension, in ascending order (where there is no `sorter`)
    x2 : real, or a Python scalar
    side : whether an element goes before ("left") or behind ("right") the elements of `x1` that equal it
    sorter : the integer indices that sort `x1`

    Returns
    -------
    The default index data type, the shape of `x2`.

    Raises
    ------
    ValueError : `side` is neither "left" nor "right", or `x1` has not one dimension.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, searchsorted.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.searchsorted(xp.asarray([1.0, 2.0, 3.0]), xp.asarray([2.0, 2.5]), side="right")
    Tensor([2, 2])
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side={side!r} is neither 'left' nor 'right'")
    return _searchsorted(x1, x2, sorter, side=side)


@linear(
    transpose=(
        None,
        lambda xp, g, y, condition, x1, x2, /: xp.where(condition, g, 0.0),
        lambda xp, g, y, condition, x1, x2, /: xp.where(condition, 0.0, g),
    )
)
def where(xp: Any, condition: Any, x1: Any, x2: Any, /) -> Tensor:
    """Choose elements of `x1` where a condition holds and of `x2` elsewhere.

    Parameters
    ----------
    condition : boolean
    x1, x2 : any data type, or one of them a Python scalar; all three are broadcast

    Returns
    -------
    The promoted data type of `x1` and `x2`, the broadcast shape.

    Derivative: the cotangent where the element was chosen, exactly zero elsewhere: what the other branch holds there,
    infinities and NaN too, has no influence.

    Source: array API standard 2025.12, where.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([0.0, 4.0], requires_grad=True)
    >>> y = xp.where(x > 0, xp.sqrt(x), 0.0)
    >>> xp.sum(y).backward()
    >>> x.grad
    Tensor([0.  , 0.25])
    """
    return xp.where(condition, x1, x2)
