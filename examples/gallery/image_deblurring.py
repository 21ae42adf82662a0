"""Deblur an image: nine thousand unknowns, Fourier transforms, and one gradient.

A camera out of focus convolves a picture x with a spot, and its sensor adds noise:

    y = irfft2(T rfft2(x)) + noise,

with the transform T of the spot. Dividing by T does not help, since T is almost zero at high
frequencies, where only noise is. What is wanted is the picture that explains y and is plausible:

    L(x) = 1/2 |blur(x) - y|^2 + mu P(x).

With a quadratic penalty P = 1/2 |grad x|^2 a formula solves the problem (Tikhonov's, or Wiener's,
filter): it is the best that can be had by a filter, and its edges are soft. With the total
variation

    P(x) = sum sqrt(dx^2 + dy^2 + eps^2)

edges cost no more than slopes do, and stay; but no formula solves that, so L is minimised. Its
gradient by all pixels, through both transforms, takes about three times as long as L: that is what
makes a problem of this size a matter of seconds. Another spot, another penalty, a transform that
is not a convolution at all: change the line, and keep the rest.
"""

from __future__ import annotations

import numpy
from scipy.optimize import minimize

from autograd_c import numpy as np
from autograd_c import value_and_grad

SIZE = 96
NOISE = 0.01


def picture():
    """Bright and dark shapes with sharp edges."""
    row, column = numpy.mgrid[:SIZE, :SIZE]
    image = numpy.full((SIZE, SIZE), 0.2)
    image[15:45, 12:40] = 0.9
    image[(row - 60) ** 2 + (column - 62) ** 2 < 18**2] = 0.7
    image[(row - 60) ** 2 + (column - 62) ** 2 < 8**2] = 0.1
    for k in range(5):
        image[12:36, 54 + 7 * k : 57 + 7 * k] = 0.95
    return image


def transform_of_spot(width):
    """The transform of a round spot, which is brightest in the middle."""
    distance = numpy.fft.fftfreq(SIZE, 1.0 / SIZE)
    spot = numpy.exp(-0.5 * (distance[:, None] ** 2 + distance[None, :] ** 2) / width**2)
    return numpy.fft.rfft2(spot / spot.sum())


SPOT = transform_of_spot(2.0)


def blur(image):
    """What the camera makes of an image."""
    return np.fft.irfft2(SPOT * np.fft.rfft2(image), (SIZE, SIZE))


def differences(image):
    """From each pixel to the next one below, and to the right; the image is thought periodic."""
    return np.roll(image, -1, 0) - image, np.roll(image, -1, 1) - image


def quadratic(image):
    """The penalty of which a filter is the solution."""
    down, right = differences(image)
    return 0.5 * np.sum(down**2 + right**2)


def total_variation(image, smooth=1e-3):
    """The penalty that lets edges be."""
    down, right = differences(image)
    return np.sum(np.sqrt(down**2 + right**2 + smooth**2))


def objective(blurred, penalty, weight):
    """The function to be minimised, of an image."""
    return lambda image: 0.5 * np.sum((blur(image) - blurred) ** 2) + weight * penalty(image)


def by_formula(blurred, weight):
    """The minimum with the quadratic penalty."""
    frequency = numpy.fft.fftfreq(SIZE), numpy.fft.rfftfreq(SIZE)
    slopes = [4.0 * numpy.sin(numpy.pi * f) ** 2 for f in frequency]
    penalty = weight * (slopes[0][:, None] + slopes[1][None, :])
    filtered = SPOT.conj() * numpy.fft.rfft2(blurred) / (numpy.abs(SPOT) ** 2 + penalty)
    return numpy.fft.irfft2(filtered, (SIZE, SIZE))


def main(steps=120):
    """Blur a picture, and return what is found of it by a filter and by total variation."""
    true = picture()
    noise = numpy.random.default_rng(17).normal(0.0, NOISE, true.shape)
    blurred = blur(true).numpy() + noise
    filtered = by_formula(blurred, 2e-3)
    loss = objective(blurred, total_variation, 5e-4)
    fit = minimize(
        value_and_grad(lambda pixels: loss(pixels.reshape(SIZE, SIZE))),
        blurred.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps},
    )
    found = fit.x.reshape(SIZE, SIZE)
    images = {"true": true, "blurred": blurred, "filtered": filtered, "found": found}
    errors = {name: numpy.sqrt(numpy.mean((image - true) ** 2)) for name, image in images.items()}
    return {**images, "errors": errors, "loss": fit.fun, "evaluations": fit.nfev}


def draw(results):
    """The four images, with their errors."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 2.4), layout="constrained")
    names = {"true": "true", "blurred": "blurred", "filtered": "filter", "found": "total variation"}
    for axes, (name, title) in zip(figure.subplots(1, 4), names.items()):
        axes.imshow(results[name], cmap="gray", vmin=0.0, vmax=1.0)
        axes.set(xticks=[], yticks=[], title=title)
        axes.set_xlabel(f"error {results['errors'][name]:.3f}")
    return figure


if __name__ == "__main__":
    found = main()
    print(", ".join(f"{name} {error:.4f}" for name, error in found["errors"].items()))
    draw(found).savefig("image_deblurring.png")
