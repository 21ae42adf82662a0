"""What several test files share: the central-difference check and the marks."""

from __future__ import annotations

import importlib.util
import os

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

# The same examples in every run: what a change breaks is found by it, and not by whoever comes
# next. `make fuzz` and those who ask for more examples look for others.
# (The environment of the type checkers is without it.)
if importlib.util.find_spec("hypothesis") is not None:
    from hypothesis import settings

    settings.register_profile("ordinary", derandomize=True, deadline=None)
    settings.register_profile("random", deadline=None, print_blob=True)
    settings.load_profile("random" if "AUTOGRAD_C_FUZZ" in os.environ else "ordinary")


# What tests compile is nobody's but theirs.
os.environ.setdefault("AUTOGRAD_C_CACHE", "off")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes some seconds; run all the same")


@pytest.fixture(autouse=True)
def kinds_of_dtypes_do_not_mix():
    """As in a program that has not used `autograd_c.numpy`, which one process of tests has."""
    _core.mix_kinds(False)


def pytest_report_header(config):
    info = _core.build_info()
    return f"loops: {info['vector']}, vector math: {info['vector math']}"


if "AUTOGRAD_C_FUNCTION" in os.environ:
    from .recorded import (  # noqa: F401  (hooks)
        pytest_collection_modifyitems,
        pytest_pyfunc_call,
    )


def pytest_terminal_summary(terminalreporter):
    if "AUTOGRAD_C_FUNCTION" in os.environ:
        from .recorded import OUTCOMES

        for outcome, count in OUTCOMES.most_common():
            terminalreporter.write_line(f"{count:5} tests: {outcome}")
        from .operations import CALLED

        terminalreporter.write_line("called, and not run from a record, because:")
        for reason in sorted(CALLED):
            terminalreporter.write_line(f"  {reason}")


def central_differences(f, arrays, cotangent, step):
    """Gradients of Re(sum(conj(cotangent) * f(*arrays))), one array element at a time.

    For a complex element z = x + iy it is the derivative by x plus i times that by y, which is
    TensorFlow's convention (the conjugate of the complex derivative).
    """
    arrays = [np.array(a) for a in arrays]

    def loss():
        value = np.asarray(f(*[tf.constant(a) for a in arrays]))
        return np.sum(np.conj(cotangent) * value).real

    answer = []
    for array in arrays:
        gradient = np.zeros(array.shape, array.dtype)
        for index in np.ndindex(array.shape):
            kept = array[index]
            for unit in (1, 1j) if np.iscomplexobj(array) else (1,):
                array[index] = kept + unit * step
                above = loss()
                array[index] = kept - unit * step
                below = loss()
                array[index] = kept
                gradient[index] += unit * (above - below) / (2 * step)
        answer.append(gradient)
    return answer


@pytest.fixture
def check_gradient():
    """check_gradient(f, *arrays): the tape's gradient of f against central differences.

    The upstream gradient is random, so that no part of the Jacobian can hide.
    """

    def check(f, *arrays, step=1e-6, rtol=1e-6, atol=1e-8):
        arrays = [np.asarray(a) for a in arrays]
        sources = [tf.constant(a) for a in arrays]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            target = f(*sources)
        random = np.random.default_rng(0)
        value = np.asarray(target)
        cotangent = random.normal(size=value.shape)
        if np.iscomplexobj(value):
            cotangent = cotangent + 1j * random.normal(size=value.shape)
        upstream = tf.constant(np.asarray(cotangent, value.dtype))
        gradients = tape.gradient(
            target, sources, output_gradients=upstream, unconnected_gradients="zero"
        )
        expected = central_differences(f, arrays, cotangent, step)
        for gradient, source, wanted in zip(gradients, sources, expected, strict=True):
            assert gradient.dtype == source.dtype
            assert gradient.shape == source.shape
            np.testing.assert_allclose(gradient.numpy(), wanted, rtol=rtol, atol=atol)

    return check


@pytest.fixture
def float64_by_default():
    """Python floats are float64 for the time of one test."""
    tf.set_default_float("float64")
    yield
    tf.set_default_float("float32")
