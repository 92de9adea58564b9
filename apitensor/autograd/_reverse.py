"""Reverse mode: gradients of recorded tensors, and of functions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from apitensor._core import op as core
from apitensor._core.op import Handle
from apitensor._core.reverse import ones_like, pull_back, seed

from . import _tree
from ._trace import Trace, check_function, chosen, is_inexact, numbered, restricted, vector


def gradients(
    outputs: Any,
    inputs: Any,
    cotangents: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    allow_unused: bool = False,
) -> Any:
    """Give the gradients of recorded tensors with respect to others, and leave every `grad` alone.

    Parameters
    ----------
    outputs : a tensor, or a container of tensors, that were computed from the inputs
    inputs : a tensor, or a container of tensors, leaves or intermediate results
    cotangents : what the outputs are weighted with, in the structure of the outputs; may be left out for real outputs
        of one element, where it is 1. The gradients of several outputs add up.
    create_graph : record the derivative's own computation, so that it can be differentiated
    retain_graph : keep what the graph holds for another call; by default only with `create_graph`
    allow_unused : give None for an input that no output was computed from, and raise no error

    Returns
    -------
    The gradients, in the structure of the inputs; each has the shape and data type of its input.

    Convention: for a real loss L and complex x the gradient is dL/dRe(x) + i dL/dIm(x).

    Raises
    ------
    RuntimeError : an input or output tracks nothing, an output needs a cotangent, the graph was freed, or an input is
        unused.
    ValueError : the cotangents have another structure or shape, or are on another device.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([1.0, 2.0], requires_grad=True)
    >>> y = xp.sum(x**3)
    >>> xp.autograd.gradients(y, x)
    Tensor([ 3., 12.])
    >>> x.grad is None
    True
    """
    ys, out_structure = _tree.flatten(outputs)
    xs, structure = _tree.flatten(inputs)
    if cotangents is None:
        weights: list[Any] = [None] * len(ys)
    else:
        weights = _tree.flatten_like(cotangents, out_structure, "gradients: cotangents", "the outputs")
    names, out_names = _tree.Names(structure, "inputs"), _tree.Names(out_structure, "outputs")
    for i, x in enumerate(xs):
        if not isinstance(x, Handle):
            raise TypeError(f"gradients: {names[i]} is of type {type(x).__name__}, and a tensor is needed")
        core.value(x)
        if x._edge is None:
            raise RuntimeError(f"gradients: {names[i]} tracks nothing; say requires_grad_() before computing with it")
    for i, y in enumerate(ys):
        if not isinstance(y, Handle):
            raise TypeError(f"gradients: {out_names[i]} is of type {type(y).__name__}, and a tensor is needed")
    starts = [seed(y, weight, "gradients") for y, weight in zip(ys, weights, strict=True)]
    if not xs:
        return inputs
    retain = create_graph if retain_graph is None else retain_graph
    (found,) = pull_back([starts], create_graph=create_graph, retain_graph=retain, inputs=[x._edge for x in xs])
    results = [found.get(x._edge) for x in xs]
    if len(found) < len(xs):  # an input that is given twice has two gradients, which can be written to one by one
        results = [None if g is None else core.snapshot(g) for g in results]
    if not allow_unused:
        unused = [names[i] for i, g in enumerate(results) if g is None]
        if unused:
            raise RuntimeError(
                f"gradients: no output was computed from {', '.join(unused)}; allow_unused=True gives None for such"
            )
    return _tree.unflatten(structure, results)


def value_and_grad(
    fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Make a function that gives both the value of `fun` and its gradient.

    Parameters
    ----------
    fun : a function of tensors (or nested containers of them) that returns a real scalar
    argnums : the positional argument to differentiate with respect to, counted from the end if negative; or several
    has_aux : `fun` returns a pair (value, aux), and only the value is differentiated

    Returns
    -------
    A function with the arguments of `fun` that returns (value, gradient), or ((value, aux), gradient) with `has_aux`.
    The gradient has the structure of the argument; with several `argnums` it is a tuple. Numbers among the arguments
    count as tensors. An argument that the value does not depend on has gradient zero; None in a container, such as a
    bias that is left out, has gradient None.

    Convention: for complex x the gradient is dL/dRe(x) + i dL/dIm(x), the direction of steepest ascent, as in PyTorch;
    JAX gives its conjugate. Derivatives may be nested in any order, and the gradient stays connected to whatever else
    tracks: tensors that `fun` closes over, and arguments that track themselves. Inside `no_grad()` it tracks nothing.

    Raises
    ------
    TypeError : the argument is no floating-point or complex tensor, or the value is no real floating-point scalar.
    ValueError : `argnums` is out of range, or the value is no scalar.

    Examples
    --------
    >>> import apitensor as xp
    >>> f = xp.autograd.value_and_grad(lambda p: xp.sum(p["w"] ** 2) + p["b"])
    >>> f({"w": xp.asarray([1.0, 3.0]), "b": 0.5})
    (Tensor(10.5), {'w': Tensor([2., 6.]), 'b': Tensor(1.)})
    """
    return _value_and_grad(fun, argnums, has_aux, "value_and_grad")


