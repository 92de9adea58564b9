"""Tensor, the standard's array object, and a few habits that people bring.

Source: array API standard 2025.12, chapter "Array object". Operators are the standard's functions; what is in place
goes through `_core.views`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import _numpy_names as spelled
from . import _numpy_protocols
from ._core import op as core
from ._core import reverse, views
from ._core.backend import Device
from ._core.declare import is_operand
from ._core.dtypes import DType
from ._core.modes import recording
from ._core.op import Handle, is_leaf, keep, leaf, value, wrap
from ._standard import creation, elementwise, indexing, linear_algebra, manipulation, searching

API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def _in_place(function: Any, symbol: str) -> Callable[[Tensor, Any], Tensor]:
    def operator(self: Tensor, other: Any, /) -> Any:
        fresh = function(self, other)
        if fresh is not NotImplemented:
            views.update(self, fresh, symbol, _assign_all)
            return self
        return NotImplemented

    return operator


def _assign_all(x: Any, fresh: Any) -> None:
    indexing.setitem(x, ..., fresh)


def _matmul(self: Tensor, other: Any, /) -> Tensor:
    return linear_algebra.matmul(self, other) if is_operand(other) else NotImplemented


def _scalar(x: Tensor, what: str) -> Any:
    """The only element of a tensor, as a zero-dimensional array of NumPy."""
    array = value(x)
    if array.ndim:
        if array.size != 1:
            cure = "; any() and all() make one of it" if what == "bool()" and array.size else ""
            raise TypeError(f"{what} takes a tensor of one element, not one of shape {array.shape}{cure}")
        array = x._backend.xp.reshape(array, ())
    return x._backend.to_numpy(array)


class GradientWarning(UserWarning):
    """A gradient is about to be lost: what follows from here adds nothing to it.

    A number was taken out of a tensor that tracks a gradient, by `float()` or `complex()`, and tracks none; or a tensor
    that requires a gradient was copied by `copy.deepcopy`, outside `no_grad()`, and the copy collects its own.

    `math.exp(t)` and `ndarray[i] = t` ask for a float. `t.item()` and `t.detach()` say that it is meant and warn of
    nothing, and neither do `bool(t)` and `int(t)`, which are constant wherever they have a derivative.
    Within `jvp` and the like it goes for tensors that carry a tangent.
    `warnings.simplefilter("error", apitensor.GradientWarning)` makes an error of it.
    """


def _warn_of_loss(x: Tensor, what: str) -> None:
    if (x._edge is not None or x._tangents) and recording():
        warnings.warn(
            f"{what} of a tensor that tracks a gradient gives a number that tracks none; "
            "if that is meant, say t.item() or t.detach()",
            GradientWarning,
            stacklevel=3,
        )


class HookHandle:
    """Takes a hook away again: `handle.remove()`."""

    __slots__ = ("_hooks", "_key")

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self._hooks = hooks
        self._key = key

    def remove(self) -> None:
        self._hooks.pop(self._key, None)


class Tensor(Handle):
    """An n-dimensional array of the array API standard that records how it was computed.

    Tensors are made by the functions of the namespace (`asarray`, `zeros`, `arange` ...), live on the device they were
    made on, and are computed with by its functions, by operators and by indexing. `backward()` differentiates.

    A tensor is a mutable name for an immutable array: results of basic indexing, `reshape`, `permute_dims` and the
    like are views, which share their elements with their base for reading and writing, on every backend alike; what a
    gradient needs later is never changed by a write.

    Source: array API standard 2025.12, Array object.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([1.0, 2.0, 3.0], requires_grad=True)
    >>> xp.sum(x**2).backward()
    >>> x.grad
    Tensor([2., 4., 6.])
    """

    __slots__ = ()

    # ---- attributes of the standard

    @property
    def dtype(self) -> DType:
        """The data type, one of the namespace's constants."""
        return self._backend.own_dtypes.get(self._array.dtype) or self._backend.dtype(self._array.dtype)

    @property
    def device(self) -> Device:
        """Where the elements are. It equals its own string."""
        return self._backend.device(self._array)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of every dimension."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    @property
    def T(self) -> Tensor:
        """The transpose, a view: all dimensions in reverse order (the standard asks for two dimensions only)."""
        return manipulation.permute_dims(self, tuple(range(self.ndim))[::-1])

    @property
    def mT(self) -> Tensor:
        """The matrix transpose, a view: the last two dimensions swapped."""
        return linear_algebra.matrix_transpose(self)

    @property
    def real(self) -> Tensor:
        """The real part, a view, and may be assigned to."""
        return elementwise.real(self)

    @real.setter
    def real(self, values: Any) -> None:
        elementwise.real(self)[...] = values

    @property
    def imag(self) -> Tensor:
        """The imaginary part, a view, and may be assigned to if the tensor is complex."""
        return elementwise.imag(self)

    @imag.setter
    def imag(self, values: Any) -> None:
        elementwise.imag(self)[...] = values

    # ---- operators

    __abs__ = elementwise.abs
    __invert__ = elementwise.bitwise_invert
    __neg__ = elementwise.negative
    __pos__ = elementwise.positive

    __add__ = elementwise.add.operator
    __and__ = elementwise.bitwise_and.operator
    __floordiv__ = elementwise.floor_divide.operator
    __lshift__ = elementwise.bitwise_left_shift.operator
    __matmul__ = _matmul
    __mod__ = elementwise.remainder.operator
    __mul__ = elementwise.multiply.operator
    __or__ = elementwise.bitwise_or.operator
    __pow__ = elementwise.pow.operator
    __rshift__ = elementwise.bitwise_right_shift.operator
    __sub__ = elementwise.subtract.operator
    __truediv__ = elementwise.divide.operator
    __xor__ = elementwise.bitwise_xor.operator

    __radd__ = elementwise.add.reflected
    __rand__ = elementwise.bitwise_and.reflected
    __rfloordiv__ = elementwise.floor_divide.reflected
    __rlshift__ = elementwise.bitwise_left_shift.reflected
    __rmod__ = elementwise.remainder.reflected
    __rmul__ = elementwise.multiply.reflected
    __ror__ = elementwise.bitwise_or.reflected
    __rpow__ = elementwise.pow.reflected
    __rrshift__ = elementwise.bitwise_right_shift.reflected
    __rsub__ = elementwise.subtract.reflected
    __rtruediv__ = elementwise.divide.reflected
    __rxor__ = elementwise.bitwise_xor.reflected

    __iadd__ = _in_place(elementwise.add.operator, "+=")
    __iand__ = _in_place(elementwise.bitwise_and.operator, "&=")
    __ifloordiv__ = _in_place(elementwise.floor_divide.operator, "//=")
    __ilshift__ = _in_place(elementwise.bitwise_left_shift.operator, "<<=")
    __imatmul__ = _in_place(_matmul, "@=")
    __imod__ = _in_place(elementwise.remainder.operator, "%=")
    __imul__ = _in_place(elementwise.multiply.operator, "*=")
    __ior__ = _in_place(elementwise.bitwise_or.operator, "|=")
    __ipow__ = _in_place(elementwise.pow.operator, "**=")
    __irshift__ = _in_place(elementwise.bitwise_right_shift.operator, ">>=")
    __isub__ = _in_place(elementwise.subtract.operator, "-=")
    __itruediv__ = _in_place(elementwise.divide.operator, "/=")
    __ixor__ = _in_place(elementwise.bitwise_xor.operator, "^=")

    __ge__ = elementwise.greater_equal.operator
    __gt__ = elementwise.greater.operator
    __le__ = elementwise.less_equal.operator
    __lt__ = elementwise.less.operator
    if TYPE_CHECKING:  # by an assignment they would keep the types that `object` gives them

        def __eq__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]

    else:
        __eq__ = elementwise.equal.operator
        __ne__ = elementwise.not_equal.operator
    __hash__ = object.__hash__

    def __divmod__(self, other: Any, /) -> tuple[Tensor, Tensor]:
        return (self // other, self % other) if is_operand(other) else NotImplemented

    def __rdivmod__(self, other: Any, /) -> tuple[Tensor, Tensor]:
        return (other // self, other % self) if is_operand(other) else NotImplemented

    def __rmatmul__(self, other: Any, /) -> Tensor:
        return linear_algebra.matmul(other, self) if is_operand(other) else NotImplemented

    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    # ---- conversions

    def __bool__(self) -> bool:
        return bool(_scalar(self, "bool()"))

    def __int__(self) -> int:
        if self.dtype.kind == "c":
            raise TypeError("int() of a complex tensor; take real() first")
        return int(_scalar(self, "int()"))

    def __float__(self) -> float:
        if self.dtype.kind == "c":
            raise TypeError("float() of a complex tensor; take real() first")
        number = float(_scalar(self, "float()"))
        _warn_of_loss(self, "float()")
        return number

    def __complex__(self) -> complex:
        number = complex(_scalar(self, "complex()"))
        _warn_of_loss(self, "complex()")
        return number

    def __round__(self, ndigits: int | None = None) -> int | Tensor:
        """As Python has it: an integer of a tensor of one element, or with `ndigits` the elements rounded to these."""
        return int(elementwise.round(self)) if ndigits is None else spelled.round(self, ndigits)

    def __index__(self) -> int:
        array = value(self)
        if array.ndim or self.dtype.kind not in "iu":
            raise TypeError(f"only a zero-dimensional integer tensor can be an index, not {core.describe(self)}")
        return int(self._backend.to_numpy(array))

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a zero-dimensional tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        """The parts `x[0]`, `x[1]`, ... along the first axis, as views; of one dimension the elements.

        Raises
        ------
        TypeError : there is no axis.

        Derivative: that of `x[i]`.
        """
        if not self.ndim:
            raise TypeError("iteration over a zero-dimensional tensor")
        return (self[i] for i in range(self.shape[0]))

    def item(self) -> Any:
        """The only element, as a Python number."""
        kind = self.dtype.kind
        array = _scalar(self, "item()")
        return (bool if kind == "b" else int if kind in "iu" else float if kind == "f" else complex)(array)

    def tolist(self) -> Any:
        """The elements as Python numbers, in nested lists."""
        return self._backend.to_numpy(value(self)).tolist()

    def numpy(self) -> Any:
        """The elements as a NumPy array; on the CPU this copies nothing.

        Raises
        ------
        RuntimeError : the tensor tracks a gradient, which NumPy would lose; say `x.detach().numpy()`.
        """
        return self.__array__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._check_export("conversion to a NumPy array", RuntimeError)
        host = self._backend.to_numpy(value(self)).copy() if copy else self._backend.to_numpy(keep(self))
        if dtype is None or host.dtype == dtype:
            return host
        if copy is False:
            raise ValueError(f"a tensor of {self.dtype} becomes an array of {dtype} only by copying")
        return host.astype(dtype)

    # NumPy's functions compute with the namespace's own, so that they track.
    __array_ufunc__ = _numpy_protocols.array_ufunc
    __array_function__ = _numpy_protocols.array_function

    def __format__(self, spec: str) -> str:
        if spec and not self.ndim:
            return format(self.item(), spec)
        try:
            return format(str(self), spec)
        except ValueError:
            raise TypeError(
                f"the format {spec!r} is for a tensor of no dimension, not one of shape {self.shape}"
            ) from None

    def __repr__(self) -> str:
        parts = [self._backend.to_text(value(self))]
        if not self.size and self.shape != (0,):
            parts.append(f"shape={self.shape}")
        if self.dtype.name not in ("bool", "int64", "float64", "complex128"):
            parts.append(f"dtype={self.dtype}")
        if self.device.name != "cpu":
            parts.append(f"device={self.device.name!r}")
        edge = self._edge
        if edge is not None:
            parts.append("requires_grad=True" if is_leaf(edge) else f"edge={_edge_name(edge)}")
        return f"Tensor({', '.join(parts)})"

    # ---- methods that NumPy's arrays have beyond the standard's, with NumPy's parameters

    all = spelled.all
    any = spelled.any
    argmax = spelled.argmax
    argmin = spelled.argmin
    argsort = spelled.argsort
    cumprod = spelled.cumprod
    cumsum = spelled.cumsum
    diagonal = spelled.diagonal
    dot = spelled.dot
    max = spelled.max
    mean = spelled.mean
    min = spelled.min
    prod = spelled.prod
    ptp = spelled.ptp
    ravel = spelled.ravel
    repeat = spelled.repeat
    round = spelled.round
    searchsorted = spelled.searchsorted
    squeeze = spelled.squeeze
    std = spelled.std
    sum = spelled.sum
    swapaxes = spelled.swapaxes
    take = spelled.take
    trace = spelled.trace
    var = spelled.var

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Tensor:
        """The elements in another data type; `copy=False` gives the tensor itself where it has it already."""
        return spelled.cast(self, dtype, casting, copy)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Tensor:
        """The elements brought into an interval."""
        return spelled.clip(self, min, max, out)

    def conj(self) -> Tensor:
        """The complex conjugate."""
        return elementwise.conj(self)

    conjugate = conj

    def copy(self, order: str = "C") -> Tensor:
        """A copy, which keeps the gradient."""
        return creation.asarray(self, copy=True)

    def fill(self, value: Any) -> None:
        """Set all elements to one value, in place."""
        self[...] = value

    def flatten(self, order: str = "C") -> Tensor:
        """A copy of the elements in one dimension."""
        return spelled.ravel(self, order).copy()

    def nonzero(self) -> tuple[Tensor, ...]:
        """The indices of the elements that are not zero, for each dimension."""
        return searching.nonzero(self)

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Tensor:
        """The same elements in another shape, given as one sequence or as several integers: a view.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.arange(6).reshape(2, -1)
        Tensor([[0, 1, 2],
                [3, 4, 5]])
        """
        return spelled.reshape(self, shape[0] if len(shape) == 1 else shape, order, copy=copy)

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        """Sort the elements along an axis, in place."""
        self[...] = spelled.sort(self, axis, kind, order, stable=stable)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, given as one sequence or as several integers; reversed if none is: a view."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return manipulation.permute_dims(self, order) if order else self.T

    def view(self, dtype: Any = None) -> Tensor:
        """Another name for the same elements: writing to one writes to the other.

        Complex numbers can be looked at as pairs of real ones of their precision along the last axis, and back.

        Raises
        ------
        TypeError : another data type is asked for, which would need the elements' bytes.

        Examples
        --------
        >>> import apitensor as xp
        >>> xp.asarray([1.0 + 2.0j, 3.0j]).view(float)
        Tensor([1., 2., 0., 3.])
        """
        return spelled.view(self, dtype)

    @property
    def flat(self) -> Tensor:
        """The elements in one dimension, a view: writing to one writes to the other."""
        return spelled.ravel(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        spelled.ravel(self)[...] = values

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.dtype.itemsize

    # ---- interchange

    def __array_namespace__(self, /, *, api_version: str | None = None) -> Any:
        """The namespace `apitensor`.

        Raises
        ------
        ValueError : `api_version` is no version of the standard that it implements.
        """
        if api_version is not None and api_version not in API_VERSIONS:
            raise ValueError(f"api_version {api_version!r} is not implemented; there are {', '.join(API_VERSIONS)}")
        return core.namespace

    def __dlpack__(
        self,
        /,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule of the elements.

        Raises
        ------
        BufferError : the tensor tracks a gradient, which the receiver would lose, or the request cannot be met.
        """
        self._check_export("export by DLPack", BufferError)
        array = value(self) if copy else keep(self)
        if copy and dl_device in (None, self.__dlpack_device__()):  # which CuPy leaves to the caller
            array, copy = self._backend.xp.asarray(array, copy=True), None
        try:
            return array.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)
        except ValueError as error:  # CuPy's, of a copy that is needed and forbidden
            raise BufferError(str(error)) from error

    def __dlpack_device__(self, /) -> tuple[Any, int]:
        return self._array.__dlpack_device__()

    @property
    def __cuda_array_interface__(self) -> Any:
        """The elements on a CUDA device, for libraries that share these.

        Other tensors lack the attribute, and so do those that track a gradient, which the receiver would lose:
        `x.detach()` has it. (CuPy's operators take over from whatever has it, and leave the rest to us.)
        """
        if not hasattr(self._array, "__cuda_array_interface__"):
            raise AttributeError(f"a tensor on {self.device} has no __cuda_array_interface__; use to_device('cuda')")
        self._check_export("export by __cuda_array_interface__", AttributeError)
        return keep(self).__cuda_array_interface__

    @property
    def to_dask_array(self) -> Any:
        """The lazy array of a tensor on "dask", which is what `dask.array.asarray` calls; other tensors lack it.

        Raises
        ------
        RuntimeError : the tensor tracks a gradient, which Dask would lose; say `x.detach()`.
        """
        if not hasattr(self._array, "to_dask_array"):
            raise AttributeError(f"a tensor on {self.device} has no to_dask_array; use to_device('dask')")
        self._check_export("export to Dask", RuntimeError)
        return value(self).to_dask_array

    def _check_export(self, what: str, error: type[Exception]) -> None:
        value(self)  # a view may track since its base was written to
        if self._edge is not None or self._tangents is not None:
            raise error(f"{what} would lose the gradient that this tensor tracks; say x.detach() where that is meant")

    def to_device(self, device: Any, /, *, stream: Any = None) -> Tensor:
        """The tensor on another device; differentiable, also across backends.

        Parameters
        ----------
        device : a Device or its name
        stream : must be None; transfers are ordered with the other work on both devices

        Raises
        ------
        ValueError : no such device works here, or a `stream` is given.
        """
        return manipulation.to_device(self, device, stream=stream)

    # ---- gradients

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded. May be set on leaves."""
        value(self)
        return self._edge is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient of this tensor from now on, or no longer; returns the tensor itself.

        Raises
        ------
        TypeError : the data type is neither floating-point nor complex.
        RuntimeError : the tensor was computed from one that requires a gradient, and `requires_grad` is False.
        """
        value(self)
        if requires_grad and self._edge is None:
            if self.dtype.kind not in "fc":
                raise TypeError(
                    f"requires_grad_({core.describe(self)}): only floating-point and complex tensors can require one; "
                    "convert it with astype() first"
                )
            self._edge = leaf(value(self), self._backend)
            if self._view is not None:
                self._become_root()
        elif not requires_grad and self._edge is not None:
            if not is_leaf(self._edge):
                raise RuntimeError("this tensor was computed from one that requires a gradient; use detach() instead")
            self._edge = None
        return self

    def _become_root(self) -> None:
        """Stop being a view: a leaf's value is its own."""
        assert self._view is not None
        self._view.root._kept = self._kept = True
        tangents, self._rare = self._tangents, None
        self._tangents = tangents

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was not computed by a recorded operation."""
        value(self)
        return self._edge is None or is_leaf(self._edge)

    @property
    def grad(self) -> Tensor | None:
        """What `backward()` has accumulated: the gradient, with the shape and data type of the tensor; None before."""
        return self._edge.grad if is_leaf(self._edge) else None

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        if gradient is None and self._edge is None:
            return
        if not is_leaf(self._edge):
            raise RuntimeError("only a leaf that requires a gradient has one to set")
        if gradient is not None and (not isinstance(gradient, Tensor) or gradient.shape != self.shape):
            raise ValueError(f"the gradient of a tensor of shape {self.shape} is a tensor of the same shape or None")
        if gradient is not None:
            core.same_device("grad", "the gradient", gradient, "its tensor", self)
        if gradient is not None and gradient.dtype != self.dtype:
            raise ValueError(f"the gradient is {gradient.dtype}, its tensor {self.dtype}: convert it with astype()")
        self._edge.grad = gradient

    def backward(self, gradient: Any = None, *, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """Add the gradients of this tensor to the `grad` of the leaves it was computed from.

        Parameters
        ----------
        gradient : the cotangent of this tensor, of its shape; may be left out for a real tensor of one element, where
            it is 1
        retain_graph : keep what the graph holds for another call; by default only with `create_graph`
        create_graph : record the derivative's own computation, so that it can be differentiated. Each `grad` then
            refers to its leaf in turn, so its memory is freed only once `grad` is set to None or Python's collector
            finds it; `autograd.gradients` makes no such cycle

        Convention: for a real loss L and complex x the gradient is dL/dRe(x) + i dL/dIm(x), the direction of steepest
        ascent. A cotangent of exactly zero contributes exactly zero, even where a local derivative is infinite or NaN;
        only matrix products on devices that queue their work, as GPUs do, give NaN there.

        Raises
        ------
        RuntimeError : nothing was recorded; the graph was freed by an earlier call; `gradient` is needed and missing.
        ValueError : `gradient` has another shape, or is on another device.

        Examples
        --------
        >>> import apitensor as xp
        >>> x = xp.asarray([1.0, 2.0], requires_grad=True)
        >>> (x * x).backward(xp.asarray([1.0, 10.0]))
        >>> x.grad
        Tensor([ 2., 40.])
        """
        start = reverse.seed(self, gradient, "backward()")
        (found,) = reverse.pull_back(
            [[start]], create_graph=create_graph, retain_graph=create_graph if retain_graph is None else retain_graph
        )
        reverse.deposit(found)

    def detach(self) -> Tensor:
        """A tensor of the same elements that tracks nothing. The first write to either of the two copies them."""
        return wrap(keep(self), self._backend, kept=True)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> HookHandle:
        """Call `hook(gradient)` whenever the gradient of this tensor was computed; what it returns takes the place.

        Raises
        ------
        RuntimeError : the tensor tracks nothing.
        TypeError : `hook` cannot be called.
        """
        if not callable(hook):
            raise TypeError(f"register_hook: a function of the gradient is needed, not {hook!r}")
        value(self)
        if self._edge is None:
            raise RuntimeError("a hook needs a tensor that requires a gradient")
        hooks = self._edge.hooks
        if hooks is None:
            hooks = self._edge.hooks = {}
        key = core.next_key()  # never used again: a second remove() must not take another hook away
        hooks[key] = hook
        return HookHandle(hooks, key)

    # ---- copies

    def __copy__(self) -> Tensor:
        return core.snapshot(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if is_leaf(self._edge):
            if recording():  # xarray and scikit-learn copy what they are given, and then compute from the copy
                warnings.warn(
                    "copy.deepcopy() of a tensor that requires a gradient gives one that collects its own: what is "
                    "computed from the copy adds nothing to the original's. A copy of x * 1 is recorded; if a leaf of "
                    "its own is meant, copy inside no_grad()",
                    GradientWarning,
                    stacklevel=3,
                )
            return creation.asarray(self.detach(), copy=True).requires_grad_()
        return creation.asarray(self, copy=True)

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.is_leaf:
            raise RuntimeError("a tensor computed from one that requires a gradient cannot be pickled; say x.detach()")
        if self._tangents is not None:
            raise RuntimeError("a tensor that carries a tangent cannot be pickled; say x.detach()")
        array = value(self)
        # What is lazy stays so: a worker may be sent what does not fit into the memory here.
        host = array.to_dask_array() if hasattr(array, "to_dask_array") else self._backend.to_numpy(array)
        return _rebuild, (host, self.dtype.name, self.device.name, self.requires_grad)

    def __dask_tokenize__(self) -> Any:
        """What Dask tells arguments by: it computes once what is the same.

        Tensors that track are never the same, however equal they are, since each has a gradient of its own.
        """
        value(self)
        if self._edge is not None or self._tangents is not None:
            return core.next_key()
        if hasattr(self._array, "__dask_tokenize__"):  # lazy: its name says what it is, and nothing has to be computed
            return type(self).__name__, self._array.__dask_tokenize__()
        import pickle  # which nothing else needs at import

        return pickle.dumps(self)


def _edge_name(edge: Any) -> str:
    return str(edge.parent.name if isinstance(edge, core.Port) else edge.name)


def _rebuild(host: Any, dtype: str, device: str, requires_grad: bool) -> Tensor:
    return creation.asarray(host, dtype=dtype, device=device, requires_grad=requires_grad)
