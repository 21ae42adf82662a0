"""Optimal control by direct collocation: the brachistochrone, with SciPy's trust-constr.

Along which curve does a bead slide from A to B in the least time, without friction? Bernoulli asked
that in 1696. As a problem of control: the state of the bead is its place (x, y), with y pointing
down, and its speed v; it is steered by the slope u of the curve,

    dx/dt = v cos u,     dy/dt = v sin u,     dv/dt = g sin u,

and the time T until B is to be least. Direct collocation takes all states and all slopes at N + 1
moments, and T, for unknowns, and the equations of motion for constraints: over each interval the
trapezoidal rule must hold,

    z_(k+1) - z_k = T / (2 N) (f(z_k, u_k) + f(z_(k+1), u_(k+1))).

That is a problem with many variables and many constraints, none of them hard; nothing is simulated.
Solvers for such problems need the Jacobian of all constraints and the Hessian of the Lagrangian,

    H(w, lambda) = d^2/dw^2 (lambda . c(w)),

which are lengthy by hand, and different for each problem. Here they are a line each. The answer is
known: a cycloid, along which the slope changes evenly in time.
"""

from __future__ import annotations

import numpy
from scipy.optimize import NonlinearConstraint, minimize

from autograd_c import grad, hessian, jacobian
from autograd_c import numpy as np

GRAVITY = 9.81
INTERVALS = 20
END = (numpy.pi, 2.0)  # where the cycloid of a wheel of radius 1 is at its lowest
SHORTEST = numpy.pi / numpy.sqrt(GRAVITY)


def unpacked(w):
    """The states [moment, 3], the slopes [moment] and the time in the vector of all unknowns."""
    count = INTERVALS + 1
    return w[: 3 * count].reshape(count, 3), w[3 * count : 4 * count], w[-1]


def motion(states, slopes):
    """The right-hand sides of the equations, at all moments."""
    speed = states[:, 2]
    return np.stack(
        [speed * np.cos(slopes), speed * np.sin(slopes), GRAVITY * np.sin(slopes)], axis=1
    )


def constraints(w):
    """What has to be zero: the trapezoidal rule over each interval, the start and the end."""
    states, slopes, time = unpacked(w)
    rates = motion(states, slopes)
    steps = 0.5 * time / INTERVALS * (rates[1:] + rates[:-1])
    defects = states[1:] - states[:-1] - steps
    return np.concatenate([defects.ravel(), states[0], states[-1, :2] - np.array(END)])


def first_guess():
    """A straight line, at an even pace."""
    part = numpy.linspace(0.0, 1.0, INTERVALS + 1)
    states = numpy.stack([END[0] * part, END[1] * part, 6.0 * part], axis=1)
    slopes = numpy.full(INTERVALS + 1, numpy.arctan2(END[1], END[0]))
    return numpy.concatenate([states.ravel(), slopes, [1.5]])


def main():
    """Find the curve, and return it with the time that it takes."""

    def time_taken(w):
        return w[-1]

    dynamics = NonlinearConstraint(
        constraints,
        0.0,
        0.0,
        jac=jacobian(constraints),
        hess=hessian(lambda w, multipliers: np.dot(multipliers, constraints(w))),
    )
    fit = minimize(
        time_taken,
        first_guess(),
        jac=grad(time_taken),
        hess=hessian(time_taken),
        constraints=dynamics,
        method="trust-constr",
        options={"gtol": 1e-7, "xtol": 1e-10, "maxiter": 300},
    )
    states, slopes, time = unpacked(fit.x)
    return {
        "states": states,
        "slopes": slopes,
        "time": time,
        "steps": fit.nit,
        "violated": numpy.max(numpy.abs(constraints(fit.x).numpy())),
    }


def draw(results):
    """The curve beside the cycloid, and the slope over time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    angle = numpy.linspace(0.0, numpy.pi, 100)
    left.plot(angle - numpy.sin(angle), 1.0 - numpy.cos(angle), color="grey", label="cycloid")
    left.plot(results["states"][:, 0], results["states"][:, 1], "o", markersize=4, label="found")
    left.set(xlabel="x", ylabel="y", title="the curve")
    left.invert_yaxis()
    left.legend()
    moments = numpy.linspace(0.0, results["time"], INTERVALS + 1)
    right.plot([0.0, SHORTEST], [90.0, 0.0], color="grey")
    right.plot(moments, numpy.degrees(results["slopes"]), "o", markersize=4)
    right.set(xlabel="time in s", ylabel="slope in degrees", title="how it is steered")
    return figure


if __name__ == "__main__":
    found = main()
    print(f"{found['time']:.5f} s in {found['steps']} steps; the cycloid takes {SHORTEST:.5f} s")
    draw(found).savefig("direct_collocation.png")
