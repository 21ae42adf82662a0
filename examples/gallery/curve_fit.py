"""Fit a curve, and say how sure each number is: the Hessian as a measure of information.

A counter measures the decay of a radioactive sample above a constant background,

    model(t) = A exp(-t / tau) + B,

every ten seconds, with noise of known size sigma. The best parameters p = (A, tau, B) have the
least negative logarithm of the likelihood,

    L(p) = 1/2 sum_i ((y_i - model(t_i, p)) / sigma)^2.

Near its minimum L is a parabola. Where it is steep the data say much, where it is flat they say
little: with the Hessian H of L, the covariance of p is the inverse of H. From there the uncertainty
goes on to whatever is computed from p, by the gradients of that: the variance of g(p) is
(dg/dp) H^-1 (dg/dp)', which gives the band around the curve.

Three derivatives, then, and none by hand: the gradient for the minimiser, the Hessian for the
minimiser and the uncertainties, and the Jacobian of the curve. Fitting routines often leave out of
H what is multiplied by the residuals (the Gauss-Newton approximation); here nothing is left out.
"""

from __future__ import annotations

import numpy
from scipy.optimize import minimize

from autograd_c import hessian, jacobian, value_and_grad
from autograd_c import numpy as np

SIGMA = 3.0
TRUE = (100.0, 60.0, 20.0)
NAMES = ("A", "tau", "B")


def model(t, p):
    """The expected counts at the times t."""
    height, lifetime, background = p
    return height * np.exp(-t / lifetime) + background


def measured():
    """Times, and what was counted then."""
    t = numpy.arange(0.0, 300.0, 10.0)
    noise = numpy.random.default_rng(3).normal(0.0, SIGMA, t.size)
    return t, TRUE[0] * numpy.exp(-t / TRUE[1]) + TRUE[2] + noise


def main():
    """Fit, and return the parameters with their uncertainties, and the curve with its band."""
    t, counts = measured()

    def misfit(p):
        return 0.5 * np.sum(((counts - model(t, p)) / SIGMA) ** 2)

    # SciPy's minimisers take what these functions return: value and gradient together, by
    # jac=True, and the Hessian as another function.
    fit = minimize(
        value_and_grad(misfit),
        numpy.array([80.0, 40.0, 10.0]),
        jac=True,
        hess=hessian(misfit),
        method="trust-exact",
        options={"gtol": 1e-8},
    )
    covariance = np.linalg.inv(hessian(misfit)(fit.x)).numpy()
    fine = numpy.linspace(0.0, 300.0, 200)
    slopes = jacobian(lambda p: model(fine, p))(fit.x).numpy()  # [time, parameter]
    return {
        "t": t,
        "counts": counts,
        "parameters": fit.x,
        "covariance": covariance,
        "errors": numpy.sqrt(numpy.diag(covariance)),
        "misfit": fit.fun,
        "steps": fit.nit,
        "fine": fine,
        "curve": model(fine, fit.x).numpy(),
        "band": numpy.sqrt(numpy.sum(slopes @ covariance * slopes, axis=1)),
    }


def draw(results):
    """The data with their noise, the curve, and twice its standard deviation."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    fine, curve, band = (results[name] for name in ("fine", "curve", "band"))
    axes.errorbar(results["t"], results["counts"], SIGMA, fmt="k.", label="measured")
    axes.plot(fine, curve, label="fitted")
    axes.fill_between(fine, curve - 2 * band, curve + 2 * band, alpha=0.3, label="two sigma")
    axes.set(xlabel="time in s", ylabel="counts")
    axes.legend()
    return figure


if __name__ == "__main__":
    found = main()
    for name, value, error in zip(NAMES, found["parameters"], found["errors"]):
        print(f"{name:4} = {value:6.2f} +- {error:.2f}")
    draw(found).savefig("curve_fit.png")
