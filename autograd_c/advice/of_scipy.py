"""What `autograd_c.scipy` has for a function of SciPy's that was given a tensor and lost it.

Nothing imports this module before that has happened.
"""

from __future__ import annotations

import types

import autograd_c as tf


def instead(calls: list[types.FrameType]) -> str | None:
    """The function that has derivatives, for calls within SciPy, the innermost first; or None."""
    for frame in reversed(calls):
        module, name = frame.f_globals["__name__"].split("."), frame.f_code.co_name
        space = getattr(tf.scipy, module[1], None) if module[1] in tf.scipy.__all__ else None
        if space is None:
            continue
        if name in space.__all__:
            return f"autograd_c.scipy.{module[1]}.{name}"
        # A method of a distribution, which knows its name; or of one with given parameters.
        distribution = frame.f_locals.get("self")
        owner = getattr(getattr(distribution, "dist", distribution), "name", None)
        if isinstance(owner, str) and owner in space.__all__:
            if callable(getattr(getattr(space, owner), name, None)):
                return f"autograd_c.scipy.{module[1]}.{owner}.{name}"
    return None
