"""tf.function: rules and helpers of operations that look at values, or at who records."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

from ..operations import assert_same_bits

FAR = np.array([2.0**300, 2.0**-300] * 4)


def agree(function, *calls, is_called=False):
    """What is recorded with the first arguments gives the same as the function with all of them.

    Args:
        is_called: the function is one that is always called.
    """
    runs = []

    @tf.function
    def recorded(*given):
        runs.append(len(runs))
        return function(*given)

    for arguments in calls:
        given = [tf.constant(a) for a in arguments]
        wanted = tf.nest.flatten(function(*given))
        for again in (False, True):
            before = len(runs)
            for a, b in zip(tf.nest.flatten(recorded(*given)), wanted, strict=True):
                assert_same_bits(a, b)
            assert not again or (len(runs) > before) == is_called
    return recorded


def value_and_gradient(f):
    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return y, tape.gradient(y, x)

    return both


# ---------------------------------------------------------------- by values


@pytest.mark.parametrize("axis", [None, 1])
def test_products_that_leave_the_range_at_another_call(axis):
    f = value_and_gradient(lambda x: tf.reduce_prod(x, axis))
    near, far = np.full((2, 8), 1.5), np.stack([FAR * 2, FAR])
    recorded = agree(f, [near], [far], [near * 2], [far / 2])
    assert [tree.paths for tree, _ in recorded._trees.values()] == [2]
    agree(f, [far], [near])


def test_second_derivatives_of_products_that_leave_the_range_at_another_call():
    def f(x):
        return func.grad(lambda x: tf.reduce_sum(func.grad(tf.reduce_prod)(x) * x))(x)

    agree(f, [np.linspace(0.5, 1.5, 8)], [FAR], [np.linspace(1.0, 2.0, 8)])


def test_products_of_a_batch_of_which_one_row_leaves_the_range():
    x = np.stack([np.full(8, 1.5), FAR, FAR * 2])
    np.testing.assert_allclose(
        func.vmap(tf.reduce_prod)(x).numpy(), [1.5**8, 1.0, 256.0], rtol=1e-15
    )
    wanted = [func.grad(tf.reduce_prod)(tf.constant(row)).numpy() for row in x]
    found = tf.vectorized_map(func.grad(tf.reduce_prod), tf.constant(x))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-14)


def test_many_products_of_a_batch_of_which_one_row_leaves_the_range():
    x = np.stack([np.full(100, 1.01), np.tile(FAR[:2], 50)])
    wanted = [func.grad(tf.reduce_prod)(tf.constant(row)).numpy() for row in x]
    found = tf.vectorized_map(func.grad(tf.reduce_prod), tf.constant(x))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-13)


HUGE = 1.5e308


@pytest.mark.parametrize("f", [tf.sign, tf.abs], ids=["sign", "abs"])
def test_complex_numbers_whose_modulus_overflows_at_another_call(f):
    near = np.array([1 + 2j, 0, -3j, 1e-310 + 0j])
    far = np.array([HUGE + HUGE * 1j, complex(np.inf, 1), complex(-2, -np.inf), 0])
    both = value_and_gradient(lambda z: tf.math.real(f(z) * (1 + 2j)) if f is tf.sign else f(z))
    agree(both, [near], [far], [2 * near])
    agree(both, [far], [near])
    wanted = [1, -1j] if f is tf.sign else [np.inf, np.inf]
    np.testing.assert_array_equal(f(tf.constant(far)).numpy()[1:3], wanted)


def jacobian_of_rows(x, indices):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, indices)
    return tape.jacobian(y, x)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_jacobians_of_rows_that_are_the_same_at_another_call(dtype):
    x = np.arange(6.0).reshape(3, 2)
    indices = [np.array(k, dtype) for k in ([0, 1, 2], [2, 2, 0], [-1, -3, 1])]
    agree(jacobian_of_rows, *[[x, k] for k in indices])
    agree(lambda x: jacobian_of_rows(x, [0, 0, 1]), [x], [2 * x])


# ---------------------------------------------------------------- what nobody needs


def test_what_nobody_needs_behind_a_read():
    """Of a row that needs Python, with an operand from before the read."""

    def f(x):
        y = tf.exp(x)
        float(x[0])
        tf.signal.rfft(y * x)
        return 2.0 * x

    agree(f, [np.arange(1.0, 5.0)], [np.arange(1.0, 6.0)])


# ---------------------------------------------------------------- who records


def test_recompute_grad_of_what_is_closed_over():
    """Where the argument is a copy of what the function closes over as well."""

    def f(x):
        return func.grad(lambda x: func.grad(func.checkpoint(lambda y: x * y * y))(x))(x)

    agree(f, [3.0], [4.0])

    def g(x):
        layer = tf.recompute_grad(lambda y: tf.sin(x * y))
        with tf.GradientTape() as tape:
            tape.watch(x)
            z = layer(x + 1.0)
        return tape.gradient(z, x)

    agree(g, [3.0], [4.0])


@pytest.mark.parametrize(
    "layer",
    [
        lambda w, x: tf.recompute_grad(lambda y: y * w)(x),
        lambda w, x: tf.recompute_grad(lambda y: tf.recompute_grad(lambda z: z * w)(y) * w)(x),
        lambda w, x: tf.while_loop(
            lambda i, y: i < 3,
            lambda i, y: (i + 1, tf.recompute_grad(lambda z: z * w)(y)),
            (tf.constant(0), x),
        )[1],
    ],
)
def test_recompute_grad_of_a_variable_that_is_read_there_first(layer):
    w, runs = tf.Variable(2.0), []

    def f(x):
        with tf.GradientTape() as tape:
            y = layer(w, x)
        return y, tape.gradient(y, w)

    @tf.function
    def recorded(x):
        runs.append(None)
        return f(x)

    for value, x in ((2.0, 1.0), (3.0, 1.0), (0.5, 4.0)):
        w.assign(value)
        for a, b in zip(recorded(tf.constant(x)), f(tf.constant(x)), strict=True):
            assert_same_bits(a, b)
    assert len(runs) == 1


def test_recompute_grad_of_a_function_that_assigns_to_its_argument():
    @tf.recompute_grad
    def doubled(y):
        y[0] = 2.0 * y[0]
        return y * y

    def f(x):
        z = x + 1.0
        return doubled(z), z

    agree(f, [[1.0, 2.0]], [[3.0, 4.0]])


def test_gradients_by_keyword_of_a_custom_gradient():
    @tf.custom_gradient
    def product(x, scale):
        return x * scale, lambda g: (g * scale, 10.0 * g)

    def f(scale):
        with tf.GradientTape() as tape:
            tape.watch(scale)
            y = product(tf.constant(3.0), scale=scale)
        return tape.gradient(y, scale)

    agree(f, [2.0], [5.0])


def test_arrays_are_changed_in_place():
    def f(x):
        weights = np.ones(3)
        weights -= 0.25 * x
        np.add.at(weights, [0, 0], x[:2])
        return weights

    x = np.array([1.0, 2.0, 4.0])
    recorded = agree(f, [x], [2 * x])
    with tf.GradientTape() as tape, pytest.raises(TypeError, match="gradient would be lost"):
        given = tf.constant(x)
        tape.watch(given)
        recorded(given)


def test_warnings_of_derivatives_are_about_tapes(caplog):
    @tf.function
    def f(x, v):
        y = x * 2.0
        float(x)
        with tf.GradientTape() as tape:
            x * 2.0  # nothing that it knows
            tape.watch([x, v])
            y = x * v
        return tape.gradient(y, x)

    tf.debugging.enable_detached_warnings()
    try:
        assert float(f(tf.constant(2.0), tf.constant(3.0))) == 3
    finally:
        tf.debugging.disable_detached_warnings()
    assert not caplog.records
    late = tf.function(watches_late)
    late(tf.constant(2.0), tf.constant(3.0))
    assert [r.getMessage()[:5] for r in caplog.records] == ["watch"]


def watches_late(x, v):
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = x * v
        tape.watch(x)
    return tape.gradient(y, x)


# ---------------------------------------------------------------- by arrays, or in a batch


def test_maps_over_rows_are_recorded():
    def f(x, w):
        norms = func.vmap(func.grad(lambda row: tf.norm(row) * tf.reduce_prod(row)))(x)
        return norms, tf.vectorized_map(lambda row: tf.sin(row) * w, x)

    x = np.random.default_rng(0).normal(size=(3, 2))
    recorded = tf.function(f)
    for given in ([x, 2.0], [2 * x, 3.0], [x[:1], 2.0], [x, 2.0]):
        given = [tf.constant(a, tf.float64) for a in given]
        for a, b in zip(recorded(*given), f(*given), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-14)
    assert all(tree.problem is None for tree, _ in recorded._trees.values())
    agree(lambda x: tf.vectorized_map(tf.exp, x, fallback_to_while_loop=False), [x])
    assert tf.function(lambda x: tf.vectorized_map(tf.sin, x))(tf.zeros([0, 2])).shape == (0, 2)


METRICS = {
    "Mean": lambda: tf.metrics.Mean(),
    "AUC": lambda: tf.metrics.AUC(),
    "BinaryAccuracy": lambda: tf.metrics.BinaryAccuracy(),
    "CategoricalAccuracy": lambda: tf.metrics.CategoricalAccuracy(),
    "F1Score": lambda: tf.metrics.F1Score(),
    "MeanSquaredError": lambda: tf.metrics.MeanSquaredError(),
    "Precision": lambda: tf.metrics.Precision(),
    "R2Score": lambda: tf.metrics.R2Score(),
    "RootMeanSquaredError": lambda: tf.metrics.RootMeanSquaredError(),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_are_updated_at_each_call(name):
    """In a step of a training loop, behind the optimizer, and with arrays and weights."""
    random = np.random.default_rng(0)
    truth = np.eye(2, dtype="float32")[[0, 1, 1]]
    runs = []

    def step_of(metric, optimizer, w):
        def step(x):
            runs.append(metric)
            with tf.GradientTape() as tape:
                y = tf.nn.softmax(x @ w)
                loss = tf.reduce_mean((y - truth) ** 2)
            optimizer.apply_gradients([(tape.gradient(loss, w), w)])
            if name == "Mean":
                metric.update_state(loss)
            else:
                metric.update_state(truth, y)
            return loss, metric.result()

        return step

    metrics = [METRICS[name](), METRICS[name]()]
    plain, recorded = (
        step_of(m, tf.optimizers.SGD(0.1), tf.Variable(np.ones((2, 2), "float32"))) for m in metrics
    )
    recorded = tf.function(recorded)
    for k in range(5):
        if k == 3:
            for metric in metrics:
                metric.reset_state()
        x = tf.constant(random.normal(size=(3, 2)).astype("float32"))
        for a, b in zip(recorded(x), plain(x), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-6)
    for a, b in zip(metrics[1].variables, metrics[0].variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
    assert runs.count(metrics[1]) <= 2  # slots of the optimizer are Variables of the first call


@pytest.mark.parametrize("name", ["Mean", "F1Score"])
def test_metrics_are_reset_by_a_function_before_they_have_a_state(name):
    truth = tf.constant([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    states = []
    for decorate in (lambda f: f, tf.function):
        metric = getattr(tf.metrics, name)()

        def step(x, metric=metric):
            metric.reset_state()
            metric.update_state(*([x] if name == "Mean" else [truth, x]))
            return metric.result()

        step = decorate(step)
        states.append([])
        for k in range(4):
            states[-1] += [step(tf.sigmoid(truth - 0.5 * k)), *metric.variables]
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_metrics_of_ones_own_are_recorded_as_they_are():
    class Largest(tf.metrics.Metric):
        def __init__(self):
            super().__init__()
            self.found = self.add_weight(name="found")

        def update_state(self, values):
            self.found.assign(tf.maximum(self.found, tf.reduce_max(values)))

        def result(self):
            return tf.convert_to_tensor(self.found) * 1.0

    largest, runs = Largest(), []

    @tf.function
    def update(x):
        runs.append(x)
        return largest(x)

    assert [float(update(tf.constant([v, 1.0]))) for v in (2.0, 1.5, 3.0)] == [2.0, 2.0, 3.0]
    assert len(runs) == 1
