"""For those who write a backend: `check_backend` runs the whole contract against it and says what it lacks."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import apitensor as xp

from ._core import dtypes, extras
from ._core.backend import Backend, Device, Namespace, as_device, get_backend
from ._core.op import wrap

__all__ = ["BackendReport", "check_backend"]

_FUNCTIONS = tuple(
    """
abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and
bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_shapes
broadcast_to can_cast ceil clip concat conj copysign cos cosh count_nonzero cumulative_prod cumulative_sum diff divide
empty empty_like equal exp expand_dims expm1 eye finfo flip floor floor_divide from_dlpack full full_like greater
greater_equal hypot iinfo imag isdtype isfinite isin isinf isnan less less_equal linspace log log10 log1p log2
logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum mean meshgrid min minimum
moveaxis multiply negative nextafter nonzero not_equal ones ones_like permute_dims positive pow prod real reciprocal
remainder repeat reshape result_type roll round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std
subtract sum take take_along_axis tan tanh tensordot tile tril triu trunc unique_all unique_counts unique_inverse
unique_values unstack var vecdot where zeros zeros_like linalg.cholesky linalg.cross linalg.det linalg.diagonal
linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh linalg.inv linalg.matmul linalg.matrix_norm linalg.matrix_power
linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd
linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm fft.fft fft.fftfreq fft.fftn
fft.fftshift fft.hfft fft.ifft fft.ifftn fft.ifftshift fft.ihfft fft.irfft fft.irfftn fft.rfft fft.rfftfreq fft.rfftn
""".split()  # noqa: SIM905 - a list of strings would fill a page
)
_CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")

# Functions of the namespace, beside NumPy's: by names that share operands, and by calls `call(ns, v)` for what takes
# more than those; the operands are those of `_Operands`.
_ELEMENTWISE: tuple[tuple[str, str, Callable[[Any], tuple[Any, ...]]], ...] = (
    (
        "special values",
        """
        abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p log2
        negative positive reciprocal round sign signbit sin sinh sqrt square tan tanh trunc
        """,
        lambda v: (v.special,),
    ),
    (
        "special values",
        """
        add atan2 copysign divide equal greater greater_equal hypot less less_equal logaddexp maximum
        minimum multiply nextafter not_equal pow subtract
        """,
        lambda v: (v.special[:, None], v.special[None, :]),
    ),
    (
        "integers",
        "abs bitwise_invert ceil floor isfinite negative positive round sign square trunc",
        lambda v: (v.i,),
    ),
    (
        "integers",
        """
        add bitwise_and bitwise_or bitwise_xor equal floor_divide greater greater_equal less less_equal maximum minimum
        multiply not_equal remainder subtract
        """,
        lambda v: (v.i, v.j),
    ),
    ("integers", "bitwise_left_shift bitwise_right_shift pow", lambda v: (v.i, v.j * v.j)),
    ("both signs", "floor_divide remainder", lambda v: (v.signs[:, None], v.signs[None, :])),
    ("truth values", "bitwise_invert logical_not", lambda v: (v.b,)),
    (
        "truth values",
        "bitwise_and bitwise_or bitwise_xor equal logical_and logical_or logical_xor",
        lambda v: (v.b, v.i > 0),
    ),
    (
        "complex numbers",
        """
        abs acos acosh asin asinh atan atanh conj cos cosh exp expm1 isfinite log log10 log1p log2 negative
        reciprocal round sign sin sinh sqrt square tan tanh
        """,
        lambda v: (v.c,),
    ),
    ("complex numbers", "add divide equal multiply not_equal pow subtract", lambda v: (v.c, v.d)),
)
_NAMESPACE_CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "data types": lambda ns, v: (
        v.x + 0,
        v.single + 1,
        v.single * v.single,
        ns.sqrt(v.single),
        v.i + 1,
        v.u + v.u,
        v.i * v.u[:, None],
    ),
    "astype": lambda ns, v: (
        ns.astype(v.x, v.x.dtype),
        ns.astype(v.x, ns.float32),
        ns.astype(v.i, v.x.dtype),
        ns.astype(v.x, ns.bool),
    ),
    "asarray, reshape(copy=True)": lambda ns, v: (
        ns.asarray([[1, 2], [3, 4]], dtype=ns.int32, device=v.device),
        ns.asarray(v.i, dtype=ns.float32),
        ns.asarray(v.x, copy=True),
        ns.reshape(v.x, (6, 2), copy=True),
        ns.asarray(True, device=v.device),
    ),
    "empty, empty_like": lambda ns, v: (
        0 * ns.empty((2, 3), dtype=ns.int32, device=v.device),
        0 * ns.empty_like(v.i),
    ),
    "full, full_like": lambda ns, v: (
        ns.full((2, 3), 7, device=v.device),
        ns.full((), 1.5, device=v.device),
        ns.full((2,), True, device=v.device),
        ns.full_like(v.i, 3),
        ns.full_like(v.single, 3),
    ),
    "ones, zeros and their likes": lambda ns, v: (
        *(ns.ones(3, device=v.device), ns.zeros((2, 0), dtype=ns.int16, device=v.device)),
        *(ns.ones_like(v.i), ns.zeros_like(v.single), ns.zeros_like(v.x, dtype=ns.bool)),
    ),
    "arange": lambda ns, v: (
        ns.arange(7, 1, -2, device=v.device),
        ns.arange(1.0, 2.0, 0.25, device=v.device),
        ns.arange(3, dtype=ns.float32, device=v.device),
    ),
    "linspace": lambda ns, v: (
        ns.linspace(1.0, 3.0, 5, endpoint=False, device=v.device),
        ns.linspace(3, 1, 2, dtype=ns.float32, device=v.device),
    ),
    "eye": lambda ns, v: (ns.eye(3, 4, k=1, device=v.device), ns.eye(2, dtype=ns.int32, device=v.device)),
    "meshgrid": lambda ns, v: (*ns.meshgrid(v.at, v.count[:2]), *ns.meshgrid(v.at, v.count[:2], indexing="ij")),
    "tril, triu": lambda ns, v: (ns.tril(v.stack, k=-1), ns.triu(v.stack, k=1), ns.tril(v.x), ns.triu(v.i)),
    "clip": lambda ns, v: (ns.clip(v.i, 0, 3), ns.clip(v.x, max=v.y), ns.clip(v.single, min=0.5)),
    "where": lambda ns, v: (ns.where(v.b, v.i, v.j), ns.where(v.b[:, :3], v.single, 0.0)),
    "result_type": lambda ns, v: (
        ns.zeros(2, dtype=ns.result_type(v.single, ns.complex64), device=v.device),
        ns.zeros(2, dtype=ns.result_type(ns.uint8, ns.int8, ns.int32), device=v.device),
    ),
    "concat, stack": lambda ns, v: (
        *(
            ns.concat([v.i, v.j], axis=-1),
            ns.concat([v.x, v.y], axis=None),
            ns.concat([v.u, v.i[0, :]]),
            ns.concat([v.x]),
        ),
        *(ns.stack([v.x, v.y], axis=1), ns.stack([v.x, v.y], axis=-1)),
    ),
    "roll": lambda ns, v: (ns.roll(v.x, 5), ns.roll(v.x, (1, -1), axis=(0, 1)), ns.roll(v.x, 0)),
    "repeat, tile": lambda ns, v: (
        *(ns.repeat(v.u, 3), ns.repeat(v.x, 2, axis=1), ns.repeat(v.x, 2), ns.repeat(v.x, 1, axis=0)),
        *(ns.tile(v.u, (2,)), ns.tile(v.x, (2, 1, 2)), ns.tile(v.x, (1, 1))),
    ),
    "repeat by counts": lambda ns, v: ns.repeat(v.x, v.count, axis=0),
    "argmax, argmin": lambda ns, v: (
        *(ns.argmax(v.ties, axis=1), ns.argmin(v.ties, axis=0, keepdims=True), ns.argmax(v.ties), ns.argmin(v.ties)),
        ns.argmax(v.special),
    ),
    "argsort, sort": lambda ns, v: (
        *(ns.argsort(v.ties, axis=0), ns.argsort(v.ties, descending=True), ns.argsort(v.x, axis=-1)),
        *(ns.sort(v.ties, axis=0, descending=True), ns.sort(v.x)),
    ),
    "searchsorted": lambda ns, v: (ns.searchsorted(v.u, v.u), ns.searchsorted(v.u, v.u, side="right")),
    "isin": lambda ns, v: (ns.isin(v.i, v.j), ns.isin(v.i, v.j, invert=True)),
    "take": lambda ns, v: (ns.take(v.x, v.at, axis=0), ns.take(v.u, v.at)),
    "take_along_axis": lambda ns, v: (
        ns.take_along_axis(v.x, ns.argsort(v.x, axis=0), axis=0),
        ns.take_along_axis(v.x, ns.argsort(v.x, axis=1)),
    ),
    "count_nonzero": lambda ns, v: (ns.count_nonzero(v.i), ns.count_nonzero(v.i, axis=0, keepdims=True)),
    "nonzero": lambda ns, v: tuple(ns.nonzero(v.i)),
    "unique_all, unique_counts": lambda ns, v: (*ns.unique_all(v.ties), *ns.unique_counts(v.ties)),
    "unique_inverse, unique_values": lambda ns, v: (*ns.unique_inverse(v.ties), ns.unique_values(v.ties)),
    "all, any": lambda ns, v: (
        *(ns.all(v.b, axis=0), ns.any(v.b, axis=(0, 1), keepdims=True), ns.all(v.b[:0, :], axis=0), ns.any(v.x)),
    ),
    "cumulative_sum, cumulative_prod": lambda ns, v: (
        *(ns.cumulative_sum(v.u), ns.cumulative_sum(v.x, axis=0, include_initial=True)),
        *(ns.cumulative_prod(v.i, axis=1), ns.cumulative_prod(v.single, dtype=ns.complex64)),
    ),
    "diff": lambda ns, v: (ns.diff(v.x, n=2), ns.diff(v.u, append=v.u), ns.diff(v.i, axis=0, prepend=v.i)),
    "max, min": lambda ns, v: (
        *(ns.max(v.special), ns.min(v.special), ns.max(v.stack, axis=(0, -1))),
        *(ns.min(v.i, axis=0, keepdims=True), ns.max(v.u)),
    ),
    "mean, std, var": lambda ns, v: (
        *(
            ns.mean(v.x, axis=0),
            ns.mean(v.single),
            ns.mean(v.stack, axis=(0, 1), keepdims=True),
            ns.mean(v.c),
            ns.mean(v.x, axis=()),
        ),
        *(ns.std(v.x, axis=1, correction=1.0, keepdims=True), ns.var(v.x, correction=1.5), ns.var(v.single)),
    ),
    "sum, prod": lambda ns, v: (
        *(ns.sum(v.u), ns.sum(v.small), ns.sum(v.single), ns.sum(v.stack, axis=(0, -1), keepdims=True)),
        *(ns.sum(v.x[:0, :], axis=0), ns.sum(v.i, dtype=ns.float32), ns.sum(v.c, axis=1), ns.sum(v.x, axis=())),
        *(ns.prod(v.u), ns.prod(v.x, axis=0, keepdims=True), ns.prod(v.i, dtype=ns.float32), ns.prod(v.x[:0, :])),
    ),
    "matmul": lambda ns, v: (
        *(v.stack @ v.stack, ns.matmul(v.stack, v.x), ns.matmul(v.x, v.x[0, :]), v.x[:, 0] @ v.x, v.i @ v.j[0, :]),
        *(v.x[0, :] @ v.y[0, :], v.c @ ns.matrix_transpose(v.d)),
    ),
    "tensordot, vecdot": lambda ns, v: (
        *(ns.tensordot(v.stack, v.x, axes=1), ns.tensordot(v.x, v.y, axes=((0,), (0,)))),
        *(ns.tensordot(v.x, v.stack, axes=((0,), (1,))), ns.tensordot(v.x[0, :], v.y[0, :], axes=0)),
        *(ns.vecdot(v.c, v.d), ns.vecdot(v.x, v.y, axis=-2)),
    ),
    "indexing by a mask": lambda ns, v: (v.x[v.b], v.x[v.b & (v.i > 99)]),
    "linalg.cholesky": lambda ns, v: (ns.linalg.cholesky(v.stack), ns.linalg.cholesky(v.stack, upper=True)),
    "linalg.cross": lambda ns, v: (ns.linalg.cross(v.x, v.y, axis=-2), ns.linalg.cross(v.stack, v.x[None, :, :3])),
    "linalg.det, inv": lambda ns, v: (ns.linalg.det(v.stack), ns.linalg.inv(v.stack), ns.linalg.inv(v.stack[0, ...])),
    "linalg.slogdet": lambda ns, v: (*ns.linalg.slogdet(v.stack), *ns.linalg.slogdet(-v.stack[0, ...])),
    "linalg.diagonal, trace": lambda ns, v: (
        *(ns.linalg.diagonal(v.stack), ns.linalg.diagonal(v.x, offset=1), ns.linalg.diagonal(v.x, offset=-2)),
        *(ns.linalg.trace(v.stack), ns.linalg.trace(v.x, offset=1), ns.linalg.trace(v.i, dtype=ns.float32)),
    ),
    # Vectors are determined but for their sign, and the order of complex eigenvalues is free.
    "linalg.eig": lambda ns, v: (
        lambda e: v.complex_stack @ e.eigenvectors - e.eigenvectors * e.eigenvalues[..., None, :]
    )(ns.linalg.eig(v.stack)),
    "linalg.eigvals": lambda ns, v: (
        *(ns.sum(ns.linalg.eigvals(v.stack), axis=-1), ns.prod(ns.linalg.eigvals(v.stack), axis=-1)),
    ),
    "linalg.eigh, eigvalsh": lambda ns, v: (
        *(
            ns.linalg.eigvalsh(v.stack),
            ns.linalg.eigh(v.stack).eigenvalues,
            ns.abs(ns.linalg.eigh(v.stack).eigenvectors),
        ),
    ),
    "linalg.matrix_norm": lambda ns, v: tuple(
        ns.linalg.matrix_norm(v.stack - v.x[:, :3], ord=ord, keepdims=ord == 1)
        for ord in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    ),
    "linalg.vector_norm": lambda ns, v: tuple(
        ns.linalg.vector_norm(v.x - 1, axis=axis, ord=ord, keepdims=axis is None)
        for ord in (0, 1, 2, 3.5, math.inf, -math.inf)
        for axis in (0, None, (0, 1))
    ),
    "linalg.matrix_power": lambda ns, v: tuple(ns.linalg.matrix_power(v.stack, n) for n in (-2, 0, 2, 3)),
    "linalg.matrix_rank, pinv": lambda ns, v: (
        *(ns.linalg.matrix_rank(v.stack), ns.linalg.matrix_rank(v.x[:, :1] * v.y[:1, :], rtol=1e-3)),
        *(ns.linalg.pinv(v.x), ns.linalg.pinv(v.stack)),
    ),
    "linalg.matmul, tensordot, vecdot, outer": lambda ns, v: (
        *(ns.linalg.matmul(v.stack, v.x), ns.linalg.tensordot(v.x, v.y, axes=2), ns.linalg.vecdot(v.c, v.d)),
        ns.linalg.outer(v.x[0, :], v.x[:, 0]),
    ),
    "linalg.qr": lambda ns, v: tuple(
        part
        for mode in ("reduced", "complete")
        for x in (v.x, ns.matrix_transpose(v.x))
        for q, r in [ns.linalg.qr(x, mode=mode)]
        for part in (q @ r, ns.abs(r), ns.matrix_transpose(q) @ q)
    ),
    "linalg.solve": lambda ns, v: (
        *(
            ns.linalg.solve(v.stack, v.x),
            ns.linalg.solve(v.stack, v.x[:, 0]),
            ns.linalg.solve(v.stack[0, ...], v.stack),
        ),
    ),
    "linalg.svd, svdvals": lambda ns, v: (
        *((lambda u, s, vh: (u * s) @ vh)(*ns.linalg.svd(v.x, full_matrices=False)), ns.linalg.svdvals(v.stack)),
        *((lambda u, s, vh: (ns.abs(u), s, vh @ ns.matrix_transpose(vh)))(*ns.linalg.svd(v.x))),
    ),
    "fft.fft, ifft": lambda ns, v: tuple(
        f(v.c, n=n, axis=axis, norm=norm)
        for f in (ns.fft.fft, ns.fft.ifft)
        for n, axis, norm in ((None, -1, "backward"), (3, 0, "ortho"), (5, 1, "forward"))
    ),
    "fft.fftn, ifftn": lambda ns, v: tuple(
        f(v.c, s=s, axes=axes, norm=norm)
        for f in (ns.fft.fftn, ns.fft.ifftn)
        for s, axes, norm in ((None, None, "backward"), ((2, 5), (0, 1), "ortho"), (None, (0,), "forward"))
    ),
    "fft.rfft, rfftn, ihfft": lambda ns, v: (
        *(ns.fft.rfft(v.x), ns.fft.rfft(v.x, n=5, axis=0, norm="ortho"), ns.fft.rfft(v.single)),
        *(ns.fft.rfftn(v.x), ns.fft.rfftn(v.x, s=(2, 3), axes=(1, 0)), ns.fft.ihfft(v.x, axis=0, norm="forward")),
    ),
    "fft.irfft, irfftn, hfft": lambda ns, v: (
        *(ns.fft.irfft(v.c), ns.fft.irfft(v.c, n=5, axis=0, norm="ortho")),
        *(
            ns.fft.irfftn(v.c),
            ns.fft.irfftn(v.c, s=(4, 5), axes=(0, 1)),
            ns.fft.hfft(v.c),
            ns.fft.hfft(v.c, n=5, axis=0),
        ),
    ),
    "fft.fftfreq, rfftfreq": lambda ns, v: (
        ns.fft.fftfreq(5, d=0.5, device=v.device),
        ns.fft.rfftfreq(6, d=0.5, dtype=ns.float32, device=v.device),
    ),
    "fft.fftshift, ifftshift": lambda ns, v: (ns.fft.fftshift(v.x[:, :3]), ns.fft.ifftshift(v.x[:, :3], axes=(0,))),
}


# The same of view operations, whose results may share memory with their operands
_VIEW_CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "expand_dims, squeeze": lambda ns, v: (
        ns.expand_dims(v.x, axis=-1),
        ns.expand_dims(v.x, axis=(0, 2)),
        ns.squeeze(v.x[None, :1, :], axis=0),
        ns.squeeze(v.x[None, :1, :], axis=(0, 1)),
    ),
    "moveaxis, permute_dims": lambda ns, v: (
        *(ns.moveaxis(v.stack, 0, -1), ns.moveaxis(v.stack, (0, 1), (2, 0)), ns.permute_dims(v.stack, (2, 0, 1))),
        *(ns.unstack(v.stack, axis=1)[0], *ns.unstack(v.x)),
    ),
    "reshape": lambda ns, v: (ns.reshape(v.x, (2, -1)), ns.reshape(v.x[:1, 0], ())),
    "indexing": lambda ns, v: (
        *(v.stack[..., None, 1], v.stack[1, ::-1, -1], v.x[-1, 1:1], v.x[:, None, ::2]),
        *(v.x[v.rows, v.at], v.x[v.at, v.at]),
    ),
    "flip": lambda ns, v: (ns.flip(v.stack), ns.flip(v.stack, axis=(0, -1))),
    "broadcast_to": lambda ns, v: (ns.broadcast_to(v.u, (2, 3)), ns.broadcast_to(v.x[:, :1], (3, 2))),
    "broadcast_arrays": lambda ns, v: tuple(ns.broadcast_arrays(v.x[:, :1], v.i[:1, :])),
    "matrix_transpose": lambda ns, v: (ns.matrix_transpose(v.stack), ns.linalg.matrix_transpose(v.x)),
    "real, imag": lambda ns, v: (ns.real(v.c), ns.imag(v.c)),
}


class _Operands:
    """Raw arrays on a device, each made when it is first asked for, of the best precision of another device."""

    def __init__(self, device: Device, precise_as: Device) -> None:
        double = _double(precise_as)
        real, complex_ = (xp.float64, xp.complex128) if double else (xp.float32, xp.complex64)
        x, y = ([[0.4 + (k * (4 * i + j) + 3) % 13 / 10.5 for j in range(4)] for i in range(3)] for k in (7, 5))
        stack = [[[k + 4.0 if i == j else 1 / (2 + i + j + k) for j in range(3)] for i in range(3)] for k in range(2)]
        pairs = [list(zip(*rows, strict=True)) for rows in zip(x, y, strict=True)]
        self.backend = device.backend
        self._device = device
        self._values: dict[str, tuple[Any, Any]] = {
            "x": (x, real),
            "y": (y, real),
            "special": ([0.0, -0.0, 0.3, -1.0, 1.0, 2.5, -3.5, 7, 1e-12, 1e30, math.inf, -math.inf, math.nan], real),
            "signs": ([1.0, -1.0, 0.1, -0.3, 7.0, -2.5], real),
            "single": ([0.25, 1.5, -2.0], xp.float32),
            "c": ([[complex(p, q - 1) for p, q in row] for row in pairs], complex_),
            "d": ([[complex(q - 1, -p) for p, q in row] for row in pairs], complex_),
            "i": ([[-7, 3, 0, 5], [2, -1, 9, 4], [1, 8, -3, 6]], xp.int32),
            "j": ([[2, -3, 4, 5], [-2, 1, 3, 4], [1, -5, 2, 2]], xp.int32),
            "b": ([[True, False, True, True], [False, False, True, False], [True, True, True, False]], xp.bool),
            "u": ([1, 3, 200], xp.uint8),
            "small": ([100, 100, -20], xp.int8),
            "ties": ([[2, 1, 2, 2], [1, 1, 3, 2], [2, 3, 3, 1]], xp.int32),
            "at": ([2, 0, 2], None),
            "rows": ([[0], [1]], None),
            "count": ([2, 0, 3], None),
            "stack": (stack, real),
            "complex_stack": (stack, complex_),
        }

    @property
    def device(self) -> Any:
        return self._device.raw

    def __getattr__(self, name: str) -> Any:
        values, dtype = self._values[name]
        array = xp.asarray(values, dtype=dtype, device=self._device)._array
        setattr(self, name, array)
        return array

    def used(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name in self._values}


# Calls whose values and gradients are compared with those on the CPU: `call(xp, x, y)` with two 3 x 4 matrices, all of
# whose elements lie in (0.3, 1.7) and differ.
_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "x + y * x": lambda xp, x, y: x + y * x,
    "x / y - 2": lambda xp, x, y: x / y - 2,
    "x ** y": lambda xp, x, y: x**y,
    "exp, log, sqrt": lambda xp, x, y: xp.exp(x) * xp.log(y) + xp.sqrt(x),
    "sin, tanh": lambda xp, x, y: xp.sin(x) * xp.tanh(y),
    "abs, maximum, minimum": lambda xp, x, y: xp.abs(x) + xp.maximum(x, y) * xp.minimum(x, 0.9),
    "where": lambda xp, x, y: xp.where(x > y, x, y * y),
    "clip": lambda xp, x, y: xp.clip(x * y, 0.5, 1.5),
    "broadcasting": lambda xp, x, y: x[:, :1] * y[:1, :],
    "sum, mean": lambda xp, x, y: xp.sum(x, axis=1) * xp.mean(y),
    "max, min": lambda xp, x, y: xp.max(x, axis=0) - xp.min(y),
    "prod": lambda xp, x, y: xp.prod(x, axis=0, keepdims=True) * y,
    "var, std": lambda xp, x, y: xp.var(x, axis=0, correction=1) + xp.std(y),
    "cumulative_sum": lambda xp, x, y: xp.cumulative_sum(x, axis=1) * y,
    "cumulative_prod": lambda xp, x, y: xp.cumulative_prod(x, axis=0) * y,
    "matmul": lambda xp, x, y: x @ xp.matrix_transpose(y),
    "tensordot, vecdot": lambda xp, x, y: xp.tensordot(x, y, axes=2) + xp.vecdot(x, y),
    "reshape, permute_dims": lambda xp, x, y: xp.permute_dims(xp.reshape(x, (4, 3)), (1, 0)) * y,
    "flip, roll": lambda xp, x, y: xp.flip(x, axis=0) * xp.roll(y, 1, axis=1),
    "concat, stack": lambda xp, x, y: xp.concat([x, y], axis=1)[:, None, 1:] * xp.stack([x, y])[1, :, None, :1],
    "repeat, tile": lambda xp, x, y: xp.repeat(x, 2, axis=0) * xp.tile(y, (2, 1)),
    "broadcast_to, expand_dims, squeeze": lambda xp, x, y: xp.squeeze(
        xp.broadcast_to(xp.expand_dims(x, axis=0), (1, 3, 4)) * y, axis=0
    ),
    "basic indexing": lambda xp, x, y: x[1:, ::-2] * y[0, 1],
    "indexing by an array": lambda xp, x, y: x[xp.asarray([2, 0, 2], device=x.device), ...] * y,
    "indexing by several arrays": lambda xp, x, y: x[
        xp.asarray([2, 0, 2], device=x.device), xp.asarray([1, 1, 1], device=x.device)
    ],
    "indexing by a mask": lambda xp, x, y: x[y > 1] * 3,
    "take": lambda xp, x, y: xp.take(x, xp.asarray([3, 3, 1], device=x.device), axis=1) * y[:, :3],
    "take_along_axis, argsort": lambda xp, x, y: xp.take_along_axis(x, xp.argsort(y, axis=1), axis=1) * y,
    "sort": lambda xp, x, y: xp.sort(x, axis=1, descending=True) * y,
    "diff": lambda xp, x, y: xp.diff(x, axis=1) * y[:, 1:],
    "tril, triu": lambda xp, x, y: xp.tril(x) + xp.triu(y, k=1),
    "linalg.solve": lambda xp, x, y: xp.linalg.solve(x[:, :3] + 3 * xp.eye(3, dtype=x.dtype, device=x.device), y),
    "linalg.inv, det": lambda xp, x, y: xp.linalg.det(_square(xp, x)) * xp.linalg.inv(_square(xp, y)),
    "linalg.cholesky": lambda xp, x, y: xp.linalg.cholesky(_definite(xp, x)),
    "linalg.eigh": lambda xp, x, y: xp.linalg.eigh(_definite(xp, x)).eigenvalues,
    "linalg.svdvals": lambda xp, x, y: xp.linalg.svdvals(x * y),
    "linalg.qr": lambda xp, x, y: xp.abs(xp.linalg.qr(_square(xp, x)).R),
    "linalg.vector_norm, matrix_norm": lambda xp, x, y: xp.linalg.vector_norm(x, axis=1) * xp.linalg.matrix_norm(y),
    "fft": lambda xp, x, y: xp.real(xp.fft.ifft(xp.fft.fft(_complex(xp, x, y)) * xp.fft.fft(_complex(xp, y, x)))),
    "rfft": lambda xp, x, y: xp.abs(xp.fft.rfft(x, axis=0)),
    "complex arithmetic": lambda xp, x, y: xp.real(_complex(xp, x, y) * xp.conj(_complex(xp, y, x))),
}


def _square(xp: Any, x: Any) -> Any:
    return x[:, :3] + 2 * xp.eye(3, dtype=x.dtype, device=x.device)


def _definite(xp: Any, x: Any) -> Any:
    return x @ xp.matrix_transpose(x) + xp.eye(3, dtype=x.dtype, device=x.device)


def _complex(xp: Any, x: Any, y: Any) -> Any:
    kind = xp.complex128 if x.dtype == xp.float64 else xp.complex64
    return xp.astype(x, kind) + 1j * xp.astype(y, kind)


# Calls that compare with the CPU and have no gradient
_CONSTANT_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "comparisons": lambda xp, x, y: (x < y) | (x == y) & ~(x >= 1),
    "floor, ceil, round": lambda xp, x, y: xp.floor(x) + xp.ceil(y) - xp.round(x),
    "isfinite, isnan": lambda xp, x, y: xp.isfinite(x / (y - y)) | xp.isnan(y - y),
    "argmax, argmin": lambda xp, x, y: xp.argmax(x, axis=1) + xp.argmin(y),
    "all, any": lambda xp, x, y: xp.all(x > 0.5, axis=0) | xp.any(y > 1.6),
    "count_nonzero": lambda xp, x, y: xp.count_nonzero(x > 1, axis=1),
    "searchsorted": lambda xp, x, y: xp.searchsorted(xp.sort(x[0, :]), y[1, :]),
    "nonzero": lambda xp, x, y: xp.nonzero(x > 1)[1],
    "unique_values": lambda xp, x, y: xp.unique_values(xp.floor(4 * x)),
    "integer sum": lambda xp, x, y: xp.sum(xp.astype(10 * x, xp.int32)),
    "bitwise": lambda xp, x, y: xp.bitwise_xor(xp.astype(9 * x, xp.int32), xp.astype(9 * y, xp.int32)) >> 1,
    "arange, linspace, eye": lambda xp, x, y: (
        xp.arange(3.0, device=x.device) + xp.linspace(0.0, 1.0, 3, device=x.device) + xp.eye(3, device=x.device)
    ),
}


@dataclass
class BackendReport:
    """What `check_backend` found.

    Attributes
    ----------
    name : what was checked
    passed : how many checks were met
    lacking : what the backend says it cannot do, by NotImplementedError, or refuses because the standard lacks it
    wrong : where it breaks the contract
    """

    name: str
    passed: int = 0
    lacking: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong. What is lacking is said, and not held against a backend."""
        return self.passed > 0 and not self.wrong

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.passed} checks passed, {len(self.lacking)} lacking, {len(self.wrong)} wrong"]
        lines += [f"  lacking: {text}" for text in self.lacking]
        lines += [f"  WRONG: {text}" for text in self.wrong]
        return "\n".join(lines)

    @contextmanager
    def check(self, what: str, beyond: bool = False) -> Iterator[None]:
        """One check: it is met where the block ends without an error. What is beyond the standard may be refused."""
        try:
            yield
        except NotImplementedError as error:
            self.lacking.append(f"{what}: {error}")
        except (TypeError, ValueError, IndexError) as error:
            refused = self.lacking if beyond else self.wrong
            refused.append(f"{what}{' (beyond the standard)' * beyond}: {type(error).__name__}: {error}")
        except Exception as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {error}")
        else:
            self.passed += 1


