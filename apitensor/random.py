"""Random tensors: generators with the names of `numpy.random.Generator`, on every device. Not part of the standard.

`default_rng(seed)` makes a generator; the functions of this module draw from a default one, which `manual_seed` seeds.
Results track nothing, unless a parameter of location or scale does: then they are a differentiable function of it, for
a fixed draw (the "reparametrisation trick"). A parameter that has no such form raises if it tracks.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from ._core.backend import Backend, Device, as_device, default_device, get_backend
from ._core.dtypes import DType, as_dtype, float32, float64
from ._core.op import SCALARS, same_device, value, wrap
from ._standard.creation import asarray
from ._standard.data_types import astype, result_type
from ._standard.indexing import take
from ._standard.inspection import __array_namespace_info__ as namespace_info
from ._standard.manipulation import as_axis, as_shape, broadcast_shapes, reshape
from ._tensor import Tensor

__all__ = [
    "Generator",
    "beta",
    "binomial",
    "choice",
    "default_rng",
    "exponential",
    "gamma",
    "get_state",
    "integers",
    "manual_seed",
    "normal",
    "permutation",
    "poisson",
    "random",
    "set_state",
    "standard_normal",
    "uniform",
]


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a type checker is to know what there is

    def __getattr__(name):
        from ._elsewhere import missing

        raise missing(__name__, name)


P = ParamSpec("P")
R = TypeVar("R")
Size = int | Sequence[int] | None


class Generator:
    """Draws random tensors on one device; made by `default_rng`.

    Names and distributions are those of `numpy.random.Generator`, and on the CPU so are the numbers. `size` is the
    shape of the result: an integer, a sequence, or None for what the parameters broadcast to. Where `dtype` can be
    given and is not, it is that of the floating-point parameters, or else the device's default.

    Parameters
    ----------
    seed : None (a fresh one from the system), an integer, a sequence of integers, or what else the backend takes
    device : where results are put; by default the default device

    Source: numpy.random, Generator.

    Examples
    --------
    >>> import apitensor as xp
    >>> rng = xp.random.default_rng(0)
    >>> rng.normal(size=(2, 3)).shape
    (2, 3)
    """

    __slots__ = ("_backend", "_device", "_float", "_integer", "_raw", "_source")

    def __init__(self, seed: Any = None, device: Any = None) -> None:
        self._device = default_device() if device is None else as_device(device)
        self._backend = self._device.backend
        # A backend without a generator of its own gets what the CPU draws.
        self._source: Backend = self._backend if self._backend.default_rng is not None else get_backend("cpu")
        if self._source.default_rng is None:
            raise NotImplementedError(
                f"neither backend {self._backend.name!r} nor the one for 'cpu' has a random generator"
            )
        source_device = self._device if self._source is self._backend else self._source.default_device
        self._raw = self._source.default_rng(seed, source_device.raw)
        defaults = namespace_info().default_dtypes(device=self._device)
        self._float, self._integer = defaults["real floating"], defaults["integral"]

    @property
    def device(self) -> Device:
        """The device that results are on.

        Examples
        --------
        >>> import apitensor as xp
        >>> print(xp.random.default_rng(0, device="cpu").device)
        cpu
        """
        return self._device

    @property
    def state(self) -> Any:
        """The state, to save and to set again; the draws that follow are then the same. Generators can be pickled, too.

        Examples
        --------
        >>> import apitensor as xp
        >>> rng = xp.random.default_rng(0)
        >>> state = rng.state
        >>> first = rng.random(3)
        >>> rng.state = state
        >>> bool(xp.all(rng.random(3) == first))
        True
        """
        return self._raw.bit_generator.state

    @state.setter
    def state(self, state: Any) -> None:
        self._raw.bit_generator.state = state

    def __repr__(self) -> str:
        return f"<random generator on {self._device}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._device, self.state)

    # ---- how every draw is made

    def _draw(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """What the raw generator draws, with its name in the error if it does not."""
        try:
            return getattr(self._raw, method)(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{method}: {error}") from error

    def _wrap(self, drawn: Any, dtype: DType | None = None) -> Tensor:
        """What the raw generator drew, as a tensor on the device."""
        drawn = self._source.as_array(drawn)
        if dtype is not None:
            xp: Any = self._source.xp
            drawn = xp.astype(drawn, self._source.raw_dtype(dtype), copy=False)
        if self._source is not self._backend:
            drawn = self._backend.from_numpy(self._source.to_numpy(drawn), self._device.raw)
        return wrap(drawn, self._backend)

    def _here(self, method: str, name: str, x: Any) -> Tensor:
        """An argument as a tensor on the device."""
        if not isinstance(x, Tensor):
            x = asarray(x, device=self._device)
        same_device(method, name, x, "the generator", self)
        return x

    def _parameter(self, method: str, name: str, x: Any, at_least: float | None = None) -> Any:
        """A parameter as a Python number or a real tensor on the device, none of it below `at_least`."""
        number = type(x) in SCALARS
        if not number:
            x = self._here(method, name, x)
        if type(x) is complex if number else x.dtype.kind == "c":
            raise TypeError(f"{method}: {name} is complex")
        # Where a test would have to wait for the device nothing is tested.
        if at_least is not None and (number or self._backend.host):
            xp: Any = self._backend.xp
            if x < at_least if number else bool(xp.any(value(x) < at_least)):
                raise ValueError(f"{method}: {name} must be at least {at_least}")
        return x

    def _fixed(self, method: str, name: str, x: Any, at_least: float | None = None) -> Any:
        """A parameter that the draw has no derivative for, as the raw generator takes it."""
        x = self._parameter(method, name, x, at_least)
        if not isinstance(x, Tensor):
            return x
        raw = value(x)
        if x._edge is not None or x._tangents is not None:
            raise TypeError(f"{method}: a draw has no derivative with respect to {name}; {name}.detach() says so")
        return raw if self._source is self._backend else self._backend.to_numpy(raw)

    def _float_dtype(self, method: str, dtype: Any, *parameters: Any) -> DType:
        if dtype is None:
            given = [x.dtype for x in parameters if isinstance(x, Tensor) and x.dtype in (float32, float64)]
            return result_type(*given) if given else self._float
        wanted = as_dtype(dtype)
        if wanted not in (float32, float64):
            raise TypeError(f"{method}: the data type is float32 or float64, not {wanted}")
        return wanted

    def _standard(self, method: str, size: tuple[int, ...], dtype: DType, *parameters: Any) -> Tensor:
        """A draw from the raw generator's distribution of that name that has no location and scale."""
        return self._wrap(self._draw(method, *parameters, size=size, dtype=self._source.raw_dtype(dtype)))

    # ---- distributions with a location and a scale: differentiable in both

    def random(self, size: Size = None, *, dtype: Any = None) -> Tensor:
        """Draw uniformly from [0, 1).

        Parameters
        ----------
        size : the shape; None for no dimension
        dtype : float32 or float64

        Returns
        -------
        The given data type, or the device's default one.

        Derivative: none; the result tracks nothing.

        Source: numpy.random.Generator, random.

        Examples
        --------
        >>> import apitensor as xp
        >>> x = xp.random.default_rng(0).random((2, 3))
        >>> bool(xp.all((x >= 0) & (x < 1)))
        True
        """
        return self._standard("random", _shape("random", size), self._float_dtype("random", dtype))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None, *, dtype: Any = None) -> Tensor:
        """Draw uniformly from [low, high); rounding may give `high` itself.

        Parameters
        ----------
        low, high : real; may be tensors
        size : the shape; None for that of the parameters
        dtype : float32 or float64

        Returns
        -------
        The given data type, or that of floating-point parameters, or the device's default one.

        Raises
        ------
        TypeError : a parameter is complex.

        Derivative: that of `low + (high - low) * u` for the fixed draw u.

        Source: numpy.random.Generator, uniform.

        Examples
        --------
        >>> import apitensor as xp
        >>> x = xp.random.default_rng(0).uniform(-1.0, 1.0, size=4)
        >>> bool(xp.all(xp.abs(x) <= 1))
        True
        """
        low, high = self._parameter("uniform", "low", low), self._parameter("uniform", "high", high)
        dtype = self._float_dtype("uniform", dtype, low, high)
        u = self._standard("random", _shape("uniform", size, low, high), dtype)
        return _as(low + (high - low) * u, dtype)

    def standard_normal(self, size: Size = None, *, dtype: Any = None) -> Tensor:
        """Draw from the normal distribution of mean 0 and standard deviation 1.

        Its density is `exp(-(x**2) / 2) / sqrt(2 * pi)`.

        Parameters
        ----------
        size : the shape; None for no dimension
        dtype : float32 or float64

        Returns
        -------
        The given data type, or the device's default one.

        Derivative: none; the result tracks nothing.

        Source: numpy.random.Generator, standard_normal.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.random.default_rng(0).standard_normal(5, dtype=xp.float32).dtype
        apitensor.float32
        """
        dtype = self._float_dtype("standard_normal", dtype)
        return self._standard("standard_normal", _shape("standard_normal", size), dtype)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, *, dtype: Any = None) -> Tensor:
        """Draw from a normal distribution.

        Parameters
        ----------
        loc, scale : mean and standard deviation, real; may be tensors
        size : the shape; None for that of the parameters
        dtype : float32 or float64

        Returns
        -------
        The given data type, or that of floating-point parameters, or the device's default one.

        Raises
        ------
        ValueError : `scale` is negative (tested where the device need not be waited for).
        TypeError : a parameter is complex.

        Derivative: that of `loc + scale * z` for the fixed draw z.

        Source: numpy.random.Generator, normal.

        Examples
        --------
        >>> import apitensor as xp
        >>> mean = xp.zeros(3).requires_grad_()
        >>> xp.sum(xp.random.default_rng(0).normal(mean, 0.1)).backward()
        >>> mean.grad
        Tensor([1., 1., 1.])
        """
        loc, scale = self._parameter("normal", "loc", loc), self._parameter("normal", "scale", scale, 0)
        dtype = self._float_dtype("normal", dtype, loc, scale)
        z = self._standard("standard_normal", _shape("normal", size, loc, scale), dtype)
        return _as(loc + scale * z, dtype)

    def exponential(self, scale: Any = 1.0, size: Size = None, *, dtype: Any = None) -> Tensor:
        """Draw from an exponential distribution.

        Its density is `exp(-x / scale) / scale` for positive x.

        Parameters
        ----------
        scale : the mean, real; may be a tensor
        size : the shape; None for that of the parameter
        dtype : float32 or float64

        Returns
        -------
        The given data type, or that of a floating-point `scale`, or the device's default one.

        Raises
        ------
        ValueError : `scale` is negative (tested where the device need not be waited for).
        TypeError : `scale` is complex.

        Derivative: that of `scale * z` for the fixed draw z.

        Source: numpy.random.Generator, exponential.

        Examples
        --------
        >>> import apitensor as xp
        >>> bool(xp.all(xp.random.default_rng(0).exponential(2.0, size=3) >= 0))
        True
        """
        scale = self._parameter("exponential", "scale", scale, 0)
        dtype = self._float_dtype("exponential", dtype, scale)
        return _as(scale * self._standard("standard_exponential", _shape("exponential", size, scale), dtype), dtype)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Size = None) -> Tensor:
        """Draw from a gamma distribution of mean `shape * scale`.

        Its density is proportional to `x**(shape - 1) * exp(-x / scale)` for positive x.

        Parameters
        ----------
        shape, scale : real; may be tensors
        size : the shape of the result; None for that of the parameters

        Returns
        -------
        The device's default floating-point data type.

        Raises
        ------
        TypeError : `shape` tracks a gradient.
        ValueError : a parameter is negative (tested where the device need not be waited for).

        Derivative: with respect to `scale`, that of `scale * z` for the fixed draw z; for `shape` there is none.

        Source: numpy.random.Generator, gamma.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.random.default_rng(0).gamma(xp.asarray([1.0, 2.0]), size=(5, 2)).shape
        (5, 2)
        """
        raw_shape = self._fixed("gamma", "shape", shape, 0)
        scale = self._parameter("gamma", "scale", scale, 0)
        size = _shape("gamma", size, raw_shape, scale)
        z = self._wrap(self._draw("standard_gamma", raw_shape, size=size), self._float)
        return _as(scale * z, self._float)

    # ---- distributions without a derivative

    def beta(self, a: Any, b: Any, size: Size = None) -> Tensor:
        """Draw from a beta distribution.

        Its density is proportional to `x**(a - 1) * (1 - x)**(b - 1)` between 0 and 1.

        Parameters
        ----------
        a, b : positive; may be tensors
        size : the shape; None for that of the parameters

        Returns
        -------
        The device's default floating-point data type; numbers from 0 to 1.

        Raises
        ------
        TypeError : a parameter tracks a gradient.
        ValueError : a parameter is not positive (tested where the device need not be waited for).

        Derivative: none; a parameter that tracks must be detached.

        Source: numpy.random.Generator, beta.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.random.default_rng(0).beta(2.0, 3.0, size=4).shape
        (4,)
        """
        a, b = self._fixed("beta", "a", a), self._fixed("beta", "b", b)
        return self._wrap(self._draw("beta", a, b, size=_shape("beta", size, a, b)), self._float)

    def binomial(self, n: Any, p: Any, size: Size = None) -> Tensor:
        """Draw how many of `n` independent trials succeed.

        The number k has the probability `n! / (k! * (n - k)!) * p**k * (1 - p)**(n - k)`.

        Parameters
        ----------
        n : the number of trials, integer; may be a tensor
        p : the probability of a success; may be a tensor
        size : the shape; None for that of the parameters

        Returns
        -------
        The device's default integer data type; numbers from 0 to `n`.

        Raises
        ------
        TypeError : `p` tracks a gradient.
        ValueError : `n` is negative, or `p` is not between 0 and 1 (tested where the device need not be waited for).

        Derivative: none; a parameter that tracks must be detached.

        Source: numpy.random.Generator, binomial.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.random.default_rng(0).binomial(10, 1.0, size=2)
        Tensor([10, 10])
        """
        n, p = self._fixed("binomial", "n", n), self._fixed("binomial", "p", p)
        return self._wrap(self._draw("binomial", n, p, size=_shape("binomial", size, n, p)), self._integer)

    def poisson(self, lam: Any = 1.0, size: Size = None) -> Tensor:
        """Draw from a Poisson distribution.

        The number k has the probability `exp(-lam) * lam**k / k!`.

        Parameters
        ----------
        lam : the mean; may be a tensor
        size : the shape; None for that of the parameter

        Returns
        -------
        The device's default integer data type.

        Raises
        ------
        TypeError : `lam` tracks a gradient.
        ValueError : `lam` is negative (tested where the device need not be waited for).

        Derivative: none; a parameter that tracks must be detached.

        Source: numpy.random.Generator, poisson.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.random.default_rng(0).poisson(0.0, size=3)
        Tensor([0, 0, 0])
        """
        lam = self._fixed("poisson", "lam", lam)
        return self._wrap(self._draw("poisson", lam, size=_shape("poisson", size, lam)), self._integer)

    def integers(
        self, low: Any, high: Any = None, size: Size = None, *, dtype: Any = None, endpoint: bool = False
    ) -> Tensor:
        """Draw integers uniformly from `low` (0, where only one bound is given) to below `high`.

        Parameters
        ----------
        low, high : integers; may be tensors
        size : the shape; None for that of the parameters
        dtype : integer, or bool; by default the device's default integer type
        endpoint : whether `high` itself may be drawn

        Returns
        -------
        The given data type, or the device's default integer one.

        Raises
        ------
        ValueError : no integer of the data type is within the bounds (tested where the device need not be waited for).

        Derivative: none; the result tracks nothing.

        Source: numpy.random.Generator, integers.

        Examples
        --------
        >>> import apitensor as xp
        >>> rng = xp.random.default_rng(0)
        >>> rng.integers(5, 6, size=3)
        Tensor([5, 5, 5])
        """
        low = self._fixed("integers", "low", low)
        high = None if high is None else self._fixed("integers", "high", high)
        size = _shape("integers", size, low, high)
        dtype = self._source.raw_dtype(self._integer if dtype is None else dtype)
        return self._wrap(self._draw("integers", low, high, size=size, dtype=dtype, endpoint=endpoint))

    # ---- orders and choices

    def permutation(self, x: Any, axis: int = 0) -> Tensor:
        """Give the integers below `x` in random order, or the tensor `x` with its slices along an axis in random order.

        Parameters
        ----------
        x : an integer, or a tensor
        axis : whose order is drawn

        Returns
        -------
        The device's default integer data type and the shape `(x,)`, or the data type and shape of `x`.

        Raises
        ------
        IndexError : there is no such axis.

        Derivative: the cotangent in the original order.

        Source: numpy.random.Generator, permutation.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.sort(xp.random.default_rng(0).permutation(4))
        Tensor([0, 1, 2, 3])
        """
        n = _count(x)
        if n is not None:
            return self._wrap(self._draw("permutation", n), self._integer)
        x = self._here("permutation", "x", x)
        axis = as_axis("permutation", axis, x.ndim)
        return take(x, self._wrap(self._draw("permutation", x.shape[axis]), self._integer), axis=axis)

    def choice(self, a: Any, size: Size = None, replace: bool = True, p: Any = None, axis: int = 0) -> Tensor:
        """Draw from the integers below `a`, or from the slices of the tensor `a` along an axis.

        Parameters
        ----------
        a : an integer, or a tensor
        size : the shape of the draw, which takes the place of `axis`; None for a single one
        replace : whether the same one may be drawn again
        p : the probability of each, all the same by default
        axis : along which the slices lie

        Returns
        -------
        The device's default integer data type and the shape `size`, or the data type of `a` and its shape with `size`
        in the place of `axis`.

        Raises
        ------
        TypeError : `p` tracks a gradient.
        ValueError : more are asked for than there are, without replacing.
        IndexError : there is no such axis.

        Derivative: with respect to `a`, the cotangent is added up where it was drawn from; for `p` there is none.

        Source: numpy.random.Generator, choice.

        Examples
        --------
        >>> import apitensor as xp
        >>> rng = xp.random.default_rng(0)
        >>> rng.choice(xp.asarray([1.0, 2.0, 3.0]), size=2, p=[0.0, 1.0, 0.0])
        Tensor([2., 2.])
        """
        if p is not None:
            p = self._fixed("choice", "p", p)
        shape = _shape("choice", size)
        n = _count(a)
        if n is not None:
            return self._wrap(self._draw("choice", n, size=shape, replace=replace, p=p), self._integer)
        a = self._here("choice", "a", a)
        axis = as_axis("choice", axis, a.ndim)
        drawn = self._wrap(self._draw("choice", a.shape[axis], size=prod(shape), replace=replace, p=p), self._integer)
        return reshape(take(a, drawn, axis=axis), (*a.shape[:axis], *shape, *a.shape[axis + 1 :]))


