"""Several threads, signal handlers and forks at the tapes of one log.

Each test runs a program of its own, because what it is to find is a crash. All pairs of actions are
in `thread_pairs.py`; AUTOGRAD_C_FUZZ=long runs them for minutes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1]
LONG = bool(os.environ.get("AUTOGRAD_C_FUZZ"))
ACTIONS = [
    "gradient",
    "jacobian",
    "jvp",
    "watch",
    "enter",
    "exit",
    "reset",
    "del",
    "operation",
    "c_operation",
    "fork",
    "signal",
]

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or not hasattr(signal, "pthread_kill"), reason="needs fork and signals"
)


def run(*arguments, timeout=600, **options):
    """Runs Python; fails with what it printed if it did not end well."""
    command = [sys.executable, "-X", "faulthandler", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    if done.returncode:
        how = f"status {done.returncode}"
        if done.returncode < 0:
            how = signal.Signals(-done.returncode).name
        pytest.fail(
            f"ended with {how}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}", pytrace=False
        )
    return done.stdout


@pytest.mark.parametrize("action", ACTIONS)
def test_all_pairs(action):
    printed = run(FOLDER / "thread_pairs.py", action, 60 if LONG else 1)
    assert [line.split(" and ")[1] for line in printed.splitlines()] == ACTIONS


# ---------------------------------------------------------------- one at a time, and longer

BEGIN = """
import os, signal, sys, threading, time
import numpy as np
import autograd_c as tf
sys.setswitchinterval(1e-5)

def chain(x, n=150_000):
    y = x
    for _ in range(n): y = y * 1.0000001
    return y

def in_thread(f):
    go = threading.Event()
    def work():
        go.wait()
        f()
    thread = threading.Thread(target=work)
    thread.start()
    return go, thread

def refused(f):
    try:
        return f()
    except RuntimeError as error:
        return str(error)
"""

ONE_USE_TAPE = """
x = tf.constant(1.0)
for ask in ("gradient", "jacobian"):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = chain(x)
    found = []
    work = lambda: found.append(refused(lambda: float(getattr(tape, ask)(y, x))))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    numbers = [f for f in found if not isinstance(f, str)]
    assert numbers and all(abs(f - 1.015) < 1e-2 for f in numbers), found
    refusals = [f for f in found if isinstance(f, str)]
    assert all("can only be used to compute one set" in f for f in refusals), refusals
"""

DROPPED = """
for destroyed_open in (False, True):
    x, z = tf.constant(1.0), tf.constant(np.ones(2))
    top, sweep, other = (tf.GradientTape(persistent=True, watch_accessed_variables=False)
                         for _ in range(3))
    top.__enter__(); sweep.__enter__(); sweep.watch(x); other.__enter__(); other.watch(z); y = x
    for k in range(60_000):
        q = tf.concat([z, z], 0)
        y = y * 1.0
    sweep.__exit__(None, None, None)
    if not destroyed_open: other.__exit__(None, None, None)
    box = [other]; del other
    go, thread = in_thread(box.pop)
    go.set()
    for _ in range(20): assert float(sweep.gradient(y, x)) == 1.0
    thread.join()
    assert float(sweep.gradient(y, x)) == 1.0
    top.__exit__(None, None, None)
    # What was open has gone with it: nothing records here.
    assert sweep.gradient(x * 2.0, x) is None
"""

SIGNALS = """
n, found, depth = 150, [], [0]
a = tf.constant(np.full(100_000, 0.5))

def record(persistent):
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(a)
        y = a
        for _ in range(n): y = tf.sin(y) + a
    return tape, y

def handle(number, frame):
    if depth[0]: return
    depth[0] += 1
    try: found.append(refused(lambda: action()))
    finally: depth[0] -= 1

signal.signal(signal.SIGALRM, handle)
tape, y = record(True)
began = time.perf_counter()
expected = tape.gradient(y, a).numpy()
within = max((time.perf_counter() - began) / 3, 1e-4)  # of a sweep
kept = tape, y
actions = {
    "gradient": lambda: tape.gradient(y, a),
    "the other gradient": lambda: kept[0].gradient(kept[1], a),
    "jacobian": lambda: tape.jacobian(y[0], a),
    "jvp": lambda: tape._jvp([y], [a], [a]),
    "watch": lambda: tape.watch(tf.constant(1.0)),
    "enter": lambda: tape.__enter__(),
    "new tape": lambda: tf.GradientTape().__enter__().__exit__(None, None, None),
    "operation": lambda: a + a,
    "fork": lambda: os.waitpid(os.fork() or os._exit(0), 0),
}
for persistent in (False, True):
    for name, action in actions.items():
        tape, y = record(persistent)
        before = len(found)
        signal.setitimer(signal.ITIMER_REAL, within)
        g = refused(lambda: tape.gradient(y, a))
        signal.setitimer(signal.ITIMER_REAL, 0)  # not in what comes next, if the sweep was faster
        if name == "gradient" and isinstance(g, str): continue  # the handler came first
        assert np.array_equal(g.numpy(), expected), (name, persistent)
        for f in found[before:]:
            if name == "gradient" and not persistent:
                assert isinstance(f, str) and "can only be used" in f, f
            elif "gradient" in name:
                assert np.array_equal(f.numpy(), expected), name
