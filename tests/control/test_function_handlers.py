"""Signal handlers that raise errors while parts of functions are recorded: they are not lost."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading

import pytest

import autograd_c as tf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


class Timeout(Exception):
    """What handlers of alarms raise."""


def in_while_loop(x, then):
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, then(y)), (0, x))[1]


def in_condition(x, then):
    return tf.while_loop(lambda y: then(y) < 3.0, lambda y: (y + 1.0,), (x,))[0]


def in_branch(x, then):
    return tf.cond(x > 0.0, lambda: then(x), lambda: x)


def in_rows(x, then):
    return tf.map_fn(then, x[None])


def in_scan(x, then):
    return tf.scan(lambda a, row: then(a) + row, tf.stack([x, x]))


def in_batch(x, then):
    return tf.vectorized_map(then, tf.stack([x, x]))


def in_checkpoint(x, then):
    return tf.recompute_grad(then)(x)


def in_rule(x, then):
    return tf.custom_gradient(lambda x: (2.0 * x, then))(x)


def raises(number, frame):
    raise Timeout("the time is over")


class Raising:
    def __call__(self, number, frame):
        raises(number, frame)

    def method(self, number, frame):
        raises(number, frame)


def once(handled):
    """What is computed of a tensor; a signal comes the first time."""

    def then(y):
        if not handled:
            handled.append(True)
            signal.raise_signal(signal.SIGUSR1)
        return y * 2.0

    return then


@pytest.fixture
def handle():
    before = signal.getsignal(signal.SIGUSR1)
    yield functools.partial(signal.signal, signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    "way",
    [
        in_while_loop,
        in_condition,
        in_branch,
        in_rows,
        in_scan,
        in_batch,
        in_checkpoint,
        in_rule,
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_errors_of_handlers_are_raised(way, recorded, handle):
    handle(raises)
    then = once([])

    def function(x):
        return way(x, then)

    f = tf.function(function) if recorded else function
    x = tf.constant(1.0)
    expected = way(x, lambda y: y * 2.0).numpy()
    if recorded or way is not in_rule:
        with pytest.raises(Timeout):
            f(x)
    for _ in range(2):  # as if nothing had been
        assert f(x).numpy() == pytest.approx(expected)


@pytest.mark.parametrize(
    "handler", [Raising(), Raising().method, functools.partial(raises), lambda *_: raises(*_)]
)
def test_handlers_of_any_kind(handler, handle):
    handle(handler)
    then = once([])
    f = tf.function(lambda x: in_branch(x, then))
    with pytest.raises(Timeout):
        f(tf.constant(1.0))
    assert float(f(tf.constant(1.0))) == 2.0


def test_errors_of_functions_are_no_handlers(handle):
    handle(raises)
    tries = []

    def then(y):
        tries.append(y)
        if len(tries) == 1:
            raise Timeout("not of a handler")
        return y * 2.0

    f = tf.function(lambda x: in_branch(x, then))
    assert float(f(tf.constant(1.0))) == 2.0


def test_files_of_functions_are_not_made_of_what_a_handler_has_stopped(handle, tmp_path):
    handle(raises)
    then = once([])
    f = tf.function(lambda x: then(x))
    path = os.path.join(tmp_path, "f.agc")
    with pytest.raises(Timeout):
        f.save(path, tf.TensorSpec([None], tf.float32))
    assert not os.path.exists(path)
    f.save(path, tf.TensorSpec([None], tf.float32))
    assert tf.load(path)(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]


def test_functions_that_are_recorded_on_other_threads(handle):
    handle(raises)
    found = []

    def run():
        f = tf.function(lambda x: in_branch(x, lambda y: y / int(y)))
        found.append(float(f(tf.constant(1.0))))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [1.0]
