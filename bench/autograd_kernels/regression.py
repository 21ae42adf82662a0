"""Regression and classification."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, layers, of_same_library


@kernel
def logistic_regression(np: Any) -> Any:
    """Labels that are 0 or 1, by weights of four features."""
    random = np.random.RandomState(1)
    inputs = random.randn(40, 4)
    labels = (inputs @ np.array([1.0, -2.0, 0.5, 0.0]) + random.randn(40)) > 0

    def probability(weights: Any) -> Any:
        return 0.5 * (np.tanh(0.5 * np.dot(inputs, weights)) + 1.0)

    def loss(weights: Any) -> Any:
        p = probability(weights)
        return -np.sum(np.log(p * labels + (1.0 - p) * (1 - labels)))

    return loss, (0.1 * random.randn(4),)


@kernel
def negative_binomial(np: Any) -> Any:
    """Counts, whose distribution has a shape and a mean to be found."""
    gammaln = of_same_library(np, "scipy.special.gammaln")
    counts = np.random.RandomState(2).poisson(4.0, size=60)

    def loss(raw: Any) -> Any:
        shape, p = np.exp(raw[0]), 1.0 / (1.0 + np.exp(-raw[1]))
        ways = gammaln(counts + shape) - gammaln(counts + 1) - gammaln(shape)
        return -np.sum(ways + counts * np.log(p) + shape * np.log1p(-p))

    return loss, (np.array([0.5, 0.2]),)


@kernel
def neural_net(np: Any) -> Any:
    """A classifier of three layers; its parameters are pairs in a list."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    random = np.random.RandomState(3)
    inputs = random.randn(32, 20)
    targets = np.eye(5)[random.randint(5, size=32)]

    def log_probabilities(layers: Any, x: Any) -> Any:
        for weights, bias in layers:
            outputs = np.dot(x, weights) + bias
            x = np.tanh(outputs)
        return outputs - logsumexp(outputs, axis=1, keepdims=True)

    def loss(layers: Any, inputs: Any, targets: Any) -> Any:
        prior = sum(np.sum(w**2) + np.sum(b**2) for w, b in layers)
        return 0.05 * prior - np.sum(log_probabilities(layers, inputs) * targets)

    return loss, (layers(random, [20, 16, 12, 5]), inputs, targets)


@kernel
def neural_net_regression(np: Any) -> Any:
    """A curve by a network whose weights are cut out of one vector, with noise to be found."""
    norm = of_same_library(np, "scipy.stats.norm")
    random = np.random.RandomState(4)
    x = np.linspace(-2.0, 2.0, 30).reshape(30, 1)
    y = np.cos(2.0 * x) + 0.1 * random.randn(30, 1)
    shapes = [(1, 8), (1, 8), (8, 8), (1, 8), (8, 1), (1, 1)]

    def unpack(vector: Any) -> Any:
        for shape in shapes:
            size = shape[0] * shape[1]
            yield vector[:size].reshape(shape)
            vector = vector[size:]

    def loss(parameters: Any) -> Any:
        parts = list(unpack(parameters[1:]))
        hidden = x
        for weights, bias in zip(parts[::2], parts[1::2]):
            outputs = np.dot(hidden, weights) + bias
            hidden = np.exp(-(outputs**2))
        prior = np.sum(norm.logpdf(parameters, 0.0, 1.0))
        return -prior - np.sum(norm.logpdf(y, outputs, np.exp(parameters[0])))

    return loss, (0.5 * random.randn(1 + 16 + 72 + 9),)


@kernel
def convnet(np: Any) -> Any:
    """Images, filtered and pooled twice, and classified."""
    convolve = of_same_library(np, "scipy.signal.convolve")
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    random = np.random.RandomState(5)
    images = random.randn(6, 1, 14, 14)
    targets = np.eye(3)[random.randint(3, size=6)]
    parameters = {
        "filters": [0.3 * random.randn(1, 4, 3, 3), 0.3 * random.randn(4, 6, 3, 3)],
        "biases": [0.1 * random.randn(1, 4, 1, 1), 0.1 * random.randn(1, 6, 1, 1)],
        "full": (0.3 * random.randn(24, 3), np.zeros(3)),
    }

    def pooled(x: Any) -> Any:
        n, channels, height, width = x.shape
        blocks = x.reshape((n, channels, height // 2, 2, width // 2, 2))
        return np.max(np.max(blocks, axis=3), axis=4)

    def loss(parameters: Any, images: Any, targets: Any) -> Any:
        x = images
        for filters, bias in zip(parameters["filters"], parameters["biases"]):
            x = convolve(x, filters, axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode="valid")
            x = pooled(np.tanh(x + bias))
        weights, bias = parameters["full"]
        outputs = np.dot(np.reshape(x, (x.shape[0], -1)), weights) + bias
        return -np.mean(np.sum(targets * (outputs - logsumexp(outputs, 1, keepdims=True)), axis=1))

    return loss, (parameters, images, targets)
