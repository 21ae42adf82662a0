"""Heat in a rod of three materials, differentiated through 200 steps of slice updates.

Temperature u spreads by the heat equation, with a conductivity k that depends on the place:

    du/dt = d/dx (k du/dx).

One end of the rod is held hot, the other cold. A simulation cuts it into cells; what flows from a
cell to the next is k times the difference of the two, and in every step

    u[1:-1] += rate * (flow[1:] - flow[:-1]).

That is how everybody writes it with NumPy: values of an array are overwritten in place. A library
that differentiates used to refuse the line, or wanted it rewritten with concatenations. Here
`u[...] += ...` gives the object another value and is recorded; what was computed from the old one
keeps it.

Three thermometers are in the rod. Which materials is it made of? The misfit between measured and
simulated temperatures is a function of the conductivities, through all of the steps, and its
gradient by them drives a minimiser. One sweep backwards gives it, at the price of a few
simulations, for three conductivities or for three thousand.
"""

from __future__ import annotations

import numpy
from scipy.optimize import minimize

from autograd_c import numpy as np
from autograd_c import value_and_grad

CELLS = 22
STEPS = 200
RATE = 0.4
SENSORS = [5, 10, 17]
TRUE = numpy.array([1.0, 0.35, 0.7])
NOISE = 0.002


def simulate(start, conductivity, steps=STEPS):
    """Temperatures over time, [steps, cells]; conductivity is that between neighbouring cells."""
    u = np.array(start)
    history = np.zeros((steps, CELLS))
    for step in range(steps):
        flow = conductivity * (u[1:] - u[:-1])
        u[1:-1] += RATE * (flow[1:] - flow[:-1])
        history[step] = u
    return history


def of_layers(logarithms):
    """The conductivity between all cells, of three materials of the same length."""
    return np.repeat(np.exp(logarithms), (CELLS - 1) // 3)


def heated():
    """A cold rod with one end hot."""
    start = numpy.zeros(CELLS)
    start[0] = 1.0
    return start


def main():
    """Measure, fit, and return the conductivities with the temperatures."""
    true = simulate(heated(), of_layers(numpy.log(TRUE))).numpy()
    noise = numpy.random.default_rng(29).normal(0.0, NOISE, (STEPS, len(SENSORS)))
    measured = true[:, SENSORS] + noise

    def misfit(logarithms):
        history = simulate(heated(), of_layers(logarithms))
        return 0.5 * np.sum(((history[:, SENSORS] - measured) / NOISE) ** 2)

    bounds = numpy.log([(0.1, 1.25)] * 3)  # a step of this size is stable up to 0.5 / RATE
    start = numpy.log([0.6, 0.6, 0.6])
    fit = minimize(value_and_grad(misfit), start, jac=True, method="L-BFGS-B", bounds=bounds)
    return {
        "measured": measured,
        "conductivities": numpy.exp(fit.x),
        "misfit": fit.fun,
        "evaluations": fit.nfev,
        "fitted": simulate(heated(), of_layers(fit.x)).numpy(),
        "guessed": simulate(heated(), of_layers(start)).numpy(),
    }


def draw(results):
    """The temperatures in the rod, and those at the thermometers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for step in (5, 20, 60, STEPS - 1):
        left.plot(results["fitted"][step], label=f"after {step + 1} steps")
    for edge in (7, 14):
        left.axvline(edge, color="grey", linewidth=0.8)
    left.set(xlabel="cell", ylabel="temperature", title="in the rod")
    left.legend(fontsize=8)
    for k, sensor in enumerate(SENSORS):
        right.plot(results["measured"][:, k], ".", color="grey", markersize=2)
        right.plot(results["fitted"][:, sensor], color=f"C{k}", label=f"cell {sensor}")
        right.plot(results["guessed"][:, sensor], ":", color=f"C{k}")
    right.set(xlabel="step", title="measured, fitted, guessed (dotted)")
    right.legend(fontsize=8)
    return figure


if __name__ == "__main__":
    found = main()
    print("conductivities", found["conductivities"].round(3), "true", TRUE)
    draw(found).savefig("heat_equation.png")