def check_backend(name: str, *, verbose: bool = True) -> BackendReport:
    """Run the contract that a backend has to meet, and print what it lacks.

    Checked are the record, the names and parameters of the namespace, data types, devices, the way to NumPy and back,
    the extras against their portable versions, results of every function, special values too, and gradients of calls of
    every chapter against those on the CPU, writes, and the memory of operands and results.

    Parameters
    ----------
    name : the device type of a backend ("cuda") for all its devices, or one of its devices ("cuda:0")
    verbose : whether to print the report

    Returns
    -------
    The report: `ok`, `passed`, `lacking`, `wrong`.

    Raises
    ------
    ValueError : no backend serves `name`.
    ImportError, RuntimeError : its backend cannot work here.

    Examples
    --------
    >>> import apitensor.testing
    >>> apitensor.testing.check_backend("cpu", verbose=False).ok
    True
    """
    backend = get_backend(name.partition(":")[0])
    report = BackendReport(name)
    with backend.quiet(), get_backend("cpu").quiet():
        _check_record(report, backend)
        _check_namespace(report, backend)
        for device in [as_device(name)] if ":" in name else list(backend.own_devices.values()):
            _check_device(report, backend, device)
            _check_extras(report, backend, device)
            _check_memory(report, backend, device)
            _check_functions(report, backend, device)
            _check_calls(report, device)
            _check_writes(report, device)
    if verbose:
        print(report)
    return report


