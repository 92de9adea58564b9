"""The four ways to declare an op: elementwise, constant, linear, op.

Elementwise calls of one or two operands, and calls of one operand with parameters (views, reductions), are where an
array program spends its overhead, so these get call bodies and nodes of their own here: no argument handling, no loops
over operands, what is the same for every call computed once. This is the one place for that. Everything they cannot do
at once (subclasses, foreign arrays, forward mode) goes through `op.apply`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

from . import op as core
from .backend import Backend, is_one_of, loaded_backends
from .modes import recording
from .op import (
    ERRORS,
    SCALARS,
    TRANSLATED,
    Handle,
    Needs,
    Node,
    Op,
    Rule,
    SimpleNode,
    Spec,
    View,
    apart,
    apply,
    carries_tangents,
    explain,
    follow,
    is_ours,
    misfit,
    next_key,
    positions_read,
    raw_parameters,
    save,
)
from .reverse import holds_nan, project

if TYPE_CHECKING:
    from apitensor._tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")

Partial = Callable[..., Any] | complex


class Binary(Protocol):
    """The function of an elementwise op of two operands, and what it is as an operator and as a reflected one."""

    op: Elementwise
    operator: Callable[[Tensor, Any], Tensor]
    reflected: Callable[[Tensor, Any], Tensor]

    def __call__(self, x1: Any, x2: Any, /) -> Tensor: ...


class Elementwise(Op):
    """An op whose partial derivatives with respect to its operands are given; both modes follow from them.

    A partial is `partial(xp, y, *operands)`, or a number where it is constant. `rule(saved, g, xp, times)` gives the
    edges and cotangents of a node whose arrays are real, and small where zeros need no care.
    """

    rule: Any = None

    def __init__(
        self, name: str, forward: Callable[..., Any] | None, partials: Sequence[Partial | None], missing: str | None
    ) -> None:
        self.by_name = forward is None
        super().__init__(name, forward or (lambda xp, *arrays: getattr(xp, name)(*arrays)), missing=missing)
        self.partials = tuple(partials)
        self.ours = all(is_ours(p) for p in self.partials if callable(p))
        self.differentiable = bool(partials)
        self.vjps = (None,) * len(self.partials) or None

    def rule_needs(self, operand: int) -> Needs:
        return positions_read(self.partials[operand], 1)

    def pull(
        self, xp: Any, careful: bool, g: Any, y: Any, operands: Any, args: Any, kwargs: Any, links: Any, wanted: Any
    ) -> list[tuple[Node, Any]]:
        times = xp.safe_multiply if careful else xp.multiply
        found = []
        for edge, partial in zip(links, self.partials, strict=True):
            if edge is not None and partial is not None and (wanted is None or edge in wanted):
                p = partial(xp, y, *operands) if callable(partial) else partial
                try:
                    c = _cotangent(xp, times, g, p)
                except (AttributeError, *ERRORS) as error:
                    raise self.unfit(edge, links, p, g, error) from error
                if c.shape != g.shape:
                    raise self.unfit(edge, links, p, g, None)
                found.append((edge, c))
        return found

    def unfit(self, edge: Any, links: Any, p: Any, g: Any, error: Exception | None) -> Exception:
        """The error of a partial derivative that is no array, or whose shape is not the output's."""
        rule = f"the partial derivative for operand {links.index(edge)}"
        return core.unfit(self.name, rule, p, "the output", g.shape, error)

    def pull_large(self, node: Any, g: Any, own: bool) -> tuple[list[tuple[Node, Any]], set[int]]:
        """What `rule` gives, for real numbers in large arrays, whose time goes into fetching memory.

        A product is written over the partial derivative that was made for it, or, where `own` says that the cotangent
        `g` is needed no more, over that; it is left out where `g` is known to be one, as behind a sum. Also returns the
        ids of the cotangents that are nobody else's memory.
        """
        backend = node.backend
        xp = backend.xp
        edges = node.edges()
        *kept, y = node.saved[len(edges) :]
        asking = [
            (edge, partial)
            for edge, partial in zip(edges, self.partials, strict=True)
            if edge is not None and partial is not None
        ]
        ones = xp.is_ones(g)
        pairs: list[tuple[Node, Any]] = []
        mine: set[int] = set()
        passed_on = sum(partial == 1 for _, partial in asking)
        for i, (edge, partial) in enumerate(asking):
            over_g = own and not passed_on and i == len(asking) - 1
            if partial == 1:
                if own and passed_on == 1:
                    mine.add(id(g))
                pairs.append((edge, g))
                continue
            p: Any = partial(xp, y, *kept) if callable(partial) else partial
            array = type(p) is backend.array_type
            same = array and p.dtype == g.dtype
            fits = same and p.shape == g.shape
            made = fits and self.makes_own(backend, p, (g, y, *kept))
            if ones and fits and (made or _absorbs(edge)):
                cotangent = p
            elif made:
                cotangent = xp.overwrite(p, xp.multiply, g, p)
            elif over_g and (same or not array):
                cotangent = xp.overwrite(g, xp.multiply, g, p)
            else:
                cotangent = g * p
                if array and not fits:
                    if cotangent.shape != g.shape:
                        raise self.unfit(edge, edges, p, g, None)
                    cotangent = project(xp, cotangent, g.shape, g.dtype)
            if made or cotangent is not p:
                mine.add(id(cotangent))
            pairs.append((edge, cotangent))
        return pairs, mine

    def makes_own(self, backend: Backend, p: Any, others: Sequence[Any]) -> bool:
        """Whether a partial derivative is memory of its own: not what is kept, and not what somebody's rule holds."""
        return self.ours and not any(type(x) is backend.array_type and backend.aliases(p, x) for x in others)

    def push(self, xp: Any, tangents: Sequence[Any], y: Any, operands: Sequence[Any]) -> Any:
        """The tangent of the output."""
        total = None
        for t, partial in zip(tangents, self.partials, strict=True):
            if t is None or partial is None:
                continue
            p = partial(xp, y, *operands) if callable(partial) else partial
            part = (t if p == 1 else t * p) if isinstance(p, int) else xp.safe_multiply(t, p)
            total = part if total is None else xp.add(total, part)
        return total


