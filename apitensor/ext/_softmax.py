"""Softmax and its kin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import op, within
from apitensor._standard import statistical as stats
from apitensor._standard.manipulation import as_axes

from ._common import inexact

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


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
    return xp.weighted_deviation(x, w, axis)


@op(
    vjps=(lambda xp, g, y, x, /, axis: within(xp, _weighted_deviation, g, y, axis),),
    jvp=lambda xp, tangents, y, x, /, axis: within(xp, _weighted_deviation, tangents[0], y, axis),
)
def _softmax(xp: Any, x: Any, /, axis: Any) -> Tensor:
    _, x = xp.minus_max(x, axis)
    y = xp.overwrite(x, xp.exp, x)
    return xp.overwrite(y, xp.divide, y, xp.sum(y, axis=axis, keepdims=True))


@op(vjps=(lambda xp, g, y, x, /, axis: g - xp.safe_multiply(xp.sum(g, axis=axis, keepdims=True), xp.exp(y)),))
def _log_softmax(xp: Any, x: Any, /, axis: Any) -> Tensor:
    _, x = xp.minus_max(x, axis)
    total = xp.sum(xp.exp(x), axis=axis, keepdims=True)
    return xp.overwrite(x, xp.subtract, x, xp.log(total))


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
        return y
    return xp.reshape(y, ()) if axis is None else xp.squeeze(y, axis=axis)


def _prepared(name: str, x: Any, axis: Any) -> tuple[Any, tuple[int, ...] | None]:
    """`x` in a floating-point data type, and the axes. Complex numbers have no order, and these rules no conjugates."""
    x = inexact(x)
    if x.dtype.kind == "c":
        raise TypeError(f"{name}: x is real, not {x.dtype}")
    return x, None if axis is None else as_axes(name, axis, x.ndim)


def softmax(x: Any, /, axis: Any = -1) -> Tensor:
    """Give `exp(x)`, scaled so that its sum along an axis is one.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements

    Returns
    -------
    The floating-point data type and the shape of `x`. Of infinite elements, those that are the largest share evenly.

    Raises
    ------
    TypeError : `x` is complex.

    Derivative: y (g - sum(g y)).

    Source: scipy.special, softmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.softmax(xp.asarray([0.0, 0.0, -xp.inf]))
    Tensor([0.5, 0.5, 0. ])
    """
    x, axes = _prepared("softmax", x, axis)
    return _softmax(x, axes) if x.size else x


def log_softmax(x: Any, /, axis: Any = -1) -> Tensor:
    """Give the logarithm of `softmax(x)`, without forming it.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements

    Returns
    -------
    The floating-point data type and the shape of `x`.

    Raises
    ------
    TypeError : `x` is complex.

    Derivative: g - exp(y) sum(g).

    Source: scipy.special, log_softmax.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.log_softmax(xp.asarray([1000.0, 0.0]))
    Tensor([    0., -1000.])
    """
    x, axes = _prepared("log_softmax", x, axis)
    return _log_softmax(x, axes) if x.size else x


def logsumexp(x: Any, /, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Give the logarithm of the sum of `exp(x)`, without overflow.

    Parameters
    ----------
    x : real
    axis : the axis or axes to sum along; None takes all elements
    keepdims : whether these axes stay, with size one

    Returns
    -------
    The floating-point data type of `x`; -inf where all elements are, or there are none.

    Raises
    ------
    TypeError : `x` is complex.

    Derivative: the cotangent times `softmax(x)`, which is finite also for infinite elements.

    Source: scipy.special, logsumexp.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.logsumexp(xp.asarray([[1000.0, 1000.0], [-xp.inf, -xp.inf]]), axis=1)
    Tensor([1000.69314718,          -inf])
    """
    x, axes = _prepared("logsumexp", x, axis)
    if not x.size:
        return stats.sum(x, axis=axes, keepdims=keepdims) - math.inf
    return _logsumexp(x, axis=axes, keepdims=keepdims)
