"""NumPy's own functions of tensors are ours."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours
from autograd_c.arrays import _overrides, _ufuncs

from . import test_making, test_reductions, test_selecting, test_shapes
from .samples import arrays_of, called, check_values

_SEEN: dict[str, list] = {}
for _module in (test_reductions, test_shapes, test_making, test_selecting):
    for _sample in _module.SAMPLES:
        _SEEN.setdefault(_sample.name, []).append(_sample)

# NumPy asks nobody when it makes an array, but for `like`.
_MAKING = {
    "arange",
    "array",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "eye",
    "frombuffer",
    "fromfunction",
    "fromiter",
    "fromstring",
    "full",
    "identity",
    "indices",
    "ones",
    "require",
    "tri",
    "zeros",
    "empty",
}
DISPATCHED = [
    name
    for name, samples in sorted(_SEEN.items())
    if name not in _MAKING
    and callable(getattr(np, name, None))
    and getattr(np, name) in _overrides.FUNCTIONS
]


def test_most_are():
    assert len(DISPATCHED) > 130


@pytest.mark.parametrize("name", DISPATCHED)
@pytest.mark.filterwarnings("ignore")
def test_values(name):
    samples = [s for s in _SEEN[name] if arrays_of(s) and "d" in s.kinds and not s.reference]
    for sample in samples[:3]:
        check_values(sample, "d", getattr(np, name))


@pytest.mark.parametrize("name", DISPATCHED)
@pytest.mark.filterwarnings("ignore")
def test_what_is_recorded(name):
    samples = [s for s in _SEEN[name] if arrays_of(s) and "d" in s.kinds and s.gradient]
    if not samples:
        return
    try:
        called(samples[0].theirs(), samples[0], lambda x: x)
    except (TypeError, ValueError, IndexError):
        return  # an error is what this sample is about
    sources = iter([tf.constant(a) for a in arrays_of(samples[0])])
    kept = []
    with tf.GradientTape() as tape:

        def watched(x):
            kept.append(next(sources))
            tape.watch(kept[-1])
            return kept[-1]

        y = called(getattr(np, name), samples[0], watched)
        y = y[0] if isinstance(y, (tuple, list)) and len(y) else y
        if not tf.is_tensor(y) or not y.dtype.is_floating:
            return
    gradient = tape.gradient(y, kept)
    assert any(g is not None for g in gradient) or name == "imag"
    assert getattr(ours, name) is _overrides.FUNCTIONS[getattr(np, name)]


def test_tensors_of_floats_take_the_short_way(monkeypatch):
    def long_way(*_arguments):
        raise AssertionError("the engine has an operation for this")

    monkeypatch.setattr(_ufuncs, "call", long_way)
    for dtype in ("float16", "float32", "float64"):
        x = tf.constant([0.25, 0.5], dtype)
        for y in (ours.sin(x), ours.add(x, x), ours.multiply(x, 2.0), np.sin(x), np.add(x, 2.0)):
            assert y.dtype == dtype
    with pytest.raises(AssertionError):
        ours.sin(tf.constant(1))
    with pytest.raises(AssertionError):
        ours.add(tf.constant(1.0), tf.constant(1.0, tf.float64))


@pytest.mark.parametrize("space", [np, ours], ids=["numpy", "ours"])
@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_conditions_of_numbers(space, name):
    x, y = np.array([1.0, 0.0, 2.0]), np.array([0.0, 0.0, 3.0])
    with tf.GradientTape() as tape:
        a = tf.constant(x)
        tape.watch(a)
        found = getattr(space, name)(a, y)
        none_ = space.logical_not(a)
    assert found.dtype == tf.bool
    np.testing.assert_array_equal(found, getattr(np, name)(x, y))
    np.testing.assert_array_equal(none_, np.logical_not(x))


@pytest.mark.parametrize("name", ["sin", "add", "fabs", "deg2rad", "logical_and", "divmod"])
def test_functions_can_be_pickled(name):
    function = getattr(ours, name)
    assert pickle.loads(pickle.dumps(function)) is function


OF_ONE = [f.__name__ for f in map(vars(np).get, np.__all__) if getattr(f, "nin", 0) == 1]


@pytest.mark.parametrize("name", sorted({*OF_ONE} - {"isnat", "frexp", "modf"}))
@pytest.mark.filterwarnings("ignore")
def test_numbers_of_python(name):
    for x in (0.5, 2.0, True, 3, 0.5j):
        try:
            expected = np.asarray(getattr(np, name)(x))
        except TypeError:
            with pytest.raises(TypeError):
                getattr(ours, name)(x)
            continue
        found = getattr(ours, name)(x)
        assert isinstance(found, tf.Tensor) and found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)
    with pytest.raises(TypeError):
        getattr(ours, name)(0.5, nothing=True)


BINARY = sorted(
    name
    for name in ours.__all__
    if isinstance(getattr(np, name, None), np.ufunc)
    and (getattr(np, name).nin, getattr(np, name).nout) == (2, 1)
    and getattr(np, name).signature is None
)


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_have_the_methods_and_attributes_of_numpys(name):
    mine, numpys = getattr(ours, name), getattr(np, name)
    for attribute in ("nin", "nout", "nargs", "identity", "__name__"):
        assert getattr(mine, attribute) == getattr(numpys, attribute)
    assert pickle.loads(pickle.dumps(mine)) is mine
    assert mine.__doc__.startswith(f"NumPy's ``{numpys.__name__}``")
    assert list(inspect.signature(mine).parameters)[:3] == ["x1", "x2", "out"]
    a = np.array([6, 4, 2]) if "d" not in "".join(numpys.types) else np.array([0.5, 2.0, 3.0])
    if name == "ldexp":
        a = np.array([1, 2, 3])
    elif name == "float_power":
        a = np.array([1.0, 2.0, 1.5])
    x = tf.constant(a)
    np.testing.assert_allclose(mine(x, x), numpys(a, a), rtol=1e-12)
    np.testing.assert_allclose(mine.outer(x, x), numpys.outer(a, a), rtol=1e-12)
    if name in ("add", "multiply", "maximum", "minimum", "subtract", "hypot", "logaddexp"):
        np.testing.assert_allclose(mine.reduce(x), numpys.reduce(a), rtol=1e-12)
        np.testing.assert_allclose(mine.accumulate(x), numpys.accumulate(a), rtol=1e-12)
        np.testing.assert_allclose(mine.reduceat(x, [0, 1]), numpys.reduceat(a, [0, 1]), rtol=1e-12)


def test_at_of_a_name_of_ours_is_an_assignment():
    x = ours.zeros(3)
    v = tf.constant([1.0, 2.0, 3.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(v)
        ours.add.at(x, [0, 0, 2], v)
        y = ours.multiply.reduce(x[::2])
    assert x.tolist() == [3.0, 0.0, 3.0]
    assert tape.gradient(y, v).numpy().tolist() == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("a", [[True, False, True], [False, False, True]])
def test_operators_of_bools_are_numpys(a):
    b = np.array([True, True, False])
    x, y = ours.array(a), ours.array(b)
    for f in (
        lambda p, q: p + q,
        lambda p, q: p * q,
        lambda p, q: p**q,
        lambda p, q: (p + 1) / (q + 1),
        lambda p, q: p * True + False,
        lambda p, q: p // (q | True),
    ):
        expected = f(np.array(a), b)
        found = f(x, y)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(TypeError):
        x - y


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite", "rint", "square", "sign", "sqrt"])
def test_numpys_own_take_complex_tensors_as_they_take_arrays(name):
    z = np.array([1.5 + 2.5j, complex(np.nan, 1.0), complex(0.0, -np.inf), -3.0])
    with np.errstate(all="ignore"):
        expected, found = getattr(np, name)(z), getattr(np, name)(tf.constant(z))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_elements_of_tensors_and_variables_as_numbers():
    a = np.arange(6.0).reshape(2, 3)
    for x in (tf.constant(a), tf.Variable(a)):
        assert (x.item(4), x.item(1, 2), x.item((0, 1)), x.tolist()) == (4.0, 5.0, 1.0, a.tolist())
        with pytest.raises(IndexError):
            x.item(6)
        with pytest.raises(ValueError, match="size 1"):
            x.item()


def test_out_of_numpys_own_functions_is_cast_as_numpy_casts():
    x = tf.constant([1.5, 2.5], tf.float64)
    for function in (np.sum, np.cumsum, np.mean):
        out = tf.zeros_like(function(x))
        assert function(x, out=out) is out
        np.testing.assert_array_equal(out, function(x.numpy()))
    with pytest.raises(TypeError, match="same_kind"):
        np.sum(x, out=tf.constant(0, tf.int64))
