"""Maps over rows within maps: the inner function is called once, and each row gets what a call with
it alone gives."""

from __future__ import annotations

import itertools
import signal
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c import func
from autograd_c.func import grad, vmap

from ..control.test_function_programs import EXAMPLES, arrays, seeds
from ..function_programs import NAMES, Calls, blocks, steps_of

RANDOM = np.random.default_rng(31)
X, Y = tf.constant(RANDOM.normal(size=(3, 2))), tf.constant(RANDOM.normal(size=(4, 2)))
W = tf.constant([0.5, -1.5], tf.float64)
SCALE = tf.Variable([1.0, -2.0], dtype=tf.float64)


def close(found, expected, rtol=1e-12, atol=1e-13):
    for a, b in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=rtol, atol=atol)


def stacked(results):
    return tf.nest.map_structure(lambda *same: tf.stack(same), *results)


def by_loops(f, x, y):
    """f of each pair of rows, stacked twice."""
    return stacked([stacked([f(a, b) for b in tf.unstack(y)]) for a in tf.unstack(x)])


class Counted:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


# ---------------------------------------------------------------- what is done with all at once


@tf.custom_gradient
def doubled(x):
    return 2.0 * x, lambda g: 3.0 * g * x


def slope(x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = tf.reduce_sum(tf.sin(x * y * SCALE))
    return {"z": z, "slopes": tape.gradient(z, [x, SCALE])}


def jacobian_of_a_batch(x, y):
    with tf.GradientTape() as tape:
        rows = tf.stack([x, y])
        tape.watch(rows)
        z = tf.sin(rows) * tf.reduce_sum(rows, 1)[:, None]
    return tape.batch_jacobian(z, rows)


def pushed(x, y):
    with tf.autodiff.ForwardAccumulator(x, y) as accumulator:
        z = tf.sin(x * W) * x
    return accumulator.jvp(z)


def until(x, y):
    return tf.while_loop(
        lambda i, z: (tf.reduce_sum(z * z) > 0.1) & (i < 20),
        lambda i, z: (i + 1, 0.5 * z * tf.tanh(x)),
        (tf.constant(0), y),
    )


def assigned(x, y):
    z = x * y
    z[0] = tf.reduce_sum(y)
    return z


def list_of_rounds(x, y):
    rows = tf.TensorArray(tf.float64, 2)
    return tf.while_loop(
        lambda i, rows: i < 2, lambda i, rows: (i + 1, rows.write(i, x * y)), (0, rows)
    )[1].stack()


# name: a function of two rows [2].
AT_ONCE = {
    "value": lambda x, y: tf.exp(-tf.reduce_sum((x - y) ** 2)),
    "from outside": lambda x, y: tf.reduce_sum(x * y * W) * SCALE,
    "structures": lambda x, y: {"a": x * y, "b": [tf.reduce_sum(x), y]},
    "of the outer row": lambda x, y: tf.sin(x),
    "of the inner row": lambda x, y: y,
    "a constant": lambda x, y: tf.constant([1.0, 2.0]),
    "integers": lambda x, y: tf.argmax(x * y),
    "indices": lambda x, y: x[tf.argmax(y)],
    "linear algebra": lambda x, y: tf.linalg.solve(
        tf.eye(2, dtype=tf.float64) + x[:, None] * x, y[:, None]
    ),
    "gradient": grad(lambda x, y: tf.reduce_sum(tf.sin(x * y)) * tf.norm(x)),
    "gradient of products": grad(lambda x, y: tf.reduce_prod(x * y)),
    "gradient by the inner row": lambda x, y: grad(lambda y: tf.reduce_sum(tf.sin(x * y)))(y),
    "gradient by the outer row": lambda x, y: grad(lambda x: tf.reduce_sum(tf.sin(x * y)))(x),
    "gradient of nothing done": grad(lambda x, y: tf.reduce_sum(tf.identity(x))),
    "a tape": slope,
    "batch_jacobian": jacobian_of_a_batch,
    "backwards": func.jacrev(lambda x, y: tf.sin(x) * y[0] * x[1]),
    "forwards": func.jacfwd(lambda x, y: tf.sin(x) * y[0] * x[1]),
    "hessian": func.hessian(lambda x, y: tf.reduce_sum(tf.sin(x * y) ** 2)),
    "tangent": lambda x, y: func.jvp(lambda x: tf.sin(x) * y, (x,), (y,)),
    "an accumulator": pushed,
    "custom gradient": grad(lambda x, y: tf.reduce_sum(doubled(x * y) * y)),
    "recomputed": grad(lambda x, y: tf.reduce_sum(tf.recompute_grad(tf.sin)(x * y))),
    "branch": lambda x, y: tf.cond(x[0] * y[0] > 0, lambda: x, lambda: tf.exp(y)),
    "branch of the outer row": lambda x, y: tf.cond(x[0] > 0, lambda: x * y, lambda: tf.exp(y)),
    "case": lambda x, y: tf.switch_case(
        tf.cast(tf.floor(x[0] * y[0]), tf.int32), [lambda: x, lambda: y, lambda: x * y]
    ),
    "until": until,
    "slope of until": grad(lambda x, y: tf.reduce_sum(until(x, y)[1])),
    "scan": lambda x, y: tf.scan(lambda h, e: tf.sin(h) * x + e, tf.stack([y, 2.0 * y]), x),
    "map_fn": lambda x, y: tf.map_fn(lambda e: e * x, y),
    "foldl": lambda x, y: tf.foldl(lambda h, e: h + e * x, y, x),
    "a list": list_of_rounds,
    "assigned elements": assigned,
    "recorded": tf.function(lambda x, y: tf.cond(x[0] > 0, lambda: x * y, lambda: y)),
}
MAPS = {
    "vmap": lambda f, x, y: vmap(vmap(f, (None, 0)), (0, None))(x, y),
    "closures": lambda f, x, y: vmap(lambda a: vmap(lambda b: f(a, b))(y))(x),
    "vectorized_map": lambda f, x, y: tf.vectorized_map(
        lambda a: tf.vectorized_map(lambda b: f(a, b), y), x
    ),
    "both": lambda f, x, y: tf.vectorized_map(lambda a: vmap(f, (None, 1))(a, tf.transpose(y)), x),
    "of recorded": lambda f, x, y: vmap(tf.function(lambda a: vmap(lambda b: f(a, b))(y)))(x),
}


@pytest.mark.parametrize("name", AT_ONCE)
@pytest.mark.parametrize("maps", MAPS)
def test_values(name, maps):
    f = Counted(AT_ONCE[name])
    close(MAPS[maps](f, X, Y), by_loops(AT_ONCE[name], X, Y))
    assert f.calls == 1


def floats(result):
    return [tf.sin(y) for y in tf.nest.flatten(result) if y.dtype.is_floating]


def derivatives(f):
    """By a tape around the maps and another one around that, and forwards."""

    def total(x, y):
        return tf.add_n([tf.reduce_sum(z * tf.cast(z, z.dtype)) for z in floats(f(x, y))])

    def slopes():
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([X, Y])
            with tf.GradientTape() as tape:
                tape.watch([X, Y, W])
                z = total(X, Y)
            first = tape.gradient(z, [X, Y, W, SCALE], unconnected_gradients="zero")
            sums = tf.add_n([tf.reduce_sum(tf.sin(tf.convert_to_tensor(g))) for g in first])
        with tf.autodiff.ForwardAccumulator([X, Y], [Y[:3], 2.0 * Y]) as accumulator:
            z = total(X, Y)
        tangent = accumulator.jvp(z, unconnected_gradients="zero")
        second = outer.gradient(sums, [X, SCALE], unconnected_gradients="zero")
        return [*map(tf.convert_to_tensor, [*first, *second]), tangent]

    return slopes()


# What has no second derivative by a tape that was there before it.
SECOND_REFUSED = {"integers", "a constant"}


@pytest.mark.parametrize("name", [n for n in AT_ONCE if n not in SECOND_REFUSED])
def test_derivatives_around(name):
    f = AT_ONCE[name]
    found = derivatives(lambda x, y: MAPS["closures"](f, x, y))
    close(found, derivatives(lambda x, y: by_loops(f, x, y)), 1e-9)


@pytest.mark.parametrize("name", ["value", "gradient", "branch", "until", "scan", "a tape"])
def test_derivatives_between(name):
    f = Counted(AT_ONCE[name])

    def of_row(rows):
        def between(x):
            with tf.GradientTape() as tape:
                tape.watch([x, W])
                z = tf.add_n([tf.reduce_sum(z) for z in floats(rows(x))])
            slopes = tape.gradient(z, [x, W, SCALE], unconnected_gradients="zero")
            with tf.autodiff.ForwardAccumulator(x, tf.cos(x)) as accumulator:
                z = floats(rows(x))
            return [*map(tf.convert_to_tensor, slopes), *accumulator.jvp(z)]

        return between

    found = vmap(of_row(lambda x: vmap(lambda y: f(x, y))(Y)))(X)
    assert f.calls == 2
    each = of_row(lambda x: stacked([f.function(x, y) for y in tf.unstack(Y)]))
    close(found, stacked([each(x) for x in tf.unstack(X)]), 1e-10)


def test_three_levels_and_nine():
    a = tf.constant(RANDOM.normal(size=(2, 3, 4, 2)))
    f = Counted(lambda x, y, z: grad(lambda z: tf.reduce_sum(tf.sin(x * y * z)))(z))
    found = vmap(lambda x: vmap(lambda y: vmap(lambda z: f(x[0, 0], y[0], z))(y))(x))(a)
    assert f.calls == 1
    for i, j, k in itertools.product(range(2), range(3), range(4)):
        close(found[i, j, k], f.function(a[i, 0, 0], a[i, j, 0], a[i, j, k]))

    def nested(depth):
        inner = tf.sin if depth == 1 else nested(depth - 1)
        return lambda x: vmap(inner)(tf.stack([x, 2.0 * x]))

    found = nested(9)(W)
    assert found.shape == (*[2] * 9, 2)
    close(found[(0,) * 9], tf.sin(W))
    close(found[(1,) * 8 + (0,)], tf.sin(2.0**8 * W))


def test_places_of_axes():
    f = Counted(lambda x, pair, scale: (x * pair["a"], {"b": pair["b"] * scale, "none": None}))
    pair = {"a": tf.transpose(Y), "b": tf.constant(RANDOM.normal(size=(2, 3, 4)))}
    inner = vmap(f, in_axes=(None, {"a": 1, "b": -1}, None), out_axes=(1, 0))
    outer = vmap(inner, in_axes=(-1, {"a": None, "b": 1}, None), out_axes=(2, {"b": 1, "none": 0}))
    first, second = outer(tf.transpose(X), pair, 3.0)
    assert f.calls == 1 and second["none"] is None
    close(first, tf.transpose(X[:, None] * Y, [2, 1, 0]))
    close(second["b"], tf.transpose(pair["b"], [2, 1, 0]) * 3.0)
    same = vmap(lambda x: vmap(lambda y: x, out_axes=None)(Y))(X)
    close(same, X)


@pytest.mark.parametrize(("outer", "inner"), [*itertools.product((0, 1, 3), (0, 1, 4))])
def test_few_rows(outer, inner):
    f = Counted(lambda x, y: x * tf.sin(y))
    x, y = X[:outer], Y[:inner]
    found = vmap(lambda a: vmap(lambda b: f(a, b))(y))(x)
    assert f.calls == 1
    close(found, x[:, None] * tf.sin(y))


# ---------------------------------------------------------------- what is done with each row


def read_of_the_outer_row(x, y):
    return y if x[0] > 0 else x * y


def read_of_both(x, y):
    return x if float(x[0] * y[0]) > 0 else y.numpy() * x


def in_memory_from_outside():
    z = tf.zeros([2], tf.float64)

    def f(x, y):
        z[0] = y[0]
        return z * x

    return f


def printed(x, y):
    tf.print(x * y, output_stream=lambda text: None)
    return x * y


def counted_by_a_variable():
    count = tf.Variable(0.0, dtype=tf.float64)

    def f(x, y):
        count.assign_add(1.0)
        return x * y * count

    return f


# name: makes a function of two rows.
APART = {
    "read of the outer row": lambda: read_of_the_outer_row,
    "read of the inner row": lambda: lambda x, y: x * float(y[0]),
    "read of both": lambda: read_of_both,
    "memory from outside": in_memory_from_outside,
    "memory of its own": lambda: lambda x, y: in_memory_from_outside()(x, y),
    "print": lambda: printed,
    "host": lambda: lambda x, y: tf.numpy_function(np.sinh, [x * y], tf.float64),
    "a Variable counts": counted_by_a_variable,
    "a Variable of its own": lambda: lambda x, y: tf.Variable(y) * x,
    "recorded with a guard": lambda: tf.function(read_of_the_outer_row),
}


@pytest.mark.parametrize("name", APART)
@pytest.mark.parametrize("maps", [m for m in MAPS if m != "of recorded"])
def test_what_depends_on_the_row_in_python(name, maps):
    close(MAPS[maps](APART[name](), X, Y), by_loops(APART[name](), X, Y))


def test_reads_of_an_inner_row_are_made_once_for_all_outer_rows():
    f = Counted(lambda x, y: x * float(y[0]))
    vmap(lambda x: vmap(lambda y: f(x, y))(Y))(X)
    assert f.calls == 1 + len(Y)


def draws():
    generator = tf.random.Generator.from_seed(3)
    return {
        "normal": lambda x, y: x * tf.random.normal([2], dtype=tf.float64),
        "a seed": lambda x, y: x * tf.random.uniform([2], dtype=tf.float64, seed=3),
        "by the row": lambda x, y: tf.random.normal([2], y, dtype=tf.float64),
        "gamma": lambda x, y: tf.random.gamma([], tf.exp(x), dtype=tf.float64),
        "generator": lambda x, y: y * generator.normal([2], dtype=tf.float64),
        "stateless": lambda x, y: y * tf.random.stateless_normal([2], [1, 2], dtype=tf.float64),
        "in a loop": lambda x, y: tf.while_loop(
            lambda i, z: i < 3,
            lambda i, z: (i + 1, z + tf.random.normal([2], dtype=tf.float64)),
            (0, x),
        )[1],
    }


@pytest.mark.parametrize("name", draws())
def test_random_numbers_are_those_of_the_rows(name):
    results = []
    for mapped in (MAPS["closures"], by_loops):
        tf.random.set_seed(5)
        f = draws()[name]
        # What is drawn next says that nothing else has been drawn.
        results.append([mapped(f, X, Y), f(X[0], Y[0]), tf.random.normal([2])])
    close(*results)


def test_numbers_that_are_drawn_between():
    results = []
    for rows in (lambda f, y: vmap(f)(y), lambda f, y: stacked([f(b) for b in tf.unstack(y)])):

        def outer(x, rows=rows):
            return rows(lambda y: x * y, Y) * tf.random.normal([2], dtype=tf.float64)

        for mapped in (lambda f: vmap(f)(X), lambda f: stacked([f(x) for x in tf.unstack(X)])):
            tf.random.set_seed(6)
            results.append(mapped(outer))
    for found in results[1:]:
        close(found, results[0])


def test_what_python_keeps_of_rows():
    def outer(mapped):
        def f(x):
            kept = []
            mapped(lambda y: kept.append(x * y) or y)
            return tf.stack(kept[-len(Y) :])

        return f

    found = vmap(outer(lambda f: vmap(f)(Y)))(X)
    close(found, X[:, None] * Y)
    last = []

    def g(x):
        vmap(lambda y: last.append(tf.sin(y)) or y)(Y)
        return x * last[-1]

    close(vmap(g)(X), X * tf.sin(Y[-1]))


# ---------------------------------------------------------------- tapes that were there before


def by_a_tape_of_the_outer_row(rows):
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            w = tf.sin(x)
        return rows(lambda z: tape.gradient(w, x, output_gradients=z), Y), rows(
            lambda z: tape.jacobian(w, x) * z, Y
        )

    return f


def by_an_open_tape(rows):
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            w, z = tf.sin(x), Y * x
            return rows(lambda row: tape.gradient(tf.reduce_sum(row * w), x), z)

    return f


def by_an_accumulator(rows):
    def f(x):
        with tf.autodiff.ForwardAccumulator(x, tf.cos(x)) as accumulator:
            z = Y * x
            return rows(lambda row: accumulator.jvp(tf.sin(row) * x), z)

    return f


def of_what_it_is_given(rows):
    """The tape knows nothing but what it watches."""

    def f(x):
        def inner(row):
            with tf.GradientTape() as tape:
                tape.watch(row)
            return tape.gradient(row, row, output_gradients=x)

        return rows(inner, Y)

    return f


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "of_outer",
    [
        by_a_tape_of_the_outer_row,
        by_an_open_tape,
        by_an_accumulator,
        of_what_it_is_given,
    ],
)
def test_tapes_and_accumulators_that_are_asked_within(of_outer):
    def loop(f, rows):
        return stacked([f(row) for row in tf.unstack(rows)])

    found = vmap(of_outer(lambda f, rows: vmap(f)(rows)))(X)
    close(found, loop(of_outer(loop), X))


