"""The programs: each gives one number, computed from arrays by a library that knows nothing of apitensor.

They are written once, for any arrays that the library takes: the namespace is asked of the arrays. The decorator names
the section of the page and draws the arrays.
"""

from __future__ import annotations

import inspect
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from tests.gallery.setup import (
    PCA,
    GaussianMixture,
    GaussianNB,
    KernelCenterer,
    LinearDiscriminantAnalysis,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    RBFInterpolator,
    Ridge,
    RigidTransform,
    Rotation,
    StandardScaler,
    array_namespace,
    derivative,
    einops,
    elementwise,
    fft,
    integrate,
    is_torch_array,
    make_pipeline,
    ndimage,
    opt_einsum,
    pairwise,
    signal,
    softmax,
    special,
    stats,
    xarray,
    xpx,
)

Draw = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Program:
    """A function of arrays, and how to draw these.

    It is right where its gradient is; with `raises` it is one that shows a limit. `since` is the release of a library
    before which it raises too.
    """

    section: str
    function: Callable[..., Any]
    draws: tuple[Draw, ...]
    raises: bool = False
    since: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def source(self) -> str:
        """Its code, without the decorator."""
        text = inspect.getsource(self.function)
        return text[text.index("def ") :].rstrip()

    @property
    def expected(self) -> str:
        """What it shall give with the libraries that are installed."""
        return "raises" if self.raises or (self.since and _older(*self.since)) else "right"

    def arrays(self) -> list[np.ndarray]:
        """The arrays that it is tried on, always the same."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return [draw(rng) for draw in self.draws]


def _older(library: str, release: str) -> bool:
    have, want = ([int(part) for part in text.split(".")[:2]] for text in (version(library), release))
    return have < want


PROGRAMS: list[Program] = []


def program(section: str, *draws: Draw, **kwargs: Any) -> Callable[[Any], Any]:
    """Put a function among the programs."""

    def add(function: Any) -> Any:
        PROGRAMS.append(Program(section, function, draws, **kwargs))
        return function

    return add


def normal(*shape: int) -> Draw:
    return lambda rng: rng.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Draw:
    return lambda rng: rng.uniform(low, high, shape)


# ---- statistics

STATISTICS = "SciPy: statistics"


@program(STATISTICS, uniform(0.5, 3, 20))
def gamma_maximum_likelihood(x):
    """The shape of a gamma distribution by maximum likelihood: the root of its score, differentiated in the sample."""
    xp = array_namespace(x)
    s = xp.log(xp.mean(x)) - xp.mean(xp.log(x))
    bracket = (0.1 + 0 * s, 100 + 0 * s)
    return elementwise.find_root(lambda k, s: xp.log(k) - special.digamma(k) - s, bracket, args=(s,)).x


@program(STATISTICS, uniform(0.5, 3, 20), uniform(0.5, 3))
def gamma_likelihood(x, k):
    """The log-likelihood of a gamma distribution with shape k and the scale that is best for it."""
    xp = array_namespace(x)
    scale = xp.mean(x) / k
    return xp.sum(special.xlogy(k - 1, x) - x / scale) - x.shape[0] * (special.gammaln(k) + k * xp.log(scale))


@program(STATISTICS, uniform(0.5, 3, 20))
def box_cox_likelihood(x):
    """The log-likelihood that a power makes a sample normal."""
    return stats.boxcox_llf(0.3, x)


@program(STATISTICS, normal(12), normal(15))
def t_test(a, b):
    """The p-value of Welch's test."""
    return stats.ttest_ind(a, b, equal_var=False).pvalue


@program(STATISTICS, normal(12))
def one_sample_t_test(a):
    """The upper end of the confidence interval of a mean."""
    return stats.ttest_1samp(a, 0.2).confidence_interval(0.9).high


@program(STATISTICS, normal(20))
def normality(x):
    """The p-value of D'Agostino and Pearson's test of normality."""
    return stats.normaltest(x).pvalue


