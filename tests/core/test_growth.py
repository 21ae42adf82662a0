"""Work grows as the program does: twice as many steps look at twice as many records.

What is counted is what `_core.work` counts, records looked at and bytes taken, so that a busy
machine changes nothing. Each program is run at n and at 4 n steps; quadratic work would be 16 times
as much.
"""

import contextlib
import resource
import sys

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func
from autograd_c.core import _core

STEPS = 400


def work_of(program, n):
    """Records looked at, and bytes taken, by program(n)."""
    before = _core.work()
    program(n)
    return np.subtract(_core.work(), before)


def assert_linear(program, steps=STEPS):
    program(10)  # what is made once
    small, large = work_of(program, steps), work_of(program, 4 * steps)
    slack = np.array([1000, 100_000])
    assert np.all(large <= 5 * small + slack), f"{small} at {steps} steps, {large} at 4 times that"


def one():
    return tf.constant(1.0)


def test_work_counts_records_and_bytes():
    def sweep(n):
        x = one()
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                y = y * 1.01
        tape.gradient(y, x)

    records, slots = work_of(sweep, 5000)
    assert 5000 < records < 20_000 and slots > 5000
    _, taken = work_of(lambda n: tf.zeros([n]) + 1.0, 5000)
    assert 20_000 <= taken < 50_000


# ---------------------------------------------------------------- forward mode, asked at each step


@contextlib.contextmanager
def nothing(_x):
    yield


@contextlib.contextmanager
def tape_of_nothing(_x):
    with tf.GradientTape():
        yield


@contextlib.contextmanager
def tape_of_x(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        yield


@contextlib.contextmanager
def tape_of_another(_x):
    with tf.GradientTape() as tape:
        tape.watch(one())
        yield


@contextlib.contextmanager
def persistent_tapes(x):
    with contextlib.ExitStack() as stack:
        tapes = [stack.enter_context(tf.GradientTape(persistent=True)) for _ in range(3)]
        tapes[0].watch(x)
        yield


@contextlib.contextmanager
def accumulator_of_x(x):
    with tf.autodiff.ForwardAccumulator(x, one()):
        yield


@contextlib.contextmanager
def accumulator_of_another(_x):
    with tf.autodiff.ForwardAccumulator(one(), one()):
        yield


AROUND = [
    nothing,
    tape_of_nothing,
    tape_of_x,
    tape_of_another,
    persistent_tapes,
    accumulator_of_x,
    accumulator_of_another,
]


def asked_at_each_step(x, n, unit=None):
    with tf.autodiff.ForwardAccumulator(x, one() if unit is None else unit) as accumulator:
        y = x
        for _ in range(n):
            y = y * 0.999
            tangent = accumulator.jvp(y)
    return tangent


@pytest.mark.parametrize("around", AROUND)
def test_an_accumulator_is_asked_at_each_step(around):
    def program(n):
        x = one()
        with around(x):
            asked_at_each_step(x, n)

    assert_linear(program)


@pytest.mark.parametrize("inside", AROUND)
def test_an_outer_accumulator_is_asked_at_each_step(inside):
    def program(n):
        x = one()
        with tf.autodiff.ForwardAccumulator(x, one()) as outer, inside(x):
            y = x
            for _ in range(n):
                y = y * 0.999
                outer.jvp(y)

    assert_linear(program)


@pytest.mark.parametrize(
    "transform", [func.grad, lambda f: lambda x: func.jvp(f, (x,), (one(),))], ids=["grad", "jvp"]
)
def test_an_accumulator_is_asked_at_each_step_inside_a_transform(transform):
    assert_linear(lambda n: transform(lambda x: asked_at_each_step(x, n))(one()))


def test_an_accumulator_of_arrays_is_asked_at_each_step():
    x = tf.constant(np.ones(300))
    assert_linear(lambda n: asked_at_each_step(x, n, tf.ones_like(x)))


def test_tangents_that_were_passed_over_are_asked_for_later():
    x = tf.constant(np.ones(300))

    def program(n):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y, passed = x, []
            for _ in range(n):
                passed.append(y * 1.01)
                y = passed[-1] * 0.99
                accumulator.jvp(y)
        for z in passed:
            accumulator.jvp(z)

    assert_linear(program)


def test_an_accumulator_comes_to_watch_many():
    def program(n):
        given = [one() for _ in range(n)]
        with tf.autodiff.ForwardAccumulator(one(), one()) as accumulator:
            for x in given:
                accumulator.watch(x, one())
            total = one()
            for x in given:
                total = total + x
                accumulator.jvp(x)

    assert_linear(program)


# ---------------------------------------------------------------- small parts of a computed array

# Of a matrix of n rows, part i of n.
TAKE = {
    "gather": lambda y, i: tf.gather(y, i),
    "gather of a list": lambda y, i: tf.gather(y, [i]),
    "gather_nd": lambda y, i: tf.gather_nd(y, [i, 0]),
    "embedding_lookup": lambda y, i: tf.nn.embedding_lookup(y, [i, i]),
    "list": lambda y, i: y[[i]],
    "list and number": lambda y, i: y[[i], 0],
    "lists": lambda y, i: y[[i, i], [0, 1]],
    "mask": lambda y, i: y[np.arange(y.shape[0]) == i],
    "row": lambda y, i: y[i],
    "element": lambda y, i: y[i, 1],
    "rows": lambda y, i: y[i : i + 2],
    "new axis": lambda y, i: y[i, None, ::-1],
}
# Of a matrix of n columns, or of that and a last axis.
TAKE_COLUMN = {
    "gather": lambda y, i: tf.gather(y, [i], axis=1),
    "gather of batches": lambda y, i: tf.gather(y, [[i], [i]], axis=1, batch_dims=1),
    "list": lambda y, i: y[:, [i]],
    "lists": lambda y, i: y[[0, 1], [i, i]],
    "column": lambda y, i: y[:, i],
    "element": lambda y, i: y[-1, i],
}
SHAPES = {"rows": (TAKE, lambda n: (n, 2)), "columns": (TAKE_COLUMN, lambda n: (2, n))}
PARTS = [
    pytest.param(take, shape, id=f"{kind}: {name}")
    for kind, (takes, shape) in SHAPES.items()
    for name, take in takes.items()
]


def total_of_parts(take, y, n):
    total = tf.constant(0.0, tf.float64)
    for i in range(n):
        part = take(y, i)
        total = total + tf.reduce_sum(part * part * part)
    return total


def points(shape):
    return tf.constant(np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape))


