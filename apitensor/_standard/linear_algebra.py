"""Linear algebra functions of the main namespace: products and the transpose.

Source: array API standard 2025.12, chapter "Linear Algebra Functions".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import careful_product, linear, op

from .manipulation import as_axis

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def conjugate(xp: Any, x: Any) -> Any:
    """The complex conjugate; a real array is given back as it is, without a copy."""
    return xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x


def adjoint(xp: Any, x: Any) -> Any:
    """The conjugate transpose of matrices."""
    return conjugate(xp, xp.matrix_transpose(x))


def misfit(x1: Any, x2: Any) -> ValueError | None:
    """The error of shapes that have no matrix product, in the place of a library's, whose words are its internals'."""
    if not getattr(x1, "ndim", 0) or not getattr(x2, "ndim", 0):  # one may be a number
        return ValueError("an operand has no dimension; multiply() takes numbers")
    rows, columns = x1.shape[-1], x2.shape[max(x2.ndim - 2, 0)]
    if rows != columns:
        return ValueError(f"rows of {rows} elements meet columns of {columns}")
    first, second = x1.shape[:-2], x2.shape[:-2]
    if any(n != m and 1 not in (n, m) for n, m in zip(first[::-1], second[::-1], strict=False)):
        return ValueError(f"stacks of {first} and of {second} matrices do not broadcast")
    return None


def length(name: str, x: Any, axis: int) -> int:
    """The size of an operand along an axis; a Python number has none."""
    shape = getattr(x, "shape", ())
    return shape[as_axis(name, axis, len(shape))]


def check_same_axis(axis: int, x1: Any, x2: Any) -> None:
    """Refuse an axis from the front that is not the same one in both operands, aligned at their ends.

    Raises
    ------
    ValueError : the operands have different numbers of dimensions.
    """
    if axis >= 0 and x1.ndim != x2.ndim:
        raise ValueError(f"axis={axis} must be negative for operands of {x1.ndim} and {x2.ndim} dimensions")


def _product_rule(name: str) -> Callable[..., Any]:
    """The forward rule of a product: it is linear in each operand, and the tangents' parts add up."""

    def jvp(xp: Any, tangents: Sequence[Any], y: Any, x1: Any, x2: Any, /, **parameters: Any) -> Any:
        product = getattr(xp, name)
        t1, t2 = tangents
        if t1 is None:
            return product(x1, t2, **parameters)
        if t2 is None:
            return product(t1, x2, **parameters)
        return product(t1, x2, **parameters) + product(x1, t2, **parameters)

    return jvp


def _first_factor(xp: Any, g: Any, shape: tuple[int, ...], x2: Any) -> Any:
    """The cotangent of the first operand of `matmul`, which has that shape: g @ x2^H."""
    x2 = conjugate(xp, x2)
    if len(shape) == 1:
        return g * x2 if x2.ndim == 1 else xp.matmul(x2, xp.expand_dims(g, axis=-1))[..., 0]
    if x2.ndim == 1:
        return xp.expand_dims(g, axis=-1) * x2
    if x2.ndim == g.ndim > 2 and math.prod(shape[:-2]) == 1:
        # One matrix met many: a single product over all of them, in place of many products and their sum.
        shared = (*range(g.ndim - 2), g.ndim - 1)
        return xp.reshape(xp.tensordot(g, x2, axes=(shared, shared)), shape)
    return xp.matmul(g, xp.matrix_transpose(x2))


def _second_factor(xp: Any, g: Any, x1: Any, shape: tuple[int, ...]) -> Any:
    """The cotangent of the second operand of `matmul`, which has that shape: x1^H @ g."""
    x1 = conjugate(xp, x1)
    if len(shape) == 1:
        return xp.matmul(xp.reshape(g, (g.size,)), xp.reshape(x1, (g.size, *shape)))
    if x1.ndim == 1:
        return xp.expand_dims(x1, axis=-1) * xp.expand_dims(g, axis=-2)
    if x1.ndim == g.ndim > 2 and math.prod(shape[:-2]) == 1:
        shared = tuple(range(g.ndim - 1))
        return xp.reshape(xp.tensordot(x1, g, axes=(shared, shared)), shape)
    return xp.matmul(xp.matrix_transpose(x1), g)


