"""Random programs for `tf.function`: Python's control flow, loops and branches, rules of one's own,
derivatives inside, effects.

A program is a list of steps, which are tuples, some with programs in them. `Calls` makes a function
of one, which is an interpreter of the program: it knows no optimisation, and what it does with
Python's `if` and `while` is what a user's function does.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import autograd_c as tf

NAMES = ("x", "y", "z")


def whole(a):
    return tf.cast(tf.cast(a * 4.0, tf.int32), a.dtype) * 0.25


def turned(a):
    return a[::-1] if a.shape.rank else -a


def halves(a):
    """Joined again in another order."""
    if not a.shape.rank:
        return tf.reduce_sum(tf.stack([a, a * 0.5]))
    return tf.concat([a[1:], a[:1]], 0)


def picked(a):
    """By an index that is computed, which Python does not read."""
    if not a.shape.rank:
        return a * 0.75
    return a * tf.tanh(a[tf.math.argmax(a)])


UNARY = {
    "sin": tf.sin,
    "tanh": tf.tanh,
    "double": lambda a: a * 2.0,
    "softplus": tf.nn.softplus,
    "positive": lambda a: tf.nn.relu(a) + 0.25,
    "turned": turned,
    "halves": halves,
    "picked": picked,
    "whole": whole,
    "narrow": lambda a: tf.cast(tf.cast(a, tf.float32), a.dtype),
    "same": tf.identity,
    "stopped": lambda a: a * tf.stop_gradient(tf.cos(a)),
    "mean": lambda a: a - tf.reduce_mean(a),
    "sums": lambda a: tf.cumsum(a) / 8.0 if a.shape.rank else a,
}
BINARY = {
    "add": tf.add,
    "subtract": tf.subtract,
    "multiply": tf.multiply,
    "quotient": lambda a, b: a / (1.5 + b * b),
    "smaller": tf.minimum,
    "chosen": lambda a, b: tf.where(a > b, a, b * 0.5),
    "product": lambda a, b: a * tf.reduce_sum(a * b) / (1.0 + tf.reduce_sum(b * b)),
}
ASSIGNS = ("assign", "assign_add", "assign_sub")
LOOPS = ("while", "most", "checkpoints", "scan", "foldl", "foldr", "map_fn")
# What a function with a derivative of its own says that this is.
RULES = ("twice", "clipped", "of inputs", "of results", "of a Variable", "of a tape", "of itself")
# Derivatives of functions, by what is around them.
DERIVATIVES = ("gradient", "second", "tangent", "gradient of tangent", "tangent of gradient")

names = st.sampled_from(NAMES)
# Such that hardly any value is equal to one of them.
numbers = st.sampled_from((-1.013, -0.2491, 0.0317, 0.5173, 1.4939))
places = st.integers(-3, 2)

# Steps by kind, with strategies for what is behind it: here those that do nothing but compute.
COMPUTES = {
    "unary": (names, st.sampled_from(sorted(UNARY)), names),
    "binary": (names, st.sampled_from(sorted(BINARY)), names, names),
    "read": (names,),
    "part": (names, places, names),
}
# These read values, or are seen from outside: no part of a loop or a branch can be made of them.
ACTS = {
    "masked": (names, numbers),
    "assign": (st.sampled_from(ASSIGNS), names),
    "row": (places, names),
    "number": (names, names),
    "print": (names,),
    "drawn": (names,),
    "host": (names,),
    "return": (names, numbers),
}
# These have programs in them, in the place of each None.
PARTS = {
    "loop": (st.sampled_from(LOOPS), names, names, None),
    "branch": (names, names, numbers, None, None),
    "switch": (names, names, None, None),
    "rule": (st.sampled_from(RULES), names, names, None),
    "through": (names, names, None),
    "derivative": (st.sampled_from(DERIVATIVES), names, names, None),
    "call": (st.integers(0, 2), names, None),
}
# The programs in these do nothing but compute: they are called as often as is convenient.
PURE_PARTS = {"again": (names, names, None), "rows": (names, names, None)}
CHOICES = {"if": (names, numbers, None, None), "for": (names, st.integers(1, 3), None)}

PURE = {**COMPUTES, **PARTS, **PURE_PARTS}
ALL = {**PURE, **ACTS, **CHOICES}


@st.composite
def blocks(draw, depth=2, pure=False):
    """Programs, with others in them up to a depth.

    Args:
        pure: they do nothing but compute, and read no values.
    """
    kinds = PURE if pure else ALL
    # What computes and what has parts are about as frequent.
    weighted = [*COMPUTES, *COMPUTES, *(kinds if depth else {k for k in kinds if k in ACTS})]
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(sorted(weighted)))
        steps.append(
            (
                kind,
                *(
                    draw(blocks(depth - 1, pure or kind in PURE_PARTS) if what is None else what)
                    for what in kinds[kind]
                ),
            )
        )
    return steps


def steps_of(block):
    """All of a program, those within others included."""
    for step in block:
        yield step
        for part in step:
            if isinstance(part, list):
                yield from steps_of(part)


class Returned(Exception):
    """Where a program ends before its last step."""


class Calls:
    """What the calls of a program's function share.

    Args:
        block: the program.
        function: what is made of functions: `tf.function`, or nothing.
        shape, dtype: of all values.
    """

    def __init__(self, block, function, shape, dtype):
        self.block, self.shape, self.dtype = block, shape, dtype
        self.first = tf.cast(tf.reshape(tf.linspace(0.5, -1.0, int(np.prod(shape))), shape), dtype)
        self.variable = tf.Variable(self.first)
        self.printed, self.runs = [], 0
        self.assigns = any(kind in ("assign", "row") for kind, *_ in steps_of(block))
        self.function, self.inner = function, {}
        self.call = function(self.body)

    def reset(self):
        """As before the first call, but for what was recorded."""
        self.variable.assign(self.first)
        self.printed.clear()
        tf.random.set_seed(7)

    def is_called(self):
        """Whether one of the functions is called each time."""
        functions = [self.call, *self.inner.values()]
        return any(tree.problem is not None for f in functions for tree, _ in f._trees.values())

    def body(self, x, y, count, unused):
        del unused
        self.runs += 1
        values = {"x": x, "y": y, "z": x + y * float(count)}
        try:
            self.run(self.block, values)
        except Returned:
            return values["x"]
        return {"z": values["z"], "rest": [values["x"], values["y"]]}

    # ------------------------------------------------------------ programs

    def run(self, block, values):
        """Do what a program does with the tensors in `values`."""
        for kind, *what in block:
            getattr(self, f"do_{kind}")(values, *what)

    def result_of(self, block, values, target, given):
        """What a program makes of one value, which is of the size of some units."""
        local = dict(values)
        local[target] = given
        self.run(block, local)
        return tf.tanh(local[target])

    def do_unary(self, values, target, name, a):
        values[target] = UNARY[name](values[a])

    def do_binary(self, values, target, name, a, b):
        values[target] = BINARY[name](values[a], values[b])

    def do_assign(self, values, how, a):
        getattr(self.variable, how)(tf.clip_by_value(values[a], -2.0, 2.0))

    def do_row(self, values, place, a):
        if self.shape:
            self.variable.scatter_nd_add(
                [[place % self.shape[0]], [0]], tf.tanh(tf.stack([values[a][1], values[a][0]]))
            )

    def do_read(self, values, target):
        values[target] = self.variable * values[target]

    def do_part(self, values, target, place, a):
        changed = values[target] * 1.0
        if self.shape:
            changed[place] = tf.reduce_mean(values[a])
        else:
            changed[...] = values[a] * 0.5
        values[target] = changed

    def do_masked(self, values, target, limit):
        changed = values[target] * 1.0
        changed[changed > limit] *= 0.5
        values[target] = changed

    def do_number(self, values, target, a):
        # A whole number, so that it does not differ at each call.
        values[target] = values[target] * round(float(tf.reduce_mean(values[a])) * 0.75)

    def do_print(self, values, a):
        tf.print(values[a] > 0.0137, output_stream=self.printed.append)

    def do_drawn(self, values, target):
        values[target] = values[target] * tf.random.uniform(self.shape, dtype=self.dtype)

    def do_host(self, values, target):
        found = tf.numpy_function(np.arctan, [values[target]], self.dtype)
        values[target] = tf.ensure_shape(found, self.shape)

    # ------------------------------------------------------------ Python's control flow

    def do_if(self, values, a, limit, then, otherwise):
        self.run(then if tf.reduce_max(values[a]) > limit else otherwise, values)

    def do_for(self, values, a, limit, block):
        rounds = tf.constant(0)
        while rounds < limit and tf.reduce_min(values[a]) > -1.5173:
            self.run(block, values)
            rounds += 1

    def do_call(self, values, number, target, block):
        # One function for all steps with this program, which are called with other values.
        key = number, repr(block)
        if key not in self.inner:
            self.inner[key] = self.function(
                lambda values: self.result_of(block, values, target, values[target])
            )
        values[target] = self.inner[key](dict(values))

    def do_return(self, values, a, limit):
        if tf.reduce_mean(values[a]) > limit:
            raise Returned

    # ------------------------------------------------------------ loops and branches

    def do_loop(self, values, how, target, a, block):
        def round_of(u, w):
            return self.result_of(block, {**values, a: w}, target, u)

        first, other = values[target], values[a]
        if how in ("while", "most", "checkpoints"):
            last = tf.math.floormod(tf.cast(tf.reduce_sum(other) * 2.0, tf.int32), 4)
            options = {} if how == "while" else {"maximum_iterations": 3}
            if how == "checkpoints":
                options["swap_memory"] = True
            values[target] = tf.while_loop(
                lambda k, u, w: (k < last) & (tf.reduce_max(u) > -1.4917),
                lambda k, u, w: (k + 1, round_of(u, w), w * 0.75 + u * 0.25),
                (tf.constant(0), first, other),
                **options,
            )[1]
            return
        rows = tf.stack([other, tf.sin(other), first * 0.5])
        if how == "scan":
            found = tf.scan(round_of, rows, first)
            values[target] = found[-1] + found[0] * 0.5
        elif how == "map_fn":
            found = tf.map_fn(lambda w: round_of(w, first), rows)
            values[target] = tf.reduce_sum(found, 0)
        else:
            values[target] = getattr(tf, how)(round_of, rows, first)

    def do_branch(self, values, target, a, limit, then, otherwise):
        values[target] = tf.cond(
            tf.reduce_max(values[a]) > limit,
            lambda: self.result_of(then, values, target, values[target]),
            lambda: self.result_of(otherwise, values, target, values[target]),
        )

    def do_switch(self, values, target, a, first, second):
        number = tf.cast(tf.reduce_sum(values[a]), tf.int32)
        values[target] = tf.switch_case(
            number,
            [
                lambda: self.result_of(first, values, target, values[target]),
                lambda: values[a] * 0.5,
                lambda: self.result_of(second, values, target, values[target]),
            ],
        )

    def do_rows(self, values, target, a, block):
        rows = tf.stack([values[target], values[a], values[target] * values[a]])
        found = tf.vectorized_map(lambda row: self.result_of(block, values, target, row), rows)
        values[target] = tf.reduce_mean(found, 0)

    # ------------------------------------------------------------ derivatives

    # These take all values as arguments, so that their rules have no other tensors to tell of.

    def with_arguments(self, values, block, target):
        """What the program makes of values that are given in the order of `NAMES`."""
        return lambda *given: self.result_of(
            block, dict(zip(NAMES, given, strict=True)), target, given[NAMES.index(target)]
        )

    def do_rule(self, values, how, target, a, block):
        f = self.with_rule(how, target, a, block, self.with_arguments(values, block, target))
        values[target] = f(*[values[name] for name in NAMES])

    def with_rule(self, how, target, a, block, value):
        kinds = {kind for kind, *_ in steps_of(block)}
        parts = {"branch", "switch", "loop"} & kinds
        if how == "of itself" and kinds & set(ACTS):
            how = "twice"  # how often a gradient function is called is nobody's business
        if how == "of a Variable" and self.assigns:
            how = "of inputs"  # in a loop it has the value that it had in the call

        @tf.custom_gradient
        def f(*given):
            u, w = given[NAMES.index(target)], given[NAMES.index(a)]
            if how != "of a tape":
                y = value(*given)
            else:
                with tf.GradientTape() as tape:
                    tape.watch(u)
                    y = value(*given)
                slope = tape.gradient(y, u, unconnected_gradients="zero")

            def gradient(dy, variables=None):
                by_target, by_other = {
                    "twice": lambda: (dy * 2.0, dy),
                    "clipped": lambda: (tf.clip_by_value(dy, -0.5173, 0.5173), -dy),
                    "of inputs": lambda: (dy * tf.cos(u), dy * w * u),
                    "of results": lambda: (dy * (1.0 - y * y), None),
                    "of a Variable": lambda: (dy * self.variable, dy * u),
                    "of a tape": lambda: (dy * slope * 0.5, dy),
                    "of itself": lambda: (dy * f(*[0.5 * x for x in given]), dy),
                }[how]()
                slopes = {**dict.fromkeys(NAMES), a: by_other, target: by_target}
                if variables is None:
                    return tuple(slopes.values())
                # In a record all branches are there, and so is what they read; here none may be.
                by_variables = [tf.zeros_like(dy) if parts else dy * u for _ in variables]
                return tuple(slopes.values()), by_variables

            return y, gradient

        return f

    def do_through(self, values, target, a, block):
        f = tf.grad_pass_through(lambda u: self.result_of(block, values, target, tf.floor(u)))
        values[target] = f(values[target]) * values[a]

    def do_again(self, values, target, a, block):
        f = tf.recompute_grad(self.with_arguments(values, block, target))
        values[target] = f(*[values[name] for name in NAMES]) * values[a]

    def do_derivative(self, values, how, target, a, block):
        def f(u):
            return self.result_of(block, values, target, u) * values[a]

        def gradient(f):
            def g(u):
                with tf.GradientTape() as tape:
                    tape.watch(u)
                    y = f(u)
                return tape.gradient(y, u, unconnected_gradients="zero")

            return g

        def tangent(f):
            def g(u):
                with tf.autodiff.ForwardAccumulator(u, tf.cos(u)) as accumulator:
                    y = f(u)
                return accumulator.jvp(y, unconnected_gradients="zero")

            return g

        ways = {
            "gradient": gradient,
            "second": lambda f: gradient(gradient(f)),
            "tangent": tangent,
            "gradient of tangent": lambda f: gradient(tangent(f)),
            "tangent of gradient": lambda f: tangent(gradient(f)),
        }
        values[target] = tf.tanh(ways[how](f)(values[target]))
