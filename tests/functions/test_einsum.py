"""einsum: the values of numpy.einsum, and the gradient of any valid equation."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_c as tf

SIZES = dict(zip("ijklmnabcdeIK", [2, 3, 4, 2, 3, 2, 3, 2, 2, 3, 2, 3, 2], strict=True))
ELLIPSIS_SHAPE = (2, 3)


def shape_of(subscripts, ellipsis=ELLIPSIS_SHAPE):
    shape = []
    for label in subscripts.replace("...", "."):
        shape += ellipsis if label == "." else [SIZES[label]]
    return tuple(shape)


def operands(equation, dtype="float64", seed=0):
    random = np.random.default_rng(seed)
    arrays = []
    for subscripts in equation.replace(" ", "").split("->")[0].split(","):
        array = random.normal(size=shape_of(subscripts))
        if dtype.startswith("complex"):
            array = array + 1j * random.normal(size=array.shape)
        arrays.append(array.astype(dtype))
    return arrays


ONE = [
    "i->i",
    "i->",
    "ij->ij",
    "ij->ji",
    "ij->i",
    "ij->j",
    "ij->",
    "ijk->kji",
    "ijk->kj",
    "ijk->j",
    "ijkl->ljki",
    "ii->i",
    "ii->",
    "iji->j",
    "iji->ij",
    "iji->ji",
    "iij->ji",
    "iijj->ij",
    "iijj->",
    "iii->i",
    "iii->",
    "ijij->ji",
    "...->...",
    "...ij->...ji",
    "i...->...i",
    "i...j->...",
    "...ii->...i",
    "i...i->...",
    "->",
]

TWO = [
    "i,i->",
    "i,i->i",
    "i,j->ij",
    "i,j->ji",
    "i,j->i",
    "i,j->",
    "ij,jk->ik",
    "ij,jk->ki",
    "ij,kj->ik",
    "ji,jk->ik",
    "ji,kj->ik",
    "ij,jk->ijk",
    "ij,jk->",
    "ij,jk->j",
    "ij,jk->i",
    "ij,ij->ij",
    "ij,ij->",
    "ij,ji->",
    "ij,ji->ij",
    "ij,ij->i",
    "ij,j->i",
    "j,ij->i",
    "ij,i->j",
    "ij,k->kji",
    "ijk,ikl->ijl",
    "ijk,kl->ijl",
    "ijk,jil->kl",
    "ijk,ijk->k",
    "ijkl,klm->ijm",
    "ijkl,lkm->mji",
    "ijk,lk->ijl",
    "ibj,bjk->bik",
    "abij,abjk->abik",
    "ii,ij->j",
    "ii,jj->ij",
    "ii,ii->",
    "iij,jkk->ik",
    "ij,->ij",
    ",ij->ji",
    ",->",
    "i,->",
    "ij,kl->",
    "ij,kl->ik",
    "...i,...i->...",
    "...ij,...jk->...ik",
    "...ij,jk->...ik",
    "ij,...jk->...ik",
    "i...,i...->...",
    "i...,...j->j...i",
    "...,...->...",
    "i...,->...i",
    "Ij,jK->IK",
]

MORE = [
    "i,i,i->",
    "i,i,i->i",
    "i,j,k->ijk",
    "ij,jk,kl->il",
    "ij,jk,kl->",
    "ij,ik,il->jkl",
    "ij,ik,il->i",
    "i,ij,j->",
    "i,ij,j->i",
    "ijk,il,jm->klm",
    "ij,ij,ij->j",
    "ii,ij,jj->",
    "ij,jk,kl,lm->im",
    "i,i,i,i->i",
    "...i,ij,...j->...",
    "abc,abd,ace->bcde",
    "a,ab,bc,cd,d->",
]

IMPLICIT = ["ij,jk", "ii", "ij", "ba", "i,i", "i,j", "ijk,jil", "...ij,...jk", "ji", "i..."]

BLANKS = ["ij, jk -> ik", " ij,jk->ik ", "i j , j k -> i k"]

EQUATIONS = ONE + TWO + MORE


@pytest.mark.parametrize("equation", EQUATIONS + IMPLICIT)
def test_the_value_is_numpys(equation):
    arrays = operands(equation)
    result = tf.einsum(equation, *[tf.constant(array) for array in arrays])
    expected = np.einsum(equation, *arrays)
    assert result.shape == expected.shape
    assert result.dtype == tf.float64
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("equation", EQUATIONS + IMPLICIT)
def test_the_gradient_is_right(equation, check_gradient):
    arrays = operands(equation, seed=1)
    check_gradient(lambda *t: tf.einsum(equation, *t), *arrays, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("equation", BLANKS)
def test_blanks_are_ignored(equation):
    a, b = operands("ij,jk->ik")
    result = tf.einsum(equation, tf.constant(a), tf.constant(b))
    np.testing.assert_allclose(result.numpy(), a @ b)


@pytest.mark.parametrize("equation", ["ij,jk->ik", "ii->i", "ij,ij->", "i,j->ji", "ij,jk,kl->il"])
@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128", "int32", "int64"])
def test_other_dtypes(equation, dtype):
    arrays = operands(equation, "float64")
    arrays = [(3 * array).astype(dtype) for array in arrays]
    if dtype.startswith("complex"):
        arrays = [array * (1 + 2j) for array in arrays]
        arrays = [array.astype(dtype) for array in arrays]
    result = tf.einsum(equation, *[tf.constant(array) for array in arrays])
    assert result.dtype == dtype
    np.testing.assert_allclose(result.numpy(), np.einsum(equation, *arrays), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("equation", ["ij,jk->ik", "iij->j", "ij,ij->i", "i,ij,j->", "ij->ji"])
def test_the_complex_gradient_is_right(equation, check_gradient):
    check_gradient(lambda *t: tf.einsum(equation, *t), *operands(equation, "complex128"), atol=1e-7)


@pytest.mark.parametrize("equation", ["ij,jk->ik", "ii->i", "iij,jk->k", "ij,j->i", "i,j,k->ijk"])
def test_the_second_derivative_is_right(equation, check_gradient):
    arrays = operands(equation)
    weights = tf.constant(np.random.default_rng(2).normal(size=np.einsum(equation, *arrays).shape))

    def gradient_of_the_first(*tensors):
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = tf.reduce_sum(weights * tf.einsum(equation, *tensors) ** 2)
        return tape.gradient(y, tensors[0])

    check_gradient(gradient_of_the_first, *arrays, rtol=1e-5, atol=1e-6)


def test_the_same_tensor_several_times(check_gradient):
    a = operands("ii->")[0]
    check_gradient(lambda t: tf.einsum("ij,jk,ki->", t, t, t), a, rtol=1e-5)
    check_gradient(lambda t: tf.einsum("ij,ji->i", t, t), a, rtol=1e-5)


def test_operands_that_are_views(check_gradient):
    a, b = operands("jki,lk->")
    check_gradient(
        lambda s, t: tf.einsum("ijk,kl->il", tf.transpose(s, [2, 0, 1])[::-1], tf.transpose(t)),
        a,
        b,
    )


def test_ellipses_broadcast_against_each_other(check_gradient):
    a, b = np.random.default_rng(0).normal(size=(2, 1, 3, 4)), np.ones((5, 4, 2))
    equation = "...ij,...jk->...ik"
    result = tf.einsum(equation, tf.constant(a), tf.constant(b))
    np.testing.assert_allclose(result.numpy(), np.einsum(equation, a, b))
    check_gradient(lambda s, t: tf.einsum(equation, s, t), a, b)


def test_sizes_of_zero_and_one(check_gradient):
    empty = tf.einsum("ij,jk->ik", tf.ones([2, 0]), tf.ones([0, 3]))
    np.testing.assert_array_equal(empty.numpy(), np.zeros((2, 3)))
    assert tf.einsum("ij,jk->ik", tf.ones([0, 2]), tf.ones([2, 3])).shape == (0, 3)
    assert float(tf.einsum("ij->", tf.ones([0, 3]))) == 0.0
    check_gradient(lambda s, t: tf.einsum("ij,jk->ik", s, t), np.ones((1, 1)), np.ones((1, 4)))
    check_gradient(lambda s, t: tf.einsum("ij,jk->ik", s, t), np.ones((2, 0)), np.ones((0, 3)))


def test_sizes_beyond_the_small_kernels():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(3, 70, 130)), random.normal(size=(130, 90))
    s, t = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as tape:
        tape.watch([s, t])
        y = tf.einsum("bij,jk->bki", s, t)
    expected = np.einsum("bij,jk->bki", a, b)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10, atol=1e-10)
    upstream = random.normal(size=expected.shape)
    by_a, by_b = tape.gradient(y, [s, t], output_gradients=tf.constant(upstream))
    expected_a = np.einsum("bki,jk->bij", upstream, b)
    expected_b = np.einsum("bki,bij->jk", upstream, a, optimize=True)
    np.testing.assert_allclose(by_a.numpy(), expected_a, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(by_b.numpy(), expected_b, rtol=1e-9, atol=1e-9)


def test_dtypes_of_operands_promote():
    a, b = operands("ij,jk->ik")
    result = tf.einsum("ij,jk->ik", tf.constant(a.astype("float32")), tf.constant(b))
    assert result.dtype == tf.float64
    with pytest.raises(TypeError):
        tf.einsum("ij,jk->ik", tf.ones([2, 2]), tf.ones([2, 2], tf.int32))


def test_numpy_arrays_lists_and_variables_as_operands():
    a = np.arange(4.0).reshape(2, 2)
    v = tf.Variable(a)
    np.testing.assert_allclose(tf.einsum("ij,jk->ik", a, v).numpy(), a @ a)
    np.testing.assert_allclose(tf.einsum("i,i->", [1.0, 2.0], [3.0, 4.0]).numpy(), 11.0)


@st.composite
def random_equations(draw):
    """One to three operands over four labels, repeated ones included; any subset in any order."""
    labels = "ijkl"
    inputs = draw(st.lists(st.text(labels, max_size=4), min_size=1, max_size=3))
    used = sorted(set("".join(inputs)))
    output = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
    return ",".join(inputs) + "->" + "".join(output)


@settings(max_examples=60)
@given(random_equations())
def test_any_equation(equation):
    arrays = operands(equation, seed=3)
    tensors = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = tf.einsum(equation, *tensors)
    expected = np.einsum(equation, *arrays)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10, atol=1e-10)
    # einsum is linear in each operand: the gradient times the operand is the upstream times y.
    upstream = np.random.default_rng(4).normal(size=expected.shape)
    gradients = tape.gradient(y, tensors, output_gradients=tf.constant(upstream))
    for index, (gradient, array) in enumerate(zip(gradients, arrays, strict=True)):
        assert gradient.shape == array.shape
        direction = np.random.default_rng(5 + index).normal(size=array.shape)
        moved = [*arrays[:index], direction, *arrays[index + 1 :]]
        along = np.sum(upstream * np.einsum(equation, *moved))
        np.testing.assert_allclose(
            np.sum(gradient.numpy() * direction), along, rtol=1e-9, atol=1e-9
        )


# ------------------------------------------------------------------ errors

A, B = np.ones((2, 3)), np.ones((3, 4))


@pytest.mark.parametrize(
    ("equation", "arrays"),
    [
        ("ij,jk->il", (A, B)),  # l appears in no input
        ("ij,jk->ik", (A,)),  # too few operands
        ("ij->i", (A, B)),  # too many
        ("ijk->i", (A,)),  # too many labels
        ("i->i", (A,)),  # too few
        ("ij,jk->ik", (A, A)),  # sizes differ
        ("ii->i", (A,)),
        ("i1->i", (A,)),
        ("i.j->ij", (A,)),
        ("i....j->ij", (A,)),
        ("ij->i->j", (A,)),
        ("...->", ()),
        ("i...j...->ij", (A,)),
        ("ijk...->i", (A,)),
        ("ij-ji", (A,)),
        ("ij>ji", (A,)),
        ("ij,,jk->ik", (A, B)),
        ("i?->i", (A,)),
    ],
)
def test_an_invalid_equation_is_a_value_error(equation, arrays):
    with pytest.raises(ValueError):
        tf.einsum(equation, *[tf.constant(array) for array in arrays])


def test_a_label_twice_in_the_output_is_an_error():
    with pytest.raises(ValueError):
        tf.einsum("i->ii", tf.ones([2]))


@pytest.mark.parametrize("equation", [None, 3, b"ij->ji", ["ij->ji"]])
def test_an_equation_that_is_no_string_is_an_error(equation):
    with pytest.raises((TypeError, ValueError, AttributeError)):
        tf.einsum(equation, tf.ones([2, 2]))


def test_every_letter_is_a_label():
    for letter in string.ascii_letters:
        assert float(tf.einsum(f"{letter}->", tf.ones([3]))) == 3.0


@pytest.mark.parametrize(
    "equation, shapes",
    [("...b->b", [(2, 3)]), ("...->", [(2,)]), ("...a,b->ab", [(4, 2), (3,)])],
)
def test_an_ellipsis_is_not_summed_over(equation, shapes):
    """Neither in NumPy nor in TensorFlow."""
    with pytest.raises(ValueError, match="has no '...' for the axes"):
        tf.einsum(equation, *map(tf.ones, shapes))
    # Where it stands for no axis there is nothing to sum.
    assert tf.einsum("...b->b", tf.ones([3])).shape == (3,)
    assert tf.einsum("...->", tf.ones([])).shape == ()
    assert tf.einsum("b->...b", tf.ones([3])).shape == (3,)