def _expect(condition: Any, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _is_array(x: Any, backend: Backend) -> bool:
    return type(x) is backend.array_type


def _check_record(report: BackendReport, backend: Backend) -> None:
    with report.check("record: a name and at least one device"):
        _expect(
            isinstance(backend.name, str) and backend.devices, f"name {backend.name!r}, devices {backend.devices!r}"
        )
    with report.check("record: the devices are of one type"):
        types = {name.partition(":")[0] for name in backend.devices}
        _expect(len(types) == 1, f"there are {', '.join(sorted(types))}; each type needs an entry point of its own")
    with report.check("record: array_type is a class"):
        _expect(inspect.isclass(backend.array_type), f"it is {backend.array_type!r}")


def _find(namespace: Any, path: str) -> Any:
    return operator.attrgetter(path)(namespace)


def _check_namespace(report: BackendReport, backend: Backend) -> None:
    for path in (*_FUNCTIONS, *_CONSTANTS):
        with report.check(f"namespace: {path}"):
            try:
                theirs = _find(backend.xp, path)
            except AttributeError:
                raise AssertionError("is missing") from None
            if path in _CONSTANTS:
                ours = getattr(xp, path)
                _expect(theirs is ours or theirs == ours or (theirs != theirs and ours != ours), f"is {theirs!r}")
            else:
                _check_signature(theirs, _find(xp, path))
    for dtype in dtypes.STANDARD:
        with report.check(f"namespace: {dtype}"):
            _expect(dtype in backend.raw_dtypes, "is missing")
            _expect(backend.dtype(backend.raw_dtypes[dtype]) is dtype, "does not come back as itself")
    with report.check("namespace: result_type, can_cast"):
        raw: Any = backend.raw_dtypes
        single, short = (backend.namespace.zeros((2,), dtype=raw[dtype]) for dtype in (dtypes.float32, dtypes.int8))
        for found, wanted in (
            (backend.xp.result_type(single, raw[dtypes.complex64]), dtypes.complex64),
            (backend.xp.result_type(raw[dtypes.uint8], short, raw[dtypes.int16]), dtypes.int16),
            (backend.xp.result_type(single, 1.5), dtypes.float32),
            (backend.xp.result_type(single, 1j), dtypes.complex64),
            (backend.xp.result_type(short, 100), dtypes.int8),
        ):
            _expect(backend.dtype(found) is wanted, f"result_type gives {found}, not {wanted}")
        for source, target, right in (("float32", "complex64", True), ("int32", "int8", False), ("bool", "bool", True)):
            found = backend.xp.can_cast(raw[dtypes.as_dtype(source)], raw[dtypes.as_dtype(target)])
            _expect(found is right, f"can_cast({source}, {target}) is {found}")
    with report.check("namespace: __array_namespace_info__"):
        info = backend.namespace.__array_namespace_info__()
        for method in ("capabilities", "default_device", "default_dtypes", "devices", "dtypes"):
            _expect(callable(getattr(info, method, None)), f"has no {method}")
        _expect("max dimensions" in info.capabilities(), "capabilities() lacks 'max dimensions'")


def _check_signature(theirs: Any, ours: Any) -> None:
    """Whether a function takes the keyword parameters of the standard; compiled ones do not tell."""
    try:
        parameters = inspect.signature(theirs).parameters.values()
    except (TypeError, ValueError):
        return
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    wanted = [
        p.name for p in inspect.signature(ours).parameters.values() if p.kind is p.KEYWORD_ONLY and p.name in _KEYWORDS
    ]
    missing = [name for name in wanted if name not in names]
    _expect(not missing, f"does not take {', '.join(missing)}")


# The standard's keyword parameters; apitensor's functions have a few more, which no backend needs
_KEYWORDS = frozenset(
    """
    append axes axis copy correction d device descending dtype endpoint full_matrices include_initial indexing invert k
    keepdims kind mode n norm offset ord prepend rtol s side sorter stable upper
    """.split()  # noqa: SIM905 - as above
)


def _double(device: Device) -> bool:
    return "float64" in xp.__array_namespace_info__().dtypes(device=device)


def _place(values: Any, device: Device, dtype: Any = None) -> Any:
    """A tensor of nested lists, in the device's best precision where it holds floating-point numbers."""
    if dtype is None and not isinstance(_first(values), (bool, int)):
        dtype = xp.float64 if _double(device) else xp.float32
    return xp.asarray(values, dtype=dtype, device=device)


def _first(values: Any) -> Any:
    while isinstance(values, (list, tuple)) and values:
        values = values[0]
    return values


# Draws, with their mean and standard deviation
_DRAWS = {"random": (0.5, 12**-0.5), "standard_normal": (0.0, 1.0), "exponential": (1.0, 1.0)}


def _check_device(report: BackendReport, backend: Backend, device: Device) -> None:
    ns: Any = backend.xp
    with report.check(f"{device}: the device of a new array"):
        array = backend.as_array(ns.zeros((2, 3), device=device.raw))
        _expect(backend.device(array) == device, f"is {backend.device(array)}")
        _expect(_is_array(array, backend), f"its class is {type(array).__name__}, not array_type")
        _expect(array.shape == (2, 3) and array.ndim == 2 and array.size == 6, f"its shape is {array.shape}")
        _expect(isinstance(array.shape, tuple), "its shape is no tuple")
    with report.check(f"{device}: arrays have `device`, which creation functions take"):
        array = backend.as_array(ns.zeros((2,), device=device.raw))
        single = backend.raw_dtype(xp.float32)
        elsewhere = [ns.zeros((2,), dtype=single, device=other) for other in backend.devices.values()]
        moved = [ns.ones((2,), device=array.device), *[ns.full_like(x, 1, device=array.device) for x in elsewhere]]
        for name in ("asarray", "empty_like", "ones_like", "zeros_like"):
            moved += [getattr(ns, name)(x, device=array.device) for x in elsewhere]
        _expect(all(backend.device(backend.as_array(x)) == device for x in moved), "another device came out")
    for dtype in xp.__array_namespace_info__().dtypes(device=device).values():
        with report.check(f"{device}: {dtype} to NumPy and back"):
            there = backend.as_array(ns.ones((2, 3), dtype=backend.raw_dtype(dtype), device=device.raw))
            _expect(backend.dtype(there.dtype) is dtype, f"ones() made {there.dtype}")
            host = backend.to_numpy(there)
            _expect(
                host.shape == (2, 3) and dtypes.as_dtype(host.dtype) is dtype, f"NumPy has {host.dtype} {host.shape}"
            )
            back = backend.from_numpy(host, device.raw)
            _expect(_is_array(back, backend) and backend.dtype(back.dtype) is dtype, f"came back as {type(back)}")
            _expect(backend.device(back) == device, f"came back on {backend.device(back)}")
            _expect(backend.to_numpy(back).tolist() == host.tolist(), "other numbers came back")
            if backend.apart:
                host[...] = 0
                _expect(backend.to_numpy(back).all(), "the numbers are in the host's memory, which `apart` denies")
    with report.check(f"{device}: from_numpy, of any memory"):
        numpy: Any = get_backend("cpu").xp
        matrix = numpy.reshape(numpy.arange(6.0, dtype=numpy.float32), (2, 3))
        for array in (
            numpy.matrix_transpose(matrix),
            numpy.flip(matrix),
            matrix[1:, ::2],
            numpy.sum(matrix),
            matrix[:0, :],
        ):
            back = backend.to_numpy(backend.from_numpy(numpy.asarray(array), device.raw))
            _expect(
                back.shape == array.shape and back.tolist() == array.tolist(),
                f"{array.tolist()} came as {back.tolist()}",
            )
    if backend.real_kernels:
        with report.check(f"{device}: real_kernels"):
            for x in (_Operands(device, device).x / 2, _Operands(device, device).single / 4):
                for name, kernel in backend.real_kernels.items():
                    ours, theirs = (wrap(f(x), backend) for f in (kernel, getattr(ns, name)))
                    _compare(name, ours, theirs.to_device("cpu"))
    with report.check(f"{device}: arange() of one number, as rules call it"):
        found = backend.to_numpy(backend.as_array(ns.arange(3, device=device.raw))).tolist()
        _expect(found == [0, 1, 2], f"it gave {found}")
    with report.check(f"{device}: default data types"):
        defaults = xp.__array_namespace_info__().default_dtypes(device=device)
        made = backend.dtype(ns.zeros((1,), device=device.raw).dtype)
        _expect(made is defaults["real floating"], f"zeros() made {made}, the default is {defaults['real floating']}")
    with report.check(f"{device}: results without dimensions"):
        total = backend.as_array(ns.sum(ns.ones((3,), device=device.raw)))
        _expect(_is_array(total, backend) and total.shape == () and float(total) == 3.0, f"sum() gave {total!r}")
    with report.check(f"{device}: to_text"):
        text = backend.to_text(backend.as_array(ns.zeros((2,), device=device.raw)))
        _expect(isinstance(text, str) and text, f"gave {text!r}")
    if backend.default_rng is not None:
        with report.check(f"{device}: default_rng"):
            one, two = (xp.random.default_rng(5, device=device).random(4) for _ in range(2))
            _expect(one.device == device and one.tolist() == two.tolist(), "the same seed gives other numbers")
        with report.check(f"{device}: random.permutation"):
            drawn = xp.random.default_rng(5, device=device).permutation(100).tolist()
            _expect(sorted(drawn) == list(range(100)) and drawn != sorted(drawn), f"it gave {drawn}")
        for what, (mean, deviation) in _DRAWS.items():
            with report.check(f"{device}: random.{what}"):
                drawn = getattr(xp.random.default_rng(5, device=device), what)(size=10_000)
                found = float(xp.mean(drawn)), float(xp.std(drawn))
                _expect(
                    abs(found[0] - mean) < 0.06 * deviation and abs(found[1] / deviation - 1) < 0.06,
                    f"mean and standard deviation are {found}, not {mean, deviation}",
                )
    with report.check(f"{device}: synchronize, memory"):
        xp.synchronize(device)
        if backend.memory is not None:
            info = xp.memory_info(device)
            _expect(0 <= info["free"] <= info["total"], f"memory says {info}")


def _portable(backend: Backend) -> Any:
    """The namespace with the portable extras only."""
    base = backend.namespace
    names = {
        name: getattr(base, name) for name in dir(base) if name not in extras.PORTABLE and not name.startswith("_")
    }
    names.setdefault("linalg", getattr(base, "linalg", None))
    names.setdefault("fft", getattr(base, "fft", None))
    portable = Namespace(SimpleNamespace(**names))
    portable.write = backend.write
    return portable


def _check_extras(report: BackendReport, backend: Backend, device: Device) -> None:
    ns, portable = backend.xp, _portable(backend)

    def raw(values: Any) -> Any:
        return _place(values, device)._array

    def same(what: str, ours: Any, theirs: Any) -> None:
        a, b = (xp.asarray(backend.to_numpy(backend.as_array(x)), device="cpu") for x in (ours, theirs))
        _expect(a.shape == b.shape and a.dtype == b.dtype, f"{what} gives {a.dtype} {a.shape}, not {b.dtype} {b.shape}")
        equal = (a == b) | (xp.isnan(a) & xp.isnan(b)) if a.dtype.kind in "fc" else a == b
        _expect(xp.all(equal), f"{what} gives {a.tolist()}, not {b.tolist()}")

    if ns.safe_multiply.__module__ != extras.__name__:
        with report.check(f"{device}: safe_multiply"):
            g, p = raw([0.0, 0.0, 2.0, 1.0, 0.0]), raw([math.inf, math.nan, 3.0, math.inf, 5.0])
            same("safe_multiply", ns.safe_multiply(g, p), portable.safe_multiply(g, p))
    if ns.has_nan.__module__ != extras.__name__:
        with report.check(f"{device}: has_nan"):
            _expect(bool(ns.has_nan(raw([1.0, math.nan]))), "missed a NaN")
            _expect(not bool(ns.has_nan(raw([1.0, 2.0]))), "saw a NaN where there is none")
    with report.check(f"{device}: is_ones"):
        _expect(not ns.is_ones(raw([1.0, 2.0, 1.0])), "says so of other numbers")
    if ns.minus_max.__module__ != extras.__name__:
        with report.check(f"{device}: minus_max"):
            x = raw([[1.0, 3.0, 2.0], [-math.inf, -math.inf, -math.inf], [math.inf, 0.0, math.inf]])
            for ours, theirs in zip(ns.minus_max(x, (1,)), portable.minus_max(x, (1,)), strict=True):
                same("minus_max", ours, theirs)
    if ns.weighted_deviation.__module__ != extras.__name__:
        with report.check(f"{device}: weighted_deviation"):
            x, w = raw([[1.0, 3.0], [0.0, 0.0]]), raw([[0.5, 0.25], [math.nan, 1.0]])
            same("weighted_deviation", ns.weighted_deviation(x, w, (1,)), portable.weighted_deviation(x, w, (1,)))
    if ns.share.__module__ != extras.__name__:
        with report.check(f"{device}: share"):
            x, y = raw([1.0, 2.0, math.nan, 4.0, math.nan]), raw([1.0, 1.0, 1.0, math.nan, math.nan])
            for beats, other in ((ns.greater, y), (ns.less, y), (ns.greater, 2.0)):
                same("share", ns.share(beats, x, other), portable.share(beats, x, other))
    if ns.overwrite.__module__ != extras.__name__:
        with report.check(f"{device}: overwrite"):
            x, y = raw([1.0, 2.0]), raw([3.0, 5.0])
            same("overwrite", ns.overwrite(ns.asarray(x, copy=True), ns.multiply, x, y), ns.multiply(x, y))
    if ns.get_item is not portable.get_item:
        with report.check(f"{device}: get_item"):
            x, at = raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), _place([2, -3], device)._array
            for key in ((at, 1), (Ellipsis, None, at - at), (slice(1, None), at - at)):
                same("get_item", ns.get_item(x, key), portable.get_item(x, key))
    keys = {
        "one array": ((_place([0, 2, 0], device)._array,), raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), (3, 2)),
        "two arrays": (
            (_place([0, 1, 0], device)._array, _place([1, 0, 1], device)._array),
            raw([1.0, 2.0, 3.0]),
            (2, 2),
        ),
        "negative positions": ((_place([-1, 0, -3], device)._array,), raw([1.0, 2.0, 3.0]), (3,)),
        "one array of integers": ((_place([2, 0, 2], device)._array,), _place([5, 6, 7], device)._array, (3,)),
        "one array of complex numbers": (
            (_place([2, 0, 2], device)._array,),
            xp.asarray([1 + 2j, 3j, 4 - 1j], device=device)._array,
            (3,),
        ),
        "slices": ((slice(1, None), slice(None, None, -2)), raw([[1.0, 2.0], [3.0, 4.0]]), (3, 3)),
        "an integer": ((1, Ellipsis), raw([1.0, 2.0]), (3, 2)),
    }
    for what, (key, values, shape) in keys.items():
        with report.check(f"{device}: scatter_add by {what}"):
            result = ns.scatter_add(values, key, shape)
            same("scatter_add", result, portable.scatter_add(values, key, shape))
            start = ns.ones(shape, dtype=values.dtype, device=device.raw)
            kept = backend.to_numpy(start).tolist()
            more = backend.to_numpy(ns.scatter_add(values, key, shape, out=ns.asarray(start, copy=True)))
            _expect((more - backend.to_numpy(result)).tolist() == kept, "`out` is not added to")
    if ns.sliding_windows.__module__ != extras.__name__:
        with report.check(f"{device}: sliding_windows"):
            x = ns.reshape(ns.arange(24, device=device.raw), (2, 3, 4))
            for axis, length in ((0, 1), (1, 3), (2, 2)):
                wanted = portable.sliding_windows(x, length, axis)
                same("sliding_windows", ns.sliding_windows(x, length, axis), wanted)
    with report.check(f"{device}: set_item leaves its operand alone"):
        x = raw([1.0, 2.0, 3.0])
        y = ns.set_item(x, (slice(1, None),), 7.0)
        _expect(backend.to_numpy(x).tolist() == [1.0, 2.0, 3.0], "it wrote to it")
        _expect(backend.to_numpy(y).tolist() == [1.0, 7.0, 7.0], f"it gave {backend.to_numpy(y).tolist()}")


_VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "x[1:]": lambda xp, x: x[1:, ...],
    "reshape": lambda xp, x: xp.reshape(x, (4, 3)),
    "reshape of a transposed matrix": lambda xp, x: xp.reshape(xp.matrix_transpose(x), (12,)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "flip": lambda xp, x: xp.flip(x, axis=0),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=0),
}


def _check_memory(report: BackendReport, backend: Backend, device: Device) -> None:
    ns: Any = backend.xp

    def changed_by_a_write(make: Callable[[Any, Any], Any]) -> tuple[bool, bool]:
        """Whether writing to an array changed what was made of it before, and whether `aliases` says that it would."""
        base = _matrix(device, 0)._array
        made = backend.as_array(make(ns, base))
        told = bool(backend.aliases(made, base))
        before = backend.to_numpy(made).tolist()
        backend.write(base, (slice(None), slice(None)), 5.0)
        return backend.to_numpy(made).tolist() != before, told

    for what, make in _VIEWS.items():
        with report.check(f"{device}: aliases of {what}"):
            # To deny an alias costs a copy; to claim one that is none loses a write.
            changed, told = changed_by_a_write(make)
            _expect(changed or not told, "is claimed, and a write to the base does not arrive")
    with report.check(f"{device}: add_in_place"):
        v = _Operands(device, device)
        for x, y in ((v.x, v.y), (v.c, v.d), (v.i, v.j)):
            wanted = (backend.to_numpy(x) + backend.to_numpy(y)).tolist()
            _expect(backend.to_numpy(backend.add_in_place(x, y)).tolist() == wanted, "gave another sum")
    with report.check(f"{device}: write of complex numbers"):
        v = _Operands(device, device)
        wanted = backend.to_numpy(v.d).tolist()
        _expect(backend.to_numpy(backend.write(v.c, (Ellipsis,), v.d)).tolist() == wanted, "gave other numbers")


