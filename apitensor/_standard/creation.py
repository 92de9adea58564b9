"""Creation functions: tensors from shapes, from numbers, and from other libraries' arrays.

Source: array API standard 2025.12, chapter "Creation Functions".

What is given no device goes to the default one, unless it is on an accelerator already. Tensors among the arguments
keep their gradient: none is dropped on the way into a new tensor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import ceil
from operator import index
from typing import TYPE_CHECKING, Any

from apitensor._core import op as core
from apitensor._core.backend import Backend, Device, as_device, default_device
from apitensor._core.declare import linear
from apitensor._core.dtypes import DType, as_dtype, float32, float64
from apitensor._core.op import SCALARS, Handle, leaf

from .data_types import astype, result_type
from .inspection import default_dtypes_of
from .manipulation import as_shape, as_tensor, concat, reshape, stack, to_device
from .manipulation import copy as _copy

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def _device(device: Any) -> Device:
    return default_device() if device is None else as_device(device)


# ---- asarray


def asarray(
    obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of a tensor, a number, nested sequences of numbers, or another library's array.

    A tensor that already is as asked for comes back itself, unless `copy=True`. Other libraries' arrays are copied, so
    that what is done to them later does not change the tensor; with `copy=False` the memory is shared, which is a
    promise not to write to them. A sequence may hold tensors: the result then keeps their gradients.

    Parameters
    ----------
    obj : a tensor; a bool, int, float or complex; nested sequences of these, or of tensors and arrays; an array that
        NumPy, the CUDA array interface, DLPack or the buffer protocol can pass on
    dtype : the data type; None takes that of `obj`, and for numbers the default of their kind
    device : the device; None leaves tensors, and arrays on an accelerator, where they are; else it is the default one
    copy : True copies; False demands that nothing is copied; None copies where it must be
    requires_grad : whether the result tracks a gradient. Beyond the standard.

    Returns
    -------
    The shape of `obj`.

    Raises
    ------
    TypeError : `obj` is no array or number (a string, say), has a data type that the standard lacks, or `requires_grad`
        is asked of integers or booleans.
    ValueError : the sequences are ragged, elements of a masked array are masked, or `copy=False` and a copy is needed.
    OverflowError : an integer does not fit into the data type.

    Derivative: the cotangent, converted back and brought back to the tensors that `obj` is or holds.

    Source: array API standard 2025.12, asarray.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.asarray([1, 2, 3])
    Tensor([1, 2, 3])
    >>> xp.asarray([[1.0], [2.0]], dtype=xp.float32, requires_grad=True)
    Tensor([[1.],
            [2.]], dtype=float32, requires_grad=True)
    """
    dtype = None if dtype is None else as_dtype(dtype)
    device = None if device is None else as_device(device)
    if isinstance(obj, Handle):
        out = _of_tensor(obj, dtype, device, copy)
    elif isinstance(obj, SCALARS):
        out = _of_numbers(obj, (type(obj),), dtype, _device(device), copy)
    elif isinstance(obj, (list, tuple)):
        out = _of_sequence(obj, dtype, device, copy)
    elif isinstance(obj, (str, bytes)):
        raise TypeError(f"asarray: {obj!r} is not an array or a number")
    elif dtype is None and device is None and copy is not False and _is_at_home(obj):
        backend = default_device().backend
        out = core.wrap(backend.xp.asarray(obj, copy=True), backend)
    elif _is_array(obj):
        out = _of_array(obj, dtype, device, copy)
    elif isinstance(obj, Sequence):
        out = _of_sequence(list(obj), dtype, device, copy)
    else:
        raise TypeError(f"asarray: {type(obj).__name__} is not an array or a number")
    if not requires_grad or out._edge is not None:
        return out
    if out.dtype.kind not in "fc":
        raise TypeError(
            f"asarray: only floating-point and complex tensors track a gradient, not {out.dtype}; say dtype=float64"
        )
    if out is obj:
        if copy is False:
            raise ValueError(
                "asarray: requires_grad=True makes a tensor of its own of an untracked one, but copy=False"
            )
        out = _copy(out)
    out._edge = leaf(out._array, out._backend)
    return out


