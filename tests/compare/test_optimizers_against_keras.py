"""The same steps in Keras 3, with TensorFlow below it, and here.

It runs only where TensorFlow can be imported (``make compare``).
"""

from __future__ import annotations

import inspect
import itertools
import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

NAMES = ["SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta"]
RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "beta_2": 0.5}),
    ("AdamW", {}),
    ("Adagrad", {"initial_accumulator_value": 0.5}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"centered": True, "epsilon": 0.01}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 0.01}),
    ("Adadelta", {}),
]
OPTIONS = [
    {},
    {"weight_decay": 0.1},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.5},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"loss_scale_factor": 8.0},
    {"gradient_accumulation_steps": 2},
    {
        "gradient_accumulation_steps": 2,
        "clipnorm": 0.5,
        "weight_decay": 0.1,
        "use_ema": True,
        "ema_overwrite_frequency": 2,
    },
]
SHAPES = [(3, 2), (), (5,)]


def label(value):
    return "-".join(map(str, value)) if isinstance(value, dict) else None


def run(tf, name, arguments, program, dtype):
    """The values of variables and state after each step of a program."""
    rng = np.random.default_rng(3)
    start = [rng.standard_normal(shape) for shape in SHAPES]
    vs = [tf.Variable(tf.constant(x, dtype=dtype), name=f"v{k}") for k, x in enumerate(start)]
    optimizer = getattr(tf.keras.optimizers, name)(0.125, **arguments)
    seen = []
    for k in range(6):
        program(tf, optimizer, vs, np.random.default_rng(k), dtype)
        seen.append([np.array(x.numpy()) for x in [*vs, *optimizer.variables]])
    return seen, [x.name.removesuffix(":0").rpartition("/")[2] for x in optimizer.variables]


def dense(tf, optimizer, vs, rng, dtype):
    grads = [tf.constant(rng.standard_normal(v.shape), dtype=dtype) for v in vs]
    optimizer.apply_gradients(zip(grads, vs, strict=True))


def sparse(tf, optimizer, vs, rng, dtype):
    """Rows that occur twice, not at all, and once, beside a dense gradient."""
    rows = tf.constant(rng.standard_normal((4, 2)), dtype=dtype)
    slices = tf.IndexedSlices(rows, tf.constant([2, 0, 2, 2]), tf.constant([3, 2]))
    optimizer.apply_gradients([(slices, vs[0]), (tf.constant(0.5, dtype=dtype), vs[1])])


def partial(tf, optimizer, vs, rng, dtype):
    """Gradients for some of the variables, in another order."""
    if not optimizer.built:
        optimizer.build(vs)
    for v in (vs[2], vs[0]):
        optimizer.apply_gradients([(tf.constant(rng.standard_normal(v.shape), dtype=dtype), v)])


def compare(name, arguments, program, dtype):
    ours, our_names = run(autograd_c, name, arguments, program, dtype)
    theirs, their_names = run(tensorflow, name, arguments, program, dtype)
    assert our_names == their_names
    # Keras rounds arguments to float32, and computes the powers of the betas in it.
    rtol = {"float16": 0.1, "float32": 2e-4, "float64": 5e-5}[dtype]
    for step, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            assert x.dtype == y.dtype and x.shape == y.shape
            np.testing.assert_allclose(x, y, rtol, rtol / 10, err_msg=f"step {step}, value {k}")


@pytest.mark.parametrize("options", OPTIONS, ids=label)
@pytest.mark.parametrize(("name", "arguments"), RULES, ids=label)
def test_dense_steps(name, arguments, options):
    if name == "AdamW" and "weight_decay" in options:
        options = {**options, "weight_decay": 0.2}
    compare(name, {**arguments, **options}, dense, "float32")


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize(("name", "arguments"), RULES, ids=label)
def test_dtypes(name, arguments, dtype):
    if dtype == "float16":
        # Keras squares and adds the default of 1e-7 in float16, where it is no normal number.
        arguments = {**arguments, **({} if name == "SGD" else {"epsilon": 0.01})}
    compare(name, arguments, dense, dtype)


# Keras cannot divide IndexedSlices by the loss scale.
@pytest.mark.parametrize(
    "options", [o for o in OPTIONS if "loss_scale_factor" not in o], ids=label
)  # fmt: skip
@pytest.mark.parametrize(("name", "arguments"), RULES, ids=label)
def test_sparse_steps(name, arguments, options):
    if name == "AdamW" and "weight_decay" in options:
        options = {**options, "weight_decay": 0.2}
    compare(name, {**arguments, **options}, sparse, "float32")


