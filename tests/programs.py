"""Random programs of tensor operations, and what must hold of the derivatives of each.

A program is a list of steps, each of which applies an operation to values made before it.
Hypothesis draws the shapes, the operations and their arguments; numbers are held to sizes at which
differences are precise. A failing program prints itself as lines of Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c.core import _core

LARGEST = 20.0  # magnitude of a value; beyond, the next step brings it back
MOST = 48  # elements of a value


@dataclass
class Step:
    text: str  # with {0}, {1} for the operands
    operands: tuple[int, ...]
    function: Callable[..., tf.Tensor]
    analytic: bool = True


@dataclass
class Program:
    sources: list[np.ndarray]
    steps: list[Step] = field(default_factory=list)

    @property
    def analytic(self):
        return all(step.analytic for step in self.steps)

    def __call__(self, *sources):
        """The last two values, of which the others are the way to them or lead nowhere."""
        values = list(sources)
        for step in self.steps:
            values.append(step.function(*[values[k] for k in step.operands]))
        return values[len(sources) :][-2:]

    def __repr__(self):
        lines = ["Program:"]
        for k, x in enumerate(self.sources):
            lines.append(f"    v{k} = tf.constant({x.tolist()}, tf.float64)")
        for k, step in enumerate(self.steps, len(self.sources)):
            call = step.text.format(*(f"v{j}" for j in step.operands))
            lines.append(f"    v{k} = {call}")
        return "\n".join(lines)

    def _repr_pretty_(self, printer, cycle):  # what Hypothesis shows
        printer.text(repr(self))


# ---------------------------------------------------------------- steps
#
# Each of these draws one step on the values made so far; None where it does not apply.

# Defined and smooth for all numbers, and none of them grows fast.
ANALYTIC = {
    "tf.sin({0})": tf.sin,
    "tf.cos({0})": tf.cos,
    "tf.tanh({0})": tf.tanh,
    "tf.atan({0})": tf.atan,
    "tf.asinh({0})": tf.asinh,
    "tf.sigmoid({0})": tf.sigmoid,
    "-{0}": lambda x: -x,
    "{0} * 0.5 + 0.25": lambda x: x * 0.5 + 0.25,
    "1 - {0}": lambda x: 1 - x,
    "tf.square({0}) * 0.1": lambda x: tf.square(x) * 0.1,
    "tf.identity({0})": tf.identity,
    "tf.exp(tf.sin({0}))": lambda x: tf.exp(tf.sin(x)),
    "tf.math.expm1(tf.tanh({0}))": lambda x: tf.math.expm1(tf.tanh(x)),
    "tf.math.log(1.5 + tf.square({0}))": lambda x: tf.math.log(1.5 + tf.square(x)),
    "tf.math.log1p(tf.square({0}))": lambda x: tf.math.log1p(tf.square(x)),
    "tf.sqrt(0.5 + tf.square({0}))": lambda x: tf.sqrt(0.5 + tf.square(x)),
    "tf.math.rsqrt(0.5 + tf.square({0}))": lambda x: tf.math.rsqrt(0.5 + tf.square(x)),
    "tf.math.reciprocal(1.5 + tf.sin({0}))": lambda x: tf.math.reciprocal(1.5 + tf.sin(x)),
    "tf.tan(tf.sin({0}))": lambda x: tf.tan(tf.sin(x)),
    "tf.asin(0.9 * tf.sin({0}))": lambda x: tf.asin(0.9 * tf.sin(x)),
    "tf.acos(0.9 * tf.cos({0}))": lambda x: tf.acos(0.9 * tf.cos(x)),
    "tf.atanh(0.8 * tf.sin({0}))": lambda x: tf.atanh(0.8 * tf.sin(x)),
    "tf.acosh(1.5 + tf.square({0}))": lambda x: tf.acosh(1.5 + tf.square(x)),
    "tf.sinh(tf.sin({0}))": lambda x: tf.sinh(tf.sin(x)),
    "tf.cosh(tf.sin({0}))": lambda x: tf.cosh(tf.sin(x)),
    "(1.5 + tf.sin({0})) ** 1.5": lambda x: (1.5 + tf.sin(x)) ** 1.5,
    "2.0 ** tf.sin({0})": lambda x: 2.0 ** tf.sin(x),
}
REAL = {
    "tf.abs({0})": tf.abs,
    "tf.nn.relu({0})": tf.nn.relu,
    "tf.nn.softplus({0})": tf.nn.softplus,
    "tf.math.erf({0})": tf.math.erf,
    "tf.math.erfc({0})": tf.math.erfc,
    # Complex powers go through logarithms: near the negative axis they lose the small parts.
    "tf.sin({0}) ** 3": lambda x: tf.sin(x) ** 3,
    "tf.clip_by_value({0}, -0.7, 0.9)": lambda x: tf.clip_by_value(x, -0.7, 0.9),
    "tf.math.mod({0}, 1.7)": lambda x: tf.math.mod(x, 1.7),
    "tf.sign({0}) * {0}": lambda x: tf.sign(x) * x,
    "tf.cast(tf.cast({0}, tf.complex128), tf.float64)": lambda x: tf.cast(
        tf.cast(x, tf.complex128), tf.float64
    ),
    "tf.abs(tf.complex({0}, {0} + 0.5))": lambda x: tf.abs(tf.complex(x, x + 0.5)),
    "tf.math.imag(tf.exp(tf.complex(tf.sin({0}), {0})))": lambda x: tf.math.imag(
        tf.exp(tf.complex(tf.sin(x), x))
    ),
}
BINARY = {
    "{0} + {1}": lambda x, y: x + y,
    "{0} - {1}": lambda x, y: x - y,
    "{0} * {1}": lambda x, y: x * y,
    "{0} / (1.5 + tf.sin({1}))": lambda x, y: x / (1.5 + tf.sin(y)),
    "(1.5 + tf.sin({0})) ** tf.sin({1})": lambda x, y: (1.5 + tf.sin(x)) ** tf.sin(y),
}
REAL_BINARY = {
    "tf.maximum({0}, {1})": tf.maximum,
    "tf.minimum({0}, {1})": tf.minimum,
    "tf.atan2({0}, 1.5 + tf.sin({1}))": lambda x, y: tf.atan2(x, 1.5 + tf.sin(y)),
}
REDUCTIONS = {
    "reduce_sum": (tf.reduce_sum, True),
    "reduce_mean": (tf.reduce_mean, True),
    "reduce_prod": (tf.reduce_prod, True),
    "reduce_max": (tf.reduce_max, False),
    "reduce_min": (tf.reduce_min, False),
    "reduce_logsumexp": (tf.reduce_logsumexp, False),
}


def any_of(draw, values):
    return draw(st.integers(0, len(values) - 1))


def unary(draw, values):
    text = draw(st.sampled_from([*ANALYTIC, *REAL]))
    function = ANALYTIC.get(text) or REAL[text]
    return Step(text, (any_of(draw, values),), function, text in ANALYTIC)


def binary(draw, values):
    a = any_of(draw, values)
    fits = []
    for k, v in enumerate(values):
        try:
            if math.prod(np.broadcast_shapes(values[a].shape, v.shape)) <= MOST:
                fits.append(k)
        except ValueError:
            pass
    if not fits:
        return None
    b = draw(st.sampled_from(fits))
    pair = (a, b) if draw(st.booleans()) else (b, a)
    text = draw(st.sampled_from([*BINARY, *REAL_BINARY]))
    return Step(text, pair, BINARY.get(text) or REAL_BINARY[text], text in BINARY)


def reduction(draw, values):
    k = any_of(draw, values)
    rank = values[k].ndim
    axes = None
    if draw(st.booleans()):
        axes = draw(st.lists(st.integers(0, rank - 1), unique=True)) if rank else []
    keepdims = draw(st.booleans())
    name = draw(st.sampled_from(list(REDUCTIONS)))
    function, analytic = REDUCTIONS[name]
    text = f"tf.{name}({{0}}, {axes}, {keepdims})"
    return Step(text, (k,), lambda x: function(x, axes, keepdims), analytic)


def rearrangement(draw, values):
    """A change of shape or order of one value."""
    k = any_of(draw, values)
    shape = tuple(values[k].shape)
    rank = len(shape)
    kind = draw(
        st.sampled_from(
            ["reshape", "transpose", "expand", "squeeze", "broadcast", "tile", "reverse"]
        )
    )
    if kind == "reshape":
        ways = [(-1,), (1, -1), (-1, 1)] + [(n, -1) for n in (2, 3) if values[k].size % n == 0]
        way = draw(st.sampled_from(ways))
        return Step(f"tf.reshape({{0}}, {way})", (k,), lambda x: tf.reshape(x, way))
    if kind == "transpose":
        order = draw(st.permutations(range(rank)))
        return Step(f"tf.transpose({{0}}, {order})", (k,), lambda x: tf.transpose(x, order))
    if kind == "expand" and rank < 4:
        axis = draw(st.integers(-rank - 1, rank))
        return Step(f"tf.expand_dims({{0}}, {axis})", (k,), lambda x: tf.expand_dims(x, axis))
    if kind == "squeeze":
        return Step("tf.squeeze({0})", (k,), tf.squeeze)
    if kind == "broadcast" and rank < 4:
        wide = [draw(st.integers(1, 3)) if n == 1 else n for n in shape]
        wide = [draw(st.integers(1, 2)), *wide]
        return Step(f"tf.broadcast_to({{0}}, {wide})", (k,), lambda x: tf.broadcast_to(x, wide))
    if kind == "tile":
        counts = [draw(st.integers(1, 2)) for _ in shape]
        return Step(f"tf.tile({{0}}, {counts})", (k,), lambda x: tf.tile(x, counts))
    if kind == "reverse" and rank:
        axes = draw(st.lists(st.integers(0, rank - 1), unique=True))
        return Step(f"tf.reverse({{0}}, {axes})", (k,), lambda x: tf.reverse(x, axes))
    return None


def indexing(draw, values):
    k = any_of(draw, values)
    shape = tuple(values[k].shape)
    key = []
    arrays = draw(st.booleans())
    for n in shape:
        kind = draw(st.sampled_from(["all", "slice", "int", "new"] + ["array", "mask"] * arrays))
        if kind == "new" and len(shape) < 4:
            key.append(None)
        if kind == "int":
            key.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            start, stop = (draw(st.none() | st.integers(-n - 1, n + 1)) for _ in range(2))
            step = draw(st.none() | st.sampled_from([-2, -1, 1, 2]))
            bounds = slice(start, stop, step)
            key.append(bounds if len(range(n)[bounds]) else slice(None))
        elif kind == "array":
            # Arrays of one length broadcast with each other, whatever the axes.
            key.append([draw(st.integers(-n, n - 1)) for _ in range(2)])
        elif kind == "mask" and n >= 2 and not any(isinstance(i, np.ndarray) for i in key):
            key.append(np.arange(n) < 2)  # two elements, as the arrays
        else:
            key.append(slice(None))
    key = tuple(key)
    shown = tuple(i.tolist() if isinstance(i, np.ndarray) else i for i in key)
    return Step(f"{{0}}[{shown}]".replace("[(", "[").replace(")]", "]"), (k,), lambda x: x[key])


def joining(draw, values):
    k = any_of(draw, values)
    shape = tuple(values[k].shape)
    rank = len(shape)
    kind = draw(st.sampled_from(["concat", "stack", "where", "split", "unstack"]))
    others = [j for j, v in enumerate(values) if tuple(v.shape) == shape]
    j = draw(st.sampled_from(others))
    axis = draw(st.integers(0, max(rank - 1, 0)))
    if kind == "stack" and rank < 4:
        text = f"tf.stack([{{0}}, {{1}}], {axis})"
        return Step(text, (k, j), lambda x, y: tf.stack([x, y], axis))
    if kind == "where":
        mask = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 2, shape) == 1
        text = f"tf.where({mask.tolist()}, {{0}}, {{1}})"
        return Step(text, (k, j), lambda x, y: tf.where(mask, x, y))
    if rank == 0:
        return None
    if kind == "concat":
        text = f"tf.concat([{{0}}, {{1}}, {{0}}], {axis})"
        return Step(text, (k, j), lambda x, y: tf.concat([x, y, x], axis))
    if kind == "split":
        sizes = [1, -1]
        part = draw(st.integers(0, 1)) if shape[axis] > 1 else 0
        text = f"tf.split({{0}}, {sizes}, {axis})[{part}]"
        return Step(text, (k,), lambda x: tf.split(x, sizes, axis)[part])
    part = draw(st.integers(-shape[axis], shape[axis] - 1))
    text = f"tf.unstack({{0}}, axis={axis})[{part}]"
    return Step(text, (k,), lambda x: tf.unstack(x, axis=axis)[part])


def contraction(draw, values):
    k = any_of(draw, values)
    x = values[k]
    kind = draw(st.sampled_from(["matmul", "@", "tensordot", "outer", "einsum"]))
    if kind == "matmul" and x.ndim >= 2:
        fits = []
        for j, y in enumerate(values):
            if y.ndim < 2:
                continue
            for ta in (False, True):
                for tb in (False, True):
                    inner = x.shape[-2 if ta else -1] == y.shape[-1 if tb else -2]
                    batch = tuple(x.shape[:-2]), tuple(y.shape[:-2])
                    try:
                        np.broadcast_shapes(*batch)
                    except ValueError:
                        continue
                    if inner:
                        fits.append((j, ta, tb))
        j, ta, tb = draw(st.sampled_from(fits))
        text = f"0.5 * tf.matmul({{0}}, {{1}}, {ta}, {tb})"
        return Step(text, (k, j), lambda x, y: 0.5 * tf.matmul(x, y, ta, tb))
    vectors = [j for j, v in enumerate(values) if v.ndim == 1]
    if kind == "@" and x.ndim >= 1:
        fits = [j for j in vectors if values[j].shape[0] == x.shape[-1]]
        if fits:
            return Step("{0} @ {1}", (k, draw(st.sampled_from(fits))), lambda x, y: x @ y)
    if kind == "tensordot" and x.ndim >= 1:
        fits = [j for j, v in enumerate(values) if v.ndim and v.shape[0] == x.shape[-1]]
        if fits:
            text = "tf.tensordot({0}, {1}, 1)"
            j = draw(st.sampled_from(fits))
            return Step(text, (k, j), lambda x, y: tf.tensordot(x, y, 1))
    if kind == "outer" and x.ndim == 1:
        j = draw(st.sampled_from(vectors))
        return Step(
            "tf.einsum('i,j->ij', {0}, {1})", (k, j), lambda x, y: tf.einsum("i,j->ij", x, y)
        )
    if kind == "einsum" and x.ndim >= 2:
        equation = draw(st.sampled_from(["...ij->...ji", "...ij->...j", "...ij,...ij->...i"]))
        if x.shape[-1] == x.shape[-2]:
            equation = draw(st.sampled_from(["...ii->...i", "...ii->...", equation]))
        operands = (k, k) if "," in equation else (k,)
        text = f"tf.einsum({equation!r}, {', '.join(f'{{{n}}}' for n in range(len(operands)))})"
        return Step(text, operands, lambda *x: tf.einsum(equation, *x))
    return None


STEPS = [unary, unary, binary, binary, reduction, rearrangement, indexing, joining, contraction]


@st.composite
def programs(draw, most_steps=9, analytic=False):
    """Programs on one to three float64 sources."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = draw(st.lists(st.lists(st.integers(1, 3), max_size=3), min_size=1, max_size=3))
    program = Program([np.asarray(random.uniform(-1.5, 1.5, shape)) for shape in shapes])
    values = [tf.constant(x) for x in program.sources]

    def append(step):
        values.append(step.function(*[values[k] for k in step.operands]))
        program.steps.append(step)

    for _ in range(draw(st.integers(1, most_steps))):
        step = draw(st.sampled_from(STEPS))(draw, values)
        if step is None or (analytic and not step.analytic):
            continue
        append(step)
        while values[-1].size > MOST:
            append(
                Step("tf.reduce_mean({0}, 0)", (len(values) - 1,), lambda x: tf.reduce_mean(x, 0))
            )
        if values[-1].size == 0 or np.max(np.abs(np.asarray(values[-1]))) > LARGEST:
            append(Step("tf.tanh({0})", (len(values) - 1,), tf.tanh))
    if not program.steps:
        append(Step("tf.sin({0})", (0,), tf.sin))
    return program