def _of_tensor(x: Any, dtype: DType | None, device: Device | None, copy: bool | None) -> Any:
    dtype = x.dtype if dtype is None else dtype
    if copy is False and (dtype is not x.dtype or (device is not None and device != x.device)):
        raise ValueError(f"asarray({core.describe(x)}): another data type or device needs a copy, and copy=False")
    return astype(x, dtype, copy=bool(copy), device=device)


def _of_numbers(obj: Any, kinds: Collection[type], dtype: DType | None, device: Device, copy: bool | None) -> Any:
    """A tensor of a Python number or of nested lists of numbers of these types."""
    if copy is False:
        raise ValueError("asarray: numbers are copied into an array, and copy=False")
    if dtype is None:
        dtype = _default_dtype(kinds, device)
    return _create("asarray", dtype, device, obj)


def _default_dtype(kinds: Collection[type], device: Device) -> DType:
    """The data type that Python numbers of some types get."""
    defaults = default_dtypes_of(device)
    if any(issubclass(kind, complex) for kind in kinds):
        return defaults["complex floating"]
    if any(issubclass(kind, float) for kind in kinds) or not kinds:
        return defaults["real floating"]
    return as_dtype("bool") if all(issubclass(kind, bool) for kind in kinds) else defaults["integral"]


def _kinds(sequence: Sequence[Any]) -> set[type]:
    """The types of what nested sequences hold."""
    kinds = set(map(type, sequence))
    nested = {kind for kind in kinds if issubclass(kind, (list, tuple))}
    return (kinds - nested).union(*[_kinds(item) for item in sequence if type(item) in nested]) if nested else kinds


def _leaves(sequence: Sequence[Any]) -> Iterator[Any]:
    """What nested sequences hold, in order."""
    for item in sequence:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