def _absorbs(edge: Node) -> bool:
    """Whether a cotangent that goes to a node ends there in products: it may then be an array that somebody holds."""
    return type(edge) is SimpleNode and edge.op is not None and not edge.hooks and 1 not in edge.op.partials


def _conjugate(xp: Any, p: Any) -> Any:
    """The conjugate of a partial derivative that may be complex, real, or a number."""
    if isinstance(p, SCALARS):
        return p.conjugate() if isinstance(p, complex) else p
    return xp.conj(p) if xp.isdtype(p.dtype, "complex floating") else p


def _cotangent(xp: Any, times: Any, g: Any, p: Any) -> Any:
    """`g * conj(p)`."""
    if isinstance(p, int):
        return g if p == 1 else -g if p == -1 else g * p
    return times(g, _conjugate(xp, p))


# The partial derivatives of a product, by name, so that its rule need not call them.


def first_operand(xp: Any, y: Any, a: Any, b: Any) -> Any:
    return a


def second_operand(xp: Any, y: Any, a: Any, b: Any) -> Any:
    return b


# The first-order rules for real numbers, `rule(saved, g, xp, times)`: what `Elementwise.pull` does, without loops and
# with the op's partials in a closure. `times` is `multiply`, or `safe_multiply` in a pass that keeps zeros zero.


