"""Special functions, guarded products, activations and losses of logits beside TensorFlow's."""

from __future__ import annotations

import functools
import os

import numpy as np
import pytest

import autograd_c as ours

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
theirs = pytest.importorskip("tensorflow")

INF, NAN = np.inf, np.nan
WIDE = [-INF, -90.0, -3.0, -1.0, -0.3, -0.0, 0.0, 0.3, 1.0, 5.9, 6.0, 7.0, 90.0, INF, NAN]


def found(module, name):
    for part in name.split("."):
        module = getattr(module, part)
    return module


def of(module, function, arrays, order=1):
    """The value, and the gradients of a sum with uneven weights; of second order too."""
    tensors = [module.constant(a) for a in arrays]
    with module.GradientTape(persistent=True) as outer:
        outer.watch(tensors)
        with module.GradientTape() as tape:
            tape.watch(tensors)
            y = function(*tensors)
            weights = np.resize([1.0, 0.5, -2.0], y.shape).astype(y.dtype.name)
            total = module.reduce_sum(y * weights)
        slopes = tape.gradient(total, tensors)
        if order == 2:
            again = module.add_n([module.reduce_sum(s * s) for s in slopes if s is not None])
    answers = [y, *slopes]
    if order == 2:
        answers += outer.gradient(again, tensors)
    return [None if a is None else np.asarray(a) for a in answers]


# TensorFlow rounds what these multiply by to float32.
ROUNDED = {"nn.gelu": 1e-7, "nn.leaky_relu": 1e-7}


def check(name, arrays, order=1, rtol=1e-12, with_none=True, **arguments):
    rtol = max(rtol, ROUNDED.get(name, 0))
    mine, other = (
        of(m, functools.partial(found(m, name), **arguments), arrays, order) for m in (ours, theirs)
    )
    for k, (a, b) in enumerate(zip(mine, other)):
        if b is None:
            assert a is None or not with_none, name
            continue
        if a is None and k > len(arrays) and not b.any():
            continue  # zeros of second order, which are not connected here
        assert a is not None, name
        assert a.dtype == b.dtype and a.shape == b.shape, name
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol, err_msg=name)


ACTIVATIONS = (
    "nn.elu nn.selu nn.relu6 nn.gelu nn.silu nn.swish nn.leaky_relu nn.crelu nn.softsign "
    "math.softsign math.log_sigmoid math.softplus nn.l2_loss nn.softmax nn.log_softmax"
).split()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    x = np.array(WIDE)
    if name in ("nn.softmax", "nn.log_softmax", "nn.l2_loss"):
        x = x[1:-2]
    if name.endswith("softsign"):
        check(name, [x[1:-2]])
    else:
        check(name, [x], order=1 + (name not in ("nn.gelu", "nn.silu", "nn.swish")))
    for dtype, rtol in (("float32", 2e-6), ("float16", 4e-3)):
        check(name, [np.array([-2.0, -0.5, 0.0, 0.5, 3.0], dtype)], rtol=rtol)


def test_options_of_activations():
    x = np.array([[-3.0, 0.0, 0.5], [2.0, 7.0, -0.1]])
    check("nn.gelu", [x], order=2, approximate=True)
    check("nn.leaky_relu", [x], order=2, alpha=3.0)
    check("nn.silu", [x, np.array(1.5)], order=2)
    check("nn.crelu", [x], axis=0)
    for axis in (0, 1, -2, None):
        check("nn.softmax", [x], order=2, axis=axis)
        check("nn.log_softmax", [x], order=2, axis=axis)


GUARDED = "xlogy xlog1py xdivy divide_no_nan multiply_no_nan squared_difference".split()


@pytest.mark.parametrize("name", GUARDED)
def test_guarded_products(name):
    first = np.array([0.0, 0.0, 0.0, 1.0, -1.0, 2.0, INF, 0.0, 2.0, -3.0])
    second = np.array([0.0, 1.0, INF, 0.0, 0.0, 0.5, 2.0, -1.0, 3.0, 0.7])
    check(f"math.{name}", [first, second])
    check(f"math.{name}", [first[5:6], second[8:]], order=2)
    # Of complex numbers it forgets to conjugate partials.
    a, b = np.array([1 + 2j, 0j, -0.5j]), np.array([0.5 + 1j, 2 - 1j, 0.3 + 0j])
    mine, other = (found(m, f"math.{name}")(a, b) for m in (ours, theirs))
    np.testing.assert_allclose(mine, other, rtol=1e-14)


def test_reciprocals_rounding_and_neighbours():
    x = np.array([0.0, -2.0, 0.5, 1.5, 2.5, INF])
    check("math.reciprocal_no_nan", [x], order=2)
    check("math.rint", [x])
    check("math.nextafter", [x, x[::-1].copy()])
    check("math.angle", [np.array([1 + 1j, -1 + 0j, 2j])])
    check("math.angle", [x - 1], with_none=False)
    check("truncatediv", [x, np.array([2.0, 0.3, -0.2, 1.0, -1.0, 2.0])])
    for f in ("truncatediv", "truncatemod"):
        a, b = np.array([7, -7, 7, -7, -128], "int32"), np.array([2, 2, -2, -2, -1], "int32")
        np.testing.assert_array_equal(found(ours, f)(a, b), found(theirs, f)(a, b))


