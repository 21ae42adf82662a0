"""Host rows: operations whose value is a Python function of arrays."""

from __future__ import annotations

import itertools
import weakref

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.functions.host import host

from ..derivatives import check_derivatives
from ..operations import assert_same_bits

COUNT = itertools.count()
CALLS = []


def row(value, **options):
    """A row of its own for a test: rows stay in the table."""
    return host(f"test_host_{next(COUNT)}", value, **options)


def _polar_vjp(call, g, h):
    CALLS.append((g is not None, h is not None))
    x, y = call.inputs
    r = call.outputs[0]
    h = 0.0 if h is None else h
    return g * x / r - h * y / (r * r), g * y / r + h * x / (r * r)


def _polar_jvp(call, s, t):
    x, y = call.inputs
    r = call.outputs[0]
    s, t = (0.0 if u is None else u for u in (s, t))
    return (s * x + t * y) / r, (t * x - s * y) / (r * r)


POLAR = {
    batch: row(
        lambda x, y: (np.hypot(x, y), np.arctan2(y, x)),
        vjp=_polar_vjp,
        jvp=_polar_jvp,
        inputs=2,
        outputs=2,
        keeps=(0, 1, 2),
        dtypes=("float16", "float32", "float64"),
        batch=batch,
    )
    for batch in (None, "leading")
}
TRANSPOSED = row(
    lambda x, y: (np.hypot(x, y), np.arctan2(y, x)),
    vjp=_polar_vjp,
    inputs=2,
    outputs=2,
    keeps=(0, 1, 2),
)
X, Y = np.array([1.0, -2.0, 0.5]), np.array([0.5, 1.0, -3.0])


@pytest.mark.parametrize("polar", [*POLAR.values(), TRANSPOSED], ids=["rows", "leading", "no jvp"])
def test_several_outputs_have_derivatives_of_any_order(polar):
    check_derivatives(lambda x, y: polar(x, y)[0], X, Y)
    check_derivatives(lambda x, y: polar(x, y)[1], X, Y)
    check_derivatives(lambda x, y: polar(x, y)[0] * polar(y, x * x)[1], X, Y)


@pytest.mark.parametrize("batch, calls", [(None, 3), ("leading", 1)])
def test_a_batch_of_cotangents_is_one_call_or_several(batch, calls):
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        r, angle = POLAR[batch](x, Y)
    CALLS.clear()
    rows = tape.jacobian(r, x)
    assert CALLS == [(True, False)] * calls
    np.testing.assert_allclose(rows, np.diag(X / np.hypot(X, Y)), rtol=1e-14)
    CALLS.clear()
    rows = tape.jacobian(angle, x)
    assert CALLS == [(True, True)] * calls
    np.testing.assert_allclose(rows, np.diag(-Y / (X**2 + Y**2)), rtol=1e-14)


def test_programs_run_them_again():
    def f(x, y):
        r, angle = POLAR[None](x * y, y)
        return [angle * x, r]

    program = _core.Program(f, [X, Y])
    assert program.needs_python and len(program) == 3
    assert not _core.Program(lambda x: x * x, [X]).needs_python
    for given in ([Y, X], [X, Y]):
        for found, expected in zip(program.run(given), f(*map(tf.constant, given))):
            assert_same_bits(found, expected)

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = POLAR["leading"](x, Y)[1]
        return tape.gradient(y, x)

    assert_same_bits(_core.Program(slope, [X]).run([Y + 1])[0], slope(tf.constant(Y + 1)))


@pytest.mark.parametrize("batch", [None, "leading"])
@pytest.mark.parametrize("in_batch", [[True, True], [True, False], [False, True]])
@pytest.mark.parametrize("extent", [0, 1, 3])
def test_programs_run_them_in_batches(batch, in_batch, extent):
    def f(x, y):
        r, angle = POLAR[batch](x, y)
        return [angle, r * x]

    program = _core.Program(f, [X, Y])
    given = [
        np.stack([array + i for i in range(extent)]) if is_in and extent else array
        for array, is_in in zip((X, Y), in_batch)
    ]
    if extent == 0:
        given = [np.zeros((0, 3)) if is_in else a for a, is_in in zip(given, in_batch)]
    found = program.run(given, in_batch, extent)
    for i in range(extent):
        rows = [a[i] if is_in else a for a, is_in in zip(given, in_batch)]
        for batched, single in zip(found, f(*map(tf.constant, rows))):
            assert_same_bits(batched[i], single)
    assert all(y.shape == (extent, 3) for y in found)


