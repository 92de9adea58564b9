"""Inspection: what the namespace offers, and on which devices.

Source: array API standard 2025.12, chapter "Inspection".
"""

from __future__ import annotations

from functools import cache
from typing import Any

from apitensor._core import backend as backends
from apitensor._core.backend import Device, as_device
from apitensor._core.dtypes import STANDARD, DType

from .data_types import isdtype


@cache
def default_dtypes_of(device: Device) -> dict[str, DType]:
    """The data types that values without one get on a device, by kind."""
    info = device.backend.namespace.__array_namespace_info__()
    return {kind: device.backend.dtype(raw) for kind, raw in info.default_dtypes(device=device.raw).items()}


class Info:
    """What `__array_namespace_info__()` gives."""

    def capabilities(self) -> dict[str, Any]:
        """Say what need not be there in every namespace.

        Returns
        -------
        A dictionary: "boolean indexing" and "data-dependent shapes" are True, "max dimensions" is what the backend of
        the default device allows.

        Source: array API standard 2025.12, capabilities.
        """
        of_backend = backends.default_device().backend.namespace.__array_namespace_info__().capabilities()
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": of_backend["max dimensions"],
        }

    def default_device(self) -> Device:
        """Give the device that creation functions put new tensors on.

        Source: array API standard 2025.12, default_device.
        """
        return backends.default_device()

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """Give the data types that values without one get.

        Parameters
        ----------
        device : the device; None stands for the default one

        Returns
        -------
        A dictionary with the keys "real floating", "complex floating", "integral" and "indexing".

        Source: array API standard 2025.12, default_dtypes.
        """
        return dict(default_dtypes_of(backends.default_device() if device is None else as_device(device)))

    def devices(self) -> tuple[Device, ...]:
        """Give the devices that work here, the default one first, then by backend.

        Source: array API standard 2025.12, devices.
        """
        found = {backends.default_device(): None}
        for device_type in backends.device_types():
            try:
                found.update(dict.fromkeys(backends.get_backend(device_type).own_devices.values()))
            except (ImportError, RuntimeError):  # installed, but its library or its hardware is missing
                continue
        return tuple(found)

    def dtypes(self, *, device: Any = None, kind: str | tuple[str, ...] | None = None) -> dict[str, DType]:
        """Give the standard's data types that a device has, by name.

        Parameters
        ----------
        device : the device; None stands for the default one
        kind : only those of a kind, or of several, as `isdtype` names them

        Source: array API standard 2025.12, dtypes.
        """
        where = backends.default_device() if device is None else as_device(device)
        there = where.backend.namespace.__array_namespace_info__().dtypes(device=where.raw)
        return {d.name: d for d in STANDARD if d.name in there and (kind is None or isdtype(d, kind))}


def __array_namespace_info__() -> Info:
    """Give an object that tells what the namespace offers.

    Returns
    -------
    An object with the methods `capabilities`, `default_device`, `default_dtypes`, `devices` and `dtypes`.

    Source: array API standard 2025.12, __array_namespace_info__.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.__array_namespace_info__().default_dtypes()["real floating"]
    apitensor.float64
    """
    return Info()
