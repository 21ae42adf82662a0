"""Recorded functions on many short rows, which are computed by columns: what eager execution gives.

Results are compared bit by bit, signs of zeros and NaN included. Random programs pick, join,
repeat, reshape and reduce parts of rows, and compute with them; the sizes are such that there is
less than one block of rows, several, and parts for several threads.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_c as tf

FUZZ = os.environ.get("AUTOGRAD_C_FUZZ", "")
EXAMPLES = 60 if not FUZZ else int(FUZZ) if FUZZ.isdigit() else 20_000

many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
ROWS = (16, 17, 100, 300, 1024, 2500, 70_000)


def same(a, b, signs=True):
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype and a.shape == b.shape
    assert np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if signs:
        keep = a == a
        assert a[keep].tobytes() == b[keep].tobytes()


def agree(f, *args):
    """A record by columns, the same operation by operation, and the function itself.

    Sweeps that are not recorded add cotangents up otherwise, which signs of zeros show.
    """
    g = tf.function(lambda unused, *args: f(*args))
    unused = tf.constant(0.0)
    eager = [x.numpy() for x in tf.nest.flatten(f(*args))]
    g(unused, *args)
    with tf.GradientTape() as tape:
        tape.watch(unused)  # then nothing is planned
        expected = [x.numpy() for x in tf.nest.flatten(g(unused, *args))]
    for _ in range(2):
        found = [x.numpy() for x in tf.nest.flatten(g(unused, *args))]
        assert len(found) == len(expected) == len(eager)
        for a, b, c in zip(found, expected, eager):
            same(a, b)
            same(a, c, signs=False)


def with_gradient(f):
    def both(*args):
        with tf.GradientTape() as tape:
            tape.watch(args)
            y = f(*args)
            total = sum(tf.reduce_sum(part * part) for part in tf.nest.flatten(y))
        return y, tape.gradient(total, args, unconnected_gradients="zero")

    return both


def numbers(seed, *shape, dtype="float64"):
    return tf.constant(np.random.default_rng(seed).normal(size=shape), dtype)


# ---------------------------------------------------------------- what users write


def rotated(x, angle):
    """Points, turned about an axis by an angle."""
    axis = tf.stack([x[:, 0], x[:, 1], 1.0 + x[:, 2] * x[:, 2]], -1)
    axis = axis / tf.norm(axis, axis=1, keepdims=True)
    cross = tf.linalg.cross(axis, x)
    along = tf.reduce_sum(axis * x, 1, keepdims=True)
    return x * tf.cos(angle) + cross * tf.sin(angle) + axis * along * (1.0 - tf.cos(angle))


def product_of_quaternions(a, b):
    a0, a1, a2, a3 = tf.unstack(a, axis=-1)
    b0, b1, b2, b3 = tf.unstack(b, axis=-1)
    return tf.stack(
        [
            a0 * b0 - a1 * b1 - a2 * b2 - a3 * b3,
            a0 * b1 + a1 * b0 + a2 * b3 - a3 * b2,
            a0 * b2 - a1 * b3 + a2 * b0 + a3 * b1,
            a0 * b3 + a1 * b2 - a2 * b1 + a3 * b0,
        ],
        axis=-1,
    )


def lorenz(x, rates):
    """A step of many systems, with rates that are the same for all."""
    a, b, c = x[:, 0:1], x[:, 1:2], x[:, 2:3]
    slope = tf.concat([rates[0] * (b - a), a * (rates[1] - c) - b, a * b - rates[2] * c], 1)
    return x + 0.01 * slope


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", ROWS)
def test_programs_of_users(rows, dtype):
    x, q = numbers(1, rows, 3, dtype=dtype), numbers(2, rows, 4, dtype=dtype)
    angle, p = numbers(3, rows, 1, dtype=dtype), numbers(4, rows, 4, dtype=dtype)
    for f, args in (
        (rotated, (x, angle)),
        (product_of_quaternions, (q, p)),
        (lorenz, (x, tf.constant([10.0, 28.0, 8 / 3], dtype))),
    ):
        agree(f, *args)
        agree(with_gradient(f), *args)


def test_complex_and_integer_rows():
    z = tf.complex(numbers(1, 4000, 2), numbers(2, 4000, 2))

    def products(z):
        a, b = z[:, :1], z[:, 1:]
        return tf.concat([a * b, a - b, tf.concat([b, a], 1) * a], 1), tf.math.real(z * z)

    agree(products, z)
    n = tf.constant(np.random.default_rng(0).integers(-9, 9, (6000, 3)), tf.int32)

    def sums(n):
        ahead = tf.concat([n[:, 1:], n[:, :1]], 1)
        turned = n[:, ::-1] * ahead
        return turned, tf.where(turned > n, ahead, -n), tf.cast(turned, tf.float64) * 0.5

    agree(sums, n)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_norms_of_all_sizes(dtype):
    """Where squares leave the range, the instructions are called one by one."""
    info = np.finfo(dtype)
    special = np.array([0.0, -0.0, 1.0, info.max, info.tiny, info.max / 3, 1e-30, np.inf, np.nan])
    random = np.random.default_rng(5)
    regular = random.normal(size=(9000, 3)).astype(dtype)
    for k in range(len(special) ** 2):
        x = regular.copy()
        x[random.integers(9000)] = [special[k % 9], special[k // 9], 0.0]
        if k % 2:
            x[:50] = 0

        def f(x):
            size = tf.norm(x, axis=1, keepdims=True)
            unit = tf.math.divide_no_nan(x, size)
            return tf.concat([unit[:, 1:], unit[:, :1] * size, size], 1), unit * unit[:, :1]

        agree(f, tf.constant(x))
    agree(with_gradient(f), tf.constant(regular))
    agree(with_gradient(f), tf.constant(x))


def test_rows_that_lie_otherwise():
    """Parts and transposes of other arrays, and one number for all rows."""
    wide = np.random.default_rng(0).normal(size=(5, 8000))

    def f(x, y, w):
        y = tf.concat([y[:, 1:], y[:, :1]], 1) + x[:, :1] * w
        return y, x * y[:, 1:2] + w, tf.reduce_sum(x * y, 1)

    def with_parts(x, y, w):
        """Of which one is a view that is made elsewhere."""
        first = tf.transpose(tf.stack([x[:, 0], y[:, 1]]))[:, 1:]
        return f(x, y, w)[0] * first + first, tf.exp(
            tf.concat([tf.zeros_like(y), y], 1)[:, 1:5] + 1.0
        )

    x, y = tf.constant(wide).numpy().T[:, :3], np.ascontiguousarray(wide.T)[:, 1:4]
    recorded = tf.function(f)
    for a, b in ((x, y), (y, x), (x[::-1], y), (np.broadcast_to(x[:1], x.shape), y)):
        args = tf.constant(a), tf.transpose(tf.constant(b.T)), tf.constant([1.0, -0.0, 2.0])
        for _ in range(2):
            for found, expected in zip(recorded(*args), f(*args)):
                same(found.numpy(), expected.numpy())
        agree(with_parts, *args)


def test_one_number_for_all():
    """Zeros, ones and what is broadcast lie in one place of memory."""

    def f(x, y):
        b = tf.concat([x[:, 1:] * y, x[:, :1]], 1)
        return tf.concat([b * y, b[:, ::-1]], 1)

    x, y = numbers(0, 16, 3), numbers(1, 16, 1)
    g = tf.function(f)
    g(x, y)
    ones, zeros = tf.ones([16, 3], tf.float64), tf.zeros([16, 1], tf.float64)
    for args in ((ones, y), (x, zeros), (tf.broadcast_to(y[:1], [16, 3]), y), (ones, zeros)):
        for _ in range(2):
            same(g(*args).numpy(), f(*args).numpy())
        agree(f, *args)
        agree(with_gradient(f), *args)

    def loop(x):
        def step(k, state):
            a, b, c = state[:, 0:1], state[:, 1:2], state[:, 2:3]
            return k + 1, state + 0.1 * tf.concat([b - a, a * c, x[:, :1] * b], 1)

        return tf.while_loop(lambda k, state: k < 3, step, (0, tf.ones_like(x)))[1]

    for rows in (16, 31, 2000):
        agree(with_gradient(loop), numbers(2, rows, 3))


def test_many_operands_that_are_broadcast():
    def f(x, *lines):
        for k, line in enumerate(lines):
            x = x * line if k % 2 else x + line
        return x

    for shape in ((1000, 100), (64, 64, 64), (1000, 3)):
        agree(f, numbers(0, *shape), *[numbers(k, shape[-1]) for k in range(1, 8)])
        agree(f, numbers(0, *shape), *[numbers(k, *shape[:-1], 1) for k in range(1, 8)])


def test_views_lie_as_they_do_elsewhere():
    """Sums are rounded by how what is summed lies."""

    def f(x, n):
        z = tf.concat([x[:, 1:] * n, x[:, :1] * n], 1) * n
        middle = z[:, 1:3]
        return (
            tf.reduce_sum(z[:, ::-1], 0),
            tf.reduce_sum(middle, 0),
            tf.reduce_sum(tf.broadcast_to(z[:, :1], [1000, 3])),
            tf.matmul(z[:, 1:2], z[:, 1:2], transpose_a=True),
            middle * n,
            tf.reduce_mean(tf.transpose(tf.reshape(z, [1000, 2, 2]), [0, 2, 1]), 0),
            z[:, 2:],
        )

    agree(f, numbers(0, 1000, 4), numbers(1, 1000, 1))
    agree(with_gradient(f), numbers(0, 1000, 4), numbers(1, 1000, 1))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 1.0,
        lambda x: 1.0 * x / 1.0,
        lambda x: x - 0.0,
        lambda x: -0.0 + x,
        lambda x: tf.concat([x], 0),
        lambda x: tf.identity(tf.reshape(x * 1.0, x.shape)),
    ],
)
@pytest.mark.parametrize("rows", [17, 1000])
def test_sums_of_what_is_computed_with_a_one_or_a_zero(f, rows):
    """It lies in C order, even if what it is computed from does not."""
    wide = numbers(0, 7, 2 * rows, dtype="float32")
    turned = tf.transpose(wide)
    parts = (turned[:rows, :3], turned[::-2, 4:], tf.broadcast_to(wide[:1, :3], [rows, 3]))

    @tf.function
    def sums(x):
        return tf.reduce_sum(f(x), 0), tf.reduce_sum(f(x)), tf.reduce_sum(f(x[:, ::-1])[1:], 0)

    @tf.function
    def alone(x):
        return f(x)

    for x in (numbers(0, rows, 3, dtype="float32"), *parts, *parts):
        agree(sums.python_function, x)
        for a, b in zip(sums(x), sums.python_function(x), strict=True):
            same(a, b)
        same(tf.reduce_sum(alone(x), 0), tf.reduce_sum(f(x), 0))


def test_sums_of_what_is_repeated():
    def f(x, y):
        z = tf.concat([x[:, 1:] * y, x[:, :1]], 1) * y
        repeated = tf.broadcast_to(z[:, :1] * y, z.shape)
        return (
            tf.reduce_sum(repeated, 1) * z[:, 0],
            tf.reduce_sum(tf.reshape(repeated, [-1, 1, z.shape[1]])[..., 1:], 2) * y,
            tf.reduce_sum(x, 1, keepdims=True) * z,
            tf.reduce_sum(tf.fill(x.shape, tf.constant(0.1, x.dtype)), 1, keepdims=True) * z,
        )

    for width in (5, 7, 11, 16):
        x, y = numbers(0, 9000, width), numbers(1, 9000, 1)
        for each in (x, tf.broadcast_to(y, x.shape), tf.broadcast_to(x[:1], x.shape)):
            agree(f, each, y)
            agree(with_gradient(f), each, y)


def test_numbers_of_rows_that_lie_apart():
    """One number for each row, of wider arrays, more than a run has readers for."""
    wide, x = numbers(0, 5000, 40), numbers(1, 5000, 3)

    def f(x, wide, *ys):
        y = x * wide[:, 35:36]
        for k, each in enumerate(ys):
            y = tf.concat([y[:, 1:], y[:, :1]], 1) * each + wide[:, k : k + 1]
        return y, tf.concat([*ys, wide[:, 7:8]], 1)

    parts = [wide[:, k : k + 1] for k in range(4)]
    agree(f, x, wide, *parts, wide[::-1, 5:6], tf.transpose(tf.stack([x[:, 0], x[:, 1]]))[:, 1:])
    agree(f, x, wide, *[wide[:, k, None] for k in range(7)])


def test_operands_that_look_like_rows():
    """As many numbers in a row as there are rows."""

    def f(x, table, line):
        y = tf.concat([x[:, :, 1:], x[:, :, :1]], 2) * table
        z = tf.stack([y[:, :, 0], y[:, :, 1] + line], 2)
        return z * table + y, tf.reduce_sum(z, 2) * line, z[:, ::-1] - table * table

    agree(f, numbers(1, 16, 16, 2), numbers(2, 16, 2), numbers(3, 16))
    agree(with_gradient(f), numbers(1, 16, 16, 2), numbers(2, 16, 2), numbers(3, 16))


def test_results_that_nothing_is_computed_for():
    def f(x, y):
        a = tf.concat([x[:, 1:], x[:, :1] * y, y], 1)
        b = tf.concat([y, y, x], 1)
        return a, b, b, tf.reshape(b, [-1, 5, 1]), a[:, 0], x[:, ::-1], a * 1.0, tf.zeros_like(a)

    agree(f, numbers(1, 5000, 3), numbers(2, 5000, 1))


def test_two_threads_run_one_program():
    from concurrent.futures import ThreadPoolExecutor

    f = tf.function(with_gradient(rotated))
    given = [(numbers(k, 20_000, 3), numbers(k + 9, 20_000, 1)) for k in range(8)]
    expected = [tf.nest.flatten(with_gradient(rotated)(*args)) for args in given]
    f(*given[0])
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            found = pool.map(lambda args: tf.nest.flatten(f(*args)), given)
            for a, b in zip(found, expected):
                for x, y in zip(a, b):
                    same(x.numpy(), y.numpy())


# ---------------------------------------------------------------- random programs


class Steps:
    """Random operations on arrays of some number of rows, by a seed."""

    def __init__(self, seed, rows, dtype):
        self.random = np.random.default_rng(seed)
        self.rows, self.dtype = rows, dtype
        self.inputs = [
            self.values(rows, 3),
            self.values(rows, 1),
            self.values(rows, 2, 2),
            self.values(3),
        ]
        self.seed = int(self.random.integers(1 << 30))

    def values(self, *shape):
        x = self.random.normal(size=shape)
        x[self.random.random(shape) < 0.1] = 0.0
        x[self.random.random(shape) < 0.05] = -0.0
        return tf.constant(x, self.dtype)

    def __call__(self, a, b, m, w):
        random = np.random.default_rng(self.seed)
        known = [a, b, m, a * b, tf.reshape(m, [self.rows, 4])]
        for _ in range(random.integers(6, 25)):
            x = known[random.integers(len(known))]
            made = self.step(random, x, known, w)
            if int(np.prod(made.shape[1:])) <= 32:
                known.append(made)
        return [known[k] for k in random.integers(3, len(known), 3)]

    def step(self, random, x, known, w):
        rank = x.shape.rank
        last = x.shape[-1]
        kind = random.integers(15)
        if rank == 1 and kind not in (3, 6, 8, 9, 10, 12):
            return tf.expand_dims(x, 1)
        if kind == 0:
            return x[..., random.integers(last) :]
        if kind == 1:
            return x[..., ::-1]
        if kind == 2:
            others = [y for y in known if y.shape[:-1] == x.shape[:-1]]
            return tf.concat([x, others[random.integers(len(others))]], -1)
        if kind == 3:
            others = [y for y in known if y.shape == x.shape]
            return tf.stack(
                [x, others[random.integers(len(others))]], int(random.integers(1, rank + 1))
            )
        if kind == 4:
            axis = int(random.integers(1, rank)) if rank > 1 else None
            return x if axis is None else tf.reduce_sum(x, axis, keepdims=rank < 3)
        if kind == 5:
            return tf.norm(x, axis=-1, keepdims=True) if rank > 1 else x
        if kind == 6:
            return tf.reshape(x, [self.rows, -1])
        if kind == 7:
            order = [0, *(1 + random.permutation(rank - 1))]
            return tf.transpose(x, [int(k) for k in order])
        if kind == 8:
            others = [y for y in known if y.shape[:-1] == x.shape[:-1]]
            others = [y for y in others if y.shape[-1] == last or 1 in (y.shape[-1], last)]
            y = others[random.integers(len(others))]
            return (x * y, x + y, x - y, tf.maximum(x, y), tf.where(x > y, x, y))[
                random.integers(5)
            ]
        if kind == 9:
            return (x * 2.0, 1.0 - x, x + 0.0, x * 1.0, x - 0.0)[random.integers(5)]
        if kind == 10:
            return (tf.tanh, tf.exp, tf.abs, tf.negative, tf.square)[random.integers(5)](
                tf.clip_by_value(x, -3.0, 3.0)
            )
        if kind == 11:
            return x * w if last == 3 else x * w[int(random.integers(3))]
        if kind == 12:
            return tf.expand_dims(x, int(random.integers(1, rank + 1))) if rank < 4 else x
        if kind == 13:
            others = [y for y in known if rank == 3 and y.shape.rank == 3]
            others = [y for y in others if y.shape[1] == last]
            return tf.matmul(x, others[random.integers(len(others))]) if others else x
        return tf.broadcast_to(x, [*x.shape[:-1], 3]) if last == 1 else x[..., :1]


@pytest.mark.parametrize("kind", ["value", "gradient"])
@many
@given(
    seed=st.integers(0, 2**20),
    rows=st.sampled_from(ROWS[:-1]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_random_programs(kind, seed, rows, dtype):
    steps = Steps(seed, rows, dtype)
    f = steps if kind == "value" else with_gradient(steps)
    agree(f, *steps.inputs)
