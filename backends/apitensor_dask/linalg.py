"""The standard's extension `linalg` over Dask arrays.

A matrix that lies in one chunk is NumPy's work, and any number of such matrices is worked through chunk by chunk. Of
matrices in several chunks Dask itself multiplies all, and decomposes few.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from array_api_compat.dask.array import linalg as compat

from apitensor_numpy import linalg as numpy_linalg

from .array import limited

matmul = limited(da.matmul)
tensordot = limited(da.tensordot)
matrix_transpose = limited(compat.matrix_transpose)
vecdot = limited(compat.vecdot)
diagonal = limited(compat.diagonal)
trace = limited(compat.trace)
vector_norm = limited(compat.vector_norm)

# Dask's own messages name `rechunk`, which tensors do not have.
CURE = "make the tensor of an array with chunks that hold whole matrices, or compute elsewhere: to_device('cpu')"


def _on_block(name: str, fields: int, parameters: dict[str, Any], *blocks: Any) -> Any:
    with np.errstate(all="ignore"):
        if not all(block.size for block in blocks):  # Dask asks what comes out by calling it on nothing
            blocks = tuple(
                [np.broadcast_to(np.eye(*block.shape[-2:], dtype=block.dtype), block.shape) for block in blocks]
            )
        result = getattr(numpy_linalg, name)(*blocks, **parameters)
    return tuple(result) if fields > 1 else result


def _sizes(x: Any) -> tuple[Any, Any]:
    if x.ndim < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, not {x.ndim}")
    rows, columns = x.shape[-2:]
    return rows, columns


def _by_matrix(name: str, signature: str, *operands: Any, **parameters: Any) -> Any:
    """NumPy's function on every matrix. `signature` says how its dimensions go in and come out, as for a gufunc."""
    for x in operands:
        _sizes(x)
        if any(count > 1 for count in x.numblocks[-2:]):
            raise NotImplementedError(
                f"{name} needs every matrix in one chunk, and these are in {x.numblocks[-2:]}; {CURE}"
            )
    outputs = signature.partition("->")[2].count("(")
    kinds = [np.empty((1, 1), x.dtype) for x in operands]
    sample = _on_block(name, outputs, parameters, *[np.ones_like(kind) for kind in kinds])
    dtypes = [part.dtype for part in sample] if outputs > 1 else sample.dtype
    function = functools.partial(_on_block, name, outputs, parameters)
    return da.apply_gufunc(function, signature, *operands, output_dtypes=dtypes)


def _named(name: str, signature: str, result: Callable[..., Any] | None = None) -> Callable[..., Any]:
    def call(x: Any, /) -> Any:
        found = _by_matrix(name, signature, x)
        return found if result is None else result(*found)

    call.__name__ = name
    call.__doc__ = getattr(numpy_linalg, name).__doc__
    return limited(call)


class _Result:
    """The named results of the NumPy plug-in's functions, over Dask arrays."""

    eig = type(np.linalg.eig(np.eye(1)))
    eigh = type(np.linalg.eigh(np.eye(1)))
    qr = type(np.linalg.qr(np.eye(1)))
    slogdet = type(np.linalg.slogdet(np.eye(1)))
    svd = type(np.linalg.svd(np.eye(1)))


det = _named("det", "(m,m)->()")
eig = _named("eig", "(m,m)->(m),(m,m)", _Result.eig)
eigh = _named("eigh", "(m,m)->(m),(m,m)", _Result.eigh)
eigvals = _named("eigvals", "(m,m)->(m)")
eigvalsh = _named("eigvalsh", "(m,m)->(m)")
slogdet = _named("slogdet", "(m,m)->(),()", _Result.slogdet)


def _in_several(x: Any) -> bool:
    """Whether a matrix (one, not a stack) lies in several chunks, for the few functions that Dask has for that."""
    return bool(x.ndim == 2 and x.npartitions > 1)


def _by_dask(function: Callable[..., Any], x: Any, *operands: Any, **parameters: Any) -> Any:
    """Dask's function, of a matrix in several chunks. Chunks that it does not want are its limit."""
    try:
        return function(x, *operands, **parameters)
    except (NotImplementedError, ValueError) as error:
        if isinstance(error, ValueError) and function is not da.linalg.qr and x.shape[0] != x.shape[1]:
            raise
        raise NotImplementedError(f"{error}; {CURE}") from error


