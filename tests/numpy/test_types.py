"""dtypes, constants and settings under NumPy's names; other names of the namespace."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .against_numpy import assert_same

SCALARS = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
    complex64 complex128
"""


@pytest.mark.parametrize("name", SCALARS.split())
def test_a_dtype_makes_numbers_and_arrays(name):
    scalar = getattr(ours, name)
    assert scalar(1) == 1
    assert ours.ones(2, scalar).dtype == scalar == getattr(tf, name)
    assert ours.asarray([1], dtype=name).dtype == ours.dtype(name)
    assert ours.issubdtype(ours.ones(1, scalar).dtype, ours.generic)


def test_kinds_of_dtypes():
    kinds = {
        "bool": "bool",
        "signed integer": "int8 int16 int32 int64",
        "unsigned integer": "uint8 uint16 uint32 uint64",
        "real floating": "float16 float32 float64",
        "complex floating": "complex64 complex128",
    }
    for kind, names in kinds.items():
        for name in SCALARS.split():
            for dtype in (
                getattr(tf, name),
                np.dtype(name),
                getattr(np, name.replace("bool", "bool_")),
            ):
                assert ours.isdtype(dtype, kind) is (name in names.split())
    assert ours.isdtype(tf.int8, "integral") and ours.isdtype(tf.int8, "numeric")
    assert not ours.isdtype(tf.bool, "numeric")
    assert ours.isdtype(tf.bfloat16, "real floating")
    assert ours.isdtype(np.int8, (tf.int8, "bool"))
    with pytest.raises(ValueError, match="not a known kind"):
        ours.isdtype(tf.int8, "numbers")
    with pytest.raises(TypeError):
        ours.isdtype("int8", "integral")
    with pytest.raises(TypeError):
        ours.isdtype(tf.int8, 3)


def test_limits_are_of_tensors_dtypes():
    x = tf.ones(2)
    assert ours.finfo(x.dtype).eps == np.finfo(np.float32).eps
    assert ours.iinfo(tf.int8).max == 127
    assert ours.finfo(float).dtype == tf.float64
    assert ours.finfo(x).eps == ours.finfo(x.numpy()).eps == np.finfo(np.float32).eps
    assert ours.iinfo(tf.constant([1], tf.int8)).max == 127


def test_numbers_yield_to_dtypes():
    x = tf.ones(2)
    assert ours.result_type(x, 1.0) == ours.result_type(1, x) == np.float32
    assert ours.result_type(tf.constant(1), 1.0) == np.float64
    assert np.result_type(x, np.float64) == np.float64
    assert ours.min_scalar_type(300) == np.uint16


def test_settings_are_numpys():
    with ours.errstate(divide="raise"):
        assert np.geterr()["divide"] == "raise"
    with ours.printoptions(precision=2):
        assert ours.array2string(np.array([1 / 3])) == "[0.33]"
    assert ours.array_repr(tf.ones(2)) == "array([1., 1.], dtype=float32)"
    assert ours.isscalar(1.0) and ours.iterable(tf.ones(2))
    assert ours.s_[1:2] == slice(1, 2)


def test_random_numbers_are_numpys():
    import autograd_c.numpy.random as random

    assert random.default_rng is np.random.default_rng
    random.seed(1)
    x = random.randn(3)
    np.random.seed(1)
    assert (x == np.random.randn(3)).all()
    assert isinstance(x, np.ndarray)
    assert (ours.sin(x) * x).dtype == np.float64


DISTRIBUTIONS = """
    beta binomial chisquare exponential f gamma geometric gumbel laplace logistic lognormal normal
    poisson rayleigh standard_t uniform vonmises wald weibull
"""


