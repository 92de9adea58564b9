"""The extras of `_core.extras` on tensors, as far as a rule that is differentiated needs them (see also indexing.py)."""

from apitensor._core.declare import elementwise

safe_multiply = elementwise(
    "safe_multiply",
    lambda xp, y, g, p: p,
    lambda xp, y, g, p: g,
    doc="""Give `g * p`, but exactly zero where `g` is zero, even if `p` is infinite or NaN there.

    One of the extras, beyond the standard. It is how a cotangent of zero stays zero through a singular derivative.

    Parameters
    ----------
    g : any numeric data type, broadcastable with `p`
    p : any numeric data type

    Derivative: that of the product, `p` with respect to `g` and `g` with respect to `p`.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.safe_multiply(xp.asarray([0.0, 2.0]), xp.asarray([xp.inf, 3.0]))
    Tensor([0., 6.])
    """,
)
