"""NumPy's own functions of tensors are ours."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours
from autograd_c.arrays import _overrides

from . import test_making, test_reductions, test_selecting, test_shapes
from .samples import arrays_of, called, check_values

_SEEN: dict[str, list] = {}
for _module in (test_reductions, test_shapes, test_making, test_selecting):
    for _sample in _module.SAMPLES:
        _SEEN.setdefault(_sample.name, []).append(_sample)

# NumPy asks nobody when it makes an array, but for `like`.
_MAKING = {
    "arange",
    "array",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "eye",
    "frombuffer",
    "fromfunction",
    "fromiter",
    "fromstring",
    "full",
    "identity",
    "indices",
    "ones",
    "require",
    "tri",
    "zeros",
    "empty",
}
DISPATCHED = [
    name
    for name, samples in sorted(_SEEN.items())
    if name not in _MAKING
    and callable(getattr(np, name, None))
    and getattr(np, name) in _overrides.FUNCTIONS
]


def test_most_are():
    assert len(DISPATCHED) > 130


@pytest.mark.parametrize("name", DISPATCHED)
@pytest.mark.filterwarnings("ignore")
def test_values(name):
    samples = [s for s in _SEEN[name] if arrays_of(s) and "d" in s.kinds and not s.reference]
    for sample in samples[:3]:
        check_values(sample, "d", getattr(np, name))


@pytest.mark.parametrize("name", DISPATCHED)
@pytest.mark.filterwarnings("ignore")
def test_what_is_recorded(name):
    samples = [s for s in _SEEN[name] if arrays_of(s) and "d" in s.kinds and s.gradient]
    if not samples:
        return
    try:
        called(samples[0].theirs(), samples[0], lambda x: x)
    except (TypeError, ValueError, IndexError):
        return  # an error is what this sample is about
    sources = iter([tf.constant(a) for a in arrays_of(samples[0])])
    kept = []
    with tf.GradientTape() as tape:

        def watched(x):
            kept.append(next(sources))
            tape.watch(kept[-1])
            return kept[-1]

        y = called(getattr(np, name), samples[0], watched)
        y = y[0] if isinstance(y, (tuple, list)) and len(y) else y
        if not tf.is_tensor(y) or not y.dtype.is_floating:
            return
    gradient = tape.gradient(y, kept)
    assert any(g is not None for g in gradient) or name == "imag"
    assert getattr(ours, name) is _overrides.FUNCTIONS[getattr(np, name)]