@program(STATISTICS, normal(20))
def jarque_bera(x):
    """The p-value of Jarque and Bera's test."""
    return stats.jarque_bera(x).pvalue


@program(STATISTICS, normal(8), normal(9), normal(10))
def analysis_of_variance(a, b, c):
    """The p-value of a one-way analysis of variance."""
    return stats.f_oneway(a, b, c).pvalue


@program(STATISTICS, normal(8), normal(9), normal(10))
def bartlett(a, b, c):
    """The p-value of Bartlett's test for equal variances."""
    return stats.bartlett(a, b, c).pvalue


@program(STATISTICS, normal(25), normal(25))
def correlation(x, y):
    """The p-value of Pearson's correlation."""
    return stats.pearsonr(x, x + 3 * y).pvalue


@program(STATISTICS, normal(15), normal(15))
def paired_t_test(a, b):
    """The p-value of a paired test that one sample is larger."""
    return stats.ttest_rel(a, b, alternative="greater").pvalue


@program(STATISTICS, uniform(5, 20, 6))
def chi_square(observed):
    """The p-value of a chi-squared test for equal frequencies."""
    xp = array_namespace(observed)
    return stats.chisquare(observed / xp.sum(observed) * 60).pvalue


@program(STATISTICS, uniform(0.01, 0.9, 5))
def combined_p_values(p):
    """Stouffer's combination of p-values."""
    return stats.combine_pvalues(p, method="stouffer").pvalue


@program(STATISTICS, normal(20))
def z_scores(x):
    """The third power of the z-scores, summed."""
    xp = array_namespace(x)
    return xp.sum(stats.zscore(x)[:5] ** 3)


@program(STATISTICS, normal(21))
def quantiles(x):
    """The distance of two quantiles."""
    xp = array_namespace(x)
    low, high = stats.quantile(x, xp.asarray([0.1, 0.85]))
    return high - low


@program(STATISTICS, uniform(0, 6, 20))
def circular_mean(angles):
    """The mean of angles, weighed by their circular variance."""
    return stats.circmean(angles) * stats.circvar(angles)


@program(STATISTICS, uniform(0.5, 3, 20))
def means(x):
    """Geometric, harmonic and power mean."""
    return stats.gmean(x) + stats.hmean(x) + stats.pmean(x, 3)


@program(STATISTICS, normal(20))
def shape_of_a_sample(x):
    """Skewness and kurtosis without bias."""
    return stats.skew(x, bias=False) + stats.kurtosis(x, bias=False)


@program(STATISTICS, uniform(0.1, 1, 6), uniform(0.1, 1, 6))
def relative_entropy(p, q):
    """The relative entropy of two distributions that are not normalised."""
    return stats.entropy(p, q)


@program(STATISTICS, normal(30, 3))
def mean_direction(x):
    """The mean direction of vectors, and how long it is."""
    found = stats.directional_stats(x)
    return found.mean_direction[0] * found.mean_resultant_length


@program(STATISTICS, normal(9))
def bootstrap_interval(x):
    """The upper end of a confidence interval by resampling."""
    xp = array_namespace(x)
    given = {"n_resamples": 99, "method": "percentile", "rng": 1}
    return stats.bootstrap((x,), lambda x, axis: xp.mean(x, axis=axis) ** 2, **given).confidence_interval.high


@program(STATISTICS, normal(20))
def l_moments(x):
    """The fourth L-moment of a sample."""
    return stats.lmoment(x, 4)


# ---- special functions

SPECIAL = "SciPy: special functions"


@program(SPECIAL, normal(4, 3), uniform(0.1, 1, 3))
def weighted_logsumexp(x, weights):
    """The logarithm of a weighted sum of exponentials."""
    xp = array_namespace(x)
    return xp.sum(special.logsumexp(x, axis=1, b=weights))


@program(SPECIAL, normal(4, 3))
def cross_entropy(logits):
    """The cross entropy of a classification."""
    xp = array_namespace(logits)
    return -xp.sum(special.log_softmax(logits, axis=1)[:, 0])


