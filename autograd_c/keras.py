"""``tf.keras``: the part of Keras that is here, the optimizers."""

from __future__ import annotations

from autograd_c import optimizers

__all__ = ["optimizers"]
