"""Recompute instead of keep."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from apitensor import random
from apitensor._core import op as core
from apitensor._core.modes import enable_grad, in_forward_mode, is_grad_enabled
from apitensor._core.op import Handle, Node, Port, Spec, alias, keep, wrap
from apitensor._core.reverse import pull_back

from . import _tree
from ._trace import boundary, check_function, input_node

P = ParamSpec("P")
R = TypeVar("R")


def checkpoint(fun: Callable[P, R]) -> Callable[P, R]:
    """Make a function whose intermediate results are computed again for the backward pass instead of kept.

    It trades a second run of `fun` for the memory of what happens inside: kept are the arguments and the results. Cut a
    long computation into pieces and checkpoint each.

    Parameters
    ----------
    fun : a function of anything that returns tensors, or nested containers of them. Its arguments and the tensors that
        it closes over, such as a layer's parameters, get their gradients as ever.

    Returns
    -------
    A function with the arguments and results of `fun`. Where nothing is recorded it is run as it is, and likewise in
    forward mode, which keeps nothing. What it writes to its arguments stays within it, always.

    The second run draws the same random numbers: from the default generator of `apitensor.random`, and from generators
    among the arguments. For everything else `fun` must do the same again: it must not depend on a generator of its own,
    nor on what was written in the meantime to tensors that it closes over; a side effect happens twice.

    Raises
    ------
    RuntimeError : in the backward pass, where the second run gave other shapes or used other tensors than the first.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import checkpoint, grad
    >>> block = checkpoint(lambda x: xp.tanh(xp.sin(x)))
    >>> grad(lambda x: xp.sum(block(block(x))))(xp.asarray([0.0, 0.0]))
    Tensor([1., 1.])
    """

    check_function(fun, "checkpoint")

    @functools.wraps(fun)
    def checkpointed(*args: P.args, **kwargs: P.kwargs) -> R:
        leaves, structure = _tree.flatten((args, kwargs))
        carries = any(isinstance(x, Handle) and x._tangents is not None for x in leaves)
        if carries or in_forward_mode() or not is_grad_enabled():
            own = [core.snapshot(x) if isinstance(x, Handle) else x for x in leaves]
            args, kwargs = _tree.unflatten(structure, own)
            return fun(*args, **kwargs)
        result: R = _Segment(fun, leaves, structure).record()
        return result

    return checkpointed


class _Segment:
    """A call that can be run again: the function, its arguments as they were, and the random numbers ahead."""

    def __init__(self, fun: Callable[..., Any], leaves: list[Any], structure: _tree.Structure) -> None:
        self.fun = fun
        self.structure = structure
        self.links: list[Node | None] = []
        self.leaves: list[Any] = []
        for x in leaves:
            if isinstance(x, Handle):
                array = keep(x)
                self.links.append(x._edge)
                self.leaves.append(alias(array, None, x._backend, None))
            else:
                self.links.append(None)
                self.leaves.append(x)
        self.generators = [(x, x.state) for x in leaves if isinstance(x, random.Generator)]
        self.random_state = random.get_state()

    def run(self, connected: bool) -> tuple[list[Node | None], int, list[Any], _tree.Structure]:
        """Run the function: the inputs' nodes, the key before everything that was recorded, and the result.

        The nodes are connected to the edges that the arguments had where the derivative itself is recorded.
        """
        nodes: list[Node | None] = []
        arguments = []
        for x, link in zip(self.leaves, self.links, strict=True):
            node = None if link is None else input_node(x, link if connected else None)
            nodes.append(node)
            arguments.append(alias(x._array, node, x._backend, None) if isinstance(x, Handle) else x)
        start = core.next_key()
        args, kwargs = _tree.unflatten(self.structure, arguments)
        with enable_grad():
            result = self.fun(*args, **kwargs)
        outputs, out_structure = _tree.flatten(result)
        for y in outputs:
            if isinstance(y, Handle):
                core.value(y)
        return nodes, start, outputs, out_structure

    def record(self) -> Any:
        """The first run. Its graph shows which tensors it used, and is dropped."""
        nodes, start, outputs, structure = self.run(connected=False)
        own = {node for node in nodes if node is not None}
        tracked: list[Any] = [y for y in outputs if isinstance(y, Handle) and y._edge is not None]
        used = [node for node in boundary(tracked, own, start) if node not in own]
        if tracked:
            node = _CheckpointNode(self, used, tracked)
            ports = iter(
                [alias(keep(y), Port(node, i, y._array, y._backend), y._backend, None) for i, y in enumerate(tracked)]
            )
            outputs = [next(ports) if isinstance(y, Handle) and y._edge is not None else y for y in outputs]
        return _tree.unflatten(structure, outputs)

    @contextmanager
    def same_randomness(self) -> Iterator[None]:
        """The random numbers of the first run, and afterwards those that were ahead before."""
        now, states = random.get_state(), [generator.state for generator, _ in self.generators]
        random.set_state(self.random_state)
        for generator, state in self.generators:
            generator.state = state
        try:
            yield
        finally:
            random.set_state(now)
            for (generator, _), state in zip(self.generators, states, strict=True):
                generator.state = state


class _CheckpointNode(Node):
    """A checkpointed call in the graph: it keeps the call, and leads to the arguments and to what else was used."""

    __slots__ = ()
    name = "checkpoint"

    def __init__(self, segment: _Segment, used: list[Node], outputs: list[Any]) -> None:
        self.begin(outputs[0]._array, outputs[0]._backend)
        self.saved = (segment, used, tuple([Spec(y._array) for y in outputs]))

    def edges(self) -> tuple[Node | None, ...]:
        if self.saved is None:
            return ()
        segment, used, _ = self.saved
        return (*segment.links, *used)

    def __len__(self) -> int:
        """The number of outputs."""
        assert self.saved is not None
        return len(self.saved[2])

    def _pull(self, g: list[Any], wanted: Any, record: bool) -> list[tuple[Node, Any]]:
        segment, used_then, specs = self.saved  # type: ignore[misc]
        with segment.same_randomness():
            nodes, start, outputs, _ = segment.run(connected=record)
        own = {node for node in nodes if node is not None}
        tracked: list[Any] = [y for y in outputs if isinstance(y, Handle) and y._edge is not None]
        used = [node for node in boundary(tracked, own, start) if node not in own]
        if set(used) != set(used_then) or [y.shape for y in tracked] != [y.shape for y in specs]:
            raise RuntimeError(
                f"checkpoint: {getattr(segment.fun, '__name__', 'the function')} did not do the same when it was "
                "run again for the backward pass: its results have other shapes, or were computed from other tensors"
            )
        starts = [
            (y._edge, c if isinstance(c, Handle) else wrap(c, y._backend, kept=True))
            for y, c in zip(tracked, g, strict=True)
            if c is not None
        ]
        pairs = [
            (target, node)
            for target, node in (*zip(segment.links, nodes, strict=True), *zip(used, used, strict=True))
            if target is not None and node is not None and (wanted is None or target in wanted)
        ]
        if not pairs:
            return []
        del outputs, tracked  # what the nodes do not keep is not needed any more
        (found,) = pull_back([starts], create_graph=record, retain_graph=record, inputs=[*own, *used], stop=True)
        return [(target, found[node]) for target, node in pairs if node in found]

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        return [(target, keep(c)) for target, c in self._pull(g, wanted, record=False)]

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        return self._pull(g, wanted, record=is_grad_enabled())
