"""What libraries look for in NumPy's `lib`: `stride_tricks.sliding_window_view`, as xarray's rolling windows do."""

from types import SimpleNamespace

from .ext import sliding_window_view

__all__ = ["stride_tricks"]


def __dir__() -> list[str]:
    return __all__


stride_tricks = SimpleNamespace(sliding_window_view=sliding_window_view)
