"""Manipulation functions: the same elements in another arrangement; and `to_device`, the same elements elsewhere.

Source: array API standard 2025.12, chapter "Manipulation Functions".

`reshape`, `expand_dims`, `squeeze`, `permute_dims`, `moveaxis`, `flip` and `unstack` give views: writing to the result
writes to the operand. `broadcast_to` gives views that refuse writes, and `broadcast_arrays` too where it repeats
elements.
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._core.backend import Backend, Device, as_device
from apitensor._core.declare import linear, op
from apitensor._core.modes import is_grad_enabled
from apitensor._core.op import Handle, Node
from apitensor._core.reverse import NeedsCare

from .indexing import getitem, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apitensor._tensor import Tensor


# ---- what parameters may look like


def as_tensor(x: Any) -> Any:
    """A tensor of an operand that may be something else."""
    return x if isinstance(x, Handle) else core.convert(x)


def _as_tensors(name: str, arrays: Any) -> list[Any]:
    """The operands of an op that takes a sequence of them; foreign ones go to where the first tensor is."""
    parts = list(arrays)
    for x in parts:
        if type(x) is not core.Tensor:
            break
    else:
        if parts:
            return parts
        raise ValueError(f"{name}: no arrays were given")
    first: Any = next((x for x in parts if isinstance(x, Handle)), None)
    device = None if first is None else first.device
    return [x if isinstance(x, Handle) else core.convert(x, device=device, what=f"{name}: ") for x in parts]


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape given as an integer or a sequence of them, where everything with `__index__` is an integer."""
    if type(shape) is tuple:
        for n in shape:
            if type(n) is not int:
                break
        else:
            return shape
    if type(shape) is int or (hasattr(shape, "__index__") and not getattr(shape, "ndim", 0)):
        return (index(shape),)
    try:
        return tuple([index(n) for n in shape])
    except TypeError:
        raise TypeError(f"an integer or a sequence of integers is needed, not {shape!r}") from None


def as_axis(name: str, axis: Any, ndim: int) -> int:
    """An axis counted from the first one.

    Raises
    ------
    IndexError : there is no such axis.
    """
    at = index(axis)
    if 0 <= at < ndim:
        return at
    if -ndim <= at < 0:
        return at + ndim
    raise IndexError(f"{name}: axis {at} is out of bounds for array of dimension {ndim}")