def _value_and_grad(
    fun: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, what: str
) -> Callable[..., tuple[Any, Any]]:
    check_function(fun, what)
    numbers, single = numbered(argnums, what)

    @functools.wraps(fun)
    def derivative(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        positions = chosen(numbers, args, what)
        trace = Trace(
            restricted(fun, args, kwargs, positions),
            tuple([args[n] for n in positions]),
            what,
            labels=[f"argument {n}" for n in positions],
            has_aux=has_aux,
            optional=True,
        )
        loss = _check_loss(trace, what)
        (found,) = trace.pull([[ones_like(loss)]])
        gradient = _tree.unflatten(trace.structure, found)
        value = trace.result()
        return ((value, trace.aux) if has_aux else value), (gradient[0] if single else gradient)

    return derivative


def _check_loss(trace: Trace, what: str) -> Any:
    """The value that a gradient is taken of."""
    cure = "for others there are vjp, jvp and jacobian"
    loss: Any = trace.outputs[0] if len(trace.outputs) == 1 else None
    if loss is None or trace.out_structure.num_nodes != 1:
        kind = type(_tree.unflatten(trace.out_structure, trace.outputs)).__name__
        raise TypeError(f"{what}: the function must return a real scalar, not {kind}; {cure} (has_aux=True for a pair)")
    if loss.shape != ():
        raise ValueError(f"{what}: the function must return a real scalar, not a tensor of shape {loss.shape}; {cure}")
    if loss.dtype.kind == "c":
        raise TypeError(
            f"{what}: the function returned {loss.dtype}; take real(), imag() or abs() of it, or see jacobian"
        )
    if not is_inexact(loss):
        raise TypeError(f"{what}: the function returned {loss.dtype}, which has no derivative")
    return loss


def grad(fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Make a function that gives the gradient of `fun`.

    Parameters
    ----------
    fun : a function of tensors (or nested containers of them) that returns a real scalar
    argnums : the positional argument to differentiate with respect to, counted from the end if negative; or several
    has_aux : `fun` returns a pair (value, aux), and only the value is differentiated

    Returns
    -------
    A function with the arguments of `fun` that returns the gradient, or (gradient, aux) with `has_aux`. Structure,
    convention for complex arguments, nesting and errors are those of `value_and_grad`.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import grad
    >>> grad(xp.sin)(0.0)
    Tensor(1.)
    >>> grad(grad(grad(lambda x: x**4)))(2.0)
    Tensor(48.)
    >>> grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (Tensor(3.), Tensor(2.))
    """
    return gradient_of(fun, argnums, has_aux, "grad")


def gradient_of(fun: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, what: str) -> Callable[..., Any]:
    """`grad` for another transform, by whose name the messages go."""
    both = _value_and_grad(fun, argnums, has_aux, what)

    @functools.wraps(fun)
    def gradient_of_fun(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return gradient_of_fun


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Run a function and give its result and the function that pulls cotangents back: vector-Jacobian products.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns such
    primals : its arguments; integer tensors and None are let through and have no cotangent
    has_aux : `fun` returns a pair (result, aux), and only the result is differentiated

    Returns
    -------
    (result, pull), or (result, pull, aux) with `has_aux`. `pull(cotangent)` takes the cotangent of the result, in its
    structure with None for zero, and returns a tuple of the primals' cotangents. It may be called any number of times,
    and the function is not run again.

    Convention: a cotangent c of z pairs with a change dz as Re(conj(c) dz).

    Raises
    ------
    TypeError, ValueError : a primal or a result cannot be differentiated; a cotangent does not fit the result.

    Examples
    --------
    >>> import apitensor as xp
    >>> y, pull = xp.autograd.vjp(lambda a, b: a * b, xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0]))
    >>> y
    Tensor([3., 8.])
    >>> pull(xp.asarray([1.0, 10.0]))
    (Tensor([ 3., 40.]), Tensor([ 1., 20.]))
    """
    check_function(fun, "vjp")
    trace = Trace(fun, primals, "vjp", has_aux=has_aux, integers=True)
    names = _tree.Names(trace.out_structure, "cotangent")

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = _tree.flatten_like(cotangent, trace.out_structure, "vjp: the cotangent", "the result")
        vectors = [
            vector(c, y, names, i, "vjp", "result") for i, (c, y) in enumerate(zip(given, trace.outputs, strict=True))
        ]
        (found,) = trace.pull([vectors])
        return _tree.unflatten(trace.structure, found)

    return (trace.result(), pull, trace.aux) if has_aux else (trace.result(), pull)
