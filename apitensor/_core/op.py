"""Handle, the state of a tensor; Op, a function with its derivative; Node, one recorded application of it.

The tensor class and the public namespace stand above this file and are bound to it when `apitensor` is imported,
because an op makes Tensors and a rule that is differentiated runs on them.
"""

from __future__ import annotations

import dis
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from inspect import CO_VARARGS, Signature, signature
from itertools import count, groupby
from types import FunctionType
from typing import Any, TypeGuard
from weakref import ref

from .backend import Backend, Device, is_more, loaded_backends
from .dtypes import DType
from .modes import recording

next_key = count(0, -1).__next__  # negative, so that a heap yields the newest node first
SCALARS = (float, int, complex, bool)
TRANSLATED = (DType, Device)  # the kinds of parameters that a backend has names of its own for
ERRORS = (TypeError, ValueError, IndexError, RuntimeError, ArithmeticError, MemoryError, NotImplementedError)


class Handle:
    """The state of a tensor: a mutable name for an immutable array.

    `_array` lives on `_backend`; `_edge` is the node that computed it (a leaf for a tensor that requires a gradient
    itself, None for one that tracks nothing); `_kept` tells that a node or somebody outside holds the array, so that a
    write must copy it first; `_rare` is what few tensors have, in one place, because every call makes a tensor and
    looks at its operands: `_tangents`, what forward mode carries along, by level; `_view`, the recipe of a view, which
    is then that place itself; `_version`, which counts the writes to a tensor, so that its views notice.
    """

    __slots__ = ("__weakref__", "_array", "_backend", "_edge", "_kept", "_rare")
    _array: Any
    _backend: Backend
    _edge: Node | None
    _kept: bool
    _rare: Rare | None

    def _make_rare(self) -> Rare:
        if self._rare is None:
            self._rare = Rare()
        return self._rare

    @property
    def _tangents(self) -> dict[int, Any] | None:
        return None if self._rare is None else self._rare.tangents

    @_tangents.setter
    def _tangents(self, tangents: dict[int, Any] | None) -> None:
        if tangents is not None or self._rare is not None:
            self._make_rare().tangents = tangents

    @property
    def _view(self) -> View | None:
        rare = self._rare
        return rare if type(rare) is View else None

    @property
    def _version(self) -> int:
        return 0 if self._rare is None else self._rare.version

    @_version.setter
    def _version(self, version: int) -> None:
        self._make_rare().version = version


class Rare:
    """What few tensors have; see Handle."""

    __slots__ = ("tangents", "version")

    def __init__(self) -> None:
        self.tangents: dict[int, Any] | None = None
        self.version = 0


