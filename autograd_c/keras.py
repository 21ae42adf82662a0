"""``tf.keras``: the part of Keras that is here, optimizers, losses, metrics and initializers."""

from __future__ import annotations

from autograd_c import initializers, losses, metrics, optimizers

__all__ = ["initializers", "losses", "metrics", "optimizers"]
