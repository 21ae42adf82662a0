"""Programs of NumPy's functions: of tensors, by both spellings, and of arrays."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c import numpy as ours

# What takes one array and a random generator that both runs have in common.
trapezoid = getattr(np, "trapezoid", None) or np.trapz
OF_ONE = {
    "sum": lambda np, x, r: np.sum(x, axis=r.axis(x), keepdims=r.flag()),
    "mean": lambda np, x, r: np.mean(x, axis=r.axis(x)),
    "var": lambda np, x, r: np.var(x, axis=r.axis(x), keepdims=r.flag()),
    "prod": lambda np, x, r: np.prod(x, axis=r.axis(x)),
    "max": lambda np, x, r: np.max(x, axis=r.axis(x), initial=0),
    "ptp": lambda np, x, r: np.ptp(x, axis=r.axis(x)),
    "median": lambda np, x, r: np.median(x, axis=r.axis(x)),
    "quantile": lambda np, x, r: np.quantile(x, 0.3, axis=r.axis(x)),
    "cumsum": lambda np, x, r: np.cumsum(x, axis=r.axis(x)),
    "cumprod": lambda np, x, r: np.cumprod(x, axis=r.axis(x)),
    "diff": lambda np, x, r: np.diff(x, axis=r.axis(x) or -1),
    "sort": lambda np, x, r: np.sort(x, axis=r.axis(x)),
    "flip": lambda np, x, r: np.flip(x, axis=r.axis(x)),
    "roll": lambda np, x, r: np.roll(x, r.number(), axis=r.axis(x)),
    "transpose": lambda np, x, r: np.transpose(x),
    "ravel": lambda np, x, r: np.ravel(x, "CF"[r.flag()]),
    "expand_dims": lambda np, x, r: np.expand_dims(x, r.axis(x) or 0),
    "squeeze": lambda np, x, r: np.squeeze(x),
    "repeat": lambda np, x, r: np.repeat(x, 2, axis=r.axis(x)),
    "tile": lambda np, x, r: np.tile(x, (2, 1)),
    "pad": lambda np, x, r: np.pad(x, 1, r.mode()),
    "clip": lambda np, x, r: np.clip(x, 0, 2),
    "tril": lambda np, x, r: np.tril(x, r.number()),
    "diag": lambda np, x, r: np.diag(x, r.number()),
    "trace": lambda np, x, r: np.trace(x),
    "sin": lambda np, x, r: np.sin(x),
    "exp": lambda np, x, r: np.exp(-abs(x)),
    "negative": lambda np, x, r: np.negative(x),
    "real": lambda np, x, r: np.real(x),
    "angle": lambda np, x, r: np.angle(x),
    "nonzero": lambda np, x, r: np.nonzero(x)[0],
    "average": lambda np, x, r: np.average(x, axis=r.axis(x)),
    "take": lambda np, x, r: np.take(x, [0, -1], axis=r.axis(x)),
    "delete": lambda np, x, r: np.delete(x, 0, axis=r.axis(x)),
    "gradient": lambda np, x, r: np.gradient(x, axis=r.axis(x) or 0),
    "trapezoid": lambda np, x, r: (np.trapezoid if hasattr(np, "trapezoid") else trapezoid)(
        x, axis=-1
    ),
    "count_nonzero": lambda np, x, r: np.count_nonzero(x, axis=r.axis(x) or 0),
    "atleast_2d": lambda np, x, r: np.atleast_2d(x),
}
OF_TWO = {
    "add": lambda np, x, y: np.add(x, y),
    "multiply": lambda np, x, y: np.multiply(x, y),
    "maximum": lambda np, x, y: np.maximum(np.real(x), np.imag(y)),
    "where": lambda np, x, y: np.where(x, x, y),
    "stack": lambda np, x, y: np.stack([x, y], -1),
    "concatenate": lambda np, x, y: np.concatenate([x, y]),
    "hstack": lambda np, x, y: np.hstack([x, y]),
    "vstack": lambda np, x, y: np.vstack([x, y]),
    "append": lambda np, x, y: np.append(x, y),
    "insert": lambda np, x, y: np.insert(x, 0, y),
    "meshgrid": lambda np, x, y: np.meshgrid(x, y)[1],
    "broadcast": lambda np, x, y: np.broadcast_arrays(x, y)[0],
    "select": lambda np, x, y: np.select([np.real(x) > 0, np.real(y) > 0], [x, y], 0),
    "power": lambda np, x, y: np.hypot(np.real(x), np.real(y)),
}
ERRORS = (TypeError, ValueError, IndexError, ZeroDivisionError)


class Choices:
    """What is drawn once, and read by each of the runs."""

    def __init__(self, numbers):
        self._numbers = numbers
        self._next = 0

    def draw(self, count):
        self._next += 1
        return self._numbers[self._next % len(self._numbers)] % count

    def axis(self, x):
        rank = len(x.shape)
        return (None, *range(-rank, rank))[self.draw(2 * rank + 1)]

    def flag(self):
        return bool(self.draw(2))

    def number(self):
        return self.draw(5) - 2

    def mode(self):
        modes = ("constant", "edge", "reflect", "wrap", "mean", "symmetric", "linear_ramp")
        return modes[self.draw(len(modes))]


def run(namespace, inputs, steps, numbers):
    """The results of all steps; an error is the last of them."""
    choices = Choices(numbers)
    values, results = list(inputs), []
    for name, first, second in steps:
        x, y = values[first % len(values)], values[second % len(values)]
        try:
            z = (
                OF_ONE[name](namespace, x, choices)
                if name in OF_ONE
                else (OF_TWO[name](namespace, x, y))
            )
        except ERRORS as error:
            results.append(error)
            break
        results.append(z)
        values.append(z)
    return results


def arrays():
    shapes = st.sampled_from([(), (3,), (1,), (2, 3), (3, 1), (0, 2), (2, 1, 3)])
    dtypes = st.sampled_from(["?", "u1", "i4", "i8", "f4", "f8", "c8", "c16"])

    def made(shape, dtype, seed):
        x = np.random.default_rng(seed).integers(-3, 4, shape) / (2 if dtype[0] in "fc" else 1)
        if dtype[0] == "c":
            x = x + 0.5j * x
        return np.asarray(np.abs(x) if dtype == "u1" else x).astype(dtype)

    return st.builds(made, shapes, dtypes, st.integers(0, 99))


STEPS = st.tuples(st.sampled_from([*OF_ONE, *OF_TWO]), st.integers(0, 9), st.integers(0, 9))


NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


@pytest.mark.skipif(not NEW, reason="the dtypes of results are those of NumPy 2")
@settings(max_examples=250)
@given(
    st.tuples(arrays(), arrays()),
    st.lists(STEPS, min_size=1, max_size=5),
    st.lists(st.integers(0, 99), min_size=3, max_size=8),
)
def test_values(inputs, steps, numbers):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = run(np, inputs, steps, numbers)
        for namespace in (ours, np):
            found = run(namespace, [tf.constant(x) for x in inputs], steps, numbers)
            for k, (f, w) in enumerate(zip(found, wanted)):
                where = (steps[: k + 1], f, w)
                if isinstance(w, Exception):  # ours may take what NumPy does not
                    break
                assert not isinstance(f, Exception), where
                w = np.asarray(w)
                assert tf.is_tensor(f), where
                assert f.dtype == w.dtype and tuple(f.shape) == w.shape, where
                # Nothing here asks for equality: what is computed differs in the last digits.
                rtol = 1e-9 if all(x.dtype.char not in "fF" for x in inputs) else 1e-3
                np.testing.assert_allclose(f.numpy(), w, rtol=rtol, atol=rtol, err_msg=str(where))
