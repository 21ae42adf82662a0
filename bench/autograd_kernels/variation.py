"""Mixtures, factors, and variational inference."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, layers, of_same_library


@kernel
def mixture_of_gaussians(np: Any) -> Any:
    """Clusters with full covariances, given by factors, and weights that sum up to 1."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    mvn = of_same_library(np, "scipy.stats.multivariate_normal")
    flatten = of_same_library(np, "misc.flatten.flatten")
    random = np.random.RandomState(14)
    data = np.concatenate([random.randn(20, 2) + 3.0 * k for k in range(3)])
    parameters = {
        "weights": random.randn(3),
        "means": 3.0 * random.rand(3, 2),
        "factors": np.zeros((3, 2, 2)) + np.eye(2),
    }
    vector, unflatten = flatten(parameters)

    def loss(vector: Any) -> Any:
        p = unflatten(vector)
        weights = p["weights"] - logsumexp(p["weights"])
        clusters = []
        for weight, mean, factor in zip(weights, p["means"], p["factors"]):
            clusters.append(weight + mvn.logpdf(data, mean, np.dot(factor.T, factor)))
        return -np.sum(logsumexp(np.vstack(clusters), axis=0))

    return loss, (np.array(vector),)


@kernel
def independent_components(np: Any) -> Any:
    """Signals with heavy tails, out of mixtures of them."""
    t = of_same_library(np, "scipy.stats.t")
    random = np.random.RandomState(15)
    sources = random.standard_t(3.0, size=(2, 30))
    observed = np.dot(random.randn(6, 2), sources).T + 0.1 * random.randn(30, 6)

    def loss(parameters: Any) -> Any:
        weights = np.reshape(parameters[:12], (6, 2))
        latent = np.reshape(parameters[12:-1], (2, 30))
        deviation = np.exp(parameters[-1])
        predicted = np.dot(weights, latent).T
        return -np.sum(t.logpdf(predicted, 2.4, observed, deviation)) / 30

    return loss, (random.randn(12 + 60 + 1),)


@kernel
def black_box_variation(np: Any) -> Any:
    """The lower bound of the evidence of a density like a funnel, by samples."""
    norm = of_same_library(np, "scipy.stats.norm")
    noise = np.random.RandomState(16).randn(100, 2)

    def log_density(x: Any) -> Any:
        centre, log_scale = x[:, 0], x[:, 1]
        return norm.logpdf(log_scale, 0.0, 1.35) + norm.logpdf(centre, 0.0, np.exp(log_scale))

    def loss(parameters: Any) -> Any:
        mean, log_deviation = parameters[:2], parameters[2:]
        samples = noise * np.exp(log_deviation) + mean
        entropy = 0.5 * 2 * (1.0 + np.log(2.0 * np.pi)) + np.sum(log_deviation)
        return -entropy - np.mean(log_density(samples))

    return loss, (np.array([-0.5, -0.2, -1.0, -1.5]),)


@kernel
def natural_gradient(np: Any) -> Any:
    """The same by a normal distribution's own entropy, scaled by its Fisher information."""
    mvn = of_same_library(np, "scipy.stats.multivariate_normal")
    grad = of_same_library(np, "grad")
    noise = np.random.RandomState(17).randn(40, 2)

    def log_density(x: Any) -> Any:
        return -0.5 * (x[:, 0] - 1.0) ** 2 - 0.5 * (x[:, 1] - x[:, 0] ** 2) ** 2

    def bound(parameters: Any) -> Any:
        mean, log_deviation = parameters[:2], parameters[2:]
        samples = noise * np.exp(log_deviation) + mean
        entropy = mvn.entropy(mean, np.diag(np.exp(2.0 * log_deviation)))
        return entropy + np.mean(log_density(samples))

    def loss(parameters: Any) -> Any:
        fisher = np.concatenate([np.exp(-2.0 * parameters[2:]), 2.0 * np.ones(2)])
        slope = grad(bound)(parameters)
        return 0.5 * np.dot(slope, slope / fisher)

    return loss, (np.array([0.3, -0.2, -0.5, -0.7]),)


@kernel
def mixture_variation(np: Any) -> Any:
    """A mixture of normal distributions, close to a density with two tops."""
    logsumexp = of_same_library(np, "scipy.special.logsumexp")
    norm = of_same_library(np, "scipy.stats.norm")
    noise = np.random.RandomState(18).randn(3, 20, 2)

    def target(x: Any) -> Any:
        left = norm.logpdf(x[:, 0], -0.5, np.exp(x[:, 1])) + norm.logpdf(x[:, 1], 0.0, 1.3)
        right = norm.logpdf(x[:, 0], 0.5, np.exp(x[:, 1])) + norm.logpdf(x[:, 1], 0.1, 1.3)
        return np.logaddexp(left, right)

    def loss(parameters: Any) -> Any:
        weights = parameters[:3] - logsumexp(parameters[:3])
        parts = np.reshape(parameters[3:], (3, 4))

        def log_mixture(x: Any) -> Any:
            each = [np.sum(norm.logpdf(x, p[:2], np.exp(p[2:])), axis=-1) for p in parts]
            return logsumexp(np.vstack(each).T + weights, axis=1, keepdims=False)

        bounds = []
        for part, random in zip(parts, noise):
            samples = random * np.exp(part[2:]) + part[:2]
            bounds.append(np.mean(target(samples) - log_mixture(samples)))
        return -np.sum(np.stack(bounds) * np.exp(weights))

    return loss, (np.random.RandomState(19).randn(15) - 0.5,)


