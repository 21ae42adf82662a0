"""Every operation that has a derivative, in compositions of all that takes derivatives.

A program is a function of a vector that returns a real number. A transformation makes of it another
such function: its derivative along a fixed direction, or its second derivative along it. Thus all
compositions of one order are the same number: d^n/dt^n program(x + t v) at t = 0. Where the program
is analytic, Cauchy's integral formula gives that number to nearly all digits for any n; where not,
central differences of the order below do to a few.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func
from autograd_c.core import _core
from autograd_c.functions.sparse.products import sampled_product

from ..operations import ROWS, TABLE, arguments, is_analytic, public

DIFFERENTIABLE = [row for row in ROWS if row["differentiable"]]


@dataclass(frozen=True)
class Program:
    name: str
    function: object  # of a tensor of shape [n], with an output of any shape
    point: np.ndarray
    analytic: bool  # the function takes complex numbers, and is analytic

    @property
    def direction(self):
        random = np.random.default_rng(self.point.size)
        v = random.uniform(0.2, 0.5, self.point.shape)
        if self.point.dtype.kind == "c":
            v = v + 1j * random.uniform(0.2, 0.5, self.point.shape)
        return tf.constant(v)

    def value(self, x):
        """The function as one number, by weights that leave no part out."""
        y = self.function(x)
        weights = np.random.default_rng(y.size).uniform(0.5, 1.5, y.shape)
        return tf.reduce_sum(y * weights)

    def number(self, x):
        y = self.value(x)
        return tf.math.real(y) if y.dtype.is_complex else y


# ---------------------------------------------------------------- the programs


def elementwise(row):
    """On arrays and on numbers, of tensors and beside constants, with broadcasting."""
    f = public(row)
    if row["arity"] == 1:
        return lambda x: f(x) + f(x[0]) * 0.5

    def both(x):
        a, b, c, d = x[0], x[1], x[:2], x[2:]
        with_constants = f(c, 1.25) + f(1.25, d)
        return f(c, d) + f(a, d) * 0.3 + f(d, b) * 0.7 + f(a, b) + with_constants

    return both


def elementwise_programs():
    for row in DIFFERENTIABLE:
        shapes = [(3,)] if row["arity"] == 1 else [(2,), (2,)]
        if "f" in row["kinds"]:
            point = np.concatenate(arguments(row, shapes, "float64", seed=1))
            yield Program(row["name"], elementwise(row), point, is_analytic(row))
        if "c" in row["kinds"]:
            point = np.concatenate(arguments(row, shapes, "complex128", seed=1))
            yield Program(f"{row['name']} complex", elementwise(row), point, is_analytic(row))


@tf.custom_gradient
def custom_sine(x):
    return tf.sin(x), lambda upstream: upstream * tf.math.conj(tf.cos(x))


@tf.custom_gradient
def product_and_quotient(x, y):
    def grad(by_product, by_quotient):
        by_x = by_product * tf.math.conj(y) + by_quotient / tf.math.conj(y)
        by_y = by_product * tf.math.conj(x) - by_quotient * tf.math.conj(x / y**2)
        return by_x, by_y

    return (x * y, x / y), grad


def shapes(x):
    m = tf.reshape(x, (2, 2))
    wide = tf.broadcast_to(m[:, None], (2, 3, 2)) * tf.transpose(m)[0]
    parts = tf.tile(tf.squeeze(tf.expand_dims(x, 0)), [2]) * tf.reverse(tf.concat([x, x], 0), [0])
    return tf.reshape(wide, (-1,))[:8] * parts


def joins(x):
    a, b = tf.split(x, 2)
    stacked = tf.stack([a * b, a, b * b], axis=1)
    return tf.concat([stacked, tf.stack(tf.unstack(stacked, axis=1), axis=1) * stacked], 0)


def indices(x):
    chosen = x[[0, 3, 0]] * x[np.array([True, False, True, True])]
    return x[::-2][None, :] * chosen[:2] + x[..., 1] * tf.reshape(x, (2, 2))[:, 1:]


def gathers(x):
    rows = tf.gather(tf.reshape(x, (2, 2)), [1, 0, 1, 1])
    return rows * tf.gather(x, [2, 2, 3, 0])[:, None] * tf.gather(rows * rows, [1], axis=1)


def scatters(x):
    return _core.scatter_rows(x * x, [0, 2, 0, 2], 3) * _core.scatter_rows(x, [1, 0, 0, 2], 3)


def replaced(x):
    padded = tf.pad(x * x, [[1, 2]], constant_values=x[0]) + tf.pad(x, [[1, 2]], "reflect")
    updated = tf.tensor_scatter_nd_update(padded, [[0], [3], [0]], x[1:] * x[:3])
    return updated * tf.tensor_scatter_nd_sub(padded, [[6], [3], [6]], x[1:] * x[1])


def sums(x):
    m = tf.reshape(x, (2, 2)) * x[0]
    running = tf.cumsum(m, 1, exclusive=True, reverse=True)
    return tf.reduce_sum(m, 0) * tf.reduce_mean(m, 1) + tf.reduce_prod(m, 0) * tf.reduce_sum(
        m * tf.cumsum(m) + running
    )


def extrema(x):
    m = tf.reshape(x * x * x, (2, 2))
    return tf.reduce_max(m, 1) ** 2 * tf.reduce_min(m * m) + tf.reduce_logsumexp(m, 0) * x[1]


def larger_parts(x):
    m = tf.reshape(x * x * x, (2, 2))
    larger = tf.tensor_scatter_nd_max(m * m, [[0], [1], [0]], tf.concat([m, m[:1] * x[3]], 0))
    return larger * tf.tensor_scatter_nd_min(m, [[1, 1], [0, 1]], x[1:3] * x[0])


def products(x):
    m = tf.reshape(x, (2, 2))
    once = tf.matmul(m, m, transpose_b=True) @ m
    return once + tf.tensordot(x, x, 1) * tf.einsum("ij,jk,i->ik", m, once, m[0])


def factors(x):
    m = tf.reshape(x, (2, 2))
    l = tf.linalg.cholesky(m @ m.T + np.eye(2))  # noqa: E741
    back = _core.apply("cholesky_reverse", [l, m * x[1]])
    return tf.reduce_sum(tf.linalg.triangular_solve(l, m * x[0]) * l + back) * x


def decomposed(x):
    m = tf.reshape(x, (2, 2))
    return tf.norm(m * x[0], 2, [0, 1]) * tf.norm(tf.concat([m, m * m], 1), 2, [0, 1]) * x


def of_matrices(x):
    m = tf.reshape(x, (2, 2)) + 2 * np.eye(2)
    known = _core.apply("lu", [tf.stop_gradient(m)])
    y = tf.linalg.solve(m * x[0], m) + _core.apply("factored_solve", [m, m * x[1], known], [True])
    y = y @ tf.linalg.inv(m) + tf.linalg.lu(m).lu * tf.linalg.det(m * x[1])
    logarithms = tf.linalg.slogdet(m * x[0])[1]
    bands = tf.linalg.diag(tf.linalg.diag_part(y, k=(-1, 0)), k=(-1, 0)) * logarithms
    return tf.linalg.set_diag(bands, x[:2]) + _core.apply("cofactors", [m])


def factors_of_matrices(x):
    m = tf.reshape(x, (2, 2)) + 2 * np.eye(2)
    q, r = tf.linalg.qr(m * x[0])
    q2, r2 = tf.linalg.qr(tf.concat([m, m * x[1]], 1))
    return q @ r2[:, 1:3] * r + q2 @ tf.linalg.pinv(m)


def functions_of_matrices(x):
    m = tf.reshape(x, (2, 2))
    roots = tf.linalg.sqrtm(m * x[0] + 6 * np.eye(2)) @ tf.linalg.expm(m * x[1])
    logarithm = tf.math.real(tf.linalg.logm(tf.cast(m + 6 * np.eye(2), tf.complex128)))
    bands = tf.stack([x * x[1], x + 4.0, x])
    products = _core.apply("band_outer", [m, m * x[0]], [0, 1])
    products = products + _core.apply("band_times", [m, m], [False, 1, 0])
    return roots * logarithm * tf.linalg.tridiagonal_solve(bands, x)[1:3] * products


def assignments(x):
    y = x * x
    y[1] = x[0] * y[2]
    y[2:] = y[:2] * 1.5
    y[[0, 3]] = tf.sin(y[1:3])
    z = tf.reshape(y, (2, 2))
    z[:, 0] += z[1] * x[2]
    return z


def spectra(x):
    m = tf.reshape(x, (2, 2))
    s, u, v = tf.linalg.svd(m)
    values = tf.linalg.svd(m * x[0], compute_uv=False)
    e, w = tf.linalg.eigh(m)
    inner = (u * values) @ v.mT + (w * tf.exp(e)) @ w.mT * s
    z, y = tf.linalg.eig(m * x[0])
    eigenvalues = tf.math.real(tf.reduce_sum(tf.linalg.eigvals(m) ** 3))
    outer = tf.math.real((y * z**2) @ tf.linalg.inv(y))
    return inner * eigenvalues + outer * tf.linalg.eigvalsh(m * x[1])


def special_functions(x):
    y = 1.0 + x * x
    gammas = tf.math.lgamma(y) * tf.math.digamma(y + x[0]) + _core.apply("trigamma", [y])
    return gammas + tf.math.polygamma(2.0, y) * tf.math.zeta(2.0, y * y)


def bessel_functions(x):
    m, s = tf.math, tf.math.special
    y = 1.0 + x * x
    first = m.bessel_i0(x) * m.bessel_i1(y) + m.bessel_i0e(y) * m.bessel_i1e(x + x[0])
    second = s.bessel_k0(y) * s.bessel_k1(y) + s.bessel_k0e(y) * s.bessel_k1e(y)
    return first + second + s.bessel_j0(x) * s.bessel_j1(y) + s.bessel_y0(y) * s.bessel_y1(y)


def integrals(x):
    m, s = tf.math, tf.math.special
    y = 0.2 * tf.sigmoid(x) + 0.3
    inverses = m.erfinv(y) * m.erfcinv(y) + m.ndtri(y) * s.spence(1.0 + x * x)
    return inverses + s.dawsn(x) * s.expint(y + 1.0) + s.fresnel_cos(x) * s.fresnel_sin(y)


def incomplete_gamma(x):
    y = 1.0 + x * x
    return tf.math.igamma(y, y + x[0]) * tf.math.igammac(y * y, 1.5) + tf.math.lbeta(y)


def incomplete_beta(x):
    y = 1.0 + x * x
    return tf.math.betainc(y, 1.5 + x[:1] * x[0], tf.sigmoid(x))


def logits(x):
    m = tf.reshape(x, (2, 2))
    both = tf.nn.softmax(m * x[0], 0) * tf.nn.log_softmax(m)
    return both + tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(m), m * m)


def transforms(x):
    z = tf.signal.fft2d(tf.reshape(tf.cast(x, tf.complex128), (2, 2))) * [[1j, 2], [3, 4j]]
    y = tf.signal.ifft(tf.signal.fft(z) * tf.signal.ifft2d(z))
    y = tf.signal.ifftnd(tf.signal.fftnd(y * z, axes=[0]) * z)
    frequencies = tf.signal.rfft(x * x[0]) * tf.reshape(y, (4,))[:3]
    return tf.signal.irfft(frequencies * frequencies, [5])


def convolutions(x):
    images, filters = tf.reshape(x, (1, 4, 1)), tf.reshape(x * x, (2, 1, 2))
    y = tf.nn.conv1d(images * x[0], filters, 1, "SAME")
    wide = tf.nn.conv1d_transpose(y, filters, (1, 5, 1), 1, "VALID")
    back = tf.conv2d_backprop_filter_v2(
        wide[:, None], tf.zeros((1, 2, 1, 2)), y[:, None], [1, 1, 1, 1], "VALID"
    )
    return tf.reshape(back, (4,)) * tf.reshape(y, (8,))[:4]


def pools(x):
    m = tf.reshape(x * x[0], (1, 4, 1))
    means = tf.nn.avg_pool(m * m, 2, 1, "SAME") * tf.nn.max_pool(m * m * m, 3, 1, "SAME")
    with tf.GradientTape() as tape:
        tape.watch(m)
        largest = tf.nn.max_pool(m, 3, 1, "SAME")
    spread = tape.gradient(largest, m, means)  # of which the derivative picks the same elements
    return (tf.reshape(means, (4,)) + tf.reshape(spread, (4,))) * x


def wild_products(x):
    # Four of the eight make 2**1020, which is more than a tree of multiplications is trusted with.
    scale = 2.0 ** np.resize([255.5, -255.5], 8)
    return tf.reduce_prod(tf.reshape(tf.concat([x, x], 0) * tf.constant(scale, x.dtype), (1, 8)), 1)


def runs(x):
    m = tf.reshape(x, (2, 2)) * x[1]
    once = tf.math.cumprod(m, 1) * tf.math.cumprod(m, exclusive=True, reverse=True)
    return once + tf.math.cumprod(m - m[0], 0) * x[2]


def logarithms(x):
    m = tf.reshape(x * x, (2, 2))
    later = tf.math.cumulative_logsumexp(m, 1, exclusive=True, reverse=True)[:, 0]
    return tf.math.cumulative_logsumexp(m * x[0], 0) * later


def segments(x):
    sums = tf.math.segment_sum(x * x, [0, 0, 1, 1]) * tf.math.unsorted_segment_prod(
        x, [1, 0, 1, -1], 2
    )
    return sums * _core.apply("segment_pick", [x * x, [[3, 0], [-1, 0]]], [0])[0]


def ordered(x):
    order = np.array([[1, 0], [0, 0]])
    m = _core.apply("take_along_axis", [tf.reshape(x * x, (2, 2)), order], [1])
    return _core.apply(
        "put_along_axis",
        [
            m * x[0],
            order,
        ],
        [0, 3],
    )


def sorts(x):
    largest = tf.math.top_k(x * x, 3)[0] * tf.sort(x, direction="DESCENDING")[:3]
    return largest * tf.math.unsorted_segment_max(tf.sort(x * x[0]), [0, 1, 2, 0], 3) + (
        tf.math.segment_min(x * x, [0, 0, 1, 2])
    )


def choices(x):
    m = tf.where([True, False, True, False], x * x, tf.sin(x))
    return tf.where(x > 0.1, m * x, m) * tf.where(True, x, 1.0)


def clipped(x):
    return tf.clip_by_value(x * x, 0.3, tf.constant(5.0, tf.float64)) * tf.norm(x)


def custom(x):
    p, q = product_and_quotient(custom_sine(x), x * x)
    again = tf.recompute_grad(lambda z, s=x[0]: tf.exp(z * s))(x)
    return p * q + again + product_and_quotient(x, q)[1]


def sparse_matrices(x):
    s = tf.SparseTensor([[2, 2], [0, 1], [1, 0], [1, 2]], x * x, [3, 3])
    y = tf.sparse.sparse_dense_matmul(
        tf.sparse.softmax(s), tf.reshape(x[:3], (3, 1)) * (s @ x[1:])[0]
    )
    z = sampled_product(y * x[0], y, [0, 1, 2, 4], [1, 0, 2, 2], vector=0)
    return z * tf.sparse.reduce_sum(s * x[:3])


def copies(x):
    converted = tf.cast(tf.cast(x, tf.complex128), x.dtype)
    return tf.identity(x) * converted * tf.convert_to_tensor([x, x])


def complex_parts(x):
    z = tf.complex(x * x, tf.sin(x))
    parts = tf.math.real(z * z) * tf.math.imag(tf.math.conj(z) * z * z)
    return parts + tf.abs(z) ** 3 + tf.math.real(tf.transpose(z[None], conjugate=True) * z)


def of_complex_numbers(z):
    parts = tf.math.real(z) * tf.math.imag(z * z) + tf.abs(z) * tf.math.real(tf.math.conj(z) * z)
    return tf.cast(parts, tf.complex128) * z + tf.cast(z, tf.float64) * tf.math.conj(z) * z


ANALYTIC = [
    shapes, joins, indices, gathers, scatters, replaced, sums, products, custom, copies, runs,
    segments, ordered,
]  # fmt: skip
REAL = [
    extrema, sorts, logarithms, choices, clipped, factors, decomposed, transforms,
    special_functions, complex_parts, of_matrices, factors_of_matrices, spectra, assignments,
    larger_parts,
    convolutions, pools, functions_of_matrices, sparse_matrices,
    bessel_functions, integrals, incomplete_gamma, incomplete_beta, logits,
]  # fmt: skip


def structural_programs():
    x = np.array([0.9, -0.6, 0.7, 1.3])
    z = x + 1j * np.array([0.3, 0.5, -0.4, 0.2])
    for f in ANALYTIC:
        yield Program(f.__name__, f, x, True)
        yield Program(f"{f.__name__} complex", f, z, f is not copies)
    # The derivatives of complex products do without exponents apart.
    yield Program("wild_products", wild_products, x, True)
    for f in REAL:
        yield Program(f.__name__, f, x, False)
    yield Program("of complex numbers", of_complex_numbers, z, False)


PROGRAMS = [*elementwise_programs(), *structural_programs()]


# ---------------------------------------------------------------- the transformations


def dot(x, v):
    product = tf.reduce_sum(tf.math.conj(x) * v)
    return tf.math.real(product) if product.dtype.is_complex else product


def by_tape(f, v, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return dot(tape.gradient(y, x, unconnected_gradients="zero"), v)


def by_persistent_tape(f, v, x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        slope = dot(tape.gradient(y, x, unconnected_gradients="zero"), v)
    return slope


def by_jacobian(f, v, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stack([f(x), f(x) * 2.0])
    rows = tape.jacobian(y, x, unconnected_gradients="zero")
    return dot(rows[1] - rows[0], v)


def by_batch_jacobian(f, v, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        rows = tf.stack([x, x * 1.0])
        y = tf.stack([f(rows[0]), f(rows[1])])[:, None]
    return dot(tape.batch_jacobian(y, rows, unconnected_gradients="zero")[1, 0], v)


def by_accumulator(f, v, x):
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator:
        y = f(x)
    return accumulator.jvp(y, "zero")


def with_rule(f):
    """f with a rule in Python for its derivative."""

    @tf.custom_gradient
    def ruled(x):
        return f(x), lambda upstream: func.grad(f)(x) * upstream

    return ruled


FIRST = {
    "tape": by_tape,
    "persistent": by_persistent_tape,
    "tape.jacobian": by_jacobian,
    "batch_jacobian": by_batch_jacobian,
    "accumulator": by_accumulator,
    "grad": lambda f, v, x: dot(func.grad(f)(x), v),
    "value_and_grad": lambda f, v, x: dot(func.value_and_grad(f)(x)[1], v),
    "vjp": lambda f, v, x: dot(func.vjp(f, x)[1](1.0)[0], v),
    "jvp": lambda f, v, x: func.jvp(f, (x,), (v,))[1],
    "linearize": lambda f, v, x: func.linearize(f, x)[1](v),
    "jacrev": lambda f, v, x: dot(func.jacrev(f)(x), v),
    "jacfwd": lambda f, v, x: dot(func.jacfwd(f)(x), v),
    "jacobian": lambda f, v, x: dot(func.jacobian(f)(x), v),
    "gradients": lambda f, v, x: dot(tf.gradients(f, x, unconnected_gradients="zero")[0], v),
    "checkpoint": lambda f, v, x: by_tape(func.checkpoint(f), v, x),
    "custom": lambda f, v, x: by_tape(with_rule(f), v, x),
}
SECOND = {
    "hvp": lambda f, v, x: dot(func.hvp(f, (x,), (v,)), v),
    "make_hvp": lambda f, v, x: dot(func.make_hvp(f)(x)[0](v), v),
    "hessian": lambda f, v, x: dot(tf.tensordot(func.hessian(f)(x), v, 1), v),
    "hessians": lambda f, v, x: dot(tf.tensordot(tf.hessians(f, x)[0], v, 1), v),
}
NOT_OF_COMPLEX = {"jacfwd", "hessian", "hessians"}


def names_for(program, table):
    return [n for n in table if program.point.dtype.kind != "c" or n not in NOT_OF_COMPLEX]


def composed(program, names):
    """The program after transformations, the innermost first."""
    f, v = program.number, program.direction
    for name in names:
        f = functools.partial({**FIRST, **SECOND}[name], f, v)
    return f


# ---------------------------------------------------------------- what is right


def by_cauchy(program, order, count=64, radius=0.1):
    angles = 2 * np.pi * np.arange(count) / count
    v = program.direction.numpy()
    values = [
        complex(program.value(tf.constant(program.point + radius * np.exp(1j * a) * v)).numpy())
        for a in angles
    ]
    coefficient = np.mean(np.array(values) * np.exp(-1j * order * angles)) / radius**order
    return math.factorial(order) * coefficient.real


def by_differences(program, order, step=2e-3):
    """Of the order below, to the sixth power of the step."""
    f = composed(program, ["tape"] * (order - 1))
    v = program.direction.numpy()

    def at(t):
        return float(f(tf.constant(program.point + t * v)))

    weights = {1: 45.0, 2: -9.0, 3: 1.0}
    return sum(w * (at(k * step) - at(-k * step)) for k, w in weights.items()) / (60 * step)


REFERENCES = {}


def expected(program, order):
    """The derivative of an order along the program's direction, and how exact that is."""
    key = program.name, order
    if key not in REFERENCES:
        exact = by_cauchy if program.analytic else by_differences
        REFERENCES[key] = exact(program, order), 1e-9 if program.analytic else 2e-7
    return REFERENCES[key]


