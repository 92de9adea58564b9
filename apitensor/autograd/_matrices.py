"""Jacobian and Hessian matrices, and the product of the latter with a vector."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from apitensor._core import op as core
from apitensor._core.modes import is_grad_enabled

from . import _tree
from ._forward import linear_map, primals_and_tangents
from ._reverse import gradient_of
from ._trace import Trace, check_function, chosen, is_inexact, numbered, restricted


def jacobian(
    fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """Make a function that gives the Jacobian of `fun`, by the cheaper mode.

    The function is run once; then there is one pull-back for every element of the result, or one push-forward for every
    element of the arguments, whichever are fewer.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns such
    argnums : the positional argument to differentiate with respect to, counted from the end if negative; or several
    has_aux : `fun` returns a pair (result, aux), and only the result is differentiated
    holomorphic : `fun` takes complex tensors to complex tensors and has a complex derivative, which is wanted

    Returns
    -------
    A function with the arguments of `fun`. It returns, in the structure of the result, for every tensor y in it, the
    structure of the argument (a tuple with several `argnums`) with tensors of shape `y.shape + x.shape`, and None for
    a None in it. With `has_aux` it returns that and aux, a pair.

    Convention: for real x and complex y the derivative is complex; for complex x and real y it is dy/dRe(x) + i
    dy/dIm(x), like `grad`; for complex x and y it is dy/dx, and `holomorphic` must say that this exists.

    Raises
    ------
    TypeError : an argument or the result cannot be differentiated, or complex ones meet without `holomorphic`.
    ValueError : `argnums` is out of range.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.autograd.jacobian(lambda x: xp.stack([x[0] * x[1], xp.exp(x[0])]))(xp.asarray([0.0, 3.0]))
    Tensor([[3., 0.],
            [1., 0.]])
    """
    return _jacobian(fun, argnums, has_aux, holomorphic, "jacobian")


def _jacobian(
    fun: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, holomorphic: bool, what: str
) -> Callable[..., Any]:
    check_function(fun, what)
    numbers, single = numbered(argnums, what)

    @functools.wraps(fun)
    def jacobian_of_fun(*args: Any, **kwargs: Any) -> Any:
        positions = chosen(numbers, args, what)
        trace = Trace(
            restricted(fun, args, kwargs, positions),
            tuple([args[n] for n in positions]),
            what,
            labels=[f"argument {n}" for n in positions],
            has_aux=has_aux,
            optional=True,
        )
        _check_complex(trace, holomorphic, what)
        n_in, n_out = (sum(_weight(x, holomorphic) for x in xs) for xs in (trace.inputs, trace.outputs))
        blocks = _by_rows(trace, holomorphic) if n_out <= n_in else _by_columns(trace, holomorphic)
        structure = trace.structure.child(0) if single else trace.structure
        matrix = _tree.unflatten(trace.out_structure, [_tree.unflatten(structure, row) for row in blocks])
        return (matrix, trace.aux) if has_aux else matrix

    return jacobian_of_fun


def _check_complex(trace: Trace, holomorphic: bool, what: str) -> None:
    for y in trace.outputs:
        if not is_inexact(y) and not (y is None and what == "hessian"):  # there it is the gradient of a None
            given = "None" if y is None else str(y.dtype)
            raise TypeError(f"{what}: the function returned {given}; floating-point or complex tensors are needed")
    inputs, outputs = ([x.dtype.kind == "c" for x in xs if x is not None] for xs in (trace.inputs, trace.outputs))
    if holomorphic and not all(inputs + outputs):
        raise TypeError(f"{what}: holomorphic=True is for complex arguments and results; there are real ones")
    if not holomorphic and any(inputs) and any(outputs):
        if what == "hessian":
            raise TypeError("hessian: the arguments must be real; there is hvp for complex ones")
        raise TypeError(
            f"{what}: a complex function of a complex argument has a complex derivative only if it is holomorphic: say "
            "so by holomorphic=True, or differentiate its real and imaginary parts"
        )


def _weight(x: Any, holomorphic: bool) -> int:
    """How many passes the elements of a tensor take: two for a complex number unless the function is holomorphic."""
    return 0 if x is None else int(x.size) * (2 if x.dtype.kind == "c" and not holomorphic else 1)


def _basis(x: Any) -> Iterator[Any]:
    """The unit vectors of a tensor's shape: the rows of one array."""
    backend, array = x._backend, x._array
    xp = backend.xp
    rows = xp.reshape(xp.eye(x.size, dtype=array.dtype, device=array.device), (x.size, *x.shape))
    for i in range(x.size):
        yield core.wrap(rows[i, ...], backend, kept=True)


