"""x[key] = value: the tensor gets another value, which is recorded."""

import contextlib
import gc
import threading

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

KEYS = [
    0,
    -1,
    slice(1, 3),
    slice(None, None, -2),
    slice(2, 2),
    ...,
    (),
    None,
    (slice(None), 1),
    (1, 2),
    (..., -1),
    (None, 1),
    (slice(None, None, 2), slice(None, None, -1)),
    [0, 2],
    np.array([0, 2]),
    np.array([[0, 2], [1, 1]]),
    ([0, 2], [1, 3]),
    ([[0], [2]], [1, 3]),
    (slice(None), [0, 2]),
    (slice(1, 3), [0, 2]),
    ([1, 0], slice(1, 3)),
    (1, [0, 3]),
    (slice(None), [[0, 2], [1, 3]]),
    (slice(None), None, [0, 2]),
    np.array([True, False, True]),
    (slice(None), np.array([True, False, True, True])),
    np.arange(12).reshape(3, 4) % 3 == 0,
    np.zeros((3, 4), bool),
    [],
]


def plain(key):
    return np.asarray(key, int) if isinstance(key, list) and not key else key


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "float16", "int32", "bool"])
def test_values_are_those_of_numpy(key, dtype):
    random = np.random.default_rng(0)
    expected = random.normal(size=(3, 4)).astype(dtype)
    for values in (
        random.normal(size=expected[plain(key)].shape).astype(dtype),
        np.asarray(1, dtype),
        random.normal(size=expected[plain(key)].shape[-1:]).astype(dtype),
    ):
        x = tf.constant(expected)
        before, part = x * 1 if dtype != "bool" else tf.identity(x), x[1:]
        kept = expected.copy()
        x[key] = tf.constant(values)
        expected[plain(key)] = values
        assert x.dtype == dtype
        np.testing.assert_array_equal(x.numpy(), expected)
        np.testing.assert_array_equal(before.numpy(), kept)
        np.testing.assert_array_equal(part.numpy(), kept[1:])


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_derivatives_of_both_modes_and_orders(key):
    random = np.random.default_rng(1)
    start = random.normal(size=(3, 4))
    values = tf.constant(random.normal(size=start[plain(key)].shape))
    weights = tf.constant(random.normal(size=(3, 4)))

    def f(x, v):
        z = x * x
        z[key] = v * v * v
        return z * z * weights

    func.check_grads(f, argnums=(0, 1), modes=["fwd", "rev"], order=2)(tf.constant(start), values)
    jacobian = func.jacrev(f)(tf.constant(start), values)
    np.testing.assert_allclose(jacobian, func.jacfwd(f)(tf.constant(start), values))


def test_a_repeated_index_keeps_the_last_value_and_its_derivative():
    def f(x, v):
        x[[1, 1, 0, 1]] = v
        return tf.reduce_sum(x * x)

    x, v = tf.constant([1.0, 2.0, 3.0]), tf.constant([4.0, 5.0, 6.0, 7.0])
    gx, gv = func.grad(f, argnums=(0, 1))(x, v)
    assert gx.numpy().tolist() == [0, 0, 6] and gv.numpy().tolist() == [0, 0, 12, 14]
    assert x.numpy().tolist() == [1, 2, 3]  # of the caller


@pytest.mark.parametrize("transform", [func.grad, tf.recompute_grad, lambda f: f])
def test_a_function_may_assign_to_its_arguments(transform):
    def f(x):
        x[0] = x[1] * x[1]
        x[1:] *= 2.0
        return tf.reduce_sum(x * x)

    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    if transform is func.grad:
        g = func.grad(f)(x)
    else:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = transform(f)(tf.identity(x))
        g = tape.gradient(y, x)
    np.testing.assert_allclose(g, [0, 4 * 2.0**3 + 8 * 2.0, 8 * 3.0])
    [h] = tf.hessians(f, [x])
    np.testing.assert_allclose(h, np.diag([0, 12 * 4.0 + 8, 8]))


def test_the_source_is_the_value_that_the_tensor_has_when_it_is_asked_for():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        old = tf.identity(x)
        early = tf.reduce_sum(x * x)
        x[0] = 3.0 * x[1]
        late = tf.reduce_sum(x * x)
    assert tape.gradient(early, x) is None
    assert tape.gradient(late, x).numpy().tolist() == [12, 4]
    assert tape.gradient(early, old) is None  # a copy, from which nothing was computed


def test_it_is_in_place_where_nobody_else_holds_the_elements():
    def address(x):
        return np.asarray(x).__array_interface__["data"][0]

    x = tf.zeros([100])
    x[0] = 0.0  # zeros may be one zero for all
    at = address(x)
    for key in (3, slice(4, 9), [1, 2], np.arange(100) % 2 == 0):
        x[key] = 1.0
        assert address(x) == at
    held = np.asarray(x)
    x[0] = 7.0
    assert address(x) != at and held[0] == 1.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        x[1] = 2.0  # the tape keeps nothing of x
        y = x * x  # but of this it does
        at = address(x)
        x[1] = 3.0
        assert address(x) != at
    assert tape.gradient(y, x) is None


