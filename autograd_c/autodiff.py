"""``tf.autodiff``: the tape, and forward mode."""

from __future__ import annotations

from autograd_c.core._core import ForwardAccumulator, GradientTape

__all__ = ["ForwardAccumulator", "GradientTape"]
