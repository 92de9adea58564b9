"""Writes: a tensor is a mutable name for an immutable array, and a view is a name with a recipe over another name."""

from __future__ import annotations

from typing import Any

from . import op as core
from .modes import recording
from .op import Handle, Op, alias, apply, is_leaf, raw_parameters, refresh, wrap


def root_of(x: Any) -> Any:
    """The tensor whose elements a view shows; a tensor that is no view is its own root."""
    return x if x._view is None else x._view.root


def check_writable(x: Any, what: str) -> None:
    """Refuse writes that cannot be: to a tracked leaf while recording, and through a view that has no inverse.

    Raises
    ------
    RuntimeError : the root is a leaf that requires a gradient.
    ValueError : the view is one of those that show an element several times.
    """
    at = x
    while at._view is not None:
        if at._view.op.inverse is None:
            raise ValueError(
                f"{what}: the result of {at._view.op.name} shows elements several times and refuses writes; copy it"
            )
        at = at._view.base
    if is_leaf(at._edge) and recording():
        raise RuntimeError(
            f"{what}: this tensor of shape {at._array.shape} is a leaf that requires a gradient, so a write could not "
            "be differentiated; write to a copy of it (x = x * 1), or inside `with no_grad():` to change its value"
        )


def rebind(x: Any, fresh: Any) -> None:
    """Let the name `x`, no view, stand for the value of `fresh` from now on.

    Its edge stays where nothing is recorded.
    """
    x._array = core.value(fresh)
    x._kept = fresh._kept or fresh._view is not None
    if recording() or x._edge is None:
        x._edge = fresh._edge
    x._tangents = fresh._tangents
    x._version += 1


def update(x: Any, fresh: Any, what: str, assign_all: Any) -> None:
    """An in-place operator: `x` takes the value `fresh`, which has to fit its shape and data type.

    A tensor that is no view is given the new array, which costs nothing; `assign_all(x, fresh)` writes through a view.

    Raises
    ------
    ValueError : the result has another shape.
    TypeError : the result has a data type of a higher kind (float for int, complex for float).
    """
    check_writable(x, what)
    if fresh._array.shape != x._array.shape:
        raise ValueError(f"{what}: the result has shape {fresh._array.shape}, which does not fit into {x._array.shape}")
    if fresh._array.dtype != x._array.dtype:
        dtype, into = fresh._backend.dtype(fresh._array.dtype), x._backend.dtype(x._array.dtype)
        if _KINDS[dtype.kind] > _KINDS[into.kind]:
            raise TypeError(f"{what}: {dtype} cannot be cast to {into} in place; use an ordinary operator")
        fresh = core.namespace.astype(fresh, into)
    if x._view is None:
        rebind(x, fresh)
    else:
        assign_all(x, fresh)


# From the lowest kind to the highest; signed and unsigned integers may take each other.
_KINDS = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def own(x: Any) -> Any:
    """The array of `x`, if writing to it writes to its root and to nobody else's array; None where it cannot."""
    root = root_of(x)
    if root._kept:
        root._array = root._backend.xp.asarray(root._array, copy=True)
        root._kept = False
        root._version += 1
    if x is root:
        return root._array
    refresh(x)
    return x._array if x._backend.aliases(x._array, root._array) else None


def assign(op: Op, x: Any, value: Any, arrays: tuple[Any, ...], key: Any, raw_key: Any) -> None:
    """`x[key] = value`, where `op` is the op that does it on a copy and `raw_key` the key with the backend's arrays.

    It is recorded as done to the root, by the recipe of the view, and done in the array itself unless someone holds it.
    So its cost is that of the elements written, whatever they are written through.
    """
    check_writable(x, "item assignment")
    root = root_of(x)
    backend = x._backend
    raw, edge, tangents = value, None, None
    if isinstance(value, Handle):
        raw, edge, tangents = value._array, value._edge, value._tangents
    record = (root._edge is not None or edge is not None) and recording()
    moving = root._tangents is not None or tangents is not None
    kwargs = {"key": key}
    if x is not root:
        kwargs["recipe"] = recipe = _recipe(x)
        if (record or moving) and any(step.foreign for step, _, _ in recipe):
            # Our views show elements as they are. Somebody's own may be any linear function: its inverse is recorded.
            rebind(root, op.forward(core.namespace, root, value, *arrays, **kwargs))
            return
    target = None
    if not moving:
        if record:
            before = alias(root._array, root._edge, backend, None)
            node = _record(op, before, value, arrays, kwargs)
        target = own(x)
    if target is None:
        rebind(root, apply(op, (root, value, *arrays), (), kwargs))
        return
    written = backend.write(target, raw_key, raw)
    if x is root:
        root._array = written
    root._version += 1
    if record:
        root._edge = node


def _recipe(x: Any) -> tuple[Any, ...]:
    """How a view is made of its root: the ops one after the other, with their parameters."""
    steps = []
    while x._view is not None:
        view = x._view
        steps.append((view.op, *raw_parameters(x._backend, view.args, view.kwargs)))
        x = view.base
    return tuple(steps[::-1])


def _record(op: Op, x: Any, value: Any, arrays: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The node of an assignment that is about to be done in place: it keeps no data but the index arrays."""
    out = wrap(x._array, x._backend)
    core.make_node(op, (x, value, *arrays), (), kwargs, out, x._backend)
    return out._edge