# ---------------------------------------------------------------- what must hold


def dot(xs, ys):
    """The sum of the products, and of their magnitudes, which is what rounding is measured by."""
    products = [np.ravel(np.asarray(x) * np.asarray(y)) for x, y in zip(xs, ys)]
    terms = np.concatenate([np.zeros(1), *products])
    return terms.sum(), np.abs(terms).sum()


def directions(program, count):
    """Random arrays like the sources, and one set like the outputs."""
    random = np.random.default_rng(0)
    outputs = program(*map(tf.constant, program.sources))
    along = [[random.normal(size=x.shape) for x in program.sources] for _ in range(count)]
    return *along, [random.normal(size=tuple(y.shape)) for y in outputs]


def difference(f, xs, along, step):
    def at(t):
        return f([x + t * v for x, v in zip(xs, along)])

    return (at(step) - at(-step)) / (2 * step)


def agree_with_differences(f, exact, scale, xs, along):
    """Central differences of two steps: how far they are apart bounds the error of the better."""
    coarse, fine = (difference(f, xs, along, step) for step in (2e-5, 1e-5))
    error = 4 * abs(coarse - fine) + 1e-7 * (scale + abs(fine)) + 1e-8
    assert abs(exact - fine) <= error, (exact, fine, error)


def sources_of(program):
    return [tf.constant(x) for x in program.sources]


