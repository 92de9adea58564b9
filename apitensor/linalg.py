"""The standard's extension `linalg`: decompositions, solvers, determinants and norms, for matrices and stacks of them.

Symbols in the comments: A is the operand, ^H the conjugate transpose, `<a, b>` the real inner product Re(sum(conj(a)
b)) of which the rules are adjoints, `o` the elementwise product.

**Vectors that are not unique.** Eigenvectors and singular vectors are fixed up to a phase, and those of equal values up
to a unitary matrix. A derivative exists for losses that do not depend on this choice. Such a loss pulls back a
cotangent whose part along the choice vanishes, and the formulas divide exactly that part by the difference of the two
values: 0 / 0 where they are equal, and rounding errors over rounding errors where they are equal up to rounding. So the
quotient is taken as 0 wherever the values agree within the accuracy they are computed with. That is right for losses of
the values that are symmetric in equal ones (sums of f(w), determinants, norms), and for losses of the space that the
vectors of equal values span (projectors, low-rank parts, polar factors). It is not enough for `v @ diag(f(w)) @ v^H`
between two equal values: its derivative there is f'(w), and no cotangent of w or v carries that number. The first
derivative of the values is of that form, so second derivatives through a decomposition need values that differ; with
equal ones they are finite, and what f''(w) would give between those is missing.

Source: array API standard 2025.12, extension "Linear Algebra Functions".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import index
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ._core import op as core
from ._core.declare import linear, op, within
from ._standard.linear_algebra import (
    adjoint,
    check_same_axis,
    conjugate,
    length,
    matmul,
    matrix_transpose,
    misfit,
    tensordot,
    vecdot,
)
from ._standard.manipulation import as_tensor
from ._standard.statistical import kept_shape, products_of_others

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
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


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a type checker is to know what there is

    def __getattr__(name):
        from ._elsewhere import missing

        raise missing(__name__, name)


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


def _identity(xp: Any, n: int, device: Any) -> Any:
    """True on the diagonal."""
    return xp.eye(n, dtype=xp.bool, device=device)


def _with_diagonal(xp: Any, x: Any, diagonal: Any) -> Any:
    """The square matrix with another diagonal."""
    return xp.where(_identity(xp, x.shape[-1], x.device), diagonal[..., None, :], x)


def _rounding(xp: Any, values: Any, size: int) -> Any:
    """The rounding error of the eigenvalues or singular values of a matrix of that size, as in `matrix_rank`."""
    largest = xp.max(xp.abs(values), axis=-1, keepdims=True)
    return largest * (size * float(xp.finfo(largest.dtype).eps))


def _reciprocal(xp: Any, x: Any, error: Any) -> Any:
    """1 / x, and 0 where x cannot be told from 0."""
    zero = xp.abs(x) <= error
    return xp.where(zero, 0.0, 1.0 / xp.where(zero, 1.0, x))


def _reciprocal_gaps(xp: Any, values: Any, error: Any) -> Any:
    """1 / (values[j] - values[i]) at [i, j], and 0 for equal values.

    The operand was most often computed too, and below 16 errors a quotient of differences has hardly one right digit.
    """
    return _reciprocal(xp, values[..., None, :] - values[..., :, None], 16 * error[..., None])


def _skew(xp: Any, x: Any) -> Any:
    """x - x^H."""
    return x - adjoint(xp, x)


def _mirrored(xp: Any, triangle: Any) -> Any:
    """The Hermitian matrix with that triangle, and with the real part of its diagonal."""
    x = triangle + adjoint(xp, triangle)
    return _with_diagonal(xp, x, xp.linalg.diagonal(x) * 0.5)


# Up to this size a matrix is not worth dividing: twenty calls cost more than the arithmetic that they save.
_SMALL = 64


def _over_lower(xp: Any, x: Any, lower: Any) -> Any:
    """`x @ lower^-1` for a lower triangular matrix.

    The standard has no triangular solver. By halves nearly all is products, and it takes half of the time that a
    general one takes at size 256.
    """
    n = lower.shape[-1]
    if n <= _SMALL:
        return x @ xp.linalg.inv(lower)
    half = n // 2
    second = _over_lower(xp, x[..., half:], lower[..., half:, half:])
    first = _over_lower(xp, x[..., :half] - second @ lower[..., half:, :half], lower[..., :half, :half])
    return xp.concat([first, second], axis=-1)


def _matrix(name: str, x: Any) -> Any:
    """The operand as a tensor of matrices."""
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"{name}: a matrix has at least 2 dimensions, not {x.ndim}")
    return x


@contextmanager
def _needing(what: str, name: str, x: Any) -> Iterator[None]:
    """Let the backend's error about a singular matrix say whose derivative needs which; `x` is the operand's Spec."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"derivative of {name}({x.dtype}{list(x.shape)}): {what} ({error})") from error


