"""Random interleavings of tapes, accumulators, pauses, threads and generators, against a model.

In the model every recorder records for itself: a tape is a set of what it knows and a list of what
it has seen, an accumulator a dictionary of tangents. Nothing is shared between them, so that
nothing that one of them does can change what another one answers. It knows numbers only, and is as
slow as it is plain.
"""

from __future__ import annotations

import itertools
import math
import queue
import random
import threading

import autograd_c as tf

NUMBER_OF_THREADS = 2
VARIABLE = -1  # among the values


class Model:
    """Values are pairs (number, identity); a record is a result and its inputs' partials."""

    def __init__(self):
        self.identities = itertools.count()
        self.open = [[] for _ in range(NUMBER_OF_THREADS)]  # recorders, as they were entered
        self.thread = 0

    def new(self, number):
        return number, next(self.identities)

    def compute(self, name, *inputs):
        number, partials = FUNCTIONS[name]
        result = self.new(number(*(x[0] for x in inputs)))

        def scaled(cotangent, k):
            return partials[k](self, cotangent, *inputs)

        recorders = self.open[self.thread]
        for recorder in list(recorders):
            if isinstance(recorder, ModelTape):
                recorder.record(result, inputs, scaled)
        # The outer ones first: what the inner ones compute is made of their results too.
        for recorder in list(recorders):
            if isinstance(recorder, ModelAccumulator):
                recorder.push(result, inputs, scaled)
        return result

    def read(self, variable):
        for recorder in self.open[self.thread]:
            if isinstance(recorder, ModelTape) and recorder.accessed:
                recorder.known.add(variable[1])
        return variable


class ModelTape:
    def __init__(self, model, accessed):
        self.model, self.accessed = model, accessed
        self.known, self.records = set(), []

    def record(self, result, inputs, scaled):
        edges = [k for k, x in enumerate(inputs) if x[1] in self.known]
        if edges:
            self.known.add(result[1])
            self.records.append((result, inputs, edges, scaled))

    def gradient(self, target, source, same=True):
        """`same`: a target that is the source has the derivative 1, even if nobody watches it."""
        if target[1] == source[1] and (same or source[1] in self.known):
            return self.model.new(1.0)
        if source[1] not in self.known:
            return None
        reached = {source[1]}
        for result, inputs, edges, _ in list(self.records):
            if any(inputs[k][1] in reached for k in edges):
                reached.add(result[1])
        cotangents = {target[1]: self.model.new(1.0)}
        for result, inputs, edges, scaled in reversed(list(self.records)):
            if result[1] not in cotangents:
                continue
            cotangent = cotangents[result[1]]
            for k in edges:
                identity = inputs[k][1]
                if identity in reached:
                    term = scaled(cotangent, k)
                    if identity in cotangents:
                        term = self.model.compute("sum", cotangents[identity], term)
                    cotangents[identity] = term
        return cotangents.get(source[1])


class ModelAccumulator:
    def __init__(self, model, primals, tangents):
        self.model = model
        self.tangents = {x[1]: t for x, t in zip(primals, tangents)}

    def push(self, result, inputs, scaled):
        recorders = self.model.open[self.model.thread]
        place = recorders.index(self)
        hidden = recorders[place:]
        del recorders[place:]  # neither it nor those inside it see how
        total = None
        for k, x in enumerate(inputs):
            if x[1] in self.tangents:
                term = scaled(self.tangents[x[1]], k)
                total = term if total is None else self.model.compute("sum", total, term)
        recorders += hidden
        if total is not None:
            self.tangents[result[1]] = total


def times(model, *factors):
    product = factors[0]
    for factor in factors[1:]:
        product = model.compute("product", product, factor)
    return product