def tape_gradient(program, xs, upstream):
    with tf.GradientTape() as tape:
        tape.watch(xs)
        outputs = program(*xs)
    return tape.gradient(outputs, xs, output_gradients=upstream, unconnected_gradients="zero")


def check_gradient_by_differences(program):
    along, upstream = directions(program, 1)
    gradients = tape_gradient(program, sources_of(program), upstream)
    exact, scale = dot(gradients, along)

    def value(xs):
        return dot(program(*map(tf.constant, xs)), upstream)[0]

    agree_with_differences(value, exact, scale, program.sources, along)


def check_gradient_by_complex_step(program):
    """For analytic programs, to rounding errors."""
    along, upstream = directions(program, 1)
    exact, scale = dot(tape_gradient(program, sources_of(program), upstream), along)
    step = 1e-30
    moved = [tf.constant(x + 1j * step * v) for x, v in zip(program.sources, along)]
    wanted = dot(program(*moved), upstream)[0].imag / step
    assert abs(exact - wanted) <= 1e-9 * (scale + abs(wanted)) + 1e-12, (exact, wanted)


def check_gradient_of_complex_numbers(program):
    """Analytic programs at complex points: the gradient g has Re(conj(g) v) as slope along v."""
    random = np.random.default_rng(1)

    def like(x):
        x = np.asarray(x)
        return random.normal(size=x.shape) + 1j * random.normal(size=x.shape)

    points = [x * (1 + 0.1j) for x in program.sources]
    along = [like(x) for x in points]
    xs = [tf.constant(x) for x in points]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        outputs = program(*xs)
    upstream = [like(y) for y in outputs]
    gradients = tape.gradient(outputs, xs, output_gradients=upstream, unconnected_gradients="zero")
    slope, scale = dot(map(np.conj, gradients), along)
    pushed = tape._jvp(outputs, xs, along)
    pushed = [tf.zeros_like(y) if t is None else t for y, t in zip(outputs, pushed)]
    onward, other = dot(map(np.conj, upstream), pushed)
    assert abs(slope.real - onward.real) <= 1e-9 * (scale + other) + 1e-12

    def value(xs):
        return dot(map(np.conj, upstream), program(*map(tf.constant, xs)))[0].real

    agree_with_differences(value, slope.real, scale, points, along)