@pytest.mark.parametrize(("name", "arguments"), RULES, ids=label)
def test_some_of_the_variables(name, arguments):
    compare(name, arguments, partial, "float32")


@pytest.mark.parametrize("name", NAMES)
def test_arguments_and_configurations(name):
    ours = getattr(autograd_c.keras.optimizers, name)
    theirs = getattr(tensorflow.keras.optimizers, name)
    assert described(ours) == described(theirs)
    assert ours(0.5, name="n").get_config() == theirs(0.5, name="n").get_config()
    assert autograd_c.keras.optimizers.serialize(ours(0.5, name="n")) == (
        tensorflow.keras.optimizers.serialize(theirs(0.5, name="n"))
    )


def described(cls):
    """Names and defaults of arguments."""
    return [(p.name, p.default) for p in inspect.signature(cls).parameters.values()]


def test_what_one_saves_the_other_loads():
    def fresh(tf):
        vs = [tf.Variable(tf.constant([1.0, -2.0]), name="v")]
        optimizer = tf.keras.optimizers.Adam(0.125, amsgrad=True)
        optimizer.build(vs)
        return optimizer, vs

    def go_on(tf, optimizer, vs, steps):
        for k in steps:
            optimizer.apply_gradients([(tf.constant([1.0 + k, -0.5 * k]), vs[0])])
        return vs[0].numpy()

    for one, other in itertools.permutations([autograd_c, tensorflow]):
        optimizer, vs = fresh(one)
        middle = go_on(one, optimizer, vs, range(3))
        store = {}
        optimizer.save_own_variables(store)
        like, others = fresh(other)
        like.load_own_variables(store)
        others[0].assign(middle)
        np.testing.assert_allclose(
            go_on(one, optimizer, vs, range(3, 6)), go_on(other, like, others, range(3, 6)), 1e-4
        )


SCHEDULES = [
    ("ExponentialDecay", (0.5, 10, 0.5), {}),
    ("ExponentialDecay", (0.5, 10, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.5, 10, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([5, 10], [1.0, 0.5, 0.25]), {}),
    ("PolynomialDecay", (0.5, 10), {"power": 2.0}),
    ("PolynomialDecay", (0.5, 10), {"cycle": True}),
    ("CosineDecay", (0.5, 10), {"alpha": 0.25}),
    ("CosineDecay", (0.1, 10), {"warmup_target": 0.5, "warmup_steps": 7}),
    ("CosineDecayRestarts", (0.5, 8), {"m_mul": 0.5}),
    ("CosineDecayRestarts", (0.5, 8), {"t_mul": 1.0, "alpha": 0.1}),
]


@pytest.mark.parametrize(("name", "given", "arguments"), SCHEDULES)
def test_schedules(name, given, arguments):
    ours = getattr(autograd_c.keras.optimizers.schedules, name)
    theirs = getattr(tensorflow.keras.optimizers.schedules, name)
    assert described(ours) == described(theirs)
    a, b = ours(*given, **arguments), theirs(*given, **arguments)
    assert a.get_config() == b.get_config()
    for step in range(40):
        x, y = a(step), b(step)
        assert x.dtype.name == y.dtype.name and tuple(x.shape) == tuple(y.shape)
        np.testing.assert_allclose(x.numpy(), y.numpy(), 1e-5, 1e-6, err_msg=str(step))


def test_modules_find_the_same_in_the_same_order():
    def found(tf):
        class Inner(tf.Module):
            def __init__(self, name=None):
                super().__init__(name)
                with self.name_scope:
                    self.z = tf.Variable(1.0, name="z")
                    self.a = [tf.Variable(2.0), {"k": (tf.Variable(3.0, name="k"), self.z)}]
                self.fixed = tf.Variable(1.0, trainable=False, name="fixed")

        class Outer(tf.Module):
            def __init__(self):
                super().__init__()
                self.second = Inner("second")
                self.b = tf.Variable(0.0, name="b")
                self.first = {"y": [Inner("y")], "x": Inner()}
                self.itself = self

            @tf.Module.with_name_scope
            def __call__(self):
                self.late = tf.Variable(1.0, name="late")
                self.third = Inner("third")

        outer = Outer()
        outer()
        return (
            [v.name for v in outer.variables],
            [v.name for v in outer.trainable_variables],
            [v.name for v in outer.non_trainable_variables],
            [m.name for m in outer.submodules],
            [m.name_scope.name for m in outer.submodules],
        )

    assert found(autograd_c) == found(tensorflow)