@pytest.mark.filterwarnings("ignore")
def test_a_tape_that_knows_the_rows_of_a_single_map():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([X, W])
        rows, w = tf.sin(X), tf.cos(W)
        for source in (X, W):
            f = lambda row: tape.gradient(row * w * row, source)  # noqa: B023, E731
            close(vmap(f)(rows), stacked([f(row) for row in tf.unstack(rows)]))
    f = Counted(lambda g: tape.gradient(w, W, output_gradients=g))
    close(vmap(f)(Y), -tf.sin(W) * Y)
    assert f.calls <= 2  # it knows none of these


# ---------------------------------------------------------------- threads and signals


def test_threads_share_what_their_functions_close_over():
    expected = grad(lambda w: tf.reduce_sum(tf.sin(X[:, None] * Y * w * SCALE)))(W)
    found, counts = [], []

    def work():
        for _ in range(50):
            f = Counted(lambda x, y: tf.reduce_sum(tf.sin(x * y * W * SCALE)))
            with tf.GradientTape() as tape:
                tape.watch(W)
                z = tf.reduce_sum(MAPS["closures"](f, X, Y))
            found.append(tape.gradient(z, W))
            counts.append(f.calls)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 200
    for slope in found:
        close(slope, expected)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer")
def test_an_interrupt_leaves_nothing_behind():
    expected = by_loops(AT_ONCE["until"], X, Y)
    interrupted = 0

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for k in range(40):
            try:
                # Again and again: errors of the handler are lost where nobody can get them, such as
                # in what hypothesis does when garbage is collected.
                signal.setitimer(signal.ITIMER_REAL, 1e-4 * (1 + k % 20), 0.01)
                while True:
                    MAPS["closures"](AT_ONCE["until"], X, Y)
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted == 40
    f = Counted(AT_ONCE["until"])
    close(MAPS["closures"](f, X, Y), expected)
    assert f.calls == 1


