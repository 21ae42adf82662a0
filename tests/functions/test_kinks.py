"""Derivatives at corners, ties, poles, saturation, and where zero meets infinity.

Every value here is what TensorFlow 2.21 answers, but for those that say so. One test names one
rule; the table of cases says which point. `nan` in a table means that nan is the answer, and None
that the operation is flat and not connected at all. Whatever is asked for by `value_and_gradients`,
`gradient` or `second_derivative`, forward mode must answer as well: `check_modes`.
"""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

import autograd_c as tf

inf, nan = math.inf, math.nan
DTYPES = ["float32", "float64"]


def value_and_gradients(
    f, *arrays, dtype="float64", upstream=None, unconnected="none", modes_agree=True
):
    sources = [tf.constant(np.asarray(array, dtype)) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = f(*sources)
    if upstream is not None:
        upstream = tf.constant(np.full(np.shape(y), upstream, dtype))
    gradients = tape.gradient(
        y, sources, output_gradients=upstream, unconnected_gradients=unconnected
    )
    if modes_agree:
        check_modes(f, sources, upstream, gradients)
    return y.numpy(), [g if g is None else g.numpy() for g in gradients]


def check_modes(f, sources, upstream, gradients, elementwise=True):
    """That forward mode gives what the gradients say, by each source.

    Not asked (`modes_agree=False`) where a zero that was chosen, or is guarded, meets a pole: in
    reverse mode the zero cotangent of a branch not taken or of a root, in forward mode the zero
    tangent below a maximum. The other mode passes the pole first. TensorFlow's modes differ too.
    """
    for k, (x, slope) in enumerate(zip(sources, gradients, strict=True)):
        if 0 in x.shape:
            continue
        random = np.random.default_rng(k)
        tangent = np.asarray(random.uniform(0.5, 2, x.shape), x.numpy().dtype)
        with tf.autodiff.ForwardAccumulator(x, tf.constant(tangent)) as accumulator:
            y = f(*sources)
        pushed = accumulator.jvp(y)
        if slope is None or pushed is None:  # flat; the gradient may be zeros that were asked for
            assert pushed is None and (slope is None or not np.any(slope)), (pushed, slope)
            continue
        with np.errstate(all="ignore"):
            up = 1 if upstream is None else np.conj(upstream.numpy())
            by_output = np.real(up * pushed.numpy())
            by_input = np.real(np.conj(slope.numpy()) * tangent)
            if y.shape != x.shape or not elementwise:
                by_output, by_input = np.sum(by_output), np.sum(by_input)
        same(by_output, by_input, rtol=1e-5)


def gradient(f, *arrays, **options):
    """The only gradient, or the list of gradients."""
    gradients = value_and_gradients(f, *arrays, **options)[1]
    return gradients[0] if len(gradients) == 1 else gradients


def second_derivative(f, array, modes_agree=True, elementwise=True):
    """The gradient of the sum of the gradient."""
    x = tf.constant(np.asarray(array, "float64"))
    with tf.GradientTape() as outer:
        outer.watch(x)
        first = derivative_of(f)(x)
    second = outer.gradient(first, x, unconnected_gradients="zero")
    if modes_agree:
        check_modes(derivative_of(f), [x], None, [second], elementwise)
    return second.numpy()


def derivative_of(f):
    def derived(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x)

    return derived


def same(actual, expected, **options):
    np.testing.assert_allclose(actual, expected, **{"rtol": 1e-6, "atol": 1e-12, **options})


# ------------------------------------------------------------------ abs, relu, sign


@pytest.mark.parametrize("dtype", DTYPES)
def test_abs_has_derivative_zero_at_zero(dtype):
    same(gradient(tf.abs, [0.0, -0.0, -2.0, 2.0], dtype=dtype), [0, 0, -1, 1])


def test_abs_of_nan_has_derivative_nan():
    same(gradient(tf.abs, [nan]), [nan])


def test_abs_has_second_derivative_zero():
    same(second_derivative(tf.abs, [0.0, -2.0, 2.0]), [0, 0, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_has_derivative_zero_at_zero(dtype):
    points = [0.0, -0.0, -2.0, 2.0, inf, -inf]
    same(gradient(tf.nn.relu, points, dtype=dtype), [0, 0, 0, 1, 1, 0])


def test_relu_of_nan_is_nan_with_derivative_zero():
    value, [derivative] = value_and_gradients(tf.nn.relu, [nan])
    same(value, [nan])
    same(derivative, [0])


def test_relu_has_second_derivative_zero():
    same(second_derivative(tf.nn.relu, [0.0, -2.0, 2.0]), [0, 0, 0])


def test_sign_has_derivative_zero_everywhere_and_is_connected():
    same(gradient(tf.sign, [0.0, -0.0, 1.0, -3.0, nan]), [0, 0, 0, 0, 0])


# ------------------------------------------------------------------ maximum, minimum, clip


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tie_of_maximum_goes_to_the_first_argument(dtype):
    a, b = gradient(tf.maximum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0], dtype=dtype)
    same(a, [1, 0, 1])
    same(b, [0, 1, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tie_of_minimum_goes_to_the_first_argument(dtype):
    a, b = gradient(tf.minimum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0], dtype=dtype)
    same(a, [1, 1, 0])
    same(b, [0, 0, 1])


@pytest.mark.parametrize("f", [tf.maximum, tf.minimum])
def test_where_one_of_two_is_nan_the_extremum_is_nan_and_the_second_gets_the_gradient(f):
    value, [a, b] = value_and_gradients(f, [nan, 1.0, nan], [1.0, nan, nan])
    same(value, [nan] * 3)
    same(a, [0, 0, 0])
    same(b, [1, 1, 1])


def test_maximum_with_the_number_zero_at_zero_depends_on_the_order():
    same(gradient(lambda v: tf.maximum(v, 0.0), [0.0]), [1])
    same(gradient(lambda v: tf.maximum(0.0, v), [0.0]), [0])


def test_maximum_of_a_value_with_itself_has_derivative_one():
    same(gradient(lambda v: tf.maximum(v, v), [2.0]), [1])


def test_clip_by_value_has_derivative_one_at_its_bounds():
    points = [-1.0, 0.0, 0.5, 1.0, 2.0]
    same(gradient(lambda v: tf.clip_by_value(v, 0.0, 1.0), points), [0, 1, 1, 1, 0])


def test_a_bound_of_clip_by_value_gets_the_gradient_where_it_binds():
    points, zeros, ones = [-1.0, 0.0, 1.0, 2.0], [0.0] * 4, [1.0] * 4
    x, low, high = gradient(tf.clip_by_value, points, zeros, ones)
    same(x, [0, 1, 1, 0])
    same(low, [1, 0, 0, 0])
    same(high, [0, 0, 0, 1])


def test_the_lower_bound_of_clip_by_value_wins_over_the_upper():
    value, [x, low, high] = value_and_gradients(tf.clip_by_value, [0.5], 2.0, 1.0)
    same(value, [2])
    same(x, [0])
    assert float(low) == 1.0
    assert float(high) == 0.0


def test_clip_by_value_of_nan_is_nan_with_derivative_zero():
    value, [derivative] = value_and_gradients(lambda v: tf.clip_by_value(v, 0.0, 1.0), [nan])
    same(value, [nan])
    same(derivative, [0])


# ------------------------------------------------------------------ roots and reciprocals


@pytest.mark.parametrize("dtype", DTYPES)
def test_sqrt_has_derivative_infinity_at_zero(dtype):
    same(gradient(tf.sqrt, [0.0, 4.0, inf], dtype=dtype), [inf, 0.25, 0])


def test_sqrt_of_a_negative_number_has_derivative_nan():
    same(gradient(tf.sqrt, [-1.0]), [nan])


def test_sqrt_has_second_derivative_minus_infinity_at_zero():
    same(second_derivative(tf.sqrt, [0.0, 4.0]), [-inf, -1 / 32])


def test_rsqrt_has_derivative_minus_infinity_at_zero():
    value, [derivative] = value_and_gradients(tf.math.rsqrt, [0.0, 4.0, inf])
    same(value, [inf, 0.5, 0])
    same(derivative, [-inf, -0.0625, 0])


def test_reciprocal_has_derivative_minus_infinity_at_zero():
    value, [derivative] = value_and_gradients(tf.math.reciprocal, [0.0, -0.0, inf])
    same(value, [inf, -inf, 0])
    same(derivative, [-inf, -inf, 0])


@pytest.mark.parametrize("f", [tf.sqrt, tf.math.rsqrt, tf.math.reciprocal])
def test_an_upstream_of_zero_survives_the_pole_of(f):
    # TensorFlow has special kernels for these three: 0 * inf is 0 in them.
    same(gradient(f, [0.0], upstream=0.0, modes_agree=False), [0])


def test_zero_times_sqrt_at_zero_has_derivative_zero():
    same(gradient(lambda v: 0.0 * tf.sqrt(v), [0.0], modes_agree=False), [0])


def test_sqrt_of_a_square_has_derivative_nan_at_zero():
    same(gradient(lambda v: tf.sqrt(v * v), [0.0]), [nan])


def test_the_norm_has_gradient_nan_at_the_origin():
    same(gradient(lambda v: tf.sqrt(tf.reduce_sum(v * v)), [0.0, 0.0]), [nan, nan])
    same(gradient(lambda v: tf.reduce_sum(v * v) ** 0.5, [0.0, 0.0]), [nan, nan])


# ------------------------------------------------------------------ pow

POWERS = [
    # base, exponent, value, by the base, by the exponent
    (0.0, 0.0, 1.0, 0.0, 0.0),  # TensorFlow: NaN by x
    (0.0, 1.0, 0.0, 1.0, 0.0),
    (0.0, 2.0, 0.0, 0.0, 0.0),
    (0.0, 0.5, 0.0, inf, 0.0),
    (0.0, -1.0, inf, -inf, nan),
    (-0.0, 0.5, 0.0, inf, 0.0),
    (-2.0, 2.0, 4.0, -4.0, 0.0),
    (-2.0, 3.0, -8.0, 12.0, 0.0),
    (-2.0, 0.0, 1.0, 0.0, 0.0),
    (-2.0, 0.5, nan, nan, nan),
    (2.0, 0.0, 1.0, 0.0, math.log(2)),
    (2.0, 1.0, 2.0, 1.0, 2 * math.log(2)),
    (inf, 0.0, 1.0, 0.0, inf),
    (nan, 0.0, 1.0, nan, 0.0),
    (1.0, nan, 1.0, nan, 0.0),
    # An infinite exponent is even: of a negative base the signs are as of a positive one.
    (-2.0, inf, inf, inf, nan),
    (-0.5, inf, 0.0, nan, 0.0),
    (-2.0, -inf, 0.0, nan, 0.0),
    (-0.5, -inf, inf, -inf, nan),
    (-1.0, -inf, 1.0, -inf, 0.0),
    (0.5, -inf, inf, -inf, -inf),
    (-inf, inf, inf, inf, nan),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("x", "y", "value", "by_x", "by_y"), POWERS)
def test_pow_at(x, y, value, by_x, by_y, dtype):
    for count in (1, 9):  # alone, and in a loop that may be vectorised
        actual, [gx, gy] = value_and_gradients(tf.pow, [x] * count, [y] * count, dtype=dtype)
        same(actual, [value] * count)
        same(gx, [by_x] * count)
        same(gy, [by_y] * count)


@pytest.mark.parametrize("zero", [0, 0.0])
def test_x_to_the_zero_has_derivative_zero(zero):
    # TensorFlow: NaN at 0.
    value, [derivative] = value_and_gradients(lambda v: v**zero, [0.0, 2.0, -2.0, inf])
    same(value, [1, 1, 1, 1])
    same(derivative, [0, 0, 0, 0])


@pytest.mark.parametrize("one", [1, 1.0])
def test_x_to_the_one_has_derivative_one_at_zero(one):
    same(gradient(lambda v: v**one, [0.0, 2.0]), [1, 1])


@pytest.mark.parametrize("two", [2, 2.0])
def test_x_squared_has_derivatives_zero_and_two_at_zero(two):
    same(gradient(lambda v: v**two, [0.0, 2.0]), [0, 4])
    same(second_derivative(lambda v: v**two, [0.0, 2.0]), [2, 2])


def test_x_cubed_has_derivatives_zero_at_zero():
    same(gradient(lambda v: v**3, [0.0, 2.0, -2.0]), [0, 12, 12])
    same(second_derivative(lambda v: v**3, [0.0, 2.0, -2.0]), [0, 12, -12])


def test_x_to_the_half_has_derivative_infinity_at_zero():
    same(gradient(lambda v: v**0.5, [0.0, 4.0]), [inf, 0.25])


def test_x_to_the_minus_one_has_derivative_minus_infinity_at_zero():
    value, [derivative] = value_and_gradients(lambda v: v**-1, [0.0, 2.0])
    same(value, [inf, 0.5])
    same(derivative, [-inf, -0.25])


EXPONENTS = [
    lambda k: k,
    float,
    lambda k: tf.constant(k, tf.float64),
    lambda k: np.float64(k),
    lambda k: tf.Variable(k, dtype=tf.float64),
]


@pytest.mark.parametrize("count", [0, 1, 9])
@pytest.mark.parametrize("exponent", EXPONENTS, ids=["int", "float", "tensor", "numpy", "variable"])
@pytest.mark.parametrize("k", range(6))
def test_no_derivative_of_a_power_is_nan_or_none(k, exponent, count):
    # TensorFlow: NaN at 0 from order k + 1 on.
    points = [0.0, -0.0, 2.0, -2.0, 1.0]
    x = tf.constant(np.resize(points, count)) if count else None
    for point in [x] if count else [tf.constant(p, tf.float64) for p in points]:
        power = exponent(k)
        derived, factor = (lambda v, power=power: v**power), 1.0
        for order in range(k + 4):
            expected = factor * np.asarray(point, "float64") ** max(k - order, 0)
            same(derived(point), expected)
            factor *= k - order
            derived = derivative_of(derived)


@pytest.mark.parametrize("x", [0.0, -1.5, 2.0])
@pytest.mark.parametrize("dtype", [*DTYPES, "float16", "complex64", "complex128"])
def test_derivatives_of_a_polynomial(x, dtype):
    coefficients = [1.0, 2.0, 3.0, -0.5, 0.25]
    derived, exact = (lambda v: sum(c * v**k for k, c in enumerate(coefficients))), coefficients
    for _ in range(len(coefficients) + 2):
        same(derived(tf.constant(x, dtype)), np.polyval(exact[::-1], x), rtol=1e-2)
        derived = derivative_of(derived)
        exact = [k * c for k, c in enumerate(exact)][1:] or [0.0]


def test_derivatives_by_base_and_exponent_meet():
    # Where the exponent is 0, of the derivative by the base: 1 / x.
    x, y = tf.constant([2.0, -2.0, 0.5], tf.float64), tf.zeros(3, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch([x, y])
        with tf.GradientTape() as inner:
            inner.watch(x)
            z = x**y
        slope = inner.gradient(z, x)
    by_x, by_y = outer.gradient(slope, [x, y])
    same(by_x, [0, 0, 0])
    same(by_y, [0.5, -0.5, 2])


def test_powers_of_zero_have_derivative_zero():
    same(gradient(lambda v: 0.0**v, [0.0, 1.0, 2.0]), [0, 0, 0])


def test_powers_of_a_negative_number_have_derivative_zero():
    same(gradient(lambda v: (-2.0) ** v, [0.0, 1.0]), [0, 0])


# ------------------------------------------------------------------ reductions


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties_of_reduce_max_share_the_gradient(dtype):
    same(gradient(tf.reduce_max, [1.0, 3.0, 3.0, 2.0], dtype=dtype), [0, 0.5, 0.5, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties_of_reduce_min_share_the_gradient(dtype):
    same(gradient(tf.reduce_min, [1.0, 1.0, 3.0, 2.0], dtype=dtype), [0.5, 0.5, 0, 0])


def test_ties_of_reduce_max_over_one_axis_share_along_it():
    table = [[1.0, 3.0], [3.0, 3.0]]
    same(gradient(lambda v: tf.reduce_max(v, 1), table), [[0, 1], [0.5, 0.5]])
    same(gradient(lambda v: tf.reduce_max(v, 0), table), [[0, 0.5], [1, 0.5]])


@pytest.mark.parametrize("axis", [None, [0, 1], [-1, -2]])
def test_ties_of_reduce_max_over_several_axes_share_among_all(axis):
    third = 1 / 3
    answer = gradient(lambda v: tf.reduce_max(v, axis), [[1.0, 3.0], [3.0, 3.0]])
    same(answer, [[0, third], [third, third]])


def test_infinite_ties_of_reduce_min_share_the_gradient():
    same(gradient(tf.reduce_min, [inf, inf]), [0.5, 0.5])


@pytest.mark.parametrize("f", [tf.reduce_max, tf.reduce_min])
def test_a_nan_makes_an_extremum_and_all_of_its_gradient_nan(f):
    value, [derivative] = value_and_gradients(f, [1.0, nan, 3.0])
    same(value, nan)
    same(derivative, [nan, nan, nan])


def test_the_extremum_of_nothing_is_the_neutral_element():
    assert value_and_gradients(tf.reduce_max, [])[0] == -inf
    assert value_and_gradients(tf.reduce_min, [])[0] == inf
    assert gradient(tf.reduce_max, []).shape == (0,)
    assert int(tf.reduce_max(tf.constant([], tf.int32))) == -(2**31)
    assert int(tf.reduce_min(tf.constant([], tf.int32))) == 2**31 - 1


def test_the_sum_product_and_mean_of_nothing():
    assert value_and_gradients(tf.reduce_sum, [])[0] == 0
    assert value_and_gradients(tf.reduce_prod, [])[0] == 1
    assert math.isnan(value_and_gradients(tf.reduce_mean, [])[0])
    assert gradient(tf.reduce_mean, []).shape == (0,)


def test_reduce_prod_with_no_zero():
    same(gradient(tf.reduce_prod, [2.0, 3.0, 4.0]), [12, 8, 6])


def test_reduce_prod_with_one_zero_gives_the_zero_the_product_of_the_others():
    same(gradient(tf.reduce_prod, [2.0, 0.0, 4.0]), [0, 8, 0])


def test_reduce_prod_with_two_zeros_has_gradient_zero():
    same(gradient(tf.reduce_prod, [2.0, 0.0, 0.0]), [0, 0, 0])


def test_reduce_prod_with_zeros_along_an_axis():
    table = [[2.0, 0.0, 4.0], [0.0, 0.0, 1.0]]
    same(gradient(lambda v: tf.reduce_prod(v, 1), table), [[0, 8, 0], [0, 0, 0]])
    same(gradient(lambda v: tf.reduce_prod(v, 0), table), [[0, 0, 1], [2, 0, 4]])
    table = [[2.0, 0.0, 4.0], [3.0, 5.0, 1.0]]
    same(gradient(lambda v: tf.reduce_prod(v, [0, 1]), table), [[0, 120, 0], [0, 0, 0]])


def test_reduce_prod_has_the_right_second_derivatives_at_zeros():
    # TensorFlow gives 0 for the second one, where the sum of the mixed derivatives is 2 + 3.
    same(second_derivative(tf.reduce_prod, [2.0, 0.0, 3.0], elementwise=False), [3, 5, 2])
    same(second_derivative(tf.reduce_prod, [2.0, 0.0, 0.0], elementwise=False), [0, 2, 2])
    same(second_derivative(tf.reduce_prod, [2.0, 3.0, 4.0], elementwise=False), [7, 6, 5])


def test_reduce_logsumexp_of_minus_infinities_is_minus_infinity_with_gradient_nan():
    value, [derivative] = value_and_gradients(tf.reduce_logsumexp, [-inf, -inf])
    assert value == -inf
    same(derivative, [nan, nan])


def test_reduce_logsumexp_ignores_a_minus_infinity():
    value, [derivative] = value_and_gradients(tf.reduce_logsumexp, [-inf, 0.0])
    assert value == 0
    same(derivative, [0, 1])


def test_reduce_logsumexp_of_an_infinity_is_infinity_with_gradient_nan_there():
    value, [derivative] = value_and_gradients(tf.reduce_logsumexp, [inf, 0.0])
    assert value == inf
    same(derivative, [nan, 0])


@pytest.mark.parametrize("count", [1, 17, 2000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reduce_logsumexp_of_an_infinity_beside_large_numbers_is_infinity(count, dtype):
    for rest in (1e30, 800.0, -1e30, -inf):
        for row in ([inf, rest], [rest, inf, 1.0]):
            rows = tf.constant([row * count] * 3, dtype)
            same(tf.reduce_logsumexp(rows, 1), [inf] * 3)
            same(tf.reduce_logsumexp(tf.transpose(rows), 0), [inf] * 3)


def test_cumulative_logsumexp_of_nan_is_nan_from_there_on():
    rows = tf.constant([[inf, nan, -inf], [nan, -inf, inf], [-inf, nan, 1.0]], tf.float64)
    same(tf.math.cumulative_logsumexp(rows, 1), [[inf, nan, nan], [nan] * 3, [-inf, nan, nan]])
    backwards = tf.math.cumulative_logsumexp(rows, 1, reverse=True)
    same(backwards, [[nan, nan, -inf], [nan, inf, inf], [nan, nan, 1.0]])


def test_reduce_logsumexp_does_not_overflow():
    value, [derivative] = value_and_gradients(tf.reduce_logsumexp, [1000.0, 1000.0])
    same(value, 1000 + math.log(2))
    same(derivative, [0.5, 0.5])


def test_reduce_logsumexp_of_nan_is_nan_throughout():
    value, [derivative] = value_and_gradients(tf.reduce_logsumexp, [nan, 1.0])
    assert math.isnan(value)
    same(derivative, [nan, nan])


def test_reduce_logsumexp_of_nothing_is_minus_infinity():
    assert value_and_gradients(tf.reduce_logsumexp, [])[0] == -inf


# ------------------------------------------------------------------ flat operations

FLAT = [
    tf.floor,
    tf.math.ceil,
    tf.round,
    lambda v: v // 2.0,
    lambda v: 2.0 // v,
    tf.argmax,
    tf.argmin,
    lambda v: v > 1.0,
    lambda v: tf.equal(v, 1.0),
    lambda v: tf.cast(v > 1.0, v.dtype),
    tf.zeros_like,
    tf.ones_like,
    tf.stop_gradient,
]


@pytest.mark.parametrize("f", FLAT)
def test_flat_operations_are_not_connected(f):
    assert gradient(f, [1.5, 2.5]) is None
    same(gradient(f, [1.5, 2.5], unconnected="zero"), [0, 0])


def test_round_goes_half_to_even():
    points = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999, 1e20]
    same(tf.round(tf.constant(points, tf.float64)).numpy(), [0, 2, 2, -0.0, -2, 0, 1e20])


def test_the_remainder_is_one_by_its_first_and_minus_the_floor_by_its_second():
    value, [x, y] = value_and_gradients(operator.mod, [3.5, -3.5, 3.5, 4.0], [2.0, 2.0, -2.0, 2.0])
    same(value, [1.5, 0.5, -0.5, 0])
    same(x, [1, 1, 1, 1])
    same(y, [-1, 2, 2, -2])


def test_the_remainder_by_zero_is_nan():
    value, [x, y] = value_and_gradients(operator.mod, [1.0], [0.0])
    same(value, [nan])
    same(x, [1])
    same(y, [-inf])


# ------------------------------------------------------------------ poles


def test_division_by_zero():
    value, [x, y] = value_and_gradients(operator.truediv, [1.0, 0.0, -1.0], [0.0, 0.0, 0.0])
    same(value, [inf, nan, -inf])
    same(x, [inf, inf, inf])
    same(y, [-inf, nan, inf])


def test_log_at_and_below_zero():
    value, [derivative] = value_and_gradients(tf.math.log, [0.0, -1.0, inf])
    same(value, [-inf, nan, inf])
    same(derivative, [inf, -1, 0])


def test_log1p_at_and_below_minus_one():
    value, [derivative] = value_and_gradients(tf.math.log1p, [-1.0, -2.0, 1e-20])
    same(value, [-inf, nan, 1e-20], atol=0)
    same(derivative, [inf, -1, 1])


def test_exp_and_expm1_far_out():
    same(gradient(tf.exp, [-inf, inf, 1000.0, -1000.0]), [0, inf, inf, 0])
    value, [derivative] = value_and_gradients(tf.math.expm1, [1e-20, -50.0])
    same(value, [1e-20, -1], atol=0)
    same(derivative, [1, math.exp(-50)], atol=0)


def test_asin_and_acos_at_the_ends_of_their_domains():
    same(gradient(tf.asin, [1.0, -1.0, 2.0, 0.0]), [inf, inf, nan, 1])
    same(gradient(tf.acos, [1.0, -1.0, 2.0, 0.0]), [-inf, -inf, nan, -1])


def test_acosh_and_atanh_at_the_ends_of_their_domains():
    same(gradient(tf.acosh, [1.0, 0.5, 2.0]), [inf, nan, 1 / math.sqrt(3)])
    same(gradient(tf.atanh, [1.0, -1.0, 0.0]), [inf, inf, 1])


def test_asinh_and_atan_far_out():
    same(gradient(tf.asinh, [1e20, -1e20]), [1e-20, 1e-20], atol=0)
    same(gradient(tf.atan, [inf, -inf]), [0, 0])


def test_atan2_at_the_origin_has_gradient_nan():
    value, [y, x] = value_and_gradients(tf.atan2, [0.0], [0.0])
    same(value, [0])
    same(y, [nan])
    same(x, [nan])


def test_atan2_on_its_cut_and_axes():
    value, [y, x] = value_and_gradients(tf.atan2, [0.0, 1.0, -0.0], [-1.0, 0.0, -1.0])
    same(value, [math.pi, math.pi / 2, -math.pi])
    same(y, [-1, 0, -1])
    same(x, [0, -1, 0])


# ------------------------------------------------------------------ saturation


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_saturates_to_derivative_zero(dtype):
    same(gradient(tf.tanh, [100.0, -100.0, inf, -inf, 0.0], dtype=dtype), [0, 0, 0, 0, 1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_saturates_to_derivative_zero(dtype):
    points = [1000.0, -1000.0, inf, -inf, 0.0]
    value, [derivative] = value_and_gradients(tf.sigmoid, points, dtype=dtype)
    same(value, [1, 0, 1, 0, 0.5])
    same(derivative, [0, 0, 0, 0, 0.25])


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_does_not_overflow(dtype):
    points = [1000.0, -1000.0, 30.0, 0.0, inf, -inf]
    value, [derivative] = value_and_gradients(tf.math.softplus, points, dtype=dtype)
    same(value, [1000, 0, 30, math.log(2), inf, 0])
    same(derivative, [1, 0, 1, 0.5, 1, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_keeps_its_small_values(dtype):
    small = math.exp(-50)
    value, [derivative] = value_and_gradients(tf.math.softplus, [-50.0], dtype=dtype)
    same(value, [small], atol=0)
    same(derivative, [small], atol=0)


def test_softplus_has_second_derivative_zero_far_out():
    same(second_derivative(tf.math.softplus, [0.0, 100.0, -1000.0]), [0.25, 0, 0])


def test_erf_and_erfc_saturate_to_derivative_zero():
    peak = 2 / math.sqrt(math.pi)
    same(gradient(tf.math.erf, [0.0, 30.0]), [peak, 0])
    same(gradient(tf.math.erfc, [0.0, 30.0, -30.0]), [-peak, 0, 0])


def test_sinh_and_cosh_overflow_to_infinity():
    same(gradient(tf.sinh, [1000.0]), [inf])
    same(gradient(tf.cosh, [1000.0, 0.0]), [inf, 0])


# ------------------------------------------------------------------ zero times infinity


def test_zero_times_infinity_is_nan_with_those_factors_as_gradients():
    value, [x, y] = value_and_gradients(operator.mul, [0.0], [inf])
    same(value, [nan])
    same(x, [inf])
    same(y, [0])


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (tf.math.log, 0.0),
        (tf.math.log1p, -1.0),
        (lambda v: 1.0 / v, 0.0),
        (lambda v: v**0.5, 0.0),
        (lambda v: v**-1.0, 0.0),
        (tf.asin, 1.0),
        (tf.acos, 1.0),
        (tf.acosh, 1.0),
        (tf.atanh, 1.0),
        (tf.exp, inf),
        (tf.sinh, inf),
        (tf.square, inf),
        (lambda v: v * inf, 1.0),
    ],
)
def test_an_upstream_of_zero_at_a_pole_gives_nan(f, point):
    same(gradient(f, [point], upstream=0.0), [nan])


def test_an_upstream_of_zero_where_the_derivative_is_chosen_gives_zero():
    same(gradient(tf.nn.relu, [nan, inf], upstream=0.0), [0, 0])
    same(gradient(tf.math.softplus, [inf], upstream=0.0), [0])


def test_zero_over_zero_has_derivative_nan():
    same(gradient(lambda v: v / v, [0.0]), [nan])


def test_exp_times_zero_where_exp_overflows_is_nan():
    value, [derivative] = value_and_gradients(lambda v: tf.exp(v) * 0.0, [1000.0])
    same(value, [nan])
    same(derivative, [nan])


# ------------------------------------------------------------------ where


def test_where_sends_the_gradient_to_the_taken_branch():
    mask = np.array([True, False, True])
    x, y = gradient(lambda a, b: tf.where(mask, a, b), [1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    same(x, [1, 0, 1])
    same(y, [0, 1, 0])


def test_an_infinite_derivative_in_the_branch_not_taken_gives_nan():
    # The known trap: 0 * inf. Make the argument safe inside of the branch.
    def trap(f):
        return gradient(f, [0.0, 1.0], modes_agree=False)

    same(trap(lambda v: tf.where(v > 0.0, tf.math.log(v), 0.0 * v)), [nan, 1])
    answer = trap(lambda v: tf.where(v > 0.0, 1.0 / v, v))
    same(answer, [nan, -1])

    def safe(v):
        inside = tf.where(v > 0.0, v, tf.ones_like(v))
        return tf.where(v > 0.0, tf.math.log(inside), 0.0 * v)

    same(gradient(safe, [0.0, 1.0]), [0, 1])


def test_sqrt_in_the_branch_not_taken_is_harmless():
    same(gradient(lambda v: tf.where(v > 0.0, tf.sqrt(v), v), [0.0, 1.0]), [1, 0.5])


@pytest.mark.parametrize(
    ("f", "point", "second"),
    [
        (tf.math.log, 0.0, -inf),
        (tf.math.log1p, -1.0, -inf),
        (tf.asin, 1.0, inf),
        (tf.acos, 1.0, -inf),
        (tf.acosh, 1.0, -inf),
        (tf.atanh, 1.0, inf),
        (lambda v: tf.norm(v, ord=1), 0.0, 0.0),
        (lambda v: v * tf.abs(v), 0.0, 0.0),
        (lambda v: tf.nn.relu(v) ** 2, 0.0, 0.0),
        (lambda v: tf.maximum(v * v, v), 1.0, 2.0),
        (tf.norm, 0.0, nan),
        (lambda v: v**1.5, 0.0, inf),
    ],
)
def test_second_derivatives_at_singular_points(f, point, second):
    same(second_derivative(f, [point]), [second])


@pytest.mark.parametrize(
    ("f", "second"), [(lambda v: v * tf.math.log(v), inf), (lambda v: v * tf.sqrt(v), nan)]
)
def test_second_derivatives_where_a_zero_factor_meets_a_pole(f, second):
    same(second_derivative(f, [0.0], modes_agree=False), [second])


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (tf.math.log, 0.0),
        (tf.math.log1p, -1.0),
        (tf.asin, 1.0),
        (tf.acos, 1.0),
        (tf.atanh, 1.0),
    ],
)
def test_the_second_derivative_of_the_branch_not_taken_is_zero_at_a_pole(f, point):
    # The first one is NaN all the same.
    def branch(v):
        return tf.where(v == point, v * v, f(v))

    same(gradient(branch, [point], modes_agree=False), [nan])
    same(second_derivative(branch, [point], modes_agree=False), [2])


@pytest.mark.parametrize("f", [tf.sqrt, tf.math.rsqrt, tf.math.reciprocal, tf.math.log, tf.asin])
def test_the_derivative_by_an_upstream_of_zero_is_the_derivative(f):
    x, upstream = tf.constant([0.25, 0.5], tf.float64), tf.zeros(2, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch([x, upstream])
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x, output_gradients=upstream)
    by_x, by_upstream = outer.gradient(slope, [x, upstream])
    same(by_upstream.numpy(), gradient(f, x.numpy()))
    same(by_x.numpy(), [0, 0])


# ------------------------------------------------------------------ complex

Z, W = 1 + 2j, 3 - 1j

COMPLEX = [
    # name, function, arguments, gradients
    ("multiply", tf.multiply, (Z, W), (W.conjugate(), Z.conjugate())),
    ("add", tf.add, (Z, W), (1, 1)),
    ("subtract", tf.subtract, (Z, W), (1, -1)),
    ("divide", tf.divide, (Z, W), ((1 / W).conjugate(), (-Z / W**2).conjugate())),
    ("exp", tf.exp, (Z,), (np.exp(Z).conjugate(),)),
    ("expm1", tf.math.expm1, (Z,), (np.exp(Z).conjugate(),)),
    ("log", tf.math.log, (Z,), ((1 / Z).conjugate(),)),
    ("log1p", tf.math.log1p, (Z,), ((1 / (1 + Z)).conjugate(),)),
    ("square", tf.square, (Z,), ((2 * Z).conjugate(),)),
    ("sqrt", tf.sqrt, (Z,), ((0.5 / np.sqrt(Z)).conjugate(),)),
    ("rsqrt", tf.math.rsqrt, (Z,), ((-0.5 * Z**-1.5).conjugate(),)),
    ("reciprocal", tf.math.reciprocal, (Z,), ((-1 / Z**2).conjugate(),)),
    ("negative", tf.negative, (Z,), (-1,)),
    ("sin", tf.sin, (Z,), (np.cos(Z).conjugate(),)),
    ("cos", tf.cos, (Z,), (-np.sin(Z).conjugate(),)),
    ("tan", tf.tan, (Z,), ((1 / np.cos(Z) ** 2).conjugate(),)),
    ("sinh", tf.sinh, (Z,), (np.cosh(Z).conjugate(),)),
    ("cosh", tf.cosh, (Z,), (np.sinh(Z).conjugate(),)),
    ("tanh", tf.tanh, (Z,), ((1 - np.tanh(Z) ** 2).conjugate(),)),
    ("atan", tf.atan, (Z,), ((1 / (1 + Z * Z)).conjugate(),)),
    ("asinh", tf.asinh, (Z,), ((1 / np.sqrt(1 + Z * Z)).conjugate(),)),
    ("atanh", tf.atanh, (Z,), ((1 / (1 - Z * Z)).conjugate(),)),
    ("pow", tf.pow, (Z, W), ((W * Z ** (W - 1)).conjugate(), (Z**W * np.log(Z)).conjugate())),
    ("abs", tf.abs, (Z,), (Z / abs(Z),)),
    ("sign", tf.sign, (Z,), (0.35777087639996635 - 0.17888543819998315j,)),
    ("sigmoid", tf.sigmoid, (Z,), (0.14088880756994154 + 0.4207182797053216j,)),
    ("reduce_sum", tf.reduce_sum, ([Z, W],), ([1, 1],)),
    ("reduce_mean", tf.reduce_mean, ([Z, W],), ([0.5, 0.5],)),
    ("reduce_prod", tf.reduce_prod, ([Z, W],), ([W.conjugate(), Z.conjugate()],)),
]


@pytest.mark.parametrize(
    ("f", "arguments", "expected"), [row[1:] for row in COMPLEX], ids=[row[0] for row in COMPLEX]
)
def test_the_complex_gradient_is_the_conjugate_of_the_derivative(f, arguments, expected):
    _, gradients = value_and_gradients(f, *arguments, dtype="complex128")
    for actual, wanted in zip(gradients, expected, strict=True):
        same(actual, wanted, rtol=1e-12)


def test_the_complex_upstream_multiplies_the_conjugate_of_the_derivative():
    by_z, by_w = gradient(tf.multiply, Z, W, dtype="complex128", upstream=1j)
    same(by_z, 1j * W.conjugate())
    same(by_w, 1j * Z.conjugate())


def test_abs_of_complex_zero_has_derivative_zero():
    value, [derivative] = value_and_gradients(tf.abs, [0j], dtype="complex128")
    assert value.dtype == np.float64
    same(derivative, [0])


MODULI = [
    # z, |z|, its gradient z / |z|
    (complex(inf, 1), inf, 1),
    (complex(-1, -inf), inf, -1j),
    (complex(-inf, nan), inf, -1),
    (complex(nan, inf), inf, 1j),
    (complex(inf, inf), inf, nan),  # its direction is not known
    (complex(nan, 1), nan, nan),
    (complex(0.0, -0.0), 0.0, 0),
    (3e-320 + 4e-320j, 5e-320, 0.6 + 0.8j),
    (-3e307 + 4e307j, 5e307, -0.6 + 0.8j),
]


@pytest.mark.parametrize(("z", "modulus", "direction"), MODULI)
def test_the_modulus_of_complex_numbers_far_out_and_close_to_zero(z, modulus, direction):
    for count in (1, 9):
        value, [derivative] = value_and_gradients(tf.abs, [z] * count, dtype="complex128")
        # Subnormal numbers have few digits.
        rtol = 1e-3 if 0 < modulus < 1e-308 else 1e-14
        same(value, [modulus] * count, rtol=rtol)
        same(derivative, [direction] * count, rtol=rtol)
        same(tf.sign(tf.constant([z] * count)), [direction] * count, rtol=rtol)


COMPLEX_POWERS = [
    # exponent, value at 0, derivatives at 0 of the first three orders
    (0, 1, (0, 0, 0)),
    (1, 0, (1, 0, 0)),
    (2, 0, (0, 2, 0)),
    (3, 0, (0, 0, 6)),
    (120, 0, (0, 0, 0)),
    (2.5, 0, (0, 0, nan)),
    (1 + 1j, 0, (nan,)),
    (1j, nan, (nan,)),
    (-1, nan, (nan,)),
]


@pytest.mark.parametrize(("exponent", "value", "slopes"), COMPLEX_POWERS)
def test_complex_powers_at_zero(exponent, value, slopes):
    derived = lambda v: tf.pow(v, tf.constant(exponent, v.dtype))  # noqa: E731
    for dtype in ("complex64", "complex128"):
        for zero in (0j, [0j, complex(-0.0, 0.0), complex(0.0, -0.0)]):
            f, x = derived, tf.constant(zero, dtype)
            for expected in (value, *slopes):
                same(f(x), np.full(x.shape, expected))
                f = derivative_of(f)


@pytest.mark.parametrize(
    "z", [complex(inf, 1), complex(0, -inf), complex(-inf, 0), complex(inf, inf)]
)
def test_whole_powers_of_infinite_complex_numbers_are_products(z):
    x = tf.constant(z)
    same(x**1, z)
    same(x**2, x * x)
    same(x**3, x * x * x)
    same(x**-1, 1 / x)


SIGMOIDS = [(-inf, 0), (inf, 1), (complex(-800, 3), 0), (complex(800, 3), 1), (0, 0.5)]


@pytest.mark.parametrize(("z", "value"), SIGMOIDS)
def test_the_complex_sigmoid_has_its_limits(z, value):
    for count in (1, 9):
        actual, [slope] = value_and_gradients(tf.sigmoid, [complex(z)] * count, dtype="complex128")
        same(actual, [value] * count)
        same(slope, [value * (1 - value)] * count)


def test_reduce_prod_of_complex_numbers_with_a_zero():
    same(gradient(tf.reduce_prod, [Z, 0j], dtype="complex128"), [0, Z.conjugate()])


def test_a_cast_from_real_to_complex_gives_back_the_real_part():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(x, tf.complex64) * tf.constant(W, tf.complex64)
    answer = tape.gradient(y, x)
    assert answer.dtype == tf.float32
    assert float(answer) == 3.0


def test_a_cast_from_complex_to_real_takes_and_gives_the_real_part():
    z = tf.constant(Z, tf.complex128)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = tf.cast(z, tf.float64) ** 2
    assert float(y) == 1.0
    assert complex(tape.gradient(y, z)) == 2 + 0j


def test_a_real_loss_of_complex_numbers_descends_along_its_gradient():
    z = tf.constant([Z, W])
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = tf.reduce_sum(tf.abs(z) ** 2)
    same(tape.gradient(loss, z).numpy(), [2 * Z, 2 * W])


@pytest.mark.parametrize("f", [tf.maximum, tf.minimum, tf.less, tf.greater_equal])
def test_complex_numbers_have_no_order(f):
    with pytest.raises(TypeError):
        f(tf.constant(Z), tf.constant(W))


# ------------------------------------------------------------------ both modes

MODES = [
    (lambda v: tf.sqrt(tf.reduce_mean(tf.square(v - tf.reduce_mean(v)))), [2.0, 2.0]),
    (lambda v: tf.sqrt(tf.abs(v)), [0.0]),
    (lambda v: tf.math.rsqrt(v * v), [0.0]),
    (lambda v: tf.sqrt(tf.nn.relu(v)), [-1.0, 0.0, 4.0]),
    (lambda v: tf.math.log(tf.nn.relu(v)), [-1.0, 0.0, 4.0]),
    (tf.norm, [0.0, 0.0]),
    (lambda v: tf.norm(v, ord=3), [0.0, 2.0]),
    (lambda v: v**0, [0.0]),
    (lambda v: v**0.5, [0.0]),
    *((f, [0.0, -0.0, 1.0, -1.0, inf, nan]) for f in (tf.abs, tf.nn.relu, tf.sqrt, tf.math.log)),
    *((f, [1.0, -1.0]) for f in (tf.asin, tf.acos, tf.acosh, tf.atanh, tf.math.log1p)),
]


@pytest.mark.parametrize(("f", "point"), MODES)
def test_both_modes_agree(f, point):
    gradient(f, point)


def test_the_root_of_what_relu_has_cut_off_has_derivative_nan():
    # The derivative 0 times the pole, in both modes, as in TensorFlow.
    same(gradient(lambda v: tf.sqrt(tf.nn.relu(v)), [-1.0, 0.0, 4.0]), [nan, nan, 0.25])


def test_the_root_of_what_a_maximum_has_cut_off():
    # A maximum gives its cotangent to one of the two and 0 to the other, as in TensorFlow.
    answer = gradient(lambda v: tf.sqrt(tf.maximum(v, 0.0)), [-1.0, 0.0], modes_agree=False)
    same(answer, [0, inf])
