"""Methods of NumPy's universal functions, of tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from ..derivatives import check_derivatives, listed

# NumPy's own reduce of arctan2 and power is not what its documentation says, with AVX512.
OF_TWO = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "fmax", "fmin"]
OF_TWO += ["logaddexp", "hypot", "copysign", "remainder"]
CALLS = [
    ("reduce", {"axis": 0}),
    ("reduce", {"axis": 1}),
    ("reduce", {"axis": -1, "keepdims": True}),
    ("accumulate", {"axis": 0}),
    ("accumulate", {"axis": 1}),
    ("accumulate", {"axis": -1}),
]


def positive(*shape):
    return np.random.default_rng(shape).uniform(0.5, 1.5, shape)


def check(function, *arrays, order=2):
    expected = function(*arrays)
    found = function(*map(tf.constant, arrays))
    assert isinstance(found, tf.Tensor) and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, strict=True)
    check_derivatives(lambda *x: listed(function(*x)), *arrays, order=order)


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize(("method", "options"), CALLS)
def test_along_an_axis(name, method, options):
    check(lambda x: getattr(getattr(np, name), method)(x, **options), positive(2, 3))


@pytest.mark.parametrize("name", OF_TWO)
def test_outer(name):
    check(getattr(np, name).outer, positive(2), positive(2, 2))


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "logaddexp"])
@pytest.mark.parametrize("axis", [0, 1])
def test_reduceat(name, axis):
    check(lambda x: getattr(np, name).reduceat(x, [0, 2, 1], axis), positive(3, 3))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "power"])
def test_at(name):
    def function(x, y):
        z = x * 1.0
        getattr(np, name).at(z, ([0, 1, 0], [2, 0, 1]), y)
        return z

    check(function, positive(2, 3), positive(3) + 1)


@pytest.mark.parametrize("name", ["maximum", "minimum", "add", "bitwise_or", "logaddexp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint64", "int32", "float32"])
@pytest.mark.parametrize("value", [-1, 2, 1.5, np.array([1, 2]), np.int64(-3)])
def test_at_outside_a_tape_is_numpys(name, dtype, value):
    x = np.array([1, 2, 3], dtype)
    tensor = tf.constant(x)
    try:
        getattr(np, name).at(x, [0, 2], value)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(np, name).at(tensor, [0, 2], value)
        return
    getattr(np, name).at(tensor, tf.constant([0, 2]), value)
    np.testing.assert_array_equal(tensor, x)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: np.pad(x, 0, "edge"), ()),
        (lambda x: np.pad(x, 0, "edge"), (2,)),
        (lambda x: np.minimum.accumulate(x, axis=0), (0, 2)),
        (np.fft.fftn, ()),
    ],
)
def test_results_are_other_objects_where_numpy_copies(function, shape):
    x = tf.zeros(shape, "float64")
    assert function(x) is not x


# ------------------------------------------------------------ all of them, beside NumPy's

BINARY = sorted(
    {f.__name__ for f in map(vars(np).get, np.__all__) if isinstance(f, np.ufunc) and f.nin == 2}
    - {"matmul", "vecdot", "matvec", "vecmat"}
)
SHOWN = np.array([[True, False, True], [True, True, False]])
REDUCTIONS = [
    *[{"axis": axis} for axis in (0, 1, -1, None, (0, 1), (1,), (), 2)],
    {"axis": 0, "keepdims": True},
    {"axis": None, "keepdims": True},
    {"axis": (), "keepdims": True},
    {"axis": 1, "initial": 2},
    {"axis": None, "initial": 2},
    {"axis": 0, "initial": None},
    {"axis": 1, "where": SHOWN},
    {"axis": 1, "where": SHOWN, "initial": 2},
    {"axis": 0, "dtype": np.float32},
    {"axis": 0, "dtype": np.float64},
]
RUNNING = [{"axis": axis} for axis in (0, 1, -1, None, (0,), 2)]
RUNNING += [{"axis": 0, "dtype": np.float64}]
INPUTS = {
    "float64": np.random.default_rng(1).uniform(0.5, 2.0, (2, 3)),
    "one row": np.random.default_rng(2).uniform(0.5, 2.0, (1, 3)),
    "signs": np.random.default_rng(3).normal(size=(2, 1)),
    "float32": np.random.default_rng(4).uniform(0.5, 2.0, (2, 3)).astype(np.float32),
    "complex128": np.random.default_rng(5).normal(size=(2, 3)) + 1j,
    "int64": np.array([[7, 2, 1], [5, 3, 2]]),
    "int8": np.array([[7, 2, 1], [5, 3, 2]], np.int8),
    "bool": SHOWN,
    "nothing": np.ones((2, 0)),
}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.filterwarnings("ignore")
def test_reductions_are_numpys(name):
    # See above: NumPy's own numbers along the last axis are wrong with AVX512.
    others = () if name in ("arctan2", "power") else (1, -1, (1,), None, (0, 1))
    ufunc = getattr(np, name)
    calls = [("reduce", each) for each in REDUCTIONS] + [("accumulate", each) for each in RUNNING]
    for kind, array in INPUTS.items():
        for method, options in calls:
            if method == "reduce" and not others and options["axis"] not in (0, 2, ()):
                continue
            if "where" in options and array.shape != SHOWN.shape:
                continue
            function = getattr(ufunc, method)
            try:
                expected = np.asarray(function(array, **options))
            except (TypeError, ValueError) as error:
                with pytest.raises((TypeError, ValueError)) as caught:
                    function(tf.constant(array), **options)
                assert isinstance(caught.value, TypeError) == isinstance(error, TypeError)
                continue
            found = function(tf.constant(array), **options)
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape), (kind, options)
            message = f"{method} {options} of {kind}"
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=message)


@pytest.mark.parametrize("name", ["subtract", "divide", "power", "hypot", "logaddexp", "arctan2"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_reductions_have_derivatives_along_each_axis(name, axis):
    def by_hand(x):
        parts = tf.unstack(x, axis=axis)
        y = parts[0]
        for part in parts[1:]:
            y = getattr(np, name)(y, part)
        return y

    x = tf.constant(positive(3, 2, 2))
    for method in (lambda x: getattr(np, name).reduce(x, axis), by_hand):
        assert method(x).shape == (2, 2) or axis
    found, expected = (
        tf.func.jacobian(f)(x) for f in (lambda x: getattr(np, name).reduce(x, axis), by_hand)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["logaddexp", "hypot", "maximum", "fmin", "add", "multiply"])
@pytest.mark.parametrize("axis", [None, (0, 1), (2, 0), ()])
def test_several_axes(name, axis):
    check(lambda x: getattr(np, name).reduce(x, axis=axis), positive(2, 3, 2), order=1)


def test_masks_and_beginnings_have_derivatives():
    shown = positive(2, 3) > 0.9
    x = positive(2, 3)
    check(lambda x: np.subtract.reduce(x, axis=1, initial=2.0, where=shown), x)
    check(lambda x: np.hypot.reduce(x, axis=0, where=shown), x, order=1)
    check(lambda x: np.add.reduce(x, axis=0, where=shown, initial=3.0), x)


def test_masks_do_not_make_results_larger():
    x = tf.constant([1.0, 2.0])
    for function in (np.add.reduce, np.sum, np.prod, np.mean):
        with pytest.raises(ValueError, match="broadcast"):
            function(x, where=np.ones((3, 2), bool))


@pytest.mark.parametrize("name", ["bitwise_or", "gcd", "fmax", "hypot"])
def test_at_of_others_where_nothing_is_recorded(name):
    a = np.array([6, 4, 3]) if name in ("bitwise_or", "gcd") else positive(3)
    x, values = tf.constant(a), np.array([2, 8, 4], a.dtype)
    getattr(np, name).at(x, [0, 0, 2], tf.constant(values))
    getattr(np, name).at(a, [0, 0, 2], values)
    np.testing.assert_array_equal(x, a)
    np.negative.at(x, tf.constant([1]))
    assert x[1] == -a[1]
    if a.dtype.kind == "f":
        with tf.GradientTape() as tape:
            tape.watch(x)
            with pytest.raises(TypeError, match="has no derivative"):
                getattr(np, name).at(x, [0], 1.0)
