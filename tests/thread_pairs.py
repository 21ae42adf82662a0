"""Two threads (and signal handlers, and forks) at tapes of one log at once: a program.

    python thread_pairs.py ACTION SECONDS [OTHER...]

pairs ACTION, on the main thread, with every action (or OTHER) on another, and exits with 1 if an
answer was wrong. It prints each pair before it begins, so that a crash has a name. An answer is
right, or one of the errors that say what was in the way. `core/test_threads.py` runs it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import random
import signal
import sys
import threading
import time
import traceback
import warnings

import numpy as np
import numpy.testing  # now: a fork may not come while a thread imports

import autograd_c as tf

X = 1.5
LENGTH = int(os.environ.get("AUTOGRAD_C_PAIRS_LENGTH", "40000"))
REFUSALS = (
    "can only be used to compute one set",
    "while another thread",
    "is asked while it pushes tangents",
    "was forked while",
    "cannot be reset while",
    "only on the thread that it records on",
    "cannot be left here",
    "Tape is not recording",
    "Tape is still recording",
    "cannot be entered again inside another tape",
    "watch needs a tape that records",
    "is needed while it pushes tangents",
    "a signal handler has left the tape",
)


@tf.func.COperation.Value
def treble(inputs, output, dimensions, user_data):
    doubles = ctypes.POINTER(ctypes.c_double)
    x, y = ctypes.cast(inputs[0], doubles), ctypes.cast(output, doubles)
    time.sleep(0.0005)  # others run
    for k in range(dimensions[0]):
        y[k] = 3 * x[k]
    return 0


@tf.func.COperation.VJP
def treble_vjp(inputs, output, cotangent, cotangents, dimensions, user_data):
    global in_sweep
    in_sweep = True
    doubles = ctypes.POINTER(ctypes.c_double)
    g, found = ctypes.cast(cotangent, doubles), ctypes.cast(cotangents[0], doubles)
    for k in range(dimensions[0]):
        found[k] = 3 * g[k]
    in_sweep = False
    return 0


# A handler that comes while a function of a C operation runs in a sweep is a part of that.
in_sweep = False


c_treble = tf.func.c_operation(value=treble, vjp=treble_vjp, signature="(n)->(n)", name="treble")


class Scene:
    """Tapes of one log, made on the main thread. `top` is open there, if it is to be.

    `alone` is used once too, and has a log to itself, whose records its gradient lets go of.
    """

    def __init__(self, is_open, others):
        self.others = others  # the actions that run
        self.resets = 0
        self.x = tf.constant(X, tf.float64)
        self.v = tf.constant([1.0, 2.0, 3.0], tf.float64)
        self.top, self.left, self.kept, self.other = (
            tf.GradientTape(persistent=True, watch_accessed_variables=False) for _ in range(4)
        )
        self.single = tf.GradientTape()
        self.accumulator = tf.autodiff.ForwardAccumulator(self.x, tf.constant(1.0, tf.float64))
        self.alone = tf.GradientTape()
        with self.alone:
            self.alone.watch([self.x, self.v])
            y = self.x
            for _ in range(LENGTH):
                y = y * 1.0
            self.alone_z = y * self.x
            self.alone_of_v = self.v * self.v + 0.0 * y
        w = tf.Variable(np.ones(50))
        with self.top, self.left, self.kept, self.other:
            for tape in (self.top, self.left, self.kept):
                tape.watch([self.x, self.v])
            self.other.watch(w)
            with self.accumulator, self.single:
                self.single.watch([self.x, self.v])
                y = self.x
                for k in range(LENGTH):
                    y = y * 1.0
                    if k % 20 == 0:
                        w = tf.concat([w, w[:0]], 0)  # records of `other` alone
                self.z = y * self.x
                self.of_v = self.v * self.v + 0.0 * y
        self.dropped = [self.other]
        del self.other
        if is_open:
            self.top.__enter__()
        self.is_open = is_open

    def close(self):
        if threading.current_thread() is threading.main_thread() and self.is_open:
            self.top.__exit__(None, None, None)


def near(found, expected):
    assert found is not None, "the answer is None"
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)


def on_main():
    return threading.current_thread() is threading.main_thread()


def gradient(s, k):
    alone = s.alone
    if k % 2 == 0:
        if alone is not None:
            near(alone.gradient(s.alone_z, s.x), 2 * X)
            s.answered = True
    else:
        near((s.kept if k % 4 == 1 else s.single).gradient(s.z, s.x), 2 * X)


def jacobian(s, k):
    tape, target = (s.alone, s.alone_of_v) if k == 3 else (s.kept, s.of_v)
    if tape is None:
        return
    near(tape.jacobian(target, s.v), np.diag([2.0, 4.0, 6.0]))


def jvp(s, k):
    accumulator = s.accumulator
    if k % 2 == 0:
        if accumulator is not None:
            near(accumulator.jvp(s.z), 2 * X)
    else:
        tape, target = (s.kept, s.z) if k == 1 else (s.alone, s.alone_z)
        if tape is None:
            return
        [found] = tape._jvp([target], [s.x], [tf.constant(2.0, tf.float64)])
        near(found, 4 * X)


def watch(s, k):
    tape = [s.top, s.kept, s.alone, s.left][k]
    if tape is not None:
        tape.watch(tf.constant(7.0))


def enter(s, k):
    if k % 2 == 0:
        with s.left:
            y = s.x * 5.0
        near(y, 5 * X)
        near(s.left.gradient(y, s.x), 5.0)
    elif (accumulator := s.accumulator) is not None:
        with accumulator:
            y = s.x * 5.0
        near(y, 5 * X)


def leave(s, k):
    s.top.__exit__(None, None, None)


def reset(s, k):
    s.resets += 1
    (s.top if k % 2 == 0 else s.kept).reset()


def drop(s, k):
    if s.dropped:
        s.dropped.pop()
    elif k == 1:
        s.accumulator = s.alone = None


def recorded(s, y, slope):
    """What was computed from x on the main thread, with `top` open, is known to it."""
    if s.is_open and on_main() and not in_sweep and not s.others & {"exit", "reset", "enter"}:
        found = s.top.gradient(y, s.x)
        if s.resets == 0:  # else a handler has reset it
            near(found, slope)


def operation(s, k):
    y = s.x
    for _ in range(200):
        y = y * 1.0
    y = y * 4.0
    near(y, 4 * X)
    recorded(s, y, 4.0)


def c_operation(s, k):
    y = c_treble(s.x[None])
    near(y, [3 * X])
    recorded(s, y, 3.0)


def fresh(s):
    """Nothing is left behind on this thread: a new tape records, and what it left does not."""
    x = tf.constant(np.full(3, 2.0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x * x)
    near(tape.gradient(y, x), np.full(3, 12.0))


def fork(s, k):
    if k > 1:
        return  # the others are faster
    child = os.fork()
    if child == 0:
        code = 1
        try:
            # `dump_traceback_later` would wait for a thread that this process does not have.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            faulthandler.register(signal.SIGALRM, chain=True)
            signal.alarm(int(os.environ.get("AUTOGRAD_C_ALARM", "20")))
            fresh(s)
            a = tf.constant(np.ones((400, 400)))  # a large block, and the pool
            near(tf.reduce_sum(a + a), 320_000.0)
            with tolerated():
                gradient(s, 1)
            with tolerated():
                gradient(s, 0)
            with tolerated():
                jvp(s, 0)
            s.dropped.clear()
            s.top = s.kept = s.single = s.alone = s.accumulator = None
            fresh(s)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"the forked process ended with status {status}"


def interrupt(s, k):
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    time.sleep(0.0005)


ACTIONS = {
    "gradient": gradient,
    "jacobian": jacobian,
    "jvp": jvp,
    "watch": watch,
    "enter": enter,
    "exit": leave,
    "reset": reset,
    "del": drop,
    "operation": operation,
    "c_operation": c_operation,
    "fork": fork,
    "signal": interrupt,
}


class tolerated:
    """Lets those errors pass that say what was in the way."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, where):
        return isinstance(error, (RuntimeError, ValueError)) and any(
            text in str(error) for text in REFUSALS
        )