assert found
with tf.GradientTape() as tape:
    tape.watch(a)
    y = a * 2.0
assert tape.gradient(y, a).numpy()[0] == 2.0
"""

LEFT_ELSEWHERE = """
x = tf.constant(3.0)
outer = tf.GradientTape(persistent=True).__enter__()
outer.watch(x)
y = x * x
go, thread = in_thread(lambda: outer.__exit__(None, None, None))
go.set(); thread.join()
z = x * 5.0
assert float(outer.gradient(y, x)) == 6.0 and outer.gradient(z, x) is None
# Destroyed elsewhere, open here.
box = [tf.GradientTape().__enter__()]
box[0].watch(x)
go, thread = in_thread(box.clear)
go.set(); thread.join()
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x * x
assert float(tape.gradient(y, x)) == 6.0
# A thread that ends with a tape open has left it.
made = []
def work():
    tape = tf.GradientTape(persistent=True).__enter__()
    tape.watch(x)
    made.extend([tape, x * x])
go, thread = in_thread(work)
go.set(); thread.join()
assert float(made[0].gradient(made[1], x)) == 6.0
def once_it_has_ended(): # a moment after Python has joined it
    for _ in range(2000):
        try:
            return made[0].__enter__()
        except ValueError:
            time.sleep(0.005)
once_it_has_ended()
w = x * 7.0
made[0].__exit__(None, None, None)
assert float(made[0].gradient(w, x)) == 7.0
# Reset where it does not record.
with tf.GradientTape() as tape:
    go, thread = in_thread(lambda: made.append(refused(tape.reset)))
    go.set(); thread.join()
    assert "only on the thread" in made[-1]
    tape.watch(x)
    y = x * x
assert float(tape.gradient(y, x)) == 6.0
"""

ENDING = """
x = tf.constant(3.0)
made = []
def work():
    tape = tf.GradientTape(persistent=True).__enter__()
    tape.watch(x)
    made.append((tape, x * x))
