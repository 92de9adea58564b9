"""The extras: the few kernels that the standard lacks, each in a portable version over the standard alone.

A rule may call them beside the standard. A backend's namespace may override each by a faster one of the same name; the
tests compare the two. Each entry is made for a namespace: `PORTABLE[name](xp)` gives the kernel.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def _safe_multiply(xp: Any) -> Callable[[Any, Any], Any]:
    def safe_multiply(g: Any, p: Any) -> Any:
        """`g * p`, but exactly zero where `g` is zero, even if `p` is infinite or NaN there."""
        product = g * p
        return xp.where(g == 0, xp.zeros_like(product), product)

    return safe_multiply


def _get_item(xp: Any) -> Callable[[Any, Any], Any]:
    # `x[key]` with index arrays, where a library does that otherwise
    return operator.getitem


def _scatter_add(xp: Any) -> Callable[..., Any]:
    def scatter_add(values: Any, key: Any, shape: tuple[int, ...], /, *, out: Any = None) -> Any:
        """Zeros of `shape` (or `out`, which is written to) with `values` added at `key`; repeated positions add up.

        `key` is a tuple as indexing takes it. The portable version turns one with arrays into positions in the flat
        array, sorts these, and adds the first value of every position, then the second, and so on: as many passes as
        the most repeated position has values.
        """
        if not any(hasattr(part, "dtype") for part in key):  # then no position occurs twice
            if out is None:
                out = xp.zeros(shape, dtype=values.dtype, device=values.device)
            key = tuple(part for part in key if part is not None)
            there = out[key]
            return xp.write(out, key, there + (xp.reshape(values, there.shape) if values.ndim else values))
        size = math.prod(shape)
        places = xp.reshape(xp.arange(size, device=values.device), shape)  # in the device's default integers
        last: Any
        *before, last = key or (None,)
        if (
            getattr(last, "ndim", 0) == 1
            and xp.isdtype(last.dtype, "integral")
            and all(type(part) is slice and part == slice(None) for part in before)
        ):
            places = xp.take(places, last, axis=len(before))  # the standard leaves this kind of key undefined
        else:
            places = places[key]
        places = xp.reshape(places, (-1,))
        values = xp.reshape(xp.broadcast_to(values, places.shape) if values.ndim == 0 else values, (-1,))
        total = xp.zeros((size,), dtype=values.dtype, device=values.device) if out is None else xp.reshape(out, (-1,))
        if size and places.shape[0]:
            order = xp.argsort(places, stable=True)
            places, values = xp.take(places, order), xp.take(values, order)
            every = xp.arange(size, dtype=places.dtype, device=places.device)
            first = xp.searchsorted(places, every, side="left")
            count = xp.searchsorted(places, every, side="right") - first
            for turn in range(int(xp.max(count))):
                at = xp.clip(first + turn, max=places.shape[0] - 1)
                here = xp.take(values, at)
                total = total + xp.where(turn < count, here, xp.zeros_like(here))
        return xp.reshape(total, shape)

    return scatter_add


def _has_nan(xp: Any) -> Callable[[Any], Any]:
    def has_nan(x: Any) -> Any:
        """Whether any element of `x` is NaN. True without one is allowed: it only makes a caller look closer."""
        return xp.any(xp.isnan(x))

    return has_nan


def _is_ones(xp: Any) -> Callable[[Any], bool]:
    def is_ones(x: Any, /) -> bool:
        """Whether all elements are known to be one, without a look at more than one: False says nothing."""
        return False

    return is_ones


def _set_item(xp: Any) -> Callable[[Any, Any, Any], Any]:
    def set_item(x: Any, key: Any, value: Any, /) -> Any:
        """A copy of `x` with `value` at `key`."""
        return xp.write(xp.asarray(x, copy=True), key, value)

    return set_item


def _minus_max(xp: Any) -> Callable[..., tuple[Any, Any]]:
    def minus_max(x: Any, axis: Any, /) -> tuple[Any, Any]:
        """The maximum along axes, which stay with size one, and `x` minus it; equal infinities differ by zero."""
        top = xp.max(x, axis=axis, keepdims=True)
        equal = x == top
        return top, xp.where(equal, 0, xp.where(equal, 0, x) - xp.where(equal, 0, top))

    return minus_max


def _share(xp: Any) -> Callable[..., Any]:
    def share(beats: Callable[..., Any], x: Any, other: Any, /) -> Any:
        """What `x` has in the greater or lesser of two: 1 where it `beats` the other one or is NaN, 1/2 where they are
        equal, else 0. `beats` is the namespace's `greater` or `less`; the other one may be a Python scalar."""
        return xp.where(x == other, 0.5, xp.astype(beats(x, other) | (x != x), x.dtype))

    return share


def _overwrite(xp: Any) -> Callable[..., Any]:
    def overwrite(x: Any, function: Callable[..., Any], /, *operands: Any) -> Any:
        """`function(*operands)`, which has the shape and data type of `x`: the memory of `x` may be used for it.

        `x` may be among the operands. It must be what the caller has just computed and needs no more: no operand of
        an op, no view, nothing that was handed on.
        """
        return function(*operands)

    return overwrite


def _weighted_deviation(xp: Any) -> Callable[[Any, Any, Any], Any]:
    def weighted_deviation(x: Any, weights: Any, axis: Any, /) -> Any:
        """`weights * (x - sum(weights * x))` along axes, of real numbers; zero for an `x` of zeros and any weights."""
        mean = xp.sum(xp.safe_multiply(x, weights), axis=axis, keepdims=True)
        return xp.safe_multiply(x - mean, weights)

    return weighted_deviation


def _sliding_windows(xp: Any) -> Callable[[Any, int, int], Any]:
    def sliding_windows(x: Any, length: int, axis: int, /) -> Any:
        """Every window of a length along an axis, its elements in an axis behind the others. Nobody writes to it."""
        positions = x.shape[axis] - length + 1
        first = xp.arange(positions, device=x.device)
        places = xp.reshape(xp.expand_dims(first, axis=1) + xp.arange(length, device=x.device), (-1,))
        windows = xp.reshape(xp.take(x, places, axis=axis), (*x.shape[:axis], positions, length, *x.shape[axis + 1 :]))
        return xp.moveaxis(windows, axis + 1, -1)

    return sliding_windows


PORTABLE: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "get_item": _get_item,
    "has_nan": _has_nan,
    "is_ones": _is_ones,
    "minus_max": _minus_max,
    "overwrite": _overwrite,
    "safe_multiply": _safe_multiply,
    "scatter_add": _scatter_add,
    "set_item": _set_item,
    "share": _share,
    "sliding_windows": _sliding_windows,
    "weighted_deviation": _weighted_deviation,
}
