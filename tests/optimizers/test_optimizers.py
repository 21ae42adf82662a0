"""Optimizers: their rules against formulas in NumPy, and all that surrounds a step."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd_c as tf

optimizers = tf.optimizers
STEPS = 5
SHAPES = [(3, 2), (), (37,)]


# ---------------------------------------------------------------- the rules, in NumPy
#
# Each is a function of gradient, its square, step, state and arguments; it returns what is taken
# from the variable.


def sgd(g, q, t, s, lr=0.01, momentum=0.0, nesterov=False):
    if not momentum:
        return lr * g
    s["m"] = momentum * s.get("m", 0) - lr * g
    return -(momentum * s["m"] - lr * g) if nesterov else -s["m"]


def adam(g, q, t, s, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * q
    s["top"] = np.maximum(s.get("top", 0), s["v"])
    # Keras keeps the largest of the means before they are corrected, and adds epsilon after.
    v = s["top"] if amsgrad else s["v"]
    rate = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return rate * s["m"] / (np.sqrt(v) + epsilon)


def adagrad(g, q, t, s, lr=0.001, initial_accumulator_value=0.1, epsilon=1e-7):
    s["a"] = s.get("a", initial_accumulator_value) + q
    return lr * g / np.sqrt(s["a"] + epsilon)


def rmsprop(g, q, t, s, lr=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s["v"] = rho * s.get("v", 0) + (1 - rho) * q
    s["a"] = rho * s.get("a", 0) + (1 - rho) * g
    spread = s["v"] - s["a"] ** 2 if centered else s["v"]
    s["m"] = momentum * s.get("m", 0) + lr * g / np.sqrt(spread + epsilon)
    return s["m"]


def adadelta(g, q, t, s, lr=0.001, rho=0.95, epsilon=1e-7):
    s["g"] = rho * s.get("g", 0) + (1 - rho) * q
    ratio = np.sqrt(s.get("d", 0) + epsilon) / np.sqrt(s["g"] + epsilon)
    s["d"] = rho * s.get("d", 0) + (1 - rho) * ratio**2 * q
    return lr * ratio * g


CASES = [
    (optimizers.SGD, sgd, {}),
    (optimizers.SGD, sgd, {"momentum": 0.9}),
    (optimizers.SGD, sgd, {"momentum": 0.8, "nesterov": True}),
    (optimizers.Adam, adam, {}),
    (optimizers.Adam, adam, {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 0.01}),
    (optimizers.Adam, adam, {"beta_2": 0.5, "amsgrad": True}),
    (optimizers.Adagrad, adagrad, {}),
    (optimizers.Adagrad, adagrad, {"initial_accumulator_value": 1.0, "epsilon": 0.5}),
    (optimizers.RMSprop, rmsprop, {}),
    (optimizers.RMSprop, rmsprop, {"momentum": 0.5, "rho": 0.7}),
    (optimizers.RMSprop, rmsprop, {"centered": True, "epsilon": 0.01}),
    (optimizers.RMSprop, rmsprop, {"centered": True, "momentum": 0.5}),
    (optimizers.Adadelta, adadelta, {}),
    (optimizers.Adadelta, adadelta, {"rho": 0.5, "epsilon": 0.1}),
]
IDS = ["-".join([cls.__name__, *arguments]) for cls, _, arguments in CASES]
ALL = pytest.mark.parametrize(("cls", "rule", "arguments"), CASES, ids=IDS)
TOLERANCE = {"float16": 4e-3, "float32": 2e-6, "float64": 1e-12}


def variables(dtype="float64", seed=0):
    rng = np.random.default_rng(seed)
    return [tf.Variable(rng.standard_normal(shape), dtype=dtype) for shape in SHAPES]


def gradients(step, dtype="float64"):
    rng = np.random.default_rng(100 + step)
    return [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]


def rate_of(optimizer):
    return float(optimizer.learning_rate)


def numbers(things):
    return [np.asarray(x, np.float64) for x in things]


def train(optimizer, vs, steps=range(STEPS), dtype="float64"):
    for k in steps:
        optimizer.apply_gradients(zip(map(tf.constant, gradients(k, dtype)), vs, strict=True))


def expected(rule, lr, values, arguments, prepare=lambda k, g, w: g, steps=range(STEPS)):
    """The values after some steps; `prepare` makes of a step's gradients those applied, or None."""
    w = [np.array(x, np.float64) for x in values]
    states = [{} for _ in w]
    t = 0
    for k in steps:
        g = prepare(k, numbers(gradients(k)), w)
        if g is None:
            continue
        t += 1
        for i, x in enumerate(g):
            w[i] = w[i] - rule(x, x * x, t, states[i], lr, **arguments)
    return w


def check(vs, wanted, dtype="float64"):
    for v, w in zip(vs, wanted, strict=True):
        np.testing.assert_allclose(
            np.asarray(v, np.float64), w, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype]
        )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@ALL
def test_a_rule_does_what_its_formula_says(cls, rule, arguments, dtype):
    optimizer, vs = cls(0.125, **arguments), variables(dtype)
    start = numbers(vs)
    train(optimizer, vs, dtype=dtype)
    check(vs, expected(rule, 0.125, start, arguments), dtype)
    assert int(optimizer.iterations) == STEPS
    assert all(v.dtype == dtype for v in vs)