def _shape(method: str, size: Size, *parameters: Any) -> tuple[int, ...]:
    """The shape of a draw.

    Raises
    ------
    TypeError : `size` is no shape.
    ValueError : the parameters do not broadcast, or not to `size`.
    """
    shape = None
    if size is not None:
        try:
            shape = as_shape(size)
        except TypeError:
            raise TypeError(f"{method}: size is an integer or a sequence of integers, not {size!r}") from None
    shapes = [x.shape for x in parameters if hasattr(x, "shape")]
    if not shapes:
        return () if shape is None else shape
    try:
        common = broadcast_shapes(*shapes) if shape is None else broadcast_shapes(shape, *shapes)
    except ValueError:
        common = None
    if common is None or shape not in (None, common):
        to = "" if shape is None else f" to size {shape}"
        raise ValueError(f"{method}: parameters of shapes {', '.join(map(str, shapes))} do not broadcast{to}")
    return common


def _count(x: Any) -> int | None:
    """The integer that `x` is; None where it is an array."""
    return None if getattr(x, "ndim", 0) or not hasattr(x, "__index__") else index(x)


def _as(x: Any, dtype: DType) -> Tensor:
    return x if x.dtype == dtype else astype(x, dtype)


def _restore(device: Device, state: Any) -> Generator:
    generator = Generator(0, device)
    generator.state = state
    return generator


