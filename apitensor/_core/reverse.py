"""Reverse mode: pull cotangents back along the recorded graph, newest node first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from heapq import heappop, heappush, heappushpop
from threading import RLock
from typing import Any

from . import op as core
from .modes import in_forward_mode, reset_recording, set_recording
from .op import ERRORS, GeneralNode, Node, Port, Scatter, SimpleNode, is_leaf, wrap

# Elements of an array from where on it costs more to fetch memory for it than to look for some that is not needed.
_LARGE = 1 << 15


def project(xp: Any, g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Bring a cotangent to the shape, data type and realness of the operand it belongs to.

    What was broadcast is summed; the cotangent of a real operand of complex arithmetic is the real part.
    """
    if g.shape == () != shape:
        g = xp.broadcast_to(g, shape)
    elif g.shape != shape:
        extra = g.ndim - len(shape)
        axes = (
            *range(extra),
            *[i + extra for i, n in enumerate(shape) if i + extra >= 0 and n == 1 != g.shape[i + extra]],
        )
        if axes:
            g = xp.sum(g, axis=axes, keepdims=True)
        fits = g.shape[extra:] == shape if extra > 0 else g.shape == shape[-extra:]
        if fits and g.size == math.prod(shape):
            g = xp.reshape(g, shape)
        else:
            g = xp.broadcast_to(g[(0,) * extra] if extra > 0 else g, shape)
    if g.dtype != dtype:
        if xp.isdtype(g.dtype, "complex floating") and not xp.isdtype(dtype, "complex floating"):
            g = xp.real(g)
        if g.dtype != dtype:
            g = xp.astype(g, dtype)
    return g


def _freed(what: str = "backward()") -> RuntimeError:
    return RuntimeError(
        f"{what}: the graph was freed by an earlier call; call that with retain_graph=True to go through it again"
    )


class NeedsCare(Exception):
    """A first, careless pass came to where it may not go: a hook is called only once, with the final cotangent, and on
    a device where tests have to wait nothing is tested afterwards."""


def _leading_to(outputs: Iterable[Node], inputs: set[Node]) -> set[Node]:
    """The nodes between the outputs and the inputs, both included.

    Raises
    ------
    RuntimeError : a node in question was freed, so that it is not known any more what it leads to.
    """
    oldest = max(node.key for node in inputs)
    seen: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in seen and node.key <= oldest:
            if node.saved is None and node not in inputs:
                raise _freed()
            seen.add(node)
            stack.extend([edge for edge in node.edges() if edge is not None])
    leading = set(inputs)
    for node in sorted(seen, key=lambda node: -node.key):
        for edge in node.edges():
            if edge in leading:
                leading.add(node)
                break
    return leading