def check_forward_against_reverse(program):
    along, upstream = directions(program, 1)
    xs = sources_of(program)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        outputs = program(*xs)
    gradients = tape.gradient(outputs, xs, output_gradients=upstream, unconnected_gradients="zero")
    pushed = tape._jvp(outputs, xs, along)
    pushed = [tf.zeros_like(y) if t is None else t for y, t in zip(outputs, pushed)]
    backward, scale = dot(gradients, along)
    onward, other = dot(pushed, upstream)
    assert abs(backward - onward) <= 1e-10 * (scale + other) + 1e-13, (backward, onward)


def check_hessian(program):
    """It is symmetric, the same by both sweeps over reverse, and right by differences."""
    v, w, upstream = directions(program, 2)
    xs = sources_of(program)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(xs)
        gradients = tape_gradient(program, xs, upstream)
    columns = [
        outer.gradient(gradients, xs, output_gradients=z, unconnected_gradients="zero")
        for z in (v, w)
    ]
    vw, scale = dot(columns[0], w)
    wv, other = dot(columns[1], v)
    scale += other
    assert abs(vw - wv) <= 1e-9 * scale + 1e-12, (vw, wv)
    pushed = outer._jvp(gradients, xs, w)
    pushed = [tf.zeros_like(g) if t is None else t for g, t in zip(gradients, pushed)]
    onward, _ = dot(pushed, v)
    assert abs(vw - onward) <= 1e-9 * scale + 1e-12, (vw, onward)

    def slope(points):
        return dot(tape_gradient(program, [tf.constant(x) for x in points], upstream), v)[0]

    agree_with_differences(slope, vw, scale, program.sources, w)