def _assemble(parts: list[Any], y: Any, x: Any, last: bool) -> Any:
    """The block of an output and an input from its rows, or (last) from its columns; None where one of them is None."""
    if y is None or x is None:
        return None
    xp = core.namespace
    shape, like = y.shape + x.shape, y if last else x
    if not parts:
        return xp.zeros(shape, dtype=like.dtype, device=like.device)
    return xp.reshape(xp.stack(parts, axis=-1 if last else 0), shape)


def _sweep(
    map_all: Callable[[list[list[Any]]], list[list[Any]]], sources: list[Any], holomorphic: bool
) -> list[list[list[Any]]]:
    """For every source and every element of it: what a linear map gives for the unit vector there, a list over the
    targets.

    Where the source is complex and the function not holomorphic, a second vector with the imaginary unit gives the
    imaginary part.
    """
    swept: list[list[list[Any]]] = []
    for k, x in enumerate(sources):
        if x is None:
            swept.append([])
            continue
        before, after = [None] * k, [None] * (len(sources) - k - 1)
        unit = list(_basis(x))
        rows = map_all([[*before, e, *after] for e in unit])
        if x.dtype.kind == "c" and not holomorphic:
            imaginary = map_all([[*before, 1j * e, *after] for e in unit])
            rows = [[a + 1j * b for a, b in zip(*pair, strict=True)] for pair in zip(rows, imaginary, strict=True)]
        swept.append(rows)
    return swept


def _by_rows(trace: Trace, holomorphic: bool) -> list[list[Any]]:
    """The blocks by one pull-back for every element of the outputs; of a complex row it gives the conjugate."""
    blocks = []
    record = is_grad_enabled() and trace.outside  # the unit vectors track nothing
    swept = _sweep(functools.partial(trace.pull, record=record), trace.outputs, holomorphic)
    for y, rows in zip(trace.outputs, swept, strict=True):
        columns = [[row[k] for row in rows] for k in range(len(trace.inputs))]
        line = [_assemble(part, y, x, False) for x, part in zip(trace.inputs, columns, strict=True)]
        if holomorphic:
            line = [block if block is None else core.namespace.conj(block) for block in line]
        blocks.append(line)
    return blocks


def _by_columns(trace: Trace, holomorphic: bool) -> list[list[Any]]:
    """The blocks by one push-forward for every element of the inputs."""
    swept = _sweep(linear_map(trace), trace.inputs, holomorphic)
    return [
        [
            _assemble([column[k] for column in columns], y, x, True)
            for x, columns in zip(trace.inputs, swept, strict=True)
        ]
        for k, y in enumerate(trace.outputs)
    ]


def hessian(fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Make a function that gives the matrix of second derivatives of `fun`.

    Parameters
    ----------
    fun : a function of real tensors, or nested containers of them, that returns a real scalar
    argnums : the positional argument to differentiate with respect to, counted from the end if negative; or several
    has_aux : `fun` returns a pair (value, aux), and only the value is differentiated

    Returns
    -------
    A function with the arguments of `fun`. It returns, in the structure of the argument (a tuple with several
    `argnums`), for every tensor a in it, that structure again, with tensors of shape `a.shape + b.shape`. With
    `has_aux` it returns that and aux, a pair. `fun` is run once.

    Raises
    ------
    TypeError : the argument is no real floating-point tensor (for complex ones there is `hvp`), or the value no real
        scalar.
    ValueError : `argnums` is out of range, or the value is no scalar.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.autograd.hessian(lambda x: x[0] ** 2 * x[1])(xp.asarray([1.0, 2.0]))
    Tensor([[4., 2.],
            [2., 0.]])
    """
    return _jacobian(gradient_of(fun, argnums, has_aux, "hessian"), argnums, has_aux, False, "hessian")


def hvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Give the product of a function's Hessian with a vector, without the Hessian: reverse over reverse.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns a real scalar
    primals : its arguments, a tuple or list
    tangents : the vector, in the structure, shapes and data types of the primals; None is zero
    has_aux : `fun` returns a pair (value, aux), and only the value is differentiated

    Returns
    -------
    The directional derivative of the gradient: in the structure of the argument for a single primal, a tuple for
    several. With `has_aux`, that and aux, a pair.

    Raises
    ------
    TypeError, ValueError : as `grad` and `jvp`.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.autograd.hvp(lambda x: xp.sum(x**3), (xp.asarray([1.0, 2.0]),), (xp.asarray([1.0, 1.0]),))
    Tensor([ 6., 12.])
    """
    _, _, vectors = primals_and_tangents(primals, tangents, "hvp")
    gradient = gradient_of(fun, tuple(range(len(primals))), has_aux, "hvp")
    trace = Trace(gradient, tuple(primals), "hvp", has_aux=has_aux, optional=True)
    (products,) = trace.pull([vectors])  # the Hessian is symmetric
    product = _tree.unflatten(trace.structure, products)
    product = product[0] if len(primals) == 1 else product
    return (product, trace.aux) if has_aux else product
