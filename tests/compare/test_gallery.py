"""Programs of the gallery that are written in TensorFlow's style do the same with TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")

GALLERY = Path(__file__).resolve().parents[2] / "examples" / "gallery"


@pytest.mark.parametrize("name", ["gaussian_process", "neural_network"])
def test_with_another_import(name):
    text = (GALLERY / f"{name}.py").read_text("utf-8")
    found = []
    for imported in ("import autograd_c as tf", "import tensorflow as tf"):
        program = {"__name__": name}
        exec(text.replace("import autograd_c as tf", imported), program)
        found.append(program["main"](steps=40))
    ours, theirs = found
    assert ours.keys() == theirs.keys()
    for key in ours:
        a, b = np.asarray(ours[key]), np.asarray(theirs[key])
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.max(np.abs(b)), err_msg=key)