@pytest.mark.parametrize("computed", [True, False], ids=["computed", "source"])
@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_gradients_of_many_parts(take, shape, computed):
    def program(n):
        x = points(shape(n))
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = total_of_parts(take, x * x if computed else x, n)
        tape.gradient(total, x)

    assert_linear(program, 200)


@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_gradients_of_gradients_of_many_parts(take, shape):
    def program(n):
        x = points(shape(n))
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = total_of_parts(take, x * x, n)
            slope = inner.gradient(total, x)
            size = tf.reduce_sum(slope * slope)
        outer.gradient(size, x)

    assert_linear(program, 200)


@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_tangents_of_many_parts(take, shape):
    def program(n):
        x = points(shape(n))
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            total = total_of_parts(take, x * x, n)
        accumulator.jvp(total)

    assert_linear(program, 200)


@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_tangents_of_gradients_of_many_parts(take, shape):
    def program(n):
        x = points(shape(n))
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = total_of_parts(take, x * x, n)
            slope = tape.gradient(total, x)
        accumulator.jvp(slope)

    assert_linear(program, 200)


@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_jacobians_of_few_sums_of_many_parts(take, shape):
    def program(n):
        x = points(shape(n))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            sums = tf.stack([total_of_parts(take, y, n), total_of_parts(take, 2.0 * y, n)])
        tape.jacobian(sums, x)

    assert_linear(program, 200)


@pytest.mark.parametrize(("take", "shape"), PARTS)
def test_jacobians_of_many_parts_cost_what_they_hold(take, shape):
    # A number of each part: the Jacobian has 2 n^2 numbers.
    def program(n):
        x = points(shape(n))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            parts = tf.stack([tf.reduce_sum(take(y, i)) for i in range(n)])
        tape.jacobian(parts, x)

    n = 240
    program(10)
    records, taken = work_of(program, n)
    assert records < 60 * n
    assert taken < 12 * 16 * n**2  # bytes