def check(program, names):
    order = sum(2 if name in SECOND else 1 for name in names)
    right, tolerance = expected(program, order)
    found = float(composed(program, names)(tf.constant(program.point)))
    assert math.isclose(found, right, rel_tol=tolerance, abs_tol=tolerance), (names, found, right)


def programs():
    return pytest.mark.parametrize("program", [pytest.param(p, id=p.name) for p in PROGRAMS])


@programs()
def test_one(program):
    for name in names_for(program, {**FIRST, **SECOND}):
        check(program, [name])


@programs()
def test_two(program):
    for names in itertools.product(names_for(program, FIRST), repeat=2):
        check(program, names)


@programs()
def test_three(program):
    """All of them over all programs: each takes its share."""
    place = PROGRAMS.index(program)
    for names in itertools.islice(itertools.product(FIRST, repeat=3), place, None, len(PROGRAMS)):
        if set(names) <= set(names_for(program, FIRST)):
            check(program, names)


@programs()
def test_second_derivatives_among_others(program):
    place = PROGRAMS.index(program)
    pairs = [
        names
        for one, two in itertools.product(FIRST, SECOND)
        for names in ((one, two), (two, one), (one, two, one), (two, two))
    ]
    for names in pairs[place % 8 :: 8]:
        if set(names) <= set(names_for(program, {**FIRST, **SECOND})):
            check(program, names)


