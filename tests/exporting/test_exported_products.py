"""Products of which those on the way leave the range, as C."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.exporting.helpers import Helpers

from .exported import Library, exported, needs_compiler


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_whether_products_leave_the_range(dtype, axis):
    far = 2.0 ** (300 if dtype == "float64" else 40)
    near = np.linspace(-1.5, 1.5, 12).reshape(3, 4)
    tables = [
        near,
        near * far,
        near * far**2,
        near / far,
        np.full((3, 4), np.inf),
        np.zeros((3, 4)),
    ]
    tables.append(np.array([[far, 1 / far] * 2, [1.0] * 4, [far, far, 1 / far, 1 / far]]) * near)
    axes = 3 if axis is None else 1 << axis

    def leaves(x):
        return _core.apply("product_leaves_range", [x], [axes])

    helpers = Helpers()
    programs = [
        _core.Program(f, [near.astype(dtype)]) for f in (leaves, lambda x: tf.reduce_prod(x, axis))
    ]
    library = Library([exported(f"f{k}", p, helpers) for k, p in enumerate(programs)], helpers)
    answers = set()
    for table in tables:
        table = table.astype(dtype)
        for k, program in enumerate(programs):
            [found], [wanted] = library.call(f"f{k}", table), program.run([table])
            wanted = wanted.numpy()
            assert found.dtype == wanted.dtype and found.shape == wanted.shape
            np.testing.assert_allclose(found, wanted, rtol=16 * np.finfo(dtype).eps)
            answers |= set(np.ravel(wanted)) if k == 0 else set()
    assert answers == {False, True}