def default_rng(seed: Any = None, device: Any = None) -> Generator:
    """Make a generator of random tensors.

    Parameters
    ----------
    seed : None (a fresh one from the system), an integer, a sequence of integers; a Generator is given back as it is
    device : where the results are put; by default the default device

    Returns
    -------
    A `Generator`.

    Raises
    ------
    TypeError, ValueError : `seed` is none that the backend takes.

    Source: numpy.random, default_rng.

    Examples
    --------
    >>> import apitensor as xp
    >>> a, b = xp.random.default_rng(7), xp.random.default_rng(7)
    >>> bool(xp.all(a.random(5) == b.random(5)))
    True
    """
    return seed if isinstance(seed, Generator) else Generator(seed, device)


# The default generators, one for each device that was drawn on, all from the same seed.
_seed: Any = secrets.randbits(128)
_generators: dict[str, Generator] = {}


def _default() -> Generator:
    device = default_device()
    generator = _generators.get(device.name)
    if generator is None:
        generator = _generators.setdefault(device.name, Generator(_seed, device))  # threads draw from the same one
    return generator


def manual_seed(seed: Any) -> None:
    """Seed the default generator, which the functions of this module draw from, on every device.

    Parameters
    ----------
    seed : as that of `default_rng`

    Raises
    ------
    TypeError, ValueError : `seed` is none that the backend takes; the generator stays as it was.

    Source: torch, manual_seed.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.random.manual_seed(1)
    >>> first = xp.random.normal(size=3)
    >>> xp.random.manual_seed(1)
    >>> bool(xp.all(xp.random.normal(size=3) == first))
    True
    """
    global _seed
    generator = Generator(seed)  # before anything changes, as this is where an impossible seed raises
    _seed = seed
    _generators.clear()
    _generators[generator.device.name] = generator