@program(SPECIAL, uniform(0.5, 3, 5), uniform(0.5, 3, 5), uniform(0.1, 0.9, 5))
def beta_distribution(a, b, x):
    """The logarithm of a beta distribution's cumulative probability, in its parameters too."""
    xp = array_namespace(x)
    return xp.sum(xp.log(special.betainc(a, b, x)))


@program(SPECIAL, uniform(0.1, 4, 6))
def bessel_functions(x):
    """A wave in a cylinder."""
    xp = array_namespace(x)
    return xp.sum(special.j0(x) * special.y1(x) + special.i0e(x))


@program(SPECIAL, normal(6), uniform(2, 9))
def student_t_tail(x, df):
    """The probability of a t distribution, in its degrees of freedom too."""
    xp = array_namespace(x)
    return xp.sum(special.stdtr(df, x) * special.ndtr(x))


@program(SPECIAL, uniform(0.5, 4, 5), uniform(0.5, 4, 5))
def gamma_distribution(k, x):
    """The logarithm of a gamma distribution's cumulative probability, in its shape too."""
    xp = array_namespace(x)
    return xp.sum(xp.log(special.gammainc(k, x)))


@program(SPECIAL, normal(5, 2), uniform(0.5, 2))
def matern_kernel(points, length):
    """A kernel of Matern's family, whose smoothness 0.7 has no form without Bessel functions."""
    xp = array_namespace(points)
    d = xp.linalg.vector_norm(points[1:, :] - points[:-1, :], axis=1) / length * math.sqrt(1.4)
    return xp.sum(2**0.3 / math.gamma(0.7) * d**0.7 * special.kv(0.7, d))


# ---- signals

SIGNALS = "SciPy: signals and Fourier transforms"


@program(SIGNALS, normal(30), normal(7))
def fft_convolution(x, kernel):
    """The power of a signal after a convolution by Fourier transforms."""
    xp = array_namespace(x)
    return xp.sum(signal.fftconvolve(x, kernel, mode="same") ** 2)


@program(SIGNALS, normal(32))
def envelope(x):
    """The largest amplitude of a signal: the absolute value of the analytic signal that Hilbert's transform gives."""
    xp = array_namespace(x)
    return xp.max(xp.abs(signal.hilbert(x)))


@program(SIGNALS, uniform(0.2, 1, 4), uniform(0.1, 0.3, 2))
def frequency_response(b, a):
    """The gain of a filter at some frequencies, in the filter's coefficients."""
    xp = array_namespace(b)
    _, h = signal.freqz(b, xp.concat([xp.ones(1, dtype=b.dtype), a]), worN=xp.asarray([0.3, 1.0, 2.5]))
    return xp.sum(xp.abs(h) ** 2)


@program(SIGNALS, normal(20))
def resampled(x):
    """A signal at another rate."""
    xp = array_namespace(x)
    return xp.sum(signal.resample(x, 13) ** 3)


@program(SIGNALS, normal(6, 5))
def cosine_compression(image):
    """What is lost when the high frequencies of an image's cosine transform are cut off."""
    xp = array_namespace(image)
    spectrum = fft.dctn(image, norm="ortho")
    low = xp.zeros_like(spectrum)
    low[:3, :3] = spectrum[:3, :3]
    return xp.sum(xp.abs(fft.idctn(low, norm="ortho") - image) ** 3)


@program(SIGNALS, normal(16))
def sine_solver(f):
    """The energy of a string under a load: Poisson's equation by a sine transform."""
    xp = array_namespace(f)
    k = xp.arange(1, 17, dtype=f.dtype)
    u = fft.idst(fft.dst(f, type=1) / k**2, type=1)
    return xp.sum(f * u)


@program(SIGNALS, normal(16))
def hankel_transform(x):
    """The fast Hankel transform."""
    xp = array_namespace(x)
    return xp.sum(fft.fht(x, 0.1, 0.5) ** 2)


# ---- numerical methods

METHODS = "SciPy: integration, interpolation, roots, derivatives, rotations"