threads = [threading.Thread(target=work) for _ in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

FORKS = """
a = tf.constant(np.ones(300_000))
stop = []

def busy():
    while not stop:
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = a
            for _ in range(10): y = tf.sin(y) + a  # large blocks, and the pool
        tape.gradient(y, a)

threads = [threading.Thread(target=busy) for _ in range(2)]
for t in threads: t.start()
for k in range(ROUNDS):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = tf.reduce_sum(tf.matmul(tf.reshape(a, [300, 1000]), tf.reshape(a, [1000, 300])))
        os._exit(0 if float(tape.gradient(y, a)[0]) == 600.0 else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.append(1)
for t in threads: t.join()
""".replace("ROUNDS", "200" if LONG else "15")

# Threads that are in the middle of something when the interpreter ends.
DAEMONS = """
import ctypes
from autograd_c import func
kind, seconds = sys.argv[1], float(sys.argv[2])
x = tf.constant(1.0, tf.float64)
a = tf.constant(np.ones(1_000_000 if kind == "long sweeps" else 300_000))

@tf.custom_gradient
def by_rule(x):
    return x * 2.0, lambda g: g * 2.0

def copy(given, found):
    found, given = (ctypes.cast(p, ctypes.POINTER(ctypes.c_double)) for p in (found, given))
    found[0] = given[0]
    return 0

by_c = func.c_operation(
    value=func.COperation.Value(lambda inputs, output, n, data: copy(inputs[0], output)),
    vjp=func.COperation.VJP(lambda inputs, output, g, found, n, data: copy(g, found[0])),
)

def work():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, a])
        if kind == "gradient": y = chain(x)
        elif kind in ("rules", "few rules", "callbacks", "few callbacks"):
            y = x if "few" in kind else chain(x, 30_000)
            for _ in range(300): y = by_rule(y) if "rules" in kind else by_c(y)
        else:
            y = a
            for _ in range(20): y = tf.sin(y) + a
    started.release()
    while True:
        if kind == "jvp": tape._jvp([y], [a], [a])
        elif kind == "views":  # memory of NumPy's, let go of in a sweep
            with tf.GradientTape() as once:
                b = tf.constant(np.ones(300_000))
                once.watch(a)
                z = a
                for _ in range(20): z = z * tf.constant(np.ones(300_000)) + b
            once.gradient(z, a)
        else: tape.gradient(y, a if kind in ("arrays", "long sweeps") else x)

started = threading.Semaphore(0)
for _ in range(3): threading.Thread(target=work, daemon=True).start()
for _ in range(3): started.acquire()
end = time.time() + seconds
while time.time() < end: pass  # with the lock, for which the others wait
class Last:  # of the interpreter's end: sees to it, with the lock, that no thread waits any more
    def __del__(self, pause=ctypes.PyDLL(None).usleep): pause(300_000)

# Before 3.11 CPython frees what threads that wait for the lock read when they wake, and crashes if
# the system lets one sleep for so long.
if sys.version_info < (3, 11): sys.modules["last"] = Last()
if hasattr(libc := ctypes.CDLL(None), "__cxa_atexit"):  # they go on when the interpreter has gone
    pause = ctypes.cast(libc.usleep, ctypes.c_void_p)
    libc.__cxa_atexit(pause, ctypes.c_void_p(300_000), None)
"""

# What is destroyed with the interpreter does not wait for the sweep of a thread that waits for it.
WAITING_AT_THE_END = """
x = tf.constant(1.0)
left = tf.GradientTape()
def work():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = chain(x)
    left.__enter__()
    started.set()
    while True: tape.gradient(y, x)

class Last:
    def __del__(self, leave=left.__exit__, refused=refused, write=os.write):
        write(1, str(refused(lambda: leave(None, None, None))).encode())

sys.modules["last"] = Last()  # which goes early
started = threading.Event()
threading.Thread(target=work, daemon=True).start()
started.wait()
time.sleep(0.05)
"""


@pytest.mark.parametrize(
    "kind",
    [
        "gradient",
        "arrays",
        "long sweeps",
        "rules",
        "few rules",
        "callbacks",
        "few callbacks",
        "jvp",
        "views",
    ],
)
def test_threads_that_outlive_the_interpreter(kind):
    for k in range(30 if LONG else 2):
        run("-W", "ignore", "-c", BEGIN + DAEMONS, kind, 0.05 + 0.011 * k, timeout=240)


SAME_RESULTS = """
import hashlib, sys
import numpy as np
import autograd_c as tf
random, digest = np.random.RandomState(0), hashlib.sha256()
shapes = [((600, 600), 0), ((50, 60, 70), 0), ((50, 60, 70), 1), ((7, 333), 0), ((1000, 37), 1),
          ((40000, 3), 1), ((3, 40001), 0), ((3, 40001), 1)]
for dtype in ("float32", "float64"):
    for shape, axis in shapes:
        x = tf.constant(random.randn(*shape).astype(dtype))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            made = [tf.nn.softmax(x, axis), tf.nn.log_softmax(x, axis),
                    tf.reduce_logsumexp(x, axis), tf.reduce_sum(x, axis), tf.reduce_max(x, axis),
                    tf.reduce_prod(x, axis), tf.cumsum(x, axis), tf.math.reduce_std(x, axis)]
        for y in made:
            g = tape.gradient(y, x, tf.constant(random.randn(*y.shape).astype(dtype)))
            digest.update(y.numpy().tobytes() + g.numpy().tobytes())
print(digest.hexdigest())
"""


def test_results_do_not_depend_on_the_number_of_threads():
    found = {
        run("-c", SAME_RESULTS, env={**os.environ, "AUTOGRAD_C_NUM_THREADS": str(count)})
        for count in (1, 2, 3)
    }
    assert len(found) == 1


@pytest.mark.parametrize("turn", range(8))
def test_the_interpreter_ends_while_threads_do(turn):
    """Each left a tape open; it has no lock any more to leave it."""
    run("-W", "ignore", "-c", BEGIN + ENDING)


@pytest.mark.parametrize(
    "program",
    [ONE_USE_TAPE, DROPPED, SIGNALS, LEFT_ELSEWHERE, FORKS, WAITING_AT_THE_END],
    ids=["one_use_tape", "dropped", "signals", "left_elsewhere", "forks", "waiting_at_the_end"],
)
def test_program(program):
    run("-W", "ignore", "-c", BEGIN + program, timeout=240)
