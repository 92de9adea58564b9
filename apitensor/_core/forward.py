"""Forward mode: tangents that are carried along, by level.

Each `jvp` under way has a level, a fresh integer. A tensor holds at most one tangent for each level, itself a tensor
which may hold tangents of lower levels, track a gradient, or both: so nested derivatives cannot be confused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import op as core
from .modes import enable_grad
from .op import ERRORS, Handle, Op, alias, leaf
from .reverse import project, pull_back


def dual(x: Any, tangent: Any, at: int) -> Any:
    """The tensor `x` carrying `tangent` at a level."""
    return alias(core.keep(x), x._edge, x._backend, {**(x._tangents or {}), at: tangent})


def tangent_of(x: Any, at: int) -> Any | None:
    """The tangent that a tensor carries at a level; None is zero."""
    return (x._tangents or {}).get(at)


def below(x: Any, at: int) -> Any:
    """The tensor without its tangents of this level and above."""
    tangents = x._tangents if isinstance(x, Handle) else None
    if tangents is None:
        return x
    kept = {n: t for n, t in tangents.items() if n < at}
    return alias(core.keep(x), x._edge, x._backend, kept or None)


def push_forward(op: Op, operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
    """Give the output of an op its tangents: one for each level that an operand has one for, lowest level first."""
    carried = [x._tangents if isinstance(x, Handle) else None for x in operands]
    outputs = out if isinstance(out, tuple) else (out,)
    with outputs[0]._backend.quiet():
        for at in sorted({n for tangents in carried if tangents for n in tangents}):
            plain = [below(x, at) for x in operands]
            tangents = [None if t is None else t.get(at) for t in carried]
            results = tangents_of_output(op, tangents, out, plain, args, kwargs)
            for y, t in zip(outputs, results if isinstance(out, tuple) else (results,), strict=True):
                if t is not None and core.is_inexact(y._backend, y._array):
                    y._tangents = {**(y._tangents or {}), at: _fitting(op, t, y)}


core.push_forward = push_forward


def _fitting(op: Op, t: Any, y: Any) -> Any:
    """A tangent in the shape and data type of its output."""
    try:
        if t.shape != y._array.shape:
            t = core.namespace.broadcast_to(t, y.shape)
        return t if t._array.dtype == y._array.dtype else core.namespace.astype(t, y.dtype)
    except (AttributeError, *ERRORS) as error:
        raise core.unfit(op.name, "the rule of forward mode", t, "the output", y.shape, error) from error


def tangents_of_output(
    op: Op, tangents: list[Any], y: Any, operands: list[Any], args: tuple[Any, ...], kwargs: Any
) -> Any:
    """The tangent of an op's output at one level, by its own rule or by transposing its reverse rules."""
    xp = core.namespace
    push = getattr(op, "push", None)
    if push is not None:
        return push(xp, tangents, y, operands)
    if op.linear:
        linear_in = op.vjps or ()
        arguments = [
            x if i >= len(linear_in) or linear_in[i] is None else t if t is not None else _zero(x)
            for i, (x, t) in enumerate(zip(operands, tangents, strict=True))
        ]
        return core.apply(op, arguments, args, kwargs)
    if op.jvp is not None:
        t = op.jvp(xp, tangents, y, *operands, *args, **kwargs)
        if t is None:
            shape = (y[0] if isinstance(y, tuple) else y).shape
            raise core.unfit(op.name, "the rule of forward mode", t, "the output", shape, None)
        return t
    return transpose(op, tangents, y, operands, args, kwargs)


def _zero(x: Any) -> Any:
    """What stands for the missing tangent of an operand that is linear together with others."""
    return core.namespace.zeros_like(x) if isinstance(x, Handle) else x if x is None else type(x)(0)


def transpose(
    op: Op, tangents: list[Any], y: Any, operands: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The tangent of an op without a jvp: its reverse rules are linear in the cotangent; their adjoint is wanted."""
    xp = core.namespace
    outputs = y if isinstance(y, tuple) else (y,)
    probes = []
    with enable_grad():
        for part in outputs:
            probe = xp.ones_like(part)  # a zero would count as a branch that was not taken
            probe._edge = leaf(probe._array, probe._backend)
            probes.append(probe)
        links = [None if t is None else leaf(t._array, t._backend) for t in tangents]
        g = tuple(probes) if isinstance(y, tuple) else probes[0]
        pulled = op.pull(xp, False, g, y, tuple(operands), args, kwargs, links, None)
        starts = []
        for edge, cotangent in pulled:
            cotangent = project(xp, cotangent, edge.shape, edge.backend.dtype(edge.dtype))
            if cotangent._edge is not None:
                starts.append((cotangent._edge, tangents[links.index(edge)]))  # type: ignore[arg-type]
        inputs = [p._edge for p in probes]
        (found,) = pull_back([starts], create_graph=True, retain_graph=True, inputs=inputs)
    results = tuple([found.get(p._edge) for p in probes])
    return results if isinstance(y, tuple) else results[0]
