"""Whether operations are recorded, and forward mode is under way: settings of the running thread or asyncio task."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from itertools import count
from typing import Any, ClassVar, ParamSpec, Self, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")

_recording: ContextVar[bool] = ContextVar("apitensor_recording", default=True)

recording = _recording.get  # what the ops ask, without a call in between
set_recording, reset_recording = _recording.set, _recording.reset  # likewise, what a backward pass does


def is_grad_enabled() -> bool:
    """Whether operations are recorded in the running thread or asyncio task.

    Returns
    -------
    True or False.

    Examples
    --------
    >>> import apitensor as xp
    >>> with xp.no_grad():
    ...     xp.is_grad_enabled()
    False
    """
    return _recording.get()


class _Mode:
    """A grad mode as context manager and as decorator, with or without parentheses."""

    __slots__ = ("_tokens",)
    _tokens: list[Token[bool]]
    enabled: ClassVar[bool]

    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(cls, function: Callable[P, R]) -> Callable[P, R]: ...  # type: ignore[misc]
    def __new__(cls, function: Any = None) -> Any:
        mode = super().__new__(cls)
        mode._tokens = []
        return mode if function is None else mode(function)

    def __enter__(self) -> None:
        self._tokens.append(_recording.set(self.enabled))

    def __exit__(self, *exc: object) -> None:
        _recording.reset(self._tokens.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        mode = type(self)
        if not callable(function):
            raise TypeError(f"{mode.__name__} decorates a function, or stands in a `with`; this is {function!r}")

        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with mode():  # a mode of its own for each call: calls may overlap in threads
                return function(*args, **kwargs)

        @functools.wraps(function)
        async def coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            with mode():
                return await function(*args, **kwargs)  # type: ignore[misc]

        @functools.wraps(function)
        def generator(*args: P.args, **kwargs: P.kwargs) -> Any:
            return (yield from _steps(mode, function(*args, **kwargs)))  # type: ignore[arg-type]

        # The body of a generator or a coroutine runs later than the call that makes it.
        if inspect.iscoroutinefunction(function):
            return coroutine  # type: ignore[return-value]
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{mode.__name__}: an async generator cannot be decorated; use `with` inside, between yields"
            )
        return generator if inspect.isgeneratorfunction(function) else wrapped


def _steps(mode: type[_Mode], inner: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """A generator that does the same as `inner`, whose every step runs in a mode and leaves it for the caller."""
    resume, given = inner.send, None
    while True:
        with mode():
            try:
                item = resume(given)
            except StopIteration as end:
                return end.value
        try:
            given = yield item
            resume = inner.send
        except GeneratorExit:
            with mode():
                inner.close()
            raise
        except BaseException as error:
            resume, given = inner.throw, error


class no_grad(_Mode):
    """Nothing that is computed inside is recorded: `with no_grad(): ...`, or a decorator.

    The setting belongs to the running thread or asyncio task. Forward mode records nothing: tangents pass through.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray(2.0, requires_grad=True)
    >>> with xp.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    __slots__ = ()
    enabled = False


class enable_grad(_Mode):
    """Recording is on inside, even within `no_grad()`.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray(2.0, requires_grad=True)
    >>> with xp.no_grad(), xp.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    __slots__ = ()
    enabled = True


class set_grad_enabled:
    """Switch recording on or off: from here on, inside `with set_grad_enabled(flag): ...`, or as a decorator.

    Parameters
    ----------
    enabled : whether operations are recorded in the running thread or asyncio task

    Examples
    --------
    >>> import apitensor as xp
    >>> training = False
    >>> with xp.set_grad_enabled(training):
    ...     xp.is_grad_enabled()
    False
    >>> xp.is_grad_enabled()
    True
    """

    __slots__ = ("_before", "_enabled")

    def __init__(self, enabled: bool) -> None:
        self._before = _recording.get()
        self._enabled = bool(enabled)
        _recording.set(self._enabled)

    def __enter__(self) -> None:
        _recording.set(self._enabled)  # again, for a second use

    def __exit__(self, *exc: object) -> None:
        _recording.set(self._before)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        _recording.set(self._before)
        decorated: Callable[P, R] = (enable_grad if self._enabled else no_grad)(function)
        return decorated


_next_level = count(1).__next__
_depth: ContextVar[int] = ContextVar("apitensor_forward_depth", default=0)


def in_forward_mode() -> bool:
    """Whether a forward-mode derivative is under way here: then reverse mode runs on tensors, to carry tangents."""
    return _depth.get() > 0


@contextmanager
def forward_level() -> Iterator[int]:
    """A fresh level, for as long as one derivative is computed."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield _next_level()
    finally:
        _depth.reset(token)
