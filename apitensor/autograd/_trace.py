"""Running a function on inputs of its own, so that its derivative can be taken with nothing else disturbed.

Every reverse transform makes fresh names for its inputs: the same arrays with an input node as edge. The node
remembers the edge that the argument came with, so what is computed stays connected to the world outside, while the
derivative with respect to that node is exactly that of this call. That is all there is to nested derivatives.

A derivative has to be recorded itself only if something outside could ask for it: if the result depends on a tensor
that tracks and is not one of these inputs. `reach` answers that exactly, by walking the graph of this call and no
further.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from apitensor._core import op as core
from apitensor._core.declare import Elementwise
from apitensor._core.modes import enable_grad, is_grad_enabled
from apitensor._core.op import GeneralNode, Handle, Node, SimpleNode, alias, is_leaf, keep
from apitensor._core.reverse import pull_back

from . import _tree

_BEFORE_ALL = -(1 << 62)  # a key that no node has: whatever is met is older

# An input of a transform is recorded like an elementwise op that does nothing, as a loop over nodes of several classes
# is slow in CPython. Nothing lies behind the input of an argument that tracks nothing.
_INPUT = Elementwise("input", lambda xp, x: x, (1,), None)
_INPUT.rule = lambda saved, g, xp, times: () if saved[0] is None else ((saved[0], g),)


def input_node(x: Handle, edge: Node | None) -> Node:
    """The edge of an input of a transform, before the edge that the argument had, if it tracked."""
    node = SimpleNode()
    node.begin(x._array, x._backend)
    node.op = _INPUT
    node.saved = (edge, None, None)
    return node


def fresh(x: Any) -> Any:
    """Another name for the value of `x`, which a transform can differentiate with respect to."""
    array = keep(x)
    return alias(array, input_node(x, x._edge if is_grad_enabled() else None), x._backend, x._tangents)


def _edges_of(x: Any) -> Iterator[Node]:
    """The edges of a tensor and of all its tangents."""
    if x._edge is not None:
        yield x._edge
    for tangent in (x._tangents or {}).values():
        yield from _edges_of(tangent)


def boundary(tensors: Iterable[Any], own: set[Node], oldest: int) -> Iterator[Node]:
    """Where the graph of one call ends that tensors (or their tangents) came from: nodes of `own` and nodes outside.

    What was made before the call is outside: nodes with a key above `oldest` (keys fall with time), and leaves.
    """
    stack: list[Node | None] = [edge for x in tensors for edge in _edges_of(x)]
    seen: set[Node | None] = {None}
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        assert node is not None
        if node.key > oldest or node in own or is_leaf(node):
            yield node
            continue
        stack.extend(node.edges())
        if type(node) is GeneralNode and node.saved is not None:
            for held in node.saved[5] or ():
                stack.extend([edge for tangent in (held or {}).values() for edge in _edges_of(tangent)])


def reach(tensors: Iterable[Any], own: set[Node]) -> tuple[bool, bool]:
    """Whether tensors (or their tangents) depend on the inputs `own`, and whether on anything else that tracks."""
    inside = outside = False
    for node in boundary(tensors, own, max([node.key for node in own], default=_BEFORE_ALL)):
        inside = inside or node in own
        outside = outside or node not in own or node.edges() != (None,)
        if inside and outside:
            break
    return inside, outside


def tracks(tensors: Iterable[Any]) -> bool:
    """Whether tensors (or their tangents) depend on anything that tracks.

    That is the question of cotangents and tangents that a caller hands in: unlike a result they may depend on inputs of
    a transform that began after this call.
    """
    return any(True for x in tensors for _ in _edges_of(x))


def settle(x: Any, own: set[Node]) -> Any:
    """A result as the caller sees it: without the graph of this call, unless something outside could ask for it."""
    if not isinstance(x, Handle):
        return x
    core.value(x)
    if x._edge is None and x._tangents is None:
        return x
    inside, outside = reach([x], own)
    return _detached(x) if inside and not (outside and is_grad_enabled()) else x


def _detached(x: Any) -> Any:
    """The tensor and its tangents without edges."""
    tangents = None if x._tangents is None else {level: _detached(t) for level, t in x._tangents.items()}
    return alias(keep(x), None, x._backend, tangents)


class Trace:
    """One run of a function: its inputs and outputs, from which its derivative can be pulled as often as wanted.

    Attributes
    ----------
    inputs, outputs : the leaves; numbers among the outputs have become tensors
    returned : the outputs as the function gave them
    structure, out_structure : how they were put together
    aux : what the function returned besides, where it has such
    nodes, own : the inputs' edges, None for one that is not differentiated; and the set of them
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        primals: tuple[Any, ...],
        what: str,
        *,
        labels: str | Sequence[str] = "argument",
        has_aux: bool = False,
        integers: bool = False,
        optional: bool = False,
    ) -> None:
        leaves, self.structure = _tree.flatten(primals)
        optional = optional and not any(x is None for x in primals)
        names = _tree.ArgumentNames(self.structure, labels)
        # The function may write to its arguments, and the caller to the results: neither changes what is
        # differentiated.
        self.inputs: list[Any] = []
        self.nodes: list[Node | None] = []
        for i, x in enumerate(leaves):
            x = x if x is None and optional else differentiable(x, names, i, what, integers)
            inexact = is_inexact(x)
            self.inputs.append(fresh(x) if inexact else core.snapshot(x) if isinstance(x, Handle) else x)
            self.nodes.append(self.inputs[-1]._edge if inexact else None)
        self.own: set[Node] = {node for node in self.nodes if node is not None}
        with enable_grad():
            result = fun(*_tree.unflatten(self.structure, self.inputs))
        self.aux = None
        if has_aux:
            result, self.aux = split_aux(result, what)
            self.aux = _tree.map_leaves(lambda x: settle(x, self.own), self.aux)
        outputs, self.out_structure = _tree.flatten(result)
        like = next((x for x in self.inputs if isinstance(x, Handle)), None)
        self.returned: list[Any] = [as_output(y, what, like) for y in outputs]
        self.outputs: list[Any] = [y if y is None else core.snapshot(y) for y in self.returned]

    @functools.cached_property
    def outside(self) -> bool:
        """Whether the result depends on anything that tracks besides the inputs, or on inputs that track themselves."""
        return reach([y for y in self.outputs if y is not None], self.own)[1]

    def result(self) -> Any:
        """What the function returned, as the caller sees it."""
        if self.outside:
            results = [settle(y, self.own) for y in self.returned]
        else:
            results = [
                y if y is None or (y._edge is None and y._tangents is None) else _detached(y) for y in self.returned
            ]
        return _tree.unflatten(self.out_structure, results)

    def pull(self, passes: Sequence[Sequence[Any]], record: bool | None = None) -> list[list[Any]]:
        """In each pass, the inputs' cotangents for those of the outputs (None: zero); None for an integer input.

        They are recorded if they could be asked for from outside, or as `record` says.
        """
        moving = [is_inexact(y) for y in self.outputs]
        paired = [
            [(y, c) for y, moves, c in zip(self.outputs, moving, cotangents, strict=True) if moves and c is not None]
            for cotangents in passes
        ]
        if record is None:
            record = is_grad_enabled() and (self.outside or tracks(c for pairs in paired for _, c in pairs))
        starts = [[(y._edge, c) for y, c in pairs if y._edge is not None] for pairs in paired]
        swept = pull(starts, self.nodes, record, closed=not self.outside)
        return [
            [
                None
                if node is None
                else core.namespace.zeros_like(x)
                if g is None
                else g
                if record or g._tangents is None
                else _detached(g)
                for x, node, g in zip(self.inputs, self.nodes, found, strict=True)
            ]
            for found in swept
        ]