def _matrix(device: Device, seed: int) -> Any:
    """A 3 x 4 matrix of different numbers in (0.3, 1.7)."""
    return _place(
        [[0.4 + ((7 * (4 * i + j) + 5 * seed + 3) * (seed + 2) % 13) / 10.5 for j in range(4)] for i in range(3)],
        device,
    )


def _compare(what: str, there: Any, here: Any, elementwise: bool = False) -> None:
    _expect(there.shape == here.shape, f"{what} has shape {there.shape}, not {here.shape}")
    _expect(_same_type(there, here), f"{what} is {there.dtype}, not {here.dtype}")
    ours, here = there.to_device("cpu").detach(), here.detach()
    if here.dtype.kind not in "fc":
        _expect(ours.tolist() == here.tolist(), f"{what} is {ours.tolist()}, not {here.tolist()}")
        return
    # A few hundred roundings: of each element where a function is elementwise, else of the largest one.
    tolerance = 1e-4 if {there.dtype, here.dtype} & {xp.float32, xp.complex64} else 1e-12
    size = xp.where(xp.isfinite(here), xp.abs(here), 0.0)
    size = size if elementwise or not here.size else 1 + xp.max(size)
    ours = xp.astype(ours, here.dtype)
    right = (ours == here) | (xp.isnan(ours) & xp.isnan(here)) | (xp.abs(ours - here) <= tolerance * size)
    if not xp.all(right):
        first = int(xp.argmin(xp.astype(xp.reshape(right, (-1,)), xp.int8)))
        got, wanted = (xp.reshape(x, (-1,))[first].item() for x in (ours, here))
        raise AssertionError(f"{what} is off by {abs(got - wanted):.1e}: it has {got!r}, not {wanted!r}")