current = None
failures = []


def handle(number, frame):
    """A signal handler that does on the main thread what others do meanwhile."""
    scene = current
    if scene is None:
        return
    action = random.choice([gradient, jacobian, jvp, watch, drop, operation, reset])
    try:
        with tolerated():
            action(scene, random.randrange(4))
    except BaseException:
        failures.append(traceback.format_exc())


def run_pair(here, there, number):
    global current
    is_open = number % 2 == 0
    s = Scene(is_open, {here, there})
    s.answered = False
    barrier = threading.Barrier(2)
    order = random.sample(range(4), 4)

    def work(name):
        try:
            barrier.wait()
            if random.random() < 0.5:
                time.sleep(random.random() * 3e-4)
            for k in order:
                with tolerated():
                    ACTIONS[name](s, k)
            if not s.is_open or not on_main():
                fresh(s)
        except BaseException:
            failures.append(traceback.format_exc())

    thread = threading.Thread(target=work, args=(there,))
    thread.start()
    if "signal" in s.others:
        current = s
    work(here)
    thread.join()
    current = None
    s.close()
    # Nobody is in the way any more.
    if "gradient" in s.others and not s.others & {"jacobian", "del", "signal"}:
        assert s.answered, "nobody had the gradient of the tape that is used once"
    near(s.kept.gradient(s.z, s.x), 2 * X)
    if s.accumulator is not None:
        near(s.accumulator.jvp(s.z), 2 * X)
    fresh(s)


def main(here, seconds, others):
    warnings.simplefilter("ignore")
    faulthandler.enable()
    signal.signal(signal.SIGUSR1, handle)
    sys.setswitchinterval(1e-5)
    random.seed(here)
    for there in others:
        begin, number = time.monotonic(), 0
        print(f"{here} (main thread) and {there}", flush=True)
        while number < 2 or time.monotonic() - begin < seconds / len(others):
            faulthandler.dump_traceback_later(120, exit=True)  # a deadlock
            run_pair(here, there, number)
            faulthandler.cancel_dump_traceback_later()
            number += 1
            if failures:
                print(f"round {number}:\n" + "\n".join(failures), flush=True)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), sys.argv[3:] or list(ACTIONS)))