def pull(
    passes: Sequence[Sequence[tuple[Node, Any]]], inputs: Sequence[Node | None], record: bool, closed: bool = False
) -> list[list[Any]]:
    """In each pass, the cotangents of `inputs`, with None for those that were not reached. The graph stays."""
    nodes = [node for node in inputs if node is not None]
    if not nodes:
        return [[None] * len(inputs) for _ in passes]
    swept = pull_back(passes, create_graph=record, retain_graph=True, inputs=nodes, closed=closed)
    return [[None if node is None else found.get(node) for node in inputs] for found in swept]


def is_inexact(x: Any) -> bool:
    """Whether something is a tensor that can have a derivative."""
    return isinstance(x, Handle) and core.is_inexact(x._backend, x._array)


def differentiable(x: Any, names: _tree.Names, i: int, what: str, integers: bool = False) -> Any:
    """Leaf i of the arguments as a floating-point or complex tensor; with `integers` others and None pass, too.

    Raises
    ------
    TypeError : it is something else.
    """
    if x is None and integers:
        return x
    if not isinstance(x, Handle):
        if x is None or isinstance(x, (str, bytes)):
            cure = "; vjp lets None through" if x is None else ""
            raise TypeError(
                f"{what}: {names[i]} is {x!r}, and only arrays and numbers can be differentiated with respect to{cure}"
            )
        try:
            x = core.convert(x)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{what}: {names[i]} is of type {type(x).__name__}, and only arrays and numbers can be differentiated "
                f"with respect to ({error})"
            ) from None
    core.value(x)
    if not is_inexact(x) and not integers:
        raise TypeError(
            f"{what}: {names[i]} is {x.dtype}; floating-point or complex is needed: astype(x, apitensor.float64), or "
            "vjp, which lets others through"
        )
    return x


