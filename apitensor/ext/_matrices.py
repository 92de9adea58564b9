"""Functions of matrices: exponential, square root, logarithm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._core.declare import op, within
from apitensor._standard import elementwise as ew
from apitensor._standard import statistical as stats
from apitensor._standard.creation import eye, zeros_like
from apitensor._standard.elementwise import log, maximum
from apitensor._standard.linear_algebra import adjoint
from apitensor._standard.searching import where
from apitensor.linalg import careful_matrix, eigvalsh, solve, unless_unused

from ._common import inexact, untracked

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


# The coefficients of the numerator of exp's diagonal Pade approximant of degree 13, from power 0 on.
_PADE = list(accumulate([(13 - k) / ((26 - k) * (k + 1)) for k in range(13)], mul, initial=1.0))
# Up to this 1-norm the approximant and its derivative are right to double precision.
_PADE_RADIUS = 4.74


def expm(x: Any, /) -> Tensor:
    """Give the matrix exponential.

    Parameters
    ----------
    x : square matrices, real or complex, of any kind

    Returns
    -------
    The shape of `x`.

    Derivative: that of the approximant which is computed, a rational function with scaling and squaring, which agrees
    with the exponential's to rounding.

    Source: scipy.linalg, expm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.expm(xp.asarray([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])
    """
    x = _square("expm", x)
    n = x.shape[-1]
    if not n:
        return x
    norms = untracked(lambda: stats.max(stats.sum(ew.abs(x), axis=-2), axis=-1))
    halvings = untracked(lambda: maximum(ew.ceil(ew.log2(maximum(norms, 1e-30) / _PADE_RADIUS)), 0.0))
    halvings = where(ew.isfinite(halvings), halvings, 0.0)
    a = x * ew.pow(2.0, -halvings)[..., None, None]
    square = a @ a
    even, odd = zeros_like(a), zeros_like(a)
    one = eye(n, dtype=x.dtype, device=x.device)
    for power in range(12, -1, -2):
        even = even @ square + _PADE[power] * one
        odd = odd @ square + _PADE[power + 1] * one
    odd = a @ odd
    y: Any = solve(even - odd, even + odd)
    for k in range(int(stats.max(halvings)) if norms.size else 0):
        y = where((halvings > k)[..., None, None], y @ y, y)
    return y


def _square(name: str, x: Any) -> Any:
    x = inexact(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"{name}: square matrices are needed, not shape {x.shape}")
    return x


def _hermitian(x: Any) -> Any:
    return 0.5 * (x + adjoint(core.namespace, x))


def _lyapunov_joint(xp: Any, needs: Sequence[bool], g: Any, y: Any, m: Any, c: Any, /) -> tuple[Any, Any]:
    s = within(xp, _lyapunov, m, g)
    t = adjoint(xp, y)
    return -(s @ t + t @ s) if needs[0] else None, s


def _careful_lyapunov(
    rule: Any, needs: Any, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    return [None if c is None else unless_unused(xp, g, c) for c in rule(xp, needs, g, y, *operands)]


@op(joint=_lyapunov_joint, careful=_careful_lyapunov)
def _lyapunov(xp: Any, m: Any, c: Any, /) -> Tensor:
    """The solution x of `m x + x m = c` for a Hermitian m without opposite eigenvalues."""
    w, v = xp.linalg.eigh(m)
    inner = xp.safe_multiply(adjoint(xp, v) @ c @ v, 1 / (w[..., :, None] + w[..., None, :]))
    return v @ inner @ adjoint(xp, v)


@op(vjps=(lambda xp, g, y, x, /: within(xp, _lyapunov, y, g),), careful=careful_matrix)
def _sqrtm(xp: Any, x: Any, /) -> Tensor:
    if x.shape[-1] == 0:
        return xp.zeros_like(x)
    w, v = xp.linalg.eigh(x)
    # A semidefinite matrix has eigenvalues that rounding may have made negative.
    w = xp.where(xp.abs(w) <= 16 * xp.finfo(w.dtype).eps * xp.max(xp.abs(w), axis=-1, keepdims=True), xp.abs(w), w)
    root = xp.sqrt(xp.where(w < 0, xp.nan, w))
    return (v * xp.astype(root, v.dtype)[..., None, :]) @ adjoint(xp, v)


def sqrtm(x: Any, /) -> Tensor:
    """Give the square root of symmetric or Hermitian matrices.

    Parameters
    ----------
    x : square matrices, positive semidefinite; of others the Hermitian part is taken

    Returns
    -------
    The shape of `x`; NaN where an eigenvalue is negative.

    Derivative: the solution s of `y s + s y = g`, which is right for equal eigenvalues too, in every order. It does not
    exist where an eigenvalue is zero.

    Source: scipy.linalg, sqrtm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.sqrtm(xp.asarray([[4.0, 0.0], [0.0, 9.0]]))
    Tensor([[2., 0.],
            [0., 3.]])
    """
    return _sqrtm(_hermitian(_square("sqrtm", x)))


# Nodes and weights of Gauss' rule with seven points on [0, 1], the first half of them: log(1 + z) is the integral of
# z / (1 + t z) over t, and the rule gives its diagonal Pade approximant, right to double precision for |z| < 0.25.
_GAUSS = (
    (0.025446043828620757, 0.06474248308443484),
    (0.12923440720030277, 0.13985269574463832),
    (0.2970774243113014, 0.19091502525255949),
    (0.5, 0.20897959183673470),
)


def logm(x: Any, /) -> Tensor:
    """Give the logarithm of symmetric or Hermitian matrices.

    Parameters
    ----------
    x : square matrices, positive definite; of others the Hermitian part is taken

    Returns
    -------
    The shape of `x`; NaN where an eigenvalue is not positive.

    Derivative: of the square roots and the rational function that are computed, right for equal eigenvalues too, in
    every order.

    Source: scipy.linalg, logm.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.logm(xp.asarray([[1.0, 0.0], [0.0, xp.e]]))[1, 1].item()
    1.0
    """
    x = _hermitian(_square("logm", x))
    if not x.size:
        return x
    w = untracked(lambda: eigvalsh(x))
    good: Any = (stats.min(w, axis=-1) > 0)[..., None, None]
    spread = untracked(lambda: stats.max(ew.abs(log(where((w > 0) & ew.isfinite(w), w, 1)))).item())
    roots = max(0, math.ceil(math.log2(spread / 0.22))) if spread else 0
    one = eye(x.shape[-1], dtype=x.dtype, device=x.device)
    root: Any = where(good, x, one)
    for _ in range(roots):
        root = sqrtm(root)
    z = root - one
    pairs = [*_GAUSS, *[(1 - t, weight) for t, weight in _GAUSS[:-1]]]
    y: Any = sum(weight * solve(one + t * z, z) for t, weight in pairs)
    return where(good, _hermitian(2.0**roots * y), math.nan * x)