JOIN = {
    "split": lambda y, n: tf.split(y, n),
    "unstack": lambda y, n: tf.unstack(y),
    "iteration": lambda y, n: list(y),
    "concat": lambda y, n: [tf.concat([y[i : i + 2] for i in range(n)], 0)],
    "stack": lambda y, n: [tf.stack([y[i] for i in range(n)], 0)],
    "windows": lambda y, n: [y[i : i + 3][1:] for i in range(n)],
    "dynamic": lambda y, n: [y[tf.constant(i)] for i in range(n)],
}


@pytest.mark.parametrize("join", JOIN.values(), ids=JOIN)
@pytest.mark.parametrize("order", [1, 2])
def test_taking_apart_and_joining(join, order):
    def f(x):
        total = tf.constant(0.0, tf.float64)
        for part in join(x * x, x.shape[0]):
            total = total + tf.reduce_sum(part * part)
        return total

    def program(n):
        derivative = func.grad(f)
        if order == 2:
            derivative = func.grad(lambda x: tf.reduce_sum(func.grad(f)(x) ** 2))
        derivative(points((n,)))

    assert_linear(program)


# ---------------------------------------------------------------- transforms and tapes in a loop


def cube(a):
    return a * a * a * 0.3 + a


def inner_tape(y, _x):
    with tf.GradientTape() as tape:
        tape.watch(y)
        z = cube(y)
    return tape.gradient(z, y)