def test_views_and_buffers_keep_what_they_saw():
    x = tf.constant([1.0, 2.0, 3.0])
    part, view, buffer, copy = x[1:], np.asarray(x), memoryview(x), tf.identity(x)
    x[...] = 0.0
    assert part.numpy().tolist() == [2, 3] and view.tolist() == [1, 2, 3]
    assert buffer.tolist() == [1, 2, 3] and copy.numpy().tolist() == [1, 2, 3]
    x[1:] = x[:-1] + 1.0
    x[:-1] = x[1:]
    assert x.numpy().tolist() == [1, 1, 1]
    y = x
    y[0] = 5.0  # one object
    assert x.numpy().tolist() == [5, 1, 1]


@pytest.mark.parametrize(
    ("key", "value", "error", "words"),
    [
        (3, 1.0, IndexError, "out of bounds"),
        ((0, 0), 1.0, IndexError, "too many"),
        ([5], 1.0, IndexError, "out of"),
        ("a", 1.0, TypeError, "indices"),
        (1.5, 1.0, TypeError, "indices"),
        (np.array([True]), 1.0, IndexError, "boolean"),
        (slice(0, 2), [1.0, 2.0, 3.0], ValueError, "broadcast"),
        (0, [1.0, 2.0], ValueError, "broadcast"),
        (0, 1j, TypeError, "complex"),
        (0, "a", TypeError, "unsupported"),
        (0, None, TypeError, "unsupported"),
    ],
)
def test_what_does_not_fit_is_an_error_and_changes_nothing(key, value, error, words):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(error, match=words):
            x[key] = value
        y = tf.reduce_sum(x * x)
    assert tape.gradient(y, x).numpy().tolist() == [2, 4, 6]


def test_integers_truncate_and_refuse_derivatives():
    x = tf.constant([1, 2, 3])
    x[0] = 2.7
    x[1] = np.float64(-1.5)
    assert x.numpy().tolist() == [2, -1, 3] and x.dtype == tf.int32
    with pytest.raises(OverflowError):
        x[0] = 2**40
    v = tf.Variable(1.5)
    with tf.GradientTape(), pytest.raises(TypeError, match="derivative"):
        x[0] = v


def test_what_nobody_would_see_is_an_error():
    x = tf.zeros([2, 2])
    with pytest.raises(TypeError, match=r"x\[i, j\]"):
        x[0][1] = 1.0
    with pytest.raises(TypeError, match="parts of tensors"):
        (x + 1.0)[0] = 2.0
    with pytest.raises(TypeError, match="deletion"):
        del x[0]
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(TypeError, match="assign"):
        v[0] = 1.0
    part = v[:1]
    with pytest.raises(TypeError, match="assign"):
        part[0] = 1.0
    held = [x, {"a": x}]
    held[0][0] = 1.0
    held[1]["a"][1] = 2.0
    assert x.numpy().tolist() == [[1, 1], [2, 2]]


def test_augmented_assignment():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]], tf.float64)

    def f(x):
        y = tf.identity(x)
        y[0] += x[1]
        y[:, 1] *= 3.0
        y[y > 10.0] -= 1.0
        y[[1, 1], [0, 0]] /= 2.0  # once, as NumPy's
        return y

    expected = x.numpy()
    expected[0] += x.numpy()[1]
    expected[:, 1] *= 3
    expected[expected > 10] -= 1
    expected[[1, 1], [0, 0]] /= 2
    np.testing.assert_array_equal(f(x).numpy(), expected)
    func.check_grads(f, modes=["fwd", "rev"], order=2)(x)