def check_watching_changes_nothing(program):
    """The values on a tape are those off it, bit for bit, and again when it is run once more."""
    plain = program(*sources_of(program))
    xs = sources_of(program)
    with tf.GradientTape(persistent=True) as outer, tf.GradientTape() as tape:
        outer.watch(xs)
        tape.watch(xs)
        recorded = program(*xs)
    upstream = directions(program, 0)[0]
    first = tape.gradient(recorded, xs, output_gradients=upstream)
    second = outer.gradient(recorded, xs, output_gradients=upstream)
    for a, b in zip([*plain, *first], [*recorded, *second]):
        assert (a is None) == (b is None)
        assert a is None or a.numpy().tobytes() == b.numpy().tobytes()


def check_float32_follows_float64(program):
    """The same program in float32: its dtypes, and its gradients roughly."""
    upstream = directions(program, 0)[0]
    exact = tape_gradient(program, sources_of(program), upstream)
    xs = [tf.constant(x.astype("float32")) for x in program.sources]
    narrow = [u.astype("float32") for u in upstream]
    for g, h in zip(tape_gradient(program, xs, narrow), exact):
        assert g.dtype == "float32" and g.shape == h.shape
        assert np.all(np.isfinite(g.numpy())) == np.all(np.isfinite(h.numpy()))