@ALL
def test_large_arrays_go_through_several_threads_alike(cls, rule, arguments):
    rng = np.random.default_rng(7)
    w, g = rng.standard_normal((2, 300_001))
    vs, optimizer = [tf.Variable(w)], cls(0.125, **arguments)
    state = {}
    for t in (1, 2):
        optimizer.apply([tf.constant(g * t)], vs)
        w = w - rule(g * t, (g * t) ** 2, t, state, 0.125, **arguments)
    np.testing.assert_allclose(vs[0].numpy(), w, rtol=1e-12, atol=1e-12)


def test_default_arguments():
    for cls, rule, _ in {case[0]: case for case in CASES}.values():
        vs = variables()
        optimizer, start = cls(), numbers(vs)
        train(optimizer, vs)
        wanted = expected(rule, rate_of(optimizer), start, {})
        check(vs, wanted)


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("excluded", [False, True])
def test_weight_decay_comes_before_the_step(excluded):
    optimizer, vs = optimizers.SGD(0.125, momentum=0.5, weight_decay=0.25), variables()
    if excluded:
        optimizer.exclude_from_weight_decay(var_list=[vs[0]])
    start = numbers(vs)

    def prepare(k, g, w):
        for i in range(len(w)):
            if i or not excluded:
                w[i] = w[i] * (1 - 0.125 * 0.25)
        return g

    train(optimizer, vs)
    check(vs, expected(sgd, 0.125, start, {"momentum": 0.5}, prepare))


def test_adamw_decays_by_default_and_adam_does_not():
    vs, others = variables(), variables()
    optimizers.AdamW(0.125).apply(gradients(0), vs)
    optimizers.Adam(0.125).apply(gradients(0), others)
    for v, w, start in zip(vs, others, variables(), strict=True):
        np.testing.assert_allclose(v.numpy(), w.numpy() - start.numpy() * 0.004 * 0.125, 1e-12)
    with pytest.raises(ValueError, match="`weight_decay` must be a float"):
        optimizers.AdamW(weight_decay=None)


def test_variables_are_excluded_from_weight_decay_by_name():
    w, b = tf.Variable([1.0], name="layer/w"), tf.Variable([1.0], name="layer/bias")
    optimizer = optimizers.SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bi.s", "other"])
    optimizer.apply([tf.zeros(1)] * 2, [w, b])
    assert w.numpy() == 0.5 and b.numpy() == 1
    optimizer.exclude_from_weight_decay()
    optimizer.apply([tf.zeros(1)] * 2, [w, b])
    assert w.numpy() == 0.25 and b.numpy() == 0.5


def norm(*arrays):
    return np.sqrt(sum(np.sum(np.square(a)) for a in arrays))


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipnorm_shortens_each_gradient(limit):
    optimizer, vs = optimizers.Adam(0.125, clipnorm=limit), variables()
    start = numbers(vs)
    train(optimizer, vs)
    check(vs, expected(adam, 0.125, start, {}, lambda k, g, w: [
        x * limit / max(norm(x), limit) for x in g
    ]))  # fmt: skip


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_global_clipnorm_shortens_all_gradients_together(limit):
    optimizer, vs = optimizers.SGD(0.125, global_clipnorm=limit), variables()
    start = numbers(vs)
    train(optimizer, vs)
    check(vs, expected(sgd, 0.125, start, {}, lambda k, g, w: [
        x * limit / max(norm(*g), limit) for x in g
    ]))  # fmt: skip


def test_a_gradient_that_is_not_finite_makes_all_of_them_nan_under_global_clipnorm():
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(3.0)
    optimizer = optimizers.SGD(0.1, global_clipnorm=1.0)
    optimizer.apply([tf.constant([np.inf, 0.0]), tf.constant(1.0)], [v, w])
    assert np.isnan(v.numpy()).all() and np.isnan(w.numpy())


def test_clipvalue_limits_each_element():
    optimizer, vs = optimizers.SGD(0.125, momentum=0.5, clipvalue=0.25), variables()
    start = numbers(vs)
    train(optimizer, vs)
    check(vs, expected(sgd, 0.125, start, {"momentum": 0.5}, lambda k, g, w: [
        np.clip(x, -0.25, 0.25) for x in g
    ]))  # fmt: skip


def test_float16_norms_do_not_overflow():
    v = tf.Variable([0.0, 0.0], dtype=tf.float16)
    optimizer = optimizers.SGD(1.0, clipnorm=5.0)
    optimizer.apply([tf.constant([3000.0, 4000.0], tf.float16)], [v])
    np.testing.assert_array_equal(v.numpy(), [-3, -4])


@pytest.mark.parametrize("clip", [{}, {"clipnorm": 0.5}, {"clipvalue": 0.25}])
def test_gradients_are_divided_by_the_loss_scale_before_they_are_clipped(clip):
    plain, scaled = optimizers.SGD(0.125, **clip), optimizers.SGD(
        0.125, loss_scale_factor=1024.0, **clip
    )  # fmt: skip
    vs, others = variables(), variables()
    plain.apply(gradients(0), vs)
    scaled.apply([g * 1024 for g in gradients(0)], others)
    check(vs, numbers(others))
    assert scaled.scale_loss(2.0) == 2048 and plain.scale_loss(2.0) == 2


