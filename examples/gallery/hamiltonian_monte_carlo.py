"""Hamiltonian Monte Carlo: samples of a distribution, by rolling a ball over its landscape.

A density p(q) of many dimensions is known up to a factor, and samples of it are wanted. A random
walk through it takes short steps and comes back often. Hamiltonian Monte Carlo takes

    U(q) = -log p(q)

for a landscape and gives a ball at q a random momentum p. Its path, by Hamilton's equations

    dq/dt = p,     dp/dt = -dU/dq,

keeps the energy U(q) + p^2 / 2, so where it ends after a while is far away, and yet as probable.
The leapfrog method follows the path with small errors; the rule of Metropolis accepts the end with
the probability exp(-(change of the energy)), and so makes up for the errors exactly.

All that the method needs of a model is the gradient of U, tens of thousands of times. With a tape
it costs a few times U itself, in any dimension. The distribution here is a banana, of which moments
are known: x is normal, and y is normal around x^2.
"""

from __future__ import annotations

import numpy

from autograd_c import numpy as np
from autograd_c import value_and_grad

WIDTH = 1.0


def potential(q):
    """Minus the logarithm of the density, up to a constant."""
    x, y = q[0], q[1]
    return 0.5 * x**2 + 0.5 * ((y - x**2) / WIDTH) ** 2


value_and_slope = value_and_grad(potential)


def energy_and_slope(q):
    """The potential as a number, and its gradient as an array of NumPy's, to compute with."""
    energy, slope = value_and_slope(q)
    return float(energy), slope.numpy()


def trajectory(q, p, step, count):
    """The leapfrog method: half a step of the momentum, whole steps of both, half a step."""
    energy, slope = energy_and_slope(q)
    path = [q]
    for _ in range(count):
        p = p - 0.5 * step * slope
        q = q + step * p
        energy, slope = energy_and_slope(q)
        p = p - 0.5 * step * slope
        path.append(q)
    return q, p, energy, path


def main(count=2500, step=0.18, leaps=12):
    """Draw samples, and return them with their moments."""
    random = numpy.random.default_rng(11)
    q, samples, accepted, longest = numpy.zeros(2), [], 0, numpy.zeros((1, 2))
    energy, _ = energy_and_slope(q)
    for _ in range(count):
        p = random.normal(size=2)
        # Steps of various lengths, or a path could close upon itself.
        size = step * random.uniform(0.7, 1.3)
        new, momentum, new_energy, path = trajectory(q, p, size, leaps)
        change = new_energy + 0.5 * momentum @ momentum - energy - 0.5 * p @ p
        if numpy.log(random.random()) < -change:
            q, energy, accepted = new, new_energy, accepted + 1
            longest = max(longest, numpy.array(path), key=lambda each: numpy.ptp(each[:, 0]))
        samples.append(q)
    samples = numpy.array(samples)
    return {
        "samples": samples,
        "path": longest,
        "accepted": accepted / count,
        "mean": samples.mean(axis=0),
        "variance": samples.var(axis=0),
        "correlation": numpy.corrcoef(samples[:-1, 0], samples[1:, 0])[0, 1],
    }


def draw(results):
    """The samples on the density, and one path of the ball."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.8), layout="constrained")
    axes = figure.subplots()
    x, y = numpy.meshgrid(numpy.linspace(-3.5, 3.5, 120), numpy.linspace(-3.0, 12.0, 120))
    axes.contour(x, y, np.exp(-potential([x, y])).numpy(), cmap="Blues")
    axes.plot(*results["samples"].T, "k.", markersize=1, label="samples")
    axes.plot(*results["path"].T, "o-", color="tab:orange", markersize=3, label="one path")
    axes.set(xlabel="x", ylabel="y")
    axes.legend()
    return figure


if __name__ == "__main__":
    found = main()
    print(f"accepted {found['accepted']:.0%}, mean {found['mean']}, variance {found['variance']}")
    draw(found).savefig("hamiltonian_monte_carlo.png")
