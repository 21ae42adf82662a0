"""Users' programs run, twice with the same results, and see no number that is none.

tests/compare compares the results with TensorFlow's.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from ..operations import assert_same_bits
from ..user_programs import PROGRAMS


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs(name):
    first, second = ([np.asarray(y) for y in tf.nest.flatten(PROGRAMS[name](tf))] for _ in "ab")
    assert first and len(first) == len(second)
    for a, b in zip(first, second):
        assert np.isfinite(a).all()
        assert_same_bits(a, b)
