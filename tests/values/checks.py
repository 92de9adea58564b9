"""What the tests of values share: tensors of lists, comparisons in units of the last place, what is tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apitensor as xp
from tests.backends import CPU, READONLY, STRICT, has_double
from tests.reference import FORMATS, INF, SINGLE, Grid, kind_of, single, ulps

DEVICES = (CPU, READONLY, *STRICT)

# The names that some test of values claims, by `covers`: "exp", "linalg.det", "Tensor.__add__".
COVERED: set[str] = set()

# Devices that compute differently. The others hand the same numbers to the same kernels: long tables skip them.
KERNELS = (CPU, *STRICT[::2])

# (device, data type) for the tests that go over both; a device without double precision has its data types only.
DOUBLES = ("float64", "complex128")


def covers(*names: str) -> Callable[[Any], Any]:
    """Say of which functions a test checks the values."""
    COVERED.update(names)
    return lambda test: test


def on_devices(dtypes: Iterable[str], devices: Iterable[str] = DEVICES) -> list[tuple[str, str]]:
    """Every device with every one of the data types that it has."""
    dtypes = list(dtypes)
    return [(device, dtype) for device in devices for dtype in dtypes if has_double(device) or dtype not in DOUBLES]


def function(name: str) -> Any:
    """The function behind a name such as "linalg.det"."""
    found: Any = xp
    for part in name.split("."):
        found = getattr(found, part)
    return found


def tensor(values: Any, dtype: str | None, device: str) -> Any:
    """A tensor of a Grid, a list or a number; Grids of no element keep their shape."""
    if isinstance(values, Grid):
        return xp.reshape(xp.asarray(values.flat, dtype=dtype, device=device), values.shape)
    return xp.asarray(values, dtype=dtype, device=device)


def values(t: Any) -> Grid:
    """The elements of a tensor as Python numbers."""
    assert isinstance(t, xp.Tensor)
    return Grid(t.shape, xp.reshape(t, (-1,)).tolist() if t.size else [])


def in_format(numbers: Sequence[Any], dtype: str) -> list[Any]:
    """Numbers as a data type has them, without the ones that are not in its range."""
    if FORMATS[dtype] is not SINGLE:
        return list(dict.fromkeys(numbers))
    if kind_of(dtype) == "c":
        return list(dict.fromkeys(complex(single(z.real), single(z.imag)) for z in numbers if _fits(z)))
    return list(dict.fromkeys(single(x) for x in numbers if _fits(x)))


def _fits(z: Any) -> bool:
    parts = (z.real, z.imag) if isinstance(z, complex) else (z,)
    return all(not math.isfinite(p) or (abs(p) <= SINGLE.max and (not p or abs(p) >= SINGLE.subnormal)) for p in parts)


def distance(got: Any, wanted: Any, dtype: str) -> float:
    """How far a number is from the wanted one, in units of the last place, the worse of both parts of a complex one."""
    kind = kind_of(dtype)
    if kind in "biu":
        return 0.0 if type(got) is type(wanted) and got == wanted else INF
    form = FORMATS[dtype]
    if kind == "f":
        return ulps(got, wanted, form)
    return max(ulps(got.real, wanted.real, form), ulps(got.imag, wanted.imag, form))


def check(
    what: str, got: Any, wanted: Grid, dtype: str, device: str, tolerance: float = 0.0, operands: Sequence[Any] = ()
) -> None:
    """A tensor has the wanted elements within `tolerance` units of the last place, and shape, data type and device."""
    assert got.shape == wanted.shape, f"{what}: shape {got.shape}, wanted {wanted.shape}"
    assert got.dtype.name == dtype, f"{what}: {got.dtype}, wanted {dtype}"
    assert got.device == device
    found = values(got).flat
    wrong = []
    for k, (g, w) in enumerate(zip(found, wanted.flat, strict=True)):
        d = distance(g, w, dtype)
        if not d <= tolerance:
            wrong.append(f"{operands[k] if k < len(operands) else k}: {g!r}, wanted {short(w)} ({d:.3g} ulp)")
    assert not wrong, f"{what}: {len(wrong)} of {len(found)} differ:\n" + "\n".join(wrong[:12])


def check_whole(
    what: str, got: Any, wanted: Grid, dtype: str, device: str, tolerance: float, operands: Sequence[Any] = ()
) -> None:
    """As `check`, but a complex number is measured as a whole, in eps times its magnitude: one part may cancel."""
    assert (got.shape, got.dtype.name, got.device) == (wanted.shape, dtype, device), what
    wrong = []
    for k, (g, w) in enumerate(zip(values(got).flat, wanted.flat, strict=True)):
        form = FORMATS[dtype]
        if math.isinf(form.nearest(w.real)) or math.isinf(form.nearest(w.imag)):  # it overflows
            right = distance(g, w, dtype) <= tolerance
        else:
            right = abs(g - w) <= tolerance * form.eps * abs(w)
        if not right:
            wrong.append(f"{operands[k] if k < len(operands) else k}: {g!r}, wanted {short(w)}")
    assert not wrong, f"{what}: {len(wrong)} of {len(wanted.flat)} differ:\n" + "\n".join(wrong[:12])


def check_norm(what: str, got: Any, wanted: Grid, dtype: str, device: str, tolerance: float) -> None:
    """As `check`, but in units of eps times the largest wanted element: for what algorithms compute as a whole."""
    assert got.shape == wanted.shape, f"{what}: shape {got.shape}, wanted {wanted.shape}"
    assert got.dtype.name == dtype, f"{what}: {got.dtype}, wanted {dtype}"
    assert got.device == device
    size = max([abs(w) for w in wanted.flat], default=0)
    worst = max([abs(g - w) for g, w in zip(values(got).flat, wanted.flat, strict=True)], default=0)
    allowed = tolerance * FORMATS[dtype].eps * size
    assert worst <= allowed, f"{what}: off by {float(worst):.3g}, allowed {float(allowed):.3g}\n{got}"


def short(w: Any) -> str:
    return (
        repr(w) if isinstance(w, (bool, int, float, complex)) else str(complex(w) if hasattr(w, "imag") else float(w))
    )
