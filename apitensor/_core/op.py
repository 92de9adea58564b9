"""Handle, the state of a tensor; Op, a function with its derivative; Node, one recorded application of it.

The tensor class and the public namespace stand above this file and are bound to it when `apitensor` is imported,
because an op makes Tensors and a rule that is differentiated runs on them.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from inspect import CO_VARARGS
from itertools import count
from types import FunctionType
from typing import Any
from weakref import ref

from .backend import Backend, Device, loaded_backends
from .dtypes import DType
from .modes import recording

new = object.__new__
next_key = count(0, -1).__next__  # negative, so that a heap yields the newest node first
SCALARS = (float, int, complex, bool)
ERRORS = (TypeError, ValueError, IndexError, RuntimeError, ArithmeticError, MemoryError, NotImplementedError)


class Handle:
    """The state of a tensor: a mutable name for an immutable array.

    `_array` lives on `_backend`; `_edge` is the node that computed it (a `Leaf` for a tensor that requires a gradient
    itself, None for one that tracks nothing); `_tangents` what forward mode carries along, by level; `_view` the
    recipe of a view; `_kept` tells that a node or somebody outside holds the array, so that a write must copy it
    first; `_version` counts the writes to a tensor that has views.
    """

    __slots__ = ("__weakref__", "_array", "_backend", "_edge", "_kept", "_tangents", "_version", "_view")
    _array: Any
    _backend: Backend
    _edge: Node | None
    _kept: bool
    _tangents: dict[int, Any] | None
    _version: int
    _view: View | None


# Bound by bind(): the class of the tensors that ops return, the namespace that rules get when they run on tensors, and
# how other things become tensors.
Tensor: Any = Handle
namespace: Any = None
convert: Any = None


def bind(tensor_class: type, functions: Any, asarray: Callable[..., Any]) -> None:
    """Say which class ops return, which namespace rules run on, and how foreign operands are converted."""
    global Tensor, namespace, convert
    Tensor, namespace, convert = tensor_class, functions, asarray


def wrap(array: Any, backend: Backend, edge: Node | None = None, kept: bool = False) -> Any:
    """A tensor of `array`."""
    out = new(Tensor)
    out._array = array if type(array) is backend.array_type else backend.as_array(array)
    out._backend = backend
    out._edge = edge
    out._kept = kept
    out._tangents = out._view = None
    out._version = 0
    return out


class Spec:
    """Shape, dtype and device of an operand whose data was not kept; to ask it for data is an error."""

    __slots__ = ("device", "dtype", "ndim", "shape", "size")

    def __init__(self, array: Any) -> None:
        self.shape = array.shape
        self.dtype = array.dtype
        self.device = array.device
        self.ndim = len(self.shape)
        self.size = array.size

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a rule asked for {name!r} of an operand of shape {self.shape} whose data was not kept")


class _SpecOnTensors(Spec):
    """A Spec for a rule that runs on tensors: data type and device are apitensor's."""

    def __init__(self, spec: Spec, backend: Backend) -> None:
        self.shape, self.ndim, self.size = spec.shape, spec.ndim, spec.size
        self.dtype = backend.dtype(spec.dtype)
        self.device = backend.device(spec)


class View:
    """How a view's value follows from its base: `op(base, *args, **kwargs)`, last computed at `version` of the root."""

    __slots__ = ("args", "base", "kwargs", "op", "recorded", "root", "version")

    def __init__(self, base: Handle, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], recorded: bool) -> None:
        self.base = base
        self.root: Handle = base if base._view is None else base._view.root
        self.op = op
        self.args = args
        self.kwargs = kwargs
        self.recorded = recorded
        self.version = self.root._version


def refresh(x: Any) -> None:
    """Recompute a view whose root was written to since."""
    stale = []
    while x._view is not None and x._view.version != x._view.root._version:
        stale.append(x)
        x = x._view.base
    for x in reversed(stale):
        view = x._view
        fresh = apply(view.op, (view.base,), view.args, view.kwargs, record=view.recorded or None)
        x._array, x._edge, x._tangents = fresh._array, fresh._edge, fresh._tangents
        view.version = view.root._version


def value(x: Any) -> Any:
    """The array of a tensor as it is now."""
    if x._view is not None:
        refresh(x)
    return x._array


def keep(x: Any) -> Any:
    """Mark the array of a tensor as held by someone, and give it."""
    if x._view is not None:
        refresh(x)
    (x if x._view is None else x._view.root)._kept = True
    return x._array


