"""The extras of `_core.extras` on tensors, as far as rules that are differentiated need them (see also indexing.py)."""

from typing import Any

from apitensor._core.declare import elementwise
from apitensor._core.op import SCALARS


def _by_cotangent(xp: Any, y: Any, g: Any, p: Any) -> Any:
    """Where a zero met an infinite or NaN `p` the product is a constant: else the next order would be NaN there."""
    if isinstance(p, SCALARS):
        return p
    masked = xp.logical_and(xp.equal(g, 0), xp.logical_not(xp.isfinite(p)))
    return xp.where(masked, xp.zeros_like(p), p)


safe_multiply = elementwise(
    "safe_multiply",
    _by_cotangent,
    lambda xp, y, g, p: g,
    doc="""Give `x1 * x2`, but exactly zero where `x1` is zero, even if `x2` is infinite or NaN there.

    One of the extras, beyond the standard. It is how a cotangent of zero stays zero through a singular derivative.

    Parameters
    ----------
    x1, x2 : any numeric data type, shapes that broadcast

    Returns
    -------
    The promoted data type, the broadcast shape.

    Derivative: that of the product, `x2` with respect to `x1` and `x1` with respect to `x2`; zero where `x1` is zero
    and `x2` is infinite or NaN.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.safe_multiply(xp.asarray([0.0, 2.0]), xp.asarray([xp.inf, 3.0]))
    Tensor([0., 6.])
    """,
)
