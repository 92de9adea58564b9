"""The standard's extension `linalg` over NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

cholesky = np.linalg.cholesky
cross = np.linalg.cross
det = np.linalg.det
eigh = np.linalg.eigh
eigvalsh = np.linalg.eigvalsh
inv = np.linalg.inv
matmul = np.matmul
matrix_norm = np.linalg.matrix_norm
matrix_transpose = np.matrix_transpose
outer = np.linalg.outer
qr = np.linalg.qr
slogdet = np.linalg.slogdet
solve = np.linalg.solve
svd = np.linalg.svd
svdvals = np.linalg.svdvals
tensordot = np.tensordot
trace = np.linalg.trace
vecdot = np.vecdot


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals, copied: NumPy gives a window onto `x`."""
    return np.linalg.diagonal(x, offset=offset).copy()


def eig(x: Any, /) -> Any:
    """Eigenvalues and eigenvectors, always complex: NumPy gives real ones where all happen to be real."""
    result = np.linalg.eig(x)
    dtype = np.result_type(result.eigenvalues, np.complex64)
    return type(result)(result.eigenvalues.astype(dtype, copy=False), result.eigenvectors.astype(dtype, copy=False))


def eigvals(x: Any, /) -> Any:
    """Eigenvalues, always complex: NumPy gives real ones where all happen to be real."""
    values = np.linalg.eigvals(x)
    return values.astype(np.result_type(values, np.complex64), copy=False)


def matrix_power(x: Any, /, n: int) -> Any:
    """The matrix multiplied `n` times; NumPy gives the operand itself for the power 1."""
    result = np.linalg.matrix_power(x, n)
    return result.copy() if n == 1 else result


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """How many singular values exceed `rtol` times the largest; NumPy takes vectors, and some NumPy no empty matrix."""
    if x.ndim < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, not {x.ndim}")
    singular = np.linalg.svdvals(x)
    if rtol is None:
        rtol = max(x.shape[-2:]) * np.finfo(singular.dtype).eps
    largest = np.max(singular, axis=-1, keepdims=True, initial=0)
    return np.count_nonzero(singular > largest * np.asarray(rtol)[..., np.newaxis], axis=-1)


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse; by default `rtol` is max(M, N) * eps, where NumPy's default is a constant."""
    return np.linalg.pinv(x, rtol=rtol)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm over axes; NumPy brings two axes together, which takes longer than the norm of a small matrix."""
    if type(axis) is tuple and len(axis) == 2 and ord == 2:
        return np.linalg.norm(x, axis=axis, keepdims=keepdims)
    return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