@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_special_functions(dtype):
    rtol = 1e-10 if dtype == "float64" else 2e-5
    x = np.array([0.1, 0.5, 0.9], dtype)
    for name in "erfinv erfcinv ndtri bessel_i0 bessel_i0e bessel_i1 bessel_i1e".split():
        check(f"math.{name}", [x], rtol=rtol)
    for name in found(ours, "math.special").__all__:
        check(f"math.special.{name}", [x * 3], rtol=max(rtol, 1e-8))
    check("math.lbeta", [np.array([x, x + 1])], rtol=rtol)
    a = np.array([0.3, 2.0, 50.0], dtype)
    for name in ("igamma", "igammac"):
        check(f"math.{name}", [a, np.array([0.5, 1.5, 45.0], dtype)], rtol=1e-4)
    mine, other = (of(m, m.math.betainc, [a, a[::-1].copy(), x]) for m in (ours, theirs))
    np.testing.assert_allclose(mine[0], other[0], rtol=1e-5)
    np.testing.assert_allclose(mine[3], other[3], rtol=1e-4)
    assert other[1] is None and mine[1] is not None


def test_cross_entropies():
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 4)) * 3
    z = random.dirichlet(np.ones(4), 3)
    name = "nn.softmax_cross_entropy_with_logits"
    check(name, [z, x])
    value, by_labels, by_logits = of(ours, found(ours, name), [np.array([[0.0, 0, 1, 0]]), x])
    assert by_labels.shape == (1, 4) and by_logits.shape == (3, 4)
    np.testing.assert_allclose(value, found(theirs, name)([[0.0, 0, 1, 0]], x))
    mine, other = (
        of(
            m,
            lambda a, b, m=m: m.nn.softmax_cross_entropy_with_logits(a, b, axis=0),
            [np.full((3, 4), 1 / 3), x],
        )
        for m in (ours, theirs)
    )
    for a, b in zip(mine, other):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    labels = np.array([3, 0, 2])
    check_sparse = lambda m: of(  # noqa: E731
        m, lambda t: m.nn.sparse_softmax_cross_entropy_with_logits(labels, t), [x]
    )
    for a, b in zip(check_sparse(ours), check_sparse(theirs)):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    extreme = np.array([-800.0, -40.0, -1.0, 0.0, 0.0, 1.0, 40.0, 800.0])
    some = np.array([1.0, 0.0, 0.3, 0.5, 1.0, 0.0, 1.0, 0.0])
    check("nn.sigmoid_cross_entropy_with_logits", [some, extreme])
    check("nn.sigmoid_cross_entropy_with_logits", [some[2:6], extreme[2:6]], order=2)
    # At 0 TensorFlow has the derivative without its middle term.
    away = np.where(extreme == 0, 0.1, extreme)
    check("nn.weighted_cross_entropy_with_logits", [some, away, np.array(2.5)])
    check("nn.log_poisson_loss", [np.array([0.5, 2.0, 3.0]), np.array([0.1, -1.0, 2.0])])
    counts = [np.array([0.5, 1.0, 2.0, 3.0]), np.zeros(4)]
    check("nn.log_poisson_loss", counts, compute_full_loss=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.nn.softmax(m.constant(1.0)),
        lambda m: m.nn.softmax([1.0, 2.0], axis=1),
        lambda m: m.nn.softmax([1, 2]),
        lambda m: m.nn.log_softmax([[1.0]], axis=-3),
        lambda m: m.nn.sparse_softmax_cross_entropy_with_logits([5], [[1.0, 2.0]]),
        lambda m: m.nn.sparse_softmax_cross_entropy_with_logits([-1], [[1.0, 2.0]]),
        lambda m: m.nn.sparse_softmax_cross_entropy_with_logits([1.0], [[1.0, 2.0]]),
        lambda m: m.nn.sparse_softmax_cross_entropy_with_logits([[0, 1]], [[1.0, 2.0]]),
        lambda m: m.nn.softmax_cross_entropy_with_logits([1.0, 2.0, 3.0], [1.0, 2.0]),
        lambda m: m.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[1.0, 2.0]),
        lambda m: m.nn.sigmoid_cross_entropy_with_logits(labels=[1.0]),
        lambda m: m.nn.weighted_cross_entropy_with_logits([1.0], [1.0, 2.0], 2.0),
        lambda m: m.nn.log_poisson_loss([1.0], [1.0, 2.0]),
        lambda m: m.nn.leaky_relu([-1.0], alpha=[1.0, 2.0]),
        lambda m: m.nn.l2_loss([1, 2]),
        lambda m: m.nn.elu([1, 2]),
        lambda m: m.math.lbeta(m.constant(1.0)),
        lambda m: m.math.igamma([1.0, 2.0], [1.0, 2.0, 3.0]),
        lambda m: m.math.betainc([1.0, 2.0], 1.0, [0.1, 0.2, 0.3]),
        lambda m: m.math.nextafter(m.constant(1, m.float16), m.constant(2, m.float16)),
        lambda m: m.math.xlogy([1], [2]),
        lambda m: m.math.erfinv([1]),
        lambda m: m.truncatediv([True], [True]),
    ],
)
def test_what_is_refused(call):
    with pytest.raises(Exception) as other:
        call(theirs)
    if isinstance(other.value, (theirs.errors.InvalidArgumentError, theirs.errors.AbortedError)):
        expected = ours.errors.InvalidArgumentError
    else:
        expected = type(other.value)
    with pytest.raises(expected):
        call(ours)


@pytest.mark.parametrize("axis", (0, 1, -1))
@pytest.mark.parametrize("decreasing", (True, False))
def test_isotonic_regression(axis, decreasing):
    x = np.random.default_rng(2).normal(size=(6, 7))
    mine, other = (
        of(m, lambda t, m=m: m.nn.isotonic_regression(t, decreasing, axis)[0], [x])
        for m in (ours, theirs)
    )
    for a, b in zip(mine, other):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    segments = (m.nn.isotonic_regression(x, decreasing, axis)[1].numpy() for m in (ours, theirs))
    np.testing.assert_array_equal(*segments)
