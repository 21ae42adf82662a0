"""pandas objects beside tensors: on either side of every operator, and in functions."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autograd_c as tf

from ..operations import assert_same_bits
from .test_mixing import OPERATORS, agree

pd = pytest.importorskip("pandas")


def series():
    """pandas objects of one axis and of every kind of storage."""
    yield "Series", pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    yield "integers", pd.Series([1, 2, 3])
    yield "bools", pd.Series([True, False, True])
    yield "float32", pd.Series([1.0, 2.0, 3.0], dtype="float32")
    yield "nullable", pd.Series([1, 2, 3], dtype="Int64")
    yield "nullable floats", pd.Series([1.0, 2.0, 3.0], dtype="Float64")
    yield "nullable bools", pd.Series([True, False, True], dtype="boolean")
    yield "Index", pd.Index([1.0, 2.0, 3.0])
    yield "RangeIndex", pd.RangeIndex(1, 4)
    yield "extension array", pd.array([1.0, 2.0, 3.0], dtype="Float64")
    yield "categories", pd.Series([1.0, 2.0, 2.0], dtype="category")
    yield "sparse", pd.Series(pd.arrays.SparseArray([1.0, 0.0, 3.0]))
    yield "column", pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})["b"]
    yield "row", pd.DataFrame({"a": [1], "b": [2.0], "c": [3.0]}).iloc[0]


def frames():
    yield "floats", pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 1.0, 0.5]})
    yield "mixed", pd.DataFrame({"a": [1, 2, 3], "b": [2.0, 1.0, 0.5]})
    yield "integers", pd.DataFrame({"a": [1, 2, 3], "b": [2, 1, 1]})


ARITHMETIC = OPERATORS[:7]


@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
def test_pandas_asks_the_tensor(f, make):
    for objects, w in (
        (series(), [0.5, 1.5, 2.5]),
        (series(), 1.5),
        (frames(), [1.5, 2.5]),
        (frames(), 1.5),
    ):
        x = make(np.array(w))
        for _name, given in objects:
            array = np.asarray(given)
            agree(f(given, x), f(tf.constant(array.astype("float64")), x))
            agree(f(x, given), f(x, tf.constant(array.astype("float64"))))


@pytest.mark.parametrize("f", ARITHMETIC, ids=lambda f: f.__name__)
def test_gradients_beside_pandas(f):
    for objects, w in ((series(), [0.5, 1.5, 2.5]), (frames(), [1.5, 2.5])):
        for name, given in objects:
            if name in ("bools", "nullable bools", "sparse") and f in (*ARITHMETIC[3:],):
                continue  # zeros have no logarithm, and nothing can be divided by them
            array = np.asarray(given).astype("float64")
            for g, plain in (
                (lambda w, given=given: f(given, w), lambda w, array=array: f(array, w)),
                (lambda w, given=given: f(w, given), lambda w, array=array: f(w, array)),
            ):
                found = tf.func.grad(lambda w, g=g: tf.reduce_sum(g(w)))(np.array(w))
                wanted = tf.func.grad(lambda w, g=plain: tf.reduce_sum(g(w)))(np.array(w))
                assert_same_bits(found.numpy(), wanted.numpy())


def test_products_of_matrices_with_frames():
    w, W = np.array([1.0, 2.0]), np.array([[1.0, 0.5, 2.0]])
    for _name, df in frames():
        a = df.to_numpy().astype("float64")
        np.testing.assert_array_equal(
            tf.func.jacobian(lambda w, df=df: tf.tensordot(df, w, 1))(w).numpy(), a
        )
        np.testing.assert_array_equal(
            tf.func.grad(lambda x, df=df: tf.reduce_sum(x @ df))(W).numpy(),
            np.ones((1, 2)) @ a.T,
        )
        np.testing.assert_array_equal((tf.constant(W) @ df).numpy(), W @ a)
        np.testing.assert_array_equal(tf.matmul(df, w[:, None]).numpy(), a @ w[:, None])


def test_functions_take_pandas_objects():
    s = pd.Series([1.0, 2.0, 3.0], index=list("xyz"))
    mask = s > 1.5
    x = tf.constant([1.0, 5.0, 2.0], "float64")
    for found, expected in (
        (tf.reduce_sum(s), 6.0),
        (tf.square(s), [1.0, 4.0, 9.0]),
        (tf.where(mask, x, s), [1.0, 5.0, 2.0]),
        (tf.where(mask, 0, x), [1.0, 0.0, 0.0]),
        (tf.maximum(s, x), [1.0, 5.0, 3.0]),
        (np.maximum(s, x), [1.0, 5.0, 3.0]),
        (np.multiply(x, s), [1.0, 10.0, 6.0]),
        (tf.stack([s, x]), [s, x.numpy()]),
        (tf.concat([x, s], 0), [1.0, 5.0, 2.0, 1.0, 2.0, 3.0]),
        (tf.gather(x, pd.Index([2, 0])), [2.0, 1.0]),
        (tf.constant(pd.DataFrame({"a": [1.0], "b": [2.0]})), [[1.0, 2.0]]),
        (x[mask], [5.0, 2.0]),
        (x[mask.astype("boolean")], [5.0, 2.0]),
        (x[pd.Series([2, 0])], [2.0, 1.0]),
        (x[pd.Index([2, 0])], [2.0, 1.0]),
        (tf.einsum("i,i", s, x), 17.0),
        (tf.einsum("i,i", pd.Series([1, 2, 3]), x), 17.0),
    ):
        assert tf.is_tensor(found)
        np.testing.assert_array_equal(found.numpy(), expected)
    grouped = pd.DataFrame({"k": [1, 1, 2], "v": [1.0, 2.0, 3.0]}).groupby("k")
    loss = tf.func.grad(lambda w: sum(tf.reduce_sum(g["v"] * w) ** 2 for _, g in grouped))
    assert float(loss(2.0)) == 72.0


def test_what_pandas_cannot_give_as_numbers_is_refused():
    x = tf.ones(2, "float64")
    for given in (
        pd.Series(["a", "b"]),
        pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"])),
        pd.DataFrame({"a": ["a"], "b": [1.0]}),
    ):
        for f in (operator.mul, operator.add, operator.lt):
            for a, b in ((x, given), (given, x)):
                with pytest.raises(TypeError):
                    f(a, b)


@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
def test_methods_of_pandas_that_would_lose_a_gradient_are_errors(make):
    _, df = next(frames())
    s = df["a"]
    w, x = make(np.array([1.0, 2.0])), make(np.array([1.0, 2.0, 3.0]))
    calls = (
        lambda: df @ w,
        lambda: df.dot(w),
        lambda: s @ x,
        lambda: s.dot(x),
        lambda: df.mul(w),
        lambda: s.clip(upper=x),
        lambda: np.matmul(df, w),
    )

    def stored():
        return s.where(s > 1, x)

    if int(pd.__version__.partition(".")[0]) < 3:
        # It takes all that has a dtype, but none of NumPy's, for one of its own extension arrays.
        with pytest.raises(AttributeError):
            stored()
    else:
        calls += (stored,)
    for call in calls:
        with tf.GradientTape() as tape:
            tape.watch([w, x])
            with pytest.raises(TypeError, match="derivative"):
                call()
            # To store numbers is as in TensorFlow.
            assert pd.Series(x).tolist() == [1.0, 2.0, 3.0]
        call()  # nothing records
    with pytest.raises(TypeError):
        tf.func.grad(lambda w: pd.Series(w).sum() * w[0])(np.array([1.0, 2.0]))


@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
@pytest.mark.parametrize("f", [operator.iadd, operator.imul, operator.ipow, operator.itruediv])
def test_no_pandas_object_becomes_a_tensor_in_place(make, f):
    _, df = next(frames())
    for given in (df["a"], df):
        with pytest.raises(TypeError, match=r"series = series \+ x"):
            f(given.copy(), make(2.0))
