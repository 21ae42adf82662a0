"""Functions that write: an assignment to a tensor is what NumPy's is to an array."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

CASES = [
    ("put", (3, 4), ([0, 5, -1, 5],), (4,)),
    ("put", (3, 4), ([[0, 5], [7, 2]],), (3,)),
    ("put", (5,), (1,), ()),
    ("put", (5,), ([1, 7, -9], {"mode": "wrap"}), (2,)),
    ("put", (5,), ([1, 7, -9], {"mode": "clip"}), (2,)),
    ("put", (), (0,), (1,)),
    ("put", (5,), (np.zeros(0, int),), (2,)),
    ("putmask", (2, 3), (np.array([[True, False, True], [False, True, True]]),), (2, 3)),
    ("putmask", (2, 3), (np.array([[True, False, True], [False, True, True]]),), (2,)),
    ("putmask", (3,), (np.zeros(3, bool),), (3,)),
    ("place", (2, 3), (np.array([[True, False, True], [False, True, True]]),), (3,)),
    ("place", (), (True,), (1,)),
    ("put_along_axis", (2, 3), (np.array([[2], [0]]), 1), (2, 1)),
    ("put_along_axis", (2, 3), (np.array([[2, 2], [0, 1]]), 1), ()),
    ("put_along_axis", (2, 3), (np.array([[1, 0, 1]]), 0), (1, 3)),
    ("put_along_axis", (2, 3), (np.array([5, 0]), None), (2,)),
    ("fill_diagonal", (3, 3), (), ()),
    ("fill_diagonal", (5, 2), ({"wrap": True},), (3,)),
    ("fill_diagonal", (2, 2, 2), (), (2,)),
    ("copyto", (2, 3), (), (3,)),
    ("copyto", (2, 3), ({"where": np.array([True, False, True])},), (2, 1)),
    ("copyto", (0, 3), (), (3,)),
]
IDS = [f"{name}-{k}" for k, (name, *_) in enumerate(CASES)]


def called(function, target, rest, values):
    positional = [x for x in rest if not isinstance(x, dict)]
    keywords = next((x for x in rest if isinstance(x, dict)), {})
    if function.__name__ == "put_along_axis":
        positional.insert(1, values)
    elif function.__name__ in ("fill_diagonal", "copyto"):
        positional.insert(0, values)
    else:
        positional.append(values)
    assert function(target, *positional, **keywords) is None


@pytest.mark.parametrize("namespace", [np, ours], ids=["numpy", "ours"])
@pytest.mark.parametrize(("name", "shape", "rest", "of_values"), CASES, ids=IDS)
def test_values_and_derivatives(name, shape, rest, of_values, namespace):
    rng = np.random.default_rng(0)
    before, given = rng.normal(size=shape), rng.normal(size=of_values)
    expected = np.array(before)
    called(getattr(np, name), expected, rest, given)

    def f(x, v):
        y = x * 1.0
        called(getattr(namespace, name), y, rest, v)
        return y

    x, v = tf.constant(before), tf.constant(given)
    np.testing.assert_array_equal(f(x, v), expected)
    tf.func.check_grads(f, (0, 1))(x, v)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: np.put(x, [9], 1.0), IndexError, "out of bounds"),
        (lambda x: np.put(x, [0], 1.0, "other"), ValueError, "mode"),
        (lambda x: np.putmask(x, [True], 1.0), ValueError, "same size"),
        (lambda x: np.place(x, [True, False], []), ValueError, "empty"),
        (lambda x: np.fill_diagonal(x, 1.0), ValueError, "2-d"),
        (lambda x: np.copyto(x, [1.0, 2.0, 3.0]), ValueError, "broadcast"),
        (lambda x: np.copyto(x, 1j), TypeError, "ast"),
        (lambda x: np.copyto(x, np.array([1j, 2j])), TypeError, "ast"),
        (lambda x: np.copyto(x, np.array([1, 2]), casting="no"), TypeError, "ast"),
        (lambda x: np.copyto(np.zeros(2), x), TypeError, "copyto"),
        (lambda x: np.put(np.zeros(2), [0], x), TypeError, "put"),
    ],
)
def test_what_does_not_fit_changes_nothing(call, error, words):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(error, match=words):
            call(x)
        y = x * x
    assert x.numpy().tolist() == [1.0, 2.0]
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 4.0]


def test_arrays_are_written_to():
    a = np.zeros((2, 2), np.float32)
    ours.copyto(a, tf.constant([1.0, 2.0]))
    ours.fill_diagonal(a, tf.constant(5.0))
    ours.put(a, 1, 7.0)
    assert a.tolist() == [[5.0, 7.0], [1.0, 5.0]]
