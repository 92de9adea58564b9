"""Indexing functions, and the array object's `x[key]` and `x[key] = value`.

Source: array API standard 2025.12, chapters "Indexing" and "Indexing Functions".
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._core import views
from apitensor._core.declare import linear
from apitensor._core.op import SCALARS, GeneralNode, Handle, Scatter, convert_operand

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


class _Slot:
    """The place of an index array in a key: operands stand apart from parameters."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<array>"


_SLOT = _Slot()


def _slice(part: slice) -> slice:
    """A slice whose bounds are Python integers; bounds may be anything with `__index__`."""
    start, stop, step = part.start, part.stop, part.step
    if (
        (start is None or type(start) is int)
        and (stop is None or type(stop) is int)
        and (step is None or type(step) is int)
    ):
        return part
    try:
        return slice(*[None if n is None else index(n) for n in (start, stop, step)])
    except TypeError:
        raise TypeError(f"the bounds and the step of a slice are integers or None, not as in {part}") from None


def split(x: Any, key: Any) -> tuple[Any, tuple[Any, ...]]:
    """A key as a template without arrays, and the arrays that go into its slots.

    Basic keys (integers, slices, None, Ellipsis) have no arrays. Zero-dimensional integer arrays count as integers,
    Python lists and foreign arrays as index arrays, True and False as masks without a dimension.

    Raises
    ------
    IndexError : a part of the key can be no index.
    """
    parts = key if type(key) is tuple else (key,)
    template: list[Any] = []
    arrays: list[Any] = []
    for part in parts:
        kind = type(part)
        if kind is int or part is None or part is Ellipsis:
            template.append(part)
            continue
        if kind is slice:
            template.append(_slice(part))
            continue
        array: Any = part
        if kind is bool:
            array = core.convert(part, device=x.device)
        elif not isinstance(part, Handle):
            if kind in SCALARS or isinstance(part, (str, bytes)):
                raise IndexError(
                    f"{part!r} is no index; indices are integers, slices, None, ... and integer or boolean arrays"
                )
            if hasattr(part, "__index__") and not hasattr(part, "__len__"):
                template.append(index(part))
                continue
            array = convert_operand(_gather.op, part, x.device)  # type: ignore[attr-defined]
            if isinstance(part, (list, tuple)) and not array.size:  # which no number gave a data type
                array = core.namespace.astype(array, core.namespace.int64)
        dtype_kind = array.dtype.kind
        if dtype_kind in "iu" and array.ndim == 0:
            template.append(index(array))
            continue
        if dtype_kind not in "iub":
            raise IndexError(f"index arrays are integer or boolean, not {array.dtype}")
        template.append(_SLOT)
        arrays.append(array)
    if not arrays and Ellipsis not in template:
        # The standard leaves a key for some of the dimensions undefined, and what a scalar gives is no array.
        template.append(Ellipsis)
    return tuple(template), tuple(arrays)