def inner_persistent_tape(y, _x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(y)
        z = cube(y)
        return tape.gradient(z, y)


def inner_accumulator(y, _x):
    with tf.autodiff.ForwardAccumulator(y, one()) as accumulator:
        return accumulator.jvp(cube(y))


def pause(y, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            z = y * x
    return z


@tf.custom_gradient
def custom(a):
    return cube(a), lambda upstream: upstream * 0.5


def custom_that_closes_over_the_source(y, x):
    @tf.custom_gradient
    def closed(a):
        return a * 0.999 + 0.0 * x, lambda upstream: upstream * 0.999

    return closed(y)


def custom_that_closes_over_the_last(y, x):
    @tf.custom_gradient
    def closed(a):
        return a * 0.999 + 0.0 * y, lambda upstream: upstream * 0.999

    return closed(x)


STEPS_OF_A_LOOP = {
    "grad": lambda y, _: func.grad(cube)(y),
    "value_and_grad": lambda y, _: func.value_and_grad(cube)(y)[1],
    "vjp": lambda y, _: func.vjp(cube, y)[1](one())[0],
    "jvp": lambda y, _: func.jvp(cube, (y,), (one(),))[1],
    "jvp of the source": lambda y, x: func.jvp(cube, (x,), (y,))[1],
    "jacrev": lambda y, _: func.jacrev(cube)(y),
    "jacfwd": lambda y, _: func.jacfwd(cube)(y),
    "hessian": lambda y, _: func.hessian(cube)(y),
    "tape": inner_tape,
    "persistent tape": inner_persistent_tape,
    "accumulator": inner_accumulator,
    "pause": pause,
    "custom_gradient": lambda y, _: custom(y),
    "closing over the source": custom_that_closes_over_the_source,
    "closing over the last": custom_that_closes_over_the_last,
    "recompute_grad": lambda y, _: tf.recompute_grad(cube)(y),
    "recompute_grad closing over the source": lambda y, x: tf.recompute_grad(lambda a: a + x)(y),
    "recompute_grad closing over the last": lambda y, x: tf.recompute_grad(lambda a: a + y)(x),
}


def loop_in_a_tape(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    tape.gradient(y, x)


def loop_in_an_accumulator(f, x):
    with tf.autodiff.ForwardAccumulator(x, one()) as accumulator:
        y = f(x)
    accumulator.jvp(y)


def loop_in_two_tapes(f, x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        slope = tape.gradient(y, x)
    outer.gradient(slope, x)


LOOPS = [
    loop_in_a_tape,
    loop_in_an_accumulator,
    loop_in_two_tapes,
    lambda f, x: func.grad(f)(x),
    lambda f, x: func.jvp(f, (x,), (one(),)),
    lambda f, x: func.grad(func.grad(f))(x),
]


def small_rise(step):
    """y moved a little by what the step returns, n times."""

    def of(n):
        def f(x):
            y = x
            for _ in range(n):
                y = y * 0.99 + step(y, x) * 0.001
            return y

        return f

    return of


@pytest.mark.parametrize("loop", LOOPS, ids=["tape", "acc", "tapes", "grad", "jvp", "grad grad"])
@pytest.mark.parametrize("step", STEPS_OF_A_LOOP.values(), ids=STEPS_OF_A_LOOP)
def test_transforms_and_tapes_in_a_loop(step, loop):
    rise = small_rise(step)
    assert_linear(lambda n: loop(rise(n), one()), 100)


def test_many_pauses():
    def program(n):
        x = one()
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                with tape.stop_recording():
                    tf.reduce_sum(y * x)
                y = y * 0.99
        tape.gradient(y, x)

    assert_linear(program)


@pytest.mark.parametrize("inside", [True, False], ids=["open", "left"])
@pytest.mark.parametrize("pairs", ["own source", "one source", "last"])
def test_a_persistent_tape_is_asked_for_many_small_gradients(pairs, inside):
    def program(n):
        x = one()
        asked = []
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                if pairs == "own source":
                    source = one()
                    tape.watch(source)
                    target = cube(source)
                elif pairs == "one source":
                    source, target = x, cube(x)
                else:
                    source, y = y, y * 0.999
                    target = y
                if inside:
                    with tape.stop_recording():
                        tape.gradient(target, source)
                asked.append((target, source))
        for target, source in asked if not inside else []:
            tape.gradient(target, source)

    # A sweep finds the few records that it needs without a walk once there are many others.
    assert_linear(program, 800)


def test_many_sources_and_targets():
    def program(n):
        given = [one() for _ in range(n)]
        variables = [tf.Variable(1.0) for _ in range(n)]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(given)
            results = [x * v for x, v in zip(given, variables, strict=True)]
            total = tf.add_n(results)
        tape.gradient(total, given)
        tape.gradient(results, variables)
        tape.gradient(total, results)

    assert_linear(program)


# ---------------------------------------------------------------- many watches, many tapes


def test_watches_of_used_tensors_are_linear():
    """Each asks whether records of the tape have used it."""

    def program(n):
        xs = [tf.constant(float(k)) for k in range(n)]
        with tf.GradientTape() as outer:
            outer.watch(xs)
            with tf.GradientTape(persistent=True) as inner:
                total = one()
                for x in xs:
                    total = total * x
                for x in reversed(xs):
                    inner.watch(x)
                total = one()
                for x in xs:
                    total = total + x * x
            inner.gradient(total, xs)

    assert_linear(program)


def resident():
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as statistics:
        return int(statistics.read().split()[1]) * resource.getpagesize()


def recorders_inside(kind, chained):
    """Rounds of a recorder inside an open tape that knows nothing of what it computes."""
    first = tf.constant(np.ones(1000))

    def accumulator(x):
        with tf.autodiff.ForwardAccumulator(x, x) as inner:
            y = tf.sin(x) * x
        return inner, y

    def persistent(x):
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = tf.sin(x) * x
        inner.gradient(y, x)
        return inner, y

    def rounds(n):
        x = first
        for _ in range(n):
            inner, y = {"accumulator": accumulator, "persistent": persistent}[kind](x)
            if chained:
                x = y
        return inner

    return rounds


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize("kind", ["accumulator", "persistent"])
def test_recorders_that_went_leave_no_arrays_in_an_open_tape(kind, chained):
    rounds = recorders_inside(kind, chained)
    other = one()
    with tf.GradientTape() as outer:
        outer.watch(other)
        last = rounds(100)
        before = resident()
        last = rounds(1500)  # of 24 KB each
    del last
    assert resident() - before < 8_000_000


def test_an_open_tape_keeps_what_it_knows():
    x = tf.constant(np.full(300_000, 0.5))
    with tf.GradientTape() as outer:
        outer.watch(x)
        for _ in range(3):
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.sin(x) * x
            slope = inner.gradient(y, x)
            with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
                z = tf.sin(x) * x
            tangent = accumulator.jvp(z)
            del inner, accumulator
    second = outer.gradient([slope, tangent], x).numpy()
    np.testing.assert_allclose(second, 2 * (2 * np.cos(0.5) - 0.5 * np.sin(0.5)), rtol=1e-12)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_steps_beside_an_old_tape_leave_nothing_behind():
    variables = [tf.Variable(float(k)) for k in range(50)]
    with tf.GradientTape(persistent=True) as old:
        before = sum(v * v for v in variables)

    def steps(n):
        for _ in range(n):
            with tf.GradientTape() as tape:
                total = sum(v * v for v in variables)
            tape.gradient(total, variables)

    steps(200)
    start = resident()
    steps(2000)
    assert resident() - start < 2_000_000  # it was 63 bytes a Variable and step
    assert [float(g) for g in old.gradient(before, variables)] == [2.0 * k for k in range(50)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_persistent_tapes_of_one_variable_take_memory_of_their_own_alone():
    v = tf.Variable(3.0)
    start, tapes = resident(), []
    for _ in range(2000):
        with tf.GradientTape(persistent=True) as tape:
            y = v * v
        tapes.append((tape, y))
    assert resident() - start < 2000 * 20_000
    assert all(float(tape.gradient(y, v)) == 6.0 for tape, y in tapes[::100])


# ---------------------------------------------------------------- arrays filled piece by piece


@pytest.mark.parametrize("shape", [(), (10,)])
@pytest.mark.parametrize("order", [1, 2])
def test_filling_an_array_costs_what_its_pieces_do(shape, order):
    def fill(n):
        x = tf.constant(np.linspace(1.0, 2.0, n)[(..., *[None] * len(shape))] * np.ones(shape))
        with contextlib.ExitStack() as stack:
            tapes = [stack.enter_context(tf.GradientTape()) for _ in range(order)]
            for tape in tapes:
                tape.watch(x)
            y = tf.zeros([n, *shape], tf.float64)
            for i in range(n):
                y[i] = x[i] * x[i]
            g = tf.reduce_sum(y)
            if order == 2:
                g = tf.reduce_sum(tapes[1].gradient(g, x))
        np.testing.assert_allclose(
            tapes[0].gradient(g, x), 2.0 * x if order == 1 else 2.0 + 0.0 * x
        )

    assert_linear(fill, STEPS if order == 1 else 4 * STEPS)


@pytest.mark.parametrize("shape", [(), (10,)])
@pytest.mark.parametrize("rows", [False, True])
def test_filling_an_array_forwards_costs_what_its_pieces_do(shape, rows):
    def fill(n):
        x = tf.constant(np.linspace(1.0, 2.0, n)[(..., *[None] * len(shape))] * np.ones(shape))
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = tf.zeros([n, *shape], tf.float64)
            for i in range(n):
                y[[i] if rows else i] = x[i] * x[i]
            tangent = accumulator.jvp(y)
        np.testing.assert_allclose(tangent, 2.0 * x)

    assert_linear(fill)


@pytest.mark.parametrize("width", [2, 10, 100])
@pytest.mark.parametrize("augmented", [False, True])
def test_rows_made_of_the_rows_before_cost_what_they_hold(width, augmented):
    """A row that is kept for its derivative must not keep all rows from being written to."""

    def fill(n):
        x = tf.constant(np.linspace(1.0, 2.0, width))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.zeros([n, width], tf.float64)
            y[0] = x
            for i in range(n - 1):
                if augmented:
                    y[i + 1] += tf.sin(y[i]) * x
                else:
                    y[i + 1] = y[i] + 0.01 * x * tf.sin(y[i])
            total = tf.reduce_sum(y[-1])
        tape.gradient(total, x)

    assert_linear(fill)
