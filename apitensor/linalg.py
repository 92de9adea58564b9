"""The standard's extension `linalg`: decompositions, solvers, determinants and norms, for matrices and stacks of them.

Symbols in the comments: A is the operand, ^H the conjugate transpose, `<a, b>` the real inner product Re(sum(conj(a) b)) of
which the rules are adjoints, `o` the elementwise product.

**Vectors that are not unique.** Eigenvectors and singular vectors are fixed up to a phase, and those of equal values up to a
unitary matrix. A derivative exists for losses that do not depend on this choice. Such a loss pulls back a cotangent whose
part along the choice vanishes, and the formulas divide exactly that part by the difference of the two values: 0 / 0 where
they are equal, and rounding errors over rounding errors where they are equal up to rounding. So the quotient is taken
as 0 wherever the values agree within the accuracy they are computed with. That is right for losses of the values that are
symmetric in equal ones (sums of f(w), determinants, norms), and for losses of the space that the vectors of equal values span
(projectors, low-rank parts, polar factors). It is not enough for `v @ diag(f(w)) @ v^H` between two equal values: its
derivative there is f'(w), and no cotangent of w or v carries that number.

Source: array API standard 2025.12, extension "Linear Algebra Functions".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ._core import op as core
from ._core.declare import linear, op
from ._standard.linear_algebra import conjugate, matmul, matrix_transpose, tensordot, vecdot

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "EigResult",
    "EighResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


class EighResult(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class EigResult(NamedTuple):
    """What `eig` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QRResult(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class SlogdetResult(NamedTuple):
    """What `slogdet` returns."""

    sign: Tensor
    logabsdet: Tensor


class SVDResult(NamedTuple):
    """What `svd` returns."""

    U: Tensor
    S: Tensor
    Vh: Tensor


# ---- what several rules share


def _call(xp: Any, function: Any, *operands: Any) -> Any:
    """Call a private op within a rule: on tensors the op itself, so that it is recorded, on arrays its forward."""
    return function(*operands) if xp is core.namespace else function.op.forward(xp, *operands)


def _adjoint(xp: Any, x: Any) -> Any:
    """The conjugate transpose of a matrix."""
    return conjugate(xp, xp.matrix_transpose(x))


def _identity(xp: Any, n: int, device: Any) -> Any:
    """True on the diagonal."""
    return xp.eye(n, dtype=xp.bool, device=device)


def _with_diagonal(xp: Any, x: Any, diagonal: Any) -> Any:
    """The square matrix with another diagonal."""
    return xp.where(_identity(xp, x.shape[-1], x.device), diagonal[..., None, :], x)


def _resolution(xp: Any, values: Any) -> Any:
    """How near each other two eigenvalues or singular values may be and still be equal, since computed with rounding."""
    largest = xp.max(xp.abs(values), axis=-1, keepdims=True)
    return largest * (values.shape[-1] * float(xp.finfo(largest.dtype).eps))


def _reciprocal(xp: Any, x: Any, resolution: Any) -> Any:
    """1 / x, and 0 where |x| is not distinguishable from 0."""
    zero = xp.abs(x) <= resolution
    return xp.where(zero, 0.0, 1.0 / xp.where(zero, 1.0, x))


def _reciprocal_gaps(xp: Any, values: Any, resolution: Any) -> Any:
    """1 / (values[j] - values[i]) at [i, j], and 0 for equal values."""
    return _reciprocal(xp, values[..., None, :] - values[..., :, None], resolution[..., None])


def _skew(xp: Any, x: Any) -> Any:
    """x - x^H."""
    return x - _adjoint(xp, x)


def _inverse_of_lower(xp: Any, x: Any) -> Any:
    """The inverse of a lower triangular matrix.

    The standard has no triangular solver. By halves it takes a third of the time of a general inverse at size 256, since
    nearly all is products.
    """
    n = x.shape[-1]
    if n <= 32:
        return xp.linalg.inv(x)
    half = n // 2
    first = _inverse_of_lower(xp, x[..., :half, :half])
    second = _inverse_of_lower(xp, x[..., half:, half:])
    corner = -(second @ (x[..., half:, :half] @ first))
    above = xp.zeros((*x.shape[:-2], half, n - half), dtype=x.dtype, device=x.device)
    return xp.concat([xp.concat([first, above], axis=-1), xp.concat([corner, second], axis=-1)], axis=-2)


def _matrix(name: str, x: Any) -> Any:
    """The operand as a tensor of matrices."""
    x = x if isinstance(x, core.Handle) else core.convert(x)
    if x.ndim < 2:
        raise ValueError(f"{name}: a matrix has at least 2 dimensions, not {x.ndim}")
    return x


# ---- products and parts of matrices


@op(
    vjps=(
        lambda xp, g, y, x1, x2, /, axis=-1: xp.linalg.cross(conjugate(xp, x2), g, axis=axis),
        lambda xp, g, y, x1, x2, /, axis=-1: xp.linalg.cross(g, conjugate(xp, x1), axis=axis),
    )
)
def cross(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """Give the cross product of vectors of three elements.

    Parameters
    ----------
    x1, x2 : numeric, of size 3 along `axis` and broadcastable along the others
    axis : the axis of the vectors, counted from the end

    Returns
    -------
    The promoted data type and the broadcast shape.

    Raises
    ------
    ValueError : the size along `axis` is not 3.

    Derivative: `conj(x2) x g` for `x1` and `g x conj(x1)` for `x2`.

    Source: array API standard 2025.12, cross.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.cross(xp.asarray([1.0, 0.0, 0.0]), xp.asarray([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """
    return xp.linalg.cross(x1, x2, axis=axis)  # type: ignore[no-any-return]


def outer(x1: Any, x2: Any, /) -> Tensor:
    """Give the products of every element of `x1` with every one of `x2`.

    Parameters
    ----------
    x1, x2 : numeric, one-dimensional, of sizes N and M

    Returns
    -------
    The promoted data type, shape (N, M).

    Raises
    ------
    ValueError : an operand is not one-dimensional.

    Derivative: that of the product.

    Source: array API standard 2025.12, outer.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.outer(xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]])
    """
    x1, x2 = [x if isinstance(x, core.Handle) else core.convert(x) for x in (x1, x2)]
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer: operands are one-dimensional; these have {x1.ndim} and {x2.ndim} dimensions")
    return x1[:, None] * x2[None, :]  # type: ignore[no-any-return]


def _place_diagonal(xp: Any, g: Any, shape: tuple[int, ...], offset: int) -> Any:
    """Zeros of `shape` with `g` on a diagonal: the rows that the diagonal meets, and rows of zeros around them."""
    size, (rows, columns) = g.shape[-1], shape[-2:]
    where = xp.eye(size, columns, k=max(offset, 0), dtype=xp.bool, device=g.device)
    parts = [xp.where(where, g[..., None], 0.0)]
    above = max(-offset, 0) if size else 0
    for n, at in ((above, 0), (rows - above - size, len(parts))):
        if n:
            parts.insert(at, xp.zeros((*shape[:-2], n, columns), dtype=g.dtype, device=g.device))
    return xp.concat(parts, axis=-2) if len(parts) > 1 else parts[0]


@linear(transpose=lambda xp, g, y, x, /, offset=0: _place_diagonal(xp, g, x.shape, offset))
def diagonal(xp: Any, x: Any, /, *, offset: int = 0) -> Tensor:
    """Give a diagonal of a matrix, or of each one of a stack. The result is a copy.

    Parameters
    ----------
    x : any data type, shape (..., M, N)
    offset : 0 for the main diagonal, positive for those above it, negative for those below; empty beyond the matrix

    Returns
    -------
    The data type of `x`, shape (..., K) with the length K of the diagonal.

    Raises
    ------
    ValueError : `x` has fewer than two dimensions.

    Derivative: the cotangent on the diagonal, zeros elsewhere.

    Source: array API standard 2025.12, diagonal.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.diagonal(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    return xp.linalg.diagonal(x, offset=offset)  # type: ignore[no-any-return]


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """Give the sum of a diagonal of a matrix, or of each one of a stack.

    Parameters
    ----------
    x : numeric, shape (..., M, N)
    offset : as in `diagonal`
    dtype : to which the elements are cast before they are summed; by default as in `sum`

    Returns
    -------
    Shape (...).

    Raises
    ------
    ValueError : `x` has fewer than two dimensions.

    Derivative: the cotangent on the whole diagonal.

    Source: array API standard 2025.12, trace.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.trace(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """
    return core.namespace.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)  # type: ignore[no-any-return]


# ---- inverses and solutions


@op(
    vjps=(lambda xp, g, y, x, /: -(_adjoint(xp, y) @ g @ _adjoint(xp, y)),),
    jvp=lambda xp, tangents, y, x, /: -(y @ tangents[0] @ y),
)
def inv(xp: Any, x: Any, /) -> Tensor:
    """Give the inverse of a square matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    The data type and shape of `x`.

    Raises
    ------
    ValueError : a matrix is singular, or not square.

    Derivative: `-y^H @ g @ y^H`, where y is the inverse.

    Source: array API standard 2025.12, inv.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.inv(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return xp.linalg.inv(x)  # type: ignore[no-any-return]


def _columns(x: Any, vector: bool) -> Any:
    """A vector as a matrix of one column."""
    return x[..., None] if vector else x


def _solve_joint(xp: Any, needs: Sequence[bool], g: Any, y: Any, x1: Any, x2: Any, /) -> tuple[Any, Any]:
    vector = x2.ndim == 1
    second = xp.linalg.solve(_adjoint(xp, x1), _columns(g, vector))
    first = -(second @ _adjoint(xp, _columns(y, vector))) if needs[0] else None
    return first, second[..., 0] if vector else second


def _solve_jvp(xp: Any, tangents: Sequence[Any], y: Any, x1: Any, x2: Any, /) -> Any:
    t1, t2 = tangents
    vector = x2.ndim == 1
    parts = []
    if t1 is not None:
        parts.append(-(t1 @ _columns(y, vector)))
    if t2 is not None:
        parts.append(_columns(t2, vector))
    t = xp.linalg.solve(x1, parts[0] if len(parts) == 1 else parts[0] + parts[1])
    return t[..., 0] if vector else t


@op(joint=_solve_joint, jvp=_solve_jvp)
def solve(xp: Any, x1: Any, x2: Any, /) -> Tensor:
    """Solve the linear systems `x1 @ y = x2`.

    Parameters
    ----------
    x1 : floating-point, shape (..., M, M)
    x2 : floating-point, shape (M,), one vector for all matrices, or (..., M, K); the dimensions before the last two are
        broadcast

    Returns
    -------
    The promoted data type; shape (..., M) for a vector, else (..., M, K).

    Raises
    ------
    ValueError : a matrix is singular or not square, or shapes do not fit.

    Derivative: `b = solve(x1^H, g)` for `x2` and `-b @ y^H` for `x1`.

    Source: array API standard 2025.12, solve.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.solve(xp.asarray([[2.0, 0.0], [1.0, 1.0]]), xp.asarray([4.0, 5.0]))
    Tensor([2., 3.])
    """
    return xp.linalg.solve(x1, x2)  # type: ignore[no-any-return]


def _pinv_vjp(xp: Any, g: Any, y: Any, x: Any, rtol: Any, /) -> Any:
    # dY = -Y dA Y + Y Y^H dA^H (I - A Y) + (I - Y A) dA^H Y^H Y at constant rank; the adjoints of the three, with the
    # projections multiplied out so that no product is larger than the operand's.
    gh, yh = _adjoint(xp, g), _adjoint(xp, y)
    left, right = (gh @ y) @ yh, yh @ (y @ gh)
    return left - x @ (y @ left) + right - (right @ y) @ x - yh @ g @ yh


@op(vjps=(_pinv_vjp, None))
def _pinv(xp: Any, x: Any, rtol: Any, /) -> Tensor:
    return xp.linalg.pinv(x, rtol=rtol)  # type: ignore[no-any-return]


def pinv(x: Any, /, *, rtol: Any = None) -> Tensor:
    """Give the pseudo-inverse (Moore-Penrose) of a matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, N)
    rtol : singular values of at most `rtol` times the largest count as zero; a number, or an array of shape (...). By
        default max(M, N) times the data type's machine epsilon.

    Returns
    -------
    The data type of `x`, shape (..., N, M).

    Raises
    ------
    ValueError : `x` has fewer than two dimensions.

    Derivative: that at constant rank, for every shape and rank. Across a change of rank the function jumps.

    Source: array API standard 2025.12, pinv.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.pinv(xp.asarray([[2.0, 0.0], [0.0, 0.0]]))
    Tensor([[0.5, 0. ],
            [0. , 0. ]])
    """
    return _pinv(_matrix("pinv", x), rtol)


def matrix_power(x: Any, n: int, /) -> Tensor:
    """Multiply a square matrix `n` times with itself, or each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)
    n : an integer; 0 gives the identity, a negative one the power of the inverse

    Returns
    -------
    The data type and shape of `x`.

    Raises
    ------
    ValueError : a matrix is not square, or is singular and `n` is negative.
    TypeError : `n` is not an integer.

    Derivative: by the products (squarings, as few as `n` needs) that compute the power; zero for `n` = 0.

    Source: array API standard 2025.12, matrix_power.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.matrix_power(xp.asarray([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]])
    """
    x, n = _matrix("matrix_power", x), index(n)
    if x.shape[-2] != x.shape[-1]:
        raise ValueError(f"matrix_power: a matrix of shape {x.shape[-2:]} is not square")
    if n == 0:
        return x * 0 + core.namespace.eye(x.shape[-1], dtype=x.dtype, device=x.device)  # type: ignore[no-any-return]
    if n < 0:
        x, n = inv(x), -n
    power = None
    while True:
        if n % 2:
            power = x if power is None else power @ x
        n //= 2
        if n == 0:
            return +power  # type: ignore[operator,no-any-return]
        x = x @ x


# ---- determinants


def _products_of_others(xp: Any, x: Any) -> Any:
    """For each element the product of all others along the last axis, without division."""
    before = xp.cumulative_prod(x, axis=-1, include_initial=True)[..., :-1]
    after = xp.flip(xp.cumulative_prod(xp.flip(x, axis=-1), axis=-1, include_initial=True)[..., :-1], axis=-1)
    return before * after


def _cofactors_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # In the coordinates of the singular vectors the matrix is diagonal, and there the second derivative of the determinant
    # along E and F is the sum over i != j of (E_ii F_jj - E_ij F_ji) prod(s_k for k != i, j).
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    same = _identity(xp, x.shape[-1], x.device)
    others = _products_of_others(xp, xp.where(same, 1.0, s[..., None, :]))
    others = xp.where(same, 0.0, others)
    e = _adjoint(xp, u) @ g @ _adjoint(xp, vh)
    on_diagonal = xp.sum(others * xp.linalg.diagonal(e)[..., None, :], axis=-1)
    f = conjugate(xp, _with_diagonal(xp, -xp.matrix_transpose(e) * others, on_diagonal))
    return conjugate(xp, xp.linalg.det(u) * xp.linalg.det(vh))[..., None, None] * (u @ f @ vh)


@op(vjps=(_cofactors_vjp,))
def _cofactors(xp: Any, x: Any, /) -> Any:
    """The conjugate cofactors of a matrix that may be singular: the gradient of its determinant."""
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    unit = conjugate(xp, xp.linalg.det(u) * xp.linalg.det(vh))[..., None, None]
    return unit * ((u * _products_of_others(xp, s)[..., None, :]) @ vh)


def _det_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # The cofactors by the inverse, unless a matrix is too near to singular for that: then by the singular values, for all
    # of the stack. The error of the inverse grows with the condition number, so half of the digits are right below 1/sqrt(eps).
    g = g[..., None, None]
    if x.shape[-1] == 0:
        return xp.zeros_like(x)
    if not bool(xp.any(y == 0)):
        inverse = xp.linalg.inv(x)
        condition = xp.linalg.matrix_norm(x, ord=1) * xp.linalg.matrix_norm(inverse, ord=1)
        if not bool(xp.any(condition > float(xp.finfo(x.dtype).eps) ** -0.5)):
            return g * conjugate(xp, y)[..., None, None] * _adjoint(xp, inverse)
    return g * _call(xp, _cofactors, x)


@op(vjps=(_det_vjp,))
def det(xp: Any, x: Any, /) -> Tensor:
    """Give the determinant of a square matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    The data type of `x`, shape (...).

    Raises
    ------
    ValueError : a matrix is not square.

    Derivative: the conjugate cofactors, of singular matrices too; so is the second derivative. Derivatives of third and
    higher order are exact at regular matrices, and at singular ones whose singular values differ.

    Source: array API standard 2025.12, det.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    >>> xp.linalg.det(x).backward()
    >>> xp.round(x.grad)
    Tensor([[ 4., -2.],
            [-2.,  1.]])
    """
    return xp.linalg.det(x)  # type: ignore[no-any-return]


def _slogdet_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # d log(det A) = trace(A^-1 dA) =: t, of which the logarithm of the absolute value takes the real part and the phase the
    # imaginary one, d sign = i Im(t) sign. At a singular matrix neither has a derivative.
    g_sign, g_log = g
    sign = y[0]
    if xp.isdtype(x.dtype, "complex floating"):
        g_log = g_log + 1j * xp.imag(g_sign * xp.conj(sign))
    singular = (sign == 0)[..., None, None]
    regular = xp.where(singular, xp.eye(x.shape[-1], dtype=x.dtype, device=x.device), x)
    inverse = xp.where(singular, math.nan, _adjoint(xp, xp.linalg.inv(regular)))
    return xp.safe_multiply(g_log[..., None, None], inverse)


@op(vjps=(_slogdet_vjp,))
def _slogdet(xp: Any, x: Any, /) -> tuple[Any, Any]:
    return tuple(xp.linalg.slogdet(x))


def slogdet(x: Any, /) -> SlogdetResult:
    """Give the sign of the determinant and the logarithm of its absolute value, where the determinant itself may overflow.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    `sign`, the data type of `x`: det / abs(det), or 0 for singular matrices; `logabsdet`, real, -inf for singular matrices.
    Both of shape (...).

    Raises
    ------
    ValueError : a matrix is not square.

    Derivative: `g * x^-H` for `logabsdet`; that of the phase for a complex `sign`, zero for a real one. There is none at a
    singular matrix (NaN), unless its cotangent is zero.

    Source: array API standard 2025.12, slogdet.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.slogdet(xp.asarray([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """
    return SlogdetResult(*_slogdet(x))


# ---- decompositions


def _cholesky_vjp(xp: Any, g: Any, y: Any, x: Any, /, upper: bool = False) -> Any:
    # With p = L^H g, of which the lower triangle counts (and half of the diagonal), the cotangent is
    # (L^-H (tril(p) + tril(p)^H) L^-1) / 2: the Hermitian one of all that agree on Hermitian matrices.
    if upper:
        y, g = _adjoint(xp, y), _adjoint(xp, g)
    p = xp.tril(_adjoint(xp, y) @ g)
    p = _with_diagonal(xp, p, xp.linalg.diagonal(p) * 0.5)
    inverse = _inverse_of_lower(xp, y)
    return _adjoint(xp, inverse) @ ((p + _adjoint(xp, p)) * 0.5) @ inverse


@op(vjps=(_cholesky_vjp,))
def cholesky(xp: Any, x: Any, /, *, upper: bool = False) -> Tensor:
    """Give the triangular factor of a positive definite matrix: `x = L @ L^H`, or `x = U^H @ U`.

    Parameters
    ----------
    x : floating-point, shape (..., M, M), symmetric (complex: Hermitian) and positive definite; one triangle is read
    upper : whether to give U, the upper triangle, and not L

    Returns
    -------
    The data type and shape of `x`; zeros in the other triangle.

    Raises
    ------
    ValueError : a matrix is not positive definite, or not square.

    Derivative: the symmetric (Hermitian) cotangent, as of a function of symmetric matrices.

    Source: array API standard 2025.12, cholesky.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.cholesky(xp.asarray([[4.0, 2.0], [2.0, 10.0]]))
    Tensor([[2., 0.],
            [1., 3.]])
    """
    return xp.linalg.cholesky(x, upper=upper)  # type: ignore[no-any-return]


def _qr_vjp(xp: Any, g: Any, y: Any, x: Any, /, mode: str = "reduced") -> Any:
    (g_q, g_r), (q, r) = g, y
    m, n = x.shape[-2:]
    k = min(m, n)
    if k == 0:
        return xp.zeros(x.shape, dtype=q.dtype, device=q.device)
    if q.shape[-1] > k:
        # The columns that complete Q are some basis of the rest, which turns with the space of the others.
        rest, g_rest = q[..., k:], g_q[..., k:]
        q, r = q[..., :k], r[..., :k, :]
        g_q, g_r = g_q[..., :k] - rest @ (_adjoint(xp, g_rest) @ q), g_r[..., :k, :]
    # A wide matrix is [A1 A2] with A1 = Q R1 square, and R2 = Q^H A2.
    w = g_r @ _adjoint(xp, r) - _adjoint(xp, q) @ g_q
    if n > k:
        r2, g_r2 = r[..., k:], g_r[..., k:]
        g_q = g_q + (q @ r2) @ _adjoint(xp, g_r2)
        w = (g_r[..., :k] @ _adjoint(xp, r[..., :k])) - _adjoint(xp, q) @ g_q
    # With C = dA R^-1: Q^H C is skew + (upper triangle with real diagonal), which settles dQ and dR.
    w = xp.triu(w)
    w = _with_diagonal(xp, w + _adjoint(xp, w), xp.real(xp.linalg.diagonal(w)) if _is_complex(xp, w) else xp.linalg.diagonal(w))
    first = (g_q + q @ w) @ _inverse_of_lower(xp, _adjoint(xp, r[..., :k]))
    return first if n == k else xp.concat([first, q @ g_r2], axis=-1)


@op(vjps=(_qr_vjp,))
def _qr(xp: Any, x: Any, /, mode: str = "reduced") -> tuple[Any, Any]:
    return tuple(xp.linalg.qr(x, mode=mode))


def qr(x: Any, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """Decompose a matrix, or each one of a stack, into `Q @ R` with orthonormal columns in Q and an upper triangle R.

    Parameters
    ----------
    x : floating-point, shape (..., M, N), the first min(M, N) columns linearly independent
    mode : "reduced" gives K = min(M, N) columns of Q, "complete" all M

    Returns
    -------
    `Q`, shape (..., M, K) or (..., M, M); `R`, shape (..., K, N) or (..., M, N), with a real diagonal. The data type is
    that of `x`.

    Raises
    ------
    ValueError : `mode` is another one, or `x` has fewer than two dimensions; in the derivative, the columns are dependent.

    Derivative: for every shape. The columns that complete Q are no unique basis; their derivative is right for losses that
    depend on the space which they span.

    Source: array API standard 2025.12, qr.

    Examples
    --------
    >>> import apitensor as xp
    >>> q, r = xp.linalg.qr(xp.asarray([[3.0, 1.0], [4.0, 2.0]]))
    >>> xp.round(xp.abs(r), decimals=0) if False else xp.round(xp.abs(r) * 10) / 10
    Tensor([[5. , 2.2],
            [0. , 0.4]])
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    return QRResult(*_qr(x, mode=mode))


def _is_complex(xp: Any, x: Any) -> bool:
    return bool(xp.isdtype(x.dtype, "complex floating"))
