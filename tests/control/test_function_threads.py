"""tf.function on several threads at once, and under Ctrl-C: a long run lets others have the GIL.

And where a run lets go of memory, which may call functions of Python's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest

import autograd_c as tf


def in_threads(count, work):
    """Run `work(k)` on so many threads at once; what they raise is raised."""
    problems = []
    start = threading.Barrier(count)

    def run(k):
        start.wait()
        try:
            work(k)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if problems:
        raise problems[0]


def loss(x):
    for _ in range(10):
        x = tf.exp(-x * x) + x
    return tf.reduce_sum(x)


@pytest.mark.parametrize("size", [5, 1_000, 60_000])
def test_threads_that_run_one_function_get_their_own_values(size):
    f = tf.function(tf.func.value_and_grad(loss))
    given = [tf.constant(np.linspace(-k, k, size)) for k in range(1, 5)]
    expected = [tf.func.value_and_grad(loss)(x) for x in given]
    f(given[0])

    def work(k):
        for _ in range(20):
            y, g = f(given[k])
            assert y == expected[k][0]
            np.testing.assert_array_equal(g, expected[k][1])

    in_threads(4, work)


def test_threads_go_different_ways_and_record_new_ones_meanwhile():
    def function(x, n):
        if tf.reduce_sum(x) > n:
            x = tf.sin(x) * n
        return tf.cumsum(tf.tanh(x)), x @ tf.transpose(x) if x.shape.rank == 2 else x

    f = tf.function(function)
    rng = np.random.default_rng(3)
    given = [
        (tf.constant(rng.standard_normal(shape) + k % 2), tf.constant(float(k), tf.float64))
        for k in range(6)
        for shape in [(4,), (300, 300)]
    ]
    expected = [[np.asarray(y) for y in function(*args)] for args in given]

    def work(k):
        for n in range(60):
            case = (k + n) % len(given)
            for y, wanted in zip(f(*given[case]), expected[case]):
                np.testing.assert_array_equal(y, wanted)

    in_threads(4, work)


def test_variables_that_another_thread_assigns_are_read_whole():
    v = tf.Variable(tf.zeros(100_000, tf.float64))

    @tf.function
    def spread():
        y = tf.exp(v * 0.0) * v
        return tf.reduce_max(y) - tf.reduce_min(y)

    spread()
    ends = threading.Event()

    def work(k):
        if k == 0:
            try:
                for n in range(100):
                    v.assign(tf.fill([100_000], tf.constant(float(n), tf.float64)))
            finally:
                ends.set()
        while not ends.is_set():
            assert spread() == 0.0

    in_threads(3, work)


LONG = """
    import os, signal, threading, time
    import autograd_c as tf
    @tf.function
    def f(x):
        for _ in range(50):
            x = x @ w
        return x
    w = tf.eye(1_000, dtype=tf.float64)
    x = tf.ones([1_000, 1_000], tf.float64)
    f(x)
    begin = time.monotonic()
    expected = f(x)
    took = time.monotonic() - begin