def test_attributes_and_constants():
    def vjp(call, g):
        assert call.attributes == {"power": 3, "plus": 1} and call.shapes == [(3,)]
        return g * 3 * call.inputs[0] ** 2 * call.inputs[1]

    f = row(
        lambda x, scale, power, plus: x**power * scale + plus,
        vjp=vjp,
        constants=1,
        attributes=("power", "plus"),
        keeps=(0, 1),
    )
    x, scale = tf.constant(X), tf.constant(2.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([x, scale])
        y = f(x, scale, power=3, plus=True)
    np.testing.assert_allclose(y, X**3 * 2 + 1)
    assert tape.gradient(y, [x, scale])[1] is None
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, 2.0 * scale, plus=True, power=3)
    np.testing.assert_allclose(tape.gradient(y, x), 12 * X**2)
    assert_same_bits(_core.apply(f.name, [x, scale], [3, 1]), X**3 * 2 + 1)
    for wrong in ({}, {"power": 3}, {"power": 3, "plus": 1, "more": 1}):
        with pytest.raises(TypeError, match="attributes"):
            f(x, scale, **wrong)
    for tensors, attributes in (([x], [3, 1]), ([x, scale], [3])):
        with pytest.raises(ValueError, match="takes 2"):
            _core.apply(f.name, tensors, attributes)


def test_what_the_function_raises_passes_and_nothing_is_recorded():
    error = ZeroDivisionError("no")

    def value(x):
        if x[0] < 0:
            raise error
        return (x, x) if x[0] == 0 else x

    f = row(value, vjp=lambda call, g: g)
    x = tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        before = _core.recorded_operations(tape)
        with pytest.raises(ZeroDivisionError) as caught:
            f(-x)
        assert caught.value is error
        with pytest.raises(ValueError, match="returned 2 arrays, not 1"):
            f(0.0 * x)
        assert {**_core.recorded_operations(tape), "negative": 0, "multiply": 0} == {
            **before,
            "negative": 0,
            "multiply": 0,
        }
    assert tape.gradient(y, x).numpy() == [1.0]


def test_the_function_gets_arrays_that_cannot_be_written_to():
    def value(x):
        assert type(x) is np.ndarray and not x.flags.writeable
        with pytest.raises(ValueError):
            x[...] = 0
        return x

    f = row(value)
    for x in (1.0, [1.0, 2.0], np.ones((2, 3))[:, ::2], np.ones((0, 2))):
        np.testing.assert_array_equal(f(x), x)


def test_dtypes():
    f = row(
        lambda x: np.asarray(x, "float64"), dtypes=("float16", "float32"), vjp=lambda call, g: g
    )
    for dtype in ("float16", "float32"):
        x = tf.constant([1.0, 2.0], dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert y.dtype == dtype and tape.gradient(y, x).dtype == dtype
    with pytest.raises(
        TypeError, match=rf"\[{f.name}\].*float64: it takes float16, bfloat16, float32"
    ):
        f(np.ones(2))
    with pytest.raises(TypeError, match=rf"\[{f.name}\] has no rule for dtype int64"):
        f(np.arange(2))


def test_results_are_checked():
    f = row(lambda x: x / 0.0)
    tf.debugging.enable_check_numerics()
    try:
        with np.errstate(all="ignore"), pytest.raises(tf.errors.InvalidArgumentError, match=f.name):
            f([1.0, 2.0])
    finally:
        tf.debugging.disable_check_numerics()


def test_rules_that_are_missing_or_wrong():
    x = tf.constant(X)
    without = row(np.sin)
    wrong = row(np.sin, vjp=lambda call, g: g[:1])
    numpy = row(np.sin, vjp=lambda call, g: g.numpy() * 2)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = without(x), wrong(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            w = numpy(x)
        slope = inner.gradient(w, x)
    np.testing.assert_array_equal(slope, [2.0, 2.0, 2.0])
    with pytest.raises(NotImplementedError, match="has no gradient"):
        tape.gradient(y, x)
    with pytest.raises(ValueError, match=r"gradient of input 0 has shape \(1,\)"):
        tape.gradient(z, x)
    with pytest.raises(NotImplementedError, match="NumPy array"):
        tape.gradient(slope, x)
    with pytest.raises(ValueError, match="leading"):
        row(np.sin, batch="rows")


def test_what_is_kept_goes_with_the_record():
    """Nothing but what the row says it keeps, and until the sweep has passed."""
    held, alive = [], []

    def value(x):
        y = np.frombuffer(x.tobytes())  # memory that a tensor shares, as long as it has it
        held.append(weakref.ref(y))
        return y

    def vjp(call, g):
        alive.append(sum(ref() is not None for ref in held))
        return g if call.outputs[0] is None else g * call.outputs[0]

    for keeps in ((1,), ()):
        f = row(value, vjp=vjp, keeps=keeps)
        held.clear()
        alive.clear()
        x = tf.constant(np.ones(10_000))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(20):
                y = f(y)
            y = tf.reduce_sum(y)
        np.testing.assert_array_equal(tape.gradient(y, x), np.ones(10_000))
        if not keeps:
            assert alive == [0] * 20
            continue
        # The first few records are kept for another try, should a rule fail.
        assert alive[:3] == [20, 20, 20] and alive[10:] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