@program(METHODS, normal(11), uniform(0.1, 1, 11), since=("scipy", "1.18"))
def simpson_integral(y, steps):
    """Simpson's rule for uneven steps."""
    xp = array_namespace(y)
    return integrate.simpson(y**2, x=xp.cumulative_sum(steps))


@program(METHODS, normal(9))
def cumulative_integral(y):
    """A cumulative integral by Simpson's rule."""
    xp = array_namespace(y)
    return xp.sum(integrate.cumulative_simpson(y, dx=0.1) ** 2)


@program(METHODS, uniform(0.5, 2, 2))
def cubature(p):
    """An integral over a rectangle of an integrand with parameters."""
    xp = array_namespace(p)
    a, b = xp.asarray([0.0, 0.0]), xp.asarray([1.0, 2.0])
    return integrate.cubature(lambda z: xp.exp(-p[0] * z[:, 0] ** 2) * xp.cos(p[1] * z[:, 1]), a, b).estimate


@program(METHODS, uniform(0.5, 2))
def improper_integral(p):
    """An integral up to infinity by the tanh-sinh rule."""
    xp = array_namespace(p)
    return integrate.tanhsinh(lambda z: xp.exp(-p * z), 0 * p, p + math.inf).integral


@program(METHODS, uniform(1, 2, 3))
def root(p):
    """Roots of equations with parameters, through the iterations of the bracketing method."""
    xp = array_namespace(p)
    found = elementwise.find_root(lambda z, p: z * xp.exp(z) - p, (0 * p, 2 + 0 * p), args=(p,))
    return xp.sum(found.x**2)


@program(METHODS, uniform(1.5, 2.5, 3))
def minimum(p):
    """The least values of functions with parameters."""
    xp = array_namespace(p)
    bracket = (0 * p, 0.5 + 0 * p, 3 + 0 * p)
    return xp.sum(elementwise.find_minimum(lambda z, p: xp.exp(z) - p * z, bracket, args=(p,)).f_x)


@program(METHODS, uniform(1, 2, 3))
def slope(p):
    """A derivative by differences, differentiated."""
    xp = array_namespace(p)
    return xp.sum(derivative(lambda z: xp.sin(z) * z, p).df)


@program(METHODS, normal(4), normal(3))
def rotation(q, v):
    """The height of a rotated vector, in the quaternion and the vector."""
    return Rotation.from_quat(q).apply(v)[2]


@program(METHODS, normal(3))
def rotation_vector(v):
    """Euler's angles of a rotation that is made twice."""
    r = Rotation.from_rotvec(v)
    return (r * r).as_euler("xyz")[0]


@program(METHODS, normal(3, 4))
def rotations_between(q):
    """The angle of a mean of rotations to the first of them."""
    r = Rotation.from_quat(q)
    return (r.mean() * r[0].inv()).magnitude()


@program(METHODS, normal(6), normal(3, 3))
def rigid_motion(coordinates, points):
    """Points on their way back from a screw motion that is made twice."""
    motion = RigidTransform.from_exp_coords(coordinates)
    return ((motion * motion).inv().apply(points) ** 3).sum()


@program(METHODS, uniform(0, 5, 7, 2), normal(7))
def scattered_data(points, values):
    """Values between scattered points, in the points as well as in their values."""
    xp = array_namespace(points)
    between = RBFInterpolator(points, values, kernel="cubic")
    return xp.sum(between(xp.asarray([[1.0, 2.0], [3.5, 2.5]])) ** 2)


@program(METHODS, uniform(2, 3, 3))
def infinite_series(p):
    """Sums of infinitely many terms with parameters."""
    xp = array_namespace(p)
    return xp.sum(integrate.nsum(lambda k, p: 1 / (k + 1) ** p, 0 * p, p + math.inf, args=(p,)).sum)


# ---- scikit-learn

LEARN = "scikit-learn"


@program(LEARN, normal(12, 3), normal(12))
def scaled_ridge_regression(x, y):
    """The score of a pipeline on its own data: standardised features, then ridge regression."""
    return make_pipeline(StandardScaler(), Ridge(alpha=0.7, solver="svd")).fit(x, y).predict(x)[0]