# ---------------------------------------------------------------- that they are all


def test_the_programs_make_every_record_that_has_a_derivative():
    seen = set()
    for program in PROGRAMS:
        x = tf.constant(program.point)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = program.number(x)
            inner.gradient(y, x)
        seen.update(_core.recorded_operations(tape))
    table = TABLE.values()
    flat = {row["name"] for row in table if not row["differentiable"]}
    # Operations in C have derivatives of the first order only: see test_c_operation.py. What
    # completes a basis has none.
    # Of Variables, loops and branches in recorded functions: see tests/control/test_function.py and
    # test_function_loops.py.
    functions = {"assigned", "composite"}
    external = {"c_operation", "unknown_derivative", "svd_full", "qr_full", *functions}
    # Differences of random numbers say nothing of their derivatives: see test_random.py.
    random = {"random_gamma", "random_truncated_normal", "gamma_slope", "gamma_bend"}
    # Checks of what rules compute, recorded by derivatives of these: see test_equations.py and
    # test_nearly_equal_values.py.
    checks = {
        *("turn_of_equal_values", "pairs_of_equal_values", "independent_columns_again", "turns"),
        *("cotangent_of_quotients", "tangent_of_quotients"),
        *("cotangent_of_turns", "tangent_of_turns"),
    }
    assert seen == {row["name"] for row in table} - flat - external - random - checks


def test_what_a_tape_holds_is_counted():
    x = tf.constant([1.0, 2.0])
    tape = tf.GradientTape(persistent=True)
    assert _core.recorded_operations(tape) == {}
    with tape:
        tape.watch(x)
        y = tf.sin(x) * x
        with tape.stop_recording():
            tf.exp(x)
        tf.sin(y)
        tf.floor(x)
    assert _core.recorded_operations(tape) == {"sin": 2, "multiply": 1}


def test_the_check_finds_what_is_wrong():
    @tf.custom_gradient
    def wrong(x):
        return tf.sin(x), lambda upstream: upstream * tf.cos(x) * 1.0001

    point = np.array([0.3, 0.4])
    for names in (["tape"], ["jvp"], ["grad", "jacfwd"]):
        with pytest.raises(AssertionError):
            check(Program(f"wrong {len(names)}", wrong, point, True), names)
