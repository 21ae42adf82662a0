"""Users' programs give what they give with TensorFlow."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

from ..user_programs import PROGRAMS

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_as_in_tensorflow(name):
    ours, theirs = PROGRAMS[name](autograd_c), PROGRAMS[name](tensorflow)
    assert ours.keys() == theirs.keys()
    for key in ours:
        pairs = zip(autograd_c.nest.flatten(ours[key]), tensorflow.nest.flatten(theirs[key]))
        for k, (mine, other) in enumerate(pairs):
            where = f"{key}[{k}]"
            if isinstance(other, tensorflow.IndexedSlices):
                assert isinstance(mine, autograd_c.IndexedSlices), where
                mine = autograd_c.convert_to_tensor(mine)
                other = tensorflow.convert_to_tensor(other)
            mine, other = np.asarray(mine), np.asarray(other)
            assert mine.dtype == other.dtype and mine.shape == other.shape, where
            close = 2e-4 if other.dtype == "float32" else 1e-6
            np.testing.assert_allclose(mine, other, close, close, err_msg=where)