@pytest.mark.parametrize("overwrite", [None, 3])
def test_moving_averages(overwrite):
    arguments = {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": overwrite}
    optimizer, vs = optimizers.SGD(0.125, momentum=0.5, **arguments), variables()
    w, m, average = numbers(vs), [0.0] * 3, None
    for k in range(STEPS):
        optimizer.apply(gradients(k), vs)
        for i, g in enumerate(gradients(k)):
            m[i] = 0.5 * m[i] - 0.125 * g
            w[i] = w[i] + m[i]
        if average is None:
            average = list(w)
        else:
            average = [0.75 * a + 0.25 * x for a, x in zip(average, w, strict=True)]
        if overwrite and (k + 1) % overwrite == 0:
            w = list(average)
        check(vs, w)
    optimizer.finalize_variable_values(vs)
    check(vs, average)
    with pytest.raises(ValueError, match="the 3 variables that the optimizer was built for"):
        optimizer.finalize_variable_values(vs[:2])
    plain = optimizers.SGD()
    plain.apply(gradients(0), others := variables())
    before = numbers(others)
    plain.finalize_variable_values(others)
    check(others, before)


def test_averages_of_variables_without_a_gradient_move_too():
    v, w = tf.Variable([1.0]), tf.Variable([1.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    optimizer.apply([tf.ones(1), tf.ones(1)], [v, w])
    w.assign([5.0])
    optimizer.apply([tf.ones(1)], [v])
    optimizer.finalize_variable_values([v, w])
    assert v.numpy() == -0.5 and w.numpy() == 2.5


@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.5}, {"loss_scale_factor": 4.0}])
def test_gradient_accumulation_applies_means(options):
    optimizer = optimizers.Adam(0.125, gradient_accumulation_steps=2, **options)
    vs = variables()
    start, sums = numbers(vs), [0.0] * 3
    limit, scale = options.get("clipnorm", 1e9), options.get("loss_scale_factor", 1.0)

    def prepare(k, g, w):
        for i in range(3):
            sums[i] = sums[i] + g[i] / scale
        if k % 2 == 0:
            return None
        means = [s / 2 for s in sums]
        sums[:] = [0.0] * 3
        return [x * limit / max(norm(x), limit) for x in means]

    train(optimizer, vs)
    check(vs, expected(adam, 0.125, start, {}, prepare))
    assert optimizer.iterations.numpy() == 2
    np.testing.assert_allclose(optimizer.variables[2].numpy(), gradients(4)[0] / scale, 1e-12)


def test_weight_decay_waits_for_the_accumulated_step():
    v = tf.Variable([1.0])
    optimizer = optimizers.SGD(0.5, weight_decay=0.5, gradient_accumulation_steps=2)
    optimizer.apply([tf.zeros(1)], [v])
    assert v.numpy() == 1
    optimizer.apply([tf.zeros(1)], [v])
    assert v.numpy() == 0.75


def test_constraints_are_applied_after_the_step():
    v = tf.Variable([1.0, -1.0], constraint=tf.nn.relu)
    w = tf.Variable([1.0, -1.0], constraint=tf.nn.relu)
    with pytest.warns(UserWarning, match="do not exist"):
        optimizers.SGD(1.0).apply([tf.constant([2.0, -3.0]), None], [v, w])
    np.testing.assert_array_equal(v.numpy(), [0, 2])
    np.testing.assert_array_equal(w.numpy(), [1, -1])


# ---------------------------------------------------------------- learning rates


def test_the_learning_rate_can_be_changed_between_steps():
    v = tf.Variable([1.0])
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([tf.ones(1)], [v])
    optimizer.learning_rate = 0.5
    optimizer.apply([tf.ones(1)], [v])
    optimizer.learning_rate.assign(0.25)
    optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -0.75
    optimizer.learning_rate = lambda: 0.125
    optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -0.875
    assert len(optimizer.variables) == 1
    optimizer.learning_rate = 1
    assert optimizer.learning_rate.numpy() == 1


def test_a_schedule_sees_the_number_of_steps():
    v = tf.Variable([0.0])
    optimizer = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0, 1], [4.0, 2.0, 1.0]))
    seen = []
    for _ in range(3):
        optimizer.apply([tf.ones(1)], [v])
        seen.append(v.numpy()[0])
    assert seen == [-4, -6, -7]
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = optimizers.schedules.PiecewiseConstantDecay([0], [8.0, 8.0])
    optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -15


def test_a_schedule_sees_calls_and_adam_sees_applications_when_gradients_accumulate():
    rates = [1.0, 0.5, 0.25, 0.125]
    schedule = optimizers.schedules.PiecewiseConstantDecay([0, 1, 2], rates)
    vs = variables()
    start = numbers(vs)
    train(optimizers.Adam(schedule, gradient_accumulation_steps=2), vs, range(4))
    w, states = start, [{}, {}, {}]
    for t, k in ((1, 0), (2, 2)):
        pairs = zip(gradients(k), gradients(k + 1), strict=True)
        for i, g in enumerate((a + b) / 2 for a, b in pairs):
            w[i] = w[i] - adam(g, g * g, t, states[i], rates[k + 1])
    check(vs, w)


