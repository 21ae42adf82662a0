"""What NumPy copies is another tensor: assigned to, it leaves the operand as it is."""

import copy

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

COPIES = {
    "+x": lambda x: +x,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "array": ours.array,
    "copy": ours.copy,
    "method": lambda x: x.copy(),
    "astype": lambda x: x.astype(x.dtype),
    "asarray": lambda x: ours.asarray(x, copy=True),
    "positive": ours.positive,
    "conj": ours.conj,
    "clip": lambda x: ours.clip(x, None, None),
    "nan_to_num": ours.nan_to_num,
    "roll": lambda x: ours.roll(x, 0),
    "sort": ours.sort,
    "concatenate": lambda x: ours.concatenate([x]),
    "numpy.copy": np.copy,
    "flatten": lambda x: x.flatten(),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_another_tensor(name):
    x = tf.constant([1.0, 2.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = COPIES[name](x)
        y[0] = 5.0 * y[1]
        z = tf.reduce_sum(y)
    assert x.numpy().tolist() == [1, 2] and y.numpy().tolist() == [10, 2]
    assert tape.gradient(z, x).numpy().tolist() == [0, 6]