def get_state() -> Any:
    """Give the state of the default generator on all devices, for `set_state`.

    Returns
    -------
    What `set_state` takes; it can be pickled.

    Source: numpy.random, get_state.

    Examples
    --------
    >>> import apitensor as xp
    >>> state = xp.random.get_state()
    >>> first = xp.random.random(3)
    >>> xp.random.set_state(state)
    >>> bool(xp.all(xp.random.random(3) == first))
    True
    """
    return {"seed": _seed, "devices": {name: generator.state for name, generator in _generators.items()}}


def set_state(state: Any) -> None:
    """Bring the default generator to a state that `get_state` gave.

    Parameters
    ----------
    state : what `get_state` gave

    Source: numpy.random, set_state.

    Examples
    --------
    >>> import apitensor as xp
    >>> state = xp.random.get_state()
    >>> xp.random.set_state(state)
    """
    global _seed
    _seed = state["seed"]
    _generators.clear()
    for name, device_state in state["devices"].items():
        _generators[name] = _restore(as_device(name), device_state)


def _of_default(method: Callable[Concatenate[Generator, P], R]) -> Callable[P, R]:
    """The function that calls a method of the default generator."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return method(_default(), *args, **kwargs)

    _, *parameters = signature(method).parameters.values()
    call.__signature__ = signature(method).replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__qualname__ = method.__name__
    del call.__wrapped__
    return call


beta = _of_default(Generator.beta)
binomial = _of_default(Generator.binomial)
choice = _of_default(Generator.choice)
exponential = _of_default(Generator.exponential)
gamma = _of_default(Generator.gamma)
integers = _of_default(Generator.integers)
normal = _of_default(Generator.normal)
permutation = _of_default(Generator.permutation)
poisson = _of_default(Generator.poisson)
random = _of_default(Generator.random)
standard_normal = _of_default(Generator.standard_normal)
uniform = _of_default(Generator.uniform)