@op(
    vjps=(
        lambda xp, g, y, x1, x2, /: _first_factor(xp, g, x1.shape, x2),
        lambda xp, g, y, x1, x2, /: _second_factor(xp, g, x1, x2.shape),
    ),
    jvp=_product_rule("matmul"),
    careful=careful_product,
)
def matmul(xp: Any, x1: Any, x2: Any, /) -> Tensor:
    """Give the matrix product `x1 @ x2`.

    Parameters
    ----------
    x1 : numeric, shape (..., M, K) or (K,)
    x2 : numeric, shape (..., K, N) or (K,); the dimensions before the last two are broadcast

    Returns
    -------
    The promoted data type, shape (..., M, N); the dimension that a one-dimensional operand lacks is left out, so two
    vectors give a result without dimensions.

    Raises
    ------
    ValueError : an operand has no dimension, or the shapes do not fit.

    Derivative: `g @ x2^H` for `x1`, `x1^H @ g` for `x2`, with the conjugate transpose. Where one matrix is multiplied
    with a stack of them, its cotangent is a single product.

    Source: array API standard 2025.12, matmul.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.matmul(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), xp.asarray([1.0, 10.0]))
    Tensor([21., 43.])
    """
    try:
        return xp.matmul(x1, x2)
    except ValueError as error:
        raise misfit(x1, x2) or error from None


@linear(
    transpose=lambda xp, g, y, x, /: xp.matrix_transpose(g),
    view=True,
    inverse=lambda xp, fresh, base, /: xp.matrix_transpose(fresh),
)
def matrix_transpose(xp: Any, x: Any, /) -> Tensor:
    """Transpose a matrix, or each one of a stack. The result is a view of `x`.

    Parameters
    ----------
    x : any data type, shape (..., M, N)

    Returns
    -------
    The data type of `x`, shape (..., N, M).

    Raises
    ------
    ValueError : `x` has fewer than two dimensions.

    Derivative: the cotangent, transposed.

    Source: array API standard 2025.12, matrix_transpose.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.matrix_transpose(xp.asarray([[1, 2, 3], [4, 5, 6]]))
    Tensor([[1, 4],
            [2, 5],
            [3, 6]])
    """
    return xp.matrix_transpose(x)


Axes = tuple[tuple[int, ...], tuple[int, ...]]


def _contracted(axes: int | Axes, ndim1: int, ndim2: int) -> Axes:
    """The contracted axes of both operands, counted from the front."""
    if isinstance(axes, int):
        return tuple(range(ndim1 - axes, ndim1)), tuple(range(axes))
    return tuple([i % ndim1 for i in axes[0]]), tuple([i % ndim2 for i in axes[1]])


def _sequence(axes: Any) -> tuple[int, ...]:
    """One operand's axes, which may be given as a single number."""
    return (index(axes),) if hasattr(axes, "__index__") else tuple([index(i) for i in axes])


