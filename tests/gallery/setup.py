"""What the programs import. SciPy and scikit-learn take other libraries' arrays where they are told to."""

import os

os.environ["SCIPY_ARRAY_API"] = "1"  # SciPy reads it once, when it is imported

import array_api_extra as xpx
import einops
import einops.array_api
import opt_einsum
import sklearn
import xarray
from array_api_compat import array_namespace, is_torch_array
from scipy import fft, integrate, ndimage, signal, special, stats
from scipy.differentiate import derivative
from scipy.interpolate import RBFInterpolator
from scipy.optimize import elementwise
from scipy.spatial.transform import RigidTransform, Rotation
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.metrics import pairwise
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KernelCenterer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.utils.extmath import softmax

import apitensor.scipy_fft

sklearn.set_config(array_api_dispatch=True)
fft.register_backend(apitensor.scipy_fft)

__all__ = [
    "PCA",
    "GaussianMixture",
    "GaussianNB",
    "KernelCenterer",
    "LinearDiscriminantAnalysis",
    "MaxAbsScaler",
    "MinMaxScaler",
    "Normalizer",
    "PolynomialFeatures",
    "RBFInterpolator",
    "Ridge",
    "RigidTransform",
    "Rotation",
    "StandardScaler",
    "array_namespace",
    "derivative",
    "einops",
    "elementwise",
    "fft",
    "integrate",
    "is_torch_array",
    "make_pipeline",
    "ndimage",
    "opt_einsum",
    "pairwise",
    "signal",
    "softmax",
    "special",
    "stats",
    "xarray",
    "xpx",
]
