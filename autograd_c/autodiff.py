"""``tf.autodiff``: the tape, under its second TensorFlow name."""

from __future__ import annotations

from autograd_c._core import GradientTape

__all__ = ["GradientTape"]
