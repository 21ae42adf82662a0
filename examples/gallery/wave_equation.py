"""What is under the ground? The speed of waves in the plane, from what is heard at its rim.

Sound spreads by the wave equation, with a speed c that depends on the place:

    d^2u/dt^2 = c^2 (d^2u/dx^2 + d^2u/dy^2).

The simulation is three lines of NumPy: the new values at the inner points of a grid are assigned to
a slice of an array, the source adds to one element, and a row of the record is filled by what the
microphones hear,

    new[1:-1, 1:-1] = ...,     new[source] += pulse[t],     record[t] = new[1:-1, -2].

Geophysicists want the reverse. They set off pulses on one side, record on the other, and look for
the speeds that explain the records: full waveform inversion, with one unknown for each place. The
gradient of the misfit by all of them is what makes it possible. It is known in the literature as
the adjoint-state method, in which the differences between heard and simulated are sent backwards in
time from the microphones; programs for it are derived and written by hand, and checked for weeks. A
tape does the same as it goes back through the records of the simulation, assignments included.
"""

from __future__ import annotations

import numpy
from scipy.optimize import minimize

from autograd_c import numpy as np
from autograd_c import value_and_grad

SIZE = 32  # points in each direction
STEPS = 110
BLOCK = 2  # points in each direction of a place with one speed
SOURCES = [(6, 2), (16, 2), (26, 2)]
BACKGROUND = 0.5  # points for each step of time


def pulse():
    """What a source gives off: a wave with a beginning and an end."""
    t = numpy.arange(STEPS) - 14.0
    return (1.0 - (t / 5.0) ** 2) * numpy.exp(-0.5 * (t / 5.0) ** 2)


def simulate(speed, source):
    """What is heard along the right side, [steps, points], and the last state of the plane."""
    before = now = np.zeros((SIZE, SIZE))
    heard = np.zeros((STEPS, SIZE - 2))
    square = speed[1:-1, 1:-1] ** 2
    for t, strength in enumerate(pulse()):
        inner = now[1:-1, 1:-1]
        around = now[2:, 1:-1] + now[:-2, 1:-1] + now[1:-1, 2:] + now[1:-1, :-2]
        new = np.zeros((SIZE, SIZE))
        new[1:-1, 1:-1] = 2.0 * inner - before[1:-1, 1:-1] + square * (around - 4.0 * inner)
        new[source] += strength
        heard[t] = new[1:-1, -2]
        before, now = now, new
    return heard, now


def of_blocks(values):
    """The speed at all points, from one number for each block."""
    blocks = values.reshape(SIZE // BLOCK, SIZE // BLOCK)
    return np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)


def truth():
    """A fast stone in the ground, and a slow hole, by blocks."""
    row, column = numpy.mgrid[: SIZE // BLOCK, : SIZE // BLOCK]
    speed = numpy.full(row.shape, BACKGROUND)
    speed[(row - 5) ** 2 + (column - 7) ** 2 < 7] = 0.6
    speed[(row - 11) ** 2 + (column - 9) ** 2 < 5] = 0.42
    return speed


def objective(heard):
    """The misfit to what was heard, with a little for roughness, of the vector of all speeds."""

    def misfit(values):
        speed = of_blocks(values)
        total = 0.0
        for source, record in zip(SOURCES, heard):
            total = total + 0.5 * np.sum((simulate(speed, source)[0] - record) ** 2)
        blocks = values.reshape(SIZE // BLOCK, SIZE // BLOCK)
        rough = np.sum(np.diff(blocks, axis=0) ** 2) + np.sum(np.diff(blocks, axis=1) ** 2)
        return total + 0.5 * rough

    return misfit


def main(steps=40):
    """Listen, invert, and return the speeds that were found."""
    true = truth()
    heard = [simulate(of_blocks(true), source)[0].numpy() for source in SOURCES]
    value_and_slope = value_and_grad(objective(heard))
    start = numpy.full(true.size, BACKGROUND)
    first, slope = value_and_slope(start)
    fit = minimize(
        value_and_slope,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.3, 0.7)] * true.size,  # faster waves than 0.7 points a step are unstable
        options={"maxiter": steps},
    )
    return {
        "true": true,
        "found": fit.x.reshape(true.shape),
        "slope": slope.numpy().reshape(true.shape),
        "misfits": (float(first), fit.fun),
        "evaluations": fit.nfev,
        "wave": simulate(of_blocks(true), SOURCES[1])[1].numpy(),
    }


def draw(results):
    """A wave, the true speeds, the first gradient, and the speeds that were found."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 2.5), layout="constrained")
    of_wave, of_truth, of_slope, of_found = figure.subplots(1, 4)
    high = numpy.max(numpy.abs(results["wave"]))
    of_wave.imshow(results["wave"], cmap="RdBu", vmin=-high, vmax=high)
    of_wave.plot(*numpy.array(SOURCES).T[::-1], "k*", markersize=5)
    of_wave.set_title("a wave")
    high = numpy.quantile(numpy.abs(results["slope"]), 0.97)  # it is larger next to the sources
    of_slope.imshow(-results["slope"], cmap="RdBu", vmin=-high, vmax=high)
    of_slope.set_title("first gradient")
    for axes, name in ((of_truth, "true"), (of_found, "found")):
        axes.imshow(results[name], vmin=0.4, vmax=0.62)
        axes.set_title(f"speeds, {name}")
    for axes in figure.axes:
        axes.set(xticks=[], yticks=[])
    return figure


if __name__ == "__main__":
    found = main()
    print("misfit {:.3f} before, {:.4f} afterwards".format(*found["misfits"]))
    draw(found).savefig("wave_equation.png")
