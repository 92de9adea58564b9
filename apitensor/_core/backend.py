"""What a backend is, which ones there are, and the devices they offer."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from . import dtypes, extras
from .dtypes import DType


class Namespace:
    """A backend's array namespace with the extras that it does not override filled in by their portable versions.

    The names are copied: a look-up that fell back on the module by `__getattr__` took 100 ns a time, in every rule.
    """

    write: Callable[[Any, Any, Any], Any]
    host: bool
    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, base: Any) -> None:
        self.base = base
        for name in {*dir(base), *getattr(base, "__all__", ())}:  # extensions may be loaded when first asked for
            if not name.startswith("_"):
                setattr(self, name, getattr(base, name))
        for name, portable in extras.PORTABLE.items():
            if not hasattr(self, name):
                setattr(self, name, portable(self))

    def __repr__(self) -> str:
        return f"<{getattr(self.base, '__name__', self.base)} with apitensor's extras>"


def _write(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


@dataclass(frozen=True, eq=False)
class Backend:
    """An array library that stores tensors. It knows arrays and never derivatives.

    Attributes
    ----------
    name : the library's name, shown in messages
    namespace : the array namespace, standard and extensions, over raw arrays; names of `extras` in it override these.
        Only what view operations (indexing, reshape, permute_dims, flip, broadcast_to ...) give may share memory with
        an operand
    array_type : the class of its arrays
    devices : the raw devices that work here by the name apitensor shows ("cpu", "cuda:0"), the default one first
    as_array : makes an array of what a namespace function returned where that is a scalar
    to_numpy, from_numpy : a NumPy array of an array (without copying where that can be), and back onto a raw device
    aliases : whether writing to the second array changes the first one, which was computed from it by a view operation
    write, add_in_place : `x[key] = value` and `x += y`; the core writes to arrays through these two only
    host : whether testing a value costs nothing; where it is False nothing is tested behind the user's back
    apart : whether its memory is never the host's, so that an array made of the host's is a copy
    quiet : a context in which floating-point warnings are off, entered once per backward pass
    to_text : the elements as a repr shows them
    default_rng : a generator with the names of `numpy.random.Generator` from a seed and a raw device; None: there is
        none
    real_kernels : what computes unary elementwise functions of real floating-point arrays, by name, where the
        namespace's function has to look at the data type first
    scalar_types : the classes of its scalars, where it has such: operators take them as they take its arrays
    device_key : which raw device `array.device` stands for, where that cannot be looked up itself
    synchronize : waits for the work queued on a raw device; None: nothing is queued, a call has computed when it
        returns
    memory : the bytes of a raw device by name, "free" and "total" at least; None: it cannot tell
    """

    name: str
    namespace: Any
    array_type: type
    devices: Mapping[str, Any]
    as_array: Callable[[Any], Any]
    to_numpy: Callable[[Any], Any]
    from_numpy: Callable[[Any, Any], Any]
    aliases: Callable[[Any, Any], bool]
    write: Callable[[Any, Any, Any], Any] = _write
    add_in_place: Callable[[Any, Any], Any] = operator.iadd
    host: bool = False
    apart: bool = False
    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext
    to_text: Callable[[Any], str] = str
    default_rng: Callable[[Any, Any], Any] | None = None
    real_kernels: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    scalar_types: tuple[type, ...] = ()
    device_key: Callable[[Any], Any] | None = None
    synchronize: Callable[[Any], None] | None = None
    memory: Callable[[Any], Mapping[str, int]] | None = None
    xp: Namespace = field(init=False, repr=False)
    raw_dtypes: dict[DType, Any] = field(init=False, repr=False)
    own_dtypes: dict[Any, DType] = field(init=False, repr=False)
    real_dtypes: tuple[Any, ...] = field(init=False, repr=False)
    own_devices: dict[Any, Device] = field(init=False, repr=False)
    operand_types: tuple[type, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        xp = Namespace(self.namespace)
        xp.write, xp.host = self.write, self.host  # for the extras, and for rules with a faster way for the usual case
        raw = {d: xp.zeros((0,), dtype=getattr(xp, d.name)).dtype for d in dtypes.ALL if hasattr(xp, d.name)}
        own = {value: dtype for dtype, value in raw.items()}
        for name, value in (
            ("xp", xp),
            ("raw_dtypes", raw),
            ("own_dtypes", own),
            ("real_dtypes", tuple(raw[d] for d in (dtypes.float64, dtypes.float32, dtypes.float16) if d in raw)),
            ("operand_types", (self.array_type, *self.scalar_types)),
            ("own_devices", {device: Device(name, self) for name, device in self.devices.items()}),
        ):
            object.__setattr__(self, name, value)

    def raw_dtype(self, dtype: object) -> Any:
        """This backend's name for a data type; None stays None."""
        if dtype is None:
            return None
        constant = dtypes.as_dtype(dtype)
        try:
            return self.raw_dtypes[constant]
        except KeyError:
            raise TypeError(f"backend {self.name!r} has no data type {constant}") from None

    def dtype(self, raw: Any) -> DType:
        """The constant for one of this backend's data types."""
        try:
            return self.own_dtypes[raw]
        except KeyError:
            pass
        for known, constant in list(self.own_dtypes.items()):
            if known == raw:
                self.own_dtypes[raw] = constant
                return constant
        raise TypeError(f"{raw} of backend {self.name!r} is not a data type of the standard")

    def device(self, array: Any) -> Device:
        """The device that `array` lives on."""
        if len(self.own_devices) == 1:
            return self.default_device
        return self.own_devices[array.device if self.device_key is None else self.device_key(array.device)]

    @property
    def default_device(self) -> Device:
        return next(iter(self.own_devices.values()))

    def __repr__(self) -> str:
        return f"<backend {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return get_backend, (self.default_device.type,)


