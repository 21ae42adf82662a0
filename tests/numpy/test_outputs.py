"""`out=`: results are written to tensors, recorded, and to arrays by operators in place alone."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

RANDOM = np.random.default_rng(7)
X = RANDOM.uniform(0.5, 1.5, (3, 3))
MASK = np.array([True, False, True])

# The arguments by the names of those that are not called with one array.
ARGUMENTS = {
    "choose": ([0, 1, 0], [X[0], X[1]]),
    "clip": (X, 0.7, 1.2),
    "compress": (MASK, X, 0),
    "concat": ([X, X],),
    "concatenate": ([X, X],),
    "cumulative_prod": (X[0],),
    "cumulative_sum": (X[0],),
    "dot": (X, X),
    "einsum": ("ij,jk", X, X),
    "multi_dot": ([X, X, X],),
    "nanpercentile": (X, 30.0),
    "nanquantile": (X, 0.3),
    "outer": (X[0], X[1]),
    "percentile": (X, 30.0),
    "quantile": (X, 0.3),
    "stack": ([X, X],),
    "take": (X, [4, 0]),
}
SPACES = {"": (np, ours), "linalg": (np.linalg, ours.linalg), "fft": (np.fft, ours.fft)}


def takes_out(function):
    try:
        return "out" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return isinstance(function, np.ufunc) or "out=None" in (function.__doc__ or "")


def functions():
    for space, (theirs, mine) in SPACES.items():
        for name in sorted(theirs.__all__):
            function = getattr(theirs, name)
            known = callable(function) and hasattr(mine, name) and not isinstance(function, type)
            dates = name.startswith(("is_bus", "bus")) or name == "isnat"
            if known and not dates and takes_out(function):
                yield space, name


def arguments_of(function, name):
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    if isinstance(function, np.ufunc):
        values = {"arccosh": (X + 1,), "acosh": (X + 1,), "ldexp": (X, [1, 2, 3])}.get(name)
        arguments = values or (X,) * function.nin
        try:
            function(*arguments)
        except TypeError:
            return (np.array([6, 4, 3]),) * function.nin
        return arguments
    return (X,)


CALLS = list(functions())


def test_there_are_many():
    assert len(CALLS) > 150


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("space", "name"), CALLS)
@pytest.mark.parametrize("whose", ["numpys", "ours"])
def test_results_are_written(space, name, whose):
    theirs, mine = (getattr(each, name) for each in SPACES[space])
    arguments = arguments_of(theirs, name)
    expected = theirs(*arguments)
    several = isinstance(expected, tuple)
    wanted = [np.asarray(y) for y in (expected if several else (expected,))]
    function = theirs if whose == "numpys" else mine
    given = [tf.constant(a) if isinstance(a, np.ndarray) else a for a in arguments]
    out = [tf.constant(np.full_like(y, 0)) for y in wanted]
    found = function(*given, out=tuple(out) if several else out[0])
    for y, place, value in zip(found if several else (found,), out, wanted, strict=True):
        assert y is place
        np.testing.assert_allclose(place, value, rtol=1e-13)
    if any(isinstance(a, tf.Tensor) for a in given):
        out = [np.full_like(y, 0) for y in wanted]
        with pytest.raises(TypeError, match=r"its result is a new tensor; write out = numpy\."):
            function(*given, out=tuple(out) if several else out[0])
        assert not any(np.any(each) for each in out)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("space", "name"), CALLS)
def test_what_is_written_is_recorded(space, name):
    theirs, function = (getattr(each, name) for each in SPACES[space])
    arguments = arguments_of(theirs, name)
    expected = theirs(*arguments)
    y = np.asarray(expected[0] if isinstance(expected, tuple) else expected)
    flat = y.dtype.kind not in "fc" or name == "frexp"
    if flat or isinstance(expected, tuple):
        return

    def gradient(how):
        x = [tf.constant(a) for a in arguments if isinstance(a, np.ndarray)]
        with tf.GradientTape() as tape:
            tape.watch(x)
            parts = iter(x)
            given = [next(parts) if isinstance(a, np.ndarray) else a for a in arguments]
            z = how(given)
        return [None if g is None else tf.convert_to_tensor(g) for g in tape.gradient(z, x)]

    def assigned(given):
        out = tf.constant(np.zeros_like(y))
        function(*given, out=out)
        return out

    for found, wanted in zip(gradient(assigned), gradient(lambda x: function(*x)), strict=True):
        if wanted is None:
            assert found is None or not np.any(found)
        else:
            np.testing.assert_allclose(found, wanted, rtol=1e-13)
    if any(g is not None for g in gradient(lambda x: function(*x))):
        with pytest.raises(TypeError, match="gradient would be lost"):
            gradient(lambda x: function(*x, out=np.zeros_like(y)))


DTYPES = ["bool", "int8", "uint8", "int32", "int64", "float16", "float32", "float64", "complex64"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["add", "multiply", "divide", "sin", "absolute", "maximum"])
def test_casts_are_numpys(name, dtype):
    """What NumPy refuses to cast is refused: no fraction is lost in silence."""
    ufunc = getattr(np, name)
    for given, casting in itertools.product(DTYPES, ["same_kind", "unsafe", "safe"]):
        arrays = (np.ones(2, given),) * ufunc.nin
        out = np.zeros(2, dtype)
        try:
            expected = ufunc(*arrays, out=out, casting=casting)
        except TypeError:
            expected = None
        for function in (ufunc, getattr(ours, name)):
            place = tf.constant(np.zeros(2, dtype))
            tensors = [tf.constant(a) for a in arrays]
            if expected is None:
                with pytest.raises(TypeError):
                    function(*tensors, out=place, casting=casting)
                assert not np.any(place)
            else:
                assert function(*tensors, out=place, casting=casting) is place
                np.testing.assert_allclose(place, expected, rtol=2e-3)


def test_casts_of_other_functions():
    x, whole = ours.array([1.5, 2.5]), ours.zeros((), int)
    for function in (ours.sum, ours.mean, ours.max, ours.prod, ours.median):
        with pytest.raises(TypeError, match="cannot cast"):
            function(x, out=whole)
        assert whole == 0
    single = ours.zeros((), np.float32)
    assert ours.sum(x, out=single) is single and single == 4.0
    with pytest.raises(ValueError, match="shape"):
        ours.sum(x, out=ours.zeros(2))
    with pytest.raises(TypeError, match="assign"):
        ours.sum(x, out=tf.Variable(0.0))
    for function in (ours.sum, ours.any):
        with pytest.raises(TypeError, match="must be a tensor"):
            function(x, out=[0.0])
        assert function(x, out=(single,)) is single and single == function(x)


def test_methods_write_too():
    x = ours.array([1.5, -2.5])
    assert x.clip(0, 1, out=x) is x
    np.testing.assert_array_equal(x, [1.0, 0.0])
    total = ours.zeros(())
    assert x.sum(out=total) is total and total == 1.0


@pytest.mark.parametrize("space", [np, ours])
def test_where_it_is_not_wanted_stays_what_was_there(space):
    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    out = tf.constant([7.0, 8.0, 9.0], tf.float64)
    assert space.multiply(x, 2.0, out=out, where=MASK) is out
    np.testing.assert_array_equal(out, [2.0, 8.0, 6.0])
    space.negative(x, out=out, where=tf.constant(MASK))
    np.testing.assert_array_equal(out, [-1.0, 8.0, -3.0])
    array = np.array([7.0, 8.0, 9.0])
    with pytest.raises(TypeError, match="is a new tensor"):
        space.multiply(x, 2.0, out=array, where=MASK)
    assert array.tolist() == [7.0, 8.0, 9.0]


def test_results_are_broadcast_as_numpys_are():
    x = tf.constant([1.0, 2.0], tf.float64)
    out = ours.zeros((2, 2))
    np.add(x, 1.0, out=out)
    np.testing.assert_array_equal(out, [[2.0, 3.0]] * 2)
    for function in (np.add, lambda a, b, out: ours.clip(a, 0.0, b, out=out)):
        with pytest.raises(ValueError, match="non-broadcastable"):
            function(out, 1.0, out=x)
        with pytest.raises(ValueError, match="non-broadcastable"):
            function(out, 1.0, out=ours.zeros(3))


def test_arrays_take_tensors_in_place_where_nothing_is_recorded():
    x = tf.constant([1.0, 2.0], tf.float64)
    a = np.ones(2)
    same = a
    a += x
    a *= x
    a -= tf.Variable(x)
    assert a is same
    np.testing.assert_array_equal(a, [1.0, 4.0])
    counts = np.array([1, 2])
    with pytest.raises(TypeError, match="same_kind"):
        counts += x
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="gradient would be lost"):
            a += x


@pytest.mark.parametrize("name", ["add", "equal", "less", "multiply", "sin", "isnan", "logical_or"])
def test_a_dtype_is_that_of_the_result(name):
    ufunc = getattr(np, name)
    arrays = (np.array([1.5, 2.5]), np.array([1.0, 2.75]))[: ufunc.nin]
    for dtype in (bool, int, np.float32, float, complex):
        try:
            expected = ufunc(*arrays, dtype=dtype)
        except TypeError:
            for function in (ufunc, getattr(ours, name)):
                with pytest.raises(TypeError):
                    function(*map(tf.constant, arrays), dtype=dtype)
            continue
        for function in (ufunc, getattr(ours, name)):
            found = function(*map(tf.constant, arrays), dtype=dtype)
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected)
