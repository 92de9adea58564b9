"""A generator on a CUDA device with the names of `numpy.random.Generator` that apitensor draws by.

CuPy's own generator draws the numbers, another sequence than NumPy's; shuffles and choices, which it lacks, are made
of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cupy


class _State:
    """What `generator.bit_generator` is asked for."""

    def __init__(self, owner: Generator) -> None:
        self.owner = owner

    @property
    def state(self) -> Any:
        """The state of CuPy's bit generator, on the host. CuPy has no public name for it."""
        return self.owner.raw.bit_generator._state.get()

    @state.setter
    def state(self, state: Any) -> None:
        with self.owner.device:
            self.owner.raw.bit_generator._state.set(state)


class Generator:
    """Draws on one device. `finish` is what becomes of every array."""

    def __init__(self, seed: Any, device: int, finish: Callable[[Any], Any] = lambda array: array) -> None:
        self.finish = finish
        self.device = cupy.cuda.Device(device)
        with self.device:
            self.raw = cupy.random.default_rng(seed)
        self.bit_generator = _State(self)

    def _on_device(self, draw: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.device:
            return self.finish(draw(*args, **kwargs))

    def random(self, size: Any = None, dtype: Any = float) -> Any:
        return self._on_device(self.raw.random, size=size, dtype=dtype)

    def standard_normal(self, size: Any = None, dtype: Any = float) -> Any:
        return self._on_device(self.raw.standard_normal, size=size, dtype=dtype)

    def standard_exponential(self, size: Any = None, dtype: Any = float) -> Any:
        return self._on_device(self.raw.standard_exponential, size=size, dtype=dtype)

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = float) -> Any:
        return self._on_device(self.raw.standard_gamma, shape, size=size, dtype=dtype)

    def beta(self, a: Any, b: Any, size: Any = None) -> Any:
        return self._on_device(self.raw.beta, a, b, size=size)

    def binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        return self._on_device(self.raw.binomial, n, p, size=size)

    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:
        return self._on_device(self.raw.poisson, lam, size=size)

    def integers(
        self, low: Any, high: Any = None, size: Any = None, dtype: Any = "int64", endpoint: bool = False
    ) -> Any:
        arrays = isinstance(low, cupy.ndarray) or isinstance(high, cupy.ndarray)
        draw = self._integers_between if arrays else self.raw.integers
        return self._on_device(lambda: draw(low, high, size=size, endpoint=endpoint).astype(dtype, copy=False))

    def _integers_between(self, low: Any, high: Any, size: Any, endpoint: bool) -> Any:
        """Integers with bounds of their own, which CuPy does not draw: remainders of large ones. A remainder of n is
        less likely than another by n / 2**63 at most. Nobody waits to see whether `low` is less than `high`."""
        low, high = (0, low) if high is None else (low, high)
        spans = high - low + endpoint
        drawn = self.raw.integers(0, 2**63 - 1, size=spans.shape if size is None else size, endpoint=True)
        return low + drawn % spans

    def permutation(self, n: int) -> Any:
        return self._on_device(lambda: cupy.argsort(self.raw.random(n)))

    def choice(self, n: int, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        return self._on_device(self._choice, n, size, replace, p)

    def _choice(self, n: int, size: Any, replace: bool, p: Any) -> Any:
        shape = () if size is None else (size,) if isinstance(size, int) else tuple(size)
        count = 1
        for length in shape:
            count *= length
        if not replace and count > n:
            raise ValueError(f"{count} of {n} cannot be chosen without replacement")
        if replace:
            if p is None:
                return self.raw.integers(0, n, size=shape)
            steps = cupy.cumsum(cupy.asarray(p, dtype="float64"))
            found = cupy.searchsorted(steps, self.raw.random(count) * steps[-1], side="right")
            return cupy.minimum(found, n - 1).reshape(shape)
        # Independent exponential clocks with the rates p: the order in which they ring is a draw without
        # replacement.
        clocks = self.raw.standard_exponential(n)
        if p is not None:
            p = cupy.asarray(p, dtype="float64")
            clocks = cupy.where(p > 0, clocks / p, cupy.inf)
        return cupy.argsort(clocks)[:count].reshape(shape)
