"""Utility functions.

Source: array API standard 2025.12, chapter "Utility Functions".
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import linear, op
from apitensor._core.op import Handle, convert_operand

from .manipulation import as_axis, as_tensor, broadcast_to, concat, given_axes

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


@op()
def all(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Test whether all elements are true, that is not zero, along axes.

    Parameters
    ----------
    x : any data type; NaN and infinities are true
    axis : the axis, or the axes; None stands for all of them
    keepdims : whether the axes stay, with length one

    Returns
    -------
    bool; the shape of `x` without the axes. True where there are no elements.

    Raises
    ------
    IndexError : there is no such axis.

    Derivative: none, the results are booleans.

    Source: array API standard 2025.12, all.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.all(xp.asarray([[True, False], [True, True]]), axis=1)
    Tensor([False,  True])
    """
    return xp.all(x, axis=given_axes(axis), keepdims=keepdims)


@op()
def any(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """Test whether any element is true, that is not zero, along axes.

    Parameters
    ----------
    x : any data type; NaN and infinities are true
    axis : the axis, or the axes; None stands for all of them
    keepdims : whether the axes stay, with length one

    Returns
    -------
    bool; the shape of `x` without the axes. False where there are no elements.

    Raises
    ------
    IndexError : there is no such axis.

    Derivative: none, the results are booleans.

    Source: array API standard 2025.12, any.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.any(xp.asarray([[True, False], [False, False]]), axis=1)
    Tensor([ True, False])
    """
    return xp.any(x, axis=given_axes(axis), keepdims=keepdims)


def _diff_back(xp: Any, g: Any, shape: tuple[int, ...], axis: int, n: int) -> Any:
    """The adjoint of n differences: n negated differences of the cotangent with n zeros on either side."""
    if n == 0:
        return g
    if shape[axis] < n:
        return xp.zeros(shape, dtype=g.dtype, device=g.device)
    zeros = xp.zeros((*shape[:axis], n, *shape[axis + 1 :]), dtype=g.dtype, device=g.device)
    back = xp.diff(g, axis=axis, n=n, prepend=zeros, append=zeros)
    return -back if n % 2 else back


@linear(transpose=lambda xp, g, y, x, /, axis, n: _diff_back(xp, g, x.shape, axis, n))
def _diff(xp: Any, x: Any, /, axis: int, n: int) -> Tensor:
    return xp.diff(x, axis=axis, n=n)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Tensor:
    """Give the differences of neighbouring elements along an axis, or the differences of these and so on.

    Parameters
    ----------
    x : numeric, at least one dimension
    axis : the axis
    n : how many times differences are taken
    prepend, append : what to put before and after `x` first: of its shape but for the length of the axis; a
        zero-dimensional one stands for one element along the axis

    Returns
    -------
    The data type of `x`; its shape, with `n` elements less along the axis than there are with those added.

    Raises
    ------
    IndexError : there is no such axis.
    ValueError : `n` is negative, or shapes do not fit.

    Derivative: negated differences of the cotangent, with zeros beyond its ends.

    Source: array API standard 2025.12, diff.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.diff(xp.asarray([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """
    x = as_tensor(x)
    at, n = as_axis("diff", axis, x.ndim), index(n)
    if n < 0:
        raise ValueError(f"diff: n counts differences and cannot be {n}")
    if prepend is not None or append is not None:
        border = (*x.shape[:at], 1, *x.shape[at + 1 :])
        parts = []
        for part in (prepend, x, append):
            if part is None:
                continue
            if not isinstance(part, Handle):
                part = convert_operand(_diff.op, part, x.device)  # type: ignore[attr-defined]
            parts.append(part if part.ndim else broadcast_to(part, border))
        x = concat(parts, axis=at)
    return _diff(x, at, n)
