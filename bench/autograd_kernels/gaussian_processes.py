"""Gaussian processes, and what is made of several."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, of_same_library


def _covariance(np: Any, raw: Any, x: Any, y: Any) -> Any:
    """The squared-exponential covariance of the rows of x and y."""
    lengths = np.exp(raw[1:])
    differences = np.expand_dims(x / lengths, 1) - np.expand_dims(y / lengths, 0)
    return np.exp(raw[0]) * np.exp(-0.5 * np.sum(differences**2, axis=2))


def _log_marginal(np: Any, raw: Any, x: Any, y: Any) -> Any:
    mvn = of_same_library(np, "scipy.stats.multivariate_normal")
    mean, noise = raw[0], np.exp(raw[1]) + 1e-4
    covariance = _covariance(np, raw[2:], x, x) + noise * np.eye(len(y))
    return mvn.logpdf(y, mean * np.ones(len(y)), covariance)


@kernel
def gaussian_process(np: Any) -> Any:
    """The marginal likelihood of a Gaussian process, by what its covariance has in it."""
    random = np.random.RandomState(10)
    x = np.sort(4.0 * random.rand(25, 1) - 2.0, axis=0)
    y = np.sin(2.0 * x[:, 0]) + 0.1 * random.randn(25)

    def loss(raw: Any) -> Any:
        return -_log_marginal(np, raw, x, y)

    return loss, (np.array([0.1, -2.0, 0.2, -0.3]),)


@kernel
def latent_variable_model(np: Any) -> Any:
    """Where in the plane data of many dimensions come from, by a Gaussian process for each."""
    norm = of_same_library(np, "scipy.stats.norm")
    random = np.random.RandomState(11)
    data = np.stack([np.sin(np.linspace(0, 4 + k, 15)) for k in range(3)], axis=1)
    data = data + 0.1 * random.randn(15, 3)

    def loss(parameters: Any) -> Any:
        latent = np.reshape(parameters[:30], (15, 2))
        processes = np.reshape(parameters[30:], (3, 5))
        fit = sum(_log_marginal(np, processes[k], latent, data[:, k]) for k in range(3))
        return -fit - np.sum(norm.logpdf(latent, 0.0, 1.0))

    return loss, (0.5 * random.randn(45),)


@kernel
def deep_gaussian_process(np: Any) -> Any:
    """A Gaussian process of what is a Gaussian process itself."""
    random = np.random.RandomState(12)
    x = np.linspace(-2.0, 2.0, 15).reshape((15, 1))
    y = np.sign(x[:, 0]) + 0.1 * random.randn(15)

    def loss(parameters: Any) -> Any:
        first, second, hidden = parameters[:4], parameters[4:8], parameters[8:]
        inner = _log_marginal(np, first, x, hidden)
        return -inner - _log_marginal(np, second, np.atleast_2d(hidden).T, y)

    return loss, (0.3 * random.randn(23),)


@kernel
def expected_improvement(np: Any) -> Any:
    """Where to look next in Bayesian optimisation, by the point to be looked at."""
    norm = of_same_library(np, "scipy.stats.norm")
    random = np.random.RandomState(13)
    raw = np.array([0.2, -0.5, 0.1])
    known = random.rand(12, 2)
    values = np.sum((known - 0.4) ** 2, axis=1)
    gram = _covariance(np, raw, known, known) + 1e-3 * np.eye(12)

    def loss(point: Any) -> Any:
        across = _covariance(np, raw, point[None, :], known)
        mean = np.dot(across, np.linalg.solve(gram, values))
        variance = np.exp(raw[0]) - np.diag(np.dot(across, np.linalg.solve(gram, across.T)))
        deviation = np.sqrt(variance)
        better = (np.min(values) - mean) / deviation
        gain = deviation * (better * norm.cdf(better) + norm.pdf(better))
        return -gain[0]

    return loss, (np.array([0.7, 0.2]),)
