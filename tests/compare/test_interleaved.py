"""Random interleavings of tapes, accumulators and Variables, here and in TensorFlow.

Each recorder may be opened, left, paused and asked at any time; what it answers may be computed
with, and be differentiated by the others. It runs only where TensorFlow can be imported.
"""

from __future__ import annotations

import logging
import math
import os
import random

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

FUNCTIONS = {
    "product": lambda tf, x, y: x * y,
    "sum": lambda tf, x, y: x + y,
    "difference": lambda tf, x, y: x - y,
    "half": lambda tf, x, y: x * 0.5,
    "square": lambda tf, x, y: tf.square(x),
    "sine": lambda tf, x, y: tf.sin(x),
    "tanh": lambda tf, x, y: tf.tanh(x) * y,
}
VARIABLE = -1  # among the values


class Side:
    """One library's values and recorders."""

    def __init__(self, tf):
        self.tf = tf
        self.values = [tf.constant(0.7, tf.float64), tf.constant(-1.3, tf.float64)]
        self.variable = tf.Variable(0.9, dtype=tf.float64)
        self.tapes, self.accumulators, self.pauses = [], [], {}

    def value(self, k):
        return self.variable if k == VARIABLE else self.values[k]

    def compute(self, name, x, y):
        self.values.append(FUNCTIONS[name](self.tf, self.value(x), self.value(y)))

    def assign(self, x):
        self.variable.assign(self.values[x])

    def open_tape(self, watched, accessed):
        tape = self.tf.GradientTape(persistent=True, watch_accessed_variables=accessed)
        tape.__enter__()
        tape.watch([self.value(x) for x in watched])
        self.tapes.append(tape)

    def open_accumulator(self, primals, tangents):
        """A tangent is a number or a function of a value, so that it is no value itself."""
        given = [
            self.values[t] * 1.0 if isinstance(t, int) else self.tf.constant(t, self.tf.float64)
            for t in tangents
        ]
        accumulator = self.tf.autodiff.ForwardAccumulator([self.value(x) for x in primals], given)
        accumulator.__enter__()
        self.accumulators.append(accumulator)

    def close(self, kind, k):
        getattr(self, kind)[k].__exit__(None, None, None)

    def watch(self, k, x):
        self.tapes[k].watch(self.value(x))

    def pause(self, k):
        self.pauses[k] = self.tapes[k].stop_recording()
        self.pauses[k].__enter__()

    def go_on(self, k):
        self.pauses.pop(k).__exit__(None, None, None)

    def reset(self, k):
        self.tapes[k].reset()

    def gradient(self, k, target, source):
        return self.tapes[k].gradient(self.value(target), self.value(source))

    def jvp(self, k, target):
        return self.accumulators[k].jvp(self.value(target))