@program(LEARN, normal(12, 4))
def principal_components(x):
    """The variance that two principal components explain, and a point among them."""
    model = PCA(2, svd_solver="full").fit(x)
    return model.explained_variance_ratio_[0] + model.transform(x)[0, 0] ** 2


@program(LEARN, normal(12, 6))
def randomised_principal_components(x):
    """Principal components by the randomised solver."""
    model = PCA(2, svd_solver="randomized", random_state=0, power_iteration_normalizer="QR").fit(x)
    return model.singular_values_[0] + model.transform(x)[0, 1] ** 2


@program(LEARN, normal(15, 3))
def discriminant_analysis(x):
    """The probability of a class by linear discriminant analysis."""
    xp = array_namespace(x)
    y = xp.asarray([0, 1, 2] * 5)
    return LinearDiscriminantAnalysis().fit(x, y).predict_proba(x)[0, 0]


@program(LEARN, normal(20, 2))
def gaussian_mixture(x):
    """The likelihood of a mixture of normal distributions, fitted by expectation maximisation."""
    xp = array_namespace(x)
    means = xp.asarray([[-1.0, 0.0], [1.0, 0.0]])
    weights, precisions = xp.asarray([0.5, 0.5]), xp.asarray([[[1.0, 0.0], [0.0, 1.0]]] * 2)
    given = {"means_init": means, "weights_init": weights, "precisions_init": precisions}
    model = GaussianMixture(2, init_params="random_from_data", max_iter=5, tol=0, random_state=0, **given)
    return model.fit(x).score_samples(x)[0]


@program(LEARN, normal(12, 3))
def naive_bayes(x):
    """The logarithm of the probability of a class by naive Bayes."""
    xp = array_namespace(x)
    return GaussianNB().fit(x, xp.asarray([0, 1] * 6)).predict_log_proba(x)[0, 1]


@program(LEARN, normal(5, 3))
def normalised(x):
    """Polynomials of features of length one."""
    xp = array_namespace(x)
    return xp.sum(PolynomialFeatures(2).fit_transform(Normalizer().fit_transform(x)) ** 3)


@program(LEARN, normal(6, 3))
def features_between_limits(x):
    """Features brought into an interval."""
    xp = array_namespace(x)
    return xp.sum(MinMaxScaler().fit_transform(x) ** 2) + xp.sum(MaxAbsScaler().fit_transform(x) ** 3)


@program(LEARN, normal(5, 3), normal(4, 3))
def kernels(a, b):
    """Three kernels of pairs of points."""
    xp = array_namespace(a)
    return xp.sum(pairwise.rbf_kernel(a, b) + pairwise.cosine_similarity(a, b) + pairwise.polynomial_kernel(a, b))


@program(LEARN, normal(5, 3))
def kernel_centred(x):
    """A centred kernel matrix of Euclidean distances."""
    xp = array_namespace(x)
    distances = pairwise.euclidean_distances(x, 2 * x)
    return xp.sum(KernelCenterer().fit_transform(distances) ** 2)


@program(LEARN, normal(4, 3))
def softmax_utility(x):
    """scikit-learn's own softmax."""
    xp = array_namespace(x)
    return xp.sum(softmax(x) ** 2)


# ---- other libraries

OTHERS = "einops, xarray, array-api-extra, opt_einsum"


@program(OTHERS, normal(2, 4, 6, 3))
def patches(images):
    """Images cut into patches, the patches averaged."""
    xp = array_namespace(images)
    tool = einops if is_torch_array(images) else einops.array_api
    tokens = tool.rearrange(images, "b (h p) (w q) c -> b (h w) (p q c)", p=2, q=3)
    return xp.sum(tool.reduce(tokens, "b t f -> b f", "mean") ** 2)


@program(OTHERS, normal(4, 5), uniform(0.1, 1, 4))
def weighted_mean(values, weights):
    """A weighted mean over a named dimension."""
    data = xarray.DataArray(values, dims=("time", "place"))
    mean = data.weighted(xarray.DataArray(weights, dims="time")).mean("time")
    return (mean**2).sum().data