def _same_type(x: Any, y: Any) -> bool:
    """Whether the data types are the same, or each is the default one of its device."""
    return x.dtype == y.dtype or any(
        all(t.dtype == xp.__array_namespace_info__().default_dtypes(device=t.device)[kind] for t in (x, y))
        for kind in ("real floating", "complex floating", "integral", "indexing")
    )


def _every_call() -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    for what, names, operands in _ELEMENTWISE:
        for name in names.split():
            yield f"{name} of {what}", partial(_call_elementwise, name, operands)
    yield from _NAMESPACE_CALLS.items()
    yield from _VIEW_CALLS.items()


def _call_elementwise(name: str, operands: Callable[[Any], tuple[Any, ...]], ns: Any, v: Any) -> Any:
    return getattr(ns, name)(*operands(v))


def _check_functions(report: BackendReport, backend: Backend, device: Device) -> None:
    """Values, data types and memory of results, beside the NumPy plug-in's; and that operands are left alone."""
    host = as_device("cpu")

    def text(array: Any) -> str:
        return repr(backend.to_numpy(array).tolist())

    for what, call in _every_call():
        with report.check(f"{device}: {what}"):
            there, here = _Operands(device, device), _Operands(host, device)
            found, wanted = (_arrays(call(o.backend.xp, o), o.backend) for o in (there, here))
            _expect(len(found) == len(wanted), f"it gives {len(found)} results, not {len(wanted)}")
            for number, (ours, right) in enumerate(zip(found, wanted, strict=True)):
                result = f"result {number}" if len(found) > 1 else "the result"
                _expect(_is_array(ours, backend), f"{result} is of class {type(ours).__name__}, not array_type")
                _expect(backend.device(ours) == device, f"{result} is on {backend.device(ours)}")
                _compare(result, wrap(ours, backend), wrap(right, host.backend), " of " in what)
            for name, array in there.used().items():
                _expect(text(array) == repr(getattr(here, name).tolist()), "it changes an operand")
            if what not in _VIEW_CALLS:
                before = [text(array) for array in found]
                for array in there.used().values():
                    if not any(
                        array is result for result in found
                    ):  # the core copies a result that is the operand itself
                        backend.write(array, (Ellipsis,), backend.xp.zeros_like(array))
                _expect([text(array) for array in found] == before, "a write to an operand changes a result")