def _run(
    starts: Sequence[tuple[Node, Any]],
    careful: bool,
    tensors: bool,
    wanted: set[Node] | None,
    inputs: set[Node] | None,
    ends: set[Node],
) -> tuple[dict[Node, Any], Iterable[Node]]:
    """One pass over the graph: the cotangents of the leaves (and of `inputs`) and the nodes gone through to `ends`.

    `pending` holds, by key, the cotangents of the nodes that were reached. The first one may be anybody's array; a sum
    or a large product is this pass's own, its key in `owned`: it takes further cotangents in place, and its memory is
    used again where it is needed no more. The nodes reached wait on the heap, newest first, but for the newest of
    those that the last node led to, `ahead`: most often it is the next one.
    """
    pending: dict[int, Any] = {}
    visited: list[Node] = []
    owned: set[int] = set()
    waiting: dict[int, Node] = {}
    heap: list[int] = []
    ahead: Node | None = None
    found: dict[Node, Any] = {}
    add = core.namespace.add
    direct = not tensors and wanted is None
    # What the last node was like, and so is the next one most often.
    home: Any = None
    xp: Any = None
    times: Any = None
    real: Any = None
    size: Any = None
    large = False

    for target, cotangent in starts:
        key = target.key
        if key in pending:
            pending[key] = add(pending[key], cotangent) if tensors else pending[key] + cotangent
        else:
            pending[key] = cotangent
            waiting[key] = target
            heappush(heap, key)

    while True:
        if ahead is not None and (not heap or ahead.key < heap[0]):
            node = ahead
            key = node.key
        elif heap:
            if ahead is not None:
                waiting[ahead.key] = ahead
                key = heappushpop(heap, ahead.key)
            else:
                key = heappop(heap)
            node = waiting.pop(key)
        else:
            break
        ahead = None
        g = pending.pop(key)
        if node.hooks:
            if not careful:
                raise NeedsCare
            g = _call_hooks(node, g, tensors)
            owned.discard(key)  # a hook may have kept it
        if inputs is not None and node in inputs:
            found[node] = g
            if node in ends:
                continue
            owned.discard(key)
        cls = type(node)
        simple = cls is SimpleNode
        if simple and node.op is None:  # type: ignore[attr-defined]
            found[node] = g if tensors else wrap(g, node.backend, kept=key not in owned)
            continue
        saved = node.saved
        if saved is None:
            raise _freed()
        visited.append(node)
        backend, shape, dtype = node.backend, node.shape, node.dtype
        uniform = False  # whether all cotangents are sure to have the shape and data type of the output
        if backend is not home:
            home, xp = backend, backend.xp
            times = xp.safe_multiply if careful else xp.multiply
        mine: Collection[int] = ()  # the ids of cotangents that are nobody else's memory, as far as is known
        pairs: Iterable[tuple[Node, Any]]
        if simple and direct and (dtype is real or dtype in backend.real_dtypes):
            real, uniform = dtype, True
            if shape != size:
                size, large = shape, math.prod(shape) >= _LARGE
            try:
                if large and not careful:
                    pairs, mine = node.op.pull_large(node, g, key in owned)  # type: ignore[attr-defined]
                else:
                    pairs = node.op.rule(saved, g, xp, times)  # type: ignore[attr-defined]
            except (AttributeError, *ERRORS):
                node.on_arrays(g, careful, None)  # says whose rule it is
                raise
        elif cls is Port:
            (parent,) = saved
            if parent.saved is None:
                raise _freed()
            key = parent.key
            if key not in pending:
                pending[key] = [None] * len(parent)
                waiting[key] = parent
                heappush(heap, key)
            pending[key][node.index] = g  # type: ignore[attr-defined]
            continue
        elif tensors:
            pairs = node.on_tensors(g, careful, wanted)
        elif node.gives_own and key in owned:
            pairs = node.on_own_array(g, wanted)  # type: ignore[attr-defined]
        else:
            pairs = node.on_arrays(g, careful, wanted)
        for target, cotangent in pairs:
            key = target.key
            if uniform:
                fits = dtype is target.dtype and shape == target.shape
            else:
                fits = (
                    type(cotangent) is backend.array_type
                    and cotangent.dtype is target.dtype
                    and cotangent.shape == target.shape
                )
            if not fits:
                if type(cotangent) is Scatter:
                    total = _scatter(cotangent, target, pending.get(key), key in owned)
                    owned.add(key)
                    if key in pending:
                        pending[key] = total
                        continue
                    cotangent = total
                else:
                    cotangent = _projected(node, target, cotangent, tensors)
            if key not in pending:
                pending[key] = cotangent
                if mine and id(cotangent) in mine:
                    owned.add(key)
                if ahead is None:
                    ahead = target
                elif key < ahead.key:
                    waiting[ahead.key] = ahead
                    heappush(heap, ahead.key)
                    ahead = target
                else:
                    waiting[key] = target
                    heappush(heap, key)
            elif tensors:
                pending[key] = add(pending[key], cotangent)
            elif key in owned:
                pending[key] = target.backend.add_in_place(pending[key], cotangent)
            else:
                if mine and id(cotangent) in mine:
                    pending[key] = target.backend.add_in_place(cotangent, pending[key])
                else:
                    pending[key] = pending[key] + cotangent
                owned.add(key)
        if not simple and node.gives_own and not tensors:
            target = node.edges()[0]  # type: ignore[assignment]
            if target is not None and target.key in pending:
                owned.add(target.key)
    return found, visited