@program(OTHERS, normal(6, 4))
def anomalies(values):
    """Departures from the mean of a group."""
    data = xarray.DataArray(values, dims=("time", "place"), coords={"season": ("time", [0, 1, 0, 1, 0, 1])})
    means = data.groupby("season").mean()
    return ((data - data.mean("time")) ** 3).sum().data + (means**2).sum().data


@program(OTHERS, normal(6, 4))
def shifted(values):
    """Changes from one time to the next."""
    data = xarray.DataArray(values, dims=("time", "place"))
    return (data - data.shift(time=1)).isel(time=slice(1, None)).std().data


@program(OTHERS, normal(6, 4))
def rolling(values):
    """A moving average."""
    data = xarray.DataArray(values, dims=("time", "place"))
    return (data.rolling(time=3).mean().dropna("time") ** 2).sum().data


@program(OTHERS, normal(6, 4))
def chosen(values):
    """Places chosen by their coordinates, one of them twice."""
    data = xarray.DataArray(values, dims=("time", "place"), coords={"place": [2.0, 0.5, 3.0, 1.0]})
    return (data.sel(place=[0.5, 3.0, 3.0]) ** 2).sum().data


@program(OTHERS, normal(8))
def slope_of_coordinates(values):
    """The integral of a squared slope over uneven coordinates."""
    data = xarray.DataArray(values, dims="x", coords={"x": [0.0, 0.5, 1.5, 2.0, 3.0, 3.5, 4.0, 6.0]})
    return (data.differentiate("x") ** 2).integrate("x").data


@program(OTHERS, normal(6))
def updated(x):
    """array-api-extra's at(): an update that writes to nothing."""
    xp = array_namespace(x)
    y = xpx.at(x)[1:3].multiply(4.0, copy=True)
    return xp.sum(xpx.at(y, y < 0).set(0.0, copy=True) ** 2 * x)


@program(OTHERS, normal(3, 8))
def covariance(x):
    """The determinant of a covariance matrix."""
    xp = array_namespace(x)
    return xp.linalg.det(xpx.cov(x))


@program(OTHERS, normal(2, 3), normal(3, 2))
def kronecker(a, b):
    """A norm of a Kronecker product, weighted."""
    xp = array_namespace(a)
    return xp.sum(xpx.sinc(xpx.kron(a, b)))


@program(OTHERS, normal(3, 4), normal(4, 5), normal(5, 3))
def contraction(a, b, c):
    """A network of tensors contracted along the best path."""
    return opt_einsum.contract("ij,jk,ki->", a, b, c)


# ---- NumPy

OLD = "NumPy code from before the standard"


@program(OLD, normal(5, 3), normal(3, 4), normal(4, 1))
def network(x, w1, w2):
    """A neural network."""
    hidden = np.tanh(np.dot(x, w1))
    return np.mean((1 / (1 + np.exp(-hidden @ w2))) ** 2)


@program(OLD, normal(20))
def polynomial_fit(y):
    """A polynomial fitted by least squares."""
    a = np.vander(np.linspace(-1, 1, 20), 4)
    coefficients = np.linalg.lstsq(a, y, rcond=None)[0]
    return np.sum((np.dot(a, coefficients) - y) ** 4)


@program(OLD, normal(8, 2), uniform(0.5, 2))
def gaussian_process(points, length):
    """The likelihood of a Gaussian process."""
    squares = np.sum((points[:, np.newaxis, :] - points[np.newaxis, :, :]) ** 2, axis=-1)
    k = np.exp(-squares / (2 * length**2)) + 0.1 * np.eye(8)
    y = np.sin(points[:, 0])
    return -0.5 * y.dot(np.linalg.solve(k, y)) - 0.5 * np.linalg.slogdet(k)[1]