def unless_unused(xp: Any, g: Any, cotangent: Any) -> Any:
    """The cotangent of matrices, but zero for one that is not used, as its own cotangents `g` are zero throughout."""
    unused = xp.logical_not(xp.isfinite(cotangent))
    for part in g if isinstance(g, (tuple, list)) else (g,):
        if 0 in part.shape:
            continue
        if part.ndim < cotangent.ndim:  # the values of a decomposition, or a solution that is a vector
            part = part[..., None]
        unused = xp.logical_and(unused, xp.all(part == 0, axis=(-2, -1), keepdims=True))
    return xp.where(unused, 0.0, cotangent)


def careful_matrix(
    rule: Any, i: int, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """Keep the zeros of whole matrices: what is not finite in one of a stack is in all of what is made of it."""
    return unless_unused(xp, g, rule(xp, g, y, *operands, *args, **kwargs))


# ---- products and parts of matrices


def _careful_cross(
    rule: Any, i: int, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    axis, other = kwargs.get("axis", -1), conjugate(xp, operands[1 - i])
    (g1, g2), (x1, x2) = [[xp.roll(x, -k, axis=axis) for k in (1, 2)] for x in (g, other)]
    forth, back = xp.safe_multiply(g2, x1), xp.safe_multiply(g1, x2)
    return forth - back if i == 0 else back - forth


@op(
    vjps=(
        lambda xp, g, y, x1, x2, /, axis=-1: xp.linalg.cross(conjugate(xp, x2), g, axis=axis),
        lambda xp, g, y, x1, x2, /, axis=-1: xp.linalg.cross(g, conjugate(xp, x1), axis=axis),
    ),
    careful=_careful_cross,
)
def cross(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """Give the cross product of vectors of three elements.

    Parameters
    ----------
    x1, x2 : numeric, of size 3 along `axis` and broadcastable along the others
    axis : the axis of the vectors, counted from the end in both operands

    Returns
    -------
    The promoted data type and the broadcast shape.

    Raises
    ------
    ValueError : the size along `axis` is not 3, or `axis` counts from the front for operands with different numbers of
        dimensions.

    Derivative: `conj(x2) x g` for `x1` and `g x conj(x1)` for `x2`.

    Source: array API standard 2025.12, cross.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.cross(xp.asarray([1.0, 0.0, 0.0]), xp.asarray([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """
    check_same_axis(axis, x1, x2)
    for x in (x1, x2):
        if length("cross", x, axis) != 3:
            raise ValueError(f"vectors have 3 elements, and along axis {axis} the shape {x.shape} has not")
    return xp.linalg.cross(x1, x2, axis=axis)


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
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer: operands are one-dimensional; these have {x1.ndim} and {x2.ndim} dimensions")
    return x1[:, None] * x2[None, :]


def _place_diagonal(xp: Any, g: Any, shape: tuple[int, ...], offset: int) -> Any:
    """Zeros of `shape` with `g` on a diagonal: in the elements of a matrix row by row it is a slice."""
    *stack, rows, columns = shape
    step, size = columns + 1, rows * columns
    start = min(offset if offset > 0 else -offset * columns, size)
    key = (..., slice(start, min(start + g.shape[-1] * step, size), step))
    return xp.reshape(xp.scatter_add(g, key, (*stack, size)), shape)


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
    return xp.linalg.diagonal(x, offset=offset)


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
    return core.namespace.sum(diagonal(_matrix("trace", x), offset=offset), axis=-1, dtype=dtype)


# ---- inverses and solutions


@op(
    vjps=(lambda xp, g, y, x, /: -(adjoint(xp, y) @ g @ adjoint(xp, y)),),
    jvp=lambda xp, tangents, y, x, /: -(y @ tangents[0] @ y),
    careful=careful_matrix,
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
    return xp.linalg.inv(x)


def _columns(x: Any, vector: bool) -> Any:
    """A vector as a matrix of one column."""
    return x[..., None] if vector else x


def _solve_joint(xp: Any, needs: Sequence[bool], g: Any, y: Any, x1: Any, x2: Any, /) -> tuple[Any, Any]:
    vector = x2.ndim == 1
    with _needing("a matrix that is regular, also up to rounding errors", "solve", x1):
        second = xp.linalg.solve(adjoint(xp, x1), _columns(g, vector))
    first = None
    if needs[0]:
        # With one column the product is an outer one, for which the operator takes half of the time.
        minus, yh = -second, adjoint(xp, _columns(y, vector))
        first = minus * yh if yh.shape[-2] == 1 else minus @ yh
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


def _careful_solve(
    rule: Any, needs: Any, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    vector = operands[1].ndim == 1
    first, second = rule(xp, needs, g, y, *operands)
    g = _columns(g, vector)
    second = unless_unused(xp, g, _columns(second, vector))
    return None if first is None else unless_unused(xp, g, first), second[..., 0] if vector else second


@op(joint=_solve_joint, jvp=_solve_jvp, careful=_careful_solve)
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
    try:
        return xp.linalg.solve(x1, x2)
    except ValueError as error:
        # Those of what is singular or not square are of a class that callers look for.
        raise (misfit(x1, x2) if type(error) is ValueError else None) or error from None


def _pinv_vjp(xp: Any, g: Any, y: Any, x: Any, rtol: Any, /) -> Any:
    # dY = -Y dA Y + Y Y^H dA^H (I - A Y) + (I - Y A) dA^H Y^H Y at constant rank; the adjoints of the three, with the
    # projections multiplied out so that no product is larger than the operand's.
    gh, yh = adjoint(xp, g), adjoint(xp, y)
    left, right = (gh @ y) @ yh, yh @ (y @ gh)
    return left - x @ (y @ left) + right - (right @ y) @ x - yh @ g @ yh


@op(vjps=(_pinv_vjp, None), careful=careful_matrix)
def _pinv(xp: Any, x: Any, rtol: Any, /) -> Tensor:
    return xp.linalg.pinv(x, rtol=rtol)


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
    x = _matrix("pinv", x)
    return _pinv(x if x.dtype.kind in "fc" else x * 1.0, rtol)


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
    x = _matrix("matrix_power", x)
    if not hasattr(n, "__index__"):
        raise TypeError(f"matrix_power: the power is an integer, not {n!r}")
    n = index(n)
    if x.shape[-2] != x.shape[-1]:
        raise ValueError(f"matrix_power: a matrix of shape {x.shape[-2:]} is not square")
    if n == 0:
        xp = core.namespace
        nowhere = xp.zeros(x.shape, dtype=xp.bool, device=x.device)
        return xp.where(nowhere, x, xp.eye(x.shape[-1], dtype=x.dtype, device=x.device))
    if n < 0:
        x, n = inv(x), -n
    power = None
    while True:
        if n % 2:
            power = x if power is None else power @ x
        n //= 2
        if n == 0:
            return +power  # type: ignore[operator]
        x = x @ x


# ---- determinants


def _cofactors_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # In the coordinates of the singular vectors the matrix is diagonal, and there the second derivative of the
    # determinant along E and F is the sum over i != j of (E_ii F_jj - E_ij F_ji) prod(s_k for k != i, j).
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    same = _identity(xp, x.shape[-1], x.device)
    others = products_of_others(xp, xp.where(same, 1.0, s[..., None, :]))
    others = xp.where(same, 0.0, others)
    e = adjoint(xp, u) @ g @ adjoint(xp, vh)
    on_diagonal = xp.sum(others * xp.linalg.diagonal(e)[..., None, :], axis=-1)
    f = conjugate(xp, _with_diagonal(xp, -xp.matrix_transpose(e) * others, on_diagonal))
    return conjugate(xp, xp.linalg.det(u) * xp.linalg.det(vh))[..., None, None] * (u @ f @ vh)


@op(vjps=(_cofactors_vjp,))
def _cofactors(xp: Any, x: Any, /) -> Any:
    """The conjugate cofactors of a matrix that may be singular: the gradient of its determinant."""
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    unit = conjugate(xp, xp.linalg.det(u) * xp.linalg.det(vh))[..., None, None]
    return unit * ((u * products_of_others(xp, s)[..., None, :]) @ vh)


def _nowhere(xp: Any, condition: Any) -> bool:
    """Whether it is known that a condition holds nowhere: not where asking would mean to wait for a device."""
    host = condition._backend.host if xp is core.namespace else xp.host
    return host and not bool(xp.any(condition))


def _det_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # The cofactors are the determinant times the inverse, unless a matrix is too near to singular for that, or the
    # determinant overflows, or nobody knows: then they come from the singular values, for all of the stack. The error
    # of the inverse grows with the condition number, so half of the digits are right below 1/sqrt(eps). A matrix that
    # is not finite has neither, and the cotangent NaN.
    if x.shape[-1] == 0:
        return xp.zeros_like(x)
    finite = xp.all(xp.isfinite(x), axis=(-2, -1))
    if not _nowhere(xp, xp.logical_not(finite)):
        g, y = xp.where(finite | (g == 0), g, g * math.nan), xp.where(finite, y, 1.0)
        x = xp.where(finite[..., None, None], x, xp.eye(x.shape[-1], dtype=x.dtype, device=x.device))
    g = g[..., None, None]
    info = xp.finfo(x.dtype)
    size = xp.abs(y)
    extreme = (size < float(info.smallest_normal)) | (size == math.inf)
    if _nowhere(xp, extreme):
        inverse = xp.linalg.inv(x)
        condition = xp.linalg.matrix_norm(x, ord=1) * xp.linalg.matrix_norm(inverse, ord=1)
        if _nowhere(xp, condition > float(info.eps) ** -0.5):
            return g * conjugate(xp, y)[..., None, None] * adjoint(xp, inverse)
    return g * within(xp, _cofactors, x)


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
    higher order are exact at regular matrices; on devices that queue their work, which are not asked what a matrix is,
    at those of them whose singular values differ.

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
    return xp.linalg.det(x)


def _slogdet_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # d log(det A) = trace(A^-1 dA) =: t, of which the logarithm of the absolute value takes the real part and the phase
    # the imaginary one, d sign = i Im(t) sign. At a singular matrix neither has a derivative.
    g_sign, g_log = g
    sign = y[0]
    if xp.isdtype(x.dtype, "complex floating"):
        z = g_sign * xp.conj(sign)
        g_log = g_log + 0.5 * (z - xp.conj(z))
    singular = (sign == 0)[..., None, None]
    regular = xp.where(singular, xp.eye(x.shape[-1], dtype=x.dtype, device=x.device), x)
    inverse = xp.where(singular, math.nan, adjoint(xp, xp.linalg.inv(regular)))
    return xp.safe_multiply(g_log[..., None, None], inverse)


@op(vjps=(_slogdet_vjp,))
def _slogdet(xp: Any, x: Any, /) -> tuple[Any, Any]:
    return tuple(xp.linalg.slogdet(x))


def slogdet(x: Any, /) -> SlogdetResult:
    """Give the sign of the determinant and the logarithm of its absolute value, which does not overflow.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    `sign`, the data type of `x`: det / abs(det), or 0 for singular matrices; `logabsdet`, real, -inf for singular
    matrices. Both of shape (...).

    Raises
    ------
    ValueError : a matrix is not square.

    Derivative: `g * x^-H` for `logabsdet`; that of the phase for a complex `sign`, zero for a real one. There is none
    at a singular matrix (NaN), unless its cotangent is zero.

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
    return _cholesky_pulled(xp, adjoint(xp, g), adjoint(xp, y)) if upper else _cholesky_pulled(xp, g, y)


def _cholesky_pulled(xp: Any, g: Any, y: Any) -> Any:
    """The Hermitian cotangent of A, of which `y` is the lower triangular factor L.

    Small matrices: L^-1 dA L^-H is Hermitian, and L^-1 dL its lower triangle with half of the diagonal. So the
    cotangent is L^-H p L^-1 / 2, where p is Hermitian with the lower triangle of L^H g. Others go by halves back
    through the steps A11 = L11 L11^H, L21 = A21 L11^-H, A22 - L21 L21^H = L22 L22^H: a sixth of the arithmetic, nearly
    all of it products.
    """
    n = y.shape[-1]
    if n <= _SMALL:
        inverse = xp.linalg.inv(y)
        p = _mirrored(xp, xp.tril(adjoint(xp, y) @ g))
        return adjoint(xp, inverse) @ (p * 0.5) @ inverse
    half = n // 2
    first, corner = y[..., :half, :half], y[..., half:, :half]
    g_second = _cholesky_pulled(xp, g[..., half:, half:], y[..., half:, half:])
    # A21 stands in both triangles, and each has half of its cotangent.
    g_corner = _over_lower(xp, g[..., half:, :half] * 0.5 - g_second @ corner, first)
    g_first = _cholesky_pulled(xp, g[..., :half, :half] - 2.0 * (adjoint(xp, g_corner) @ corner), first)
    rows = [g_first, adjoint(xp, g_corner)], [g_corner, g_second]
    return xp.concat([xp.concat(row, axis=-1) for row in rows], axis=-2)


@op(vjps=(_cholesky_vjp,), careful=careful_matrix)
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
    return xp.linalg.cholesky(x, upper=upper)


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
        g_q, g_r = g_q[..., :k] - rest @ (adjoint(xp, g_rest) @ q), g_r[..., :k, :]
    # A wide matrix is [A1 A2] with A1 = Q R1 square, and R2 = Q^H A2.
    w = g_r @ adjoint(xp, r) - adjoint(xp, q) @ g_q
    if n > k:
        r2, g_r2 = r[..., k:], g_r[..., k:]
        g_q = g_q + (q @ r2) @ adjoint(xp, g_r2)
        w = (g_r[..., :k] @ adjoint(xp, r[..., :k])) - adjoint(xp, q) @ g_q
    # With C = dA R^-1: Q^H C is skew + (upper triangle with real diagonal), which settles dQ and dR.
    with _needing(f"the first {k} columns must be linearly independent", "qr", x):
        first = _over_lower(xp, g_q + q @ _mirrored(xp, xp.triu(w)), adjoint(xp, r[..., :k]))
    return first if n == k else xp.concat([first, q @ g_r2], axis=-1)


@op(vjps=(_qr_vjp,), careful=careful_matrix)
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
    ValueError : `mode` is another one, or `x` has fewer than two dimensions; in the derivative, the columns are
        dependent.

    Derivative: for every shape. The columns that complete Q are no unique basis; their derivative is right for losses
    that depend on the space which they span.

    Source: array API standard 2025.12, qr.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[3.0, 5.0], [4.0, 10.0]])
    >>> q, r = xp.linalg.qr(x)
    >>> xp.round(xp.abs(r))
    Tensor([[ 5., 11.],
            [ 0.,  2.]])
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    return QRResult(*_qr(x, mode=mode))


def _eigh_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # dV = V (E o (V^H dA V)) with E the reciprocal gaps, dw the diagonal of V^H dA V; dA is Hermitian.
    (g_w, g_v), (w, v) = g, y
    if w.shape[-1] == 0:
        return xp.zeros(x.shape, dtype=v.dtype, device=v.device)
    vh = adjoint(xp, v)
    turn = _skew(xp, vh @ g_v) * _reciprocal_gaps(xp, w, _rounding(xp, w, w.shape[-1]))
    return (v @ _with_diagonal(xp, turn * 0.5, g_w)) @ vh


@op(vjps=(_eigh_vjp,), careful=careful_matrix)
def _eigh(xp: Any, x: Any, /) -> tuple[Any, Any]:
    return tuple(xp.linalg.eigh(x))


def eigh(x: Any, /) -> EighResult:
    """Give eigenvalues and eigenvectors of a symmetric (complex: Hermitian) matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M), symmetric or Hermitian; one triangle is read

    Returns
    -------
    `eigenvalues`, real, shape (..., M), ascending; `eigenvectors`, the data type and shape of `x`, in columns.

    Raises
    ------
    ValueError : a matrix is not square, or the iteration does not converge.

    Derivative: the symmetric (Hermitian) cotangent, for losses that do not depend on the choice of the vectors (their
    phases; a basis for repeated eigenvalues). Between repeated eigenvalues the part that only the choice could have
    moved counts as zero; see the notes of this module.

    Source: array API standard 2025.12, eigh.

    Examples
    --------
    >>> import apitensor as xp
    >>> w, v = xp.linalg.eigh(xp.asarray([[2.0, 0.0], [0.0, 1.0]]))
    >>> w, xp.abs(v)
    (Tensor([1., 2.]), Tensor([[0., 1.],
            [1., 0.]]))
    """
    return EighResult(*_eigh(x))


def _eigvalsh_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    v = xp.linalg.eigh(x)[1]
    return (v * g[..., None, :]) @ adjoint(xp, v)


@op(vjps=(_eigvalsh_vjp,), careful=careful_matrix)
def eigvalsh(xp: Any, x: Any, /) -> Tensor:
    """Give the eigenvalues of a symmetric (complex: Hermitian) matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M), symmetric or Hermitian; one triangle is read

    Returns
    -------
    Real, of the precision of `x`, shape (..., M), ascending.

    Raises
    ------
    ValueError : a matrix is not square, or the iteration does not converge.

    Derivative: the symmetric (Hermitian) cotangent, by the eigenvectors, which are computed for it.

    Source: array API standard 2025.12, eigvalsh.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.eigvalsh(xp.asarray([[2.0, 0.0], [0.0, 1.0]]))
    Tensor([1., 2.])
    """
    return xp.linalg.eigvalsh(x)


def _eig_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    # V^-1 dA V = P: dw is its diagonal, and dV = V (E o P + d), where the real diagonal d keeps the columns' lengths.
    (g_w, g_v), (w, v) = g, y
    if w.shape[-1] == 0:
        return xp.zeros(x.shape, dtype=v.dtype, device=v.device)
    vh = adjoint(xp, v)
    p = vh @ g_v
    p = p - (vh @ v) * xp.real(xp.linalg.diagonal(p))[..., None, :]
    p = p * xp.conj(_reciprocal_gaps(xp, w, _rounding(xp, w, w.shape[-1])))
    with _needing("the eigenvectors must be linearly independent", "eig", x):
        return xp.linalg.solve(vh, _with_diagonal(xp, p, g_w) @ vh)


@op(vjps=(_eig_vjp,), careful=careful_matrix)
def _eig(xp: Any, x: Any, /) -> tuple[Any, Any]:
    return tuple(xp.linalg.eig(x))


def eig(x: Any, /) -> EigResult:
    """Give eigenvalues and eigenvectors of a square matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    Complex, of the precision of `x`: `eigenvalues`, shape (..., M), in no order; `eigenvectors`, the shape of `x`,
    columns of length 1.

    Raises
    ------
    ValueError : a matrix is not square, or the iteration does not converge; in the derivative, there are not M
        independent eigenvectors.

    Derivative: for losses that do not depend on the phases of the vectors. Between repeated eigenvalues the part that
    only the choice of the vectors could have moved counts as zero; see the notes of this module.

    Source: array API standard 2025.12, eig.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.eig(xp.asarray([[1.0, 0.0], [0.0, 2.0]])).eigenvalues
    Tensor([1.+0.j, 2.+0.j])
    """
    return EigResult(*_eig(x))


def _eigvals_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    if x.shape[-1] == 0:
        return xp.zeros_like(x)
    w, v = xp.linalg.eig(x)
    # Computed together with the vectors the values may come in another order: each one takes the cotangent of the
    # nearest.
    nearest = xp.argmin(xp.abs(w[..., :, None] - y[..., None, :]), axis=-1)
    vh = adjoint(xp, v)
    with _needing("the eigenvectors must be linearly independent", "eigvals", x):
        return xp.linalg.solve(vh, xp.take_along_axis(g, nearest, axis=-1)[..., :, None] * vh)


@op(vjps=(_eigvals_vjp,), careful=careful_matrix)
def eigvals(xp: Any, x: Any, /) -> Tensor:
    """Give the eigenvalues of a square matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, M)

    Returns
    -------
    Complex, of the precision of `x`, shape (..., M), in no order.

    Raises
    ------
    ValueError : a matrix is not square, or the iteration does not converge; in the derivative, there are not M
        independent eigenvectors.

    Derivative: by the eigenvectors, which are computed for it.

    Source: array API standard 2025.12, eigvals.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.eigvals(xp.asarray([[0.0, 2.0], [-2.0, 0.0]]))
    Tensor([0.+2.j, 0.-2.j])
    """
    return xp.linalg.eigvals(x)


def _svd_vjp(xp: Any, g: Any, y: Any, x: Any, /, full_matrices: bool = True) -> Any:
    # With dU = U O and dV = V P within the space of the singular vectors, O and P are skew, and
    #   O + P = (D + D^H) o 1 / (s_j - s_i)    and    O - P = (D - D^H) o 1 / (s_j + s_i),    where D = U^H dA V.
    # So only turning both bases together can be singular, and what turns one against the other is right for equal
    # values too.
    (g_u, g_s, g_vh), (u, s, vh) = g, y
    m, n = x.shape[-2:]
    k = min(m, n)
    if k == 0:
        return xp.zeros(x.shape, dtype=u.dtype, device=u.device)
    error = _rounding(xp, s, max(m, n))
    rest_u, g_rest_u, rest_vh, g_rest_vh = u[..., k:], g_u[..., k:], vh[..., k:, :], g_vh[..., k:, :]
    u, g_u, vh, g_vh = u[..., :k], g_u[..., :k], vh[..., :k, :], g_vh[..., :k, :]
    uh = adjoint(xp, u)
    turn_u, turn_v = uh @ g_u, vh @ adjoint(xp, g_vh)
    a, b = _skew(xp, turn_u), _skew(xp, turn_v)
    apart = _reciprocal(xp, s[..., None, :] + s[..., :, None], error[..., None])
    inner = ((a + b) * _reciprocal_gaps(xp, s, error) + (a - b) * apart) * 0.5
    g_s = xp.where(s <= error, 0.0, g_s)
    inner = inner + xp.where(_identity(xp, k, s.device), g_s[..., None, :], 0.0)
    # What turns the vectors out of their space, towards that of the columns that complete a tall U or a wide V.
    inverse = _reciprocal(xp, s, error)
    if m > k:
        outward = g_u - u @ turn_u
        if rest_u.shape[-1]:
            outward = outward - rest_u @ (adjoint(xp, g_rest_u) @ u)
        return (u @ inner + outward * inverse[..., None, :]) @ vh
    if n > k:
        outward = g_vh - adjoint(xp, turn_v) @ vh
        if rest_vh.shape[-2]:
            outward = outward - (vh @ adjoint(xp, g_rest_vh)) @ rest_vh
        return u @ (inner @ vh + outward * inverse[..., :, None])
    return (u @ inner) @ vh


@op(vjps=(_svd_vjp,), careful=careful_matrix)
def _svd(xp: Any, x: Any, /, full_matrices: bool = True) -> tuple[Any, Any, Any]:
    return tuple(xp.linalg.svd(x, full_matrices=full_matrices))


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """Decompose a matrix, or each one of a stack, into `U @ diag(S) @ Vh` by its singular values.

    Parameters
    ----------
    x : floating-point, shape (..., M, N)
    full_matrices : whether U and Vh are square; else they have K = min(M, N) columns and rows

    Returns
    -------
    `U`, shape (..., M, M) or (..., M, K); `S`, real, shape (..., K), descending; `Vh`, shape (..., N, N) or (..., K, N)

    Raises
    ------
    ValueError : `x` has fewer than two dimensions, or the iteration does not converge.

    Derivative: for losses that do not depend on the choice of the vectors (their common phases; bases for repeated
    singular values; the columns that complete U or Vh count by the space they span). Between repeated singular values
    the part that only the choice could have moved counts as zero; see the notes of this module. A singular value of
    zero has the subgradient zero.

    Source: array API standard 2025.12, svd.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.svd(xp.asarray([[0.0, 2.0], [1.0, 0.0]])).S
    Tensor([2., 1.])
    """
    return SVDResult(*_svd(x, full_matrices=full_matrices))


def _svdvals_vjp(xp: Any, g: Any, y: Any, x: Any, /) -> Any:
    if 0 in x.shape[-2:]:
        return xp.zeros_like(x)
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    return (u * xp.where(s <= _rounding(xp, s, max(x.shape[-2:])), 0.0, g)[..., None, :]) @ vh


@op(vjps=(_svdvals_vjp,), careful=careful_matrix)
def svdvals(xp: Any, x: Any, /) -> Tensor:
    """Give the singular values of a matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, N)

    Returns
    -------
    Real, of the precision of `x`, shape (..., min(M, N)), descending.

    Raises
    ------
    ValueError : `x` has fewer than two dimensions, or the iteration does not converge.

    Derivative: by the singular vectors, which are computed for it. A singular value of zero has the subgradient zero.

    Source: array API standard 2025.12, svdvals.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.svdvals(xp.asarray([[0.0, 2.0], [1.0, 0.0]]))
    Tensor([2., 1.])
    """
    return xp.linalg.svdvals(x)


@op()
def _matrix_rank(xp: Any, x: Any, rtol: Any, /) -> Tensor:
    return xp.linalg.matrix_rank(x, rtol=rtol)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Tensor:
    """Give the rank of a matrix, or of each one of a stack: the number of singular values that are not zero.

    Parameters
    ----------
    x : floating-point, shape (..., M, N)
    rtol : singular values of at most `rtol` times the largest count as zero; a number, or an array of shape (...). By
        default max(M, N) times the data type's machine epsilon.

    Returns
    -------
    The default integer data type, shape (...).

    Raises
    ------
    ValueError : `x` has fewer than two dimensions.

    Derivative: none, the rank is constant wherever it is continuous.

    Source: array API standard 2025.12, matrix_rank.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linalg.matrix_rank(xp.asarray([[1.0, 2.0], [2.0, 4.0]]))
    Tensor(1)
    """
    return _matrix_rank(_matrix("matrix_rank", x), rtol)


# ---- norms


def _vector_norm_vjp(
    xp: Any,
    g: Any,
    y: Any,
    x: Any,
    /,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Any:
    # Where the norm has a corner (at a zero vector, at zero elements for orders up to 1, at ties of the largest
    # elements) the cotangent is the subgradient in the middle: 0, or even shares. `alive` guards the quotients against
    # 0 / 0.
    kept = kept_shape(x.shape, axis)
    g, y = xp.reshape(g, kept), xp.reshape(y, kept)
    if ord == 0:
        return xp.zeros_like(x)
    if ord == 2:
        alive = y != 0
        return x * (xp.where(alive, g, 0.0) / xp.where(alive, y, 1.0))
    if ord == 1:
        return g * xp.sign(x)
    size = xp.abs(x)
    if math.isinf(ord):
        hit = xp.astype(size == y, y.dtype)
        return (g / xp.sum(hit, axis=axis, keepdims=True)) * hit * xp.sign(x)
    if ord >= 2:  # the power of a zero is zero by itself, and so is its derivative
        return (g * xp.sign(x)) * (size / xp.where(y != 0, y, 1.0)) ** (ord - 1)
    alive = (size != 0) & (y != 0)
    ratio = xp.where(alive, size, 1.0) / xp.where(alive, y, 1.0)
    return g * xp.sign(x) * xp.where(alive, ratio ** (ord - 1), 0.0)


def _careful_vector_norm(
    rule: Any, i: int, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    unit = rule(xp, xp.ones_like(g), y, *operands, *args, **kwargs)
    return xp.safe_multiply(xp.reshape(g, kept_shape(operands[0].shape, kwargs["axis"])), unit)


@op(vjps=(_vector_norm_vjp,), careful=_careful_vector_norm)
def _vector_norm(
    xp: Any, x: Any, /, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, ord: float = 2
) -> Tensor:
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Tensor:
    """Give the norm of vectors: `sum(abs(x)**ord)**(1/ord)`.

    Parameters
    ----------
    x : floating-point
    axis : the axis, or several, that hold one vector; by default all elements are one
    keepdims : whether `axis` stays, with size 1
    ord : the order: inf for the largest absolute value, -inf for the smallest, 0 for the number of elements that are
        not zero, or any other number

    Returns
    -------
    Real, of the precision of `x`; its shape without `axis`.

    Raises
    ------
    ValueError : `ord` is no number.
    IndexError, ValueError : `axis` is out of bounds.

    Derivative: `sign(x) * (abs(x) / y)**(ord - 1)`. A vector of zeros has the gradient zero, and so have zero elements
    where the norm has a corner there; ties of the largest (smallest) element share evenly.

    Source: array API standard 2025.12, vector_norm.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([3.0, 4.0])
    >>> xp.linalg.vector_norm(x), xp.linalg.vector_norm(x, ord=xp.inf)
    (Tensor(5.), Tensor(4.))
    """
    if isinstance(ord, (str, bytes)) or ord is None:
        raise ValueError(f"vector_norm: ord is a number, inf or -inf, not {ord!r}")
    if hasattr(axis, "__index__"):
        axis = index(axis)
    elif axis is not None:
        axis = tuple([index(i) for i in axis])
    return _vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro") -> Tensor:
    """Give the norm of a matrix, or of each one of a stack.

    Parameters
    ----------
    x : floating-point, shape (..., M, N)
    keepdims : whether the last two dimensions stay, with size 1
    ord : "fro" (also None) for the root of the sum of squares, "nuc" for the sum of the singular values, 2 and -2 for
        the largest and smallest singular value, 1 and -1 for the largest and smallest sum of absolute values of a
        column, inf and -inf for those of a row

    Returns
    -------
    Real, of the precision of `x`, shape (...) or (..., 1, 1).

    Raises
    ------
    ValueError : `ord` is another one, or `x` has fewer than two dimensions.

    Derivative: the subgradient zero at a matrix of zeros and for singular values of zero; ties share evenly.

    Source: array API standard 2025.12, matrix_norm.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[3.0, 0.0], [0.0, -4.0]])
    >>> xp.linalg.matrix_norm(x), xp.linalg.matrix_norm(x, ord="nuc")
    (Tensor(5.), Tensor(7.))
    """
    xp = core.namespace
    x = _matrix("matrix_norm", x)
    if x.dtype.kind not in "fc":
        x = x * 1.0
    reduce: Callable[..., Any]
    if ord is None or ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        norms = xp.sum(svdvals(x), axis=-1)
    elif ord in (1, 2, math.inf) and 0 in x.shape[-2:]:
        norms = xp.sum(xp.abs(x), axis=(-2, -1))  # no elements: zero
    elif ord in (2, -2):
        norms = (xp.max if ord == 2 else xp.min)(svdvals(x), axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        reduce = xp.max if ord in (1, math.inf) else xp.min
        norms = reduce(xp.sum(xp.abs(x), axis=-2 if ord in (1, -1) else -1), axis=-1)
    else:
        raise ValueError(f"matrix_norm: ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    return norms[..., None, None] if keepdims else norms