# ---------------------------------------------------------------- errors


def test_errors_are_those_of_a_call():
    with pytest.raises(ValueError, match="matmul"):
        vmap(lambda x: vmap(lambda y: tf.linalg.matmul(x, y))(Y))(X)
    with pytest.raises(KeyError, match="mine"):
        vmap(lambda x: vmap(lambda y: {}["mine"])(Y))(X)
    with pytest.raises(TypeError, match="would be lost"):
        grad(lambda x: tf.reduce_sum(vmap(lambda a: vmap(lambda y: y * float(a[0]))(Y))(x)))(X)
    with pytest.raises(IndexError):
        vmap(lambda x: vmap(lambda y, i: tf.gather(x * y, i))(Y, tf.constant([0, 1, 2, 0])))(X)
    # Nothing is left behind.
    close(vmap(lambda x: vmap(lambda y: x * y)(Y))(X), X[:, None] * Y)


def test_an_error_that_is_caught():
    def f(x, y):
        try:
            return x * y if x[0] > 0 else y
        except Exception:
            return x

    close(MAPS["closures"](f, X, Y), by_loops(f, X, Y))


# ---------------------------------------------------------------- random programs

many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
# What the loops themselves cannot compute is nothing to compare with.
REFUSED = (NotImplementedError, RuntimeError)