@pytest.mark.parametrize("name", DISTRIBUTIONS.split())
def test_what_is_recorded_is_no_parameter_of_random_numbers(name):
    """A derivative by it would be lost."""
    function = getattr(ours.random, name)
    count = {"beta": 2, "binomial": 2, "f": 2, "wald": 2, "vonmises": 2}.get(name, 1)
    x = tf.constant([0.25, 0.5])
    given = [5 if name == "binomial" and k == 0 else x for k in range(count)]
    np.random.seed(1)
    found = function(*given)
    np.random.seed(1)
    np.testing.assert_array_equal(found, getattr(np.random, name)(*map(np.asarray, given)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        for call in (
            lambda: function(*given),
            lambda: function(*[[y] for y in given[-1:]] * count),
            lambda: function(*[[[y]] for y in given[-1:]] * count),
        ):
            with pytest.raises(TypeError, match=f"numpy.random.{name} has no derivative here"):
                call()


def test_random_choices_among_tensors_are_recorded():
    random = ours.random
    for x in (np.arange(4.0), np.arange(6.0).reshape(3, 2)):
        for name in ("permutation", "shuffle"):
            np.random.seed(3)
            expected = np.array(x)
            expected = getattr(np.random, name)(expected) if name == "permutation" else expected
            if name == "shuffle":
                np.random.shuffle(expected)
            np.random.seed(3)
            tensor = tf.constant(x)
            with tf.GradientTape() as tape:
                tape.watch(tensor)
                y = tensor * 1.0
                found = getattr(random, name)(y)
                y = y if name == "shuffle" else found
            np.testing.assert_array_equal(y, expected)
            np.testing.assert_array_equal(tape.gradient(y, tensor), np.ones_like(x))
    x = tf.constant([1.0, 2.0, 3.0])
    np.random.seed(4)
    expected = np.random.choice(x.numpy(), 5, p=[0.2, 0.3, 0.5])
    np.random.seed(4)
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = random.choice(x, 5, p=[0.2, 0.3, 0.5])
        with pytest.raises(TypeError, match="has no derivative"):
            random.choice(3, p=x / 6.0)
    np.testing.assert_array_equal(found, expected)
    assert tf.reduce_sum(tape.gradient(found, x)) == 5.0
    assert random.permutation(3).shape == (3,) and isinstance(random.choice(3, 2), np.ndarray)


# What NumPy has and this namespace has not, each with a reason.
CLASSES = {"matrix", "asmatrix", "bmat", "memmap", "rec", "recarray", "record", "ma", "flatiter"}
DATES = {"busdaycalendar", "busday_count", "busday_offset", "is_busday"}
DATES |= {"datetime_as_string", "datetime_data"}
OF_THE_LIBRARY = {"core", "ctypeslib", "dtypes", "f2py", "get_include", "little_endian"}
OF_THE_LIBRARY |= {"nested_iters", "sctypeDict", "show_config", "show_runtime", "test"}
OF_MACHINES = {"complex256", "float128", "float96", "complex192"}


def test_names_are_numpys():
    public = {name for name in np.__all__ if not name.startswith("_")} | {"__version__"}
    missing = {name for name in public if not hasattr(ours, name)}
    assert missing <= CLASSES | DATES | OF_THE_LIBRARY | OF_MACHINES


def test_spaces_of_numpys():
    from autograd_c.numpy import testing

    assert testing is np.testing and ours.polynomial is np.polynomial
    assert ours.lib.NumpyVersion(ours.__version__) >= "1.26.0"
    with pytest.raises(AttributeError, match="nothing"):
        ours.nothing  # noqa: B018
    x = tf.constant([1.0, -4.0])
    np.testing.assert_array_equal(ours.emath.sqrt(x), [1.0, 2.0j])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="has no derivative"):
            ours.emath.sqrt(x)
        y = ours.poly1d(x)(3.0)
    assert y == -1.0
    np.testing.assert_array_equal(tape.gradient(y, x), [3.0, 1.0])
    assert ours.frompyfunc(lambda a: a + 1, 1, 1)(x).tolist() == [2.0, -3.0]


def test_namespaces_are_not_loaded_with_this_one():
    code = "import sys, autograd_c.numpy; print([m for m in ('unittest',) if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", SCALARS.split())
def test_dtypes_have_what_numpys_have(name):
    mine, theirs = getattr(tf, name), np.dtype(name)
    for attribute in "kind char str byteorder num itemsize type name isnative alignment".split():
        assert getattr(mine, attribute) == getattr(theirs, attribute), attribute


def test_tensors_are_arrays_of_this_namespace():
    assert ours.ndarray is tf.Tensor
    assert isinstance(ours.ones(2), ours.ndarray)


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning"])
@pytest.mark.parametrize("points", [0, 1, 4, 5])
def test_windows(name, points):
    assert_same(getattr(ours, name)(points), getattr(np, name)(points))


@pytest.mark.parametrize("points", [0, 1, 4, 5])
@pytest.mark.parametrize("beta", [0.0, 2.5, 40.0])
def test_kaisers_window_has_a_derivative_by_its_shape(points, beta):
    assert_same(ours.kaiser(points, beta), np.kaiser(points, beta))
    pytest.importorskip("scipy")
    shape = tf.constant(beta, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(shape)
        y = ours.kaiser(points, shape)
    assert_same(y, np.kaiser(points, beta))
    if points > 1:
        slope = (np.kaiser(points, beta + 1e-6) - np.kaiser(points, beta - 1e-6)) / 2e-6
        np.testing.assert_allclose(tape.jacobian(y, shape), slope, atol=1e-7)


# ---------------------------------------------------------------- of TensorFlow


def test_tf_experimental_numpy_is_this_namespace():
    tnp = tf.experimental.numpy
    assert tnp is ours
    assert tnp.experimental_enable_numpy_behavior() is None
    tnp.experimental_enable_numpy_behavior(dtype_conversion_mode="all")
    with pytest.raises(ValueError, match="float32"):
        tnp.experimental_enable_numpy_behavior(prefer_float32=True)
    assert tnp.float_ is np.float64
    assert tnp.flatten(tf.ones((2, 3))).shape == (6,)


IMPORTS = [
    "import autograd_c.numpy as np; np.linalg.solve",
    "import autograd_c.numpy.linalg as a; import autograd_c as tf; assert tf.numpy.linalg is a",
    "import autograd_c.numpy.fft as fft; fft.fft",
    "import autograd_c.numpy.random as npr; npr.randn",
    "from autograd_c.numpy.linalg import inv; from autograd_c import numpy as np; np.linalg.inv",
    "from autograd_c.numpy import *; linalg.norm(ones(2))",
    "import autograd_c.experimental.numpy as np; import autograd_c; assert np is autograd_c.numpy",
    "from autograd_c.experimental import numpy as tnp; tnp.sin(1.0)",
]


def test_ways_to_import_it():
    program = "import subprocess, sys\n" + "\n".join(
        f"if sys.argv[1] == '{k}':\n    exec({text!r})" for k, text in enumerate(IMPORTS)
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(k)], stderr=subprocess.PIPE, text=True)
        for k in range(len(IMPORTS))
    ]
    for text, each in zip(IMPORTS, running):
        assert not each.communicate()[1], text
        assert each.returncode == 0, text


def test_asking_for_a_name_does_not_let_kinds_mix():
    from autograd_c.advice import lookup
    from autograd_c.core import _core

    _core.mix_kinds(False)
    lookup.where("np.sum")
    lookup.of_attribute("Tensor", "median")
    with pytest.raises(TypeError):
        tf.constant(1) * 0.5
    _core.mix_kinds(True)
    assert (tf.constant(1) * 0.5).dtype == tf.float64