class Device:
    """Where a tensor's elements are. It equals its own string: "cpu", "cuda:0", "<backend>:<device>".

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.zeros(2, device="cpu").device == "cpu"
    True
    """

    __slots__ = ("backend", "name")

    def __init__(self, name: str, backend: Backend) -> None:
        self.name = name
        self.backend = backend

    @property
    def raw(self) -> Any:
        """The backend's own name for the device."""
        return self.backend.devices[self.name]

    @property
    def type(self) -> str:
        """The name before the colon: "cpu", "cuda", or the backend's."""
        return self.name.partition(":")[0]

    def __repr__(self) -> str:
        return f"Device({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return self.name == (other.name if isinstance(other, Device) else other)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_device, (self.name,)


# A backend is found by the type of its devices: "cpu" and "cuda:0" are served by the entry points named "cpu" and
# "cuda".
_loaded: dict[str, Backend] = {}
_registered: dict[str, Callable[[], Backend]] = {}
_default: Device | None = None
_loading = RLock()  # a plug-in may load another


def register_backend(device_type: str, load: Callable[[], Backend]) -> None:
    """Serve devices named `device_type` or `device_type:...` by the backend of `load()`, called when first needed.

    An installed distribution needs no call: its entry point in the group `apitensor.backends` does the same.
    """
    _registered[device_type] = load
    _loaded.pop(device_type, None)


def device_types() -> list[str]:
    """The device types that a backend is registered or installed for."""
    from importlib.metadata import entry_points  # costs more than the rest of the import, and is needed once

    return list(dict.fromkeys([*_registered, *sorted(e.name for e in entry_points(group="apitensor.backends"))]))


def get_backend(device_type: str) -> Backend:
    """Load the backend that serves a device type, once.

    Raises
    ------
    ValueError : no backend serves it.
    ImportError, RuntimeError : its backend cannot work here (the message says what is missing).
    """
    backend = _loaded.get(device_type)
    if backend is not None:
        return backend
    with _loading:  # threads that begin together get one backend, else the tensors of one would be strangers to another
        if device_type in _loaded:
            return _loaded[device_type]
        load = _registered.get(device_type)
        if load is None:
            from importlib.metadata import entry_points

            found = list(entry_points(group="apitensor.backends", name=device_type))
            if not found:
                raise ValueError(f"no backend serves device {device_type!r}; there are {', '.join(device_types())}")
            load = found[0].load()
        backend = _loaded[device_type] = load()
    return backend


def loaded_backends() -> list[Backend]:
    """The backends in use so far."""
    return list(_loaded.values())