def values_and_gradients(program):
    """Of the sources and of the outputs' cotangents behind them."""
    count = len(program.sources)

    def function(*given):
        xs, upstream = list(given[:count]), list(given[count:])
        gradients = tape_gradient(program, xs, upstream)
        return [*program(*xs), *map(tf.convert_to_tensor, gradients)]

    return function


def samples_of(program, count):
    """Sources near those of the program, each with the same cotangents behind them."""
    *along, upstream = directions(program, count)
    for moved in along:
        yield [*(x + 0.1 * v for x, v in zip(program.sources, moved)), *upstream]


def same_but_for_rounding(found, expected):
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    np.testing.assert_allclose(found / scale, expected / scale, rtol=1e-10, atol=1e-11)


def check_run_again(program):
    """Recorded once with its gradients, and run with others: a call with those."""
    function = values_and_gradients(program)
    recorded, given = samples_of(program, 2)
    found = _core.Program(function, recorded).run(given)
    expected = function(*map(tf.constant, given))
    outputs = len(expected) - len(program.sources)
    for a, b in zip(found[:outputs], expected):
        assert a.numpy().tobytes() == b.numpy().tobytes()
    for a, b in zip(found[outputs:], expected[outputs:]):  # sums come in another order
        same_but_for_rounding(a.numpy(), b.numpy())


def check_batches(program):
    """With an axis in front of all arguments, or of the first: single calls, stacked."""
    function = values_and_gradients(program)
    samples = list(samples_of(program, 3))
    recorded = _core.Program(function, samples[0])
    for in_batch in ([True] * len(samples[0]), [True] + [False] * (len(samples[0]) - 1)):
        rows = [
            [x if is_in else first for x, first, is_in in zip(s, samples[0], in_batch)]
            for s in samples
        ]
        given = [np.stack(c) if is_in else c[0] for c, is_in in zip(zip(*rows), in_batch)]
        expected = zip(*(function(*map(tf.constant, row)) for row in rows))
        for a, b in zip(recorded.run(given, in_batch, 3), expected):
            same_but_for_rounding(a.numpy(), np.stack([y.numpy() for y in b]))


def check_patterns(program):
    """No element of the Jacobian that is not zero is missing in the pattern."""
    patterns = _core.Program(program, program.sources).patterns()
    xs = sources_of(program)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        outputs = program(*xs)
    for y, pattern in zip(outputs, patterns):
        found = tape.jacobian(y, xs, unconnected_gradients="zero")
        whole = np.hstack([np.reshape(j.numpy(), (y.shape.num_elements(), -1)) for j in found])
        assert not ((whole != 0) & ~pattern.numpy()).any()


CHECKS = [
    check_gradient_by_differences,
    check_gradient_by_complex_step,
    check_gradient_of_complex_numbers,
    check_forward_against_reverse,
    check_hessian,
    check_watching_changes_nothing,
    check_float32_follows_float64,
    check_run_again,
    check_batches,
    check_patterns,
]


def programs_for(check, most_steps=9):
    # In a batch, numbers that were equal may differ in their last digit, and not share a cotangent.
    smooth = (check_gradient_by_complex_step, check_gradient_of_complex_numbers, check_batches)
    analytic = check in smooth
    return programs(most_steps, analytic)
