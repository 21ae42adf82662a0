"""Gradients by complex numbers against differences."""

from __future__ import annotations

import pytest

from . import test_making, test_reductions, test_selecting, test_shapes
from .samples import check_complex_derivatives

SAMPLES = [
    sample
    for module in (test_reductions, test_shapes, test_making, test_selecting)
    for sample in module.SAMPLES
    if sample.gradient and "D" in sample.kinds
]


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
@pytest.mark.filterwarnings("ignore")
def test_derivatives(sample):
    check_complex_derivatives(sample)
