"""The calls that a backend is tried with, and their operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import apitensor as xp
from apitensor._core.backend import Device

FUNCTIONS = tuple(
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


CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")


# The standard's keyword parameters; apitensor's functions have a few more, which no backend needs.
KEYWORDS = frozenset(
    """
    append axes axis copy correction d device descending dtype endpoint full_matrices include_initial indexing invert k
    keepdims kind mode n norm offset ord prepend rtol s side sorter stable upper
    """.split()  # noqa: SIM905 - as above
)


# Functions of the namespace, beside NumPy's: by names that share operands, and by calls `call(ns, v)` for what takes
# more than those; the operands are those of `Operands`.
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


# The same of view operations, whose results may share memory with their operands.
VIEW_CALLS: dict[str, Callable[[Any, Any], Any]] = {
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


def every_call() -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    for what, names, operands in _ELEMENTWISE:
        for name in names.split():
            yield f"{name} of {what}", partial(_call_elementwise, name, operands)
    yield from _NAMESPACE_CALLS.items()
    yield from VIEW_CALLS.items()


def _call_elementwise(name: str, operands: Callable[[Any], tuple[Any, ...]], ns: Any, v: Any) -> Any:
    return getattr(ns, name)(*operands(v))


class Operands:
    """Raw arrays on a device, each made when it is first asked for, of the best precision of another device."""

    def __init__(self, device: Device, precise_as: Device) -> None:
        double = _has_double(precise_as)
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


def _has_double(device: Device) -> bool:
    return "float64" in xp.__array_namespace_info__().dtypes(device=device)


def tensor_on(values: Any, device: Device) -> Any:
    """A tensor of nested lists, in the device's best precision where it holds floating-point numbers."""
    first = values
    while isinstance(first, list) and first:
        first = first[0]
    dtype = None if not isinstance(first, float) else xp.float64 if _has_double(device) else xp.float32
    return xp.asarray(values, dtype=dtype, device=device)


def matrix(device: Device, seed: int) -> Any:
    """A 3 x 4 matrix of different numbers in (0.3, 1.7)."""
    return tensor_on(
        [[0.4 + ((7 * (4 * i + j) + 5 * seed + 3) * (seed + 2) % 13) / 10.5 for j in range(4)] for i in range(3)],
        device,
    )


# Calls whose values and gradients are compared with those on the CPU: `call(xp, x, y)` with two 3 x 4 matrices, all of
# whose elements lie in (0.3, 1.7) and differ.
GRADIENT_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
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


# The same of calls that have no gradient.
CONSTANT_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
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


# Calls of the extras, beside their portable versions: `call(ns, raw)`, where `raw` makes arrays of lists.
EXTRA_CALLS: dict[str, Callable[[Any, Any], tuple[Any, ...]]] = {
    "get_item": lambda ns, raw: tuple(
        ns.get_item(raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), key)
        for key in ((raw([2, -3]), 1), (Ellipsis, None, raw([0, 0])), (slice(1, None), raw([0, 0])))
    ),
    "minus_max": lambda ns, raw: ns.minus_max(
        raw([[1.0, 3.0, 2.0], [-math.inf, -math.inf, -math.inf], [math.inf, 0.0, math.inf]]), (1,)
    ),
    "overwrite": lambda ns, raw: (ns.overwrite(raw([1.0, 2.0]), ns.multiply, raw([1.0, 2.0]), raw([3.0, 5.0])),),
    "safe_multiply": lambda ns, raw: (
        ns.safe_multiply(raw([0.0, 0.0, 2.0, 1.0, 0.0]), raw([math.inf, math.nan, 3.0, math.inf, 5.0])),
    ),
    "share": lambda ns, raw: tuple(
        ns.share(beats, raw([1.0, 2.0, math.nan, 4.0, math.nan]), other)
        for beats, other in (
            (ns.greater, raw([1.0, 1.0, 1.0, math.nan, math.nan])),
            (ns.less, raw([1.0, 1.0, 1.0, math.nan, math.nan])),
            (ns.greater, 2.0),
        )
    ),
    "sliding_windows": lambda ns, raw: tuple(
        ns.sliding_windows(
            raw([[[12.0 * i + 4 * j + k for k in range(4)] for j in range(3)] for i in range(2)]), n, axis
        )
        for axis, n in ((0, 1), (1, 3), (2, 2))
    ),
    "weighted_deviation": lambda ns, raw: (
        ns.weighted_deviation(raw([[1.0, 3.0], [0.0, 0.0]]), raw([[0.5, 0.25], [math.nan, 1.0]]), (1,)),
    ),
}
# Keys, values and shapes for `scatter_add`.
SCATTERS: dict[str, Callable[[Any], tuple[Any, Any, tuple[int, ...]]]] = {
    "one array": lambda raw: ((raw([0, 2, 0]),), raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), (3, 2)),
    "two arrays": lambda raw: ((raw([0, 1, 0]), raw([1, 0, 1])), raw([1.0, 2.0, 3.0]), (2, 2)),
    "negative positions": lambda raw: ((raw([-1, 0, -3]),), raw([1.0, 2.0, 3.0]), (3,)),
    "one array of integers": lambda raw: ((raw([2, 0, 2]),), raw([5, 6, 7]), (3,)),
    "one array of complex numbers": lambda raw: ((raw([2, 0, 2]),), raw([1 + 2j, 3j, 4 - 1j]), (3,)),
    "slices": lambda raw: ((slice(1, None), slice(None, None, -2)), raw([[1.0, 2.0], [3.0, 4.0]]), (3, 3)),
    "an integer": lambda raw: ((1, Ellipsis), raw([1.0, 2.0]), (3, 2)),
}

# What makes a view of a 3 x 4 matrix.
VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "x[1:]": lambda xp, x: x[1:, ...],
    "reshape": lambda xp, x: xp.reshape(x, (4, 3)),
    "reshape of a transposed matrix": lambda xp, x: xp.reshape(xp.matrix_transpose(x), (12,)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "flip": lambda xp, x: xp.flip(x, axis=0),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=0),
}


# What writes to such a matrix something of another one.
WRITES: dict[str, Callable[[Any, Any], None]] = {
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