@kernel
def bayesian_neural_net(np: Any) -> Any:
    """Many networks at once, whose weights are drawn from a normal distribution."""
    norm = of_same_library(np, "scipy.stats.norm")
    random = np.random.RandomState(20)
    x = np.linspace(-1.0, 1.0, 20)[:, None]
    y = np.cos(4.0 * x) + 0.1 * random.randn(20, 1)
    sizes = [1, 10, 10, 1]
    count = sum((m + 1) * n for m, n in zip(sizes, sizes[1:]))
    noise = random.randn(8, count)

    def networks(weights: Any, x: Any) -> Any:
        samples = len(weights)
        outputs = np.expand_dims(x, 0)
        for m, n in zip(sizes, sizes[1:]):
            kernel = weights[:, : m * n].reshape((samples, m, n))
            bias = weights[:, m * n : m * n + n].reshape((samples, 1, n))
            weights = weights[:, m * n + n :]
            inputs = outputs if m == 1 else np.sin(outputs)
            outputs = np.einsum("snm,smo->sno", inputs + np.zeros((samples, 1, 1)), kernel) + bias
        return outputs

    def loss(parameters: Any) -> Any:
        mean, log_deviation = parameters[:count], parameters[count:]
        samples = noise * np.exp(log_deviation) + mean
        prior = -0.5 * np.sum(samples**2, axis=1)
        fit = np.sum(norm.logpdf(y, networks(samples, x), 0.1), axis=(1, 2))
        return -np.mean(prior + fit) - np.sum(log_deviation)

    return loss, (np.concatenate([random.randn(count), -5.0 * np.ones(count)]),)


@kernel
def variational_autoencoder(np: Any) -> Any:
    """Black and white pictures, encoded with noise and decoded."""
    norm = of_same_library(np, "scipy.stats.norm")
    random = np.random.RandomState(21)
    images = np.array(random.rand(10, 24) > 0.5, dtype=float)
    noise = random.randn(10, 3)

    def network(layers: Any, x: Any) -> Any:
        for weights, bias in layers[:-1]:
            x = np.maximum(np.dot(x, weights) + bias, 0.0)
        weights, bias = layers[-1]
        return np.dot(x, weights) + bias

    def loss(parameters: Any, images: Any) -> Any:
        encoder, decoder = parameters
        both = network(encoder, images)
        mean, log_deviation = both[:, :3], both[:, 3:]
        code = mean + noise * np.exp(log_deviation)
        scores = network(decoder, code)
        fit = -np.sum(np.logaddexp(0.0, -(2.0 * images - 1.0) * scores), axis=1)
        prior = np.sum(norm.logpdf(code), axis=1)
        posterior = np.sum(norm.logpdf(code, mean, np.exp(log_deviation)), axis=1)
        return -np.mean(fit + prior - posterior)

    return loss, ((layers(random, [24, 12, 6]), layers(random, [3, 12, 24])), images)


@kernel
def adversarial_net(np: Any) -> Any:
    """What a generator gains when a discriminator is deceived, with normalised batches."""
    random = np.random.RandomState(22)
    generator, discriminator = layers(random, [4, 16, 10]), layers(random, [10, 16, 1])
    data, noise = random.randn(16, 10) + 1.0, random.randn(16, 4)

    def normalised(x: Any) -> Any:
        return (x - np.mean(x, axis=0, keepdims=True)) / (np.std(x, axis=0, keepdims=True) + 1e-3)

    def network(layers: Any, x: Any) -> Any:
        for weights, bias in layers[:-1]:
            x = np.maximum(normalised(np.dot(x, weights) + bias), 0.0)
        weights, bias = layers[-1]
        return np.dot(x, weights) + bias

    def log_sigmoid(x: Any) -> Any:
        return x - np.logaddexp(0.0, x)

    def loss(generator: Any, discriminator: Any, data: Any, noise: Any) -> Any:
        made = network(discriminator, np.tanh(network(generator, noise)))
        real = network(discriminator, data)
        return np.mean(log_sigmoid(real)) + np.mean(np.log(1.0 - np.exp(log_sigmoid(made)) + 1e-9))

    return loss, (generator, discriminator, data, noise)