def _rest(ndim: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([i for i in range(ndim) if i not in axes])


def _arrange(xp: Any, x: Any, places: tuple[int, ...]) -> Any:
    """Put every axis of `x` where `places` says that it belongs."""
    return xp.permute_dims(x, tuple([places.index(i) for i in range(len(places))]))


def _first_contracted(xp: Any, g: Any, ndim: int, x2: Any, axes: int | Axes) -> Any:
    """The cotangent of the first operand of `tensordot`: `g` with x2 contracted along the axes that it brought in."""
    axes1, axes2 = _contracted(axes, ndim, x2.ndim)
    rest1, rest2 = _rest(ndim, axes1), _rest(x2.ndim, axes2)
    partners = [axes1[axes2.index(i)] for i in sorted(axes2)]
    product = xp.tensordot(g, conjugate(xp, x2), axes=(tuple(range(len(rest1), g.ndim)), rest2))
    return _arrange(xp, product, (*rest1, *partners))


def _second_contracted(xp: Any, g: Any, x1: Any, ndim: int, axes: int | Axes) -> Any:
    """The cotangent of the second operand of `tensordot`, likewise."""
    axes1, axes2 = _contracted(axes, x1.ndim, ndim)
    rest1, rest2 = _rest(x1.ndim, axes1), _rest(ndim, axes2)
    partners = [axes2[axes1.index(i)] for i in sorted(axes1)]
    product = xp.tensordot(conjugate(xp, x1), g, axes=(rest1, tuple(range(len(rest1)))))
    return _arrange(xp, product, (*partners, *rest2))


@op(
    vjps=(
        lambda xp, g, y, x1, x2, /, axes: _first_contracted(xp, g, x1.ndim, x2, axes),
        lambda xp, g, y, x1, x2, /, axes: _second_contracted(xp, g, x1, x2.ndim, axes),
    ),
    jvp=_product_rule("tensordot"),
    careful=careful_product,
)
def _tensordot(xp: Any, x1: Any, x2: Any, /, axes: int | Axes) -> Tensor:
    if isinstance(axes, int) and (axes > x1.ndim or axes > x2.ndim):
        raise ValueError(f"axes={axes} asks for more axes than operands of {x1.ndim} and {x2.ndim} dimensions have")
    return xp.tensordot(x1, x2, axes=axes)


def tensordot(x1: Any, x2: Any, /, axes: Any = 2) -> Tensor:
    """Multiply two arrays and sum along pairs of their axes.

    Parameters
    ----------
    x1, x2 : numeric
    axes : the number N of axes, the last N of `x1` with the first N of `x2`; or a pair of sequences of axes, one for
        each operand, whose members belong together. It may be given by position, as NumPy's.

    Returns
    -------
    The promoted data type; the remaining axes of `x1`, then those of `x2`.

    Raises
    ------
    ValueError : `axes` is negative or too large, its sequences differ in length, or sizes of paired axes differ.

    Derivative: for each operand the cotangent, contracted with the conjugate of the other operand.

    Source: array API standard 2025.12, tensordot.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> xp.tensordot(x, x, axes=1)
    Tensor([[ 7., 10.],
            [15., 22.]])
    >>> xp.tensordot(x, x, axes=((0, 1), (1, 0)))
    Tensor(29.)
    """
    if hasattr(axes, "__index__"):
        axes = index(axes)
        if axes < 0:
            raise ValueError(
                f"tensordot: axes={axes} is negative; give a number of axes or a pair of sequences of axes"
            )
    else:
        try:
            first, second = axes
        except (TypeError, ValueError):
            raise ValueError(f"tensordot: axes are a number or a pair of sequences, not {axes!r}") from None
        axes = (_sequence(first), _sequence(second))
        if len(axes[0]) != len(axes[1]):
            raise ValueError(f"tensordot: axes={axes} pairs {len(axes[0])} axes of x1 with {len(axes[1])} of x2")
    return _tensordot(x1, x2, axes=axes)


def _careful_vecdot(
    rule: Any, i: int, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    g = xp.expand_dims(g, axis=kwargs.get("axis", -1))
    return xp.safe_multiply(conjugate(xp, g) if i == 0 else g, operands[1 - i])


@op(
    vjps=(
        lambda xp, g, y, x1, x2, /, axis=-1: conjugate(xp, xp.expand_dims(g, axis=axis)) * x2,
        lambda xp, g, y, x1, x2, /, axis=-1: xp.expand_dims(g, axis=axis) * x1,
    ),
    jvp=_product_rule("vecdot"),
    careful=_careful_vecdot,
)
def vecdot(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """Give the dot products of vectors, `sum(conj(x1) * x2)` along an axis.

    Parameters
    ----------
    x1, x2 : numeric, of the same size along `axis` and broadcastable along the others
    axis : the axis of the vectors, counted from the end in both operands

    Returns
    -------
    The promoted data type; the broadcast shape without `axis`.

    Raises
    ------
    ValueError : the sizes differ, or `axis` counts from the front for operands with different numbers of dimensions.

    Derivative: `conj(g) * x2` for `x1`, whose conjugate the product holds, and `g * x1` for `x2`.

    Source: array API standard 2025.12, vecdot.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.vecdot(xp.asarray([1j, 2.0]), xp.asarray([1j, 3.0]))
    Tensor(7.+0.j)
    """
    check_same_axis(axis, x1, x2)
    try:
        return xp.vecdot(x1, x2, axis=axis)
    except ValueError:
        first, second = length("vecdot", x1, axis), length("vecdot", x2, axis)
        if first != second:
            raise ValueError(f"vectors of {first} elements meet vectors of {second}") from None
        raise
