"""Other shapes: transposed, diagonal, padded, in windows, as Kronecker products."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import linear, within
from apitensor._standard import elementwise as ew
from apitensor._standard.creation import arange, asarray, full
from apitensor._standard.indexing import scatter_add, set_item, take
from apitensor._standard.manipulation import as_axis, as_shape, as_tensor, permute_dims, reshape
from apitensor.linalg import diagonal

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def transpose(x: Any, /, axes: Any = None) -> Tensor:
    """Put the axes in another order, by default the reverse one.

    Parameters
    ----------
    x : any data type
    axes : for each axis of the result the axis of `x` it was

    Returns
    -------
    The data type of `x`; a view with its axes permuted.

    Derivative: the cotangent with its axes permuted back.

    Source: numpy, transpose.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.transpose(xp.ones((2, 3, 4))).shape
    (4, 3, 2)
    """
    x = as_tensor(x)
    return permute_dims(x, tuple(range(x.ndim))[::-1] if axes is None else axes)


def diag(x: Any, /, k: int = 0) -> Tensor:
    """Give the matrix with a diagonal, or the diagonal of a matrix.

    Parameters
    ----------
    x : one dimension, or two
    k : which diagonal; above the main one where it is positive

    Returns
    -------
    The data type of `x`; two dimensions, or one.

    Derivative: the diagonal of the cotangent, or the matrix with the cotangent on the diagonal.

    Source: numpy, diag.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.diag(xp.asarray([1.0, 2.0]), k=1)
    Tensor([[0., 1., 0.],
            [0., 0., 2.],
            [0., 0., 0.]])
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, offset=k)
    if x.ndim != 1:
        raise ValueError(f"diag: x has one dimension or two, not {x.ndim}")
    along = arange(x.shape[0], device=x.device)
    size = x.shape[0] + abs(k)
    return scatter_add(x, (along + max(-k, 0), along + max(k, 0)), (size, size))


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """How many elements to add before and behind every axis, from the forms that NumPy takes."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[as_axis("pad", axis, ndim)] = _widths(width, 1)[0]
        return pairs
    if hasattr(pad_width, "tolist"):
        pad_width = pad_width.tolist()
    if hasattr(pad_width, "__index__"):
        return [(index(pad_width),) * 2] * ndim
    try:
        flat = all(hasattr(width, "__index__") for width in pad_width)
        given = [[index(n) for n in width] for width in ([pad_width] if flat else pad_width)]
    except TypeError:
        raise TypeError(f"pad: widths are integers, pairs of them or a pair for each axis, not {pad_width!r}") from None
    if any(len(width) not in (1, 2) for width in given):
        raise ValueError(f"pad: the widths of an axis are a pair, (before, behind), and in {pad_width} they are not")
    pairs = [(width[0], width[-1]) for width in given]
    pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim:
        raise ValueError(f"pad: there are {len(pairs)} pairs of widths for {ndim} axes")
    return pairs


def pad(x: Any, pad_width: Any, /, mode: str = "constant", *, constant_values: Any = 0) -> Tensor:
    """Add elements before and behind along every axis.

    Parameters
    ----------
    x : any data type
    pad_width : how many: an integer, a pair (before, behind), a pair for each axis, or a dictionary of these by axis
    mode : "constant", "edge", "reflect", "symmetric" or "wrap"
    constant_values : the number (or tensor without dimensions) added in mode "constant"

    Returns
    -------
    The data type of `x`; the longer shape.

    Raises
    ------
    ValueError : there is no such mode, a width is negative, or an axis is empty and its elements are asked for.

    Derivative: elements that occur several times get the sum of their cotangents.

    Source: numpy, pad.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.pad(xp.asarray([1.0, 2.0, 3.0]), (1, 2))
    Tensor([0., 1., 2., 3., 0., 0.])
    >>> xp.pad(xp.asarray([1.0, 2.0, 3.0]), (1, 2), mode="reflect")
    Tensor([2., 1., 2., 3., 2., 1.])
    """
    x = as_tensor(x)
    widths = _widths(pad_width, x.ndim)
    if any(n < 0 for pair in widths for n in pair):
        raise ValueError(f"pad: widths are not negative, as in {pad_width}")
    if mode == "constant":
        shape = tuple([a + n + b for (a, b), n in zip(widths, x.shape, strict=True)])
        around = full(shape, constant_values, dtype=x.dtype, device=x.device)
        return set_item(around, tuple([slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True)]), x)
    if mode not in _FOLDS:
        raise ValueError(f"pad: there is no mode {mode!r}; there are 'constant', {', '.join(map(repr, _FOLDS))}")
    for axis, (before, behind) in enumerate(widths):
        n = x.shape[axis]
        if before or behind:
            if not n:
                raise ValueError(f"pad: mode {mode!r} has nothing to repeat along the empty axis {axis}")
            x = take(x, asarray([_FOLDS[mode](i, n) for i in range(-before, n + behind)], device=x.device), axis=axis)
    return x


# Which element stands at an index outside.
_FOLDS: dict[str, Callable[[int, int], int]] = {
    "edge": lambda i, n: min(max(i, 0), n - 1),
    "reflect": lambda i, n: abs((i + n - 1) % (2 * n - 2) - (n - 1)) if n > 1 else 0,
    "symmetric": lambda i, n: min(i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "wrap": lambda i, n: i % n,
}


def _windows_transpose(xp: Any, g: Any, y: Any, x: Any, /, length: int, axis: int) -> Any:
    return within(xp, _overlap_add, g, length, axis, x.shape)


@linear(transpose=_windows_transpose, view=True)
def _windows(xp: Any, x: Any, /, length: int, axis: int) -> Tensor:
    return xp.sliding_windows(x, length, axis)


@linear(transpose=lambda xp, g, y, windows, /, length, axis, shape: within(xp, _windows, g, length, axis))
def _overlap_add(xp: Any, windows: Any, /, length: int, axis: int, shape: tuple[int, ...]) -> Tensor:
    """The adjoint of `_windows`: as many additions of slices as a window, or the axis of positions, is long."""
    positions = shape[axis] - length + 1
    total: Any = None
    if length <= positions:
        for k in range(length):
            key = (slice(None),) * axis + (slice(k, k + positions), ...)
            total = xp.scatter_add(windows[..., k], key, shape, out=total)
    else:
        last = xp.moveaxis(windows, -1, axis + 1)
        for p in range(positions):
            key = (slice(None),) * axis + (slice(p, p + length), ...)
            total = xp.scatter_add(last[(slice(None),) * axis + (p, ...)], key, shape, out=total)
    return xp.zeros(shape, dtype=windows.dtype, device=windows.device) if total is None else total


def sliding_window_view(x: Any, /, window_shape: Any, axis: Any = None) -> Tensor:
    """Give every window of a shape, with the axes of the windows behind those of their positions.

    Parameters
    ----------
    x : any data type
    window_shape : the window's length along each of the axes
    axis : the axis or axes that the window goes along; None stands for all. An axis may be named repeatedly.

    Returns
    -------
    The data type of `x`; a view that shows elements several times and refuses writes.

    Raises
    ------
    ValueError : a window is longer than its axis, or the numbers of lengths and axes differ.

    Derivative: the cotangents of all windows that hold an element, added up.

    Source: numpy.lib.stride_tricks, sliding_window_view.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ext.sliding_window_view(xp.asarray([1.0, 2.0, 3.0]), 2)
    Tensor([[1., 2.],
            [2., 3.]])
    """
    x = as_tensor(x)
    lengths = as_shape(window_shape)
    axes = (
        tuple(range(x.ndim))
        if axis is None
        else tuple([as_axis("sliding_window_view", a, x.ndim) for a in as_shape(axis)])
    )
    if len(axes) != len(lengths):
        raise ValueError(f"sliding_window_view: {len(lengths)} lengths for {len(axes)} axes")
    for at, length in zip(axes, lengths, strict=True):
        if length < 0 or length > x.shape[at]:
            raise ValueError(f"sliding_window_view: no window of length {length} along an axis of length {x.shape[at]}")
        x = _windows(x, length, at)
    return x


def kron(a: Any, b: Any, /) -> Tensor:
    """Give the Kronecker product.

    Parameters
    ----------
    a, b : numeric

    Returns
    -------
    The promoted data type; for every axis the product of the lengths.

    Derivative: of the products it is made of.

    Source: numpy, kron.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.kron(xp.asarray([1.0, 10.0]), xp.asarray([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """
    a, b = as_tensor(a), as_tensor(b)
    ndim = max(a.ndim, b.ndim)
    shapes = [(1,) * (ndim - z.ndim) + z.shape for z in (a, b)]
    left = reshape(a, [n for size in shapes[0] for n in (size, 1)])
    right = reshape(b, [n for size in shapes[1] for n in (1, size)])
    return reshape(ew.multiply(left, right), [m * n for m, n in zip(*shapes, strict=True)])