@pytest.mark.parametrize("rate", [1, np.float32(1), np.array(1.0), 1.0])
def test_learning_rates_of_any_kind_of_number(rate):
    v = tf.Variable([0.0])
    optimizers.SGD(rate).apply([tf.ones(1)], [v])
    assert v.numpy() == -1


def test_a_variable_as_learning_rate_is_read_at_each_step():
    rate, v = tf.Variable(1.0), tf.Variable([0.0])
    optimizer = optimizers.SGD(rate)
    optimizer.apply([tf.ones(1)], [v])
    rate.assign(0.5)
    optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -1.5 and optimizer.learning_rate is rate


def test_the_number_of_steps_can_be_assigned():
    g = np.array([1.0, -2.0])
    v = tf.Variable(np.zeros(2))
    optimizer = optimizers.Adam(0.125)
    optimizer.iterations.assign(9)
    optimizer.apply([g], [v])
    np.testing.assert_allclose(v.numpy(), -adam(g, g * g, 10, {}, 0.125), 1e-12)


def test_hyperparameters_can_be_changed_but_not_what_slots_depend_on():
    v = tf.Variable([0.0])
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([tf.ones(1)], [v])
    optimizer.momentum = 0.5
    with pytest.raises(ValueError, match="built without what the rule 'momentum' keeps"):
        optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -1 and int(optimizer.iterations) == 1
    optimizer = optimizers.RMSprop(1.0, momentum=0.5)
    optimizer.apply([tf.ones(1)], [v])
    optimizer.momentum = 0.0
    optimizer.centered = True
    with pytest.raises(ValueError, match="cannot be switched on or off"):
        optimizer.apply([tf.ones(1)], [v])
    optimizer = optimizers.SGD(1.0)
    optimizer.build([v])
    optimizer.use_ema = True
    with pytest.raises(ValueError, match="built without `use_ema`"):
        optimizer.apply([tf.ones(1)], [v])
    optimizer.use_ema, optimizer.gradient_accumulation_steps = False, 2
    with pytest.raises(ValueError, match="built without `gradient_accumulation_steps`"):
        optimizer.apply([tf.ones(1)], [v])


# ---------------------------------------------------------------- sparse gradients

INDICES = [2, 0, 2]
ROWS = np.array([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]])


