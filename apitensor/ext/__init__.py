"""The rest of an array program's vocabulary: functions that NumPy and SciPy users know and the standard lacks.

Those that NumPy has are at the top level too, because client libraries look for them there. All are differentiable in
what is real or complex, and nearly all are compositions of the standard's functions: they run on every backend and
have derivatives of every order.
"""

from ._counting import bincount, corrcoef, cov, one_hot
from ._einsum import einsum
from ._matrices import expm, logm, sqrtm
from ._nan import (
    cumprod,
    cumsum,
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
)
from ._quantiles import median, nanmedian, nanquantile, quantile
from ._samples import convolve, correlate, gradient, interp, logspace
from ._shapes import diag, kron, pad, sliding_window_view, transpose
from ._softmax import log_softmax, logsumexp, softmax

__all__ = [
    "bincount",
    "convolve",
    "corrcoef",
    "correlate",
    "cov",
    "cumprod",
    "cumsum",
    "diag",
    "einsum",
    "expm",
    "gradient",
    "interp",
    "kron",
    "log_softmax",
    "logm",
    "logspace",
    "logsumexp",
    "median",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "one_hot",
    "pad",
    "quantile",
    "sliding_window_view",
    "softmax",
    "sqrtm",
    "transpose",
]