def _unary_rule(op: Elementwise) -> Any:
    partial: Any = op.partials[0]

    def by_number(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        return ((saved[0], _cotangent(xp, times, g, partial)),)

    def by_function(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        edge, x, y = saved
        return ((edge, times(g, partial(xp, y, x))),)

    return by_function if callable(partial) else by_number


def _binary_rule(op: Elementwise) -> Any:
    partial_a: Any
    partial_b: Any
    partial_a, partial_b = op.partials

    def general(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        edge_a, edge_b, a, b, y = saved
        return op.pull(xp, times is not xp.multiply, g, y, (a, b), (), {}, (edge_a, edge_b), None)

    def by_numbers(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        edge_a, edge_b, _, _, _ = saved
        if edge_a is None or edge_b is None:
            return general(saved, g, xp, times)
        return ((edge_a, g), (edge_b, g if partial_b == 1 else -g))

    def by_operands(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        edge_a, edge_b, a, b, _ = saved
        if edge_b is None:
            return ((edge_a, times(g, b)),)
        if edge_a is None:
            return ((edge_b, times(g, a)),)
        return ((edge_a, times(g, b)), (edge_b, times(g, a)))

    def by_functions(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        edge_a, edge_b, a, b, y = saved
        if edge_b is None:
            return ((edge_a, times(g, partial_a(xp, y, a, b))),)
        if edge_a is None:
            return ((edge_b, times(g, partial_b(xp, y, a, b))),)
        return (
            (edge_a, times(g, partial_a(xp, y, a, b))),
            (edge_b, times(g, partial_b(xp, y, a, b))),
        )

    if partial_a is second_operand and partial_b is first_operand:
        return by_operands
    if callable(partial_a) and callable(partial_b):
        return by_functions
    return by_numbers if partial_a == 1 and partial_b in (1, -1) else general


def _fitting(op: Elementwise, rule: Any) -> Any:
    """The rule as the engine trusts it: partial derivatives of others may have a wider data type than the output."""
    if op.ours:
        return rule

    def checked(saved: Any, g: Any, xp: Any, times: Any) -> Any:
        pairs = rule(saved, g, xp, times)
        if any(c.shape != g.shape for _, c in pairs):
            raise ValueError("a partial derivative is larger than the output")
        return [(edge, project(xp, c, g.shape, g.dtype)) for edge, c in pairs]

    return checked


# What a call of an elementwise op needs to know of the backend of the last call, which most often is its own too: that
# backend, the class of its arrays, what computes the op on them, and what does so faster for real numbers. It is one
# object, so that threads that use different backends never see half of one and half of another.
Memo = tuple[Backend | None, Any, Any, Any]
_NOTHING: Memo = (None, None, None, None)


def _memo(op: Elementwise, backend: Backend) -> Memo:
    kernel = getattr(backend.xp, op.name) if op.by_name else functools.partial(op.forward, backend.xp)
    if op.foreign:
        kernel = functools.partial(_apart, op, backend, kernel)
    return backend, backend.array_type, kernel, backend.real_kernels.get(op.name)


def _apart(op: Op, backend: Backend, kernel: Any, *arrays: Any) -> Any:
    return apart(op, backend, kernel(*arrays), arrays)


def _unary(op: Elementwise) -> Callable[[Any], Any]:
    memo = _NOTHING
    keeps: Any = None  # whether the node keeps the operand and the output; found at the first recorded call
    if op.partials:
        op.rule = _fitting(op, _unary_rule(op))
    tracks = bool(op.partials)

    def call(x: Any, /) -> Any:
        if type(x) is not core.Tensor:
            return apply(op, (x,), (), {})
        rare = x._rare
        if rare is not None and carries_tangents(x):
            return apply(op, (x,), (), {})
        backend = x._backend
        array = x._array
        nonlocal memo
        home, array_type, kernel, real = memo
        if home is not backend:
            _, array_type, kernel, real = memo = _memo(op, backend)
        if real is not None and array.dtype in backend.real_dtypes:
            kernel = real
        try:
            y = kernel(array)
        except ERRORS as error:
            raise explain(op, (x,), error) from error
        if type(y) is not array_type:
            y = backend.as_array(y)
        elif y is array:  # such as floor() of integers on some backends
            y = backend.xp.asarray(y, copy=True)
        out = core.Tensor()
        out._array = y
        out._backend = backend
        out._rare = None
        out._kept = False
        edge = x._edge
        if edge is None or not tracks or not recording():
            out._edge = None
            return out
        nonlocal keeps
        if keeps is None:
            reads, _ = op.rule_needs(0)
            keeps = (0 in reads, -1 in reads)
        keeps_x, out._kept = keeps
        node = SimpleNode()
        node.op = op
        node.key = next_key()
        node.backend = backend
        node.shape = y.shape
        node.dtype = y.dtype
        node.hooks = None
        if keeps_x:
            if rare is None:
                x._kept = True
            else:
                array = save(x)
        node.saved = (edge, array if keeps_x else None, y if out._kept else None)
        out._edge = node
        return out

    return call


def _binary(op: Elementwise, refuse: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    memo = _NOTHING
    # What the node keeps (first operand, second, output), by which operands track: index 1 for the first alone, 2 for
    # the second alone, 3 for both. Found at the first recorded call.
    keeps: Any = None
    if op.partials:
        op.rule = _fitting(op, _binary_rule(op))
    tracks = bool(op.partials)

    def call(x1: Any, x2: Any, /) -> Any:
        Tensor = core.Tensor
        if type(x1) is Tensor:
            if x1._rare is not None and carries_tangents(x1):
                return refuse(x1, x2)
            backend = x1._backend
            a = x1._array
            edge_a = x1._edge
            if type(x2) is Tensor:
                if x2._rare is not None and carries_tangents(x2):
                    return refuse(x1, x2)
                if x2._backend is not backend:
                    return refuse(x1, x2)
                b = x2._array
                edge_b = x2._edge
            elif type(x2) in SCALARS:
                b = x2
                edge_b = None
            else:
                return refuse(x1, x2)
        elif type(x1) in SCALARS and type(x2) is Tensor:
            if x2._rare is not None and carries_tangents(x2):
                return refuse(x1, x2)
            backend = x2._backend
            a = x1
            edge_a = None
            b = x2._array
            edge_b = x2._edge
        else:
            return refuse(x1, x2)
        nonlocal memo
        home, array_type, kernel, _ = memo
        if home is not backend:
            _, array_type, kernel, _ = memo = _memo(op, backend)
        try:
            y = kernel(a, b)
        except ERRORS as error:
            raise explain(op, (x1, x2), error) from error
        if type(y) is not array_type:
            y = backend.as_array(y)
        out = Tensor()
        out._array = y
        out._backend = backend
        out._rare = None
        if (edge_a is None and edge_b is None) or not tracks or not recording():
            out._edge = None
            out._kept = False
            return out
        tracking = 2 if edge_a is None else 1 if edge_b is None else 3
        if tracking != 3:
            other = b if tracking == 1 else a
            if type(other) is array_type and other.dtype is not y.dtype and other.dtype not in backend.real_dtypes:
                # Of integers partial derivatives may have a wider data type than the output: the engine looks at it.
                out._kept = False
                core.make_node(op, (x1, x2), (), {}, out, backend)
                return out
        nonlocal keeps
        if keeps is None:
            (a_reads, _), (b_reads, _) = op.rule_needs(0), op.rule_needs(1)
            by_tracking = (frozenset[int](), a_reads, b_reads, a_reads | b_reads)
            keeps = [(0 in reads, 1 in reads, -1 in reads) for reads in by_tracking]
        keep_a, keep_b, keep_y = keeps[tracking]
        node = SimpleNode()
        node.op = op
        node.key = next_key()
        node.backend = backend
        node.shape = y.shape
        node.dtype = y.dtype
        node.hooks = None
        if keep_a:
            if a is not x1:
                if x1._rare is None:
                    x1._kept = True
                else:
                    a = save(x1)
        else:
            a = None
        if keep_b:
            if b is not x2:
                if x2._rare is None:
                    x2._kept = True
                else:
                    b = save(x2)
        else:
            b = None
        out._kept = keep_y
        node.saved = (edge_a, edge_b, a, b, y if keep_y else None)
        out._edge = node
        return out

    return call


def _one_operand(op: Op) -> Callable[..., Any]:
    """The call of an op of one operand: what `apply` does, and `make_node`."""
    forward = op.forward
    view = op.view
    keeps: Any = None  # whether the node keeps the operand or its Spec, and the output or its Spec

    def call(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        if type(x) is not core.Tensor or (x._rare is not None and carries_tangents(x)):
            return apply(op, (x,), args, kwargs)
        backend = x._backend
        array = x._array
        raw_args, raw_kwargs = args, kwargs
        for value in (*args, *kwargs.values()) if kwargs else args:
            if type(value) in TRANSLATED:
                raw_args, raw_kwargs = raw_parameters(backend, args, kwargs)
                break
        try:
            y = forward(backend.xp, array, *raw_args, **raw_kwargs)
        except ERRORS as error:
            raise explain(op, (x,), misfit(op, error)) from error
        if op.foreign:
            y = apart(op, backend, y, (array,))
        out: Any
        if type(y) is tuple:
            out = tuple([core.wrap(part, backend) for part in y])
        else:
            if type(y) is not backend.array_type:
                y = backend.as_array(y)
            if y is array and not view:
                y = backend.xp.asarray(y, copy=True)
            out = core.Tensor()
            out._array = y
            out._backend = backend
            out._edge = None
            out._kept = False
            out._rare = View(x, op, args, kwargs) if view else None
        edge = x._edge
        if edge is None or not recording():
            return out
        if not op.differentiable or type(y) is tuple or y.dtype not in backend.real_dtypes:
            follow(op, (x,), args, kwargs, out, True, False)
            return out
        nonlocal keeps
        if keeps is None:
            reads, mentions = op.needs(1)
            keeps = (0 in reads, 0 in mentions, -1 in reads, -1 in mentions)
        reads_x, mentions_x, reads_y, mentions_y = keeps
        node = op.node_class()
        node.op = op
        node.key = next_key()
        node.backend = backend
        node.shape = y.shape
        node.dtype = y.dtype
        node.hooks = None
        node.saved = (
            (edge,),
            (save(x) if reads_x else Spec(array) if mentions_x else None,),
            core.keep(out) if reads_y else Spec(y) if mentions_y else None,
            args,
            kwargs,
            None,
        )
        out._edge = node
        return out

    return call


def is_operand(x: Any) -> bool:
    """Whether an operator takes `x` as its other operand; if not, the other class is asked (`__radd__` and so on)."""
    return isinstance(x, (Handle, *SCALARS)) or any(is_one_of(type(x), b.operand_types) for b in loaded_backends())


def _dress(call: Any, op: Op, doc: str | None) -> Any:
    """Give a built function its name and docstring, and the op behind it."""
    call.__name__ = call.__qualname__ = op.name
    call.__doc__ = doc
    call.__module__ = "apitensor"
    call.__annotations__["return"] = "Tensor"
    call.op = op
    return call


def _elementwise(op: Elementwise, operands: int, doc: str) -> Any:
    if operands == 1:
        return _dress(_unary(op) if op.missing is None else lambda x, /: apply(op, (x,), (), {}), op, doc)
    if operands != 2:
        names = [f"x{i + 1}" for i in range(operands)]

        def several(*xs: Any) -> Any:
            if len(xs) != operands:
                raise TypeError(f"{op.name}() takes {operands} operands, not {len(xs)}")
            return apply(op, xs, (), {})

        several.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(x, inspect.Parameter.POSITIONAL_ONLY) for x in names], return_annotation="Tensor"
        )
        return _dress(several, op, doc)

    def through(x1: Any, x2: Any) -> Any:
        return apply(op, (x1, x2), (), {})

    def unless_foreign(x1: Any, x2: Any) -> Any:
        return apply(op, (x1, x2), (), {}) if is_operand(x1) and is_operand(x2) else NotImplemented

    call = _dress(_binary(op, through) if op.missing is None else through, op, doc)
    call.operator = operator = _dress(_binary(op, unless_foreign) if op.missing is None else unless_foreign, op, None)
    call.reflected = lambda self, other, /: operator(other, self)
    return call


@overload
def elementwise(
    name: str, partial: Partial, /, *, doc: str, forward: Callable[..., Any] | None = ...
) -> Callable[[Any], Tensor]: ...
@overload
def elementwise(
    name: str,
    partial1: Partial | None,
    partial2: Partial | None,
    /,
    *,
    doc: str,
    forward: Callable[..., Any] | None = ...,
) -> Binary: ...
@overload
def elementwise(
    name: str,
    partial1: Partial | None,
    partial2: Partial | None,
    partial3: Partial | None,
    /,
    *partials: Partial | None,
    doc: str,
    forward: Callable[..., Any] | None = ...,
) -> Callable[..., Tensor]: ...
def elementwise(name: str, *partials: Partial | None, doc: str, forward: Callable[..., Any] | None = None) -> Any:
    """Declare an elementwise op by its partial derivatives.

    Parameters
    ----------
    name : the function's name, and that of the backend's function which computes it, unless `forward` does
    partials : one for each operand, `partial(xp, y, *operands)`, where `y` is the output; a number where it is
        constant, None for an operand that nothing goes back to. The node keeps what the partials read and nothing else.
    doc : the docstring
    forward : `forward(xp, *operands)`, where the namespace has no such function

    Returns
    -------
    The function.

    For complex operands the op must be holomorphic in them; others are declared by `op`. An operand whose cotangent is
    zero gets exactly zero, even where its partial derivative is infinite or NaN.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import elementwise, grad
    >>> cube = elementwise("cube", lambda xp, y, x: 3 * x**2, forward=lambda xp, x: x**3, doc="The third power.")
    >>> grad(cube)(xp.asarray(2.0))
    Tensor(12.)
    """
    if all(partial is None for partial in partials):
        raise TypeError(f"elementwise: {name} has no partial derivative; constant() declares such an op")
    return _elementwise(Elementwise(name, forward, partials, None), len(partials), doc)


@overload
def constant(
    name: str,
    operands: Literal[1] = 1,
    *,
    doc: str,
    forward: Callable[..., Any] | None = ...,
    missing: str | None = ...,
) -> Callable[[Any], Tensor]: ...
@overload
def constant(
    name: str,
    operands: Literal[2],
    *,
    doc: str,
    forward: Callable[..., Any] | None = ...,
    missing: str | None = ...,
) -> Binary: ...
@overload
def constant(
    name: str, operands: int, *, doc: str, forward: Callable[..., Any] | None = ..., missing: str | None = ...
) -> Callable[..., Tensor]: ...
def constant(
    name: str, operands: int = 1, *, doc: str, forward: Callable[..., Any] | None = None, missing: str | None = None
) -> Any:
    """Declare an elementwise op whose derivative is zero wherever it exists: its results track nothing.

    Parameters
    ----------
    name : the function's name, and that of the backend's function which computes it, unless `forward` does
    operands : how many it takes
    doc : the docstring
    forward : `forward(xp, *operands)`, where the namespace has no such function
    missing : the message of the TypeError that a tracking operand raises, for an op whose derivative one would expect

    Returns
    -------
    The function.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import constant
    >>> step = constant("step", forward=lambda xp, x: xp.astype(x >= 0, x.dtype), doc="1 from zero on, 0 before.")
    >>> step(xp.asarray([-1.0, 2.0], requires_grad=True))
    Tensor([0., 1.])
    """
    return _elementwise(Elementwise(name, forward, (), missing), operands, doc)


def _general(op: Op, forward: Callable[Concatenate[Any, P], R]) -> Callable[P, R]:
    """The public function of an op that is declared by decorating its forward: the same signature without `xp`."""
    signature = inspect.signature(forward)
    _, *parameters = signature.parameters.values()
    operands = named = sum(p.kind is p.POSITIONAL_ONLY for p in parameters)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        operands = 1 << 30
    # An operand without a rule would lose its gradient unnoticed.
    if op.vjps is not None and not named <= len(op.vjps) <= operands:
        raise TypeError(
            f"{op.name}: {named} operands (positional-only) need {named} rules, one for each or None "
            f"where nothing goes back to it, and {len(op.vjps)} were given"
        )

    # Three forms of one call, for speed: most ops have one operand, or operands and nothing else.
    call: Any
    if operands == 1:
        call = functools.wraps(forward)(_one_operand(op))
    elif operands == len(parameters):

        @functools.wraps(forward)
        def call(*args: Any, **kwargs: Any) -> Any:
            return apply(op, args, (), kwargs)

    else:

        @functools.wraps(forward)
        def call(*args: Any, **kwargs: Any) -> Any:
            return apply(op, args[:operands], args[operands:], kwargs)

    call.__signature__ = signature.replace(parameters=parameters)
    del call.__wrapped__
    call.op = op
    return call


def linear(
    *, transpose: Rule | Sequence[Rule | None], inverse: Rule | None = None, view: bool = False
) -> Callable[[Callable[Concatenate[Any, P], R]], Callable[P, R]]:
    """Declare an op that is linear in its operands, by decorating its forward `f(xp, *operands, **parameters)`.

    Parameters
    ----------
    transpose : the adjoint, `rule(xp, g, y, *operands, **parameters)`; one for each operand where there are several,
        None for an operand in which the op is not linear (a condition, an index). Several operands are linear
        together, as in concat.
    view : whether the results are views of the first operand: writing to one writes to the other
    inverse : `rule(xp, new, base, **parameters)`, the base's value after its view was given the value `new`; a view
        without one refuses to be written to

    Returns
    -------
    A decorator, which gives the function. The tangent of the result is the op itself, applied to the operands'
    tangents.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import grad, linear
    >>> @linear(transpose=lambda xp, g, y, x, factor: factor * g)
    ... def scale(xp, x, /, factor):
    ...     return factor * x
    >>> grad(scale)(xp.asarray(1.0), 3.0)
    Tensor(3.)
    """

    def declare(forward: Callable[Concatenate[Any, P], R]) -> Callable[P, R]:
        rules = (transpose,) if callable(transpose) else tuple(transpose)
        name = forward.__name__.strip("_")
        return _general(Op(name, forward, vjps=rules, linear=True, view=view, inverse=inverse), forward)

    return declare


def op(
    *,
    vjps: Sequence[Rule | None] | None = None,
    joint: Rule | None = None,
    jvp: Rule | None = None,
    careful: Rule | None = None,
    missing: str | None = None,
) -> Callable[[Callable[Concatenate[Any, P], R]], Callable[P, R]]:
    """Declare an op by decorating its forward `f(xp, *operands, **parameters)`; this is also how to add your own.

    Array operands are positional-only (or `*arrays`), parameters follow them; `xp` is left out of the public
    signature. A rule is written over `xp` like the forward. It never handles broadcasting, data types or realness of a
    cotangent: the engine does. What a rule reads of the operands and the output is kept for it, and nothing else.

    Parameters
    ----------
    vjps : one rule for each operand, `rule(xp, g, y, *operands, **parameters)` gives its cotangent; None where there
        is none
    joint : instead, one rule for all: `rule(xp, needs, g, y, *operands, **parameters)` gives a sequence of cotangents,
        with None where `needs` says False or there is none
    jvp : `rule(xp, tangents, y, *operands, **parameters)` gives the output's tangent; a tangent is None for an operand
        that has none. Without it, forward mode transposes the reverse rules.
    careful : `careful(rule, i, xp, g, y, operands, args, kwargs)` gives what `rule`, that of operand `i`, gives (or
        the joint rule, with its `needs` for `i`), but such that a zero in `g` contributes nothing, even where the
        derivative is infinite or NaN. It is called where there is a NaN in a gradient, and always on devices that
        cannot be asked. Without it the rule is called.
    missing : the message of the TypeError that a tracking operand raises, for an op whose derivative one would expect

    Returns
    -------
    A decorator, which gives the function. With no rule at all, its results track nothing.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import op
    >>> @op(vjps=(lambda xp, g, y, x: g * 3 * x**2,))
    ... def cube(xp, x, /):
    ...     return x * x * x
    >>> x = xp.asarray(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    Tensor(12.)
    """
    if vjps is not None and joint is not None:
        raise TypeError("op: there is a rule for each operand, vjps, or one for all, joint, and not both")
    if vjps is None and joint is None and not (jvp is None and careful is None):
        raise TypeError("op: jvp and careful stand beside vjps or joint; without these the results track nothing")

    def declare(forward: Callable[Concatenate[Any, P], R]) -> Callable[P, R]:
        name = forward.__name__.strip("_")
        return _general(Op(name, forward, vjps=vjps, joint=joint, jvp=jvp, careful=careful, missing=missing), forward)

    return declare


def careful_product(
    rule: Rule, i: int, xp: Any, g: Any, y: Any, operands: Sequence[Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """How the rules of a product of two operands keep zeros: `careful` of `op` for matrix products and their like.

    The rule must be linear in `g` and in the other operand `p`, with coefficients that are not negative. It is called
    again with zeros for what is not finite in `p`; but where something that is not finite meets a cotangent that is not
    zero, which the rule itself finds out of ones and zeros, the cotangent stays what it is. Both are recorded as any
    other product, so derivatives of every order follow.

    Twice more the arithmetic of a matrix product is too much for what is most often in order. So the cotangent is asked
    first whether there is a NaN in it, and on devices that cannot be asked it stays what it is.
    """

    def apply_rule(g: Any, p: Any) -> Any:
        both = (operands[0], p) if i == 0 else (p, operands[1])
        return rule(xp, g, y, *both, *args, **kwargs)

    p = operands[1 - i]
    plain = apply_rule(g, p)
    home = plain._backend.xp if xp is core.namespace else xp
    if not home.host or not holds_nan(home, plain):
        return plain
    odd = xp.astype(xp.logical_not(_is_finite(xp, p)), p.dtype)
    met = apply_rule(xp.astype(xp.not_equal(g, 0), g.dtype), odd)
    return xp.where(xp.not_equal(met, 0), plain, apply_rule(g, _finite_part(xp, p)))


def _is_finite(xp: Any, x: Any) -> Any:
    """Where an array is finite, and the tangents that it carries are."""
    finite = xp.isfinite(x)
    for t in _tangents(x).values():
        finite = xp.logical_and(finite, _is_finite(xp, t))
    return finite


def _finite_part(xp: Any, x: Any) -> Any:
    """Zero where `x` is not finite; likewise the tangents that it carries, each by itself."""
    out = xp.where(xp.isfinite(x), x, xp.zeros_like(x))
    if _tangents(out):
        out._tangents = {level: _finite_part(xp, t) for level, t in out._tangents.items()}
    return out


def _tangents(x: Any) -> dict[int, Any]:
    return (x._tangents or {}) if isinstance(x, Handle) else {}


def within(xp: Any, function: Any, *args: Any) -> Any:
    """Call an op within a rule: on tensors the op itself, so that it is recorded, on arrays its forward."""
    return function(*args) if xp is core.namespace else function.op.forward(xp, *args)