def slices(indices=INDICES, rows=ROWS, dtype="float64"):
    return tf.IndexedSlices(tf.constant(rows, dtype), tf.constant(indices), tf.constant([4, 2]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@ALL
def test_rows_are_added_up_and_so_are_their_squares(cls, rule, arguments, dtype):
    g, q = np.zeros((2, 4, 2))
    np.add.at(g, INDICES, ROWS)
    np.add.at(q, INDICES, ROWS**2)
    w, state = np.arange(8.0).reshape(4, 2), {}
    optimizer, v = cls(0.125, **arguments), tf.Variable(w, dtype=dtype)
    for t in (1, 2, 3):
        optimizer.apply_gradients([(slices(dtype=dtype), v)])
        w = w - rule(g, q, t, state, 0.125, **arguments)
    np.testing.assert_allclose(v.numpy(), w, 4 * TOLERANCE[dtype], 4 * TOLERANCE[dtype])


@pytest.mark.parametrize("cls", [optimizers.SGD, optimizers.Adagrad])
def test_only_the_rows_of_a_sparse_gradient_are_touched(cls):
    v = tf.Variable(np.full((4, 2), np.nan))
    v.assign(np.where([[False], [True], [False], [True]], np.nan, 1.0) * np.ones((4, 2)))
    optimizer = cls(0.125, weight_decay=None)
    optimizer.apply([slices()], [v])
    assert np.isnan(v.numpy()).all(1).tolist() == [False, True, False, True]
    dense = tf.Variable(np.ones((4, 2)))
    optimizers.SGD(0.5, weight_decay=1.0).apply([slices()], [dense])
    np.testing.assert_array_equal(dense.numpy()[1], [0.5, 0.5])


def test_the_moments_of_all_rows_decay_under_adam():
    v = tf.Variable(np.zeros((4, 2)))
    optimizer = optimizers.Adam(0.125)
    optimizer.apply([tf.constant(np.ones((4, 2)))], [v])
    before = v.numpy()
    optimizer.apply([slices([0], [[1.0, 1.0]])], [v])
    assert (v.numpy() < before).all()


def test_sparse_gradients_are_clipped_row_by_row():
    start = np.arange(8.0).reshape(4, 2)
    total = np.zeros((4, 2))
    np.add.at(total, INDICES, ROWS)
    for options, factor in (
        ({"clipnorm": 1.0}, 1 / norm(ROWS)),
        ({"global_clipnorm": 1.0}, 1 / norm(ROWS)),
        ({"loss_scale_factor": 2.0}, 0.5),
        ({"gradient_accumulation_steps": 2}, 1.0),
    ):
        optimizer, v = optimizers.SGD(0.125, **options), tf.Variable(start)
        for _ in range(options.get("gradient_accumulation_steps", 1)):
            optimizer.apply([slices()], [v])
        np.testing.assert_allclose(v.numpy(), start - 0.125 * factor * total, 1e-12)
    v, clipped = tf.Variable(start), np.zeros((4, 2))
    np.add.at(clipped, INDICES, ROWS.clip(-3, 3))
    optimizers.SGD(0.125, clipvalue=3.0).apply([slices()], [v])
    np.testing.assert_allclose(v.numpy(), start - 0.125 * clipped, 1e-12)


def test_the_squares_are_those_of_the_sums_under_global_clipnorm():
    dense, v = (tf.Variable(np.ones((4, 2))) for _ in range(2))
    optimizers.Adagrad(0.125, global_clipnorm=1.0).apply([slices()], [v])
    g = np.zeros((4, 2))
    np.add.at(g, INDICES, ROWS)
    optimizers.Adagrad(0.125).apply([g / norm(ROWS)], [dense])
    np.testing.assert_allclose(v.numpy(), dense.numpy(), 1e-12)


def test_the_gradient_of_a_gather_is_applied_as_it_comes():
    table = tf.Variable(np.arange(8.0).reshape(4, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table, [-1, 1, 1]))
    (gradient,) = tape.gradient(loss, [table])
    assert isinstance(gradient, tf.IndexedSlices)
    optimizers.SGD(1.0).apply([gradient], [table])
    np.testing.assert_array_equal(table.numpy(), [[0, 1], [0, 1], [4, 5], [5, 6]])


def test_empty_gradients():
    v, table = tf.Variable(np.zeros((0, 3))), tf.Variable(np.ones((4, 2)))
    for cls, _, arguments in CASES:
        cls(0.1, **arguments).apply(
            [tf.zeros((0, 3)), slices(np.zeros(0, int), np.zeros((0, 2)))], [v, table]
        )
    assert v.shape == (0, 3)
    np.testing.assert_array_equal(table.numpy(), np.ones((4, 2)))


# ---------------------------------------------------------------- what others hold stays as it is


def test_a_tape_still_sees_the_value_that_it_recorded():
    v = tf.Variable([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = v * v * v
    optimizer = optimizers.Adam(0.5)
    for _ in range(3):
        optimizer.apply_gradients([(tape.gradient(y, v), v)])
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [12, 27])


def test_a_step_inside_an_open_tape_is_no_operation_of_it():
    v = tf.Variable(2.0)
    optimizer = optimizers.SGD(0.25)
    with tf.GradientTape() as tape:
        y = v * v
        optimizer.apply([tf.constant(4.0)], [v])
        z = y + v * v
    assert v.numpy() == 1
    # Twice the value that was read each time.
    assert tape.gradient(z, v).numpy() == 4 + 2


def test_a_step_does_not_make_a_tape_watch_the_variable():
    v = tf.Variable(2.0)
    optimizer = optimizers.AdamW(0.25)
    with tf.GradientTape() as tape:
        optimizer.apply([tf.constant(4.0)], [v])
    assert tape.watched_variables() == ()


def test_values_handed_out_before_a_step_do_not_change():
    start = np.array([1.0, 2.0])
    v = tf.Variable(start)
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    optimizer.apply([tf.ones(2, tf.float64)], [v])
    read, array, view = v.value(), v.numpy(), np.asarray(v)
    part, copied = v[1:], tf.Variable(v)
    slot = optimizer.variables[2].value()
    kept = [np.array(x) for x in (read, array, view, part, copied, slot)]
    optimizer.apply([tf.ones(2, tf.float64)], [v])
    for x, y in zip((read, array, view, part, copied, slot), kept, strict=True):
        np.testing.assert_array_equal(np.asarray(x), y)
    np.testing.assert_array_equal(v.numpy(), [-0.25, 0.75])
    np.testing.assert_array_equal(start, [1, 2])


def test_a_gradient_that_is_the_variable_itself():
    v = tf.Variable([4.0, 8.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(v * v) / 2
    (gradient,) = tape.gradient(loss, [v])
    optimizers.SGD(0.25).apply([gradient], [v])
    np.testing.assert_array_equal(gradient.numpy(), [4, 8])
    np.testing.assert_array_equal(v.numpy(), [3, 6])
    optimizers.SGD(0.5).apply([v], [v])
    np.testing.assert_array_equal(v.numpy(), [1.5, 3])


def test_gradients_of_any_layout_and_dtype():
    v = tf.Variable(np.zeros((2, 3), np.float32))
    g = np.arange(6.0).reshape(3, 2)
    for gradient in (
        tf.transpose(tf.constant(g)),
        g.T,
        g.T.tolist(),
        tf.constant(g.T, tf.float16),
        tf.constant(g.T.astype(int)),
    ):
        optimizers.SGD(1.0).apply([gradient], [v])
    np.testing.assert_array_equal(v.numpy(), -5 * g.T)
    optimizers.SGD(1.0).apply([tf.broadcast_to(tf.constant(1.0), (2, 3))], [v])
    np.testing.assert_array_equal(v.numpy(), -5 * g.T - 1)


def test_a_variable_that_comes_twice_is_updated_twice():
    v = tf.Variable([1.0])
    optimizers.SGD(1.0).apply([tf.ones(1), 2 * tf.ones(1)], [v, v])
    assert v.numpy() == -2


# ---------------------------------------------------------------- which variables


def test_some_of_the_variables_in_any_order():
    vs = variables()
    optimizer = optimizers.SGD(0.125, momentum=0.5)
    optimizer.build(vs)
    start = numbers(vs)
    g = gradients(0)
    optimizer.apply([g[2], g[0]], [vs[2], vs[0]])
    check(vs, [start[0] - 0.125 * g[0], start[1], start[2] - 0.125 * g[2]])
    optimizer.apply(g)
    check(
        vs,
        [start[0] - 0.3125 * g[0], start[1] - 0.125 * g[1], start[2] - 0.3125 * g[2]],
    )


def test_variables_without_a_gradient_are_named_in_a_warning():
    v, w = tf.Variable([1.0], name="v"), tf.Variable([1.0], name="w")
    optimizer = optimizers.SGD(1.0)
    with pytest.warns(UserWarning, match=r"do not exist for variables \['w:0'\]"):
        optimizer.apply_gradients([(None, w), (tf.ones(1), v)])
    assert v.numpy() == 0 and w.numpy() == 1
    # It was there when the optimizer was built.
    optimizer.apply([tf.ones(1)], [w])
    assert w.numpy() == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            optimizer.apply([None, tf.ones(1)], [w, v])
    assert v.numpy() == 0 and int(optimizer.iterations) == 2


def test_no_gradients_at_all():
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([])
    assert int(optimizer.apply_gradients([])) == 0 and not optimizer.built


def test_errors_leave_everything_as_it_was():
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.Variable([[3.0], [4.0]], name="w")
    other, integers = tf.Variable(1.0), tf.Variable([1, 2], name="i")
    one = tf.ones(2)
    bad = [
        ([one, tf.ones(2)], [v, w], tf.errors.InvalidArgumentError, r"'w:0' has shape \(2,\)"),
        ([one, tf.ones(())], [v, w], tf.errors.InvalidArgumentError, r"shape \(\), and the"),
        ([one], [v, w], ValueError, "1 gradients for 2 variables"),
        ([None, None], [v, w], ValueError, "No gradients provided for any variable"),
        ([one, tf.ones((2, 1), tf.complex64)], [v, w], TypeError, "dtype complex64"),
        ([one, "text"], [v, w], ValueError, "Attempt to convert a value"),
        ([one, slices([5], [[1.0]])], [v, w], IndexError, "index 5 is out of bounds"),
        ([one, slices([0], [[1.0, 1.0]])], [v, w], ValueError, r"rows of shape \(1, 2\)"),
        ([one, slices([0.0], [[1.0]])], [v, w], TypeError, "must be integers"),
        ([one, slices([0], [1.0])], [v, w], ValueError, "rows of shape"),
    ]
    unbuilt = [
        ([one, tf.ones(2)], [v, integers], TypeError, "'i:0' of dtype int32"),
        ([one, one], [v, tf.ones(2)], TypeError, "updates tf.Variables"),
    ]
    for built in (False, True):
        for grads, vs, error, message in bad + ([] if built else unbuilt):
            optimizer = optimizers.SGD(1.0, momentum=0.5)
            if built:
                optimizer.build([v, w])
            before = optimizer.get_weights()
            with pytest.raises(error, match=message):
                optimizer.apply(grads, vs)
            assert optimizer.built == built
            for x, y in zip(optimizer.get_weights(), before, strict=True):
                np.testing.assert_array_equal(x, y)
    optimizer = optimizers.SGD(1.0)
    optimizer.build([v, w])
    with pytest.raises(ValueError, match="Unknown variable: <tf.Variable 'Variable:0'"):
        optimizer.apply([one, tf.ones(())], [v, other])
    with pytest.raises(ValueError, match="1 gradients for 2 variables"):
        optimizer.apply([one])
    with pytest.raises(ValueError, match="must already be built"):
        optimizers.SGD().apply([one])
    np.testing.assert_array_equal(v.numpy(), [1, 2])
    np.testing.assert_array_equal(w.numpy(), [[3], [4]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": "fast"}, "`learning_rate` should be float"),
        ({"learning_rate": [0.1]}, "`learning_rate` should be float"),
        ({"learning_rate": None}, "`learning_rate` should be float"),
        ({"learning_rate": 1j}, "`learning_rate` should be float"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"gradient_accumulation_steps": 1}, "an integer >= 2"),
        ({"use_ema": True, "ema_momentum": 1.5}, "in the range"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "an integer >= 1"),
        ({"decay": 0.1}, "not recognized"),
        ({"momentum": 1.5}, "between"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        optimizers.SGD(**arguments)


# ---------------------------------------------------------------- minimize


@pytest.mark.parametrize("scale", [None, 64.0])
def test_minimize(scale):
    v, w = tf.Variable(3.0), tf.Variable(1.0, trainable=False)
    optimizer = optimizers.SGD(0.25, loss_scale_factor=scale)
    assert optimizer.minimize(lambda: v * v + w, [v, w]) is optimizer.iterations
    assert v.numpy() == 1.5 and w.numpy() == 0.75
    with tf.GradientTape() as tape:
        loss = v * v
    optimizer.minimize(loss, [v], tape=tape)
    assert v.numpy() == 0.75
    optimizer.minimize(lambda: v * v, lambda: [v])
    assert v.numpy() == 0.375
    with pytest.raises(ValueError, match="`tape` is required"):
        optimizer.minimize(loss, [v])


# ---------------------------------------------------------------- classes of one's own


class Own(optimizers.Optimizer):
    """Momentum, as Keras's documentation shows how to write it."""

    def __init__(self, learning_rate, momentum=0.5, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.momentums = [self.add_variable_from_reference(v, "momentum") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        rate = tf.cast(learning_rate, variable.dtype)
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, m * self.momentum - rate * gradient)
        self.assign_add(variable, m)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_decay": 0.25},
        {"clipnorm": 0.5},
        {"global_clipnorm": 0.5},
        {"gradient_accumulation_steps": 2},
        {"use_ema": True, "ema_overwrite_frequency": 2},
        {"loss_scale_factor": 4.0},
    ],
)
def test_an_optimizer_of_ones_own_does_what_the_compiled_one_does(options):
    vs, others = variables(), variables()
    train(Own(0.125, **options), vs)
    train(optimizers.SGD(0.125, momentum=0.5, **options), others)
    check(vs, numbers(others))


def test_a_rule_of_ones_own_gets_rows():
    class Rows(optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            assert isinstance(gradient, tf.IndexedSlices)
            self.assign_sub(variable, gradient * 0.5)
            with pytest.raises(TypeError, match="no value for the whole"):
                self.assign(variable, gradient)

    v = tf.Variable(np.zeros((4, 2)))
    Rows(1.0).apply([slices()], [v])
    np.testing.assert_array_equal(v.numpy(), [[-1.5, 2], [0, 0], [-3, -4], [0, 0]])


def test_a_derived_class_can_call_the_compiled_rule():
    class Doubled(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(2 * gradient, variable, learning_rate)

    vs, others = variables(), variables()
    Doubled(0.125).apply(gradients(0), vs)
    optimizers.Adam(0.125).apply([2 * g for g in gradients(0)], others)
    check(vs, numbers(others))


def test_the_base_class_has_no_rule():
    v = tf.Variable([1.0])
    with pytest.raises(NotImplementedError, match="must override `update_step"):
        optimizers.Optimizer(0.1).apply([tf.ones(1)], [v])
    with pytest.raises(NotImplementedError, match="must override `update_step"):
        optimizers.Optimizer(0.1).update_step(tf.ones(1), v, 0.1)


def test_variables_of_ones_own():
    optimizer = optimizers.SGD(0.1, name="mine")
    a = optimizer.add_variable((2, 3), "ones", tf.float64, "a")
    b = optimizer.add_variable([2], lambda shape, dtype: tf.fill(shape, 5.0), name="b")
    assert [v.name for v in optimizer.variables[2:]] == ["mine/a:0", "mine/b:0"]
    np.testing.assert_array_equal(a.numpy(), np.ones((2, 3)))
    np.testing.assert_array_equal(b.numpy(), [5, 5])
    assert a.dtype == tf.float64 and not a.trainable
    with pytest.raises(ValueError, match="none of 'zeros' and 'ones'"):
        optimizer.add_variable([1], "uniform")


# ---------------------------------------------------------------- names, saving, copying


def test_state_has_keras_names_and_order():
    v, w = tf.Variable([1.0], name="v"), tf.Variable(1.0)
    optimizer = optimizers.Adam(0.1, name="me", amsgrad=True)
    optimizer.build([v, w])
    assert [x.name for x in optimizer.variables] == [
        "me/iteration:0",
        "me/learning_rate:0",
        "me/v_0_momentum:0",
        "me/v_0_velocity:0",
        "me/Variable_0_momentum:0",
        "me/Variable_0_velocity:0",
        "me/v_0_velocity_hat:0",
        "me/Variable_0_velocity_hat:0",
    ]
    names = [
        x.name.removeprefix("r/v_0_")
        for x in _built(
            optimizers.RMSprop(
                0.1, momentum=0.5, centered=True, use_ema=True, gradient_accumulation_steps=2,
                name="r",
            ),
            [v],
        ).variables[2:]
    ]  # fmt: skip
    assert names == [
        "average:0", "gradient_accumulator:0", "velocity:0", "momentum:0", "average_gradient:0"
    ]  # fmt: skip
    first, second = optimizers.RMSprop().name, optimizers.RMSprop().name
    assert first.startswith("rm_sprop") and first != second
    with tf.name_scope("outer"):
        assert optimizers.SGD(0.1, name="sgd").variables[0].name == "sgd/iteration:0"


def _built(optimizer, vs):
    optimizer.build(vs)
    return optimizer


OPTIONS = {
    "weight_decay": 0.1,
    "global_clipnorm": 2.0,
    "use_ema": True,
    "gradient_accumulation_steps": 2,
}


def fresh(cls, arguments):
    return cls(optimizers.schedules.ExponentialDecay(0.25, 2, 0.5), **arguments, **OPTIONS)


def assert_continues(optimizer, vs, other, others):
    train(optimizer, vs, range(3, 7))
    train(other, others, range(3, 7))
    for a, b in zip([*vs, *optimizer.variables], [*others, *other.variables], strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("how", ["store", "weights"])
@ALL
def test_a_restored_optimizer_goes_on_identically(cls, rule, arguments, how):
    optimizer, vs = fresh(cls, arguments), variables()
    train(optimizer, vs, range(3))
    others = [tf.Variable(v.numpy()) for v in vs]
    other = cls.from_config(optimizer.get_config())
    other.build(others)
    if how == "store":
        store = {}
        optimizer.save_own_variables(store)
        other.load_own_variables(store)
    else:
        other.set_weights(optimizer.get_weights())
    assert_continues(optimizer, vs, other, others)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@ALL
def test_a_copy_together_with_its_variables_goes_on_identically(cls, rule, arguments, how):
    optimizer, vs = fresh(cls, arguments), variables()
    optimizer.exclude_from_weight_decay([vs[0]])
    train(optimizer, vs, range(3))
    other, others = how((optimizer, vs))
    assert others[0] is not vs[0] and other.name == optimizer.name
    assert_continues(optimizer, vs, other, others)


def test_an_optimizer_that_is_not_built_can_be_copied():
    other = copy.deepcopy(optimizers.Adam(0.5))
    v = tf.Variable([1.0])
    other.apply([tf.ones(1)], [v])
    np.testing.assert_allclose(v.numpy(), 0.5, 1e-5)


def test_slots_can_be_assigned():
    v = tf.Variable([1.0])
    optimizer = optimizers.SGD(1.0, momentum=0.5)
    optimizer.apply([tf.ones(1)], [v])
    for slot in optimizer.variables[2:]:
        slot.assign(tf.zeros_like(slot))
    optimizer.apply([tf.ones(1)], [v])
    assert v.numpy() == -1


def test_weights_that_do_not_fit_are_refused_before_any_is_taken():
    v = tf.Variable([1.0, 2.0])
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    with pytest.raises(ValueError, match="not yet been built"):
        optimizer.set_weights([])
    optimizer.build([v])
    with pytest.raises(ValueError, match="has 3 variables, and got 2 weights"):
        optimizer.set_weights([7, 0.1])
    with pytest.raises(ValueError, match=r"shape \(2,\) not compatible"):
        optimizer.set_weights([7, 0.1, np.ones(3)])
    with pytest.raises(ValueError, match=r"shape \(2,\) not compatible"):
        optimizer.load_own_variables({"0": 7, "1": 0.1, "2": np.ones(3)})
    with pytest.warns(UserWarning, match="3 variables whereas the saved optimizer has 1"):
        optimizer.load_own_variables({"0": 7})
    with pytest.warns(UserWarning, match="not been called/built"):
        optimizers.SGD(0.5, momentum=0.5).load_own_variables({"0": 7, "1": 0.1, "2": v.numpy()})
    assert int(optimizer.iterations) == 0


@ALL
def test_configurations(cls, rule, arguments):
    optimizer = cls(0.25, **arguments, clipvalue=0.5, name="n")
    config = optimizer.get_config()
    assert all(config[name] == value for name, value in arguments.items())
    assert cls.from_config(config).get_config() == config
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is cls and again.get_config() == config
    assert type(optimizers.get(cls.__name__.upper())) is cls
    assert optimizers.get(optimizer) is optimizer
    assert type(optimizers.get(optimizers.serialize(optimizer))) is cls


def test_configurations_of_ones_own():
    class Mine(optimizers.SGD):
        pass

    config = optimizers.serialize(Mine(0.5))
    assert config["registered_name"] == "Mine"
    assert type(optimizers.deserialize(config, {"Mine": Mine})) is Mine
    with pytest.raises(ValueError, match="unknown class 'Mine'"):
        optimizers.deserialize(config)
    with pytest.raises(ValueError, match="Could not interpret"):
        optimizers.get("momentum")
    rate = optimizers.SGD(rate_of_one).get_config()["learning_rate"]
    assert rate is rate_of_one


def rate_of_one():
    return 1.0


def test_keras_is_the_same_namespace():
    assert tf.keras.optimizers is tf.optimizers
    assert tf.keras.optimizers.schedules is tf.optimizers.schedules


def test_a_network_learns():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (64, 2)).astype(np.float32)
    y = np.sin(3 * x[:, :1]) * x[:, 1:]
    w1 = tf.Variable(rng.standard_normal((2, 16)), dtype=tf.float32)
    b1 = tf.Variable(np.zeros(16, np.float32))
    w2 = tf.Variable(rng.standard_normal((16, 1)), dtype=tf.float32)
    vs = [w1, b1, w2]
    optimizer = optimizers.Adam(0.02)
    losses = []
    for _ in range(400):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.tanh(x @ w1 + b1) @ w2 - y))
        optimizer.apply_gradients(zip(tape.gradient(loss, vs), vs, strict=True))
        losses.append(float(loss))
    assert losses[-1] < losses[0] / 100
