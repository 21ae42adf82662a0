"""Fit a differential equation to data, through its solver.

Hares H and lynxes L in a forest follow the equations of Lotka and Volterra,

    dH/dt = a H - b H L,     dL/dt = c b H L - d L.

Both were counted every half a year, with errors of some per cent. The rates (a, b, c, d) and how
many of each there were at the start are to be found: least squares of the logarithms of the counts.

The numbers to be fitted are inside the solver. Differences would solve the equations once more for
each parameter, and subtract results that carry the solver's own error, of the same order as the
difference; so fits creep, or stop early. Here the solver itself is differentiated: it takes the
steps that SciPy's takes, and the derivatives are exactly those of these steps. All that it needs is
`odeint` from `autograd_c.scipy.integrate` in place of SciPy's, and the Jacobian of the residuals
for SciPy's `least_squares`. There the curvature comes for free, and with it uncertainties.
"""

from __future__ import annotations

import numpy
from scipy.optimize import least_squares

from autograd_c import jacobian
from autograd_c import numpy as np
from autograd_c.scipy.integrate import odeint

TIMES = numpy.arange(0.0, 15.0, 0.5)
# Logarithms of the rates a, b, c, d and of the numbers at the start.
TRUE = numpy.log([1.0, 0.1, 0.75, 1.5, 10.0, 5.0])
NAMES = ("a", "b", "c", "d", "hares at first", "lynxes at first")
ERROR = 0.05


def change(y, t, rates):
    """The right-hand side of the equations."""
    hares, lynxes = y[0], y[1]
    birth, catch, growth, death = rates
    eaten = catch * hares * lynxes
    return np.stack([birth * hares - eaten, growth * eaten - death * lynxes])


def populations(logarithms, times=TIMES):
    """Hares and lynxes over time: [time, 2]."""
    p = np.exp(logarithms)
    return odeint(change, p[4:], times, args=(p[:4],), rtol=1e-8, atol=1e-8)


def main():
    """Fit, and return the parameters with their uncertainties, and the fitted populations."""
    noise = numpy.random.default_rng(13).normal(0.0, ERROR, (TIMES.size, 2))
    counts = populations(TRUE).numpy() * numpy.exp(noise)

    def residuals(logarithms):
        return np.ravel(np.log(populations(logarithms) / counts)) / ERROR

    start = TRUE + numpy.array([0.2, -0.2, 0.2, -0.2, 0.1, -0.1])
    fit = least_squares(residuals, start, jac=jacobian(residuals), xtol=1e-12)
    covariance = numpy.linalg.inv(fit.jac.T @ fit.jac)
    fine = numpy.linspace(0.0, TIMES[-1], 200)
    return {
        "counts": counts,
        "parameters": fit.x,
        "errors": numpy.sqrt(numpy.diag(covariance)),
        "evaluations": fit.nfev,
        "cost": fit.cost,
        "slope": fit.grad,
        "fine": fine,
        "first": populations(start, fine).numpy(),
        "fitted": populations(fit.x, fine).numpy(),
    }


def draw(results):
    """What was counted, what the first guess said, and what the fit says."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for k, (name, colour) in enumerate((("hares", "tab:blue"), ("lynxes", "tab:red"))):
        axes.plot(TIMES, results["counts"][:, k], ".", color=colour)
        axes.plot(results["fine"], results["fitted"][:, k], color=colour, label=name)
        axes.plot(results["fine"], results["first"][:, k], ":", color=colour)
    axes.set(xlabel="years", ylabel="thousands", title="counted, fitted, and guessed (dotted)")
    axes.legend()
    return figure


if __name__ == "__main__":
    found = main()
    for name, value, error in zip(NAMES, found["parameters"], found["errors"]):
        print(f"{name:15} {numpy.exp(value):7.4f} +- {100 * error:.1f} %")
    draw(found).savefig("ode_fit.png")
