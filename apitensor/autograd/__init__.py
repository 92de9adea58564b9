"""Derivatives of functions, of recorded tensors, and of ops of your own.

Functions with the names and arguments that JAX's users know: `grad`, `value_and_grad`, `vjp`, `jvp`, `linearize`,
`jacobian`, `hessian`, `hvp`, `checkpoint`. They nest in any order. Of tensors that were computed already: `gradients`,
beside `Tensor.backward`. To add an op with its derivative: `elementwise`, `linear`, `constant`, `op`; to try it:
`check_gradients`.
"""

from apitensor._core.declare import constant, elementwise, linear, op
from apitensor._core.modes import enable_grad, is_grad_enabled, no_grad

from ._check import GradientError, Report, check_gradients
from ._checkpoint import checkpoint
from ._forward import jvp, linearize
from ._matrices import hessian, hvp, jacobian
from ._reverse import grad, gradients, value_and_grad, vjp

__all__ = [
    "GradientError",
    "Report",
    "check_gradients",
    "checkpoint",
    "constant",
    "elementwise",
    "enable_grad",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "linear",
    "linearize",
    "no_grad",
    "op",
    "value_and_grad",
    "vjp",
]
