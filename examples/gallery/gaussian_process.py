"""A Gaussian process, whose length scale and noise are learnt from the data.

Of a function f only noisy values y = f(x) + noise are known at some points x. A Gaussian process
takes f for a random function, whose values at any points are jointly normal with the covariance

    k(x, x') = s^2 exp(-(x - x')^2 / (2 l^2)).

What f is between the points follows by conditioning, together with how sure that is. But s, l and
the size of the noise have to be known. The evidence for them is the density of the data, whose
negative logarithm is, with K = k(x, x) + noise^2 I,

    L = 1/2 y' K^-1 y + 1/2 log det K + n/2 log(2 pi).

Its derivative by a parameter is 1/2 tr((K^-1 - a a') dK/dp) with a = K^-1 y, in textbooks a page
for each kernel. A tape goes through the Cholesky factorisation instead, at the price of another
one, whatever the kernel. The program is written as TensorFlow's are: Variables, a tape and an
optimiser.
"""

from __future__ import annotations

import math

import numpy as np

import autograd_c as tf


def truth(x):
    """What the process does not know."""
    return np.sin(2.0 * x) + 0.5 * x


def measured():
    """Noisy values at points with a gap between them."""
    random = np.random.default_rng(7)
    x = np.sort(np.concatenate([random.uniform(-3.0, -0.5, 14), random.uniform(1.0, 3.0, 11)]))
    return x, truth(x) + random.normal(0.0, 0.15, x.size)


class Process(tf.Module):
    """A Gaussian process with its three parameters, of which the logarithms are learnt."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = tf.constant(x), tf.constant(y)
        self.log_scale = tf.Variable(0.0, dtype=tf.float64)
        self.log_length = tf.Variable(0.0, dtype=tf.float64)
        self.log_noise = tf.Variable(-1.0, dtype=tf.float64)

    def kernel(self, a, b):
        """Covariances of the function's values at a and at b."""
        distance = (a[:, tf.newaxis] - b[tf.newaxis, :]) / tf.exp(self.log_length)
        return tf.exp(2.0 * self.log_scale - 0.5 * distance**2)

    def factor(self):
        """The Cholesky factor of the covariance of what was measured."""
        noise = tf.exp(2.0 * self.log_noise) * tf.eye(self.x.shape[0], dtype=tf.float64)
        return tf.linalg.cholesky(self.kernel(self.x, self.x) + noise)

    def surprise(self):
        """The negative logarithm of the evidence."""
        factor = self.factor()
        white = tf.linalg.triangular_solve(factor, self.y[:, tf.newaxis])
        log_determinant = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)))
        constant = 0.5 * self.x.shape[0] * math.log(2.0 * math.pi)
        return 0.5 * tf.reduce_sum(white**2) + log_determinant + constant

    def predict(self, new):
        """The mean and the standard deviation of the function at other points."""
        factor, across = self.factor(), self.kernel(self.x, new)
        half = tf.linalg.triangular_solve(factor, across)
        white = tf.linalg.triangular_solve(factor, self.y[:, tf.newaxis])
        mean = tf.linalg.matvec(half, white[:, 0], transpose_a=True)
        variance = tf.exp(2.0 * self.log_scale) - tf.reduce_sum(half**2, axis=0)
        return mean, tf.sqrt(variance)


def main(steps=300):
    """Learn the parameters, and return them with the prediction."""
    x, y = measured()
    process = Process(x, y)
    optimizer = tf.optimizers.Adam(0.05)
    variables = process.trainable_variables
    history = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = process.surprise()
        slopes = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(slopes, variables))
        history.append(float(loss))
    new = np.linspace(-4.0, 4.0, 161)
    mean, deviation = process.predict(tf.constant(new))
    with tf.GradientTape() as tape:
        loss = process.surprise()
    return {
        "x": x,
        "y": y,
        "new": new,
        "mean": mean.numpy(),
        "deviation": deviation.numpy(),
        "history": history,
        "surprise": float(loss),
        "slopes": [float(slope) for slope in tape.gradient(loss, variables)],
        "covariance": (process.factor() @ tf.transpose(process.factor())).numpy(),
        **{n: math.exp(getattr(process, f"log_{n}")) for n in ("scale", "length", "noise")},
    }


def draw(results):
    """The function, what is known of it, and how the evidence grew."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    new, mean, deviation = (results[name] for name in ("new", "mean", "deviation"))
    left.fill_between(new, mean - 2 * deviation, mean + 2 * deviation, alpha=0.3)
    left.plot(new, mean, label="predicted")
    left.plot(new, truth(new), "--", label="true")
    left.plot(results["x"], results["y"], "k.", label="measured")
    left.legend()
    right.plot(results["history"])
    right.set(xlabel="step", title="- log evidence")
    return figure


if __name__ == "__main__":
    found = main()
    print(", ".join(f"{name} {found[name]:.3f}" for name in ("scale", "length", "noise")))
    draw(found).savefig("gaussian_process.png")