"""


@pytest.mark.slow
def test_others_have_the_gil_while_a_long_function_runs():
    program = """
    thread = threading.Thread(target=f, args=(x,))
    thread.start()
    turns = 0
    while thread.is_alive():
        time.sleep(0.001)
        turns += 1
    print(turns)
    """
    # A thread that kept the GIL would let the other one have a turn before and one behind.
    assert int(run(LONG + program)) > 10


def test_threads_that_call_a_new_function_of_which_one_way_cannot_be_recorded():
    """What one of them has half written is for nobody: neither to be walked, nor to go on from."""
    program = """
    import random, sys, threading
    import autograd_c as tf
    sys.setswitchinterval(1e-5)

    def made():
        w = tf.Variable(0.3)

        def f(x, k):
            @tf.custom_gradient
            def scaled(v):
                def rule(d, variables=None):
                    return d, [tf.reduce_sum(d) for _ in variables]
                return tf.tanh(v) * w, rule

            @tf.custom_gradient
            def two(v):
                return (v * 2.0, tf.tanh(v)), lambda a, b: a * v + b

            with tf.autodiff.ForwardAccumulator([x, w], [x, tf.ones_like(w)]) as accumulator:
                y, z = two(x)
                branches = [lambda: (scaled(z),), lambda: (tf.tanh(x),), lambda: (tf.tanh(z),)]
                u = tf.switch_case(k, branches)[0] * y
            return u, accumulator.jvp(u)
        return f

    inputs = [tf.ones([3]), tf.ones([4])]
    expected = {(n, k): float(made()(inputs[n], tf.constant(k))[0][0])
                for n in range(2) for k in range(3)}

    def work(f, seed, start, wrong):
        draw = random.Random(seed)
        start.wait()
        for _ in range(6):
            n, k = draw.randrange(2), draw.randrange(3)
            try:
                found = float(f(inputs[n], tf.constant(k))[0][0])
            except Exception as error:
                wrong.append(error)
            else:
                if abs(found - expected[n, k]) > 1e-6:
                    wrong.append(found)

    for trial in range(40):
        f, start, wrong = tf.function(made()), threading.Barrier(8), []
        threads = [threading.Thread(target=work, args=(f, 8 * trial + k, start, wrong))
                   for k in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert not wrong, wrong
    """
    run(program)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_while_a_long_function_runs():
    # Of several tries the best: the machine may be busy.
    program = """
    sent, delays = [], []
    def send():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    for _ in range(5):
        is_over = False
        try:
            threading.Timer(took / 8, send).start()
            f(x)
            is_over = True
            time.sleep(2 * took + 1)
        except KeyboardInterrupt:
            if not is_over:
                delays.append(time.monotonic() - sent[-1])
    print(bool(delays) and min(delays) < took / 2)
    print(bool(tf.reduce_all(f(x) == expected)))
    """
    assert run(LONG + program).split() == ["True", "True"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_an_error_of_a_signal_handler_ends_a_long_function(jit_compile):
    """Such as that of a time limit: it is no failed operation, which the function may catch."""
    program = f"""
    import signal, time
    import autograd_c as tf
    def too_late(*_):
        raise TimeoutError
    signal.signal(signal.SIGALRM, too_late)
    total, runs = tf.Variable(0.0, tf.float64), []
    @tf.function(jit_compile={jit_compile})
    def f(x):
        runs.append(1)
        total.assign_add(1.0)
        return tf.while_loop(lambda k, y: k < 300_000, lambda k, y: (k + 1, tf.sin(y)), (0, x))[1]
    x = tf.ones([300], tf.float64)
    for _ in range(3):
        begin, count = time.monotonic(), len(runs)
        expected = f(x)
        took = time.monotonic() - begin
    signal.setitimer(signal.ITIMER_REAL, took / 4)
    try:
        f(x)
    except TimeoutError:
        print("ended")
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(total.numpy(), len(runs) - count)
    print(bool(tf.reduce_all(f(x) == expected)))
    """
    assert run(program).split() == ["ended", "3.0", "0", "True"]


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("jit_compile", [False, True])
def test_what_threads_add_to_a_variable_adds_up(jit_compile):
    """Runs that let others have the GIL behind their reading of it: no update is lost."""
    total, count = tf.Variable([0.0, 0.0], trainable=False), tf.Variable(0)
    state, w = tf.Variable([1.0], trainable=False), tf.Variable([1.0])
    optimizer = tf.optimizers.SGD(0.0)
    optimizer.build([w])

    @tf.function(jit_compile=jit_compile)
    def update(x):
        y = loss(x)
        total.assign_add([1.0, 0.0])
        state.assign([2.0])
        state.assign_add([1.0])
        count.assign_sub(1)
        optimizer.apply_gradients([(w * 0.0, w)])
        total.assign_add(tf.stack([1.0, 2.0 * y / y]))
        total.assign_sub([0.0, 1.0])
        return total + 0.0

    x = tf.constant(np.linspace(0.0, 1.0, 60_000), tf.float32)
    assert [update(x).numpy().tolist() for _ in range(2)] == [[2.0, 1.0], [4.0, 2.0]]
    in_threads(4, lambda k: [update(x) for _ in range(50)])
    assert total.numpy().tolist() == [404.0, 202.0]
    assert count.numpy() == -202
    assert state.numpy() == [3.0]


@pytest.mark.parametrize("watched", [False, True])
def test_what_threads_count_with_a_metric_adds_up(watched):
    mean, hits = tf.metrics.Mean(), tf.metrics.SparseCategoricalAccuracy()
    area, overlap = tf.metrics.AUC(), tf.metrics.MeanIoU(3)
    labels, predicted = tf.constant([0, 1, 2]), tf.constant([[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]])

    @tf.function
    def update(x):
        mean.update_state(loss(x))
        hits.update_state(labels, predicted)
        area.update_state(labels > 0, predicted[:, 0])
        overlap.update_state(labels, labels)

    x = tf.constant(np.linspace(0.0, 1.0, 60_000), tf.float32)
    update(x)

    def work(k):
        for _ in range(30):
            with tf.GradientTape() as tape:
                if watched:
                    tape.watch(x)
                update(x)

    in_threads(4, work)
    assert mean.count.numpy() == 121
    assert hits.count.numpy() == 363 and hits.total.numpy() == 121
    assert area.true_positives.numpy()[0] == 242
    assert overlap.total_confusion_matrix.numpy().tolist() == [
        [121, 0, 0],
        [0, 121, 0],
        [0, 0, 121],
    ]
    np.testing.assert_allclose(mean.result(), loss(x), rtol=1e-5)


def test_new_paths_are_recorded_when_memory_of_a_run_is_let_go_of():
    v, seen = tf.Variable(np.zeros(8)), []

    @tf.function
    def f(x, n):
        y = v * 2.0
        for k in range(int(n)):
            y = y + x * float(k)
        v.assign(y)
        return tf.reduce_sum(y)

    def expected(n):
        return 2.0 * float(tf.reduce_sum(v)) + 8.0 * sum(range(n))

    def more(n):
        for k in range(3):
            value = expected(3 * n + k)
            seen.append(f(x, tf.constant(3 * n + k)) == value)

    x = tf.ones(8, tf.float64)
    for _ in range(2):
        f(x, tf.constant(0))
    for n in range(1, 12):
        memory = np.frombuffer(np.full(8, 0.5).tobytes())
        weakref.finalize(memory, more, n)
        v.assign(memory)
        del memory  # the Variable alone has it
        assert f(x, tf.constant(0)) == 8.0
    assert len(seen) == 33 and all(seen)