def save(x: Any) -> Any:
    """The array of an operand, for a node to keep.

    A part of a tensor that was written to is copied: more writes are to be expected, and each would have to copy the
    whole tensor if it were marked. So a scan `x[i] = f(x[i - 1])` takes linear time.
    """
    view = x._view
    if view is None:
        x._kept = True
        return x._array
    refresh(x)
    root = view.root
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

    def __init__(self, array: Any, backend: Backend) -> None:
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


class Leaf(Node):
    """The edge of a tensor that requires a gradient itself.

    The gradient stands here, so no cycle leads to the tensor.
    """

    __slots__ = ("grad",)
    grad: Any
    name = "leaf"

    def __init__(self, array: Any, backend: Backend) -> None:
        super().__init__(array, backend)
        self.grad = None

    def edges(self) -> tuple[Node | None, ...]:
        return ()


class Port(Node):
    """The edge of one output of an op with several; its cotangent takes its place in the node's list."""

    __slots__ = ("index",)
    name = "output"

    def __init__(self, parent: Node, index: int, array: Any, backend: Backend) -> None:
        super().__init__(array, backend)
        self.saved = (parent,)
        self.index = index

    @property
    def parent(self) -> Any:
        return self.saved[0] if self.saved else None

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved or ()


class ElementwiseNode(Node):
    """A recorded unary or binary elementwise op.

    It saves the operands' edges (None for one that tracks nothing), the operands and the output (None where not kept).
    Every cotangent that it gives has the shape and data type of its output. There is one class for all these ops,
    because a loop over nodes of many classes is slow in CPython.
    """

    __slots__ = ("op",)
    op: Any

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.op.name  # type: ignore[no-any-return]

    def edges(self) -> tuple[Node | None, ...]:
        return self.saved[: len(self.op.partials)] if self.saved else ()

    def on_arrays(self, g: Any, careful: bool, wanted: Any) -> Any:
        return self.op.rule(self, g, careful, wanted)

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> Any:
        backend = self.backend
        *saved, y = self.saved  # type: ignore[misc]
        edges, kept = saved[: len(saved) // 2], saved[len(saved) // 2 :]
        operands = tuple([alias(x, edge, backend, None) for x, edge in zip(kept, edges, strict=True)])
        return self.op.pull(namespace, careful, g, alias(y, self, backend, None), operands, (), {}, edges, wanted)


class GeneralNode(Node):
    """The node of any op.

    It saves the operands (arrays, Specs or scalars), their edges and tangents, the outputs (likewise) and the
    parameters.
    """

    __slots__ = ("op", "ports")

    def __init__(
        self,
        op: Op,
        operands: Sequence[Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        outputs: Any,
        backend: Backend,
    ) -> None:
        many = isinstance(outputs, tuple)
        super().__init__(outputs[0]._array if many else outputs._array, backend)
        self.op = op
        links = tuple([x._edge if isinstance(x, Handle) else None for x in operands])
        reads: Any = op.reads(links)
        # In forward mode the operands' tangents are part of the record, and the output is computed again when a rule
        # asks for it: its tangents refer to this node, and a node never refers to its own output.
        tangents = None
        if any(isinstance(x, Handle) and x._tangents for x in operands):
            tangents = tuple([x._tangents if isinstance(x, Handle) else None for x in operands])
            reads = {*range(len(operands)), *reads}
        kept = tuple(
            [
                x if not isinstance(x, Handle) else save(x) if i in reads else Spec(x._array)
                for i, x in enumerate(operands)
            ]
        )
        if many:
            # Weak, as a Port refers here. An output has one Port at a time, else its cotangents would not come
            # together.
            self.ports: list[Any] = []
            saved: Any = tuple([keep(y) if -1 in reads else Spec(y._array) for y in outputs])
            for i, y in enumerate(outputs):
                y._edge = Port(self, i, y._array, backend)
                self.ports.append(ref(y._edge))
        else:
            saved = keep(outputs) if -1 in reads else Spec(outputs._array)
            outputs._edge = self
        self.saved = (links, kept, saved, args, kwargs, tangents)

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
        if y.__class__ is tuple:
            zeros = backend.xp.zeros
            g = [zeros(p.shape, dtype=p.dtype, device=p.device) if c is None else c for c, p in zip(g, y, strict=True)]
        if args or kwargs:
            args, kwargs = raw_parameters(backend, args, kwargs)
        return self.op.pull(backend.xp, careful, g, y, operands, args, kwargs, links, wanted)

    def on_tensors(self, g: Any, careful: bool, wanted: Any) -> list[tuple[Node, Any]]:
        backend = self.backend
        links, kept, y, args, kwargs, tangents = self.saved  # type: ignore[misc]
        carried = tangents or (None,) * len(kept)
        operands = tuple([alias(x, edge, backend, t) for x, edge, t in zip(kept, links, carried, strict=True)])
        many = y.__class__ is tuple
        if many:
            g = [_zeros(p, backend) if c is None else c for c, p in zip(g, y, strict=True)]
        if tangents is not None and -1 in self.op.reads(links):
            y = apply(self.op, operands, args, kwargs)
        elif many:
            y = tuple([alias(p, self._port(i, p), backend, None) for i, p in enumerate(y)])
        else:
            y = alias(y, self, backend, None)
        return self.op.pull(namespace, careful, g, y, operands, args, kwargs, links, wanted)

    def _port(self, index: int, array: Any) -> Port:
        """The Port of an output: the one it has, or a new one where nobody holds that any more."""
        port: Port | None = self.ports[index]()
        if port is None:
            port = Port(self, index, array, self.backend)
            self.ports[index] = ref(port)
        return port


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


def raw_parameters(
    backend: Backend, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Parameters with the backend's own names for data types and devices."""
    for value in args:
        if value.__class__ in _OWN:
            break
    else:
        for value in kwargs.values():
            if value.__class__ in _OWN:
                break
        else:
            return args, kwargs

    def raw(value: Any) -> Any:
        if isinstance(value, DType):
            return backend.raw_dtype(value)
        return value.raw if isinstance(value, Device) else value

    return tuple([raw(v) for v in args]), {k: raw(v) for k, v in kwargs.items()}


_OWN = (DType, Device)
_SHAPE_ONLY = frozenset({"shape", "dtype", "ndim", "size", "device"})


def names_read(function: Callable[..., Any]) -> frozenset[str]:
    """The parameters of a rule whose data it reads, beyond shape, dtype and device.

    What a rule reads is what its node keeps: this is taken from the rule's own code, so that the two cannot disagree.
    """
    code = function.__code__
    names = set(code.co_cellvars)
    loaded: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("EXTENDED_ARG", "CACHE"):
            continue
        if loaded:
            only_shape = instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and instruction.argval in _SHAPE_ONLY
            names.update(loaded[:-1] if only_shape else loaded)
            loaded = ()
        if "LOAD_FAST" in instruction.opname:
            value = instruction.argval  # two names where the interpreter fuses two loads, or a store and a load
            loaded = value[instruction.opname.startswith("STORE") :] if isinstance(value, tuple) else (value,)
    return frozenset(names)


Rule = Callable[..., Any]


def positions_read(rule: Any, at: int) -> frozenset[int]:
    """Which operands, by index, and whether the output (-1) a rule reads; its parameter number `at` is the output.

    A rule whose code cannot be seen, such as a partial or a callable object, is taken to read everything.
    """
    if not callable(rule):
        return frozenset()
    if not isinstance(rule, FunctionType):
        return frozenset(range(-1, 64))
    code = rule.__code__
    names = code.co_varnames[: code.co_argcount]
    read = names_read(rule)
    positions = {i - at - 1 for i, name in enumerate(names) if name in read and i >= at}
    if code.co_flags & CO_VARARGS:  # *operands: any of them
        variadic = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        if variadic in read:
            positions.update(range(max(code.co_argcount - at - 1, -1), 64))
    return frozenset(positions)


class Op:
    """A function over an array namespace with its derivatives over the same namespace.

    `forward(xp, *operands, *args, **kwargs)`; `vjps[i](xp, g, y, *operands, ...)` is the cotangent of operand i, or
    `joint` gives those of all operands at once; `jvp(xp, tangents, y, *operands, ...)` the tangent of the output.
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
        self.linear = linear
        self.inverse = inverse
        self.view = view
        self.missing = missing
        self.differentiable = vjps is not None or joint is not None
        # The results of apitensor's own ops have memory of their own (the backends' tests see to it), others' are
        # looked at.
        self.foreign = not (forward.__module__ or "").startswith("apitensor")

    @cached_property
    def _reads(self) -> list[frozenset[int]]:
        """What each rule reads; found when first needed, as an import should not wait for it."""
        return [positions_read(rule, 2) for rule in self.vjps or ()]

    @cached_property
    def _reads_joint(self) -> frozenset[int]:
        return positions_read(self.joint, 3)

    def reads(self, links: Sequence[Node | None]) -> frozenset[int]:
        """What the rules for the operands that require a gradient read."""
        if self.vjps is None:
            return self._reads_joint
        read: frozenset[int] = frozenset()
        for i, edge in enumerate(links):
            if edge is not None and i < len(self._reads):
                read |= self._reads[i]
        return read

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
        needs = [edge is not None and (wanted is None or edge in wanted) for edge in links]
        if self.joint is not None:
            cotangents = self.joint(xp, needs, g, y, *operands, *args, **kwargs)
            return [
                (edge, c)
                for edge, need, c in zip(links, needs, cotangents, strict=True)
                if need and edge is not None and c is not None
            ]
        found: list[tuple[Node, Any]] = []
        for edge, need, rule in zip(links, needs, self.vjps or (), strict=False):
            if need and rule is not None:
                found.append((edge, rule(xp, g, y, *operands, *args, **kwargs)))  # type: ignore[arg-type]
        return found

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def describe(x: Any) -> str:
    """An operand in an error message."""
    if isinstance(x, Handle):
        return f"{x._backend.dtype(x._array.dtype)}{list(x._array.shape)}"
    return repr(x) if isinstance(x, SCALARS) else type(x).__name__


def explain(op: Op, operands: Sequence[Any], error: Exception) -> Exception:
    """The error of a backend as one of the conventional types that names the function and its operands."""
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
    message = f"{op.name}({', '.join(describe(x) for x in operands)}): {error}"
    devices = {x._backend.device(x._array).name for x in operands if isinstance(x, Handle)}
    if len(devices) > 1:
        return ValueError(f"{message}; the operands are on {' and '.join(sorted(devices))}: move one with to_device()")
    return kind(message)


def prepare(op: Op, operands: Sequence[Any]) -> list[Any]:
    """The operands as tensors, Python scalars or None: foreign arrays go where the tensors among them are."""
    first = next((x for x in operands if isinstance(x, Handle)), None)
    device = None if first is None else first._backend.device(first._array)
    prepared = [
        x if isinstance(x, Handle) or x is None or x.__class__ in SCALARS else convert_operand(op, x, device)
        for x in operands
    ]
    if not any(isinstance(x, Handle) for x in prepared):
        if not prepared:
            raise TypeError(f"{op.name}: no arrays were given")
        prepared[0] = convert(prepared[0])
    return prepared


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
        raise TypeError(f"{op.name}: {type(x).__name__} is not an array ({error})") from None


def apply(
    op: Op, operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any], record: bool | None = None
) -> Any:
    """Call an op on tensors: compute, and record what its derivative needs. `record` overrides the grad mode."""
    first = backend = None
    tracked = mixed = False
    arrays = []
    for x in operands:
        if isinstance(x, Handle):
            view = x._view
            if view is not None and view.version != view.root._version:
                refresh(x)
            if first is None:
                first, backend = x, x._backend
            elif x._backend is not backend:
                raise mixing_error(op, first, x)
            if x._edge is not None:
                tracked = True
            if x._tangents is not None:
                mixed = True
            arrays.append(x._array)
        elif x is None or x.__class__ in SCALARS:
            arrays.append(x)
        else:
            return apply(op, prepare(op, operands), args, kwargs, record)
    if backend is None:
        return apply(op, prepare(op, operands), args, kwargs, record)
    raw_args, raw_kwargs = raw_parameters(backend, args, kwargs) if args or kwargs else (args, kwargs)
    try:
        result = op.forward(backend.xp, *arrays, *raw_args, **raw_kwargs)
    except ERRORS as error:
        raise explain(op, operands, error) from error
    if result.__class__ is tuple:
        out: Any = tuple([wrap(part, backend) for part in result])
    else:
        if not op.view and (result is arrays[0] or (op.foreign and _shares(backend, result, arrays))):
            result = backend.xp.asarray(result, copy=True)
        out = wrap(result, backend)
    if tracked or mixed:
        recorded = tracked and (recording() if record is None else record)
        if not op.differentiable:
            if op.missing is not None and (recorded or mixed):
                raise TypeError(f"{op.name}: {op.missing}")
        elif (recorded or mixed) and _is_inexact(backend, result):
            if recorded:
                op.node_class(op, operands, args, kwargs, out, backend)
            if mixed:
                from .forward import push_forward  # forward mode stands on this file

                push_forward(op, operands, args, kwargs, out)
    if op.view:
        out._view = View(first, op, args, kwargs, recording() if record is None else record)  # type: ignore[arg-type]
    return out


def _shares(backend: Backend, result: Any, arrays: Sequence[Any]) -> bool:
    """Whether the result of somebody's own op is a window onto an operand, which a later write would go through to."""
    return type(result) is backend.array_type and any(
        backend.aliases(result, x) for x in arrays if type(x) is backend.array_type
    )


def _is_inexact(backend: Backend, result: Any) -> bool:
    """Whether a result (the first of several) has a floating-point or complex data type, so that it can track."""
    return backend.dtype((result[0] if isinstance(result, tuple) else result).dtype).kind in "fc"


def foreign_backend(x: Any) -> Backend | None:
    """The backend in use whose arrays `x` is one of."""
    return next((b for b in loaded_backends() if isinstance(x, b.array_type)), None)