def as_axes(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """One axis or several, counted from the first one, in the order given.

    Raises
    ------
    IndexError : there is no such axis, or one is named twice.
    """
    if type(axis) is int:
        return (as_axis(name, axis, ndim),)
    axes = as_shape(axis)
    for at in axes:
        if not 0 <= at < ndim:
            axes = tuple([as_axis(name, at, ndim) for at in axes])
            break
    if len(set(axes)) < len(axes):
        raise IndexError(f"{name}: {axis} names an axis twice")
    return axes


def given_axes(axis: Any) -> Any:
    """An axis or several as a backend takes them: a list is as good as a tuple."""
    return tuple(axis) if isinstance(axis, list) else axis


# ---- another shape


@linear(
    transpose=lambda xp, g, y, x, /, shape: xp.reshape(g, x.shape),
    view=True,
    inverse=lambda xp, new, base, /, shape: xp.reshape(new, base.shape),
)
def _reshape(xp: Any, x: Any, /, shape: tuple[int, ...]) -> Tensor:
    return xp.reshape(x, shape)


@linear(transpose=lambda xp, g, y, x, /, shape: xp.reshape(g, x.shape))
def _reshape_copy(xp: Any, x: Any, /, shape: tuple[int, ...]) -> Tensor:
    return xp.reshape(x, shape, copy=True)


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    """Give the same elements another shape, in row-major order.

    Parameters
    ----------
    x : any data type
    shape : of as many elements as `x`; one dimension may be -1 and is inferred
    copy : True copies; otherwise the result is a view of `x`, and False demands that no element is moved for it

    Returns
    -------
    The data type of `x`; the given shape.

    Raises
    ------
    ValueError : the shape does not fit, or `copy=False` and the elements do not lie as they would have to.

    Derivative: the cotangent in the shape of `x`.

    Source: array API standard 2025.12, reshape.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.zeros((2, 3))
    >>> y = xp.reshape(x, (3, -1))
    >>> y[0, 1] = 5.0
    >>> x
    Tensor([[0., 5., 0.],
            [0., 0., 0.]])
    """
    shape = as_shape(shape)
    if copy is None:
        return _reshape(x, shape)
    if copy:
        return _reshape_copy(x, shape)
    x = as_tensor(x)
    out: Any = _reshape(x, shape)
    if out._array.size and not out._backend.aliases(out._array, x._array):
        raise ValueError(
            f"reshape({core.describe(x)}): the elements must be copied for the shape {shape}, and copy=False"
        )
    return out


def expand_dims(x: Any, /, axis: Any) -> Tensor:
    """Insert axes of length one.

    Parameters
    ----------
    x : any data type
    axis : where the new axis, or each of the new axes, stands in the result; negative ones count from the end

    Returns
    -------
    The data type of `x`; a view with as many more dimensions.

    Raises
    ------
    IndexError : there is no such position in the result, or one is named twice.

    Derivative: the cotangent in the shape of `x`.

    Source: array API standard 2025.12, expand_dims.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.expand_dims(xp.asarray([1.0, 2.0]), 0).shape
    (1, 2)
    >>> xp.expand_dims(xp.asarray([1.0, 2.0]), (0, -1)).shape
    (1, 2, 1)
    """
    x = as_tensor(x)
    shape = list(x._array.shape)
    ndim = len(shape) + (1 if type(axis) is int else len(as_shape(axis)))
    for place in sorted(as_axes("expand_dims", axis, ndim)):
        shape.insert(place, 1)
    return _reshape(x, tuple(shape))


def squeeze(x: Any, /, axis: Any) -> Tensor:
    """Remove axes of length one.

    Parameters
    ----------
    x : any data type
    axis : the axis, or the axes, to remove

    Returns
    -------
    The data type of `x`; a view without those axes.

    Raises
    ------
    ValueError : an axis has another length than one.
    IndexError : there is no such axis, or one is named twice.

    Derivative: the cotangent in the shape of `x`.

    Source: array API standard 2025.12, squeeze.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.squeeze(xp.ones((1, 3, 1)), 0).shape
    (3, 1)
    """
    x = as_tensor(x)
    shape = list(x._array.shape)
    axes = as_axes("squeeze", axis, len(shape))
    for at in sorted(axes, reverse=True):
        if shape.pop(at) != 1:
            raise ValueError(f"squeeze: axis {at} of shape {x.shape} has not the length 1")
    return _reshape(x, tuple(shape))


# ---- axes and elements in another order


def _back(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes another."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


@linear(
    transpose=lambda xp, g, y, x, /, axes: xp.permute_dims(g, _back(axes)),
    view=True,
    inverse=lambda xp, new, base, /, axes: xp.permute_dims(new, _back(axes)),
)
def _permute_dims(xp: Any, x: Any, /, axes: tuple[int, ...]) -> Tensor:
    return xp.permute_dims(x, axes)


def permute_dims(x: Any, /, axes: Any) -> Tensor:
    """Put the axes in another order.

    Parameters
    ----------
    x : any data type
    axes : for each axis of the result the axis of `x` it was; negative ones count from the end

    Returns
    -------
    The data type of `x`; a view with its axes permuted.

    Raises
    ------
    IndexError : there is no such axis, or one is named twice.
    ValueError : not every axis is named.

    Derivative: the cotangent with its axes permuted back.

    Source: array API standard 2025.12, permute_dims.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.permute_dims(xp.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x = as_tensor(x)
    ndim = len(x._array.shape)
    order = as_axes("permute_dims", axes, ndim)
    if len(order) != ndim:
        raise ValueError(f"permute_dims: {axes} must name each of the {ndim} axes")
    return _permute_dims(x, order)


def moveaxis(x: Any, source: Any, destination: Any, /) -> Tensor:
    """Move axes to other positions; the others keep their order.

    Parameters
    ----------
    x : any data type
    source : the axis, or the axes, to move
    destination : where each of them stands in the result

    Returns
    -------
    The data type of `x`; a view with its axes permuted.

    Raises
    ------
    IndexError : there is no such axis, or one is named twice.
    ValueError : there are not as many destinations as sources.

    Derivative: the cotangent with its axes moved back.

    Source: array API standard 2025.12, moveaxis.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.moveaxis(xp.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = as_tensor(x)
    sources = as_axes("moveaxis", source, x.ndim)
    destinations = as_axes("moveaxis", destination, x.ndim)
    if len(sources) != len(destinations):
        raise ValueError(f"moveaxis: {len(sources)} axes do not go to {len(destinations)} positions")
    moved = dict(zip(destinations, sources, strict=True))
    others = iter([i for i in range(x.ndim) if i not in sources])
    return _permute_dims(x, tuple([moved[i] if i in moved else next(others) for i in range(x.ndim)]))


@linear(
    transpose=lambda xp, g, y, x, /, axis: xp.flip(g, axis=axis),
    view=True,
    inverse=lambda xp, new, base, /, axis: xp.flip(new, axis=axis),
)
def _flip(xp: Any, x: Any, /, axis: tuple[int, ...]) -> Tensor:
    return xp.flip(x, axis=axis)


def flip(x: Any, /, *, axis: Any = None) -> Tensor:
    """Reverse the order of the elements along axes.

    Parameters
    ----------
    x : any data type
    axis : the axis, or the axes; None stands for all of them

    Returns
    -------
    The data type and shape of `x`; a view.

    Raises
    ------
    IndexError : there is no such axis, or one is named twice.

    Derivative: the cotangent flipped likewise.

    Source: array API standard 2025.12, flip.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.flip(xp.asarray([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """
    x = as_tensor(x)
    return _flip(x, tuple(range(x.ndim)) if axis is None else as_axes("flip", axis, x.ndim))


def _opposite(shift: Any) -> Any:
    return tuple([-n for n in shift]) if isinstance(shift, tuple) else -shift


@linear(transpose=lambda xp, g, y, x, /, shift, axis: xp.roll(g, _opposite(shift), axis=axis))
def _roll(xp: Any, x: Any, /, shift: Any, axis: Any) -> Tensor:
    return xp.roll(x, shift, axis=axis)


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Tensor:
    """Shift the elements along axes; those that leave at one end come in at the other.

    Parameters
    ----------
    x : any data type
    shift : by how many places, towards larger indices; one for each axis, or one for all
    axis : the axis, or the axes; None shifts the flattened elements

    Returns
    -------
    The data type and shape of `x`.

    Raises
    ------
    IndexError : there is no such axis.

    Derivative: the cotangent rolled back.

    Source: array API standard 2025.12, roll.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.roll(xp.asarray([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """
    shifts = as_shape(shift)
    axes = axis if axis is None or type(axis) is int else as_shape(axis)
    return _roll(x, shifts[0] if len(shifts) == 1 else shifts, axes)


# ---- elements several times


@linear(transpose=lambda xp, g, y, x, /, shape: g, view=True)  # the engine sums what was broadcast
def _broadcast_to(xp: Any, x: Any, /, shape: tuple[int, ...]) -> Tensor:
    return xp.broadcast_to(x, shape)


def broadcast_to(x: Any, /, shape: Any) -> Tensor:
    """Repeat elements along axes of length one, and along new axes in front, without storing them again.

    Parameters
    ----------
    x : any data type
    shape : that `x` can be broadcast to

    Returns
    -------
    The data type of `x`; the given shape. The result is a view of `x` that refuses to be written to.

    Raises
    ------
    ValueError : `x` cannot be broadcast to the shape.

    Derivative: the cotangent is summed over what was repeated.

    Source: array API standard 2025.12, broadcast_to.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.broadcast_to(xp.asarray([1.0, 2.0]), (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return _broadcast_to(x, as_shape(shape))


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """Give the shape that arrays of some shapes have in common once they are broadcast.

    Parameters
    ----------
    shapes : any number of shapes; none give the empty shape

    Returns
    -------
    A tuple of integers.

    Raises
    ------
    ValueError : the shapes have none in common.

    Source: array API standard 2025.12, broadcast_shapes.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.broadcast_shapes((3, 1), (2,))
    (3, 2)
    """
    result: list[int] = []  # from the last dimension to the first
    for shape in map(as_shape, shapes):
        result.extend([1] * (len(shape) - len(result)))
        for i, n in enumerate(reversed(shape)):
            if result[i] == 1:
                result[i] = n
            elif n not in (1, result[i]):
                raise ValueError(
                    f"broadcast_shapes: shapes {', '.join(map(str, shapes))} could not be broadcast together"
                )
    return tuple(reversed(result))


def broadcast_arrays(*arrays: Any) -> tuple[Tensor, ...]:
    """Broadcast arrays to the shape they have in common.

    Parameters
    ----------
    arrays : any number of any data types

    Returns
    -------
    A tuple of views, each with its own data type. Those with repeated elements refuse to be written to.

    Raises
    ------
    ValueError : the shapes have none in common.

    Derivative: each cotangent is summed over what was repeated.

    Source: array API standard 2025.12, broadcast_arrays.

    Examples
    --------
    >>> import apitensor as xp
    >>> a, b = xp.broadcast_arrays(xp.ones((2, 1)), xp.ones(3))
    >>> a.shape, b.shape
    ((2, 3), (2, 3))
    """
    if not arrays:
        return ()
    tensors = _as_tensors("broadcast_arrays", arrays)
    shape = broadcast_shapes(*[x.shape for x in tensors])
    return tuple([getitem(x, ...) if x.shape == shape else _broadcast_to(x, shape) for x in tensors])


def _sum_copies(xp: Any, g: Any, shape: tuple[int, ...], times: int, axis: int) -> Any:
    folded = xp.reshape(g, (*shape[:axis], shape[axis], times, *shape[axis + 1 :]))
    return xp.sum(folded, axis=axis + 1)


@linear(transpose=lambda xp, g, y, x, /, times, axis: _sum_copies(xp, g, x.shape, times, axis))
def _repeat(xp: Any, x: Any, /, times: int, axis: int) -> Tensor:
    return xp.repeat(x, times, axis=axis)


@op()
def _repeated_places(xp: Any, repeats: Any, /, *, length: int) -> Tensor:
    return xp.repeat(xp.arange(length, device=repeats.device), repeats)


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """Repeat each element.

    Parameters
    ----------
    x : any data type
    repeats : how many times, an integer, or integers for each place along the axis (the result's shape depends on their
        values, so a device has to be waited for)
    axis : the axis along which elements are repeated; None repeats the flattened elements

    Returns
    -------
    The data type of `x`; its shape but for the length of that axis, or one dimension if `axis` is None.

    Raises
    ------
    IndexError : there is no such axis.
    ValueError : `repeats` does not fit, or is negative.

    Derivative: the cotangents of the copies of an element are added up.

    Source: array API standard 2025.12, repeat.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.repeat(xp.asarray([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.])
    >>> xp.repeat(xp.asarray([1.0, 2.0]), xp.asarray([0, 3]))
    Tensor([2., 2., 2.])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = _reshape(x, (-1,)), 0
    at = as_axis("repeat", axis, x.ndim)
    if isinstance(repeats, (list, tuple)) or getattr(repeats, "ndim", None):
        counts: Any = repeats if isinstance(repeats, Handle) else core.convert(repeats, device=x.device)
        if counts.dtype.kind not in "iu":
            raise TypeError(f"repeat: repeats are integers, not {counts.dtype}")
        if counts.shape not in ((1,), (x.shape[at],)):
            raise ValueError(f"repeat: repeats of shape {counts.shape} for an axis of {x.shape[at]} elements")
        return take(x, _repeated_places(counts, length=x.shape[at]), axis=at)
    return _repeat(x, index(repeats), at)


def _sum_tiles(xp: Any, g: Any, shape: tuple[int, ...], repetitions: tuple[int, ...]) -> Any:
    lengths = (1,) * (len(repetitions) - len(shape)) + shape
    folded = [n for pair in zip(repetitions, lengths, strict=True) for n in pair]
    total = xp.sum(xp.reshape(g, tuple(folded)), axis=tuple(range(0, len(folded), 2)))
    return xp.reshape(total, shape)


@linear(transpose=lambda xp, g, y, x, /, repetitions: _sum_tiles(xp, g, x.shape, repetitions))
def _tile(xp: Any, x: Any, /, repetitions: tuple[int, ...]) -> Tensor:
    return xp.tile(x, repetitions)


def tile(x: Any, repetitions: Any, /) -> Tensor:
    """Lay copies of an array side by side.

    Parameters
    ----------
    x : any data type
    repetitions : how many copies along each axis; ones are put in front for the axes of `x` that it leaves out, and
        axes of length one in front of `x` where it names more

    Returns
    -------
    The data type of `x`; each length times its repetitions.

    Derivative: the cotangents of the copies are added up.

    Source: array API standard 2025.12, tile.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.tile(xp.asarray([1.0, 2.0]), (2, 2))
    Tensor([[1., 2., 1., 2.],
            [1., 2., 1., 2.]])
    """
    x = as_tensor(x)
    times = as_shape(repetitions)
    return _tile(x, (1,) * (x.ndim - len(times)) + times)


# ---- joining and splitting


def _split_cotangent(
    xp: Any, needs: Sequence[bool], g: Any, y: Any, /, *arrays: Any, axis: int, ends: list[int]
) -> list[Any]:
    lead = (slice(None),) * axis
    starts = (0, *ends)
    return [g[(*lead, slice(starts[i], ends[i]), ...)] if need else None for i, need in enumerate(needs)]


def _given_tangents(xp: Any, tangents: Sequence[Any], arrays: Sequence[Any]) -> list[Any]:
    return [xp.zeros_like(x) if t is None else t for t, x in zip(tangents, arrays, strict=True)]


@op(
    joint=_split_cotangent,
    jvp=lambda xp, tangents, y, /, *arrays, axis, ends: xp.concat(_given_tangents(xp, tangents, arrays), axis=axis),
)
def _concat(xp: Any, /, *arrays: Any, axis: int, ends: list[int]) -> Tensor:
    return xp.concat(arrays, axis=axis)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Tensor:
    """Join arrays along an axis that they have.

    Parameters
    ----------
    arrays : a sequence of arrays with the same shape but for the length of that axis
    axis : the axis; None flattens the arrays first

    Returns
    -------
    The data type that those of the arrays promote to; the lengths of the axis are added up.

    Raises
    ------
    IndexError : there is no such axis.
    ValueError : there is no array, or the shapes do not fit.

    Derivative: each array gets its part of the cotangent.

    Source: array API standard 2025.12, concat.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.concat([xp.ones(2), xp.zeros(1)])
    Tensor([1., 1., 0.])
    """
    parts = _as_tensors("concat", arrays)
    if axis is None:
        parts, axis = [_reshape(x, (-1,)) for x in parts], 0
    ndim = len(parts[0]._array.shape)
    at = as_axis("concat", axis, ndim)
    # The lengths are parameters because the rule needs nothing else of the arrays, and so nothing of them is kept.
    ends = []
    end = 0
    for x in parts:
        shape = x._array.shape
        if len(shape) != ndim:
            raise ValueError(f"concat: arrays of different dimensions, {core.describe_all(parts)}")
        end += shape[at]
        ends.append(end)
    return core.apply(_concat.op, parts, (), {"axis": at, "ends": ends})  # type: ignore[attr-defined]


def _unstack_cotangent(xp: Any, needs: Sequence[bool], g: Any, y: Any, /, *arrays: Any, axis: int) -> list[Any]:
    lead = (slice(None),) * axis
    return [g[(*lead, i, ...)] if need else None for i, need in enumerate(needs)]


@op(
    joint=_unstack_cotangent,
    jvp=lambda xp, tangents, y, /, *arrays, axis: xp.stack(_given_tangents(xp, tangents, arrays), axis=axis),
)
def _stack(xp: Any, /, *arrays: Any, axis: int) -> Tensor:
    return xp.stack(arrays, axis=axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Tensor:
    """Join arrays along a new axis.

    Parameters
    ----------
    arrays : a sequence of arrays of the same shape
    axis : where the new axis stands in the result

    Returns
    -------
    The data type that those of the arrays promote to; one dimension more, as long as there are arrays.

    Raises
    ------
    IndexError : there is no such position in the result.
    ValueError : there is no array, or the shapes differ.

    Derivative: each array gets its part of the cotangent.

    Source: array API standard 2025.12, stack.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.stack([xp.ones(2), xp.zeros(2)], axis=-1)
    Tensor([[1., 0.],
            [1., 0.]])
    """
    parts = _as_tensors("stack", arrays)
    return _stack(*parts, axis=as_axis("stack", axis, parts[0].ndim + 1))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """Split an array along an axis, which disappears.

    Parameters
    ----------
    x : any data type, at least one dimension
    axis : the axis

    Returns
    -------
    A tuple of views of `x`, as many as the axis is long.

    Raises
    ------
    IndexError : there is no such axis.

    Derivative: each cotangent goes to its place.

    Source: array API standard 2025.12, unstack.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.unstack(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    (Tensor([1., 3.]), Tensor([2., 4.]))
    """
    x = as_tensor(x)
    at = as_axis("unstack", axis, x.ndim)
    return tuple([getitem(x, (*(slice(None),) * at, i, ...)) for i in range(x.shape[at])])


# ---- memory of its own, and other devices


@linear(transpose=lambda xp, g, y, x, /: g)
def copy(xp: Any, x: Any, /) -> Tensor:
    """The same elements in memory of their own; the derivative is the identity."""
    return xp.asarray(x, copy=True)


def _move(array: Any, backend: Backend, device: Device) -> Any:
    """A raw array of `backend` on another device, perhaps of another backend. It may share memory."""
    if type(array) is not backend.array_type:
        array = backend.as_array(array)
    if device.backend is not backend:
        return device.backend.from_numpy(backend.to_numpy(array), device.raw)
    if hasattr(array, "to_device"):
        return array.to_device(device.raw)
    return backend.xp.asarray(array, device=device.raw, copy=True)


class CrossingNode(Node):
    """A recorded move to another device: the one op whose operand and result may be arrays of different backends."""

    __slots__ = ()
    name = "to_device"

    def __init__(self, array: Any, backend: Backend, edge: Node, source: Device) -> None:
        self.begin(array, backend)
        self.saved = (edge, source)

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved[:1] if self.saved else ()

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        edge, source = self.saved  # type: ignore[misc]
        if not careful and not source.backend.host:
            raise NeedsCare
        return [(edge, _move(g, self.backend, source))]

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        edge, source = self.saved  # type: ignore[misc]
        if not careful and not source.backend.host:
            raise NeedsCare
        return [(edge, to_device(g, source))]


def to_device(x: Any, device: Any, /, *, stream: Any = None) -> Any:
    """Give the tensor on another device, of whatever backend; on its own device it is the tensor itself.

    This is the array object's method of that name.

    Parameters
    ----------
    x : a tensor
    device : a Device or its name
    stream : None; there are no streams to choose

    Raises
    ------
    ValueError : there is no such device, or `stream` is not None.

    Derivative: the cotangent on the device of `x`.
    """
    if stream is not None:
        raise ValueError("to_device: there are no streams to choose, so `stream` must be None")
    device = as_device(device)
    source = x.device
    if source == device:
        return x
    # The move may give memory that both share, so either is copied before it is written to.
    out = core.wrap(_move(core.keep(x), x._backend, device), device.backend, kept=True)
    if x._edge is not None and is_grad_enabled():
        out._edge = CrossingNode(out._array, device.backend, x._edge, source)
    if x._tangents is not None:
        out._tangents = {level: to_device(t, device) for level, t in x._tangents.items()}
    return out