def is_one_of(kind: type, types: tuple[type, ...]) -> bool:
    """Whether objects of a class are such as a backend's arrays and scalars, and nothing more.

    A subclass may be more than its elements: a masked array, a quantity with a unit. It says so by a method
    `__array_ufunc__` or a higher `__array_priority__` of its own, and is asked itself what an operator does with it,
    since a tensor would keep neither mask nor unit.
    """
    base = next((t for t in types if issubclass(kind, t)), None)
    if base is None or kind is base:
        return base is not None

    def inherits(name: str) -> bool:
        return getattr(kind, name, None) is getattr(base, name, None)

    rank: Any = getattr(kind, "__array_priority__", 0)
    return inherits("__array_ufunc__") and (inherits("__array_priority__") or rank < 0)  # np.memmap gives way to others


def is_more(kind: type) -> bool:
    """Whether objects of a class are more than arrays of numbers, so that functions refuse them.

    Operators hand these to their own class. Of classes that no backend knows, those are meant that want NumPy's
    functions for themselves and do not pass their elements on by DLPack: quantities, sparse and lazy arrays. Columns of
    tables want NumPy's operations alone and are operands of functions: theirs are numbers with labels.
    """
    for backend in loaded_backends():
        if kind is backend.array_type:
            return False
        if issubclass(kind, backend.operand_types):
            return not is_one_of(kind, backend.operand_types)
    return hasattr(kind, "__array_function__") and not hasattr(kind, "__dlpack__")


def as_device(obj: object) -> Device:
    """Give the Device that `obj` (a Device, its name, or a device type for its first device) stands for."""
    if isinstance(obj, Device):
        return obj
    if not isinstance(obj, str):
        raise TypeError(f"a device is a Device or a string such as 'cpu' or 'cuda:0', not {obj!r}")
    backend = get_backend(obj.partition(":")[0])
    for device in backend.own_devices.values():
        if obj in (device.name, device.type):
            return device
    raise ValueError(f"unknown device {obj!r}; {backend.name} offers {', '.join(backend.devices)}")


def default_device() -> Device:
    """Where creation functions put new tensors: what `set_default_device` said, else `APITENSOR_DEVICE`, else "cpu"."""
    global _default
    if _default is None:
        name = os.environ.get("APITENSOR_DEVICE") or "cpu"
        try:
            _default = as_device(name)
        except (ValueError, ImportError, RuntimeError) as error:
            raise type(error)(f"APITENSOR_DEVICE is {name!r}: {error}") from error
    return _default


def set_default_device(device: object) -> None:
    """Put what creation functions make from now on onto `device`; None goes back to the environment's choice.

    Parameters
    ----------
    device : a Device or its name, or None

    Raises
    ------
    ValueError, TypeError : `device` is no device that works here.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.set_default_device("cpu")
    >>> print(xp.zeros(2).device)
    cpu
    >>> xp.set_default_device(None)
    """
    global _default
    _default = None if device is None else as_device(device)


def synchronize(device: object = None) -> None:
    """Wait until everything that was queued on a device is done.

    A program needs it only to measure times: reading a value waits for it anyway. On a device that computes at once,
    such as "cpu", there is nothing to wait for.

    Parameters
    ----------
    device : a Device or its name; None stands for the default one

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.synchronize("cpu")
    """
    where = default_device() if device is None else as_device(device)
    if where.backend.synchronize is not None:
        where.backend.synchronize(where.raw)


def memory_info(device: object = None) -> dict[str, int]:
    """Tell how much memory a device has.

    Parameters
    ----------
    device : a Device or its name; None stands for the default one

    Returns
    -------
    Bytes by name: "free" and "total" for the device, and what its backend adds. For "cuda" that is "used" by arrays and
    "held" by CuPy's pool, used or not.

    Raises
    ------
    NotImplementedError : the device's backend cannot tell, as on "cpu".

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.memory_info("cpu")
    Traceback (most recent call last):
    ...
    NotImplementedError: backend 'numpy' does not tell how much memory cpu has
    """
    where = default_device() if device is None else as_device(device)
    if where.backend.memory is None:
        raise NotImplementedError(f"backend {where.backend.name!r} does not tell how much memory {where} has")
    return dict(where.backend.memory(where.raw))
