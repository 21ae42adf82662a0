"""Elementwise operations on operands of any layout: views and broadcasts of short axes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_c as tf

DTYPES = ["int8", "float16", "float32", "float64", "complex128"]


@st.composite
def operand(draw, shape, dtype, generator):
    """An array, and the same as a tensor, that broadcast to the shape: views of others."""
    own = [1 if draw(st.integers(0, 3)) == 0 else n for n in shape]
    order = draw(st.permutations(range(len(own))))
    extents, cut = [], []
    for k in order:
        step = draw(st.sampled_from([1, 1, 1, 2, -1]))
        before, behind = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        extents.append(own[k] * abs(step) + before + behind)
        begin = before if step > 0 else before + own[k] - 1
        end = begin + own[k] * step
        cut.append(slice(begin, None if end < 0 else end, step))
    whole = (generator.normal(size=extents) * 5).astype(dtype)
    back = [order.index(k) for k in range(len(own))]
    return whole[tuple(cut)].transpose(back), tf.transpose(tf.constant(whole)[tuple(cut)], back)


@st.composite
def operands(draw):
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inner = draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    shape = [draw(st.sampled_from([1, 5, 70, 700])), *inner]
    dtype = draw(st.sampled_from(DTYPES))
    return [draw(operand(shape, dtype, generator)) for _ in range(3)]


@settings(max_examples=300)
@given(operands())
def test_sums_and_products_of_views(given):
    (a, b, c), tensors = zip(*given, strict=True)
    expected = (a * b + c) * a
    for f in (lambda a, b, c: (a * b + c) * a, tf.function(lambda a, b, c: (a * b + c) * a)):
        for _ in range(2):
            found = f(*tensors).numpy()
            assert found.dtype == expected.dtype and found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=2e-3 if a.dtype == "float16" else 1e-6)


@settings(max_examples=100)
@given(operands(), st.integers(0, 3))
def test_views_are_put_in_order(given, axis):
    for array, tensor in given:
        for found, expected in (
            (tf.identity(tensor).numpy(), array),
            (tf.where(tensor == tensor, tensor, tf.zeros([], tensor.dtype)).numpy(), array),
            (
                tf.concat([tensor, tensor], axis % array.ndim).numpy(),
                np.concatenate([array, array], axis % array.ndim),
            ),
        ):
            np.testing.assert_array_equal(found, expected)