def _projected(node: Node, target: Node, cotangent: Any, tensors: bool) -> Any:
    """A cotangent as its operand is; the error of one that cannot be says whose rule gave it."""
    try:
        if tensors:
            return project(core.namespace, cotangent, target.shape, target.backend.dtype(target.dtype))
        return project(target.backend.xp, cotangent, target.shape, target.dtype)
    except (AttributeError, *ERRORS) as error:
        operands = " or ".join([str(i) for i, edge in enumerate(node.edges()) if edge is target])
        rule = f"the rule for operand {operands}"
        raise core.unfit(node.name, rule, cotangent, "the operand", target.shape, error) from error


def _scatter(cotangent: Scatter, target: Node, total: Any, owned: bool) -> Any:
    """What has come to a node so far (perhaps nothing) and a scattered cotangent, in place where this pass owns it."""
    xp = target.backend.xp
    values = cotangent.values
    if total is None:
        return xp.scatter_add(values, cotangent.key, target.shape)
    if not owned or type(total) is not target.backend.array_type:  # a sum without dimensions may be a scalar
        total = xp.asarray(total, copy=True)
    return xp.scatter_add(values, cotangent.key, target.shape, out=total)


def _beside(g: Any, y: Any, what: str, name: str) -> Any:
    """What was given as a cotangent of `y`, as a tensor; one that is elsewhere is not moved unasked.

    Raises
    ------
    ValueError : it is a tensor on another device.
    """
    if not isinstance(g, core.Handle):
        return core.convert(g, device=y.device)
    core.same_device(what, name, g, "the tensor", y)
    return g


def _call_hooks(node: Node, g: Any, tensors: bool) -> Any:
    """Show a cotangent to the hooks of a tensor; what one returns replaces it."""
    for hook in list((node.hooks or {}).values()):
        tensor = core.snapshot(g) if tensors else wrap(g, node.backend, kept=True)
        replaced = hook(tensor)
        if replaced is not None:
            replaced = _beside(replaced, tensor, "a hook", "the gradient that it returned")
            if replaced.shape != node.shape:
                raise ValueError(
                    f"a hook returned a gradient of shape {replaced.shape} for a tensor of shape {node.shape}"
                )
            if tensors:
                g = project(core.namespace, replaced, node.shape, node.backend.dtype(node.dtype))
            else:
                g = project(node.backend.xp, core.keep(replaced), node.shape, node.dtype)
    return g


def _has_nan(found: dict[Node, Any]) -> bool:
    return any(holds_nan(node.backend.xp, g) for node, g in found.items())


def holds_nan(xp: Any, g: Any) -> bool:
    """Whether there is NaN in a cotangent, or in the tangents that it carries: these may be the only ones with it."""
    if not isinstance(g, core.Handle):
        return xp.has_nan(g)
    if xp.has_nan(g._array):
        return True
    tangents = g._tangents
    return tangents is not None and any(holds_nan(xp, t) for t in tangents.values())


def _carries(node: Node | None, g: Any) -> bool:
    """Whether forward mode is under way where an output or its cotangent was computed: perhaps in another thread."""
    if g._tangents is not None:
        return True
    while node is not None and not isinstance(node, (GeneralNode, SimpleNode)):  # one that only leads to another
        node = next(iter(node.edges()), None)
    return isinstance(node, GeneralNode) and node.saved is not None and node.saved[5] is not None


