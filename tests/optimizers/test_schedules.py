"""Learning rates that depend on the step, against their formulas."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

import autograd_c as tf

schedules = tf.optimizers.schedules


def exponential(step, lr, steps, rate, staircase=False):
    p = step / steps
    return lr * rate ** (math.floor(p) if staircase else p)


def inverse_time(step, lr, steps, rate, staircase=False):
    p = step / steps
    return lr / (1 + rate * (math.floor(p) if staircase else p))


def piecewise(step, boundaries, values):
    return values[sum(step > b for b in boundaries)]


def polynomial(step, lr, steps, end_learning_rate=0.0001, power=1.0, cycle=False):
    if cycle:
        steps = steps * max(1, math.ceil(step / steps))
    else:
        step = min(step, steps)
    return end_learning_rate + (lr - end_learning_rate) * (1 - step / steps) ** power


def cosine(step, lr, steps, alpha=0.0, warmup_target=None, warmup_steps=0):
    if warmup_target is not None:
        if step < warmup_steps:
            return lr + (warmup_target - lr) * step / warmup_steps
        lr, step = warmup_target, step - warmup_steps
    wave = (1 + math.cos(math.pi * min(step, steps) / steps)) / 2
    return lr * ((1 - alpha) * wave + alpha)


def cosine_restarts(step, lr, steps, t_mul=2.0, m_mul=1.0, alpha=0.0):
    height, left = 1.0, step
    while left >= steps:
        left, steps, height = left - steps, steps * t_mul, height * m_mul
    wave = height * (1 + math.cos(math.pi * left / steps)) / 2
    return lr * ((1 - alpha) * wave + alpha)


CASES = [
    (schedules.ExponentialDecay, exponential, (0.5, 10, 0.5), {}),
    (schedules.ExponentialDecay, exponential, (0.5, 10, 0.5), {"staircase": True}),
    (schedules.InverseTimeDecay, inverse_time, (0.5, 10, 0.25), {}),
    (schedules.InverseTimeDecay, inverse_time, (0.5, 10, 0.25), {"staircase": True}),
    (schedules.PiecewiseConstantDecay, piecewise, ([5, 10, 11], [1.0, 0.5, 0.25, 2.0]), {}),
    (schedules.PiecewiseConstantDecay, piecewise, ([9], [1.0, 0.5]), {}),
    (schedules.PiecewiseConstantDecay, piecewise, ([], [1.0]), {}),
    (schedules.PolynomialDecay, polynomial, (0.5, 10), {}),
    (schedules.PolynomialDecay, polynomial, (0.5, 10), {"end_learning_rate": 0.1, "power": 2.0}),
    (schedules.PolynomialDecay, polynomial, (0.5, 10), {"cycle": True, "power": 0.5}),
    (schedules.CosineDecay, cosine, (0.5, 10), {}),
    (schedules.CosineDecay, cosine, (0.5, 10), {"alpha": 0.25}),
    (schedules.CosineDecay, cosine, (0.1, 10), {"warmup_target": 0.5, "warmup_steps": 7}),
    (schedules.CosineDecay, cosine, (0.1, 10), {"warmup_target": 0.5}),
    (schedules.CosineDecayRestarts, cosine_restarts, (0.5, 8), {}),
    (schedules.CosineDecayRestarts, cosine_restarts, (0.5, 8), {"t_mul": 1.0, "m_mul": 0.5}),
    (schedules.CosineDecayRestarts, cosine_restarts, (0.5, 8), {"t_mul": 3.0, "alpha": 0.1}),
]
IDS = ["-".join([cls.__name__, *arguments]) for cls, _, _, arguments in CASES]
ALL = pytest.mark.parametrize(("cls", "formula", "given", "arguments"), CASES, ids=IDS)


@ALL
def test_values(cls, formula, given, arguments):
    schedule = cls(*given, **arguments)
    for step in (0, 1, 5, 6, 9, 10, 11, 17, 25, 100):
        value = schedule(step)
        assert isinstance(value, tf.Tensor) and value.shape == () and value.dtype == tf.float32
        wanted = formula(step, *given, **arguments)
        np.testing.assert_allclose(value.numpy(), wanted, rtol=2e-6, atol=2e-7, err_msg=str(step))


@ALL
def test_steps_may_be_variables_tensors_and_numbers(cls, formula, given, arguments):
    schedule = cls(*given, **arguments)
    wanted = schedule(6).numpy()
    for step in (tf.Variable(6, dtype=tf.int64), tf.constant(6.0), np.int32(6)):
        assert schedule(step).numpy() == wanted


@ALL
def test_configurations(cls, formula, given, arguments):
    schedule = cls(*given, **arguments)
    config = json.loads(json.dumps(schedules.serialize(schedule)))
    assert config["module"] == "keras.optimizers.schedules"
    assert config["class_name"] == cls.__name__ and config["registered_name"] is None
    again = schedules.deserialize(config)
    assert type(again) is cls and again.get_config() == schedule.get_config()
    assert again(6).numpy() == schedule(6).numpy()
    assert cls.from_config(schedule.get_config())(6).numpy() == schedule(6).numpy()
    assert pickle.loads(pickle.dumps(schedule)).get_config() == schedule.get_config()


def test_the_dtype_is_that_of_the_initial_rate():
    rate = schedules.ExponentialDecay(tf.constant(0.5, tf.float64), 3, 0.1)
    assert rate(2).dtype == tf.float64
    np.testing.assert_allclose(rate(2).numpy(), 0.5 * 0.1 ** (2 / 3), 1e-15)


@pytest.mark.parametrize(
    ("cls", "given", "message"),
    [
        (schedules.ExponentialDecay, (0.1, 0, 0.5), "`decay_steps` must be > 0"),
        (schedules.InverseTimeDecay, (0.1, -1, 0.5), "`decay_steps` must be > 0"),
        (schedules.PolynomialDecay, (0.1, 0), "`decay_steps` must be > 0"),
        (schedules.CosineDecay, (0.1, 0), "`decay_steps` must be > 0"),
        (schedules.CosineDecayRestarts, (0.1, 0), "`first_decay_steps` must be > 0"),
        (schedules.PiecewiseConstantDecay, ([1, 2], [0.1, 0.2]), "1 less than the length"),
    ],
)
def test_errors(cls, given, message):
    with pytest.raises(ValueError, match=message):
        cls(*given)


def test_the_base_class():
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(0)
    with pytest.raises(NotImplementedError, match="must override `get_config"):
        schedules.LearningRateSchedule().get_config()
    with pytest.raises(ValueError, match="unknown class 'Mine'"):
        schedules.deserialize({"class_name": "Mine", "config": {}})


def test_a_schedule_of_ones_own_can_be_saved():
    class Mine(schedules.LearningRateSchedule):
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate / (1 + tf.cast(step, tf.float32))

        def get_config(self):
            return {"rate": self.rate}

    optimizer = tf.optimizers.SGD(Mine(4.0))
    again = tf.optimizers.SGD.from_config(optimizer.get_config(), {"Mine": Mine})
    v = tf.Variable([0.0])
    for _ in range(2):
        again.apply([tf.ones(1)], [v])
    assert v.numpy() == -6