def _nested_shape(obj: Any, shapes: Iterator[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of nested sequences, given the shapes of what they hold in order.

    Raises
    ------
    ValueError : they are ragged.
    """
    if not isinstance(obj, (list, tuple)):
        return next(shapes)
    inner = {_nested_shape(item, shapes) for item in obj}
    if len(inner) > 1:
        raise ValueError("asarray: the nested sequences are ragged")
    return (len(obj), *(inner.pop() if inner else ()))


def _of_sequence(obj: Any, dtype: DType | None, device: Device | None, copy: bool | None) -> Any:
    kinds = _kinds(obj)
    if all(issubclass(kind, SCALARS) for kind in kinds):
        return _of_numbers(obj, kinds, dtype, _device(device), copy)
    if copy is False:
        raise ValueError("asarray: a sequence of arrays is copied into one, and copy=False")
    # Tensors or arrays among the numbers: they are stacked, so that gradients find their way. Tensors stay where they
    # are, unless a device was asked for, and everything else goes there.
    leaves = list(_leaves(obj))
    first: Any = next((x for x in leaves if isinstance(x, Handle)), None)
    where = device if device is not None or first is None else first.device

    def place(x: Any, dtype: DType | None = None) -> Any:
        return asarray(x, dtype=dtype, device=device if isinstance(x, Handle) else where)

    parts = [x if type(x) in SCALARS else place(x) for x in leaves]
    where = next(x.device for x in parts if isinstance(x, core.Tensor))
    dtype = result_type(*parts) if dtype is None else dtype
    shapes = [() if type(x) in SCALARS else x.shape for x in parts]
    shape = _nested_shape(obj, iter(shapes))
    tensors = [place(x, dtype) for x in parts]
    alike = len(set(shapes)) == 1  # a row may be a tensor, and the next one a list of numbers
    return reshape(stack(tensors) if alike else concat([reshape(x, (-1,)) for x in tensors]), shape)


_PROTOCOLS = ("__array__", "__array_interface__", "__cuda_array_interface__", "__dlpack__")


def _is_array(obj: Any) -> bool:
    """Whether another library's array, or memory, can be passed on by one of the protocols there are."""
    if isinstance(obj, type):
        return False
    if any(hasattr(obj, name) for name in _PROTOCOLS):
        return True
    try:
        memoryview(obj).release()
    except TypeError:
        return False
    return True


def _is_at_home(obj: Any) -> bool:
    """Whether `obj` is an array of the default device's library as its tensors have them: the quick, usual case."""
    backend = default_device().backend
    known: bool = type(obj) is backend.array_type and len(backend.own_devices) == 1
    return known and obj.dtype in backend.own_dtypes


def _home(obj: Any, holder: Backend | None) -> Device:
    """Where another library's array goes if nobody says: an accelerator's stays there, others to the default device."""
    if holder is not None:
        there = holder.device(obj)
        if there.type != "cpu":
            return there
    elif hasattr(obj, "__cuda_array_interface__") and hasattr(obj, "__dlpack_device__"):
        return as_device(f"cuda:{obj.__dlpack_device__()[1]}")
    return default_device()


def _of_array(obj: Any, dtype: DType | None, device: Device | None, copy: bool | None) -> Any:
    """A tensor of another library's array."""
    holder = core.foreign_backend(obj)
    own = getattr(obj, "dtype", None)
    if dtype is None and holder is not None:
        dtype = holder.own_dtypes.get(own) or _known_dtype(own)
    elif getattr(own, "kind", "f") not in "biufc":
        raise TypeError(f"asarray: an array of {own} holds no numbers of the standard's data types")
    if hasattr(obj, "filled") and obj.mask.any():
        raise ValueError("asarray: elements are masked, and a tensor has no mask; say what they are with x.filled(...)")
    device = device or _home(obj, holder)
    backend = device.backend
    xp, raw_dtype = backend.xp, backend.raw_dtype(dtype)
    if copy is False:
        if holder is not None and holder is not backend:
            raise ValueError(f"asarray: an array of {holder.name} is copied to device {device}, and copy=False")
        try:
            raw = xp.asarray(obj, dtype=raw_dtype, device=device.raw, copy=False)
        except (TypeError, ValueError, BufferError, NotImplementedError) as error:
            raise ValueError(f"asarray: the memory of {type(obj).__name__} cannot be shared, and copy=False") from error
        return _checked(raw, backend, kept=True)
    copied = backend.apart and hasattr(obj, "__array_interface__")  # of the host's memory
    if holder is None:
        only_dlpack = hasattr(obj, "__dlpack__") and not hasattr(obj, "__array__")
        # The copy is made afterwards, since not every library's export understands `copy`.
        obj = xp.from_dlpack(obj) if only_dlpack else xp.asarray(obj)
    elif holder is not backend:
        obj = backend.from_numpy(holder.to_numpy(obj), device.raw)
    if dtype is None:
        raw_dtype = backend.raw_dtype(_known_dtype(obj.dtype))
    return _checked(xp.asarray(obj, dtype=raw_dtype, device=device.raw, copy=None if copied else True), backend)


def _known_dtype(raw: Any) -> DType:
    """The constant for another library's data type, in whatever byte order.

    Raises
    ------
    TypeError : the standard lacks it.
    """
    try:
        return as_dtype(raw)
    except TypeError:
        name = str(raw).rpartition(".")[2]  # some libraries write their own name in front
        try:
            return as_dtype(name)
        except TypeError as error:
            raise TypeError(f"asarray: {error}") from None


def _checked(raw: Any, backend: Backend, kept: bool = False) -> Any:
    out = core.wrap(raw, backend, kept=kept)
    backend.dtype(out._array.dtype)  # refuses what the standard lacks
    return out


# DLPack's numbers for the devices whose memory it describes
_HOST, _CUDA, _CUDA_HOST, _CUDA_MANAGED = 1, 2, 3, 13


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """Make a tensor of an array that has the methods of DLPack.

    Parameters
    ----------
    x : an array of any library, or a tensor, which keeps its gradient
    device : the device of the result; None leaves the elements where they are
    copy : True copies; otherwise memory is shared where it can be (the array must not be written to any more), and
        False demands that

    Returns
    -------
    The shape and data type of `x`.

    Raises
    ------
    AttributeError : `x` lacks the methods.
    BufferError : `x` cannot be exported, or no backend can serve its device.
    ValueError : `copy=False` and a copy is needed.

    Derivative: the cotangent, for a tensor; other arrays track nothing.

    Source: array API standard 2025.12, from_dlpack.

    Examples
    --------
    >>> import apitensor as xp
    >>> import numpy
    >>> xp.from_dlpack(numpy.asarray([1.0, 2.0]))
    Tensor([1., 2.])
    """
    target = None if device is None else as_device(device)
    if isinstance(x, Handle):
        return asarray(x, device=target, copy=copy)
    if not hasattr(x, "__dlpack__"):
        raise AttributeError(f"from_dlpack: {type(x).__name__} has no method __dlpack__")
    backend = core.foreign_backend(x)
    if backend is None:
        backend = _dlpack_backend(*x.__dlpack_device__())
    raw = backend.xp.from_dlpack(x) if copy is not False else backend.xp.from_dlpack(x, copy=False)
    out = _checked(backend.xp.asarray(raw, copy=True) if copy else raw, backend, kept=not copy)
    if target is None or target == out.device:
        return out
    if copy is False:
        raise ValueError(f"from_dlpack: device {target} needs a copy of what is on {out.device}, and copy=False")
    return to_device(out, target)


def _dlpack_backend(kind: Any, number: Any) -> Backend:
    if kind in (_HOST, _CUDA_HOST):
        return as_device("cpu").backend
    if kind in (_CUDA, _CUDA_MANAGED):
        return as_device(f"cuda:{int(number)}").backend
    raise BufferError(f"from_dlpack: no backend serves DLPack's device type {int(kind)}")


# ---- constant and regular values


def _create(name: str, dtype: Any, device: Any, *args: Any, **kwargs: Any) -> Any:
    """What a creation function of the backend gives, as a tensor."""
    try:
        where = _device(device)
        backend = where.backend
        function = getattr(backend.xp, name)
        return core.wrap(function(*args, dtype=backend.raw_dtype(dtype), device=where.raw, **kwargs), backend)
    except OverflowError as error:
        raise OverflowError(f"{name}: a number does not fit into {dtype} ({error})") from error
    except (TypeError, ValueError) as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{name}: {error}") from error


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor whose elements are not set.

    Parameters
    ----------
    shape : an integer or a tuple of them
    dtype : the data type; None stands for the default floating-point one
    device : the device; None stands for the default one

    Returns
    -------
    The given shape and data type.

    Source: array API standard 2025.12, empty.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.empty((2, 3)).shape
    (2, 3)
    """
    return _create("empty", dtype, device, as_shape(shape))


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of zeros.

    Parameters
    ----------
    shape : an integer or a tuple of them
    dtype : the data type; None stands for the default floating-point one
    device : the device; None stands for the default one

    Returns
    -------
    The given shape and data type.

    Source: array API standard 2025.12, zeros.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.zeros(2)
    Tensor([0., 0.])
    """
    return _create("zeros", dtype, device, as_shape(shape))


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of ones.

    Parameters
    ----------
    shape : an integer or a tuple of them
    dtype : the data type; None stands for the default floating-point one
    device : the device; None stands for the default one

    Returns
    -------
    The given shape and data type.

    Source: array API standard 2025.12, ones.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ones(2, dtype=xp.int64)
    Tensor([1, 1])
    """
    return _create("ones", dtype, device, as_shape(shape))


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of the shape of another, whose elements are not set.

    Parameters
    ----------
    x : gives the shape
    dtype : the data type; None stands for that of `x`
    device : the device; None stands for that of `x`

    Returns
    -------
    The shape of `x`, in memory of its own.

    Derivative: none, `x` gives no values.

    Source: array API standard 2025.12, empty_like.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.empty_like(xp.ones((2, 3))).shape
    (2, 3)
    """
    x = as_tensor(x)
    return empty(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of zeros of the shape of another.

    Parameters
    ----------
    x : gives the shape
    dtype : the data type; None stands for that of `x`
    device : the device; None stands for that of `x`

    Returns
    -------
    The shape of `x`, in memory of its own.

    Derivative: none, `x` gives no values.

    Source: array API standard 2025.12, zeros_like.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.zeros_like(xp.asarray([5, 6]))
    Tensor([0, 0])
    """
    x = as_tensor(x)
    return zeros(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of ones of the shape of another.

    Parameters
    ----------
    x : gives the shape
    dtype : the data type; None stands for that of `x`
    device : the device; None stands for that of `x`

    Returns
    -------
    The shape of `x`, in memory of its own.

    Derivative: none, `x` gives no values.

    Source: array API standard 2025.12, ones_like.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ones_like(xp.asarray([5, 6]))
    Tensor([1, 1])
    """
    x = as_tensor(x)
    return ones(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


@linear(transpose=lambda xp, g, y, x, /, shape: g)  # the engine sums what was broadcast
def _spread(xp: Any, x: Any, /, shape: tuple[int, ...]) -> Tensor:
    """`broadcast_to` in memory of its own."""
    return xp.asarray(xp.broadcast_to(x, shape), copy=True)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor whose elements all have one value.

    Parameters
    ----------
    shape : an integer or a tuple of them
    fill_value : a number, or an array that can be broadcast to the shape
    dtype : the data type; None stands for that of the array, or the default one of the number's kind
    device : the device; None stands for that of the array, or the default one

    Returns
    -------
    The given shape; memory of its own.

    Raises
    ------
    OverflowError : an integer does not fit into the data type.

    Derivative: the sum of the cotangent, for a tensor as `fill_value`.

    Source: array API standard 2025.12, full.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.full((2,), 7)
    Tensor([7, 7])
    """
    if type(fill_value) not in SCALARS:
        return _spread(asarray(fill_value, dtype=dtype, device=device), as_shape(shape))
    where = _device(device)
    dtype = _default_dtype((type(fill_value),), where) if dtype is None else dtype
    return _create("full", dtype, where, as_shape(shape), fill_value)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor of the shape of another whose elements all have one value.

    Parameters
    ----------
    x : gives the shape
    fill_value : a number, or an array that can be broadcast to the shape
    dtype : the data type; None stands for that of `x`
    device : the device; None stands for that of `x`

    Returns
    -------
    The shape of `x`, in memory of its own.

    Raises
    ------
    OverflowError : an integer does not fit into the data type.

    Derivative: none for `x`, which gives no values; the sum of the cotangent for a tensor as `fill_value`.

    Source: array API standard 2025.12, full_like.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.full_like(xp.ones(2), 7)
    Tensor([7., 7.])
    """
    x = as_tensor(x)
    dtype, device = x.dtype if dtype is None else dtype, x.device if device is None else device
    return full(x.shape, fill_value, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Parameters
    ----------
    n_rows, n_cols : the shape; as many columns as rows if left out
    k : which diagonal: 0 is the main one, positive ones are above it
    dtype : the data type; None stands for the default floating-point one
    device : the device; None stands for the default one

    Returns
    -------
    The shape `(n_rows, n_cols)`.

    Source: array API standard 2025.12, eye.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.eye(2, k=1)
    Tensor([[0., 1.],
            [0., 0.]])
    """
    columns = n_rows if n_cols is None else n_cols
    return _create("eye", dtype, device, index(n_rows), index(columns), k=index(k))


def _traced(*numbers: Any) -> Any:
    """The first of some numbers that is a tensor; None if there is none."""
    return next((x for x in numbers if isinstance(x, Handle)), None)


def _number(x: Any) -> Any:
    """The Python number that a zero-dimensional tensor holds."""
    if not isinstance(x, Handle):
        return x
    raw = core.value(x)
    if raw.ndim:
        raise TypeError(f"arange: a number or a zero-dimensional tensor is needed, not {core.describe(x)}")
    kind = x._backend.dtype(raw.dtype).kind
    return complex(raw) if kind == "c" else float(raw) if kind == "f" else int(raw)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Make evenly spaced values from `start` up to, but without, `stop`.

    Parameters
    ----------
    start : the first value; without `stop` this is `stop`, and the values start at 0
    stop : where the values end
    step : the distance between values, not 0
    dtype : the data type; None stands for the default integer one if all numbers are integers, else the default
        floating-point one; for tensors, what these promote to
    device : the device; None stands for that of the tensors, or the default one

    Returns
    -------
    One dimension, of length ceil((stop - start) / step), or 0 if that is negative.

    Raises
    ------
    ValueError : `step` is 0.

    Derivative: of `start + i * step` in tensors as `start` and `step`; how many values there are has none.

    Source: array API standard 2025.12, arange.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.arange(1, 7, 2)
    Tensor([1, 3, 5])
    """
    if stop is None:
        start, stop = 0, start
    if isinstance(step, SCALARS) and step == 0:
        raise ValueError("arange: step is 0")
    traced = _traced(start, stop, step)
    if traced is None:
        if dtype is None and all(type(n) in (int, bool) for n in (start, stop, step)):
            dtype = default_dtypes_of(_device(device))["integral"]
        return _create("arange", dtype, device, start, stop, step)
    device = traced.device if device is None else as_device(device)
    dtype = result_type(start, stop, step) if dtype is None else as_dtype(dtype)
    first, last, width = _number(start), _number(stop), _number(step)
    if width == 0:
        raise ValueError("arange: step is 0")
    exact = all(isinstance(n, int) for n in (first, last, width))
    count = max(0, -((first - last) // width) if exact else ceil((last - first) / width))
    start, step = [asarray(x, dtype=dtype, device=device) if isinstance(x, Handle) else x for x in (start, step)]
    places: Any = _create("arange", dtype, device, count)
    return astype(start + places * step, dtype, copy=False)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Tensor:
    """Make evenly spaced values from `start` to `stop`.

    Parameters
    ----------
    start, stop : the interval: numbers, or arrays that can be broadcast against each other
    num : how many values
    dtype : the data type; None stands for the default floating-point one (complex if a number is); for arrays, what
        these promote to
    device : the device; None stands for that of the tensors, or the default one
    endpoint : whether `stop` is the last value, or the one that would come next

    Returns
    -------
    The values along the first axis, and the dimensions of the arrays behind it.

    Raises
    ------
    ValueError : `num` is negative.

    Derivative: of `start + t * (stop - start)` in tensors as `start` and `stop`.

    Source: array API standard 2025.12, linspace.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.linspace(0.0, 1.0, 3)
    Tensor([0. , 0.5, 1. ])
    """
    num = index(num)
    if num < 0:
        raise ValueError(f"linspace: num counts values and cannot be {num}")
    if isinstance(start, SCALARS) and isinstance(stop, SCALARS):  # as NumPy's float64 is
        if dtype is None:
            where = _device(device)
            kind = "complex floating" if any(isinstance(n, complex) for n in (start, stop)) else "real floating"
            dtype = default_dtypes_of(where)[kind]
        return _create("linspace", dtype, device, start, stop, num, endpoint=endpoint)
    traced = _traced(start, stop)
    if traced is None:
        traced = start = asarray(start, device=device)
    where = traced.device if device is None else as_device(device)
    asked = None if dtype is None else as_dtype(dtype)
    working = result_type(start, stop, 1.0) if asked is None or asked.kind not in "fc" else asked
    start, stop = asarray(start, dtype=working, device=where), asarray(stop, dtype=working, device=where)
    real = float32 if working.itemsize == (8 if working.kind == "c" else 4) else float64
    places: Any = _create("arange", real, where, num)
    places = reshape(places, (num,) + (1,) * max(start.ndim, stop.ndim))
    # The order of operations is NumPy's, so that tensors and numbers give the same bits.
    values: Any = start + places * ((stop - start) / max(num - endpoint, 1))
    if endpoint and num > 1:
        values[-1, ...] = stop  # the sum may miss it by a rounding
    if asked is not None and asked.kind in "iu":
        values = core.namespace.floor(values)  # as NumPy does, where astype goes towards zero
    return astype(values, working if asked is None else asked, copy=False)


# ---- grids and triangles


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Tensor, ...]:
    """Make a grid of coordinates from the coordinates along each axis.

    Parameters
    ----------
    arrays : one-dimensional
    indexing : "ij" puts the axes of the grid in the order of the arrays; "xy" exchanges the first two of them

    Returns
    -------
    A tuple of as many arrays, each with the shape of the grid and its own data type, and in memory of its own.

    Raises
    ------
    ValueError : `indexing` is neither, or an array has several dimensions.

    Derivative: each cotangent is summed over the other axes.

    Source: array API standard 2025.12, meshgrid.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.meshgrid(xp.asarray([1, 2]), xp.asarray([3, 4]), indexing="ij")[0]
    Tensor([[1, 1],
            [2, 2]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    tensors = [as_tensor(x) for x in arrays]
    for x in tensors:
        if x.ndim > 1:
            raise ValueError(f"meshgrid: coordinates have one dimension, not {x.ndim}")
    axes = list(range(len(tensors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    shape = [0] * len(axes)
    for axis, x in zip(axes, tensors, strict=True):
        shape[axis] = x.size
    columns = [(1,) * axis + (-1,) + (1,) * (len(axes) - axis - 1) for axis in axes]
    return tuple([_spread(reshape(x, column), tuple(shape)) for x, column in zip(tensors, columns, strict=True)])


@linear(transpose=lambda xp, g, y, x, /, *, k=0: xp.tril(g, k=k))
def tril(xp: Any, x: Any, /, *, k: int = 0) -> Tensor:
    """Give the lower triangles of matrices, with zeros above.

    Parameters
    ----------
    x : any data type, at least two dimensions
    k : the highest diagonal that is kept: 0 is the main one, positive ones are above it

    Returns
    -------
    The data type and shape of `x`.

    Derivative: the lower triangles of the cotangent.

    Source: array API standard 2025.12, tril.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.tril(xp.ones((2, 2)))
    Tensor([[1., 0.],
            [1., 1.]])
    """
    return xp.tril(x, k=k)


@linear(transpose=lambda xp, g, y, x, /, *, k=0: xp.triu(g, k=k))
def triu(xp: Any, x: Any, /, *, k: int = 0) -> Tensor:
    """Give the upper triangles of matrices, with zeros below.

    Parameters
    ----------
    x : any data type, at least two dimensions
    k : the lowest diagonal that is kept: 0 is the main one, positive ones are above it

    Returns
    -------
    The data type and shape of `x`.

    Derivative: the upper triangles of the cotangent.

    Source: array API standard 2025.12, triu.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.triu(xp.ones((2, 2)))
    Tensor([[1., 1.],
            [0., 1.]])
    """
    return xp.triu(x, k=k)