def _arrays(results: Any, backend: Backend) -> list[Any]:
    parts = results if isinstance(results, (tuple, list)) else (results,)
    return [part if _is_array(part, backend) else backend.as_array(part) for part in parts]


def _check_calls(report: BackendReport, device: Device) -> None:
    host = as_device("cpu")
    for what, call in _CALLS.items():
        with report.check(f"{device}: {what}", beyond=what == "indexing by an array"):
            results = []
            for where in (device, host):
                x, y = (_matrix(device, seed).to_device(where).detach().requires_grad_() for seed in (0, 1))
                z = call(xp, x, y)
                _expect(z.device == where, f"the result is on {z.device}")
                weight = xp.reshape(xp.arange(1, z.size + 1, dtype=z.dtype, device=where), z.shape)
                xp.sum(z * weight).backward()
                results.append((z, x.grad, y.grad))
            for part, there, here in zip(
                ("the value", "the first gradient", "the second gradient"), *results, strict=True
            ):
                if here is None or there is None:
                    _expect(here is there, f"{part} is there on one device only")
                else:
                    _compare(part, there, here)
    for what, call in _CONSTANT_CALLS.items():
        with report.check(f"{device}: {what}"):
            there, here = (
                call(xp, *[_matrix(device, seed).to_device(where) for seed in (0, 1)]) for where in (device, host)
            )
            _compare("the value", there, here)
    with report.check(f"{device}: gradients that come back from the CPU"):
        x = _matrix(device, 0).requires_grad_()
        xp.sum(x.to_device("cpu") ** 2).backward()
        assert x.grad is not None
        _expect(x.grad.device == device, f"the gradient is on {x.grad.device}")
        _compare("the gradient", x.grad, 2 * x.detach().to_device("cpu"))
    with report.check(f"{device}: a zero cotangent stays zero where the derivative is infinite"):
        x = _place([0.0, 4.0], device).requires_grad_()
        xp.sum(xp.where(x > 0, xp.sqrt(x), 0.0)).backward()
        assert x.grad is not None
        _expect(x.grad.tolist() == [0.0, 0.25], f"the gradient is {x.grad.tolist()}")


