"""What recorded functions read of what they have changed: Variables that take the values of others,
and what optimizers change beside the Variables that they are given gradients of."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

FLAGS = tf.constant([True, False, True])


def exchanged(read):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([10.0, 20.0])

    def f(flag):
        before = read(w)
        w.assign(v)
        v.assign(before)
        return tf.cond(flag, lambda: w * 2.0, lambda: v + 1.0)

    return [v, w], f


def exchanged_copies():
    return exchanged(lambda w: w.read_value())


def exchanged_products():
    return exchanged(lambda w: w * 10.0)


def taken_over_before_a_step():
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([10.0, 20.0])
    optimizer = tf.optimizers.SGD(0.5)
    optimizer.build([v])

    def f(flag):
        w.assign(v)
        optimizer.apply_gradients([(v * 1.0, v)])
        return tf.cond(flag, lambda: w * 2.0, lambda: v + w)

    return [v, w], f


def overwritten(optimizer):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(3.0)
    optimizer.build([v, w])

    def f(flag):
        optimizer.apply_gradients([(v * 1.0, v)])
        w.assign(w * 0.5)
        return tf.where(flag, v * w, v)

    return [v, w, *optimizer.variables], f


def overwritten_by_averages():
    return overwritten(
        tf.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2)
    )


def averages_only():
    return overwritten(tf.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8))


def finalized():
    v = tf.Variable([1.0, 2.0])
    optimizer = tf.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    optimizer.build([v])

    def f(flag):
        optimizer.apply_gradients([(v * 1.0, v)])
        optimizer.finalize_variable_values([v])
        return tf.where(flag, v * 2.0, v)

    return [v, *optimizer.variables], f


def outcomes(make, decorate, calls):
    variables, f = make()
    called = decorate(f)
    found = []
    for call in calls:
        found += [np.asarray(y) for y in tf.nest.flatten(called(call))]
        found += [v.numpy() for v in variables]
    return found


@pytest.mark.parametrize(
    "make",
    [
        exchanged_copies,
        exchanged_products,
        taken_over_before_a_step,
        overwritten_by_averages,
        averages_only,
        finalized,
    ],
    ids=lambda make: make.__name__,
)
def test_state_is_that_of_calls_without_a_record(make):
    calls = [*FLAGS, *FLAGS]
    expected, found = outcomes(make, lambda f: f, calls), outcomes(make, tf.function, calls)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def rows_of(changed, decorate):
    """The gradient by a Variable of rows that were gathered from it, and what a step makes of it.

    Adam squares rows of one index each by itself, but an array's as one."""
    v = tf.Variable(np.arange(1.0, 4.0)[:, None])
    optimizer = tf.optimizers.Adam(0.1)
    optimizer.build([v])
    kinds = []

    def f(rows):
        changed(v)
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(v, rows) ** 2)
        gradient = tape.gradient(y, v)
        kinds.append(type(gradient))
        optimizer.apply_gradients([(gradient, v)])
        return gradient

    called = decorate(f)
    found = []
    for rows in ([0, 1], [2, 2], [0, 2]):
        gradient = called(tf.constant(rows))
        found.append((gradient.indices.numpy(), gradient.values.numpy(), v.numpy()))
    assert set(kinds) == {tf.IndexedSlices}
    return found


@pytest.mark.parametrize(
    "changed",
    [
        lambda v: v,
        lambda v: v.assign(v * 0.9),
        lambda v: v.assign(tf.ones([3, 1], tf.float64)),
        lambda v: [v.assign_add(v), v.assign_sub(v * 0.25)],
    ],
)
def test_gradients_of_gathered_rows_stay_rows_behind_assignments(changed):
    for expected, found in zip(
        rows_of(changed, lambda f: f), rows_of(changed, tf.function), strict=True
    ):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_reads_before_and_behind_an_assignment_are_rows_of_one_gradient():
    v = tf.Variable(np.arange(1.0, 4.0)[:, None])

    def f(rows):
        with tf.GradientTape(persistent=True) as tape:
            y = tf.reduce_sum(tf.gather(v, rows) ** 2)
            v.assign(v * 0.5)
            y += tf.reduce_sum(tf.gather(v, rows[::-1][:1]) ** 3)
            z = y + tf.reduce_sum(v)
        return tape.gradient(y, v), tape.gradient(z, v)

    for rows in ([0, 1], [2, 2]):
        v.assign(np.arange(1.0, 4.0)[:, None])
        expected = f(tf.constant(rows))
        v.assign(np.arange(1.0, 4.0)[:, None])
        found = tf.function(f)(tf.constant(rows))
        assert type(found[0]) is tf.IndexedSlices and type(found[1]) is type(expected[1])
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(tf.convert_to_tensor(a), tf.convert_to_tensor(b))


def test_results_of_another_shape_before_anything_is_changed_are_another_path():
    """That of a metric is a number until its first update says how many classes there are."""
    metric, w = tf.metrics.F1Score(), tf.Variable([1.0, 2.0])
    optimizer = tf.optimizers.SGD(0.5)
    optimizer.build([w])

    @tf.function
    def f(x):
        result = metric.result()
        optimizer.apply_gradients([(x, w)])
        return result

    assert f(tf.constant([1.0, 0.0])).shape == []
    truth = tf.constant([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    metric.update_state(truth, truth)
    for _ in range(2):
        assert f(tf.constant([1.0, 0.0])).numpy().tolist() == [1.0, 1.0, 1.0]
    assert w.numpy().tolist() == [-0.5, 2.0]


@pytest.mark.parametrize(
    "options",
    [{"use_ema": True}, {"gradient_accumulation_steps": 2}, {"momentum": 0.9}],
    ids=lambda options: next(iter(options)),
)
def test_to_look_at_a_first_step_makes_none(options):
    w, optimizer = tf.Variable([1.0, 2.0]), tf.optimizers.SGD(0.5, **options)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w * x)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return loss

    def state():
        return [np.copy(v.numpy()) for v in (w, *optimizer.variables)]

    step.program(tf.constant(1.0))
    assert int(optimizer.iterations) == 0 and w.numpy().tolist() == [1.0, 2.0]
    assert not any(x.any() for x in state()[3:])
    plain, others = tf.Variable([1.0, 2.0]), tf.optimizers.SGD(0.5, **options)
    for _ in range(4):
        step(tf.constant(1.0))
        others.apply([2.0 * plain], [plain])
        for found, expected in zip(state(), (plain, *others.variables), strict=True):
            np.testing.assert_allclose(found, expected)