def pull_back(
    passes: Sequence[Sequence[tuple[Node, Any]]],
    *,
    create_graph: bool,
    retain_graph: bool,
    inputs: Sequence[Node] | None = None,
    stop: bool = False,
    closed: bool = False,
) -> list[dict[Node, Any]]:
    """Pull cotangents back to the leaves, or to `inputs`: for each pass, tensors for the nodes that it starts from.

    With `stop` they go no further there: the cotangent of an input leaves out what comes to it through another one.
    `closed` says that every path back ends at one of the inputs, which saves looking for those that do.

    A cotangent of exactly zero contributes exactly zero even where the local derivative is infinite or NaN. A first
    pass takes plain products; only where its results hold a NaN is the pass repeated with products that keep zeros
    zero. So the smooth path costs one product and one test of the results. On devices where a test would have to wait
    the careful pass is the only one.
    """
    tensors = create_graph or in_forward_mode()
    host = True
    first = None
    for starts in passes:
        for node, g in starts:
            tensors = tensors or _carries(node, g)
            host = host and node.backend.host
            first = node if first is None else first
    wanted = targets = None
    ends: set[Node] = set()
    if inputs is not None:
        targets = ends = set(inputs)
    if targets is not None and not closed:
        wanted = _leading_to([node for starts in passes for node, _ in starts], targets)
        ends = targets if stop else {node for node in targets if wanted.isdisjoint(node.edges())}
        passes = [[(node, g) for node, g in starts if node in wanted] for starts in passes]
    results: list[dict[Node, Any]] = []
    gone_through: list[Iterable[Node]] = []
    before = set_recording(create_graph)
    try:
        with nullcontext() if first is None else first.backend.quiet():
            for starts in passes:
                given = list(starts) if tensors else [(node, core.keep(g)) for node, g in starts]
                try:
                    found, visited = _run(given, not host, tensors, wanted, targets, ends)
                    again = host and _has_nan(found)
                except NeedsCare:
                    again = True
                if again:
                    found, visited = _run(given, True, tensors, wanted, targets, ends)
                gone_through.append(visited)
                for node, g in found.items():
                    if tensors:  # one tensor may be the cotangent of several nodes, or the caller's
                        found[node] = core.snapshot(g)
                    elif not isinstance(g, core.Handle):
                        found[node] = wrap(g, node.backend, kept=True)
                results.append(found)
    finally:
        reset_recording(before)
    if not retain_graph:
        for visited in gone_through:
            for node in visited:
                node.saved = None
    return results


_depositing = RLock()  # the garbage collector may run a backward pass within


def deposit(found: dict[Node, Any]) -> None:
    """Add the leaves' cotangents to their gradients; threads that share parameters do so one after the other."""
    with _depositing:
        for node, g in found.items():
            if is_leaf(node):
                node.grad = g if node.grad is None else core.namespace.add(node.grad, g)


def ones_like(y: Any) -> Any:
    """The cotangent of an output that is one by default."""
    array, backend = y._array, y._backend
    return wrap(backend.xp.ones(array.shape, dtype=array.dtype, device=array.device), backend)


def seed(y: Any, cotangent: Any, what: str) -> tuple[Node, Any]:
    """The node of an output and the cotangent to start from: ones, by default, for a real output of one element.

    Raises
    ------
    RuntimeError : the output tracks nothing, or needs a cotangent and has none.
    ValueError : the cotangent has another shape, or is on another device.
    """
    core.value(y)
    edge = y._edge
    if edge is None:
        raise RuntimeError(
            f"{what}: this tensor was not computed from one that requires a gradient (or under no_grad())"
        )
    if edge.saved is None:
        raise _freed(what)
    if cotangent is None:
        if y._array.size != 1:
            raise RuntimeError(
                f"{what}: a tensor of shape {y.shape} needs a cotangent of that shape; a scalar does not"
            )
        if y.dtype.kind == "c":
            raise RuntimeError(
                f"{what}: a complex tensor needs a cotangent; or take the gradient of its real part or abs()"
            )
        return edge, ones_like(y)
    cotangent = _beside(cotangent, y, what, "the cotangent")
    given, own = cotangent._array, y._array
    if given.shape != own.shape:
        raise ValueError(f"{what}: the cotangent has shape {cotangent.shape}, the tensor {y.shape}")
    if given.dtype != own.dtype:
        if cotangent.dtype.kind == "c" and y.dtype.kind != "c":
            raise ValueError(f"{what}: the cotangent is complex and the tensor {y.dtype}")
        cotangent = core.namespace.astype(cotangent, y.dtype)
    return edge, cotangent