def fill(template: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key with its arrays in their slots again."""
    if not arrays:
        return template
    rest = iter(arrays)
    return tuple([next(rest) if part is _SLOT else part for part in template])


def _write_back(xp: Any, fresh: Any, base: Any, /, key: Any) -> Any:
    if None in key:  # the standard has it in reading only
        key = tuple([part for part in key if part is not None])
        fresh = xp.reshape(fresh, base[key].shape)
    return xp.set_item(base, key, fresh)


@linear(transpose=lambda xp, g, y, x, /, key: xp.scatter_add(g, key, x.shape), view=True, inverse=_write_back)
def _getitem(xp: Any, x: Any, /, key: Any) -> Tensor:
    return x[key]


# No view: an element is a value, as in NumPy. Otherwise `x[i], x[j] = x[j], x[i]` would lose one of the two.
@linear(transpose=lambda xp, g, y, x, /, key: xp.scatter_add(g, key, x.shape))
def _element(xp: Any, x: Any, /, key: Any) -> Tensor:
    return xp.asarray(x[key], copy=True)


@linear(transpose=(lambda xp, g, y, x, /, *arrays, key: xp.scatter_add(g, fill(key, arrays), x.shape),))
def _gather(xp: Any, x: Any, /, *arrays: Any, key: Any) -> Tensor:
    return xp.get_item(x, fill(key, arrays))


class _GatherNode(GeneralNode):
    """A recorded reading of elements. On arrays its cotangent stays small: the engine adds it where it belongs."""

    __slots__ = ()

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Any, Any]]:
        (edge, *_), (_, *arrays), _, args, kwargs, _ = self.saved  # type: ignore[misc]
        if edge is None or (wanted is not None and edge not in wanted):
            return []
        key = args[0] if args else fill(kwargs["key"], tuple(arrays))
        return [(edge, Scatter(g, key))]


_getitem.op.node_class = _element.op.node_class = _gather.op.node_class = _GatherNode  # type: ignore[attr-defined]


Recipe = tuple[tuple[Any, tuple[Any, ...], dict[str, Any]], ...]  # the ops of a view, with their parameters


def _shown(xp: Any, x: Any, recipe: Recipe) -> list[Any]:
    """What is seen of `x`, from itself to the view that a recipe makes of it."""
    values = [x]
    for op, args, kwargs in recipe:
        x = core.apply(op, (x,), args, kwargs) if xp is core.namespace else op.forward(xp, x, *args, **kwargs)
        values.append(x)
    return values


def _put(xp: Any, x: Any, key: Any, value: Any, recipe: Recipe) -> Any:
    """A copy of `x` with `value` at `key` of the view that a recipe makes of it."""
    *bases, last = _shown(xp, x, recipe)
    fresh = xp.set_item(last, key, value)
    for (op, args, kwargs), base in zip(reversed(recipe), reversed(bases), strict=True):
        fresh = op.inverse(xp, fresh, base, *args, **kwargs)
    return fresh


def _assigned_value(xp: Any, g: Any, y: Any, x: Any, value: Any, /, *arrays: Any, key: Any, recipe: Recipe = ()) -> Any:
    """The cotangent at the positions written to; of several values for one position only the last one counts."""
    shown = _shown(xp, g, recipe)[-1]
    full = fill(key, arrays)
    picked = shown[full]
    if not any(xp.isdtype(a.dtype, "integral") for a in arrays):
        return picked
    writers = xp.reshape(xp.arange(picked.size, device=g.device), picked.shape)
    last = xp.set_item(xp.zeros(shown.shape, dtype=writers.dtype, device=g.device), full, writers)[full]
    return xp.where(last == writers, picked, xp.zeros_like(picked))


# Views show elements as they are, so the transpose of putting values into one is to look there.
@linear(
    transpose=(
        lambda xp, g, y, x, value, /, *arrays, key, recipe=(): _put(xp, g, fill(key, arrays), 0.0, recipe),
        _assigned_value,
    )
)
def _set_item(xp: Any, x: Any, value: Any, /, *arrays: Any, key: Any, recipe: Recipe = ()) -> Tensor:
    return _put(xp, x, fill(key, arrays), value, recipe)


class _SetItemNode(GeneralNode):
    """A recorded assignment.

    What it gives to the tensor written to is the engine's own memory: zeros are written into it.
    """

    __slots__ = ()
    gives_own = True

    def on_own_array(self, g: Any, wanted: Any) -> list[tuple[Any, Any]]:
        """As `on_arrays`, for a cotangent that may be overwritten."""
        (edge, edge_of_value, *_), (x, value, *arrays), y, _, kwargs, _ = self.saved  # type: ignore[misc]
        backend = self.backend
        xp = backend.xp
        key, recipe = fill(kwargs["key"], tuple(arrays)), kwargs.get("recipe", ())
        g = backend.as_array(g)
        pairs = []
        if edge_of_value is not None and (wanted is None or edge_of_value in wanted):
            given = _assigned_value(xp, g, y, x, value, *arrays, **kwargs)
            pairs.append((edge_of_value, xp.asarray(given, copy=True)))  # it may be a window onto g
        if edge is not None and (wanted is None or edge in wanted):
            shown = _shown(xp, g, recipe)[-1]
            if shown is g:
                g = backend.write(g, key, 0.0)
            elif backend.aliases(shown, g):
                backend.write(shown, key, 0.0)
            else:
                g = _put(xp, g, key, 0.0, recipe)
            pairs.insert(0, (edge, g))
        return pairs


_set_item.op.node_class = _SetItemNode  # type: ignore[attr-defined]


@linear(transpose=lambda xp, g, y, values, /, *arrays, key, shape: g[fill(key, arrays)])
def _scatter_add(xp: Any, values: Any, /, *arrays: Any, key: Any, shape: tuple[int, ...]) -> Tensor:
    return xp.scatter_add(values, fill(key, arrays), shape)


def getitem(x: Any, key: Any, /) -> Tensor:
    """`x[key]` with everything NumPy's indexing takes.

    Parameters
    ----------
    key : integers, slices, `None` and `...`, which give a view of `x`; integer and boolean arrays, which give a copy,
        as does an integer for every dimension: an element is a value, and `x[i], x[j] = x[j], x[i]` swaps two of them

    Returns
    -------
    The data type of `x`; the shape as by NumPy's rules.

    Raises
    ------
    IndexError : there are too many indices, one is out of bounds, or no index at all.

    Derivative: the cotangent at the chosen elements, added up where one was chosen repeatedly, and zero elsewhere.

    Source: array API standard 2025.12, __getitem__.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([1.0, 2.0, 3.0], requires_grad=True)
    >>> xp.sum(x[[0, 2, 2]]).backward()
    >>> x.grad
    Tensor([1., 0., 2.])
    """
    if type(key) is int:
        return _element(x, (key,)) if x._array.ndim == 1 else _getitem(x, (key, ...))
    if type(key) is slice:
        return _getitem(x, (_slice(key), ...))
    template, arrays = split(x, key)
    if arrays:
        return _gather(x, *arrays, key=template)
    parts = len(key) if type(key) is tuple else 1
    if len(template) == parts or parts != x._array.ndim:  # the key has an ellipsis, or leaves dimensions out
        return _getitem(x, template)
    position = template[:-1]
    for part in position:
        if type(part) is not int:
            return _getitem(x, template)
    return _element(x, position)


def setitem(x: Any, key: Any, value: Any, /) -> None:
    """`x[key] = value`, in place for every name and view of the same elements; differentiable in both.

    Parameters
    ----------
    key : as for reading
    value : what broadcasts to the shape of `x[key]`; it is cast to the data type of `x`

    Raises
    ------
    RuntimeError : `x` is a leaf that requires a gradient, outside `no_grad()`.
    ValueError : `x` is a view that refuses writes (broadcast_to), or shapes do not fit.
    TypeError : the value tracks a gradient (or is complex) and `x` cannot hold it.

    Derivative: what `x` held before gets zero where it was written to; the value gets the cotangent from there.

    Source: array API standard 2025.12, __setitem__.

    Examples
    --------
    >>> import apitensor as xp
    >>> value = xp.asarray(2.0, requires_grad=True)
    >>> x = xp.zeros(3)
    >>> x[1:] = value
    >>> xp.sum(x).backward()
    >>> value.grad
    Tensor(2.)
    """
    if not isinstance(value, Handle) and type(value) not in SCALARS:
        value = core.convert(value, dtype=None if not isinstance(value, (list, tuple)) else x.dtype, device=x.device)
    if isinstance(value, Handle):
        core.value(value)
        tensor: Any = value
        if value._backend is not x._backend:
            raise core.mixing_error(_set_item.op, x, value)  # type: ignore[attr-defined]
        if (value._edge is not None or value._tangents is not None) and x.dtype.kind not in "fc":
            raise TypeError(
                f"item assignment: a tensor of {x.dtype} cannot keep the gradient of the value; convert it first"
            )
        if tensor.dtype.kind == "c" and x.dtype.kind != "c":
            raise TypeError(f"item assignment: a complex value does not fit into {x.dtype}; take its real part")
    elif type(value) is complex and x.dtype.kind != "c":
        raise TypeError(f"item assignment: a complex value does not fit into {x.dtype}; take its real part")
    core.value(x)
    template, arrays = split(x, key)
    for array in arrays:
        if array._backend is not x._backend:
            raise core.mixing_error(_set_item.op, x, array)  # type: ignore[attr-defined]
    raw_key = fill(template, tuple([core.value(a) for a in arrays]))
    try:
        views.assign(_set_item.op, x, value, arrays, template, raw_key)  # type: ignore[attr-defined]
    except core.ERRORS as error:
        if str(error).startswith(("item assignment", "set_item")):
            raise
        raise core.explain(_set_item.op, (x, value), error) from error  # type: ignore[attr-defined]


def set_item(x: Any, key: Any, value: Any, /) -> Tensor:
    """A copy of `x` with `value` at `key`; `x` stays as it is.

    One of the extras: beyond the standard, for rules and for programs that would rather not write in place.

    Parameters
    ----------
    x : any data type and shape
    key : as in `x[key] = value`
    value : broadcastable to `x[key]`, or a Python scalar

    Returns
    -------
    A tensor of its own, with the data type and shape of `x`.

    Derivative: the cotangent with zeros at `key` for `x`; the cotangent at `key` for `value`.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.set_item(xp.zeros(3), 1, 5.0)
    Tensor([0., 5., 0.])
    """
    template, arrays = split(x, key)
    return _set_item(x, value, *arrays, key=template)


def scatter_add(values: Any, key: Any, shape: tuple[int, ...], /) -> Tensor:
    """Zeros of `shape` with `values` added at `key`, where repeated positions add up: the adjoint of `x[key]`.

    One of the extras, beyond the standard.

    Parameters
    ----------
    values : the shape of `x[key]`, for an `x` of that `shape`
    key : as in `x[key]`
    shape : of the result

    Returns
    -------
    The data type of `values`, the given shape.

    Derivative: the cotangent at `key`.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.scatter_add(xp.asarray([1.0, 2.0, 3.0]), xp.asarray([0, 1, 0]), (3,))
    Tensor([4., 2., 0.])
    """
    template, arrays = split(values, key)
    return _scatter_add(values, *arrays, key=template, shape=tuple(shape))


def _key_of_take(ndim: int, indices: Any, axis: int | None) -> Any:
    at = 0 if axis is None else axis % ndim
    return (*(slice(None),) * at, indices)


@linear(
    transpose=(
        lambda xp, g, y, x, indices, /, axis=None: xp.scatter_add(g, _key_of_take(x.ndim, indices, axis), x.shape),
        None,
    )
)
def take(xp: Any, x: Any, indices: Any, /, *, axis: int | None = None) -> Tensor:
    """Give the elements of `x` at `indices` along an axis.

    Parameters
    ----------
    x : any data type, at least one dimension
    indices : integer, one-dimensional; negative ones count from the end
    axis : the axis to take along; may be left out where `x` has one dimension

    Returns
    -------
    The data type of `x`; the shape of `x` with the length of `indices` along `axis`.

    Raises
    ------
    IndexError : an index is out of bounds.
    ValueError : `axis` is left out for several dimensions.

    Derivative: the cotangent is added up at the indices, so repeated ones accumulate.

    Source: array API standard 2025.12, take.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.take(xp.asarray([10.0, 20.0, 30.0]), xp.asarray([2, 0]))
    Tensor([30., 10.])
    """
    if axis is None and x.ndim > 1:
        raise ValueError("axis must be given for an array of several dimensions")
    return xp.take(x, indices, axis=axis if axis is not None else 0)


@linear(transpose=(lambda xp, g, y, x, indices, /, axis=-1: add_along_axis(xp, g, x.shape, indices, axis), None))
def take_along_axis(xp: Any, x: Any, indices: Any, /, *, axis: int = -1) -> Tensor:
    """Give the elements of `x` at `indices`, matched along every other axis.

    Parameters
    ----------
    x : any data type
    indices : integer, as many dimensions as `x`, broadcastable to its shape on every axis but `axis`
    axis : the axis that the indices count along

    Returns
    -------
    The data type of `x`; the broadcast shape, with the length of `indices` along `axis`.

    Derivative: the cotangent is added up at the indices.

    Source: array API standard 2025.12, take_along_axis.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[3.0, 1.0, 2.0]])
    >>> xp.take_along_axis(x, xp.argsort(x))
    Tensor([[1., 2., 3.]])
    """
    return xp.take_along_axis(x, indices, axis=axis)


def add_along_axis(xp: Any, g: Any, of: tuple[int, ...], indices: Any, axis: int) -> Any:
    """Add the cotangent at the indices, where every other axis counts along itself."""
    axis %= len(of)
    key = []
    for i, n in enumerate(g.shape):
        along = xp.reshape(xp.arange(n, device=g.device), tuple([n if i == j else 1 for j in range(len(of))]))
        key.append(along * 0 if of[i] == 1 else along)  # an axis of length one is read at 0 throughout
    key[axis] = indices
    return xp.scatter_add(g, tuple(key), of)
