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
    doc="""Give `g * p`, but exactly zero where `g` is zero, even if `p` is infinite or NaN there.

    One of the extras, beyond the standard. It is how a cotangent of zero stays zero through a singular derivative.

    Parameters
    ----------
    g : any numeric data type, broadcastable with `p`
    p : any numeric data type

    Derivative: that of the product, `p` with respect to `g` and `g` with respect to `p`; zero where `g` is zero and
    `p` is infinite or NaN.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.safe_multiply(xp.asarray([0.0, 2.0]), xp.asarray([xp.inf, 3.0]))
    Tensor([0., 6.])
    """,
)