@many
@given(blocks(pure=True), st.sampled_from(((), (3,))), seeds)
def test_random_programs(block, shape, seed):
    """Values and derivatives of what programs make of pairs of rows."""
    for kind, *what in steps_of(block):
        if kind == "derivative":
            # By what tf.grad_pass_through closes over it depends on who else knows the argument.
            assume(all(other != "through" for other, *_ in steps_of(what[-1])))
        # Of what is the same for all rows it gets the sum of their cotangents, and is not linear.
        assume(kind != "rule" or what[0] != "clipped")
    calls = Calls(block, lambda f: f, shape, "float64")

    def function(x, y):
        values = dict(zip(NAMES, (x, y, x + y), strict=True))
        calls.run(block, values)
        return [tf.tanh(z) for z in values.values()]

    pairs = [tf.constant(np.stack(rows)) for rows in zip(*arrays(shape, "float64", seed))]

    def outcome(mapped):
        with tf.GradientTape() as tape:
            tape.watch(pairs)
            results = mapped(function, *pairs)
            total = tf.add_n([tf.reduce_sum(z * 0.5) for z in results])
        slopes = tape.gradient(total, pairs, unconnected_gradients="zero")
        return [*results, *map(tf.convert_to_tensor, slopes)]

    try:
        expected = outcome(by_loops)
    except REFUSED:
        return
    # A sum over pairs that goes through float32 is rounded otherwise than its terms are.
    is_narrow = any(kind == "unary" and what[1] == "narrow" for kind, *what in steps_of(block))
    tolerance = 1e-5 if is_narrow else 1e-9
    for a, b in zip(outcome(MAPS["closures"]), expected, strict=True):
        size = 1.0 + np.max(np.abs(b.numpy()), initial=0.0)
        close(a / size, b / size, tolerance, 0.1 * tolerance)