class Program:
    """The same steps on both sides."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sides = Side(autograd_c), Side(tensorflow)
        self.steps = []  # for a report
        self.opened, self.paused = [], set()
        self.primals = []  # of each accumulator
        self.asked = set()

    def step(self, name, *arguments):
        self.steps.append((name, *arguments))
        try:
            ours = getattr(self.sides[0], name)(*arguments)
        except ValueError as error:
            if "cannot be entered again" not in str(error):
                raise
            pytest.skip("a tape goes on beside one that was opened in its pause")
        try:
            return ours, getattr(self.sides[1], name)(*arguments)
        except Exception as error:
            # Most of all where a Variable is a primal of nested accumulators.
            pytest.skip(f"TensorFlow fails: {error!r:.80}")

    def count(self):
        return len(self.sides[0].values)

    def any_value(self, variable=True):
        """One of the latest, most of the time."""
        if variable and self.random.random() < 0.15:
            return VARIABLE
        return self.count() - 1 - min(int(self.random.expovariate(0.35)), self.count() - 1)

    def some_values(self, least, most):
        return sorted({self.any_value() for _ in range(self.random.randint(least, most))})

    def ask(self, keep, *question):
        """None stands for 0: TensorFlow answers 0 in places where nothing is connected."""
        answers = self.step(*question)
        ours, theirs = (0.0 if t is None else float(t) for t in answers)
        close = math.isclose(ours, theirs, rel_tol=1e-8, abs_tol=1e-10)
        assert close, "\n".join(map(str, [ours, theirs, *self.steps]))
        if keep and abs(ours) < 1e3 and not any(t is None for t in answers):
            for side, answer in zip(self.sides, answers):
                side.values.append(answer)

    # ---- steps

    def compute(self):
        name = self.random.choice(list(FUNCTIONS))
        self.step("compute", name, self.any_value(), self.any_value())

    def assign(self):
        self.step("assign", self.any_value(variable=False))

    def open_tape(self):
        if len(self.opened) < 4:
            self.opened.append(("tapes", len(self.sides[0].tapes)))
            self.step("open_tape", self.some_values(0, 2), self.random.random() < 0.7)

    def open_accumulator(self):
        if len(self.opened) == 4:
            return
        primals = self.some_values(1, 2)
        tangents = [
            self.random.choice([1.0, -2.0, self.any_value(variable=False)]) for _ in primals
        ]
        self.opened.append(("accumulators", len(self.primals)))
        self.primals.append(primals)
        self.step("open_accumulator", primals, tangents)

    def close(self):
        """The one opened last, or another."""
        if self.opened:
            chosen = self.random.choice([self.opened[-1]] * 3 + self.opened)
            if chosen[0] == "accumulators" or chosen[1] not in self.paused:
                self.opened.remove(chosen)
                self.step("close", *chosen)

    def change_a_tape(self):
        tapes = [k for kind, k in self.opened if kind == "tapes"]
        if not tapes:
            return
        k = self.random.choice(tapes)
        if k in self.paused:
            self.step("go_on", k)
            self.paused.remove(k)
        elif self.random.random() < 0.2:
            self.step("reset", k)
        elif self.random.random() < 0.5:
            self.step("watch", k, self.any_value())
        else:
            self.step("pause", k)
            self.paused.add(k)

    def ask_for_a_gradient(self):
        if self.sides[0].tapes:
            k = self.random.randrange(len(self.sides[0].tapes))
            self.ask(True, "gradient", k, self.any_value(), self.any_value())

    def ask_for_a_tangent(self):
        if self.primals:
            k, target = self.random.randrange(len(self.primals)), self.any_value()
            # In TensorFlow the second answer, and the tangent given, are the same tensor.
            fresh = (k, target) not in self.asked and target not in self.primals[k]
            self.asked.add((k, target))
            self.ask(fresh, "jvp", k, target)

    def run(self, length):
        kinds = {
            self.compute: 42,
            self.open_tape: 10,
            self.open_accumulator: 12,
            self.close: 6,
            self.ask_for_a_tangent: 12,
            self.ask_for_a_gradient: 10,
            self.change_a_tape: 5,
            self.assign: 3,
        }
        for kind in self.random.choices(list(kinds), list(kinds.values()), k=length):
            kind()
        for k in self.paused:
            self.step("go_on", k)
        for chosen in reversed(self.opened):
            self.step("close", *chosen)
        for k in range(len(self.primals)):
            for target in range(VARIABLE, self.count()):
                self.ask(False, "jvp", k, target)
        for k in range(len(self.sides[0].tapes)):
            for target in range(2, self.count(), 2):
                self.ask(False, "gradient", k, target, 0)


@pytest.fixture(autouse=True)
def quiet():
    """Both warn of gradients asked for inside the context of a persistent tape."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "autograd_c")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    yield
    for logger, level in zip(loggers, levels):
        logger.setLevel(level)


@pytest.mark.parametrize("seed", range(int(os.environ.get("INTERLEAVED", 60))))
def test_interleaved(seed):
    with np.errstate(all="ignore"):
        Program(seed).run(16)
