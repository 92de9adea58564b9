"""Runs a program with a library's tensors and compares its gradient with differences of the program on NumPy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import apitensor as xp
from tests.gallery.programs import Program

# Of the gradient against differences, whose own error is below a tenth of it in every program.
BOUND = 1e-7
STEP = 1e-3
# The fourth order's central difference: weights of the function's values at multiples of the step.
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))

Run = Callable[[Program, list[np.ndarray]], tuple[float, list[Any]]]


@dataclass(frozen=True)
class Expected:
    """The program's value on NumPy arrays, and its derivatives along some directions by differences."""

    value: float
    directions: list[list[np.ndarray]]
    derivatives: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What a library gave: "right", "wrong", "no gradient" or "raises"; the relative error; the message."""

    verdict: str
    error: float = math.nan
    message: str = ""


def every_direction(arrays: list[np.ndarray]) -> list[list[np.ndarray]]:
    """One direction for every element, which together give the whole gradient."""
    found = []
    for i, array in enumerate(arrays):
        for at in np.ndindex(array.shape):
            found.append([np.zeros_like(a) for a in arrays])
            found[-1][i][at] = 1.0
    return found


def one_direction(arrays: list[np.ndarray]) -> list[list[np.ndarray]]:
    """A direction that all elements have part in."""
    rng = np.random.default_rng(1)
    return [[np.asarray(rng.choice([-1.0, 1.0], a.shape)) for a in arrays]]


def by_differences(program: Program, directions: list[list[np.ndarray]]) -> Expected:
    """What is expected: nothing but the program on NumPy arrays is asked."""
    arrays = program.arrays()

    def value(step: float, direction: list[np.ndarray]) -> float:
        return float(program.function(*[a + step * d for a, d in zip(arrays, direction, strict=True)]))

    derivatives = [sum(w * value(k * STEP, d) for k, w in STENCIL) / STEP for d in directions]
    return Expected(float(program.function(*program.arrays())), directions, np.asarray(derivatives))


def results(y: Any, tensors: list[Any]) -> tuple[float, list[Any]]:
    """The value as a number and the gradients as arrays."""
    value = float(y.detach() if hasattr(y, "detach") else y)
    return value, [None if t.grad is None else t.grad.numpy() for t in tensors]


def with_apitensor(program: Program, arrays: list[np.ndarray]) -> tuple[float, list[Any]]:
    tensors = [xp.asarray(a, requires_grad=True) for a in arrays]
    y = program.function(*tensors)
    if isinstance(y, xp.Tensor) and y.requires_grad:
        y.backward()
    return results(y, tensors)


def with_torch(program: Program, arrays: list[np.ndarray]) -> tuple[float, list[Any]]:
    import torch

    torch.set_default_dtype(torch.float64)  # as NumPy has it
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = program.function(*tensors)
    if isinstance(y, torch.Tensor) and y.requires_grad:
        y.backward()
    return results(y, tensors)


def try_with(run: Run, program: Program, expected: Expected) -> Outcome:
    """Run a program with a library's tensors and judge what comes."""
    try:
        value, gradients = run(program, program.arrays())
    except Exception as error:  # whatever a library raises
        return Outcome("raises", message=f"{type(error).__name__}: {error}")
    if all(g is None for g in gradients):
        return Outcome("no gradient")
    found = [
        sum(float(np.sum(g * d)) for g, d in zip(gradients, direction, strict=True) if g is not None)
        for direction in expected.directions
    ]
    error = float(np.linalg.norm(found - expected.derivatives) / np.linalg.norm(expected.derivatives))
    same = math.isclose(value, expected.value, rel_tol=1e-9, abs_tol=1e-12)
    return Outcome("right" if error < BOUND and same else "wrong", error)