# The number, and for each input the cotangent times its partial, as recorded operations.
FUNCTIONS = {
    "product": (
        lambda x, y: x * y,
        [lambda m, g, x, y: times(m, g, y), lambda m, g, x, y: times(m, g, x)],
    ),
    "sum": (lambda x, y: x + y, [lambda m, g, x, y: g, lambda m, g, x, y: g]),
    "difference": (
        lambda x, y: x - y,
        [lambda m, g, x, y: g, lambda m, g, x, y: times(m, g, m.new(-1.0))],
    ),
    "half": (lambda x: x * 0.5, [lambda m, g, x: m.compute("half", g)]),
    "square": (lambda x: x * x, [lambda m, g, x: times(m, g, x, m.new(2.0))]),
    "sine": (math.sin, [lambda m, g, x: times(m, g, m.compute("cosine", x))]),
    "cosine": (
        math.cos,
        [lambda m, g, x: times(m, g, m.compute("sine", x), m.new(-1.0))],
    ),
}
OURS = {
    "product": lambda x, y: x * y,
    "sum": lambda x, y: x + y,
    "difference": lambda x, y: x - y,
    "half": lambda x: x * 0.5,
    "square": tf.square,
    "sine": tf.sin,
    "cosine": tf.cos,
}


class Threads:
    """Runs one step at a time, each on the thread that it names."""

    def __init__(self):
        self.queues = [queue.Queue() for _ in range(NUMBER_OF_THREADS)]
        self.answers = queue.Queue()
        self.threads = [
            threading.Thread(target=self.work, args=(q,), daemon=True) for q in self.queues
        ]
        for thread in self.threads:
            thread.start()

    def work(self, steps):
        while (step := steps.get()) is not None:
            try:
                self.answers.put((step(), None))
            except BaseException as error:
                self.answers.put((None, error))

    def run(self, thread, step):
        self.queues[thread].put(step)
        answer, error = self.answers.get(timeout=60)
        if error is not None:
            raise error
        return answer

    def close(self):
        for steps in self.queues:
            steps.put(None)
        for thread in self.threads:
            thread.join(timeout=60)


def in_a_generator(recorder):
    """A recorder that is open until the generator goes on."""
    with recorder:
        yield