@limited
def inv(x: Any, /) -> Any:
    """The inverse; a matrix in several chunks is inverted by Dask, which wants square chunks of one size."""
    return _by_dask(da.linalg.inv, x) if _in_several(x) else _by_matrix("inv", "(m,m)->(m,m)", x)


@limited
def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky factor; of a matrix in several chunks by Dask, which wants square chunks of one size."""
    if not _in_several(x):
        return _by_matrix("cholesky", "(m,m)->(m,m)", x, upper=upper)
    return _by_dask(da.linalg.cholesky, x, lower=not upper)


@limited
def solve(x1: Any, x2: Any, /) -> Any:
    """Solve linear systems; a matrix in several chunks is Dask's work, which wants square chunks of one size."""
    if _in_several(x1):
        return _by_dask(da.linalg.solve, x1, x2)
    if x2.ndim == 1:
        return _by_matrix("solve", "(m,m),(m,k)->(m,k)", x1, x2[:, None])[..., 0]
    return _by_matrix("solve", "(m,m),(m,k)->(m,k)", x1, x2)


def _sides(x: Any, complete: bool) -> tuple[str, str]:
    """The letters of the dimensions of the left and of the right factor, where the smaller side is that of the core."""
    rows, columns = _sizes(x)
    tall = rows >= columns
    if complete:
        return "m", "n"
    return ("n", "n") if tall else ("m", "m")


@limited
def qr(x: Any, /, *, mode: str = "reduced") -> Any:
    """The QR decomposition; a matrix in several chunks is Dask's work, reduced, in chunks of rows or columns."""
    if _in_several(x):
        if mode != "reduced":
            raise NotImplementedError(f"qr of a matrix in several chunks gives the reduced factors only; {CURE}")
        return _Result.qr(*_by_dask(da.linalg.qr, x))
    k, _ = _sides(x, mode == "complete")
    return _Result.qr(*_by_matrix("qr", f"(m,n)->(m,{k}),({k},n)", x, mode=mode))


@limited
def svd(x: Any, /, *, full_matrices: bool = True) -> Any:
    """The singular value decomposition; a matrix in several chunks is Dask's work, with full_matrices=False."""
    if _in_several(x):
        if full_matrices:
            raise NotImplementedError(f"svd of a matrix in several chunks needs full_matrices=False; {CURE}")
        return _Result.svd(*_by_dask(da.linalg.svd, x, coerce_signs=False))
    k, _ = _sides(x, False)
    left, right = _sides(x, full_matrices)
    return _Result.svd(*_by_matrix("svd", f"(m,n)->(m,{left}),({k}),({right},n)", x, full_matrices=full_matrices))


@limited
def svdvals(x: Any, /) -> Any:
    """The singular values."""
    if _in_several(x):
        return _by_dask(da.linalg.svd, x)[1]
    return _by_matrix("svdvals", f"(m,n)->({_sides(x, False)[0]})", x)


@limited
def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse."""
    return _by_matrix("pinv", "(m,n)->(n,m)", x, rtol=rtol)


@limited
def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """How many singular values exceed `rtol` times the largest."""
    return _by_matrix("matrix_rank", "(m,n)->()", x, rtol=rtol)


@limited
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices; those made of singular values need whole matrices in a chunk."""
    if ord in ("nuc", 2, -2):
        norm = _by_matrix("matrix_norm", "(m,n)->()", x, ord=ord)
        return norm[..., None, None] if keepdims else norm
    return compat.matrix_norm(x, keepdims=keepdims, ord=ord)


@limited
def matrix_power(x: Any, n: int, /) -> Any:
    """The matrix multiplied `n` times."""
    return _by_matrix("matrix_power", "(m,m)->(m,m)", x, n=n)


@limited
def outer(x1: Any, x2: Any, /) -> Any:
    """All products of elements of two vectors."""
    return x1[:, None] * x2[None, :]


@limited
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product along an axis of length 3, which Dask lacks."""
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError("cross: the axis has length 3")
    a, b = da.moveaxis(x1, axis, -1), da.moveaxis(x2, axis, -1)
    parts = [a[..., (i + 1) % 3] * b[..., (i + 2) % 3] - a[..., (i + 2) % 3] * b[..., (i + 1) % 3] for i in range(3)]
    return da.moveaxis(da.stack(parts, axis=-1), -1, axis)
