"""Programs as users of HIPS autograd have them run after a change of their imports.

tests/compare compares values and gradients with those of HIPS autograd itself.
"""

from __future__ import annotations

import numpy
import pytest

import autograd_c as tf
from autograd_c import numpy as np

from ..autograd_kernels import KERNELS

pytest.importorskip("scipy")
# What calls a function that NumPy and SciPy do not have.
OF_AUTOGRAD = {"convnet", "fixed_point", "mixture_of_gaussians", "natural_gradient"}


def moved(structure, direction, size):
    return tf.nest.map_structure(
        lambda x, v: numpy.asarray(x) + size * numpy.asarray(v), structure, direction
    )


def inner(a, b):
    pairs = zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True)
    return sum(float(numpy.sum(numpy.asarray(x) * numpy.asarray(y))) for x, y in pairs)


@pytest.fixture(params=KERNELS)
def program(request):
    loss, (x, *others) = KERNELS[request.param](np)
    random = numpy.random.default_rng(1)
    x = tf.nest.map_structure(numpy.asarray, x)
    v = tf.nest.map_structure(lambda a: random.normal(size=a.shape), x)
    return (lambda x: loss(x, *others)), x, v


def close(found, expected, gradient, direction):
    """Up to what differences lose where terms cancel each other."""
    size = numpy.sqrt(inner(gradient, gradient) * inner(direction, direction))
    assert abs(found - expected) <= 2e-6 * max(size, abs(expected), 1e-3)


@pytest.mark.parametrize("name", sorted(KERNELS.keys() - OF_AUTOGRAD))
def test_the_value_is_numpys(name):
    loss, arguments = KERNELS[name](np)
    theirs, given = KERNELS[name](numpy)
    numpy.testing.assert_allclose(loss(*arguments), theirs(*given), rtol=1e-8, atol=1e-12)


def test_the_gradient_is_that_of_differences(program):
    loss, x, v = program
    value, gradient = tf.value_and_grad(loss)(x)
    assert float(value) == float(loss(x))
    tf.nest.assert_same_structure(gradient, x)
    h = 1e-6
    difference = (float(loss(moved(x, v, h))) - float(loss(moved(x, v, -h)))) / (2 * h)
    close(inner(gradient, v), difference, gradient, v)


def test_forward_mode_agrees(program):
    loss, x, v = program
    value, tangent = tf.jvp(loss, (x,), (v,))
    gradient = tf.grad(loss)(x)
    numpy.testing.assert_allclose(value, loss(x))
    close(float(tangent), inner(gradient, v), gradient, v)


def test_second_derivatives_are_those_of_differences(program):
    loss, x, v = program
    _, product = tf.jvp(tf.grad(loss), (x,), (v,))
    h = 1e-6
    above, below = (tf.grad(loss)(moved(x, v, step)) for step in (h, -h))
    difference = tf.nest.map_structure(
        lambda a, b: (numpy.asarray(a) - numpy.asarray(b)) / (2 * h), above, below
    )
    close(inner(product, v), inner(difference, v), product, v)
