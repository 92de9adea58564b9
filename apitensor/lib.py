"""What libraries look for in NumPy's `lib`: `stride_tricks.sliding_window_view`, as xarray's rolling windows do."""

from types import SimpleNamespace

from .ext import sliding_window_view

stride_tricks = SimpleNamespace(sliding_window_view=sliding_window_view)