def as_output(y: Any, what: str, like: Any = None) -> Any:
    """A leaf of the function's result as a tensor (or None); a number is a constant result.

    Raises
    ------
    TypeError : it is something else.
    """
    if isinstance(y, Handle):
        core.value(y)
        return y
    if y is None:
        return y
    if isinstance(y, (float, int, complex)):
        return core.convert(float(y) if isinstance(y, int) else y, device=None if like is None else like.device)
    hint = "; a NumPy array has lost the derivative" if type(y).__module__.partition(".")[0] == "numpy" else ""
    raise TypeError(f"{what}: the function returned {type(y).__name__}, and a tensor or a number is needed{hint}")


def split_aux(result: Any, what: str) -> tuple[Any, Any]:
    """The result and what came with it.

    Raises
    ------
    TypeError : it is no pair.
    """
    if not isinstance(result, tuple) or len(result) != 2:
        given = f"{type(result).__name__} of {len(result)}" if isinstance(result, tuple) else type(result).__name__
        raise TypeError(f"{what}: with has_aux=True the function must return a pair (result, aux), not {given}")
    return result


def vector(v: Any, x: Any, names: _tree.Names, i: int, what: str, like: str) -> Any:
    """A tangent or cotangent `v` of the tensor `x`, leaf i; numbers take its data type. None is zero.

    Raises
    ------
    ValueError : it has another shape, or is on another device.
    TypeError : it has another data type, or `x` is an integer and has none.
    """
    if v is None:
        return None
    if not is_inexact(x):
        raise TypeError(f"{what}: {names[i]} must be None, since its {like} is {'None' if x is None else x.dtype}")
    if not isinstance(v, Handle):
        number = isinstance(v, (float, int, complex)) and not (isinstance(v, complex) and x.dtype.kind == "f")
        v = core.convert(v, dtype=x.dtype if number else None, device=x.device)
    core.value(v)
    if v.shape != x.shape:
        raise ValueError(f"{what}: {names[i]} has shape {v.shape}, its {like} {x.shape}")
    if v.dtype != x.dtype:
        raise TypeError(f"{what}: {names[i]} is {v.dtype}, its {like} {x.dtype}")
    core.same_device(what, names[i], v, f"its {like}", x)
    return v


def check_function(fun: Any, what: str) -> None:
    """Refuse what cannot be called, such as the result of a function in its place.

    Raises
    ------
    TypeError : it cannot be called.
    """
    if not callable(fun):
        cure = "; for tensors that are computed already there are gradients() and backward()"
        raise TypeError(
            f"{what}: a function is needed, not {type(fun).__name__}{cure if isinstance(fun, Handle) else ''}"
        )


def numbered(argnums: Any, what: str) -> tuple[list[int], bool]:
    """The positions that `argnums` names, and whether it names a single one.

    Raises
    ------
    TypeError : it is no integer or sequence of integers.
    """
    try:
        single = hasattr(argnums, "__index__")
        return [operator.index(n) for n in ((argnums,) if single else argnums)], single
    except TypeError:
        raise TypeError(f"{what}: argnums must be an integer or a sequence of integers, not {argnums!r}") from None


def chosen(numbers: Sequence[int], args: tuple[Any, ...], what: str) -> list[int]:
    """The positions in `args` that are meant, counted from the beginning.

    Raises
    ------
    ValueError : a position is out of range, or named twice.
    """
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise ValueError(
                f"{what}: argnums={n}, and the function was given {len(args)} positional arguments; what is given by "
                "name is not differentiated"
            )
    positions = [n % len(args) for n in numbers]
    if len(set(positions)) < len(positions):
        raise ValueError(f"{what}: argnums={numbers} names an argument twice")
    return positions


def restricted(
    fun: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], positions: Sequence[int]
) -> Callable[..., Any]:
    """The function of the arguments at `positions` alone, in that order."""

    def call(*arguments: Any) -> Any:
        full = list(args)
        for n, argument in zip(positions, arguments, strict=True):
            full[n] = argument
        return fun(*full, **kwargs)

    return call