class Interleaving:
    """The same random steps here and in the model."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.model, self.threads = Model(), Threads()
        self.ours = [tf.constant(0.7, tf.float64), tf.constant(-1.3, tf.float64)]
        self.theirs = [self.model.new(0.7), self.model.new(-1.3)]
        self.variable = tf.Variable(0.9, dtype=tf.float64)
        self.model_variable = self.model.new(0.9)
        self.tapes, self.accumulators = [], []  # (ours, the model's)
        self.home = {}  # the thread of each recorder of ours, by identity
        self.generators = {}
        self.paused = {}
        self.steps = []  # for a report

    # ---- what both sides are asked

    def on(self, thread, step):
        self.model.thread = thread
        return self.threads.run(thread, step)

    def value(self, k):
        return self.variable if k == VARIABLE else self.ours[k]

    def model_value(self, k, read=True):
        if k != VARIABLE:
            return self.theirs[k]
        return self.model.read(self.model_variable) if read else self.model_variable

    def keep(self, ours, theirs):
        if abs(theirs[0]) < 1e3:
            self.ours.append(ours)
            self.theirs.append(theirs)

    def compare(self, ours, theirs):
        same = (ours is None) == (theirs is None) and (
            ours is None or math.isclose(float(ours), theirs[0], rel_tol=1e-9, abs_tol=1e-10)
        )
        report = "\n".join(map(str, self.steps))
        assert same, f"{ours} here, {theirs} in the model, after\n{report}"

    def refused(self, thread, step):
        """Whether a step is one of those that the library refuses, with a message."""
        try:
            self.on(thread, step)
        except (ValueError, RuntimeError) as error:
            assert "cannot be entered" in str(error), error
            return True
        return False

    # ---- steps

    def any_thread(self):
        return int(self.random.random() < 0.25)

    def any_value(self):
        if self.random.random() < 0.15:
            return VARIABLE
        count = len(self.ours)
        return count - 1 - min(int(self.random.expovariate(0.35)), count - 1)

    def compute(self):
        thread = self.any_thread()
        name = self.random.choice(list(OURS))
        arity = len(FUNCTIONS[name][1])
        inputs = [self.any_value() for _ in range(arity)]
        self.steps.append(("compute", thread, name, inputs))
        values = [self.value(k) for k in inputs]
        ours = self.on(thread, lambda: OURS[name](*values))
        theirs = self.model.compute(name, *[self.model_value(k) for k in inputs])
        self.keep(ours, theirs)

    def assign(self):
        number = self.random.choice([0.4, -0.8, 1.1])
        self.steps.append(("assign", number))
        self.variable.assign(number)
        self.model_variable = (number, self.model_variable[1])

    def open_tape(self):
        if sum(map(len, self.model.open)) >= 5:
            return
        accessed = self.random.random() < 0.6
        ours = tf.GradientTape(persistent=True, watch_accessed_variables=accessed)
        theirs = ModelTape(self.model, accessed)
        self.enter(ours, theirs, self.tapes)
        for _ in range(self.random.randint(0, 2)):
            self.watch_by(len(self.tapes) - 1, self.any_value())

    def open_accumulator(self):
        if sum(map(len, self.model.open)) >= 5:
            return
        thread = self.any_thread()
        primals = sorted({self.any_value() for _ in range(self.random.randint(1, 2))})
        ours, theirs = [], []
        for _ in primals:
            if self.random.random() < 0.5:
                ours.append(tf.constant(-2.0, tf.float64))
                theirs.append(self.model.new(-2.0))
            else:
                k = self.any_value()
                given = self.value(k)
                ours.append(self.on(thread, lambda given=given: given * 0.5))
                theirs.append(self.model.compute("half", self.model_value(k)))
        values = [self.value(k) for k in primals]
        accumulator = tf.autodiff.ForwardAccumulator(values, ours)
        self.steps.append(("primals", primals, [float(t) for t in ours]))
        self.enter(
            accumulator,
            ModelAccumulator(self.model, [self.model_value(k, False) for k in primals], theirs),
            self.accumulators,
            thread,
        )

    def enter(self, ours, theirs, kind, thread=None):
        thread = self.any_thread() if thread is None else thread
        generator = self.random.random() < 0.3
        self.steps.append(("enter", thread, type(ours).__name__, len(kind), generator))
        if generator:
            self.generators[id(ours)] = in_a_generator(ours)
            self.on(thread, lambda: next(self.generators[id(ours)]))
        else:
            self.on(thread, ours.__enter__)
        self.home[id(ours)] = thread
        self.model.open[thread].append(theirs)
        kind.append((ours, theirs))

    def close(self):
        """The one opened last, or another."""
        recorders = [pair for pair in self.tapes + self.accumulators if self.is_open(pair)]
        if recorders:
            pair = self.random.choice(recorders)
            self.steps.append(("close", type(pair[0]).__name__, self.place(pair)))
            self.leave(pair)

    def place(self, pair):
        return (self.tapes if pair in self.tapes else self.accumulators).index(pair)

    def is_open(self, pair):
        return pair[1] in self.model.open[self.home[id(pair[0])]]

    def leave(self, pair):
        ours, theirs = pair
        thread = self.home[id(ours)]
        generator = self.generators.pop(id(ours), None)
        if generator is not None:
            self.on(thread, lambda: next(generator, None))
        else:
            self.on(thread, lambda: ours.__exit__(None, None, None))
        self.model.open[thread].remove(theirs)

    def enter_again(self):
        left = [
            pair for pair in self.tapes if not self.is_open(pair) and id(pair[0]) not in self.paused
        ]
        if not left:
            return
        ours, theirs = pair = self.random.choice(left)
        thread = self.any_thread()
        self.steps.append(("enter again", thread, self.place(pair)))
        if not self.refused(thread, ours.__enter__):
            self.home[id(ours)] = thread
            self.model.open[thread].append(theirs)

    def watch_by(self, k, x):
        ours, theirs = self.tapes[k]
        thread = self.home[id(ours)]
        self.steps.append(("watch", k, x))
        self.on(thread, lambda: ours.watch(self.value(x)))
        theirs.known.add(self.model_value(x, False)[1])

    def change_a_tape(self):
        recording = [k for k, pair in enumerate(self.tapes) if self.is_open(pair)]
        if not recording:
            return
        k = self.random.choice(recording)
        ours, theirs = pair = self.tapes[k]
        thread = self.home[id(ours)]
        choice = self.random.random()
        if choice < 0.6:
            self.watch_by(k, self.any_value())
        elif choice < 0.75:
            self.steps.append(("reset", k))
            self.on(thread, ours.reset)
            theirs.known.clear()
            theirs.records.clear()
            # As if it was entered now.
            self.model.open[thread].remove(theirs)
            self.model.open[thread].append(theirs)
        elif id(ours) not in self.generators:
            self.steps.append(("pause", k))
            pause = ours.stop_recording()
            self.on(thread, pause.__enter__)
            self.model.open[thread].remove(theirs)
            self.paused[id(ours)] = (pair, pause)

    def go_on(self):
        if not self.paused:
            return
        pair, pause = self.paused.pop(self.random.choice(list(self.paused)))
        ours, theirs = pair
        thread = self.home[id(ours)]
        self.steps.append(("go on", self.place(pair)))
        if not self.refused(thread, lambda: pause.__exit__(None, None, None)):
            self.model.open[thread].append(theirs)

    def ask_for_a_gradient(self):
        if self.tapes:
            k = self.random.randrange(len(self.tapes))
            self.gradient(k, self.any_value(), self.any_value(), self.any_thread())

    def gradient(self, k, target, source, thread, keep=True):
        ours, theirs = self.tapes[k]
        thread = self.home[id(ours)] if self.is_open(self.tapes[k]) else thread
        ask = self.random.choice([ours.gradient, ours.gradient, ours.jacobian])
        self.steps.append((ask.__name__, thread, k, target, source))
        answer = self.on(thread, lambda: ask(self.value(target), self.value(source)))
        read = ask.__name__ == "jacobian" and theirs.accessed and target == VARIABLE
        if read:
            theirs.known.add(self.model_variable[1])
        expected = theirs.gradient(
            self.model_value(target, False),
            self.model_value(source, False),
            same=ask.__name__ == "gradient",
        )
        self.compare(answer, expected)
        if keep and answer is not None and target != source:
            self.keep(answer, expected)

    def ask_for_a_tangent(self):
        if self.accumulators:
            k = self.random.randrange(len(self.accumulators))
            self.tangent(k, self.any_value())

    def tangent(self, k, target):
        ours, theirs = self.accumulators[k]
        self.steps.append(("jvp", k, target))
        answer = self.on(self.home[id(ours)], lambda: ours.jvp(self.value(target)))
        self.compare(answer, theirs.tangents.get(self.model_value(target, False)[1]))

    def run(self, length):
        kinds = {
            self.compute: 42,
            self.open_tape: 10,
            self.open_accumulator: 9,
            self.close: 7,
            self.enter_again: 3,
            self.ask_for_a_tangent: 10,
            self.ask_for_a_gradient: 12,
            self.change_a_tape: 8,
            self.go_on: 3,
            self.assign: 3,
        }
        try:
            for kind in self.random.choices(list(kinds), list(kinds.values()), k=length):
                kind()
            for pair in self.tapes + self.accumulators:
                if self.is_open(pair):
                    self.leave(pair)
            targets = range(VARIABLE, len(self.ours))
            for k in range(len(self.accumulators)):
                for target in targets:
                    self.tangent(k, target)
            for k in range(len(self.tapes)):
                for target in targets[::2]:
                    for source in (0, 1, VARIABLE, len(self.ours) // 2):
                        self.gradient(k, target, source, 0, keep=False)
        finally:
            self.threads.close()