_WRITES: dict[str, Callable[[Any, Any], None]] = {
    "a slice": lambda x, y: _set(x, (slice(1, None), slice(None, None, 2)), y[1:, ::2]),
    "an element": lambda x, y: _set(x, (0, 1), 9.0),
    "everything": lambda x, y: _set(x, ..., y),
    "an index array": lambda x, y: _set(x, xp.asarray([2, 0], device=x.device), y[:2]),
    "an index array with repetitions": lambda x, y: _set(x, xp.asarray([1, 1, 0], device=x.device), y),
    "an integer behind an ellipsis": lambda x, y: _set(x, (..., 1), y[..., 0]),
    "a slice, one row for all": lambda x, y: _set(x, slice(None, None, -2), y[:1]),
    "a mask": lambda x, y: _set(x, x > 1, 0.0),
    "a mask, an array": lambda x, y: _set(x, x > 1, y[x > 1]),
    "a view": lambda x, y: _set(xp.permute_dims(x, (1, 0)), 2, y[:, 0]),
    "an operator": lambda x, y: _add(x[1], y[1]),
}


def _set(x: Any, key: Any, value: Any) -> None:
    x[key] = value


def _add(x: Any, y: Any) -> None:
    x += y


def _check_writes(report: BackendReport, device: Device) -> None:
    host = as_device("cpu")
    for what, write in _WRITES.items():
        with report.check(f"{device}: writing through {what}", beyond="index array" in what):
            results = []
            for where in (device, host):
                x, y = (_matrix(device, seed).to_device(where).detach() for seed in (0, 1))
                raw = wrap(x._backend.xp.asarray(x._array, copy=True), x._backend)
                write(raw, y)
                for leaf in (x, y):
                    leaf.requires_grad_()
                squares = x * x  # keeps x, so that the write must not reach what was kept
                z = xp.positive(x)
                write(z, y)
                xp.sum(z * z * z + squares).backward()
                results.append((raw, z, x.grad, y.grad))
            _compare("the value", results[0][0], results[1][0])
            _compare("the tracked value", results[0][1], results[1][1])
            for part, there, here in zip(("x", "y"), results[0][2:], results[1][2:], strict=True):
                if here is not None:
                    _expect(there is not None, f"{part} has no gradient")
                    _compare(f"the gradient of {part}", there, here)
