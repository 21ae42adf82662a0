"""Operations compiled by numba."""

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

numba = pytest.importorskip("numba")
X = np.array([0.3, -0.2, 0.5])


def test_functions_of_numba():
    types = numba.types
    pointer, pointers = types.CPointer(types.double), types.CPointer(types.CPointer(types.double))
    counts = types.CPointer(types.int64)

    @numba.cfunc(types.int32(pointers, pointer, counts, types.voidptr))
    def value(inputs, output, dimensions, user_data):
        for i in range(dimensions[0]):
            output[i] = inputs[0][i] ** 3
        return 0

    @numba.cfunc(types.int32(pointers, pointer, pointers, pointer, counts, types.voidptr))
    def jvp(inputs, output, tangents, tangent, dimensions, user_data):
        for i in range(dimensions[0]):
            tangent[i] = 3 * inputs[0][i] ** 2 * tangents[0][i]
        return 0

    f = func.c_operation(value=value, jvp=jvp)
    np.testing.assert_allclose(f(X), X**3)
    np.testing.assert_allclose(func.grad(lambda x: tf.reduce_sum(f(x)))(X), 3 * X**2)
