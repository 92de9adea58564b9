"""The standard's extension `linalg` over CuPy arrays.

What does not exist (the inverse of a singular matrix, the Cholesky factor of one that is not positive definite) is NaN
or infinite: to raise an error would mean to wait for the device.
"""

from __future__ import annotations

from typing import Any

import cupy
import numpy as np
from array_api_compat.common._linalg import EighResult, EigResult, QRResult, SlogdetResult, SVDResult
from array_api_compat.cupy import linalg as compat
from array_api_compat.cupy import vecdot as vecdot

det = cupy.linalg.det
eigvalsh = cupy.linalg.eigvalsh
inv = cupy.linalg.inv
matmul = cupy.matmul
matrix_norm = compat.matrix_norm
matrix_transpose = compat.matrix_transpose
tensordot = cupy.tensordot


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product of vectors of three elements; CuPy broadcasts no others."""
    if not x1.shape[axis] == x2.shape[axis] == 3:
        raise ValueError(f"a cross product takes 3 elements along axis {axis}, not shapes {x1.shape} and {x2.shape}")
    return cupy.linalg.cross(*cupy.broadcast_arrays(x1, x2), axis=axis)


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky factor, NaN where there is none; CuPy has the lower one, and leaves there what it began."""
    lower = cupy.linalg.cholesky(x)
    # A factor has a positive diagonal, and rows with the squares of norms that stand on that of `x`, but for rounding.
    wanted = cupy.real(cupy.diagonal(x, 0, -2, -1))
    limits = np.finfo(lower.dtype)
    rounding = x.shape[-1] * (8 * limits.eps * wanted + limits.tiny)
    rows = cupy.sum(cupy.square(cupy.abs(lower)), axis=-1)
    right = (cupy.abs(rows - wanted) <= rounding) & (cupy.real(cupy.diagonal(lower, 0, -2, -1)) > 0)
    lower = cupy.where(cupy.all(right, axis=-1)[..., None, None], lower, np.nan)
    return cupy.conj(matrix_transpose(lower)) if upper else lower


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals, copied: CuPy gives a window onto `x`, of the first two axes."""
    _check_matrix(x)
    return cupy.diagonal(x, offset, -2, -1).copy()


def _check_matrix(x: Any) -> None:
    if x.ndim < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, not {x.ndim}")


def eig(x: Any, /) -> Any:
    """Eigenvalues and eigenvectors. Where cuSOLVER is too old for them the host computes them, after the device."""
    dtype = np.result_type(x.dtype, np.complex64)
    values, vectors = _eig(x, "eig")
    return EigResult(values.astype(dtype, copy=False), vectors.astype(dtype, copy=False))


def eigvals(x: Any, /) -> Any:
    """Eigenvalues. Where cuSOLVER is too old for them the host computes them, which waits for the device."""
    return _eig(x, "eigvals").astype(np.result_type(x.dtype, np.complex64), copy=False)


def _eig(x: Any, name: str) -> Any:
    from cupyx.cusolver import check_availability

    if check_availability("geev"):
        return getattr(cupy.linalg, name)(x)
    found = getattr(np.linalg, name)(cupy.asnumpy(x))
    with x.device:
        return tuple([cupy.asarray(part) for part in found]) if isinstance(found, tuple) else cupy.asarray(found)


def eigh(x: Any, /) -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices, with names."""
    return EighResult(*cupy.linalg.eigh(x))


def matrix_power(x: Any, n: int, /) -> Any:
    """The matrix multiplied `n` times; CuPy gives the operand itself for the power 1."""
    result = cupy.linalg.matrix_power(x, n)
    return result.copy() if n == 1 else result


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """How many singular values exceed `rtol` times the largest; CuPy knows no relative bound."""
    _check_matrix(x)
    singular = svdvals(x)
    bound = _bound(x, rtol)
    largest = cupy.max(singular, axis=-1, keepdims=True) if singular.shape[-1] else singular
    return cupy.sum(singular > largest * bound, axis=-1, dtype=cupy.int64)


def _bound(x: Any, rtol: Any) -> Any:
    if rtol is None:
        return max(x.shape[-2:]) * np.finfo(x.dtype).eps
    return rtol if isinstance(rtol, int | float) else cupy.asarray(rtol)[..., None]


def outer(x1: Any, x2: Any, /) -> Any:
    """All products of elements of two vectors; CuPy flattens what is no vector."""
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer takes vectors, not arrays of {x1.ndim} and {x2.ndim} dimensions")
    return x1[:, None] * x2[None, :]


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse; singular values up to `rtol` times the largest count as zero."""
    u, s, vh = cupy.linalg.svd(x, full_matrices=False)
    largest = cupy.max(s, axis=-1, keepdims=True) if s.shape[-1] else s
    inverse = cupy.where(s > largest * _bound(x, rtol), cupy.divide(1, s), 0).astype(s.dtype, copy=False)
    return cupy.matmul(cupy.conj(matrix_transpose(vh)) * inverse[..., None, :], cupy.conj(matrix_transpose(u)))


def qr(x: Any, /, *, mode: str = "reduced") -> Any:
    """The QR decomposition, with names."""
    return QRResult(*cupy.linalg.qr(x, mode=mode))


def slogdet(x: Any, /) -> Any:
    """Sign and logarithm of the determinant, with names."""
    return SlogdetResult(*cupy.linalg.slogdet(x))


def solve(x1: Any, x2: Any, /) -> Any:
    """Solve linear systems; CuPy broadcasts no stacks, and divides by the number of columns."""
    if x2.ndim == 1:
        return solve(x1, x2[:, None])[..., 0]
    stack = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1, x2 = (cupy.broadcast_to(x, (*stack, *x.shape[-2:])) for x in (x1, x2))
    if not x2.size and x1.shape[-2:] == (x2.shape[-2],) * 2:
        return cupy.empty(x2.shape, cupy.result_type(x1, x2))
    return cupy.linalg.solve(x1, x2)


def svd(x: Any, /, *, full_matrices: bool = True) -> Any:
    """The singular value decomposition, with names."""
    return SVDResult(*cupy.linalg.svd(x, full_matrices=full_matrices))


def svdvals(x: Any, /) -> Any:
    """The singular values."""
    return cupy.linalg.svd(x, compute_uv=False)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals; CuPy takes the first two axes."""
    return cupy.sum(cupy.diagonal(x, offset, -2, -1), axis=-1, dtype=dtype)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norms of vectors; CuPy finds no largest of no elements."""
    if not x.size and ord == np.inf:
        return cupy.sum(cupy.abs(x), axis=axis, keepdims=keepdims)
    return compat.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
