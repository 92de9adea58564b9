"""The standard's data types as named constants, equal on every backend."""

import builtins
import sys
from typing import Any, Final


class DType:
    """A data type of the standard.

    There is one object per data type, whatever the backend. It equals its own name and what NumPy calls the same type
    (`x.dtype == "float32"`, `x.dtype == np.float32`), so that code written for NumPy reads it.

    Attributes
    ----------
    name : the standard's name, such as "float32"
    kind : NumPy's one-letter kind: "b", "i", "u", "f" or "c"
    itemsize : bytes per element

    What else NumPy's data types have (`type`, `char`, `str` ...) is NumPy's; `np.dtype(x.dtype)` is NumPy's data type.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.ones(3, dtype="float32").dtype
    apitensor.float32
    >>> xp.float32 == "float32", xp.float32.kind, xp.float32.itemsize
    (True, 'f', 4)
    >>> import numpy as np
    >>> np.dtype(xp.float32), xp.float32.char
    (dtype('float32'), 'f')
    """

    __slots__ = ("_class", "itemsize", "kind", "name")

    def __init__(self, name: str, kind: str, itemsize: int) -> None:
        self.name: Final = name
        self.kind: Final = kind
        self.itemsize: Final = itemsize
        self._class: Any = DType

    def __repr__(self) -> str:
        return f"apitensor.{self.name}"

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> builtins.bool:
        if isinstance(other, DType):
            return self is other
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What `isinstance` takes this for besides a DType: NumPy's class, whose attributes it has.

        xarray and others ask `isinstance(x.dtype, np.dtype)` before they read one, and NumPy's class has no heirs.
        """
        loaded = sys.modules.get("numpy")  # whether or not a backend for it is here: isinstance() must not raise
        if self._class is DType and hasattr(loaded, "dtype"):
            self._class = type(loaded.dtype(self.name))  # type: ignore[union-attr]
        return self._class

    @property
    def __numpy_dtype__(self) -> Any:
        """NumPy's data type of this name, for `np.dtype(x.dtype)`. NumPy looks for it since 2.4, for `dtype` before."""
        from .backend import get_backend  # the records stand on this file

        return get_backend("cpu").raw_dtype(self)

    @property
    def dtype(self) -> Any:
        """NumPy's data type of this name, which `np.dtype(x.dtype)` of NumPy before 2.4 looks for here."""
        return self.__numpy_dtype__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"a data type has no attribute {name!r}")
        return getattr(self.__numpy_dtype__, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)

    def __copy__(self) -> "DType":
        return self

    def __deepcopy__(self, memo: Any) -> "DType":
        return self


bool = DType("bool", "b", 1)
int8 = DType("int8", "i", 1)
int16 = DType("int16", "i", 2)
int32 = DType("int32", "i", 4)
int64 = DType("int64", "i", 8)
uint8 = DType("uint8", "u", 1)
uint16 = DType("uint16", "u", 2)
uint32 = DType("uint32", "u", 4)
uint64 = DType("uint64", "u", 8)
float16 = DType("float16", "f", 2)
float32 = DType("float32", "f", 4)
float64 = DType("float64", "f", 8)
complex64 = DType("complex64", "c", 8)
complex128 = DType("complex128", "c", 16)

STANDARD: tuple[DType, ...] = (
    bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128,
)  # fmt: skip
# float16 is beyond the standard: NumPy and CuPy have it, and give it for exp() of an int8.
ALL: tuple[DType, ...] = (*STANDARD, float16)
BY_NAME: dict[str, DType] = {dtype.name: dtype for dtype in ALL}

# What Python's own types mean where a data type is asked for, as NumPy reads them.
_PYTHON_TYPES: dict[object, DType] = {
    builtins.bool: bool,
    int: int64,
    float: float64,
    complex: complex128,
}
# What NumPy calls them besides: "f8", "d", "float", its scalar types np.longlong ...
_NUMPY_NAMES: dict[str, DType] = {
    **{f"{dtype.kind}{dtype.itemsize}": dtype for dtype in ALL},
    **dict(zip("?bhiqBHIQefdFD", (
        bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
        float16, float32, float64, complex64, complex128,
    ), strict=True)),
    "int": int64, "float": float64, "complex": complex128, "longlong": int64, "ulonglong": uint64,
}  # fmt: skip


def as_dtype(obj: object) -> DType:
    """Give the constant that `obj` stands for: a constant, a name, NumPy's data type or scalar type, a Python type.

    Raises
    ------
    TypeError : `obj` names no data type of the standard.
    """
    if isinstance(obj, DType):
        return obj
    if isinstance(obj, type):
        name = obj.__name__.rstrip("_")
        found = _PYTHON_TYPES.get(obj) or BY_NAME.get(name) or _NUMPY_NAMES.get(name)
    elif isinstance(obj, str):
        found = BY_NAME.get(obj) or _NUMPY_NAMES.get(obj.lstrip("<=|"))
    else:
        found = BY_NAME.get(str(getattr(obj, "name", "")))
    if found is None:
        raise TypeError(f"{obj!r} is not a data type of the standard; there are {', '.join(BY_NAME)}")
    return found