@program(OLD, normal(12), uniform(0.1, 0.9))
def heat(u, c):
    """Heat in a rod, step by step in place."""
    u = np.copy(u)
    for _ in range(10):
        u[1:-1] += 0.3 * c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.max(u) - np.min(u)


@program(OLD, normal(3, 3), normal(3, 3))
def planets(position, velocity):
    """Planets on their way."""
    for _ in range(5):
        d = position[None, :, :] - position[:, None, :]
        force = np.sum(d / (np.sum(d**2, axis=2) + 0.1)[:, :, None] ** 1.5, axis=1)
        velocity = velocity + 0.05 * force
        position = position + 0.05 * velocity
    return np.linalg.norm(position - np.mean(position, axis=0))


@program(OLD, normal(10), normal(10))
def histogram(x, weights):
    """Weights gathered in bins that repeat."""
    bins = np.zeros_like(weights[:4])
    np.add.at(bins, np.array([0, 1, 2, 3, 0, 1, 2, 0, 1, 0]), weights * np.cos(x))
    return np.prod(np.hypot(bins, 1.0))


@program(OLD, normal(6, 6))
def spectrum(image):
    """The entropy of an image's spectrum."""
    p = np.abs(np.fft.fft2(image)) ** 2
    p = p / p.sum()
    return -np.sum(np.where(p > 0, p * np.log(p), 0.0))


@program(OLD, normal(9), uniform(0, 8, 5))
def interpolated(y, x):
    """The slope of an interpolated curve, clipped."""
    y = np.interp(x, np.arange(9.0), y)
    return np.einsum("i,i->", np.clip(y, -1, 1), np.gradient(y)) + np.trapezoid(y**2)


@program(OLD, uniform(80, 120, 5), uniform(0.1, 0.4))
def option_price(strike, volatility):
    """Black and Scholes' price of options, with scipy.special's ufunc."""
    spread = volatility * np.sqrt(0.5)
    d = (np.log(100.0 / strike) + 0.02 * 0.5) / spread + 0.5 * spread
    return np.sum(100.0 * special.ndtr(d) - strike * np.exp(-0.02 * 0.5) * special.ndtr(d - spread))


@program(OLD, normal(12), uniform(0.5, 2, 2))
def kalman_filter(measured, noise):
    """The likelihood of a moving point's measured places."""
    f, x, p = np.array([[1.0, 1.0], [0.0, 1.0]]), np.zeros(2), np.eye(2)
    likelihood = 0.0
    for y in measured:
        x, p = np.dot(f, x), np.dot(np.dot(f, p), f.T) + noise[0] * np.diag([0.1, 0.2])
        variance = p[0, 0] + noise[1]
        gain = p[:, 0] / variance
        likelihood = likelihood - 0.5 * (y - x[0]) ** 2 / variance - 0.5 * np.log(variance)
        x, p = x + gain * (y - x[0]), p - np.outer(gain, p[0])
    return likelihood


@program(OLD, normal(4, 3), normal(5, 3))
def attention(queries, keys):
    """Attention to keys, with NumPy's einsum."""
    scores = np.einsum("qd,kd->qk", queries, keys) / np.sqrt(3)
    weights = np.exp(scores - np.amax(scores, axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.square(np.tensordot(weights, keys, axes=1)).mean()


# ---- limits

LIMITS = "What raises"


@program(LIMITS, normal(30), raises=True)
def detrended(x):
    """What a straight line leaves of a signal: SciPy fits it in LAPACK."""
    xp = array_namespace(x)
    return xp.sum(xp.abs(signal.detrend(x)) ** 3)


@program(LIMITS, normal(7, 8), raises=True)
def image_filter(image):
    """A filter of one's own over an image's neighbourhoods: SciPy makes NumPy arrays of whatever it is given."""
    xp = array_namespace(image)
    return xp.sum(ndimage.vectorized_filter(image, xp.std, size=(3, 3)) ** 2)


@program(LIMITS, normal(12, 3), raises=True)
def model_score(x):
    """A model's score, of which scikit-learn makes a float."""
    return PCA(2, svd_solver="full").fit(x).score(x)