def test_several_tapes_on_and_off():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.zeros([2])
            y[0] = x[0] * x[0] * x[1]
            z = tf.reduce_sum(y)
        g = inner.gradient(z, x)
        g[0] = g[0] * g[1]  # 2 x0 x1 * x0^2
        s = tf.reduce_sum(g)
    np.testing.assert_allclose(outer.gradient(s, x), [6 * 1.0 * 2.0 + 2 * 1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 2.0
        with tape.stop_recording():
            y[0] = 5.0
        z = tf.reduce_sum(y)
    assert tape.gradient(z, x) is None  # what was assigned while it did not record is a constant


def test_tangents_of_functions_that_assign_to_their_arguments():
    def f(u):
        u[0] = u[1] ** 2
        u[1:] *= 3.0
        return tf.reduce_sum(u * u)

    x, v = tf.constant([1.0, 2.0], tf.float64), tf.ones([2], tf.float64)
    for y, tangent in (func.jvp(f, (x,), (v,)), (f(tf.identity(x)), func.linearize(f, x)[1](v))):
        np.testing.assert_allclose([y, tangent], [16.0 + 36.0, 32.0 + 36.0])
    assert x.numpy().tolist() == [1.0, 2.0]


def test_an_accumulator_keeps_the_primals_and_tangents_that_it_was_given():
    for times in (1, 300):  # more often than is counted
        x, v = tf.constant([1.0, 2.0]), tf.constant([1.0, 1.0])
        with tf.autodiff.ForwardAccumulator(x, v) as accumulator:
            with tf.autodiff.ForwardAccumulator(x, v) as inner:
                for _ in range(times):
                    x[0] = 3.0
                    v[0] = 7.0
                y = x * x
                assert inner.jvp(y).numpy().tolist() == [0.0, 4.0]
            assert accumulator.jvp(y).numpy().tolist() == [0.0, 4.0]
            assert accumulator.jvp(x).numpy().tolist() == [0.0, 1.0]


@pytest.mark.parametrize("transform", [tf.recompute_grad, func.checkpoint])
@pytest.mark.parametrize("records", [False, True])
def test_what_is_computed_again_leaves_its_arguments_alone(transform, records):
    def step(v, p):
        v[0] = v[0] * p
        return tf.reduce_sum(v)

    p = tf.constant(3.0)
    with tf.GradientTape() if records else contextlib.nullcontext() as tape:
        if records:
            tape.watch(p)
        v = tf.ones([2]) * p
        y = transform(step)(v, p) + v[0]
    assert float(y) == 9.0 + 3.0 + 3.0
    if records:
        assert float(tape.gradient(y, p)) == 8.0


@pytest.mark.parametrize("n", [6, 5000])
@pytest.mark.parametrize("seed", range(12))
def test_random_programs_have_one_derivative_in_both_modes(n, seed):
    """Tangents of what was overwritten are given up: not where something may still read them."""
    source = np.linspace(0.5, 1.5, n)

    def program(x):
        rng = np.random.default_rng(seed)
        pool = [x * 1.0, tf.sin(x)]
        for _ in range(25):
            a, b = (pool[rng.integers(len(pool))] for _ in range(2))
            kind = rng.integers(8)
            if kind == 0:
                pool.append(tf.sin(a) * b)
            elif kind == 7:  # no value of `a` is kept, and the tangent of the sum is not stored
                c = a + 1.0
                pool.extend([c, c * 2.0])
                a[0] = b[0]
            elif kind == 1:
                a += b * 0.1
                pool.append(a)
            elif kind == 2:
                a[1:-1] = tf.cos(b[2:]) * 0.5 + a[:-2]
            elif kind == 3:
                a[[0, n // 2, 0]] = b[:3] * b[1:4]
            elif kind == 4:
                a[::2] *= 0.5
            elif kind == 5:
                a[b > 0.8] = 0.25
            else:
                pool.append(tf.exp(-a) + tf.tanh(b) * a)
        return pool

    rng = np.random.default_rng(seed)
    x, v = tf.constant(source), tf.constant(rng.normal(size=n))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        backward = program(x)
        weights = [tf.constant(rng.normal(size=n)) for _ in backward]
        sums = [tf.reduce_sum(y * w) for y, w in zip(backward, weights)]
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator:
        forward = program(x)
        tangents = [accumulator.jvp(y) for y in forward]
    for total, w, y, tangent in zip(sums, weights, forward, tangents):
        g = tape.gradient(total, x)
        np.testing.assert_allclose(tf.reduce_sum(g * v), tf.reduce_sum(tangent * w), rtol=1e-9)
        assert y.shape == (n,)


def test_two_threads_assign_to_one_tensor():
    x = tf.zeros([1000], tf.float64)
    failures = []

    def work(k):
        try:
            for i in range(3000):
                x[(2 * i + k) % 1000] = float(k)
                x[k::2] = x[k::2] * 1.0
                if i % 100 == 0:
                    with tf.GradientTape() as tape:
                        tape.watch(x)
                        y = tf.reduce_sum(x * x)
                    tape.gradient(y, x)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    gc.collect()
    assert not failures
    assert set(x.numpy().tolist()) <= {0.0, 1.0}


def test_at_gives_a_new_tensor():
    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    assert x.at[0].set(5.0).numpy().tolist() == [5, 2, 3]
    assert x.at[[0, 0, 2]].add([1.0, 2.0, 3.0]).numpy().tolist() == [4, 2, 6]
    assert x.at[[0, 0]].subtract(1.0).numpy().tolist() == [-1, 2, 3]
    assert x.at[[1, 1]].multiply(3.0).numpy().tolist() == [1, 18, 3]
    assert x.at[[1, 1]].divide(2.0).numpy().tolist() == [1, 0.5, 3]
    assert x.at[[1]].power(2.0).numpy().tolist() == [1, 4, 3]
    assert x.at[1:].min([5.0, 1.0]).numpy().tolist() == [1, 2, 1]
    assert x.at[1:].max([5.0, 1.0]).numpy().tolist() == [1, 5, 3]
    assert x.at[1:].apply(tf.square).numpy().tolist() == [1, 4, 9]
    assert x.at[1:].get().numpy().tolist() == [2, 3] and x.numpy().tolist() == [1, 2, 3]
    key = [0, 0, 2]
    v = tf.constant([2.0, 3.0, 4.0], tf.float64)
    for name in ("add", "subtract", "multiply", "divide", "min", "max", "power"):
        func.check_grads(
            lambda x, v, name=name: getattr(x.at[key], name)(v), argnums=(0, 1), order=2
        )(x, v)
