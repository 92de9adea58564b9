"""Sorting functions.

Source: array API standard 2025.12, chapter "Sorting Functions".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import op

from .indexing import add_along_axis

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


@op()
def argsort(xp: Any, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Give the indices that sort `x` along an axis.

    Parameters
    ----------
    x : real, at least one dimension
    axis : the axis to sort along
    descending : whether the largest element comes first
    stable : whether equal elements keep their order

    Returns
    -------
    The default index data type, the shape of `x`.

    Derivative: none; the result tracks nothing.

    Source: array API standard 2025.12, argsort.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.argsort(xp.asarray([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """
    return xp.argsort(x, axis=axis, descending=descending, stable=stable)


def _unsort(xp: Any, g: Any, y: Any, x: Any, /, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Carry the cotangents of the sorted elements back to where the elements came from."""
    order = xp.argsort(x, axis=axis, descending=descending, stable=stable)
    return add_along_axis(xp, g, x.shape, order, axis)


def _sorted_tangent(
    xp: Any,
    tangents: Sequence[Any],
    y: Any,
    x: Any,
    /,
    axis: int = -1,
    descending: bool = False,
    stable: bool = True,
) -> Any:
    order = xp.argsort(x, axis=axis, descending=descending, stable=stable)
    return xp.take_along_axis(tangents[0], order, axis=axis)


@op(vjps=(_unsort,), jvp=_sorted_tangent)
def sort(xp: Any, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Sort the elements of `x` along an axis, into a new array.

    Parameters
    ----------
    x : real, at least one dimension
    axis : the axis to sort along
    descending : whether the largest element comes first
    stable : whether equal elements keep their order

    Returns
    -------
    The data type and shape of `x`.

    Derivative: each cotangent goes to the element that came to its place; among equal ones, to the one that `argsort`
    says.

    Source: array API standard 2025.12, sort.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.sort(xp.asarray([3.0, 1.0, 2.0]), descending=True)
    Tensor([3., 2., 1.])
    """
    return xp.sort(x, axis=axis, descending=descending, stable=stable)
