"""Forward mode of functions, and what is built on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apitensor._core import forward
from apitensor._core import op as core
from apitensor._core.modes import forward_level, is_grad_enabled
from apitensor._core.op import Handle

from . import _tree
from ._trace import (
    Trace,
    as_output,
    check_function,
    differentiable,
    fresh,
    is_inexact,
    pull,
    reach,
    settle,
    split_aux,
    tracks,
    vector,
)


def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Run a function and push tangents forward beside it: the result, and the Jacobian times the tangents.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns such
    primals : its arguments, a tuple or list; integer tensors and None are let through
    tangents : the directions, in the structure, shapes and data types of the primals; None is zero
    has_aux : `fun` returns a pair (result, aux), and only the result is differentiated

    Returns
    -------
    (result, tangent), or (result, tangent, aux) with `has_aux`. The tangent has the structure of the result; it is None
    for an integer in it. It costs a small multiple of the function and keeps nothing.

    Raises
    ------
    TypeError, ValueError : a primal or a result cannot be differentiated; the tangents do not fit the primals.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.autograd.jvp(xp.sin, (xp.asarray([0.0, 1.0]),), (xp.asarray([1.0, 0.0]),))
    (Tensor([0.        , 0.84147098]), Tensor([1., 0.]))
    """
    return _jvp(fun, primals, tangents, has_aux, "jvp")


def _jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool, what: str) -> Any:
    check_function(fun, what)
    leaves, structure, vectors = primals_and_tangents(primals, tangents, what)
    with forward_level() as level:
        own = [core.snapshot(x) if isinstance(x, Handle) else x for x in leaves]  # the function may write to them
        duals = [x if t is None else forward.dual(x, t, level) for x, t in zip(own, vectors, strict=True)]
        result = fun(*_tree.unflatten(structure, duals))
        aux = None
        if has_aux:
            result, aux = split_aux(result, what)
            aux = _tree.map_leaves(lambda x: forward.below(_fresh_value(x), level), aux)
        outputs, out_structure = _tree.flatten(result)
        like = next((x for x in leaves if isinstance(x, Handle)), None)
        outputs = [as_output(y, what, like) for y in outputs]
        results = [forward.below(y, level) for y in outputs]
        out_tangents = [_tangent(y, level) for y in outputs]
    pair = _tree.unflatten(out_structure, results), _tree.unflatten(out_structure, out_tangents)
    return (*pair, aux) if has_aux else pair


def _fresh_value(x: Any) -> Any:
    if isinstance(x, Handle):
        core.value(x)
    return x


def _tangent(y: Any, level: int) -> Any:
    """The tangent of an output; zero where the output does not depend on the primals."""
    if not is_inexact(y):
        return None
    t = forward.tangent_of(y, level)
    return core.namespace.zeros_like(y) if t is None else core.snapshot(t)


def primals_and_tangents(primals: Any, tangents: Any, what: str) -> tuple[list[Any], _tree.Structure, list[Any]]:
    for given, name in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"{what}: {name} must be a tuple of the function's arguments, not {type(given).__name__}")
    leaves, structure = _tree.flatten(tuple(primals))
    names = _tree.ArgumentNames(structure, "argument")
    xs = [differentiable(x, names, i, what, integers=True) for i, x in enumerate(leaves)]
    return xs, structure, _vectors(tuple(tangents), xs, structure, what)


def _vectors(tangents: tuple[Any, ...], xs: list[Any], structure: _tree.Structure, what: str) -> list[Any]:
    """The leaves of tangents that fit the primals."""
    given = _tree.flatten_like(tangents, structure, f"{what}: the tangents", "the primals")
    names = _tree.ArgumentNames(structure, "tangent")
    return [vector(t, x, names, i, what, "primal") for i, (t, x) in enumerate(zip(given, xs, strict=True))]


def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Run a function and give its result and its derivative there as a linear function, which does not run it again.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns such
    primals : its arguments; integer tensors and None are let through
    has_aux : `fun` returns a pair (result, aux), and only the result is differentiated

    Returns
    -------
    (result, push), or (result, push, aux) with `has_aux`. `push(*tangents)` gives the Jacobian times the tangents, as
    `jvp` does; it may be called any number of times. It pays from the second call on: one `jvp` is cheaper and keeps
    nothing.

    Raises
    ------
    TypeError, ValueError : a primal or a result cannot be differentiated; the tangents do not fit the primals.

    Examples
    --------
    >>> import apitensor as xp
    >>> y, push = xp.autograd.linearize(lambda x: x**3, xp.asarray([1.0, 2.0]))
    >>> push(xp.asarray([1.0, 0.0])), push(xp.asarray([0.0, 1.0]))
    (Tensor([3., 0.]), Tensor([ 0., 12.]))
    """
    check_function(fun, "linearize")
    trace = Trace(fun, primals, "linearize", has_aux=has_aux, integers=True)
    push = linear_map(trace)

    def push_tangents(*tangents: Any) -> Any:
        vectors = _vectors(tangents, trace.inputs, trace.structure, "linearize")
        (results,) = push([vectors])
        return _tree.unflatten(trace.out_structure, results)

    return (trace.result(), push_tangents, trace.aux) if has_aux else (trace.result(), push_tangents)


def linear_map(trace: Trace) -> Callable[[Sequence[Sequence[Any]]], list[list[Any]]]:
    """The derivative of a traced function, as a function of the inputs' tangents (leaves, None for zero), pass by pass.

    The pull-back is linear in the cotangent. Recorded once for a probe, it is pulled back itself: the adjoint of the
    adjoint. The probe is one, since a zero would count as a branch that was not taken.
    """
    probes = [fresh(core.namespace.ones_like(y)) if is_inexact(y) else None for y in trace.outputs]
    nodes = [None if probe is None else probe._edge for probe in probes]
    own = trace.own | {node for node in nodes if node is not None}
    (pulled,) = trace.pull([probes], record=True)
    outside = reach([g for g in pulled if g is not None], own)[1]

    def push(passes: Sequence[Sequence[Any]]) -> list[list[Any]]:
        starts = [
            [(g._edge, t) for g, t in zip(pulled, tangents, strict=True) if t is not None and g._edge is not None]
            for tangents in passes
        ]
        record = is_grad_enabled() and (outside or tracks(t for pairs in starts for _, t in pairs))
        return [
            [
                None
                if probe is None
                else core.namespace.zeros_like(probe)
                if t is None
                else t
                if record
                else settle(t, own)
                for probe, t in zip(probes, found, strict=True)
            ]
            for found in pull(starts, nodes, record)
        ]

    return push