class View(Rare):
    """How a view's value follows from its base: `op(base, *args, **kwargs)`, last computed at `version` of the root."""

    __slots__ = ("args", "base", "kwargs", "op", "root")

    def __init__(self, base: Handle, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tangents = None
        self.op = op
        self.base = base
        self.args = args
        self.kwargs = kwargs
        rare = base._rare
        self.root: Handle = rare.root if type(rare) is View else base
        self.version = 0 if rare is None else rare.version

    def is_stale(self) -> bool:
        """Whether the root was written to since."""
        rare = self.root._rare
        return rare is not None and rare.version != self.version


# Bound by bind(): the class of the tensors that ops return, the namespace that rules get when they run on tensors, and
# how other things become tensors.
Tensor: Any = Handle
namespace: Any = None
asarray: Any = None
# Bound by forward mode, which stands on this file: what gives an output its tangents.
push_forward: Any = None


def bind(tensor_class: type, functions: Any, conversion: Callable[..., Any]) -> None:
    """Say which class ops return, which namespace rules run on, and how foreign operands are converted."""
    global Tensor, namespace, asarray
    Tensor, namespace, asarray = tensor_class, functions, conversion


def convert(x: Any, dtype: Any = None, device: Any = None, what: str = "") -> Any:
    """A tensor of what a function was given as an operand; `what` begins the message of a refusal.

    Raises
    ------
    TypeError : it is none, or is more than an array of numbers. A unit, or a mask, would be lost unseen.
    """
    if is_more(type(x)):
        raise TypeError(
            f"{what}{type(x).__name__} is more than an array of numbers, and a tensor keeps these alone; say "
            "asarray(x) where they are meant"
        )
    return asarray(x, dtype=dtype, device=device)


def wrap(array: Any, backend: Backend, edge: Node | None = None, kept: bool = False) -> Any:
    """A tensor of `array`."""
    out = Tensor()
    out._array = array if type(array) is backend.array_type else backend.as_array(array)
    out._backend = backend
    out._edge = edge
    out._kept = kept
    out._rare = None
    return out


class Spec:
    """Shape, dtype and device of an operand whose data was not kept; to ask it for data is an error."""

    __slots__ = ("device", "dtype", "shape")

    def __init__(self, array: Any) -> None:
        self.shape = array.shape
        self.dtype = array.dtype
        self.device = array.device

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a rule asked for {name!r} of an operand of shape {self.shape} whose data was not kept")


class _SpecOnTensors(Spec):
    """A Spec for a rule that runs on tensors: data type and device are apitensor's."""

    def __init__(self, spec: Spec, backend: Backend) -> None:
        self.shape = spec.shape
        self.dtype = backend.dtype(spec.dtype)
        self.device = backend.device(spec)


def refresh(x: Any) -> None:
    """Recompute a view whose root was written to since; it tracks from then on if the root does, read where it may."""
    stale = []
    while type(x._rare) is View and x._rare.is_stale():
        stale.append(x)
        x = x._rare.base
    for x in reversed(stale):
        view = x._rare
        fresh = apply(view.op, (view.base,), view.args, view.kwargs, record=True)
        x._array, x._edge, x._tangents = fresh._array, fresh._edge, fresh._tangents
        view.version = view.root._version


def carries_tangents(x: Any) -> bool:
    """Whether forward mode carries tangents along with a tensor that has something rare, a view brought up to date."""
    rare = x._rare
    if type(rare) is View and rare.is_stale():
        refresh(x)
    return rare.tangents is not None


def value(x: Any) -> Any:
    """The array of a tensor as it is now."""
    rare = x._rare
    if type(rare) is View and rare.is_stale():
        refresh(x)
    return x._array


def keep(x: Any) -> Any:
    """Mark the array of a tensor as held by someone, and give it."""
    rare = x._rare
    if type(rare) is View:
        refresh(x)
        rare.root._kept = True
    else:
        x._kept = True
    return x._array


def save(x: Any) -> Any:
    """The array of an operand, for a node to keep.

    A part of a tensor that was written to is copied: more writes are to be expected, and each would have to copy the
    whole tensor if it were marked. So a scan `x[i] = f(x[i - 1])` takes linear time.
    """
    rare = x._rare
    if type(rare) is not View:
        x._kept = True
        return x._array
    refresh(x)
    root = rare.root
    if root._version and x._array.size < root._array.size:
        return x._backend.xp.asarray(x._array, copy=True)
    root._kept = True
    return x._array


class Node:
    """One recorded application of an op. It knows where its output's cotangent goes, and never its output tensor.

    `key` orders nodes newest first; `shape` and `dtype` are those of the output, to which a cotangent is projected;
    `saved` is all that the node keeps, operands' edges included, and None once the graph was freed.
    """

    __slots__ = ("__weakref__", "backend", "dtype", "hooks", "key", "saved", "shape")
    backend: Any
    dtype: Any
    hooks: dict[int, Callable[[Any], Any]] | None
    key: int
    saved: tuple[Any, ...] | None
    shape: tuple[int, ...]
    name = "node"
    # Whether the first cotangent that it gives is always memory that nobody else has.
    gives_own = False

    def begin(self, array: Any, backend: Backend) -> None:
        """Initialise what every node has. There is no __init__ because simple nodes are made without one."""
        self.key = next_key()
        self.backend = backend
        self.shape = array.shape
        self.dtype = array.dtype
        self.hooks = None
        self.saved = ()

    def edges(self) -> tuple[Node | None, ...]:
        """The nodes that the cotangents go to, one for each operand; None for an operand that needs none."""
        raise NotImplementedError

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> Iterator[tuple[Node, Any]] | list[tuple[Node, Any]]:
        """The operands' nodes and cotangents, computed on raw arrays, for those in `wanted` (None: for all)."""
        raise NotImplementedError

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        """The same on Tensors, so that the derivative is recorded or carries tangents."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.name} node, output {self.dtype} {self.shape}>"


class SimpleNode(Node):
    """A leaf, or a recorded unary or binary elementwise op.

    A leaf is the edge of a tensor that requires a gradient itself: it has no op, and the gradient stands here, so no
    cycle leads to the tensor. An elementwise op saves the operands' edges (None for one that tracks nothing), the
    operands and the output (None where not kept). They are one class, because a loop over nodes of several classes is
    slow in CPython.
    """

    __slots__ = ("grad", "op")
    grad: Any
    op: Any

    @property
    def name(self) -> str:  # type: ignore[override]
        return "leaf" if self.op is None else self.op.name

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved[: len(self.op.partials)] if self.saved else ()

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        edges, operands, y = self._parts()
        return self.op.pull(self.backend.xp, careful, g, y, operands, (), {}, edges, wanted)

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        edges, kept, y = self._parts()
        backend = self.backend
        operands = [alias(x, edge, backend, None) for x, edge in zip(kept, edges, strict=True)]
        y = alias(y, self, backend, None)
        return self.op.pull(namespace, careful, g, y, operands, (), {}, edges, wanted)

    def _parts(self) -> tuple[Any, Any, Any]:
        """The operands' edges, the operands, and the output."""
        *both, y = self.saved  # type: ignore[misc]
        half = len(both) // 2
        return both[:half], both[half:], y


def leaf(array: Any, backend: Backend) -> SimpleNode:
    """The edge of a tensor that requires a gradient itself."""
    node = SimpleNode()
    node.begin(array, backend)
    node.op = node.grad = None
    return node


def is_leaf(edge: Node | None) -> TypeGuard[SimpleNode]:
    """Whether an edge is that of a tensor that requires a gradient itself."""
    return type(edge) is SimpleNode and edge.op is None


class Port(Node):
    """The edge of one output of an op with several; its cotangent takes its place in the node's list."""

    __slots__ = ("index",)
    name = "output"

    def __init__(self, parent: Node, index: int, array: Any, backend: Backend) -> None:
        self.begin(array, backend)
        self.saved = (parent,)
        self.index = index

    @property
    def parent(self) -> Any:
        return self.saved[0] if self.saved else None

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved or ()


class GeneralNode(Node):
    """The node of any op.

    It saves the operands (arrays, Specs, scalars, or None where no rule in question mentions them), their edges and
    tangents, the outputs (likewise) and the parameters.
    """

    __slots__ = ("op", "ports")

    op: Op
    ports: list[Any]

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.op.name

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved[0] if self.saved else ()

    def __len__(self) -> int:
        """The number of outputs."""
        assert self.saved is not None
        return len(self.saved[2])

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        backend = self.backend
        links, operands, y, args, kwargs, _ = self.saved  # type: ignore[misc]
        if type(y) is tuple:
            zeros = backend.xp.zeros
            g = [zeros(p.shape, dtype=p.dtype, device=p.device) if c is None else c for c, p in zip(g, y, strict=True)]
        if args or kwargs:
            args, kwargs = raw_parameters(backend, args, kwargs)
        try:
            return self.op.pull(backend.xp, careful, g, y, operands, args, kwargs, links, wanted)
        except ERRORS as error:
            if str(error).startswith("derivative of"):
                raise
            raise _conventional(error)(f"derivative of {self.op.name}: {error}") from error

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        backend = self.backend
        links, kept, y, args, kwargs, tangents = self.saved  # type: ignore[misc]
        carried = tangents or (None,) * len(kept)
        operands = tuple([alias(x, edge, backend, t) for x, edge, t in zip(kept, links, carried, strict=True)])
        many = type(y) is tuple
        if many:
            g = [_zeros(p, backend) if c is None else c for c, p in zip(g, y, strict=True)]
        if tangents is not None and -1 in self.op.needs(sum([1 << i for i, e in enumerate(links) if e is not None]))[0]:
            y = apply(self.op, operands, args, kwargs)
        elif many:
            y = tuple([alias(p, self._port(i, p), backend, None) for i, p in enumerate(y)])
        else:
            y = alias(y, self, backend, None)
        return self.op.pull(namespace, careful, g, y, operands, args, kwargs, links, wanted)

    def _port(self, index: int, array: Any) -> Port | None:
        """The Port of an output: the one it has, or a new one where nobody holds that any more; integers have none."""
        if self.ports[index] is None:
            return None
        port: Port | None = self.ports[index]()
        if port is None:
            port = Port(self, index, array, self.backend)
            self.ports[index] = ref(port)
        return port


def make_node(
    op: Op,
    operands: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    outputs: Any,
    backend: Backend,
    mixed: bool = False,
) -> None:
    """Make the node of a call, which becomes the edge of its outputs; `mixed` where operands carry tangents."""
    many = type(outputs) is tuple
    y = (outputs[0] if many else outputs)._array
    node = op.node_class()
    node.begin(y, backend)
    node.op = op
    links: list[Node | None] = []
    pattern, bit = 0, 1
    for x in operands:
        edge = x._edge if isinstance(x, Handle) else None
        if edge is not None:
            pattern |= bit
        links.append(edge)
        bit <<= 1
    reads, mentions = op.needs(pattern)
    if bit > 1 << _MANY:  # of `*operands` the last ones are needed as those before them are
        rest = range(_MANY, len(operands))
        reads, mentions = [s.union(rest) if _MANY - 1 in s else s for s in (reads, mentions)]
    tangents = None
    if mixed:
        # The operands' tangents are part of the record, and the output is computed again when a rule asks for it: its
        # tangents refer to this node, and a node never refers to its own output.
        tangents = tuple([x._tangents if isinstance(x, Handle) else None for x in operands])
        reads = frozenset({*range(len(operands)), *reads})
    kept = []
    for i, x in enumerate(operands):
        if isinstance(x, Handle):
            x = save(x) if i in reads else Spec(x._array) if i in mentions else None
        kept.append(x)
    saved: Any
    if many:
        # Weak, as a Port refers here. An output has one Port at a time, else its cotangents would not come
        # together.
        node.ports = []
        saved = tuple([keep(y) if -1 in reads else Spec(y._array) for y in outputs])
        for i, y in enumerate(outputs):
            if is_inexact(backend, y._array):
                y._edge = Port(node, i, y._array, backend)
            node.ports.append(None if y._edge is None else ref(y._edge))
    else:
        saved = keep(outputs) if -1 in reads else Spec(y) if -1 in mentions else None
        outputs._edge = node
    node.saved = (links, kept, saved, args, kwargs, tangents)


class Scatter:
    """A cotangent that is zero but at `key`, where it is `values`: added to what is there, it costs a small write."""

    __slots__ = ("key", "values")

    def __init__(self, values: Any, key: Any) -> None:
        self.values = values
        self.key = key


def _zeros(spec: Any, backend: Backend) -> Any:
    return wrap(backend.xp.zeros(spec.shape, dtype=spec.dtype, device=spec.device), backend)


def alias(x: Any, edge: Node | None, backend: Backend, tangents: Any) -> Any:
    """What a rule on Tensors gets for something that a node kept: a Tensor with the edge and tangents it had then."""
    if isinstance(x, Spec):
        return _SpecOnTensors(x, backend)
    if type(x) is not backend.array_type:
        return x
    out = wrap(x, backend, edge, kept=True)
    out._tangents = tangents
    return out


def snapshot(x: Any) -> Any:
    """Another tensor of the same value, edge and tangents: a write to one does not show in the other."""
    return alias(keep(x), x._edge, x._backend, x._tangents)


def raw_parameters(
    backend: Backend, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Parameters with the backend's own names for data types and devices."""
    for value in (*args, *kwargs.values()) if kwargs else args:
        if type(value) in TRANSLATED:
            return tuple([_raw(backend, v) for v in args]), {k: _raw(backend, v) for k, v in kwargs.items()}
    return args, kwargs


def _raw(backend: Backend, value: Any) -> Any:
    if isinstance(value, DType):
        return backend.raw_dtype(value)
    return value.raw if isinstance(value, Device) else value


_SHAPE_ONLY = frozenset({"shape", "dtype", "ndim", "size", "device"})


def names_read(function: Callable[..., Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters of a rule whose data it reads, beyond shape, dtype and device, and those that it names at all.

    What a rule reads is what its node keeps: this is taken from the rule's own code, so that the two cannot disagree.
    """
    code = function.__code__
    names = set(code.co_cellvars)
    mentions = set(names)
    loaded: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("EXTENDED_ARG", "CACHE"):
            continue
        if loaded:
            only_shape = instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and instruction.argval in _SHAPE_ONLY
            names.update(loaded[:-1] if only_shape else loaded)
            mentions.update(loaded)
            loaded = ()
        if "LOAD_FAST" in instruction.opname:
            value = instruction.argval  # two names where the interpreter fuses two loads, or a store and a load
            loaded = value[instruction.opname.startswith("STORE") :] if isinstance(value, tuple) else (value,)
    return frozenset(names), frozenset(mentions)


Rule = Callable[..., Any]


# Which operands, by index, and whether the output (-1) rules read, and which they mention, if only for the shape.
Needs = tuple[frozenset[int], frozenset[int]]
_MANY = 64  # operands, so many of which are listed
_EVERYTHING = frozenset(range(-1, _MANY))


def positions_read(rule: Any, at: int) -> Needs:
    """What a rule whose parameter number `at` is the output needs.

    A rule whose code cannot be seen, such as a partial or a callable object, is taken to read everything.
    """
    if not callable(rule):
        return frozenset(), frozenset()
    if not isinstance(rule, FunctionType):
        return _EVERYTHING, _EVERYTHING
    code = rule.__code__
    parameters = code.co_varnames[: code.co_argcount]

    def positions(names: frozenset[str]) -> frozenset[int]:
        found = {i - at - 1 for i, name in enumerate(parameters) if name in names and i >= at}
        if code.co_flags & CO_VARARGS:  # *operands: any of them
            variadic = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
            if variadic in names:
                found.update(range(max(code.co_argcount - at - 1, -1), _MANY))
        return frozenset(found)

    read, mentioned = names_read(rule)
    return positions(read), positions(mentioned)


def is_ours(function: Any) -> bool:
    """Whether a function is apitensor's own: its results have memory of their own (the backends' tests see to it)."""
    return (function.__module__ or "").partition(".")[0] == "apitensor"


class Op:
    """A function over an array namespace with its derivatives over the same namespace.

    `forward(xp, *operands, *args, **kwargs)`; `vjps[i](xp, g, y, *operands, ...)` is the cotangent of operand i, or
    `joint` gives those of all operands at once; `jvp(xp, tangents, y, *operands, ...)` the tangent of the output.
    `careful(rule, i, xp, g, y, operands, args, kwargs)` applies the rule of operand i (or the joint one, with its needs
    for i) where a zero cotangent must stay zero, whatever it meets.

    Without any rule the op is constant (its results track nothing) or, with `missing`, raises that message for an
    operand that tracks.
    """

    # The class of the nodes that record it.
    node_class: type[GeneralNode] = GeneralNode

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        vjps: Sequence[Rule | None] | None = None,
        joint: Rule | None = None,
        jvp: Rule | None = None,
        careful: Rule | None = None,
        linear: bool = False,
        inverse: Rule | None = None,
        view: bool = False,
        missing: str | None = None,
    ) -> None:
        self.name = name
        self.forward = forward
        self.vjps = None if vjps is None else tuple(vjps)
        self.joint = joint
        self.jvp = jvp
        self.careful = careful
        self.linear = linear
        self.inverse = inverse
        self.view = view
        self.missing = missing
        self.differentiable = vjps is not None or joint is not None
        self.foreign = not is_ours(forward)

    @cached_property
    def _needs(self) -> dict[int, Needs]:
        """What was found out so far, by which operands require a gradient: an import should not wait for it."""
        return {}

    def needs(self, tracked: int) -> Needs:
        """What the rules for the operands that require a gradient, those whose bit is set, need."""
        found = self._needs.get(tracked)
        if found is None:
            if self.vjps is None:
                found = positions_read(self.joint, 3)
            else:
                each = [self.rule_needs(i) for i in range(len(self.vjps)) if tracked >> i & 1]
                found = frozenset[int]().union(*[r for r, _ in each]), frozenset[int]().union(*[m for _, m in each])
            self._needs[tracked] = found
        return found

    def rule_needs(self, operand: int) -> Needs:
        """What the rule for one operand needs."""
        assert self.vjps is not None
        return positions_read(self.vjps[operand], 2)

    def pull(
        self,
        xp: Any,
        careful: bool,
        g: Any,
        y: Any,
        operands: tuple[Any, ...],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        links: Sequence[Node | None],
        wanted: Any,
    ) -> list[tuple[Node, Any]]:
        """The cotangents of the operands whose edges ask for one."""
        careful = careful and self.careful is not None
        found: list[tuple[Node, Any]] = []
        if len(links) == 1 and not careful and wanted is None and self.vjps:  # as the loop does, for the most frequent
            (edge,), rule = links, self.vjps[0]
            if edge is not None and rule is not None:
                found.append((edge, rule(xp, g, y, operands[0], *args, **kwargs)))
            return found
        if self.joint is None:
            for i, (edge, rule) in enumerate(zip(links, self.vjps or (), strict=False)):
                if edge is not None and rule is not None and (wanted is None or edge in wanted):
                    if careful:
                        c = self.careful(rule, i, xp, g, y, operands, args, kwargs)  # type: ignore[misc]
                    else:
                        c = rule(xp, g, y, *operands, *args, **kwargs)
                    found.append((edge, c))
            return found
        needs = [edge is not None and (wanted is None or edge in wanted) for edge in links]
        if careful:
            cotangents = self.careful(self.joint, needs, xp, g, y, operands, args, kwargs)  # type: ignore[misc]
        else:
            cotangents = self.joint(xp, needs, g, y, *operands, *args, **kwargs)
        for edge, need, c in zip(links, needs, cotangents, strict=True):
            if need and edge is not None and c is not None:
                found.append((edge, c))
        return found

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def describe(x: Any) -> str:
    """An operand in an error message."""
    if isinstance(x, Handle):
        return f"{x._backend.dtype(x._array.dtype)}{list(x._array.shape)}"
    return repr(x) if isinstance(x, SCALARS) else type(x).__name__


def describe_all(operands: Sequence[Any]) -> str:
    """Operands in an error message; where there are many, those alike that follow each other are counted."""
    texts = [describe(x) for x in operands]
    if len(texts) > 8:
        counted = [(text, len(list(alike))) for text, alike in groupby(texts)]
        texts = [text if n == 1 else f"{n} times {text}" for text, n in counted]
        if len(texts) > 8:
            texts[7:] = ["..."]
    return ", ".join(texts)


def _conventional(error: Exception) -> type[Exception]:
    """The conventional type that an error of a backend or a rule is of, or its own where that is made like it.

    So `except numpy.linalg.LinAlgError`, as scikit-learn has it to try something else, works for tensors too.
    """
    kinds = (
        IndexError,
        TypeError,
        ValueError,
        OverflowError,
        ZeroDivisionError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
    )
    kind = next((k for k in kinds if isinstance(error, k)), RuntimeError)
    return type(error) if type(error).__init__ is kind.__init__ else kind


def unfit(name: str, rule: str, given: Any, of: str, shape: tuple[int, ...], error: Exception | None) -> Exception:
    """The error of a rule that gave no array, or one whose shape does not fit what it is the derivative of."""
    if hasattr(given, "shape"):
        message = f"derivative of {name}: {rule} gave the shape {tuple(given.shape)}, and {of} has {shape}"
        return (ValueError if error is None else _conventional(error))(f"{message}{f' ({error})' if error else ''}")
    given = "None" if given is None else f"no array but {type(given).__name__}"
    return TypeError(f"derivative of {name}: {rule} gave {given}, and {of} has the shape {shape}")


def misfit(op: Op, error: Exception) -> Exception:
    """The error of a call that did not even enter the forward: Python's would count the namespace as an argument."""
    if not isinstance(error, TypeError) or error.__traceback__ is None or error.__traceback__.tb_next is not None:
        return error
    try:
        _, *parameters = [p.replace(annotation=p.empty) for p in signature(op.forward).parameters.values()]
    except ValueError:  # a forward written in C, or without parameters
        return error
    return TypeError(f"the call does not fit {op.name}{Signature(parameters)}")


def explain(op: Op, operands: Sequence[Any], error: Exception) -> Exception:
    """The error of a backend as one of the conventional types that names the function and its operands."""
    message = f"{op.name}({describe_all(operands)}): {error}".rstrip()  # NumPy's of shapes ends in a blank
    devices = {x._backend.device(x._array).name for x in operands if isinstance(x, Handle)}
    if len(devices) > 1:
        return ValueError(f"{message}; the operands are on {' and '.join(sorted(devices))}: move one with to_device()")
    return _conventional(error)(message)


def prepare(op: Op, operands: Sequence[Any]) -> list[Any]:
    """The operands as tensors, Python scalars or None: foreign arrays go where the tensors among them are."""
    first = next((x for x in operands if isinstance(x, Handle)), None)
    device = None if first is None else first._backend.device(first._array)
    prepared = [
        x if isinstance(x, Handle) or x is None or type(x) in SCALARS else convert_operand(op, x, device)
        for x in operands
    ]
    if not any(isinstance(x, Handle) for x in prepared):
        if not prepared:
            raise TypeError(f"{op.name}: no arrays were given")
        prepared[0] = convert_operand(op, prepared[0], None)
    return prepared


def same_device(what: str, name: str, x: Any, other: str, y: Any) -> None:
    """Refuse a tensor that is not where another one is: nothing is moved unasked.

    Raises
    ------
    ValueError : it is elsewhere.
    """
    if x.device is not y.device and x.device != y.device:
        raise ValueError(f"{what}: {name} is on {x.device}, {other} on {y.device}: move it with to_device()")


def mixing_error(op: Op, x: Any, y: Any) -> Exception:
    """The error of operands on two backends."""
    devices = " and ".join(str(h._backend.device(h._array)) for h in (x, y))
    return ValueError(f"{op.name}: the operands are on {devices}: move one with to_device()")


def convert_operand(op: Op, x: Any, device: Device | None) -> Any:
    """A tensor of an operand that is none yet: a NumPy array or scalar, a list of numbers, another library's array."""
    if isinstance(x, (str, bytes, dict, set)):
        raise TypeError(f"{op.name}: {x!r} is not an array")
    try:
        return convert(x, device=device)
    except TypeError as error:
        reason = error if is_more(type(x)) else f"{type(x).__name__} is not an array ({error})"
        raise TypeError(f"{op.name}: {reason}") from None


def apply(
    op: Op, operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any], record: bool | None = None
) -> Any:
    """Call an op on tensors: compute, and record what its derivative needs. `record` overrides the grad mode."""
    first = backend = None
    tracked = mixed = False
    arrays = []
    for x in operands:
        if type(x) is Tensor or isinstance(x, Handle):
            if x._rare is not None and carries_tangents(x):
                mixed = True
            if first is None:
                first, backend = x, x._backend
            elif x._backend is not backend:
                raise mixing_error(op, first, x)
            if x._edge is not None:
                tracked = True
            arrays.append(x._array)
        elif x is None or type(x) in SCALARS:
            arrays.append(x)
        else:
            return apply(op, prepare(op, operands), args, kwargs, record)
    if backend is None:
        return apply(op, prepare(op, operands), args, kwargs, record)
    raw_args, raw_kwargs = raw_parameters(backend, args, kwargs) if args or kwargs else (args, kwargs)
    try:
        result = op.forward(backend.xp, *arrays, *raw_args, **raw_kwargs)
    except ERRORS as error:
        raise explain(op, operands, misfit(op, error)) from error
    if op.foreign:
        result = apart(op, backend, result, arrays)
    if type(result) is tuple:
        out: Any = tuple([wrap(part, backend) for part in result])
    else:
        if type(result) is not backend.array_type:
            result = backend.as_array(result)
        if result is arrays[0] and not op.view:
            result = backend.xp.asarray(result, copy=True)
        out = Tensor()
        out._array = result
        out._backend = backend
        out._edge = None
        out._kept = False
        out._rare = View(first, op, args, kwargs) if op.view else None  # type: ignore[arg-type]
    if tracked or mixed:
        follow(op, operands, args, kwargs, out, tracked and (recording() if record is None else record), mixed)
    return out


def follow(
    op: Op, operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, record: bool, mixed: bool
) -> None:
    """What a call does whose operands track: record it, and carry tangents along where some have any, `mixed`."""
    if not (record or mixed):
        return
    if not op.differentiable:
        if op.missing is not None:
            raise TypeError(f"{op.name}: {op.missing}")
        return
    outputs = out if type(out) is tuple else (out,)
    backend = outputs[0]._backend
    for y in outputs:
        if is_inexact(backend, y._array):
            break
    else:
        return
    if record:
        make_node(op, operands, args, kwargs, out, backend, mixed)
    if mixed:
        push_forward(op, operands, args, kwargs, out)


def apart(op: Op, backend: Backend, result: Any, arrays: Sequence[Any]) -> Any:
    """What somebody's own op gives, an array or a tuple of them, in memory of its own.

    A window onto an operand, or of one output onto another, would pass later writes on.

    Raises
    ------
    TypeError : it is something else.
    """
    known = [x for x in arrays if type(x) is backend.array_type]
    parts = []
    for part in result if type(result) is tuple else (result,):
        if part is None or isinstance(part, (list, tuple, dict, str)):
            raise TypeError(
                f"{op.name}: the function gave {'None' if part is None else f'a {type(part).__name__}'}, and an array "
                "is needed, or a tuple of arrays where there are several outputs"
            )
        if type(part) is not backend.array_type:
            part = backend.as_array(part)
        if not op.view and any(backend.aliases(part, x) for x in known):
            part = backend.xp.asarray(part, copy=True)
        parts.append(part)
        known.append(part)
    return tuple(parts) if type(result) is tuple else parts[0]


def is_inexact(backend: Backend, array: Any) -> bool:
    """Whether an array has a floating-point or complex data type, so that its tensor can track."""
    return (backend.own_dtypes.get(array.dtype) or backend.dtype(array.dtype)).kind in "fc"


def foreign_backend(x: Any) -> Backend | None:
    """The backend in use whose arrays `x` is one of."""
    return next((b for b in loaded_backends() if isinstance(x, b.array_type)), None)
