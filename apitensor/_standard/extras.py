"""The extras of `_core.extras` on tensors, as far as rules that are differentiated need them (see also indexing.py)."""

from collections.abc import Sequence
from typing import Any

from apitensor._core.declare import elementwise
from apitensor._core.op import SCALARS


def _unless_zero(xp: Any, g: Any, p: Any) -> Any:
    """`p`, but zero where it is infinite or NaN and meets a `g` of zero: there the product is a constant."""
    if isinstance(p, SCALARS):
        return p
    masked = xp.logical_and(xp.equal(g, 0), xp.logical_not(xp.isfinite(p)))
    return xp.where(masked, xp.zeros_like(p), p)


def _tangent(xp: Any, tangents: Sequence[Any], y: Any, operands: Sequence[Any]) -> Any:
    """The tangent of the product. That of `p` may be infinite or NaN like `p` itself, and even where `p` is finite."""
    (t_g, t_p), (g, p) = tangents, operands
    parts = []
    if t_g is not None:
        parts.append(xp.safe_multiply(t_g, _unless_zero(xp, g, p)))
    if t_p is not None:
        parts.append(xp.safe_multiply(_unless_zero(xp, g, t_p), g))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


safe_multiply = elementwise(
    "safe_multiply",
    lambda xp, y, g, p: _unless_zero(xp, g, p),
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
# By the partial derivatives alone, `t_p * g`, a zero would not stay zero in forward mode.
safe_multiply.op.push = _tangent  # type: ignore[method-assign]
