"""tf.debugging: what each check lets through, what it refuses, and what it says then."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import debugging

inf, nan = math.inf, math.nan

InvalidArgumentError = tf.errors.InvalidArgumentError

VECTOR = tf.constant([1.0, 2.0])


def told(check, *arguments, **options):
    """What the exception says that a check raises."""
    with pytest.raises(InvalidArgumentError) as caught:
        check(*arguments, **options)
    return str(caught.value)


# ------------------------------------------------------------------ where the names are


@pytest.mark.parametrize(
    "name", ["Assert", "assert_equal", "assert_greater", "assert_less", "assert_rank"]
)
def test_some_names_are_at_the_top_too(name):
    assert getattr(tf, name) is getattr(tf.debugging, name)
    assert name in dir(tf)
    assert name in tf.__all__


@pytest.mark.parametrize("name", ["assert_near", "check_numerics", "assert_shapes", "assertion"])
def test_the_others_are_not(name):
    assert not hasattr(tf, name)


# ------------------------------------------------------------------ check_numerics


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_finite_numbers_pass(dtype):
    x = tf.constant([1.0, -2.0, 0.0], dtype)
    for check in (debugging.check_numerics, debugging.assert_all_finite):
        y = check(x, "message")
        assert y.dtype == dtype
        assert y.numpy().tolist() == [1, -2, 0]


@pytest.mark.parametrize("check", [debugging.check_numerics, debugging.assert_all_finite])
@pytest.mark.parametrize(
    "values, what",
    [
        ([1.0, nan, nan], "NaN values: 2 of 3 elements, the first at index [1]"),
        ([inf, 1.0, 1.0], "Inf values: 1 of 3 elements, the first at index [0]"),
        ([1.0, 1.0, -inf], "Inf values: 1 of 3 elements, the first at index [2]"),
        ([1.0, -inf, nan], "Inf and NaN values: 2 of 3 elements, the first at index [1]"),
    ],
)
def test_other_numbers_do_not(check, values, what):
    text = told(check, values, "my message")
    assert text == f"my message : Tensor had {what}, in a tensor of shape (3,) and dtype float32"


def test_a_number_alone_has_no_index():
    text = told(debugging.check_numerics, tf.constant(nan), "m")
    assert (
        text
        == "m : Tensor had NaN values: 1 of 1 elements, in a tensor of shape () and dtype float32"
    )


@pytest.mark.parametrize("x", [[1, 2], [True], [1j]])
def test_only_floats_are_checked(x):
    with pytest.raises(InvalidArgumentError, match="needs floats"):
        debugging.check_numerics(x, "m")


@pytest.mark.parametrize("message", [None, 3])
def test_the_message_is_a_string(message):
    with pytest.raises(TypeError, match="Expected string for argument 'message'"):
        debugging.check_numerics(VECTOR, message)
    with pytest.raises(TypeError):
        debugging.check_numerics(VECTOR)


def test_check_numerics_is_differentiable():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = debugging.check_numerics(x * x * x, "m")
        first = inner.gradient(y, x)
    assert first.numpy() == 27
    assert outer.gradient(first, x).numpy() == 18


def test_a_gradient_that_is_not_finite_is_found():
    x = tf.constant([0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(debugging.check_numerics(x, "roots of"))
    with pytest.raises(InvalidArgumentError, match="detected in gradient. roots of : .* Inf"):
        tape.gradient(y, x)


def test_a_gradient_that_turns_bad_below_the_check_is_not():
    x = tf.constant([0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = debugging.check_numerics(tf.sqrt(x), "roots")
    assert tape.gradient(y, x).numpy().tolist() == [inf, 0.5]


def test_check_numerics_of_a_variable():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = debugging.check_numerics(v, "m") * 3
    assert tape.gradient(y, v).numpy().tolist() == [3, 3]


# ------------------------------------------------------------------ two tensors compared

ORDER = {
    "equal": "==",
    "none_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
HOLDS = {
    "equal": [([1, 2], [1, 2]), (0.5, [0.5, 0.5]), (True, True), (1j, [1j]), ([], [])],
    "none_equal": [([1, 2], [2, 1]), (nan, nan), (False, True), (1j, 2j), ([], [])],
    "less": [([1, 2], [2, 3]), ([1.0, 2.0], 3.0), ([], 1.0)],
    "less_equal": [([1, 2], [1, 3]), ([1.0, 2.0], 2.0), ([], 1.0)],
    "greater": [([1, 2], [0, 1]), ([1.0, 2.0], 0.5), ([], 1.0)],
    "greater_equal": [([1, 2], [1, 1]), ([1.0, 2.0], 1.0), ([], 1.0)],
}
FAILS = {
    "equal": [([1, 2], [1, 3]), (nan, nan), (True, False), (1j, 2j)],
    "none_equal": [([1, 2], [2, 2]), (True, True), (1j, 1j)],
    "less": [([1, 2], [1, 3]), (2, 1), (nan, 1.0), (nan, nan)],
    "less_equal": [([1, 2], [0, 3]), (2, 1), (nan, 1.0)],
    "greater": [([1, 2], [1, 1]), (1, 2), (nan, 1.0)],
    "greater_equal": [([1, 2], [2, 1]), (1, 2), (nan, 1.0)],
}


def comparison(name):
    return getattr(debugging, f"assert_{name}")


@pytest.mark.parametrize("name, x, y", [(n, *pair) for n in HOLDS for pair in HOLDS[n]])
def test_a_comparison_that_holds(name, x, y):
    assert comparison(name)(x, y) is None
    assert comparison(name)(tf.constant(x), tf.constant(y)) is None


@pytest.mark.parametrize("name, x, y", [(n, *pair) for n in FAILS for pair in FAILS[n]])
def test_a_comparison_that_does_not_hold(name, x, y):
    text = told(comparison(name), tf.constant(x), y, message="my message")
    assert text.startswith(f"my message\nCondition x {ORDER[name]} y did not hold for ")


def test_what_a_comparison_says():
    x, y = tf.constant([1.0, 5.0, 3.0]), tf.constant([2.0, 2.0, 3.0])
    assert told(debugging.assert_equal, x, y, message="MESSAGE").splitlines() == [
        "MESSAGE",
        "Condition x == y did not hold for 2 of 3 elements.",
        "Indices of the first 2: [[0], [1]]",
        "x there: [1. 5.]",
        "y there: [2. 2.]",
        "x (shape=(3,) dtype=float32) = [1. 5. 3.]",
        "y (shape=(3,) dtype=float32) = [2. 2. 3.]",
    ]


def test_what_a_comparison_of_numbers_says():
    assert told(debugging.assert_equal, 1, 2).splitlines() == [
        "Condition x == y did not hold for 1 of 1 elements.",
        "x (shape=() dtype=int32) = [1]",
        "y (shape=() dtype=int32) = [2]",
    ]


def test_what_is_broadcast_is_shown_where_it_fails():
    lines = told(debugging.assert_less, [[1.0], [5.0]], [2.0, 6.0]).splitlines()
    assert lines[1:4] == ["Indices of the first 1: [[1, 0]]", "x there: [5.]", "y there: [2.]"]


@pytest.mark.parametrize(
    "summarize, shown, x",
    [
        (None, 3, "[0 1 2 ...]"),
        (2, 2, "[0 1 ...]"),
        (-1, 10, "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19]"),
    ],
)
def test_summarize_says_how_many_elements_are_shown(summarize, shown, x):
    up = tf.range(20)
    text = told(debugging.assert_less, up, tf.reverse(up, [0]), summarize=summarize)
    assert f"Indices of the first {shown}: " in text
    assert f"x (shape=(20,) dtype=int32) = {x}" in re.sub(" +", " ", text).replace("[ ", "[")


def test_a_thousand_elements_stay_in_a_line():
    text = told(debugging.assert_less, tf.range(2000), 0, summarize=-1)
    assert len(text.splitlines()) == 6
    assert "1997 1998 1999]" in text


@pytest.mark.parametrize("name", ORDER)
def test_shapes_that_do_not_broadcast(name):
    with pytest.raises(InvalidArgumentError):
        comparison(name)(tf.ones([3]), tf.ones([2]))


@pytest.mark.parametrize("name", ORDER)
def test_dtypes_that_do_not_mix(name):
    with pytest.raises(InvalidArgumentError):
        comparison(name)(tf.constant([1.0]), tf.constant([1]))


@pytest.mark.parametrize("name", ORDER)
def test_python_numbers_take_the_other_dtype(name):
    # TensorFlow makes int32 tensors of them, which then do not mix.
    x, y = {"equal": (1, 1), "none_equal": (1, 2)}.get(name, (1, 2 if "less" in name else 0))
    comparison(name)(tf.constant(x, tf.float64), y)
    comparison(name)([x], tf.constant([y], tf.float64))


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("bad", [None, "text", {}])
def test_what_is_no_tensor_is_not_compared(name, bad):
    with pytest.raises(ValueError, match="unsupported type|of type .* do not mix"):
        comparison(name)(bad, [1.0])


@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal"])
@pytest.mark.parametrize("x", [[True], [1j]])
def test_bools_and_complex_numbers_have_no_order(name, x):
    with pytest.raises(InvalidArgumentError):
        comparison(name)(x, x)


def test_variables_are_compared():
    debugging.assert_equal(tf.Variable([1, 2]), tf.constant([1, 2]))
    assert "[1 2]" in told(debugging.assert_equal, tf.Variable([1, 2]), [1, 3])


def test_a_check_leaves_gradients_alone():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        debugging.assert_less(x, 3.0)
        debugging.assert_positive(x)
        debugging.assert_near(x, x)
        y = x * x
    assert tape.gradient(y, x).numpy().tolist() == [2, 4]


# ------------------------------------------------------------------ assert_near


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_ten_epsilons_are_near(dtype):
    epsilon = float(np.finfo(dtype).eps)
    x = tf.constant([1.0, 100.0], dtype)
    debugging.assert_near(x, x * (1 + 5 * epsilon))
    with pytest.raises(InvalidArgumentError, match="did not hold for 1 of 2"):
        debugging.assert_near(x, x + tf.constant([0.0, 2000 * epsilon], dtype))


def test_tolerances():
    debugging.assert_near(1.0, 1.5, atol=0.6)
    debugging.assert_near(10.0, 11.0, rtol=0.1, atol=0.0)
    debugging.assert_near(tf.ones([2, 3]), 1.0)
    debugging.assert_near([1.0, 10.0], [1.5, 10.01], rtol=0.0, atol=tf.constant([0.6, 0.1]))
    with pytest.raises(InvalidArgumentError):
        debugging.assert_near(11.0, 10.0, rtol=0.1, atol=0.0)  # relative to y


def test_the_difference_is_less_than_the_tolerance():
    with pytest.raises(InvalidArgumentError):
        debugging.assert_near(1.0, 2.0, atol=1.0, rtol=0.0)


@pytest.mark.parametrize("x", [nan, inf])
def test_what_is_not_finite_is_not_near_itself(x):
    with pytest.raises(InvalidArgumentError):
        debugging.assert_near(x, x)


def test_what_assert_near_says():
    text = told(debugging.assert_near, [1.0, 5.0], [1.0, 2.0], rtol=0.5, atol=0.0, message="M")
    assert text.splitlines() == [
        "M",
        "Condition |x - y| < atol + rtol * |y| did not hold for 1 of 2 elements (x and y not equal "
        "to tolerance rtol = 0.5, atol = 0.0; the largest difference is 3.0).",
        "Indices of the first 1: [[1]]",
        "x there: [5.]",
        "y there: [2.]",
        "x (shape=(2,) dtype=float32) = [1. 5.]",
        "y (shape=(2,) dtype=float32) = [1. 2.]",
    ]


def test_what_is_no_tensor_takes_the_dtype_of_the_tensor():
    debugging.assert_near(tf.constant([0.1]), np.array([0.1]))
    debugging.assert_near(np.array([0.1]), tf.constant([0.1]))
    debugging.assert_near(0.1, tf.constant(0.1, tf.float64))


def test_the_coarser_dtype_sets_the_tolerance():
    # TensorFlow does not compare tensors of two dtypes.
    debugging.assert_near(tf.constant(0.1), tf.constant(0.1, tf.float64))


@pytest.mark.parametrize("x", [[1, 2], [True]])
def test_integers_are_not_near(x):
    with pytest.raises(ValueError, match="inexact"):
        debugging.assert_near(tf.constant(x), tf.constant(x))


def test_shapes_that_are_not_near():
    with pytest.raises(InvalidArgumentError):
        debugging.assert_near(tf.ones([3]), tf.ones([2]))


# ------------------------------------------------------------------ signs

SIGNS = {
    "positive": (">", [1, 2.5], [0, -1, nan]),
    "negative": ("<", [-1, -2.5], [0, 1, nan]),
    "non_negative": (">=", [0, 1], [-1, nan]),
    "non_positive": ("<=", [0, -1], [1, nan]),
}


@pytest.mark.parametrize("name", SIGNS)
def test_signs(name):
    symbol, good, bad = SIGNS[name]
    check = getattr(debugging, f"assert_{name}")
    assert check(good) is None
    assert check([]) is None
    assert check(tf.Variable(good[0])) is None
    for x in bad:
        lines = told(check, [good[1], x], message="MESSAGE").splitlines()
        assert lines[0] == "MESSAGE"
        assert lines[1] == f"Condition x {symbol} 0 did not hold for 1 of 2 elements."
        assert lines[2] == "Indices of the first 1: [[1]]"
        assert lines[-1].startswith("x (shape=(2,) dtype=")


@pytest.mark.parametrize("name", SIGNS)
@pytest.mark.parametrize("x", [[True], [1j]])
def test_bools_and_complex_numbers_have_no_sign(name, x):
    with pytest.raises(TypeError):
        getattr(debugging, f"assert_{name}")(x)


# ------------------------------------------------------------------ ranks


def test_assert_rank():
    assert debugging.assert_rank(VECTOR, 1) is None
    assert debugging.assert_rank([[1]], tf.constant(2)) is None
    assert debugging.assert_rank(tf.Variable(1.0), np.int64(0)) is None
    assert told(debugging.assert_rank, VECTOR, 2) == (
        "Tensor must have rank 2.  Received rank 1, shape (2,)"
    )
    assert told(debugging.assert_rank, VECTOR, 2, message="M").startswith("M.  Tensor must have")


def test_assert_rank_at_least():
    for rank in (0, 1):
        assert debugging.assert_rank_at_least(VECTOR, rank) is None
    assert told(debugging.assert_rank_at_least, VECTOR, 2, "M") == (
        "M.  Tensor must have rank at least 2.  Received rank 1, shape (2,)"
    )


def test_assert_rank_in():
    assert debugging.assert_rank_in(VECTOR, (1, 2)) is None
    assert debugging.assert_rank_in(VECTOR, tf.constant([0, 1])) is None
    assert told(debugging.assert_rank_in, VECTOR, [0, 2, 3], "M") == (
        "M.  Tensor must have rank in (0, 2, 3).  Received rank 1, shape (2,)"
    )
    with pytest.raises(ValueError):
        debugging.assert_rank_in(VECTOR, [])
    with pytest.raises(TypeError):
        debugging.assert_rank_in(VECTOR, 1)


@pytest.mark.parametrize("check", [debugging.assert_rank, debugging.assert_rank_at_least])
def test_ranks_are_integers(check):
    for rank in (1.0, 1.5, None):
        with pytest.raises(TypeError):
            check(VECTOR, rank)
    with pytest.raises(ValueError, match="Rank must be a scalar"):
        check(VECTOR, [1])


def test_assert_scalar():
    assert debugging.assert_scalar(3.0) is None
    assert told(debugging.assert_scalar, [1, 2], "M") == (
        "M.  Expected scalar shape, saw shape: (2,)."
    )


# ------------------------------------------------------------------ shapes

X, Y, ONE = tf.ones([2, 3]), tf.ones([3, 4]), tf.constant(1.0)


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [(X, ("N", "Q")), (Y, ("Q", "D")), (ONE, ())],
        ((X, ["N", "Q"]),),
        [(X, "NQ"), (Y, "QD")],
        {X.ref(): "NQ", Y.ref(): "QD"},
        [(X, (2, 3))],
        [(X, ("2", "3"))],
        [(X, (np.int64(2), tf.constant(3)))],
        [(X, X.shape)],
        [(X, tf.TensorShape([2, None]))],
        [(X, (None, "."))],
        [(X, None)],
        [(X, (..., "Q")), (Y, ("Q", 4))],
        [(X, ("*", 3)), (Y, ("...", 4))],
        [(X, "*Q"), (Y, "QD")],
        [(tf.ones([5, 1, 2, 3]), ("*", 2, 3))],
        [(X, ((1, 2), 3)), (X, ((1, 2), "M"))],
        [(tf.zeros([0, 2]), (0, 2))],
        [(np.ones([1, 2]), ("N", 2)), ([[1, 2]], ("N", 2)), (tf.Variable([1.0]), "N")],
        [(ONE, ""), (ONE, (1,)), (ONE, ("N",)), (ONE, (None,)), (ONE, (..., "N"))],
        [([1.0], ()), ([1.0], "N"), (ONE, "N")],
    ],
)
def test_shapes_that_fit(shapes):
    assert debugging.assert_shapes(shapes) is None


@pytest.mark.parametrize(
    "shapes, text",
    [
        (
            [(X, (2, 4))],
            "Dimension 1 of a tensor of shape (2, 3) and dtype float32 must have size 4",
        ),
        ([(X, (None, 4))], "must have size 4: it is specified explicitly. Received size 3."),
        ([(X, ("2", "4"))], "must have size 4"),
        ([(X, (True, 3))], "must have size 1"),
        ([(X, (-1, 3))], "must have size -1"),
        ([(X, "NQ"), (Y, "ND")], "must have size 2: 'N' is specified by dimension 0 of a tensor"),
        ([(X, ("N", 3)), (Y, ("N", 4))], "Received size 3."),
        ([(X, "NQ"), (Y, (3, "Q"))], "must have size 3: 'Q' is specified by dimension 1"),
        ([(X, "NN")], "Dimension 1 of"),
        ([(X, (..., "Q")), (Y, (..., "Q"))], "must have size 3: 'Q'"),
        ([(X, ("N", "Q", "R"))], "must have rank 3.  Received rank 2, shape (2, 3)"),
        ([(X, ())], "must have rank 0.  Received rank 2"),
        ([(ONE, (1, 1))], "must have rank 2.  Received rank 0"),
        ([([1.0, 2.0], ())], "must have rank 0"),
        ([(ONE, (2,))], "must have size 2"),
        ([([1.0, 2.0], "N"), (ONE, "N")], "must have size 2: 'N'"),
        ([([1.0], (..., "N", "M"))], "must have rank at least 2.  Received rank 1, shape (1,)"),
        ([(X, ("Q", "*"))], "as entry 1; only the first entry can be for any number of axes"),
        ([(X, ("*", "*"))], "as entry 1; only the first"),
        ([(Y, ("a", ..., "b"))], "as entry 1; only the first"),
        ([(ONE, 1)], "must be iterable, not 1"),
    ],
)
def test_shapes_that_do_not_fit(shapes, text):
    assert text in told(debugging.assert_shapes, shapes)
    assert told(debugging.assert_shapes, shapes, message="MESSAGE").startswith("MESSAGE.  ")


def test_any_number_of_axes_may_be_none_or_all():
    # TensorFlow takes (...,) alone for the shape of a scalar.
    debugging.assert_shapes([(X, (...,)), (ONE, "*"), (Y, (...,))])


def test_shapes_come_in_pairs():
    for bad in ([(X, "NQ", 1)], [1]):
        with pytest.raises((TypeError, ValueError)):
            debugging.assert_shapes(bad)
    with pytest.raises(TypeError):
        debugging.assert_shapes(3)
    with pytest.raises(ValueError):
        debugging.assert_shapes([(None, (1,))])


# ------------------------------------------------------------------ dtypes


def test_assert_type():
    for dtype in (tf.float32, np.float32, "float32"):
        assert debugging.assert_type(VECTOR, dtype) is None
    assert debugging.assert_type([1], tf.int32) is None
    with pytest.raises(TypeError, match=r"^M\.  tensor must be of type tf.float64; got tf.float32"):
        debugging.assert_type(VECTOR, tf.float64, message="M")
    with pytest.raises(TypeError):
        debugging.assert_type(VECTOR, "float3")


def test_assert_integer():
    for x in ([1], tf.constant([1], tf.uint8)):
        assert debugging.assert_integer(x) is None
    for x in ([1.0], [True], [1j]):
        with pytest.raises(TypeError, match=r'^M\.  Expected "x" to be integer type.  Found: a te'):
            debugging.assert_integer(x, message="M")


def test_assert_same_float_dtype():
    double, half = tf.constant(1.0, tf.float64), tf.constant(1.0, tf.float16)
    check = debugging.assert_same_float_dtype
    assert check([VECTOR, VECTOR]) is tf.float32
    assert check([None, tf.Variable(1.0), VECTOR], tf.float32) is tf.float32
    assert check([double]) is tf.float64
    assert check((np.ones(2),)) is tf.float64
    assert check([half]) is tf.float16
    assert check() is check([]) is tf.float32
    assert check(None, tf.float16) is tf.float16
    with pytest.raises(ValueError, match=r"type=float64, must be of the same type \(float32\) as"):
        check([VECTOR, double])
    for dtype in (tf.float64, tf.int32):
        with pytest.raises(ValueError, match="type=float32, must be of the same type"):
            check([VECTOR], dtype)
    for tensors, dtype in ([tf.constant(1)], None), ([tf.constant(1j)], None), (None, tf.int32):
        with pytest.raises(ValueError, match="Expected floating point type, got"):
            check(tensors, dtype)
    with pytest.raises(TypeError):
        check([1.0])


@pytest.mark.parametrize("values", [[1], (1,), {1}, {"a": 1}, iter([1]), tf.Variable([1.0])])
def test_proper_iterables(values):
    assert debugging.assert_proper_iterable(values) is None


@pytest.mark.parametrize("values", [VECTOR, np.ones(2), "ab", b"ab", 3, None])
def test_improper_iterables(values):
    with pytest.raises(TypeError, match='Expected argument "values" to be'):
        debugging.assert_proper_iterable(values)


def test_is_numeric_tensor():
    for dtype in ("int8", "uint64", "float16", "float32", "complex64"):
        assert debugging.is_numeric_tensor(tf.zeros([1], dtype)) is True
    for x in (tf.constant(True), tf.Variable(1.0), np.ones(2), 1.0, [1.0], "text", None):
        assert debugging.is_numeric_tensor(x) is False


# ------------------------------------------------------------------ Assert


@pytest.mark.parametrize("condition", [True, tf.constant(True), [1], tf.constant([True]), 2])
def test_a_condition_that_holds(condition):
    assert tf.Assert(condition, ["unused"]) is None


@pytest.mark.parametrize(
    "condition, told_as",
    [
        (False, "False"),
        (None, "None"),
        (np.bool_(False), "np.False_" if np.__version__ >= "2" else "False"),
        (tf.constant(False), "False"),
        (tf.constant([False]), "[False]"),
        (tf.constant(0), "0"),
    ],
)
def test_a_condition_that_does_not_hold(condition, told_as):
    assert told(tf.Assert, condition, [1]).splitlines() == [
        f"Expected the condition to be true, but it is {told_as}. Summarized data:",
        "1",
    ]


def test_the_data_of_an_assertion():
    data = [VECTOR, "text", 3, tf.constant(2.5), [True, False], tf.range(10), tf.Variable([1j])]
    assert told(tf.Assert, False, data).splitlines()[1:] == [
        "[1. 2.]",
        "text",
        "3",
        "2.5",
        "[ True False]",
        "[0 1 2 ...]",
        "[0.+1.j]",
    ]
    assert told(tf.Assert, False, (tf.range(5),), summarize=-1).splitlines()[1:] == ["[0 1 2 3 4]"]
    assert told(tf.Assert, False, [tf.range(5)], summarize=1).splitlines()[1:] == ["[0 ...]"]
    assert told(tf.Assert, False, []).endswith("Summarized data:")


def test_wrong_use_of_an_assertion():
    with pytest.raises(TypeError, match="data must be a list or tuple"):
        tf.Assert(False, VECTOR)
    with pytest.raises(ValueError):
        tf.Assert(tf.constant([True, False]), [1])
