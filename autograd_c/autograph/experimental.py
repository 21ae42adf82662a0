"""``tf.autograph.experimental``: options of a conversion that does not take place."""

from __future__ import annotations

from autograd_c.control.function import do_not_convert, set_loop_options

__all__ = ["do_not_convert", "set_loop_options"]
