"""The kernels of HIPS autograd's examples give what they give with HIPS autograd."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c
from autograd_c import numpy as ours
from autograd_c.core import _core
from autograd_c.scipy import signal

from ..autograd_kernels import KERNELS

theirs = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")
asignal = pytest.importorskip("autograd.scipy.signal")


@pytest.fixture(autouse=True)
def kinds_of_dtypes_mix(kinds_of_dtypes_do_not_mix):
    _core.mix_kinds(True)


def leaves(structure):
    return [np.asarray(x) for x in autograd_c.nest.flatten(structure)]


@pytest.mark.parametrize("name", KERNELS)
def test_values_and_gradients(name):
    loss, arguments = KERNELS[name](ours)
    value, gradient = autograd_c.value_and_grad(loss)(*arguments)
    loss, arguments = KERNELS[name](anp)
    wanted, slope = theirs.value_and_grad(loss)(*arguments)
    # They solve another equation, backwards in time, for the gradient.
    close = 1e-6 if name == "ode_net" else 1e-9
    np.testing.assert_allclose(value, wanted, rtol=close, atol=1e-12)
    assert len(leaves(gradient)) == len(leaves(slope))
    size = max(np.max(np.abs(x)) for x in leaves(slope))
    for mine, other in zip(leaves(gradient), leaves(slope)):
        assert mine.dtype == other.dtype and mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=close, atol=close * size)


AXES = [
    (None, ((), ())),
    (([1], [1]), ([2], [0])),
    (([0, 2], [2, 1]), ((), ())),
    (([2], [2]), ([0], [1])),
    (([], []), ([1], [2])),
    (([0, 1, 2], [0, 1, 2]), ((), ())),
]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("axes, dot_axes", AXES)
@pytest.mark.parametrize("turned", [False, True])
def test_convolutions_along_axes(mode, axes, dot_axes, turned):
    random = np.random.default_rng(0)
    shape = {((1,), (1,)): (3, 2, 5), ((), ()): (2, 5, 4)}.get(
        axes and tuple(map(tuple, axes)), (3, 3, 3)
    )
    x, y = random.normal(size=(3, 4, 3)), random.normal(size=shape)
    if turned:
        x, y, axes, dot_axes = y, x, axes and axes[::-1], dot_axes[::-1]
    cotangent = random.normal(
        size=signal.convolve(x, y, axes=axes, dot_axes=dot_axes, mode=mode).shape
    )

    def total(np, convolve, both):
        return np.sum(convolve(*both, axes=axes, dot_axes=dot_axes, mode=mode) * cotangent)

    value, slopes = theirs.value_and_grad(lambda both: total(anp, asignal.convolve, both))((x, y))
    mine, found = autograd_c.value_and_grad(lambda both: total(ours, signal.convolve, both))((x, y))
    np.testing.assert_allclose(mine, value, rtol=1e-12)
    for a, b in zip(found, slopes, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
